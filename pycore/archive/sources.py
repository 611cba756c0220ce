"""Random access to what the user chose: the one way in which the core gets at bytes."""

from __future__ import annotations

import os
from bisect import bisect_right
from pathlib import Path
from typing import BinaryIO, ClassVar, Protocol

from pycore.errors import EntryError, InputError

SOURCE_ERRORS = (OSError,)
"""What reading a chosen file can raise: it was moved, changed or taken away after it was chosen."""


class Source(Protocol):
    """Random access to one file that the user chose."""

    @property
    def name(self) -> str: ...

    @property
    def size(self) -> int: ...

    def read(self, offset: int, length: int) -> bytes:
        """Return exactly `length` bytes, less only at the end of the file; raises OSError."""
        ...


class FileSource:
    """A file of the file system; opened when it is read, until another one is: a folder can hold more files than a
    process may open.

    Raises
    ------
    InputError
        If it cannot be opened.
    """

    _open: ClassVar[FileSource | None] = None
    """The one whose file is open."""

    def __init__(self, path: Path, name: str = "") -> None:
        self.name = name or path.name
        self._path = path
        self._file: BinaryIO | None = None
        try:
            with path.open("rb") as file:
                self.size = file.seek(0, os.SEEK_END)
        except OSError as error:
            raise InputError(f"{self.name} cannot be opened: {error.strerror}.") from error

    def read(self, offset: int, length: int) -> bytes:
        if self._file is None:
            if FileSource._open is not None:
                FileSource._open.close()
            self._file = self._path.open("rb")
            FileSource._open = self
        self._file.seek(offset)
        return self._file.read(length)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    @staticmethod
    def close_last() -> None:
        """Close the one file that is open; it is opened again when it is read."""
        if FileSource._open is not None:
            FileSource._open.close()
            FileSource._open = None


class UnreadableSource:
    """A file that is there and cannot be read: it has a line in the ledger, and says why when it is asked for bytes."""

    def __init__(self, name: str, reason: str) -> None:
        self.name = name
        self.size = 0
        self.reason = reason

    def read(self, offset: int, length: int) -> bytes:
        raise OSError(self.reason)


class HeldSource:
    """A source that answers from bytes fetched beforehand, and asks the source behind it for everything else."""

    def __init__(self, source: Source) -> None:
        self.name = source.name
        self.size = source.size
        self._source = source
        self._offsets: list[int] = []
        self._held: list[bytes] = []

    def hold(self, offset: int, data: bytes) -> None:
        """Keep the bytes found at `offset`."""
        at = bisect_right(self._offsets, offset)
        self._offsets.insert(at, offset)
        self._held.insert(at, data)

    def release(self) -> None:
        """Let go of all held bytes."""
        self._offsets.clear()
        self._held.clear()

    def read(self, offset: int, length: int) -> bytes:
        at = bisect_right(self._offsets, offset) - 1
        if at >= 0:
            start = offset - self._offsets[at]
            held = self._held[at]
            if start + length <= len(held):
                return held[start : start + length]
        return self._source.read(offset, length)


class Window:
    """A source read in blocks, for many small reads that lie close together; raises InputError when it has gone."""

    def __init__(self, source: Source, block_bytes: int = 32 * 1024) -> None:
        self.size = source.size
        self._source = source
        self._block_bytes = block_bytes
        self._start = 0
        self._block = b""

    def read(self, offset: int, length: int) -> bytes:
        """Return `length` bytes, less only at the end of the source."""
        start = offset - self._start
        if start < 0 or start + length > len(self._block):
            wanted = max(0, min(max(length, self._block_bytes), self.size - offset))
            try:
                self._block = self._source.read(offset, wanted) if wanted else b""
            except SOURCE_ERRORS as error:
                raise InputError(gone(self._source)) from error
            self._start, start = offset, 0
        return self._block[start : start + length]


def gone(source: Source) -> str:
    """Say that a chosen file is not to be had any more."""
    if isinstance(source, UnreadableSource):
        return source.reason
    return f"{to_utf8(source.name)} cannot be read: it was changed, moved or taken away after it was chosen."


def read_source(source: Source, offset: int, length: int) -> bytes:
    """Return bytes of an entry's source; raises EntryError."""
    try:
        return source.read(offset, length)
    except SOURCE_ERRORS as error:
        raise EntryError(
            f"{to_utf8(source.name)} can no longer be read at offset {offset}: it was changed, moved or taken away."
        ) from error


def to_utf8(name: str) -> str:
    """Return the name with lone surrogates, from file names that are no UTF-8, written out as escapes."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")
