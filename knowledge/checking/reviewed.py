# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""What an officer has said about findings, kept in a file so that the next check shows only what is new."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path

import yaml
from pydantic import TypeAdapter, ValidationError

from knowledge.checking.finding import Finding
from knowledge.model import Frozen


class BadReview(Exception):
    """The file of reviews cannot be used; the message names file and place."""


class Verdict(StrEnum):
    """The decree is wrong and stays so; a correction shows it as a note; or nothing is wrong."""

    DIPASTIKAN = "dipastikan"
    DIBETULKAN = "dibetulkan"
    DIABAIKAN = "diabaikan"


class Review(Frozen):
    """One finding by its id; `printed` is there for who reads the file."""

    id: str
    verdict: Verdict
    printed: str = ""


class Reviews:
    """All reviews of one file; a file that does not exist holds none."""

    def __init__(self, known: Iterable[Review] = ()) -> None:
        self._verdicts = {review.id: review for review in known}

    @classmethod
    def read(cls, *paths: Path) -> Reviews:
        """Those of all `paths`, later ones over earlier; raises BadReview."""
        return cls(review for path in paths if path.exists() for review in _file(path))

    def verdict(self, finding: Finding) -> Verdict | None:
        review = self._verdicts.get(finding.id)
        return review.verdict if review else None

    @property
    def by_id(self) -> Mapping[str, Review]:
        return self._verdicts

    def save(self, path: Path) -> None:
        """Write the reviews where an officer and version control can read them."""
        content = [review.model_dump(mode="json") for review in self._verdicts.values()]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=10_000), "utf-8")


def _file(path: Path) -> tuple[Review, ...]:
    try:
        return TypeAdapter(tuple[Review, ...]).validate_python(yaml.safe_load(path.read_text("utf-8")) or ())
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadReview(f"{path.name}: berkas tidak terbaca. Perbaiki, atau hapus dan periksa ulang.") from error
    except ValidationError as error:
        problem = error.errors()[0]
        raise BadReview(f"{path.name}: {' > '.join(map(str, problem['loc']))}: {problem['msg']}") from error
