"""The walk finds what pydicom finds, keeps everything before damage, and ends."""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from pathlib import Path

import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import Dataset
from pydicom.data import get_charset_files
from pydicom.datadict import dictionary_VR
from pydicom.dataelem import RawDataElement
from pydicom.multival import MultiValue
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from pycore import elements as walk
from pycore.elements import MAX_VALUE_BYTES, Element, Reading, read_instance, to_text
from pycore.errors import EntryError
from tests.builders import UNCOMPRESSED_SYNTAXES, data_set, data_set_bytes, dicom_bytes, pydicom_path, pydicom_paths

PIXEL_TAGS = (0x7FE0_0008, 0x7FE0_0009, 0x7FE0_0010)
AMBIGUOUS = {"US or SS": "US", "OB or OW": "OW", "US or OW": "OW", "US or SS or OW": "OW"}
SEQUENCE_DELIMITER = b"\xfe\xff\xdd\xe0" + bytes(4)
ITEM_DELIMITER = b"\xfe\xff\x0d\xe0" + bytes(4)


def read(data: bytes) -> Reading:
    reading = read_instance(io.BytesIO(data), len(data))
    assert reading is not None
    return reading


def by_path(reading: Reading) -> dict[str, Element]:
    return {element.path: element for element in reading.elements}


def explicit(tag: int, vr: str, value: bytes, length: int | None = None) -> bytes:
    """An element in explicit VR little endian; its stated length may lie."""
    length = len(value) if length is None else length
    head = struct.pack("<HH2s", tag >> 16, tag & 0xFFFF, vr.encode())
    if vr in ("OB", "OW", "SQ", "UN", "UT"):
        return head + struct.pack("<HL", 0, length) + value
    return head + struct.pack("<H", length) + value


def implicit(tag: int, value: bytes, length: int | None = None) -> bytes:
    return struct.pack("<HHL", tag >> 16, tag & 0xFFFF, len(value) if length is None else length) + value


def item(value: bytes, length: int | None = None) -> bytes:
    return b"\xfe\xff\x00\xe0" + struct.pack("<L", len(value) if length is None else length) + value


def part10_file(body: bytes, transfer_syntax: str = ExplicitVRLittleEndian) -> bytes:
    uid = transfer_syntax.encode()
    return bytes(128) + b"DICM" + explicit(0x0002_0010, "UI", uid + bytes(len(uid) % 2)) + body


# --- the same as pydicom -------------------------------------------------------------------------------------------

# Files that pydicom reads with force only, and only into nonsense: before the data set there is a stray byte.
STRAY = {"no_meta.dcm"}


Row = tuple[int, str, bytes | str | None]


def flatten(dataset: Dataset, prefix: str = "") -> dict[str, Row]:
    """pydicom's reading as path -> (tag, VR, raw value); text where pydicom has converted the value already."""
    rows: dict[str, Row] = {}
    for tag in list(dataset.keys()):
        raw = dataset.get_item(tag)
        path = f"{prefix}({tag >> 16:04X},{tag & 0xFFFF:04X})"
        element = dataset[tag]
        if element.VR == "SQ":
            rows[path] = (tag, "SQ", None)
            for number, nested in enumerate(element.value):
                rows |= flatten(nested, f"{path}[{number}]/")
        else:
            value = raw.value if isinstance(raw, RawDataElement) else element.value
            value = b"" if value is None or value == "" else value
            rows[path] = (
                tag,
                AMBIGUOUS.get(element.VR, element.VR),
                value if isinstance(value, bytes) else to_plain(value),
            )
    return rows


def is_ambiguous(tag: int) -> bool:
    """Whether PS3.6 gives several VRs: pydicom looks at Pixel Representation or the pixels then, we take the first."""
    return " or " in dictionary_VR(tag)


def to_plain(value: object) -> str:
    return "\\".join(map(str, value)) if isinstance(value, MultiValue) else str(value)


