# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Conversations: serve, chat, ask."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Iterator

from bot import batch, terminal
from bot.app import App, clock
from bot.batch import BadLine, Question
from bot.commands import BadArguments, err, out


def serve(app: App, options: Namespace) -> int:
    from bot.web import run  # aiohttp is needed to serve only

    run(app)
    return 0


def chat(app: App, options: Namespace) -> int:
    app.search  # noqa: B018  (a missing index is said before the first question)
    out.print("Silakan tulis pertanyaan. Angka memilih dari daftar; /keluar mengakhiri.", style="dim")
    terminal.chat(app, _typed(), out)
    return 0


def _typed() -> Iterator[str]:
    while True:
        try:
            yield input("> ")
        except (EOFError, KeyboardInterrupt):
            return
        except UnicodeDecodeError:
            err.print("Pesan tidak terbaca: pakai huruf UTF-8.", style="red")


def ask(app: App, options: Namespace) -> int:
    if options.jsonl:
        with open(options.text, encoding="utf-8", errors="replace") if options.text else sys.stdin as lines:
            return _ask_all(app, lines)
    if options.text is None:
        raise BadArguments('Tulis pertanyaannya: tanya ask "syarat konsultasi?"')
    turn = batch.ask(app, Question(id="1", agency=app.settings.agency, turns=(options.text,)), clock())
    for reply in turn.replies:
        out.print(terminal.bubble(reply))
    if options.explain:
        agencies = [app.settings.agency] if app.settings.agency else app.catalogue.agencies
        out.print(terminal.explained(app.search.explain(options.text, agencies, None), app.catalogue))
    return 0


def _ask_all(app: App, lines: Iterator[str]) -> int:
    """Answers go out in order of the questions; lines that are none are told on standard error."""
    bad = 0
    for question in batch.questions(lines, app.catalogue.agencies):
        if isinstance(question, BadLine):
            bad += 1
            err.print(str(question), style="red", markup=False)
            continue
        print(json.dumps(batch.report(question, batch.ask(app, question, clock())), ensure_ascii=False))
    return 1 if bad else 0
