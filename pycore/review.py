"""Harvest -> `Report`: the findings in order, the patients, what could not be read, and the verdict.

The one place that decides the order of what the reader sees. Nothing is masked here; the `to_…` modules do that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from pycore import __version__
from pycore.archive import Archive
from pycore.directories import check_directories
from pycore.errors import InputError
from pycore.findings import Finding, Flag, Problem, Severity, Where, to_entries
from pycore.harvest import Harvest, Record, Status
from pycore.harvester import to_found_text
from pycore.hierarchy import Patient, Series, Study, group
from pycore.judgement import Part, Share, check_each, describe_value, judge
from pycore.marks import MarkableSeries, Marks, Seen, SeriesMark, apply_marks, find_markable
from pycore.masking import excerpt, mask, mask_malformed
from pycore.merging import Instances
from pycore.paths import fold_items, natural_order
from pycore.phi.options import Options
from pycore.phi.value import PADDING, Value
from pycore.standard import STANDARD_EDITION, element_name, modality_rows
from pycore.value_marks import Said, ValueMark, apply_value_marks, find_marked, secret_of


class Verdict(StrEnum):
    """May it leave? Best first."""

    CLEAN = "clean"
    REVIEW = "review"
    IDENTIFIED = "identified"

    @property
    def rank(self) -> int:
        """0 for clean."""
        return _RANKS[self]


_RANKS = {verdict: rank for rank, verdict in enumerate(Verdict)}
_VERDICT_OF = {
    Severity.IDENTIFIER: Verdict.IDENTIFIED,
    Severity.QUASI: Verdict.REVIEW,
    Severity.REVIEW: Verdict.REVIEW,
    Severity.INFO: Verdict.CLEAN,
}


@dataclass(frozen=True, slots=True)
class ArchiveFacts:
    """What was opened, and how its entries add up: entries = dicom + other + folders + unreadable."""

    name: str
    size: int
    sha256: str | None
    entries: int
    dicom: int
    other: int
    folders: int
    unreadable: int


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """The whole answer, unmasked."""

    version: str
    standard_edition: str
    options: Options
    archive: ArchiveFacts
    verdict: Verdict
    patients: tuple[Patient, ...]
    findings: tuple[Finding, ...]
    """Gravest first; then by where, path and rule."""
    problems: tuple[Problem, ...]
    names: Sequence[str]
    """Name of every entry, by index."""
    sizes: Sequence[int]
    """Inflated bytes of every entry, by index."""
    records: Sequence[Record]
    """One per entry, by index."""
    values: Mapping[Value, Sequence[int]]
    """Distinct values, and the entries that hold them, one index per occurrence."""
    flags: Mapping[Value, tuple[Flag, ...]]
    """What was said of each value that is not silent; of those inside a removed sequence too."""
    verdicts: tuple[Verdict, ...]
    """Verdict of every entry, by index."""
    marks: Marks = field(default_factory=Marks)
    """What a reviewer said of values and saw in the pictures; findings, problems and verdicts follow it already."""
    marked: Mapping[Value, ValueMark] = field(default_factory=dict)
    """The values that have a mark."""
    time: str = ""
    """When the report is made, as whoever asks for it says; '' where nobody does."""

    @property
    def in_part(self) -> Sequence[int]:
        """Indexes of the entries that were read in part only."""
        return to_entries(record.entry for record in self.records if record.in_part)

    @property
    def reason(self) -> str:
        """The verdict's reason in one sentence; it quotes no value."""
        return _reason(self)

    def verdict_of(self, entries: Iterable[int]) -> Verdict:
        """Return the worst verdict among some entries."""
        return max((self.verdicts[entry] for entry in entries), key=lambda verdict: verdict.rank, default=Verdict.CLEAN)


