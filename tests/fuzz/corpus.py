"""Where fuzzing begins: small files of every kind that the target is to read, always in the same order."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.aes import aes_zip
from tests.builders import dicom_bytes, pydicom_paths, zip_bytes
from tests.fuzz.targets import PASSWORDS
from tests.hostile import FORMULAS, payloads
from tests.objects import (
    ct_slice,
    encapsulated_pdf,
    presentation_state,
    report,
    structure_set,
    waveform,
)
from tests.test_archive_kinds import encrypted_zip
from tests.test_archive_tars import tar_bytes
from tests.test_carriers import SEEDS as CARRIERS
from tests.test_recipes import with_private
from tests.test_review import clean_object

MAX_SEED_BYTES = 12 * 1024
"""Larger files teach a fuzzer little and cost it much."""

TEXTS = (
    "Patient: Anna Sample, born 15.01.1960, lives at 12 Baker Street, NW1 6XE London",
    "Dr. John Smith phoned 0171 234567; anna.sample@example.org, https://example.org/p/4711?x=1",
    "SSN 078-05-1120, NHS 943 476 5919, DE89 3704 0044 0532 0130 00, 111.444.777-35",
    "Sample^Anna^^Dr.^=サンプル^アンナ=さんぷる^あんな",
    "CT Thorax 5.0 B30f \\ 1.2.840.10008.5.1.4.1.1.2 \\ 20240115 \\ 101112.123 \\ 045Y",
    "Иванова Анна Сергеевна, 12 марта 1960 г.; Παπαδόπουλος; 山田太郎 様",
)


def dicom_seeds() -> Iterator[bytes]:
    """Yield DICOM objects in all encodings, with and without pixels."""
    yield clean_object(1)
    for path in pydicom_paths():
        if path.stat().st_size <= MAX_SEED_BYTES:
            yield path.read_bytes()


def zip_seeds() -> Iterator[bytes]:
    """Yield zips of all methods that are inflated, one in another, a tar, and DICOM that is in no zip."""
    objects: dict[str, bytes | None] = {"a/": None, "a/1.dcm": clean_object(1), "a/notes.txt": TEXTS[0].encode()}
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        yield zip_bytes(objects, method, comment=b"of Anna Sample")
    yield zip_bytes({"inner.zip": zip_bytes(objects), **objects}, zipfile.ZIP_STORED)
    yield tar_bytes({name: data for name, data in objects.items() if data is not None})
    yield from (zip_bytes({"0.dcm": data}) for data in dicom_seeds() if len(data) < 4096)
    yield clean_object(1)


def encrypted_seeds() -> Iterator[bytes]:
    """Yield zips of encrypted entries: of ZipCrypto and AES, of our own and of other programs."""
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        yield encrypted_zip(clean_object(1), PASSWORDS[0], method)
    for bits, version in ((128, 1), (192, 2), (256, 2)):
        yield aes_zip({"1.dcm": clean_object(1), "a.txt": b"text"}, PASSWORDS[0], bits=bits, version=version)
    yield from (path.read_bytes() for path in sorted(Path(__file__).parents[1].glob("encrypted/*.zip")))


def tar_seeds() -> Iterator[bytes]:
    """Yield what `targets.read_tar` takes: a byte that says whether it is put into gzip, and a tar or a gzip."""
    contents = {"a/1.dcm": clean_object(1), "long " * 30 + "ü": TEXTS[0].encode(), "empty": b""}
    for form in (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        tar = tar_bytes({name[:99]: data for name, data in contents.items()} if not form else contents, form)
        yield b"\0" + tar
        yield b"\1" + tar
        yield b"\0" + gzip.compress(tar, mtime=0)
    yield b"\0" + gzip.compress(contents["a/1.dcm"][:900], mtime=0) + gzip.compress(contents["a/1.dcm"][900:], mtime=0)
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for kind in (tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.GNUTYPE_SPARSE, b"x"):
            info = tarfile.TarInfo(repr(kind))
            info.type, info.linkname, info.uname = kind, "../up", "anna.sample"
            archive.addfile(info)
    yield b"\0" + file.getvalue()


def carrier_seeds() -> Iterator[bytes]:
    """Yield files and values of every kind that is taken apart."""
    yield from CARRIERS.values()
    yield from (text.encode() for text in TEXTS)


def document_seeds() -> Iterator[bytes]:
    """Yield objects that are shown as documents, and images."""
    for dataset in (report(), encapsulated_pdf(), presentation_state(), waveform(), structure_set(), ct_slice()):
        yield dicom_bytes(dataset)
    yield from dicom_seeds()


def report_seeds() -> Iterator[bytes]:
    """Yield zips whose texts want to become markup, code or lines; stored, so that a change meets the texts."""
    for text in (*payloads(), *FORMULAS, "$(x) `x` 'x' \"x\" \\", "a\nADD PatientName x\u2028\u202e\x1b[2J"):
        name = text.replace("/", "_")
        instance = with_private(text[:60], PatientName=text[:60], PatientComments=text)
        yield zip_bytes({f"{name}.dcm": instance, name: text.encode()}, zipfile.ZIP_STORED, comment=text.encode())
    yield from (seed for seed in zip_seeds() if len(seed) < 6000)


def text_seeds() -> Iterator[bytes]:
    """Yield what `targets.read_text` takes: a byte that says which element it is, and a text."""
    for position, text in enumerate(TEXTS):
        yield bytes([position]) + text.encode()


def pixel_seeds() -> Iterator[bytes]:
    """Yield images: uncompressed and compressed ones, with overlays, palettes and functional groups."""
    yield dicom_bytes(ct_slice())
    for path in pydicom_paths():
        if path.stat().st_size <= 2 * MAX_SEED_BYTES and b"\xe0\x7f\x10\x00" in path.read_bytes():
            yield path.read_bytes()


SEEDS: dict[str, Callable[[], Iterator[bytes]]] = {
    "zip": zip_seeds,
    "encrypted": encrypted_seeds,
    "tar": tar_seeds,
    "elements": dicom_seeds,
    "carriers": carrier_seeds,
    "text": text_seeds,
    "pixels": pixel_seeds,
    "documents": document_seeds,
    "reports": report_seeds,
}
"""By target."""
