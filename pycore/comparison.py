"""Two reports, before and after de-identification -> `Comparison`: what became of every element, and whether it holds.

Objects are brought together by `matching`. For each element path it is counted what was removed, emptied, replaced,
kept and added. Then it is asked what a reader of one file cannot see:

- Are replacements consistent? Rules `uid-split` (one UID became several, or was kept in one place and replaced in
  another: references lead nowhere), `uid-merged` (several became one), `id-split` and `id-merged` (Patient ID),
  `value-split` (another name or number became several), `date-shift` (dates of one patient were moved by different
  numbers of days).
- What survives? The identities of *before* are looked for in all of *after* by `phi.echo`, in names of entries, other
  files, private elements and carriers, too; and UIDs that were to be replaced are looked for everywhere.
- What was lost that nobody asked to lose?
- Did the pixels change?

Binary values are compared by their length, times of day by their text. Nothing is masked here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

from pycore.archive import Archive
from pycore.findings import OfEntries, Severity, Where
from pycore.judgement import KEPT_BY, describe_value, find_in_archive
from pycore.matching import How, Matching, match
from pycore.phi.dummies import is_dummy, is_standard_uid
from pycore.phi.echo import Echo, Identities, collect_identities
from pycore.phi.options import Options
from pycore.phi.private import check_private
from pycore.phi.profile import find_action, is_asked
from pycore.phi.value import PADDING, Value
from pycore.pixel_digest import UNREADABLE
from pycore.review import Report, Verdict
from pycore.standard import element_name, find_profile_row, find_severity, identity_rows

MAX_EXAMPLES = 3
"""Changes that are shown of one element, the most frequent first."""
MAX_INCONSISTENCIES = 50
"""Of each rule that are listed; the others are counted."""
MAX_LISTED = 1000
"""Objects without a partner, or with other pixels, that are listed on each side."""


class Change(NamedTuple):
    """What became of one value, how often; None where there is no element."""

    old: str | None
    new: str | None
    objects: int


@dataclass(frozen=True, slots=True)
class ElementRow:
    """What became of one element in all objects that have a partner; counts of objects."""

    path: str
    """Of the place before; the block number of private elements stands as xx."""
    name: str
    vr: str
    private_creator: str | None
    action: str
    """What the profile asks; empty where it asks nothing."""
    asked: bool
    """Whether the profile, or any rule, asks that the element may not stay."""
    removed: int
    emptied: int
    replaced: int
    kept: int
    added: int
    lost: int
    """How many of those removed, emptied or replaced nobody asked for."""
    examples: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Inconsistency:
    """One value before, and the several that came of it; or several before, and the one they became."""

    rule: str
    patient: str
    """Whose dates they are, by the Patient ID before; empty for other rules."""
    old: tuple[str, ...]
    new: tuple[str, ...]
    """Values; of `date-shift` days: '-35'."""
    paths: tuple[str, ...]
    """Where it was seen."""
    occurrences: int
    """How often, over all objects and elements."""


@dataclass(frozen=True, slots=True)
class Survivor:
    """What identified someone before and is in the archive after."""

    rule: str
    severity: Severity
    where: Where
    path: str
    name: str
    private_creator: str | None
    evidence: str
    entries: tuple[int, ...]
    """Of the archive after."""
    values: tuple[str, ...]
    """Distinct ones, in order; at most `MAX_EXAMPLES`."""
    distinct: int


@dataclass(frozen=True, slots=True)
class Pixels:
    """What became of the Pixel Data of objects that have a partner; entries of the archive after."""

    same: int
    changed: tuple[int, ...]
    recoded: tuple[int, ...]
    """In another coding, so that the bytes say nothing."""
    removed: tuple[int, ...]
    added: tuple[int, ...]
    unreadable: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """The whole answer, unmasked."""

    before: Report
    after: Report
    matching: Matching
    elements: tuple[ElementRow, ...]
    """In the order of the data set."""
    inconsistencies: tuple[Inconsistency, ...]
    """At most `MAX_INCONSISTENCIES` of each rule."""
    inconsistent: Mapping[str, int]
    """Rule -> how many there are, listed or not."""
    survivors: tuple[Survivor, ...]
    """Gravest first."""
    pixels: Pixels | None
    """None where Pixel Data was not read."""

    @property
    def matched_by(self) -> dict[How, int]:
        """How many pairs were found by what."""
        counts = Counter(pair.how for pair in self.matching.pairs)
        return {how: counts[how] for how in How if counts[how]}

    @property
    def lost(self) -> tuple[ElementRow, ...]:
        """The elements that were lost though nobody asked."""
        return tuple(row for row in self.elements if row.lost)

    @property
    def verdict(self) -> Verdict:
        """Whether what was to go is gone and the rest holds; the review of the file after is another one."""
        if any(one.severity is Severity.IDENTIFIER for one in self.survivors):
            return Verdict.IDENTIFIED
        matching, pixels = self.matching, self.pixels
        doubts = (
            self.survivors,
            self.inconsistencies,
            self.lost,
            matching.only_before,
            matching.only_after,
            pixels and (pixels.changed or pixels.recoded or pixels.removed or pixels.added or pixels.unreadable),
            self.after.archive.unreadable,
            not matching.pairs,
        )
        return Verdict.REVIEW if any(doubts) else Verdict.CLEAN

    @property
    def reason(self) -> str:
        """The verdict's reason in one or two sentences; it quotes no value."""
        return _reason(self)


