"""Harvest -> findings: every distinct value judged once, by all rules, and the flags gathered where they belong.

The list of rule families stands here: `check_value` for a value by itself, and `judge` for what needs the archive as a
whole (the identity echo, pseudonyms, conflicts, claims). In which order findings are shown is decided in `review`.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain
from typing import NamedTuple
from zlib import crc32

from pycore.archive import Archive
from pycore.carriers import extract
from pycore.findings import MAX_VALUES, Finding, Flag, Indexes, Severity, Where, to_entries
from pycore.harvest import Harvest, Record
from pycore.harvester import to_found_text, to_printable
from pycore.hierarchy import Instance
from pycore.merging import ByValue, Values
from pycore.phi.claims import IDENTITY_REMOVED, METHOD, TEMPORAL, Claim, Fact, check_claims
from pycore.phi.conflicts import InstanceIdentity, check_conflicts
from pycore.phi.dummies import judge_pseudonym
from pycore.phi.echo import Echo, collect_identities
from pycore.phi.fields import check_found_text
from pycore.phi.options import Options
from pycore.phi.private import check_private, is_removed_private_sequence
from pycore.phi.profile import check_profile, is_removed_sequence
from pycore.phi.surroundings import check_comment
from pycore.phi.text import check_text, find_kinds
from pycore.phi.value import PADDING, Value
from pycore.standard import element_keyword, element_name, element_vr

_PSEUDONYM_PATHS = frozenset({"(0010,0010)", "(0010,0020)"})
_PSEUDONYM_EVIDENCE = {
    Severity.INFO: "name and ID are the same token, and the object says that and how identity was removed",
    Severity.REVIEW: "name and ID together look like a pseudonym, but nothing proves that it is one",
}
_SAME_AS = "it is what the images have instead of one"
KEPT_BY = {
    "echo-station": "retain-device-identity",
    "echo-device": "retain-device-identity",
    "echo-institution": "retain-institution-identity",
}
"""What an option lets stay in its own element is no leak when it is found again."""
_NO_CLAIM = Claim()
_NAMED_CONTENTS = 3
"""How many elements inside of a removed sequence its finding names."""


class Place(NamedTuple):
    """Where a finding lies."""

    where: Where
    path: str
    tag: int
    vr: str
    private_creator: str | None


def check_value(value: Value, options: Options) -> tuple[Flag, ...]:
    """Return all that the rules say of one value by itself."""
    if value.extracted:
        return check_found_text(value, options)
    return check_profile(value, options) + check_private(value, options) + check_text(value, options)


def foresee(archive: Archive, records: Iterable[Record], values: Iterable[Value]) -> None:
    """Look for forms of identifiers in texts and names of entries now, so that `judge` finds them known.

    It changes no result.
    """
    options = Options()
    for value in values:
        check_text(value, options)
    for record in records:
        for part in archive.entries[record.entry].name.split("/"):
            find_kinds(part)


class Judgement(NamedTuple):
    """What the rules say of an archive."""

    findings: tuple[Finding, ...]
    """In no particular order."""
    flags: Mapping[Value, tuple[Flag, ...]]
    """All flags of the values that have any, wherever they occur."""


class Part(NamedTuple):
    """Some entries of an archive, to be judged as if there were no others."""

    name: str
    comment: bytes
    names: Sequence[tuple[int, str]]
    """Of the entries, with their indexes."""


Check = Callable[[Value, Sequence[int]], tuple[Flag, ...]]
"""Value and the entries that hold it -> all that the rules say of it. Its result depends on nothing else."""
Share = Callable[
    [Check, Iterable[tuple[Value, Sequence[int]]]], Iterator[tuple[Value, Sequence[int], tuple[Flag, ...]]]
]
"""Has values checked, by whomever, and yields them in the same order with what is said of them."""


def check_each(
    check: Check, values: Iterable[tuple[Value, Sequence[int]]]
) -> Iterator[tuple[Value, Sequence[int], tuple[Flag, ...]]]:
    """Check one value after the other; a `Share`."""
    for value, entries in values:
        yield value, entries, check(value, entries)


def judge(
    archive: Archive | Part,
    harvest: Harvest,
    options: Options,
    watch: Sequence[str] = (),
    *,
    share: Share = check_each,
) -> Judgement:
    """Judge a complete harvest.

    Parameters
    ----------
    archive : Archive
        For the names of its entries and its comment.
    harvest : Harvest
        Of all entries, merged.
    options : Options
        Profile and options chosen by the user.
    watch : sequence of str
        Names and numbers that the user looks for.
    share : Share
        Who checks the values.
    """
    found = _find_beside_entries(archive)
    echo = Echo(collect_identities(harvest.values.items(), watch))  # what is no data element tells of nobody
    removed = _removed_sequences(harvest.values, options)
    gathering = _Gathering()
    instances = _Instances()
    conflicts = tuple(check_conflicts(instances.take(harvest.records, gathering)))
    pseudonyms = _Pseudonyms(instances.pseudonyms, instances.pseudonym_texts())
    flags_of: ByValue[tuple[Flag, ...]] = ByValue()
    same: dict[tuple[Flag, ...], tuple[Flag, ...]] = {}
    """Each set of flags once: most values have the same as many others."""
    others = (one for one in harvest.values.items() if one[0].where is not Where.ARCHIVE or one[0] not in found)

    def check(value: Value, entries: Sequence[int]) -> tuple[Flag, ...]:
        flags = check_value(value, options)
        if value.where is Where.ENTRY_NAME or (value.where is Where.ARCHIVE and not entries):
            flags = find_kinds(value.text or "")
        echoed = echo.check(value, entries)
        return flags + tuple([flag for flag in echoed if KEPT_BY.get(flag.rule) not in options.names])

    for value, entries, flags in share(check, chain(others, found.items(), _find_name_parts(archive))):
        if not flags:
            continue
        holder = _find_holder(value, removed)
        judged_flags: dict[Flag, None] = {}
        for flag in flags:
            for judged, part in _split_by_pseudonym(flag, value, entries, pseudonyms):
                judged_flags[judged] = None
                if holder is None:
                    gathering.add(judged, value, part)
                else:
                    gathering.add_inside(holder, judged, value, part)
        said = tuple(judged_flags)
        flags_of[value] = same.setdefault(said, said)
    for flag in check_comment(archive.comment):
        gathering.add(flag, to_found_text(Where.ARCHIVE, to_printable(archive.comment)), ())
    findings = [*gathering.findings()]
    del gathering  # what it holds is as much as the findings
    findings += conflicts
    return Judgement((*findings, *_judge_claims(instances.claims, findings)), flags_of)


def describe_value(value: Value) -> str:
    """Return a value as text: itself, or what it is where it has no text."""
    if value.text is not None:
        return f"{value.origin}: {value.text}" if value.origin else value.text
    if value.vr == "SQ":
        return "1 item" if value.items == 1 else f"{value.items} items"
    return f"{value.length:,} bytes" if value.length >= 0 else "binary"


def find_in_archive(archive: Archive | Part) -> Mapping[Value, Sequence[int]]:
    """Return the archive's own texts: its name, each part of the entries' paths, and its comment."""
    return dict(chain(_find_beside_entries(archive).items(), _find_name_parts(archive)))


def _find_beside_entries(archive: Archive | Part) -> Values:
    """Return name and comment of the archive."""
    found = Values()
    found[to_found_text(Where.ARCHIVE, archive.name, "name")] = ()
    if archive.comment:
        for text in extract(archive.comment).texts:
            value = to_found_text(Where.ARCHIVE, text.text, "comment")
            if value not in found:
                found[value] = ()
    return found


def _find_name_parts(archive: Archive | Part) -> Iterator[tuple[Value, Sequence[int]]]:
    """Yield each part of the entries' paths, and the entries that have it.

    Most are names of one file, as many as there are entries: they are gone through several times, some parts at each.
    """
    passes = min(_MOST_PASSES, 1 + len(archive.names) // _NAMES_AT_ONCE)
    for number in range(passes):
        found: dict[str, int | array[int]] = {}
        for entry, name in archive.names if isinstance(archive, Part) else enumerate(archive.names):
            for part in dict.fromkeys(name.split("/")):
                if not part or (passes > 1 and crc32(part.encode()) % passes != number):
                    continue
                known = found.get(part)
                if known is None:
                    found[part] = entry
                elif isinstance(known, int):
                    found[part] = array("I", (known, entry))
                else:
                    known.append(entry)
        for part, entries in found.items():
            yield to_found_text(Where.ENTRY_NAME, part), (entries,) if isinstance(entries, int) else entries


_NAMES_AT_ONCE, _MOST_PASSES = 24_576, 8


class _Instances:
    """What the records of entries tell of instances. They are gone through once: each is made when it is asked for."""

    def __init__(self) -> None:
        self.claims: dict[int, Claim] = {}
        self.pseudonyms: dict[int, Severity] = {}
        """How grave name and ID are, seen together, for the entries where that is less than `identifier`."""
        self._judged: dict[tuple[str, str, Claim], Severity] = {}

    def take(self, records: Iterable[Record], gathering: _Gathering) -> Iterator[InstanceIdentity]:
        """Yield who each instance is about; what was noticed of an entry goes to the findings."""
        for record in records:
            for noticed in record.noticed:
                place = Place(noticed.where, noticed.path, noticed.tag, noticed.vr, noticed.private_creator)
                gathering.add_at(place, noticed.flag, noticed.text, (record.entry,))
            if record.claim is not None:
                self.claims[record.entry] = record.claim
            instance = record.instance
            if instance is None:
                continue
            severity = self._judge(instance.patient_name, instance.patient_id, record.claim or _NO_CLAIM)
            if severity is not Severity.IDENTIFIER:
                self.pseudonyms[record.entry] = severity
            if not instance.is_media_directory:
                yield _to_identity(instance)

    def pseudonym_texts(self) -> Mapping[str, Severity]:
        """Return names and IDs that are nowhere an identifier: they may stand in a table beside the images, too."""
        texts: dict[str, Severity] = {}
        for (name, number, _claim), severity in self._judged.items():
            for text in filter(None, (name.strip(PADDING), number.strip(PADDING))):
                texts[text] = min(severity, texts.get(text, severity), key=lambda each: each.rank)
        return {text: severity for text, severity in texts.items() if severity is not Severity.IDENTIFIER}

    def _judge(self, name: str, number: str, claim: Claim) -> Severity:
        key = (name, number, claim)
        if key not in self._judged:
            method = claim.method or " ".join(sorted(claim.codes))
            self._judged[key] = judge_pseudonym(name, number, claim.identity_removed, method)
        return self._judged[key]


class _Pseudonyms(NamedTuple):
    """How grave names and IDs are that may be pseudonyms; see `_Instances`."""

    of_entry: Mapping[int, Severity]
    of_text: Mapping[str, Severity]


def _split_by_pseudonym(
    flag: Flag, value: Value, entries: Sequence[int], pseudonyms: _Pseudonyms
) -> Iterator[tuple[Flag, Sequence[int]]]:
    """Yield the flag for the entries where it stands, and a milder one where name and ID are a pseudonym."""
    known = pseudonyms.of_text.get(value.text or "") if flag.rule == "named-field" else None
    if known is not None:
        yield replace(flag, severity=known, evidence=f"{flag.evidence}: {_SAME_AS}"), entries
        return
    if flag.severity is not Severity.IDENTIFIER or value.path not in _PSEUDONYM_PATHS or flag.rule != "profile":
        yield flag, entries
        return
    parts: dict[Severity, Indexes] = {}
    for entry in entries:
        parts.setdefault(pseudonyms.of_entry.get(entry, Severity.IDENTIFIER), to_entries(())).append(entry)
    for severity, part in parts.items():
        if severity is Severity.IDENTIFIER:
            yield flag, part
        else:
            yield replace(flag, severity=severity, evidence=_PSEUDONYM_EVIDENCE[severity]), part


def _removed_sequences(values: Iterable[Value], options: Options) -> frozenset[str]:
    """Return the paths of the sequences that the profile removes whole."""
    return frozenset(
        value.path
        for value in values
        if value.items
        and value.where is Where.ELEMENT
        and (
            is_removed_sequence(value.tag, options)
            or is_removed_private_sequence(value.tag, value.private_creator, options)
        )
    )


def _find_holder(value: Value, removed: frozenset[str]) -> str | None:
    """Return the path of the outermost removed sequence that holds the value; None if there is none."""
    if "/" not in value.path or not removed or value.where is not Where.ELEMENT:
        return None
    end = value.path.find("[")
    while end >= 0:
        if value.path[:end] in removed:
            return value.path[:end]
        end = value.path.find("[", end + 1)
    return None


@dataclass(slots=True)
class _Gathered:
    """A finding while it is being gathered."""

    tag: int
    vr: str
    singles: array[int] = field(default_factory=partial(array, "I"))
    """Entries that were added alone."""
    parts: dict[int, Sequence[int]] = field(default_factory=dict)
    """Those that were added together, by identity: many values share one sequence."""
    count: int = 0
    texts: dict[str, None] = field(default_factory=dict)


@dataclass(slots=True)
class _Inside:
    """What was found inside of a removed sequence, while it is being gathered."""

    worst: dict[int, Severity] = field(default_factory=dict)
    """By entry."""
    texts: dict[Severity, dict[str, None]] = field(default_factory=dict)
    names: dict[Severity, dict[str, None]] = field(default_factory=dict)


class _Gathering:
    """Flags of many values, gathered into findings: one for each flag at each place."""

    def __init__(self) -> None:
        self._gathered: dict[tuple[Flag, Where, str, str | None], _Gathered] = {}
        self._inside: dict[str, _Inside] = {}
        self._united: dict[bytes, Sequence[int]] = {}
        """The entries of findings, each once, by a digest: most findings are about the same ones."""

    def add(self, flag: Flag, value: Value, entries: Sequence[int]) -> None:
        """Take in what a rule says of a value; without entries, of the archive itself."""
        place = Place(value.where, value.path, value.tag, value.vr, value.private_creator)
        self.add_at(place, flag, describe_value(value), entries)

    def add_at(self, place: Place, flag: Flag, text: str, entries: Sequence[int]) -> None:
        """Take in what a rule says of a place."""
        key = (flag, place.where, place.path, place.private_creator)
        known = self._gathered.get(key)
        if known is None:
            known = self._gathered[key] = _Gathered(place.tag, place.vr)
        if len(entries) == 1:
            known.singles.append(entries[0])
        elif entries:
            known.parts[id(entries)] = entries
        known.count += len(entries) or 1
        if text:
            known.texts[text] = None
        # Chosen by order, not by first occurrence: that depends on how the entries were shared out.
        known.vr = min(known.vr, place.vr)

    def add_inside(self, holder: str, flag: Flag, value: Value, entries: Sequence[int]) -> None:
        """Keep what lies inside of a removed sequence for the finding of that sequence."""
        inside = self._inside.setdefault(holder, _Inside())
        for entry in entries:
            known = inside.worst.get(entry)
            if known is None or flag.severity.rank < known.rank:
                inside.worst[entry] = flag.severity
        inside.texts.setdefault(flag.severity, {})[describe_value(value)] = None
        name = element_name(value.tag, value.private_creator) or value.path.rpartition("/")[2]
        inside.names.setdefault(flag.severity, {})[name] = None

    def findings(self) -> Iterator[Finding]:
        """Return all findings, a removed sequence with the worst that it holds; in no particular order."""
        for (flag, where, path, private_creator), known in self._gathered.items():
            place = Place(where, path, known.tag, known.vr, private_creator)
            inside = self._inside.get(path) if where is Where.ELEMENT else None
            if inside is None:
                yield _to_finding(flag, place, self._entries_of(known), known.count, known.texts)
            else:
                yield from _to_findings_of_sequence(flag, place, self._entries_of(known), known.texts, inside)

    def _entries_of(self, known: _Gathered) -> Sequence[int]:
        united = to_entries(sorted(set(known.singles).union(*known.parts.values())))
        digest = hashlib.sha256(united).digest()
        for part in known.parts.values():  # one of the values may have the very same
            if len(part) == len(united) and isinstance(part, Indexes) and hashlib.sha256(part).digest() == digest:
                return self._united.setdefault(digest, part)
        return self._united.setdefault(digest, united)


def _to_findings_of_sequence(
    flag: Flag, place: Place, entries_of_all: Sequence[int], texts: Iterable[str], inside: _Inside
) -> Iterator[Finding]:
    parts: dict[Severity, list[int]] = {}
    for entry in entries_of_all:
        worst = inside.worst.get(entry, flag.severity)
        parts.setdefault(worst if worst.rank < flag.severity.rank else flag.severity, []).append(entry)
    for severity, entries in parts.items():
        names = sorted(inside.names.get(severity, ()))
        more = len(names) - _NAMED_CONTENTS
        evidence = ", ".join(names[:_NAMED_CONTENTS]) + (f" and {more:,} more" if more > 0 else "")
        judged = replace(flag, severity=severity, evidence=f"it holds {evidence}" if names else flag.evidence)
        yield _to_finding(judged, place, to_entries(entries), len(entries), inside.texts.get(severity, texts))


def _to_finding(flag: Flag, place: Place, entries: Sequence[int], count: int, texts: Iterable[str]) -> Finding:
    distinct = sorted(texts)
    return Finding(
        flag=flag,
        where=place.where,
        path=place.path,
        tag=f"{place.tag:08X}" if place.path else "",
        keyword=element_keyword(place.tag, place.private_creator) if place.path else "",
        vr=place.vr,
        private_creator=place.private_creator,
        entries=entries,
        count=count,
        values=tuple(distinct[:MAX_VALUES]),
        distinct=len(distinct),
    )


def _to_identity(instance: Instance) -> InstanceIdentity:
    return InstanceIdentity(
        entry=instance.entry,
        patient_id=instance.patient_id,
        patient_name=instance.patient_name,
        study_instance_uid=instance.study_instance_uid,
        series_instance_uid=instance.series_instance_uid,
        sop_instance_uid=instance.sop_instance_uid,
    )


def _judge_claims(claims: Mapping[int, Claim], findings: Sequence[Finding]) -> Iterator[Finding]:
    """Compare what instances claim with what was found in them, once per distinct combination."""
    if not claims:
        return
    combinations: dict[tuple[Claim, frozenset[Fact]], list[int]] = {}
    for entry, found in _find_facts(findings, claims):
        combinations.setdefault((claims[entry], found), []).append(entry)
    gathering = _Gathering()
    for (claim, found), entries in combinations.items():
        for contradiction in check_claims(claim, found):
            tag = contradiction.tag
            path = f"({tag >> 16:04X},{tag & 0xFFFF:04X})"
            place = Place(Where.ELEMENT, path, tag, element_vr(tag), None)
            gathering.add_at(place, contradiction.flag, _claimed(claim, tag), entries)
    yield from gathering.findings()


def _find_facts(findings: Iterable[Finding], wanted: Collection[int]) -> Iterator[tuple[int, frozenset[Fact]]]:
    """Yield what was found in each of the wanted entries; those in which the same was found share one set.

    Findings that are about the same entries are gone through together, and an entry has the number of what was found
    in it so far instead of a set of its own: there are few such numbers, and many entries.
    """
    by_entries: dict[int, tuple[Sequence[int], set[Fact]]] = {}
    for finding in findings:
        _, facts = by_entries.setdefault(id(finding.entries), (finding.entries, set()))
        facts.add(Fact(finding.flag.rule, finding.flag.severity, int(finding.tag or "0", 16)))
    number_of = dict.fromkeys(wanted, 0)
    found: list[frozenset[Fact]] = [frozenset()]
    for entries, facts in by_entries.values():
        nexts: dict[int, int] = {}
        for entry in entries:
            number = number_of.get(entry)
            if number is None:
                continue
            following = nexts.get(number)
            if following is None:
                following = nexts[number] = len(found)
                found.append(found[number] | facts)
            number_of[entry] = following
    for entry, number in number_of.items():
        yield entry, found[number]


def _claimed(claim: Claim, tag: int) -> str:
    """Return the value of the element that makes the claim."""
    return {IDENTITY_REMOVED: claim.identity_removed, METHOD: claim.method, TEMPORAL: claim.temporal}.get(
        tag, " ".join(sorted(claim.codes))
    )
