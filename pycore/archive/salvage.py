"""Bytes that no directory accounts for -> the entries that their local headers still give (APPNOTE §4.3.7).

For zips whose directory is missing or does not list everything: truncated ones, damaged ones, two zips in one file,
entries that were deleted from the directory only. Where an entry ends is stated in its local header, in the data
descriptor behind its data (§4.3.9), or shown by what begins next; each is believed only where the bytes bear it out.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, field

from pycore.archive.directory import read_rows
from pycore.archive.headers import (
    CENTRAL_HEADER,
    CENTRAL_SIGNATURE,
    DEFLATED,
    DESCRIPTOR_BYTES,
    DESCRIPTOR_SIGNATURE,
    ENCRYPTED,
    HAS_DESCRIPTOR,
    KNOWN_METHODS,
    LOCAL_HEADER,
    STORED,
    Header,
    find_method,
    find_wrapping,
    find_zip64,
)
from pycore.archive.sources import Source, Window

_CHUNK = 1024 * 1024
_FIRST_CHUNK = 4 * 1024
_MAX_PASSES = 3
"""How many times the size of the zip is searched: once if it is honest, and every worker that opens it does."""
_MAX_MEASURED_BYTES = 512 * 1024 * 1024
"""How many bytes of one zip are inflated only to know how many there are."""
_MAX32 = 0xFFFF_FFFF

_HEADERS = re.compile(rb"PK(?:\x03\x04|\x01\x02)")
_ANY = re.compile(rb"PK(?:\x03\x04|\x01\x02|\x05\x06|\x06\x06|\x06\x08)")
_DESCRIPTOR = re.compile(rb"PK\x07\x08")


@dataclass(slots=True)
class Salvage:
    """What was found; `find` adds to it, range by range."""

    local: list[Header] = field(default_factory=list)
    """Made from local headers, each with its end in `ends`."""
    ends: list[int] = field(default_factory=list)
    """Where the data of each of `local` ends, its data descriptor included."""
    central: list[Header] = field(default_factory=list)
    """Rows of directories that lie there; offsets as they stand in the row."""
    loose: int = 0
    """How many bytes belong to none of them."""
    loose_at: int = -1
    """Where the first of these lies; -1 for none."""
    is_exhausted: bool = False
    """Whether more was to be searched than is."""
    _scanned: int = 0
    _measured: int = 0

    def find(self, source: Source, start: int, stop: int) -> None:
        """Search from `start` to `stop`; raises InputError when the source cannot be read any more."""
        window = Window(source)
        at = start
        while at < stop:
            found = self._search(source, _HEADERS, at, stop)
            found = stop if found < 0 else found
            self._skip(at, found)
            at = found
            if at < stop:
                at = self._take(source, window, at, stop)

    def _skip(self, start: int, stop: int) -> None:
        if stop > start:
            self.loose += stop - start
            self.loose_at = start if self.loose_at < 0 else self.loose_at

    def _search(self, source: Source, pattern: re.Pattern[bytes], start: int, stop: int) -> int:
        """Return where a signature lies next; -1 for nowhere, or when enough was searched."""
        window = Window(source, _CHUNK)
        step = _FIRST_CHUNK
        while start < stop and not self.is_exhausted:
            chunk = window.read(start, min(step, stop - start))
            self._scanned += len(chunk)
            self.is_exhausted = self._scanned > _MAX_PASSES * source.size + _CHUNK
            found = pattern.search(chunk)
            if found:
                return start + found.start()
            if len(chunk) < 4 or start + len(chunk) >= stop:
                return -1
            start += len(chunk) - 3
            step = _CHUNK
        return -1

    def _take(self, source: Source, window: Window, at: int, stop: int) -> int:
        """Take what begins at a signature; returns where to go on."""
        if window.read(at, 4) == CENTRAL_SIGNATURE:
            fixed = window.read(at, min(CENTRAL_HEADER.size, stop - at))
            if len(fixed) == CENTRAL_HEADER.size:
                length: int = CENTRAL_HEADER.size + sum(CENTRAL_HEADER.unpack(fixed)[10:13])
                headers, _ = read_rows(window.read(at, min(length, stop - at)), 0)
                if headers:
                    self.central += headers
                    return at + length
            self._skip(at, at + 4)
            return at + 4
        header = _read_local_header(window, at, stop)
        if header is None:
            self._skip(at, at + 4)
            return at + 4
        data: int = at + LOCAL_HEADER.size + len(header.name) + len(header.extra)
        header, end = self._find_end(source, window, header, data, stop)
        self.local.append(header)
        self.ends.append(end)
        return end

    def _find_end(self, source: Source, window: Window, header: Header, data: int, stop: int) -> tuple[Header, int]:
        """Return the header with its sizes and where its entry ends."""
        streamed = header.flags & HAS_DESCRIPTOR and not header.compressed_size
        if not streamed:
            end = data + header.compressed_size
            if end <= stop:
                descriptor = _descriptor_at(window, end, header.compressed_size, stop)
                behind = end + (len(descriptor) if descriptor and header.flags & HAS_DESCRIPTOR else 0)
                if behind == stop or _ANY.match(window.read(behind, 4)):
                    return header, behind
        else:
            at = data
            while (at := self._search(source, _DESCRIPTOR, at, stop)) >= 0:
                if descriptor := _descriptor_at(window, at, at - data, stop):
                    return _with_descriptor(header, descriptor, at - data), at + len(descriptor)
                at += 4
        # Nothing bears the sizes out: the entry goes on up to what begins next, or to where the bytes end.
        found = self._search(source, _ANY, data, stop)
        end = stop if found < 0 else found
        if not streamed:
            stated = data + header.compressed_size
            # Something that begins before the stated end is part of the entry if that is a zip itself; its CRC tells.
            if stated <= end or (stated <= stop and self._is_whole(source, header, data)):
                return header, stated
            return header._replace(compressed_size=end - data), end
        for length in (12, 20):  # descriptors without a signature
            bare = window.read(end - length, length) if end - length >= data else b""
            if bare and int.from_bytes(bare[4 : 4 + (length - 4) // 2], "little") == end - length - data:
                return _with_descriptor(header, DESCRIPTOR_SIGNATURE + bare, end - length - data), end
        return self._measure(source, header, data, end), end

    def _is_whole(self, source: Source, header: Header, data: int) -> bool:
        """Whether stored bytes are those that the header states, by their CRC."""
        if header.method != STORED or self._measured + header.compressed_size > _MAX_MEASURED_BYTES:
            return False
        self._measured += header.compressed_size
        window = Window(source, _CHUNK)
        end, crc = data + header.compressed_size, 0
        for at in range(data, end, _CHUNK):
            crc = zlib.crc32(window.read(at, min(_CHUNK, end - at)), crc)
        return crc == header.crc

    def _measure(self, source: Source, header: Header, data: int, end: int) -> Header:
        """Return the header with the size that the data shows, where no header states it."""
        header = header._replace(compressed_size=end - data, size_is_known=False)
        if find_method(header) == STORED:
            return header._replace(size=max(0, end - data - find_wrapping(header)[0]))
        if header.method != DEFLATED or header.flags & ENCRYPTED:
            return header._replace(size=_MAX_MEASURED_BYTES)
        stream = zlib.decompressobj(-zlib.MAX_WBITS)
        window = Window(source, _CHUNK)
        size = 0
        while data < end and not stream.eof and self._measured + size < _MAX_MEASURED_BYTES:
            feed = stream.unconsumed_tail
            if not feed:
                feed = window.read(data, min(64 * 1024, end - data))
                data += len(feed)
            try:
                size += len(stream.decompress(feed, _CHUNK))
            except zlib.error:
                break
        self._measured += size
        return header._replace(size=size)


def _read_local_header(window: Window, at: int, stop: int) -> Header | None:
    fixed = window.read(at, LOCAL_HEADER.size)
    if len(fixed) < LOCAL_HEADER.size or at + LOCAL_HEADER.size > stop:
        return None
    _, _, flags, method, time, _, crc, compressed, size, name_length, extra_length = LOCAL_HEADER.unpack(fixed)
    end = at + LOCAL_HEADER.size + name_length + extra_length
    if method not in KNOWN_METHODS or not name_length or end > stop:
        return None  # the four bytes are there by chance, or too little of the header is left
    name = window.read(at + LOCAL_HEADER.size, name_length)
    extra = window.read(at + LOCAL_HEADER.size + name_length, extra_length)
    if _MAX32 in (size, compressed):
        size, compressed, _, _ = find_zip64(extra, size, compressed, 0, 0)
    return Header(name, flags, method, time, crc, compressed, size, at, extra, b"", 0, is_salvaged=True)


def _descriptor_at(window: Window, at: int, compressed_size: int, stop: int) -> bytes:
    """Return the data descriptor at an offset, if it states this compressed size; else b''."""
    data = window.read(at, min(DESCRIPTOR_BYTES, stop - at))
    if not data.startswith(DESCRIPTOR_SIGNATURE):
        return b""
    for length in (24, 16):  # with sizes of ZIP64, and without
        width = (length - 8) // 2
        if len(data) >= length and int.from_bytes(data[8 : 8 + width], "little") == compressed_size:
            return data[:length]
    return b""


def _with_descriptor(header: Header, descriptor: bytes, compressed_size: int) -> Header:
    width = (len(descriptor) - 8) // 2
    return header._replace(
        crc=int.from_bytes(descriptor[4:8], "little"),
        compressed_size=compressed_size,
        size=int.from_bytes(descriptor[8 + width : 8 + 2 * width], "little"),
    )
