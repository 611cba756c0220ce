"""(5200,9230) Per-Frame Functional Groups Sequence, one Item at a time (PS3.3 §C.7.6.16).

An enhanced object has one Item per frame, each a dozen sequences deep; thousands of them take seconds to parse and more
memory than the pixels. Here Items are only found, by their lengths where these are written, and the one of the frame
that is shown is parsed.
"""

from __future__ import annotations

import struct

from pydicom import Dataset
from pydicom.charset import default_encoding
from pydicom.filereader import read_dataset

from pycore.part10 import UNDEFINED_LENGTH, Encoding
from pycore.pixels.source import READ_ERRORS, Readable

_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFE_E000, 0xFFFE_E00D, 0xFFFE_E0DD
_LONG_VRS = frozenset((b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"))
"""Two reserved bytes and a length of 32 bits follow these (PS3.5 §7.1.2)."""
_WINDOW_BYTES = 1 << 16
_MAX_DEPTH = 64
"""Of sequences in each other; no IOD comes near."""


class FrameGroups:
    """The Items of the sequence, found one after the other and parsed when asked for; `group(frame)` never raises."""

    def __init__(
        self, source: Readable, encoding: Encoding, offset: int, length: int, character_set: str | list[str]
    ) -> None:
        """Take where the value of the sequence lies in `source`; the length may be `UNDEFINED_LENGTH`."""
        self._source = source
        self._encoding = encoding
        self._character_set = character_set
        self._window = _Window(source, encoding)
        self._items: list[tuple[int, int]] = []  # offset and length of the content
        self._next = offset
        self._end = None if length == UNDEFINED_LENGTH else offset + length
        self._complete = False
        self._damage = ""
        self._parsed: tuple[int, Dataset | None] = (-1, None)
        self.problem = ""
        """A sentence when the Item of the frame that was asked for last could not be found or parsed."""

    def group(self, frame: int) -> Dataset | None:
        """Return the functional groups of a frame; None where there are none, or where they cannot be read."""
        if self._parsed[0] != frame:
            self._parsed = frame, self._parse(frame)
        return self._parsed[1]

    def end(self) -> int:
        """Return the offset behind the sequence, having found all Items where its length is not written.

        Raises one of `READ_ERRORS`.
        """
        if self._end is not None:
            return self._end
        while self._find_next():
            pass
        return self._next

    def _parse(self, frame: int) -> Dataset | None:
        try:
            while len(self._items) <= frame and self._find_next():
                pass
            self.problem = self._damage if frame >= len(self._items) else ""
            if frame >= len(self._items):
                return None
            offset, length = self._items[frame]
            self._source.seek(offset)
            return read_dataset(
                self._source,  # type: ignore[arg-type]  # it reads, seeks and tells, which is all that is used
                self._encoding.implicit,
                self._encoding.little_endian,
                bytelength=None if length == UNDEFINED_LENGTH else length,
                parent_encoding=self._character_set or default_encoding,
                at_top_level=False,
            )
        except READ_ERRORS as error:
            self.problem = f"(5200,9230) Per-Frame Functional Groups Sequence cannot be read: {error}."
            if frame >= len(self._items):  # nor can those that follow be found
                self._damage, self._complete = self.problem, True
            return None

    def _find_next(self) -> bool:
        """Note where the next Item lies; False when there is none."""
        if self._complete or (self._end is not None and self._next + 8 > self._end):
            self._complete = True
            return False
        tag, length = self._window.item(self._next)
        self._next += 8
        if tag != _ITEM:
            self._complete = True
            if tag != _SEQUENCE_END:
                raise ValueError(f"({tag >> 16:04X},{tag & 0xFFFF:04X}) stands where an Item is expected")
            return False
        self._items.append((self._next, length))
        self._next = _skip_item(self._window, self._next, 1) if length == UNDEFINED_LENGTH else self._next + length
        return True


class _Window:
    """Small reads, served from blocks."""

    def __init__(self, source: Readable, encoding: Encoding) -> None:
        self._source = source
        self._start = 0
        self._data = b""
        order = "<" if encoding.little_endian else ">"
        self._item = struct.Struct(f"{order}HHL")
        self._length_16 = struct.Struct(f"{order}H")
        self._length_32 = struct.Struct(f"{order}L")
        self._implicit = encoding.implicit

    def item(self, offset: int) -> tuple[int, int]:
        """Return tag and length of 32 bits."""
        at = self._at(offset, 8)
        group, element, length = self._item.unpack_from(self._data, at)
        return group << 16 | element, length

    def element(self, offset: int) -> tuple[int, int, int]:
        """Return tag, length and where the value begins."""
        tag, length = self.item(offset)
        if self._implicit or tag >> 16 == 0xFFFE:
            return tag, length, offset + 8
        at = self._at(offset, 8)
        if self._data[at + 4 : at + 6] in _LONG_VRS:
            at = self._at(offset, 12)
            return tag, self._length_32.unpack_from(self._data, at + 8)[0], offset + 12
        return tag, self._length_16.unpack_from(self._data, at + 6)[0], offset + 8

    def _at(self, offset: int, length: int) -> int:
        at = offset - self._start
        if at < 0 or at + length > len(self._data):
            self._source.seek(offset)
            self._start, self._data, at = offset, self._source.read(_WINDOW_BYTES), 0
            if len(self._data) < length:
                raise EOFError("the data end inside it")
        return at


def _skip_item(window: _Window, offset: int, depth: int) -> int:
    """Return the offset behind an Item of undefined length whose content begins here."""
    if depth > _MAX_DEPTH:
        raise ValueError(f"sequences are nested more than {_MAX_DEPTH} deep")
    while True:
        tag, length, offset = window.element(offset)
        if tag == _ITEM_END:
            return offset
        offset = _skip_sequence(window, offset, depth) if length == UNDEFINED_LENGTH else offset + length


def _skip_sequence(window: _Window, offset: int, depth: int) -> int:
    """Return the offset behind a sequence of undefined length whose Items begin here."""
    while True:
        tag, length = window.item(offset)
        offset += 8
        if tag == _SEQUENCE_END:
            return offset
        offset = _skip_item(window, offset, depth + 1) if length == UNDEFINED_LENGTH else offset + length
