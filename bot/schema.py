# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""The database's schema by version: whatever an office has is brought up to date when it is opened."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine, inspect, text

MIGRATIONS = Path(__file__).parent / "migrations"
FIRST = "0001"
NEWEST = "0002"
"""Known here so that a database that is up to date opens without loading the machinery that changes one."""


class NewerDatabase(Exception):
    """The database was made by a later version of this program."""


def upgrade(engine: Engine) -> None:
    """Bring the database to the newest schema, all or nothing; raises NewerDatabase."""
    with engine.connect() as connection:
        tables = set(inspect(connection).get_table_names())
        versioned = "alembic_version" in tables
        version = connection.execute(text("select version_num from alembic_version")).scalar() if versioned else None
    if version == NEWEST:
        return
    if version and version > NEWEST:
        raise NewerDatabase(
            f"Basis data ini dibuat oleh versi yang lebih baru ({version}). Pasang versi program yang terbaru."
        )
    from alembic import command  # takes its time, and is needed once
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        if not version and "ticket" in tables:
            command.stamp(config, FIRST)  # made before versions were kept
        command.upgrade(config, NEWEST)
