"""The lines of the ledger, and where the bytes of each lie."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from pycore.archive.headers import Header


class Kind(StrEnum):
    """What an entry is to the zip."""

    FILE = "file"
    FOLDER = "folder"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the ledger: an entry of a zip or tar, or a file that was chosen by itself."""

    index: int
    """Over the whole archive, in directory order; the one identity used everywhere."""
    name: str
    """The path as shown and as reported; always valid UTF-8 text, not always unique."""
    kind: Kind
    size: int
    """Inflated bytes, as the directory states."""
    reason: str
    """Why it is unreadable, one sentence; empty otherwise."""


class Range(NamedTuple):
    """Bytes to fetch from one of the sources."""

    source: int
    """Index into the sources that the archive was opened with."""
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Entries to be read together, and what to fetch for them beforehand."""

    indexes: tuple[int, ...]
    ranges: tuple[Range, ...]


class Member(NamedTuple):
    """Where an entry's bytes are."""

    source: int
    header: Header | None
    """None for what lies in the source as it is: a file that was chosen by itself, or one in a tar."""
    start: int
    """Of the local header, or of the bytes where there is none."""
    end: int
    """Where the next entry or the directory begins, in the source; the entry's bytes lie before it."""


class Found(NamedTuple):
    """An entry before it has its place in the ledger."""

    name: str
    kind: Kind
    size: int
    reason: str
    header: Header | None
    start: int
    end: int


class Contents(NamedTuple):
    """What one source holds."""

    found: list[Found]
    problems: list[str]
    """Sentences about the archive as a whole."""
    notes: list[tuple[int, str]]
    """Sentences about one of `found`, by its index in it."""
    comment: bytes = b""
