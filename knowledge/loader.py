# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""The standards as checked, frozen data: read once, looked up by id ever after."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import TypeAdapter, ValidationError

from knowledge.model import AgencyId, Component, Correction, Decree, Service, ServiceId, Unit, Validity

T = TypeVar("T")


class BadStandard(Exception):
    """A standards file cannot be used; the message names file, service and field."""


@dataclass(frozen=True)
class Catalogue:
    """All decrees, with look-ups by service id; KeyError for an id that no decree has."""

    decrees: tuple[Decree, ...]
    _services: Mapping[ServiceId, tuple[Decree, Unit, Service]]
    _corrections: Mapping[tuple[ServiceId, Component], tuple[Correction, ...]]
    _validity: Mapping[AgencyId, Validity] = field(default_factory=dict)

    @property
    def agencies(self) -> tuple[AgencyId, ...]:
        return tuple(decree.id for decree in self.decrees)

    def decree(self, agency: AgencyId) -> Decree:
        return next(decree for decree in self.decrees if decree.id == agency)

    def services(self, agency: AgencyId | None = None) -> Iterator[Service]:
        """Services in the decrees' order; of all agencies where none is given."""
        return (service for d in self.decrees if agency in (None, d.id) for service in d.services())

    def service(self, id: ServiceId) -> Service:
        return self._services[id][2]

    def unit_of(self, id: ServiceId) -> Unit:
        return self._services[id][1]

    def decree_of(self, id: ServiceId) -> Decree:
        return self._services[id][0]

    def validity(self, agency: AgencyId) -> Validity:
        return self._validity.get(agency, Validity())

    def in_force(self, agency: AgencyId, day: date) -> bool:
        """Whether the agency's decree may be answered from on `day`."""
        return self.validity(agency).holds(day)

    def corrections_for(self, id: ServiceId, component: Component) -> tuple[Correction, ...]:
        return self._corrections.get((id, component), ())


def load(*layers: Path) -> Catalogue:
    """Read the decrees of all `layers`, an office's own over the shipped; raises BadStandard.

    A layer is a folder with `standards/*.yaml` and, if there is need, `corrections.yaml` and `validity.yaml`.
    """
    paths: dict[str, Path] = {}
    for layer in layers:
        paths |= {path.name: path for path in sorted((layer / "standards").glob("*.yaml"))}
    decrees = tuple(read_standard(path) for path in paths.values())
    if not decrees:
        raise BadStandard("Belum ada standar pelayanan. Jalankan: tanya knowledge import")
    services: dict[ServiceId, tuple[Decree, Unit, Service]] = {}
    for decree in decrees:
        for unit in decree.units:
            for service in unit.services:
                if service.id in services:
                    raise BadStandard(f"{decree.id}.yaml: layanan {service.id} tercatat dua kali.")
                services[service.id] = decree, unit, service
    corrections, validity = list[Correction](), dict[AgencyId, Validity]()
    for layer in layers:
        corrections += _file(layer / "corrections.yaml", TypeAdapter(tuple[Correction, ...]), ())
        validity |= _file(layer / "validity.yaml", TypeAdapter(dict[AgencyId, Validity]), {})
    return Catalogue(decrees, services, _by_component(corrections, services), validity)


def save(decree: Decree, path: Path) -> None:
    """Write `decree` as YAML that people can read and version control can compare."""
    content = decree.model_dump(mode="json", exclude_defaults=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        yaml.dump(content, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False, width=10_000), "utf-8"
    )


def read_standard(path: Path) -> Decree:
    """One decree's YAML; raises BadStandard."""
    try:
        return Decree.model_validate(_yaml(path))
    except ValidationError as error:
        problem = error.errors()[0]
        place = " > ".join(map(str, problem["loc"]))
        raise BadStandard(f"{path.name}: {_service_at(path, problem['loc'])}{place}: {problem['msg']}") from error


def _service_at(path: Path, place: tuple[int | str, ...]) -> str:
    """The id of the service that a validation error lies in, for an officer knows it by that."""
    match place:
        case ("units", int(unit), "services", int(service), *_):
            content = _yaml(path)["units"][unit]["services"][service]
            return f"{content.get('id', '?')}: " if isinstance(content, dict) else ""
        case _:
            return ""


def _by_component(
    corrections: Iterable[Correction], services: Mapping[ServiceId, object]
) -> dict[tuple[ServiceId, Component], tuple[Correction, ...]]:
    by_component: dict[tuple[ServiceId, Component], tuple[Correction, ...]] = {}
    for correction in corrections:
        if correction.service not in services:
            raise BadStandard(f"corrections.yaml: layanan {correction.service} tidak ada dalam standar.")
        key = (correction.service, correction.component)
        by_component[key] = (*by_component.get(key, ()), correction)
    return by_component


def _file(path: Path, shape: TypeAdapter[T], nothing: T) -> T:
    """The content of a file that need not be there."""
    if not path.exists():
        return nothing
    try:
        return shape.validate_python(_yaml(path) or nothing)
    except ValidationError as error:
        problem = error.errors()[0]
        raise BadStandard(f"{path.name}: {' > '.join(map(str, problem['loc']))}: {problem['msg']}") from error


def _yaml(path: Path) -> dict:  # type: ignore[type-arg]
    try:
        return yaml.load(path.read_text("utf-8"), yaml.CSafeLoader)  # type: ignore[no-any-return]
    except OSError as error:
        raise BadStandard(f"{path.name}: berkas tidak dapat dibaca ({error.strerror}).") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        where = getattr(error, "problem_mark", None)
        line = f"baris {where.line + 1}: " if where else ""
        raise BadStandard(f"{path.name}: {line}bukan YAML yang sah. Perbaiki, atau impor ulang naskahnya.") from error
