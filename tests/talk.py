# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Transcripts as tests: "> " is typed, "* " is tapped, "< " must stand in the reply, "[ " must be offered, in order.

"+ foto.jpg" is sent without words, "! jawab: …" is what an officer does, "~ 20 jam" lets time pass, "- " must not
stand in the reply, "@ budi" goes on as another person, "# " is a remark. The first line names the office:
"kantor: melawi", or "kantor: semua".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from bot.app import App
from handlers import casework, reminders
from handlers.messages import Channel, Conversation, Incoming, Outgoing
from handlers.routes import respond
from knowledge.model import AgencyId
from tests.conftest import NOW
from tickets.model import Attachment, Class, Kind, Status, Ticket
from tickets.number import number
from tickets.steps import Hours

OFFICER = "Rahmat"
NUMBERS = [number(NOW, lambda alphabet, n=n: alphabet[n % 29]) for n in range(99)]  # type: ignore[misc]
"""The number of the ticket that the nth message would file."""


@dataclass
class Talk:
    """One person's conversation with one office; its tickets are kept as the store would."""

    app: App
    agency: AgencyId | None
    now: datetime = NOW
    sender: str = "warga"
    conversation: Conversation = field(default_factory=Conversation)
    tickets: list[Ticket] = field(default_factory=list)
    offered: dict[str, str] = field(default_factory=dict)
    said: int = 0

    def say(self, text: str, choice: str | None = None, attachments: tuple[Attachment, ...] = ()) -> list[str]:
        self.said += 1
        message = Incoming(
            Channel.TERMINAL, self.sender, str(self.said), self.agency, text, self.now, choice, attachments
        )
        own = tuple(ticket for ticket in self.tickets if ticket.sender == self.sender)
        desk = replace(
            self.app.desk(self.now), ticket_number=NUMBERS[self.said], tickets=own, find=self.find, waiting=self.waiting
        )
        turn = respond(message, self.conversation, desk)
        self.conversation = turn.conversation
        self.keep(turn.tickets)
        return self.shown(turn.replies)

    def tap(self, label: str) -> list[str]:
        assert label in self.offered, f"{label!r} is not among {list(self.offered)}"
        return self.say(label, self.offered[label])

    def send(self, name: str) -> list[str]:
        return self.say("", attachments=(Attachment(name, "image/jpeg", 1000, name),))

    def wait(self, hours: int) -> list[str]:
        """Time passes: the chat forgets as the mailbox would, and what falls due is done."""
        self.now += timedelta(hours=hours)
        if draft := self.conversation.draft:
            self.conversation = Conversation(draft=replace(draft, asleep=True), offered=self.conversation.offered)
        replies: list[Outgoing] = []
        for ticket in self.tickets:
            looked = reminders.look(ticket, (), self.hours(ticket), self.now)
            self.keep((looked.ticket,))
            replies += looked.notices
        return self.shown(replies)

    def act(self, verb: str, text: str) -> list[str]:
        """What an officer does to the newest ticket; the citizen reads what comes of it."""
        ticket, hours = self.tickets[0], self.hours(self.tickets[0])
        done = {
            "klasifikasi": lambda: casework.classify(ticket, Class(text), OFFICER, self.now, hours),
            "ambil": lambda: casework.take(ticket, OFFICER, self.now, hours),
            "kata": lambda: casework.say(ticket, text, OFFICER, self.now),
            "akhiri": lambda: casework.end(ticket, OFFICER, self.now),
            "alihkan": lambda: casework.transfer(ticket, text, OFFICER, self.now),
            "catat": lambda: casework.remark(ticket, text, OFFICER, self.now),
            "tugaskan": lambda: casework.assign(ticket, text, OFFICER, self.now),
            "informasi awal": lambda: casework.inform(ticket, text, OFFICER, self.now, hours),
            "tanya": lambda: casework.ask(ticket, text, OFFICER, self.now, hours),
            "jawab": lambda: casework.answer(ticket, text, OFFICER, self.now, hours),
            "teruskan": lambda: casework.refer(ticket, text, OFFICER, self.now, hours),
        }[verb]()
        self.keep(done.tickets)
        return self.shown([notice for _, notice in done.notices])

    def find(self, number: str) -> Ticket | None:
        return next((ticket for ticket in self.tickets if ticket.number == number), None)

    def waiting(self, agency: str | None, until: datetime) -> int:
        calls = [t for t in self.tickets if t.kind is Kind.PETUGAS and t.status is Status.DITERIMA]
        return sum(call.agency == agency and call.received <= until for call in calls)

    def hours(self, ticket: Ticket) -> Hours:
        return self.app.hours[AgencyId(ticket.agency or "landak")]

    def keep(self, tickets: Sequence[Ticket]) -> None:
        changed = {ticket.number: ticket for ticket in tickets}
        kept = [changed.pop(ticket.number, ticket) for ticket in self.tickets]
        self.tickets = [*changed.values(), *kept]

    def shown(self, replies: Sequence[Outgoing]) -> list[str]:
        self.offered |= {choice.label: choice.id for reply in replies for choice in reply.choices}
        lines: list[str] = []
        for reply in replies:
            lines += reply.text.splitlines()
            lines += [f"[{choice.label}]" for choice in reply.choices]
        return lines


def play(app: App, transcript: Path) -> None:
    """Run `transcript`; the failing line is named as an editor would: file:line."""
    lines = transcript.read_text("utf-8").splitlines()
    office = lines[0].removeprefix("kantor:").strip()
    talk = Talk(app, None if office == "semua" else AgencyId(office))
    replied: list[str] = []
    for row, line in enumerate(lines[1:], 2):
        mark, text = line[:2], line[2:].strip()
        place = f"{transcript.name}:{row}"
        if mark == "> ":
            replied = talk.say(text)
        elif mark == "* ":
            replied = talk.tap(text)
        elif mark == "+ ":
            replied = talk.send(text)
        elif mark == "~ ":
            replied = talk.wait(int(text.split()[0]))
        elif mark == "! ":
            verb, _, told = text.partition(": ")
            replied = talk.act(verb, told)
        elif mark == "@ ":
            talk.sender, talk.conversation, replied = text, Conversation(), []
        elif mark == "- ":
            assert not any(text in shown for shown in replied), f"{place}: {text!r} is in the reply"
        elif mark in ("< ", "[ "):
            wanted = text if mark == "< " else f"[{text}]"
            at = next((i for i, shown in enumerate(replied) if wanted in shown), None)
            assert at is not None, f"{place}: {wanted!r} is not in the reply:\n" + "\n".join(replied)
            replied = replied[at + 1 :]
        else:
            assert not line.strip() or mark == "# ", f"{place}: begins with none of the marks"
