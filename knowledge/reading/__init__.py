# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""A decree's text becomes a Decree: head, then services row by row, then each cell by its component's shape."""

from __future__ import annotations

from knowledge.reading.decree import read_decree
from knowledge.reading.errors import BadDecree

__all__ = ["BadDecree", "read_decree"]
