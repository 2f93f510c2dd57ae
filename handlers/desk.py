# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""The Desk: all that a handler may reach for, handed to it; nothing here reads a clock or a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from handlers.messages import Incoming
from index.search import Decision, Search, Topic
from knowledge.loader import Catalogue
from knowledge.model import AgencyId, Service, ServiceId
from knowledge.phrasebook import Phrasebook
from tickets.calendar import Calendar
from tickets.model import Ticket


@dataclass(frozen=True)
class Desk:
    """`tickets` are the sender's own, newest first; `ticket_number` is free for a new one; `now` is aware."""

    catalogue: Catalogue
    book: Phrasebook
    search: Search
    now: datetime
    ticket_number: str
    calendars: Mapping[AgencyId, Calendar]
    tickets: Sequence[Ticket] = ()

    def decision(self, message: Incoming, before: Topic) -> Decision:
        return self.search.decide(message.text, self.agencies(message), before)

    def intent(self, message: Incoming) -> str:
        """The intent that stands out in what was written; a tap has none, its choice says what it wants."""
        return "" if message.choice else self.search.intent(message.text)

    def short_name(self, service: ServiceId) -> str:
        return self.book.short_name(service)

    def today(self, agency: AgencyId) -> date:
        """The date at the office."""
        return self.now.astimezone(self.calendars[agency].zone).date()

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
        reading = self.search.read(message.text)
        field = self.search.field(message.text)
        agencies = reading.agencies & set(self.agencies(message)) or self.agencies(message)
        bureau = self.book.units.get(field) if field else None
        return [(agency, number) for agency, number in bureau.unit.items() if agency in agencies] if bureau else []

    def services(self, agency: AgencyId, unit: int) -> tuple[Service, ...]:
        decree = next(decree for decree in self.catalogue.decrees if decree.id == agency)
        return next((u.services for u in decree.units if u.no == unit), ())
