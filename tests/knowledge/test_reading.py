# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""The four decrees as read: hand-checked facts, every printed word accounted for, bad texts refused."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.app import KNOWLEDGE
from knowledge import loader
from knowledge.loader import Catalogue
from knowledge.model import DECREE_COMPONENTS, AgencyId, Component, Decree, Promise, ServiceId
from knowledge.reading import BadDecree, lists, read_decree, rows
from knowledge.reading.markup import Block, read_cell
from tests.conftest import COVERED

AGENCIES = ("kalbar", "kaltim", "landak", "melawi")


def text_of(agency: str) -> str:
    return (KNOWLEDGE / "decrees" / f"{agency}.md").read_text("utf-8")


@pytest.fixture(scope="module")
def decrees() -> dict[str, Decree]:
    return {agency: read_decree(text_of(agency), AgencyId(agency)) for agency in AGENCIES}


@pytest.mark.parametrize("agency", AGENCIES)
def test_the_committed_standards_are_what_the_reader_makes(
    agency: str, decrees: dict[str, Decree], tmp_path: Path
) -> None:
    loader.save(decrees[agency], tmp_path / "made.yaml")
    committed = KNOWLEDGE / "standards" / f"{agency}.yaml"
    assert (tmp_path / "made.yaml").read_text("utf-8") == committed.read_text("utf-8")


def test_all_services_are_there(decrees: dict[str, Decree]) -> None:
    assert {agency: len(list(d.services())) for agency, d in decrees.items()} == {
        "kalbar": 57, "kaltim": 5, "landak": 4, "melawi": 58,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("agency", "title", "place", "day"),
    [
        ("landak", "Keputusan Sekretaris Daerah Kabupaten Landak Nomor 134/ORG/Tahun 2022", "Ngabang", "2022-08-08"),
        (
            "kalbar",
            "Keputusan Sekretaris Daerah Provinsi Kalimantan Barat Nomor 1829/OR/2021",
            "Pontianak",
            "2021-09-02",
        ),
        ("melawi", "Keputusan Sekretaris Daerah Kabupaten Melawi Nomor 060/54 Tahun 2021", "Nanga Pinoh", "2021-11-17"),
        (
            "kaltim",
            "Keputusan Kepala Biro Organisasi Sekretariat Daerah Provinsi Kalimantan Timur"
            " Nomor 065/727/B.Org-TL Tahun 2022",
            "Samarinda",
            "2022-08-20",
        ),
    ],
)
def test_heads(agency: str, title: str, place: str, day: str, decrees: dict[str, Decree]) -> None:
    head = decrees[agency]
    assert (head.title, head.place, head.date.isoformat()) == (title, place, day)


@pytest.mark.parametrize(
    ("service", "component", "count", "first", "last"),
    [
        ("landak-1", "persyaratan", 3, "Surat Tugas", "Tanda pengenal/identitas"),
        (
            "kalbar-1-6",
            "persyaratan",
            6,
            "Surat permohonan Izin Perjalanan Dinas ke Luar Negeri",
            "Visa untuk Negara tertentu",
        ),
        (
            "kalbar-1-7",
            "persyaratan",
            19,
            "Surat Keterangan Keaslian Dokumen dari Biro Pemerintahan/OTDA Provinsi",
            None,
        ),
        ("kalbar-1-10", "persyaratan", 22, "Pengantar Bupati/Wali Kota", "Notulen Musyawarah Desa"),
        ("kalbar-2-1", "persyaratan", 3, "Surat Tugas", "Tanda pengenal/identitas"),
        ("kalbar-5-1", "persyaratan", 5, "Mengisi Formulir Registrasi", "Surat Kuasa Direktur (Jika Diwakilkan)"),
        ("melawi-1-1", "persyaratan", 3, "Usulan Kerja Sama Daerah", "Dokumen Pendukung lainnya"),
        (
            "melawi-1-2",
            "persyaratan",
            19,
            "Surat Keterangan Keaslian Dokumen dari Biro Pemerintahan/OTDA Provinsi",
            None,
        ),
        ("melawi-1-4", "persyaratan", 22, "Pengantar Bupati", "Peraturan Bupati tentang Batas dan/atau Peta Desa"),
        ("melawi-3-1", "persyaratan", 7, "Dokumen/berkas pendukung", None),
        ("melawi-8-3", "persyaratan", 1, "Tujuan Surat harus jelas", "Tujuan Surat harus jelas"),
        ("kaltim-5", "persyaratan", 2, "Tanda Pengenal/identitas", "Dokumen/berkas pendukung data Pengaduan"),
        ("kalbar-1-1", "evaluasi", 3, None, None),
        (
            "kalbar-1-1",
            "dasar_hukum",
            6,
            "Undang-Undang Nomor 14 Tahun 2008 tentang Keterbukaan Informasi Publik",
            None,
        ),
        ("melawi-9-1", "kompetensi", 4, "Memahami tugas dan fungsi", None),
    ],
)
def test_lists(
    service: str, component: str, count: int, first: str | None, last: str | None, catalogue: Catalogue
) -> None:
    items = [item.text for item in getattr(catalogue.service(ServiceId(service)).components, component).items]
    assert len(items) == count
    assert first in (None, items[0])
    assert last in (None, items[-1])


