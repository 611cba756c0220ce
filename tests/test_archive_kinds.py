"""What a zip can be beside plain: encrypted, compressed otherwise, in volumes, with names that are traps."""

from __future__ import annotations

import io
import struct
import sys
import warnings
import zipfile
import zlib

import pytest

from pycore.archive import Archive, Kind, open_archive
from pycore.errors import EntryError
from pycore.harvester import read_entries
from pycore.phi.options import Options
from pycore.review import Verdict, review
from tests.builders import MemorySource, zip_bytes
from tests.test_archive import NOISE, TEXT, open_zip, patch, read
from tests.test_archive_damage import streamed
from tests.test_review import clean_object

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


def said(archive: Archive) -> str:
    return " ".join(problem.message for problem in archive.problems)


# --- encrypted --------------------------------------------------------------------------------------------------------


def encrypt(data: bytes, password: bytes, check: int) -> bytes:
    """Encrypt as ZipCrypto does (APPNOTE §6.1); the standard library only decrypts."""
    keys = [0x12345678, 0x23456789, 0x34567890]

    def crc(byte: int, value: int) -> int:
        return zlib.crc32(bytes([byte]), value ^ 0xFFFF_FFFF) ^ 0xFFFF_FFFF

    def update(byte: int) -> None:
        keys[0] = crc(byte, keys[0])
        keys[1] = ((keys[1] + (keys[0] & 0xFF)) * 134775813 + 1) & 0xFFFF_FFFF
        keys[2] = crc(keys[1] >> 24, keys[2])

    for byte in password:
        update(byte)
    out = bytearray()
    for byte in bytes(11) + bytes([check]) + data:
        temp = keys[2] | 2
        out.append(byte ^ ((temp * (temp ^ 1)) >> 8 & 0xFF))
        update(byte)
    return bytes(out)


def encrypted_zip(content: bytes, password: bytes, method: int) -> bytes:
    """Return a zip of one entry, encrypted with ZipCrypto."""
    packed = content
    if method == zipfile.ZIP_DEFLATED:
        compressor = zlib.compressobj(wbits=-15)
        packed = compressor.compress(content) + compressor.flush()
    crc = zlib.crc32(content)
    body = encrypt(packed, password, crc >> 24)
    data = zip_bytes({"a.dcm": body}, zipfile.ZIP_STORED)
    data = patch(data, 6, 8, struct.pack("<HH", 1, method))
    return patch(data, 14, 16, struct.pack("<3L", crc, len(body), len(content)))


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_entries_encrypted_with_zipcrypto_are_read_with_one_of_the_passwords(method: int) -> None:
    source = MemorySource("a.zip", encrypted_zip(TEXT[:20_000], b"secret", method))
    archive = open_archive([source], [b"wrong", b"secret"])
    file = archive.open(archive.entries[0])
    file.seek(15_000)
    assert file.read(100) == TEXT[15_000:15_100]
    file.seek(0)
    assert file.read() == TEXT[:20_000]


def test_without_the_password_an_entry_is_unreadable_and_says_what_is_needed() -> None:
    source = MemorySource("a.zip", encrypted_zip(b"x" * 100, b"secret", 8))
    archive = open_archive([source])
    assert archive.entries[0].kind is Kind.UNREADABLE
    assert "ZipCrypto" in archive.entries[0].reason
    assert "password is needed" in archive.entries[0].reason
    archive = open_archive([source], [b"wrong"])
    with pytest.raises(EntryError, match="none of the passwords given opens it"):
        read(archive, 0)


def test_a_wrong_password_that_passes_the_check_byte_is_told_by_the_data() -> None:
    content = NOISE[:2000]
    source = MemorySource("a.zip", encrypted_zip(content, b"secret", 0))
    for number in range(3000):
        archive = open_archive([source], [b"%d" % number])
        try:
            read(archive, 0)
        except EntryError as error:
            if "CRC-32" in str(error):
                return
    pytest.fail("no wrong password passed the check byte")


# --- compressed otherwise ---------------------------------------------------------------------------------------------