def compare(
    before: Report,
    after: Report,
    archive: Archive,
    *,
    watch: Sequence[str] = (),
    digests: tuple[Mapping[int, str], Mapping[int, str]] | None = None,
) -> Comparison:
    """Compare two reviewed archives.

    Parameters
    ----------
    before, after : Report
        Under the same options.
    archive : Archive
        The one after, for the names in it.
    watch : sequence of str
        Names and numbers that must not be in the archive after, beside those of before.
    digests : two mappings of int to str, optional
        Entry -> `pixel_digest.read_pixel_digest`, before and after.
    """
    matching = match(before, after, digests)
    changes = _Changes(before, after, matching)
    rows = tuple(changes.rows())
    found = sorted(changes.inconsistencies(), key=lambda one: (_RULES.index(one.rule), -one.occurrences, one))
    counts = Counter(one.rule for one in found)
    listed: list[Inconsistency] = []
    shown: Counter[str] = Counter()
    for one in found:
        shown[one[0]] += 1
        if shown[one[0]] <= MAX_INCONSISTENCIES:
            listed.append(Inconsistency(*one))
    return Comparison(
        before=before,
        after=after,
        matching=matching,
        elements=rows,
        inconsistencies=tuple(listed),
        inconsistent={rule: counts[rule] for rule in _RULES if counts[rule]},
        survivors=_find_survivors(before, after, archive, matching, watch),
        pixels=None if digests is None else _compare_pixels(matching, *digests),
    )


# What became of each element.

_RULES = ("id-split", "id-merged", "uid-split", "uid-merged", "value-split", "date-shift")
_BLOCK = re.compile(r",[0-9A-F]{2}([0-9A-F]{2})\)$")
_SEQUENCES = re.compile(r"\(([0-9A-F]{4}),([0-9A-F]{4})\)\[")
_OWN_TAGS = frozenset({0x0012_0062, 0x0012_0063, 0x0012_0064, 0x0028_0303})
"""What a de-identifier writes about itself: Patient Identity Removed, De-identification Method and its codes, and
Longitudinal Temporal Information Modified."""
_PATIENT_ID, _BIRTH_DATE = 0x0010_0020, 0x0010_0030
_NAMED_VRS = frozenset({"LO", "SH", "PN", "AE"})
_MAX_PLACES = 10


