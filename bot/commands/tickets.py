# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Complaints: when one falls due, which are open, what happened to one, and the month's report."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Sequence
from datetime import date, datetime

from rich.markup import escape
from rich.table import Column, Table

from bot import spreadsheet
from bot.app import App, clock
from bot.commands import BadArguments, out
from handlers import promises, ticket_replies
from knowledge.model import AgencyId, ServiceId
from tickets import clock as working_time
from tickets import report, store
from tickets.calendar import Calendar
from tickets.clock import Pause
from tickets.model import Target, Ticket
from tickets.number import is_number, numbers_in
from tickets.report import By, Report

BAR = 40
"""Signs of the longest bar."""


def due(app: App, options: Namespace) -> int:
    """Print when a promise falls due, and why, as JSON."""
    agency = AgencyId(options.agency)
    service = _service(app, agency, options.service)
    hours = app.hours[_known(app, agency)]
    if options.name not in promises.NAMES:
        raise BadArguments(f"Kelas '{options.name}' tidak dikenal. Pilihan: {', '.join(promises.NAMES)}.")
    promise = promises.promise(options.name, agency, service, app.catalogue, hours.rules)
    if promise is None:
        raise BadArguments(f"{app.catalogue.decree(agency).title} tidak menjanjikan {options.name.replace('_', ' ')}.")
    received = _moment(options.received, hours.calendar)
    pauses = [_pause(text, hours.calendar) for text in options.pause]
    why = working_time.explain(promise, received, hours.calendar, pauses, hours.rules.day_zero)
    exact = "seconds" if why.due.second else "minutes"
    explained = ticket_replies.explained(why, options.name)
    print(json.dumps({"due": why.due.isoformat(timespec=exact), "explained": explained}, ensure_ascii=False, indent=1))
    return 0


def list_open(app: App, options: Namespace) -> int:
    with app.engine.connect() as connection:
        tickets = store.of_agency(connection, app.settings.agency, closed=options.semua)
    if not tickets:
        out.print("Belum ada pengaduan." if options.semua else "Tidak ada pengaduan yang terbuka.")
        return 0
    fixed = ("nomor", "jenis", "klasifikasi", "keadaan", "diterima", "jatuh tempo")
    table = Table(*(Column(name, no_wrap=True) for name in fixed), "unit", "petugas")
    now = clock()
    for ticket in tickets:
        late = ticket.due is not None and ticket.due < now
        table.add_row(
            ticket.number,
            str(ticket.kind),
            (ticket.cls or "").replace("_", " "),
            str(ticket.status),
            _at(app, ticket, ticket.received),
            f"[red]{_at(app, ticket, ticket.due)}[/]" if late else _at(app, ticket, ticket.due),
            escape(ticket.unit or ""),
            escape(ticket.officer or ""),
        )
    out.print(table)
    out.print(f"{len(tickets)} pengaduan, {sum(bool(t.due and t.due < now) for t in tickets)} terlambat.")
    return 0


def show(app: App, options: Namespace) -> int:
    number = next(iter(numbers_in(options.number)), options.number)
    if not is_number(number):
        raise BadArguments(f"{options.number} bukan nomor pengaduan yang benar. Contoh: ADU-2611-7K3F9.")
    with app.engine.connect() as connection:
        ticket = store.find(connection, number)
    if ticket is None or (app.settings.agency and ticket.agency not in (None, app.settings.agency)):
        raise BadArguments(f"{number} tidak ada. Lihat yang ada: tanya tickets list --semua")
    _print(app, ticket)
    return 0


def report_month(app: App, options: Namespace) -> int:
    agencies = app.catalogue.agencies
    zone = app.hours[app.settings.agency or agencies[0]].calendar.zone
    begin, end = report.bounds(options.month, zone)
    with app.engine.connect() as connection:
        tickets = store.of_time(connection, app.settings.agency, begin, end)
    made = report.named(report.month(tickets, options.month, zone), By.SERVICE, lambda id: _title(app, id))
    _print_report(made)
    if options.csv:
        spreadsheet.save_csv(made, options.csv)
    if options.xlsx:
        from bot import workbook  # takes its time, and is needed here alone

        workbook.save(made, options.xlsx)
    for path in filter(None, (options.csv, options.xlsx)):
        out.print(f"Disimpan: {path}", markup=False)
    return 0


def month(text: str) -> date:
    """The first day of a month as typed, for the parser; raises ValueError."""
    return date.fromisoformat(f"{text}-01")


def _known(app: App, agency: AgencyId) -> AgencyId:
    app.catalogue.decree(agency)
    return agency


