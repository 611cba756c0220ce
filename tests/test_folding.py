"""Rows of findings are as many as people can read, and stand for all that was found."""

from __future__ import annotations

import pytest

from pycore import folding
from pycore.folding import FoldedFinding, fold_findings
from pycore.paths import fold_private
from pycore.review import Report
from pycore.to_html import to_html
from pycore.to_text import to_text
from tests.extremes import object_with, private_elements
from tests.test_review import reviewed as report_of


def reviewed() -> Report:
    return report_of(
        {"1.dcm": object_with(private_elements([b"born 1.2.19%02d " % number for number in range(60)], b"LO"))}
    )


def rows_of_private(folded: tuple[FoldedFinding, ...]) -> list[FoldedFinding]:
    return [one for one in folded if one.finding.path.startswith("(0043,") and one.finding.flag.rule == "private"]


def test_numbers_of_items_and_private_elements_are_left_out_of_a_path() -> None:
    assert fold_private("(0040,A730)[3]/(0043,1027)[2]/(0040,A160)") == "(0040,A730)[*]/(0043,*)[*]/(0040,A160)"


def test_few_findings_have_a_row_each() -> None:
    rows = rows_of_private(fold_findings(reviewed()))
    assert [(row.pattern, row.places) for row in rows] == [
        (f"(0043,{number:04X})", 1) for number in range(0x1000, 0x103C)
    ]


def test_of_more_than_anybody_reads_those_of_a_private_group_are_one_row(monkeypatch: pytest.MonkeyPatch) -> None:
    report = reviewed()
    before = fold_findings(report)
    monkeypatch.setattr(folding, "_MOST_ROWS", 50)
    after = fold_findings(report)
    (row,) = rows_of_private(after)
    assert (row.pattern, row.places, row.first_entry) == ("(0043,*)", 60, 0)
    assert (row.finding.path, row.finding.count, row.finding.distinct) == ("(0043,1000)", 60, 60)
    assert row.finding.values[0] == "born 1.2.1900"
    # No flag and no place is lost, and what stands at one place alone is as it was.
    assert {one.finding.flag for one in after} == {one.finding.flag for one in before}
    assert sum(one.places for one in after) == sum(one.places for one in before) == len(report.findings)
    assert [one for one in after if one.places == 1] == [one for one in before if "(0043,1" not in one.finding.path]
    for text in (to_html(report, values=True), to_text(report, values=True)):
        assert "(0043,*)" in text
        assert "(0043,1001)" not in text
    assert "in 60 elements" in to_html(report, values=True)
