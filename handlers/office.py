# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""The office's own card: where it is, whether it is open now, and when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import groupby

from handlers import replies
from handlers.desk import Desk
from knowledge import cards
from knowledge.cards import Card, Line
from knowledge.model import AgencyId
from tickets.calendar import Calendar

SOON = timedelta(days=30)
"""How far ahead a holiday is worth a line."""


def card(agency: AgencyId, desk: Desk) -> Card:
    calendar = desk.hours[agency].calendar
    return cards.office(desk.catalogue.decree(agency), tuple(_hours(calendar, desk)), calendar.source)


def _hours(calendar: Calendar, desk: Desk) -> Iterator[Line]:
    yield Line(replies.opening(calendar.opening(desk.now)), bold=True)
    for segments, group in groupby(sorted(calendar.week.items()), key=lambda pair: pair[1]):
        days = [replies.DAYS[weekday] for weekday, _ in group]
        if segments:
            yield Line(replies.hours("–".join(dict.fromkeys((days[0], days[-1]))), segments), marker="•")
    today = desk.now.astimezone(calendar.zone).date()
    for change in calendar.changes:
        if today <= change.last and change.first <= today + SOON:
            yield Line(replies.changed_hours(change), marker="•")
    ahead = (today + timedelta(days=days) for days in range(1, SOON.days))
    holiday = next((day for day in ahead if day in calendar.holidays and calendar.week.get(day.weekday())), None)
    if holiday:
        yield Line(replies.next_holiday(holiday, calendar.holidays[holiday].name), marker="•")
