# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""What a ticket is: its kind, class and state, what happened to it, and the clocks that ran."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from tickets.clock import Promise


class Kind(StrEnum):
    PENGADUAN = "pengaduan"
    INFORMASI = "permintaan informasi"
    """Public information, UU 14/2008."""
    DATA_PRIBADI = "permintaan data pribadi"
    """One's own personal data, UU 27/2022."""
    PETUGAS = "petugas"
    """A person is wanted: taken over by an officer, the chat goes on with them."""


class Class(StrEnum):
    """The decrees' four classes of complaint, mildest first; an officer decides, we only suggest."""

    RINGAN = "ringan"
    NORMATIF = "normatif"
    TIDAK_BERKADAR = "tidak_berkadar"
    BERKADAR = "berkadar"


class Identity(StrEnum):
    """How much of the citizen is shown: all, nothing to the officers, or nothing is kept."""

    TERBUKA = "terbuka"
    RAHASIA = "rahasia"
    ANONIM = "anonim"


class Status(StrEnum):
    DITERIMA = "diterima"
    DIKLASIFIKASI = "diklasifikasi"
    DITUGASKAN = "ditugaskan"
    DIPROSES = "diproses"
    MENUNGGU_PELAPOR = "menunggu pelapor"
    DIJAWAB = "dijawab"
    SELESAI = "selesai"
    DIBUKA_KEMBALI = "dibuka kembali"
    DITARIK = "ditarik"
    BUKAN_WEWENANG = "bukan wewenang"
    DIGABUNG = "digabung"


class Step(StrEnum):
    """What can be done to a ticket, as its history tells it."""

    TERIMA = "diterima"
    KLASIFIKASI = "diklasifikasi"
    TUGASKAN = "ditugaskan"
    PROSES = "mulai diproses"
    INFORMASI_AWAL = "informasi awal diberikan"
    TANYA = "pelapor ditanya"
    LENGKAPI = "pelapor melengkapi"
    JAWAB = "dijawab"
    TERUSKAN = "diteruskan ke instansi berwenang"
    SELESAIKAN = "dinyatakan selesai"
    BUKA_KEMBALI = "dibuka kembali"
    NILAI = "dinilai"
    TARIK = "ditarik"
    GABUNG = "digabung"
    GABUNGKAN = "menerima gabungan"
    HITUNG_ULANG = "jatuh tempo dihitung ulang"
    ALIHKAN = "dialihkan ke bagian lain"
    CATAT = "catatan petugas"
    """For the office alone: the citizen never reads it."""
    PESAN = "pesan petugas"
    """What an officer says in a handover."""
    AKHIRI = "percakapan diakhiri"


WORKING = (Status.DITERIMA, Status.DIKLASIFIKASI, Status.DITUGASKAN, Status.DIPROSES, Status.DIBUKA_KEMBALI)
"""The clock runs and it is the office's turn."""

OPEN = (*WORKING, Status.MENUNGGU_PELAPOR)
CLOSED = (Status.SELESAI, Status.DITARIK, Status.BUKAN_WEWENANG, Status.DIGABUNG)


def _stays(*states: Status) -> dict[Status, Status]:
    return {state: state for state in states}


STEPS: Mapping[Step, Mapping[Status, Status]] = {
    Step.KLASIFIKASI: _stays(*OPEN) | {Status.DITERIMA: Status.DIKLASIFIKASI},
    Step.TUGASKAN: dict.fromkeys(WORKING, Status.DITUGASKAN) | _stays(Status.MENUNGGU_PELAPOR),
    Step.PROSES: dict.fromkeys(set(WORKING) - {Status.DIPROSES}, Status.DIPROSES),
    Step.INFORMASI_AWAL: _stays(*OPEN),
    Step.TANYA: dict.fromkeys(WORKING, Status.MENUNGGU_PELAPOR),
    Step.LENGKAPI: {Status.MENUNGGU_PELAPOR: Status.DIPROSES},
    Step.JAWAB: dict.fromkeys(OPEN, Status.DIJAWAB),
    Step.TERUSKAN: dict.fromkeys(OPEN, Status.BUKAN_WEWENANG),
    Step.SELESAIKAN: {Status.DIJAWAB: Status.SELESAI},
    Step.BUKA_KEMBALI: dict.fromkeys((Status.DIJAWAB, Status.SELESAI), Status.DIBUKA_KEMBALI),
    Step.NILAI: _stays(Status.SELESAI),
    Step.TARIK: dict.fromkeys(OPEN, Status.DITARIK),
    Step.GABUNG: dict.fromkeys(OPEN, Status.DIGABUNG),
    Step.GABUNGKAN: _stays(*OPEN),
    Step.HITUNG_ULANG: _stays(*OPEN),
    Step.ALIHKAN: dict.fromkeys(WORKING, Status.DITERIMA) | _stays(Status.MENUNGGU_PELAPOR),
    Step.CATAT: _stays(*Status),
    Step.PESAN: _stays(Status.DIPROSES),
    Step.AKHIRI: {Status.DIPROSES: Status.SELESAI},
}
"""Every step that is allowed: from which state it leads to which. What is not here is refused."""

