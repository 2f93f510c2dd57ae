# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Tables keep what they were given, times with their zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import create_engine
from sqlalchemy.exc import IntegrityError, StatementError

from tickets import store
from tickets.model import Kind, Note, Ticket

WIB = timezone(timedelta(hours=7))


def ticket(number: str, sender: str = "ana", received: datetime = datetime(2026, 11, 26, 10, tzinfo=WIB)) -> Ticket:
    return Ticket(number, Kind.PENGADUAN, "coba", sender, "melawi", None, "petugas kasar", received)


def test_a_person_finds_only_their_own_tickets_newest_first() -> None:
    engine = create_engine("sqlite://")
    store.metadata.create_all(engine)
    with engine.begin() as connection:
        store.file(connection, ticket("A"))
        store.file(connection, ticket("B", received=datetime(2026, 11, 27, 10, tzinfo=WIB)))
        store.file(connection, ticket("C", sender="budi"))
        store.add(connection, Note("A", "tadi pagi", datetime(2026, 11, 26, 11, tzinfo=WIB)))
        own = store.of_sender(connection, "coba", "ana")
    assert [t.number for t in own] == ["B", "A"]
    assert own[1].received == datetime(2026, 11, 26, 3, tzinfo=UTC)


def test_a_time_without_zone_and_a_number_twice_are_refused() -> None:
    engine = create_engine("sqlite://")
    store.metadata.create_all(engine)
    with engine.begin() as connection:
        with pytest.raises(StatementError, match="zone"):
            store.file(connection, ticket("A", received=datetime(2026, 11, 26, 10)))  # noqa: DTZ001
        store.file(connection, ticket("A"))
        assert store.taken(connection, "A")
        with pytest.raises(IntegrityError):
            store.file(connection, ticket("A"))
