# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""A complaint, openly or not: it is in the queue before we say a word."""

from __future__ import annotations

from dataclasses import replace

from handlers import replies
from handlers.desk import Desk
from handlers.messages import Conversation, Incoming, Intent, Outgoing, Turn
from index.compose import COMPLAINT
from tickets.model import Kind, Note, Ticket

NEW = "baru"
"""In `Conversation.adding_to`: the next message opens a ticket."""


def in_progress(message: Incoming, conversation: Conversation, desk: Desk) -> Turn | None:
    """The message that was asked for: it tells the complaint, or adds to one."""
    number = conversation.adding_to
    if not number or message.choice or not message.text.strip():
        return None
    if number == NEW:
        return _taken(message, conversation, desk)
    return Turn(
        replies=(replies.added(number),),
        conversation=replace(conversation, offered=(f"tambah:{number}",), adding_to=None),
        intent=Intent.COMPLAINT,
        note=Note(number, message.text, message.sent_at),
    )


def raised(message: Incoming, conversation: Conversation, desk: Desk) -> Turn | None:
    kind, _, number = (message.choice or "").partition(":")
    if kind == replies.COMPLAIN.id:
        return _asks(replies.complaint_wanted(), replace(conversation, offered=(), adding_to=NEW))
    if kind == "tambah" and any(ticket.number == number for ticket in desk.tickets):
        return _asks(replies.add_to(number), replace(conversation, offered=(), adding_to=number))
    if desk.intent(message) != COMPLAINT:
        return None
    return _taken(message, conversation, desk)


def _asks(reply: Outgoing, conversation: Conversation) -> Turn:
    return Turn(replies=(reply,), conversation=conversation, intent=Intent.COMPLAINT)


def _taken(message: Incoming, conversation: Conversation, desk: Desk) -> Turn:
    ticket = Ticket(
        number=desk.ticket_number,
        kind=Kind.PENGADUAN,
        channel=message.channel,
        sender=message.sender,
        agency=message.agency,
        service=conversation.topic.service,
        text=message.text,
        received=message.sent_at,
    )
    reply = replies.complaint_taken(ticket.number)
    return Turn(
        replies=(reply,),
        conversation=replace(conversation, offered=tuple(c.id for c in reply.choices), misses=0, adding_to=None),
        intent=Intent.COMPLAINT,
        ticket=ticket,
    )
