# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Chat Indonesian made comparable: one spelling, one case, no decoration; and its features."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache

MAX_CHARS = 2000
"""What is read of one message; the rest of a longer one adds time and no meaning."""

TOKEN = re.compile(r"[a-z0-9]+")
STRETCHED = re.compile(r"([a-z])\1\1+")
REDUPLICATED = re.compile(r"\b([a-z]{2,})2(?=\b|nya\b)")
ENCLITIC = re.compile(r"(?<=[a-z]{4})(nya|kah|lah)$")


def fold(text: str) -> str:
    """Lower case ASCII of `text`, without accents, emoji and zero-width characters."""
    text = text[:MAX_CHARS]
    return (text if text.isascii() else unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()).lower()


def tokens(text: str, slang: Mapping[str, str]) -> list[str]:
    """The words of `text`, SMS and slang forms replaced by the dictionary's word ("gmn" becomes "bagaimana").

    >>> tokens("Brp sewa tendanya??", {"brp": "berapa"})
    ['berapa', 'sewa', 'tenda', 'nya']
    """
    plain = STRETCHED.sub(r"\1", fold(text))
    if "2" in plain:
        plain = REDUPLICATED.sub(r"\1 \1", plain)
    found: list[str] = []
    for token in TOKEN.findall(plain):
        if token in slang:
            for word in slang[token].split():
                found += _parted(word)
        else:
            found += _parted(token)
    return found


@lru_cache(maxsize=50_000)
def _parted(word: str) -> tuple[str, ...]:
    """A word and the enclitic at its end, if it has one."""
    stem = ENCLITIC.sub("", word)
    return (stem, word[len(stem) :]) if stem != word else (word,)


def pairs(words: Sequence[str]) -> list[str]:
    """Each word with the one before it, and the last with the end: one more than there are words."""
    return [f"{left}_{right}" for left, right in zip(["^", *words], [*words, "$"], strict=True)]


@lru_cache(maxsize=50_000)
def ngrams(word: str) -> tuple[str, ...]:
    """The word itself and its character 3- to 5-grams with its edges.

    These are fastText's subwords (Bojanowski et al. 2017, doi:10.1162/tacl_a_00051): a typo spoils a few of them and
    leaves the rest.
    """
    edged = f"<{word}>"
    return (word, *(edged[at : at + size] for size in (3, 4, 5) for at in range(len(edged) - size + 1)))
