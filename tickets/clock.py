# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Working time: when a promise falls due, what a pause adds, what is left, and why. Pure; times are aware.

Four ways to count, one for each unit that a promise can have (`Unit`). Where the calendar ends, so does the count:
what no one has decreed yet is an alarm (NotCovered), never a guess.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise

from tickets.calendar import Calendar, Segment

DAY = timedelta(days=1)


class NotCovered(Exception):
    """A date lies outside the days whose holidays the calendar knows; the message says which and what to do."""

    def __init__(self, calendar: Calendar, day: date) -> None:
        super().__init__(
            f"Kalender kantor hanya mencakup {calendar.covered_from:%d-%m-%Y} sampai"
            f" {calendar.covered_until:%d-%m-%Y}; {day:%d-%m-%Y} di luarnya. Tambahkan hari liburnya, lalu ubah"
            " libur_mulai atau libur_sampai."
        )


class Unit(StrEnum):
    """How a promise counts, in the decrees' own words."""

    JAM = "jam"
    """Working seconds only; the noon break does not count, and the end may be a closing time."""
    HARI_KERJA = "hari kerja"
    """The local date of receipt is day 0; due at the closing time of the Nth working day after it."""
    JAM_HARI_KERJA = "x 24 jam hari kerja"
    """All 24 hours of every working day, nothing of other days."""
    JAM_KALENDER = "x 24 jam"
    """Hours of the clock on the wall, as UU 27/2022 counts."""


@dataclass(frozen=True)
class Promise:
    """At most `limit` in `unit`; `source` names what promised it, for people to read."""

    limit: int
    unit: Unit
    source: str = ""

    @property
    def hours(self) -> timedelta:
        """The limit as time that counts; only of units that count hours."""
        return timedelta(hours=self.limit * (1 if self.unit is Unit.JAM else 24))


class DayZero(StrEnum):
    """Which day is day 0 of a promise in working days."""

    RECEIVED = "tanggal diterima"
    WORKING = "hari kerja"
    """A message after closing or on a free day counts as received on the next working day."""


@dataclass(frozen=True)
class Pause:
    """Time that does not count, from `start` to before `end`."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class Explanation:
    """Why a promise falls due at `due`: where counting began, and the days and pauses that did not count."""

    promise: Promise
    received: datetime
    start: datetime
    due: datetime
    skipped: tuple[tuple[date, str], ...]
    """Closed days between receipt and due, with the holiday's name or nothing for the weekend."""
    pauses: tuple[Pause, ...]


def due(
    promise: Promise,
    received: datetime,
    calendar: Calendar,
    pauses: Iterable[Pause] = (),
    day_zero: DayZero = DayZero.RECEIVED,
) -> datetime:
    """When `promise` falls due, in the office's zone; raises NotCovered."""
    paused = union(pauses)
    if promise.unit is Unit.HARI_KERJA:
        return _nth_closing(promise.limit, received, calendar, paused, day_zero)
    return _after(promise.hours, received, calendar, promise.unit, paused)


def explain(
    promise: Promise,
    received: datetime,
    calendar: Calendar,
    pauses: Iterable[Pause] = (),
    day_zero: DayZero = DayZero.RECEIVED,
) -> Explanation:
    """The due date and what led to it; raises NotCovered."""
    paused = union(pauses)
    at = due(promise, received, calendar, paused, day_zero)
    start = received.astimezone(calendar.zone)
    if promise.unit in (Unit.JAM, Unit.JAM_HARI_KERJA):
        start = next(_counting(received, calendar, promise.unit, ()))[0].astimezone(calendar.zone)
    first, last = received.astimezone(calendar.zone).date(), at.date()
    days = (first + DAY * ahead for ahead in range((last - first).days + 1))
    counted = promise.unit is not Unit.JAM_KALENDER
    skipped = tuple((d, calendar.why_closed(d)) for d in days if counted and not calendar.segments(d))
    return Explanation(promise, received.astimezone(calendar.zone), start, at, skipped, tuple(paused))


def union(pauses: Iterable[Pause]) -> list[Pause]:
    """Pauses in order, overlapping ones as one; a pause that ends before it starts (a clock set back) is none."""
    merged: list[Pause] = []
    for pause in sorted((p for p in pauses if p.start < p.end), key=lambda p: p.start):
        if merged and pause.start <= merged[-1].end:
            merged[-1] = Pause(merged[-1].start, max(merged[-1].end, pause.end))
        else:
            merged.append(pause)
    return merged


def worked(start: datetime, end: datetime, calendar: Calendar, pauses: Iterable[Pause] = ()) -> timedelta:
    """Working time from `start` to `end`, pauses left out; never negative; raises NotCovered."""
    total = timedelta()
    for opened, closed in _counting(start, calendar, Unit.JAM, union(pauses), end):
        total += closed - opened
    return total


def working_days(start: datetime, end: datetime, calendar: Calendar) -> int:
    """Working days after the date of `start` up to that of `end`; negative where `end` is the earlier."""
    if end < start:
        return -working_days(end, start, calendar)
    first, last = start.astimezone(calendar.zone).date(), end.astimezone(calendar.zone).date()
    return sum(bool(_segments(calendar, first + DAY * n)) for n in range(1, (last - first).days + 1))


