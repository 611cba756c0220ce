"""Every private element that holds a value is flagged, and only those that the Standard calls safe can be kept."""

from __future__ import annotations

import pytest

from pycore.elements import Element, read_instance
from pycore.findings import Severity, Where
from pycore.phi.options import Options
from pycore.phi.private import (
    CreatorRow,
    Knowledge,
    check_private,
    check_private_blocks,
    disposition,
    is_removed_private_sequence,
    summarise_private,
)
from pycore.phi.value import Value
from pycore.standard import SafePrivateRow, curated_private_rows, safe_private_rows, unsafe_private_rows
from tests.builders import pydicom_path

BASIC = Options()
SAFE = Options.of("basic", ["retain-safe-private"])


def value(
    tag: int,
    creator: str | None = None,
    *,
    vr: str = "LO",
    text: str | None = "something",
    length: int = 10,
    items: int = 0,
    where: Where = Where.ELEMENT,
) -> Value:
    return Value(where, f"({tag >> 16:04X},{tag & 0xFFFF:04X})", tag, vr, creator, text, length, items)


def judged(one: Value, options: Options) -> list[tuple[str, str, Severity]]:
    return [(flag.rule, flag.action, flag.severity) for flag in check_private(one, options)]


@pytest.mark.parametrize("options", [BASIC, SAFE], ids=["basic", "retain-safe-private"])
@pytest.mark.parametrize(
    "one",
    [
        value(0x0029_1010, "UNKNOWN MAKER"),
        value(0x0029_1010, "UNKNOWN MAKER", vr="OB", text=None),
        value(0x0029_1010, "UNKNOWN MAKER", vr="SQ", text=None, length=-1, items=1),
        value(0x0029_1010, "UNKNOWN MAKER", vr="UN", text=None, length=-1),
        value(0x0019_1023, "SOMEONE ELSE"),  # the place of a safe element of GEMS_ACQU_01
    ],
    ids=["text", "binary", "sequence", "undefined length", "safe place of another creator"],
)
def test_private_value_is_to_be_removed(one: Value, options: Options) -> None:
    assert judged(one, options) == [("private", "X", Severity.REVIEW)]


@pytest.mark.parametrize("row", safe_private_rows().values(), ids=lambda row: f"{row.group:04X}-{row.element:02X}")
def test_safe_element_is_kept_in_any_block_under_its_own_creator_only(row: SafePrivateRow) -> None:
    for block in (0x10, 0xE3):
        tag = row.group << 16 | block << 8 | row.element
        vr = "LO" if row.vr == "UI" else row.vr or "UN"
        safe = value(tag, row.private_creator, vr=vr)
        assert judged(safe, SAFE) == [("private", "K", Severity.INFO)]
        assert judged(safe, BASIC) == [("private", "X", Severity.REVIEW)]
        assert judged(value(tag, "SOMEONE ELSE"), SAFE) == [("private", "X", Severity.REVIEW)]


def test_uid_in_a_safe_element_is_not_known_to_be_replaced() -> None:
    one = value(0x0099_1002, "NQHeader", vr="UI", text="1.2.3.4")
    assert judged(one, SAFE) == [("private-uid", "U", Severity.QUASI)]
    both = Options.of("basic", ["retain-safe-private", "retain-uids"])
    assert judged(one, both) == [("private", "K", Severity.INFO)]
    coded = value(0x0099_1002, "NQHeader", vr="UI", text="1.2.840.10008.1.2")
    assert judged(coded, SAFE) == [("private", "K", Severity.INFO)]


def test_creator_element_is_only_said() -> None:
    assert judged(value(0x0029_0010), BASIC) == [("private-creator", "X", Severity.INFO)]
    assert judged(value(0x0029_00FF), SAFE) == [("private-creator", "C", Severity.INFO)]


@pytest.mark.parametrize("creator", [None, ""])
def test_element_in_no_reserved_block_is_said_to_be_so(creator: str | None) -> None:
    assert judged(value(0x0029_1010, creator), SAFE) == [("private-without-creator", "X", Severity.REVIEW)]


@pytest.mark.parametrize(
    "tag", [0x0001_1010, 0x0003_0010, 0x0005_1010, 0x0007_1010, 0xFFFF_1010, 0x0029_0001, 0x0029_0100, 0x0029_0FFF]
)
def test_illegal_private_tag_is_said_to_be_so(tag: int) -> None:
    assert judged(value(tag, "MAKER"), SAFE) == [("private-illegal-tag", "X", Severity.REVIEW)]


def test_private_element_in_the_file_meta_is_said_to_be_so() -> None:
    one = value(0x0003_1010, "MAKER", where=Where.FILE_META)
    assert judged(one, SAFE) == [("private-in-file-meta", "X", Severity.REVIEW)]


