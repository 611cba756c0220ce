"""What must hold for any bytes: each target takes some and raises where a promise is broken.

Allowed are the errors that the modules promise; everything else that comes out is a fault.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable

from pycore.archive import open_archive
from pycore.elements import MAX_VALUE_BYTES, Element, Reading, read_instance, to_text
from pycore.errors import EntryError, InputError, InspectorError
from pycore.findings import Where
from pycore.harvester import read_entries, to_value
from pycore.judgement import check_value, describe_value
from pycore.masking import excerpt
from pycore.part10 import EXPLICIT_VRS, is_deflated
from pycore.phi.echo import Echo, collect_identities
from pycore.phi.options import Options
from pycore.phi.text import find_kinds
from pycore.phi.value import Value
from pycore.review import Verdict, review
from tests.builders import MemorySource

RETAIN_UIDS = Options.of("basic", ["retain-uids"])
MAX_PIXELS = 1 << 20
"""A larger image is only described: fuzzing is to try many, and memory is not what is tried."""

_MARKS = (b"\xfe\xff\x00\xe0", b"\xfe\xff\x0d\xe0", b"\xfe\xff\xdd\xe0")
_BIG_MARKS = (b"\xff\xfe\xe0\x00", b"\xff\xfe\xe0\x0d", b"\xff\xfe\xe0\xdd")


def read_zip(data: bytes) -> None:
    """Review the bytes as a zip: the ledger adds up, and `clean` is said of nothing that was not read."""
    try:
        archive = open_archive([MemorySource("a.zip", data)])
        report = review(archive, read_entries(archive, range(len(archive.entries))), RETAIN_UIDS)
    except InputError:
        return
    facts = report.archive
    assert facts.entries == facts.dicom + facts.other + facts.folders + facts.unreadable == len(report.records)
    assert len(report.verdicts) == len(report.names) == facts.entries
    if report.verdict is Verdict.CLEAN:
        assert not report.problems and not facts.unreadable and not facts.other


def read_elements(data: bytes) -> None:
    """Walk the bytes as an instance: each byte belongs to something that is told, or a problem is."""
    try:
        reading = read_instance(io.BytesIO(data), len(data))
    except EntryError:
        return
    if reading is None:
        return
    for element in reading.elements:
        to_text(element)
        describe_value(to_value(element))
    gap = find_gap(data, reading)
    assert not gap, gap


def find_gap(data: bytes, reading: Reading) -> str:
    """Return which bytes of an entry are in no element and are spoken of in no problem; empty if there are none.

    Told without the walk: between two values there may only be the header of the second, Items and delimiters.
    """
    if reading.problems or is_deflated(reading.transfer_syntax):
        return ""
    at: int | None = len(reading.preamble) + 4 if reading.preamble else 4 if data.startswith(b"DICM") else 0
    for element in reading.elements:
        if at is not None and (gap := _find_gap_before(data, at, element)):
            return gap
        at = _end_of(element)
    end = len(data) - reading.trailing[0]
    if at is None or _is_marks(data[at:end]):
        return ""
    return f"bytes {at} to {end} are in no element"


def _end_of(element: Element) -> int | None:
    """Return where the value ends; None where that is not told."""
    if element.vr == "SQ":
        return element.offset
    if element.length < 0:
        return None if element.value is None or len(element.value) >= MAX_VALUE_BYTES else _behind(element)
    return element.offset + element.length


def _behind(element: Element) -> int:
    return element.offset + len(element.value or b"")


def _find_gap_before(data: bytes, at: int, element: Element) -> str:
    long = any(data[element.offset - 8 : element.offset - 6] == vr for vr, (_, long) in EXPLICIT_VRS.items() if long)
    for header in (12, 8) if long else (8,):
        start = element.offset - header
        if start >= at and _is_marks(data[at:start]):
            return ""
    return f"bytes {at} to {element.offset} before {element.path} are in no element"


def _is_marks(data: bytes) -> bool:
    """Whether the bytes are headers of Items and delimiters (PS3.5 §7.5), whole ones."""
    return len(data) % 8 == 0 and all(
        data[at : at + 4] in _MARKS or data[at : at + 4] in _BIG_MARKS for at in range(0, len(data), 8)
    )


_ELEMENTS = (
    ("(0008,0080)", 0x0008_0080, "LO", None),
    ("(0010,0010)", 0x0010_0010, "PN", None),
    ("(0010,4000)", 0x0010_4000, "LT", None),
    ("(0008,0020)", 0x0008_0020, "DA", None),
    ("(0040,A730)[0]/(0040,A160)", 0x0040_A160, "UT", None),
    ("(0009,1010)", 0x0009_1010, "UN", "ACME 1.1"),
    ("(0008,0018)", 0x0008_0018, "UI", None),
    ("(0028,1050)", 0x0028_1050, "DS", None),
)


def read_text(data: bytes) -> None:
    """Judge the bytes as text: of an element that the first byte chooses, of an entry's name, and searched for."""
    text = data[1:2049].decode("utf-8", "replace")
    path, tag, vr, creator = _ELEMENTS[data[0] % len(_ELEMENTS)] if data else _ELEMENTS[0]
    value = Value(Where.ELEMENT, path, tag, vr, creator, text, len(data), 0)
    flags = check_value(value, RETAIN_UIDS) + find_kinds(text)
    echo = Echo(collect_identities([(value, [0])], [text[:40]]))
    flags += echo.check(value, [0]) + echo.check_text(text, [0])
    assert all(flag.rule and flag.severity for flag in flags)
    excerpt([text], masked=True)


def read_pixels(data: bytes) -> None:
    """Draw the first and the last frame, or say why not."""
    from pycore.pixels import open_image  # NumPy is not there for everyone who imports this module
    from pycore.pixels.annotations import annotate

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a decoder's own words about damage
        try:
            image = open_image(io.BytesIO(data))
            description = image.description
            assert description.drawable or description.reason
            if not description.drawable or description.rows * description.columns > MAX_PIXELS:
                return
            for frame in {0, description.number_of_frames - 1}:
                annotate(image.header, frame)
                picture = image.picture(frame)
                assert picture.rgba.shape == (description.rows, description.columns, 4)
                image.view(frame, shutter=description.has_shutter)
                image.overlays(frame)
        except InspectorError as error:
            assert str(error)


TARGETS: dict[str, Callable[[bytes], None]] = {
    "zip": read_zip,
    "elements": read_elements,
    "text": read_text,
    "pixels": read_pixels,
}
