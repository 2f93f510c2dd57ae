# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""The encoder as sentence-transformers trains and runs it: each head looks at its own words of a message."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sentence_transformers.base.modules import InputModule
from torch import Tensor, nn
from torch.nn import functional

from index.embed import VOCABULARY
from index.heads import HEADS
from index.words import ngrams, pairs


class Attention(InputModule):
    """A committee of networks that differ in how they began, side by side, over the words of a message.

    A word is the mean of its n-grams, plus the pair it closes. For each head and member, attention (Bahdanau et al.
    2015, arXiv:1409.0473) with one learned query weighs the words; their weighted and plain means go through a tanh
    layer. The output, shape (messages, heads × members × hidden), holds in one piece what a head reads.
    """

    config_keys = ["width", "hidden", "members"]  # noqa: RUF012, an instance variable to the class above

    def __init__(
        self, vocabulary: dict[str, list[str]], width: int, hidden: int, members: int, spread: float = 0.5
    ) -> None:
        """`vocabulary` lists the known "ngrams" and "pairs", UNKNOWN first; vectors begin with deviation `spread`."""
        super().__init__()  # type: ignore[no-untyped-call]
        self.width, self.hidden, self.members = width, hidden, members
        self.vocabulary = vocabulary
        self._numbers = {name: {f: number for number, f in enumerate(known)} for name, known in vocabulary.items()}
        self._spelt: dict[str, NDArray[np.int64]] = {}
        self.ngrams = nn.Embedding(len(vocabulary["ngrams"]), members * width, sparse=True)
        self.pairs = nn.Embedding(len(vocabulary["pairs"]), members * width, sparse=True)
        nn.init.normal_(self.ngrams.weight, std=spread)
        nn.init.normal_(self.pairs.weight, std=spread / 2)
        self.queries = nn.Parameter(torch.zeros(len(HEADS), members, width))
        self.weight = nn.Parameter(torch.empty(len(HEADS), members, 2 * width, hidden))
        self.bias = nn.Parameter(torch.zeros(len(HEADS), members, hidden))
        nn.init.uniform_(self.weight, -((2 * width) ** -0.5), (2 * width) ** -0.5)

    def batch(self, messages: Sequence[Sequence[str]], dropout: float, rng: np.random.Generator) -> dict[str, Tensor]:
        """`messages`, given as words, in numbers; a share `dropout` of n-grams and pairs is left out at random.

        What is met in a batch is looked up once, so that a step of training touches only those vectors.
        """
        words = {word: number for number, word in enumerate(dict.fromkeys(w for m in messages for w in m), 1)}
        spelt = [self._ngrams_of(word) for word in words]
        grams = np.concatenate([np.zeros(0, np.int64), *spelt])
        owner = np.repeat(np.arange(1, len(words) + 1), [len(each) for each in spelt])
        kept = rng.random(len(grams)) >= dropout
        known = self._numbers["pairs"]
        paired = np.array([known.get(pair, 0) for message in messages for pair in pairs(message)], np.int64)
        paired[rng.random(len(paired)) < dropout] = 0
        positions = [[*(words[word] for word in message), 0] for message in messages]
        grams_met, grams = np.unique(grams[kept], return_inverse=True)
        pairs_met, paired = np.unique(paired, return_inverse=True)
        return {
            "grams_met": torch.from_numpy(grams_met),
            "pairs_met": torch.from_numpy(pairs_met),
            "ngrams": torch.from_numpy(grams),
            "offsets": torch.from_numpy(np.searchsorted(owner[kept], np.arange(len(words) + 1))),
            "pairs": torch.from_numpy(paired),
            "words": torch.from_numpy(np.fromiter(chain.from_iterable(positions), np.int64)),
            "lengths": torch.tensor([len(message) for message in positions]),
        }

    def _ngrams_of(self, word: str) -> NDArray[np.int64]:
        if word not in self._spelt:
            known = self._numbers["ngrams"]
            self._spelt[word] = np.array([known.get(gram, 0) for gram in ngrams(word)], np.int64)
        return self._spelt[word]

    def preprocess(self, inputs: Sequence[Any], prompt: str | None = None, **kwargs: Any) -> dict[str, Any]:
        """`inputs` are messages as normalised words with spaces between."""
        return dict(self.batch([text.split() for text in inputs], 0.0, np.random.default_rng(0)))

    def forward(self, features: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        lengths = features["lengths"]
        count, shape = len(lengths), (-1, self.members, self.width)
        words = functional.embedding_bag(features["ngrams"], self.ngrams(features["grams_met"]), features["offsets"])
        pairs = self.pairs(features["pairs_met"])
        at = (words.index_select(0, features["words"]) + pairs.index_select(0, features["pairs"])).view(shape)
        message = torch.repeat_interleave(torch.arange(count), lengths)
        mean = _sums(at, message, count) / lengths[:, None, None]
        scores = torch.einsum("pmd,qmd->qpm", at, self.queries)
        parts = []
        for head, score in enumerate(scores):
            highest = torch.full((count, self.members), -torch.inf)
            highest = highest.scatter_reduce(0, message[:, None].expand_as(score), score.detach(), "amax")
            power = torch.exp(score - highest.index_select(0, message))
            share = power / _sums(power, message, count).index_select(0, message)
            attended = _sums(share[:, :, None] * at, message, count)
            seen = torch.cat([attended, mean], dim=2)
            parts.append(torch.tanh(torch.einsum("nmd,mdh->nmh", seen, self.weight[head]) + self.bias[head]))
        features["sentence_embedding"] = torch.stack(parts, dim=1).view(count, -1)
        return features

    def get_embedding_dimension(self) -> int:
        return len(HEADS) * self.members * self.hidden

    def save(self, output_path: str, *args: Any, safe_serialization: bool = True, **kwargs: Any) -> None:
        self.save_config(output_path)
        (Path(output_path) / VOCABULARY).write_text(json.dumps(self.vocabulary), "utf-8")
        self.save_torch_weights(output_path, safe_serialization=safe_serialization)

    @classmethod
    def load(cls, model_name_or_path: str, subfolder: str = "", *args: Any, **kwargs: Any) -> Attention:
        """From a folder; nothing is ever fetched."""
        folder = Path(model_name_or_path) / subfolder
        vocabulary = json.loads((folder / VOCABULARY).read_text("utf-8"))
        module = cls(vocabulary, **cls.load_config(model_name_or_path, subfolder))
        cls.load_torch_weights(model_name_or_path, subfolder, model=module)
        return module


def _sums(values: Tensor, message: Tensor, count: int) -> Tensor:
    """Sums over each message's positions: `values` has one row a position, the result one a message."""
    return torch.zeros(count, *values.shape[1:]).index_add(0, message, values)