def review(
    archive: Archive,
    harvest: Harvest,
    options: Options,
    *,
    watch: Sequence[str] = (),
    sha256: str | None = None,
    share: Share = check_each,
) -> Report:
    """Judge a complete harvest of an archive.

    Parameters
    ----------
    archive : Archive
        For names, sizes and the problems of the archive as a whole.
    harvest : Harvest
        Of all entries, merged.
    options : Options
        Profile and options chosen by the user.
    watch : sequence of str
        Names and numbers that the user looks for.
    sha256 : str, optional
        Digest of the archive's bytes, when someone asked for it to be computed.
    share : Share
        Who checks the values.

    Raises
    ------
    InputError
        If what was chosen holds neither a zip nor a DICOM object: there is nothing to review.
    """
    _check_input(archive, harvest)
    names = archive.names
    judgement = judge(archive, harvest, options, watch, share=share)
    findings = _in_order(judgement.findings)
    missing = check_directories(names, harvest.records, harvest.values)
    problems = (*archive.problems, *_problems(harvest.records), *missing)
    counts = dict.fromkeys(Status, 0)
    for record in harvest.records:
        counts[record.status] += 1
    facts = ArchiveFacts(
        name=archive.name,
        size=archive.size,
        sha256=sha256,
        entries=len(archive.entries),
        dicom=counts[Status.DICOM],
        other=counts[Status.OTHER],
        folders=counts[Status.FOLDER],
        unreadable=counts[Status.UNREADABLE],
    )
    if not facts.dicom and not (archive.problems and not facts.entries):  # else it says already that it is empty
        what = "No DICOM object was found in it." if facts.entries else "The archive is empty."
        problems = (Problem(None, what), *problems)
    return Report(
        version=__version__,
        standard_edition=STANDARD_EDITION,
        options=options,
        archive=facts,
        verdict=_worst(findings, problems),
        patients=group(Instances(harvest.records), names),
        findings=findings,
        problems=problems,
        names=names,
        sizes=archive.sizes,
        records=harvest.records,
        values=harvest.values,
        flags=judgement.flags,
        verdicts=_verdicts(len(names), findings, problems),
    )


def with_marks(report: Report, marks: Marks) -> Report:
    """Return a report that has no marks yet with these, and with what follows from them; see `marks`."""
    if not marks:
        return report
    marked = find_marked(marks.values, secret_of_report(report), report.values) if marks.values else {}
    judged = apply_value_marks(marked, report.findings, report.values, report.flags)
    effect = apply_marks(marks, judged, report.patients, report.records)
    lost = len(marks.values) - len({mark.key for mark in marked.values()})
    lost_problems = [Problem(None, f"{_counted(lost, 'mark')} of values fit nothing here: left aside.")] if lost else []
    findings, problems = _in_order(effect.findings), (*report.problems, *effect.problems, *lost_problems)
    return replace(
        report,
        findings=findings,
        problems=problems,
        verdict=_worst(findings, problems),
        verdicts=_verdicts(len(report.names), findings, problems),
        marks=marks,
        marked=marked,
    )


def secret_of_report(report: Report) -> bytes:
    """Return what keys of values are made with; see `value_marks`."""
    return secret_of(report.names, report.sizes, report.records)


def marked_series(report: Report) -> tuple[tuple[MarkableSeries, SeriesMark], ...]:
    """Return the series that have a mark, with it, in the order of the patients."""
    marks = {mark.series: mark for mark in report.marks.series}
    found = find_markable(report.patients, report.records) if marks else ()
    return tuple((one, marks[one.key]) for one in found if one.key in marks)


@dataclass(frozen=True, slots=True)
class MarkRow:
    """A mark as a report shows it."""

    series_instance_uid: str
    modality: str
    number: str
    description: str
    seen: Seen
    note: str
    reviewer: str
    time: str
    drawn: int
    """How many frames had been on the screen when the mark was given."""
    frames: int


