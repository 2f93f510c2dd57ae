# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Inbox, memory and outbox in one database: what was accepted is never lost and never answered twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import TypeAdapter
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Engine,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    create_engine,
    delete,
    event,
    insert,
    make_url,
    select,
    update,
)
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from bot import schema
from handlers.casework import Done
from handlers.messages import Channel, Conversation, Incoming, Outgoing, Turn
from knowledge.model import AgencyId
from tickets import store
from tickets.model import Attachment, Identity, Ticket
from tickets.store import Utc, insert_once

REMEMBERED = timedelta(hours=2)
"""After this silence a chat starts afresh: "kalau biayanya?" would no longer mean what was on screen then.

Only a complaint that is being told outlives it.
"""

UNFINISHED = timedelta(hours=12)
"""Silence after which a complaint that was not sent is asked about, in office hours."""

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
    Column("attachments", Text),
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
    Column("nudge", Utc, index=True),
)

_conversation = TypeAdapter(Conversation)
_outgoing = TypeAdapter(Outgoing)
_attachments = TypeAdapter(tuple[Attachment, ...])


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
    """The engine on a database of the newest schema; SQLite writes ahead and syncs fully: a 200 survives a power cut.

    An older database is brought up to date first.
    """
    address = make_url(url)
    sqlite = address.get_backend_name() == "sqlite"
    if sqlite and address.database and address.database != ":memory:":
        Path(address.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(address)
    if sqlite:
        event.listen(engine, "connect", _durable)
    schema.upgrade(engine)
    return engine


def _durable(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def accept(connection: Connection, message: Incoming, received_at: datetime) -> bool:
    """Store a message once; False when its provider id is known already."""
    attachments = _attachments.dump_json(message.attachments).decode() if message.attachments else None
    return insert_once(connection, inbox, vars(message) | {"attachments": attachments, "received_at": received_at})


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
        attachments=_attachments.validate_json(row.attachments) if row.attachments else (),
    )
    return Waiting(row.id, message, row.attempts)


def count_attempt(connection: Connection, waiting: Waiting) -> None:
    connection.execute(update(inbox).where(inbox.c.id == waiting.id).values(attempts=waiting.attempts + 1))


def recall(connection: Connection, message: Incoming, now: datetime) -> Conversation:
    """What is remembered of this chat; after a long silence only a complaint that was not sent."""
    row = connection.execute(
        select(memory.c.conversation, memory.c.updated_at).where(_chat(message.channel, message.sender, message.agency))
    ).first()
    if row is None:
        return Conversation()
    conversation = _conversation.validate_json(row.conversation)
    if now - row.updated_at <= REMEMBERED:
        return conversation
    draft = conversation.draft
    return Conversation(draft=replace(draft, asleep=True), offered=conversation.offered) if draft else Conversation()


def finish(connection: Connection, waiting: Waiting, turn: Turn, now: datetime) -> None:
    """Replies, memory, tickets and done-mark, all in the caller's one transaction."""
    message = waiting.message
    for ticket in turn.tickets:
        store.save(connection, ticket, now)
        if ticket.identity is Identity.ANONIM and not ticket.version:
            _forget(connection, message)
    for reply in turn.replies:
        send(connection, message.channel, message.sender, reply, now)
    _remember(connection, message.channel, message.sender, message.agency, turn.conversation, now)
    connection.execute(update(inbox).where(inbox.c.id == waiting.id).values(done_at=now))


def _remember(
    connection: Connection, channel: str, sender: str, agency: str | None, conversation: Conversation, now: datetime
) -> None:
    key = {"channel": channel, "sender": sender, "agency": agency or ""}
    row = {
        "conversation": _conversation.dump_json(conversation).decode(),
        "updated_at": now,
        "nudge": now + UNFINISHED if conversation.draft else None,
    }
    if not insert_once(connection, memory, key | row):
        connection.execute(update(memory).where(_chat(channel, sender, agency)).values(**row))


def _chat(channel: str, sender: str, agency: str | None) -> ColumnElement[bool]:
    return (memory.c.channel == channel) & (memory.c.sender == sender) & (memory.c.agency == (agency or ""))


def _forget(connection: Connection, message: Incoming) -> None:
    """Leave nothing that would lead from an anonymous complaint to who told it: its words, and our reading back."""
    told = (inbox.c.channel == message.channel) & (inbox.c.sender == message.sender)
    connection.execute(update(inbox).where(told).values(text="", attachments=None))
    said = (outbox.c.channel == message.channel) & (outbox.c.recipient == message.sender)
    connection.execute(delete(outbox).where(said))


def send(connection: Connection, channel: str, recipient: str, message: Outgoing, now: datetime) -> None:
    body = _outgoing.dump_json(message).decode()
    row = {"channel": channel, "recipient": recipient, "body": body, "created_at": now}
    connection.execute(insert(outbox), row)


def notify(connection: Connection, ticket: Ticket, message: Outgoing, now: datetime) -> None:
    """Tell the citizen of a ticket, on the channel it came by; an anonymous one cannot be told."""
    if ticket.sender:
        send(connection, ticket.channel, ticket.sender, message, now)


def carry_out(connection: Connection, done: Done, now: datetime) -> None:
    """Save what an officer did and tell the citizens; raises Refused, and then nothing was done."""
    for ticket in done.tickets:
        store.save(connection, ticket, now)
    for ticket, notice in done.notices:
        notify(connection, ticket, notice, now)


@dataclass(frozen=True)
class Unfinished:
    """A chat whose complaint was not sent."""

    channel: str
    sender: str
    agency: str | None
    conversation: Conversation


TO_ASK = (
    select(memory)
    .where(memory.c.nudge <= bindparam("now"))
    .order_by(memory.c.nudge)
    .limit(bindparam("most", type_=Integer))
)


def unfinished(connection: Connection, now: datetime, limit: int) -> Sequence[Unfinished]:
    """Chats that are to be asked about their complaint, longest silent first."""
    rows = connection.execute(TO_ASK, {"now": now, "most": limit}).all()
    return [
        Unfinished(row.channel, row.sender, row.agency or None, _conversation.validate_json(row.conversation))
        for row in rows
    ]


def nudged(connection: Connection, chat: Unfinished, conversation: Conversation, until: datetime | None) -> None:
    """Remember what was asked; ask again not before `until`, if at all."""
    body = _conversation.dump_json(conversation).decode()
    where = _chat(chat.channel, chat.sender, chat.agency)
    connection.execute(update(memory).where(where).values(conversation=body, nudge=until))


def sent_after(connection: Connection, channel: Channel, recipient: str, after: int) -> Sequence[Sent]:
    """What was said to one person after outbox row `after`, in order."""
    rows = connection.execute(
        select(outbox.c.id, outbox.c.body)
        .where((outbox.c.channel == channel) & (outbox.c.recipient == recipient) & (outbox.c.id > after))
        .order_by(outbox.c.id)
    )
    return [Sent(row.id, _outgoing.validate_json(row.body)) for row in rows]
