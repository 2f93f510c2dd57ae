# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""A message becomes a decision: this card, which of these services, nothing of ours, or another intent."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from copy import copy
from dataclasses import replace
from functools import lru_cache
from itertools import islice
from typing import TypeVar

import numpy as np

from index.compose import ANSWER, COMPLAINT, FALLBACK, NONE
from index.decision import ASKABLE, Decision, Entry, Explanation, Kind, Reading, Taught, Thresholds, Topic
from index.dense import CardIndex
from index.embed import Encoder
from index.heads import Floats, Head, Heads, parts
from index.lexical import Names, Speller
from index.words import tokens
from knowledge.model import AgencyId, Component, ServiceId

K = TypeVar("K")

JOINT = re.compile(r"[?!.;\n]+\s*|,?\s+(?:dan|sama|serta|terus|trs|lalu|juga|sekalian|plus|&)\s+", re.IGNORECASE)
"""Where one question may end and another begin."""

LIMITS = Thresholds()
SURE = 0.999
TAUGHT = 20.0
"""Nats by which the services of a taught message's need lead all others: no model outvotes an officer."""


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
        wide: frozenset[str],
        same_card: Callable[[Sequence[ServiceId], Component], bool],
        taught: Mapping[str, Taught],
        polite: frozenset[tuple[str, ...]],
        thresholds: Thresholds = LIMITS,
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
        self._wides = wide
        self._same_card = same_card
        self._taught = taught
        self._polite = polite
        self._limits = thresholds
        self._by_service = {entry.service: entry for entry in entries}
        self._numbers = {entry.service: number for number, entry in enumerate(entries)}
        self.read = lru_cache(maxsize=256)(self._read)

    def taught(self, taught: Mapping[str, Taught], speller: Speller) -> Search:
        """The same search, knowing other whole messages and their words; the two share all that is large."""
        other = copy(self)
        other._taught, other._speller = taught, speller
        other.read = lru_cache(maxsize=256)(other._read)
        return other

    def _read(self, text: str) -> Reading:
        """Encode `text` and read every head off it; remembered for the rules that ask again."""
        words = [self._speller.correct(word) for word in tokens(text, self._slang)]
        read = parts(self._encoder.encode([words])[0])
        probabilities = {name: _probabilities(head, read[name]) for name, head in self._heads.items()}
        taught = self._taught.get(gist(words, self._polite))
        if taught:
            for head, name in (("intent", taught.intent), ("need", taught.need), ("component", taught.component)):
                probabilities[head] = _surely(probabilities[head], name)
        return Reading(
            tuple(words),
            read,
            probabilities["intent"],
            probabilities["need"],
            probabilities["component"],
            probabilities["unit"],
            self._agencies_named(words),
            taught.need if taught else NONE,
        )

    def _agencies_named(self, words: Sequence[str]) -> frozenset[AgencyId]:
        """Agencies by the longest names that occur: "landak kalbar" is Landak, for the name of a place holds it."""
        text = f" {' '.join(words)} "
        return frozenset(agency for name, agency in self._places.items() if f" {name} " in text)

    def intent(self, text: str) -> str:
        """The intent that stands out, a question where none does; a number alone wants nothing of its own."""
        reading = self.read(text)
        return self._intent(reading) if any(word.isalpha() for word in reading.words) else ANSWER

    def _intent(self, reading: Reading) -> str:
        """The likeliest intent if it is likely enough; who tells of trouble and asks for nothing complains.

        Words of which none is known are no question: what resembles them is chance.
        """
        if not any(map(self._speller.knows, reading.words)):
            return FALLBACK
        best = reading.intent if reading.intents[reading.intent] >= self._limits.intent else ANSWER
        if best == FALLBACK and self._asks_alone(reading):
            return ANSWER
        asked = reading.component
        asks = asked not in (None, Component.RINGKASAN) and reading.components[asked] >= self._limits.asked_for
        return COMPLAINT if best == ANSWER and not asks and reading.intents[COMPLAINT] >= self._limits.told else best

    def _asks_alone(self, reading: Reading) -> bool:
        """Whether a few words ask for a component and name no need: the rest was said before, or will be asked."""
        asked = reading.component
        certain = asked in ASKABLE and reading.components[asked] >= self._limits.certain
        alone = reading.needs[reading.need] < self._limits.named
        return certain and alone and len(reading.words) <= self._limits.few

    def component(self, text: str) -> Component | None:
        return self.read(text).component

    def field(self, text: str) -> str | None:
        """The field of work whose unit `text` names, None where it names none."""
        units = self.read(text).units
        best = max(units, key=units.__getitem__)
        return None if best == NONE or units[best] < self._limits.named else best

    def about(self, text: str, agencies: Sequence[AgencyId]) -> ServiceId | None:
        """The one service that `text` tells of, whatever it wants; None where that is not sure.

        Who names a unit tells of the unit, whatever is near to it.
        """
        reading = self.read(text)
        scope = self._scope(agencies, reading)
        here = {entry.need for entry in self._entries if entry.agency in scope}
        sure = max((p for need, p in reading.needs.items() if need in here), default=0.0)
        rest = sum(p for need, p in reading.needs.items() if need in here or need == NONE)
        if sure < self._limits.told_of * rest or reading.units[NONE] < self._limits.named:
            return None
        decision = self._named(reading, scope, None)
        return decision.services[0] if decision.kind is Kind.CARD else None

    def pick(self, text: str, offered: Sequence[ServiceId]) -> ServiceId | None:
        """Which of the services offered `text` means ("yang provinsi"); None where it says nothing of that."""
        reading = self.read(text)
        entries = [self._by_service[service] for service in offered]
        told = self._told(reading.words, entries)
        named = self._is_named(reading.needs)
        if not (named or any(told.values()) or reading.agencies or self._is_named(reading.units)):
            return None  # nothing is said of any of them
        if named and not any(e.need == max(reading.needs, key=reading.needs.__getitem__) for e in entries):
            return None  # a changed mind
        named_by = self._named_by(reading.words)
        scores = {
            e.service: float(named_by[self._numbers[e.service]])
            + self._limits.names * told[e.service]
            + np.log(reading.needs.get(e.need, 0) + 1e-6)
            + np.log(reading.units.get(e.field, 0) + 1e-6)
            + 10.0 * (e.agency in reading.agencies)
            for e in entries
        }
        ranked = _normalised(scores)
        best = max(ranked, key=ranked.__getitem__)
        return best if ranked[best] >= self._limits.picked else None

    def _told(self, words: Sequence[str], entries: Sequence[Entry]) -> dict[ServiceId, int]:
        """How many words of the message stand in each service's names and not in those of all of them."""
        names = {e.service: self._names.words[self._numbers[e.service]] for e in entries}
        common = frozenset.intersection(*names.values()) if names else frozenset()
        return {service: len((known - common) & set(words)) for service, known in names.items()}

    # Deciding

    def decide(self, text: str, agencies: Sequence[AgencyId], before: Topic | None) -> Decision:
        """What to do with `text`, written to `agencies`, after `before`; of two questions in it, the first."""
        reading = self.read(text)
        decision = self._decide(reading, agencies, before)
        if decision.kind is Kind.INTENT or decision.component is Component.KANTOR:
            return decision
        if halves := self._first_of_two(decision, text, agencies, before):
            return halves
        if decision.kind is Kind.CARD and (other := self._also_asked(reading, decision.component)):
            return replace(decision, second=(decision.services[0], other), why=f"dua pertanyaan; {decision.why}")
        return decision

    def _decide(self, reading: Reading, agencies: Sequence[AgencyId], before: Topic | None) -> Decision:
        if (intent := self._intent(reading)) != ANSWER:
            why = "bukan pertanyaan tentang layanan"
            return Decision(Kind.INTENT, intent, score=reading.intents[intent], why=why)
        scope = self._scope(agencies, reading)
        if reading.component is Component.KANTOR:
            return self._office(scope, reading.components[Component.KANTOR])
        if other := self._other_twin(reading, before, scope):
            component = before.component if before else None
            return Decision(Kind.CARD, ANSWER, component, (other,), 1.0, why="yang serupa dari layanan tadi")
        if self._names_a_need(reading, before):
            return self._named(reading, scope, before)
        return self._implied(reading, scope, before)

    def _names_a_need(self, reading: Reading, before: Topic | None) -> bool:
        """Whether a need is named, and clearly so where a component alone would go on with the topic."""
        if not (before and before.service and reading.component and self._is_named(reading.needs)):
            return self._is_named(reading.needs)
        return reading.needs[reading.need] >= self._limits.spread * (1 - reading.needs[NONE])

    def _is_named(self, probabilities: Mapping[str, float]) -> bool:
        """Whether a message names any of these needs, or units, at all."""
        return 1 - probabilities[NONE] >= self._limits.named

    def _also_asked(self, reading: Reading, asked: Component | None) -> Component | None:
        """The second component that a message is heard to ask for, None where it asks for one."""
        heard = [c for c in ASKABLE if reading.components[c] >= self._limits.also and c is not Component.RINGKASAN]
        return next((c for c in heard if c is not asked), None) if asked in heard else None

    def _first_of_two(
        self, whole: Decision, text: str, agencies: Sequence[AgencyId], before: Topic | None
    ) -> Decision | None:
        """The card for the first of two questions, with that for the other as `second`; None where no place parts them.

        Both halves must ask for something of their own that the whole is heard to ask for.
        """
        heard = self.read(text).components
        for joint in islice(JOINT.finditer(text), self._limits.joints):
            left, right = text[: joint.start()], text[joint.end() :]
            if " " not in left.strip() or (asking := self._clearly(self.read(left))) is None:
                continue
            other_asking = self._clearly(self.read(right))
            if other_asking is None or asking is other_asking:
                continue
            if min(heard[asking], heard[other_asking]) < self._limits.heard:
                continue
            first = self._decide(self.read(left), agencies, before)
            if first.kind is not Kind.CARD:
                if whole.kind is not Kind.CARD:
                    return (
                        replace(whole, component=asking, why=f"dua pertanyaan; {whole.why}") if whole.services else None
                    )
                first = replace(whole, component=asking)
            other = self._decide(self.read(right), agencies, Topic(first.services[0], asking))
            if other.kind is Kind.CARD:
                second = (other.services[0], other_asking)
                return replace(first, component=asking, second=second, why=f"dua pertanyaan; {first.why}")
        return None

    def _clearly(self, half: Reading) -> Component | None:
        asked = half.component
        clear = asked in ASKABLE and asked is not Component.RINGKASAN and half.components[asked] >= self._limits.clear
        return asked if clear else None

    def explain(self, text: str, agencies: Sequence[AgencyId], before: Topic | None) -> Explanation:
        """What `decide` decides and why: for staff who try answers, and for those who mend them."""
        reading = self.read(text)
        scope = self._scope(agencies, reading)
        return Explanation(
            self.decide(text, agencies, before),
            reading.words,
            reading.agencies,
            _likeliest(reading.intents),
            _likeliest(reading.needs),
            _likeliest(reading.components),
            _likeliest(reading.units),
            _likeliest(self._ranked(reading, scope, frozenset())) if scope else (),
        )

    def _scope(self, agencies: Sequence[AgencyId], reading: Reading) -> frozenset[AgencyId]:
        return reading.agencies & set(agencies) or frozenset(agencies)

    def _office(self, scope: frozenset[AgencyId], score: float) -> Decision:
        """The card of the one office in scope; an office's own card goes by the agency's id."""
        offices = tuple(ServiceId(agency) for agency in sorted(scope))
        kind = Kind.CARD if len(offices) == 1 else Kind.WHICH
        return Decision(kind, ANSWER, Component.KANTOR, offices, score, why="bertanya tentang kantornya")

    def _named(self, reading: Reading, scope: frozenset[AgencyId], before: Topic | None) -> Decision:
        """The message names a need: rank the services of the offices in scope that meet it."""
        asked_before = before.component if before and before.component is not Component.KANTOR else None
        component = reading.component or asked_before or Component.RINGKASAN
        offered = {entry.need for entry in self._entries if entry.agency in scope}
        named = 1 - reading.needs[NONE]
        share = sum(p for need, p in reading.needs.items() if need in offered) / named
        called = any(self._entries[row].agency in scope for row in self._names.called(reading.words))
        best = reading.need
        twin = any(
            reading.needs[need] >= self._limits.twin * reading.needs[best] for need in self._twins_of(best) & offered
        )
        if share < self._limits.offered and not called and not twin:
            topical = before and before.service and reading.component
            if topical and reading.needs[best] < self._limits.surely * named:
                return self._implied(reading, scope, before)
            if wide := self._wide(best, scope):
                return self._wider(reading, wide, component, before)
            elsewhere = tuple(e.service for e in self._entries if e.need == best and e.agency not in scope)
            why = f"yang dimaksud tampaknya {best}, dan kantor ini tidak melayaninya"
            return Decision(Kind.NOTHING, FALLBACK, component, elsewhere, reading.needs[best], why=why)
        kin = self._kin(before) if reading.component is None else frozenset()
        return self._choose(self._ranked(reading, scope, kin), component)

    def _wide(self, need: str, scope: frozenset[AgencyId]) -> list[Entry]:
        """The consultation, data and the like that the unit of a field offers where the need itself has no service."""
        fields = {entry.field for entry in self._entries if entry.need == need}
        return [e for e in self._entries if e.agency in scope and e.need in self._wides and e.field in fields]

    def _wider(self, reading: Reading, wide: Sequence[Entry], component: Component, before: Topic | None) -> Decision:
        """Which of the `wide` services is meant: the topic's, or the one that the message names besides."""
        if before and reading.component and any(e.service == before.service for e in wide):
            return self._implied(reading, frozenset({e.agency for e in wide}), before)
        told = self._told(reading.words, wide)
        shares = {e.service: reading.needs.get(e.need, 0.0) + (told[e.service] > 0) for e in wide}
        order = sorted(shares, key=lambda service: -shares[service])
        score = sum(shares.values())
        if shares[order[0]] >= self._limits.wide and shares[order[0]] >= self._limits.card * score:
            why = "dibahas di unit itu"
            return Decision(Kind.CARD, ANSWER, component, tuple(order[:1]), min(score, 1), tuple(order[1:]), why=why)
        why = "tidak ada layanan itu di sini; unitnya dapat ditanya"
        return Decision(Kind.WHICH, ANSWER, component, tuple(order[: self._limits.asked]), min(score, 1), why=why)

    def _implied(self, reading: Reading, scope: frozenset[AgencyId], before: Topic | None) -> Decision:
        """The message names no need: go on with the topic, elsewhere if it names another unit or office."""
        entry = self._by_service.get(before.service) if before and before.service else None
        elsewhere = reading.agencies or self._is_named(reading.units)
        component = reading.component or (before and before.component)
        if component is Component.KANTOR and not entry:
            return self._office(scope, 1.0)
        if entry and elsewhere:
            kin = [e for e in self._entries if e.need == entry.need and e.agency in scope]
            if kin and component:
                return self._choose(self._by_unit(reading, kin), component)
        if entry and component and reading.component:
            score = reading.components[component]
            return Decision(Kind.CARD, ANSWER, component, (entry.service,), score, why="melanjutkan layanan tadi")
        if component and not entry:
            here = [e for e in self._entries if e.agency in scope]
            return (
                self._choose(self._by_unit(reading, here), component)
                if elsewhere
                else Decision(Kind.WHICH, ANSWER, component, why="komponennya disebut, layanannya tidak")
            )
        return Decision(Kind.NOTHING, FALLBACK, why="tidak ada layanan atau komponen yang dikenali")

    def _other_twin(self, reading: Reading, before: Topic | None, scope: frozenset[AgencyId]) -> ServiceId | None:
        """The twin of the topic's service that a short message tells apart by a word of its name, and asks nothing."""
        entry = self._by_service.get(before.service) if before and before.service else None
        if (
            not entry
            or reading.component
            or len(reading.words) > self._limits.short
            or self._names.called(reading.words)
        ):
            return None
        needs = self._twins_of(entry.need)
        kin = [entry, *(e for e in self._entries if e.need in needs and e.agency in scope & {entry.agency})]
        told = self._told(reading.words, kin)
        best = max(told, key=told.__getitem__)
        alone = sum(count == told[best] for count in told.values()) == 1
        return best if alone and told[best] and best != entry.service else None

    def _kin(self, before: Topic | None) -> frozenset[str]:
        """The need of the topic's service and those that share names with it."""
        if not before or not before.service:
            return frozenset()
        need = self._by_service[before.service].need
        return frozenset({need}) | self._twins_of(need)

    def _twins_of(self, need: str) -> frozenset[str]:
        """The needs that share names with `need`, without itself."""
        return frozenset().union(*(twins for twins in self._twins if need in twins)) - {need}

    def _ranked(self, reading: Reading, scope: frozenset[AgencyId], kin: frozenset[str]) -> dict[ServiceId, float]:
        """Probabilities of the services in scope that FAISS fetched, names and kin counted in; they sum to 1."""
        query = self.query(reading)
        scores: dict[int, float] = {}
        for rows in self._rows(scope):
            found, products = self._cards.search(query, self._limits.retrieved, rows)
            for row, product in zip(found // len(ASKABLE), products, strict=True):
                scores.setdefault(int(row), float(product))
        taught = {row for row, e in enumerate(self._entries) if e.need == reading.taught and e.agency in scope}
        scores |= {row: max(scores.values(), default=0.0) + TAUGHT for row in taught}
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
        need, unit, component = (
            np.append(reading.parts[name], np.float32(1)) for name in ("need", "unit", "component")
        )
        named = np.float32(max(0.0, 1 - 2 * reading.units[NONE]))
        asked = np.float32(1 - reading.components[NONE])
        return np.concatenate([need, unit * named, component * asked])

    def _by_unit(self, reading: Reading, entries: Sequence[Entry]) -> dict[ServiceId, float]:
        units = {e.service: np.log(reading.units.get(e.field, 0) + 1e-6) for e in entries}
        return _normalised(units if self._is_named(reading.units) else dict.fromkeys(units, 0.0))

    def _choose(self, ranked: Mapping[ServiceId, float], component: Component) -> Decision:
        """The best service if it has no rival or says the same as its rivals; else ask which."""
        order = sorted(ranked, key=lambda service: -ranked[service])
        best = ranked[order[0]]
        twins = self._twins_of(self._by_service[order[0]].need)
        rivals = tuple(
            s
            for s in order
            if ranked[s] >= best * (self._limits.twin if self._by_service[s].need in twins else self._limits.rival)
        )
        mass = sum(ranked[s] for s in rivals)
        others = tuple(order[len(rivals) : len(rivals) + self._limits.others])
        if mass < self._limits.card:
            why = f"layanan terbaik hanya {mass:.0%}, ambangnya {self._limits.card:.0%}"
            return Decision(Kind.NOTHING, FALLBACK, component, score=mass, others=tuple(order[:5]), why=why)
        if len(rivals) == 1:
            return Decision(Kind.CARD, ANSWER, component, rivals, mass, others, why="satu layanan jauh di depan")
        if self._same_card(rivals, component):
            why = f"{len(rivals)} layanan sama kuat, isi kartunya sama"
            return Decision(Kind.CARD, ANSWER, component, rivals[:1], mass, others, why=why)
        why = f"{len(rivals)} layanan sama kuat"
        return Decision(Kind.WHICH, ANSWER, component, rivals[: self._limits.asked], mass, others, why=why)


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


def _likeliest(probabilities: Mapping[K, float], most: int = 5) -> tuple[tuple[K, float], ...]:
    ranked = sorted(probabilities.items(), key=lambda pair: -pair[1])
    return tuple(ranked[:most])


def gist(words: Sequence[str], polite: Collection[tuple[str, ...]]) -> str:
    """The words that a message is known again by, in any order, without what is `polite` before and after them."""
    rest = _unopened(words, polite)
    rest = _unopened(rest[::-1], {phrase[::-1] for phrase in polite})
    return " ".join(sorted(rest))


def _unopened(words: Sequence[str], openings: Collection[tuple[str, ...]]) -> Sequence[str]:
    """`words` after all that they open with; something is always left."""
    longest = max(map(len, openings), default=0)
    size = longest
    while size:
        if len(words) > size and tuple(words[:size]) in openings:
            words, size = words[size:], longest
        else:
            size -= 1
    return words


def _surely(probabilities: Mapping[str, float], name: str) -> dict[str, float]:
    """`name` as good as certain, the others in their old proportions."""
    if name not in probabilities:
        return dict(probabilities)
    rest = 1 - probabilities[name] or 1.0
    return {key: SURE if key == name else p * (1 - SURE) / rest for key, p in probabilities.items()}


def _probabilities(head: Head, hidden: Floats) -> dict[str, float]:
    return _normalised(dict(zip(head.classes, map(float, head.logits(hidden)), strict=True)))


def _normalised(logits: Mapping[K, float]) -> dict[K, float]:
    """Softmax over the values."""
    values = np.array(list(logits.values()))
    powers = np.exp(values - values.max())
    return dict(zip(logits, (powers / powers.sum()).tolist(), strict=True))
