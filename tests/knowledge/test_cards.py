# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Cards: verbatim, sourced, cut at sense boundaries."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bot.app import KNOWLEDGE
from index.decision import ASKABLE
from knowledge.cards import HEADINGS, NotInForce, card
from knowledge.loader import Catalogue, load
from knowledge.model import Component, ServiceId

TODAY = date(2026, 11, 26)


def test_every_service_has_every_card(catalogue: Catalogue) -> None:
    for service in catalogue.services():
        for component in ASKABLE:
            shown = card(catalogue, service.id, component, TODAY)
            assert any(line.text.strip() for line in shown.lines), (service.id, component, TODAY)
            assert shown.source == f"Sumber: {catalogue.decree_of(service.id).title}"
            assert shown.heading == HEADINGS[component]


def test_pages_hold_all_lines_in_order_and_never_end_on_a_heading(catalogue: Catalogue) -> None:
    for service in catalogue.services():
        shown = card(catalogue, service.id, Component.PERSYARATAN, TODAY)
        pages = shown.pages(1000)
        assert tuple(line for page in pages for line in page) == shown.lines
        assert not any(page[-1].bold for page in pages)


def test_a_known_misprint_is_shown_with_a_note(catalogue: Catalogue) -> None:
    shown = card(catalogue, ServiceId("landak-2"), Component.PENGADUAN, TODAY)
    assert any("08950565" in line.text for line in shown.lines)
    assert "tercetak tidak lengkap" in shown.notes[0]


def test_a_cell_of_many_times_is_shown_a_line_each_and_loses_nothing(catalogue: Catalogue) -> None:
    for service in catalogue.services():
        for component in (Component.WAKTU, Component.PRODUK):
            printed = getattr(service.components, component).text
            lines = card(catalogue, service.id, component, TODAY).lines
            shown = " ".join(f"{line.marker} {line.text}" for line in lines)
            assert [w.strip(";") for w in printed.split()] == [w for w in shown.split() if w != "•" or w in printed]
    lines = card(catalogue, ServiceId("kalbar-1-10"), Component.WAKTU, TODAY).lines
    assert [(line.marker, line.level) for line in lines][:3] == [("1.", 0), ("a.", 1), ("b.", 1)]


def test_there_is_no_card_from_a_decree_that_is_not_in_force(tmp_path: Path) -> None:
    (tmp_path / "validity.yaml").write_text("landak: {dicabut: 2026-11-26}", "utf-8")
    catalogue = load(KNOWLEDGE, tmp_path)
    assert card(catalogue, ServiceId("landak-1"), Component.WAKTU, date(2026, 11, 25)).lines
    for component in ASKABLE:
        with pytest.raises(NotInForce, match="134/ORG"):
            card(catalogue, ServiceId("landak-1"), component, TODAY)
