# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""What is due by the clock, each minute: a query over rows, so that a restart loses nothing and nothing comes twice."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, Engine

from bot import mailbox, missed, outbox
from handlers import complaint, reminders
from handlers.desk import hours_of
from handlers.messages import Channel
from knowledge.model import AgencyId
from tickets import steps, store
from tickets.agenda import Action, Key, Task
from tickets.model import Ticket
from tickets.steps import Hours

log = logging.getLogger("tanya.sweep")

AT_ONCE = 200
"""Tickets in one transaction."""

LATER = timedelta(hours=1)
"""How long a ticket that could not be looked at is left alone, so that it holds up no other."""


class Sweep:
    """Looks at the tickets that are due; `clock` gives aware times."""

    def __init__(self, engine: Engine, hours: Mapping[AgencyId, Hours], clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._hours = hours
        self._clock = clock
        self._counted_on: date | None = None

    def run(self) -> int:
        """Do all that is due now; how many tickets were looked at."""
        now = self._clock()
        if self._counted_on != now.date():
            self.recount(now)
            with self._engine.begin() as connection:
                missed.forget(connection, now)
            self._counted_on = now.date()
        self._warn_of_calendars(now)
        self._take_up(now)
        looked_at = 0
        while True:
            count = self._look_at_ripe(now)
            looked_at += count
            if count < AT_ONCE:
                return looked_at

    def _look_at_ripe(self, now: datetime) -> int:
        """Some of them in one transaction; if that fails, each in its own, and what fails then waits."""
        try:
            with self._engine.begin() as connection:
                return self._look_at(connection, store.ripe(connection, now, AT_ONCE), now)
        except Exception as error:
            log.warning("looking at tickets one by one: %s", type(error).__name__)
            with self._engine.connect() as connection:
                numbers = store.ripe_numbers(connection, now, AT_ONCE)
            for number in numbers:
                self._look_at_one(number, now)
            return len(numbers)

    def _look_at_one(self, number: str, now: datetime) -> None:
        try:
            with self._engine.begin() as connection:
                ticket = store.find(connection, number)
                self._look_at(connection, [ticket] if ticket else [], now)
        except Exception as error:
            # The number and the error's type only: its text may hold what the citizen wrote.
            log.error("ticket %s could not be looked at: %s", number, type(error).__name__)
            with self._engine.begin() as connection:
                store.sleep(connection, number, now + LATER)

    def _look_at(self, connection: Connection, tickets: Sequence[Ticket], now: datetime) -> int:
        known = store.done(connection, [ticket.number for ticket in tickets]) if tickets else {}
        for ticket in tickets:
            self._look(connection, ticket, known[ticket.number], now)
        return len(tickets)

    def _look(self, connection: Connection, ticket: Ticket, known: set[Key], now: datetime) -> None:
        hours = hours_of(self._hours, ticket.agency)
        looked = reminders.look(ticket, known, hours, now)
        if looked.ticket is not ticket:
            store.save(connection, looked.ticket, now)
        first = [store.mark(connection, task, now, told) for task, told in looked.done]
        if all(first):
            for notice in looked.notices:
                mailbox.notify(connection, ticket, notice, now)
            for role, alert in looked.alerts:
                outbox.send(connection, [(Channel.MEJA, f"{ticket.agency}:{role}", ticket.agency, alert)], now)
        store.sleep(connection, ticket.number, looked.wake)

    def recount(self, now: datetime) -> None:
        """Once a day, and when the program starts with another calendar: due dates that it moves are counted anew."""
        for agency, hours in self._hours.items():
            while True:
                with self._engine.begin() as connection:
                    moved = store.miscounted(connection, agency, hours.calendar.version, AT_ONCE)
                    for ticket in moved:
                        store.save(connection, steps.recount(ticket, now, hours), now)
                if len(moved) < AT_ONCE:
                    break

    def _warn_of_calendars(self, now: datetime) -> None:
        for agency, hours in self._hours.items():
            alarm = reminders.calendar_alarm(hours, agency, now.astimezone(hours.calendar.zone).date())
            if alarm and hours.calendar.opening(now).open:
                key, message = alarm
                with self._engine.begin() as connection:
                    if store.mark(connection, Task(key, now, Action.KALENDER), now, told=True):
                        outbox.send(connection, [(Channel.MEJA, f"{agency}:{reminders.OFFICER}", agency, message)], now)

    def _take_up(self, now: datetime) -> None:
        """Ask once, in office hours, about complaints that were begun and not sent."""
        with self._engine.begin() as connection:
            for chat in mailbox.unfinished(connection, now, AT_ONCE):
                opening = hours_of(self._hours, chat.agency).calendar.opening(now)
                if not opening.open:
                    mailbox.nudged(connection, chat, chat.conversation, opening.next)
                elif taken_up := complaint.taken_up(chat.conversation):
                    question, conversation = taken_up
                    outbox.send(connection, [(chat.channel, chat.sender, chat.agency, question)], now)
                    mailbox.nudged(connection, chat, conversation, None)
                else:
                    mailbox.nudged(connection, chat, chat.conversation, None)
