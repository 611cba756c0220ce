"""Damaged and absurd objects, as the review tells of them: a named cause, all that can be read judged, never `clean`.

How the walk itself gets along is in `test_elements.py`; here the whole core is asked, from zip to verdict.
"""

from __future__ import annotations

import io
import random
import struct
from collections.abc import Iterator

import pytest
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    RLELossless,
)

from pycore.archive import open_archive
from pycore.elements import MAX_VALUE_BYTES, TEXT_BEGINNING, read_instance
from pycore.findings import Severity
from pycore.harvester import read_entries
from pycore.review import Report, Verdict, review
from tests.builders import MemorySource, data_set, dicom_bytes
from tests.fuzz.targets import find_gap
from tests.objects import ct_slice
from tests.test_elements import explicit, implicit, item, part10_file
from tests.test_review import RETAIN_UIDS, clean_object, reviewed

NAME = explicit(0x0010_0010, "PN", b"Sample^Anna ")
MODALITY = explicit(0x0008_0060, "CS", b"OT")
UNDEFINED = 0xFFFF_FFFF
END_OF_ITEM, END_OF_SEQUENCE = bytes.fromhex("feff0de000000000"), bytes.fromhex("feffdde000000000")


def image(**attributes: object) -> bytes:
    pixels = ct_slice()
    for keyword, value in attributes.items():
        setattr(pixels, keyword, value)
    return dicom_bytes(pixels)


def group_length(data: bytes, length: int) -> bytes:
    """Return the object with another (0002,0000) File Meta Information Group Length."""
    at = data.index(b"\x02\x00\x00\x00UL\x04\x00") + 8
    return data[:at] + struct.pack("<L", length) + data[at + 4 :]


CASES: dict[str, tuple[bytes, str]] = {
    "a length beyond the end": (
        part10_file(MODALITY + NAME + explicit(0x0010_4000, "LT", b"text", length=4000)),
        "states 4000 bytes, and 4 follow",
    ),
    "a length of 4 GiB": (
        part10_file(MODALITY + NAME + explicit(0x0010_4000, "UT", b"text", length=0xFFFF_FFFE)),
        "states 4294967294 bytes, and 4 follow",
    ),
    "an Item beyond its sequence": (
        part10_file(MODALITY + NAME + explicit(0x0040_A730, "SQ", item(MODALITY, length=900))),
        "states 900 bytes, and 10 are left in its sequence",
    ),
    "an element beyond its Item": (
        part10_file(
            MODALITY
            + NAME
            + explicit(0x0040_A730, "SQ", item(explicit(0x0010_4000, "LT", b"text", length=20)) + item(MODALITY))
        ),
        "states 20 bytes, and 4 are left in (0040,A730)[0]",
    ),
    "a delimiter where an element is to be": (
        part10_file(MODALITY + NAME + explicit(0x0040_A730, "SQ", item(MODALITY + END_OF_ITEM)) + MODALITY),
        "was met where a data element of (0040,A730)[0] was expected",
    ),
    "a sequence without its delimiter": (
        part10_file(MODALITY + NAME + explicit(0x0040_A730, "SQ", item(MODALITY), length=UNDEFINED)),
        "has no Sequence Delimitation Item",
    ),
    "an Item without its delimiter": (
        part10_file(MODALITY + NAME + explicit(0x0040_A730, "SQ", item(MODALITY, length=UNDEFINED))),
        "has no Item Delimitation Item",
    ),
    "fragments without their delimiter": (
        part10_file(MODALITY + NAME + explicit(0x7FE0_0010, "OB", item(b"\1\2\3\4"), length=UNDEFINED), RLELossless),
        "has no Sequence Delimitation Item",
    ),
    "an unknown VR": (
        part10_file(MODALITY + NAME + explicit(0x0010_4000, "ZZ", b"text")),
        "has the unknown VR ZZ",
    ),
    "implicit VR declared, explicit VR found": (
        dicom_bytes(data_set(Modality="OT", PatientName="Sample^Anna")).replace(
            b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2\0\0\0"
        ),
        "means implicit VR little endian, and the data set is explicit VR little endian",
    ),
    "big endian declared, little endian found": (
        dicom_bytes(data_set(Modality="OT", PatientName="Sample^Anna")).replace(
            b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.2\0"
        ),
        "means explicit VR big endian, and the data set is explicit VR little endian",
    ),
    "deflated declared, not deflated": (
        part10_file(MODALITY + NAME, DeflatedExplicitVRLittleEndian),
        "the data set is not deflated",
    ),
    "a deflated data set cut off": (
        dicom_bytes(
            data_set(PatientName="Sample^Anna", PatientComments=" ".join(map(str, range(900)))),
            DeflatedExplicitVRLittleEndian,
        )[:-900],
        "deflated data set is cut off",
    ),
    "a stray byte first": (b"\n" + MODALITY + explicit(0x0008_0070, "LO", b"ACME") + NAME, "1 byte precedes"),
    "pixels of an absurd size": (image(Rows=65535, Columns=65535, PatientName="Sample^Anna"), "65535 × 65535 needs"),
    "no rows": (image(Rows=0, PatientName="Sample^Anna"), "(0028,0010) Rows is 0"),
    "a billion frames": (image(NumberOfFrames=10**9, PatientName="Sample^Anna"), "1000000000 needs"),
    "no pixels": (image(PatientName="Sample^Anna").partition(b"\xe0\x7f\x10\0")[0], "has no Pixel Data"),
    "an unknown character set": (
        part10_file(explicit(0x0008_0005, "CS", b"KLINGON ") + MODALITY + NAME),
        "names a character set that is not known",
    ),
    "an invalid number": (
        part10_file(MODALITY + NAME + explicit(0x0020_0013, "IS", b"seven ")),
        "(0020,0013) Instance Number is of VR IS and holds what is no number",
    ),
    "an invalid date": (
        part10_file(explicit(0x0008_0020, "DA", b"20241345") + MODALITY + NAME),
        "(0008,0020) Study Date is of VR DA and holds what is no date",
    ),
    "an invalid UID": (
        part10_file(MODALITY + NAME + explicit(0x0020_000D, "UI", b"Anna.S")),
        "(0020,000D) Study Instance UID is of VR UI and holds what is no UID",
    ),
    "numbers of an odd length": (
        part10_file(MODALITY + NAME + explicit(0x0028_0010, "US", b"abc")),
        "(0028,0010) Rows has 3 bytes, and a value of US has 2",
    ),
    "sequences too deep": (
        part10_file(MODALITY + NAME + (explicit(0x0040_A730, "SQ", b"", UNDEFINED) + item(b"", UNDEFINED)) * 2600),
        "2500 sequences deep",
    ),
}


