# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Ticket numbers: readable on the telephone, not to be guessed, and a slip of the pen is noticed."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

ALPHABET = "0123456789ACDEFGHJKMNPRTUVWXY"
"""Twenty-nine signs (a prime) that no one mistakes for one another on paper or on the telephone."""

PREFIX = "ADU"
RANDOM_SIGNS = 4

WRITTEN = re.compile(rf"\b{PREFIX}[\s.\-–—_/]*(?P<month>\d{{4}})[\s.\-–—_/]*(?P<rest>\w{{5}})\b", re.IGNORECASE)
"""A number as people type it: any case, with or without its hyphens."""

MISREAD = str.maketrans("OILZSB", "011258")
"""Signs that no number holds, as what they are mistaken for."""


def number(now: datetime, pick: Callable[[str], str]) -> str:
    """A number such as ADU-2611-7K3F9: year and month, four signs by `pick`, a check sign."""
    body = f"{now:%y%m}" + "".join(pick(ALPHABET) for _ in range(RANDOM_SIGNS))
    return f"{PREFIX}-{body[:4]}-{body[4:]}{_check_sign(body)}"


def is_number(text: str) -> bool:
    """Whether `text` is a well-formed number: one wrong sign, or two neighbours swapped, is noticed."""
    prefix, _, rest = text.strip().upper().partition("-")
    body = rest.replace("-", "")
    fits = prefix == PREFIX and len(body) == 4 + RANDOM_SIGNS + 1 and set(body) <= set(ALPHABET)
    return fits and _check_sign(body[:-1]) == body[-1]


def numbers_in(text: str) -> list[str]:
    """What looks like a ticket number in `text`, as we write it; well-formed or not."""
    return [f"{PREFIX}-{m['month']}-{m['rest'].upper().translate(MISREAD)}" for m in WRITTEN.finditer(text)]


def _check_sign(body: str) -> str:
    """Weighted sum modulo the alphabet's prime size: no single slip and no swap of neighbours goes through."""
    return ALPHABET[sum(weight * ALPHABET.index(sign) for weight, sign in enumerate(body, 1)) % len(ALPHABET)]
