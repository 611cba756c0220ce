"""One compressed frame -> what it says about itself, read from the head of its codestream; nothing is decoded here.

JPEG and JPEG-LS: ISO/IEC 10918-1 §B, 14495-1 §C. JPEG 2000 and HTJ2K: ISO/IEC 15444-1 §A. JPEG XL: ISO/IEC 18181-1 §9,
§D. The header of the data set and the codestream may contradict each other; who decodes must know before, because a
decoder believes the codestream and writes as many samples as that says.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from pycore.errors import PixelDataError

NAMES = {"jpeg": "JPEG", "jpeg-ls": "JPEG-LS", "jpeg-2000": "JPEG 2000", "jpeg-xl": "JPEG XL"}
"""Codings of `transfer-syntaxes.tsv` that have a codestream, as they are called in sentences."""

_BEGINNINGS = {
    "jpeg": (b"\xff\xd8",),
    "jpeg-ls": (b"\xff\xd8",),
    "jpeg-2000": (b"\xff\x4f\xff\x51", b"\0\0\0\x0cjP  "),
    "jpeg-xl": (b"\xff\x0a", b"\0\0\0\x0cJXL "),
}

_SOF = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
"""Markers of a frame header: which process, Huffman or arithmetic coding."""
_SOF_LS = 0xF7
_ALONE = {0x01, *range(0xD0, 0xDA)}
"""Markers without a segment."""
_RGB_IDS = (b"RGB", b"rgb")


class Codestream(NamedTuple):
    """What a compressed frame says about itself."""

    rows: int
    columns: int
    samples: int
    """Components of a pixel; 0 where it is not read (JPEG XL says it behind much else)."""
    precision: int
    """Bits of a sample."""
    signed: bool = False
    color: str = ""
    """'RGB' or 'YBR_FULL' where the codestream says what its decoded samples are; else ''."""
    planar: bool = False
    """Whether a decoder gives one component after the other."""


def begins(coding: str, data: bytes) -> bool:
    """Return whether these can be the first 16 bytes of a frame; never for codings that have no such beginning."""
    if coding == "rle":  # the number of segments, and where the first of them begins (PS3.5 §G.5)
        return 1 <= int.from_bytes(data[:4], "little") <= 15 and data[4:8] == b"\x40\0\0\0"
    return data.startswith(_BEGINNINGS.get(coding, ()))


def read_codestream(coding: str, data: bytes) -> Codestream:
    """Return what a frame says about itself.

    Parameters
    ----------
    coding : str
        A key of `NAMES`.

    Raises
    ------
    PixelDataError
        If the head of the codestream cannot be read, or is of a process that no decoder here knows.
    """
    readers = {"jpeg": _read_jpeg, "jpeg-ls": _read_jpeg, "jpeg-2000": _read_jpeg_2000, "jpeg-xl": _read_jpeg_xl}
    try:
        return readers[coding](data)
    except IndexError:  # the bytes end inside the head
        raise PixelDataError(f"The {NAMES[coding]} codestream ends within its head.") from None


def _number(data: bytes, at: int, length: int) -> int:
    """Return a big-endian number; raise IndexError where the bytes end before."""
    found = data[at : at + length]
    if len(found) < length:
        raise IndexError("the data end here")
    return int.from_bytes(found, "big")


# JPEG and JPEG-LS


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield marker, offset and end of every segment up to the first scan, that of the scan itself last."""
    at = 0
    while True:
        while _number(data, at, 1) != 0xFF:  # garbage between segments: decoders search on as well
            at += 1
        while _number(data, at, 1) == 0xFF:  # fill bytes
            at += 1
        marker = data[at]
        at += 1
        if marker == 0xD9:
            raise IndexError("the image ends before its first scan")
        if marker in _ALONE or not marker:
            continue
        length = _number(data, at, 2)
        yield marker, at + 2, at + length
        if marker == 0xDA:
            return
        at += length


def _read_jpeg(data: bytes) -> Codestream:
    if not begins("jpeg", data):
        raise PixelDataError("The frame is no JPEG: it does not begin with FF D8.")
    found: Codestream | None = None
    ids, adobe, jfif, interleave, process = b"", -1, False, 0, 0
    for marker, start, end in _segments(data):
        if marker in _SOF or marker == _SOF_LS:
            # The ninth to sixteenth processes are arithmetic, the fifth to eighth hierarchical (10918-1 Table B.1).
            if marker != _SOF_LS and marker > 0xC3:
                kind = "arithmetic coding" if marker >= 0xC9 else "the hierarchical mode"
                raise PixelDataError(f"The frame is JPEG with {kind}, which no decoder here knows.")
            process = marker
            precision, samples = _number(data, start, 1), _number(data, start + 5, 1)
            found = Codestream(_number(data, start + 1, 2), _number(data, start + 3, 2), samples, precision)
            ids = bytes(_number(data, start + 6 + 3 * index, 1) for index in range(samples))
        elif marker == 0xE0 and data[start : start + 4] == b"JFIF":
            jfif = True
        elif marker == 0xEE and data[start : start + 5] == b"Adobe" and end - start >= 12:
            adobe = _number(data, start + 11, 1)
        elif marker == 0xDC and found and not found.rows:
            found = found._replace(rows=_number(data, start, 2))
        elif marker == 0xDA:
            interleave = _number(data, start + 2 + 2 * _number(data, start, 1), 1)
    if found is None:
        raise PixelDataError("The JPEG codestream has no frame header.")
    if found.samples != 3:
        return found
    if process == _SOF_LS:
        return found._replace(planar=interleave == 0)
    color = ""
    if ids in _RGB_IDS:
        color = "RGB"
    elif adobe in (0, 1):
        color = "YBR_FULL" if adobe else "RGB"
    elif jfif and process != 0xC3:  # lossless processes transform nothing
        color = "YBR_FULL"
    return found._replace(color=color)


