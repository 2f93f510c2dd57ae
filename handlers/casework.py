# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""What an officer does with a ticket, and what the citizen hears of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from handlers import filing, ticket_replies
from handlers.messages import Outgoing
from tickets import agenda, steps
from tickets.model import Attachment, Class, Kind, Ticket
from tickets.steps import Hours


@dataclass(frozen=True)
class Done:
    """The tickets to save, and what their citizens should hear; an anonymous one hears it when asking by number.

    `wake` is when something falls due on them next; None where that is to be looked up at once.
    """

    tickets: tuple[Ticket, ...]
    notices: tuple[tuple[Ticket, Outgoing], ...] = ()
    wake: datetime | None = None


def classify(ticket: Ticket, cls: Class, by: str, now: datetime, hours: Hours, why: str = "") -> Done:
    classified = steps.classify(ticket, cls, by, now, hours, why)
    return _told(classified, ticket_replies.classified(classified, filing.explanation(classified, hours)), hours)


def assign(ticket: Ticket, officer: str, by: str, now: datetime) -> Done:
    return Done((steps.assign(ticket, officer, by, now),))


def transfer(ticket: Ticket, unit: str, by: str, now: datetime) -> Done:
    return Done((steps.transfer(ticket, unit, by, now),))


def remark(ticket: Ticket, text: str, by: str, now: datetime) -> Done:
    return Done((steps.remark(ticket, text, by, now),))


def take(ticket: Ticket, by: str, now: datetime, hours: Hours) -> Done:
    """Make a ticket one's own and begin: a call becomes a talk, of which the citizen hears at once."""
    if ticket.kind is Kind.PETUGAS:
        taken = steps.take_over(ticket, by, now, hours)
        return Done((taken,), ((taken, ticket_replies.taken_over(taken)),))
    return Done((steps.start(steps.assign(ticket, by, by, now), by, now),))


def say(ticket: Ticket, text: str, by: str, now: datetime, attachment: Attachment | None = None) -> Done:
    said = steps.say(ticket, text, by, now, (attachment,) if attachment else ())
    return Done((said,), ((said, ticket_replies.officer_says(said, text, attachment)),))


def end(ticket: Ticket, by: str, now: datetime) -> Done:
    """The officer gives the chat back to the bot."""
    ended = steps.end(ticket, now, by)
    return Done((ended,), ((ended, ticket_replies.talk_ended(ended)),))


def resume(ticket: Ticket, text: str, by: str, now: datetime, hours: Hours) -> Done:
    """Go on without the citizen's answer: the officer has it from elsewhere, and says so."""
    if not text.strip():
        raise steps.Refused("Tulis dari mana keterangannya.")
    return Done((steps.resume(ticket, text, by, now, hours),))


def settle(ticket: Ticket, by: str, now: datetime) -> Done:
    """The citizen said so elsewhere, at the counter or by telephone."""
    return Done((steps.settle(ticket, now, by, "dinyatakan petugas"),))


def start(ticket: Ticket, by: str, now: datetime) -> Done:
    return Done((steps.start(ticket, by, now),))


def inform(ticket: Ticket, text: str, by: str, now: datetime, hours: Hours) -> Done:
    informed = steps.inform(ticket, text, by, now, hours)
    return _told(informed, ticket_replies.informed(informed, text), hours)


def ask(ticket: Ticket, question: str, by: str, now: datetime, hours: Hours) -> Done:
    asked = steps.ask(ticket, question, by, now, hours)
    return _told(asked, ticket_replies.asked_back(asked, question), hours)


def answer(ticket: Ticket, text: str, by: str, now: datetime, hours: Hours) -> Done:
    answered = steps.answer(ticket, text, by, now, hours)
    return _told(answered, ticket_replies.answered(answered), hours)


def refer(ticket: Ticket, where: str, by: str, now: datetime, hours: Hours) -> Done:
    referred = steps.refer(ticket, where, by, now, hours)
    return _told(referred, ticket_replies.referred(referred), hours)


def merge(ticket: Ticket, parent: Ticket, by: str, now: datetime, hours: Hours) -> Done:
    merged, taking = steps.merge(ticket, parent, by, now, hours)
    return Done((merged, taking), ((merged, ticket_replies.merged(merged)),))


def _told(ticket: Ticket, notice: Outgoing, hours: Hours) -> Done:
    return Done((ticket,), ((ticket, notice),), agenda.next_moment(agenda.agenda(ticket, hours), ()))
