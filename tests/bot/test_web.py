# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""The trial page over real HTTP, and in a real browser."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from bot import mailbox
from bot.app import App
from handlers import ticket_replies
from tests.conftest import NOW
from tickets import store


def ask(page: Page, text: str) -> None:
    """Type `text`, press Enter, and wait for the reply to it."""
    bubbles = page.locator(".theirs")
    before = bubbles.count()
    page.get_by_label("Tulis pesan").fill(text)
    page.keyboard.press("Enter")
    expect(bubbles).to_have_count(before + 1)


@pytest.mark.parametrize(("width", "height"), [(360, 740), (1280, 800)])
def test_a_question_in_the_browser_gets_the_decrees_words(
    server: str, browser: Browser, width: int, height: int
) -> None:
    page = browser.new_page(viewport={"width": width, "height": height})
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(f"{server}/coba?kantor=melawi")
    ask(page, "syarat PAW DPRD?")
    card = page.locator(".theirs").last
    expect(card).to_contain_text("Fotokopi Keputusan Gubernur Tentang Peresmian Pengangkatan Anggota DPRD")
    expect(card).to_contain_text("Keputusan Sekretaris Daerah Kabupaten Melawi Nomor 060/54 Tahun 2021")
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    assert problems == []
    page.close()


def test_lists_are_tapped_and_closed_with_the_keyboard_too(server: str, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 360, "height": 740})
    page.goto(f"{server}/coba?kantor=kalbar")
    ask(page, "mau konsultasi, syaratnya apa")
    page.get_by_role("button", name="Pilihan").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.get_by_role("button", name="Pilihan").press("Enter")
    page.get_by_role("button", name="Konsultasi Kesra").press("Enter")
    expect(page.locator(".theirs").last).to_contain_text("Biro Kesejahteraan Sosial")
    page.close()


def test_markup_in_a_message_is_only_text(server: str, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(f"{server}/coba?kantor=landak")
    ask(page, "<img src=x onerror=alert(1)>")
    expect(page.locator(".mine").last).to_contain_text("<img src=x onerror=alert(1)>")
    assert page.locator(".mine img").count() == 0
    page.close()


def test_no_outside_address_is_asked(server: str, browser: Browser) -> None:
    page = browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{server}/coba")
    ask(page, "halo")
    assert all(url.startswith(server) for url in asked), asked
    page.close()


def call(url: str, body: bytes | None = None, content_type: str = "", cookie: str = "") -> tuple[int, Any]:
    """Status and JSON of one request."""
    headers = {"Content-Type": content_type, "Cookie": f"tanya_coba={cookie}"}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=30) as got:
            return got.status, json.load(got)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, json.load(refused)


@pytest.mark.parametrize(
    ("body", "content_type", "cookie", "status"),
    [
        (b'{"id": "abcdefgh1", "text": "halo"}', "application/json", "a" * 32, 202),
        (b'{"id": "abcdefgh1", "text": "halo"}', "application/json", "", 403),
        (b'{"id": "abcdefgh1", "text": "halo"}', "text/plain", "a" * 32, 415),
        (b"{", "application/json", "a" * 32, 400),
        (b'{"id": "x", "text": "halo"}', "application/json", "a" * 32, 400),
        (b'{"id": "abcdefgh1", "text": "halo", "agency": "sintang"}', "application/json", "a" * 32, 400),
        (b'{"id": "abcdefgh1", "text": "' + b"a" * 70_000 + b'"}', "application/json", "a" * 32, 400),
        (b'{"id": "abcdefgh1", "text": "\xff"}', "application/json", "a" * 32, 400),
    ],
)
def test_posts(server: str, body: bytes, content_type: str, cookie: str, status: int) -> None:
    got, answer = call(f"{server}/coba/pesan", body, content_type, cookie)
    assert got == status
    assert answer.get("stored") or answer["error"].endswith(".")


JPEG = b"\xff\xd8\xff\xe0" + b"x" * 2000


