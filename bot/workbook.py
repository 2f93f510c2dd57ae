# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""A month's report as XLSX with a chart; text stays text. Apart from the rows, for openpyxl takes its time to load."""

from __future__ import annotations

from pathlib import Path

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.chart import BarChart, Reference
from openpyxl.chart.series import SeriesLabel
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from bot.spreadsheet import COLUMNS, Value, facts, rows, title
from tickets.report import Report

HEAD = PatternFill("solid", fgColor="0B5D4B")


def save(report: Report, path: Path) -> None:
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
    for column, width in enumerate((13, 60, *[12] * (len(COLUMNS) - 2)), 1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.row_dimensions[3].height = 48
    for cell in sheet[4]:
        cell.font = Font(bold=True)
    sheet.freeze_panes = "C4"
    sheet.print_title_rows = "3:3"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
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
