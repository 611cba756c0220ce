"""What surrounds the data elements is looked at, and files are told by their content."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

from pycore.findings import Severity
from pycore.phi.surroundings import (
    check_comment,
    check_other_file,
    check_preamble,
    check_trailing,
    kind_of_file,
)
from tests.builders import zip_bytes


@pytest.mark.parametrize("preamble", [b"", bytes(128)])
def test_preamble_of_zeros_or_none_is_silent(preamble: bytes) -> None:
    assert check_preamble(preamble) == ()


@pytest.mark.parametrize(
    ("start", "rule"),
    [
        (b"II*\0", "preamble-tiff"),
        (b"MM\0*", "preamble-tiff"),
        (b"MZ\x90\0", "preamble-executable"),
        (b"\x7fELF", "preamble-executable"),
        (b"#!/bin/sh", "preamble-executable"),
        (b"DOE JANE", "preamble"),
        (bytes(127) + b"\x01", "preamble"),
    ],
)
def test_preamble_that_holds_something_is_to_be_looked_at(start: bytes, rule: str) -> None:
    (flag,) = check_preamble(start.ljust(128, b"\0"))
    assert (flag.rule, flag.severity) == (rule, Severity.REVIEW)


@pytest.mark.parametrize(
    ("count", "sample", "expected"),
    [
        (0, b"", []),
        (3, bytes(3), [("trailing-padding", Severity.INFO)]),
        (2, b"\r\n", [("trailing-padding", Severity.INFO)]),
        (4, b"\0DOE", [("trailing-bytes", Severity.REVIEW)]),
        (5000, bytes(4096), [("trailing-bytes", Severity.REVIEW)]),  # nobody saw the other 904
    ],
)
def test_trailing_bytes_are_padding_only_if_all_of_them_are(
    count: int, sample: bytes, expected: list[tuple[str, Severity]]
) -> None:
    assert [(flag.rule, flag.severity) for flag in check_trailing(count, sample)] == expected


def test_other_file_is_to_be_looked_at_unless_it_is_empty() -> None:
    assert [flag.severity for flag in check_other_file(b"x", 1)] == [Severity.REVIEW]
    assert [flag.severity for flag in check_other_file(b"", 0)] == [Severity.INFO]


@pytest.mark.parametrize("comment", [b"", b" \r\n", bytes(4)])
def test_comment_that_says_nothing_is_silent(comment: bytes) -> None:
    assert check_comment(comment) == ()


def test_comment_is_to_be_looked_at() -> None:
    assert [flag.severity for flag in check_comment(b"for Dr. Roe")] == [Severity.REVIEW]


def office_bytes() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
    return file.getvalue()


@pytest.mark.parametrize(
    ("sample", "kind"),
    [
        (b"", "empty"),
        (b"%PDF-1.7\n", "PDF"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "PNG"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "JPEG"),
        (b"GIF89a\1\0", "GIF"),
        (b"II*\0\x08\0\0\0", "TIFF"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "WebP"),
        (b"BM\x36\0\0\0\0\0", "BMP"),
        (b"BMI of the patient: 21", "text"),
        (b"\x1f\x8b\x08\0", "gzip"),
        (zip_bytes({"a.txt": b"a"}), "zip"),
        (office_bytes(), "Office"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Office 97-2003"),
        (b"\0\x05\x16\x07\0\2\0\0Mac OS X", "AppleDouble"),
        (b"\0\0\0\1Bud1\0\0", ".DS_Store"),
        (b"MZ\x90\0\3", "Windows program"),
        (bytes(257) + b"ustar\x0000", "tar"),
        (b"<?xml version='1.0'?><a/>", "XML"),
        (b"\xef\xbb\xbf<ClinicalDocument xmlns='urn:hl7-org:v3'>", "XML"),
        (b"\n<!DOCTYPE html><html>", "HTML"),
        (json.dumps({"patient": 1}).encode(), "JSON"),
        (b'[\n {"a": 1}', "JSON"),
        (b"[patient]\nname=x", "text"),
        (b"MSH|^~\\&|RIS|SITE|", "HL7"),
        (b"id,name,born\n1,a,b\n2,c,d\n3,", "CSV"),
        (b"id;name\r\n1;a\r\n", "CSV"),
        (b"Dear colleague, thank you.\nThe patient, born in May, is well, as you know.\n", "text"),
        ("Größe des Befunds".encode("latin-1"), "text"),
        ("Größe".encode("utf-16"), "text"),
        ("Größe".encode()[:3], "text"),  # cut within a character
        (bytes(range(256)), "unknown"),
    ],
)
def test_file_is_told_by_its_content(sample: bytes, kind: str) -> None:
    assert kind_of_file(sample) == kind
