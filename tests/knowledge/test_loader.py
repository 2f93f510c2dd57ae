# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Files that cannot be used are refused with file, service and field."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from bot.app import KNOWLEDGE
from knowledge import loader
from knowledge.loader import BadStandard
from knowledge.model import AgencyId, ServiceId

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
    with pytest.raises(BadStandard, match=says):
        loader.load(layer(tmp_path, **{"standards/landak.yaml": change(LANDAK)}))


def test_nothing_to_load_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BadStandard, match="tanya knowledge import"):
        loader.load(tmp_path)


def test_a_correction_must_name_a_known_service(tmp_path: Path) -> None:
    correction = "- {service: landak-9, component: waktu, printed: a, corrected: b, reason: c, line: 1}"
    with pytest.raises(BadStandard, match="landak-9"):
        loader.load(KNOWLEDGE, layer(tmp_path, **{"corrections.yaml": correction}))


def test_a_broken_validity_file_names_itself(tmp_path: Path) -> None:
    with pytest.raises(BadStandard, match=r"validity.yaml: landak > dicabut"):
        loader.load(KNOWLEDGE, layer(tmp_path, **{"validity.yaml": "landak: {dicabut: kemarin dulu}"}))


def test_an_office_lays_its_own_standards_over_the_shipped_ones(tmp_path: Path) -> None:
    own = LANDAK.replace("title: Pelayanan Konsultasi", "title: Pelayanan Konsultasi Tatalaksana", 1)
    catalogue = loader.load(KNOWLEDGE, layer(tmp_path, **{"standards/landak.yaml": own}))
    assert catalogue.service(ServiceId("landak-1")).title == "Pelayanan Konsultasi Tatalaksana"
    assert len(catalogue.decrees) == 4


def test_a_decree_holds_until_it_is_revoked_or_its_last_day_is_over(tmp_path: Path) -> None:
    content = "landak: {dicabut: 2026-12-01, oleh: Keputusan X}\nmelawi: {berlaku_sampai: 2026-12-31}"
    catalogue = loader.load(KNOWLEDGE, layer(tmp_path, **{"validity.yaml": content}))
    held = {
        (agency, day): catalogue.in_force(AgencyId(agency), date.fromisoformat(day))
        for agency, day in (
            ("landak", "2026-11-30"), ("landak", "2026-12-01"), ("melawi", "2026-12-31"), ("melawi", "2027-01-01"),
            ("kalbar", "2030-01-01"),
        )
    }  # fmt: skip
    assert list(held.values()) == [True, False, True, False, True]


def layer(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return folder
