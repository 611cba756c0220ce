"""Whatever is dropped: a specific sentence, everything else reviewed, and the page takes the next file."""

from __future__ import annotations

import struct
import zipfile
import zlib
from typing import Any

import pytest
from pydicom.uid import CTImageStorage

from e2e.browser import Inspector, payload
from tests.builders import data_set, dicom_bytes, uid, zip_bytes

COUNTS = ("entries", "dicom", "other", "folders", "unreadable")


def instance(number: int = 1) -> bytes:
    return dicom_bytes(
        data_set(
            SOPClassUID=CTImageStorage,
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


def test_text_file_is_other_and_not_clean(inspector: Inspector) -> None:
    report = inspector.review(payload("notes.txt", b"this is no zip"))
    assert counts(report) == (1, 0, 1, 0, 0)
    assert report["verdict"] != "clean"


def test_zip_without_dicom_says_so(inspector: Inspector) -> None:
    report = inspector.review(payload("photos.zip", zip_bytes({"readme.txt": b"hello", "photos/": None})))
    assert counts(report) == (2, 0, 1, 1, 0)
    assert report["patients"] == []
    assert inspector.page.get_by_text("No DICOM", exact=False).first.is_visible()


def test_empty_zip_says_so(inspector: Inspector) -> None:
    inspector.choose(payload("empty.zip", zip_bytes({})))
    if inspector.wait_for("done", "error") == "error":
        assert "empty.zip" in inspector.error
    else:
        report = inspector.report()
        assert counts(report) == (0, 0, 0, 0, 0)
        assert report["verdict"] != "clean"
        assert report["problems"]


def test_empty_file_says_so(inspector: Inspector) -> None:
    inspector.choose(payload("nothing.zip", b""))
    inspector.wait_for("error")
    assert "nothing.zip" in inspector.error


def test_truncated_zip_says_what_is_wrong_with_it(inspector: Inspector) -> None:
    data = zip_bytes({f"{number}.dcm": instance(number) for number in range(20)})
    inspector.choose(payload("truncated.zip", data[: len(data) // 2]))
    if inspector.wait_for("done", "error") == "error":
        assert "truncated.zip" in inspector.error
        assert inspector.page.get_by_text(inspector.error).first.is_visible()
    else:
        assert messages(inspector.report(), None)


def test_encrypted_entry_is_named_and_the_others_reviewed(inspector: Inspector) -> None:
    flags = struct.pack("<H", 1)
    data = zip_bytes({"good.dcm": GOOD, "secret.dcm": instance(2)})
    data = patch_both_headers(data, "secret.dcm", local=(6, flags), central=(8, flags))
    report = inspector.review(payload("encrypted.zip", data))
    assert counts(report) == (2, 1, 0, 0, 1)
    assert "encrypt" in messages(report, "secret.dcm")
    assert report["verdict"] != "clean"


def test_unknown_compression_is_named_and_the_others_reviewed(inspector: Inspector) -> None:
    method = struct.pack("<H", 98)
    data = zip_bytes({"good.dcm": GOOD, "packed.dcm": instance(2)})
    data = patch_both_headers(data, "packed.dcm", local=(8, method), central=(10, method))
    report = inspector.review(payload("ppmd.zip", data))
    assert counts(report) == (2, 1, 0, 0, 1)
    assert "PPMd" in messages(report, "packed.dcm")


def test_damaged_entry_is_named_and_the_others_reviewed(inspector: Inspector) -> None:
    data = bytearray(zip_bytes({"good.dcm": GOOD, "damaged.dcm": instance(2), "also good.dcm": instance(3)}))
    start = data.find(b"damaged.dcm") + len(b"damaged.dcm")
    data[start : start + 40] = b"\xff" * 40
    report = inspector.review(payload("damaged.zip", bytes(data)))
    assert report["archive"]["entries"] == 3
    assert counts(report)[1] >= 2
    assert messages(report, "damaged.dcm")
    assert report["verdict"] != "clean"


def test_wrong_crc_is_named_and_the_bytes_still_reviewed(inspector: Inspector) -> None:
    data = zip_bytes({"1.dcm": GOOD}, zipfile.ZIP_STORED)
    wrong = struct.pack("<L", zlib.crc32(GOOD) ^ 1)
    data = patch_both_headers(data, "1.dcm", local=(14, wrong), central=(16, wrong))
    report = inspector.review(payload("crc.zip", data))
    assert counts(report) == (1, 1, 0, 0, 0)
    assert "CRC" in messages(report, "1.dcm")


@pytest.mark.parametrize("length", [132, 140, 200, 300, len(GOOD) - 10])
def test_truncated_instance_is_a_problem_and_what_was_read_is_judged(inspector: Inspector, length: int) -> None:
    report = inspector.review(payload("cut.zip", zip_bytes({"cut.dcm": GOOD[:length], "good.dcm": instance(2)})))
    assert report["archive"]["entries"] == 2
    assert messages(report, "cut.dcm")
    assert report["verdict"] != "clean"


def test_page_takes_the_next_file_after_an_error(inspector: Inspector) -> None:
    inspector.choose(payload("nothing.zip", b""))
    inspector.wait_for("error")
    inspector.choose(payload("good.zip", zip_bytes({"1.dcm": GOOD})))
    inspector.page.wait_for_function("document.documentElement.dataset.state === 'done'")
    assert counts(inspector.report()) == (1, 1, 0, 0, 0)
    assert inspector.error == ""


def test_names_never_become_markup(inspector: Inspector) -> None:
    attack = "<img src=x onerror=document.title='attacked'>"
    dataset = data_set(
        SOPClassUID=CTImageStorage,
        SOPInstanceUID=uid("attack"),
        PatientName=attack,
        PatientID=attack,
        StudyDescription=attack,
    )
    inspector.review(payload(f"{attack.replace('/', '')}.zip", zip_bytes({f"{attack}.dcm": dicom_bytes(dataset)})))
    assert inspector.page.title() != "attacked"
    assert inspector.page.locator("img[src=x]").count() == 0
