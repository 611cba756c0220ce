"""Every entry is accounted for, whatever made or broke the zip."""

from __future__ import annotations

import io
import lzma
import random
import re
import struct
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pycore.archive import BATCH_ENTRIES, Archive, FileSource, HeldSource, Kind, Source, inflate, open_archive
from pycore.errors import EntryError, InputError
from tests.builders import MemorySource, zip_bytes

METHODS = [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
NOISE = random.Random(1).randbytes(300_000)  # does not compress, so that many chunks are needed
TEXT = b"".join(b"line %d of a file that deflates well\n" % number for number in range(20_000))


def open_zip(data: bytes, name: str = "a.zip") -> Archive:
    return open_archive([MemorySource(name, data)])


def read(archive: Archive, index: int) -> bytes:
    return archive.open(archive.entries[index]).read()


class Unseekable(io.BytesIO):
    """A pipe: what writes a zip into it cannot go back and states sizes behind the data."""

    def seekable(self) -> bool:
        return False

    def tell(self) -> int:
        raise OSError("a pipe has no position")


class CountingSource:
    """Remembers what was read of it."""

    def __init__(self, source: Source) -> None:
        self.name, self.size = source.name, source.size
        self._source = source
        self.reads: list[tuple[int, int]] = []

    def read(self, offset: int, length: int) -> bytes:
        self.reads.append((offset, length))
        return self._source.read(offset, length)


# --- what is a zip -------------------------------------------------------------------------------------------------


def test_every_entry_is_listed_in_directory_order() -> None:
    archive = open_zip(zip_bytes({"b/": None, "b/1": b"one", "a": b""}, comment=b"from the ward"))
    assert [(e.index, e.name, e.kind, e.size) for e in archive.entries] == [
        (0, "b/", Kind.FOLDER, 0),
        (1, "b/1", Kind.FILE, 3),
        (2, "a", Kind.FILE, 0),
    ]
    assert (archive.name, archive.comment, archive.problems) == ("a.zip", b"from the ward", ())
    assert read(archive, 1) == b"one"
    assert read(archive, 2) == b""
    info = archive.zip_info(archive.entries[1])
    assert info is not None
    assert info.size == 3


def test_a_single_file_is_an_archive_of_one_entry() -> None:
    archive = open_archive([MemorySource("IM0001", b"not a zip" * 9)])
    assert [(e.name, e.kind, e.size) for e in archive.entries] == [("IM0001", Kind.FILE, 81)]
    assert read(archive, 0) == b"not a zip" * 9
    assert archive.zip_info(archive.entries[0]) is None


def test_of_many_files_only_one_is_open_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder can hold more files than a process may open."""
    paths = [tmp_path / f"{number}.dcm" for number in range(9)]
    for path in paths:
        path.write_text(path.name)
    opened: list[IO[bytes]] = []
    really_open = Path.open

    def open_and_note(path: Path, mode: str) -> IO[bytes]:
        opened.append(really_open(path, mode))
        return opened[-1]

    monkeypatch.setattr(Path, "open", open_and_note)
    archive = open_archive([FileSource(path) for path in paths])
    assert [read(archive, index).decode() for index in range(9)] == [path.name for path in paths]
    assert read(archive, 0) == b"0.dcm"
    assert sum(not file.closed for file in opened) == 1


def test_several_sources_share_one_ledger() -> None:
    zipped = MemorySource("a.zip", zip_bytes({"1": b"one"}, comment=b"x"))
    archive = open_archive([zipped, MemorySource("2.dcm", b"two"), MemorySource("b.zip", zip_bytes({"3": b"three"}))])
    assert [(e.index, e.name) for e in archive.entries] == [(0, "a.zip/1"), (1, "2.dcm"), (2, "b.zip/3")]
    assert [read(archive, index) for index in range(3)] == [b"one", b"two", b"three"]
    assert archive.name == "a.zip + 2.dcm + b.zip"


def test_an_entry_deleted_from_the_directory_only_is_found_and_said() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as writer:
        for name in ("1", "2", "3"):
            writer.writestr(zipfile.ZipInfo(name), name.encode() * 500)
        del writer.filelist[1]
    archive = open_zip(file.getvalue())
    assert [(entry.name, read(archive, entry.index)) for entry in archive.entries] == [
        ("1", b"1" * 500),
        ("3", b"3" * 500),
        ("2", b"2" * 500),
    ]
    [problem] = archive.problems
    assert problem.message.startswith("a.zip holds 1 entry that its directory does not list")


def test_bytes_between_entries_that_are_no_entry_are_not_forgotten() -> None:
    data = zip_bytes({"1": b"1" * 500, "2": b"2" * 500}, zipfile.ZIP_STORED)
    at = data.index(b"PK\x03\x04", 4)
    entry = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 1)
    padded = bytearray(data[:at] + bytes(1000) + data[at:])
    padded[entry + 1000 + 42 : entry + 1000 + 46] = struct.pack("<L", at + 1000)
    padded[-6:-2] = struct.pack("<L", data.index(b"PK\x01\x02") + 1000)
    archive = open_zip(bytes(padded))
    assert [read(archive, index) for index in range(2)] == [b"1" * 500, b"2" * 500]
    assert [problem.message for problem in archive.problems] == [
        f"a.zip has 1000 bytes between its entries that belong to none, from offset {at} on, which were not reviewed: "
        "what was deleted from a zip can still be in it."
    ]


def test_long_local_extra_fields_and_data_descriptors_are_no_gaps() -> None:
    padded = zipfile.ZipInfo("padded")
    padded.extra = struct.pack("<HH", 0xD935, 4000) + bytes(4000)  # as zipalign writes them, in the local header only
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as writer:
        writer.writestr(padded, b"x" * 100)
        padded.extra = b""
        with writer.open("streamed", "w", force_zip64=True) as entry:
            entry.write(b"y" * 100)
    archive = open_zip(file.getvalue())
    assert archive.problems == ()
    assert [read(archive, index) for index in range(2)] == [b"x" * 100, b"y" * 100]


@pytest.mark.parametrize("comment", [b"", b"a comment"])
def test_bytes_after_the_end_are_not_forgotten(comment: bytes) -> None:
    data = zip_bytes({"1": b"one"}, comment=comment)
    assert open_zip(data).problems == ()
    [problem] = open_zip(data + b"more").problems
    assert problem.message == "a.zip has 4 bytes after its end, which were not reviewed."


def test_zip_with_a_program_in_front_is_a_zip_and_the_front_is_not_forgotten() -> None:
    archive = open_zip(b"MZ" + b"program" * 1000 + zip_bytes({"1": b"one"}), "setup.exe")
    assert read(archive, 0) == b"one"
    assert [problem.message for problem in archive.problems] == [
        "setup.exe has 7002 bytes before its first entry, which were not reviewed."
    ]


def test_a_file_that_holds_the_end_signature_by_chance_is_no_zip() -> None:
    data = bytes(5000) + b"PK\x05\x06" + bytes(5000)
    assert open_archive([MemorySource("IM0001", data)]).entries[0].kind is Kind.FILE


@pytest.mark.parametrize("keep", [4, 20, 31])
def test_zip_with_nothing_left_of_it_is_named_as_such(keep: int) -> None:
    with pytest.raises(InputError, match=r"^a\.zip is a truncated zip"):
        open_zip(zip_bytes({"a name that is long": NOISE[:100]})[:keep])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("keep", [1000, -1, -10, -22, -100, -900])
def test_truncated_zip_gives_what_is_left_and_is_named_as_such(keep: int, method: int) -> None:
    contents = {f"{number}": NOISE[: number * 10] for number in range(20)}
    archive = open_zip(zip_bytes(contents, method)[:keep])
    assert re.match(r"a\.zip is a (truncated|damaged) zip", archive.problems[0].message)
    whole = 0
    for entry in archive.entries:
        try:
            whole += read(archive, entry.index) == contents[entry.name]
        except EntryError:
            assert entry.index == len(archive.entries) - 1
    assert whole >= len(archive.entries) - 1 > 3


def test_truncated_zip_among_others_is_one_unreadable_entry() -> None:
    good, bad = MemorySource("a.zip", zip_bytes({"1": b"one"})), MemorySource("b.zip", zip_bytes({"2": b"two"})[:30])
    archive = open_archive([good, bad])
    assert [(e.name, e.kind) for e in archive.entries] == [("a.zip/1", Kind.FILE), ("b.zip", Kind.UNREADABLE)]
    assert archive.entries[1].reason.startswith("b.zip is a truncated zip")
    with pytest.raises(EntryError, match="truncated zip"):
        archive.open(archive.entries[1])


def test_a_damaged_row_of_the_directory_costs_no_other() -> None:
    data = bytearray(zip_bytes({"1": b"one", "2": b"two"}))
    data[data.index(b"PK\x01\x02") + 1] = 0
    archive = open_zip(bytes(data))
    assert [(entry.name, read(archive, entry.index)) for entry in archive.entries] == [("1", b"one"), ("2", b"two")]
    assert "a damaged zip" in archive.problems[0].message
    data = bytearray(zip_bytes({"1": b"one", "2": b"two", "3": b"three"}))
    data[data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 1) + 1] = 0
    archive = open_zip(bytes(data))
    assert [(entry.name, read(archive, entry.index)) for entry in archive.entries] == [
        ("1", b"one"),
        ("3", b"three"),
        ("2", b"two"),
    ]
    assert "a damaged directory" in archive.problems[0].message


def test_empty_inputs_are_named() -> None:
    with pytest.raises(InputError, match="No file was chosen"):
        open_archive([])
    with pytest.raises(InputError, match=r"^a\.dcm is empty: it has 0 bytes\.$"):
        open_archive([MemorySource("a.dcm", b"")])
    assert [problem.message for problem in open_zip(zip_bytes({})).problems] == ["a.zip is a zip without any entry."]


def test_a_source_that_cannot_be_read_is_named() -> None:
    class Gone(MemorySource):
        def read(self, offset: int, length: int) -> bytes:
            raise OSError("gone")

    with pytest.raises(InputError, match=r"a\.zip cannot be read: it was changed, moved or taken away"):
        open_archive([Gone("a.zip", zip_bytes({"1": b"one"}))])


# --- names ---------------------------------------------------------------------------------------------------------


def test_duplicate_names_are_two_entries_and_a_problem() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("a", b"one")
        archive.writestr("a", b"two")
    opened = open_zip(file.getvalue())
    assert [read(opened, index) for index in range(2)] == [b"one", b"two"]
    assert [(problem.entry, problem.message) for problem in opened.problems] == [
        (1, "Entry 1 has the same name as entry 0; both are in the list.")
    ]


def test_macos_zip_keeps_its_resource_forks_as_entries() -> None:
    names = ["Müller/IM1", "__MACOSX/Müller/._IM1"]
    assert [e.name for e in open_zip(zip_bytes(dict.fromkeys(names, b"x"))).entries] == names


def test_unicode_path_extra_field_gives_the_name_under_every_python() -> None:
    raw = b"M?ller.dcm"
    info = zipfile.ZipInfo(raw.decode())
    unicode_path = b"\x01" + zlib.crc32(raw).to_bytes(4, "little") + "Müller.dcm".encode()
    info.extra = struct.pack("<HH", 0x7075, len(unicode_path)) + unicode_path
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(info, b"x")
    opened = open_zip(file.getvalue())
    assert opened.entries[0].name == "Müller.dcm"
    assert read(opened, 0) == b"x"


def test_file_names_that_are_no_utf8_stay_printable() -> None:
    archive = open_archive([MemorySource("M\udcfcller.dcm", b"x")])
    assert archive.entries[0].name == "M\\udcfcller.dcm"
    archive.name.encode()


# --- what cannot be read -------------------------------------------------------------------------------------------


def patch(data: bytes, local: int, central: int, value: bytes) -> bytes:
    """Overwrite a field of the first entry in both its headers; offsets are from the headers' starts."""
    changed = bytearray(data)
    changed[local : local + len(value)] = value
    start = data.index(b"PK\x01\x02") + central
    changed[start : start + len(value)] = value
    return bytes(changed)


@pytest.mark.parametrize(
    ("flags", "method", "words"),
    [
        (1, 8, "encrypted with ZipCrypto"),
        (1, 99, "encrypted with AES"),
        (0x41, 8, "encrypted with PKWARE strong encryption"),
        (0, 9, "method 9, Deflate64"),
        (0, 98, "method 98, PPMd"),
        (0, 77, "method 77, unknown"),
    ],
)
def test_what_cannot_be_inflated_is_named_and_the_rest_read(flags: int, method: int, words: str) -> None:
    archive = open_zip(patch(zip_bytes({"a": b"one", "b": b"two"}), 6, 8, struct.pack("<HH", flags, method)))
    assert [e.kind for e in archive.entries] == [Kind.UNREADABLE, Kind.FILE]
    assert words in archive.entries[0].reason
    with pytest.raises(EntryError, match=words):
        archive.open(archive.entries[0])
    assert read(archive, 1) == b"two"


def test_a_folder_cannot_be_opened() -> None:
    archive = open_zip(zip_bytes({"a/": None}))
    with pytest.raises(EntryError, match="is a folder"):
        archive.open(archive.entries[0])


@pytest.mark.parametrize(
    ("offset", "value", "words"),
    [
        (42, struct.pack("<L", 1), "there is no local header"),
        (42, struct.pack("<L", 10_000_000), "outside the"),
        (20, struct.pack("<L", 10_000_000), "The local header states 100 bytes"),
        (20, struct.pack("<L", 200), "The local header states 100 bytes"),
        (20, struct.pack("<L", 20), "The local header states 100 bytes"),
        (24, struct.pack("<L", 0), "The local header states 100 bytes"),
        (46, b"X", "names another entry"),
        (10, b"\x08", "states compression method 0, and the directory 8"),
        (28, b"\x00\x10", "states 2 entries at its end, and its directory lists"),
    ],
    ids=["offset", "offset beyond", "size beyond", "overlap", "short", "empty", "name", "method", "name length"],
)
def test_a_lying_row_of_the_directory_is_named_and_costs_nothing(offset: int, value: bytes, words: str) -> None:
    contents = {"a": NOISE[:100], "b": NOISE[:300]}
    data = bytearray(zip_bytes(contents, zipfile.ZIP_STORED))
    start = data.index(b"PK\x01\x02") + offset
    data[start : start + len(value)] = value
    archive = open_zip(bytes(data))
    said = [problem.message for problem in archive.problems]
    got = []
    for entry in archive.entries:
        try:
            file = archive.open(entry)
            said += file.problems
            got.append(file.read())
        except EntryError as error:
            said.append(str(error))
    assert words in " ".join(said)
    if offset != 10:  # what is not deflated cannot be inflated
        assert sorted(got) == sorted(contents.values())


def test_a_local_header_with_another_name_is_named_and_its_bytes_read() -> None:
    data = bytearray(zip_bytes({"a": b"one"}))
    data[30:31] = b"z"
    archive = open_zip(bytes(data))
    file = archive.open(archive.entries[0])
    assert (file.read(), file.other_name) == (b"one", "z")
    assert "names another entry" in file.problems[0]


@pytest.mark.parametrize("method", METHODS)
def test_a_wrong_crc_is_said_once_and_the_bytes_are_to_be_had(method: int) -> None:
    data = zip_bytes({"a": TEXT}, method)
    archive = open_zip(patch(data, 14, 16, b"\1\2\3\4"))
    file = archive.open(archive.entries[0])
    with pytest.raises(EntryError, match=r"CRC-32 is [0-9A-F]{8}, and the zip states 04030201"):
        file.read()
    file.seek(0)
    assert file.read() == TEXT


def test_a_damaged_deflate_stream_gives_what_precedes_the_damage() -> None:
    data = bytearray(zip_bytes({"a": TEXT}))
    middle = 31 + (data.index(b"PK\x01\x02") - 31) // 2
    data[middle : middle + 40] = bytes(40)
    archive = open_zip(bytes(data))
    file = archive.open(archive.entries[0])
    got = b""
    with pytest.raises(EntryError, match=r"data is damaged after \d+ inflated bytes|CRC-32 is"):
        while True:
            got += file.read(1000)
    same = next((at for at, (left, right) in enumerate(zip(got, TEXT, strict=False)) if left != right), len(got))
    assert same > len(TEXT) // 4
    file.seek(0)
    assert file.read(5000) == TEXT[:5000]


@pytest.mark.parametrize("method", METHODS[1:])
def test_compressed_data_that_ends_early_is_said(method: int) -> None:
    archive = open_zip(patch(zip_bytes({"a": b"some bytes"}, method), 22, 24, struct.pack("<L", 1000)))
    file = archive.open(archive.entries[0])
    with pytest.raises(EntryError, match="ends after 10 of the 1000 bytes"):
        file.read()
    assert file.read(100) == b"some bytes"
    with pytest.raises(EntryError, match="ends after 10 of the 1000 bytes"):
        file.read(1)


# --- reading -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", [NOISE, TEXT, b"", b"x"], ids=["noise", "text", "empty", "one byte"])
@pytest.mark.parametrize("method", METHODS)
def test_entries_read_as_they_were_written(method: int, content: bytes) -> None:
    assert read(open_zip(zip_bytes({"a": content}, method)), 0) == content


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(METHODS),
    st.lists(st.tuples(st.integers(0, len(TEXT) + 10), st.integers(0, 100_000)), max_size=8),
)
def test_reading_anywhere_in_any_order_gives_the_bytes_there(method: int, reads: list[tuple[int, int]]) -> None:
    archive = ZIPS_OF_TEXT[method]
    file = archive.open(archive.entries[0])
    for offset, length in reads:
        assert file.seek(offset) == offset
        assert file.read(length) == TEXT[offset : offset + length]
        assert file.tell() == min(offset + length, max(offset, len(TEXT)))