def zstandard_zip(stream: bytes, content: bytes, method: int = 93) -> bytes:
    data = zip_bytes({"a": stream, "b": b"two"}, zipfile.ZIP_STORED)
    data = patch(data, 8, 10, struct.pack("<H", method))
    return patch(data, 14, 16, struct.pack("<3L", zlib.crc32(content), len(stream), len(content)))


@pytest.mark.parametrize("method", [93, 20])
def test_zstandard_is_inflated_natively_and_in_the_page_alike(method: int) -> None:
    frames = zstd.compress(TEXT[:100_000]) + zstd.compress(TEXT[100_000:])
    archive = open_zip(zstandard_zip(frames, TEXT, method))
    file = archive.open(archive.entries[0])
    file.seek(300_000)
    assert file.read(500) == TEXT[300_000:300_500]
    file.seek(0)
    assert file.read() == TEXT


def test_damaged_zstandard_is_said_and_costs_no_other() -> None:
    stream = bytearray(zstd.compress(NOISE[:50_000]))
    stream[20_000] ^= 0xFF
    del stream[40_000:]
    archive = open_zip(zstandard_zip(bytes(stream), NOISE[:50_000]))
    with pytest.raises(EntryError, match=r"damaged|ends after"):
        read(archive, 0)
    assert read(archive, 1) == b"two"


# --- sizes that lie ---------------------------------------------------------------------------------------------------


def both_sizes(data: bytes, size: int) -> bytes:
    return patch(data, 22, 24, struct.pack("<L", size))


def test_bytes_beyond_the_stated_size_are_not_forgotten() -> None:
    content = TEXT[:1000]
    data = both_sizes(zip_bytes({"a": content}), 500)
    data = patch(data, 14, 16, struct.pack("<L", zlib.crc32(content[:500])))
    with pytest.raises(EntryError, match="holds more than the 500 bytes"):
        read(open_zip(data), 0)


@pytest.mark.parametrize(
    ("entry", "stated", "words"),
    [
        ("a", 1200, "is to end at offset 1231, and overlaps what begins at 1031"),
        ("b", 1 << 20, "is to end at offset 1049638, after the 2178 bytes of the zip"),
        ("a", 900, "is stored, and yet the zip states 900 bytes in the zip and 1000 inflated"),
    ],
    ids=["into the next", "beyond the zip", "too few"],
)
def test_a_compressed_size_that_both_headers_state_wrongly_is_said(entry: str, stated: int, words: str) -> None:
    data = bytearray(zip_bytes({"a": TEXT[:1000], "b": TEXT[1000:2000]}, zipfile.ZIP_STORED))
    row = data.index(b"PK\x01\x02")
    for at in (18, row + 20) if entry == "a" else (data.index(b"PK\x03\x04", 4) + 18, row + 47 + 20):
        data[at : at + 4] = struct.pack("<L", stated)
    archive = open_zip(bytes(data))
    file = archive.open_file(archive.entries["ab".index(entry)])
    assert words in " ".join(file.problems)
    assert file.read(800) == (TEXT[:800] if entry == "a" else TEXT[1000:1800])


def test_an_entry_whose_end_is_cut_off_with_all_that_states_its_size_is_reviewed_and_said() -> None:
    data = streamed({"a": TEXT[:1000], "b": TEXT[1000:2000]}, zipfile.ZIP_DEFLATED)
    second = data.index(b"PK\x03\x04", 4)
    archive = open_zip(data[: second + 31 + 200])
    assert [entry.name for entry in archive.entries] == ["a", "b"]
    assert read(archive, 0) == TEXT[:1000]
    file = archive.open_file(archive.entries[1])
    assert "The entry's end is missing, and nothing states how long it was" in " ".join(file.problems)
    assert file.read(100) == TEXT[1000:1100]


def test_a_size_of_zero_hides_nothing() -> None:
    archive = open_zip(both_sizes(zip_bytes({"a": TEXT[:1000]}), 0))
    file = archive.open_file(archive.entries[0])
    assert file.read(1000) == TEXT[:1000]
    assert "was read to where they end" in file.problems[0]


