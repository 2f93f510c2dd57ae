# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Decisions on the real index: mechanisms, not single sentences of a question set."""

from __future__ import annotations

import numpy as np
import pytest

from bot.app import App
from index.dense import CardIndex
from index.lexical import Names, Speller
from index.search import Kind, Topic
from knowledge.model import AgencyId, Component, ServiceId

MELAWI, KALBAR, LANDAK = AgencyId("melawi"), AgencyId("kalbar"), AgencyId("landak")


@pytest.mark.parametrize(
    ("text", "agency", "service", "component"),
    [
        ("biaya sewa proyektor", MELAWI, "melawi-9-3", Component.BIAYA),
        ("siapa yang mengawasi penyusunan sop", MELAWI, "melawi-7-7", Component.PENGAWASAN),
        ("Layanan Penyusunan Keputusan Bupati", MELAWI, "melawi-3-3", Component.RINGKASAN),
        ("persyaratan narasumber", LANDAK, "landak-4", Component.PERSYARATAN),
        ("persyaratan konsultasi di bagian organisasi landak", None, "landak-1", Component.PERSYARATAN),
    ],
)
def test_a_clear_question_gets_its_card(
    text: str, agency: AgencyId | None, service: str, component: Component, built_app: App
) -> None:
    decision = built_app.search.decide(text, [agency] if agency else built_app.catalogue.agencies, None)
    assert (decision.kind, decision.services, decision.component) == (Kind.CARD, (service,), component)


def test_a_component_alone_asks_for_the_service(built_app: App) -> None:
    decision = built_app.search.decide("syaratnya apa saja?", [MELAWI], None)
    assert (decision.kind, decision.services, decision.component) == (Kind.WHICH, (), Component.PERSYARATAN)


def test_a_component_alone_goes_on_with_the_topic(built_app: App) -> None:
    before = Topic(ServiceId("melawi-9-3"), Component.BIAYA)
    decision = built_app.search.decide("syaratnya apa saja?", [MELAWI], before)
    assert (decision.services, decision.component) == (("melawi-9-3",), Component.PERSYARATAN)


def test_another_office_is_named_where_this_one_has_no_such_service(built_app: App) -> None:
    decision = built_app.search.decide("berapa biaya sewa proyektor", [LANDAK], None)
    assert (decision.kind, decision.services) == (Kind.NOTHING, ("melawi-9-3",))


def test_the_same_words_in_several_units_ask_which(built_app: App) -> None:
    decision = built_app.search.decide("persyaratan konsultasi", [KALBAR], None)
    assert decision.kind is Kind.WHICH
    assert set(decision.services) == {"kalbar-1-1", "kalbar-3-1", "kalbar-4-1", "kalbar-9-1"}


def test_an_agency_is_a_range_of_rows() -> None:
    index = CardIndex.of(np.eye(6, dtype=np.float32))
    rows, products = index.search(np.array([9, 0, 1, 3, 2, 0], dtype=np.float32), 2, range(2, 5))
    assert rows.tolist() == [3, 4]
    assert products.tolist() == [3, 2]


def test_slips_become_words_and_strangers_stay() -> None:
    speller = Speller({"persyaratan": 9, "sewa": 5, "tenda": 5})
    assert speller.correct("prsyaratan") == "persyaratan"
    assert speller.correct("tendaa") == "tenda"
    assert speller.correct("facebook") == "facebook"


def test_names_are_found_inside_a_message() -> None:
    names = Names([["sewa tenda dan kursi"], ["surat masuk"]])
    likeness = names.likeness("info surat masuk dong")
    assert likeness[1] == 1.0 > likeness[0]
