# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Phrase files: complete, free of the question set, and refused with a reason when broken."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from rapidfuzz import fuzz, process

from bot.app import KNOWLEDGE
from knowledge import phrasebook
from knowledge.loader import Catalogue
from knowledge.model import DECREE_COMPONENTS
from knowledge.phrasebook import BadPhrases, Phrasebook

NEAR_COPY = 80
"""Token-sort ratio from which a phrase counts as copied; a phrase of few words is nobody's."""

FEW_WORDS = 4

QUESTIONS = Path("tests/questions")


def whole_messages(book: Phrasebook) -> Iterator[str]:
    for need in book.needs.values():
        yield from need.situasi
        yield from (text for texts in need.pertanyaan.values() for text in texts)
    yield from (text for asking in book.components.values() for text in asking.lepas)
    yield from (text for groups in book.intents.values() for group in groups.values() for text in group)


def sorted_words(texts: Iterable[str]) -> dict[str, str]:
    """The texts of more than a few words by their sorted words, sorted once for millions of pairs."""
    return {" ".join(sorted(text.lower().split())): text for text in texts if len(text.split()) > FEW_WORDS}


def test_every_service_meets_a_need_and_has_a_short_name_of_its_own(catalogue: Catalogue, book: Phrasebook) -> None:
    for agency in catalogue.agencies:
        names = [book.short_name(service.id) for service in catalogue.services(agency)]
        if agency != "kalbar":  # its decree prints one service twice, 8.2 and 8.5, told apart by number
            assert len(names) == len(set(names)), agency
        assert all(book.field_of(service.id) for service in catalogue.services(agency))


def test_every_component_can_be_asked_for(book: Phrasebook) -> None:
    assert set(DECREE_COMPONENTS) <= set(book.components)
    assert all(book.components[component].lepas for component in DECREE_COMPONENTS)


@pytest.mark.parametrize("questions", sorted(QUESTIONS.glob("*.jsonl")), ids=lambda path: path.stem)
def test_phrases_are_not_copied_from_the_question_sets(questions: Path, book: Phrasebook) -> None:
    turns = [turn for line in questions.read_text("utf-8").splitlines() for turn in json.loads(line)["turns"]]
    phrases, asked = sorted_words(whole_messages(book)), sorted_words(turns)
    likeness = process.cdist(list(phrases), list(asked), scorer=fuzz.ratio, score_cutoff=NEAR_COPY)
    near = [(list(phrases.values())[i], list(asked.values())[j]) for i, j in zip(*likeness.nonzero(), strict=True)]
    assert near == []


@pytest.mark.parametrize(
    ("file", "text", "says"),
    [
        ("components.yaml", "waktu: [", "components.yaml: bukan YAML"),
        ("units.yaml", "hukum: {topik: [a], unit: {kalbar: 2}}", "hukum > nama"),
        ("needs/sewa.yaml", "a: {layanan: {x-1: 'nama yang terlalu panjang sekali'}, sebutan: [a]}", "1–24 huruf"),
        ("needs/sewa.yaml", "skm: {layanan: {x-1: SKM}, sebutan: [skm]}", "sudah ada di berkas lain"),
        ("twins.yaml", "- {kebutuhan: [skm, tidak_ada], sebutan: [a]}", "tidak_ada"),
    ],
)
def test_broken_files(file: str, text: str, says: str, tmp_path: Path) -> None:
    shutil.copytree(KNOWLEDGE / "phrases", tmp_path / "phrases")
    (tmp_path / "phrases" / file).write_text(text, "utf-8")
    with pytest.raises(BadPhrases, match=says):
        phrasebook.read(tmp_path / "phrases")
