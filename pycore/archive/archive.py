"""One or several sources seen as one: the ledger, and a file for each of its lines."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import BinaryIO, NamedTuple, cast

from pycore.archive.aes import AesKeys, DecryptedSource, Derivation, Key
from pycore.archive.entries import Batch, Contents, Entries, Entry, Found, Kind, Ledger, Member, Range
from pycore.archive.headers import (
    AES,
    AES_CHECK_BYTES,
    DEFLATED,
    ENCRYPTED,
    HAS_DESCRIPTOR,
    LOCAL_HEADER,
    LOCAL_SIGNATURE,
    STORED,
    AesField,
    Header,
    find_aes,
    find_method,
    find_wrapping,
    find_zip64,
    say_locked,
    to_visible,
)
from pycore.archive.inflate import SMALL_CHUNK, Decrypter, EntryFile, InflatedFile, StoredFile, find_decrypters
from pycore.archive.sources import Source, UnreadableSource, gone, read_source, to_utf8
from pycore.archive.tars import InflatedSource, read_tar
from pycore.archive.zips import read_zip
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
_MAX_TWINS_TOLD = 100
"""So many entries that have the name of another are told one by one; more would hide all else."""
_MAX32 = 0xFFFF_FFFF
_EMPTY_DEFLATED = 2
"""Bytes into which nothing is deflated."""
_MAX_RATIO = 1032
"""Deflate makes nothing smaller than this."""
_DEFLATE_SLACK = 64
"""Nor does it make anything larger than by an eighth, and so many bytes for what is short."""


class Archive:
    """One or several sources seen as one; a file that is no zip is an archive of one entry."""

    def __init__(
        self,
        name: str,
        sources: Sequence[Source],
        ledger: Ledger,
        firsts: Sequence[int],
        problems: Sequence[Problem],
        comment: bytes,
        *,
        readers: Sequence[Source] = (),
        is_container: bool = False,
        passwords: Sequence[bytes] = (),
    ) -> None:
        self.name = name
        self.size = sum(source.size for source in sources)
        self.entries: Sequence[Entry] = Entries(ledger)
        self.names: Sequence[str] = ledger.names
        self.sizes = ledger.sizes
        self.problems = tuple(problems)
        self.comment = comment
        """The zip's own comment; of several zips, all that are not empty, one per line."""
        self.is_container = is_container
        """Whether a zip or tar is among the sources."""
        self._sources = tuple(sources)
        self._readers = tuple(readers) or self._sources
        """What the entries are read from: a source itself, or what it inflates to."""
        self._ledger = ledger
        self._firsts = firsts
        """Index of the first entry of each source, and how many there are in all."""
        self._passwords = tuple(passwords)
        self._aes_keys = AesKeys(passwords)
        self._boundaries: dict[int, tuple[list[int], dict[int, list[bytes]]]] = {}

    @property
    def passwords(self) -> Sequence[bytes]:
        """What is tried on encrypted entries; whoever opens a zip inside of one tries it there."""
        return self._passwords

    @property
    def is_dear(self) -> bool:
        """Whether to open it takes as long as to read it: a tar in gzip that holds hardly anything but zeros."""
        return any(isinstance(reader, InflatedSource) and reader.is_bomb for reader in self._readers)

    def zip_info(self, entry: Entry) -> Header | None:
        """Return what the zip states of the entry, with comment and extra fields; None if it is of no zip."""
        return self._ledger.header(entry.index)

    def _member(self, index: int) -> Member:
        source = 0 if len(self._firsts) == 2 else bisect_right(self._firsts, index) - 1
        return Member(source, self._ledger.header(index), *self._ledger.place(index))

    def open(self, entry: Entry) -> BinaryIO:
        """Return `open_file` as what other code takes for a file."""
        return cast("BinaryIO", self.open_file(entry))

    def open_file(self, entry: Entry, *, is_whole: bool = False) -> EntryFile:
        """Return the entry's inflated bytes as a file that can seek and inflates only as far as it is read.

        Where the data is damaged, `read(length)` gives all bytes before the damage and then raises. The CRC is
        verified when an entry was read from its first byte to its last; the read that finds it wrong raises, and may
        be repeated to have the bytes all the same. What was wrong with the headers is in the file's `problems`.

        Parameters
        ----------
        is_whole : bool
            Whether to go to where the compressed data ends, whatever size the zip states; for what `holds_more`. The
            data is inflated once more for that.

        Raises
        ------
        EntryError
            If the entry is a folder or unreadable, or there is no local header where the directory says.
            From `read`, if the data is damaged or the chosen file has gone.
        """
        if entry.kind is not Kind.FILE:
            raise EntryError(entry.reason or f"{entry.name} is a folder.")
        member = self._member(entry.index)
        source = self._readers[member.source]
        header = member.header
        if header is None:
            return StoredFile(source, member.start, entry.size, None, max(0, source.size - member.start))
        file = None if is_whole else _open_sound(source, header, member.end)
        if file is not None:
            return file
        opening = _Opening(source, header)
        end = self._find_end(member, opening)
        return opening.open(end, self._passwords, self._aes_keys, is_whole=is_whole)

    def find_derivations(self, indexes: Iterable[int]) -> list[Derivation]:
        """Say what will be derived from the passwords when these entries are opened.

        Whoever can do that faster than one by one gives the outcome to `take_derived`, and opens the entries then.
        """
        found: list[Derivation] = []
        for index in indexes if self._passwords else ():
            member = self._member(index)
            if member.header is not None and member.header.method == AES:
                try:
                    found += _Opening(self._readers[member.source], member.header).find_derivations(self._aes_keys)
                except EntryError:
                    continue  # it is told when the entry is opened
        return list(dict.fromkeys(found))

    def take_derived(self, derived: Iterable[tuple[Derivation, bytes]]) -> None:
        """Take in what was derived ahead."""
        self._aes_keys.remember(derived)

    def _find_end(self, member: Member, opening: _Opening) -> int:
        """Return where the entry's bytes must end; a row of the directory that leads nowhere is no boundary."""
        if opening.needed_end <= member.end:
            return member.end
        if member.source not in self._boundaries:
            first, stop = self._firsts[member.source : member.source + 2]
            self._boundaries[member.source] = _find_boundaries(map(self._ledger.header, range(first, stop)))
        starts, names = self._boundaries[member.source]
        source = self._readers[member.source]
        end = member.end
        while end < opening.needed_end:
            if not (claims := names.get(end)):
                return end
            begin = read_source(source, end, LOCAL_HEADER.size + max(map(len, claims)))
            if begin.startswith(LOCAL_SIGNATURE) and any(
                begin[LOCAL_HEADER.size :].startswith(name) for name in claims
            ):
                return end
            at = bisect_right(starts, end)
            end = starts[at] if at < len(starts) else source.size
        return end

    def plan(
        self, indexes: Iterable[int], *, head_bytes: int = HEAD_BYTES, batch_bytes: int = BATCH_BYTES
    ) -> Iterator[Batch]:
        """Say which byte ranges to fetch together, so that reading these entries' heads waits for nothing.

        Every index comes back exactly once, in the order given. A batch ends when it has `batch_bytes` or
        `BATCH_ENTRIES`; within it, neighbouring ranges are merged and ordered by source and offset.
        """
        batch: list[int] = []
        ranges: list[Range] = []
        planned = 0
        for index in indexes:
            batch.append(index)
            if self._ledger.kind(index) is Kind.FILE:
                head = self._head_range(self._member(index), self.sizes[index], head_bytes)
                planned += head.length
                if self._readers[head.source] is self._sources[head.source]:
                    ranges.append(head)
            if planned >= batch_bytes or len(batch) == BATCH_ENTRIES:
                yield Batch(tuple(batch), _merge(ranges))
                batch, ranges, planned = [], [], 0
        if batch:
            yield Batch(tuple(batch), _merge(ranges))

    def _head_range(self, member: Member, entry_size: int, head_bytes: int) -> Range:
        size = self._readers[member.source].size
        header = member.header
        if header is None:
            return Range(member.source, member.start, max(0, min(size - member.start, entry_size, head_bytes)))
        end = _head_end(header, size, member.end, head_bytes)
        return Range(member.source, header.offset, max(0, end - header.offset) if header.offset >= 0 else 0)


