# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Ticket numbers: readable, checked."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from tickets.number import ALPHABET, is_number, number

WHEN = datetime(2026, 11, 26, tzinfo=UTC)
SIGN = st.sampled_from(ALPHABET)
NUMBERS = st.lists(SIGN, min_size=4, max_size=4).map(lambda signs: number(WHEN, _pick(signs)))


def _pick(signs: list[str]):  # type: ignore[no-untyped-def]
    supply = iter(signs)
    return lambda alphabet: next(supply)


@given(NUMBERS)
def test_a_number_is_one_however_it_is_typed(made: str) -> None:
    assert made.startswith("ADU-2611-")
    assert is_number(made)
    assert is_number(f" {made.lower()} ")


@given(NUMBERS, st.integers(4, 13), SIGN)
def test_a_wrong_sign_is_noticed(made: str, at: int, sign: str) -> None:
    if made[at] not in ("-", sign):
        assert not is_number(made[:at] + sign + made[at + 1 :])


@given(NUMBERS, st.integers(9, 12))
def test_swapped_neighbours_are_noticed(made: str, at: int) -> None:
    if made[at] != made[at + 1]:
        assert not is_number(made[:at] + made[at + 1] + made[at] + made[at + 2 :])
