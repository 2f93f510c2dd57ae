# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Which of the rows that we offered a message picks: by a tap, or by its place ("2", "yg terakhir")."""

from __future__ import annotations

import re

from handlers.messages import Conversation, Incoming

ORDINALS = "pertama kedua ketiga keempat kelima keenam ketujuh kedelapan kesembilan kesepuluh".split()
PICKED = re.compile(
    r"(?:(?:yang|yg|nomor|nomer|no|pilih|opsi|pilihan)\.?\s+)*(?:(?:nomor|no)\.?\s*)?"
    rf"(?P<place>\d{{1,2}}|{'|'.join(ORDINALS)}|terakhir)(?:\s+(?:aja|saja|dong|ya|kak|min|pak|bu))?\s*[.!]?"
)


def picked(message: Incoming, conversation: Conversation) -> str | None:
    """The id of the choice that was tapped or meant; None where the message picks none."""
    if message.choice:
        return message.choice
    place = _place(message.text, len(conversation.offered))
    return None if place is None else conversation.offered[place]


def _place(text: str, count: int) -> int | None:
    """Which of `count` rows "2", "no. 2", "yang kedua" or "yg terakhir" picks, from 0; None where it picks none."""
    match = PICKED.fullmatch(text.strip().lower())
    if not match:
        return None
    word = match["place"]
    place = int(word) - 1 if word.isdigit() else count - 1 if word == "terakhir" else ORDINALS.index(word)
    return place if 0 <= place < count else None
