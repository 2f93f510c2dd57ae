# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""The outbox delivered: each chat in order, as fast as its platform allows, with back-off and an honest "uncertain"."""

from __future__ import annotations

import asyncio
import logging
import random
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Protocol

from sqlalchemy import Engine

from bot import outbox
from bot.outbox import Letter, Result
from bot.pacing import Pacing
from bot.tables import State
from handlers.messages import Channel

log = logging.getLogger("tanya.delivery")

AT_ONCE = 100
"""Letters on their way at one time."""

GATHER = 0.05
"""Seconds for which what became of letters is gathered, to be written down together."""

RESOLVED = timedelta(seconds=1)
"""Between two looks at letters of which nobody knows."""

MOST_ATTEMPTS = 12
"""With waits that grow fourfold up to the longest, about five hours."""


@dataclass(frozen=True)
class Waits:
    """How long is waited for what: before the second attempt and at most, for news of a letter nobody knows of,
    and after an error that only a person can mend.
    """

    first: timedelta = timedelta(seconds=4)
    longest: timedelta = timedelta(minutes=30)
    uncertain: timedelta = timedelta(seconds=60)
    pause: timedelta = timedelta(minutes=5)


class Failure(Enum):
    """What an error of a platform asks for."""

    WAIT = "wait"
    PERMANENT = "permanent"
    WINDOW = "window"
    """The person must write first."""
    ALARM = "alarm"
    """Nothing goes out on this line until a person mends it."""
    UNKNOWN = "unknown"
    """It may have arrived."""


class DeliveryFailed(Exception):
    """A letter was not delivered, or nobody knows; `code` is the platform's, for the officers."""

    def __init__(self, kind: Failure, code: str, retry_after: float | None = None) -> None:
        super().__init__(code)
        self.kind = kind
        self.code = code
        self.retry_after = retry_after


class Outlet(Protocol):
    """One line of a channel."""

    async def send(self, letter: Letter, part: int) -> tuple[str, bool]:
        """Send a part; its id at the platform, and whether it was the last. Raises DeliveryFailed."""

    def closed(self, letter: Letter, now: datetime) -> bool:
        """Whether the platform lets nothing but a template through to this person now."""

    async def knock(self, letter: Letter) -> bool:
        """Ask the person to write, so that the letter may follow; False where that cannot be done."""


Outlets = Mapping[tuple[Channel, str | None], Outlet]
"""The lines by channel and agency; None serves what no other line does."""


