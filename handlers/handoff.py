# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""A person is wanted: the call waits in the queue, an officer takes the chat over, and the bot is silent meanwhile."""

from __future__ import annotations

from dataclasses import replace

from handlers import filing, replies, ticket_replies
from handlers.desk import Desk
from handlers.messages import Conversation, Incoming, Intent, Outgoing, Turn
from tickets import steps
from tickets.model import Kind, Note, Status, Ticket
from tickets.steps import Refused

HANDOFF = "handoff"
SHORT = 4
"""Words up to which "selesai, terima kasih" ends a talk with an officer."""


def in_progress(message: Incoming, conversation: Conversation, desk: Desk) -> Turn | None:
    """While an officer has the chat, all that is said goes to them, and nothing is answered by the bot.

    The citizen may leave: by the button, or with a word that says just that.
    """
    talk = next((t for t in desk.tickets if t.talking and t.agency in (None, message.agency)), None)
    if talk is None:
        return None
    if message.choice == ticket_replies.leave(talk.number).id or _says_goodbye(message.text, desk):
        return _turn(conversation, steps.end(talk, max(message.sent_at, talk.since)), ticket_replies.talk_ended(talk))
    return _turn(conversation, filing.noted(talk, Note(message.text, message.sent_at, message.attachments), desk))


def left_waiting(message: Incoming, conversation: Conversation, desk: Desk) -> Turn | None:
    """Who called and does not want to wait any longer; or wants to, and taps an old button."""
    choice = message.choice or ""
    if not choice.startswith(ticket_replies.LEAVE):
        return None
    call = next((t for t in desk.tickets if choice == ticket_replies.leave(t.number).id), None)
    if call is None:
        return None
    try:
        withdrawn = steps.withdraw(call, message.sent_at, desk.hours[filing.agency_of(call, desk)])
    except Refused:
        return _turn(conversation, call, ticket_replies.talk_over(), changed=False)
    return _turn(conversation, withdrawn, ticket_replies.call_withdrawn())


def asked(message: Incoming, conversation: Conversation, desk: Desk) -> Turn | None:
    """The call is filed once: who calls again hears where it stands."""
    if message.choice != replies.PERSON.id and desk.intent(message) != HANDOFF:
        return None
    waiting = next((t for t in desk.tickets if _waits(t, message)), None)
    ticket = waiting or filing.call(message, conversation, desk)
    hours = desk.hours[filing.agency_of(ticket, desk)]
    before = desk.waiting(ticket.agency, ticket.received) - (waiting is not None)
    opening = hours.calendar.opening(desk.now)
    return _turn(conversation, ticket, ticket_replies.person_called(ticket, before, opening), changed=not waiting)


def _says_goodbye(text: str, desk: Desk) -> bool:
    """ "Selesai, terima kasih", but not "belum selesai" or "kapan selesai?"."""
    cues = desk.cues
    denied = cues.stands("belum", text) or cues.stands("tidak", text) or cues.asks(text)
    return len(text.split()) <= SHORT and cues.stands("akhiri", text) and not denied


def _waits(ticket: Ticket, message: Incoming) -> bool:
    waits = ticket.kind is Kind.PETUGAS and ticket.status is Status.DITERIMA
    return waits and ticket.agency in (None, message.agency)


def _turn(conversation: Conversation, ticket: Ticket, *said: Outgoing, changed: bool = True) -> Turn:
    return Turn(
        replies=said,
        conversation=replace(
            conversation, offered=tuple(c.id for reply in said for c in reply.choices), misses=0, adding_to=None
        ),
        intent=Intent.HANDOFF,
        tickets=(ticket,) if changed else (),
    )
