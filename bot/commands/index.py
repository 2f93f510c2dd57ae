# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Model and index: build, score."""

from __future__ import annotations

from argparse import Namespace

from pydantic import ValidationError
from rich.progress import Progress
from rich.table import Table

from bot import batch
from bot.app import App, clock
from bot.batch import Question
from bot.commands import BadArguments, err, out
from index import score
from knowledge.model import AgencyId


def build(app: App, options: Namespace) -> int:
    with Progress(console=err, transient=True) as bar:
        task = bar.add_task("Melatih model dari contoh pertanyaan", total=None)
        folder = app.build_index(lambda done, total: bar.update(task, completed=done, total=total))
    err.print(f"Indeks siap ({folder.name}).")
    return 0


def score_file(app: App, options: Namespace) -> int:
    judged = []
    for number, line in enumerate(options.file.read_text("utf-8").splitlines(), 1):
        try:
            item = score.Labelled.model_validate_json(line)
        except ValidationError as error:
            raise BadArguments(f"baris {number}: {error.errors()[0]['msg']}") from error
        question = Question(id=item.id, agency=AgencyId(item.agency) if item.agency else None, turns=item.turns)
        answer = batch.report(question, batch.ask(app, question, clock()))
        judged.append((item, score.verdict(item.expect, answer)))
        if options.list and judged[-1][1] is not score.Verdict.RIGHT:
            got = f"{answer['intent']} {answer['service'] or answer['choices']} {answer['component']}"
            want = f"{item.expect.intent} {' '.join(item.expect.services)} {item.expect.component}"
            out.print(f"{item.id} {judged[-1][1].value}: {got} – diharapkan {want}", markup=False)
    table = Table("kelompok", "butir", "benar %", "kartu salah %", "luput %")
    for row in score.table(judged):
        table.add_row(row.name, str(row.items), f"{row.right:.1f}", f"{row.wrong:.1f}", f"{row.miss:.1f}")
    out.print(table)
    return 0
