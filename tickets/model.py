# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""A complaint or a call for a person, as a ticket: its number, its kind, its state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

ALPHABET = "0123456789ACDEFGHJKMNPRTUVWXY"
"""Twenty-nine signs (a prime) that no one mistakes for one another on paper or on the telephone."""

PREFIX = "ADU"
RANDOM_SIGNS = 4


class Kind(StrEnum):
    PENGADUAN = "pengaduan"
    PETUGAS = "petugas"
    """A person is wanted: a handover is a ticket with a shorter clock."""


class Status(StrEnum):
    DITERIMA = "diterima"


@dataclass(frozen=True)
class Ticket:
    """`received` is the provider's time of the citizen's message, aware; `service` what was talked about, if any."""

    number: str
    kind: Kind
    channel: str
    sender: str
    agency: str | None
    service: str | None
    text: str
    received: datetime
    status: Status = Status.DITERIMA


@dataclass(frozen=True)
class Note:
    """What the citizen adds to a ticket later."""

    number: str
    text: str
    received: datetime


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


def _check_sign(body: str) -> str:
    """Weighted sum modulo the alphabet's prime size: no single slip and no swap of neighbours goes through."""
    return ALPHABET[sum(weight * ALPHABET.index(sign) for weight, sign in enumerate(body, 1)) % len(ALPHABET)]
