"""Where an entry's bytes lie -> a file that can seek, and inflates and decrypts only as far as it is read.

Data is inflated here, with zlib, bz2, lzma and zstd: `ZipExtFile` drops what it had inflated when it meets damage,
inflates bzip2 and LZMA without bound, and refuses different entries in different versions of Python, while the report
must be the same everywhere.
"""

from __future__ import annotations

import bz2
import io
import lzma
import os
import struct
import sys
import zipfile
import zlib
from abc import abstractmethod
from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from pycore.archive.headers import (
    BZIP2,
    DEFLATED,
    HAS_DESCRIPTOR,
    LZMA,
    OLD_ZSTANDARD,
    STORED,
    ZSTANDARD,
    Header,
    find_wrapping,
)
from pycore.archive.sources import Source, read_source, to_utf8
from pycore.errors import EntryError

_HEAD_KEPT = 64 * 1024
"""Inflated bytes kept per open entry, so that looking back into a header does not inflate again."""
SMALL_CHUNK = 16 * 1024
_LARGE_CHUNK = 1024 * 1024
"""Compressed bytes asked of the source at a time: small while a header is read, large when data is skipped."""
_FEED = 64 * 1024
"""Compressed bytes given to a decompressor at a time: no more than 64 MB come out of them."""
_CHECKPOINT_EVERY = 4 * 1024 * 1024
"""Inflated bytes between places from which inflating can go on; more as soon as there would be too many of them."""
_MAX_CHECKPOINTS = 128
"""Per open entry; each holds 40 KB, zlib's window and tables."""
_MAX_RATIO = 400
_ALWAYS_INFLATED = 512 * 1024 * 1024
"""Images shrink to a half or a tenth, masks of few organs to a hundredth. What has come to more than this, and to more
than that ratio allows, is made to exhaust: so many zeros take a second."""
_CAREFUL_STEP = 16
"""Bytes inflated at a time once damage was met: no more than these are lost before it."""
_MAX_LZMA_DICTIONARY = 256 * 1024 * 1024

_INFLATE_ERRORS = (zlib.error, lzma.LZMAError, OSError, ValueError, EOFError)  # bz2 raises OSError and ValueError


class EntryFile(io.BufferedIOBase):
    """An entry's bytes: a size, a position, and a CRC that runs along with the reading."""

    def __init__(self, source: Source, size: int, crc: int | None) -> None:
        self.size = size
        """As it was opened with: what the headers state, or the larger where they do not agree."""
        self.problems: tuple[str, ...] = ()
        """What was wrong with the entry's headers, and how it was read all the same; one sentence each."""
        self.other_name = ""
        """What the local header calls the entry, where the directory calls it otherwise."""
        self.holds_more = False
        """Whether there was more when the stated size was reached, so that only `measure` can tell how much."""
        self.find_forgery: Callable[[], str] | None = None
        """What says whether an authentication code fits the bytes in the zip, where there is one."""
        self._source = source
        self._expected_crc = crc
        self._position = 0
        self._crc = 0
        self._checked = 0

    @property
    def was_read_whole(self) -> bool:
        """Whether all bytes were read in order, so that the CRC was verified where the zip states one."""
        return self._checked >= self.size

    def find_damage(self) -> str:
        """Read on to the end, so that the CRC is verified; returns what is wrong, empty if nothing is."""
        self.seek(self._checked)
        try:
            while not self.was_read_whole and self.read(_LARGE_CHUNK):
                pass
        except EntryError as error:
            return str(error)
        return ""

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._position = max(0, offset + (0, self._position, self.size)[whence])
        return self._position

    def read(self, length: int | None = -1) -> bytes:
        left = max(0, self.size - self._position)
        wanted = left if length is None or length < 0 else min(length, left)
        data = self._read_at(self._position, wanted) if wanted else b""
        if len(data) < wanted and (length is None or length < 0):
            self._read_at(self._position + len(data), 1)  # raises: whoever asks for all must not take a part for it
        self._position += len(data)
        return data

    def read1(self, length: int = -1) -> bytes:
        return self.read(length)

    @abstractmethod
    def _read_at(self, position: int, length: int) -> bytes:
        """Return so many bytes, fewer before damage; raises EntryError where damage leaves none."""

    def _check(self, position: int, data: bytes) -> None:
        """Run the CRC over bytes that follow those already checked; raises EntryError, once, when it is wrong."""
        if not position <= self._checked < position + len(data):
            return
        if position < self._checked:
            data = data[self._checked - position :]
        self._checked += len(data)
        if self._expected_crc is None and self.find_forgery is None:
            return
        if self._expected_crc is not None:
            self._crc = zlib.crc32(data, self._crc)
        if self._checked == self.size:
            expected, self._expected_crc = self._expected_crc, None
            find_forgery, self.find_forgery = self.find_forgery, None
            wrong = self._find_excess()
            if expected is not None and self._crc != expected:
                wrong = (
                    f"The entry's bytes are damaged: their CRC-32 is {self._crc:08X}, and the zip states "
                    f"{expected:08X} (APPNOTE §4.4.7)."
                )
            if find_forgery is not None:
                wrong = find_forgery() or wrong
            if wrong:
                raise EntryError(wrong)

    def _find_excess(self) -> str:
        """Return what is wrong where the entry's bytes are at their end; empty if nothing is."""
        return ""


