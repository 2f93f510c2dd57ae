# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Every sentence we say about complaints, requests and their clocks, as typed functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import groupby

from handlers.messages import Choice, Draft, Outgoing
from handlers.replies import COMPLAIN, DAYS, MENU, MONTHS, PERSON, clock, place, said, shortened, unit_name
from knowledge.cards import Line
from knowledge.model import Decree, Service
from tickets.calendar import Opening
from tickets.clock import Explanation, Pause, Promise, Unit
from tickets.model import Attachment, Class, Identity, Kind, Status, Step, Target, Ticket
from tickets.steps import Hours

NAMES = {
    Kind.PENGADUAN: "Pengaduan",
    Kind.INFORMASI: "Permintaan informasi",
    Kind.DATA_PRIBADI: "Permintaan data pribadi",
    Kind.PETUGAS: "Permintaan petugas",
}

CLASSES = {
    Class.RINGAN: "pengaduan ringan",
    Class.NORMATIF: "pengaduan normatif",
    Class.TIDAK_BERKADAR: "pengaduan tidak berkadar pengawasan",
    Class.BERKADAR: "pengaduan berkadar pengawasan",
}

STATUS = {
    Status.DITERIMA: "sudah kami terima dan menunggu petugas",
    Status.DIKLASIFIKASI: "sudah diperiksa dan menunggu petugas yang menanganinya",
    Status.DITUGASKAN: "sudah ada petugas yang menanganinya",
    Status.DIPROSES: "sedang ditangani petugas",
    Status.MENUNGGU_PELAPOR: "menunggu keterangan dari Bapak/Ibu",
    Status.DIJAWAB: "sudah dijawab",
    Status.SELESAI: "sudah selesai",
    Status.DIBUKA_KEMBALI: "dibuka kembali dan ditangani lagi",
    Status.DITARIK: "sudah ditarik",
    Status.BUKAN_WEWENANG: "diteruskan kepada instansi yang berwenang",
    Status.DIGABUNG: "digabung dengan pengaduan lain tentang hal yang sama",
}
"""What each state means to the citizen."""

IDENTITY = {
    Identity.TERBUKA: "terbuka bagi petugas",
    Identity.RAHASIA: "dirahasiakan dari petugas yang menangani",
    Identity.ANONIM: "tanpa nama",
}

RATINGS = {1: "Tidak baik", 2: "Kurang baik", 3: "Baik", 4: "Sangat baik"}
"""The four answers of the satisfaction survey of Permenpan-RB 14/2017."""

SEND = Choice("aduan:kirim", "Kirim")
GO_ON = Choice("aduan:lanjut", "Lanjutkan pengaduan")
CANCEL = Choice("aduan:batal", "Batal")
CHANGE = Choice("aduan:ubah", "Tulis ulang")
SKIP = Choice("aduan:lewati", "Lewati")
SECRET = Choice("aduan:rahasia", "Rahasiakan nama saya", "Nama tidak terlihat oleh petugas yang menangani")
ANONYMOUS = Choice("aduan:anonim", "Tanpa nama", "Nomor Bapak/Ibu tidak disimpan")
OPENLY = Choice("aduan:terbuka", "Dengan nama saya")

LEAVE = "akhiri:"
WEEKEND = "akhir pekan"
MOST_ROWS = 10
"""Of a list, on the narrowest platform."""

ZONES = {7: "WIB", 8: "WITA", 9: "WIT"}

EMERGENCY = (
    "Jika ada yang terancam bahaya sekarang, telepon dahulu 112 (darurat), 110 (polisi), 113 (pemadam kebakaran),"
    " atau 119 (ambulans)."
)
APIP = (
    "Dugaan pungutan atau penyalahgunaan wewenang termasuk ranah pengawasan: petugas dapat meneruskannya kepada"
    " APIP (Inspektorat)."
)


# Telling it


