# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Promises fall due when the rules say: the table of cases, properties, and two libraries as oracles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import businesstimedelta
import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from bot.app import CALENDARS
from tickets import clock
from tickets.calendar import Calendar, Change, Holiday, Segment, load
from tickets.clock import DayZero, NotCovered, Pause, Promise, Unit

WIB = load("melawi", CALENDARS)
WITA = load("kaltim", CALENDARS)


def hours(*texts: str) -> tuple[Segment, ...]:
    return tuple(Segment(*(time.fromisoformat(t) for t in text.split("-"))) for text in texts)


RAMADAN_WEEK = dict.fromkeys(range(4), hours("08:00-12:00", "12:30-15:00")) | {4: hours("08:00-11:30", "12:30-15:30")}
RAMADAN = replace(WIB, changes=(Change(date(2026, 2, 19), date(2026, 3, 20), "Ramadan", RAMADAN_WEEK),))
PUBLIC = replace(WIB, holidays={d: h for d, h in WIB.holidays.items() if "cuti bersama" not in h.source})
"""Joint leave left out: what a calendar of public holidays alone would say."""

RINGAN, NORMATIF = Promise(3, Unit.JAM), Promise(5, Unit.HARI_KERJA)
TIDAK_BERKADAR, BERKADAR = Promise(14, Unit.HARI_KERJA), Promise(60, Unit.HARI_KERJA)
SETTLEMENT, FIRST = Promise(2, Unit.JAM_HARI_KERJA), Promise(1, Unit.JAM)
PERSONAL_DATA = Promise(3, Unit.JAM_KALENDER)

CASES = [
    # id, promise, calendar, received, due, what it catches
    ("S01", RINGAN, WIB, "2025-06-10T09:00", "2025-06-10T12:00"),  # ends at the break, not at 13:00
    ("S02", RINGAN, WIB, "2025-06-10T10:30", "2025-06-10T14:30"),  # lunch break
    ("S03", RINGAN, WIB, "2025-06-10T12:30", "2025-06-10T16:00"),  # in the break; due at closing
    ("S04", RINGAN, WIB, "2025-06-10T16:00", "2025-06-11T10:30"),  # closing time is outside
    ("S06", RINGAN, WIB, "2025-07-11T10:00", "2025-07-11T14:30"),  # Friday's break
    ("S07", RINGAN, WIB, "2025-06-05T15:00", "2025-06-10T09:30"),  # Iduladha, weekend, joint leave
    ("S09", RINGAN, WIB, "2025-12-24T14:00", "2025-12-29T08:30"),  # Christmas and joint leave
    ("S10", RINGAN, WIB, "2025-12-31T15:30", "2026-01-02T10:00"),  # next year's calendar
    ("S11", RINGAN, WIB, "2026-03-17T15:00", "2026-03-25T09:30"),  # Nyepi and Lebaran: a week closed
    ("S11 public", RINGAN, PUBLIC, "2026-03-17T15:00", "2026-03-18T09:30"),
    ("S13", RINGAN, RAMADAN, "2026-02-19T08:30", "2026-02-19T11:30"),  # Ramadan opening
    ("S15 WIB", RINGAN, WIB, "2025-06-10T00:10Z", "2025-06-10T03:30Z"),  # the office's zone, not the server's
    ("S15 WITA", RINGAN, WITA, "2025-06-10T00:10Z", "2025-06-10T03:10Z"),
    ("S18", NORMATIF, WIB, "2025-06-02T10:00", "2025-06-11T16:00"),  # two holidays inside
    ("S19", NORMATIF, WIB, "2025-03-27T09:00", "2025-04-14T16:00"),  # Lebaran 2025: eleven days closed
    ("S19 public", NORMATIF, PUBLIC, "2025-03-27T09:00", "2025-04-07T16:00"),
    ("S20", NORMATIF, WIB, "2025-07-12T10:00", "2025-07-18T16:30"),  # weekend; Friday closes at 16:30
    ("S21", NORMATIF, WIB, "2025-07-14T20:00", "2025-07-21T16:00"),  # after closing
    ("S24", NORMATIF, WIB, "2026-05-12T09:00", "2026-05-21T16:00"),
    ("S26", NORMATIF, WIB, "2026-12-22T09:00", "2026-12-31T16:00"),
    ("S29", NORMATIF, WITA, "2026-02-13T09:00", "2026-02-24T16:00"),
    ("S30", TIDAK_BERKADAR, WIB, "2026-03-09T09:00", "2026-04-06T16:00"),  # Lebaran 2026 and Good Friday
    ("S30 public", TIDAK_BERKADAR, PUBLIC, "2026-03-09T09:00", "2026-03-30T16:00"),
    ("S33", BERKADAR, WIB, "2026-12-01T09:00", "2027-03-02T16:00"),  # next year's joint decree
    ("S33 public", BERKADAR, PUBLIC, "2026-12-01T09:00", "2027-02-26T16:30"),
    ("S35", SETTLEMENT, WITA, "2025-07-11T10:00", "2025-07-15T10:00"),  # not Sunday
    ("S37", SETTLEMENT, WITA, "2025-06-05T14:00", "2025-06-11T14:00"),  # holidays give nothing
    ("S39", FIRST, WITA, "2025-08-15T16:10", "2025-08-19T08:10"),  # twenty minutes before a long weekend
    ("S40", FIRST, WITA, "2025-07-12T10:00", "2025-07-14T08:30"),  # starts at opening
    ("S52", PERSONAL_DATA, WIB, "2025-03-28T10:00", "2025-03-31T10:00"),  # hours of the wall clock, over Idulfitri
    ("S78", NORMATIF, WIB, "2025-05-30T09:00", "2025-06-10T16:00"),  # a holiday on Sunday moves no Monday
]


