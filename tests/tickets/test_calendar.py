# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""When offices are open; the shipped holidays against a library's, broken calendars refused with their place."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.app import CALENDARS
from tickets.calendar import BadCalendar, Calendar, Segment, load

WIB = ZoneInfo("Asia/Pontianak")


@pytest.fixture(scope="module")
def melawi() -> Calendar:
    return load("melawi", CALENDARS)


def wib(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=WIB)


@pytest.mark.parametrize(
    ("now", "until", "opens", "reason"),
    [
        ("2026-11-26T09:00", "2026-11-26T12:00", None, ""),
        ("2026-11-26T12:00", None, "2026-11-26T13:00", ""),  # closing time is outside
        ("2026-11-26T12:59:59", None, "2026-11-26T13:00", ""),
        ("2026-11-26T07:29", None, "2026-11-26T07:30", ""),
        ("2026-11-27T11:30", None, "2026-11-27T13:00", ""),  # Friday prayer
        ("2026-11-27T16:30", None, "2026-11-30T07:30", ""),
        ("2026-12-23T16:00", None, "2026-12-28T07:30", ""),  # 24 and 25 December, and a weekend
        ("2026-12-25T09:00", None, "2026-12-28T07:30", "Hari Raya Natal"),
        ("2026-03-17T16:00", None, "2026-03-25T07:30", ""),  # Nyepi and Lebaran
        ("2027-12-31T16:30", None, None, ""),  # what nobody has decreed yet is not guessed
    ],
)
def test_open_or_not(now: str, until: str | None, opens: str | None, reason: str, melawi: Calendar) -> None:
    opening = melawi.opening(wib(now))
    assert opening.until == (until and wib(until))
    assert opening.next == (opens and wib(opens))
    assert opening.reason == reason


def test_the_zone_is_the_office_s() -> None:
    at = datetime(2026, 11, 26, 4, 30, tzinfo=UTC)  # 11:30 in Pontianak, 12:30 in Samarinda
    assert load("melawi", CALENDARS).opening(at).open
    assert not load("kaltim", CALENDARS).opening(at).open


@pytest.mark.parametrize("year", [2025, 2026, 2027])
def test_holidays_agree_with_the_holidays_library(year: int, melawi: Calendar) -> None:
    known = holidays.country_holidays("ID", years=year, categories=("public", "government"))
    assert {day for day in melawi.holidays if day.year == year} == set(known)


def test_an_office_changes_single_days_and_hours(tmp_path: Path) -> None:
    (tmp_path / "melawi.yaml").write_text(
        "perubahan:\n"
        "- {mulai: 2026-11-26, alasan: banjir}\n"
        '- {mulai: 2027-02-08, sampai: 2027-03-08, alasan: Ramadan, jam: {senin: ["8:00-12:00"], selasa: []}}\n',
        "utf-8",
    )
    calendar = load("melawi", CALENDARS, tmp_path)
    assert calendar.opening(wib("2026-11-26T09:00")).reason == "banjir"
    assert calendar.segments(date(2027, 2, 8)) == (Segment(time(8), time(12)),)
    assert calendar.segments(date(2027, 2, 9)) == ()
    assert calendar.segments(date(2027, 3, 9)) == ()  # a holiday again


@given(st.datetimes(datetime(2025, 1, 1), datetime(2027, 10, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_what_opens_is_open_then_and_not_before(now: datetime) -> None:
    calendar = load("landak", CALENDARS)
    opening = calendar.opening(now)
    if opening.until:
        assert opening.until > now
    else:
        assert opening.next is not None
        assert opening.next > now
        assert calendar.opening(opening.next).open


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("jam: {senen: []}", "jam > senen: bukan nama hari"),
        ('jam: {senin: ["12:00-07:30"]}', "berakhir sebelum mulai"),
        ('jam: {senin: ["07:30-12:00", "11:00-13:00"]}', "tidak urut"),
        ('jam: {senin: ["pagi"]}', "bukan jam"),
        ("jam: {senin: []}", "tidak ada hari yang buka"),
        ("zona: Asia/Ngabang", "Asia/Ngabang"),
        ("zona: 7", "zona: tidak ada atau salah bentuk"),
        ("libur: {SKB: {besok: Libur}}", "'besok' bukan tanggal"),
        ("perubahan: [{mulai: 2026-02-02, sampai: 2026-02-01, alasan: x}]", "perubahan ke-1"),
        ("- a", "seharusnya daftar kunci"),
        ("jam: [", r"melawi.yaml: baris \d: bukan YAML"),
    ],
)
def test_broken_calendars(content: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "melawi.yaml").write_text(content, "utf-8")
    with pytest.raises(BadCalendar, match=says):
        load("melawi", CALENDARS, tmp_path)
