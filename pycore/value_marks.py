"""What a reviewer said of distinct values: *fine* or *must go*, and what follows from it.

A mark belongs to a value at a place: the element's path without the numbers of its Items, since the hundredth Item of a
directory is no other question than the first. It is kept by a key, a digest over both and over what the archive is made
of (`secret_of`): the key tells nothing to who does not have the archive, so a file of marks holds no value.

What a mark does:

- *fine*: what was `review` for this value is `info`, with the mark as evidence: that a person must look is answered by
  a person who looked. What is `identifier` or `quasi` stays as grave as it is, for the profile wants it gone and no
  click makes it leave; its evidence says that a reviewer saw it otherwise. Whoever means to keep such values chooses
  the option of the profile that lets them stay.
- *must go*: a finding `marked-must-go`, `review` at least and as grave as the gravest that the rules say of the value.

What lies inside of a removed sequence is judged with that sequence, and a mark *fine* does not change it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from pycore.findings import MAX_VALUES, Finding, Flag, Severity, to_entries
from pycore.harvest import Record
from pycore.judgement import describe_value
from pycore.paths import fold_items
from pycore.phi.value import Value
from pycore.standard import STANDARD_EDITION, element_keyword

MAX_TEXT = 2000
"""Characters of a note; of a reviewer's name, a path and a time, too."""

_CLAUSE = f"PS3.15 §E.1.1 ({STANDARD_EDITION})"


class Said(StrEnum):
    """What the reviewer said of a value."""

    FINE = "fine"
    MUST_GO = "must go"


@dataclass(frozen=True, slots=True)
class ValueMark:
    """One mark on one distinct value at one place."""

    key: str
    """`value_key` of the value."""
    path: str
    """`fold_items` of its path."""
    said: Said
    note: str = ""
    reviewer: str = ""
    """Who, as typed."""
    time: str = ""
    """When, by the reviewer's clock: '2026-03-01T09:30:00Z'."""

    @staticmethod
    def of(plain: Mapping[str, Any]) -> ValueMark:
        """Read a mark from JSON; raises TypeError, ValueError or KeyError for what is of another form."""
        path, note, reviewer, time = (
            str(plain.get(name) or "").strip()[:MAX_TEXT] for name in ("path", "note", "reviewer", "time")
        )
        return ValueMark(str(plain["key"]), path, Said(plain["said"]), note, reviewer, time)


def secret_of(names: Iterable[str], sizes: Iterable[int], records: Iterable[Record]) -> bytes:
    """Return a digest over what the archive is made of; it is written nowhere.

    Parameters
    ----------
    names, sizes : iterable of str, of int
        Of all entries, by index.
    records : iterable of Record
        One per entry, by index.
    """
    digest = hashlib.sha256()
    for name, size, record in zip(names, sizes, records, strict=True):
        instance = record.instance
        uid = "" if instance is None else instance.sop_instance_uid
        digest.update(f"{name}\0{size}\0{uid}\0".encode(errors="surrogatepass"))
    return digest.digest()


def value_key(secret: bytes, value: Value) -> str:
    """Return 64 hexadecimal digits: the same for the same value at the same place of the same archive."""
    words = (
        value.where,
        fold_items(value.path),
        value.private_creator or "",
        value.vr,
        value.origin,
        "=" + value.text if value.text is not None else "",
        str(value.length if value.text is None else ""),
        str(value.items),
    )
    return hashlib.blake2b("\0".join(words).encode(errors="surrogatepass"), key=secret, digest_size=32).hexdigest()


def find_marked(marks: Sequence[ValueMark], secret: bytes, values: Iterable[Value]) -> dict[Value, ValueMark]:
    """Return the values that the marks are about; none for a mark that is about no value of this archive."""
    by_key = {mark.key: mark for mark in marks}
    paths = {mark.path for mark in marks}
    found = {}
    for value in values:
        if fold_items(value.path) in paths:
            mark = by_key.get(value_key(secret, value))
            if mark is not None:
                found[value] = mark
    return found


