"""Input for the tests, made next to where it is expected: data sets, DICOM files and zips; always the same bytes.

Nothing here is random or knows the time: the same call gives the same bytes, so that a failing test fails again.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pydicom.data
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset, write_file_meta_info
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    SecondaryCaptureImageStorage,
)

ZIP_DATE = (2024, 1, 15, 12, 0, 0)
"""The modification time of every entry."""

UNCOMPRESSED_SYNTAXES = (
    ImplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
)


def uid(*words: object) -> str:
    """Return a UID made of the words: the same words, the same UID (PS3.5 §B.2)."""
    digest = hashlib.sha256("/".join(map(str, words)).encode()).digest()
    return f"2.25.{int.from_bytes(digest[:16], 'big')}"


IMPLEMENTATION_CLASS_UID = uid("dicom-zip-inspector", "tests")
IMPLEMENTATION_VERSION_NAME = "ZIPINSPECT_TEST"


def data_set(**keywords: object) -> Dataset:
    """Return a data set with exactly these attributes, by keyword of PS3.6; a list of data sets makes a sequence."""
    dataset = Dataset()
    for keyword, value in keywords.items():
        # An unknown keyword would become a plain Python attribute and silently be missing from the file.
        if pydicom.datadict.tag_for_keyword(keyword) is None:
            raise ValueError(f"{keyword} is no keyword of PS3.6")
        setattr(dataset, keyword, value)
    return dataset


def dicom_bytes(
    dataset: Dataset,
    transfer_syntax: str = ExplicitVRLittleEndian,
    *,
    preamble: bool | bytes = True,
    meta: bool = True,
) -> bytes:
    """Return the data set as a file in any transfer syntax; Pixel Data must already be encoded for it.

    Parameters
    ----------
    preamble : bool or 128 bytes
        Whether the 128 bytes and 'DICM' come first (PS3.10 §7.1), and which bytes; zeros if True.
    meta : bool
        Whether the File Meta Information comes next.
    """
    parts = []
    if preamble:
        parts.append((bytes(128) if preamble is True else preamble) + b"DICM")
    if meta:
        parts.append(_file_meta_bytes(dataset, transfer_syntax))
    body = data_set_bytes(dataset, transfer_syntax)
    parts.append(_deflate(body) if transfer_syntax == DeflatedExplicitVRLittleEndian else body)
    return b"".join(parts)


def data_set_bytes(dataset: Dataset, transfer_syntax: str = ExplicitVRLittleEndian) -> bytes:
    """Return the encoded data set alone, not deflated (PS3.5 §7.1)."""
    file = DicomBytesIO()
    file.is_little_endian = transfer_syntax != ExplicitVRBigEndian
    file.is_implicit_VR = transfer_syntax == ImplicitVRLittleEndian
    write_dataset(file, dataset)
    return file.getvalue()


def zip_bytes(
    entries: Mapping[str, bytes | None],
    compression: int = zipfile.ZIP_DEFLATED,
    comment: bytes = b"",
) -> bytes:
    """Return a zip with these entries in this order; None makes a folder."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in entries.items():
            folder = data is None
            info = zipfile.ZipInfo(name.rstrip("/") + "/" if folder else name, ZIP_DATE)
            info.create_system = 3  # Unix, whichever system runs the tests
            info.external_attr = 0o40755 << 16 | 0x10 if folder else 0o100644 << 16
            info.compress_type = zipfile.ZIP_STORED if folder else compression
            archive.writestr(info, data or b"")
        archive.comment = comment
    return file.getvalue()


@dataclass(frozen=True, slots=True)
class MemorySource:
    """A chosen file that lies in memory: an `archive.Source`."""

    name: str
    data: bytes

    @property
    def size(self) -> int:
        return len(self.data)

    def read(self, offset: int, length: int) -> bytes:
        return self.data[offset : offset + length]


def pydicom_path(name: str) -> Path:
    """Return where pydicom's packaged test file of this name lies, 'CT_small.dcm' for example."""
    path = pydicom.data.get_testdata_file(name, download=False)
    if path is None:
        raise FileNotFoundError(f"{name} is not among pydicom's packaged test files")
    return Path(path)


def pydicom_paths() -> list[Path]:
    """Return pydicom's packaged DICOM test files, those without a suffix too, in order of name."""
    folder = pydicom_path("CT_small.dcm").parent
    suffixes = {".dcm", ".dicom", ""}
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and path.suffix in suffixes and path.name.upper() not in {"README", "LICENSE"}
    )


def _file_meta_bytes(dataset: Dataset, transfer_syntax: str) -> bytes:
    meta = FileMetaDataset()
    meta.FileMetaInformationVersion = b"\x00\x01"
    meta.MediaStorageSOPClassUID = dataset.get("SOPClassUID") or SecondaryCaptureImageStorage
    meta.MediaStorageSOPInstanceUID = dataset.get("SOPInstanceUID") or uid("instance")
    meta.TransferSyntaxUID = transfer_syntax
    meta.ImplementationClassUID = IMPLEMENTATION_CLASS_UID
    meta.ImplementationVersionName = IMPLEMENTATION_VERSION_NAME
    file = DicomBytesIO()
    write_file_meta_info(file, meta)
    return file.getvalue()


def _deflate(data: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    deflated = compressor.compress(data) + compressor.flush()
    return deflated + b"\0" * (len(deflated) % 2)  # a single zero byte makes the length even (PS3.5 §A.5)
