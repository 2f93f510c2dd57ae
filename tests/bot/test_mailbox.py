# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Inbox and outbox on both databases: once, in order, and never two hands on one chat."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from bot import mailbox, outbox, tables
from bot.mailbox import LEASE, Overtaken
from bot.outbox import Letter, Result
from bot.pacing import Pace, Paces, Pacing
from bot.tables import State
from handlers.messages import Channel, Conversation, Event, Incoming, Intent, Turn
from handlers.replies import said
from knowledge.model import AgencyId
from tests.conftest import NOW
from tests.databases import both

HELLO = Incoming(Channel.WHATSAPP, "ana", "1", AgencyId("melawi"), "halo", NOW)
TURN = Turn((said("Selamat datang."),), Conversation(), Intent.SMALLTALK)
CHANNELS = [Channel.WHATSAPP]


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    engine = mailbox.open_database(url)
    yield engine
    engine.dispose()


def put(engine: Engine, *messages: Incoming) -> list[bool]:
    with engine.begin() as connection:
        return [mailbox.accept(connection, message, NOW) for message in messages]


def claim(engine: Engine, now: datetime = NOW, limit: int = 50) -> list[mailbox.Waiting]:
    with engine.begin() as connection:
        return mailbox.claim(connection, now, limit)


def answer(engine: Engine, *claimed: mailbox.Waiting) -> None:
    with engine.begin() as connection:
        mailbox.finish(connection, [(waiting, TURN) for waiting in claimed], NOW)


def letters(engine: Engine, now: datetime = NOW) -> list[Letter]:
    with engine.begin() as connection:
        return outbox.claim(connection, CHANNELS, now, 50)


