# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""The list of services in a decree's body, whose names may differ from those of the appendix."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import zip_longest

from knowledge.model import Service, Unit

DECIDED = re.compile(r"MEMUTUSKAN")
SCOPE = re.compile(r"\b(?:meliputi|terdiri (?:dari|atas))\b.*:$", re.IGNORECASE)
SIGNED = re.compile(r"^(?:Ditetapkan di|LAMPIRAN)")
DIKTUM = re.compile(r"^KE[A-Z]+ ?:")
UNIT = re.compile(r"^(?:[a-z]\.|\d{1,2}\)\.?) (?P<name>(?:biro|bagian)\b.*)$", re.IGNORECASE)
ENTRY = re.compile(r"^\d{1,2}(?:\)\.|[.)]|(?= )) ?(?P<title>\S.*)$")
CATCHWORD = "..."
"""At the foot of a page: the beginning of the next one, printed again there."""

KIN = 0.65
"""Likeness from which two titles with one number name one service; another title there is another service's."""


@dataclass
class ListedUnit:
    """One unit of the list ("" in a decree for one unit) and its services' titles."""

    name: str = ""
    titles: list[str] = field(default_factory=list)


def listed(lines: Sequence[str]) -> list[ListedUnit]:
    """The units and services that the body names, none where it does not list them."""
    found: list[ListedUnit] = []
    for line in _scope(lines):
        if unit := UNIT.match(line):
            found.append(ListedUnit(_title(unit["name"])))
        elif entry := ENTRY.match(line):
            found = found or [ListedUnit()]
            found[-1].titles.append(_title(entry["title"]))
    return found


def with_other_names(units: Sequence[Unit], body: Sequence[ListedUnit]) -> Iterator[Unit]:
    """`units` with the names that `body` gives them, and their services, where those differ from the appendix's.

    Unit and service go by their number: a body that numbers otherwise gives no other name, but a finding.
    """
    for unit, there in zip_longest(units, body[: len(units)], fillvalue=ListedUnit()):
        assert isinstance(unit, Unit)
        yield unit.model_copy(
            update={
                "also": _other(unit.name, there.name),
                "services": tuple(
                    service.model_copy(update={"also": _other(service.title, title)})
                    for service, title in zip_longest(unit.services, there.titles[: len(unit.services)], fillvalue="")
                    if isinstance(service, Service)
                ),
            }
        )


def _other(name: str, listed: str) -> tuple[str, ...]:
    return (listed,) if not same(name, listed) and likeness(name, listed) >= KIN else ()


def _scope(lines: Sequence[str]) -> Iterator[str]:
    decided = listing = False
    for line in lines:
        text = " ".join(re.sub(r"<[^>]*>|\*", "", line).split()).removeprefix("- ")
        decided = decided or bool(DECIDED.search(text))
        if decided and SIGNED.match(text):
            return
        if listing and DIKTUM.match(text):
            return
        if listing and text and not text.endswith(CATCHWORD):
            yield text
        listing = listing or (decided and bool(SCOPE.search(text)))


def _title(text: str) -> str:
    return re.split(r", sebagaimana tercantum", text)[0].strip().rstrip(";.,")


def likeness(one: str, other: str) -> float:
    """0 to 1, by letters and digits only."""
    return SequenceMatcher(None, _key(one), _key(other), autojunk=False).ratio()


def same(one: str, other: str) -> bool:
    """Whether two titles differ in case, blanks and stops at most."""
    return _key(one) == _key(other)


def _key(text: str) -> str:
    return re.sub(r"\W", "", text).lower()
