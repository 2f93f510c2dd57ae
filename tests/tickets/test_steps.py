# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""What may happen to a ticket, what it does to the clocks, and what is refused with a sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.app import CALENDARS, RULES
from tickets import agenda, calendar, rules, steps
from tickets.calendar import Holiday
from tickets.clock import Promise, Unit
from tickets.model import (
    CLOSED,
    STEPS,
    Attachment,
    Class,
    Clock,
    Kind,
    Note,
    Promises,
    Status,
    Step,
    Target,
    Ticket,
    Verdict,
)
from tickets.rules import Reopening
from tickets.steps import Hours, Refused

HOURS = Hours(calendar.load("melawi", CALENDARS), rules.load("melawi", RULES))
RINGAN, NORMATIF = Promise(3, Unit.JAM), Promise(5, Unit.HARI_KERJA)
PROMISES = Promises(
    RINGAN,
    {
        Class.RINGAN: RINGAN,
        Class.NORMATIF: NORMATIF,
        Class.TIDAK_BERKADAR: Promise(14, Unit.HARI_KERJA),
        Class.BERKADAR: Promise(60, Unit.HARI_KERJA),
    },
    Promise(1, Unit.JAM),
)
BY = "Rahmat"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=HOURS.calendar.zone)


def filed(received: str, hours: Hours = HOURS, number: str = "ADU-2507-0000X", **other: object) -> Ticket:
    moment = at(received)
    bare = Ticket(number, Kind.PENGADUAN, "coba", "ana", "melawi", None, "antre lama", moment, moment)
    return steps.take(replace(bare, **other), PROMISES, hours, moment)  # type: ignore[arg-type]


def normatif(received: str, hours: Hours = HOURS) -> Ticket:
    return steps.classify(filed(received, hours), Class.NORMATIF, BY, at(received), hours)


def settlement(ticket: Ticket, round: int = 1) -> Clock:
    """The last clock of a round."""
    return [c for c in ticket.clocks if c.target is Target.PENYELESAIAN and c.round == round][-1]


def first_information(ticket: Ticket) -> Clock:
    return next(c for c in ticket.clocks if c.target is Target.INFORMASI_AWAL)


# The cases of the clocks that need a ticket


def test_s42_a_receipt_is_no_first_information_unless_the_office_says_so() -> None:
    assert first_information(filed("2025-06-10T09:00")).stopped is None
    counts = replace(HOURS, rules=replace(HOURS.rules, receipt_informs=True))
    assert first_information(filed("2025-06-10T09:00", counts)).verdict is Verdict.TEPAT_WAKTU
    informed = steps.inform(filed("2025-06-10T09:00"), "sedang dicek", BY, at("2025-06-10T10:30"), HOURS)
    assert first_information(informed).verdict is Verdict.TERLAMBAT


def test_s46_waiting_for_the_citizen_moves_the_due_date() -> None:
    ticket = normatif("2025-07-07T09:00")
    assert ticket.due == at("2025-07-14T16:00")
    waiting = steps.ask(ticket, "Di loket mana?", BY, at("2025-07-09T10:00"), HOURS)
    assert waiting.due is None
    supplied = steps.supply(waiting, Note("loket dua", at("2025-07-11T09:00")), HOURS)
    assert supplied.due == at("2025-07-16T16:00")


def test_s49_a_button_pressed_twice_changes_nothing() -> None:
    waiting = steps.ask(normatif("2025-07-07T09:00"), "Di mana?", BY, at("2025-07-09T10:00"), HOURS)
    with pytest.raises(Refused, match="menunggu pelapor"):
        steps.ask(waiting, "Di mana?", BY, at("2025-07-09T10:00"), HOURS)
    supplied = steps.supply(waiting, Note("sini", at("2025-07-09T09:59")), HOURS)
    assert steps.pauses(supplied, at("2025-07-10T09:00")) == []
    assert supplied.due == at("2025-07-14T16:00")
    with pytest.raises(Refused):
        steps.supply(supplied, Note("sini", at("2025-07-09T11:00")), HOURS)


