# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""The tables of tickets and the steps on them; each takes the caller's connection and joins its transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    DateTime,
    Dialect,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    insert,
    select,
)
from sqlalchemy.types import TypeDecorator

from tickets.model import Kind, Note, Status, Ticket


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


metadata = MetaData()

ticket_table = Table(
    "ticket",
    metadata,
    Column("number", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("sender", String, nullable=False, index=True),
    Column("agency", String),
    Column("service", String),
    Column("text", Text, nullable=False),
    Column("received", Utc, nullable=False),
    Column("status", String, nullable=False),
)

note_table = Table(
    "note",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("number", ForeignKey("ticket.number"), nullable=False, index=True),
    Column("text", Text, nullable=False),
    Column("received", Utc, nullable=False),
)


def file(connection: Connection, ticket: Ticket) -> None:
    connection.execute(insert(ticket_table).values(**vars(ticket)))


def add(connection: Connection, note: Note) -> None:
    connection.execute(insert(note_table).values(**vars(note)))


def taken(connection: Connection, number: str) -> bool:
    """Whether a ticket has this number already."""
    return connection.execute(select(ticket_table.c.number).where(ticket_table.c.number == number)).first() is not None


def of_sender(connection: Connection, channel: str, sender: str) -> Sequence[Ticket]:
    """The sender's own tickets, newest first."""
    own = (ticket_table.c.channel == channel) & (ticket_table.c.sender == sender)
    rows = connection.execute(select(ticket_table).where(own).order_by(ticket_table.c.received.desc()))
    return [_ticket(row._asdict()) for row in rows]


def _ticket(row: dict[str, Any]) -> Ticket:
    return Ticket(**row | {"kind": Kind(row["kind"]), "status": Status(row["status"])})
