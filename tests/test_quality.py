# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""The open question set never falls below a floor; the three figures are printed at the end of the run."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot import batch
from bot.app import App
from bot.batch import Question
from index import score
from knowledge.model import AgencyId, Component
from tests.conftest import NOW, SCORED

QUESTIONS = Path("tests/questions/dev.jsonl")
RIGHT = 93.0
WRONG = 1.5
"""Per cent of all messages: a change that falls below, or gives more wrong cards, is no improvement."""

BARE = {
    "syarat": Component.PERSYARATAN,
    "cara": Component.PROSEDUR,
    "lama": Component.WAKTU,
    "biaya": Component.BIAYA,
    "dasar hukum": Component.DASAR_HUKUM,
}


def test_the_open_set_is_answered_as_well_as_before(built_app: App, request: pytest.FixtureRequest) -> None:
    items = [score.Labelled.model_validate_json(line) for line in QUESTIONS.read_text("utf-8").splitlines()]
    judged = []
    for item in items:
        question = Question(id=item.id, agency=AgencyId(item.agency) if item.agency else None, turns=item.turns)
        answer = batch.report(question, batch.ask(built_app, question, NOW))
        judged.append((item, score.verdict(item.expect, answer)))
    total = score.table(judged)[0]
    request.config.stash[SCORED] = f"{total.right:.1f} % right, {total.wrong:.1f} % wrong card, {total.miss:.1f} % miss"
    assert total.right >= RIGHT
    assert total.wrong <= WRONG


def test_a_word_and_the_short_name_of_any_service_are_enough(built_app: App) -> None:
    asked, missed = 0, []
    for service in built_app.catalogue.services(None):
        agency = built_app.catalogue.decree_of(service.id).id
        for word, component in BARE.items():
            asked += 1
            text = f"{word} {built_app.book.short_name(service.id)}".lower()
            decision = built_app.search.decide(text, [agency], None)
            if decision.component is not component or service.id not in decision.services:
                missed.append(text)
    assert asked == 124 * len(BARE)
    assert len(missed) <= asked // 100, missed
