# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""What component cells mean beyond their text: channels, promises, tariffs, head counts."""

from __future__ import annotations

import re
from collections.abc import Sequence

from knowledge.model import Channels, Item, Promise, Promises, Tariff
from knowledge.reading.lists import closed

WA = re.compile(r"^(?:sms ?/ ?)?(?:chat )?(?:wa|what[a-z']*|wahtsapp|whats[a-z ]*)\b\W*(?P<rest>.*)$", re.IGNORECASE)
KINDS = {
    "telepon": re.compile(r"^(?:telp|telepon)\.?(?: ?/ ?fax\w*)?\W?\s*[:.]?\s*(?P<rest>[(\d].*)$", re.IGNORECASE),
    "fax": re.compile(r"^fa(?:x|ks)\w*\s*:?\s*(?P<rest>.*)$", re.IGNORECASE),
    "email": re.compile(r"^e-?mail\s*:?\s*(?P<rest>.*)$", re.IGNORECASE),
}
LOCAL_NUMBER = re.compile(r"0[\d .-]{6,}")
LIMIT = re.compile(r"selambat-lambat(?:nya)?\s+(?P<limit>\d+)\s+(?P<unit>jam|hari kerja|hari)", re.IGNORECASE)
CLASSES = {
    "ringan": re.compile(r"^pengaduan ringan\b", re.IGNORECASE),
    "normatif": re.compile(r"^pengaduan bersifat normatif\b", re.IGNORECASE),
    "tidak_berkadar": re.compile(r"^pengaduan tidak berkadar\b", re.IGNORECASE),
    "berkadar": re.compile(r"^pengaduan berkadar\b", re.IGNORECASE),
}
FIRST_WORD = re.compile(r"informasi awal.*?(?P<limit>\d+) (?P<unit>jam)\b", re.IGNORECASE)
SETTLED = re.compile(r"penyelesaian pengaduan (?P<limit>\d+) (?P<unit>x 24 jam hari kerja)", re.IGNORECASE)
TARIFF = re.compile(r"^-?\s*Rp\.?\s*(?P<rupiah>[\d.]+)\s+(?P<class>.+)$")
COUNT = re.compile(r"^(\d+)")


def channels(items: Sequence[Item]) -> Channels:
    """Where complaints go, from the entries under "dapat dilakukan melalui"; what fits no kind is `other`."""
    found: dict[str, list[str]] = {"wa": [], "telepon": [], "email": [], "fax": [], "other": []}
    for item in items:
        if match := WA.match(item.text):
            found["wa"] += [
                re.sub(r"\D", "", number) for number in re.split(r"/|,| dan ", match["rest"]) if number.strip()
            ]
            continue
        kind, match = next(((k, m) for k, p in KINDS.items() if (m := p.match(item.text))), ("other", None))
        found[kind].append(closed(match["rest"]) if match else item.text)
    return Channels(**{kind: tuple(values) for kind, values in found.items()})


def promises(items: Sequence[Item], waktu: str) -> Promises:
    """The printed limits by class of complaint, and the two clocks that a complaint service prints as its time."""
    found: dict[str, Promise] = {}
    for item in items:
        for name, pattern in CLASSES.items():
            if pattern.match(item.text) and (limit := LIMIT.search(item.text)):
                found[name] = Promise(limit=int(limit["limit"]), unit=limit["unit"].lower())
    for name, pattern in (("informasi_awal", FIRST_WORD), ("penyelesaian", SETTLED)):
        if clock := pattern.search(waktu):
            found[name] = Promise(limit=int(clock["limit"]), unit=clock["unit"].lower())
    return Promises(**found)


def tariffs(rows: Sequence[Sequence[str]]) -> tuple[Tariff, ...]:
    """Table rows "item | - Rp. 250.000 Komersil" as figures."""
    return tuple(
        Tariff(item=row[0], tariff_class=match["class"], rupiah=int(match["rupiah"].replace(".", "")))
        for row in rows
        if len(row) == 2 and (match := TARIFF.match(row[1]))
    )


def count(text: str) -> int | None:
    """The digit that leads "3 (lima) Orang", also where the word disagrees."""
    match = COUNT.match(text)
    return int(match[1]) if match else None