def opened(question: Outgoing, draft: Draft, danger: bool) -> Outgoing:
    """The first question, after one sentence that we heard; in danger the emergency numbers come before it."""
    heard = f"{NAMES[draft.kind]} Bapak/Ibu kami bantu sampaikan."
    if draft.kind is Kind.PENGADUAN:
        heard = "Mohon maaf atas pengalaman Bapak/Ibu. Kami bantu sampaikan pengaduannya."
    if draft.attachments and not draft.text:
        heard = "Lampiran sudah kami terima."
    lines = [Line(EMERGENCY), Line("")] if danger else []
    lines += [Line(heard), Line("")]
    identity = (SECRET, ANONYMOUS) if draft.kind is Kind.PENGADUAN else ()
    choices = tuple(dict.fromkeys((*question.choices, *identity, CANCEL)))
    if len(choices) <= MOST_ROWS:
        return Outgoing((*lines, *question.lines), choices)
    unseen = [Line(""), Line("Nama dapat dirahasiakan: tulis “rahasiakan” atau “tanpa nama”.")] if identity else []
    return Outgoing((*lines, *question.lines, *unseen), question.choices)


def what_happened(draft: Draft) -> Outgoing:
    if draft.kind is Kind.INFORMASI:
        return said("Informasi atau dokumen apa yang Bapak/Ibu minta, dan untuk keperluan apa?", choices=(CANCEL,))
    if draft.kind is Kind.DATA_PRIBADI:
        return said("Data apa yang dimaksud, dan apa yang Bapak/Ibu minta?", choices=(CANCEL,))
    return said("Silakan ceritakan apa yang terjadi.", choices=(CANCEL,))


def which_office(decrees: Sequence[Decree]) -> Outgoing:
    choices = [Choice(f"aduan:kantor:{d.id}", place(d), shortened(d.office.name, 72)) for d in decrees]
    return said("Ini tentang kantor yang mana?", choices=(*choices, CANCEL))


def which_unit(decree: Decree) -> Outgoing:
    choices = [Choice(f"aduan:unit:{decree.id}:{u.no}", unit_name(u), shortened(u.name, 72)) for u in decree.units]
    unsure = Choice(SKIP.id, "Tidak tahu")
    return said("Layanan atau bagian mana yang dimaksud?", choices=(*choices[:9], unsure))


def when() -> Outgoing:
    days = (Choice("aduan:kapan:hari ini", "Hari ini"), Choice("aduan:kapan:kemarin", "Kemarin"))
    return said("Kapan kejadiannya?", choices=(*days, SKIP))


def contact(kind: Kind) -> Outgoing:
    """A request must come from somebody, by law; only a complaint may come from nobody."""
    unknown = (ANONYMOUS,) if kind is Kind.PENGADUAN else ()
    return said("Nomor telepon atau email untuk mengabari Bapak/Ibu?", choices=(SKIP, *unknown))


def happened(when: str) -> str:
    return f"Waktu kejadian: {when}"


def read_back(draft: Draft, service: Service | None, corruption: bool) -> Outgoing:
    """All that would be sent, for the citizen to say yes to."""
    about = service.title if service else draft.unit or "belum disebut, petugas yang menentukan"
    rows = [f"Tentang: {about}"]
    if draft.when:
        rows.append(happened(draft.when))
    if draft.attachments:
        rows.append(f"Lampiran: {len(draft.attachments)} berkas")
    if draft.kind is Kind.PENGADUAN:
        rows.append(f"Nama: {IDENTITY[draft.identity]}")
    if draft.contact:
        rows.append(f"Kontak: {draft.contact}")
    lines = [
        Line("Ini yang akan kami catat. Sudah benar?", bold=True),
        Line(""),
        *(Line(part) for part in f"“{draft.text}”".splitlines()),
        Line(""),
        *(Line(row) for row in rows),
    ]
    if corruption:
        lines += [Line(""), Line(APIP)]
    others = [choice for choice in (SECRET, ANONYMOUS, OPENLY) if choice.id != f"aduan:{draft.identity}"]
    identity = others if draft.kind is Kind.PENGADUAN else []
    return Outgoing(tuple(lines), (SEND, CHANGE, *identity, CANCEL))


def resume(draft: Draft) -> Outgoing:
    """One question after a silence."""
    began = shortened(draft.text.replace("\n", " "), 200)
    return said(
        f"{NAMES[draft.kind]} Bapak/Ibu belum terkirim" + (f": “{began}”." if began else "."),
        "Mau dilanjutkan?",
        choices=(GO_ON, CANCEL),
    )


