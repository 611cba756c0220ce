"""The headers of a zip, as bytes and as values (APPNOTE §4.3, §4.4): what both the directory and its salvage need."""

from __future__ import annotations

import re
import struct
import zlib
from typing import NamedTuple

from pycore.archive.ciphers import find_ciphers

LOCAL_SIGNATURE = b"PK\x03\x04"
CENTRAL_SIGNATURE = b"PK\x01\x02"
DESCRIPTOR_SIGNATURE = b"PK\x07\x08"
END_SIGNATURE = b"PK\x05\x06"
LOCAL_HEADER = struct.Struct("<4s5H3L2H")  # APPNOTE §4.3.7
CENTRAL_HEADER = struct.Struct("<4s6H3L5H2L")  # APPNOTE §4.3.12
DESCRIPTOR_BYTES = 24
"""The longest data descriptor, APPNOTE §4.3.9."""

STORED, DEFLATED, BZIP2, LZMA, ZSTANDARD = 0, 8, 12, 14, 93  # APPNOTE §4.4.5
OLD_ZSTANDARD = 20
"""What APPNOTE 6.3.7 called method 93 for a while; the streams are the same."""
AES = 99
ENCRYPTED, HAS_DESCRIPTOR, STRONGLY_ENCRYPTED, UTF8 = 0x0001, 0x0008, 0x0040, 0x0800  # APPNOTE §4.4.4

_ZIP64 = 0x0001  # APPNOTE §4.5.3
_UNICODE_PATH = 0x7075  # Info-ZIP Unicode Path Extra Field, APPNOTE §4.6.9
_AES_FIELD = 0x9901  # APPNOTE appendix E
_MAX32, _MAX16 = 0xFFFF_FFFF, 0xFFFF

# APPNOTE §4.4.5, those that are met and that Python cannot inflate natively and in the browser alike.
_METHOD_NAMES = {
    1: "Shrink",
    2: "Reduce",
    3: "Reduce",
    4: "Reduce",
    5: "Reduce",
    6: "Implode",
    9: "Deflate64",
    10: "PKWARE Implode",
    18: "IBM TERSE",
    19: "IBM LZ77",
    94: "MP3",
    95: "XZ",
    96: "JPEG",
    97: "WavPack",
    98: "PPMd",
}
READABLE_METHODS = frozenset({STORED, DEFLATED, BZIP2, LZMA, ZSTANDARD, OLD_ZSTANDARD})
KNOWN_METHODS = READABLE_METHODS | _METHOD_NAMES.keys() | {AES}

