# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Every state, kind and class has its words; every button fits the narrowest platform."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from bot.app import App
from handlers import ticket_replies
from handlers.messages import Draft, Outgoing
from knowledge.loader import Catalogue
from tests.tickets.test_steps import BY, HOURS, REACHED, at, filed
from tickets import clock, steps
from tickets.clock import Promise, Unit
from tickets.model import Class, Identity, Kind, Status

NOW = at("2025-06-10T10:00")
INTERNAL = re.compile(r"\bNone\b|_|\b[A-Z]{2,}_[A-Z]+\b|[{}\[\]<>]")


def test_every_state_kind_class_and_identity_has_its_words() -> None:
    assert set(ticket_replies.STATUS) == set(Status)
    assert set(ticket_replies.NAMES) == set(Kind)
    assert set(ticket_replies.CLASSES) == set(Class)
    assert set(ticket_replies.IDENTITY) == set(Identity)


def said(catalogue: Catalogue) -> list[Outgoing]:
    """Every bubble about tickets, in each of its forms."""
    drafts = [
        Draft(kind, text="antre lama", when="kemarin", contact="0812", identity=identity)
        for kind in Kind
        for identity in Identity
    ]
    service = next(catalogue.services())
    tickets = [make() for make in REACHED.values()]
    classified = steps.classify(filed("2025-06-10T09:00"), Class.TIDAK_BERKADAR, BY, NOW, HOURS)
    why = clock.explain(Promise(5, Unit.HARI_KERJA, "Keputusan"), at("2025-06-02T09:00"), HOURS.calendar)
    bubbles = [
        ticket_replies.which_office(catalogue.decrees),
        ticket_replies.when(),
        *(ticket_replies.contact(kind) for kind in Kind),
        ticket_replies.same_or_another(),
        ticket_replies.which_number(),
        ticket_replies.wrong_number("ADU-2611-7K3F8"),
        ticket_replies.unknown_number("ADU-2611-7K3F9"),
        ticket_replies.settled("ADU-2611-7K3F9"),
        ticket_replies.rated(),
        ticket_replies.classified(classified, why),
        *(ticket_replies.which_unit(decree) for decree in catalogue.decrees),
        *(ticket_replies.statuses([ticket], NOW, own) for ticket in tickets for own in (True, False)),
        ticket_replies.statuses(
            [replace(t, number=f"{t.number}{n}") for n, t in enumerate(tickets[:3])], NOW, own=True
        ),
    ]
    for draft in drafts:
        bubbles += [
            ticket_replies.what_happened(draft),
            ticket_replies.read_back(draft, service, corruption=True),
            ticket_replies.read_back(draft, None, corruption=False),
            ticket_replies.resume(draft),
            ticket_replies.dropped(draft.kind),
            ticket_replies.change_or_drop(draft.kind),
        ]
        bubbles += [
            ticket_replies.opened(question, draft, danger=True)
            for question in (ticket_replies.when(), *(ticket_replies.which_unit(d) for d in catalogue.decrees))
        ]
    for ticket in (*tickets, replace(tickets[0], identity=Identity.ANONIM, sender=None, suggested=Class.BERKADAR)):
        bubbles += [ticket_replies.sent(replace(ticket, about_staff=True), why), ticket_replies.sent(ticket, None)]
        bubbles += [
            ticket_replies.reopened(ticket, NOW),
            ticket_replies.answered(ticket),
            ticket_replies.lapsed(ticket),
        ]
    return bubbles


def test_every_bubble_fits_and_speaks_plainly(catalogue: Catalogue) -> None:
    for bubble in said(catalogue):
        assert len(bubble.text) <= 4096
        assert not INTERNAL.search(bubble.text), bubble.text
        assert len(bubble.choices) <= 10, bubble
        assert len({choice.id for choice in bubble.choices}) == len(bubble.choices)
        for choice in bubble.choices:
            assert 0 < len(choice.label) <= 24, choice
            assert len(choice.description) <= 72
            assert len(choice.id.encode()) <= 64


def test_a_due_date_is_explained_in_days_that_people_know(built_app: App) -> None:
    received = datetime.fromisoformat("2025-03-27T09:00+07:00")
    why = clock.explain(Promise(5, Unit.HARI_KERJA, "Keputusan"), received, HOURS.calendar)
    lines = ticket_replies.explained(why, "normatif")
    assert lines[0] == "Diterima Kamis, 27 Maret 2025 pukul 09.00 WIB."
    assert "Tidak dihitung: Senin, 31 Maret 2025 sampai Selasa, 1 April 2025 (Idulfitri 1446 H)." in lines
    assert "Tidak dihitung: Sabtu, 12 April 2025 sampai Minggu, 13 April 2025 (akhir pekan)." in lines
    assert lines[-1] == "Jatuh tempo Senin, 14 April 2025 pukul 16.00 WIB."
    assert ticket_replies.skipped(why).startswith("28 Maret Cuti bersama Nyepi, 29 Maret Hari Suci Nyepi")
