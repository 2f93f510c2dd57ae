# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""A complaint, openly or not: told in a few messages, read back, sent, and in the queue before we say a word."""

from __future__ import annotations

from dataclasses import replace

from handlers import filing, picking, replies, ticket_replies
from handlers.desk import Desk
from handlers.messages import (
    NO_TOPIC,
    REACHABLE,
    Asked,
    Conversation,
    Draft,
    Incoming,
    Intent,
    Outgoing,
    Turn,
)
from index.compose import ANSWER, COMPLAINT
from index.decision import Kind as Decided
from knowledge.model import AgencyId
from tickets.model import Identity, Kind, Note

SHORT = 5
"""Words up to which a message is taken for a bare "batal" or "tanpa nama saja", not for part of the story."""

TALK = ("salam", "terima_kasih", "pamit", "identitas", "kemampuan", "basa_basi", "darurat")
"""Intents that are answered beside the complaint, which waits."""

CONTACT_DIGITS = 8


def in_progress(message: Incoming, conversation: Conversation, desk: Desk) -> Turn | None:
    """The next part of a complaint being told; what belongs elsewhere passes, and the complaint waits."""
    if conversation.adding_to:
        return _added(message, conversation, desk)
    draft = conversation.draft
    if draft is None:
        return None
    if choice := picking.picked(message, conversation):
        return _chosen(choice, draft, message, conversation, desk)
    text = message.text.strip()
    if not text and not message.attachments:
        return None
    if desk.cues.stands("batal", text) and _short(text):
        return _dropped(draft, conversation)
    draft = replace(draft, attachments=(*draft.attachments, *message.attachments))
    if _belongs_elsewhere(message, draft, desk):
        return None
    if not text and draft.asking not in (Asked.BENAR, Asked.UBAH, Asked.LANJUT):
        unanswered = replace(draft, asked=draft.asked[:-1], asleep=False)  # a photo answers no question
        return _next(unanswered, message, conversation, desk)
    taken_up = draft.asking is Asked.LANJUT or message.attachments or desk.intent(message) == COMPLAINT
    if draft.asleep and not taken_up:
        return _ask(Asked.LANJUT, draft, message, conversation, desk)
    return _told(text, replace(draft, asleep=False), message, conversation, desk)


def raised(message: Incoming, conversation: Conversation, desk: Desk) -> Turn | None:
    """A complaint begins: by a tap, in words, by a photo without any, or as one of the two kinds of request."""
    verb, _, number = (message.choice or "").partition(":")
    if verb == "tambah" and any(ticket.number == number for ticket in desk.tickets):
        added_to = replace(conversation, offered=(), adding_to=number)
        return Turn((ticket_replies.add_to(number),), added_to, Intent.COMPLAINT)
    kind = _kind(message, desk)
    if kind is None:
        return None
    draft = Draft(kind, agency=message.agency, attachments=message.attachments)
    if message.choice:
        return _ask(Asked.APA, draft, message, conversation, desk)
    if not conversation.topic.service or _names_office_or_service(message, desk):
        return _told(message.text.strip(), draft, message, conversation, desk)
    service = conversation.topic.service
    agency = desk.catalogue.decree_of(service).id
    about = replace(draft, service=service, agency=agency, unit=desk.catalogue.unit_of(service).name)
    return _told(message.text.strip(), about, message, conversation, desk)


def taken_up(conversation: Conversation) -> tuple[Outgoing, Conversation] | None:
    """The one question with which a complaint is taken up that was left unfinished; None where there is none."""
    draft = conversation.draft
    if draft is None or not (draft.text or draft.attachments):
        return None
    reply = ticket_replies.resume(draft)
    asked = replace(draft, asked=(*draft.asked, Asked.LANJUT))
    return reply, replace(conversation, draft=asked, offered=tuple(choice.id for choice in reply.choices))


def reminded(turn: Turn) -> Turn:
    """`turn` with a way back to the complaint that waits meanwhile."""
    if turn.conversation.draft is None or turn.intent is Intent.COMPLAINT or not turn.replies:
        return turn
    last = turn.replies[-1]
    if len(last.choices) >= ticket_replies.MOST_ROWS:
        return turn
    last = replace(last, choices=(*last.choices, ticket_replies.GO_ON))
    offered = tuple(choice.id for choice in last.choices)
    return replace(turn, replies=(*turn.replies[:-1], last), conversation=replace(turn.conversation, offered=offered))


