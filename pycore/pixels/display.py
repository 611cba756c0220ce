"""Stored values -> what is seen: modality, VOI and presentation transforms, palettes and colour spaces.

PS3.3 §C.7.6.3.1.2 (Photometric Interpretation), §C.11.1 (Modality LUT), §C.11.2 (VOI LUT), PS3.4 §N.2 (their order).
In go the stored values of one frame and its `Transforms`; out come 8-bit RGBA values for a canvas. Integers of up to
16 bits take one step: everything is worked out once per possible stored value, and the frame looks its colours up.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.pixels.processing import convert_color_space

from pycore.errors import PixelDataError
from pycore.pixels.attributes import (
    FUNCTIONS,
    Description,
    Header,
    Rescale,
    Window,
    items,
    read_padding,
    read_rescale,
    read_windows,
    text,
)
from pycore.pixels.luts import LookupTable, read_lut, read_palette

_YBR = ("YBR_FULL", "YBR_FULL_422")


@dataclass(frozen=True, slots=True, eq=False)
class Transforms:
    """What the header says about showing one frame."""

    photometric_interpretation: str
    bits_stored: int
    rescale: Rescale | None = None
    modality_lut: LookupTable | None = None
    """Used instead of `rescale` when there is one."""
    windows: tuple[Window, ...] = ()
    voi_lut: LookupTable | None = None
    """Used when there is no window."""
    inverse: bool = False
    """The highest value is black: MONOCHROME1, or Presentation LUT Shape INVERSE (PS3.3 §C.11.6)."""
    padding: tuple[float, float] | None = None
    """Lowest and highest stored value that are no pixel of the object."""
    palette: tuple[LookupTable, LookupTable, LookupTable] | None = None


class Picture(NamedTuple):
    """A frame for the canvas."""

    rgba: NDArray[np.uint8]
    """(rows, columns, 4), alpha 255."""
    window: Window | None
    """What was applied; None for colour, and for a VOI LUT."""


def check_display(description: Description, header: Header) -> Description:
    """Return the description with the reason if the frames cannot be shown, and notes on tables that cannot be used."""
    if not description.drawable:
        return description
    notes = list(description.notes)
    try:
        read_transforms(header, description, 0, notes)
    except PixelDataError as error:
        return replace(description, drawable=False, reason=str(error), notes=())
    return replace(description, notes=tuple(dict.fromkeys(notes)))


def read_transforms(header: Header, description: Description, frame: int, notes: list[str]) -> Transforms:
    """Return how one frame is shown; a Modality or VOI LUT that cannot be read is left out and told to `notes`.

    Raises
    ------
    PixelDataError
        If the palette of a PALETTE COLOR image cannot be read.
    """
    data_set, photometric = header.data_set, description.photometric_interpretation
    signed, little_endian = description.pixel_representation == 1, header.little_endian
    if photometric == "PALETTE COLOR":
        palette = read_palette(data_set, little_endian, signed)
        return Transforms(photometric, description.bits_stored, palette=palette)
    if description.samples_per_pixel > 1:
        return Transforms(photometric, description.bits_stored)
    if text(data_set, "PixelPresentation") in ("COLOR", "MIXED"):
        notes.append("The supplemental palette is not applied; the picture is shown in grey (PS3.3 §C.7.6.19).")
    rescale = read_rescale(data_set, frame, notes)
    modality_lut = _read_first_lut(data_set, "ModalityLUTSequence", little_endian, signed, notes)
    negative = modality_lut is None and (signed or (rescale is not None and min(rescale.intercept, rescale.slope) < 0))
    return Transforms(
        photometric,
        description.bits_stored,
        rescale,
        modality_lut,
        read_windows(data_set, frame, notes),
        _read_first_lut(data_set, "VOILUTSequence", little_endian, negative, notes),
        photometric == "MONOCHROME1" or text(data_set, "PresentationLUTShape") == "INVERSE",
        read_padding(data_set, signed, notes),
    )


def to_rgba(
    stored: NDArray[Any], transforms: Transforms, window: Window | tuple[float, float] | None = None
) -> Picture:
    """Return a frame as it is seen.

    Grey images go through the modality transform, then through `window`; without one, through the file's first window,
    else its VOI LUT, else a window from the lowest to the highest value in the frame, padding left aside.

    Parameters
    ----------
    stored : NDArray, shape (rows, columns) or (rows, columns, 3)
        Stored values, as `read_stored` returns them.
    window : Window or (center, width), optional
        In modality values. A pair is applied with the function that would have been used without it. Colour images
        have no window; for them it is ignored.

    Raises
    ------
    PixelDataError
        If the window is not finite, or its width not above 0.
    """
    if stored.ndim == 3:
        return Picture(_color_to_rgba(stored, transforms), None)
    palette = transforms.palette
    if palette:
        return Picture(_per_value(stored, lambda values: _apply_palette(values, palette)), None)
    voi = _choose_voi(stored, transforms, window)
    rgba = _per_value(stored, lambda values: _to_gray(values, transforms, voi))
    return Picture(rgba, voi if isinstance(voi, Window) else None)


def apply_modality(values: NDArray[Any], transforms: Transforms) -> NDArray[np.float64]:
    """Return modality values, Hounsfield units for example (PS3.3 §C.11.1.1)."""
    if transforms.modality_lut:
        return transforms.modality_lut.apply(values).astype(np.float64)
    modality = values.astype(np.float64)
    if transforms.rescale:
        modality *= transforms.rescale.slope
        modality += transforms.rescale.intercept
    return modality


def apply_window(values: NDArray[np.float64], window: Window) -> NDArray[np.float64]:
    """Return values from 0 to 1 (PS3.3 §C.11.2.1.2.1, §C.11.2.1.3.1, §C.11.2.1.3.2); what is no number stays so."""
    center, width = window.center, window.width
    with np.errstate(over="ignore", invalid="ignore"):
        if window.function == "SIGMOID":
            return 1 / (1 + np.exp(-4 * (values - center) / width))
        if window.function == "LINEAR":
            center, width = center - 0.5, width - 1
        if width == 0:  # LINEAR of width 1 is a threshold
            return np.where(np.isnan(values), values, values > center)
        return np.clip((values - center) / width + 0.5, 0, 1)


def _read_first_lut(
    data_set: Dataset, keyword: str, little_endian: bool, signed: bool, notes: list[str]
) -> LookupTable | None:
    for item in items(data_set, keyword):
        try:
            return read_lut(item, little_endian, signed)
        except PixelDataError as error:
            notes.append(f"{error} This table is not applied.")
    return None


def _choose_voi(
    stored: NDArray[Any], transforms: Transforms, asked: Window | tuple[float, float] | None
) -> Window | LookupTable:
    """Return what is applied to modality values."""
    if asked is not None:
        window = asked if isinstance(asked, Window) else Window(*asked, function=_choose_function(stored, transforms))
        if not (math.isfinite(window.center) and math.isfinite(window.width) and window.width > 0):
            raise PixelDataError(
                f"Window {window.center:g} / {window.width:g} is not finite, or its width not above 0."
            )
        if window.function not in FUNCTIONS:
            raise PixelDataError(f"VOI LUT Function {window.function!r} is none of {', '.join(FUNCTIONS)}.")
        return replace(window, function="LINEAR_EXACT") if window.function == "LINEAR" and window.width < 1 else window
    if transforms.windows:
        return transforms.windows[0]
    return transforms.voi_lut or _full_window(stored, transforms)


def _choose_function(stored: NDArray[Any], transforms: Transforms) -> str:
    """Return the file's VOI LUT Function; without one, LINEAR for integers, which has a width of at least 1."""
    if transforms.windows:
        return transforms.windows[0].function
    rescale = None if transforms.modality_lut else transforms.rescale
    whole = stored.dtype.kind in "iu" and (rescale is None or rescale.slope % 1 == rescale.intercept % 1 == 0)
    return "LINEAR" if whole else "LINEAR_EXACT"