@pytest.mark.parametrize("after", [0, 2], ids=["alone", "behind others of its series"])
def test_pixel_data_that_calls_itself_a_sequence_is_named(after: int) -> None:
    """Found by fuzzing: it was listed as a sequence without Items, and nothing was said of what is in it."""
    good, at = image(), image().index(b"\xe0\x7f\x10\x00") + 4
    bad = good[:at] + b"SQ" + good[at + 2 :]
    report = reviewed({f"{number}.dcm": good for number in range(after)} | {"x.dcm": bad})
    assert [one.message for one in report.problems if one.entry == after] == [
        f"(7FE0,0010) Pixel Data at offset {at + 8} is encoded as a sequence, which it cannot be; it was taken for "
        "samples (PS3.5 §8.2)."
    ]
    pixels = {value.vr: entries for value, entries in report.values.items() if value.tag == 0x7FE0_0010}
    assert list(pixels["OW"]) == [after]
    assert "SQ" not in pixels


def problems(report: Report) -> str:
    return " | ".join(problem.message for problem in report.problems)


def is_identified(report: Report) -> bool:
    return any(one.flag.severity is Severity.IDENTIFIER and one.path == "(0010,0010)" for one in report.findings)


@pytest.mark.parametrize("name", CASES)
def test_damage_is_named_and_what_precedes_and_follows_it_is_judged(name: str) -> None:
    data, cause = CASES[name]
    report = reviewed({"1.dcm": data, "2.dcm": clean_object(2)}, RETAIN_UIDS)
    assert cause in problems(report)
    assert {problem.entry for problem in report.problems} == {0}
    assert is_identified(report)
    assert report.archive.dicom == 2
    assert report.verdicts[1] is Verdict.CLEAN


