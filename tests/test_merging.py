"""What was merged looks like what came in, and takes little: a million entries have a million records and values."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable

from pycore.archive import open_archive
from pycore.archive.entries import Column
from pycore.findings import OfEntries, Where, to_entries
from pycore.harvest import Harvest, Record, Status
from pycore.hierarchy import Instance
from pycore.merging import Merger, Values, merge
from pycore.phi.value import Value
from tests.builders import MemorySource, zip_bytes

COUNT = 5_000
COMMON = ("4711", "Sample^Anna", "1.2.3", "", "", "1.2.3.4", "CT", "1", "", "1.2.840.1", "", "", True, "1.2.840.2")


def value(text: str | None, length: int | None = None, path: str = "(0008,0018)") -> Value:
    return Value(Where.ELEMENT, path, 0x0008_0018, "UI", None, text, len(text or "") if length is None else length, 0)


def instance(entry: int) -> Instance:
    return Instance._make((entry, f"1.2.3.4.{entry:09}", str(entry % 100), f"0\\0\\{entry % 100}", *COMMON))


def harvest(start: int, stop: int) -> Harvest:
    """A record and a UID of its own for each entry, and one value that all have."""
    own = {value(f"1.2.3.4.{entry:09}"): [entry] for entry in range(start, stop)}
    records = tuple(Record(entry, Status.DICOM, instance=instance(entry), in_part=True) for entry in range(start, stop))
    return Harvest(records, own | {value("CT", path="(0008,0060)"): list(range(start, stop))})


def grown_by(make: Callable[[], object]) -> int:
    """Bytes that what is made takes."""
    tracemalloc.start()
    try:
        kept = make()
        taken = tracemalloc.get_traced_memory()[0]
        assert kept is not None
        return taken
    finally:
        tracemalloc.stop()


def test_what_was_merged_is_what_came_in_whatever_the_order() -> None:
    whole = harvest(0, 300)
    merged = merge([harvest(200, 300), harvest(0, 120), harvest(120, 200)])
    assert merged.records == whole.records
    assert {one: list(entries) for one, entries in merged.values.items()} == whole.values
    assert len(merged.values) == len(whole.values)
    assert all(one in merged.values and list(merged.values[one]) == whole.values[one] for one in whole.values)
    assert value("none") not in merged.values


def test_records_of_some_entries_are_those_of_these_entries() -> None:
    merger = Merger()
    merger.add(harvest(10, 12))
    merger.add(harvest(0, 1), 5)
    records = merger.harvest().records
    assert [record.entry for record in records] == [5, 10, 11]
    assert [record.instance.entry for record in records if record.instance] == [5, 10, 11]
    assert [merger.has(entry) for entry in (4, 5, 11, 12)] == [False, True, True, False]


def test_values_that_differ_in_length_or_are_no_text_stay_apart() -> None:
    values = Values()
    different = [value("1.2"), value("1.2", 4), value(None, 3), value(None, 4), value("", 0), value("1.2", path="x")]
    for entry, one in enumerate(different):
        values.occur(one, entry)
        values.occur(one, entry + 100)
    assert sorted(values, key=str) == sorted(different, key=str)
    assert [list(values[one]) for one in different] == [[entry, entry + 100] for entry in range(len(different))]


def test_a_record_with_a_value_of_its_own_takes_little_memory() -> None:
    def make() -> Harvest:
        merger = Merger()
        for start in range(0, COUNT, 100):
            merger.add(harvest(start, start + 100))
        return merger.harvest()

    assert grown_by(make) < 450 * COUNT


def test_an_entry_of_a_directory_takes_little_more_than_its_name() -> None:
    data = zip_bytes({f"folder/{number:09}.txt": b"" for number in range(COUNT)})
    source = MemorySource("many.zip", data)
    assert grown_by(lambda: open_archive([source])) < 260 * COUNT


def test_numbers_that_fit_no_eight_bytes_are_kept_too() -> None:
    column = Column([1, -1])
    column.append(2**64 - 1)
    column.extend([7])
    assert list(column) == [1, -1, 2**64 - 1, 7]


def test_what_comes_of_entries_is_that_of_these_entries_though_they_are_gone() -> None:
    total = OfEntries(sum)
    for number in range(1000):
        assert total([number, number + 1]) == 2 * number + 1
        assert total((number,)) == number


def test_what_comes_of_shared_entries_is_worked_out_once() -> None:
    asked: list[int] = []
    count = OfEntries(lambda entries: asked.append(len(entries)))
    shared = to_entries((1, 2, 3))
    for _ in range(3):
        count(shared)
    assert asked == [3]
