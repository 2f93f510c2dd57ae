# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""The house keeps its own rules: floors, documented settings, no word that must not leave this place."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from bot.config import Settings

ROOT = Path(__file__).parent.parent
LINT = Path(sys.executable).parent / "lint-imports"


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.split("\0") if name]


def test_settings_and_their_example_agree() -> None:
    documented = set(re.findall(r"^(TANYA_\w+)=", (ROOT / ".env.example").read_text("utf-8"), re.MULTILINE))
    read = set(re.findall(r'"(TANYA_\w+)"', (ROOT / "bot" / "config.py").read_text("utf-8")))
    assert documented == read == {f"TANYA_{field.name.upper()}" for field in fields(Settings)}


@pytest.mark.parametrize(
    ("module", "statement"),
    [
        ("knowledge/cards.py", "import handlers.replies"),
        ("tickets/model.py", "import knowledge.model"),
        ("handlers/answer.py", "import aiohttp"),
        ("index/search.py", "import tickets.model"),
        ("index/words.py", "import sqlalchemy"),
        ("bot/worker.py", "import faiss"),
    ],
)
def test_a_planted_import_turns_the_linter_red(module: str, statement: str, tmp_path: Path) -> None:
    for package in ("bot", "handlers", "index", "knowledge", "tickets"):
        shutil.copytree(
            ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__", "*.md", "*.yaml")
        )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    planted = tmp_path / module
    planted.write_text(planted.read_text("utf-8") + f"\n{statement}\n", "utf-8")
    result = subprocess.run(
        [str(LINT), "--no-cache"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(tmp_path)},
    )
    assert result.returncode == 1, result.stdout
    assert "BROKEN" in result.stdout


def test_every_sentence_is_used() -> None:
    said = re.findall(r"^def (\w+)", (ROOT / "handlers" / "replies.py").read_text("utf-8"), re.MULTILINE)
    code = "\n".join(
        path.read_text("utf-8") for path in [*(ROOT / "handlers").glob("*.py"), *(ROOT / "bot").glob("*.py")]
    )
    assert [name for name in said if len(re.findall(rf"\b{name}\b", code)) < 2] == []


def test_sources_name_their_licence() -> None:
    for path in tracked():
        if path.suffix == ".py" and path.stat().st_size:
            assert path.read_text("utf-8").splitlines()[1] == "# SPDX-License-Identifier: Apache-2.0", path