ZIPS_OF_TEXT = {method: open_zip(zip_bytes({"a": TEXT}, method)) for method in METHODS}


def test_a_stored_entry_is_read_by_slices() -> None:
    source = CountingSource(MemorySource("a.zip", zip_bytes({"a": NOISE}, zipfile.ZIP_STORED)))
    archive = open_archive([source])
    source.reads.clear()
    file = archive.open(archive.entries[0])
    file.seek(250_000)
    assert file.read(10) == NOISE[250_000:250_010]
    assert sum(length for _, length in source.reads) < 100


def test_only_as_much_is_inflated_as_is_read_and_looking_back_is_free() -> None:
    source = CountingSource(MemorySource("a.zip", zip_bytes({"a": NOISE})))
    archive = open_archive([source])
    source.reads.clear()
    file = archive.open(archive.entries[0])
    file.read(20_000)
    reads = len(source.reads)
    assert sum(length for _, length in source.reads) < 40_000
    file.seek(100)
    assert file.read(10_000) == NOISE[100:10_100]
    assert len(source.reads) == reads


def test_a_jump_back_inflates_again_from_near_its_aim() -> None:
    content = NOISE * 80
    source = CountingSource(MemorySource("a.zip", zip_bytes({"x": content}, zipfile.ZIP_DEFLATED)))
    archive = open_archive([source])
    with archive.open(archive.entries[0]) as file:
        assert file.find_damage() == ""
        for position in (20_000_000, 11_000_000, 22_000_000, 100_000, 17_000_000):
            source.reads.clear()
            file.seek(position)
            assert file.read(1000) == content[position : position + 1000]
            assert sum(length for _, length in source.reads) < 7_000_000


