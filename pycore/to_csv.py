"""`Report` -> CSV for a spreadsheet: a row per finding, or per distinct value. No cell can run as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from pycore.findings import Where
from pycore.masking import excerpt, mask
from pycore.report_parts import CONTAINS
from pycore.review import (
    Report,
    creators_to_mask,
    entry_names,
    excerpt_of,
    findings_of,
    mark_rows,
    name_of,
    problems_of,
    value_mark_rows,
)
from pycore.value_table import find_rows, to_row

COLUMNS = (
    "severity",
    "where",
    "path",
    "tag",
    "name",
    "vr",
    "private_creator",
    "rule",
    "clause",
    "action",
    "files",
    "count",
    "distinct_values",
    "excerpt",
    "first_entry",
)

VALUE_COLUMNS = (
    "where",
    "path",
    "tag",
    "name",
    "vr",
    "private_creator",
    "value",
    "files",
    "count",
    "severity",
    "rules",
    "actions",
    "evidence",
    "marked",
    "note",
    "reviewer",
    "time",
)


def to_csv(report: Report, *, values: bool) -> str:
    """Write the findings as comma separated values (RFC 4180), then problems and marks.

    The first column of these is 'problem', 'mark' for pictures, and 'value mark'.
    """
    names = entry_names(report, masked=not values)
    rows: list[tuple[object, ...]] = []
    for finding in findings_of(report, masked=not values):
        rows.append(
            (
                finding.flag.severity,
                finding.where,
                finding.path,
                finding.tag,
                name_of(finding),
                finding.vr,
                finding.private_creator or "",
                finding.flag.rule,
                finding.flag.clause,
                finding.flag.action,
                len(finding.entries),
                finding.count,
                finding.distinct,
                excerpt_of(finding, masked=not values),
                names[finding.entries[0]] if finding.entries else "",
            )
        )
    for problem in problems_of(report, masked=not values):
        name = "" if problem.entry is None else names[problem.entry]
        rows.append(("problem", *[""] * (len(COLUMNS) - 3), problem.message, name))
    for row in mark_rows(report, masked=not values):
        seen = f"{row.drawn:,} of {row.frames:,} frames drawn; {row.reviewer} {row.time}; {row.note}"
        mark_of = ("mark", Where.PIXEL, row.series_instance_uid, "", row.description, "", "", row.seen)
        rows.append((*mark_of, *[""] * (len(COLUMNS) - 10), seen, ""))
    for one in value_mark_rows(report, masked=not values):
        said = "; ".join(filter(None, (one.text, f"{one.reviewer} {one.time}".strip(), one.note)))
        value_of = ("value mark", Where.ELEMENT, one.path, one.tag, one.name, "", one.private_creator or "", one.said)
        rows.append((*value_of, "", "", one.files, "", 1, said, ""))
    return _write(COLUMNS, rows, "excerpt" if values else "")


def to_values_csv(report: Report, *, values: bool) -> str:
    """Write the distinct values as comma separated values, with what was said of them by rules and reviewers."""
    grave = frozenset() if values else creators_to_mask(report)
    rows: list[tuple[object, ...]] = []
    for group in find_rows(report, "all"):
        row = to_row(report, *group)
        creator, mark_of = row["private_creator"] or "", report.marked.get(group[0])
        flags = row["flags"]
        rows.append(
            (
                row["where"],
                row["path"],
                row["tag"],
                row["name"],
                row["vr"],
                mask(creator) if creator in grave else creator,
                row["text"] if values else excerpt((row["text"],), masked=True),
                row["files"],
                row["count"],
                row["severity"] or "",
                _joined(flag["rule"] for flag in flags),
                _joined(flag["action"] for flag in flags),
                _joined(flag["evidence"] for flag in flags),
                mark_of.said if mark_of else "",
                (mark_of.note if values else mask(mark_of.note)) if mark_of else "",
                mark_of.reviewer if mark_of else "",
                mark_of.time if mark_of else "",
            )
        )
    return _write(VALUE_COLUMNS, rows, "value" if values else "")


def _joined(texts: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(filter(None, texts)))


def _write(columns: Iterable[str], rows: Iterable[Iterable[object]], marked: str) -> str:
    """Return the table; the head of the column `marked` says that it holds identifiers."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(f"{column} ({CONTAINS})" if column == marked else column for column in columns)
    writer.writerows([_as_text(cell) for cell in row] for row in rows)
    return text.getvalue()


_BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_IGNORED = "\0 \xa0\u200b\ufeff"
"""What some programs drop at the beginning of a cell."""


def _as_text(cell: object) -> str:
    """Return the cell so that no spreadsheet takes it for a formula."""
    text = str(cell)
    return f"'{text}" if text.lstrip(_IGNORED).startswith(_BEGINS_FORMULA) else text