@pytest.mark.parametrize(
    "path",
    [*pydicom_paths(), *map(Path, sorted(get_charset_files("*.dcm")))],
    ids=lambda path: "/".join(path.parts[-2:]),
)
def test_every_packaged_file_reads_as_pydicom_reads_it(path: Path) -> None:
    data = path.read_bytes()
    reading = read_instance(io.BytesIO(data), len(data))
    assert reading is not None
    if path.name in STRAY:
        rest = read_instance(io.BytesIO(data[1:]), len(data) - 1)
        assert rest is not None
        assert reading.problems == ("1 byte precedes the data set and does not belong to it (PS3.10 §7.1).",)
        assert [one._replace(offset=one.offset - 1) for one in reading.elements] == list(rest.elements)
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset = pydicom.dcmread(path, force=True)
        expected = flatten(dataset.file_meta) | flatten(dataset)
    found = by_path(reading)
    # We look into values of VR UN that are Items from end to end; pydicom, where no dictionary says so, does not.
    opened = {path for path, row in expected.items() if row[1] == "UN" and found[path].vr == "SQ"}
    found = {path: element for path, element in found.items() if not path.startswith(tuple(f"{o}[" for o in opened))}
    assert found and set(found) == set(expected)
    for element in found.values():
        tag, vr, raw = expected[element.path]
        assert element.tag == tag
        if element.path in opened:
            continue
        if tag >> 16 & 1 or vr not in ("US", "SS", "OB", "OW") or not is_ambiguous(tag):
            assert element.vr == vr, element.path
        if tag in PIXEL_TAGS:
            assert element.value is None
        elif isinstance(raw, str):
            assert to_text(element) == raw, element.path
        elif raw is not None:
            assert element.value == raw[:MAX_VALUE_BYTES], element.path


@pytest.mark.parametrize("path", [*map(Path, sorted(get_charset_files("*.dcm")))], ids=lambda path: path.name)
def test_text_of_any_character_set_decodes_as_pydicom_decodes_it(path: Path) -> None:
    def compare(dataset: Dataset, prefix: str) -> None:
        for element in dataset:
            text_path = f"{prefix}({element.tag.group:04X},{element.tag.element:04X})"
            if element.VR == "SQ":
                for number, nested in enumerate(element.value):
                    compare(nested, f"{text_path}[{number}]/")
            elif element.VR in ("PN", "LO", "SH", "LT", "ST", "UT", "CS", "UI", "DA", "TM", "IS"):
                several = element.value if element.VM > 1 else [element.value]
                expected = "\\".join("" if value is None else str(value) for value in several)
                assert to_text(found[text_path]) == expected, text_path

    found = by_path(read(path.read_bytes()))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset = pydicom.dcmread(path)
        compare(dataset, "")


KEYWORDS = {
    "LO": ["Manufacturer", "PatientID"],
    "PN": ["PatientName", "OperatorsName"],
    "UT": ["TextValue"],
    "US": ["Rows", "Columns"],
    "FD": ["EventTimeOffset"],
    "DS": ["PatientWeight"],
    "OB": ["EncapsulatedDocument"],
}
SEQUENCES = ["ContentSequence", "RequestAttributesSequence", "OtherPatientIDsSequence"]
words = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E, exclude_characters="\\=^"), max_size=20)


def plain_values() -> st.SearchStrategy[dict[str, object]]:
    values: dict[str, st.SearchStrategy[object]] = {
        **{keyword: words.map(str.strip) for vr in ("LO", "PN", "UT") for keyword in KEYWORDS[vr]},
        **{keyword: st.integers(0, 0xFFFF) for keyword in KEYWORDS["US"]},
        "EventTimeOffset": st.floats(allow_nan=False),
        "PatientWeight": st.integers(0, 999),
        "EncapsulatedDocument": st.binary(max_size=40).map(lambda data: data + bytes(len(data) % 2)),
    }
    return st.fixed_dictionaries({}, optional=values)


