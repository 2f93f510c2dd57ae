# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""The network that training teaches: each head looks at its own words of a message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from index.heads import HEADS
from index.words import ngrams, pairs

Numbers = NDArray[np.int64]

ALIKE = 64
"""Messages padded to one length together; a batch is sorted by length first, so that little is padding."""


class Network(nn.Module):
    """A committee of networks that differ in how they began, side by side, over the words of a message.

    A word is the mean of its n-grams, plus the pair it closes. For each head and member, attention (Bahdanau et al.
    2015, arXiv:1409.0473) with one learned query weighs the words; their weighted and plain means go through a tanh
    layer. The output, shape (messages, heads × members × hidden), holds in one piece what a head reads.
    """

    def __init__(
        self, vocabulary: dict[str, list[str]], width: int, hidden: int, members: int, spread: float = 0.5
    ) -> None:
        """`vocabulary` lists the known "ngrams" and "pairs", UNKNOWN first; vectors begin with deviation `spread`."""
        super().__init__()
        self.width, self.hidden, self.members = width, hidden, members
        self.vocabulary = vocabulary
        self._numbers = {name: {f: number for number, f in enumerate(known)} for name, known in vocabulary.items()}
        self._spelt: dict[str, Numbers] = {}
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
        words = {word: number for number, word in enumerate(dict.fromkeys(chain.from_iterable(messages)), 1)}
        spelt = [self._ngrams_of(word) for word in words]
        grams = np.concatenate([np.zeros(0, np.int64), *spelt])
        owner = np.repeat(np.arange(1, len(words) + 1), [len(each) for each in spelt])
        kept = rng.random(len(grams)) >= dropout
        known = self._numbers["pairs"]
        paired = np.array([known.get(pair, 0) for message in messages for pair in pairs(message)], np.int64)
        paired[rng.random(len(paired)) < dropout] = 0
        lengths = np.array([len(message) + 1 for message in messages])
        spoken = np.zeros(len(paired), np.int64)  # a message ends with a pair that no word closes
        spoken[np.delete(np.arange(len(paired)), lengths.cumsum() - 1)] = [words[w] for m in messages for w in m]
        grams_met, grams = _met(grams[kept], self.ngrams.num_embeddings)
        pairs_met, paired = _met(paired, self.pairs.num_embeddings)
        numbers = {
            "grams_met": grams_met,
            "pairs_met": pairs_met,
            "ngrams": grams,
            "offsets": np.searchsorted(owner[kept], np.arange(len(words) + 1)),
            "pairs": paired,
            "words": spoken,
            "lengths": lengths,
        }
        return {name: torch.from_numpy(each) for name, each in numbers.items()}

    def _ngrams_of(self, word: str) -> Numbers:
        if word not in self._spelt:
            known = self._numbers["ngrams"]
            self._spelt[word] = np.array([known.get(gram, 0) for gram in ngrams(word)], np.int64)
        return self._spelt[word]

    def forward(self, batch: Mapping[str, Tensor]) -> Tensor:
        lengths = batch["lengths"]
        words = functional.embedding_bag(batch["ngrams"], self.ngrams(batch["grams_met"]), batch["offsets"])
        pairs = self.pairs(batch["pairs_met"])
        order = torch.argsort(lengths)
        first = lengths.cumsum(0) - lengths
        seen = []
        for alike in torch.split(order, ALIKE):
            count, longest = len(alike), int(lengths[alike].max())
            places = torch.arange(longest)
            beyond = places >= lengths[alike, None]
            at = (first[alike, None] + places).masked_fill(beyond, 0).view(-1)
            vectors = words.index_select(0, batch["words"][at]) + pairs.index_select(0, batch["pairs"][at])
            vectors = vectors.view(count, longest, self.members, self.width).transpose(1, 2)
            scores = functional.pad(vectors @ self.queries.permute(1, 2, 0), (0, 1))  # the last gives the plain mean
            shares = torch.softmax(scores.masked_fill(beyond[:, None, :, None], -torch.inf), dim=2)
            seen.append(shares.transpose(2, 3) @ vectors)
        attended, mean = torch.cat(seen).tensor_split([len(HEADS)], dim=2)
        both = torch.cat([attended, mean.expand_as(attended)], dim=3)
        hidden = torch.tanh(torch.einsum("nmqd,qmdh->nqmh", both, self.weight) + self.bias)
        return hidden[torch.argsort(order)].reshape(len(lengths), -1)


def _met(numbers: Numbers, most: int) -> tuple[Numbers, Numbers]:
    """Which of the numbers below `most` occur, and where each one stands among these; np.unique would sort."""
    met = np.zeros(most, bool)
    met[numbers] = True
    return np.flatnonzero(met), (met.cumsum() - 1)[numbers]
