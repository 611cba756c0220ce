"""What the picture worker makes in the background: small pictures, and composites over whole series in small steps.

It has an instance open of its own, so that work in the background never closes the one that the user looks at. A step
ends after `STEP_PIXELS`, so that whoever asks for a picture waits for one step at most.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any, BinaryIO

from pycore.archive import Archive
from pycore.errors import EntryError, RequestError
from pycore.marks import Undrawable
from pycore.pixels import Image, open_image
from pycore.pixels.annotations import read_segment
from pycore.pixels.composite import (
    DRAW_ERRORS,
    Composite,
    Drawn,
    draw_frames,
    is_gray,
    pixel_aspect,
    say_error,
    thumbnail,
)
from pycore.session import Session

STEP_PIXELS = 1 << 20
"""How many pixels one step of a composite draws, unless a single frame has more."""
OPENING_PIXELS = 1 << 17
"""What opening an instance counts for."""
MAX_GROUPS = 8
"""Of frames of one size in a series, those that came first; frames of other sizes are told to be left out."""
MAX_SIZE = 512
"""Of a small picture, pixels along its longer side."""


class _Group:
    """Composite pictures of all frames of one size, and the shape of their pixels."""

    def __init__(self, rows: int, columns: int, aspect: float) -> None:
        self.rows = rows
        self.columns = columns
        self.aspect = aspect
        self.composite = Composite(rows, columns)


class GlanceSession:
    """Small and composite pictures of the archive that a session has open."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._opened: tuple[BinaryIO, Image] | None = None
        self._entry: tuple[Archive, int] | None = None
        self._run = 0
        self._steps: Iterator[dict[str, Any]] | None = None
        self._groups: dict[tuple[int, int], _Group] = {}

    def thumbnail(self, entry: int, frame: int, size: int) -> tuple[dict[str, Any], memoryview]:
        """Return a small picture: rows, columns, and its RGBA bytes; or, without a row, the reason why there is none.

        `frames` is how many the instance really has, 0 where that is not known; `whole` says that none can be drawn,
        `label` what the frame shows, where it is a segment. A `video` is neither drawn nor a failure.
        """
        nothing = {"rows": 0, "columns": 0, "frames": 0, "label": "", "video": False}
        try:
            image = self._image(entry)
        except DRAW_ERRORS as error:
            return nothing | {"reason": say_error(error), "whole": True}, memoryview(b"")
        description = image.description
        if description.video:
            return nothing | {"reason": "", "whole": False, "video": True}, memoryview(b"")
        if not description.drawable:
            return nothing | {"reason": description.reason, "whole": True}, memoryview(b"")
        nothing["frames"] = description.number_of_frames
        try:
            picture = image.picture(frame).rgba
        except DRAW_ERRORS as error:
            return nothing | {"reason": say_error(error), "whole": False}, memoryview(b"")
        small = thumbnail(picture, max(1, min(size, MAX_SIZE)), pixel_aspect(description))
        rows, columns, _ = small.shape
        facts = nothing | {"rows": rows, "columns": columns, "reason": "", "whole": False}
        facts["label"] = read_segment(image.header, frame)
        return facts, small.reshape(-1).data

    def compose(self, entries: Sequence[int]) -> dict[str, Any]:
        """Begin composite pictures over all frames of these entries; those begun before are forgotten."""
        self._run += 1
        self._groups = {}
        self._steps = self._compose(tuple(entries))
        return {"run": self._run}

    def compose_step(self, run: int) -> dict[str, Any]:
        """Draw some more frames: how many are done, by instances and frames, and which could not be drawn.

        Raises
        ------
        RequestError
            If other composite pictures have been begun since.
        """
        if run != self._run or self._steps is None:
            raise RequestError("Other composite pictures have been begun since.")
        return next(self._steps)

    def composed(self, run: int, group: int) -> tuple[dict[str, Any], list[memoryview]]:
        """Return the composite pictures of one group as far as they are: maximum, minimum, mean.

        Raises
        ------
        RequestError
            If other composite pictures have been begun since, or there is no such group.
        """
        groups = list(self._groups.values())
        if run != self._run or not 0 <= group < len(groups):
            raise RequestError("There are no such composite pictures.")
        one = groups[group]
        pictures = one.composite.pictures()
        rows, columns, _ = pictures.mean.shape
        value = {
            "rows": rows,
            "columns": columns,
            "aspect": one.aspect,
            "frame_rows": one.rows,
            "frame_columns": one.columns,
            "frames": one.composite.frames,
        }
        return value, [picture.reshape(-1).data for picture in pictures]

    def _compose(self, entries: tuple[int, ...]) -> Iterator[dict[str, Any]]:
        instances = frames = left_out = videos = pixels = 0
        failed: list[Undrawable] = []

        def told(finished: bool) -> dict[str, Any]:
            return {
                "instances": instances,
                "frames": frames,
                "left_out": left_out,
                "videos": videos,
                "groups": len(self._groups),
                "failed": [asdict(one) for one in failed],
                "finished": finished,
            }

        for entry in entries:
            for drawn in self._draw(entry):
                if drawn.image is not None and drawn.image.description.video:
                    videos += 1
                elif drawn.undrawable:
                    failed.append(drawn.undrawable)
                    pixels += OPENING_PIXELS
                elif self._add(drawn):
                    frames += 1
                else:
                    left_out += 1
                pixels += 0 if drawn.picture is None else drawn.picture.rgba.size // 4
                if pixels >= STEP_PIXELS:
                    yield told(False)
                    pixels, failed = 0, []
            instances += 1
            pixels += OPENING_PIXELS
        while True:
            yield told(True)
            failed = []

    def _draw(self, entry: int) -> Iterator[Drawn]:
        try:
            with self._session.open_entry(entry) as file:
                yield from draw_frames(file, entry)
        except EntryError as error:
            yield Drawn(0, None, None, Undrawable(entry, None, str(error)))

    def _add(self, drawn: Drawn) -> bool:
        """Take a frame into the composites of its size; False where there are too many sizes already."""
        if drawn.picture is None or drawn.image is None:
            return False
        rows, columns, _ = drawn.picture.rgba.shape
        group = self._groups.get((rows, columns))
        if group is None:
            if len(self._groups) == MAX_GROUPS:
                return False
            group = _Group(rows, columns, pixel_aspect(drawn.image.description))
            self._groups[rows, columns] = group
        group.composite.add(drawn.picture.rgba, gray=is_gray(drawn.image.description))
        return True

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
