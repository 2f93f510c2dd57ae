# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""From text to model: every service with its fourteen components."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby

from knowledge.model import (
    DECREE_COMPONENTS,
    AgencyId,
    Biaya,
    Component,
    Components,
    Decree,
    Item,
    Listing,
    Pelaksana,
    Pengaduan,
    Prosedur,
    Service,
    ServiceId,
    Text,
    Unit,
)
from knowledge.reading import lists, rows, values
from knowledge.reading.diktum import listed, with_other_names
from knowledge.reading.errors import BadDecree
from knowledge.reading.head import read_head, titled
from knowledge.reading.markup import Block, Cell, read_cell
from knowledge.reading.mending import mend
from knowledge.reading.vocabulary import Vocabulary, learn

STEPS = re.compile(r"^Prosedure?\s*:?\s*$", re.IGNORECASE)
LEAD = re.compile(r"^(?:Prosedure?\s*)?:\s*", re.IGNORECASE)
"""What stands before a value: the colon of a three-column table, and the word before the steps."""

FLOW_LEAD = re.compile(r"alur penanganan pengaduan", re.IGNORECASE)
KIN = {
    Component.PERSYARATAN, Component.DASAR_HUKUM, Component.SARANA, Component.KOMPETENSI, Component.PENGAWASAN,
    Component.JAMINAN_PELAYANAN, Component.JAMINAN_KEAMANAN, Component.EVALUASI,
}  # fmt: skip
"""Components that are lists of entries."""

Cells = dict[Component, Cell]
Vocabularies = dict[Component, Vocabulary]


def read_decree(text: str, agency: AgencyId) -> Decree:
    """Read a decree of `agency`; raises BadDecree where its text cannot be trusted."""
    if text.startswith("%PDF"):
        raise BadDecree("Ini berkas PDF, bukan teks. Ubah dahulu menjadi teks (Markdown).")
    lines = text.splitlines()
    head = read_head(lines)
    if agency not in head.agency.lower().replace(" ", "") and agency not in _abbreviated(head.agency):
        raise BadDecree(f"Naskah ini dari {head.agency}, bukan dari kantor '{agency}'.")
    found = rows.blocks(lines)
    _check(found)
    cells = [{component: read_cell(row.html) for component, row in block.rows.items()} for block in found]
    vocabularies = _vocabularies(cells)
    services = [
        (block, _service(agency, block, cell, vocabularies, numbered=bool(found[0].unit_name)))
        for block, cell in zip(found, cells, strict=True)
    ]
    year = "" if re.search(r"\d{4}", head.number.rpartition("/")[2]) else f" Tahun {head.date.year}"
    number = re.sub(r"TAHUN", "Tahun", head.number)
    return Decree(
        id=agency,
        agency=head.agency,
        title=f"Keputusan {head.decreed_by} Nomor {number}{year}",
        number=head.number,
        date=head.date,
        place=head.place,
        about=head.about,
        signed_by=head.signed_by,
        office=head.office,
        units=tuple(with_other_names(tuple(_units(services, head.about)), listed(lines))),
    )


def _abbreviated(agency: str) -> str:
    """ "Provinsi Kalimantan Barat" is "kalbar" in an agency's id."""
    words = agency.lower().split()[1:]
    return "".join(word[:3] for word in words)


def _check(found: Sequence[rows.Block]) -> None:
    doubled = [key for key, times in Counter((b.unit, b.number) for b in found).items() if times > 1]
    if doubled:
        unit, number = doubled[0]
        again = [block.line for block in found if (block.unit, block.number) == (unit, number)]
        raise BadDecree(f"Baris {again[1]}: layanan nomor {unit}.{number} sudah ada di baris {again[0]}.")
    for block in found:
        if lost := list(rows.missing(block)):
            raise BadDecree(f"Baris {block.line}: {block.title}: komponen {', '.join(lost)} tidak ditemukan.")


def _units(services: Sequence[tuple[rows.Block, Service]], about: str) -> Iterator[Unit]:
    for (number, name), group in groupby(services, key=lambda pair: (pair[0].unit, pair[0].unit_name)):
        yield Unit(no=number, name=titled(name) or _only_unit(about), services=tuple(s for _, s in group))


