"""What a worker does between messages: files opened, entries read, harvests merged, questions answered.

One `Session` per worker; it keeps what later messages need. It reads through `Source`s, so it does not know whether
bytes come from a browser's File or from a disk. `read` is a generator so that whoever drives it can fetch the bytes of
the next batch (many ranges at once), show progress and let a cancel arrive.
"""

from __future__ import annotations

import hashlib
import json
from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from typing import Any, BinaryIO

from pycore.archive import LOCKED_REASONS, Archive, Batch, Entry, Kind, Source, open_archive, to_passwords
from pycore.elements import Element, Reading, read_instance, to_text
from pycore.errors import DicomError, RequestError
from pycore.findings import Finding, Flag, Severity
from pycore.folding import FoldedFinding, fold_findings
from pycore.harvest import Harvest, Record, Status
from pycore.harvester import Harvester, Memory, to_value
from pycore.hierarchy import Patient, Series, Study
from pycore.judgement import check_value, describe_value, foresee
from pycore.links import Links
from pycore.marks import Marks, find_markable
from pycore.merging import Instances, Merger
from pycore.paths import fold_items
from pycore.phi.burned_in import risk_of
from pycore.phi.options import OPTIONS, Options
from pycore.phi.private import summarise_private
from pycore.phi.value import Value
from pycore.pixel_digest import read_pixel_digest
from pycore.readable import to_readable
from pycore.report_parts import file_name, file_stem
from pycore.review import Report, first_findings, name_of, review, secret_of_report, with_marks
from pycore.standard import element_keyword, element_name, uid_name
from pycore.to_csv import to_csv, to_values_csv
from pycore.to_ctp import to_ctp
from pycore.to_dcmodify import to_dcmodify
from pycore.to_deid import to_deid
from pycore.to_html import to_html
from pycore.to_json import to_json
from pycore.to_marks import read_marks, read_options, to_marks
from pycore.to_text import to_text as report_to_text
from pycore.value_marks import value_key
from pycore.value_table import VALUE_KINDS, find_rows, to_row

FORMATS: dict[str, Callable[..., str]] = {
    "json": to_json,
    "html": to_html,
    "csv": to_csv,
    "text": report_to_text,
}

TABLES: dict[str, Callable[..., str]] = {"csv-values": to_values_csv}
"""What is about all values, flagged or not."""

RECIPES: dict[str, Callable[..., str]] = {"ctp": to_ctp, "deid": to_deid, "dcmodify": to_dcmodify}
"""What tools that de-identify can do with what was found."""

WRITERS = FORMATS | TABLES | RECIPES | {"marks": to_marks}
"""The reports, the table of values, the recipes, and the marks alone."""

SHOWN_CHARACTERS = 200
"""How much of a value the table of elements shows; `instance_session` gives the rest."""

HASH_BYTES = 64 << 20
"""How many bytes of the archive are read for its digest in one go: half a second."""

_MARK_KINDS = frozenset({"open", "marked"})
"""Kinds of values that change with the marks."""
_FORESEEN = 16_384
"""In so many entries forms of identifiers are looked for while others read: of more, they are not remembered."""
_PREVIEWED = 6
"""How many findings are shown while the rest is read."""
_FIRST_SHARD = 16
"""Entries of the first share where there are more: its findings are to be on the screen at once."""
_LEAST_SHARD, _MOST_SHARD = 128, 4096
"""Entries of the shortest and the longest other share: each sends what is distinct in it: few are best."""
_SHARES_LEFT = 8
"""A share is one part in so many of what is left: the last ones are short, and all readers end together."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a share of the entries has been read."""

    done: int
    dicom: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Next:
    """Which entry is read next: should the worker never come back, it is known where it was."""

    entry: int


NO_BATCH = Batch((), ())

