"""What the picture worker answers; beside `session` because it is the one that needs NumPy.

The instance that was asked for last stays open, so that walking through its frames reads its header once.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, BinaryIO

import numpy as np

from pycore.errors import PixelDataError, RequestError
from pycore.pixels import Image, open_image
from pycore.pixels.annotations import annotate
from pycore.session import Session


class PictureSession:
    """Pictures of the archive that a session has open."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._opened: tuple[BinaryIO, Image] | None = None
        self._entry: tuple[Any, int] | None = None

    def describe(self, entry: int) -> dict[str, Any]:
        """Return what the header says about the pixels."""
        return {"description": asdict(self._image(entry).description)}

    def picture(self, entry: int, frame: int, window: dict[str, float] | None) -> tuple[dict[str, Any], memoryview]:
        """Return a frame as it is seen: rows, columns and the window applied, and its RGBA bytes.

        Raises
        ------
        PixelDataError
            With the reason why it cannot be drawn.
        """
        image = self._drawable(entry, frame)
        picture = image.picture(frame, (window["center"], window["width"]) if window else None)
        rows, columns, _ = picture.rgba.shape
        used = None if picture.window is None else asdict(picture.window)
        rgba = np.ascontiguousarray(picture.rgba)
        return {"rows": rows, "columns": columns, "window": used}, rgba.reshape(-1).data

    def annotations(self, entry: int, frame: int) -> dict[str, Any]:
        """Return what is written around a frame; see `annotations.annotate`."""
        return asdict(annotate(self._image(entry).header, frame))

    def stored(self, entry: int, frame: int) -> tuple[dict[str, Any], memoryview]:
        """Return the stored values of a frame, before any look-up table: shape and dtype, and their bytes."""
        values = self._drawable(entry, frame).frame(frame)
        little = np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("<"))
        return {"shape": values.shape, "dtype": values.dtype.name}, little.reshape(-1).view(np.uint8).data

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
            file = self._session.open_entry(entry)
            self._opened = (file, open_image(file))
            self._entry = (archive, entry)
        return self._opened[1]
