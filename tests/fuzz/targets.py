"""What must hold for any bytes: each target takes some and raises where a promise is broken.

Allowed are the errors that the modules promise; everything else that comes out is a fault.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import warnings
from collections.abc import Callable
from xml.etree import ElementTree

from pycore.archive import Archive, Entry, Kind, open_archive
from pycore.carriers import Limits, extract, extract_file
from pycore.elements import MAX_VALUE_BYTES, Element, Reading, read_instance, to_text
from pycore.errors import EntryError, InputError, InspectorError
from pycore.findings import Where
from pycore.harvester import read_entries, to_found_text, to_value
from pycore.judgement import check_value, describe_value
from pycore.masking import excerpt
from pycore.part10 import EXPLICIT_VRS, is_deflated
from pycore.phi.echo import Echo, collect_identities
from pycore.phi.options import Options
from pycore.phi.text import find_kinds
from pycore.phi.value import Value
from pycore.review import Report, Verdict, review
from pycore.session import WRITERS
from pycore.to_dicom_json import to_dicom_json
from pycore.to_dump import to_dump
from tests.builders import MemorySource

RETAIN_UIDS = Options.of("basic", ["retain-uids"])
LIMITS = Limits()
MAX_PIXELS = 1 << 20
"""A larger image is only described: fuzzing is to try many, and memory is not what is tried."""

MAX_READ = 1 << 20
"""So much of an entry is read twice."""

_MARKS = (b"\xfe\xff\x00\xe0", b"\xfe\xff\x0d\xe0", b"\xfe\xff\xdd\xe0")
_BIG_MARKS = (b"\xff\xfe\xe0\x00", b"\xff\xfe\xe0\x0d", b"\xff\xfe\xe0\xdd")


def read_zip(data: bytes) -> None:
    """Review the bytes as a zip: the ledger adds up, and `clean` is said of nothing that was not read."""
    _review(data)


PASSWORDS = (b"open sesame", b"dicom")
"""Of the encrypted entries to begin with: of our own, and of those in tests/encrypted."""


def read_encrypted(data: bytes) -> None:
    """Review the bytes as a zip of encrypted entries, whose password is given."""
    _review(data, passwords=PASSWORDS)


def read_tar(data: bytes) -> None:
    """Review the bytes as a tar, or what gzip makes of them where the first is odd; any place can be read again."""
    is_packed = data[:1] and data[0] & 1
    found = _review(gzip.compress(data[1:], 1, mtime=0) if is_packed else data[1:], name="a.tar.gz")
    if found is None:
        return
    archive, _ = found
    for entry in archive.entries:
        if entry.kind is Kind.FILE:
            _read_twice(archive, entry)


def _read_twice(archive: Archive, entry: Entry) -> None:
    with archive.open(entry) as file:
        try:
            whole = file.read(MAX_READ)
            file.seek(len(whole) // 2)
            assert file.read(64) == whole[len(whole) // 2 :][:64]
        except EntryError as error:
            assert str(error)


def write_reports(data: bytes) -> None:
    """Review the bytes as a zip and write all that is written of it: each form stays what it is, whatever is in it."""
    found = _review(data)
    if found is None:
        return
    _, report = found
    for name, write in WRITERS.items():
        for values in (True, False):
            text = write(report, values=values)
            text.encode()
            if bad := _never_written(name).search(text):
                raise AssertionError(f"{name}: {bad[0]!r}")
            if name in ("json", "marks"):
                json.loads(text)
            elif name == "ctp":
                ElementTree.fromstring(text)
            elif name.startswith("csv"):
                rows = list(csv.reader(io.StringIO(text, newline="")))
                assert {len(row) for row in rows} == {len(rows[0])}
                assert not (computed := [cell for row in rows for cell in row if _FORMULA.match(cell)]), computed


_LINES_ONLY = re.compile("[\0-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""What text of lines never holds: it moves a cursor, makes a line of its own, or turns the direction of the rest."""
_CONTROLS = re.compile("[\0-\x09\x0b-\x1f]")
_MARKUP = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f]|<(?:script|img|iframe|link|object|svg|form|base|a|b)\\b")
_FORMULA = re.compile("[\0 \xa0\u200b\ufeff]*[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_SURROGATES = re.compile("[\ud800-\udfff]")


def _never_written(name: str) -> re.Pattern[str]:
    """Return what a report of this name never holds."""
    if name.startswith("csv"):
        return _SURROGATES  # the cells are looked at one by one
    return {"json": _CONTROLS, "marks": _CONTROLS, "html": _MARKUP}.get(name, _LINES_ONLY)


def _review(data: bytes, name: str = "a.zip", passwords: tuple[bytes, ...] = ()) -> tuple[Archive, Report] | None:
    """Review, and see whether what is said of all archives is true; None where there is nothing to review."""
    try:
        archive = open_archive([MemorySource(name, data)], passwords)
        report = review(archive, read_entries(archive, range(len(archive.entries))), RETAIN_UIDS)
    except InputError as error:
        assert str(error)
        return None
    facts = report.archive
    assert facts.entries == facts.dicom + facts.other + facts.folders + facts.unreadable == len(report.records)
    assert len(report.verdicts) == len(report.names) == facts.entries
    if report.verdict is Verdict.CLEAN:
        assert not report.problems and not facts.unreadable and not facts.other
    return archive, report


def read_carriers(data: bytes) -> None:
    """Take the bytes apart as a value and as a file: nothing raises, and what was left out is told."""
    for found in (extract(data), extract_file(io.BytesIO(data), len(data))):
        assert found.complete == (not found.problems)
        assert len(found.texts) <= LIMITS.texts
        assert sum(len(text.text) for text in found.texts) <= LIMITS.characters
        for text in found.texts:
            assert text.origin and text.text == text.text.strip()
            (text.origin + text.text).encode()
        for problem in found.problems:
            problem.encode()


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


def read_documents(data: bytes) -> None:
    """Show the bytes as an instance is shown: as a document, as a dump, as JSON, and its contours on itself."""
    from pycore.documents import read_document, to_plain  # they need NumPy as well
    from pycore.documents.contours import StructureSet
    from pycore.documents.data_set import to_data_set

    try:
        reading = read_instance(io.BytesIO(data), len(data))
    except EntryError:
        return
    if reading is None:
        return
    plain, _ = to_plain(read_document(reading, io.BytesIO(data)))
    json.dumps(plain, allow_nan=False).encode()
    for masked in (True, False):
        dump = to_dump(reading, lambda _, masked=masked: masked, 0)  # type: ignore[misc]
        dump.encode()
        assert not (bad := _LINES_ONLY.search(dump)), repr(bad[0])
        json.loads(to_dicom_json(reading, lambda _, masked=masked: masked, 0).text)  # type: ignore[misc]
    data_set = to_data_set(reading, io.BytesIO(data))
    StructureSet(data_set).outlines(data_set, 0)


def read_text(data: bytes) -> None:
    """Judge the bytes as text: of an element that the first byte chooses, of an entry's name, and searched for."""
    text = data[1:2049].decode("utf-8", "replace")
    path, tag, vr, creator = _ELEMENTS[data[0] % len(_ELEMENTS)] if data else _ELEMENTS[0]
    value = Value(Where.ELEMENT, path, tag, vr, creator, text, len(data), 0)
    flags = check_value(value, RETAIN_UIDS) + find_kinds(text)
    for origin in ("text", f"JSON {text[:40]}"):
        flags += check_value(to_found_text(Where.OTHER_FILE, text, origin), RETAIN_UIDS)
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
    "encrypted": read_encrypted,
    "tar": read_tar,
    "elements": read_elements,
    "carriers": read_carriers,
    "text": read_text,
    "pixels": read_pixels,
    "documents": read_documents,
    "reports": write_reports,
}
