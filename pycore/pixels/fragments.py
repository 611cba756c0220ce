"""Encapsulated Pixel Data -> the bytes of one frame (PS3.5 §A.4, §8.2.5).

Where a frame lies is said by the Basic or the Extended Offset Table, if there is one and it tells the truth; otherwise
the Items are walked, from the last known one on, and what was found is remembered. A frame without a table ends where a
fragment begins that begins like a frame. Only headers of Items are read on the way.
"""

from __future__ import annotations

import itertools
import struct
import zlib
from collections.abc import Callable, Sequence
from typing import NamedTuple

from pycore.errors import PixelDataError
from pycore.pixels.source import Readable

_ITEM = b"\xfe\xff\x00\xe0"
_DELIMITER = b"\xfe\xff\xdd\xe0"
_HEAD_BYTES = 8
"""Of an Item: tag and length; compressed Pixel Data is little endian in every syntax."""
_BEGINNING_BYTES = 16
"""How much of a fragment is looked at to see whether a frame begins there."""
MAX_TABLE_BYTES = 1 << 24
"""Of an offset table: four million frames."""
MAX_FRAGMENTS = 1 << 22


class Fragment(NamedTuple):
    """One Item: where its value lies in the file."""

    offset: int
    length: int
    begins: bool
    """Whether it begins like a frame."""


