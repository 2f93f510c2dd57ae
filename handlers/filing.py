# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""From what was told to a ticket with its clocks, and from a later word to a note on it."""

from __future__ import annotations

from dataclasses import replace

from handlers import ticket_replies
from handlers.desk import Desk
from handlers.messages import Conversation, Draft, Incoming, Intent, Turn
from handlers.promises import promises
from knowledge.model import AgencyId
from tickets import clock, steps
from tickets.clock import Explanation, NotCovered
from tickets.model import Identity, Kind, Note, Status, Target, Ticket
from tickets.steps import Hours


def sent(draft: Draft, message: Incoming, conversation: Conversation, desk: Desk) -> Turn:
    """The turn that files the complaint: received when the citizen sent it, by the channel's own clock."""
    ticket = _ticket(draft, message, desk)
    reply = ticket_replies.sent(ticket, explanation(ticket, desk.hours[agency_of(ticket, desk)]))
    return Turn(
        replies=(reply,),
        conversation=replace(
            conversation, offered=tuple(c.id for c in reply.choices), misses=0, adding_to=None, draft=None
        ),
        intent=Intent.COMPLAINT,
        service=draft.service,
        tickets=(ticket,),
    )


def call(message: Incoming, conversation: Conversation, desk: Desk) -> Ticket:
    """A call for a person as a ticket: its promise is that an officer joins the chat."""
    agency = message.agency or desk.catalogue.agencies[0]
    hours = desk.hours[agency]
    ticket = Ticket(
        number=desk.ticket_number,
        kind=Kind.PETUGAS,
        channel=message.channel,
        sender=message.sender,
        agency=message.agency,
        service=conversation.topic.service,
        text=message.text,
        received=message.sent_at,
        arrived=desk.now,
    )
    made = promises(Kind.PETUGAS, agency, None, desk.catalogue, hours.rules)
    return steps.take(ticket, made, hours, desk.now)


def noted(ticket: Ticket, note: Note, desk: Desk) -> Ticket:
    """`ticket` with what the citizen adds; if it was waited for, the clock goes on from the message's own time."""
    if ticket.status is Status.MENUNGGU_PELAPOR:
        return steps.supply(ticket, note, desk.hours[agency_of(ticket, desk)])
    return steps.add(ticket, note)


def agency_of(ticket: Ticket, desk: Desk) -> AgencyId:
    """The office by whose calendar a ticket is told of; any of them where it has none."""
    agencies = desk.catalogue.agencies
    return next((agency for agency in agencies if agency == ticket.agency), agencies[0])


def explanation(ticket: Ticket, hours: Hours) -> Explanation | None:
    """Why the ticket falls due when it does; None where nothing runs or the calendar ends before."""
    running = ticket.running(Target.PENYELESAIAN)
    if running is None or running.due is None:
        return None
    paused = steps.pauses(ticket, running.start)
    try:
        return clock.explain(running.promise, running.start, hours.calendar, paused, hours.rules.day_zero)
    except NotCovered:
        return None


def _ticket(draft: Draft, message: Incoming, desk: Desk) -> Ticket:
    """Nothing of the citizen is kept with an anonymous one."""
    assert draft.agency is not None, "the office is asked for before anything is sent"
    unknown = draft.identity is Identity.ANONIM
    told = (draft.text, draft.when and ticket_replies.happened(draft.when))
    ticket = Ticket(
        number=desk.ticket_number,
        kind=draft.kind,
        channel=message.channel,
        sender=None if unknown else message.sender,
        agency=draft.agency,
        service=draft.service,
        unit=draft.unit,
        text="\n".join(filter(None, told)),
        received=message.sent_at,
        arrived=desk.now,
        identity=draft.identity,
        contact="" if unknown else draft.contact,
        about_staff=desk.cues.stands("pegawai", draft.text),
        suggested=desk.cues.suggested(draft.text) if draft.kind is Kind.PENGADUAN else None,
        attachments=draft.attachments,
    )
    hours = desk.hours[draft.agency]
    made = promises(draft.kind, draft.agency, draft.service, desk.catalogue, hours.rules)
    return steps.take(ticket, made, hours, desk.now)
