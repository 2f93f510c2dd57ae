# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Lists are cut where the next enumerator of a running sequence stands; without enumerators, where an entry starts.

A stack holds the open lists, each with its style and last value: "Nomor 8 Tahun 2015" is no entry, for no list
is at 7; and "c." after "b. … 1) … 2) …" closes the inner list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from knowledge.model import Item, Listing, Section
from knowledge.reading import runs
from knowledge.reading.marks import SECTION_STYLE, Mark, marks
from knowledge.reading.markup import Block
from knowledge.reading.vocabulary import Vocabulary

CLOSING = re.compile(r"(?:[\s;.:,]|; ?dan?(?:/atau)?|(?<=\w )dan(?:/atau)?)+$")

SECTION = -1
"""The level of a lettered heading: it closes every list."""


def cut(blocks: Sequence[Block], vocabulary: Vocabulary | None = None) -> Listing:
    """The entries of a cell's blocks; what `vocabulary` knows helps where enumerators are missing."""
    cutter = _Cutter(vocabulary or Vocabulary())
    for block in blocks:
        cutter.add(block)
    items = tuple(item.model_copy(update={"text": closed(item.text)}) for item in cutter.items)
    return Listing(items=items, sections=tuple(cutter.sections))


def closed(text: str) -> str:
    """`text` without the stops that end a list entry."""
    return CLOSING.sub("", text)


@dataclass
class _List:
    """An open list: its style ("1)", "a.", "-" …) and the value of its last enumerator."""

    style: str = ""
    last: int = 0


@dataclass
class _Cutter:
    vocabulary: Vocabulary
    items: list[Item] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)
    open: list[_List] = field(default_factory=list)
    section: int = 0

    def add(self, block: Block) -> None:
        for marker, level, text in self._pieces(block.text):
            if level == SECTION:
                self.sections.append(Section(title=closed(text), start=len(self.items), marker=marker))
            elif marker:
                self.items.append(Item(text=text, level=level, marker=marker))
            else:
                self._add_unnumbered(text, block)

    def _pieces(self, text: str) -> Iterator[tuple[str, int, str]]:
        """Marker, level and text of each entry, the text before the first marker with marker ""."""
        start, marker, level = 0, "", 0
        for mark in marks(text):
            depth = self._level(mark)
            if depth is None:
                continue
            if marker or text[: mark.start].strip():
                yield marker, level, text[start : mark.start].strip()
            start, marker, level = mark.end, mark.printed, self._under_lead(mark, depth)
        yield from [(marker, level, text[start:].strip())] if marker or text.strip() else []

    def _add_unnumbered(self, text: str, block: Block) -> None:
        if self.items and _goes_on(self.items[-1].text, text, block.wraps):
            self.items[-1] = self.items[-1].model_copy(update={"text": f"{self.items[-1].text} {text}"})
            return
        for entry in runs.cut(text, self.vocabulary) if block.listed else [text]:
            self.items.append(Item(text=entry, level=self._unnumbered_level(entry)))

    def _unnumbered_level(self, entry: str) -> int:
        """As elsewhere in the decree; else below a lead ("… melalui :"); else beside the entry before."""
        if (known := self.vocabulary.levels.get(closed(entry))) is not None:
            return known
        if not self.items:
            return 0
        return self.items[-1].level + self._after_lead("")

    def _level(self, mark: Mark) -> int | None:
        """The level at which `mark` continues or opens a list; None where it is part of the text."""
        if mark.style == SECTION_STYLE:
            return self._section(mark)
        for depth in reversed(range(len(self.open))):
            if self.open[depth].style == mark.style and (mark.bullet or mark.value == self.open[depth].last + 1):
                deeper = mark.bullet and self._after_lead(mark.before)
                return self._opens(mark) if deeper else self._goes_to(depth, mark)
        if mark.glued:
            return None
        if mark.leads or (mark.after_stop if mark.bullet or mark.style == "1." else mark.value == 1):
            return self._opens(mark) if mark.bullet or mark.value == 1 else self._out_of_order(mark)
        return self._out_of_order(mark) if mark.before_capital and mark.style != "1." and not mark.bullet else None

    def _section(self, mark: Mark) -> int | None:
        if not (mark.leads or (mark.after_stop and mark.value == self.section + 1 > 1)):
            return None
        self.open.clear()
        self.section = mark.value
        return SECTION

    def _opens(self, mark: Mark) -> int:
        self.open.append(_List(mark.style, mark.value))
        return len(self.open) - 1

    def _goes_to(self, depth: int, mark: Mark) -> int:
        del self.open[depth + 1 :]
        self.open[depth].last = mark.value
        return depth

    def _out_of_order(self, mark: Mark) -> int | None:
        """Decrees misnumber: an unexpected value goes on with the innermost list of its style, or leads one."""
        for depth in reversed(range(len(self.open))):
            if self.open[depth].style == mark.style:
                return self._goes_to(depth, mark)
        return self._opens(mark) if mark.leads else None

    def _under_lead(self, mark: Mark, depth: int) -> int:
        """The bullets of an unnumbered lead ("Contact Center : - …") stand below it."""
        if mark.bullet and self.items and not self.items[-1].marker and self._after_lead(""):
            while depth <= self.items[-1].level:
                self.open.insert(depth, _List())
                depth += 1
        return depth

    def _after_lead(self, before: str) -> bool:
        """Whether what stands before, in this block or the last, ends in a colon."""
        return (before.strip() or (self.items[-1].text if self.items else "")).endswith(":")


def _goes_on(before: str, text: str, wraps: bool) -> bool:
    """Whether a block without enumerator is the rest of the sentence before it."""
    if before.rstrip().endswith((";", ":", ".")):
        return False
    return wraps or text[:1].islower() or before.count("(") > before.count(")")
