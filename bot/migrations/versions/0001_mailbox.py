# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Inbox, outbox, memory, and complaints as plain notes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "inbox",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("provider_id", sa.String, nullable=False),
        sa.Column("sender", sa.String, nullable=False),
        sa.Column("agency", sa.String),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("choice", sa.String),
        sa.Column("sent_at", sa.DateTime, nullable=False),
        sa.Column("received_at", sa.DateTime, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("done_at", sa.DateTime),
        sa.UniqueConstraint("channel", "provider_id"),
    )
    op.create_index("inbox_waiting", "inbox", ["done_at", "id"])
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("recipient", sa.String, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
    )
    op.create_index("outbox_of", "outbox", ["channel", "recipient", "id"])
    op.create_table(
        "memory",
        sa.Column("channel", sa.String, primary_key=True),
        sa.Column("sender", sa.String, primary_key=True),
        sa.Column("agency", sa.String, primary_key=True),
        sa.Column("conversation", sa.Text, nullable=False),
        sa.Column("updated_at", sa.DateTime, nullable=False),
    )
    op.create_table(
        "ticket",
        sa.Column("number", sa.String, primary_key=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("sender", sa.String, nullable=False),
        sa.Column("agency", sa.String),
        sa.Column("service", sa.String),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("received", sa.DateTime, nullable=False),
        sa.Column("status", sa.String, nullable=False),
    )
    op.create_index("ix_ticket_sender", "ticket", ["sender"])
    op.create_table(
        "note",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("number", sa.String, sa.ForeignKey("ticket.number"), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("received", sa.DateTime, nullable=False),
    )
    op.create_index("ix_note_number", "note", ["number"])