def _kind(message: Incoming, desk: Desk) -> Kind | None:
    """What begins, if anything does."""
    if message.choice:
        return Kind.PENGADUAN if message.choice == replies.COMPLAIN.id else None
    for kind in (Kind.DATA_PRIBADI, Kind.INFORMASI):
        if desk.cues.stands(kind, message.text) and not _asks_for_a_card(message, desk):
            return kind
    bribe = desk.cues.stands("korupsi", message.text) and not desk.cues.asks(message.text)
    return Kind.PENGADUAN if bribe or message.attachments or desk.intent(message) == COMPLAINT else None


def _belongs_elsewhere(message: Incoming, draft: Draft, desk: Desk) -> bool:
    """A question in the middle, a call for a person, thanks: not part of the complaint."""
    if message.attachments:
        return False
    if _asks_for_a_card(message, desk):
        return True
    if draft.asking not in (Asked.APA, Asked.BENAR, Asked.UBAH, Asked.LANJUT, Asked.SAMA):
        return False
    return not _yes_or_no(message.text, desk) and desk.intent(message) in ("handoff", "status", *TALK)


def _yes_or_no(text: str, desk: Desk) -> bool:
    return _short(text) and any(desk.cues.stands(cue, text) for cue in ("ya", "tidak", "lewati"))


def _asks_for_a_card(message: Incoming, desk: Desk) -> bool:
    if not desk.cues.asks(message.text) or desk.intent(message) != ANSWER:
        return False
    return desk.decision(message, NO_TOPIC).kind in (Decided.CARD, Decided.WHICH)


def _names_office_or_service(message: Incoming, desk: Desk) -> bool:
    reading = desk.search.read(message.text)
    return bool(reading.agencies or desk.search.about(message.text, desk.agencies(message)))


def _told(text: str, draft: Draft, message: Incoming, conversation: Conversation, desk: Desk) -> Turn:
    """Take in what was written, by what was asked last; then ask for what is still missing."""
    identified = _identified(text, draft, desk)
    if identified is not draft and _short(text):
        return _next(identified, message, conversation, desk)
    draft, skipped = identified, desk.cues.stands("lewati", text) and _short(text)
    match draft.asking:
        case Asked.BENAR | Asked.UBAH | Asked.LANJUT | Asked.SAMA:
            return _consented(text, draft, message, conversation, desk)
        case Asked.KANTOR | Asked.LAYANAN if (placed := _placed(text, draft, message, desk)) != draft:
            draft = placed
        case Asked.KAPAN:
            draft = replace(draft, when="" if skipped else text)
        case Asked.KONTAK if _is_contact(text):
            draft = replace(draft, contact=text)
        case Asked.KONTAK if _yes_or_no(text, desk):
            pass
        case None | Asked.APA if not desk.cues.tells(text) and draft.kind is Kind.PENGADUAN:
            return _next(draft, message, conversation, desk)
        case _ if text and not skipped:
            draft = replace(draft, text="\n".join(filter(None, (draft.text, text))))
    return _next(_placed(text, draft, message, desk), message, conversation, desk)


def _consented(text: str, draft: Draft, message: Incoming, conversation: Conversation, desk: Desk) -> Turn:
    """An answer to yes or no; other words are more of the story, or another one."""
    yes = desk.intent(message) == "ya" or (desk.cues.stands("ya", text) and _short(text))
    no = desk.intent(message) == "tidak" or (desk.cues.stands("tidak", text) and _short(text))
    if yes and not no:
        return _agreed(draft, message, conversation, desk)
    if no:
        return _ask(Asked.UBAH, draft, message, conversation, desk)
    if draft.asking is Asked.BENAR and desk.intent(message) == COMPLAINT and draft.kind is Kind.PENGADUAN:
        return _ask(Asked.SAMA, replace(draft, aside=text), message, conversation, desk)
    if _is_contact(text) and _short(text):
        return _next(replace(draft, contact=text), message, conversation, desk)
    told = replace(draft, text="\n".join(filter(None, (draft.text, text))), asked=draft.asked[:-1])
    return _next(_placed(text, told, message, desk), message, conversation, desk)


