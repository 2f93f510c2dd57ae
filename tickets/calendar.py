# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""When an office is open: weekly hours, dated changes, holidays, and how far all this is known.

A day's hours are half-open segments of local time. What no file covers is not guessed: holidays are known from
`covered_from` to `covered_until`, both included.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

DAYS = ("senin", "selasa", "rabu", "kamis", "jumat", "sabtu", "minggu")
SHARED = "bersama.yaml"
"""What holds for every office that does not say otherwise."""

FORESEEN = timedelta(days=60)
"""How far ahead the next opening is looked for."""


class BadCalendar(Exception):
    """A calendar cannot be used; the message names file and place and says what was expected."""


@dataclass(frozen=True)
class Segment:
    """Open from `start` to before `end`, local time."""

    start: time
    end: time


@dataclass(frozen=True)
class Change:
    """Other hours from `first` to `last`, both included: Ramadan, a flood, a special opening; no hours mean closed."""

    first: date
    last: date
    reason: str
    week: Mapping[int, tuple[Segment, ...]] = field(default_factory=dict)

    def holds(self, day: date) -> bool:
        return self.first <= day <= self.last


@dataclass(frozen=True)
class Holiday:
    name: str
    source: str


@dataclass(frozen=True)
class Opening:
    """The office at one moment: open `until` then, or closed and open again at `next` (None: not known)."""

    until: datetime | None
    next: datetime | None
    reason: str = ""

    @property
    def open(self) -> bool:
        return self.until is not None


@dataclass(frozen=True)
class Calendar:
    """One office's time; `week` is by weekday, 0 for Monday."""

    zone: ZoneInfo
    week: Mapping[int, tuple[Segment, ...]]
    source: str
    holidays: Mapping[date, Holiday]
    covered_from: date
    covered_until: date
    changes: Sequence[Change] = ()

    @cached_property
    def version(self) -> str:
        """Eight signs that change with anything that could move a due date."""
        content = (str(self.zone), sorted(self.week.items()), sorted(self.holidays), self.changes, self.covered_from)
        return sha256(repr((*content, self.covered_until)).encode()).hexdigest()[:8]

    def segments(self, day: date) -> tuple[Segment, ...]:
        """The hours of `day`, none on holidays; later changes win over earlier ones, and over holidays."""
        for change in reversed(self.changes):
            if change.holds(day) and (change.week or day not in self.holidays):
                return change.week.get(day.weekday(), ())
        return () if day in self.holidays else self.week.get(day.weekday(), ())

    def why_closed(self, day: date) -> str:
        """The holiday or change that closes `day`, nothing where the week does."""
        if day in self.holidays:
            return self.holidays[day].name
        return next((c.reason for c in reversed(self.changes) if c.holds(day) and not self.segments(day)), "")

    def opening(self, now: datetime) -> Opening:
        """Whether the office is open at `now` (aware), until when, and when it opens next."""
        local = now.astimezone(self.zone)
        here = local.time().replace(tzinfo=None)
        for segment in self.segments(local.date()):
            if segment.start <= here < segment.end:
                return Opening(self._at(local.date(), segment.end), None)
        days = (local.date() + timedelta(days=ahead) for ahead in range(FORESEEN.days))
        later = (
            self._at(day, segment.start)
            for day in days
            if day <= self.covered_until
            for segment in self.segments(day)
            if day > local.date() or segment.start > here
        )
        return Opening(None, next(later, None), self.why_closed(local.date()))

    def _at(self, day: date, moment: time) -> datetime:
        return datetime.combine(day, moment, self.zone)


def load(agency: str, *folders: Path) -> Calendar:
    """The calendar of `agency`: its own file over the shared one, later folders over earlier; raises BadCalendar."""
    content: dict[str, Any] = {}
    holidays: dict[date, Holiday] = {}
    changes: list[Change] = []
    for folder in folders:
        for path in (folder / SHARED, folder / f"{agency}.yaml"):
            if path.exists():
                read = _yaml(path)
                content |= {key: value for key, value in read.items() if key not in ("libur", "perubahan")}
                holidays |= _holidays(read.get("libur") or {}, path)
                changes += _changes(read.get("perubahan") or (), path)
                _check(content, path)
    if not content:
        raise BadCalendar(f"Kalender kantor '{agency}' tidak ditemukan.")
    week = _week(content["jam"], Path(SHARED))
    covered = content["libur_mulai"], content["libur_sampai"]
    return Calendar(_zone(content["zona"]), week, content["sumber"], holidays, *covered, tuple(changes))


def _check(content: Mapping[str, Any], path: Path) -> None:
    expected = {"zona": str, "jam": dict, "sumber": str, "libur_mulai": date, "libur_sampai": date}
    for key, kind in expected.items():
        if not isinstance(content.get(key), kind):
            raise BadCalendar(f"{path.name}: {key}: tidak ada atau salah bentuk.")
    _zone(content["zona"])
    if not any(_week(content["jam"], path).values()):
        raise BadCalendar(f"{path.name}: jam: tidak ada hari yang buka.")


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise BadCalendar(f"zona: '{name}' tidak dikenal. Contoh: Asia/Pontianak.") from error


def _week(hours: Mapping[str, Any], path: Path) -> dict[int, tuple[Segment, ...]]:
    week: dict[int, tuple[Segment, ...]] = {}
    for day, texts in hours.items():
        if day not in DAYS:
            raise BadCalendar(f"{path.name}: jam > {day}: bukan nama hari ({', '.join(DAYS)}).")
        week[DAYS.index(day)] = tuple(_segments(texts or (), f"{path.name}: jam > {day}"))
    return week


def _segments(texts: Iterable[str], place: str) -> Iterable[Segment]:
    before = time.min
    for text in texts:
        try:
            start, end = (time.fromisoformat(part.strip().zfill(5)) for part in str(text).split("-"))
        except ValueError:
            raise BadCalendar(f'{place}: "{text}" bukan jam. Contoh: "07:30-12:00".') from None
        if not before <= start < end:
            raise BadCalendar(f'{place}: "{text}" berakhir sebelum mulai, atau tidak urut.')
        before = end
        yield Segment(start, end)


def _holidays(content: Mapping[Any, Any], path: Path) -> dict[date, Holiday]:
    found: dict[date, Holiday] = {}
    for source, days in content.items():
        for day, name in dict(days).items():
            if not isinstance(day, date):
                raise BadCalendar(f"{path.name}: libur > {source}: '{day}' bukan tanggal. Contoh: 2026-08-17.")
            found[day] = Holiday(str(name), str(source))
    return found


def _changes(content: Iterable[Mapping[str, Any]], path: Path) -> Iterable[Change]:
    for number, change in enumerate(content, 1):
        first, last = change.get("mulai"), change.get("sampai", change.get("mulai"))
        if not (isinstance(first, date) and isinstance(last, date) and first <= last and change.get("alasan")):
            raise BadCalendar(f"{path.name}: perubahan ke-{number}: perlu mulai, sampai, dan alasan.")
        yield Change(first, last, str(change["alasan"]), _week(change.get("jam") or {}, path))


def _yaml(path: Path) -> dict[str, Any]:
    try:
        content = yaml.load(path.read_text("utf-8"), yaml.CSafeLoader) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        line = f"baris {mark.line + 1}: " if (mark := getattr(error, "problem_mark", None)) else ""
        raise BadCalendar(f"{path.name}: {line}bukan YAML yang sah.") from error
    if not isinstance(content, dict):
        raise BadCalendar(f"{path.name}: seharusnya daftar kunci: zona, jam, libur, perubahan.")
    return content
