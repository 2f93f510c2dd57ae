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

AT_ONCE = 100
"""Messages in one transaction: a commit costs more than most turns."""

Desks = Callable[[Connection, Sequence[Incoming], datetime], Sequence[Desk]]
"""What each of some messages is answered from."""


class Worker:
    """Runs turns; `clock` gives aware times."""

    def __init__(self, engine: Engine, desks: Desks, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._desks = desks
        self._clock = clock

    def start(self) -> None:
        """Take up again what this database's only process had claimed when it ended."""
        if self._engine.dialect.name == "sqlite":
            with self._engine.begin() as connection:
                mailbox.release(connection)

    def run(self) -> int:
        """Handle the oldest waiting messages; how many there were.

        All of them are one transaction, read and written at once. If that fails each has its own.
        """
        with self._engine.begin() as connection:
            claimed = mailbox.claim(connection, self._clock(), AT_ONCE)
        if not claimed:
            return 0
        try:
            self._handle(claimed)
        except Exception:
            self._one_by_one(claimed)
        return len(claimed)

    def _one_by_one(self, claimed: Sequence[Waiting]) -> None:
        unhandled = []
        for waiting in claimed:
            try:
                self._handle([waiting])
            except Exception as error:
                # Ids and the error's type only: its text may hold what the citizen wrote.
                log.error("inbox %d failed, attempt %d: %s", waiting.id, waiting.attempts + 1, type(error).__name__)
                if waiting.attempts + 1 >= ATTEMPTS:
                    self._park(waiting)
                else:
                    unhandled.append(waiting.id)
        with self._engine.begin() as connection:
            mailbox.release(connection, unhandled)

    def _handle(self, claimed: Sequence[Waiting]) -> None:
        now, messages = self._clock(), [waiting.message for waiting in claimed]
        with self._engine.begin() as connection:
            conversations = mailbox.recall(connection, messages, now)
            desks = self._desks(connection, messages, now)
            turns = []
            for message, conversation, desk in zip(messages, conversations, desks, strict=True):
                turns.append(respond(message, conversation, desk))
                mailbox.file(connection, message, turns[-1], now)
            mailbox.finish(connection, list(zip(claimed, turns, strict=True)), now)

    def _park(self, waiting: Waiting) -> None:
        now, message = self._clock(), waiting.message
        with self._engine.begin() as connection:
            (desk,) = self._desks(connection, [message], now)
            ticket = filing.call(message, Conversation(), desk)
            turn = Turn((replies.failed(),), Conversation(), Intent.FALLBACK, tickets=(ticket,))
            mailbox.file(connection, message, turn, now)
            mailbox.finish(connection, [(waiting, turn)], now)
