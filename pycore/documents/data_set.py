"""Data elements -> a data set to walk in, attributes by keyword (PS3.5 §7.5); texts know whether they identify.

Built from what `elements` has read, so that all that precedes damage is there, nothing is nested without bound and no
value is larger than it may be. Absent, empty and malformed are answered alike: '', no number, no Item.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from struct import Struct, error
from typing import BinaryIO

from pydicom.datadict import tag_for_keyword

from pycore.documents.blocks import MAX_CHARACTERS, Run, Runs
from pycore.elements import Element, Reading, to_text
from pycore.errors import EntryError
from pycore.findings import Severity, Where
from pycore.judgement import check_value
from pycore.part10 import is_deflated, read_file_meta
from pycore.phi.options import Options
from pycore.phi.value import Value
from pycore.pixels.source import BoundedReader, open_inflated
from pycore.standard import uid_name

MAX_READ_BYTES = 64 * 1024 * 1024
"""Of one value that is longer than `elements` keeps."""
_META_BYTES = 1 << 16
_PROSE_VRS = frozenset({"PN", "LT", "ST", "UT", "DA", "DT", "UR"})
"""Names, dates and free text: always masked where identifiers are hidden, whatever they say."""
_NUMBER_FORMATS = {"FD": "d", "FL": "f", "SL": "l", "SS": "h", "SV": "q", "UL": "L", "US": "H", "UV": "Q"}
_STRICTEST = Options()


@lru_cache(maxsize=1024)
def to_tag(keyword: str) -> int:
    """Return the tag of a keyword of PS3.6; raises KeyError for any other."""
    tag = tag_for_keyword(keyword)
    if tag is None:
        raise KeyError(keyword)
    return tag


class _Store:
    """All data sets of an object side by side, by number.

    Were they nested, Python would take them apart one inside the other, and in the browser its stack does not suffice
    for a thousand levels.
    """

    __slots__ = ("elements", "items", "values")

    def __init__(self, values: Values | None = None) -> None:
        self.values = values
        self.elements: list[dict[int, Element]] = [{}]
        self.items: dict[tuple[int, int], list[int]] = {}
        """Of a data set and the tag of a sequence: its Items."""

    def add(self) -> int:
        """Make room for one more data set."""
        self.elements.append({})
        return len(self.elements) - 1


class DataSet:
    """The attributes of an object, or of one Item of a sequence; private ones are left out."""

    __slots__ = ("_number", "_store")

    def __init__(self, store: _Store, number: int) -> None:
        self._store = store
        self._number = number

    def __contains__(self, keyword: str) -> bool:
        return to_tag(keyword) in self._store.elements[self._number]

    def element(self, keyword: str) -> Element | None:
        """Return the data element; None where it is absent."""
        return self._store.elements[self._number].get(to_tag(keyword))

    def text(self, keyword: str) -> str:
        """Return the value as text, several values joined by a backslash."""
        element = self.element(keyword)
        return "" if element is None else (to_text(element) or "").strip()

    def texts(self, keyword: str) -> list[str]:
        """Return the values, each as text."""
        text = self.text(keyword)
        return [part.strip() for part in text.split("\\")] if text else []

    def numbers(self, keyword: str) -> tuple[float, ...]:
        """Return the values as numbers, all of them or none: those that are no numbers are not passed over."""
        element = self.element(keyword)
        if element is None or not element.length:
            return ()
        raw = self.raw(keyword)
        try:
            if element.vr in _NUMBER_FORMATS:
                unpack = Struct(("<" if element.little_endian else ">") + _NUMBER_FORMATS[element.vr]).iter_unpack
                found = tuple(float(row[0]) for row in unpack(raw))
            else:
                found = tuple(float(part) for part in raw.rstrip(b"\0 ").split(b"\\"))
        except (ValueError, error):  # not a number; bytes that are no multiple of one
            return ()
        return found if all(map(math.isfinite, found)) else ()

    def number(self, keyword: str) -> float | None:
        """Return the first value as a number."""
        numbers = self.numbers(keyword)
        return numbers[0] if numbers else None

    def integer(self, keyword: str) -> int | None:
        """Return the first value as an integer."""
        number = self.number(keyword)
        return None if number is None else int(number)

    def items(self, keyword: str) -> list[DataSet]:
        """Return the Items of a sequence."""
        element = self.element(keyword)
        items = [DataSet(self._store, at) for at in self._store.items.get((self._number, to_tag(keyword)), ())]
        missing = (element.items if element else 0) - len(items)
        return items + [EMPTY] * missing if missing > 0 else items

    def item(self, keyword: str) -> DataSet:
        """Return the first Item of a sequence; one without attributes where there is none."""
        items = self.items(keyword)
        return items[0] if items else EMPTY

    def raw(self, keyword: str, limit: int = MAX_READ_BYTES) -> bytes:
        """Return the value's bytes, also those of a long one, at most `limit`."""
        element = self.element(keyword)
        values = self._store.values
        return b"" if element is None or values is None else values.read(element, limit)

    def steps(self, keyword: str, step: int) -> Iterator[bytes]:
        """Yield the value's bytes from its beginning, `step` at a time, as far as they are there."""
        element = self.element(keyword)
        values = self._store.values
        return iter(()) if element is None or values is None else values.steps(element, step)

    def run(self, keyword: str, style: str = "") -> Run:
        """Return the value as people read it."""
        element = self.element(keyword)
        if element is None:
            return Run("")
        return Run(to_words(element)[:MAX_CHARACTERS], is_identifying(element), style)

    def runs(self, *keywords: str) -> Runs:
        """Return several values as people read them, those that are there, with spaces between them."""
        return spaced(self.run(keyword) for keyword in keywords)

    def code(self, keyword: str) -> Runs:
        """Return the coded concept of a code sequence: its meaning, and small its value and scheme (PS3.3 §8)."""
        return coded(self.item(keyword)) if keyword in self else ()

    def codes(self, keyword: str) -> Runs:
        """Return all coded concepts of a code sequence, with commas between them."""
        runs: Runs = ()
        for item in self.items(keyword):
            runs += ((Run(", "),) if runs else ()) + coded(item)
        return runs


