"""What every form of the report says beside findings: marked as holding identifiers or not, and where it ends."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from pycore.findings import Severity
from pycore.folding import FoldedFinding, fold_findings
from pycore.harvest import Status
from pycore.masking import mask
from pycore.phi.private import Knowledge, summarise_private
from pycore.review import Report, archive_name, creators_to_mask, entry_names, in_part_sentence

CONTAINS = "CONTAINS IDENTIFIERS"
"""How a report is marked that shows values."""

LIMITS = (
    "The review reads headers and texts. What is drawn in the pictures is not read: it says how likely text or a face"
    " is, and a person has to look.",
    "It finds what rules can know. A nickname in a sentence, or a rare story that tells who it is, is found by people.",
    "A finding of no rule is no proof: whether data may leave is decided by those who are responsible for them.",
)
"""What a reader has to know before relying on any report."""


def say_values(values: bool) -> str:
    """Return the sentence that marks a report."""
    if values:
        return f"{CONTAINS}: values are shown as they are. Treat this report as you treat the images."
    return "Values are masked: of names, numbers and texts only the form is shown."


def say_limits(report: Report, *, masked: bool) -> Iterator[str]:
    """Yield what the review could not do: in general, and here."""
    if sentence := in_part_sentence(report, masked=masked):
        yield sentence
    yield from LIMITS


def folded_findings(report: Report, *, masked: bool) -> tuple[FoldedFinding, ...]:
    """Return the findings as people read them, those that differ in the numbers of Items alone as one."""
    grave = creators_to_mask(report) if masked else frozenset()
    return tuple(
        one._replace(finding=replace(one.finding, private_creator=mask(one.finding.private_creator or "")))
        if one.finding.private_creator in grave
        else one
        for one in fold_findings(report)
    )


@dataclass(frozen=True, slots=True)
class PrivateRow:
    """The private elements of one creator as a report shows them."""

    private_creator: str
    """'none' for elements in no block that a creator reserved."""
    groups: str
    elements: int
    files: int
    distinct: int
    known: str
    """What is known of them: '3 unknown, 1 unsafe'."""


def private_rows(report: Report, *, masked: bool) -> tuple[PrivateRow, ...]:
    """Return the private creators, in the order of their names."""
    grave = creators_to_mask(report) if masked else frozenset()
    return tuple(
        PrivateRow(
            private_creator=(mask(row.private_creator) if row.private_creator in grave else row.private_creator)
            or "none",
            groups=", ".join(f"{group:04X}" for group in row.groups),
            elements=row.elements,
            files=row.files,
            distinct=row.distinct,
            known=", ".join(f"{count:,} {_KNOWN[knowledge]}" for knowledge, count in row.known),
        )
        for row in summarise_private(report.values.items())
    )


_KNOWN = {
    Knowledge.SAFE: "safe by the Standard",
    Knowledge.CURATED_KEEP: "kept by curators",
    Knowledge.CURATED_DELETE: "deleted by curators",
    Knowledge.UNKNOWN: "unknown",
    Knowledge.UNSAFE: "known to identify",
}


@dataclass(frozen=True, slots=True)
class OtherRow:
    """A file that is not DICOM as a report shows it."""

    name: str
    kind: str
    size: int
    """Bytes, inflated."""
    severity: Severity | None
    """Of the gravest finding in it."""


def other_rows(report: Report, *, masked: bool) -> tuple[OtherRow, ...]:
    """Return the files that are not DICOM, in the order of the archive."""
    names = entry_names(report, masked=masked)
    others = {record.entry: record for record in report.records if record.status is Status.OTHER}
    worst: dict[int, Severity] = {}
    for finding in report.findings:  # the gravest comes first
        for entry in finding.entries if others else ():
            if entry in others:
                worst.setdefault(entry, finding.flag.severity)
    return tuple(
        OtherRow(names[entry], record.kind, report.sizes[entry], worst.get(entry)) for entry, record in others.items()
    )


_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*\u200e\u200f\u202a-\u202e\u2066-\u2069]')
_LONGEST = 80

_ENDINGS = {
    "json": "review.json",
    "html": "review.html",
    "csv": "findings.csv",
    "csv-values": "values.csv",
    "text": "review.txt",
    "marks": "marks.json",
    "ctp": "ctp-anonymizer.xml",
    "deid": "deid.dicom",
    "dcmodify": "dcmodify.sh",
    "parquet": "findings.parquet",
}
_WITHOUT_VALUES = frozenset({"marks", "ctp", "deid", "dcmodify"})


def file_name(report: Report, format_name: str, *, values: bool) -> str:
    """Return under which name a report is saved: that of the archive, and a mark where it holds identifiers."""
    shows = values and format_name not in _WITHOUT_VALUES
    mark = "-CONTAINS-IDENTIFIERS" if shows else ""
    return f"{file_stem(report, values=shows)}{mark}-{_ENDINGS[format_name]}"


def file_stem(report: Report, *, values: bool) -> str:
    """Return how names of files begin that are saved of a report: as that of the archive, unless it names a person."""
    name = archive_name(report, masked=not values)
    stem = name.rpartition(".")[0] or name
    return _UNSAFE.sub("_", stem)[:_LONGEST].strip(". ") or "review"
