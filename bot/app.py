# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""The composition root: every object is built here and handed to those that need it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
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
    examples: int = build.EXAMPLES
    """What the model is trained on: fewer are faster and worse."""
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
    def book(self) -> Phrasebook:
        return self.book_with(LEARNED)

    def book_with(self, learned: str) -> Phrasebook:
        """The phrases with that layer of learned ones."""
        home = self.settings.home
        return phrasebook.read(KNOWLEDGE / "phrases", home / "phrases", home / learned)

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
        return build.load(self.catalogue, self.book, self.settings.model, self.settings.built)

    @cached_property
    def engine(self) -> Engine:
        return mailbox.open_database(self.settings.database_url)

    @cached_property
    def worker(self) -> Worker:
        return Worker(self.engine, self.desk_for, clock)

    @cached_property
    def sweep(self) -> Sweep:
        return Sweep(self.engine, self.hours, clock)

    @cached_property
    def lines(self) -> Lines:
        """The offices' numbers and bots; raises BadConfig."""
        return lines.read(self.settings, self.catalogue.agencies)

    def build_index(self, progress: build.Progress) -> Path:
        """What the last lesson could go back or forward to stays built."""
        layers = [name for name in (NEXT, BEFORE) if (self.settings.home / name).exists()]
        keep = {self.digest_with(name) for name in layers}
        return build.build(
            self.catalogue, self.book, self.settings.model, self.settings.built, progress, self.examples, keep
        )

    def digest_with(self, learned: str) -> str:
        """The name of the build that goes with that layer of learned phrases."""
        home = self.settings.home
        phrases = phrasebook.digest(KNOWLEDGE / "phrases", home / "phrases", home / learned)
        return build.digest(self.catalogue, phrases, self.settings.model)

    def renew(self) -> None:
        """Answer from the phrases and the index as they are on disk now; turns under way end with the old ones."""
        fresh = App(self.settings)
        fresh.search.read("halo")
        for name in ("catalogue", "book", "cues", "search"):
            self.__dict__[name] = getattr(fresh, name)

    def desk(self, now: datetime) -> Desk:
        """A desk that remembers no tickets: for questions that leave no trace."""
        free = number(now, secrets.choice)
        return Desk(self.catalogue, self.book, self.search, now, free, self.cues, self.hours)

    def desk_for(self, connection: Connection, message: Incoming, now: datetime) -> Desk:
        switched = switches.read(connection, message.channel, message.agency)
        return replace(
            self.desk(now),
            banner=switched.banner,
            staff=message.channel is Channel.TELEGRAM and message.sender in self.settings.telegram_staff,
            halted=switched.halted,
            tickets=store.of_sender(connection, message.channel, message.sender),
            find=partial(store.find, connection),
            calls=partial(store.calls, connection),
        )
