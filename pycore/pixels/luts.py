"""Data elements -> lookup tables: Modality and VOI LUTs, palettes, segmented palettes.

PS3.3 §C.11.1.1, §C.11.2.1.1, §C.7.6.3.1.5, §C.7.6.3.1.6 and §C.7.9.2. Tables in the wild have entries of 8 bits where
their descriptor says 16 and the other way round; the length of the data decides.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset

from pycore.errors import PixelDataError
from pycore.pixels.attributes import as_signed, name_of, numbers, read_value

MAX_ENTRIES = 1 << 16
"""A LUT Descriptor that says 0 means this many (PS3.3 §C.11.1.1)."""

COLORS = ("Red", "Green", "Blue")

_DISCRETE, _LINEAR, _INDIRECT = 0, 1, 2
"""Opcodes of the segments of a segmented palette (PS3.3 §C.7.9.2)."""


@dataclass(frozen=True, slots=True, eq=False)
class LookupTable:
    """Entries for consecutive input values; lower and higher inputs get the first and the last entry."""

    first: int
    """Input value of the first entry."""
    bits: int
    """Entries run from 0 to 2**bits - 1."""
    entries: NDArray[np.uint16]

    @property
    def highest(self) -> int:
        """The highest value that an entry may have."""
        return (1 << self.bits) - 1

    def apply(self, values: NDArray[Any]) -> NDArray[np.uint16]:
        """Return the entry of each value; fractions are rounded, what is no number gets the first entry."""
        if values.dtype.kind == "f":
            with np.errstate(invalid="ignore"):
                values = np.nan_to_num(np.rint(values), nan=self.first)
        # Clipped in the values' own type, where neither 64-bit integers nor infinities overflow.
        index = np.clip(values.astype(np.float64), self.first, self.first + len(self.entries) - 1) - self.first
        return self.entries[index.astype(np.int32)]


def read_lut(item: Dataset, little_endian: bool, signed: bool) -> LookupTable:
    """Return the table of an Item of (0028,3000) Modality LUT Sequence or (0028,3010) VOI LUT Sequence.

    Parameters
    ----------
    signed : bool
        Whether inputs may be negative, so that the first input value is SS even where it was written as US.

    Raises
    ------
    PixelDataError
        If descriptor and data are missing or contradict each other.
    """
    entries, first, bits = _read_descriptor(item, "LUTDescriptor", signed)
    if not 1 <= bits <= 16:
        raise PixelDataError(
            f"{name_of('LUTDescriptor')} says {bits} bits per entry, expected 8 to 16 (PS3.3 §C.11.1.1)."
        )
    data = _read_bytes(item, "LUTData", little_endian)
    return LookupTable(first, bits, _to_entries(data, "LUTData", entries, bits))


def read_palette(data_set: Dataset, little_endian: bool, signed: bool) -> tuple[LookupTable, LookupTable, LookupTable]:
    """Return the tables for red, green and blue (PS3.3 §C.7.6.3.1.5, §C.7.6.3.1.6).

    Raises
    ------
    PixelDataError
        If a table is missing or contradicts its descriptor.
    """
    tables = []
    for color in COLORS:
        entries, first, bits = _read_descriptor(data_set, f"{color}PaletteColorLookupTableDescriptor", signed)
        if not 1 <= bits <= 16:
            name = name_of(f"{color}PaletteColorLookupTableDescriptor")
            raise PixelDataError(f"{name} says {bits} bits per entry, expected 8 or 16 (PS3.3 §C.7.6.3.1.5).")
        whole, segmented = f"{color}PaletteColorLookupTableData", f"Segmented{color}PaletteColorLookupTableData"
        if segmented in data_set and whole not in data_set:
            values = _expand_segments(_read_bytes(data_set, segmented, little_endian), bits, segmented)[:entries]
            if len(values) < entries:
                raise PixelDataError(f"{name_of(segmented)} gives {len(values):,} entries, expected {entries:,}.")
        else:
            values = _to_entries(_read_bytes(data_set, whole, little_endian), whole, entries, bits)
            if len(_read_bytes(data_set, whole, little_endian)) < 2 * entries:
                bits = 8
        tables.append(LookupTable(first, bits, values))
    highest = max(int(table.entries.max()) for table in tables)
    # 8-bit colours in 16-bit words, or the other way round: entries "shall be scaled to the full range" (§C.7.6.3.1.5).
    bits = 8 if highest < 256 else 16
    red, green, blue = (LookupTable(table.first, bits, table.entries) for table in tables)
    return red, green, blue


def read_supplemental_palette(
    data_set: Dataset, little_endian: bool, signed: bool
) -> tuple[LookupTable, LookupTable, LookupTable]:
    """Return the tables of a palette that colours a part of the values of a grey image (PS3.3 §C.7.6.19).

    Raises
    ------
    PixelDataError
        If a table is missing or contradicts its descriptor, or if the three begin at different values.
    """
    palette = read_palette(data_set, little_endian, signed)
    if len({table.first for table in palette}) > 1:
        raise PixelDataError("The palettes for red, green and blue begin at different values (PS3.3 §C.7.6.3.1.5).")
    return palette


def _read_descriptor(item: Dataset, keyword: str, signed: bool) -> tuple[int, int, int]:
    """Return number of entries, first input value and bits per entry."""
    found = numbers(item, keyword, [])
    if len(found) != 3:
        raise PixelDataError(f"{name_of(keyword)} has {len(found)} values, expected 3 (PS3.3 §C.11.1.1).")
    entries, first, bits = map(int, found)
    return entries % MAX_ENTRIES or MAX_ENTRIES, int(as_signed(first)) if signed else first, bits


def _read_bytes(item: Dataset, keyword: str, little_endian: bool) -> bytes:
    """Return the data of a table as if written in little endian: 16-bit words, or single bytes in their order."""
    value = read_value(item, keyword)
    if isinstance(value, bytes):
        even = value[: len(value) // 2 * 2]
        return value if little_endian else np.frombuffer(even, ">u2").astype("<u2").tobytes()
    words = [int(word) & 0xFFFF for word in numbers(item, keyword, [])]  # VR US or SS
    if not words:
        raise PixelDataError(f"{name_of(keyword)} is missing or empty.")
    return np.array(words, "<u2").tobytes()


def _to_entries(data: bytes, keyword: str, entries: int, bits: int) -> NDArray[np.uint16]:
    if len(data) >= 2 * entries:
        return np.frombuffer(data, "<u2", entries).astype(np.uint16)
    if bits <= 8 or len(data) in (entries, entries + entries % 2):
        if len(data) >= entries:
            return np.frombuffer(data, np.uint8, entries).astype(np.uint16)
        raise PixelDataError(f"{name_of(keyword)} holds {len(data):,} bytes, {entries:,} entries need {entries:,}.")
    raise PixelDataError(f"{name_of(keyword)} holds {len(data):,} bytes, {entries:,} entries need {2 * entries:,}.")


def _expand_segments(data: bytes, bits: int, keyword: str) -> NDArray[np.uint16]:
    """Return all entries of a segmented table; opcodes, lengths and values are as wide as an entry (PS3.3 §C.7.9.2)."""
    words = np.frombuffer(data if bits <= 8 else data[: len(data) // 2 * 2], "<u2" if bits > 8 else np.uint8).tolist()
    table: list[int] = []
    try:
        for opcode, count, at in _segments(words, 0, bits):
            if opcode == _INDIRECT:
                # A byte offset, its low 16 bits first; what lies there is expanded once more, after what came before.
                offset_bytes = bytes(words[at : at + 4]) if bits <= 8 else np.array(words[at : at + 2], "<u2").tobytes()
                offset = int.from_bytes(offset_bytes, "little") // (1 if bits <= 8 else 2)
                for _, (copied, length, place) in zip(range(count), _segments(words, offset, bits), strict=False):
                    _expand_segment(table, words, copied, length, place)
            else:
                _expand_segment(table, words, opcode, count, at)
            if len(table) > MAX_ENTRIES:
                raise ValueError("more than 65,536 entries")
    except (ValueError, IndexError) as error:
        raise PixelDataError(f"{name_of(keyword)} is damaged: {error} (PS3.3 §C.7.9.2).") from error
    return np.array(table, np.uint16)


def _segments(words: list[int], at: int, bits: int) -> Iterator[tuple[int, int, int]]:
    """Yield opcode, length and where the values begin, from one segment to the next."""
    while at + 2 < len(words):  # a byte that makes the length even may follow the last segment
        opcode, count = words[at], words[at + 1]
        yield opcode, count, at + 2
        at += 2 + {_DISCRETE: count, _LINEAR: 1}.get(opcode, 4 if bits <= 8 else 2)


def _expand_segment(table: list[int], words: list[int], opcode: int, count: int, at: int) -> None:
    """Append the entries of a discrete or a linear segment."""
    if opcode == _DISCRETE:
        if at + count > len(words):
            raise ValueError("a segment is longer than the data")
        table += words[at : at + count]
    elif opcode == _LINEAR:
        if not table:
            raise ValueError("a linear segment comes first")
        start, stop = table[-1], words[at]
        table += [round(start + (stop - start) * step / count) for step in range(1, count + 1)]
    else:
        raise ValueError(f"segment type {opcode} is not expected here")
