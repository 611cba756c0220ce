"""`Report` -> one HTML file: no scripts, nothing loaded, opens offline, prints on paper (A4 and Letter)."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator
from hashlib import sha256
from html import escape

from pycore.findings import Severity
from pycore.folding import FoldedFinding
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

_STYLE = """
:root { color-scheme: light; --line: #d9dee5; --ink: #1c2430; --soft: #5b6675; }
body { font: 14px/1.5 system-ui, "Segoe UI", Roboto, sans-serif; margin: 2.5rem auto; max-width: 68rem;
  padding: 0 1.5rem; color: var(--ink); background: #fff; }
h1 { font-size: 1.6rem; font-weight: 600; margin: 0 0 .25rem; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; font-weight: 600; margin: 2.2rem 0 .4rem; break-after: avoid; }
h3 { font-size: 1rem; font-weight: 600; margin: 1.4rem 0 .3rem; break-after: avoid; }
p { margin: .3rem 0; max-width: 60rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1.2rem; margin: 1rem 0; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .3rem .6rem .3rem 0; vertical-align: top; }
th { border-bottom: 1.5px solid #8a94a3; font-weight: 600; color: var(--soft); font-size: .86em; }
td { border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
.short { white-space: nowrap; }
.findings { table-layout: fixed; }
.findings th { width: 20%; } .findings th:nth-child(2) { width: 13%; }
.findings th:nth-child(4), .findings th:nth-child(5) { width: 6.5%; } .findings th:nth-child(6) { width: 34%; }
small { color: var(--soft); font-size: .86em; }
.verdict { border-left: .35rem solid var(--soft); padding: .6rem 1rem; margin: 1.2rem 0; background: #f4f6f8;
  font-size: 1.1rem; max-width: none; }
.identified { border-color: #b3261e; } .review { border-color: #9a6700; } .clean { border-color: #1a7f37; }
.held { border: 2px solid #b3261e; color: #8c1d18; padding: .5rem 1rem; font-weight: 600; max-width: none; }
li { margin: .2rem 0; max-width: 60rem; }
@page { margin: 16mm 14mm 18mm; @bottom-right { content: counter(page) " / " counter(pages);
  font: 8pt system-ui, sans-serif; color: #5b6675; } }
@media print {
  body { margin: 0; max-width: none; padding: 0; font-size: 9pt; }
  tr, dl, .verdict, .held { break-inside: avoid; }
  thead { display: table-header-group; }
  .verdict { background: none; border-style: solid; border-width: 1px 1px 1px .35rem; }
}
"""
_MARKED_STYLE = """@page { @bottom-left { content: "CONTAINS IDENTIFIERS"; font: 600 8pt system-ui, sans-serif;
  color: #b3261e; } }
"""

_SIGNS = {
    Severity.IDENTIFIER: ("●", "Identifiers", "name or number a person directly"),
    Severity.QUASI: ("◆", "Narrowing down", "narrow down who it is, or name others"),
    Severity.REVIEW: ("▲", "To be looked at", "a person must look"),
    Severity.INFO: ("·", "For information", "said, but harmless"),
}
_ACTIONS = {
    "X": "remove",
    "Z": "empty",
    "D": "replace by a dummy",
    "U": "replace by a new UID",
    "C": "clean",
    "K": "keep",
}


def to_html(report: Report, *, values: bool) -> str:
    """Write the report as a document of its own; every value is escaped text."""
    return "\n".join(_lines(report, values)) + "\n"


def _lines(report: Report, values: bool) -> Iterator[str]:
    name = to_line(archive_name(report, masked=not values))
    yield from begin(f"Review of {name}", marked=values)
    yield f'<p class="{"held" if values else "masked"}">{escape(say_values(values))}</p>'
    yield f'<p class="verdict {report.verdict}"><strong>{report.verdict.upper()}</strong> {escape(report.reason)}</p>'
    yield from _facts(report)
    yield from _patients(report, values)
    yield "<h2>Findings</h2>"
    yield from _findings(report, values)
    yield from _private(report, values)
    yield from _marks(report, values)
    yield from _files(report, values)
    yield "<h2>Limits of this review</h2><ul>"
    yield from (f"<li>{escape(sentence)}</li>" for sentence in say_limits(report, masked=not values))
    yield "</ul></body></html>"


def _facts(report: Report) -> Iterator[str]:
    facts = report.archive
    options = ", ".join(sorted(report.options.names)) or "no options"
    rows = (
        ("Size", f"{facts.size:,} bytes"),
        ("SHA-256", facts.sha256 or "not computed"),
        (
            "Entries",
            f"{facts.entries:,} = {facts.dicom:,} DICOM + {facts.other:,} other + {facts.folders:,} folders"
            f" + {facts.unreadable:,} unreadable",
        ),
        ("Judged by", f"profile {report.options.profile}, {options}; DICOM PS3.15 {report.standard_edition}"),
        ("Made by", f"DICOM Zip Inspector {report.version}{f', {report.time}' if report.time else ''}"),
    )
    yield f"<dl>{''.join(f'<dt>{escape(term)}</dt><dd>{escape(text)}</dd>' for term, text in rows)}</dl>"


def _patients(report: Report, values: bool) -> Iterator[str]:
    yield "<h2>Patients, studies, series</h2>"
    yield from table(
        ("Patient ID", "Name", "Study", "Series", "Modality", "Description", "Instances", "Verdict"),
        (
            (
                patient.patient_id,
                patient.patient_name,
                f"{_to_date(study.date)} {study.description}".strip(),
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


def _to_date(text: str) -> str:
    """Return a date of VR DA as nobody misreads it: '2024-01-15'; anything else as it is."""
    return f"{text[:4]}-{text[4:6]}-{text[6:]}" if len(text) == 8 and text.isdecimal() and text.isascii() else text


def _findings(report: Report, values: bool) -> Iterator[str]:
    folded = folded_findings(report, masked=not values)
    if not folded:
        yield "<p>None.</p>"
    for severity, (sign, title, meaning) in _SIGNS.items():
        found = [one for one in folded if one.finding.flag.severity is severity]
        if found:
            yield f"<h3>{sign} {title} ({severity}): {len(found):,} <small>{meaning}</small></h3>"
            yield _head(("Where", "Asked for", "Rule", "Files", "Values", "What was found"), "findings")
            for one in found:
                yield _finding_row(one, values)
            yield "</tbody></table>"


def _finding_row(folded: FoldedFinding, values: bool) -> str:
    finding, path, places, _ = folded
    where = name_of(finding) or ("" if path else place_of(finding))
    more = [path, f"private creator {finding.private_creator}" if finding.private_creator else ""]
    more.append(f"in {places:,} {'Items' if '[*]' in path else 'elements'}" if places > 1 else "")
    action = finding.flag.action
    asked = " or ".join(_ACTIONS.get(part.rstrip("*"), part) for part in action.split("/")) if action else ""
    cells = (
        _cell(where, " · ".join(filter(None, more))),
        _cell(asked, action),
        _cell(finding.flag.rule, finding.flag.clause),
        _cell(f"{len(finding.entries):,}"),
        _cell(f"{finding.distinct:,}"),
        _cell(excerpt_of(finding, masked=not values)),
    )
    return f"<tr>{''.join(cells)}</tr>"


_SHORT = 12
"""Characters of a cell that is not broken into lines."""


def _cell(text: str, small: str = "") -> str:
    kind = ' class="short"' if len(text) <= _SHORT and " " not in text else ""
    below = f"<br><small>{escape(to_line(small))}</small>" if small and text else ""
    return f"<td{kind}>{escape(to_line(text or small))}{below}</td>"


def _private(report: Report, values: bool) -> Iterator[str]:
    yield "<h2>Private creators</h2>"
    yield from table(
        ("Private creator", "Groups", "Elements", "Of these", "Files", "Values"),
        (
            (row.private_creator, row.groups, f"{row.elements:,}", row.known, f"{row.files:,}", f"{row.distinct:,}")
            for row in private_rows(report, masked=not values)
        ),
    )


def _marks(report: Report, values: bool) -> Iterator[str]:
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
    yield "<h2>Values judged by a reviewer</h2>"
    yield from table(
        ("Element", "Name", "Value", "Said", "Files", "By", "At", "Note"),
        (
            (
                " · ".join(filter(None, (row.path, row.private_creator))),
                row.name,
                row.text,
                row.said,
                f"{row.files:,}",
                row.reviewer,
                row.time,
                row.note,
            )
            for row in value_mark_rows(report, masked=not values)
        ),
    )


def _files(report: Report, values: bool) -> Iterator[str]:
    yield "<h2>Files that are not DICOM</h2>"
    yield from table(
        ("File", "Kind", "Bytes", "Gravest finding"),
        ((row.name, row.kind, f"{row.size:,}", row.severity or "") for row in other_rows(report, masked=not values)),
    )
    names = entry_names(report, masked=not values)
    yield "<h2>Could not be read or judged</h2>"
    yield from table(
        ("Entry", "Why"),
        (
            ("" if problem.entry is None else names[problem.entry], problem.message)
            for problem in problems_of(report, masked=not values)
        ),
    )


def begin(title: str, *, marked: bool = False) -> Iterator[str]:
    """Yield the beginning of a document: no scripts, nothing loaded, and no style but this one.

    Parameters
    ----------
    title : str
    marked : bool
        Whether each printed page says that the document holds identifiers.
    """
    style = _STYLE + (_MARKED_STYLE if marked else "")
    digest = b64encode(sha256(style.encode()).digest()).decode()
    yield "<!doctype html>"
    yield '<html lang="en"><head><meta charset="utf-8">'
    yield (
        '<meta http-equiv="Content-Security-Policy"'
        f" content=\"default-src 'none'; style-src 'sha256-{digest}'; form-action 'none'; base-uri 'none'\">"
    )
    yield '<meta name="viewport" content="width=device-width">'
    yield f"<title>{escape(title)}</title><style>{style}</style></head><body>"
    yield f"<h1>{escape(title)}</h1>"


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """Yield a table; every cell is escaped text."""
    body = [f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows]
    if not body:
        yield "<p>None.</p>"
        return
    yield _head(head)
    yield from body
    yield "</tbody></table>"


def _head(names: Iterable[str], kind: str = "") -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    return f"<table{f' class={kind}' if kind else ''}><thead><tr>{head}</tr></thead><tbody>"
