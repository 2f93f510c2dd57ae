# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""The officers' group on Telegram, over real HTTP: a case's topic from its call to its end, and a whole day of them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from bot.app import App
from tests.bot.fakes import FakeTelegram, tap, update, wait_until
from tests.bot.test_telegram import PHOTO, Office, connected
from tickets import store
from tickets.model import Status, Ticket

GROUP = -1001234567890
RINA, BUDI = {"id": 501, "is_bot": False, "first_name": "Rina"}, {"id": 502, "is_bot": False, "first_name": "Budi"}


class Desk:
    """The group as its officers use it."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.platform = office.platform
        self._next = 5000

    def citizen(self, text: str, chat: int = 7) -> None:
        self._next += 1
        self.platform.updates.append(update(self._next, text, chat))

    def converse(self, *texts: str) -> None:
        """The citizen writes each, when the one before was answered."""
        for text in texts:
            before = len(self.platform.texts(7))
            self.citizen(text)
            wait_until(lambda before=before: len(self.platform.texts(7)) > before)  # type: ignore[misc]

    def write(self, thread: int, text: str, by: dict[str, Any] = RINA, **more: Any) -> None:
        self._next += 1
        content: dict[str, Any] = {"from": by, "message_thread_id": thread, "is_topic_message": True}
        message = update(self._next, "", GROUP, **content)
        message["message"] |= more or {"text": text}
        message["message"]["chat"] = {"id": GROUP, "type": "supergroup", "title": "Petugas", "is_forum": True}
        self.platform.updates.append(message)

    def tap(self, thread: int, data: str, by: dict[str, Any] = RINA) -> None:
        self._next += 1
        chat = {"id": GROUP, "type": "supergroup", "title": "Petugas", "is_forum": True}
        shown = {"message_id": 9, "date": int(time.time()), "chat": chat, "message_thread_id": thread, "text": "…"}
        query = {"id": str(self._next), "from": by, "chat_instance": "1", "data": data, "message": shown}
        self.platform.updates.append({"update_id": self._next, "callback_query": query})

    def topic(self, count: int = 1) -> int:
        """The newest topic, when there are `count` of them."""
        wait_until(lambda: len(self.platform.topics) >= count)
        return max(self.platform.topics)

    def sees(self, thread: int, words: str) -> None:
        wait_until(lambda: any(words in text for text in self.shown(thread)))

    def shown(self, thread: int) -> list[str]:
        return [s["text"] for s in self.platform.sent if s["chat"] == GROUP and s["thread"] == thread]

    def hears(self, words: str, chat: int = 7) -> None:
        """The citizen reads `words`."""
        wait_until(lambda: any(words in text for text in self.platform.texts(chat)))

    def tickets(self) -> list[Ticket]:
        with self.office.app.engine.connect() as connection:
            return list(store.of_agency(connection, "melawi", closed=True))


@pytest.fixture
def desk(app: App) -> Iterator[Desk]:
    with connected(app, FakeTelegram(), telegram_desk=str(GROUP)) as office:
        yield Desk(office)


def test_a_talk_from_the_call_to_its_end(desk: Desk) -> None:
    desk.citizen("saya mau bicara dengan petugas")
    thread = desk.topic()
    desk.sees(thread, "Permintaan petugas ADU-")
    desk.tap(thread, "ambil")
    desk.hears("Rina (petugas) bergabung")
    desk.write(thread, "Selamat siang, Pak. Silakan.")
    desk.hears("Selamat siang, Pak. Silakan.")
    desk.citizen("surat saya sampai di mana ya?")
    desk.sees(thread, "Pelapor: surat saya sampai di mana ya?")
    # A colleague's words and internal notes stay inside; another cannot take the case.
    desk.write(thread, "itu surat yang kemarin", BUDI)
    desk.write(thread, "/catat sudah ditelusuri", BUDI)
    desk.tap(thread, "ambil", BUDI)
    desk.sees(thread, "Langkah “mulai diproses” tidak dapat dilakukan")
    desk.write(thread, "/selesai")
    desk.hears("Percakapan dengan petugas selesai")
    wait_until(lambda: thread in desk.platform.closed)
    assert not any("kemarin" in text or "ditelusuri" in text for text in desk.platform.texts(7))
    desk.citizen("syarat PAW DPRD?")
    desk.hears("Persyaratan")


def test_photos_and_documents_go_both_ways(desk: Desk) -> None:
    desk.citizen("saya mau bicara dengan petugas")
    thread = desk.topic()
    desk.tap(thread, "ambil")
    desk.hears("bergabung")
    desk.platform.files |= {"foto": PHOTO, "surat": b"%PDF-1.7 x", "jahat": b"MZ" + b"x" * 50}
    size = {"width": 90, "height": 90, "file_size": 500}
    desk.write(thread, "", photo=[{"file_id": "foto", "file_unique_id": "f", **size}], caption="Ini contohnya")
    desk.hears("Ini contohnya")
    desk.hears("[sendPhoto] foto.jpg")
    assert next(s["file"] for s in desk.platform.sent if "[sendPhoto]" in s["text"]) == PHOTO
    desk.write(thread, "", document={"file_id": "surat", "file_unique_id": "s", "file_name": "balasan.pdf"})
    desk.hears("[sendDocument] balasan.pdf")
    desk.write(thread, "", document={"file_id": "jahat", "file_unique_id": "j", "file_name": "foto.exe"})
    desk.sees(thread, "Berkas itu tidak dapat diterima")
    desk.write(thread, "", BUDI, document={"file_id": "surat", "file_unique_id": "s", "file_name": "rahasia.pdf"})
    picture: dict[str, Any] = {"photo": [{"file_id": "foto", "file_unique_id": "f", **size}]}
    desk.platform.updates.append(update(8000, chat=7, **picture))
    desk.sees(thread, "Lampiran: 1 berkas")
    assert not any("rahasia" in text for text in desk.platform.texts(7))


def test_an_officers_whole_day(desk: Desk) -> None:
    desk.converse("balasan surat saya di Bagian Organisasi lambat sekali, sudah dua bulan", "kirim")
    thread = desk.topic()
    desk.sees(thread, "Jatuh tempo")
    desk.write(thread, "/ambil")
    desk.sees(thread, "Rina: mulai diproses")
    desk.write(thread, "/kelas berat")
    desk.sees(thread, "Klasifikasinya satu dari")
    desk.tap(thread, "kelas normatif")
    desk.hears("diperiksa petugas sebagai pengaduan normatif")
    desk.write(thread, "/tunda Nomor suratnya berapa, Pak?")
    desk.hears("Nomor suratnya berapa, Pak?")
    desk.citizen("nomornya 005 bulan september")
    desk.sees(thread, "nomornya 005 bulan september")
    desk.write(thread, "/tunda Suratnya ditujukan kepada siapa?")
    desk.hears("Suratnya ditujukan kepada siapa?")
    desk.write(thread, "/lanjut ditemukan di agenda")
    desk.sees(thread, "ditemukan di agenda")
    desk.write(thread, "/jawab")
    desk.sees(thread, "tidak dapat ditutup tanpa jawaban")
    desk.write(thread, "/jawab Suratnya sudah dibalas hari ini.")
    desk.hears("Suratnya sudah dibalas hari ini.")
    desk.write(thread, "/terbang")
    desk.sees(thread, "Perintah /terbang tidak dikenal")
    desk.citizen("belum, belum sampai")
    desk.sees(thread, "dibuka kembali")
    desk.write(thread, "/jawab Sudah diantar kurir.")
    desk.hears("Sudah diantar kurir.")
    desk.write(thread, "/selesai")
    wait_until(lambda: thread in desk.platform.closed)
    (ticket,) = desk.tickets()
    assert ticket.status is Status.SELESAI
    desk.platform.updates.append(tap(7000, f"belum:{ticket.number}"))
    desk.hears("kami buka kembali")
    wait_until(lambda: thread not in desk.platform.closed)
    assert {entry.by for entry in ticket.history} == {"pelapor", "Rina"}
    assert all(str(7) != word for text in desk.shown(thread) for word in text.split())


def test_what_tells_of_officers_is_not_shown_in_their_group(desk: Desk) -> None:
    desk.converse("petugas loket Bagian Umum membentak ibu saya tadi pagi", "lewati", "kirim")
    desk.citizen("panggilkan petugas", chat=8)
    thread = desk.topic()
    desk.sees(thread, "Permintaan petugas")
    time.sleep(3.5)
    assert len(desk.platform.topics) == 1


def test_a_rush_of_cases_keeps_to_twenty_messages_a_minute(desk: Desk) -> None:
    for chat in range(100, 125):
        desk.citizen("panggilkan petugas", chat)
    wait_until(lambda: len(desk.tickets()) == 25)
    time.sleep(4)
    assert len([s for s in desk.platform.sent if s["chat"] == GROUP]) <= 21
    assert desk.platform.refused == []


def test_the_same_update_twice_is_carried_out_once(desk: Desk) -> None:
    desk.citizen("panggilkan petugas")
    thread = desk.topic()
    desk.tap(thread, "ambil")
    desk.hears("bergabung")
    desk.write(thread, "Halo, Pak")
    again = dict(desk.platform.updates[-1])
    desk.hears("Halo, Pak")
    desk.platform.updates.append(again | {"update_id": 9000})
    desk.citizen("ya pak")
    desk.sees(thread, "Pelapor: ya pak")
    assert sum("Halo, Pak" in text for text in desk.platform.texts(7)) == 1


def test_staff_try_answers_in_a_private_chat_and_teach(app: App) -> None:
    with connected(app, FakeTelegram(), telegram_staff=frozenset({"7"})) as office:
        desk = Desk(office)
        desk.citizen("/uji syarat PAW DPRD?")
        desk.hears("Persyaratan")
        desk.hears("Layanan terdekat:")
        buttons = next(s["buttons"] for s in reversed(office.platform.sent) if "Benar" in s["buttons"])
        assert set(buttons) == {"Benar", "Salah", "Seharusnya tidak dijawab"}
        desk.citizen("/uji", chat=8)
        desk.hears("Maaf", chat=8)
        assert not any("Mode uji" in text for text in office.platform.texts(8))
