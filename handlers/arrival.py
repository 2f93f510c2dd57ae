# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""What wants no answer of the usual kind: reactions, deletions, an officer at the telephone, messages days old."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from handlers import filing, replies
from handlers.desk import Desk
from handlers.messages import Conversation, Event, Incoming, Intent, Outgoing, Turn
from tickets.model import Kind, Note, Status

OFFICER_TALKS = timedelta(minutes=30)
"""How long the bot keeps out of a chat after an officer wrote in it from the office's telephone."""

LATE = timedelta(hours=12)
"""From this on an answer begins with an apology, and a greeting gets none."""

MINUTE, MOST = timedelta(minutes=1), 30
"""Messages in a minute from which on a chat is not answered: no person writes so fast."""

UNLOCKS = "buka"
"""What our template asks the person to write, so that an answer that waits may follow."""


def quiet(message: Incoming, conversation: Conversation, desk: Desk) -> Turn | None:
    """Nothing is said to a reaction or a deletion, nor while an officer talks; what we cannot read we say so."""
    match message.event:
        case Event.ECHO:
            until = desk.now + OFFICER_TALKS
            return Turn((), replace(conversation, quiet_until=until), Intent.HANDOFF)
        case Event.REACTION | Event.DELETED:
            return Turn((), conversation, Intent.SMALLTALK)
        case Event.UNSUPPORTED if not _officer_talks(conversation, desk):
            return Turn((replies.unsupported(),), conversation, Intent.FALLBACK)
        case Event.UNREADABLE if not _officer_talks(conversation, desk):
            return Turn((replies.unreadable(message.text),), conversation, Intent.FALLBACK)
    if _officer_talks(conversation, desk) or message.text.strip().casefold() == UNLOCKS:
        return Turn((), conversation, Intent.HANDOFF)
    return None


def late(turn: Turn, message: Incoming, desk: Desk) -> Turn:
    """`turn` with one apology where the message took days to reach us; small talk of last Tuesday is let go."""
    if desk.now - message.sent_at < LATE or not turn.replies:
        return turn
    if turn.intent is Intent.SMALLTALK and not message.choice:
        return replace(turn, replies=())
    first = turn.replies[0]
    apology = replies.arrived_late(message.sent_at)
    joined = Outgoing((*apology.lines, *first.lines), first.choices)
    return replace(turn, replies=(joined, *turn.replies[1:]))


def counted(conversation: Conversation, desk: Desk) -> Conversation:
    """`conversation` with one more message in its minute, or the first of another."""
    begins = conversation.minute is None or desk.now - conversation.minute >= MINUTE
    if begins:
        return replace(conversation, minute=desk.now, count=1)
    return replace(conversation, count=conversation.count + 1)


def flooded(message: Incoming, conversation: Conversation, desk: Desk) -> Turn | None:
    """Who writes more than anybody can read hears it once, and is answered again in the next minute."""
    if conversation.count <= MOST:
        return None
    told = (replies.too_many(),) if conversation.count == MOST + 1 else ()
    return Turn(told, conversation, Intent.FALLBACK)


def halted(message: Incoming, conversation: Conversation, desk: Desk) -> Turn | None:
    """On a channel that the office has stopped, what is written waits for an officer; the reason is told once."""
    if not desk.halted:
        return None
    waiting = next((t for t in desk.tickets if t.kind is Kind.PETUGAS and t.status is Status.DITERIMA), None)
    if waiting is None:
        call = filing.call(message, conversation, desk)
        return Turn((replies.halted(desk.halted, call.number),), conversation, Intent.HANDOFF, tickets=(call,))
    note = Note(message.text, message.sent_at, message.attachments)
    return Turn((), conversation, Intent.HANDOFF, tickets=(filing.noted(waiting, note, desk),))


def announced(turn: Turn, desk: Desk) -> Turn:
    """`turn` with what the office tells everybody before its first reply."""
    if not desk.banner or not turn.replies:
        return turn
    first = turn.replies[0]
    lines = (*replies.announcement(desk.banner).lines, *first.lines)
    return replace(turn, replies=(Outgoing(lines, first.choices), *turn.replies[1:]))


def _officer_talks(conversation: Conversation, desk: Desk) -> bool:
    return conversation.quiet_until is not None and desk.now < conversation.quiet_until