def _chosen(choice: str, draft: Draft, message: Incoming, conversation: Conversation, desk: Desk) -> Turn | None:
    kind, _, verb = choice.partition(":")
    draft = replace(draft, asleep=False)
    if choice == replies.COMPLAIN.id:
        return _next(draft, message, conversation, desk)  # it is the one being told
    if kind != "aduan":
        return None
    match verb.split(":"):
        case ["kirim"]:
            return _agreed(draft, message, conversation, desk)
        case ["baru"] if draft.aside and not set(NEEDED) & set(_missing(draft, message, desk)):
            turn = filing.sent(replace(draft, aside=""), message, conversation, desk)
            return _and_another(turn, draft.aside, message, desk)
        case ["sama"]:
            draft = _joined(draft)
        case ["batal"]:
            return _dropped(draft, conversation)
        case ["ubah"]:
            still = tuple(asked for asked in draft.asked if asked in (Asked.KANTOR, Asked.KONTAK, Asked.BENAR))
            afresh = replace(draft, text="", when="", asked=still, service=None, unit=None)
            return _ask(Asked.APA, afresh, message, conversation, desk)
        case ["lewati"] | ["lanjut"]:
            pass
        case ["kapan", when]:
            draft = replace(draft, when=when)
        case [identity] if identity in tuple(Identity) and draft.kind is Kind.PENGADUAN:
            draft = replace(draft, identity=Identity(identity))
        case ["kantor", agency] if agency in desk.catalogue.agencies:
            draft = replace(draft, agency=AgencyId(agency))
        case ["unit", agency, number] if agency == draft.agency and draft.agency:
            units = desk.catalogue.decree(draft.agency).units
            draft = replace(draft, unit=next((u.name for u in units if str(u.no) == number), None))
        case _:
            return None
    return _next(draft, message, conversation, desk)


def _agreed(draft: Draft, message: Incoming, conversation: Conversation, desk: Desk) -> Turn:
    """ "Ya" to what was read back sends it, to anything else goes on; nothing is sent that lacks what it needs."""
    if draft.asking is Asked.SAMA:
        draft = _joined(draft)
    elif draft.asking is Asked.BENAR and not set(NEEDED) & set(_missing(draft, message, desk)):
        return filing.sent(draft, message, conversation, desk)
    return _next(draft, message, conversation, desk)


def _joined(draft: Draft) -> Draft:
    """The second complaint as part of the first."""
    return replace(draft, text=f"{draft.text}\n{draft.aside}", aside="", asked=draft.asked[:-1])


def _and_another(turn: Turn, text: str, message: Incoming, desk: Desk) -> Turn:
    """The turn that sent one complaint and goes on with the next."""
    following = _told(text, Draft(agency=message.agency), message, turn.conversation, desk)
    return replace(turn, replies=(*turn.replies, *following.replies), conversation=following.conversation)


def _next(draft: Draft, message: Incoming, conversation: Conversation, desk: Desk) -> Turn:
    """Ask for the first thing that is missing and was not asked for yet; with all there, read it back."""
    missing = [asked for asked in _missing(draft, message, desk) if asked not in draft.asked or asked in NEEDED]
    return _ask(missing[0] if missing else Asked.BENAR, draft, message, conversation, desk)


NEEDED = (Asked.APA, Asked.KANTOR)
"""Without these nothing can be sent: they are asked for until they are there."""


def _missing(draft: Draft, message: Incoming, desk: Desk) -> list[Asked]:
    complaint = draft.kind is Kind.PENGADUAN
    lacks = {
        Asked.APA: not draft.text,
        Asked.KANTOR: draft.agency is None,
        Asked.LAYANAN: complaint and not draft.service and not draft.unit,
        Asked.KAPAN: complaint and not draft.when and not desk.cues.stands("waktu", draft.text),
        Asked.KONTAK: message.channel not in REACHABLE and not draft.contact and draft.identity is not Identity.ANONIM,
    }
    return [asked for asked, lacking in lacks.items() if lacking]


