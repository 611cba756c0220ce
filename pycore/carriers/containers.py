"""Compressed bytes and containers -> what lies inside, within the bounds of the limits.

A zip is opened by `archive`, as the one the user chose is; tar and the streams of zlib, bzip2 and xz by the standard
library.
"""

from __future__ import annotations

import bz2
import lzma
import re
import tarfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from pycore.archive import Archive, Entry, Kind, Source, open_archive
from pycore.carriers.extraction import MIB, Collector, join
from pycore.carriers.markup import parse_xml, read_xml
from pycore.carriers.spreadsheets import Spreadsheet
from pycore.errors import EntryError, InputError

_MAX_STREAM_BYTES = 32 * MIB
"""How far one compressed stream is inflated."""
_MAX_RATIO = 1100
"""Deflate makes nothing smaller than this; bzip2 and xz can, and nobody's documents are like that."""
_MIN_ROOM = 1 * MIB
_LZMA_MEMORY = 128 * MIB
_SHORTEST_GUESS = 16
"""Bytes that a stream found by its header alone must hold."""
_SHORTEST_CUT = 64
"""The same where its end is missing."""

Inner = Callable[[bytes, str], object]
"""Takes apart the bytes of something inside, at a place."""


class _Stream(Protocol):
    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int = ..., /) -> bytes: ...


_STREAMS: dict[str, Callable[[], _Stream]] = {
    "gzip": lambda: zlib.decompressobj(zlib.MAX_WBITS | 32),
    "zlib": lambda: zlib.decompressobj(),
    "bzip2": bz2.BZ2Decompressor,
    "xz": lambda: lzma.LZMADecompressor(memlimit=_LZMA_MEMORY),
}
_STREAM_ERRORS = (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError)  # bz2 raises OSError for bad data

_HEADER = re.compile(rb"\x1f\x8b\x08[\x00-\x1f]|\x78[\x01\x5e\x9c\xda]")
_MAX_GUESSES = 64


def inflate(data: bytes, kind: str, room: int) -> tuple[bytes, bool, bytes]:
    """Inflate one stream; never raises.

    Returns
    -------
    tuple of bytes, bool, bytes
        What came out, at most `room` bytes; whether the stream ended as it should; what follows it.
    """
    stream = _STREAMS[kind]()
    try:
        out = stream.decompress(data, max(1, room))
    except _STREAM_ERRORS:
        return _inflate_carefully(data, kind, room), False, b""
    return out, stream.eof, stream.unused_data


