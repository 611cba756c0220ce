"""Data elements that carry what no rule for texts sees -> texts and flags; rules: `data/carriers.tsv`."""

from __future__ import annotations

import io
import os
from functools import lru_cache
from typing import BinaryIO, NamedTuple, cast

from pycore.carriers.extract import DEFAULT_LIMITS, extract, extract_file
from pycore.carriers.extraction import Extraction, Limits
from pycore.carriers.searched import is_searched
from pycore.elements import Element
from pycore.findings import Flag, Where
from pycore.standard import CarrierRow, find_carrier_row

_CACHED_VALUES = 16
"""Large values repeat from slice to slice: a series header is the same in all of them."""

_OVERLAY_DATA = "60xx3000"
_OVERLAY_BIT_POSITION, _SAMPLE_INTERPRETATION, _ICON_SEQUENCE = "60xx0102", "54001006", "00880200"
_PIXELS = "7FE0"
_PADDING = "FFFCFFFC"
_ICON_PATH = "(0088,0200)["
_SOUND = (b"MB", b"AB")  # mu-law and A-law, PS3.3 §C.10.9.1.5


class Section(io.RawIOBase):
    """A part of a file as a file of its own."""

    def __init__(self, file: BinaryIO, start: int, size: int) -> None:
        self._file = file
        self._start = start
        self._size = size
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._position = max(0, offset + (0, self._position, self._size)[whence])
        return self._position

    def tell(self) -> int:
        return self._position

    def read(self, length: int | None = -1) -> bytes:
        left = max(0, self._size - self._position)
        self._file.seek(self._start + self._position)
        data = self._file.read(left if length is None or length < 0 else min(length, left))
        self._position += len(data)
        return data


class CarrierFlag(NamedTuple):
    """A flag, and where what it speaks of lies."""

    flag: Flag
    where: Where


def texts_of_element(
    element: Element, file: BinaryIO | None = None, limits: Limits = DEFAULT_LIMITS
) -> Extraction | None:
    """Return what the value of a binary data element holds; None where there is nothing to search.

    The embedded data elements of the extraction have been searched themselves.

    Parameters
    ----------
    file : seekable file, optional
        The entry, where the value is read from again if the walk has cut it: documents are often larger than what the
        walk keeps. Not for a deflated data set, whose offsets are none of the entry.
    """
    if not is_searched(element) or element.value is None:
        return None
    if file is not None and element.length > len(element.value):
        part = Section(file, element.offset, element.length)
        return extract_file(cast("BinaryIO", part), element.length, encodings=element.encodings, limits=limits)
    return _extract(element.value, element.encodings, limits)


@lru_cache(maxsize=_CACHED_VALUES)
def _extract(value: bytes, encodings: tuple[str, ...], limits: Limits) -> Extraction:
    return extract(value, encodings=encodings, limits=limits)


def check_carrier(element: Element) -> tuple[CarrierFlag, ...]:
    """Judge a data element as a carrier; costs a look-up for nearly all.

    Flagged are overlay planes with bits set and overlays in unused bits of the pixels, icons and other pictures in
    sequences, curves, sound, documents, encrypted attributes, and padding that holds something.
    """
    row = find_carrier_row(element.tag)
    if row is None or not row.rule or not _carries(element, row):
        return ()
    evidence = _count_bits(element) + row.reason if row.attribute == _OVERLAY_DATA else row.reason
    flag = Flag(row.rule, row.clause, "", row.severity, evidence)
    return (CarrierFlag(flag, row.where),)


def _count_bits(element: Element) -> str:
    """Return how many bits are set, to be read before 'bits are set': '1,000 to 9,999 of 262,144 '.

    By powers of ten, so that a series in which every slice has its own number stays a few findings.
    """
    if element.value is None:
        return "it is not known how many "
    count, bits = int.from_bytes(element.value).bit_count(), 8 * len(element.value)
    lowest = 10 ** (len(str(count)) - 1)
    counted = (
        f"of {bits:,} " if len(element.value) == element.length else f"of the first {bits:,}, which were counted, "
    )
    return f"{lowest:,} to {min(10 * lowest - 1, bits):,} {counted}"


def _carries(element: Element, row: CarrierRow) -> bool:
    value = element.value
    if row.attribute == _ICON_SEQUENCE:
        return element.items > 0
    if row.attribute.startswith(_PIXELS):
        return "/" in element.path and _ICON_PATH not in element.path and element.length != 0
    if value is None:  # Pixel Data of a retired group, too
        return element.length != 0
    if row.attribute == _SAMPLE_INTERPRETATION:
        return value.strip(b"\0 ") in _SOUND
    if row.attribute == _OVERLAY_BIT_POSITION:
        return any(value)
    if row.attribute == _PADDING:
        return bool(value.strip(b"\0")) and bool(value.strip(b"\xff"))
    return any(value)