def _ask(asked: Asked, draft: Draft, message: Incoming, conversation: Conversation, desk: Desk) -> Turn:
    first = not draft.asked
    draft = replace(draft, asked=(*draft.asked, asked), asleep=False)
    decrees = desk.catalogue.decrees
    match asked:
        case Asked.APA:
            question = ticket_replies.what_happened(draft)
        case Asked.KANTOR:
            question = ticket_replies.which_office(decrees)
        case Asked.LAYANAN:
            question = ticket_replies.which_unit(desk.catalogue.decree(draft.agency or decrees[0].id))
        case Asked.KAPAN:
            question = ticket_replies.when()
        case Asked.KONTAK:
            question = ticket_replies.contact(draft.kind)
        case Asked.BENAR:
            service = draft.service and desk.catalogue.service(draft.service)
            question = ticket_replies.read_back(draft, service or None, desk.cues.stands("korupsi", draft.text))
        case Asked.LANJUT:
            question = ticket_replies.resume(draft)
        case Asked.SAMA:
            question = ticket_replies.same_or_another()
        case Asked.UBAH:
            question = ticket_replies.change_or_drop(draft.kind)
    danger = first and desk.cues.stands("bahaya", draft.text)
    return _say(ticket_replies.opened(question, draft, danger) if first else question, draft, conversation)


def _say(reply: Outgoing, draft: Draft | None, conversation: Conversation) -> Turn:
    offered = tuple(choice.id for choice in reply.choices)
    after = replace(conversation, offered=offered, misses=0, adding_to=None, draft=draft)
    return Turn((reply,), after, Intent.COMPLAINT)


def _dropped(draft: Draft, conversation: Conversation) -> Turn:
    return _say(ticket_replies.dropped(draft.kind), None, conversation)


def _identified(text: str, draft: Draft, desk: Desk) -> Draft:
    """`draft` with the citizen's wish to stay unknown, if `text` utters one; a request needs a name by law."""
    if draft.kind is not Kind.PENGADUAN:
        return draft
    for identity in (Identity.ANONIM, Identity.RAHASIA):
        if desk.cues.stands(identity, text):
            return replace(draft, identity=identity)
    return draft


def _placed(text: str, draft: Draft, message: Incoming, desk: Desk) -> Draft:
    """`draft` with the office, unit and service that `text` names, where not known yet."""
    if not text:
        return draft
    agencies = (draft.agency,) if draft.agency else desk.catalogue.agencies
    named = desk.search.read(text).agencies & set(agencies)
    if len(named) == 1 and draft.agency is None:
        draft = replace(draft, agency=min(named))
    if draft.service is None and (service := desk.search.about(text, agencies)):
        decree = desk.catalogue.decree_of(service)
        if draft.agency in (None, decree.id) and (draft.agency or len(desk.catalogue.agencies) == 1 or named):
            unit = desk.catalogue.unit_of(service).name
            draft = replace(draft, service=service, agency=decree.id, unit=draft.unit or unit)
    if draft.agency and not draft.unit:
        units = desk.catalogue.decree(draft.agency).units
        numbers = [no for agency, no in desk.units_named(replace(message, text=text)) if agency == draft.agency]
        only = units[0].no if len(units) == 1 else numbers[0] if len(numbers) == 1 else None
        draft = replace(draft, unit=next((u.name for u in units if u.no == only), None))
    return draft


def _added(message: Incoming, conversation: Conversation, desk: Desk) -> Turn | None:
    """The message that was asked for adds to a ticket of the sender's own."""
    ticket = next((t for t in desk.tickets if t.number == conversation.adding_to), None)
    if ticket is None or message.choice or not (message.text.strip() or message.attachments):
        return None
    note = Note(message.text, message.sent_at, message.attachments)
    reply = ticket_replies.added(ticket.number)
    offered = tuple(choice.id for choice in reply.choices)
    after = replace(conversation, offered=offered, adding_to=None)
    return Turn((reply,), after, Intent.COMPLAINT, tickets=(filing.noted(ticket, note, desk),))


def _is_contact(text: str) -> bool:
    return "@" in text or sum(map(str.isdigit, text)) >= CONTACT_DIGITS


def _short(text: str) -> bool:
    return len(text.split()) <= SHORT
