# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""What may be done to a ticket: each step gives the ticket after it, or refuses with a sentence for the person.

Due dates are always counted anew from the history, so that the same history gives the same dates. What was judged
stays judged: a verdict is frozen when its clock stops.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from tickets import clock
from tickets.calendar import Calendar
from tickets.clock import NotCovered, Pause, Promise
from tickets.model import (
    CITIZEN,
    CLOSED,
    OPEN,
    STEPS,
    SYSTEM,
    Attachment,
    Class,
    Clock,
    Entry,
    Kind,
    Note,
    Promises,
    Status,
    Step,
    Target,
    Ticket,
    Verdict,
)
from tickets.rules import Reopening, Rules


class Refused(Exception):
    """A step cannot be taken; the message is a sentence for the person who asked."""


class Stale(Refused):
    """Another has changed the ticket since it was read: read it again and repeat."""


NAME = 4
"""Letters from which a part of an officer's name counts as being named: "Sri" stands in many words."""


@dataclass(frozen=True)
class Hours:
    """What dates are counted by: the office's calendar and its rules."""

    calendar: Calendar
    rules: Rules


def take(ticket: Ticket, promises: Promises | None, hours: Hours, at: datetime) -> Ticket:
    """A ticket as it enters the queue, its clocks started from the provider's time of the message."""
    ticket = replace(ticket, promises=promises, counted_from=ticket.received, status=Status.DITERIMA)
    ticket = replace(ticket, history=(Entry(at, CITIZEN, Step.TERIMA, Status.DITERIMA),))
    if promises is None:
        return ticket
    clocks = [_clock(Target.PENYELESAIAN, promises.unclassified, ticket, ticket.received)]
    if promises.informasi_awal:
        clocks.append(_clock(Target.INFORMASI_AWAL, promises.informasi_awal, ticket, ticket.received))
    ticket = _counted(replace(ticket, clocks=tuple(clocks)), hours)
    # The bot's own receipt is no first information, unless the office says so.
    return _stopped(ticket, Target.INFORMASI_AWAL, at, hours) if hours.rules.receipt_informs else ticket


def classify(ticket: Ticket, cls: Class, by: str, at: datetime, hours: Hours, why: str = "") -> Ticket:
    """Decide the class, or change it with a reason; counted from the first receipt.

    A promise that was broken before the change stays on record.
    """
    if ticket.cls is cls:
        raise Refused(f"Pengaduan ini sudah diklasifikasi {_said(cls)}.")
    if ticket.cls and not why:
        raise Refused(f"Pengaduan ini sudah diklasifikasi {_said(ticket.cls)}. Tulis alasan mengubahnya.")
    if ticket.kind is not Kind.PENGADUAN or ticket.promises is None:
        raise Refused(f"{ticket.number} adalah {ticket.kind}; yang diklasifikasi hanya pengaduan.")
    told = f"{_said(cls)}: {why}" if why else _said(cls)
    classified = replace(_stepped(ticket, Step.KLASIFIKASI, by, at, told), cls=cls)
    promise = ticket.promises.by_class.get(cls, ticket.promises.unclassified)
    running = ticket.running(Target.PENYELESAIAN)
    kept = [c for c in ticket.clocks if c is not running]
    if running and running.due and running.due < at:
        kept.append(replace(_judged(running, ticket, at, hours, Verdict.TERLAMBAT), replaced=True))
    started = running.start if running else ticket.received
    fresh = replace(_clock(Target.PENYELESAIAN, promise, classified, started), since=at)
    return _counted(replace(classified, clocks=(*kept, fresh)), hours)


def names(ticket: Ticket, officer: str) -> bool:
    """Whether the citizen told of this officer: who is complained of neither reads nor handles it."""
    told = " ".join((ticket.text, *(note.text for note in ticket.notes))).casefold()
    parts = [name for name in officer.casefold().split() if len(name) >= NAME]
    return any(re.search(rf"\b{re.escape(name)}\b", told) for name in parts)


def assign(ticket: Ticket, officer: str, by: str, at: datetime) -> Ticket:
    """Give it to `officer`; never to one that it names."""
    if ticket.kind is not Kind.PETUGAS and names(ticket, officer):
        raise Refused(f"Pengaduan ini menyebut {officer}. Tugaskan kepada orang lain.")
    return replace(_stepped(ticket, Step.TUGASKAN, by, at, officer), officer=officer)