def at(text: str, calendar: Calendar) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=calendar.zone)


@pytest.mark.parametrize(("promise", "calendar", "received", "due"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_cases(promise: Promise, calendar: Calendar, received: str, due: str) -> None:
    assert clock.due(promise, at(received, calendar), calendar) == at(due, calendar)


@pytest.mark.parametrize(
    ("received", "due"), [("2025-07-12T10:00", "2025-07-21T16:00"), ("2025-07-14T20:00", "2025-07-22T16:00")]
)
def test_an_office_may_count_from_the_next_working_day(received: str, due: str) -> None:
    """S20 and S21 as P1."""
    assert clock.due(NORMATIF, at(received, WIB), WIB, day_zero=DayZero.WORKING) == at(due, WIB)


PAUSED = [
    # promise, received, pauses, due
    ("S43", RINGAN, "2025-06-10T09:00", ["2025-06-10T10:00/2025-06-10T13:30"], "2025-06-10T15:30"),
    ("S45", RINGAN, "2025-06-10T15:00", ["2025-06-10T20:00/2025-06-11T06:00"], "2025-06-11T09:30"),
    ("S46 base", NORMATIF, "2025-07-07T09:00", [], "2025-07-14T16:00"),
    ("S46", NORMATIF, "2025-07-07T09:00", ["2025-07-09T10:00/2025-07-11T09:00"], "2025-07-16T16:00"),
    ("S47", NORMATIF, "2025-07-07T09:00", ["2025-07-09T10:00/2025-07-09T14:00"], "2025-07-14T16:00"),
    ("S49 same minute", NORMATIF, "2025-07-07T09:00",
     ["2025-07-09T10:00/2025-07-11T09:00", "2025-07-09T10:00/2025-07-10T09:00"], "2025-07-16T16:00"),
    ("S49 pressed twice", RINGAN, "2025-06-10T09:00",
     ["2025-06-10T10:00/2025-06-10T13:30", "2025-06-10T10:30/2025-06-10T11:00"], "2025-06-10T15:30"),
    ("S49 ends first", RINGAN, "2025-06-10T09:00", ["2025-06-10T11:00/2025-06-10T10:00"], "2025-06-10T12:00"),
    ("S53 goes on", NORMATIF, "2025-07-07T09:00", ["2025-07-10T10:00/2025-07-14T10:00"], "2025-07-16T16:00"),
    ("S53 anew", NORMATIF, "2025-07-14T10:00", [], "2025-07-21T16:00"),
    ("closing to opening", NORMATIF, "2025-07-07T09:00", ["2025-07-09T16:00/2025-07-10T07:30"], "2025-07-14T16:00"),
    ("over day 0's closing", NORMATIF, "2025-07-07T09:00", ["2025-07-07T10:00/2025-07-08T08:00"], "2025-07-15T16:00"),
    ("2 x 24", SETTLEMENT, "2025-07-07T09:00", ["2025-07-07T10:00/2025-07-07T22:00"], "2025-07-09T21:00"),
]  # fmt: skip


def pauses(texts: Sequence[str]) -> list[Pause]:
    return [Pause(*(at(part, WIB) for part in text.split("/"))) for text in texts]


@pytest.mark.parametrize(("promise", "received", "paused", "due"), [c[1:] for c in PAUSED], ids=[c[0] for c in PAUSED])
def test_pauses(promise: Promise, received: str, paused: list[str], due: str) -> None:
    assert clock.due(promise, at(received, WIB), WIB, pauses(paused)) == at(due, WIB)


def test_a_changed_calendar_moves_the_due_date() -> None:
    """S58."""
    later = Holiday("Cuti bersama Hari Kemerdekaan", "SKB")
    before = replace(WIB, holidays={d: h for d, h in WIB.holidays.items() if d != date(2025, 8, 18)})
    after = replace(before, holidays={**before.holidays, date(2025, 8, 18): later})
    received = at("2025-08-11T09:00", WIB)
    assert clock.due(NORMATIF, received, before) == at("2025-08-18T16:00", WIB)
    assert clock.due(NORMATIF, received, after) == at("2025-08-19T16:00", WIB)
    assert before.version != after.version


def test_reminders_are_measured_in_working_time() -> None:
    """S61, S62, S63, S65."""
    normatif = clock.due(NORMATIF, at("2025-06-02T10:00", WIB), WIB)
    assert clock.days_before(1, normatif, WIB) == at("2025-06-10T07:30", WIB)
    ringan = at("2025-06-10T09:00", WIB)
    assert clock.at_share(0.75, ringan, clock.due(RINGAN, ringan, WIB), WIB) == at("2025-06-10T11:15", WIB)
    assert clock.hours_before(1, at("2025-06-10T08:00", WIB), WIB) == at("2025-06-05T15:30", WIB)
    levels = [clock.days_after(days, normatif, WIB) for days in (0, 1, 3)]
    assert levels == [at(f"2025-06-{day}T16:00", WIB) for day in (11, 12, 16)]
    told = [clock.in_office_hours(level, WIB) for level in levels]
    assert told == [at(f"2025-06-{day}T07:30", WIB) for day in (12, 13, 17)]


@pytest.mark.parametrize("promise", [BERKADAR, Promise(400, Unit.JAM), Promise(60, Unit.JAM_HARI_KERJA)])
def test_what_no_one_has_decreed_is_not_guessed(promise: Promise) -> None:
    """S33 without next year's file."""
    short = replace(WIB, covered_until=date(2026, 12, 31))
    with pytest.raises(NotCovered, match=r"01-01-2025 sampai 31-12-2026; 01-01-2027 di luarnya"):
        clock.due(promise, at("2026-12-01T09:00", WIB), short)
    with pytest.raises(NotCovered, match="31-12-2024"):
        clock.due(promise, at("2024-12-31T09:00", WIB), short)


def test_a_calendar_that_never_opens_ends_with_its_coverage() -> None:
    """S71: no endless loop."""
    closed = replace(WIB, changes=(Change(date(2025, 1, 1), date(2027, 12, 31), "tutup"),))
    with pytest.raises(NotCovered):
        clock.due(RINGAN, at("2025-06-10T09:00", WIB), closed)


def test_a_due_date_explains_itself() -> None:
    why = clock.explain(NORMATIF, at("2025-03-27T09:00", WIB), WIB)
    named = {day: name for day, name in why.skipped if name}
    assert [day.day for day in named] == [28, 29, 31, 1, 2, 3, 4, 7]
    assert named[date(2025, 4, 7)] == "Cuti bersama Idulfitri"
    assert {day.weekday() for day, name in why.skipped if not name} == {5, 6}
    night = clock.explain(RINGAN, at("2025-06-05T20:00", WIB), WIB)
    assert night.start == at("2025-06-10T07:30", WIB)
    assert [day for day, _ in night.skipped] == [date(2025, 6, d) for d in (6, 7, 8, 9)]
    assert clock.explain(PERSONAL_DATA, at("2025-03-28T10:00", WIB), WIB).skipped == ()


# Properties

MOMENTS = st.datetimes(datetime(2025, 1, 2), datetime(2027, 5, 1), timezones=st.just(UTC))  # noqa: DTZ001
LENGTHS = st.timedeltas(timedelta(minutes=1), timedelta(days=9))
DAYS = st.dates(date(2025, 1, 2), date(2027, 6, 1))
WORKING = st.sampled_from(
    [Promise(n, Unit.JAM) for n in (1, 3, 20)] + [Promise(n, Unit.HARI_KERJA) for n in (1, 5, 14)]
)
PROMISES = st.one_of(WORKING, st.sampled_from([SETTLEMENT, PERSONAL_DATA]))


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    """An office with hours of its own, open on at least one day of the week, and some more holidays."""
    day = st.sampled_from([(), hours("08:00-12:00"), hours("07:30-12:00", "13:00-16:00"), hours("00:00-23:59")])
    week = {n: draw(day) for n in range(7)}
    assume(any(week.values()))
    more = {d: Holiday("libur", "uji") for d in draw(st.sets(DAYS, max_size=5))}
    return replace(WIB, week=week, holidays={**WIB.holidays, **more}, zone=ZoneInfo(draw(ZONES)))


ZONES = st.sampled_from(["Asia/Pontianak", "Asia/Makassar", "Asia/Jayapura"])


@st.composite
def paused_after(draw: st.DrawFn, received: datetime) -> list[Pause]:
    starts = draw(st.lists(LENGTHS, max_size=3))
    return [Pause(received + start, received + start + draw(LENGTHS)) for start in starts]


often = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.filter_too_much])


