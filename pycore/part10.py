"""Entry bytes -> what they are, the File Meta Information's place, and where the Data Set begins (PS3.10 §7.1).

In goes the beginning of an entry. Out comes a `FileMeta`, or None when it is no DICOM: this is decided by content,
never by name. With the prefix 'DICM' an entry is DICOM however damaged the rest; without it the first data elements
must be what only a data set begins with. Left to others: the elements themselves, those of group 0002 too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from struct import Struct
from typing import NamedTuple

from pydicom._dicom_dict import DicomDictionary
from pydicom._uid_dict import UID_dictionary
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
)
from pydicom.valuerep import EXPLICIT_VR_LENGTH_16, EXPLICIT_VR_LENGTH_32

PREAMBLE_BYTES = 128
PREFIX = b"DICM"
UNDEFINED_LENGTH = 0xFFFF_FFFF

EXPLICIT_VRS: dict[bytes, tuple[str, bool]] = {
    **{vr.value.encode(): (vr.value, False) for vr in EXPLICIT_VR_LENGTH_16},
    **{vr.value.encode(): (vr.value, True) for vr in EXPLICIT_VR_LENGTH_32},
}
"""VR as encoded -> VR, and whether a length of 32 bits follows two reserved bytes (PS3.5 §7.1.2)."""

_TRANSFER_SYNTAX_UID = 0x0002_0010
_FIRST_GROUPS = (0x0002, 0x0004, 0x0008)
"""Groups that a bare data set begins with: file meta without preamble, a directory, any other data set."""
_FIRST_BYTES = frozenset(group.to_bytes(2, order) for group in _FIRST_GROUPS for order in ("little", "big"))
"""How a bare data set begins, in any encoding."""
_BARE_HEADERS = 3
"""How many data elements of a bare data set must be right, if it has as many."""
_MAX_STRAY_BYTES = 8
"""How many bytes may precede a bare data set that do not belong to it."""

_DEFLATED = frozenset(
    {DeflatedExplicitVRLittleEndian, *(uid for uid, row in UID_dictionary.items() if "Referenced Deflate" in row[0])}
)


class Encoding(NamedTuple):
    """How a data set is written (PS3.5 §A)."""

    implicit: bool
    little_endian: bool

    def __str__(self) -> str:
        return f"{'implicit' if self.implicit else 'explicit'} VR {'little' if self.little_endian else 'big'} endian"


IMPLICIT_LITTLE = Encoding(True, True)
EXPLICIT_LITTLE = Encoding(False, True)
EXPLICIT_BIG = Encoding(False, False)
_ENCODINGS = (EXPLICIT_LITTLE, IMPLICIT_LITTLE, EXPLICIT_BIG, Encoding(True, False))

HEADERS = {
    encoding: Struct(("<" if encoding.little_endian else ">") + ("HHL" if encoding.implicit else "HH2sH"))
    for encoding in _ENCODINGS
}
"""The eight bytes that begin every data element: group, element, then a length, or VR and length (PS3.5 §7.1)."""
LONG_LENGTHS = {little_endian: Struct("<L" if little_endian else ">L") for little_endian in (True, False)}


@dataclass(frozen=True, slots=True)
class FileMeta:
    """What precedes the data set of an entry."""

    preamble: bytes
    """The 128 bytes before 'DICM'; empty when there are none."""
    start: int
    """Where group 0002 begins, in bytes from the start of the entry."""
    end: int
    """Where it ends and the data set begins; equal to `start` without File Meta Information."""
    implicit: bool
    """Group 0002 is explicit VR by the standard, and implicit in some files nevertheless."""
    transfer_syntax: str
    """(0002,0010) Transfer Syntax UID; empty when it is missing."""
    complete: bool
    """False when group 0002 goes on behind the bytes that were given."""
    stray: int = 0
    """How many bytes precede a bare data set that do not belong to it."""


class _Header(NamedTuple):
    tag: int
    vr: bytes
    """Two letters; empty in implicit VR."""
    length: int
    value: int
    """Offset of the value."""


def read_file_meta(head: bytes, size: int) -> FileMeta | None:
    """Find the File Meta Information of an entry (PS3.10 §7.1); None if the entry is no DICOM.

    Its group length (0002,0000) is not relied upon: it is wrong or missing in many files. The group ends where
    another begins.

    Parameters
    ----------
    head : bytes
        The entry's first bytes.
    size : int
        Of the whole entry, in bytes.
    """
    if head[PREAMBLE_BYTES : PREAMBLE_BYTES + 4] == PREFIX:
        return _read_group_0002(head, PREAMBLE_BYTES + 4, size, head[:PREAMBLE_BYTES])
    start = 4 if head.startswith(PREFIX) else 0
    if is_bare(head[start:], size - start):
        return _read_group_0002(head, start, size, b"")
    for stray in range(1, _MAX_STRAY_BYTES + 1):
        if head[stray : stray + 2] in _FIRST_BYTES and _is_bare(head[stray:], size - stray, EXPLICIT_LITTLE, sure=True):
            return replace(_read_group_0002(head, stray, size, b""), stray=stray)
    return None


def to_encoding(transfer_syntax: str) -> Encoding:
    """Return how data sets of a transfer syntax are written; explicit little endian if it is not known (PS3.5 §A.4)."""
    if transfer_syntax == ImplicitVRLittleEndian:
        return IMPLICIT_LITTLE
    if transfer_syntax == ExplicitVRBigEndian:
        return EXPLICIT_BIG
    return EXPLICIT_LITTLE


def is_deflated(transfer_syntax: str) -> bool:
    """Whether the data set itself is deflated (PS3.5 §A.5); in 'Deflated Image Frame Compression' it is not."""
    return transfer_syntax in _DEFLATED


def is_known(transfer_syntax: str) -> bool:
    """Whether the UID is one of PS3.6, so that it declares something about the encoding."""
    return transfer_syntax in UID_dictionary


def find_encoding(head: bytes, size: int, declared: Encoding) -> Encoding:
    """Return how a data set is really written, by its first element.

    The declared encoding wins when the element makes sense in it, or when it makes none in any other.

    Parameters
    ----------
    head : bytes
        The data set's first bytes.
    size : int
        Of the whole data set, in bytes.
    """
    for encoding in (declared, *_ENCODINGS):
        if _begins_plausibly(head, size, encoding):
            return encoding
    return declared


def is_plausible(head: bytes, size: int) -> bool:
    """Whether the first element of a data set makes sense in any encoding; arguments as for `find_encoding`."""
    return any(_begins_plausibly(head, size, encoding) for encoding in _ENCODINGS)


def is_bare(head: bytes, size: int) -> bool:
    """Whether these are the first bytes of a data set or of group 0002, without any prefix to say so.

    The first elements must be in the dictionary, ascend, carry the dictionary's VR where VRs are written, and fit
    into the entry. Text, pictures and random bytes do not do that even once.
    """
    return head[:2] in _FIRST_BYTES and any(_is_bare(head, size, encoding) for encoding in _ENCODINGS[:3])


def _is_bare(head: bytes, size: int, encoding: Encoding, *, sure: bool = False) -> bool:
    """Whether a bare data set begins here; where that must be sure, no fewer elements than three will do."""
    last_tag = -1
    found = 0
    end = 0
    for header in _headers(head, 0, encoding):
        tag, vr, length, value = header
        end = value if length == UNDEFINED_LENGTH else value + length
        if end > size or tag <= last_tag:
            return False
        if not found and tag >> 16 not in _FIRST_GROUPS:
            return False
        row = DicomDictionary.get(tag)
        if row is None:
            # A group length or a private element may follow; neither is evidence.
            if not found or (tag & 0xFFFF and not tag >> 16 & 1):
                return False
        elif length == UNDEFINED_LENGTH and row[0] != "SQ":
            return False
        if row is not None and not encoding.implicit and vr != b"UN" and vr.decode("latin-1") not in row[0]:
            return False
        last_tag = tag
        found += 1
        if found == _BARE_HEADERS or length == UNDEFINED_LENGTH:
            return True
    # Fewer elements: they fill the entry, or the last one goes on behind what was given.
    return not sure and found >= 1 and (end == size or len(head) < end <= size)


def _begins_plausibly(head: bytes, size: int, encoding: Encoding) -> bool:
    for tag, vr, length, value in _headers(head, 0, encoding):
        if encoding.implicit and head[4:6].isalpha() and head[4:6].isupper() and EXPLICIT_VRS.get(head[4:6]):
            return False
        known = tag in DicomDictionary or not tag & 0xFFFF or (tag >> 16 & 1 and tag >> 16 > 8)
        fits = length == UNDEFINED_LENGTH or value + length <= size
        return bool(known and fits and (encoding.implicit or vr in EXPLICIT_VRS))
    return False


def _headers(data: bytes, at: int, encoding: Encoding) -> Iterator[_Header]:
    """Yield the headers of consecutive data elements, stopping at undefined lengths and where the bytes end."""
    unpack = HEADERS[encoding].unpack_from
    long_length = LONG_LENGTHS[encoding.little_endian].unpack_from
    while at + 8 <= len(data):
        if encoding.implicit:
            group, element, length = unpack(data, at)
            vr, value = b"", at + 8
        else:
            group, element, vr, length = unpack(data, at)
            value = at + 8
            if EXPLICIT_VRS.get(vr, ("", False))[1]:
                if at + 12 > len(data):
                    return
                (length,) = long_length(data, at + 8)
                value = at + 12
        yield _Header(group << 16 | element, vr, length, value)
        if length == UNDEFINED_LENGTH:
            return
        at = value + length


def _read_group_0002(head: bytes, start: int, size: int, preamble: bytes) -> FileMeta:
    vr = head[start + 4 : start + 6]
    implicit = len(vr) == 2 and not (vr.isalpha() and vr.isupper())
    transfer_syntax = ""
    end = start
    complete = False
    for tag, _, length, value in _headers(head, start, IMPLICIT_LITTLE if implicit else EXPLICIT_LITTLE):
        if tag >> 16 != 0x0002 or length == UNDEFINED_LENGTH:
            complete = True
            break
        end = min(value + length, size)
        if tag == _TRANSFER_SYNTAX_UID:
            transfer_syntax = head[value:end].decode("latin-1").strip("\0 ")
    if not complete and len(head) >= size:
        # Cut inside a header: if it is one of group 0002, it belongs here.
        complete = True
        if head[end : end + 2] == b"\x02\x00":
            end = size
    # Implicit VR of anything else than group 0002 says nothing about group 0002.
    return FileMeta(preamble, start, end, implicit and end > start, transfer_syntax, complete)
