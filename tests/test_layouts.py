"""An instance that is compared with its series gives what an instance gives that is read by itself."""

from __future__ import annotations

import io
import random
from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import Dataset
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from pycore.archive import open_archive
from pycore.elements import Element, FileReader, Reading, read_instance, read_instance_from
from pycore.harvest import Harvest
from pycore.harvester import Harvester, Memory, read_entries
from pycore.layouts import Match, Shelf
from pycore.merging import merge
from tests.builders import MemorySource, data_set, dicom_bytes, pydicom_paths, uid, zip_bytes

SYNTAXES = (ExplicitVRLittleEndian, ImplicitVRLittleEndian)

Elements = tuple[Element, ...]


def slice_of_series(number: int, **more: object) -> Dataset:
    """Return one instance: what differs is a UID and numbers of various lengths, at the top and in an Item."""
    keywords: dict[str, object] = {
        "SpecificCharacterSet": "ISO_IR 192",
        "SOPClassUID": "1.2.840.10008.5.1.4.1.1.2",
        "SOPInstanceUID": f"1.2.3.{10 ** (number % 5) + number}",
        "StudyDate": "20240115",
        "ReferencedImageSequence": [data_set(ReferencedSOPInstanceUID=f"1.2.4.{1000 + number}"), data_set()],
        "PatientName": "Sämple^Anna",
        "PatientID": "4711",
        "SeriesInstanceUID": uid("series"),
        "InstanceNumber": str(number),
        "ImageComments": "x" * (number % 7),
        "Rows": 2,
        "Columns": 2,
        "BitsAllocated": 8,
    }
    dataset = data_set(**keywords | more)
    block = dataset.private_block(0x0019, "EXAMPLE 1.0", create=True)
    block.add_new(1, "LO", f"raw {number}")
    block.add_new(2, "UN", bytes([number % 256, 1, 2, 3]))
    block.add_new(3, "OB", f"Keller{number:04}".encode() + bytes(300))
    dataset.PixelData = bytes([number % 256]) * 4
    return dataset


def whole(elements: Sequence[Element]) -> Elements:
    return tuple(element._replace(offset=0) for element in elements)


def read_series(files: Iterable[bytes]) -> list[Match[Elements] | None]:
    """Return what a shelf says of each file, having learned from those that it did not know."""
    shelf: Shelf[Elements] = Shelf(whole)
    matches = []
    for data in files:
        reader = FileReader(io.BytesIO(data), len(data))
        match = shelf.match(reader)
        matches.append(match)
        reader = FileReader(io.BytesIO(data), len(data))
        if match is None and (reading := read_instance_from(reader)):
            shelf.learn(reader, reading)
    return matches


def check(files: Sequence[bytes]) -> int:
    """Compare what the shelf gives with a reading of each file by itself; return how many the shelf knew."""
    matches = read_series(files)
    for data, match in zip(files, matches, strict=True):
        if match is None:
            continue
        reading = read_instance(io.BytesIO(data), len(data))
        assert reading is not None
        known = (*(element for digest in match.digests for element in digest), *whole(match.rest))
        assert known == whole(reading.elements)
        plain = Reading(reading.transfer_syntax, reading.preamble, (), reading.trailing, reading.problems)
        assert match.reading == plain
        assert match.rest == reading.elements[len(reading.elements) - len(match.rest) :]
    return sum(match is not None for match in matches)


@pytest.mark.parametrize("syntax", SYNTAXES, ids=["explicit", "implicit"])
def test_slices_of_a_series_are_compared_and_not_read(syntax: str) -> None:
    assert check([dicom_bytes(slice_of_series(number), syntax) for number in range(40)]) == 39


@pytest.mark.parametrize("syntax", SYNTAXES, ids=["explicit", "implicit"])
@given(data=st.data())
@settings(deadline=None)
def test_an_instance_changed_anywhere_gives_what_it_gives_alone(syntax: str, data: st.DataObject) -> None:
    files = [bytearray(dicom_bytes(slice_of_series(number), syntax)) for number in (1, 12, 123)]
    for file in files[1:]:
        for _ in range(data.draw(st.integers(0, 3))):
            file[data.draw(st.integers(0, len(file) - 1))] = data.draw(st.integers(0, 255))
        if data.draw(st.booleans()):
            del file[data.draw(st.integers(132, len(file))) :]
    check([*map(bytes, files), bytes(files[0])])


