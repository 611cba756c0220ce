"""JPEG, PNG, GIF, TIFF, WebP -> what is written beside the picture: EXIF, GPS, IPTC, XMP, comments, text chunks.

The pictures themselves are not looked at. Formats: JPEG (ITU-T T.81 §B.1), PNG (ISO/IEC 15948 §11.3), GIF89a, TIFF 6.0
§2, EXIF 2.32 §4.6, IPTC-IIM 4.2, XMP (ISO 16684-3).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable

from pycore.carriers.extraction import Collector, join
from pycore.carriers.markup import read_xml
from pycore.carriers.records import decode_text
from pycore.carriers.strings import find_strings
from pycore.standard import image_tag_names

_MAX_SEGMENTS = 4096
_MAX_DIRECTORIES = 64
_MAX_FIELDS = 512
_MAX_TEXT_BYTES = 1024 * 1024

_EXIF = b"Exif\0\0"
_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_PHOTOSHOP = b"Photoshop 3.0\0"
_IPTC_BLOCK = 0x0404
_XMP_TAG, _IPTC_TAG, _PHOTOSHOP_TAG = 700, 33723, 34377
_SUB_DIRECTORIES = {330: "TIFF", 34665: "EXIF", 34853: "EXIF GPS", 40965: "EXIF"}
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_USER_COMMENT = 0x9286
_UTF_16_TAGS = frozenset(range(0x9C9B, 0x9CA0))


def read_jpeg(data: bytes, place: str, collector: Collector) -> None:
    """Give the texts of the application and comment segments, up to the first scan."""
    at = 2
    for _ in range(_MAX_SEGMENTS):
        at = data.find(b"\xff", at)
        while data[at + 1 : at + 2] == b"\xff" and at >= 0:
            at += 1
        if at < 0 or at + 4 > len(data):
            collector.tell(join(place, "JPEG"), "it ends before its picture begins")
            return
        marker = data[at + 1]
        if marker in (0xDA, 0xD9):
            break
        if marker == 0 or marker == 1 or 0xD0 <= marker <= 0xD8:
            at += 2
            continue
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        _read_segment(marker, data[at + 4 : at + 2 + length], place, collector)
        at += 2 + max(2, length)
    end = data.rfind(b"\xff\xd9")
    if end >= 0:
        _add_strings(data[end + 2 : end + 2 + _MAX_TEXT_BYTES], join(place, "behind the JPEG"), collector)


def _read_segment(marker: int, content: bytes, place: str, collector: Collector) -> None:
    if marker == 0xFE:
        collector.add_free(join(place, "JPEG comment"), decode_text(content, collector.encodings))
    elif marker == 0xE1 and content.startswith(_EXIF):
        read_tiff(content[len(_EXIF) :], place, collector, "EXIF")
    elif marker == 0xE1 and content.startswith(_XMP):
        read_xml(content[len(_XMP) :], place, collector, "XMP")
    elif marker == 0xED and content.startswith(_PHOTOSHOP):
        _read_photoshop(content[len(_PHOTOSHOP) :], place, collector)
    elif 0xE0 <= marker <= 0xEF and not content.startswith((b"JFIF\0", b"Adobe\0", b"ICC_PROFILE\0")):
        _add_strings(content, join(place, f"JPEG APP{marker - 0xE0}"), collector)


def read_png(data: bytes, place: str, collector: Collector) -> None:
    """Give the texts of the chunks that are text, EXIF or unknown."""
    at = 8
    for _ in range(_MAX_SEGMENTS):
        if at + 8 > len(data):
            collector.tell(join(place, "PNG"), "it ends before its last chunk")
            return
        length = int.from_bytes(data[at : at + 4], "big")
        kind = data[at + 4 : at + 8]
        content = data[at + 8 : at + 8 + length]
        at += 12 + length
        if kind == b"IEND":
            _add_strings(data[at : at + _MAX_TEXT_BYTES], join(place, "behind the PNG"), collector)
            return
        _read_chunk(kind, content, place, collector)
    collector.tell(join(place, "PNG"), f"it has more than {_MAX_SEGMENTS} chunks: the rest was not read")


def _read_chunk(kind: bytes, content: bytes, place: str, collector: Collector) -> None:
    key, _, rest = content.partition(b"\0")
    where = join(place, f"PNG {key[:79].decode('latin-1')}")
    if kind == b"tEXt":
        collector.add_free(where, decode_text(rest))
    elif kind == b"zTXt":
        collector.add_free(where, decode_text(_inflate(rest[1:], where, collector)))
    elif kind == b"iTXt":
        is_deflated, (_, _, text) = rest[:1] == b"\1", (*rest[2:].split(b"\0", 2), b"", b"")[:3]
        text = _inflate(text, where, collector) if is_deflated else text
        if key == b"XML:com.adobe.xmp":
            read_xml(text, place, collector, "XMP")
        else:
            collector.add_free(where, decode_text(text))
    elif kind == b"eXIf":
        read_tiff(content, place, collector, "EXIF")
    elif kind == b"tIME" and len(content) == 7:
        year, *rest_of_time = struct.unpack(">H5B", content)
        collector.add(join(place, "PNG time"), f"{year:04}-{rest_of_time[0]:02}-{rest_of_time[1]:02}")
    elif kind not in _PICTURE_CHUNKS:
        _add_strings(content[:_MAX_TEXT_BYTES], join(place, f"PNG {kind.decode('latin-1')}"), collector)


_PICTURE_CHUNKS = frozenset(
    {
        b"IHDR",
        b"PLTE",
        b"IDAT",
        b"tRNS",
        b"gAMA",
        b"cHRM",
        b"sRGB",
        b"iCCP",
        b"sBIT",
        b"bKGD",
        b"hIST",
        b"pHYs",
        b"fdAT",
    }
)


def read_gif(data: bytes, place: str, collector: Collector) -> None:
    """Give the texts of comment, plain text and application extensions."""
    at = 13 + (3 * (2 << (data[10] & 7)) if len(data) > 12 and data[10] & 0x80 else 0)
    for _ in range(_MAX_SEGMENTS):
        block = data[at : at + 1]
        if block == b"!":
            content, end = _join_blocks(data, at + 2)
            label = data[at + 1] if at + 1 < len(data) else 0
            if label == 0xFE:
                collector.add_free(join(place, "GIF comment"), decode_text(content))
            elif label in (0x01, 0xFF):
                _add_strings(content, join(place, "GIF extension"), collector)
            at = end
        elif block == b"," and at + 10 <= len(data):
            flags = data[at + 9]
            at = _join_blocks(data, at + 11 + (3 * (2 << (flags & 7)) if flags & 0x80 else 0), keep=False)[1]
        else:
            return


def _join_blocks(data: bytes, at: int, *, keep: bool = True) -> tuple[bytes, int]:
    pieces = []
    while at < len(data) and data[at]:
        if keep:
            pieces.append(data[at + 1 : at + 1 + data[at]])
        at += 1 + data[at]
    return b"".join(pieces), at + 1


def read_riff(data: bytes, place: str, collector: Collector) -> None:
    """Give the texts of a RIFF file's EXIF, XMP and INFO chunks: WebP, WAV, AVI."""
    _read_riff_chunks(data[12:], place, collector, 0)