def at_share(
    share: float, received: datetime, due: datetime, calendar: Calendar, pauses: Iterable[Pause] = ()
) -> datetime:
    """When `share` (0 to 1) of the working time between receipt and due is over; raises NotCovered."""
    paused = union(pauses)
    return _after(share * worked(received, due, calendar, paused), received, calendar, Unit.JAM, paused)


def hours_before(hours: float, due: datetime, calendar: Calendar) -> datetime:
    """The moment from which `hours` of working time are left until `due`; raises NotCovered."""
    left = timedelta(hours=hours)
    day = due.astimezone(calendar.zone).date()
    while True:
        for segment in reversed(_segments(calendar, day)):
            opened, closed = _utc(calendar, day, segment.start), min(_utc(calendar, day, segment.end), due)
            if closed - opened >= left:
                return (closed - left).astimezone(calendar.zone)
            left -= max(closed - opened, timedelta())
        day -= DAY


def days_before(days: int, due: datetime, calendar: Calendar) -> datetime:
    """The opening time of the working day `days` before that of `due`; raises NotCovered."""
    day = due.astimezone(calendar.zone).date()
    while days:
        day -= DAY
        days -= bool(_segments(calendar, day))
    return _local(calendar, day, _segments(calendar, day)[0].start)


def days_after(days: int, moment: datetime, calendar: Calendar) -> datetime:
    """The closing time of the working day `days` after that of `moment`, `moment` itself for 0; raises NotCovered."""
    return _nth_closing(days, moment, calendar, (), DayZero.RECEIVED) if days else moment


def in_office_hours(moment: datetime, calendar: Calendar) -> datetime:
    """`moment` if the office is open then, else its next opening; raises NotCovered."""
    return next(_counting(moment, calendar, Unit.JAM, ()))[0].astimezone(calendar.zone)


def _after(left: timedelta, start: datetime, calendar: Calendar, unit: Unit, pauses: Sequence[Pause]) -> datetime:
    for opened, closed in _counting(start, calendar, unit, pauses):
        if closed - opened >= left:
            return (opened + left).astimezone(calendar.zone)
        left -= closed - opened
    raise AssertionError("counting ends only where the calendar does, and that raises")


def _nth_closing(
    days: int, received: datetime, calendar: Calendar, pauses: Sequence[Pause], day_zero: DayZero
) -> datetime:
    """Each closing time inside a pause, that of day 0 too, adds one working day."""
    day = received.astimezone(calendar.zone).date()
    closing = _closing(calendar, day)
    if day_zero is DayZero.WORKING:
        while closing is None or closing <= received:
            day += DAY
            closing = _closing(calendar, day)
    left = days + (closing is not None and _inside(closing, pauses))
    while left:
        day += DAY
        closing = _closing(calendar, day)
        left -= closing is not None and not _inside(closing, pauses)
    assert closing is not None
    return closing


def _inside(moment: datetime, pauses: Sequence[Pause]) -> bool:
    """Strictly: a pause that begins or ends at closing time takes no working day."""
    return any(pause.start < moment < pause.end for pause in pauses)


def _closing(calendar: Calendar, day: date) -> datetime | None:
    segments = _segments(calendar, day)
    return _local(calendar, day, segments[-1].end) if segments else None


def _counting(
    start: datetime, calendar: Calendar, unit: Unit, pauses: Sequence[Pause], until: datetime | None = None
) -> Iterator[tuple[datetime, datetime]]:
    """The spans (UTC) of time that counts from `start` on, pauses cut out; endless, or as long as is covered."""
    day = start.astimezone(calendar.zone).date()
    while until is None or _utc(calendar, day, time.min) < until:
        for opened, closed in _spans(calendar, day, unit):
            yield from _cut(max(opened, start.astimezone(UTC)), min(closed, until) if until else closed, pauses)
        day += DAY


def _spans(calendar: Calendar, day: date, unit: Unit) -> list[tuple[datetime, datetime]]:
    if unit is Unit.JAM_KALENDER:
        return [(_utc(calendar, day, time.min), _utc(calendar, day + DAY, time.min))]
    segments = _segments(calendar, day)
    if unit is Unit.JAM_HARI_KERJA:
        return [(_utc(calendar, day, time.min), _utc(calendar, day + DAY, time.min))] if segments else []
    return [(_utc(calendar, day, s.start), _utc(calendar, day, s.end)) for s in segments]


def _cut(start: datetime, end: datetime, pauses: Sequence[Pause]) -> Iterator[tuple[datetime, datetime]]:
    """What is left of `start` to `end` without `pauses` (in order, disjoint)."""
    edges = [start, *(edge for p in pauses for edge in (p.start, p.end)), end]
    for opened, closed in list(pairwise(edges))[::2]:
        if max(opened, start) < min(closed, end):
            yield max(opened, start), min(closed, end)


def _segments(calendar: Calendar, day: date) -> tuple[Segment, ...]:
    if not calendar.covered_from <= day <= calendar.covered_until:
        raise NotCovered(calendar, day)
    return calendar.segments(day)


def _local(calendar: Calendar, day: date, moment: time) -> datetime:
    return datetime.combine(day, moment, calendar.zone)


def _utc(calendar: Calendar, day: date, moment: time) -> datetime:
    return _local(calendar, day, moment).astimezone(UTC)