@pytest.mark.parametrize(
    "one",
    [
        value(0x0029_0000, vr="UL", text="120", length=4),
        value(0x0029_1010, "MAKER", text="", length=0),
        value(0x0029_1010, "MAKER", text="  \0"),
        value(0x0029_1010, "MAKER", vr="OB", text=None, length=0),
        value(0x0029_1010, "MAKER", vr="SQ", text=None, length=-1, items=0),
        value(0x0010_0010, vr="PN", text="Doe^Jane"),
    ],
    ids=["group length", "empty", "padding only", "empty binary", "sequence without items", "public"],
)
def test_nothing_private_is_nothing_to_flag(one: Value) -> None:
    assert judged(one, BASIC) == []


# --- what is known of an element --------------------------------------------------------------------------------------


def test_element_is_known_in_any_block_under_its_own_creator_only() -> None:
    assert disposition(0x0019_1023, "GEMS_ACQU_01").knowledge is Knowledge.SAFE
    assert disposition(0x0019_E323, "GEMS_ACQU_01 ").knowledge is Knowledge.SAFE
    assert disposition(0x0013_1010, "CTP").knowledge is Knowledge.CURATED_KEEP
    assert disposition(0x2001_10C8, "Philips Imaging DD 001").knowledge is Knowledge.UNSAFE
    assert disposition(0x5653_1111, "Vital Images SW 3.4").knowledge is Knowledge.UNSAFE
    assert disposition(0x00E1_1063, "ELSCINT1").knowledge is Knowledge.CURATED_DELETE
    assert disposition(0x00E1_1063, "SOMEONE ELSE").knowledge is Knowledge.UNKNOWN
    assert disposition(0x00E1_1063, None).knowledge is Knowledge.UNKNOWN
    assert disposition(0x00E1_1063, "SOMEONE ELSE", "PN").knowledge is Knowledge.UNSAFE


def test_every_decision_of_the_curators_has_words() -> None:
    decisions = {row.decision for row in curated_private_rows().values()}
    assert decisions == {"keep", "delete", "hash", "offset-date", "offset-date-integer", "sequence", "mixed"}
    for (group, element, creator), row in curated_private_rows().items():
        known = disposition(group << 16 | 0x1000 | element, creator)
        assert known.reason
        assert known.knowledge is not Knowledge.UNKNOWN or row.decision == "mixed"


def test_unsafe_rows_are_not_contradicted_by_the_standard() -> None:
    assert not unsafe_private_rows().keys() & safe_private_rows().keys()
    assert all(row.reason for row in unsafe_private_rows().values())


@pytest.mark.parametrize(
    ("tag", "creator", "vr", "severity"),
    [
        (0x0013_1020, "SIEMENS CM VA0  CMS", "PN", Severity.IDENTIFIER),  # Patient Name
        (0x0033_1002, "MITRA OBJECT UTF8 ATTRIBUTES 1.0", "PN", Severity.IDENTIFIER),
        (0x7019_1185, "TOSHIBA_MEC_OT3", "LO", Severity.IDENTIFIER),  # Previous Patient ID
        (0x1455_1003, "Mortara_Inc", "UT", Severity.IDENTIFIER),  # Social Security Number
        (0x0011_1001, "DLX_PATNT_01", "LT", Severity.IDENTIFIER),  # patient DOB
        (0x0009_1002, "GEMS_IDEN_01", "SH", Severity.QUASI),  # Suite id
        (0x0021_10A6, "BRIT Systems, Inc.", "SH", Severity.QUASI),  # Local IP Address
        (0x0009_1009, "MMCPrivate", "LO", Severity.REVIEW),  # Comments
        (0x0029_1020, "SIEMENS CSA HEADER", "OB", Severity.REVIEW),
        (0x0029_1010, "UNKNOWN MAKER", "PN", Severity.QUASI),
        (0x0029_1010, "UNKNOWN MAKER", "DA", Severity.QUASI),
        (0x0029_1010, "UNKNOWN MAKER", "AE", Severity.QUASI),
    ],
)
def test_unsafe_element_is_as_grave_as_what_it_is_known_to_hold(
    tag: int, creator: str, vr: str, severity: Severity
) -> None:
    one = value(tag, creator, vr=vr, text=None if vr == "OB" else "something")
    for options in (BASIC, SAFE):
        assert judged(one, options) == [("private-unsafe", "X", severity)]
        assert check_private(one, options)[0].evidence


def test_dummy_left_in_an_unsafe_element_is_only_said() -> None:
    one = value(0x0013_1020, "SIEMENS CM VA0  CMS", vr="PN", text="ANONYMOUS")
    assert judged(one, BASIC) == [("private-unsafe", "X", Severity.INFO)]


