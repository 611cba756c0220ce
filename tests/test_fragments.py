"""Encapsulated Pixel Data -> the bytes of a frame: every way to say where it lies, and tables that lie."""

from __future__ import annotations

import io
import itertools
import struct
from collections.abc import Sequence

import pytest

from pycore.errors import PixelDataError
from pycore.pixels.codestream import begins, read_codestream
from pycore.pixels.fragments import Fragments
from pycore.pixels.source import BoundedReader

ITEM = b"\xfe\xff\x00\xe0"
END = b"\xfe\xff\xdd\xe0\0\0\0\0"
BEFORE = b"what precedes Pixel Data"


def frame(number: int, parts: int = 1) -> list[bytes]:
    """Return the fragments of a frame that begins like a JPEG, of its own length, an even one."""
    whole = b"\xff\xd8" + bytes([number]) * (20 + 2 * number) + b"\xff\xd9"
    cuts = [len(whole) * part // parts // 2 * 2 for part in range(parts + 1)]
    return [whole[start:stop] for start, stop in itertools.pairwise(cuts)]


def pixel_data(frames: Sequence[Sequence[bytes]], table: Sequence[int] | None = None, end: bytes = END) -> bytes:
    """Return an encapsulated value; the offset table is empty, or what is given."""
    offsets = struct.pack(f"<{len(table or ())}L", *(table or ()))
    items = [offsets, *(fragment for one in frames for fragment in one)]
    return b"".join(ITEM + struct.pack("<L", len(item)) + item for item in items) + end


def true_table(frames: Sequence[Sequence[bytes]]) -> list[int]:
    table, at = [], 0
    for one in frames:
        table.append(at)
        at += sum(8 + len(fragment) for fragment in one)
    return table


def opened(value: bytes, coding: str = "jpeg", extended: Sequence[int] = ()) -> Fragments:
    file = BoundedReader(io.BytesIO(BEFORE + value))
    table = struct.pack(f"<{len(extended)}Q", *extended)
    return Fragments(file, len(BEFORE), lambda data: begins(coding, data), table)


def read(found: Fragments, number: int, frames: int) -> bytes:
    return found.read_frame(number, frames, 1 << 20)


@pytest.mark.parametrize("parts", [1, 2, 5])
@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 0, 2, 1), (2, 2, 3)])
@pytest.mark.parametrize("table", ["none", "basic", "extended"])
def test_frames_are_found_in_any_order_by_any_table(table: str, order: Sequence[int], parts: int) -> None:
    frames = [frame(number, 1 if table == "extended" else parts) for number in range(4)]
    offsets = true_table(frames)
    found = opened(
        pixel_data(frames, offsets if table == "basic" else None), extended=offsets if table == "extended" else ()
    )
    for number in order:
        assert read(found, number, 4) == b"".join(frames[number])


@pytest.mark.parametrize(
    "lie",
    [
        lambda table: [offset + 2 for offset in table],
        lambda table: [0] * len(table),
        lambda table: table[:2],
        lambda table: [0, *(1 << 31 for _ in table[1:])],
        lambda table: [*table[:1], *table[:0:-1]],
        lambda table: [table[0], table[1] + 8, *table[2:]],
    ],
    ids=["beside", "all the same", "too few", "beyond the end", "in another order", "one beside"],
)
@pytest.mark.parametrize("parts", [1, 3])
def test_a_lying_basic_table_misleads_nobody(parts: int, lie: object) -> None:
    frames = [frame(number, parts) for number in range(4)]
    assert callable(lie)
    found = opened(pixel_data(frames, lie(true_table(frames))))
    assert [read(found, number, 4) for number in range(4)] == [b"".join(one) for one in frames]


def test_a_lying_extended_table_misleads_nobody() -> None:
    frames = [frame(number) for number in range(3)]
    for extended in ([5, 6, 7], [0, 0, 0], [1 << 40, 1 << 41, 1 << 42]):
        found = opened(pixel_data(frames), extended=extended)
        assert [read(found, number, 3) for number in range(3)] == [b"".join(one) for one in frames]


def test_a_single_frame_is_all_fragments_and_two_beginnings_are_two_frames() -> None:
    assert read(opened(pixel_data([frame(1, 4)])), 0, 1) == b"".join(frame(1))
    assert opened(pixel_data([frame(1, 4)])).count_frames(1) == 1
    assert opened(pixel_data([frame(1, 2), frame(2, 2)])).count_frames(1) == 2


def test_fragments_of_an_odd_length_are_read_with_and_without_their_padding() -> None:
    odd = [b"\xff\xd8odd\xff\xd9", b"\xff\xd8even\xff\xd9"]
    padded = b"".join(ITEM + struct.pack("<L", len(one)) + one + b"\0" * (len(one) % 2) for one in (b"", *odd)) + END
    bare = b"".join(ITEM + struct.pack("<L", len(one)) + one for one in (b"", *odd)) + END
    for value in (padded, bare):
        found = opened(value)
        assert [read(found, number, 2) for number in range(2)] == odd


def test_a_frame_that_is_not_there_is_refused_with_what_was_found() -> None:
    found = opened(pixel_data([frame(number) for number in range(3)]))
    with pytest.raises(PixelDataError, match=r"^Frame 8 is not there: 3 of 9 frames were found in 3 fragments\.$"):
        read(found, 7, 9)


def test_a_cut_off_fragment_is_refused_with_what_is_there() -> None:
    value = pixel_data([frame(0), frame(1)])[: -len(END) - 10]
    found = opened(value)
    assert read(found, 0, 2) == b"".join(frame(0))
    with pytest.raises(PixelDataError, match=r"^Frame 2 is cut off: a fragment states 26 bytes, 16 are there\.$"):
        read(found, 1, 2)


def test_a_lying_length_is_refused_before_it_is_read() -> None:
    value = pixel_data([[b"\xff\xd8"]]).replace(
        struct.pack("<L", 2) + b"\xff\xd8", struct.pack("<L", 1 << 31) + b"\xff\xd8"
    )
    with pytest.raises(PixelDataError, match=r"holds 2,147,483,648 bytes; it can need at most 1,048,576\.$"):
        read(opened(value), 0, 1)


def test_what_is_no_sequence_of_fragments_is_refused() -> None:
    for value in (b"", b"\xff\xd8\xff\xe0", ITEM):
        with pytest.raises(PixelDataError, match="not a sequence of fragments"):
            opened(value).count_frames(1)


@pytest.mark.parametrize("coding", ["jpeg", "jpeg-ls", "jpeg-2000", "jpeg-xl"])
@pytest.mark.parametrize(
    "data", [b"", b"\xff", b"\xff\xd8", b"\xff\x4f\xff\x51", b"\xff\x0a", bytes(100), b"\xff" * 99]
)
def test_a_broken_head_is_a_sentence(coding: str, data: bytes) -> None:
    with pytest.raises(PixelDataError, match=r"^The .*\.$"):
        read_codestream(coding, data)
