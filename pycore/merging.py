"""Harvests of several readers -> one: what they share is held once, and what grows with the entries in columns.

A million entries have a million records, and about as many values that occur once. So neither is kept as an object:
`Records` and `Values` look like the tuple of records and the mapping of values that a `Harvest` has, and make each when
it is asked for.
"""

from __future__ import annotations

from array import array
from collections.abc import ItemsView, Iterable, Iterator, Mapping, Sequence
from typing import Any, Generic, TypeVar, overload

from pycore.findings import to_entries
from pycore.harvest import Harvest, Record
from pycore.hierarchy import Instance
from pycore.phi.value import Value

_Place = tuple[Any, ...]
_T = TypeVar("_T")


def _split(value: Value) -> tuple[_Place, str | int]:
    """Return what a value shares with others, and what is its own; `_join` is the way back."""
    where, path, tag, vr, creator, text, length, items, origin, extracted = value
    if text is None:
        return (where, path, tag, vr, creator, None, items, origin, extracted), length
    # A value is as long as its text as a rule, or by one longer.
    return (where, path, tag, vr, creator, length - len(text), items, origin, extracted), text


def _join(place: _Place, own: str | int) -> Value:
    where, path, tag, vr, creator, more, items, origin, extracted = place
    if isinstance(own, int):
        return Value(where, path, tag, vr, creator, None, own, items, origin, extracted)
    return Value(where, path, tag, vr, creator, own, len(own) + more, items, origin, extracted)


class _Items(ItemsView[Value, _T]):
    """Goes through a mapping without looking each key up."""

    def __init__(self, mapping: ByValue[_T]) -> None:
        super().__init__(mapping)
        self._by_value = mapping

    def __iter__(self) -> Iterator[tuple[Value, _T]]:
        return self._by_value.pairs()


class ByValue(Mapping[Value, _T], Generic[_T]):
    """What belongs to values; what those at one place share is kept once."""

    def __init__(self) -> None:
        self._places: dict[_Place, dict[str | int, Any]] = {}

    def __setitem__(self, value: Value, held: _T) -> None:
        place, own = _split(value)
        self._places.setdefault(place, {})[own] = held

    def __getitem__(self, value: Value) -> _T:
        place, own = _split(value)
        return self._shown(self._places[place][own])

    def __contains__(self, value: object) -> bool:
        if not isinstance(value, Value):
            return False
        place, own = _split(value)
        return own in self._places.get(place, ())

    def __iter__(self) -> Iterator[Value]:
        for place, held in self._places.items():
            for own in held:
                yield _join(place, own)

    def __len__(self) -> int:
        return sum(map(len, self._places.values()))

    def pairs(self) -> Iterator[tuple[Value, _T]]:
        """Yield each value with what belongs to it."""
        for place, held in self._places.items():
            for own, one in held.items():
                yield _join(place, own), self._shown(one)

    def items(self) -> ItemsView[Value, _T]:
        return _Items(self)

    def _shown(self, held: Any) -> _T:
        shown: _T = held
        return shown


class _Pieces(list["int | Sequence[int]"]):
    """Entries of a value that came with several harvests: one by itself, or several."""


