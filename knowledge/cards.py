# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""One component of one service as an answer card: the decree's own words as lines a phone can show."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from knowledge.loader import Catalogue
from knowledge.model import Component, Components, Decree, Item, Listing, Section, ServiceId, Tariff

CLAUSE = re.compile(
    r"(?<!^)\s(?=(?:[a-h]|[1-9])[.)]\s[A-Z])"  # before "b. Sedang"
    r"|;\s+"
    r"|(?<=hari kerja)\s+(?=[A-Z])|(?<=hari)\s+(?=[A-Z])|(?<=enit)\s+(?=[A-Z])|(?<=ahun)\s+(?=[A-Z])"
)
ENUMERATED = re.compile(r"((?:[a-h]|[1-9])[.)])?\s*(.*)", re.DOTALL)

HEADINGS = {
    Component.PERSYARATAN: "Persyaratan",
    Component.PROSEDUR: "Sistem, Mekanisme dan Prosedur",
    Component.WAKTU: "Jangka Waktu Penyelesaian",
    Component.BIAYA: "Biaya/Tarif",
    Component.PRODUK: "Produk Pelayanan",
    Component.PENGADUAN: "Penanganan Pengaduan, Saran, dan Masukan",
    Component.DASAR_HUKUM: "Dasar Hukum",
    Component.SARANA: "Sarana, Prasarana, dan/atau Fasilitas",
    Component.KOMPETENSI: "Kompetensi Pelaksana",
    Component.PENGAWASAN: "Pengawasan Internal",
    Component.PELAKSANA: "Jumlah Pelaksana",
    Component.JAMINAN_PELAYANAN: "Jaminan Pelayanan",
    Component.JAMINAN_KEAMANAN: "Jaminan Keamanan dan Keselamatan Pelayanan",
    Component.EVALUASI: "Evaluasi Kinerja Pelaksana",
    Component.RINGKASAN: "Ringkasan",
    Component.KANTOR: "Alamat dan jam layanan",
}


class NotInForce(Exception):
    """A card was wanted from a decree that is revoked or past its last day: there is none."""


@dataclass(frozen=True)
class Line:
    """One line of a bubble: `marker` is the printed enumerator, `level` how far it is indented."""

    text: str
    marker: str = ""
    level: int = 0
    bold: bool = False


@dataclass(frozen=True)
class Card:
    """An answer: `lines` are verbatim, `source` names the decree, `notes` tell known misprints."""

    service: ServiceId
    component: Component
    title: str
    unit: str
    heading: str
    lines: tuple[Line, ...]
    source: str
    notes: tuple[str, ...]

    def pages(self, limit: int) -> tuple[tuple[Line, ...], ...]:
        """The lines in pages of at most `limit` characters where entries allow, cut between top entries."""
        pages: list[list[Line]] = [[]]
        taken = 0
        for group in _groups(self.lines):
            size = _size(group)
            if pages[-1] and taken + size > limit:
                pages.append([])
                taken = 0
            pages[-1] += group
            taken += size
        return tuple(tuple(page) for page in pages)


def card(catalogue: Catalogue, service_id: ServiceId, component: Component, day: date) -> Card:
    """The card to give on `day`; raises NotInForce."""
    service, decree = catalogue.service(service_id), catalogue.decree_of(service_id)
    if not catalogue.in_force(decree.id, day):
        raise NotInForce(f"{decree.title} sudah dicabut atau tidak berlaku lagi.")
    unit = catalogue.unit_of(service_id).name
    return Card(
        service=service_id,
        component=component,
        title=service.title,
        unit=f"{unit}, {decree.office.name}",
        heading=HEADINGS[component],
        lines=tuple(_lines(service.components, component, unit)),
        source=f"Sumber: {decree.title}",
        notes=tuple(correction.reason for correction in catalogue.corrections_for(service_id, component)),
    )


def office(decree: Decree, hours: Sequence[Line], hours_source: str) -> Card:
    """The office's own card: `hours` first, then the letterhead, the units and the pledge that the decree prints."""
    return Card(
        service=ServiceId(decree.id),
        component=Component.KANTOR,
        title=decree.office.name,
        unit="",
        heading=HEADINGS[Component.KANTOR],
        lines=(*hours, *_letterhead(decree), *_units(decree), *_pledge(decree)),
        source=f"Sumber: {decree.title}; jam: {hours_source}",
        notes=(),
    )


