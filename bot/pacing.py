# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""How fast each platform may be written to: token buckets for a line and for a person."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from handlers.messages import Channel


@dataclass(frozen=True)
class Pace:
    """`rate` messages a second in the long run, `burst` at once."""

    rate: float
    burst: int


@dataclass(frozen=True)
class Paces:
    line: Pace
    person: Pace


PLATFORMS: Mapping[Channel, Paces] = {
    Channel.WHATSAPP: Paces(line=Pace(80, 80), person=Pace(1 / 6, 45)),
    Channel.TELEGRAM: Paces(line=Pace(30, 30), person=Pace(1, 3)),
    Channel.MEJA: Paces(line=Pace(20 / 60, 20), person=Pace(20 / 60, 20)),
}
"""As the platforms' own documents say; the desk is a Telegram group."""

FORGOTTEN = 4096
"""Buckets kept; full ones are dropped when there are more."""


class Pacing:
    """`clock` gives seconds that never go back."""

    def __init__(self, clock: Callable[[], float], paces: Mapping[Channel, Paces] = PLATFORMS) -> None:
        self._clock = clock
        self._paces = paces
        self._buckets: dict[tuple[str | None, ...], tuple[float, float]] = {}

    def wait(self, channel: Channel, line: str | None, person: str) -> float:
        """Seconds to wait before one more message may go; 0, and it is counted, when it may go now."""
        paces = self._paces.get(channel)
        if paces is None:
            return 0.0
        keys = ((channel, line), paces.line), ((channel, line, person), paces.person)
        now = self._clock()
        waits = [max(0.0, (1 - self._tokens(key, pace, now)) / pace.rate) for key, pace in keys]
        if max(waits) > 0:
            return max(waits)
        for key, pace in keys:
            self._buckets[key] = (self._tokens(key, pace, now) - 1, now)
        if len(self._buckets) > FORGOTTEN:
            self._forget(paces, now)
        return 0.0

    def _tokens(self, key: tuple[str | None, ...], pace: Pace, now: float) -> float:
        tokens, at = self._buckets.get(key, (float(pace.burst), now))
        return min(float(pace.burst), tokens + (now - at) * pace.rate)

    def _forget(self, paces: Paces, now: float) -> None:
        full = [k for k in self._buckets if len(k) == 3 and self._tokens(k, paces.person, now) >= paces.person.burst]
        for key in full:
            del self._buckets[key]
