# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""What shows only beside the decree's other services: copied text, a number of another unit, an odd promise."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from knowledge.checking.finding import Finding, Kind
from knowledge.checking.place import Printed, text, texts
from knowledge.model import Component, Service, Unit
from knowledge.reading.diktum import likeness, listed, same

WORD = re.compile(r"[A-Za-z]{3,}")
COMMON = frozenset(
    """pelayanan layanan fasilitasi fasilitas penyusunan penyediaan penanganan pembuatan pelaksanaan penyelenggaraan
    administrasi pendampingan penyiapan informasi data laporan dan atau yang dengan untuk dari pada oleh tentang bagi
    kabupaten kota provinsi daerah pemerintah instansi lembaga lain kantor setda sekretariat pimpinan kepala umum
    antara antar masyarakat publik kerja anggota kegiatan permohonan
    lingkungan melalui barang jasa penyedia pengguna pelaku usaha""".split()
)
"""Words that many services share: they name none."""

MODE = 0.5
"""Share of a unit's services that must print a value for it to be the unit's own."""

EVERYWHERE = 0.75
"""Share of a unit's services that must print a channel for its absence to be odd."""

ALIKE = 0.6
"""Share of common words from which two entries are copies of each other."""

MINE = 0.25
MOST = 0.5
"""Shares of an entry's printers that it must be the subject of, told by two words or a clipped name, or by one word."""

KIN = 0.8
"""Likeness of a graph's node to the step that it shows."""

NEARLY = 0.9
"""Likeness of two addresses that are meant to be one."""

SPELT = "wa telepon email".split()
SUBUNIT = re.compile(r"\b(?:Sub ?Bag(?:ian)?|Subbag(?:ian)?|Bagian) (?:[A-Z][\w/]*(?:,? (?:dan )?(?=[A-Z]))?)+")


def findings(printed: Printed) -> Iterator[Finding]:
    around = _Decree(printed)
    for unit in printed.decree.units:
        yield from _contacts(around, unit)
        for service in unit.services:
            yield from _titles(around, service)
            yield from _promises(around, service)
            yield from _products(around, unit, service)
            yield from _foreign_subjects(around, service)
            yield from _foreign_units(around, unit, service)
            yield from _times(around, unit, service)
            yield from _orders(around, service)
            yield from _twins(around, service)
            yield from _nearly(around, unit, service)
    yield from _lists(around)


@dataclass(frozen=True)
class _Decree:
    printed: Printed

    @cached_property
    def services(self) -> list[Service]:
        return list(self.printed.decree.services())

    @cached_property
    def subjects(self) -> dict[str, set[str]]:
        """Each telling word or clipped name of a title, and the ids of the services that it names."""
        found: defaultdict[str, set[str]] = defaultdict(set)
        for service in self.services:
            for word in (*_words(service.title), *_clipped(service.title)):
                found[word].add(service.id)
        return found

    @cached_property
    def clipped(self) -> set[str]:
        return {name for service in self.services for name in _clipped(service.title)}

    @cached_property
    def _entries(self) -> list[tuple[str, frozenset[str]]]:
        return [(s.id, frozenset(entry.lower().split())) for s in self.services for _, entry in _entries(s)]

    def printers(self, entry: str) -> set[str]:
        """The ids of all services that print `entry` or one with mostly the same words."""
        words = frozenset(entry.lower().split())
        return {id for id, other in self._entries if len(words & other) >= ALIKE * len(words | other)}

    @cached_property
    def subunits(self) -> dict[str, Counter[int]]:
        """How often each unit's services name each of the sections below units."""
        found: defaultdict[str, Counter[int]] = defaultdict(Counter)
        for unit in self.printed.decree.units:
            for service in unit.services:
                for name in set(SUBUNIT.findall(text(service, Component.PROSEDUR))):
                    found[name][unit.no] += 1
        return found


