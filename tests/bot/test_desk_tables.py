# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""What the desk keeps, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from sqlalchemy import Engine

from bot import mailbox, missed, switches
from bot.app import App
from bot.meja import accounts, audit
from bot.meja.access import Role
from bot.missed import State
from handlers.messages import Channel, Incoming, Missed, Why
from knowledge.model import AgencyId
from tests.databases import both

NOW = datetime(2026, 11, 26, 3, 0, tzinfo=UTC)
PASSWORD = "durian runtuh di kebun"  # noqa: S105 – of an account that lives as long as a test


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    made = mailbox.open_database(url)
    yield made
    made.dispose()


@both
def test_an_account_from_its_link_to_its_end(engine: Engine) -> None:
    with engine.begin() as connection:
        token = accounts.first_invitation(connection, NOW)
        assert token is not None
        assert accounts.invited(connection, token, NOW + accounts.INVITED) is None
        id = accounts.accept(connection, token, "Sri Wahyuni", PASSWORD, NOW)
        secret = pyotp.random_base32()
        accounts.set_second_factor(connection, id, secret, pyotp.TOTP(secret).at(NOW), NOW)
    later = NOW + timedelta(minutes=2)
    with engine.begin() as connection:
        assert accounts.log_in(connection, "admin", "salah sama sekali", "", later) is None
        entered = accounts.log_in(connection, "ADMIN", PASSWORD, "peramban", later)
        assert entered is not None
        session = accounts.current(connection, entered[0], later)
        assert session is not None
        assert (session.verified, session.officer.role) == (False, Role.ADMIN_KANTOR)
        assert accounts.verify(connection, session, "123456", later) is None
        verified = accounts.verify(connection, session, pyotp.TOTP(secret).at(later), later)
        assert verified is not None
        assert accounts.current(connection, entered[0], later) is None
        assert accounts.current(connection, verified, later + accounts.IDLE - timedelta(minutes=1)) is not None
        assert accounts.current(connection, verified, later + accounts.LONGEST * 2) is None
    with engine.begin() as connection:
        again = accounts.begin(connection, id, "lain", later)
        accounts.disable(connection, id, True)
        assert accounts.current(connection, again, later) is None


@both
def test_switches_hold_for_their_office_and_channel(engine: Engine) -> None:
    with engine.begin() as connection:
        switches.announce(connection, "melawi", "Kantor tutup karena banjir.")
        switches.stop(connection, "whatsapp", None, "sistem diperbaiki", NOW)
        assert switches.read(connection)("whatsapp", "melawi") == switches.Switches(
            "Kantor tutup karena banjir.", "sistem diperbaiki"
        )
        assert switches.read(connection)("telegram", "landak") == switches.Switches()
        switches.stop(connection, "whatsapp", None, "", NOW)
        assert switches.read(connection)("whatsapp", None) == switches.Switches()


@both
def test_missed_messages_from_new_to_learned(engine: Engine) -> None:
    with engine.begin() as connection:
        for text in ("harga cabe berapa", "harga cabe brp ya", "syarat apa"):
            missed.note(connection, "melawi", Missed(text, Why.TIDAK_TERJAWAB), NOW)
        missed.note(connection, "melawi", Missed("konsultasi", Why.DITANYA_BALIK), NOW)
        groups = missed.groups(connection, "melawi")
        assert [len(group.ids) for group in groups] == [2, 1]
        assert missed.groups(connection, "landak") == []
        missed.propose(connection, groups[0].ids, None, missed.ELSEWHERE, "Rina", "landak")
        assert not missed.in_state(connection, State.DIUSULKAN, None)
        missed.propose(connection, groups[0].ids, None, missed.ELSEWHERE, "Rina", "melawi")
        missed.decide(connection, groups[0].ids[0], True, "melawi")
        missed.decide(connection, groups[0].ids[1], False, "melawi")
        assert len(missed.in_state(connection, State.DISETUJUI, "melawi")) == 1
        missed.learned(connection, groups[0].ids[:1])
        missed.unlearned(connection, groups[0].ids)
        assert len(missed.in_state(connection, State.DIUSULKAN, None)) == 1
        assert missed.forget(connection, NOW + missed.KEPT + timedelta(seconds=1)) == 4


@both
def test_the_record_is_whole(engine: Engine) -> None:
    with engine.begin() as connection:
        for n in range(3):
            audit.note(connection, NOW, "sri", "masuk", str(n))
        assert audit.broken(connection) is None
        assert len(audit.latest(connection)) == 3


@both
def test_a_message_is_answered_with_the_real_desk(engine: Engine, app: App) -> None:
    app.__dict__["engine"] = engine
    with engine.begin() as connection:
        message = Incoming(Channel.COBA, "c" * 32, "1", AgencyId("melawi"), "suara terbanyak kedua jadi anggota", NOW)
        mailbox.accept(connection, message, NOW)
    assert app.worker.run() == 1
    with engine.begin() as connection:
        assert [group.texts for group in missed.groups(connection, None)] == [("suara terbanyak kedua jadi anggota",)]
