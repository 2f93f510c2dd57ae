# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""A message becomes a decision: this card, which of these services, nothing of ours, or another intent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import TypeVar

import numpy as np

from index.compose import ANSWER, FALLBACK, NONE
from index.dense import CardIndex
from index.embed import Encoder
from index.heads import Floats, Head, Heads
from index.lexical import Names, Speller
from index.words import tokens
from knowledge.model import AgencyId, Component, ServiceId

K = TypeVar("K")


@dataclass(frozen=True)
class Thresholds:
    """Every number that a decision hangs on; chosen on held-out phrases by right − 3 × wrong (ADR 0002)."""

    intent: float = 0.5
    """Least probability of an intent other than a question; below it the message is read as a question."""
    offered: float = 0.3
    """Least share of the needs' probability that the offices in scope must offer."""
    card: float = 0.6
    """Least probability of the best service, or of all rivals together when it is asked which."""
    rival: float = 0.5
    """A service at least this likely as the best one is a rival: ask which."""
    named: float = 0.5
    """Least probability that a message names a need, a component or a unit at all."""
    names: float = 3.0
    """Weight of string likeness to a service's names, in nats at full likeness."""
    likeness: float = 0.8
    """Likeness from which a name counts at all: half a name is no name."""
    kin: float = 3.0
    """Weight, in nats, of staying with the topic's need or its twins when no component is asked ("yang kabupaten?")."""
    picked: float = 0.6
    """Least probability of one of the services offered to be what a short reply means."""
    retrieved: int = 200
    """Cards fetched from FAISS before ranking."""
    asked: int = 10
    """Most services offered in one "which one?"."""


class Kind(Enum):
    CARD = "card"
    WHICH = "which"
    NOTHING = "nothing"
    INTENT = "intent"


@dataclass(frozen=True)
class Topic:
    """What a conversation is about: the service and component of the last card or question."""

    service: ServiceId | None
    component: Component | None


@dataclass(frozen=True)
class Entry:
    """One service as the index knows it: its agency, what need it meets, and its unit's field of work."""

    service: ServiceId
    agency: AgencyId
    need: str
    field: str


@dataclass(frozen=True)
class Reading:
    """What was understood of one message: probabilities per head, and the agencies it names."""

    words: tuple[str, ...]
    hidden: Floats
    intents: Mapping[str, float]
    needs: Mapping[str, float]
    components: Mapping[str, float]
    units: Mapping[str, float]
    agencies: frozenset[AgencyId]

    @property
    def intent(self) -> str:
        return max(self.intents, key=self.intents.__getitem__)

    @property
    def component(self) -> Component | None:
        """The component asked for, None where none is."""
        best = max(self.components, key=self.components.__getitem__)
        return None if best == NONE else Component(best)


@dataclass(frozen=True)
class Decision:
    """`services` holds the card's one, or the rivals best first, or those of another office that offer it."""

    kind: Kind
    intent: str
    component: Component | None = None
    services: tuple[ServiceId, ...] = ()
    score: float = 0.0


