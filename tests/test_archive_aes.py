"""Entries encrypted with AES: read like plain ones with the password, and said to be locked, damaged or forged."""

from __future__ import annotations

import random
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pycore.archive import LOCKED_REASONS, Archive, Kind, ciphers, open_archive
from pycore.errors import EntryError
from pycore.harvester import read_entries
from pycore.phi.options import Options
from pycore.review import Report, Verdict, review
from tests.aes import aes_zip, derive_key, encrypt, encrypt_block
from tests.builders import MemorySource, zip_bytes
from tests.test_archive import CountingSource
from tests.test_archive_kinds import encrypted_zip
from tests.test_review import clean_object

FOLDER = Path(__file__).parent / "encrypted"
LINES = b"".join(b"line %d of a file that deflates well\n" % number for number in range(300))
NOISE = random.Random(1).randbytes(500)
METHODS = [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
RETAIN_UIDS = Options.of("basic", ["retain-uids"])


def opened(data: bytes, *passwords: bytes) -> Archive:
    return open_archive([MemorySource("a.zip", data)], passwords)


def reviewed(data: bytes, *passwords: bytes) -> Report:
    archive = opened(data, *passwords)
    return review(archive, read_entries(archive, range(len(archive.entries))), RETAIN_UIDS)


def said(report: Report) -> str:
    return " ".join(problem.message for problem in report.problems)


# --- what is compared with --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("length", "encrypted"),
    [
        (16, "69c4e0d86a7b0430d8cdb78070b4c55a"),
        (24, "dda97ca4864cdfe06eaf70a0ec0d7191"),
        (32, "8ea2b7ca516745bfeafc49904b496089"),
    ],
)
def test_the_tests_own_cipher_and_that_of_the_product_are_aes(length: int, encrypted: str) -> None:
    """FIPS 197 (2001), appendix C."""
    key, block = bytes(range(length)), bytes.fromhex("00112233445566778899aabbccddeeff")
    assert encrypt_block(key, block).hex() == encrypted
    found = ciphers.find_ciphers()
    assert found is not None
    assert found.encrypt_blocks(key, 3 * block).hex() == 3 * encrypted


def test_keys_follow_from_passwords_as_pbkdf2_says() -> None:
    found = ciphers.find_ciphers()
    assert found is not None
    # RFC 6070 §2, the second
    assert found.derive_key(b"password", b"salt", 2, 20).hex() == "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957"
    assert found.derive_key(b"gehe\xc3\xafm", bytes(range(16)), 1000, 66) == derive_key(
        b"gehe\xc3\xafm", bytes(range(16)), 66
    )


# --- read -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.zip")), ids=lambda path: path.stem)
def test_what_other_programs_encrypted_is_read(path: Path) -> None:
    archive = opened(path.read_bytes(), b"dicom")
    expected = {"lines.txt": LINES, "noise.bin": NOISE, "empty.txt": b""}
    for entry in archive.entries:
        if entry.kind is Kind.FOLDER:
            continue
        file = archive.open_file(entry)
        assert (file.read(), file.problems) == (expected[entry.name], ())
        assert file.was_read_whole
    assert archive.problems == ()
    assert "lines.txt" in {entry.name for entry in archive.entries}


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("bits", [128, 192, 256])
@pytest.mark.parametrize("method", METHODS)
def test_entries_are_read_with_one_of_the_passwords(method: int, bits: int, version: int) -> None:
    data = aes_zip({"a": LINES, "b": NOISE, "c": b""}, b"secret", bits=bits, version=version, method=method)
    archive = opened(data, b"wrong", b"secret")
    assert [archive.open(entry).read() for entry in archive.entries] == [LINES, NOISE, b""]
    assert archive.problems == ()


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]),
    st.lists(st.tuples(st.integers(0, len(LINES)), st.integers(0, 3000)), max_size=6),
)
def test_reading_anywhere_gives_the_bytes_there(method: int, reads: list[tuple[int, int]]) -> None:
    archive = opened(ENCRYPTED[method], b"secret")
    file = archive.open(archive.entries[0])
    for offset, length in reads:
        file.seek(offset)
        assert file.read(length) == LINES[offset : offset + length]


ENCRYPTED = {method: aes_zip({"a": LINES}, b"secret", method=method) for method in METHODS[:2]}


class Underivable:
    """Ciphers that can derive nothing."""

    def encrypt_blocks(self, key: bytes, blocks: bytes) -> bytes:
        return b"".join(encrypt_block(key, blocks[at : at + 16]) for at in range(0, len(blocks), 16))

    def derive_key(self, password: bytes, salt: bytes, iterations: int, length: int) -> bytes:
        raise AssertionError("it was derived before")


