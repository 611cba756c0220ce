"""Passwords as they are typed: in whatever encoding the zip was made with, and on zips in zips."""

from __future__ import annotations

import io
import zipfile

import pytest

from pycore.archive import open_archive, to_passwords
from pycore.carriers import Extraction, Limits, extract_file
from pycore.session import Session
from tests.aes import aes_zip
from tests.builders import MemorySource, zip_bytes
from tests.test_archive_kinds import encrypted_zip
from tests.test_review import clean_object
from tests.test_session import read_all

LETTER = b"Patient Name: Jane Roe, born 1970-01-31"


@pytest.mark.parametrize("encoding", ["utf-8", "cp437", "cp850", "cp1252", "latin-1"])
@pytest.mark.parametrize("typed", ["gehëim", "Schlüssel ß", "naïve", "¡señor!"])
@pytest.mark.parametrize("kind", ["ZipCrypto", "AES"])
def test_a_password_opens_a_zip_that_was_made_with_it_in_another_encoding(kind: str, typed: str, encoding: str) -> None:
    password = typed.encode(encoding)
    data = encrypted_zip(LETTER, password, 8) if kind == "ZipCrypto" else aes_zip({"a.txt": LETTER}, password)
    archive = open_archive([MemorySource("a.zip", data)], to_passwords(["wrong", typed]))
    assert archive.open(archive.entries[0]).read() == LETTER


def test_of_a_password_in_ascii_and_of_one_in_no_such_page_there_is_one_form() -> None:
    assert to_passwords(["secret", "пароль", "secret"]) == (b"secret", "пароль".encode())
    assert to_passwords(["€1", "é"])[:2] == ("€1".encode(), "é".encode())
    assert b"\x801" in to_passwords(["€1"])


INNER = {
    "ZipCrypto": encrypted_zip(LETTER, b"secret", zipfile.ZIP_DEFLATED),
    "AES": aes_zip({"a.dcm": LETTER}, b"secret"),
}


def extraction(data: bytes, *passwords: bytes, limits: Limits | None = None) -> Extraction:
    return extract_file(io.BytesIO(data), len(data), limits=limits or Limits(), passwords=passwords)


@pytest.mark.parametrize("kind", INNER)
def test_passwords_are_tried_on_zips_in_zips(kind: str) -> None:
    twice = zip_bytes({"inner.zip": INNER[kind]})
    found = extraction(twice, b"wrong", b"secret")
    assert LETTER.decode() in [text.text for text in found.texts]
    assert found.complete
    for passwords, words in (((), "its password is needed"), ((b"wrong",), "none of the passwords given opens it")):
        found = extraction(twice, *passwords)
        assert words in " ".join(found.problems)
        assert "zip: inner.zip/zip: a.dcm: The entry is encrypted with" in " ".join(found.problems)


def test_on_how_many_entries_of_inner_zips_passwords_are_tried_is_bounded_and_told() -> None:
    inner = aes_zip({f"{number}": b"%d Jane Roe" % number for number in range(5)}, b"secret")
    found = extraction(inner, b"wrong", b"secret", limits=Limits(derivations=6))
    assert [text.text for text in found.texts if "Roe" in text.text] == [f"{number} Jane Roe" for number in range(3)]
    assert found.problems == tuple(
        f"zip: {number}: passwords were tried on enough entries: this one was not opened." for number in (3, 4)
    )


@pytest.mark.parametrize("kind", INNER)
def test_what_is_locked_in_an_inner_zip_is_counted_and_opened_by_the_password(kind: str) -> None:
    source = MemorySource("outer.zip", zip_bytes({"inner.zip": INNER[kind], "1.dcm": clean_object(1)}))
    for passwords, locked in (((), 1), (("no",), 1), (("no", "secret"), 0)):
        session = Session()
        session.open([source], passwords)
        session.merge(read_all(session, 0, 2)[0])
        assert session.review("basic", ())["locked"] == locked
        assert ("born 1970" in session.report(True, "json")["text"]) is (not locked)
