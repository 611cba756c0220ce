"""One instance -> DICOM JSON Model (PS3.18 Annex F), each value as pydicom writes it.

File Meta Information and group lengths do not belong to it (PS3.18 §F.2). What is left out is told beside it, since the
model has no room for remarks: values to be hidden become empty, bulk data a BulkDataURI that says where in the entry it
is: 'entry/12?offset=1480&length=524288'.
"""

from __future__ import annotations

import json
import struct
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pydicom.dataelem import DataElement, RawDataElement
from pydicom.errors import BytesLengthException
from pydicom.tag import BaseTag
from pydicom.values import convert_value

from pycore.elements import SPECIFIC_CHARACTER_SET, Element, Reading

MAX_INLINE_BYTES = 768
"""Longer binary values are bulk data; pydicom's own threshold, 1024 characters of base64."""
MAX_ITEMS = 100_000
MAX_DEPTH = 100
"""So many sequences inside one another are written: whoever reads JSON does so by recursion."""
MAX_WRITTEN_BYTES = 32 * 1024 * 1024
"""Of values, in all."""
_NAMED = 20
"""So many elements are named of what is left out for one reason."""

_BULK_VRS = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "UN"})
_UNFIT = (
    ValueError,  # no number where there must be one, or one that JSON cannot say
    TypeError,  # the same, from pydicom's converters for numbers
    OverflowError,  # a number beyond its type
    BytesLengthException,  # a length that is no multiple of the VR's
    struct.error,  # the same, for tags
    NotImplementedError,  # a VR of two letters that does not exist
    AttributeError,  # a person name in what is none
)
"""What pydicom raises for a value that has not the form of its VR."""


@dataclass(slots=True)
class _LeftOut:
    """Paths of what is not written, by reason; made while an instance is written."""

    hidden: list[str] = field(default_factory=list)
    bulk: list[str] = field(default_factory=list)
    unfit: list[str] = field(default_factory=list)
    deep: list[str] = field(default_factory=list)
    many: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class DicomJson:
    """An instance in the DICOM JSON Model."""

    text: str
    notes: tuple[str, ...]
    """One sentence for each reason for which something is not in it."""


def to_dicom_json(reading: Reading, is_masked: Callable[[Element], bool], entry: int) -> DicomJson:
    """Write an instance; values for which `is_masked` are left empty, sequences without their Items.

    Parameters
    ----------
    entry : int
        Its index in the archive, for the places of bulk data.
    """
    left = _LeftOut()
    root: dict[str, Any] = {}
    data_sets: dict[str, dict[str, Any]] = {"": root}
    """What the paths of its elements begin with -> data set."""
    written = items = 0
    for element in reading.elements:
        prefix = element.path[: element.path.rfind("/") + 1]
        data_set = data_sets.get(prefix)
        if data_set is None or element.tag >> 16 == 0x0002 or not element.tag & 0xFFFF:
            continue  # inside of what is left out, or no part of the model
        key = f"{element.tag:08X}"
        if is_masked(element):
            left.hidden.append(element.path)
            data_set[key] = {"vr": element.vr}
        elif element.vr == "SQ":
            items += element.items
            if items > MAX_ITEMS or prefix.count("/") >= MAX_DEPTH:
                (left.many if items > MAX_ITEMS else left.deep).append(element.path)
                data_set[key] = {"vr": "SQ"}
                items -= element.items
                continue
            members: list[dict[str, Any]] = [{} for _ in range(element.items)]
            data_set[key] = {"vr": "SQ", "Value": members} if members else {"vr": "SQ"}
            data_sets |= {f"{element.path}[{number}]/": member for number, member in enumerate(members)}
        elif written > MAX_WRITTEN_BYTES:
            left.many.append(element.path)
            data_set[key] = {"vr": element.vr}
        else:
            written += min(max(element.length, 0), MAX_INLINE_BYTES if element.vr in _BULK_VRS else element.length)
            data_set[key] = _to_attribute(element, entry, left)
    return DicomJson(json.dumps(root, ensure_ascii=False, indent=1) + "\n", tuple(_to_notes(left)))


def _to_attribute(element: Element, entry: int, left: _LeftOut) -> dict[str, Any]:
    value = element.value
    if value is None or len(value) < element.length or (element.vr in _BULK_VRS and len(value) > MAX_INLINE_BYTES):
        left.bulk.append(element.path)
        length = f"&length={element.length}" if element.length >= 0 else ""
        return {"vr": element.vr, "BulkDataURI": f"entry/{entry}?offset={element.offset}{length}"}
    if element.tag == SPECIFIC_CHARACTER_SET:
        return {"vr": element.vr, "Value": ["ISO_IR 192"]}  # what follows is UTF-8, whatever it was
    try:
        attribute = _convert(element, value)
        json.dumps(attribute, allow_nan=False)
    except _UNFIT:
        left.unfit.append(element.path)
        return {"vr": element.vr}
    return attribute


def _convert(element: Element, value: bytes) -> dict[str, Any]:
    raw = RawDataElement(
        BaseTag(element.tag), element.vr, len(value), value, 0, False, element.little_endian, True, False
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what is wrong with a value is a problem of the report already
        converted = convert_value(element.vr, raw, list(element.encodings))
        return DataElement(BaseTag(element.tag), element.vr, converted, already_converted=True).to_json_dict(None, 0)


def _to_notes(left: _LeftOut) -> list[str]:
    reasons = (
        (left.hidden, "are empty here, because the rules flag them"),
        (left.bulk, "are bulk data: only their places are written"),
        (left.unfit, "are empty here, because they have not the form of their VR"),
        (left.deep, f"are empty here, because more than {MAX_DEPTH} sequences lie inside one another"),
        (left.many, "are empty here, because there would be too much of them"),
    )
    return [f"{_listed(paths)} {why}." for paths, why in reasons if paths]


def _listed(paths: list[str]) -> str:
    more = len(paths) - _NAMED
    shown = ", ".join(paths[:_NAMED])
    number = "1 value" if len(paths) == 1 else f"{len(paths):,} values"
    return f"{number} ({shown}{f' and {more:,} more' if more > 0 else ''})"
