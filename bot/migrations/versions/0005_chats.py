# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""What waits of a chat is found without looking at what waits of all."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    undone = sa.text("done_at IS NULL")
    columns = ["channel", "sender", "id"]
    op.create_index("inbox_of_chat", "inbox", columns, sqlite_where=undone, postgresql_where=undone)
    unsent = sa.text("state IN ('waiting', 'sending', 'uncertain')")
    columns = ["channel", "recipient", "id"]
    op.create_index("outbox_open", "outbox", columns, sqlite_where=unsent, postgresql_where=unsent)