def _read_riff_chunks(data: bytes, place: str, collector: Collector, depth: int) -> None:
    at = 0
    for _ in range(_MAX_SEGMENTS):
        if at + 8 > len(data):
            return
        kind, length = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        content = data[at + 8 : at + 8 + length]
        if kind == b"EXIF":
            read_tiff(content.removeprefix(_EXIF), place, collector, "EXIF")
        elif kind == b"XMP ":
            read_xml(content, place, collector, "XMP")
        elif kind == b"LIST" and depth < 4:
            _read_riff_chunks(content[4:], place, collector, depth + 1)
        elif (kind.startswith(b"I") and kind.isupper()) or kind in (b"bext", b"iXML", b"id3 "):
            _add_strings(content[:_MAX_TEXT_BYTES], join(place, f"RIFF {kind.decode('latin-1').strip()}"), collector)
        at += 8 + length + length % 2


def read_tiff(data: bytes, place: str, collector: Collector, name: str = "TIFF") -> None:
    """Give the text fields of all directories of a TIFF file, or of EXIF, which is one without pictures."""
    if data[:2] not in (b"II", b"MM") or len(data) < 8:
        collector.tell(join(place, name), "its header is damaged")
        return
    order = "<" if data[:2] == b"II" else ">"
    if struct.unpack_from(order + "H", data, 2)[0] != 42:
        _add_strings(data[:_MAX_TEXT_BYTES], join(place, name), collector)
        collector.tell(join(place, name), "it is a BigTIFF: only its readable strings were searched")
        return
    seen: set[int] = set()
    waiting = [(struct.unpack_from(order + "L", data, 4)[0], name)]
    while waiting and len(seen) < _MAX_DIRECTORIES:
        at, part = waiting.pop(0)
        if at in seen or not at:
            continue
        seen.add(at)
        if at + 2 > len(data):
            collector.tell(join(place, part), f"a directory at offset {at} lies behind the end")
            continue
        (count,) = struct.unpack_from(order + "H", data, at)
        position: dict[int, str] = {}
        for index in range(min(count, _MAX_FIELDS)):
            field_at = at + 2 + 12 * index
            if field_at + 12 > len(data):
                collector.tell(join(place, part), "a directory is cut off")
                break
            waiting += _read_field(data, field_at, order, part, place, collector, position)
        if {1, 2, 3, 4} <= position.keys():
            collector.add(join(place, "EXIF GPS position"), f"{position[2]} {position[1]}, {position[4]} {position[3]}")
        next_at = at + 2 + 12 * count
        if next_at + 4 <= len(data) and name == "TIFF":
            waiting.append((struct.unpack_from(order + "L", data, next_at)[0], name))