class StoredFile(EntryFile):
    """Bytes that lie in the source as they are: every read is one slice, seeking is free."""

    def __init__(self, source: Source, start: int, size: int, crc: int | None, available: int | None = None) -> None:
        super().__init__(source, size, crc)
        self._start = start
        self._available = size if available is None else available

    def _read_at(self, position: int, length: int) -> bytes:
        length = min(length, self._available - position)
        data = read_source(self._source, self._start + position, length) if length > 0 else b""
        if not data:
            raise EntryError(f"{to_utf8(self._source.name)} ends at byte {position} of the entry's {self.size}.")
        self._check(position, data)
        return data


class _Decompressor(Protocol):
    """What zlib, bz2, lzma and zstd give, in one form: feed some, take at most `limit` bytes out."""

    @property
    def eof(self) -> bool: ...

    @property
    def unused(self) -> int:
        """How many bytes were fed beyond the end."""
        ...

    def decompress(self, data: bytes, limit: int) -> bytes: ...

    def hungry(self) -> bool:
        """Whether nothing more comes out before more is fed."""
        ...


class _Inflate:
    """Method 8, Deflate, as a `_Decompressor`."""

    def __init__(self) -> None:
        self._stream = zlib.decompressobj(-zlib.MAX_WBITS)
        self._full = False

    @property
    def eof(self) -> bool:
        return self._stream.eof

    @property
    def unused(self) -> int:
        return len(self._stream.unused_data)

    def decompress(self, data: bytes, limit: int) -> bytes:
        inflated = self._stream.decompress(self._stream.unconsumed_tail + data, limit)
        # A full answer may leave output inside zlib without leaving input outside of it.
        self._full = len(inflated) == limit
        return inflated

    def hungry(self) -> bool:
        return not self._full and not self._stream.unconsumed_tail

    def copy(self) -> _Inflate:
        """Return another that goes on from here; asked for while it is hungry, it holds no input."""
        copied = _Inflate()
        copied._stream = self._stream.copy()
        return copied


class _Stream(Protocol):
    @property
    def eof(self) -> bool: ...

    @property
    def needs_input(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int = ...) -> bytes: ...


class _Unpack:
    """Method 12, bzip2, 14, LZMA, and 93, Zstandard, as a `_Decompressor`."""

    def __init__(self, stream: _Stream) -> None:
        self._stream = stream

    @property
    def eof(self) -> bool:
        return self._stream.eof

    @property
    def unused(self) -> int:
        return len(self._stream.unused_data)

    def decompress(self, data: bytes, limit: int) -> bytes:
        return self._stream.decompress(data, limit)

    def hungry(self) -> bool:
        return self._stream.needs_input