def test_bytes_behind_the_compressed_data_are_not_forgotten() -> None:
    compressor = zlib.compressobj(wbits=-15)
    body = compressor.compress(TEXT[:1000]) + compressor.flush()
    data = zip_bytes({"a": body + b"PATIENT"}, zipfile.ZIP_STORED)
    data = patch(data, 8, 10, struct.pack("<H", 8))
    data = patch(data, 14, 16, struct.pack("<3L", zlib.crc32(TEXT[:1000]), len(body) + 7, 1000))
    with pytest.raises(EntryError, match="has 7 bytes behind its compressed data"):
        read(open_zip(data), 0)


@pytest.mark.parametrize("extra", [b"", struct.pack("<HHQ", 1, 8, 1 << 60), struct.pack("<HH3Q", 1, 24, 0, 1 << 63, 0)])
def test_zip64_fields_that_lie_cost_no_other_entry(extra: bytes) -> None:
    info = zipfile.ZipInfo("a")
    info.extra = extra
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as writer:
        writer.writestr(info, b"one")
        writer.writestr(zipfile.ZipInfo("b"), b"two")
    data = bytearray(file.getvalue())
    start = data.index(b"PK\x01\x02")
    data[start + 20 : start + 28] = b"\xff" * 8
    archive = open_zip(bytes(data))
    assert [entry.name for entry in archive.entries][:2] == ["a", "b"]
    assert read(archive, 1) == b"two"
    opened = archive.open_file(archive.entries[0])
    assert opened.problems
    assert opened.read(3) == b"one"


@pytest.mark.parametrize("stated", [0, 10, 900])
def test_an_entry_that_holds_more_than_both_headers_state_is_reviewed_to_its_end(stated: int) -> None:
    data = bytearray(zip_bytes({"a.dcm": clean_object(1, PatientName="Sample^Anna", PatientComments="x" * 900)}))
    row = data.index(b"PK\x01\x02")
    for at in (22, row + 24):
        data[at : at + 4] = struct.pack("<L", stated)
    archive = open_zip(bytes(data))
    report = review(archive, read_entries(archive, [0]), Options.of("basic", []))
    assert report.verdict is Verdict.IDENTIFIED
    assert report.archive.dicom == 1
    [problem] = report.problems
    assert "which hold more (APPNOTE §4.4.9); it was read to where they end" in problem.message


def test_what_is_called_a_folder_and_holds_bytes_is_reviewed() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as writer:
        writer.writestr("empty/", b"")
        writer.writestr("study/", clean_object(1, PatientName="Sample^Anna"))
    archive = open_zip(file.getvalue())
    assert [entry.kind for entry in archive.entries] == [Kind.FOLDER, Kind.FILE]
    assert "is called a folder, and holds" in said(archive)
    report = review(archive, read_entries(archive, range(2)), Options.of("basic", []))
    assert report.verdict is Verdict.IDENTIFIED
    assert (report.archive.folders, report.archive.dicom) == (1, 1)


def test_names_that_only_have_their_number_in_common_are_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pycore.archive.archive.hash", lambda _: 0, raising=False)
    opened = open_archive([MemorySource("a.zip", zip_bytes({"1.txt": b"one", "2.txt": b"two"}))])
    assert opened.problems == ()


def test_thousands_of_equal_names_are_told_once() -> None:
    info = [zipfile.ZipInfo("same") for _ in range(3000)]
    file = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(file, "w") as writer:
        warnings.simplefilter("ignore")
        for one in info:
            writer.writestr(one, b"")
    archive = open_zip(file.getvalue())
    assert len(archive.entries) == 3000
    assert len(archive.problems) == 101
    assert "2,899 more entries have the name of another" in said(archive)


# --- where a zip begins and ends --------------------------------------------------------------------------------------


@pytest.mark.parametrize("comment", [b"PK\x05\x06" + bytes(18), b"PK\x01\x02" + bytes(42), b"PK\x03\x04" * 9])
def test_signatures_in_the_comment_lead_nowhere(comment: bytes) -> None:
    archive = open_zip(zip_bytes({"a": b"one"}, comment=comment + b"!"))
    assert [(entry.name, read(archive, entry.index)) for entry in archive.entries] == [("a", b"one")]
    assert (archive.comment, archive.problems) == (comment + b"!", ())


