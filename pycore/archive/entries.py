"""The lines of the ledger, and where the bytes of each lie."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import NamedTuple, overload

from pycore.archive.headers import Header


class Kind(StrEnum):
    """What an entry is to the zip."""

    FILE = "file"
    FOLDER = "folder"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the ledger: an entry of a zip or tar, or a file that was chosen by itself."""

    index: int
    """Over the whole archive, in directory order; the one identity used everywhere."""
    name: str
    """The path as shown and as reported; always valid UTF-8 text, not always unique."""
    kind: Kind
    size: int
    """Inflated bytes, as the directory states."""
    reason: str
    """Why it is unreadable, one sentence; empty otherwise."""


class Range(NamedTuple):
    """Bytes to fetch from one of the sources."""

    source: int
    """Index into the sources that the archive was opened with."""
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Entries to be read together, and what to fetch for them beforehand."""

    indexes: tuple[int, ...]
    ranges: tuple[Range, ...]


class Member(NamedTuple):
    """Where an entry's bytes are."""

    source: int
    header: Header | None
    """None for what lies in the source as it is: a file that was chosen by itself, or one in a tar."""
    start: int
    """Of the local header, or of the bytes where there is none."""
    end: int
    """Where the next entry or the directory begins, in the source; the entry's bytes lie before it."""


class Found(NamedTuple):
    """An entry before it has its place in the ledger."""

    name: str
    kind: Kind
    size: int
    reason: str
    header: Header | None
    start: int
    end: int


_KINDS = tuple(Kind)
_KIND_NUMBERS = {kind: number for number, kind in enumerate(_KINDS)}


class Column(Sequence[int]):
    """Integers one after the other, eight bytes each as long as they fit: what zips state may be larger."""

    __slots__ = ("_values",)

    def __init__(self, values: Iterable[int] = ()) -> None:
        self._values: array[int] | list[int] = array("q")
        self.extend(values)

    def __len__(self) -> int:
        return len(self._values)

    @overload
    def __getitem__(self, at: int) -> int: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[int]: ...
    def __getitem__(self, at: int | slice) -> int | Sequence[int]:
        return self._values[at]

    def __iter__(self) -> Iterator[int]:
        return iter(self._values)

    def __setitem__(self, at: int, value: int) -> None:
        self._values[at] = value  # no larger than what was there

    def append(self, value: int) -> None:
        """Add one."""
        try:
            self._values.append(value)
        except OverflowError:
            self._values = [*self._values, value]

    def extend(self, values: Iterable[int]) -> None:
        """Add several."""
        for value in values:
            self.append(value)


class Names(Sequence[str]):
    """Texts one after the other in UTF-8: each takes its bytes and eight more, and is made when it is asked for."""

    __slots__ = ("_data", "_ends")

    def __init__(self) -> None:
        self._data = bytearray()
        self._ends = array("Q", (0,))

    def __len__(self) -> int:
        return len(self._ends) - 1

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> list[str]: ...
    def __getitem__(self, at: int | slice) -> str | list[str]:
        if isinstance(at, slice):
            return [self[index] for index in range(*at.indices(len(self)))]
        ends = self._ends
        if at < 0:
            at += len(ends) - 1
        return self._data[ends[at] : ends[at + 1]].decode()

    def __iter__(self) -> Iterator[str]:
        data, start = self._data, 0
        for end in islice(self._ends, 1, None):
            yield data[start:end].decode()
            start = end

    def append(self, name: str) -> None:
        """Add one, which holds no surrogates."""
        self._data += name.encode()
        self._ends.append(len(self._data))


