# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""The officers' desk over real HTTP and in a real browser: who gets in, who may do what, and a day's work at it."""

from __future__ import annotations

import base64
import re
import secrets
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

import pyotp
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, FilePayload, Page, expect
from sqlalchemy import create_engine, delete, select, update

from bot import learning, mailbox, missed, switches, tables
from bot.app import App
from bot.meja import accounts, audit
from bot.meja.access import ALLOWED, Action, Officer, Role
from bot.meja.accounts import BadAccount, Brake
from handlers.messages import Channel, Incoming, Missed, Why
from handlers.promises import promises
from knowledge.model import AgencyId
from tests.bot.fakes import wait_until
from tickets import steps, store
from tickets.model import Identity, Kind, Status, Ticket
from tickets.number import number

PASSWORD = "durian runtuh di kebun"  # noqa: S105 – of accounts that live as long as a test
NOW = datetime(2026, 11, 26, 3, 0, tzinfo=UTC)
SIZES = pytest.mark.parametrize(("width", "height"), [(360, 740), (1280, 800)], ids=["telepon", "komputer"])
UNIT = "Bagian Organisasi"
MELAWI = AgencyId("melawi")


@pytest.fixture
def clerk(app: App) -> str:
    return person(app, "rina", "Rina Kusuma", Role.PETUGAS)


@pytest.fixture
def admin(app: App) -> str:
    return person(app, "sri", "Sri Wahyuni", Role.ADMIN_KANTOR)


def person(app: App, username: str, name: str, role: Role, agency: str | None = "melawi", unit: str = "") -> str:
    """An account that can log in; its username."""
    now = datetime.now(UTC)
    with app.engine.begin() as connection:
        id = accounts.create(connection, username, name, agency, unit, role, now)
        accounts.accept(connection, accounts.invite(connection, id, now), name, PASSWORD, now)
    return username


def complaint(app: App, text: str = "surat saya belum dibalas sejak bulan lalu", **of: Any) -> Ticket:
    """A complaint that came just now, from a citizen who is known as 628123456789."""
    now = datetime.now(UTC)
    fields: dict[str, Any] = {
        "number": number(now, secrets.choice),
        "kind": Kind.PENGADUAN,
        "channel": "coba",
        "sender": "628123456789",
        "agency": "melawi",
        "service": None,
        "text": text,
        "received": now,
        "arrived": now,
        "unit": UNIT,
    }
    ticket = Ticket(**fields | of)
    hours = app.hours[MELAWI]
    made = promises(ticket.kind, MELAWI, None, app.catalogue, hours.rules)
    ticket = steps.take(ticket, made, hours, now)
    with app.engine.begin() as connection:
        store.save(connection, ticket, now)
    return ticket


def tickets(app: App) -> list[Ticket]:
    with app.engine.connect() as connection:
        return list(store.of_agency(connection, None, closed=True))


def found(app: App, number: str) -> Ticket:
    with app.engine.connect() as connection:
        ticket = store.find(connection, number)
    assert ticket is not None
    return ticket


def said(app: App) -> list[str]:
    """What citizens were told, as text."""
    with app.engine.connect() as connection:
        return list(connection.execute(select(tables.outbox.c.body).order_by(tables.outbox.c.id)).scalars())


