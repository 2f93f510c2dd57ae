# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Reminders, escalations and the end of silences: at their moments, in office hours, once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from handlers import reminders
from tests.tickets.test_steps import BY, HOURS, at, filed, normatif
from tickets import agenda, steps
from tickets.agenda import Action, Key, Task
from tickets.model import Class, Status, Ticket


def levels(ticket: Ticket) -> dict[int, datetime]:
    """When each level of the settlement clock is told."""
    return {t.key.level: t.at for t in agenda.agenda(ticket, HOURS) if t.reminder and t.key.name != "informasi awal"}


def told(ticket: Ticket, now: datetime, done: set[Key] | None = None) -> list[int]:
    doing, _ = agenda.due(agenda.agenda(ticket, HOURS), done or set(), now)
    return [t.key.level for t in doing if t.action is Action.INGATKAN and t.key.name != "informasi awal"]


def test_s61_and_s65_moments_of_a_promise_in_days() -> None:
    assert levels(normatif("2025-06-02T10:00")) == {
        -1: at("2025-06-10T07:30"),  # the working day before, not the holiday
        1: at("2025-06-12T07:30"),  # due at closing time: told when the office opens again
        2: at("2025-06-13T07:30"),
        3: at("2025-06-17T07:30"),
    }


def test_s62_a_promise_in_hours_is_warned_of_at_three_quarters() -> None:
    assert levels(filed("2025-06-10T09:00"))[-1] == at("2025-06-10T11:15")


def test_s57_a_class_that_is_overdue_when_given_alerts_once() -> None:
    shorter = steps.classify(normatif("2025-07-07T09:00"), Class.RINGAN, BY, at("2025-07-11T09:00"), HOURS, "ringan")
    assert told(shorter, at("2025-07-11T09:01")) == [1]
    assert levels(shorter)[2] == at("2025-07-15T07:30")
    assert -1 not in levels(shorter)


def test_after_a_week_of_being_down_only_the_highest_level_is_told() -> None:
    ticket = normatif("2025-06-02T10:00")
    doing, noted = agenda.due(agenda.agenda(ticket, HOURS), set(), at("2025-06-23T09:00"))
    assert [task.key.level for task in doing if task.key.name == "normatif"] == [3]
    assert {task.key.level for task in noted if task.key.name == "normatif"} == {-1, 1, 2}
    done = {task.key for task in (*doing, *noted)}
    assert told(ticket, at("2025-06-23T09:01"), done) == []


def test_a_changed_class_is_warned_of_anew() -> None:
    ringan = steps.classify(filed("2025-06-10T07:30"), Class.RINGAN, BY, at("2025-06-10T07:40"), HOURS)
    done = {task.key for task in agenda.agenda(ringan, HOURS)}
    moved = steps.classify(ringan, Class.NORMATIF, BY, at("2025-06-10T11:00"), HOURS, "perlu dicek")
    assert told(moved, at("2025-06-18T07:30"), done) == [1]


def test_s50_thirty_days_of_silence_are_announced_and_then_end_the_complaint() -> None:
    ticket = steps.ask(filed("2025-06-10T08:00"), "Di mana?", BY, at("2025-06-10T09:00"), HOURS)
    tasks = [task for task in agenda.agenda(ticket, HOURS) if task.action is not Action.INGATKAN]
    assert [(task.action, task.at) for task in tasks] == [
        (Action.UMUMKAN, at("2025-07-03T09:00")),
        (Action.CABUT, at("2025-07-10T09:00")),
    ]
    announced = reminders.look(ticket, set(), HOURS, at("2025-07-03T09:00"))
    assert "dianggap dicabut" in announced.notices[0].text
    known = {task.key for task, _ in announced.done}
    assert reminders.look(ticket, known, HOURS, at("2025-07-04T09:00")).notices == ()
    lapsed = reminders.look(ticket, known, HOURS, at("2025-07-10T09:00"))
    assert lapsed.ticket.status is Status.DITARIK
    assert lapsed.ticket.history[-1].why == "dianggap dicabut"


def test_ten_working_days_after_an_answer_the_complaint_is_settled() -> None:
    ticket = steps.answer(filed("2025-06-10T08:00"), "Sudah.", BY, at("2025-06-10T09:00"), HOURS)
    assert reminders.look(ticket, set(), HOURS, at("2025-06-24T15:59")).ticket.status is Status.DIJAWAB
    settled = reminders.look(ticket, set(), HOURS, at("2025-06-25T07:30"))
    assert settled.ticket.status is Status.SELESAI
    assert "kami nyatakan selesai" in settled.notices[0].text


def test_nothing_is_due_on_what_is_closed() -> None:
    ticket = filed("2025-06-10T09:00")
    for closed in (
        steps.withdraw(ticket, at("2025-06-10T09:30"), HOURS),
        steps.refer(ticket, "Dinas PU", BY, at("2025-06-10T09:30"), HOURS),
        steps.merge(ticket, filed("2025-06-10T10:00", number="B"), BY, at("2025-06-10T10:30"), HOURS)[0],
    ):
        assert agenda.agenda(closed, HOURS) == []


def test_outside_office_hours_nothing_is_done_until_the_office_opens() -> None:
    ticket = filed("2025-06-05T15:00")
    night = reminders.look(ticket, set(), HOURS, at("2025-06-05T23:00"))
    assert night.done == ()
    assert night.wake is not None
    assert night.wake >= at("2025-06-10T07:30")
    holiday = reminders.look(ticket, set(), HOURS, at("2025-06-06T09:00"))
    assert (holiday.alerts, holiday.notices) == ((), ())


def test_what_tells_of_officers_goes_to_their_superior() -> None:
    roles = {}
    for about_staff in (False, True):
        ticket = filed("2025-06-10T09:00", about_staff=about_staff)
        looked = reminders.look(ticket, set(), HOURS, at("2025-06-10T11:15"))
        roles[about_staff] = {role for role, _ in looked.alerts}
        assert ticket.number in looked.alerts[0][1].text
        assert ticket.text not in looked.alerts[0][1].text
    assert roles == {False: {"petugas"}, True: {"atasan"}}


def test_a_date_that_cannot_be_counted_is_an_alarm() -> None:
    short = replace(HOURS, calendar=replace(HOURS.calendar, covered_until=date(2026, 12, 31)))
    ticket = steps.classify(filed("2026-12-01T09:00", short), Class.BERKADAR, BY, at("2026-12-01T10:00"), short)
    looked = reminders.look(ticket, set(), short, at("2026-12-01T10:01"))
    assert any("kalender kantor hanya sampai 31 Desember 2026" in alert.text for _, alert in looked.alerts)


def test_the_alarm_of_the_calendar_itself_comes_in_time_and_once_for_each_end() -> None:
    early, late = date(2027, 10, 1), date(2027, 10, 20)
    assert reminders.calendar_alarm(HOURS, "melawi", early) is None
    alarm = reminders.calendar_alarm(HOURS, "melawi", late)
    assert alarm is not None
    assert alarm[0] == (reminders.calendar_alarm(HOURS, "melawi", late + timedelta(days=9)) or alarm)[0]
    assert "31 Desember 2027" in alarm[1].text


def test_a_task_is_known_by_its_key_alone() -> None:
    key = Key("ADU", "normatif", 1, 1)
    task = Task(key, at("2025-06-10T09:00"), Action.INGATKAN)
    assert agenda.due([task], {key}, at("2025-06-11T09:00")) == ([], [])
    assert agenda.next_moment([task], {key}) is None