class Ledger(Sequence[Found]):
    """All that was found, in columns: a million entries, and each takes little more than its name.

    The headers of a directory are not kept as values, but made of its bytes again when one is asked for.
    """

    def __init__(self, found: Iterable[Found] = ()) -> None:
        self.names = Names()
        self.sizes = Column()
        self._kinds = bytearray()
        self._reasons: dict[int, str] = {}
        self._starts = Column()
        self._ends = Column()
        self._headers: dict[int, Header] = {}
        """Of entries that no directory lists."""
        self._rows: list[tuple[int, Sequence[Header]]] = []
        """Rows of directories, and the index of the entry of the first; ascending."""
        self._all_rows = 0
        self._last_header: tuple[int, Header | None] = (-1, None)
        """The one that was made last, and whose it is: whoever reads an entry asks for it several times."""
        for one in found:
            self.append(one)

    def __len__(self) -> int:
        return len(self.names)

    @overload
    def __getitem__(self, at: int) -> Found: ...
    @overload
    def __getitem__(self, at: slice) -> list[Found]: ...
    def __getitem__(self, at: int | slice) -> Found | list[Found]:
        if isinstance(at, slice):
            return [self[index] for index in range(*at.indices(len(self)))]
        index = range(len(self))[at]
        return Found(
            self.names[index],
            self.kind(index),
            self.sizes[index],
            self.reason(index),
            self.header(index),
            self._starts[index],
            self._ends[index],
        )

    def kind(self, index: int) -> Kind:
        """Return what an entry is."""
        return _KINDS[self._kinds[index]]

    def reason(self, index: int) -> str:
        """Return why an entry is unreadable; '' otherwise."""
        return self._reasons.get(index, "")

    def header(self, index: int) -> Header | None:
        """Return what the zip states of an entry; None if it is of no zip."""
        last, header = self._last_header
        if last != index:
            header = self._find_header(index)
            self._last_header = index, header
        return header

    def _find_header(self, index: int) -> Header | None:
        if self._headers and index in self._headers:
            return self._headers[index]
        if index >= self._all_rows:
            return None
        at = bisect_right(self._rows, index, key=_first_of) - 1
        if at < 0:
            return None
        first, rows = self._rows[at]
        return rows[index - first] if index - first < len(rows) else None

    def place(self, index: int) -> tuple[int, int]:
        """Return where an entry's bytes begin and end; see `Member`."""
        return self._starts[index], self._ends[index]

    def append(self, found: Found) -> None:
        """Add an entry."""
        if found.header is not None:
            self._headers[len(self.names)] = found.header
        self._append(found)

    def extend_by_directory(self, rows: Sequence[Header], found: Iterable[Found]) -> None:
        """Add what a directory lists, one for each of its rows."""
        self._rows.append((len(self), rows))
        for one in found:
            self._append(one)
        self._all_rows = len(self)

    def extend(self, other: Ledger, prefix: str) -> None:
        """Add the entries of another, their names with a prefix."""
        base = len(self)
        for name in other.names:
            self.names.append(prefix + name)
        self.sizes.extend(other.sizes)
        self._kinds += other._kinds
        self._starts.extend(other._starts)
        self._ends.extend(other._ends)
        self._reasons.update((base + index, reason) for index, reason in other._reasons.items())
        self._headers.update((base + index, header) for index, header in other._headers.items())
        self._rows += [(base + first, rows) for first, rows in other._rows]
        self._all_rows = base + other._all_rows if other._rows else self._all_rows

    def listed(self) -> Ledger:
        """Return the same entries for who reads none of them: without headers, and without where their bytes are."""
        ledger = Ledger()
        ledger.names, ledger.sizes = self.names, self.sizes
        ledger._kinds, ledger._reasons = self._kinds, self._reasons
        return ledger

    def refuse(self, index: int, reason: str) -> None:
        """Say why an entry cannot be read, unless it is a folder."""
        if self.kind(index) is Kind.FILE:
            self._kinds[index] = _KIND_NUMBERS[Kind.UNREADABLE]
        self._reasons[index] = reason

    def cut(self, index: int, end: int) -> None:
        """Let an entry that lies in its source as it is end sooner."""
        self.sizes[index] = end - self._starts[index]
        self._ends[index] = end

    def _append(self, found: Found) -> None:
        name, kind, size, reason, _, start, end = found
        if reason:
            self._reasons[len(self.names)] = reason
        self.names.append(name)
        self.sizes.append(size)
        self._kinds.append(_KIND_NUMBERS[kind])
        self._starts.append(start)
        self._ends.append(end)


def _first_of(rows: tuple[int, Sequence[Header]]) -> int:
    return rows[0]


class Entries(Sequence[Entry]):
    """The lines of a ledger as `Entry`s, each made when it is asked for."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def __len__(self) -> int:
        return len(self._ledger)

    @overload
    def __getitem__(self, at: int) -> Entry: ...
    @overload
    def __getitem__(self, at: slice) -> list[Entry]: ...
    def __getitem__(self, at: int | slice) -> Entry | list[Entry]:
        if isinstance(at, slice):
            return [self[index] for index in range(*at.indices(len(self)))]
        index = range(len(self))[at]
        ledger = self._ledger
        return Entry(index, ledger.names[index], ledger.kind(index), ledger.sizes[index], ledger.reason(index))


class Contents(NamedTuple):
    """What one source holds."""

    found: Ledger
    problems: list[str]
    """Sentences about the archive as a whole."""
    notes: list[tuple[int, str]]
    """Sentences about one of `found`, by its index in it."""
    comment: bytes = b""
