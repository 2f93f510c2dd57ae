# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""The tables of tickets and the steps on them; each takes the caller's connection and joins its transaction."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    DateTime,
    Dialect,
    ForeignKey,
    Insert,
    Integer,
    MetaData,
    Select,
    String,
    Table,
    Text,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.types import TypeDecorator

from tickets.agenda import Key, Task
from tickets.clock import Promise, Unit
from tickets.model import (
    CLOSED,
    Attachment,
    Class,
    Clock,
    Entry,
    Identity,
    Kind,
    Note,
    Promises,
    Status,
    Step,
    Target,
    Ticket,
    Verdict,
)
from tickets.steps import Stale


class Utc(TypeDecorator[datetime]):
    """Aware datetimes in, aware UTC out: SQLite would drop the zone silently."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("a time without a zone must not reach the table")
        return value and value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value and value.replace(tzinfo=UTC)


class Seconds(TypeDecorator[timedelta]):
    """A length of time as whole seconds."""

    impl = Integer
    cache_ok = True

    def process_bind_param(self, value: timedelta | None, dialect: Dialect) -> int | None:
        return None if value is None else round(value.total_seconds())

    def process_result_value(self, value: int | None, dialect: Dialect) -> timedelta | None:
        return None if value is None else timedelta(seconds=value)


class Word(TypeDecorator[StrEnum]):
    """A member of `kind` by its value, which people can read in the table."""

    impl = String
    cache_ok = True

    def __init__(self, kind: type[StrEnum]) -> None:
        super().__init__()
        self.kind = kind

    def process_bind_param(self, value: StrEnum | None, dialect: Dialect) -> str | None:
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:
        return None if value is None else self.kind(value)


class Pledge(TypeDecorator[Promises]):
    """A ticket's promises as JSON: they stay what they were when it was filed."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Promises | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        written = {name: list(vars(promise).values()) for name, promise in value.by_class.items()}
        first = value.informasi_awal and list(vars(value.informasi_awal).values())
        unclassified = list(vars(value.unclassified).values())
        return json.dumps({"unclassified": unclassified, "by_class": written, "informasi_awal": first})

    def process_result_value(self, value: str | None, dialect: Dialect) -> Promises | None:
        if value is None:
            return None
        read = json.loads(value)
        return Promises(
            _promise(read["unclassified"]),
            {Class(name): _promise(promise) for name, promise in read["by_class"].items()},
            read["informasi_awal"] and _promise(read["informasi_awal"]),
        )


def _promise(values: Sequence[Any]) -> Promise:
    limit, unit, source = values
    return Promise(limit, Unit(unit), source)


metadata = MetaData()

ticket_table = Table(
    "ticket",
    metadata,
    Column("number", String, primary_key=True),
    Column("kind", Word(Kind), nullable=False),
    Column("channel", String, nullable=False),
    Column("sender", String, index=True),
    Column("agency", String),
    Column("service", String),
    Column("text", Text, nullable=False),
    Column("received", Utc, nullable=False),
    Column("arrived", Utc, nullable=False),
    Column("unit", String),
    Column("identity", Word(Identity), nullable=False),
    Column("contact", String, nullable=False),
    Column("about_staff", Boolean, nullable=False),
    Column("suggested", Word(Class)),
    Column("status", Word(Status), nullable=False),
    Column("cls", Word(Class)),
    Column("officer", String),
    Column("promises", Pledge),
    Column("counted_from", Utc),
    Column("answer", Text, nullable=False),
    Column("rating", Integer),
    Column("merged_into", String),
    Column("version", Integer, nullable=False),
    Column("wake", Utc, index=True),
)

