# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Whatever database an office has is brought up to date with all that is in it; a newer one is left alone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, MetaData, create_engine, event, text

from bot import mailbox, schema, tables
from bot.schema import FIRST, MIGRATIONS, NEWEST, NewerDatabase
from tests.databases import both
from tickets import store
from tickets.model import Status

pytestmark = both
WHEN = datetime(2026, 11, 26, 3, 0)  # noqa: DTZ001 – as the tables hold it


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", mailbox._durable)  # foreign keys too, as in use
    yield engine
    engine.dispose()


def config(connection: Any) -> Config:
    made = Config()
    made.set_main_option("script_location", str(MIGRATIONS))
    made.attributes["connection"] = connection
    return made


def filled_as_of_first(engine: Engine) -> None:
    """A database of the first schema with something in each table."""
    rows: dict[str, list[dict[str, Any]]] = {
        "inbox": [{"id": 1, "channel": "coba", "provider_id": "1", "sender": "ana", "text": "halo", "sent_at": WHEN,
                   "received_at": WHEN, "attempts": 1, "done_at": WHEN}],
        "outbox": [{"id": 1, "channel": "coba", "recipient": "ana", "body": "{}", "created_at": WHEN}],
        "memory": [{"channel": "coba", "sender": "ana", "agency": "melawi", "conversation": "{}", "updated_at": WHEN}],
        "ticket": [{"number": number, "kind": "pengaduan", "channel": "coba", "sender": "ana", "agency": "melawi",
                    "text": "antre lama", "received": WHEN, "status": "diterima"} for number in ("A", "B")],
        "note": [{"id": n, "number": number, "text": f"catatan {n}", "received": WHEN}
                 for n, number in ((1, "A"), (2, "B"), (3, "A"))],
    }  # fmt: skip
    with engine.begin() as connection:
        command.upgrade(config(connection), FIRST)
        before = MetaData()
        before.reflect(connection)
        for table, content in rows.items():
            connection.execute(before.tables[table].insert(), content)


def differences(engine: Engine) -> list[Any]:
    both_halves = [tables.metadata, store.metadata]
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        return list(compare_metadata(context, both_halves))  # type: ignore[arg-type]


def test_a_fresh_database_is_as_the_code_says(engine: Engine) -> None:
    schema.upgrade(engine)
    assert differences(engine) == []
    schema.upgrade(engine)


@pytest.mark.parametrize("versioned", [True, False])
def test_an_older_one_is_brought_up_to_date_with_all_that_is_in_it(engine: Engine, versioned: bool) -> None:
    filled_as_of_first(engine)
    if not versioned:
        with engine.begin() as connection:
            connection.execute(text("drop table alembic_version"))
    schema.upgrade(engine)
    assert differences(engine) == []
    with engine.connect() as connection:
        tickets = {ticket.number: ticket for ticket in store.of_senders(connection, [("coba", "ana")])["coba", "ana"]}
        for table in ("inbox", "outbox", "memory"):
            assert connection.execute(text(f"select count(*) from {table}")).scalar() == 1  # noqa: S608
    assert [note.text for note in tickets["A"].notes] == ["catatan 1", "catatan 3"]
    assert [note.text for note in tickets["B"].notes] == ["catatan 2"]
    assert tickets["A"].status is Status.DITERIMA
    assert tickets["A"].received == tickets["A"].arrived == tickets["A"].history[0].at
    assert tickets["A"].clocks == ()
    with engine.begin() as connection:
        store.save(connection, tickets["A"], tickets["A"].received)


def test_the_newest_version_is_known_by_its_name(engine: Engine) -> None:
    with engine.connect() as connection:
        assert ScriptDirectory.from_config(config(connection)).get_current_head() == NEWEST


def test_a_newer_database_is_refused_in_a_sentence(engine: Engine) -> None:
    schema.upgrade(engine)
    with engine.begin() as connection:
        connection.execute(text("update alembic_version set version_num = '9999'"))
    with pytest.raises(NewerDatabase, match="versi yang lebih baru"):
        schema.upgrade(engine)


def test_many_may_start_at_once(engine: Engine) -> None:
    filled_as_of_first(engine)
    failed: list[BaseException] = []

    def start() -> None:
        try:
            schema.upgrade(engine)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert differences(engine) == []


def test_a_change_that_breaks_half_way_leaves_what_was(engine: Engine) -> None:
    filled_as_of_first(engine)
    with engine.begin() as connection:
        connection.execute(text("create table reminder (stray integer)"))  # one of the tables that a change makes
    with pytest.raises(Exception, match="reminder"):
        schema.upgrade(engine)
    with engine.connect() as connection:
        assert connection.execute(text("select version_num from alembic_version")).scalar() == FIRST
        assert connection.execute(text("select count(*) from note")).scalar() == 3
    with engine.begin() as connection:
        connection.execute(text("drop table reminder"))
    schema.upgrade(engine)
    assert differences(engine) == []
