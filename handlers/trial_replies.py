# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""What staff read when they try answers in a private chat."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.messages import Choice, Outgoing, Turn
from handlers.replies import LABELS, said
from index.decision import ASKABLE, Explanation
from knowledge.cards import Line
from knowledge.model import ServiceId

PREFIX = "uji:"
RIGHT = Choice(f"{PREFIX}benar", "Benar")
WRONG = Choice(f"{PREFIX}salah", "Salah")
NONE = Choice(f"{PREFIX}tidak", "Seharusnya tidak dijawab")
MOST = 10

INTENTS = {
    "jawab": "pertanyaan tentang layanan",
    "complaint": "pengaduan",
    "handoff": "minta petugas",
    "status": "perkembangan pengaduan",
    "luar_layanan": "di luar layanan",
    "daftar": "minta daftar layanan",
    "bukan_itu": "jawaban tadi salah",
}
"""What intents are called among officers; others go by their own names."""


def intent(name: str) -> str:
    return INTENTS.get(name, name.replace("_", " "))


def switched(on: bool) -> Outgoing:
    if on:
        return said("Mode uji menyala: tulis pertanyaan seperti warga. Tidak ada yang dicatat. /uji lagi mematikannya.")
    return said("Mode uji mati.")


def understood(turn: Turn, why: Explanation, title: str, runners: Sequence[tuple[str, float]]) -> Outgoing:
    """Scores and runners-up, with the three verdicts to tap."""
    best, share = why.intents[0]
    lines = [Line("Hasil uji", bold=True), Line(f"Dibaca: {' '.join(why.words)}")]
    lines.append(Line(f"Maksud: {intent(best)} ({share:.0%})"))
    if title and turn.component:
        lines.append(Line(f"Kartu: {title}, {LABELS[turn.component]} ({turn.score:.0%})"))
    lines += [Line("Layanan terdekat:")] if runners else []
    lines += [Line(f"{name} ({p:.0%})", marker=f"{n}.", level=1) for n, (name, p) in enumerate(runners, 1)]
    return Outgoing(tuple(lines), (RIGHT, WRONG, NONE))


def which_card(services: Sequence[tuple[ServiceId, str]]) -> Outgoing:
    rows = [Choice(f"{PREFIX}layanan:{service}", name) for service, name in services][: MOST - 1]
    return said("Layanan mana yang benar? Bila tidak ada di sini, pilih di /meja.", choices=(*rows, NONE))


def which_part(service: str) -> Outgoing:
    rows = [Choice(f"{PREFIX}kartu:{service}:{component}", LABELS[component]) for component in ASKABLE][:MOST]
    return said("Bagian jawaban yang mana?", choices=rows)


def proposed() -> Outgoing:
    return said("Terima kasih. Usulan itu menunggu persetujuan di /meja, bagian Belum terjawab.")


def thanks() -> Outgoing:
    return said("Terima kasih. Yang diingat hanya kartu jawaban.")


def nothing_tried() -> Outgoing:
    return said("Tidak ada uji yang dinilai. Tulis /uji lalu pertanyaannya.")
