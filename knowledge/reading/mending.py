# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Entries that a decree prints wrongly cut, set right by the same entries printed whole for other services."""

from __future__ import annotations

from collections.abc import Iterator

from knowledge.model import Item, Listing
from knowledge.reading.lists import closed
from knowledge.reading.vocabulary import FUNCTION_WORDS, Vocabulary

OFTEN = 2
"""An entry seen this often is how the decree means it."""


def mend(listing: Listing, vocabulary: Vocabulary) -> Listing:
    """`listing` with an entry that an enumerator cuts in two joined, and two that share one enumerator parted."""
    items: list[Item] = []
    starts = {section.start for section in listing.sections}
    moved: dict[int, int] = {}
    for at, item in enumerate(listing.items):
        if items and at not in starts and _belongs(items[-1], item, vocabulary):
            items[-1] = items[-1].model_copy(update={"text": f"{items[-1].text} {item.text}"})
            continue
        moved[at] = len(items)
        items += _parted(item, vocabulary)
    sections = tuple(s.model_copy(update={"start": moved[s.start]}) for s in listing.sections)
    return Listing(items=tuple(items), sections=sections)


def _belongs(before: Item, item: Item, vocabulary: Vocabulary) -> bool:
    whole = vocabulary.entries.get(f"{before.text} {item.text}", 0)
    return whole >= OFTEN and bool(item.marker) and item.level == before.level


def _parted(item: Item, vocabulary: Vocabulary) -> Iterator[Item]:
    words = item.text.split()
    if item.marker and vocabulary.entries.get(item.text, 0) < OFTEN:
        for at in range(2, len(words) - 1):
            first = closed(" ".join(words[:at]))
            if _begins(words, at, vocabulary) and vocabulary.entries.get(first, 0) >= OFTEN:
                yield item.model_copy(update={"text": first})
                yield Item(text=" ".join(words[at:]), level=item.level)
                return
    yield item


def _begins(words: list[str], at: int, vocabulary: Vocabulary) -> bool:
    opens = (words[at], words[at + 1]) in vocabulary.openings and words[at][0].isupper()
    return opens and words[at - 1].lower() not in FUNCTION_WORDS
