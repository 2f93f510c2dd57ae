# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""A decree's lines as services and their component cells: a state machine over headings, halves and rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from knowledge.model import DECREE_COMPONENTS, Component
from knowledge.reading.errors import BadDecree

TAG = re.compile(r"<[^>]*>")
HEADING = re.compile(r"^\s*(?:\d{1,2}\.)?(\d{1,2})\.?\s+(\S.*)$")
UNIT = re.compile(r"^(\d{1,2})[.)]\s*(?:LAMPIRAN STANDAR PELAYANAN(?: PADA)?\s+)?((?:biro|bagian)\b.*)$", re.IGNORECASE)
RULE = re.compile(r"^[-\s]*$")
NUMBER = re.compile(r"^(\d{1,2}|No)\.?$")
LETTER = re.compile(r"^[A-Za-z]\.?$")
LEADING_TAGS = re.compile(r"^(?:\s|<[^>]*>)*")
APPENDIX = re.compile(r"^\s*LAMPIRAN\b")
SIGNATURE = re.compile(r"^(Ditetapkan di|LAMPIRAN|(\S+\s+)?(SEKRETARIS DAERAH|KEPALA BIRO))")

LABELS: dict[Component, str] = {
    Component.PERSYARATAN: r"Persyaratan",
    Component.PROSEDUR: r"Sistem,? ?Mekanisme,? dan Prosedur",
    Component.WAKTU: r"Jangka waktu (?:Penyelesaian|Pelayanan)(?! Pengaduan)|Waktu Pelayanan",
    Component.BIAYA: r"Biaya ?/ ?tarif|Biaya(?: \(tarif\))?",
    Component.PRODUK: r"Produk(?: Pelayanan| Layanan)?",
    Component.PENGADUAN: r"Penanganan Pengaduan, ?Saran,? dan Masukan",
    Component.DASAR_HUKUM: r"Dasar Hukum",
    Component.SARANA: r"Sarana(?:,| dan) Prasarana(?:,? dan ?/ ?atau Fasilitas)?",
    Component.KOMPETENSI: r"Kompetensi Pelaksana",
    Component.PENGAWASAN: r"Pengawasan Internal",
    Component.PELAKSANA: r"Jumlah(?: Pelaksana)?",
    Component.JAMINAN_PELAYANAN: r"Jaminan Pelayanan(?: -)?",
    Component.JAMINAN_KEAMANAN: r"Jaminan Keamanan dan Keselamatan(?: Pelayanan)?",
    Component.EVALUASI: r"Evaluasi Kinerja(?: Pelaksana)?",
}
LABEL = {c: re.compile(rf"^(?:\s|<[^>]*>)*(?:{label})[\s:.]*", re.IGNORECASE) for c, label in LABELS.items()}
HALVES = {"service delivery": DECREE_COMPONENTS[:6], "manufacturing": DECREE_COMPONENTS[6:]}


@dataclass
class Row:
    """One component's cell: the HTML below or beside its label, and what the label's own cell had left over."""

    line: int
    beside: str = ""
    lines: list[str] = field(default_factory=list)

    @property
    def html(self) -> str:
        """A remainder in plain words is the rest of a long label, unless it is all there is."""
        beside = self.beside if "<" in self.beside or not self.lines else ""
        return "\n".join([beside, *self.lines]).strip()


@dataclass
class Block:
    """One service's lines: its unit, printed number and title, and a row for each component."""

    unit: int
    unit_name: str
    number: int
    title: str
    line: int
    rows: dict[Component, Row] = field(default_factory=dict)