_LOST = {
    "crashed": "Two readers stopped working at this entry, most likely for lack of memory; it was not reviewed.",
    "memory": "The memory that a browser gives a page is too little to read this entry; it was not reviewed.",
    "hung": "Reading this entry took too long and was ended, twice; it was not reviewed.",
    "internal": "A fault of the inspector itself came up at this entry, twice; it was not reviewed.",
    "too many": "It was not read, because too many entries near it had stopped the reader; it was not reviewed.",
}
"""Why entries are given up, by what happened to those who read them."""


def _share_out(count: int) -> Iterator[tuple[int, int]]:
    """Yield the shares in which entries are read: the first is short, so that something can be said early."""
    start = _FIRST_SHARD if count > _LEAST_SHARD else 0
    if start:
        yield 0, start
    while start < count:
        length = max(_LEAST_SHARD, min((count - start) // _SHARES_LEFT, _MOST_SHARD))
        yield start, min(start + length, count)
        start += length


class Session:
    """The state of one worker."""

    def __init__(self) -> None:
        self._archive: Archive | None = None
        self._sources: tuple[Source, ...] = ()
        self._memory = Memory()
        self._sent: dict[Value, int] = {}
        self._received: dict[int, list[Value]] = {}
        self._merger = Merger()
        self._merged: Harvest | None = None
        self._links: tuple[Harvest, Links] | None = None
        self._options = Options()
        self._judged: tuple[tuple[Options, tuple[str, ...]], Report] | None = None
        """By what it was judged last, and the report before any marks."""
        self._report: Report | None = None
        self._folded: tuple[FoldedFinding, ...] = ()
        """The findings of the report as the page lists them."""
        self._secret: tuple[Report, bytes] | None = None
        """What keys of values are made with, of the report before any marks."""
        self._sha256: str | None = None
        self._hashed, self._digest = 0, hashlib.sha256()
        """How many bytes of the archive were read for its digest, while that is being made."""
        self._table: tuple[tuple[object, ...], list[tuple[Value, ...]]] | None = None

    def open(self, sources: Sequence[Source], passwords: Sequence[str] = ()) -> dict[str, Any]:
        """Open what the user chose, with the passwords to try on encrypted entries; forgets everything before it."""
        self.close()
        self._sources = tuple(sources)
        self._archive = open_archive(sources, to_passwords(passwords))
        count = len(self._archive.entries)
        shards = [(0, count)] if self._archive.is_dear else list(_share_out(count))
        return {"name": self._archive.name, "size": self._archive.size, "entries": count, "shards": shards}

    def close(self) -> None:
        """Forget everything."""
        self.__init__()  # type: ignore[misc]

    @property
    def archive(self) -> Archive:
        """The archive that is open."""
        if self._archive is None:
            raise RequestError("No file has been opened yet.")
        return self._archive

    def read(self, start: int, stop: int) -> Iterator[Batch | Next | Progress | Harvest]:
        """Read entries `start` to `stop`: yields batches to be fetched, each entry before it is read, and
        progress; last, the harvest.

        A batch is announced while the one before it is still to be read, so that its bytes can come meanwhile: when the
        next batch or the empty one at the end is yielded, the one before must be at hand.
        """
        if not 0 <= start <= stop <= len(self.archive.entries):
            raise RequestError(f"There are no entries {start} to {stop}: there are {len(self.archive.entries)}.")
        harvester = Harvester(self.archive, self._memory)
        done = dicom = size = 0
        for batch, following in pairwise([*self.archive.plan(range(start, stop)), NO_BATCH]):
            if not done:
                yield batch
            yield following
            for index in batch.indexes:
                yield Next(index)
                entry = self.archive.entries[index]
                record = harvester.read(entry)
                done += 1
                dicom += record.status is Status.DICOM
                size += entry.size
            yield Progress(done, dicom, size)
        yield harvester.harvest()

    def pack(self, harvest: Harvest) -> bytes:
        """Write a harvest of this worker for `unpack` of another; values go there once."""
        return harvest.to_bytes(self._sent)

    def unpack(self, data: bytes, reader: int) -> Harvest:
        """Read a harvest of another worker; all that came of one reader must be read here in its order.

        Raises
        ------
        RequestError
            If it is none; what came of the reader before stays as it was.
        """
        received = self._received.setdefault(reader, [])
        before = len(received)
        try:
            return Harvest.from_bytes(data, received)
        except (ValueError, TypeError, LookupError, AttributeError, OverflowError) as error:  # other JSON, or none
            del received[before:]
            raise RequestError("What was to be merged is not a harvest.") from error

    def merge(self, harvest: Harvest) -> dict[str, Any]:
        """Take in a harvest of some of the entries, each entry once."""
        entries = {record.entry for record in harvest.records}
        if len(entries) < len(harvest.records) or any(map(self._merger.has, entries)):
            raise RequestError("Entries that were merged before cannot be merged again.")
        if entries and not 0 <= min(entries) <= max(entries) < len(self.archive.entries):
            raise RequestError("There are no such entries.")
        self._merged = None
        new = self._merger.add(harvest)
        # Whoever reads fewer entries for it is paid back at the end, when all others wait for the lead.
        if self._merger.entries <= _FORESEEN:
            foresee(self.archive, harvest.records, new)
        return {"entries": self._merger.entries}

    def lose(self, start: int, stop: int, why: str) -> dict[str, Any]:
        """Take in that entries `start` to `stop` were given up; `why` is one of `_LOST`."""
        if why not in _LOST:
            raise RequestError(f"{why!r} is no reason to give entries up; there are {', '.join(_LOST)}.")
        records = [
            Record(entry.index, Status.FOLDER)
            if entry.kind is Kind.FOLDER
            else Record(entry.index, Status.UNREADABLE, reason=entry.reason or _LOST[why])
            for entry in self.archive.entries[start:stop]
        ]
        return self.merge(Harvest(tuple(records), {}))

    def preview(self, profile: str, options: Sequence[str], watch: Sequence[str] = ()) -> dict[str, Any]:
        """Judge what was merged so far, while the rest is still being read."""
        harvest = self._merger.harvest()
        found = first_findings(self.archive, harvest, Options.of(profile, options), watch=watch)
        by_place: dict[tuple[str, ...], Finding] = {}
        for finding in found:  # the gravest comes first
            by_place.setdefault((finding.where, finding.path, finding.private_creator or ""), finding)
        findings = list(by_place.values())
        counts = Counter(finding.flag.severity for finding in findings)
        return {
            "entries": len(harvest.records),
            "counts": [counts[severity] for severity in Severity],
            "findings": [_finding(index, FoldedFinding.of(one)) for index, one in enumerate(findings[:_PREVIEWED])],
        }

    def review(
        self, profile: str, options: Sequence[str], watch: Sequence[str] = (), marks: object = None
    ) -> dict[str, Any]:
        """Judge what was merged under a profile, options, a watch list and marks; nothing is read again.

        Where only the marks are others than before, nothing is judged again either.
        """
        chosen = Options.of(profile, options)
        marked = Marks.of(marks or {}, len(self.archive.entries))
        count = len(self.archive.entries)
        if self._merger.entries != count:
            raise RequestError(
                f"The review is not finished yet: {self._merger.entries:,} of {count:,} entries were read."
            )
        if self._merged is None:
            self._merged, self._judged = self._merger.harvest(), None
            # All was read: what helped to read it is as much as what came of it.
            self._memory, self._sent, self._received = Memory(), {}, {}
        asked = (chosen, tuple(watch))
        if self._judged is None or self._judged[0] != asked:
            self._judged = (asked, review(self.archive, self._merged, chosen, watch=watch))
        self._options = chosen
        self._report = with_marks(self._judged[1], marked)
        if self._sha256 is not None:
            self._report = replace(self._report, archive=replace(self._report.archive, sha256=self._sha256))
        self._folded = fold_findings(self._report)
        return to_summary(self._report, self._folded)

    def report(self, values: bool, format_name: str, sha256: bool = False, time: str = "") -> dict[str, Any]:
        """Write the report in one of `WRITERS`; it says when it was made, where `time` does."""
        report = self._reviewed()
        if format_name not in WRITERS:
            raise RequestError(f"{format_name!r} is not a format; there are {', '.join(WRITERS)}.")
        if sha256 and report.archive.sha256 is None:
            self._sha256 = self._sha256 or sha256_of(self._sources)
            self._report = report = replace(report, archive=replace(report.archive, sha256=self._sha256))
        text = WRITERS[format_name](replace(report, time=time), values=values)
        return {"text": text, "name": file_name(report, format_name, values=values)}

    def hash(self, start: int) -> dict[str, Any]:
        """Read some of the archive's bytes for its SHA-256, so that whoever waits sees how far it is and can leave.

        Parameters
        ----------
        start : int
            How far it was read before; where that is not so, it begins anew.
        """
        size = self.archive.size
        if self._sha256 is None and len(self._sources) == 1:
            if start != self._hashed or not start:
                self._hashed, self._digest = 0, hashlib.sha256()
            stop = min(self._hashed + HASH_BYTES, size)
            _feed(self._digest, self._sources[0], self._hashed, stop)
            self._hashed = stop
            if stop < size:
                return {"done": stop, "size": size, "sha256": None}
            self._sha256 = self._digest.hexdigest()
        return {"done": size, "size": size, "sha256": self._sha256}

    @property
    def reviewed(self) -> Report:
        """The report of the last review."""
        return self._reviewed()

    @property
    def report_or_none(self) -> Report | None:
        """The report of the last review; None where nothing has been reviewed yet."""
        return self._report

    def digest_pixels(self, start: int, stop: int) -> dict[str, Any]:
        """Return the digests of the Pixel Data of entries `start` to `stop`, by entry; see `pixel_digest`."""
        files = (entry for entry in self.archive.entries[start:stop] if entry.kind is Kind.FILE)
        return {"digests": {entry.index: read_pixel_digest(self.archive, entry) for entry in files}}

    def _reviewed(self) -> Report:
        if self._report is None:
            raise RequestError("The review is not finished yet.")
        return self._report

    def read_marks(self, text: str) -> dict[str, Any]:
        """Read a file of marks for what is open: marks and options, to be judged by.

        Raises
        ------
        RequestError
            If it is something else, or was made for another archive.
        """
        self._reviewed()
        if self._sha256 is None:
            self._sha256 = sha256_of(self._sources)
        marks = read_marks(text, self.archive, self._sha256)
        return {"marks": asdict(marks), "options": read_options(text)}

    def values(self, kind: str, find: str, creator: str | None, start: int, stop: int) -> dict[str, Any]:
        """Return rows `start` to `stop` of the table of distinct values."""
        report = self._reviewed()
        if kind not in VALUE_KINDS:
            raise RequestError(f"{kind!r} is not a kind of values; there are {', '.join(VALUE_KINDS)}.")
        assert self._judged is not None  # else there is no report
        judged = self._judged[1]
        asked = (judged, report.marks if kind in _MARK_KINDS else None, kind, find, creator)
        if self._table is None or self._table[0] != asked:
            self._table = (asked, find_rows(report, kind, find, creator))
        if self._secret is None or self._secret[0] is not judged:
            self._secret = (judged, secret_of_report(judged))
        chosen, secret = self._table[1], self._secret[1]
        rows = []
        for values in chosen[max(0, start) : max(0, stop)]:
            row = to_row(report, *values)
            first, mark = values[0], report.marked.get(values[0])
            row["text"] = row["text"][:SHOWN_CHARACTERS]
            row["first_entry"] = report.values[first][0] if report.values[first] else None
            row |= {"pattern": fold_items(first.path) if len(values) > 1 else first.path, "places": len(values)}
            row |= {"key": value_key(secret, first), "mark": None if mark is None else asdict(mark)}
            rows.append(row)
        return {"total": len(chosen), "rows": rows}

    def private(self) -> dict[str, Any]:
        """Return the private elements by creator."""
        return {"creators": [asdict(row) for row in summarise_private(self._reviewed().values.items())]}

    def entries_of(self, finding: int) -> dict[str, Any]:
        """Return the indexes of all entries of one finding of the last review."""
        self._reviewed()
        if not 0 <= finding < len(self._folded):
            raise RequestError(f"There is no finding {finding}.")
        return {"entries": list(self._folded[finding].finding.entries)}

    def find_instances(self, references: Sequence[str]) -> dict[str, Any]:
        """Return the entries that hold the instances of these SOP Instance UIDs; None for those that no entry holds."""
        return {"entries": self._linked().find(references)}

    def structures_of(self, entry: int) -> dict[str, Any]:
        """Return the entries of structure sets whose contours may lie on an image."""
        return {"structures": self._linked().structure_sets_of(entry)}

    def _linked(self) -> Links:
        if self._merged is None:
            raise RequestError("The review is not finished yet.")
        if self._links is None or self._links[0] is not self._merged:
            self._links = (self._merged, Links(self._merged.records, self._merged.values))
        return self._links[1]

    def instance(self, index: int) -> dict[str, Any]:
        """Return all data elements of one instance, judged under the options in force."""
        entry, reading = self.read_instance(index)
        sop_class = next((to_text(one) for one in reading.elements if one.path == "(0008,0016)"), None)
        return {
            "entry": index,
            "name": entry.name,
            "transfer_syntax": reading.transfer_syntax,
            "transfer_syntax_name": uid_name(reading.transfer_syntax),
            "sop_class_name": uid_name(sop_class or ""),
            "elements": [self._row(element) for element in reading.elements],
            "problems": reading.problems,
        }

    def _row(self, element: Element) -> dict[str, Any]:
        value = to_value(element)
        text = describe_value(value)
        return {
            "path": element.path,
            "depth": element.path.count("/"),
            "tag": f"({element.tag >> 16:04X},{element.tag & 0xFFFF:04X})",
            "name": element_name(element.tag, element.private_creator),
            "keyword": element_keyword(element.tag, element.private_creator),
            "vr": element.vr,
            "length": element.length,
            "items": element.items,
            "text": text[:SHOWN_CHARACTERS],
            "readable": to_readable(element.vr, value.text or ""),
            "binary": value.text is None,
            "cut": len(text) > SHOWN_CHARACTERS or value.text is None,
            "private_creator": element.private_creator,
            "flags": [asdict(flag) for flag in self.flags_of(value)],
        }

    def flags_of(self, value: Value) -> tuple[Flag, ...]:
        """Return what the rules say of a value: in the review, or by itself where it is not among those reviewed."""
        if self._report is not None and value in self._report.values:
            return self._report.flags.get(value, ())
        return check_value(value, self._options)

    def open_entry(self, index: int) -> BinaryIO:
        """Return the inflated bytes of an entry as a file that can seek."""
        if not 0 <= index < len(self.archive.entries):
            raise RequestError(f"There is no entry {index}.")
        return self.archive.open(self.archive.entries[index])

    def read_instance(self, index: int) -> tuple[Entry, Reading]:
        """Read all data elements of an entry.

        Raises
        ------
        DicomError
            If it is no DICOM object.
        """
        with self.open_entry(index) as file:
            entry = self.archive.entries[index]
            reading = read_instance(file, entry.size)
        if reading is None:
            raise DicomError(f"{entry.name} is not a DICOM object.")
        return entry, reading


def sha256_of(sources: Sequence[Source], chunk_bytes: int = 4 << 20) -> str | None:
    """Return the digest of the one source's bytes; None when there are several, which have no bytes in common."""
    if len(sources) != 1:
        return None
    digest = hashlib.sha256()
    _feed(digest, sources[0], 0, sources[0].size, chunk_bytes)
    return digest.hexdigest()


def _feed(digest: Any, source: Source, start: int, stop: int, chunk_bytes: int = 4 << 20) -> None:
    for offset in range(start, stop, chunk_bytes):
        digest.update(source.read(offset, min(chunk_bytes, stop - offset)))


def to_summary(report: Report, folded: Sequence[FoldedFinding] | None = None) -> dict[str, Any]:
    """Return what the page shows of a report, with values; entries are referred to by index."""
    listed = fold_findings(report) if folded is None else folded
    series_of = _series_of(report)
    # Many findings are about the same entries: they are gone through once.
    distinct = {id(one.finding.entries): one.finding.entries for one in listed}
    touched = {number: set(map(series_of.__getitem__, entries)) for number, entries in distinct.items()}
    by_severity = [(one.finding.flag.severity, touched[id(one.finding.entries)]) for one in listed]

    def flags(all_series: Sequence[Series]) -> list[int]:
        counts = [0] * len(Severity)
        members = {series_of[one.instances[0]] for one in all_series}
        for severity, numbers in by_severity:
            counts[severity.rank] += not numbers.isdisjoint(members)
        return counts

    risks = _risks(report)
    return {
        "tool": {"version": report.version, "standard_edition": report.standard_edition},
        "archive": asdict(report.archive),
        "file_stems": [file_stem(report, values=values) for values in (False, True)],
        "profile": {"name": report.options.profile, "options": sorted(report.options.names)},
        "options": [{"name": option.name, "title": option.title} for option in OPTIONS],
        "verdict": report.verdict,
        "reason": report.reason,
        "dates": _dates(report),
        "patients": [_patient(report, patient, flags) for patient in report.patients],
        "findings": [_finding(index, one) for index, one in enumerate(listed)],
        "problems": [
            {
                "entry": problem.entry,
                "name": "" if problem.entry is None else report.names[problem.entry],
                "message": problem.message,
            }
            for problem in report.problems
        ],
        "read_in_part": _runs(report.in_part),
        "locked": count_locked(report),
        "entries": _columns(report, risks, _gravest(listed, len(report.names))),
        "pictures": _pictures(report, risks),
    }


def _runs(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """Return ascending numbers as runs: the first of each, and the one behind its last."""
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and runs[-1][1] == number:
            runs[-1] = (runs[-1][0], number + 1)
        else:
            runs.append((number, number + 1))
    return runs


def _series_of(report: Report) -> Sequence[int]:
    """Return the number of its series for each entry, counted from 1; 0 where it belongs to none."""
    found = array("I", bytes(4 * len(report.names)))
    all_series = (series for patient in report.patients for study in patient.studies for series in study.series)
    for number, series in enumerate(all_series, 1):
        for entry in series.instances:
            found[entry] = number
    return found


def count_locked(report: Report) -> int:
    """Return how many entries, or what lies in them, were not read for want of a password."""
    reasons = tuple(LOCKED_REASONS)
    return sum(
        record.reason in LOCKED_REASONS or any(problem.endswith(reasons) for problem in record.problems)
        for record in report.records
    )


def _dates(report: Report) -> list[str]:
    """Return the first and the last Study Date that are dates (PS3.5 §6.2: YYYYMMDD); none where there is none."""
    dates = {study.date for patient in report.patients for study in patient.studies}
    found = sorted(one for one in dates if len(one) == _DATE_LENGTH and one.isascii() and one.isdigit())
    return [found[0], found[-1]] if found else []


_DATE_LENGTH = 8

RISKS = ("said", "high", "medium", "low", "")
"""Risk of burned-in text, highest first: the header says that there is some, or by its other attributes."""


def _gravest(listed: Sequence[FoldedFinding], count: int) -> list[int | None]:
    """Return the first, and so the gravest, of the listed findings that each entry has; None where it has none."""
    gravest: dict[int, int] = {}
    met: dict[int, int] = {}
    for index, one in enumerate(listed):
        met.setdefault(id(one.finding.entries), index)  # of those about the same entries, the first
    for index in sorted(met.values(), reverse=True):
        gravest.update(dict.fromkeys(listed[index].finding.entries, index))
    return list(map(gravest.get, range(count)))


def _columns(report: Report, risks: Mapping[int, str], gravest: list[int | None]) -> dict[str, list[Any]]:
    records = report.records
    labels: list[str] = []
    frames: list[int] = []
    for instance in Instances(records):
        labels.append(instance.instance_number if instance else "")
        frames.append(instance.frames if instance else 0)
    return {
        "name": list(report.names),
        "status": [record.status for record in records],
        "kind": [
            record.kind or (uid_name(record.instance.sop_class_uid) if record.instance else "") for record in records
        ],
        "reason": [record.reason for record in records],
        "size": list(report.sizes),
        "verdict": list(report.verdicts),
        "label": labels,
        "frames": frames,
        "risk": [risks.get(record.entry, "") for record in records],
        "finding": gravest,
    }


def _risks(report: Report) -> dict[int, str]:
    """Return the risk of burned-in text by entry, one of `RISKS`; marks do not change it, so that no picture moves."""
    risks: dict[int, str] = {}
    for finding in report.findings:
        risk = risk_of(finding.flag)
        for entry in finding.entries if risk else ():
            risks[entry] = min(risk, risks.get(entry, risk), key=RISKS.index)
    return risks


def _pictures(report: Report, risks: Mapping[int, str]) -> dict[str, Any]:
    """Return what the contact sheet shows: series with pictures, and all entries with pictures, riskiest first."""
    markable = tuple(find_markable(report.patients, report.records))
    marks = {mark.series: mark for mark in report.marks.series}
    entries = [entry for one in markable for entry in one.entries]
    return {
        "series": [
            {
                "key": one.key,
                "entries": one.entries,
                "frames": one.frames,
                "mark": asdict(marks[one.key]) if one.key in marks else None,
            }
            for one in markable
        ],
        "by_risk": sorted(entries, key=lambda entry: RISKS.index(risks.get(entry, ""))),
    }


_Counter = Callable[[Sequence[Series]], list[int]]


def _members(series: Sequence[Series]) -> Iterator[int]:
    return (entry for one in series for entry in one.instances)


def _patient(report: Report, patient: Patient, flags: _Counter) -> dict[str, Any]:
    all_series = [series for study in patient.studies for series in study.series]
    return {
        "patient_id": patient.patient_id,
        "patient_name": patient.patient_name,
        "verdict": report.verdict_of(_members(all_series)),
        "flags": flags(all_series),
        "studies": [_study(report, study, flags) for study in patient.studies],
    }


def _study(report: Report, study: Study, flags: _Counter) -> dict[str, Any]:
    return {
        "study_instance_uid": study.study_instance_uid,
        "date": study.date,
        "description": study.description,
        "verdict": report.verdict_of(_members(study.series)),
        "flags": flags(study.series),
        "series": [
            {
                "series_instance_uid": series.series_instance_uid,
                "modality": series.modality,
                "number": series.number,
                "description": series.description,
                "verdict": report.verdict_of(series.instances),
                "flags": flags((series,)),
                "instances": list(series.instances),
            }
            for series in study.series
        ],
    }


def _finding(index: int, folded: FoldedFinding) -> dict[str, Any]:
    finding, pattern, places, first_entry = folded
    return {
        "id": index,
        "where": finding.where,
        "path": finding.path,
        "pattern": pattern,
        "places": places,
        "tag": finding.tag,
        "keyword": finding.keyword,
        "name": name_of(finding),
        "vr": finding.vr,
        "private_creator": finding.private_creator,
        **asdict(finding.flag),
        "count": finding.count,
        "files": len(finding.entries),
        "distinct": finding.distinct,
        "values": finding.values,
        "first_entry": first_entry,
    }


def to_plain(value: Any) -> str:
    """Write a message's value as JSON text."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
