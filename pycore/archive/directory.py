"""The end of a zip -> what its central directory lists (APPNOTE §4.3.12 to §4.3.16), however damaged it is.

`zipfile` gives up on the whole directory where one name, one number or one version is wrong. Here a row costs no
other: what does not begin like a row is passed over up to the next that does, and said.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import overload

from pycore.archive.headers import CENTRAL_HEADER, CENTRAL_SIGNATURE, END_SIGNATURE, LOCAL_SIGNATURE, Header, find_zip64
from pycore.archive.sources import Source, Window

END_BYTES = 22
MAX_END_BYTES = END_BYTES + 0xFFFF
"""The end record and its comment, APPNOTE §4.3.16."""
MAX_DIRECTORY_BYTES = 512 * 1024 * 1024

_END = struct.Struct("<4s4H2LH")
_ZIP64_LOCATOR = struct.Struct("<4sLQL")  # APPNOTE §4.3.15
_ZIP64_END = struct.Struct("<4sQ2H2L4Q")  # APPNOTE §4.3.14
_MAX_CANDIDATES = 64
_MAX32, _MAX16 = 0xFFFF_FFFF, 0xFFFF


@dataclass(frozen=True, slots=True)
class Directory:
    """What a central directory lists, and where it and its end lie; offsets from the start of the source."""

    headers: Sequence[Header]
    start: int
    """Of the first row."""
    record: int
    """Of the end of central directory record, the one of ZIP64 where there is one: what lists entries ends here."""
    end: int
    """Behind the end of central directory record and its comment."""
    comment: bytes
    problems: tuple[str, ...]
    """Ends of sentences that begin with the zip's name."""


@dataclass(frozen=True, slots=True)
class _End:
    """An end of central directory record (APPNOTE §4.3.16), with what that of ZIP64 says beyond it."""

    start: int
    record: int
    """Where what lists entries must have ended."""
    end: int
    disk: int
    entries: int
    size: int
    offset: int
    comment: bytes
    is_short: bool
    """Whether its comment would go on behind the end of the file."""


def find_directory(source: Source, tail: bytes) -> Directory | None:
    """Read the central directory; None where there is no end record that leads to one.

    Parameters
    ----------
    tail : bytes
        The last `MAX_END_BYTES` of the source.
    """
    ends = list(_find_ends(source, tail))
    # A comment may hold what looks like an end record: the one whose comment reaches the end of the file goes first.
    ends.sort(key=lambda end: (end.end != source.size, end.is_short))
    window = Window(source, 64)
    for end in ends:
        starts = [one for one in _starts(end) if window.read(one[0], 4) == CENTRAL_SIGNATURE]
        if starts:
            # Where size and offset of the directory disagree, that one is right which leads to a local header.
            start, shift = next((one for one in starts if _leads_to_local_header(window, *one)), starts[0])
            return _read(source, end, start, shift)
        if not end.entries and not end.size and not end.is_short:
            return Directory([], end.record, end.record, end.end, end.comment, ())
    return None


def _starts(end: _End) -> list[tuple[int, int]]:
    """Where the directory may begin, and what is to be added to the offsets in it.

    As its size says, so that what was put in front of the zip does not matter; as its offset says.
    """
    by_size = end.record - end.size
    starts = [(by_size, by_size - end.offset), (by_size, 0), (end.offset, 0)]
    return [(start, shift) for start, shift in starts if 0 <= start < end.record]


def _leads_to_local_header(window: Window, start: int, shift: int) -> bool:
    headers, _ = read_rows(window.read(start, 2 * 0xFFFF), shift, most=1)
    return bool(headers) and headers[0].offset >= 0 and window.read(headers[0].offset, 4) == LOCAL_SIGNATURE


def _find_ends(source: Source, tail: bytes) -> Iterator[_End]:
    base = source.size - len(tail)
    at = len(tail)
    window = Window(source, 64)
    for _ in range(_MAX_CANDIDATES):
        at = tail.rfind(END_SIGNATURE, 0, at + 3)
        if at < 0:
            return
        # A file that was cut off here may still have most of the record.
        fields = tail[at : at + END_BYTES].ljust(END_BYTES, b"\0")
        _, disk, _, _, entries, size, offset, comment_length = _END.unpack(fields)
        start = base + at
        end = start + END_BYTES + comment_length
        comment = tail[at + END_BYTES : at + END_BYTES + comment_length]
        record = start
        zip64 = _find_zip64_end(window, start)
        if zip64 is not None:
            record, disk64, entries64, size64, offset64 = zip64
            disk = disk64 if disk == _MAX16 else disk
            entries = entries64 if entries == _MAX16 else entries
            size = size64 if size == _MAX32 else size
            offset = offset64 if offset == _MAX32 else offset
        yield _End(start, record, min(end, source.size), disk, entries, size, offset, comment, end > source.size)


