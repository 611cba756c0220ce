"""The bytes below a data set: read in bounded steps, inflated on the way where the data set is deflated (PS3.5 §A.5).

A length in a file may lie. Asking a file for four gigabytes makes Python set them aside before the first byte is read,
so every read here goes in small steps and ends where the bytes end.
"""

from __future__ import annotations

import io
import struct
import zlib
from typing import BinaryIO, Protocol

from pydicom.errors import BytesLengthException, InvalidDicomError

STEP_BYTES = 1 << 20
"""The most that is asked for at once."""
BLOCK_BYTES = 1 << 14
"""Read at once for the few bytes of a tag or a length: every read of a file of the browser costs a tenth of a
millisecond, and a header takes hundreds."""
SMALL_BYTES = 1 << 10
"""Reads up to here are served from a block."""
BUFFER_BYTES = 1 << 16
"""What is kept behind the reading position of a deflated data set, so that small steps back are free."""


READ_ERRORS = (
    InvalidDicomError,  # neither explicit nor implicit VR
    BytesLengthException,  # a length that is no multiple of the VR's
    EOFError,  # the data set ends inside an element
    OSError,  # the same, where an Item should begin
    struct.error,  # the same, inside a tag or a length
    zlib.error,  # a deflated data set is damaged
    ValueError,  # a value that its VR does not allow, or bytes no character set knows
    TypeError,  # the same, from pydicom's converters for numbers
    KeyError,  # an unknown tag or VR where one is needed
    LookupError,  # a character set that Python does not know
    NotImplementedError,  # a VR of two letters that does not exist
    AttributeError,  # a sequence where a value belongs, or the other way round
    OverflowError,  # a number beyond its type
    RecursionError,  # sequences nested deeper than Python's stack
)
"""What pydicom raises for a damaged data set, by trial and by its documentation."""


class Readable(Protocol):
    """What pydicom and this package need of a file."""

    def read(self, length: int, /) -> bytes: ...
    def seek(self, offset: int, whence: int = ..., /) -> int: ...
    def tell(self) -> int: ...


class BoundedReader:
    """A file that is read in steps of `STEP_BYTES`, whatever length was asked for, and in blocks where it is little."""

    def __init__(self, file: Readable) -> None:
        self._file = file
        self._position = file.tell()
        self._block = b""
        self._block_start = 0

    def read(self, length: int = -1, /) -> bytes:
        """Return `length` bytes from the current position, less only at the end; all of them if negative."""
        if length < 0:
            length = 1 << 62
        at = self._position - self._block_start
        if not 0 <= at <= len(self._block) - length:
            if length > SMALL_BYTES:
                data = self._read_steps(length)
                if length <= BUFFER_BYTES:
                    self._block, self._block_start = data, self._position
                self._position += len(data)
                return data
            self._block, self._block_start, at = b"", self._position, 0
            self._block = self._read_steps(BLOCK_BYTES)
        data = self._block[at : at + length]
        self._position += len(data)
        return data

    def _read_steps(self, length: int) -> bytes:
        self._file.seek(self._position)
        steps = []
        while length:
            step = self._file.read(min(length, STEP_BYTES))
            if not step:
                break
            steps.append(step)
            length -= len(step)
        return steps[0] if len(steps) == 1 else b"".join(steps)

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        if whence == io.SEEK_END:
            self._position = self._file.seek(offset, whence)
        else:
            self._position = max(0, offset + (self._position if whence == io.SEEK_CUR else 0))
        return self._position

    def tell(self) -> int:
        return self._position


def open_inflated(file: Readable, offset: int) -> BinaryIO:
    """Return the data set that begins, deflated, at `offset` of `file`; position 0 is its first inflated byte.

    Nothing is kept but the last `BUFFER_BYTES`; seeking further back inflates again from the start.
    """
    return io.BufferedReader(_Inflated(file, offset), BUFFER_BYTES)


class _Inflated(io.RawIOBase):
    """A raw deflate stream without header or checksum (RFC 1951), as `io.BufferedReader` wants it."""

    def __init__(self, file: Readable, offset: int) -> None:
        super().__init__()
        self._file = file
        self._offset = offset
        self._position = 0
        self._restart()

    def _restart(self) -> None:
        self._inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        self._read = self._offset  # next byte of `file`
        self._inflated = 0  # bytes given out so far

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Move to any position, even beyond the end; the end itself is only found by reading."""
        if whence == io.SEEK_END:
            raise io.UnsupportedOperation("where a deflated data set ends is not known before it was read")
        self._position = max(0, offset + (self._position if whence == io.SEEK_CUR else 0))
        return self._position

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]  # the only caller is BufferedReader
        if self._position < self._inflated:
            self._restart()
        while self._inflated < self._position:
            if not self._inflate(min(STEP_BYTES, self._position - self._inflated)):
                return 0
        data = self._inflate(len(buffer))
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)

    def _inflate(self, length: int) -> bytes:
        """Return at most `length` of the next inflated bytes, none only at the end; raises zlib.error."""
        data = b""
        while not data and not self._inflater.eof:
            deflated = self._inflater.unconsumed_tail
            if not deflated:
                self._file.seek(self._read)
                deflated = self._file.read(BUFFER_BYTES)
                self._read += len(deflated)
            # Even without new input something may be left inside, when the last answer was as long as asked for.
            data = self._inflater.decompress(deflated, length)
            if not deflated:
                break
        self._inflated += len(data)
        return data