def _only_unit(about: str) -> str:
    """A decree for one unit names it in its subject: "… pada Bagian Organisasi Sekretariat Daerah …"."""
    match = re.search(r"\b((?:Bagian|Biro) .+?) Sekretariat Daerah", about)
    return match[1] if match else "Sekretariat Daerah"


def _service(agency: AgencyId, block: rows.Block, cells: Cells, vocabularies: Vocabularies, numbered: bool) -> Service:
    number = f"{block.unit}-{block.number}" if numbered else str(block.number)
    return Service(
        id=ServiceId(f"{agency}-{number}"),
        no=block.number,
        title=block.title,
        line=block.line,
        lines={component: block.rows[component].line for component in DECREE_COMPONENTS},
        components=_components(cells, vocabularies),
    )


def _components(cells: Cells, vocabularies: Vocabularies) -> Components:
    listings = {component: _listing(cells[component], vocabularies[component]) for component in KIN}
    waktu = _text(cells[Component.WAKTU])
    return Components(
        **{str(component): listing for component, listing in listings.items()},
        prosedur=_prosedur(cells[Component.PROSEDUR], vocabularies[Component.PROSEDUR]),
        waktu=Text(text=waktu),
        biaya=_biaya(cells[Component.BIAYA]),
        produk=Text(text=_text(cells[Component.PRODUK])),
        pengaduan=_pengaduan(cells[Component.PENGADUAN], vocabularies[Component.PENGADUAN], waktu),
        pelaksana=Pelaksana(
            text=_text(cells[Component.PELAKSANA]), count=values.count(_text(cells[Component.PELAKSANA]))
        ),
    )


def _listing(cell: Cell, vocabulary: Vocabulary) -> Listing:
    return mend(lists.cut(_entries(cell), vocabulary), vocabulary)


def _text(cell: Cell) -> str:
    return LEAD.sub("", cell.text)


def _prosedur(cell: Cell, vocabulary: Vocabulary) -> Prosedur:
    steps = [Item(text=row[1], marker=f"{row[0]}.") for row in cell.rows if row and row[0].isdigit()]
    listed = _listing(cell, vocabulary)
    return Prosedur(steps=(*steps, *listed.items), flow=cell.flows[0] if cell.flows else ())


def _entries(cell: Cell) -> list[Block]:
    """The blocks that hold a list, without the colon or the word "Prosedur :" that leads it."""
    return [b._replace(text=text) for b in cell.blocks if not STEPS.match(b.text) and (text := LEAD.sub("", b.text))]


def _biaya(cell: Cell) -> Biaya:
    tariffs = values.tariffs(cell.rows)
    printed = "; ".join(f"{row[0]} {row[1]}" for row in cell.rows if len(row) == 2)
    return Biaya(text=" ".join(filter(None, (_text(cell), printed))), tariffs=tariffs)


def _pengaduan(cell: Cell, vocabulary: Vocabulary, waktu: str) -> Pengaduan:
    listed = _listing(cell, vocabulary)
    places = _under_first(listed)
    return Pengaduan(
        items=listed.items,
        sections=listed.sections,
        flow=cell.flows[0] if cell.flows else (),
        channels=values.channels(places),
        promises=values.promises(listed.items, waktu),
    )


def _under_first(listed: Listing) -> list[Item]:
    """The channels: what stands deeper than the lettered lead "a. … melalui", up to the next lead."""
    channels: list[Item] = []
    for item in listed.items[1:]:
        if item.marker[:1].isalpha() or FLOW_LEAD.search(item.text):
            break
        channels.append(item)
    return channels


def _vocabularies(cells: Sequence[Cells]) -> Vocabularies:
    """What each component's numbered entries teach about those whose numbers are gone."""
    return {
        component: learn(item for cell in cells for item in lists.cut(_entries(cell[component])).items)
        for component in (*KIN, Component.PROSEDUR, Component.PENGADUAN)
    }
