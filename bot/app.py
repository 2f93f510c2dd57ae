# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""The composition root: every object is built here and handed to those that need it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property, partial
from importlib.resources import files
from pathlib import Path

from sqlalchemy import Connection, Engine

from bot import lines, mailbox, switches
from bot.config import BadConfig, Settings
from bot.delivery import Waits
from bot.lines import Lines
from bot.pacing import PLATFORMS, Paces
from bot.sweep import Sweep
from bot.worker import Worker
from handlers.desk import Desk
from handlers.messages import Channel, Incoming
from handlers.noticing import Cues, unit_cue
from index import build
from index.search import Search
from knowledge import cues, loader, phrasebook
from knowledge.loader import Catalogue
from knowledge.model import AgencyId
from knowledge.phrasebook import Phrasebook
from tickets import calendar, rules, store
from tickets.number import number
from tickets.steps import Hours

KNOWLEDGE = Path(str(files("knowledge")))
CALENDARS = Path(str(files("tickets"))) / "calendars"
LEARNED, NEXT, BEFORE = "learned", "learned.next", "learned.before"
"""Layers of phrases in the data folder: what was learned, what is being tried, what one step back leads to."""

RULES = Path(str(files("tickets"))) / "rules"


def clock() -> datetime:
    return datetime.now(UTC)


@dataclass
class App:
    """What a command needs is made when it first asks for it, so that the quick ones stay quick."""

    settings: Settings
    waits: Waits = field(default_factory=Waits)
    paces: Mapping[Channel, Paces] = field(default_factory=lambda: PLATFORMS)

    @cached_property
    def catalogue(self) -> Catalogue:
        """The shipped standards and over them the office's own; raises BadConfig for an office that neither has."""
        catalogue = loader.load(KNOWLEDGE, self.settings.home)
        if self.settings.agency and self.settings.agency not in catalogue.agencies:
            known = ", ".join(catalogue.agencies)
            raise BadConfig(f"Kantor '{self.settings.agency}' tidak dikenal. Pilihan: {known}.")
        return catalogue

    @cached_property
    def phrases(self) -> Phrasebook:
        """The shipped phrases and the office's own over them: what the model is trained on."""
        return self.book_with("")

    @cached_property
    def book(self) -> Phrasebook:
        """The phrases, and what was learned at the desk since."""
        return self.book_with(LEARNED) if (self.settings.home / LEARNED).exists() else self.phrases

    def book_with(self, learned: str) -> Phrasebook:
        """The phrases with that layer of learned ones, or with none."""
        home = self.settings.home
        layers = [home / learned] if learned else []
        return phrasebook.read(KNOWLEDGE / "phrases", home / "phrases", *layers)

    @cached_property
    def hours(self) -> dict[AgencyId, Hours]:
        """What each office's dates are counted by; raises BadCalendar or BadRules."""
        return {
            agency: Hours(
                calendar.load(agency, CALENDARS, self.settings.home / "calendars"),
                rules.load(agency, RULES, self.settings.home / "rules"),
            )
            for agency in self.catalogue.agencies
        }

    @cached_property
    def cues(self) -> Cues:
        units = {unit_cue(field): bureau.nama for field, bureau in self.book.units.items()}
        return Cues(cues.read(KNOWLEDGE, self.settings.home) | units, self.book.dictionary())

    def text_of(self, agency: AgencyId) -> list[str]:
        """The lines of the decree's text as imported; none where it is not at hand."""
        for layer in (self.settings.home, KNOWLEDGE):
            if (path := layer / "decrees" / f"{agency}.md").exists():
                return path.read_text("utf-8").splitlines()
        return []

    @cached_property
    def search(self) -> Search:
        return build.load(self.catalogue, self.phrases, self.settings.model, self.settings.built, self.book)

    @cached_property
    def engine(self) -> Engine:
        return mailbox.open_database(self.settings.database_url)

    @cached_property
    def worker(self) -> Worker:
        return Worker(self.engine, self.desks, clock)

    @cached_property
    def sweep(self) -> Sweep:
        return Sweep(self.engine, self.hours, clock)

    @cached_property
    def lines(self) -> Lines:
        """The offices' numbers and bots; raises BadConfig."""
        return lines.read(self.settings, self.catalogue.agencies)

    def build_index(self, progress: build.Progress) -> Path:
        return build.build(self.catalogue, self.phrases, self.settings.model, self.settings.built, progress)

    def answer_from(self, book: Phrasebook) -> App:
        """The same office, answering what is taught in `book`; nothing large is loaded twice."""
        other = App(self.settings)
        for name in ("catalogue", "phrases", "cues", "hours"):
            other.__dict__[name] = getattr(self, name)
        other.__dict__["book"], other.__dict__["search"] = book, build.relearned(self.search, book)
        return other

    def renew(self) -> None:
        """Answer from what is learned on disk now; turns under way end with what was known before."""
        fresh = self.answer_from(self.book_with(LEARNED))
        fresh.search.read("halo")
        self.__dict__["book"], self.__dict__["search"] = fresh.book, fresh.search

    def desk(self, now: datetime) -> Desk:
        """A desk that remembers no tickets: for questions that leave no trace."""
        free = self._free_number(now)
        return Desk(self.catalogue, self.book, self.search, now, free, self.cues, self.hours)

    def desks(self, connection: Connection, messages: Sequence[Incoming], now: datetime) -> list[Desk]:
        """What each of the messages is answered from."""
        read = switches.read(connection)
        switched = [read(message.channel, message.agency) for message in messages]
        tickets = store.of_senders(connection, {(m.channel, m.sender) for m in messages})
        common = replace(
            self.desk(now), find=partial(store.find, connection), waiting=partial(store.waiting, connection)
        )
        return [
            replace(
                common,
                ticket_number=self._free_number(now),
                banner=switch.banner,
                staff=message.channel is Channel.TELEGRAM and message.sender in self.settings.telegram_staff,
                halted=switch.halted,
                tickets=tickets[message.channel, message.sender],
            )
            for message, switch in zip(messages, switched, strict=True)
        ]

    def _free_number(self, now: datetime) -> str:
        return number(now, secrets.choice)
