# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Greetings, thanks, and an honest word when we have nothing: this rule never passes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from handlers import replies
from handlers.desk import Desk
from handlers.messages import Conversation, Incoming, Intent, Outgoing, Turn, Why
from handlers.missing import missed
from index.decision import Kind
from index.words import fold

OFFICE_FOR_ALL = "Sekretariat Daerah"


def anything(message: Incoming, conversation: Conversation, desk: Desk) -> Turn:
    if message.choice:
        return _said(replies.stale_choice(), conversation)
    if not message.text.strip():
        return _said(replies.empty(), conversation)
    office = _office(message, desk)
    talk: dict[str, Callable[[], Outgoing]] = {
        "salam": lambda: replies.greeting(office),
        "terima_kasih": replies.thanks,
        "pamit": replies.goodbye,
        "identitas": lambda: replies.identity(office),
        "kemampuan": replies.abilities,
        "basa_basi": replies.pleasantry,
        "ya": replies.pleasantry,
        "tidak": replies.pleasantry,
        "darurat": replies.emergency,
    }
    if not any(sign.isalnum() for sign in fold(message.text)):
        return _said(replies.greeting(office), conversation)
    if reply := talk.get(desk.intent(message)):
        return _said(reply(), conversation)
    return _nothing(message, conversation, desk)


def _said(reply: Outgoing, conversation: Conversation) -> Turn:
    offered = tuple(c.id for c in reply.choices) or conversation.offered
    return Turn((reply,), replace(conversation, offered=offered, misses=0), Intent.SMALLTALK)


def _nothing(message: Incoming, conversation: Conversation, desk: Desk) -> Turn:
    decision = desk.decision(message, conversation.topic)
    misses = conversation.misses + 1
    reply = replies.not_found(misses)
    if decision.kind is Kind.NOTHING and decision.services:
        offices = dict.fromkeys(desk.catalogue.decree_of(service).office.name for service in decision.services)
        reply = replies.elsewhere(desk.catalogue.service(decision.services[0]), list(offices))
    return Turn(
        (reply,),
        replace(conversation, offered=tuple(c.id for c in reply.choices), misses=misses),
        Intent.FALLBACK,
        score=decision.score,
        missed=missed(message.text, Why.TIDAK_TERJAWAB),
    )


def _office(message: Incoming, desk: Desk) -> str:
    return desk.catalogue.decree(message.agency).office.name if message.agency else OFFICE_FOR_ALL
