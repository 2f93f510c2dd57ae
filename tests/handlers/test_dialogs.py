# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""The conversations that a civil servant can read and review."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.app import App
from tests.talk import play

DIALOGS = sorted((Path(__file__).parent.parent / "dialogs").glob("*.txt"))


@pytest.mark.parametrize("transcript", DIALOGS, ids=lambda path: path.stem)
def test_conversation(transcript: Path, built_app: App) -> None:
    play(built_app, transcript)
