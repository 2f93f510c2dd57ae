# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""The office's own affairs: people, calendar, notices, channels, canned replies, the month's report, what was done."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import yaml
from aiohttp import web
from sqlalchemy import delete, insert, select

from bot import spreadsheet, switches
from bot.app import CALENDARS, App, clock
from bot.meja import accounts, audit
from bot.meja.access import Action, Officer, Role
from bot.meja.accounts import BadAccount
from bot.meja.site import SITE, back, db, form, need, page
from bot.tables import account, canned
from handlers.messages import Channel
from handlers.replies import DAYS, MONTHS
from knowledge.model import AgencyId
from tickets import calendar, report, store
from tickets.calendar import BadCalendar
from tickets.report import By, Line, Report
from tickets.steps import Hours, Refused

CHANNELS = {Channel.WHATSAPP: "WhatsApp", Channel.TELEGRAM: "Telegram", Channel.COBA: "Halaman coba"}
LONGEST_TEXT = 1000
UPCOMING = 8
BAR = 420
"""Units of the longest bar of a chart."""


def routes(desk: web.Application) -> None:
    desk.router.add_get("/orang", _people)
    desk.router.add_post("/orang", _add_person)
    desk.router.add_post("/orang/{id}/{change}", _change_person)
    desk.router.add_get("/kantor", _office)
    desk.router.add_post("/kantor/pengumuman", _announce)
    desk.router.add_post("/kantor/saluran", _stop)
    desk.router.add_post("/kantor/kalender", _change_calendar)
    desk.router.add_post("/kantor/jawaban", _canned)
    desk.router.add_get("/laporan", _report)
    desk.router.add_get("/laporan/unduh", _download)
    desk.router.add_get("/catatan", _log)


# People


async def _people(request: web.Request) -> web.Response:
    return await _people_page(request, need(request, Action.ORANG))


async def _people_page(
    request: web.Request,
    who: Officer,
    error: str = "",
    link: str = "",
    of: str = "",
    kept: Mapping[str, str] | None = None,
) -> web.Response:
    app = request.app[SITE].app
    units = {d.id: [u.name for u in d.units] for d in app.catalogue.decrees if who.agency in (None, d.id)}
    return page(
        request,
        "orang.html",
        status=409 if error else 200,
        people=await db(request, lambda c: accounts.everybody(c, who.agency)),
        roles=Role,
        units=units,
        offices=[(d.id, d.agency) for d in app.catalogue.decrees] if who.agency is None else [],
        error=error,
        link=link,
        of=of,
        kept=kept or {},
    )


async def _add_person(request: web.Request) -> web.Response:
    who, fields, now = need(request, Action.ORANG), await form(request), clock()
    app = request.app[SITE].app
    agency = who.agency or fields.get("kantor") or None
    try:
        if fields.get("peran") not in set(Role) or (agency and agency not in app.catalogue.agencies):
            raise BadAccount("Pilih peran dan kantornya.")
        unit, role = _unit(app, agency, fields.get("unit", "")), Role(fields["peran"])

        def work(c: Any) -> str:
            id = accounts.create(c, fields.get("nama_masuk", ""), fields.get("nama", ""), agency, unit, role, now)
            audit.note(c, now, who.username, "akun dibuat", fields.get("nama_masuk", ""), role)
            return accounts.invite(c, id, now)

        token = await db(request, work)
    except BadAccount as bad:
        return await _people_page(request, who, str(bad), kept=fields)
    return await _people_page(request, who, link=_link(request, token), of=fields.get("nama", ""))


def _unit(app: App, agency: str | None, name: str) -> str | None:
    known = {u.name for d in app.catalogue.decrees if d.id == agency for u in d.units}
    return name if name in known else None


def _link(request: web.Request, token: str) -> str:
    public = request.app[SITE].app.settings.public_url
    return f"{public or f'{request.scheme}://{request.host}'}/meja/undangan/{token}"


