# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Every sentence we say, as typed functions; all of it Indonesian, polite and short.

Those about tickets stand in `ticket_replies`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time

from handlers.messages import Choice, Outgoing
from knowledge.cards import Card, Line
from knowledge.model import AgencyId, Component, Decree, Service, ServiceId, Unit, Validity
from tickets.calendar import Change, Opening, Segment

LABELS = {
    Component.PERSYARATAN: "Persyaratan",
    Component.PROSEDUR: "Prosedur",
    Component.WAKTU: "Waktu penyelesaian",
    Component.BIAYA: "Biaya/tarif",
    Component.PRODUK: "Produk layanan",
    Component.PENGADUAN: "Saluran pengaduan",
    Component.DASAR_HUKUM: "Dasar hukum",
    Component.SARANA: "Sarana dan fasilitas",
    Component.KOMPETENSI: "Kompetensi pelaksana",
    Component.PENGAWASAN: "Pengawasan internal",
    Component.PELAKSANA: "Jumlah pelaksana",
    Component.JAMINAN_PELAYANAN: "Jaminan pelayanan",
    Component.JAMINAN_KEAMANAN: "Jaminan keamanan",
    Component.EVALUASI: "Evaluasi kinerja",
    Component.RINGKASAN: "Ringkasan",
    Component.KANTOR: "Alamat dan jam layanan",
}

DAYS = "Senin Selasa Rabu Kamis Jumat Sabtu Minggu".split()
MONTHS = "Januari Februari Maret April Mei Juni Juli Agustus September Oktober November Desember".split()

MENU = Choice("menu", "Daftar layanan")
PERSON = Choice("petugas", "Hubungi petugas")
COMPLAIN = Choice("pengaduan", "Sampaikan pengaduan")


def said(*paragraphs: str, choices: Sequence[Choice] = ()) -> Outgoing:
    """Plain paragraphs in one bubble, an empty line between them."""
    lines: list[Line] = []
    for paragraph in paragraphs:
        lines += [Line("")] * bool(lines) + [Line(paragraph)]
    return Outgoing(tuple(lines), tuple(choices))


# Answer cards


def card_id(service: ServiceId, component: Component, page: int = 1) -> str:
    return f"kartu:{service}:{component}" + (f":{page}" if page > 1 else "")


def component_choice(service: ServiceId, component: Component) -> Choice:
    return Choice(card_id(service, component), LABELS[component])


def second_question(service: ServiceId, component: Component, name: str) -> Choice:
    return Choice(card_id(service, component), name, shortened(f"{LABELS[component]}: {name}", 72))


def all_components(service: ServiceId) -> Choice:
    return Choice(f"semua:{service}", "Keterangan lain")


def unit_choice(agency: AgencyId, unit: Unit) -> Choice:
    return Choice(f"unit:{agency}:{unit.no}", "Layanan lain", shortened(f"Semua layanan {unit.name}", 72))


def card(card: Card, page: int, pages: Sequence[tuple[Line, ...]], onward: Sequence[Choice]) -> Outgoing:
    """One page of a card; the decree is named on each, notes on the last; `onward` can be tapped for."""
    counted = f" ({page}/{len(pages)})" if len(pages) > 1 else ""
    unit = [Line(card.unit)] if card.unit else []
    lines = [Line(card.title, bold=True), *unit, Line(""), Line(card.heading + counted, bold=True)]
    lines += pages[page - 1]
    last = page == len(pages)
    if last:
        lines += [line for note in card.notes for line in (Line(""), Line(f"Catatan: {note}"))]
    lines += [Line(""), Line(card.source)]
    turn = [] if last else [Choice(card_id(card.service, card.component, page + 1), "Lanjut")]
    return Outgoing(tuple(lines), (*turn, *onward, MENU))


def which(component: Component, choices: Sequence[Choice]) -> Outgoing:
    asked = "" if component is Component.RINGKASAN else f" untuk {LABELS[component].lower()}"
    return said(f"Layanan mana yang Bapak/Ibu maksud{asked}?", choices=choices)


def place(decree: Decree) -> str:
    return shortened(decree.agency.replace("Provinsi ", "Prov. "), 24)


def which_office(decrees: Sequence[Decree]) -> Outgoing:
    choices = [
        Choice(card_id(ServiceId(d.id), Component.KANTOR), place(d), shortened(d.office.name, 72)) for d in decrees
    ]
    return said("Kantor mana yang Bapak/Ibu maksud?", choices=choices)


