# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""The network as sentence-transformers saves, loads and runs it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sentence_transformers.base.modules import InputModule

from index.embed import VOCABULARY
from index.heads import HEADS
from index.network import Network


class Attention(InputModule):
    """A `Network` as the one module of a SentenceTransformer."""

    config_keys = ["width", "hidden", "members"]  # noqa: RUF012, an instance variable to the class above

    def __init__(self, network: Network) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.network = network
        self.width, self.hidden, self.members = network.width, network.hidden, network.members

    def preprocess(self, inputs: Sequence[Any], prompt: str | None = None, **kwargs: Any) -> dict[str, Any]:
        """`inputs` are messages as normalised words with spaces between."""
        return dict(self.network.batch([text.split() for text in inputs], 0.0, np.random.default_rng(0)))

    def forward(self, features: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        features["sentence_embedding"] = self.network(features)
        return features

    def get_embedding_dimension(self) -> int:
        return len(HEADS) * self.members * self.hidden

    def save(self, output_path: str, *args: Any, safe_serialization: bool = True, **kwargs: Any) -> None:
        self.save_config(output_path)
        (Path(output_path) / VOCABULARY).write_text(json.dumps(self.network.vocabulary), "utf-8")
        self.save_torch_weights(output_path, safe_serialization=safe_serialization)

    @classmethod
    def load(cls, model_name_or_path: str, subfolder: str = "", *args: Any, **kwargs: Any) -> Attention:
        """From a folder; nothing is ever fetched."""
        folder = Path(model_name_or_path) / subfolder
        vocabulary = json.loads((folder / VOCABULARY).read_text("utf-8"))
        module = cls(Network(vocabulary, **cls.load_config(model_name_or_path, subfolder)))
        cls.load_torch_weights(model_name_or_path, subfolder, model=module)
        return module
