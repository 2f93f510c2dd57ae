# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""What is promised comes from the service's own decree, else its office, else the rules."""

from __future__ import annotations

import pytest

from bot.app import RULES
from handlers.promises import NAMES, promise, promises
from knowledge.loader import Catalogue
from knowledge.model import AgencyId, ServiceId
from tickets import rules
from tickets.clock import Promise, Unit
from tickets.model import Class, Kind

SHIPPED = rules.load("melawi", RULES)
DAY, HOURS_3 = (1, Unit.HARI_KERJA), (3, Unit.JAM)


@pytest.mark.parametrize(
    ("service", "name", "limit"),
    [
        ("melawi-1-1", "ringan", DAY),  # "1 hari" is one working day
        ("kalbar-1-5", "ringan", DAY),
        ("kalbar-1-6", "ringan", DAY),
        ("melawi-1-2", "ringan", HOURS_3),
        ("kaltim-1", "ringan", HOURS_3),  # prints none: its office's
        ("kaltim-1", "berkadar", (60, Unit.HARI_KERJA)),
        ("kaltim-5", "informasi_awal", (1, Unit.JAM)),
        ("kaltim-5", "penyelesaian", (2, Unit.JAM_HARI_KERJA)),
    ],
)
def test_a_promise_by_name(service: str, name: str, limit: tuple[int, Unit], catalogue: Catalogue) -> None:
    agency = catalogue.decree_of(ServiceId(service)).id
    made = promise(name, agency, ServiceId(service), catalogue, SHIPPED)
    assert made is not None
    assert (made.limit, made.unit) == limit
    assert made.source == catalogue.decree(agency).title


def test_every_service_promises_something(catalogue: Catalogue) -> None:
    for service in catalogue.services():
        made = promises(Kind.PENGADUAN, catalogue.decree_of(service.id).id, service.id, catalogue, SHIPPED)
        assert made is not None
        assert set(made.by_class) == set(Class)
        assert made.unclassified in made.by_class.values()
        assert made.unclassified.unit is not Unit.HARI_KERJA or made.unclassified.limit == 1


def test_a_service_with_one_time_for_all_keeps_it_whatever_the_class(catalogue: Catalogue) -> None:
    made = promises(Kind.PENGADUAN, AgencyId("kaltim"), ServiceId("kaltim-5"), catalogue, SHIPPED)
    assert made is not None
    assert {(p.limit, p.unit) for p in made.by_class.values()} == {(2, Unit.JAM_HARI_KERJA)}
    assert made.informasi_awal is not None


def test_what_nobody_promises_is_none(catalogue: Catalogue) -> None:
    assert promise("informasi_awal", AgencyId("melawi"), None, catalogue, SHIPPED) is None
    assert set(NAMES) >= set(Class)


@pytest.mark.parametrize(
    ("kind", "limit"), [(Kind.INFORMASI, (10, Unit.HARI_KERJA)), (Kind.DATA_PRIBADI, (3, Unit.JAM_KALENDER))]
)
def test_requests_have_clocks_by_law(kind: Kind, limit: tuple[int, Unit], catalogue: Catalogue) -> None:
    made = promises(kind, AgencyId("landak"), None, catalogue, SHIPPED)
    assert made.unclassified == Promise(*limit, made.unclassified.source)
    assert made.unclassified.source.startswith("UU Nomor")


def test_who_wants_a_person_is_promised_one_within_the_hour(catalogue: Catalogue) -> None:
    made = promises(Kind.PETUGAS, AgencyId("landak"), None, catalogue, SHIPPED)
    assert made.unclassified == Promise(1, Unit.JAM, "Standar pelayanan kantor")
