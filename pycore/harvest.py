"""What one reader brings home, and how it is sent: distinct values and where they occur. `merging` joins several.

Ten thousand slices hold a few thousand distinct (element path, value) pairs. Each is decoded once where it is read
(`harvester`) and judged once where the harvests meet (`judgement`); occurrences are kept as entry indexes. Of binary
values only the length and the texts inside are kept: memory grows with what is distinct, not with what is large.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import asdict, astuple, dataclass
from enum import StrEnum
from itertools import islice
from typing import Any, NamedTuple

from pycore.findings import Flag, Severity, Where, to_entries
from pycore.hierarchy import Instance
from pycore.phi.claims import Claim
from pycore.phi.value import Value


class Status(StrEnum):
    """What became of an entry; every entry has exactly one."""

    DICOM = "dicom"
    OTHER = "other"
    FOLDER = "folder"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Noticed:
    """A flag that a reader raised itself, because what it looked at stays with it: bytes, or an instance as a whole."""

    flag: Flag
    where: Where
    text: str
    """What was noticed, for people; '' when the flag says it all."""
    path: str = ""
    """Of the element it is about; empty otherwise."""
    tag: int = 0
    vr: str = ""
    private_creator: str | None = None


class Record(NamedTuple):
    """What is known of one entry; a tuple as `Instance` is."""

    entry: int
    status: Status
    kind: str = ""
    """Of another file: what it is by its content; empty otherwise."""
    reason: str = ""
    """Why it is unreadable; empty otherwise."""
    instance: Instance | None = None
    claim: Claim | None = None
    """What the instance says of its own de-identification; None where it says nothing."""
    noticed: tuple[Noticed, ...] = ()
    problems: tuple[str, ...] = ()
    in_part: bool = False
    """Whether some of its bytes were passed over, the Pixel Data of images: its CRC could not be verified."""

    def completed(self, problems: tuple[str, ...], in_part: bool) -> Record:
        """Return the record with what is known once its entry was left; `_replace` takes several times as long."""
        return Record(*self[:7], problems, in_part)


@dataclass(frozen=True, slots=True)
class Harvest:
    """What was read: a record per entry, and each distinct value with the entries that hold it."""

    records: Sequence[Record]
    values: Mapping[Value, Sequence[int]]
    """Entry indexes, one per occurrence, ascending. Values that occur in the same entries share one sequence."""

    def to_bytes(self, sent: dict[Value, int] | None = None) -> bytes:
        """Write as JSON in UTF-8; lone surrogates cannot occur, decoding replaces them.

        What repeats is written once and then referred to by number: what instances of a series share, what became of
        entries, what was noticed, lists of entries, and values. A value that occurs once has no number: most of
        these are met nowhere else, and neither side is to remember them.

        Parameters
        ----------
        sent : dict of Value to int, optional
            Numbers of the values that the receiver has from this reader already; the new ones are added to it.
        """
        known = {} if sent is None else sent
        first = len(known)
        records = _Records()
        rows = [records.to_plain(record) for record in self.records]
        numbers: dict[int, int] = {}
        groups: list[Sequence[int]] = []
        values: list[int] = []
        once: list[tuple[Any, ...]] = []
        for value, entries in self.values.items():
            if len(entries) == 1 and value not in known:
                once.append((*value, entries[0]))
                continue
            number = numbers.get(id(entries))
            if number is None:
                number = numbers[id(entries)] = len(groups)
                groups.append(entries)
            values += (known.setdefault(value, len(known)), number)
        plain = {
            "series": list(records.series.numbers),
            "fates": list(records.fates.values()),
            "noticed": [[astuple(one.flag), *astuple(one)[1:]] for one in records.noticed.numbers],
            "records": rows,
            "groups": list(map(list, groups)),
            "new": list(islice(known, first, None)),
            "values": values,
            "once": once,
        }
        return json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode()

    @staticmethod
    def from_bytes(data: bytes, received: list[Value] | None = None) -> Harvest:
        """Read what `to_bytes` wrote.

        Parameters
        ----------
        received : list of Value, optional
            Those that came from this reader before, in the order of their numbers; the new ones are appended.
        """
        plain = json.loads(data)
        known = [] if received is None else received
        known += [Value(_WHERES[where], *rest) for where, *rest in plain["new"]]
        noticed = [Noticed(_to_flag(flag), Where(where), *rest) for flag, where, *rest in plain["noticed"]]
        series = plain["series"]
        fates = [_fate_from_plain(fate, noticed) for fate in plain["fates"]]
        groups = list(map(to_entries, plain["groups"]))
        values: dict[Value, Sequence[int]] = {
            known[value]: groups[number]
            for value, number in zip(plain["values"][::2], plain["values"][1::2], strict=True)
        }
        for where, *rest, entry in plain["once"]:
            values[Value(_WHERES[where], *rest)] = to_entries((entry,))
        return Harvest(tuple([_record_from_plain(record, series, fates) for record in plain["records"]]), values)


class _Numbering:
    """Distinct things, numbered in the order in which they were met."""

    def __init__(self) -> None:
        self.numbers: dict[Any, int] = {}

    def of(self, thing: Hashable) -> int:
        return self.numbers.setdefault(thing, len(self.numbers))


_WHERES = {where.value: where for where in Where}
_STATUSES = {status.value: status for status in Status}


class _Records:
    """Records on their way to JSON."""

    def __init__(self) -> None:
        self.series = _Numbering()
        self.noticed = _Numbering()
        self.fates: dict[Hashable, list[Any]] = {}
        """What became of entries: all of their records but entry and instance."""
        self._numbers: dict[Hashable, int] = {}

    def to_plain(self, record: Record) -> list[Any]:
        entry, status, kind, reason, instance, claim, noticed, problems, in_part = record
        # Flags are slow to compare, and what is the same is nearly always the very same.
        key = (status, kind, reason, id(claim), id(noticed), problems, in_part)
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self._numbers)
            self.fates[key] = [
                status,
                kind,
                reason,
                None if claim is None else asdict(claim) | {"codes": sorted(claim.codes)},
                list(map(self.noticed.of, noticed)),
                problems,
                in_part,
            ]
        if instance is None:
            return [entry, number]
        own = (instance.sop_instance_uid, instance.instance_number, instance.image_position)
        return [entry, number, *own, self.series.of(instance.common)]


def _fate_from_plain(plain: list[Any], noticed: list[Noticed]) -> tuple[Any, ...]:
    """Return the fields of a record without entry and instance."""
    status, kind, reason, claim, numbers, problems, in_part = plain
    return (
        _STATUSES[status],
        kind,
        reason,
        None if claim is None else Claim(**claim | {"codes": frozenset(claim["codes"])}),
        tuple([noticed[number] for number in numbers]),
        tuple(problems),
        in_part,
    )


def _record_from_plain(plain: list[Any], series: list[list[Any]], fates: list[tuple[Any, ...]]) -> Record:
    entry, number, *rest = plain
    status, kind, reason, *others = fates[number]
    instance = None
    if rest:
        *own, common = rest
        instance = Instance._make((entry, *own, *series[common]))
    return Record(entry, status, kind, reason, instance, *others)


def _to_flag(plain: list[Any]) -> Flag:
    rule, clause, action, severity, evidence = plain
    return Flag(rule, clause, action, Severity(severity), evidence)


def unite(parts: Mapping[Value, Sequence[Sequence[int]]]) -> dict[Value, Sequence[int]]:
    """Join the entries of each value; values with the same parts get the same sequence, made once.

    Parameters
    ----------
    parts : mapping of Value to sequences of int
        Each in ascending order, alive until this returns: they are told apart by identity.
    """
    united: dict[tuple[int, ...], Sequence[int]] = {}
    values: dict[Value, Sequence[int]] = {}
    for value, pieces in parts.items():
        if len(pieces) == 1:
            values[value] = pieces[0]
            continue
        key = tuple(map(id, pieces))
        known = united.get(key)
        if known is None:
            known = united[key] = sorted([entry for piece in pieces for entry in piece])
        values[value] = known
    return values
