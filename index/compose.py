# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Phrases become labelled messages: who greets, what is needed, what is asked, at which unit, with which typos."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, islice
from random import Random
from typing import NamedTuple

from index.words import TOKEN
from knowledge.model import Component
from knowledge.phrasebook import Need, Phrasebook, Phrases, Twins

NONE = "-"
"""The class of a message that names no need, no component or no unit."""

ANSWER = "jawab"
COMPLAINT = "complaint"
FALLBACK = "luar_layanan"
LISTING = "daftar"
THINGS = "hal"
"""The group of FALLBACK that holds names of things and no whole messages."""
OPENERS = "ingin_mengadu"
"""The group of COMPLAINT that holds how people begin one, before they tell it."""
ENDINGS = "diabaikan"
"""The group of COMPLAINT that says that it was told before and nothing came of it: no question after a ticket."""
FRAMES = "bingkai"
"""The group of COMPLAINT that holds frames with slots and no whole messages."""
ELLIPSIS = "elipsis"
"""Asks for the same as before about something else ("kalau raperda?"): its component is NONE."""

DEMAND = {"persyaratan": 3.0, "prosedur": 3.0, "waktu": 3.0, "biaya": 2.5, "pengaduan": 2.0}
"""How much oftener than the other components these are asked; they are what people come to an office for."""

WITH_NEED = {COMPLAINT: 0.35, "status": 0.15, "handoff": 0.2}
"""Share of these intents' messages that name a service first: naming one does not make a question of it."""

VOWELS = str.maketrans("", "", "aiueo")
NEIGHBOURS = {
    "a": "s",
    "i": "u",
    "u": "y",
    "e": "r",
    "o": "p",
    "n": "m",
    "m": "n",
    "k": "l",
    "t": "r",
    "s": "d",
    "r": "t",
}
"""The key beside on a phone's keyboard, for the letters that Indonesian uses most."""


Labels = tuple[str, ...]
"""All that fit a message alike, of which the model stays undecided; none is "not to be learned from this message"."""


class Example(NamedTuple):
    """One message and its labels for each head."""

    text: str
    intent: Labels
    need: Labels = ()
    component: Labels = ()
    unit: Labels = ()


@dataclass(frozen=True)
class _Subject:
    """What a message is about: one need, or twins of which any may be meant, and the fields of their units."""

    needs: Labels
    entry: Need | Twins
    fields: tuple[str, ...]


def labels(book: Phrasebook) -> dict[str, list[str]]:
    """All that a message composed from `book` can be labelled with, by head."""
    known = {
        "intent": {ANSWER, *book.intents},
        "need": {NONE, *book.needs},
        "component": {NONE, *book.components} - {ELLIPSIS},
        "unit": {NONE, *book.units},
    }
    return {head: sorted(names) for head, names in known.items()}


