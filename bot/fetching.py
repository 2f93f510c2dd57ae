# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Photos and documents fetched from the platforms before their messages are handled; what cannot be had is said."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from sqlalchemy import Engine

from bot import mailbox, media
from bot.intake import Media, media_json
from bot.mailbox import Unfetched
from bot.media import BadAttachment
from handlers.messages import Channel

log = logging.getLogger("tanya.fetching")

AT_ONCE = 8
AGAIN = timedelta(seconds=20)
GIVE_UP = timedelta(minutes=10)
"""After this a message is handled without its file: the person is asked to send it again."""

LOST = "Foto atau dokumen itu belum dapat kami ambil. Mohon kirim sekali lagi."


class Source(Protocol):
    async def fetch(self, media: Media) -> bytes:
        """The file's content; raises BadAttachment where it will never be had, anything else where it may be later."""


class Fetching:
    """Looks when rung, and each second; `clock` gives aware times."""

    def __init__(
        self,
        engine: Engine,
        sources: Mapping[tuple[Channel, str | None], Source],
        folder: Path,
        clock: Callable[[], datetime],
        announce: Callable[[], None],
    ) -> None:
        self._engine = engine
        self._sources = sources
        self._folder = folder
        self._clock = clock
        self._announce = announce
        self.bell = asyncio.Event()

    async def run(self, idle: float = 1.0) -> None:
        while True:
            try:
                rows = await asyncio.to_thread(self._waiting)
                await asyncio.gather(*(self._fetch(row) for row in rows))
            except Exception as error:  # a database that is locked or full today is not tomorrow
                log.error("files cannot be fetched: %s", type(error).__name__)
                rows = []
            if rows:
                self._announce()
                continue
            self.bell.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self.bell.wait(), idle)

    def _waiting(self) -> list[Unfetched]:
        with self._engine.connect() as connection:
            return mailbox.unfetched(connection, self._clock(), AT_ONCE)

    async def _fetch(self, row: Unfetched) -> None:
        wanted = media_json.validate_json(row.media)
        source = self._sources.get((row.channel, row.agency)) or self._sources.get((row.channel, None))
        try:
            if source is None:
                raise BadAttachment(LOST)
            content = await source.fetch(wanted)
            kept = await asyncio.to_thread(media.keep, self._folder, wanted.name, content)
        except BadAttachment as bad:
            why = str(bad)
            await asyncio.to_thread(self._write, lambda c: mailbox.unreadable(c, row.id, why))
        except Exception as error:
            log.warning("inbox %d: its file is not here yet: %s", row.id, type(error).__name__)
            now = self._clock()
            if now - row.since > GIVE_UP:
                await asyncio.to_thread(self._write, lambda c: mailbox.unreadable(c, row.id, LOST))
            else:
                await asyncio.to_thread(self._write, lambda c: mailbox.fetch_later(c, row.id, now + AGAIN))
        else:
            await asyncio.to_thread(self._write, lambda c: mailbox.fetched(c, row.id, kept))

    def _write(self, step: Callable[..., None]) -> None:
        with self._engine.begin() as connection:
            step(connection)
