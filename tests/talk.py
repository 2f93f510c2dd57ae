# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Transcripts as tests: "> " is typed, "* " is tapped, "< " must stand in the reply, "[ " must be offered, in order.

The first line names the office: "kantor: melawi", or "kantor: semua".
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.app import App
from handlers.messages import Channel, Conversation, Incoming, Turn
from handlers.routes import respond
from knowledge.model import AgencyId
from tests.conftest import NOW
from tickets.model import Ticket


@dataclass
class Talk:
    """One person's conversation with one office; its tickets are kept as the store would."""

    app: App
    agency: AgencyId | None
    conversation: Conversation = field(default_factory=Conversation)
    tickets: list[Ticket] = field(default_factory=list)
    turn: Turn | None = None
    said: int = 0

    def say(self, text: str, choice: str | None = None) -> Turn:
        self.said += 1
        message = Incoming(Channel.TERMINAL, "warga", str(self.said), self.agency, text, NOW, choice)
        desk = replace(self.app.desk(NOW), ticket_number=f"ADU-2611-0000{self.said}", tickets=tuple(self.tickets))
        self.turn = respond(message, self.conversation, desk)
        self.conversation = self.turn.conversation
        if self.turn.ticket:
            self.tickets.insert(0, self.turn.ticket)
        return self.turn

    def tap(self, label: str) -> Turn:
        assert self.turn is not None, "nothing was offered yet"
        choices = {choice.label: choice.id for reply in self.turn.replies for choice in reply.choices}
        assert label in choices, f"{label!r} is not among {list(choices)}"
        return self.say(label, choices[label])


def play(app: App, transcript: Path) -> None:
    """Run `transcript`; the failing line is named as an editor would: file:line."""
    lines = transcript.read_text("utf-8").splitlines()
    office = lines[0].removeprefix("kantor:").strip()
    talk = Talk(app, None if office == "semua" else AgencyId(office))
    replied: list[str] = []
    for number, line in enumerate(lines[1:], 2):
        mark, text = line[:2], line[2:].strip()
        if mark == "> ":
            replied = _shown(talk.say(text))
        elif mark == "* ":
            replied = _shown(talk.tap(text))
        elif mark in ("< ", "[ "):
            wanted = text if mark == "< " else f"[{text}]"
            at = next((i for i, shown in enumerate(replied) if wanted in shown), None)
            assert at is not None, f"{transcript.name}:{number}: {wanted!r} is not in the reply:\n" + "\n".join(replied)
            replied = replied[at + 1 :]


def _shown(turn: Turn) -> list[str]:
    shown: list[str] = []
    for reply in turn.replies:
        shown += reply.text.splitlines()
        shown += [f"[{choice.label}]" for choice in reply.choices]
    return shown