def _head_end(header: Header, size: int, end: int, head_bytes: int) -> int:
    """Return up to where an entry is fetched for so many of its bytes; `size` of the source, `end` of the entry."""
    length = LOCAL_HEADER.size + len(header.name) + len(header.extra) + _LOCAL_EXTRA_SLACK
    return min(size, end, header.offset + length + min(header.compressed_size, head_bytes))


def _find_boundaries(headers: Iterable[Header | None]) -> tuple[list[int], dict[int, list[bytes]]]:
    """Return where entries of a source begin, ascending, and what the directory calls those that begin there."""
    names: dict[int, list[bytes]] = {}
    for header in headers:
        if header is not None:
            names.setdefault(header.offset, []).append(header.name)
    return sorted(names), names


def _open_sound(source: Source, header: Header, end: int) -> EntryFile | None:
    """Open an entry as `_Opening` does, but sooner; None where anything is to be said of its headers, or where it is
    not simply stored or deflated.
    """
    offset, name = header.offset, header.name
    if offset < 0 or header.is_salvaged:
        return None
    length = LOCAL_HEADER.size + len(name)
    if header.method == DEFLATED:  # what is inflated first comes with it
        length = _head_end(header, source.size, end, SMALL_CHUNK) - offset
    fixed = read_source(source, offset, length) if length > 0 else b""
    if not fixed.startswith(name, LOCAL_HEADER.size):
        return None
    signature, _, flags, method, _, _, _, compressed, size, name_length, extra_length = LOCAL_HEADER.unpack_from(fixed)
    has_no_sizes = flags & HAS_DESCRIPTOR and not (compressed and size)
    if (
        signature != LOCAL_SIGNATURE
        or name_length != len(name)
        or method != header.method
        or (flags | header.flags) & ENCRYPTED
        or _MAX32 in (compressed, size)
        or not (has_no_sizes or (compressed == header.compressed_size and size == header.size))
    ):
        return None
    start = offset + LOCAL_HEADER.size + name_length + extra_length
    compressed, size = header.compressed_size, header.size
    if start + compressed > end:
        return None
    if method == DEFLATED and not _holds_more(size, compressed):
        first = fixed[start - offset : start - offset + compressed]
        return InflatedFile(source, start, start + compressed, method, size, header.crc, first=first)
    if method == STORED and size == compressed:
        return StoredFile(source, start, size, header.crc, compressed)
    return None