def test_keys_that_were_derived_ahead_are_not_derived_again(monkeypatch: pytest.MonkeyPatch) -> None:
    data = aes_zip({"a": b"one", "b": b"two", "c": b""}, b"secret")
    archive = opened(data, b"wrong", b"secret")
    wanted = archive.find_derivations(range(3))
    assert [one.password for one in wanted] == [b"wrong", b"secret"] * 3
    archive.take_derived([(one, derive_key(one.password, one.salt, one.length)) for one in wanted])
    assert archive.find_derivations(range(3)) == []
    monkeypatch.setattr(ciphers, "_ciphers", Underivable())
    assert [archive.open(entry).read() for entry in archive.entries] == [b"one", b"two", b""]


def test_nothing_is_derived_ahead_for_what_needs_no_key() -> None:
    locked, plain = ENCRYPTED[zipfile.ZIP_STORED], opened(zip_bytes({"a": LINES}), b"secret")
    assert plain.find_derivations([0]) == []
    assert opened(locked).find_derivations([0]) == []
    without_header = opened(bytes(4) + locked[4:], b"secret")
    assert without_header.find_derivations(range(len(without_header.entries))) == []


def test_of_a_stored_entry_only_what_is_wanted_is_decrypted() -> None:
    source = CountingSource(MemorySource("a.zip", aes_zip({"a": LINES}, b"secret", method=zipfile.ZIP_STORED)))
    archive = open_archive([source], [b"secret"])
    file = archive.open(archive.entries[0])
    source.reads.clear()
    file.seek(9000)
    assert file.read(100) == LINES[9000:9100]
    assert sum(length for _, length in source.reads) == 100


def test_an_encrypted_object_is_judged_as_a_plain_one() -> None:
    report = reviewed(aes_zip({"1.dcm": clean_object(1)}, b"secret"), b"secret")
    assert (report.verdict, report.archive.dicom) == (Verdict.CLEAN, 1)


# --- locked -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bits", [128, 192, 256])
def test_without_the_password_an_entry_is_unreadable_and_says_what_is_needed(bits: int) -> None:
    data = aes_zip({"1.dcm": clean_object(1)}, b"secret", bits=bits)
    for passwords, words in (((), "its password is needed"), ((b"wrong", b"no"), "none of the passwords given opens")):
        [record] = reviewed(data, *passwords).records
        assert f"encrypted with AES-{bits}" in record.reason
        assert words in record.reason
        assert record.reason in LOCKED_REASONS


@pytest.fixture
def no_ciphers() -> Iterator[None]:
    before = ciphers.find_ciphers()
    ciphers.register(None)
    yield
    ciphers.register(before)


@pytest.mark.usefixtures("no_ciphers")
def test_without_what_decrypts_it_is_said_what_is_missing_and_no_password_asked_for() -> None:
    data = aes_zip({"1.dcm": clean_object(1)}, b"secret")
    for passwords in ((), (b"secret",)):
        report = reviewed(data, *passwords)
        [record] = report.records
        assert "AES-256" in record.reason
        assert "package 'cryptography' is not installed" in record.reason
        assert record.reason not in LOCKED_REASONS
        assert report.verdict is Verdict.REVIEW


@pytest.mark.parametrize(
    "field",
    [b"", struct.pack("<H2sB", 2, b"AE", 3), *(struct.pack("<H2sBH", *one) for one in (
        (3, b"AE", 3, 8), (2, b"XX", 3, 8), (2, b"AE", 0, 8), (2, b"AE", 4, 8), (2, b"AE", 3, 99)
    ))],
    ids=["missing", "short", "version", "vendor", "no strength", "strength", "AES in AES"],
)  # fmt: skip
def test_a_field_that_says_nothing_true_is_told(field: bytes) -> None:
    data = aes_zip({"a": LINES}, b"secret")
    whole = struct.pack("<HHH2sBH", 0x9901, 7, 2, b"AE", 3, 8)
    padded = struct.pack("<HH", 0x9901, len(field)) + field + bytes(7 - len(field)) if field else bytes(11)
    archive = opened(data.replace(whole, padded), b"secret")
    assert archive.entries[0].kind is Kind.UNREADABLE
    assert "extra field that says how is missing or damaged" in archive.entries[0].reason
    assert archive.entries[0].reason not in LOCKED_REASONS


def test_what_could_not_be_inflated_anyway_is_named_and_no_password_asked_for() -> None:
    data = aes_zip({"a": LINES}, b"secret").replace(b"AE\x03\x08\0", b"AE\x03\x09\0")
    archive = opened(data)
    assert "Deflate64" in archive.entries[0].reason
    assert archive.entries[0].reason not in LOCKED_REASONS


# --- wrong passwords that look right ----------------------------------------------------------------------------------


def lookalike(content: bytes, version: int = 2) -> bytes:
    """Return a zip encrypted with one password whose two bytes are those of another."""
    data = bytearray(aes_zip({"a": content}, b"secret", bits=128, version=version, method=zipfile.ZIP_STORED))
    at = 31 + 11
    salt = bytes(data[at : at + 8])
    data[at + 8 : at + 10] = derive_key(b"lookalike", salt, 34)[-2:]
    return bytes(data)


