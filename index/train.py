# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Training: composed messages teach an encoder, and the heads that read intent, need, component and unit off it.

PyTorch and sentence-transformers are imported here and in `attention` only: answering with the model trained here
needs neither.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Dense
from torch import Tensor, nn
from torch.nn import functional

from index.attention import Attention
from index.compose import Example
from index.embed import UNKNOWN
from index.heads import HEADS, Floats, Head, Heads
from index.words import ngrams, pairs, tokens

IGNORED = -100
"""PyTorch's mark for a target that a loss passes over."""

Progress = Callable[[int, int], None]
Batch = Callable[[NDArray[np.int64]], Tensor]
"""Vectors, shape (batch, heads × members × hidden), of the examples with these numbers."""


@dataclass(frozen=True)
class Recipe:
    """What training may vary; chosen by the trials in docs/adr/0002-matching.md."""

    width: int = 96
    hidden: int = 96
    members: int = 2
    batch: int = 512
    rate: float = 0.06
    """Of the n-grams' and pairs' vectors: each is in few messages, so each step that it gets must count."""
    head_rate: float = 0.02
    feature_dropout: float = 0.35
    """A message must be understood from any part of its features."""
    hidden_dropout: float = 0.2
    least: int = 8
    """Messages that an n-gram or a pair must be in to be learned."""
    seed: int = 20211117


def train(
    examples: Sequence[Example], slang: Mapping[str, str], recipe: Recipe, progress: Progress, folder: Path
) -> Heads:
    """Save an encoder to `folder` and give its heads; the same for the same examples and recipe.

    Every example is seen once: composing new ones is cheaper than learning old ones by heart.
    """
    torch.manual_seed(recipe.seed)
    rng = np.random.default_rng(recipe.seed)
    messages = [tokens(example.text, slang) for example in examples]
    vocabulary = {
        "ngrams": _vocabulary((chain.from_iterable(map(ngrams, message)) for message in messages), recipe.least),
        "pairs": _vocabulary(map(pairs, messages), recipe.least),
    }
    encoder = Attention(vocabulary, recipe.width, recipe.hidden, recipe.members)
    features = [encoder.ngrams.weight, encoder.pairs.weight]
    layers = [encoder.queries, encoder.weight, encoder.bias]

    def vectors(chosen: NDArray[np.int64]) -> Tensor:
        batch = encoder.batch([messages[i] for i in chosen], recipe.feature_dropout, rng)
        return encoder(batch)["sentence_embedding"]  # type: ignore[no-any-return]

    heads = _fit(
        examples,
        vectors,
        recipe,
        rng,
        progress,
        RowAdam(features, lr=recipe.rate),
        torch.optim.Adam(layers, lr=recipe.head_rate),
    )
    SentenceTransformer(modules=[encoder], device="cpu").save(str(folder), create_model_card=False)
    return heads


class RowAdam(torch.optim.Optimizer):
    """Adam (Kingma & Ba 2015, arXiv:1412.6980) for the rows of embeddings that a batch met; the others stay.

    As SparseAdam of PyTorch, in half of its time, because every row comes once in such a gradient.
    """

    def __init__(self, params: Iterable[Tensor], lr: float, betas: tuple[float, float] = (0.9, 0.999)) -> None:
        super().__init__(params, {"lr": lr, "betas": betas})
        self._steps = 0

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        self._steps += 1
        for group in self.param_groups:
            slow, slower = group["betas"]
            rate = group["lr"] * (1 - slower**self._steps) ** 0.5 / (1 - slow**self._steps)
            for weights in group["params"]:
                state = self.state[weights]
                if not state:
                    state |= {"mean": torch.zeros_like(weights), "square": torch.zeros_like(weights)}
                rows, gradient = weights.grad._indices()[0], weights.grad._values()
                mean = state["mean"].index_select(0, rows).lerp_(gradient, 1 - slow)
                square = (
                    state["square"].index_select(0, rows).mul_(slower).addcmul_(gradient, gradient, value=1 - slower)
                )
                state["mean"].index_copy_(0, rows, mean)
                state["square"].index_copy_(0, rows, square)
                weights.index_add_(0, rows, mean.div_(square.sqrt_().add_(1e-8)), alpha=-rate)


def train_on(
    model: str, examples: Sequence[Example], slang: Mapping[str, str], recipe: Recipe, progress: Progress, folder: Path
) -> Heads:
    """As `train`, on top of any sentence-transformers model, a folder or a hub name, which itself stays as it is."""
    torch.manual_seed(recipe.seed)
    recipe = replace(recipe, members=1)
    base = SentenceTransformer(model, device="cpu")
    texts = [" ".join(tokens(example.text, slang)) for example in examples]
    encoded = torch.from_numpy(base.encode(texts, batch_size=128, normalize_embeddings=True))
    layer = Dense(encoded.shape[1], len(HEADS) * recipe.hidden, activation_function=nn.Tanh())
    optimizer = torch.optim.Adam(layer.parameters(), lr=recipe.head_rate)

    def vectors(chosen: NDArray[np.int64]) -> Tensor:
        features = {"sentence_embedding": encoded[torch.from_numpy(chosen)]}
        return layer(features)["sentence_embedding"]  # type: ignore[no-any-return]

    heads = _fit(examples, vectors, recipe, np.random.default_rng(recipe.seed), progress, optimizer)
    SentenceTransformer(modules=[*base, layer], device="cpu").save(str(folder), create_model_card=False)
    return heads


