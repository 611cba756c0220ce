"""How long uncompressed Pixel Data must be, and whether it is there (PS3.5 §8.1.1, §8.2; PS3.3 §C.7.6.3).

Asked at review time of every instance, without decoding anything: pixels that do not fit their description cannot be
shown, so nobody can say what is in them. `pixels.frames` cuts frames out by the same arithmetic.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from pycore.phi.value import Value
from pycore.standard import uid_name

SUBSAMPLED = ("YBR_FULL_422", "YBR_PARTIAL_422")
"""Two neighbouring pixels share their CB and CR: two samples per pixel instead of three (PS3.3 §C.7.6.3.1.2)."""

_NUMBERS = {
    "(0028,0010)": "Rows",
    "(0028,0011)": "Columns",
    "(0028,0002)": "Samples per Pixel",
    "(0028,0100)": "Bits Allocated",
}
_FRAMES, _PHOTOMETRIC = "(0028,0008)", "(0028,0004)"
_SOP_CLASS = "(0008,0016)"
_PROVIDER = "(0028,7FE0)"
_DATA = {"(7FE0,0010)": 0, "(7FE0,0008)": 32, "(7FE0,0009)": 64}
"""Pixel Data, Float Pixel Data and Double Float Pixel Data, and the bits of a value where these are fixed."""

PIXEL_LENGTH_PATHS = frozenset((*_NUMBERS, _FRAMES, _PHOTOMETRIC, _SOP_CLASS, _PROVIDER, *_DATA))
"""Paths of the values that `check_pixel_length` and `check_pixel_presence` ask for."""


class FrameShape(NamedTuple):
    """What decides how long an uncompressed frame is."""

    rows: int
    columns: int
    samples_per_pixel: int
    bits_allocated: int
    photometric_interpretation: str

    @property
    def stored_samples(self) -> int:
        """Samples per pixel as they are written."""
        return 2 if self.photometric_interpretation in SUBSAMPLED else self.samples_per_pixel

    @property
    def frame_bits(self) -> int:
        """Length of a frame; frames of single bits need not begin at a byte (PS3.5 §8.1.1)."""
        return self.rows * self.columns * self.stored_samples * self.bits_allocated

    def needed_bytes(self, frames: int = 1) -> int:
        """Length of so many frames, without the byte that may make it even."""
        return (self.frame_bits * frames + 7) // 8

    def product(self, frames: int = 1) -> str:
        """Return how the length comes about: '512 × 512 × 2'."""
        factors = [self.rows, self.columns]
        if self.samples_per_pixel > 1:
            factors.append(self.stored_samples)
        whole_bytes = self.bits_allocated % 8 == 0
        if self.bits_allocated not in (1, 8):
            factors.append(self.bits_allocated // 8 if whole_bytes else self.bits_allocated)
        if frames > 1:
            factors.append(frames)
        return " × ".join(map(str, factors)) + ("" if whole_bytes else " bits")

    def does_not_fit(self, length: int, frames: int) -> str:
        """Return the sentence that says what is there and what is needed."""
        return f"Pixel Data holds {length:,} bytes, {self.product(frames)} needs {self.needed_bytes(frames):,}."


def check_pixel_length(values: Mapping[str, Value]) -> tuple[str, ...]:
    """Return a sentence where the length of uncompressed pixels contradicts their description; none where it fits.

    Parameters
    ----------
    values : mapping
        Of one instance, by path; of `PIXEL_LENGTH_PATHS` those that it has.
    """
    for path, bits in _DATA.items():
        data = values.get(path)
        if data is not None:
            texts = tuple(_text(values, one) for one in (*_NUMBERS, _FRAMES, _PHOTOMETRIC))
            return _check(data.length, bits, texts)
    return ()


def check_pixel_presence(values: Mapping[str, Value]) -> tuple[str, ...]:
    """Return a sentence where an image has no pixels: a copy that was cut off between two elements looks like that.

    Parameters
    ----------
    values : mapping
        Of one instance, by path; of `PIXEL_LENGTH_PATHS` those that it has.
    """
    if _PROVIDER in values or not _DATA.keys().isdisjoint(values):  # pixels may also be at a URL (PS3.3 §C.7.6.3.2)
        return ()
    if _text(values, "(0028,0010)") and _text(values, "(0028,0011)"):
        return _NO_PIXELS
    return _NO_PIXELS if _is_image(_text(values, _SOP_CLASS)) else ()


_NO_PIXELS = (
    "The object is an image by its header and has no Pixel Data: it was cut off before them, or they were taken out "
    "(PS3.3 §C.7.6.3).",
)


@lru_cache(maxsize=1024)
def _is_image(sop_class: str) -> bool:
    return uid_name(sop_class).endswith("Image Storage")


@lru_cache(maxsize=1024)
def _check(length: int, bits: int, texts: tuple[str, ...]) -> tuple[str, ...]:
    """Return the sentence; most instances of a series have all of this in common."""
    *numbers, frame_text, photometric = texts
    found = [_integer(text) for text in numbers]
    if bits:
        found[3] = bits
    if found[2] is None and not numbers[2]:
        found[2] = 3 if photometric.startswith(("RGB", "YBR")) else 1
    for (path, name), value, text in zip(_NUMBERS.items(), found, numbers, strict=True):
        if value is None or value < 1:
            said = f"is {text}" if text else "is missing"
            what = "compressed Pixel Data" if length < 0 else f"{length:,} bytes of Pixel Data"
            return (f"{path} {name} {said}, so that its {what} cannot be shown.",)
    if length < 0:  # what is compressed has no length to check
        return ()
    frames = _integer(frame_text) if frame_text else 1
    if frames is None:
        return (f"{_FRAMES} Number of Frames is not a number, so that the length of Pixel Data cannot be checked.",)
    rows, columns, samples, allocated = (value or 0 for value in found)
    shape = FrameShape(rows, columns, samples, allocated, photometric)
    # Writers who leave all samples in say YBR_FULL_422 nevertheless; `pixels.frames` reads both.
    shapes = (shape, shape._replace(photometric_interpretation="")) if photometric in SUBSAMPLED else (shape,)
    frames = max(1, frames)
    needed = [one.needed_bytes(frames) for one in shapes]
    if any(length - need in (0, need % 2) for need in needed):
        return ()
    return (shape.does_not_fit(length, frames),)


def _text(values: Mapping[str, Value], path: str) -> str:
    value = values.get(path)
    return ((value.text if value else None) or "").split("\\")[0].strip(" \0")


def _integer(text: str) -> int | None:
    try:
        return int(text)
    except ValueError:
        return None
