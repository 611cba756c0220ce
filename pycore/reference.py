"""A reference of what DICOM names: tags, private elements, VRs, transfer syntaxes, SOP classes and modalities.

Made of pydicom's dictionaries (PS3.6, and the private dictionary) and of the tables in `data/`. Beside each thing may
stand how often an archive uses it. What an archive uses and no table knows is listed, too, without a name.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache, lru_cache
from typing import Any

from pydicom._dicom_dict import DicomDictionary, RepeatersDictionary
from pydicom._private_dict import private_dictionaries
from pydicom._uid_dict import UID_dictionary
from pydicom.datadict import mask_match

from pycore.findings import Where
from pycore.phi.options import OPTIONS, Options
from pycore.phi.private import Knowledge, disposition
from pycore.phi.profile import find_action
from pycore.review import Report
from pycore.standard import (
    TABLE_E_1_1,
    TABLE_E_3_10_1,
    ProfileRow,
    attribute_words,
    curated_private_rows,
    element_name,
    find_profile_row,
    identity_rows,
    modality_rows,
    outside_rows,
    private_attributes_row,
    profile_rows,
    safe_private_rows,
    severity_rows,
    transfer_syntax_rows,
    unsafe_private_rows,
    value_representation_rows,
)


class Kind(StrEnum):
    """What can be looked up."""

    TAG = "tags"
    PRIVATE = "private"
    VR = "vrs"
    TRANSFER_SYNTAX = "transfer syntaxes"
    SOP_CLASS = "sop classes"
    MODALITY = "modalities"


@dataclass(frozen=True, slots=True)
class Topic:
    """One thing that can be looked up."""

    kind: Kind
    code: str
    """'(0010,0010)', '(0019,xx0C)', 'PN', a UID, 'CT'; 'x' stands for any digit."""
    name: str
    """'' where no table knows it."""
    keyword: str = ""
    vr: str = ""
    vm: str = ""
    private_creator: str = ""
    is_retired: bool = False


@dataclass(frozen=True, slots=True)
class Usage:
    """How often an archive uses each thing."""

    counts: Mapping[Kind, Mapping[tuple[str, str], int]] = field(default_factory=dict)
    """By code and private creator: occurrences of tags, private elements and VRs, objects of the others."""


@cache
def topics(kind: Kind) -> tuple[Topic, ...]:
    """Return all of a kind, in order."""
    return tuple(_TOPICS[kind]())


@cache
def _by_code(kind: Kind) -> Mapping[tuple[str, str], Topic]:
    return {(topic.code, topic.private_creator): topic for topic in topics(kind)}


def find_usage(report: Report) -> Usage:
    """Count what the objects of a report use."""
    counts: dict[Kind, Counter[tuple[str, str]]] = {kind: Counter() for kind in Kind}
    for value, entries in report.values.items():
        if value.extracted or value.origin or not value.path or value.where not in (Where.ELEMENT, Where.FILE_META):
            continue
        counts[Kind.VR][value.vr, ""] += len(entries)
        if not value.tag >> 16 & 1:
            counts[Kind.TAG][_public_code(value.tag), ""] += len(entries)
        elif value.tag & 0xFFFF > 0xFF:
            counts[Kind.PRIVATE][_private_code(value.tag), (value.private_creator or "").strip()] += len(entries)
    for record in report.records:
        if record.instance is not None:
            one = record.instance
            for kind, code in (
                (Kind.TRANSFER_SYNTAX, one.transfer_syntax),
                (Kind.SOP_CLASS, one.sop_class_uid),
                (Kind.MODALITY, one.modality),
            ):
                if code:
                    counts[kind][code, ""] += 1
    return Usage(counts)


def find_topics(all_topics: Iterable[Topic], usage: Usage, find: str, *, is_used: bool) -> list[Topic]:
    """Return the topics that hold each word of `find`, best first: by code or keyword, by name, by what else it says.

    Tags may be written in any way: 00100010, 0010,0010, (0010,0010). Case is ignored.

    Parameters
    ----------
    is_used : bool
        Whether only what the archive uses is wanted.
    """
    words = [_plain_code(word) or word for word in find.casefold().split()]
    found = []
    for topic in all_topics:
        if is_used and not count_of(topic, usage):
            continue
        rank = _rank(topic, words)
        if rank is not None:
            found.append((rank, topic))
    return [topic for _, topic in sorted(found, key=lambda one: one[0])]


def add_unknown(kind: Kind, known: tuple[Topic, ...], usage: Usage) -> tuple[Topic, ...]:
    """Return the topics of a kind and, behind them, what the archive uses and no table knows."""
    codes = {(topic.code, topic.private_creator) for topic in known}
    unknown = sorted(set(usage.counts.get(kind, {})) - codes)
    return (*known, *(Topic(kind, code, "", private_creator=creator) for code, creator in unknown))


def count_of(topic: Topic, usage: Usage) -> int:
    """Return how often the archive uses it."""
    return usage.counts.get(topic.kind, {}).get((topic.code, topic.private_creator), 0)


def to_row(topic: Topic, usage: Usage, options: Options) -> dict[str, Any]:
    """Return a topic as a row of the page."""
    return {
        "kind": topic.kind,
        "code": topic.code,
        "name": topic.name,
        "keyword": topic.keyword,
        "vr": topic.vr,
        "vm": topic.vm,
        "private_creator": topic.private_creator,
        "retired": topic.is_retired,
        "known": bool(topic.name or topic.vr),
        "action": _action_of(topic, options),
        "used": count_of(topic, usage),
    }


def find_tag(tag: int, private_creator: str | None) -> Topic:
    """Return the topic of an element; without a name where no table knows it."""
    if tag >> 16 & 1:
        return _find_private(tag, (private_creator or "").strip())
    code = _public_code(tag)
    return _by_code(Kind.TAG).get((code, "")) or Topic(Kind.TAG, code, element_name(tag))


def explain(topic: Topic, usage: Usage, options: Options) -> dict[str, Any]:
    """Return all that is known of a topic, for people: its row, and what it is, sentence by sentence.

    `profile` is the row of PS3.15 Table E.1-1: the basic action, that of each option that has one, and the one in force
    under the options; None for what the table does not list.
    """
    words = value_representation_rows()
    return {
        **to_row(topic, usage, options),
        "vr_words": [
            {"vr": vr, "name": words[vr].name, "length": words[vr].length, "words": words[vr].words}
            for vr in ([topic.code] if topic.kind is Kind.VR else topic.vr.split(" or "))
            if vr in words
        ],
        "facts": list(_facts_of(topic)),
        "profile": _profile_of(topic, options),
    }


def to_tag(code: str) -> int | None:
    """Return the number of a tag that is written as '(0010,0010)'; None for anything else, '(60xx,3000)' too."""
    match = re.fullmatch(r"\(([0-9A-F]{4}),([0-9A-F]{4})\)", code)
    return int(match[1] + match[2], 16) if match else None


# Lists ----------------------------------------------------------------------------------------------------------------


def _list_tags() -> Iterator[Topic]:
    rows = {f"{tag:08X}": entry for tag, entry in DicomDictionary.items()}
    rows |= {_upper_hex(mask): entry for mask, entry in RepeatersDictionary.items()}
    named = {row.tag: row for row in profile_rows() if row.note.startswith("name: ") and "x" not in row.tag}
    for digits in sorted(rows.keys() | named.keys()):
        if digits in rows:
            vr, vm, name, retired, keyword = rows[digits]
            yield Topic(Kind.TAG, _to_code(digits), name, keyword, vr, vm, is_retired=bool(retired))
        else:
            tag = int(digits, 16)
            yield Topic(Kind.TAG, _to_code(digits), element_name(tag), is_retired=_is_retired_in_table(tag))


def _list_private() -> Iterator[Topic]:
    known: dict[tuple[str, str], Topic] = {}
    for creator, elements in private_dictionaries.items():
        for mask, (vr, vm, name, retired) in elements.items():
            # Some are written with the block 00, for any block. Left out: patterns of groups, and of reservations.
            if mask[4:6] == "xx" or "x" not in mask:
                code = f"({mask[:4].upper()},xx{mask[6:].upper()})"
                known[creator, code] = Topic(Kind.PRIVATE, code, name, "", vr, vm, creator, bool(retired))
    for (group, element, creator), safe in safe_private_rows().items():
        code = f"({group:04X},xx{element:02X})"
        known[creator, code] = Topic(Kind.PRIVATE, code, safe.meaning, "", safe.vr, safe.vm, creator)
    named = {key: row.name for key, row in curated_private_rows().items()}
    named |= {key: row.name for key, row in unsafe_private_rows().items() if not isinstance(key, str)}
    for (group, element, creator), name in named.items():
        code = f"({group:04X},xx{element:02X})"
        known.setdefault((creator, code), Topic(Kind.PRIVATE, code, name, private_creator=creator))
    return iter([known[key] for key in sorted(known)])


def _list_vrs() -> Iterator[Topic]:
    return (Topic(Kind.VR, row.vr, row.name) for row in value_representation_rows().values())


def _list_uids(kind: Kind, kind_of_uid: str) -> Iterator[Topic]:
    for uid, (name, found, _info, retired, keyword) in UID_dictionary.items():
        if found == kind_of_uid:
            yield Topic(kind, uid, name, keyword, is_retired=bool(retired))


def _list_modalities() -> Iterator[Topic]:
    return (Topic(Kind.MODALITY, row.code, row.name, is_retired=row.is_retired) for row in modality_rows().values())


_TOPICS: Mapping[Kind, Callable[[], Iterator[Topic]]] = {
    Kind.TAG: _list_tags,
    Kind.PRIVATE: _list_private,
    Kind.VR: _list_vrs,
    Kind.TRANSFER_SYNTAX: lambda: _list_uids(Kind.TRANSFER_SYNTAX, "Transfer Syntax"),
    Kind.SOP_CLASS: lambda: _list_uids(Kind.SOP_CLASS, "SOP Class"),
    Kind.MODALITY: _list_modalities,
}


def _find_private(tag: int, private_creator: str) -> Topic:
    if tag & 0xFFFF <= 0xFF:
        return Topic(Kind.PRIVATE, _to_code(f"{tag:08X}"), element_name(tag), vr="LO", vm="1")
    code = _private_code(tag)
    unknown = Topic(Kind.PRIVATE, code, "", private_creator=private_creator)
    return _by_code(Kind.PRIVATE).get((code, private_creator), unknown)


# Facts ----------------------------------------------------------------------------------------------------------------


def _facts_of(topic: Topic) -> Iterator[dict[str, str]]:
    """Yield what is known of a topic.

    `about` is 'is', 'known' (of a private element), 'searched' (its values are looked for everywhere), or a severity;
    the text is empty where that says it all.
    """
    match topic.kind:
        case Kind.TAG:
            yield from _facts_of_tag(topic.code)
        case Kind.PRIVATE:
            yield from _facts_of_private(topic)
        case Kind.VR if topic.code in value_representation_rows():
            row = value_representation_rows()[topic.code]
            yield {"about": "is", "text": row.words}
        case Kind.MODALITY if topic.code in modality_rows() and modality_rows()[topic.code].words:
            yield {"about": "is", "text": modality_rows()[topic.code].words}
        case Kind.TRANSFER_SYNTAX if topic.code in transfer_syntax_rows():
            yield {"about": "is", "text": _CODINGS[transfer_syntax_rows()[topic.code].coding]}
        case _:
            pass


_CODINGS = {
    "jpeg": "pixels compressed by JPEG",
    "jpeg-ls": "pixels compressed by JPEG-LS",
    "jpeg-2000": "pixels compressed by JPEG 2000",
    "jpeg-xl": "pixels compressed by JPEG XL",
    "rle": "pixels compressed by run lengths",
    "deflate": "pixels compressed by Deflate",
    "native": "pixels that are not compressed, in fragments",
    "video": "a video: it is played, not drawn frame by frame",
}


def _facts_of_tag(code: str) -> Iterator[dict[str, str]]:
    digits = re.sub(r"[(),]", "", code)
    words = attribute_words().get(digits, "")
    if words:
        yield {"about": "is", "text": words}
    if digits in severity_rows():
        row = severity_rows()[digits]
        yield {"about": row.severity, "text": "" if row.reason == words else row.reason}
    if digits in outside_rows():
        beyond = outside_rows()[digits]
        yield {"about": beyond.severity or "is", "text": beyond.reason}
    if digits in identity_rows() and identity_rows()[digits].kind not in ("claim", "examination-date"):
        yield {"about": "searched", "text": ""}


def _facts_of_private(topic: Topic) -> Iterator[dict[str, str]]:
    if not topic.private_creator:
        return
    known = disposition(_to_private_tag(topic.code), topic.private_creator, topic.vr)
    if known.reason:
        about = known.severity if known.knowledge is Knowledge.UNSAFE else "known"
        yield {"about": about, "text": known.reason}


def _profile_of(topic: Topic, options: Options) -> dict[str, Any] | None:
    row = _profile_row(topic)
    if row is None:
        return None
    clause = TABLE_E_3_10_1 if topic.kind is Kind.PRIVATE and _is_kept(topic, options) else TABLE_E_1_1
    return {
        "basic": row.basic,
        "options": [
            {"title": option.title, "action": row.options[option.column], "chosen": option.name in options.names}
            for option in OPTIONS
            if option.column in row.options
        ],
        "action": _action_of(topic, options),
        "clause": clause,
    }


def _profile_row(topic: Topic) -> ProfileRow | None:
    if topic.kind is Kind.PRIVATE:
        return private_attributes_row()
    return find_profile_row(_to_example(topic.code)) if topic.kind is Kind.TAG else None


def _action_of(topic: Topic, options: Options) -> str:
    """Return the action in force; 'K' where it may stay, '' where nothing is asked."""
    if topic.kind is Kind.PRIVATE:
        return "K" if _is_kept(topic, options) else private_attributes_row().basic
    if topic.kind is not Kind.TAG:
        return ""
    tag = _to_example(topic.code)
    action = find_action(tag, topic.vr, options)
    return "K" if not action and find_profile_row(tag) is not None else action


def _is_kept(topic: Topic, options: Options) -> bool:
    """Return whether Retain Safe Private lets a private element stay (PS3.15 §E.3.10)."""
    if "retain-safe-private" not in options.names or not topic.private_creator:
        return False
    return disposition(_to_private_tag(topic.code), topic.private_creator, topic.vr).knowledge is Knowledge.SAFE


def _is_retired_in_table(tag: int) -> bool:
    row = find_profile_row(tag)
    return row is not None and "retired" in row.note


# Codes ----------------------------------------------------------------------------------------------------------------


def _to_code(digits: str) -> str:
    return f"({digits[:4]},{digits[4:]})"


def _upper_hex(mask: str) -> str:
    return "".join(sign if sign == "x" else sign.upper() for sign in mask)


def _fits(mask: str, tag: int) -> bool:
    return all(sign in ("x", digit) for sign, digit in zip(mask, f"{tag:08x}", strict=True))


@lru_cache(maxsize=8192)
def _public_code(tag: int) -> str:
    """Return the code of a public element; that of its repeating group where it belongs to one."""
    mask = None if tag in DicomDictionary else mask_match(tag)
    return _to_code(_upper_hex(mask) if mask else f"{tag:08X}")


def _private_code(tag: int) -> str:
    return f"({tag >> 16:04X},xx{tag & 0xFF:02X})"


def _to_example(code: str) -> int:
    """Return a tag that a code stands for: of a repeating group the first."""
    return int(re.sub(r"[(),]", "", code).replace("x", "0"), 16)


def _to_private_tag(code: str) -> int:
    """Return a tag of a private element, in the first block."""
    return int(re.sub(r"[(),]", "", code).replace("xx", "10"), 16)


def _plain_code(word: str) -> str:
    """Return how a word that is a tag is looked for: '0010,0010'; '' for any other word."""
    match = re.fullmatch(r"\(?([0-9a-fx]{4}),?([0-9a-fx]{4})\)?", word)
    return f"{match[1]},{match[2]}" if match else ""


def _rank(topic: Topic, words: list[str]) -> int | None:
    """Return how well a topic fits, 0 best; None where it does not hold all words."""
    code, keyword, name = topic.code.casefold().strip("()"), topic.keyword.casefold(), topic.name.casefold()
    everything = f"{code} {keyword} {name} {topic.private_creator.casefold()} {topic.vr.casefold()}"
    if not all(word in everything for word in words):
        tag = to_tag(f"({words[0].upper()})") if len(words) == 1 else None
        return 0 if tag is not None and "x" in code and _fits(code.replace(",", ""), tag) else None
    if not words or (len(words) == 1 and words[0] in (code, keyword)):
        return 0
    if name.startswith(words[0]) or code.startswith(words[0]):
        return 1
    return 2 if all(word in name for word in words) else 3
