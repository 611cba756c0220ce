"""Bytes of unknown or known kind -> the readable texts inside.

Which reader takes what is decided by content, never by name. Containers are opened down to `Limits.depth`; every
bound that was met is told as a problem.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import BinaryIO

from pycore.carriers.containers import FileSource, find_streams, read_stream, read_tar, read_zip
from pycore.carriers.extraction import Collector, Extraction, Limits, join
from pycore.carriers.images import READERS as IMAGE_READERS
from pycore.carriers.markup import read_html, read_xml
from pycore.carriers.pdf import read_pdf
from pycore.carriers.records import read_csv, read_hl7, read_json, read_rtf, read_text
from pycore.carriers.searched import is_searched
from pycore.carriers.siemens import is_csa_header, is_protocol, read_csa_header, read_protocol
from pycore.carriers.strings import find_strings
from pycore.elements import Reading, read_instance
from pycore.errors import EntryError
from pycore.part10 import read_file_meta
from pycore.phi.surroundings import kind_of_file

DEFAULT_LIMITS = Limits()

_HEAD_BYTES = 4096
_READABLE = re.compile(rb"[\x20-\x7e\x80-\xfe]{4}|(?:[\x20-\x7e]\0){4}|[\x10-\xce]\x04|\x1f\x8b|\x78[\x01\x5e\x9c\xda]")
_FIRST_GROUPS = frozenset({b"\x02\0", b"\x04\0", b"\x08\0", b"\0\x02", b"\0\x04", b"\0\x08", b"DI"})
_PREFIX = b"DICM\x02\0"
_MAX_EMBEDDED = 64
_END_BYTES = 64 * 1024

_WHOLE = frozenset({"zip", "Office", "PDF", "TIFF", "PNG", "JPEG", "GIF", "WebP", "tar", "gzip", "bzip2", "xz"})
"""Kinds that are understood as a whole only, or that say something at their end."""
_STRINGS_ONLY = frozenset({"Office 97-2003", "7z", "RAR", "Zstandard", "SQLite", "HDF5", "MP4 or HEIF", "Matroska"}) | {
    "JPEG 2000",
    "JPEG XL",
    "BMP",
    "MPEG",
    "MP3",
}
"""Kinds that have no reader here."""


def extract(data: bytes, *, encodings: Sequence[str] = (), limits: Limits = DEFAULT_LIMITS) -> Extraction:
    """Return the readable texts in bytes; never raises, whatever they are.

    Parameters
    ----------
    data : bytes
        A value of a data element, a comment, trailing bytes, or a whole file.
    encodings : sequence of str
        Python codecs of the data set's Specific Character Set, as in `Element.encodings`.
    limits : Limits
        How far to go.
    """
    if not _READABLE.search(data):
        return _NOTHING if data else _EMPTY
    collector = Collector(limits, _to_codecs(tuple(encodings)))
    return collector.extraction(_take_apart(data, "", 0, collector))


def extract_file(
    file: BinaryIO,
    size: int,
    *,
    encodings: Sequence[str] = (),
    limits: Limits = DEFAULT_LIMITS,
    passwords: Sequence[bytes] = (),
) -> Extraction:
    """Return the readable texts in a file; what cannot be read of it becomes a problem.

    Parameters
    ----------
    file : seekable file
        Read as far as its kind asks for: `Limits.file_bytes`, or `Limits.whole_file_bytes` for those that are
        understood as a whole only. A larger zip is read entry by entry.
    size : int
        Of the file, in bytes.
    passwords : sequence of bytes
        Tried on what is encrypted in zips.
    """
    collector = Collector(limits, _to_codecs(tuple(encodings)), passwords)
    return collector.extraction(_take_file_apart(file, size, "", 0, collector))


_NOTHING = Extraction("unknown")
_EMPTY = Extraction("empty")


@lru_cache(maxsize=64)
def _to_codecs(encodings: tuple[str, ...]) -> tuple[str, ...]:
    """Return the codecs that can decode; a data set may name others."""
    codecs = []
    for encoding in encodings:
        try:
            "a".encode("ascii").decode(encoding)
        except (LookupError, ValueError):
            continue
        codecs.append(encoding)
    return tuple(codecs)


def _take_file_apart(file: BinaryIO, size: int, place: str, depth: int, collector: Collector) -> str:
    limits = collector.limits
    head, problem = _read(file, 0, min(size, _HEAD_BYTES))
    kind = find_kind(head, size)
    if kind == "DICOM":
        return _read_dicom_file(file, size, place, depth, collector)
    if kind in ("zip", "Office") and size > limits.whole_file_bytes:
        if depth >= limits.depth:
            collector.tell(place, f"it lies inside of {limits.depth} containers and was not opened")
            return "zip"
        collector.bytes_left -= size
        return read_zip(FileSource("file", file, size), place, collector, _inner_file(depth, collector))
    wanted = limits.whole_file_bytes if kind in _WHOLE else limits.file_bytes
    if size > wanted and kind in ("PDF", "tar"):
        collector.tell(join(place, kind), f"it has {size:,} bytes, more than {wanted:,}: it was not opened")
        wanted = _HEAD_BYTES
    if problem or len(head) < size or size > min(wanted, collector.bytes_left):
        data, later = _read(file, 0, max(0, min(size, wanted, collector.bytes_left)))
        problem = problem or later  # a wrong checksum is told once: by the first read that comes to the end
    else:
        data = head
    collector.bytes_left -= len(data)
    if problem:
        collector.tell(place or "file", problem)
    if len(data) < size and not problem and wanted > _HEAD_BYTES:
        collector.tell(place or "file", f"it has {size:,} bytes: only the first {len(data):,} were read")
    is_same = len(head) == len(data) == size  # what the kind was told by
    return _take_apart(data, place, depth, collector, kind if is_same else "")


def _read(file: BinaryIO, offset: int, length: int) -> tuple[bytes, str]:
    """Return bytes of a file, as many as there are before damage, and what is wrong."""
    pieces: list[bytes] = []
    left = length
    try:
        file.seek(offset)
        while left > 0 and (piece := file.read(left)):
            pieces.append(piece)
            left -= len(piece)
    except (EntryError, OSError, EOFError, ValueError) as error:
        return b"".join(pieces), str(error) or "it cannot be read"
    return b"".join(pieces), ""


def find_kind(data: bytes, size: int) -> str:
    """Return what bytes are by their beginning; 'unknown' if nothing is known of it."""
    if data[128:132] == b"DICM" or (data[:2] in _FIRST_GROUPS and read_file_meta(data[:_HEAD_BYTES], size) is not None):
        return "DICOM"
    if is_csa_header(data):
        return "CSA header"
    if is_protocol(data):
        return "protocol"
    if not data[:1]:
        return "empty"
    return kind_of_file(data[:_HEAD_BYTES])


def _take_apart(data: bytes, place: str, depth: int, collector: Collector, kind: str = "") -> str:
    """Give what is in the bytes; returns their kind, which may be known already."""
    kind = kind or find_kind(data, len(data))
    limits = collector.limits
    if kind in _CONTAINERS and (depth >= limits.depth or collector.bytes_left <= 0):
        collector.tell(
            join(place, kind),
            f"it lies inside of {limits.depth} containers and was not opened"
            if depth >= limits.depth
            else "enough was read out of containers: it was not opened",
        )
        return kind
    inner = _inner(depth, collector)
    if kind == "CSA header":
        read_csa_header(data, join(place, kind), collector)
    elif kind == "protocol":
        read_protocol(data, join(place, kind), collector)
    elif kind in ("gzip", "bzip2", "xz"):
        read_stream(data, kind, place, collector, inner)
    elif kind in ("zip", "Office"):
        source = FileSource("file", io.BytesIO(data), len(data))
        kind = read_zip(source, place, collector, _inner_file(depth, collector))
    elif kind == "tar":
        read_tar(io.BytesIO(data), place, collector, _inner_file(depth, collector))
    elif kind == "PDF":
        read_pdf(data, place, collector, inner)
    elif kind == "XML":
        kind = read_xml(data, place, collector)
    elif kind in _TEXT_READERS:
        _TEXT_READERS[kind](data, place, collector)
    elif kind in IMAGE_READERS:
        IMAGE_READERS[kind](data, place, collector)
    elif kind == "DICOM":
        reading = read_instance(io.BytesIO(data), len(data))
        if reading is None:
            kind = "unknown"
            _search(data, place, depth, collector)
        else:
            _give_instance(reading, join(place, "DICOM"), depth, collector)
    else:
        if kind in _STRINGS_ONLY:
            collector.tell(join(place, kind), "it is not taken apart: only its readable strings were searched")
        _search(data, place, depth, collector)
    return kind


_CONTAINERS = frozenset({"gzip", "bzip2", "xz", "zip", "Office", "tar", "PDF"})
_TEXT_READERS: dict[str, Callable[[bytes, str, Collector], None]] = {
    "text": read_text,
    "CSV": read_csv,
    "JSON": read_json,
    "HL7": read_hl7,
    "HTML": read_html,
    "RTF": read_rtf,
}


def _inner(depth: int, collector: Collector) -> Callable[[bytes, str], object]:
    return lambda data, place: _take_apart(data, place, depth + 1, collector)


def _inner_file(depth: int, collector: Collector) -> Callable[[BinaryIO, int, str], object]:
    return lambda file, size, place: _take_file_apart(file, size, place, depth + 1, collector)


def _search(data: bytes, place: str, depth: int, collector: Collector) -> None:
    """Search bytes of no known form for what lies in them: compressed streams, DICOM files, strings."""
    if not data.strip(b"\0"):
        return
    most = collector.limits.searched_bytes
    if len(data) > most:
        end = min(most // 2, _END_BYTES)
        collector.tell(
            join(place, "strings"),
            f"of {len(data):,} bytes of no known form only the first {most - end:,} and the last {end:,} were searched",
        )
        data = data[: most - end] + b"\0" + data[-end:]
    if depth < collector.limits.depth:
        for start, end in reversed(find_streams(data, place, collector, _inner(depth, collector))):
            data = data[:start] + b"\0" + data[end:]
        data = _search_dicom(data, place, depth, collector)
    protocol = data.find(b"### ASCCONV BEGIN")
    if protocol >= 0:
        end = data.find(b"### ASCCONV END", protocol)
        end = len(data) if end < 0 else end
        read_protocol(data[protocol:end], join(place, "protocol"), collector)
        data = data[:protocol] + b"\0" + data[end:]
    seen: set[str] = set()
    where = join(place, "strings")
    for text in find_strings(data, collector.encodings):
        if text in seen:
            continue
        if len(seen) >= collector.limits.strings:
            collector.tell(where, f"there are more than {collector.limits.strings}: the rest was not reviewed")
            return
        seen.add(text)
        collector.add_free(where, text)


def _search_dicom(data: bytes, place: str, depth: int, collector: Collector) -> bytes:
    """Give the DICOM files that lie in the bytes; returns the bytes before the first of them."""
    at = data.find(_PREFIX)
    first = -1
    for _ in range(_MAX_EMBEDDED):
        if at < 0:
            break
        start = max(0, at - 128)
        after = data.find(_PREFIX, at + 1)
        end = len(data) if after < 0 else after - 128
        body = data[at:end] if at < 128 else data[start:end]
        reading = read_instance(io.BytesIO(body), len(body))
        if reading is not None and len(reading.elements) > 1:
            first = start if first < 0 else first
            _give_instance(reading, join(place, "DICOM"), depth, collector)
        at = after
    return data if first < 0 else data[:first]


def _read_dicom_file(file: BinaryIO, size: int, place: str, depth: int, collector: Collector) -> str:
    try:
        reading = read_instance(file, size)
    except EntryError as error:
        collector.tell(place or "file", str(error))
        return "unknown"
    if reading is None:
        data, problem = _read(file, 0, max(0, min(size, collector.limits.file_bytes, collector.bytes_left)))
        collector.bytes_left -= len(data)
        if problem or len(data) < size:
            collector.tell(place or "file", problem or f"only its first {len(data):,} bytes were read")
        _search(data, place, depth, collector)
        return "unknown"
    collector.bytes_left -= size
    _give_instance(reading, join(place, "DICOM"), depth, collector)
    return "DICOM"


def _give_instance(reading: Reading, place: str, depth: int, collector: Collector) -> None:
    """Give the data elements of a DICOM file, and the texts in its binary values and around the data set."""
    for problem in reading.problems:
        collector.tell(place, problem)
    for element in reading.elements:
        if not collector.add_element(place, element):
            return
        if is_searched(element) and element.value is not None:
            _take_apart_value(element.value, f"{place} {element.path}", depth, collector)
    for name, data in (("preamble", reading.preamble), ("trailing bytes", reading.trailing[1])):
        if _READABLE.search(data):
            _take_apart_value(data, f"{place} {name}", depth, collector)


def _take_apart_value(value: bytes, place: str, depth: int, collector: Collector) -> None:
    if not _READABLE.search(value):
        return
    if depth < collector.limits.depth:
        _take_apart(value, place, depth + 1, collector)
    else:
        collector.tell(place, f"it lies inside of {collector.limits.depth} containers and was not searched")