@pytest.mark.parametrize("version", [1, 2])
def test_a_wrong_password_that_passes_the_two_bytes_is_told_by_the_code(version: int) -> None:
    archive = opened(lookalike(NOISE, version), b"lookalike")
    with pytest.raises(EntryError, match="or the password is not theirs: the authentication code"):
        archive.open(archive.entries[0]).read()


def test_of_two_passwords_that_pass_the_right_one_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    data = aes_zip({"a": NOISE}, b"secret")
    found = ciphers.find_ciphers()
    assert found is not None
    right = found.derive_key

    class Lookalikes:
        encrypt_blocks = found.encrypt_blocks

        def derive_key(self, password: bytes, salt: bytes, iterations: int, length: int) -> bytes:
            check = right(b"secret", salt, iterations, length)[-2:]
            return right(password, salt, iterations, length)[:-2] + check

    monkeypatch.setattr(ciphers, "_ciphers", Lookalikes())
    for passwords in ((b"x", b"secret", b"y"), (b"secret", b"x")):
        archive = opened(data, *passwords)
        assert archive.open(archive.entries[0]).read() == NOISE


def test_of_two_passwords_that_pass_zipcrypto_s_byte_the_right_one_is_used() -> None:
    data = encrypted_zip(LINES[:2000], b"secret", zipfile.ZIP_DEFLATED)
    passing = []
    for number in range(5000):
        archive = opened(data, b"%d" % number)
        try:
            archive.open(archive.entries[0])
        except EntryError:
            continue
        passing.append(b"%d" % number)
    assert passing, "no wrong password passed the check byte"
    archive = opened(data, *passing, b"secret")
    assert archive.open(archive.entries[0]).read() == LINES[:2000]


# --- damaged and forged -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("method", METHODS)
def test_no_changed_byte_of_an_entry_passes(method: int, version: int) -> None:
    """The salt, the check, what was encrypted, the code: a change of any bit is told."""
    data = aes_zip({"1.dcm": clean_object(1)}, b"secret", bits=128, version=version, method=method)
    start, end = 30 + 5 + 11, data.index(b"PK\x01\x02")
    good = reviewed(data, b"secret")
    assert good.verdict is Verdict.CLEAN
    for at in [*range(start, start + 12), *range(start + 12, end - 10, 37), *range(end - 10, end)]:
        changed = bytearray(data)
        changed[at] ^= 0x10
        assert reviewed(bytes(changed), b"secret").verdict is not Verdict.CLEAN, at


def test_a_changed_code_is_told_and_the_bytes_are_to_be_had() -> None:
    data = bytearray(ENCRYPTED[zipfile.ZIP_DEFLATED])
    data[data.index(b"PK\x01\x02") - 1] ^= 1
    archive = opened(bytes(data), b"secret")
    file = archive.open(archive.entries[0])
    with pytest.raises(EntryError, match="authentication code in the zip does not fit"):
        file.read()
    file.seek(0)
    assert file.read() == LINES


def test_a_wrong_crc_of_ae_1_is_told_though_the_code_fits() -> None:
    data = aes_zip({"a": LINES}, b"secret", version=1)
    for at in (14, data.index(b"PK\x01\x02") + 16):
        data = data[:at] + bytes(4) + data[at + 4 :]
    archive = opened(data, b"secret")
    with pytest.raises(EntryError, match="CRC-32 is"):
        archive.open(archive.entries[0]).read()


@pytest.mark.parametrize("method", METHODS[:2])
def test_a_zip_cut_anywhere_is_never_clean(method: int) -> None:
    data = aes_zip({"1.dcm": clean_object(1)}, b"secret", bits=128, method=method)
    for keep in range(31 + 5 + 11, len(data), 3):
        report = reviewed(data[:keep], b"secret")
        assert report.verdict is not Verdict.CLEAN, keep
        assert said(report), keep


@pytest.mark.parametrize("length", [0, 1, 9, 10, 17, 27])
def test_data_that_is_too_short_for_a_salt_is_told(length: int) -> None:
    data = bytearray(ENCRYPTED[zipfile.ZIP_DEFLATED])
    for at in (18, data.index(b"PK\x01\x02") + 20):
        data[at : at + 4] = struct.pack("<L", length)
    archive = opened(bytes(data), b"secret")
    with pytest.raises(EntryError, match="fewer than that takes"):
        archive.open(archive.entries[0])


def test_bytes_behind_the_compressed_data_are_not_forgotten() -> None:
    compressor = zlib.compressobj(wbits=-15)
    body = encrypt(compressor.compress(LINES) + compressor.flush() + b"PATIENT", b"secret", 256)
    data = ENCRYPTED[zipfile.ZIP_DEFLATED]
    row = data.index(b"PK\x01\x02")
    grown = bytearray(data[: 31 + 11] + body + data[row:])
    start = row + 7
    for at, number in ((18, len(body)), (start + 20, len(body)), (len(grown) - 6, start)):
        grown[at : at + 4] = struct.pack("<L", number)
    archive = opened(bytes(grown), b"secret")
    with pytest.raises(EntryError, match="has 7 bytes behind its compressed data"):
        archive.open(archive.entries[0]).read()