# JPEG 2000 and HTJ2K


def _read_jpeg_2000(data: bytes) -> Codestream:
    start = 0
    if data.startswith(b"\0\0\0\x0cjP  "):  # a JP2 file, which DICOM does not allow and some programs write
        start = _find_box(data, b"jp2c")
    if data[start : start + 4] != b"\xff\x4f\xff\x51":
        raise PixelDataError("The frame is no JPEG 2000: it does not begin with FF 4F FF 51.")
    size = start + 8  # behind the markers SOC and SIZ, the segment's length and the capabilities
    columns, rows, left, top = (_number(data, size + 4 * index, 4) for index in range(4))
    samples = _number(data, size + 32, 2)
    components = [data[size + 34 + 3 * index : size + 37 + 3 * index] for index in range(min(samples, 4))]
    if not samples or len(components[-1]) < 3:
        raise IndexError("the data end within SIZ")
    if len(set(components)) > 1 or components[0][1:] != b"\1\1":
        raise PixelDataError("The JPEG 2000 components differ in size or depth, which no decoder here knows.")
    depth = components[0][0]
    found = Codestream(rows - top, columns - left, samples, (depth & 0x7F) + 1, signed=depth > 0x7F)
    is_transformed = False
    at = start + 4 + _number(data, start + 4, 2)
    while data[at : at + 2] not in (b"\xff\x90", b""):
        marker, length = _number(data, at, 2), _number(data, at + 2, 2)
        if marker == 0xFF52:  # COD
            is_transformed = bool(_number(data, at + 8, 1))
        at += 2 + max(2, length)
    return found._replace(color="RGB") if is_transformed and samples == 3 else found


def _find_box(data: bytes, kind: bytes) -> int:
    """Return where the content of the first box of a kind begins (15444-1 §I.4, 18181-2 §9.1)."""
    at = 0
    while True:
        length, head = _number(data, at, 4), 8
        if length == 1:
            length, head = _number(data, at + 8, 8), 16
        if data[at + 4 : at + 8] == kind:
            return at + head
        at += max(head, length) if length else len(data)


# JPEG XL


class _Bits:
    """Reads bits, the lowest of a byte first."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def read(self, count: int) -> int:
        value = 0
        for place in range(count):
            value |= (self._data[self._at >> 3] >> (self._at & 7) & 1) << place
            self._at += 1
        return value

    def u32(self, *choices: tuple[int, int]) -> int:
        """Return a number in the form that the next two bits choose: an offset, and how many bits are added to it."""
        offset, count = choices[self.read(2)]
        return offset + self.read(count)


_RATIOS = ((0, 1), (1, 1), (6, 5), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))
"""Columns to rows."""


def _read_jpeg_xl_size(bits: _Bits) -> tuple[int, int]:
    """Return rows and columns."""
    is_small = bits.read(1)

    def read() -> int:
        return (bits.read(5) + 1) * 8 if is_small else bits.u32((1, 9), (1, 13), (1, 18), (1, 30))

    rows, ratio = read(), bits.read(3)
    return rows, rows * _RATIOS[ratio][0] // _RATIOS[ratio][1] if ratio else read()


def _read_jpeg_xl(data: bytes) -> Codestream:
    start = 0
    if data.startswith(b"\0\0\0\x0cJXL "):
        start = _find_box(data, b"jxlp") + 4 if b"jxlp" in data[:4096] else _find_box(data, b"jxlc")
    if data[start : start + 2] != b"\xff\x0a":
        raise PixelDataError("The frame is no JPEG XL: it does not begin with FF 0A.")
    bits = _Bits(data[start + 2 : start + 256])
    rows, columns = _read_jpeg_xl_size(bits)
    if bits.read(1):  # everything else as usual: 8 bits, colour
        return Codestream(rows, columns, 0, 8)
    if bits.read(1):
        if bits.read(3):
            raise PixelDataError("The frame is JPEG XL with an orientation of its own, which DICOM does not allow.")
        if bits.read(1):
            _read_jpeg_xl_size(bits)  # in which size it should be shown
        if bits.read(1) or bits.read(1):
            raise PixelDataError("The frame is JPEG XL with a preview or an animation, which DICOM does not allow.")
    if bits.read(1):
        raise PixelDataError("The frame is JPEG XL with floating point samples, which DICOM does not allow.")
    return Codestream(rows, columns, 0, bits.u32((8, 0), (10, 0), (12, 0), (1, 6)))
