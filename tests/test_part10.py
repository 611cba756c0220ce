"""DICOM is recognised by content, never by name, and nothing else is."""

from __future__ import annotations

import random
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from pycore.part10 import FileMeta, is_deflated, read_file_meta, to_encoding
from tests.builders import UNCOMPRESSED_SYNTAXES, data_set, dicom_bytes, pydicom_path, pydicom_paths, zip_bytes

SMALL = data_set(SpecificCharacterSet="ISO_IR 100", Modality="MR", PatientName="Doe^Jane", PatientID="P1", Rows=4)
BARE_SYNTAXES = [uid for uid in UNCOMPRESSED_SYNTAXES if uid != DeflatedExplicitVRLittleEndian]


def read(data: bytes) -> FileMeta:
    meta = read_file_meta(data, len(data))
    assert meta is not None
    return meta


@pytest.mark.parametrize("transfer_syntax", UNCOMPRESSED_SYNTAXES, ids=lambda uid: uid.name)
def test_file_meta_ends_where_the_data_set_begins(transfer_syntax: UID) -> None:
    data = dicom_bytes(SMALL, transfer_syntax, preamble=b"II*\0" + bytes(124))
    meta = read(data)
    assert meta.preamble == b"II*\0" + bytes(124)
    assert meta.transfer_syntax == transfer_syntax
    assert (meta.start, meta.implicit, meta.complete) == (132, False, True)
    without = dicom_bytes(SMALL, transfer_syntax, preamble=False, meta=False)
    assert data[meta.end :] == without


@pytest.mark.parametrize("wrong", [0, 7, 10_000], ids=["zero", "short", "long"])
def test_a_wrong_group_length_is_not_relied_upon(wrong: int) -> None:
    data = bytearray(dicom_bytes(SMALL))
    right = read(bytes(data)).end
    assert data[132:138] == b"\x02\x00\x00\x00UL"
    data[140:144] = wrong.to_bytes(4, "little")
    assert read(bytes(data)).end == right


def test_file_meta_in_implicit_vr_is_read() -> None:
    uid = b"1.2.840.10008.1.2\0"
    data = bytes(128) + b"DICM" + b"\x02\x00\x10\x00" + len(uid).to_bytes(4, "little") + uid
    meta = read(data + dicom_bytes(SMALL, ImplicitVRLittleEndian, preamble=False, meta=False))
    assert (meta.implicit, meta.transfer_syntax) == (True, "1.2.840.10008.1.2")


@pytest.mark.parametrize("rest", [b"", b"\x02", b"\x02\x00\x10\x00UI", b"garbage that is no element"])
def test_with_the_prefix_an_entry_is_dicom_however_damaged(rest: bytes) -> None:
    data = bytes(128) + b"DICM" + rest
    assert read(data).start == 132


@pytest.mark.parametrize("transfer_syntax", BARE_SYNTAXES, ids=lambda uid: uid.name)
def test_bare_data_sets_are_recognised(transfer_syntax: UID) -> None:
    data = dicom_bytes(SMALL, transfer_syntax, preamble=False, meta=False)
    assert read(data) == FileMeta(b"", 0, 0, False, "", True)


def test_file_meta_without_preamble_and_prefix_without_preamble_are_recognised() -> None:
    data = dicom_bytes(SMALL, preamble=False)
    assert read(data).transfer_syntax == ExplicitVRLittleEndian
    assert read(b"DICM" + data).start == 4


@pytest.mark.parametrize("path", pydicom_paths(), ids=lambda path: "/".join(path.parts[-2:]))
def test_packaged_files_and_directories_are_dicom_by_content(path: object) -> None:
    data = path.read_bytes()  # type: ignore[attr-defined]
    meta = read_file_meta(data[:4096], len(data))
    assert meta is not None
    # A stray byte precedes the data set of this one.
    assert meta.stray == (data == pydicom_path("no_meta.dcm").read_bytes())


OTHERS = {
    "empty": b"",
    "text": b"Patient: Jane Doe\nStudy: 2024-01-15\n" * 50,
    "zeros": bytes(4096),
    "ones": b"\xff" * 4096,
    "xml": b'<?xml version="1.0" encoding="UTF-8"?>\n<patient><name>Doe</name></patient>\n',
    "json": b'{"00100010": {"vr": "PN", "Value": [{"Alphabetic": "Doe^Jane"}]}}',
    "jpeg": b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xdb\x00\x43\x00" + bytes(200),
    "png": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x00\x00\x00\x00",
    "pdf": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog >>\nendobj\n",
    "zip": zip_bytes({"a.dcm": dicom_bytes(SMALL)}, zipfile.ZIP_STORED),
    "little-endian counters": b"".join(number.to_bytes(4, "little") for number in range(1000)),
    "command set": b"\0\0\0\0\x04\0\0\0\x38\0\0\0\0\0\x02\0\x12\0\0\x001.2.840.10008.1.1\0",
    "one element longer than the file": b"\x08\x00\x05\x00CS\xff\x00ISO_IR 100",
    "one right element in a long file": b"\x08\x00\x05\x00CS\x02\x00A " + b"not another one " * 20,
}


@pytest.mark.parametrize("data", OTHERS.values(), ids=OTHERS.keys())
def test_other_files_are_not_dicom(data: bytes) -> None:
    assert read_file_meta(data, len(data)) is None


@settings(max_examples=500, deadline=None)
@given(st.binary(max_size=400))
def test_arbitrary_bytes_are_not_dicom(data: bytes) -> None:
    assert data[128:132] == b"DICM" or data[:4] == b"DICM" or read_file_meta(data, len(data)) is None


def test_random_bytes_are_not_dicom() -> None:
    source = random.Random(1)
    for _ in range(20_000):
        data = source.randbytes(64)
        assert read_file_meta(data, len(data)) is None


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300), st.sampled_from(["ascii", "utf-8", "utf-16-le", "utf-16-be", "latin-1"]))
def test_text_in_any_encoding_is_not_dicom(text: str, encoding: str) -> None:
    data = text.encode(encoding, "replace")
    assert data[:4] == b"DICM" or data[128:132] == b"DICM" or read_file_meta(data, len(data)) is None


def test_only_a_deflated_data_set_is_deflated() -> None:
    assert is_deflated(DeflatedExplicitVRLittleEndian)
    assert is_deflated("1.2.840.10008.1.2.4.95")
    assert not is_deflated("1.2.840.10008.1.2.8.1")  # Deflated Image Frame Compression deflates frames
    assert not is_deflated("")


def test_an_unknown_transfer_syntax_is_taken_for_explicit_little_endian() -> None:
    assert str(to_encoding("1.2.3.4")) == "explicit VR little endian"
