# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Files that cannot be used are refused with file, service and field."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.app import KNOWLEDGE
from knowledge import loader
from knowledge.loader import BadStandard

LANDAK = (KNOWLEDGE / "standards" / "landak.yaml").read_text("utf-8")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda text: text + "\n  - [unclosed", "landak.yaml: baris"),
        (lambda text: text.replace("waktu:", "wkatu:", 1), "landak.yaml: landak-1: .*waktu"),
        (lambda text: text.replace("id: landak-2", "id: landak-1"), "tercatat dua kali"),
        (lambda text: "", "landak.yaml"),
        (lambda text: text.replace("date: '2022-08-08'", "date: kemarin"), "date"),
    ],
)
def test_broken_standards(change: Callable[[str], str], says: str, tmp_path: Path) -> None:
    (tmp_path / "landak.yaml").write_text(change(LANDAK), "utf-8")
    (tmp_path / "corrections.yml").write_text("", "utf-8")
    with pytest.raises(BadStandard, match=says):
        loader.load(tmp_path, tmp_path / "corrections.yml")


def test_an_empty_folder_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BadStandard, match="tanya knowledge import"):
        loader.load(tmp_path, tmp_path / "corrections.yaml")


def test_a_correction_must_name_a_known_service(tmp_path: Path) -> None:
    (tmp_path / "landak.yaml").write_text(LANDAK, "utf-8")
    corrections = tmp_path / "corrections.yml"
    corrections.write_text(
        "- {service: landak-9, component: waktu, printed: a, corrected: b, reason: c, line: 1}", "utf-8"
    )
    with pytest.raises(BadStandard, match="landak-9"):
        loader.load(tmp_path, corrections)
