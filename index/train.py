# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Training: composed messages teach an encoder, and the heads that read intent, need, component and unit off it.

PyTorch and sentence-transformers are imported here only: answering with the model trained here needs neither.
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
from sentence_transformers.sentence_transformer.modules import Dense, StaticEmbedding
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import WhitespaceSplit
from torch import Tensor, nn
from torch.nn import functional

from index.compose import Example
from index.heads import HEADS, Floats, Head, Heads
from index.words import ngrams, tokens

UNKNOWN = "?"
IGNORED = -100
"""PyTorch's mark for a target that a loss passes over."""

Progress = Callable[[int, int], None]
Batch = Callable[[NDArray[np.int64]], Tensor]
"""Vectors, shape (batch, width), of the examples with these numbers."""


@dataclass(frozen=True)
class Recipe:
    """What training may vary; chosen on held-out phrases, see docs/adr/0002-matching.md."""

    width: int = 160
    hidden: int = 160
    epochs: int = 3
    batch: int = 512
    rate: float = 0.06
    """Of the n-grams' vectors: each is in few messages, so each step that it gets must count."""
    head_rate: float = 0.02
    feature_dropout: float = 0.2
    hidden_dropout: float = 0.2
    least: int = 3
    members: int = 2
    seed: int = 20211117


def train(
    examples: Sequence[Example], slang: Mapping[str, str], recipe: Recipe, progress: Progress, folder: Path
) -> Heads:
    """Save an n-gram encoder to `folder` and give its heads; the same for the same examples and recipe.

    The encoder is a committee: networks that differ in how they began, side by side, whose opinions the heads average.
    """
    texts = [ngrams(tokens(example.text, slang)) for example in examples]
    vocab = vocabulary(texts, recipe.least)
    ids = [np.fromiter((vocab.get(f, 0) for f in text), np.int64, len(text)) for text in texts]

    def member(number: int) -> tuple[Tensor, Network]:
        mine = replace(recipe, seed=recipe.seed + number)

        def told(done: int, total: int) -> None:
            progress(number * total + done, recipe.members * total)

        return _member(examples, ids, len(vocab), mine, told)

    members = [member(number) for number in range(recipe.members)]
    tokenizer = Tokenizer(WordLevel(vocab, unk_token=UNKNOWN))
    tokenizer.pre_tokenizer = WhitespaceSplit()
    front = StaticEmbedding(tokenizer, embedding_weights=torch.cat([bag for bag, _ in members], dim=1))
    layer = _side_by_side([network.dense for _, network in members])
    SentenceTransformer(modules=[front, layer], device="cpu").save(str(folder), create_model_card=False)
    return _averaged([network.read() for _, network in members])


def _member(
    examples: Sequence[Example],
    ids: Sequence[NDArray[np.int64]],
    features: int,
    recipe: Recipe,
    progress: Progress,
) -> tuple[Tensor, Network]:
    """One network of the committee, and its features' vectors, shape (features, width)."""
    torch.manual_seed(recipe.seed)
    rng = np.random.default_rng(recipe.seed)
    bag = nn.EmbeddingBag(features, recipe.width, mode="mean")
    nn.init.normal_(bag.weight, std=0.5)

    def vectors(chosen: NDArray[np.int64]) -> Tensor:
        kept, offsets = _thinned([ids[i] for i in chosen], recipe.feature_dropout, rng)
        out: Tensor = bag(torch.from_numpy(kept), torch.from_numpy(offsets))
        return out

    optimizer = torch.optim.Adam(bag.parameters(), lr=recipe.rate, fused=True)
    network = _fit(examples, vectors, recipe, rng, progress, optimizer)
    return bag.weight.detach(), network


def _side_by_side(layers: Sequence[Dense]) -> Dense:
    """One layer that does to each part of its input what each of `layers` does."""
    linear = [layer.linear for layer in layers]
    joint = Dense(
        sum(each.in_features for each in linear),
        sum(each.out_features for each in linear),
        activation_function=nn.Tanh(),
    )
    with torch.no_grad():
        joint.linear.weight.copy_(torch.block_diag(*(each.weight for each in linear)))  # type: ignore[no-untyped-call]
        joint.linear.bias.copy_(torch.cat([each.bias for each in linear]))
    return joint


def _averaged(members: Sequence[Heads]) -> Heads:
    """Heads over the members' outputs in a row, whose logits are the mean of the members' logits."""
    share = np.float32(1 / len(members))
    return {
        name: Head(
            members[0][name].classes,
            np.column_stack(
                [
                    *(member[name].vectors[:, :-1] * share for member in members),
                    sum(member[name].vectors[:, -1] for member in members) * share,
                ]
            ).astype(np.float32),
        )
        for name in HEADS
    }