TOLERATED: dict[str, bytes] = {
    "a wrong meta length": group_length(clean_object(1, PatientName="Sample^Anna"), 7),
    "a meta length beyond the end": group_length(clean_object(1, PatientName="Sample^Anna"), 0xFFFF_FFF0),
    "no meta": dicom_bytes(data_set(Modality="OT", Manufacturer="ACME", PatientName="Sample^Anna"), meta=False),
    "no meta and no preamble": dicom_bytes(
        data_set(Modality="OT", Manufacturer="ACME", PatientName="Sample^Anna"), meta=False, preamble=False
    ),
    "tags out of order": part10_file(NAME + MODALITY + explicit(0x0008_0050, "SH", b"")),
    "a tag twice": part10_file(MODALITY + explicit(0x0010_0010, "PN", b"") + NAME),
    "a text of odd length": part10_file(MODALITY + explicit(0x0010_0010, "PN", b"Sample^Anna") + b""),
    "a text in an unknown VR's stead": part10_file(MODALITY + explicit(0x0010_0010, "UN", b"Sample^Anna ")),
    "implicit Items in explicit VR": part10_file(
        MODALITY + NAME + explicit(0x0040_A730, "SQ", item(implicit(0x0008_0060, b"OT")))
    ),
    "big endian": dicom_bytes(data_set(Modality="OT", PatientName="Sample^Anna"), ExplicitVRBigEndian),
}


@pytest.mark.parametrize("name", TOLERATED)
def test_what_is_only_unusual_is_read_to_its_end(name: str) -> None:
    report = reviewed({"1.dcm": TOLERATED[name]}, RETAIN_UIDS)
    assert is_identified(report)
    assert problems(report) == ""


def test_instances_that_are_there_twice_are_said() -> None:
    report = reviewed({"1.dcm": clean_object(1), "2.dcm": clean_object(1)}, RETAIN_UIDS)
    assert [one.flag.rule for one in report.findings] == ["sop-instance-twice"]
    assert report.verdict is Verdict.REVIEW


@pytest.mark.parametrize(
    "syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian]
)
def test_an_image_cut_at_any_byte_is_never_clean(syntax: str) -> None:
    small = data_set(Modality="CT", SOPClassUID="1.2.840.10008.5.1.4.1.1.2", Rows=2, Columns=2, BitsAllocated=8)
    small.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    small.PixelData = b"abcd"
    small["PixelData"].VR = "OB"
    data = dicom_bytes(small, syntax)
    assert reviewed({"1": data}, RETAIN_UIDS).verdict is Verdict.CLEAN
    at_least = 133 if syntax == DeflatedExplicitVRLittleEndian else 1
    for size in range(at_least, len(data.removesuffix(b"\0") if at_least > 1 else data)):
        report = reviewed({"1": data[:size], "2": clean_object(2)}, RETAIN_UIDS)
        # Cut before the SOP Class nothing says that it was an image, but then its file meta does.
        assert report.verdicts[0] is not Verdict.CLEAN, size


def changed(data: bytes, count: int) -> Iterator[bytes]:
    generator = random.Random(11)
    for _ in range(count):
        copy = bytearray(data)
        for _ in range(generator.choice((1, 1, 2, 4))):
            copy[generator.randrange(len(copy))] ^= 1 << generator.randrange(8)
        yield bytes(copy)


@pytest.mark.parametrize("data", [clean_object(1), image()[:900], CASES["a sequence without its delimiter"][0]])
def test_no_changed_bit_makes_an_object_clean_that_was_not_read_whole(data: bytes) -> None:
    for copy in changed(data, 300):
        archive = open_archive([MemorySource("1.dcm", copy), MemorySource("2.dcm", clean_object(2))])
        report = review(archive, read_entries(archive, range(2)), RETAIN_UIDS)
        if report.verdicts[0] is not Verdict.CLEAN:
            continue
        reading = read_instance(io.BytesIO(copy), len(copy))
        assert reading is not None and not reading.trailing[0]
        assert find_gap(copy, reading) == ""


