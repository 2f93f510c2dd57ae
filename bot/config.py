# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Settings, read once from the environment; everything wrong with them is said together."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from knowledge.model import AgencyId


class BadConfig(Exception):
    """The environment's settings cannot be used; the message lists each with what was expected."""


API = "https://graph.facebook.com/v25.0"
ADDRESSES = ("public_url", "whatsapp_api", "telegram_api")
TELEGRAM_API = "https://api.telegram.org"


def log_to_stderr() -> None:
    """Warnings and errors with their time, from each of our processes alike."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")


@dataclass(frozen=True)
class Settings:
    """`agency` None serves all offices; `model` empty is the one trained here; a channel without a token is off."""

    home: Path = Path("data")
    host: str = "127.0.0.1"
    port: int = 8080
    agency: AgencyId | None = None
    database_url: str = field(default="", repr=False)
    model: str = ""
    public_url: str = ""
    offices: Path | None = None
    whatsapp_token: str = field(default="", repr=False)
    whatsapp_app_secret: str = field(default="", repr=False)
    whatsapp_verify_token: str = field(default="", repr=False)
    whatsapp_phone_id: str = ""
    whatsapp_api: str = API
    whatsapp_template: str = ""
    telegram_token: str = field(default="", repr=False)
    telegram_secret: str = field(default="", repr=False)
    telegram_api: str = TELEGRAM_API
    telegram_staff: frozenset[str] = frozenset()
    telegram_desk: str = ""

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Settings:
        """Read the `TANYA_…` variables that `.env.example` lists; raises BadConfig."""
        read = {
            "TANYA_HOME": "", "TANYA_HOST": "", "TANYA_PORT": "", "TANYA_AGENCY": "", "TANYA_DATABASE_URL": "",
            "TANYA_MODEL": "", "TANYA_PUBLIC_URL": "", "TANYA_OFFICES": "", "TANYA_WHATSAPP_TOKEN": "",
            "TANYA_WHATSAPP_APP_SECRET": "", "TANYA_WHATSAPP_VERIFY_TOKEN": "", "TANYA_WHATSAPP_PHONE_ID": "",
            "TANYA_WHATSAPP_API": "", "TANYA_WHATSAPP_TEMPLATE": "", "TANYA_TELEGRAM_TOKEN": "",
            "TANYA_TELEGRAM_SECRET": "", "TANYA_TELEGRAM_API": "",
            "TANYA_TELEGRAM_STAFF": "", "TANYA_TELEGRAM_DESK": "",
        }  # fmt: skip
        read = {name: environ.get(name, "").strip() for name in read}
        given = {name.removeprefix("TANYA_").lower(): value for name, value in read.items() if value}
        if problems := list(_problems(given)):
            raise BadConfig("Setelan belum benar:\n" + "\n".join(f"- {problem}" for problem in problems))
        home = Path(given.get("home", cls.home))
        database = given.get("database_url", f"sqlite:///{home / 'tanya.db'}")
        typed: dict[str, Any] = dict(given)
        typed |= {"home": home, "database_url": re.sub("^postgresql:", "postgresql+psycopg:", database)}
        typed |= {name: typed[name].rstrip("/") for name in ADDRESSES if name in given}
        if "port" in given:
            typed["port"] = int(given["port"])
        if "telegram_staff" in given:
            typed["telegram_staff"] = frozenset(given["telegram_staff"].replace(",", " ").split())
        if "offices" in given:
            typed["offices"] = Path(given["offices"])
        return cls(**typed)

    @property
    def media(self) -> Path:
        """Where citizens' photos and documents are kept."""
        return self.home / "media"

    @property
    def built(self) -> Path:
        """Where model and index are built; deleting it costs a rebuild, never data."""
        return self.home / "built"


def _problems(given: Mapping[str, str]) -> Iterator[str]:
    port, database = given.get("port", "8080"), given.get("database_url", "sqlite:")
    if not port.isdecimal() or not 0 < int(port) < 65536:
        yield f"TANYA_PORT harus angka 1–65535, tertulis: {port}"
    if not database.startswith(("sqlite:", "postgresql:", "postgresql+psycopg:")):
        yield "TANYA_DATABASE_URL harus diawali sqlite: atau postgresql:"
    for name in ADDRESSES:
        if not given.get(name, "https://").startswith(("https://", "http://")):
            yield f"TANYA_{name.upper()} harus diawali https://, tertulis: {given[name]}"
    if "whatsapp_token" in given and "whatsapp_phone_id" not in given:
        yield "TANYA_WHATSAPP_PHONE_ID belum diisi: nomor id telepon dari halaman API Setup"
    if "whatsapp_phone_id" in given and "whatsapp_token" not in given:
        yield "TANYA_WHATSAPP_TOKEN belum diisi"
    for name in ("whatsapp_app_secret", "whatsapp_verify_token"):
        if "whatsapp_token" in given and name not in given:
            yield f"TANYA_{name.upper()} belum diisi: tanpa itu tidak ada pesan WhatsApp yang diterima"
    if not re.fullmatch(r"[\d\s,]*", given.get("telegram_staff", "")):
        yield "TANYA_TELEGRAM_STAFF berisi angka id pengguna Telegram, dipisah koma"
    if not re.fullmatch(r"-\d+|", given.get("telegram_desk", "")):
        yield "TANYA_TELEGRAM_DESK berisi id grup petugas: angka yang diawali tanda minus"
    if not re.fullmatch(r"[A-Za-z0-9_-]{32,256}|", given.get("telegram_secret", "")):
        yield "TANYA_TELEGRAM_SECRET harus 32–256 huruf, angka, _ atau -; boleh dikosongkan"