@pytest.mark.parametrize(
    "note",
    [
        Note("loket dua", at("2025-07-11T09:00")),
        Note("", at("2025-07-11T09:00"), (Attachment("foto.jpg", "image/jpeg", 9, "a.jpg"),)),
    ],
    ids=["text", "picture"],
)
def test_s51_the_clock_goes_on_at_the_messages_own_time(note: Note) -> None:
    waiting = steps.ask(normatif("2025-07-07T09:00"), "Di mana?", BY, at("2025-07-09T10:00"), HOURS)
    assert steps.supply(waiting, note, HOURS).due == at("2025-07-16T16:00")


def closed_and_reopened(hours: Hours) -> Ticket:
    answered = steps.answer(normatif("2025-07-07T09:00", hours), "Sudah.", BY, at("2025-07-10T10:00"), hours)
    return steps.reopen(steps.settle(answered, at("2025-07-10T11:00")), at("2025-07-14T10:00"), hours)


def test_s53_a_reopened_complaint_goes_on_or_starts_again_and_the_verdict_stays() -> None:
    assert closed_and_reopened(HOURS).due == at("2025-07-16T16:00")
    anew = replace(HOURS, rules=replace(HOURS.rules, reopening=Reopening.STARTS_AGAIN))
    ticket = closed_and_reopened(anew)
    assert ticket.due == at("2025-07-21T16:00")
    assert settlement(ticket, 1).verdict is Verdict.TEPAT_WAKTU


def test_s54_a_late_round_stays_late_and_the_next_may_be_on_time() -> None:
    late = steps.answer(normatif("2025-07-07T09:00"), "Maaf.", BY, at("2025-07-15T10:00"), HOURS)
    again = steps.reopen(late, at("2025-07-16T10:00"), HOURS)
    done = steps.answer(again, "Sudah.", BY, at("2025-07-17T10:00"), HOURS)
    assert [settlement(done, n).verdict for n in (1, 2)] == [Verdict.TERLAMBAT, Verdict.TEPAT_WAKTU]


def test_s55_a_breach_before_the_class_was_changed_is_kept_once() -> None:
    ringan = steps.classify(filed("2025-06-10T07:30"), Class.RINGAN, BY, at("2025-06-10T07:40"), HOURS)
    assert ringan.due == at("2025-06-10T10:30")
    moved = steps.classify(ringan, Class.NORMATIF, BY, at("2025-06-10T11:00"), HOURS, "perlu dicek")
    assert moved.due == at("2025-06-17T16:00")
    assert [c.verdict for c in moved.clocks if c.replaced] == [Verdict.TERLAMBAT]
    again = steps.classify(moved, Class.TIDAK_BERKADAR, BY, at("2025-06-10T12:00"), HOURS, "perlu diperiksa")
    assert sum(c.replaced for c in again.clocks) == 1


def test_s57_a_shorter_class_may_be_overdue_at_once() -> None:
    ticket = normatif("2025-07-07T09:00")
    shorter = steps.classify(ticket, Class.RINGAN, BY, at("2025-07-09T09:00"), HOURS, "ringan")
    assert shorter.due == at("2025-07-07T12:00")
    assert settlement(shorter).since == at("2025-07-09T09:00")


def test_s58_and_s60_a_changed_calendar_moves_open_tickets_only() -> None:
    known = {d: h for d, h in HOURS.calendar.holidays.items() if d != date(2025, 8, 18)}
    before = replace(HOURS, calendar=replace(HOURS.calendar, holidays=known))
    ticket = normatif("2025-08-11T09:00", before)
    assert ticket.due == at("2025-08-18T16:00")
    more = {**known, date(2025, 8, 18): Holiday("Cuti bersama", "SKB")}
    after = replace(HOURS, calendar=replace(HOURS.calendar, holidays=more))
    moved = steps.recount(ticket, at("2025-08-12T09:00"), after)
    assert moved.due == at("2025-08-19T16:00")
    assert moved.history[-1].step is Step.HITUNG_ULANG
    assert before.calendar.version in moved.history[-1].why
    assert after.calendar.version in moved.history[-1].why
    assert steps.recount(moved, at("2025-08-12T09:01"), after) is moved
    closed = steps.settle(steps.answer(ticket, "Sudah.", BY, at("2025-08-12T09:00"), before), at("2025-08-12T10:00"))
    assert steps.recount(closed, at("2025-08-13T09:00"), after) is closed


