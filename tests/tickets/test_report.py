# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""The month's figures add up, stay what they were, and name nobody; no cell computes."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from openpyxl import load_workbook

from bot import spreadsheet, workbook
from tests.tickets.test_steps import BY, HOURS, at, filed
from tickets import report, steps
from tickets.model import Class, Kind, Note, Ticket, Verdict
from tickets.report import By, Line

ZONE = HOURS.calendar.zone
JUNE, JULY = date(2025, 6, 1), date(2025, 7, 1)


def classified(received: str, cls: Class, **other: object) -> Ticket:
    return steps.classify(filed(received, **other), cls, BY, at(received) + timedelta(minutes=1), HOURS)  # type: ignore[arg-type]


def answered(ticket: Ticket, when: str) -> Ticket:
    return steps.answer(ticket, "Sudah.", BY, at(when), HOURS)


def year() -> list[Ticket]:
    late = answered(classified("2025-06-02T10:00", Class.NORMATIF, number="late"), "2025-06-12T09:00")
    again = answered(steps.reopen(late, at("2025-07-01T10:00"), HOURS), "2025-07-02T10:00")
    waited = steps.ask(
        classified("2025-06-10T09:00", Class.RINGAN, number="waited"), "Di mana?", BY, at("2025-06-10T10:00"), HOURS
    )
    waited = steps.supply(waited, Note("sini", at("2025-06-12T10:00")), HOURS)
    moved = steps.classify(
        classified("2025-06-10T07:30", Class.RINGAN, number="moved"),
        Class.NORMATIF,
        BY,
        at("2025-06-10T11:00"),
        HOURS,
        "cek",
    )
    child = filed("2025-06-11T09:00", number="child")
    child, moved = steps.merge(child, moved, BY, at("2025-06-11T10:00"), HOURS)
    return [
        again,
        answered(waited, "2025-06-12T10:30"),
        answered(moved, "2025-06-13T09:00"),
        child,
        classified("2025-05-20T09:00", Class.BERKADAR, number="carried", unit="=cmd|' /C calc'!A0"),
        steps.withdraw(filed("2025-06-20T09:00", number="withdrawn"), at("2025-06-20T09:10"), HOURS),
        replace(filed("2025-06-20T09:00", number="person"), kind=Kind.PETUGAS),
    ]  # fmt: skip


def figures(line: Line) -> tuple[int, ...]:
    return line.carried, line.new, line.reopened, line.settled, line.open


def test_a_month_in_figures() -> None:
    june = report.month(year(), JUNE, ZONE)
    assert figures(june.total) == (1, 4, 0, 4, 1)
    assert (june.total.on_time, june.total.late, june.total.not_judged) == (2, 1, 1)
    assert june.total.broken_before == 1
    assert june.total.paused == timedelta(days=2)
    assert june.total.longest is not None
    ringan = next(line for line in june.groups[By.CLASS] if line.name == "ringan")
    assert (ringan.median, ringan.longest) == (timedelta(minutes=90), timedelta(minutes=90))


def test_a_reopened_complaint_comes_in_again_and_leaves_its_month_as_it_was() -> None:
    before, after = report.month(year(), JUNE, ZONE), report.month(year(), JULY, ZONE)
    first_round = [replace(t, history=t.history[:3], clocks=t.clocks[:2]) if t.number == "late" else t for t in year()]
    assert report.month(first_round, JUNE, ZONE).total == before.total
    assert figures(after.total) == (1, 0, 1, 1, 1)
    assert (after.total.late, after.total.on_time) == (0, 1)


def test_all_groups_add_up() -> None:
    for first in (date(2025, 5, 1), JUNE, JULY, date(2025, 8, 1)):
        made = report.month(year(), first, ZONE)
        for lines in made.groups.values():
            for line in (made.total, *lines):
                assert line.carried + line.new + line.reopened == line.settled + line.open
                assert line.on_time + line.late + line.not_judged == line.settled
            for name in ("carried", "new", "reopened", "settled", "open", "late", "broken_before"):
                assert sum(getattr(line, name) for line in lines) == getattr(made.total, name)


def test_first_information_and_ratings_are_counted_apart() -> None:
    settled = steps.settle(answered(filed("2025-06-10T09:00"), "2025-06-10T09:30"), at("2025-06-11T09:00"))
    made = report.month([*year(), steps.rate(settled, 4, at("2025-06-11T09:00"))], JUNE, ZONE)
    assert made.informed[Verdict.TEPAT_WAKTU] == 2
    assert made.informed[Verdict.TANPA_INFORMASI_AWAL] == 2
    assert made.ratings == {4: 1}


def test_no_cell_names_anybody() -> None:
    told = [str(value) for row in spreadsheet.rows(report.month(year(), JUNE, ZONE)) for value in row]
    assert not any(private in cell for cell in told for private in ("antre lama", "Rahmat", "ADU", "waited"))
    assert "ana" not in told


def test_no_cell_computes(tmp_path: Path) -> None:
    made = report.month(year(), JUNE, ZONE)
    spreadsheet.save_csv(made, tmp_path / "juni.csv")
    with (tmp_path / "juni.csv").open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.reader(file, delimiter=";"))
    assert lines[0] == list(spreadsheet.COLUMNS)
    assert ["unit", "'=cmd|' /C calc'!A0"] in [line[:2] for line in lines]
    assert not any(cell.startswith(spreadsheet.ACTS) for line in lines for cell in line)
    workbook.save(made, tmp_path / "juni.xlsx")
    sheet = load_workbook(tmp_path / "juni.xlsx").active
    assert sheet["A1"].value == "Laporan pengaduan Juni 2025"
    cells = [cell for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)]
    assert {cell.data_type for cell in cells} == {"s"}
    assert any(cell.value == "=cmd|' /C calc'!A0" for cell in cells)
    total = [cell.value for cell in sheet[4]]
    assert total[2] + total[3] + total[4] == total[5] + total[6]
    assert len(sheet._charts) == 1