def _letterhead(decree: Decree) -> Iterator[Line]:
    known = decree.office
    place = " ".join(filter(None, (decree.place, known.postcode)))
    yield Line("")
    yield Line(f"Alamat: {known.address}" + ("" if decree.place in known.address else f", {place}"))
    for label, values in (
        ("Telepon", known.telephone), ("Faks", known.fax), ("Surel", known.email), ("Situs", known.website),
    ):  # fmt: skip
        if values:
            yield Line(f"{label}: {', '.join(values)}")


def _units(decree: Decree) -> Iterator[Line]:
    yield Line("")
    yield Line("Unit dan jumlah layanannya", bold=True)
    for unit in decree.units:
        names = " atau ".join((unit.name, *unit.also))
        yield Line(f"{names} ({len(unit.services)})", marker="•")


def _pledge(decree: Decree) -> Iterator[Line]:
    if decree.office.pledge:
        yield Line("")
        yield Line("Maklumat pelayanan", bold=True)
        yield Line(f"“{decree.office.pledge}”")


def _lines(parts: Components, component: Component, unit: str) -> Iterator[Line]:
    match component:
        case Component.PROSEDUR if parts.prosedur.steps:
            yield from _entries(parts.prosedur.steps)
        case Component.PROSEDUR:
            yield Line(" → ".join(parts.prosedur.flow))
        case Component.BIAYA if parts.biaya.tariffs:
            yield from _tariffs(parts.biaya.tariffs)
        case Component.WAKTU | Component.BIAYA | Component.PRODUK | Component.PELAKSANA:
            yield from _clauses(getattr(parts, component).text)
        case Component.PENGADUAN:
            yield from _entries(parts.pengaduan.items, parts.pengaduan.sections)
        case Component.RINGKASAN:
            yield from _overview(parts, unit)
        case _:
            listing: Listing = getattr(parts, component)
            yield from _entries(listing.items, listing.sections)


def _entries(items: Sequence[Item], sections: Sequence[Section] = ()) -> Iterator[Line]:
    titles = {section.start: f"{section.marker} {section.title}".strip() for section in sections}
    for at, item in enumerate(items):
        if at in titles:
            yield Line(titles[at], bold=True)
        marker = item.marker or ("•" if len(items) > 1 else "")
        yield Line(item.text, marker=marker, level=item.level)


def _clauses(text: str) -> Iterator[Line]:
    """A cell that is one text, a line for each of its entries: after its enumerators, stops, and times."""
    clauses = [part for part in CLAUSE.split(text) if part.strip(" ;")]
    if len(clauses) == 1:
        yield Line(text)
        return
    outer = ""
    for clause in clauses:
        marker, rest = ENUMERATED.match(clause.strip(" ;")).groups("")  # type: ignore[union-attr]
        outer = outer or marker
        inner = bool(marker) and marker[0].isdigit() != outer[0].isdigit()
        yield Line(rest, marker=marker or "•", level=int(inner))


def _tariffs(tariffs: Sequence[Tariff]) -> Iterator[Line]:
    item = ""
    for tariff in tariffs:
        if tariff.item != item:
            item = tariff.item
            yield Line(item, bold=True)
        yield Line(f"Rp. {tariff.rupiah:,} {tariff.tariff_class}".replace(",", "."), marker="•", level=1)


def _overview(parts: Components, unit: str) -> Iterator[Line]:
    """What a first question wants: what one gets, what to bring, how long, how much, where."""
    yield from _point("Produk", parts.produk.text)
    yield Line(f"Persyaratan: {len(parts.persyaratan.items)} butir", marker="•")
    yield from _point("Waktu", parts.waktu.text)
    yield Line(f"Biaya: {'sesuai daftar tarif' if parts.biaya.tariffs else parts.biaya.text}", marker="•")
    channels = parts.pengaduan.channels
    contacts = (*(f"WA {number}" for number in channels.wa[:1]), *(f"telepon {t}" for t in channels.telepon[:1]))
    yield Line(f"Tempat: {', '.join((unit, *contacts))}", marker="•")


def _point(label: str, text: str) -> Iterator[Line]:
    first, *more = _clauses(text)
    if not more:
        yield Line(f"{label}: {text}", marker="•")
        return
    yield Line(f"{label}:", marker="•")
    for line in (first, *more):
        yield replace(line, level=line.level + 1)


def _groups(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Lines that belong together: an entry with its sub-entries, a heading with what follows."""
    group: list[Line] = []
    for line in lines:
        if group and line.level == 0 and not group[-1].bold:
            yield group
            group = []
        group.append(line)
    if group:
        yield group


def _size(lines: Sequence[Line]) -> int:
    return sum(len(line.text) + len(line.marker) + 4 for line in lines)
