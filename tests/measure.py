"""What the rules find of the planted set, and what they call an identifier that is none: `python -m tests.measure`.

Prints, per rule family, how many identifiers are planted and how many are found at the right place, with the right
severity or a graver one; then, per kind of control, what is called an identifier without being one, and how often a
person is asked to look at a text. Every miss and every false alarm is listed. Ends with 1 where a target is missed.
"""

from __future__ import annotations

import sys
import time
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from pycore.archive import open_archive
from pycore.findings import Finding, Severity, Where
from pycore.harvester import read_entries
from pycore.review import Report, review
from tests.builders import MemorySource
from tests.planted import (
    HEADER_PATHS,
    PlantedArchive,
    Planting,
    clean_archives,
    clinical_archives,
    planted_archives,
)

LEAST_RECALL = 0.99
"""Of the whole set."""
OBJECTS_PER_FALSE_IDENTIFIER = 50
"""One false identifier among so many objects is borne, except in de-identified ones."""


def reviewed(planted: PlantedArchive) -> Report:
    """Review an archive of the set."""
    archive = open_archive([MemorySource("archive.zip", planted.to_bytes())])
    harvest = read_entries(archive, range(len(archive.entries)))
    return review(archive, harvest, planted.options, watch=planted.watch)


@dataclass(slots=True)
class Recall:
    """How much of a family was found."""

    planted: int = 0
    found: int = 0
    graver: int = 0
    """Found, and called graver than it must be at least."""
    missed: list[tuple[Planting, str]] = field(default_factory=list)
    """What was not found as it should, and the severity that the place had instead; '' if it had no finding."""

    @property
    def share(self) -> float:
        return self.found / self.planted

    def add(self, other: Recall) -> None:
        """Take in what was found elsewhere."""
        self.planted += other.planted
        self.found += other.found
        self.graver += other.graver
        self.missed += other.missed


def recall_of(planted: PlantedArchive, report: Report) -> dict[str, Recall]:
    """Compare what is planted in an archive with what was found, by family."""
    worst: dict[tuple[str, Where, str], Severity] = {}
    for finding in report.findings:
        for entry in _names(report, finding):
            key = (entry, finding.where, finding.path)
            worst[key] = min(worst.get(key, Severity.INFO), finding.flag.severity, key=lambda one: one.rank)
    families: dict[str, Recall] = {}
    for planting in planted.plantings:
        recall = families.setdefault(planting.family, Recall())
        recall.planted += 1
        severity = worst.get((planting.entry, planting.where, planting.path))
        if severity is None or severity.rank > planting.severity.rank:
            recall.missed.append((planting, severity or ""))
        else:
            recall.found += 1
            recall.graver += severity.rank < planting.severity.rank
    return families


@dataclass(frozen=True, slots=True)
class Alarm:
    """A finding where nothing of the kind is."""

    entry: str
    finding: Finding


def false_identifiers(planted: PlantedArchive, report: Report) -> list[Alarm]:
    """Return identifiers found where none was planted and none is in the header."""
    known = {(one.entry, one.where, one.path) for one in planted.plantings}
    return [
        Alarm(entry, finding)
        for finding in report.findings
        if finding.flag.severity is Severity.IDENTIFIER and not _is_in_header(planted, finding)
        for entry in _names(report, finding)
        if (entry, finding.where, finding.path) not in known
    ]


def text_reviews(report: Report) -> int:
    """Return how often a person is asked to look at a text because of what stands in it."""
    return sum(
        len(finding.entries)
        for finding in report.findings
        if finding.flag.severity is Severity.REVIEW and finding.flag.rule.startswith(("text-", "echo-"))
    )


@dataclass(slots=True)
class Measured:
    """What came out of archives of one kind."""

    objects: int = 0
    seconds: float = 0.0
    families: dict[str, Recall] = field(default_factory=dict)
    alarms: list[Alarm] = field(default_factory=list)
    reviews: int = 0

    @property
    def total(self) -> Recall:
        """All families together."""
        total = Recall()
        for recall in self.families.values():
            total.add(recall)
        return total


def measure(archives: Iterable[PlantedArchive]) -> Measured:
    """Review archives and compare."""
    measured = Measured()
    for archive in archives:
        began = time.perf_counter()
        report = reviewed(archive)
        measured.seconds += time.perf_counter() - began
        measured.objects += len(archive.entries)
        for family, recall in recall_of(archive, report).items():
            measured.families.setdefault(family, Recall()).add(recall)
        measured.alarms += false_identifiers(archive, report)
        measured.reviews += text_reviews(report)
    return measured


def _names(report: Report, finding: Finding) -> list[str]:
    return [report.names[index] for index in finding.entries] or [""]


def _is_in_header(planted: PlantedArchive, finding: Finding) -> bool:
    return planted.has_headers and finding.where is Where.ELEMENT and finding.path in HEADER_PATHS


def _print_recall(measured: Measured) -> None:
    print(f"{'family':<36}{'planted':>8}{'found':>8}{'recall':>8}{'graver':>8}")
    for family, recall in (*measured.families.items(), ("together", measured.total)):
        print(f"{family:<36}{recall.planted:>8}{recall.found:>8}{recall.share:>8.1%}{recall.graver:>8}")


def _print_controls(rows: Iterable[tuple[str, Measured]]) -> None:
    print(f"\n{'objects':<36}{'count':>8}{'false identifiers':>20}{'reviews of texts':>19}{'seconds':>9}")
    for name, one in rows:
        reviews = f"{one.reviews / one.objects:.2f} each"
        print(f"{name:<36}{one.objects:>8}{len(one.alarms):>20}{reviews:>19}{one.seconds:>9.1f}")


def _lines(planted: Measured, controls: Iterable[Measured]) -> Iterator[str]:
    for planting, severity in planted.total.missed:
        found = severity or "nothing"
        yield f"missed: {planting.severity}, found {found}: {planting.what} ({planting.where} {planting.path})"
    alarms = Counter(
        (one.finding.flag.rule, one.finding.where, one.finding.path, one.finding.values)
        for measured in (planted, *controls)
        for one in measured.alarms
    )
    for (rule, where, path, values), count in alarms.most_common():
        yield f"false: {rule} at {where} {path}, {count} times: {', '.join(values)}"


def is_borne(alarms: int, objects: int) -> bool:
    """Return whether so many false identifiers are few enough."""
    return alarms * OBJECTS_PER_FALSE_IDENTIFIER <= objects


def main() -> int:
    """Measure and print; return 1 where a target is missed."""
    warnings.filterwarnings("ignore", module="pydicom")  # values of a wrong form are planted on purpose
    planted, clean, clinical = (
        measure(archives()) for archives in (planted_archives, clean_archives, clinical_archives)
    )
    _print_recall(planted)
    _print_controls((("with plantings", planted), ("de-identified", clean), ("clinical", clinical)))
    lines = list(_lines(planted, (clean, clinical)))
    print("", *lines, sep="\n") if lines else print("\nnothing missed, no false alarm")
    good = planted.total.share >= LEAST_RECALL and not clean.alarms
    return 0 if good and all(is_borne(len(one.alarms), one.objects) for one in (planted, clinical)) else 1


if __name__ == "__main__":
    sys.exit(main())