@pytest.mark.parametrize("sop_class", ["1.2.840.10008.5.1.4.1.1.66", "1.2.840.10008.5.1.4.1.1.481.4"])
def test_an_object_cut_between_two_elements_before_its_series_is_told(sop_class: str) -> None:
    whole = data_set(
        SOPClassUID=sop_class,
        SOPInstanceUID="1.2.3",
        Modality="OT",
        PatientSex="O",
        StudyInstanceUID="1.2.4",
        SeriesInstanceUID="1.2.5",
    )
    for keyword, missing in (("Modality", "(0020,000D)"), ("PatientSex", "(0020,000D)"), ("StudyInstanceUID", "000E)")):
        cut = data_set(**{one.keyword: one.value for one in whole if one.tag <= whole[keyword].tag})
        report = reviewed({"1.dcm": dicom_bytes(cut), "2.dcm": clean_object(2)}, RETAIN_UIDS)
        assert f"{missing}" in problems(report)
        assert "was cut off" in problems(report)
        assert report.verdicts[0] is not Verdict.CLEAN
    assert problems(reviewed({"1.dcm": dicom_bytes(whole)}, RETAIN_UIDS)) == ""


def test_objects_of_no_patient_need_no_series() -> None:
    palette = data_set(SOPClassUID="1.2.840.10008.5.1.4.39.1", SOPInstanceUID="1.2.3", ContentLabel="HOT")
    assert problems(reviewed({"1.dcm": dicom_bytes(palette)}, RETAIN_UIDS)) == ""


# --- size -------------------------------------------------------------------------------------------------------------


class Sparse:
    """A chosen file that is a head and as many letters as one wants, of which only what is read exists."""

    def __init__(self, head: bytes, size: int) -> None:
        self.name = "large.dcm"
        self.head = head
        self.size = size
        self.asked = 0

    def read(self, offset: int, length: int) -> bytes:
        length = max(0, min(length, self.size - offset))
        self.asked += length
        head = self.head[offset : offset + length]
        return head + b"x" * (length - len(head))


def test_a_text_of_500_megabytes_is_read_in_part_and_that_is_said() -> None:
    head = part10_file(MODALITY + NAME + explicit(0x0010_4000, "UT", b"", length=500_000_000))
    source = Sparse(head, len(head) + 500_000_000)
    archive = open_archive([source])
    report = review(archive, read_entries(archive, [0]), RETAIN_UIDS)
    assert f"has 500000000 bytes: only the first {MAX_VALUE_BYTES} were reviewed" in problems(report)
    assert is_identified(report)
    assert source.asked < 40 * MAX_VALUE_BYTES


def test_of_many_megabytes_of_text_the_rest_is_judged_by_its_beginnings_and_that_is_said() -> None:
    long = b"".join(explicit(0x0011_1000 + number, "UT", b"%d " % number + bytes(1 << 20)) for number in range(8))
    last = explicit(0x0011_2000, "UT", b"for Sample, Anna " + b"." * 900)
    data = part10_file(MODALITY + NAME + long + last)
    reading = read_instance(io.BytesIO(data), len(data))
    assert reading is not None
    assert [len(element.value or b"") for element in reading.elements[-3:]] == [TEXT_BEGINNING] * 3
    report = reviewed({"1.dcm": data}, RETAIN_UIDS)
    assert "of 8 behind the first 2,097,152 only the first 64 bytes were reviewed" in problems(report)
    assert "(0011,2000)" in [one.path for one in report.findings if one.flag.severity is Severity.IDENTIFIER]


def test_of_thousands_of_equal_faults_the_first_are_told() -> None:
    deep = (explicit(0x0040_A730, "SQ", b"", UNDEFINED) + item(b"", UNDEFINED)) * 2000
    report = reviewed({"1.dcm": part10_file(MODALITY + NAME + deep)}, RETAIN_UIDS)
    assert len(report.problems) == 21
    assert "more such problems are not listed" in report.problems[-1].message
    assert max(len(problem.message) for problem in report.problems) < 500


def test_200000_elements_are_all_judged() -> None:
    body = b"".join(explicit(0x0011_0000 + number % 0x2000 + 0x1000, "LO", b"ab") for number in range(200_000))
    report = reviewed({"1.dcm": part10_file(MODALITY + NAME + body)}, RETAIN_UIDS)
    assert problems(report) == ""
    assert is_identified(report)
    assert sum(1 for value in report.values if value.tag >> 16 == 0x0011) == 0x2000