async def _change_person(request: web.Request) -> web.Response:
    """A new link, another role, shut or opened; nobody does that to themselves, so that an admin always stays."""
    who, fields, now = need(request, Action.ORANG), await form(request), clock()
    change = request.match_info["change"]
    everybody = await db(request, lambda c: accounts.everybody(c, who.agency))
    person = next((row for row in everybody if str(row.id) == request.match_info["id"]), None)
    if person is None or change not in ("tautan", "tutup", "buka", "peran"):
        raise web.HTTPNotFound
    id = person.id
    if change in ("tutup", "peran") and id == who.id:
        raise Refused("Akun sendiri diubah oleh admin lain.")
    what, why = f"akun: {change}", fields.get("peran", "")
    await db(request, lambda c: audit.note(c, now, who.username, what, person.username, why))
    match change:
        case "tautan":
            token = await db(request, lambda c: accounts.invite(c, id, now))
            return await _people_page(request, who, link=_link(request, token), of=person.name)
        case "peran":
            if fields.get("peran") not in set(Role):
                raise Refused("Pilih perannya.")
            await db(request, lambda c: accounts.change_role(c, id, Role(fields["peran"]), person.unit))
        case _:
            await db(request, lambda c: accounts.disable(c, id, change == "tutup"))
    raise back("/meja/orang", "Disimpan.")


# The office


async def _office(request: web.Request) -> web.Response:
    return await _office_page(request, need(request, Action.KANTOR))


def _agency(request: web.Request, who: Officer, asked: str) -> AgencyId:
    """The office that is looked after: one's own, or the one that an admin of all has chosen."""
    app = request.app[SITE].app
    chosen = who.agency or app.settings.agency or asked
    return AgencyId(chosen) if chosen in app.catalogue.agencies else app.catalogue.agencies[0]


async def _office_page(request: web.Request, who: Officer) -> web.Response:
    app = request.app[SITE].app
    agency = _agency(request, who, request.query.get("kantor", ""))
    hours = app.hours[agency]
    today = clock().astimezone(hours.calendar.zone).date()
    stopped, said, texts = await db(
        request,
        lambda c: (
            {row.channel: row for row in switches.stopped(c, agency)},
            switches.said(c, agency),
            c.execute(select(canned).where(canned.c.agency == agency).order_by(canned.c.title)).all(),
        ),
    )
    holidays = [(day, h.name) for day, h in sorted(hours.calendar.holidays.items()) if day >= today][:UPCOMING]
    return page(
        request,
        "kantor.html",
        agency=agency,
        offices=[(d.id, d.agency) for d in app.catalogue.decrees] if not (who.agency or app.settings.agency) else [],
        channels=CHANNELS,
        stopped=stopped,
        banner=said,
        texts=texts,
        week=[
            (DAYS[day], [f"{s.start:%H.%M}–{s.end:%H.%M}" for s in hours.calendar.week.get(day, ())])
            for day in range(7)
        ],
        holidays=[(_day(day), name) for day, name in holidays],
        changes=[
            (n, _day(c["mulai"]), _day(c.get("sampai", c["mulai"])), c["alasan"], c.get("jam"))
            for n, c in enumerate(_own(app, agency).get("perubahan", []))
        ],
        until=_day(hours.calendar.covered_until),
        today=today,
    )


def _day(day: date) -> str:
    return f"{DAYS[day.weekday()]}, {day.day} {MONTHS[day.month - 1]} {day.year}"


async def _announce(request: web.Request) -> web.Response:
    who, fields = need(request, Action.KANTOR), await form(request)
    agency, text = _agency(request, who, fields.get("kantor", "")), fields.get("teks", "")
    if len(text) > 300:
        raise Refused("Pengumuman paling panjang 300 huruf: ia muncul di setiap jawaban.")
    await db(request, lambda c: switches.announce(c, agency, text))
    await db(request, lambda c: audit.note(c, clock(), who.username, "pengumuman", agency, text))
    raise back(f"/meja/kantor?kantor={agency}", "Pengumuman disimpan." if text else "Pengumuman dihapus.")