data_sets = st.recursive(
    plain_values(),
    lambda inner: st.tuples(
        plain_values(), st.dictionaries(st.sampled_from(SEQUENCES), st.lists(inner, max_size=3), max_size=2)
    ).map(lambda pair: {**pair[0], **pair[1]}),
    max_leaves=8,
)


def build(values: dict[str, object], undefined: bool) -> Dataset:
    dataset = Dataset()
    for keyword, value in values.items():
        if isinstance(value, list):
            setattr(dataset, keyword, [build(nested, undefined) for nested in value])
            dataset[keyword].is_undefined_length = undefined
            for nested in dataset[keyword].value:
                nested.is_undefined_length_sequence_item = undefined
        else:
            setattr(dataset, keyword, value)
    return dataset


@settings(max_examples=60, deadline=None)
@given(data_sets, st.sampled_from(UNCOMPRESSED_SYNTAXES), st.booleans())
def test_generated_data_sets_written_by_pydicom_read_back_equal(
    values: dict[str, object], transfer_syntax: str, undefined: bool
) -> None:
    data = dicom_bytes(build({"Modality": "OT", **values}, undefined), transfer_syntax)
    reading = read(data)
    assert reading.problems == ()
    assert reading.trailing == (0, b"")
    dataset = pydicom.dcmread(io.BytesIO(data))
    found = {e.path: (e.tag, e.vr, e.value) for e in reading.elements if e.tag >> 16 != 0x0002}
    assert found == flatten(dataset)
    assert {e.path: e.items for e in reading.elements if e.vr == "SQ"} == count_items(dataset)


def count_items(dataset: Dataset, prefix: str = "") -> dict[str, int]:
    counts: dict[str, int] = {}
    for element in dataset:
        if element.VR == "SQ":
            path = f"{prefix}({element.tag.group:04X},{element.tag.element:04X})"
            counts[path] = len(element.value)
            for number, nested in enumerate(element.value):
                counts |= count_items(nested, f"{path}[{number}]/")
    return counts


# --- damage --------------------------------------------------------------------------------------------------------


def small_object() -> Dataset:
    inner = data_set(CodeValue="121071", CodingSchemeDesignator="DCM")
    dataset = data_set(
        SpecificCharacterSet="ISO_IR 100",
        Modality="MR",
        PatientName="Doe^Jane",
        ContentSequence=[data_set(TextValue="a finding", ConceptNameCodeSequence=[inner]), data_set(TextValue="two")],
    )
    dataset.private_block(0x0029, "ACME 1.1", create=True).add_new(0x01, "LO", "private")
    return dataset


@pytest.mark.parametrize("undefined", [False, True], ids=["defined-length", "undefined-length"])
@pytest.mark.parametrize("transfer_syntax", UNCOMPRESSED_SYNTAXES, ids=lambda uid: uid.name)
def test_truncation_at_every_byte_keeps_what_precedes_it_and_says_so(transfer_syntax: str, undefined: bool) -> None:
    dataset = small_object()
    for sequence in (dataset["ContentSequence"], dataset.ContentSequence[0]["ConceptNameCodeSequence"]):
        sequence.is_undefined_length = undefined
        for nested in sequence.value:
            nested.is_undefined_length_sequence_item = undefined
    data = dicom_bytes(dataset, transfer_syntax)
    whole = read(data)
    assert whole.problems == ()
    deflated = transfer_syntax == DeflatedExplicitVRLittleEndian
    ends = {element.offset + max(element.length, 0) for element in whole.elements if not element.path.count("/")}
    if deflated:
        # Cutting off the NUL that makes a deflated stream even takes nothing away (PS3.5 §A.5).
        ends = {e.offset + e.length for e in whole.elements if e.tag >> 16 == 0x0002} | {len(data.removesuffix(b"\0"))}
    for size in range(132, len(data)):
        reading = read(data[:size])
        at_a_boundary = size == 132 or size in ends
        assert reading.problems or at_a_boundary, size
        # Everything is the same up to what was cut.
        for element, expected in zip(reading.elements, whole.elements, strict=False):
            assert (element.path, element.tag, element.vr) == (expected.path, expected.tag, expected.vr)
            if element is not reading.elements[-1] and element.vr != "SQ":
                assert element.value == expected.value
        if not deflated:
            kept = [e for e in whole.elements if e.length >= 0 and e.vr != "SQ" and e.offset + e.length <= size]
            assert {e.path for e in kept} <= {e.path for e in reading.elements}, size