def same_or_another() -> Outgoing:
    return said(
        "Apakah ini bagian dari pengaduan yang sama, atau pengaduan lain?",
        choices=(Choice("aduan:sama", "Bagian yang sama"), Choice("aduan:baru", "Lain: kirim yang tadi"), CANCEL),
    )


def change_or_drop(kind: Kind) -> Outgoing:
    return said(f"Mau ditulis ulang, atau {NAMES[kind].lower()} ini dibatalkan?", choices=(CHANGE, CANCEL, SEND))


def dropped(kind: Kind) -> Outgoing:
    return said(f"{NAMES[kind]} dibatalkan. Tidak ada yang kami kirim.", choices=(COMPLAIN, MENU))


def sent(ticket: Ticket, why: Explanation | None) -> Outgoing:
    """Number, promise and due date; and who handles it, where that is not plain."""
    lines = [
        Line(f"{NAMES[ticket.kind]} Bapak/Ibu sudah kami catat."),
        Line(f"Nomor: {ticket.number}", bold=True),
        Line(""),
        Line(_promised(ticket, why)),
    ]
    if why and (holidays := skipped(why)):
        lines.append(Line(f"Libur: {holidays}."))
    if ticket.kind is Kind.PENGADUAN and ticket.promises and len(set(ticket.promises.by_class.values())) > 1:
        lines.append(Line("Jika perlu pemeriksaan lebih lama, petugas memberitahukan batas waktu yang baru."))
    if ticket.about_staff:
        lines += [Line(""), Line("Pengaduan tentang petugas ditangani atasannya, bukan oleh petugas itu sendiri.")]
    if ticket.suggested is Class.BERKADAR:
        lines += [Line(""), Line(APIP)]
    keep = "Simpan nomor itu untuk menanyakan perkembangannya."
    if ticket.identity is Identity.ANONIM:
        keep = "Nomor Bapak/Ibu tidak kami simpan. Hanya dengan nomor pengaduan itu perkembangannya dapat ditanyakan."
    lines += [Line(""), Line(keep)]
    more = () if ticket.sender is None else (Choice(f"tambah:{ticket.number}", "Tambah keterangan"),)
    return Outgoing(tuple(lines), (*more, PERSON))


def add_to(number: str) -> Outgoing:
    return said(f"Silakan tulis keterangan tambahan untuk {number}, atau kirim fotonya.")


def added(number: str) -> Outgoing:
    return said(f"Keterangan sudah ditambahkan ke {number}.", choices=(Choice(f"tambah:{number}", "Tambah lagi"), MENU))


# Talking with an officer


def leave(number: str) -> Choice:
    return Choice(f"{LEAVE}{number}", "Akhiri percakapan")


def person_called(ticket: Ticket, before: int, opening: Opening) -> Outgoing:
    """Who waits hears how many wait before, or when somebody is there."""
    called = "Baik, petugas sudah kami panggil dan akan membalas di percakapan ini."
    queue = f"Ada {before} orang di depan Bapak/Ibu." if before else "Bapak/Ibu berikutnya dalam antrean."
    if not opening.open:
        called = "Baik, permintaan Bapak/Ibu kami catat. Petugas membalas di percakapan ini"
        called += f" setelah kantor buka {day_and_time(opening.next)}." if opening.next else " pada jam kerja."
        queue = f"Ada {before} orang di depan Bapak/Ibu." if before else ""
    number = f"Nomor permintaan: {ticket.number}. Sementara menunggu, Bapak/Ibu tetap dapat bertanya di sini."
    return said(*filter(None, (called, queue, number)), choices=(replace(leave(ticket.number), label="Tidak jadi"),))


def nobody_free(ticket: Ticket, hours: Hours) -> Outgoing:
    due = ticket.due and ticket.due.astimezone(hours.calendar.zone)
    until = f" paling lambat {day_and_time(due)} {zone(due)}" if due else ""
    return said(
        "Mohon maaf, belum ada petugas yang dapat bergabung.",
        f"Permintaan Bapak/Ibu tercatat dengan nomor {ticket.number} dan dibalas di sini{until}.",
    )


