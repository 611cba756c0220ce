"""Files -> entries, every one accounted for, and their bytes (APPNOTE §4.3); knows nothing of DICOM.

In go the files that the user chose, as random-access `Source`s. Whether one is a zip is decided by its content. Out
come `Entry`s in directory order, and seekable files that inflate as far as they are read. The central directory is
read by `zipfile`. Entry data is inflated here, with zlib, bz2 and lzma: `ZipExtFile` drops what it had inflated when it
meets damage, inflates bzip2 and LZMA without bound, and refuses different entries in Python 3.11 and 3.14, while the
report must be the same everywhere. Left to others: what an entry is.
"""

from __future__ import annotations

import bz2
import io
import lzma
import os
import struct
import zipfile
import zlib
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, ClassVar, NamedTuple, Protocol, cast

from pycore.errors import EntryError, InputError
from pycore.findings import Problem

HEAD_BYTES = 16 * 1024
"""What `Archive.plan` fetches of an entry's compressed data: enough for the header of nearly every instance."""
BATCH_BYTES = 2 * 1024 * 1024
BATCH_ENTRIES = 256
"""How much `Archive.plan` puts in one batch."""

_MERGE_GAP = 4 * 1024
"""Ranges no further apart are fetched as one: a slice costs about as much as so many bytes."""
_LOCAL_EXTRA_SLACK = 64
"""Writers put more into the local header's extra field than into the directory's, for example ZIP64 sizes."""
_HEAD_KEPT = 64 * 1024
"""Inflated bytes kept per open entry, so that looking back into a header does not inflate again."""
_SMALL_CHUNK = 8 * 1024
_LARGE_CHUNK = 1024 * 1024
"""Compressed bytes asked of the source at a time: small while a header is read, large when data is skipped."""
_CAREFUL_STEP = 16
"""Bytes inflated at a time once damage was met: no more than these are lost before it."""
_MAX_LZMA_DICTIONARY = 256 * 1024 * 1024

_LOCAL_HEADER = struct.Struct("<4s5H3L2H")  # APPNOTE §4.3.7
_LOCAL_SIGNATURE = b"PK\x03\x04"
_END_SIGNATURE = b"PK\x05\x06"
_ZIP_SIGNATURES = (_LOCAL_SIGNATURE, _END_SIGNATURE, b"PK\x07\x08", b"PK00PK\x03\x04")
_END_BYTES = 22
_MAX_END_BYTES = _END_BYTES + 0xFFFF  # the end record and its comment, APPNOTE §4.3.16
_DESCRIPTOR_BYTES = 24  # the longest data descriptor, APPNOTE §4.3.9
_MAX_GAPS_READ = 1000
"""How many local headers are read to look for bytes between entries: a slice each, and a zip is opened many times."""

_ENCRYPTED, _HAS_DESCRIPTOR, _STRONGLY_ENCRYPTED, _UTF8 = (
    0x0001,
    0x0008,
    0x0040,
    0x0800,
)  # general purpose bits, APPNOTE §4.4.4
_UNICODE_PATH = 0x7075  # Info-ZIP Unicode Path Extra Field, APPNOTE §4.6.9
_AES = 99  # APPNOTE §4.4.5

# APPNOTE §4.4.5, those that are met; the ones that Python cannot inflate natively and in the browser alike.
_METHOD_NAMES = {
    1: "Shrink",
    2: "Reduce",
    3: "Reduce",
    4: "Reduce",
    5: "Reduce",
    6: "Implode",
    9: "Deflate64",
    10: "PKWARE Implode",
    18: "IBM TERSE",
    19: "IBM LZ77",
    20: "Zstandard",
    93: "Zstandard",
    94: "MP3",
    95: "XZ",
    96: "JPEG",
    97: "WavPack",
    98: "PPMd",
}

# What reading a chosen file can raise: it was moved, changed or taken away after it was chosen.
_SOURCE_ERRORS = (OSError,)
# What a hostile directory makes `zipfile` raise. ValueError holds UnicodeDecodeError; IndexError is an empty name.
_DIRECTORY_ERRORS = (
    zipfile.BadZipFile,
    NotImplementedError,
    struct.error,
    ValueError,
    IndexError,
    OverflowError,
    OSError,
)
_INFLATE_ERRORS = (zlib.error, lzma.LZMAError, OSError, ValueError, EOFError)  # bz2 raises OSError and ValueError