EMPTY = DataSet(_Store(), 0)
"""An Item without attributes."""


class Values:
    """The bytes of an object's values, also of those that are longer than `elements` keeps."""

    def __init__(self, file: BinaryIO | None, reading: Reading) -> None:
        self._file = file
        self._deflated = is_deflated(reading.transfer_syntax)
        self._inflated: BinaryIO | None = None

    def read(self, element: Element, limit: int) -> bytes:
        """Return the first `limit` bytes of a value, as far as they are there."""
        kept = element.value or b""
        wanted = min(element.length, limit)
        if len(kept) >= wanted or self._file is None:
            return kept[:limit]
        pieces, have = [], 0
        for piece in self.steps(element, 1 << 20):
            pieces.append(piece[: wanted - have])
            have += len(pieces[-1])
            if have >= wanted:
                break
        return b"".join(pieces)

    def steps(self, element: Element, step: int) -> Iterator[bytes]:
        """Yield the bytes of a value, `step` at a time."""
        kept, at = element.value or b"", 0
        if len(kept) >= element.length or self._file is None:
            for at in range(0, len(kept), step):
                yield kept[at : at + step]
            return
        while at < element.length:
            piece = self._read_at(element.offset + at, min(step, element.length - at))
            if not piece:
                return
            yield piece
            at += len(piece)

    def _read_at(self, offset: int, length: int) -> bytes:
        assert self._file is not None
        try:
            if self._deflated:
                if self._inflated is None:
                    self._file.seek(0)
                    meta = read_file_meta(self._file.read(_META_BYTES), _META_BYTES)
                    self._inflated = open_inflated(self._file, meta.end if meta else 0)
                self._inflated.seek(offset)
                return self._inflated.read(length)
            self._file.seek(offset)
            return BoundedReader(self._file).read(length)
        except (EntryError, OSError):  # damage behind what `elements` has read; it is among the reading's problems
            return b""


def to_data_set(reading: Reading, file: BinaryIO | None) -> DataSet:
    """Build the data set of what was read; values that are longer than was kept are read from the file."""
    store = _Store(Values(file, reading))
    numbers: dict[str, int] = {"": 0}
    for element in reading.elements:
        if element.tag >> 16 & 1:
            continue
        prefix = element.path.rpartition("/")[0]
        number = numbers.get(prefix)
        if number is None:
            number = _make_item(prefix, numbers, store)
        store.elements[number].setdefault(element.tag, element)
    return DataSet(store, 0)


