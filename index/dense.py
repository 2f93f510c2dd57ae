# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""The FAISS index of answer cards: one vector a card, exact inner products, an agency a range of rows."""

from __future__ import annotations

from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from index.heads import Floats


class CardIndex:
    """Rows are cards in the order they were given; the caller keeps what a row means."""

    def __init__(self, index: faiss.Index) -> None:
        self._index = index

    @classmethod
    def of(cls, vectors: Floats) -> CardIndex:
        """Index `vectors`, shape (cards, width)."""
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(np.ascontiguousarray(vectors, dtype=np.float32))
        return cls(index)

    @classmethod
    def load(cls, path: Path) -> CardIndex:
        return cls(faiss.read_index(str(path), faiss.IO_FLAG_MMAP))

    def save(self, path: Path) -> None:
        faiss.write_index(self._index, str(path))

    def search(self, query: Floats, count: int, rows: range) -> tuple[NDArray[np.int64], Floats]:
        """The best `count` of `rows`, best first: row numbers and inner products with `query`, shape (width,)."""
        parameters = faiss.SearchParameters(sel=faiss.IDSelectorRange(rows.start, rows.stop))  # type: ignore[call-arg]
        scores, found = self._index.search(query[None], min(count, len(rows)), params=parameters)
        return found[0], scores[0]
