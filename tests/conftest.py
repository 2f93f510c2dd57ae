# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""What many tests share: the real catalogue, phrases and built index; nothing is faked but the clock."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.app import App
from bot.config import Settings
from knowledge.loader import Catalogue
from knowledge.phrasebook import Phrasebook
from tests.databases import new_database

COVERED = pytest.StashKey[str]()
"""How much of the decrees the reader accounts for, for the end of the run."""

SCORED = pytest.StashKey[str]()
"""How well the open question set is answered, for the end of the run."""

NOW = datetime(2026, 11, 26, 3, 0, tzinfo=UTC)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--complaints", type=int, default=1000, help="how many the simulated year has")


@pytest.fixture(scope="session")
def built_app() -> App:
    """The app over the index that `tanya index build` makes in ./data, built here if it is not there yet."""
    app = App(Settings(home=Path("data")))
    app.build_index(lambda done, total: None)
    return app


@pytest.fixture(scope="session")
def catalogue(built_app: App) -> Catalogue:
    return built_app.catalogue


@pytest.fixture(scope="session")
def book(built_app: App) -> Phrasebook:
    return built_app.book


@pytest.fixture
def app(built_app: App, tmp_path: Path) -> App:
    """An app with a data folder of its own over the shared index."""
    fresh = App(Settings(home=tmp_path, database_url=f"sqlite:///{tmp_path / 'tanya.db'}"))
    for shared in ("catalogue", "phrases", "book", "search"):
        fresh.__dict__[shared] = getattr(built_app, shared)
    return fresh


@pytest.fixture
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database of the kind that the test asks for."""
    return new_database(request.param, tmp_path)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if COVERED in config.stash:
        terminalreporter.write_line(f"Decrees: {config.stash[COVERED]} accounted for.")
    if SCORED in config.stash:
        terminalreporter.write_line(f"Open questions: {config.stash[SCORED]}.")
