# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""Who may do what: one table of roles and actions, and which tickets an officer sees at all."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tickets import steps
from tickets.model import Identity, Ticket


class Role(StrEnum):
    PETUGAS = "petugas"
    ADMIN_UNIT = "admin unit"
    ADMIN_KANTOR = "admin kantor"
    PENGAWAS = "pengawas"
    """Reads all and changes nothing: the inspectorate, the head of the office."""


class Action(StrEnum):
    LIHAT = "lihat"
    TANGANI = "tangani"
    TUGASKAN = "tugaskan"
    IDENTITAS = "identitas"
    """See who a secret complaint came from; each view is logged with its reason."""
    USULKAN = "usulkan"
    """Say which card a missed message should have had."""
    SETUJUI = "setujui"
    ORANG = "orang"
    KANTOR = "kantor"
    """Calendar, notices, channels, canned replies."""
    LAPORAN = "laporan"
    CATATAN = "catatan"
    """What was done by whom."""


ALLOWED: dict[Role, frozenset[Action]] = {
    Role.PETUGAS: frozenset({Action.LIHAT, Action.TANGANI, Action.USULKAN}),
    Role.ADMIN_UNIT: frozenset(
        {Action.LIHAT, Action.TANGANI, Action.TUGASKAN, Action.USULKAN, Action.SETUJUI, Action.LAPORAN}
    ),
    Role.ADMIN_KANTOR: frozenset(Action),
    Role.PENGAWAS: frozenset({Action.LIHAT, Action.IDENTITAS, Action.LAPORAN, Action.CATATAN}),
}


@dataclass(frozen=True)
class Officer:
    """Who is logged in; `agency` None is for all offices of this program, `unit` None for all of the office."""

    id: int
    username: str
    name: str
    agency: str | None
    unit: str | None
    role: Role

    def may(self, action: Action) -> bool:
        return action in ALLOWED[self.role]

    def may_with(self, action: Action, ticket: Ticket) -> bool:
        """Whether this ticket is one that they may do this with.

        What tells of the office's own people is for their superiors, and nobody reads what tells of them.
        """
        if not self.may(action) or (self.agency and ticket.agency not in (None, self.agency)):
            return False
        if self.unit and ticket.unit and ticket.unit != self.unit:
            return False
        if steps.names(ticket, self.name):
            return False
        if action is Action.IDENTITAS and ticket.identity is not Identity.RAHASIA:
            return False
        return not (ticket.about_staff and self.role is Role.PETUGAS)
