# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""A person is wanted: the call goes into the queue with what was said."""

from __future__ import annotations

from dataclasses import replace

from handlers import replies
from handlers.desk import Desk
from handlers.messages import Conversation, Incoming, Intent, Turn
from tickets.model import Kind, Ticket

HANDOFF = "handoff"


def asked(message: Incoming, conversation: Conversation, desk: Desk) -> Turn | None:
    if message.choice != replies.PERSON.id and desk.intent(message) != HANDOFF:
        return None
    ticket = Ticket(
        number=desk.ticket_number,
        kind=Kind.PETUGAS,
        channel=message.channel,
        sender=message.sender,
        agency=message.agency,
        service=conversation.topic.service,
        text=message.text,
        received=message.sent_at,
    )
    return Turn(
        replies=(replies.person_called(ticket.number),),
        conversation=replace(conversation, offered=(), misses=0, adding_to=None),
        intent=Intent.HANDOFF,
        ticket=ticket,
    )
