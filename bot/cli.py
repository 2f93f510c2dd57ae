# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""The `tanya` command: serve, chat, ask, knowledge, index."""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from pydantic import ValidationError
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from bot import batch, terminal
from bot.app import KNOWLEDGE, App, clock
from bot.batch import BadLine, Question
from bot.config import AGENCIES, BadConfig, Settings
from index import score
from index.build import StaleIndex
from knowledge import cards, export, loader
from knowledge.loader import BadStandard
from knowledge.model import DECREE_COMPONENTS, AgencyId, ServiceId
from knowledge.phrasebook import BadPhrases
from knowledge.reading import BadDecree, read_decree

Command = Callable[[App, argparse.Namespace], int]

out, err = Console(highlight=False), Console(stderr=True, highlight=False)


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        settings = Settings.from_env(os.environ)
        return int(options.run(App(settings), options))
    except (BadConfig, BadStandard, BadPhrases, BadDecree, StaleIndex) as error:
        err.print(str(error), style="red", markup=False)
        return 1
    except FileNotFoundError as error:
        err.print(f"Berkas tidak ditemukan: {error.filename}", style="red", markup=False)
        return 1
    except BrokenPipeError:
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tanya", description="Tanya Layanan: standar pelayanan dalam percakapan.")
    commands = parser.add_subparsers(required=True, metavar="PERINTAH")

    def command(under: argparse._SubParsersAction[argparse.ArgumentParser], name: str, run: Command, help: str):  # type: ignore[no-untyped-def]
        sub = under.add_parser(name, help=help, description=help)
        sub.set_defaults(run=run)
        return sub

    def with_agency(sub: argparse.ArgumentParser, required: bool = False) -> None:
        sub.add_argument("--agency", choices=AGENCIES, required=required, help="kantor yang dimaksud")

    command(commands, "serve", serve, "Jalankan layanan web: /coba untuk mencoba percakapan.")
    with_agency(command(commands, "chat", chat, "Percakapan di terminal."))
    asking = command(commands, "ask", ask, "Satu pertanyaan, atau banyak dengan --jsonl.")
    asking.add_argument("text", nargs="?", help="pertanyaan; dengan --jsonl: nama berkas")
    asking.add_argument("--jsonl", action="store_true", help="baca baris JSON dari berkas atau masukan baku")
    with_agency(asking)

    knowledge = commands.add_parser("knowledge", help="Standar pelayanan.").add_subparsers(required=True)
    importing = command(knowledge, "import", knowledge_import, "Baca naskah keputusan menjadi standar YAML.")
    importing.add_argument("file", type=Path)
    importing.add_argument("--agency", required=True, help="kode kantor, misalnya melawi")
    importing.add_argument("--to", type=Path, help="berkas tujuan; bila kosong: folder standards")
    with_agency(command(knowledge, "export", knowledge_export, "Cetak semua standar sebagai JSON."))
    showing = command(knowledge, "show", knowledge_show, "Tampilkan semua kartu satu layanan.")
    showing.add_argument("service", metavar="ID", help="misalnya melawi-1-3")

    index = commands.add_parser("index", help="Model dan indeks.").add_subparsers(required=True)
    command(index, "build", index_build, "Latih model dan bangun indeks bila belum ada.")
    scoring = command(index, "score", index_score, "Nilai jawaban terhadap pertanyaan berlabel.")
    scoring.add_argument("file", type=Path)
    scoring.add_argument("--list", action="store_true", help="sebut juga tiap pertanyaan yang belum benar")
    return parser


def serve(app: App, options: argparse.Namespace) -> int:
    from bot.web import run  # aiohttp is needed to serve only

    run(app)
    return 0


def chat(app: App, options: argparse.Namespace) -> int:
    if options.agency:
        app = App(_with_agency(app.settings, options.agency))
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


def ask(app: App, options: argparse.Namespace) -> int:
    if options.jsonl:
        with open(options.text, encoding="utf-8", errors="replace") if options.text else sys.stdin as lines:
            return _ask_all(app, lines)
    if options.text is None:
        err.print('Tulis pertanyaannya: tanya ask "syarat konsultasi?"', style="red")
        return 2
    agency = options.agency or app.settings.agency
    turn = batch.ask(app, Question(id="1", agency=agency, turns=(options.text,)), clock())
    for reply in turn.replies:
        out.print(terminal.bubble(reply))
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


def knowledge_import(app: App, options: argparse.Namespace) -> int:
    agency = AgencyId(options.agency)
    try:
        text = options.file.read_text("utf-8")
    except UnicodeDecodeError:
        raise BadDecree(
            f"{options.file.name} bukan berkas teks UTF-8. Ubah dahulu PDF atau gambar menjadi teks."
        ) from None
    decree = read_decree(text, agency)
    target = options.to or KNOWLEDGE / "standards" / f"{agency}.yaml"
    loader.save(decree, target)
    out.print(f"{target.name}: {len(list(decree.services()))} layanan dari {decree.title}.")
    return 0


def knowledge_export(app: App, options: argparse.Namespace) -> int:
    print(json.dumps(export.export(app.catalogue, options.agency), ensure_ascii=False, indent=1))
    return 0


def knowledge_show(app: App, options: argparse.Namespace) -> int:
    service = ServiceId(options.service)
    if service not in {known.id for known in app.catalogue.services(None)}:
        err.print(f"Layanan '{service}' tidak ada. Contoh: melawi-1-3.", style="red", markup=False)
        return 1
    for component in DECREE_COMPONENTS:
        shown = cards.card(app.catalogue, service, component)
        out.print(f"\n{shown.heading}", style="bold")
        for line in shown.lines:
            out.print(f"{'   ' * line.level}{line.marker} {line.text}".strip(), markup=False)
        for note in shown.notes:
            out.print(f"Catatan: {note}", style="yellow", markup=False)
    out.print(f"\n{shown.source}", style="dim")
    return 0


def index_build(app: App, options: argparse.Namespace) -> int:
    with Progress(console=err, transient=True) as bar:
        task = bar.add_task("Melatih model dari contoh pertanyaan", total=None)
        folder = app.build_index(lambda done, total: bar.update(task, completed=done, total=total))
    err.print(f"Indeks siap ({folder.name}).")
    return 0


def index_score(app: App, options: argparse.Namespace) -> int:
    judged = []
    for number, line in enumerate(options.file.read_text("utf-8").splitlines(), 1):
        try:
            item = score.Labelled.model_validate_json(line)
        except ValidationError as error:
            err.print(f"baris {number}: {error.errors()[0]['msg']}", style="red", markup=False)
            return 1
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


def _with_agency(settings: Settings, agency: str) -> Settings:
    from dataclasses import replace

    return replace(settings, agency=AgencyId(agency))