# Control characters, and marks that turn the direction of what is shown: a name that holds them looks like another.
_UNPRINTABLE = re.compile("[\0-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


class Header(NamedTuple):
    """What a header of the zip states of one entry (APPNOTE §4.4)."""

    name: bytes
    flags: int
    """General purpose bit flag."""
    method: int
    time: int
    """Last modification time, in the form of MS-DOS; ZipCrypto checks a password by it."""
    crc: int
    compressed_size: int
    size: int
    """Uncompressed."""
    offset: int
    """Of the local header, in bytes from the start of the source."""
    extra: bytes
    comment: bytes
    disk: int
    """Number of the volume that it lies in; 0 for the first."""
    is_salvaged: bool = False
    """Whether it was made from the local header, because no directory lists it."""
    size_is_known: bool = True
    """Whether any header states the uncompressed size."""


def find_zip64(extra: bytes, size: int, compressed_size: int, offset: int, disk: int) -> tuple[int, int, int, int]:
    """Return size, compressed size, offset and disk with what the ZIP64 extra field says (APPNOTE §4.5.3).

    Only fields that are all ones are replaced, in this order, and as many as the extra field holds: one that is too
    short leaves the rest as they were.
    """
    for tag, data in fields_of(extra):
        if tag != _ZIP64:
            continue
        values = [data[at : at + 8] for at in range(0, 24, 8)]
        at = 0
        found = [size, compressed_size, offset]
        for number, value in enumerate(found):
            if value == _MAX32 and len(values[at]) == 8:
                found[number] = int.from_bytes(values[at], "little")
                at += 1
                if at == len(values):
                    break
        rest = data[8 * at : 8 * at + 4]
        if disk == _MAX16 and len(rest) == 4:
            disk = int.from_bytes(rest, "little")
        return found[0], found[1], found[2], disk
    return size, compressed_size, offset, disk


def fields_of(extra: bytes) -> list[tuple[int, bytes]]:
    """Return tag and data of the extra fields; of a last one that is cut, what there is (APPNOTE §4.5.1)."""
    fields = []
    at = 0
    while at + 4 <= len(extra):
        tag, length = struct.unpack_from("<HH", extra, at)
        fields.append((tag, extra[at + 4 : at + 4 + length]))
        at += 4 + length
    return fields


AES_CHECK_BYTES = 2
"""Of the bytes before the encrypted ones, those that tell most wrong passwords."""
AES_CODE_BYTES = 10
"""The authentication code, behind the encrypted bytes."""
_AES_BITS = {1: 128, 2: 192, 3: 256}
_ZIPCRYPTO_BYTES = 12  # APPNOTE §6.1.3


class AesField(NamedTuple):
    """What the extra field of an entry encrypted with AES states (APPNOTE appendix E)."""

    bits: int
    """Of the key."""
    method: int
    """How the entry was compressed before it was encrypted."""
    has_crc: bool
    """Whether the CRC-32 is stated, as AE-1 does; AE-2 has the authentication code alone."""

    @property
    def salt_bytes(self) -> int:
        return self.bits // 16


def find_aes(header: Header) -> AesField | None:
    """Return what is stated of the encryption with AES; None where that is missing or not what there can be."""
    data = next((data for tag, data in fields_of(header.extra) if tag == _AES_FIELD), b"")
    if len(data) < 7:
        return None
    version, vendor, strength, method = struct.unpack_from("<H2sBH", data)
    if version not in (1, 2) or vendor != b"AE" or strength not in _AES_BITS:
        return None
    return AesField(_AES_BITS[strength], method, version == 1)


def find_method(header: Header) -> int:
    """Return how the entry's bytes were compressed, before they were encrypted if they were."""
    field = find_aes(header) if header.method == AES else None
    return field.method if field else header.method


def find_wrapping(header: Header) -> tuple[int, int]:
    """Return how many bytes of an entry's data encryption puts before the encrypted ones, and how many behind."""
    if header.method == AES:
        field = find_aes(header)
        return (field.salt_bytes + AES_CHECK_BYTES, AES_CODE_BYTES) if field else (0, 0)
    return (_ZIPCRYPTO_BYTES, 0) if header.flags & ENCRYPTED else (0, 0)


_CIPHER_NAMES = {0: "ZipCrypto (APPNOTE §6.1)"} | {
    bits: f"AES-{bits} (APPNOTE appendix E)" for bits in _AES_BITS.values()
}
"""By the bits of the key that AES takes."""


def _say_locked(cipher: str, *, has_password: bool) -> str:
    if has_password:
        return f"The entry is encrypted with {cipher}, and none of the passwords given opens it."
    return (
        f"The entry is encrypted with {cipher}; it was not reviewed: its password is needed. Give it (the page asks "
        "for it, the command line takes --password-file), or unpack the zip with it and review what comes out."
    )


def say_locked(header: Header, *, has_password: bool) -> str:
    """Say that an entry needs a password, or another one than those that were given."""
    field = find_aes(header) if header.method == AES else None
    return _say_locked(_CIPHER_NAMES[field.bits if field else 0], has_password=has_password)


LOCKED_REASONS = frozenset(
    _say_locked(cipher, has_password=has_password)
    for cipher in _CIPHER_NAMES.values()
    for has_password in (False, True)
)
"""Why an entry is unreadable that a password, or another one, may open."""


def find_obstacle(header: Header, *, has_password: bool) -> str:
    """Return why the entry cannot be inflated; empty if nothing is known against it."""
    method = find_method(header)
    if method not in READABLE_METHODS and method != AES:
        name = _METHOD_NAMES.get(method, "unknown")
        return (
            f"The entry is compressed with method {method}, {name} (APPNOTE §4.4.5), which cannot be inflated here; it "
            "was not reviewed. Unpack the zip and review the folder."
        )
    if header.method == AES:
        field = find_aes(header)
        if field is None or method == AES:
            return (
                "The entry is encrypted with AES, and the extra field that says how is missing or damaged (APPNOTE "
                "appendix E); it was not reviewed. Unpack it with its password and review what comes out."
            )
        if find_ciphers() is None:
            return (
                f"The entry is encrypted with {_CIPHER_NAMES[field.bits]}; it was not reviewed: nothing here decrypts "
                "AES, for the Python package 'cryptography' is not installed. Install it, or unpack the zip with its "
                "password and review what comes out."
            )
    elif header.flags & ENCRYPTED and header.flags & STRONGLY_ENCRYPTED:
        return (
            "The entry is encrypted with PKWARE strong encryption (APPNOTE §7); it was not reviewed. Unpack it with "
            "its password and review what comes out."
        )
    if (header.flags & ENCRYPTED or header.method == AES) and not has_password:
        return say_locked(header, has_password=False)
    return ""


def name_of(header: Header) -> str:
    """Return the entry's path as it is shown: always text, and always what it looks like.

    The Unicode Path Extra Field counts where it belongs to this name. A name that says to be UTF-8 and is not has the
    wrong bytes written out; one that does not say so is taken for UTF-8 if it is, for macOS forgets to say it.
    """
    raw = header.name
    if raw.isascii():
        name = raw.decode("ascii")
        if not header.extra and name.isprintable():
            return name
    else:
        try:
            name = raw.decode("utf-8")
        except UnicodeDecodeError:
            name = raw.decode("utf-8", "backslashreplace") if header.flags & UTF8 else raw.decode("cp437")
    for tag, data in fields_of(header.extra):
        # Version 1, then the CRC-32 of the name it replaces: a stale field is passed over, as APPNOTE asks.
        if tag == _UNICODE_PATH and data[:5] == b"\x01" + zlib.crc32(raw).to_bytes(4, "little"):
            name = data[5:].decode("utf-8", "backslashreplace") or name
    return to_visible(name)


def to_visible(name: str) -> str:
    """Return the name with what cannot be seen of it written out: 'a\\x00b', 'gpj.\\u202edcm'."""
    return _UNPRINTABLE.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), name)


def find_trick(header: Header, name: str) -> str:
    """Return what is wrong with an entry's path, for programs that unpack it and people who read it; else ''."""
    if name[:1] in ("/", "\\") or name[1:2] == ":":
        return "Its path is absolute: a program that unpacks the zip may put it anywhere."
    if ".." in name and ".." in re.split(r"[/\\]", name):
        return "Its path leads out of the folder that the zip is unpacked in."
    if "\\" in name and _UNPRINTABLE.search(header.name.decode("utf-8", "replace")):
        return "Its name holds control characters or marks that turn its direction; they are written out here."
    return ""
