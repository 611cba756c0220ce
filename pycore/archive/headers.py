"""The headers of a zip, as bytes and as values (APPNOTE §4.3, §4.4): what both the directory and its salvage need."""

from __future__ import annotations

import re
import struct
import zlib
from typing import NamedTuple

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
_AES_EXTRA = 0x9901  # APPNOTE §4.4.5, as WinZip describes it
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


NEEDS_PASSWORD = (
    "The entry is encrypted with ZipCrypto (APPNOTE §6.1); it was not reviewed: its password is needed. Give it (the "
    "page asks for it, the command line takes --password-file), or unpack the zip with it and review what comes out."
)
WRONG_PASSWORD = "The entry is encrypted with ZipCrypto (APPNOTE §6.1), and none of the passwords given opens it."
"""Why an entry is unreadable that another password may open."""


def find_obstacle(header: Header, *, has_password: bool) -> str:
    """Return why the entry cannot be inflated; empty if nothing is known against it."""
    method, flags = header.method, header.flags
    if flags & ENCRYPTED or method == AES:
        if method == AES:
            return (
                f"The entry is encrypted with {_aes_name(header)} (APPNOTE §7.2.3); it was not reviewed: nothing here "
                "decrypts AES. Unpack it with its password and review what comes out."
            )
        if flags & STRONGLY_ENCRYPTED:
            return (
                "The entry is encrypted with PKWARE strong encryption (APPNOTE §7); it was not reviewed. Unpack it "
                "with its password and review what comes out."
            )
        if not has_password:
            return NEEDS_PASSWORD
    if method not in READABLE_METHODS:
        name = _METHOD_NAMES.get(method, "unknown")
        return (
            f"The entry is compressed with method {method}, {name} (APPNOTE §4.4.5), which cannot be inflated here; it "
            "was not reviewed. Unpack the zip and review the folder."
        )
    return ""


def _aes_name(header: Header) -> str:
    strength = next((data[4:5] for tag, data in fields_of(header.extra) if tag == _AES_EXTRA), b"")
    bits = {b"\1": "128", b"\2": "192", b"\3": "256"}.get(strength)
    return f"AES-{bits}" if bits else "AES"


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
