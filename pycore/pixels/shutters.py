"""Display shutters: what of a frame is covered (PS3.3 §C.7.6.11, §C.7.6.15, §C.7.6.16.2.16).

A shutter hides for the eye only: the pixels behind it are in the file and may show text. So it is a mask, applied when
the user wants it. Shapes add up: what any of them covers is covered.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset

from pycore.pixels.attributes import Description, Header, frame_sources, numbers, texts
from pycore.pixels.overlays import read_overlays


class Shutter(NamedTuple):
    """The covered part of a frame."""

    mask: NDArray[np.bool_]
    """(rows, columns); True is covered."""
    gray: int
    """0 to 255, with which it is covered."""


def add_shutter(description: Description, header: Header) -> Description:
    """Return the description, saying whether the first frame has a shutter."""
    return replace(description, has_shutter=_find_shutter(header, 0) is not None)


def read_shutter(header: Header, description: Description, frame: int) -> Shutter | None:
    """Return what is covered of a frame; None where nothing says so."""
    item = _find_shutter(header, frame)
    if item is None:
        return None
    covered = np.zeros((description.rows, description.columns), np.bool_)
    for shape in texts(item, "ShutterShape"):
        if shape.upper() == "RECTANGULAR":
            _cover_outside_rectangle(covered, item)
        elif shape.upper() == "CIRCULAR":
            _cover_outside_circle(covered, item, description.pixel_aspect)
        elif shape.upper() == "POLYGONAL":
            _cover_outside_polygon(covered, item)
        elif shape.upper() == "BITMAP":
            group = numbers(item, "ShutterOverlayGroup", [])
            for overlay in read_overlays(header, description, frame):
                if group and overlay.plane.group == int(group[0]):
                    covered |= overlay.bits.astype(np.bool_)
    return Shutter(covered, _read_gray(item))


def _find_shutter(header: Header, frame: int) -> Dataset | None:
    for item in frame_sources(header, frame, "FrameDisplayShutterSequence"):
        if texts(item, "ShutterShape"):
            return item
    return None


def _read_gray(item: Dataset) -> int:
    """Return Shutter Presentation Value, else the lightness of the colour, from 0 to 65535, as 0 to 255."""
    value = numbers(item, "ShutterPresentationValue", []) or numbers(item, "ShutterPresentationColorCIELabValue", [])
    return round(min(max(value[0], 0), 65535) / 257) if value else 0


def _cover_outside_rectangle(covered: NDArray[np.bool_], item: Dataset) -> None:
    """Edges are columns and rows from 1; what lies on an edge is shown."""
    edges = {}
    for side in ("LeftVertical", "RightVertical", "UpperHorizontal", "LowerHorizontal"):
        if found := numbers(item, f"Shutter{side}Edge", []):
            edges[side] = int(found[0])
    covered[:, : max(0, edges.get("LeftVertical", 1) - 1)] = True
    covered[: max(0, edges.get("UpperHorizontal", 1) - 1)] = True
    if "RightVertical" in edges:
        covered[:, max(0, edges["RightVertical"]) :] = True
    if "LowerHorizontal" in edges:
        covered[max(0, edges["LowerHorizontal"]) :] = True


def _cover_outside_circle(covered: NDArray[np.bool_], item: Dataset, aspect: tuple[float, float]) -> None:
    """Center is row and column from 1, the radius counts pixels along a row (§C.7.6.11)."""
    center, radius = numbers(item, "CenterOfCircularShutter", []), numbers(item, "RadiusOfCircularShutter", [])
    if len(center) != 2 or not radius:
        return
    rows, columns = covered.shape
    down = (np.arange(1, rows + 1) - center[0]) * (aspect[0] / aspect[1])
    across = np.arange(1, columns + 1) - center[1]
    covered |= down[:, None] ** 2 + across[None, :] ** 2 > radius[0] ** 2


def _cover_outside_polygon(covered: NDArray[np.bool_], item: Dataset) -> None:
    """Vertices are row and column from 1, one after the other; the last is joined to the first."""
    found = numbers(item, "VerticesOfThePolygonalShutter", [])
    points = np.array(found[: len(found) // 2 * 2]).reshape(-1, 2) - 1
    if len(points) < 3:
        return
    rows, columns = covered.shape
    # Along a row, inside and outside change places at each edge: note where, then carry it on to the right.
    changes = np.zeros((rows, columns + 1), np.bool_)
    for (top, left), (bottom, right) in zip(points, np.roll(points, -1, axis=0), strict=True):
        if top == bottom:
            continue
        if top > bottom:
            top, left, bottom, right = bottom, right, top, left
        crossed = np.arange(max(0, int(np.ceil(top))), min(rows, int(np.ceil(bottom))))
        at = left + (crossed - top) * (right - left) / (bottom - top)
        changes[crossed, np.clip(np.ceil(at), 0, columns).astype(np.intp)] ^= True
    covered |= ~np.logical_xor.accumulate(changes, axis=1)[:, :columns]
