# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""The Desk: all that a handler may reach for, handed to it; nothing here reads a clock or a network."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from handlers.messages import Incoming
from handlers.noticing import Cues, unit_cue
from index.decision import Decision, Topic
from index.search import Search
from knowledge.loader import Catalogue
from knowledge.model import AgencyId, Service, ServiceId
from knowledge.phrasebook import Phrasebook
from tickets.model import Ticket
from tickets.steps import Hours


def hours_of(hours: Mapping[AgencyId, Hours], agency: str | None) -> Hours:
    """The hours of an office; of any one where a ticket has none."""
    return hours.get(AgencyId(agency or "")) or next(iter(hours.values()))


@dataclass(frozen=True)
class Desk:
    """`tickets` are the sender's own, newest first, `find` knows all; `ticket_number` is free; `now` is aware.

    `waiting` counts who of an office waits for an officer since a moment or longer; `banner` is said before each reply,
    `staff` says that the sender may try answers, `halted` is why the bot does not answer on this channel.
    """

    catalogue: Catalogue
    book: Phrasebook
    search: Search
    now: datetime
    ticket_number: str
    cues: Cues
    hours: Mapping[AgencyId, Hours]
    tickets: Sequence[Ticket] = ()
    find: Callable[[str], Ticket | None] = lambda number: None
    banner: str = ""
    staff: bool = False
    halted: str = ""
    waiting: Callable[[str | None, datetime], int] = lambda agency, until: 0

    def decision(self, message: Incoming, before: Topic) -> Decision:
        return self.search.decide(message.text, self.agencies(message), before)

    def intent(self, message: Incoming) -> str:
        """The intent that stands out in what was written; a tap has none, its choice says what it wants."""
        return "" if message.choice else self.search.intent(message.text)

    def short_name(self, service: ServiceId) -> str:
        return self.book.short_name(service)

    def today(self, agency: AgencyId) -> date:
        """The date at the office."""
        return self.now.astimezone(self.hours[agency].calendar.zone).date()

    def agencies(self, message: Incoming) -> tuple[AgencyId, ...]:
        """The agencies that this message may be answered from: none where the decree is not in force."""
        written_to = (message.agency,) if message.agency else self.catalogue.agencies
        return tuple(agency for agency in written_to if self.catalogue.in_force(agency, self.today(agency)))

    def not_in_force(self, message: Incoming) -> AgencyId | None:
        """The office asked whose decree is not in force; None where one that is can answer."""
        named = {message.agency} if message.agency else self.search.read(message.text).agencies
        return None if named & set(self.agencies(message)) or not named else min(named)

    def units_named(self, message: Incoming) -> list[tuple[AgencyId, int]]:
        """The units, as agency and number, that the message names, at the offices it may be answered from."""
        named = self.search.read(message.text).agencies & set(self.agencies(message))
        agencies = named or self.agencies(message)
        here = {field for field, bureau in self.book.units.items() if set(bureau.unit) & set(agencies)}
        field = self._called(here, message.text) or self.search.field(message.text)
        return [(a, number) for a, number in self.book.units[field].unit.items() if a in agencies] if field else []

    def _called(self, fields: Collection[str], text: str) -> str | None:
        """The field of work whose unit is called by name in `text`; None where none is, or two are."""
        lengths = {field: self.cues.longest(unit_cue(field), text) for field in fields}
        longest = max(lengths.values(), default=0)
        called = [field for field, length in lengths.items() if length == longest > 0]
        return called[0] if len(called) == 1 else None

    def services(self, agency: AgencyId, unit: int) -> tuple[Service, ...]:
        decree = next(decree for decree in self.catalogue.decrees if decree.id == agency)
        return next((u.services for u in decree.units if u.no == unit), ())