def test_what_is_kept_for_jumps_back_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inflate, "_CHECKPOINT_EVERY", 10_000)
    monkeypatch.setattr(inflate, "_MAX_CHECKPOINTS", 8)
    content = NOISE * 20
    archive = open_zip(zip_bytes({"x": content}, zipfile.ZIP_DEFLATED))
    with archive.open(archive.entries[0]) as file:
        assert isinstance(file, inflate.InflatedFile)
        for position in (5_900_000, 100, 3_000_000, 5_000_000, 2_000_000):
            file.seek(position)
            assert file.read(70_000) == content[position : position + 70_000]
            assert 4 <= len(file._checkpoints) <= 8


@pytest.mark.parametrize("method", METHODS[1:])
def test_a_bomb_is_inflated_no_further_than_it_is_read(method: int) -> None:
    archive = open_zip(zip_bytes({"a": bytes(50_000_000)}, method))
    file = archive.open(archive.entries[0])
    assert file.read(1000) == bytes(1000)
    assert file._inflated <= 1000  # type: ignore[attr-defined]


def test_lzma_that_asks_for_too_much_memory_is_refused() -> None:
    filters = [{"id": lzma.FILTER_LZMA1, "dict_size": 1 << 16}]
    body = struct.pack("<HHBL", 0x0509, 5, 93, 0xFFFF_FFFF) + lzma.compress(b"x", lzma.FORMAT_RAW, filters=filters)
    data = zip_bytes({"a": body}, zipfile.ZIP_STORED)
    data = patch(data, 8, 10, struct.pack("<H", 14))
    data = patch(data, 22, 24, struct.pack("<L", 0xFFFF_FFF0))
    archive = open_zip(data)
    with pytest.raises(EntryError, match="asks for 4294967280 bytes of memory"):
        archive.open(archive.entries[0])


