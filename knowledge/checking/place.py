# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Where in the decree's text something is printed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from knowledge.checking.finding import Finding, Kind
from knowledge.model import Component, Decree, Item, Service, ServiceId
from knowledge.reading.markup import squeezed

TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True)
class Printed:
    """A decree beside its text's lines; `lines` may be empty, findings then point to the component's row."""

    decree: Decree
    lines: Sequence[str]

    def finding(self, service: Service, component: Component, kind: Kind, printed: str, says: str) -> Finding:
        line = self._line(service, component, printed)
        return Finding(self.decree.id, service.id, component, kind, line, printed, says)

    def of_title(self, service: ServiceId | None, kind: Kind, line: int, printed: str, says: str) -> Finding:
        return Finding(self.decree.id, service, None, kind, line, printed, says)

    def _line(self, service: Service, component: Component, printed: str) -> int:
        """The first line of the component that holds `printed`, else the component's own."""
        start = service.lines[component]
        end = min((line for line in service.lines.values() if line > start), default=start + 20)
        wanted = squeezed(printed).lower()
        for number in range(start, min(end, len(self.lines) + 1)):
            if wanted in squeezed(TAG.sub(" ", self.lines[number - 1])).lower():
                return number
        return start


def items(service: Service, component: Component) -> tuple[Item, ...]:
    """A component's entries; none where its cell is one text."""
    part = getattr(service.components, component)
    return tuple(getattr(part, "items", ()) or getattr(part, "steps", ()))


def texts(service: Service, component: Component) -> tuple[str, ...]:
    """A component's entries, or its one text, without enumerators."""
    whole = getattr(getattr(service.components, component), "text", "")
    return tuple(item.text for item in items(service, component)) or ((whole,) if whole else ())


def text(service: Service, component: Component) -> str:
    return " ".join(texts(service, component))
