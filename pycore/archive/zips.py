"""A zip -> what it holds: the rows of its directory, and what lies in it that no row accounts for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, pairwise

from pycore.archive.directory import MAX_END_BYTES, Directory, find_directory
from pycore.archive.entries import Column, Contents, Found, Kind, Ledger
from pycore.archive.headers import (
    DESCRIPTOR_BYTES,
    END_SIGNATURE,
    HAS_DESCRIPTOR,
    LOCAL_HEADER,
    LOCAL_SIGNATURE,
    Header,
    find_obstacle,
    find_trick,
    find_wrapping,
    name_of,
)
from pycore.archive.salvage import Salvage
from pycore.archive.sources import Source, Window, to_utf8
from pycore.errors import InputError

_LOCAL_EXTRA_SLACK = 30
"""Writers put more into the local header's extra field than into the directory's, for example ZIP64 sizes. No entry is
as small as that."""
_COMMON_DESCRIPTOR_BYTES = 16
_ZIP_SIGNATURES = (LOCAL_SIGNATURE, END_SIGNATURE, b"PK\x07\x08", b"PK00PK\x03\x04")
_VOLUME_MARKS = (b"PK\x07\x08", b"PK00")  # before the first entry of what is or once was in several volumes, §8.5.3
_MAX_FOLDER_BYTES = 2
"""Of a folder's data: an empty Deflate stream, beside what encryption adds."""
_MAX_DOUBTS = 2000
"""How many local headers are read to see what is between entries: a slice each, and a zip is opened many times."""
_MAX_NOTES = 100
"""Of one kind in one zip; more would hide the others."""


def looks_like_zip(source: Source) -> bool:
    """Whether the source begins as a zip does, or is called one and holds an entry near its beginning."""
    named_zip = source.name.lower().endswith(".zip")
    head = Window(source).read(0, MAX_END_BYTES if named_zip else 8)
    return head.startswith(_ZIP_SIGNATURES) or (named_zip and LOCAL_SIGNATURE in head)


def read_zip(source: Source, *, has_password: bool) -> Contents | None:
    """Return what a zip holds; None if the source is no zip.

    Raises
    ------
    InputError
        If it is a zip and nothing of it can be read, or the source cannot be read any more.
    """
    like_zip = looks_like_zip(source)
    tail = Window(source).read(max(0, source.size - MAX_END_BYTES), MAX_END_BYTES)
    has_end = END_SIGNATURE in tail
    directory = find_directory(source, tail) if has_end else None
    named_zip = source.name.lower().endswith(".zip")
    # The four bytes also occur by chance at the end of files that are no zip, in pixel data for example.
    if not (like_zip or (directory is not None and (directory.headers or named_zip)) or (has_end and named_zip)):
        return None
    if directory is None:
        return _read_without_directory(source, has_end, has_password)
    return _read_by_directory(source, directory, has_password)


def _read_by_directory(source: Source, directory: Directory, has_password: bool) -> Contents:
    shown = to_utf8(source.name)
    problems = [f"{shown} {problem}." for problem in directory.problems]
    headers = directory.headers
    ends, twins = _find_ends(source, directory)
    salvage = Salvage()
    problems += _search_gaps(shown, source, directory, ends, salvage)
    found = Ledger()
    found.extend_by_directory(
        headers, (_to_found(header, end, has_password) for header, end in zip(headers, ends, strict=True))
    )
    for index, twin in twins:
        reason = f"The directory places it where entry {twin} lies (APPNOTE §4.4.16): those bytes were reviewed there."
        found.refuse(index, reason)
    if any(header.disk and header.disk != 0xFFFF for header in headers):
        _mark_other_volumes(found, directory)
    if salvage.central:
        problems.append(
            f"{shown} has a second directory of {_entries(len(salvage.central))}: other programs may show those. What "
            "it lists and the first does not is in the list too."
        )
    has_more = salvage.local or salvage.central
    salvaged = _from_salvage(salvage, {header.name for header in headers}, has_password) if has_more else []
    if not headers:
        problems.insert(0, f"{shown} is a zip {'whose directory lists nothing' if salvaged else 'without any entry'}.")
    if salvaged:
        problems.append(
            f"{shown} holds {_entries(len(salvaged))} that its directory does not list, found by their own headers and "
            "reviewed: most programs do not show them, and yet they leave with the zip."
        )
        for one in salvaged:
            found.append(one)
    return Contents(found, problems, list(_find_notes(found)), directory.comment)


def _to_found(header: Header, end: int, has_password: bool) -> Found:
    name = name_of(header)
    kind, reason = _kind_of(header, name, find_obstacle(header, has_password=has_password))
    return Found(name, kind, header.size, reason, header, header.offset, end)


