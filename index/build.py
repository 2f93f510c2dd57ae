# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""What is built: trained model, heads and FAISS index, in a folder named by what they were made from."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from filelock import FileLock

from index import heads as head_files
from index.compose import ANSWER, FALLBACK
from index.decision import Entry, Taught
from index.dense import CardIndex
from index.embed import Encoder, NgramEncoder
from index.lexical import Names, Speller
from index.search import Search, card_vectors, gist
from index.words import tokens
from knowledge.loader import Catalogue
from knowledge.model import AgencyId, Component, Service, ServiceId
from knowledge.phrasebook import Phrasebook

LOCK = "lock"
KNOWN = "known.json"
RECIPE_VERSION = "7"
"""Raise when training changes: what was built by an older recipe is then stale."""

Progress = Callable[[int, int], None]


class StaleIndex(Exception):
    """What is built does not match the standards and phrases; `tanya index build` makes it anew."""


def digest(catalogue: Catalogue, book: Phrasebook, model: str) -> str:
    """What a build is named by: the recipe, the phrases, the services and the model's name."""
    services = [(service.id, service.title, service.also) for service in catalogue.services(None)]
    parts = [RECIPE_VERSION, book.digest, json.dumps(services), model]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def build(catalogue: Catalogue, book: Phrasebook, model: str, home: Path, progress: Progress) -> Path:
    """Train and index into a new folder under `home`, or find that it is there; other builds are removed.

    The folder appears whole or not at all: it is made beside its place and renamed.
    """
    folder = home / digest(catalogue, book, model)
    home.mkdir(parents=True, exist_ok=True)
    with FileLock(home / LOCK):  # two builds at once would each take the other's scratch for an old build
        if folder.exists():
            return folder
        with tempfile.TemporaryDirectory(dir=home) as scratch:
            unfinished = Path(scratch) / "build"
            unfinished.mkdir()
            _make(catalogue, book, model, unfinished, progress)
            unfinished.rename(folder)
        for old in home.iterdir():
            if old.is_dir() and old != folder:
                shutil.rmtree(old)
    return folder


def _make(catalogue: Catalogue, book: Phrasebook, model: str, folder: Path, progress: Progress) -> None:
    from index.train import Recipe, train  # PyTorch is needed to build only

    if model:
        from index.hub import train_on

        heads = train_on(model, book, Recipe(), progress, folder / "model")
    else:
        heads = train(book, Recipe(), progress, folder / "model")
    head_files.save(heads, folder / "heads.npz")
    CardIndex.of(card_vectors(entries(catalogue, book), heads)).save(folder / "cards.faiss")
    slang = book.dictionary()
    taught = {words: asdict(what) for words, what in _taught(book, slang).items()}
    (folder / KNOWN).write_text(json.dumps({"taught": taught, "words": _words(book, slang)}), "utf-8")


def load(catalogue: Catalogue, trained: Phrasebook, model: str, home: Path, book: Phrasebook) -> Search:
    """The search that was built from exactly these, answering `book` too, what was learned since being in it.

    Raises StaleIndex where there is none.
    """
    folder = home / digest(catalogue, trained, model)
    if not folder.exists():
        raise StaleIndex("Indeks belum dibangun atau sudah usang. Jalankan: tanya index build")
    slang = book.dictionary()
    known = entries(catalogue, book)
    taught, words = _known(folder) if book is trained else (_taught(book, slang), _words(book, slang))
    return Search(
        entries=known,
        encoder=_encoder(folder / "model", model),
        heads=head_files.load(folder / "heads.npz"),
        cards=CardIndex.load(folder / "cards.faiss"),
        names=Names([_names(catalogue, book, entry.service, slang) for entry in known]),
        speller=Speller(words),
        slang=slang,
        places={
            " ".join(tokens(name, slang)): agency for agency, place in book.agencies.items() for name in place.nama
        },
        twins=[frozenset(twins.kebutuhan) for twins in book.twins],
        wide=frozenset(need for need, entry in book.needs.items() if entry.wide),
        same_card=_same_card(catalogue, book),
        taught=taught,
        polite=_polite(book, slang),
    )


def _known(folder: Path) -> tuple[dict[str, Taught], dict[str, int]]:
    """What `_taught` and `_words` say of the phrases that were trained on: reading it takes a tenth of the time."""
    stored = json.loads((folder / KNOWN).read_text("utf-8"))
    return {words: Taught(**what) for words, what in stored["taught"].items()}, stored["words"]


