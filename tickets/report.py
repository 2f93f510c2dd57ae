# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""A month in figures: what was carried over, came in, was settled and stayed open; judged by frozen verdicts.

Counted are rounds: a complaint that is opened again comes in once more, and the month that settled it stays as it
was. Nothing of this names a person.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum
from statistics import median

from tickets.model import Clock, Kind, Status, Target, Ticket, Verdict

UNKNOWN = "belum diketahui"


class By(StrEnum):
    """What the figures are split by."""

    KIND = "jenis"
    CLASS = "klasifikasi"
    UNIT = "unit"
    SERVICE = "layanan"
    CHANNEL = "saluran"


@dataclass(frozen=True)
class Round:
    """One round of one ticket; `stopped` and `verdict` None while it runs."""

    of: dict[By, str]
    first: bool
    started: datetime
    stopped: datetime | None
    verdict: Verdict | None
    worked: timedelta
    paused: timedelta
    broken_before: int
    """Promises that were broken before the class was changed."""


@dataclass(frozen=True)
class Line:
    """The figures of one group; times are of the rounds settled in the month: working time, and pauses in all."""

    name: str
    carried: int
    new: int
    reopened: int
    settled: int
    open: int
    on_time: int
    late: int
    not_judged: int
    broken_before: int
    median: timedelta | None
    longest: timedelta | None
    paused: timedelta


@dataclass(frozen=True)
class Report:
    """`first` is when the month begins in the office's zone; `informed` counts verdicts on first information."""

    first: date
    total: Line
    groups: dict[By, tuple[Line, ...]]
    informed: dict[Verdict, int]
    ratings: dict[int, int]


def bounds(first: date, zone: tzinfo) -> tuple[datetime, datetime]:
    """When the month of `first` begins and ends in `zone`."""
    following = (first.replace(day=1) + timedelta(days=31)).replace(day=1)
    begin, end = (datetime(day.year, day.month, 1, tzinfo=zone) for day in (first, following))
    return begin, end


def month(tickets: Iterable[Ticket], first: date, zone: tzinfo) -> Report:
    """The report of the month of `first`, of all `tickets` that it could touch."""
    begin, end = bounds(first, zone)
    tickets = [ticket for ticket in tickets if ticket.kind is not Kind.PETUGAS]
    rounds = [round for ticket in tickets for round in _rounds(ticket) if round.started < end]
    stopped = [c for t in tickets for c in t.clocks if c.stopped and begin <= c.stopped < end and c.verdict]
    informed = Counter(c.verdict for c in stopped if c.target is Target.INFORMASI_AWAL and c.verdict)
    ratings = Counter(ticket.rating for ticket in tickets if ticket.rating and begin <= ticket.history[-1].at < end)
    return Report(
        begin.date(),
        _line("Semua", rounds, begin, end),
        {by: tuple(_lines(by, rounds, begin, end)) for by in By},
        dict(informed),
        dict(ratings),
    )


def _rounds(ticket: Ticket) -> Iterator[Round]:
    """What each round came to; a merged ticket is counted with the one that took it."""
    if ticket.status is Status.DIGABUNG:
        return
    clocks: dict[int, list[Clock]] = defaultdict(list)
    for clock in ticket.clocks:
        if clock.target is Target.PENYELESAIAN:
            clocks[clock.round].append(clock)
    for number, of_round in clocks.items():
        last = of_round[-1]
        of = {
            By.KIND: str(ticket.kind),
            By.CLASS: last.cls or "belum diklasifikasi",
            By.UNIT: ticket.unit or UNKNOWN,
            By.SERVICE: ticket.service or UNKNOWN,
            By.CHANNEL: ticket.channel,
        }
        started = ticket.received if number == 1 else of_round[0].since
        broken = sum(clock.replaced for clock in of_round)
        stopped = None if last.replaced else last.stopped
        yield Round(of, number == 1, started, stopped, last.verdict, last.worked, last.paused, broken)


def _lines(by: By, rounds: Sequence[Round], begin: datetime, end: datetime) -> Iterator[Line]:
    groups: dict[str, list[Round]] = defaultdict(list)
    for round in rounds:
        groups[round.of[by]].append(round)
    lines = (_line(name, groups[name], begin, end) for name in sorted(groups))
    return (line for line in lines if line.carried or line.new or line.reopened)


def _line(name: str, rounds: Sequence[Round], begin: datetime, end: datetime) -> Line:
    def count(fits: Callable[[Round], bool], among: Sequence[Round]) -> int:
        return sum(map(fits, among))

    carried = [r for r in rounds if r.started < begin and (r.stopped is None or r.stopped >= begin)]
    came = [r for r in rounds if begin <= r.started < end]
    settled = [r for r in (*carried, *came) if r.stopped and r.stopped < end]
    times = [r.worked for r in settled]
    return Line(
        name,
        carried=len(carried),
        new=count(lambda r: r.first, came),
        reopened=count(lambda r: not r.first, came),
        settled=len(settled),
        open=len(carried) + len(came) - len(settled),
        on_time=count(lambda r: r.verdict is Verdict.TEPAT_WAKTU, settled),
        late=count(lambda r: r.verdict is Verdict.TERLAMBAT, settled),
        not_judged=count(lambda r: r.verdict is Verdict.TIDAK_DINILAI, settled),
        broken_before=sum(r.broken_before for r in settled),
        median=timedelta(seconds=median(t.total_seconds() for t in times)) if times else None,
        longest=max(times, default=None),
        paused=sum((r.paused for r in settled), start=timedelta()),
    )


def named(report: Report, by: By, names: Callable[[str], str]) -> Report:
    """The same report with the names of one kind of group as people know them."""
    lines = tuple(replace(line, name=names(line.name)) for line in report.groups[by])
    return replace(report, groups={**report.groups, by: lines})
