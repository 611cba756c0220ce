"""Pixel Data -> stored values -> RGBA (PS3.3 §C.7.6.3, §C.11): the only part that needs NumPy.

- `source`      bytes in bounded steps, inflated on the way
- `attributes`  file -> `Description`, and where the pixels lie
- `annotations` header -> what is written around the picture
- `frames`      one frame -> stored values (PS3.5 §8, §A.4); compressed ones by pydicom's decoders and their plugins
- `luts`        data elements -> lookup tables
- `display`     stored values -> RGBA

An `Image` is opened once per instance and reads nothing but its header and the frames that are asked for. The file must
stay open with it. Frames count from 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, BinaryIO

from numpy.typing import NDArray

from pycore.pixels.attributes import Description, Header, Rescale, Window, read_description, read_header
from pycore.pixels.display import Picture, Transforms, check_display, read_transforms, to_rgba
from pycore.pixels.frames import check_frames, read_stored

__all__ = [
    "Description",
    "Image",
    "Picture",
    "Rescale",
    "Transforms",
    "Window",
    "describe",
    "open_image",
    "read_frame",
    "to_rgba",
]


@dataclass(frozen=True, slots=True)
class Image:
    """An instance whose header has been read; `description` says whether `frame` and `picture` can succeed."""

    description: Description
    header: Header

    def frame(self, frame: int) -> NDArray[Any]:
        """Return stored values; see `frames.read_stored`."""
        return read_stored(self.header, self.description, frame)

    def transforms(self, frame: int) -> Transforms:
        """Return how the header wants the frame to be shown, as `to_rgba` takes it."""
        return read_transforms(self.header, self.description, frame, [])

    def picture(self, frame: int, window: Window | tuple[float, float] | None = None) -> Picture:
        """Return the frame as it is seen, and the window that was applied; see `display.to_rgba`."""
        return to_rgba(self.frame(frame), self.transforms(frame), window)


def open_image(file: BinaryIO) -> Image:
    """Read the header of a data set and decide whether its frames can be drawn; no frame is read.

    Raises
    ------
    PixelDataError
        If the file is not DICOM, or its header cannot be read.
    """
    header = read_header(file)
    return Image(check_display(check_frames(read_description(header), header), header), header)


def describe(file: BinaryIO) -> Description:
    """Return what the header says about the pixels; see `open_image`."""
    return open_image(file).description


def read_frame(file: BinaryIO, frame: int) -> NDArray[Any]:
    """Return the stored values of one frame; see `frames.read_stored`."""
    return open_image(file).frame(frame)
