# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Any sentence-transformers model in the place of our own network: a layer and the heads learn on top of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Dense
from torch import nn

from index.compose import Composer, labels
from index.heads import HEADS, Floats, Heads
from index.train import Batch, Progress, Recipe, fit, targets
from index.words import tokens
from knowledge.phrasebook import Phrasebook

EPOCHS = 3
"""How often the layer sees the sample."""


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
                yield layer(features)["sentence_embedding"], targets([examples[n] for n in chosen], classes)

    recipe = replace(recipe, examples=EPOCHS * len(examples))
    optimizer = torch.optim.Adam(layer.parameters(), lr=recipe.head_rate)
    heads = fit(classes, batches(), recipe, progress, optimizer)
    SentenceTransformer(modules=[*base, layer], device="cpu").save(str(folder), create_model_card=False)
    return heads


class HubEncoder:
    """The folder that `train_on` saved, run by sentence-transformers."""

    def __init__(self, folder: Path) -> None:
        self._model = SentenceTransformer(str(folder), device="cpu")

    def encode(self, messages: Sequence[list[str]]) -> Floats:
        return np.asarray(self._model.encode([" ".join(words) for words in messages]), dtype=np.float32)
