# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""kill -9 anywhere between webhook and delivered: nothing is lost, nothing happens twice."""

from __future__ import annotations

import os
import random
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from bot.app import App
from tests.bot.doomed import POINTS
from tests.bot.fakes import (
    PHONE_ID,
    SECRET,
    TOKEN,
    VERIFY,
    FakeWhatsApp,
    envelope,
    message,
    post,
    served,
    signed,
    value,
    wait_until,
)


@dataclass
class House:
    """One office's data folder and number, and the platform, which outlive every process."""

    home: Path
    api: str
    platform: FakeWhatsApp
    port: int

    @contextmanager
    def process(self, point: str) -> Iterator[subprocess.Popen[bytes]]:
        environ = os.environ | {
            "TANYA_HOME": str(self.home),
            "TANYA_AGENCY": "melawi",
            "TANYA_WHATSAPP_TOKEN": TOKEN,
            "TANYA_WHATSAPP_APP_SECRET": SECRET,
            "TANYA_WHATSAPP_VERIFY_TOKEN": VERIFY,
            "TANYA_WHATSAPP_PHONE_ID": PHONE_ID,
            "TANYA_WHATSAPP_API": f"{self.api}/v25.0",
        }
        process = subprocess.Popen([sys.executable, "-m", "tests.bot.doomed", point, str(self.port)], env=environ)
        try:
            wait_until(lambda: self._up() or process.poll() is not None, 60)
            yield process
        finally:
            process.kill()
            process.wait()

    def _up(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=1):
                return True
        except (urllib.error.URLError, OSError):
            return False

    def deliver(self, id: str, words: str, sender: str) -> bool:
        """Hand a message over as the platform would; whether it was thanked."""
        body = envelope(value(message(id, words, sender)))
        try:
            return post(f"http://127.0.0.1:{self.port}/whatsapp", body, signed(body)) == 200
        except OSError:
            return False

    def rows(self, query: str) -> int:
        engine = create_engine(f"sqlite:///{self.home / 'tanya.db'}")
        with engine.connect() as connection:
            found = int(connection.execute(text(query)).scalar_one())
        engine.dispose()
        return found


@pytest.fixture
def house(built_app: App, tmp_path: Path) -> Iterator[House]:
    platform = FakeWhatsApp()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with served(platform.application()) as api:
        yield House(tmp_path, api, platform, port)
    assert platform.refused == []


def test_at_every_point_nothing_is_lost_and_nothing_done_twice(house: House) -> None:
    """R06 to R09: each process dies at its point; the next one finds what it left."""
    people = {point: f"62811{number}" for number, point in enumerate(POINTS)}
    unthanked = []
    for number, (point, person) in enumerate(people.items()):
        with house.process(point) as process:
            if not house.deliver(str(number), "mau bicara dengan petugas", person):
                unthanked.append((str(number), person))
            wait_until(lambda process=process: process.poll() is not None)  # type: ignore[misc]
    assert ("0", people["stored, not thanked"]) in unthanked
    with house.process("never"):
        for id, person in unthanked:
            assert house.deliver(id, "mau bicara dengan petugas", person)  # as the platform would
        wait_until(lambda: all(house.platform.texts(person) for person in people.values()), 90)
        wait_until(lambda: house.rows("select count(*) from outbox where state not in ('sent')") == 0, 90)
    counts = {point: len(house.platform.texts(person)) for point, person in people.items()}
    assert sorted(counts.values()) == [1, 1, 1, 2]  # the one accepted before a kill is repeated once, and no more
    assert house.rows("select count(*) from inbox") == len(POINTS)
    assert house.rows("select count(*) from ticket") == len(POINTS)
    assert house.rows("select count(*) from inbox where done_at is null") == 0


def test_at_random_under_load_nothing_is_lost_and_nothing_done_twice(house: House) -> None:
    """R10, R01: the platform sends again what was not thanked, and now and then what was."""
    chance = random.Random(10)
    waiting = {str(n): f"6289{n:02}" for n in range(60)}
    for _ in range(4):
        with house.process("never"):
            end = time.monotonic() + chance.uniform(0.3, 1.2)
            while time.monotonic() < end and waiting:
                id, sender = next(iter(waiting.items()))
                if house.deliver(id, f"mau bicara dengan petugas {id}", sender) and chance.random() < 0.8:
                    del waiting[id]
    with house.process("never"):
        for id, sender in waiting.items():
            assert house.deliver(id, f"mau bicara dengan petugas {id}", sender)
        wait_until(lambda: house.rows("select count(*) from inbox where done_at is null") == 0, 90)
        wait_until(lambda: house.rows("select count(*) from outbox where state not in ('sent', 'failed')") == 0, 90)
    assert house.rows("select count(*) from inbox") == 60
    assert house.rows("select count(*) from ticket") == 60
    assert house.rows("select count(*) from inbox where done_at is null") == 0
    numbers = Counter(line for read in house.platform.texts() for line in read.splitlines() if "ADU-" in line)
    assert len(numbers) == 60
    assert sum(count - 1 for count in numbers.values()) <= 4 * 50  # only what was on its way at a kill
    assert max(numbers.values()) <= 2