async def _stop(request: web.Request) -> web.Response:
    who, fields, now = need(request, Action.KANTOR), await form(request), clock()
    agency, channel = _agency(request, who, fields.get("kantor", "")), fields.get("saluran", "")
    reason = "" if "nyalakan" in fields else fields.get("alasan", "")
    if channel not in set(CHANNELS) or ("nyalakan" not in fields and len(reason) < 5):
        raise Refused("Tulis alasan menghentikan jawaban otomatis: warga membacanya.")
    await db(request, lambda c: switches.stop(c, channel, agency, reason, now))
    what = "saluran dihentikan" if reason else "saluran dinyalakan"
    await db(request, lambda c: audit.note(c, now, who.username, what, f"{agency} {channel}", reason))
    raise back(f"/meja/kantor?kantor={agency}", f"{CHANNELS[Channel(channel)]}: {what}.")


async def _canned(request: web.Request) -> web.Response:
    who, fields = need(request, Action.KANTOR), await form(request)
    agency = _agency(request, who, fields.get("kantor", ""))
    if fields.get("hapus", "").isdecimal():
        gone = (canned.c.id == int(fields["hapus"])) & (canned.c.agency == agency)
        await db(request, lambda c: c.execute(delete(canned).where(gone)))
        raise back(f"/meja/kantor?kantor={agency}", "Jawaban dihapus.")
    title, text = fields.get("judul", "")[:60], fields.get("teks", "")[:LONGEST_TEXT]
    if not title or not text:
        raise Refused("Isi judul dan jawabannya.")
    await db(request, lambda c: c.execute(insert(canned), {"agency": agency, "title": title, "text": text}))
    raise back(f"/meja/kantor?kantor={agency}", "Jawaban siap pakai disimpan.")


# The calendar: the office's own file, laid over the shipped one


def _path(app: App, agency: str) -> Path:
    return app.settings.home / "calendars" / f"{agency}.yaml"


def _own(app: App, agency: str) -> dict[str, Any]:
    path = _path(app, agency)
    return dict(yaml.safe_load(path.read_text("utf-8")) or {}) if path.exists() else {}


async def _change_calendar(request: web.Request) -> web.Response:
    """Add a dated change or take one back; every due date that it moves is counted anew at once."""
    who, fields, now = need(request, Action.KANTOR), await form(request), clock()
    app = request.app[SITE].app
    agency = _agency(request, who, fields.get("kantor", ""))
    own = _own(app, agency)
    changes: list[dict[str, Any]] = list(own.get("perubahan", []))
    if fields.get("hapus", "").isdecimal() and int(fields["hapus"]) < len(changes):
        told = changes.pop(int(fields["hapus"]))
    else:
        told = _change(fields)
        changes.append(told)
    await asyncio.to_thread(_save_calendar, app, agency, own | {"perubahan": changes}, now)
    why = f"{told['mulai']} {told['alasan']}"
    await db(request, lambda c: audit.note(c, now, who.username, "kalender diubah", agency, why))
    raise back(f"/meja/kantor?kantor={agency}", "Kalender disimpan; jatuh tempo yang berubah sudah dihitung ulang.")


def _change(fields: Mapping[str, str]) -> dict[str, Any]:
    """A change as the calendar's file has it; without hours the office is closed."""
    try:
        first = date.fromisoformat(fields.get("mulai", ""))
        last = date.fromisoformat(fields.get("sampai") or fields["mulai"])
    except ValueError:
        raise Refused("Isi tanggalnya.") from None
    if last < first or not fields.get("alasan"):
        raise Refused("Tanggal akhir tidak boleh sebelum tanggal mulai, dan alasannya perlu diisi.")
    change: dict[str, Any] = {"mulai": first, "sampai": last, "alasan": fields["alasan"][:100]}
    if opening := fields.get("jam", "").replace(".", ":").replace("–", "-"):
        segments = [part.strip() for part in opening.split(",")]
        change["jam"] = dict.fromkeys(("senin", "selasa", "rabu", "kamis", "jumat"), segments)
    return change