def test_s67_the_verdict_comes_from_the_answers_own_time() -> None:
    ticket = filed("2025-06-10T09:00")
    in_time = steps.answer(ticket, "Sudah.", BY, at("2025-06-10T11:59:58"), HOURS)
    assert settlement(in_time).verdict is Verdict.TEPAT_WAKTU
    assert settlement(steps.answer(ticket, "Sudah.", BY, at("2025-06-10T12:00:01"), HOURS)).verdict is Verdict.TERLAMBAT


def test_s69_closed_without_a_word_is_never_on_time() -> None:
    withdrawn = steps.withdraw(filed("2025-06-10T09:00"), at("2025-06-10T09:10"), HOURS)
    assert first_information(withdrawn).verdict is Verdict.TANPA_INFORMASI_AWAL
    assert settlement(withdrawn).verdict is Verdict.TIDAK_DINILAI
    late = steps.withdraw(filed("2025-06-10T09:00"), at("2025-06-10T15:00"), HOURS)
    assert settlement(late).verdict is Verdict.TERLAMBAT


def test_s70_a_merged_ticket_has_no_clock_and_its_parent_counts_from_the_earliest() -> None:
    child, parent = filed("2025-06-10T09:00", number="ADU-2506-1"), filed("2025-06-10T11:00", number="ADU-2506-2")
    assert parent.due == at("2025-06-10T15:00")
    child, parent = steps.merge(child, parent, BY, at("2025-06-10T11:05"), HOURS)
    assert child.status is Status.DIGABUNG
    assert child.merged_into == parent.number
    assert all(c.stopped for c in child.clocks)
    assert parent.due == at("2025-06-10T12:00")


def test_s73_receipt_is_the_providers_time_and_arrival_is_kept_beside_it() -> None:
    late = replace(filed("2025-07-11T22:00"), arrived=at("2025-07-14T09:00"))
    assert steps.classify(late, Class.NORMATIF, BY, at("2025-07-14T09:05"), HOURS).due == at("2025-07-18T16:30")


def test_s75_a_clock_set_back_gives_no_negative_time() -> None:
    ticket = steps.start(filed("2025-06-10T09:00"), BY, at("2025-06-10T09:30"))
    answered = steps.answer(ticket, "Sudah.", BY, at("2025-06-10T09:20"), HOURS)
    assert [e.at for e in answered.history] == sorted(e.at for e in answered.history)
    assert settlement(answered).worked >= timedelta()


def test_s80_a_promise_that_is_no_longer_made_keeps_its_open_tickets() -> None:
    ticket = normatif("2025-07-07T09:00")
    silent = replace(HOURS, rules=replace(HOURS.rules, promises={}, reminders=()))
    stale = replace(ticket, clocks=tuple(replace(c, calendar="") for c in ticket.clocks))
    assert steps.recount(stale, at("2025-07-08T09:00"), silent).due == ticket.due
    assert agenda.agenda(ticket, silent) == []


def test_a_ticket_that_was_late_stays_late_while_it_waits() -> None:
    waiting = steps.ask(filed("2025-06-10T09:00"), "Di mana?", BY, at("2025-06-10T14:00"), HOURS)
    assert waiting.due == at("2025-06-10T12:00")
    assert settlement(steps.answer(waiting, "Sudah.", BY, at("2025-06-11T09:00"), HOURS)).verdict is Verdict.TERLAMBAT


def test_where_the_calendar_ends_a_ticket_waits_for_it() -> None:
    short = replace(HOURS, calendar=replace(HOURS.calendar, covered_until=date(2026, 12, 31)))
    ticket = filed("2026-12-01T09:00", short)
    ticket = steps.classify(ticket, Class.BERKADAR, BY, at("2026-12-01T10:00"), short)
    assert ticket.due is None
    assert steps.recount(ticket, at("2026-12-02T09:00"), HOURS).due == at("2027-03-02T16:00")


