# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""The `tanya` command: how each of its parts is typed, and a plain sentence for everything that goes wrong."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bot.app import App
from bot.commands import BadArguments, Command, asking, err, index, knowledge, tickets
from bot.config import BadConfig, Settings, log_to_stderr
from bot.process import NotStarted
from bot.schema import NewerDatabase
from handlers import promises
from index.build import StaleIndex
from knowledge.cards import NotInForce
from knowledge.checking import BadReview
from knowledge.cues import BadCues
from knowledge.loader import BadStandard
from knowledge.model import AgencyId
from knowledge.phrasebook import BadPhrases
from knowledge.reading import BadDecree
from tickets.calendar import BadCalendar
from tickets.clock import NotCovered
from tickets.rules import BadRules
from tickets.steps import Refused

Parser = argparse.ArgumentParser
Parsers = argparse._SubParsersAction  # what add_subparsers gives has no public name

SAID = (
    BadArguments, BadCalendar, BadConfig, BadCues, BadDecree, BadPhrases, BadReview, BadRules, BadStandard,
    NewerDatabase, NotCovered, NotInForce, NotStarted, Refused, StaleIndex,
)  # fmt: skip
"""Errors whose message is for the person at the keyboard."""


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    log_to_stderr()
    try:
        return int(options.run(_app(options), options))
    except SAID as error:
        err.print(str(error), style="red", markup=False)
        return 1
    except FileNotFoundError as error:
        err.print(f"Berkas tidak ditemukan: {error.filename}", style="red", markup=False)
        return 1
    except BrokenPipeError:
        sys.stderr.close()  # nobody reads any more, not even this
        return 0


def _app(options: argparse.Namespace) -> App:
    """The app as the environment has it; --agency narrows it to one office, which must be known."""
    settings = Settings.from_env(os.environ)
    if getattr(options, "agency", None) and options.run is not knowledge.import_file:
        settings = replace(settings, agency=AgencyId(options.agency))
    return App(settings)


def _parser() -> Parser:
    parser = argparse.ArgumentParser(prog="tanya", description="Tanya Layanan: standar pelayanan dalam percakapan.")
    commands = parser.add_subparsers(required=True, metavar="PERINTAH")
    _command(commands, "serve", asking.serve, "Jalankan layanan web: /coba untuk mencoba percakapan.")
    _of_agency(_command(commands, "chat", asking.chat, "Percakapan di terminal."))
    ask = _of_agency(_command(commands, "ask", asking.ask, "Satu pertanyaan, atau banyak dengan --jsonl."))
    ask.add_argument("text", nargs="?", help="pertanyaan; dengan --jsonl: nama berkas")
    ask.add_argument("--explain", action="store_true", help="tunjukkan juga apa yang dipahami dan mengapa")
    ask.add_argument("--jsonl", action="store_true", help="baca baris JSON dari berkas atau masukan baku")
    _knowledge(commands.add_parser("knowledge", help="Standar pelayanan.").add_subparsers(required=True))
    _index(commands.add_parser("index", help="Model dan indeks.").add_subparsers(required=True))
    _channels(commands.add_parser("channels", help="WhatsApp dan Telegram.").add_subparsers(required=True))
    _tickets(commands.add_parser("tickets", help="Pengaduan dan jatuh temponya.").add_subparsers(required=True))
    return parser


def _knowledge(commands: Parsers[Parser]) -> None:
    importing = _command(commands, "import", knowledge.import_file, "Baca naskah keputusan menjadi standar kantor.")
    importing.add_argument("file", type=Path)
    importing.add_argument("--agency", required=True, metavar="KANTOR", help="kode kantor, misalnya melawi")
    importing.add_argument("--to", type=Path, help="hanya tulis YAML ke berkas ini")
    check = _of_agency(_command(commands, "check", knowledge.check, "Tunjukkan apa yang janggal dalam keputusan."))
    check.add_argument("--semua", action="store_true", help="juga yang sudah dilihat")
    check.add_argument("--pastikan", nargs="+", default=[], metavar="KODE", help="catat: memang salah cetak")
    check.add_argument("--abaikan", nargs="+", default=[], metavar="KODE", help="catat: tidak ada yang salah")
    diff = _of_agency(_command(commands, "diff", knowledge.diff, "Apa yang diubah keputusan baru."))
    diff.add_argument("old", metavar="LAMA", help="kode kantor, berkas YAML, atau naskah")
    diff.add_argument("new", metavar="BARU", help="kode kantor, berkas YAML, atau naskah")
    revoke = _command(commands, "revoke", knowledge.revoke, "Hentikan jawaban dari keputusan yang dicabut.")
    _of_agency(revoke, required=True)
    revoke.add_argument("--oleh", default="", metavar="KEPUTUSAN", help="keputusan yang mencabutnya")
    revoke.add_argument("--sejak", type=knowledge.day, metavar="TTTT-BB-HH", help="tanggal; bila kosong: hari ini")
    revoke.add_argument("--batal", action="store_true", help="keputusan berlaku kembali")
    _of_agency(_command(commands, "export", knowledge.export_all, "Cetak semua standar sebagai JSON."))
    showing = _command(commands, "show", knowledge.show, "Tampilkan semua kartu satu layanan.")
    showing.add_argument("service", metavar="ID", help="misalnya melawi-1-3")


