# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""The order of decisions: the first rule that has something to say wins."""

from __future__ import annotations

from collections.abc import Callable

from handlers import answer, arrival, complaint, handoff, smalltalk, status, trial
from handlers.desk import Desk
from handlers.messages import Conversation, Incoming, Turn

Rule = Callable[[Incoming, Conversation, Desk], Turn | None]


def _trial(message: Incoming, conversation: Conversation, desk: Desk) -> Turn | None:
    return trial.asked(message, conversation, desk, respond)


RULES: tuple[Rule, ...] = (
    arrival.quiet,
    _trial,
    handoff.in_progress,  # an officer talks; the bot only relays
    arrival.flooded,
    arrival.halted,
    handoff.left_waiting,
    complaint.in_progress,
    status.confirmed,
    status.supplied,
    answer.picked,
    handoff.asked,
    status.asked,
    complaint.raised,
    answer.follow_up,
    answer.undone,
    answer.browsing,
    answer.question,
    smalltalk.anything,  # never passes
)


def respond(message: Incoming, conversation: Conversation, desk: Desk) -> Turn:
    """Answer one message: the first rule that has something to say wins; a complaint being told is not forgotten."""
    conversation = arrival.counted(conversation, desk)
    turn = next(turn for rule in RULES if (turn := rule(message, conversation, desk)))
    return arrival.announced(arrival.late(complaint.reminded(turn), message, desk), desk)
