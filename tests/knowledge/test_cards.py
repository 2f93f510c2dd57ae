# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Cards: verbatim, sourced, cut at sense boundaries."""

from __future__ import annotations

from datetime import date

from index.search import ASKABLE
from knowledge.cards import HEADINGS, card
from knowledge.loader import Catalogue
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
