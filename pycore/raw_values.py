"""The bytes of any value of an instance, read from its entry when someone asks: also those that the walk steps over.

A value of undefined length is taken to end where the next data element that is no part of it begins; the delimiters on
the way belong to what is shown (PS3.5 §7.5, §A.4).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import BinaryIO

from pycore.elements import Element, FileReader, Readable, Reading, open_data_set

_SHORT_HEADER, _LONG_HEADER = 8, 12
"""Bytes of tag, VR and length (PS3.5 §7.1)."""
_STEP_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class RawBytes:
    """Some bytes of a value."""

    data: bytes
    length: int
    """Of the whole value in bytes; where its length is undefined, as far as the next data element."""
    damage: str
    """Why not all of them could be read; '' where they could."""


def read_raw(file: BinaryIO, size: int, reading: Reading, element: Element, start: int, stop: int) -> RawBytes:
    """Read bytes `start` to `stop` of the value of an element of `reading`, fewer where it ends before.

    Parameters
    ----------
    file : seekable file
        The entry's bytes.
    size : int
        Of the entry, in bytes.
    """
    reader = FileReader(file, size)
    is_meta = element.tag >> 16 == 0x0002 and "/" not in element.path
    source = reader if is_meta else open_data_set(reader)
    length = element.length
    if length < 0:
        following = _find_next(reading, element)
        if following is not None:
            end = following.offset - _header_length(source.read(following.offset - _LONG_HEADER, 6), following)
            length = max(0, end - element.offset)
        elif source is reader:
            length = max(0, size - reading.trailing[0] - element.offset)
        else:
            length = _inflated_length(source, element.offset)
    data = source.read(element.offset + start, max(0, min(stop, length) - start))
    return RawBytes(data, length, source.damage or reader.damage)


def _find_next(reading: Reading, element: Element) -> Element | None:
    """Return the element behind one and all that lies inside of it; None where it is the last."""
    found = False
    for other in reading.elements:
        if found and not other.path.startswith(f"{element.path}["):
            return other
        found = found or other is element
    return None


def _header_length(before: bytes, element: Element) -> int:
    """Return how long an element's header is, told by what stands where a long one would begin."""
    order = "<" if element.little_endian else ">"
    tag = struct.pack(f"{order}HH", element.tag >> 16, element.tag & 0xFFFF)
    return _LONG_HEADER if before[:4] == tag and before[4:6].isalpha() else _SHORT_HEADER


def _inflated_length(source: Readable, offset: int) -> int:
    """Return how many bytes follow in a data set whose end is found by reading only."""
    length = 0
    while more := len(source.read(offset + length, _STEP_BYTES)):
        length += more
    return length
