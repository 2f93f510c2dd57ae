# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""A conversation in a terminal, through the same mailbox and worker as everywhere."""

from __future__ import annotations

from collections.abc import Iterable
from secrets import token_hex

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from bot import mailbox, outbox
from bot.app import App, clock
from handlers.messages import Channel, Incoming, Outgoing
from index.decision import Explanation
from knowledge.loader import Catalogue

LEAVE = {"/keluar", "/quit", "/exit"}


def chat(app: App, lines: Iterable[str], console: Console) -> None:
    """Answer each of `lines` as one person's messages in a new chat."""
    sender = token_hex(8)
    last = 0
    for number, line in enumerate(lines):
        if line.strip().lower() in LEAVE:
            return
        now = clock()
        message = Incoming(Channel.TERMINAL, sender, f"{sender}-{number}", app.settings.agency, line, now)
        with app.engine.begin() as connection:
            mailbox.accept(connection, message, now)
        while app.worker.run():
            pass
        with app.engine.connect() as connection:
            replies = outbox.sent_after(connection, Channel.TERMINAL, sender, last)
        for reply in replies:
            console.print(bubble(reply.message))
            last = reply.id


def explained(explanation: Explanation, catalogue: Catalogue) -> Table:
    """What was understood of a message, as staff read it: the likeliest of each kind in per cent."""
    table = Table.grid(padding=(0, 2))
    decision = explanation.decision

    def row(name: str, ranked: Iterable[tuple[str, float]]) -> None:
        shown = [f"{what} {share:.0%}" for what, share in ranked if share >= 0.01]
        table.add_row(name, Text(" · ".join(shown) or "–"))

    table.add_row("dibaca", Text(" ".join(explanation.words)))
    row("maksud", explanation.intents)
    row("kebutuhan", explanation.needs)
    row("komponen", explanation.components)
    row("unit", explanation.units)
    table.add_row("kantor disebut", Text(", ".join(sorted(explanation.agencies)) or "–"))
    row("layanan", ((f"{id} {catalogue.service(id).title[:40]}", share) for id, share in explanation.services))
    outcome = " ".join(filter(None, (decision.kind.value, " ".join(decision.services), decision.component)))
    table.add_row("keputusan", Text(f"{outcome} ({decision.why})"))
    return table


def bubble(message: Outgoing) -> Panel:
    """One reply as a box, its choices numbered: "2" answers with the second."""
    text = Text()
    for line in message.lines:
        marker = f"{line.marker} " if line.marker else ""
        text.append(f"{'   ' * line.level}{marker}{line.text}\n", style="bold" if line.bold else "")
    for number, choice in enumerate(message.choices, 1):
        text.append(f"\n[{number}] {choice.label}", style="cyan")
        if choice.description:
            text.append(f" – {choice.description}", style="dim")
    text.rstrip()
    return Panel(text, expand=False, border_style="green")
