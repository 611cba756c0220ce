"""Skeletons of texts: forms that are not tried at a text could not have matched it."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from pathlib import Path

import pytest

from pycore.phi import text as text_rules
from pycore.phi.skeletons import generalise, to_skeleton
from pycore.standard import text_pattern_rows
from tests.test_text import LINES

CLINICAL = (Path(__file__).parent / "clinical-texts.txt").read_text("utf-8").splitlines()
TEXTS = tuple(line for line in (*(line for _, _, line in LINES), *CLINICAL) if line.isascii())


def changed(chance: random.Random, text: str) -> str:
    """Return a text of the same skeleton, but for a few signs."""
    alike = {"9": "0123456789", "a": "abcdef", "g": "ghijklmnopqrstuvwxyz", "A": "ABCDEF", "G": "GHIJKLMNOPQRSTUVWXYZ"}
    return "".join(
        chance.choice(alike.get(to_skeleton(sign), sign)) if chance.random() < 0.4 else sign for sign in text
    )


def test_skeleton_keeps_all_but_which_digit_and_which_letter() -> None:
    assert to_skeleton("Doe^Jane 1970-01-31") == "Aga^Gaga 9999-99-99"
    assert to_skeleton("(0F.x\\\0é)") == "(9A.g\\\0é)"


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"(?<![\d.])[12]\d(?:0[1-9]|1[0-2])(?!\d)", "a 1912"),
        (r"([-/.])[a-f]{2}\1x", "/be/x"),
        (r"(?i)([A-C])\1", "aA"),
        (r"[^\W\d_]{1,3}+[a-z]", "abcz"),
        (r"(?>a|ab)c", "xac"),
        (r"(?=1)\d.$", "12"),
        (r"[^a-c1]\s\S", "d\t1"),
        (r"(?i:ab)(?-i:C)|\bq", "ABC"),
    ],
)
def test_general_form_is_found_wherever_the_pattern_is(pattern: str, text: str) -> None:
    compiled = re.compile(pattern)
    assert compiled.search(text)
    assert generalise(compiled).search(to_skeleton(text))


def test_general_form_still_asks_for_the_form() -> None:
    general = generalise(re.compile(r"(?<!\d)(?:19|20)\d{2}-(?:0[1-9]|1[0-2])-\d{2}(?!\d)"))
    assert general.search(to_skeleton("8888-88-88"))
    assert not general.search(to_skeleton("20240115"))
    assert not general.search(to_skeleton("2024-1-15"))
    assert not generalise(re.compile("é9")).search("9")


def test_no_pattern_of_the_table_is_found_where_its_general_form_is_not() -> None:
    chance = random.Random(11)
    pairs = [(pattern, generalise(pattern.regex)) for pattern in text_rules._patterns().all]
    found = set()
    for text in TEXTS:
        for one in (text, changed(chance, text)):
            for pattern, general in pairs:
                if pattern.search(one):
                    found.add(pattern.position)
                    assert general.search(to_skeleton(one)), (pattern.row.pattern, one)
    assert len(found) > 60


def test_what_is_found_does_not_depend_on_how_often_a_skeleton_was_met() -> None:
    chance = random.Random(13)
    for text in TEXTS:
        alike = [changed(chance, text) for _ in range(8)]
        afresh = []
        for one in alike:
            text_rules._find_likely.cache_clear()
            afresh.append(text_rules._find_anew(one, reduced=False))
        text_rules._find_likely.cache_clear()
        assert [text_rules._find_anew(one, reduced=False) for one in alike * 2] == afresh * 2


def test_what_one_pattern_took_lets_another_match(monkeypatch: pytest.MonkeyPatch) -> None:
    digits, gap = (replace(row, needs=("DIGIT",), confirm="") for row in text_pattern_rows()[:2])
    rows = (replace(digits, pattern=r"\d{3}", ignores_case=False), replace(gap, pattern=r"x\W{3}y", ignores_case=False))
    patterns = tuple(text_rules._to_pattern(position, row) for position, row in enumerate(rows))
    few = text_rules._Patterns(patterns, {"DIGIT": (0, 1)}, frozenset(), frozenset())
    for name, stand_in in (("_patterns", lambda: few), ("_general", lambda at: generalise(patterns[at].regex))):
        monkeypatch.setattr(text_rules, name, stand_in)
    text_rules._find_likely.cache_clear()
    found = [text_rules._find_anew(f"x{number}y", reduced=False) for number in range(100, 110)]
    text_rules._find_likely.cache_clear()
    assert [[row for row, _ in one] for one in found] == [list(rows)] * 10
