"""`Report` -> JSON, schema `dicom-zip-inspector/report@1`. The same report gives the same bytes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from pycore.findings import Finding, Problem
from pycore.hierarchy import Patient
from pycore.masking import excerpt, mask
from pycore.phi.private import summarise_private
from pycore.phi.value import Value
from pycore.review import (
    Report,
    archive_name,
    creators_to_mask,
    entry_names,
    excerpt_of,
    findings_of,
    mark_rows,
    patients_of,
    problems_of,
    value_mark_rows,
)
from pycore.value_table import find_values, to_row

SCHEMA = "dicom-zip-inspector/report@1"


def to_json(report: Report, *, values: bool, table: bool = False) -> str:
    """Write the report as `write_json` does, in one piece."""
    return "".join(write_json(report, values=values, table=table))


def write_json(report: Report, *, values: bool, table: bool = False, findings: bool = True) -> Iterator[str]:
    """Yield the report in pieces, one finding, patient and problem a line: of a million entries it has gigabytes.

    Parameters
    ----------
    report : Report
    values : bool
        Whether names, IDs, descriptions and excerpts are shown as they are; masked otherwise.
    table : bool
        Whether `values`, the table of distinct values, and `private`, the private elements by creator, are added.
    findings : bool
        Whether `findings` is among the members.
    """
    names = entry_names(report, masked=not values)
    members: dict[str, str | Iterable[Iterable[str]]] = {
        "schema": _dump(SCHEMA),
        "tool": _dump({"version": report.version, "standard_edition": report.standard_edition}),
        "profile": _dump({"name": report.options.profile, "options": sorted(report.options.names)}),
        "archive": _dump(
            {
                "name": archive_name(report, masked=not values),
                "size": report.archive.size,
                "sha256": report.archive.sha256,
                "entries": report.archive.entries,
                "dicom": report.archive.dicom,
                "other": report.archive.other,
                "folders": report.archive.folders,
                "unreadable": report.archive.unreadable,
            }
        ),
        "verdict": _dump(report.verdict),
        "patients": _each(_patient(report, patient) for patient in patients_of(report, masked=not values)),
        "findings": (_finding(finding, names, values) for finding in findings_of(report, masked=not values)),
        "problems": _each(_problem(problem, names) for problem in problems_of(report, masked=not values)),
    }
    if not findings:
        del members["findings"]
    if report.time:
        members["time"] = _dump(report.time)
    if in_part := report.in_part:
        members["read_in_part"] = _each(names[entry] for entry in in_part)
    if report.marks.series:
        members["marks"] = _each(asdict(row) for row in mark_rows(report, masked=not values))
    if report.marked:
        members["value_marks"] = _each(asdict(row) for row in value_mark_rows(report, masked=not values))
    if table:
        grave = frozenset() if values else creators_to_mask(report)
        members["values"] = _each(_value(report, value, values, grave) for value in find_values(report, "all"))
        rows = (asdict(row) for row in summarise_private(report.values.items()))
        members["private"] = _each(_with_creator(row, grave) for row in rows)
    if values:
        members["contains_identifiers"] = _dump(True)
    before = "{\n"
    for name, member in members.items():
        yield f"{before}{_dump(name)}: "
        if isinstance(member, str):
            yield member
        else:
            yield from _lines(member)
        before = ",\n"
    yield "\n}\n"


_encode = json.JSONEncoder(ensure_ascii=False).encode  # `json.dumps` would make an encoder each time


def _dump(value: Any) -> str:
    return _encode(value)


def _each(values: Iterable[Any]) -> Iterator[Iterable[str]]:
    return ((_dump(value),) for value in values)


def _lines(lines: Iterable[Iterable[str]]) -> Iterator[str]:
    is_empty = True
    for pieces in lines:
        yield "[\n" if is_empty else ",\n"
        yield from pieces
        is_empty = False
    yield "[]" if is_empty else "\n]"


def _patient(report: Report, patient: Patient) -> dict[str, Any]:
    return {
        "patient_id": patient.patient_id,
        "patient_name": patient.patient_name,
        "studies": [
            {
                "study_instance_uid": study.study_instance_uid,
                "date": study.date,
                "description": study.description,
                "series": [
                    {
                        "series_instance_uid": series.series_instance_uid,
                        "modality": series.modality,
                        "number": series.number,
                        "description": series.description,
                        "instances": len(series.instances),
                        "verdict": report.verdict_of(series.instances),
                    }
                    for series in study.series
                ],
            }
            for study in patient.studies
        ],
    }


_ENTRIES_AT_ONCE = 4096


def _finding(finding: Finding, names: Sequence[str], values: bool) -> Iterator[str]:
    """Yield a finding in pieces: it may name every entry of the archive."""
    entries = finding.entries
    if len(entries) == 1:
        yield f'{{"entry": {_dump(names[entries[0]])}, '
    else:
        yield '{"entries": ['
        for start in range(0, len(entries), _ENTRIES_AT_ONCE):
            part = _dump([names[entry] for entry in entries[start : start + _ENTRIES_AT_ONCE]])[1:-1]
            yield f", {part}" if start else part
        yield "], "
    yield _dump(_to_members(finding, values))[1:]


def finding_rows(report: Report, *, values: bool) -> Iterator[dict[str, Any]]:
    """Yield the findings as `write_json` writes them, but with `entries` always a list."""
    names = entry_names(report, masked=not values)
    for finding in findings_of(report, masked=not values):
        yield {"entries": [names[entry] for entry in finding.entries], **_to_members(finding, values)}


def _to_members(finding: Finding, values: bool) -> dict[str, Any]:
    return {
        "where": finding.where,
        "path": finding.path,
        "tag": finding.tag,
        "keyword": finding.keyword,
        "vr": finding.vr,
        "private_creator": finding.private_creator,
        "rule": finding.flag.rule,
        "clause": finding.flag.clause,
        "action": finding.flag.action,
        "severity": finding.flag.severity,
        "count": finding.count,
        "excerpt": excerpt_of(finding, masked=not values),
    }


def _problem(problem: Problem, names: Sequence[str]) -> dict[str, Any]:
    return {
        "entry": None if problem.entry is None else names[problem.entry],
        "message": problem.message,
    }


def _value(report: Report, value: Value, values: bool, grave: frozenset[str]) -> dict[str, Any]:
    row = to_row(report, value)
    return _with_creator(row | {"text": excerpt((row["text"],), masked=not values)}, grave)


def _with_creator(row: dict[str, Any], grave: frozenset[str]) -> dict[str, Any]:
    creator = row["private_creator"]
    return row | {"private_creator": mask(creator)} if creator in grave else row
