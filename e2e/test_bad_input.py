"""Whatever is dropped: a specific sentence, everything else reviewed, and the page takes the next file."""

from __future__ import annotations

import io
import struct
import tarfile
import zipfile
import zlib
from typing import Any

import pytest
from playwright.sync_api import expect
from pydicom.uid import CTImageStorage, RawDataStorage

from e2e.browser import Inspector, payload
from e2e.test_review import open_tab
from tests.aes import aes_zip
from tests.builders import data_set, dicom_bytes, uid, zip_bytes
from tests.objects import ct_slice
from tests.test_archive_kinds import encrypted_zip

COUNTS = ("entries", "dicom", "other", "folders", "unreadable")


def instance(number: int = 1) -> bytes:
    return dicom_bytes(
        data_set(
            SOPClassUID=RawDataStorage,
            SOPInstanceUID=uid("bad input", number),
            Modality="CT",
            PatientName="Sample^Anna",
            PatientID="ZS-1",
            StudyInstanceUID=uid("study"),
            SeriesInstanceUID=uid("series"),
            InstanceNumber=str(number),
            ImageComments="a comment that is long enough to be damaged in the middle of it",
        )
    )


GOOD = instance()


def counts(report: dict[str, Any]) -> tuple[int, ...]:
    archive = report["archive"]
    assert archive["entries"] == archive["dicom"] + archive["other"] + archive["folders"] + archive["unreadable"]
    return tuple(archive[name] for name in COUNTS)


def messages(report: dict[str, Any], entry: str | None) -> str:
    return " ".join(problem["message"] for problem in report["problems"] if problem["entry"] == entry)


def patch_both_headers(data: bytes, name: str, *, local: tuple[int, bytes], central: tuple[int, bytes]) -> bytes:
    """Overwrite a field in the local header (APPNOTE §4.3.7) and in the directory (§4.3.12) of one entry."""
    encoded = name.encode()
    patched = bytearray(data)
    for signature, name_at, (offset, value) in ((b"PK\x03\x04", 30, local), (b"PK\x01\x02", 46, central)):
        start = patched.find(signature)
        while patched[start + name_at : start + name_at + len(encoded)] != encoded:
            start = patched.find(signature, start + 1)
        patched[start + offset : start + offset + len(value)] = value
    return bytes(patched)


def test_file_that_is_no_zip_is_named_with_what_it_is(shared: Inspector) -> None:
    shared.choose(payload("notes.txt", b"this is no zip"))
    shared.wait_for("error")
    assert "notes.txt" in shared.error
    assert "text" in shared.error
    expect(shared.page.get_by_text(shared.error)).to_be_visible()


def test_zip_without_dicom_says_so(shared: Inspector) -> None:
    report = shared.review(payload("photos.zip", zip_bytes({"readme.txt": b"hello", "photos/": None})))
    assert counts(report) == (2, 0, 1, 1, 0)
    assert report["patients"] == []
    expect(shared.page.get_by_text("No DICOM").first).to_be_visible()


def test_empty_zip_says_so(shared: Inspector) -> None:
    shared.choose(payload("empty.zip", zip_bytes({})))
    if shared.wait_for("done", "error") == "error":
        assert "empty.zip" in shared.error
    else:
        report = shared.report()
        assert counts(report) == (0, 0, 0, 0, 0)
        assert report["verdict"] != "clean"
        assert report["problems"]


def test_empty_file_says_so(shared: Inspector) -> None:
    shared.choose(payload("nothing.zip", b""))
    shared.wait_for("error")
    assert "nothing.zip" in shared.error


