"""Findings as the page lists them: those that differ in the numbers of Items alone are one.

A media directory says the same of hundreds of Items; the report keeps each with its path, the screen shows one row.
Where that leaves more rows than anybody reads, as in an object of a hundred thousand private elements, those of a
private group of which the same is said are one, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import NamedTuple

from pycore.findings import MAX_VALUES, Finding, to_entries
from pycore.judgement import describe_value
from pycore.paths import fold_items, fold_private
from pycore.review import Report

_MOST_ROWS = 20_000


class FoldedFinding(NamedTuple):
    """One or more findings that say the same of the same element in different Items."""

    finding: Finding
    """With the path of the first, and the entries and values of all."""
    pattern: str
    """Its path; without what its places differ in, where there are several."""
    places: int
    """How many paths it stands for."""
    first_entry: int | None
    """Where something is at that path; None where it is about the archive itself."""

    @staticmethod
    def of(finding: Finding, joined: Finding | None = None, pattern: str = "", places: int = 1) -> FoldedFinding:
        """Return a finding as it is listed: by itself, or with the others that it stands for."""
        first_entry = finding.entries[0] if finding.entries else None
        return FoldedFinding(joined or finding, pattern or finding.path, places, first_entry)


def fold_findings(report: Report) -> tuple[FoldedFinding, ...]:
    """Return the findings of a report in its order, each where the first of its places is."""
    for fold in (fold_items, fold_private):
        groups: dict[tuple[object, ...], list[Finding]] = {}
        for finding in report.findings:
            key = (finding.flag, finding.where, fold(finding.path), finding.private_creator)
            groups.setdefault(key, []).append(finding)
        if len(groups) <= _MOST_ROWS:
            break
    folded = {key for key, members in groups.items() if len(members) > 1}
    texts = _texts_of(report, folded, fold)
    return tuple(
        FoldedFinding.of(members[0], _join(members, texts.get(key, ())), fold(members[0].path), len(members))
        if key in folded
        else FoldedFinding.of(members[0])
        for key, members in groups.items()
    )


def _texts_of(
    report: Report, wanted: set[tuple[object, ...]], fold: Callable[[str], str]
) -> dict[tuple[object, ...], set[str]]:
    """Return the distinct texts of some groups, since a finding holds only the first of its own."""
    texts: dict[tuple[object, ...], set[str]] = {}
    for value, flags in report.flags.items() if wanted else ():
        folded = fold(value.path)
        if folded != value.path:
            place = (value.where, folded, value.private_creator)
            for flag in flags:
                if (flag, *place) in wanted:
                    texts.setdefault((flag, *place), set()).add(describe_value(value))
    return texts


def _join(members: list[Finding], texts: Iterable[str]) -> Finding:
    shown = sorted({*texts, *(text for one in members for text in one.values)})
    return replace(
        members[0],
        entries=to_entries(sorted({entry for one in members for entry in one.entries})),
        count=sum(one.count for one in members),
        values=tuple(shown[:MAX_VALUES]),
        distinct=max(len(shown), *(one.distinct for one in members)),
    )
