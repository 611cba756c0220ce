"""Instances side by side: their data elements aligned by path, and where their values differ, down to the characters.

In go the elements of up to three instances, out come rows. Items are aligned by their number, and elements that one
path names twice (which only damaged objects have) by their order. Text is compared as it is decoded, without padding,
so that another character set or byte order alone makes no difference; everything else by its bytes.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Any, NamedTuple

from pycore.elements import Element, to_text
from pycore.findings import Flag, Severity
from pycore.harvester import to_value
from pycore.judgement import describe_value
from pycore.paths import natural_order
from pycore.phi.value import Value
from pycore.standard import element_keyword, element_name

MOST_INSTANCES = 3
"""How many instances are compared at once: more columns than these nobody can read."""

SHOWN_CHARACTERS = 200
"""How much of a value a row shows, around the first difference where the value is longer."""

_BEFORE = 24
"""Characters shown before the first difference of a long value."""
_LEAST_MATCH = 3
"""Shorter runs of equal characters inside of two texts that differ are chance, and would only confuse."""


class Agreement(StrEnum):
    """What the instances say at one path."""

    EQUAL = "equal"
    DIFFERENT = "different"
    MISSING = "missing"
    """At least one of the instances has no such element."""
    UNREAD = "unread"
    """Of equal length, and too long to be compared here; see `Digest`."""


KINDS: dict[str, frozenset[Agreement]] = {
    "all": frozenset(Agreement),
    "differs": frozenset(Agreement) - {Agreement.EQUAL},
    "different": frozenset({Agreement.DIFFERENT, Agreement.UNREAD}),
    "missing": frozenset({Agreement.MISSING}),
    "equal": frozenset({Agreement.EQUAL}),
}
"""Which rows a comparison can be narrowed down to; what was not compared is never called equal."""

Digest = Callable[[Element], str | None]
"""Of a value whose bytes are not all at hand: a digest of all of them; None where they were not read."""
Judge = Callable[[Value], tuple[Flag, ...]]


@dataclass(frozen=True, slots=True)
class Side:
    """One of the instances."""

    elements: Sequence[Element]
    digest: Digest


class Cell(NamedTuple):
    """What one instance says at one path."""

    vr: str
    private_creator: str | None
    text: str
    """What is shown: the value, or what it is where it has no text; a part of it where it is long."""
    start: int
    """Of what character of the value the text begins with."""
    is_cut: bool
    """Whether the value goes on behind the text."""
    is_binary: bool
    length: int
    first_byte: int | None
    """Of a binary value: the first byte that differs from the first instance that has the element, from 0."""
    severity: Severity | None
    """The gravest that a rule says of the value."""


class Row(NamedTuple):
    """What the instances say at one path."""

    path: str
    tag: int
    agreement: Agreement
    cells: tuple[Cell | None, ...]
    """By instance; None where it has no such element."""


def compare_instances(sides: Sequence[Side], judge: Judge) -> tuple[Row, ...]:
    """Align the elements of instances, in the order of the data set, and compare their values."""
    aligned: dict[tuple[str, int], list[Element | None]] = {}
    for index, side in enumerate(sides):
        seen: Counter[str] = Counter()
        for element in side.elements:
            place = element.path, seen[element.path]
            seen[element.path] += 1
            aligned.setdefault(place, [None] * len(sides))[index] = element
    ordered = sorted(aligned.items(), key=lambda one: (natural_order(one[0][0]), one[0][1]))
    return tuple(_to_row(path, elements, sides, judge) for (path, _), elements in ordered)


def find_rows(rows: Iterable[Row], kind: str, find: str = "") -> list[Row]:
    """Return the rows of one of `KINDS` whose path, name, keyword, private creator or value holds `find`."""
    wanted, agreements = find.casefold(), KINDS[kind]
    return [row for row in rows if row.agreement in agreements and (not wanted or wanted in _searched(row).casefold())]


def count(rows: Iterable[Row]) -> dict[str, int]:
    """Return how many rows there are of each agreement."""
    counts = Counter(row.agreement for row in rows)
    return {str(agreement): counts[agreement] for agreement in Agreement}


def to_plain(row: Row) -> dict[str, Any]:
    """Return a row as the page gets it: each text in parts, and of each part whether it differs."""
    creator = next((cell.private_creator for cell in row.cells if cell and cell.private_creator), None)
    return {
        "path": row.path,
        "tag": f"({row.tag >> 16:04X},{row.tag & 0xFFFF:04X})",
        "name": element_name(row.tag, creator),
        "keyword": element_keyword(row.tag, creator),
        "private_creator": creator,
        "agreement": row.agreement,
        "cells": [
            None
            if cell is None
            else {
                "vr": cell.vr,
                "parts": parts,
                "before": cell.start > 0,
                "after": cell.is_cut,
                "binary": cell.is_binary,
                "length": cell.length,
                "first_byte": cell.first_byte,
                "severity": cell.severity,
            }
            for cell, parts in zip(row.cells, _mark(row), strict=True)
        ],
    }


def mark_differences(texts: Sequence[str]) -> list[list[tuple[str, bool]]]:
    """Return each text in parts, and of each part whether it differs from the first text.

    What differs in the first text is what differs from any of the others. A letter and the marks that are combined
    with it stay together.
    """
    signs = [_to_signs(text) for text in texts]
    differing: list[set[int]] = [set() for _ in texts]
    for index in range(1, len(signs)):
        ours, theirs = _find_differences(signs[0], signs[index])
        differing[0] |= ours
        differing[index] |= theirs
    return [_to_parts(one, marked) for one, marked in zip(signs, differing, strict=True)]


def _to_row(path: str, elements: Sequence[Element | None], sides: Sequence[Side], judge: Judge) -> Row:
    there = [(element, side) for element, side in zip(elements, sides, strict=True) if element is not None]
    base, base_side = there[0]
    agreements = {_compare(base, base_side, element, side) for element, side in there[1:]}
    if len(there) < len(elements):
        agreement = Agreement.MISSING
    elif Agreement.DIFFERENT in agreements:
        agreement = Agreement.DIFFERENT
    else:
        agreement = Agreement.UNREAD if Agreement.UNREAD in agreements else Agreement.EQUAL
    values = [to_value(element) for element, _ in there]
    texts = [describe_value(value) for value in values]
    start = max(0, min(_common_start(texts[0], text) for text in texts) - _BEFORE)
    if all(len(text) <= SHOWN_CHARACTERS for text in texts) or Agreement.DIFFERENT not in agreements:
        start = 0
    made = iter(
        [
            _to_cell(element, text, start, base, judge(value))
            for (element, _), value, text in zip(there, values, texts, strict=True)
        ]
    )
    return Row(path, base.tag, agreement, tuple(None if element is None else next(made) for element in elements))


def _to_cell(element: Element, text: str, start: int, base: Element, flags: Sequence[Flag]) -> Cell:
    is_binary = element.vr != "SQ" and to_text(element) is None
    return Cell(
        vr=element.vr,
        private_creator=element.private_creator,
        text=text[start : start + SHOWN_CHARACTERS],
        start=start,
        is_cut=len(text) > start + SHOWN_CHARACTERS,
        is_binary=is_binary,
        length=element.length,
        first_byte=_common_start(base.value, element.value)
        if is_binary and base.value and element.value and base.value != element.value
        else None,
        severity=min((flag.severity for flag in flags), key=lambda one: one.rank, default=None),
    )


def _compare(one: Element, one_side: Side, other: Element, other_side: Side) -> Agreement:
    if one.vr != other.vr:
        return Agreement.DIFFERENT
    if one.vr == "SQ":
        return Agreement.EQUAL if one.items == other.items else Agreement.DIFFERENT
    is_whole = _is_whole(one) and _is_whole(other)
    if is_whole and one.value == other.value and one.encodings == other.encodings:
        return Agreement.EQUAL if one.little_endian == other.little_endian else _compare_texts(one, other)
    if is_whole:
        return _compare_texts(one, other)
    if one.length != other.length:
        return Agreement.DIFFERENT
    ours, theirs = one_side.digest(one), other_side.digest(other)
    if ours is None or theirs is None:
        return Agreement.UNREAD
    return Agreement.EQUAL if ours == theirs else Agreement.DIFFERENT


def _compare_texts(one: Element, other: Element) -> Agreement:
    """Compare two values that are at hand: as texts where both are, else by their bytes."""
    ours, theirs = to_text(one), to_text(other)
    if ours is None or theirs is None or "…" in ours[-1:] + theirs[-1:]:  # more numbers than are written out
        same = one.value == other.value and one.little_endian == other.little_endian
    else:
        same = ours == theirs
    return Agreement.EQUAL if same else Agreement.DIFFERENT


def _is_whole(element: Element) -> bool:
    return element.value is not None and len(element.value) == element.length


def _common_start(one: str | bytes, other: str | bytes) -> int:
    """Return with how many characters or bytes both begin alike."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[low:middle] == other[low:middle] else (low, middle - 1)
    return low


