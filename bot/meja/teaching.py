# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Trying answers as a citizen would get them, and teaching the bot what it missed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from aiohttp import web
from sqlalchemy import Row

from bot import batch, learning, missed
from bot.app import App, clock
from bot.batch import Question
from bot.meja import accounts, audit
from bot.meja.access import Action, Officer
from bot.meja.site import SITE, back, db, form, need, page
from bot.missed import ELSEWHERE, State
from handlers.messages import Why
from handlers.missing import missed as minimised
from handlers.replies import LABELS
from handlers.trial_replies import intent
from index.decision import ASKABLE
from knowledge.model import AgencyId, Component, ServiceId
from tickets.steps import Refused

log = logging.getLogger("tanya.learning")

LESSONS: web.AppKey[Lessons] = web.AppKey("lessons")
RUNNERS_UP = 5


@dataclass
class Lessons:
    """The one lesson that may be running, since when, and what stopped the last."""

    task: asyncio.Task[None] | None = None
    since: datetime | None = None
    failed: str = ""

    @property
    def running(self) -> bool:
        return self.task is not None and not self.task.done()


def routes(desk: web.Application) -> None:
    desk[LESSONS] = Lessons()
    desk.on_shutdown.append(_stop)
    desk.router.add_get("/coba", _trial)
    desk.router.add_post("/coba", _judged)
    desk.router.add_get("/belum-terjawab", _missed)
    desk.router.add_get("/belum-terjawab/hasil", _result)
    desk.router.add_post("/belum-terjawab/usul", _propose)
    desk.router.add_post("/belum-terjawab/putusan", _decide)
    desk.router.add_post("/belum-terjawab/belajar", _learn)
    desk.router.add_post("/belum-terjawab/pakai", _use_anyway)
    desk.router.add_post("/belum-terjawab/kembali", _undo)


async def _stop(desk: web.Application) -> None:
    if (task := desk[LESSONS].task) and not task.done():
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


# Which card


def choices(app: App, agency: str | None) -> list[tuple[str, list[tuple[str, str]]]]:
    """The services an officer can choose from, by unit: (unit, [(id, title)])."""
    found = []
    for decree in app.catalogue.decrees:
        if agency in (None, decree.id):
            prefix = "" if agency else f"{decree.agency}: "
            for unit in decree.units:
                found.append((f"{prefix}{unit.name}", [(str(s.id), s.title) for s in unit.services]))
    return found


COMPONENTS = [(str(component), LABELS[component]) for component in ASKABLE]


def _chosen(app: App, fields: dict[str, str], who: Officer) -> tuple[str | None, str]:
    """Service and component of a form; raises Refused."""
    if fields.get("layanan") == ELSEWHERE:
        return None, ELSEWHERE
    known = {id for _, services in choices(app, who.agency) for id, _ in services}
    if fields.get("layanan") not in known or fields.get("bagian") not in {id for id, _ in COMPONENTS}:
        raise Refused("Pilih layanan dan bagian jawaban yang benar.")
    return fields["layanan"], fields["bagian"]


# Trying


async def _trial(request: web.Request) -> web.Response:
    """What a citizen would get, with what was understood; nothing of it is kept."""
    who, app = need(request, Action.USULKAN), request.app[SITE].app
    text = request.query.get("q", "").strip()[:1000]
    asked = request.query.get("kantor", "")
    agency = who.agency or app.settings.agency or (asked if asked in app.catalogue.agencies else None)
    tried: dict[str, Any] = {"turn": None}
    if text:
        tried = await asyncio.to_thread(_tried, app, text, agency)
    return page(
        request,
        "coba.html",
        text=text,
        agency=agency or "",
        offices=[(d.id, d.agency) for d in app.catalogue.decrees] if not (who.agency or app.settings.agency) else [],
        units=choices(app, who.agency),
        components=COMPONENTS,
        elsewhere=ELSEWHERE,
        **tried,
    )


