# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""A month's report as rows and as CSV; no cell of it can act as a formula."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from handlers.replies import MONTHS
from handlers.ticket_replies import RATINGS
from tickets.model import Verdict
from tickets.report import Line, Report

ACTS = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that a spreadsheet might compute (OWASP, CSV injection)."""

COLUMNS = (
    "Kelompok", "Nama", "Terbawa", "Baru", "Dibuka kembali", "Selesai", "Masih terbuka", "Tepat waktu", "Terlambat",
    "Tidak dinilai", "Dilanggar sebelum klasifikasi diubah", "Median jam kerja", "Terlama jam kerja",
    "Hari menunggu pelapor",
)  # fmt: skip
Value = str | int | float | None


def title(report: Report) -> str:
    return f"Laporan pengaduan {MONTHS[report.first.month - 1]} {report.first.year}"


def rows(report: Report) -> Iterator[tuple[Value, ...]]:
    """The total, then each group's lines, as COLUMNS name them."""
    yield ("Semua", *_row(report.total))
    for by, lines in report.groups.items():
        for line in lines:
            yield (str(by), *_row(line))


def facts(report: Report) -> Iterator[tuple[str, Value]]:
    """What is counted beside the rounds: first information, and what citizens thought."""
    for verdict in (Verdict.TEPAT_WAKTU, Verdict.TERLAMBAT, Verdict.TANPA_INFORMASI_AWAL):
        yield f"Informasi awal: {verdict}", report.informed.get(verdict, 0)
    for rating, name in RATINGS.items():
        yield f"Penilaian {rating} ({name})", report.ratings.get(rating, 0)


def safe(value: Value) -> Value:
    """The cell as text where a spreadsheet would compute it."""
    return f"'{value}" if isinstance(value, str) and value.startswith(ACTS) else value


def save_csv(report: Report, path: Path) -> None:
    """UTF-8 with its mark, semicolons between: as spreadsheets set to Indonesian open it."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(COLUMNS)
        writer.writerows([_written(value) for value in row] for row in rows(report))
        writer.writerows(("Lain-lain", name, value) for name, value in facts(report))


def _written(value: Value) -> Value:
    """With a decimal comma, as those spreadsheets read it: 24.3 would become a date."""
    return str(value).replace(".", ",") if isinstance(value, float) else safe(value)


def _row(line: Line) -> tuple[Value, ...]:
    return (
        line.name.replace("_", " "),
        line.carried,
        line.new,
        line.reopened,
        line.settled,
        line.open,
        line.on_time,
        line.late,
        line.not_judged,
        line.broken_before,
        _hours(line.median),
        _hours(line.longest),
        round(line.paused / timedelta(days=1), 1),
    )


def _hours(time: timedelta | None) -> float | None:
    return None if time is None else round(time / timedelta(hours=1), 1)
