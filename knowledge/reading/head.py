# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""A decree's first pages: who decreed what, when and where, and the letterhead."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from knowledge.model import Office
from knowledge.reading.errors import BadDecree

MONTHS = "januari februari maret april mei juni juli agustus september oktober november desember".split()
GOVERNMENT = re.compile(r"^PEMERINTAH (PROVINSI|KABUPATEN|KOTA) (.+)$")
NUMBER = re.compile(r"^NOMOR\s*:?\s*(.+)$")
DATED = re.compile(r"pada tanggal\s*:?\s*(\d{1,2}) (\w+) (\d{4})", re.IGNORECASE)
PLACED = re.compile(r"Ditetapkan di (.+)")
PHONE = re.compile(r"(?:Telp\.?|TELEPON)\s*:?\s*(\(?\d[\d() -]*\d)", re.IGNORECASE)
FAX = re.compile(r"Fax\.?\s*:?\s*(\(?\d[\d() -]*\d)", re.IGNORECASE)
POSTCODE = re.compile(r"(?:Kode Pos |\b[A-Z]{4,} )(\d{5})\b")
EMAIL = re.compile(r"[\w.]+@[\w.]+\w")
WEBSITE = re.compile(r"(?:www\.|https?://|website\s*:\s*)([\w.]+\.go\.id)", re.IGNORECASE)
SIGNED = re.compile(r"^(?:[A-Z' .]{4,})(?:, ?S\.|, ?M\.|$)")
SMALL = {"dan", "di", "pada", "tentang", "ke"}
UPPER = {"HAM", "ORG", "OR"}


@dataclass(frozen=True)
class Head:
    agency: str
    decreed_by: str
    number: str
    date: date
    place: str
    about: str
    signed_by: str | None
    office: Office


def read_head(lines: Sequence[str]) -> Head:
    """Raises BadDecree naming what of the head is missing."""
    plain = [" ".join(re.sub(r"<(https?://[^>]*)>|[*#]|<[^>]*>", r"\1", line).split()) for line in lines]
    top = _first(plain, GOVERNMENT, "PEMERINTAH KABUPATEN/PROVINSI …")
    number_at = _first(plain, NUMBER, "NOMOR …")
    letterhead = " ".join(plain[top:number_at])
    title = _paragraph(plain, _find(plain, "KEPUTUSAN", top))
    about_at = _find(plain, "TENTANG", number_at)
    decided = [line for line in plain if line]
    dated, placed = DATED.search("\n".join(decided)), PLACED.search("\n".join(decided))
    if not dated or not placed:
        raise BadDecree('Baris "Ditetapkan di … pada tanggal …" tidak ditemukan: naskah terpotong?')
    return Head(
        agency=titled(plain[top].removeprefix("PEMERINTAH ")),
        decreed_by=titled(title.removeprefix("KEPUTUSAN ")),
        number=re.sub(r"\s*/\s*", "/", NUMBER.match(plain[number_at])[1]),  # type: ignore[index]
        date=date(int(dated[3]), MONTHS.index(dated[2].lower()) + 1, int(dated[1])),
        place=placed[1].strip(),
        about=titled(_paragraph(plain, about_at + 1)),
        signed_by=_signer(plain, _find(plain, "Ditetapkan di", 0)),
        office=Office(
            name=f"{titled(_paragraph(plain, top + 1))} {titled(plain[top].removeprefix('PEMERINTAH '))}",
            address=_address(plain[top + 2 : number_at]),
            postcode=match[1] if (match := POSTCODE.search(letterhead)) else "",
            telephone=tuple(m.strip() for m in PHONE.findall(letterhead)),
            fax=tuple(m.strip() for m in FAX.findall(letterhead)),
            email=tuple(EMAIL.findall(letterhead)),
            website=tuple(WEBSITE.findall(letterhead)),
            pledge=_pledge(plain),
        ),
    )


def titled(text: str) -> str:
    """Capitals as a citizen reads a name: "BAGIAN HUKUM DAN HAM" is "Bagian Hukum dan HAM"."""
    words = [word if word in UPPER or not word.isupper() else word.capitalize() for word in text.split()]
    return " ".join(word.lower() if word.lower() in SMALL and at else word for at, word in enumerate(words)).strip(", ")


def _first(lines: Sequence[str], pattern: re.Pattern[str], expected: str) -> int:
    at = next((i for i, line in enumerate(lines) if pattern.match(line)), None)
    if at is None:
        raise BadDecree(f'Kepala keputusan tidak terbaca: baris "{expected}" tidak ditemukan. Periksa berkasnya.')
    return at


def _find(lines: Sequence[str], opening: str, start: int) -> int:
    at = next((i for i in range(start, len(lines)) if lines[i].startswith(opening)), None)
    if at is None:
        raise BadDecree(f'Kepala keputusan tidak terbaca: baris "{opening} …" tidak ditemukan. Periksa berkasnya.')
    return at


def _paragraph(lines: Sequence[str], at: int) -> str:
    """The lines from the next text up to an empty line."""
    while not lines[at]:
        at += 1
    end = at
    while end < len(lines) and lines[end]:
        end += 1
    text = " ".join(lines[at:end])
    onward = next((line for line in lines[end:] if line), "")
    if text == "KEPUTUSAN" or onward.startswith("PADA "):
        return f"{text} {_paragraph(lines, end)}"
    return text


def _address(lines: Sequence[str]) -> str:
    line = next((line for line in lines if line.upper().startswith(("JALAN", "JL"))), "")
    address = re.split(r",? (?:Telp|TELEPON)", line)[0].strip()
    return titled(address) if address.isupper() else address


def _signer(lines: Sequence[str], at: int) -> str | None:
    for line in lines[at + 2 : at + 18]:
        if line.startswith("LAMPIRAN"):
            return None
        if SIGNED.match(line) and not line.startswith(("SEKRETARIS", "KABUPATEN", "TTD")):
            return line
    return None


def _pledge(lines: Sequence[str]) -> str | None:
    at = next((i for i, line in enumerate(lines) if line.startswith("MAKLUMAT PELAYANAN")), None)
    return _paragraph(lines, at + 1).strip("“”") if at is not None else None
