# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""What falls due by itself, done: officers reminded, superiors told, long silences ended; in office hours, once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from handlers import ticket_replies
from handlers.messages import Outgoing
from tickets import agenda, steps
from tickets.agenda import Action, Key, Task
from tickets.model import SYSTEM, Ticket
from tickets.steps import Hours

OFFICER, SUPERIOR = "petugas", "atasan"


@dataclass(frozen=True)
class Looked:
    """A ticket looked at: `ticket` as it is now, what is said to whom, which tasks are done, when to look again.

    `alerts` go to roles of the office; `done` says for each task whether it was told or only noted.
    """

    ticket: Ticket
    notices: tuple[Outgoing, ...] = ()
    alerts: tuple[tuple[str, Outgoing], ...] = ()
    done: tuple[tuple[Task, bool], ...] = ()
    wake: datetime | None = None


def look(ticket: Ticket, known: Collection[Key], hours: Hours, now: datetime) -> Looked:
    """Do what is due on `ticket` at `now`; outside office hours nothing is, but the end of a silent handover."""
    opening = hours.calendar.opening(now)
    tasks = agenda.agenda(ticket, hours)
    if not opening.open and not ticket.talking:
        upcoming = agenda.next_moment(tasks, known)
        return Looked(ticket, wake=upcoming and (max(upcoming, opening.next) if opening.next else None))
    doing, noted = agenda.due(tasks, known, now)
    done = (*((task, True) for task in doing), *((task, False) for task in noted))
    looked = Looked(ticket, done=done)
    for task in doing:
        looked = _do(task, looked, hours, now)
    after = {*known, *(task.key for task, _ in done)}
    return replace(looked, wake=agenda.next_moment(agenda.agenda(looked.ticket, hours), after))


def calendar_alarm(hours: Hours, agency: str, today: date) -> tuple[Key, Outgoing] | None:
    """The alarm that the office's calendar ends soon, once for each end."""
    until = hours.calendar.covered_until
    if until - today > timedelta(days=hours.rules.calendar_ends):
        return None
    return Key(f"kalender {agency}", "kalender", 0, until.toordinal()), ticket_replies.calendar_ends(until)


def _do(task: Task, looked: Looked, hours: Hours, now: datetime) -> Looked:
    ticket = looked.ticket
    match task.action:
        case Action.INGATKAN:
            return replace(looked, alerts=(*looked.alerts, *_alerts(task, ticket, hours)))
        case Action.KALENDER:
            alert = ticket_replies.not_counted(ticket, hours.calendar.covered_until)
            return replace(looked, alerts=(*looked.alerts, (OFFICER, alert)))
        case Action.UMUMKAN:
            over = ticket.since + timedelta(days=hours.rules.lapse)
            notice = ticket_replies.will_lapse(ticket, over.astimezone(hours.calendar.zone))
            return replace(looked, notices=(*looked.notices, notice))
        case Action.TUNGGU:
            return replace(looked, notices=(*looked.notices, ticket_replies.nobody_free(ticket, hours)))
        case Action.AKHIRI:
            ended = steps.end(ticket, now, SYSTEM, "lama tidak ada pesan")
            return replace(looked, ticket=ended, notices=(*looked.notices, ticket_replies.talk_ended(ended)))
        case Action.CABUT:
            lapsed = steps.withdraw(ticket, now, hours, SYSTEM, "dianggap dicabut")
            return replace(looked, ticket=lapsed, notices=(*looked.notices, ticket_replies.lapsed(lapsed)))
        case Action.TUTUP:
            settled = steps.settle(ticket, now, SYSTEM, "tidak ada kabar setelah dijawab")
            return replace(looked, ticket=settled, notices=(*looked.notices, ticket_replies.closed_in_silence(settled)))


def _alerts(task: Task, ticket: Ticket, hours: Hours) -> list[tuple[str, Outgoing]]:
    """One for each role; what tells of the officers themselves goes to their superior instead."""
    reminder = task.reminder
    running = next((c for c in ticket.clocks if c.stopped is None and c.name == task.key.name), None)
    if reminder is None or running is None or running.due is None:
        return []
    due = running.due.astimezone(hours.calendar.zone)
    text = ticket_replies.reminder(reminder.text, ticket, running.target, due)
    roles = [SUPERIOR if ticket.about_staff and role == OFFICER else role for role in reminder.to]
    return [(role, text) for role in dict.fromkeys(roles)]
