# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""What is to be said, and how far it came: rows whose state only moves forward, or back to waiting with a reason."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import TypeAdapter
from sqlalchemy import (
    Connection,
    Integer,
    String,
    bindparam,
    delete,
    exists,
    func,
    insert,
    select,
    update,
)

from bot.tables import OPEN, State, memory, meter, open_letters, outbox
from handlers.messages import Channel, Outgoing
from tickets.store import Utc, insert_once

FORWARD = (State.WAITING, State.SENDING, State.UNCERTAIN, State.HELD, State.SENT, State.DELIVERED, State.READ)

_outgoing = TypeAdapter(Outgoing)


@dataclass(frozen=True)
class Letter:
    """One row to deliver: `parts` of its messages have been accepted already, `attempts` counts those before.

    `wrote_at` is when the person last wrote to this office, `knocked_at` when they were last asked to.
    """

    id: int
    channel: Channel
    recipient: str
    agency: str | None
    message: Outgoing
    attempts: int = 0
    parts: int = 0
    repeated: bool = False
    wrote_at: datetime | None = None
    knocked_at: datetime | None = None


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
    knocked: Letter | None = None
    """The letter whose person was asked to write."""


@dataclass(frozen=True)
class Sent:
    id: int
    message: Outgoing


INSERT = insert(outbox)


def send(
    connection: Connection, letters: Sequence[tuple[Channel | str, str, str | None, Outgoing]], now: datetime
) -> None:
    """Have messages said, each by channel, recipient and agency; one without a line says nothing and is left out."""
    rows = [
        {
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
        for channel, recipient, agency, message in letters
        if message.lines
    ]
    if rows:
        connection.execute(INSERT, rows)


def sent_after(connection: Connection, channel: Channel, recipient: str, after: int) -> Sequence[Sent]:
    """What was said to one person after outbox row `after`, in order; for pages that fetch it themselves."""
    rows = connection.execute(
        select(outbox.c.id, outbox.c.body)
        .where((outbox.c.channel == channel) & (outbox.c.recipient == recipient) & (outbox.c.id > after))
        .order_by(outbox.c.id)
    )
    return [Sent(row.id, _outgoing.validate_json(row.body)) for row in rows]


FETCHED = (Channel.COBA, Channel.TERMINAL)
"""Channels whose pages fetch what is said themselves: no letter of theirs waits to be sent."""


def forget(connection: Connection, channel: str, recipient: str) -> None:
    """Delete what was said to a person; what still waits to be sent is another matter's, and stays."""
    theirs = (outbox.c.channel == channel) & (outbox.c.recipient == recipient)
    waits = outbox.c.state.in_([*OPEN, State.HELD]) & outbox.c.channel.not_in(FETCHED)
    connection.execute(delete(outbox).where(theirs & ~waits))


# Delivering

_earlier = outbox.alias()
DUE = (
    select(outbox, memory.c.wrote_at, memory.c.knocked_at)
    .outerjoin(
        memory,
        (memory.c.channel == outbox.c.channel)
        & (memory.c.sender == outbox.c.recipient)
        & (memory.c.agency == func.coalesce(outbox.c.agency, "")),
    )
    .where(
        outbox.c.state == State.WAITING,
        outbox.c.not_before <= bindparam("now"),
        outbox.c.channel.in_(bindparam("channels", expanding=True)),
        ~exists().where(
            _earlier.c.channel == outbox.c.channel,
            _earlier.c.recipient == outbox.c.recipient,
            _earlier.c.id < outbox.c.id,
            open_letters(_earlier),
        ),
    )
    .order_by(outbox.c.id)
    .limit(bindparam("most", type_=Integer))
    .with_for_update(skip_locked=True, of=outbox)
)
TAKE = (
    update(outbox)
    .where(outbox.c.id.in_(bindparam("ids", expanding=True)))
    .values(state=State.SENDING, not_before=bindparam("now", type_=Utc))
)


def claim(connection: Connection, channels: Collection[Channel], now: datetime, limit: int) -> list[Letter]:
    """The oldest waiting letter of each chat that may be sent now, marked as being sent."""
    rows = connection.execute(DUE, {"channels": list(channels), "now": now, "most": limit}).all()
    if rows:
        connection.execute(TAKE, {"ids": [row.id for row in rows], "now": now})
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
            row.wrote_at,
            row.knocked_at,
        )
        for row in rows
    ]


