# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Answer cards: from a question, from what was offered before, or from a tap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from handlers import office, replies
from handlers.desk import Desk
from handlers.messages import Choice, Conversation, Incoming, Intent, Outgoing, Turn
from index.compose import ANSWER as QUESTION
from index.search import ASKABLE, Decision, Kind, Topic
from knowledge.cards import card
from knowledge.model import AgencyId, Component, ServiceId

PAGE_CHARS = 3400
"""Of a card's text in one bubble: a list message holds 4096 with title, source and notes."""

MOST_ROWS = 10
"""Of a list, on the narrowest platform."""

OFTEN_ASKED = (Component.PERSYARATAN, Component.PROSEDUR, Component.WAKTU, Component.BIAYA, Component.PENGADUAN)
"""Offered below a card, for most people ask one of these next."""


def follow_up(message: Incoming, conversation: Conversation, desk: Desk) -> Turn | None:
    """A reply to what we offered: a tap, the number of a row, or a part of its name."""
    if message.choice:
        return _tapped(message.choice, message, conversation, desk)
    offered = _services(conversation.offered)
    if (number := message.text.strip().rstrip(".")).isdigit() and 0 < int(number) <= len(conversation.offered):
        return _tapped(conversation.offered[int(number) - 1], message, conversation, desk)
    asked_which = len(offered) > 1
    if not asked_which or (picked := desk.search.pick(message.text, offered)) is None:
        return None
    component = desk.search.component(message.text) or conversation.topic.component or Component.RINGKASAN
    return _card(picked, component, 1, conversation, desk)


def question(message: Incoming, conversation: Conversation, desk: Desk) -> Turn | None:
    if ended := desk.not_in_force(message):
        return _not_in_force(ended, message, conversation, desk)
    decision = desk.decision(message, conversation.topic)
    match decision.kind:
        case Kind.CARD:
            component = decision.component or Component.RINGKASAN
            return _card(decision.services[0], component, 1, conversation, desk, decision.score)
        case Kind.WHICH if decision.component is Component.KANTOR:
            return _which_office(decision, conversation, desk)
        case Kind.WHICH:
            return _which(decision, conversation, desk)
        case Kind.NOTHING | Kind.INTENT:
            return None


def _tapped(choice: str, message: Incoming, conversation: Conversation, desk: Desk) -> Turn | None:
    kind, *arguments = choice.split(":")
    match kind, arguments:
        case "kartu", [service, component, *page] if _known(service, component, message, desk):
            return _card(ServiceId(service), Component(component), _page(page), conversation, desk)
        case "unit", [agency, number, *page] if agency in desk.agencies(message):
            return _offer(_unit_menu(AgencyId(agency), int(number), desk, _page(page)), conversation)
        case "kantor", [agency] if agency in desk.agencies(message):
            return _offer(_office_menu(AgencyId(agency), desk), conversation)
        case "menu", []:
            return _offer(_menu(message, desk), conversation)
    return None


def _page(argument: Sequence[str]) -> int:
    return int(argument[0]) if argument and argument[0].isdigit() else 1


def _known(service: str, component: str, message: Incoming, desk: Desk) -> bool:
    agencies = desk.agencies(message)
    here = {s.id for agency in agencies for s in desk.catalogue.services(agency)}
    return (service in here and component in ASKABLE) or (service in agencies and component == Component.KANTOR)


def _card(
    service: ServiceId, component: Component, page: int, conversation: Conversation, desk: Desk, score: float = 1.0
) -> Turn:
    if component is Component.KANTOR:
        shown, more = office.card(AgencyId(service), desk), []
    else:
        shown = card(desk.catalogue, service, component, desk.today(desk.catalogue.decree_of(service).id))
        more = [other for other in OFTEN_ASKED if other is not component]
    pages = shown.pages(PAGE_CHARS)
    page = min(page, len(pages))
    reply = replies.card(shown, page, pages, more)
    return Turn(
        replies=(reply,),
        conversation=replace(
            conversation,
            topic=Topic(None if component is Component.KANTOR else service, component),
            offered=tuple(c.id for c in reply.choices),
            misses=0,
            adding_to=None,
        ),
        intent=Intent.ANSWER,
        service=service,
        component=component,
        score=score,
    )


