# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""What a decree's numbered entries teach about the lists whose numbers are gone.

Offices print the same entries for one service after another; where text recognition dropped the enumerators, the
numbered copies tell with which words entries begin and at which level they stand.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from knowledge.model import Item

FUNCTION_WORDS = frozenset(
    "ke dan atau dari oleh pada di kepada yang dengan untuk dalam tentang melalui serta bagi para sebagai atas".split()
)
"""Words that never end an entry."""

MOSTLY = 0.75
"""Share of a word's uses that must open an entry for it to be a starter."""


@dataclass(frozen=True)
class Vocabulary:
    """One component's entries over all services; the empty vocabulary knows nothing and decides nothing.

    `entries` counts whole entries, `levels` has the usual level of each; `openings` are first two words,
    `starters` words that mostly stand first and `inner` words that mostly do not.
    """

    entries: Mapping[str, int] = field(default_factory=dict)
    levels: Mapping[str, int] = field(default_factory=dict)
    openings: frozenset[tuple[str, str]] = frozenset()
    starters: frozenset[str] = frozenset()
    inner: frozenset[str] = frozenset()


def learn(items: Iterable[Item]) -> Vocabulary:
    """The vocabulary of a component's `items`, of which only those with a printed enumerator count."""
    entries: Counter[str] = Counter()
    levels: defaultdict[str, Counter[int]] = defaultdict(Counter)
    first: Counter[str] = Counter()
    anywhere: Counter[str] = Counter()
    openings: set[tuple[str, str]] = set()
    for item in items:
        words = item.text.split()
        if not (item.marker and words):
            continue
        entries[item.text] += 1
        levels[item.text][item.level] += 1
        first[words[0]] += words[0][0].isupper()
        anywhere.update(words)
        openings.update([(words[0], words[1])] if len(words) > 1 else [])
    starters = frozenset(word for word, times in first.items() if times > MOSTLY * anywhere[word])
    return Vocabulary(
        entries=entries,
        levels={text: counted.most_common(1)[0][0] for text, counted in levels.items()},
        openings=frozenset(openings),
        starters=starters,
        inner=frozenset(anywhere) - starters,
    )
