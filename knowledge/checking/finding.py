# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""One thing that looks wrong in a decree: what is printed, where, and why it is doubted."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from knowledge.model import AgencyId, Component, ServiceId


class Severity(StrEnum):
    """How much a citizen is misled: sent wrong, told something doubtful, or only reading a slip."""

    PENTING = "penting"
    PERIKSA = "periksa"
    RINGAN = "ringan"


class Kind(StrEnum):
    """What is wrong; the value is what an officer reads in the report."""

    KOSONG = "isian kosong"
    TERBUKA = "waktu tanpa angka"
    NOMOR = "nomor tidak lengkap"
    SUREL = "alamat surel janggal"
    KONTAK = "kontak berbeda dalam satu unit"
    SALURAN = "saluran pengaduan tidak tercetak"
    ISI_SAMA = "dua komponen berisi sama"
    LAYANAN_LAIN = "menyebut layanan lain"
    UNIT_LAIN = "menyebut unit lain"
    PRODUK = "produk sama dengan layanan lain"
    JUDUL = "judul berbeda dari daftar keputusan"
    JUDUL_ISI = "judul tidak cocok dengan isi"
    ANGKA = "angka dan huruf berbeda"
    JANJI = "janji pengaduan berbeda atau tidak tercetak"
    WAKTU = "waktu janggal"
    URUTAN = "urutan bagan dan langkah berbeda"
    MIRIP = "beda sedikit dari layanan lain"
    NOMOR_URUT = "nomor urut keliru"


SEVERITY = {
    Kind.KOSONG: Severity.PENTING,
    Kind.NOMOR: Severity.PENTING,
    Kind.SUREL: Severity.PENTING,
    Kind.KONTAK: Severity.PENTING,
    Kind.LAYANAN_LAIN: Severity.PENTING,
    Kind.PRODUK: Severity.PENTING,
    Kind.WAKTU: Severity.PENTING,
    Kind.TERBUKA: Severity.RINGAN,
    Kind.NOMOR_URUT: Severity.RINGAN,
    Kind.JUDUL: Severity.RINGAN,
}
"""Kinds that are not named here are to be looked at."""


@dataclass(frozen=True)
class Finding:
    """`service` is None for what concerns the whole decree; `line` counts from 1 in the decree's text."""

    agency: AgencyId
    service: ServiceId | None
    component: Component | None
    kind: Kind
    line: int
    printed: str
    says: str

    @property
    def severity(self) -> Severity:
        return SEVERITY.get(self.kind, Severity.PERIKSA)

    @property
    def id(self) -> str:
        """Six letters that stay the same as long as the same is printed in the same place, wherever its line moves."""
        place = f"{self.agency}\0{self.service}\0{self.component}\0{self.kind}\0{self.printed}"
        return hashlib.sha256(place.encode()).hexdigest()[:6]
