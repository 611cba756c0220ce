"""One instance in full: the bytes of any value, and all of it as text that hides what it is to hide."""

from __future__ import annotations

import base64
import io
import json
import re
import warnings
from pathlib import Path
from typing import Any

import pydicom.data
import pytest
from pydicom import Dataset, dcmread
from pydicom.encaps import encapsulate
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, ImplicitVRLittleEndian, JPEGBaseline8Bit

from pycore.elements import Element, read_instance
from pycore.errors import RequestError
from pycore.instance_session import PAGE_BYTES, open_value, write_instance
from pycore.session import Session
from pycore.to_dicom_json import MAX_DEPTH, to_dicom_json
from pycore.to_dump import MAX_LINES, to_dump
from tests.builders import data_set, dicom_bytes
from tests.test_session import reviewed

FILES = Path(pydicom.data.__file__).parent / "test_files"
PIXELS = bytes(range(256)) * 512
NAME, NESTED = "Sample^Anna", "(0008,1110)[1]/(0008,0020)"


def an_object(**more: Any) -> Dataset:
    return data_set(
        SOPClassUID="1.2.840.10008.5.1.4.1.1.7",
        SOPInstanceUID="2.25.1",
        PatientName=NAME,
        PatientBirthDate="19700131",
        Modality="OT",
        ReferencedStudySequence=[data_set(), data_set(StudyDate="20240115")],
        BitsAllocated=8,
        **more,
    )


def opened(dataset: Dataset, syntax: str = ImplicitVRLittleEndian) -> Session:
    return reviewed({"1": dicom_bytes(dataset, syntax)})[0]


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian])
def test_bytes_of_pixel_data_are_read_from_the_entry_a_page_at_a_time(syntax: str) -> None:
    dataset = an_object(PixelData=PIXELS)
    dataset["PixelData"].VR = "OB"
    session = opened(dataset, syntax)
    pages = [open_value(session, 0, "(7FE0,0010)", at, at + PAGE_BYTES) for at in (0, PAGE_BYTES, 2 * PAGE_BYTES)]
    assert "".join(page["hex"] for page in pages) == PIXELS.hex()
    assert {(page["length"], page["stated"], page["damage"]) for page in pages} == {(len(PIXELS), True, "")}
    assert pages[2]["hex"] == ""


def test_bytes_of_fragments_end_where_the_next_element_begins() -> None:
    dataset = an_object()
    dataset.PixelData = encapsulate([b"\xff\xd8" + bytes(10)])
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = True
    dataset.DataSetTrailingPadding = bytes(8)
    value = open_value(opened(dataset, JPEGBaseline8Bit), 0, "(7FE0,0010)", 0, PAGE_BYTES)
    expected = encapsulate([b"\xff\xd8" + bytes(10)]) + b"\xfe\xff\xdd\xe0" + bytes(4)
    assert (bytes.fromhex(value["hex"]), value["length"], value["stated"]) == (expected, len(expected), False)


def test_bytes_of_the_last_fragments_end_with_the_entry() -> None:
    dataset = an_object()
    dataset.PixelData = encapsulate([b"\xff\xd8" + bytes(10)])
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = True
    value = open_value(opened(dataset, JPEGBaseline8Bit), 0, "(7FE0,0010)", 0, PAGE_BYTES)
    assert value["hex"].endswith("feffdde000000000")
    assert value["length"] == len(value["hex"]) // 2


def test_bytes_of_a_sequence_and_of_what_lies_in_it() -> None:
    session = opened(an_object(PixelData=PIXELS))
    inner = open_value(session, 0, NESTED, 0, 100)
    assert (inner["text"], bytes.fromhex(inner["hex"])) == ("20240115", b"20240115")
    sequence = open_value(session, 0, "(0008,1110)", 0, PAGE_BYTES)
    assert sequence["text"] is None
    assert b"20240115" in bytes.fromhex(sequence["hex"])


