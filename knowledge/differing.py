# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""What a new version of a decree changes, for offices renew theirs every year."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from knowledge.model import DECREE_COMPONENTS, Component, Decree, Item, Service, ServiceId
from knowledge.reading.diktum import likeness

ADDED, REMOVED = "+", "−"

KIN = 0.75
"""Likeness of titles from which a service is the same one, renamed or renumbered."""


class Kind(StrEnum):
    BARU = "baru"
    DIHAPUS = "dihapus"
    DIUBAH = "diubah"


@dataclass(frozen=True)
class Change:
    """One difference; `lines` are the texts added and removed, in the new version's order."""

    kind: Kind
    service: ServiceId | None
    title: str
    component: Component | None
    lines: tuple[tuple[str, str], ...]


def diff(old: Decree, new: Decree) -> list[Change]:
    """Head first, then services in the new version's order, then those that are gone."""
    changes = [*_head(old, new)]
    before = {service.id: service for service in old.services()}
    for service in new.services():
        same = _same(service, before)
        if same is None:
            changes.append(Change(Kind.BARU, service.id, service.title, None, ()))
            continue
        del before[same.id]
        changes += _service(same, service)
    changes += [Change(Kind.DIHAPUS, service.id, service.title, None, ()) for service in before.values()]
    return changes


def _same(service: Service, candidates: dict[ServiceId, Service]) -> Service | None:
    """The old service of the same number if its title is akin, else the likest of the others."""
    at_number = candidates.get(service.id)
    if at_number and likeness(at_number.title, service.title) >= KIN:
        return at_number
    likest = max(candidates.values(), key=lambda other: likeness(other.title, service.title), default=None)
    return likest if likest and likeness(likest.title, service.title) >= KIN else None


def _head(old: Decree, new: Decree) -> Iterator[Change]:
    for field in ("number", "date", "place", "about", "signed_by", "office"):
        before, after = _shown(getattr(old, field)), _shown(getattr(new, field))
        if before != after:
            yield Change(Kind.DIUBAH, None, HEAD[field], None, _lines(before, after))


HEAD = {
    "number": "Nomor",
    "date": "Tanggal",
    "place": "Tempat",
    "about": "Tentang",
    "signed_by": "Penanda tangan",
    "office": "Kepala surat",
}


def _shown(value: object) -> list[str]:
    if value is None:
        return []
    if hasattr(value, "model_dump"):
        return [f"{name}: {text}" for name, text in value.model_dump(mode="json", exclude_defaults=True).items()]
    return [str(value)]


def _service(old: Service, new: Service) -> Iterator[Change]:
    if (old.id, old.title) != (new.id, new.title):
        renamed = ((REMOVED, f"{old.id} {old.title}"), (ADDED, f"{new.id} {new.title}"))
        yield Change(Kind.DIUBAH, new.id, new.title, None, renamed)
    for component in DECREE_COMPONENTS:
        if lines := _lines(_entries(old, component), _entries(new, component)):
            yield Change(Kind.DIUBAH, new.id, new.title, component, lines)


def _entries(service: Service, component: Component) -> list[str]:
    """Everything that a component says, an entry a line."""
    part = getattr(service.components, component)
    items: Sequence[Item] = (*getattr(part, "items", ()), *getattr(part, "steps", ()))
    sections = [section.title for section in getattr(part, "sections", ())]
    flow = [" → ".join(part.flow)] if getattr(part, "flow", ()) else []
    return [*([part.text] if hasattr(part, "text") else ()), *sections, *(item.text for item in items), *flow]


def _lines(before: Sequence[str], after: Sequence[str]) -> tuple[tuple[str, str], ...]:
    lines: list[tuple[str, str]] = []
    for tag, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag != "equal":
            lines += [(REMOVED, text) for text in before[a:b]] + [(ADDED, text) for text in after[c:d]]
    return tuple(lines)