def _make_item(prefix: str, numbers: dict[str, int], store: _Store) -> int:
    """Put an Item, and those without attributes before it, where its path says."""
    missing = [prefix]
    while (above := missing[-1].rpartition("/")[0]) not in numbers:
        missing.append(above)
    for path in reversed(missing):
        above, _, last = path.rpartition("/")
        siblings = store.items.setdefault((numbers[above], int(last[1:5] + last[6:10], 16)), [])
        index = int(last[12:-1])
        while len(siblings) <= index:
            siblings.append(store.add())
        numbers[path] = siblings[index]
    return numbers[prefix]


def is_identifying(element: Element) -> bool:
    """Whether the value is masked where identifiers are hidden: prose, dates, names, and whatever a rule flags."""
    if element.vr in _PROSE_VRS:
        return bool(element.value)
    if element.vr in _NUMBER_FORMATS or element.vr in ("SQ", "DS", "IS"):
        return False
    return _is_flagged(element.tag, element.vr, to_text(element) or "")


@lru_cache(maxsize=8192)
def _is_flagged(tag: int, vr: str, text: str) -> bool:
    path = f"({tag >> 16:04X},{tag & 0xFFFF:04X})"
    where = Where.FILE_META if tag >> 16 == 2 else Where.ELEMENT
    value = Value(where, path, tag, vr, None, text, len(text), 0)
    return any(flag.severity is not Severity.INFO for flag in check_value(value, _STRICTEST))


def coded(item: DataSet) -> Runs:
    """Return a coded concept: its meaning, and small its value and scheme (PS3.3 §8)."""
    value = next((item.run(name) for name in ("CodeValue", "LongCodeValue", "URNCodeValue") if name in item), Run(""))
    meaning = item.run("CodeMeaning")
    code = ", ".join(part for part in (value.text, item.text("CodingSchemeDesignator")) if part)
    if not meaning.text:
        return (Run(code or "(no code)", value.identifying, "code"),)
    return (meaning, Run(f" ({code})", value.identifying, "code")) if code else (meaning,)


def spaced(runs: Iterator[Run] | Runs) -> Runs:
    """Return the runs that say something, with spaces between them."""
    found: Runs = ()
    for run in runs:
        if run.text:
            found += ((Run(" "),) if found else ()) + (run,)
    return found


def to_words(element: Element) -> str:
    """Return a value as people read it: dates and times with separators, names of UIDs, numbers without padding."""
    text = to_text(element) or ""
    if not text:
        return text
    shown = _WORDS.get(element.vr)
    return ", ".join(shown(part) for part in text.split("\\")) if shown else text


_DATE = re.compile(r"(\d{4})\.?(\d\d)\.?(\d\d)")
_TIME = re.compile(r"(\d\d):?(\d\d)?:?(\d\d(?:\.\d+)?)?")
_DATE_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d[\d.]*)?([+-]\d{4})?")


def _date(text: str) -> str:
    found = _DATE.fullmatch(text.strip())
    return "-".join(found.groups()) if found else text


def _time(text: str) -> str:
    found = _TIME.fullmatch(text.strip())
    return ":".join(part for part in found.groups() if part) if found else text


def _date_time(text: str) -> str:
    found = _DATE_TIME.fullmatch(text.strip())
    if not found:
        return text
    year, month, day, time, zone = found.groups()
    return " ".join(part for part in (f"{year}-{month}-{day}", _time(time) if time else "", zone or "") if part)


def _name(text: str) -> str:
    groups = []
    for group in text.split("="):
        family, _, others = group.partition("^")
        given = " ".join(part for part in others.split("^") if part)
        groups.append(", ".join(part for part in (family, given) if part))
    return " = ".join(part for part in groups if part)


def _number(text: str) -> str:
    """Return a decimal number without the digits that only fill its 16 characters."""
    if len(text) <= _LONG_NUMBER or "." not in text:
        return text
    try:
        return f"{float(text):.10g}"
    except ValueError:
        return text


_LONG_NUMBER = 8


def _uid(text: str) -> str:
    return uid_name(text) or text


_WORDS: dict[str, Callable[[str], str]] = {
    "DA": _date,
    "TM": _time,
    "DT": _date_time,
    "PN": _name,
    "UI": _uid,
    "DS": _number,
    **dict.fromkeys(("IS", "CS", "LO", "SH", "AE", "AS", "FD", "FL", "SL", "SS", "UL", "US", "UC"), str),
}