def _save_calendar(app: App, agency: AgencyId, content: Mapping[str, Any], now: datetime) -> None:
    """Write only what can be read back, then count with it; raises Refused."""
    written = yaml.safe_dump(dict(content), allow_unicode=True, sort_keys=False)
    path = _path(app, agency)
    with tempfile.TemporaryDirectory() as scratch:
        (Path(scratch) / path.name).write_text(written, "utf-8")
        try:
            made = calendar.load(agency, CALENDARS, Path(scratch))
        except BadCalendar as bad:
            raise Refused(f"Kalender tidak dapat dipakai. {bad}") from bad
    path.parent.mkdir(parents=True, exist_ok=True)
    path.with_suffix(".part").write_text(written, "utf-8")
    path.with_suffix(".part").rename(path)
    app.hours[agency] = Hours(made, app.hours[agency].rules)
    app.sweep.recount(now)


# The month


async def _report(request: web.Request) -> web.Response:
    who = need(request, Action.LAPORAN)
    agency, first, made = await _made(request, who)
    app = request.app[SITE].app
    most = max((line.on_time + line.late for line in made.groups[By.CLASS]), default=0) or 1
    return page(
        request,
        "laporan.html",
        agency=agency,
        offices=[(d.id, d.agency) for d in app.catalogue.decrees] if not (who.agency or app.settings.agency) else [],
        month=f"{first:%Y-%m}",
        title=f"{MONTHS[first.month - 1]} {first.year}",
        total=made.total,
        columns=spreadsheet.COLUMNS[1:],
        rows=list(spreadsheet.rows(made)),
        facts=[(name, value) for name, value in spreadsheet.facts(made) if value],
        bars=[(line.name.replace("_", " "), *_bar(line, most)) for line in made.groups[By.CLASS]],
    )


def _bar(line: Line, most: int) -> tuple[int, int, int, int]:
    return line.on_time, line.late, BAR * line.on_time // most, BAR * line.late // most


async def _made(request: web.Request, who: Officer) -> tuple[AgencyId, date, Report]:
    app = request.app[SITE].app
    agency = _agency(request, who, request.query.get("kantor", ""))
    zone = app.hours[agency].calendar.zone
    try:
        first = date.fromisoformat(f"{request.query.get('bulan', '')}-01")
    except ValueError:
        first = clock().astimezone(zone).date().replace(day=1)
    tickets = await db(request, lambda c: store.of_time(c, agency, *report.bounds(first, zone)))
    seen = [t for t in tickets if who.unit is None or t.unit == who.unit]
    titles = {str(s.id): s.title for s in app.catalogue.services(None)}
    return agency, first, report.named(report.month(seen, first, zone), By.SERVICE, lambda id: titles.get(id, id))


async def _download(request: web.Request) -> web.StreamResponse:
    who = need(request, Action.LAPORAN)
    agency, first, made = await _made(request, who)
    await db(request, lambda c: audit.note(c, clock(), who.username, "laporan diunduh", f"{agency} {first:%Y-%m}"))
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "laporan.xlsx"
        await asyncio.to_thread(_workbook, made, path)
        body = path.read_bytes()
    name = f"laporan-{agency}-{first:%Y-%m}.xlsx"
    return web.Response(
        body=body,
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _workbook(made: Report, path: Path) -> None:
    from bot import workbook  # takes its time, and is needed here alone

    workbook.save(made, path)


# What was done


async def _log(request: web.Request) -> web.Response:
    """The latest entries; of an office alone, those of its own people."""
    who = need(request, Action.CATATAN)
    rows, broken, own = await db(request, lambda c: (audit.latest(c), audit.broken(c), _usernames(c, who.agency)))
    shown: Sequence[Any] = rows if who.agency is None else [row for row in rows if row.who in own]
    return page(request, "catatan.html", rows=shown, broken=broken)


def _usernames(connection: Any, agency: str | None) -> set[str]:
    return set(connection.execute(select(account.c.username).where(account.c.agency == agency)).scalars())
