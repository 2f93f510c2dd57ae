# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Words give away what they stand for, in any spelling, and nothing else does."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.app import App
from handlers.noticing import Cues
from knowledge import cues
from knowledge.cues import BadCues
from tickets.model import Class


@pytest.mark.parametrize(
    ("cue", "text", "stands"),
    [
        ("korupsi", "petugasnya minta uang rokok", True),
        ("korupsi", "PUNGLI di loket!!", True),
        ("korupsi", "biaya sewa tenda berapa", False),
        ("bahaya", "ada yang pingsan di aula", True),
        ("pegawai", "adminnya jutek", True),
        ("waktu", "kejadiannya tgl 3", True),
        ("waktu", "loketnya kotor", False),
        ("batal", "gak jadi deh", True),
        ("batal", "jadi begini ceritanya", False),
        ("ya", "yes", True),  # a word, not a boolean
        ("tidak", "gk", True),
        ("anonim", "tanpa nama aja min", True),
        ("permintaan data pribadi", "tolong hapus data saya", True),
        ("permintaan informasi", "permohonan informasi publik", True),
    ],
)
def test_cues(cue: str, text: str, stands: bool, built_app: App) -> None:
    assert built_app.cues.stands(cue, text) is stands


def test_the_longest_run_counts_once() -> None:
    made = Cues({"pembuka": ("saya", "mau lapor", "lapor")}, {})
    assert made.longest("pembuka", "saya mau lapor") == 2
    assert made.longest("pembuka", "kursi rusak") == 0
    assert not made.tells("saya mau lapor")
    assert made.tells("saya mau lapor kursi")
    assert made.tells("kursi saya")


def test_corruption_is_suggested_to_the_officer_who_decides(built_app: App) -> None:
    assert built_app.cues.suggested("diminta uang pelicin") is Class.BERKADAR
    assert built_app.cues.suggested("antre lama") is None


@pytest.mark.parametrize(
    ("content", "says"),
    [("ya: [", "baris"), ("ya: {a: b}", "ya: harus daftar kata"), ("- ya", "isinya: harus daftar kata")],
)
def test_a_broken_file_is_named(content: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "cues.yaml").write_text(content, "utf-8")
    with pytest.raises(BadCues, match=says):
        cues.read(tmp_path)


def test_an_office_adds_its_own(tmp_path: Path) -> None:
    (tmp_path / "cues.yaml").write_text("korupsi: [uang jajan]", "utf-8")
    assert "uang jajan" in cues.read(tmp_path)["korupsi"]
