"""`Report` -> plain text for a terminal or a mail."""

from __future__ import annotations

from collections.abc import Iterator

from pycore.findings import Severity
from pycore.masking import to_line
from pycore.review import (
    Report,
    archive_name,
    entry_names,
    excerpt_of,
    findings_of,
    in_part_sentence,
    mark_rows,
    name_of,
    patients_of,
    place_of,
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
    options = ", ".join(sorted(report.options.names)) or "no options"
    yield f"Profile {report.options.profile} ({options}), PS3.15 {report.standard_edition}, version {report.version}"
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
    for finding in findings_of(report, masked=not values):
        place = f"{finding.path} {name_of(finding)}".strip() or place_of(finding)
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
    if report.problems:
        yield ""
        yield "Could not be read or judged"
    for problem in report.problems:
        place = "" if problem.entry is None else f"{names[problem.entry]}: "
        yield f"! {place}{problem.message}"
    if sentence := in_part_sentence(report):
        yield ""
        yield sentence


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