class Composer:
    """An endless, seeded supply of examples from one phrasebook."""

    def __init__(self, book: Phrasebook, seed: int) -> None:
        self._book = book
        self._random = Random(seed)
        self._subjects = [
            _Subject((need,), entry, self._fields(need)) for need, entry in sorted(book.needs.items())
        ] + [
            _Subject(twins.kebutuhan, twins, tuple(f for need in twins.kebutuhan for f in self._fields(need)))
            for twins in book.twins
        ]
        self._frequency = list(accumulate(max(1, len(subject.fields)) ** 0.5 for subject in self._subjects))
        self._components = sorted(set(book.components) - {ELLIPSIS, Component.KANTOR})
        self._demand = list(accumulate(DEMAND.get(component, 1.0) for component in self._components))
        self._places = [name for place in book.agencies.values() for name in place.nama]
        self._names = self._names_of_fields()
        self._fields_called = {name: field for field, unit in book.units.items() for name in unit.nama if " " in name}
        longest_first = sorted(map(re.escape, self._fields_called), key=len, reverse=True)
        self._called = re.compile(rf"\b(?:{'|'.join(longest_first)})\b")
        self._units = sorted(book.units)
        self._others = {intent: groups for intent, groups in book.intents.items() if intent != LISTING}
        self._sizes = {
            intent: {kind: len(group) for kind, group in groups.items()} for intent, groups in self._others.items()
        }
        self._shares = {intent: sum(sizes.values()) ** 0.75 for intent, sizes in self._sizes.items()}
        self._lookalikes = [text for need in book.needs.values() for text in need.bukan]

    def examples(self) -> Iterator[Example]:
        weights: dict[Callable[[], Example], float] = {
            self._asked: 36,
            self._whole_question: 100,
            self._two_questions: 16,
            self._named: 10,
            self._component_alone: 12,
            self._ellipsis: 9,
            self._place_alone: 8,
            self._office: 4,
            self._listing: 3,
            self._other_intent: 90,
        }
        kinds, cumulative = list(weights), list(accumulate(weights.values()))
        while True:
            example = self._random.choices(kinds, cum_weights=cumulative)[0]()
            yield example._replace(text=self._misspelt(example.text))

    # Kinds of message

    def _asked(self) -> Example:
        subject, component = self._subject(), self._component()
        asking = self._book.components[component]
        if not asking.lepas or self._chance(0.5):
            text, unit = self._framed(subject, asking.bingkai)
        else:
            clause, unit = self._clause(subject)
            parts = [clause, self._one(asking.lepas)]
            text = self._joined(parts[::-1] if self._chance(0.2) else parts)
        return Example(self._surrounded(text), (ANSWER,), subject.needs, (component,), (unit,))

    def _whole_question(self) -> Example:
        subject = self._subject()
        if not isinstance(subject.entry, Need) or not subject.entry.pertanyaan:
            return self._asked()
        by_component = subject.entry.pertanyaan
        component = self._weighted({key: len(texts) ** 0.5 for key, texts in by_component.items()})
        text, unit = self._topical(subject, self._one(by_component[Component(component)]))
        told = self._unit_told(text)
        if told == (NONE,):
            text, unit = self._at_place(subject, text, unit)
            told = (unit,)
        return Example(self._surrounded(text, 0.3), (ANSWER,), subject.needs, (component,), told)

    def _two_questions(self) -> Example:
        subject, component, second = self._subject(), self._component(), self._component()
        other = self._book.components[second].lepas
        if component == second or Component.RINGKASAN in (component, second) or not other:
            return self._asked()
        frames, other_frames = (self._book.components[asked].bingkai for asked in (component, second))
        words, other_words = _words_before(frames), _words_before(other_frames)
        if words and other_words and self._chance(0.3):
            frame = f"{self._one(words)}{self._one(ANDS)}{self._one(other_words)} {{layanan}}"
            text, unit = self._framed(subject, (frame,))
        else:
            text, unit = self._framed(subject, frames)
            text = f"{text}{self._one(ANDS)}{self._one(other)}"
        return Example(self._surrounded(text, 0.3), (ANSWER,), subject.needs, (component, second), (unit,))

    def _named(self) -> Example:
        subject = self._subject()
        frames = self._book.components[Component.RINGKASAN].bingkai
        text, unit = self._framed(subject, frames) if self._chance(0.5) else self._clause(subject)
        return Example(self._surrounded(text), (ANSWER,), subject.needs, (Component.RINGKASAN,), (unit,))

    def _component_alone(self) -> Example:
        component = self._component()
        alone = self._book.components[component].lepas
        if component == Component.RINGKASAN or not alone:
            return self._ellipsis()
        text, unit = self._one(alone), NONE
        if self._chance(0.1):
            unit = self._any_unit()
            text = f"{text} {self._at(unit)}"
        return Example(self._surrounded(text, 0.3), (ANSWER,), (NONE,), (component,), (unit,))

    def _ellipsis(self) -> Example:
        subject = self._subject()
        text, unit = self._framed(subject, self._book.components[ELLIPSIS].bingkai)
        return Example(text, (ANSWER,), subject.needs, (NONE,), (unit,))

    def _place_alone(self) -> Example:
        """A unit, an office, or both, and nothing else: the rest was said before."""
        unit, place = NONE, self._random.choice(self._places)
        if self._chance(0.65):
            unit = self._any_unit()
            place = f"{self._one(self._book.units[unit].nama)} {place if self._chance(0.25) else ''}".strip()
        place = f"{self._one(AT)} {place}".strip()
        frame = self._one(_with("{layanan}", self._book.components[ELLIPSIS].bingkai))
        text = frame.format(layanan=place) if self._chance(0.75) else place
        return Example(text, (ANSWER,), (NONE,), (NONE,), (unit,))

    def _office(self) -> Example:
        """Where an office is and when it is open; that of a unit is asked for in the same words."""
        text, unit = self._one(self._book.components[Component.KANTOR].lepas), NONE
        if self._chance(0.25):
            unit = self._any_unit()
            text = f"{text} {self._at(unit)}"
        if self._chance(0.25):
            text = f"{text} {self._at_any_place()}"
        return Example(self._surrounded(text), (ANSWER,), (NONE,), (Component.KANTOR,), (unit,))

    def _listing(self) -> Example:
        """Wanting to see what there is, at the office or at a unit."""
        text, unit = self._one(self._book.intents[LISTING]["umum"]), NONE
        if self._chance(0.5):
            unit = self._any_unit()
            text = f"{text} {self._at(unit)}"
        return Example(self._surrounded(text, 0.3), (LISTING,), unit=(unit,))

    def _other_intent(self) -> Example:
        intent = self._weighted(self._shares)
        groups = self._others[intent]
        kind = self._weighted(self._sizes[intent])
        text = self._one(groups[kind])
        needs: Labels = ()
        unit: Labels = ()
        if intent == FALLBACK and self._lookalikes and self._chance(0.2):
            text = self._random.choice(self._lookalikes)
        elif intent == FALLBACK and self._chance(0.08):
            text = self._mashed()
        elif kind == THINGS and self._chance(0.8):
            text = self._foreign(text)
        elif kind == FRAMES:
            text, needs = self._complained(text)
        elif self._chance(WITH_NEED.get(intent, 0)):
            subject = self._subject()
            text, needs = self._joined([self._clause(subject)[0], text]), subject.needs
        if intent == COMPLAINT and self._chance(0.2):
            text = self._joined([self._one(groups[OPENERS]), text])
        if intent == COMPLAINT and self._chance(0.1):
            text = self._joined([text, self._one(groups[ENDINGS])])
        if intent in WITH_NEED and self._book.fillers.penghubung and self._chance(0.1):
            text = f"{self._one(self._book.fillers.penghubung)} {text}"
        if intent in WITH_NEED and self._chance(0.25):
            named = self._any_unit()
            text, unit = self._beside(text, self._at(named)), (named,)
        if intent in (*WITH_NEED, FALLBACK) and self._chance(0.15):
            text = self._beside(text, self._at_any_place())
        text = self._surrounded(text, 0.4 if intent in (*WITH_NEED, FALLBACK) else 0.1)
        return Example(text, (intent,), needs, (NONE,) if intent == COMPLAINT else (), unit)

    def _complained(self, frame: str) -> tuple[str, Labels]:
        """A complaint's frame filled, and the needs that it may be about."""
        subject = self._subject()
        named = "{layanan}" in frame
        names = _without("{", subject.entry.sebutan) if named else ()
        if named and not names:
            return self._complained(frame)
        fillers = self._book.fillers
        who, where = self._one(fillers.pelaku), self._one(fillers.tempat)
        text = frame.format(layanan=self._one(names) if named else "", pelaku=who, tempat=where)
        return text, subject.needs if named else ()

    def _mashed(self) -> str:
        """What a hand on the keyboard, or a child, sends."""
        letters = self._one(KEYS)
        words = ("".join(self._random.choices(letters, k=self._random.randint(2, 9))) for _ in range(3))
        return " ".join(islice(words, self._random.randint(1, 3)))

    def _foreign(self, thing: str) -> str:
        """A thing that no office of ours has to do with, asked for in the words in which ours are asked for."""
        if self._chance(0.3):
            opening = self._one(self._subject().entry.sebutan).split()[0]
            thing = f"{opening} {thing}" if "{" not in opening else thing
        frames = _with("{layanan}", self._book.components[self._component()].bingkai)
        return self._one(frames).format(layanan=thing) if self._chance(0.7) else thing

    def _beside(self, text: str, place: str) -> str:
        return f"{place} {text}" if self._chance(0.3) else f"{text} {place}"

    # Parts of a message

    def _component(self) -> str:
        return self._random.choices(self._components, cum_weights=self._demand)[0]

    def _subject(self) -> _Subject:
        """A need that many services meet comes up oftener, as the square root of their number."""
        return self._random.choices(self._subjects, cum_weights=self._frequency)[0]

    def _names_of_fields(self) -> dict[str, Phrases]:
        """What the services of each field are called: who consults a unit, consults it about these too."""
        names: dict[str, Phrases] = {}
        for need, entry in self._book.needs.items():
            if not entry.wide:
                for field in set(self._fields(need)):
                    names[field] = names.get(field, ()) + entry.sebutan
        return names

    def _fields(self, need: str) -> tuple[str, ...]:
        return tuple(f for service in self._book.needs[need].layanan if (f := self._book.field_of(service)))

    def _framed(self, subject: _Subject, frames: Phrases) -> tuple[str, str]:
        """A frame filled with a name or a wish of the subject, and the unit that this names."""
        entry = subject.entry
        frame = self._one(frames if entry.keinginan else _without("{keinginan}", frames))
        slot = "keinginan" if "{keinginan}" in frame else "layanan"
        phrase = self._said(entry.keinginan if slot == "keinginan" else entry.sebutan)
        phrase, unit = self._at_place(subject, *self._topical(subject, phrase))
        return frame.format(**{slot: phrase}), unit

    def _clause(self, subject: _Subject) -> tuple[str, str]:
        """The subject told without asking for anything: its name, a wish, or a situation."""
        entry = subject.entry
        kinds = {"sebutan": 1.0, "keinginan": 1.5 * bool(entry.keinginan), "situasi": 1.5 * bool(entry.situasi)}
        kind = self._weighted(kinds)
        text, unit = self._at_place(subject, *self._topical(subject, self._said(getattr(entry, kind))))
        opening = self._one(WISHES) if kind == "keinginan" else ""
        return f"{opening} {text}".strip(), unit

    def _said(self, phrases: Phrases) -> str:
        """One of the phrases, half of the time one with a topic where there are such: who consults says about what."""
        topical = _with("{topik}", phrases)
        return self._one(topical if topical and self._chance(0.5) else phrases)

    def _topical(self, subject: _Subject, phrase: str) -> tuple[str, str]:
        if "{topik}" not in phrase:
            return phrase, NONE
        unit = self._one(subject.fields)
        topics = self._book.units[unit].topik
        if self._chance(0.4):
            topics = self._names.get(unit, topics)
        return phrase.replace("{topik}", self._one(topics)), unit

    def _at_place(self, subject: _Subject, phrase: str, unit: str) -> tuple[str, str]:
        if subject.fields and self._chance(0.3):
            unit = unit if unit != NONE else self._one(subject.fields)
            phrase = f"{phrase} {self._at(unit)}"
        if self._chance(0.12):
            phrase = f"{phrase} {self._at_any_place()}"
        return phrase, unit

    def _at(self, unit: str) -> str:
        return f"{self._one(AT)} {self._one(self._book.units[unit].nama)}".strip()

    def _at_any_place(self) -> str:
        return f"{self._one(AT)} {self._random.choice(self._places)}".strip()

    def _unit_told(self, text: str) -> Labels:
        """The unit that a whole message names by itself, NONE where it names none, nothing where that is not sure."""
        said = text.lower()
        if found := self._called.search(said):
            return (self._fields_called[found[0]],)
        return () if UNIT.search(said) else (NONE,)

    def _any_unit(self) -> str:
        return self._random.choice(self._units)

    def _surrounded(self, text: str, often: float = 0.5) -> str:
        fillers = self._book.fillers
        before = [self._one(part) for part in (fillers.pembuka, fillers.pengantar) if part and self._chance(often / 2)]
        if fillers.pengantar and self._chance(often / 6):
            before += [self._story()]
        after = [self._one(fillers.penutup)] if fillers.penutup and self._chance(often / 2) else []
        return " ".join([*before, text, *after])

    def _story(self) -> str:
        """What a talkative person tells before coming to the point."""
        told = self._random.choices(self._book.fillers.pengantar, k=self._random.randint(2, 5))
        return (
            f"{self._one(STOPS).join(told)}{self._one(STOPS)}{self._one(('', *self._book.fillers.penghubung))}".strip()
        )

    def _joined(self, parts: list[str]) -> str:
        return self._one(JOINTS).join(parts)

    def _misspelt(self, text: str) -> str:
        """With SMS spellings for some words and slips of the thumb in some others; most messages stay clean."""
        haste = self._random.choice((0.0, 0.0, 0.05, 0.2, 0.5))
        text = text.lower()
        if not haste:
            return text
        return TOKEN.sub(lambda match: self._hastily(match[0]) if self._chance(haste) else match[0], text)

    def _hastily(self, word: str) -> str:
        forms = self._book.slang.get(word)
        if forms and self._chance(0.6):
            return self._one(forms)
        if len(word) >= 5 and self._chance(0.4):
            return word[0] + word[1:-1].translate(VOWELS) + word[-1]
        return self._slipped(word) if len(word) >= 4 else word

    def _slipped(self, word: str) -> str:
        at = self._random.randrange(1, len(word) - 1)
        before, here, after, rest = word[:at], word[at], word[at + 1], word[at + 2 :]
        return before + self._random.choice(
            (after + rest, here + here + after + rest, after + here + rest, NEIGHBOURS.get(here, here) + after + rest)
        )

    def _one(self, phrases: Phrases) -> str:
        return phrases[int(self._random.random() * len(phrases))]  # three times as fast as choice

    def _weighted(self, weights: Mapping[str, float]) -> str:
        return self._random.choices(list(weights), list(weights.values()))[0]

    def _chance(self, share: float) -> bool:
        return self._random.random() < share


