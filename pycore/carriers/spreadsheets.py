"""Tables of Office documents -> cells, each under the heading of its column, as of a table in plain text.

Of SpreadsheetML (ECMA-376 Part 1 §18.3.1.4 cells, §18.4 shared strings) and OpenDocument (ODF 1.2 Part 1 §9.1) no more
is read than which text stands in which column.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from pycore.carriers.extraction import Collector
from pycore.carriers.markup import parse_xml

_SHARED = "xl/sharedStrings.xml"
_WORKSHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
_OPEN_DOCUMENT = "content.xml"
_MOST_COLUMNS = 1024
"""Columns that are told apart; what stands further right is taken for the last one."""


class _Cell(NamedTuple):
    column: int
    text: str
    """Or, of a shared one, its number."""
    is_shared: bool
    is_text: bool


class Spreadsheet:
    """Takes the parts of a workbook, in any order, until its cells can be told."""

    def __init__(self) -> None:
        self._strings: list[str] = []
        self._sheets: list[tuple[str, _Part]] = []

    def holds(self, name: str, data: bytes) -> bool:
        """Return whether a part of the document holds cells, or texts for them."""
        is_table = name == _OPEN_DOCUMENT and b":table-cell" in data
        return is_table or name == _SHARED or _WORKSHEET.fullmatch(name) is not None

    def take(self, name: str, data: bytes) -> bool:
        """Take such a part; False if it is not well-formed: what comes before the fault is kept."""
        part = _Part()
        is_whole = parse_xml(data, part)
        part.set_aside()
        if self._strings:  # a second part of that name: no cell can mean its strings, and they are there
            part.beside.extend(f"{text}\n" for text in part.strings)
        else:
            self._strings = part.strings
        self._sheets.append((name, part))
        return is_whole

    def give(self, where: str, collector: Collector) -> None:
        """Give the cells, what stands beside the tables, and shared strings that no cell shows any more."""
        shown: set[int] = set()
        for name, part in self._sheets:
            heading: dict[int, str] = {}
            for cells in part.rows:
                texts = [self._text_of(cell, shown) for cell in cells]
                if not heading and len(cells) > 1 and all(cell.is_text for cell in cells):
                    heading = {cell.column: text for cell, text in zip(cells, texts, strict=True)}
                    collector.add_free(f"{where}: {name} heading", " ".join(texts))
                    continue
                for cell, text in zip(cells, texts, strict=True):
                    title = heading.get(cell.column) or f"column {cell.column + 1}"
                    collector.add(f"{where}: {name} {title}", text)
            collector.add_free(f"{where}: {name}", "".join(part.beside))
        for number, text in enumerate(self._strings):
            if number not in shown:
                collector.add_free(f"{where}: {_SHARED}", text)

    def _text_of(self, cell: _Cell, shown: set[int]) -> str:
        if not cell.is_shared:
            return cell.text
        number = int(cell.text) if re.fullmatch(r"[0-9]{1,9}", cell.text) else len(self._strings)
        shown.add(number)
        return self._strings[number] if number < len(self._strings) else ""


class _Part:
    """The cells of one part, or its shared strings, and the texts that stand in neither."""

    _ROWS = frozenset({"row", "table-row"})
    _CELLS = frozenset({"c", "table-cell", "covered-table-cell"})
    _LINES = frozenset({"p", "h", "br", "line-break"})
    _DULL = frozenset({"f", "formula"})

    def __init__(self) -> None:
        self.rows: list[list[_Cell]] = []
        self.strings: list[str] = []
        self.beside: list[str] = []
        self._pieces: list[str] | None = None
        """Of the cell or string that is being read."""
        self._cell = _Cell(0, "", False, False)
        self._next = self._skip = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        self._skip += self._skip > 0 or local in self._DULL
        if local in self._ROWS:
            self.rows.append([])
            self._next = 0
        elif local in self._CELLS:
            kind = attributes.get("t", "n") if local == "c" else ""
            column = min(_column_of(attributes.get("r", ""), self._next), _MOST_COLUMNS)
            self._next = column + _repeated(attributes)
            is_text = kind in ("s", "str", "inlineStr") or (not kind and not _is_number(attributes))
            self.set_aside()  # of a cell around this one
            self._cell = _Cell(column, "", kind == "s", is_text)
            self._pieces = []
        elif local == "si":
            self.set_aside()
            self._pieces = []

    def end(self, name: str) -> None:
        local = name.rpartition(":")[2]
        self._skip -= self._skip > 0
        if local in self._LINES:
            self.text("\n")
        elif local == "tab":
            self.text(" ")
        if self._pieces is None or local not in self._CELLS | {"si"}:
            return
        text = "".join(self._pieces).strip()
        self._pieces = None
        if local == "si":
            self.strings.append(text)
        elif text:
            if not self.rows:
                self.rows.append([])
            self.rows[-1].append(self._cell._replace(text=text))

    def set_aside(self) -> None:
        """Take what was begun for text beside the tables."""
        self.beside.extend(self._pieces or ())
        self._pieces = None

    def text(self, text: str) -> None:
        if not self._skip:
            (self.beside if self._pieces is None else self._pieces).append(text)


def _column_of(reference: str, otherwise: int) -> int:
    """Return the column of a reference such as 'AB12', from 0."""
    letters = re.match(r"[A-Z]{1,3}(?=\d)", reference)
    if letters is None:
        return otherwise
    column = 0
    for letter in letters[0]:
        column = column * 26 + ord(letter) - ord("A") + 1
    return column - 1


def _repeated(attributes: dict[str, str]) -> int:
    """Return for how many columns a cell stands."""
    for key, value in attributes.items():
        if key.endswith(":number-columns-repeated") and re.fullmatch(r"[0-9]{1,6}", value):
            return int(value)
    return 1


def _is_number(attributes: dict[str, str]) -> bool:
    return any(key.endswith(":value-type") and value != "string" for key, value in attributes.items())
