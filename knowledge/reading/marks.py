# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""What looks like an enumerator in a text: "a.", "1)", "1).", "-", "•"; whether it is one, the list decides."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

ENUMERATOR = re.compile(
    r"(?:(?P<number>\d{1,2})(?P<number_end>\)\.?|\.)|(?P<letter>[A-Za-z])(?P<letter_end>[.)])|(?P<bullet>[-•]))(?=\s)"
)
LONG_WORD = re.compile(r"[a-z]{4}$")
NEXT_SENTENCE = re.compile(r"[^\W\d][.,]$")
SECTION_STYLE = "A."


@dataclass(frozen=True)
class Mark:
    """An enumerator's printed form, style and value (0 for bullets), where it stands and between what."""

    printed: str
    style: str
    value: int
    start: int
    end: int
    before: str
    after: str

    @property
    def bullet(self) -> bool:
        return self.value == 0

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


def marks(text: str) -> Iterator[Mark]:
    """All possible enumerators of `text`, in order."""
    for match in ENUMERATOR.finditer(text):
        style, value = _style(match)
        mark = Mark(match[0], style, value, match.start(), match.end(), text[: match.start()], text[match.end() :])
        if not mark.glued or (mark.may_be_glued and not (match["number"] and _inside_a_number(mark))):
            yield mark


def _style(match: re.Match[str]) -> tuple[str, int]:
    if match["number"]:
        return "1" + match["number_end"][:1], int(match["number"])
    if letter := match["letter"]:
        return ("A" if letter.isupper() else "a") + match["letter_end"], ord(letter.lower()) - ord("a") + 1
    return match["bullet"], 0


def _inside_a_number(mark: Mark) -> bool:
    """ "12.5) " is one number; "tahun.3) Evaluasi" is the end of an entry and the next."""
    if mark.before[-1] not in ".,":
        return mark.before[-1].isdigit() or mark.before[-1] in "/(-"
    return not (NEXT_SENTENCE.search(mark.before) and mark.before_capital) and not mark.before.endswith(").")
