# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Telegram over real HTTP: polled or by webhook, against a server that refuses what the real one refuses."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from bot import tables
from bot.app import App
from bot.delivery import Waits
from bot.web import application
from knowledge.model import AgencyId
from tests.bot.fakes import BOT_TOKEN, FakeTelegram, breaks, post, served, tap, too_fast, update, wait_until
from tickets import store

SECRET = "S" * 40
PHOTO = b"\xff\xd8\xff\xe0" + b"x" * 500


@dataclass
class Office:
    app: App
    url: str
    platform: FakeTelegram

    def replied(self, count: int, chat: int = 7) -> list[str]:
        wait_until(lambda: len(self.platform.texts(chat)) >= count)
        time.sleep(0.1)
        assert len(self.platform.texts(chat)) == count, self.platform.texts(chat)
        return self.platform.texts(chat)

    def states(self) -> list[str]:
        with self.app.engine.connect() as connection:
            in_order = select(tables.outbox.c.state).order_by(tables.outbox.c.id)
            return [str(state) for state in connection.execute(in_order).scalars()]

    def inbox(self) -> int:
        with self.app.engine.connect() as connection:
            return connection.execute(select(func.count()).select_from(tables.inbox)).scalar_one()


@contextmanager
def connected(app: App, platform: FakeTelegram, **settings: Any) -> Iterator[Office]:
    with served(platform.application()) as api:
        more = {"telegram_token": BOT_TOKEN, "telegram_secret": SECRET, "telegram_api": api, **settings}
        app.settings = replace(app.settings, agency=AgencyId("melawi"), **more)
        app.waits = Waits(first=timedelta(milliseconds=50), uncertain=timedelta(seconds=1))
        with served(application(app, app.worker)) as url:
            yield Office(app, url, platform)
        app.engine.dispose()
    assert platform.refused == []


@pytest.fixture
def polled(app: App) -> Iterator[Office]:
    with connected(app, FakeTelegram()) as office:
        yield office


def test_a_question_gets_its_card_and_a_tap_the_next(polled: Office) -> None:
    polled.platform.updates = [update(1, "brp sewa tenda utk nikahan")]
    (card,) = polled.replied(1)
    assert "Layanan Sewa Tenda dan Kursi" in card
    polled.platform.updates = [tap(2, polled.platform.sent[0]["buttons"]["Persyaratan"])]
    assert "Persyaratan" in polled.replied(2)[1]
    wait_until(lambda: "answerCallbackQuery" in polled.platform.calls)
    assert "setMyCommands" in polled.platform.calls


def test_updates_fetched_twice_are_answered_once(polled: Office) -> None:
    same = update(1, "halo")
    polled.platform.updates = [same, {**same, "update_id": 2}, update(3, "makasih")]
    assert len(polled.replied(2)) == 2
    assert polled.inbox() == 2


def test_a_deep_link_opens_a_service_and_start_the_menu(polled: Office) -> None:
    polled.platform.updates = [update(1, "/start melawi-1-3"), update(2, "/start"), update(3, "/pengaduan")]
    card, menu, complaint = polled.replied(3)
    assert "Ringkasan" in card
    assert "pilih bagian" in menu
    assert "ceritakan" in complaint


def test_an_edit_is_read_as_it_is_now(polled: Office) -> None:
    first = update(1, "biaya sewa tend")
    edited = {**update(1, "biaya sewa proyektor")["message"], "edit_date": int(time.time()) + 1}
    polled.platform.updates = [first, {"update_id": 2, "edited_message": edited}]
    assert "Proyektor" in polled.replied(2)[1]