class Source(Protocol):
    """Random access to one file that the user chose."""

    @property
    def name(self) -> str: ...

    @property
    def size(self) -> int: ...

    def read(self, offset: int, length: int) -> bytes:
        """Return exactly `length` bytes, less only at the end of the file; raises OSError."""
        ...


class Kind(StrEnum):
    """What an entry is to the zip."""

    FILE = "file"
    FOLDER = "folder"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the ledger: a zip entry, or a file that was chosen by itself."""

    index: int
    """Over the whole archive, in directory order; the one identity used everywhere."""
    name: str
    """The path as shown and as reported; always valid UTF-8 text, not always unique."""
    kind: Kind
    size: int
    """Inflated bytes, as the directory states."""
    reason: str
    """Why it is unreadable, one sentence; empty otherwise."""


class Range(NamedTuple):
    """Bytes to fetch from one of the sources."""

    source: int
    """Index into the sources that the archive was opened with."""
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Entries to be read together, and what to fetch for them beforehand."""

    indexes: tuple[int, ...]
    ranges: tuple[Range, ...]


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
            raise InputError(f"{path} cannot be opened: {error.strerror}.") from error

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


@dataclass(frozen=True, slots=True)
class _Member:
    """Where an entry's bytes are."""

    source: int
    info: zipfile.ZipInfo | None
    """None for a file that was chosen by itself."""
    end: int
    """Where the next entry or the directory begins, in the source; the entry's bytes lie before it."""


class Archive:
    """One or several sources seen as one; a file that is no zip is an archive of one entry."""

    def __init__(
        self,
        name: str,
        sources: Sequence[Source],
        entries: Sequence[Entry],
        members: Sequence[_Member],
        problems: Sequence[Problem],
        comment: bytes,
    ) -> None:
        self.name = name
        self.size = sum(source.size for source in sources)
        self.entries = tuple(entries)
        self.problems = tuple(problems)
        self.comment = comment
        """The zip's own comment; of several zips, all that are not empty, one per line."""
        self._sources = tuple(sources)
        self._members = tuple(members)

    def zip_info(self, entry: Entry) -> zipfile.ZipInfo | None:
        """Return the entry's line of the zip directory, with comment and extra fields; None if it is of no zip."""
        return self._members[entry.index].info

    def open(self, entry: Entry) -> BinaryIO:
        """Return the entry's inflated bytes as a file that can seek and inflates only as far as it is read.

        Where the data is damaged, `read(length)` gives all bytes before the damage and then raises. The CRC is
        verified when an entry was read from its first byte to its last; the read that finds it wrong raises, and may
        be repeated to have the bytes all the same.

        Raises
        ------
        EntryError
            If the entry is a folder or unreadable, or its local header does not agree with the directory.
            From `read`, if the data is damaged or the chosen file has gone.
        """
        if entry.kind is not Kind.FILE:
            raise EntryError(entry.reason or f"{entry.name} is a folder.")
        member = self._members[entry.index]
        source = self._sources[member.source]
        info = member.info
        if info is None:
            return cast("BinaryIO", _StoredFile(source, 0, source.size, None))
        start = _find_data(source, info, member.end)
        if info.compress_type == zipfile.ZIP_STORED:
            if info.compress_size != info.file_size:
                raise EntryError(
                    f"The entry is stored, and yet the directory states {info.compress_size} bytes in the zip and "
                    f"{info.file_size} inflated (APPNOTE §4.4.8)."
                )
            return cast("BinaryIO", _StoredFile(source, start, info.file_size, info.CRC))
        return cast("BinaryIO", _InflatedFile(source, start, info))

    def plan(
        self, indexes: Iterable[int], *, head_bytes: int = HEAD_BYTES, batch_bytes: int = BATCH_BYTES
    ) -> Iterator[Batch]:
        """Say which byte ranges to fetch together, so that reading these entries' heads waits for nothing.

        Every index comes back exactly once, in the order given. A batch ends when it has `batch_bytes` or
        `BATCH_ENTRIES`; within it,
        neighbouring ranges are merged and ordered by source and offset.
        """
        batch: list[int] = []
        ranges: list[Range] = []
        planned = 0
        for index in indexes:
            batch.append(index)
            if self.entries[index].kind is Kind.FILE:
                ranges.append(self._head_range(self._members[index], head_bytes))
                planned += ranges[-1].length
            if planned >= batch_bytes or len(batch) == BATCH_ENTRIES:
                yield Batch(tuple(batch), _merge(ranges))
                batch, ranges, planned = [], [], 0
        if batch:
            yield Batch(tuple(batch), _merge(ranges))

    def _head_range(self, member: _Member, head_bytes: int) -> Range:
        size = self._sources[member.source].size
        info = member.info
        if info is None:
            return Range(member.source, 0, min(size, head_bytes))
        header = _LOCAL_HEADER.size + len(_raw_name(info)) + len(info.extra) + _LOCAL_EXTRA_SLACK
        end = min(size, member.end, info.header_offset + header + min(info.compress_size, head_bytes))
        return Range(member.source, info.header_offset, max(0, end - info.header_offset))


