# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""What falls due is done once: after a crash, a clock set back, a week down, and with two at work."""

from __future__ import annotations

import logging
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from subprocess import PIPE

import pytest
from sqlalchemy import Engine, func, select

from bot import mailbox, outbox, tables
from bot.app import App
from bot.config import Settings
from bot.sweep import LATER, Sweep
from bot.worker import Worker
from handlers.messages import Channel, Incoming
from knowledge.model import AgencyId
from tests.databases import both
from tests.tickets.test_steps import BY, HOURS, at, filed, normatif
from tickets import steps, store
from tickets.calendar import Holiday
from tickets.model import Step, Ticket
from tickets.steps import Hours

MELAWI = AgencyId("melawi")


class Clock:
    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    engine = mailbox.open_database(url)
    yield engine
    engine.dispose()


def keep(engine: Engine, *tickets: Ticket) -> None:
    with engine.begin() as connection:
        for ticket in tickets:
            store.save(connection, ticket, ticket.received)


def kept(engine: Engine, number: str) -> Ticket:
    with engine.connect() as connection:
        ticket = store.find(connection, number)
    assert ticket is not None
    return ticket


def alerts(engine: Engine) -> list[tuple[str, str]]:
    """What was told to whom at the desk, in order."""
    with engine.connect() as connection:
        told = select(tables.outbox).where(tables.outbox.c.channel == "meja").order_by(tables.outbox.c.id)
        rows = connection.execute(told).all()
    return [(row.recipient, outbox._outgoing.validate_json(row.body).text) for row in rows]


def settlement_alerts(engine: Engine) -> list[str]:
    return [to for to, text in alerts(engine) if ": penyelesaian " in text]


@both
def test_each_level_comes_once_to_whom_it_is_for(engine: Engine) -> None:
    keep(engine, normatif("2025-06-02T10:00"))
    clock = Clock(at("2025-06-02T10:01"))
    sweep = Sweep(engine, {MELAWI: HOURS}, clock)
    while clock.now < at("2025-06-20T16:00"):
        sweep.run()
        sweep.run()
        clock.now += timedelta(minutes=30)
    clock.now -= timedelta(minutes=10)
    sweep.run()
    officer, superior, head = (f"melawi:{role}" for role in ("petugas", "atasan", "pimpinan"))
    assert settlement_alerts(engine) == [officer, officer, officer, superior, superior, head]


@both
def test_after_a_week_down_only_the_highest_level_is_told(engine: Engine) -> None:
    keep(engine, normatif("2025-06-02T10:00"))
    Sweep(engine, {MELAWI: HOURS}, Clock(at("2025-06-23T09:00"))).run()
    assert settlement_alerts(engine) == ["melawi:atasan", "melawi:pimpinan"]
    with engine.connect() as connection:
        of_class = store.reminder_table.c.name == "normatif"
        rows = connection.execute(select(store.reminder_table).where(of_class)).all()
    assert {row.level: row.told for row in rows} == {-1: False, 1: False, 2: False, 3: True}


def test_nothing_comes_at_night_or_on_a_holiday(tmp_path: Path) -> None:
    engine = mailbox.open_database(f"sqlite:///{tmp_path / 'tanya.db'}")
    keep(engine, filed("2025-06-05T15:00"))
    clock = Clock(at("2025-06-05T16:00"))
    sweep = Sweep(engine, {MELAWI: HOURS}, clock)
    while clock.now < at("2025-06-10T07:30"):
        sweep.run()
        clock.now += timedelta(hours=1)
    assert settlement_alerts(engine) == []
    clock.now = at("2025-06-10T09:31")
    sweep.run()
    assert settlement_alerts(engine) == ["melawi:petugas"]
    engine.dispose()


@both
def test_two_at_work_never_tell_one_thing_twice(engine: Engine) -> None:
    keep(engine, *(filed("2025-06-10T09:00", number=f"ADU-{n}") for n in range(40)))
    failed: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(3):
                Sweep(engine, {MELAWI: HOURS}, Clock(at("2025-06-10T14:00"))).run()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert set(Counter(text for _, text in alerts(engine)).values()) == {1}
    assert len(settlement_alerts(engine)) == 40


@both
def test_a_changed_calendar_moves_open_due_dates_and_says_so(engine: Engine) -> None:
    done = steps.answer(replace(normatif("2025-08-11T09:00"), number="B"), "Sudah.", BY, at("2025-08-12T08:00"), HOURS)
    keep(engine, normatif("2025-08-11T09:00"), done)
    more = {**HOURS.calendar.holidays, date(2025, 8, 19): Holiday("banjir", "SK Bupati")}
    changed = Hours(replace(HOURS.calendar, holidays=more), HOURS.rules)
    before = kept(engine, "ADU-2507-0000X").due
    Sweep(engine, {MELAWI: changed}, Clock(at("2025-08-12T09:00"))).run()
    moved = kept(engine, "ADU-2507-0000X")
    assert before == at("2025-08-19T16:00")
    assert moved.due == at("2025-08-20T16:00")
    assert moved.history[-1].step is Step.HITUNG_ULANG
    assert kept(engine, "B").clocks == done.clocks


