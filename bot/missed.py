# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Missed messages in the database: gathered, proposed for a card by one officer, approved by another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from bot.tables import missed
from handlers.messages import Missed, Why
from index.lexical import alike

KEPT = timedelta(days=90)
"""After which a message is forgotten that nobody taught us the answer to."""

OFTEN = 3
"""Likely questions from which on being asked "which one?" is worth looking at."""

SHOWN = 2000

ELSEWHERE = "luar_layanan"
"""In the place of a component: no card answers this."""


class State(StrEnum):
    BARU = "baru"
    DIUSULKAN = "diusulkan"
    DISETUJUI = "disetujui"
    DIPELAJARI = "dipelajari"


@dataclass(frozen=True)
class Group:
    """Messages that are alike, the oldest first."""

    ids: tuple[int, ...]
    texts: tuple[str, ...]
    why: tuple[tuple[str, int], ...]
    agency: str | None
    last: datetime


def note(connection: Connection, agency: str | None, what: Missed, now: datetime, by: str = "") -> int:
    """Keep a message; one that an officer `by` has judged waits for approval at once."""
    row = {"agency": agency, "text": what.text, "why": what.why, "at": now, "state": State.BARU}
    id = int(connection.execute(insert(missed).returning(missed.c.id), row).scalar_one())
    if what.component or what.elsewhere:
        propose(connection, [id], what.service, what.component or ELSEWHERE, by, agency)
    return id


def groups(connection: Connection, agency: str | None) -> list[Group]:
    """What nobody looked at yet, largest groups first; what was only asked back counts when it is often."""
    new = missed.c.state == State.BARU
    rows = connection.execute(select(missed).where(new & _of(agency)).order_by(missed.c.id.desc()).limit(SHOWN)).all()
    by_office: dict[str | None, list[Row[Any]]] = {}
    for row in reversed(rows):
        by_office.setdefault(row.agency, []).append(row)
    found = [
        _group([several[place] for place in places])
        for several in by_office.values()
        for places in alike([row.text for row in several])
    ]
    worth = [g for g in found if len(g.ids) >= OFTEN or {why for why, _ in g.why} != {Why.DITANYA_BALIK}]
    return sorted(worth, key=lambda group: (-len(group.ids), -group.last.timestamp()))


def _group(rows: Sequence[Row[Any]]) -> Group:
    counted = Counter(str(row.why) for row in rows)
    texts = tuple(dict.fromkeys(row.text for row in rows))
    return Group(tuple(r.id for r in rows), texts, tuple(counted.most_common()), rows[0].agency, rows[-1].at)


def _of(agency: str | None) -> Any:
    return missed.c.agency == agency if agency else missed.c.id.is_not(None)


def in_state(connection: Connection, state: State, agency: str | None) -> Sequence[Row[Any]]:
    return connection.execute(select(missed).where((missed.c.state == state) & _of(agency)).order_by(missed.c.id)).all()


def propose(
    connection: Connection, ids: Collection[int], service: str | None, component: str, by: str, agency: str | None
) -> None:
    """The card that these messages should have had; `component` ELSEWHERE where none should."""
    theirs = missed.c.id.in_(ids) & _of(agency) & missed.c.state.in_([State.BARU, State.DIUSULKAN])
    changed = {"service": service, "component": component, "assigned_by": by, "state": State.DIUSULKAN}
    connection.execute(update(missed).where(theirs).values(changed))


def decide(connection: Connection, id: int, approved: bool, agency: str | None) -> None:
    """A reviewer's word on a proposal: it will be learned, or looked at anew."""
    state = State.DISETUJUI if approved else State.BARU
    theirs = (missed.c.id == id) & (missed.c.state == State.DIUSULKAN) & _of(agency)
    connection.execute(update(missed).where(theirs).values(state=state))


def ignore(connection: Connection, ids: Collection[int], agency: str | None) -> None:
    connection.execute(delete(missed).where(missed.c.id.in_(ids) & _of(agency) & (missed.c.state == State.BARU)))


def learned(connection: Connection, ids: Collection[int]) -> None:
    connection.execute(update(missed).where(missed.c.id.in_(ids)).values(state=State.DIPELAJARI))


def unlearned(connection: Connection, ids: Collection[int]) -> None:
    """A lesson was taken back: its messages wait for approval again."""
    taught = missed.c.id.in_(ids) & (missed.c.state == State.DIPELAJARI)
    connection.execute(update(missed).where(taught).values(state=State.DIUSULKAN))


def forget(connection: Connection, now: datetime) -> int:
    """Drop what is older than KEPT, whatever became of it: what was learned is in the phrases by then."""
    return connection.execute(delete(missed).where(missed.c.at < now - KEPT)).rowcount