def _inflate_carefully(data: bytes, kind: str, room: int) -> bytes:
    """Return what comes out before damage is met."""
    stream = _STREAMS[kind]()
    pieces: list[bytes] = []
    step = max(64, len(data) // 256)
    for at in range(0, len(data), step):
        try:
            piece = stream.decompress(data[at : at + step], max(1, room))
        except _STREAM_ERRORS:
            break
        pieces.append(piece)
        room -= len(piece)
        if room <= 0 or stream.eof:
            break
    return b"".join(pieces)


def read_stream(data: bytes, kind: str, place: str, collector: Collector, inner: Inner) -> None:
    """Take apart what is in a gzip, bzip2 or xz file, all its members as one."""
    where = join(place, kind)
    pieces: list[bytes] = []
    room = max(0, min(_MAX_STREAM_BYTES, collector.bytes_left, _MIN_ROOM + _MAX_RATIO * len(data)))
    for _ in range(_MAX_GUESSES):
        if kind == "gzip":
            _add_gzip_names(data, where, collector)
        out, ended, data = inflate(data, kind, room)
        pieces.append(out)
        room -= len(out)
        if not ended:
            whole = room > 0
            collector.tell(
                where, "it is damaged or cut off" if whole else "it holds more than is inflated: the rest was not read"
            )
            break
        data = data.lstrip(b"\0")
        if not data.startswith((b"\x1f\x8b", b"BZh", b"\xfd7zXZ")):
            break
    content = b"".join(pieces)
    collector.bytes_left -= len(content)
    inner(content, where)


def _add_gzip_names(data: bytes, where: str, collector: Collector) -> None:
    """Give the file name and the comment in a gzip header (RFC 1952 §2.3)."""
    if len(data) < 10:
        return
    flags, at = data[3], 10
    if flags & 4:
        at += 2 + int.from_bytes(data[10:12], "little")
    for flag, name in ((8, "file name"), (16, "comment")):
        if flags & flag:
            end = data.find(b"\0", at, at + 4096)
            if end < 0:
                return
            collector.add(f"{where} {name}", data[at:end].decode("latin-1"))
            at = end + 1


def find_streams(data: bytes, place: str, collector: Collector, inner: Inner) -> list[tuple[int, int]]:
    """Take apart the gzip and zlib streams that lie somewhere in bytes of unknown form; returns where they lay.

    A header of two bytes is there by chance in every 16 KiB of samples: only a stream whose checksum is right counts.
    """
    found: list[tuple[int, int]] = []
    end = 0
    for guess, header in enumerate(_HEADER.finditer(data)):
        start = header.start()
        if start < end:
            continue
        if guess >= _MAX_GUESSES or collector.bytes_left <= 0:
            break
        kind = "gzip" if data[start] == 0x1F else "zlib"
        room = min(_MAX_STREAM_BYTES, collector.bytes_left, _MIN_ROOM + _MAX_RATIO * (len(data) - start))
        stream = _STREAMS[kind]()
        try:
            out = stream.decompress(data[start:], max(1, room))
        except _STREAM_ERRORS:
            continue
        is_full = len(out) >= room
        # A gzip header of three bytes and a stream without fault up to where the value was cut: that is no chance.
        is_cut = kind == "gzip" and not stream.eof and len(out) >= _SHORTEST_CUT
        if len(out) < _SHORTEST_GUESS or not (stream.eof or is_full or is_cut):
            continue
        collector.bytes_left -= len(out)
        if is_full and not stream.eof:
            collector.tell(join(place, kind), "it holds more than is inflated: the rest was not read")
        elif is_cut:
            collector.tell(join(place, kind), "it is damaged or cut off")
        if kind == "gzip":
            _add_gzip_names(data[start : start + 8192], join(place, kind), collector)
        inner(out, join(place, kind))
        end = len(data) - len(stream.unused_data)
        found.append((start, end))
    return found


@dataclass(frozen=True, slots=True)
class FileSource:
    """A file inside of another as an `archive.Source`."""

    name: str
    file: BinaryIO
    size: int

    def read(self, offset: int, length: int) -> bytes:
        self.file.seek(offset)
        return self.file.read(length)


InnerFile = Callable[[BinaryIO, int, str], object]
"""Takes apart a file of a size, at a place."""


def read_zip(source: Source, place: str, collector: Collector, inner: InnerFile) -> str:
    """Take apart the entries of a zip; returns 'Office document' if it is one, else 'zip'."""
    try:
        archive = open_archive((source,), collector.passwords)
    except InputError as error:
        collector.tell(join(place, "zip"), str(error))
        return "zip"
    if not archive.entries or archive.zip_info(archive.entries[0]) is None:
        collector.tell(join(place, "zip"), "it is no zip by its directory")
        return "zip"
    is_office = any(
        entry.name == "[Content_Types].xml" or (entry.name == "mimetype" and entry.size < 100)
        for entry in archive.entries
    )
    if archive.comment:
        collector.add_free(join(place, "zip comment"), archive.comment.decode("utf-8", "replace"))
    for problem in archive.problems:
        collector.tell(join(place, "zip"), problem.message)
    spreadsheet = Spreadsheet()
    for entry in archive.entries:
        if collector.entries_left <= 0 or collector.bytes_left <= 0 or collector.is_full:
            collector.tell(
                join(place, "zip"), f"it has {len(archive.entries):,} entries or more bytes than are read: not all were"
            )
            break
        collector.entries_left -= 1
        _read_entry(archive, entry, place, collector, inner, spreadsheet if is_office else None)
    spreadsheet.give(join(place, "Office document"), collector)
    return "Office document" if is_office else "zip"


def _read_entry(
    archive: Archive, entry: Entry, place: str, collector: Collector, inner: InnerFile, office: Spreadsheet | None
) -> None:
    where = join(place, f"{'zip' if office is None else 'Office document'}: {entry.name}")
    info = archive.zip_info(entry)
    if office is None:
        collector.add_free(join(place, "zip entry name"), entry.name)
    if info is not None and info.comment:
        collector.add_free(f"{where} comment", info.comment.decode("utf-8", "replace"))
    if entry.kind is Kind.FOLDER:
        return
    if entry.kind is Kind.UNREADABLE:
        collector.tell(where, entry.reason)
        return
    collector.derivations_left -= len(archive.find_derivations((entry.index,)))
    if collector.derivations_left < 0:
        collector.tell(where, "passwords were tried on enough entries: this one was not opened")
        return
    if office is not None and entry.name.endswith((".xml", ".rels")):
        _read_office_part(archive, entry, place, collector, office)
        return
    try:
        with archive.open(entry) as file:
            inner(file, entry.size, where)
    except EntryError as error:
        collector.tell(where, str(error))


def _read_office_part(
    archive: Archive, entry: Entry, place: str, collector: Collector, spreadsheet: Spreadsheet
) -> None:
    where = join(place, "Office document")
    size = min(entry.size, _MAX_STREAM_BYTES, collector.bytes_left)
    try:
        with archive.open(entry) as file:
            data = file.read(size)
    except EntryError as error:
        collector.tell(f"{where}: {entry.name}", str(error))
        return
    collector.bytes_left -= len(data)
    if size < entry.size:
        collector.tell(f"{where}: {entry.name}", f"only its first {size:,} bytes were read")
    if entry.name.startswith(("docProps/", "meta.xml")) or entry.name.endswith(".rels"):
        # Each property under its name; of the relations, where links lead.
        part = _Links() if entry.name.endswith(".rels") else None
        if part is None:
            read_xml(data, where, collector, entry.name)
        else:
            for target in part.read(data):
                collector.add(f"{where} link", target)
        return
    if spreadsheet.holds(entry.name, data):
        is_whole = spreadsheet.take(entry.name, data)
    else:
        office = _OfficeText()
        is_whole = parse_xml(data, office)
        collector.add_free(f"{where}: {entry.name}", "".join(office.pieces))
        for name in office.names:
            collector.add(f"{where} author", name)
    if not is_whole:
        collector.tell(f"{where}: {entry.name}", "it is not well-formed: only what comes before the fault was read")


class _OfficeText:
    """Gathers the text of a part: runs joined within a paragraph, paragraphs on lines of their own."""

    _PARAGRAPHS = frozenset({"p", "h", "br", "tab", "comment", "line-break"})
    _DULL = frozenset({"instrText"})

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.names: dict[str, None] = {}
        self._skip = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._skip += self._skip > 0 or name.rpartition(":")[2] in self._DULL
        for key, value in attributes.items():
            key = key.rpartition(":")[2]
            if key in ("author", "initials", "displayName", "userId") or (key == "descr" and value):
                self.names[value] = None

    def end(self, name: str) -> None:
        self._skip -= self._skip > 0
        if name.rpartition(":")[2] in self._PARAGRAPHS:
            self.pieces.append("\n")

    def text(self, text: str) -> None:
        if not self._skip:
            self.pieces.append(text)


class _Links:
    """The targets of a part's relations that lie outside of the document."""

    def read(self, data: bytes) -> Iterator[str]:
        for tag in re.findall(rb"<[^<>]*>", data):
            target = re.search(rb'Target="([^"]*)"', tag)
            if target and b'TargetMode="External"' in tag:
                yield target[1].decode("utf-8", "replace")


def read_tar(file: BinaryIO, place: str, collector: Collector, inner: InnerFile) -> None:
    """Take apart the members of a tar; the names of their owners are texts too."""
    where = join(place, "tar")
    try:
        with tarfile.open(fileobj=file, mode="r:") as archive:
            for member in archive:
                if collector.entries_left <= 0 or collector.bytes_left <= 0 or collector.is_full:
                    collector.tell(where, "it has more entries or bytes than are read: not all were")
                    return
                collector.entries_left -= 1
                collector.add_free(f"{where} entry name", member.name)
                for owner in (member.uname, member.gname):
                    if owner not in ("root", "wheel", "users", "staff"):
                        collector.add(f"{where} owner", owner)
                if not member.isfile():
                    collector.add(f"{where} link", member.linkname)
                    continue
                content = archive.extractfile(member)
                if content is not None:
                    inner(content, member.size, join(place, f"tar: {member.name}"))  # type: ignore[arg-type]
    except (tarfile.TarError, EntryError, OSError, EOFError, ValueError, OverflowError):
        collector.tell(where, "it is damaged or cut off")
