# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Training: composed messages teach an encoder, and the heads that read intent, need, component and unit off it.

PyTorch and sentence-transformers are imported here and in `attention` only: answering with the model trained here
needs neither.
"""

from __future__ import annotations

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
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Dense
from torch import Tensor, nn
from torch.nn import functional

from index.attention import Attention
from index.compose import Composer, Example, labels
from index.embed import UNKNOWN
from index.heads import HEADS, Floats, Head, Heads
from index.words import ngrams, pairs, tokens
from knowledge.phrasebook import Phrasebook

IGNORED = -100
"""PyTorch's mark for a target that a loss passes over."""

TOLD = 0.2
"""Seconds between two looks at how far training came."""

Progress = Callable[[int, int], None]
Batch = tuple[Tensor, Mapping[str, Tensor]]
"""Vectors of some messages, shape (batch, heads × hidden), and their classes' numbers by head."""


@dataclass(frozen=True)
class Recipe:
    """What training may vary; chosen by the trials in docs/adr/0002-matching.md."""

    width: int = 96
    hidden: int = 96
    members: int = 2
    examples: int = 560_000
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
    """One trained network of a committee: an encoder of one member, and its heads."""

    encoder: Attention
    heads: Heads


def train(book: Phrasebook, recipe: Recipe, progress: Progress, folder: Path) -> Heads:
    """Save an encoder to `folder` and give its heads; the same for the same phrases and recipe.

    Each member of the committee learns in a process of its own, on one thread: PyTorch's threads wait for one another
    longer than networks of this size take.
    """
    context = get_context("spawn")
    done = context.Value("q", 0)
    with ProcessPoolExecutor(recipe.members, context, initializer=_count_in, initargs=(done,)) as pool:
        learning = [pool.submit(_learned, book, replace(recipe, seed=recipe.seed + n)) for n in range(recipe.members)]
        waiting: set[Future[Member]] = set(learning)
        while waiting and not any(each.done() and each.exception() for each in learning):
            progress(done.value, recipe.steps * recipe.members)
            waiting = wait(waiting, TOLD, FIRST_EXCEPTION).not_done
        members = [each.result() for each in learning]
    encoder, heads = _together(members)
    SentenceTransformer(modules=[encoder], device="cpu").save(str(folder), create_model_card=False)
    return heads


_done: Synchronized[int]


def _count_in(done: Synchronized[int]) -> None:
    """Steps of this process are counted in `done`."""
    global _done
    _done = done
    torch.set_num_threads(1)


def _stepped(step: int, steps: int) -> None:
    with _done.get_lock():
        _done.value += 1


def _learned(book: Phrasebook, recipe: Recipe) -> Member:
    torch.manual_seed(recipe.seed)
    rng = np.random.default_rng(recipe.seed)
    slang = book.dictionary()
    composed = Composer(book, recipe.seed).examples()
    sample = list(islice(composed, recipe.sample))
    encoder = Attention(_vocabulary(sample, slang, recipe.least), recipe.width, recipe.hidden, 1)
    classes = labels(book)

    def batches() -> Iterator[Batch]:
        examples = islice(chain(sample, composed), recipe.examples)
        while chosen := list(islice(examples, recipe.batch)):
            messages = [tokens(example.text, slang) for example in chosen]
            batch = encoder.batch(messages, recipe.feature_dropout, rng)
            yield encoder(batch)["sentence_embedding"], _targets(chosen, classes)

    features = RowAdam([encoder.ngrams.weight, encoder.pairs.weight], lr=recipe.rate)
    layers = torch.optim.Adam([encoder.queries, encoder.weight, encoder.bias], lr=recipe.head_rate)
    return Member(encoder, _fit(classes, batches(), recipe, _stepped, features, layers))


def _together(members: Sequence[Member]) -> tuple[Attention, Heads]:
    """One encoder of all members side by side, and the heads whose logits are the mean of theirs.

    What a member does not know is to it what it reads anything unknown as.
    """
    encoders = [member.encoder for member in members]
    vocabulary = {
        name: [UNKNOWN, *sorted(set().union(*(each.vocabulary[name] for each in encoders)) - {UNKNOWN})]
        for name in ("ngrams", "pairs")
    }
    first = encoders[0]
    committee = Attention(vocabulary, first.width, first.hidden, len(members))
    with torch.no_grad():
        for name, known in vocabulary.items():
            tables = [_rows(each, name, known) for each in encoders]
            getattr(committee, name).weight.copy_(torch.cat(tables, dim=1))
        for name in ("queries", "weight", "bias"):
            getattr(committee, name).copy_(torch.cat([getattr(each, name) for each in encoders], dim=1))
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


