# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""The desk put together: every page's routes in one place."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from bot.app import App
from bot.meja import entry, office, queue, site, teaching


def desk(app: App, announce: Callable[[], Awaitable[None]]) -> web.Application:
    made = site.application(app, announce)
    for pages in (entry, queue, teaching, office):
        pages.routes(made)
    return made