def mark_rows(report: Report, *, masked: bool) -> tuple[MarkRow, ...]:
    """Return the marks, in the order of the patients; masked, of what the reviewer noted only the form.

    Who looked is told in any case: that name is not the archive's.
    """
    rows = []
    grave = _grave_texts(report) if masked else frozenset()
    for one, mark in marked_series(report):
        series = _mask_series(one.series, grave) if masked else one.series
        rows.append(
            MarkRow(
                series_instance_uid=series.series_instance_uid,
                modality=series.modality,
                number=series.number,
                description=series.description,
                seen=mark.seen,
                note=mask(mark.note) if masked else mark.note,
                reviewer=mark.reviewer,
                time=mark.time,
                drawn=min(mark.drawn, one.frames),
                frames=one.frames,
            )
        )
    return tuple(rows)


@dataclass(frozen=True, slots=True)
class ValueMarkRow:
    """A mark on a value as a report shows it."""

    path: str
    """Without the numbers of Items."""
    tag: str
    """Eight upper-case hex digits; empty outside a data set."""
    name: str
    private_creator: str | None
    text: str
    said: Said
    note: str
    reviewer: str
    time: str
    files: int


def value_mark_rows(report: Report, *, masked: bool) -> tuple[ValueMarkRow, ...]:
    """Return the marks on values, by path and value; masked, of value and note only the form."""
    groups: dict[str, list[Value]] = {}
    for value, mark in report.marked.items():
        groups.setdefault(mark.key, []).append(value)
    grave = creators_to_mask(report) if masked else frozenset()
    rows = []
    for values in groups.values():
        value, mark = values[0], report.marked[values[0]]
        creator = value.private_creator
        text = describe_value(value)
        rows.append(
            ValueMarkRow(
                path=fold_items(value.path),
                tag=f"{value.tag:08X}" if value.path else "",
                name=element_name(value.tag, creator) if value.path else "",
                private_creator=mask(creator) if creator in grave else creator,
                text=excerpt((text,), masked=masked),
                said=mark.said,
                note=mask(mark.note) if masked else mark.note,
                reviewer=mark.reviewer,
                time=mark.time,
                files=len({entry for one in values for entry in report.values[one]}),
            )
        )
    return tuple(
        sorted(rows, key=lambda row: (natural_order(row.path), row.private_creator or "", row.text, row.said, row.note))
    )


def first_findings(
    archive: Archive, harvest: Harvest, options: Options, *, watch: Sequence[str] = ()
) -> tuple[Finding, ...]:
    """Judge what was read so far as if there were nothing else; gravest first, without what is said for information.

    The whole may say more of the same values: names that other entries show to be a person's, for example.
    """
    names = tuple((record.entry, archive.names[record.entry]) for record in harvest.records)
    judged = judge(Part(archive.name, archive.comment, names), harvest, options, watch)
    return tuple(one for one in _in_order(judged.findings) if one.flag.severity is not Severity.INFO)


_OTHER_ARCHIVES = frozenset({"7z", "RAR", "bzip2", "xz", "Zstandard"})
"""Kinds that hold files and are not taken apart here."""


def _check_input(archive: Archive, harvest: Harvest) -> None:
    if archive.is_container or any(record.status is Status.DICOM for record in harvest.records):
        return
    if len(harvest.records) == 1:
        record = harvest.records[0]
        what = record.reason or f"By its content it is: {record.kind}."
        if record.kind in _OTHER_ARCHIVES:
            what += " Unpack it and review the folder, or a zip of it."
        raise InputError(f"{archive.name} is neither a zip nor a DICOM object. {what}")
    raise InputError(f"None of the {len(harvest.records):,} chosen files is a zip or a DICOM object.")


