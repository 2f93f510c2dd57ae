# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Messages that we had nothing for, or the wrong thing: kept without who wrote them, so that officers can teach us."""

from __future__ import annotations

import re

from handlers.messages import Missed, Why

LONGEST = 200
PERSONAL = (
    re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+"),
    re.compile(r"https?://\S+|www\.\S+"),
    re.compile(r"ADU-[\w-]+", re.IGNORECASE),
    re.compile(r"\+?\d[\d .-]{4,}\d"),
)
"""Addresses, links, ticket numbers, and figures long enough for a telephone or an identity number."""


def missed(text: str, why: Why) -> Missed | None:
    """`text` without what could tell of a person; None where nothing is left, or it is no question but a story."""
    kept = " ".join(text.split())
    for pattern in PERSONAL:
        kept = pattern.sub("…", kept)
    return Missed(kept, why) if any(sign.isalpha() for sign in kept) and len(kept) <= LONGEST else None