class _Place(NamedTuple):
    path: str
    private_creator: str
    is_meta: bool


class _Found(NamedTuple):
    """An `Inconsistency` whose fields sort."""

    rule: str
    patient: str
    old: tuple[str, ...]
    new: tuple[str, ...]
    paths: tuple[str, ...]
    occurrences: int


class _Mapped:
    """What one value became, where, and how often."""

    __slots__ = ("counts", "paths")

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.paths: dict[str, dict[str, None]] = {}

    def add(self, new: str, path: str, count: int) -> None:
        self.counts[new] += count
        self.paths.setdefault(new, {})[path] = None

    def places(self) -> tuple[str, ...]:
        """Return a place of each value, then others, as many as are listed."""
        firsts = dict.fromkeys(next(iter(paths)) for paths in self.paths.values())
        return tuple(list(firsts | {path: None for paths in self.paths.values() for path in paths})[:_MAX_PLACES])


_Held = list[tuple[Value, Sequence[int]]]


def _find_pairs(pair_of: Mapping[int, int]) -> OfEntries[frozenset[int]]:
    return OfEntries(lambda entries: frozenset([pair_of[entry] for entry in entries if entry in pair_of]))


class _Changes:
    """Goes through the elements of both archives once, place by place."""

    def __init__(self, before: Report, after: Report, matching: Matching) -> None:
        self._before, self._options = before, before.options
        self._pairs = (
            _find_pairs({pair.before: number for number, pair in enumerate(matching.pairs)}),
            _find_pairs({pair.after: number for number, pair in enumerate(matching.pairs)}),
        )
        self._places = (_by_place(before), _by_place(after))
        instances = {record.entry: record.instance for record in before.records}
        self._patients: list[str] = []
        for pair in matching.pairs:
            instance = instances[pair.before]
            assert instance is not None  # it was matched
            self._patients.append(instance.patient_id or instance.patient_name)
        self._shifted_items: dict[str, set[int]] = {}
        """Path of a sequence -> pairs in which it has more or fewer Items than before: theirs cannot be told apart."""
        self._uids: dict[str, _Mapped] = {}
        self._ids: dict[str, _Mapped] = {}
        self._others: dict[tuple[int, str], _Mapped] = {}
        self._dates: dict[str, list[tuple[str, date, date, int]]] = {}

    def rows(self) -> Iterator[ElementRow]:
        """Yield what became of each element, in the order of the data set."""
        for place in sorted(self._places[0].keys() | self._places[1].keys()):
            held = self._places[0].get(place, []), self._places[1].get(place, [])
            row = self._row(place, held)
            if row is not None:
                yield row

    def _row(self, place: _Place, held: tuple[_Held, _Held]) -> ElementRow | None:
        values = [value for value, _ in held[0] or held[1]]
        first = next((value for value in values if value.has_value), values[0])
        moves = self._moves(held)
        if not moves:
            return None
        asked = _is_asked(first, self._options)
        counts = dict.fromkeys(("removed", "emptied", "replaced", "kept", "added", "lost"), 0)
        changes: Counter[tuple[str | None, str | None]] = Counter()
        for (old, new), pairs in moves.items():
            fate = _find_fate(old, new)
            counts[fate] += len(pairs)
            texts = None if old is None else describe_value(old), None if new is None else describe_value(new)
            changes[texts] += len(pairs)
            is_gone = old is not None and old.has_value and fate in {"removed", "emptied", "replaced"}
            if old is not None and is_gone and not asked and not self._is_flagged(old) and _counts_as_lost(old, new):
                counts["lost"] += len(pairs)
            if old is not None and new is not None:
                self._note(place, old, new, pairs)
        examples = sorted(
            changes.items(), key=lambda item: (item[0][0] == item[0][1], -item[1], item[0][0] or "", item[0][1] or "")
        )
        return ElementRow(
            path=place.path,
            name=element_name(first.tag, first.private_creator),
            vr=first.vr,
            private_creator=first.private_creator,
            action="" if first.tag >> 16 & 1 else find_action(first.tag, first.vr, self._options),
            asked=asked,
            examples=tuple(Change(*texts, count) for texts, count in examples[:MAX_EXAMPLES]),
            **counts,
        )

    def _moves(self, held: tuple[_Held, _Held]) -> dict[tuple[Value | None, Value | None], list[int] | frozenset[int]]:
        """Return which pairs went from which value to which; an element that is absent is None."""
        sets = [[(value, self._pairs[at](entries)) for value, entries in held[at]] for at in (0, 1)]
        sets = [[(value, pairs) for value, pairs in side if pairs] for side in sets]
        if len(sets[0]) == len(sets[1]) == 1 and sets[0][0][1] == sets[1][0][1]:
            return {(sets[0][0][0], sets[1][0][0]): sets[0][0][1]}
        moves: dict[tuple[Value | None, Value | None], list[int] | frozenset[int]] = {}
        new_of: dict[int, Value] = {}
        for value, pairs in sets[1]:
            new_of.update(dict.fromkeys(pairs, value))
        met: set[int] = set()
        lists: dict[tuple[Value | None, Value | None], list[int]] = {}
        for value, pairs in sets[0]:
            for pair in sorted(pairs):
                lists.setdefault((value, new_of.get(pair)), []).append(pair)
            met |= pairs
        for pair in sorted(new_of.keys() - met):
            lists.setdefault((None, new_of[pair]), []).append(pair)
        moves.update(lists)
        return moves

    def _is_flagged(self, value: Value) -> bool:
        return any(flag.severity is not Severity.INFO for flag in self._before.flags.get(value, ()))

    # What the consistency is judged by.

    def _note(self, place: _Place, old: Value, new: Value, pairs: Iterable[int]) -> None:
        if old.vr == "SQ" and old.items != new.items:
            self._shifted_items.setdefault(place.path, set()).update(pairs)
        count = len(pairs) if isinstance(pairs, list | frozenset) else sum(1 for _ in pairs)
        if "[" in place.path and self._shifted_items:
            shifted: set[int] = set()
            for found in re.finditer(r"\[", place.path):
                shifted |= self._shifted_items.get(place.path[: found.start()], set())
            if shifted:
                pairs = [pair for pair in pairs if pair not in shifted]
                count = len(pairs)
        if not count or not old.text or new.text is None:
            return
        if old.vr == "UI":
            if _is_replaced_uid(old):
                self._note_parts(self._uids, old.text, new.text, place.path, count)
        elif old.vr in {"DA", "DT"}:
            if find_profile_row(old.tag) is not None and old.tag != _BIRTH_DATE:
                self._note_dates(place.path, old, new, pairs)
        elif old.tag == _PATIENT_ID and "/" not in place.path:
            if new.text:
                self._ids.setdefault(old.text, _Mapped()).add(new.text, place.path, count)
        elif old.vr in _NAMED_VRS and new.text and not is_dummy(old) and _is_named(old, self._options):
            self._others.setdefault((old.tag, old.text), _Mapped()).add(new.text, place.path, count)

    def _note_parts(self, table: dict[str, _Mapped], old: str, new: str, path: str, count: int) -> None:
        olds, news = old.split("\\"), new.split("\\")
        if len(olds) != len(news):
            return
        for one, other in zip(olds, news, strict=True):
            if one.strip(PADDING) and other.strip(PADDING):
                table.setdefault(one.strip(PADDING), _Mapped()).add(other.strip(PADDING), path, count)

    def _note_dates(self, path: str, old: Value, new: Value, pairs: Iterable[int]) -> None:
        if is_dummy(new) or is_dummy(old):
            return
        was, became = _to_date(old.text or ""), _to_date(new.text or "")
        if was is None or became is None:
            return
        for patient, count in Counter(self._patients[pair] for pair in pairs).items():
            self._dates.setdefault(patient, []).append((path, was, became, count))

    def inconsistencies(self) -> Iterator[_Found]:
        """Yield what the rows have shown; they must have been gone through."""
        yield from _find_splits("id-split", self._ids.items())
        yield from _find_merges("id-merged", self._ids)
        yield from _find_splits("uid-split", self._uids.items())
        yield from _find_merges("uid-merged", self._uids)
        yield from _find_splits("value-split", ((text, mapped) for (_, text), mapped in self._others.items()))
        for patient, moved in self._dates.items():
            shifts = _Mapped()
            for path, was, became, count in moved:
                shifts.add(f"{(became - was).days:+d}", path, count)
            is_constant = len({became for _, _, became, _ in moved}) == 1
            if len(shifts.counts) > 1 and not is_constant:
                days = tuple(sorted(shifts.counts, key=lambda shift: (-shifts.counts[shift], shift)))
                yield _Found("date-shift", patient, (), days, shifts.places(), sum(shifts.counts.values()))


