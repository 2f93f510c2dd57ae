# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Learning from what was approved at the desk, and taking the last lesson back."""

from __future__ import annotations

from argparse import Namespace

from rich.progress import Progress
from rich.table import Table

from bot import learning, missed
from bot.app import App, clock
from bot.commands import err, out
from bot.learning import Lesson
from bot.missed import State


def learn(app: App, options: Namespace) -> int:
    """Nothing to learn is no error."""
    with app.engine.connect() as connection:
        rows = missed.in_state(connection, State.DISETUJUI, None)
    if not rows:
        out.print("Belum ada pesan yang disetujui untuk dipelajari.")
        return 0
    with Progress(console=err, transient=True) as bar:
        bar.add_task(f"Mempelajari {len(rows)} pesan", total=None)
        lesson = learning.run(app, rows, clock())
    out.print(_table(lesson))
    out.print(
        "Sudah dipakai; jalankan ulang tanya serve bila sedang berjalan."
        if lesson.live
        else "Tidak dipakai, karena ada yang menjadi lebih buruk."
    )
    return 0


def undo(app: App, options: Namespace) -> int:
    if not learning.can_undo(app):
        out.print("Tidak ada pelajaran yang dapat dikembalikan.")
        return 1
    learning.undo(app)
    out.print("Kembali ke sebelum pelajaran terakhir. Jalankan ulang tanya serve bila sedang berjalan.")
    return 0


def _table(lesson: Lesson) -> Table:
    table = Table("kumpulan", "butir", "benar %", "kartu salah %", "luput %")
    for before, after in zip(lesson.before, lesson.after, strict=True):
        figures = [(before.right, after.right), (before.wrong, after.wrong), (before.miss, after.miss)]
        table.add_row(after.name, str(after.items), *(f"{was:.1f} → {now:.1f}" for was, now in figures))
    return table
