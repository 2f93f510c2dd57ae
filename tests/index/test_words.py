# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Chat spelling becomes one spelling, whatever is thrown at it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.words import MAX_CHARS, ngrams, pairs, tokens

SLANG = {"brp": "berapa", "gmn": "bagaimana", "dmn": "di mana"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Brp sewa tendanya??", ["berapa", "sewa", "tenda", "nya"]),
        ("tolooooong dmn", ["tolong", "di", "mana"]),
        ("syarat2 nya gmn", ["syarat", "syarat", "nya", "bagaimana"]),
        ("Éxit\u200b permit\u00a0ke LN", ["exit", "permit", "ke", "ln"]),
        ("🙏👍", []),
        ("\x00\x07", []),
        ("", []),
    ],
)
def test_tokens(text: str, words: list[str]) -> None:
    assert tokens(text, SLANG) == words


@given(st.text())
def test_any_text_gives_plain_tokens(text: str) -> None:
    assert all(token.isascii() and token.isalnum() and token.islower() | token.isdigit() for token in tokens(text, {}))


def test_a_flood_of_text_is_read_up_to_a_limit() -> None:
    assert len("".join(tokens("a b " * 10_000, {}))) <= MAX_CHARS


def test_a_word_is_spelt_by_itself_and_its_parts() -> None:
    assert ngrams("paw") == ("paw", "<pa", "paw", "aw>", "<paw", "paw>", "<paw>")


def test_pairs_hold_the_edges_of_a_message() -> None:
    assert pairs(["syarat", "paw"]) == ["^_syarat", "syarat_paw", "paw_$"]
    assert pairs([]) == ["^_$"]
