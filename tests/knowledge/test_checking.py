# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""The check finds what is wrong with the four decrees without being told where, and little else."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.app import KNOWLEDGE, App
from knowledge import checking
from knowledge.checking import BadReview, Finding, Kind, Review, Reviews, Severity, Verdict
from knowledge.checking.alone import number_of

MISPRINTS = [
    ("kalbar-1-1", Kind.UNIT_LAIN, 147),
    ("kalbar-1-5", Kind.JANJI, 309),
    ("kalbar-1-6", Kind.JANJI, 343),
    ("kalbar-1-7", Kind.NOMOR_URUT, 376),
    ("kalbar-1-9", Kind.LAYANAN_LAIN, 462),
    ("kalbar-1-10", Kind.LAYANAN_LAIN, 512),
    ("kalbar-1-10", Kind.KOSONG, 515),
    ("kalbar-1-11", Kind.LAYANAN_LAIN, 550),
    ("kalbar-1-12", Kind.LAYANAN_LAIN, 593),
    ("kalbar-1-13", Kind.SALURAN, 638),
    ("kalbar-2-1", Kind.SUREL, 679),
    ("kalbar-2-2", Kind.LAYANAN_LAIN, 711),
    ("kalbar-2-4", Kind.KONTAK, 788),
    ("kalbar-2-8", Kind.SUREL, 920),
    ("kalbar-3-5", Kind.KOSONG, 1137),
    ("kalbar-3-5", Kind.KONTAK, 1143),
    ("kalbar-3-6", Kind.KOSONG, 1175),
    ("kalbar-3-7", Kind.PRODUK, 1215),
    ("kalbar-4-1", Kind.UNIT_LAIN, 1251),
    ("kalbar-4-2", Kind.NOMOR_URUT, 1297),
    ("kalbar-4-3", Kind.SALURAN, 1334),
    ("kalbar-4-4", Kind.KONTAK, 1372),
    ("kalbar-5-5", Kind.NOMOR_URUT, 1555),
    ("kalbar-5-5", Kind.WAKTU, 1557),
    ("kalbar-6-1", Kind.LAYANAN_LAIN, 1633),
    ("kalbar-6-3", Kind.NOMOR_URUT, 1713),
    ("kalbar-6-4", Kind.LAYANAN_LAIN, 1741),
    ("kalbar-7-3", Kind.ANGKA, 1881),
    ("kalbar-7-4", Kind.ANGKA, 1919),
    ("kalbar-7-5", Kind.KONTAK, 1942),
    ("kalbar-8-3", Kind.NOMOR_URUT, 2060),
    ("kalbar-8-5", Kind.LAYANAN_LAIN, 2124),
    ("kalbar-9-4", Kind.NOMOR_URUT, 2306),
    (None, Kind.JUDUL, 73),  # "Biro Kesejahteraan Rakyat", in the appendix "… Sosial"
    ("kaltim-1", Kind.JANJI, 105),
    ("kaltim-5", Kind.JANJI, 264),
    ("landak-1", Kind.ISI_SAMA, 131),
    ("landak-2", Kind.NOMOR, 152),
    ("landak-4", Kind.LAYANAN_LAIN, 217),
    ("melawi-1-1", Kind.JANJI, 149),
    ("melawi-1-1", Kind.URUTAN, 143),
    ("melawi-3-2", Kind.ANGKA, 586),
    ("melawi-4-2", Kind.ANGKA, 867),
    ("melawi-5-2", Kind.ANGKA, 982),
    ("melawi-5-2", Kind.KOSONG, 961),
    ("melawi-6-5", Kind.PRODUK, 1298),
    ("melawi-6-6", Kind.PRODUK, 1348),
    ("melawi-6-7", Kind.PRODUK, 1408),
    ("melawi-7-2", Kind.UNIT_LAIN, 1513),
    ("melawi-7-4", Kind.JUDUL_ISI, 1553),
    ("melawi-7-9", Kind.PRODUK, 1758),
    ("melawi-7-16", Kind.LAYANAN_LAIN, 2051),
    ("melawi-8-4", Kind.PRODUK, 2226),
    ("melawi-8-7", Kind.NOMOR, 2348),
    ("melawi-9-4", Kind.MIRIP, 2516),
]  # fmt: skip
"""Read by hand in the decrees: the service, what is wrong there, and the line."""

CLEAN = 55
"""Services of which nobody has found anything to say."""


@pytest.fixture(scope="module")
def found(built_app: App) -> list[Finding]:
    return [
        finding
        for decree in built_app.catalogue.decrees
        for finding in checking.check(decree, built_app.text_of(decree.id))
    ]


@pytest.mark.parametrize(("service", "kind", "line"), MISPRINTS)
def test_every_known_misprint_is_found_at_its_line(
    service: str | None, kind: Kind, line: int, found: list[Finding]
) -> None:
    assert line in [finding.line for finding in found if (finding.service, finding.kind) == (service, kind)]


def test_most_services_are_left_in_peace(found: list[Finding], built_app: App) -> None:
    doubted = {finding.service for finding in found if finding.severity is not Severity.RINGAN}
    known = {service for service, *_ in MISPRINTS}
    assert len(doubted) < 55
    assert len([s for s in built_app.catalogue.services() if s.id not in doubted]) > CLEAN
    assert len(doubted - known) <= 10


def test_all_findings_of_the_shipped_decrees_have_been_reviewed(found: list[Finding], built_app: App) -> None:
    from bot.commands.knowledge import verdict_on

    reviews = Reviews.read(KNOWLEDGE / "reviewed.yaml")
    assert [f for f in found if verdict_on(built_app, f, reviews) is None] == []


def test_a_review_outlives_a_moved_line_and_not_a_changed_text(built_app: App) -> None:
    decree, lines = built_app.catalogue.decree(built_app.catalogue.agencies[2]), built_app.text_of("landak")  # type: ignore[arg-type]
    ids = {finding.id for finding in checking.check(decree, lines)}
    assert ids == {finding.id for finding in checking.check(decree, ["", *lines])}


def test_reviews_are_written_and_read_again(tmp_path: Path) -> None:
    path = tmp_path / "own" / "reviewed.yaml"
    Reviews([Review(id="abc123", verdict=Verdict.DIABAIKAN, printed="3 (lima)")]).save(path)
    assert Reviews.read(path).by_id["abc123"].verdict is Verdict.DIABAIKAN
    path.write_text("- {id: abc123, verdict: mungkin}", "utf-8")
    with pytest.raises(BadReview, match=r"reviewed.yaml: 0 > verdict"):
        Reviews.read(path)


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("tiga", 3), ("sepuluh", 10), ("sebelas", 11), ("empat belas", 14), ("enam puluh", 60),
        ("dua puluh lima", 25), ("seratus", 100), ("seratus dua puluh", 120), ("orang", None), ("tiga orang", None),
    ],
)  # fmt: skip
def test_number_words(words: str, value: int | None) -> None:
    assert number_of(words) == value