def _service(app: App, agency: AgencyId, name: str | None) -> ServiceId | None:
    if name is None:
        return None
    if name not in {service.id for service in app.catalogue.services(agency)}:
        raise BadArguments(f"Layanan '{name}' tidak ada di kantor {agency}. Contoh: {agency}-1-1.")
    return ServiceId(name)


def _moment(text: str, calendar: Calendar) -> datetime:
    """A time as typed; one without a zone is the office's."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise BadArguments(f"'{text}' bukan waktu. Contoh: 2025-03-27T09:00+07:00.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=calendar.zone)


def _pause(text: str, calendar: Calendar) -> Pause:
    start, slash, end = text.partition("/")
    if not slash:
        raise BadArguments(f"'{text}' bukan jeda. Contoh: 2025-07-09T10:00+07:00/2025-07-11T09:00+07:00.")
    pause = Pause(_moment(start, calendar), _moment(end, calendar))
    if pause.end < pause.start:
        raise BadArguments(f"Jeda '{text}' berakhir sebelum mulai.")
    return pause


def _at(app: App, ticket: Ticket, moment: datetime | None) -> str:
    agency = AgencyId(ticket.agency) if ticket.agency in app.hours else app.catalogue.agencies[0]
    return f"{moment.astimezone(app.hours[agency].calendar.zone):%d-%m-%Y %H.%M}" if moment else ""


def _print(app: App, ticket: Ticket) -> None:
    out.print(f"{ticket.number}  {ticket.status}", style="bold", markup=False)
    facts = {
        "Jenis": ticket.kind,
        "Klasifikasi": (ticket.cls or "belum").replace("_", " "),
        "Saran klasifikasi": (ticket.suggested or "").replace("_", " "),
        "Layanan": _title(app, ticket.service) if ticket.service else "",
        "Unit": ticket.unit or "",
        "Saluran": ticket.channel,
        "Pelapor": ticket_replies.IDENTITY[ticket.identity],
        "Tentang petugas": "ya, atasannya yang menugaskan" if ticket.about_staff else "",
        "Diterima": _at(app, ticket, ticket.received),
        "Petugas": ticket.officer or "",
        "Lampiran": str(len(ticket.attachments) or ""),
    }
    for name, fact in facts.items():
        if fact:
            out.print(f"{name}: {fact}", markup=False)
    out.print(f"\n{ticket.text}\n", markup=False)
    for note in ticket.notes:
        out.print(f"Keterangan {_at(app, ticket, note.received)}: {note.text}", markup=False)
    for entry in ticket.history:
        why = f" – {entry.why}" if entry.why else ""
        out.print(f"{_at(app, ticket, entry.at)}  {entry.by}: {entry.step}{why}", markup=False)
    for running in ticket.clocks:
        ended = f", {running.verdict}" if running.verdict else ""
        name = f"{running.target} putaran {running.round}" if running.target is Target.PENYELESAIAN else running.target
        until = _at(app, ticket, running.due) or "menunggu pelapor"
        out.print(f"Janji {name}: {ticket_replies.limit(running.promise)}, sampai {until}{ended}", markup=False)


def _print_report(made: Report) -> None:
    out.print(spreadsheet.title(made), style="bold")
    few = [name for name in spreadsheet.COLUMNS if not name.startswith(("Dilanggar", "Hari"))]
    table = Table(*few)
    before = ""
    for row in spreadsheet.rows(made):
        group = str(row[0])
        if group != before:
            table.add_section()
        cells = [value for name, value in zip(spreadsheet.COLUMNS, row, strict=True) if name in few]
        shown = ["" if value is None else str(value) for value in cells[1:]]
        table.add_row("" if group == before else group, *shown)
        before = group
    out.print(table)
    _print_bars(made.groups[By.CLASS])
    for name, value in spreadsheet.facts(made):
        if value:
            out.print(f"{name}: {value}", markup=False)


def _print_bars(lines: Sequence[report.Line]) -> None:
    """On time and late by class, as bars."""
    most = max((line.on_time + line.late for line in lines), default=0)
    if not most:
        return
    out.print("\nTepat waktu [green]█[/] dan terlambat [red]█[/] menurut klasifikasi")
    for line in lines:
        good, bad = (round(BAR * count / most) for count in (line.on_time, line.late))
        bar = f"[green]{'█' * good}[/][red]{'█' * bad}[/]"
        out.print(f"{line.name.replace('_', ' '):<20} {bar} {line.on_time} + {line.late}")
    out.print()


def _title(app: App, service: str) -> str:
    known = {known.id: known.title for known in app.catalogue.services(None)}
    return f"{service} {known[ServiceId(service)]}" if service in known else service