def _tried(app: App, text: str, agency: str | None) -> dict[str, Any]:
    office = AgencyId(agency) if agency else None
    turn = batch.ask(app, Question(id="1", agency=office, turns=(text,)), clock())
    why = app.search.explain(text, [office] if office else app.catalogue.agencies, None)
    runners = [
        (app.catalogue.service(ServiceId(id)).title, app.catalogue.decree_of(ServiceId(id)).agency, round(100 * score))
        for id, score in why.services[:RUNNERS_UP]
    ]
    return {
        "turn": turn,
        "service": app.catalogue.service(turn.service).title if turn.service in _services(app) else "",
        "component": LABELS[turn.component] if turn.component else "",
        "words": " ".join(why.words),
        "intents": [(intent(name), round(100 * p)) for name, p in why.intents[:3]],
        "parts": [(_part(name), round(100 * p)) for name, p in why.components[:3]],
        "runners": runners,
    }


def _part(name: str) -> str:
    return LABELS[Component(name)] if name in set(Component) else "tidak disebut"


def _services(app: App) -> set[str]:
    return {str(service.id) for service in app.catalogue.services(None)}


async def _judged(request: web.Request) -> web.Response:
    """Each verdict becomes a proposal: with the card that was given, with the right one, or with none."""
    who, app, fields = need(request, Action.USULKAN), request.app[SITE].app, await form(request)
    text, now = fields.get("q", ""), clock()
    agency = who.agency or fields.get("kantor") or None
    told = minimised(text, Why.SALAH)
    if told is None or (agency and agency not in app.catalogue.agencies):
        raise Refused("Pertanyaannya kosong atau terlalu panjang untuk dipelajari.")
    verdict = fields.get("putusan")
    if verdict == "benar":
        office = AgencyId(agency) if agency else None
        turn = await asyncio.to_thread(batch.ask, app, Question(id="1", agency=office, turns=(told.text,)), now)
        if turn.service not in _services(app) or turn.component is None:
            raise back(f"/meja/coba?kantor={agency or ''}", "Terima kasih. Yang diingat hanya kartu jawaban.")
        told = replace(told, service=turn.service, component=turn.component)
    elif verdict == "tidak":
        told = replace(told, elsewhere=True)
    else:
        service, component = _chosen(app, fields, who)
        if service is None:
            told = replace(told, elsewhere=True)
        else:
            told = replace(told, service=ServiceId(service), component=Component(component))
    await db(request, lambda c: missed.note(c, agency, told, now, by=who.name))
    raise back(f"/meja/coba?kantor={agency or ''}", "Usulan disimpan dan menunggu persetujuan.")


# Teaching


async def _missed(request: web.Request) -> web.Response:
    who, app = need(request, Action.USULKAN), request.app[SITE].app
    groups, proposed, approved, reviewers = await db(
        request,
        lambda c: (
            missed.groups(c, who.agency),
            missed.in_state(c, State.DIUSULKAN, who.agency),
            missed.in_state(c, State.DISETUJUI, who.agency),
            _reviewers(accounts.officers(c, who.agency)),
        ),
    )
    return page(
        request,
        "belum-terjawab.html",
        groups=groups[:50],
        more=max(0, len(groups) - 50),
        proposed=proposed,
        approved=approved,
        own=lambda row: row.assigned_by == who.name and reviewers > 1,
        units=choices(app, who.agency),
        components=COMPONENTS,
        elsewhere=ELSEWHERE,
        card=lambda row: _card(app, row),
        **_lesson(request),
    )


def _reviewers(officers: Sequence[Officer]) -> int:
    return sum(officer.may(Action.SETUJUI) for officer in officers)


def _card(app: App, row: Row[Any]) -> str:
    if row.component == ELSEWHERE:
        return "di luar layanan: jangan dijawab dengan kartu"
    known = row.service in _services(app)
    title = app.catalogue.service(ServiceId(row.service)).title if known else row.service
    return f"{title}: {LABELS[Component(row.component)]}"


async def _result(request: web.Request) -> web.Response:
    """How the lesson is doing, for the page that renews itself."""
    need(request, Action.USULKAN)
    return page(request, "belum-terjawab-hasil.html", **_lesson(request))