def _clipped(title: str) -> Iterator[str]:
    """Short names as Indonesian clips them: "Peraturan Daerah" is "perda", "Peraturan Gubernur" "pergub"."""
    for one, other in ADJACENT.findall(title.lower()):
        yield from (one[:3] + other[:length] for length in (2, 3))


ADJACENT = re.compile(r"(?=\b([a-z]{3,}) ([a-z]{3,})\b)")


def _words(title: str) -> list[str]:
    return [word for word in (w.lower() for w in WORD.findall(title)) if word not in COMMON]


# Contacts and promises: what the unit's other services print


def _contacts(around: _Decree, unit: Unit) -> Iterator[Finding]:
    for kind in SPELT:
        values = {s.id: _value(getattr(s.components.pengaduan.channels, kind)) for s in unit.services}
        counted = Counter(value for value in values.values() if value)
        if not counted or len(unit.services) < 3:
            continue
        mode, times = counted.most_common(1)[0]
        for service in unit.services:
            value = values[service.id]
            if not value and sum(counted.values()) >= EVERYWHERE * len(unit.services):
                yield around.printed.finding(
                    service, Component.PENGADUAN, Kind.SALURAN, "",
                    f"Tidak ada {LABELS[kind]}, padahal layanan lain di {unit.name} mencetaknya: {mode}.",
                )  # fmt: skip
            elif value and value != mode:
                owner = _owner(around, unit, kind, value)
                alone = counted[value] == 1 and times >= MODE * len(unit.services)
                near = kind == "email" and counted[value] < times and likeness(value, mode) > NEARLY
                if (owner and times >= MODE * len(unit.services)) or alone or near:
                    yield around.printed.finding(
                        service, Component.PENGADUAN, Kind.KONTAK, value,
                        f"Layanan lain di {unit.name} mencetak {mode}"
                        + (f"; {value} adalah milik {owner}." if owner else "."),
                    )  # fmt: skip
    online = [any("lapor" in other.lower() for other in s.components.pengaduan.channels.other) for s in unit.services]
    if sum(online) >= EVERYWHERE * len(online):
        for service, there in zip(unit.services, online, strict=True):
            if not there:
                yield around.printed.finding(
                    service, Component.PENGADUAN, Kind.SALURAN, "",
                    f"SP4N-LAPOR! tidak tercetak, padahal ada pada layanan lain di {unit.name}.",
                )  # fmt: skip


LABELS = {"wa": "nomor WhatsApp", "telepon": "nomor telepon", "email": "alamat surel"}


def _value(values: tuple[str, ...]) -> str:
    return " / ".join(dict.fromkeys(values))


def _owner(around: _Decree, unit: Unit, kind: str, value: str) -> str:
    """The other unit most of whose services print `value`."""
    for other in around.printed.decree.units:
        theirs = [_value(getattr(s.components.pengaduan.channels, kind)) for s in other.services]
        if other.no != unit.no and theirs.count(value) > MODE * len(theirs):
            return other.name
    return ""


def _promises(around: _Decree, service: Service) -> Iterator[Finding]:
    every = [s.components.pengaduan.promises for s in around.services]
    mine = service.components.pengaduan.promises
    for name in ("ringan", "normatif", "tidak_berkadar", "berkadar"):
        usual, times = Counter(getattr(promises, name) for promises in every).most_common(1)[0]
        promise = getattr(mine, name)
        if promise == usual or times <= MODE * len(every) or not usual:
            continue
        if promise is None:
            yield around.printed.finding(
                service, Component.PENGADUAN, Kind.JANJI, "",
                "Jangka waktu penyelesaian pengaduan tidak tercetak; layanan lain mencetaknya.",
            )  # fmt: skip
            return
        yield around.printed.finding(
            service, Component.PENGADUAN, Kind.JANJI, f"{promise.limit} {promise.unit}",
            f"Pengaduan {name.replace('_', ' ')} {promise.limit} {promise.unit};"
            f" layanan lain {usual.limit} {usual.unit}.",
        )  # fmt: skip


