# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""How people ask, as read from `phrases/`: per need, component, unit, agency and intent."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import Field, TypeAdapter, ValidationError, model_validator

from knowledge.model import AgencyId, Component, Frozen, ServiceId

T = TypeVar("T")
Phrases = tuple[str, ...]

SHORT_NAME_LIMIT = 24
"""Characters of a button or list row title on the narrowest platform."""


class BadPhrases(Exception):
    """A phrase file cannot be used; the message names file and place and says what was expected."""


class Need(Frozen):
    """One thing people come for; offices that offer it list their service with its short name.

    `sebutan` are noun phrases, `keinginan` verb phrases, `situasi` clauses that do not ask, `pertanyaan` whole
    messages by component, `bukan` look-alikes that no office answers.
    """

    layanan: dict[ServiceId, str] = Field(min_length=1)
    sebutan: Phrases = Field(min_length=1)
    keinginan: Phrases = ()
    situasi: Phrases = ()
    pertanyaan: dict[Component, Phrases] = Field(default_factory=dict)
    bukan: Phrases = ()

    @model_validator(mode="after")
    def _short_names_fit(self) -> Need:
        for service, name in self.layanan.items():
            if not 0 < len(name) <= SHORT_NAME_LIMIT:
                raise ValueError(f"nama singkat {service} harus 1–{SHORT_NAME_LIMIT} huruf, tertulis: {name!r}")
        return self


class Twins(Frozen):
    """Phrases that fit several needs alike, `kebutuhan`: "PAW DPRD" is provincial or municipal."""

    kebutuhan: tuple[str, ...] = Field(min_length=2)
    sebutan: Phrases = Field(min_length=1)
    keinginan: Phrases = ()
    situasi: Phrases = ()


class Asking(Frozen):
    """Ways to ask for a component: `bingkai` hold {layanan} or {keinginan}, `lepas` stand alone."""

    bingkai: Phrases = ()
    lepas: Phrases = ()


class Bureau(Frozen):
    """A field of work, the units that do it, how people name them and what they talk about there."""

    nama: Phrases = Field(min_length=1)
    topik: Phrases = ()
    unit: dict[AgencyId, int] = Field(min_length=1)


class Place(Frozen):
    """How people name an agency."""

    nama: Phrases = Field(min_length=1)


class Fillers(Frozen):
    """What surrounds a question: greetings before, thanks after, who asks, and joints between clauses."""

    pembuka: Phrases = ()
    penutup: Phrases = ()
    pengantar: Phrases = ()
    penghubung: Phrases = ()


class Phrasebook(Frozen):
    """Everything under `phrases/`; `digest` is the SHA-256 of the files' bytes."""

    needs: dict[str, Need]
    twins: tuple[Twins, ...]
    components: dict[str, Asking]
    units: dict[str, Bureau]
    agencies: dict[AgencyId, Place]
    intents: dict[str, dict[str, Phrases]]
    fillers: Fillers
    slang: dict[str, Phrases]
    digest: str

    @model_validator(mode="after")
    def _twins_are_needs(self) -> Phrasebook:
        for twins in self.twins:
            if unknown := set(twins.kebutuhan) - set(self.needs):
                raise ValueError(f"twins.yaml: kebutuhan tidak dikenal: {', '.join(sorted(unknown))}")
        return self

    def need_of(self, service: ServiceId) -> str:
        """The need that `service` meets; KeyError when no file lists it."""
        return self._need_by_service()[service]

    def short_name(self, service: ServiceId) -> str:
        return self.needs[self.need_of(service)].layanan[service]

    def field_of(self, service: ServiceId) -> str | None:
        """The field of work of a service's unit, None where `units.yaml` has no such unit."""
        agency, *numbers = service.split("-")
        unit = int(numbers[0]) if len(numbers) == 2 else 1
        return next((key for key, bureau in self.units.items() if bureau.unit.get(AgencyId(agency)) == unit), None)

    def dictionary(self) -> dict[str, str]:
        """SMS and slang form to the dictionary's word."""
        return {form: word for word, forms in self.slang.items() for form in forms}

    def _need_by_service(self) -> dict[ServiceId, str]:
        return {service: need for need, entry in self.needs.items() for service in entry.layanan}


def read(folder: Path) -> Phrasebook:
    """Read every YAML file under `folder`; raises BadPhrases for the first file that cannot be used."""
    try:
        return _read(folder)
    except ValidationError as error:
        raise BadPhrases("; ".join(problem["msg"] for problem in error.errors())) from error


def _read(folder: Path) -> Phrasebook:
    return Phrasebook(
        needs=_merged(sorted((folder / "needs").glob("*.yaml")), TypeAdapter(dict[str, Need])),
        twins=_file(folder / "twins.yaml", TypeAdapter(tuple[Twins, ...])),
        components=_file(folder / "components.yaml", TypeAdapter(dict[str, Asking])),
        units=_file(folder / "units.yaml", TypeAdapter(dict[str, Bureau])),
        agencies=_file(folder / "agencies.yaml", TypeAdapter(dict[AgencyId, Place])),
        intents=_merged(sorted((folder / "intents").glob("*.yaml")), TypeAdapter(dict[str, dict[str, Phrases]])),
        fillers=_file(folder / "fillers.yaml", TypeAdapter(Fillers)),
        slang=_file(folder / "slang.yaml", TypeAdapter(dict[str, Phrases])),
        digest=digest(folder),
    )


def digest(folder: Path) -> str:
    """SHA-256 over names and bytes of the phrase files: what the model is cached by."""
    sha = hashlib.sha256()
    for path in sorted(folder.rglob("*.yaml")):
        sha.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return sha.hexdigest()


def _merged(paths: Iterable[Path], shape: TypeAdapter[dict[str, T]]) -> dict[str, T]:
    merged: dict[str, T] = {}
    for path in paths:
        for key, entry in _file(path, shape).items():
            if key in merged:
                raise BadPhrases(f"{path.name}: '{key}' sudah ada di berkas lain. Gabungkan keduanya.")
            merged[key] = entry
    return merged


def _file(path: Path, shape: TypeAdapter[T]) -> T:
    try:
        return shape.validate_python(yaml.load(path.read_text("utf-8"), yaml.CSafeLoader))
    except OSError as error:
        raise BadPhrases(f"{path.name}: berkas tidak dapat dibaca ({error.strerror}).") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadPhrases(f"{path.name}: bukan YAML yang sah. {error}") from error
    except ValidationError as error:
        raise BadPhrases(f"{path.name}: {'; '.join(_explained(error))}") from error


def _explained(error: ValidationError) -> Iterator[str]:
    for problem in error.errors()[:3]:
        yield f"{' > '.join(str(part) for part in problem['loc'])}: {problem['msg']}"
