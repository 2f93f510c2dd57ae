# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Answer cards: from a question, from what was offered before, or from a tap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from handlers import office, picking, replies
from handlers.desk import Desk
from handlers.messages import NO_TOPIC, Choice, Conversation, Incoming, Intent, Outgoing, Turn, Why
from handlers.missing import missed
from index.compose import ANSWER as QUESTION
from index.compose import LISTING
from index.decision import ASKABLE, Decision, Kind, Topic
from knowledge.cards import card
from knowledge.model import AgencyId, Component, ServiceId

PAGE_CHARS = 3400
"""Of a card's text in one bubble: a list message holds 4096 with title, source and notes."""

WRONG = "bukan_itu"
"""Intent of a message that undoes a card."""

NO = "tidak"
"""Intent of a bare no: to what we offered after a wrong card, it is the same again."""

MOST_ROWS = 10
"""Of a list, on the narrowest platform."""

OFTEN_ASKED = (Component.PERSYARATAN, Component.PROSEDUR, Component.WAKTU, Component.BIAYA, Component.PENGADUAN)
"""Offered below a card, for most people ask one of these next."""


def picked(message: Incoming, conversation: Conversation, desk: Desk) -> Turn | None:
    """A tap, or the number of a row: it means nothing but that."""
    choice = picking.picked(message, conversation)
    return _tapped(choice, message, conversation, desk) if choice else None


def follow_up(message: Incoming, conversation: Conversation, desk: Desk) -> Turn | None:
    """A part of the name of one of the services that we offered."""
    offered = _services(conversation.offered)
    asked_which = len(offered) > 1
    if not asked_which or (service := desk.search.pick(message.text, offered)) is None:
        return None
    component = desk.search.component(message.text) or conversation.topic.component or Component.RINGKASAN
    return _card(service, component, 1, conversation, desk)


def undone(message: Incoming, conversation: Conversation, desk: Desk) -> Turn | None:
    """ "Bukan itu": back to the topic before, with the services that came next as a choice; twice leads to a person."""
    intent = desk.intent(message)
    if message.choice or not (intent == WRONG or (intent == NO and conversation.misses)):
        return None
    asked = conversation.topic.component or Component.RINGKASAN
    here = {s.id for agency in desk.agencies(message) for s in desk.catalogue.services(agency)}
    others = [service for service in conversation.others if service in here]
    reply = replies.not_that(_rows(others, asked, desk), conversation.misses + 1)
    return Turn(
        replies=(reply,),
        conversation=replace(
            conversation,
            topic=replace(conversation.before, component=asked),
            before=NO_TOPIC,
            others=(),
            offered=tuple(c.id for c in reply.choices),
            misses=conversation.misses + 1,
        ),
        intent=Intent.SMALLTALK,
        missed=missed(conversation.question, Why.BUKAN_ITU),
    )


def browsing(message: Incoming, conversation: Conversation, desk: Desk) -> Turn | None:
    """ "Layanan apa saja di Bagian Umum": the list of that unit's services, else of the office's units."""
    if message.choice or desk.intent(message) != LISTING:
        return None
    units = desk.units_named(message)
    if len(units) == 1:
        return _offer(_unit_menu(*units[0], desk), conversation)
    return _offer(_menu(message, desk), conversation)


def question(message: Incoming, conversation: Conversation, desk: Desk) -> Turn | None:
    conversation = replace(conversation, question=message.text)
    if ended := desk.not_in_force(message):
        return _not_in_force(ended, message, conversation, desk)
    decision = desk.decision(message, conversation.topic)
    match decision.kind:
        case Kind.CARD:
            component = decision.component or Component.RINGKASAN
            return _card(
                decision.services[0], component, 1, conversation, desk, decision.score, decision.others, decision.second
            )
        case Kind.WHICH if decision.component is Component.KANTOR:
            return _which_office(decision, conversation, desk)
        case Kind.WHICH:
            still = decision.services or tuple(_services(conversation.offered))
            asked = _which(replace(decision, services=still), conversation, desk)
            return replace(asked, missed=missed(message.text, Why.DITANYA_BALIK))
        case Kind.NOTHING | Kind.INTENT:
            return None


