# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""What a message gives away by the words in it, where no model is needed to see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from index.words import tokens
from tickets.model import Class

ASKS_EARLY = 3
"""Words at the beginning of a message among which a question word makes it a question."""


def unit_cue(field: str) -> str:
    """What the names of a field of work's unit go by, among the cues."""
    return f"unit {field}"


class Cues:
    """The lists of `cues.yaml` and the names of units, compared with messages word by word in one spelling."""

    def __init__(self, lists: Mapping[str, Sequence[str]], slang: Mapping[str, str]) -> None:
        self._slang = slang
        self._runs = {name: frozenset(tuple(tokens(e, slang)) for e in entries) for name, entries in lists.items()}

    def stands(self, cue: str, text: str) -> bool:
        """Whether one of the entries of `cue` stands in `text`."""
        return self.longest(cue, text) > 0

    def longest(self, cue: str, text: str) -> int:
        """How many words the longest entry of `cue` has that stands in `text`, 0 where none does."""
        return max(self._found(cue, tokens(text, self._slang)), default=0)

    def asks(self, text: str) -> bool:
        """Whether `text` reads as a question."""
        return "?" in text or any(self._found("tanya", tokens(text, self._slang)[:ASKS_EARLY]))

    def tells(self, text: str) -> bool:
        """Whether a complaint says more than that it is one."""
        words = tokens(text, self._slang)
        return len(words) > sum(self._found("pembuka", words))

    def suggested(self, text: str) -> Class | None:
        """The class that the words suggest to the officer, who decides."""
        return Class.BERKADAR if self.stands("korupsi", text) else None

    def _found(self, cue: str, words: Sequence[str]) -> list[int]:
        """The lengths of the runs of `cue` in `words`, longest first at each place, without overlap."""
        runs = self._runs[cue]
        longest, found, at = max(map(len, runs)), [], 0
        while at < len(words):
            most = min(longest, len(words) - at)
            size = next((n for n in range(most, 0, -1) if tuple(words[at : at + n]) in runs), 0)
            found += [size] * bool(size)
            at += size or 1
        return found