def states(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return [
            str(s) for s in connection.execute(select(tables.outbox.c.state).order_by(tables.outbox.c.id)).scalars()
        ]


def mark(engine: Engine, *results: Result) -> None:
    with engine.begin() as connection:
        outbox.mark(connection, results, NOW)


@both
def test_a_message_is_stored_once_and_claimed_by_one(engine: Engine) -> None:
    assert put(engine, HELLO, HELLO, replace(HELLO, provider_id="2")) == [True, False, True]
    (first,) = claim(engine)
    assert first.message.provider_id == "1"
    assert claim(engine) == []
    put(engine, replace(HELLO, provider_id="3", sender="budi"))
    assert [waiting.message.sender for waiting in claim(engine)] == ["budi"], "ana's chat is in other hands"
    again = claim(engine, NOW + LEASE + timedelta(seconds=1))
    assert [waiting.attempts for waiting in again] == [1], "what failed before comes alone"
    answer(engine, *again)
    (second,) = claim(engine)
    assert second.message.provider_id == "2"


@both
def test_many_hands_never_work_on_one_chat_at_a_time(engine: Engine) -> None:
    people = [f"warga {n % 5}" for n in range(60)]
    put(engine, *(replace(HELLO, provider_id=str(n), sender=who) for n, who in enumerate(people)))
    done: list[tuple[str, int]] = []
    failed: list[BaseException] = []

    def work() -> None:
        try:
            while claimed := claim(engine, limit=7):
                for waiting in claimed:
                    done.append((waiting.message.sender, int(waiting.message.provider_id)))
                answer(engine, *claimed)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(1 if engine.dialect.name == "sqlite" else 4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for waiting in claim(engine):  # a hand may have found nothing while others held all chats
        done.append((waiting.message.sender, int(waiting.message.provider_id)))
    assert failed == []
    for who in set(people):
        own = [number for sender, number in done if sender == who]
        assert own == sorted(own)
    assert len(done) == len(set(done))


@both
def test_who_was_overtaken_leaves_no_trace(engine: Engine) -> None:
    put(engine, HELLO)
    slow = claim(engine)
    answer(engine, *claim(engine, NOW + LEASE + timedelta(seconds=1)))
    with pytest.raises(Overtaken):
        answer(engine, *slow)
    assert states(engine) == ["waiting"]


@both
def test_a_message_waits_for_its_file_and_later_ones_wait_for_it(engine: Engine) -> None:
    with engine.begin() as connection:
        photo = '{"id": "m", "name": "", "sha256": ""}'
        later = replace(HELLO, provider_id="2"), replace(HELLO, provider_id="3", sender="budi")
        mailbox.accept_all(connection, [(HELLO, photo), *((message, None) for message in later)], NOW)
    assert [waiting.message.sender for waiting in claim(engine)] == ["budi"]
    with engine.begin() as connection:
        (row,) = mailbox.unfetched(connection, NOW, 9)
        mailbox.unreadable(connection, row.id, "Berkas rusak.")
    (first,) = claim(engine)
    assert (first.message.event, first.message.text) == (Event.UNREADABLE, "Berkas rusak.")
    answer(engine, first)
    (second,) = claim(engine)
    assert second.message.provider_id == "2"


@both
def test_letters_of_a_chat_leave_one_after_another(engine: Engine) -> None:
    put(engine, HELLO, replace(HELLO, provider_id="2"), replace(HELLO, provider_id="3", sender="budi"))
    while claimed := claim(engine):
        answer(engine, *claimed)
    first, other = letters(engine)
    assert {first.recipient, other.recipient} == {"ana", "budi"}
    assert letters(engine) == []
    mark(engine, Result(first.id, State.WAITING, not_before=NOW + timedelta(minutes=1)))
    assert letters(engine) == [], "the second waits for the first"
    (again,) = letters(engine, NOW + timedelta(minutes=2))
    assert (again.id, again.attempts) == (first.id, 1)
    mark(engine, Result(first.id, State.SENT, 1, provider_id="w1"), Result(other.id, State.FAILED, error="131026"))
    (second,) = letters(engine)
    assert second.recipient == "ana"
    assert sorted(states(engine)) == ["failed", "sending", "sent"]


@both
def test_states_only_move_forward(engine: Engine) -> None:
    put(engine, HELLO)
    answer(engine, *claim(engine))
    (letter,) = letters(engine)
    with engine.begin() as connection:
        assert outbox.reported(connection, Channel.WHATSAPP, "w1", State.DELIVERED, letter.id)
    mark(engine, Result(letter.id, State.SENT, 1, provider_id="w1"))
    assert states(engine) == ["delivered"]
    for state, then in (
        (State.SENT, "delivered"),
        (State.READ, "read"),
        (State.FAILED, "read"),
        (State.DELIVERED, "read"),
    ):
        with engine.begin() as connection:
            assert outbox.reported(connection, Channel.WHATSAPP, "w1", state)
        assert states(engine) == [then]
    with engine.begin() as connection:
        assert not outbox.reported(connection, Channel.WHATSAPP, "unknown", State.READ)


@both
def test_after_a_crash_a_letter_is_uncertain_and_repeated_once(engine: Engine) -> None:
    put(engine, HELLO)
    answer(engine, *claim(engine))
    for expected in ("waiting", "failed"):
        assert len(letters(engine)) == 1
        with engine.begin() as connection:
            assert outbox.recover(connection, CHANNELS, NOW) == 1
            outbox.resolve(connection, NOW, timedelta(minutes=1))
        assert states(engine) == ["uncertain"]
        with engine.begin() as connection:
            outbox.resolve(connection, NOW + timedelta(minutes=1), timedelta(minutes=1))
        assert states(engine) == [expected]
        with engine.begin() as connection:
            connection.execute(tables.outbox.update().values(not_before=NOW))


@both
def test_a_new_number_takes_talk_and_tickets_along(engine: Engine) -> None:
    put(engine, HELLO)
    answer(engine, *claim(engine))
    with engine.begin() as connection:
        mailbox.moved(connection, Channel.WHATSAPP, "ana", "ana baru")
    (letter,) = letters(engine)
    assert letter.recipient == "ana baru"
    with engine.connect() as connection:
        assert connection.execute(select(tables.memory.c.sender)).scalars().all() == ["ana baru"]


@both
def test_what_was_parked_can_be_tried_again(engine: Engine) -> None:
    put(engine, HELLO)
    for attempt in range(mailbox.ATTEMPTS):
        (waiting,) = claim(engine, NOW + attempt * 2 * LEASE)
    answer(engine, waiting)
    with engine.begin() as connection:
        (row,) = mailbox.parked(connection)
        assert mailbox.replay(connection, row.id)
        assert not mailbox.replay(connection, row.id + 1)
        assert mailbox.parked(connection) == []
    assert len(claim(engine)) == 1


def test_pacing_lets_a_burst_go_and_then_one_at_a_time() -> None:
    now = 0.0
    pacing = Pacing(lambda: now, {Channel.WHATSAPP: Paces(line=Pace(80, 80), person=Pace(1 / 6, 45))})
    assert [pacing.wait(Channel.WHATSAPP, None, "ana") for _ in range(45)] == [0.0] * 45
    assert 5.9 < pacing.wait(Channel.WHATSAPP, None, "ana") <= 6
    assert pacing.wait(Channel.WHATSAPP, None, "budi") == 0
    now = 6.01
    assert pacing.wait(Channel.WHATSAPP, None, "ana") == 0
    assert pacing.wait(Channel.WHATSAPP, None, "ana") > 0
    assert pacing.wait(Channel.COBA, None, "ana") == 0