def _full_window(stored: NDArray[Any], transforms: Transforms) -> Window:
    """Return the window that shows the lowest value of the frame as black and the highest as white."""
    function = _choose_function(stored, transforms)
    if transforms.bits_stored == 1 and not transforms.rescale and not transforms.modality_lut:
        return Window(1.0, 2.0, function)  # 0 is black and 1 is white even where a frame has only one of them
    lowest, highest = _modality_range(stored, transforms)
    if function == "LINEAR":
        return Window((lowest + highest + 1) / 2, highest - lowest + 1, function)
    width = min(highest - lowest, np.finfo(np.float64).max) or 1.0
    return Window(lowest / 2 + highest / 2 if highest > lowest else lowest + width / 2, float(width), function)


def _modality_range(stored: NDArray[Any], transforms: Transforms) -> tuple[float, float]:
    """Return the lowest and highest modality value, padding and what is not finite left aside."""
    values = stored.ravel()
    if values.dtype.kind == "f":
        values = values[np.isfinite(values)]
    if transforms.padding:
        lowest, highest = transforms.padding
        # A frame of nothing but padding is shown like any other.
        inside = values[(values < lowest) | (values > highest)]
        values = inside if inside.size else values
    if not values.size:
        return 0.0, 1.0
    ends = values if transforms.modality_lut else np.array([values.min(), values.max()])
    modality = apply_modality(ends, transforms)
    return float(modality.min()), float(modality.max())


