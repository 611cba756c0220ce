"""What one reader brings home, how it is sent, and how several are merged: distinct values and where they occur.

Ten thousand slices hold a few thousand distinct (element path, value) pairs. Each is decoded once where it is read
(`harvester`) and judged once where the harvests meet (`judgement`); occurrences are kept as entry indexes. Of binary
values only the length and the texts inside are kept: memory grows with what is distinct, not with what is large.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, astuple, dataclass, fields
from enum import StrEnum
from operator import attrgetter
from typing import Any

from pycore.findings import Flag, Severity, Where
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


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of one entry."""

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


@dataclass(frozen=True, slots=True)
class Harvest:
    """What was read: a record per entry, and each distinct value with the entries that hold it."""

    records: tuple[Record, ...]
    values: dict[Value, list[int]]
    """Entry indexes, one per occurrence, ascending."""

    def to_bytes(self) -> bytes:
        """Write as JSON in UTF-8; lone surrogates cannot occur, decoding replaces them."""
        plain = {
            "records": [_record_to_plain(record) for record in self.records],
            "values": [[*_value_fields(value), entries] for value, entries in self.values.items()],
        }
        return json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode()

    @staticmethod
    def from_bytes(data: bytes) -> Harvest:
        """Read what `to_bytes` wrote."""
        plain = json.loads(data)
        return Harvest(
            records=tuple(_record_from_plain(record) for record in plain["records"]),
            values={Value(Where(where), *rest): entries for where, *rest, entries in plain["values"]},
        )


_value_fields = attrgetter(*(field.name for field in fields(Value)))  # astuple copies deeply: ten times slower


def _record_to_plain(record: Record) -> list[Any]:
    instance = None if record.instance is None else astuple(record.instance)
    claim = None if record.claim is None else asdict(record.claim) | {"codes": sorted(record.claim.codes)}
    noticed = [[astuple(one.flag), *astuple(one)[1:]] for one in record.noticed]
    return [record.entry, record.status, record.kind, record.reason, instance, claim, noticed, record.problems]


def _record_from_plain(plain: list[Any]) -> Record:
    entry, status, kind, reason, instance, claim, noticed, problems = plain
    return Record(
        entry=entry,
        status=Status(status),
        kind=kind,
        reason=reason,
        instance=None if instance is None else Instance(*instance),
        claim=None if claim is None else Claim(**claim | {"codes": frozenset(claim["codes"])}),
        noticed=tuple(Noticed(_to_flag(flag), Where(where), *rest) for flag, where, *rest in noticed),
        problems=tuple(problems),
    )


def _to_flag(plain: list[Any]) -> Flag:
    rule, clause, action, severity, evidence = plain
    return Flag(rule, clause, action, Severity(severity), evidence)


class Merger:
    """Joins the harvests of several readers as they arrive, in any order; what they share is held once."""

    def __init__(self) -> None:
        self._records: list[Record] = []
        self._values: dict[Value, list[int]] = {}

    def add(self, harvest: Harvest) -> int:
        """Take in a harvest and return how many entries there are by now."""
        self._records.extend(harvest.records)
        for value, entries in harvest.values.items():
            known = self._values.get(value)
            if known is None:
                self._values[value] = list(entries)
            else:
                known.extend(entries)
        return len(self._records)

    def harvest(self) -> Harvest:
        """Return the whole; it does not depend on how the entries were shared out."""
        for entries in self._values.values():
            entries.sort()
        return Harvest(tuple(sorted(self._records, key=lambda record: record.entry)), self._values)


def merge(harvests: Iterable[Harvest]) -> Harvest:
    """Join harvests that are all at hand."""
    merger = Merger()
    for harvest in harvests:
        merger.add(harvest)
    return merger.harvest()