MARK = (
    update(outbox)
    .where(
        outbox.c.id == bindparam("of"),
        (outbox.c.state == State.SENDING) | (outbox.c.state == State.UNCERTAIN),  # IN takes no executemany
    )
    .values(
        state=bindparam("to"),
        parts=bindparam("done"),
        not_before=func.coalesce(bindparam("later", type_=Utc), outbox.c.not_before),
        provider_id=func.coalesce(bindparam("known", type_=String), outbox.c.provider_id),
        error=bindparam("why"),
        attempts=outbox.c.attempts + bindparam("tried", type_=Integer),
    )
)


def mark(connection: Connection, results: Sequence[Result], now: datetime) -> None:
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
    for letter in (result.knocked for result in results if result.knocked):
        theirs = (memory.c.channel == letter.channel) & (memory.c.sender == letter.recipient)
        of_office = memory.c.agency == (letter.agency or "")
        connection.execute(update(memory).where(theirs & of_office).values(knocked_at=now))


LOST = timedelta(minutes=5)
"""Longer than any attempt takes: whoever was sending the letter is gone."""


def recover(connection: Connection, channels: Collection[Channel], now: datetime) -> int:
    """After the start of a database's only process: whatever was being sent may have arrived."""
    lost = (outbox.c.state == State.SENDING) & outbox.c.channel.in_(channels)
    return connection.execute(update(outbox).where(lost).values(state=State.UNCERTAIN, not_before=now)).rowcount


def resolve(connection: Connection, now: datetime, wait: timedelta) -> None:
    """Letters of which nobody knows: after `wait` they are sent once more, and after that given up."""
    lost = (outbox.c.state == State.SENDING) & (outbox.c.not_before <= now - LOST)
    connection.execute(update(outbox).where(lost).values(state=State.UNCERTAIN, not_before=now))
    old = (outbox.c.state == State.UNCERTAIN) & (outbox.c.not_before <= now - wait)
    given_up = {"state": State.FAILED, "error": "uncertain"}
    connection.execute(update(outbox).where(old & outbox.c.repeated).values(given_up))
    again = {"state": State.WAITING, "repeated": True, "not_before": now}
    connection.execute(update(outbox).where(old & ~outbox.c.repeated).values(again))


def reported(
    connection: Connection,
    channel: Channel,
    provider_id: str,
    state: State,
    ours: int | None = None,
    error: str | None = None,
) -> bool:
    """A platform tells how far a letter came, by its own id or, before we know that, by ours; it only moves forward.

    False where the letter is not known. A failure told late counts unless the letter arrived.
    """
    which = outbox.c.provider_id == provider_id
    if ours is not None:
        which = which | (outbox.c.id == ours)
    row = connection.execute(select(outbox.c.id, outbox.c.state).where(outbox.c.channel == channel, which)).first()
    if row is None:
        return False
    if state in (State.FAILED, State.HELD):
        moves = row.state not in (State.READ, State.DELIVERED, State.FAILED)
    else:
        moves = row.state in FORWARD and FORWARD.index(state) > FORWARD.index(row.state)
    if moves:
        changed = {"state": state, "error": error, "provider_id": provider_id}
        connection.execute(update(outbox).where(outbox.c.id == row.id).values(changed))
    return True


OPENED = (
    update(outbox)
    .where(
        outbox.c.channel == bindparam("of_channel"),
        outbox.c.recipient.in_(bindparam("recipients", expanding=True)),
        outbox.c.state == State.HELD,
    )
    .values(state=State.WAITING, not_before=bindparam("now", type_=Utc), parts=0)
)


def opened(connection: Connection, channel: Channel, recipients: Collection[str], now: datetime) -> None:
    """These people wrote: what was held for them may go."""
    if recipients:
        connection.execute(OPENED, {"of_channel": channel, "recipients": sorted(recipients), "now": now})


def count_billed(
    connection: Connection, month: str, channel: Channel, agency: str, category: str, billed: bool
) -> None:
    """One more message that the platform says it has billed, or not."""
    key = {"month": month, "channel": channel, "agency": agency, "category": category, "billed": billed}
    if not insert_once(connection, meter, key | {"messages": 1}):
        same = [meter.c[name] == value for name, value in key.items()]
        connection.execute(update(meter).where(*same).values(messages=meter.c.messages + 1))
