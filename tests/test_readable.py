"""Dates, times and ages are put into words that cannot be read in two ways, and nothing else is."""

from __future__ import annotations

import pytest

from pycore.readable import MAX_VALUES, to_readable


@pytest.mark.parametrize(
    ("vr", "text", "words"),
    [
        ("DA", "20240115", "2024-01-15"),
        ("DA", "2024.01.15", "2024-01-15"),
        ("DA", "20240115\\20240203", "2024-01-15, 2024-02-03"),
        ("TM", "143015", "14:30:15"),
        ("TM", "143015.500000", "14:30:15.5"),
        ("TM", "143015.000", "14:30:15"),
        ("TM", "1430", "14:30"),
        ("TM", "14", "14 h"),
        ("TM", "14:30:15", "14:30:15"),
        ("DT", "20240115143015.25+0100", "2024-01-15 14:30:15.25 UTC+01:00"),
        ("DT", "20240115", "2024-01-15"),
        ("DT", "202401", "2024-01"),
        ("DT", "2024", "2024"),
        ("DT", "2024011514", "2024-01-15 14 h"),
        ("AS", "045Y", "45 years"),
        ("AS", "001D", "1 day"),
        ("AS", "018M", "18 months"),
        ("AS", "006W", "6 weeks"),
    ],
)
def test_it_is_put_into_words(vr: str, text: str, words: str) -> None:
    assert to_readable(vr, text) == words


@pytest.mark.parametrize(
    ("vr", "text"),
    [
        ("DA", ""),
        ("DA", "20241315"),
        ("DA", "20240132"),
        ("DA", "2024-01-15"),
        ("DA", "15.01.2024"),
        ("DA", "20240115-20240120"),
        ("DA", "20240115\\soon"),
        ("DA", "٢٠٢٤٠١١٥"),
        ("TM", "2460"),
        ("TM", "about noon"),
        ("DT", "202413"),
        ("DT", "20240115143"),
        ("AS", "45Y"),
        ("AS", "045"),
        ("LO", "20240115"),
        ("DA", "\\".join(["20240115"] * (MAX_VALUES + 1))),
    ],
)
def test_what_has_another_form_is_left_as_it_stands(vr: str, text: str) -> None:
    assert to_readable(vr, text) == ""
