# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""How people ask, as read from `phrases/`: per need, component, unit, agency and intent."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

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

    @property
    def wide(self) -> bool:
        """Whether it may be about anything that its unit does, as a consultation may."""
        return any("{topik}" in name for name in self.sebutan)

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
    """What surrounds a question: greetings before, thanks after, who asks, and joints between clauses.

    `pelaku` and `tempat` are who and what a complaint is about, where it is not a service.
    """

    pembuka: Phrases = ()
    penutup: Phrases = ()
    pengantar: Phrases = ()
    penghubung: Phrases = ()
    pelaku: Phrases = ()
    tempat: Phrases = ()


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
        """The need that `service` meets; raises BadPhrases when no file lists it."""
        try:
            return self._need_by_service[service]
        except KeyError:
            raise BadPhrases(
                f"Layanan {service} belum punya nama singkat. Impor ulang naskahnya: tanya knowledge import"
            ) from None

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

    @cached_property
    def _need_by_service(self) -> dict[ServiceId, str]:
        return {service: need for need, entry in self.needs.items() for service in entry.layanan}


def read(*folders: Path) -> Phrasebook:
    """Read the YAML files of all `folders`, later ones laid over earlier; raises BadPhrases for the first bad file."""
    try:
        return _read(folders)
    except ValidationError as error:
        raise BadPhrases("; ".join(problem["msg"] for problem in error.errors())) from error


def _read(folders: Sequence[Path]) -> Phrasebook:
    return Phrasebook(
        needs=_checked(_laid([_folder(folder / "needs") for folder in folders]), TypeAdapter(dict[str, Need])),
        twins=_file(folders, "twins.yaml", TypeAdapter(tuple[Twins, ...])),
        components=_file(folders, "components.yaml", TypeAdapter(dict[str, Asking])),
        units=_file(folders, "units.yaml", TypeAdapter(dict[str, Bureau])),
        agencies=_file(folders, "agencies.yaml", TypeAdapter(dict[AgencyId, Place])),
        intents=_checked(
            _laid([_folder(folder / "intents") for folder in folders]), TypeAdapter(dict[str, dict[str, Phrases]])
        ),
        fillers=_file(folders, "fillers.yaml", TypeAdapter(Fillers)),
        slang=_file(folders, "slang.yaml", TypeAdapter(dict[str, Phrases])),
        digest=digest(*folders),
    )


def digest(*folders: Path) -> str:
    """SHA-256 over names and bytes of the phrase files: what the model is cached by."""
    sha = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*.yaml")):
            sha.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return sha.hexdigest()


@dataclass(frozen=True)
class _Content:
    """What a file or a folder of files holds, and the file that each key came from."""

    value: Any
    names: Mapping[str, str]


def _folder(folder: Path) -> _Content:
    """All files of a folder as one mapping; a key in two of them is an error."""
    value: dict[str, Any] = {}
    names: dict[str, str] = {}
    for path in sorted(folder.glob("*.yaml")):
        content = _yaml(path)
        if not isinstance(content, dict):
            raise BadPhrases(f"{path.name}: seharusnya daftar kunci dengan titik dua.")
        for key, entry in content.items():
            if key in value:
                raise BadPhrases(f"{path.name}: '{key}' sudah ada di berkas lain. Gabungkan keduanya.")
            value[key], names[str(key)] = entry, path.name
    return _Content(value, names)


def _file(folders: Sequence[Path], name: str, shape: TypeAdapter[T]) -> T:
    """The file of the first folder, which must be there, and those of the others, which may."""
    paths = [folders[0] / name, *(folder / name for folder in folders[1:] if (folder / name).exists())]
    return _checked(_laid([_Content(_yaml(path), {"": name}) for path in paths]), shape)


def _laid(contents: Sequence[_Content]) -> _Content:
    value, names = contents[0].value, dict(contents[0].names)
    for content in contents[1:]:
        value = _merged(value, content.value)
        names |= content.names
    return _Content(value, names)


def _merged(under: Any, over: Any) -> Any:
    """Mappings joined key by key, lists one after the other, anything else replaced."""
    if isinstance(under, dict) and isinstance(over, dict):
        return under | {key: _merged(under[key], value) if key in under else value for key, value in over.items()}
    if isinstance(under, list) and isinstance(over, list):
        return under + [entry for entry in over if entry not in under]
    return over


def _checked(content: _Content, shape: TypeAdapter[T]) -> T:
    try:
        return shape.validate_python(content.value)
    except ValidationError as error:
        first = str(error.errors()[0]["loc"][:1] and error.errors()[0]["loc"][0])
        name = content.names.get(first, content.names.get("", ""))
        raise BadPhrases(f"{name}: {'; '.join(_explained(error))}") from error


def _yaml(path: Path) -> Any:
    try:
        return yaml.load(path.read_text("utf-8"), yaml.CSafeLoader)
    except OSError as error:
        raise BadPhrases(f"{path.name}: berkas tidak dapat dibaca ({error.strerror}).") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadPhrases(f"{path.name}: bukan YAML yang sah. {error}") from error


def _explained(error: ValidationError) -> Iterator[str]:
    for problem in error.errors()[:3]:
        yield f"{' > '.join(str(part) for part in problem['loc'])}: {problem['msg']}"
