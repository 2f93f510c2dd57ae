# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""The queue, by time left, and a ticket with all that can be done to it; a call for a person is a live talk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from aiohttp import web
from sqlalchemy import ColumnElement, Connection, select

from bot import mailbox, media
from bot.app import clock
from bot.media import BadAttachment
from bot.meja import accounts, audit
from bot.meja.access import Action, Officer
from bot.meja.site import SITE, back, db, form, need, officer, page
from bot.tables import State, canned, outbox
from bot.whatsapp import WINDOW
from handlers import casework, filing, ticket_replies
from handlers.casework import Done
from handlers.desk import hours_of
from handlers.messages import Channel
from knowledge.model import AgencyId, ServiceId
from tickets import store
from tickets.model import (
    CITIZEN,
    CLOSED,
    STEPS,
    SYSTEM,
    Attachment,
    Class,
    Identity,
    Kind,
    Status,
    Step,
    Target,
    Ticket,
)
from tickets.number import is_number, numbers_in
from tickets.steps import Hours, Refused

EXCERPT = 160
SHOWN = 50


class View(StrEnum):
    """What the queue shows."""

    TERBUKA = "terbuka"
    SAYA = "saya"
    PERCAKAPAN = "percakapan"
    TERLAMBAT = "terlambat"
    SELESAI = "selesai"


VIEWS = {
    View.TERBUKA: "Terbuka",
    View.SAYA: "Tugas saya",
    View.PERCAKAPAN: "Minta petugas",
    View.TERLAMBAT: "Terlambat",
    View.SELESAI: "Selesai",
}


@dataclass(frozen=True)
class Event:
    """One line of what happened: who said or did it, in words; `side` is theirs, ours, office (a note) or system."""

    at: datetime
    side: str
    who: str
    what: str
    text: str = ""
    attachments: tuple[Attachment, ...] = ()


def routes(desk: web.Application) -> None:
    desk.router.add_get("", _queue)
    desk.router.add_get("/antrean", _queue_list)
    desk.router.add_get("/tiket/{number}", _ticket_page)
    desk.router.add_get("/tiket/{number}/riwayat", _history)
    desk.router.add_get("/tiket/{number}/lampiran/{path}", _attachment)
    desk.router.add_post("/tiket/{number}/identitas", _identity)
    desk.router.add_post("/tiket/{number}/{step}", _step)


# The queue


async def _queue(request: web.Request) -> web.Response:
    return await _listed(request, "antrean.html")


async def _queue_list(request: web.Request) -> web.Response:
    """The list alone, for the page that renews itself."""
    return await _listed(request, "antrean-daftar.html")