def test_no_more_than_a_page_is_given_at_once() -> None:
    with pytest.raises(RequestError, match="at most"):
        open_value(opened(an_object()), 0, "(0010,0010)", 0, PAGE_BYTES + 1)


def test_rows_say_dates_plainly_and_count_items() -> None:
    rows = {row["path"]: row for row in opened(an_object()).instance(0)["elements"]}
    assert (rows["(0010,0030)"]["text"], rows["(0010,0030)"]["readable"]) == ("19700131", "1970-01-31")
    assert rows["(0010,0010)"]["readable"] == ""
    assert rows["(0008,1110)"]["items"] == 2


@pytest.mark.parametrize("format_name", ["dump", "json"])
def test_text_of_an_instance_names_nobody_unless_asked_to(format_name: str) -> None:
    session = opened(an_object(PixelData=PIXELS))
    shown = write_instance(session, 0, format_name, values=True)["text"]
    masked = write_instance(session, 0, format_name, values=False)["text"]
    for secret in ("Anna", "19700131", "20240115"):
        assert secret in shown
        assert secret not in masked
    assert "OT" in masked


def test_another_format_is_refused() -> None:
    with pytest.raises(RequestError, match="format"):
        write_instance(opened(an_object()), 0, "pdf", values=False)


def test_dump_writes_a_line_for_each_element_and_item() -> None:
    lines = write_instance(opened(an_object(PixelData=PIXELS)), 0, "dump", values=True)["text"].splitlines()
    assert lines[0] == "# Entry 0"
    assert "may identify people" in lines[1]
    found = [line.split("#")[0].rstrip() for line in lines if not line.startswith("#")]
    assert "(0010,0010) PN [Sample^Anna]" in found
    at = found.index("(0008,1110) SQ (Sequence with 2 Items)")
    assert found[at + 1 : at + 3] == ["  (FFFE,E000) na (Item 1)", "    (0008,0020) DA [20240115]"]
    assert "(0028,0100) US 8" in found
    assert "(7FE0,0010) OW (not written)" in found
    assert lines[-1] == "# Of 1 value only the beginning is written."


def test_dump_says_how_many_lines_are_left_out() -> None:
    data = dicom_bytes(an_object())
    reading = read_instance(io.BytesIO(data), len(data))
    assert reading is not None
    last = reading.elements[-1]
    many = type(reading)(
        reading.transfer_syntax, reading.preamble, (last,) * (MAX_LINES + 5), reading.trailing, reading.problems
    )
    text = to_dump(many, lambda element: False, 0)
    assert f"# 5 more data elements not written: there are more than {MAX_LINES:,} lines." in text


def test_control_characters_of_a_value_make_no_lines() -> None:
    hostile = an_object(
        ImageComments="one\r\ntwo\x1b[31m",
        PatientID="a\u202eb\u2028c\x85d",
        InstanceCreatorUID="1.2\n(0010,0010) PN [made up]\x1e\x1e",
        SpecificCharacterSet="ISO_IR 192",
    )
    text = write_instance(opened(hostile), 0, "dump", values=True)["text"]
    assert "[one␍␊two␛[31m]" in text
    assert "[a\ufffdb\ufffdc\ufffdd]" in text
    assert not [line for line in text.splitlines() if line.startswith("(0010,0010)") and "made up" in line]
    assert text.splitlines() == text.removesuffix("\n").split("\n")
    assert not re.search("[\0-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", text)


def _plain(data: dict[str, Any]) -> dict[str, Any]:
    """Return what both have to write alike: without group lengths, character set, and where bulk data is."""
    return {
        tag: {
            key: [_plain(item) for item in value] if one["vr"] == "SQ" and key == "Value" else value
            for key, value in one.items()
            if key != "BulkDataURI" and value != []
        }
        for tag, one in data.items()
        if not tag.endswith("0000") and tag not in ("00080005", "7FE00010")
    }


