# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""How is my complaint doing? And what a citizen does with it: say more, be content or not, rate, take it back."""

from __future__ import annotations

from dataclasses import replace

from handlers import filing, picking, ticket_replies
from handlers.desk import Desk
from handlers.messages import NO_TOPIC, Conversation, Incoming, Intent, Outgoing, Turn
from index.compose import ANSWER
from index.decision import Kind as Decided
from tickets import steps
from tickets.model import Note, Status, Ticket
from tickets.number import is_number, numbers_in
from tickets.steps import Refused

STATUS = "status"
SHOWN = 3
SHORT = 5
"""Words up to which "sudah" or "belum" alone answers our question."""

BESIDE = ("handoff", "terima_kasih", "salam", "pamit")
"""Intents that say nothing to what an officer asked back."""


def confirmed(message: Incoming, conversation: Conversation, desk: Desk) -> Turn | None:
    """Content or not with an answer, a rating, or the complaint taken back: by a tap, or in a word."""
    choice = picking.picked(message, conversation) or _in_a_word(message, desk)
    verb, _, rest = (choice or "").partition(":")
    number, _, rating = rest.partition(":")
    if verb not in ("selesai", "belum", "nilai", "tarik"):
        return None
    ticket = _own(number, desk)
    if ticket is None:
        return _said(ticket_replies.unknown_number(number), conversation)
    hours = desk.hours[filing.agency_of(ticket, desk)]
    at, now = message.sent_at, desk.now.astimezone(hours.calendar.zone)
    try:
        match verb:
            case "selesai":
                return _said(ticket_replies.settled(number), conversation, steps.settle(ticket, at))
            case "belum":
                opened = steps.reopen(ticket, at, hours, why=message.text)
                asked = _said(ticket_replies.reopened(opened, now), conversation, opened)
                return replace(asked, conversation=replace(asked.conversation, adding_to=number))
            case "nilai":
                return _said(ticket_replies.rated(), conversation, steps.rate(ticket, int(rating), at))
            case _:
                return _said(ticket_replies.withdrawn(number), conversation, steps.withdraw(ticket, at, hours))
    except Refused as refusal:
        return _said(ticket_replies.refused(str(refusal)), conversation)


def supplied(message: Incoming, conversation: Conversation, desk: Desk) -> Turn | None:
    """An officer waits for this: whatever the citizen sends is the answer, unless it plainly asks something else."""
    waiting = next((t for t in desk.tickets if t.status is Status.MENUNGGU_PELAPOR), None)
    if waiting is None or message.choice or not (message.text.strip() or message.attachments):
        return None
    if not message.attachments and (desk.intent(message) in BESIDE or _asks(message, desk) or _inquires(message, desk)):
        return None
    note = Note(message.text, message.sent_at, message.attachments)
    return _said(ticket_replies.supplied(waiting.number), conversation, filing.noted(waiting, note, desk))


def asked(message: Incoming, conversation: Conversation, desk: Desk) -> Turn | None:
    """By number from anywhere, without one the sender's own."""
    numbers = numbers_in(message.text)
    if message.choice or not (numbers or desk.intent(message) == STATUS or desk.cues.stands("cabut", message.text)):
        return None
    if numbers:
        return _by_number(numbers[0], message, conversation, desk)
    own = [ticket for ticket in desk.tickets if not message.agency or ticket.agency in (None, message.agency)]
    if not own:
        return _said(ticket_replies.which_number(), conversation)
    now = desk.now.astimezone(desk.hours[filing.agency_of(own[0], desk)].calendar.zone)
    return _said(ticket_replies.statuses(own[:SHOWN], now, own=True), conversation)


def _by_number(number: str, message: Incoming, conversation: Conversation, desk: Desk) -> Turn:
    if not is_number(number):
        return _said(ticket_replies.wrong_number(number), conversation)
    ticket = desk.find(number) or next((t for t in desk.tickets if t.number == number), None)
    if ticket is None or (message.agency and ticket.agency not in (None, message.agency)):
        return _said(ticket_replies.unknown_number(number), conversation)
    now = desk.now.astimezone(desk.hours[filing.agency_of(ticket, desk)].calendar.zone)
    return _said(ticket_replies.statuses([ticket], now, own=_own(number, desk) is not None), conversation)


def _in_a_word(message: Incoming, desk: Desk) -> str | None:
    """ "Sudah" or "belum" to the newest answer that waits for it."""
    waiting = next((t for t in desk.tickets if t.status is Status.DIJAWAB), None)
    if waiting is None or len(message.text.split()) > SHORT or desk.cues.asks(message.text):
        return None
    if desk.cues.stands("belum", message.text):
        return f"belum:{waiting.number}"
    return f"selesai:{waiting.number}" if desk.cues.stands("sudah", message.text) else None


def _own(number: str, desk: Desk) -> Ticket | None:
    """A ticket of the sender's, or an anonymous one: who has its number may speak for it."""
    mine = next((ticket for ticket in desk.tickets if ticket.number == number), None)
    found = mine or desk.find(number)
    return found if found and (mine or found.sender is None) else None


def _asks(message: Incoming, desk: Desk) -> bool:
    if not desk.cues.asks(message.text) or desk.intent(message) != ANSWER:
        return False
    return desk.decision(message, NO_TOPIC).kind in (Decided.CARD, Decided.WHICH)


def _inquires(message: Incoming, desk: Desk) -> bool:
    """Whether it asks how the complaint is doing: "nomornya 005" looks like it to the model, and tells something."""
    if desk.intent(message) != STATUS:
        return False
    return desk.cues.asks(message.text) or desk.cues.stands("perkembangan", message.text)


def _said(reply: Outgoing, conversation: Conversation, *changed: Ticket) -> Turn:
    offered = tuple(choice.id for choice in reply.choices)
    return Turn((reply,), replace(conversation, offered=offered, misses=0), Intent.STATUS, tickets=changed)
