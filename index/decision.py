# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""What is read of a message and what is decided on it, and every number that a decision hangs on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from index.compose import NONE
from index.heads import Floats
from knowledge.model import AgencyId, Component, ServiceId

ASKABLE: tuple[Component, ...] = tuple(Component)[:15]
"""The components that a service has a card for, in the order of its rows in the index."""


@dataclass(frozen=True)
class Thresholds:
    """Every number that a decision hangs on; how they were chosen: ADR 0002."""

    intent: float = 0.35
    """Least probability of an intent other than a question; below it the message is read as a question."""
    certain: float = 0.95
    """Least probability of the component that a few words ask for without more."""
    told: float = 0.05
    """Least probability of a complaint in a message that asks for nothing."""
    asked_for: float = 0.8
    """Least probability of the component that a message asks for something at all."""
    offered: float = 0.3
    """Least share of the needs' probability that the offices in scope must offer."""
    card: float = 0.6
    """Least probability of the best service, or of all rivals together when it is asked which."""
    rival: float = 0.5
    """A service at least this likely as the best one is a rival: ask which."""
    twin: float = 0.25
    """The same for a service whose need shares its everyday names: who means one of the two says which."""
    told_of: float = 0.8
    """Least probability of the need that a complaint is taken to be about."""
    named: float = 0.5
    """Least probability that a message names a need, a component or a unit at all."""
    names: float = 3.0
    """Weight of string likeness to a service's names, in nats at full likeness."""
    likeness: float = 0.8
    """Likeness from which a name counts at all: half a name is no name."""
    kin: float = 3.0
    """Weight, in nats, of staying with the topic's need or its twins when no component is asked ("yang kabupaten?")."""
    picked: float = 0.6
    """Least probability of one of the services offered to be what a short reply means."""
    retrieved: int = 200
    """Cards fetched from FAISS before ranking."""
    joints: int = 4
    """Most places at which a message is tried to be two questions."""
    few: int = 3
    """Most words of a message that asks for a component and leaves all else out ("tarifnya?")."""
    short: int = 5
    """Most words of a message that may go on with the topic's twin ("kalau yang kabupaten?")."""
    clear: float = 0.8
    """Least probability of the component that each of two questions in one message must ask for."""
    heard: float = 0.1
    """Least probability in the whole message of either of these components: who asks once is heard to ask once."""
    also: float = 0.15
    """The same where no place parts the two questions ("syarat dan biayanya")."""
    spread: float = 0.5
    """Least probability of the likeliest need, among the needs, that outweighs the topic when a component is asked."""
    surely: float = 0.9
    """Least probability of a need, among the needs, that leads away from the topic to what is not offered here."""
    wide: float = 0.2
    """Least share of the needs' probability for a unit's consultation, data or the like to be what is meant."""
    others: int = 4
    """Most services remembered for when the card was the wrong one."""
    asked: int = 10
    """Most services offered in one "which one?"."""


class Kind(Enum):
    CARD = "card"
    WHICH = "which"
    NOTHING = "nothing"
    INTENT = "intent"


@dataclass(frozen=True)
class Topic:
    """What a conversation is about: the service and component of the last card or question."""

    service: ServiceId | None
    component: Component | None


@dataclass(frozen=True)
class Entry:
    """One service as the index knows it: its agency, what need it meets, and its unit's field of work."""

    service: ServiceId
    agency: AgencyId
    need: str
    field: str


@dataclass(frozen=True)
class Reading:
    """What was understood of one message: probabilities per head, and the agencies it names."""

    words: tuple[str, ...]
    parts: Mapping[str, Floats]
    """The encoder's output, by the head that reads it."""
    intents: Mapping[str, float]
    needs: Mapping[str, float]
    components: Mapping[str, float]
    units: Mapping[str, float]
    agencies: frozenset[AgencyId]
    taught: str = NONE
    """The need of a message that stands in the phrases as a whole."""

    @property
    def intent(self) -> str:
        return max(self.intents, key=self.intents.__getitem__)

    @property
    def need(self) -> str:
        """The likeliest need, named or not."""
        return max((need for need in self.needs if need != NONE), key=self.needs.__getitem__)

    @property
    def component(self) -> Component | None:
        """The component asked for, None where none is."""
        best = max(self.components, key=self.components.__getitem__)
        return None if best == NONE else Component(best)


@dataclass(frozen=True)
class Decision:
    """`services` holds the card's one, or the rivals best first, or those of another office that offer it.

    `others` are the next best services of the offices in scope, `second` the card of a second question in the same
    message, `why` the reason for staff to read.
    """

    kind: Kind
    intent: str
    component: Component | None = None
    services: tuple[ServiceId, ...] = ()
    score: float = 0.0
    others: tuple[ServiceId, ...] = ()
    second: tuple[ServiceId, Component] | None = None
    why: str = ""


@dataclass(frozen=True)
class Explanation:
    """A decision and what led to it: the words as read, and the likeliest of each kind with their probabilities."""

    decision: Decision
    words: tuple[str, ...]
    agencies: frozenset[AgencyId]
    intents: tuple[tuple[str, float], ...]
    needs: tuple[tuple[str, float], ...]
    components: tuple[tuple[str, float], ...]
    units: tuple[tuple[str, float], ...]
    services: tuple[tuple[ServiceId, float], ...]


@dataclass(frozen=True)
class Taught:
    """What a message asks that stands in the phrases as a whole: nothing need be guessed then."""

    intent: str
    need: str = NONE
    component: str = NONE
