# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""String likeness by rapidfuzz: a service called by its name is found whatever the model thinks, typos and all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

import numpy as np
from rapidfuzz import fuzz, process
from rapidfuzz.distance import Levenshtein

from index.heads import Floats


class Names:
    """Likeness of a message to the names of each of several things, each name normalised as the message is."""

    def __init__(self, names: Sequence[Iterable[str]]) -> None:
        pairs = [(number, name) for number, several in enumerate(names) for name in several]
        self._names = [name for _, name in pairs]
        self._words = [frozenset(name.split()) for name in self._names]
        self._owners = np.array([number for number, _ in pairs])
        self._count = len(names)
        self.words = [frozenset(word for name in several for word in name.split()) for several in names]
        """All the words of each thing's names."""

    def likeness(self, message: str) -> Floats:
        """Best token-set ratio to any name of each thing, 0 to 1, shape (things,)."""
        ratios = process.cdist([message], self._names, scorer=fuzz.token_set_ratio, dtype=np.float32)[0] / 100
        best = np.zeros(self._count, np.float32)
        np.maximum.at(best, self._owners, ratios)
        return best

    def called(self, words: Iterable[str]) -> frozenset[int]:
        """The things one of whose names stands whole in the message; a single word is no name."""
        there = set(words)
        return frozenset(
            int(owner) for name, owner in zip(self._words, self._owners, strict=True) if len(name) > 1 and name <= there
        )


def alike(texts: Sequence[str], least: float = 80) -> list[list[int]]:
    """The places of `texts` in groups of likeness: each joins the first group whose first text it resembles."""
    groups: list[list[int]] = []
    firsts: list[str] = []
    for place, text in enumerate(texts):
        found = process.extractOne(text, firsts, scorer=fuzz.token_set_ratio, score_cutoff=least)
        if found:
            groups[found[2]].append(place)
        else:
            groups.append([place])
            firsts.append(text)
    return groups


class Speller:
    """Unknown words become the known word they are a slip of: one edit, two in long words, same first letter."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        self._known = counts
        self._by_initial: dict[str, list[str]] = {}
        for word in sorted(counts, key=lambda word: (-counts[word], word)):
            if len(word) >= 4:
                self._by_initial.setdefault(word[0], []).append(word)
        self.correct = lru_cache(maxsize=4096)(self._correct)

    def knows(self, word: str) -> bool:
        return word in self._known

    def _correct(self, word: str) -> str:
        if word in self._known or len(word) < 5 or not word.isalpha():
            return word
        edits = 1 if len(word) < 8 else 2
        found = process.extractOne(
            word, self._by_initial.get(word[0], ()), scorer=Levenshtein.distance, score_cutoff=edits
        )
        return found[0] if found else word
