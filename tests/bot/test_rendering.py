# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Whatever is said fits both platforms: every card of the catalogue, and hostile text."""

from __future__ import annotations

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from bot import rendering, telegram, whatsapp
from handlers import replies
from handlers.messages import Choice, Outgoing
from index.decision import ASKABLE
from knowledge import cards
from knowledge.cards import Line
from knowledge.loader import Catalogue
from tests.bot.fakes import plain, refusal, shown, utf16

HOSTILE = st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=300) | st.sampled_from(
    ["*_~`", "<b>&</b>", "a" * 9000, "😀" * 3000, "\n" * 50, "\u202e\u200b", " ", "kata " * 2000, "*tebal* _miring_"]
)
LINES = st.builds(Line, HOSTILE, level=st.integers(0, 3), marker=st.sampled_from(["", "•", "1."]), bold=st.booleans())
CHOICES = st.builds(Choice, st.text("ab:1", min_size=1, max_size=64), HOSTILE, HOSTILE)
MESSAGES = st.builds(
    Outgoing,
    st.lists(LINES, min_size=1, max_size=12).map(tuple),
    st.lists(CHOICES, max_size=12, unique_by=lambda choice: choice.id).map(tuple),
)


def check(message: Outgoing) -> None:
    """Neither platform refuses it; what can be tapped is below the last bubble."""
    for_whatsapp = whatsapp.render(message)
    for payload in for_whatsapp:
        assert refusal({"messaging_product": "whatsapp", "to": "62", **payload}) is None, payload
    for part in telegram.render(message):
        text = plain(part["text"])
        assert text is not None, part
        assert 0 < utf16(text) <= 4096
        assert all(len(id.encode()) <= 64 for _, id in part.get("buttons", ()))
    assert all("interactive" not in payload for payload in for_whatsapp[:-1])
    assert bool(message.choices) == ("interactive" in for_whatsapp[-1])


@settings(deadline=None, max_examples=200)
@given(MESSAGES)
def test_hostile_text_fits(message: Outgoing) -> None:
    check(message)


@settings(deadline=None, max_examples=200)
@given(HOSTILE, st.integers(1, 200))
def test_cutting_loses_only_white_space(text: str, limit: int) -> None:
    parts = list(rendering.cut(text, limit))
    assert all(0 < rendering.utf16(part) <= max(limit, 2) for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


@given(st.lists(HOSTILE, max_size=10))
def test_no_two_labels_look_alike(labels: list[str]) -> None:
    made = rendering.unlike(labels, 24)
    assert len({label.casefold() for label in made}) == len(labels)
    assert all(0 < rendering.utf16(label) <= 24 for label in made)


def test_every_card_is_one_bubble_on_both(catalogue: Catalogue) -> None:
    bubbles = 0
    for service in catalogue.services():
        for component in ASKABLE:
            card = cards.card(catalogue, service.id, component, date(2026, 11, 27))
            for page, pages in ((page, card.pages(3400)) for page in range(1, len(card.pages(3400)) + 1)):
                onward = [replies.component_choice(service.id, other) for other in ASKABLE[:6]]
                message = replies.card(card, page, pages, onward)
                check(message)
                assert len(whatsapp.render(message)) == 1
                assert len(telegram.render(message)) == 1
                bubbles += 1
    assert bubbles >= 124 * len(ASKABLE)


def test_signs_that_would_format_are_seen_and_do_nothing() -> None:
    message = Outgoing((Line("Judul", bold=True), Line("berkas_a_b dan *x*"), Line("<b>&amp;")))
    (payload,) = whatsapp.render(message)
    body = payload["text"]["body"]
    assert body.startswith("*Judul*\n")
    assert "*x*" not in body
    assert shown({"type": "text", **payload}).splitlines()[1] == "berkas_a_b dan *x*"
    (part,) = telegram.render(message)
    assert part["text"] == "<b>Judul</b>\nberkas_a_b dan *x*\n&lt;b&gt;&amp;amp;"