def open_archive(sources: Sequence[Source]) -> Archive:
    """Open what the user chose: zips, other files, or both.

    Raises
    ------
    InputError
        If nothing could be read at all: no file, an empty file, or nothing but damaged zips.
    """
    if not sources:
        raise InputError("No file was chosen.")
    several = len(sources) > 1
    entries: list[Entry] = []
    members: list[_Member] = []
    problems: list[Problem] = []
    comments: list[bytes] = []
    unreadable: list[str] = []
    for number, source in enumerate(sources):
        shown = _to_utf8(source.name)
        directory: zipfile.ZipFile | None = None
        reason = ""
        try:
            directory = _read_directory(source)
        except InputError as error:
            reason = str(error)
            unreadable.append(reason)
        if directory is None:
            kind = Kind.UNREADABLE if reason else Kind.FILE
            entries.append(Entry(len(entries), shown, kind, source.size, reason))
            members.append(_Member(number, None, source.size))
            if not source.size:
                unreadable.append(f"{shown} is empty: it has 0 bytes.")
            continue
        if not directory.filelist:
            problems.append(Problem(None, f"{shown} is a zip without any entry."))
        prefix = f"{shown}/" if several else ""
        ends = _find_ends(directory)
        for info, end in zip(directory.filelist, ends, strict=True):
            entries.append(_to_entry(len(entries), prefix + _to_name(info), info))
            members.append(_Member(number, info, end))
        try:
            problems.extend(_check_unreached(shown, source, directory, ends))
        except _SOURCE_ERRORS as error:
            raise InputError(_gone(shown)) from error
        if directory.comment:
            comments.append(directory.comment)
    if len(unreadable) == len(sources):
        raise InputError(" ".join(unreadable))
    problems.extend(_check_names(entries))
    return Archive(_to_archive_name(sources), sources, entries, members, problems, b"\n".join(comments))


def _gone(shown: str) -> str:
    return f"{shown} cannot be read: it was changed, moved or taken away after it was chosen."


def _read_directory(source: Source) -> zipfile.ZipFile | None:
    """Return the zip's directory; None if the source is no zip. Raises InputError for a zip that cannot be opened."""
    shown = _to_utf8(source.name)
    named_zip = source.name.lower().endswith(".zip")
    try:
        head = source.read(0, _MAX_END_BYTES if named_zip else 8)
        tail = source.read(max(0, source.size - _MAX_END_BYTES), _MAX_END_BYTES)
    except _SOURCE_ERRORS as error:
        raise InputError(_gone(shown)) from error
    like_zip = head.startswith(_ZIP_SIGNATURES) or (named_zip and _LOCAL_SIGNATURE in head)
    if _END_SIGNATURE in tail:
        try:
            directory = zipfile.ZipFile(cast("BinaryIO", io.BufferedReader(_SourceFile(source), 256 * 1024)))
            # The four bytes also occur by chance at the end of files that are no zip, in pixel data for example.
            return directory if directory.filelist or like_zip or named_zip else None
        except _DIRECTORY_ERRORS as error:
            if like_zip or named_zip:
                raise InputError(
                    f"{shown} is a damaged zip: its central directory cannot be read (APPNOTE §4.3.12)."
                ) from error
            return None
    if like_zip:
        raise InputError(
            f"{shown} is a truncated zip: the end of central directory record is missing from its last "
            f"{min(source.size, _MAX_END_BYTES)} bytes (APPNOTE §4.3.16). Copy or export it again."
        )
    return None


def _to_entry(index: int, name: str, info: zipfile.ZipInfo) -> Entry:
    reason = _find_obstacle(info)
    kind = Kind.FOLDER if name.endswith("/") else Kind.UNREADABLE if reason else Kind.FILE
    return Entry(index, name, kind, info.file_size, "" if kind is Kind.FOLDER else reason)