# What is allowed and what is refused

DOES: dict[Step, Callable[[Ticket, datetime], Ticket]] = {
    Step.KLASIFIKASI: lambda t, now: steps.classify(
        t, Class.BERKADAR if t.cls is Class.NORMATIF else Class.NORMATIF, BY, now, HOURS, "dilihat lagi"
    ),
    Step.TUGASKAN: lambda t, now: steps.assign(t, "Yulia", BY, now),
    Step.PROSES: lambda t, now: steps.start(t, BY, now),
    Step.INFORMASI_AWAL: lambda t, now: steps.inform(t, "sedang dicek", BY, now, HOURS),
    Step.TANYA: lambda t, now: steps.ask(t, "Di mana?", BY, now, HOURS),
    Step.LENGKAPI: lambda t, now: steps.supply(t, Note("sini", now), HOURS),
    Step.JAWAB: lambda t, now: steps.answer(t, "Sudah.", BY, now, HOURS),
    Step.TERUSKAN: lambda t, now: steps.refer(t, "Dinas PU", BY, now, HOURS),
    Step.SELESAIKAN: lambda t, now: steps.settle(t, now),
    Step.BUKA_KEMBALI: lambda t, now: steps.reopen(t, now, HOURS),
    Step.NILAI: lambda t, now: steps.rate(t, 3, now),
    Step.TARIK: lambda t, now: steps.withdraw(t, now, HOURS),
    Step.GABUNG: lambda t, now: steps.merge(t, filed("2025-06-10T09:00", number="ADU-2506-9"), BY, now, HOURS)[0],
    Step.GABUNGKAN: lambda t, now: steps.merge(filed("2025-06-10T09:00", number="ADU-2506-9"), t, BY, now, HOURS)[1],
}
SINCE = at("2025-06-10T09:30")
REACHED: dict[Status, Callable[[], Ticket]] = {
    Status.DITERIMA: lambda: filed("2025-06-10T09:00"),
    Status.DIKLASIFIKASI: lambda: DOES[Step.KLASIFIKASI](filed("2025-06-10T09:00"), SINCE),
    Status.DITUGASKAN: lambda: DOES[Step.TUGASKAN](filed("2025-06-10T09:00"), SINCE),
    Status.DIPROSES: lambda: DOES[Step.PROSES](filed("2025-06-10T09:00"), SINCE),
    Status.MENUNGGU_PELAPOR: lambda: DOES[Step.TANYA](filed("2025-06-10T09:00"), SINCE),
    Status.DIJAWAB: lambda: DOES[Step.JAWAB](filed("2025-06-10T09:00"), SINCE),
    Status.SELESAI: lambda: DOES[Step.SELESAIKAN](REACHED[Status.DIJAWAB](), SINCE),
    Status.DIBUKA_KEMBALI: lambda: DOES[Step.BUKA_KEMBALI](REACHED[Status.DIJAWAB](), SINCE),
    Status.DITARIK: lambda: DOES[Step.TARIK](filed("2025-06-10T09:00"), SINCE),
    Status.BUKAN_WEWENANG: lambda: DOES[Step.TERUSKAN](filed("2025-06-10T09:00"), SINCE),
    Status.DIGABUNG: lambda: DOES[Step.GABUNG](filed("2025-06-10T09:00"), SINCE),
}


def test_the_table_knows_every_step() -> None:
    assert set(STEPS) == set(Step) - {Step.TERIMA}
    assert set(REACHED) == set(Status)


@pytest.mark.parametrize("step", DOES)
@pytest.mark.parametrize("status", Status)
def test_what_the_table_does_not_allow_is_refused_in_a_sentence(step: Step, status: Status) -> None:
    ticket = REACHED[status]()
    now = SINCE + timedelta(hours=1)
    if status in STEPS[step]:
        assert DOES[step](ticket, now).status is STEPS[step][status]
        return
    with pytest.raises(Refused) as refusal:
        DOES[step](ticket, now)
    sentence = str(refusal.value)
    assert sentence.endswith(".")
    assert len(sentence.split()) >= 4
    assert ticket == REACHED[status]()


