# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Right, wrong answer, miss: how answers compare with a labelled question set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from pydantic import Field

from knowledge.model import Component, Frozen, ServiceId


class Verdict(Enum):
    RIGHT = "right"
    WRONG = "wrong answer"
    MISS = "miss"


class Expected(Frozen):
    intent: str
    services: tuple[ServiceId, ...] = ()
    component: Component | None = None


class Labelled(Frozen, extra="ignore"):
    """One item of a question set: what the bot must do with the last of `turns`."""

    id: str
    agency: str | None = None
    turns: tuple[str, ...] = Field(min_length=1)
    expect: Expected
    style: str = ""


def verdict(expected: Expected, answer: Mapping[str, Any]) -> Verdict:
    """Judge one line of `tanya ask --jsonl`: a card of an unexpected service is worse than none."""
    if answer["intent"] == "answer":
        if answer["service"] not in expected.services:
            return Verdict.WRONG
        right = expected.intent == "answer" and answer["component"] == expected.component
        return Verdict.RIGHT if right else Verdict.MISS
    if answer["intent"] != expected.intent:
        return Verdict.MISS
    if expected.intent == "clarify":
        return Verdict.RIGHT if set(expected.services) <= set(answer["choices"]) else Verdict.MISS
    return Verdict.RIGHT


@dataclass(frozen=True)
class Row:
    """One line of the score table."""

    name: str
    items: int
    right: float
    wrong: float
    miss: float


def table(judged: Iterable[tuple[Labelled, Verdict]]) -> list[Row]:
    """The three figures in per cent over all, by intent, and for answers by component, style and agency."""
    judged = list(judged)
    answers = [(item, v) for item, v in judged if item.expect.intent == "answer"]
    rows = [_row("semua", judged)]
    rows += _groups("intent", judged, lambda item: item.expect.intent)
    rows += [
        _row("answer, satu pesan", [(i, v) for i, v in answers if len(i.turns) == 1]),
        _row("answer, lanjutan", [(i, v) for i, v in answers if len(i.turns) > 1]),
    ]
    rows += _groups("component", answers, lambda item: str(item.expect.component))
    rows += _groups("style", answers, lambda item: item.style)
    rows += _groups("agency", answers, lambda item: item.agency or "(semua)")
    return rows


def _groups(title: str, judged: list[tuple[Labelled, Verdict]], key: Callable[[Labelled], str]) -> list[Row]:
    names = sorted({key(item) for item, _ in judged})
    return [_row(f"{title} {name}", [(item, v) for item, v in judged if key(item) == name]) for name in names]


def _row(name: str, judged: list[tuple[Labelled, Verdict]]) -> Row:
    counts = Counter(v for _, v in judged)
    share = {v: 100 * counts[v] / max(1, len(judged)) for v in Verdict}
    return Row(name, len(judged), share[Verdict.RIGHT], share[Verdict.WRONG], share[Verdict.MISS])