class Client:
    """A browser without a screen: cookies, forms, redirects."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.jar = CookieJar()
        self._open = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar)).open

    def get(self, path: str) -> tuple[int, str]:
        return self._ask(urllib.request.Request(self.base + path))

    def post(self, path: str, headers: Mapping[str, str] | None = None, **fields: str) -> tuple[int, str]:
        body = urllib.parse.urlencode(fields).encode()
        return self._ask(urllib.request.Request(self.base + path, body, dict(headers or {})))

    def send(self, path: str, body: bytes, content_type: str) -> tuple[int, str]:
        return self._ask(urllib.request.Request(self.base + path, body, {"Content-Type": content_type}))

    def submit(self, page: str, path: str, **fields: str) -> tuple[int, str]:
        """Post as the form on `page` would, with its own hidden fields."""
        _, html = self.get(page)
        token = re.search(r'name="formulir" value="([^"]+)"', html)
        version = re.search(r'name="versi" value="([^"]+)"', html)
        hidden = {"formulir": token[1] if token else "", "versi": version[1] if version else ""}
        sent: dict[str, str] = hidden | fields
        return self.post(path, None, **sent)

    def log_in(self, username: str, password: str = PASSWORD) -> tuple[int, str]:
        return self.post("/meja/masuk", nama=username, sandi=password)

    def _ask(self, request: urllib.request.Request) -> tuple[int, str]:
        try:
            with self._open(request, timeout=30) as got:
                return got.status, got.read().decode("utf-8", "replace")
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, refused.read().decode()


@pytest.fixture
def client(server: str) -> Client:
    return Client(server)


@contextmanager
def at_the_desk(server: str, browser: Browser, username: str, width: int = 1280, height: int = 800) -> Iterator[Page]:
    """A page that is logged in; whatever its console complains of fails the test."""
    context = browser.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    problems: list[str] = []
    page.on("console", lambda told: problems.append(told.text) if told.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(f"{server}/meja")
    page.get_by_label("Nama masuk").fill(username)
    page.get_by_label("Kata sandi").fill(PASSWORD)
    page.get_by_role("button", name="Masuk").click()
    expect(page.get_by_role("heading", name="Antrean")).to_be_visible()
    yield page
    context.close()
    assert problems == []


def fits(page: Page) -> bool:
    return bool(page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"))


# Getting in


def test_the_first_account_is_made_by_a_link_that_works_once(app: App, client: Client) -> None:
    with app.engine.begin() as connection:
        token = accounts.first_invitation(connection, datetime.now(UTC))
    status, html = client.post(f"/meja/undangan/{token}", nama="Sri Wahyuni", sandi="admin12345")
    assert status == 409
    assert "mudah ditebak" in html
    status, html = client.post(f"/meja/undangan/{token}", nama="Sri Wahyuni", sandi=PASSWORD)
    assert "Antrean" in html
    assert client.get(f"/meja/undangan/{token}")[0] == 404
    with app.engine.begin() as connection:
        assert accounts.first_invitation(connection, datetime.now(UTC)) is None


@pytest.mark.parametrize(
    ("password", "good"),
    [
        ("durian runtuh di kebun", True),
        ("x" * 9, False),
        ("aaaaaaaaaaaa", False),
        ("password12345", False),
        ("sri wahyuni 1", False),
        ("kalimantan barat", False),
        ("kalimantan punya sungai kapuas", True),
        ("ünïcödé sändï yäng pänjäng", True),
        ("a1" * 65, False),
    ],
)
def test_passwords(password: str, good: bool) -> None:
    if good:
        accounts.check_password(password, ("sri", "Sri Wahyuni"))
    else:
        with pytest.raises(BadAccount):
            accounts.check_password(password, ("sri", "Sri Wahyuni"))


def test_wrong_name_and_wrong_password_sound_the_same(client: Client, clerk: str) -> None:
    status, known = client.log_in(clerk, "salah sama sekali")
    other, unknown = client.log_in("tidakada", "salah sama sekali")
    assert status == other == 403
    assert known.replace(clerk, "") == unknown.replace("tidakada", "")


def test_guessing_is_slowed_down_and_others_are_not(client: Client, clerk: str) -> None:
    answers = [client.log_in(clerk, f"salah {n}")[0] for n in range(8)]
    assert answers[:5] == [403] * 5
    assert 429 in answers[5:]
    brake = Brake(lambda: 0.0)
    for _ in range(20):
        brake.failed("account rina")
    assert brake.wait("account rina") == accounts.LONGEST_WAIT
    assert brake.wait("account budi") == 0


def test_a_session_ends_at_logout_in_time_and_with_the_account(app: App, client: Client, clerk: str) -> None:
    client.log_in(clerk)
    assert "Antrean" in client.get("/meja")[1]
    client.submit("/meja", "/meja/keluar")
    assert "Kata sandi" in client.get("/meja")[1]
    client.log_in(clerk)
    with app.engine.begin() as connection:
        long_ago = datetime.now(UTC) - accounts.IDLE - timedelta(minutes=1)
        connection.execute(update(tables.session).values(seen_at=long_ago))
    assert "Kata sandi" in client.get("/meja")[1]
    client.log_in(clerk)
    with app.engine.begin() as connection:
        accounts.disable(connection, 1, True)
    assert "Kata sandi" in client.get("/meja")[1]
    assert client.log_in(clerk)[0] == 403


def test_no_token_of_a_session_or_link_is_stored(app: App, client: Client, clerk: str) -> None:
    client.log_in(clerk)
    (cookie,) = client.jar
    assert cookie.value
    with app.engine.connect() as connection:
        kept = connection.execute(select(tables.session.c.token)).scalars().all()
        password = connection.execute(select(tables.account.c.password)).scalar_one()
    assert cookie.value not in kept
    assert password.startswith("$argon2id$")


def test_the_second_factor_works_once_a_code(app: App, client: Client, clerk: str) -> None:
    client.log_in(clerk)
    _, html = client.get("/meja/akun")
    secret = re.search(r'name="rahasia" value="(\w+)"', html)
    assert secret is not None
    totp = pyotp.TOTP(secret[1])
    assert client.submit("/meja/akun", "/meja/akun/faktor", rahasia=secret[1], kode="000000")[0] == 409
    first = totp.now()
    _, html = client.submit("/meja/akun", "/meja/akun/faktor", rahasia=secret[1], kode=first)
    recovery = re.findall(r"<code>(\d{5}-\w{6})</code>", html)
    assert len(recovery) == accounts.RECOVERY
    client.submit("/meja", "/meja/keluar")
    client.log_in(clerk)
    assert "Kode masuk" in client.get("/meja")[1]
    assert client.submit("/meja/kode", "/meja/kode", kode=first)[0] == 403  # used already when it was set
    assert "Antrean" in client.submit("/meja/kode", "/meja/kode", kode=recovery[0])[1]
    client.submit("/meja", "/meja/keluar")
    client.log_in(clerk)
    assert client.submit("/meja/kode", "/meja/kode", kode=recovery[0])[0] == 403


def test_forms_of_other_sites_and_without_their_token_are_refused(app: App, client: Client, clerk: str) -> None:
    ticket = complaint(app)
    client.log_in(clerk)
    step = f"/meja/tiket/{ticket.number}/ambil"
    assert client.post(step, versi="1")[0] == 403
    assert client.post(step, versi="1", formulir="x" * 43)[0] == 403
    _, html = client.get(f"/meja/tiket/{ticket.number}")
    token = re.search(r'name="formulir" value="([^"]+)"', html)
    assert token is not None
    for headers in ({"Origin": "https://contoh.id"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}):
        assert client.post(step, headers, versi="1", formulir=token[1])[0] == 403
    assert found(app, ticket.number).status is Status.DITERIMA
    assert client.post(step, versi="1", formulir=token[1])[0] == 200
    assert found(app, ticket.number).status is Status.DIPROSES


def test_the_cookie_is_for_this_host_and_tls_alone_where_there_is_tls(app: App, server: str, clerk: str) -> None:
    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: Any, **__: Any) -> None:
            return None

    def cookie() -> str:
        body = urllib.parse.urlencode({"nama": clerk, "sandi": PASSWORD}).encode()
        with pytest.raises(urllib.error.HTTPError) as moved:
            urllib.request.build_opener(Stay).open(f"{server}/meja/masuk", body, timeout=30)
        with moved.value:
            return str(moved.value.headers["Set-Cookie"])

    assert {"HttpOnly", "SameSite=Lax"} <= set(cookie().split("; "))
    app.settings = replace(app.settings, public_url="https://tanya.melawikab.go.id")
    assert cookie().startswith("__Host-meja=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie().split("; "))


def test_after_logging_in_only_our_own_pages_are_gone_to(client: Client, clerk: str) -> None:
    for elsewhere in ("https://contoh.id/meja", "//contoh.id/meja", "/meja//contoh.id"):
        status, html = client.post("/meja/masuk", nama=clerk, sandi=PASSWORD, ke=elsewhere)
        assert status == 200
        assert "Antrean" in html


# Who may do what


def officer(role: Role, agency: str | None = "melawi", unit: str | None = None) -> Officer:
    return Officer(1, "budi", "Budi Santoso", agency, unit, role)


TICKET = Ticket("A", Kind.PENGADUAN, "coba", "628", "melawi", None, "surat lambat", NOW, NOW, unit=UNIT)
SECRET = replace(TICKET, identity=Identity.RAHASIA)


@pytest.mark.parametrize(
    ("who", "action", "ticket", "may"),
    [
        (officer(Role.PETUGAS), Action.TANGANI, TICKET, True),
        (officer(Role.PETUGAS), Action.TUGASKAN, TICKET, False),
        (officer(Role.PETUGAS, agency="landak"), Action.LIHAT, TICKET, False),
        (officer(Role.PETUGAS, agency=None), Action.LIHAT, TICKET, True),
        (officer(Role.PETUGAS, unit="Bagian Umum"), Action.LIHAT, TICKET, False),
        (officer(Role.PETUGAS, unit="Bagian Umum"), Action.LIHAT, replace(TICKET, unit=None), True),
        (officer(Role.PETUGAS, unit=UNIT), Action.LIHAT, TICKET, True),
        (officer(Role.PETUGAS), Action.LIHAT, replace(TICKET, about_staff=True), False),
        (officer(Role.ADMIN_UNIT, unit=UNIT), Action.TUGASKAN, replace(TICKET, about_staff=True), True),
        (officer(Role.ADMIN_KANTOR), Action.LIHAT, replace(TICKET, text="pak santoso marah-marah"), False),
        (officer(Role.PETUGAS), Action.IDENTITAS, SECRET, False),
        (officer(Role.ADMIN_UNIT), Action.IDENTITAS, SECRET, False),
        (officer(Role.ADMIN_KANTOR), Action.IDENTITAS, SECRET, True),
        (officer(Role.PENGAWAS), Action.IDENTITAS, SECRET, True),
        (officer(Role.ADMIN_KANTOR), Action.IDENTITAS, replace(TICKET, identity=Identity.ANONIM), False),
        (officer(Role.PENGAWAS), Action.LIHAT, replace(TICKET, about_staff=True), True),
        (officer(Role.PENGAWAS), Action.TANGANI, TICKET, False),
    ],
)
def test_who_may_do_what_with_which_ticket(who: Officer, action: Action, ticket: Ticket, may: bool) -> None:
    assert who.may_with(action, ticket) is may


PAGES = {
    "/meja": Action.LIHAT,
    "/meja/belum-terjawab": Action.USULKAN,
    "/meja/coba": Action.USULKAN,
    "/meja/laporan": Action.LAPORAN,
    "/meja/laporan/unduh": Action.LAPORAN,
    "/meja/kantor": Action.KANTOR,
    "/meja/orang": Action.ORANG,
    "/meja/catatan": Action.CATATAN,
}


@pytest.mark.parametrize("role", Role)
def test_every_page_is_for_its_roles(app: App, client: Client, role: Role) -> None:
    assert all("Kata sandi" in client.get(page)[1] for page in PAGES)
    client.log_in(person(app, "siapa", "Siapa Saja", role))
    for page, action in PAGES.items():
        assert client.get(page)[0] == (200 if action in ALLOWED[role] else 403), page


CHANGES = {
    "/meja/kantor/pengumuman": Action.KANTOR,
    "/meja/kantor/saluran": Action.KANTOR,
    "/meja/kantor/kalender": Action.KANTOR,
    "/meja/kantor/jawaban": Action.KANTOR,
    "/meja/orang": Action.ORANG,
    "/meja/orang/1/tutup": Action.ORANG,
    "/meja/belum-terjawab/usul": Action.USULKAN,
    "/meja/belum-terjawab/putusan": Action.SETUJUI,
    "/meja/belum-terjawab/belajar": Action.SETUJUI,
    "/meja/belum-terjawab/kembali": Action.SETUJUI,
    "/meja/belum-terjawab/pakai": Action.KANTOR,
    "/meja/coba": Action.USULKAN,
}


@pytest.mark.parametrize("role", [Role.PETUGAS, Role.PENGAWAS, Role.ADMIN_UNIT])
def test_every_change_is_for_its_roles(app: App, client: Client, role: Role) -> None:
    client.log_in(person(app, "siapa", "Siapa Saja", role))
    for path, action in CHANGES.items():
        if action not in ALLOWED[role]:
            assert client.submit("/meja/akun", path)[0] == 403, path


def test_a_ticket_of_others_is_as_if_it_were_not_there(app: App, client: Client, clerk: str) -> None:
    theirs = complaint(app, agency="landak")
    staff = complaint(app, "petugas membentak saya", about_staff=True)
    named = complaint(app, "ibu kusuma tidak ada di tempat")
    client.log_in(clerk)
    for other in (theirs.number, staff.number, named.number, "ADU-2611-XXXXX"):
        assert client.get(f"/meja/tiket/{other}")[0] == 404
        assert client.get(f"/meja/tiket/{other}/riwayat")[0] == 404
        assert client.submit("/meja/akun", f"/meja/tiket/{other}/ambil", versi="1")[0] == 404
    _, html = client.get("/meja?q=saya")
    assert "ADU-" not in html


def test_a_secret_reporter_is_shown_to_named_roles_with_a_reason_that_is_kept(
    app: App, server: str, clerk: str, admin: str
) -> None:
    ticket = complaint(app, identity=Identity.RAHASIA)
    page = f"/meja/tiket/{ticket.number}"
    rina, sri = Client(server), Client(server)
    rina.log_in(clerk)
    assert "6789" not in rina.get(page)[1]
    assert rina.submit(page, f"{page}/identitas", alasan="ingin tahu saja")[0] == 403
    sri.log_in(admin)
    assert "6789" not in sri.get(page)[1]
    assert sri.submit(page, f"{page}/identitas", alasan="x")[0] == 409
    status, html = sri.submit(page, f"{page}/identitas", alasan="diminta APIP, surat 700/12")
    assert status == 200
    assert "628123456789" in html
    assert "628123456789" not in sri.get(page)[1]
    _, log = sri.get("/meja/catatan")
    assert "identitas dilihat" in log
    assert "diminta APIP, surat 700/12" in log
    assert "628123456789" not in log


def test_the_record_tells_when_somebody_changed_it(app: App) -> None:
    with app.engine.begin() as connection:
        for n in range(3):
            audit.note(connection, NOW, "sri", "akun dibuat", f"orang {n}")
        assert audit.broken(connection) is None
        connection.execute(update(tables.audit).where(tables.audit.c.id == 2).values(why="lain"))
        assert audit.broken(connection) == 2
        connection.execute(delete(tables.audit).where(tables.audit.c.id == 2))
        assert audit.broken(connection) == 3


def test_numbers_are_shortened_and_markup_is_text(app: App, client: Client, clerk: str) -> None:
    ticket = complaint(app, "<script>alert(1)</script> & <b>tebal</b>")
    client.log_in(clerk)
    for page in ("/meja", f"/meja/tiket/{ticket.number}"):
        _, html = client.get(page)
        assert "&lt;script&gt;alert(1)" in html
        assert "<b>tebal" not in html
        assert "628123456789" not in html


# Work


@SIZES
def test_take_classify_ask_and_answer_in_the_browser(
    app: App, server: str, browser: Browser, clerk: str, width: int, height: int
) -> None:
    ticket = complaint(app)
    with at_the_desk(server, browser, clerk, width, height) as page:
        page.get_by_role("link", name=re.compile(ticket.number)).click()
        assert fits(page)
        page.get_by_role("button", name="Ambil, saya tangani").click()
        expect(page.get_by_role("status")).to_contain_text("tugas Bapak/Ibu")
        page.get_by_label("pengaduan normatif").check()
        page.get_by_role("button", name="Simpan klasifikasi").click()
        expect(page.get_by_role("status")).to_contain_text("Klasifikasi disimpan")
        page.get_by_text("Mengapa jatuh tempo saat itu?").click()
        expect(page.get_by_text("hari ke-0")).to_be_visible()
        page.get_by_text("Tanya pelapor").click()
        page.get_by_label("Pertanyaan; waktu berhenti").fill("Nomor suratnya berapa?")
        page.get_by_role("button", name="Kirim pertanyaan").click()
        expect(page.get_by_role("status")).to_contain_text("waktu berhenti")
        expect(page.locator(".facts")).to_contain_text("menunggu pelapor")
        page.get_by_label("Jawaban, terkirim kepada pelapor").fill("Suratnya sudah dibalas hari ini.")
        page.get_by_role("button", name="Kirim jawaban").click()
        expect(page.locator(".talk")).to_contain_text("Suratnya sudah dibalas hari ini.")
        page.get_by_role("button", name="Nyatakan selesai").click()
        expect(page.locator(".facts")).to_contain_text("selesai")
        assert fits(page)
    after = found(app, ticket.number)
    assert (after.status, after.officer) == (Status.SELESAI, "Rina Kusuma")
    assert any("Suratnya sudah dibalas" in body for body in said(app))


@SIZES
def test_a_talk_with_a_citizen_in_two_browsers(
    app: App, server: str, browser: Browser, clerk: str, width: int, height: int
) -> None:
    citizen = browser.new_page(viewport={"width": 360, "height": 740})
    citizen.goto(f"{server}/coba?kantor=melawi")

    def write(text: str) -> None:
        citizen.get_by_label("Tulis pesan").fill(text)
        citizen.keyboard.press("Enter")

    write("saya mau bicara dengan petugas")
    expect(citizen.locator(".theirs").last).to_contain_text("Nomor permintaan: ADU-")
    with at_the_desk(server, browser, clerk, width, height) as page:
        page.get_by_role("link", name=re.compile("Permintaan petugas")).click()
        page.get_by_role("button", name="Bergabung dalam percakapan").click()
        expect(citizen.locator(".theirs").last).to_contain_text("Rina Kusuma (petugas) bergabung")
        page.get_by_label("Pesan kepada warga").fill("Selamat pagi, ada yang bisa dibantu?")
        page.keyboard.press("Enter")
        expect(citizen.locator(".theirs").last).to_contain_text("ada yang bisa dibantu?")
        write("syarat PAW DPRD apa ya?")
        expect(page.locator(".talk")).to_contain_text("syarat PAW DPRD apa ya?", timeout=15_000)
        assert fits(page)
        expect(citizen.locator(".theirs")).to_have_count(3)  # the bot says nothing
        page.get_by_role("button", name="Selesai, kembalikan ke bot").click()
        expect(citizen.locator(".theirs").last).to_contain_text("Percakapan dengan petugas selesai")
    write("syarat PAW DPRD apa ya?")
    expect(citizen.locator(".theirs").last).to_contain_text("Persyaratan")
    citizen.close()


def test_an_officers_photo_reaches_the_citizens_page_and_no_other(
    app: App, server: str, browser: Browser, clerk: str
) -> None:
    person = browser.new_page(viewport={"width": 360, "height": 740})
    person.goto(f"{server}/coba?kantor=melawi")
    person.get_by_label("Tulis pesan").fill("panggilkan petugas")
    person.keyboard.press("Enter")
    expect(person.locator(".theirs")).to_have_count(1)
    with at_the_desk(server, browser, clerk) as page:
        page.get_by_role("link", name=re.compile("Permintaan petugas")).click()
        page.get_by_role("button", name="Bergabung dalam percakapan").click()
        file: FilePayload = {"name": "denah.png", "mimeType": "image/png", "buffer": PNG}
        page.get_by_label("Foto atau dokumen").set_input_files(file)
        page.get_by_role("button", name="Kirim", exact=True).click()
        expect(page.locator(".talk img")).to_have_attribute("alt", "Foto: denah.png")
        expect(person.locator(".theirs img")).to_have_attribute("alt", "denah.png")
        assert page.evaluate("document.querySelector('.talk img').naturalWidth") == 1
        address = person.locator(".theirs a").get_attribute("href")
    assert Client(server).get(str(address))[0] == 404
    person.close()


PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def test_two_officers_at_once_one_wins_and_nothing_typed_is_lost(app: App, server: str, clerk: str) -> None:
    ticket = complaint(app)
    page = f"/meja/tiket/{ticket.number}"
    rina, budi = Client(server), Client(server)
    rina.log_in(clerk)
    budi.log_in(person(app, "budi", "Budi Santoso", Role.PETUGAS))
    _, html = budi.get(page)
    token = re.search(r'name="formulir" value="([^"]+)"', html)
    assert token is not None
    assert rina.submit(page, f"{page}/ambil")[0] == 200
    typed = "Jawaban panjang yang sudah diketik Budi."
    status, html = budi.post(f"{page}/jawab", formulir=token[1], versi="1", teks=typed)
    assert status == 409
    assert "baru saja berubah" in html
    assert typed in html
    assert found(app, ticket.number).officer == "Rina Kusuma"


def test_steps_that_are_not_allowed_say_why(app: App, client: Client, clerk: str) -> None:
    ticket = complaint(app)
    page = f"/meja/tiket/{ticket.number}"
    client.log_in(clerk)
    assert client.submit(page, f"{page}/jawab", teks="")[0] == 409
    assert client.submit(page, f"{page}/klasifikasi", kelas="berat")[0] == 409
    assert client.submit(page, f"{page}/terbang")[0] == 404
    assert client.submit(page, f"{page}/tugaskan", petugas="rina")[0] == 403
    assert client.submit(page, f"{page}/gabung", nomor="ADU-2611-XXXXX")[0] == 409
    assert client.submit(page, f"{page}/kata", teks="halo")[0] == 409
    assert found(app, ticket.number).version == ticket.version + 1


def test_attachments_are_for_who_may_see_the_ticket(app: App, client: Client, clerk: str) -> None:
    from bot import media

    photo = media.keep(app.settings.media, "loket.jpg", b"\xff\xd8\xff\xe0" + b"x" * 100)
    mine, theirs = complaint(app, attachments=(photo,)), complaint(app, agency="landak", attachments=(photo,))
    client.log_in(clerk)
    assert client.get(f"/meja/tiket/{mine.number}/lampiran/{photo.path}")[0] == 200
    assert client.get(f"/meja/tiket/{theirs.number}/lampiran/{photo.path}")[0] == 404
    assert client.get(f"/meja/tiket/{mine.number}/lampiran/..%2Ftanya.db")[0] == 404


def test_a_file_that_cannot_be_taken_does_not_cost_what_was_typed(app: App, client: Client, clerk: str) -> None:
    call = complaint(app, kind=Kind.PETUGAS)
    page = f"/meja/tiket/{call.number}"
    client.log_in(clerk)
    client.submit(page, f"{page}/ambil")
    _, html = client.get(page)
    token = re.search(r'name="formulir" value="([^"]+)"', html)
    assert token is not None
    head = 'Content-Disposition: form-data; name="'
    fields = "".join(f'--x\r\n{head}{k}"\r\n\r\n{v}\r\n' for k, v in (("formulir", token[1]), ("teks", "Ini denahnya")))
    body = f'{fields}--x\r\n{head}berkas"; filename="denah.exe"\r\n\r\nMZ tidak boleh\r\n--x--\r\n'.encode()
    status, html = client.send(f"{page}/kata", body, "multipart/form-data; boundary=x")
    assert status == 409
    assert "Berkas itu tidak dapat diterima" in html
    assert "Ini denahnya" in html


def test_assign_transfer_and_merge(app: App, client: Client, admin: str, clerk: str) -> None:
    first, second = complaint(app), complaint(app, "surat kami juga belum dibalas")
    client.log_in(admin)
    page = f"/meja/tiket/{first.number}"
    assert client.submit(page, f"{page}/tugaskan", petugas=clerk)[0] == 200
    assert found(app, first.number).officer == "Rina Kusuma"
    client.submit(page, f"{page}/alihkan", bagian="Bagian Hukum")
    moved = found(app, first.number)
    assert (moved.unit, moved.officer, moved.status) == ("Bagian Hukum", None, Status.DITERIMA)
    other = f"/meja/tiket/{second.number}"
    assert client.submit(other, f"{other}/gabung", nomor=first.number.lower())[0] == 200
    assert found(app, second.number).merged_into == first.number


def test_search_filter_and_order_of_the_queue(app: App, client: Client, admin: str) -> None:
    old = complaint(app, "jalan depan kantor rusak", received=datetime.now(UTC) - timedelta(days=30))
    new = complaint(app, "surat hilang", unit="Bagian Umum dan Keuangan")
    client.log_in(admin)
    _, html = client.get("/meja")
    assert html.index(old.number) < html.index(new.number)
    assert "terlambat" in html
    assert new.number not in client.get("/meja?tampil=terlambat")[1]
    assert old.number not in client.get("/meja?q=hilang")[1]
    assert f"Pengaduan {new.number}" in client.get(f"/meja?q={new.number}")[1]
    assert "Tidak ada yang cocok" in client.get("/meja?q=%27+OR+1%3D1+--")[1]


# The office


def test_people_get_a_link_and_are_shut_out_at_once(app: App, server: str, admin: str) -> None:
    sri, budi = Client(server), Client(server)
    sri.log_in(admin)
    status, html = sri.submit("/meja/orang", "/meja/orang", nama="Budi Santoso", nama_masuk="budi", peran="petugas")
    link = re.search(r"/meja/undangan/[\w-]+", html)
    assert status == 200
    assert link is not None
    assert "Antrean" in budi.post(link[0], nama="Budi Santoso", sandi=PASSWORD)[1]
    assert sri.submit("/meja/orang", "/meja/orang", nama="Lain", nama_masuk="budi", peran="petugas")[0] == 409
    with app.engine.connect() as connection:
        ids = {row.username: row.id for row in accounts.everybody(connection, "melawi")}
    assert sri.submit("/meja/orang", f"/meja/orang/{ids['sri']}/tutup")[0] == 409
    sri.submit("/meja/orang", f"/meja/orang/{ids['budi']}/tutup")
    assert "Kata sandi" in budi.get("/meja")[1]


def test_notice_and_kill_switch_reach_the_citizen(app: App, server: str, client: Client, admin: str) -> None:
    client.log_in(admin)
    client.submit("/meja/kantor", "/meja/kantor/pengumuman", teks="Kantor tutup karena banjir.")
    assert "Pengumuman: Kantor tutup karena banjir." in citizen(app, "syarat PAW DPRD?")
    client.submit("/meja/kantor", "/meja/kantor/pengumuman", teks="")
    assert "Pengumuman" not in citizen(app, "syarat PAW DPRD?")
    assert client.submit("/meja/kantor", "/meja/kantor/saluran", saluran="coba", alasan="x")[0] == 409
    client.submit("/meja/kantor", "/meja/kantor/saluran", saluran="coba", alasan="sistem diperbaiki")
    assert "dihentikan: sistem diperbaiki" in citizen(app, "syarat PAW DPRD?")
    assert citizen(app, "halo?") == ""
    (call,) = tickets(app)
    assert (call.kind, [note.text for note in call.notes]) == (Kind.PETUGAS, ["halo?"])
    client.submit("/meja/kantor", "/meja/kantor/saluran", saluran="coba", nyalakan="1")
    assert "Persyaratan" in citizen(app, "syarat PAW DPRD?")
    with app.engine.connect() as connection:
        assert switches.stopped(connection, "melawi") == []


asked = iter(range(10_000))


def citizen(app: App, text: str, sender: str = "c" * 32) -> str:
    """What a citizen of Melawi reads after writing `text`."""
    now = datetime.now(UTC)
    before = len(said(app))
    with app.engine.begin() as connection:
        message = Incoming(Channel.COBA, sender, f"uji {next(asked)}", MELAWI, text, now)
        mailbox.accept(connection, message, now)
    app.worker.run()
    wait_until(lambda: _all_done(app))
    return "\n".join(said(app)[before:])


def _all_done(app: App) -> bool:
    with app.engine.connect() as connection:
        return connection.execute(select(tables.inbox.c.id).where(tables.inbox.c.done_at.is_(None))).first() is None


def test_a_closed_day_moves_due_dates_at_once(app: App, client: Client, admin: str) -> None:
    ticket = complaint(app)
    assert ticket.due is not None
    client.log_in(admin)
    day = ticket.due.astimezone(app.hours[MELAWI].calendar.zone).date()
    fields = {"mulai": day.isoformat(), "sampai": day.isoformat(), "alasan": "banjir"}
    assert client.submit("/meja/kantor", "/meja/kantor/kalender", mulai="kemarin", alasan="x")[0] == 409
    assert client.submit("/meja/kantor", "/meja/kantor/kalender", **fields, jam="jam berapa saja")[0] == 409
    assert client.submit("/meja/kantor", "/meja/kantor/kalender", **fields)[0] == 200
    moved = found(app, ticket.number).due
    assert moved is not None
    assert moved > ticket.due
    assert "banjir" in client.get("/meja/kantor")[1]
    client.submit("/meja/kantor", "/meja/kantor/kalender", hapus="0")
    assert found(app, ticket.number).due == ticket.due


def test_the_months_report_on_screen_and_as_a_workbook(app: App, client: Client, admin: str) -> None:
    complaint(app)
    client.log_in(admin)
    _, html = client.get("/meja/laporan")
    assert "<strong>1</strong> baru" in html
    status, book = client.get("/meja/laporan/unduh")
    assert status == 200
    assert book.startswith("PK")
    assert client.get("/meja/laporan?bulan=kapan")[0] == 200


# Learning


@dataclass(frozen=True)
class Lesson:
    message: str
    service: str
    component: str


LESSON = Lesson("suara terbanyak kedua jadi anggota", "melawi-1-3", "persyaratan")


def test_missed_messages_gather_without_their_senders(app: App, client: Client, clerk: str) -> None:
    for text in ("harga cabe di pasar berapa", "harga cabe di pasar brp 081234567890", "zzz qqq xxx"):
        citizen(app, text)
    client.log_in(clerk)
    _, html = client.get("/meja/belum-terjawab")
    assert "harga cabe di pasar" in html
    assert "081234567890" not in html
    with app.engine.begin() as connection:
        assert missed.forget(connection, datetime.now(UTC) + missed.KEPT + timedelta(hours=1)) > 0
        assert missed.groups(connection, None) == []


def test_a_proposal_is_approved_by_another(app: App, server: str, admin: str) -> None:
    with app.engine.begin() as connection:
        id = missed.note(connection, "melawi", Missed(LESSON.message, Why.TIDAK_TERJAWAB), datetime.now(UTC))
    sri, tono = Client(server), Client(server)
    sri.log_in(admin)
    tono.log_in(person(app, "tono", "Tono Hartono", Role.ADMIN_KANTOR))
    page = "/meja/belum-terjawab"
    assert sri.submit(page, f"{page}/usul", butir=str(id), layanan="melawi-99-9", bagian="persyaratan")[0] == 409
    sri.submit(page, f"{page}/usul", butir=str(id), layanan=LESSON.service, bagian=LESSON.component)
    assert sri.submit(page, f"{page}/putusan", butir=str(id), putusan="setuju")[0] == 409
    assert tono.submit(page, f"{page}/putusan", butir=str(id), putusan="setuju")[0] == 200
    assert tono.submit(page, f"{page}/putusan", butir=str(id), putusan="setuju")[0] == 409
    with app.engine.connect() as connection:
        assert [row.id for row in missed.in_state(connection, missed.State.DISETUJUI, "melawi")] == [id]


@SIZES
def test_an_answer_is_tried_and_judged_in_the_browser(
    app: App, server: str, browser: Browser, clerk: str, width: int, height: int
) -> None:
    with at_the_desk(server, browser, clerk, width, height) as page:
        page.goto(f"{server}/meja/coba")
        page.get_by_label("Pertanyaan seperti ditulis warga").fill("syarat PAW DPRD?")
        page.get_by_role("button", name="Coba").click()
        expect(page.get_by_role("region", name="Jawaban")).to_contain_text("Persyaratan")
        expect(page.get_by_text("Layanan terdekat")).to_be_visible()
        page.get_by_role("button", name="Benar", exact=True).click()
        expect(page.get_by_role("status")).to_contain_text("menunggu persetujuan")
        page.goto(f"{server}/meja/coba?q=halo")
        page.get_by_text("Salah: pilih jawaban yang benar").click()
        page.get_by_label("Layanan yang benar").select_option("melawi-9-2")
        page.get_by_role("button", name="Simpan usulan").click()
        expect(page.get_by_role("status")).to_contain_text("menunggu persetujuan")
        assert fits(page)
    with app.engine.connect() as connection:
        proposed = missed.in_state(connection, missed.State.DIUSULKAN, "melawi")
    told = [(row.text, row.service, row.component, row.assigned_by) for row in proposed]
    assert told == [
        ("syarat PAW DPRD?", "melawi-1-3", "persyaratan", "Rina Kusuma"),
        ("halo", "melawi-9-2", "persyaratan", "Rina Kusuma"),
    ]


@SIZES
def test_missed_then_taught_then_answered_with_the_score_table(
    app: App, server: str, browser: Browser, admin: str, width: int, height: int
) -> None:
    assert "Pengganti Antar Waktu" not in citizen(app, LESSON.message)
    with at_the_desk(server, browser, admin, width, height) as page:
        page.get_by_role("link", name="Belum terjawab").click()
        page.get_by_text("Jawaban yang benar").first.click()
        page.get_by_label("Layanan yang benar").first.select_option(LESSON.service)
        page.get_by_label("Bagian jawaban").first.select_option(LESSON.component)
        page.get_by_role("button", name="Usulkan").first.click()
        page.get_by_role("button", name="Setuju").click()
        page.get_by_role("button", name="Pelajari sekarang").click()
        expect(page.get_by_role("table")).to_be_visible(timeout=60_000)
        expect(page.get_by_role("table")).to_contain_text("pertanyaan kantor")
        expect(page.get_by_role("heading", name="Pelajaran terakhir: 1 pesan, dipakai")).to_be_visible()
        answered = citizen(app, LESSON.message, "d" * 32)
        assert "Pengganti Antar Waktu" in answered
        page.goto(f"{server}/meja/belum-terjawab")
        page.get_by_role("button", name="Kembalikan yang sebelumnya").click()
    last = learning.last(app)
    assert last is not None
    assert not last.live
    assert last.after[-1].right == 100


# How it looks and sounds


@SIZES
def test_every_page_is_accessible_and_fits(
    app: App, server: str, browser: Browser, admin: str, width: int, height: int
) -> None:
    ticket = complaint(app, service="melawi-1-3", attachments=())
    complaint(app, "petugas kasar", about_staff=True, identity=Identity.RAHASIA)
    with app.engine.begin() as connection:
        missed.note(connection, "melawi", Missed("harga cabe berapa", Why.TIDAK_TERJAWAB), datetime.now(UTC))
    pages = [*PAGES, f"/meja/tiket/{ticket.number}", "/meja/akun", "/meja/coba?q=syarat+paw+dprd"]
    pages.remove("/meja/laporan/unduh")
    with at_the_desk(server, browser, admin, width, height) as page:
        for path in pages:
            page.goto(server + path)
            page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
            assert fits(page), path
            serious = [
                f"{path}: {v['id']}: {v['nodes'][0]['html'][:120]}"
                for v in Axe().run(page).response["violations"]
                if v["impact"] in ("serious", "critical")
            ]
            assert serious == []


def test_the_doors_are_accessible_too(app: App, server: str, browser: Browser) -> None:
    with app.engine.begin() as connection:
        token = accounts.first_invitation(connection, datetime.now(UTC))
    page = browser.new_page(viewport={"width": 360, "height": 740})
    for path in ("/meja/masuk", f"/meja/undangan/{token}", "/meja/undangan/lama", "/coba?kantor=melawi"):
        page.goto(server + path)
        assert fits(page), path
        found = Axe().run(page).response["violations"]
        assert [v["id"] for v in found if v["impact"] in ("serious", "critical")] == [], path
    page.close()


def test_the_desk_works_without_scripts(app: App, server: str, browser: Browser, clerk: str) -> None:
    ticket = complaint(app)
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{server}/meja/tiket/{ticket.number}")
    page.get_by_label("Nama masuk").fill(clerk)
    page.get_by_label("Kata sandi").fill(PASSWORD)
    page.get_by_role("button", name="Masuk").click()
    page.get_by_role("button", name="Ambil, saya tangani").click()
    page.get_by_label("Jawaban, terkirim kepada pelapor").fill("Sudah dibalas.")
    page.get_by_role("button", name="Kirim jawaban").click()
    assert found(app, ticket.number).status is Status.DIJAWAB
    context.close()


def test_pages_and_errors_tell_nothing_they_need_not(app: App, client: Client, clerk: str) -> None:
    client.log_in(clerk)
    status, html = client.get("/meja/tidak-ada")
    assert status == 404
    assert "Traceback" not in html
    app.engine.dispose()
    broken = create_engine(f"sqlite:///{Path(app.settings.home)}/tidak/ada.db")
    app.__dict__["engine"] = broken
    status, html = client.get("/meja")
    assert status == 500
    assert re.search(r"kode [0-9a-f]{8}", html)
    assert "sqlite" not in html.lower()
