"""A tar, a tar in gzip, or one file in gzip -> what it holds (POSIX.1-2017 pax, ustar interchange format; RFC 1952).

A tar has no directory: its headers are read one after the other by `tarfile`, which jumps from each to the next. What
is in gzip has to be inflated up to what is wanted; `InflatedSource` keeps the state of the inflation every so often, so
that any place is near one, and holds no more than a window of what came out.
"""

from __future__ import annotations

import io
import re
import tarfile
import zlib
from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

from pycore.archive.entries import Contents, Found, Kind, Ledger
from pycore.archive.headers import to_visible
from pycore.archive.sources import SOURCE_ERRORS, Source, Window, gone, to_utf8
from pycore.errors import InputError

_BLOCK = tarfile.BLOCKSIZE
_MAGIC = b"ustar"
_MAGIC_AT = 257
_GZIP = b"\x1f\x8b\x08"
_MAX_HEADER_BYTES = 4 * 1024 * 1024
"""How long a name or an extended header may be; `tarfile` itself would read whatever length is stated."""
_MAX_RESUMES = 1000
"""How often reading goes on behind damage."""
_MAX_OWNERS = 100
_COMMON_OWNERS = frozenset({"", "root", "wheel", "users", "staff", "nobody", "nogroup", "None", "0"})

_FEED = 16 * 1024
_STEP = 1024 * 1024
_KEPT = 1024 * 1024
"""Inflated bytes that stay at hand for looking back."""
_MARK_EVERY = 16 * 1024 * 1024
_MAX_MARKS = 128
_MAX_RATIO = 400
_ALWAYS_INFLATED = 512 * 1024 * 1024
"""Images shrink to a half or a tenth. What has come to more than this, and to more than that ratio allows, is made to
exhaust."""
_UNKNOWN = 1 << 62

# What a hostile header makes `tarfile` raise beside its own errors.
_TAR_ERRORS = (
    tarfile.TarError,
    OSError,
    ValueError,
    OverflowError,
    EOFError,
    IndexError,
    KeyError,
    AttributeError,
)


class _Mark(NamedTuple):
    """Where inflating can begin: how far it was, and its state."""

    inflated: int
    next: int
    stream: zlib._Decompress


