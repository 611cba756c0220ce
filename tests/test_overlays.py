"""Overlays lie where their origin says, over the frames they belong to, whole or in the unused bits of the pixels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from tests.test_display import described, opened, phantom

SYNTAXES = [ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian]


def add(image: Dataset, bits: NDArray[Any], group: int = 0x6000, *, swapped: bool = False, **elements: Any) -> Dataset:
    """Add an overlay, (rows, columns) or (frames, rows, columns); elements by the four digits of their number."""
    data = np.packbits(bits.ravel().astype(np.uint8), bitorder="little").tobytes()
    data += b"\0" * (len(data) % 2)
    if swapped:
        data = np.frombuffer(data, ">u2").astype("<u2").tobytes()
    rows, columns = bits.shape[-2:]
    values = {"0010": ("US", rows), "0011": ("US", columns), "0040": ("CS", "G"), "0050": ("SS", [1, 1])}
    values |= {"0100": ("US", 1), "0102": ("US", 0), "3000": ("OW", data)}
    values |= {number.removeprefix("x"): value for number, value in elements.items()}
    for number, (vr, value) in values.items():
        if value is not None:
            image.add_new(group << 16 | int(number, 16), vr, value)
    return image


def plain(rows: int = 3, columns: int = 5, frames: int = 1) -> Dataset:
    image = phantom(np.zeros((rows, columns), np.uint8), NumberOfFrames=frames)
    image.PixelData = bytes(rows * columns * frames + rows * columns * frames % 2)
    return image


@pytest.mark.parametrize("syntax", SYNTAXES, ids=lambda uid: uid.keyword)
def test_a_plane_is_read_bit_by_bit(syntax: str) -> None:
    bits = np.eye(3, 5, dtype=np.uint8)
    image = add(plain(), bits, swapped=syntax == ExplicitVRBigEndian, x0022=("LO", "GRID"), x1500=("LO", "L"))
    found = opened(image, syntax)
    (plane,) = found.description.overlays
    assert (plane.group, plane.kind, plane.label, plane.description, plane.source) == (
        0x6000,
        "graphics",
        "L",
        "GRID",
        "plane",
    )
    (overlay,) = found.overlays(0)
    assert overlay.bits.tolist() == bits.tolist()
    assert overlay.problem == ""


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        ([2, 3], [[0, 0, 0, 0, 0], [0, 0, 1, 1, 0], [0, 0, 1, 1, 0]]),
        ([0, 0], [[1, 0, 0, 0, 0], [0, 0, 0, 0, 0], [0, 0, 0, 0, 0]]),
        ([3, 5], [[0, 0, 0, 0, 0], [0, 0, 0, 0, 0], [0, 0, 0, 0, 1]]),
        ([9, 9], [[0] * 5] * 3),
        ([-9, 1], [[0] * 5] * 3),
    ],
)
def test_a_plane_of_another_size_lies_where_its_origin_says(origin: list[int], expected: list[list[int]]) -> None:
    found = opened(add(plain(), np.ones((2, 2)), x0050=("SS", origin)))
    assert found.overlays(0)[0].bits.tolist() == expected


def test_frames_of_an_overlay_follow_each_other_without_a_gap() -> None:
    bits = np.random.default_rng(1).integers(0, 2, (2, 3, 5))
    image = add(plain(frames=4), bits, x0015=("IS", "2"), x0051=("US", 2))
    found = opened(image)
    assert [[overlay.bits.tolist() for overlay in found.overlays(frame)] for frame in range(4)] == [
        [],
        [bits[0].tolist()],
        [bits[1].tolist()],
        [],
    ]


def test_a_single_overlay_belongs_to_all_frames() -> None:
    found = opened(add(plain(frames=3), np.ones((3, 5))))
    assert [int(found.overlays(frame)[0].bits.sum()) for frame in range(3)] == [15] * 3


def test_several_groups_are_several_planes() -> None:
    image = add(add(plain(), np.ones((3, 5)), 0x6002, x0040=("CS", "R")), np.zeros((3, 5)), 0x601E)
    found = opened(image)
    assert [(plane.group, plane.kind) for plane in found.description.overlays] == [
        (0x6002, "region of interest"),
        (0x601E, "graphics"),
    ]
    assert [int(overlay.bits.sum()) for overlay in found.overlays(0)] == [15, 0]


@pytest.mark.parametrize("dtype", ["<u2", "<i2"])
def test_an_overlay_in_the_high_bits_is_told_from_the_pixels(dtype: str) -> None:
    # 12 bits stored; bit 15 holds the overlay: 0x8005 is a pixel of 5 under a set bit.
    stored = np.array([[5, 0x8005, 0x0FFF, 0x8000]], "<u2").view(dtype)
    image = phantom(stored, BitsStored=12)
    for number, vr, value in ((0x10, "US", 1), (0x11, "US", 4), (0x40, "CS", "G"), (0x50, "SS", [1, 1])):
        image.add_new(0x6000_0000 | number, vr, value)
    image.add_new(0x6000_0100, "US", 16)
    image.add_new(0x6000_0102, "US", 15)
    found = opened(image)
    assert found.description.overlays[0].source == "high bits"
    assert found.overlays(0)[0].bits.tolist() == [[0, 1, 0, 1]]
    assert found.frame(0).tolist() == [[5, 5, 0xFFF if dtype == "<u2" else -1, 0]]


@pytest.mark.parametrize(
    ("elements", "sentence"),
    [
        ({"x3000": ("OW", None)}, "Overlay 6000 has no data, and its bit 0 is one of the pixels; it is not drawn."),
        ({"x0010": ("US", 0)}, "Overlay 6000 says 0 rows × 5 columns; it is not drawn (PS3.3 §C.9.2)."),
        ({"x3000": ("OW", None), "x0102": ("US", 30)}, "Overlay 6000 has no data, and no bit of the pixels is named;"),
    ],
)
def test_an_overlay_that_cannot_be_drawn_is_said(elements: dict[str, Any], sentence: str) -> None:
    found = described(add(plain(), np.ones((3, 5)), **elements))
    assert found.drawable
    assert found.overlays == ()
    assert any(note.startswith(sentence) for note in found.notes), found.notes


def test_an_overlay_that_is_too_short_is_drawn_as_far_as_it_goes_and_said() -> None:
    found = opened(add(plain(16, 16), np.ones((16, 16)), x3000=("OW", b"\xff" * 4)))
    (overlay,) = found.overlays(0)
    assert int(overlay.bits.sum()) == 32
    assert overlay.problem == "(6000,3000) Overlay Data holds 4 bytes, 256 bits × 1 need 32."
