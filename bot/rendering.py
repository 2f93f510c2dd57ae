# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Text cut to what a platform takes, at the end of a line, a sentence or a word."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from handlers.messages import Choice, Outgoing
from knowledge.cards import Line

ENDS = ("\n\n", "\n", ". ", "; ", ", ", " ")
"""Where a text may be cut, best first."""

Measure = Callable[[str], int]


def utf16(text: str) -> int:
    """Length in UTF-16 units, as Telegram counts it and WhatsApp's limits are safe to be read."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def lines(message: Outgoing, write: Callable[[Line], str]) -> str:
    """The lines as one text, each written by `write`."""
    return "\n".join(write(line) for line in message.lines)


def indented(line: Line, text: str) -> str:
    """A line with its depth and its marker, around `text`."""
    return f"{'   ' * line.level}{f'{line.marker} ' * bool(line.marker)}{text}"


def cut(text: str, limit: int, measure: Measure = utf16) -> Iterator[str]:
    """`text` in parts of at most `limit`; nothing of it is lost but the white space where it is cut."""
    rest = text.strip()
    while measure(rest) > limit:
        head = _longest(rest, limit, measure) or rest[0]  # one sign may be longer than so small a limit
        at = next((end for mark in ENDS if (end := head.rfind(mark) + len(mark)) > max(len(mark), len(head) // 2)), 0)
        head = head[: at or len(head)]
        if head.strip():
            yield head.strip()
        rest = rest[len(head) :].strip()
    if rest:
        yield rest


def shortened(text: str, limit: int, measure: Measure = utf16) -> str:
    """`text`, or as much of it as fits with an ellipsis."""
    if measure(text) <= limit:
        return text
    return _longest(text, limit - 1, measure).rstrip() + "…"


def unlike(labels: Sequence[str], limit: int) -> list[str]:
    """The labels cut to `limit` and told apart by a number where two would look the same."""
    made: list[str] = []
    for label in labels:
        plain = " ".join(label.split()) or "–"
        told, count = shortened(plain, limit), 2
        while told.casefold() in {other.casefold() for other in made}:
            mark = f" ({count})"
            told, count = shortened(plain, limit - len(mark)) + mark, count + 1
        made.append(told)
    return made


def at_most(choices: Sequence[Choice], count: int) -> tuple[Choice, ...]:
    """The first choices; handlers page longer lists, so that nothing is lost here."""
    return tuple(choices[:count])


def _longest(text: str, limit: int, measure: Measure) -> str:
    """The longest beginning of `text` that measures at most `limit`; no sign of two units is split."""
    low, high = 0, min(len(text), limit)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if measure(text[:middle]) <= limit else (low, middle - 1)
    return text[:low]
