# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""The web server: the trial chat, and the loop that turns waiting messages into replies."""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import jinja2
from aiohttp import BodyPartReader, web
from pydantic import Field, TypeAdapter, ValidationError

from bot import channels, mailbox, media, outbox
from bot.app import App, clock
from bot.channels import CHANNELS, Channels
from bot.config import BadConfig
from bot.media import BadAttachment
from bot.meja import accounts
from bot.meja.desk import desk
from bot.process import WorkerProcess
from bot.worker import Worker
from handlers.messages import Channel, Incoming
from knowledge.model import AgencyId, Frozen
from tickets.model import Attachment

log = logging.getLogger("tanya.web")

PAGES = Path(__file__).parent / "pages"
COOKIE = "tanya_coba"
TOKEN = re.compile(r"[0-9a-f]{32}")
YEAR = 365 * 24 * 3600
HELD = 20.0
"""Seconds that a page's request for replies is held open."""

LOOK = 2.0
"""Seconds after which such a request looks for what another process said."""

IDLE = 1.0
"""Seconds after which the worker looks for messages that no one announced."""

MINUTE = 60.0
"""Seconds between two looks at what is due."""

MOST_BYTES = 64 * 1024

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}

APP: web.AppKey[App] = web.AppKey("app", App)
BELL: web.AppKey[Bell] = web.AppKey("bell")
WORKER: web.AppKey[Worker | WorkerProcess] = web.AppKey("worker")


