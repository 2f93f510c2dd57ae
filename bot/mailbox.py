# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Inbox and memory in one database: what was accepted is never lost and never answered twice."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Insert,
    Integer,
    Row,
    bindparam,
    case,
    create_engine,
    delete,
    event,
    exists,
    func,
    make_url,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from bot import missed, outbox, schema, tables
from bot.tables import inbox, memory
from handlers.casework import Done
from handlers.messages import Channel, Conversation, Event, Incoming, Outgoing, Turn
from knowledge.model import AgencyId
from tickets import store
from tickets.model import Attachment, Identity, Ticket
from tickets.store import Utc, insert_once

REMEMBERED = timedelta(hours=2)
"""After this silence a chat starts afresh: "kalau biayanya?" would no longer mean what was on screen then.

Only a complaint that is being told outlives it.
"""

STAFF = "uji di Telegram"
"""Whose proposals come from a private chat: its users have no account at the desk."""

UNFINISHED = timedelta(hours=12)
"""Silence after which a complaint that was not sent is asked about, in office hours."""

_conversation = TypeAdapter(Conversation)
_attachments = TypeAdapter(tuple[Attachment, ...])


@dataclass(frozen=True)
class Waiting:
    """An inbox row not yet done, with how often it was tried before."""

    id: int
    message: Incoming
    attempts: int


