"""What a reviewer marked, and what follows from it: values (`value_marks`), and here what the pictures show.

A mark belongs to a series with exactly its instances: its key is a digest over the UIDs of both, so a mark never
vouches for an instance that came later, and a file of marks holds no value of the archive. Who and when are input: the
core has no clock.

What a mark does (PS3.15 §E.3.1):

- *nothing burned in*: the series' findings `burned-in-text` are `info`, with the mark as evidence; unless no frame had
  been drawn when the mark was given: then nobody has looked, and they stay. What the header itself says
  (`burned-in-annotation`) stays, for mark and header contradict each other; so does `recognizable-face`, for who looks
  for text does not judge faces, and a face is rebuilt from slices that show none.
- *burned-in text*: a finding `burned-in-seen`, `identifier`.
- *unsure*: a finding `burned-in-unsure`, `review`, also where the header shows low risk.

A frame that cannot be drawn is a problem, and so no mark makes its archive clean. The order of findings is decided in
`review`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, NamedTuple

from pycore.errors import RequestError
from pycore.findings import Finding, Flag, Problem, Severity, Where, to_entries
from pycore.harvest import Record
from pycore.hierarchy import Patient, Series, Study
from pycore.standard import STANDARD_EDITION
from pycore.value_marks import MAX_TEXT, ValueMark

MARKS_SCHEMA = "dicom-zip-inspector/marks@1"
MAX_PROBLEMS = 20
"""Of one entry; more would hide the others."""

_CLAUSE = f"PS3.15 §E.3.1 ({STANDARD_EDITION})"


class Seen(StrEnum):
    """What the reviewer saw in the pictures of a series."""

    NOTHING = "nothing burned in"
    TEXT = "burned-in text"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class SeriesMark:
    """One mark on one series."""

    series: str
    """Key of the series: `MarkableSeries.key`."""
    seen: Seen
    note: str = ""
    reviewer: str = ""
    """Who, as typed."""
    time: str = ""
    """When, by the reviewer's clock: '2026-03-01T09:30:00Z'."""
    drawn: int = 0
    """How many frames of the series had been on the screen by then, by themselves or within composite pictures."""


@dataclass(frozen=True, slots=True)
class Undrawable:
    """A frame that could not be drawn, or an instance as a whole."""

    entry: int
    frame: int | None
    """From 0; None for the instance as a whole."""
    reason: str


@dataclass(frozen=True, slots=True)
class Marks:
    """All that a reviewer, or a run over all pictures, has to say of an archive; falsy when that is nothing."""

    series: tuple[SeriesMark, ...] = ()
    undrawable: tuple[Undrawable, ...] = ()
    values: tuple[ValueMark, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.series or self.undrawable or self.values)

    @staticmethod
    def of(plain: Any, entries: int) -> Marks:
        """Read marks from JSON: the payload of the page, or a member of a file of marks.

        Parameters
        ----------
        plain : object
            `{"series": [SeriesMark as an object, …], "undrawable": [Undrawable as an object, …],
            "values": [ValueMark as an object, …]}`.
        entries : int
            How many entries the archive has.

        Raises
        ------
        RequestError
            If they are not of this form, or name an entry that there is not.
        """
        try:
            series = tuple(_to_series_mark(one) for one in plain.get("series", ()))
            undrawable = tuple(_to_undrawable(one, entries) for one in plain.get("undrawable", ()))
            values = tuple(ValueMark.of(one) for one in plain.get("values", ()))
        except (TypeError, ValueError, KeyError, AttributeError) as error:  # what plain data of another form gives
            raise RequestError(f"These are no marks as this version writes them: {error}.") from error
        if len({one.series for one in series}) < len(series):
            raise RequestError("A series has two marks.")
        if len({one.key for one in values}) < len(values):
            raise RequestError("A value has two marks.")
        in_order = sorted(
            set(undrawable), key=lambda one: (one.entry, one.frame is not None, one.frame or 0, one.reason)
        )
        return Marks(series, tuple(in_order), values)


def _to_series_mark(plain: Mapping[str, Any]) -> SeriesMark:
    note, reviewer, time = (str(plain.get(name) or "").strip()[:MAX_TEXT] for name in ("note", "reviewer", "time"))
    return SeriesMark(str(plain["series"]), Seen(plain["seen"]), note, reviewer, time, max(0, int(plain["drawn"])))


def _to_undrawable(plain: Mapping[str, Any], entries: int) -> Undrawable:
    entry, frame = int(plain["entry"]), plain["frame"]
    if not 0 <= entry < entries:
        raise ValueError(f"there is no entry {entry}")
    return Undrawable(entry, None if frame is None else int(frame), str(plain["reason"])[:MAX_TEXT])


class MarkableSeries(NamedTuple):
    """A series with pictures."""

    key: str
    """64 hexadecimal digits; the same for the same series with the same instances."""
    series: Series
    entries: tuple[int, ...]
    """Of the instances that have pixels, in the order of the series."""
    frames: int
    """How many frames these have, as their headers say."""


def find_markable(patients: Iterable[Patient], records: Sequence[Record]) -> Iterator[MarkableSeries]:
    """Yield the series that have pictures, in the order of the patients."""
    for patient in patients:
        for study in patient.studies:
            for series in study.series:
                entries = tuple(entry for entry in series.instances if _frames(records[entry]))
                if entries:
                    frames = sum(_frames(records[entry]) for entry in entries)
                    yield MarkableSeries(series_key(patient, study, series, records), series, entries, frames)