def taken_over(ticket: Ticket) -> Outgoing:
    return said(
        f"{ticket.officer} (petugas) bergabung dalam percakapan ini. Silakan sampaikan langsung.",
        choices=(leave(ticket.number),),
    )


def officer_says(ticket: Ticket, text: str, attachment: Attachment | None) -> Outgoing:
    """An officer's own words, with who says them above."""
    lines = (Line(f"{ticket.officer} (petugas):", bold=True), *(Line(line) for line in text.splitlines()))
    return Outgoing(lines, attachment=attachment)


def talk_ended(ticket: Ticket) -> Outgoing:
    return said(
        "Percakapan dengan petugas selesai. Terima kasih, Bapak/Ibu.",
        "Pertanyaan berikutnya kembali dijawab otomatis.",
        choices=(MENU, PERSON),
    )


def talk_over() -> Outgoing:
    return said("Percakapan dengan petugas itu sudah selesai.", choices=(MENU, PERSON))


def call_withdrawn() -> Outgoing:
    return said("Baik, petugas tidak jadi dipanggil. Silakan bertanya kapan saja.", choices=(MENU,))


# How it is doing


def statuses(tickets: Sequence[Ticket], now: datetime, own: bool) -> Outgoing:
    """State, due date and last step of each, `now` in the office's zone; the answer only to whose ticket it is."""
    lines: list[Line] = []
    choices: list[Choice] = []
    for ticket in tickets:
        lines += [Line("")] * bool(lines) + [Line(line) for line in _status(ticket, now, own)]
        if own:
            choices += _onward(ticket, len(tickets) > 1)
    return Outgoing(tuple(lines), (*choices[: MOST_ROWS - 1], PERSON))


def _status(ticket: Ticket, now: datetime, own: bool) -> list[str]:
    received = full_day(ticket.received.astimezone(now.tzinfo))
    lines = [f"{NAMES[ticket.kind]} {ticket.number} tanggal {received} {STATUS[ticket.status]}."]
    # What the office notes for itself is no step to the citizen.
    last = next((entry for entry in reversed(ticket.history) if entry.step is not Step.CATAT), None)
    if last and last.step is not Step.TERIMA:
        lines.append(f"Langkah terakhir: {last.step}, {day_and_time(last.at.astimezone(now.tzinfo))}.")
    if ticket.due:
        late = " (terlambat, mohon maaf)" if ticket.due < now else ""
        lines.append(f"Jawaban paling lambat {day_and_time(ticket.due.astimezone(now.tzinfo))}{late}.")
    if ticket.merged_into:
        lines.append(f"Perkembangannya lihat {ticket.merged_into}.")
    asked = [entry.why for entry in ticket.history if entry.step is Step.TANYA]
    if own and ticket.status is Status.MENUNGGU_PELAPOR and asked:
        lines.append(f"Pertanyaan petugas: {asked[-1]}")
    if own and ticket.answer:
        lines.append(f"Jawaban: {ticket.answer}")
    return lines


def _onward(ticket: Ticket, several: bool) -> list[Choice]:
    """What can be done with a ticket of one's own, its number beside it where there are several."""
    which = ticket.number if several else ""
    match ticket.status:
        case Status.DIJAWAB:
            return [replace(choice, description=which) for choice in content(ticket.number)]
        case Status.SELESAI | Status.DITARIK | Status.BUKAN_WEWENANG | Status.DIGABUNG:
            return []
        case _:
            return [
                Choice(f"tambah:{ticket.number}", "Tambah keterangan", which),
                Choice(f"tarik:{ticket.number}", "Tarik pengaduan", which),
            ]


def content(number: str) -> tuple[Choice, Choice]:
    return (Choice(f"selesai:{number}", "Sudah selesai"), Choice(f"belum:{number}", "Belum selesai"))


def which_number() -> Outgoing:
    return said(
        "Kami tidak menemukan pengaduan dari percakapan ini.",
        "Jika Bapak/Ibu punya nomornya, silakan tulis di sini, misalnya ADU-2611-7K3F9.",
        choices=(COMPLAIN, PERSON),
    )


def wrong_number(number: str) -> Outgoing:
    return said(f"{number} bukan nomor yang benar. Mohon periksa lagi huruf dan angkanya.", choices=(PERSON,))


