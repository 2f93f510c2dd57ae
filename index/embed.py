# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Messages become vectors: by the n-gram model trained here, which numpy alone can read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.numpy import load_file

from index.heads import Floats
from index.words import ngrams


class Encoder(Protocol):
    def encode(self, messages: Sequence[list[str]]) -> Floats:
        """Vectors, shape (messages, width), of messages given as normalised words."""
        ...


class NgramEncoder:
    """The folder that `train` saved with sentence-transformers, read without PyTorch: start in a second, not in ten.

    Same arithmetic as its modules StaticEmbedding (mean of feature vectors) and Dense (tanh); a test holds
    the two together.
    """

    def __init__(self, folder: Path) -> None:
        modules = json.loads((folder / "modules.json").read_text("utf-8"))
        bag, dense = (folder / module["path"] for module in modules)
        tokenizer = json.loads((bag / "tokenizer.json").read_text("utf-8"))
        self._numbers: dict[str, int] = tokenizer["model"]["vocab"]
        self._unknown = self._numbers[tokenizer["model"]["unk_token"]]
        self._vectors = _halved(bag / "model.safetensors", "embedding.weight")
        layer = load_file(dense / "model.safetensors")
        self._weight: Floats = layer["linear.weight"]
        self._bias: Floats = layer["linear.bias"]

    def encode(self, messages: Sequence[list[str]]) -> Floats:
        return np.stack([self._one(words) for words in messages])

    def _one(self, words: list[str]) -> Floats:
        numbers = [self._numbers.get(feature, self._unknown) for feature in ngrams(words)]
        bag = self._vectors[numbers].mean(axis=0, dtype=np.float32)
        return np.asarray(np.tanh(self._weight @ bag + self._bias), dtype=np.float32)


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