def open_database(url: str) -> Engine:
    """The engine on a database of the newest schema; SQLite writes ahead and syncs fully: a 200 survives a power cut.

    An older database is brought up to date first.
    """
    address = make_url(url)
    sqlite = address.get_backend_name() == "sqlite"
    if sqlite and address.database and address.database != ":memory:":
        Path(address.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(address, hide_parameters=True)  # an error must not tell what people wrote
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
    return insert_once(connection, inbox, _row(message, received_at))


def accept_all(connection: Connection, messages: Sequence[tuple[Incoming, str | None]], received_at: datetime) -> None:
    """Store each of the messages once; one that comes with a file at the platform waits until that was fetched."""
    store.insert_new(connection, inbox, [_row(message, received_at) | {"media": media} for message, media in messages])


def accept_done(connection: Connection, message: Incoming, now: datetime) -> bool:
    """Note a message that is carried out in the same transaction; False when it was before."""
    return insert_once(connection, inbox, _row(message, now) | {"attempts": 1, "done_at": now})


def _row(message: Incoming, received_at: datetime) -> dict[str, Any]:
    attachments = _attachments.dump_json(message.attachments).decode() if message.attachments else None
    return vars(message) | {"attachments": attachments, "received_at": received_at}


ATTEMPTS = 3
"""After so many a message is parked."""

LEASE = timedelta(seconds=60)
"""How long a process may take over the messages it has claimed before another may try them."""

LOCK = 7_120_256
"""Any number, the same for all processes that claim messages of one PostgreSQL database."""


def claim(connection: Connection, now: datetime, limit: int) -> list[Waiting]:
    """The oldest waiting message of each chat, as this process's own until LEASE is over; their attempt is counted.

    No other message of those chats is claimed meanwhile, so that each is answered in order. What failed before comes
    alone.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"select pg_advisory_xact_lock({LOCK})")
    rows = connection.execute(WAITING, {"now": now, "most": limit}).all()
    claimed = rows[:1] if rows and rows[0].attempts else [row for row in rows if not row.attempts]
    if claimed:
        connection.execute(CLAIM, {"ids": [row.id for row in claimed], "until": now + LEASE})
    return [Waiting(row.id, _message(row), row.attempts) for row in claimed]


_other = inbox.alias()
WAITING = (
    select(inbox)
    .where(
        inbox.c.done_at.is_(None),
        inbox.c.media.is_(None),
        inbox.c.claimed_until.is_(None) | (inbox.c.claimed_until < bindparam("now")),
        ~exists().where(
            _other.c.channel == inbox.c.channel,
            _other.c.sender == inbox.c.sender,
            _other.c.done_at.is_(None),
            (_other.c.claimed_until >= bindparam("now")) | (_other.c.id < inbox.c.id),
        ),
    )
    .order_by(inbox.c.id)
    .limit(bindparam("most", type_=Integer))
)
CLAIM = (
    update(inbox)
    .where(inbox.c.id.in_(bindparam("ids", expanding=True)))
    .values(attempts=inbox.c.attempts + 1, claimed_until=bindparam("until", type_=Utc))
)


@dataclass(frozen=True)
class Unfetched:
    """An inbox row whose file is still at the platform; `since` is when it came to us."""

    id: int
    channel: Channel
    agency: AgencyId | None
    media: str
    since: datetime


def unfetched(connection: Connection, now: datetime, limit: int) -> list[Unfetched]:
    ready = inbox.c.not_before.is_(None) | (inbox.c.not_before <= now)
    waiting = select(inbox).where(inbox.c.done_at.is_(None), inbox.c.media.is_not(None), ready)
    rows = connection.execute(waiting.order_by(inbox.c.id).limit(limit)).all()
    return [Unfetched(row.id, Channel(row.channel), row.agency, row.media, row.received_at) for row in rows]


def fetched(connection: Connection, id: int, attachment: Attachment) -> None:
    """The file is ours: the message may be handled."""
    body = _attachments.dump_json((attachment,)).decode()
    connection.execute(update(inbox).where(inbox.c.id == id).values(media=None, attachments=body))


def unreadable(connection: Connection, id: int, sentence: str) -> None:
    """The file will never be ours: the person is told why."""
    given_up = {"media": None, "event": Event.UNREADABLE, "text": sentence}
    connection.execute(update(inbox).where(inbox.c.id == id).values(given_up))


def fetch_later(connection: Connection, id: int, at: datetime) -> None:
    connection.execute(update(inbox).where(inbox.c.id == id).values(not_before=at))


def release(connection: Connection, ids: Collection[int] | None = None) -> None:
    """Give messages back, or all where this is the only process and has just begun."""
    which = inbox.c.done_at.is_(None) if ids is None else inbox.c.id.in_(ids)
    connection.execute(update(inbox).where(which).values(claimed_until=None))


def _message(row: Row[Any]) -> Incoming:
    return Incoming(
        channel=Channel(row.channel),
        sender=row.sender,
        provider_id=row.provider_id,
        agency=AgencyId(row.agency) if row.agency else None,
        text=row.text,
        sent_at=row.sent_at,
        choice=row.choice,
        attachments=_attachments.validate_json(row.attachments) if row.attachments else (),
        event=Event(row.event),
    )


RECALL = select(memory).where(
    memory.c.channel.in_(bindparam("channels", expanding=True)),
    memory.c.sender.in_(bindparam("senders", expanding=True)),
)


def recall(connection: Connection, messages: Sequence[Incoming], now: datetime) -> list[Conversation]:
    """What is remembered of each message's chat; after a long silence only a complaint that was not sent."""
    channels, senders = {m.channel for m in messages}, {m.sender for m in messages}
    rows = connection.execute(RECALL, {"channels": sorted(channels), "senders": sorted(senders)})
    known = {(row.channel, row.sender, row.agency): row for row in rows}
    return [_recalled(known.get((m.channel, m.sender, m.agency or "")), now) for m in messages]


def _recalled(row: Row[Any] | None, now: datetime) -> Conversation:
    if row is None:
        return Conversation()
    conversation = _conversation.validate_json(row.conversation)
    if now - row.updated_at <= REMEMBERED:
        return conversation
    draft = conversation.draft
    return Conversation(draft=replace(draft, asleep=True), offered=conversation.offered) if draft else Conversation()


def file(connection: Connection, message: Incoming, turn: Turn, now: datetime) -> None:
    """Save what the turn did to tickets, before the next turn counts who waits."""
    for ticket in turn.tickets:
        store.save(connection, ticket, now)
        if ticket.identity is Identity.ANONIM and not ticket.version:
            _forget(connection, message)


def finish(connection: Connection, answered: Sequence[tuple[Waiting, Turn]], now: datetime) -> None:
    """Replies, memory and done-mark of turns that were filed, all in the caller's one transaction.

    Raises Overtaken where another process has done one of them since it was claimed.
    """
    turns = [(waiting.message, turn) for waiting, turn in answered]
    wrote = [m.sender for m, _ in turns if m.channel is Channel.WHATSAPP and m.event is not Event.ECHO]
    outbox.opened(connection, Channel.WHATSAPP, wrote, now)
    for message, turn in turns:
        if message.event is Event.DELETED:
            _unsay(connection, message)
        if turn.missed:
            missed.note(connection, message.agency, turn.missed, now, by=STAFF)
    outbox.send(
        connection, [(m.channel, m.sender, m.agency, reply) for m, turn in turns for reply in turn.replies], now
    )
    connection.execute(
        _remembering(connection.dialect.name), [_remembered(message, turn.conversation, now) for message, turn in turns]
    )
    done = connection.execute(DONE, [{"of": waiting.id, "done_at": now} for waiting, _ in answered])
    if done.rowcount != len(answered):
        raise Overtaken


DONE = update(inbox).where(inbox.c.id == bindparam("of"), inbox.c.done_at.is_(None))


class Overtaken(Exception):
    """A message was done by another process: what this one did with it must not be kept."""


def _remembered(message: Incoming, conversation: Conversation, now: datetime) -> dict[str, Any]:
    """The person's last own message opens the platform's window to write back."""
    return {
        "channel": message.channel,
        "sender": message.sender,
        "agency": message.agency or "",
        "conversation": _conversation.dump_json(conversation).decode(),
        "updated_at": now,
        "nudge": now + UNFINISHED if conversation.draft else None,
        "wrote_at": None if message.event is Event.ECHO else message.sent_at,
    }


@cache
def _remembering(dialect: str) -> Insert:
    """An old message that comes late opens no window, and an officer's does not either."""
    written = (postgresql.insert if dialect == "postgresql" else sqlite.insert)(memory)
    new = written.excluded
    keeps = new.wrote_at.is_(None) | (memory.c.wrote_at > new.wrote_at)
    changed: dict[str, Any] = {name: new[name] for name in ("conversation", "updated_at", "nudge")}
    changed["wrote_at"] = case((keeps, memory.c.wrote_at), else_=new.wrote_at)
    return written.on_conflict_do_update(index_elements=["channel", "sender", "agency"], set_=changed)


def _unsay(connection: Connection, message: Incoming) -> None:
    """What a person deleted in their chat is not kept here either; `text` names the message."""
    said = (inbox.c.channel == message.channel) & (inbox.c.sender == message.sender)
    told = said & (inbox.c.provider_id == message.text)
    connection.execute(update(inbox).where(told).values(text="", attachments=None))


def moved(connection: Connection, channel: str, old: str, new: str) -> None:
    """A person is known by another number: their talk, tickets and waiting answers go with them."""
    theirs = (memory.c.channel == channel) & (memory.c.sender == new)
    connection.execute(delete(memory).where(theirs))
    letters = tables.outbox
    for table, column in ((memory, memory.c.sender), (inbox, inbox.c.sender), (letters, letters.c.recipient)):
        of_old = (table.c.channel == channel) & (column == old)
        connection.execute(update(table).where(of_old).values({column: new}))
    store.moved(connection, channel, old, new)


def wrote_at(connection: Connection, channel: str, sender: str) -> datetime | None:
    """When a person last wrote themselves: what a platform's window is counted from."""
    theirs = (memory.c.channel == channel) & (memory.c.sender == sender)
    return connection.execute(select(func.max(memory.c.wrote_at)).where(theirs)).scalar()


def parked(connection: Connection) -> Sequence[Row[Any, Any, Any, Any]]:
    """Messages that no one could handle, by id and time; never their text."""
    given_up = inbox.c.attempts >= ATTEMPTS
    columns = (inbox.c.id, inbox.c.channel, inbox.c.agency, inbox.c.received_at)
    return connection.execute(select(*columns).where(given_up).order_by(inbox.c.id)).all()


def replay(connection: Connection, id: int) -> bool:
    """Have a parked message handled again; False where there is none of that id."""
    again = {"attempts": 0, "done_at": None, "claimed_until": None}
    which = (inbox.c.id == id) & (inbox.c.attempts >= ATTEMPTS)
    return connection.execute(update(inbox).where(which).values(again)).rowcount == 1


def _chat(channel: str, sender: str, agency: str | None) -> ColumnElement[bool]:
    return (memory.c.channel == channel) & (memory.c.sender == sender) & (memory.c.agency == (agency or ""))


def _forget(connection: Connection, message: Incoming) -> None:
    """Leave nothing that would lead from an anonymous complaint to who told it: its words, and our reading back."""
    told = (inbox.c.channel == message.channel) & (inbox.c.sender == message.sender)
    connection.execute(update(inbox).where(told).values(text="", attachments=None))
    outbox.forget(connection, message.channel, message.sender)


def notify(connection: Connection, ticket: Ticket, message: Outgoing, now: datetime) -> None:
    """Tell the citizen of a ticket, on the channel it came by; an anonymous one cannot be told."""
    if ticket.sender:
        outbox.send(connection, [(ticket.channel, ticket.sender, ticket.agency, message)], now)


def carry_out(connection: Connection, done: Done, now: datetime) -> None:
    """Save what an officer did and tell the citizens; raises Refused, and then nothing was done."""
    for ticket in done.tickets:
        store.save(connection, ticket, done.wake or now)
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
