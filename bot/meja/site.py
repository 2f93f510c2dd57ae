# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""What all pages of the desk share: who is asking, forms that only they can send, and how a page is made."""

from __future__ import annotations

import asyncio
import hmac
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import jinja2
from aiohttp import web
from aiohttp.typedefs import Handler
from sqlalchemy import Connection

from bot.app import App, clock
from bot.media import MOST_BYTES
from bot.meja import accounts
from bot.meja.access import Action, Officer
from bot.meja.accounts import BadAccount, Brake, Session
from handlers import replies, ticket_replies
from handlers.desk import hours_of
from knowledge.model import AgencyId
from tickets.steps import Refused

log = logging.getLogger("tanya.meja")

T = TypeVar("T")
PAGES = Path(__file__).parent.parent / "pages"
OPEN = ("/meja/masuk", "/meja/undangan")
"""Pages for who is not logged in."""

MOST_FORM = MOST_BYTES + 256 * 1024
SOON = timedelta(hours=24)


@dataclass
class Site:
    """`announce` tells those who deliver that there is something new; `brake` counts by account, `gate` by address."""

    app: App
    announce: Callable[[], Awaitable[None]]
    brake: Brake = field(default_factory=lambda: Brake(time.monotonic))
    gate: Brake = field(default_factory=lambda: Brake(time.monotonic, accounts.TRIES_HERE))

    @property
    def secure(self) -> bool:
        """Whether the office has a public address with TLS, so that the cookie may ask for it."""
        return self.app.settings.public_url.startswith("https://")

    @property
    def cookie(self) -> str:
        return "__Host-meja" if self.secure else "meja"


SITE: web.AppKey[Site] = web.AppKey("site", Site)
SESSION: web.RequestKey[Session] = web.RequestKey("session", Session)


def application(app: App, announce: Callable[[], Awaitable[None]]) -> web.Application:
    """An application to be put under `/meja`; its pages' routes are added by the modules beside this one."""
    desk = web.Application(middlewares=[_errors, _guarded], client_max_size=MOST_FORM)
    desk[SITE] = Site(app, announce)
    return desk


async def db(request: web.Request, work: Callable[[Connection], T]) -> T:
    """Run `work` in one transaction, off the loop."""

    def run() -> T:
        with request.app[SITE].app.engine.begin() as connection:
            return work(connection)

    return await asyncio.to_thread(run)


def session(request: web.Request) -> Session:
    return request[SESSION]


def officer(request: web.Request) -> Officer:
    return session(request).officer


def need(request: web.Request, action: Action) -> Officer:
    """Who is asking, if their role may do that at all; 403 else."""
    who = officer(request)
    if not who.may(action):
        raise web.HTTPForbidden
    return who


async def form(request: web.Request) -> dict[str, str]:
    """The fields of a posted form as text, trimmed."""
    fields = await request.post()
    return {name: value.strip() for name, value in fields.items() if isinstance(value, str)}


# Who is asking


@web.middleware
async def _guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
    """No page without a session, no change without the form's own token and our own address as its origin."""
    token = request.cookies.get(request.app[SITE].cookie, "")
    found = await db(request, lambda c: accounts.current(c, token, clock())) if token else None
    if found is not None:
        request[SESSION] = found
    changes = request.method not in ("GET", "HEAD")
    if changes and not _own_origin(request):
        raise web.HTTPForbidden
    if request.path.startswith(OPEN):
        return await handler(request)
    if found is None:
        raise web.HTTPSeeOther("/meja/masuk" if changes else f"/meja/masuk?ke={quote(request.path)}")
    if not found.verified and request.path not in ("/meja/kode", "/meja/keluar"):
        raise web.HTTPSeeOther("/meja/kode")
    if changes:
        given = (await form(request)).get("formulir", "")
        if not hmac.compare_digest(given.encode(), found.form_token.encode()):
            raise web.HTTPForbidden
    return await handler(request)


def _own_origin(request: web.Request) -> bool:
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.host


