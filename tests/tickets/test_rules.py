# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""An office's rules: what ships is complete, what an office changes is checked, errors name their place."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.app import RULES
from tickets import rules
from tickets.clock import DayZero, Promise, Unit
from tickets.rules import BadRules, Reopening

REMINDER = "pengingat: [{tingkat: 1, bila: {hari_kerja_sesudah: 0}, kepada: [petugas], pesan: x}]"


def test_what_ships_is_complete() -> None:
    shipped = rules.load("melawi", RULES)
    assert shipped.day_zero is DayZero.RECEIVED
    assert shipped.reopening is Reopening.GOES_ON
    assert not shipped.receipt_informs
    assert (shipped.lapse, shipped.settled_after) == (30, 10)
    assert shipped.promises["normatif"].limit == 5
    assert {role for reminder in shipped.reminders for role in reminder.to} <= set(shipped.people)


def test_an_office_changes_what_it_wants(tmp_path: Path) -> None:
    own = "aturan: {hari_nol: hari kerja, ditutup_setelah: 5}\njanji: {ringan: 2 jam}\norang: {atasan: Camat}\n"
    (tmp_path / "melawi.yaml").write_text(own, "utf-8")
    changed = rules.load("melawi", RULES, tmp_path)
    assert (changed.day_zero, changed.settled_after, changed.lapse) == (DayZero.WORKING, 5, 30)
    assert changed.promises["ringan"] == Promise(2, Unit.JAM, "Standar pelayanan kantor")
    assert changed.people["atasan"] == "Camat"
    assert rules.load("landak", RULES, tmp_path).settled_after == 10


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("aturan: {hari_nol: besok}", "hari_nol: harus tanggal diterima atau hari kerja, tertulis: besok"),
        ("aturan: {dibuka_kembali: ulang}", "dibuka_kembali: harus lanjut atau baru"),
        ("aturan: {tanda_terima_cukup: mungkin}", "harus ya atau tidak"),
        ("aturan: {dianggap_dicabut: 0}", "dianggap_dicabut: harus angka 1 atau lebih, tertulis: 0"),
        ("aturan: {ditutup_setelah: dua}", "ditutup_setelah: harus angka"),
        ("aturan: []", "aturan: tidak ada atau salah bentuk"),
        ("janji: {ringan: segera}", 'janji > ringan: "segera" bukan janji. Contoh: "3 jam"'),
        ("janji: {ringan: 0 jam}", "bukan janji"),
        (REMINDER.replace("petugas", "bupati"), "pengingat ke-1: kepada harus daftar dari petugas"),
        (REMINDER.replace("hari_kerja_sesudah", "besok"), "bila harus satu dari bagian"),
        (REMINDER.replace("{hari_kerja_sesudah: 0}", "{bagian: 1.5}"), "bukan angka yang mungkin, tertulis: 1.5"),
        (REMINDER.replace("pesan: x", 'pesan: "{nama}"'), "hanya boleh memakai {nomor}, {janji}, dan"),
        (REMINDER.replace("tingkat: 1", "tingkat: satu"), "tingkat harus angka"),
        (REMINDER.replace("pesan: x", "pesan: x, untuk: menit"), "untuk harus jam atau hari, tertulis: menit"),
        ("pengingat: [x]", "perlu tingkat, bila, kepada, dan pesan"),
        ("aturan: {hari_nol: [", "baris 2: bukan YAML yang sah"),
        ("- satu", "seharusnya daftar kunci"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(content: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "melawi.yaml").write_text(content, "utf-8")
    with pytest.raises(BadRules) as error:
        rules.load("melawi", RULES, tmp_path)
    assert says in str(error.value)
    assert str(error.value).startswith("melawi.yaml")
