"""What a shutter covers is covered only when it is wanted, for text may stand behind it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom import Dataset

from pycore.pixels import Image
from tests.builders import data_set
from tests.test_display import opened, phantom
from tests.test_overlays import add

SIZE = 9


def image(**attributes: Any) -> Image:
    return opened(phantom(np.full((SIZE, SIZE), 200, np.uint8), WindowCenter=128, WindowWidth=256, **attributes))


def shown(found: Image, frame: int = 0) -> NDArray[np.bool_]:
    """Return which pixels can be seen, having checked that all can without the shutter."""
    whole = found.view(frame).picture().rgba[..., 0]
    assert (whole == 200).all()
    covered = found.view(frame, shutter=True).picture().rgba
    assert (covered[..., 3] == 255).all()
    seen: NDArray[np.bool_] = covered[..., 0] == 200
    return seen


def test_a_rectangle_shows_what_lies_within_and_on_its_edges() -> None:
    found = image(
        ShutterShape="RECTANGULAR",
        ShutterLeftVerticalEdge="2",
        ShutterRightVerticalEdge="5",
        ShutterUpperHorizontalEdge="3",
        ShutterLowerHorizontalEdge="8",
    )
    expected = np.zeros((SIZE, SIZE), bool)
    expected[2:8, 1:5] = True  # rows 3 to 8, columns 2 to 5, counted from 1
    np.testing.assert_array_equal(shown(found), expected)
    assert found.description.has_shutter


def test_a_circle_shows_what_lies_within_its_radius() -> None:
    found = image(ShutterShape="CIRCULAR", CenterOfCircularShutter=["5", "4"], RadiusOfCircularShutter="2")
    expected = [[(row - 5) ** 2 + (column - 4) ** 2 <= 4 for column in range(1, 10)] for row in range(1, 10)]
    assert shown(found).tolist() == expected


def test_a_circle_stays_round_where_pixels_are_not_square() -> None:
    found = image(
        ShutterShape="CIRCULAR",
        CenterOfCircularShutter=["5", "5"],
        RadiusOfCircularShutter="4",
        PixelAspectRatio=[2, 1],
    )
    seen = shown(found)
    assert seen[4].sum() == 9  # 4 columns to both sides
    assert seen[:, 4].sum() == 5  # 2 rows of double height up and down


def test_a_polygon_shows_what_lies_within_its_vertices() -> None:
    vertices = ["2", "2", "2", "8", "8", "8", "8", "2"]
    seen = shown(image(ShutterShape="POLYGONAL", VerticesOfThePolygonalShutter=vertices))
    assert seen[3, 3]
    assert seen[6, 6]
    assert not seen[0].any()
    assert not seen[:, 0].any()
    assert not seen[8].any()
    triangle = ["1", "1", "9", "1", "9", "9"]
    seen = shown(image(ShutterShape="POLYGONAL", VerticesOfThePolygonalShutter=triangle))
    assert not np.triu(seen, 2).any()
    assert seen[np.tril_indices(SIZE, -2)][:-SIZE].any()


def test_shapes_add_up_and_the_cover_has_the_stated_grey() -> None:
    found = image(
        ShutterShape=["RECTANGULAR", "CIRCULAR"],
        ShutterLeftVerticalEdge="5",
        CenterOfCircularShutter=["5", "5"],
        RadiusOfCircularShutter="3",
        ShutterPresentationValue=0x8080,
    )
    seen = shown(found)
    assert not seen[:, :4].any()
    assert not seen[0, 8]
    assert seen[4, 4]
    assert found.view(0, shutter=True).picture().rgba[0, 0].tolist() == [128, 128, 128, 255]


def test_a_bitmap_covers_where_bits_are_set() -> None:
    bits = np.eye(SIZE, dtype=np.uint8)
    data = phantom(
        np.full((SIZE, SIZE), 200, np.uint8),
        WindowCenter=128,
        WindowWidth=256,
        ShutterShape="BITMAP",
        ShutterOverlayGroup=0x6002,
    )
    np.testing.assert_array_equal(shown(opened(add(data, bits, 0x6002))), bits == 0)


@pytest.mark.parametrize("dtype", ["u2", "i2", "f4"])
def test_what_is_covered_does_not_depend_on_the_kind_of_pixels(dtype: str) -> None:
    stored = np.arange(SIZE * SIZE).reshape(SIZE, SIZE).astype(dtype) - (40 if dtype == "i2" else 0)
    data = phantom(stored, ShutterShape="RECTANGULAR", ShutterLeftVerticalEdge="5", ShutterPresentationValue=0xFFFF)
    found = opened(data)
    whole, covered = found.picture(0).rgba, found.view(0, shutter=True).picture().rgba
    np.testing.assert_array_equal(covered[:, 4:], whole[:, 4:])
    assert (covered[:, :4] == 255).all()


def test_a_color_image_is_covered_too() -> None:
    found = opened(phantom(np.full((4, 4, 3), 9, np.uint8), ShutterShape="RECTANGULAR", ShutterLeftVerticalEdge="3"))
    rgba = found.view(0, shutter=True).picture().rgba
    assert rgba[0, :, 0].tolist() == [0, 0, 9, 9]


def test_every_frame_has_the_shutter_of_its_functional_group() -> None:
    def group(left: str) -> Dataset:
        item = data_set(ShutterShape="RECTANGULAR", ShutterLeftVerticalEdge=left)
        return data_set(FrameDisplayShutterSequence=[item])

    data = phantom(np.full((2 * SIZE, SIZE), 200, np.uint8), WindowCenter=128, WindowWidth=256, NumberOfFrames=2)
    data.Rows = SIZE
    data.PerFrameFunctionalGroupsSequence = [group("2"), group("6")]
    found = opened(data)
    assert [int(shown(found, frame)[0].sum()) for frame in (0, 1)] == [8, 4]


def test_an_object_without_shutter_has_none() -> None:
    assert not image().description.has_shutter