def start(ticket: Ticket, by: str, at: datetime) -> Ticket:
    return _stepped(ticket, Step.PROSES, by, at)


def transfer(ticket: Ticket, unit: str, by: str, at: datetime) -> Ticket:
    """To another unit of the office, whose officers have not seen it yet."""
    if not unit.strip() or unit == ticket.unit:
        raise Refused("Pilih bagian yang menerima.")
    return replace(_stepped(ticket, Step.ALIHKAN, by, at, unit), unit=unit, officer=None)


def remark(ticket: Ticket, text: str, by: str, at: datetime) -> Ticket:
    """A note for the office alone."""
    if not text.strip():
        raise Refused("Catatannya masih kosong.")
    return _stepped(ticket, Step.CATAT, by, at, text)


# A handover


def take_over(ticket: Ticket, by: str, at: datetime, hours: Hours) -> Ticket:
    """An officer joins the chat: that is what was promised, so the clock stops."""
    if ticket.kind is not Kind.PETUGAS:
        raise Refused(f"{ticket.number} adalah {ticket.kind}: jawab lewat langkahnya sendiri.")
    taken = _stepped(replace(ticket, officer=by), Step.PROSES, by, at)
    return _stopped(taken, Target.PENYELESAIAN, at, hours)


def say(ticket: Ticket, text: str, by: str, at: datetime, attachments: tuple[Attachment, ...] = ()) -> Ticket:
    """A message to the citizen, by the officer whose chat it is."""
    if not text.strip() and not attachments:
        raise Refused("Pesannya masih kosong.")
    if ticket.officer != by:
        raise Refused(f"Percakapan ini dipegang {ticket.officer or 'belum siapa pun'}.")
    said = _stepped(ticket, Step.PESAN, by, at, text)
    return replace(said, history=(*said.history[:-1], replace(said.history[-1], attachments=attachments)))


def end(ticket: Ticket, at: datetime, by: str = CITIZEN, why: str = "") -> Ticket:
    """The chat is the bot's again."""
    return _stepped(ticket, Step.AKHIRI, by, at, why)


def heard(ticket: Ticket) -> datetime:
    """When either side of a handover last said something."""
    return max([entry.at for entry in ticket.history] + [note.received for note in ticket.notes])


def inform(ticket: Ticket, text: str, by: str, at: datetime, hours: Hours) -> Ticket:
    """The first information to the citizen, by a person."""
    return _stopped(_stepped(ticket, Step.INFORMASI_AWAL, by, at, text), Target.INFORMASI_AWAL, at, hours)


def ask(ticket: Ticket, question: str, by: str, at: datetime, hours: Hours) -> Ticket:
    """Wait for the citizen: the clock stands still until the answer."""
    if not question.strip():
        raise Refused("Tulis dulu apa yang ingin ditanyakan kepada pelapor.")
    waiting = _stopped(_stepped(ticket, Step.TANYA, by, at, question), Target.INFORMASI_AWAL, at, hours)
    return _counted(waiting, hours)


def add(ticket: Ticket, note: Note) -> Ticket:
    """What the citizen adds, in any state: it is kept and changes nothing else."""
    return replace(ticket, notes=(*ticket.notes, note))


def supply(ticket: Ticket, note: Note, hours: Hours) -> Ticket:
    """The citizen's answer, by its own time: the clock goes on."""
    supplied = _stepped(ticket, Step.LENGKAPI, CITIZEN, note.received)
    return _counted(add(supplied, note), hours)


def resume(ticket: Ticket, why: str, by: str, at: datetime, hours: Hours) -> Ticket:
    """What was asked became known without the citizen: the clock goes on from now."""
    return _counted(_stepped(ticket, Step.LENGKAPI, by, at, why), hours)


def answer(ticket: Ticket, text: str, by: str, at: datetime, hours: Hours) -> Ticket:
    if not text.strip():
        raise Refused("Pengaduan tidak dapat ditutup tanpa jawaban. Tulis dulu jawabannya.")
    answered = replace(_stepped(ticket, Step.JAWAB, by, at), answer=text)
    return _ended(answered, at, hours)


def refer(ticket: Ticket, where: str, by: str, at: datetime, hours: Hours) -> Ticket:
    """Not this office's to decide: the citizen hears `where` it went."""
    if not where.strip():
        raise Refused("Tulis instansi yang berwenang, agar pelapor tahu ke mana pengaduannya diteruskan.")
    return _ended(replace(_stepped(ticket, Step.TERUSKAN, by, at, where), answer=where), at, hours)


