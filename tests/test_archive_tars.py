"""Tars and what is in gzip: every member is accounted for, any place is reached, and damage is said."""

from __future__ import annotations

import gzip
import io
import random
import tarfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pycore.archive import Archive, Kind, open_archive, tars
from pycore.errors import EntryError, InputError
from tests.builders import MemorySource

NOISE = random.Random(2).randbytes(3_000_000)
CONTENTS = {"a/1.dcm": NOISE[:700], "a/" + "long" * 60 + ".dcm": NOISE[700:50_000], "ü.dcm": b"", "b": NOISE[:100_000]}


def tar_bytes(contents: dict[str, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=form) as archive:
        for name, data in contents.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return file.getvalue()


def opened(data: bytes, name: str) -> Archive:
    return open_archive([MemorySource(name, data)])


def read_all(archive: Archive) -> dict[str, bytes]:
    return {entry.name: archive.open(entry).read() for entry in archive.entries}


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT], ids=["pax", "gnu"])
@pytest.mark.parametrize("name", ["a.tar", "a.tar.gz", "a.tgz", "no suffix", "gz"])
def test_every_member_of_a_tar_is_an_entry(name: str, form: int) -> None:
    data = tar_bytes(CONTENTS, form)
    archive = opened(gzip.compress(data) if "gz" in name else data, name)
    assert read_all(archive) == CONTENTS
    assert (archive.problems, archive.is_container) == ((), True)
    assert sum(len(batch.indexes) for batch in archive.plan(range(4))) == 4


def test_the_planned_ranges_of_a_tar_hold_its_members() -> None:
    data = tar_bytes(CONTENTS)
    archive = opened(data, "a.tar")
    [batch] = archive.plan([0])
    [(_, offset, length)] = batch.ranges
    assert data[offset : offset + length] == CONTENTS["a/1.dcm"]


def test_one_file_in_gzip_is_an_archive_of_one_entry_and_its_own_name_is_kept() -> None:
    assert read_all(opened(gzip.compress(b"one"), "scan.dcm.gz")) == {"scan.dcm": b"one"}
    file = io.BytesIO()
    with gzip.GzipFile("Sample_Anna.dcm", "w", fileobj=file) as writer:
        writer.write(b"one")
    assert read_all(opened(file.getvalue(), "x.gz")) == {"Sample_Anna.dcm": b"one"}


def test_members_of_gzip_are_one_stream_and_what_follows_is_said() -> None:
    archive = opened(gzip.compress(b"one") + gzip.compress(b"two") + b"rest", "a.gz")
    assert read_all(archive) == {"a": b"onetwo"}
    assert [problem.message for problem in archive.problems] == [
        "a.gz has 4 bytes after its end, which were not reviewed."
    ]
    assert opened(gzip.compress(b"one") + bytes(512), "a.gz").problems == ()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(NOISE)), st.integers(0, 200_000)), max_size=6))
def test_reading_anywhere_in_gzip_gives_the_bytes_there(reads: list[tuple[int, int]]) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(tars, "_MARK_EVERY", 100_000)
        patched.setattr(tars, "_MAX_MARKS", 8)
        patched.setattr(tars, "_KEPT", 20_000)
        patched.setattr(tars, "_STEP", 30_000)
        archive = opened(GZIPPED, "a.gz")
        file = archive.open(archive.entries[0])
        for offset, length in reads:
            file.seek(offset)
            assert file.read(length) == NOISE[offset : offset + length]


GZIPPED = gzip.compress(NOISE, 1)


def test_memory_does_not_grow_with_what_is_in_gzip() -> None:
    source = MemorySource("a.gz", gzip.compress(bytes(200_000_000), 1))
    found = tars.read_tar(source)
    assert found is not None
    _, inflated = found
    assert isinstance(inflated, tars.InflatedSource)
    assert inflated.size == 200_000_000
    assert len(inflated._recent) <= 2 * tars._KEPT
    assert len(inflated._marks) <= tars._MAX_MARKS


def test_a_gzip_bomb_is_not_inflated_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tars, "_ALWAYS_INFLATED", 1_000_000)
    archive = opened(gzip.compress(bytes(50_000_000)), "a.gz")
    assert archive.entries[0].size < 25_000_000
    assert "inflates to more than 400 times its size" in archive.problems[0].message


def test_links_folders_and_sparse_files_are_accounted_for_and_owners_kept_for_review() -> None:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, kind in (("f", tarfile.DIRTYPE), ("l", tarfile.SYMTYPE), ("s", tarfile.GNUTYPE_SPARSE)):
            info = tarfile.TarInfo(name)
            info.type, info.uname, info.linkname = kind, "asample", "elsewhere" if name == "l" else ""
            archive.addfile(info)
    found = opened(file.getvalue(), "a.tar")
    assert [(entry.name, entry.kind) for entry in found.entries] == [
        ("f/", Kind.FOLDER),
        ("l", Kind.FILE),
        ("s", Kind.UNREADABLE),
    ]
    assert found.comment == b"asample\nelsewhere"


def test_a_path_out_of_the_folder_is_said() -> None:
    found = opened(tar_bytes({"../../x": b"1"}), "a.tar")
    assert "leads out of the folder" in found.problems[0].message


