# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""A person is wanted: the call goes into the queue with what was said."""

from __future__ import annotations

from dataclasses import replace

from handlers import filing, replies, ticket_replies
from handlers.desk import Desk
from handlers.messages import Conversation, Incoming, Intent, Turn

HANDOFF = "handoff"


def asked(message: Incoming, conversation: Conversation, desk: Desk) -> Turn | None:
    if message.choice != replies.PERSON.id and desk.intent(message) != HANDOFF:
        return None
    ticket = filing.call(message, conversation, desk)
    return Turn(
        replies=(ticket_replies.person_called(ticket.number),),
        conversation=replace(conversation, offered=(), misses=0, adding_to=None),
        intent=Intent.HANDOFF,
        tickets=(ticket,),
    )
