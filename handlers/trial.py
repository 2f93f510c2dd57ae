# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Trying answers in a private chat: staff see what a citizen would get, why, and say whether it was right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from handlers import trial_replies
from handlers.desk import Desk
from handlers.messages import Conversation, Incoming, Intent, Missed, Turn, Why
from handlers.missing import missed
from index.decision import ASKABLE, Topic
from knowledge.model import Component, ServiceId

COMMAND = "/uji"
RUNNERS_UP = 5

Respond = Callable[[Incoming, Conversation, Desk], Turn]


def asked(message: Incoming, conversation: Conversation, desk: Desk, respond: Respond) -> Turn | None:
    """For staff only: "/uji …" tries one message, "/uji" alone turns the mode on or off; nothing is filed."""
    if not desk.staff:
        return None
    text, choice = message.text.strip(), message.choice or ""
    if choice.startswith(trial_replies.PREFIX):
        return _judged(choice.split(":")[1:], conversation, desk)
    if not choice and text == COMMAND:
        on = not conversation.trial
        return Turn((trial_replies.switched(on),), replace(conversation, trial=on), Intent.SMALLTALK)
    if choice or not (conversation.trial or text.startswith(f"{COMMAND} ")):
        return None
    question = text.removeprefix(COMMAND).strip()
    as_citizen = replace(message, text=question)
    turn = respond(as_citizen, Conversation(), replace(desk, staff=False, tickets=()))
    why = desk.search.explain(question, desk.agencies(message), None)
    nearest = why.services[:RUNNERS_UP]
    runners = [(desk.catalogue.service(service).title, p) for service, p in nearest]
    service = _card(turn)
    title = desk.catalogue.service(service).title if service else ""
    kept = Conversation(
        trial=conversation.trial,
        question=question,
        others=tuple(s for s, _ in nearest),
        topic=Topic(service, turn.component or why.decision.component or Component.RINGKASAN),
    )
    reply = trial_replies.understood(turn, why, title, runners)
    return Turn((*turn.replies, reply), kept, Intent.SMALLTALK)


def _card(turn: Turn) -> ServiceId | None:
    """The service whose card was shown, not the office's own."""
    return turn.service if turn.component not in (None, Component.KANTOR) else None


def _judged(told: list[str], conversation: Conversation, desk: Desk) -> Turn:
    """What an officer says of the last trial: a proposal that a reviewer sees at the desk."""
    question = missed(conversation.question, Why.SALAH)
    if question is None:
        return Turn((trial_replies.nothing_tried(),), conversation, Intent.SMALLTALK)
    asked = conversation.topic.component or Component.RINGKASAN
    match told:
        case ["benar"] if conversation.topic.service:
            return _proposed(replace(question, service=conversation.topic.service, component=asked), conversation)
        case ["benar"]:
            return Turn((trial_replies.thanks(),), replace(conversation, question=""), Intent.SMALLTALK)
        case ["tidak"]:
            return _proposed(replace(question, elsewhere=True), conversation)
        case ["salah"]:
            rows = [(s, desk.short_name(s)) for s in conversation.others if s != conversation.topic.service]
            return Turn((trial_replies.which_card(rows),), conversation, Intent.SMALLTALK)
        case ["layanan", service] if service in conversation.others:
            kept = replace(conversation, topic=replace(conversation.topic, service=ServiceId(service)))
            return Turn((trial_replies.which_part(service),), kept, Intent.SMALLTALK)
        case ["kartu", service, component] if service in conversation.others and component in ASKABLE:
            told_card = replace(question, service=ServiceId(service), component=Component(component))
            return _proposed(told_card, conversation)
    return Turn((trial_replies.nothing_tried(),), conversation, Intent.SMALLTALK)


def _proposed(question: Missed, conversation: Conversation) -> Turn:
    kept = replace(conversation, question="")
    return Turn((trial_replies.proposed(),), kept, Intent.SMALLTALK, missed=question)
