# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Many conversations at once, from JSON lines to JSON lines; a bad line is reported and passed over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from pydantic import Field, ValidationError

from bot.app import App
from handlers.messages import Channel, Conversation, Incoming, Turn
from handlers.routes import respond
from knowledge.model import AgencyId, Frozen


class Question(Frozen, extra="ignore"):
    """One line of input: a fresh conversation whose last turn's reply is wanted."""

    id: str
    agency: AgencyId | None = None
    turns: tuple[str, ...] = Field(min_length=1)


class BadLine(Exception):
    """A line of input that is not a question; the message gives its number and what was expected."""


def questions(lines: Iterable[str], agencies: Iterable[AgencyId]) -> Iterator[Question | BadLine]:
    """The questions in `lines`, a BadLine in the place of each that is none; empty lines are nothing."""
    known = set(agencies)
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            question = Question.model_validate_json(line)
        except ValidationError as error:
            problem = error.errors()[0]
            place = ".".join(map(str, problem["loc"])) or "baris"
            yield BadLine(f'baris {number}: {place}: {problem["msg"]}. Seharusnya {{"id", "agency", "turns": ["…"]}}.')
            continue
        if question.agency and question.agency not in known:
            yield BadLine(
                f"baris {number}: kantor '{question.agency}' tidak dikenal. Pilihan: {', '.join(sorted(known))}."
            )
            continue
        yield question


def ask(app: App, question: Question, now: datetime) -> Turn:
    """The turn that answers the last of a fresh conversation's messages; nothing is stored."""
    conversation, desk = Conversation(), app.desk(now)
    for number, text in enumerate(question.turns):
        message = Incoming(Channel.TERMINAL, "ask", f"{question.id}-{number}", question.agency, text, now)
        turn = respond(message, conversation, desk)
        conversation = turn.conversation
    return turn


def report(question: Question, turn: Turn) -> dict[str, Any]:
    """One line of output, as DESIGN's contract has it."""
    return {
        "id": question.id,
        "intent": turn.intent,
        "service": turn.service,
        "component": turn.component,
        "choices": list(turn.services_offered),
        "score": round(turn.score, 4),
        "reply": "\n\n".join(reply.text for reply in turn.replies),
    }