history_table = Table(
    "history",
    metadata,
    Column("number", ForeignKey("ticket.number"), primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("at", Utc, nullable=False),
    Column("by", String, nullable=False),
    Column("step", Word(Step), nullable=False),
    Column("status", Word(Status), nullable=False),
    Column("why", Text, nullable=False),
)

clock_table = Table(
    "clock",
    metadata,
    Column("number", ForeignKey("ticket.number"), primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("target", Word(Target), nullable=False),
    Column("round", Integer, nullable=False),
    Column("limit", Integer, nullable=False),
    Column("unit", Word(Unit), nullable=False),
    Column("source", String, nullable=False),
    Column("start", Utc, nullable=False),
    Column("since", Utc, nullable=False),
    Column("due", Utc),
    Column("calendar", String, nullable=False),
    Column("cls", Word(Class)),
    Column("stopped", Utc, index=True),
    Column("verdict", Word(Verdict)),
    Column("worked", Seconds, nullable=False),
    Column("paused", Seconds, nullable=False),
    Column("replaced", Boolean, nullable=False),
)

note_table = Table(
    "note",
    metadata,
    Column("number", ForeignKey("ticket.number"), primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("text", Text, nullable=False),
    Column("received", Utc, nullable=False),
)

attachment_table = Table(
    "attachment",
    metadata,
    Column("number", ForeignKey("ticket.number"), primary_key=True),
    Column("note", Integer, primary_key=True),  # 0: came with the ticket itself; below 0: of that entry in its history
    Column("place", Integer, primary_key=True),
    Column("name", String, nullable=False),
    Column("media_type", String, nullable=False),
    Column("size", Integer, nullable=False),
    Column("path", String, nullable=False),
)

reminder_table = Table(
    "reminder",
    metadata,
    Column("subject", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("level", Integer, primary_key=True),
    Column("round", Integer, primary_key=True),
    Column("at", Utc, nullable=False),
    Column("done", Utc, nullable=False),
    Column("told", Boolean, nullable=False),
)

STORED = [field.name for field in fields(Ticket) if field.name in ticket_table.c]


def insert_once(connection: Connection, table: Table, row: Mapping[str, Any]) -> bool:
    """Insert `row` unless its key is there already; whether it was inserted."""
    # Not the row count: drivers count differently when nothing was inserted.
    statement = _insert_new(connection.dialect.name, table).returning(*table.primary_key.columns)
    return connection.execute(statement, row).first() is not None


def insert_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert those of the rows whose keys are not there already."""
    if rows:
        connection.execute(_insert_new(connection.dialect.name, table), rows)


@cache
def _insert_new(dialect: str, table: Table) -> Insert:
    """Insert rows whose keys are not there yet."""
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return insert(table).on_conflict_do_nothing()


# Tickets

INSERT = insert(ticket_table)
UPDATE = update(ticket_table).where(
    ticket_table.c.number == bindparam("of"), ticket_table.c.version == bindparam("seen")
)
DELETE_CLOCKS = delete(clock_table).where(clock_table.c.number == bindparam("of"))


def save(connection: Connection, ticket: Ticket, wake: datetime) -> None:
    """Write `ticket` as a whole; raises Stale where another has changed it since it was read.

    While it is open the sweep looks at it again at `wake`: now, where its reminders may have moved.
    """
    row: dict[str, Any] = {name: getattr(ticket, name) for name in STORED}
    row |= {"version": ticket.version + 1, "wake": None if ticket.status in CLOSED else wake}
    if ticket.version == 0:
        connection.execute(INSERT, row)
    elif connection.execute(UPDATE, {**row, "seen": ticket.version, "of": ticket.number}).rowcount != 1:
        raise Stale(f"{ticket.number} baru saja diubah orang lain. Lihat keadaannya sekarang, lalu ulangi.")
    _append(
        connection, history_table, ticket.number, [_without(vars(entry), "attachments") for entry in ticket.history]
    )
    if ticket.version:
        connection.execute(DELETE_CLOCKS, {"of": ticket.number})
    clocks = [{**vars(c), **vars(c.promise)} for c in ticket.clocks]
    _append(connection, clock_table, ticket.number, [{k: r[k] for k in r if k != "promise"} for r in clocks])
    notes = [{"text": note.text, "received": note.received} for note in ticket.notes]
    _append(connection, note_table, ticket.number, notes)
    parts = {place: note.attachments for place, note in enumerate(ticket.notes, 1)} | {0: ticket.attachments}
    parts |= {-place: entry.attachments for place, entry in enumerate(ticket.history, 1)}
    for place, attachments in parts.items():
        rows = [{"note": place, **vars(attachment)} for attachment in attachments]
        _append(connection, attachment_table, ticket.number, rows)


def _append(connection: Connection, table: Table, number: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add the rows that are not there yet: what was written stays as it is."""
    insert_new(connection, table, [{"number": number, "place": place, **row} for place, row in enumerate(rows, 1)])


def find(connection: Connection, number: str) -> Ticket | None:
    return next(iter(_tickets(connection, FIND, number=number)), None)


def of_senders(connection: Connection, senders: Collection[tuple[str, str]]) -> dict[tuple[str, str], list[Ticket]]:
    """The own tickets of each sender, named by channel and address, newest first."""
    channels, addresses = {channel for channel, _ in senders}, {address for _, address in senders}
    own: dict[tuple[str, str], list[Ticket]] = {sender: [] for sender in senders}
    for ticket in _tickets(connection, OF_SENDERS, channels=sorted(channels), senders=sorted(addresses)):
        if ticket.sender and (ticket.channel, ticket.sender) in own:
            own[ticket.channel, ticket.sender].append(ticket)
    return own


def waiting(connection: Connection, agency: str | None, until: datetime) -> int:
    """How many citizens of an office wait for an officer since `until` or longer."""
    return int(connection.execute(WAITING, {"agency": agency or "", "until": until}).scalar_one())


def of_agency(connection: Connection, agency: str | None, closed: bool = False) -> Sequence[Ticket]:
    """The open tickets of an office, or of all, newest first; with the closed ones if wanted."""
    mine = ticket_table.c.agency == agency if agency else ticket_table.c.number.is_not(None)
    return _tickets(connection, _those(mine if closed else mine & ticket_table.c.status.not_in(CLOSED)))


def of_time(connection: Connection, agency: str | None, begin: datetime, end: datetime) -> Sequence[Ticket]:
    """The tickets that were open or settled between `begin` and `end`, or rated then."""
    mine = ticket_table.c.agency == agency if agency else ticket_table.c.number.is_not(None)
    came = ticket_table.c.received < end
    moved = select(history_table.c.number).where(history_table.c.at >= begin)
    still = ticket_table.c.status.not_in(CLOSED) | ticket_table.c.number.in_(moved)
    return _tickets(connection, _those(mine & came & still))


def ripe(connection: Connection, now: datetime, limit: int) -> Sequence[Ticket]:
    """Tickets that have something to be done on them, at most `limit`, longest waiting first."""
    return _tickets(connection, RIPE, now=now, most=limit)


def ripe_numbers(connection: Connection, now: datetime, limit: int) -> Sequence[str]:
    """The numbers alone of those tickets, for when one of them cannot be read."""
    return connection.execute(RIPE_NUMBERS, {"now": now, "most": limit}).scalars().all()


def miscounted(connection: Connection, agency: str, calendar: str, limit: int) -> Sequence[Ticket]:
    """Tickets of an office with a running clock that was counted by another version of its calendar."""
    running = clock_table.c.stopped.is_(None) & (clock_table.c.calendar != calendar)
    numbers = (
        select(clock_table.c.number)
        .join(ticket_table, ticket_table.c.number == clock_table.c.number)
        .where(running & (ticket_table.c.agency == agency))
        .limit(limit)
    )
    return _tickets(connection, _those(ticket_table.c.number.in_(numbers)))


def moved(connection: Connection, channel: str, old: str, new: str) -> None:
    """The tickets of a sender who is known by another number from now on."""
    theirs = (ticket_table.c.channel == channel) & (ticket_table.c.sender == old)
    connection.execute(update(ticket_table).where(theirs).values(sender=new))


def _those(which: ColumnElement[bool]) -> Select[Any]:
    return select(ticket_table).where(which).order_by(ticket_table.c.received.desc(), ticket_table.c.number)


# What is asked for each minute or with each message; making a statement takes longer than running it.
FIND = _those(ticket_table.c.number == bindparam("number"))
OF_SENDERS = _those(
    ticket_table.c.channel.in_(bindparam("channels", expanding=True))
    & ticket_table.c.sender.in_(bindparam("senders", expanding=True))
)
WAITING = (
    select(func.count())
    .select_from(ticket_table)
    .where(
        ticket_table.c.status == Status.DITERIMA,
        ticket_table.c.kind == Kind.PETUGAS,
        func.coalesce(ticket_table.c.agency, "") == bindparam("agency"),
        ticket_table.c.received <= bindparam("until", type_=Utc),
    )
)
RIPE_NUMBERS = (
    select(ticket_table.c.number)
    .where(ticket_table.c.wake <= bindparam("now"))
    .order_by(ticket_table.c.wake)
    .limit(bindparam("most", type_=Integer))
)
RIPE = _those(ticket_table.c.number.in_(RIPE_NUMBERS))
PARTS = {
    table: select(table).where(table.c.number.in_(bindparam("numbers", expanding=True))).order_by(table.c.place)
    for table in (history_table, clock_table, note_table, attachment_table)
}


def _tickets(connection: Connection, which: Select[Any], **values: Any) -> list[Ticket]:
    rows = connection.execute(which, values).mappings().all()
    if not rows:
        return []
    numbers = [row["number"] for row in rows]
    histories = _parts(connection, history_table, numbers)
    clocks, notes = _parts(connection, clock_table, numbers), _parts(connection, note_table, numbers)
    attachments = _parts(connection, attachment_table, numbers)
    return [
        Ticket(
            **{name: row[name] for name in STORED},
            history=tuple(
                Entry(**_without(entry), attachments=_attachments(attachments[row["number"]], -entry["place"]))
                for entry in histories[row["number"]]
            ),
            clocks=tuple(_clock(_without(clock)) for clock in clocks[row["number"]]),
            notes=tuple(
                Note(**_without(note), attachments=_attachments(attachments[row["number"]], note["place"]))
                for note in notes[row["number"]]
            ),
            attachments=_attachments(attachments[row["number"]], 0),
        )
        for row in rows
    ]


def _parts(connection: Connection, table: Table, numbers: Collection[str]) -> dict[str, list[dict[str, Any]]]:
    """The rows of `table` by ticket, in order of place."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in connection.execute(PARTS[table], {"numbers": list(numbers)}).mappings():
        found[row["number"]].append(dict(row))
    return found


def _without(row: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in ("number", "place", *names)}


def _clock(row: Mapping[str, Any]) -> Clock:
    promise = Promise(row["limit"], row["unit"], row["source"])
    return Clock(promise=promise, **_without(row, "limit", "unit", "source"))


def _attachments(rows: Sequence[Mapping[str, Any]], note: int) -> tuple[Attachment, ...]:
    return tuple(Attachment(**_without(row, "note")) for row in rows if row["note"] == note)


# What was done on them by itself


DONE = select(*(reminder_table.c[name] for name in ("subject", "name", "level", "round"))).where(
    reminder_table.c.subject.in_(bindparam("subjects", expanding=True))
)


def done(connection: Connection, subjects: Collection[str]) -> dict[str, set[Key]]:
    """The tasks done already, by subject."""
    found: dict[str, set[Key]] = defaultdict(set)
    for row in connection.execute(DONE, {"subjects": list(subjects)}):
        found[row.subject].add(Key(*row))
    return found


def mark(connection: Connection, task: Task, now: datetime, told: bool) -> bool:
    """Note a task as done; False where another process was first."""
    row = {**vars(task.key), "at": task.at, "done": now, "told": told}
    return insert_once(connection, reminder_table, row)


SLEEP = update(ticket_table).where(ticket_table.c.number == bindparam("of"))


def sleep(connection: Connection, number: str, until: datetime | None) -> None:
    """Leave the ticket alone until then, or until its next step."""
    connection.execute(SLEEP, {"of": number, "wake": until})
