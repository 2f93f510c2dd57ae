# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""A year of complaints through a fake clock: no reminder twice, none missed, and the reports add up.

A thousand with the other tests; `make year` runs five thousand.
"""

from __future__ import annotations

import heapq
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import Connection, func, select

from bot import mailbox, tables
from bot.app import App
from bot.config import Settings
from bot.sweep import Sweep
from handlers import casework
from handlers.promises import promises
from knowledge.model import AgencyId
from tickets import agenda, clock, report, steps, store
from tickets.model import CLOSED, Class, Kind, Note, Status, Target, Ticket, Verdict
from tickets.number import number
from tickets.steps import Hours, Refused

START = datetime.fromisoformat("2026-01-01T00:00+07:00")
YEAR = timedelta(days=365)
NEXT_WAKE = select(func.min(store.ticket_table.c.wake))
CLASSES = (Class.RINGAN,) * 5 + (Class.NORMATIF,) * 3 + (Class.TIDAK_BERKADAR, Class.BERKADAR)


@dataclass
class Year:
    """The fake clock, what is still to happen, and what did."""

    app: App
    complaints: int
    random: Random = field(default_factory=lambda: Random(5))
    now: datetime = START
    events: list[tuple[datetime, int, str, str]] = field(default_factory=list)
    order: count[int] = field(default_factory=count)
    done: Counter[str] = field(default_factory=Counter)

    def plan(self, after: timedelta, what: str, number: str = "") -> None:
        heapq.heappush(self.events, (self.now + after, next(self.order), what, number))

    def soon(self, most_days: float) -> timedelta:
        return timedelta(days=self.random.uniform(0.01, most_days))

    def run(self, sweep: Sweep) -> None:
        for _ in range(self.complaints):
            self.plan(YEAR * self.random.random(), "complain")
        end = START + YEAR + timedelta(days=60)
        while self.now < end:
            wake = self._next_wake() or end
            at, _, what, number = self.events[0] if self.events else (end, 0, "", "")
            if wake <= at:  # the sweep looks each minute: the first whole minute after something fell due
                self.now = max(self.now, wake.replace(second=0, microsecond=0) + timedelta(minutes=1))
                sweep.run()
                continue
            self.now = max(self.now, at)
            if what:
                heapq.heappop(self.events)
                with self.app.engine.begin() as connection:
                    self._happen(connection, what, number)

    def _next_wake(self) -> datetime | None:
        with self.app.engine.connect() as connection:
            return connection.execute(NEXT_WAKE).scalar()

    def _happen(self, connection: Connection, what: str, number: str) -> None:
        if what == "complain":
            self._complain(connection)
            return
        ticket = store.find(connection, number)
        assert ticket is not None
        hours = self.app.hours[AgencyId(ticket.agency or "")]
        try:
            getattr(self, f"_{what}")(connection, ticket, hours)
            self.done[what] += 1
        except Refused:
            self.done["refused"] += 1  # closed meanwhile, say: as in an office

    def _complain(self, connection: Connection) -> None:
        catalogue, random = self.app.catalogue, self.random
        agency = random.choice(catalogue.agencies)
        service = random.choice([None, *(service.id for service in catalogue.services(agency))])
        hours = self.app.hours[agency]
        free = number(self.now, random.choice)
        while store.find(connection, free):
            free = number(self.now, random.choice)
        ticket = Ticket(
            free, Kind.PENGADUAN, "coba", f"warga {random.randrange(3000)}", agency, service, "…", self.now, self.now
        )
        made = promises(Kind.PENGADUAN, agency, service, catalogue, hours.rules)
        store.save(connection, steps.take(ticket, made, hours, self.now), self.now)
        if random.random() < 0.9:
            self.plan(self.soon(1), "classify", free)
        if random.random() < 0.95:
            self.plan(self.soon(12), "answer", free)
        if random.random() < 0.15:
            self.plan(self.soon(5), "ask", free)
        if random.random() < 0.03:
            self.plan(self.soon(20), "withdraw", free)

    def _classify(self, connection: Connection, ticket: Ticket, hours: Hours) -> None:
        done = casework.classify(ticket, self.random.choice(CLASSES), "Rahmat", self.now, hours, "dilihat lagi")
        mailbox.carry_out(connection, done, self.now)
        if self.random.random() < 0.1:
            self.plan(self.soon(4), "classify", ticket.number)

    def _ask(self, connection: Connection, ticket: Ticket, hours: Hours) -> None:
        mailbox.carry_out(connection, casework.ask(ticket, "Kapan?", "Rahmat", self.now, hours), self.now)
        if self.random.random() < 0.8:
            self.plan(self.soon(10), "supply", ticket.number)

    def _supply(self, connection: Connection, ticket: Ticket, hours: Hours) -> None:
        store.save(connection, steps.supply(ticket, Note("Kemarin", self.now), hours), self.now)
        self.plan(self.soon(3), "answer", ticket.number)

    def _answer(self, connection: Connection, ticket: Ticket, hours: Hours) -> None:
        mailbox.carry_out(connection, casework.answer(ticket, "Sudah.", "Rahmat", self.now, hours), self.now)
        verdict = self.random.choices(["settle", "reopen", ""], [5, 1, 4])[0]
        if verdict:
            self.plan(self.soon(5), verdict, ticket.number)

    def _settle(self, connection: Connection, ticket: Ticket, hours: Hours) -> None:
        settled = steps.settle(ticket, self.now)
        store.save(connection, steps.rate(settled, self.random.randint(1, 4), self.now), self.now)

    def _reopen(self, connection: Connection, ticket: Ticket, hours: Hours) -> None:
        store.save(connection, steps.reopen(ticket, self.now, hours), self.now)
        self.plan(self.soon(6), "answer", ticket.number)

    def _withdraw(self, connection: Connection, ticket: Ticket, hours: Hours) -> None:
        store.save(connection, steps.withdraw(ticket, self.now, hours), self.now)


@pytest.fixture(scope="module")
def year(built_app: App, tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Year:
    path: Path = tmp_path_factory.mktemp("year") / "tanya.db"
    app = App(Settings(home=built_app.settings.home, database_url=f"sqlite:///{path}"))
    app.__dict__["catalogue"] = built_app.catalogue
    year = Year(app, pytestconfig.getoption("complaints"))
    year.run(Sweep(app.engine, app.hours, lambda: year.now))
    return year


def all_tickets(year: Year) -> list[Ticket]:
    with year.app.engine.connect() as connection:
        return list(store.of_agency(connection, None, closed=True))


def test_every_path_was_taken(year: Year) -> None:
    tickets = all_tickets(year)
    assert len(tickets) == year.complaints
    assert {"classify", "ask", "supply", "answer", "settle", "reopen", "withdraw"} <= set(year.done)
    by_system = Counter(entry.step for t in tickets for entry in t.history if entry.by == "sistem")
    assert {"ditarik", "dinyatakan selesai"} <= set(by_system)
    assert {c.verdict for t in tickets for c in t.clocks} == {None, *Verdict}


def test_no_reminder_twice_none_missed_and_none_at_night(year: Year) -> None:
    tickets = all_tickets(year)
    with year.app.engine.connect() as connection:
        rows = connection.execute(select(store.reminder_table)).all()
    seen = {(row.subject, row.name, row.level, row.round): row for row in rows}
    assert len(seen) == len(rows)
    for ticket in tickets:
        hours = year.app.hours[AgencyId(ticket.agency or "")]
        expected = [task for task in agenda.agenda(ticket, hours) if task.at < year.now - timedelta(minutes=2)]
        for task in expected:
            row = seen.get((ticket.number, task.key.name, task.key.level, task.key.round))
            assert row is not None, f"{task.key} was due at {task.at} and never done"
    by_number = {ticket.number: ticket for ticket in tickets}
    for row in rows:
        if row.told and row.subject in by_number:
            ticket = by_number[row.subject]
            calendar = year.app.hours[AgencyId(ticket.agency or "")].calendar
            assert calendar.opening(row.done).open
            # What a step moved into the past is told then: the citizen's answer after a pause, say.
            known = max((entry.at for entry in ticket.history if entry.at <= row.done), default=row.at)
            assert clock.worked(max(row.at, known), row.done, calendar) <= timedelta(minutes=2), row
    with year.app.engine.connect() as connection:
        told = select(func.count()).select_from(tables.outbox).where(tables.outbox.c.channel == "meja")
        assert connection.execute(told).scalar_one() >= year.complaints


def test_frozen_verdicts_follow_from_the_times_alone(year: Year) -> None:
    for ticket in all_tickets(year):
        for judged in ticket.clocks:
            if judged.stopped and judged.verdict in (Verdict.TEPAT_WAKTU, Verdict.TERLAMBAT):
                late = judged.due is not None and judged.stopped > judged.due
                assert late == (judged.verdict is Verdict.TERLAMBAT), (ticket.number, judged)
        assert sum(c.stopped is None for c in ticket.clocks if c.target is Target.PENYELESAIAN) <= 1
        if ticket.status in CLOSED or ticket.status is Status.DIJAWAB:
            assert not any(c.stopped is None for c in ticket.clocks)


def test_months_follow_on_one_another(year: Year) -> None:
    tickets, zone = all_tickets(year), START.tzinfo
    assert zone is not None
    before = None
    for month in range(1, 13):
        made = report.month(tickets, date(2026, month, 1), zone)
        for line in (made.total, *(line for lines in made.groups.values() for line in lines)):
            assert line.carried + line.new + line.reopened == line.settled + line.open
            assert line.on_time + line.late + line.not_judged == line.settled
        for lines in made.groups.values():
            assert sum(line.new for line in lines) == made.total.new
            assert sum(line.settled for line in lines) == made.total.settled
        assert before is None or made.total.carried == before
        before = made.total.open


def test_counting_again_changes_nothing(year: Year) -> None:
    for ticket in all_tickets(year)[:500]:
        hours = year.app.hours[AgencyId(ticket.agency or "")]
        stale = replace(ticket, clocks=tuple(replace(c, calendar="") if not c.stopped else c for c in ticket.clocks))
        assert steps.recount(stale, year.now, hours).clocks == ticket.clocks