@both
def test_one_bad_ticket_holds_up_no_other_and_its_text_stays_out_of_the_log(
    engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    keep(engine, filed("2025-06-10T09:00", number="A"), filed("2025-06-10T09:00", number="B", text="rahasia sekali"))
    with engine.begin() as connection:
        connection.exec_driver_sql("update history set step = 'entah apa' where number = 'B'")
    with caplog.at_level(logging.WARNING):
        Sweep(engine, {MELAWI: HOURS}, Clock(at("2025-06-10T13:00"))).run()
    assert [text for _, text in alerts(engine) if text.startswith("A")]
    assert "ticket B could not be looked at" in caplog.text
    assert "rahasia" not in caplog.text
    with engine.connect() as connection:
        wake = connection.execute(
            select(store.ticket_table.c.wake).where(store.ticket_table.c.number == "B")
        ).scalar_one()
    assert wake == at("2025-06-10T13:00") + LATER


# Through the mailbox


def tell(app: App, clock: Clock, *texts: str, sender: str = "ana") -> None:
    worker = Worker(app.engine, app.desks, clock)
    for text in texts:
        choice = text[1:] if text.startswith(":") else None
        unique = f"{sender} {clock.now} {random.random()}"
        message = Incoming(Channel.COBA, sender, unique, MELAWI, choice or text, clock.now, choice)
        with app.engine.begin() as connection:
            mailbox.accept(connection, message, clock.now)
        while worker.run():
            pass


def said(app: App, sender: str = "ana") -> list[str]:
    with app.engine.connect() as connection:
        return [sent.message.text for sent in outbox.sent_after(connection, Channel.COBA, sender, 0)]


def test_an_unfinished_complaint_is_asked_about_once_in_office_hours(app: App) -> None:
    clock = Clock(at("2026-11-26T15:00"))
    sweep = Sweep(app.engine, app.hours, clock)
    tell(app, clock, "saya mau komplain, petugas Bagian Umum membentak ibu saya kemarin")
    before = len(said(app))
    for hours in (2, 12, 15, 16, 17, 20, 44):
        clock.now = at("2026-11-26T15:00") + timedelta(hours=hours)
        sweep.run()
    asked = said(app)[before:]
    assert len(asked) == 1
    assert "belum terkirim" in asked[0]
    tell(app, clock, "ya", "ya")
    assert "sudah kami catat" in said(app)[-1]


def test_nothing_leads_from_an_anonymous_complaint_to_who_told_it(app: App) -> None:
    clock = Clock(at("2026-11-26T10:00"))
    tell(app, clock, "petugas Bagian Umum minta uang rokok tadi pagi", ":aduan:anonim", ":aduan:kirim")
    with app.engine.connect() as connection:
        (ticket,) = store.of_agency(connection, "melawi")
        texts = connection.execute(select(tables.inbox.c.text).where(tables.inbox.c.sender == "ana")).scalars().all()
        bodies = connection.execute(select(tables.outbox.c.body)).scalars().all()
        memories = connection.execute(select(tables.memory.c.conversation)).scalars().all()
    assert (ticket.sender, ticket.contact) == (None, "")
    assert "uang rokok" in ticket.text
    assert set(texts) == {""}
    assert not any("uang rokok" in text for text in (*bodies, *memories))
    assert len(bodies) == 1


def test_kill_9_at_any_moment_loses_and_doubles_nothing(app: App, tmp_path: Path) -> None:
    clock = Clock(at("2026-11-26T09:00"))
    address = app.settings.database_url
    with app.engine.begin() as connection:
        for n in range(60):
            message = Incoming(
                Channel.COBA, f"warga {n}", str(n), MELAWI, "mau bicara dengan petugas", at("2026-11-26T13:20")
            )
            mailbox.accept(connection, message, clock.now)
        for n in range(60):
            store.save(connection, filed("2026-11-26T08:00", number=f"ADU-{n}"), clock.now)
    script = f"from tests.bot.test_sweep import work_until_killed\nwork_until_killed({address!r})\n"
    chance = random.Random(9)
    for _ in range(4):
        process = subprocess.Popen(
            [sys.executable, "-c", script], cwd=Path.cwd(), env={**os.environ, "PYTHONPATH": "."}, stdout=PIPE
        )
        with process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            time.sleep(chance.random() / 4)
            process.send_signal(signal.SIGKILL)
    work(app.engine, app, Clock(at("2026-11-26T13:30")))
    with app.engine.connect() as connection:
        waiting = select(func.count()).select_from(tables.inbox).where(tables.inbox.c.done_at.is_(None))
        assert connection.execute(waiting).scalar_one() == 0
        assert len([t for t in store.of_agency(connection, None) if t.kind == "petugas"]) == 60
        replies = select(func.count()).select_from(tables.outbox).where(tables.outbox.c.channel == "coba")
        assert connection.execute(replies).scalar_one() == 60
    assert set(Counter(text for _, text in alerts(app.engine)).values()) == {1}
    assert len(settlement_alerts(app.engine)) == 60


def work(engine: Engine, app: App, clock: Clock) -> None:
    worker = Worker(engine, app.desks, clock)
    worker.start()
    while worker.run():
        pass
    Sweep(engine, {MELAWI: HOURS}, clock).run()


def work_until_killed(address: str) -> None:
    app = App(Settings(home=Path("data"), database_url=address))
    app.search.read("halo")
    print("ready", flush=True)
    while True:
        work(app.engine, app, Clock(at("2026-11-26T13:30")))