def relearned(search: Search, book: Phrasebook) -> Search:
    """The same model and index, answering what `book` has been taught since."""
    slang = book.dictionary()
    return search.taught(_taught(book, slang), Speller(_words(book, slang)))


def _taught(book: Phrasebook, slang: dict[str, str]) -> dict[str, Taught]:
    """The whole messages of the phrases by their words; what two needs or intents share is none of theirs."""
    polite = _polite(book, slang)
    found: dict[str, set[Taught]] = defaultdict(set)
    for name, need in book.needs.items():
        for component, messages in need.pertanyaan.items():
            for message in messages:
                found[gist(tokens(message, slang), polite)].add(Taught(ANSWER, name, component))
    for message in (m for group in book.intents.get(FALLBACK, {}).values() for m in group):
        found[gist(tokens(message, slang), polite)].add(Taught(FALLBACK))
    return {words: next(iter(taught)) for words, taught in found.items() if words and len(taught) == 1}


def _polite(book: Phrasebook, slang: dict[str, str]) -> frozenset[tuple[str, ...]]:
    """The greetings, thanks and forms of address around a question, each by its words."""
    return frozenset(tuple(tokens(said, slang)) for said in (*book.fillers.pembuka, *book.fillers.penutup))


def entries(catalogue: Catalogue, book: Phrasebook) -> list[Entry]:
    """The services in catalogue order, each with its need and its unit's field of work."""
    return [
        Entry(
            service.id,
            catalogue.decree_of(service.id).id,
            book.need_of(service.id),
            book.field_of(service.id) or "",
        )
        for service in catalogue.services(None)
    ]


def _encoder(folder: Path, model: str) -> Encoder:
    if not model:
        return NgramEncoder(folder)
    from index.hub import HubEncoder  # a hub model cannot do without PyTorch

    return HubEncoder(folder)


def _names(catalogue: Catalogue, book: Phrasebook, service: ServiceId, slang: dict[str, str]) -> list[str]:
    known = catalogue.service(service)
    names = (known.title, *known.also, book.short_name(service))
    return [" ".join(tokens(name, slang)) for name in names]


def _words(book: Phrasebook, slang: dict[str, str]) -> Counter[str]:
    """How often each word occurs in the phrases: what the speller may correct to."""
    phrases = [
        phrase
        for need in book.needs.values()
        for phrases in (need.sebutan, need.keinginan, need.situasi, *need.pertanyaan.values())
        for phrase in phrases
    ]
    phrases += [p for asking in book.components.values() for p in (*asking.bingkai, *asking.lepas)]
    phrases += [p for groups in book.intents.values() for group in groups.values() for p in group]
    phrases += [p for bureau in book.units.values() for p in (*bureau.nama, *bureau.topik)]
    phrases += [name for place in book.agencies.values() for name in place.nama]
    return Counter(word for phrase in phrases for word in tokens(phrase, slang))


OWN = frozenset({Component.PERSYARATAN, Component.PROSEDUR, Component.WAKTU, Component.BIAYA, Component.PRODUK})
"""What is told of one need: who asks for it says which is meant, even where services of two needs print the same."""


def _same_card(catalogue: Catalogue, book: Phrasebook) -> Callable[[Sequence[ServiceId], Component], bool]:
    """Whether services of one unit print the same for a component, so that asking which one would be idle."""

    def same(services: Sequence[ServiceId], component: Component) -> bool:
        if component is Component.RINGKASAN or (component in OWN and len({book.need_of(s) for s in services}) > 1):
            return False
        if len({id(catalogue.unit_of(service)) for service in services}) > 1:
            return False
        said = [_said(catalogue.service(service), component) for service in services]
        return all(other == said[0] for other in said)

    return same


def _said(service: Service, component: Component) -> object:
    """What a component tells a citizen, its enumerators aside: of complaints where they go and what is promised."""
    part = getattr(service.components, component)
    if component is Component.PENGADUAN:
        return part.channels, part.promises
    items = getattr(part, "items", None) or getattr(part, "steps", None)
    return [item.text for item in items] if items else part


__all__ = ["AgencyId", "StaleIndex", "build", "digest", "entries", "load"]
