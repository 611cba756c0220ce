"""`Report` -> plain text for a terminal or a mail."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pycore.findings import Severity
from pycore.masking import to_line
from pycore.report_parts import folded_findings, other_rows, private_rows, say_limits, say_values
from pycore.review import (
    Report,
    archive_name,
    entry_names,
    excerpt_of,
    mark_rows,
    name_of,
    patients_of,
    place_of,
    problems_of,
    value_mark_rows,
)

_MARKS = {Severity.IDENTIFIER: "●", Severity.QUASI: "◆", Severity.REVIEW: "▲", Severity.INFO: "·"}


def to_text(report: Report, *, values: bool) -> str:
    """Write the report as lines of text; nothing in them moves the cursor of a terminal."""
    return "".join(f"{to_line(line)}\n" for line in _lines(report, values))


def _lines(report: Report, values: bool) -> Iterator[str]:
    facts = report.archive
    names = entry_names(report, masked=not values)
    yield f"{archive_name(report, masked=not values)}  ({facts.size:,} bytes)"
    yield (
        f"{facts.entries:,} entries = {facts.dicom:,} DICOM + {facts.other:,} other"
        f" + {facts.folders:,} folders + {facts.unreadable:,} unreadable"
    )
    yield f"SHA-256 {facts.sha256 or 'not computed'}"
    options = ", ".join(sorted(report.options.names)) or "no options"
    yield f"Profile {report.options.profile} ({options}), PS3.15 {report.standard_edition}, version {report.version}"
    if report.time:
        yield f"Made {report.time}"
    yield say_values(values)
    yield ""
    yield f"{report.verdict.upper()}: {report.reason}"
    yield ""
    for patient in patients_of(report, masked=not values):
        yield f"Patient {patient.patient_id or '(no ID)'}  {patient.patient_name or '(no name)'}"
        for study in patient.studies:
            yield f"  Study {study.date or '(no date)'}  {study.description}"
            for series in study.series:
                verdict = report.verdict_of(series.instances)
                count = len(series.instances)
                head = f"    {series.modality or '??'} {series.number}".ljust(12)
                yield f"{head} {series.description}  ({_counted(count, 'instance')})  {verdict}"
    if report.findings:
        yield ""
        yield "Findings"
    for finding, path, *_ in folded_findings(report, masked=not values):
        place = f"{path} {name_of(finding)}".strip() or place_of(finding)
        text = excerpt_of(finding, masked=not values)
        yield (
            f"{_MARKS[finding.flag.severity]} {finding.flag.severity:<10} {place}  [{finding.flag.action or '-'}]"
            f"  {_counted(len(finding.entries), 'file')}, {_counted(finding.distinct, 'value')}: {text}"
        )
    if report.marks.series:
        yield ""
        yield "Pictures looked at"
    for row in mark_rows(report, masked=not values):
        what = f"{row.modality or '??'} {row.number} {row.description}".strip()
        who = ", ".join(filter(None, (row.reviewer, row.time)))
        drawn = f"{row.drawn:,} of {_counted(row.frames, 'frame')} drawn"
        yield f"  {what}: {row.seen} ({'; '.join(filter(None, (drawn, who, row.note)))})"
    yield from _section("Values judged by a reviewer", _value_marks(report, values))
    yield from _section("Private creators", _private(report, values))
    yield from _section("Files that are not DICOM", _others(report, values))
    yield from _section(
        "Could not be read or judged",
        (
            f"! {'' if problem.entry is None else f'{names[problem.entry]}: '}{problem.message}"
            for problem in problems_of(report, masked=not values)
        ),
    )
    yield from _section(
        "Limits of this review", (f"- {sentence}" for sentence in say_limits(report, masked=not values))
    )


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    listed = list(lines)
    if listed:
        yield ""
        yield title
        yield from listed


def _value_marks(report: Report, values: bool) -> Iterator[str]:
    for row in value_mark_rows(report, masked=not values):
        who = "; ".join(filter(None, (row.reviewer, row.time, row.note)))
        place = f"{row.path} {row.name}".strip()
        yield f"  {place}: {row.text}: {row.said} ({', '.join(filter(None, (_counted(row.files, 'file'), who)))})"


def _private(report: Report, values: bool) -> Iterator[str]:
    for row in private_rows(report, masked=not values):
        where = f"{_counted(row.elements, 'element')} in {_counted(row.files, 'file')}"
        yield f"  {row.private_creator}: {where}; {row.known}"


def _others(report: Report, values: bool) -> Iterator[str]:
    for row in other_rows(report, masked=not values):
        yield f"  {row.name}  ({', '.join(filter(None, (row.kind, _counted(row.size, 'byte'), row.severity)))})"


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