@pytest.mark.parametrize(
    ("service", "steps", "first", "last"),
    [
        ("kalbar-1-8", 4, "Tamu/Pengguna Layanan menuju ke Petugas Informasi", None),
        ("kalbar-2-1", 10, None, "Menerima Hasil Perda yang telah ditetapkan dan diundangkan"),
        ("kalbar-5-3", 4, "Pengguna mengisi formulir Pengaduan", "Pengguna memberikan penilaian"),
        ("melawi-6-6", 12, "Mulai", "Selesai"),
        ("melawi-6-7", 16, "Mulai", "Selesai"),
        ("melawi-9-1", 7, None, None),
    ],
)
def test_procedures(service: str, steps: int, first: str | None, last: str | None, catalogue: Catalogue) -> None:
    texts = [item.text for item in catalogue.service(ServiceId(service)).components.prosedur.steps]
    assert len(texts) == steps
    assert first in (None, texts[0])
    assert last in (None, texts[-1])


def test_values(catalogue: Catalogue) -> None:
    paw = catalogue.service(ServiceId("melawi-1-3")).components
    assert [(s.marker, s.title) for s in paw.persyaratan.sections] == [
        ("A.", "Persyaratan Pemberhentian Anggota DPRD Kabupaten"),
        ("B.", "Persyaratan Pengangkatan PAW Anggota DPRD Kabupaten/Kota"),
    ]
    assert paw.prosedur.flow == (
        "Tamu/Pengguna Layanan", "Petugas Informasi/TU", "Petugas dari Bagian", "Tamu Menerima Layanan",
    )  # fmt: skip
    assert paw.pengaduan.channels.wa == ("081282635235",)
    assert paw.pengaduan.channels.email == ("tapemmelawi@gmail.com",)
    assert paw.pengaduan.promises.ringan == Promise(limit=3, unit="jam")
    assert paw.pengaduan.promises.berkadar == Promise(limit=60, unit="hari kerja")
    tent = catalogue.service(ServiceId("melawi-9-2")).components
    assert [(t.item, t.tariff_class, t.rupiah) for t in tent.biaya.tariffs][-1] == (
        "Kursi plastik per buah 1 hari (24 Jam)", "Sosial", 250,
    )  # fmt: skip
    assert len(tent.biaya.tariffs) == 12
    assert catalogue.service(ServiceId("kalbar-1-1")).components.pengaduan.channels.wa == ("089510532718",)
    assert catalogue.service(ServiceId("melawi-3-2")).components.pelaksana.count == 3
    clocks = catalogue.service(ServiceId("kaltim-5")).components.pengaduan.promises
    assert clocks.informasi_awal == Promise(limit=1, unit="jam")
    assert clocks.penyelesaian == Promise(limit=2, unit="x 24 jam hari kerja")
    split = catalogue.service(ServiceId("kalbar-1-11")).title
    assert split == "Fasilitasi Administrasi Pembentukan Daerah (Pembentukan Kabupaten/Kota dan Provinsi)"


def test_no_component_is_empty(catalogue: Catalogue) -> None:
    for service in catalogue.services():
        for component in DECREE_COMPONENTS:
            printed = getattr(service.components, component).model_dump()
            assert printed.get("items") or printed.get("steps") or printed.get("text"), (service.id, component)


def test_promises_are_missing_only_where_the_decree_is_silent(catalogue: Catalogue) -> None:
    silent = {s.id for s in catalogue.services() if s.components.pengaduan.promises.normatif is None}
    assert silent == {"kaltim-1", "kaltim-5"}


