"""A zip that holds itself: what its one entry inflates to is the zip, to the last byte, its CRC-32 too.

After "Zip Files All The Way Down" (R. Cox, 2010): Deflate is a language of two instructions, each of them five bytes
here. `L` prints the bytes behind it, `R` prints the last bytes once more, and this programme of them prints itself:

    zip's header  L[header, L]  R1  L[R1]  L[L]  L[R1 L L L]  R  L[R L R L]  R  L[R nothing nothing L]  R  nothing
    nothing  L[R2 rest]  R2  rest

`rest` is the last, empty block and the directory.
"""

from __future__ import annotations

import struct
import zlib

_NAME = b"a-zip-that-holds-itself-01.zip"
"""With it the header and an instruction are 65 bytes: so many can be repeated by an instruction of five bytes."""
_COMMENT = b"it holds itself."
_UNIT = 5


def quine_zip() -> bytes:
    """Return the zip; the CRC-32 is a linear function of the CRC-32 written in it, and solved for."""
    base = zlib.crc32(_zip_with(0))
    # What each bit of the one changes in both, and the bit.
    rows = [(zlib.crc32(_zip_with(1 << bit)) ^ base ^ 1 << bit, 1 << bit) for bit in range(32)]
    crc, rest = 0, base
    for bit in range(32):
        pivot = next((row for row in rows if row[0] >> bit & 1), None)
        if pivot is None:
            continue
        rows.remove(pivot)
        rows = [(row[0] ^ pivot[0], row[1] ^ pivot[1]) if row[0] >> bit & 1 else row for row in rows]
        if rest >> bit & 1:
            rest, crc = rest ^ pivot[0], crc ^ pivot[1]
    assert rest == 0, "another comment has a solution"
    return _zip_with(crc)


def _zip_with(crc: int) -> bytes:
    size = stream_size = 0
    for _ in range(2):  # the second time the sizes are known
        facts = struct.pack("<2H3L2H", 0, 0x5821, crc, stream_size, size, len(_NAME), 0)
        head = struct.pack("<4s3H", b"PK\3\4", 20, 0, 8) + facts + _NAME
        row = struct.pack("<4s4H", b"PK\1\2", 20, 20, 0, 8) + facts + struct.pack("<3H2L", 0, 0, 0, 0, 0) + _NAME
        start = len(head) + stream_size
        end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, len(row), start, len(_COMMENT)) + _COMMENT
        last_block = b"\1\0\0\xff\xff"
        stream = _stream(head, last_block + row + end) + last_block
        whole = head + stream + row + end
        size, stream_size = len(whole), len(stream)
    return whole


def _stream(head: bytes, rest: bytes) -> bytes:
    """Return the instructions without the last block."""
    of_head, of_rest = _print(len(head) + _UNIT), _print(_UNIT + len(rest))
    again_head, again_rest = _repeat_head(len(head) + _UNIT), _repeat_rest(_UNIT + len(rest), rest[-1])
    again = _Bits().begin().copy(10, 20).copy(10, 20).end().to_unit()
    one, four, nothing = _print(_UNIT), _print(4 * _UNIT), _print(0)
    return b"".join(
        (
            of_head + head + of_head,
            again_head,
            one + again_head,
            one + one,
            four + again_head + one + one + four,
            again,
            four + again + four + again + four,
            again,
            four + again + nothing + nothing + of_rest,
            again,
            nothing + nothing,
            of_rest + again_rest + rest,
            again_rest,
        )
    )


def _print(count: int) -> bytes:
    """Return a stored block's header (RFC 1951 §3.2.4)."""
    return struct.pack("<BHH", 0, count, count ^ 0xFFFF)


class _Bits:
    """Bits as Deflate writes them, the lowest first; Huffman codes the other way round (RFC 1951 §3.1.1)."""

    def __init__(self) -> None:
        self.text = ""

    def number(self, value: int, count: int) -> _Bits:
        self.text += format(value, f"0{count}b")[::-1] if count else ""
        return self

    def code(self, value: int, count: int) -> _Bits:
        self.text += format(value, f"0{count}b")
        return self

    def begin(self) -> _Bits:
        """Begin a block of fixed codes that is not the last."""
        return self.number(0, 1).number(1, 2)

    def end(self) -> _Bits:
        return self.code(0, 7)

    def literal(self, byte: int) -> _Bits:
        assert byte < 144
        return self.code(0x30 + byte, 8)

    def copy(self, length: int, distance: int) -> _Bits:
        """Copy by the tables of RFC 1951 §3.2.5, as far as they are needed here."""
        code, extra, first = next(row for row in _LENGTHS if row[2] <= length < row[2] + (1 << row[1]))
        self.code(code - 256, 7) if code < 280 else self.code(0xC0 + code - 280, 8)
        self.number(length - first, extra)
        code, extra, first = next(row for row in _DISTANCES if row[2] <= distance < row[2] + (1 << row[1]))
        return self.code(code, 5).number(distance - first, extra)

    def to_unit(self) -> bytes:
        assert len(self.text) == 8 * _UNIT
        return int(self.text[::-1], 2).to_bytes(_UNIT, "little")


_LENGTHS = ((264, 0, 10), (276, 3, 59), (280, 4, 115))
_DISTANCES = ((8, 3, 17), (12, 5, 65), (13, 5, 97))
"""Code, extra bits, and the first length or distance."""


def _repeat_head(count: int) -> bytes:
    return _Bits().begin().copy(count, count).end().begin().end().to_unit()


def _repeat_rest(count: int, last: int) -> bytes:
    return _Bits().begin().copy(count - 1, count).literal(last).end().to_unit()