@often
@given(PROMISES, calendars(), MOMENTS, LENGTHS, st.data())
def test_a_later_receipt_never_falls_due_earlier(
    promise: Promise, calendar: Calendar, received: datetime, later: timedelta, data: st.DataObject
) -> None:
    assert clock.due(promise, received, calendar) <= clock.due(promise, received + later, calendar)


@often
@given(WORKING, calendars(), MOMENTS, st.data())
def test_due_lies_in_open_hours_or_at_their_end_and_never_in_a_pause(
    promise: Promise, calendar: Calendar, received: datetime, data: st.DataObject
) -> None:
    paused = data.draw(paused_after(received))
    due = clock.due(promise, received, calendar, paused)
    here = due.time()
    assert any(s.start <= here <= s.end for s in calendar.segments(due.date()))
    assert not any(p.start < due < p.end for p in clock.union(paused))


@often
@given(PROMISES, calendars(), MOMENTS, DAYS)
def test_one_more_holiday_never_makes_it_earlier(
    promise: Promise, calendar: Calendar, received: datetime, day: date
) -> None:
    more = replace(calendar, holidays={**calendar.holidays, day: Holiday("libur", "uji")})
    assert clock.due(promise, received, more) >= clock.due(promise, received, calendar)


@often
@given(PROMISES, calendars(), MOMENTS, st.data())
def test_a_pause_never_makes_it_earlier_and_counting_again_gives_the_same(
    promise: Promise, calendar: Calendar, received: datetime, data: st.DataObject
) -> None:
    paused = data.draw(paused_after(received))
    due = clock.due(promise, received, calendar, paused)
    assert due >= clock.due(promise, received, calendar)
    assert due == clock.due(promise, received, calendar, data.draw(st.permutations(paused)))
    assert clock.union(clock.union(paused)) == clock.union(paused)


