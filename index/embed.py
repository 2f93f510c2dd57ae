# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Messages become vectors: by the n-gram model trained here, which numpy alone can read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open

from index.heads import Floats
from index.words import ngrams, pairs

UNKNOWN = "?"
"""What an n-gram or a pair that training did not see is read as."""

VOCABULARY = "vocabulary.json"


class Encoder(Protocol):
    def encode(self, messages: Sequence[list[str]]) -> Floats:
        """Vectors, shape (messages, width), of messages given as normalised words."""
        ...


class NgramEncoder:
    """The folder that `train` saved with sentence-transformers, read without PyTorch: start in a second, not in ten.

    Same arithmetic as `Network`; a test holds the two together.
    """

    def __init__(self, folder: Path) -> None:
        vocabulary: dict[str, list[str]] = json.loads((folder / VOCABULARY).read_text("utf-8"))
        self._grams, self._pairs = (
            {feature: number for number, feature in enumerate(vocabulary[name])} for name in ("ngrams", "pairs")
        )
        weights = folder / "model.safetensors"
        self._gram_vectors = _halved(weights, "network.ngrams.weight")
        self._pair_vectors = _halved(weights, "network.pairs.weight")
        with safe_open(weights, "numpy") as stored:
            self._queries, self._weight, self._bias = (
                stored.get_tensor(f"network.{name}") for name in ("queries", "weight", "bias")
            )
        self._word = lru_cache(maxsize=4096)(self._spelt)

    def encode(self, messages: Sequence[list[str]]) -> Floats:
        return np.stack([self._one(words) for words in messages])

    def _one(self, words: list[str]) -> Floats:
        members, width = self._queries.shape[1:]
        at = self._pair_vectors[[self._pairs.get(pair, 0) for pair in pairs(words)]].astype(np.float32)
        at[:-1] += np.array([self._word(word) for word in words]).reshape(-1, members * width)
        at = at.reshape(-1, members, width)
        scores = np.einsum("pmd,qmd->qmp", at, self._queries)
        powers = np.exp(scores - scores.max(axis=2, keepdims=True))
        attended = np.einsum("qmp,pmd->qmd", powers / powers.sum(axis=2, keepdims=True), at)
        seen = np.concatenate([attended, np.broadcast_to(at.mean(axis=0), attended.shape)], axis=2)
        hidden = np.tanh(np.einsum("qmd,qmdh->qmh", seen, self._weight) + self._bias)
        return np.asarray(hidden.ravel(), dtype=np.float32)

    def _spelt(self, word: str) -> Floats:
        """The mean of a word's n-grams."""
        numbers = [self._grams.get(gram, 0) for gram in ngrams(word)]
        return np.asarray(self._gram_vectors[numbers].mean(axis=0, dtype=np.float32))


def _halved(path: Path, name: str) -> NDArray[np.float16]:
    """A matrix in half precision, read a piece at a time: the whole in single precision is most of a small server."""
    with safe_open(path, "numpy") as stored:
        part = stored.get_slice(name)
        rows, width = part.get_shape()
        matrix = np.empty((rows, width), np.float16)
        for start in range(0, rows, PIECE):
            end = min(start + PIECE, rows)
            matrix[start:end] = part[start:end]
    return matrix


PIECE = 8_192
"""Rows read at a time."""