def test_what_curators_kept_is_not_the_word_of_the_standard() -> None:
    one = value(0x0013_1010, "CTP")
    for options in (BASIC, SAFE):
        assert judged(one, options) == [("private", "X", Severity.REVIEW)]
        assert "curators" in check_private(one, options)[0].evidence


def test_private_sequence_is_removed_whole_unless_it_is_safe() -> None:
    assert is_removed_private_sequence(0x0029_1010, "UNKNOWN MAKER", SAFE)
    assert is_removed_private_sequence(0x0029_1010, None, BASIC)
    assert not is_removed_private_sequence(0x0010_1002, None, BASIC)
    row = next(row for row in safe_private_rows().values() if row.vr == "SQ")
    tag = row.group << 16 | 0x1000 | row.element
    assert is_removed_private_sequence(tag, row.private_creator, BASIC)
    assert not is_removed_private_sequence(tag, row.private_creator, SAFE)


# --- how blocks are reserved ------------------------------------------------------------------------------------------


def creator_element(tag: int, creator: str, parent: str = "") -> Element:
    path = f"{parent}/" if parent else ""
    path += f"({tag >> 16:04X},{tag & 0xFFFF:04X})"
    return Element(path, tag, "LO", len(creator), 0, creator.encode(), None, ("iso8859",), True, 0)


def blocks(*elements: Element) -> list[tuple[str, str, Severity]]:
    return [(one.path, one.flag.rule, one.flag.severity) for one in check_private_blocks(elements)]


def test_blocks_that_follow_each_other_are_in_order() -> None:
    item = "(0040,A730)[0]"
    assert (
        blocks(
            creator_element(0x0008_0010, "PUBLIC"),
            creator_element(0x0029_0010, "MAKER"),
            creator_element(0x0029_0011, "OTHER MAKER"),
            creator_element(0x0033_0010, "MAKER"),
            creator_element(0x0029_1010, "a value"),
            creator_element(0x0029_0010, "MAKER", item),
        )
        == []
    )


def test_empty_creator_reserves_a_block_for_nobody() -> None:
    assert blocks(creator_element(0x0029_0010, " \0")) == [("(0029,0010)", "private-creator-empty", Severity.REVIEW)]


def test_block_may_be_reserved_once_and_by_a_creator_that_has_no_other() -> None:
    first, second = creator_element(0x0029_0010, "MAKER"), creator_element(0x0029_0011, "MAKER ")
    assert blocks(first, second) == [("(0029,0011)", "private-creator-twice", Severity.REVIEW)]
    again = creator_element(0x0029_0010, "OTHER MAKER")
    assert blocks(first, again) == [("(0029,0010)", "private-creator-repeated", Severity.REVIEW)]


def test_block_after_a_free_one_is_relocated() -> None:
    one = creator_element(0x0029_0011, "MAKER", "(0040,A730)[0]")
    assert blocks(one) == [("(0040,A730)[0]/(0029,0011)", "private-creator-relocated", Severity.INFO)]


def test_blocks_of_real_files_are_read() -> None:
    path = pydicom_path("CT_small.dcm")
    with path.open("rb") as file:
        reading = read_instance(file, path.stat().st_size)
    assert reading is not None
    assert check_private_blocks(reading.elements) == ()


# --- the summary ------------------------------------------------------------------------------------------------------


def test_summary_counts_elements_files_and_distinct_values_by_creator() -> None:
    rows = summarise_private(
        [
            (value(0x0010_0010, vr="PN"), [0, 1]),
            (value(0x0029_0010, vr="LO", text="GEMS_IDEN_01"), [0, 1]),
            (value(0x0009_1002, "GEMS_IDEN_01", text="SUITE 1"), [0, 1]),
            (value(0x0009_1002, "GEMS_IDEN_01", text="SUITE 2"), [2]),
            (value(0x0009_1104, "GEMS_IDEN_01", text="CT"), [2]),
            (value(0x0009_1204, "GEMS_IDEN_01", text=""), [7]),
            (value(0x0019_1023, "GEMS_ACQU_01", text="5.0", vr="DS"), [0]),
            (value(0x0029_1010, None), [3]),
        ]
    )
    assert rows == (
        CreatorRow("", (0x0029,), 1, 1, 1, ((Knowledge.UNKNOWN, 1),)),
        CreatorRow("GEMS_ACQU_01", (0x0019,), 1, 1, 1, ((Knowledge.SAFE, 1),)),
        CreatorRow("GEMS_IDEN_01", (0x0009,), 2, 3, 3, ((Knowledge.UNKNOWN, 1), (Knowledge.UNSAFE, 1))),
    )
