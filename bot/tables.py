# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""The tables of what comes in, what is remembered of a chat, what goes out, and the officers' desk."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    FromClause,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    literal_column,
)

from tickets.store import Utc, Word

metadata = MetaData()


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
"""While the oldest letter of a chat is in one of these, no later one of it is sent: order is kept."""

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
    Column("event", String, nullable=False),
    Column("media", Text),  # still at the platform
    Column("not_before", Utc),  # when to try again to fetch it
    Column("sent_at", Utc, nullable=False),
    Column("received_at", Utc, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("claimed_until", Utc),
    Column("done_at", Utc),
    UniqueConstraint("channel", "provider_id"),
    Index("inbox_waiting", "done_at", "id"),
)
_undone = inbox.c.done_at.is_(None)
Index("inbox_of_chat", inbox.c.channel, inbox.c.sender, inbox.c.id, sqlite_where=_undone, postgresql_where=_undone)

memory = Table(
    "memory",
    metadata,
    Column("channel", String, primary_key=True),
    Column("sender", String, primary_key=True),
    Column("agency", String, primary_key=True),
    Column("conversation", Text, nullable=False),
    Column("updated_at", Utc, nullable=False),
    Column("nudge", Utc, index=True),
    Column("wrote_at", Utc),
    Column("knocked_at", Utc),
)

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


def open_letters(letters: FromClause) -> ColumnElement[bool]:
    """Those in an OPEN state; with the states written out, since SQLite uses a partial index for no other."""
    return letters.c.state.in_([literal_column(f"'{state}'") for state in OPEN])


_open = open_letters(outbox)
Index("outbox_open", *(outbox.c[name] for name in ("channel", "recipient", "id")),
      sqlite_where=_open, postgresql_where=_open)  # fmt: skip

meter = Table(
    "meter",
    metadata,
    Column("month", String, primary_key=True),
    Column("channel", String, primary_key=True),
    Column("agency", String, primary_key=True),
    Column("category", String, primary_key=True),
    Column("billed", Boolean, primary_key=True),
    Column("messages", Integer, nullable=False),
)

# The officers' desk

account = Table(
    "account",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("username", String, nullable=False, unique=True),
    Column("name", String, nullable=False),
    Column("agency", String),
    Column("unit", String),
    Column("role", String, nullable=False),
    Column("password", String),
    Column("totp", String),
    Column("totp_used", Integer, nullable=False),
    Column("recovery", Text, nullable=False),
    Column("disabled", Boolean, nullable=False),
    Column("created_at", Utc, nullable=False),
)

invitation = Table(
    "invitation",
    metadata,
    Column("token", String, primary_key=True),  # its hash, as of a session
    Column("account", Integer, nullable=False),
    Column("expires_at", Utc, nullable=False),
)

session = Table(
    "session",
    metadata,
    Column("token", String, primary_key=True),
    Column("account", Integer, nullable=False, index=True),
    Column("form_token", String, nullable=False),
    Column("verified", Boolean, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("seen_at", Utc, nullable=False),
    Column("device", String, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Utc, nullable=False),
    Column("who", String, nullable=False),
    Column("what", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("why", Text, nullable=False),
    Column("before", Integer, nullable=False),  # the row that it is chained to, 0 for none
    Column("chain", String, nullable=False),
)

canned = Table(
    "canned",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("agency", String),
    Column("title", String, nullable=False),
    Column("text", Text, nullable=False),
)

banner = Table(
    "banner",
    metadata,
    Column("agency", String, primary_key=True),
    Column("text", Text, nullable=False),
)

halt = Table(
    "halt",
    metadata,
    Column("channel", String, primary_key=True),
    Column("agency", String, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("since", Utc, nullable=False),
)

missed = Table(
    "missed",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("agency", String),
    Column("text", Text, nullable=False),
    Column("why", String, nullable=False),
    Column("at", Utc, nullable=False, index=True),
    Column("service", String),
    Column("component", String),
    Column("assigned_by", String),
    Column("state", String, nullable=False),
)

topic = Table(
    "topic",
    metadata,
    Column("number", String, primary_key=True),
    Column("chat", String, nullable=False),
    Column("thread", Integer, nullable=False),
    Column("open", Boolean, nullable=False),
    Column("history", Integer, nullable=False),  # how many entries it shows, and notes
    Column("notes", Integer, nullable=False),
)
