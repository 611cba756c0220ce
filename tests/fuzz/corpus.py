"""Where fuzzing begins: small files of every kind that the target is to read, always in the same order."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Callable, Iterator

from tests.builders import dicom_bytes, pydicom_paths, zip_bytes
from tests.objects import ct_slice
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
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, data in objects.items():
            if data is not None:
                info = tarfile.TarInfo(name)
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data))
    yield file.getvalue()
    yield from (zip_bytes({"0.dcm": data}) for data in dicom_seeds() if len(data) < 4096)
    yield clean_object(1)


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
    "elements": dicom_seeds,
    "text": text_seeds,
    "pixels": pixel_seeds,
}
"""By target."""
