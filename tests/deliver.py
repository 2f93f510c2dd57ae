# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""How fast a webhook is thanked, and how many messages a second go from webhook to delivered.

Beside it a bare aiohttp handler that commits one row, in the same run on the same machine. Server, platform and
sender are processes of their own.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import aiohttp
from aiohttp import web
from rich.console import Console
from rich.table import Table

from tests.bot.fakes import PHONE_ID, SECRET, TOKEN, VERIFY, envelope, message, signed, value

AT_ONCE = 64
ROUNDS = 3
MESSAGES = 3000
"""Of each round, first to the yardstick and then to the office: a machine's other work comes and goes."""
PEOPLE = 800
PACED = 100
"""Messages a second in the measurement of latency, for PACED_SECONDS."""
PACED_SECONDS = 10
TEXTS = ("biaya sewa tenda", "syarat PAW DPRD?", "makasih ya", "alamat kantor dimana", "mau bicara dengan petugas")


def bare(port: int) -> None:
    """The yardstick: one handler, one insert, one commit."""
    database = sqlite3.connect(Path(tempfile.mkdtemp()) / "bare.db", isolation_level=None)
    for statement in ("pragma journal_mode=wal", "pragma synchronous=full", "create table inbox (body text)"):
        database.execute(statement)

    async def accept(request: web.Request) -> web.Response:
        database.execute("insert into inbox values (?)", (await request.text(),))
        return web.Response(text="ok")

    server = web.Application()
    server.router.add_post("/whatsapp", accept)
    server.router.add_get("/healthz", accept)
    web.run_app(server, host="127.0.0.1", port=port, print=None, access_log=None)


def platform(port: int) -> None:
    """Takes every message and counts it."""
    count = 0

    async def take(request: web.Request) -> web.Response:
        nonlocal count
        body = await request.json()
        count += "status" not in body
        return web.json_response({"messages": [{"id": f"wamid.{count}"}]})

    async def taken(request: web.Request) -> web.Response:
        return web.json_response(count)

    server = web.Application()
    server.router.add_post("/v25.0/{phone}/messages", take)
    server.router.add_get("/healthz", taken)
    web.run_app(server, host="127.0.0.1", port=port, print=None, access_log=None)


def office(port: int) -> None:
    """Our server as it is, without the platforms' own speed limits."""
    from bot.app import App
    from bot.config import Settings
    from bot.web import run

    settings = Settings.from_env(os.environ | {"TANYA_PORT": str(port)})
    settings.built.symlink_to(Path("data/built").absolute())
    run(App(settings, paces={}))


class Process:
    """One of these servers, up and answering."""

    def __init__(self, what: str, **environ: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        command = [sys.executable, "-m", "tests.deliver", what, str(self.port)]
        self._process = subprocess.Popen(command, env=os.environ | environ)

    async def up(self, session: aiohttp.ClientSession) -> None:
        for _ in range(400):
            try:
                async with session.get(f"{self.url}/healthz"):
                    return
            except aiohttp.ClientError:
                await asyncio.sleep(0.1)
        raise SystemExit("a server did not come up")

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()


def bodies(count: int, first: int = 0) -> list[bytes]:
    chance = random.Random(1)
    return [
        envelope(value(message(str(n), chance.choice(TEXTS), f"62{n % PEOPLE:09}")))
        for n in range(first, first + count)
    ]


async def pour(session: aiohttp.ClientSession, url: str, wanted: list[bytes]) -> float:
    """Send all as fast as they are thanked; messages a second."""
    queue = list(reversed([(body, signed(body)) for body in wanted]))
    began = time.perf_counter()

    async def send() -> None:
        while queue:
            body, headers = queue.pop()
            async with session.post(f"{url}/whatsapp", data=body, headers=headers) as response:
                assert response.status == 200

    await asyncio.gather(*(send() for _ in range(AT_ONCE)))
    return len(wanted) / (time.perf_counter() - began)


async def paced(session: aiohttp.ClientSession, url: str, wanted: list[bytes]) -> list[float]:
    """Milliseconds until each of them was thanked, sent at PACED a second."""
    times: list[float] = []

    async def send(body: bytes, after: float) -> None:
        await asyncio.sleep(after)
        began = time.perf_counter()
        async with session.post(f"{url}/whatsapp", data=body, headers=signed(body)) as response:
            assert response.status == 200
        times.append(1000 * (time.perf_counter() - began))

    await asyncio.gather(*(send(body, n / PACED) for n, body in enumerate(wanted)))
    return sorted(times)


async def measure() -> None:
    taker, yardstick = Process("platform"), Process("bare")
    server = Process(
        "office",
        TANYA_HOME=tempfile.mkdtemp(),
        TANYA_AGENCY="melawi",
        TANYA_WHATSAPP_TOKEN=TOKEN,
        TANYA_WHATSAPP_APP_SECRET=SECRET,
        TANYA_WHATSAPP_VERIFY_TOKEN=VERIFY,
        TANYA_WHATSAPP_PHONE_ID=PHONE_ID,
        TANYA_WHATSAPP_API=f"{taker.url}/v25.0",
    )
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:
        for process in (taker, yardstick, server):
            await process.up(session)
        times = await paced(session, server.url, bodies(PACED * PACED_SECONDS))
        sent = len(times)
        await delivered(session, taker, sent)
        rates = []
        for number in range(ROUNDS):
            wanted = bodies(MESSAGES, 10**6 * (number + 1))
            bare_rate = await pour(session, yardstick.url, wanted)
            began = time.perf_counter()
            thanked = await pour(session, server.url, wanted)
            sent += MESSAGES
            await delivered(session, taker, sent)
            rates.append((bare_rate, thanked, MESSAGES / (time.perf_counter() - began)))
    for process in (taker, yardstick, server):
        process.stop()
    table = Table("ukuran", "nilai")
    table.add_row(f"webhook diterima pada {PACED} pesan/s, p50", f"{statistics.median(times):.1f} ms")
    table.add_row(f"webhook diterima pada {PACED} pesan/s, p99", f"{times[int(len(times) * 0.99)]:.1f} ms")
    for bare_rate, thanked, whole in sorted(rates, key=lambda rate: rate[2] / rate[0]):
        table.add_row("handler kosong dengan satu insert", f"{bare_rate:.0f} pesan/s")
        table.add_row("webhook diterima sekencangnya", f"{thanked:.0f} pesan/s = {thanked / bare_rate:.2f}")
        table.add_row("webhook sampai terkirim", f"{whole:.0f} pesan/s = {whole / bare_rate:.2f}", end_section=True)
    Console().print(table)


async def delivered(session: aiohttp.ClientSession, taker: Process, count: int) -> None:
    """Return when the platform has taken `count` messages."""
    while True:
        async with session.get(f"{taker.url}/healthz") as response:
            taken = json.loads(await response.text())
        if taken >= count:
            return
        await asyncio.sleep(0.05)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        {"bare": bare, "platform": platform, "office": office}[sys.argv[1]](int(sys.argv[2]))
    else:
        asyncio.run(measure())
