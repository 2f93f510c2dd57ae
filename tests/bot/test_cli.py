# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""The command as a person in an office types it: answers, and plain sentences for everything that goes wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.app import KNOWLEDGE, App
from tests.bot.fakes import BOT_TOKEN, PHONE_ID, SECRET, TOKEN, VERIFY, FakeTelegram, FakeWhatsApp, served
from tests.tickets.test_steps import filed
from tickets import store

TANYA = Path(sys.executable).parent / "tanya"


def tanya(*arguments: str, stdin: str = "", **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(TANYA), *arguments], input=stdin, capture_output=True, text=True, check=False, env=os.environ | environ
    )


@pytest.fixture(autouse=True)
def _built(built_app: App) -> None:
    """The commands find the index in ./data."""


def test_ask_shows_the_card_with_its_decree() -> None:
    result = tanya("ask", "berapa biaya sewa proyektor", "--agency", "melawi")
    assert "Layanan Sewa Proyektor" in result.stdout
    assert "060/54 Tahun 2021" in result.stdout
    assert result.returncode == 0


def test_a_batch_answers_in_order_and_reports_bad_lines() -> None:
    lines = [
        '{"id": "a", "agency": "melawi", "turns": ["berapa biaya sewa proyektor", "syaratnya?"]}',
        "bukan json",
        '{"id": "b", "agency": "sintang", "turns": ["halo"]}',
        '{"id": "c", "agency": null, "turns": []}',
        "",
        '{"id": "d", "agency": null, "turns": ["halo"]}',
    ]
    result = tanya("ask", "--jsonl", stdin="\n".join(lines))
    first, last = map(json.loads, result.stdout.splitlines())
    assert set(first) == {"id", "intent", "service", "component", "choices", "score", "reply"}
    assert (first["id"], first["service"], first["component"]) == ("a", "melawi-9-3", "persyaratan")
    assert (last["id"], last["intent"]) == ("d", "smalltalk")
    assert [line.split(":")[0] for line in result.stderr.splitlines() if line.startswith("baris")] == [
        "baris 2", "baris 3", "baris 4",
    ]  # fmt: skip
    assert result.returncode == 1


def test_chat_goes_on_until_the_end_of_input(tmp_path: Path) -> None:
    result = tanya(
        "chat", "--agency", "landak", stdin="halo\n\nmenu\n", TANYA_DATABASE_URL=f"sqlite:///{tmp_path / 'x.db'}"
    )
    assert "Selamat datang" in result.stdout
    assert "Pesannya kosong" in result.stdout
    assert result.returncode == 0


def test_import_writes_the_standards_and_refuses_what_is_none(tmp_path: Path) -> None:
    made = tmp_path / "landak.yaml"
    result = tanya(
        "knowledge", "import", str(KNOWLEDGE / "decrees" / "landak.md"), "--agency", "landak", "--to", str(made)
    )
    assert "4 layanan" in result.stdout
    assert made.exists()
    (tmp_path / "x.pdf").write_bytes(b"%PDF-1.7\xff\xfe")
    refused = tanya("knowledge", "import", str(tmp_path / "x.pdf"), "--agency", "landak", "--to", str(tmp_path / "no"))
    assert "bukan berkas teks" in refused.stderr
    assert not (tmp_path / "no").exists()


def test_check_shows_only_what_is_new(tmp_path: Path) -> None:
    home = {"TANYA_HOME": str(tmp_path)}
    tanya("knowledge", "import", "tests/decrees/rantauindah.md", "--agency", "rantauindah", **home)
    before = tanya("knowledge", "check", "--agency", "rantauindah", **home).stdout
    assert "rantauindah.md baris 96" in before
    assert "Nomor 08123456 terlalu pendek" in before
    code = before.split("kode ")[1][:6]
    assert "1 temuan dicatat" in tanya("knowledge", "check", "--abaikan", code, **home).stdout
    after = tanya("knowledge", "check", "--agency", "rantauindah", **home).stdout
    assert "08123456" not in after
    assert "2 (tiga)" in after
    assert "08123456" in tanya("knowledge", "check", "--agency", "rantauindah", "--semua", **home).stdout
    assert "zzzzzz" in tanya("knowledge", "check", "--pastikan", "zzzzzz", **home).stderr


def test_diff_tells_what_a_new_text_changes(tmp_path: Path) -> None:
    new = (KNOWLEDGE / "decrees" / "landak.md").read_text("utf-8").replace("Gratis", "Rp. 5.000", 1)
    (tmp_path / "baru.md").write_text(new, "utf-8")
    result = tanya("knowledge", "diff", "landak", str(tmp_path / "baru.md"))
    assert "landak-1 > Pelayanan Konsultasi > biaya" in result.stdout
    assert "+ Rp. 5.000" in result.stdout
    assert "1 perubahan" in result.stdout
    assert "--agency" in tanya("knowledge", "diff", str(tmp_path / "baru.md"), str(tmp_path / "baru.md")).stderr