class Fragments:
    """The Items of one Pixel Data element; remembers what it has found."""

    def __init__(self, file: Readable, offset: int, begins: Callable[[bytes], bool], extended: bytes = b"") -> None:
        """Prepare to read; nothing is read yet.

        Parameters
        ----------
        offset : int
            Of the element's value in `file`.
        begins : callable
            Whether these can be the first bytes of a frame.
        extended : bytes, optional
            Value of (7FE0,0001) Extended Offset Table.
        """
        self._file = file
        self._start = offset
        self._begins = begins
        self._extended = extended
        self._table: Sequence[int] | None = None
        self._told: bool | None = None
        self._first = 0  # offset of the first Item behind the Basic Offset Table
        self._walked: list[Fragment] = []
        self._next: int | None = None  # where the walk goes on; None at its end
        self._cut = ""  # why the walk ended before the delimiter

    def count_frames(self, stated: int) -> int:
        """Return how many frames are seen at little cost: by the offset table, or by the fragments of a single frame.

        Raises
        ------
        PixelDataError
            If there is no sequence of fragments.
        """
        try:
            table = self._offsets()
            if table or stated > 1:
                return len(table)
            while self._walk():
                pass
        except zlib.error as error:
            raise PixelDataError(f"Pixel Data cannot be inflated: {error}.") from error
        return sum(fragment.begins for fragment in self._walked)

    def read_frame(self, frame: int, number_of_frames: int, limit: int) -> bytes:
        """Return the bytes of one frame, its fragments joined.

        Parameters
        ----------
        frame : int
            From 0.
        limit : int
            Bytes; a frame that is longer is refused before it is read.

        Raises
        ------
        PixelDataError
            If the frame is not there, or not whole.
        """
        try:
            found = self._by_table(frame, number_of_frames) or self._by_walk(frame, number_of_frames)
            length = sum(fragment.length for fragment in found)
            if length > limit:
                raise PixelDataError(f"Frame {frame + 1} holds {length:,} bytes; it can need at most {limit:,}.")
            return b"".join(self._read(frame, fragment) for fragment in found)
        except zlib.error as error:
            raise PixelDataError(f"Pixel Data cannot be inflated: {error}.") from error

    def read_all(self, limit: int) -> bytes:
        """Return all fragments joined, as for a video; arguments and errors as for `read_frame`."""
        self._offsets()
        while self._walk():
            pass
        length = sum(fragment.length for fragment in self._walked)
        if length > limit:
            raise PixelDataError(f"Pixel Data holds {length:,} bytes, more than the {limit:,} that can be handed on.")
        return b"".join(self._read(0, fragment) for fragment in self._walked)

    def _read(self, frame: int, fragment: Fragment) -> bytes:
        self._file.seek(fragment.offset)
        data = self._file.read(fragment.length)
        if len(data) < fragment.length:
            raise PixelDataError(
                f"Frame {frame + 1} is cut off: a fragment states {fragment.length:,} bytes, {len(data):,} are there."
            )
        return data

    # By table

    def _offsets(self) -> Sequence[int]:
        """Return where the first Item of each frame begins, from the first Item on; empty without a usable table."""
        if self._table is None:
            basic = self._read_basic_table()
            if self._extended:
                # In any order, for each frame has one fragment, which says how long it is (PS3.3 §C.7.6.3.1.8).
                offsets = [offset for (offset,) in struct.iter_unpack("<Q", self._extended)]
                self._table = offsets if len(set(offsets)) == len(offsets) else []
            else:
                ascends = all(offset < following for offset, following in itertools.pairwise(basic))
                self._table = basic if ascends and basic[:1] == [0] else []
        return self._table

    def _read_basic_table(self) -> Sequence[int]:
        self._file.seek(self._start)
        head = self._file.read(_HEAD_BYTES)
        if head[:4] != _ITEM or len(head) < _HEAD_BYTES:
            raise PixelDataError("Pixel Data is not a sequence of fragments (PS3.5 §A.4).")
        length = int.from_bytes(head[4:], "little")
        self._first = self._next = self._start + _HEAD_BYTES + length
        if length % 4 or length > MAX_TABLE_BYTES:
            return []
        table = self._file.read(length)
        return [offset for (offset,) in struct.iter_unpack("<L", table)] if len(table) == length else []

    def _by_table(self, frame: int, number_of_frames: int) -> list[Fragment]:
        """Return the fragments of a frame; none where the table says nothing, or not what is there."""
        table = self._offsets()
        if len(table) < number_of_frames:
            return []
        at = self._first + table[frame]
        if self._extended:
            found = [fragment] if (fragment := self._fragment_at(at)) else []
        else:
            end = self._first + table[frame + 1] if frame + 1 < len(table) else None
            found = []
            while at != end and (fragment := self._fragment_at(at)):
                found.append(fragment)
                at = fragment.offset + fragment.length
            if end not in (at, None):
                return []  # the next frame does not begin where this one ends
        begins = [fragment.begins for fragment in found]
        return found if not self._begins_known() or begins == [True] + [False] * (len(found) - 1) else []

    def _begins_known(self) -> bool:
        """Return whether fragments that begin a frame can be told from those that go on with one."""
        if self._told is None:
            self._offsets()
            first = self._fragment_at(self._first)
            self._told = first is not None and first.begins
        return self._told

    # By walking

    def _by_walk(self, frame: int, number_of_frames: int) -> list[Fragment]:
        self._offsets()
        if number_of_frames > 1 and self._begins_known():
            # As long as every fragment begins a frame, and the one behind does, each is a frame of its own.
            while len(self._walked) < frame + 2 and self._walk():
                pass
            known = self._walked[: frame + 2]
            if len(known) > frame and all(fragment.begins for fragment in known):
                return [known[frame]]
        while self._walk():
            pass
        fragments = self._walked
        if not fragments:
            raise PixelDataError(self._cut or "Pixel Data holds no fragment.")
        if len(fragments) == number_of_frames:
            return [fragments[frame]]
        if number_of_frames == 1 and sum(fragment.begins for fragment in fragments) < 2:
            return fragments
        starts = [index for index, fragment in enumerate(fragments) if fragment.begins]
        if starts and frame < len(starts) and starts[0] == 0:
            return fragments[slice(*[*starts, len(fragments)][frame : frame + 2])]
        if not starts and frame < len(fragments) < number_of_frames:
            return [fragments[frame]]
        reason = f" {self._cut}" if self._cut else ""
        raise PixelDataError(
            f"Frame {frame + 1} is not there: {len(starts) or len(fragments):,} of {number_of_frames:,} frames were "
            f"found in {len(fragments):,} fragments.{reason}"
        )

    def _walk(self) -> bool:
        """Find one more Item; return whether there is one."""
        if self._next is None or len(self._walked) >= MAX_FRAGMENTS:
            return False
        fragment = self._fragment_at(self._next)
        if fragment is None and self._walked and self._walked[-1].length % 2:
            fragment = self._fragment_at(self._next + 1)  # padded to an even length that is not stated
        if fragment is None:
            if self._peek(self._next, 4) != _DELIMITER:
                self._cut = (
                    f"Behind {len(self._walked):,} fragments there is neither an Item nor the end of Pixel Data."
                )
            self._next = None
            return False
        self._walked.append(fragment)
        self._next = fragment.offset + fragment.length
        return True

    def _peek(self, offset: int, length: int) -> bytes:
        """Return the bytes at an offset; none beyond the end, wherever a table or a length leads."""
        try:
            self._file.seek(offset)
            return self._file.read(length)
        except OverflowError:  # further than a file in memory can be addressed where Python has 32 bits
            return b""

    def _fragment_at(self, offset: int) -> Fragment | None:
        """Return the Item whose tag stands at an offset; None where none does."""
        head = self._peek(offset, _HEAD_BYTES + _BEGINNING_BYTES)
        length = int.from_bytes(head[4:_HEAD_BYTES], "little")
        if head[:4] != _ITEM or len(head) < _HEAD_BYTES or length == 0xFFFF_FFFF:
            return None
        beginning = head[_HEAD_BYTES : _HEAD_BYTES + min(length, _BEGINNING_BYTES)]
        return Fragment(offset + _HEAD_BYTES, length, self._begins(beginning))
