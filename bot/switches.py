# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""What an office says in every reply, and which channels it has stopped, with the reason."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, null, select, union_all

from bot.tables import banner, halt


@dataclass(frozen=True)
class Switches:
    """`banner` is said before each reply; `halted` is why the bot does not answer here, empty where it does."""

    banner: str = ""
    halted: str = ""


READ = union_all(
    select(null().label("channel"), banner.c.agency, banner.c.text),
    select(halt.c.channel, halt.c.agency, halt.c.reason),
)


def read(connection: Connection) -> Callable[[str, str | None], Switches]:
    """What holds for a message, by channel and agency; an entry without an office holds for all."""
    rows = connection.execute(READ).all()

    def switches(channel: str, agency: str | None) -> Switches:
        ours = [row for row in rows if row.agency in ("", agency or "")]
        said = next((row.text for row in ours if row.channel is None), "")
        return Switches(said, next((row.text for row in ours if row.channel == channel), ""))

    return switches


def announce(connection: Connection, agency: str | None, text: str) -> None:
    """Say `text` in every reply from now on; empty: no more."""
    connection.execute(delete(banner).where(banner.c.agency == (agency or "")))
    if text:
        connection.execute(insert(banner), {"agency": agency or "", "text": text})


def stop(connection: Connection, channel: str, agency: str | None, reason: str, now: datetime) -> None:
    """The bot no longer answers on `channel`; with an empty reason it does again."""
    where = (halt.c.channel == channel) & (halt.c.agency == (agency or ""))
    connection.execute(delete(halt).where(where))
    if reason:
        row = {"channel": channel, "agency": agency or "", "reason": reason, "since": now}
        connection.execute(insert(halt), row)


def stopped(connection: Connection, agency: str | None) -> Sequence[Row[Any]]:
    return connection.execute(select(halt).where(halt.c.agency.in_(["", agency or ""]))).all()


def said(connection: Connection, agency: str | None) -> str:
    found = select(banner.c.text).where(banner.c.agency == (agency or ""))
    return str(connection.execute(found).scalar() or "")