@pytest.mark.parametrize(
    ("arguments", "environ", "says"),
    [
        (("knowledge", "show", "melawi-99"), {}, "Layanan 'melawi-99' tidak ada"),
        (("knowledge", "import", "tidak-ada.md", "--agency", "x"), {}, "Berkas tidak ditemukan: tidak-ada.md"),
        (("knowledge", "import", "tests", "--agency", "x"), {}, "tests adalah folder"),
        (("knowledge", "check", "--agency", "sintang"), {}, "Kantor 'sintang' tidak dikenal"),
        (("knowledge", "revoke", "--agency", "sintang"), {}, "Kantor 'sintang' tidak dikenal"),
        (("index", "score", "tidak-ada.jsonl"), {}, "Berkas tidak ditemukan"),
        (("ask", "halo"), {"TANYA_PORT": "x"}, "TANYA_PORT"),
        (("ask", "halo"), {"TANYA_HOME": "kosong-sekali"}, "tanya index build"),
        (("ask", "halo", "--agency", "sintang"), {}, "sintang"),
    ],
)
def test_mistakes_get_a_sentence_and_never_a_traceback(
    arguments: tuple[str, ...], environ: dict[str, str], says: str
) -> None:
    result = tanya(*arguments, **environ)
    assert says in result.stderr.replace("\n", " ")
    assert "Traceback" not in result.stderr
    assert result.returncode != 0


def test_export_holds_all_services() -> None:
    decrees = json.loads(tanya("knowledge", "export").stdout)["decrees"]
    counts = {d["id"]: sum(len(unit["services"]) for unit in d["units"]) for d in decrees}
    assert counts == {"landak": 4, "kalbar": 57, "melawi": 58, "kaltim": 5}
    services = [service for d in decrees for unit in d["units"] for service in unit["services"]]
    assert {len(service["components"]) for service in services} == {14}


def test_a_due_date_with_the_days_it_skips() -> None:
    result = tanya(
        "tickets", "due", "--agency", "melawi", "--class", "normatif", "--received", "2025-03-27T09:00+07:00"
    )
    told = json.loads(result.stdout)
    assert told["due"] == "2025-04-14T16:00+07:00"
    assert any("Cuti bersama Nyepi" in line for line in told["explained"])
    paused = tanya(
        "tickets", "due", "--agency", "melawi", "--class", "normatif", "--received", "2025-07-07T09:00",
        "--pause", "2025-07-09T10:00+07:00/2025-07-11T09:00+07:00",
    )  # fmt: skip
    assert json.loads(paused.stdout)["due"] == "2025-07-16T16:00+07:00"
    settled = tanya("tickets", "due", "--agency", "kaltim", "--class", "penyelesaian", "--received", "2025-07-11T10:00")
    assert json.loads(settled.stdout)["due"] == "2025-07-15T10:00+08:00"


DUE = ["tickets", "due", "--agency", "melawi", "--class", "normatif", "--received", "2025-03-27T09:00"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([*DUE[:-1], "kemarin"], "bukan waktu. Contoh: 2025-03-27T09:00+07:00"),
        ([*DUE[:-1], "2031-01-01T09:00"], "Kalender kantor hanya mencakup"),
        ([*DUE, "--service", "melawi-99"], "Layanan 'melawi-99' tidak ada di kantor melawi"),
        ([*DUE, "--pause", "2025-03-28T09:00"], "bukan jeda. Contoh"),
        ([*DUE, "--pause", "2025-03-29T09:00/2025-03-28T09:00"], "berakhir sebelum mulai"),
        (["tickets", "due", "--agency", "melawi", "--class", "sedang", "--received", "2025-03-27"], "Kelas 'sedang'"),
        ([*DUE[:5], "informasi_awal", *DUE[6:]], "tidak menjanjikan informasi awal"),
        (["tickets", "due", "--agency", "sintang", *DUE[4:]], "Kantor 'sintang' tidak dikenal"),
        (["tickets", "show", "ADU-2611-7K3F8"], "bukan nomor pengaduan yang benar"),
        (["tickets", "show", "ADU-2611-0000P"], "ADU-2611-0000P tidak ada"),
    ],
)
def test_what_cannot_be_counted_or_found_is_said_plainly(arguments: list[str], says: str, tmp_path: Path) -> None:
    result = tanya(*arguments, TANYA_DATABASE_URL=f"sqlite:///{tmp_path / 'x.db'}", COLUMNS="200")
    assert says in result.stderr
    assert result.returncode == 1
    assert "Traceback" not in result.stderr


