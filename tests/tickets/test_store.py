# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Tables keep what they were given, on SQLite and on PostgreSQL; who comes second is refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, create_engine, func, select
from sqlalchemy.exc import IntegrityError, StatementError

from tests.databases import both
from tests.tickets.test_steps import BY, HOURS, at, filed
from tickets import store
from tickets.agenda import Action, Key, Task
from tickets.model import Attachment, Class, Identity, Note, Ticket
from tickets.steps import Refused, answer, ask, classify, reopen, supply, withdraw

NOW = at("2025-06-12T09:00")
PHOTO = Attachment("foto.jpg", "image/jpeg", 9, "a.jpg")


pytestmark = both


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    engine = create_engine(url)
    store.metadata.create_all(engine)
    yield engine
    engine.dispose()


def full() -> Ticket:
    """A ticket with something in every part."""
    ticket = filed("2025-06-10T09:00", attachments=(PHOTO,), identity=Identity.RAHASIA, suggested=Class.BERKADAR)
    ticket = classify(ticket, Class.NORMATIF, BY, at("2025-06-10T13:30"), HOURS)
    waiting = ask(ticket, "Di mana?", BY, at("2025-06-10T14:00"), HOURS)
    supplied = supply(waiting, Note("loket dua", at("2025-06-11T09:00"), (PHOTO, PHOTO)), HOURS)
    answered = answer(supplied, "Sudah.", BY, at("2025-06-11T10:00"), HOURS)
    return reopen(answered, at("2025-06-12T08:00"), HOURS, why="belum")


def utc(ticket: Ticket) -> Ticket:
    """The same moments, as the tables give them back."""
    return replace(ticket, version=1)


def test_a_ticket_comes_back_as_it_went(engine: Engine) -> None:
    ticket = full()
    with engine.begin() as connection:
        store.save(connection, ticket, NOW)
    with engine.connect() as connection:
        found = store.find(connection, ticket.number)
    assert found == utc(ticket)
    assert found is not None
    assert found.received.tzinfo is UTC


def test_a_person_finds_only_their_own_newest_first(engine: Engine) -> None:
    with engine.begin() as connection:
        store.save(connection, filed("2025-06-10T09:00", number="A"), NOW)
        store.save(connection, filed("2025-06-11T09:00", number="B"), NOW)
        store.save(connection, filed("2025-06-11T09:00", number="C", sender="budi"), NOW)
        store.save(connection, filed("2025-06-11T09:00", number="D", sender=None), NOW)
        assert [t.number for t in store.of_senders(connection, [("coba", "ana")])["coba", "ana"]] == ["B", "A"]
        assert {t.number for t in store.of_agency(connection, "melawi")} == {"A", "B", "C", "D"}
        assert store.of_agency(connection, "landak") == []


def test_two_officers_at_once_the_second_is_refused_and_nothing_of_it_stays(engine: Engine) -> None:
    with engine.begin() as connection:
        store.save(connection, filed("2025-06-10T09:00", number="A"), NOW)
    with engine.connect() as connection:
        first = second = store.find(connection, "A")
    assert first is not None
    assert second is not None
    with engine.begin() as connection:
        store.save(connection, classify(first, Class.NORMATIF, "Rahmat", NOW, HOURS), NOW)
    with pytest.raises(Refused, match=r"A baru saja diubah orang lain"), engine.begin() as connection:
        store.save(connection, withdraw(second, NOW, HOURS), NOW)
    with engine.connect() as connection:
        kept = store.find(connection, "A")
    assert kept is not None
    assert [entry.by for entry in kept.history] == ["pelapor", "Rahmat"]


def test_history_is_only_added_to(engine: Engine) -> None:
    with engine.begin() as connection:
        store.save(connection, filed("2025-06-10T09:00", number="A"), NOW)
        ticket = store.find(connection, "A")
        assert ticket is not None
        forged = replace(ticket, history=(replace(ticket.history[0], by="orang lain"),))
        store.save(connection, forged, NOW)
        kept = store.find(connection, "A")
    assert kept is not None
    assert kept.history == ticket.history


def test_a_time_without_zone_and_a_number_twice_are_refused(engine: Engine) -> None:
    with pytest.raises(StatementError, match="zone"), engine.begin() as connection:
        store.save(connection, filed("2025-06-10T09:00", number="A", arrived=datetime(2026, 1, 1)), NOW)  # noqa: DTZ001
    with engine.begin() as connection:
        store.save(connection, filed("2025-06-10T09:00", number="A"), NOW)
    with pytest.raises(IntegrityError), engine.begin() as connection:
        store.save(connection, filed("2025-06-10T09:00", number="A"), NOW)


def test_what_is_due_is_a_query(engine: Engine) -> None:
    with engine.begin() as connection:
        for number, minutes in (("A", 0), ("B", 5), ("C", -5)):
            store.save(connection, filed("2025-06-10T09:00", number=number), NOW + timedelta(minutes=minutes))
        assert {t.number for t in store.ripe(connection, NOW, 9)} == {"A", "C"}
        assert store.ripe_numbers(connection, NOW, 1) == ["C"]
        store.sleep(connection, "C", NOW + timedelta(days=1))
        store.sleep(connection, "A", None)
        assert store.ripe(connection, NOW, 9) == []
        assert [t.number for t in store.ripe(connection, NOW + timedelta(days=2), 9)] == ["B", "C"]
        done = withdraw(filed("2025-06-10T09:00", number="E"), NOW, HOURS)
        store.save(connection, done, NOW)
        assert "E" not in store.ripe_numbers(connection, NOW + timedelta(days=2), 9)


def test_tickets_counted_by_another_calendar_are_found(engine: Engine) -> None:
    with engine.begin() as connection:
        store.save(connection, filed("2025-06-10T09:00", number="A"), NOW)
        store.save(connection, withdraw(filed("2025-06-10T09:00", number="B"), NOW, HOURS), NOW)
        assert store.miscounted(connection, "melawi", HOURS.calendar.version, 9) == []
        assert [t.number for t in store.miscounted(connection, "melawi", "lain", 9)] == ["A"]
        assert store.miscounted(connection, "landak", "lain", 9) == []


def test_a_task_is_marked_once(engine: Engine) -> None:
    task = Task(Key("A", "normatif", 1, 1), NOW, Action.INGATKAN)
    with engine.begin() as connection:
        assert store.mark(connection, task, NOW, told=True)
        assert not store.mark(connection, task, NOW, told=False)
        assert store.done(connection, ["A", "B"]) == {"A": {task.key}}
        assert connection.execute(select(func.count()).select_from(store.reminder_table)).scalar_one() == 1


def test_a_month_finds_what_it_could_touch(engine: Engine) -> None:
    june, july = at("2025-06-01T00:00"), at("2025-07-01T00:00")
    with engine.begin() as connection:
        store.save(connection, filed("2025-05-20T09:00", number="open since May"), NOW)
        closed = withdraw(filed("2025-05-20T09:00", number="closed in May"), at("2025-05-21T09:00"), HOURS)
        store.save(connection, closed, NOW)
        store.save(connection, filed("2025-07-02T09:00", number="July"), NOW)
        found = [t.number for t in store.of_time(connection, "melawi", june, july)]
    assert found == ["open since May"]