def train_on(
    model: str, examples: Sequence[Example], slang: Mapping[str, str], recipe: Recipe, progress: Progress, folder: Path
) -> Heads:
    """As `train`, on top of any sentence-transformers model, a folder or a hub name, which itself stays as it is."""
    torch.manual_seed(recipe.seed)
    base = SentenceTransformer(model, device="cpu")
    texts = [" ".join(tokens(example.text, slang)) for example in examples]
    encoded = torch.from_numpy(base.encode(texts, batch_size=128, normalize_embeddings=True))
    recipe = Recipe(width=encoded.shape[1])
    network = _fit(
        examples, lambda chosen: encoded[torch.from_numpy(chosen)], recipe, np.random.default_rng(recipe.seed), progress
    )
    SentenceTransformer(modules=[*base, network.dense], device="cpu").save(str(folder), create_model_card=False)
    return network.read()


class HubEncoder:
    """The folder that `train_on` saved, run by sentence-transformers."""

    def __init__(self, folder: Path) -> None:
        self._model = SentenceTransformer(str(folder), device="cpu")

    def encode(self, messages: Sequence[list[str]]) -> Floats:
        return np.asarray(self._model.encode([" ".join(words) for words in messages]), dtype=np.float32)


def vocabulary(texts: Iterable[Sequence[str]], least: int) -> dict[str, int]:
    """Features seen in at least `least` messages, in sorted order so that a build repeats exactly."""
    counts = Counter(chain.from_iterable(map(set, texts)))
    kept = sorted(feature for feature, count in counts.items() if count >= least)
    return {feature: number for number, feature in enumerate([UNKNOWN, *kept])}


class Network(nn.Module):
    """A tanh layer and one linear head a question; what comes before the layer is the caller's."""

    def __init__(self, classes: Mapping[str, Sequence[str]], recipe: Recipe) -> None:
        super().__init__()
        self._classes = classes
        self._dropout = recipe.hidden_dropout
        self.dense = Dense(recipe.width, recipe.hidden, activation_function=nn.Tanh())
        self.heads = nn.ModuleDict({name: nn.Linear(recipe.hidden, len(classes[name])) for name in HEADS})

    def forward(self, vectors: Tensor) -> dict[str, Tensor]:
        hidden = self.dense({"sentence_embedding": vectors})["sentence_embedding"]
        hidden = functional.dropout(hidden, self._dropout, self.training)
        return {name: head(hidden) for name, head in self.heads.items()}

    def read(self) -> Heads:
        """The heads as plain arrays, the bias as the last column."""
        weights = {name: value.detach().numpy() for name, value in self.heads.state_dict().items()}
        return {
            name: Head(
                tuple(self._classes[name]),
                np.column_stack([weights[f"{name}.weight"], weights[f"{name}.bias"]]).astype(np.float32),
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
) -> Network:
    """Train a network on `vectors` of the examples; `others` optimise what `vectors` is made of."""
    classes = {head: sorted({label for e in examples if (label := getattr(e, head))}) for head in HEADS}
    targets = _targets(examples, classes)
    network = Network(classes, recipe)
    optimizers = [torch.optim.Adam(network.parameters(), lr=recipe.head_rate), *others]
    steps = recipe.epochs * -(-len(examples) // recipe.batch)
    schedules = [torch.optim.lr_scheduler.LinearLR(o, 1.0, 0.02, total_iters=steps) for o in optimizers]
    for step, chosen in enumerate(_batches(len(examples), recipe, rng), 1):
        outputs = network(vectors(chosen))
        loss = _loss(outputs, {head: numbers[torch.from_numpy(chosen)] for head, numbers in targets.items()})
        loss.backward()  # type: ignore[no-untyped-call]
        for optimizer, schedule in zip(optimizers, schedules, strict=True):
            optimizer.step()
            optimizer.zero_grad()
            schedule.step()
        progress(step, steps)
    return network.eval()


def _targets(examples: Sequence[Example], classes: Mapping[str, Sequence[str]]) -> dict[str, Tensor]:
    numbers = {head: {name: number for number, name in enumerate(names)} for head, names in classes.items()}
    return {head: torch.tensor([numbers[head].get(getattr(e, head), IGNORED) for e in examples]) for head in HEADS}


def _batches(count: int, recipe: Recipe, rng: np.random.Generator) -> Iterator[NDArray[np.int64]]:
    for _ in range(recipe.epochs):
        order = rng.permutation(count)
        yield from (order[start : start + recipe.batch] for start in range(0, count, recipe.batch))


def _loss(outputs: Mapping[str, Tensor], targets: Mapping[str, Tensor]) -> Tensor:
    """Sum of the heads' cross entropies, each over the examples that have a label for it."""
    losses = [
        functional.cross_entropy(outputs[head], target, ignore_index=IGNORED)
        for head, target in targets.items()
        if bool((target != IGNORED).any())
    ]
    return torch.stack(losses).sum()


def _thinned(
    ids: Sequence[NDArray[np.int64]], dropout: float, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The features of a batch in one row, less a random share, and where each message begins.

    A message must be understood from any part of its features.
    """
    owner = np.repeat(np.arange(len(ids)), [len(each) for each in ids])
    kept = rng.random(len(owner)) >= dropout
    return np.concatenate(ids)[kept], np.searchsorted(owner[kept], np.arange(len(ids)))