WORD = re.compile(r"[^\W\d_]+")
GLUED = re.compile(r"(?<=bulan|tahun)(?=[a-h][.)]\s)")
"""Before an enumerator without a blank: "bulanb. Survei"."""

LEADS = {"prosedur", "prosedure", "dan", "da", "atau"}
"""Words that may go: the lead "Prosedur :", and the "; dan" (once "; da") that closes an entry."""


def test_every_printed_word_is_accounted_for(request: pytest.FixtureRequest) -> None:
    printed, lost = Counter[str](), Counter[str]()
    for agency in AGENCIES:
        decree = read_decree(text_of(agency), AgencyId(agency))
        for block, service in zip(rows.blocks(text_of(agency).splitlines()), decree.services(), strict=True):
            for component, row in block.rows.items():
                words = Counter(WORD.findall(GLUED.sub(" ", read_cell(row.html).text).lower()))
                kept = Counter(WORD.findall(str(getattr(service.components, component).model_dump()).lower()))
                printed += words
                lost += Counter({word: n for word, n in (words - kept).items() if word not in LEADS and len(word) > 1})
    request.config.stash[COVERED] = f"{printed.total() - lost.total()} of {printed.total()} printed words"
    assert not lost
    assert printed.total() > 50_000


@pytest.mark.parametrize(
    ("change", "agency", "says"),
    [
        (lambda text: "%PDF-1.7 …", "landak", "PDF"),
        (lambda text: text[: len(text) // 2], "landak", "tidak ditemukan"),
        (lambda text: "Halo dunia", "landak", "tidak terbaca"),
        (lambda text: text, "kaltim", "bukan dari kantor"),
        (lambda text: text.replace("Service Delivery", "Pelayanan"), "landak", "Service Delivery"),
        (lambda text: text.replace("\n2. Pelayanan Data", "\n1. Pelayanan Data"), "landak", "sudah ada di baris"),
        (lambda text: text.replace("LAMPIRAN", "LAMP"), "landak", "LAMPIRAN"),
        (lambda text: text.replace("Biaya (tarif)", "Ongkos"), "landak", "biaya"),
    ],
)
def test_bad_texts_are_refused_in_one_line(change, agency: str, says: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(BadDecree, match=says) as refused:
        read_decree(change(text_of("landak")), AgencyId(agency))
    assert "\n" not in str(refused.value)


ENTRY = st.text("abcdefghij ", min_size=3, max_size=30).map(lambda text: "Surat " + " ".join(text.split()))


@given(st.lists(ENTRY, min_size=1, max_size=20), st.sampled_from(["{}) ", "{}. "]))
def test_numbered_entries_come_back_whole_and_in_order(entries: list[str], style: str) -> None:
    printed = " ".join(style.format(number) + entry + ";" for number, entry in enumerate(entries, 1))
    assert [item.text for item in lists.cut([Block(printed)]).items] == [lists.closed(entry) for entry in entries]


def test_what_joins_an_entry_to_the_next_is_of_neither(catalogue: Catalogue) -> None:
    items = catalogue.service(ServiceId("kalbar-1-6")).components.persyaratan.items
    assert items[4].text == "Exit Permit"  # printed: "e. Exit Permit dan f. Visa …"


@given(st.text(max_size=300))
def test_no_text_is_lost_by_cutting(text: str) -> None:
    block = " ".join(text.split())
    listing = lists.cut([Block(block)])
    kept = " ".join(f"{item.marker} {item.text}" for item in listing.items)
    kept += " ".join(f"{section.marker} {section.title}" for section in listing.sections)
    assert Counter(re.findall(r"\w", block)) == Counter(re.findall(r"\w", kept))


def test_components_are_the_fourteen() -> None:
    assert len(DECREE_COMPONENTS) == 14
    assert Component.RINGKASAN not in DECREE_COMPONENTS


def test_corrections_stand_where_they_say(catalogue: Catalogue) -> None:
    corrections = [
        correction
        for service in catalogue.services()
        for component in Component
        for correction in catalogue.corrections_for(service.id, component)
    ]
    assert len(corrections) > 10
    for correction in corrections:
        lines = text_of(correction.service.split("-")[0]).splitlines()
        assert correction.printed in lines[correction.line - 1], correction