class InflatedSource:
    """What a gzip source inflates to, as a source; its size is known once `measure` was called."""

    def __init__(self, source: Source) -> None:
        self.name = source.name
        self.size = _UNKNOWN
        self.damage = ""
        """Why inflating had to stop; the end of a sentence that begins with the source's name."""
        self.is_bomb = False
        self.excess = 0
        """How many bytes follow the last gzip member."""
        self._source = source
        self._marks: list[_Mark] = []
        self._mark_every = _MARK_EVERY
        self._start()

    def _start(self) -> None:
        self._stream = zlib.decompressobj(zlib.MAX_WBITS | 16)
        self._next = self._inflated = 0
        self._recent = b""

    def measure(self) -> None:
        """Inflate to the end."""
        while self.size == _UNKNOWN:
            self.read(self._inflated, 1)
            self._advance()

    def read(self, offset: int, length: int) -> bytes:
        """Return inflated bytes, less only at their end or where they are damaged; raises OSError."""
        length = min(length, self.size - offset)
        if length <= 0:
            return b""
        if not self._inflated - len(self._recent) <= offset:
            self._go_back(offset)
        elif (mark := self._find_mark(offset)) is not None and mark.inflated > self._inflated:
            self._resume(mark)
        pieces: list[bytes] = []
        while length > 0:
            start = self._inflated - len(self._recent)
            piece = self._recent[offset - start : offset - start + length] if offset >= start else b""
            if not piece:
                if not self._advance():
                    break
                continue
            pieces.append(piece)
            offset += len(piece)
            length -= len(piece)
        return b"".join(pieces)

    def _find_mark(self, offset: int) -> _Mark | None:
        at = bisect_right(self._marks, offset, key=lambda mark: mark.inflated) - 1
        return self._marks[at] if at >= 0 else None

    def _go_back(self, offset: int) -> None:
        mark = self._find_mark(offset)
        if mark is None:
            self._start()
        else:
            self._resume(mark)

    def _resume(self, mark: _Mark) -> None:
        self._stream = mark.stream.copy()
        self._inflated, self._next, self._recent = mark.inflated, mark.next, b""

    def _advance(self) -> bool:
        """Inflate the next bytes into `_recent`; False at the end."""
        if self._inflated >= self.size:
            return False
        stream = self._stream
        while True:
            feed = stream.unconsumed_tail
            if stream.eof:
                if not self._find_member():
                    return self._end_here("")
                stream = self._stream
                continue
            if not feed:
                feed = self._source.read(self._next, _FEED)
                self._next += len(feed)
                if not feed:
                    return self._end_here("is cut off before its end (RFC 1952 §2.2)")
            try:
                piece = stream.decompress(feed, _STEP)
            except zlib.error:
                return self._end_here(f"is damaged after {self._inflated} inflated bytes (RFC 1952 §2.2)")
            if piece:
                break
        self._recent = self._recent[-_KEPT:] + piece
        self._inflated += len(piece)
        if self._inflated > max(_ALWAYS_INFLATED, _MAX_RATIO * self._next):
            self.is_bomb = True
            return self._end_here(f"inflates to more than {_MAX_RATIO} times its size: the rest was not read")
        self._mark()
        return True

    def _find_member(self) -> bool:
        """Go on with the next gzip member; False if there is none (RFC 1952 §2.2)."""
        rest = self._stream.unused_data
        at = self._next - len(rest)
        if len(rest) < len(_GZIP):
            rest = self._source.read(at, _FEED)
        if not rest.startswith(_GZIP):
            self.excess = self._source.size - at
            if self.excess and not rest.strip(b"\0") and self.excess <= len(rest):
                self.excess = 0  # padding, as tapes have it
            return False
        self._stream = zlib.decompressobj(zlib.MAX_WBITS | 16)
        self._next = at
        return True

    def _end_here(self, damage: str) -> bool:
        self.size = self._inflated
        self.damage = damage
        return False

    def _mark(self) -> None:
        last = self._marks[-1].inflated if self._marks else 0
        if self._inflated - last < self._mark_every or self._stream.unconsumed_tail or self._stream.eof:
            return
        if len(self._marks) >= _MAX_MARKS:
            self._marks = self._marks[1::2]
            self._mark_every *= 2
        self._marks.append(_Mark(self._inflated, self._next, self._stream.copy()))


def read_tar(source: Source) -> tuple[Contents, Source] | None:
    """Return what a tar or a gzip file holds, and the source that its bytes lie in; None if it is neither.

    Raises
    ------
    InputError
        If nothing of it can be read.
    """
    head = Window(source).read(0, _BLOCK)
    try:
        if head.startswith(_GZIP):
            return _read_gzip(source)
        if not _is_tar(source.name, head):
            return None
        contents = _list(source, to_utf8(source.name))
    except SOURCE_ERRORS as error:
        raise InputError(gone(source)) from error
    if not contents.found:
        raise InputError(f"{to_utf8(source.name)} is a damaged tar: none of its headers can be read.")
    return contents, source


def _is_tar(name: str, head: bytes) -> bool:
    if head[_MAGIC_AT : _MAGIC_AT + len(_MAGIC)] == _MAGIC:
        return True
    return name.lower().endswith(".tar") and _is_header(head)


def _is_header(block: bytes) -> bool:
    try:
        tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except _TAR_ERRORS:
        return False
    return True