def _find_obstacle(info: zipfile.ZipInfo) -> str:
    """Return why the entry cannot be inflated; empty if nothing is known against it."""
    method, flags = info.compress_type, info.flag_bits
    if method == _AES:
        return "The entry is encrypted with AES (APPNOTE §7.2.3); it was not reviewed."
    if flags & _STRONGLY_ENCRYPTED:
        return "The entry is encrypted with PKWARE strong encryption (APPNOTE §7); it was not reviewed."
    if flags & _ENCRYPTED:
        return "The entry is encrypted with ZipCrypto (APPNOTE §6.1); it was not reviewed."
    if method not in _DECOMPRESSORS and method != zipfile.ZIP_STORED:
        name = _METHOD_NAMES.get(method, "unknown")
        return f"The entry is compressed with method {method}, {name} (APPNOTE §4.4.5), which cannot be inflated here."
    return ""


def _raw_name(info: zipfile.ZipInfo) -> bytes:
    """Return the entry's name as it stands in the directory."""
    return info.orig_filename.encode("utf-8" if info.flag_bits & _UTF8 else "cp437")


def _to_name(info: zipfile.ZipInfo) -> str:
    """Return the entry's path, the same under every Python: only newer ones know the Unicode Path Extra Field."""
    name = info.orig_filename
    extra = info.extra
    while len(extra) >= 4:
        tag, length = struct.unpack_from("<HH", extra)
        # Version 1, then the CRC-32 of the name it replaces: a stale field is passed over, as APPNOTE asks.
        if tag == _UNICODE_PATH and extra[4:9] == b"\x01" + zlib.crc32(_raw_name(info)).to_bytes(4, "little"):
            name = extra[9 : 4 + length].decode("utf-8", "replace") or name
        extra = extra[4 + length :]
    # What follows a NUL hides from most programs and is not part of the path; backslashes are kept as they are.
    return _to_utf8(name.partition("\0")[0])


def _to_utf8(name: str) -> str:
    """Return the name with lone surrogates, from file names that are no UTF-8, written out as escapes."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


def _to_archive_name(sources: Sequence[Source]) -> str:
    names = [_to_utf8(source.name) for source in sources]
    return " + ".join(names) if len(names) <= 3 else f"{names[0]} + {len(names) - 1} more"


def _find_ends(directory: zipfile.ZipFile) -> list[int]:
    """Return for each entry where its bytes must end: at the next local header, or at the central directory."""
    infos = directory.filelist
    ends = [0] * len(infos)
    end = directory.start_dir
    for at in sorted(range(len(infos)), key=lambda at: infos[at].header_offset, reverse=True):
        ends[at] = end
        end = min(end, infos[at].header_offset)
    return ends


def _check_unreached(shown: str, source: Source, directory: zipfile.ZipFile, ends: Sequence[int]) -> Iterator[Problem]:
    """Say which bytes of a zip belong to none of its entries, beyond what the format needs (APPNOTE §4.3.6)."""
    first = min((info.header_offset for info in directory.filelist), default=directory.start_dir)
    if first > 0:
        yield Problem(None, f"{shown} has {first} bytes before its first entry, which were not reviewed.")
    gaps = dict(_find_gaps(source, directory, ends))
    if gaps:
        number, at = sum(gaps.values()), min(gaps)
        yield Problem(
            None,
            f"{shown} has {number} bytes between its entries that belong to none, from offset {at} on, which were not "
            "reviewed: what was deleted from a zip can still be in it.",
        )
    tail = source.read(max(0, source.size - _MAX_END_BYTES), _MAX_END_BYTES)
    after = len(tail) - tail.rfind(_END_SIGNATURE) - _END_BYTES - len(directory.comment)
    if after > 0:
        yield Problem(None, f"{shown} has {after} bytes after its end, which were not reviewed.")


def _find_gaps(source: Source, directory: zipfile.ZipFile, ends: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield offset and length of what lies behind an entry and before the next.

    What the directory says of an entry leaves open how long its local extra field is. The local header is read only
    where more bytes are left than such a field usually has.
    """
    read = 0
    for info, end in zip(directory.filelist, ends, strict=True):
        descriptor = _DESCRIPTOR_BYTES if info.flag_bits & _HAS_DESCRIPTOR else 0
        needed = _LOCAL_HEADER.size + len(_raw_name(info)) + info.compress_size + descriptor
        if end - info.header_offset - needed <= len(info.extra) + _LOCAL_EXTRA_SLACK or read == _MAX_GAPS_READ:
            continue
        read += 1
        header = source.read(info.header_offset, _LOCAL_HEADER.size)
        if len(header) < _LOCAL_HEADER.size or not header.startswith(_LOCAL_SIGNATURE):
            continue  # said when the entry is opened
        data_end = info.header_offset + needed + _LOCAL_HEADER.unpack(header)[-1]
        if end > data_end:
            yield data_end, end - data_end