def _tapped(choice: str, message: Incoming, conversation: Conversation, desk: Desk) -> Turn | None:
    kind, *arguments = choice.split(":")
    match kind, arguments:
        case "kartu", [service, component, *page] if _known(service, component, message, desk):
            return _card(ServiceId(service), Component(component), _page(page), conversation, desk)
        case "semua", [service, *page] if _known(service, Component.RINGKASAN, message, desk):
            return _offer(_components_menu(ServiceId(service), desk, _page(page)), conversation)
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
    service: ServiceId,
    component: Component,
    page: int,
    conversation: Conversation,
    desk: Desk,
    score: float = 1.0,
    others: tuple[ServiceId, ...] = (),
    second: tuple[ServiceId, Component] | None = None,
) -> Turn:
    """Page `page` of a card; below it what people ask next, a second question's card first."""
    if component is Component.KANTOR:
        shown, onward = office.card(AgencyId(service), desk), []
    else:
        shown = card(desk.catalogue, service, component, desk.today(desk.catalogue.decree_of(service).id))
        onward = _onward(service, component, second, desk)
    pages = shown.pages(PAGE_CHARS)
    page = min(page, len(pages))
    reply = replies.card(shown, page, pages, onward)
    return Turn(
        replies=(reply,),
        conversation=replace(
            conversation,
            topic=Topic(None if component is Component.KANTOR else service, component),
            before=conversation.topic,
            others=others,
            offered=tuple(c.id for c in reply.choices),
            misses=0,
            adding_to=None,
        ),
        intent=Intent.ANSWER,
        service=service,
        component=component,
        score=score,
    )


def _onward(
    service: ServiceId, component: Component, second: tuple[ServiceId, Component] | None, desk: Desk
) -> list[Choice]:
    """What can be tapped below a card: the second question, what is often asked, the rest, and the way back."""
    choices = [replies.component_choice(service, other) for other in OFTEN_ASKED if other is not component]
    if second and second[0] == service:
        choices.insert(0, replies.component_choice(*second))
    elif second:
        choices.insert(0, replies.second_question(*second, desk.short_name(second[0])))
    unit, agency = desk.catalogue.unit_of(service), desk.catalogue.decree_of(service).id
    onward = [*choices, replies.all_components(service), replies.unit_choice(agency, unit)]
    return list({choice.id: choice for choice in onward}.values())


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
    return replies.units(decree, decree.units, back=len(desk.catalogue.agencies) > 1)


def _unit_menu(agency: AgencyId, number: int, desk: Desk, page: int = 1) -> Outgoing:
    """The unit's services, a page at a time: ten rows at most, the last of them for more."""
    unit = next(unit for unit in desk.catalogue.decree(agency).units if unit.no == number)
    rows = _rows([service.id for service in unit.services], Component.RINGKASAN, desk)
    return replies.services(unit.name, _paged(rows, page, f"unit:{agency}:{number}", replies.back_to_units(agency)))


def _components_menu(service: ServiceId, desk: Desk, page: int = 1) -> Outgoing:
    unit, agency = desk.catalogue.unit_of(service), desk.catalogue.decree_of(service).id
    rows = [replies.component_choice(service, component) for component in ASKABLE]
    back = replies.unit_choice(agency, unit)
    return replies.components(desk.catalogue.service(service).title, _paged(rows, page, f"semua:{service}", back))


def _paged(rows: Sequence[Choice], page: int, more: str, back: Choice) -> list[Choice]:
    """A page of at most ten rows: the last ones lead on, by `more` and the next page's number, and back."""
    room = MOST_ROWS - 1 if len(rows) < MOST_ROWS else MOST_ROWS - 2
    shown = list(rows[(page - 1) * room : page * room])
    onward = [Choice(f"{more}:{page + 1}", "Berikutnya")] if page * room < len(rows) else []
    return [*shown, *onward, back]


def _services(choices: Sequence[str]) -> list[ServiceId]:
    """The different services among choices: below a card all of them are of its one service."""
    return list(dict.fromkeys(ServiceId(choice.split(":")[1]) for choice in choices if choice.startswith("kartu:")))
