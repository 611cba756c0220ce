"""Frames -> small pictures and composite pictures: a whole series in one look.

All is made of what is seen: RGBA after the file's own window, as `display` gives it. Text is burned in to be read at
that window, so there it is white or black whatever stored values stand behind it; on stored values a slope that changes
from frame to frame, or one pixel of metal, would drown it. A maximum over all frames keeps white text of a
single frame, a minimum black text, and text that is in all frames stays sharp in the mean while the anatomy blurs.
Colours are taken channel by channel.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pycore.archive import Archive
from pycore.errors import EntryError, PixelDataError, RequestError
from pycore.marks import Undrawable
from pycore.pixels import Description, Image, open_image
from pycore.pixels.display import Picture

MAX_SAMPLES = 1 << 22
"""Of one composite picture: a frame with more is reduced by a whole factor (see `Composite`)."""
GIVE_UP_FRAMES = 100
"""So many frames in a row that cannot be drawn, and those behind them are not tried: a header may claim thousands."""

DRAW_ERRORS = (
    PixelDataError,  # what the pixels are, or how they are encoded
    EntryError,  # damage in the zip, met while the frame is read
    RequestError,  # fewer frames than were counted
    MemoryError,  # a frame larger than what is free
)
"""What stands in the way of one frame, and not of the next."""


class Composites(NamedTuple):
    """Three pictures (rows, columns, 4), alpha 255."""

    maximum: NDArray[np.uint8]
    minimum: NDArray[np.uint8]
    mean: NDArray[np.uint8]


class Composite:
    """Maximum, minimum and mean over frames of one size, one frame at a time.

    Frames of more than `MAX_SAMPLES` are reduced to blocks of pixels: the maximum keeps the brightest pixel of each
    block, the minimum the darkest, so that thin strokes do not fade. Grey frames take one channel, until the first in
    colour.
    """

    def __init__(self, rows: int, columns: int) -> None:
        self.frames = 0
        """How many went in."""
        self.factor = 1
        """Pixels of a frame for one of the composites', along each side."""
        while -(-rows // self.factor) * -(-columns // self.factor) > MAX_SAMPLES:
            self.factor += 1
        self._size = (rows, columns)
        shape = (-(-rows // self.factor), -(-columns // self.factor), 1)
        self._maximum: NDArray[np.uint8] = np.zeros(shape, np.uint8)
        self._minimum: NDArray[np.uint8] = np.full(shape, 255, np.uint8)
        self._sum: NDArray[np.uint32] = np.zeros(shape, np.uint32)

    def add(self, picture: NDArray[np.uint8], *, gray: bool) -> None:
        """Take in a frame, (rows, columns, 4) as it is seen; `gray` says that its channels are equal.

        Raises
        ------
        ValueError
            If it has another size than the first.
        """
        if picture.shape[:2] != self._size:
            raise ValueError(f"{picture.shape} is not of the size {self._size}.")
        if not gray and self._sum.shape[2] == 1:
            self._maximum = np.repeat(self._maximum, 3, axis=2)
            self._minimum = np.repeat(self._minimum, 3, axis=2)
            self._sum = np.repeat(self._sum, 3, axis=2)
        color = picture[..., :1] if gray else picture[..., :3]
        bright, dark, mean = color, color, color
        if self.factor > 1:
            bright, dark = (_by_blocks(color, self.factor, how) for how in (np.maximum, np.minimum))
            mean = shrink(color, *self._sum.shape[:2])
        np.maximum(self._maximum, bright, out=self._maximum)
        np.minimum(self._minimum, dark, out=self._minimum)
        self._sum += mean
        self.frames += 1

    def pictures(self) -> Composites:
        """Return the three pictures of what went in so far; black where nothing did."""
        if not self.frames:
            return Composites(*(_opaque(self._maximum) for _ in range(3)))
        mean = ((self._sum + self.frames // 2) // self.frames).astype(np.uint8)
        return Composites(_opaque(self._maximum), _opaque(self._minimum), _opaque(mean))


def _by_blocks(color: NDArray[np.uint8], factor: int, how: np.ufunc) -> NDArray[np.uint8]:
    rows, columns = (np.arange(0, length, factor) for length in color.shape[:2])
    reduced: NDArray[np.uint8] = how.reduceat(how.reduceat(color, rows, axis=0), columns, axis=1)
    return reduced


def shrink(picture: NDArray[np.uint8], rows: int, columns: int) -> NDArray[np.uint8]:
    """Return (rows, columns, channels) of a larger picture, each pixel the mean of those that it stands for.

    Along a side that is to become longer instead, pixels are repeated.
    """
    return _resize(_resize(picture, rows, 0), columns, 1)


def _resize(picture: NDArray[np.uint8], length: int, axis: int) -> NDArray[np.uint8]:
    before = picture.shape[axis]
    starts = np.arange(length) * before // length
    if length >= before:
        repeated: NDArray[np.uint8] = np.take(picture, starts, axis=axis)
        return repeated
    sums = np.add.reduceat(picture, starts, axis=axis, dtype=np.uint32)
    counts = np.diff(starts, append=before).astype(np.uint32)
    counts = counts.reshape(-1, 1, 1) if axis == 0 else counts.reshape(1, -1, 1)
    means: NDArray[np.uint8] = ((sums + counts // 2) // counts).astype(np.uint8)
    return means


def thumbnail(picture: NDArray[np.uint8], size: int, aspect: float) -> NDArray[np.uint8]:
    """Return a picture that fits into a square, in proportion; smaller ones are not enlarged.

    Parameters
    ----------
    picture : NDArray, shape (rows, columns, channels)
    size : int
        Side of the square, pixels.
    aspect : float
        Height of a pixel over its width; see `pixel_aspect`.
    """
    height, width = picture.shape[0] * max(aspect, 1.0), picture.shape[1] * max(1 / aspect, 1.0)
    scale = min(1.0, size / max(height, width))
    return shrink(picture, max(1, round(height * scale)), max(1, round(width * scale)))


_MAX_ASPECT = 20.0
"""Beyond this the header is taken to be wrong: the picture would be a line."""


def pixel_aspect(description: Description) -> float:
    """Return height over width of a pixel (PS3.3 §C.7.6.3.1.7); 1 where the header cannot be right."""
    height, width = description.pixel_aspect
    aspect = height / width if min(height, width) > 0 else 1.0
    return aspect if 1 / _MAX_ASPECT <= aspect <= _MAX_ASPECT else 1.0


def is_gray(description: Description) -> bool:
    """Return whether the pictures have equal channels."""
    return description.photometric_interpretation.startswith("MONOCHROME")


class Drawn(NamedTuple):
    """What became of one frame, or of an instance none of whose frames could be tried."""

    frame: int
    image: Image | None
    picture: Picture | None
    """None where it could not be drawn."""
    undrawable: Undrawable | None


def draw_frames(file: BinaryIO, entry: int) -> Iterator[Drawn]:
    """Draw every frame of an instance, one after the other, and say of each that cannot be drawn why.

    The number of frames is the one that the pixels show, not the one that the header claims. After `GIVE_UP_FRAMES`
    failures in a row the rest is given up, and said to be.
    """
    try:
        image = open_image(file)
    except DRAW_ERRORS as error:
        yield Drawn(0, None, None, Undrawable(entry, None, say_error(error)))
        return
    description = image.description
    if not description.drawable:
        yield Drawn(0, image, None, Undrawable(entry, None, description.reason))
        return
    failures = 0
    for frame in range(description.number_of_frames):
        picture, undrawable = None, None
        try:
            picture, failures = image.picture(frame), 0
        except DRAW_ERRORS as error:
            failures += 1
            undrawable = Undrawable(entry, frame, say_error(error))
        yield Drawn(frame, image, picture, undrawable)
        rest = description.number_of_frames - frame - 1
        if failures == GIVE_UP_FRAMES and rest and undrawable:
            given_up = f"{failures} frames in a row, the last of them frame {frame + 1:,}, could not be drawn, and"
            reason = f"{given_up} the {rest:,} behind them were not tried. {undrawable.reason}"
            yield Drawn(frame + 1, image, None, Undrawable(entry, None, reason))
            return


def say_error(error: BaseException) -> str:
    """Return one of `DRAW_ERRORS` as a sentence."""
    return str(error) or "there is too little memory for it."


def find_undrawable(archive: Archive, entries: Iterable[int]) -> Iterator[Undrawable]:
    """Draw every frame of every one of these entries, and yield those that cannot be drawn."""
    for entry in entries:
        try:
            with archive.open(archive.entries[entry]) as file:
                for drawn in draw_frames(file, entry):
                    if drawn.undrawable:
                        yield drawn.undrawable
        except EntryError as error:
            yield Undrawable(entry, None, str(error))


def _opaque(color: NDArray[np.uint8]) -> NDArray[np.uint8]:
    rgba = np.empty((*color.shape[:2], 4), np.uint8)
    rgba[..., :3] = color
    rgba[..., 3] = 255
    return rgba
