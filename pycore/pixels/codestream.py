"""One compressed frame -> what it says about itself, read from the head of its codestream; nothing is decoded here.

JPEG and JPEG-LS: ISO/IEC 10918-1 §B, 14495-1 §C. JPEG 2000 and HTJ2K: ISO/IEC 15444-1 §A. JPEG XL: ISO/IEC 18181-1 §9,
§D. The header of the data set and the codestream may contradict each other; who decodes must know before, because a
decoder believes the codestream and writes as many samples as that says.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import pairwise
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
    packets: int = 0
    """Of JPEG 2000, how many there are to be; each takes a byte at least (15444-1 §B.9, §B.10)."""


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


def scan_ends(data: bytes) -> Iterator[int]:
    """Yield where the coded bits of each scan of JPEG-LS end: before FF and a byte above 7F (14495-1 §C.1)."""
    at = 0
    while True:
        try:
            *_, (_, _, at) = _segments(data, at)
        except IndexError:  # no further scan
            return
        marker = _MARKER.search(data, at)
        at = marker.start() if marker else len(data)
        yield at


_MARKER = re.compile(rb"\xff[\x80-\xff]")


def _segments(data: bytes, at: int = 0) -> Iterator[tuple[int, int, int]]:
    """Yield marker, offset and end of every segment up to the next scan, that of the scan itself last."""
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
    columns, rows, left, top, *tiling = (_number(data, size + 4 * index, 4) for index in range(8))
    samples = _number(data, size + 32, 2)
    components = [data[size + 34 + 3 * index : size + 37 + 3 * index] for index in range(min(samples, 4))]
    if not samples or len(components[-1]) < 3:
        raise IndexError("the data end within SIZ")
    if len(set(components)) > 1 or components[0][1:] != b"\1\1":
        raise PixelDataError("The JPEG 2000 components differ in size or depth, which no decoder here knows.")
    depth = components[0][0]
    codings, is_transformed, at = _read_codings(data, start + 4 + _number(data, start + 4, 2), samples)
    return Codestream(
        rows - top,
        columns - left,
        samples,
        (depth & 0x7F) + 1,
        signed=depth > 0x7F,
        color="RGB" if is_transformed and samples == 3 else "",
        packets=_count_packets(
            _Grid(left, top, columns, rows, *tiling),
            samples,
            codings,
            _read_tile_codings(data, at, samples),
            len(data),
        ),
    )


class _Grid(NamedTuple):
    """Where image and tiles lie on the reference grid (15444-1 §A.5.1, §B.2): edges, sizes and offsets in pixels."""

    left: int
    top: int
    right: int
    bottom: int
    tile_width: int
    tile_height: int
    tile_left: int
    tile_top: int


_Precincts = tuple[tuple[int, int], ...]
"""Exponents of their width and height, for each resolution, the lowest first."""


class _Codings(NamedTuple):
    """How the components are cut into packets (15444-1 §A.6.1, §A.6.2), as one header says."""

    layers: int
    """0 where the header does not say."""
    usual: _Precincts
    own: Mapping[int, _Precincts]
    """Those of components that have their own."""

    def of_tile(self, tile: _Codings) -> _Codings:
        """Return what holds for a tile whose own header says more: its COC, then its COD, then those of the image."""
        if not tile.layers:
            return self._replace(own={**self.own, **tile.own})
        return tile

    def cuts(self, samples: int) -> Iterator[tuple[_Precincts, int]]:
        """Yield each way of cutting, and how many components are cut so."""
        yield self.usual, samples - len(self.own)
        yield from Counter(self.own.values()).items()


def _read_codings(data: bytes, at: int, samples: int) -> tuple[_Codings, bool, int]:
    """Return how components are coded, whether they are transformed, and where the main header ends."""
    said, is_transformed, at = _read_coding_segments(data, at, samples, b"\xff\x90")
    return said._replace(layers=said.layers or 1), is_transformed, at


def _read_coding_segments(data: bytes, at: int, samples: int, end: bytes) -> tuple[_Codings, bool, int]:
    usual: _Precincts = ((15, 15),)
    layers, is_transformed = 0, False
    own: dict[int, _Precincts] = {}
    wide = 2 if samples > 256 else 1
    while data[at : at + 2] not in (end, b""):
        marker, length = _number(data, at, 2), _number(data, at + 2, 2)
        if marker == 0xFF52:  # COD
            usual = _read_precincts(data, at + 9, _number(data, at + 4, 1))
            layers = max(1, _number(data, at + 6, 2))
            is_transformed = bool(_number(data, at + 8, 1))
        elif marker == 0xFF53:  # COC
            behind, component = at + 4 + wide, _number(data, at + 4, wide)
            if component < samples:
                own[component] = _read_precincts(data, behind + 1, _number(data, behind, 1))
        at += 2 + max(2, length)
    return _Codings(layers, usual, own), is_transformed, at


def _read_tile_codings(data: bytes, at: int, samples: int) -> Mapping[int, _Codings]:
    """Return what the headers of tile-parts say of their tiles, by the number of the tile (15444-1 §A.4.2)."""
    found: dict[int, _Codings] = {}
    while data[at : at + 2] == b"\xff\x90":
        tile, length = int.from_bytes(data[at + 4 : at + 6], "big"), int.from_bytes(data[at + 6 : at + 10], "big")
        try:
            said, _, _ = _read_coding_segments(data, at + 12, samples, b"\xff\x93")
        except IndexError:  # what is cut off here, the decoder draws up to here
            break
        if said.layers or said.own:
            before = found.get(tile)
            if before is not None:
                said = (said if said.layers else before)._replace(own={**before.own, **said.own})
            found[tile] = said
        if not length:  # up to the end
            break
        at += max(12, length)
    return found


def _read_precincts(data: bytes, at: int, style: int) -> _Precincts:
    """Return the exponents, from where the number of decomposition levels stands."""
    resolutions = _number(data, at, 1) + 1
    if not style & 1:
        return ((15, 15),) * resolutions
    sizes = [_number(data, at + 5 + index, 1) for index in range(resolutions)]
    return tuple((size & 15, size >> 4) for size in sizes)


def _count_packets(grid: _Grid, samples: int, codings: _Codings, tiles: Mapping[int, _Codings], most: int) -> int:
    """Return how many packets the codestream is to hold; where tiles alone are more than `most`, how many tiles.

    Parameters
    ----------
    tiles : mapping
        What tiles say of themselves, by their number.
    most : int
        How many there can be; of more, not all may be counted.
    """
    if not grid.tile_width or not grid.tile_height:
        raise PixelDataError("The JPEG 2000 codestream has tiles without a size.")
    across = _edges(grid.left, grid.right, grid.tile_left, grid.tile_width, most)
    down = _edges(grid.top, grid.bottom, grid.tile_top, grid.tile_height, most)
    columns, rows = max(0, len(across) - 1), max(0, len(down) - 1)
    if columns * rows > most:
        return columns * rows
    usual = _count_in(across, down, samples, codings)
    least, total = 0, usual
    for number, tile in tiles.items():
        row, column = divmod(number, columns) if columns else (rows, 0)
        if row >= rows:
            continue
        edges = across[column : column + 2], down[row : row + 2]
        own = _count_in(*edges, samples, codings.of_tile(tile))
        total += own - _count_in(*edges, samples, codings)
        least += own
        if least > most:  # which also bounds for how many tiles this is worked out
            return least
    return total


def _count_in(across: list[int], down: list[int], samples: int, codings: _Codings) -> int:
    """Return how many packets tiles have that are coded alike."""
    return codings.layers * sum(
        _count_precincts(across, level, wide) * _count_precincts(down, level, high) * components
        for precincts, components in codings.cuts(samples)
        for level, (wide, high) in enumerate(reversed(precincts))
    )


def _edges(start: int, stop: int, offset: int, step: int, most: int) -> list[int]:
    """Return where tiles begin along one axis, and where the last of them ends; not many more than `most`."""
    inner = range(offset + step * max(1, (start - offset) // step + 1), stop, step)
    return [start, *inner[: most + 1], stop] if start < stop else []


def _count_precincts(edges: list[int], level: int, exponent: int) -> int:
    """Return how many precincts all tiles have along one axis, so many levels below full size (15444-1 §B.5, §B.6)."""
    scaled = [-(-edge >> level) for edge in edges]
    return sum(-(-stop >> exponent) - (start >> exponent) for start, stop in pairwise(scaled) if start < stop)


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
