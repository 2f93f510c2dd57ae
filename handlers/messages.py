# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""What comes in, what goes out, and what is remembered between the two."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from index.decision import Topic
from knowledge.cards import Line
from knowledge.model import AgencyId, Component, ServiceId
from tickets.model import Attachment, Identity, Kind, Ticket


class Channel(StrEnum):
    TERMINAL = "terminal"
    COBA = "coba"
    MEJA = "meja"
    """The officers' desk: only reminders go there, to "<office>:<role>"."""

    WHATSAPP = "whatsapp"
    TELEGRAM = "telegram"


REACHABLE = frozenset({Channel.WHATSAPP, Channel.TELEGRAM})
"""Channels on which an answer finds the citizen for sure, so that no telephone number need be asked for."""


class Event(StrEnum):
    """What happened in a chat, where it was not a message that wants an answer of the usual kind."""

    MESSAGE = "message"
    REACTION = "reaction"
    DELETED = "deleted"
    UNSUPPORTED = "unsupported"
    UNREADABLE = "unreadable"
    """A file that could not be taken; `text` says why."""
    ECHO = "echo"
    """An officer answered from the office's own telephone."""


@dataclass(frozen=True)
class Incoming:
    """One message of one person; `choice` is the id of the button or list row that was tapped.

    `agency` is the office written to, None where one number serves all; `sent_at` is aware, by the
    channel's own clock; `attachments` are kept already, and `text` is then their caption.
    """

    channel: Channel
    sender: str
    provider_id: str
    agency: AgencyId | None
    text: str
    sent_at: datetime
    choice: str | None = None
    attachments: tuple[Attachment, ...] = ()
    event: Event = Event.MESSAGE


@dataclass(frozen=True)
class Choice:
    """A button or list row: `label` at most 24 characters, `description` 72, `id` 64 bytes."""

    id: str
    label: str
    description: str = ""


@dataclass(frozen=True)
class Outgoing:
    """One bubble: its lines, then what can be tapped, at most ten; a file follows as a bubble of its own."""

    lines: tuple[Line, ...]
    choices: tuple[Choice, ...] = ()
    attachment: Attachment | None = None

    @property
    def text(self) -> str:
        """The lines as plain text: what a terminal shows and a screen reader speaks."""
        return "\n".join(
            f"{'   ' * line.level}{f'{line.marker} ' * bool(line.marker)}{line.text}" for line in self.lines
        )


class Intent(StrEnum):
    """What became of a message, as `tanya ask --jsonl` reports it."""

    ANSWER = "answer"
    CLARIFY = "clarify"
    COMPLAINT = "complaint"
    STATUS = "status"
    HANDOFF = "handoff"
    SMALLTALK = "smalltalk"
    FALLBACK = "fallback"


class Why(StrEnum):
    """How we know that a message was not answered as it should have been."""

    TIDAK_TERJAWAB = "tidak terjawab"
    BUKAN_ITU = "bukan itu"
    DITANYA_BALIK = "ditanya balik"
    SALAH = "ditandai petugas"


@dataclass(frozen=True)
class Missed:
    """A message from which the bot can learn, without who wrote it; `text` is minimised.

    An officer may have said with it which card is right.
    """

    text: str
    why: Why
    service: ServiceId | None = None
    component: Component | None = None
    elsewhere: bool = False
    """No card should answer it."""


NO_TOPIC = Topic(None, None)


class Asked(StrEnum):
    """What a complaint still lacks, in the order in which it is asked for; each is asked for once."""

    APA = "apa"
    KANTOR = "kantor"
    LAYANAN = "layanan"
    KAPAN = "kapan"
    KONTAK = "kontak"
    BENAR = "benar"
    """All is there: it was read back."""
    SAMA = "sama"
    """Another complaint came before this one was sent."""
    UBAH = "ubah"
    """It was not right: whether to tell it afresh or to drop it."""
    LANJUT = "lanjut"
    """After a silence: whether to go on."""


@dataclass(frozen=True)
class Draft:
    """A complaint that is being told and not sent yet.

    `text` is what was told so far, `aside` a second complaint that waits for this one; `asked` what was asked for,
    the last one last; `asleep` after a silence, so that it is taken up again with one question.
    """

    kind: Kind = Kind.PENGADUAN
    text: str = ""
    agency: AgencyId | None = None
    service: ServiceId | None = None
    unit: str | None = None
    when: str = ""
    contact: str = ""
    identity: Identity = Identity.TERBUKA
    attachments: tuple[Attachment, ...] = ()
    asked: tuple[Asked, ...] = ()
    aside: str = ""
    asleep: bool = False

    @property
    def asking(self) -> Asked | None:
        """What the citizen was asked last."""
        return self.asked[-1] if self.asked else None


@dataclass(frozen=True)
class Conversation:
    """What is remembered of one person's chat with one office.

    `offered` are the choices of the last bubble, so that "2" or "yang provinsi" can answer them; `before` and
    `others` are the topic before the last card and the services that came next to it, for when it was the wrong one;
    `misses` counts messages in a row that we had nothing for; `adding_to` is the ticket that the next message
    belongs to; `draft` is the complaint being told, which outlives a silence; until `quiet_until` an officer talks
    and the bot does not; `question` is what the last card or choice answered; `trial` is on while an officer tries
    answers; `count` are the messages since `minute`.
    """

    topic: Topic = NO_TOPIC
    before: Topic = NO_TOPIC
    others: tuple[ServiceId, ...] = ()
    offered: tuple[str, ...] = ()
    misses: int = 0
    adding_to: str | None = None
    draft: Draft | None = None
    quiet_until: datetime | None = None
    question: str = ""
    trial: bool = False
    minute: datetime | None = None
    count: int = 0


@dataclass(frozen=True)
class Turn:
    """What should be said and remembered, and what became of the message; `score` is 0 to 1.

    `tickets` are new or changed, to be saved with the turn.
    """

    replies: tuple[Outgoing, ...]
    conversation: Conversation
    intent: Intent
    service: ServiceId | None = None
    component: Component | None = None
    services_offered: tuple[ServiceId, ...] = ()
    score: float = 1.0
    tickets: tuple[Ticket, ...] = ()
    missed: Missed | None = None
