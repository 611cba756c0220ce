"""Whatever happens to a good zip: nothing raises, the ledger adds up, and nothing that lost something is `clean`.

Good zips are cut off at every byte and changed at a thousand places and more, the same ones in every run.
"""

from __future__ import annotations

import gzip
import io
import random
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator

import pytest

from pycore.archive import Archive, Kind, open_archive
from pycore.errors import EntryError, InputError
from pycore.harvester import read_entries
from pycore.phi.options import Options
from pycore.phi.value import Value
from pycore.review import Report, Verdict, review
from tests.builders import MemorySource, zip_bytes
from tests.extremes import empty_entries
from tests.quine import quine_zip
from tests.test_archive import Unseekable
from tests.test_archive_tars import lying, tar_bytes
from tests.test_review import clean_object

RETAIN_UIDS = Options.of("basic", ["retain-uids"])
OBJECTS = {f"{number}.dcm": clean_object(number) for number in range(1, 4)}


def streamed(objects: dict[str, bytes], method: int) -> bytes:
    """Return a zip as it is written to a pipe: sizes only in data descriptors and the directory."""
    file = Unseekable()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, data in objects.items():
            with archive.open(zipfile.ZipInfo(name), "w") as entry:
                entry.write(data)
    return file.getvalue()


GOOD = {
    "deflated": zip_bytes(OBJECTS),
    "stored": zip_bytes(OBJECTS, zipfile.ZIP_STORED),
    "streamed": streamed(OBJECTS, zipfile.ZIP_STORED),
}


def reviewed(data: bytes, name: str = "a.zip") -> tuple[Report, dict[Value, list[int]]] | None:
    """Return the report and what was read; None where nothing could be."""
    try:
        archive = open_archive([MemorySource(name, data)])
        harvest = read_entries(archive, range(len(archive.entries)))
        report = review(archive, harvest, RETAIN_UIDS)
    except InputError:
        return None
    facts = report.archive
    assert facts.entries == facts.dicom + facts.other + facts.folders + facts.unreadable == len(report.records)
    return report, dict(harvest.values)


def never_silently_clean(data: bytes, good: dict[Value, list[int]], what: object, name: str = "a.zip") -> None:
    outcome = reviewed(data, name)
    if outcome is None:
        return
    report, values = outcome
    if report.verdict is Verdict.CLEAN:
        assert values == good, what


def said(report: Report) -> str:
    return " ".join(problem.message for problem in report.problems)


def read_of(data: bytes, name: str = "a.zip") -> dict[Value, list[int]]:
    outcome = reviewed(data, name)
    assert outcome is not None
    assert outcome[0].verdict is Verdict.CLEAN
    return outcome[1]


@pytest.mark.parametrize("kind", GOOD)
def test_a_zip_cut_anywhere_is_never_clean_and_gives_what_is_left(kind: str) -> None:
    data = GOOD[kind]
    ends = [data.find(b"PK\x01\x02"), *_ends_of_entries(data)]
    for keep in range(0, len(data), 1 if kind == "deflated" else 3):
        outcome = reviewed(data[:keep])
        whole = sum(end <= keep for end in ends[1:])
        if outcome is None:
            assert whole == 0, keep
            continue
        report, _ = outcome
        assert report.verdict is not Verdict.CLEAN, keep
        assert re.search("truncated|damaged|cut off", said(report)), keep
        assert report.archive.dicom >= whole, keep


def _ends_of_entries(data: bytes) -> Iterator[int]:
    """Yield where the local headers' entries end: where the next begins, or the directory."""
    at = data.find(b"PK\x03\x04", 1)
    while at > 0:
        yield at
        at = data.find(b"PK\x03\x04", at + 1)
    yield data.find(b"PK\x01\x02")


@pytest.mark.parametrize("kind", GOOD)
def test_no_changed_byte_makes_a_zip_silently_clean(kind: str) -> None:
    data = GOOD[kind]
    good = read_of(data)
    generator = random.Random(7)
    headers = [at for at in range(len(data)) if not _is_content(data, at)]
    places = headers[:: 1 if kind == "deflated" else 3] + generator.sample(range(len(data)), 300)
    for at in places:
        changed = bytearray(data)
        changed[at] ^= generator.choice((1, 2, 4, 8, 16, 32, 64, 128, 255))
        never_silently_clean(bytes(changed), good, at)


def _is_content(data: bytes, at: int) -> bool:
    """Whether a byte lies in an entry's data, far enough from any header."""
    return b"PK" not in data[max(0, at - 50) : at + 50]


