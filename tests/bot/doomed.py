# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""The office's server in a process of its own, killed with -9 at a named point between webhook and delivered.

Run as `python -m tests.bot.doomed POINT PORT`; settings come from the environment as always, POINT "never" lives.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from aiohttp import web

from bot.app import App
from bot.config import Settings
from bot.delivery import Waits
from bot.intake import Intake
from bot.web import application
from bot.whatsapp import WhatsApp
from bot.worker import Worker


def dies_after(method: Callable[..., Any]) -> Callable[..., Any]:
    def dying(*arguments: Any) -> Any:
        result = method(*arguments)
        os.kill(os.getpid(), signal.SIGKILL)
        return result

    return dying


def dies_before(method: Callable[..., Any]) -> Callable[..., Any]:
    def dying(*arguments: Any) -> Any:
        os.kill(os.getpid(), signal.SIGKILL)
        return method(*arguments)

    return dying


def dies_when_accepted(send: Callable[..., Any]) -> Callable[..., Any]:
    async def dying(*arguments: Any) -> Any:
        await send(*arguments)
        os.kill(os.getpid(), signal.SIGKILL)

    return dying


POINTS: dict[str, tuple[type, str, Callable[..., Any]]] = {
    "stored, not thanked": (Intake, "_commit", dies_after),
    "thanked, not begun": (Worker, "_handle", dies_before),
    "half done": (Worker, "_handle", dies_after),
    "accepted, not marked": (WhatsApp, "send", dies_when_accepted),
}


def main(point: str, port: int) -> None:
    if point in POINTS:
        owner, name, wrap = POINTS[point]
        setattr(owner, name, wrap(getattr(owner, name)))
    app = App(Settings.from_env(os.environ), Waits(uncertain=timedelta(seconds=2)))
    shared = App(Settings(home=Path("data")))
    app.__dict__["search"] = shared.search
    web.run_app(application(app, app.worker), host="127.0.0.1", port=port, print=None, access_log=None)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