def _by_place(report: Report) -> dict[_Place, _Held]:
    places: dict[_Place, _Held] = {}
    for value, entries in report.values.items():
        if value.extracted or value.origin or value.where not in {Where.ELEMENT, Where.FILE_META}:
            continue
        path = _BLOCK.sub(r",xx\1)", value.path) if value.private_creator and value.tag & 0xFFFF > 0xFF else value.path
        place = _Place(path, value.private_creator or "", value.where is Where.FILE_META)
        places.setdefault(place, []).append((value, entries))
    return places


def _find_fate(old: Value | None, new: Value | None) -> str:
    if old is None:
        return "added"
    if new is None:
        return "removed"
    if old.text == new.text and (old.text is not None or (old.length, old.items) == (new.length, new.items)):
        return "kept"
    if old.vr == "SQ" and new.vr == "SQ":
        return "kept" if old.items == new.items else "replaced" if new.items else "emptied"
    if old.has_value and not new.has_value:
        return "emptied"
    if old.vr in {"DS", "IS"} and _to_numbers(old.text) == _to_numbers(new.text):
        return "kept"
    return "replaced"


def _to_numbers(text: str | None) -> object:
    try:
        return [float(part) for part in (text or "").split("\\")]
    except ValueError:
        return text


def _is_asked(value: Value, options: Options) -> bool:
    """Return whether something is asked of an element or of a sequence around it, by the profile or our own list."""
    for group, number in _SEQUENCES.findall(value.path):
        tag = int(group + number, 16)
        if tag >> 16 & 1 or is_asked(tag, "SQ", options):
            return True
    if value.tag >> 16 & 1:
        is_creator = value.tag & 0xFFFF <= 0xFF
        return is_creator or any(flag.severity is not Severity.INFO for flag in check_private(value, options))
    if value.vr == "UI" and is_standard_uid(value):
        return False
    return is_asked(value.tag, value.vr, options)