def _mark(row: Row) -> list[list[tuple[str, bool]]]:
    there = [cell.text for cell in row.cells if cell is not None]
    comparable = row.agreement in (Agreement.DIFFERENT, Agreement.MISSING) and not any(
        cell.is_binary for cell in row.cells if cell is not None
    )
    marked = iter(mark_differences(there) if comparable else [[(text, False)] if text else [] for text in there])
    return [[] if cell is None else next(marked) for cell in row.cells]


def _to_signs(text: str) -> list[str]:
    """Return what a reader sees as single signs: letters with the marks that are combined with them."""
    signs: list[str] = []
    for character in text:
        if signs and unicodedata.category(character) in ("Mn", "Me", "Mc"):
            signs[-1] += character
        else:
            signs.append(character)
    return signs


def _find_differences(one: list[str], other: list[str]) -> tuple[set[int], set[int]]:
    """Return the indexes of the signs of each text that the other one has not in the same place."""
    first = 0
    while first < min(len(one), len(other)) and one[first] == other[first]:
        first += 1
    last = 0
    while last < min(len(one), len(other)) - first and one[-1 - last] == other[-1 - last]:
        last += 1
    inner_one, inner_other = one[first : len(one) - last], other[first : len(other) - last]
    ours, theirs = set(range(first, len(one) - last)), set(range(first, len(other) - last))
    for block in SequenceMatcher(None, inner_one, inner_other, autojunk=False).get_matching_blocks():
        if block.size >= _LEAST_MATCH:
            ours -= set(range(first + block.a, first + block.a + block.size))
            theirs -= set(range(first + block.b, first + block.b + block.size))
    return ours, theirs


def _to_parts(signs: Sequence[str], differing: set[int]) -> list[tuple[str, bool]]:
    parts: list[tuple[str, bool]] = []
    for index, sign in enumerate(signs):
        differs = index in differing
        if parts and parts[-1][1] == differs:
            parts[-1] = (parts[-1][0] + sign, differs)
        else:
            parts.append((sign, differs))
    return parts


def _searched(row: Row) -> str:
    creators = {cell.private_creator or "" for cell in row.cells if cell is not None}
    creator = max(creators)
    texts = [cell.text for cell in row.cells if cell is not None]
    return "\n".join(
        [row.path, element_name(row.tag, creator or None), element_keyword(row.tag, creator or None), *creators, *texts]
    )