class Search:
    """Everything read-only that understanding needs; safe to share between threads."""

    def __init__(
        self,
        entries: Sequence[Entry],
        encoder: Encoder,
        heads: Heads,
        cards: CardIndex,
        names: Names,
        speller: Speller,
        slang: Mapping[str, str],
        places: Mapping[str, AgencyId],
        twins: Sequence[frozenset[str]],
        same_card: Callable[[Sequence[ServiceId], Component], bool],
        thresholds: Thresholds = Thresholds(),
    ) -> None:
        self._entries = entries
        self._encoder = encoder
        self._heads = heads
        self._cards = cards
        self._names = names
        self._speller = speller
        self._slang = slang
        self._places = places
        self._twins = twins
        self._same_card = same_card
        self._limits = thresholds
        self._by_service = {entry.service: entry for entry in entries}
        self.read = lru_cache(maxsize=256)(self._read)

    def _read(self, text: str) -> Reading:
        """Encode `text` and read every head off it; remembered for the rules that ask again."""
        words = [self._speller.correct(word) for word in tokens(text, self._slang)]
        hidden = self._encoder.encode([words])[0]
        probabilities = {name: _probabilities(head, hidden) for name, head in self._heads.items()}
        return Reading(
            tuple(words),
            hidden,
            probabilities["intent"],
            probabilities["need"],
            probabilities["component"],
            probabilities["unit"],
            self._agencies_named(words),
        )

    def _agencies_named(self, words: Sequence[str]) -> frozenset[AgencyId]:
        """Agencies by the longest names that occur: "landak kalbar" is Landak, for the name of a place holds it."""
        text = f" {' '.join(words)} "
        return frozenset(agency for name, agency in self._places.items() if f" {name} " in text)

    def intent(self, text: str) -> str:
        """The intent that stands out, a question where none does."""
        reading = self.read(text)
        return reading.intent if reading.intents[reading.intent] >= self._limits.intent else ANSWER

    def component(self, text: str) -> Component | None:
        return self.read(text).component

    def pick(self, text: str, offered: Sequence[ServiceId]) -> ServiceId | None:
        """Which of the services offered `text` means ("yang provinsi"); None where it says nothing of that."""
        reading = self.read(text)
        entries = [self._by_service[service] for service in offered]
        named_by = self._named_by(reading.words)
        scores = {
            e.service: float(named_by[self._entries.index(e)])
            + np.log(reading.needs.get(e.need, 0) + 1e-6)
            + np.log(reading.units.get(e.field, 0) + 1e-6)
            + 10.0 * (e.agency in reading.agencies)
            for e in entries
        }
        named = 1 - reading.needs[NONE] >= self._limits.named
        if named and not any(e.need == max(reading.needs, key=reading.needs.__getitem__) for e in entries):
            return None  # a changed mind
        ranked = _normalised(scores)
        best = max(ranked, key=ranked.__getitem__)
        return best if ranked[best] >= self._limits.picked else None

    # Deciding

    def decide(self, text: str, agencies: Sequence[AgencyId], before: Topic | None) -> Decision:
        """What to do with `text`, written to `agencies`, after `before`."""
        reading = self.read(text)
        if reading.intent != ANSWER and reading.intents[reading.intent] >= self._limits.intent:
            return Decision(Kind.INTENT, reading.intent, score=reading.intents[reading.intent])
        scope = self._scope(agencies, reading)
        if reading.component is Component.KANTOR:
            return self._office(scope, reading.components[Component.KANTOR])
        if 1 - reading.needs[NONE] >= self._limits.named:
            return self._named(reading, scope, before)
        return self._implied(reading, scope, before)

    def _scope(self, agencies: Sequence[AgencyId], reading: Reading) -> frozenset[AgencyId]:
        return reading.agencies & set(agencies) or frozenset(agencies)

    def _office(self, scope: frozenset[AgencyId], score: float) -> Decision:
        """The card of the one office in scope; an office's own card goes by the agency's id."""
        offices = tuple(ServiceId(agency) for agency in sorted(scope))
        kind = Kind.CARD if len(offices) == 1 else Kind.WHICH
        return Decision(kind, ANSWER, Component.KANTOR, offices, score)

    def _named(self, reading: Reading, scope: frozenset[AgencyId], before: Topic | None) -> Decision:
        """The message names a need: rank the services of the offices in scope that meet it."""
        asked_before = before.component if before and before.component is not Component.KANTOR else None
        component = reading.component or asked_before or Component.RINGKASAN
        offered = {entry.need for entry in self._entries if entry.agency in scope}
        named = 1 - reading.needs[NONE]
        share = sum(p for need, p in reading.needs.items() if need in offered) / named
        called = any(self._entries[row].agency in scope for row in self._names.called(reading.words))
        if share < self._limits.offered and not called:
            best = max((need for need in reading.needs if need != NONE), key=reading.needs.__getitem__)
            elsewhere = tuple(e.service for e in self._entries if e.need == best and e.agency not in scope)
            return Decision(Kind.NOTHING, FALLBACK, component, elsewhere, reading.needs[best])
        kin = self._kin(before) if reading.component is None else frozenset()
        return self._choose(self._ranked(reading, scope, kin), component)

    def _implied(self, reading: Reading, scope: frozenset[AgencyId], before: Topic | None) -> Decision:
        """The message names no need: go on with the topic, elsewhere if it names another unit or office."""
        entry = self._by_service.get(before.service) if before and before.service else None
        elsewhere = reading.agencies or 1 - reading.units[NONE] >= self._limits.named
        component = reading.component or (before and before.component)
        if component is Component.KANTOR and not entry:
            return self._office(scope, 1.0)
        if entry and elsewhere:
            kin = [e for e in self._entries if e.need == entry.need and e.agency in scope]
            ranked = self._by_unit(reading, kin)
            if ranked and component:
                return self._choose(ranked, component)
        if entry and component and reading.component:
            return Decision(Kind.CARD, ANSWER, component, (entry.service,), reading.components[component])
        if component and not entry:
            here = [e for e in self._entries if e.agency in scope]
            return (
                self._choose(self._by_unit(reading, here), component)
                if elsewhere
                else Decision(Kind.WHICH, ANSWER, component)
            )
        return Decision(Kind.NOTHING, FALLBACK)

    def _kin(self, before: Topic | None) -> frozenset[str]:
        """The need of the topic's service and those that share names with it."""
        if not before or not before.service:
            return frozenset()
        need = self._by_service[before.service].need
        return frozenset({need}).union(*(twins for twins in self._twins if need in twins))

    def _ranked(self, reading: Reading, scope: frozenset[AgencyId], kin: frozenset[str]) -> dict[ServiceId, float]:
        """Probabilities of the services in scope that FAISS fetched, names and kin counted in; they sum to 1."""
        query = self.query(reading)
        scores: dict[int, float] = {}
        for rows in self._rows(scope):
            found, products = self._cards.search(query, self._limits.retrieved, rows)
            for row, product in zip(found // len(ASKABLE), products, strict=True):
                scores.setdefault(int(row), float(product))
        named = self._named_by(reading.words)
        return _normalised(
            {
                self._entries[row].service: score
                + float(named[row])
                + self._limits.kin * (self._entries[row].need in kin)
                for row, score in scores.items()
            }
        )

    def _named_by(self, words: Sequence[str]) -> Floats:
        """Nats for each entry whose name stands in the message, shape (entries,)."""
        over = self._names.likeness(" ".join(words)) - self._limits.likeness
        return np.asarray(self._limits.names * np.clip(over / (1 - self._limits.likeness), 0, 1), dtype=np.float32)

    def _rows(self, scope: frozenset[AgencyId]) -> list[range]:
        """The row ranges of the agencies in scope: entries are ordered by agency."""
        ranges = []
        for agency in sorted(scope):
            numbers = [number for number, entry in enumerate(self._entries) if entry.agency == agency]
            ranges.append(range(numbers[0] * len(ASKABLE), (numbers[-1] + 1) * len(ASKABLE)))
        return ranges

    def query(self, reading: Reading) -> Floats:
        """The three blocks of a card's vector asked for, unit and component only as far as they are named."""
        hidden = np.append(reading.hidden, np.float32(1))
        return np.concatenate(
            [hidden, hidden * np.float32(1 - reading.units[NONE]), hidden * np.float32(1 - reading.components[NONE])]
        )

    def _by_unit(self, reading: Reading, entries: Sequence[Entry]) -> dict[ServiceId, float]:
        units = {e.service: np.log(reading.units.get(e.field, 0) + 1e-6) for e in entries}
        return (
            _normalised(units)
            if 1 - reading.units[NONE] >= self._limits.named
            else _normalised(dict.fromkeys(units, 0.0))
        )

    def _choose(self, ranked: Mapping[ServiceId, float], component: Component) -> Decision:
        """The best service if it has no rival or says the same as its rivals; else ask which."""
        order = sorted(ranked, key=lambda service: -ranked[service])
        best = ranked[order[0]]
        rivals = tuple(s for s in order if ranked[s] >= best * self._limits.rival)
        mass = sum(ranked[s] for s in rivals)
        if mass < self._limits.card:
            return Decision(Kind.NOTHING, FALLBACK, component, score=mass)
        if len(rivals) == 1 or self._same_card(rivals, component):
            return Decision(Kind.CARD, ANSWER, component, rivals[:1], mass)
        return Decision(Kind.WHICH, ANSWER, component, rivals[: self._limits.asked], mass)


ASKABLE: tuple[Component, ...] = tuple(Component)[:15]
"""The components that a service has a card for, in the order of its rows in the index."""


def card_vectors(entries: Sequence[Entry], heads: Heads) -> Floats:
    """One row a card, entries × ASKABLE: the vectors of its need, its unit's field and its component side by side."""
    need, unit, component = heads["need"], heads["unit"], heads["component"]
    return np.stack(
        [
            np.concatenate([need.vector(entry.need), unit.vector(entry.field), component.vector(asked)])
            for entry in entries
            for asked in ASKABLE
        ]
    )


def _probabilities(head: Head, hidden: Floats) -> dict[str, float]:
    return _normalised(dict(zip(head.classes, map(float, head.logits(hidden)), strict=True)))


def _normalised(logits: Mapping[K, float]) -> dict[K, float]:
    """Softmax over the values."""
    values = np.array(list(logits.values()))
    powers = np.exp(values - values.max())
    return dict(zip(logits, (powers / powers.sum()).tolist(), strict=True))
