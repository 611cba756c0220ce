"""What was noticed about an entry or the archive, as values that are never raised."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Generic, TypeVar

_T = TypeVar("_T")


class Severity(StrEnum):
    """How grave a finding is, gravest first."""

    IDENTIFIER = "identifier"
    """Names or numbers a person directly."""
    QUASI = "quasi"
    """Narrows a person down, or names others: dates, staff, institutions, devices, UIDs not known to be replaced."""
    REVIEW = "review"
    """A person must look: unknown private or binary content, text that is not empty, unreadable parts."""
    INFO = "info"
    """Said, but does no harm."""

    @property
    def rank(self) -> int:
        """0 for the gravest."""
        return _RANKS[self]


_RANKS = {severity: rank for rank, severity in enumerate(Severity)}


MAX_VALUES = 5
"""How many distinct values a finding shows; the others are counted."""


class Where(StrEnum):
    """In which part of an entry, or of the archive, a finding lies."""

    ELEMENT = "element"
    FILE_META = "file-meta"
    PREAMBLE = "preamble"
    TRAILING = "trailing"
    ENTRY_NAME = "entry-name"
    ARCHIVE = "archive"
    OTHER_FILE = "other-file"
    EMBEDDED = "embedded"
    PIXEL = "pixel"


if TYPE_CHECKING:
    _Array = array[int]
else:
    _Array = array  # which takes no parameters in Python 3.11


@dataclass(frozen=True, slots=True)
class Flag:
    """What one rule says of one value, wherever that value occurs."""

    rule: str
    """Stable name of the rule: 'profile', 'private', 'patient-id-two-names'."""
    clause: str
    """Where the rule is written, and its edition: 'PS3.15 Table E.1-1 (2026d)'."""
    action: str
    """What the profile asks for: 'X', 'Z', 'D', 'U', 'C', 'K' or a compound; empty where no action is defined."""
    severity: Severity
    evidence: str = ""
    """Why the rule believes it, where the value alone does not show it; quotes no value."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One judged fact: a flag, where it lies, and in which entries."""

    flag: Flag
    where: Where
    path: str
    """Where the element is, Items counted from 0: '(0040,A730)[0]/(0040,A160)'; empty outside a data set."""
    tag: str
    """Eight upper-case hex digits: '0040A160'; empty outside a data set."""
    keyword: str
    """Keyword of PS3.6; empty for private and unknown elements."""
    vr: str
    private_creator: str | None
    entries: Sequence[int]
    """Indexes of the entries that hold it, ascending, by `to_entries`; empty when it is about the archive itself."""
    count: int
    """How often it occurs over all entries."""
    values: tuple[str, ...]
    """The distinct values, as text, in order; at most `MAX_VALUES` of them."""
    distinct: int
    """How many distinct values there are, shown or not."""


class Indexes(_Array):
    """Indexes of entries, four bytes each; equal to any sequence of the same numbers."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence | array) and len(self) == len(other) and all(map(int.__eq__, self, other))

    __hash__ = None


def to_entries(entries: Iterable[int]) -> Indexes:
    """Return indexes of entries as they are kept."""
    return Indexes("I", entries)


class OfEntries(Generic[_T]):
    """What comes of indexes of entries, worked out once for all values that share them: identity tells them apart.

    Parameters
    ----------
    make : callable
        Indexes -> what comes of them.
    """

    def __init__(self, make: Callable[[Sequence[int]], _T]) -> None:
        self._make = make
        self._known: dict[int, tuple[Sequence[int], _T]] = {}

    def __call__(self, entries: Sequence[int]) -> _T:
        if len(entries) == 1:  # these are made anew whenever they are asked for
            return self._make(entries)
        known = self._known.get(id(entries))
        if known is None:
            # They are kept, too: the identity of what is gone may be that of others.
            known = self._known[id(entries)] = (entries, self._make(entries))
        return known[1]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that could not be read or judged."""

    entry: int | None
    """Index of the entry; None when it is about the archive itself."""
    message: str
    """One sentence: what, where, expected and found."""
