# SPDX-FileCopyrightText: Tanya Layanan contributors
# SPDX-License-Identifier: Apache-2.0
"""One cell's HTML as text blocks, flow-graph labels and tables; nothing printed is lost on the way."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import NamedTuple

GRAPH = re.compile(r"<pre>(.*?)</pre>", re.DOTALL)
NODE = re.compile(r"\b[A-Za-z]\w*\[([^\]]*)\]")
ARROW = "→"
GEQ = re.compile(r"\\geq")
BLOCKS = {"p", "div", "ol", "ul", "li", "br", "table", "thead", "tbody"}


class Block(NamedTuple):
    """Text between two breaks; `wraps` where only a line or page ended before it, `listed` after a list tag."""

    text: str
    wraps: bool = False
    listed: bool = False


@dataclass
class Cell:
    """`blocks` are the texts between block tags and lines; `flows` the node labels of each graph, in order.

    `rows` are the rows of all tables, a spanning cell repeated in each row it spans.
    """

    blocks: list[Block] = field(default_factory=list)
    flows: list[tuple[str, ...]] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)

    @property
    def text(self) -> str:
        return " ".join(block.text for block in self.blocks)


def read_cell(html: str) -> Cell:
    """Take `html` apart; what decrees repeat as plain text beside a table is dropped, since the table has it."""
    cell = Cell()

    def keep_graph(match: re.Match[str]) -> str:
        cell.flows.append(tuple(dict.fromkeys(squeezed(label) for label in NODE.findall(match[1]))))
        return "<br>"

    parser = _Parser()
    parser.feed(GRAPH.sub(keep_graph, GEQ.sub("≥", html)).replace("\n", "<br>"))
    parser.close()
    cell.rows = parser.rows
    in_table = {_key(text) for row in parser.rows for text in row} | {""}
    for block in parser.blocks:
        text = squeezed(block.text) if not parser.rows else _without(block.text, in_table)
        if ARROW in text:
            cell.flows.append(tuple(squeezed(label) for label in text.split(ARROW)))
        elif text:
            cell.blocks.append(block._replace(text=text))
    return cell


def squeezed(text: str) -> str:
    """`text` with single blanks, and with the mathematical dollar signs of the source gone."""
    return " ".join(text.replace("$", "").split())


def _without(block: str, known: set[str]) -> str:
    return squeezed(" ".join(part for part in block.split("\t") if _key(part) not in known))


def _key(text: str) -> str:
    return re.sub(r"\W", "", text).lower()


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[Block] = [Block("")]
        self.rows: list[list[str]] = []
        self._spans: dict[int, tuple[int, str]] = {}
        self._in_table = False
        self._rowspan = 1
        self._in_cell = False
        self._listed = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self._in_table, self._spans = True, {}
        if self._in_table and tag == "tr":
            self.rows.append([])
            self._fill()
        elif self._in_table and tag in ("td", "th"):
            self._rowspan = int(dict(attrs).get("rowspan") or 1)
            self.rows[-1].append("")
            self._in_cell = True
        elif tag in BLOCKS:
            self._listed = self._listed or tag in ("ol", "ul")  # decrees open lists and never close them
            self._break(wraps=tag == "br")

    def handle_endtag(self, tag: str) -> None:
        if tag == "table":
            self._in_table = False
        if self._in_table and tag in ("td", "th"):
            self._in_cell = False
            column = len(self.rows[-1]) - 1
            text = self.rows[-1][column] = squeezed(self.rows[-1][column])
            if self._rowspan > 1:
                self._spans[column] = (self._rowspan - 1, text)
            self._fill()
        elif tag in BLOCKS:
            self._break()

    def handle_data(self, data: str) -> None:
        if not self._in_table:
            self.blocks[-1] = self.blocks[-1]._replace(text=self.blocks[-1].text + data)
        elif self._in_cell:
            self.rows[-1][-1] += data

    def _fill(self) -> None:
        """Repeat the cells that span down into this row."""
        while (column := len(self.rows[-1])) in self._spans:
            left, text = self._spans.pop(column)
            self.rows[-1].append(text)
            if left > 1:
                self._spans[column] = (left - 1, text)

    def _break(self, wraps: bool = False) -> None:
        if self._in_table:
            return
        fresh = Block("", wraps, self._listed)
        if self.blocks[-1].text.strip():
            self.blocks.append(fresh)
        elif not wraps:
            self.blocks[-1] = fresh