@lru_cache(maxsize=1000)
def _with(mark: str, phrases: Phrases) -> Phrases:
    return tuple(phrase for phrase in phrases if mark in phrase)


@lru_cache(maxsize=1000)
def _without(mark: str, phrases: Phrases) -> Phrases:
    return tuple(phrase for phrase in phrases if mark not in phrase)


@lru_cache(maxsize=100)
def _words_before(frames: Phrases) -> Phrases:
    """The frames that are a word or two and then the service, without it ("syarat", "wa pengaduan")."""
    slot = " {layanan}"
    return tuple(frame.removesuffix(slot) for frame in frames if frame.endswith(slot) and frame.count(" ") <= 2)


UNIT = re.compile(r"\b(?:biro|ro|karo|bagian|bag|kabag|lpse|humas)\b")
"""Words after which, or by which, a unit is named that `units.yaml` may not spell so."""
AT: Phrases = ("di", "ke", "pada", "dari", "sama", "lewat", "melalui", "")
KEYS: Phrases = ("asdfghjkl", "qwertyuiop", "zxcvbnm", "abcdefghijklmnopqrstuvwxyz", "ab")
STOPS: Phrases = (". ", ", ", " ", "\n")
ANDS: Phrases = (
    " dan ",
    ", ",
    "? ",
    " terus ",
    " sama ",
    " serta ",
    ". ",
    " trus ",
    " lalu ",
    " juga ",
    "\n",
    "? terus ",
)
JOINTS: Phrases = (", ", ". ", " ", ", ", " itu ", " nah ", ", terus ", "? ")
WISHES: Phrases = ("saya mau", "mau", "kami mau", "ingin", "kami bermaksud", "rencananya mau", "pengen", "kalau mau",
                   "kami akan", "hendak", "untuk", "", "butuh", "disuruh", "lagi")  # fmt: skip
