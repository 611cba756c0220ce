"""Bytes -> data elements, each with its path (PS3.5 §7); values -> text.

In goes an entry as a file. Out comes a `Reading`: every data element of File Meta Information and data set in the
order of the file, down into every Item, with its raw value, and sentences about what could not be read. Pixel Data is
stepped over, and what follows it is read.

The walk is our own because no library keeps all that precedes damage, is bounded in memory, and takes sequences of any
depth. It must find what pydicom finds (`tests/test_elements.py` compares them file by file). Dictionaries, VRs and
character sets are pydicom's.
"""

from __future__ import annotations

import re
import warnings
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from struct import Struct
from types import MappingProxyType
from typing import BinaryIO, NamedTuple, Protocol, cast

from pydicom.charset import convert_encodings, decode_bytes, default_encoding
from pydicom.datadict import get_entry, private_dictionary_VR
from pydicom.valuerep import CUSTOMIZABLE_CHARSET_VR, DEFAULT_CHARSET_VR, TEXT_VR_DELIMS

from pycore.errors import EntryError
from pycore.part10 import (
    EXPLICIT_LITTLE,
    EXPLICIT_VRS,
    HEADERS,
    IMPLICIT_LITTLE,
    LONG_LENGTHS,
    PREAMBLE_BYTES,
    PREFIX,
    UNDEFINED_LENGTH,
    Encoding,
    FileMeta,
    find_encoding,
    is_deflated,
    is_known,
    is_plausible,
    read_file_meta,
    to_encoding,
)

MAX_VALUE_BYTES = 1024 * 1024
"""A longer value is cut to this."""
TRAILING_SAMPLE = 4096
"""How much of the bytes after the data set is kept."""
MAX_ELEMENTS = 500_000
MAX_DEPTH = 2_500
"""How many sequences may lie inside one another."""
MAX_KEPT_BYTES = 256 * 1024 * 1024
"""What the values and paths of one entry may take."""
MAX_INFLATED_BYTES = 1024 * 1024 * 1024
"""How far a deflated data set is inflated."""
_ALWAYS_INFLATED = 256 * 1024 * 1024
_MAX_RATIO = 400
"""What has come to more than this, and to more than that ratio allows, is made to exhaust."""
MAX_TEXT_BYTES = 2 * 1024 * 1024
"""What the free texts of one entry may take before only their beginnings are judged: a mebibyte takes two seconds."""
TEXT_BEGINNING = 64
"""How many bytes of a free text are judged in any case."""
MAX_NUMBERS = 1024
"""How many numbers of one value become text."""

FIRST_STEP, FIRST_WINDOW = 2 * 1024, 16 * 1024
"""The first bytes of an entry are read in steps, up to a window: behind a short header lie pixels, which would be
inflated for nothing. What fits into the window is read at once."""
_WINDOW = 64 * 1024
_MAX_PLACE = 200
"""Characters of a path in a sentence."""
_DEEP_PATH = 512
"""Characters of a path from which on paths are counted among what is kept."""
_MAX_FILE_META = 64 * 1024 * 1024

_ITEM, _ITEM_DELIMITER, _SEQUENCE_DELIMITER = 0xFFFE_E000, 0xFFFE_E00D, 0xFFFE_E0DD  # PS3.5 §7.5
SPECIFIC_CHARACTER_SET = 0x0008_0005
_ENCAPSULATED_DOCUMENT = 0x0042_0011

PIXEL_DATA_TAGS = frozenset({0x7FE0_0008, 0x7FE0_0009, 0x7FE0_0010})
ITEM_MARKS = {b"\xfe\xff\x00\xe0": True, b"\xff\xfe\xe0\x00": False}  # -> little endian
_DELIMITER_MARKS = {b"\xfe\xff\xdd\xe0": True, b"\xff\xfe\xe0\xdd": False}

_UNPACKERS = {
    little_endian: (
        HEADERS[Encoding(False, little_endian)].unpack_from,
        HEADERS[Encoding(True, little_endian)].unpack_from,
        LONG_LENGTHS[little_endian].unpack_from,
    )
    for little_endian in (True, False)
}
"""Little endian -> what reads a header in explicit VR, one in implicit VR, and a length of 32 bits."""

_BULK_VRS = frozenset({"OB", "OD", "OF", "OL", "OV", "OW"})
_BINARY_VRS = _BULK_VRS | {"UN", "SQ"}
_CHARSET_VRS = frozenset(vr.value for vr in CUSTOMIZABLE_CHARSET_VR)
_PLAIN_VRS = frozenset(vr.value for vr in DEFAULT_CHARSET_VR)
_FREE_VRS = _CHARSET_VRS | {"UR"}
_SINGLE_VALUE_VRS = frozenset({"LT", "ST", "UT", "UR"})
_NUMBERS = {"FD": "d", "FL": "f", "SL": "l", "SS": "h", "SV": "q", "UL": "L", "US": "H", "UV": "Q", "AT": "HH"}
# PS3.6 leaves these to other attributes; the first choice is right for nearly all, and pixels are not read here.
_AMBIGUOUS_VRS = {"US or SS": "US", "OB or OW": "OW", "US or OW": "OW", "US or SS or OW": "OW"}

DEFAULT_ENCODINGS: tuple[str, ...] = (default_encoding,)


