# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Inbox, memory and outbox in one database: what was accepted is never lost and never answered twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import TypeAdapter
from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    create_engine,
    event,
    insert,
    make_url,
    select,
    update,
)
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from handlers.messages import Channel, Conversation, Incoming, Outgoing, Turn
from knowledge.model import AgencyId
from tickets import store
from tickets.store import Utc

REMEMBERED = timedelta(hours=2)
"""After this silence a chat starts afresh: "kalau biayanya?" would no longer mean what was on screen then."""

metadata = MetaData()

inbox = Table(
    "inbox",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("channel", String, nullable=False),
    Column("provider_id", String, nullable=False),
    Column("sender", String, nullable=False),
    Column("agency", String),
    Column("text", Text, nullable=False),
    Column("choice", String),
    Column("sent_at", Utc, nullable=False),
    Column("received_at", Utc, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("done_at", Utc),
    UniqueConstraint("channel", "provider_id"),
    Index("inbox_waiting", "done_at", "id"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("channel", String, nullable=False),
    Column("recipient", String, nullable=False),
    Column("body", Text, nullable=False),
    Column("created_at", Utc, nullable=False),
    Index("outbox_of", "channel", "recipient", "id"),
)

memory = Table(
    "memory",
    metadata,
    Column("channel", String, primary_key=True),
    Column("sender", String, primary_key=True),
    Column("agency", String, primary_key=True),
    Column("conversation", Text, nullable=False),
    Column("updated_at", Utc, nullable=False),
)

_conversation = TypeAdapter(Conversation)
_outgoing = TypeAdapter(Outgoing)


@dataclass(frozen=True)
class Waiting:
    """An inbox row not yet done, with how often it was tried before."""

    id: int
    message: Incoming
    attempts: int


@dataclass(frozen=True)
class Sent:
    id: int
    message: Outgoing


def open_database(url: str) -> Engine:
    """The engine with all tables made; SQLite writes ahead and syncs fully, for a 200 must survive a power cut."""
    address = make_url(url)
    if address.database and address.database != ":memory:":
        Path(address.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(address)
    event.listen(engine, "connect", _durable)
    metadata.create_all(engine)
    store.metadata.create_all(engine)
    return engine


def _durable(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def accept(connection: Connection, message: Incoming, received_at: datetime) -> bool:
    """Store a message once; False when its provider id is known already."""
    row = vars(message) | {"received_at": received_at}
    stored = connection.execute(upsert(inbox).values(**row).on_conflict_do_nothing())
    return stored.rowcount == 1


def oldest_waiting(connection: Connection) -> Waiting | None:
    row = connection.execute(select(inbox).where(inbox.c.done_at.is_(None)).order_by(inbox.c.id).limit(1)).first()
    if row is None:
        return None
    message = Incoming(
        channel=Channel(row.channel),
        sender=row.sender,
        provider_id=row.provider_id,
        agency=AgencyId(row.agency) if row.agency else None,
        text=row.text,
        sent_at=row.sent_at,
        choice=row.choice,
    )
    return Waiting(row.id, message, row.attempts)


def count_attempt(connection: Connection, waiting: Waiting) -> None:
    connection.execute(update(inbox).where(inbox.c.id == waiting.id).values(attempts=waiting.attempts + 1))


def recall(connection: Connection, message: Incoming, now: datetime) -> Conversation:
    """What is remembered of this chat, nothing after a long silence."""
    row = connection.execute(
        select(memory.c.conversation, memory.c.updated_at).where(
            (memory.c.channel == message.channel)
            & (memory.c.sender == message.sender)
            & (memory.c.agency == (message.agency or ""))
        )
    ).first()
    if row is None or now - row.updated_at > REMEMBERED:
        return Conversation()
    return _conversation.validate_json(row.conversation)


def finish(connection: Connection, waiting: Waiting, turn: Turn, now: datetime) -> None:
    """Replies, memory, ticket and done-mark, all in the caller's one transaction."""
    message = waiting.message
    for reply in turn.replies:
        body = _outgoing.dump_json(reply).decode()
        row = {"channel": message.channel, "recipient": message.sender, "body": body, "created_at": now}
        connection.execute(insert(outbox).values(**row))
    remembered = {"conversation": _conversation.dump_json(turn.conversation).decode(), "updated_at": now}
    key = {"channel": message.channel, "sender": message.sender, "agency": message.agency or ""}
    connection.execute(
        upsert(memory).values(**key, **remembered).on_conflict_do_update(index_elements=list(key), set_=remembered)
    )
    if turn.ticket:
        store.file(connection, turn.ticket)
    if turn.note:
        store.add(connection, turn.note)
    connection.execute(update(inbox).where(inbox.c.id == waiting.id).values(done_at=now))


def sent_after(connection: Connection, channel: Channel, recipient: str, after: int) -> Sequence[Sent]:
    """What was said to one person after outbox row `after`, in order."""
    rows = connection.execute(
        select(outbox.c.id, outbox.c.body)
        .where((outbox.c.channel == channel) & (outbox.c.recipient == recipient) & (outbox.c.id > after))
        .order_by(outbox.c.id)
    )
    return [Sent(row.id, _outgoing.validate_json(row.body)) for row in rows]