TICKET = filed("2025-06-10T09:00", text="Sdri. Yulia di loket dua membentak saya")
CLASSIFIED = steps.classify(TICKET, Class.NORMATIF, BY, SINCE, HOURS)
REQUEST = replace(TICKET, number="B", kind=Kind.INFORMASI)
SETTLED = steps.settle(steps.answer(TICKET, "Sudah.", BY, SINCE, HOURS), SINCE)


@pytest.mark.parametrize(
    ("does", "says"),
    [
        (lambda: steps.classify(CLASSIFIED, Class.NORMATIF, BY, SINCE, HOURS), "sudah diklasifikasi normatif"),
        (lambda: steps.classify(CLASSIFIED, Class.BERKADAR, BY, SINCE, HOURS), "Tulis alasan"),
        (lambda: steps.classify(REQUEST, Class.RINGAN, BY, SINCE, HOURS), "hanya pengaduan"),
        (lambda: steps.settle(TICKET, SINCE), "tanpa jawaban"),
        (lambda: steps.answer(TICKET, "  ", BY, SINCE, HOURS), "tanpa jawaban"),
        (lambda: steps.ask(TICKET, "", BY, SINCE, HOURS), "Tulis dulu"),
        (lambda: steps.refer(TICKET, "", BY, SINCE, HOURS), "instansi yang berwenang"),
        (lambda: steps.merge(TICKET, TICKET, BY, SINCE, HOURS), "dirinya sendiri"),
        (lambda: steps.merge(TICKET, replace(TICKET, number="B", agency="landak"), BY, SINCE, HOURS), "kantor lain"),
        (lambda: steps.merge(TICKET, REQUEST, BY, SINCE, HOURS), "permintaan informasi"),
        (lambda: steps.rate(SETTLED, 0, SINCE), "1 sampai 4"),
        (lambda: steps.rate(SETTLED, 5, SINCE), "1 sampai 4"),
        (lambda: steps.rate(steps.rate(SETTLED, 4, SINCE), 3, SINCE), "sudah dinilai"),
        (lambda: steps.assign(TICKET, "Yulia Pratiwi", BY, SINCE), "menyebut Yulia Pratiwi"),
    ],
)  # fmt: skip
def test_bad_input_gets_one_clear_sentence(does: Callable[[], object], says: str) -> None:
    with pytest.raises(Refused, match=says):
        does()


# Whatever happens


@settings(deadline=None, max_examples=150)
@given(st.lists(st.tuples(st.sampled_from(list(DOES)), st.timedeltas(timedelta(0), timedelta(days=6))), max_size=14))
def test_whatever_is_tried_the_ticket_stays_whole(tried: list[tuple[Step, timedelta]]) -> None:
    ticket, now = filed("2025-06-10T09:00"), at("2025-06-10T09:00")
    for step, later in tried:
        now += later
        frozen = {c for c in ticket.clocks if c.stopped}
        try:
            ticket = DOES[step](ticket, now)
        except Refused:
            continue
        assert frozen <= set(ticket.clocks), "a clock that stopped was touched"
    for target in Target:
        assert sum(c.target is target and c.stopped is None for c in ticket.clocks) <= 1
    assert ticket.round == 1 + sum(
        e.status is Status.DIBUKA_KEMBALI and e.step is Step.BUKA_KEMBALI for e in ticket.history
    )
    paused = steps.pauses(ticket, now)
    assert all(a.end < b.start or a.end <= b.start for a, b in pairwise(paused))
    if ticket.status in CLOSED:
        assert all(c.stopped and c.verdict for c in ticket.clocks)
    assert all(c.worked >= timedelta() and c.paused >= timedelta() for c in ticket.clocks)
    stale = replace(ticket, clocks=tuple(replace(c, calendar="") if not c.stopped else c for c in ticket.clocks))
    assert steps.recount(stale, now, HOURS).clocks == ticket.clocks
