"""How the headers of a series lie in their bytes, so that what they share is compared and not decoded again.

The instances of a series share most of their header, byte by byte. A `Layout` is made of one that was read by
`elements` without any problem: *runs* of bytes that are always the same, and *slots* between them, the values that
differ from instance to instance. Matching another instance against it is a few comparisons of bytes. Which values
differ is learned from where a comparison fails.

A slot is a value that decides nothing about how the bytes around it are read: no sequence, no private creator, no
Specific Character Set, no Transfer Syntax UID. Its length may differ too, at the top of the data set, where no sequence
around it states a length. Everything from Pixel Data on is left to `elements.read_on`, and an instance that is unlike
its layout in anything else to `elements` altogether.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Sequence
from struct import Struct
from typing import Any, Generic, NamedTuple, TypeVar

from pycore.elements import (
    FIRST_STEP,
    FIRST_WINDOW,
    ITEM_MARKS,
    PIXEL_DATA_TAGS,
    SPECIFIC_CHARACTER_SET,
    Element,
    FileReader,
    Level,
    Reading,
    is_creator,
    level_at,
    may_be_sequence,
    read_on,
)
from pycore.part10 import (
    EXPLICIT_VRS,
    PREAMBLE_BYTES,
    PREFIX,
    UNDEFINED_LENGTH,
    find_encoding,
    is_deflated,
    read_file_meta,
    to_encoding,
)

_LONGEST = 256 * 1024
"""How many bytes of an entry a layout covers at most."""
_SLACK = 1024
"""How much longer than that of its layout a header is expected to be at most."""
_MAX_LEARNED = 32
"""In how many values an instance may newly differ from a layout; one that differs in more is of another kind."""
_MAX_SLOTS = 256
_MAX_KNOWN = 256
"""How many values of one slot are remembered."""
_MAX_OF_ONE_SERIES = 4
_MAX_LAYOUTS_BYTES = 16 * 1024 * 1024

_TRANSFER_SYNTAX_UID = 0x0002_0010
_SERIES_INSTANCE_UID = b"\x20\x00\x0e\x00"
_MAX_UID_BYTES = 64
_LENGTHS_UNLIKE_A_VR = 0x4141
"""A length of 32 bits below this is not taken for two capitals, in a data set of explicit VR."""

_TAG = Struct("<HH")
_SHORT = Struct("<H")
_LONG = Struct("<L")

Digest = TypeVar("Digest")


class Match(NamedTuple, Generic[Digest]):
    """An instance that lies as its layout says."""

    reading: Reading
    """Without data elements: those before the rest are in `digests`."""
    digests: list[Digest]
    """Of all data elements before `rest`, in their order, some of them together."""
    rest: tuple[Element, ...]
    """From Pixel Data on."""


class _Run(Generic[Digest]):
    """Bytes that are the same in every instance, with the data elements in them."""

    __slots__ = ("data", "digest", "elements", "start")

    def __init__(self, data: bytes, start: int, elements: Sequence[Element]) -> None:
        self.data = data
        self.start = start
        """Where they lay in the instance that the layout is made of: the offsets of `elements` count so."""
        self.elements = elements
        self.digest: Digest | None = None
        """Made when an instance first matches: until then the run may be split again and again."""


class _Slot(Generic[Digest]):
    """A value that differs from instance to instance."""

    __slots__ = ("element", "header", "known", "length")

    def __init__(self, element: Element, header: bytes, length: Struct | None) -> None:
        self.element = element
        self.header = header
        """What precedes the value, or its length where that may differ."""
        self.length = length
        """How the length is written; None where it is always that of `element`."""
        self.known: dict[bytes, Digest] = {}


class Layout(Generic[Digest]):
    """How the header of one instance lies in its bytes, and which of its values differ in others."""

    def __init__(
        self,
        head: bytes,
        transfer_syntax: str,
        inner: Sequence[Element],
        level: Level,
        reached: int,
        digest: Callable[[Sequence[Element]], Digest],
    ) -> None:
        self.transfer_syntax = transfer_syntax
        self.level = level
        """Where the rest begins, in the instance that it was made of."""
        self.needed = _find_needed(reached)
        """How far others are to be read before they are compared: as far as without the layout, so that the same damage
        is met."""
        self._digest = digest
        self._slots = 0
        self._parts: list[_Run[Digest] | _Slot[Digest]] = [_Run(head[: level.offset], 0, inner)]

    def match(self, head: bytes) -> tuple[int, list[Digest]] | None:
        """Return where the rest begins and the digests of what precedes it; None if the instance lies otherwise."""
        parts = self._parts
        digests: list[Digest] = []
        at = index = learned = 0
        while index < len(parts):
            part = parts[index]
            if isinstance(part, _Run):
                if head.startswith(part.data, at):
                    at += len(part.data)
                    if part.digest is None:
                        part.digest = self._digest(part.elements)
                    digests.append(part.digest)
                    index += 1
                    continue
                learned += 1
                if learned > _MAX_LEARNED or self._slots >= _MAX_SLOTS or at + len(part.data) > len(head):
                    return None
                split = self._split(part, head, at)
                if split is None:
                    return None
                parts[index : index + 1] = split
                self._slots += 1
                continue
            if not head.startswith(part.header, at):
                return None
            at += len(part.header)
            length = part.element.length
            if part.length is not None:
                if at + part.length.size > len(head):
                    return None
                (length,) = part.length.unpack_from(head, at)
                at += part.length.size
                if part.length is _LONG and length >= _LENGTHS_UNLIKE_A_VR and len(part.header) == _TAG.size:
                    return None
            value = head[at : at + length]
            if len(value) != length:
                return None
            known = part.known.get(value)
            if known is None:
                if part.element.vr == "UN" and value[:4] in ITEM_MARKS:
                    return None
                if len(part.known) >= _MAX_KNOWN:
                    part.known.clear()
                known = self._digest((part.element.with_value(at, value),))
                part.known[value] = known
            digests.append(known)
            at += length
            index += 1
        return at, digests

    def _split(self, run: _Run[Digest], head: bytes, at: int) -> list[_Run[Digest] | _Slot[Digest]] | None:
        """Return the run with a slot where the bytes at `at` begin to differ; None where only equal ones will do."""
        data, start = run.data, run.start
        difference = _find_difference(data, head[at : at + len(data)])
        before = bisect_right(run.elements, start + difference, key=lambda element: element.offset) - 1
        # What differs is the value of that element, or the header of the one behind it.
        for number in (before, before + 1):
            if not 0 <= number < len(run.elements):
                continue
            element = run.elements[number]
            header = _find_header(data, element, element.offset - start)
            if header is None or not _is_free(element):
                continue
            header_at, length = header
            value_at = element.offset - start
            value_end = value_at + element.length
            is_pinned = "/" in element.path  # the sequences around it state their lengths
            free_from = value_at if is_pinned else value_at - length.size
            if not free_from <= difference < value_end:
                continue
            prefix = b"" if is_pinned else data[header_at:free_from]
            slot: _Slot[Digest] = _Slot(element, prefix, None if is_pinned else length)
            return [
                *_to_run(data[: value_at if is_pinned else header_at], start, run.elements[:number]),
                slot,
                *_to_run(data[value_end:], start + value_end, run.elements[number + 1 :]),
            ]
        return None


def _find_needed(reached: int) -> int:
    """Return how far an instance is to be read, if one of its series was read so far before its rest."""
    if reached + _SLACK > FIRST_WINDOW:
        return FIRST_WINDOW if reached <= FIRST_WINDOW else reached + _SLACK
    return -(-(reached + _SLACK) // FIRST_STEP) * FIRST_STEP


def _to_run(data: bytes, start: int, elements: Sequence[Element]) -> list[_Run[Any]]:
    return [_Run(data, start, elements)] if data else []


def _find_difference(one: bytes, other: bytes) -> int:
    """Return how many bytes two different strings have in common at their beginning."""
    same, limit = 0, min(len(one), len(other))
    while same < limit:
        middle = (same + limit + 1) // 2
        if one[same:middle] == other[same:middle]:
            same = middle
        else:
            limit = middle - 1
    return same


def _find_header(data: bytes, element: Element, at: int) -> tuple[int, Struct] | None:
    """Return where the header of an element begins, and how its length is written; None if that is not certain.

    Parameters
    ----------
    data : bytes
        With the element in it, little endian.
    at : int
        Where its value begins.
    """
    tag = _TAG.pack(element.tag >> 16, element.tag & 0xFFFF)
    if at >= 8 and data[at - 8 : at - 4] == tag:
        _, is_long = EXPLICIT_VRS.get(data[at - 4 : at - 2], ("", True))
        if not is_long and _SHORT.unpack_from(data, at - 2)[0] == element.length:
            return at - 8, _SHORT
        if element.length < _LENGTHS_UNLIKE_A_VR and _LONG.unpack_from(data, at - 4)[0] == element.length:
            return at - 8, _LONG
    if at >= 12 and data[at - 12 : at - 8] == tag:
        _, is_long = EXPLICIT_VRS.get(data[at - 8 : at - 6], ("", False))
        if is_long and data[at - 8 : at - 6] != b"SQ" and _LONG.unpack_from(data, at - 4)[0] == element.length:
            return at - 12, _LONG
    return None


def _is_free(element: Element) -> bool:
    """Whether the element's value decides nothing about how the bytes around it are read."""
    value = element.value
    if value is None or element.vr == "SQ" or element.length != len(value):
        return False
    if element.vr == "UN" and (value[:4] in ITEM_MARKS or may_be_sequence(element.tag, element.private_creator)):
        return False
    if element.tag in (SPECIFIC_CHARACTER_SET, _TRANSFER_SYNTAX_UID) or element.tag in PIXEL_DATA_TAGS:
        return False
    return bool(element.tag) and not is_creator(element.tag)


