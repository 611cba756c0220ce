"""What is no date, number or UID is named; what is only sloppy passes."""

from __future__ import annotations

import io

import pytest

from pycore.elements import read_instance
from pycore.forms import check_form, fold_unknown_bytes
from tests.test_elements import explicit, part10_file

GOOD = {
    "AS": [b"045Y", b"9M", b""],
    "DA": [b"20240229", b"2024.02.29", b"00000000", b"20240101-20240131", b"20240101\\20240102", b"20240101 ", b" "],
    "DS": [b"1", b" -1.5e-3 ", b"+.5\\5.\\ \\1E9", b"1.234567890123456789"],
    "DT": [b"2024", b"20240115101112.123456+0100", b"20240115 "],
    "IS": [b"12 ", b"-7\\8", b"3.0"],
    "TM": [b"10", b"101112.123", b"10:11:12", b"235960 ", b"1011\\1012"],
    "UI": [b"1.2.840.10008.1.2\0", b"2.25.007", b"1.2\\1.3"],
    "US": [b"\1\0\2\0"],
    "LO": [b"anything \xff at all"],
}
BAD = {
    "AS": [b"Anna", b"45 years"],
    "DA": [b"20241301", b"20240132", b"ANNA", b"2024", b"15.01.1960", b"20240101\\x"],
    "DS": [b"Anna Sample", b"1,5", b"nan", b"1.2.3", b"--1", b"."],
    "DT": [b"20241301", b"soon"],
    "IS": [b"abc", b"1 2", b"1e"],
    "TM": [b"2500", b"10:61", b"noon"],
    "UI": [b"1..2", b"Anna.Sample", b".1", b"1." + b"1" * 63, b"1.2.", b"1.2 3"],
    "US": [b"abc"],
    "FD": [b"1234567"],
    "AT": [b"12"],
}


def said(vr: str, value: bytes, tag: int = 0x0009_1001) -> str:
    reading = read_instance(file := io.BytesIO(part10_file(explicit(tag, vr, value))), len(file.getvalue()))
    assert reading is not None
    return check_form(reading.elements[-1])


@pytest.mark.parametrize(("vr", "value"), [(vr, value) for vr, values in GOOD.items() for value in values])
def test_what_has_the_form_of_its_vr_is_not_spoken_of(vr: str, value: bytes) -> None:
    assert said(vr, value) == ""


@pytest.mark.parametrize(("vr", "value"), [(vr, value) for vr, values in BAD.items() for value in values])
def test_what_has_another_form_is_named_without_its_value(vr: str, value: bytes) -> None:
    sentence = said(vr, value)
    assert sentence.startswith("(0009,1001) ") and vr in sentence and "PS3.5 §6.2" in sentence
    assert len(value) < 3 or value.decode() not in sentence


@pytest.mark.parametrize(
    ("value", "known"),
    [
        (b"ISO_IR 100", True),
        (b"ISO IR 100", True),  # misspelt and understood
        (b"\\ISO 2022 IR 87", True),
        (b"", True),
        (b"ISO_IR 999", False),
        (b"ISO_IR 100\\Klingon", False),
        (b"hex", False),
    ],
)
def test_a_character_set_that_is_not_known_is_named(value: bytes, known: bool) -> None:
    assert (said("CS", value, 0x0008_0005) == "") is known


@pytest.mark.parametrize(
    ("character_set", "value", "known"),
    [
        (b"ISO_IR 192", "Müller".encode(), True),
        (b"ISO_IR 192", b"M\xfcller", False),
        (b"ISO_IR 192", "M\ufffdller".encode(), True),  # lost before it was written
        (b"ISO_IR 100", b"M\xfcller", True),
        (b"", b"M\xfcller", True),  # what is usual without a character set
        (b"ISO_IR 13 ", b"\x80\x81", False),
        (b"\\ISO 2022 IR 87", "山田".encode("iso2022_jp"), True),
        (b"\\ISO 2022 IR 87", b"\x1b$B\xff\xff\x1b(B", False),
        (b"\\ISO 2022 IR 149", b"\x1b$)C\xff\xff", False),
        (b"GB18030 ", b"\xff\xff", False),
    ],
)
def test_bytes_that_the_character_set_does_not_have_are_said(character_set: bytes, value: bytes, known: bool) -> None:
    elements = explicit(0x0008_0005, "CS", character_set) + explicit(0x0008_1030, "LO", value)
    reading = read_instance(file := io.BytesIO(part10_file(elements)), len(file.getvalue()))
    assert reading is not None
    sentence = check_form(reading.elements[-1])
    assert (sentence == "") is known
    assert known or sentence.startswith("(0008,1030) Study Description has bytes that its character set does not have")


def test_bytes_of_no_character_set_are_one_problem_for_an_entry() -> None:
    elements = explicit(0x0008_0005, "CS", b"ISO_IR 192") + b"".join(
        explicit(tag, "LO", b"M\xfcller") for tag in (0x0008_1030, 0x0008_103E, 0x0008_1090)
    )
    reading = read_instance(file := io.BytesIO(part10_file(elements)), len(file.getvalue()))
    assert reading is not None
    [folded] = fold_unknown_bytes(map(check_form, reading.elements[-3:]))
    assert folded.startswith("(0008,1030) Study Description and 2 more: each has bytes that its character set")