def _read_without_directory(source: Source, has_end: bool, has_password: bool) -> Contents:
    shown = to_utf8(source.name)
    salvage = Salvage()
    salvage.find(source, 0, source.size)
    found = Ledger(_from_salvage(salvage, set(), has_password))
    what = (
        "is a damaged zip: its central directory cannot be read (APPNOTE §4.3.12)"
        if has_end
        else "is a truncated zip: the end of central directory record is missing from its last "
        f"{min(source.size, MAX_END_BYTES)} bytes (APPNOTE §4.3.16)"
    )
    if not found:
        raise InputError(f"{shown} {what}. Copy or export it again.")
    problems = [
        f"{shown} {what}. By their own headers, {_entries(len(found))} could be found and reviewed as far as they "
        "go; what else it held is lost. Copy or export it again."
    ]
    if salvage.loose > 4 or salvage.is_exhausted:
        problems.append(_loose(shown, salvage))
    return Contents(found, problems, list(_find_notes(found)))


def _entries(count: int) -> str:
    return f"{count} {'entry' if count == 1 else 'entries'}"


def _loose(shown: str, salvage: Salvage) -> str:
    if salvage.is_exhausted:
        return f"{shown} is made so that it takes too long to search: not all of it was reviewed."
    return (
        f"{shown} has {salvage.loose} bytes that belong to no entry, from offset {salvage.loose_at} on, which were not "
        "reviewed."
    )


def _from_salvage(salvage: Salvage, known: set[bytes], has_password: bool) -> list[Found]:
    """Return what was salvaged, and of directories that lie about, what is found nowhere else."""
    rows = {(header.name, header.offset): header for header in salvage.central}
    found = []
    names = set(known)
    for header, end in zip(salvage.local, salvage.ends, strict=True):
        row = rows.get((header.name, header.offset))
        if row is not None:
            header = header._replace(comment=row.comment)
            if not header.size_is_known:
                header = header._replace(size=row.size, crc=row.crc, size_is_known=True)
        names.add(header.name)
        found.append(_to_found(header, end, has_password))
    for header in salvage.central:
        if header.name in names:
            continue
        names.add(header.name)
        name = name_of(header)
        reason = "A directory lists it, and its bytes were not found: they are cut off or damaged (APPNOTE §4.3.7)."
        kind = Kind.FOLDER if name.endswith("/") else Kind.UNREADABLE
        found.append(Found(name, kind, header.size, "" if kind is Kind.FOLDER else reason, header, header.offset, 0))
    return found


def _kind_of(header: Header, name: str, reason: str) -> tuple[Kind, str]:
    """Return what an entry is and why it cannot be read. A folder has no data, whatever it is called."""
    if (
        name.endswith("/")
        and not header.size
        and header.compressed_size <= _MAX_FOLDER_BYTES + sum(find_wrapping(header))
    ):
        return Kind.FOLDER, ""
    return Kind.UNREADABLE if reason else Kind.FILE, reason


def _mark_other_volumes(found: Ledger, directory: Directory) -> None:
    last = max(header.disk for header in directory.headers)
    for index, header in enumerate(directory.headers):
        if header.disk != last and found.kind(index) is not Kind.FOLDER:
            reason = (
                f"It lies in volume {header.disk + 1} of a zip in several volumes (APPNOTE §8); it was not "
                "reviewed. Join the volumes into one zip and review that."
            )
            found.refuse(index, reason)


def _find_notes(found: Ledger) -> Iterator[tuple[int, str]]:
    """Yield what is wrong with paths."""
    told = 0
    for index, name in enumerate(found.names):
        if name[-1:] == "/" and found.kind(index) is Kind.FILE:
            yield (
                index,
                f"It is called a folder, and holds {found.sizes[index]:,} bytes; they were reviewed. Programs that "
                "unpack the zip may leave them out, and yet they leave with it.",
            )
        if ".." in name or name[:1] == "/" or "\\" in name or name[1:2] == ":":
            header = found.header(index)
            trick = find_trick(header, name) if header is not None else ""
            if trick:
                told += 1
                if told > _MAX_NOTES:
                    yield index, "There are more such paths; they are not listed one by one."
                    return
                yield index, trick


