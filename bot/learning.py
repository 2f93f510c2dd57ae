# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Learning: approved messages become phrases, are tried beside what is live, scored, and taken if nothing got worse.

What was learned is a layer of phrases of its own in the data folder: `learned` is live, `learned.next` being tried,
`learned.before` what one step back leads to. The model is not trained anew for it: that would move answers to
questions that have nothing to do with the lesson (see docs/adr/0007-desk.md).
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import Row

from bot import batch, missed
from bot.app import BEFORE, KNOWLEDGE, LEARNED, NEXT, App
from bot.batch import Question
from bot.missed import ELSEWHERE
from index import score
from index.score import Labelled
from knowledge.model import AgencyId, ServiceId

RESULT = "learned.json"
CONFIRMED = "questions.jsonl"
"""Of the office: messages whose answer an officer confirmed or taught, for every later lesson to be held against."""

SHIPPED = KNOWLEDGE.parent / "tests" / "questions" / "dev.jsonl"
LEARNED_FILE = "diajarkan.yaml"


@dataclass(frozen=True)
class Score:
    """Of one question set, in per cent."""

    name: str
    items: int
    right: float
    wrong: float
    miss: float


@dataclass(frozen=True)
class Lesson:
    """What came of one lesson: scores before and after, whether it is live, and which messages it taught."""

    at: str
    phrases: int
    before: tuple[Score, ...]
    after: tuple[Score, ...]
    live: bool
    ids: tuple[int, ...] = ()

    @property
    def worse(self) -> bool:
        """Whether any set has fewer right answers or more wrong cards than before."""
        pairs = zip(self.before, self.after, strict=True)
        return any(after.right < before.right or after.wrong > before.wrong for before, after in pairs)


def run(app: App, rows: Sequence[Row[Any]], now: datetime) -> Lesson:
    """Learn `rows`, approved ones: try them beside what is live, score both, and go live unless something got worse."""
    home = app.settings.home
    teach(app, rows, home / NEXT)
    _confirm(home / CONFIRMED, rows)
    after = app.answer_from(app.book_with(NEXT))
    scores = tuple(_scores(app, now)), tuple(_scores(after, now))
    lesson = Lesson(now.isoformat(), len(rows), *scores, live=False, ids=tuple(row.id for row in rows))
    if not lesson.worse:
        return go_live(app, lesson)
    _write(app, lesson)
    return lesson


def go_live(app: App, lesson: Lesson) -> Lesson:
    """Make what was tried the office's own; what was live is kept for one step back."""
    home = app.settings.home
    if (home / NEXT).exists():
        shutil.rmtree(home / BEFORE, ignore_errors=True)
        (home / LEARNED).mkdir(exist_ok=True)
        (home / LEARNED).rename(home / BEFORE)
        (home / NEXT).rename(home / LEARNED)
    app.renew()
    lesson = replace(lesson, live=True)
    _write(app, lesson)
    with app.engine.begin() as connection:
        missed.learned(connection, lesson.ids)
    return lesson


def undo(app: App) -> None:
    """One step back, to what was known before the last lesson."""
    home = app.settings.home
    if (home / BEFORE).exists():
        shutil.rmtree(home / NEXT, ignore_errors=True)
        (home / LEARNED).rename(home / NEXT)
        (home / BEFORE).rename(home / LEARNED)
        app.renew()
    if lesson := last(app):
        _write(app, replace(lesson, live=False))
        with app.engine.begin() as connection:
            missed.unlearned(connection, lesson.ids)


def can_undo(app: App) -> bool:
    return (app.settings.home / BEFORE).exists()


def can_go_live(app: App) -> bool:
    """Whether something was tried that is not live, and is still there."""
    lesson = last(app)
    return lesson is not None and not lesson.live and (app.settings.home / NEXT).exists()


def last(app: App) -> Lesson | None:
    """The last lesson; None before the first, and where its file cannot be read."""
    try:
        read = json.loads((app.settings.home / RESULT).read_text("utf-8"))
        before, after = (tuple(Score(**s) for s in read.pop(name)) for name in ("before", "after"))
        return Lesson(before=before, after=after, **read | {"ids": tuple(read["ids"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _write(app: App, lesson: Lesson) -> None:
    path = app.settings.home / RESULT
    path.with_suffix(".part").write_text(json.dumps(asdict(lesson)), "utf-8")
    path.with_suffix(".part").rename(path)


# Phrases


def teach(app: App, rows: Sequence[Row[Any]], folder: Path) -> None:
    """Write what is learned already, and `rows` with it, as a layer of phrases into `folder`."""
    live = app.settings.home / LEARNED
    shutil.rmtree(folder, ignore_errors=True)
    needs, intents = _read(live / "needs" / LEARNED_FILE), _read(live / "intents" / LEARNED_FILE)
    for row in rows:
        if row.component == ELSEWHERE:
            messages = intents.setdefault(ELSEWHERE, {}).setdefault("diajarkan", [])
        else:
            need = needs.setdefault(app.book.need_of(ServiceId(row.service)), {})
            messages = need.setdefault("pertanyaan", {}).setdefault(row.component, [])
        if row.text not in messages:
            messages.append(row.text)
    for name, content in (("needs", needs), ("intents", intents)):
        path = folder / name / LEARNED_FILE
        path.parent.mkdir(parents=True)
        path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=True), "utf-8")


def _read(path: Path) -> dict[str, Any]:
    return dict(yaml.safe_load(path.read_text("utf-8")) or {}) if path.exists() else {}


# Scores


def _confirm(path: Path, rows: Sequence[Row[Any]]) -> None:
    taught = [
        {
            "agency": row.agency,
            "text": row.text,
            "service": row.service,
            "component": None if row.component == ELSEWHERE else row.component,
            "intent": "fallback" if row.component == ELSEWHERE else "answer",
        }
        for row in rows
    ]
    _append(path, taught)


def _append(path: Path, items: Sequence[Mapping[str, Any]]) -> None:
    """Each message once, its last answer counting; written whole or not at all."""
    known = {item.id: item.model_dump(mode="json") for item in _labelled(path)}
    for item in items:
        expect = {
            "intent": item["intent"],
            "services": [item["service"]] if item["service"] else [],
            "component": item["component"],
        }
        id = f"{item['agency'] or 'semua'}: {item['text']}"
        known[id] = {"id": id, "agency": item["agency"], "turns": [item["text"]], "expect": expect}
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = "".join(json.dumps(item, ensure_ascii=False) + "\n" for item in known.values())
    path.with_suffix(".part").write_text(lines, "utf-8")
    path.with_suffix(".part").rename(path)


def _labelled(path: Path) -> list[Labelled]:
    if not path.exists():
        return []
    return [Labelled.model_validate_json(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def _scores(app: App, now: datetime) -> Iterator[Score]:
    """On the shipped question set, where it came along, and on what the office itself confirmed."""
    for name, path in (("pertanyaan bawaan", SHIPPED), ("pertanyaan kantor", app.settings.home / CONFIRMED)):
        if items := [item for item in _labelled(path) if item.agency is None or item.agency in app.catalogue.agencies]:
            row = score.table([(item, _verdict(app, item, now)) for item in items])[0]
            yield Score(name, row.items, row.right, row.wrong, row.miss)


def _verdict(app: App, item: Labelled, now: datetime) -> score.Verdict:
    question = Question(id="1", agency=AgencyId(item.agency) if item.agency else None, turns=item.turns)
    return score.verdict(item.expect, batch.report(question, batch.ask(app, question, now)))
