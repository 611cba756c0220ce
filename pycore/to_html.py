"""`Report` -> one HTML file: no scripts, nothing loaded, opens offline, prints on paper."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

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

_STYLE = """
body { font: 14px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; color: #1c2430; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .3rem .5rem; vertical-align: top; }
th { border-bottom: 2px solid #8a94a3; } td { border-bottom: 1px solid #d9dee5; overflow-wrap: anywhere; }
.verdict { border-left: .4rem solid #5b6675; padding: .5rem 1rem; background: #f2f4f7; font-size: 1.1rem; }
.identified { border-color: #b3261e; } .review { border-color: #9a6700; } .clean { border-color: #1a7f37; }
@media print { body { margin: 0; max-width: none; font-size: 10px; } tr { break-inside: avoid; } }
"""


def to_html(report: Report, *, values: bool) -> str:
    """Write the report as a document of its own; every value is escaped text."""
    return "\n".join(_lines(report, values)) + "\n"


def _lines(report: Report, values: bool) -> Iterator[str]:
    facts = report.archive
    names = entry_names(report, masked=not values)
    name = to_line(archive_name(report, masked=not values))
    yield from begin(f"Review of {name}")
    yield (
        f"<p>{facts.size:,} bytes · {facts.entries:,} entries = {facts.dicom:,} DICOM + {facts.other:,} other"
        f" + {facts.folders:,} folders + {facts.unreadable:,} unreadable</p>"
    )
    if facts.sha256:
        yield f"<p>SHA-256 {escape(facts.sha256)}</p>"
    yield f'<p class="verdict {report.verdict}"><strong>{report.verdict.upper()}</strong> {escape(report.reason)}</p>'
    options = ", ".join(sorted(report.options.names)) or "no options"
    held = "This report shows values and therefore identifiers." if values else "Values are masked."
    yield (
        f"<p>Profile: {escape(report.options.profile)} ({escape(options)}), DICOM PS3.15 {report.standard_edition}."
        f" DICOM Zip Inspector {report.version}. {held}</p>"
    )
    yield "<h2>Patients, studies, series</h2>"
    yield from table(
        ("Patient ID", "Name", "Study", "Series", "Modality", "Description", "Instances", "Verdict"),
        (
            (
                patient.patient_id,
                patient.patient_name,
                f"{study.date} {study.description}".strip(),
                series.number,
                series.modality,
                series.description,
                f"{len(series.instances):,}",
                report.verdict_of(series.instances),
            )
            for patient in patients_of(report, masked=not values)
            for study in patient.studies
            for series in study.series
        ),
    )
    yield "<h2>Findings</h2>"
    yield from table(
        ("Severity", "Element", "Name", "Private creator", "Action", "Rule", "Clause", "Files", "Values", "Excerpt"),
        (
            (
                finding.flag.severity,
                finding.path or place_of(finding),
                name_of(finding),
                finding.private_creator or "",
                finding.flag.action,
                finding.flag.rule,
                finding.flag.clause,
                f"{len(finding.entries):,}",
                f"{finding.distinct:,}",
                excerpt_of(finding, masked=not values),
            )
            for finding in findings_of(report, masked=not values)
        ),
    )
    if report.marks.series:
        yield "<h2>Pictures looked at</h2>"
        yield from table(
            ("Series", "Modality", "Description", "Seen", "Frames drawn", "By", "At", "Note"),
            (
                (
                    row.number,
                    row.modality,
                    row.description,
                    row.seen,
                    f"{row.drawn:,} of {row.frames:,}",
                    row.reviewer,
                    row.time,
                    row.note,
                )
                for row in mark_rows(report, masked=not values)
            ),
        )
    yield "<h2>Could not be read or judged</h2>"
    yield from table(
        ("Entry", "Why"),
        (("" if problem.entry is None else names[problem.entry], problem.message) for problem in report.problems),
    )
    if sentence := in_part_sentence(report):
        yield f"<p>{escape(sentence)}</p>"
    yield "</body></html>"


def begin(title: str) -> Iterator[str]:
    """Yield the beginning of a document: no scripts, nothing loaded."""
    yield "<!doctype html>"
    yield '<html lang="en"><head><meta charset="utf-8">'
    yield (
        '<meta http-equiv="Content-Security-Policy"'
        " content=\"default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'\">"
    )
    yield f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>"
    yield f"<h1>{escape(title)}</h1>"


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """Yield a table; every cell is escaped text."""
    body = [f"<tr>{''.join(f'<td>{escape(to_line(cell))}</td>' for cell in row)}</tr>" for row in rows]
    if not body:
        yield "<p>None.</p>"
        return
    yield f"<table><thead><tr>{''.join(f'<th>{escape(name)}</th>' for name in head)}</tr></thead><tbody>"
    yield from body
    yield "</tbody></table>"