class Shelf(Generic[Digest]):
    """The layouts of the series that were read last.

    Parameters
    ----------
    digest : callable
        What becomes of some data elements; it is kept with the bytes it came of, and asked for again where they change.
        The elements' offsets must not matter to it.
    """

    def __init__(self, digest: Callable[[Sequence[Element]], Digest]) -> None:
        self._digest = digest
        self._layouts: OrderedDict[bytes, list[Layout[Digest]]] = OrderedDict()
        self._bytes = 0
        self._needed = FIRST_WINDOW
        """How much of the instance that matched last was read."""

    def match(self, reader: FileReader) -> Match[Digest] | None:
        """Return an instance that lies like another of its series; None if there is none, or if it is unlike them."""
        # Other instances end much where the last one did, whatever series they are of.
        head = reader.read(0, self._needed if reader.size > FIRST_WINDOW else FIRST_WINDOW)
        key = _find_series(head)
        if not key and len(head) < min(FIRST_WINDOW, reader.size) and head.startswith(PREFIX, PREAMBLE_BYTES):
            head = reader.read(0, FIRST_WINDOW)
            key = _find_series(head)
        layouts = self._layouts.get(key) if key else None
        if not layouts or reader.damage:
            return None
        self._layouts.move_to_end(key)
        for layout in reversed(layouts):
            if len(head) < min(layout.needed, reader.size):
                head = reader.read(0, layout.needed)
            found = layout.match(head)
            if found is None:
                continue
            at, digests = found
            if at > layout.level.offset + _SLACK:
                return None
            self._needed = layout.needed
            rest = read_on(reader, head, layout.level.moved_to(at))
            if rest is None:
                return None
            reading = Reading(layout.transfer_syntax, head[:PREAMBLE_BYTES], (), rest.trailing, ())
            return Match(reading, digests, rest.elements)
        return None

    def learn(self, reader: FileReader, reading: Reading) -> None:
        """Make a layout of an instance that was read, if it is sound; of the reader, nothing else was read."""
        reached = reader.reached
        key = _find_series(reader.read(0, min(reached, FIRST_WINDOW)))
        if not key or len(reading.preamble) != PREAMBLE_BYTES or reading.problems or reader.damage:
            return
        layout = _to_layout(reader, reading, reached, self._digest)
        if layout is None:
            return
        layouts = self._layouts.setdefault(key, [])
        layouts.append(layout)
        self._bytes += layout.level.offset
        if len(layouts) > _MAX_OF_ONE_SERIES:
            self._bytes -= layouts.pop(0).level.offset
        self._layouts.move_to_end(key)
        while self._bytes > _MAX_LAYOUTS_BYTES:
            _, oldest = self._layouts.popitem(last=False)
            self._bytes -= sum(one.level.offset for one in oldest)