class Values(ByValue[Sequence[int]]):
    """Distinct values and the entries that hold them, ascending, one index per occurrence.

    Of a value that occurs once only the number of its entry is kept.
    """

    def occur(self, value: Value, entry: int) -> None:
        """Add one occurrence of a value in an entry that is not before those it has."""
        place, own = _split(value)
        at = self._places.setdefault(place, {})
        known = at.get(own)
        if known is None:
            at[own] = entry
        elif isinstance(known, int):
            at[own] = array("I", (known, entry))
        else:
            known.append(entry)

    def add(self, value: Value, entries: int | Sequence[int], texts: Mapping[str, str]) -> bool:
        """Add occurrences of a value, and say whether it was not known yet.

        Parameters
        ----------
        texts : mapping of str to str
            Texts that are held elsewhere, each by itself.
        """
        place, own = _split(value)
        at = self._places.get(place)
        if at is None:
            at = self._places[place] = {}
        known = at.get(own)
        if known is None:
            at[own if isinstance(own, int) else texts.get(own, own)] = entries
            return True
        if isinstance(known, _Pieces):
            known.append(entries)
        else:
            at[own] = _Pieces((known, entries))
        return False

    def unite(self) -> None:
        """Join what came in pieces; values with the same pieces get the same sequence, made once."""
        united: dict[tuple[int, ...], Sequence[int]] = {}
        kept: list[_Pieces] = []  # told apart by identity, so they must stay until the end
        for at in self._places.values():
            for own, held in at.items():
                if isinstance(held, _Pieces):
                    # An entry by itself is its number, which no object's identity is: it is made negative.
                    key = tuple([~piece if isinstance(piece, int) else id(piece) for piece in held])
                    known = united.get(key)
                    if known is None:
                        known = united[key] = _unite(held)
                        kept.append(held)
                    at[own] = known

    def _shown(self, held: Any) -> Sequence[int]:
        if isinstance(held, int):
            return (held,)
        shown: Sequence[int] = _unite(held) if isinstance(held, _Pieces) else held
        return shown


def _unite(pieces: _Pieces) -> Sequence[int]:
    entries: list[int] = []
    for piece in pieces:
        if isinstance(piece, int):
            entries.append(piece)
        else:
            entries.extend(piece)
    entries.sort()
    return to_entries(entries)


class _Columns:
    """Records, as far as they are known, by entry."""

    def __init__(self) -> None:
        self.fates: list[tuple[Any, ...]] = [()]
        """What became of entries: the fields of a record without entry and instance; the first is of none."""
        self.commons: list[tuple[str | bool, ...]] = []
        """See `Instance.common`."""
        self.fate_of = array("I")
        self.instance_of = array("I")
        """Number of the instance and one more, by entry; 0 where there is none."""
        self.common_of = array("I")
        """By number of the instance, as the next."""
        self.own: list[list[str]] = [[], [], []]
        self.count = 0
        self._fates: dict[tuple[object, ...], int] = {}
        self._commons: dict[tuple[str | bool, ...], int] = {}
        self._texts: dict[str, str] = {}

    def add(self, record: Record, base: int, texts: dict[str, str]) -> None:
        entry, status, kind, reason, instance, claim, noticed, problems, in_part = record
        entry += base
        if entry >= len(self.fate_of):
            more = entry + 1 - len(self.fate_of)
            self.fate_of.extend([0] * more)
            self.instance_of.extend([0] * more)
        # Flags are slow to compare, and what is the same is nearly always the very same.
        key = (status, kind, reason, id(claim), tuple(map(id, noticed)), problems, in_part)
        number = self._fates.get(key)
        if number is None:
            number = self._fates[key] = len(self.fates)
            self.fates.append((status, kind, reason, claim, noticed, problems, in_part))
        self.count += not self.fate_of[entry]
        self.fate_of[entry] = number
        if instance is not None:
            self._add_instance(entry, instance, texts)

    def _add_instance(self, entry: int, instance: Instance, texts: dict[str, str]) -> None:
        common = instance.common
        number = self._commons.get(common)
        if number is None:
            number = self._commons[common] = len(self.commons)
            self.commons.append(common)
        self.common_of.append(number)
        self.instance_of[entry] = len(self.common_of)
        uids, numbers, positions = self.own
        uids.append(texts.setdefault(instance.sop_instance_uid, instance.sop_instance_uid))
        # Which slice it is, many series have in common.
        text = self._texts
        numbers.append(text.setdefault(instance.instance_number, instance.instance_number))
        positions.append(text.setdefault(instance.image_position, instance.image_position))

    def entries(self) -> Sequence[int]:
        if self.count == len(self.fate_of):
            return range(self.count)
        return array("I", [entry for entry, fate in enumerate(self.fate_of) if fate])

    def record(self, entry: int) -> Record:
        status, kind, reason, *others = self.fates[self.fate_of[entry]]
        return Record(entry, status, kind, reason, self.instance(entry), *others)

    def instance(self, entry: int) -> Instance | None:
        number = self.instance_of[entry] - 1
        if number < 0:
            return None
        uids, numbers, positions = self.own
        common = self.commons[self.common_of[number]]
        return Instance._make((entry, uids[number], numbers[number], positions[number], *common))