def _read_gzip(source: Source) -> tuple[Contents, Source] | None:
    shown = to_utf8(source.name)
    inflated = InflatedSource(source)
    head = inflated.read(0, _BLOCK)
    if not head:
        inflated.measure()
        if inflated.damage:
            raise InputError(f"{shown} {inflated.damage}, and nothing of it can be read.")
    name, comment = _read_gzip_names(source.read(0, _FEED))
    stem = re.sub(r"\.t?gz$", "", shown.rpartition("/")[2], flags=re.IGNORECASE) or shown
    if _is_tar(f"{stem}.tar" if shown.lower().endswith((".tgz", ".tar.gz")) else "", head):
        contents = _list(inflated, shown)
        inflated.measure()
        texts = [text for text in (name if name not in (stem, f"{stem}.tar") else "", comment) if text]
        contents = contents._replace(comment=b"\n".join([*(text.encode() for text in texts), contents.comment]).strip())
    else:
        inflated.measure()
        found = Found(to_visible(name or stem), Kind.FILE, inflated.size, "", None, 0, inflated.size)
        contents = Contents(Ledger([found]), [], [], comment.encode())
    if inflated.damage:
        contents.problems.append(f"{shown} {inflated.damage}; what comes before was reviewed.")
    if inflated.excess:
        contents.problems.append(f"{shown} has {inflated.excess} bytes after its end, which were not reviewed.")
    return contents, inflated


def _read_gzip_names(head: bytes) -> tuple[str, str]:
    """Return the file name and the comment in a gzip header (RFC 1952 §2.3); '' for none."""
    flags, at = head[3:4] or b"\0", 10
    if flags[0] & 4:
        at += 2 + int.from_bytes(head[10:12], "little")
    texts = []
    for flag in (8, 16):
        end = head.find(b"\0", at) if flags[0] & flag else -1
        texts.append(head[at:end].decode("latin-1") if end >= 0 else "")
        at = end + 1 if end >= 0 else at
    return texts[0], texts[1]


class _Blocks(io.RawIOBase):
    """A source as the file that `tarfile` reads headers from."""

    def __init__(self, source: Source) -> None:
        self.given_up = 0
        """Behind headers that each only announce the next, so many that reading them was given up."""
        self._source = source
        self._window = Window(source, 16 * 1024)
        self._position = 0

    def seek(self, offset: int, whence: int = 0) -> int:
        self._position = offset
        return offset

    def tell(self) -> int:
        return self._position

    def read(self, length: int = -1) -> bytes:
        if not 0 <= length <= _MAX_HEADER_BYTES:
            raise tarfile.ReadError(f"a header of {length} bytes")
        data = self._window.read(self._position, length)
        self._position += len(data)
        return data


def _list(source: Source, shown: str) -> Contents:
    found = Ledger()
    problems: list[str] = []
    notes: list[tuple[int, str]] = []
    owners: dict[str, None] = {}
    blocks = _Blocks(source)
    start = 0
    for _ in range(_MAX_RESUMES):
        end = start
        before = len(found)
        for member, behind in _members(blocks, start):
            end = behind
            if member is not None:
                _add(member, found, notes, owners)
        at = _find_rest(source, end)
        if len(found) > before and (at >= 0 or found[-1].end > _end_of(source)):
            # The last size led nowhere: it may be a lie that covers what follows.
            swallowed = _find_swallowed(source, found[-1])
            if swallowed >= 0:
                notes.append((len(found) - 1, _cut_off(found, swallowed)))
                start = swallowed
                continue
        if at < 0:
            if _end_of(source) < end + _BLOCK:
                problems.append(
                    f"{shown} is a truncated tar: the zeros that end one are missing. Copy or export it again."
                )
            break
        resumed = _find_header(source, max(at, blocks.given_up))
        if resumed == start and len(found) == before:
            resumed = _find_header(source, start + _BLOCK + _MAGIC_AT)  # it is a header, and leads nowhere
        skipped = (resumed if resumed >= 0 else _end_of(source)) - at
        if skipped > 0:
            problems.append(
                f"{shown} is damaged at offset {at}: {skipped} bytes there belong to no file that is named."
            )
        if resumed < 0:
            break
        start = resumed
    else:
        problems.append(f"{shown} is damaged at more than {_MAX_RESUMES} places: the rest was not reviewed.")
    size = _end_of(source)
    for index, one in enumerate(found):
        if one.start + one.size > size:
            left = max(0, size - one.start)
            notes.append((index, f"The tar ends after {left} of the {one.size} bytes that its header states."))
    return Contents(found, problems, notes, "\n".join(owners).encode("utf-8", "backslashreplace"))