def _rows(encoder: Attention, name: str, known: Sequence[str]) -> Tensor:
    numbers = {feature: number for number, feature in enumerate(encoder.vocabulary[name])}
    return getattr(encoder, name).weight[[numbers.get(feature, 0) for feature in known]]  # type: ignore[no-any-return]


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


def train_on(model: str, book: Phrasebook, recipe: Recipe, progress: Progress, folder: Path) -> Heads:
    """As `train`, on top of any sentence-transformers model, a folder or a hub name, which itself stays as it is.

    Its opinion of the sample's messages is asked once, which takes long enough; a layer and the heads learn from that.
    """
    torch.manual_seed(recipe.seed)
    rng = np.random.default_rng(recipe.seed)
    base = SentenceTransformer(model, device="cpu")
    slang = book.dictionary()
    examples = list(islice(Composer(book, recipe.seed).examples(), recipe.sample))
    texts = [" ".join(tokens(example.text, slang)) for example in examples]
    encoded = torch.from_numpy(base.encode(texts, batch_size=128, normalize_embeddings=True))
    layer = Dense(encoded.shape[1], len(HEADS) * recipe.hidden, activation_function=nn.Tanh())
    classes = labels(book)

    def batches() -> Iterator[Batch]:
        for _ in range(EPOCHS):
            order = rng.permutation(len(examples))
            for chosen in np.array_split(order, -(-len(order) // recipe.batch)):
                features = {"sentence_embedding": encoded[torch.from_numpy(chosen)]}
                yield layer(features)["sentence_embedding"], _targets([examples[n] for n in chosen], classes)

    recipe = replace(recipe, examples=EPOCHS * len(examples))
    optimizer = torch.optim.Adam(layer.parameters(), lr=recipe.head_rate)
    heads = _fit(classes, batches(), recipe, progress, optimizer)
    SentenceTransformer(modules=[*base, layer], device="cpu").save(str(folder), create_model_card=False)
    return heads


EPOCHS = 3
"""How often the layer on top of a hub model sees the sample."""


class HubEncoder:
    """The folder that `train_on` saved, run by sentence-transformers."""

    def __init__(self, folder: Path) -> None:
        self._model = SentenceTransformer(str(folder), device="cpu")

    def encode(self, messages: Sequence[list[str]]) -> Floats:
        return np.asarray(self._model.encode([" ".join(words) for words in messages]), dtype=np.float32)


def _vocabulary(sample: Sequence[Example], slang: Mapping[str, str], least: int) -> dict[str, list[str]]:
    """N-grams and pairs that are in at least `least` messages, in sorted order so that a build repeats exactly.

    An n-gram of two words of one message is counted twice: the words are far fewer than the messages.
    """
    messages = [tokens(example.text, slang) for example in sample]
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


def _fit(
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
    for step, (vectors, targets) in enumerate(batches, 1):
        loss = _loss(readers(vectors), targets)
        loss.backward()  # type: ignore[no-untyped-call]
        for optimizer, schedule in zip(optimizers, schedules, strict=True):
            optimizer.step()
            optimizer.zero_grad()
            schedule.step()
        progress(step, recipe.steps)
    return readers.read()


def _targets(examples: Sequence[Example], classes: Mapping[str, Sequence[str]]) -> dict[str, Tensor]:
    numbers = {head: {name: number for number, name in enumerate(names)} for head, names in classes.items()}
    return {head: torch.tensor([numbers[head].get(getattr(e, head), IGNORED) for e in examples]) for head in HEADS}


def _loss(outputs: Mapping[str, Tensor], targets: Mapping[str, Tensor]) -> Tensor:
    """Sum of the heads' cross entropies, each over the examples that have a label for it."""
    return torch.stack(
        [
            functional.cross_entropy(outputs[head], target, ignore_index=IGNORED)
            for head, target in targets.items()
            if bool((target != IGNORED).any())
        ]
    ).sum()