def _counts_as_lost(old: Value, new: Value | None) -> bool:
    """Return whether a change is a loss: not in the File Meta Information, which every writer writes anew, and not of
    group lengths, which are retired."""
    if old.where is Where.FILE_META or old.tag & 0xFFFF == 0 or old.tag in _OWN_TAGS or old.tag == 0x0008_0005:
        return False
    return not (old.tag >> 16 == 0xFFFC or (old.vr == "UN" and new is not None and new.vr != "UN"))


def _is_replaced_uid(value: Value) -> bool:
    if is_standard_uid(value):
        return False
    row = find_profile_row(value.tag)
    return bool(value.tag >> 16 & 1) or (row is not None and "U" in row.basic)


def _is_named(value: Value, options: Options) -> bool:
    """Return whether an element is to hold a replacement: names and numbers, not texts that are cleaned."""
    row = find_profile_row(value.tag)
    return row is not None and not set(find_action(value.tag, value.vr, options)).isdisjoint("ZD")


def _find_splits(rule: str, mapped: Iterable[tuple[str, _Mapped]]) -> Iterator[_Found]:
    for old, became in mapped:
        if len(became.counts) > 1:
            news = tuple(sorted(became.counts, key=lambda new: (-became.counts[new], new)))
            yield _Found(rule, "", (old,), news, became.places(), sum(became.counts.values()))