class _Copy:
    """Method 0, stored, as a `_Decompressor`: for encrypted entries, whose bytes come one after the other."""

    eof = False
    unused = 0

    def __init__(self) -> None:
        self._held = b""

    def decompress(self, data: bytes, limit: int) -> bytes:
        held = self._held + data
        self._held = held[limit:]
        return held[:limit]

    def hungry(self) -> bool:
        return not self._held


def _unpack_lzma(properties: bytes, size: int) -> _Decompressor:
    """Return a decompressor from the nine bytes that precede LZMA data (APPNOTE §5.8.8)."""
    if len(properties) < 9:
        raise EntryError("The entry is compressed with LZMA and ends before its properties (APPNOTE §5.8.8).")
    _, properties_length, packed, dictionary_bytes = struct.unpack("<HHBL", properties)
    if properties_length != 5 or packed >= 9 * 5 * 5:
        raise EntryError("The entry is compressed with LZMA and its properties are damaged (APPNOTE §5.8.8).")
    # No stream looks back further than its own length.
    dictionary_bytes = max(4096, min(dictionary_bytes, size))
    if dictionary_bytes > _MAX_LZMA_DICTIONARY:
        raise EntryError(f"The entry is compressed with LZMA and asks for {dictionary_bytes} bytes of memory.")
    lc, lp, pb = packed % 9, packed // 9 % 5, packed // 45
    filters = [{"id": lzma.FILTER_LZMA1, "lc": lc, "lp": lp, "pb": pb, "dict_size": dictionary_bytes}]
    try:
        return _Unpack(lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=filters))
    except lzma.LZMAError as error:  # numbers that are each allowed, and not together
        raise EntryError(
            "The entry is compressed with LZMA and its properties are damaged (APPNOTE §5.8.8)."
        ) from error


class _UnpackZstandard(_Unpack):
    """The frames of a Zstandard stream one after the other; its errors are those of the others."""

    def __init__(self) -> None:
        # Imported here: few zips need it, and it takes a while.
        if sys.version_info >= (3, 14):
            from compression import zstd
        else:
            from backports import zstd
        self._new = zstd.ZstdDecompressor  # looks back 128 MiB at most
        self._error = zstd.ZstdError
        super().__init__(self._new())

    @property
    def eof(self) -> bool:
        return False  # another frame may follow

    def decompress(self, data: bytes, limit: int) -> bytes:
        if self._stream.eof:
            data = self._stream.unused_data + data
            if not data:
                return b""
            self._stream = self._new()
        try:
            return self._stream.decompress(data, limit)
        except self._error as error:
            raise ValueError(str(error)) from error

    def hungry(self) -> bool:
        return not self._stream.unused_data if self._stream.eof else self._stream.needs_input


_DECOMPRESSORS: dict[int, tuple[int, Callable[[bytes, int], _Decompressor]]] = {
    # method -> bytes that precede the stream, and what makes a decompressor from those bytes and the entry's size
    STORED: (0, lambda _properties, _size: _Copy()),
    DEFLATED: (0, lambda _properties, _size: _Inflate()),
    BZIP2: (0, lambda _properties, _size: _Unpack(bz2.BZ2Decompressor())),
    LZMA: (9, _unpack_lzma),
    ZSTANDARD: (0, lambda _properties, _size: _UnpackZstandard()),
    OLD_ZSTANDARD: (0, lambda _properties, _size: _UnpackZstandard()),
}

Decrypter = Callable[[bytes], bytes]
"""Decrypts the bytes of one entry, which it must be given in order."""


def find_decrypters(
    source: Source, start: int, header: Header, passwords: Sequence[bytes]
) -> list[Callable[[], Decrypter]]:
    """Return what makes a decrypter for an entry that is encrypted with ZipCrypto (APPNOTE §6.1), for each password.

    The last byte of the encryption header is known; it lets pass one of 256 wrong passwords, which the CRC tells.
    """
    length, _ = find_wrapping(header)
    encrypted = read_source(source, start, length)
    known = header.time >> 8 if header.flags & HAS_DESCRIPTOR else header.crc >> 24
    found: list[Callable[[], Decrypter]] = []
    for password in passwords:

        def make(password: bytes = password) -> Decrypter:
            decrypt: Decrypter = zipfile._ZipDecrypter(password)  # type: ignore[attr-defined]
            decrypt(encrypted)
            return decrypt

        probe: Decrypter = zipfile._ZipDecrypter(password)  # type: ignore[attr-defined]
        if probe(encrypted)[-1:] == bytes([known]):
            found.append(make)
    return found