@pytest.mark.parametrize(
    "data",
    [bytes(128) + b"DICM", *(dicom_bytes(Dataset(), transfer_syntax) for transfer_syntax in UNCOMPRESSED_SYNTAXES)],
    ids=["nothing behind DICM", *UNCOMPRESSED_SYNTAXES],
)
def test_a_data_set_without_elements_is_said(data: bytes) -> None:
    assert [problem for problem in read(data).problems if "no data element" in problem]


def test_a_problem_names_tag_offset_expected_and_found() -> None:
    data = part10_file(explicit(0x0008_0060, "CS", b"MR") + explicit(0x0010_0010, "PN", b"Doe", length=20))
    assert read(data).problems == (
        f"(0010,0010) Patient's Name at offset {len(data) - 3} states 20 bytes, and 3 follow (PS3.5 §7.1.1).",
    )
    assert by_path(read(data))["(0010,0010)"].value == b"Doe"
    assert read(data).trailing == (0, b"")


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["", *UNCOMPRESSED_SYNTAXES]))
def test_arbitrary_bytes_behind_the_prefix_never_raise(body: bytes, transfer_syntax: str) -> None:
    reading = read(part10_file(body, transfer_syntax) if transfer_syntax else bytes(128) + b"DICM" + body)
    for element in reading.elements:
        to_text(element)