def _find_series(head: bytes) -> bytes:
    """Return the bytes around what looks like the Series Instance UID; a guess, by which layouts are found only."""
    if not head.startswith(PREFIX, PREAMBLE_BYTES):
        return b""
    at = head.find(_SERIES_INSTANCE_UID, PREAMBLE_BYTES)
    if at < 0 or at + 8 > len(head):
        return b""
    (length,) = _SHORT.unpack_from(head, at + 6) if head[at + 4 : at + 6] == b"UI" else _LONG.unpack_from(head, at + 4)
    return head[at : at + 8 + min(length, _MAX_UID_BYTES)]


def _to_layout(
    reader: FileReader, reading: Reading, reached: int, digest: Callable[[Sequence[Element]], Digest]
) -> Layout[Digest] | None:
    elements = reading.elements
    if is_deflated(reading.transfer_syntax) or not all(element.little_endian for element in elements):
        return None
    # The last element is left to `read_on`, too: where a sequence of undefined length ends is known by reading only.
    first_of_rest = -1
    for number, element in enumerate(elements):
        if "/" in element.path or element.tag >> 16 == 0x0002:
            continue
        if element.offset > _LONGEST:
            break
        first_of_rest = number
        if element.tag in PIXEL_DATA_TAGS:
            break
    if first_of_rest < 0:
        return None
    first = elements[first_of_rest]
    # Whoever looks for the end of fragments meets all damage before it; else it matters how far the walk has looked.
    reached = first.offset if first.length < 0 else max(reached, first.offset)
    head = reader.read(0, first.offset)
    meta = read_file_meta(head, reader.size)
    offset = first.offset - _header_bytes(head, first)
    if reader.damage or meta is None or meta.implicit or not meta.end < offset < first.offset:
        return None
    if meta.end + _SLACK > FIRST_STEP:
        reached = max(reached, FIRST_WINDOW)  # where File Meta Information goes on behind the first step
    found = find_encoding(head[meta.end : meta.end + 16], reader.size - meta.end, to_encoding(meta.transfer_syntax))
    inner = elements[:first_of_rest]
    return Layout(head, reading.transfer_syntax, inner, level_at(offset, found, inner), reached, digest)


def _header_bytes(head: bytes, element: Element) -> int:
    """Return how long the header of an element is, by the bytes before its value; 0 if that is not certain."""
    tag = _TAG.pack(element.tag >> 16, element.tag & 0xFFFF)
    length = UNDEFINED_LENGTH if element.length < 0 else element.length
    at = element.offset
    if at >= 8 and head[at - 8 : at - 4] == tag:
        _, is_long = EXPLICIT_VRS.get(head[at - 4 : at - 2], ("", True))
        if (not is_long and _SHORT.unpack_from(head, at - 2)[0] == length) or (
            is_long and _LONG.unpack_from(head, at - 4)[0] == length
        ):
            return 8
    if at >= 12 and head[at - 12 : at - 8] == tag and EXPLICIT_VRS.get(head[at - 8 : at - 6], ("", False))[1]:
        return 12 if _LONG.unpack_from(head, at - 4)[0] == length else 0
    return 0
