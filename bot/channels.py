# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""The platforms' doors: webhooks in, and what runs behind them while the server is up."""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from functools import partial
from typing import Any

import aiohttp
from aiohttp import web
from sqlalchemy import Connection
from telegram import Update

from bot import forum, mailbox, outbox, telegram, whatsapp
from bot.app import App, clock
from bot.delivery import Delivery, Failure, Outlet
from bot.fetching import Fetching
from bot.forum import Alerts, Forum
from bot.intake import Intake, Received, Step
from bot.lines import Lines
from bot.pacing import Pacing
from bot.tables import State
from bot.telegram import Telegram
from bot.whatsapp import Moved, Report, WhatsApp
from handlers.messages import Channel, Event

log = logging.getLogger("tanya.channels")

MOST_BYTES = 1024 * 1024
"""Of one webhook's body."""

RUSH = 5
"""Requests beside the answers from which on no more are made."""

TIMEOUT = aiohttp.ClientTimeout(total=30, connect=10)
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 – a header's name

CHANNELS: web.AppKey[Channels] = web.AppKey("channels")


class Channels:
    """All lines of this process, and the tasks that serve them; `ring` wakes the worker."""

    def __init__(self, app: App, lines: Lines, ring: Callable[[], None]) -> None:
        self._app = app
        self._lines = lines
        self._ring = ring
        self.agencies = {number.phone_id: number.agency for number in lines.numbers}
        self.intake = Intake(app.engine, clock)
        self.bots = [(account, telegram.bot(account)) for account in lines.accounts]
        self._tasks: list[asyncio.Task[None]] = []
        self._asides: set[asyncio.Task[None]] = set()
        self._numbers: dict[str | None, WhatsApp] = {}
        self.delivery: Delivery | None = None
        self._fetching: Fetching | None = None
        self._forum: Forum | None = None

    async def start(self) -> None:
        connector = aiohttp.TCPConnector(limit=100)
        self._session = aiohttp.ClientSession(timeout=TIMEOUT, connector=connector)
        folder = self._app.settings.media
        accounts = [Telegram(account, bot, folder) for account, bot in self.bots]
        lines: dict[tuple[Channel, str | None], WhatsApp | Telegram] = {}
        for number in self._lines.numbers:
            self._numbers[number.agency] = WhatsApp(number, self._session, folder)
            lines[Channel.WHATSAPP, number.agency] = self._numbers[number.agency]
        for line in accounts:
            lines[Channel.TELEGRAM, line.account.agency] = line
        engine = self._app.engine
        pacing = Pacing(time.monotonic, self._app.paces)
        outlets: dict[tuple[Channel, str | None], Outlet] = {**lines}
        self._fetching = Fetching(engine, lines, folder, clock, self._ring)
        if chat := self._app.settings.telegram_desk:
            for line in accounts[:1]:
                outlets[Channel.MEJA, line.account.agency] = Alerts(line, chat)
                self._forum = Forum(
                    engine, line, folder, chat, line.account.agency, self._app.hours, pacing, self._told, clock
                )
        self.delivery = Delivery(engine, outlets, clock, pacing, self._app.waits)
        if lines:
            self._run(self.delivery.run())
            self._run(self._fetching.run())
        for line in accounts:
            self._run(self._telegram(line))
        if self._forum:
            self._run(self._forum.run())

    async def stop(self) -> None:
        tasks = [*self._tasks, *self._asides]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._session.close()
        for _, bot in self.bots:
            await bot.shutdown()

    async def take(self, received: list[Received], also: list[Step]) -> None:
        """Store what came, then wake those who work on it."""
        await self.intake.store(received, also)
        self._ring()
        if self._fetching and any(one.media for one in received):
            self._fetching.bell.set()

    def mark_read(self, received: list[Received]) -> None:
        """Show people that their messages were read and an answer is being written; nothing hangs on it.

        Left out in a rush, when the answers are what counts.
        """
        for one in received:
            if (
                len(self._asides) < RUSH
                and one.message.event is Event.MESSAGE
                and (number := self._numbers.get(one.message.agency))
            ):
                self._aside(number.read(one.message.provider_id))

    def _aside(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._asides.add(task)
        task.add_done_callback(self._asides.discard)

    def _told(self) -> None:
        """An officer did something in the group: there is something to deliver."""
        self.announce()
        self._ring()

    def announce(self) -> None:
        """There may be something to send."""
        if self.delivery:
            self.delivery.bell.set()

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        task.add_done_callback(_ended)
        self._tasks.append(task)

    async def _telegram(self, line: Telegram) -> None:
        """Webhook where the office has a public address, polling else."""
        url = self._app.settings.public_url
        await telegram.shrugged(line.bot.initialize())
        await line.introduce()
        if self._forum:
            await self._forum.introduce()
        if url:
            await line.listen(f"{url}/telegram")
            return
        await line.poll(lambda update: self.update(update, line))

    async def update(self, update: Update, line: Telegram) -> None:
        """A citizen's message, or an officer's wish in their group."""
        if self._forum and (wished := forum.wish(update, self._forum.chat)):
            await self._forum.take(wished)
            self._aside(line.tapped(update))
            return
        received = telegram.parse(update, line.account.agency)
        await self.take([received] if received else [], [])
        self._aside(line.tapped(update))

    def bot_of(self, secret: bytes) -> Telegram | None:
        """The bot that a webhook's secret belongs to; compared in constant time."""
        known = [(a, bot) for a, bot in self.bots if hmac.compare_digest(secret, a.secret.encode())]
        return Telegram(*known[0], self._app.settings.media) if known else None


def _ended(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()):
        log.error("a channel's task ended: %s", type(error).__name__, exc_info=error)


def routes(server: web.Application, lines: Lines) -> None:
    """The doors of the channels that have lines; others stay walls."""
    if lines.numbers:
        server.router.add_get("/whatsapp", _handshake)
        server.router.add_post("/whatsapp", _whatsapp)
    if lines.accounts:
        server.router.add_post("/telegram", _telegram)


async def running(server: web.Application, channels: Channels) -> AsyncIterator[None]:
    server[CHANNELS] = channels
    await channels.start()
    yield
    await channels.stop()


async def _handshake(request: web.Request) -> web.Response:
    """The platform's one question at set-up: only who knows the verify token gets the challenge back."""
    expected = request.app[CHANNELS]._app.settings.whatsapp_verify_token
    given = request.query.get("hub.verify_token", "")
    known = bool(expected) and hmac.compare_digest(given.encode(), expected.encode())
    if request.query.get("hub.mode") != "subscribe" or not known:
        raise web.HTTPForbidden
    return web.Response(text=request.query.get("hub.challenge", ""))


async def _whatsapp(request: web.Request) -> web.Response:
    """Verified over the raw bytes, stored, then thanked; 401 for a wrong signature, 503 where nothing can be stored."""
    channels = request.app[CHANNELS]
    body = await _body(request)
    secret = channels._app.settings.whatsapp_app_secret
    if not secret or not whatsapp.signed(body, request.headers.get("X-Hub-Signature-256"), secret):
        raise web.HTTPUnauthorized
    payload = _json(body)
    found = list(whatsapp.parse(payload, channels.agencies))
    received = [one for one in found if isinstance(one, Received)]
    steps: list[Step] = [partial(_report, report=one) for one in found if isinstance(one, Report)]
    steps += [partial(_moved, moved=one) for one in found if isinstance(one, Moved)]
    answer = await _thanked(channels, received, steps)
    channels.mark_read(received)
    return answer


async def _telegram(request: web.Request) -> web.Response:
    channels = request.app[CHANNELS]
    given = request.headers.get(SECRET_HEADER, "").encode()
    line = channels.bot_of(given)
    if line is None:
        raise web.HTTPUnauthorized
    payload = _json(await _body(request))
    update = Update.de_json(payload, line.bot) if isinstance(payload, dict) and "update_id" in payload else None
    if update is not None:
        try:
            await channels.update(update, line)
        except Exception as error:
            log.error("an update could not be stored: %s", type(error).__name__)
            raise web.HTTPServiceUnavailable from error
    return web.Response(text="ok")


async def _thanked(channels: Channels, received: list[Received], also: list[Step]) -> web.Response:
    try:
        if received or also:
            await channels.take(received, also)
    except Exception as error:
        log.error("a webhook could not be stored: %s", type(error).__name__)
        raise web.HTTPServiceUnavailable from error
    return web.Response(text="ok")


async def _body(request: web.Request) -> bytes:
    body = await request.content.read(MOST_BYTES + 1)
    while len(body) <= MOST_BYTES and (more := await request.content.read(MOST_BYTES)):
        body += more
    if len(body) > MOST_BYTES:
        raise web.HTTPRequestEntityTooLarge(MOST_BYTES, len(body))
    return body


def _json(body: bytes) -> Any:
    """What the body holds; what is no JSON will not become any by being sent again, so it is thanked and dropped."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        log.warning("a webhook's body was no JSON")
        return None


def _moved(connection: Connection, moved: Moved) -> None:
    mailbox.moved(connection, Channel.WHATSAPP, moved.old, moved.new)


def _report(connection: Connection, report: Report) -> None:
    """How far a letter came; one that the window stopped waits for the person instead."""
    state = report.state
    if report.error is not None and whatsapp.failure(report.error, 400) is Failure.WINDOW:
        state = State.HELD
    error = None if report.error is None else str(report.error)
    outbox.reported(connection, Channel.WHATSAPP, report.provider_id, state, report.ours, error)
    if report.category and report.state is State.SENT:
        month = f"{clock():%Y-%m}"
        outbox.count_billed(connection, month, Channel.WHATSAPP, "", report.category, report.billed)