def _find_zip64_end(window: Window, end: int) -> tuple[int, int, int, int, int] | None:
    """Return where the ZIP64 end record lies, and its disk, entries, size and offset; None if there is none."""
    if end < _ZIP64_LOCATOR.size:
        return None
    signature, _, stated, _ = _ZIP64_LOCATOR.unpack(window.read(end - _ZIP64_LOCATOR.size, _ZIP64_LOCATOR.size))
    if signature != b"PK\x06\x07":
        return None
    for at in (end - _ZIP64_LOCATOR.size - _ZIP64_END.size, stated):
        data = window.read(at, _ZIP64_END.size) if 0 <= at < end else b""
        if len(data) == _ZIP64_END.size and data.startswith(b"PK\x06\x06"):
            _, _, _, _, disk, _, _, entries, size, offset = _ZIP64_END.unpack(data)
            return at, disk, entries, size, offset
    return None


def _read(source: Source, end: _End, start: int, shift: int) -> Directory:
    problems: list[str] = []
    length = end.record - start
    if length > MAX_DIRECTORY_BYTES:
        problems.append(f"has a directory of {length} bytes, of which the first {MAX_DIRECTORY_BYTES} were read")
        length = MAX_DIRECTORY_BYTES
    data = Window(source).read(start, length)
    headers, skipped = read_rows(data, shift)
    if skipped:
        problems.append(
            f"has a damaged directory: {skipped} of its {length} bytes are no part of a row (APPNOTE §4.3.12)"
        )
    if len(headers) & _MAX16 != end.entries & _MAX16 or (end.entries > _MAX16 and len(headers) != end.entries):
        problems.append(f"states {end.entries} entries at its end, and its directory lists {len(headers)}")
    if end.is_short:
        problems.append("is a truncated zip: it ends within its end of central directory record (APPNOTE §4.3.16)")
    if end.disk and end.disk != _MAX16:
        problems.append(
            f"is volume {end.disk + 1} of a zip in several volumes: what lies in the others was not reviewed. Join "
            "them into one zip and review that"
        )
    return Directory(headers, start, end.record, end.end, end.comment, tuple(problems))


class Rows(Sequence[Header]):
    """The rows of a directory: its bytes, of which a header is made when it is asked for."""

    def __init__(self, data: bytes, shift: int) -> None:
        self._data = data
        self._shift = shift
        self._at = array("I")

    def __len__(self) -> int:
        return len(self._at)

    @overload
    def __getitem__(self, at: int) -> Header: ...
    @overload
    def __getitem__(self, at: slice) -> list[Header]: ...
    def __getitem__(self, at: int | slice) -> Header | list[Header]:
        if isinstance(at, slice):
            return [self._read(one) for one in self._at[at]]
        return self._read(self._at[at])

    def __iter__(self) -> Iterator[Header]:
        return map(self._read, self._at)

    def append(self, at: int) -> None:
        """Add the row that begins there."""
        self._at.append(at)

    def _read(self, at: int) -> Header:
        data = self._data
        fields = CENTRAL_HEADER.unpack_from(data, at)
        _, _, _, flags, method, time, _, crc, compressed, size = fields[:10]
        name_end, extra_end, comment_end, disk, _, _, offset = fields[10:]
        name_start = at + CENTRAL_HEADER.size
        name_end += name_start
        extra_end += name_end
        extra = data[name_end:extra_end]
        if extra and (size == _MAX32 or compressed == _MAX32 or offset == _MAX32 or disk == _MAX16):
            size, compressed, offset, disk = find_zip64(extra, size, compressed, offset, disk)
        return Header(
            data[name_start:name_end],
            flags,
            method,
            time,
            crc,
            compressed,
            size,
            offset + self._shift,
            extra,
            data[extra_end : extra_end + comment_end],
            disk,
        )


_ROW_LENGTHS = struct.Struct("<4s24x3H")  # what a row of the directory begins with, and how long its name and so on are


def read_rows(data: bytes, shift: int, most: int = MAX_DIRECTORY_BYTES) -> tuple[Rows, int]:
    """Return the rows of a directory, and how many bytes of it belong to none.

    Parameters
    ----------
    data : bytes
        From the first row to the end of central directory record; a digital signature may be among it (§4.3.13).
    shift : int
        What is to be added to the offsets of local headers: they count from where the zip began before something was
        put in front of it.
    most : int
        How many rows are wanted.
    """
    rows = Rows(data, shift)
    append, unpack = rows.append, _ROW_LENGTHS.unpack_from
    at, skipped, last = 0, 0, len(data) - CENTRAL_HEADER.size
    while at <= last and len(rows) < most:
        signature, name, extra, comment = unpack(data, at)
        if signature != CENTRAL_SIGNATURE:
            if signature == b"PK\x05\x05":
                at += 6 + int.from_bytes(data[at + 4 : at + 6], "little")
                continue
            found = data.find(CENTRAL_SIGNATURE, at + 1)
            if found < 0:
                break
            skipped += found - at
            at = found
            continue
        end = at + CENTRAL_HEADER.size + name + extra + comment
        if end > len(data):
            break
        append(at)
        at = end
    return rows, skipped + max(0, len(data) - at)
