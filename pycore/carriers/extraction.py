"""What comes out of bytes of any kind, as values, and the bounds within which it is looked for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pycore.elements import Element

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """How far bytes are taken apart. There is no clock in the core: what bounds the time is how much is looked at."""

    depth: int = 3
    """How many containers may lie inside one another: a gzip in a zip in a zip is the last that is opened."""
    texts: int = 4000
    characters: int = 4 * MIB
    """Of all texts together."""
    inflated_bytes: int = 128 * MIB
    """What may be read out of containers, all of them together."""
    entries: int = 5000
    """Of zips and tars, all together."""
    derivations: int = 200
    """Keys that are derived from passwords for entries encrypted with AES, each slowly on purpose."""
    elements: int = 200_000
    """Data elements of DICOM files that lie in a value or in another file."""
    file_bytes: int = 8 * MIB
    """How much is read of a file that can be understood from its beginning."""
    whole_file_bytes: int = 64 * MIB
    """How large a file may be that can only be understood as a whole."""
    searched_bytes: int = 2 * MIB
    """How many bytes of no known form are searched for strings; of more, the beginning and the end."""
    strings: int = 400
    """Readable strings kept of one value that has no other form."""
    pages: int = 200
    """Of one PDF."""


class Text(NamedTuple):
    """A readable text and where it lies."""

    origin: str
    """As people read it: 'strings', 'CSA header/PatientName', 'zip: letter.pdf/PDF text page 2'."""
    text: str
    is_free: bool
    """Whether it is prose or of unknown form; False for the value of a named field."""


@dataclass(frozen=True, slots=True)
class Extraction:
    """What bytes were found to hold."""

    kind: str
    """What they are by their content: 'CSA header', 'gzip', 'PDF', 'text', 'unknown', 'empty', …"""
    texts: tuple[Text, ...] = ()
    """In the order found, none twice."""
    elements: tuple[tuple[str, Element], ...] = ()
    """Data elements of DICOM files inside, each with its origin. Text inside their binary values is among `texts`."""
    problems: tuple[str, ...] = ()
    """One sentence each: what could not be read, or was left out."""
    complete: bool = True
    """Whether everything was looked at in its own form; False when there is a problem."""


_SPACES = re.compile(r"[\0-\x20\x7f-\xa0]+")
_LINE_SPACES = re.compile(r"[\0-\x09\x0b-\x20\x7f-\xa0]+")
_BLANK_LINES = re.compile(r" ?\n[ \n]*")
_SURROGATES = re.compile("[\ud800-\udfff]")
"""What JSON and RTF can name and UTF-8 cannot write."""
_TELLING = re.compile(r"[^\W\d_]|\d{4}")
"""A letter, or a number long enough to be a year, an ID or a date: less than that identifies nobody."""
_DECIMAL = re.compile(r"[-+]?(?:\d{0,6}\.\d+|\d{1,3})(?:[eE][-+]?\d+)?")

_MAX_PROBLEMS = 50

PIECE = 16 * 1024
"""Characters of a free text from which on it is given in several pieces, so that a place in it can be named."""


class Collector:
    """Takes what the readers of the various kinds find, and says when it is enough."""

    def __init__(self, limits: Limits, encodings: tuple[str, ...], passwords: Sequence[bytes] = ()) -> None:
        self.limits = limits
        self.encodings = encodings
        self.passwords = passwords
        self.derivations_left = limits.derivations
        self.bytes_left = limits.inflated_bytes
        self.entries_left = limits.entries
        self._characters_left = limits.characters
        self._texts: dict[Text, None] = {}
        self._elements: list[tuple[str, Element]] = []
        self._problems: dict[str, None] = {}

    @property
    def is_full(self) -> bool:
        """Whether no more texts are taken; a problem says so already."""
        return self._characters_left <= 0

    def add(self, place: str, text: str) -> None:
        """Take the value of a named field; control characters and runs of spaces become one space."""
        text = _SURROGATES.sub("\ufffd", _SPACES.sub(" ", text)).strip()
        if _TELLING.search(text) and not all(map(_DECIMAL.fullmatch, text.split("\\"))):
            for start in range(0, len(text), PIECE):
                self._keep(place, Text(place, text[start : start + PIECE], False))

    def add_free(self, place: str, text: str, *, name_lines: bool = False) -> None:
        """Take prose or text of unknown form, in pieces when it is long; lines are kept, empty ones not."""
        if len(text) <= PIECE:
            self._add_piece(place, text)
            return
        line = start = 0
        while start < len(text) and not self.is_full:
            end = start + PIECE
            if end < len(text):
                end = max(text.rfind("\n", start, end) + 1, text.rfind(" ", start, end) + 1, start + PIECE // 2)
            self._add_piece(f"{place} line {line + 1}" if name_lines else place, text[start:end])
            line += text.count("\n", start, end)
            start = end

    def add_element(self, place: str, element: Element) -> bool:
        """Take a data element; False when there are too many."""
        if len(self._elements) >= self.limits.elements:
            self.tell(place, f"more than {self.limits.elements:,} data elements: the rest was not reviewed")
            return False
        self._elements.append((place, element))
        return True

    def tell(self, place: str, problem: str) -> None:
        """Take what could not be read, as the end of a sentence that begins with the place."""
        if len(self._problems) == _MAX_PROBLEMS:
            self._problems["There are more problems than are listed."] = None
        elif len(self._problems) < _MAX_PROBLEMS:
            self._problems[f"{place or 'value'}: {problem.rstrip('.')}."] = None

    def extraction(self, kind: str) -> Extraction:
        """Return what was taken."""
        problems = tuple(self._problems)
        return Extraction(kind, tuple(self._texts), tuple(self._elements), problems, not problems)

    def _add_piece(self, place: str, text: str) -> None:
        if not text.isascii():
            text = _SURROGATES.sub("\ufffd", text)
        text = _BLANK_LINES.sub("\n", _LINE_SPACES.sub(" ", text)).strip(" \n")
        if _TELLING.search(text):
            self._keep(place, Text(place, text, True))

    def _keep(self, place: str, text: Text) -> None:
        if self.is_full or text in self._texts:
            return
        if len(self._texts) >= self.limits.texts or len(text.text) > self._characters_left:
            self._characters_left = 0
            self.tell(place, "there is more text than is kept: what follows was not reviewed")
            return
        self._characters_left -= len(text.text)
        self._texts[text] = None


def join(place: str, what: str) -> str:
    """Return where something is inside of a place."""
    return f"{place}/{what}" if place else what