@pytest.mark.parametrize("name", ["a.tar", "a.tar.gz"])
def test_a_tar_cut_anywhere_gives_what_is_left_and_says_so(name: str) -> None:
    whole = tar_bytes({f"{number}": NOISE[: number * 300] for number in range(6)}, tarfile.USTAR_FORMAT)
    data = gzip.compress(whole) if name.endswith("gz") else whole
    for keep in range(1, len(data), 97):
        if not name.endswith("gz") and not any(whole[keep:]):
            continue  # only padding is missing
        try:
            archive = opened(data[:keep], name)
        except InputError:
            continue
        if not archive.is_container:
            continue  # nothing of it is left that could be recognised
        said = [problem.message for problem in archive.problems]
        for entry in archive.entries:
            try:
                got = archive.open(entry).read() if entry.kind is Kind.FILE else b""
            except EntryError as error:
                said.append(str(error))
            else:
                assert got == NOISE[: int(entry.name) * 300]
        assert said, keep


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 1_000_000), st.integers(0, 255), st.sampled_from(["a.tar", "a.tgz"]))
def test_a_damaged_tar_never_raises_anything_else(at: int, value: int, name: str) -> None:
    whole = TARRED if name.endswith("tar") else gzip.compress(TARRED, mtime=0)
    data = bytearray(whole)
    data[at % len(data)] = value
    try:
        archive = opened(bytes(data), name)
        for entry in archive.entries:
            entry.name.encode()
            if entry.kind is Kind.FILE:
                archive.open(entry).read()
    except (InputError, EntryError):
        return


TARRED = tar_bytes({f"{number}" * (1 + 60 * number): NOISE[: number * 300] for number in range(4)})


def test_a_damaged_header_costs_its_own_member_only() -> None:
    data = bytearray(tar_bytes(dict.fromkeys("abc", NOISE[:1000]), tarfile.USTAR_FORMAT))
    data[512 + 1024] ^= 0xFF
    archive = opened(bytes(data), "a.tar")
    assert [entry.name for entry in archive.entries] == ["a", "c"]
    assert "is damaged at offset 1536: 1536 bytes there belong to no file" in archive.problems[0].message


def lying(size: int, contents: dict[str, bytes], number: int) -> bytes:
    """Return a tar whose header number so-and-so states another size, with a checksum that fits."""
    data = bytearray(tar_bytes(contents, tarfile.USTAR_FORMAT))
    at = sum(512 + -(-len(one) // 512) * 512 for one in list(contents.values())[:number])
    data[at + 124 : at + 136] = b"%011o\0" % size
    data[at + 148 : at + 156] = b" " * 8
    data[at + 148 : at + 156] = b"%06o\0 " % sum(data[at : at + 512])
    return bytes(data)


@pytest.mark.parametrize("name", ["a.tar", "a.tgz"])
@pytest.mark.parametrize("content", [NOISE[:1000], b""], ids=["with bytes", "empty"])
@pytest.mark.parametrize("size", [1 << 32, 4000, 2048, 1700], ids=["beyond", "into bytes", "nowhere", "near"])
def test_a_size_that_lies_swallows_nothing(size: int, content: bytes, name: str) -> None:
    contents = {"a": NOISE[:700], "liar": content, "b": NOISE[:3000], "c": NOISE[:600], "d": NOISE[:100]}
    data = lying(size, contents, 1)
    archive = opened(gzip.compress(data) if name == "a.tgz" else data, name)
    found = {entry.name: archive.open(entry).read() for entry in archive.entries}
    assert list(found) == list(contents)
    assert found["liar"].rstrip(b"\0") == content.rstrip(b"\0")
    assert {one: found[one] for one in "abcd"} == {one: contents[one] for one in "abcd"}
    [problem] = archive.problems
    assert f"Its header states {size:,} bytes" in problem.message
    assert archive.entries[problem.entry or 0].name == "liar"


def test_two_sizes_that_lie_are_both_told() -> None:
    contents = {"a": NOISE[:700], "b": NOISE[:3000], "c": NOISE[:600]}
    data = lying(1 << 30, contents, 0)
    second = lying(1 << 29, contents, 1)
    both = data[:1536] + second[1536:]
    archive = opened(both, "a.tar")
    assert [entry.name for entry in archive.entries] == ["a", "b", "c"]
    assert len(archive.problems) == 2


def test_a_tar_in_a_tar_is_one_file() -> None:
    inner = tar_bytes({"x": NOISE[:700], "y": NOISE[:900]})
    archive = opened(tar_bytes({"inner.tar": inner, "b": b"two"}), "a.tar")
    assert read_all(archive) == {"inner.tar": inner, "b": b"two"}
    assert archive.problems == ()


def test_headers_that_only_announce_the_next_are_given_up_and_hide_nothing() -> None:
    info = tarfile.TarInfo("././@LongLink")
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, 10
    one = info.tobuf(tarfile.GNU_FORMAT) + b"x" * 10 + bytes(502)
    archive = opened(one * 3000 + tar_bytes({"a": NOISE[:700]}), "a.tar")
    assert [archive.open(entry).read() for entry in archive.entries] == [NOISE[:700]]
    assert 1 <= len(archive.problems) < 40
    assert "belong to no file that is named" in archive.problems[0].message


def test_an_extended_header_that_leads_nowhere_costs_no_file() -> None:
    info = tarfile.TarInfo("extended")
    info.type, info.size = tarfile.XHDTYPE, 1 << 30
    archive = opened(info.tobuf(tarfile.USTAR_FORMAT) + tar_bytes({"a": NOISE[:700], "b": NOISE[:900]}), "a.tar")
    assert [archive.open(entry).read() for entry in archive.entries] == [NOISE[:700], NOISE[:900]]
    assert "is damaged at offset 0: 512 bytes there" in archive.problems[0].message