def unknown_number(number: str) -> Outgoing:
    return said(f"{number} tidak ada dalam catatan kantor ini. Mohon periksa lagi nomornya.", choices=(PERSON,))


def supplied(number: str) -> Outgoing:
    return said(f"Terima kasih. Keterangan Bapak/Ibu sudah kami teruskan untuk {number}.")


def settled(number: str) -> Outgoing:
    choices = [Choice(f"nilai:{number}:{rating}", name) for rating, name in RATINGS.items()]
    return said(
        f"Terima kasih. {number} kami nyatakan selesai.",
        "Bagaimana penanganannya menurut Bapak/Ibu?",
        choices=choices,
    )


def rated() -> Outgoing:
    return said("Terima kasih atas penilaiannya.", choices=(MENU,))


def reopened(ticket: Ticket, now: datetime) -> Outgoing:
    """`now` in the office's zone."""
    due = f" Jawaban paling lambat {day_and_time(ticket.due.astimezone(now.tzinfo))}." if ticket.due else ""
    return said(
        f"Mohon maaf. {ticket.number} kami buka kembali dan petugas melanjutkannya.{due}",
        "Apa yang belum selesai? Silakan tulis, agar petugas tahu.",
        choices=(PERSON,),
    )


def withdrawn(number: str) -> Outgoing:
    return said(f"{number} sudah ditarik. Petugas tidak melanjutkannya.", choices=(MENU,))


def refused(sentence: str) -> Outgoing:
    return said(sentence, choices=(PERSON, MENU))


# What officers do, told to the citizen


def classified(ticket: Ticket, why: Explanation | None) -> Outgoing:
    name = CLASSES[ticket.cls] if ticket.cls else NAMES[ticket.kind].lower()
    return said(f"{ticket.number} diperiksa petugas sebagai {name}. {_promised(ticket, why)}")


def informed(ticket: Ticket, text: str) -> Outgoing:
    return said(f"Informasi awal untuk {ticket.number}:", text)


def asked_back(ticket: Ticket, question: str) -> Outgoing:
    return said(
        f"Petugas memerlukan keterangan untuk {ticket.number}:",
        question,
        "Silakan balas di sini. Waktu penyelesaian berhenti sampai Bapak/Ibu menjawab.",
    )


def answered(ticket: Ticket) -> Outgoing:
    return said(
        f"Jawaban untuk {ticket.number}:",
        ticket.answer,
        "Apakah sudah selesai? Balas “sudah” atau “belum”.",
        choices=content(ticket.number),
    )


def referred(ticket: Ticket) -> Outgoing:
    return said(
        f"{ticket.number} bukan wewenang kantor ini. Pengaduan Bapak/Ibu diteruskan kepada {ticket.answer}.",
        choices=(PERSON,),
    )


def merged(ticket: Ticket) -> Outgoing:
    return said(
        f"{ticket.number} digabung dengan {ticket.merged_into}, karena tentang hal yang sama."
        f" Perkembangannya kami kabarkan lewat {ticket.merged_into}."
    )


def will_lapse(ticket: Ticket, on: datetime) -> Outgoing:
    return said(
        f"Kami masih menunggu keterangan Bapak/Ibu untuk {ticket.number}.",
        f"Tanpa jawaban sampai {day_and_time(on)}, pengaduan itu dianggap dicabut.",
        choices=(Choice(f"tambah:{ticket.number}", "Beri keterangan"),),
    )


def lapsed(ticket: Ticket) -> Outgoing:
    return said(
        f"{ticket.number} dianggap dicabut, karena keterangan yang diminta belum kami terima.",
        "Bapak/Ibu dapat menyampaikannya lagi kapan saja.",
        choices=(COMPLAIN,),
    )


def closed_in_silence(ticket: Ticket) -> Outgoing:
    return said(
        f"{ticket.number} kami nyatakan selesai, karena tidak ada kabar setelah jawaban kami.",
        "Jika ternyata belum selesai, balas dengan menekan tombol di bawah.",
        choices=(Choice(f"belum:{ticket.number}", "Belum selesai"),),
    )


# What officers read


