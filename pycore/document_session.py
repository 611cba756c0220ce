"""What the picture worker answers about objects as documents, and about contours on images.

Structure sets stay open between the images that they are asked for, since reading one takes longer than drawing it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, BinaryIO

from pycore.documents import read_document, to_plain
from pycore.documents.contours import StructureSet
from pycore.documents.data_set import DataSet, to_data_set
from pycore.elements import Reading, read_instance
from pycore.errors import DicomError
from pycore.session import Session

MAX_STRUCTURE_SETS = 4
"""How many are held open."""


class DocumentSession:
    """Documents of the archive that a session has open."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._archive: object = None
        self._structure_sets: dict[int, tuple[BinaryIO, StructureSet]] = {}
        self._image: tuple[int, DataSet] | None = None

    def document(self, entry: int) -> tuple[dict[str, Any], list[bytes]]:
        """Return an entry as a document: title and blocks, and beside them the samples of its plots.

        Raises
        ------
        DicomError
            If the entry is no DICOM object.
        """
        with self._session.open_entry(entry) as file:
            return to_plain(read_document(self._read(entry, file), file))

    def contours(self, entry: int, frame: int, structures: Sequence[int]) -> dict[str, Any]:
        """Return the contours of structure sets on one frame of an image, and what is to be said about them.

        Parameters
        ----------
        structures : sequence of int
            Entries of structure sets.
        """
        self._forget_others()
        if self._image is None or self._image[0] != entry:
            with self._session.open_entry(entry) as file:
                self._image = (entry, to_data_set(self._read(entry, file), None))
        lines: list[dict[str, Any]] = []
        notes: list[str] = []
        for structure_set in structures:
            outlines, more = self._structure_set(structure_set).outlines(self._image[1], frame)
            notes += more
            lines += [
                {
                    "entry": structure_set,
                    "structure": outline.structure,
                    "name": outline.name.text,
                    "identifying": outline.name.identifying,
                    "color": outline.color,
                    "closed": outline.closed,
                    "points": outline.points,
                }
                for outline in outlines
            ]
        return {"lines": lines, "notes": notes}

    def _structure_set(self, entry: int) -> StructureSet:
        known = self._structure_sets.get(entry)
        if known is None:
            if len(self._structure_sets) >= MAX_STRUCTURE_SETS:
                self._structure_sets.pop(next(iter(self._structure_sets)))[0].close()
            file = self._session.open_entry(entry)
            known = (file, StructureSet(to_data_set(self._read(entry, file), file)))
            self._structure_sets[entry] = known
        return known[1]

    def _forget_others(self) -> None:
        """Close what belongs to files that are no longer open."""
        if self._archive is self._session.archive:
            return
        for file, _ in self._structure_sets.values():
            file.close()
        self._structure_sets.clear()
        self._image = None
        self._archive = self._session.archive

    def _read(self, entry: int, file: BinaryIO) -> Reading:
        found = self._session.archive.entries[entry]
        reading = read_instance(file, found.size)
        if reading is None:
            raise DicomError(f"{found.name} is not a DICOM object.")
        return reading