def _per_value(stored: NDArray[Any], function: Callable[[NDArray[Any]], NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Return `function(stored)`, worked out once per possible value if these are fewer than pixels may be.

    The function maps values of any shape to the same shape, or to RGBA along one more axis.
    """
    if stored.dtype.kind not in "iu" or stored.dtype.itemsize > 2:
        return function(stored)
    unsigned = np.dtype(f"u{stored.dtype.itemsize}")
    patterns = np.arange(1 << 8 * stored.dtype.itemsize, dtype=unsigned)
    table = function(patterns.view(stored.dtype))
    cells = table.view(np.uint32).ravel() if table.ndim == 2 else table  # the four bytes of a colour move as one
    found: NDArray[np.uint8] = cells[stored.view(unsigned)].view(np.uint8)
    return found.reshape(*stored.shape, *table.shape[1:])


def _to_gray(values: NDArray[Any], transforms: Transforms, voi: Window | LookupTable) -> NDArray[np.uint8]:
    """Return (…, 4) RGBA of grey values; what is no number is black."""
    modality = apply_modality(values, transforms)
    shown = apply_window(modality, voi) if isinstance(voi, Window) else voi.apply(modality) / voi.highest
    if transforms.inverse:
        shown = 1 - shown
    return _opaque(_to_bytes(shown)[..., None])


def _apply_palette(values: NDArray[Any], palette: tuple[LookupTable, ...]) -> NDArray[np.uint8]:
    """Return (…, 4) RGBA (PS3.3 §C.7.6.3.1.5)."""
    return _opaque(np.stack([_to_bytes(table.apply(values) / table.highest) for table in palette], axis=-1))


def _color_to_rgba(stored: NDArray[Any], transforms: Transforms) -> NDArray[np.uint8]:
    """Return (rows, columns, 4) RGBA of colour by pixel (PS3.3 §C.7.6.3.1.2)."""
    highest = 2.0**transforms.bits_stored - 1
    whole = highest == 255 and stored.dtype == np.uint8
    color = stored if whole else _per_value(stored, lambda values: _to_bytes(values / highest))
    if transforms.photometric_interpretation in _YBR:
        color = convert_color_space(color, "YBR_FULL", "RGB")
    return _opaque(color)


def _opaque(color: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return (…, 1) or (…, 3) as (…, 4) with alpha 255."""
    rgba = np.empty((*color.shape[:-1], 4), np.uint8)
    rgba[..., :3] = color
    rgba[..., 3] = 255
    return rgba


def _to_bytes(shown: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Return values from 0 to 1 as the nearest of 0 to 255, halves upwards; what is no number as 0."""
    scaled: NDArray[np.floating] = np.clip(np.nan_to_num(shown), 0, 1) * 255 + 0.5
    return scaled.astype(np.uint8)