def test_photos_voice_location_and_contacts(polled: Office) -> None:
    polled.platform.files = {"f1": PHOTO}
    size = {"file_id": "f1", "file_unique_id": "u", "width": 9, "height": 9}
    polled.platform.updates = [update(1, photo=[size, size])]
    assert "Lampiran sudah kami terima" in polled.replied(1)[0]
    polled.platform.updates = [update(2, "toilet Bagian Umum kotor sejak senin"), update(3, "ya")]
    polled.replied(3)
    with polled.app.engine.connect() as connection:
        (ticket,) = store.of_senders(connection, [("telegram", "7")])["telegram", "7"]
    assert (polled.app.settings.media / ticket.attachments[0].path).read_bytes() == PHOTO
    polled.platform.updates = [
        update(4, location={"latitude": -0.3, "longitude": 111.7}),
        update(5, contact={"phone_number": "0811", "first_name": "Pak Camat"}),
        update(6, dice={"emoji": "🎲", "value": 3}),
        update(7, voice={"file_id": "gone", "file_unique_id": "v", "duration": 3}),
    ]
    replies = polled.replied(7)
    assert "belum dapat kami baca" in replies[5]
    assert "Mohon kirim sekali lagi" in replies[6]


def test_what_is_not_a_persons_chat_is_left_alone(polled: Office) -> None:
    group = update(1, "halo")
    group["message"]["chat"] = {"id": -5, "type": "group", "title": "Grup"}
    polled.platform.updates = [group, {"update_id": 2, "my_chat_member": {}}, update(3, "halo")]
    polled.replied(1)
    assert polled.inbox() == 1


def test_too_fast_waits_as_long_as_the_platform_says(polled: Office) -> None:
    polled.platform.faults = [too_fast(1)]
    began = time.monotonic()
    polled.platform.updates = [update(1, "halo")]
    polled.replied(1)
    assert time.monotonic() - began >= 1
    wait_until(lambda: polled.states() == ["sent"])


def test_who_blocked_the_bot_is_not_written_to_again(polled: Office) -> None:
    polled.platform.blocked = {7}
    polled.platform.updates = [update(1, "halo"), update(2, "halo", chat=8)]
    polled.replied(1, 8)
    wait_until(lambda: sorted(polled.states()) == ["failed", "sent"])


def test_a_cut_line_repeats_once_at_most(polled: Office) -> None:
    polled.platform.faults = [breaks()]
    polled.platform.updates = [update(1, "halo")]
    polled.replied(1)


def test_a_server_that_lacks_methods_does_not_stop_the_bot(app: App) -> None:
    platform = FakeTelegram(lacks={"setMyCommands", "deleteWebhook", "answerCallbackQuery", "getMe"})
    with connected(app, platform) as office:
        platform.updates = [update(1, "halo"), tap(2, "menu")]
        office.replied(2)


# By webhook


@pytest.fixture
def hooked(app: App) -> Iterator[Office]:
    with connected(app, FakeTelegram(), public_url="https://bot.contoh.go.id") as office:
        yield office


def hook(office: Office, content: Any, secret: str = SECRET) -> int:
    headers = {"X-Telegram-Bot-Api-Secret-Token": secret, "Content-Type": "application/json"}
    return post(f"{office.url}/telegram", json.dumps(content).encode(), headers)


def test_with_a_public_address_updates_are_sent_to_it(hooked: Office) -> None:
    wait_until(lambda: bool(hooked.platform.webhook))
    assert hooked.platform.webhook["url"] == "https://bot.contoh.go.id/telegram"
    assert hooked.platform.webhook["secret_token"] == SECRET
    assert hook(hooked, update(1, "halo")) == 200
    assert hook(hooked, update(1, "halo")) == 200
    hooked.replied(1)
    assert "getUpdates" not in hooked.platform.calls


@pytest.mark.parametrize("secret", ["", "salah", "S" * 39])
def test_who_does_not_know_the_secret_is_refused(hooked: Office, secret: str) -> None:
    assert hook(hooked, update(1, "halo"), secret) == 401
    assert hooked.inbox() == 0


@pytest.mark.parametrize("content", [None, [], "x", {"update_id": 1}, {"update_id": 2, "message": None}])
def test_what_is_no_update_is_thanked_and_dropped(hooked: Office, content: Any) -> None:
    assert hook(hooked, content) == 200
    assert hooked.inbox() == 0
