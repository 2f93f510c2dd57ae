# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""How is my complaint doing? Told from the sender's own tickets only."""

from __future__ import annotations

from dataclasses import replace

from handlers import replies
from handlers.desk import Desk
from handlers.messages import Conversation, Incoming, Intent, Turn

STATUS = "status"
SHOWN = 3


def asked(message: Incoming, conversation: Conversation, desk: Desk) -> Turn | None:
    if desk.intent(message) != STATUS:
        return None
    reply = replies.statuses(desk.tickets[:SHOWN]) if desk.tickets else replies.no_tickets()
    return Turn(
        replies=(reply,),
        conversation=replace(conversation, offered=tuple(c.id for c in reply.choices), misses=0),
        intent=Intent.STATUS,
    )
