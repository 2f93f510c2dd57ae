# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""What was done at the desk, by whom and why: rows that are only added, each chained to the one before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from bot.tables import audit

SHOWN = 200


def note(connection: Connection, now: datetime, who: str, what: str, subject: str = "", why: str = "") -> None:
    """Add a row; never a citizen's words or number. Two at one moment may follow on the same one."""
    last = connection.execute(select(audit.c.id, audit.c.chain).order_by(audit.c.id.desc()).limit(1)).first()
    row = {"at": now, "who": who, "what": what, "subject": subject, "why": why}
    chained = {"before": last.id if last else 0, "chain": _chain(last.chain if last else "", row)}
    connection.execute(insert(audit), row | chained)


def latest(connection: Connection) -> Sequence[Row[Any]]:
    return connection.execute(select(audit).order_by(audit.c.id.desc()).limit(SHOWN)).all()


def broken(connection: Connection) -> int | None:
    """The id of the first row that was changed, or whose predecessor is gone; None where all is as written."""
    chains = {0: ""}
    for row in connection.execute(select(audit).order_by(audit.c.id)).mappings():
        if row["before"] not in chains or row["chain"] != _chain(chains[row["before"]], row):
            return int(row["id"])
        chains[row["id"]] = row["chain"]
    return None


def _chain(before: str, row: Any) -> str:
    content = (before, row["at"].isoformat(), row["who"], row["what"], row["subject"], row["why"])
    return sha256("\0".join(content).encode()).hexdigest()
