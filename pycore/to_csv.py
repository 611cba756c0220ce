"""`Report` -> CSV: one row per finding, for a spreadsheet. Cells that a spreadsheet would run are made text."""

from __future__ import annotations

import csv
import io

from pycore.findings import Where
from pycore.review import Report, entry_names, excerpt_of, findings_of, mark_rows, name_of

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


def to_csv(report: Report, *, values: bool) -> str:
    """Write the findings as comma separated values (RFC 4180), then problems and marks, as 'problem' and 'mark'."""
    text = io.StringIO()
    names = entry_names(report, masked=not values)
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for finding in findings_of(report, masked=not values):
        found = (
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
        writer.writerow([_as_text(cell) for cell in found])
    for problem in report.problems:
        name = "" if problem.entry is None else names[problem.entry]
        unread = ("problem", *[""] * (len(COLUMNS) - 3), problem.message, name)
        writer.writerow([_as_text(cell) for cell in unread])
    for row in mark_rows(report, masked=not values):
        seen = f"{row.drawn:,} of {row.frames:,} frames drawn; {row.reviewer} {row.time}; {row.note}"
        mark = ("mark", Where.PIXEL, row.series_instance_uid, "", row.description, "", "", row.seen)
        writer.writerow([_as_text(cell) for cell in (*mark, *[""] * (len(COLUMNS) - 10), seen, "")])
    return text.getvalue()


def _as_text(cell: object) -> str:
    """Return the cell so that no spreadsheet takes it for a formula."""
    text = str(cell)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