def in_part_sentence(report: Report, *, masked: bool) -> str:
    """Say which entries were read in part, the first by name, and what that means; '' where none was."""
    entries = report.in_part
    if not entries:
        return ""
    names = entry_names(report, masked=masked)
    what = "1 entry was" if len(entries) == 1 else f"{len(entries):,} entries were"
    more = len(entries) - _NAMED_IN_PART
    rest = f", and {more:,} more that the report as JSON names" if more > 0 else ""
    return (
        f"{what} read in part: Pixel Data and other long values were passed over, so that checksums could not be "
        f"verified there: {', '.join(names[entry] for entry in entries[:_NAMED_IN_PART])}{rest}."
    )


_NAMED_IN_PART = 20
"""So many entries that were read in part are named in a sentence."""


def name_of(finding: Finding) -> str:
    """Return the name of the finding's element as people know it; empty where the finding is not about an element."""
    return element_name(int(finding.tag, 16), finding.private_creator) if finding.tag else ""


def entry_names(report: Report, *, masked: bool) -> Sequence[str]:
    """Return the paths of all entries; masked, the parts of them that name a person keep their form only."""
    grave = _grave_parts(report) if masked else frozenset()
    if not grave:
        return tuple(report.names)  # not made anew for each of the findings that name them
    return tuple("/".join(mask(part) if part in grave else part for part in name.split("/")) for name in report.names)


def _grave_parts(report: Report) -> frozenset[str]:
    """Return the names of files and folders that name a person."""
    return frozenset(
        value.text or ""
        for value, flags in report.flags.items()
        if value.where is Where.ENTRY_NAME and _is_grave(flags)
    )


def archive_name(report: Report, *, masked: bool) -> str:
    """Return the name of the archive; masked, it keeps its form only if it names a person."""
    name = report.archive.name
    flags = report.flags.get(to_found_text(Where.ARCHIVE, name, "name"), ())
    return mask(name) if masked and _is_grave(flags) else name


def place_of(finding: Finding) -> str:
    """Return where a finding is, in words: the element by its name, else by its path, else what it is instead."""
    return name_of(finding) or finding.path or _PLACES[finding.where]


_PLACES = {
    Where.ELEMENT: "the data set",
    Where.FILE_META: "File Meta Information",
    Where.PREAMBLE: "the preamble",
    Where.TRAILING: "bytes after the data set",
    Where.ENTRY_NAME: "names of files and folders",
    Where.ARCHIVE: "name or comment of the archive",
    Where.OTHER_FILE: "files that are not DICOM",
    Where.EMBEDDED: "embedded documents",
    Where.PIXEL: "pictures",
}


def patients_of(report: Report, *, masked: bool) -> tuple[Patient, ...]:
    """Return the patients; masked, of names and descriptions only the form, and of the rest what has the form it must.

    A date, a number or a UID says nothing that a name would, and a modality is one of few terms; but some writers put a
    name where one of them belongs, or the date of birth for that of the study.
    """
    if not masked:
        return report.patients
    grave = _grave_texts(report)
    return tuple(
        Patient(
            mask(patient.patient_id),
            mask(patient.patient_name),
            tuple(_mask_study(study, grave) for study in patient.studies),
        )
        for patient in report.patients
    )


_LEAST_NUMBER = 4
"""Digits of a number that is worth hiding wherever it occurs; a shorter one is that of many series."""


def _grave_texts(report: Report) -> frozenset[str]:
    """Return the texts that name a person somewhere in the archive."""
    texts = ((value.text or "").strip(PADDING) for value, flags in report.flags.items() if _is_grave(flags))
    return frozenset(text for text in texts if text and not (text.isdecimal() and len(text) < _LEAST_NUMBER))


def _mask_part(text: str, vr: str, grave: frozenset[str]) -> str:
    named = text.strip(PADDING) in grave or text.replace(".", "") in grave
    return mask(text) if named else mask_malformed(text, vr)


def _mask_study(study: Study, grave: frozenset[str]) -> Study:
    return Study(
        study_instance_uid=_mask_part(study.study_instance_uid, "UI", grave),
        date=_mask_part(study.date, "DA", grave),
        description=mask(study.description),
        series=tuple(_mask_series(one, grave) for one in study.series),
    )