def blocks(lines: Sequence[str]) -> list[Block]:
    """All services of the appendix, in order; raises BadDecree where the layout is not known."""
    start = next((i for i, line in enumerate(lines) if APPENDIX.match(line)), None)
    if start is None:
        raise BadDecree("Baris LAMPIRAN tidak ditemukan: naskah terpotong, atau bukan keputusan standar pelayanan.")
    openings = [i for i in range(start, len(lines)) if _half(lines[i]) == "service delivery"]
    if not openings:
        raise BadDecree('Tidak ada baris "Service Delivery" di lampiran: tata letaknya belum dikenal.')
    found: list[Block] = []
    heads = [_head(lines, opening, start) for opening in openings]
    unit, unit_name = 1, ""
    for number, (opening, head) in enumerate(zip(openings, heads, strict=True)):
        unit, unit_name = head.unit or (unit, unit_name)
        title = head.title
        if title.startswith("(") and found:
            title = f"{found[-1].title.partition(' (')[0]} {title}"
        end = heads[number + 1].first if number + 1 < len(heads) else len(lines)
        block = Block(unit, unit_name, head.number, title, head.line + 1)
        _fill(block, lines, range(opening, end))
        found.append(block)
    return found


@dataclass(frozen=True)
class _Head:
    first: int
    line: int
    number: int
    title: str
    unit: tuple[int, str] | None


def _head(lines: Sequence[str], opening: int, start: int) -> _Head:
    """The heading above a "Service Delivery" line, and the unit's heading above that one."""
    at = opening
    parts: list[str] = []
    while at > start:
        at -= 1
        if not (text := TAG.sub("", lines[at]).strip()):
            continue
        if match := HEADING.match(text):
            title = " ".join([match[2], *parts]).strip().rstrip(".")
            above = next((i for i in range(at - 1, start, -1) if lines[i].strip()), start)
            unit = UNIT.match(lines[above].strip())
            first = above if unit else at
            return _Head(first, at, int(match[1]), title, (int(unit[1]), unit[2]) if unit else None)
        parts.insert(0, text)
    raise BadDecree(f"Baris {opening + 1}: layanan tanpa judul bernomor di atasnya.")


def _half(line: str) -> str:
    text = TAG.sub("", line).strip().lower()
    return text if text in HALVES else ""


def _fill(block: Block, lines: Sequence[str], span: range) -> None:
    half: tuple[Component, ...] = ()
    row: Row | None = None
    for at in span:
        line = lines[at].rstrip()
        if name := _half(line):
            half, row = HALVES[name], None
        elif RULE.match(line):
            continue
        elif opened := _opened(line, half, block, at):
            component, row = opened
            block.rows[component] = row
        elif SIGNATURE.match(line) and Component.EVALUASI in block.rows:
            return
        elif row is not None:
            row.lines.append(_content(line))


def _opened(line: str, half: Sequence[Component], block: Block, at: int) -> tuple[Component, Row] | None:
    """The row that `line` opens: a number and, in the right order, a component's label."""
    number, _, rest = line.partition("\t")
    if not NUMBER.match(number.strip()):
        return None
    label, _, beside = rest.partition("\t")
    for component in half:
        if (match := LABEL[component].match(label)) and _in_order(number, component, half, block):
            known = block.rows.get(component)
            if known:  # the label is printed again after a page break
                return component, known
            return component, Row(at + 1, label[match.end() :].strip(), [beside] if beside.strip() else [])
    return None


def _in_order(number: str, component: Component, half: Sequence[Component], block: Block) -> bool:
    digits = number.strip(". \t")
    if digits.isdigit() and int(digits) != half.index(component) + 1:
        return False
    return all(later not in block.rows for later in half[half.index(component) + 1 :])


def _content(line: str) -> str:
    """A letter that stands in the number's column belongs before its text, inside its markup."""
    first, _, rest = line.partition("\t")
    if not LETTER.match(first.strip()):
        return line.lstrip("\t")
    return LEADING_TAGS.sub(lambda tags: f"{tags[0]}{first.strip().rstrip('.')}. ", rest, count=1)


def missing(block: Block) -> Iterator[Component]:
    return (component for component in DECREE_COMPONENTS if component not in block.rows)