@pytest.mark.parametrize("byte", range(31, 45))
@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_no_changed_property_of_a_stream_raises(method: int, byte: int) -> None:
    data = zip_bytes(OBJECTS, method)
    good = read_of(data)
    for bit in range(8):
        changed = bytearray(data)
        changed[byte] ^= 1 << bit
        never_silently_clean(bytes(changed), good, (byte, bit))


@pytest.mark.parametrize("seed", range(40))
def test_no_splice_of_a_zip_raises_or_is_silently_clean(seed: int) -> None:
    generator = random.Random(seed)
    data = generator.choice(list(GOOD.values()))
    good = read_of(data)
    changed = bytearray(data)
    for _ in range(generator.randint(1, 4)):
        at, other = generator.randrange(len(data)), generator.randrange(len(data))
        length = generator.randint(1, 200)
        match generator.randrange(4):
            case 0:
                del changed[at : at + length]
            case 1:
                changed[at:at] = data[other : other + length]
            case 2:
                changed[at : at + length] = data[other : other + length]
            case _:
                changed[at : at + 4] = struct.pack("<L", generator.choice((0, 1, 0xFFFF_FFFF, 0x7FFF_FFFF, len(data))))
    never_silently_clean(bytes(changed), good, seed)


@pytest.mark.parametrize("name", ["a.tar", "a.tgz"])
def test_no_changed_byte_of_a_tar_raises(name: str) -> None:
    whole = tar_bytes(OBJECTS)
    data = gzip.compress(whole, mtime=0) if name == "a.tgz" else whole
    generator = random.Random(3)
    for at in generator.sample(range(len(data)), 150):
        changed = bytearray(data)
        changed[at] ^= generator.choice((1, 4, 128, 255))
        reviewed(bytes(changed), name)


def test_a_tar_whose_size_lies_so_well_that_the_next_header_fits_is_not_clean() -> None:
    """Then nothing tells that a file is hidden in another, but that the first goes on behind its data set."""
    contents = {"1.dcm": clean_object(1), "2.dcm": clean_object(2), "3.dcm": clean_object(3)}
    first, second = (512 + -(-len(contents[name]) // 512) * 512 for name in ("1.dcm", "2.dcm"))
    outcome = reviewed(lying(first - 512 + second, contents, 0), "a.tar")
    assert outcome is not None
    assert outcome[0].verdict is not Verdict.CLEAN
    assert outcome[0].archive.dicom == 2


# --- bombs ------------------------------------------------------------------------------------------------------------


def overlapped(count: int) -> bytes:
    """Return a zip whose rows all lead to the same entry."""
    data = zip_bytes({"0": bytes(1_000_000)})
    start = data.index(b"PK\x01\x02")
    row = data[start : data.index(b"PK\x05\x06")]
    rows = row * count
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, len(rows), start, 0)
    return data[:start] + rows + end


def test_of_entries_that_share_their_bytes_one_is_read_and_all_are_listed() -> None:
    outcome = reviewed(overlapped(500))
    assert outcome is not None
    facts = outcome[0].archive
    assert (facts.entries, facts.other, facts.unreadable) == (500, 1, 499)


def test_entries_that_lie_in_one_another_are_read_once_each() -> None:
    """Each entry's data holds the headers of all after it, quoted; at the end of all, what they share."""
    kernel = zip_bytes({"0": bytes(3_000_000)})
    start = kernel.index(b"PK\x01\x02")
    local, row = kernel[:start], kernel[start : kernel.index(b"PK\x05\x06")]
    count = 50
    locals_, rows = b"", b""
    for number in reversed(range(count)):
        compressed = len(local) - 31 + len(locals_)
        name = bytes([65 + number])
        header = local[:18] + struct.pack("<L", compressed) + local[22:30] + name
        rows = row[:20] + struct.pack("<L", compressed) + row[24:42] + struct.pack("<L", number * 31) + name + rows
        locals_ = header + locals_
    body = locals_ + local[31:]
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, len(rows), len(body), 0)
    archive = open_archive([MemorySource("a.zip", body + rows + end)])
    total = sum(len(got) for _, got in read_as_far_as_possible(archive))
    assert len(archive.entries) == count
    assert total <= 3_000_000


def read_as_far_as_possible(archive: Archive) -> Iterator[tuple[str, bytes]]:
    for entry in archive.entries:
        got = b""
        if entry.kind is Kind.FILE:
            try:
                file = archive.open(entry)
                while piece := file.read(65536):
                    got += piece
            except EntryError:
                pass
        yield entry.name, got


