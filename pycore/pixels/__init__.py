"""Pixel Data -> stored values -> RGBA (PS3.3 §C.7.6.3, §C.11): the only part that needs NumPy.

- `source`      bytes in bounded steps, inflated on the way
- `functional_groups`  the Item of one frame, without parsing those of all others
- `icc`         ICC profile -> its name
- `attributes`  file -> `Description`, and where the pixels lie
- `annotations` header -> what is written around the picture
- `units`       what the numbers measure: Hounsfield units, dose, real world values, uptake
- `presets`     the windows to choose from
- `frames`      one frame -> stored values (PS3.5 §8, §A.4); compressed ones by pydicom's decoders and their plugins
- `overlays`    planes of single bits over a frame
- `shutters`    what of a frame is covered
- `luts`        data elements -> lookup tables
- `display`     stored values -> RGBA
- `composite`   RGBA of many frames -> small pictures and composites over a series

An `Image` is opened once per instance and reads nothing but its header and the frames that are asked for. The file must
stay open with it. Frames count from 0.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, BinaryIO

from numpy.typing import NDArray

from pycore.pixels.attributes import (
    Description,
    Header,
    OverlayPlane,
    Preset,
    Rescale,
    Window,
    read_description,
    read_header,
)
from pycore.pixels.display import FrameView, Indexed, Picture, Transforms, check_display, read_transforms, to_rgba
from pycore.pixels.frames import check_frames, read_decoded, read_stored, read_video
from pycore.pixels.overlays import Overlay, add_overlays, read_overlays
from pycore.pixels.presets import add_presets
from pycore.pixels.shutters import add_shutter, read_shutter
from pycore.pixels.units import read_real_world

__all__ = [
    "Description",
    "FrameView",
    "Image",
    "Indexed",
    "Overlay",
    "OverlayPlane",
    "Picture",
    "Preset",
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

    def view(self, frame: int, *, shutter: bool = False, same: FrameView | None = None) -> FrameView:
        """Return the frame, prepared for many windows; covered by its shutter if asked for.

        Parameters
        ----------
        same : FrameView, optional
            The same frame with another shutter; without it, the frame is decoded.
        """
        covered = read_shutter(self.header, self.description, frame) if shutter else None
        if same is not None:
            return FrameView(same.stored, same.transforms, covered)
        stored, transforms = read_decoded(self.header, self.description, frame), self.transforms(frame)
        if stored.values.ndim == 3:
            transforms = replace(
                transforms,
                photometric_interpretation=stored.photometric_interpretation,
                bits_stored=stored.bits_stored,
            )
        return FrameView(stored.values, transforms, covered)

    def picture(self, frame: int, window: Window | tuple[float, float] | None = None) -> Picture:
        """Return the whole frame as it is seen, and the window that was applied; see `display.to_rgba`."""
        return self.view(frame).picture(window)

    def value_text(self, view: FrameView, frame: int, row: int, column: int) -> str:
        """Return what a pixel says: '-1,024 HU', 'R 12 G 200 B 3', the real world value where it is another."""
        real_world = read_real_world(self.header, frame, [])
        return view.value_text(row, column, self.description.unit, real_world)

    def video(self) -> bytes:
        """Return the stream of a video; see `frames.read_video`."""
        return read_video(self.header, self.description)

    def overlays(self, frame: int) -> list[Overlay]:
        """Return the overlays that lie over a frame; see `overlays.read_overlays`."""
        return read_overlays(self.header, self.description, frame)


def open_image(file: BinaryIO) -> Image:
    """Read the header of a data set and decide whether its frames can be drawn; no frame is read.

    Raises
    ------
    PixelDataError
        If the file is not DICOM, or its header cannot be read.
    """
    header = read_header(file)
    description = check_frames(read_description(header), header)
    for complete in (check_display, add_presets, add_overlays, add_shutter):
        if description.drawable:
            description = complete(description, header)
    return Image(description, header)


def describe(file: BinaryIO) -> Description:
    """Return what the header says about the pixels; see `open_image`."""
    return open_image(file).description


def read_frame(file: BinaryIO, frame: int) -> NDArray[Any]:
    """Return the stored values of one frame; see `frames.read_stored`."""
    return open_image(file).frame(frame)