def which_service(component: Component) -> Outgoing:
    return said(
        f"{LABELS[component]} untuk layanan apa, Bapak/Ibu?",
        "Silakan tulis nama layanannya, atau pilih dari daftar.",
        choices=(MENU,),
    )


# The office


def opening(now: Opening) -> str:
    """Whether somebody is there: "Sekarang buka sampai 16.00." """
    if now.until:
        return f"Sekarang buka sampai {clock(now.until)}."
    closed = f"Sekarang tutup ({now.reason})" if now.reason else "Sekarang tutup"
    return f"{closed}, buka lagi {day_and_time(now.next)}." if now.next else f"{closed}."


def hours(days: str, segments: Sequence[Segment]) -> str:
    """ "Senin–Kamis: 07.30–12.00 dan 13.00–16.00"."""
    return f"{days}: " + " dan ".join(f"{clock(s.start)}–{clock(s.end)}" for s in segments)


def changed_hours(change: Change) -> str:
    """ "19–20 Februari: jam lain (Ramadan): Senin 08.00–12.00; …", or closed."""
    span = " sampai ".join(dict.fromkeys(f"{d.day} {MONTHS[d.month - 1]}" for d in (change.first, change.last)))
    week = "; ".join(hours(DAYS[day], segments) for day, segments in sorted(change.week.items()) if segments)
    return f"{span} ({change.reason}): {week or 'tutup'}"


def next_holiday(day: date, name: str) -> str:
    return f"Libur berikutnya: {DAYS[day.weekday()]}, {day.day} {MONTHS[day.month - 1]} ({name})"


def clock(moment: time | datetime) -> str:
    return f"{moment:%H.%M}"


def day_and_time(moment: datetime) -> str:
    return f"{DAYS[moment.weekday()]}, {moment.day} {MONTHS[moment.month - 1]} pukul {clock(moment)}"


# Browsing


def offices(decrees: Sequence[Decree]) -> Outgoing:
    choices = [Choice(f"kantor:{d.id}", place(d), shortened(d.office.name, 72)) for d in decrees]
    return said("Layanan kantor mana yang Bapak/Ibu cari?", choices=choices)


def units(decree: Decree, units: Sequence[Unit], back: bool) -> Outgoing:
    """The office's units; `back` leads to the choice of offices, where there is one."""
    choices = [Choice(f"unit:{decree.id}:{u.no}", unit_name(u), shortened(u.name, 72)) for u in units]
    return said("Silakan pilih bagian yang dituju.", choices=(*choices, Choice("menu", "Kantor lain"))[: 9 + back])


def unit_name(unit: Unit) -> str:
    """A unit's name without the word that all of them begin with, where it is too long for a row's title."""
    return unit.name if len(unit.name) <= 24 else shortened(unit.name.partition(" ")[2], 24)


def back_to_units(agency: AgencyId) -> Choice:
    return Choice(f"kantor:{agency}", "Bagian lain")


def components(title: str, choices: Sequence[Choice]) -> Outgoing:
    return said(f"Yang dapat dilihat dari {title}:", choices=choices)


def services(unit: str, choices: Sequence[Choice]) -> Outgoing:
    return said(f"Layanan di {unit}:", choices=choices)


# Nothing found


def not_found(misses: int) -> Outgoing:
    if misses > 1:
        return said(
            "Maaf, kami belum juga menemukan jawabannya.",
            "Petugas kami dapat membantu Bapak/Ibu langsung.",
            choices=(PERSON, MENU),
        )
    return said(
        "Maaf, hal itu tidak ada dalam standar pelayanan kantor ini.",
        "Bapak/Ibu dapat menulis dengan kata lain, melihat daftar layanan, atau menghubungi petugas.",
        choices=(MENU, PERSON),
    )


def not_in_force(decree: Decree, validity: Validity) -> Outgoing:
    by = f" dengan {validity.oleh}" if validity.oleh else ""
    ended = f"sudah dicabut{by}" if validity.dicabut else "sudah tidak berlaku"
    return said(
        f"{decree.title} {ended}. Kami tidak lagi menjawab dari keputusan itu.",
        "Petugas kami dapat membantu Bapak/Ibu langsung.",
        choices=(PERSON, COMPLAIN),
    )


