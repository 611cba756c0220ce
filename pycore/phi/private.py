"""Private elements (PS3.5 §7.8, PS3.15 §E.3.10): all that hold a value are flagged.

In goes a value and the options, out come flags. What stands inside the values is left to other rules. Rules:

- `private`: the profile removes it; `info` where Retain Safe Private is chosen and Table E.3.10-1 lists the element
  under its private creator (a sequence: its Items are judged on their own). That curators kept it elsewhere is said as
  evidence, but is not the Standard's word.
- `private-unsafe`: the same, of an element that is known to hold what identifies (`data/private-unsafe.tsv`); `info`
  where an obvious dummy is left of it.
- `private-uid`: a UID in a safe element, not known to be replaced.
- `private-creator`: the element that reserves a block; it says whose elements they are, no more.
- `private-without-creator`: in no block that a private creator reserved, so nobody can say what it is.
- `private-illegal-tag`: an odd group that private elements may not use, or an element number outside any block.
- `private-in-file-meta`: private elements have no place in the File Meta Information.

Of how the blocks of one instance are reserved:

- `private-creator-empty`: reserves a block for nobody.
- `private-creator-repeated`: one block is reserved twice; whose its elements are cannot be told.
- `private-creator-twice`: one creator reserves two blocks of a group; tools that know one may miss the other.
- `private-creator-relocated`: the block before it is free, so the elements are not where tools with fixed tags look.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from pycore.elements import Element, to_text
from pycore.findings import Flag, Severity, Where
from pycore.phi.dummies import is_dummy, is_standard_uid
from pycore.phi.options import Options
from pycore.phi.value import PADDING, Value
from pycore.standard import (
    TABLE_E_1_1,
    TABLE_E_3_10_1,
    curated_private_rows,
    private_attributes_row,
    safe_private_rows,
    unsafe_private_rows,
)

_CLAUSE_TAGS = "PS3.5 §7.8.1"
_CLAUSE_FILE_META = "PS3.10 §7.1"
_ILLEGAL_GROUPS = frozenset({0x0001, 0x0003, 0x0005, 0x0007, 0xFFFF})  # PS3.5 §7.8.1
_CACHED_FLAGS = 16384


class Knowledge(StrEnum):
    """What is known of a private element, best first."""

    SAFE = "safe"
    """Listed by Table E.3.10-1 under its creator."""
    CURATED_KEEP = "curated keep"
    CURATED_DELETE = "curated delete"
    """Curators removed or replaced it."""
    UNKNOWN = "unknown"
    UNSAFE = "unsafe"
    """Known to hold what identifies."""


@dataclass(frozen=True, slots=True)
class Disposition:
    """What is known of a private element, and why."""

    knowledge: Knowledge
    severity: Severity
    """How grave it is when the element holds a value; REVIEW unless it is unsafe."""
    reason: str
    """In words; empty where nothing is known."""


@lru_cache(maxsize=_CACHED_FLAGS)
def disposition(tag: int, private_creator: str | None, vr: str = "") -> Disposition:
    """Return what is known of a private element under its creator, in whichever block it stands."""
    key = (tag >> 16, tag & 0xFF, (private_creator or "").strip(PADDING))
    safe = safe_private_rows().get(key)
    if safe is not None:
        return Disposition(Knowledge.SAFE, Severity.REVIEW, f"the Standard lists it as safe: {safe.meaning}")
    unsafe = unsafe_private_rows().get(key) or unsafe_private_rows().get(vr)
    if unsafe is not None:
        return Disposition(Knowledge.UNSAFE, unsafe.severity, unsafe.reason)
    curated = curated_private_rows().get(key)
    if curated is None:
        return Disposition(Knowledge.UNKNOWN, Severity.REVIEW, "")
    knowledge, reason = _DECISIONS[curated.decision]
    return Disposition(knowledge, Severity.REVIEW, reason)


_CURATORS = "curators of The Cancer Imaging Archive"
_DECISIONS = {
    "keep": (Knowledge.CURATED_KEEP, f"{_CURATORS} kept it in the values they saw; the Standard does not list it"),
    "sequence": (Knowledge.CURATED_KEEP, f"{_CURATORS} judged its items one by one; the Standard does not list it"),
    "delete": (Knowledge.CURATED_DELETE, f"{_CURATORS} remove it"),
    "hash": (Knowledge.CURATED_DELETE, f"{_CURATORS} replace it: a UID"),
    "offset-date": (Knowledge.CURATED_DELETE, f"{_CURATORS} shift it: a date"),
    "offset-date-integer": (Knowledge.CURATED_DELETE, f"{_CURATORS} shift it: a date written as a number"),
    "mixed": (Knowledge.UNKNOWN, f"{_CURATORS} decided differently in different places"),
}


def check_private(value: Value, options: Options) -> tuple[Flag, ...]:
    """Judge a private element; public elements, private group lengths and empty values give nothing."""
    if not value.tag >> 16 & 1 or value.tag & 0xFFFF == 0 or not value.has_value:
        return ()
    if value.where is Where.FILE_META:
        return (Flag("private-in-file-meta", _CLAUSE_FILE_META, "X", Severity.REVIEW),)
    flag = _find_flag(value.tag, value.vr, value.private_creator, options)
    if flag.action == "K" and value.vr == "UI" and "retain-uids" not in options.names and not is_standard_uid(value):
        return (Flag("private-uid", flag.clause, "U", Severity.QUASI),)
    if flag.rule == "private-unsafe" and is_dummy(value):
        return (Flag(flag.rule, flag.clause, flag.action, Severity.INFO, flag.evidence),)
    return (flag,)


def is_removed_private_sequence(tag: int, private_creator: str | None, options: Options) -> bool:
    """Return whether the profile removes a private sequence whole, so that its Items need no findings of their own."""
    return bool(tag >> 16 & 1) and _find_flag(tag, "SQ", private_creator, options).action == "X"


@lru_cache(maxsize=_CACHED_FLAGS)
def _find_flag(tag: int, vr: str, private_creator: str | None, options: Options) -> Flag:
    group, element = divmod(tag, 0x10000)
    if group in _ILLEGAL_GROUPS or element < 0x10 or 0xFF < element < 0x1000:
        return Flag("private-illegal-tag", _CLAUSE_TAGS, "X", Severity.REVIEW)
    row = private_attributes_row()
    if element <= 0xFF:
        # Under Retain Safe Private the action is C: it goes or stays with its elements.
        action = row.options["rtn_safe_priv"] if "retain-safe-private" in options.names else row.basic
        return Flag("private-creator", TABLE_E_1_1, action, Severity.INFO)
    if not private_creator:
        return Flag("private-without-creator", _CLAUSE_TAGS, row.basic, Severity.REVIEW)
    known = disposition(tag, private_creator, vr)
    if known.knowledge is Knowledge.SAFE and "retain-safe-private" in options.names:
        return Flag("private", TABLE_E_3_10_1, "K", Severity.INFO)
    rule = "private-unsafe" if known.knowledge is Knowledge.UNSAFE else "private"
    return Flag(rule, TABLE_E_1_1, row.basic, known.severity, known.reason)


class BlockFlag(NamedTuple):
    """What is wrong with how a private block is reserved."""

    path: str
    """Of the private creator element."""
    tag: int
    private_creator: str
    flag: Flag


def check_private_blocks(elements: Iterable[Element]) -> tuple[BlockFlag, ...]:
    """Judge how the private blocks of one instance are reserved, each data set and Item for itself (PS3.5 §7.8.1)."""
    groups: dict[tuple[str, int], list[tuple[Element, str]]] = {}
    for element in elements:
        if element.tag & 0x1_0000 and 0x10 <= element.tag & 0xFFFF <= 0xFF:
            creator = (to_text(element) or "").strip(PADDING)
            groups.setdefault((element.path.rpartition("/")[0], element.tag >> 16), []).append((element, creator))
    return tuple(
        BlockFlag(element.path, element.tag, creator, Flag(rule, _CLAUSE_TAGS, "", severity))
        for reserved in groups.values()
        for element, creator, rule, severity in _judge_blocks(reserved)
    )


def _judge_blocks(reserved: Sequence[tuple[Element, str]]) -> Iterable[tuple[Element, str, str, Severity]]:
    blocks: set[int] = set()
    creators: set[str] = set()
    all_blocks = {element.tag & 0xFF for element, _ in reserved}
    for element, creator in reserved:
        block = element.tag & 0xFF
        if not creator:
            yield element, creator, "private-creator-empty", Severity.REVIEW
        if block in blocks:
            yield element, creator, "private-creator-repeated", Severity.REVIEW
        elif creator and creator in creators:
            yield element, creator, "private-creator-twice", Severity.REVIEW
        elif block > 0x10 and block - 1 not in all_blocks:
            yield element, creator, "private-creator-relocated", Severity.INFO
        blocks.add(block)
        creators.add(creator)


@dataclass(frozen=True, slots=True)
class CreatorRow:
    """All private elements of one creator in the archive."""

    private_creator: str
    """Empty: elements in no block that a private creator reserved."""
    groups: tuple[int, ...]
    elements: int
    """How many different elements, whatever their blocks; those that hold nothing are not counted here and below."""
    files: int
    distinct: int
    """How many distinct values."""
    known: tuple[tuple[Knowledge, int], ...]
    """How many of the elements are safe, kept or deleted by curators, unknown, unsafe; without the zeros."""


def summarise_private(values: Iterable[tuple[Value, Sequence[int]]]) -> tuple[CreatorRow, ...]:
    """Count the private elements by creator, in the order of their names.

    Parameters
    ----------
    values : iterable of (Value, sequence of int)
        Distinct values, and the indexes of the entries that hold them; public ones among them are passed over.
    """
    gathered: dict[str, dict[tuple[int, int], set[Knowledge]]] = {}
    entries_of: dict[str, set[int]] = {}
    texts_of: dict[str, set[tuple[int, int, str | None, int]]] = {}
    for value, entries in values:
        group, element = divmod(value.tag, 0x10000)
        if not group & 1 or element <= 0xFF or not value.has_value:
            continue
        creator = (value.private_creator or "").strip(PADDING)
        key = (group, element & 0xFF if creator else element)
        known = disposition(value.tag, creator, value.vr).knowledge
        gathered.setdefault(creator, {}).setdefault(key, set()).add(known)
        entries_of.setdefault(creator, set()).update(entries)
        texts_of.setdefault(creator, set()).add((*key, value.text, value.length))
    return tuple(
        CreatorRow(
            private_creator=creator,
            groups=tuple(sorted({group for group, _ in elements})),
            elements=len(elements),
            files=len(entries_of[creator]),
            distinct=len(texts_of[creator]),
            known=_count_knowledge(elements.values()),
        )
        for creator, elements in sorted(gathered.items())
    )


def _count_knowledge(elements: Iterable[set[Knowledge]]) -> tuple[tuple[Knowledge, int], ...]:
    # An element that two writers gave different VRs may be known in two ways: the worse one counts.
    worst = [max(known, key=list(Knowledge).index) for known in elements]
    return tuple((knowledge, worst.count(knowledge)) for knowledge in Knowledge if knowledge in worst)
