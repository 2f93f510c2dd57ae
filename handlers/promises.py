# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""What is promised to whom: the service's own decree first, then its office, then the rules' default."""

from __future__ import annotations

from collections import Counter

from knowledge import model
from knowledge.loader import Catalogue
from knowledge.model import AgencyId, ServiceId
from tickets.clock import Promise, Unit
from tickets.model import Class, Kind, Promises
from tickets.rules import Rules

NAMES = tuple(model.Promises.model_fields)
"""The decree's own words for what can be promised: four classes, first information, settlement."""

SETTLEMENT = "penyelesaian"
FIRST_INFORMATION = "informasi_awal"


def promise(
    name: str, agency: AgencyId, service: ServiceId | None, catalogue: Catalogue, rules: Rules
) -> Promise | None:
    """The promise of that name which holds for `service`, or for the office where None; None where nobody made it."""
    own = catalogue.service(service).components.pengaduan.promises if service else model.Promises()
    printed = getattr(own, name) or _of_office(name, agency, catalogue)
    if printed is None:
        return rules.promises.get(name)
    return _counted(printed, catalogue.decree(agency).title)


def promises(kind: Kind, agency: AgencyId, service: ServiceId | None, catalogue: Catalogue, rules: Rules) -> Promises:
    """All that is promised for a new ticket.

    A service that prints one time for every settlement keeps it, whatever the class.
    """
    if kind is not Kind.PENGADUAN:
        return Promises(rules.promises[kind])
    found = {name: promise(name, agency, service, catalogue, rules) for name in NAMES}
    own = catalogue.service(service).components.pengaduan.promises if service else model.Promises()
    by_class = {cls: p for cls in Class if (p := found[cls])}
    if own.penyelesaian and (settlement := found[SETTLEMENT]):
        by_class = dict.fromkeys(Class, settlement)
    return Promises(min(by_class.values(), key=_strictness), by_class, found[FIRST_INFORMATION])


def _of_office(name: str, agency: AgencyId, catalogue: Catalogue) -> model.Promise | None:
    """What most of the office's services promise."""
    printed = Counter(
        own
        for service in catalogue.services(agency)
        if (own := getattr(service.components.pengaduan.promises, name)) is not None
    )
    return printed.most_common(1)[0][0] if printed else None


def _counted(printed: model.Promise, source: str) -> Promise:
    """A printed limit as it is counted: "1 hari" is read as one working day."""
    return Promise(printed.limit, Unit("hari kerja" if printed.unit == "hari" else printed.unit), source)


def _strictness(promise: Promise) -> tuple[int, int]:
    """Hours before whole days: no day of work is shorter than a promise in hours."""
    order = (Unit.JAM, Unit.JAM_KALENDER, Unit.JAM_HARI_KERJA, Unit.HARI_KERJA)
    return order.index(promise.unit), promise.limit
