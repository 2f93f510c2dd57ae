# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Training: composed messages teach an encoder and the heads that read intent, need, component and unit off it.

PyTorch and sentence-transformers are imported here and for hub models only: answering needs neither.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import torch
from numpy.typing import NDArray
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Dense, StaticEmbedding
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import WhitespaceSplit
from torch import Tensor, nn
from torch.nn import functional

from index.compose import Example
from index.heads import HEADS, Head, Heads

UNKNOWN = "?"
WIDTH = 160
HIDDEN = 160
"""Chosen on held-out phrases; see docs/adr/0002-matching.md."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Recipe:
    """What training may vary: `networks` independent ones are averaged, since one seed moves results by points."""

    networks: int = 2
    epochs: int = 5
    batch: int = 256
    rate: float = 0.004
    feature_dropout: float = 0.2
    hidden_dropout: float = 0.2
    seed: int = 20211117


def vocabulary(texts: Iterable[Sequence[str]], least: int = 3) -> dict[str, int]:
    """Features seen in at least `least` messages, in sorted order so that a build repeats exactly."""
    counts = Counter(chain.from_iterable(map(set, texts)))
    kept = sorted(feature for feature, count in counts.items() if count >= least)
    return {feature: number for number, feature in enumerate([UNKNOWN, *kept])}


class Network(nn.Module):
    def __init__(self, features: int, classes: Sequence[int]) -> None:
        super().__init__()
        self.bag = nn.EmbeddingBag(features, WIDTH, mode="mean", sparse=True)
        nn.init.normal_(self.bag.weight, std=0.5)
        self.dense = nn.Linear(WIDTH, HIDDEN)
        self.heads = nn.ModuleList(nn.Linear(HIDDEN, count) for count in classes)

    def forward(self, ids: Tensor, offsets: Tensor, dropout: float) -> list[Tensor]:
        hidden = torch.tanh(self.dense(self.bag(ids, offsets)))
        hidden = functional.dropout(hidden, dropout, self.training)
        return [head(hidden) for head in self.heads]


def train(
    examples: Sequence[Example], words: Callable[[str], list[str]], recipe: Recipe, progress: Progress
) -> tuple[SentenceTransformer, Heads]:
    """An n-gram encoder with its heads, the same for the same examples and recipe."""
    texts = [words(example.text) for example in examples]
    vocab = vocabulary(texts)
    ids = [np.fromiter((vocab.get(f, 0) for f in text), np.int64, len(text)) for text in texts]
    classes = {head: sorted({label for e in examples if (label := label_of(e, head))}) for head in HEADS}
    targets = torch.tensor([[_index(classes[head], label_of(e, head)) for head in HEADS] for e in examples])
    networks = []
    for number in range(recipe.networks):
        torch.manual_seed(recipe.seed + number)
        network = Network(len(vocab), [len(classes[head]) for head in HEADS])
        steps = recipe.networks * recipe.epochs
        for epoch in _fit(network, ids, targets, recipe, np.random.default_rng(recipe.seed + number)):
            progress(number * recipe.epochs + epoch, steps)
        networks.append(network.eval())
    return _sentence_transformer(vocab, networks), _heads(classes, networks)


def label_of(example: Example, head: str) -> str | None:
    label: str | None = getattr(example, head)
    return label


def _index(classes: Sequence[str], label: str | None) -> int:
    return classes.index(label) if label else IGNORED


IGNORED = -100
"""PyTorch's mark for a target that a loss passes over."""


def _fit(
    network: Network, ids: list[NDArray[np.int64]], targets: Tensor, recipe: Recipe, rng: np.random.Generator
) -> Iterable[int]:
    """Train, yielding the number of each finished epoch from 1."""
    sparse = torch.optim.SparseAdam(network.bag.parameters(), lr=recipe.rate)
    rest = [*network.dense.parameters(), *network.heads.parameters()]
    adam = torch.optim.Adam(rest, lr=recipe.rate / 2)
    total = recipe.epochs * (-(-len(ids) // recipe.batch))
    step = 0
    for epoch in range(1, recipe.epochs + 1):
        order = rng.permutation(len(ids))
        for start in range(0, len(order), recipe.batch):
            chosen = order[start : start + recipe.batch]
            pace = 1 - step / total
            for optimizer, rate in ((sparse, recipe.rate), (adam, recipe.rate / 2)):
                optimizer.param_groups[0]["lr"] = rate * max(pace, 0.02)
                optimizer.zero_grad()
            kept = [_thinned(ids[i], recipe.feature_dropout, rng) for i in chosen]
            offsets = torch.from_numpy(np.cumsum([0, *map(len, kept[:-1])]))
            outputs = network(torch.from_numpy(np.concatenate(kept)), offsets, recipe.hidden_dropout)
            batch = targets[torch.from_numpy(chosen)]
            losses = [
                functional.cross_entropy(output, batch[:, head], ignore_index=IGNORED)
                for head, output in enumerate(outputs)
                if bool((batch[:, head] != IGNORED).any())
            ]
            torch.stack(losses).sum().backward()  # type: ignore[no-untyped-call]
            sparse.step()
            adam.step()
            step += 1
        yield epoch


def _thinned(ids: NDArray[np.int64], dropout: float, rng: np.random.Generator) -> NDArray[np.int64]:
    """`ids` less a random share: a message must be understood from any part of its features."""
    kept = ids[rng.random(len(ids)) >= dropout]
    return kept if len(kept) else ids


def _sentence_transformer(vocab: dict[str, int], networks: Sequence[Network]) -> SentenceTransformer:
    """The networks side by side: one wide bag, and a block-diagonal dense layer."""
    tokenizer = Tokenizer(WordLevel(vocab, unk_token=UNKNOWN))
    tokenizer.pre_tokenizer = WhitespaceSplit()
    with torch.no_grad():
        bag = StaticEmbedding(tokenizer, embedding_weights=torch.cat([n.bag.weight for n in networks], dim=1))
        dense = Dense(WIDTH * len(networks), HIDDEN * len(networks), activation_function=nn.Tanh())
        dense.linear.weight.copy_(torch.block_diag(*(n.dense.weight for n in networks)))
        dense.linear.bias.copy_(torch.cat([n.dense.bias for n in networks]))
    return SentenceTransformer(modules=[bag, dense], device="cpu")


def _heads(classes: dict[str, list[str]], networks: Sequence[Network]) -> Heads:
    """Averaged logits of several networks are one head over their outputs side by side."""
    heads = {}
    for number, name in enumerate(HEADS):
        linear = [n.heads[number] for n in networks]
        weight = torch.cat([layer.weight for layer in linear], dim=1) / len(linear)
        bias = torch.stack([layer.bias for layer in linear]).mean(dim=0)
        vectors = torch.cat([weight, bias[:, None]], dim=1).detach().numpy().astype(np.float32)
        heads[name] = Head(tuple(classes[name]), vectors)
    return heads
