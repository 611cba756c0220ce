"""What may be shown: the form of a value without its content, on one line, bounded."""

from __future__ import annotations

import sys

import pytest

from pycore.masking import MAX_SHOWN_CHARACTERS, MAX_SHOWN_VALUES, excerpt, mask, mask_malformed, to_line, to_visible


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("Doe^Jane", "Xxx^Xxxx"),
        ("1970-01-31 23:59", "9999-99-99 99:99"),
        ("Müller, ÉVA", "Xxxxxx, XXX"),
        ("Yamada^Tarou=山田^太郎", "Xxxxxx^Xxxxx=xx^xx"),
        ("٣٤ ²Ⅷ", "99 99"),
        ("Ⓐ\ue000", "xx"),
        ("a\nb", "x␊x"),
        ("a\u202eb\u200bc", "x\ufffdx\ufffdx"),
        ("\ud800", "\ufffd"),
    ],
)
def test_mask_keeps_the_form_only(text: str, expected: str) -> None:
    assert mask(text) == expected


def test_no_letter_or_digit_of_any_script_survives_a_mask() -> None:
    signs = set()
    characters = [chr(code) for code in range(sys.maxunicode + 1)]
    for start in range(0, len(characters), MAX_SHOWN_CHARACTERS):
        piece = "".join(characters[start : start + MAX_SHOWN_CHARACTERS])
        masked = mask(piece)
        assert len(masked) == len(piece)
        signs.update(masked)
    assert {sign for sign in signs if sign.isalnum()} == {"x", "X", "9"}


def test_mask_of_a_long_text_does_not_tell_its_length() -> None:
    assert mask("Z" * 100_000) == mask("Q" * 65) == "X" * MAX_SHOWN_CHARACTERS + "…"
    assert mask("Z" * MAX_SHOWN_CHARACTERS) == "X" * MAX_SHOWN_CHARACTERS


def test_excerpt_joins_distinct_values_in_order() -> None:
    assert excerpt(["b", "a", "b"], masked=False) == "b | a"
    assert excerpt([], masked=False) == ""


def test_masked_excerpt_shows_one_form_once() -> None:
    assert excerpt(["Doe^Jane", "Roe^John", "Li^Bo"], masked=True) == "Xxx^Xxxx | Xx^Xx"


def test_excerpt_is_bounded_and_says_so() -> None:
    values = [f"{number} " + "long text " * 1000 for number in range(100)]
    for masked in (False, True):
        text = excerpt([*values, "another form"], masked=masked)
        assert len(text) <= (MAX_SHOWN_VALUES + 1) * (MAX_SHOWN_CHARACTERS + len("… | "))
        assert "…" in text
    assert excerpt(values, masked=False).endswith(" | …")


def test_controls_and_reordering_characters_are_made_visible() -> None:
    assert to_visible("a\0\x1b\x7f\r\n") == "a␀␛␡␍␊"
    assert to_visible("evil\u202egnp.exe\u2028\x85\u00a0") == "evil\ufffdgnp.exe\ufffd\ufffd "
    assert to_visible("Größe – 山田") == "Größe – 山田"


@pytest.mark.parametrize(
    ("text", "vr", "expected"),
    [
        ("20240115", "DA", "20240115"),
        ("", "DA", ""),
        ("Doe^Jane", "DA", "Xxx^Xxxx"),
        ("-3", "IS", "-3"),
        ("MRN 12", "IS", "XXX 99"),
        ("1.2.840", "UI", "1.2.840"),
        ("1.2.DOE", "UI", "9.9.XXX"),
    ],
)
def test_what_has_not_the_form_of_its_vr_is_masked(text: str, vr: str, expected: str) -> None:
    assert mask_malformed(text, vr) == expected


def test_a_line_cannot_move_the_cursor_or_reorder_what_follows() -> None:
    assert to_line("a\x1b[2Jb\nc\u202ed") == "a␛[2Jb␊c\ufffdd"
    assert to_line("n" * 300) == "n" * 300