def settle(ticket: Ticket, at: datetime, by: str = CITIZEN, why: str = "") -> Ticket:
    """The citizen is content, or said nothing for long."""
    if ticket.status in OPEN:
        raise Refused("Pengaduan tidak dapat ditutup tanpa jawaban. Tulis dulu jawabannya.")
    return _stepped(ticket, Step.SELESAIKAN, by, at, why)


def reopen(ticket: Ticket, at: datetime, hours: Hours, by: str = CITIZEN, why: str = "") -> Ticket:
    """Another round of the same promise; the verdict of the last one stays.

    By rule the clock goes on, the time in between being a pause, or starts again; it does so too where the last
    round was late, for nothing is left of its time.
    """
    reopened = _stepped(ticket, Step.BUKA_KEMBALI, by, at, why)
    last = next((c for c in reversed(ticket.clocks) if c.target is Target.PENYELESAIAN), None)
    if last is None:
        return reopened
    goes_on = hours.rules.reopening is Reopening.GOES_ON and last.verdict is Verdict.TEPAT_WAKTU
    fresh = replace(_clock(Target.PENYELESAIAN, last.promise, reopened, last.start if goes_on else at), since=at)
    return _counted(replace(reopened, clocks=(*ticket.clocks, fresh)), hours)


def rate(ticket: Ticket, rating: int, at: datetime) -> Ticket:
    """Satisfaction from 1 (not good) to 4 (very good), as the survey of Permenpan-RB 14/2017 asks it; once."""
    if not 1 <= rating <= 4:
        raise Refused("Nilainya 1 sampai 4.")
    if ticket.rating:
        raise Refused("Pengaduan ini sudah dinilai. Terima kasih.")
    return replace(_stepped(ticket, Step.NILAI, CITIZEN, at, str(rating)), rating=rating)


def withdraw(ticket: Ticket, at: datetime, hours: Hours, by: str = CITIZEN, why: str = "") -> Ticket:
    return _ended(_stepped(ticket, Step.TARIK, by, at, why), at, hours)


def merge(ticket: Ticket, parent: Ticket, by: str, at: datetime, hours: Hours) -> tuple[Ticket, Ticket]:
    """`ticket` and `parent` after the one was merged into the other: whose clock starts at the earlier receipt."""
    if ticket.number == parent.number:
        raise Refused("Pengaduan tidak dapat digabung dengan dirinya sendiri.")
    if ticket.agency != parent.agency:
        raise Refused(f"{parent.number} adalah pengaduan kantor lain.")
    if ticket.kind is not parent.kind:
        raise Refused(f"{parent.number} adalah {parent.kind}, bukan {ticket.kind}.")
    merged = replace(_stepped(ticket, Step.GABUNG, by, at, parent.number), merged_into=parent.number)
    taking = _stepped(parent, Step.GABUNGKAN, by, at, ticket.number)
    earliest = min(t.counted_from or t.received for t in (ticket, parent))
    clocks = tuple(replace(c, start=earliest) if _first_round(c) else c for c in taking.clocks)
    taking = _counted(replace(taking, counted_from=earliest, clocks=clocks), hours)
    return _ended(merged, at, hours), taking


def recount(ticket: Ticket, at: datetime, hours: Hours) -> Ticket:
    """After the calendar changed: the same ticket where nothing moved, else one with the moved dates in its history."""
    if ticket.status in CLOSED or all(c.stopped or c.calendar == hours.calendar.version for c in ticket.clocks):
        return ticket
    before = ticket.running(Target.PENYELESAIAN)
    counted = _counted(ticket, hours)
    if [c.due for c in counted.clocks] == [c.due for c in ticket.clocks] or before is None:
        return counted
    why = f"kalender {before.calendar} menjadi {hours.calendar.version}"
    return _stepped(counted, Step.HITUNG_ULANG, SYSTEM, at, why)


def pauses(ticket: Ticket, until: datetime) -> list[Pause]:
    """Times that are not counted: waiting for the citizen, and between an answer and the ticket's reopening.

    One that still lasts ends at `until`.
    """
    return clock.union(_pauses(ticket, until))


def _pauses(ticket: Ticket, until: datetime) -> Iterator[Pause]:
    began = None
    for entry in ticket.history:
        still = entry.status in (Status.MENUNGGU_PELAPOR, Status.DIJAWAB, Status.SELESAI)
        if still and began is None:
            began = entry.at
        elif not still and began is not None:
            yield Pause(began, entry.at)
            began = None
    if began is not None:
        yield Pause(began, until)


