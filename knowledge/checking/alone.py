# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""What can be seen in one service alone: blanks, broken numbers and addresses, words against digits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations

from knowledge.checking.finding import Finding, Kind
from knowledge.checking.place import Printed, items, text, texts
from knowledge.model import DECREE_COMPONENTS, Component, Item, Service

MOBILE = range(10, 14)
"""Digits of an Indonesian mobile number, the leading 0 counted."""

LOCAL = range(5, 9)
"""Digits of a fixed line's number behind its area code."""

EXTENSION = re.compile(r"\bext.*$", re.IGNORECASE)
AREA = re.compile(r"^\(0\d{2,3}\)")
EMAIL = re.compile(r"^[\w+-]+(?:\.[\w+-]+)*@[\w-]+(?:\.[\w-]+)+$")
SINGLE_LETTER = re.compile(r"(?:^|\.)[a-z](?=\.)", re.IGNORECASE)
BLANK_TIME = re.compile(r":\s*(?:s/d\s*)?(?:hari|jam|menit|minggu|bulan)\b", re.IGNORECASE)
TIMED = re.compile(r"\d+\s*(?:\([^)]*\)\s*)?(?:hari|jam|menit|minggu|bulan|tahun)|hari itu|langsung", re.IGNORECASE)
CLAUSE = re.compile(r"(?:^|;|\s)\s*[a-h1-9][.)]\s+|;\s*|(?<=hari kerja)\s+|(?<=menit)\s+|(?<=Menit)\s+")
OPEN = re.compile(r"\b(?:sesuai|menurut|tergantung)\b", re.IGNORECASE)
WORDED = re.compile(r"\b(\d{1,3})\s*\(([A-Za-z ]+)\)")
COPIED = (
    Component.DASAR_HUKUM, Component.SARANA, Component.KOMPETENSI, Component.PENGAWASAN,
    Component.JAMINAN_PELAYANAN, Component.JAMINAN_KEAMANAN, Component.EVALUASI,
)  # fmt: skip

LOST = -1
"""The value of an entry whose enumerator text recognition lost: what follows may have any."""

UNITS = "nol satu dua tiga empat lima enam tujuh delapan sembilan".split()
TENS = {"sepuluh": 10, "sebelas": 11, "seratus": 100}


def findings(printed: Printed, service: Service) -> Iterator[Finding]:
    yield from _empty(printed, service)
    yield from _open_times(printed, service)
    yield from _numbers(printed, service)
    yield from _addresses(printed, service)
    yield from _words_against_digits(printed, service)
    yield from _repeated(printed, service)
    yield from _numbering(printed, service)


def number_of(words: str) -> int | None:
    """ "empat belas" is 14; None where the words are no number below a thousand."""
    total = part = 0
    for word in words.lower().split():
        if word in UNITS:
            part = UNITS.index(word)
        elif word in TENS:
            total, part = total + TENS[word], 0
        elif word in ("belas", "puluh", "ratus") and part:
            total += {"belas": 10 + part, "puluh": 10 * part, "ratus": 100 * part}[word]
            part = 0
        else:
            return None
    return total + part


def _empty(printed: Printed, service: Service) -> Iterator[Finding]:
    for component in DECREE_COMPONENTS:
        if not text(service, component).strip(" -.:;"):
            yield printed.finding(service, component, Kind.KOSONG, "", "Komponen ini tidak berisi apa-apa.")


def _open_times(printed: Printed, service: Service) -> Iterator[Finding]:
    """Times without a figure: "oleh Mendagri : hari kerja", or a clause beside timed ones that names no time."""
    waktu = text(service, Component.WAKTU)
    for blank in BLANK_TIME.finditer(waktu):
        shown = waktu[max(0, blank.start() - 40) : blank.end()].strip()
        yield printed.finding(service, Component.WAKTU, Kind.KOSONG, shown, "Jumlah harinya tidak tercetak.")
    clauses = [clause.strip(" .;:") for clause in CLAUSE.split(waktu) if clause.strip(" .;:")]
    if any(map(TIMED.search, clauses)):
        last = clauses[-1]
        if not TIMED.search(last) and not BLANK_TIME.search(last) and "hari" not in last and last[:1].isupper():
            kind = Kind.TERBUKA if OPEN.search(last) else Kind.KOSONG
            yield printed.finding(service, Component.WAKTU, kind, last, "Waktunya tidak disebut dengan angka.")


