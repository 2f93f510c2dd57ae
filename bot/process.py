# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""The worker in a process of its own: while a message is read there, the web server here thanks for the next."""

from __future__ import annotations

import logging
import signal
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from threading import Lock
from types import TracebackType

from bot.app import LEARNED, App, clock
from bot.config import Settings, log_to_stderr

log = logging.getLogger("tanya.process")

PATIENCE = 10.0
"""Seconds that the process has to end its round before it is killed; what it had claimed waits for the next one."""


class NotStarted(Exception):
    """The process ended before it was ready; the message says what to do."""


class WorkerProcess:
    """A worker at the other end of a pipe. Leaving the context ends it, and so does our own death."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._speaking = Lock()
        self._begin()

    def _begin(self) -> None:
        context = get_context("spawn")  # a fork would have our threads' locks and none of our threads
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_work, args=(self._settings, theirs), daemon=True)
        self._process.start()
        theirs.close()
        self._ready = self._busy = False

    @property
    def pid(self) -> int:
        return self._process.pid or 0

    def start(self) -> None:
        """Return when it is ready; raises what stands in its way, such as StaleIndex, or NotStarted."""
        with self._speaking:
            try:
                self._until_ready()
            except EOFError as error:
                raise NotStarted(
                    "Bagian yang membaca pesan berhenti saat dimulai, mungkin karena memori penuh. "
                    "Tutup program lain, lalu jalankan lagi: tanya serve"
                ) from error

    def run(self) -> int:
        """How many messages its next round handled; asked once, it does rounds until nothing waits.

        One that died is begun anew.
        """
        with self._speaking:
            try:
                self._until_ready()
                if not self._busy:
                    self._pipe.send(None)
                handled = int(self._pipe.recv())
                self._busy = handled > 0
                return handled
            except (EOFError, OSError):
                self._process.join(PATIENCE)
                log.error("the worker's process ended (%s), another is begun", self._process.exitcode)
                self._begin()
                return 0

    def _until_ready(self) -> None:
        if not self._ready and (obstacle := self._pipe.recv()):
            raise obstacle
        self._ready = True

    def __enter__(self) -> WorkerProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._speaking:
            self._pipe.close()
        self._process.join(PATIENCE)
        self._process.kill()


def _work(settings: Settings, pipe: Pipe) -> None:
    for interruption in (signal.SIGINT, signal.SIGTERM):
        signal.signal(interruption, signal.SIG_IGN)  # is for the web server, which then closes the pipe
    log_to_stderr()
    with suppress(EOFError, OSError):  # nobody asks any more
        _answer(App(settings), pipe)


def _answer(app: App, pipe: Pipe) -> None:
    layer = app.settings.home / LEARNED
    learned = _version(layer)
    try:
        app.search.read("halo")  # what is slow the first time is slow before the door opens
        app.desk(clock())
        app.worker.start()
    except Exception as obstacle:
        pipe.send(obstacle)
        return
    pipe.send(None)
    while True:
        pipe.recv()
        handled = 1
        while handled:
            try:
                if learned != (learned := _version(layer)):
                    app.renew()
                handled = app.worker.run()
            except Exception as error:
                log.error("the worker stumbled and goes on: %s", type(error).__name__)
                handled = 0
            pipe.send(handled)


def _version(layer: Path) -> tuple[int, int] | None:
    """What tells one layer of learned phrases from the next, which comes by a rename."""
    try:
        stat = layer.stat()
    except FileNotFoundError:
        return None
    return stat.st_ino, stat.st_mtime_ns
