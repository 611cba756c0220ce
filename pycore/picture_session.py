"""What the picture worker answers; beside `session` because it is the one that needs NumPy.

The instance that was asked for last stays open, so that walking through its frames reads its header once; the frame
that was shown last stays decoded, so that a new window costs no second decoding.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, BinaryIO

import numpy as np

from pycore.errors import PixelDataError, RequestError
from pycore.pixels import FrameView, Image, Indexed, Window, open_image
from pycore.pixels.annotations import annotate
from pycore.pixels.video import find_kind
from pycore.session import Session


class PictureSession:
    """Pictures of the archive that a session has open."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._opened: tuple[BinaryIO, Image] | None = None
        self._entry: tuple[Any, int] | None = None
        self._view: tuple[int, bool, FrameView] | None = None
        """Of the open image: frame, whether its shutter is applied, and what is seen."""

    def describe(self, entry: int) -> dict[str, Any]:
        """Return what the header says about the pixels."""
        return {"description": asdict(self._image(entry).description)}

    def picture(
        self, entry: int, frame: int, window: dict[str, Any] | None, shutter: bool
    ) -> tuple[dict[str, Any], memoryview | Indexed]:
        """Return a frame as it is seen: rows, columns and the window applied, and its RGBA bytes or where to find them.

        Parameters
        ----------
        window : dict or None
            A preset of the description, or any center and width; without a function, that of the file. None for what
            the file wants.
        shutter : bool
            Whether the display shutter covers what it covers.

        Raises
        ------
        PixelDataError
            With the reason why it cannot be drawn.
        """
        view = self._frame_view(entry, frame, shutter)
        rows, columns = view.stored.shape[:2]
        picture = view.indexed(_to_window(window)) or view.picture(_to_window(window))
        used = None if picture.window is None else asdict(picture.window)
        value = {"rows": rows, "columns": columns, "window": used}
        return value, picture if isinstance(picture, Indexed) else picture.rgba.reshape(-1).data

    def annotations(self, entry: int, frame: int) -> dict[str, Any]:
        """Return what is written around a frame; see `annotations.annotate`."""
        return asdict(annotate(self._image(entry).header, frame))

    def stored(self, entry: int, frame: int) -> tuple[dict[str, Any], memoryview]:
        """Return the stored values of a frame, before any look-up table: shape and dtype, and their bytes."""
        values = self._any_view(entry, frame).stored
        little = np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("<"))
        return {"shape": values.shape, "dtype": values.dtype.name}, little.reshape(-1).view(np.uint8).data

    def video(self, entry: int) -> tuple[dict[str, Any], bytes]:
        """Return what the stream of a video is, and the stream; see `frames.read_video`."""
        stream = self._image(entry).video()
        kind = find_kind(stream)
        return {"mime": kind.mime, "playable_words": kind.words}, stream

    def overlays(self, entry: int, frame: int) -> tuple[dict[str, Any], list[memoryview]]:
        """Return the overlays over a frame: group and label, what could not be read, and their bits as bytes."""
        found = self._drawable(entry, frame).overlays(frame)
        planes = [{"group": overlay.plane.group, "label": overlay.plane.label} for overlay in found]
        problems = [overlay.problem for overlay in found if overlay.problem]
        return {"planes": planes, "problems": problems}, [overlay.bits.reshape(-1).data for overlay in found]

    def pixel(self, entry: int, frame: int, row: int, column: int) -> dict[str, Any]:
        """Return the value of one pixel as people read it, and as it is stored.

        Raises
        ------
        RequestError
            If there is no such pixel.
        """
        image, view = self._drawable(entry, frame), self._any_view(entry, frame)
        rows, columns = view.stored.shape[:2]
        if not (0 <= row < rows and 0 <= column < columns):
            raise RequestError(f"There is no pixel {row}, {column}: the frame has {rows} × {columns}.")
        return {"text": image.value_text(view, frame, row, column), "stored": view.stored[row, column].tolist()}

    def _frame_view(self, entry: int, frame: int, shutter: bool) -> FrameView:
        image = self._drawable(entry, frame)
        shutter = shutter and image.description.has_shutter
        if self._view is None or self._view[:2] != (frame, shutter):
            same = self._view[2] if self._view and self._view[0] == frame else None
            self._view = None  # its arrays are free for the next
            self._view = frame, shutter, image.view(frame, shutter=shutter, same=same)
        return self._view[2]

    def _any_view(self, entry: int, frame: int) -> FrameView:
        """Return the frame with or without its shutter, as it is at hand."""
        self._drawable(entry, frame)
        return self._frame_view(entry, frame, self._view is not None and self._view[:2] == (frame, True))

    def _drawable(self, entry: int, frame: int) -> Image:
        image = self._image(entry)
        description = image.description
        if not description.drawable:
            raise PixelDataError(description.reason)
        if not 0 <= frame < description.number_of_frames:
            raise RequestError(f"There is no frame {frame}: the instance has {description.number_of_frames}.")
        return image

    def _image(self, entry: int) -> Image:
        archive = self._session.archive
        if self._opened is None or self._entry != (archive, entry):
            if self._opened is not None:
                self._opened[0].close()
                self._opened = None
            self._view = None
            file = self._session.open_entry(entry)
            self._opened = (file, open_image(file))
            self._entry = (archive, entry)
        return self._opened[1]


def _to_window(window: dict[str, Any] | None) -> Window | tuple[float, float] | None:
    """Return the window of a message; presets that the frame or a table decides have neither center nor width."""
    if window is None:
        return None
    center, width = window.get("center"), window.get("width")
    function = window.get("function")
    if center is None or width is None:
        return Window(0.0, 0.0, function or "")
    return Window(center, width, function) if function else (center, width)
