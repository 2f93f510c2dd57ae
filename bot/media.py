# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Photos and documents that citizens send: what they are by their content, kept under names of our own."""

from __future__ import annotations

import os
import secrets
from pathlib import Path, PurePath

from tickets.model import Attachment

MOST_BYTES = 16 * 1024 * 1024
"""What the messengers themselves allow for photos, sound and video."""

MOST_NAME = 80
SIGNS: tuple[tuple[int, bytes, str, str], ...] = (
    (0, b"\xff\xd8\xff", "image/jpeg", ".jpg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png", ".png"),
    (8, b"WEBP", "image/webp", ".webp"),
    (0, b"%PDF-", "application/pdf", ".pdf"),
    (0, b"OggS", "audio/ogg", ".ogg"),
    (0, b"ID3", "audio/mpeg", ".mp3"),
    (0, b"\xff\xfb", "audio/mpeg", ".mp3"),
    (4, b"ftyp", "video/mp4", ".mp4"),
)
"""Place, first bytes, media type and suffix; from the formats' own specifications. No office document: it can act."""


class BadAttachment(Exception):
    """A file cannot be taken; the message is a sentence for who sent it."""


def keep(folder: Path, name: str, content: bytes) -> Attachment:
    """Store `content` for good under a name that tells nothing; raises BadAttachment."""
    if len(content) > MOST_BYTES:
        raise BadAttachment("Berkas terlalu besar. Paling besar 16 MB; kirim foto yang lebih kecil.")
    known = next(((kind, suffix) for at, sign, kind, suffix in SIGNS if content[at:].startswith(sign)), None)
    if known is None:
        raise BadAttachment("Berkas itu tidak dapat diterima. Kirim foto (JPG, PNG), PDF, suara, atau video MP4.")
    media_type, suffix = known
    path = folder / f"{secrets.token_hex(16)}{suffix}"
    folder.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.rename(path)
    return Attachment(PurePath(name).name[:MOST_NAME] or f"berkas{suffix}", media_type, len(content), path.name)