def _find_ends(source: Source, directory: Directory) -> tuple[Iterable[int], list[tuple[int, int]]]:
    """Return for each row where its bytes must end: at the next local header, or at the directory.

    Second, the rows that claim the place of another: their index and that one's.
    """
    headers = directory.headers
    offsets = Column(header.offset for header in headers)
    nexts = Column(islice(offsets, 1, None))
    if headers:
        nexts.append(directory.start)
    if all(start < end for start, end in zip(offsets, nexts, strict=True)):
        return nexts, []
    ends = list(nexts)
    order = sorted(range(len(offsets)), key=offsets.__getitem__)
    twins: list[tuple[int, int]] = []
    owners: dict[int, int] = {}
    for at in order:
        owner = owners.setdefault(offsets[at], at)
        if owner != at:
            if len(twins) < _MAX_DOUBTS and not _is_named(source, headers[owner]) and _is_named(source, headers[at]):
                owners[offsets[at]], owner, at = at, at, owner
            twins.append((at, owner))
    starts = sorted(owners)
    ends_of = dict(zip(starts, [*starts[1:], directory.start], strict=True))
    for at in range(len(ends)):
        end = ends_of[offsets[at]]
        ends[at] = end if end > offsets[at] else source.size
    return ends, sorted(twins)


def _is_named(source: Source, header: Header) -> bool:
    """Whether there is a local header of this name where the row says."""
    if header.offset < 0:
        return False
    fixed = Window(source, 64).read(header.offset, LOCAL_HEADER.size + len(header.name))
    return fixed.startswith(LOCAL_SIGNATURE) and fixed[LOCAL_HEADER.size :] == header.name


def _search_gaps(
    shown: str, source: Source, directory: Directory, ends: Iterable[int], salvage: Salvage
) -> Iterator[str]:
    """Search what belongs to no row, beyond what the format needs (APPNOTE §4.3.6), and say what is left of it."""
    window = Window(source, 4096)
    first = True
    for start, stop in _find_gaps(window, directory, ends):
        if first and start == 0 and window.read(0, 4) in _VOLUME_MARKS:
            start = 4
        before, at = salvage.loose, salvage.loose_at
        salvage.loose_at = -1
        salvage.find(source, start, stop)
        if first and start <= 4 and salvage.loose > before:
            yield f"{shown} has {salvage.loose - before} bytes before its first entry, which were not reviewed."
            salvage.loose = before
            salvage.loose_at = -1
        elif at >= 0:
            salvage.loose_at = at
        first = False
    if salvage.loose:
        yield (
            f"{shown} has {salvage.loose} bytes between its entries that belong to none, from offset "
            f"{salvage.loose_at} on, which were not reviewed: what was deleted from a zip can still be in it."
        )
        salvage.loose = 0
    if directory.end < source.size:
        salvage.find(source, directory.end, source.size)
        if salvage.loose:
            yield f"{shown} has {salvage.loose} bytes after its end, which were not reviewed."
    if salvage.is_exhausted:
        yield _loose(shown, salvage)


def _find_gaps(window: Window, directory: Directory, ends: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Yield where bytes begin and end that no row accounts for.

    What the directory says of an entry leaves open how long its local extra field is, and may be wrong. The local
    header is read only where more bytes are left than such a field usually has, or fewer than the entry needs.
    """
    covered = doubts = 0
    rows = zip(directory.headers, ends, strict=True)
    ordered = sorted(rows, key=lambda row: row[0].offset) if not _is_sorted(directory.headers) else rows
    for header, end in ordered:
        offset = header.offset
        left = end - offset - 30 - len(header.name) - header.compressed_size - len(header.extra)
        slack = _LOCAL_EXTRA_SLACK + (_COMMON_DESCRIPTOR_BYTES if header.flags & HAS_DESCRIPTOR else 0)
        if not -len(header.extra) <= left <= slack and doubts < _MAX_DOUBTS:
            doubts += 1
            fixed = window.read(offset, LOCAL_HEADER.size) if offset >= 0 else b""
            if len(fixed) < LOCAL_HEADER.size or not fixed.startswith(LOCAL_SIGNATURE):
                continue  # said when the entry is opened; whatever lies there is not accounted for by this row
            *_, compressed, _, name_length, extra_length = LOCAL_HEADER.unpack(fixed)
            data = offset + LOCAL_HEADER.size + name_length + extra_length
            descriptor = DESCRIPTOR_BYTES if header.flags & HAS_DESCRIPTOR else 0
            sizes = [data + header.compressed_size + descriptor, data + compressed + descriptor]
            end = max((size for size in sizes if size <= end), default=end)
        if offset > covered:
            yield covered, offset
        covered = max(covered, end)
    if directory.start > covered:
        yield covered, directory.start


def _is_sorted(headers: Sequence[Header]) -> bool:
    return all(one.offset <= other.offset for one, other in pairwise(headers))