def _check_names(entries: Sequence[Entry]) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for entry in entries:
        first = seen.setdefault(entry.name, entry.index)
        if first != entry.index:
            yield Problem(entry.index, f"Entry {entry.index} has the same name as entry {first}; both were reviewed.")


def _merge(ranges: list[Range]) -> tuple[Range, ...]:
    merged: list[Range] = []
    for source, offset, length in sorted(ranges):
        if merged and merged[-1].source == source and offset <= merged[-1].offset + merged[-1].length + _MERGE_GAP:
            start = merged[-1].offset
            merged[-1] = Range(source, start, max(merged[-1].length, offset + length - start))
        else:
            merged.append(Range(source, offset, length))
    return tuple(merged)


def _find_data(source: Source, info: zipfile.ZipInfo, end: int) -> int:
    """Return where the entry's data begins, behind its local header (APPNOTE §4.3.7); raises EntryError."""
    name = _raw_name(info)
    offset = info.header_offset
    header = _read_source(source, offset, _LOCAL_HEADER.size + len(name)) if offset >= 0 else b""
    if len(header) < _LOCAL_HEADER.size:
        raise EntryError(
            f"The directory places the entry's local header at offset {offset}, outside the {source.size} bytes of "
            "the zip (APPNOTE §4.4.16)."
        )
    signature, *_, name_length, extra_length = _LOCAL_HEADER.unpack_from(header)
    if signature != _LOCAL_SIGNATURE:
        raise EntryError(f"At offset {offset} of the zip there is no local header of the entry (APPNOTE §4.3.7).")
    if header[_LOCAL_HEADER.size :] != name or name_length != len(name):
        raise EntryError(f"The local header at offset {offset} names another entry than the directory does.")
    start = offset + _LOCAL_HEADER.size + int(name_length) + int(extra_length)
    if start + info.compress_size > source.size:
        raise EntryError(
            f"The entry's data is to end at offset {start + info.compress_size}, after the {source.size} bytes of the "
            "zip: the zip is truncated or its directory wrong."
        )
    if start + info.compress_size > end:
        raise EntryError(
            f"The entry's data is to end at offset {start + info.compress_size} and overlaps what begins at {end}: "
            "the directory is wrong, or the zip is made to exhaust memory."
        )
    return start


def _read_source(source: Source, offset: int, length: int) -> bytes:
    try:
        return source.read(offset, length)
    except _SOURCE_ERRORS as error:
        raise EntryError(
            f"{_to_utf8(source.name)} can no longer be read at offset {offset}: it was changed, moved or taken away."
        ) from error


