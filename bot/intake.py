# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""What the platforms hand over, committed before they are thanked: many requests share one commit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import Connection, Engine

from bot import mailbox
from handlers.messages import Incoming


@dataclass(frozen=True)
class Media:
    """A file that is still at the platform: its id there, its name, and its SHA-256 where that is told."""

    id: str
    name: str
    sha256: str = ""


@dataclass(frozen=True)
class Received:
    message: Incoming
    media: Media | None = None


media_json = TypeAdapter(Media)

Step = Callable[[Connection], None]
"""Something to be written with the next commit."""


@dataclass(frozen=True)
class _Request:
    """What one request brought; `stored` is done when that is on disk."""

    received: Sequence[Received]
    also: Sequence[Step]
    stored: asyncio.Future[None]


class Intake:
    """Collects what comes in while a commit is on its way, and writes all of it with the next."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock
        self._waiting: list[_Request] = []
        self._writing: asyncio.Task[None] | None = None

    async def store(self, received: Sequence[Received], also: Sequence[Step] = ()) -> None:
        """Return when all of it is on disk; raises what the database raises, and then nothing of it is."""
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Request(received, also, stored))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        await stored

    async def _write(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                await asyncio.to_thread(self._commit, batch)
            except Exception as error:
                await self._one_by_one(batch, error)
                continue
            for request in batch:
                if not request.stored.done():
                    request.stored.set_result(None)

    async def _one_by_one(self, batch: Sequence[_Request], error: Exception) -> None:
        """One request's failure is not another's."""
        for request in batch:
            try:
                if len(batch) == 1:
                    raise error
                await asyncio.to_thread(self._commit, [request])
            except Exception as own:
                if not request.stored.done():
                    request.stored.set_exception(own)
            else:
                if not request.stored.done():
                    request.stored.set_result(None)

    def _commit(self, batch: Sequence[_Request]) -> None:
        messages = [
            (one.message, media_json.dump_json(one.media).decode() if one.media else None)
            for request in batch
            for one in request.received
        ]
        with self._engine.begin() as connection:
            mailbox.accept_all(connection, messages, self._clock())
            for request in batch:
                for step in request.also:
                    step(connection)