def test_two_zips_in_one_file_are_both_reviewed_and_said() -> None:
    archive = open_zip(zip_bytes({"hidden": b"one"}) + zip_bytes({"shown": b"two"}))
    assert {entry.name: read(archive, entry.index) for entry in archive.entries} == {"shown": b"two", "hidden": b"one"}
    assert "holds 1 entry that its directory does not list" in said(archive)
    archive = open_zip(
        zip_bytes({"shown": b"two"}) + bytes(70_000) + zip_bytes({"hidden": b"one"})[:-5] + bytes(70_000)
    )
    assert {"shown", "hidden"} <= {entry.name for entry in archive.entries}


@pytest.mark.parametrize("behind", [b"", b"hello"])
def test_an_end_that_lists_nothing_hides_nothing(behind: bytes) -> None:
    end = b"PK\x05\x06" + bytes(16) + struct.pack("<H", len(behind)) + behind
    archive = open_zip(zip_bytes({"a": b"one", "b": b"two"}) + end)
    assert [read(archive, entry.index) for entry in archive.entries] == [b"one", b"two"]
    assert "is a zip whose directory lists nothing" in said(archive)
    assert "holds 2 entries that its directory does not list" in said(archive)


def test_a_directory_that_is_there_twice_is_read_once() -> None:
    data = zip_bytes({"a": b"one", "b": b"two"})
    start = data.index(b"PK\x01\x02")
    archive = open_zip(data[:start] + data[start : data.index(b"PK\x05\x06")] + data[start:])
    assert [read(archive, entry.index) for entry in archive.entries] == [b"one", b"two"]
    assert "has a second directory of 2 entries" in said(archive)


def test_a_volume_of_several_is_named_with_advice() -> None:
    data = bytearray(zip_bytes({"a": b"one", "b": b"two"}))
    row = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 1)
    data[row + 34 : row + 36] = b"\x01\0"
    end = data.index(b"PK\x05\x06")
    data[end + 4 : end + 8] = b"\x01\0\x01\0"
    archive = open_zip(bytes(data))
    assert "is volume 2 of a zip in several volumes" in said(archive)
    assert archive.entries[0].kind is Kind.UNREADABLE
    assert "lies in volume 1" in archive.entries[0].reason
    assert read(archive, 1) == b"two"


def test_an_unknown_version_does_not_matter_where_the_method_is_known() -> None:
    assert read(open_zip(patch(zip_bytes({"a": b"one"}), 4, 6, b"\xff\xff")), 0) == b"one"


# --- names ------------------------------------------------------------------------------------------------------------


def with_name(raw: bytes, flags: int = 0) -> Archive:
    placeholder = "x" * len(raw)
    data = zip_bytes({placeholder: b"one", "other": b"two"}).replace(placeholder.encode(), raw)
    if flags:
        data = patch(data, 6, 8, struct.pack("<H", flags))
    return open_zip(data)


@pytest.mark.parametrize(
    ("raw", "flags", "shown", "problem"),
    [
        (b"../../etc/x", 0, "../../etc/x", "leads out of the folder"),
        (b"C:\\x.dcm", 0, "C:\\x.dcm", "absolute"),
        (b"/x", 0, "/x", "absolute"),
        (b"a\0b", 0, "a\\x00b", "control characters"),
        (b"a\r\nb", 0, "a\\r\\nb", "control characters"),
        ("gpj.\u202emcd".encode(), 0x800, "gpj.\\u202emcd", "turn its direction"),
        (b"M\xfcller", 0x800, "M\\xfcller", ""),
        ("Müller".encode(), 0, "Müller", ""),
        (b"M\x81ller", 0, "Müller", ""),
        (b"__proto__", 0, "__proto__", ""),
        (b"x" * 60_000, 0, "x" * 60_000, ""),
    ],
    ids=["..", "drive", "root", "NUL", "CR LF", "right to left", "not UTF-8", "macOS", "CP437", "__proto__", "long"],
)
def test_a_name_is_shown_as_what_it_is_and_costs_nothing(raw: bytes, flags: int, shown: str, problem: str) -> None:
    archive = with_name(raw, flags)
    assert [entry.name for entry in archive.entries] == [shown, "other"]
    assert [read(archive, index) for index in range(2)] == [b"one", b"two"]
    assert (problem in said(archive)) if problem else not archive.problems