def _lesson(request: web.Request) -> dict[str, Any]:
    app, lessons = request.app[SITE].app, request.app[LESSONS]
    seconds = int((clock() - lessons.since).total_seconds()) if lessons.since else 0
    last = learning.last(app)
    return {
        "running": lessons.running,
        "seconds": seconds,
        "failed": lessons.failed,
        "lesson": last,
        "compared": list(zip(last.before, last.after, strict=False)) if last else [],
        "can_undo": learning.can_undo(app),
        "can_go_live": learning.can_go_live(app),
    }


async def _propose(request: web.Request) -> web.Response:
    who, app = need(request, Action.USULKAN), request.app[SITE].app
    fields = await form(request)
    ids = [int(id) for id in fields.get("butir", "").split(",") if id.isdecimal()]
    if "abaikan" in fields:
        await db(request, lambda c: missed.ignore(c, ids, who.agency))
        raise back("/meja/belum-terjawab", "Diabaikan.")
    service, component = _chosen(app, fields, who)
    await db(request, lambda c: missed.propose(c, ids, service, component, who.name, who.agency))
    raise back("/meja/belum-terjawab", "Usulan disimpan dan menunggu persetujuan.")


async def _decide(request: web.Request) -> web.Response:
    """By another than who proposed it, unless nobody else may."""
    who, fields = need(request, Action.SETUJUI), await form(request)
    approved = fields.get("putusan") == "setuju"
    id = int(fields["butir"]) if fields.get("butir", "").isdecimal() else 0

    def work(c: Any) -> None:
        row = next((r for r in missed.in_state(c, State.DIUSULKAN, who.agency) if r.id == id), None)
        if row is None:
            raise Refused("Usulan itu sudah diputuskan.")
        if approved and row.assigned_by == who.name and _reviewers(accounts.officers(c, who.agency)) > 1:
            raise Refused("Usulan sendiri disetujui oleh rekan lain.")
        missed.decide(c, id, approved, who.agency)

    await db(request, work)
    raise back("/meja/belum-terjawab", "Disetujui." if approved else "Dikembalikan.")


async def _learn(request: web.Request) -> web.Response:
    who, lessons = need(request, Action.SETUJUI), request.app[LESSONS]
    if not lessons.running:
        await db(request, lambda c: audit.note(c, clock(), who.username, "belajar"))
        lessons.since, lessons.failed = clock(), ""
        lessons.task = asyncio.create_task(_lesson_of(request.app[SITE].app, lessons))
    raise back("/meja/belum-terjawab")


def _learn_all(app: App) -> None:
    """What is approved, of all offices: they answer from one search."""
    with app.engine.connect() as connection:
        rows = missed.in_state(connection, State.DISETUJUI, None)
    if rows:
        learning.run(app, rows, clock())


async def _lesson_of(app: App, lessons: Lessons) -> None:
    try:
        await asyncio.to_thread(_learn_all, app)
    except Exception as error:
        log.error("a lesson failed: %s", type(error).__name__)
        lessons.failed = "Pelajaran gagal; jawaban tetap seperti sebelumnya. Coba lagi, atau hubungi pengelola."


async def _use_anyway(request: web.Request) -> web.Response:
    who, app = need(request, Action.KANTOR), request.app[SITE].app
    lesson = learning.last(app)
    if lesson is None or not learning.can_go_live(app):
        raise Refused("Tidak ada yang menunggu untuk dipakai.")
    await asyncio.to_thread(learning.go_live, app, lesson)
    await db(request, lambda c: audit.note(c, clock(), who.username, "pelajaran dipakai"))
    raise back("/meja/belum-terjawab", "Sekarang dipakai.")


async def _undo(request: web.Request) -> web.Response:
    who, app = need(request, Action.SETUJUI), request.app[SITE].app
    if not learning.can_undo(app):
        raise Refused("Tidak ada pelajaran yang dapat dikembalikan.")
    await asyncio.to_thread(learning.undo, app)
    await db(request, lambda c: audit.note(c, clock(), who.username, "pelajaran dikembalikan"))
    raise back("/meja/belum-terjawab", "Kembali ke sebelum pelajaran terakhir.")