class HubEncoder:
    """The folder that `train_on` saved, run by sentence-transformers."""

    def __init__(self, folder: Path) -> None:
        self._model = SentenceTransformer(str(folder), device="cpu")

    def encode(self, messages: Sequence[list[str]]) -> Floats:
        return np.asarray(self._model.encode([" ".join(words) for words in messages]), dtype=np.float32)


def _vocabulary(messages: Iterable[Iterable[str]], least: int) -> list[str]:
    """Features seen in at least `least` messages, in sorted order so that a build repeats exactly."""
    counts = Counter(chain.from_iterable(map(set, messages)))
    return [UNKNOWN, *sorted(feature for feature, count in counts.items() if count >= least)]


class Readers(nn.Module):
    """The heads of a committee, each member's its own: linear over that member's part of the encoder's output."""

    def __init__(self, classes: Mapping[str, Sequence[str]], recipe: Recipe) -> None:
        super().__init__()
        self._classes = classes
        self._recipe = recipe
        bound = recipe.hidden**-0.5
        shapes = {name: (recipe.members, recipe.hidden, len(classes[name])) for name in HEADS}
        self.weights = nn.ParameterDict(
            {name: torch.empty(shape).uniform_(-bound, bound) for name, shape in shapes.items()}
        )
        self.biases = nn.ParameterDict({name: torch.zeros(shape[0], shape[2]) for name, shape in shapes.items()})

    def forward(self, vectors: Tensor) -> dict[str, Tensor]:
        """Logits by head, shape (messages, members, classes)."""
        recipe = self._recipe
        vectors = functional.dropout(vectors, recipe.hidden_dropout, self.training)
        parts = vectors.view(-1, len(HEADS), recipe.members, recipe.hidden).unbind(1)
        return {
            name: torch.einsum("nmh,mhc->nmc", part, self.weights[name]) + self.biases[name]
            for name, part in zip(HEADS, parts, strict=True)
        }

    def read(self) -> Heads:
        """The heads as plain arrays, whose logits are the mean of the members', the bias as the last column."""
        return {
            name: Head(
                tuple(self._classes[name]),
                np.column_stack(
                    [
                        *(weight.detach().numpy().T / self._recipe.members for weight in self.weights[name]),
                        self.biases[name].detach().numpy().mean(axis=0),
                    ]
                ).astype(np.float32),
            )
            for name in HEADS
        }


def _fit(
    examples: Sequence[Example],
    vectors: Batch,
    recipe: Recipe,
    rng: np.random.Generator,
    progress: Progress,
    *others: torch.optim.Optimizer,
) -> Heads:
    """Train heads on `vectors` of the examples, each seen once; `others` optimise what `vectors` is made of."""
    classes = {head: sorted({label for e in examples if (label := getattr(e, head))}) for head in HEADS}
    targets = _targets(examples, classes)
    readers = Readers(classes, recipe)
    optimizers = [torch.optim.Adam(readers.parameters(), lr=recipe.head_rate), *others]
    steps = -(-len(examples) // recipe.batch)
    schedules = [torch.optim.lr_scheduler.LinearLR(o, 1.0, 0.02, total_iters=steps) for o in optimizers]
    for step, chosen in enumerate(_batches(len(examples), recipe.batch, rng), 1):
        outputs = readers(vectors(chosen))
        loss = _loss(outputs, {head: numbers[torch.from_numpy(chosen)] for head, numbers in targets.items()})
        loss.backward()  # type: ignore[no-untyped-call]
        for optimizer, schedule in zip(optimizers, schedules, strict=True):
            optimizer.step()
            optimizer.zero_grad()
            schedule.step()
        progress(step, steps)
    return readers.read()


def _targets(examples: Sequence[Example], classes: Mapping[str, Sequence[str]]) -> dict[str, Tensor]:
    numbers = {head: {name: number for number, name in enumerate(names)} for head, names in classes.items()}
    return {head: torch.tensor([numbers[head].get(getattr(e, head), IGNORED) for e in examples]) for head in HEADS}


def _batches(count: int, size: int, rng: np.random.Generator) -> Iterator[NDArray[np.int64]]:
    order = rng.permutation(count)
    yield from (order[start : start + size] for start in range(0, count, size))


def _loss(outputs: Mapping[str, Tensor], targets: Mapping[str, Tensor]) -> Tensor:
    """Sum of the heads' cross entropies, each over the examples that have a label for it, mean over the members."""
    losses = []
    for head, target in targets.items():
        known = target != IGNORED
        if bool(known.any()):
            logits = outputs[head][known]
            members = logits.shape[1]
            losses.append(functional.cross_entropy(logits.flatten(0, 1), target[known].repeat_interleave(members)))
    return torch.stack(losses).sum()