def _find_merges(rule: str, mapped: Mapping[str, _Mapped]) -> Iterator[_Found]:
    olds: dict[str, list[str]] = {}
    for old, became in mapped.items():
        for new in became.counts:
            olds.setdefault(new, []).append(old)
    for new, several in olds.items():
        if len(several) > 1:
            paths = dict.fromkeys(path for old in several for path in mapped[old].paths[new])
            count = sum(mapped[old].counts[new] for old in several)
            yield _Found(rule, "", tuple(sorted(several)), (new,), tuple(paths)[:_MAX_PLACES], count)


def _to_date(text: str) -> date | None:
    digits = text.strip(PADDING).replace(".", "")[:8]
    if len(digits) != 8 or not digits.isascii() or not digits.isdigit():
        return None
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None


# What survives.

_SAME = "the same value as before, in the same element"
_UID_TOKEN = re.compile(r"(?<![0-9.])[0-2](?:\.[0-9]+)+(?![0-9])")
_NOT_SEARCHED = frozenset({"claim", "examination-date"})


def _find_survivors(
    before: Report, after: Report, archive: Archive, matching: Matching, watch: Sequence[str]
) -> tuple[Survivor, ...]:
    partner = {pair.before: pair.after for pair in matching.pairs}
    collected = collect_identities(before.values.items(), watch)
    moved: dict[int, frozenset[int]] = {}

    def move(entries: frozenset[int]) -> frozenset[int]:
        known = moved.get(id(entries))
        if known is None:
            known = moved[id(entries)] = frozenset(partner[entry] for entry in entries if entry in partner)
        return known

    identities = Identities(
        tuple(replace(one, entries=move(one.entries)) for one in collected.known),
        {day: move(entries) for day, entries in collected.examination_dates.items()},
    )
    echo = Echo(identities)
    texts = {identity.text for identity in collected.known}
    uids = _replaced_uids(before)
    options = after.options
    gathered: dict[tuple[str, Severity, Where, str, str, str], tuple[Value, dict[str, None], set[int]]] = {}

    def note(rule: str, severity: Severity, evidence: str, value: Value, shown: str, entries: Sequence[int]) -> None:
        key = (rule, severity, value.where, value.path, value.private_creator or "", evidence)
        _, values, touched = gathered.setdefault(key, (value, {}, set()))
        values[shown] = None
        touched.update(entries)

    for value, entries in {**after.values, **find_in_archive(archive)}.items():
        if not value.text:
            continue
        if _holds_identity(value, texts, options):
            row = find_profile_row(value.tag)
            severity = Severity.QUASI if row is None else find_severity(row)
            note("identity-kept", severity, _SAME, value, value.text, entries)
            continue
        for flag in echo.check(value, entries):
            if KEPT_BY.get(flag.rule) not in options.names:
                evidence = flag.evidence.replace("in this archive", "in the file before")
                note(flag.rule, flag.severity, evidence, value, describe_value(value), entries)
        if "." in value.text:
            for uid in _UID_TOKEN.findall(value.text):
                if uid in uids and is_asked(0x0008_0018, "UI", options):
                    note("uid-kept", Severity.QUASI, "a UID of before", value, uid, entries)
    survivors = [
        Survivor(
            rule=rule,
            severity=severity,
            where=where,
            path=path,
            name=element_name(value.tag, value.private_creator) if path else "",
            private_creator=value.private_creator,
            evidence=evidence,
            entries=tuple(sorted(touched)),
            values=tuple(sorted(values)[:MAX_EXAMPLES]),
            distinct=len(values),
        )
        for (rule, severity, where, path, _, evidence), (value, values, touched) in gathered.items()
    ]
    places = list(Where)
    return tuple(
        sorted(
            survivors,
            key=lambda one: (
                one.severity.rank,
                places.index(one.where),
                one.path,
                one.rule,
                one.private_creator or "",
                one.evidence,
            ),
        )
    )


