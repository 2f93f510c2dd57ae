# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""What each command does; the parser in `bot.cli` says how it is typed."""

from argparse import Namespace
from collections.abc import Callable

from rich.console import Console

from bot.app import App

Command = Callable[[App, Namespace], int]
"""Does the work and gives the exit status."""

out, err = Console(highlight=False), Console(stderr=True, highlight=False)


class BadArguments(Exception):
    """What was typed cannot be done; the message says what to type instead."""