def _end_of(source: Source) -> int:
    if isinstance(source, InflatedSource):
        source.measure()
    return source.size


def _members(blocks: _Blocks, start: int) -> Iterator[tuple[tarfile.TarInfo | None, int]]:
    """Yield the members from an offset on, and where the next header is expected; last None, and where it ended."""
    blocks.seek(start)
    end = start
    try:
        with tarfile.TarFile(fileobj=blocks, encoding="utf-8", errors="surrogateescape") as archive:
            end = archive.offset
            while member := archive.next():
                # So that memory does not grow with what is kept elsewhere.
                archive.members.clear()  # type: ignore[attr-defined]
                end = archive.offset
                yield member, end
            end = archive.offset
    except RecursionError:
        blocks.given_up = blocks.tell()
        yield None, end
        return
    except _TAR_ERRORS:
        yield None, end
        return
    yield None, end


def _add(member: tarfile.TarInfo, found: Ledger, notes: list[tuple[int, str]], owners: dict[str, None]) -> None:
    name = to_visible(to_utf8(member.name))
    for text in (member.uname, member.gname, member.linkname, member.pax_headers.get("comment", "")):
        if text not in _COMMON_OWNERS and len(owners) < _MAX_OWNERS:
            owners[text] = None
    kind, size, reason = Kind.FILE, member.size, ""
    if member.isdir():
        kind, name = Kind.FOLDER, name.rstrip("/") + "/"
    elif member.issparse():
        kind = Kind.UNREADABLE
        reason = "The tar holds it as a sparse file, with its holes left out; it was not reviewed. Unpack it first."
    elif not member.isfile():
        size = 0  # a link or a device: it has no bytes of its own
    if name.startswith("/") or ".." in name.split("/"):
        notes.append((len(found), "Its path leads out of the folder that the tar is unpacked in."))
    start = member.offset_data
    found.append(Found(name, kind, 0 if kind is Kind.FOLDER else max(0, size), reason, None, start, start + size))


def _find_rest(source: Source, at: int) -> int:
    """Return where something follows that is not zeros; -1 if nothing does."""
    window = Window(source, _STEP)
    while data := window.read(at, _STEP):
        rest = data.lstrip(b"\0")
        if rest:
            at += len(data) - len(rest)
            return at - at % _BLOCK
        at += len(data)
    return -1


def _find_swallowed(source: Source, one: Found) -> int:
    """Return where the next header lies in what a member's own header calls its bytes; -1 for nowhere."""
    at = one.start
    while 0 <= (at := _find_header(source, at)) < one.end:
        if at >= one.start and (at - one.start) % _BLOCK == 0:
            return at
        at += _BLOCK
    return -1


def _cut_off(found: Ledger, end: int) -> str:
    """Let the last member end where another begins; returns what is said of it."""
    one = found[-1]
    found.cut(len(found) - 1, end)
    return (
        f"Its header states {one.size:,} bytes, which leads to no other header, and after {end - one.start:,} of them "
        "another file begins: it was reviewed up to there, and what follows as files of their own."
    )


def _find_header(source: Source, at: int) -> int:
    """Return where the next header of a tar lies; -1 for nowhere."""
    window = Window(source, _STEP)
    while True:
        data = window.read(at, _STEP)
        magic = data.find(_MAGIC)
        if magic < 0:
            if len(data) < _STEP:
                return -1
            at += len(data) - len(_MAGIC)
            continue
        start = at + magic - _MAGIC_AT
        block = window.read(start, _BLOCK) if start >= 0 else b""
        if len(block) == _BLOCK and _is_header(block):
            return start
        at += magic + len(_MAGIC)
