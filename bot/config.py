# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Settings, read once from the environment; everything wrong with them is said together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from knowledge.model import AgencyId


class BadConfig(Exception):
    """The environment's settings cannot be used; the message lists each with what was expected."""


@dataclass(frozen=True)
class Settings:
    """`agency` None serves all offices; `model` empty is the one trained here."""

    home: Path = Path("data")
    host: str = "127.0.0.1"
    port: int = 8080
    agency: AgencyId | None = None
    database_url: str = ""
    model: str = ""

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Settings:
        """Read the `TANYA_…` variables that `.env.example` lists; raises BadConfig."""
        problems = []
        port, agency = environ.get("TANYA_PORT") or str(cls.port), environ.get("TANYA_AGENCY") or ""
        if not port.isdecimal() or not 0 < int(port) < 65536:
            problems.append(f"TANYA_PORT harus angka 1–65535, tertulis: {port}")
        database = environ.get("TANYA_DATABASE_URL") or ""
        if database.startswith("postgresql://"):
            database = database.replace("postgresql://", "postgresql+psycopg://", 1)
        if database and not database.startswith(("sqlite:", "postgresql+psycopg:")):
            problems.append("TANYA_DATABASE_URL harus diawali sqlite: atau postgresql:")
        if problems:
            raise BadConfig("Setelan belum benar:\n" + "\n".join(f"- {problem}" for problem in problems))
        home = Path(environ.get("TANYA_HOME") or cls.home)
        return cls(
            home=home,
            host=environ.get("TANYA_HOST") or cls.host,
            port=int(port),
            agency=AgencyId(agency) if agency else None,
            database_url=database or f"sqlite:///{home / 'tanya.db'}",
            model=environ.get("TANYA_MODEL") or "",
        )

    @property
    def media(self) -> Path:
        """Where citizens' photos and documents are kept."""
        return self.home / "media"

    @property
    def built(self) -> Path:
        """Where model and index are built; deleting it costs a rebuild, never data."""
        return self.home / "built"
