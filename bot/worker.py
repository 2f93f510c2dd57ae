# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""From inbox to outbox; a message that cannot be handled is parked with an apology, never lost."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import Connection, Engine

from bot import mailbox
from bot.mailbox import ATTEMPTS, Waiting
from handlers import filing, replies
from handlers.desk import Desk
from handlers.messages import Conversation, Incoming, Intent, Turn
from handlers.routes import respond

log = logging.getLogger("tanya.worker")

AT_ONCE = 50
"""Messages in one transaction: a commit costs more than most turns."""

DeskFor = Callable[[Connection, Incoming, datetime], Desk]


class Worker:
    """Runs turns; `clock` gives aware times."""

    def __init__(self, engine: Engine, desk_for: DeskFor, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._desk_for = desk_for
        self._clock = clock

    def start(self) -> None:
        """Take up again what this database's only process had claimed when it ended."""
        if self._engine.dialect.name == "sqlite":
            with self._engine.begin() as connection:
                mailbox.release(connection)

    def run(self) -> int:
        """Handle the oldest waiting messages; how many there were.

        All of them are one transaction. If that fails each has its own, and a chat whose message fails waits with
        what follows, so that it is answered in order.
        """
        with self._engine.begin() as connection:
            claimed = mailbox.claim(connection, self._clock(), AT_ONCE)
        if not claimed:
            return 0
        try:
            with self._engine.begin() as connection:
                for waiting in claimed:
                    self._handle(connection, waiting)
        except Exception:
            self._one_by_one(claimed)
        return len(claimed)

    def _one_by_one(self, claimed: Sequence[Waiting]) -> None:
        stuck: set[tuple[str, str]] = set()
        unhandled = []
        for waiting in claimed:
            chat = waiting.message.channel, waiting.message.sender
            if chat in stuck:
                unhandled.append(waiting.id)
                continue
            try:
                with self._engine.begin() as connection:
                    self._handle(connection, waiting)
            except Exception as error:
                # Ids and the error's type only: its text may hold what the citizen wrote.
                log.error("inbox %d failed, attempt %d: %s", waiting.id, waiting.attempts + 1, type(error).__name__)
                if waiting.attempts + 1 >= ATTEMPTS:
                    self._park(waiting)
                else:
                    stuck.add(chat)
                    unhandled.append(waiting.id)
        with self._engine.begin() as connection:
            mailbox.release(connection, unhandled)

    def _handle(self, connection: Connection, waiting: Waiting) -> None:
        now = self._clock()
        conversation = mailbox.recall(connection, waiting.message, now)
        desk = self._desk_for(connection, waiting.message, now)
        mailbox.finish(connection, waiting, respond(waiting.message, conversation, desk), now)

    def _park(self, waiting: Waiting) -> None:
        now, message = self._clock(), waiting.message
        with self._engine.begin() as connection:
            ticket = filing.call(message, Conversation(), self._desk_for(connection, message, now))
            turn = Turn((replies.failed(),), Conversation(), Intent.FALLBACK, tickets=(ticket,))
            mailbox.finish(connection, waiting, turn, now)
