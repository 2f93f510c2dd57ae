# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""The offices' own numbers and bots: one office from the settings, several from a file of their own."""

from __future__ import annotations

import secrets
import stat
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.config import BadConfig, Settings
from knowledge.model import AgencyId

WHATSAPP, TELEGRAM = ("token", "phone_id", "template"), ("token",)
"""What an office's entry may say of each channel."""


@dataclass(frozen=True)
class Number:
    """One office's number: its id at the platform, and what opens it."""

    agency: AgencyId | None
    phone_id: str
    token: str
    api: str
    template: str = ""

    def __repr__(self) -> str:
        return f"WhatsApp({self.agency}, {self.phone_id})"


@dataclass(frozen=True)
class Account:
    """One office's bot; `api` is the server's root, so that a local Bot API server can stand in."""

    agency: AgencyId | None
    token: str
    api: str
    secret: str = ""

    def __repr__(self) -> str:
        return f"Telegram({self.agency})"


@dataclass(frozen=True)
class Lines:
    numbers: tuple[Number, ...] = ()
    accounts: tuple[Account, ...] = ()


def read(settings: Settings, agencies: Collection[AgencyId]) -> Lines:
    """All lines; raises BadConfig."""
    numbers, accounts = [], []
    if settings.whatsapp_token:
        numbers.append(
            Number(
                settings.agency,
                settings.whatsapp_phone_id,
                settings.whatsapp_token,
                settings.whatsapp_api,
                settings.whatsapp_template,
            )
        )
    if settings.telegram_token:
        accounts.append(_account(settings.agency, settings.telegram_token, settings))
    for agency, entry in (_offices(settings.offices, agencies) if settings.offices else {}).items():
        if whatsapp := entry.get("whatsapp"):
            phone_id, token = whatsapp["phone_id"], whatsapp["token"]
            numbers.append(Number(agency, phone_id, token, settings.whatsapp_api, whatsapp.get("template", "")))
        if telegram := entry.get("telegram"):
            accounts.append(_account(agency, telegram["token"], settings))
    for name, used in (("phone_id", [n.phone_id for n in numbers]), ("token", [a.token for a in accounts])):
        if len(set(used)) < len(used):
            raise BadConfig(f"Satu {name} dipakai dua kantor. Setiap kantor perlu nomor dan bot sendiri.")
    return Lines(tuple(numbers), tuple(accounts))


def _account(agency: AgencyId | None, token: str, settings: Settings) -> Account:
    return Account(agency, token, settings.telegram_api, settings.telegram_secret or secrets.token_urlsafe(32))


def _offices(path: Path, agencies: Collection[AgencyId]) -> dict[AgencyId, dict[str, dict[str, str]]]:
    try:
        if path.stat().st_mode & (stat.S_IROTH | stat.S_IWOTH):
            raise BadConfig(f"{path.name} berisi rahasia tetapi dapat dibaca semua orang: chmod 600 {path.name}")
        content: Any = yaml.load(path.read_text("utf-8"), yaml.CBaseLoader) or {}
    except FileNotFoundError:
        raise BadConfig(f"TANYA_OFFICES: berkas {path} tidak ada.") from None
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        line = f"baris {mark.line + 1}: " if (mark := getattr(error, "problem_mark", None)) else ""
        raise BadConfig(f"{path.name}: {line}bukan YAML yang sah.") from error
    if not isinstance(content, dict):
        raise BadConfig(f"{path.name}: seharusnya daftar kantor.")
    for agency, entry in content.items():
        if agency not in agencies:
            raise BadConfig(f"{path.name}: kantor '{agency}' tidak dikenal. Pilihan: {', '.join(agencies)}.")
        _check(entry, f"{path.name}: {agency}")
    return {AgencyId(agency): entry for agency, entry in content.items()}


def _check(entry: Any, place: str) -> None:
    known = {"whatsapp": WHATSAPP, "telegram": TELEGRAM}
    if not isinstance(entry, dict) or not entry or not set(entry) <= set(known):
        raise BadConfig(f"{place}: perlu whatsapp atau telegram.")
    for channel, content in entry.items():
        needed = set(known[channel]) - {"template"}
        given = set(content) if isinstance(content, dict) else set()
        if not needed <= given <= set(known[channel]) or not all(isinstance(v, str) and v for v in content.values()):
            raise BadConfig(f"{place} > {channel}: perlu {', '.join(sorted(needed))}.")
