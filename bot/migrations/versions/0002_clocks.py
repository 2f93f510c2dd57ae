# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Tickets with state, history, clocks, attachments and reminders; drafts that are asked about.

Complaints of before keep their text and state; no promise was counted for them, so none is invented.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("inbox", sa.Column("attachments", sa.Text))
    op.add_column("memory", sa.Column("nudge", sa.DateTime))
    op.create_index("ix_memory_nudge", "memory", ["nudge"])
    with op.batch_alter_table("ticket") as ticket:
        ticket.alter_column("sender", existing_type=sa.String, nullable=True)
        ticket.add_column(sa.Column("arrived", sa.DateTime))
        ticket.add_column(sa.Column("unit", sa.String))
        ticket.add_column(sa.Column("identity", sa.String, nullable=False, server_default="terbuka"))
        ticket.add_column(sa.Column("contact", sa.String, nullable=False, server_default=""))
        ticket.add_column(sa.Column("about_staff", sa.Boolean, nullable=False, server_default=sa.false()))
        ticket.add_column(sa.Column("suggested", sa.String))
        ticket.add_column(sa.Column("cls", sa.String))
        ticket.add_column(sa.Column("officer", sa.String))
        ticket.add_column(sa.Column("promises", sa.Text))
        ticket.add_column(sa.Column("counted_from", sa.DateTime))
        ticket.add_column(sa.Column("answer", sa.Text, nullable=False, server_default=""))
        ticket.add_column(sa.Column("rating", sa.Integer))
        ticket.add_column(sa.Column("merged_into", sa.String))
        ticket.add_column(sa.Column("version", sa.Integer, nullable=False, server_default="1"))
        ticket.add_column(sa.Column("wake", sa.DateTime))
    op.execute("update ticket set arrived = received, counted_from = received")
    with op.batch_alter_table("ticket") as ticket:
        ticket.alter_column("arrived", existing_type=sa.DateTime, nullable=False)
        for name in ("identity", "contact", "about_staff", "answer", "version"):
            ticket.alter_column(name, server_default=None)
    op.create_index("ix_ticket_wake", "ticket", ["wake"])
    op.create_table(
        "history",
        sa.Column("number", sa.String, sa.ForeignKey("ticket.number"), primary_key=True),
        sa.Column("place", sa.Integer, primary_key=True),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("by", sa.String, nullable=False),
        sa.Column("step", sa.String, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
    )
    op.execute(
        "insert into history (number, place, at, by, step, status, why)"
        " select number, 1, received, 'pelapor', 'diterima', status, '' from ticket"
    )
    op.create_table(
        "clock",
        sa.Column("number", sa.String, sa.ForeignKey("ticket.number"), primary_key=True),
        sa.Column("place", sa.Integer, primary_key=True),
        sa.Column("target", sa.String, nullable=False),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("limit", sa.Integer, nullable=False),
        sa.Column("unit", sa.String, nullable=False),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("start", sa.DateTime, nullable=False),
        sa.Column("since", sa.DateTime, nullable=False),
        sa.Column("due", sa.DateTime),
        sa.Column("calendar", sa.String, nullable=False),
        sa.Column("cls", sa.String),
        sa.Column("stopped", sa.DateTime),
        sa.Column("verdict", sa.String),
        sa.Column("worked", sa.Integer, nullable=False),
        sa.Column("paused", sa.Integer, nullable=False),
        sa.Column("replaced", sa.Boolean, nullable=False),
    )
    op.create_index("ix_clock_stopped", "clock", ["stopped"])
    op.rename_table("note", "note_before")
    op.create_table(
        "note",
        sa.Column("number", sa.String, sa.ForeignKey("ticket.number"), primary_key=True),
        sa.Column("place", sa.Integer, primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("received", sa.DateTime, nullable=False),
    )
    op.execute(
        "insert into note (number, place, text, received) select number,"
        " row_number() over (partition by number order by id), text, received from note_before"
    )
    op.drop_table("note_before")
    op.create_table(
        "attachment",
        sa.Column("number", sa.String, sa.ForeignKey("ticket.number"), primary_key=True),
        sa.Column("note", sa.Integer, primary_key=True),
        sa.Column("place", sa.Integer, primary_key=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("media_type", sa.String, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("path", sa.String, nullable=False),
    )
    op.create_table(
        "reminder",
        sa.Column("subject", sa.String, primary_key=True),
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("level", sa.Integer, primary_key=True),
        sa.Column("round", sa.Integer, primary_key=True),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("done", sa.DateTime, nullable=False),
        sa.Column("told", sa.Boolean, nullable=False),
    )