def _holds_identity(value: Value, texts: set[str], options: Options) -> bool:
    """Return whether an element that says who someone is says the same as before, and may not."""
    if value.extracted or value.tag >> 16 & 1 or not value.text or not is_asked(value.tag, value.vr, options):
        return False
    row = identity_rows().get(f"{value.tag:08X}") or identity_rows().get(value.vr)
    if row is None or row.kind in _NOT_SEARCHED:
        return False
    return any(part.strip(PADDING) in texts for part in value.text.split("\\"))


def _replaced_uids(report: Report) -> set[str]:
    """Return the UIDs that a profile asks to replace."""
    return {
        uid.strip(PADDING)
        for value in report.values
        if value.vr == "UI" and value.text and not value.extracted and _is_replaced_uid(value)
        for uid in value.text.split("\\")
    }


# Pixels.


def _compare_pixels(matching: Matching, before: Mapping[int, str], after: Mapping[int, str]) -> Pixels:
    fates: dict[str, list[int]] = {}
    for pair in matching.pairs:
        old, new = before.get(pair.before, ""), after.get(pair.after, "")
        if UNREADABLE in (old, new):
            fate = "unreadable"
        elif old == new:
            fate = "same" if old else ""
        elif not new:
            fate = "removed"
        elif not old:
            fate = "added"
        else:
            fate = "changed" if old.partition(":")[0] == new.partition(":")[0] else "recoded"
        fates.setdefault(fate, []).append(pair.after)
    lists = {name: tuple(fates.get(name, ())) for name in ("changed", "recoded", "removed", "added", "unreadable")}
    return Pixels(same=len(fates.get("same", ())), **lists)


# The verdict's words.


def _reason(comparison: Comparison) -> str:
    matching, pixels = comparison.matching, comparison.pixels
    if not matching.pairs:
        return "No object of the file before was found in the file after, so there is nothing to compare."
    grave = [one for one in comparison.survivors if one.severity is Severity.IDENTIFIER]
    others = len(comparison.survivors) - len(grave)
    parts = [
        _counted(count, *words)
        for count, *words in (
            (others, "place holds something else of before", "places hold something else of before"),
            (sum(comparison.inconsistent.values()), "replacement is inconsistent", "replacements are inconsistent"),
            (len(comparison.lost), "element was lost unasked", "elements were lost unasked"),
            (len(matching.only_before), "object before has no partner", "objects before have no partner"),
            (len(matching.only_after), "object after has no partner", "objects after have no partner"),
            (
                len(pixels.changed) + len(pixels.recoded) + len(pixels.removed) + len(pixels.added) if pixels else 0,
                "object has other pixels",
                "objects have other pixels",
            ),
            (
                (len(pixels.unreadable) if pixels else 0) + comparison.after.archive.unreadable,
                "thing could not be read",
                "things could not be read",
            ),
        )
        if count
    ]
    if grave:
        touched = set().union(*(one.entries for one in grave))
        files = f", in {_counted(len(touched), 'file', 'files')}" if touched else ""
        head = f"What names a person before is still in {_counted(len(grave), 'place', 'places')} after{files}."
    else:
        head = "Nothing that names a person before was found after."
    rest = f" {_capital(', '.join(parts))}." if parts else " Replacements are consistent, and nothing was lost unasked."
    return head + rest + ("" if pixels else " Pixels were not compared.")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _counted(count: int, singular: str, plural: str) -> str:
    return f"{count:,} {singular if count == 1 else plural}"