@settings(max_examples=300, deadline=None)
@given(st.data(), st.sampled_from(UNCOMPRESSED_SYNTAXES))
def test_flipped_bytes_never_raise(data: st.DataObject, transfer_syntax: str) -> None:
    damaged = bytearray(dicom_bytes(small_object(), transfer_syntax))
    for _ in range(data.draw(st.integers(1, 6))):
        damaged[data.draw(st.integers(132, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    for element in read(bytes(damaged)).elements:
        to_text(element)


def test_a_damaged_entry_keeps_what_was_read_before_the_damage() -> None:
    class Damaged(io.BytesIO):
        def read(self, length: int | None = -1) -> bytes:
            if self.tell() >= 400:
                raise EntryError("The entry's compressed data is damaged after 400 inflated bytes.")
            return super().read(min(length or 0, 400 - self.tell()))

    data = dicom_bytes(data_set(Modality="MR", PatientName="Doe^Jane", TextValue="x" * 1000))
    reading = read_instance(Damaged(data), len(data))
    assert reading is not None
    assert to_text(by_path(reading)["(0010,0010)"]) == "Doe^Jane"
    assert "The entry's compressed data is damaged after 400 inflated bytes." in reading.problems


# --- sequences -----------------------------------------------------------------------------------------------------


def test_undefined_length_item_ends_at_its_delimiter() -> None:
    inner = item(explicit(0x0008_0100, "SH", b"A1") + ITEM_DELIMITER, 0xFFFF_FFFF)
    body = explicit(0x0008_1140, "SQ", inner + SEQUENCE_DELIMITER, 0xFFFF_FFFF) + explicit(0x0010_0020, "LO", b"P1")
    found = by_path(read(part10_file(body)))
    assert found["(0008,1140)[0]/(0008,0100)"].value == b"A1"
    assert (found["(0008,1140)"].items, found["(0008,1140)"].length) == (1, -1)
    assert found["(0010,0020)"].value == b"P1"


def test_sequences_2000_deep_are_read_to_the_bottom() -> None:
    body = explicit(0x0010_0010, "PN", b"Doe^")
    for _ in range(2000):
        body = explicit(0x0008_1140, "SQ", item(body + ITEM_DELIMITER, 0xFFFF_FFFF) + SEQUENCE_DELIMITER, 0xFFFF_FFFF)
    reading = read(part10_file(body))
    assert reading.problems == ()
    assert reading.elements[-1].value == b"Doe^"
    assert reading.elements[-1].path.count("/") == 2000


def test_sequences_deeper_than_the_limit_are_said_to_be_unread() -> None:
    body = b""
    for _ in range(walk.MAX_DEPTH + 10):
        body = explicit(0x0008_1140, "SQ", item(body + ITEM_DELIMITER, 0xFFFF_FFFF) + SEQUENCE_DELIMITER, 0xFFFF_FFFF)
    reading = read(part10_file(body))
    assert [problem for problem in reading.problems if "was not reviewed" in problem]


def test_un_of_undefined_length_is_a_sequence_in_implicit_little_endian() -> None:
    inner = item(implicit(0x0010_0010, b"Doe^Jane") + ITEM_DELIMITER, 0xFFFF_FFFF) + SEQUENCE_DELIMITER
    reading = read(part10_file(explicit(0x0009_1001, "UN", inner, 0xFFFF_FFFF) + explicit(0x0010_0020, "LO", b"P1")))
    found = by_path(reading)
    assert (found["(0009,1001)"].vr, found["(0009,1001)"].items) == ("SQ", 1)
    assert to_text(found["(0009,1001)[0]/(0010,0010)"]) == "Doe^Jane"
    assert found["(0010,0020)"].value == b"P1"
    assert reading.problems == ()


def test_un_of_defined_length_that_holds_items_is_read_as_a_sequence() -> None:
    inner = item(implicit(0x0010_0010, b"Doe^Jane"))
    found = by_path(read(part10_file(explicit(0x0009_1001, "UN", inner) + explicit(0x0010_0020, "LO", b"P1"))))
    assert to_text(found["(0009,1001)[0]/(0010,0010)"]) == "Doe^Jane"
    assert found["(0010,0020)"].value == b"P1"


@pytest.mark.parametrize(
    "value",
    [
        item(implicit(0x0010_0010, b"Doe^", length=40)),
        item(b"abc"),
        item(implicit(0x0010_0010, b"Doe^")) + b"more",
        item(explicit(0x0009_1002, "UN", item(b"abcdef"))) + b"\x01\x02\x03\x04\x05\x06\x07\x08",
    ],
    ids=["element too long", "item too short", "rest", "nested"],
)
def test_un_that_only_begins_like_items_stays_bytes(value: bytes) -> None:
    reading = read(part10_file(explicit(0x0009_1001, "UN", value) + explicit(0x0010_0020, "LO", b"P1")))
    found = by_path(reading)
    assert (found["(0009,1001)"].vr, found["(0009,1001)"].value) == ("UN", value)
    assert set(found) == {"(0002,0010)", "(0009,1001)", "(0010,0020)"}
    assert reading.problems == ()


def test_implicit_items_inside_explicit_vr_are_read() -> None:
    inner = item(implicit(0x0010_0010, b"Doe^") + implicit(0x0010_0020, b"P1"))
    found = by_path(read(part10_file(explicit(0x0008_1140, "SQ", inner) + explicit(0x0010_0020, "LO", b"P2"))))
    assert found["(0008,1140)[0]/(0010,0020)"].value == b"P1"
    assert found["(0010,0020)"].value == b"P2"


def test_a_missing_sequence_delimiter_is_said() -> None:
    body = explicit(0x0008_1140, "SQ", item(explicit(0x0008_0100, "SH", b"A1")), 0xFFFF_FFFF)
    reading = read(part10_file(body))
    assert by_path(reading)["(0008,1140)[0]/(0008,0100)"].value == b"A1"
    assert any("has no Sequence Delimitation Item" in problem for problem in reading.problems)


# --- private elements, VRs, character sets -------------------------------------------------------------------------


def test_private_elements_know_the_creator_of_their_own_data_set() -> None:
    inner = item(implicit(0x0029_0010, b"INNER ") + implicit(0x0029_1001, b"x ") + implicit(0x0029_1101, b"y "))
    body = (
        implicit(0x0008_0060, b"MR")
        + implicit(0x0029_0011, b"OUTER ")
        + implicit(0x0029_1101, b"z ")
        + implicit(0x0040_A730, inner)
        + implicit(0x0041_1101, b"none")
    )
    found = by_path(read(part10_file(body, ImplicitVRLittleEndian)))
    assert found["(0040,A730)[0]/(0029,1001)"].private_creator == "INNER"
    assert found["(0040,A730)[0]/(0029,1101)"].private_creator is None
    assert found["(0029,1101)"].private_creator == "OUTER"
    assert found["(0041,1101)"].private_creator is None
    assert (found["(0029,0011)"].vr, found["(0029,0011)"].private_creator) == ("LO", None)


def test_private_dictionary_gives_the_vr_where_none_is_written() -> None:
    body = implicit(0x0008_0060, b"MR") + implicit(0x0019_0010, b"SIEMENS MR HEADER ") + implicit(0x0019_100C, b"50")
    assert by_path(read(part10_file(body, ImplicitVRLittleEndian)))["(0019,100C)"].vr == "IS"


def test_unknown_vr_is_said_and_its_text_still_seen() -> None:
    reading = read(part10_file(explicit(0x0010_0010, "ZZ", b"Doe^Jane") + explicit(0x0010_0020, "LO", b"P1")))
    assert to_text(by_path(reading)["(0010,0010)"]) == "Doe^Jane"
    assert by_path(reading)["(0010,0020)"].value == b"P1"
    assert reading.problems == ("(0010,0010) Patient's Name at offset 160 has the unknown VR ZZ (PS3.5 §6.2).",)


def test_a_name_in_un_is_seen() -> None:
    reading = read(part10_file(explicit(0x0009_1001, "UN", b"Doe^Jane") + explicit(0x0009_1002, "UN", b"\1\2\3\4")))
    assert to_text(by_path(reading)["(0009,1001)"]) == "Doe^Jane"
    assert to_text(by_path(reading)["(0009,1002)"]) is None


def test_utf8_name_in_private_bytes_is_seen_without_a_character_set() -> None:
    assert to_text(one(0x0009_1001, "OB", "Müller".encode())) == "Müller"


def one(tag: int, vr: str, value: bytes) -> Element:
    return read(part10_file(explicit(tag, vr, value))).elements[-1]


@pytest.mark.parametrize(
    ("vr", "value", "text"),
    [
        ("US", b"\x01\x00\x02\x00", "1\\2"),
        ("SS", b"\xff\xff", "-1"),
        ("UL", b"\x01\x00\x00\x00", "1"),
        ("SL", b"\xff\xff\xff\xff", "-1"),
        ("FL", struct.pack("<f", 0.5), "0.5"),
        ("FD", struct.pack("<d", -2.25), "-2.25"),
        ("AT", b"\x10\x00\x20\x00", "(0010,0020)"),
        ("LO", b"a \\b ", "a\\b"),
        ("AE", b" NODE \\ B", "NODE\\B"),
        ("UI", b"1.2\x00", "1.2"),
        ("LT", b" kept\\whole ", " kept\\whole"),
        ("US", b"Doe", "Doe"),
        ("OB", b"\x00\x01", None),
    ],
)
def test_values_become_text(vr: str, value: bytes, text: str | None) -> None:
    assert to_text(one(0x0009_1001, vr, value)) == text


def test_numbers_are_read_in_the_byte_order_of_the_data_set() -> None:
    data = dicom_bytes(data_set(Modality="OT", Rows=258), ExplicitVRBigEndian)
    assert to_text(by_path(read(data))["(0028,0010)"]) == "258"


@pytest.mark.parametrize(
    "charset", [b"hex", b"undefined", b"idna", b"\0\0x", b"no such", b"ISO 2022 IR 87\\hex", b"\\"]
)
def test_unusable_character_sets_do_not_stop_the_reading(charset: bytes) -> None:
    body = explicit(0x0008_0005, "CS", charset) + explicit(0x0010_0010, "PN", b"Doe\x1b$BJane\xff")
    text = to_text(by_path(read(part10_file(body)))["(0010,0010)"])
    assert text is not None
    assert text.startswith("Doe")


def test_items_inherit_the_character_set_and_may_have_their_own() -> None:
    name = "Müller".encode()
    inner = item(explicit(0x0010_0010, "PN", name))
    other = item(explicit(0x0008_0005, "CS", b"ISO_IR 100") + explicit(0x0010_0010, "PN", "Müller".encode("latin-1")))
    body = explicit(0x0008_0005, "CS", b"ISO_IR 192") + explicit(0x0008_1140, "SQ", inner + other + inner)
    found = by_path(read(part10_file(body + explicit(0x0010_0010, "PN", name))))
    assert [to_text(element) for element in found.values() if element.tag == 0x0010_0010] == ["Müller"] * 4


# --- Pixel Data and what follows it --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "pixels",
    [
        explicit(0x7FE0_0010, "OW", bytes(200_000)),
        explicit(
            0x7FE0_0010, "OB", item(b"") + item(bytes(100_000)) + item(bytes(6)) + SEQUENCE_DELIMITER, 0xFFFF_FFFF
        ),
        explicit(0x7FE0_0010, "OB", b"".join(item(bytes(10)) for _ in range(20_000)) + SEQUENCE_DELIMITER, 0xFFFF_FFFF),
    ],
    ids=["native", "encapsulated", "many fragments"],
)
def test_elements_and_bytes_after_pixel_data_are_not_forgotten(pixels: bytes) -> None:
    body = explicit(0x0010_0020, "LO", b"P1") + pixels + explicit(0x7FE1_0010, "LO", b"AFTER ")
    reading = read(part10_file(body + b"PATIENT JANE DOE"))
    found = by_path(reading)
    assert found["(7FE0,0010)"].value is None
    assert found["(7FE1,0010)"].value == b"AFTER "
    assert reading.trailing == (16, b"PATIENT JANE DOE")
    assert reading.problems == ()


def test_pixel_data_is_not_read() -> None:
    class Counting(io.BytesIO):
        total = 0

        def read(self, length: int | None = -1) -> bytes:
            data = super().read(length)
            self.total += len(data)
            return data

    data = part10_file(explicit(0x0010_0020, "LO", b"P1") + explicit(0x7FE0_0010, "OW", bytes(50_000_000)))
    file = Counting(data)
    assert read_instance(file, len(data)) is not None
    assert file.total <= 16 * 1024


def test_an_icon_inside_an_item_is_stepped_over() -> None:
    icon = item(explicit(0x0028_0010, "US", b"\1\0") + explicit(0x7FE0_0010, "OW", bytes(100)))
    body = explicit(0x0088_0200, "SQ", icon) + explicit(0x7FE0_0010, "OW", bytes(10))
    found = by_path(read(part10_file(body)))
    assert found["(0088,0200)[0]/(7FE0,0010)"].value is None
    assert found["(7FE0,0010)"].length == 10


def test_fragments_without_their_delimiter_are_said() -> None:
    reading = read(part10_file(explicit(0x7FE0_0010, "OB", item(bytes(50)), 0xFFFF_FFFF)))
    assert any("has no Sequence Delimitation Item" in problem for problem in reading.problems)


def test_zeros_behind_the_data_set_are_trailing_bytes() -> None:
    data = part10_file(explicit(0x0010_0020, "LO", b"P1") + bytes(1000))
    assert read(data).trailing == (1000, bytes(1000))


# --- syntaxes that are not what is declared ------------------------------------------------------------------------


# A deflated data set that is not declared as one does not show what it is: it is left out here.
@pytest.mark.parametrize(
    ("declared", "real"),
    [
        (declared, real)
        for declared in UNCOMPRESSED_SYNTAXES
        for real in UNCOMPRESSED_SYNTAXES
        if real in (declared, ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian)
    ],
    ids=lambda uid: uid.name,
)
def test_a_data_set_is_read_as_found_whatever_is_declared(declared: str, real: str) -> None:
    dataset = data_set(Modality="MR", PatientName="Doe^Jane", Rows=258)
    body = data_set_bytes(dataset, real)
    if real == DeflatedExplicitVRLittleEndian:
        stream = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        body = stream.compress(body) + stream.flush()
    reading = read(part10_file(body, declared))
    found = by_path(reading)
    assert (to_text(found["(0010,0010)"]), to_text(found["(0028,0010)"])) == ("Doe^Jane", "258")
    assert bool(reading.problems) is (declared != real)


def test_bytes_behind_a_deflated_data_set_are_trailing() -> None:
    data = dicom_bytes(data_set(Modality="MR"), DeflatedExplicitVRLittleEndian) + b"JANE DOE"
    reading = read(data)
    assert reading.trailing[1].endswith(b"JANE DOE")
    assert to_text(by_path(reading)["(0008,0060)"]) == "MR"


def test_private_information_in_a_long_file_meta_is_read_to_its_end() -> None:
    meta = explicit(0x0002_0010, "UI", b"1.2.840.10008.1.2.1\0") + explicit(0x0002_0102, "OB", b"J" * 300_000)
    data = bytes(128) + b"DICM" + meta + explicit(0x0010_0020, "LO", b"P1")
    found = by_path(read(data))
    assert found["(0002,0102)"].length == 300_000
    assert found["(0010,0020)"].value == b"P1"


# --- bounds --------------------------------------------------------------------------------------------------------


def test_a_long_text_value_is_cut_and_said_so() -> None:
    body = explicit(0x0040_A160, "UT", b"x" * (MAX_VALUE_BYTES + 2)) + explicit(0x0040_A162, "UT", b"end ")
    reading = read(part10_file(body))
    element = by_path(reading)["(0040,A160)"]
    assert (element.length, len(element.value or b"")) == (MAX_VALUE_BYTES + 2, MAX_VALUE_BYTES)
    assert by_path(reading)["(0040,A162)"].value == b"end "
    assert len(reading.problems) == 1
    assert f"only the first {MAX_VALUE_BYTES} were reviewed" in reading.problems[0]


def test_a_long_overlay_is_cut_without_a_problem() -> None:
    reading = read(part10_file(explicit(0x6000_3000, "OW", bytes(MAX_VALUE_BYTES + 2))))
    assert reading.problems == ()
    assert reading.elements[-1].length == MAX_VALUE_BYTES + 2


def test_200000_elements_are_all_read() -> None:
    body = b"".join(explicit(0x0009_1000 + number % 256, "LO", b"a ") for number in range(200_000))
    reading = read(part10_file(explicit(0x0008_0060, "CS", b"MR") + body))
    assert len(reading.elements) == 200_002
    assert reading.problems == ()


def test_more_elements_than_can_be_kept_are_said_to_be_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walk, "MAX_ELEMENTS", 1000)
    body = b"".join(explicit(0x0009_1000 + number % 256, "LO", b"a ") for number in range(20_000))
    reading = read(part10_file(explicit(0x0008_0060, "CS", b"MR") + body))
    assert len(reading.elements) < 20_000
    assert "was not reviewed" in reading.problems[0]


def test_reading_the_same_bytes_from_a_real_file_gives_the_same() -> None:
    path = pydicom_path("CT_small.dcm")
    with path.open("rb") as file:
        assert read_instance(file, path.stat().st_size) == read(path.read_bytes())