def _said(cls: Class) -> str:
    return cls.replace("_", " ")


def _stepped(ticket: Ticket, step: Step, by: str, at: datetime, why: str = "") -> Ticket:
    """The one place where a state changes; a clock set back does not turn the history's order."""
    status = STEPS[step].get(ticket.status)
    if status is None:
        raise Refused(f"{ticket.number} sekarang {_state(ticket)}. Langkah “{step}” tidak dapat dilakukan.")
    at = max(at, ticket.history[-1].at) if ticket.history else at
    return replace(ticket, status=status, history=(*ticket.history, Entry(at, by, step, status, why)))


def _state(ticket: Ticket) -> str:
    last = ticket.history[-1]
    return f"{ticket.status}, terakhir oleh {last.by}" if last.by not in (CITIZEN, SYSTEM) else str(ticket.status)


def _clock(target: Target, promise: Promise, ticket: Ticket, start: datetime) -> Clock:
    return Clock(target, ticket.round, promise, start, start, None, "", ticket.cls)


def _first_round(clock: Clock) -> bool:
    return clock.stopped is None and clock.round == 1


def _counted(ticket: Ticket, hours: Hours) -> Ticket:
    """The running clocks with their due dates by the history and the calendar as they are now."""
    clocks = tuple(c if c.stopped else replace(c, due=_due(c, ticket, hours)) for c in ticket.clocks)
    version = hours.calendar.version
    return replace(ticket, clocks=tuple(c if c.stopped else replace(c, calendar=version) for c in clocks))


def _due(running: Clock, ticket: Ticket, hours: Hours) -> datetime | None:
    """None while the citizen is waited for, unless it was late before; None too where the calendar ends."""
    paused = pauses(ticket, running.start) if running.target is Target.PENYELESAIAN else []
    try:
        at = clock.due(running.promise, running.start, hours.calendar, paused, hours.rules.day_zero)
    except NotCovered:
        return None
    waiting = running.target is Target.PENYELESAIAN and ticket.status is Status.MENUNGGU_PELAPOR
    return None if waiting and at > ticket.since else at


def _stopped(ticket: Ticket, target: Target, at: datetime, hours: Hours) -> Ticket:
    """The clock towards `target` stopped and judged, where one runs."""
    clocks = tuple(
        _judged(c, ticket, at, hours, _verdict(c, at)) if c.target is target and c.stopped is None else c
        for c in ticket.clocks
    )
    return replace(ticket, clocks=clocks)


def _ended(ticket: Ticket, at: datetime, hours: Hours) -> Ticket:
    """All clocks stopped: by an answer, which is first information too, or without one."""
    answered = ticket.status in (Status.DIJAWAB, Status.BUKAN_WEWENANG)
    clocks = []
    for running in ticket.clocks:
        if running.stopped:
            clocks.append(running)
            continue
        verdict = _verdict(running, at)
        if not answered and running.target is Target.INFORMASI_AWAL:
            verdict = Verdict.TANPA_INFORMASI_AWAL
        elif not answered and verdict is Verdict.TEPAT_WAKTU:
            verdict = Verdict.TIDAK_DINILAI
        clocks.append(_judged(running, ticket, at, hours, verdict))
    return replace(ticket, clocks=tuple(clocks))


def _verdict(running: Clock, at: datetime) -> Verdict:
    """From the two times alone; a clock that stood still, or that no calendar could count, was not late."""
    return Verdict.TERLAMBAT if running.due and at > running.due else Verdict.TEPAT_WAKTU


def _judged(running: Clock, ticket: Ticket, at: datetime, hours: Hours, verdict: Verdict) -> Clock:
    """`running` stopped at `at`, with what was worked and what was paused until then."""
    paused = [p for p in pauses(ticket, at) if p.start < at] if running.target is Target.PENYELESAIAN else []
    try:
        worked = clock.worked(running.start, at, hours.calendar, paused)
    except NotCovered:
        worked = at - at
    total = sum((min(p.end, at) - p.start for p in paused), start=at - at)
    return replace(running, stopped=at, verdict=verdict, worked=worked, paused=total)


def attached(ticket: Ticket, attachments: tuple[Attachment, ...]) -> Ticket:
    return replace(ticket, attachments=(*ticket.attachments, *attachments))
