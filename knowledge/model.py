# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""The nouns of a decree: Decree, Unit, Service and the fourteen components, frozen and without I/O."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from typing import NewType

from pydantic import BaseModel, ConfigDict

AgencyId = NewType("AgencyId", str)
ServiceId = NewType("ServiceId", str)


class Component(StrEnum):
    """What can be asked of a service: the fourteen of Permenpan-RB 15/2014, the overview and the office."""

    PERSYARATAN = "persyaratan"
    PROSEDUR = "prosedur"
    WAKTU = "waktu"
    BIAYA = "biaya"
    PRODUK = "produk"
    PENGADUAN = "pengaduan"
    DASAR_HUKUM = "dasar_hukum"
    SARANA = "sarana"
    KOMPETENSI = "kompetensi"
    PENGAWASAN = "pengawasan"
    PELAKSANA = "pelaksana"
    JAMINAN_PELAYANAN = "jaminan_pelayanan"
    JAMINAN_KEAMANAN = "jaminan_keamanan"
    EVALUASI = "evaluasi"
    RINGKASAN = "ringkasan"
    KANTOR = "kantor"


DECREE_COMPONENTS: tuple[Component, ...] = tuple(Component)[:14]
"""The fourteen that a decree prints for every service, in the decree's order."""


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Item(Frozen):
    """One printed list entry, cut from its enumerator; `level` 1 and deeper are sub-entries of the item before."""

    text: str
    level: int = 0
    marker: str = ""


class Section(Frozen):
    """A lettered heading ("A.", its `marker`) over a restarted list; `start` is the index of its first item."""

    title: str
    start: int
    marker: str = ""


class Listing(Frozen):
    items: tuple[Item, ...]
    sections: tuple[Section, ...] = ()


class Prosedur(Frozen):
    """Steps as printed, and the node labels of the service's own flow graph in order of appearance."""

    steps: tuple[Item, ...]
    flow: tuple[str, ...] = ()


class Text(Frozen):
    text: str


class Tariff(Frozen):
    item: str
    tariff_class: str
    rupiah: int


class Biaya(Frozen):
    text: str
    tariffs: tuple[Tariff, ...] = ()


class Promise(Frozen):
    """A time limit as printed: `limit` in `unit` ("jam", "hari", "hari kerja", "x 24 jam hari kerja")."""

    limit: int
    unit: str


class Promises(Frozen):
    """The four classes of complaint, and the two clocks that kaltim-5 prints; None where the decree is silent."""

    ringan: Promise | None = None
    normatif: Promise | None = None
    tidak_berkadar: Promise | None = None
    berkadar: Promise | None = None
    informasi_awal: Promise | None = None
    penyelesaian: Promise | None = None


class Channels(Frozen):
    """Where complaints go: `wa` as digits only, the rest as printed."""

    wa: tuple[str, ...] = ()
    telepon: tuple[str, ...] = ()
    email: tuple[str, ...] = ()
    fax: tuple[str, ...] = ()
    other: tuple[str, ...] = ()


class Pengaduan(Frozen):
    """Component 6: the printed entries (channels, then time limits), and what they mean."""

    items: tuple[Item, ...]
    sections: tuple[Section, ...] = ()
    flow: tuple[str, ...] = ()
    channels: Channels = Channels()
    promises: Promises = Promises()


class Pelaksana(Frozen):
    """`count` is the printed digit, also where the word beside it says otherwise."""

    text: str
    count: int | None


class Components(Frozen):
    """All fourteen of one service, in the decree's order."""

    persyaratan: Listing
    prosedur: Prosedur
    waktu: Text
    biaya: Biaya
    produk: Text
    pengaduan: Pengaduan
    dasar_hukum: Listing
    sarana: Listing
    kompetensi: Listing
    pengawasan: Listing
    pelaksana: Pelaksana
    jaminan_pelayanan: Listing
    jaminan_keamanan: Listing
    evaluasi: Listing


class Service(Frozen):
    """One service; `also` is how the decree's body lists it where that differs from the appendix.

    `line` is where its heading stands in the decree's text, `lines` where its components begin (1-based).
    """

    id: ServiceId
    no: int
    title: str
    also: tuple[str, ...] = ()
    line: int
    lines: dict[Component, int]
    components: Components


class Unit(Frozen):
    """A bureau or section; `also` is its other name in the decree's body."""

    no: int
    name: str
    also: tuple[str, ...] = ()
    services: tuple[Service, ...]


class Office(Frozen):
    """The letterhead and what else an office's own card shows, each as printed."""

    name: str
    address: str
    postcode: str = ""
    telephone: tuple[str, ...] = ()
    fax: tuple[str, ...] = ()
    email: tuple[str, ...] = ()
    website: tuple[str, ...] = ()
    pledge: str | None = None


class Decree(Frozen):
    """One decree; `agency` is the issuing body as printed, `title` how its source line names it."""

    id: AgencyId
    agency: str
    title: str
    number: str
    date: date
    place: str
    about: str
    signed_by: str | None
    office: Office
    units: tuple[Unit, ...]

    def services(self) -> Iterator[Service]:
        return (service for unit in self.units for service in unit.services)


class Correction(Frozen):
    """A known misprint: shown as printed, with `reason` as a note under the card."""

    service: ServiceId
    component: Component
    printed: str
    corrected: str | None
    reason: str
    line: int


class Validity(Frozen):
    """Until when a decree holds (`berlaku_sampai`, that day included), and since when, and by what, it is revoked."""

    berlaku_sampai: date | None = None
    dicabut: date | None = None
    oleh: str = ""

    def holds(self, day: date) -> bool:
        return (self.dicabut is None or day < self.dicabut) and (
            self.berlaku_sampai is None or day <= self.berlaku_sampai
        )