@pytest.mark.parametrize(
    "name",
    [
        "CT_small.dcm",
        "reportsi.dcm",
        "rtplan.dcm",
        "image_dfl.dcm",
        "test-SR.dcm",
        "MR_small_bigendian.dcm",
        "chrH32.dcm",
    ],
)
def test_dicom_json_is_what_pydicom_writes(name: str) -> None:
    path = next(FILES.rglob(name), None) or next(FILES.parent.rglob(name))
    data = path.read_bytes()
    reading = read_instance(io.BytesIO(data), len(data))
    assert reading is not None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = json.loads(json.dumps(dcmread(path).to_json_dict(1024, lambda element: "")))
    assert _plain(json.loads(to_dicom_json(reading, lambda element: False, 0).text)) == _plain(expected)


def test_dicom_json_can_be_read_back() -> None:
    text = write_instance(opened(an_object(PixelData=PIXELS)), 0, "json", values=True)["text"]
    back = Dataset.from_json(text, lambda vr, tag, uri: PIXELS)
    assert back.PatientName == NAME
    assert back.ReferencedStudySequence[1].StudyDate == "20240115"
    assert len(back.ReferencedStudySequence[0]) == 0


def test_dicom_json_says_where_bulk_data_is_and_that_it_is_not_in_it() -> None:
    written = write_instance(opened(an_object(PixelData=PIXELS)), 0, "json", values=True)
    pixels = json.loads(written["text"])["7FE00010"]
    assert set(pixels) == {"vr", "BulkDataURI"}
    assert pixels["BulkDataURI"].startswith("entry/0?offset=")
    assert pixels["BulkDataURI"].endswith(f"&length={len(PIXELS)}")
    assert list(written["notes"]) == ["1 value ((7FE0,0010)) are bulk data: only their places are written."]


def test_dicom_json_without_values_keeps_the_attribute_and_says_so() -> None:
    written = write_instance(opened(an_object()), 0, "json", values=False)
    model = json.loads(written["text"])
    assert model["00100010"] == {"vr": "PN"}
    assert "(0010,0010)" in written["notes"][0]


def _json_of(*elements: Element) -> tuple[dict[str, Any], tuple[str, ...]]:
    data = dicom_bytes(data_set(Modality="OT"))
    reading = read_instance(io.BytesIO(data), len(data))
    assert reading is not None
    made = type(reading)(reading.transfer_syntax, b"", elements, (0, b""), ())
    written = to_dicom_json(made, lambda element: False, 0)
    return json.loads(written.text), written.notes


def _element(path: str, vr: str, value: bytes | None, items: int = 0) -> Element:
    tag = int(path[-10:-6] + path[-5:-1], 16)
    return Element(path, tag, vr, len(value or b""), 0, value, None, ("utf-8",), True, items)


@pytest.mark.parametrize(
    ("vr", "value"), [("IS", b"1A"), ("DS", b"high"), ("US", b"abc"), ("FD", b"\0\0\0\0\0\0\xf8\x7f"), ("ZZ", b"1234")]
)
def test_dicom_json_leaves_out_what_has_not_the_form_of_its_vr(vr: str, value: bytes) -> None:
    model, notes = _json_of(_element("(0020,0013)", vr, value))
    assert model == {"00200013": {"vr": vr}}
    assert "form of their VR" in notes[0]


def test_dicom_json_keeps_unknown_bytes() -> None:
    model, notes = _json_of(_element("(0009,1001)", "UN", b"\1\2\3\4"))
    assert base64.b64decode(model["00091001"]["InlineBinary"]) == b"\1\2\3\4"
    assert notes == ()


def test_dicom_json_ends_at_a_depth_that_readers_can_follow() -> None:
    elements, path = [], ""
    for _ in range(MAX_DEPTH + 5):
        path += "(0040,A730)"
        elements.append(_element(path, "SQ", None, 1))
        path += "[0]/"
    _, notes = _json_of(*elements)
    assert "sequences lie inside one another" in notes[0]