def test_a_complaint_is_listed_shown_and_reported(app: App, tmp_path: Path) -> None:
    ticket = filed("2026-11-26T09:00", number="ADU-2611-0000P", service="melawi-1-3")
    with app.engine.begin() as connection:
        store.save(connection, ticket, ticket.received)
    database = {"TANYA_DATABASE_URL": app.settings.database_url, "COLUMNS": "200"}
    assert "26-11-2026 12.00" in tanya("tickets", "list", **database).stdout
    assert "Tidak ada pengaduan" in tanya("tickets", "list", "--agency", "landak", **database).stdout
    shown = tanya("tickets", "show", "adu 2611 0000p", **database).stdout
    assert "antre lama" in shown
    assert "Janji penyelesaian putaran 1: 3 jam kerja" in shown
    files = {kind: tmp_path / f"november.{kind}" for kind in ("csv", "xlsx")}
    report = tanya(
        "tickets", "report", "--month", "2026-11", *(f"--{k}={path}" for k, path in files.items()), **database
    )
    assert "Laporan pengaduan November 2026" in report.stdout
    assert "antre lama" not in report.stdout
    assert all(path.exists() for path in files.values())
    assert tanya("tickets", "report", "--month", "november", **database).returncode == 2


def test_channels_check_says_what_to_do_next(tmp_path: Path) -> None:
    database = {"TANYA_DATABASE_URL": f"sqlite:///{tmp_path / 'x.db'}", "COLUMNS": "200"}
    nothing = tanya("channels", "check", **database)
    assert "WhatsApp belum disambungkan. Panduannya: docs/menyambungkan-whatsapp.md" in nothing.stdout
    assert nothing.returncode == 0
    platform, telegram = FakeWhatsApp(), FakeTelegram()
    with served(platform.application()) as whatsapp_api, served(telegram.application()) as telegram_api:
        settings = database | {
            "TANYA_AGENCY": "melawi",
            "TANYA_WHATSAPP_TOKEN": TOKEN,
            "TANYA_WHATSAPP_APP_SECRET": SECRET,
            "TANYA_WHATSAPP_VERIFY_TOKEN": VERIFY,
            "TANYA_WHATSAPP_PHONE_ID": PHONE_ID,
            "TANYA_WHATSAPP_API": f"{whatsapp_api}/v25.0",
            "TANYA_TELEGRAM_TOKEN": BOT_TOKEN,
            "TANYA_TELEGRAM_API": telegram_api,
        }
        connected = tanya("channels", "check", **settings)
        wrong = tanya(
            "channels", "check", **settings | {"TANYA_WHATSAPP_TOKEN": "lama", "TANYA_WHATSAPP_PHONE_ID": "1"}
        )
    assert "✓ WhatsApp melawi: +62 812-0000-0000" in connected.stdout
    assert "✓ Telegram melawi: @tanya_bot" in connected.stdout
    assert "Isi TANYA_PUBLIC_URL" in connected.stdout
    assert "✗ WhatsApp melawi" in wrong.stdout
    assert wrong.returncode == 1
    away = tanya("channels", "check", **settings)
    assert away.stdout.count("tidak terjangkau") == 2
    assert "Traceback" not in away.stderr


def test_channels_check_looks_at_the_officers_group(tmp_path: Path) -> None:
    telegram = FakeTelegram()
    with served(telegram.application()) as api:
        settings = {
            "TANYA_DATABASE_URL": f"sqlite:///{tmp_path / 'x.db'}",
            "COLUMNS": "200",
            "TANYA_TELEGRAM_TOKEN": BOT_TOKEN,
            "TANYA_TELEGRAM_API": api,
            "TANYA_TELEGRAM_DESK": "-1001",
        }
        assert "✓ Grup petugas: Petugas [uji]" in tanya("channels", "check", **settings).stdout
        telegram.manages = False
        assert "Bot belum boleh mengelola topik" in tanya("channels", "check", **settings).stdout
        telegram.forum = False
        assert "belum memakai Topik" in tanya("channels", "check", **settings).stdout
    assert "diawali tanda minus" in tanya("channels", "check", **settings | {"TANYA_TELEGRAM_DESK": "grup"}).stderr


def test_parked_messages_are_listed_and_replayed(tmp_path: Path) -> None:
    database = {"TANYA_DATABASE_URL": f"sqlite:///{tmp_path / 'x.db'}"}
    assert "Tidak ada pesan yang gagal" in tanya("channels", "parked", **database).stdout
    refused = tanya("channels", "replay", "5", **database)
    assert "Pesan 5 tidak ada" in refused.stderr
    assert refused.returncode == 1
