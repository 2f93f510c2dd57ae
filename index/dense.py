# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""The FAISS index of answer cards: one vector a card, an agency a range of rows.

Four decrees are 1,860 cards: every one is compared, within a millisecond. A
nation's million cards are clustered (Jégou et al. 2011, doi:10.1109/TPAMI.2010.57) and kept in a byte a number, on
disk, where the pages that questions touch are read.
"""

from __future__ import annotations

from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from index.heads import Floats

EXACT_UP_TO = 5_000
"""Cards up to which every one is compared with the question."""

CLUSTERS_PER_ROOT = 2
"""Clusters, by the square root of the number of cards."""

TRAINED_ON = 40
"""Cards per cluster from which the clusters are learned."""

PROBED = 16
"""Clusters that are looked into for one question."""


class CardIndex:
    """Rows are cards in the order they were given; the caller keeps what a row means."""

    def __init__(self, index: faiss.Index) -> None:
        self._index = index

    @classmethod
    def of(cls, vectors: Floats) -> CardIndex:
        """Index `vectors`, shape (cards, width)."""
        count, width = vectors.shape
        if count <= EXACT_UP_TO:
            exact = faiss.IndexFlatIP(width)
            exact.add(np.ascontiguousarray(vectors, dtype=np.float32))
            return cls(exact)
        clusters = int(CLUSTERS_PER_ROOT * count**0.5)
        index = faiss.IndexIVFScalarQuantizer(
            faiss.IndexFlatIP(width), width, clusters, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT
        )
        sample = np.random.default_rng(0).choice(count, min(count, TRAINED_ON * clusters), replace=False)
        index.train(vectors[np.sort(sample)])
        index.add(vectors)
        return cls(index)

    @classmethod
    def load(cls, path: Path) -> CardIndex:
        return cls(faiss.read_index(str(path), faiss.IO_FLAG_MMAP))

    def save(self, path: Path) -> None:
        faiss.write_index(self._index, str(path))

    def search(self, query: Floats, count: int, rows: range) -> tuple[NDArray[np.int64], Floats]:
        """The best `count` of `rows`, best first: row numbers and inner products with `query`, shape (width,)."""
        everything = len(rows) == self._index.ntotal
        within = None if everything else faiss.IDSelectorRange(rows.start, rows.stop)
        clustered = isinstance(self._index, faiss.IndexIVF)
        options = {"sel": within, "nprobe": PROBED} if clustered else {"sel": within}
        parameters = (faiss.SearchParametersIVF if clustered else faiss.SearchParameters)(**options)
        scores, found = self._index.search(query[None], min(count, len(rows)), params=parameters)
        return found[0], scores[0]
