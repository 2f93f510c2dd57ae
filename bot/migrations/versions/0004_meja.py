# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""The officers' desk: accounts, sessions, what was done; what the office says, stops and learns."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("username", sa.String, nullable=False, unique=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("agency", sa.String),
        sa.Column("unit", sa.String),
        sa.Column("role", sa.String, nullable=False),
        sa.Column("password", sa.String),
        sa.Column("totp", sa.String),
        sa.Column("totp_used", sa.Integer, nullable=False),
        sa.Column("recovery", sa.Text, nullable=False),
        sa.Column("disabled", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
    )
    op.create_table(
        "invitation",
        sa.Column("token", sa.String, primary_key=True),
        sa.Column("account", sa.Integer, nullable=False),
        sa.Column("expires_at", sa.DateTime, nullable=False),
    )
    op.create_table(
        "session",
        sa.Column("token", sa.String, primary_key=True),
        sa.Column("account", sa.Integer, nullable=False),
        sa.Column("form_token", sa.String, nullable=False),
        sa.Column("verified", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("seen_at", sa.DateTime, nullable=False),
        sa.Column("device", sa.String, nullable=False),
    )
    op.create_index("ix_session_account", "session", ["account"])
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("who", sa.String, nullable=False),
        sa.Column("what", sa.String, nullable=False),
        sa.Column("subject", sa.String, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("before", sa.Integer, nullable=False),
        sa.Column("chain", sa.String, nullable=False),
    )
    op.create_table(
        "canned",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("agency", sa.String),
        sa.Column("title", sa.String, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
    )
    op.create_table(
        "banner",
        sa.Column("agency", sa.String, primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
    )
    op.create_table(
        "halt",
        sa.Column("channel", sa.String, primary_key=True),
        sa.Column("agency", sa.String, primary_key=True),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("since", sa.DateTime, nullable=False),
    )
    op.create_table(
        "missed",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("agency", sa.String),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("why", sa.String, nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("service", sa.String),
        sa.Column("component", sa.String),
        sa.Column("assigned_by", sa.String),
        sa.Column("state", sa.String, nullable=False),
    )
    op.create_index("ix_missed_at", "missed", ["at"])
    op.create_table(
        "topic",
        sa.Column("number", sa.String, primary_key=True),
        sa.Column("chat", sa.String, nullable=False),
        sa.Column("thread", sa.Integer, nullable=False),
        sa.Column("open", sa.Boolean, nullable=False),
        sa.Column("history", sa.Integer, nullable=False),
        sa.Column("notes", sa.Integer, nullable=False),
    )