def test_truncated_zip_says_what_is_wrong_with_it_and_what_is_left_is_reviewed(shared: Inspector) -> None:
    data = zip_bytes({f"{number}.dcm": instance(number) for number in range(20)})
    report = shared.review(payload("truncated.zip", data[: len(data) // 2]))
    assert "truncated zip" in messages(report, None)
    assert counts(report)[1] >= 8
    assert report["verdict"] == "identified"


def test_tar_in_gzip_is_reviewed_and_its_picture_found(shared: Inspector) -> None:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        for number in (1, 2):
            info = tarfile.TarInfo(f"study/{number}.dcm")
            info.size = len(instance(number))
            archive.addfile(info, io.BytesIO(instance(number)))
    report = shared.review(payload("study.tar.gz", file.getvalue()))
    assert counts(report) == (2, 2, 0, 0, 0)
    assert not report["problems"]


def test_zstandard_is_inflated_by_the_page_s_own_python(shared: Inspector) -> None:
    # One frame with one raw block (RFC 8878 §3.1.1): what a compressor writes of bytes that do not shrink.
    size = len(GOOD)
    assert 256 <= size < 65_536 + 256
    frame = b"\x28\xb5\x2f\xfd\x60" + struct.pack("<H", size - 256) + (size << 3 | 1).to_bytes(3, "little") + GOOD
    data = zip_bytes({"1.dcm": frame}, zipfile.ZIP_STORED)
    fields = struct.pack("<3L", zlib.crc32(GOOD), len(frame), size)
    data = patch_both_headers(data, "1.dcm", local=(14, fields), central=(16, fields))
    data = patch_both_headers(data, "1.dcm", local=(8, b"\x5d\0"), central=(10, b"\x5d\0"))
    report = shared.review(payload("zstandard.zip", data))
    assert counts(report) == (1, 1, 0, 0, 0)
    assert not report["problems"]


@pytest.mark.parametrize("name", ["__proto__", "constructor", "gpj.\u202emcd", "x" * 60_000, "../../up"])
def test_any_name_is_listed_and_its_entry_reviewed(shared: Inspector, name: str) -> None:
    report = shared.review(payload("names.zip", zip_bytes({name: GOOD, "good.dcm": instance(2)})))
    assert counts(report) == (2, 2, 0, 0, 0)
    assert report["verdict"] == "identified"


def test_encrypted_entry_is_named_and_the_others_reviewed(shared: Inspector) -> None:
    flags = struct.pack("<H", 1)
    data = zip_bytes({"good.dcm": GOOD, "secret.dcm": instance(2)})
    data = patch_both_headers(data, "secret.dcm", local=(6, flags), central=(8, flags))
    report = shared.review(payload("encrypted.zip", data))
    assert counts(report) == (2, 1, 0, 0, 1)
    assert "encrypt" in messages(report, "secret.dcm")
    assert report["verdict"] != "clean"


LOCKED = {
    "ZipCrypto": encrypted_zip(GOOD, b"open sesame", zipfile.ZIP_DEFLATED),
    "AES": aes_zip({"a.dcm": GOOD}, b"open sesame"),
}


@pytest.mark.parametrize("kind", LOCKED)
def test_a_password_is_asked_for_and_opens_what_is_encrypted(shared: Inspector, kind: str) -> None:
    page = shared.page
    report = shared.review(payload("locked.zip", LOCKED[kind]))
    assert counts(report) == (1, 0, 0, 0, 1)
    field = page.locator("#password").get_by_label("Password")
    expect(page.locator("#password")).to_contain_text("protected by a password: 1 entry was not read")
    for password, words in (("wrong", "That password does not open 1 entry. Try another one."), ("open sesame", "")):
        field.fill(password)
        field.press("Enter")
        expect(page.locator("#password [role=status]")).to_have_text(words)
    expect(field).to_be_hidden()
    expect(field).to_have_value("")
    assert counts(shared.report()) == (1, 1, 0, 0, 0)
    page.get_by_role("tab", name="Elements").click()
    expect(page.locator("#elements")).to_contain_text("Sample^Anna")  # read by a worker that was told it too
    assert "open sesame" not in page.content() + page.evaluate("window.inspector.reportText({ values: true })")


@pytest.mark.parametrize("kind", LOCKED)
def test_a_password_opens_what_lies_in_an_encrypted_zip_inside_of_a_zip(shared: Inspector, kind: str) -> None:
    page = shared.page
    report = shared.review(payload("outer.zip", zip_bytes({"inner.zip": LOCKED[kind]})))
    assert "its password is needed" in messages(report, "inner.zip")
    assert "Sample^Anna" not in page.evaluate("window.inspector.reportText({ values: true })")
    field = page.locator("#password").get_by_label("Password")
    field.fill("open sesame")
    field.press("Enter")
    expect(field).to_be_hidden()
    shared.wait_for("done")
    assert messages(shared.report(), "inner.zip") == ""
    assert "Sample^Anna" in page.evaluate("window.inspector.reportText({ values: true })")


def test_pictures_in_a_zip_encrypted_with_aes_are_shown_as_those_in_a_plain_one(shared: Inspector) -> None:
    entries = {f"{number}.dcm": dicom_bytes(ct_slice()) for number in (1, 2)}
    for bits, version in ((128, 1), (256, 2)):
        shared.review(payload("plain.zip", zip_bytes(entries)))
        plain, values = shared.report(), shared.stored_values("2.dcm")
        shared.review(payload("plain.zip", aes_zip(entries, b"open sesame", bits=bits, version=version)))
        field = shared.page.locator("#password").get_by_label("Password")
        field.fill("open sesame")
        field.press("Enter")
        expect(field).to_be_hidden()
        shared.wait_for("done")
        report = shared.report()
        assert counts(report) == (2, 2, 0, 0, 0)
        for part in ("verdict", "patients", "findings", "problems"):
            assert report[part] == plain[part]
        assert shared.stored_values("2.dcm") == values
        shared.show("2.dcm")


def test_unknown_compression_is_named_and_the_others_reviewed(shared: Inspector) -> None:
    method = struct.pack("<H", 98)
    data = zip_bytes({"good.dcm": GOOD, "packed.dcm": instance(2)})
    data = patch_both_headers(data, "packed.dcm", local=(8, method), central=(10, method))
    report = shared.review(payload("ppmd.zip", data))
    assert counts(report) == (2, 1, 0, 0, 1)
    assert "PPMd" in messages(report, "packed.dcm")


def test_damaged_entry_is_named_and_the_others_reviewed(shared: Inspector) -> None:
    data = bytearray(zip_bytes({"good.dcm": GOOD, "damaged.dcm": instance(2), "also good.dcm": instance(3)}))
    start = data.find(b"damaged.dcm") + len(b"damaged.dcm")
    data[start : start + 40] = b"\xff" * 40
    report = shared.review(payload("damaged.zip", bytes(data)))
    assert report["archive"]["entries"] == 3
    assert counts(report)[1] >= 2
    assert messages(report, "damaged.dcm")
    assert report["verdict"] != "clean"


def test_wrong_crc_is_named_and_the_bytes_still_reviewed(shared: Inspector) -> None:
    data = zip_bytes({"1.dcm": GOOD}, zipfile.ZIP_STORED)
    wrong = struct.pack("<L", zlib.crc32(GOOD) ^ 1)
    data = patch_both_headers(data, "1.dcm", local=(14, wrong), central=(16, wrong))
    report = shared.review(payload("crc.zip", data))
    assert counts(report) == (1, 1, 0, 0, 0)
    assert "CRC" in messages(report, "1.dcm")


def test_entries_that_were_read_in_part_say_so(shared: Inspector) -> None:
    image = dicom_bytes(ct_slice(512, 512))
    report = shared.review(payload("part.zip", zip_bytes({"image.dcm": image, "whole.dcm": GOOD})))
    assert report["read_in_part"] == ["image.dcm"]
    panel = open_tab(shared, "Files")
    panel.get_by_role("button", name="List").click()
    for name, sentences in (("image.dcm", 1), ("whole.dcm", 0)):
        panel.get_by_role("row").filter(has_text=name).click()
        expect(panel.get_by_role("heading", name=name)).to_be_visible()
        expect(panel.get_by_text("In part: Pixel Data or another long value was passed over")).to_have_count(sentences)


@pytest.mark.parametrize("length", [132, 140, 200, 300, len(GOOD) - 10])
def test_truncated_instance_is_a_problem_and_what_was_read_is_judged(shared: Inspector, length: int) -> None:
    report = shared.review(payload("cut.zip", zip_bytes({"cut.dcm": GOOD[:length], "good.dcm": instance(2)})))
    assert report["archive"]["entries"] == 2
    assert messages(report, "cut.dcm")
    assert report["verdict"] != "clean"


def test_page_takes_the_next_file_after_an_error(shared: Inspector) -> None:
    shared.choose(payload("nothing.zip", b""))
    shared.wait_for("error")
    shared.choose(payload("good.zip", zip_bytes({"1.dcm": GOOD})))
    shared.wait_for("done")
    assert counts(shared.report()) == (1, 1, 0, 0, 0)
    assert shared.error == ""


def test_names_never_become_markup(shared: Inspector) -> None:
    attack = "<img src=x onerror=document.title='attacked'>"
    dataset = data_set(
        SOPClassUID=CTImageStorage,
        SOPInstanceUID=uid("attack"),
        PatientName=attack,
        PatientID=attack,
        StudyDescription=attack,
    )
    shared.review(payload(f"{attack.replace('/', '')}.zip", zip_bytes({f"{attack}.dcm": dicom_bytes(dataset)})))
    assert shared.page.title() != "attacked"
    assert shared.page.locator("img[src=x]").count() == 0
