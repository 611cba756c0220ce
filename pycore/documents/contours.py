"""Contours of structure sets -> lines in the pixels of one image (PS3.3 §C.8.8.6, §C.7.6.2).

A contour belongs on an image when it names it, or when it lies in the image's slice in the same Frame of Reference. Of
one structure, those that name the image are drawn, else those of the plane nearest to the middle of the slice: five
planes of 1 mm in a slice of 5 mm would be five outlines of one organ.
Coordinates are columns and rows of the image; the centre of the first pixel is at (0.5, 0.5).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from pycore.documents.blocks import Run
from pycore.documents.data_set import EMPTY, DataSet
from pycore.documents.radiotherapy import by_number, roi_color

MAX_POINTS = 200_000
"""Of all lines on one image."""
_DEFAULT_HALF_MM = 0.5
"""How far from the plane of an image of unknown thickness a contour may lie."""
_SLACK_MM = 0.01  # of decimal numbers that were cut to 16 characters, on both sides

Vector = tuple[float, float, float]


class Plane(NamedTuple):
    """Where a frame lies in the patient (PS3.3 §C.7.6.2.1.1)."""

    origin: Vector
    """Of the centre of the first pixel, mm."""
    along_row: Vector
    """Unit vector in the direction of increasing columns."""
    along_column: Vector
    row_spacing: float
    """Between the centres of neighbouring rows, mm."""
    column_spacing: float
    half_mm: float
    """Half of what the slice stands for: how far from it a contour still lies in it."""

    def locate(self, point: Vector) -> tuple[float, float, float]:
        """Return column, row and distance from the plane in mm."""
        away = _minus(point, self.origin)
        column = _dot(away, self.along_row) / self.column_spacing + 0.5
        row = _dot(away, self.along_column) / self.row_spacing + 0.5
        return column, row, _dot(away, _cross(self.along_row, self.along_column))


@dataclass(frozen=True, slots=True)
class Outline:
    """A contour on an image."""

    structure: int
    """ROI Number."""
    name: Run
    color: str
    closed: bool
    points: tuple[tuple[float, float], ...]
    """Column and row."""


class _Contour(NamedTuple):
    number: int
    item: DataSet
    images: frozenset[tuple[str, int]]
    """SOP Instance UID and frame number of the images that it names; frame 0 for all."""
    first: Vector | None


class _Located(NamedTuple):
    contour: _Contour
    is_named: bool
    """Whether it names the image."""
    distance: float
    """From the plane, mm, with its sign; to a tenth, so that contours of one plane agree."""
    points: tuple[tuple[float, float, float], ...]
    """As `Plane.locate` gives them."""


class StructureSet:
    """The contours of one structure set, ready to be asked for by image."""

    def __init__(self, data_set: DataSet) -> None:
        self._structures = by_number(data_set.items("StructureSetROISequence"), "ROINumber")
        self._drawn = by_number(data_set.items("ROIContourSequence"), "ReferencedROINumber")
        self._contours = [
            _read_contour(number, item)
            for number, drawn in self._drawn.items()
            for item in drawn.items("ContourSequence")
        ]
        frames = [item.text("FrameOfReferenceUID") for item in data_set.items("ReferencedFrameOfReferenceSequence")]
        self._frame_of_reference = frames[0] if len(set(frames)) == 1 else ""

    def outlines(self, image: DataSet, frame: int) -> tuple[list[Outline], list[str]]:
        """Return the contours on a frame of an image, and sentences about those that cannot be drawn as they say."""
        plane = plane_of(image, frame)
        uid = image.text("SOPInstanceUID")
        named = [one for one in self._contours if _names(one, uid, frame)]
        if plane is None:
            sentence = "The image does not say where it lies in the patient, so that contours cannot be drawn on it."
            return [], [sentence] if named else []
        found, notes, left = [], [], MAX_POINTS
        for contour in self._contours:
            is_named = _names(contour, uid, frame)
            if not is_named and not self._may_lie_in(contour, plane, image):
                continue
            located = [plane.locate(point) for point in _points(contour.item)]
            off = max((abs(distance) for _, _, distance in located), default=0.0)
            is_in = off <= plane.half_mm + _SLACK_MM
            if not located or (not is_named and not is_in):
                continue
            if not is_in:
                notes.append(f"A contour of structure {contour.number} names this image and lies {off:.1f} mm off it.")
            left -= len(located)
            if left < 0:
                notes.append(f"There are more than {MAX_POINTS:,} points on this image: not all contours are drawn.")
                break
            found.append(_Located(contour, is_named, round(located[0][2], 1), tuple(located)))
        return [self._outline(one) for one in _only_nearest(found)], list(dict.fromkeys(notes))

    def _outline(self, located: _Located) -> Outline:
        contour = located.contour
        name = self._structures.get(contour.number, EMPTY).run("ROIName")
        return Outline(
            structure=contour.number,
            name=name if name.text else Run(f"structure {contour.number}"),
            color=roi_color(self._drawn[contour.number]),
            closed=contour.item.text("ContourGeometricType").startswith("CLOSED"),
            points=tuple((round(column, 2), round(row, 2)) for column, row, _ in located.points),
        )

    def _may_lie_in(self, contour: _Contour, plane: Plane, image: DataSet) -> bool:
        if contour.first is None or abs(plane.locate(contour.first)[2]) > plane.half_mm + _SLACK_MM:
            return False
        structure = self._structures.get(contour.number, EMPTY)
        frame = structure.text("ReferencedFrameOfReferenceUID") or self._frame_of_reference
        return bool(frame) and frame == image.text("FrameOfReferenceUID")


def _only_nearest(located: list[_Located]) -> Iterator[_Located]:
    """Yield those that name the image, and of each structure without such those of the nearest plane."""
    nearest: dict[int, tuple[bool, float, float]] = {}
    for one in located:
        rank = not one.is_named, abs(one.distance), one.distance
        nearest[one.contour.number] = min(rank, nearest.get(one.contour.number, rank))
    for one in located:
        others_name, _, distance = nearest[one.contour.number]
        if one.is_named or (others_name and one.distance == distance):
            yield one


def plane_of(image: DataSet, frame: int) -> Plane | None:
    """Return where a frame lies; None where the image does not say, or says what cannot be.

    Parameters
    ----------
    frame : int
        From 0.
    """
    own = image.items("PerFrameFunctionalGroupsSequence")
    groups = (own[frame] if 0 <= frame < len(own) else EMPTY, image.item("SharedFunctionalGroupsSequence"))
    position = _find(groups, "PlanePositionSequence", image, "ImagePositionPatient")
    orientation = _find(groups, "PlaneOrientationSequence", image, "ImageOrientationPatient")
    spacing = _find(groups, "PixelMeasuresSequence", image, "PixelSpacing")
    if len(position) != 3 or len(orientation) != 6 or len(spacing) != 2 or min(spacing) <= 0:
        return None
    along_row, along_column = _unit(orientation[:3]), _unit(orientation[3:])
    if along_row is None or along_column is None or abs(_dot(along_row, along_column)) > 0.01:
        return None
    origin: Vector = (position[0], position[1], position[2])
    offsets = image.numbers("GridFrameOffsetVector")
    if 0 <= frame < len(offsets):
        normal = _cross(along_row, along_column)
        # Relative to the first frame where the first is 0; else the third coordinates themselves (PS3.3 §C.8.8.3.2).
        step = offsets[frame] if offsets[0] == 0 else (offsets[frame] - origin[2]) * (1.0 if normal[2] >= 0 else -1.0)
        origin = (origin[0] + normal[0] * step, origin[1] + normal[1] * step, origin[2] + normal[2] * step)
    return Plane(origin, along_row, along_column, spacing[0], spacing[1], _half(image, groups, offsets))


def _find(groups: tuple[DataSet, ...], macro: str, image: DataSet, keyword: str) -> tuple[float, ...]:
    return next(
        (numbers for group in groups if (numbers := group.item(macro).numbers(keyword))), image.numbers(keyword)
    )


def _half(image: DataSet, groups: tuple[DataSet, ...], offsets: tuple[float, ...]) -> float:
    distances = [
        numbers[0]
        for keyword in ("SliceThickness", "SpacingBetweenSlices")
        if (numbers := _find(groups, "PixelMeasuresSequence", image, keyword))
    ]
    if len(offsets) > 1:
        distances.append(abs(offsets[1] - offsets[0]))
    return min((abs(one) / 2 for one in distances if one), default=_DEFAULT_HALF_MM)


def _read_contour(number: int, item: DataSet) -> _Contour:
    images: set[tuple[str, int]] = set()
    for image in item.items("ContourImageSequence"):
        frames = [int(one) for one in image.numbers("ReferencedFrameNumber")] or [0]
        images.update((image.text("ReferencedSOPInstanceUID"), frame) for frame in frames)
    element = item.element("ContourData")
    head = (element.value or b"").split(b"\\", 3)[:3] if element else []
    try:
        first = tuple(float(part) for part in head)
    except ValueError:
        first = ()
    return _Contour(number, item, frozenset(images), (first[0], first[1], first[2]) if len(first) == 3 else None)


def _names(contour: _Contour, uid: str, frame: int) -> bool:
    return bool(uid) and ((uid, 0) in contour.images or (uid, frame + 1) in contour.images)


def _points(item: DataSet) -> list[Vector]:
    numbers = item.numbers("ContourData")
    whole = len(numbers) // 3 * 3
    return [(numbers[at], numbers[at + 1], numbers[at + 2]) for at in range(0, whole, 3)]


def _minus(a: Vector, b: Vector) -> Vector:
    return a[0] - b[0], a[1] - b[1], a[2] - b[2]


def _dot(a: Vector, b: Vector) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def _cross(a: Vector, b: Vector) -> Vector:
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


def _unit(numbers: tuple[float, ...]) -> Vector | None:
    length = sum(one * one for one in numbers) ** 0.5
    return (numbers[0] / length, numbers[1] / length, numbers[2] / length) if length else None