CITIZEN = "pelapor"
SYSTEM = "sistem"
"""Who took a step, where it was not an officer."""


class Verdict(StrEnum):
    """What became of a promise; frozen when its clock stopped."""

    TEPAT_WAKTU = "tepat waktu"
    TERLAMBAT = "terlambat"
    TANPA_INFORMASI_AWAL = "ditutup tanpa informasi awal"
    TIDAK_DINILAI = "tidak dinilai"
    """Withdrawn, merged or referred before its time was up."""


class Target(StrEnum):
    """What a clock runs towards."""

    INFORMASI_AWAL = "informasi awal"
    PENYELESAIAN = "penyelesaian"


@dataclass(frozen=True)
class Promises:
    """What the decree promises for one ticket, handed down as values.

    `unclassified` is the strictest, and runs until an officer has decided; `by_class` is what applies from then on.
    """

    unclassified: Promise
    by_class: Mapping[Class, Promise] = field(default_factory=dict)
    informasi_awal: Promise | None = None


@dataclass(frozen=True)
class Clock:
    """One promise running, or stopped and judged.

    Counted from `start`; `since` is when it became this ticket's (a later class counts from the first receipt).
    `due` is None while the citizen is waited for, and where the calendar ends before. `calendar` is the version
    that `due` was counted with. `worked` (working time) and `paused` are frozen with the verdict.
    """

    target: Target
    round: int
    promise: Promise
    start: datetime
    since: datetime
    due: datetime | None
    calendar: str
    cls: Class | None = None
    stopped: datetime | None = None
    verdict: Verdict | None = None
    worked: timedelta = timedelta()
    paused: timedelta = timedelta()
    replaced: bool = False
    """Stopped because the class was changed: another clock of the same round goes on."""

    @property
    def name(self) -> str:
        """What reminders are counted by: a changed class is warned of anew."""
        return self.target if self.target is Target.INFORMASI_AWAL else self.cls or "belum diklasifikasi"


@dataclass(frozen=True)
class Attachment:
    """A photo or document as it is kept: `path` is relative to the media folder, `size` in bytes."""

    name: str
    media_type: str
    size: int
    path: str


@dataclass(frozen=True)
class Entry:
    """One line of a ticket's history: who did what when, why, and what state it led to."""

    at: datetime
    by: str
    step: Step
    status: Status
    why: str = ""
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True)
class Note:
    """What the citizen adds to a ticket later."""

    text: str
    received: datetime
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True)
class Ticket:
    """A ticket with all that happened to it; steps (`tickets.steps`) give a new one.

    `received` is the provider's time of the citizen's message, `arrived` ours; `counted_from` differs from
    `received` only where an earlier complaint was merged into this one. `sender` is None where nothing of the
    citizen is kept. `version` is that of the stored row: a ticket changed meanwhile is not overwritten.
    """

    number: str
    kind: Kind
    channel: str
    sender: str | None
    agency: str | None
    service: str | None
    text: str
    received: datetime
    arrived: datetime
    unit: str | None = None
    identity: Identity = Identity.TERBUKA
    contact: str = ""
    about_staff: bool = False
    """It tells of the office's own people: their superior decides who handles it."""
    suggested: Class | None = None
    status: Status = Status.DITERIMA
    cls: Class | None = None
    officer: str | None = None
    promises: Promises | None = None
    counted_from: datetime | None = None
    answer: str = ""
    rating: int | None = None
    merged_into: str | None = None
    history: tuple[Entry, ...] = ()
    clocks: tuple[Clock, ...] = ()
    notes: tuple[Note, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    version: int = 0

    @property
    def round(self) -> int:
        """1, and one more each time it was opened again."""
        return 1 + sum(entry.step is Step.BUKA_KEMBALI for entry in self.history)

    @property
    def since(self) -> datetime:
        """Since when it is in its present state."""
        at = self.received
        for before, entry in zip((None, *self.history), self.history, strict=False):
            if before is None or before.status is not entry.status:
                at = entry.at
        return at

    @property
    def talking(self) -> bool:
        """An officer has taken the chat over: the bot is silent in it."""
        return self.kind is Kind.PETUGAS and self.status is Status.DIPROSES

    def running(self, target: Target) -> Clock | None:
        """The clock towards `target` that has not stopped."""
        return next((c for c in self.clocks if c.target is target and c.stopped is None), None)

    @property
    def due(self) -> datetime | None:
        """When it should be settled; None where nothing runs."""
        clock = self.running(Target.PENYELESAIAN)
        return clock.due if clock else None
