# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Right, wrong answer, miss: as the question set's rules have it."""

from __future__ import annotations

from typing import Any

import pytest

from index.score import Expected, Labelled, Verdict, table, verdict
from knowledge.model import Component, ServiceId

ASKED = Expected(intent="answer", services=(ServiceId("a-1"), ServiceId("a-2")), component=Component.WAKTU)
WHICH = Expected(intent="clarify", services=(ServiceId("a-1"), ServiceId("a-2")))


def got(intent: str, service: str | None = None, component: str | None = None, choices: tuple[str, ...] = ()) -> Any:
    return {"intent": intent, "service": service, "component": component, "choices": list(choices)}


@pytest.mark.parametrize(
    ("expected", "answer", "judged"),
    [
        (ASKED, got("answer", "a-2", "waktu"), Verdict.RIGHT),
        (ASKED, got("answer", "a-1", "biaya"), Verdict.MISS),
        (ASKED, got("answer", "b-1", "waktu"), Verdict.WRONG),
        (ASKED, got("clarify", choices=("a-1",)), Verdict.MISS),
        (WHICH, got("clarify", choices=("a-2", "a-1", "b")), Verdict.RIGHT),
        (WHICH, got("clarify", choices=("a-2",)), Verdict.MISS),
        (WHICH, got("answer", "a-1", "waktu"), Verdict.MISS),
        (WHICH, got("answer", "b-1", "waktu"), Verdict.WRONG),
        (Expected(intent="fallback"), got("answer", "b-1", "waktu"), Verdict.WRONG),
        (Expected(intent="fallback"), got("clarify"), Verdict.MISS),
        (Expected(intent="complaint"), got("complaint"), Verdict.RIGHT),
        (Expected(intent="complaint"), got("answer", "b-1", "waktu"), Verdict.WRONG),
    ],
)
def test_verdict(expected: Expected, answer: Any, judged: Verdict) -> None:
    assert verdict(expected, answer) is judged


def test_the_three_figures_add_up() -> None:
    item = Labelled(id="x", agency="a", turns=("?",), expect=ASKED)
    row = table([(item, Verdict.RIGHT), (item, Verdict.MISS), (item, Verdict.WRONG), (item, Verdict.RIGHT)])[0]
    assert (row.items, row.right, row.wrong, row.miss) == (4, 50.0, 25.0, 25.0)
