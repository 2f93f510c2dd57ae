# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Messages become vectors: by the n-gram model trained here, which numpy alone can read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
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
        self._vectors: Floats = load_file(bag / "model.safetensors")["embedding.weight"]
        layer = load_file(dense / "model.safetensors")
        self._weight: Floats = layer["linear.weight"]
        self._bias: Floats = layer["linear.bias"]

    def encode(self, messages: Sequence[list[str]]) -> Floats:
        return np.stack([self._one(words) for words in messages])

    def _one(self, words: list[str]) -> Floats:
        numbers = [self._numbers.get(feature, self._unknown) for feature in ngrams(words)]
        bag = self._vectors[numbers].mean(axis=0)
        return np.asarray(np.tanh(self._weight @ bag + self._bias), dtype=np.float32)
