# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Settings: documented, typed, and loud about everything wrong at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.app import App
from bot.config import BadConfig, Settings


def test_nothing_set_is_a_working_setup() -> None:
    settings = Settings.from_env({})
    assert settings == Settings(database_url=f"sqlite:///{Path('data') / 'tanya.db'}")


def test_an_office_that_nobody_knows_is_named_with_those_that_are() -> None:
    with pytest.raises(BadConfig, match=r"sintang.*melawi"):
        _ = App(Settings.from_env({"TANYA_AGENCY": "sintang"})).catalogue


def test_all_problems_are_told_together() -> None:
    wrong = {"TANYA_PORT": "delapan", "TANYA_DATABASE_URL": "mysql://x"}
    with pytest.raises(BadConfig) as refused:
        Settings.from_env(wrong)
    for name in wrong:
        assert name in str(refused.value)
