"""Entries and archives that are well formed and take long: many elements, texts, entries, zeros."""

from __future__ import annotations

import gzip
import io
import random
import struct
import tarfile
import zipfile
import zlib

from tests.builders import dicom_bytes, zip_bytes
from tests.objects import ct_slice

_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def object_with(elements: bytes) -> bytes:
    """Return a CT slice with private elements, given as explicit little endian, before its Pixel Data."""
    slice_ = dicom_bytes(ct_slice())
    pixels = slice_.index(struct.pack("<HH", 0x7FE0, 0x0010))
    return slice_[:pixels] + elements + slice_[pixels:]


def private_elements(values: list[bytes], vr: bytes) -> bytes:
    """Return private elements with the given values, 200 to a block, in the order of their tags (PS3.5 §7.8.1)."""
    parts: dict[int, bytes] = {}
    for block in range(-(-len(values) // 200)):
        group, reserved = 0x0043 + block // 100 * 2, 0x10 + block % 100
        parts[group << 16 | reserved] = struct.pack("<HH2sH8s", group, reserved, b"LO", 8, b"CREATOR ")
        for element, value in enumerate(values[200 * block : 200 * block + 200]):
            head = struct.pack("<HH2s", group, reserved << 8 | element, vr)
            length = struct.pack("<H", len(value)) if vr == b"LO" else struct.pack("<2xL", len(value))
            parts[group << 16 | reserved << 8 | element] = head + length + value
    return b"".join(parts[tag] for tag in sorted(parts))


def distinct_elements(count: int) -> bytes:
    """Return an object of so many private elements, each with a value of its own, of two numbers of six digits."""
    values = [b"%06d %06d " % (number, number * 7919 % 1_000_000) for number in range(count)]
    return object_with(private_elements(values, b"LO"))


def unlike_elements(count: int) -> bytes:
    """Return an object of so many private elements, whose texts have no form in common."""
    chance = random.Random(7)
    signs = _LETTERS + _LETTERS.upper() + "0123456789" * 3 + "    .-/:,^_"
    values = ["".join(chance.choices(signs, k=24)).encode() for _ in range(count)]
    return object_with(private_elements(values, b"LO"))


def much_text(megabytes: int) -> bytes:
    """Return an object with so many texts of a million characters, in words, names and numbers."""
    chance = random.Random(1)
    words = (
        "Liver",
        "normal",
        "the",
        "kidney",
        "of",
        "Smith",
        "Anna",
        "12.5",
        "mm",
        "2024",
        "T1",
        "Dr",
        "seen",
        "at",
        "and",
    )
    values = []
    for _ in range(megabytes):
        chosen = chance.choices(words, k=200_000)
        text = " ".join(f"{word}{chance.randrange(1000)}" if chance.random() < 0.5 else word for word in chosen)
        values.append(text[:1_000_000].encode())
    return object_with(private_elements(values, b"UT"))


def empty_entries(names: list[bytes]) -> bytes:
    """Return a zip of empty entries; their number may not fit its field, which writers without ZIP64 leave so."""
    locals_, rows, offset = [], [], 0
    for name in names:
        locals_.append(struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, 0, 0, 0, 0, 0, 0, 0, len(name), 0) + name)
        facts = (20, 20, 0, 0, 0, 0, 0, 0, 0, len(name), 0, 0, 0, 0, 0, offset)
        rows.append(struct.pack("<4s6H3L5H2L", b"PK\x01\x02", *facts) + name)
        offset += len(locals_[-1])
    count = len(names) & 0xFFFF
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, sum(map(len, rows)), offset, 0)
    return b"".join([*locals_, *rows, end])


def zips_of_zips(width: int, depth: int) -> bytes:
    """Return zips in one another, so many in each, down to a small text."""
    data = b"nothing"
    for _ in range(depth):
        data = zip_bytes({f"{number:02}.zip": data for number in range(width)}, zipfile.ZIP_DEFLATED)
    return data


def tar_of_zeros(gibibytes: int) -> bytes:
    """Return a tar in gzip, whose only file is so many gibibytes of zeros: what Deflate makes of them repeats."""
    info = tarfile.TarInfo("zeros.bin")
    info.size = gibibytes << 30
    compressor = zlib.compressobj(9, wbits=-15)
    file = io.BytesIO()
    head = info.tobuf(tarfile.GNU_FORMAT)
    file.write(gzip.compress(b"", mtime=0)[:10])
    file.write(compressor.compress(head + bytes(1 << 20)) + compressor.flush(zlib.Z_FULL_FLUSH))
    again = compressor.compress(bytes(1 << 20)) + compressor.flush(zlib.Z_FULL_FLUSH)
    file.write(again * (1024 * gibibytes - 1))
    file.write(compressor.compress(bytes(1024)) + compressor.flush())
    file.write(struct.pack("<LL", 0, (info.size + len(head) + 1024) & 0xFFFF_FFFF))
    return file.getvalue()