def apply_value_marks(
    marked: Mapping[Value, ValueMark],
    findings: Iterable[Finding],
    values: Mapping[Value, Sequence[int]],
    flags: Mapping[Value, tuple[Flag, ...]],
) -> tuple[Finding, ...]:
    """Return what the marks make of the findings of a review, in no particular order, as the module's docstring says.

    Parameters
    ----------
    marked : mapping of Value to ValueMark
    findings : iterable of Finding
        Of the review.
    values, flags : mapping of Value
        Of the report: entries by value, one per occurrence, and what was said of each value.
    """
    fine = {value for value, mark in marked.items() if mark.said is Said.FINE}
    places = {(value.where, value.path, value.private_creator) for value in fine}
    at_place: dict[tuple[object, ...], list[Value]] = {place: [] for place in places}
    for value in flags if places else ():
        place = (value.where, value.path, value.private_creator)
        if place in at_place:
            at_place[place].append(value)
    kept: list[Finding] = []
    for finding in findings:
        here = at_place.get((finding.where, finding.path, finding.private_creator), ())
        said = [value for value in here if finding.flag in flags[value]]
        kept += _split(finding, said, fine, values)
    must_go = [value for value, mark in marked.items() if mark.said is Said.MUST_GO]
    return (*kept, *_to_must_go(must_go, values, flags))


def _split(
    finding: Finding, said: Sequence[Value], fine: set[Value], values: Mapping[Value, Sequence[int]]
) -> Iterator[Finding]:
    """Yield the finding for the values that are not fine, and what it becomes for those that are."""
    cleared = [value for value in said if value in fine]
    flag = finding.flag
    if not cleared or flag.severity is Severity.INFO:
        yield finding
        return
    if flag.severity is not Severity.REVIEW:
        what = "its value" if len(cleared) == finding.distinct else f"{len(cleared):,} of {finding.distinct:,} values"
        evidence = _joined(f"a reviewer marked {what} as fine, which changes nothing here", flag.evidence)
        yield replace(finding, flag=replace(flag, evidence=evidence))
        return
    rest = [value for value in said if value not in fine]
    if rest:
        yield _of_values(finding, flag, rest, values)
    judged = replace(flag, severity=Severity.INFO, evidence=_joined("a reviewer marked it as fine", flag.evidence))
    yield _of_values(finding, judged, cleared, values)


def _joined(said: str, evidence: str) -> str:
    return f"{said}; {evidence}" if evidence else said


def _of_values(finding: Finding, flag: Flag, chosen: Sequence[Value], values: Mapping[Value, Sequence[int]]) -> Finding:
    """Return the finding for some of its values."""
    members = set(finding.entries)
    occurrences = [entry for value in chosen for entry in values.get(value, ()) if entry in members]
    texts = sorted({describe_value(value) for value in chosen})
    return replace(
        finding,
        flag=flag,
        entries=to_entries(sorted(set(occurrences))),
        count=len(occurrences),
        values=tuple(texts[:MAX_VALUES]),
        distinct=len(texts),
    )


def _to_must_go(
    chosen: Sequence[Value], values: Mapping[Value, Sequence[int]], flags: Mapping[Value, tuple[Flag, ...]]
) -> Iterator[Finding]:
    """Yield a finding for each place and severity of values that must go."""
    groups: dict[tuple[Any, ...], list[Value]] = {}
    for value in chosen:
        worst = min((flag.severity for flag in flags.get(value, ())), key=lambda one: one.rank, default=Severity.INFO)
        severity = worst if worst.rank < Severity.REVIEW.rank else Severity.REVIEW
        groups.setdefault((value.where, value.path, value.private_creator, severity), []).append(value)
    for (where, path, creator, severity), members in groups.items():
        tag = members[0].tag
        occurrences = [entry for value in members for entry in values.get(value, ())]
        texts = sorted({describe_value(value) for value in members})
        yield Finding(
            flag=Flag("marked-must-go", _CLAUSE, "X", severity, "a reviewer says that it must go"),
            where=where,
            path=path,
            tag=f"{tag:08X}" if path else "",
            keyword=element_keyword(tag, creator) if path else "",
            vr=min(value.vr for value in members),
            private_creator=creator,
            entries=to_entries(sorted(set(occurrences))),
            count=len(occurrences),
            values=tuple(texts[:MAX_VALUES]),
            distinct=len(texts),
        )