def _mask_series(series: Series, grave: frozenset[str]) -> Series:
    return replace(
        series,
        series_instance_uid=_mask_part(series.series_instance_uid, "UI", grave),
        modality=series.modality if series.modality.strip(PADDING) in modality_rows() else mask(series.modality),
        number=_mask_part(series.number, "IS", grave),
        description=mask(series.description),
    )


def problems_of(report: Report, *, masked: bool) -> tuple[Problem, ...]:
    """Return the problems; masked, of names of entries and of the archive that name a person only the form."""
    if not masked:
        return report.problems
    hidden = {part for part in _grave_parts(report) if part}
    if archive_name(report, masked=True) != report.archive.name:
        hidden.add(report.archive.name)
    if not hidden:
        return report.problems
    longest_first = sorted(hidden, key=lambda part: (-len(part), part))
    return tuple(Problem(one.entry, _hide(one.message, longest_first)) for one in report.problems)


def _hide(text: str, parts: Sequence[str]) -> str:
    for part in parts:
        text = text.replace(part, mask(part))
    return text


def findings_of(report: Report, *, masked: bool) -> tuple[Finding, ...]:
    """Return the findings; masked, of a private creator that names a person only the form."""
    grave = creators_to_mask(report) if masked else frozenset()
    if not grave:
        return report.findings
    return tuple(
        replace(finding, private_creator=mask(finding.private_creator or ""))
        if finding.private_creator in grave
        else finding
        for finding in report.findings
    )


def creators_to_mask(report: Report) -> frozenset[str]:
    """Return the private creators that name a person, as in 'ACME for Jane Doe'."""
    return frozenset(
        (value.text or "").strip(PADDING)
        for value, flags in report.flags.items()
        if value.tag >> 16 & 1 and 0x10 <= value.tag & 0xFFFF <= 0xFF and _is_grave(flags)
    )


def _is_grave(flags: Iterable[Flag]) -> bool:
    return any(flag.severity is Severity.IDENTIFIER for flag in flags)


def excerpt_of(finding: Finding, *, masked: bool) -> str:
    """Return what a finding shows: some of its values, and in brackets why the rule believes it."""
    shown = excerpt(finding.values, masked=masked)
    evidence = finding.flag.evidence
    return f"{shown} [{evidence}]" if shown and evidence else shown or evidence


def _problems(records: Iterable[Record]) -> Iterable[Problem]:
    for record in records:
        if record.status is Status.UNREADABLE:
            yield Problem(record.entry, record.reason)
        for message in record.problems:
            yield Problem(record.entry, message)


_WHERE_ORDER = {where: rank for rank, where in enumerate(Where)}


def _in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(
        sorted(
            findings,
            key=lambda finding: (
                finding.flag.severity.rank,
                _WHERE_ORDER[finding.where],
                natural_order(finding.path),
                finding.flag.rule,
                finding.private_creator or "",
                finding.flag.action,
                finding.flag.evidence,
                finding.flag.clause,
                finding.entries,
                finding.values,
            ),
        )
    )


def _verdicts(count: int, findings: Iterable[Finding], problems: Iterable[Problem]) -> tuple[Verdict, ...]:
    verdicts = [Verdict.CLEAN] * count
    for problem in problems:
        if problem.entry is not None:
            verdicts[problem.entry] = Verdict.REVIEW
    # Gravest last, so that it stays.
    for verdict in (Verdict.REVIEW, Verdict.IDENTIFIED):
        # Many findings are about the same entries.
        distinct = {id(one.entries): one.entries for one in findings if _VERDICT_OF[one.flag.severity] is verdict}
        for entries in distinct.values():
            for entry in entries:
                verdicts[entry] = verdict
    return tuple(verdicts)


