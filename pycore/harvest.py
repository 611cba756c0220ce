"""Entries -> distinct values and where they occur: what one reader brings home, and how several are merged.

Ten thousand slices hold a few thousand distinct (element path, value) pairs. Each is decoded once where it is read
and judged once where the harvests meet; occurrences are kept as entry indexes. Of binary values only the length is
kept, so memory grows with what is distinct and not with what is large.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from enum import StrEnum
from operator import attrgetter
from typing import Any

from pycore.archive import Archive, Entry, Kind
from pycore.elements import Element, Reading, read_instance, to_text
from pycore.errors import EntryError
from pycore.findings import Flag, Severity, Where
from pycore.hierarchy import Instance, to_instance
from pycore.phi.surroundings import check_comment, check_other_file, check_preamble, check_trailing, kind_of_file
from pycore.phi.value import Value

OTHER_FILE_SAMPLE_BYTES = 4096
"""How much of a file that is not DICOM is looked at to tell its kind."""

_KEEP_RAW_BYTES = 256  # longer values are decoded at once, so that large binary ones are not held until the end


class Status(StrEnum):
    """What became of an entry; every entry has exactly one."""

    DICOM = "dicom"
    OTHER = "other"
    FOLDER = "folder"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Noticed:
    """A flag on what surrounds the data elements: preamble, trailing bytes, another file, a comment."""

    flag: Flag
    where: Where
    text: str
    """What was noticed, for people; '' when the flag says it all."""


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of one entry."""

    entry: int
    status: Status
    kind: str
    """Of another file: what it is by its content; empty otherwise."""
    reason: str
    """Why it is unreadable; empty otherwise."""
    instance: Instance | None
    noticed: tuple[Noticed, ...]
    problems: tuple[str, ...]


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
    noticed = [[*astuple(one.flag), one.where, one.text] for one in record.noticed]
    return [record.entry, record.status, record.kind, record.reason, instance, noticed, record.problems]


def _record_from_plain(plain: list[Any]) -> Record:
    entry, status, kind, reason, instance, noticed, problems = plain
    return Record(
        entry=entry,
        status=Status(status),
        kind=kind,
        reason=reason,
        instance=None if instance is None else Instance(*instance),
        noticed=tuple(
            Noticed(Flag(rule, clause, action, Severity(severity), evidence), Where(where), text)
            for rule, clause, action, severity, evidence, where, text in noticed
        ),
        problems=tuple(problems),
    )


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


def read_entries(archive: Archive, indexes: Iterable[int]) -> Harvest:
    """Read the given entries of an archive."""
    harvester = Harvester(archive)
    for index in indexes:
        harvester.read(archive.entries[index])
    return harvester.harvest()


def to_value(element: Element) -> Value:
    """Return the element's value as the rules see it."""
    return Value(
        where=Where.FILE_META if element.tag >> 16 == 2 and "/" not in element.path else Where.ELEMENT,
        path=element.path,
        tag=element.tag,
        vr=element.vr,
        private_creator=element.private_creator,
        text=to_text(element),
        length=element.length,
        items=element.items,
    )


class Harvester:
    """Reads entry after entry and gathers what is distinct."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._records: list[Record] = []
        self._raw: dict[tuple[Any, ...], tuple[Element, list[int]]] = {}
        """Short values, undecoded: what tells two apart -> one of them, and where all of them occur."""
        self._values: dict[Value, list[int]] = {}

    def read(self, entry: Entry) -> Record:
        """Read one entry; whatever goes wrong with it is in its record."""
        record = self._read(entry)
        self._records.append(record)
        return record

    def harvest(self) -> Harvest:
        """Return what was gathered so far, decoded."""
        values = {value: list(entries) for value, entries in self._values.items()}
        for element, entries in self._raw.values():
            values.setdefault(to_value(element), []).extend(entries)
        for entries in values.values():
            entries.sort()
        return Harvest(tuple(self._records), values)

    def _read(self, entry: Entry) -> Record:
        noticed = self._notice_comment(entry)
        if entry.kind is Kind.FOLDER:
            return Record(entry.index, Status.FOLDER, "", "", None, noticed, ())
        if entry.kind is Kind.UNREADABLE:
            return Record(entry.index, Status.UNREADABLE, "", entry.reason, None, noticed, ())
        try:
            with self._archive.open(entry) as file:
                reading = read_instance(file, entry.size)
                if reading is None:
                    file.seek(0)
                    sample = file.read(OTHER_FILE_SAMPLE_BYTES)
        except EntryError as error:
            return Record(entry.index, Status.UNREADABLE, "", str(error), None, noticed, ())
        if reading is None:
            kind = kind_of_file(sample)
            noticed += tuple(Noticed(flag, Where.OTHER_FILE, kind) for flag in check_other_file(sample, entry.size))
            return Record(entry.index, Status.OTHER, kind, "", None, noticed, ())
        self._gather(entry.index, reading)
        noticed += self._notice_surroundings(reading)
        return Record(entry.index, Status.DICOM, "", "", to_instance(entry.index, reading), noticed, reading.problems)

    def _gather(self, index: int, reading: Reading) -> None:
        raw = self._raw
        for element in reading.elements:
            if element.length > _KEEP_RAW_BYTES:
                self._values.setdefault(to_value(element), []).append(index)
                continue
            key = (*element[:4], *element[5:])  # all but the offset
            known = raw.get(key)
            if known is None:
                raw[key] = (element, [index])
            else:
                known[1].append(index)

    def _notice_comment(self, entry: Entry) -> tuple[Noticed, ...]:
        info = self._archive.zip_info(entry)
        comment = info.comment if info else b""
        return tuple(Noticed(flag, Where.ARCHIVE, to_printable(comment)) for flag in check_comment(comment))

    def _notice_surroundings(self, reading: Reading) -> tuple[Noticed, ...]:
        count, sample = reading.trailing
        preamble = (
            Noticed(f, Where.PREAMBLE, to_printable(reading.preamble)) for f in check_preamble(reading.preamble)
        )
        trailing = (
            Noticed(flag, Where.TRAILING, f"{count:,} bytes: {to_printable(sample)}")
            for flag in check_trailing(count, sample)
        )
        return (*preamble, *trailing)


def to_printable(data: bytes) -> str:
    """Return the readable part of bytes of unknown meaning: ASCII as it is, runs of anything else as one '·'."""
    text = "".join(chr(byte) if 0x20 <= byte < 0x7F else "\0" for byte in data[:256])
    return "·".join(part for part in text.split("\0") if part) or "binary"