def reminder(text: str, ticket: Ticket, target: Target, due: datetime) -> Outgoing:
    """A reminder's own words, filled in; never what the citizen wrote."""
    return said(text.format(nomor=ticket.number, janji=target, jatuh_tempo=f"{day_and_time(due)} {zone(due)}"))


def not_counted(ticket: Ticket, until: date) -> Outgoing:
    return said(
        f"Jatuh tempo {ticket.number} tidak dapat dihitung: kalender kantor hanya sampai {full_day(until)}."
        " Tambahkan hari libur tahun berikutnya."
    )


def calendar_ends(until: date) -> Outgoing:
    return said(
        f"Kalender kantor berakhir {full_day(until)}. Tambahkan hari libur tahun berikutnya dari SKB 3 Menteri."
    )


# Dates and promises


def explained(why: Explanation, cls: str) -> list[str]:
    """Why a promise falls due when it does, line by line, for officers."""
    received, start = why.received, why.start
    lines = [
        f"Diterima {day_and_time(received)} {zone(received)}.",
        f"Janji {cls.replace('_', ' ')}: {limit(why.promise)}"
        + (f" ({why.promise.source})." if why.promise.source else "."),
    ]
    if why.promise.unit is Unit.HARI_KERJA:
        lines.append(f"{DAYS[received.weekday()]}, {full_day(received)} adalah hari ke-0.")
    elif start > received:
        lines.append(f"Dihitung sejak {day_and_time(start)}, saat kantor buka lagi.")
    lines += [f"Tidak dihitung: {line}." for line in _skipped_lines(why)]
    lines += [f"Berhenti menunggu pelapor: {_span(pause, received)}." for pause in why.pauses]
    lines.append(f"Jatuh tempo {day_and_time(why.due)} {zone(why.due)}.")
    return lines


def skipped(why: Explanation) -> str:
    """The holidays between receipt and due, weekends left out: "6 Juni Iduladha 1446 H, 9 Juni Cuti bersama"."""
    return ", ".join(f"{d.day} {MONTHS[d.month - 1]} {name}" for d, name in why.skipped if name)


def _skipped_lines(why: Explanation) -> list[str]:
    """The closed days, neighbours with one reason together."""
    lines = []
    for _, group in groupby(enumerate(why.skipped), key=lambda pair: (pair[1][0].toordinal() - pair[0], pair[1][1])):
        days = [(d, name) for _, (d, name) in group]
        first, last, name = days[0][0], days[-1][0], days[0][1] or WEEKEND
        span = " sampai ".join(dict.fromkeys(f"{DAYS[d.weekday()]}, {full_day(d)}" for d in (first, last)))
        lines.append(f"{span} ({name})")
    return lines


def _span(pause: Pause, local: datetime) -> str:
    start, end = (moment.astimezone(local.tzinfo) for moment in (pause.start, pause.end))
    return f"{day_and_time(start)} sampai {day_and_time(end)}"


def _promised(ticket: Ticket, why: Explanation | None) -> str:
    """ "Jawaban paling lambat Kamis, 26 November pukul 13.00 WIB (3 jam kerja, menurut …)." """
    if why is None:
        return "Batas waktunya kami kabarkan setelah diperiksa petugas."
    source = f", {why.promise.source}" if why.promise.source else ""
    first = ticket.running(Target.INFORMASI_AWAL)
    told = f" Informasi awal kami berikan dalam {limit(first.promise)}." if first else ""
    return f"Jawaban paling lambat {day_and_time(why.due)} {zone(why.due)} ({limit(why.promise)}{source}).{told}"


def limit(promise: Promise) -> str:
    return f"{promise.limit} jam kerja" if promise.unit is Unit.JAM else f"{promise.limit} {promise.unit}"


def day_and_time(moment: datetime) -> str:
    return f"{DAYS[moment.weekday()]}, {full_day(moment)} pukul {clock(moment)}"


def full_day(moment: date | datetime) -> str:
    return f"{moment.day} {MONTHS[moment.month - 1]} {moment.year}"


def zone(moment: datetime) -> str:
    offset = moment.utcoffset() or timedelta()
    return ZONES.get(int(offset.total_seconds() // 3600), "")
