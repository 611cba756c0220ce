"""What varies inside a series: elements whose value is not the same in all of its instances, and between what.

Made of the distinct values of the review and the entries that hold them; nothing is read again. Of binary values the
review keeps only the length, so they vary here where their lengths do. The Items of the Per-Frame Functional Groups
(PS3.3 §C.7.6.16) stand for frames: what differs between them varies, too, also inside of a single instance.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from pycore.errors import RequestError
from pycore.findings import OfEntries, Severity, Where
from pycore.judgement import describe_value
from pycore.paths import fold_items, natural_order
from pycore.phi.value import Value
from pycore.review import Report
from pycore.standard import element_keyword, element_name

EXAMPLES = 3
"""How many values a row quotes."""
SHOWN_CHARACTERS = 200
"""How much of a value is shown."""

_MOST_COMPONENTS = 16
"""Values of more numbers (matrices, tables) have no range that says anything."""
_NUMBERS = frozenset({"DS", "IS", "US", "SS", "UL", "SL", "UV", "SV", "FL", "FD"})
_DATES = {"DA": re.compile(r"\d{8}|\d{4}\.\d\d\.\d\d"), "DT": re.compile(r"\d{4,14}(\.\d{1,6})?")}
_TIME = re.compile(r"\d\d(\d\d(\d\d(\.\d{1,6})?)?)?|\d\d:\d\d(:\d\d(\.\d{1,6})?)?")
_AGE = re.compile(r"(\d{3})([DWMY])")
_DAYS = {"D": 1.0, "W": 7.0, "M": 365.25 / 12, "Y": 365.25}
_FRAME = re.compile(r"^\(5200,9230\)\[[0-9]+\]")
_FRAMES = "(5200,9230)[*]"


class Kind(StrEnum):
    """As what the values of an element can be put in order."""

    NUMBER = "number"
    DATE = "date"
    TIME = "time"
    AGE = "age"
    TEXT = "text"
    """They have no order that says anything."""


class Held(NamedTuple):
    """One of the values, and where it is."""

    text: str
    path: str
    """Where it is in the first of the entries, Items counted from 0."""
    entries: Sequence[int]
    """Of the series, ascending, each once."""
    severity: Severity | None


@dataclass(frozen=True, slots=True)
class Variation:
    """An element that varies."""

    path: str
    """Without the numbers of Items."""
    tag: int
    private_creator: str | None
    vrs: tuple[str, ...]
    kind: Kind
    ranges: tuple[tuple[str, str], ...]
    """Lowest and highest value as written, of each component of the value; none where the kind is `TEXT`."""
    values: tuple[Held, ...]
    """Distinct ones, in order."""
    missing: tuple[int, ...]
    """Entries of the series that do not have it."""


def find_series(report: Report, entry: int) -> Sequence[int]:
    """Return the entries of the series that an entry belongs to, in the order of the series.

    Raises
    ------
    RequestError
        If it belongs to none.
    """
    for patient in report.patients:
        for study in patient.studies:
            for series in study.series:
                if entry in series.instances:
                    return series.instances
    raise RequestError(f"Entry {entry} belongs to no series.")


def find_variations(report: Report, series: Sequence[int]) -> tuple[tuple[Variation, ...], int]:
    """Return the elements that vary inside of a series, in the order of the data set, and how many elements it has."""
    members = frozenset(series)
    inside = OfEntries(lambda entries: sorted(members.intersection(entries)))
    places: dict[tuple[Where, str, str | None], list[tuple[Value, Sequence[int]]]] = {}
    for value, entries in report.values.items():
        if not value.path or value.extracted or value.origin or value.where not in (Where.ELEMENT, Where.FILE_META):
            continue
        ours = inside(entries)
        if ours:
            place = value.where, _FRAME.sub(_FRAMES, value.path), value.private_creator
            places.setdefault(place, []).append((value, ours))
    varying: dict[tuple[str, str | None], list[list[tuple[Value, Sequence[int]]]]] = {}
    for (_, path, creator), held in places.items():
        if len({_identity(value) for value, _ in held}) > 1 or len(_entries(held)) < len(members):
            varying.setdefault((fold_items(path), creator), []).append(held)
    found = [_to_variation(report, path, creator, held, series) for (path, creator), held in varying.items()]
    found.sort(key=lambda one: (natural_order(one.path), one.private_creator or ""))
    return tuple(found), len({(fold_items(path), creator) for _, path, creator in places})


def find_variation(variations: Iterable[Variation], path: str, private_creator: str | None) -> Variation:
    """Return the variation of an element; raises RequestError where it does not vary."""
    for one in variations:
        if (one.path, one.private_creator) == (path, private_creator):
            return one
    raise RequestError(f"{path} does not vary in this series.")


def search(variations: Iterable[Variation], find: str) -> list[Variation]:
    """Return those whose path, name, keyword, private creator or one of the values holds `find`; case is ignored."""
    wanted = find.casefold()
    return [one for one in variations if not wanted or wanted in _searched(one).casefold()]


def to_plain(variation: Variation) -> dict[str, Any]:
    """Return a variation as a row of the page."""
    one = variation
    severities = [held.severity for held in one.values if held.severity is not None]
    return {
        "path": one.path,
        "tag": f"({one.tag >> 16:04X},{one.tag & 0xFFFF:04X})",
        "name": element_name(one.tag, one.private_creator),
        "private_creator": one.private_creator,
        "vr": "/".join(one.vrs),
        "kind": one.kind,
        "ranges": [[low[:SHOWN_CHARACTERS], high[:SHOWN_CHARACTERS]] for low, high in one.ranges],
        "distinct": len(one.values),
        "missing": len(one.missing),
        "examples": [held.text[:SHOWN_CHARACTERS] for held in one.values[:EXAMPLES]],
        "severity": min(severities, key=lambda severity: severity.rank, default=None),
        "first_entry": one.values[0].entries[0],
    }


def to_rows(variation: Variation) -> list[dict[str, Any]]:
    """Return the values of a variation as rows of the page; last, with None as its text, where there is none."""
    rows: list[dict[str, Any]] = [
        {
            "text": held.text[:SHOWN_CHARACTERS],
            "path": held.path,
            "files": len(held.entries),
            "first_entry": held.entries[0],
            "severity": held.severity,
        }
        for held in variation.values
    ]
    if variation.missing:
        lacking = variation.missing
        rows.append({"text": None, "path": "", "files": len(lacking), "first_entry": lacking[0], "severity": None})
    return rows


def _identity(value: Value) -> tuple[object, ...]:
    """Return by what two values are told apart: the text where there is one, however it is encoded and padded."""
    return (value.text,) if value.text is not None else (value.vr, value.items, value.length if value.vr != "SQ" else 0)


def _entries(held: Iterable[tuple[Value, Sequence[int]]]) -> set[int]:
    return {entry for _, entries in held for entry in entries}


def _to_variation(
    report: Report,
    path: str,
    private_creator: str | None,
    places: Sequence[Sequence[tuple[Value, Sequence[int]]]],
    series: Sequence[int],
) -> Variation:
    """Join the exact places that one path without the numbers of Items stands for."""
    by_identity: dict[tuple[object, ...], list[tuple[Value, Sequence[int]]]] = {}
    for place in places:
        for value, entries in place:
            by_identity.setdefault(_identity(value), []).append((value, entries))
    first = places[0][0][0]
    vrs = tuple(sorted({value.vr for place in places for value, _ in place}))
    texts = {identity: describe_value(held[0][0]) for identity, held in by_identity.items()}
    kind, keys = _find_order(vrs, list(texts.values()))
    order = sorted(by_identity, key=lambda identity: (keys.get(texts[identity], ()), texts[identity]))
    holding = {entry for place in places for entry in _entries(place)}
    # Of an element that every instance has somewhere, but not at each place, nothing is missing as a whole.
    return Variation(
        path=path,
        tag=first.tag,
        private_creator=private_creator,
        vrs=vrs,
        kind=kind,
        ranges=_find_ranges([texts[identity] for identity in order], keys) if kind is not Kind.TEXT else (),
        values=tuple(
            Held(
                text=texts[identity],
                path=min(by_identity[identity], key=lambda held: held[1][0])[0].path,
                entries=sorted(_entries(by_identity[identity])),
                severity=_gravest(report, by_identity[identity]),
            )
            for identity in order
        ),
        missing=tuple(entry for entry in series if entry not in holding),
    )


def _gravest(report: Report, held: Iterable[tuple[Value, Sequence[int]]]) -> Severity | None:
    said = [flag.severity for value, _ in held for flag in report.flags.get(value, ())]
    return min(said, key=lambda severity: severity.rank, default=None)


_Keys = Mapping[str, tuple[float | str, ...]]
"""Value, as written -> what to order each of its components by; empty values have no components."""


def _find_order(vrs: Sequence[str], texts: Sequence[str]) -> tuple[Kind, _Keys]:
    """Return as what the values can be put in order, and by what; empty ones may be among them."""
    (vr, *others) = vrs
    kind = _kind_of(vr)
    filled = [text for text in texts if text]
    if others or kind is Kind.TEXT or not filled:
        return Kind.TEXT, {}
    keys = {text: tuple(_to_key(vr, part) for part in text.split("\\")) for text in filled}
    lengths = {len(key) for key in keys.values()}
    if len(lengths) > 1 or max(lengths) > _MOST_COMPONENTS:
        return Kind.TEXT, {}
    found: dict[str, tuple[float | str, ...]] = {}
    for text, key in keys.items():
        known = [part for part in key if part is not None]
        if len(known) < len(key):
            return Kind.TEXT, {}
        found[text] = tuple(known)
    return kind, found


def _kind_of(vr: str) -> Kind:
    if vr in _NUMBERS:
        return Kind.NUMBER
    return {"DA": Kind.DATE, "DT": Kind.DATE, "TM": Kind.TIME, "AS": Kind.AGE}.get(vr, Kind.TEXT)


def _to_key(vr: str, text: str) -> float | str | None:
    """Return by what a value is put in order; None where it has not the form of its VR."""
    if vr in _NUMBERS:
        try:
            number = float(text)
        except ValueError:
            return None
        return number if math.isfinite(number) else None
    if vr == "AS":
        age = _AGE.fullmatch(text)
        return int(age[1]) * _DAYS[age[2]] if age else None
    form = _TIME if vr == "TM" else _DATES[vr]
    return re.sub(r"[:.]", "", text) if form.fullmatch(text) else None


def _find_ranges(texts: Sequence[str], keys: _Keys) -> tuple[tuple[str, str], ...]:
    rows = [(keys[text], text.split("\\")) for text in texts if text]
    ranges = []
    for component in range(len(rows[0][1])):
        ordered = sorted((key[component], parts[component]) for key, parts in rows)
        ranges.append((ordered[0][1], ordered[-1][1]))
    return tuple(ranges)


def _searched(variation: Variation) -> str:
    name = element_name(variation.tag, variation.private_creator)
    keyword = element_keyword(variation.tag, variation.private_creator)
    texts = [held.text for held in variation.values]
    return "\n".join([variation.path, name, keyword, variation.private_creator or "", *texts])
