# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""What a new version of a decree changes."""

from __future__ import annotations

from bot.app import KNOWLEDGE
from knowledge import differing
from knowledge.differing import ADDED, REMOVED, Kind
from knowledge.model import AgencyId, Component
from knowledge.reading import read_decree

LANDAK = (KNOWLEDGE / "decrees" / "landak.md").read_text("utf-8")


def read(text: str):  # type: ignore[no-untyped-def]
    return read_decree(text, AgencyId("landak"))


def test_the_same_text_changes_nothing() -> None:
    assert differing.diff(read(LANDAK), read(LANDAK)) == []


def test_changed_entries_are_told_by_component() -> None:
    new = LANDAK.replace("a. Surat Tugas; b. Dokumen", "a. Surat Perintah Tugas; b. Dokumen", 1)
    (change,) = differing.diff(read(LANDAK), read(new))
    assert (change.service, change.component) == ("landak-1", Component.PERSYARATAN)
    assert change.lines == ((REMOVED, "Surat Tugas"), (ADDED, "Surat Perintah Tugas"))


def test_a_renumbered_service_is_the_same_and_a_new_one_is_new() -> None:
    renumbered = LANDAK.replace("\n4. Pelayanan Penyediaan Narasumber\n", "\n5. Pelayanan Penyediaan Narasumber\n")
    (change,) = differing.diff(read(LANDAK), read(renumbered))
    assert (change.kind, change.service, change.component) == (Kind.DIUBAH, "landak-5", None)
    other = LANDAK.replace("\n4. Pelayanan Penyediaan Narasumber\n", "\n4. Penerbitan Rekomendasi Penelitian\n")
    assert [(c.kind, c.title) for c in differing.diff(read(LANDAK), read(other))] == [
        (Kind.BARU, "Penerbitan Rekomendasi Penelitian"),
        (Kind.DIHAPUS, "Pelayanan Penyediaan Narasumber"),
    ]


def test_the_head_is_compared_too() -> None:
    new = LANDAK.replace("pada tanggal 8 Agustus 2022", "pada tanggal 9 Januari 2026")
    (change,) = differing.diff(read(LANDAK), read(new))
    assert (change.title, change.lines) == ("Tanggal", ((REMOVED, "2022-08-08"), (ADDED, "2026-01-09")))