class Delivery:
    """Runs until cancelled; `clock` gives aware times."""

    def __init__(
        self,
        engine: Engine,
        outlets: Outlets,
        clock: Callable[[], datetime],
        pacing: Pacing,
        waits: Waits = Waits(),
    ) -> None:
        self._engine = engine
        self._outlets = outlets
        self._channels = sorted({channel for channel, _ in outlets})
        self._clock = clock
        self._pacing = pacing
        self._waits = waits
        self._done: deque[Result] = deque()
        self._resolved = datetime.min.replace(tzinfo=UTC)
        self._rested: dict[tuple[Channel, str | None], datetime] = {}
        self.bell = asyncio.Event()
        """Rung when there is something new to send."""

    async def run(self, idle: float = 1.0) -> None:
        tasks: set[asyncio.Task[None]] = set()
        recovered = False
        while True:
            try:
                if not recovered:
                    await asyncio.to_thread(self._recover)
                    recovered = True
                letters = await asyncio.to_thread(self._turn, AT_ONCE - len(tasks))
            except Exception as error:  # a database that is locked or full today is not tomorrow
                log.error("the outbox cannot be read: %s", type(error).__name__)
                await asyncio.sleep(idle)
                continue
            for letter in letters:
                task = asyncio.create_task(self._deliver(letter))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
            if not letters and not self._done:
                self.bell.clear()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self.bell.wait(), idle)
            elif tasks:
                await asyncio.wait(tasks, timeout=GATHER)

    def _recover(self) -> None:
        if self._engine.dialect.name != "sqlite":
            return  # other processes may be sending
        with self._engine.begin() as connection:
            outbox.recover(connection, self._channels, self._clock())

    def _turn(self, room: int) -> list[Letter]:
        """Write down what became of the last ones, and take the next."""
        results = list(self._done)
        now = self._clock()
        with self._engine.begin() as connection:
            outbox.mark(connection, results, now)
            if now - self._resolved >= RESOLVED:
                outbox.resolve(connection, now, self._waits.uncertain)
                self._resolved = now
            letters = outbox.claim(connection, self._channels, now, room) if room > 0 else []
        for _ in results:
            self._done.popleft()
        return letters

    async def _deliver(self, letter: Letter) -> None:
        try:
            result = await self._attempt(letter)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            log.error("outbox %d: %s", letter.id, type(error).__name__)
            result = self._later(letter, letter.parts, "internal")
        self._done.append(result)
        self.bell.set()

    async def _attempt(self, letter: Letter) -> Result:
        key = (letter.channel, letter.agency)
        line = key if key in self._outlets else (letter.channel, None)
        outlet = self._outlets.get(line)
        now = self._clock()
        if outlet is None:
            return Result(letter.id, State.FAILED, letter.parts, error="no line")
        if (rested := self._rested.get(line)) and rested > now:
            return Result(letter.id, State.WAITING, letter.parts, rested, counts=False)
        if outlet.closed(letter, now):
            return await self._held(letter, outlet)
        parts, provider_id, last = letter.parts, "", False
        try:
            while not last:
                if wait := self._pacing.wait(letter.channel, line[1], letter.recipient):
                    later = self._clock() + timedelta(seconds=wait)
                    return Result(letter.id, State.WAITING, parts, later, counts=False)
                provider_id, last = await outlet.send(letter, parts)
                parts += 1
        except DeliveryFailed as failed:
            return await self._failed(letter, parts, failed, line, outlet)
        return Result(letter.id, State.SENT, parts, provider_id=provider_id)

    async def _held(self, letter: Letter, outlet: Outlet, code: str = "window") -> Result:
        """Kept until the person writes; they are asked to once for each time that their window closed."""
        asked = letter.knocked_at and letter.wrote_at and letter.knocked_at > letter.wrote_at
        knocked = not asked and await outlet.knock(letter)
        return Result(letter.id, State.HELD, 0, error=code, knocked=letter if knocked else None)

    async def _failed(
        self, letter: Letter, parts: int, failed: DeliveryFailed, line: tuple[Channel, str | None], outlet: Outlet
    ) -> Result:
        match failed.kind:
            case Failure.WAIT:
                return self._later(letter, parts, failed.code, failed.retry_after)
            case Failure.PERMANENT:
                return Result(letter.id, State.FAILED, parts, error=failed.code)
            case Failure.WINDOW:
                return await self._held(letter, outlet, failed.code)
            case Failure.ALARM:
                self._rested[line] = self._clock() + self._waits.pause
                log.error("%s rests: the platform says %s", line[0], failed.code)
                return Result(letter.id, State.WAITING, parts, self._rested[line], error=failed.code, counts=False)
            case Failure.UNKNOWN:
                return Result(letter.id, State.UNCERTAIN, parts, self._clock(), error=failed.code)

    def _later(self, letter: Letter, parts: int, code: str, after: float | None = None) -> Result:
        """Try again after what the platform asks for, else after a wait that grows fourfold, with some chance in it."""
        if letter.attempts + 1 >= MOST_ATTEMPTS:
            return Result(letter.id, State.FAILED, parts, error=code)
        wait = min(self._waits.first * 4**letter.attempts, self._waits.longest) * random.uniform(0.75, 1.25)
        not_before = self._clock() + (timedelta(seconds=after) if after is not None else wait)
        return Result(letter.id, State.WAITING, parts, not_before, error=code)