def series_key(patient: Patient, study: Study, series: Series, records: Sequence[Record]) -> str:
    """Return a digest of whose series it is and of which instances it consists, in whatever order."""
    instances = (records[entry].instance for entry in series.instances)
    uids = sorted(instance.sop_instance_uid for instance in instances if instance is not None)
    owner = (patient.patient_id, "" if patient.patient_id else patient.patient_name)
    words = (*owner, study.study_instance_uid, series.series_instance_uid, *uids)
    return hashlib.sha256("\0".join(words).encode()).hexdigest()


def _frames(record: Record) -> int:
    return 0 if record.instance is None else record.instance.frames


class Effect(NamedTuple):
    """What marks make of a review."""

    findings: tuple[Finding, ...]
    """All of them, in no particular order."""
    problems: tuple[Problem, ...]
    """Those that come of the marks."""


def apply_marks(
    marks: Marks, findings: Iterable[Finding], patients: Iterable[Patient], records: Sequence[Record]
) -> Effect:
    """Return what the marks make of the findings of a review, as the module's docstring says."""
    by_key = {one.key: one for one in find_markable(patients, records)}
    cleared: dict[int, str] = {}
    own: list[Finding] = []
    lost = 0
    for mark in marks.series:
        marked = by_key.get(mark.series)
        if marked is None:
            lost += 1
        elif mark.seen is not Seen.NOTHING:
            rule, severity = _RULES[mark.seen]
            own.append(_to_finding(Flag(rule, _CLAUSE, "", severity, say_mark(mark, marked.frames)), marked.entries))
        elif mark.drawn:
            cleared.update(dict.fromkeys(marked.entries, say_mark(mark, marked.frames)))
    kept = [part for finding in findings for part in _split(finding, cleared)]
    problems = [*_say_undrawable(marks.undrawable, records)]
    if lost:
        what = "1 mark is of a series" if lost == 1 else f"{lost:,} marks are of series"
        problems.append(Problem(None, f"{what} that this archive does not have with these instances: left aside."))
    return Effect((*kept, *own), tuple(problems))


_RULES = {
    Seen.TEXT: ("burned-in-seen", Severity.IDENTIFIER),
    Seen.UNSURE: ("burned-in-unsure", Severity.REVIEW),
}


def say_mark(mark: SeriesMark, frames: int) -> str:
    """Return what a mark says, and upon how many frames it rests; who and when are told apart from it."""
    said = {
        Seen.NOTHING: "a reviewer saw nothing burned in",
        Seen.TEXT: "a reviewer saw burned-in text",
        Seen.UNSURE: "a reviewer is unsure whether text is burned in",
    }[mark.seen]
    return f"{said}; {say_drawn(mark, frames)}"


def say_drawn(mark: SeriesMark, frames: int) -> str:
    """Return how many frames had been on the screen when the mark was given: '12 of 40 frames had been drawn'."""
    drawn = min(mark.drawn, frames)
    return f"{drawn:,} of {frames:,} {'frame' if frames == 1 else 'frames'} had been drawn"


def _to_finding(flag: Flag, entries: tuple[int, ...]) -> Finding:
    return Finding(flag, Where.PIXEL, "", "", "", "", None, to_entries(sorted(entries)), len(entries), (), 0)


def _split(finding: Finding, cleared: Mapping[int, str]) -> Iterator[Finding]:
    """Yield the finding for the entries where it stands, and as `info` for those that were looked at."""
    flag = finding.flag
    if finding.where is not Where.PIXEL or flag.rule != "burned-in-text" or cleared.keys().isdisjoint(finding.entries):
        yield finding
        return
    parts: dict[str, list[int]] = {}
    for entry in finding.entries:
        parts.setdefault(cleared.get(entry, ""), []).append(entry)
    for said, entries in parts.items():
        evidence = f"{said}. By the header: {flag.evidence}"
        judged = replace(flag, severity=Severity.INFO, evidence=evidence) if said else flag
        yield replace(finding, flag=judged, entries=to_entries(entries), count=len(entries))


def _say_undrawable(undrawable: Iterable[Undrawable], records: Sequence[Record]) -> Iterator[Problem]:
    """Yield a problem per entry and reason: which frames could not be drawn."""
    frames_of: dict[tuple[int, str], set[int | None]] = {}
    for one in undrawable:
        frames_of.setdefault((one.entry, one.reason), set()).add(one.frame)
    shown: dict[int, int] = {}
    for entry, reason in sorted(frames_of):
        shown[entry] = shown.get(entry, 0) + 1
        if shown[entry] <= MAX_PROBLEMS:
            yield Problem(entry, _sentence(frames_of[entry, reason], _frames(records[entry]), reason))
    for entry, count in shown.items():
        if count > MAX_PROBLEMS:
            yield Problem(entry, f"{count - MAX_PROBLEMS:,} more reasons why frames could not be drawn are not listed.")


def _sentence(frames: Collection[int | None], total: int, reason: str) -> str:
    numbers = sorted(frame for frame in frames if frame is not None)
    if None in frames or len(numbers) == total:
        return f"The picture could not be drawn: {reason}"
    noun = "Frame" if len(numbers) == 1 else "Frames"
    return f"{noun} {', '.join(_to_ranges(numbers))} of {total:,} could not be drawn: {reason}"


def _to_ranges(numbers: Sequence[int]) -> Iterator[str]:
    """Yield ascending numbers, shown from 1, with neighbours joined: '1', '4–9'."""
    start = previous = numbers[0]
    for number in (*numbers[1:], -1):
        if number != previous + 1:
            yield f"{start + 1:,}" if start == previous else f"{start + 1:,}–{previous + 1:,}"
            start = number
        previous = number
