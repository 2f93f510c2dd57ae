# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""How an office counts, what it promises where its decree is silent, and who is reminded: settings, as data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

import yaml

from tickets.clock import DayZero, Promise, Unit

E = TypeVar("E", bound=StrEnum)

SHARED = "bersama.yaml"
"""What holds for every office that does not say otherwise."""

PROMISED = re.compile(r"(?P<limit>[1-9]\d{0,3}) (?P<unit>jam|hari kerja|x 24 jam hari kerja|x 24 jam)")


class BadRules(Exception):
    """Rules cannot be used; the message names file, key and what was expected."""


class Reopening(StrEnum):
    """What the clock of a complaint does that is opened again."""

    GOES_ON = "lanjut"
    STARTS_AGAIN = "baru"


class When(StrEnum):
    """What a reminder's moment is measured from and in."""

    SHARE = "bagian"
    HOURS_BEFORE = "jam_sebelum"
    DAYS_BEFORE = "hari_kerja_sebelum"
    DAYS_AFTER = "hari_kerja_sesudah"


@dataclass(frozen=True)
class Reminder:
    """Told to the roles in `to`; levels from 1 on are escalations. `units` are the promises that it is for."""

    level: int
    when: When
    amount: float
    to: tuple[str, ...]
    text: str
    units: frozenset[Unit]


@dataclass(frozen=True)
class Rules:
    """`lapse`, `announced` and `calendar_ends` in calendar days, `settled_after` in working days, and of a handover
    `unanswered` and `silence` in minutes.
    """

    day_zero: DayZero
    reopening: Reopening
    receipt_informs: bool
    lapse: int
    announced: int
    settled_after: int
    calendar_ends: int
    unanswered: int
    silence: int
    promises: Mapping[str, Promise]
    reminders: tuple[Reminder, ...]
    people: Mapping[str, str]


def load(agency: str, *folders: Path) -> Rules:
    """The rules of `agency`: its own file over the shared one, later folders over earlier; raises BadRules."""
    content: dict[str, Any] = {}
    place = SHARED
    for folder in folders:
        for path in (folder / SHARED, folder / f"{agency}.yaml"):
            if path.exists():
                for key, value in _yaml(path).items():
                    known = content.get(key)
                    content[key] = known | value if isinstance(known, dict) and isinstance(value, dict) else value
                place = path.name
    return _rules(content, place)


def _rules(content: Mapping[str, Any], place: str) -> Rules:
    settings, people = _mapping(content, "aturan", place), _mapping(content, "orang", place)
    sources, limits = _mapping(content, "sumber", place), _mapping(content, "janji", place)
    receipt = settings.get("tanda_terima_cukup")
    if receipt in ("ya", "tidak"):
        receipt = receipt == "ya"
    if not isinstance(receipt, bool):
        raise BadRules(f"{place}: aturan > tanda_terima_cukup: harus ya atau tidak, tertulis: {receipt}.")
    return Rules(
        day_zero=_one_of(DayZero, settings, "hari_nol", place),
        reopening=_one_of(Reopening, settings, "dibuka_kembali", place),
        receipt_informs=receipt,
        lapse=_count(settings, "dianggap_dicabut", place),
        announced=_count(settings, "diumumkan_sebelumnya", place),
        settled_after=_count(settings, "ditutup_setelah", place),
        calendar_ends=_count(settings, "kalender_habis", place),
        unanswered=_count(settings, "petugas_ditunggu", place),
        silence=_count(settings, "percakapan_hening", place),
        promises={
            str(name): _promise(text, str(sources.get(name, sources.get("pengaduan", ""))), f"{place}: janji > {name}")
            for name, text in limits.items()
        },
        reminders=tuple(
            _reminder(reminder, people, f"{place}: pengingat ke-{number}")
            for number, reminder in enumerate(content.get("pengingat") or (), 1)
        ),
        people={str(role): str(name) for role, name in people.items()},
    )


def _promise(text: object, source: str, place: str) -> Promise:
    match = PROMISED.fullmatch(str(text))
    if not match:
        raise BadRules(f'{place}: "{text}" bukan janji. Contoh: "3 jam", "5 hari kerja", "2 x 24 jam hari kerja".')
    return Promise(int(match["limit"]), Unit(match["unit"]), source)


def _reminder(content: Any, people: Mapping[str, Any], place: str) -> Reminder:
    if not isinstance(content, dict):
        raise BadRules(f"{place}: perlu tingkat, bila, kepada, dan pesan.")
    level, when, to, text = (content.get(key) for key in ("tingkat", "bila", "kepada", "pesan"))
    if not isinstance(level, int) or not isinstance(text, str):
        raise BadRules(f"{place}: tingkat harus angka, dan pesan harus kalimat.")
    if not isinstance(when, dict) or len(when) != 1 or not set(when) <= set(When):
        raise BadRules(f"{place}: bila harus satu dari {', '.join(When)}.")
    ((kind, amount),) = when.items()
    if not isinstance(amount, int | float) or amount < 0 or (kind == When.SHARE and amount > 1):
        raise BadRules(f"{place}: bila > {kind}: bukan angka yang mungkin, tertulis: {amount}.")
    if not isinstance(to, list) or not to or not set(to) <= set(people):
        raise BadRules(f"{place}: kepada harus daftar dari {', '.join(people)}.")
    try:
        text.format(nomor="", janji="", jatuh_tempo="")
    except (KeyError, IndexError, ValueError):
        raise BadRules(f"{place}: pesan hanya boleh memakai {{nomor}}, {{janji}}, dan {{jatuh_tempo}}.") from None
    meant = content.get("untuk")
    units = {"jam": {Unit.JAM}, "hari": set(Unit) - {Unit.JAM}, None: set(Unit)}.get(meant)
    if units is None:
        raise BadRules(f"{place}: untuk harus jam atau hari, tertulis: {meant}.")
    return Reminder(level, When(kind), float(amount), tuple(to), text, frozenset(units))


def _mapping(content: Mapping[str, Any], key: str, place: str) -> dict[str, Any]:
    if not isinstance(content.get(key), dict):
        raise BadRules(f"{place}: {key}: tidak ada atau salah bentuk.")
    return dict(content[key])


def _count(settings: Mapping[str, Any], key: str, place: str) -> int:
    value = settings.get(key)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise BadRules(f"{place}: aturan > {key}: harus angka 1 atau lebih, tertulis: {value}.")
    return value


def _one_of(kind: type[E], settings: Mapping[str, Any], key: str, place: str) -> E:
    try:
        return kind(settings.get(key, ""))
    except ValueError:
        raise BadRules(
            f"{place}: aturan > {key}: harus {' atau '.join(kind)}, tertulis: {settings.get(key)}."
        ) from None


def _yaml(path: Path) -> dict[str, Any]:
    try:
        content = yaml.load(path.read_text("utf-8"), yaml.CSafeLoader) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        line = f"baris {mark.line + 1}: " if (mark := getattr(error, "problem_mark", None)) else ""
        raise BadRules(f"{path.name}: {line}bukan YAML yang sah.") from error
    if not isinstance(content, dict):
        raise BadRules(f"{path.name}: seharusnya daftar kunci: aturan, janji, pengingat, orang.")
    return content