# Text of another service


def _products(around: _Decree, unit: Unit, service: Service) -> Iterator[Finding]:
    """A product that is another service's: its title, its own step, or printed there and fitting there only."""
    produk = text(service, Component.PRODUK)
    if _stems(produk) <= _stems(service.title) or _step(produk, service):
        return
    printers = [s for s in around.services if s.id != service.id and same(text(s, Component.PRODUK), produk)]
    apart = not _stems(produk) & _stems(service.title)
    for other in unit.services if apart else printers[: len(printers) == 1]:
        titled = same(_bare(produk), _bare(other.title)) or (apart and _step(produk, other))
        if other.id != service.id and (titled or (other in printers and _names_all(produk, other.title))):
            yield around.printed.finding(
                service, Component.PRODUK, Kind.PRODUK, produk, f"Tampaknya milik {other.id} ({other.title})."
            )
            return
    for other in unit.services:
        if other.id != service.id and same(_bare(produk), _bare(other.title)):
            yield around.printed.finding(
                service, Component.PRODUK, Kind.PRODUK, produk, f"Itu nama layanan {other.id}."
            )


def _names_all(produk: str, title: str) -> bool:
    telling = _stems(title)
    return bool(telling) and telling <= _stems(produk)


def _step(produk: str, service: Service) -> bool:
    """Whether a step of `service` is or makes `produk`."""
    steps = (*texts(service, Component.PROSEDUR), *service.components.prosedur.flow)
    return len(produk.split()) > 2 and any(produk.lower() in step.lower() for step in steps)


def _stems(title: str) -> set[str]:
    return {_stem(word) for word in _words(title)}


def _stem(word: str) -> str:
    """Enough of Indonesian's affixes gone that "surat" meets "persuratan" and "jabatan" "jabatan"."""
    return re.sub(r"^(?:pem|pen|peng|per|pe|mem|men|meng|me|ke|di|ber|ter)(?=[a-z]{4})|(?:an|kan|i)$", "", word)


def _bare(title: str) -> str:
    return re.sub(r"^(?:pe)?layanan\s+", "", title, flags=re.IGNORECASE)


OWN = (Component.PRODUK, Component.PERSYARATAN, Component.DASAR_HUKUM)
"""Beside its title, what tells what a service is for."""


def _foreign_subjects(around: _Decree, service: Service) -> Iterator[Finding]:
    """A step, graph or evaluation that another service prints too, about what only that one is for."""
    parts = [service.title, *(text(service, c) for c in OWN)]
    own = {_stem(word) for part in parts for word in _words(part)}
    own |= {_stem(name) for part in parts[:-1] for name in _clipped(part)}  # every decree is based on some "perda"
    told: set[str] = set()
    for component, entry in _entries(service):
        words = _words(entry)
        if _stems(entry) & _stems(service.title):
            continue
        printers = around.printers(entry) - {service.id}
        foreign = [word for word in words if _stem(word) not in own | told]
        for word in foreign:
            owners = printers & around.subjects.get(word, set())
            clipped = word in around.clipped
            sure = MINE if clipped or _named_twice(around, owners, foreign) else MOST
            everyone = len(printers) + 1 > len(around.services) / 2
            if everyone or not owners or len(owners) < sure * (len(printers) + 1):
                continue
            told.add(_stem(word))
            yield around.printed.finding(
                service, component, Kind.LAYANAN_LAIN, entry,
                f"Menyebut “{word}”, padahal itu pokok {', '.join(sorted(owners)[:3])}.",
            )  # fmt: skip
            break


def _named_twice(around: _Decree, owners: set[str], words: Sequence[str]) -> bool:
    return sum(bool(owners & around.subjects.get(word, set())) for word in words) > 1


