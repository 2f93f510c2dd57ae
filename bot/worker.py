# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""One message at a time from inbox to outbox; one that cannot be handled is parked with an apology, never lost."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection, Engine

from bot import mailbox
from bot.mailbox import Waiting
from handlers import filing, replies
from handlers.desk import Desk
from handlers.messages import Conversation, Incoming, Intent, Turn
from handlers.routes import respond

log = logging.getLogger("tanya.worker")

ATTEMPTS = 3

DeskFor = Callable[[Connection, Incoming, datetime], Desk]


class Worker:
    """Runs turns; `clock` gives aware times."""

    def __init__(self, engine: Engine, desk_for: DeskFor, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._desk_for = desk_for
        self._clock = clock

    def run_one(self) -> bool:
        """Handle the oldest waiting message; False when none waits."""
        with self._engine.begin() as connection:
            waiting = mailbox.oldest_waiting(connection)
            if waiting is None:
                return False
            mailbox.count_attempt(connection, waiting)
        try:
            self._handle(waiting)
        except Exception as error:
            # Ids and the error's type only: its text may hold what the citizen wrote.
            log.error("inbox %d failed, attempt %d: %s", waiting.id, waiting.attempts + 1, type(error).__name__)
            if waiting.attempts + 1 >= ATTEMPTS:
                self._park(waiting)
        return True

    def _handle(self, waiting: Waiting) -> None:
        now = self._clock()
        with self._engine.begin() as connection:
            conversation = mailbox.recall(connection, waiting.message, now)
            desk = self._desk_for(connection, waiting.message, now)
            mailbox.finish(connection, waiting, respond(waiting.message, conversation, desk), now)

    def _park(self, waiting: Waiting) -> None:
        now, message = self._clock(), waiting.message
        with self._engine.begin() as connection:
            ticket = filing.call(message, Conversation(), self._desk_for(connection, message, now))
            turn = Turn((replies.failed(),), Conversation(), Intent.FALLBACK, tickets=(ticket,))
            mailbox.finish(connection, waiting, turn, now)
