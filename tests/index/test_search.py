# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Decisions on the real index: mechanisms, not single sentences of a question set."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from random import Random

import numpy as np
import pytest

from bot.app import App
from index import dense
from index.compose import FALLBACK, Composer
from index.decision import ASKABLE, Kind, Topic
from index.dense import CardIndex
from index.lexical import Names, Speller
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


def test_a_nation_of_cards_is_clustered_and_still_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(dense, "EXACT_UP_TO", 1_000)
    vectors = np.random.default_rng(0).standard_normal((4_000, 16)).astype(np.float32)
    CardIndex.of(vectors).save(tmp_path / "cards.faiss")
    index = CardIndex.load(tmp_path / "cards.faiss")
    found = 0
    for row in range(1_000, 1_100):
        rows, _ = index.search(vectors[row], 5, range(1_000, 3_000))
        assert all(1_000 <= each < 3_000 for each in rows)
        found += row in rows
    assert found >= 95


def test_of_two_questions_the_first_is_answered_and_the_second_kept(built_app: App) -> None:
    decision = built_app.search.decide("syarat sewa tenda apa saja? terus biaya sewa proyektor berapa?", [MELAWI], None)
    assert (decision.services, decision.component) == (("melawi-9-2",), Component.PERSYARATAN)
    assert decision.second == ("melawi-9-3", Component.BIAYA)
    decision = built_app.search.decide("berapa lama bikin perda dan berapa biayanya", [MELAWI], None)
    assert (decision.services, decision.component) == (("melawi-3-1",), Component.WAKTU)
    assert decision.second == ("melawi-3-1", Component.BIAYA)


def test_services_that_say_the_same_are_not_asked_apart(built_app: App) -> None:
    decision = built_app.search.decide("nomor telepon pengaduan bagian hukum berapa", [MELAWI], None)
    assert (decision.kind, decision.component) == (Kind.CARD, Component.PENGADUAN)
    assert decision.services[0].startswith("melawi-3-")


def test_twins_are_asked_apart_where_an_office_has_both(built_app: App) -> None:
    assert built_app.search.decide("syarat PAW", [KALBAR], None).kind is Kind.WHICH
    assert built_app.search.decide("syarat PAW", [MELAWI], None).services == ("melawi-1-3",)


def test_one_question_with_a_joint_in_it_stays_one(built_app: App) -> None:
    decision = built_app.search.decide("syarat sewa tenda dan kursi", [MELAWI], None)
    assert (decision.services, decision.component, decision.second) == (("melawi-9-2",), Component.PERSYARATAN, None)


def test_the_office_itself_is_asked_for(built_app: App) -> None:
    decision = built_app.search.decide("kantornya di mana dan buka jam berapa", [MELAWI], None)
    assert (decision.kind, decision.services, decision.component) == (Kind.CARD, ("melawi",), Component.KANTOR)
    assert built_app.search.decide("alamat kantor", built_app.catalogue.agencies, None).kind is Kind.WHICH


def test_a_decision_explains_itself(built_app: App) -> None:
    explanation = built_app.search.explain("brp biaya sewa proyektor di melawi", [MELAWI], None)
    assert explanation.words[:3] == ("berapa", "biaya", "sewa")
    assert explanation.needs[0][0] == "sewa_proyektor"
    assert explanation.components[0][0] == "biaya"
    assert explanation.services[0][0] == "melawi-9-3"
    assert explanation.agencies == {MELAWI}
    assert explanation.decision.why


def test_slips_become_words_and_strangers_stay() -> None:
    speller = Speller({"persyaratan": 9, "sewa": 5, "tenda": 5})
    assert speller.correct("prsyaratan") == "persyaratan"
    assert speller.correct("tendaa") == "tenda"
    assert speller.correct("facebook") == "facebook"


def test_names_are_found_inside_a_message() -> None:
    names = Names([["sewa tenda dan kursi"], ["surat masuk"]])
    likeness = names.likeness("info surat masuk dong")
    assert likeness[1] == 1.0 > likeness[0]


def test_a_taught_message_is_known_in_any_order_with_any_greeting_and_slip(app: App, tmp_path: Path) -> None:
    folder = app.settings.home / "learned" / "needs"
    folder.mkdir(parents=True)
    need = app.book.need_of(ServiceId("melawi-1-3"))
    message = "suara terbanyak kedua jadi anggota"
    (folder / "diajarkan.yaml").write_text(f"{need}:\n  pertanyaan:\n    persyaratan: ['{message}']\n", "utf-8")
    taught = app.answer_from(app.book_with("learned"))
    melawi = [AgencyId("melawi")]
    for told in (
        message,
        "selamat pagi pak, " + message,
        "jadi anggota suara terbanyak kedua",
        "suara terbnyak kedua jadi anggota",
    ):
        decision = taught.search.decide(told, melawi, None)
        assert (decision.services, decision.component) == (("melawi-1-3",), Component.PERSYARATAN), told
        assert app.search.decide(told, melawi, None).kind is not Kind.CARD
    other = "suara terbanyak pertama jadi anggota"
    assert taught.search.decide(other, melawi, None) == app.search.decide(other, melawi, None)


def test_two_questions_that_no_place_parts_are_both_heard(built_app: App) -> None:
    decision = built_app.search.decide("syarat dan biaya sewa gedung", [MELAWI], None)
    asked = {decision.component, decision.second and decision.second[1]}
    assert decision.services == ("melawi-9-1",)
    assert asked == {Component.PERSYARATAN, Component.BIAYA}


def test_what_an_office_has_no_service_for_is_asked_of_the_unit(built_app: App) -> None:
    decision = built_app.search.decide("syarat menyusun sop dinas", [AgencyId("landak")], None)
    assert decision.kind is Kind.WHICH
    assert set(decision.services) == {"landak-1", "landak-2", "landak-3", "landak-4"}


def test_words_of_which_none_is_known_are_no_question(built_app: App) -> None:
    assert built_app.search.intent("qqxz wvvk jjhq") == FALLBACK


def test_no_message_office_or_topic_breaks_a_decision(built_app: App) -> None:
    chance, search = Random(4), built_app.search
    agencies, services = list(built_app.catalogue.agencies), [s.id for s in built_app.catalogue.services(None)]
    for example in islice(Composer(built_app.phrases, 99).examples(), 400):
        scope = chance.choice([agencies, *([agency] for agency in agencies)])
        topic = chance.choice([None, Topic(chance.choice(services), chance.choice(ASKABLE)), Topic(None, ASKABLE[0])])
        decision = search.decide(example.text, scope, topic)
        assert decision.kind is not Kind.CARD or len(decision.services) == 1
        search.about(example.text, scope)
        search.pick(example.text, chance.sample(services, 3))
