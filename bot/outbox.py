# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""What is to be said, and how far it came: rows whose state only moves forward, or back to waiting with a reason."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Index,
    Integer,
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

from bot.tables import metadata
from handlers.messages import Channel, Outgoing
from tickets.store import Utc, Word, insert_once


class State(StrEnum):
    """How far a message came. Platforms tell of the last three in any order."""

    WAITING = "waiting"
    SENDING = "sending"
    UNCERTAIN = "uncertain"
    """It may have arrived: the program or the line ended between sending and knowing."""
    HELD = "held"
    """The person must write first: the platform lets nothing but a template through."""
    FAILED = "failed"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"


OPEN = (State.WAITING, State.SENDING, State.UNCERTAIN)
"""While the oldest of a chat is in one of these, no later one of it is sent: order is kept."""

FORWARD = (State.WAITING, State.SENDING, State.UNCERTAIN, State.HELD, State.SENT, State.DELIVERED, State.READ)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("channel", String, nullable=False),
    Column("recipient", String, nullable=False),
    Column("agency", String),
    Column("body", Text, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("state", Word(State), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("parts", Integer, nullable=False),
    Column("repeated", Boolean, nullable=False),
    Column("not_before", Utc, nullable=False),
    Column("provider_id", String, index=True),
    Column("error", String),
    Index("outbox_of", "channel", "recipient", "id"),
    Index("outbox_due", "state", "not_before"),
)

meter_table = Table(
    "meter",
    metadata,
    Column("month", String, primary_key=True),
    Column("channel", String, primary_key=True),
    Column("agency", String, primary_key=True),
    Column("category", String, primary_key=True),
    Column("billed", Boolean, primary_key=True),
    Column("messages", Integer, nullable=False),
)

_outgoing = TypeAdapter(Outgoing)


@dataclass(frozen=True)
class Letter:
    """One row to deliver: `parts` of its messages have been accepted already, `attempts` counts those before."""

    id: int
    channel: Channel
    recipient: str
    agency: str | None
    message: Outgoing
    attempts: int = 0
    parts: int = 0
    repeated: bool = False


@dataclass(frozen=True)
class Result:
    """What became of one attempt; `not_before` where it waits, `parts` accepted so far."""

    id: int
    state: State
    parts: int = 0
    not_before: datetime | None = None
    provider_id: str | None = None
    error: str | None = None
    counts: bool = True
    """Whether it was an attempt at all, or only put off by pacing."""


@dataclass(frozen=True)
class Sent:
    id: int
    message: Outgoing


INSERT = insert(outbox)


def send(
    connection: Connection, channel: str, recipient: str, agency: str | None, message: Outgoing, now: datetime
) -> None:
    """Have something said; a message without a line says nothing and is left out."""
    if not message.lines:
        return
    row = {
        "channel": channel,
        "recipient": recipient,
        "agency": agency,
        "body": _outgoing.dump_json(message).decode(),
        "created_at": now,
        "state": State.WAITING,
        "attempts": 0,
        "parts": 0,
        "repeated": False,
        "not_before": now,
    }
    connection.execute(INSERT, row)


def sent_after(connection: Connection, channel: Channel, recipient: str, after: int) -> Sequence[Sent]:
    """What was said to one person after outbox row `after`, in order; for pages that fetch it themselves."""
    rows = connection.execute(
        select(outbox.c.id, outbox.c.body)
        .where((outbox.c.channel == channel) & (outbox.c.recipient == recipient) & (outbox.c.id > after))
        .order_by(outbox.c.id)
    )
    return [Sent(row.id, _outgoing.validate_json(row.body)) for row in rows]


def forget(connection: Connection, channel: str, recipient: str) -> None:
    connection.execute(delete(outbox).where((outbox.c.channel == channel) & (outbox.c.recipient == recipient)))


# Delivering

_first = (
    select(func.min(outbox.c.id))
    .where(outbox.c.state.in_(OPEN), outbox.c.channel.in_(bindparam("channels", expanding=True)))
    .group_by(outbox.c.channel, outbox.c.recipient)
)
DUE = (
    select(outbox)
    .where(outbox.c.id.in_(_first), outbox.c.state == State.WAITING, outbox.c.not_before <= bindparam("now"))
    .order_by(outbox.c.id)
    .limit(bindparam("most", type_=Integer))
    .with_for_update(skip_locked=True)
)
TAKE = update(outbox).where(outbox.c.id.in_(bindparam("ids", expanding=True))).values(state=State.SENDING)


def claim(connection: Connection, channels: Collection[Channel], now: datetime, limit: int) -> list[Letter]:
    """The oldest waiting letter of each chat that may be sent now, marked as being sent."""
    rows = connection.execute(DUE, {"channels": list(channels), "now": now, "most": limit}).all()
    if rows:
        connection.execute(TAKE, {"ids": [row.id for row in rows]})
    return [
        Letter(
            row.id,
            Channel(row.channel),
            row.recipient,
            row.agency,
            _outgoing.validate_json(row.body),
            row.attempts,
            row.parts,
            row.repeated,
        )
        for row in rows
    ]


MARK = (
    update(outbox)
    .where(outbox.c.id == bindparam("of"), outbox.c.state == State.SENDING)
    .values(
        state=bindparam("to"),
        parts=bindparam("done"),
        not_before=func.coalesce(bindparam("later", type_=Utc), outbox.c.not_before),
        provider_id=func.coalesce(bindparam("known", type_=String), outbox.c.provider_id),
        error=bindparam("why"),
        attempts=outbox.c.attempts + bindparam("tried", type_=Integer),
    )
)


def mark(connection: Connection, results: Sequence[Result]) -> None:
    """Write what became of them; a state that a platform told of meanwhile stays."""
    rows = [
        {
            "of": r.id,
            "to": r.state,
            "done": r.parts,
            "later": r.not_before,
            "known": r.provider_id,
            "why": r.error,
            "tried": int(r.counts),
        }
        for r in results
    ]
    if rows:
        connection.execute(MARK, rows)


def recover(connection: Connection, channels: Collection[Channel], now: datetime) -> int:
    """After a start: whatever was being sent may have arrived."""
    lost = outbox.c.state.in_([State.SENDING]) & outbox.c.channel.in_(channels)
    return connection.execute(update(outbox).where(lost).values(state=State.UNCERTAIN, not_before=now)).rowcount


def resolve(connection: Connection, now: datetime, wait: timedelta) -> None:
    """Letters of which nobody knows: after `wait` they are sent once more, and after that given up."""
    old = (outbox.c.state == State.UNCERTAIN) & (outbox.c.not_before <= now - wait)
    given_up = {"state": State.FAILED, "error": "uncertain"}
    connection.execute(update(outbox).where(old & outbox.c.repeated).values(given_up))
    again = {"state": State.WAITING, "repeated": True, "not_before": now}
    connection.execute(update(outbox).where(old & ~outbox.c.repeated).values(again))


def reported(connection: Connection, channel: Channel, key: str | int, state: State, error: str | None = None) -> bool:
    """A platform tells how far a letter came, by its own id or ours; it only moves forward.

    False where the letter is not known. A failure told late counts unless it was read.
    """
    which = outbox.c.id == key if isinstance(key, int) else outbox.c.provider_id == key
    row = connection.execute(select(outbox.c.id, outbox.c.state).where(outbox.c.channel == channel, which)).first()
    if row is None:
        return False
    if state in (State.FAILED, State.HELD):
        moves = row.state not in (State.READ, State.DELIVERED, State.FAILED)
    else:
        moves = row.state in FORWARD and FORWARD.index(state) > FORWARD.index(row.state)
    if moves:
        changed: dict[str, Any] = {"state": state, "error": error}
        if isinstance(key, str):
            changed["provider_id"] = key
        connection.execute(update(outbox).where(outbox.c.id == row.id).values(changed))
    return True


def opened(connection: Connection, channel: Channel, recipient: str, now: datetime) -> int:
    """The person wrote: what was held for them may go."""
    theirs = (outbox.c.channel == channel) & (outbox.c.recipient == recipient) & (outbox.c.state == State.HELD)
    freed = {"state": State.WAITING, "not_before": now, "parts": 0}
    return connection.execute(update(outbox).where(theirs).values(freed)).rowcount


def count_billed(
    connection: Connection, month: str, channel: Channel, agency: str, category: str, billed: bool
) -> None:
    """One more message that the platform says it has billed, or not."""
    key = {"month": month, "channel": channel, "agency": agency, "category": category, "billed": billed}
    if not insert_once(connection, meter_table, key | {"messages": 1}):
        same = [meter_table.c[name] == value for name, value in key.items()]
        connection.execute(update(meter_table).where(*same).values(messages=meter_table.c.messages + 1))