@often
@given(st.integers(1, 40), calendars(), MOMENTS, st.data())
def test_an_hour_is_an_hour_of_work(limit: int, calendar: Calendar, received: datetime, data: st.DataObject) -> None:
    paused = data.draw(paused_after(received))
    due = clock.due(Promise(limit, Unit.JAM), received, calendar, paused)
    assert clock.worked(received, due, calendar, paused) == timedelta(hours=limit)
    assert clock.at_share(1.0, received, due, calendar, paused) == due
    assert clock.worked(clock.hours_before(1, due, calendar), due, calendar) == timedelta(hours=1)


@often
@given(calendars(), MOMENTS, LENGTHS)
def test_working_time_adds_up(calendar: Calendar, start: datetime, length: timedelta) -> None:
    middle, end = start + length / 3, start + length
    halves = clock.worked(start, middle, calendar) + clock.worked(middle, end, calendar)
    assert clock.worked(start, end, calendar) == halves
    assert clock.worked(end, start, calendar) == timedelta()
    opened = clock.in_office_hours(start, calendar)
    assert opened >= start
    assert calendar.opening(opened).open


# Oracles


@pytest.fixture(scope="module")
def oracle() -> businesstimedelta.Rules:
    """The shipped hours in another library's words."""
    closed = list(WIB.holidays)
    rules = []
    for start, end, days in [((7, 30), (12, 0), range(4)), ((13, 0), (16, 0), range(4)),
                             ((7, 30), (11, 30), [4]), ((13, 0), (16, 30), [4])]:  # fmt: skip
        rules.append(
            businesstimedelta.WorkDayRule(start_time=time(*start), end_time=time(*end), working_days=list(days))
        )
    return businesstimedelta.Rules([*rules, businesstimedelta.HolidayRule(closed)])


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(MOMENTS, st.integers(1, 30))
def test_hours_agree_with_businesstimedelta(oracle: businesstimedelta.Rules, received: datetime, limit: int) -> None:
    # Their rules are in UTC: local time is called so.
    local = received.astimezone(WIB.zone).replace(tzinfo=UTC)
    theirs = local + businesstimedelta.BusinessTimeDelta(oracle, hours=limit)
    assert clock.due(Promise(limit, Unit.JAM), received, WIB).replace(tzinfo=UTC) == theirs


@settings(deadline=None, max_examples=300)
@given(MOMENTS, st.integers(1, 60))
def test_days_agree_with_numpy(received: datetime, limit: int) -> None:
    day = received.astimezone(WIB.zone).date()
    closed = np.array(sorted(WIB.holidays), dtype="datetime64[D]")
    theirs = np.busday_offset(np.datetime64(day), limit, roll="backward", holidays=closed).astype(date)
    assert clock.due(Promise(limit, Unit.HARI_KERJA), received, WIB).date() == theirs
