"""Stored values -> what is seen: modality, VOI and presentation transforms, palettes and colour spaces.

PS3.3 §C.7.6.3.1.2 (Photometric Interpretation), §C.11.1 (Modality LUT), §C.11.2 (VOI LUT), PS3.4 §N.2 (their order).
In go the stored values of one frame and its `Transforms`; out come 8-bit RGBA values for a canvas. Integers that lie
close enough together take one step per window: everything is worked out once per value, and the frame looks its colours
up. All else goes through the formulas a few rows at a time, so that no copy of the whole frame is needed.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset

from pycore.errors import PixelDataError
from pycore.pixels.attributes import (
    FUNCTIONS,
    Description,
    Header,
    Rescale,
    Window,
    frame_sources,
    items,
    numbers,
    read_padding,
    read_rescale,
    read_windows,
    text,
)
from pycore.pixels.luts import LookupTable, read_lut, read_palette, read_supplemental_palette
from pycore.pixels.presets import AUTO, TABLE
from pycore.pixels.shutters import Shutter
from pycore.pixels.units import RealWorld, format_real

MAX_TABLE = 1 << 16
"""Colours are looked up where lowest and highest stored value are no further apart."""
BLOCK_PIXELS = 1 << 16
"""Formulas are worked out for so many pixels at a time."""

_FULL = np.array([[1, 0, 1.402], [1, -0.114 * 1.772 / 0.587, -0.299 * 1.402 / 0.587], [1, 1.772, 0]])
"""RGB from Y, CB − 128, CR − 128: what the definition of YBR_FULL comes from, undone (PS3.3 §C.7.6.3.1.2)."""
_PARTIAL = _FULL * [255 / 219, 255 / 224, 255 / 224]
"""The same for YBR_PARTIAL, where Y runs from 16 to 235, and CB and CR from 16 to 240."""
_FROM_YBR = {
    **dict.fromkeys(("YBR_FULL", "YBR_FULL_422"), (_FULL, 0)),
    **dict.fromkeys(("YBR_PARTIAL", "YBR_PARTIAL_422", "YBR_PARTIAL_420"), (_PARTIAL, 16)),
}
"""Matrix and the Y of black."""
_FIXED_BITS = 20
"""Behind the point, of factors as integers: the sums stay below 2³¹, and miss the formula by less than 0.0003."""


@dataclass(frozen=True, slots=True, eq=False)
class Transforms:
    """What the header says about showing one frame."""

    photometric_interpretation: str
    bits_stored: int
    rescale: Rescale | None = None
    modality_lut: LookupTable | None = None
    """Used instead of `rescale` when there is one."""
    windows: tuple[Window, ...] = ()
    voi_luts: tuple[LookupTable | None, ...] = ()
    """The first that can be read is used when there is no window; None for those that cannot."""
    inverse: bool = False
    """The highest value is black: MONOCHROME1, or Presentation LUT Shape INVERSE (PS3.3 §C.11.6)."""
    padding: tuple[float, float] | None = None
    """Lowest and highest stored value that are no pixel of the object."""
    palette: tuple[LookupTable, LookupTable, LookupTable] | None = None
    supplemental: tuple[LookupTable, LookupTable, LookupTable] | None = None
    """Colours of the stored values from the first one that it maps; lower ones are grey (PS3.3 §C.7.6.19)."""
    highest: float | None = None
    """The stored value that means all of it: (0062,000E) Maximum Fractional Value."""


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
        If the palette of a PALETTE COLOR image, or the functional groups of the frame, cannot be read.
    """
    data_set, photometric = header.data_set, description.photometric_interpretation
    signed, little_endian = description.pixel_representation == 1, header.little_endian
    if photometric == "PALETTE COLOR":
        palette = read_palette(data_set, little_endian, signed)
        return Transforms(photometric, description.bits_stored, palette=palette)
    if description.samples_per_pixel > 1:
        return Transforms(photometric, description.bits_stored)
    rescale = read_rescale(header, frame, notes)
    tables = _read_luts(items(data_set, "ModalityLUTSequence"), little_endian, signed, notes)
    modality_lut = next((table for table in tables if table), None)
    if header.groups and header.groups.problem:
        raise PixelDataError(header.groups.problem)  # what the frame means is not known
    negative = modality_lut is None and (signed or (rescale is not None and min(rescale.intercept, rescale.slope) < 0))
    return Transforms(
        photometric,
        description.bits_stored,
        rescale,
        modality_lut,
        read_windows(header, frame, notes),
        _read_luts(_voi_items(header, frame), little_endian, negative, notes),
        photometric == "MONOCHROME1" or text(data_set, "PresentationLUTShape") == "INVERSE",
        read_padding(data_set, signed, notes),
        supplemental=_read_supplemental(header, signed, notes),
        highest=next(iter(numbers(data_set, "MaximumFractionalValue", notes)), None),
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
    return FrameView(stored, transforms).picture(window)


class Indexed(NamedTuple):
    """A frame for the canvas, before its colours are looked up: pixel = colors[places]."""

    places: NDArray[Any]
    """(rows, columns), uint8, uint16 or uint32."""
    colors: NDArray[np.uint32]
    """RGBA in the order of memory."""
    window: Window | None
    """As in `Picture`."""


class FrameView:
    """One frame, prepared to be seen through many windows."""

    def __init__(self, stored: NDArray[Any], transforms: Transforms, shutter: Shutter | None = None) -> None:
        """Take what `to_rgba` takes, and what is to be covered."""
        self.stored = stored
        self.transforms = transforms
        self._covered = shutter.mask if shutter is not None and shutter.mask.any() else None
        self._cover = _opaque(np.array([shutter.gray if shutter else 0], np.uint8)).view(np.uint32)[0]
        self._full: Window | None = None
        self._rgba: NDArray[np.uint8] | None = None
        """Of a picture that no window changes."""
        self._values, self._index = _index(stored, self._covered)

    def picture(self, window: Window | tuple[float, float] | None = None) -> Picture:
        """Return the frame as it is seen; see `to_rgba`."""
        indexed = self.indexed(window)
        if indexed is not None:
            rgba = indexed.colors[indexed.places]
            return Picture(rgba.view(np.uint8).reshape(*rgba.shape, 4), indexed.window)
        if self.stored.ndim == 3:
            if self._rgba is None:
                self._rgba = self._draw(lambda values: _to_color(values, self.transforms))
            return Picture(self._rgba, None)
        convert, used = self._converter(window)
        return Picture(self._draw(convert), used)

    def indexed(self, window: Window | tuple[float, float] | None = None) -> Indexed | None:
        """Return what `picture` looks up, for a caller that is faster at it; None where nothing is looked up."""
        if self._index is None:
            return None
        convert, used = self._converter(window)
        return Indexed(self._index, np.append(convert(self._values).view(np.uint32).ravel(), self._cover), used)

    def _converter(
        self, window: Window | tuple[float, float] | None
    ) -> tuple[Callable[[NDArray[Any]], NDArray[np.uint8]], Window | None]:
        """Return the function from stored values to (…, 4) RGBA, and the window in it."""
        transforms, palette = self.transforms, self.transforms.palette
        if palette:
            return (lambda values: _apply_palette(values, palette)), None
        voi = self._choose_voi(window)
        return (lambda values: _to_gray(values, transforms, voi)), voi if isinstance(voi, Window) else None

    def value_text(self, row: int, column: int, unit: str, real_world: RealWorld | None) -> str:
        """Return what a pixel says, whatever window it is seen through and whether or not it is covered."""
        value, transforms = self.stored[row : row + 1, column], self.transforms
        if value.ndim == 2 or transforms.palette:
            convert = (
                _to_color(value, transforms) if not transforms.palette else _apply_palette(value, transforms.palette)
            )
            red, green, blue, _ = convert[0].tolist()
            return f"R {red} G {green} B {blue}"
        said = format_real(float(apply_modality(value, transforms)[0]), unit)
        if real_world and (real_world.slope, real_world.intercept, real_world.table) != (1.0, 0.0, None):
            real = real_world.apply(float(value[0]))
            if real is not None and not transforms.rescale:
                said = f"{said} = {format_real(real, real_world.unit)}"
        if transforms.padding and transforms.padding[0] <= value[0] <= transforms.padding[1]:
            said = f"{said} (padding)"
        return said

    def _draw(self, function: Callable[[NDArray[Any]], NDArray[np.uint8]]) -> NDArray[np.uint8]:
        """Return (rows, columns, 4); the function maps stored values to (…, 4)."""
        rows, columns = self.stored.shape[:2]
        rgba = np.empty((rows, columns), np.uint32)  # the four bytes of a colour move as one
        step = max(1, BLOCK_PIXELS // columns)
        for top in range(0, rows, step):
            block = slice(top, top + step)
            rgba[block] = function(self.stored[block]).view(np.uint32)[..., 0]
        if self._covered is not None:
            rgba[self._covered] = self._cover
        return rgba.view(np.uint8).reshape(rows, columns, 4)

    def _choose_voi(self, asked: Window | tuple[float, float] | None) -> Window | LookupTable:
        """Return what is applied to modality values."""
        transforms = self.transforms
        if isinstance(asked, Window) and asked.function == AUTO:
            return self._full_window()
        if isinstance(asked, Window) and asked.function.startswith(TABLE):
            return _find_table(transforms.voi_luts, asked.function.removeprefix(TABLE).strip())
        if asked is not None:
            return _check_window(
                asked if isinstance(asked, Window) else Window(*asked, _choose_function(self.stored, transforms))
            )
        if transforms.windows:
            return transforms.windows[0]
        return next((table for table in transforms.voi_luts if table), None) or self._full_window()

    def _full_window(self) -> Window:
        if self._full is None:
            self._full = _full_window(self.stored, self.transforms)
        return self._full


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


def _voi_items(header: Header, frame: int) -> list[Dataset]:
    """Return the Items of the VOI LUT Sequence that is nearest to the frame."""
    sources = frame_sources(header, frame, "FrameVOILUTSequence")
    return next((found for source in sources if (found := items(source, "VOILUTSequence"))), [])


def _read_luts(
    tables: list[Dataset], little_endian: bool, signed: bool, notes: list[str]
) -> tuple[LookupTable | None, ...]:
    found: list[LookupTable | None] = []
    for item in tables:
        try:
            found.append(read_lut(item, little_endian, signed))
        except PixelDataError as error:
            notes.append(f"{error} This table is not applied.")
            found.append(None)
    return tuple(found)


def _read_supplemental(
    header: Header, signed: bool, notes: list[str]
) -> tuple[LookupTable, LookupTable, LookupTable] | None:
    """Return the palette of a grey image that has one (PS3.3 §C.7.6.19)."""
    data_set = header.data_set
    if "RedPaletteColorLookupTableDescriptor" not in data_set:
        return None
    try:
        return read_supplemental_palette(data_set, header.little_endian, signed)
    except PixelDataError as error:
        notes.append(f"{error} The supplemental palette is not applied; the picture is shown in grey.")
        return None


def _check_window(window: Window) -> Window:
    if not (math.isfinite(window.center) and math.isfinite(window.width) and window.width > 0):
        raise PixelDataError(f"Window {window.center:g} / {window.width:g} is not finite, or its width not above 0.")
    if window.function not in FUNCTIONS:
        raise PixelDataError(f"VOI LUT Function {window.function!r} is none of {', '.join(FUNCTIONS)}.")
    return replace(window, function="LINEAR_EXACT") if window.function == "LINEAR" and window.width < 1 else window


def _find_table(tables: tuple[LookupTable | None, ...], number: str) -> LookupTable:
    index = int(number) - 1 if number.isdecimal() else -1
    table = tables[index] if 0 <= index < len(tables) else None
    if table is None:
        raise PixelDataError(f"(0028,3010) VOI LUT Sequence has no table {number} that can be applied.")
    return table


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
    if (
        transforms.bits_stored == 1
        and stored.dtype.kind == "u"
        and not transforms.rescale
        and not transforms.modality_lut
    ):
        return Window(1.0, 2.0, function)  # 0 is black and 1 is white even where a frame has only one of them
    if transforms.highest and not transforms.rescale and not transforms.modality_lut:
        return Window(transforms.highest / 2, transforms.highest, "LINEAR_EXACT")
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
    if transforms.supplemental:
        inside = values[values < transforms.supplemental[0].first]
        values = inside if inside.size else values
    if not values.size:
        return 0.0, 1.0
    ends = values if transforms.modality_lut else np.array([values.min(), values.max()])
    modality = apply_modality(ends, transforms)
    return float(modality.min()), float(modality.max())


def _index(stored: NDArray[Any], covered: NDArray[np.bool_] | None) -> tuple[NDArray[Any], NDArray[Any] | None]:
    """Return values among which all stored ones are, and where there each pixel is found; behind them if covered.

    The index is None where the values are no integers, or too far apart.
    """
    if stored.ndim != 2 or stored.dtype.kind not in "iu":
        return stored[:0], None
    lowest, highest = int(stored.min()), int(stored.max())
    if highest - lowest >= MAX_TABLE:
        return stored[:0], None
    if covered is None and lowest >= 0 and stored.itemsize <= 2:
        return np.arange(highest + 1).astype(stored.dtype), stored.view(f"u{stored.itemsize}")  # its own index
    # Differences are taken modulo 2ⁿ in the unsigned type, where those of signed values do not overflow.
    unsigned = np.dtype(f"u{stored.itemsize}")
    base = unsigned.type(lowest % (1 << 8 * stored.itemsize))
    values = np.arange(highest - lowest + 1).astype(unsigned)
    values += base
    index = (stored.view(unsigned) - base).astype(np.uint16 if len(values) < MAX_TABLE else np.uint32)
    if covered is not None:
        index[covered] = len(values)
    return values.view(stored.dtype), index


def _to_gray(values: NDArray[Any], transforms: Transforms, voi: Window | LookupTable) -> NDArray[np.uint8]:
    """Return (…, 4) RGBA of grey values; what is no number is black."""
    modality = apply_modality(values, transforms)
    shown = apply_window(modality, voi) if isinstance(voi, Window) else voi.apply(modality) / voi.highest
    if transforms.inverse:
        shown = 1 - shown
    rgba = _opaque(_to_bytes(shown)[..., None])
    if transforms.supplemental:
        colored = values >= transforms.supplemental[0].first
        rgba[colored] = _apply_palette(values[colored], transforms.supplemental)
    return rgba


def _apply_palette(values: NDArray[Any], palette: tuple[LookupTable, ...]) -> NDArray[np.uint8]:
    """Return (…, 4) RGBA (PS3.3 §C.7.6.3.1.5)."""
    return _opaque(np.stack([_to_bytes(table.apply(values) / table.highest) for table in palette], axis=-1))


def _to_color(values: NDArray[Any], transforms: Transforms) -> NDArray[np.uint8]:
    """Return (…, 4) RGBA of colour by pixel (PS3.3 §C.7.6.3.1.2)."""
    highest = 2.0**transforms.bits_stored - 1
    whole = highest == 255 and values.dtype == np.uint8
    color = values if whole else _to_bytes(values / highest)
    if transforms.photometric_interpretation in _FROM_YBR:
        return _from_ybr(color, *_FROM_YBR[transforms.photometric_interpretation])
    return _opaque(color)


def _from_ybr(color: NDArray[np.uint8], matrix: NDArray[np.float64], black: int) -> NDArray[np.uint8]:
    """Return (…, 4) RGBA, each channel rounded; in integers, which take half the time of a product of matrices."""
    rgba = np.empty((*color.shape[:-1], 4), np.uint8)
    samples = [color[..., channel].astype(np.int32) for channel in range(3)]
    for channel, row in enumerate(np.rint(matrix * (1 << _FIXED_BITS)).astype(np.int64).tolist()):
        offset = (1 << _FIXED_BITS - 1) - row[0] * black - (row[1] + row[2]) * 128
        sums = samples[0] * np.int32(row[0])
        for factor, sample in zip(row[1:], samples[1:], strict=True):
            if factor:
                sums += sample * np.int32(factor)
        sums += np.int32(offset)
        sums >>= _FIXED_BITS
        rgba[..., channel] = np.clip(sums, 0, 255, out=sums)
    rgba[..., 3] = 255
    return rgba


def _opaque(color: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return (…, 1) or (…, 3) as (…, 4) with alpha 255."""
    rgba = np.empty((*color.shape[:-1], 4), np.uint8)
    for channel in range(3):  # one at a time is five times faster than all three
        rgba[..., channel] = color[..., min(channel, color.shape[-1] - 1)]
    rgba[..., 3] = 255
    return rgba


def _to_bytes(shown: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Return values from 0 to 1 as the nearest of 0 to 255, halves upwards; what is no number as 0."""
    scaled: NDArray[np.floating] = np.clip(np.nan_to_num(shown), 0, 1) * 255 + 0.5
    return scaled.astype(np.uint8)