async def _listed(request: web.Request, template: str) -> web.Response:
    who, query = need(request, Action.LIHAT), request.query
    view = View(query["tampil"]) if query.get("tampil") in set(View) else View.TERBUKA
    search, unit, at = query.get("q", "").strip(), query.get("bagian", ""), _page(query.get("hal", ""))
    now = clock()
    tickets = await db(request, lambda c: store.of_agency(c, who.agency, closed=view is View.SELESAI or bool(search)))
    seen = [t for t in tickets if who.may_with(Action.LIHAT, t)]
    units = sorted({t.unit for t in seen if t.unit})
    counts = {v: sum(_shown(t, v, who, now) for t in seen) for v in View if v is not View.SELESAI}
    found = [t for t in seen if (not unit or t.unit == unit) and _matches(t, search, view, who, now)]
    if search and is_number(number := next(iter(numbers_in(search)), "")) and any(t.number == number for t in found):
        raise web.HTTPSeeOther(f"/meja/tiket/{number}")
    found.sort(key=_urgency if view is not View.SELESAI else lambda t: -t.since.timestamp())
    return page(
        request,
        template,
        view=view,
        views=VIEWS,
        counts=counts,
        units=units,
        unit=unit,
        search=search,
        tickets=found[(at - 1) * SHOWN : at * SHOWN],
        total=len(found),
        at=at,
        pages=-(-len(found) // SHOWN),
        names=ticket_replies.NAMES,
        excerpt=_excerpt,
        state=_state,
    )


def _page(text: str) -> int:
    return int(text) if text.isdecimal() and 0 < int(text) < 10_000 else 1


def _shown(ticket: Ticket, view: View, who: Officer, now: datetime) -> bool:
    match view:
        case View.TERBUKA:
            return ticket.status not in CLOSED
        case View.SAYA:
            return ticket.status not in CLOSED and ticket.officer == who.name
        case View.PERCAKAPAN:
            return ticket.kind is Kind.PETUGAS and ticket.status not in CLOSED
        case View.TERLAMBAT:
            return ticket.due is not None and ticket.due < now
        case View.SELESAI:
            return ticket.status in CLOSED


def _matches(ticket: Ticket, search: str, view: View, who: Officer, now: datetime) -> bool:
    """A search looks everywhere, in open and closed ones."""
    if not search:
        return _shown(ticket, view, who, now)
    told = " ".join((ticket.number, ticket.text, ticket.unit or "", ticket.officer or "", ticket.answer)).casefold()
    return all(word in told for word in search.casefold().split())


def _urgency(ticket: Ticket) -> tuple[bool, float]:
    """By time left; what has no due date comes after, oldest first."""
    moment = ticket.due or ticket.since
    return ticket.due is None, moment.timestamp()


def _excerpt(ticket: Ticket) -> str:
    text = " ".join(ticket.text.split())
    return text if len(text) <= EXCERPT else f"{text[:EXCERPT].rstrip()}…"


def _state(ticket: Ticket) -> str:
    """The state in an officer's words: who has it, or that nobody has."""
    match ticket.status:
        case Status.DITUGASKAN | Status.DIPROSES if ticket.officer:
            verb = "berbicara dengan" if ticket.talking else "ditangani"
            return f"{verb} {ticket.officer}"
        case Status.DITERIMA | Status.DIKLASIFIKASI | Status.DIBUKA_KEMBALI:
            return f"{ticket.status}, belum ada petugas" if ticket.officer is None else str(ticket.status)
    return str(ticket.status)


# A ticket


async def _ticket_page(request: web.Request) -> web.Response:
    who, ticket = await _found(request, Action.LIHAT)
    return await _shown_ticket(request, who, ticket)


async def _found(request: web.Request, action: Action) -> tuple[Officer, Ticket]:
    """The ticket asked for; 404 where it is not theirs to see, so that nothing tells whether there is one."""
    who, number = officer(request), request.match_info["number"]
    ticket = await db(request, lambda c: store.find(c, number))
    if ticket is None or not who.may_with(Action.LIHAT, ticket):
        raise web.HTTPNotFound
    if not who.may_with(action, ticket):
        raise web.HTTPForbidden
    return who, ticket


async def _shown_ticket(
    request: web.Request,
    who: Officer,
    ticket: Ticket,
    error: str = "",
    kept: Mapping[str, str] | None = None,
    identity: str = "",
) -> web.Response:
    """The page; after a refusal with `error`, and with what was typed still in its form."""
    app = request.app[SITE].app
    agency = ticket.agency or who.agency
    hours = hours_of(app.hours, ticket.agency)
    colleagues = await db(request, lambda c: accounts.officers(c, ticket.agency))
    texts = await db(request, lambda c: c.execute(select(canned).where(_ours(agency))).all())
    why = filing.explanation(ticket, hours)
    units = [u.name for u in app.catalogue.decree(AgencyId(agency)).units] if agency in app.catalogue.agencies else []
    service = app.catalogue.service(ServiceId(ticket.service)).title if ticket.service else ""
    delivery = await db(request, lambda c: _delivery(c, ticket, clock()))
    return page(
        request,
        "tiket.html",
        status=409 if error else 200,
        ticket=ticket,
        events=_events(ticket),
        explained=ticket_replies.explained(why, ticket.cls or "yang belum diklasifikasi") if why else [],
        service=service,
        units=[unit for unit in units if unit != ticket.unit],
        colleagues=[c for c in colleagues if c.may_with(Action.TANGANI, ticket)],
        classes=Class,
        class_names=ticket_replies.CLASSES,
        names=ticket_replies.NAMES,
        state=_state,
        allowed={step.name for step, states in STEPS.items() if ticket.status in states},
        acts=who.may_with(Action.TANGANI, ticket),
        mine=ticket.officer == who.name,
        assigns=who.may_with(Action.TUGASKAN, ticket),
        sees=who.may_with(Action.IDENTITAS, ticket),
        identity=identity,
        person=_person(ticket, identity),
        is_secret=ticket.identity is Identity.RAHASIA,
        first=ticket.running(Target.INFORMASI_AWAL),
        texts=texts,
        delivery=delivery,
        error=error,
        kept=kept or {},
        picture=_is_picture,
    )


def _delivery(connection: Connection, ticket: Ticket, now: datetime) -> list[str]:
    """What an officer should know of the way to this citizen: what did not arrive, and how long it is open."""
    if not ticket.sender:
        return []
    letters = (outbox.c.channel == ticket.channel) & (outbox.c.recipient == ticket.sender)
    stuck = select(outbox.c.state).where(letters, outbox.c.state.in_([State.HELD, State.FAILED]))
    states = list(connection.execute(stuck).scalars())
    told = []
    if held := states.count(State.HELD):
        told.append(f"{held} pesan menunggu sampai warga menulis lagi")
    if failed := states.count(State.FAILED):
        told.append(f"{failed} pesan tidak sampai: nomornya tidak dapat dikirimi")
    if ticket.channel == Channel.WHATSAPP:
        wrote = mailbox.wrote_at(connection, ticket.channel, ticket.sender)
        remaining = wrote + WINDOW - now if wrote else timedelta()
        hours = int(remaining.total_seconds() // 3600)
        told.append(f"jendela WhatsApp {hours} jam lagi" if remaining > timedelta() else "jendela WhatsApp tertutup")
    return told


def _ours(agency: str | None) -> ColumnElement[bool]:
    return canned.c.agency.is_(None) | (canned.c.agency == agency)


async def _history(request: web.Request) -> web.Response:
    """What happened alone, for the page that renews itself."""
    _, ticket = await _found(request, Action.LIHAT)
    return page(request, "tiket-riwayat.html", ticket=ticket, events=_events(ticket), picture=_is_picture)


def _is_picture(attachment: Attachment) -> bool:
    return attachment.media_type.startswith("image/")


def _person(ticket: Ticket, identity: str) -> str:
    """Who it came from, as far as it is shown: never a whole number but to whom it was opened."""
    if ticket.identity is Identity.ANONIM or not ticket.sender:
        return "tanpa nama"
    if ticket.identity is Identity.RAHASIA:
        return identity or "dirahasiakan"
    shown = f"…{ticket.sender[-4:]}"
    return f"{ticket.channel} {shown}" + (f", kontak {ticket.contact}" if ticket.contact else "")


def _events(ticket: Ticket) -> list[Event]:
    """History and notes together, in order of time: what was said by whom, and what was done."""
    first = Event(ticket.received, "theirs", "Pelapor", "", ticket.text, ticket.attachments)
    events = [Event(n.received, "theirs", "Pelapor", "", n.text, n.attachments) for n in ticket.notes]
    answers = [ticket.answer] * (ticket.status is not Status.BUKAN_WEWENANG)
    for entry in reversed(ticket.history):
        said = (Step.PESAN, Step.TANYA, Step.INFORMASI_AWAL)
        if entry.step is Step.JAWAB:
            text = answers.pop() if answers else ""
            events.append(Event(entry.at, "ours", entry.by, "Jawaban", text))
        elif entry.step in said:
            what = {Step.TANYA: "Pertanyaan", Step.INFORMASI_AWAL: "Informasi awal"}.get(entry.step, "")
            events.append(Event(entry.at, "ours", entry.by, what, entry.why, entry.attachments))
        elif entry.step is Step.CATAT:
            events.append(Event(entry.at, "office", entry.by, "Catatan, hanya untuk kantor", entry.why))
        elif entry.step is not Step.TERIMA:
            who = {CITIZEN: "pelapor", SYSTEM: "sistem"}.get(entry.by, entry.by)
            what = f"{entry.step}{f': {entry.why}' if entry.why else ''}"
            events.append(Event(entry.at, "system", who, what))
    return [first, *sorted(events, key=lambda event: event.at)]


async def _attachment(request: web.Request) -> web.StreamResponse:
    """A file of this ticket; never run, never guessed at."""
    _, ticket = await _found(request, Action.LIHAT)
    path = request.match_info["path"]
    later = (*(n.attachments for n in ticket.notes), *(e.attachments for e in ticket.history))
    kept = (*ticket.attachments, *(attachment for several in later for attachment in several))
    found = next((a for a in kept if a.path == path), None)
    file = request.app[SITE].app.settings.media / path
    if found is None or not file.is_file():
        raise web.HTTPNotFound
    headers = {"Content-Disposition": f'attachment; filename="{found.path}"', "Content-Type": found.media_type}
    return web.FileResponse(file, headers=headers)


async def _identity(request: web.Request) -> web.Response:
    """Open a secret reporter's identity to a named role, once, with a reason that is kept."""
    who, ticket = await _found(request, Action.IDENTITAS)
    why = (await form(request)).get("alasan", "")
    if len(why) < 5:
        return await _shown_ticket(request, who, ticket, "Tulis alasan mengapa identitas perlu dilihat.")
    await db(request, lambda c: audit.note(c, clock(), who.username, "identitas dilihat", ticket.number, why))
    shown = f"{ticket.channel} {ticket.sender}" + (f", kontak {ticket.contact}" if ticket.contact else "")
    return await _shown_ticket(request, who, ticket, identity=shown)


# Steps


async def _step(request: web.Request) -> web.Response:
    """Take a step; a refusal shows the ticket as it is now, with what was typed kept."""
    name, fields = request.match_info["step"], await form(request)
    take = TAKEN.get(name)
    if take is None:
        raise web.HTTPNotFound
    action = Action.TUGASKAN if name == "tugaskan" else Action.TANGANI
    who, ticket = await _found(request, action)
    hours, now = hours_of(request.app[SITE].app.hours, ticket.agency), clock()
    seen = fields.get("versi", "")
    try:
        taken = await _with_file(request, take) if name == "kata" else take
        if name not in ALWAYS and seen != str(ticket.version):
            raise Refused(f"{ticket.number} baru saja berubah. Lihat keadaannya di bawah, lalu kirim lagi.")

        def work(connection: Connection) -> None:
            mailbox.carry_out(connection, taken(connection, ticket, fields, who, now, hours), now)

        await db(request, work)
    except Refused as refusal:
        now_is = await db(request, lambda c: store.find(c, ticket.number))
        return await _shown_ticket(request, who, now_is or ticket, str(refusal), fields)
    await request.app[SITE].announce()
    after = await db(request, lambda c: store.find(c, ticket.number))
    theirs = after is not None and who.may_with(Action.LIHAT, after)
    raise back(f"/meja/tiket/{ticket.number}" if theirs else "/meja", SAID[name])


async def _with_file(request: web.Request, take: Take) -> Take:
    """Saying something, with the photo or document that came along; raises Refused."""
    file = (await request.post()).get("berkas")
    if not isinstance(file, web.FileField) or not file.filename:
        return take
    content = await asyncio.to_thread(file.file.read)
    try:
        kept = await asyncio.to_thread(media.keep, request.app[SITE].app.settings.media, file.filename, content)
    except BadAttachment as bad:
        raise Refused(str(bad)) from bad

    def say(c: Connection, t: Ticket, f: Mapping[str, str], who: Officer, now: datetime, hours: Hours) -> Done:
        return casework.say(t, f.get("teks", ""), who.name, now, kept)

    return say


Take = Callable[[Connection, Ticket, Mapping[str, str], Officer, datetime, Hours], Done]


def _take(c: Connection, t: Ticket, f: Mapping[str, str], who: Officer, now: datetime, hours: Hours) -> Done:
    return casework.take(t, who.name, now, hours)


def _say(c: Connection, t: Ticket, f: Mapping[str, str], who: Officer, now: datetime, hours: Hours) -> Done:
    return casework.say(t, f.get("teks", ""), who.name, now)


def _end(c: Connection, t: Ticket, f: Mapping[str, str], who: Officer, now: datetime, hours: Hours) -> Done:
    return casework.end(t, who.name, now)


def _settle(c: Connection, t: Ticket, f: Mapping[str, str], who: Officer, now: datetime, hours: Hours) -> Done:
    return casework.settle(t, who.name, now)


def _classify(c: Connection, t: Ticket, f: Mapping[str, str], who: Officer, now: datetime, hours: Hours) -> Done:
    if f.get("kelas") not in set(Class):
        raise Refused("Pilih klasifikasinya.")
    return casework.classify(t, Class(f["kelas"]), who.name, now, hours, f.get("alasan", ""))


def _assign(c: Connection, t: Ticket, f: Mapping[str, str], who: Officer, now: datetime, hours: Hours) -> Done:
    chosen = next((o for o in accounts.officers(c, t.agency) if o.username == f.get("petugas")), None)
    if chosen is None or not chosen.may_with(Action.TANGANI, t):
        raise Refused("Pilih petugas yang menangani.")
    return casework.assign(t, chosen.name, who.name, now)


def _inform(c: Connection, t: Ticket, f: Mapping[str, str], who: Officer, now: datetime, hours: Hours) -> Done:
    if not f.get("teks"):
        raise Refused("Tulis dulu informasinya.")
    return casework.inform(t, f["teks"], who.name, now, hours)


def _ask(c: Connection, t: Ticket, f: Mapping[str, str], who: Officer, now: datetime, hours: Hours) -> Done:
    return casework.ask(t, f.get("teks", ""), who.name, now, hours)


def _answer(c: Connection, t: Ticket, f: Mapping[str, str], who: Officer, now: datetime, hours: Hours) -> Done:
    return casework.answer(t, f.get("teks", ""), who.name, now, hours)


def _refer(c: Connection, t: Ticket, f: Mapping[str, str], who: Officer, now: datetime, hours: Hours) -> Done:
    return casework.refer(t, f.get("instansi", ""), who.name, now, hours)


def _transfer(c: Connection, t: Ticket, f: Mapping[str, str], who: Officer, now: datetime, hours: Hours) -> Done:
    return casework.transfer(t, f.get("bagian", ""), who.name, now)


def _merge(c: Connection, t: Ticket, f: Mapping[str, str], who: Officer, now: datetime, hours: Hours) -> Done:
    number = next(iter(numbers_in(f.get("nomor", ""))), "")
    parent = store.find(c, number)
    if parent is None or not who.may_with(Action.TANGANI, parent):
        raise Refused("Nomor pengaduan yang dituju tidak ditemukan.")
    return casework.merge(t, parent, who.name, now, hours)


def _remark(c: Connection, t: Ticket, f: Mapping[str, str], who: Officer, now: datetime, hours: Hours) -> Done:
    return casework.remark(t, f.get("teks", ""), who.name, now)


TAKEN: Mapping[str, Take] = {
    "ambil": _take, "kata": _say, "akhiri": _end, "klasifikasi": _classify, "tugaskan": _assign, "informasi": _inform,
    "tanya": _ask, "jawab": _answer, "teruskan": _refer, "alihkan": _transfer, "gabung": _merge, "catat": _remark,
    "selesai": _settle,
}  # fmt: skip
ALWAYS = ("kata", "akhiri", "catat")
"""Steps that need not wait until the citizen's last word was read."""

SAID = {
    "ambil": "Sekarang tugas Bapak/Ibu.",
    "kata": "",
    "akhiri": "Percakapan diakhiri; bot menjawab lagi.",
    "selesai": "Dinyatakan selesai.",
    "klasifikasi": "Klasifikasi disimpan, pelapor diberi tahu.",
    "tugaskan": "Petugas ditetapkan.",
    "informasi": "Informasi awal terkirim.",
    "tanya": "Pertanyaan terkirim; waktu berhenti sampai dijawab.",
    "jawab": "Jawaban terkirim kepada pelapor.",
    "teruskan": "Pelapor diberi tahu ke mana diteruskan.",
    "alihkan": "Dialihkan ke bagian lain.",
    "gabung": "Digabung; pelapor diberi tahu.",
    "catat": "Catatan disimpan.",
}