def elsewhere(service: Service, offices: Sequence[str]) -> Outgoing:
    return said(
        f"Layanan itu tidak ada di kantor ini. Yang melayaninya: {' dan '.join(offices)} ({service.title}).",
        choices=(MENU, PERSON),
    )


def empty() -> Outgoing:
    return said("Pesannya kosong. Silakan tulis apa yang ingin Bapak/Ibu tanyakan.", choices=(MENU,))


def stale_choice() -> Outgoing:
    return said("Pilihan itu sudah tidak berlaku. Silakan pilih lagi dari daftar.", choices=(MENU,))


def unsupported() -> Outgoing:
    return said(
        "Maaf, pesan seperti itu belum dapat kami baca. Silakan tulis dengan kata-kata.", choices=(MENU, PERSON)
    )


def unreadable(why: str) -> Outgoing:
    return said(why, choices=(PERSON,))


def arrived_late(sent_at: datetime) -> Outgoing:
    """Before the answer to a message that took long to reach us."""
    when = f"{sent_at.day} {MONTHS[sent_at.month - 1]}"
    return Outgoing((Line(f"Mohon maaf, pesan Bapak/Ibu tanggal {when} baru sampai kepada kami."), Line("")))


def too_many() -> Outgoing:
    return said("Pesan Bapak/Ibu terlalu banyak sekaligus. Tunggu satu menit, lalu tulis lagi satu pertanyaan.")


def halted(reason: str, number: str) -> Outgoing:
    return said(
        f"Jawaban otomatis sedang dihentikan: {reason}",
        f"Pesan Bapak/Ibu tercatat dengan nomor {number} dan dibaca petugas pada jam kerja.",
    )


def announcement(text: str) -> Outgoing:
    """What the office tells everybody, above a reply."""
    return Outgoing((Line(f"Pengumuman: {text}", bold=True), Line("")))


# Small talk


def greeting(office: str) -> Outgoing:
    return said(
        f"Selamat datang di layanan informasi {office}.",
        "Silakan tanyakan syarat, prosedur, waktu, atau biaya suatu layanan, misalnya: “syarat konsultasi apa saja?”",
        choices=(MENU, COMPLAIN, PERSON),
    )


def thanks() -> Outgoing:
    return said("Sama-sama, Bapak/Ibu. Senang dapat membantu.")


def goodbye() -> Outgoing:
    return said("Terima kasih sudah menghubungi kami. Sampai jumpa, Bapak/Ibu.")


def identity(office: str) -> Outgoing:
    return said(
        f"Saya Tanya Layanan, program penjawab otomatis {office}.",
        "Jawaban saya kutipan kata demi kata dari standar pelayanan yang ditetapkan. Petugas juga siap membantu.",
        choices=(MENU, PERSON),
    )


def abilities() -> Outgoing:
    return said(
        "Saya dapat menunjukkan persyaratan, prosedur, waktu, biaya, dan hal lain dari setiap layanan kantor ini,"
        " menerima pengaduan, dan menghubungkan Bapak/Ibu dengan petugas.",
        "Tulis saja pertanyaannya dengan kata-kata sendiri.",
        choices=(MENU, COMPLAIN, PERSON),
    )


def pleasantry() -> Outgoing:
    return said("Baik, Bapak/Ibu. Ada layanan yang ingin ditanyakan?", choices=(MENU,))


def not_that(others: Sequence[Choice], misses: int) -> Outgoing:
    """After a wrong card: what came next to it, or other words; after two in a row a person first."""
    onward = (PERSON, MENU) if misses > 1 else (MENU, PERSON)
    asked = "Barangkali salah satu dari ini?" if others else "Boleh ditulis dengan kata lain, atau pilih dari daftar?"
    return said(f"Mohon maaf, jawaban tadi kurang tepat. {asked}", choices=(*others, *onward))


def emergency() -> Outgoing:
    return said(
        "Untuk keadaan darurat segera telepon 112 (darurat), 110 (polisi), 113 (pemadam kebakaran),"
        " atau 119 (ambulans). Nomor ini tidak memanggil bantuan darurat.",
        choices=(PERSON,),
    )


def failed() -> Outgoing:
    return said("Mohon maaf, ada gangguan pada sistem kami. Pesan Bapak/Ibu tersimpan dan petugas akan melihatnya.")


def shortened(text: str, limit: int) -> str:
    """`text`, or as much of it as fits with an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
