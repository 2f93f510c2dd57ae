# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""What falls due on a ticket by itself: reminders, escalations, and the end of long silences.

Moments lie in office hours. Each task is known by ticket, name, level and round, so that it is done once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from tickets import clock
from tickets.clock import NotCovered
from tickets.model import Clock, Kind, Status, Step, Target, Ticket
from tickets.rules import Reminder, When
from tickets.steps import Hours, heard, pauses


class Action(StrEnum):
    INGATKAN = "ingatkan"
    UMUMKAN = "umumkan"
    """Tell the citizen that the complaint will count as withdrawn."""
    CABUT = "cabut"
    TUTUP = "tutup"
    KALENDER = "kalender"
    """Tell the officers that a due date cannot be counted."""
    TUNGGU = "tunggu"
    """Tell the citizen that no officer is free yet."""
    AKHIRI = "akhiri"
    """End a handover in which nobody says anything any more: at any hour, for the bot is silent until then."""


@dataclass(frozen=True, order=True)
class Key:
    """What makes a task happen once; `subject` is a ticket's number."""

    subject: str
    name: str
    level: int
    round: int


@dataclass(frozen=True)
class Task:
    key: Key
    at: datetime
    action: Action
    reminder: Reminder | None = None


def agenda(ticket: Ticket, hours: Hours) -> list[Task]:
    """All that is to come, and all that was, in order of time, as the history and the calendar are now."""
    tasks = list(_silences(ticket, hours))
    for running in ticket.clocks:
        if running.stopped is None:
            tasks += _reminders(running, ticket, hours)
    return sorted(tasks, key=lambda task: (task.at, task.key))


def due(tasks: Collection[Task], done: Collection[Key], now: datetime) -> tuple[list[Task], list[Task]]:
    """The tasks to do at `now` and those only to be noted as done.

    Of several reminders of one promise, as after a time of being down, only the highest level is told.
    """
    ripe = [task for task in tasks if task.at <= now and task.key not in done]
    highest: dict[str, Task] = {}
    for task in ripe:
        if task.action is Action.INGATKAN and task.key.level >= highest.get(task.key.name, task).key.level:
            highest[task.key.name] = task
    doing = [task for task in ripe if task.action is not Action.INGATKAN or task is highest[task.key.name]]
    return doing, [task for task in ripe if task not in doing]


def next_moment(tasks: Collection[Task], done: Collection[Key]) -> datetime | None:
    """When something is to be done next."""
    return min((task.at for task in tasks if task.key not in done), default=None)


def _reminders(running: Clock, ticket: Ticket, hours: Hours) -> Iterator[Task]:
    if running.due is None:
        if ticket.status is not Status.MENUNGGU_PELAPOR:
            at = running.since
            yield Task(Key(ticket.number, "kalender", 0, running.round), at, Action.KALENDER)
        return
    for reminder in hours.rules.reminders:
        if running.promise.unit not in reminder.units:
            continue
        try:
            moment = _moment(reminder, running, running.due, ticket, hours)
            # Before its time a warning makes sense only if that moment was still to come when the clock began.
            if reminder.level < 1 and moment <= running.since:
                continue
            at = clock.in_office_hours(moment, hours.calendar)
        except NotCovered:
            continue
        yield Task(Key(ticket.number, running.name, reminder.level, running.round), at, Action.INGATKAN, reminder)


def _moment(reminder: Reminder, running: Clock, due: datetime, ticket: Ticket, hours: Hours) -> datetime:
    match reminder.when:
        case When.SHARE:
            paused = pauses(ticket, running.start) if running.target is Target.PENYELESAIAN else []
            return clock.at_share(reminder.amount, running.start, due, hours.calendar, paused)
        case When.HOURS_BEFORE:
            return clock.hours_before(reminder.amount, due, hours.calendar)
        case When.DAYS_BEFORE:
            return clock.days_before(int(reminder.amount), due, hours.calendar)
        case When.DAYS_AFTER:
            # A class that was overdue when it was given starts its levels then, not all at once.
            return clock.days_after(int(reminder.amount), max(due, running.since), hours.calendar)


def _silences(ticket: Ticket, hours: Hours) -> Iterator[Task]:
    """Thirty calendar days without the citizen's answer, ten working days after ours (the office's rules say)."""
    rules, number = hours.rules, ticket.number
    if ticket.talking:
        yield Task(Key(number, "percakapan", 0, 1), heard(ticket) + timedelta(minutes=rules.silence), Action.AKHIRI)
    try:
        if ticket.kind is Kind.PETUGAS and ticket.status is Status.DITERIMA:
            began = clock.in_office_hours(ticket.received, hours.calendar)
            over = clock.in_office_hours(began + timedelta(minutes=rules.unanswered), hours.calendar)
            yield Task(Key(number, "petugas", 0, 1), over, Action.TUNGGU)
        if ticket.status is Status.MENUNGGU_PELAPOR:
            asked = sum(entry.step is Step.TANYA for entry in ticket.history)
            over = ticket.since + timedelta(days=rules.lapse)
            said = clock.in_office_hours(over - timedelta(days=rules.announced), hours.calendar)
            yield Task(Key(number, "menunggu pelapor", 0, asked), said, Action.UMUMKAN)
            yield Task(
                Key(number, "menunggu pelapor", 1, asked), clock.in_office_hours(over, hours.calendar), Action.CABUT
            )
        if ticket.status is Status.DIJAWAB:
            over = clock.days_after(rules.settled_after, ticket.since, hours.calendar)
            at = clock.in_office_hours(over, hours.calendar)
            yield Task(Key(number, "dijawab", 0, ticket.round), at, Action.TUTUP)
    except NotCovered:
        return
