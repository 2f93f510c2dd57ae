# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""How answering grows with the number of cards: from one office to a nation of made-up ones, beside brute force."""

from __future__ import annotations

import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from bot.app import App
from bot.config import Settings
from index import build
from index.dense import CardIndex
from index.heads import Floats
from index.heads import load as load_heads
from index.search import card_vectors

SIZES = (1_000, 10_000, 100_000, 1_000_000)
FETCHED = 200
SPREAD = 0.05
"""How far a made-up office's card stands from the real one that it is made after, in lengths of that one."""


def main(sizes: Sequence[int] = SIZES) -> None:
    app = App(Settings.from_env({}))
    search = app.search
    folder = next(path for path in app.settings.built.iterdir() if (path / "heads.npz").exists())
    cards = card_vectors(build.entries(app.catalogue, app.book), load_heads(folder / "heads.npz"))
    asked = [line for need in app.book.needs.values() for line in need.situasi[:3]]
    queries = [search.query(search.read(text)) for text in asked]
    console = Console()
    table = Table("kartu", "indeks p50 ms", "p99 ms", "tuntas p50 ms", "lipat", "recall@10 %", "bangun s", "berkas MB",
                  title=f"{len(queries)} pertanyaan, {FETCHED} kartu diambil")  # fmt: skip
    for size in sizes:
        table.add_row(f"{size:,}", *_row(cards, size, queries))
        console.print(f"{size:,} kartu selesai", style="dim")
    console.print(table)
    console.print(f"Memori puncak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB.")


def _row(cards: Floats, size: int, queries: Sequence[Floats]) -> Iterator[str]:
    vectors = _offices(cards, size)
    start = time.perf_counter()
    made = CardIndex.of(vectors)
    built = time.perf_counter() - start
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cards.faiss"
        made.save(path)
        del made
        index = CardIndex.load(path)
        rows = range(size)
        for query in queries:  # what is read from disk once is read from memory ever after
            index.search(query, FETCHED, rows)
        times, brute, found = [], [], 0
        for query in queries:
            start = time.perf_counter()
            ours, _ = index.search(query, FETCHED, rows)
            times.append(1000 * (time.perf_counter() - start))
            start = time.perf_counter()
            scores = vectors @ query
            best = np.argpartition(-scores, 10)[:10]
            brute.append(1000 * (time.perf_counter() - start))
            found += len(set(best.tolist()) & set(ours[:20].tolist()))
        p50, slow = statistics.median(times), statistics.median(brute)
        yield f"{p50:.2f}"
        yield f"{statistics.quantiles(times, n=100)[98]:.2f}"
        yield f"{slow:.2f}"
        yield f"{slow / p50:.1f}"
        yield f"{10 * found / len(queries):.1f}"
        yield f"{built:.1f}"
        yield f"{path.stat().st_size / 2**20:.0f}"


def _offices(cards: Floats, size: int) -> Floats:
    """`size` cards after the real ones, each a little off its model, as another office's words would be."""
    random = np.random.default_rng(1)
    vectors = np.empty((size, cards.shape[1]), np.float32)
    for start in range(0, size, len(cards)):
        part = cards[: min(len(cards), size - start)]
        noise = random.standard_normal(part.shape, dtype=np.float32) / part.shape[1] ** 0.5
        vectors[start : start + len(part)] = part + SPREAD * noise * np.linalg.norm(part, axis=1, keepdims=True)
    return vectors


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or SIZES)
