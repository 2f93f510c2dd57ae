# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Linear heads: each class of intent, need, component and unit has a vector, and likeness is an inner product."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

HEADS = ("intent", "need", "component", "unit")

Floats = NDArray[np.float32]


def parts(encoded: Floats) -> dict[str, Floats]:
    """One message's encoder output, shape (width,), cut into what each head reads of it."""
    return dict(zip(HEADS, np.split(encoded, len(HEADS)), strict=True))


@dataclass(frozen=True)
class Head:
    """`vectors` has one row per class and one column more than the head's part of the output: the last is the bias."""

    classes: tuple[str, ...]
    vectors: Floats

    def logits(self, hidden: Floats) -> Floats:
        """Scores, shape (classes,), by this head's part of one encoded message."""
        return np.asarray(self.vectors[:, :-1] @ hidden + self.vectors[:, -1], dtype=np.float32)

    def vector(self, name: str) -> Floats:
        return np.asarray(self.vectors[self.classes.index(name)], dtype=np.float32)


Heads = Mapping[str, Head]


def save(heads: Heads, path: Path) -> None:
    """Write `path` as one .npz: a matrix a head, and the class names as JSON."""
    names = json.dumps({name: head.classes for name, head in heads.items()})
    matrices: dict[str, Any] = {name: head.vectors for name, head in heads.items()}
    np.savez(path, names=np.array(names), **matrices)


def load(path: Path) -> Heads:
    with np.load(path) as stored:
        names: Mapping[str, Sequence[str]] = json.loads(str(stored["names"]))
        return {name: Head(tuple(names[name]), stored[name]) for name in HEADS}
