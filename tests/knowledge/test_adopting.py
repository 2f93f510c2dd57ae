# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""A fifth office, made up, comes in with nothing but its decree's text: read, checked, asked and revoked."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from bot import batch
from bot.app import App, clock
from bot.batch import Question
from bot.commands import knowledge
from bot.config import Settings
from index import train
from index.heads import Heads
from index.train import Progress, Recipe
from index.train import train as train_fully
from knowledge.model import AgencyId, Component, Promise, ServiceId
from knowledge.phrasebook import Phrasebook

RANTAU_INDAH = AgencyId("rantauindah")
DECREE = Path("tests/decrees/rantauindah.md")
FEW = 60_000
"""Examples enough to know five offices' services by their names."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rantauindah")
    assert knowledge.import_file(app_at(folder), Namespace(file=DECREE, agency=RANTAU_INDAH, to=None)) == 0
    return folder


@pytest.fixture(scope="module")
def office(home: Path) -> App:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(train, "train", trained_on_few)
        app = app_at(home)
        app.build_index(lambda done, total: None)
    return app


def trained_on_few(book: Phrasebook, recipe: Recipe, progress: Progress, folder: Path) -> Heads:
    return train_fully(book, replace(recipe, members=1, examples=FEW, sample=FEW), progress, folder)


def app_at(home: Path) -> App:
    return App(Settings(home=home, database_url=f"sqlite:///{home / 'tanya.db'}"))


def test_the_decree_is_read_without_a_line_of_code(home: Path) -> None:
    decree = app_at(home).catalogue.decree(RANTAU_INDAH)
    assert decree.title == "Keputusan Sekretaris Daerah Kabupaten Rantau Indah Nomor 060/17 Tahun 2025"
    assert [(unit.name, len(unit.services)) for unit in decree.units] == [("Bagian Organisasi", 2), ("Bagian Umum", 1)]
    rent = app_at(home).catalogue.service(ServiceId("rantauindah-2-1")).components
    assert [tariff.rupiah for tariff in rent.biaya.tariffs] == [400_000, 150_000]
    assert rent.pengaduan.promises.normatif == Promise(limit=4, unit="hari kerja")


def test_a_service_that_others_have_is_asked_for_in_their_words(home: Path) -> None:
    book = app_at(home).book
    assert book.need_of(ServiceId("rantauindah-1-1")) == "konsultasi"
    assert book.short_name(ServiceId("rantauindah-1-1")) == "Konsultasi"
    assert book.field_of(ServiceId("rantauindah-2-1")) == "umum"
    assert "kab rantau indah" in book.agencies[RANTAU_INDAH].nama


@pytest.mark.parametrize(
    ("text", "service", "component"),
    [
        ("syarat konsultasi apa saja", "rantauindah-1-1", Component.PERSYARATAN),
        ("berapa lama rekomendasi izin penelitian", "rantauindah-1-2", Component.WAKTU),
        ("berapa biaya sewa balai pertemuan", "rantauindah-2-1", Component.BIAYA),
        ("kantornya di mana", "rantauindah", Component.KANTOR),
    ],
)
def test_its_questions_are_answered(text: str, service: str, component: Component, office: App) -> None:
    turn = batch.ask(office, Question(id="1", agency=RANTAU_INDAH, turns=(text,)), clock())
    assert (turn.service, turn.component) == (service, component)


def test_importing_again_keeps_what_staff_wrote(home: Path) -> None:
    phrases = home / "phrases" / "needs" / "rantauindah.yaml"
    phrases.write_text(phrases.read_text("utf-8").replace("Konsultasi", "Konsul Ortal"), "utf-8")
    knowledge.import_file(app_at(home), Namespace(file=DECREE, agency=RANTAU_INDAH, to=None))
    assert app_at(home).book.short_name(ServiceId("rantauindah-1-1")) == "Konsul Ortal"


def test_a_revoked_decree_answers_nothing(office: App, home: Path) -> None:
    options = Namespace(agency=RANTAU_INDAH, oleh="Keputusan Nomor 060/20 Tahun 2026", sejak=date(2026, 1, 2))
    knowledge.revoke(app_at(home), Namespace(batal=False, **vars(options)))
    after = app_at(home)
    after.__dict__["search"], after.__dict__["book"] = office.search, office.book
    for text in ("syarat konsultasi apa saja", "kantornya di mana"):
        turn = batch.ask(after, Question(id="1", agency=RANTAU_INDAH, turns=(text,)), clock())
        assert turn.service is None
        assert "sudah dicabut dengan Keputusan Nomor 060/20 Tahun 2026" in turn.replies[0].text
    asked = Question(id="1", agency=None, turns=("syarat konsultasi di kabupaten rantau indah",))
    assert batch.ask(after, asked, clock()).service is None
    knowledge.revoke(app_at(home), Namespace(batal=True, **vars(options)))
    assert app_at(home).catalogue.in_force(RANTAU_INDAH, date(2026, 6, 1))