def _holds_more(size: int, compressed: int) -> bool:
    """Whether deflated bytes are too many for the size that is stated."""
    return compressed > (size + size // 8 + _DEFLATE_SLACK if size else _EMPTY_DEFLATED)


class _Opening:
    """An entry of a zip on the way to being read: its local header compared with what the directory states."""

    def __init__(self, source: Source, header: Header) -> None:
        self._source = source
        self._header = header
        self._problems: list[str] = []
        offset, name = header.offset, header.name
        fixed = read_source(source, offset, LOCAL_HEADER.size + len(name)) if offset >= 0 else b""
        if len(fixed) < LOCAL_HEADER.size:
            raise EntryError(
                f"The directory places the entry's local header at offset {offset}, outside the {source.size} bytes of "
                "the zip (APPNOTE §4.4.16)."
            )
        signature, _, flags, method, _, _, _, compressed, size, name_length, extra_length = LOCAL_HEADER.unpack_from(
            fixed
        )
        if signature != LOCAL_SIGNATURE:
            raise EntryError(f"At offset {offset} of the zip there is no local header of the entry (APPNOTE §4.3.7).")
        self._start: int = offset + LOCAL_HEADER.size + name_length + extra_length
        self._other_name = ""
        if name_length != len(name) or fixed[LOCAL_HEADER.size :] != name:
            raw = read_source(source, offset + LOCAL_HEADER.size, name_length)
            self._other_name = to_visible(raw.decode("utf-8", "backslashreplace"))
            self._problems.append(
                f"The local header at offset {offset} names another entry than the directory does (APPNOTE §4.3.7)."
            )
        if _MAX32 in (size, compressed):
            extra = read_source(source, offset + LOCAL_HEADER.size + name_length, extra_length)
            size, compressed, _, _ = find_zip64(extra, size, compressed, 0, 0)
        self._sizes = [(header.compressed_size, header.size)]
        if not header.is_salvaged and not (flags & HAS_DESCRIPTOR and not (compressed and size)):
            self._compare(compressed, size)
        if method != header.method or (flags ^ header.flags) & ENCRYPTED:
            self._problems.append(
                f"The local header states compression method {method}{' and encryption' * (flags & ENCRYPTED)}, and "
                f"the directory {header.method}{' and encryption' * (header.flags & ENCRYPTED)} (APPNOTE §4.4.5); the "
                "directory was believed."
            )

    def _compare(self, compressed: int, size: int) -> None:
        header = self._header
        if (compressed, size) != (header.compressed_size, header.size):
            self._problems.append(
                f"The local header states {compressed} bytes in the zip and {size} inflated, and the directory "
                f"{header.compressed_size} and {header.size} (APPNOTE §4.4.8, §4.4.9); the larger were believed, as "
                "far as there are so many."
            )
            self._sizes.append((compressed, size))

    @property
    def needed_end(self) -> int:
        """Where the entry's data ends if all that is stated of it is true."""
        return self._start + max(compressed for compressed, _ in self._sizes)

    def open(self, end: int, passwords: Sequence[bytes], aes_keys: AesKeys, *, is_whole: bool) -> EntryFile:
        """Return the file; `end` is where the entry's bytes must end, `is_whole` whether no size is believed."""
        header, source = self._header, self._source
        room = max(0, end - self._start)
        compressed = max((one for one, _ in self._sizes if one <= room), default=-1)
        is_cut = compressed < 0
        if is_cut:
            stated = min(one for one, _ in self._sizes)
            after = (
                f"after the {source.size} bytes of the zip: the zip is truncated or its directory wrong"
                if self._start + stated > source.size
                else f"and overlaps what begins at {end}: the directory is wrong, or the zip is made to exhaust memory"
            )
            self._problems.append(
                f"The entry's data is to end at offset {self._start + stated}, {after}; it was reviewed up to there."
            )
            compressed = room
        is_unknown = header.is_salvaged and not header.size_is_known
        if is_unknown:
            self._problems.append(
                "The entry's end is missing, and nothing states how long it was: what there is of it was reviewed."
            )
        size = max(size for _, size in self._sizes)
        method = find_method(header)
        before, behind = find_wrapping(header)
        behind = 0 if is_cut or is_unknown else behind  # what there is of it is not at its end
        held = compressed - before - behind
        if held < 0:
            if not (compressed or size):
                return self._tell(StoredFile(source, self._start, 0, None))  # nothing needs no encryption
            raise EntryError(
                f"The entry is encrypted and has {compressed} bytes in the zip, fewer than that takes: it is cut off "
                "or damaged (APPNOTE §4.4.8)."
            )
        if method == STORED:
            if size != held and compressed != room:
                self._problems.append(
                    f"The entry is stored, and yet the zip states {compressed} bytes in the zip and {size} inflated "
                    "(APPNOTE §4.4.8)."
                )
                size = held
        elif is_whole or (method == DEFLATED and _holds_more(size, held)):
            self._problems.append(
                f"The zip states that the entry has {size} bytes, and {compressed} of them compressed, which hold more "
                "(APPNOTE §4.4.9); it was read to where they end."
            )
            size, is_whole = held * _MAX_RATIO, True
        place = _Place(self._start + before, held, size, None if is_unknown else header.crc)
        openers = self._find_openers(place, passwords, aes_keys, is_sealed=behind > 0)
        if not openers:
            raise EntryError(say_locked(header, has_password=True))
        file = openers[0]()
        if len(openers) > 1:  # some wrong passwords look right until all was read
            right = next((opener for opener in openers if not opener().find_damage()), openers[0])
            file = right()
        if isinstance(file, InflatedFile) and (is_whole or is_unknown):
            file.measure(is_cut=is_unknown)
        return self._tell(file)

    def _tell(self, file: EntryFile) -> EntryFile:
        file.problems = tuple(self._problems)
        file.other_name = self._other_name
        return file

    def find_derivations(self, aes_keys: AesKeys) -> list[Derivation]:
        """See `Archive.find_derivations`; raises EntryError."""
        field, salt, _ = self._read_aes_head()
        return aes_keys.missing(field, salt)

    def _read_aes_head(self) -> tuple[AesField, bytes, bytes]:
        """Return how the entry is encrypted with AES, its salt, and what tells wrong passwords; raises EntryError."""
        field = find_aes(self._header)
        if field is None:
            raise EntryError(say_locked(self._header, has_password=True))
        head = read_source(self._source, self._start, field.salt_bytes + AES_CHECK_BYTES)
        return field, head[: field.salt_bytes], head[field.salt_bytes :]

    def _find_openers(
        self, place: _Place, passwords: Sequence[bytes], aes_keys: AesKeys, *, is_sealed: bool
    ) -> list[Callable[[], EntryFile]]:
        """Return what opens the entry, once for each password that may be right."""
        header, source = self._header, self._source
        method = find_method(header)
        if header.method == AES:
            field, salt, check = self._read_aes_head()
            keys = aes_keys.find(field, salt, check)
            place = place if field.has_crc else place._replace(crc=None)
            return [partial(_open_aes, source, place, method, key, is_sealed) for key in keys]
        if header.flags & ENCRYPTED:
            decrypters = find_decrypters(source, self._start, header, passwords)
            return [partial(_open_plain, source, place, method, make) for make in decrypters]
        return [partial(_open_plain, source, place, method)]


class _Place(NamedTuple):
    """Where an entry's compressed bytes lie, and what is stated of those that they inflate to."""

    start: int
    length: int
    size: int
    crc: int | None


def _open_plain(
    source: Source, place: _Place, method: int, make_decrypter: Callable[[], Decrypter] | None = None
) -> EntryFile:
    start, length, size, crc = place
    if method == STORED and make_decrypter is None:
        return StoredFile(source, start, size, crc, length)
    return InflatedFile(source, start, start + length, method, size, crc, make_decrypter)


def _open_aes(source: Source, place: _Place, method: int, key: Key, is_sealed: bool) -> EntryFile:
    decrypted = DecryptedSource(source, place.start, place.length, key)
    file = _open_plain(decrypted, place._replace(start=0), method)
    if is_sealed:
        file.find_forgery = decrypted.find_forgery
    return file


class Opened(NamedTuple):
    """What one source turned out to be."""

    contents: Contents | None
    """None for a file that is neither zip nor tar, or that could not be opened."""
    reason: str
    """Why it could not be opened; empty otherwise."""
    reader: Source
    """What its entries are read from: the source itself, or what it inflates to."""

    def listed(self, source: Source) -> Opened:
        """Return what it holds, for who reads nothing of it, with a source of no bytes; see `Ledger.listed`."""
        contents = self.contents
        return Opened(contents and contents._replace(found=contents.found.listed()), self.reason, source)


def open_source(source: Source, *, has_password: bool = False) -> Opened:
    """Find out what one source holds; whatever goes wrong is in the answer."""
    try:
        if isinstance(source, UnreadableSource):
            raise InputError(gone(source))
        contents = read_zip(source, has_password=has_password)
        if contents is not None:
            return Opened(contents, "", source)
        tar = read_tar(source)
        return Opened(None, "", source) if tar is None else Opened(tar[0], "", tar[1])
    except InputError as error:
        return Opened(None, str(error), source)


def open_archive(sources: Sequence[Source], passwords: Sequence[bytes] = ()) -> Archive:
    """Open what the user chose: zips, tars, other files, or several of them.

    Parameters
    ----------
    passwords : sequence of bytes
        Those to try on encrypted entries.

    Raises
    ------
    InputError
        If nothing could be read at all: no file, an empty file, or nothing but damaged zips.
    """
    opened = [open_source(source, has_password=bool(passwords)) for source in sources]
    require_readable(sources, opened)
    return join_sources(sources, opened, passwords)


def require_readable(sources: Sequence[Source], opened: Sequence[Opened]) -> None:
    """Raise InputError if nothing could be read at all."""
    if not sources:
        raise InputError("No file was chosen.")
    unreadable: list[str] = []
    for source, one in zip(sources, opened, strict=True):
        if one.reason:
            unreadable.append(one.reason)
        elif one.contents is None and not source.size:
            unreadable.append(f"{to_utf8(source.name)} is empty: it has 0 bytes.")
    if len(unreadable) == len(sources):
        raise InputError(" ".join(unreadable))


def join_sources(sources: Sequence[Source], opened: Sequence[Opened], passwords: Sequence[bytes] = ()) -> Archive:
    """Return several sources as one archive; each that could not be opened has its line in the ledger."""
    several = len(sources) > 1
    ledger = Ledger()
    firsts = array("Q")
    problems: list[Problem] = []
    comments: list[bytes] = []
    is_container = False
    for source, (contents, reason, _) in zip(sources, opened, strict=True):
        shown = to_utf8(source.name)
        base = len(ledger)
        firsts.append(base)
        if contents is None:
            kind = Kind.UNREADABLE if reason else Kind.FILE
            ledger.append(Found(shown, kind, source.size, reason, None, 0, source.size))
            continue
        is_container = True
        if several:
            ledger.extend(contents.found, f"{shown}/")
        else:
            ledger = contents.found
        problems += [Problem(None, problem) for problem in contents.problems]
        problems += [Problem(base + index, note) for index, note in contents.notes]
        if contents.comment:
            comments.append(contents.comment)
    firsts.append(len(ledger))
    problems.extend(_check_names(ledger.names))
    return Archive(
        _to_archive_name(sources),
        sources,
        ledger,
        firsts,
        problems,
        b"\n".join(comments),
        readers=[one.reader for one in opened],
        is_container=is_container,
        passwords=passwords,
    )


def _to_archive_name(sources: Sequence[Source]) -> str:
    names = [to_utf8(source.name) for source in sources]
    return " + ".join(names) if len(names) <= 3 else f"{names[0]} + {len(names) - 1} more"


def _check_names(names: Sequence[str]) -> Iterator[Problem]:
    if len(set(map(hash, names))) == len(names):  # a number takes less than a name; two names may have one number
        return
    seen: dict[str, int] = {}
    told = 0
    for index, name in enumerate(names):
        first = seen.setdefault(name, index)
        if first != index:
            told += 1
            if told <= _MAX_TWINS_TOLD:
                yield Problem(index, f"Entry {index} has the same name as entry {first}; both are in the list.")
    if told > _MAX_TWINS_TOLD:
        more = told - _MAX_TWINS_TOLD
        yield Problem(None, f"{more:,} more entries have the name of another; all are in the list.")


def _merge(ranges: list[Range]) -> tuple[Range, ...]:
    merged: list[Range] = []
    for source, offset, length in sorted(ranges):
        if merged and merged[-1].source == source and offset <= merged[-1].offset + merged[-1].length + _MERGE_GAP:
            start = merged[-1].offset
            merged[-1] = Range(source, start, max(merged[-1].length, offset + length - start))
        else:
            merged.append(Range(source, offset, length))
    return tuple(merged)