@pytest.mark.parametrize(
    "change",
    [
        {"SpecificCharacterSet": "ISO_IR 100"},
        {"ReferencedImageSequence": [data_set(ReferencedSOPInstanceUID="1.2.4.1001")]},
        {"ReferencedImageSequence": [data_set(ReferencedSOPInstanceUID="1.2.4.1001.5"), data_set()]},
        {"PatientComments": "one element more"},
    ],
    ids=["character-set", "one-item-less", "longer-in-an-item", "another-element"],
)
def test_what_decides_how_to_read_is_no_slot(change: dict[str, object]) -> None:
    files = [
        dicom_bytes(slice_of_series(1)),
        dicom_bytes(slice_of_series(1, **change)),
        dicom_bytes(slice_of_series(2)),
    ]
    assert check(files) == 1


def test_another_private_creator_is_no_slot() -> None:
    other = slice_of_series(1)
    other[0x0019_0010].value = "EXAMPLE 2.0"
    assert check([dicom_bytes(slice_of_series(1)), dicom_bytes(other)]) == 0


def test_a_value_that_begins_like_an_item_is_read_as_one() -> None:
    def with_bytes(value: bytes) -> bytes:
        dataset = slice_of_series(1)
        dataset[0x0019_1002].value = value
        return dicom_bytes(dataset)

    item = b"\xfe\xff\x00\xe0\x00\x00\x00\x00"
    assert check([with_bytes(bytes(8)), with_bytes(bytes(range(8))), with_bytes(item)]) == 1


@pytest.mark.parametrize("syntax", [ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian], ids=["big", "deflated"])
def test_other_encodings_are_read(syntax: str) -> None:
    assert check([dicom_bytes(slice_of_series(number), syntax) for number in range(3)]) == 0


def test_every_packaged_file_gives_the_same_twice() -> None:
    files = [path.read_bytes() for path in pydicom_paths() if path.stat().st_size < 1_000_000]
    assert check([data for data in files for _ in range(3)]) > len(files)


def test_headers_beyond_the_first_window_are_compared_too() -> None:
    def long(number: int) -> bytes:
        dataset = slice_of_series(number)
        dataset.private_block(0x0029, "EXAMPLE CSA", create=True).add_new(0x10, "OB", bytes([number]) * 50_000)
        return dicom_bytes(dataset)

    assert check([long(number) for number in range(10)]) == 9


def alone(archive_bytes: bytes) -> Harvest:
    """Return the harvest of readers that remember nothing."""
    archive = open_archive([MemorySource("t.zip", archive_bytes)])
    return merge(read_entries(archive, [entry.index]) for entry in archive.entries)


def with_memory(archive_bytes: bytes) -> Harvest:
    """Return the harvest of a reader that remembers what it read before."""
    archive = open_archive([MemorySource("t.zip", archive_bytes)])
    memory = Memory()
    parts = []
    for start in range(0, len(archive.entries), 5):
        harvester = Harvester(archive, memory)
        for entry in archive.entries[start : start + 5]:
            harvester.read(entry)
        parts.append(harvester.harvest())
    return merge(parts)


@pytest.mark.parametrize("damaged", [False, True], ids=["sound", "damaged"])
def test_a_harvest_is_the_same_with_and_without_memory(damaged: bool) -> None:
    objects: dict[str, bytes | None] = {str(n): dicom_bytes(slice_of_series(n)) for n in range(12)}
    data = bytearray(zip_bytes(objects))
    if damaged:
        for at in range(1500, len(data) - 2000, 997):
            data[at] ^= 0x10
    assert with_memory(bytes(data)) == alone(bytes(data))


def test_damage_behind_a_header_is_met_with_and_without_memory() -> None:
    def long(number: int) -> bytes:
        # The ends of the headers lie around a multiple of the steps in which they are read.
        dataset = slice_of_series(number, PatientComments="x" * (1020 + 2 * (number % 50)), Rows=100, Columns=300)
        values = random.Random(number)
        dataset.PixelData = bytes(values.choices(b"samples-of-pixels", k=30_000))
        return dicom_bytes(dataset)

    data = bytearray(zip_bytes({str(number): long(number) for number in range(400)}))
    archive = open_archive([MemorySource("t.zip", bytes(data))])
    for entry in archive.entries:
        header = archive.zip_info(entry)
        assert header is not None
        at = header.offset + 600 + entry.index * 6
        data[at : at + 24] = b"\xff" * 24
    harvest = with_memory(bytes(data))
    assert harvest == alone(bytes(data))
    assert 20 < sum(bool(record.problems) for record in harvest.records) < 380
