# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Chats that are flooded, and the minute after."""

from __future__ import annotations

from datetime import timedelta

from bot.app import App
from handlers.arrival import MOST
from knowledge.model import AgencyId
from tests.talk import Talk


def test_a_flood_is_told_once_and_over_after_a_minute(built_app: App) -> None:
    talk = Talk(built_app, AgencyId("melawi"))
    assert all(talk.say("halo") for _ in range(MOST))
    assert "terlalu banyak sekaligus" in talk.say("halo")[0]
    assert [talk.say("halo") for _ in range(5)] == [[]] * 5
    talk.now += timedelta(minutes=1)
    assert "Selamat datang" in talk.say("halo")[0]


def test_a_talk_with_an_officer_is_never_cut(built_app: App) -> None:
    talk = Talk(built_app, AgencyId("melawi"))
    talk.say("panggilkan petugas")
    talk.act("ambil", "")
    for _ in range(MOST + 5):
        talk.say("halo?")
    assert len(talk.tickets[0].notes) == MOST + 5
