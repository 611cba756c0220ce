"""Objects before and after de-identification: which is which.

Where the SOP Instance UID was kept it tells. Where it was replaced, series are brought together first, by the values
that both sides still share (the rarer a value, the more it says) and by equal Pixel Data where that was read; then
the instances of two series by position and orientation (PS3.3 §C.7.6.2), instance number and acquisition. What stays
alike in all that is told apart by nothing but its order, and that is believed only once the pixels were read, too.
Nothing is paired by guessing: what could be several is left without a partner, and said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from typing import NamedTuple

from pycore.findings import OfEntries, Where
from pycore.hierarchy import Instance
from pycore.phi.value import Value
from pycore.review import Report


class How(StrEnum):
    """By what two objects were found to be the same."""

    UID = "SOP Instance UID"
    PIXELS = "pixel data"
    GEOMETRY = "geometry"
    NUMBER = "instance number"
    NAME = "entry name"
    ORDER = "order"


class Pair(NamedTuple):
    """One object in both archives, by the indexes of its entries."""

    before: int
    after: int
    how: How


@dataclass(frozen=True, slots=True)
class Matching:
    """Every object of both archives is in exactly one of these."""

    pairs: tuple[Pair, ...]
    """In the order of the entries before."""
    only_before: tuple[int, ...]
    only_after: tuple[int, ...]
    alike: frozenset[int]
    """Those of `only_before` that several objects after could be."""


_ROWS, _COLUMNS = "(0028,0010)", "(0028,0011)"
_ACQUISITION = ("(0020,0012)", "(0018,0081)", "(0020,0100)", "(0018,1060)", "(0008,0008)")
"""Acquisition Number, Echo Time, Temporal Position Identifier, Trigger Time, Image Type: what tells images apart that
lie at one place."""
_MATCHING_PATHS = frozenset({_ROWS, _COLUMNS, *_ACQUISITION})
_TELLS_NOTHING = frozenset({"(0008,0005)", "(0008,0016)", "(0008,0060)"})
"""Specific Character Set, SOP Class UID and Modality: strangers share them, too."""
_COMMON = 10_000
"""A value that so many pairs of series share says nothing."""
_WEIGHT_OF_PIXELS = 10.0
_MILLI = 3
"""Decimals of millimetres and cosines that are compared: tools write numbers anew."""


@dataclass(slots=True)
class _Side:
    """The objects of one archive that have no partner yet."""

    report: Report
    instances: dict[int, Instance]
    digests: Mapping[int, str]
    """Of Pixel Data; empty where it was not read."""
    attributes: dict[str, dict[int, str]]
    series: list[list[int]] = field(default_factory=list)
    """Entries of each series in order."""
    series_of: dict[int, int] = field(default_factory=dict)
    study_of_series: list[str] = field(default_factory=list)


def match(
    before: Report,
    after: Report,
    digests: tuple[Mapping[int, str], Mapping[int, str]] | None = None,
) -> Matching:
    """Find the partner of every object.

    Parameters
    ----------
    digests : two mappings of int to str, optional
        Entry -> digest of its Pixel Data, before and after, once they were read.
    """
    sides = _side(before, digests[0] if digests else {}), _side(after, digests[1] if digests else {})
    pairs: list[Pair] = []

    def take(how: How, left: Iterable[int], right: Iterable[int], key: Callable[[_Side, int], Hashable]) -> None:
        groups = _group(sides[0], left, key), _group(sides[1], right, key)
        for name, mine in groups[0].items():
            theirs = groups[1].get(name, [])
            # Several with equal UIDs, or alike in their pixels too, differ in nothing but their order.
            in_order = how is How.UID or digests is not None
            if len(mine) == len(theirs) and (len(mine) == 1 or in_order):
                pairs.extend(Pair(one, other, how) for one, other in zip(mine, theirs, strict=True))
                for side, taken in zip(sides, (mine, theirs), strict=True):
                    for entry in taken:
                        del side.instances[entry]

    take(How.UID, list(sides[0].instances), list(sides[1].instances), lambda side, one: _uid(side, one))
    alike: set[int] = set()
    for mine, theirs in _match_series(sides, digests is not None, alike):
        for how, key in _KEYS:
            left = [one for one in sides[0].series[mine] if one in sides[0].instances]
            right = [one for one in sides[1].series[theirs] if one in sides[1].instances]
            take(how, left, right, key)
    if digests is not None:
        take(How.PIXELS, list(sides[0].instances), list(sides[1].instances), _by_pixels)
    only_before = tuple(sorted(sides[0].instances))
    return Matching(
        tuple(sorted(pairs)), only_before, tuple(sorted(sides[1].instances)), frozenset(alike & set(only_before))
    )


def _side(report: Report, digests: Mapping[int, str]) -> _Side:
    instances = {
        record.entry: record.instance
        for record in report.records
        if record.instance is not None and not record.instance.is_media_directory
    }
    attributes: dict[str, dict[int, str]] = {path: {} for path in _MATCHING_PATHS}
    for value, entries in report.values.items():
        if value.path in attributes and value.where is Where.ELEMENT and not value.extracted and value.text:
            attributes[value.path].update(dict.fromkeys(entries, value.text))
    side = _Side(report, instances, digests, attributes)
    for patient in report.patients:
        for study in patient.studies:
            for series in study.series:
                side.series_of.update(dict.fromkeys(series.instances, len(side.series)))
                side.series.append(list(series.instances))
                side.study_of_series.append(f"{patient.patient_id}\n{patient.patient_name}\n{study.study_instance_uid}")
    return side


def _group(side: _Side, entries: Iterable[int], key: Callable[[_Side, int], Hashable]) -> dict[Hashable, list[int]]:
    groups: dict[Hashable, list[int]] = {}
    for entry in entries:
        name = key(side, entry)
        if name is not None:
            groups.setdefault(name, []).append(entry)
    return groups


# What tells instances apart, the most telling first; None where an instance has nothing of the kind.


def _uid(side: _Side, entry: int) -> Hashable:
    return side.instances[entry].sop_instance_uid or None


def _frame(side: _Side, entry: int) -> tuple[str, ...]:
    instance, attributes = side.instances[entry], side.attributes
    return (
        instance.sop_class_uid,
        attributes[_ROWS].get(entry, ""),
        attributes[_COLUMNS].get(entry, ""),
        str(instance.frames),
    )


def _place(side: _Side, entry: int) -> Hashable:
    instance = side.instances[entry]
    if not instance.image_position:
        return None
    return (*_frame(side, entry), _rounded(instance.image_position), _rounded(instance.image_orientation))


def _rounded(numbers: str) -> Hashable:
    try:
        return tuple(round(float(number), _MILLI) + 0.0 for number in numbers.split("\\"))
    except ValueError:
        return numbers


def _acquisition(side: _Side, entry: int) -> tuple[str, ...]:
    return tuple(side.attributes[path].get(entry, "") for path in _ACQUISITION)


def _by_pixels(side: _Side, entry: int) -> Hashable:
    digest = side.digests.get(entry)
    return (digest, _frame(side, entry), side.instances[entry].instance_number) if digest else None


def _by_pixels_and_place(side: _Side, entry: int) -> Hashable:
    digest, place = side.digests.get(entry), _place(side, entry)
    return (digest, place, side.instances[entry].instance_number) if digest and place else None


def _by_place_number_and_acquisition(side: _Side, entry: int) -> Hashable:
    place = _place(side, entry)
    return (place, side.instances[entry].instance_number, _acquisition(side, entry)) if place else None


def _by_place_and_number(side: _Side, entry: int) -> Hashable:
    place = _place(side, entry)
    return (place, side.instances[entry].instance_number) if place else None


def _by_place_and_acquisition(side: _Side, entry: int) -> Hashable:
    place = _place(side, entry)
    return (place, _acquisition(side, entry)) if place else None


def _by_pixels_alone(side: _Side, entry: int) -> Hashable:
    return side.digests.get(entry) or None


def _by_number(side: _Side, entry: int) -> Hashable:
    number = side.instances[entry].instance_number
    if not number or side.instances[entry].image_position:
        return None  # an image that lies elsewhere is another one
    return (_frame(side, entry), number)


def _by_name(side: _Side, entry: int) -> Hashable:
    return (_frame(side, entry), side.report.names[entry])


_KEYS: tuple[tuple[How, Callable[[_Side, int], Hashable]], ...] = (
    (How.PIXELS, _by_pixels_and_place),
    (How.GEOMETRY, _by_place_number_and_acquisition),
    (How.GEOMETRY, _by_place_and_number),
    (How.GEOMETRY, _by_place_and_acquisition),
    (How.GEOMETRY, _place),
    (How.PIXELS, _by_pixels_alone),
    (How.NUMBER, _by_number),
    (How.NAME, _by_name),
    (How.ORDER, _frame),
)


# Series.


def _match_series(sides: tuple[_Side, _Side], pixels: bool, alike: set[int]) -> Iterable[tuple[int, int]]:
    """Return pairs of series, by their positions; `alike` gets the instances before that could be several."""
    open_pairs = _vote(sides)
    found: list[tuple[int, int]] = []
    studies: Counter[tuple[str, str]] = Counter()
    for entry_pair in _studies_by_uid(sides):
        studies[entry_pair] += 1
    while open_pairs:
        best = _find_best(open_pairs, lambda one, other: 0.0)
        taken = _mutual(best)
        if not taken:  # what else of a study was found before says where the rest belongs
            best = _find_best(open_pairs, lambda one, other: float(_study_pair(sides, one, other) in studies))
            taken = _mutual(best)
        if not taken and pixels:
            taken = _in_order(best[0])
        if not taken:
            alike.update(entry for one in best[0] for entry in sides[0].series[one] if entry in sides[0].instances)
            break
        for one, other in taken:
            studies[_study_pair(sides, one, other)] += 1
        found += taken
        done = {one for one, _ in taken}, {other for _, other in taken}
        open_pairs = {
            pair: score for pair, score in open_pairs.items() if pair[0] not in done[0] and pair[1] not in done[1]
        }
    return found


def _study_pair(sides: tuple[_Side, _Side], one: int, other: int) -> tuple[str, str]:
    return sides[0].study_of_series[one], sides[1].study_of_series[other]


def _studies_by_uid(sides: tuple[_Side, _Side]) -> Iterable[tuple[str, str]]:
    names = [{study.rpartition("\n")[2]: study for study in side.study_of_series} for side in sides]
    return [(study, names[1][name]) for name, study in names[0].items() if name and name in names[1]]


def _vote(sides: tuple[_Side, _Side]) -> dict[tuple[int, int], float]:
    """Return how much each two series have in common."""
    votes: dict[tuple[int, int], float] = {}
    classes = [
        [{side.instances[entry].sop_class_uid for entry in series if entry in side.instances} for series in side.series]
        for side in sides
    ]

    def vote(mine: frozenset[int], theirs: frozenset[int], weight: float) -> None:
        if not mine or not theirs or len(mine) * len(theirs) > _COMMON:
            return
        share = weight / (len(mine) * len(theirs))
        for one in mine:
            for other in theirs:
                if not classes[0][one].isdisjoint(classes[1][other]):
                    votes[one, other] = votes.get((one, other), 0.0) + share

    def find_series(side: _Side, entries: Sequence[int]) -> frozenset[int]:
        return frozenset(
            side.series_of[entry] for entry in entries if entry in side.instances and entry in side.series_of
        )

    series_of = [OfEntries(partial(find_series, side)) for side in sides]

    def votes_with(value: Value) -> bool:
        plain = value.where is Where.ELEMENT and not value.extracted and bool(value.text)
        return plain and value.path not in _TELLS_NOTHING

    by_place: dict[tuple[str, str | None, str | None], frozenset[int]] = {}
    for value, entries in sides[1].report.values.items():
        if votes_with(value):
            by_place[value.path, value.private_creator, value.text] = series_of[1](entries)
    for value, entries in sides[0].report.values.items():
        if votes_with(value):
            theirs = by_place.get((value.path, value.private_creator, value.text))
            if theirs:
                vote(series_of[0](entries), theirs, 1.0)
    digests: list[dict[str, set[int]]] = [{}, {}]
    for table, side in zip(digests, sides, strict=True):
        for entry in side.instances:
            if (digest := side.digests.get(entry)) and entry in side.series_of:
                table.setdefault(digest, set()).add(side.series_of[entry])
    for digest in sorted(digests[0].keys() & digests[1].keys()):
        vote(frozenset(digests[0][digest]), frozenset(digests[1][digest]), _WEIGHT_OF_PIXELS)
    return {pair: round(score, 6) for pair, score in sorted(votes.items())}


_Best = dict[int, list[int]]


def _find_best(open_pairs: Mapping[tuple[int, int], float], bonus: Callable[[int, int], float]) -> tuple[_Best, _Best]:
    """Return, for each series of both sides, the partners with the highest score."""
    scores = {pair: (score, bonus(*pair)) for pair, score in open_pairs.items()}
    highest: tuple[dict[int, tuple[float, float]], dict[int, tuple[float, float]]] = ({}, {})
    best: tuple[_Best, _Best] = ({}, {})
    for pair, score in scores.items():
        for at in (0, 1):
            mine, theirs = pair[at], pair[1 - at]
            if mine not in highest[at] or score > highest[at][mine]:
                highest[at][mine], best[at][mine] = score, [theirs]
            elif score == highest[at][mine]:
                best[at][mine].append(theirs)
    return best


def _mutual(best: tuple[_Best, _Best]) -> list[tuple[int, int]]:
    return [(one, others[0]) for one, others in best[0].items() if len(others) == 1 and best[1][others[0]] == [one]]


def _in_order(best: _Best) -> list[tuple[int, int]]:
    """Return a partner for as many as possible of those that are alike in everything, in their order."""
    taken: dict[int, int] = {}
    for one in sorted(best):
        other = next((other for other in best[one] if other not in taken), None)
        if other is not None:
            taken[other] = one
    return [(one, other) for other, one in taken.items()]