class _Checkpoint(NamedTuple):
    """A place from which inflating can go on."""

    inflated: int
    next: int
    """Where the compressed bytes go on in the source."""
    stream: _Inflate


class InflatedFile(EntryFile):
    """Compressed or encrypted bytes, inflated as far as they are read; the first 64 KiB stay at hand.

    Looking back, deflated bytes are inflated again from a checkpoint, all others from the start: only zlib can copy its
    state.
    """

    def __init__(
        self,
        source: Source,
        start: int,
        end: int,
        method: int,
        size: int,
        crc: int | None,
        make_decrypter: Callable[[], Decrypter] | None = None,
        first: bytes = b"",
    ) -> None:
        """`first` are bytes from `start` on that are at hand already."""
        super().__init__(source, size, crc)
        self._start = start
        self._end = end
        self._make_decrypter = make_decrypter
        self._properties_length, self._make = _DECOMPRESSORS[method]
        self._head = bytearray()
        self._step = _LARGE_CHUNK
        self._checkpoints: list[_Checkpoint] = []
        self._every = _CHECKPOINT_EVERY
        self._restart()
        if first:
            self._held = memoryview(first)
            self._next += len(first)

    def _is_bomb(self, inflated: int) -> bool:
        return inflated > _ALWAYS_INFLATED and inflated > _MAX_RATIO * (self._next - len(self._held) - self._start)

    def measure(self, *, is_cut: bool = False) -> None:
        """Take for the size what there is, whatever the zip states, if the compressed data has an end within bounds.

        Parameters
        ----------
        is_cut : bool
            Whether it is known that the end may be missing: the size is then that of what is left.
        """
        size = 0
        try:
            while not self._is_bomb(size):
                size += len(self._next_bytes(_LARGE_CHUNK))
        except EOFError:
            if self._stream.eof or is_cut:
                self.size = size
        except _INFLATE_ERRORS:
            pass  # it is told when the damage is met
        self._checkpoints.clear()
        self._restart()

    def _restart(self) -> None:
        self._next = self._start
        self._held = memoryview(b"")  # taken and not yet fed
        self._decrypt = self._make_decrypter() if self._make_decrypter else None
        properties = self._take(self._properties_length) if self._properties_length else b""
        self._stream = self._make(properties, self.size)
        self._inflated = 0
        self._damage = ""

    def _go_to(self, position: int) -> None:
        """Go back where the position lies before what was inflated last, or ahead where it was inflated before."""
        at = bisect_right(self._checkpoints, position, key=lambda one: one.inflated) if self._checkpoints else 0
        if at and not self._checkpoints[at - 1].inflated <= self._inflated <= position:
            self._inflated, self._next, stream = self._checkpoints[at - 1]
            self._stream, self._held, self._damage = stream.copy(), memoryview(b""), ""
        elif position < self._inflated:
            self._restart()

    def _keep_checkpoint(self) -> None:
        """Remember this place, if it is far enough from the last; called while the stream is hungry."""
        last = self._checkpoints[-1].inflated if self._checkpoints else 0
        if self._inflated < last + self._every or self._decrypt or not isinstance(self._stream, _Inflate):
            return
        if len(self._checkpoints) == _MAX_CHECKPOINTS:
            del self._checkpoints[::2]
            self._every *= 2
        self._checkpoints.append(_Checkpoint(self._inflated, self._next - len(self._held), self._stream.copy()))

    def _take(self, length: int) -> bytes:
        """Return the next compressed bytes, decrypted."""
        length = min(length, self._end - self._next)
        data = read_source(self._source, self._next, length) if length > 0 else b""
        self._next += len(data)
        return self._decrypt(data) if self._decrypt else data

    def _read_at(self, position: int, length: int) -> bytes:
        head = bytes(memoryview(self._head)[position : position + length]) if position < len(self._head) else b""
        if len(head) == length:
            return head
        try:
            return head + self._read_more(position + len(head), length - len(head))
        except EntryError:
            if head and self._damage:
                return head
            raise

    def _read_more(self, position: int, length: int) -> bytes:
        """Return bytes at a position that may lie before, at or behind what has been inflated."""
        self._go_to(position)
        try:
            while self._inflated < position:
                self._inflate(min(_LARGE_CHUNK, position - self._inflated))
        except EntryError as error:
            raise EntryError(f"{error} Nothing after it can be reached.") from error
        pieces: list[bytes] = []
        left = length
        while left:
            try:
                pieces.append(self._inflate(left))
            except EntryError:
                if not (pieces and self._damage):
                    raise
                break  # what was inflated before the damage is given; the next read raises
            left -= len(pieces[-1])
        return b"".join(pieces)

    def _inflate(self, limit: int) -> bytes:
        """Return the next 1 to `limit` bytes of the stream, limit + inflated <= size; raises EntryError."""
        if self._damage:
            raise EntryError(self._damage)
        if self._is_bomb(self._inflated):
            self._damage = (
                f"The entry inflates to more than {_MAX_RATIO} times its size in the zip, as nothing does that is "
                f"meant to be looked at: what follows its first {self._inflated:,} bytes was not reviewed."
            )
            raise EntryError(self._damage)
        try:
            inflated = self._next_bytes(min(limit, self._step))
        except EOFError:
            self._damage = (
                f"The entry's compressed data ends after {self._inflated} of the {self.size} bytes that the zip states."
            )
            raise EntryError(self._damage) from None
        except _INFLATE_ERRORS as error:
            if self._step > _CAREFUL_STEP:
                # The failed call took its output with it: inflate to here again, then on in the smallest steps.
                reached = self._inflated
                self._inflated += 1  # the stream is of no use any more
                self._go_to(reached)
                while self._inflated < reached:
                    self._inflate(min(_LARGE_CHUNK, reached - self._inflated))
                self._step = _CAREFUL_STEP
                return self._inflate(limit)
            self._damage = f"The entry's compressed data is damaged after {self._inflated} inflated bytes."
            raise EntryError(self._damage) from error
        at = self._inflated
        self._inflated += len(inflated)
        if at == len(self._head) < _HEAD_KEPT:
            self._head += inflated[: _HEAD_KEPT - at]
        self._check(at, inflated)
        return inflated

    def _next_bytes(self, limit: int) -> bytes:
        """Return 1 to `limit` bytes; raises EOFError at the end of the stream, and what the decompressors raise."""
        while True:
            if self._stream.eof:
                raise EOFError
            feed = b""
            if self._stream.hungry():
                self._keep_checkpoint()
                if not self._held:
                    chunk = SMALL_CHUNK if self._next - self._start < _HEAD_KEPT else _LARGE_CHUNK
                    self._held = memoryview(self._take(chunk))
                feed, self._held = bytes(self._held[:_FEED]), self._held[_FEED:]
                if not feed:
                    raise EOFError
            if inflated := self._stream.decompress(feed, limit):
                return inflated

    def _find_excess(self) -> str:
        try:
            more = self._next_bytes(1)
        except EOFError:
            more = b""
        except _INFLATE_ERRORS:
            return f"The entry's compressed data is damaged behind the {self.size} bytes that the zip states."
        self._inflated += 1  # one byte more was taken: whoever looks back inflates again
        if more:
            self.holds_more = True
            return f"The entry holds more than the {self.size} bytes that the zip states; the rest was not reviewed."
        left = self._end - self._next + len(self._held) + self._stream.unused
        if left > 0:
            return f"The entry has {left} bytes behind its compressed data, which were not reviewed."
        return ""
