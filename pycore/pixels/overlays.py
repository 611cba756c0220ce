"""Overlays as planes of single bits: group 60xx, and the retired form in unused bits of the pixels (PS3.3 §C.9.2).

Nothing is read but the bits of the frame that is asked for. What the data do not hold is left unset and said.
"""

from __future__ import annotations

import zlib
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset

from pycore.errors import PixelDataError
from pycore.part10 import UNDEFINED_LENGTH
from pycore.pixels.attributes import OVERLAY_GROUPS, Description, Header, OverlayPlane, tag_numbers, tag_text
from pycore.pixels.frames import read_allocated

MAX_PLANE_PIXELS = 1 << 27
"""Overlay Rows × Overlay Columns beyond this are not drawn."""

_ROWS, _COLUMNS, _FRAMES, _DESCRIPTION, _TYPE, _ORIGIN, _FRAME_ORIGIN = 0x10, 0x11, 0x15, 0x22, 0x40, 0x50, 0x51
_BITS_ALLOCATED, _BIT_POSITION, _LABEL = 0x100, 0x102, 0x1500
_KINDS = {"G": "graphics", "R": "region of interest"}


class Overlay(NamedTuple):
    """The bits of one overlay that lie over one frame."""

    plane: OverlayPlane
    bits: NDArray[np.uint8]
    """(rows, columns) of the image, 0 or 1."""
    problem: str
    """A sentence when a part of the overlay could not be read; else empty."""


def add_overlays(description: Description, header: Header) -> Description:
    """Return the description with its overlays, and notes on what calls itself one and cannot be drawn."""
    planes, notes = [], list(description.notes)
    for group in OVERLAY_GROUPS:
        if group not in header.overlay_data and not _is_described(header.data_set, group):
            continue
        plane = _to_plane(header, description, group)
        if isinstance(plane, OverlayPlane):
            planes.append(plane)
        else:
            notes.append(plane)
    return replace(description, overlays=tuple(planes), notes=tuple(dict.fromkeys(notes)))


def read_overlays(header: Header, description: Description, frame: int) -> list[Overlay]:
    """Return the overlays of a frame in the order of their groups; those that belong to other frames are left out.

    Raises
    ------
    RequestError, PixelDataError
        If an overlay lies in the bits of pixels that cannot be read.
    """
    found = []
    for plane in description.overlays:
        if plane.source == "high bits":
            (position,) = tag_numbers(header.data_set, plane.group << 16 | _BIT_POSITION)[:1]
            samples = read_allocated(header, description, frame)
            bits = (samples >> samples.dtype.type(position) & samples.dtype.type(1)).astype(np.uint8)
            found.append(Overlay(plane, bits, ""))
        elif (overlay := _read_plane(header, description, plane, frame)) is not None:
            found.append(overlay)
    return found


def _is_described(data_set: Dataset, group: int) -> bool:
    return any((group << 16 | element) in data_set for element in (_ROWS, _COLUMNS, _BIT_POSITION, _TYPE))


def _to_plane(header: Header, description: Description, group: int) -> OverlayPlane | str:
    """Return the plane, or a sentence that says why it cannot be drawn."""
    data_set, base = header.data_set, group << 16
    kind = tag_text(data_set, base | _TYPE).upper()
    source = "plane" if group in header.overlay_data else "high bits"
    plane = OverlayPlane(
        group,
        _KINDS.get(kind, kind.lower()),
        tag_text(data_set, base | _LABEL),
        tag_text(data_set, base | _DESCRIPTION),
        source,
    )
    if source == "plane":
        rows, columns = _size(data_set, group)
        if not (0 < rows < 1 << 16 and 0 < columns < 1 << 16 and rows * columns <= MAX_PLANE_PIXELS):
            return f"Overlay {group:04X} says {rows:,} rows × {columns:,} columns; it is not drawn (PS3.3 §C.9.2)."
        if header.overlay_data[group][1] == UNDEFINED_LENGTH:
            return f"Overlay {group:04X} has no length; it is not drawn (PS3.3 §C.9.2)."
        return plane
    position = tag_numbers(data_set, base | _BIT_POSITION)
    low_bit = description.high_bit + 1 - description.bits_stored
    if header.element is None or header.element.keyword != "PixelData" or description.samples_per_pixel != 1:
        return f"Overlay {group:04X} has no data; it is not drawn (PS3.3 §C.9.2)."
    if not position or not 0 <= position[0] < description.bits_allocated:
        return f"Overlay {group:04X} has no data, and no bit of the pixels is named; it is not drawn (PS3.3 §C.9.2)."
    if low_bit <= position[0] <= description.high_bit:
        return f"Overlay {group:04X} has no data, and its bit {position[0]:g} is one of the pixels; it is not drawn."
    return plane


def _size(data_set: Dataset, group: int) -> tuple[int, int]:
    rows, columns = (tag_numbers(data_set, group << 16 | element)[:1] for element in (_ROWS, _COLUMNS))
    return (int(rows[0]) if rows else 0), (int(columns[0]) if columns else 0)


def _read_plane(header: Header, description: Description, plane: OverlayPlane, frame: int) -> Overlay | None:
    data_set, base = header.data_set, plane.group << 16
    rows, columns = _size(data_set, plane.group)
    frames, first = (tag_numbers(data_set, base | element)[:1] for element in (_FRAMES, _FRAME_ORIGIN))
    number = 0
    if frames and (frames[0] > 1 or first):
        # With a number of frames the overlay belongs to as many frames from Image Frame Origin; without, to all.
        number = frame - (int(first[0]) - 1 if first else 0)
        if not 0 <= number < frames[0]:
            return None
    bits, problem = _read_bits(header, plane.group, rows * columns, number)
    origin = tag_numbers(data_set, base | _ORIGIN)
    top, left = (int(origin[0]) - 1, int(origin[1]) - 1) if len(origin) == 2 else (0, 0)
    placed = np.zeros((description.rows, description.columns), np.uint8)
    area = bits.reshape(rows, columns)[max(0, -top) :, max(0, -left) :]
    target = placed[max(0, top) :, max(0, left) :]
    shared = min(area.shape[0], target.shape[0]), min(area.shape[1], target.shape[1])
    target[: shared[0], : shared[1]] = area[: shared[0], : shared[1]]
    return Overlay(plane, placed, problem)


def _read_bits(header: Header, group: int, count: int, number: int) -> tuple[NDArray[np.uint8], str]:
    """Return the bits of one frame of an overlay, the missing ones as 0; frames follow each other without a gap."""
    offset, length, vr = header.overlay_data[group]
    start, stop = number * count // 8, ((number + 1) * count + 7) // 8
    # OW in big endian: the first of two bytes comes second (PS3.5 §8.1.2).
    swapped = not header.little_endian and vr != "OB"
    first, last = (start - start % 2, stop + stop % 2) if swapped else (start, stop)
    header.file.seek(offset + first)
    try:
        data = header.file.read(max(0, min(last, length) - first))
    except zlib.error as error:
        raise PixelDataError(f"Overlay Data cannot be inflated: {error}.") from error
    if swapped:
        data = np.frombuffer(data[: len(data) // 2 * 2], ">u2").astype("<u2").tobytes()
    data = data[start - first :][: stop - start]
    problem = ""
    if len(data) < stop - start:
        problem = (
            f"({group:04X},3000) Overlay Data holds {length:,} bytes, {count:,} bits × {number + 1} need {stop:,}."
        )
        data = data.ljust(stop - start, b"\0")
    bits = np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little")
    return bits[number * count % 8 :][:count], problem