@web.middleware
async def _errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A neutral page for what went wrong; details are in the log, by id."""
    try:
        return await handler(request)
    except (Refused, BadAccount) as refusal:
        return page(request, "galat.html", status=409, title="Belum dapat dilakukan", text=str(refusal))
    except web.HTTPForbidden:
        text = "Halaman atau tindakan ini tidak tersedia untuk akun Bapak/Ibu. Muat ulang halaman, lalu coba lagi."
        return page(request, "galat.html", status=403, title="Tidak diizinkan", text=text)
    except web.HTTPNotFound:
        text = "Halaman itu tidak ada, atau bukan bagian Bapak/Ibu."
        return page(request, "galat.html", status=404, title="Tidak ditemukan", text=text)
    except web.HTTPRequestEntityTooLarge:
        return page(request, "galat.html", status=413, title="Terlalu panjang", text="Ringkas isinya, lalu kirim lagi.")
    except web.HTTPException:
        raise
    except Exception as error:
        id = secrets.token_hex(4)
        # Where it happened and the error's type only: its text may hold what a citizen wrote.
        trace = error.__traceback__
        while trace and trace.tb_next:
            trace = trace.tb_next
        place = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else ""
        route = request.match_info.route.resource
        log.error("page %s failed, id %s: %s at %s", route and route.canonical, id, type(error).__name__, place)
        text = f"Ada gangguan pada sistem. Coba lagi; bila terulang, sebutkan kode {id} kepada pengelola."
        return page(request, "galat.html", status=500, title="Gangguan", text=text)


# Pages


def page(request: web.Request, template: str, status: int = 200, **values: Any) -> web.Response:
    site = request.app[SITE]
    now = clock()
    found: Session | None = request.get(SESSION)
    zone = zone_of(site.app, found.officer.agency if found else None)
    common: dict[str, Any] = {
        "session": found if found and found.verified else None,
        "officer": found.officer if found else None,
        "may": found.officer.may if found else lambda action: False,
        "Action": Action,
        "path": request.path,
        "info": request.query.get("info", ""),
        "when": lambda moment: when(moment, zone),
        "left": lambda due: left(due, now),
        "agency_name": lambda agency: agency_name(site.app, agency),
    }
    text = _templates().get_template(f"meja/{template}").render(common | values)
    response = web.Response(text=text, status=status, content_type="text/html")
    if site.secure:
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    return response


def back(where: str, info: str = "") -> web.HTTPSeeOther:
    """After a change: the page again, with a word on what was done."""
    return web.HTTPSeeOther(f"{where}{'&' if '?' in where else '?'}info={quote(info)}" if info else where)


def log_in_with(request: web.Request, response: web.HTTPException, token: str) -> None:
    site = request.app[SITE]
    response.set_cookie(site.cookie, token, httponly=True, samesite="Lax", secure=site.secure, path="/")


def zone_of(app: App, agency: str | None) -> tzinfo:
    return hours_of(app.hours, agency).calendar.zone


def agency_name(app: App, agency: str | None) -> str:
    return app.catalogue.decree(AgencyId(agency)).agency if agency in app.catalogue.agencies else "Semua kantor"


def when(moment: datetime | None, zone: tzinfo) -> str:
    if moment is None:
        return "–"
    local = moment.astimezone(zone)
    return f"{replies.day_and_time(local)} {ticket_replies.zone(local)}"


def left(due: datetime | None, now: datetime) -> Mapping[str, str]:
    """How a due date looks in a list: a word for its urgency, and the time left or over, in words."""
    if due is None:
        return {"level": "none", "text": "tanpa batas waktu"}
    span = abs(due - now)
    hours, minutes = int(span.total_seconds() // 3600), int(span.total_seconds() // 60)
    size = f"{span.days} hari" if span.days > 1 else f"{hours} jam" if hours else f"{minutes} menit"
    if due < now:
        return {"level": "late", "text": f"terlambat {size}"}
    return {"level": "soon" if span < SOON else "calm", "text": f"{size} lagi"}


@cache
def _templates() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(PAGES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
