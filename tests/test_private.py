"""Every private element that holds a value is flagged, and only those that the Standard calls safe can be kept."""

from __future__ import annotations

import pytest

from pycore.findings import Severity, Where
from pycore.phi.options import Options
from pycore.phi.private import check_private
from pycore.phi.value import Value
from pycore.standard import SafePrivateRow, safe_private_rows

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
