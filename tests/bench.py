# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""`make bench`: quality, time and memory of answering, beside BM25 and rapidfuzz over the same cards in one run."""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import bm25s
from rapidfuzz import fuzz, process, utils
from rich.console import Console
from rich.table import Table

from bot import batch
from bot.app import App, clock
from bot.config import Settings
from index import score
from index.decision import ASKABLE
from knowledge.cards import card
from knowledge.model import AgencyId, Component, ServiceId

QUESTIONS = Path("tests/questions/dev.jsonl")

Card = tuple[ServiceId, Component]
Answer = Callable[[str, AgencyId | None], Card | None]


class Cards:
    """All cards of one office, or of all, as texts to search."""

    def __init__(self, app: App, agency: AgencyId | None) -> None:
        self.cards = [(s.id, component) for s in app.catalogue.services(agency) for component in ASKABLE]
        self.texts = [self._text(app, *each) for each in self.cards]

    @staticmethod
    def _text(app: App, service: ServiceId, component: Component) -> str:
        shown = card(app.catalogue, service, component, clock().date())
        return " ".join([shown.title, shown.unit, shown.heading, *(line.text for line in shown.lines)])


def bm25(app: App) -> Answer:
    """The best card by BM25 over card texts, as bm25s ranks them out of the box."""
    cards = {agency: Cards(app, agency) for agency in (None, *app.catalogue.agencies)}
    indexes = {}
    for agency, each in cards.items():
        indexes[agency] = bm25s.BM25()
        indexes[agency].index(bm25s.tokenize(each.texts, stopwords=None, show_progress=False), show_progress=False)

    def answer(text: str, agency: AgencyId | None) -> Card | None:
        words = bm25s.tokenize([text], stopwords=None, show_progress=False, return_ids=False)
        found, _ = indexes[agency].retrieve(words, k=1, show_progress=False)
        return cards[agency].cards[int(found[0, 0])]

    return answer


def fuzzy(app: App) -> Answer:
    """The best card by rapidfuzz's token-set ratio to title, unit and heading."""
    cards = {agency: Cards(app, agency) for agency in (None, *app.catalogue.agencies)}
    shown = {
        agency: [f"{app.catalogue.service(s).title} {component}" for s, component in each.cards]
        for agency, each in cards.items()
    }

    def answer(text: str, agency: AgencyId | None) -> Card | None:
        best = process.extractOne(text, shown[agency], scorer=fuzz.token_set_ratio, processor=utils.default_process)
        return cards[agency].cards[best[2]] if best else None

    return answer


def ours(app: App) -> Answer:
    def answer(text: str, agency: AgencyId | None) -> Card | None:
        turn = batch.ask(app, batch.Question(id="x", agency=agency, turns=(text,)), clock())
        return (turn.service, turn.component) if turn.service and turn.component else None

    return answer


def measure(answer: Answer, items: Sequence[score.Labelled]) -> tuple[float, float, float, float]:
    """Right and wrong card in per cent of the items; p50 and p99 in milliseconds a question."""
    right = wrong = 0
    times = []
    answer("halo, syaratnya apa", AgencyId("melawi"))  # what only the first question costs is none's figure
    for item in items:
        start = time.perf_counter()
        got = answer(item.turns[0], AgencyId(item.agency) if item.agency else None)
        times.append(1000 * (time.perf_counter() - start))
        right += got is not None and got[0] in item.expect.services and got[1] == item.expect.component
        wrong += got is not None and got[0] not in item.expect.services
    share = 100 / len(items)
    return right * share, wrong * share, statistics.median(times), statistics.quantiles(times, n=100)[98]


def main() -> None:
    app = App(Settings.from_env({}))
    start = time.perf_counter()
    app.search.read("halo")
    ready = time.perf_counter() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    items = [score.Labelled.model_validate_json(line) for line in QUESTIONS.read_text("utf-8").splitlines()]
    single = [item for item in items if item.expect.intent == "answer" and len(item.turns) == 1]
    table = Table(
        "cara", "kartu benar %", "kartu salah %", "p50 ms", "p99 ms", title=f"{len(single)} pertanyaan satu pesan"
    )
    figures = {
        name: measure(make(app), single)
        for name, make in (("Tanya Layanan", ours), ("bm25s", bm25), ("rapidfuzz", fuzzy))
    }
    for name, (right, wrong, p50, p99) in figures.items():
        table.add_row(name, f"{right:.1f}", f"{wrong:.1f}", f"{p50:.2f}", f"{p99:.2f}")
    console = Console()
    console.print(table)
    ratio = figures["Tanya Layanan"][2] / figures["bm25s"][2]
    console.print(f"Waktu p50 dibanding bm25s: {ratio:.1f} kali. Siap menjawab: {ready:.1f} s, {memory:.0f} MB.")


if __name__ == "__main__":
    main()
