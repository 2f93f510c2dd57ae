# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""How far each message came, claims on the inbox, the platforms' windows, and what was billed.

What stands in the outbox was fetched by pages long ago.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    with op.batch_alter_table("inbox") as inbox:
        inbox.add_column(sa.Column("event", sa.String, nullable=False, server_default="message"))
        inbox.add_column(sa.Column("media", sa.Text))
        inbox.add_column(sa.Column("not_before", sa.DateTime))
        inbox.add_column(sa.Column("claimed_until", sa.DateTime))
    with op.batch_alter_table("inbox") as inbox:
        inbox.alter_column("event", server_default=None)
    op.add_column("memory", sa.Column("wrote_at", sa.DateTime))
    op.add_column("memory", sa.Column("knocked_at", sa.DateTime))
    with op.batch_alter_table("outbox") as outbox:
        outbox.add_column(sa.Column("agency", sa.String))
        outbox.add_column(sa.Column("state", sa.String, nullable=False, server_default="sent"))
        outbox.add_column(sa.Column("attempts", sa.Integer, nullable=False, server_default="0"))
        outbox.add_column(sa.Column("parts", sa.Integer, nullable=False, server_default="0"))
        outbox.add_column(sa.Column("repeated", sa.Boolean, nullable=False, server_default=sa.false()))
        outbox.add_column(sa.Column("not_before", sa.DateTime))
        outbox.add_column(sa.Column("provider_id", sa.String))
        outbox.add_column(sa.Column("error", sa.String))
    op.execute("update outbox set not_before = created_at")
    with op.batch_alter_table("outbox") as outbox:
        outbox.alter_column("not_before", existing_type=sa.DateTime, nullable=False)
        for name in ("state", "attempts", "parts", "repeated"):
            outbox.alter_column(name, server_default=None)
    op.create_index("ix_outbox_provider_id", "outbox", ["provider_id"])
    op.create_index("outbox_due", "outbox", ["state", "not_before"])
    op.create_table(
        "meter",
        sa.Column("month", sa.String, primary_key=True),
        sa.Column("channel", sa.String, primary_key=True),
        sa.Column("agency", sa.String, primary_key=True),
        sa.Column("category", sa.String, primary_key=True),
        sa.Column("billed", sa.Boolean, primary_key=True),
        sa.Column("messages", sa.Integer, nullable=False),
    )