class Element(NamedTuple):
    """One data element as it stands in the entry."""

    path: str
    """Where it is, Items counted from 0: '(0040,A730)[0]/(0040,A160)'."""
    tag: int
    vr: str
    """As encoded; from the dictionaries where it is encoded as UN or not at all; else 'UN'."""
    length: int
    """Of the value in bytes, as encoded; -1 for undefined length."""
    offset: int
    """Of the value, from the start of the entry, or of the inflated data set when deflated."""
    value: bytes | None
    """Raw; None for a sequence and for Pixel Data; cut to `MAX_VALUE_BYTES`."""
    private_creator: str | None
    encodings: tuple[str, ...]
    """Python codecs in force, from (0008,0005) Specific Character Set."""
    little_endian: bool
    items: int
    """Of a sequence; 0 otherwise."""

    def with_value(self, offset: int, value: bytes) -> Element:
        """Return the same element with another value, all of it; `_replace` takes several times as long."""
        return _new_element((*self[:3], len(value), offset, value, *self[6:]))


_new_element = cast(
    "Callable[[tuple[str, int, str, int, int, bytes | None, str | None, tuple[str, ...], bool, int]], Element]",
    partial(tuple.__new__, Element),  # a third of the time of `Element(...)`, and there are millions of them
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What was found in one entry."""

    transfer_syntax: str
    """UID in force; empty when there is no file meta or none in it."""
    preamble: bytes
    """The 128 bytes before 'DICM'; empty when there are none."""
    elements: tuple[Element, ...]
    """File meta (group 0002) first, then the data set in the order of the file."""
    trailing: tuple[int, bytes]
    """Bytes after the data set: how many, and the first `TRAILING_SAMPLE` of them."""
    problems: tuple[str, ...]
    """One sentence each: what, where, expected and found; everything before a problem is kept."""


def read_instance(file: BinaryIO, size: int) -> Reading | None:
    """Read an entry's data elements; None if it is no DICOM.

    Parameters
    ----------
    file : seekable file
        The entry's bytes; only what is needed is read of it.
    size : int
        Of the entry, in bytes.

    Raises
    ------
    EntryError
        If not even the beginning can be read.
    """
    return read_instance_from(FileReader(file, size))


def read_instance_from(reader: FileReader) -> Reading | None:
    """The same for a reader, of which some may have been read before."""
    size = reader.size
    head = reader.read(0, FIRST_STEP if size > FIRST_WINDOW else size)
    meta = read_file_meta(head, size) if head.startswith(PREFIX, PREAMBLE_BYTES) else None
    if meta is None or not meta.complete:
        head = reader.read(0, FIRST_WINDOW)
        meta = read_file_meta(head, size)
    while meta is not None and not meta.complete and len(head) < min(size, _MAX_FILE_META) and not reader.damage:
        head = reader.read(0, len(head) * 4)
        meta = read_file_meta(head, size)
    if meta is None:
        if reader.damage:
            raise EntryError(reader.damage)
        return None
    return _read_dicom(reader, head, meta)


def to_text(element: Element) -> str | None:
    """Return the value as text, several values joined by a backslash; None where it is binary.

    Text is decoded as Specific Character Set asks, with replacement characters where that fails; padding is stripped
    (PS3.5 §6.2). Numbers are written out, the first `MAX_NUMBERS` of them. UN, and binary values of private elements,
    are text when they are printable from end to end.
    """
    value, vr = element.value, element.vr
    if value is None or vr == "SQ":
        return None
    if vr in _CHARSET_VRS:
        text = decode(value, element.encodings)
        if vr in _SINGLE_VALUE_VRS:
            return text.rstrip("\0 ")
        # A person name may end in empty component groups (PS3.5 §6.2.1), which change nothing.
        padding = "\0 =" if vr == "PN" else "\0 "
        return "\\".join([part.rstrip(padding) for part in text.split("\\")])
    if vr in _PLAIN_VRS:
        text = value.decode("latin-1").rstrip("\0 ")
        if vr in ("AE", "DS", "IS"):
            return "\\".join([part.strip("\0 ") for part in text.split("\\")])
        return text
    numbers = _NUMBERS.get(vr)
    if numbers is not None:
        text_of_numbers = _numbers_to_text(value, numbers, element.little_endian)
        if text_of_numbers is not None:
            return text_of_numbers
    if vr not in _BULK_VRS or element.tag >> 16 & 1:
        return _find_text(value, element.encodings)
    return None


def decode(value: bytes, encodings: tuple[str, ...]) -> str:
    """Return text in the given codecs (PS3.5 §6.1), with replacement characters for what they cannot read."""
    if b"\x1b" not in value:
        try:
            return value.decode(encodings[0])
        except UnicodeDecodeError:
            return value.decode(encodings[0], "replace")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an unknown escape sequence is not worth a line on standard error each
        return decode_bytes(value, encodings, TEXT_VR_DELIMS)


def has_unknown_bytes(element: Element) -> bool:
    """Return whether a text has bytes that its character sets do not have: `decode` makes something else of them."""
    value = element.value or b""
    if element.vr not in _CHARSET_VRS or (value.isascii() and b"\x1b" not in value):
        return False
    text = decode(value, element.encodings)
    # An escape sequence stays where what follows it cannot be read. U+FFFD may stand in the value itself: whoever wrote
    # that had lost the text before.
    return "\x1b" in text or text.count("\ufffd") > value.count(b"\xef\xbf\xbd")


@lru_cache(maxsize=1024)
def to_encodings(specific_character_set: bytes) -> tuple[str, ...]:
    """Return the Python codecs for a value of (0008,0005) Specific Character Set (PS3.3 §C.12.1.1.2)."""
    terms = [term.strip("\0 ") for term in specific_character_set.decode("latin-1").split("\\")]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            encodings = tuple(convert_encodings(terms))
        for encoding in encodings:
            # Python also has codecs that are no character sets, 'hex' for one, and some that cannot replace.
            bytes(range(256)).decode(encoding, "replace")
    except (LookupError, ValueError):
        return DEFAULT_ENCODINGS
    return encodings


def _numbers_to_text(value: bytes, code: str, little_endian: bool) -> str | None:
    unpack = Struct(("<" if little_endian else ">") + code)
    if len(value) % unpack.size:
        return None
    rows = unpack.iter_unpack(value[: MAX_NUMBERS * unpack.size])
    parts = [f"({row[0]:04X},{row[1]:04X})" for row in rows] if code == "HH" else [str(row[0]) for row in rows]
    if len(value) > MAX_NUMBERS * unpack.size:
        parts.append("…")
    return "\\".join(parts)


def _find_text(value: bytes, encodings: tuple[str, ...]) -> str | None:
    """Return the text that a value of unknown VR is, if it is nothing else."""
    stripped = value.rstrip(b"\0 ")
    if not stripped or _NO_TEXT.search(stripped):
        return None
    # Under the default repertoire every byte decodes, so only ASCII and well-formed UTF-8 are evidence of text.
    for candidate in encodings if encodings != DEFAULT_ENCODINGS else ("ascii", "utf-8"):
        try:
            text = decode(stripped, encodings) if b"\x1b" in stripped else stripped.decode(candidate)
        except UnicodeDecodeError:
            continue
        if text.translate(_LINE_BREAKS).isprintable():
            return text
    return None


_NO_TEXT = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")
"""Controls that no text holds in any character set of PS3.5 §6.1; binary values are told by their first few bytes."""
_LINE_BREAKS = {ord(control): " " for control in "\t\n\f\r"}


class _Facts(NamedTuple):
    """What is known of a tag."""

    text: str
    """'(0010,0010)'"""
    vr: str | None
    """From PS3.6; None if it is not there."""
    kind: int


_ORDINARY, _PRIVATE, _PIXEL_DATA, _CHARACTER_SET, _DELIMITERS, _ZERO = range(6)


@lru_cache(maxsize=32768)
def _to_facts(tag: int) -> _Facts:
    text = f"({tag >> 16:04X},{tag & 0xFFFF:04X})"
    if tag >> 16 & 1:
        return _Facts(text, None, _PRIVATE)
    try:
        vr: str | None = get_entry(tag)[0]
    except KeyError:
        vr = None if tag & 0xFFFF else "UL"  # group length, PS3.5 §7.2
    kind = _ORDINARY
    if tag in PIXEL_DATA_TAGS:
        kind = _PIXEL_DATA
    elif tag == SPECIFIC_CHARACTER_SET:
        kind = _CHARACTER_SET
    elif tag in (_ITEM, _ITEM_DELIMITER, _SEQUENCE_DELIMITER):
        kind = _DELIMITERS
    elif tag == 0:
        kind = _ZERO
    return _Facts(text, _AMBIGUOUS_VRS.get(vr or "", vr), kind)


@lru_cache(maxsize=32768)
def _to_private_vr(tag: int, creator: str) -> str:
    try:
        vr = private_dictionary_VR(tag, creator)
    except KeyError:
        return "UN"
    return _AMBIGUOUS_VRS.get(vr, vr)


def _to_place(path: str) -> str:
    """Return a path as sentences name it: of one that leads through a hundred sequences, the beginning and the end."""
    return path if len(path) <= _MAX_PLACE else f"{path[:64]}…{path[-64:]}"


def _to_title(tag: int) -> str:
    """Return tag and name, as sentences begin: '(0010,0010) Patient's Name'."""
    text = _to_facts(tag).text
    try:
        return f"{text} {get_entry(tag)[2]}"
    except KeyError:
        return text


class Readable(Protocol):
    """Random access to the bytes that are walked."""

    size: int
    """In bytes; more than there are when it is not known."""
    damage: str
    """Why reading had to stop; empty so far."""

    def read(self, offset: int, length: int) -> bytes:
        """Return `length` bytes, less where they end or are damaged; never raises."""
        ...


class FileReader:
    """The bytes of an entry: reading never raises, and what is damaged is remembered as a sentence."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self.size = size
        self.damage = ""
        self.reached = 0
        """Behind the last byte that was read."""

    def read(self, offset: int, length: int) -> bytes:
        length = min(length, self.size - offset)
        self.reached = max(self.reached, offset + length)
        data = b""
        while len(data) < length:
            more = self._read_some(offset + len(data), length - len(data))
            if not more:
                break
            data = data + more if data else more
        return data

    def _read_some(self, offset: int, length: int) -> bytes:
        try:
            self._file.seek(offset)
            return self._file.read(length)
        except EntryError as error:
            if self.damage:
                return b""
            self.damage = str(error)
        # A wrong CRC is said once, and the bytes are still to be had; other damage is there again.
        return self._read_some(offset, length)


class _DeflatedReader:
    """The inflated data set of a deflated one (PS3.5 §A.5); looking back before the window inflates again."""

    def __init__(self, reader: Readable, start: int) -> None:
        self._reader = reader
        self._start = start
        self.size = MAX_INFLATED_BYTES
        self.damage = ""
        self._restart()

    def _restart(self) -> None:
        self._stream = zlib.decompressobj(-zlib.MAX_WBITS)
        self._next = self._start
        self._position = 0
        self._full = False

    @property
    def end(self) -> int:
        """Where the deflated bytes end, in the entry, as far as they were inflated."""
        return self._next - len(self._stream.unused_data)

    def read(self, offset: int, length: int) -> bytes:
        if offset < self._position:
            self._restart()
        while self._position < offset:
            if not self._inflate(min(_WINDOW, offset - self._position)):
                return b""
        pieces = []
        left = min(length, self.size - offset)
        while left > 0:
            piece = self._inflate(left)
            if not piece:
                break
            pieces.append(piece)
            left -= len(piece)
        return b"".join(pieces)

    def _inflate(self, limit: int) -> bytes:
        if self._position > max(_ALWAYS_INFLATED, _MAX_RATIO * (self._next - self._start)):
            self.damage = (
                f"The deflated data set inflates to more than {_MAX_RATIO} times its size: what follows its first "
                f"{self._position:,} bytes was not reviewed (PS3.5 §A.5)."
            )
            return b""
        while not self._stream.eof:
            feed = self._stream.unconsumed_tail
            if not feed and not self._full:
                feed = self._reader.read(self._next, FIRST_WINDOW)
                self._next += len(feed)
                if not feed:
                    self.damage = self.damage or "The deflated data set is cut off before its end (PS3.5 §A.5)."
                    return b""
            try:
                piece = self._stream.decompress(feed, limit)
            except zlib.error:
                self.damage = f"The deflated data set is damaged after {self._position} inflated bytes (PS3.5 §A.5)."
                return b""
            self._full = len(piece) == limit
            if piece:
                self._position += len(piece)
                return piece
        return b""


def _read_dicom(reader: FileReader, head: bytes, meta: FileMeta) -> Reading:
    elements: list[Element] = []
    problems: list[str] = []
    walk = _Walk(reader, elements, problems, head)
    if meta.stray:
        one = meta.stray == 1
        what = "1 byte precedes" if one else f"{meta.stray} bytes precede"
        problems.append(f"{what} the data set and {'does' if one else 'do'} not belong to it (PS3.10 §7.1).")
    if meta.end > meta.start:
        reached = walk.read(meta.start, meta.end, IMPLICIT_LITTLE if meta.implicit else EXPLICIT_LITTLE)
        if reached < meta.end and len(problems) == (meta.stray > 0):
            problems.append(
                f"File Meta Information is damaged: at offset {reached} a data element was expected, and the "
                f"{meta.end - reached} bytes before the data set were not reviewed (PS3.10 §7.1)."
            )

    start, size = meta.end, reader.size
    deflated = _inflate(reader, meta, walk.peek(start))
    if deflated is not None:
        start, size = 0, deflated.size
        walk = _Walk(deflated, elements, problems, b"")
    elif is_deflated(meta.transfer_syntax) and start < size:
        problems.append(
            f"(0002,0010) Transfer Syntax UID is {meta.transfer_syntax}, and the data set is not deflated; it was "
            "read as found (PS3.5 §A.5)."
        )

    declared = to_encoding(meta.transfer_syntax)
    found = find_encoding(walk.peek(start), size - start, declared)
    if found != declared and is_known(meta.transfer_syntax):
        problems.append(
            f"(0002,0010) Transfer Syntax UID {meta.transfer_syntax} means {declared}, and the data set is {found}; "
            "it was read as found (PS3.5 §A)."
        )
    end = walk.read(start, size, found) if start < size else start
    trailing = _read_deflated_trailing(deflated, reader, end) if deflated else _read_trailing(reader, end, size)
    damages = [reader.damage, deflated.damage if deflated else ""]
    problems.extend(damage for damage in damages if damage)
    problems.extend(_cut_texts(elements) if size > MAX_TEXT_BYTES else ())
    if not problems and all(element.tag >> 16 == 0x0002 for element in elements):
        # A copy that was cut off just here would otherwise pass for an object with nothing in it to judge.
        problems.append("The entry ends where its data set should begin: it has no data element (PS3.10 §7.2).")
    return Reading(meta.transfer_syntax, meta.preamble, tuple(elements), trailing, tuple(problems))


def _cut_texts(elements: list[Element]) -> Iterator[str]:
    """Cut the free texts to their beginnings once there are too many of them; yield a sentence if any was."""
    total = cut = 0
    for index, element in enumerate(elements):
        value = element.value
        if value is None or (element.vr not in _FREE_VRS and not (element.vr == "UN" and value[:64].isascii())):
            continue
        total += len(value)
        if total > MAX_TEXT_BYTES and len(value) > TEXT_BEGINNING:
            elements[index] = element._replace(value=value[:TEXT_BEGINNING])
            cut += 1
    if cut:
        yield (
            f"The free texts of the entry have {total:,} bytes: of {cut:,} behind the first {MAX_TEXT_BYTES:,} only "
            f"the first {TEXT_BEGINNING} bytes were reviewed."
        )


def _inflate(reader: Readable, meta: FileMeta, head: bytes) -> _DeflatedReader | None:
    """Return the inflated data set, of which `head` is the beginning as it stands; None where it is not deflated."""
    if not is_deflated(meta.transfer_syntax) or meta.end >= reader.size:
        return None
    deflated = _DeflatedReader(reader, meta.end)
    is_plain = not deflated.read(0, 1) and is_plausible(head, reader.size - meta.end)
    return None if is_plain else deflated


def open_data_set(reader: FileReader) -> Readable:
    """Return the bytes in which the offsets of the data set's elements count: the entry's, or those inflated.

    Those of File Meta Information always count in the entry's.
    """
    head = reader.read(0, FIRST_WINDOW)
    meta = read_file_meta(head, reader.size)
    if meta is None:
        return reader
    return _inflate(reader, meta, reader.read(meta.end, 16)) or reader


class Level(NamedTuple):
    """What is in force at a place in the data set of an entry, outside of any sequence."""

    offset: int
    encoding: Encoding
    encodings: tuple[str, ...]
    creators: Mapping[int, str]
    """Group and block -> private creator: 0x0009_10 -> 'ACME 1.1'."""

    def moved_to(self, offset: int) -> Level:
        """Return the same at another place; `_replace` takes several times as long."""
        return self if offset == self.offset else Level(offset, self.encoding, self.encodings, self.creators)


def level_at(offset: int, encoding: Encoding, elements: Iterable[Element]) -> Level:
    """Return what is in force behind some data elements, those of the data set from its beginning."""
    encodings = DEFAULT_ENCODINGS
    creators: dict[int, str] = {}
    for element in elements:
        if "/" in element.path or element.value is None or element.tag >> 16 == 0x0002:
            continue
        if element.tag == SPECIFIC_CHARACTER_SET:
            encodings = to_encodings(element.value)
        elif is_creator(element.tag):
            creators[element.tag >> 16 << 8 | element.tag & 0xFFFF] = decode(element.value, encodings).strip("\0 ")
    return Level(offset, encoding, encodings, creators)


def is_creator(tag: int) -> bool:
    """Whether the tag is that of a private creator element (PS3.5 §7.8.1)."""
    return bool(tag >> 16 & 1) and 0x0010 <= tag & 0xFFFF <= 0x00FF


def may_be_sequence(tag: int, private_creator: str | None) -> bool:
    """Whether the dictionaries take the element for a sequence where its VR is not encoded."""
    if tag >> 16 & 1:
        return private_creator is not None and _to_private_vr(tag, private_creator) == "SQ"
    return _to_facts(tag).vr == "SQ"


def read_on(reader: FileReader, head: bytes, level: Level) -> Reading | None:
    """Read the rest of an entry's data set, from a level on; None where it is not sound, so that all must be read.

    Parameters
    ----------
    head : bytes
        The first bytes of the entry, beyond `level.offset`.
    """
    elements: list[Element] = []
    problems: list[str] = []
    walk = _Walk(reader, elements, problems, head)
    end = walk.read(level.offset, reader.size, level.encoding, level.encodings, level.creators)
    trailing = _read_trailing(reader, end, reader.size)
    if problems or reader.damage:
        return None
    return Reading("", b"", tuple(elements), trailing, ())


def _read_trailing(reader: Readable, end: int, size: int) -> tuple[int, bytes]:
    return (size - end, reader.read(end, TRAILING_SAMPLE)) if end < size else (0, b"")


def _read_deflated_trailing(deflated: _DeflatedReader, reader: Readable, end: int) -> tuple[int, bytes]:
    """Return what follows the data set, inflated, and what follows the deflated stream in the entry."""
    sample = deflated.read(end, TRAILING_SAMPLE)
    count = len(sample)
    while more := deflated.read(end + count, _WINDOW):
        count += len(more)
    outside, outside_sample = _read_trailing(reader, deflated.end, reader.size)
    # A stream of odd length has one NUL behind it (PS3.5 §A.5); of a damaged one the end is not known.
    if deflated.damage or outside_sample == b"\0":
        return count, sample
    return count + outside, (sample + outside_sample)[:TRAILING_SAMPLE]


class _Level(NamedTuple):
    """A data set on the way down: that of the entry, or one of an Item."""

    prefix: str
    """What the paths of its elements begin with."""
    end: int
    """Where it ends; where the sequence around it ends if it has a delimiter of its own."""
    delimited: bool
    implicit: bool
    little_endian: bool
    encodings: tuple[str, ...]
    creators: dict[int, str]
    """Group and block -> private creator (PS3.5 §7.8.1): 0x0009_10 -> 'ACME 1.1'."""


@dataclass(slots=True)
class _Sequence:
    """A sequence whose Items are being read."""

    element: int
    """Index of its element, which learns the number of Items at the end."""
    path: str
    end: int
    delimited: bool
    level: _Level
    """The data set it is in, to go back to."""
    items: int
    guess: int
    """Where the header of its element is if a value of VR UN is only taken for a sequence; else -1."""


class _NotItemsError(Exception):
    """A value that was taken for a sequence is none."""


class _Walk:
    """Reads data sets out of a reader, keeping one window of bytes at hand."""

    def __init__(self, reader: Readable, elements: list[Element], problems: list[str], head: bytes) -> None:
        self._reader = reader
        self._elements = elements
        self._problems = problems
        self._window = head
        self._base = 0
        self._sequences: list[_Sequence] = []
        self._guesses = 0
        self._refused: set[int] = set()
        self._kept = 0
        self._wary = False
        """Behind the Pixel Data of the entry, where bytes may be no data set any more."""
        self._last_tag = -1

    def peek(self, offset: int) -> bytes:
        """Return a few bytes at an offset, fewer only at the end."""
        if offset + 16 > self._base + len(self._window):
            self._load(offset, 16)
        return self._window[offset - self._base : offset - self._base + 16]

    def read(
        self,
        start: int,
        end: int,
        encoding: Encoding,
        encodings: tuple[str, ...] = DEFAULT_ENCODINGS,
        creators: Mapping[int, str] = MappingProxyType({}),
    ) -> int:
        """Read the data set from `start`, at most to `end`; return where it really ends.

        Where it was read up to `start` before, `encodings` and `creators` are what was in force there.
        """
        level = _Level("", end, False, *encoding, encodings, dict(creators))
        at = start
        while True:
            try:
                return self._read(at, level)
            except _NotItemsError:
                # Back to before the guess; the value stays bytes.
                while self._sequences[-1].guess < 0:
                    self._sequences.pop()
                guess = self._sequences.pop()
                self._guesses -= 1
                del self._elements[guess.element :]
                at, level = guess.guess, guess.level
                self._refused.add(at)

    def _load(self, at: int, need: int) -> None:
        """Move the window to `at`, with at least `need` bytes if there are so many."""
        step_end = -(-(at + need) // FIRST_STEP) * FIRST_STEP
        self._window = self._reader.read(at, step_end - at if step_end <= FIRST_WINDOW else max(need, _WINDOW))
        self._base = at

    def _note(self, problem: str) -> None:
        if self._guesses:
            raise _NotItemsError
        self._problems.append(problem)

    def _finish(self) -> None:
        """Tell the open sequences how many Items they have got, when reading ends inside of them."""
        for sequence in self._sequences:
            self._elements[sequence.element] = self._elements[sequence.element]._replace(items=sequence.items)
        self._sequences.clear()

    def _is_full(self, at: int) -> bool:
        if len(self._elements) < MAX_ELEMENTS and self._kept < MAX_KEPT_BYTES:
            return False
        self._note(
            f"Reading stopped at offset {at}, after {len(self._elements)} data elements of {self._kept} bytes: what "
            "follows was not reviewed."
        )
        return True

    def _read(self, at: int, level: _Level) -> int:
        elements, sequences, reader = self._elements, self._sequences, self._reader
        append = elements.append
        unpack_explicit, unpack_implicit, unpack_long = _UNPACKERS[level.little_endian]
        make, to_facts, explicit_vrs = _new_element, _to_facts, EXPLICIT_VRS
        prefix, end, delimited, implicit, little_endian, encodings, creators = level
        wary = self._wary
        in_items = deep = False
        enter = True  # a data set was entered or left: bring what depends on it up to date

        if at < self._base or at > self._base + len(self._window):
            self._load(at, 8)
        data, base = self._window, self._base
        limit, stop = len(data), 0
        pos: int = at - base

        while True:
            if in_items:
                sequence = sequences[-1]
                at = base + pos
                over = at >= sequence.end
                if over:
                    if sequence.delimited:
                        self._note(
                            f"{_to_title(elements[sequence.element].tag)} at offset "
                            f"{elements[sequence.element].offset} has no Sequence Delimitation Item before offset "
                            f"{at}, where its data set ends (PS3.5 §7.5.2)."
                        )
                else:
                    if limit - pos < 16:
                        self._load(at, 16)
                        data, base, pos, limit = self._window, at, 0, len(self._window)
                    if self._is_full(at):
                        self._finish()
                        return at
                    mark = data[pos : pos + 4]
                    if limit - pos < 8:
                        self._note(
                            f"{_to_title(elements[sequence.element].tag)} is cut off: at offset {at} an Item of 8 or "
                            f"more bytes was expected and {limit - pos} bytes follow (PS3.5 §7.5)."
                        )
                        self._finish()
                        return at
                    if mark in ITEM_MARKS:
                        little_endian = ITEM_MARKS[mark]
                        (length,) = LONG_LENGTHS[little_endian].unpack_from(data, pos + 4)
                        implicit = sequence.level.implicit
                        if not implicit and length:
                            # Items in implicit VR inside explicit VR: all those of UN (PS3.5 §6.2.2), and some others.
                            letters = data[pos + 12 : pos + 14]
                            implicit = len(letters) == 2 and not (letters.isalpha() and letters.isupper())
                        pos += 8
                        delimited = length == UNDEFINED_LENGTH
                        end = sequence.end if delimited else min(at + 8 + length, reader.size)
                        if not delimited and at + 8 + length > sequence.end:
                            self._note(
                                f"Item {sequence.items} of {_to_place(sequence.path)} at offset {at} states {length} "
                                f"bytes, and {sequence.end - at - 8} are left in its sequence (PS3.5 §7.5.1)."
                            )
                        prefix = f"{sequence.path}[{sequence.items}]/"
                        encodings = sequence.level.encodings
                        creators = {}
                        sequence.items += 1
                        in_items, enter = False, True
                        continue
                    over = True
                    if mark in _DELIMITER_MARKS:
                        pos += 8
                    else:
                        self._note(
                            f"{_to_title(elements[sequence.element].tag)}: at offset {at} an Item or Sequence "
                            f"Delimitation Item was expected and {mark.hex(' ').upper()} was found (PS3.5 §7.5)."
                        )
                        if not sequence.delimited:
                            pos = sequence.end - base
                if over:
                    sequences.pop()
                    if sequence.guess >= 0:
                        self._guesses -= 1
                    elements[sequence.element] = elements[sequence.element]._replace(items=sequence.items)
                    prefix, end, delimited, implicit, little_endian, encodings, creators = sequence.level
                    in_items, enter = False, True
                continue

            if enter:
                enter = False
                unpack_explicit, unpack_implicit, unpack_long = _UNPACKERS[little_endian]
                stop = min(limit, end - base)
                deep = len(prefix) > _DEEP_PATH
                if len(sequences) >= MAX_DEPTH:
                    self._note(
                        f"Reading stopped at offset {base + pos}, {MAX_DEPTH} sequences deep: what follows was not "
                        "reviewed."
                    )
                    self._finish()
                    return base + pos

            if pos + 8 > stop:
                at = base + pos
                if at >= end:
                    if not sequences:
                        return at
                    if delimited:
                        self._note(
                            f"Item {sequences[-1].items - 1} of {_to_place(sequences[-1].path)} has no Item "
                            f"Delimitation Item before offset {at}, where its sequence ends (PS3.5 §7.5.1)."
                        )
                    in_items = True
                    continue
                if self._is_full(at):
                    self._finish()
                    return at
                self._load(at, 8)
                data, base, pos, limit = self._window, at, 0, len(self._window)
                self._kept += limit
                stop = min(limit, end - base)
                if stop < 8:
                    if not limit and reader.size == MAX_INFLATED_BYTES and not sequences:
                        return at  # the end of a deflated data set, known only now
                    if sequences or not wary:
                        self._note(
                            f"A data element was expected at offset {at}, of 8 bytes or more, and {stop} bytes "
                            f"follow{f' in {_to_place(prefix[:-1])}' if prefix else ''} (PS3.5 §7.1)."
                        )
                    if not sequences or limit < 8:
                        self._finish()
                        return at
                    pos = stop
                    continue

            header_at = base + pos
            if implicit:
                group, element, length = unpack_implicit(data, pos)
                vr = ""
                pos += 8
            else:
                group, element, raw_vr, length = unpack_explicit(data, pos)
                known = explicit_vrs.get(raw_vr)
                if known is not None:
                    vr, long = known
                    pos += 8
                    if long:
                        if pos + 4 > limit:
                            self._load(header_at, 12)
                            data, base, pos, limit = self._window, header_at, 8, len(self._window)
                            stop = min(limit, end - base)
                            if limit < 12:
                                self._note(
                                    f"{_to_title(group << 16 | element)} at offset {header_at} is cut off in its "
                                    f"header: 12 bytes were expected and {limit} follow (PS3.5 §7.1.2)."
                                )
                                self._finish()
                                return header_at
                        (length,) = unpack_long(data, pos)
                        pos += 4
                elif raw_vr.isalpha() and raw_vr.isupper():
                    # pydicom takes the length of an unknown VR for 16 bits too, although PS3.5 §6.2 plans for 32.
                    vr = raw_vr.decode("ascii")
                    pos += 8
                    if not sequences and (wary or not self._reaches(base + pos + length)):
                        return header_at
                    self._note(
                        f"{_to_title(group << 16 | element)} at offset {header_at} has the unknown VR {vr} "
                        "(PS3.5 §6.2)."
                    )
                else:
                    # Not a VR at all: some writers change to implicit VR for single elements, and delimiters have none.
                    group, element, length = unpack_implicit(data, pos)
                    vr = ""
                    pos += 8
            tag = group << 16 | element
            text, dictionary_vr, kind = to_facts(tag)

            if wary and not sequences:
                if not _goes_on(tag, self._last_tag, vr, implicit, length, end - base - pos):
                    return header_at
                self._last_tag = tag
            encoded_vr = vr
            creator = None
            if kind:
                if kind == _PRIVATE:
                    if element >= 0x1000:
                        creator = creators.get(tag >> 8)
                        if creator is not None and (not vr or vr == "UN"):
                            vr = _to_private_vr(tag, creator)
                    elif 0x0010 <= element <= 0x00FF:
                        if not vr or vr == "UN":
                            vr = "LO"
                    elif not element and not vr:
                        vr = "UL"
                elif kind == _DELIMITERS:
                    if not sequences or not delimited or tag != _ITEM_DELIMITER:
                        place = f" of {_to_place(prefix[:-1])}" if prefix else ""
                        self._note(
                            f"{text} at offset {header_at} was met where a data element{place} was expected "
                            "(PS3.5 §7.5)."
                        )
                    if not sequences:
                        return header_at
                    # An Item, or the end of the sequence, also ends an Item whose own delimiter is missing.
                    pos = header_at - base + (8 if tag == _ITEM_DELIMITER else 0)
                    in_items = True
                    continue
                elif kind == _ZERO and not length and not sequences:
                    return header_at  # zeros that fill up the file
            if not vr or vr == "UN":
                vr = dictionary_vr or "UN"

            if vr == "SQ" or vr == "UN" or length == UNDEFINED_LENGTH or kind == _PIXEL_DATA:
                at = base + pos
                if kind == _PIXEL_DATA:
                    if vr == "SQ":
                        vr = dictionary_vr or "OW"
                        self._note(
                            f"{_to_title(tag)} at offset {at} is encoded as a sequence, which it cannot be; it was "
                            "taken for samples (PS3.5 §8.2)."
                        )
                    if length == UNDEFINED_LENGTH:
                        length, next_at = -1, self._find_end_of_fragments(at, tag)
                    else:
                        next_at = at + length
                        if not self._reaches(next_at):
                            self._note(
                                f"{_to_title(tag)} at offset {at} states {length} bytes, and {reader.size - at} follow "
                                "(PS3.5 §7.1.1)."
                            )
                            next_at = reader.size
                    append(make((prefix + text, tag, vr, length, at, None, None, encodings, little_endian, 0)))
                    if not sequences:
                        wary = self._wary = True
                        self._last_tag = tag
                    pos = next_at - base
                    continue
                if limit - pos < 4:
                    self._load(at, 8)
                    data, base, pos, limit = self._window, at, 0, len(self._window)
                    stop = min(limit, end - base)
                mark = data[pos : pos + 4]
                undefined = length == UNDEFINED_LENGTH
                if (vr == "SQ" or mark in ITEM_MARKS) and header_at not in self._refused:
                    # Only an encoded SQ, or one of PS3.6, is one for certain; the rest must parse cleanly to be taken.
                    sure = undefined or encoded_vr == "SQ" or (not encoded_vr and kind != _PRIVATE and vr == "SQ")
                    append(
                        make(
                            (
                                prefix + text,
                                tag,
                                "SQ",
                                -1 if undefined else length,
                                at,
                                None,
                                creator,
                                encodings,
                                little_endian,
                                0,
                            )
                        )
                    )
                    if not length:
                        continue
                    sequence_end = end if undefined else at + length
                    if not sure:
                        self._guesses += 1
                    sequences.append(
                        _Sequence(
                            len(elements) - 1,
                            prefix + text,
                            min(sequence_end, reader.size),
                            undefined,
                            _Level(prefix, end, delimited, implicit, little_endian, encodings, creators),
                            0,
                            -1 if sure else header_at,
                        )
                    )
                    if sequence_end > end:
                        self._note(
                            f"{_to_title(tag)} at offset {at} states {length} bytes, and {end - at} are left "
                            f"{f'in {_to_place(prefix[:-1])}' if prefix else 'in the entry'} (PS3.5 §7.5)."
                        )
                    in_items = True
                    continue
                if undefined:
                    next_at = self._find_end_of_fragments(at, tag)
                    value = reader.read(at, min(next_at - at, MAX_VALUE_BYTES))
                    self._kept += len(value)
                    append(make((prefix + text, tag, vr, -1, at, value, creator, encodings, little_endian, 0)))
                    if next_at - at > MAX_VALUE_BYTES:
                        self._note_cut(tag, vr, at, next_at - at)
                    pos = next_at - base
                    continue
                if vr == "SQ":
                    vr = "UN"

            value_end = pos + length
            if value_end <= stop:
                value = data[pos:value_end]
                append(make((prefix + text, tag, vr, length, base + pos, value, creator, encodings, little_endian, 0)))
                pos = value_end
            else:
                at = base + pos
                if not sequences and self._is_left_behind(tag, encoded_vr, implicit) and not self._reaches(at + length):
                    return header_at
                value = reader.read(at, min(length, MAX_VALUE_BYTES))
                self._kept += len(value)
                append(make((prefix + text, tag, vr, length, at, value, creator, encodings, little_endian, 0)))
                if len(value) < min(length, MAX_VALUE_BYTES) or not self._reaches(at + length):
                    follow = len(value) if len(value) < MAX_VALUE_BYTES else reader.size - at
                    self._note(
                        f"{_to_title(tag)} at offset {at} states {length} bytes, and {follow} follow (PS3.5 §7.1.1)."
                    )
                    self._finish()
                    return max(at + len(value), reader.size if reader.size < MAX_INFLATED_BYTES else 0)
                if at + length > end:
                    self._note(
                        f"{_to_title(tag)} at offset {at} states {length} bytes, and {end - at} are left in "
                        f"{_to_place(prefix[:-1])} (PS3.5 §7.5.1)."
                    )
                if length > MAX_VALUE_BYTES:
                    self._note_cut(tag, vr, at, length)
                pos = value_end
            if kind == _CHARACTER_SET:
                encodings = to_encodings(value)
            elif kind == _PRIVATE and 0x0010 <= element <= 0x00FF:
                creators[group << 8 | element] = decode(value, encodings).strip("\0 ")
            if deep:
                self._kept += len(prefix)
                if self._is_full(base + pos):
                    self._finish()
                    return base + pos

    def _note_cut(self, tag: int, vr: str, at: int, length: int) -> None:
        """Say that a value was judged in part, unless it is numbers or samples that a public attribute is made of."""
        if vr in _BULK_VRS and _to_facts(tag).vr in _BULK_VRS and tag != _ENCAPSULATED_DOCUMENT:
            return
        self._note(
            f"{_to_title(tag)} at offset {at} has {length} bytes: only the first {MAX_VALUE_BYTES} were reviewed."
        )

    def _is_left_behind(self, tag: int, vr: str, implicit: bool) -> bool:
        """Whether an element that is cut off is none: bytes behind a data set, out of order or of no known VR."""
        if not implicit and vr.encode() not in EXPLICIT_VRS:
            return True
        return tag <= next((known.tag for known in reversed(self._elements) if "/" not in known.path), -1)

    def _reaches(self, offset: int) -> bool:
        """Whether the bytes before an offset are there; for a deflated data set that is known by reading only."""
        if self._reader.size == MAX_INFLATED_BYTES:
            return not offset or len(self._reader.read(offset - 1, 1)) == 1
        return offset <= self._reader.size

    def _find_end_of_fragments(self, at: int, tag: int) -> int:
        """Return where a value of undefined length ends, behind its Sequence Delimitation Item (PS3.5 §A.4)."""
        start, data, base = at, b"", at
        while True:
            if at + 8 > base + len(data):
                # Many small fragments lie in one window, of large ones only the headers are read.
                data, base = self._reader.read(at, _WINDOW if at - base < _WINDOW and at > start else 64), at
            mark = data[at - base : at - base + 4]
            if mark in _DELIMITER_MARKS and len(data) >= at - base + 8:
                return at + 8
            if mark not in ITEM_MARKS or len(data) < at - base + 8:
                break
            at += 8 + LONG_LENGTHS[ITEM_MARKS[mark]].unpack_from(data, at - base + 4)[0]
        # Some writers count fragments wrongly; the delimiter is searched for as pydicom does, from the beginning.
        at = start
        while data := self._reader.read(at, _WINDOW):
            found = min((place for mark in _DELIMITER_MARKS if (place := data.find(mark)) >= 0), default=-1)
            if found >= 0:
                return min(at + found + 8, self._reader.size)
            if len(data) < 4:
                break
            at += len(data) - 3
        self._note(
            f"{_to_title(tag)} at offset {start} has no Sequence Delimitation Item before the end of the entry "
            "(PS3.5 §A.4)."
        )
        return at + len(data)


def _goes_on(tag: int, last_tag: int, vr: str, implicit: bool, length: int, left: int) -> bool:
    """Whether what follows Pixel Data is another data element and not bytes that were left behind it."""
    if tag <= last_tag or (not vr and not implicit) or (implicit and not (tag >> 16 & 1 or _to_facts(tag).vr)):
        return False
    return vr in ("", "SQ", "UN", "OB", "OW") if length == UNDEFINED_LENGTH else length <= left