def _entries(service: Service) -> Iterator[tuple[Component, str]]:
    """What tells of the work: steps, the nodes of their graph, the evaluation."""
    for step in (*texts(service, Component.PROSEDUR), *service.components.prosedur.flow):
        yield Component.PROSEDUR, step
    for entry in texts(service, Component.EVALUASI):
        yield Component.EVALUASI, entry


def _foreign_units(around: _Decree, unit: Unit, service: Service) -> Iterator[Finding]:
    """The evaluation names another unit, or a step a section that another unit's services name too."""
    for entry in texts(service, Component.EVALUASI):
        for other in around.printed.decree.units:
            if other.no != unit.no and any(name in entry for name in (other.name, *other.also)):
                yield around.printed.finding(
                    service, Component.EVALUASI, Kind.UNIT_LAIN, entry,
                    f"Menyebut {other.name}, padahal ini {unit.name}.",
                )  # fmt: skip
    for step in texts(service, Component.PROSEDUR):
        for name in SUBUNIT.findall(step):
            elsewhere = [u for u in around.printed.decree.units if u.no != unit.no and around.subunits[name][u.no]]
            if elsewhere:
                yield around.printed.finding(
                    service, Component.PROSEDUR, Kind.UNIT_LAIN, step,
                    f"{name} tercetak juga pada {elsewhere[0].name}: hanya satu yang benar.",
                )  # fmt: skip


def _titles(around: _Decree, service: Service) -> Iterator[Finding]:
    """A title whose telling pair of words never comes in the service's text, while one word's other pair does."""
    pairs = _pairs(service.title)
    body = " ".join(text(service, c).lower() for c in (Component.PERSYARATAN, Component.PROSEDUR, Component.PRODUK))
    for first, second in pairs:
        others = Counter(re.findall(rf"\b{first} ([a-z]{{4,}})", body))
        usual, times = others.most_common(1)[0] if others else ("", 0)
        if times >= 3 and not others[second] and usual not in COMMON and usual not in service.title.lower():
            yield around.printed.of_title(
                service.id, Kind.JUDUL_ISI, service.line, service.title,
                f"Judul menyebut “{first} {second}”, isinya selalu “{first} {usual}”.",
            )  # fmt: skip


def _pairs(title: str) -> list[tuple[str, str]]:
    return [(a, b) for a, b in ADJACENT.findall(title.lower()) if a not in COMMON and b not in COMMON]


def _twins(around: _Decree, service: Service) -> Iterator[Finding]:
    """Requirements that name what the twin is for: "DPRD Provinsi" where the titles differ in just that."""
    body = text(service, Component.PERSYARATAN).lower()
    for other in around.services:
        for (head, own), (same_head, theirs) in zip(
            ADJACENT.findall(service.title.lower()), ADJACENT.findall(other.title.lower()), strict=False
        ):
            if (head, own) == (same_head, theirs):
                continue
            if head == same_head and body.count(f"{head} {theirs}") >= 2 and likeness(service.title, other.title) > KIN:
                yield around.printed.finding(
                    service, Component.PERSYARATAN, Kind.LAYANAN_LAIN, _as_printed(service, f"{head} {theirs}"),
                    f"Berkali-kali menyebut “{head} {theirs}”, yang menjadi pokok {other.id}.",
                )  # fmt: skip
            break


def _as_printed(service: Service, words: str) -> str:
    whole = text(service, Component.PERSYARATAN)
    at = whole.lower().index(words)
    return whole[at : at + len(words)]


def _times(around: _Decree, unit: Unit, service: Service) -> Iterator[Finding]:
    """The time of another service of the unit, for three times as many steps: copied, most likely."""
    waktu = text(service, Component.WAKTU)
    for other in unit.services:
        longer = len(texts(service, Component.PROSEDUR)) >= 3 * len(texts(other, Component.PROSEDUR))
        if other.id != service.id and longer and same(waktu, text(other, Component.WAKTU)):
            yield around.printed.finding(
                service, Component.WAKTU, Kind.WAKTU, waktu,
                f"Sama dengan {other.id} ({other.title}), yang langkahnya jauh lebih sedikit.",
            )  # fmt: skip
            return


