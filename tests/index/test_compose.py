# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Composed messages carry the labels that a careful reader would give them."""

from __future__ import annotations

from itertools import islice

import pytest

from index.compose import COMPLAINT, NONE, Composer, Example, labels
from index.heads import HEADS
from index.train import targets
from knowledge.phrasebook import Phrasebook


@pytest.fixture(scope="module")
def composed(book: Phrasebook) -> list[Example]:
    return list(islice(Composer(book, 7).examples(), 5000))


def test_only_known_labels_are_given(book: Phrasebook, composed: list[Example]) -> None:
    for head, known in labels(book).items():
        assert {name for example in composed for name in getattr(example, head)} <= set(known)


def test_a_complaint_asks_for_no_component(composed: list[Example]) -> None:
    complaints = [example for example in composed if example.intent == (COMPLAINT,)]
    assert complaints
    assert {example.component for example in complaints} == {(NONE,)}


def test_what_fits_twins_is_labelled_with_both(book: Phrasebook, composed: list[Example]) -> None:
    twins = {twins.kebutuhan for twins in book.twins}
    assert {example.need for example in composed if len(example.need) > 1} <= twins
    assert twins & {example.need for example in composed}


def test_labels_share_what_is_meant_and_none_is_passed_over() -> None:
    classes = {head: ["a", "b", "c"] for head in HEADS}
    shares = targets([Example("x", ("a",), ("b", "c")), Example("y", ("c",))], classes)
    assert shares["intent"].tolist() == [[1, 0, 0], [0, 0, 1]]
    assert shares["need"].tolist() == [[0, 0.5, 0.5], [0, 0, 0]]
    assert not shares["unit"].any()
