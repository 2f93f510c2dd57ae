# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Lists are cut where the next enumerator of a running sequence stands; without enumerators, where an entry starts.

A stack holds the open lists, each with its style and last value: "Nomor 8 Tahun 2015" is no entry, for no list
is at 7; and "c." after "b. … 1) … 2) …" closes the inner list.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from knowledge.model import Item, Listing, Section
from knowledge.reading.markup import Block

ENUMERATOR = re.compile(
    r"(?:(?P<number>\d{1,2})(?P<number_end>\)\.?|\.)|(?P<letter>[A-Za-z])(?P<letter_end>[.)])|(?P<bullet>[-•]))(?=\s)"
)
LONG_WORD = re.compile(r"[a-z]{4}$")
CLOSING = re.compile(r"(?:[\s;.:,]|; ?dan(?:/atau)?)+$")
LABELLED = re.compile(r"\b[A-Z]\w* ?:")
CONNECTIVE = re.compile(r";(?: dan(?:/atau)?\b)?")
FUNCTION_WORDS = frozenset(
    "ke dan atau dari oleh pada di kepada yang dengan untuk dalam tentang melalui serta bagi para sebagai".split()
)

SECTION = -1
"""The level of a lettered heading: it closes every list."""


@dataclass
class _List:
    """An open list: its style ("1)", "a.", "-" …) and the value of its last enumerator."""

    style: str
    last: int


@dataclass(frozen=True)
class _Mark:
    """What looks like an enumerator, and where it stands."""

    printed: str
    style: str
    value: int
    start: int
    end: int
    before: str
    after: str

    @property
    def leads(self) -> bool:
        return not self.before.strip()

    @property
    def glued(self) -> bool:
        return bool(self.before) and not self.before[-1].isspace()

    @property
    def may_be_glued(self) -> bool:
        """ "bulanb. Survei" and ";2) Menyampaikan", but not "Kab. Melawi" nor "(0561) 736541"."""
        return bool(LONG_WORD.search(self.before)) or self.before[-1] in ";.:,)"

    @property
    def after_stop(self) -> bool:
        return self.before.rstrip()[-1:] in tuple(";:.,")

    @property
    def before_capital(self) -> bool:
        return self.after.lstrip()[:1].isupper()


def cut(blocks: Sequence[Block], starters: Collection[str] = ()) -> Listing:
    """The entries of a cell's blocks; `starters` are first words of entries, for runs without enumerators."""
    items: list[Item] = []
    sections: list[Section] = []
    stack: list[_List] = []
    for block in blocks:
        for marker, level, text in _pieces(block.text, stack):
            if level == SECTION:
                sections.append(Section(title=f"{marker} {closed(text)}", start=len(items)))
            elif marker:
                items.append(Item(text=text, level=level, marker=marker))
            elif items and _goes_on(items[-1].text, text, block.wraps):
                items[-1] = items[-1].model_copy(update={"text": f"{items[-1].text} {text}"})
            else:
                parts = runs(text, starters) if block.listed else [text]
                items += [Item(text=part, level=level) for part in parts]
    return Listing(items=tuple(i.model_copy(update={"text": closed(i.text)}) for i in items), sections=tuple(sections))


def closed(text: str) -> str:
    """`text` without the stops that end a list entry."""
    return CLOSING.sub("", text)


def runs(text: str, starters: Collection[str]) -> list[str]:
    """The entries of a run that has no enumerators: semicolons end them, starters and labels ("Email :") begin them.

    Where semicolons end entries, starters count in labelled ones only: elsewhere a capital is just a capital.
    """
    parts = [part for part in CONNECTIVE.split(text) if part.strip(" .")]
    return [
        entry
        for part in parts
        for entry in _from_starters(part, starters if len(parts) == 1 or LABELLED.search(part) else ())
    ]


def _from_starters(text: str, starters: Collection[str]) -> list[str]:
    words = text.split()
    starts = [0]
    for at in range(1, len(words)):
        label = words[at][:1].isupper() and (words[at].endswith(":") or words[at + 1 : at + 2] == [":"])
        before = words[at - 1]
        begins = words[at] in starters or (label and at - 1 not in starts)
        if begins and before.lower() not in FUNCTION_WORDS and before[-1] not in ",/:(":
            starts.append(at)
    return [" ".join(words[a:b]) for a, b in zip(starts, [*starts[1:], len(words)], strict=True)]


def _pieces(text: str, stack: list[_List]) -> Iterator[tuple[str, int, str]]:
    """Marker, level and text of each entry of one block, the text before the first marker with marker ""."""
    depth = len(stack)
    accepted = [(mark, level) for mark in _marks(text) if (level := _level(mark, stack)) is not None]
    ends = [mark.start for mark, _ in accepted[1:]] + [len(text)]
    if lead := text[: accepted[0][0].start if accepted else len(text)].strip():
        yield "", depth, lead
    for (mark, level), end in zip(accepted, ends, strict=False):
        yield mark.printed, level, text[mark.end : end].strip()


def _marks(text: str) -> Iterator[_Mark]:
    for match in ENUMERATOR.finditer(text):
        before = text[: match.start()]
        if number := match["number"]:
            if before[-1:].isdigit() or before[-1:] in tuple(".,/(-"):
                continue
            style, value = "1" + match["number_end"][:1], int(number)
        elif letter := match["letter"]:
            style = ("A" if letter.isupper() else "a") + match["letter_end"]
            value = ord(letter.lower()) - ord("a") + 1
        else:
            style, value = match["bullet"], 0
        mark = _Mark(match[0], style, value, match.start(), match.end(), before, text[match.end() :])
        if (mark.leads or style != "A.") and (not mark.glued or mark.may_be_glued):
            yield mark


def _level(mark: _Mark, stack: list[_List]) -> int | None:
    """The level at which `mark` continues or opens a list; None where it is part of the text."""
    bullet = mark.value == 0
    if mark.style == "A.":
        stack.clear()
        return SECTION
    for depth in reversed(range(len(stack))):
        if stack[depth].style == mark.style and (bullet or mark.value == stack[depth].last + 1):
            return _goes_to(depth, mark, stack)
    if mark.glued:
        return None
    if mark.leads or (mark.after_stop if bullet or mark.style == "1." else mark.value == 1):
        return _opens(mark, stack) if bullet or mark.value == 1 else _out_of_order(mark, stack)
    return _out_of_order(mark, stack) if mark.before_capital and mark.style != "1." and not bullet else None


def _opens(mark: _Mark, stack: list[_List]) -> int:
    stack.append(_List(mark.style, mark.value))
    return len(stack) - 1


def _goes_to(depth: int, mark: _Mark, stack: list[_List]) -> int:
    del stack[depth + 1 :]
    stack[depth].last = mark.value
    return depth


def _out_of_order(mark: _Mark, stack: list[_List]) -> int | None:
    """Decrees misnumber: an unexpected value goes on with the innermost list of its style, or leads one."""
    for depth in reversed(range(len(stack))):
        if stack[depth].style == mark.style:
            return _goes_to(depth, mark, stack)
    return _opens(mark, stack) if mark.leads else None


def _goes_on(before: str, text: str, wraps: bool) -> bool:
    """Whether a block without enumerator is the rest of the sentence before it."""
    if before.rstrip().endswith((";", ":", ".")):
        return False
    return wraps or text[:1].islower()