def _which(decision: Decision, conversation: Conversation, desk: Desk) -> Turn:
    component = decision.component or Component.RINGKASAN
    choices = [
        Choice(replies.card_id(service, component), desk.short_name(service), _whose(service, desk))
        for service in decision.services
    ]
    reply = replies.which(component, choices) if choices else replies.which_service(component)
    return Turn(
        replies=(reply,),
        conversation=replace(
            conversation, topic=Topic(None, component), offered=tuple(c.id for c in reply.choices), misses=0
        ),
        intent=Intent.CLARIFY,
        component=component,
        services_offered=decision.services,
        score=decision.score,
    )


def _which_office(decision: Decision, conversation: Conversation, desk: Desk) -> Turn:
    decrees = [desk.catalogue.decree(AgencyId(agency)) for agency in decision.services]
    reply = replies.which_office(decrees)
    return Turn(
        replies=(reply,),
        conversation=replace(
            conversation, topic=Topic(None, Component.KANTOR), offered=tuple(c.id for c in reply.choices), misses=0
        ),
        intent=Intent.CLARIFY,
        component=Component.KANTOR,
        services_offered=decision.services,
        score=decision.score,
    )


def _not_in_force(agency: AgencyId, message: Incoming, conversation: Conversation, desk: Desk) -> Turn | None:
    """Questions get a word on the decree; complaints and calls for a person have been heard before."""
    if desk.intent(message) != QUESTION:
        return None
    reply = replies.not_in_force(desk.catalogue.decree(agency), desk.catalogue.validity(agency))
    return Turn((reply,), replace(conversation, offered=tuple(c.id for c in reply.choices)), Intent.FALLBACK)


def _whose(service: ServiceId, desk: Desk) -> str:
    unit, decree = desk.catalogue.unit_of(service), desk.catalogue.decree_of(service)
    return replies.shortened(f"{unit.name}, {decree.agency}", 72)


def _rows(services: Sequence[ServiceId], component: Component, desk: Desk) -> list[Choice]:
    return [
        Choice(
            replies.card_id(service, component),
            desk.short_name(service),
            replies.shortened(desk.catalogue.service(service).title, 72),
        )
        for service in services
    ]


# Browsing: offices, units, services


def _offer(reply: Outgoing, conversation: Conversation) -> Turn:
    return Turn(
        replies=(reply,),
        conversation=replace(conversation, offered=tuple(c.id for c in reply.choices), misses=0, adding_to=None),
        intent=Intent.SMALLTALK,
    )


def _menu(message: Incoming, desk: Desk) -> Outgoing:
    agencies = desk.agencies(message)
    if len(agencies) == 1:
        return _office_menu(agencies[0], desk)
    return replies.offices([desk.catalogue.decree(agency) for agency in agencies])


def _office_menu(agency: AgencyId, desk: Desk) -> Outgoing:
    decree = desk.catalogue.decree(agency)
    if len(decree.units) == 1:
        return _unit_menu(agency, decree.units[0].no, desk)
    return replies.units(decree, decree.units)


def _unit_menu(agency: AgencyId, number: int, desk: Desk, page: int = 1) -> Outgoing:
    """The unit's services, a page at a time: ten rows at most, the last of them for more."""
    unit = next(unit for unit in desk.catalogue.decree(agency).units if unit.no == number)
    rows = _rows([service.id for service in unit.services], Component.RINGKASAN, desk)
    if len(rows) <= MOST_ROWS:
        return replies.services(unit.name, rows)
    start = (page - 1) * (MOST_ROWS - 1)
    shown = rows[start : start + MOST_ROWS - 1]
    if start + len(shown) < len(rows):
        shown.append(Choice(f"unit:{agency}:{number}:{page + 1}", "Layanan berikutnya"))
    return replies.services(unit.name, shown)


def _services(choices: Sequence[str]) -> list[ServiceId]:
    """The different services among choices: below a card all of them are of its one service."""
    return list(dict.fromkeys(ServiceId(choice.split(":")[1]) for choice in choices if choice.startswith("kartu:")))
