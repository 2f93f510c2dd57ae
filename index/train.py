# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Training: composed messages teach a network, and the heads that read intent, need, component and unit off it.

Answering needs neither PyTorch nor sentence-transformers, and a member that learns only the first of them.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, replace
from itertools import chain, islice
from multiprocessing import get_context
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from index.compose import Composer, Example, labels
from index.embed import UNKNOWN
from index.heads import HEADS, Head, Heads
from index.network import Network
from index.words import ngrams, pairs, tokens
from knowledge.phrasebook import Phrasebook

TOLD = 0.2
"""Seconds between two looks at how far training came."""

Progress = Callable[[int, int], None]
Batch = tuple[Tensor, Mapping[str, Tensor]]
"""Vectors of some messages, shape (batch, heads × hidden), and by head how likely each class is meant."""


@dataclass(frozen=True)
class Recipe:
    """What training may vary; chosen by the trials in docs/adr/0002-matching.md."""

    width: int = 64
    hidden: int = 64
    members: int = 2
    examples: int = 440_000
    """Messages that each member learns from, all its own; none is seen twice."""
    sample: int = 120_000
    """The first of them, whose n-grams and pairs are learned."""
    least: int = 4
    """Messages of the sample that an n-gram or a pair must be in."""
    batch: int = 512
    rate: float = 0.06
    """Of the n-grams' and pairs' vectors: each is in few messages, so each step that it gets must count."""
    head_rate: float = 0.02
    feature_dropout: float = 0.25
    """A message must be understood from any part of its features."""
    hidden_dropout: float = 0.2
    seed: int = 20211117

    @property
    def steps(self) -> int:
        return -(-self.examples // self.batch)


@dataclass(frozen=True)
class Member:
    """One trained network of a committee, and its heads."""

    network: Network
    heads: Heads


def train(book: Phrasebook, recipe: Recipe, progress: Progress, folder: Path) -> Heads:
    """Save a network to `folder` and give its heads; the same for the same phrases and recipe.

    Each member of the committee learns in a process of its own, on one thread: PyTorch's threads wait for one another
    longer than networks of this size take.
    """
    context = get_context("spawn")
    done = context.Value("q", 0)
    with ProcessPoolExecutor(recipe.members, context, initializer=_prepare, initargs=(done,)) as pool:
        learning = [pool.submit(_learned, book, replace(recipe, seed=recipe.seed + n)) for n in range(recipe.members)]
        from sentence_transformers import SentenceTransformer  # seconds, in which the members learn already

        from index.attention import Attention

        waiting: set[Future[Member]] = set(learning)
        while waiting and not any(each.done() and each.exception() for each in learning):
            progress(done.value, recipe.steps * recipe.members)
            waiting = wait(waiting, TOLD, FIRST_EXCEPTION).not_done
        members = [each.result() for each in learning]
    network, heads = _together(members)
    SentenceTransformer(modules=[Attention(network)], device="cpu").save(str(folder), create_model_card=False)
    return heads


_done: Synchronized[int]


def _prepare(done: Synchronized[int]) -> None:
    """Make this process one to learn in, whose steps are counted in `done`."""
    global _done
    _done = done
    torch.set_num_threads(1)
    gc.disable()  # a hundred thousand messages are kept and nothing goes in circles: looking for that costs a tenth


def _stepped(step: int, steps: int) -> None:
    with _done.get_lock():
        _done.value += 1


def _learned(book: Phrasebook, recipe: Recipe) -> Member:
    torch.manual_seed(recipe.seed)
    rng = np.random.default_rng(recipe.seed)
    slang = book.dictionary()
    composed = ((each, tokens(each.text, slang)) for each in Composer(book, recipe.seed).examples())
    sample = list(islice(composed, recipe.sample))
    vocabulary = _vocabulary([words for _, words in sample], recipe.least)
    network = Network(vocabulary, recipe.width, recipe.hidden, 1)
    classes = labels(book)

    def batches() -> Iterator[Batch]:
        examples = islice(chain(sample, composed), recipe.examples)
        while chosen := list(islice(examples, recipe.batch)):
            labelled, messages = zip(*chosen, strict=True)
            yield network(network.batch(messages, recipe.feature_dropout, rng)), targets(labelled, classes)

    features = RowRMSprop([network.ngrams.weight, network.pairs.weight], lr=recipe.rate)
    layers = torch.optim.Adam([network.queries, network.weight, network.bias], lr=recipe.head_rate)
    return Member(network, fit(classes, batches(), recipe, _stepped, features, layers))


def _together(members: Sequence[Member]) -> tuple[Network, Heads]:
    """One network of all members side by side, and the heads whose logits are the mean of theirs.

    What a member does not know is to it what it reads anything unknown as.
    """
    networks = [member.network for member in members]
    vocabulary = {
        name: [UNKNOWN, *sorted(set().union(*(each.vocabulary[name] for each in networks)) - {UNKNOWN})]
        for name in ("ngrams", "pairs")
    }
    first = networks[0]
    committee = Network(vocabulary, first.width, first.hidden, len(members))
    with torch.no_grad():
        for name, known in vocabulary.items():
            tables = [_rows(each, name, known) for each in networks]
            getattr(committee, name).weight.copy_(torch.cat(tables, dim=1))
        for name in ("queries", "weight", "bias"):
            getattr(committee, name).copy_(torch.cat([getattr(each, name) for each in networks], dim=1))
    share = 1 / len(members)
    heads = {
        name: Head(
            members[0].heads[name].classes,
            np.column_stack(
                [
                    *(member.heads[name].vectors[:, :-1] * share for member in members),
                    np.mean([member.heads[name].vectors[:, -1] for member in members], axis=0),
                ]
            ).astype(np.float32),
        )
        for name in HEADS
    }
    return committee, heads


def _rows(network: Network, name: str, known: Sequence[str]) -> Tensor:
    numbers = {feature: number for number, feature in enumerate(network.vocabulary[name])}
    return getattr(network, name).weight[[numbers.get(feature, 0) for feature in known]]  # type: ignore[no-any-return]


class RowRMSprop(torch.optim.Optimizer):
    """RMSprop for the rows of embeddings that a batch met, with one scale a row; the others stay.

    The scale is Adam's for its second moment (Kingma & Ba 2015, arXiv:1412.6980), of the mean over the row. A row comes
    once in such a gradient, so nothing is summed.
    """

    def __init__(self, params: Iterable[Tensor], lr: float, decay: float = 0.999) -> None:
        super().__init__(params, {"lr": lr, "decay": decay})
        self._steps = 0

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        self._steps += 1
        for group in self.param_groups:
            decay = group["decay"]
            rate = group["lr"] * (1 - decay**self._steps) ** 0.5
            for weights in group["params"]:
                state = self.state[weights]
                if not state:
                    state["squares"] = torch.zeros(len(weights))
                squares = state["squares"]
                rows, gradient = weights.grad._indices()[0], weights.grad._values()
                square = squares[rows].lerp_(gradient.square().mean(dim=1), 1 - decay)
                squares[rows] = square
                weights.index_add_(0, rows, gradient / (square.sqrt() + 1e-8)[:, None], alpha=-rate)


def _vocabulary(messages: Sequence[list[str]], least: int) -> dict[str, list[str]]:
    """N-grams and pairs that are in at least `least` messages, in sorted order so that a build repeats exactly.

    An n-gram of two words of one message is counted twice: the words are far fewer than the messages.
    """
    grams: Counter[str] = Counter()
    for word, count in Counter(chain.from_iterable(map(set, messages))).items():
        grams.update(dict.fromkeys(ngrams(word), count))
    paired = Counter(chain.from_iterable(map(set, map(pairs, messages))))
    return {
        name: [UNKNOWN, *sorted(feature for feature, count in counts.items() if count >= least)]
        for name, counts in (("ngrams", grams), ("pairs", paired))
    }


class Readers(nn.Module):
    """The heads of one network: each is linear over its own part of the encoder's output."""

    def __init__(self, classes: Mapping[str, Sequence[str]], recipe: Recipe) -> None:
        super().__init__()
        self._classes = classes
        self._dropout = recipe.hidden_dropout
        bound = recipe.hidden**-0.5
        self.weights = nn.ParameterDict(
            {name: torch.empty(recipe.hidden, len(classes[name])).uniform_(-bound, bound) for name in HEADS}
        )
        self.biases = nn.ParameterDict({name: torch.zeros(len(classes[name])) for name in HEADS})

    def forward(self, vectors: Tensor) -> dict[str, Tensor]:
        """Logits by head, shape (messages, classes)."""
        parts = functional.dropout(vectors, self._dropout, self.training).chunk(len(HEADS), dim=1)
        return {name: part @ self.weights[name] + self.biases[name] for name, part in zip(HEADS, parts, strict=True)}

    def read(self) -> Heads:
        """The heads as plain arrays, the bias as the last column."""
        return {
            name: Head(
                tuple(self._classes[name]),
                torch.cat([self.weights[name].T, self.biases[name][:, None]], dim=1).detach().numpy(),
            )
            for name in HEADS
        }


def fit(
    classes: Mapping[str, Sequence[str]],
    batches: Iterator[Batch],
    recipe: Recipe,
    progress: Progress,
    *others: torch.optim.Optimizer,
) -> Heads:
    """Train heads on the batches, at rates that fall to almost nothing; `others` optimise what makes the vectors."""
    readers = Readers(classes, recipe)
    optimizers = [torch.optim.Adam(readers.parameters(), lr=recipe.head_rate), *others]
    schedules = [torch.optim.lr_scheduler.LinearLR(o, 1.0, 0.02, total_iters=recipe.steps) for o in optimizers]
    for step, (vectors, labelled) in enumerate(batches, 1):
        loss = _loss(readers(vectors), labelled)
        loss.backward()  # type: ignore[no-untyped-call]
        for optimizer, schedule in zip(optimizers, schedules, strict=True):
            optimizer.step()
            optimizer.zero_grad()
            schedule.step()
        progress(step, recipe.steps)
    return readers.read()


def targets(examples: Sequence[Example], classes: Mapping[str, Sequence[str]]) -> dict[str, Tensor]:
    """Shares of each head's classes, shape (messages, classes): alike over a message's labels, 0 where it has none."""
    shares = {}
    for head, names in classes.items():
        numbers = {name: number for number, name in enumerate(names)}
        share = np.zeros((len(examples), len(names)), np.float32)
        for row, example in enumerate(examples):
            labelled = getattr(example, head)
            for name in labelled:
                share[row, numbers[name]] = 1 / len(labelled)
        shares[head] = torch.from_numpy(share)
    return shares


def _loss(outputs: Mapping[str, Tensor], shares: Mapping[str, Tensor]) -> Tensor:
    """Sum of the heads' cross entropies, each the mean over the messages that have a label for it."""
    return torch.stack(
        [
            functional.cross_entropy(outputs[head], share, reduction="sum") / share.sum().clamp(min=1)
            for head, share in shares.items()
        ]
    ).sum()