def _read_field(
    data: bytes, at: int, order: str, part: str, place: str, collector: Collector, position: dict[int, str]
) -> list[tuple[int, str]]:
    """Give one field's text; returns the directories that it points to."""
    tag, kind, count = struct.unpack_from(order + "HHL", data, at)
    size = _SIZES.get(kind, 1) * count
    (offset,) = struct.unpack_from(order + "L", data, at + 8)
    value = data[at + 8 : at + 8 + size] if size <= 4 else data[offset : offset + min(size, _MAX_TEXT_BYTES)]
    if tag in _SUB_DIRECTORIES and kind in (4, 13):
        pointers = [value[start : start + 4] for start in range(0, min(len(value), 64), 4)]
        return [(struct.unpack(order + "L", one)[0], _SUB_DIRECTORIES[tag]) for one in pointers if len(one) == 4]
    is_gps = part == "EXIF GPS"
    name = image_tag_names().get((part if is_gps else "", tag), f"0x{tag:04X}")
    where = join(place, f"{part}/{name}")
    if tag == _XMP_TAG:
        read_xml(value, place, collector, "XMP")
    elif tag == _IPTC_TAG:
        _read_iptc(value, place, collector)
    elif tag == _PHOTOSHOP_TAG:
        _read_photoshop(value, place, collector)
    elif tag in _UTF_16_TAGS:
        collector.add(where, value.decode("utf-16-le", "replace").rstrip("\0"))
    elif tag == _USER_COMMENT:
        mark, comment = value[:8], value[8:]
        codec = "utf-16-le" if order == "<" else "utf-16-be"
        text = comment.decode(codec, "replace") if mark.startswith(b"UNICODE") else decode_text(comment)
        collector.add_free(where, text.strip("\0"))
    elif kind == 2:
        text = decode_text(value.rstrip(b"\0"))
        if is_gps:
            position[tag] = text
        collector.add(where, text)
    elif is_gps and kind == 5 and tag in (2, 4) and len(value) == 24:
        parts = struct.unpack(order + "6L", value)
        degrees = sum(a / b / 60**power for power, (a, b) in enumerate(zip(parts[::2], parts[1::2], strict=True)) if b)
        position[tag] = f"{degrees:.5f}"
    elif kind in (1, 7) and size > 4:
        _add_strings(value, where, collector)
    return []


def _read_photoshop(data: bytes, place: str, collector: Collector) -> None:
    """Read Photoshop's resource blocks: mark, number, name, length, content, each of even length."""
    at = 0
    for _ in range(_MAX_SEGMENTS):
        if data[at : at + 4] != b"8BIM" or at + 12 > len(data):
            return
        number = int.from_bytes(data[at + 4 : at + 6], "big")
        name_length = data[at + 6]
        at += 6 + (name_length + 2) // 2 * 2
        length = int.from_bytes(data[at : at + 4], "big")
        content = data[at + 4 : at + 4 + length]
        at += 4 + length + length % 2
        if number == _IPTC_BLOCK:
            _read_iptc(content, place, collector)
        else:
            _add_strings(content, join(place, f"Photoshop {number:04X}"), collector)


def _read_iptc(data: bytes, place: str, collector: Collector) -> None:
    at = 0
    for _ in range(_MAX_SEGMENTS):
        if data[at : at + 1] != b"\x1c" or at + 5 > len(data):
            return
        record, number, length = struct.unpack_from(">BBH", data, at + 1)
        if length & 0x8000:
            return
        if record == 2:
            value = data[at + 5 : at + 5 + length]
            name = image_tag_names().get(("IPTC", number), f"2:{number}")
            collector.add(join(place, f"IPTC/{name}"), decode_text(value))
        at += 5 + length


def _inflate(data: bytes, where: str, collector: Collector) -> bytes:
    try:
        text = zlib.decompressobj().decompress(data, _MAX_TEXT_BYTES)
    except zlib.error:
        collector.tell(where, "its compressed text is damaged")
        return b""
    if len(text) == _MAX_TEXT_BYTES:
        collector.tell(where, f"its text was read up to {_MAX_TEXT_BYTES:,} bytes")
    return text


def _add_strings(data: bytes, where: str, collector: Collector) -> None:
    for text in find_strings(data, collector.encodings):
        collector.add_free(where, text)


READERS: dict[str, Callable[[bytes, str, Collector], None]] = {
    "JPEG": read_jpeg,
    "PNG": read_png,
    "GIF": read_gif,
    "TIFF": read_tiff,
    "WebP": read_riff,
    "WAV": read_riff,
    "AVI": read_riff,
}