def test_zips_in_zips_end_at_a_depth_that_is_said() -> None:
    data = zip_bytes({"1.dcm": clean_object(1, PatientName="Sample^Anna")})
    for depth in range(30):
        data = zip_bytes({f"{depth}.zip": data}, zipfile.ZIP_STORED)
    outcome = reviewed(data)
    assert outcome is not None
    assert outcome[0].verdict is not Verdict.CLEAN
    assert "was not opened" in said(outcome[0])


def test_a_zip_that_holds_itself_ends_at_a_depth_that_is_said() -> None:
    data = quine_zip()
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        [name] = file.namelist()
        assert file.read(name) == data
    outcome = reviewed(data)
    assert outcome is not None
    report, values = outcome
    assert (report.archive.entries, report.archive.other) == (1, 1)
    assert [problem.message for problem in report.problems if problem.entry == 0] == [
        f"{'/'.join([f'zip: {name}'] * 3)}/zip: it lies inside of 3 containers and was not opened."
    ]
    assert report.verdict is not Verdict.CLEAN
    assert len(values) < 10


def test_ten_gigabytes_of_zeros_are_not_inflated() -> None:
    """What Deflate makes of zeros repeats: ten million such bytes stand for ten gigabytes."""
    compressor = zlib.compressobj(9, wbits=-15)
    once = compressor.compress(bytes(1 << 20)) + compressor.flush(zlib.Z_FULL_FLUSH)
    again = compressor.compress(bytes(1 << 20)) + compressor.flush(zlib.Z_FULL_FLUSH)
    count = 10 * 1024
    body = once + again * (count - 1) + compressor.flush()
    data = bytearray(zip_bytes({"bomb": body}, zipfile.ZIP_STORED))
    for base, method, size in ((0, 8, 22), (data.index(b"PK\x01\x02"), 10, 24)):
        data[base + method : base + method + 2] = struct.pack("<H", 8)
        data[base + size : base + size + 4] = struct.pack("<L", 0xFFFF_FFF0)
    Counting.asked = 0
    archive = open_archive([Counting("a.zip", bytes(data))])
    report = review(archive, read_entries(archive, [0]), RETAIN_UIDS)
    assert report.verdict is not Verdict.CLEAN
    assert "file: it has 4,294,967,280 bytes: only the first 8,388,608 were read." in said(report)
    assert Counting.asked < len(data) / 2


def zeros_behind(head: bytes, gibibytes: int) -> tuple[bytes, int]:
    """Return what Deflate makes of some bytes and so many zeros, and how many bytes that are."""
    compressor = zlib.compressobj(9, wbits=-15)
    first = compressor.compress(head + bytes(1 << 20)) + compressor.flush(zlib.Z_FULL_FLUSH)
    again = compressor.compress(bytes(1 << 20)) + compressor.flush(zlib.Z_FULL_FLUSH)
    return first + again * (1024 * gibibytes - 1) + compressor.flush(), len(head) + (gibibytes << 30)


@pytest.mark.parametrize("pixels", [False, True], ids=["behind the data set", "as pixels"])
def test_an_object_that_ends_in_gigabytes_of_zeros_is_inflated_in_part_and_that_is_said(pixels: bool) -> None:
    head = clean_object(1, PatientName="Sample^Anna")
    if pixels:
        head += bytes.fromhex("e07f10004f420000") + struct.pack("<L", (3 << 30) - 4096)
    body, size = zeros_behind(head, 3)
    data = bytearray(zip_bytes({"1.dcm": body}, zipfile.ZIP_STORED))
    for base, method, at in ((0, 8, 22), (data.index(b"PK\x01\x02"), 10, 24)):
        data[base + method : base + method + 2] = struct.pack("<H", 8)
        data[base + at : base + at + 4] = struct.pack("<L", size)
    Counting.asked = 0
    archive = open_archive([Counting("a.zip", bytes(data))])
    report = review(archive, read_entries(archive, [0]), RETAIN_UIDS)
    assert report.verdict is Verdict.IDENTIFIED
    assert "inflates to more than 400 times its size" in said(report)
    assert Counting.asked < len(data) / 2


class Counting(MemorySource):
    """Counts the bytes that are asked for."""

    asked = 0

    def read(self, offset: int, length: int) -> bytes:
        Counting.asked += length
        return super().read(offset, length)


def test_seventy_thousand_empty_entries_are_seventy_thousand_lines() -> None:
    count = 70_000
    opened = open_archive([MemorySource("a.zip", empty_entries([b"%05d" % number for number in range(count)]))])
    assert (len(opened.entries), opened.problems) == (count, ())
    assert opened.open(opened.entries[-1]).read() == b""
