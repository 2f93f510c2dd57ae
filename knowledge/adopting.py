# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""A new office's services find the needs, fields and phrases that other offices' services of the same name have.

What people say for "Pelayanan Konsultasi" they say everywhere; a service that no other office has begins with its
own title as its only phrase, and staff add to the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from knowledge.loader import Catalogue
from knowledge.model import AgencyId, Decree, Service, Unit
from knowledge.phrasebook import SHORT_NAME_LIMIT, Phrasebook
from knowledge.reading.diktum import likeness

KIN = 0.8
"""Likeness of two titles, generic words aside, from which people ask for both in the same words."""

GENERIC = re.compile(
    r"\b(?:pelayanan|layanan|fasilitas|fasilitasi|penyediaan|di|ke|pada|provinsi|kabupaten|kota)\b", re.IGNORECASE
)
PREFIX = re.compile(r"^(?:biro|bagian)\s+", re.IGNORECASE)


@dataclass(frozen=True)
class Adopted:
    """Phrase files' content for one office, and what to tell about each choice."""

    needs: dict[str, dict[str, Any]]
    units: dict[str, dict[str, Any]]
    agencies: dict[str, dict[str, Any]]
    told: tuple[str, ...]


def adopt(decree: Decree, catalogue: Catalogue, book: Phrasebook) -> Adopted:
    """Phrases for what of `decree` the phrasebook does not know yet; empty for an office that it knows whole."""
    listed = {service for need in book.needs.values() for service in need.layanan}
    others = [service for service in catalogue.services() if service.id in listed]
    needs: dict[str, dict[str, Any]] = {}
    told: list[str] = []
    used = {book.needs[book.need_of(s.id)].layanan[s.id] for s in decree.services() if s.id in listed}
    for service in decree.services():
        if service.id in listed:
            continue
        twin = max(others, key=lambda other: _alike(service.title, other.title), default=None)
        kin = twin if twin and _alike(service.title, twin.title) >= KIN else None
        key = book.need_of(kin.id) if kin else _slug(service.title)
        core = " ".join(GENERIC.sub("", service.title).split()).strip(" ,/-")
        name = _short_name(book.short_name(kin.id) if kin and len(core) > SHORT_NAME_LIMIT else core, service, used)
        used.add(name)
        entry = needs.setdefault(key, {"layanan": {}} if kin else {"layanan": {}, "sebutan": _names(service)})
        entry["layanan"][str(service.id)] = name
        told.append(
            f"{service.id} {service.title}: " + (f"ditanyakan seperti {kin.title}" if kin else "belum ada contoh lain")
        )
    agencies = {} if decree.id in book.agencies else {str(decree.id): {"nama": _places(decree)}}
    return Adopted(needs, _units(decree, catalogue, book), agencies, tuple(told))


def save(adopted: Adopted, folder: Path, agency: AgencyId) -> None:
    """Lay what was adopted over the office's own phrase files, under `folder`; what staff wrote there stays."""
    for path, content in (
        (folder / "needs" / f"{agency}.yaml", adopted.needs),
        (folder / "units.yaml", adopted.units),
        (folder / "agencies.yaml", adopted.agencies),
    ):
        if content:
            known = yaml.safe_load(path.read_text("utf-8")) or {} if path.exists() else {}
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(yaml.safe_dump(content | known, allow_unicode=True, sort_keys=False), "utf-8")


def _alike(one: str, other: str) -> float:
    return likeness(GENERIC.sub("", one), GENERIC.sub("", other))


def _names(service: Service) -> list[str]:
    """A title and its core, without the words that every title has."""
    titles = (service.title, *service.also)
    return list(dict.fromkeys(" ".join(t.lower().split()) for title in titles for t in (title, GENERIC.sub("", title))))


def _slug(title: str) -> str:
    return re.sub(r"\W+", "_", title.lower()).strip("_")[:60]


def _short_name(wanted: str, service: Service, used: Iterable[str]) -> str:
    """`wanted`, or as many of its words as a button holds; numbered where another service has the name."""
    words = GENERIC.sub("", wanted).split() if len(wanted) > SHORT_NAME_LIMIT else wanted.split()
    while len(" ".join(words)) > SHORT_NAME_LIMIT and len(words) > 1:
        words.pop()
    name = " ".join(words)[:SHORT_NAME_LIMIT].strip(" ,/(-") or str(service.no)
    if name not in set(used):
        return name
    number = f" {service.id.partition('-')[2]}"
    return name[: SHORT_NAME_LIMIT - len(number)].rstrip() + number


def _units(decree: Decree, catalogue: Catalogue, book: Phrasebook) -> dict[str, dict[str, Any]]:
    """The field of each unit that no field lists: that of a unit of nearly the same name, or one of its own."""
    known = {(agency, number): key for key, field in book.units.items() for agency, number in field.unit.items()}
    named = {
        unit.name: known[other.id, unit.no]
        for other in catalogue.decrees
        for unit in other.units
        if (other.id, unit.no) in known and other.id != decree.id
    }
    fields: dict[str, dict[str, Any]] = {}
    for unit in decree.units:
        if (decree.id, unit.no) in known:
            continue
        twin = max(named, key=lambda name: likeness(PREFIX.sub("", name), PREFIX.sub("", unit.name)), default="")
        akin = twin and likeness(PREFIX.sub("", twin), PREFIX.sub("", unit.name)) >= KIN
        key = named[twin] if akin else _slug(PREFIX.sub("", unit.name))
        entry = fields.setdefault(key, {"unit": {}, "nama": _unit_names(unit)})
        entry["unit"][str(decree.id)] = unit.no
    return fields


def _unit_names(unit: Unit) -> list[str]:
    return list(dict.fromkeys(n.lower() for name in (unit.name, *unit.also) for n in (name, PREFIX.sub("", name))))


def _places(decree: Decree) -> list[str]:
    """How people name the place: "Kabupaten Sintang" is also "sintang", "pemkab sintang"."""
    kind, _, name = decree.agency.lower().partition(" ")
    short = {"kabupaten": ("kab", "pemkab"), "provinsi": ("prov", "pemprov"), "kota": ("kota", "pemkot")}[kind]
    return list(dict.fromkeys((name, f"{kind} {name}", *(f"{word} {name}" for word in short), f"setda {name}")))