def _orders(around: _Decree, service: Service) -> Iterator[Finding]:
    """The graph shows two steps the other way round than the list does."""
    steps, flow = texts(service, Component.PROSEDUR), service.components.prosedur.flow
    places: list[tuple[int, str]] = []
    for node in flow:
        likest = max(range(len(steps)), key=lambda at: likeness(node, steps[at]), default=None)
        if likest is not None and likeness(node, steps[likest]) >= KIN:
            places.append((likest, node))
    for (one, before), (other, after) in pairwise(places):
        if other < one:
            yield around.printed.finding(
                service, Component.PROSEDUR, Kind.URUTAN, after,
                f"Bagan menaruhnya sesudah “{before}”, daftar langkah sebelumnya.",
            )  # fmt: skip
            return


def _nearly(around: _Decree, unit: Unit, service: Service) -> Iterator[Finding]:
    """A step that repeats another step of the same service but for a time, where a sibling prints another verb."""
    steps = texts(service, Component.PROSEDUR)
    for at, step in enumerate(steps):
        for earlier in steps[:at]:
            for other in unit.services:
                verbs = _verb(step, earlier, texts(other, Component.PROSEDUR), at) if other.id != service.id else None
                if verbs:
                    yield around.printed.finding(
                        service, Component.PROSEDUR, Kind.MIRIP, step,
                        f"{other.id} mencetak “{verbs[1]}” di langkah ini, bukan “{verbs[0]}”.",
                    )  # fmt: skip
                    return


def _verb(step: str, earlier: str, theirs: Sequence[str], at: int) -> tuple[str, str] | None:
    """The word of `step` and the other's word there, when `step` is like `earlier` but the other's steps differ."""
    if at >= len(theirs) or len(step.split()) < 6:
        return None
    mine, past, other = step.split(), earlier.split(), theirs[at].split()
    tail = mine[-4:]
    if other[-4:] != tail or len(mine) != len(past) or sum(a != b for a, b in zip(mine, past, strict=True)) != 1:
        return None
    verbs = [(a, b) for a, b in zip(mine[::-1], other[::-1], strict=False) if a != b]
    passive = [(a, b) for a, b in verbs if a.startswith("di") and b.startswith("di")]
    return passive[0] if passive else None


# The decree's own list of services


def _lists(around: _Decree) -> Iterator[Finding]:
    decree = around.printed.decree
    body = listed(around.printed.lines)
    for unit, there in zip(decree.units, body, strict=False):
        for name in unit.also:
            yield around.printed.of_title(
                None, Kind.JUDUL, _title_line(around, name), name, f"Lampiran menamai unit ini {unit.name}."
            )
        for number in range(1, max(len(unit.services), len(there.titles)) + 1):
            service = next((s for s in unit.services if s.no == number), None)
            title = there.titles[number - 1] if number <= len(there.titles) else ""
            if service and _plain(title) != _plain(service.title):
                says = f"Lampiran: {service.title}." if title else "Layanan ini tidak ada dalam daftar keputusan."
                line = _title_line(around, title) if title else service.line
                yield around.printed.of_title(service.id, Kind.JUDUL, line, title or service.title, says)
            elif title and not service:
                yield around.printed.of_title(
                    None, Kind.JUDUL, _title_line(around, title), title, "Ada dalam daftar, tidak ada di lampiran."
                )


def _plain(title: str) -> list[str]:
    """A title's words without those that offices drop or vary at will."""
    return [word for word in re.findall(r"[a-z]+", title.lower()) if word not in LOOSE]


LOOSE = frozenset("pelayanan layanan fasilitasi fasilitas dan di ke atau s d".split())


def _title_line(around: _Decree, title: str) -> int:
    return next((at for at, line in enumerate(around.printed.lines, 1) if title in " ".join(line.split())), 1)
