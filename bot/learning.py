# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Learning: approved messages become phrases, the index is built beside the live one, scored, and taken if no worse.

The office's learned phrases are a layer of their own in its data folder: `learned` is live, `learned.next` being
tried, `learned.before` what one step back leads to. Each build is named by its phrases, so the old one is still there.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
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
from index import build, score
from index.score import Labelled
from knowledge.model import AgencyId, ServiceId

RESULT = "learned.json"
CONFIRMED = "questions.jsonl"
"""Of the office: messages whose answer an officer confirmed or taught, for every later lesson to be held against."""

SHIPPED = KNOWLEDGE.parent / "tests" / "questions" / "dev.jsonl"
LEARNED_FILE = "diajarkan.yaml"

Progress = Callable[[int, int], None]


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


def run(app: App, rows: Sequence[Row[Any]], now: datetime, progress: Progress = lambda done, total: None) -> Lesson:
    """Learn `rows`, approved ones: build beside, score both, and go live unless something got worse."""
    home = app.settings.home
    teach(app, rows, home / NEXT)
    _confirm(home / CONFIRMED, rows)
    after = _tried(app)
    keep = {app.digest_with(LEARNED)}
    build.build(app.catalogue, after.book, app.settings.model, app.settings.built, progress, app.examples, keep)
    lesson = Lesson(
        now.isoformat(),
        len(rows),
        tuple(_scores(app, now)),
        tuple(_scores(after, now)),
        False,
        tuple(r.id for r in rows),
    )
    if not lesson.worse:
        lesson = go_live(app, lesson)
    else:
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
    lesson = replace(lesson, live=True)
    _write(app, lesson)
    with app.engine.begin() as connection:
        missed.learned(connection, lesson.ids)
    return lesson


def undo(app: App) -> None:
    """One step back to the phrases before the last lesson, whose index is still there."""
    home = app.settings.home
    if (home / BEFORE).exists():
        shutil.rmtree(home / NEXT, ignore_errors=True)
        (home / LEARNED).rename(home / NEXT)
        (home / BEFORE).rename(home / LEARNED)
    if lesson := last(app):
        _write(app, replace(lesson, live=False))
        with app.engine.begin() as connection:
            missed.unlearned(connection, lesson.ids)


def can_undo(app: App) -> bool:
    return _built(app, BEFORE)


def can_go_live(app: App) -> bool:
    """Whether something was tried that is not live, and is still there."""
    lesson = last(app)
    return lesson is not None and not lesson.live and _built(app, NEXT)


def _built(app: App, layer: str) -> bool:
    return (app.settings.home / layer).exists() and (app.settings.built / app.digest_with(layer)).exists()


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


def _tried(app: App) -> App:
    """The same office with the phrases that are being tried."""
    tried = App(app.settings, examples=app.examples)
    tried.__dict__["catalogue"] = app.catalogue
    tried.__dict__["book"] = app.book_with(NEXT)
    return tried


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


# Beside the running service


def in_a_process(app: App) -> str:
    """Learn in a process of its own, whose memory ends with it; raises LearningFailed with the reason."""
    settings = app.settings
    environment = {
        **os.environ,
        "TANYA_HOME": str(settings.home),
        "TANYA_MODEL": settings.model,
        "TANYA_DATABASE_URL": settings.database_url,
        "TANYA_AGENCY": settings.agency or "",
    }
    command = [sys.executable, "-m", "bot.cli", "index", "learn", "--examples", str(app.examples)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LearningFailed(done.stderr.strip()[-300:] or "proses berhenti")
    return done.stdout


class LearningFailed(Exception):
    """A lesson could not be carried out; the office answers as before."""
