# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Entries without enumerators that run together, cut where one ends or the next begins."""

from __future__ import annotations

import re

from knowledge.reading.vocabulary import FUNCTION_WORDS, Vocabulary

LABELLED = re.compile(r"\b[A-Z]\w* ?:")
CONNECTIVE = re.compile(r";(?: dan(?:/atau)?\b)?")


def cut(text: str, vocabulary: Vocabulary) -> list[str]:
    """The entries of a run: semicolons end them, starters and labels ("Email :") begin them.

    Where semicolons end entries, starters count in labelled ones only: elsewhere a capital is just a capital.
    """
    parts = [part for part in CONNECTIVE.split(text) if part.strip(" .")]
    return [
        entry
        for part in parts
        for entry in _from_starters(part, vocabulary, by_starter=len(parts) == 1 or bool(LABELLED.search(part)))
    ]


def _from_starters(text: str, vocabulary: Vocabulary, by_starter: bool) -> list[str]:
    words = text.split()
    starts = [0]
    for at in range(1, len(words)):
        before = words[at - 1]
        starter = by_starter and words[at] in vocabulary.starters
        label = _is_label(words, at, vocabulary) and at - 1 not in starts
        if (starter or label) and before.lower() not in FUNCTION_WORDS and before[-1] not in ",/(":
            starts.append(at)
    return [" ".join(words[a:b]) for a, b in zip(starts, [*starts[1:], len(words)], strict=True)]


def _is_label(words: list[str], at: int, vocabulary: Vocabulary) -> bool:
    word = words[at]
    colon = word.endswith(":") or words[at + 1 : at + 2] == [":"]
    return colon and word[:1].isupper() and word.rstrip(":") not in vocabulary.inner
