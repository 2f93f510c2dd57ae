# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Inbox to outbox: once each, in order, and nothing lost when a handler breaks."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, select

from bot import mailbox, outbox, tables
from bot.app import App
from bot.mailbox import ATTEMPTS, REMEMBERED
from bot.worker import Worker
from handlers.desk import Desk
from handlers.messages import Channel, Incoming
from knowledge.model import AgencyId
from tests.conftest import NOW
from tickets import store

HELLO = Incoming(Channel.COBA, "ana", "1", AgencyId("landak"), "halo", NOW)


def put(app: App, *messages: Incoming) -> list[bool]:
    with app.engine.begin() as connection:
        return [mailbox.accept(connection, message, NOW) for message in messages]


def replies(app: App, sender: str = "ana") -> list[str]:
    with app.engine.connect() as connection:
        return [sent.message.text for sent in outbox.sent_after(connection, Channel.COBA, sender, 0)]


def run(app: App) -> None:
    worker = Worker(app.engine, app.desks, lambda: NOW)
    while worker.run():
        pass


def test_a_message_delivered_twice_is_answered_once(app: App) -> None:
    assert put(app, HELLO, HELLO) == [True, False]
    run(app)
    assert put(app, HELLO) == [False]
    run(app)
    assert len(replies(app)) == 1


def test_replies_come_in_order_and_memory_carries_over(app: App) -> None:
    texts = ("biaya konsultasi", "kalau narasumber?")
    put(app, *(replace(HELLO, provider_id=text, text=text) for text in texts))
    run(app)
    first, second = replies(app)
    assert "Pelayanan Konsultasi" in first
    assert "Pelayanan Penyediaan Narasumber" in second
    assert "Biaya/Tarif" in second


def test_after_a_long_silence_a_chat_starts_afresh(app: App) -> None:
    later = NOW
    worker = Worker(app.engine, app.desks, lambda: later)
    put(app, replace(HELLO, text="biaya konsultasi"))
    worker.run()
    later = NOW + REMEMBERED + timedelta(minutes=1)
    put(app, replace(HELLO, provider_id="2", text="syaratnya apa"))
    worker.run()
    assert "untuk layanan apa" in replies(app)[1]


def test_a_complaint_is_a_ticket_in_the_same_transaction_as_its_number(app: App) -> None:
    told = "saya mau mengadukan petugas loket yang kasar tadi pagi"
    put(app, *(replace(HELLO, provider_id=text, text=text) for text in (told, "lewati", "ya, kirim")))
    run(app)
    with app.engine.connect() as connection:
        (ticket,) = store.of_senders(connection, [("coba", "ana")])["coba", "ana"]
    assert ticket.number in replies(app)[-1]
    assert ticket.text == told
    assert ticket.due is not None


def test_a_poison_message_is_parked_with_an_apology_and_the_chat_goes_on(
    app: App, caplog: pytest.LogCaptureFixture
) -> None:
    broken = True

    def desks(connection: Connection, messages: Sequence[Incoming], now: datetime) -> list[Desk]:
        found = app.desks(connection, messages, now)
        poisoned = [broken and message.text == "racun" for message in messages]
        return [replace(d, search=None) if bad else d for d, bad in zip(found, poisoned, strict=True)]  # type: ignore[arg-type]

    worker = Worker(app.engine, desks, lambda: NOW)
    put(app, replace(HELLO, text="racun"), replace(HELLO, provider_id="2"))
    with caplog.at_level(logging.ERROR):
        for _ in range(ATTEMPTS + 1):
            worker.run()
    apology, greeting = replies(app)
    assert "gangguan" in apology
    assert "Selamat datang" in greeting
    assert "racun" not in caplog.text
    with app.engine.connect() as connection:
        assert [t.text for t in store.of_senders(connection, [("coba", "ana")])["coba", "ana"]] == ["racun"]
        assert connection.execute(select(tables.inbox).where(tables.inbox.c.done_at.is_(None))).all() == []


@pytest.mark.parametrize(
    "text", ["", "   ", "🙏", "\x00\x01", "a" * 10_000, "?" * 500, "\u202eabc", "'; drop table inbox; --", "<b>x</b>"]
)
def test_whatever_is_sent_gets_a_reply(text: str, app: App) -> None:
    put(app, replace(HELLO, text=text))
    run(app)
    (reply,) = replies(app)
    assert reply


def test_only_durable_connections(app: App) -> None:
    with app.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