def _worst(findings: Iterable[Finding], problems: Sequence[Problem]) -> Verdict:
    candidates = [_VERDICT_OF[finding.flag.severity] for finding in findings]
    if problems:
        candidates.append(Verdict.REVIEW)
    return max(candidates, key=lambda verdict: verdict.rank, default=Verdict.CLEAN)


_NAMED_ELEMENTS = 3  # how many elements the verdict's sentence names


def _reason(report: Report) -> str:
    if report.verdict is Verdict.IDENTIFIED:
        return _reason_identified(report)
    if report.verdict is Verdict.REVIEW:
        return _reason_review(report)
    return (
        f"{_counted(report.archive.dicom, 'DICOM object')} read to the end, and nothing found that the "
        f"{report.options.profile} profile removes. {_say_pictures(report)}"
    )


def _say_pictures(report: Report) -> str:
    """Return one sentence: whether someone has looked at the pictures."""
    all_series = sum(1 for _ in find_markable(report.patients, report.records))
    seen = sum(1 for _, mark in marked_series(report) if mark.seen is Seen.NOTHING and mark.drawn)
    if not all_series:
        return "There are no pictures."
    if not seen:
        return "Pictures are not judged: look at them for burned-in text."
    if seen < all_series:
        return f"A reviewer looked at the pictures of {seen:,} of {all_series:,} series; look at the others, too."
    return f"A reviewer looked at the pictures of {'the series' if seen == 1 else f'all {seen:,} series'}."


def _reason_identified(report: Report) -> str:
    grave = [finding for finding in report.findings if finding.flag.severity is Severity.IDENTIFIER]
    entries_of: dict[str, dict[int, Sequence[int]]] = {}
    for finding in grave:
        entries_of.setdefault(place_of(finding), {})[id(finding.entries)] = finding.entries
    files = {
        name: len(set().union(*several.values())) if len(several) > 1 else len(next(iter(several.values())))
        for name, several in entries_of.items()
    }
    names = sorted(files, key=lambda name: -files[name])  # else in the order of the findings
    shown = names[:_NAMED_ELEMENTS]
    if len(names) > len(shown):
        shown.append(_counted(len(names) - len(shown), "more place"))
    distinct = {number: entries for several in entries_of.values() for number, entries in several.items()}
    touched = set().union(*distinct.values())
    if not touched:
        return f"The archive itself carries what names a person: {_listed(shown)}."
    all_series = [one.instances for patient in report.patients for study in patient.studies for one in study.series]
    hit = sum(1 for instances in all_series if not touched.isdisjoint(instances))
    place = f" in {hit:,} of {_counted(len(all_series), 'series', 'series')}" if hit else ""
    verb = "carries" if len(touched) == 1 else "carry"
    return f"{_counted(len(touched), 'file')}{place} still {verb} what names a person: {_listed(shown)}."


def _reason_review(report: Report) -> str:
    places: dict[Severity, set[tuple[str, str | None]]] = {severity: set() for severity in Severity}
    for finding in report.findings:
        if finding.path:
            places[finding.flag.severity].add((finding.path, finding.private_creator))
    unread = sum(1 for problem in report.problems if problem.entry is not None)
    parts = [
        _counted(count, *words)
        for count, *words in (
            (len(places[Severity.QUASI]), "element that narrows down who it is", "elements that narrow down who it is"),
            (len(places[Severity.REVIEW]), "element of unknown or free content", "elements of unknown or free content"),
            (report.archive.other, "file that is not DICOM", "files that are not DICOM"),
            (unread, "thing that could not be read", "things that could not be read"),
        )
        if count
    ]
    if not report.archive.dicom:
        return "No DICOM object was found, so there is nothing to vouch for."
    return f"Nothing names a person directly, but someone must look at {_listed(parts or ['what is listed'])}."


def _counted(count: int, singular: str, plural: str = "") -> str:
    return f"{count:,} {singular if count == 1 else plural or singular + 's'}"


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