class Instances(Sequence[Instance | None]):
    """The instances of records, in their order."""

    def __init__(self, records: Sequence[Record]) -> None:
        self._records = records

    def __len__(self) -> int:
        return len(self._records)

    @overload
    def __getitem__(self, at: int) -> Instance | None: ...
    @overload
    def __getitem__(self, at: slice) -> list[Instance | None]: ...
    def __getitem__(self, at: int | slice) -> Instance | list[Instance | None] | None:
        if isinstance(at, slice):
            return [record.instance for record in self._records[at]]
        return self._records[at].instance

    def __iter__(self) -> Iterator[Instance | None]:
        return (record.instance for record in self._records)


class Records(Sequence[Record]):
    """Records in the order of their entries; each is made when it is asked for."""

    def __init__(self, columns: _Columns) -> None:
        self._columns = columns
        self._entries = columns.entries()

    def __len__(self) -> int:
        return len(self._entries)

    @overload
    def __getitem__(self, at: int) -> Record: ...
    @overload
    def __getitem__(self, at: slice) -> list[Record]: ...
    def __getitem__(self, at: int | slice) -> Record | list[Record]:
        if isinstance(at, slice):
            return list(map(self._columns.record, self._entries[at]))
        return self._columns.record(self._entries[at])

    def __iter__(self) -> Iterator[Record]:
        return map(self._columns.record, self._entries)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence):
            return NotImplemented
        return len(self) == len(other) and all(map(Record.__eq__, self, other))

    __hash__ = None  # type: ignore[assignment]


class Merger:
    """Joins the harvests of several readers as they arrive, in any order; what they share is held once."""

    def __init__(self) -> None:
        self._columns = _Columns()
        self._values = Values()

    def add(self, harvest: Harvest, base: int = 0) -> list[Value]:
        """Take in a harvest and return the values that were in none before.

        Parameters
        ----------
        base : int
            What is added to every entry's index: the place, among all entries, of the first that was read.
        """
        texts: dict[str, str] = {}
        """What is a UID of an instance is a value, too, and in two places: it is held once."""
        numbers: dict[int, int] = {}
        """Indexes of entries, each held once."""
        for record in harvest.records:
            self._columns.add(record, base, texts)
        groups: dict[int, Sequence[int]] = {}
        kept = []  # told apart by identity, so they must stay until the end
        new: list[Value] = []
        for value, entries in harvest.values.items():
            held: int | Sequence[int]
            if len(entries) == 1:
                entry = entries[0] + base
                held = numbers.setdefault(entry, entry)
            else:
                known = groups.get(id(entries))
                if known is None:
                    known = groups[id(entries)] = to_entries([entry + base for entry in entries] if base else entries)
                    kept.append(entries)
                held = known
            if self._values.add(value, held, texts):
                new.append(value)
        return new

    @property
    def entries(self) -> int:
        """How many entries there are by now."""
        return self._columns.count

    def has(self, entry: int) -> bool:
        """Whether there is a record of an entry."""
        known = self._columns.fate_of
        return entry < len(known) and known[entry] > 0

    def harvest(self) -> Harvest:
        """Return what was merged so far; it does not depend on how the entries were shared out.

        Its values are those of the merger, and become more when more is added.
        """
        self._values.unite()
        return Harvest(Records(self._columns), self._values)


def merge(harvests: Iterable[Harvest]) -> Harvest:
    """Join harvests that are all at hand."""
    merger = Merger()
    for harvest in harvests:
        merger.add(harvest)
    return merger.harvest()
