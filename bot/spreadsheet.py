# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""A month's report as rows, as CSV and as XLSX with a chart; no cell of it can act as a formula."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.chart import BarChart, Reference
from openpyxl.chart.series import SeriesLabel
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

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
HEAD = PatternFill("solid", fgColor="0B5D4B")

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
        writer.writerows([safe(value) for value in row] for row in rows(report))
        writer.writerows(("Lain-lain", name, value) for name, value in facts(report))


def save_xlsx(report: Report, path: Path) -> None:
    book = Workbook()
    sheet = book.active
    sheet.title = f"{report.first:%Y-%m}"
    sheet.append([title(report)])
    sheet["A1"].font = Font(bold=True, size=14)
    sheet.append([])
    sheet.append(list(COLUMNS))
    for cell in sheet[3]:
        cell.font, cell.fill = Font(bold=True, color="FFFFFF"), HEAD
        cell.alignment = Alignment(wrap_text=True, vertical="center")
    classes: list[int] = []
    for row in rows(report):
        sheet.append([None] * len(row))
        for column, value in enumerate(row, 1):
            _put(sheet.cell(sheet.max_row, column), value)
        if row[0] == "klasifikasi":
            classes.append(sheet.max_row)
    for name, value in facts(report):
        sheet.append(["lain-lain", name, value])
    for column, width in enumerate((13, 46, *[12] * (len(COLUMNS) - 2)), 1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.freeze_panes = "C4"
    if classes:
        sheet.add_chart(_chart(sheet, classes[0], classes[-1]), f"A{sheet.max_row + 3}")
    book.save(path)


def _put(cell: Cell, value: Value) -> None:
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"  # else "=…" would be a formula
    elif isinstance(value, float):
        cell.number_format = "0.0"


def _chart(sheet: Worksheet, first: int, last: int) -> BarChart:
    """On time and late by class, as stacked bars."""
    chart = BarChart()
    chart.type, chart.grouping, chart.overlap = "bar", "stacked", 100
    chart.title = "Tepat waktu dan terlambat menurut klasifikasi"
    for column, colour in ((8, "0B5D4B"), (9, "C0392B")):
        chart.add_data(Reference(sheet, min_col=column, min_row=first, max_row=last))
        series = chart.series[-1]
        series.tx = SeriesLabel(v=COLUMNS[column - 1])
        series.graphicalProperties.solidFill = colour
    chart.set_categories(Reference(sheet, min_col=2, min_row=first, max_row=last))
    chart.height, chart.width = 8, 20
    chart.x_axis.delete = chart.y_axis.delete = False
    return chart


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
