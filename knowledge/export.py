# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""The catalogue as the JSON that scripts and other offices rely on."""

from __future__ import annotations

from typing import Any

from knowledge.loader import Catalogue
from knowledge.model import AgencyId, Decree, Item, Listing, Promises, Service

CLASSES = ("ringan", "normatif", "tidak_berkadar", "berkadar")


def export(catalogue: Catalogue, agency: AgencyId | None) -> dict[str, Any]:
    """Decrees with every service and component; lists are flat, sections name the index of their first item."""
    return {"decrees": [_decree(decree) for decree in catalogue.decrees if agency in (None, decree.id)]}


def _decree(decree: Decree) -> dict[str, Any]:
    units = [
        {"no": unit.no, "name": unit.name, "services": [_service(service) for service in unit.services]}
        for unit in decree.units
    ]
    return {
        "id": decree.id,
        "agency": decree.agency,
        "number": decree.number,
        "date": decree.date.isoformat(),
        "place": decree.place,
        "about": decree.about,
        "signed_by": decree.signed_by,
        "units": units,
    }


def _service(service: Service) -> dict[str, Any]:
    parts = service.components
    components = {
        "persyaratan": _listing(parts.persyaratan) | {"sections": _sections(parts.persyaratan)},
        "prosedur": {"steps": _texts(parts.prosedur.steps), "flow": list(parts.prosedur.flow)},
        "waktu": {"text": parts.waktu.text},
        "biaya": {
            "text": parts.biaya.text,
            "tariffs": [{"item": t.item, "class": t.tariff_class, "rupiah": t.rupiah} for t in parts.biaya.tariffs],
        },
        "produk": {"text": parts.produk.text},
        "pengaduan": {
            "channels": parts.pengaduan.channels.model_dump(mode="json"),
            "promises": _promises(parts.pengaduan.promises),
        },
        "dasar_hukum": _listing(parts.dasar_hukum),
        "sarana": _listing(parts.sarana),
        "kompetensi": _listing(parts.kompetensi),
        "pengawasan": _listing(parts.pengawasan),
        "pelaksana": parts.pelaksana.model_dump(),
        "jaminan_pelayanan": _listing(parts.jaminan_pelayanan),
        "jaminan_keamanan": _listing(parts.jaminan_keamanan),
        "evaluasi": _listing(parts.evaluasi),
    }
    return {"id": service.id, "no": service.no, "title": service.title, "components": components}


def _listing(listing: Listing) -> dict[str, Any]:
    return {"items": _texts(listing.items)}


def _sections(listing: Listing) -> list[dict[str, Any]]:
    return [{"title": section.title, "start": section.start} for section in listing.sections]


def _texts(items: tuple[Item, ...]) -> list[str]:
    return [item.text for item in items]


def _promises(promises: Promises) -> dict[str, Any]:
    """The four classes always, the two other clocks where a decree prints them."""
    printed = promises.model_dump(exclude_none=True)
    return {name: printed.pop(name, None) for name in CLASSES} | printed