class Bell:
    """Rings when a message came in or a reply went out."""

    def __init__(self) -> None:
        self.incoming = asyncio.Event()
        self._replied = asyncio.Condition()
        self.open = True

    async def announce_replies(self) -> None:
        async with self._replied:
            self._replied.notify_all()

    async def close(self) -> None:
        """Nobody waits any more: the server goes down."""
        self.open = False
        await self.announce_replies()

    async def wait_for_replies(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with self._replied:
                await asyncio.wait_for(self._replied.wait(), seconds)


class Typed(Frozen):
    """What the page posts: `id` is its own for this message, so that a repeated request is stored once."""

    id: str = Field(pattern=r"^[0-9a-zA-Z-]{8,64}$")
    text: str = Field(max_length=20_000)
    choice: str | None = Field(default=None, max_length=64)
    agency: AgencyId | None = None


def run(app: App) -> None:
    """Serve until interrupted; raises BadConfig when the port is taken."""
    url = f"http://{app.settings.host}:{app.settings.port}"
    with WorkerProcess(app.settings) as worker:
        server, engine = application(app, worker), app.engine
        worker.start()
        with engine.begin() as connection:
            invitation = accounts.first_invitation(connection, clock())
        if invitation:
            link = f"{app.settings.public_url or url}/meja/undangan/{invitation}"
            print(f"Buat akun admin meja petugas, berlaku 48 jam: {link}", flush=True)
        try:
            web.run_app(
                server,
                host=app.settings.host,
                port=app.settings.port,
                print=lambda _: print(
                    f"Tanya Layanan siap: {url}/coba, meja petugas {url}/meja  (Ctrl+C untuk berhenti)", flush=True
                ),
                access_log=None,
            )
        except OSError as error:
            raise BadConfig(
                f"Alamat {url} tidak dapat dipakai ({error.strerror}). Ubah TANYA_PORT, atau hentikan program lain."
            ) from error


def application(app: App, worker: Worker | WorkerProcess) -> web.Application:
    """The server; the worker's rounds are run beside it, in a thread or in a process of their own."""
    server = web.Application(client_max_size=MOST_BYTES)
    server.on_response_prepare.append(_secured)
    server[APP], server[WORKER] = app, worker
    server.router.add_get("/", _to_trial)
    server.router.add_get("/coba", _trial)
    server.router.add_post("/coba/pesan", _accept)
    server.router.add_post("/coba/berkas", _accept_file)
    server.router.add_get("/coba/balasan", _replies)
    server.router.add_get("/coba/lampiran/{id}", _attachment)
    server.router.add_get("/healthz", _health)
    server.add_subapp("/meja", desk(app, partial(_announce, server)))
    server.router.add_static("/statis", PAGES / "static")
    lines = app.lines
    channels.routes(server, lines)
    server.cleanup_ctx.append(_working)
    server.cleanup_ctx.append(lambda server: channels.running(server, Channels(app, lines, server[BELL].incoming.set)))
    server.on_shutdown.append(_closing)
    return server


async def _announce(server: web.Application) -> None:
    """Something new is to be said."""
    await server[BELL].announce_replies()
    server[CHANNELS].announce()


async def _secured(request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(HEADERS)


async def _working(server: web.Application) -> AsyncIterator[None]:
    worker, bell = server[WORKER], Bell()
    server[BELL] = bell
    await asyncio.to_thread(worker.start)

    def announce() -> None:
        if CHANNELS in server:
            server[CHANNELS].announce()

    loops = _work(worker, bell, announce), _sweep(server[APP], bell, announce)
    tasks = [asyncio.create_task(loop) for loop in loops]
    yield
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _closing(server: web.Application) -> None:
    await server[BELL].close()


async def _work(worker: Worker | WorkerProcess, bell: Bell, announce: Callable[[], None]) -> None:
    while True:
        try:
            while await asyncio.to_thread(worker.run):
                await bell.announce_replies()
                announce()
        except Exception:
            log.exception("the worker stumbled and goes on")
        with suppress(TimeoutError):
            await asyncio.wait_for(bell.incoming.wait(), IDLE)
        bell.incoming.clear()


async def _sweep(app: App, bell: Bell, announce: Callable[[], None]) -> None:
    while True:
        try:
            if await asyncio.to_thread(app.sweep.run):
                await bell.announce_replies()
                announce()
        except Exception:
            log.exception("the sweep stumbled and goes on")
        await asyncio.sleep(MINUTE)


async def _to_trial(request: web.Request) -> web.StreamResponse:
    raise web.HTTPFound("/coba")


async def _trial(request: web.Request) -> web.Response:
    app = request.app[APP]
    asked = request.query.get("kantor", "")
    agency = app.settings.agency or (asked if asked in app.catalogue.agencies else "")
    offices = [] if app.settings.agency else [(d.id, d.agency) for d in app.catalogue.decrees]
    title = app.catalogue.decree(AgencyId(agency)).office.name if agency else "Tanya Layanan"
    page = _templates().get_template("coba.html").render(agency=agency, offices=offices, title=title)
    response = web.Response(text=page, content_type="text/html")
    if not _sender(request):
        response.set_cookie(COOKIE, secrets.token_hex(16), max_age=YEAR, httponly=True, samesite="Lax", path="/coba")
    return response


async def _accept(request: web.Request) -> web.Response:
    """Store what was typed, then 202; 4xx says in a sentence what to do."""
    if request.content_type != "application/json":
        return _refusal(415, "Pesan harus dikirim sebagai JSON.")
    try:
        typed = Typed.model_validate_json(await request.read())
    except (ValidationError, web.HTTPRequestEntityTooLarge):
        return _refusal(400, "Pesan terlalu panjang atau tidak terbaca. Ringkas lalu kirim lagi.")
    return await _take(request, typed)


async def _accept_file(request: web.Request) -> web.Response:
    """Store a photo or document, its fields first; what is too large is not read to its end."""
    if not _sender(request):
        return _refusal(403, "Muat ulang halaman ini, lalu kirim lagi.")
    if request.content_type != "multipart/form-data":
        return _refusal(415, "Berkas harus dikirim sebagai formulir.")
    fields: dict[str, str] = {}
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or part.name is None:
            break
        if part.name != "file":
            fields[part.name] = (await part.read_chunk(MOST_BYTES)).decode("utf-8", "replace")
            continue
        content = bytearray()
        while (chunk := await part.read_chunk()) and len(content) <= media.MOST_BYTES:
            content += chunk
        try:
            typed = Typed.model_validate({**fields, "agency": fields.get("agency") or None})
            folder, name = request.app[APP].settings.media, part.filename or ""
            kept = await asyncio.to_thread(media.keep, folder, name, bytes(content))
        except ValidationError:
            break
        except BadAttachment as bad:
            return _refusal(400, str(bad))
        return await _take(request, typed, (kept,))
    return _refusal(400, "Berkas tidak terbaca. Muat ulang halaman ini, lalu kirim lagi.")


async def _take(request: web.Request, typed: Typed, attachments: tuple[Attachment, ...] = ()) -> web.Response:
    app, sender = request.app[APP], _sender(request)
    if not sender:
        return _refusal(403, "Muat ulang halaman ini, lalu kirim lagi.")
    if typed.agency and typed.agency not in app.catalogue.agencies:
        return _refusal(400, "Kantor itu tidak dikenal. Muat ulang halaman ini.")
    now = clock()
    agency = app.settings.agency or typed.agency
    message = Incoming(Channel.COBA, sender, f"{sender}-{typed.id}", agency, typed.text, now, typed.choice, attachments)
    await asyncio.to_thread(_store, app, message)
    request.app[BELL].incoming.set()
    return web.json_response({"stored": True}, status=202)


def _store(app: App, message: Incoming) -> None:
    with app.engine.begin() as connection:
        mailbox.accept(connection, message, message.sent_at)


async def _replies(request: web.Request) -> web.Response:
    """Bubbles after outbox row `after`; waits for one a while when there is none yet."""
    sender, after = _sender(request), request.query.get("after", "0")
    if not sender or not after.isdecimal():
        return _refusal(403, "Muat ulang halaman ini.")
    read = partial(_said_to, request.app[APP], sender, int(after))
    bubbles = await asyncio.to_thread(read)
    bell = request.app[BELL]
    until = asyncio.get_running_loop().time() + HELD
    while not bubbles and "tunggu" in request.query and asyncio.get_running_loop().time() < until and bell.open:
        await bell.wait_for_replies(LOOK)
        bubbles = await asyncio.to_thread(read)
    return web.json_response({"bubbles": bubbles})


def _said_to(app: App, sender: str, after: int) -> list[dict[str, Any]]:
    with app.engine.connect() as connection:
        sent = outbox.sent_after(connection, Channel.COBA, sender, after)
    adapter = TypeAdapter(type(sent[0].message)) if sent else None
    return [{"id": s.id, **adapter.dump_python(s.message, mode="json")} for s in sent] if adapter else []


async def _attachment(request: web.Request) -> web.StreamResponse:
    """A file that an officer sent to this chat, and to no other."""
    app, sender, id = request.app[APP], _sender(request), request.match_info["id"]
    if not sender or not id.isdecimal():
        raise web.HTTPNotFound
    bubbles = await asyncio.to_thread(_said_to, app, sender, int(id) - 1)
    found = next((b["attachment"] for b in bubbles if b["id"] == int(id) and b["attachment"]), None)
    if found is None or not (app.settings.media / found["path"]).is_file():
        raise web.HTTPNotFound
    headers = {"Content-Disposition": f'attachment; filename="{found["path"]}"', "Content-Type": found["media_type"]}
    return web.FileResponse(app.settings.media / found["path"], headers=headers)


async def _health(request: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


def _sender(request: web.Request) -> str | None:
    token = request.cookies.get(COOKIE, "")
    return token if TOKEN.fullmatch(token) else None


def _refusal(status: int, sentence: str) -> web.Response:
    return web.json_response({"error": sentence}, status=status)


def _templates() -> jinja2.Environment:
    return jinja2.Environment(loader=jinja2.FileSystemLoader(PAGES), autoescape=True, undefined=jinja2.StrictUndefined)