def _numbers(printed: Printed, service: Service) -> Iterator[Finding]:
    channels = service.components.pengaduan.channels
    for number in channels.wa:
        if not number.startswith(("08", "628")) or len(number) not in MOBILE:
            yield _number(printed, service, number)
    for whole in (*channels.telepon, *channels.fax):
        for number in re.split(r"\s/\s", EXTENSION.sub("", whole)):
            digits = re.sub(r"\D", "", AREA.sub("", number.strip()))
            expected = LOCAL if AREA.match(number.strip()) else MOBILE
            if len(digits) not in expected:
                yield _number(printed, service, number.strip())


def _number(printed: Printed, service: Service, number: str) -> Finding:
    return printed.finding(
        service, Component.PENGADUAN, Kind.NOMOR, number, f"Nomor {number} terlalu pendek atau terlalu panjang."
    )


def _addresses(printed: Printed, service: Service) -> Iterator[Finding]:
    for whole in service.components.pengaduan.channels.email:
        address = whole.split("/")[0].strip()
        if not EMAIL.match(address) or SINGLE_LETTER.search(address.split("@")[0]):
            yield printed.finding(
                service, Component.PENGADUAN, Kind.SUREL, whole, f"Alamat {whole} tampaknya salah cetak."
            )


def _words_against_digits(printed: Printed, service: Service) -> Iterator[Finding]:
    for component in DECREE_COMPONENTS:
        for digits, words in WORDED.findall(text(service, component)):
            meant = number_of(words)
            if meant != int(digits) and (meant is not None or component is Component.PELAKSANA):
                yield printed.finding(
                    service, component, Kind.ANGKA, f"{digits} ({words})",
                    f"Angka {digits} tidak sama dengan huruf “{words}”.",
                )  # fmt: skip


def _repeated(printed: Printed, service: Service) -> Iterator[Finding]:
    for one, other in combinations(COPIED, 2):
        same = text(service, one)
        if same and same == text(service, other):
            yield printed.finding(
                service, other, Kind.ISI_SAMA, texts(service, other)[0],
                f"Isinya sama kata demi kata dengan {one.replace('_', ' ')}.",
            )  # fmt: skip


def _numbering(printed: Printed, service: Service) -> Iterator[Finding]:
    """Enumerators that skip, repeat, or do not begin with the first: one finding a component."""
    for component in DECREE_COMPONENTS:
        sections = getattr(getattr(service.components, component), "sections", ())
        if wrong := _out_of_order(items(service, component), {section.start for section in sections}):
            yield printed.finding(
                service, component, Kind.NOMOR_URUT, f"{wrong.marker} {wrong.text}"[:60],
                f"Urutan nomornya terputus pada “{wrong.marker}”.",
            )  # fmt: skip


def _out_of_order(items: tuple[Item, ...], starts: set[int]) -> Item | None:
    last: dict[int, tuple[str, int]] = {}
    for at, item in enumerate(items):
        if at in starts:
            last = {}
        last = {level: seen for level, seen in last.items() if level <= item.level}
        value = _value(item.marker)
        if value is None:
            last[item.level] = "", LOST
            continue
        style = item.marker.strip("0123456789abcdefghijklmnopqrstuvwxyz")
        before = last.get(item.level)
        if value != 1 and (before is None or before[1] != LOST) and (before is None or value != before[1] + 1):
            return item
        if value == 1 and before and before[0] == style and item.level == 0:
            return item
        last[item.level] = style, value
    return None


def _value(marker: str) -> int | None:
    printed = marker.strip(".)( ")
    if printed.isdigit():
        return int(printed)
    return ord(printed.lower()) - ord("a") + 1 if len(printed) == 1 and printed.isalpha() else None
