# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Words by which something is noticed in a message, as read from `cues.yaml`: plain lists that an office can add to."""

from __future__ import annotations

from pathlib import Path

import yaml
from pydantic import TypeAdapter, ValidationError

FILE = "cues.yaml"


class BadCues(Exception):
    """A file of cues cannot be used; the message names file and key."""


def read(*folders: Path) -> dict[str, tuple[str, ...]]:
    """The cues of all `folders` together, by what they give away; raises BadCues."""
    cues: dict[str, tuple[str, ...]] = {}
    for path in (folder / FILE for folder in folders):
        if not path.exists():
            continue
        try:
            content = yaml.load(path.read_text("utf-8"), yaml.CBaseLoader) or {}  # "yes" is a word
            lists = TypeAdapter(dict[str, tuple[str, ...]]).validate_python(content)
        except (UnicodeDecodeError, yaml.YAMLError) as error:
            line = f"baris {mark.line + 1}: " if (mark := getattr(error, "problem_mark", None)) else ""
            raise BadCues(f"{path.name}: {line}bukan YAML yang sah.") from error
        except ValidationError as error:
            place = " > ".join(map(str, error.errors()[0]["loc"])) or "isinya"
            raise BadCues(f"{path.name}: {place}: harus daftar kata.") from error
        for name, entries in lists.items():
            cues[name] = cues.get(name, ()) + entries
    return cues