def test_zip64_and_data_descriptors_are_read() -> None:
    file = Unseekable()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open(zipfile.ZipInfo("a"), "w", force_zip64=True) as entry:
            entry.write(b"one")
        with archive.open("b", "w") as entry:
            entry.write(TEXT)
    opened = open_zip(file.getvalue())
    assert opened.zip_info(opened.entries[0]).flags & 8  # type: ignore[union-attr]
    assert [read(opened, 0), read(opened, 1)] == [b"one", TEXT]


def test_a_real_file_is_read_like_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(zip_bytes({"a": TEXT}))
    source = FileSource(path)
    assert read(open_archive([source]), 0) == TEXT
    source.close()
    with pytest.raises(InputError, match="cannot be opened"):
        FileSource(tmp_path / "missing.zip")


# --- planning ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
def test_planned_ranges_answer_every_read_of_the_heads(method: int) -> None:
    names = {f"folder/{number:04}.dcm": NOISE[number * 7 : number * 7 + 30_000] for number in range(40)}
    behind = CountingSource(MemorySource("a.zip", zip_bytes({"folder/": None, **names}, method)))
    held = HeldSource(behind)
    archive = open_archive([held])
    indexes = range(len(archive.entries))
    seen: list[int] = []
    for batch in archive.plan(indexes, head_bytes=16 * 1024, batch_bytes=200_000):
        seen += batch.indexes
        assert all(start.offset + start.length < end.offset for start, end in zip(batch.ranges, batch.ranges[1:]))  # noqa: B905
        for number, offset, length in batch.ranges:
            assert number == 0
            held.hold(offset, behind.read(offset, length))
        behind.reads.clear()
        for index in batch.indexes:
            if archive.entries[index].kind is Kind.FILE:
                wanted = 12_000 if method in METHODS[:2] else 0  # bzip2 and LZMA give nothing before a whole block
                assert archive.open(archive.entries[index]).read(wanted) == names[archive.entries[index].name][:wanted]
        assert behind.reads == []
        held.release()
    assert seen == list(indexes)