def _index(commands: Parsers[Parser]) -> None:
    _command(commands, "build", index.build, "Latih model dan bangun indeks bila belum ada.")
    _command(commands, "learn", _lazily("learning", "learn"), "Pelajari pesan yang disetujui di meja petugas.")
    _command(commands, "undo", _lazily("learning", "undo"), "Kembali ke sebelum pelajaran terakhir.")
    scoring = _command(commands, "score", index.score_file, "Nilai jawaban terhadap pertanyaan berlabel.")
    scoring.add_argument("file", type=Path)
    scoring.add_argument("--list", action="store_true", help="sebut juga tiap pertanyaan yang belum benar")


def _channels(commands: Parsers[Parser]) -> None:
    _command(commands, "check", _lazily("channels", "check"), "Apa yang tersambung, dan apa langkah berikutnya.")
    _command(commands, "parked", _lazily("channels", "parked"), "Pesan yang gagal ditangani.")
    replaying = _command(commands, "replay", _lazily("channels", "replay"), "Tangani lagi satu pesan yang gagal.")
    replaying.add_argument("id", type=int, metavar="ID", help="dari tanya channels parked")


def _lazily(module: str, name: str) -> Command:
    """A command loaded when it is called: the platforms' libraries take their time."""

    def run(app: App, options: argparse.Namespace) -> int:
        found = importlib.import_module(f"bot.commands.{module}")
        return int(getattr(found, name)(app, options))

    return run


def _tickets(commands: Parsers[Parser]) -> None:
    due = _of_agency(_command(commands, "due", tickets.due, "Hitung jatuh tempo satu janji."), required=True)
    due.add_argument("--class", dest="name", required=True, metavar="KELAS", help=", ".join(promises.NAMES))
    due.add_argument("--received", required=True, metavar="ISO", help="misalnya 2025-03-27T09:00+07:00")
    due.add_argument("--service", metavar="ID", help="misalnya melawi-1-1; bila kosong: janji kantor")
    due.add_argument("--pause", action="append", default=[], metavar="MULAI/SELESAI", help="waktu menunggu pelapor")
    listing = _of_agency(_command(commands, "list", tickets.list_open, "Pengaduan yang masih terbuka."))
    listing.add_argument("--semua", action="store_true", help="juga yang sudah selesai")
    showing = _command(commands, "show", tickets.show, "Satu pengaduan dengan riwayatnya.")
    showing.add_argument("number", metavar="NOMOR", help="misalnya ADU-2611-7K3F9")
    report = _of_agency(_command(commands, "report", tickets.report_month, "Laporan satu bulan, tanpa data pribadi."))
    report.add_argument("--month", required=True, type=tickets.month, metavar="TTTT-BB", help="misalnya 2026-11")
    report.add_argument("--csv", type=Path, metavar="BERKAS", help="simpan juga sebagai CSV")
    report.add_argument("--xlsx", type=Path, metavar="BERKAS", help="simpan juga sebagai XLSX, dengan grafik")


def _command(under: Parsers[Parser], name: str, run: Command, help: str) -> Parser:
    parser = under.add_parser(name, help=help, description=help)
    parser.set_defaults(run=run)
    return parser


def _of_agency(parser: Parser, required: bool = False) -> Parser:
    parser.add_argument("--agency", metavar="KANTOR", required=required, help="kode kantor, misalnya melawi")
    return parser


if __name__ == "__main__":
    sys.exit(main())