class _SourceFile(io.RawIOBase):
    """A source as the file that `zipfile` reads the directory from."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        position = offset + (0, self._position, self._source.size)[whence]
        if position < 0:
            raise OSError("before the start of the file")  # as a file does; `zipfile` relies on it for tiny files
        self._position = position
        return position

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        data = self._source.read(self._position, min(len(buffer), max(0, self._source.size - self._position)))
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)


class _EntryFile(io.BufferedIOBase):
    """What the two kinds of entry have in common: a size, a position, and a CRC that runs along with the reading."""

    def __init__(self, source: Source, size: int, crc: int | None) -> None:
        self._source = source
        self._size = size
        self._expected_crc = crc
        self._position = 0
        self._crc = 0
        self._checked = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._position = max(0, offset + (0, self._position, self._size)[whence])
        return self._position

    def read(self, length: int | None = -1) -> bytes:
        left = max(0, self._size - self._position)
        wanted = left if length is None or length < 0 else min(length, left)
        data = self._read_at(self._position, wanted) if wanted else b""
        if len(data) < wanted and (length is None or length < 0):
            self._read_at(self._position + len(data), 1)  # raises: whoever asks for all must not take a part for it
        self._position += len(data)
        return data

    def read1(self, length: int = -1) -> bytes:
        return self.read(length)

    def _read_at(self, position: int, length: int) -> bytes:
        raise NotImplementedError

    def _check(self, position: int, data: bytes) -> None:
        """Run the CRC over bytes that follow those already checked; raises EntryError, once, when it is wrong."""
        if self._expected_crc is None or position != self._checked:
            return
        self._crc = zlib.crc32(data, self._crc)
        self._checked += len(data)
        if self._checked == self._size and self._crc != self._expected_crc:
            expected, self._expected_crc = self._expected_crc, None
            raise EntryError(
                f"The entry's bytes are damaged: their CRC-32 is {self._crc:08X}, and the directory states "
                f"{expected:08X} (APPNOTE §4.4.7)."
            )


class _StoredFile(_EntryFile):
    """Bytes that lie in the source as they are: every read is one slice, seeking is free."""

    def __init__(self, source: Source, start: int, size: int, crc: int | None) -> None:
        super().__init__(source, size, crc)
        self._start = start

    def _read_at(self, position: int, length: int) -> bytes:
        data = _read_source(self._source, self._start + position, length)
        if not data:
            raise EntryError(f"{_to_utf8(self._source.name)} ends at byte {position} of the entry's {self._size}.")
        self._check(position, data)
        return data


class _Decompressor(Protocol):
    """What zlib, bz2 and lzma give, in one form: feed some, take at most `limit` bytes out."""

    @property
    def eof(self) -> bool: ...

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

    def decompress(self, data: bytes, limit: int) -> bytes:
        inflated = self._stream.decompress(self._stream.unconsumed_tail + data, limit)
        # A full answer may leave output inside zlib without leaving input outside of it.
        self._full = len(inflated) == limit
        return inflated

    def hungry(self) -> bool:
        return not self._full and not self._stream.unconsumed_tail


class _Unpack:
    """Method 12, bzip2, and method 14, LZMA, as a `_Decompressor`."""

    def __init__(self, stream: bz2.BZ2Decompressor | lzma.LZMADecompressor) -> None:
        self._stream = stream

    @property
    def eof(self) -> bool:
        return self._stream.eof

    def decompress(self, data: bytes, limit: int) -> bytes:
        return self._stream.decompress(data, limit)

    def hungry(self) -> bool:
        return self._stream.needs_input


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
    return _Unpack(lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=filters))


_DECOMPRESSORS: dict[int, tuple[int, Callable[[bytes, int], _Decompressor]]] = {
    # method -> bytes that precede the stream, and what makes a decompressor from those bytes and the entry's size
    zipfile.ZIP_DEFLATED: (0, lambda _properties, _size: _Inflate()),
    zipfile.ZIP_BZIP2: (0, lambda _properties, _size: _Unpack(bz2.BZ2Decompressor())),
    zipfile.ZIP_LZMA: (9, _unpack_lzma),
}


class _InflatedFile(_EntryFile):
    """Compressed bytes, inflated as far as they are read; the first 64 KiB stay at hand for looking back."""

    def __init__(self, source: Source, start: int, info: zipfile.ZipInfo) -> None:
        super().__init__(source, info.file_size, info.CRC)
        self._start = start
        self._end = start + info.compress_size
        self._properties_length, self._make = _DECOMPRESSORS[info.compress_type]
        self._head = bytearray()
        self._step = _LARGE_CHUNK
        self._restart()

    def _restart(self) -> None:
        properties = (
            _read_source(self._source, self._start, min(self._properties_length, self._end - self._start))
            if self._properties_length
            else b""
        )
        self._stream = self._make(properties, self._size)
        self._next = self._start + self._properties_length
        self._inflated = 0
        self._damage = ""

    def _read_at(self, position: int, length: int) -> bytes:
        head = bytes(self._head[position : position + length])
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
        if position < self._inflated:
            self._restart()
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
        inflated = b""
        try:
            while not inflated:
                if self._stream.eof:
                    raise EOFError
                inflated = self._stream.decompress(
                    self._feed() if self._stream.hungry() else b"", min(limit, self._step)
                )
        except EOFError:
            self._damage = (
                f"The entry's compressed data ends after {self._inflated} of the {self._size} bytes that the directory "
                "states."
            )
            raise EntryError(self._damage) from None
        except _INFLATE_ERRORS as error:
            if self._step > _CAREFUL_STEP:
                # The failed call took its output with it: inflate to here again, then on in the smallest steps.
                reached = self._inflated
                self._restart()
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

    def _feed(self) -> bytes:
        chunk = _SMALL_CHUNK if self._next - self._start < _HEAD_KEPT else _LARGE_CHUNK
        data = _read_source(self._source, self._next, min(chunk, self._end - self._next))
        if not data:
            raise EOFError
        self._next += len(data)
        return data