def test_small_neighbours_are_fetched_as_one() -> None:
    archive = open_zip(zip_bytes({f"{number}": b"x" * 100 for number in range(500)}, zipfile.ZIP_STORED))
    batches = list(archive.plan(range(500)))
    assert [len(batch.ranges) for batch in batches] == [1, 1]
    assert [len(batch.indexes) for batch in batches] == [BATCH_ENTRIES, 500 - BATCH_ENTRIES]


def test_held_bytes_answer_only_for_what_they_hold() -> None:
    behind = CountingSource(MemorySource("a", bytes(range(100))))
    held = HeldSource(behind)
    held.hold(50, bytes(range(50, 60)))
    held.hold(10, bytes(range(10, 20)))
    assert [held.read(10, 10), held.read(55, 5)] == [bytes(range(10, 20)), bytes(range(55, 60))]
    assert behind.reads == []
    assert held.read(18, 5) == bytes(range(18, 23))
    assert held.read(0, 3) == b"\0\1\2"
    assert behind.reads == [(18, 5), (0, 3)]


def test_the_work_of_opening_is_linear_in_the_number_of_entries() -> None:
    def steps(count: int) -> int:
        """Lines of Python that are run."""
        source = MemorySource("a.zip", zip_bytes({f"series/{number}": b"" for number in range(count)}))
        counted = 0

        def count_one(*_: object) -> Callable[..., object]:
            nonlocal counted
            counted += 1
            return count_one

        before = sys.gettrace()
        sys.settrace(count_one)
        try:
            archive = open_archive([source])
        finally:
            sys.settrace(before)
        assert len(archive.entries) == count
        return counted

    assert steps(2_000) < 9 * steps(250)  # eight times as many; squared would be sixty-four times


# --- mutation ------------------------------------------------------------------------------------------------------


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_flipped_bytes_never_raise_anything_else(data: st.DataObject) -> None:
    damaged = bytearray(MUTATED)
    for _ in range(data.draw(st.integers(1, 5))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    try:
        archive = open_zip(bytes(damaged))
    except InputError:
        return
    for entry in archive.entries:
        entry.name.encode()
        if entry.kind is Kind.FILE:
            try:
                archive.open(entry).read(100_000)
            except EntryError:
                continue
    assert sum(len(batch.indexes) for batch in archive.plan(range(len(archive.entries)))) == len(archive.entries)


def _build_mutated() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for number, method in enumerate(METHODS):
            archive.writestr(f"{number}", TEXT[:2000], method)
        archive.mkdir("folder") if hasattr(archive, "mkdir") else archive.writestr("folder/", b"")
        archive.comment = b"comment"
    return file.getvalue()


MUTATED = _build_mutated()
