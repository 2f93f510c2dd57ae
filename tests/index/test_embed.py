# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""The n-gram model read with numpy says what sentence-transformers says; a hub model drops in for it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import StaticEmbedding
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import WhitespaceSplit

from bot.app import App
from index import build, heads
from index.embed import NgramEncoder
from index.hub import HubEncoder, train_on
from index.train import Recipe, train
from index.words import tokens
from knowledge.phrasebook import Phrasebook

MESSAGES = ["syarat paw dprd", "brp sewa tenda", "zxqw"]
SMALL = Recipe(width=16, hidden=16, examples=600, sample=600)


def quiet(done: int, total: int) -> None:
    """No progress wanted."""


def test_numpy_and_sentence_transformers_agree(built_app: App) -> None:
    folder = built_app.build_index(quiet) / "model"
    words = [tokens(message, built_app.book.dictionary()) for message in MESSAGES]
    ours = NgramEncoder(folder).encode(words)
    model = SentenceTransformer(str(folder), device="cpu", trust_remote_code=True)  # the code is index.attention
    theirs = model.encode([" ".join(w) for w in words])
    np.testing.assert_allclose(ours, theirs, atol=1e-2)  # half precision against single


def test_training_repeats_exactly(book: Phrasebook, tmp_path: Path) -> None:
    first, second = (train(book, SMALL, quiet, tmp_path / name) for name in "ab")
    for name in heads.HEADS:
        np.testing.assert_array_equal(first[name].vectors, second[name].vectors)


def test_any_sentence_transformers_model_can_be_named(book: Phrasebook, tmp_path: Path) -> None:
    tokenizer = Tokenizer(WordLevel({"?": 0, "syarat": 1, "biaya": 2, "sewa": 3}, unk_token="?"))
    tokenizer.pre_tokenizer = WhitespaceSplit()
    named = SentenceTransformer(modules=[StaticEmbedding(tokenizer, embedding_dim=8)], device="cpu")
    named.save(str(tmp_path / "some-model"), create_model_card=False)
    read = train_on(str(tmp_path / "some-model"), book, SMALL, quiet, tmp_path / "model")
    vectors = HubEncoder(tmp_path / "model").encode([["syarat"], ["biaya", "sewa"]])
    assert vectors.shape == (2, sum(head.vectors.shape[1] - 1 for head in read.values()))


def test_what_is_built_from_other_phrases_is_stale(built_app: App, tmp_path: Path) -> None:
    with pytest.raises(build.StaleIndex, match="tanya index build"):
        build.load(built_app.catalogue, built_app.phrases, "", tmp_path, built_app.book)
