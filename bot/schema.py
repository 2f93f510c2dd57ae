# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""The database's schema by version: whatever an office has is brought up to date when it is opened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

MIGRATIONS = Path(__file__).parent / "migrations"
FIRST = "0001"
NEWEST = "0005"
"""Known here so that a database that is up to date opens without loading the machinery that changes one."""


LOCK = 7_120_255
"""Any number, the same for all that upgrade one PostgreSQL database."""


class NewerDatabase(Exception):
    """The database was made by a later version of this program."""


def upgrade(engine: Engine) -> None:
    """Bring the database to the newest schema, all or nothing, once however many start; raises NewerDatabase."""
    with engine.connect() as connection:
        if _version(connection) == NEWEST:
            return
    with engine.connect() as connection, _locked(connection):
        _upgrade(connection)


def _upgrade(connection: Connection) -> None:
    from alembic import command  # takes its time, and is needed once
    from alembic.config import Config

    version = _version(connection)
    if version and version > NEWEST:
        raise NewerDatabase(
            f"Basis data ini dibuat oleh versi yang lebih baru ({version}). Pasang versi program yang terbaru."
        )
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    if version is None and inspect(connection).has_table("ticket"):
        command.stamp(config, FIRST)  # made before versions were kept
    command.upgrade(config, NEWEST)


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("select version_num from alembic_version")).scalar()


@contextmanager
def _locked(connection: Connection) -> Iterator[None]:
    """One transaction that holds others off; SQLite rebuilds tables in it, which foreign keys would forbid."""
    sqlite = connection.dialect.name == "sqlite"
    keys = connection.exec_driver_sql("PRAGMA foreign_keys").scalar() if sqlite else None
    if sqlite:
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.exec_driver_sql(f"select pg_advisory_xact_lock({LOCK})")
    try:
        yield
        connection.commit()
    finally:
        connection.rollback()
        if keys:
            connection.exec_driver_sql("PRAGMA foreign_keys=ON")