def test_a_complaint_with_a_photo_in_the_browser(server: str, browser: Browser, app: App) -> None:
    page = browser.new_page(viewport={"width": 360, "height": 740})
    page.goto(f"{server}/coba?kantor=landak")
    ask(page, "petugas Bagian Organisasi membentak ibu saya tadi pagi")
    page.get_by_label("Kirim foto atau dokumen").set_input_files(
        {"name": "loket.jpg", "mimeType": "image/jpeg", "buffer": JPEG}
    )
    expect(page.locator(".theirs")).to_have_count(2)
    ask(page, "lewati")
    expect(page.locator(".theirs").last).to_contain_text("Lampiran: 1 berkas")
    ask(page, "kirim")
    expect(page.locator(".theirs").last).to_contain_text("Nomor: ADU-")
    with app.engine.connect() as connection:
        (ticket,) = store.of_agency(connection, "landak")
    (photo,) = ticket.attachments
    assert (photo.name, photo.media_type, photo.size) == ("loket.jpg", "image/jpeg", len(JPEG))
    assert (app.settings.media / photo.path).read_bytes() == JPEG
    # What an officer says later comes without being asked for.
    with app.engine.begin() as connection:
        mailbox.notify(connection, ticket, ticket_replies.asked_back(ticket, "Di loket berapa?"), NOW)
    expect(page.locator(".theirs").last).to_contain_text("Di loket berapa?")


def upload(server: str, name: str, content: bytes, cookie: str = "a" * 32, **fields: str) -> tuple[int, Any]:
    parts = [f'--x\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'.encode() for k, v in fields.items()]
    head = f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
    body = b"".join(parts) + head + content + b"\r\n--x--\r\n"
    return call(f"{server}/coba/berkas", body, "multipart/form-data; boundary=x", cookie)


@pytest.mark.parametrize(
    ("name", "content", "status", "says"),
    [
        ("foto.jpg", JPEG, 202, ""),
        ("../../etc/passwd.jpg", JPEG, 202, ""),
        ("besar.jpg", JPEG + b"x" * 50 * 1024 * 1024, 400, "terlalu besar"),
        ("foto.jpg", b"<script>alert(1)</script>", 400, "tidak dapat diterima"),
        ("laporan.docx", b"PK\x03\x04" + b"x" * 100, 400, "tidak dapat diterima"),
        ("kosong.jpg", b"", 400, "tidak dapat diterima"),
    ],
)
def test_uploads(server: str, app: App, name: str, content: bytes, status: int, says: str) -> None:
    got, answer = upload(server, name, content, id="abcdefgh1", text="", agency="landak")
    assert got == status
    assert says in answer.get("error", "")
    assert len(list(app.settings.media.glob("*"))) == (status == 202)


def test_an_upload_without_its_fields_or_its_owner_is_refused(server: str, app: App) -> None:
    assert upload(server, "foto.jpg", JPEG, id="x")[0] == 400
    assert upload(server, "foto.jpg", JPEG, cookie="", id="abcdefgh1")[0] == 403
    assert call(f"{server}/coba/berkas", b"{}", "application/json", "a" * 32)[0] == 415


def test_one_person_never_sees_anothers_chat(server: str) -> None:
    call(f"{server}/coba/pesan", b'{"id": "abcdefgh1", "text": "halo"}', "application/json", "a" * 32)
    _, own = call(f"{server}/coba/balasan?after=0&tunggu=1", cookie="a" * 32)
    _, others = call(f"{server}/coba/balasan?after=0", cookie="b" * 32)
    assert len(own["bubbles"]) == 1
    assert others["bubbles"] == []


def test_health_answers(server: str) -> None:
    assert call(f"{server}/healthz") == (200, {"status": "ok"})


def test_pages_forbid_what_they_do_not_need(server: str) -> None:
    with urllib.request.urlopen(f"{server}/coba", timeout=30) as got:
        assert "default-src 'none'" in got.headers["Content-Security-Policy"]
        assert got.headers["X-Content-Type-Options"] == "nosniff"
        assert "HttpOnly" in got.headers["Set-Cookie"]
