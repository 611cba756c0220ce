"""Identity echo: what identifies people in an archive, found again elsewhere (PS3.15 §E.3.5, 45 CFR 164.514(b)(2)(i)).

First all values go in and out come `Identities`: names, numbers, birth dates, telephones, addresses, staff,
institutions, machines (`data/identity-elements.tsv`), and the user's watch list. Of these an `Echo` is made, and then
it is asked of each text: one pass over its words, each looked up in tables, so that neither the time for a text nor
the time to begin depends on how many names are multiplied with how many patterns.

Rules: `echo-patient-name`, `echo-patient-id`, `echo-birth-date`, `echo-contact`, `echo-address`, `echo-watch-list`
(identifiers); `echo-accession`, `echo-staff`, `echo-institution`, `echo-station`, `echo-device` (quasi-identifiers).

What counts as evidence:

- A *name* is found by family and given name near each other in any order, glued, or by an initial beside the family
  name; by one of them alone only if it is no ordinary word (`data/stop-words.tsv`), of four letters or more, and in a
  file of that patient, or after a form of address. What falls short is `review`, ordinary words without any evidence
  are nothing. Accents, case and separators do not count; 'Müller' is Muller and Mueller, and Cyrillic and Greek names
  are looked for in Latin letters too (`data/romanisation.tsv`).
- A *number* is found as a whole, whatever separates its parts, with or without leading zeros. Numbers of seven digits
  or codes of six characters stand for themselves, shorter ones only in the patient's own files or after a label.
- A *birth date* is found in any notation, in the patient's own files; in others only after a label such as 'DOB', for
  among thousands of patients some are born on any day.
- A file that is no patient's (a table, a letter) counts as the patient's own for numbers and dates.
- Found in a file of somebody else, it says so, for then two people are exposed.

An element is no echo of itself: a name in a name's element, a number in a number's element, and nothing where the
profile flags whatever is there as an identifier anyway.

Pseudonyms must not make cleaned objects look identified. Not searched for are dummies, names made of placeholders
('Test^Phantom', 'Subject 12'), and, in objects that claim Patient Identity Removed, numbers and number-like names that
serve as name and ID alike. Numbers that serve as both without that claim, and numbers of six digits and more beside an
anonymous name, may be the hospital's: they are `review`. A claim does not excuse what looks like a person's name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cache, lru_cache, partial
from itertools import zip_longest
from typing import NamedTuple, cast

from pycore.findings import Flag, Severity, Where
from pycore.phi.dummies import STANDARD_UID_PREFIX, is_dummy
from pycore.phi.value import PADDING, Value
from pycore.phi.words import (
    compose,
    fold,
    is_common,
    is_eponym,
    is_given_name,
    is_particle,
    is_placeholder,
    is_term,
    spellings,
)
from pycore.standard import STANDARD_EDITION, find_profile_row, find_severity, identity_rows, month_names, stop_words

MAX_WATCHED = 10_000
"""Lines of a watch list that are used."""

_CACHED_TEXTS = 16384
_CACHED_CHARACTERS = 256
_CACHED_ELEMENTS = 16384


@dataclass(frozen=True, slots=True)
class Identity:
    """One value that identifies someone or something, and the entries that are theirs."""

    kind: str
    """As in `identity-elements.tsv`, or 'watch'."""
    text: str
    entries: frozenset[int]
    doubtful: bool = False
    """Whether it may be a pseudonym; found again it is to be looked at, no more."""


@dataclass(frozen=True, slots=True)
class Identities:
    """All that is searched for."""

    known: tuple[Identity, ...]
    examination_dates: Mapping[str, frozenset[int]] = field(default_factory=dict)
    """Dates as eight digits -> entries that were examined then."""


def collect_identities(values: Iterable[tuple[Value, Sequence[int]]], watch: Sequence[str] = ()) -> Identities:
    """Gather what identifies people from all distinct values of an archive.

    Parameters
    ----------
    values : iterable of (value, entry indexes)
        At any depth, in any order.
    watch : sequence of str
        Names and numbers that the user looks for, one each; blank ones are left out.
    """
    gathered: dict[tuple[str, str], list[Sequence[int]]] = {}
    names: list[tuple[str, ...]] = []
    ids: list[tuple[str, ...]] = []
    """Codes by entry, as far as there are any."""
    removed: set[int] = set()
    examined: dict[str, set[int]] = {}
    own: list[int] = []

    def to_own(entries: Sequence[int]) -> Iterator[int]:
        """Return the same integers whenever they are asked for: made anew, they would be most of what sets take."""
        if entries and entries[-1] >= len(own):
            own.extend(range(len(own), entries[-1] + 1))
        return map(own.__getitem__, entries)

    for value, entries in values:
        kind = _find_kind(value.tag, value.vr)
        if not kind or not value.text:
            continue
        if kind == "claim":
            if value.text.strip(PADDING).upper() == "YES":
                removed.update(to_own(entries))
            continue
        dummy = is_dummy(value)
        for text in (part.strip(PADDING) for part in value.text.split("\\")):
            if not text:
                continue
            if "/" not in value.path and value.tag in {_PATIENT_NAME, _PATIENT_ID}:
                by_entry = names if value.tag == _PATIENT_NAME else ids
                _add_code("" if dummy else _to_code(text), entries, by_entry)
            if dummy:
                continue
            if kind == "examination-date":
                examined.setdefault(text[:8], set()).update(to_own(entries))
            else:
                gathered.setdefault((kind, text), []).append(entries)
    same: dict[frozenset[int], frozenset[int]] = {}
    """Entries, each set once: what is said of a patient stands in the same ones."""
    known = []
    for (kind, text), parts in gathered.items():
        members = frozenset[int]().union(*map(to_own, parts))
        identity = _to_identity(kind, text, same.setdefault(members, members), names, ids, removed)
        if identity is not None:
            known.append(identity)
    lines = dict.fromkeys(line for line in (re.sub(r"\s+", " ", line).strip() for line in watch) if line)
    known.extend(Identity("watch", line, frozenset()) for line in list(lines)[:MAX_WATCHED])
    return Identities(tuple(known), {date: frozenset(entries) for date, entries in examined.items()})


_PATIENT_NAME = 0x0010_0010
_PATIENT_ID = 0x0010_0020
_MRN_DIGITS = 6
"""A number of as many digits beside an anonymous name may be the hospital's own; shorter ones are running numbers."""


@lru_cache(maxsize=_CACHED_ELEMENTS)
def _find_kind(tag: int, vr: str) -> str:
    """Return what kind of identity a public element holds; '' if none."""
    if tag >> 16 & 1:
        return ""
    rows = identity_rows()
    row = rows.get(f"{tag:08X}") or rows.get(vr)
    return "" if row is None else row.kind


def _add_code(code: str, entries: Sequence[int], codes: list[tuple[str, ...]]) -> None:
    """Add a code to those of some entries; entries with the same codes share them."""
    if entries and entries[-1] >= len(codes):
        codes.extend([()] * (entries[-1] + 1 - len(codes)))
    longer: dict[tuple[str, ...], tuple[str, ...]] = {}
    for entry in entries:
        known = codes[entry]
        if code not in known:
            codes[entry] = longer.setdefault(known, (*known, code))


def _to_identity(
    kind: str,
    text: str,
    entries: frozenset[int],
    names: Sequence[Collection[str]],
    ids: Sequence[Collection[str]],
    removed: set[int],
) -> Identity | None:
    """Return what is to be searched for; None for a placeholder or a pseudonym."""
    if kind in {"patient-name", "staff"}:
        words = [fold(word) for word in _WORDS.findall(text)]
        if not words or all(is_placeholder(word) or is_particle(word) for word in words):
            return None
        if kind == "staff" or not _DIGIT.search(text):
            return Identity(kind, text, entries)
        kind = "patient-id"  # a name with digits in it is a code, and is looked for as one
    if kind != "patient-id":
        return Identity(kind, text, entries)
    code = _to_code(text)
    digits = sum(map(str.isdigit, code))
    letters = re.sub(r"\d", "", code)
    if is_placeholder(letters) and digits <= 4:
        return None
    doubtful = all(code in _codes_of(entry, names) and code in _codes_of(entry, ids) for entry in entries)
    if entries <= removed:
        nameless = all(not name or _DIGIT.search(name) for entry in entries for name in _codes_of(entry, names))
        if doubtful or (nameless and not (code.isdigit() and digits >= _MRN_DIGITS)):
            return None
        doubtful = nameless
    return Identity(kind, text, entries, doubtful)


def _codes_of(entry: int, codes: Sequence[Collection[str]]) -> Collection[str]:
    return codes[entry] if entry < len(codes) else ()


# How texts are cut.

_WORDS = re.compile(r"[^\W\d_]+")
_PARTS = re.compile(r"[^\W\d_]+|\d+")
"""Words and numbers, glued or not."""
_DIGIT = re.compile(r"\d")
_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
"""Scripts that put no spaces between words."""
_EMAIL = re.compile(r"(?<![a-z0-9._%+-])[a-z0-9._%+-]{1,64}@(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24}")
_TELEPHONE = re.compile(r"(?<!\d)\+?\(?\d(?:[ ()./-]{0,3}\d){6,16}(?!\d)")


def _to_code(text: str) -> str:
    """Return a number or code as it is compared: letters folded and digits, nothing else; no leading zeros."""
    return _to_key("".join(fold(part) for part in _PARTS.findall(text)))


def _to_codes(text: str) -> set[str]:
    """Return a number or code as it is compared, and its digits without the letters before them: MRN0012345."""
    code = _to_code(text)
    digits = code.lstrip("".join(filter(str.isalpha, code)))
    return {code, digits.lstrip("0")} if digits.isdigit() and len(digits) >= _LONG_TAIL else {code}


_LONG_TAIL = 6
"""Digits after letters that stand for the whole."""


def _to_key(code: str) -> str:
    return code.lstrip("0") if code.isdigit() else code


class _Strength(IntEnum):
    """How much one match is worth, by itself."""

    STRONG = 0
    """Wherever it is found."""
    OWN = 1
    """In a file of its owner; in any other it is to be looked at."""
    OWN_OR_NOBODY = 2
    """In a file of its owner, and in one that is no patient's; nothing in any other."""
    OWN_ONLY = 3
    """In a file of its owner; nothing in any other."""
    WEAK = 4
    """To be looked at."""
    WEAK_OWN = 5
    """To be looked at in a file of its owner; nothing in any other."""


class _Hit(NamedTuple):
    known: frozenset[int]
    """Positions of the identities that it may be."""
    strength: _Strength
    evidence: str
    alone: bool = False
    """Whether it is one word of a name."""
    staff: frozenset[int] = frozenset()
    """Positions of staff who bear the word too: in their files it is no evidence of a patient."""


# Names.


class _Person(NamedTuple):
    known: int
    initials: frozenset[str]


class _Names:
    """The names of people of one kind, by their words."""

    def __init__(self) -> None:
        self.family: dict[str, set[int]] = {}
        self.given: dict[str, set[int]] = {}
        self.glued: dict[str, set[int]] = {}
        self.glued_initials: dict[str, set[int]] = {}
        self.wide: dict[str, set[int]] = {}
        """Whole names in scripts without spaces."""
        self.wide_parts: dict[str, set[int]] = {}
        self.initials: dict[int, set[str]] = {}
        self.beginnings: dict[str, list[str]] = {}
        """The first letters of glued forms -> the forms."""
        self.wide_lengths: tuple[int, ...] = ()
        self._pairs: dict[tuple[str, str], frozenset[int]] = {}

    def add(self, known: int, text: str) -> None:
        """Take up one name in the form of VR PN, or as people write it."""
        for group in compose(text).split("=")[:3]:
            family, given = _split_name(group[:_LONGEST_NAME])
            if _WIDE.search(group):
                self._add_wide(known, family, given)
            else:
                self._add_words(known, family, given)

    def _add_wide(self, known: int, family: Sequence[str], given: Sequence[str]) -> None:
        last, first = "".join(map(fold, family)), "".join(map(fold, given))
        if last and first:
            for form in (last + first, first + last):
                self.wide.setdefault(form, set()).add(known)
        for part in (last, first):
            if len(part) >= 2:
                self.wide_parts.setdefault(part, set()).add(known)

    def _add_words(self, known: int, family: Sequence[str], given: Sequence[str]) -> None:
        for words, table in ((family, self.family), (given, self.given)):
            for word in words:
                for spelling in spellings(word):
                    if len(spelling) > 1 and not is_particle(spelling):
                        table.setdefault(spelling, set()).add(known)
            if len(words) > 1:
                for form in _glued(words):
                    if len(form) >= _SHORTEST_INSIDE:
                        table.setdefault(form, set()).add(known)
        initials = {fold(word)[0] for word in given}
        self.initials.setdefault(known, set()).update(initials)
        # Glued with the first given name or its initial: 'van der Berg' whole, and each part of a double name.
        parts = [[word] for word in family if not is_particle(fold(word))] if len(family) > 1 else []
        for last in {form for words in (family, *parts) for form in _glued(words)}:
            for first in _glued(given[:1]):
                for form in (last + first, first + last):
                    if len(form) >= _SHORTEST_GLUED:
                        self.glued.setdefault(form, set()).add(known)
            if len(last) > _SHORTEST_ALONE:
                for initial in initials:
                    self.glued_initials.setdefault(initial + last, set()).add(known)
                    self.glued_initials.setdefault(last + initial, set()).add(known)

    def finish(self) -> None:
        """Prepare the tables that depend on all names."""
        self.wide_lengths = tuple(sorted({len(form) for form in (*self.wide, *self.wide_parts)}, reverse=True))
        for form in self.glued:
            if len(form) >= _SHORTEST_INSIDE:
                self.beginnings.setdefault(form[:_BEGINNING], []).append(form)

    def pair(self, first: str, second: str) -> frozenset[int]:
        """Return who has one of two words as family name and the other as given name, or both as either."""
        key = (first, second) if first < second else (second, first)
        known = self._pairs.get(key)
        if known is None:
            empty: set[int] = set()
            family = self.family.get(first, empty), self.family.get(second, empty)
            given = self.given.get(first, empty), self.given.get(second, empty)
            both = (family[0] & given[1]) | (family[1] & given[0])
            if first != second:
                both |= family[0] & family[1]
            known = frozenset(both)
            if len(self._pairs) < _MAX_PAIRS:
                self._pairs[key] = known
        return known


_LONGEST_NAME = 256
"""Characters of a name that are taken for one; PS3.5 §6.2 allows 64, and what is longer is a damaged value."""
_MOST_FORMS = 8
"""How many spellings of glued words are kept: each word with an accent doubles their number."""
_SHORTEST_GLUED = 5
"""Letters of family and given name together, as a word of its own."""
_SHORTEST_INSIDE = 8
"""Letters of family and given name together, inside a longer word."""
_BEGINNING = 6
_LONGEST_SEARCHED = 128
"""Letters of a word that are searched for glued names; longer ones are encoded bytes."""
_SHORTEST_ALONE = 4
"""Letters of a name that is evidence alone."""
_FAR = 3
"""How many words apart family and given name may stand."""
_MAX_PAIRS = 100_000


def _split_name(group: str) -> tuple[list[str], list[str]]:
    """Return the words of the family name, and those of the given and middle names."""
    if "^" in group:
        components = [*group.split("^"), "", ""]
        return _WORDS.findall(components[0]), _WORDS.findall(f"{components[1]} {components[2]}")
    if "," in group:
        family, _, given = group.partition(",")
        return _WORDS.findall(family), _WORDS.findall(given)
    words = [word for word in _WORDS.findall(group) if not is_particle(fold(word))]
    return words[-1:], words[:-1]


def _glued(words: Sequence[str]) -> list[str]:
    """Return the words of a component without what is between them, in every spelling."""
    forms = [""]
    for word in words:
        forms = [form + spelling for form in forms for spelling in sorted(spellings(word))][:_MOST_FORMS]
    return [form for form in forms if len(form) > 1]


_WIDE_TITLES = ("様", "さん", "氏", "殿", "님", "先生")


class _Part(NamedTuple):
    """A word or number of a text."""

    text: str
    folded: str
    start: int
    end: int


_new_part = cast(
    "Callable[[tuple[str, str, int, int]], _Part]",
    partial(tuple.__new__, _Part),  # a third of the time of `_Part(...)`, and there are many
)


def _cut(text: str) -> list[_Part]:
    if text.isascii():
        folded = text.lower()
        spans = (match.span() for match in _PARTS.finditer(text))
        return [_new_part((text[start:end], folded[start:end], start, end)) for start, end in spans]
    return [_Part(match[0], fold(match[0]), *match.span()) for match in _PARTS.finditer(text)]


def _is_after(parts: Sequence[_Part], position: int, kind: str) -> bool:
    """Return whether a title of a kind stands before a word; 'MR' and 'MRS' in capitals are modalities."""
    before = parts[position - 1] if position else None
    if before is None or before.folded not in stop_words()[kind]:
        return False
    return not (before.text.isupper() and before.folded in {"mr", "mrs"})


def _find_names(parts: Sequence[_Part], text: str, names: _Names, others: _Names | None) -> Iterator[_Hit]:
    """Return where names occur in a text.

    Parameters
    ----------
    others : _Names, optional
        Names of staff: a word alone that may be theirs is no evidence of a patient's.
    """
    family, given = names.family, names.given
    places = [at for at, part in enumerate(parts) if part.folded in family or part.folded in given]
    taken: set[int] = set()
    if others is not None:
        taken.update(at for first, second, _ in _find_pairs(parts, others, text) for at in (first, second))
    in_pairs: set[int] = set()
    for first, second, hit in _find_pairs(parts, names, text, places):
        in_pairs.update((first, second))
        yield hit
    for part in parts:
        if part.folded in names.glued and not is_common(part.folded):
            yield _Hit(frozenset(names.glued[part.folded]), _Strength.STRONG, "family and given name glued together")
        elif part.folded in names.glued_initials and not is_common(part.folded):
            yield _Hit(frozenset(names.glued_initials[part.folded]), _Strength.OWN, "initial and family name glued")
        elif len(part.folded) > _SHORTEST_INSIDE and names.beginnings:
            yield from _find_inside(part.folded, names)
            yield from _find_camel(part.text, names)
    for at in places:
        if at in in_pairs or at in taken:
            continue
        yield from _find_initial(parts, at, text, names)
        yield from _find_alone(parts, at, text, names, others)
    if names.wide_lengths:
        for part, after in zip_longest(parts, parts[1:]):
            if _WIDE.search(part.folded):
                yield from _find_wide(part.folded, names)
                if after is not None and after.start - part.end == 1:
                    yield from _find_wide_apart(part.folded, after.folded, names)


def _find_pairs(
    parts: Sequence[_Part], names: _Names, text: str, places: Sequence[int] | None = None
) -> Iterator[tuple[int, int, _Hit]]:
    """Return where family and given name stand near each other, with the places of both words."""
    if places is None:
        places = [at for at, part in enumerate(parts) if part.folded in names.family or part.folded in names.given]
    for index, first in enumerate(places):
        for second in places[index + 1 : index + 1 + _FAR]:
            if second - first > _FAR:
                break
            one, other = parts[first], parts[second]
            known = names.pair(one.folded, other.folded)
            if not known:
                continue
            ordinary = [is_common(word) or len(word) < 3 for word in (one.folded, other.folded)]
            if not any(ordinary):
                strength = _Strength.STRONG
            elif second - first > 1 or "\n" in text[one.end : other.start]:
                continue
            elif not all(ordinary):
                strength = _Strength.STRONG
            elif (one.text[0].isupper() and other.text[0].isupper()) or text[one.end : other.start] == "^":
                vocabulary = is_term(one.folded) or is_term(other.folded)
                strength = _Strength.WEAK_OWN if vocabulary else _Strength.OWN
            else:
                continue
            evidence = "family and given name side by side" if second - first == 1 else "family and given name nearby"
            yield first, second, _Hit(known, strength, evidence)


def _find_inside(word: str, names: _Names) -> Iterator[_Hit]:
    """Return the glued names inside a longer word."""
    word = word[:_LONGEST_SEARCHED]
    for start in range(len(word) - _BEGINNING + 1):
        for form in names.beginnings.get(word[start : start + _BEGINNING], ()):
            if word.startswith(form, start):
                known = frozenset(names.glued[form])
                yield _Hit(known, _Strength.STRONG, "family and given name glued together, inside a word")


def _find_camel(word: str, names: _Names) -> Iterator[_Hit]:
    """Return the family names among words that are glued with capitals: 'ThoraxDoe'."""
    pieces = _CAMEL.findall(word[:_LONGEST_SEARCHED])
    for piece in map(fold, pieces if len(pieces) > 1 else ()):
        if len(piece) > _SHORTEST_ALONE and piece in names.family and not is_common(piece):
            yield _Hit(frozenset(names.family[piece]), _Strength.OWN, "family name alone, glued to other words", True)


_CAMEL = re.compile(r"[^\W\d_a-zà-öø-ÿ][a-zà-öø-ÿ]+")


def _find_initial(parts: Sequence[_Part], at: int, text: str, names: _Names) -> Iterator[_Hit]:
    """Return the family name with an initial before or after it: 'J. Doe', 'DOE J'."""
    word = parts[at].folded
    if word not in names.family or len(word) < 3:
        return
    before = at - 1
    while before > 0 and is_particle(parts[before].folded) and len(parts[before].folded) > 1:
        before -= 1  # J. van der Berg
    for beside in (before, at + 1):
        if not 0 <= beside < len(parts) or len(parts[beside].folded) != 1 or not parts[beside].text.isupper():
            continue
        between = (
            text[parts[beside].end : parts[beside + 1].start]
            if beside < at
            else text[parts[at].end : parts[beside].start]
        )
        after = text[parts[beside].end : parts[beside].end + 1]
        if not between or len(between) > 2 or after.isdigit():
            continue
        if is_common(word) and not (after == "." and parts[at].text[0].isupper()):
            continue
        initial = parts[beside].folded
        known = frozenset(one for one in names.family[word] if initial in names.initials.get(one, ()))
        if known:
            yield _Hit(known, _Strength.OWN, "initial and family name side by side")


def _find_alone(parts: Sequence[_Part], at: int, text: str, names: _Names, others: _Names | None) -> Iterator[_Hit]:
    """Return one word of a name alone, as far as it is evidence."""
    part = parts[at]
    word = part.folded
    is_family = word in names.family
    known = frozenset(names.family[word] if is_family else names.given[word])
    which = "family name" if is_family else "given name"
    addressed = part.text[0].isupper() and _is_after(parts, at, "form-of-address")
    if (is_term(word) or is_eponym(word)) and not addressed:
        return
    if addressed or (part.text[0].isupper() and not is_common(word) and _is_after(parts, at, "patient-title")):
        yield _Hit(known, _Strength.STRONG if is_family else _Strength.OWN, f"{which} after a form of address", True)
        return
    if others is None and _is_after(parts, at, "staff-title") and is_family and part.text[0].isupper():
        yield _Hit(known, _Strength.STRONG, "family name after a title", True)
        return
    titled = _is_after(parts, at, "staff-title")
    if is_common(word) or len(word) < _SHORTEST_ALONE or titled:
        # Capitals in a text that is not all capitals are the least evidence there is.
        if part.text[0].isupper() and not text.isupper() and not is_placeholder(word) and len(word) > 2:
            reason = "that staff may bear too" if titled else "short or an ordinary word, with a capital"
            yield _Hit(known, _Strength.WEAK_OWN, f"{which} alone, {reason}", True)
        return
    empty: set[int] = set()
    staff = frozenset(empty if others is None else others.family.get(word, empty) | others.given.get(word, empty))
    if not is_family:
        yield _Hit(known, _Strength.OWN_ONLY, "given name alone", True, staff)
    elif len(word) > _SHORTEST_ALONE and part.text[0].isupper() and len(known) <= _RARE and not staff:
        yield _Hit(known, _Strength.STRONG, "family name alone", True)
    else:
        yield _Hit(known, _Strength.OWN, "family name alone", True, staff)


_RARE = 3
"""How many patients may bear a family name that is evidence alone, also in files of others."""


def _find_wide(word: str, names: _Names) -> Iterator[_Hit]:
    """Return names in scripts without spaces, anywhere in a run of letters."""
    for start in range(min(len(word), 4096)):
        for length in names.wide_lengths:
            form = word[start : start + length]
            if len(form) < length:
                continue
            titled = word.startswith(_WIDE_TITLES, start + length)
            if form in names.wide:
                sure = length > 2 or titled or len(word) == length
                yield _Hit(
                    frozenset(names.wide[form]),
                    _Strength.STRONG if sure else _Strength.OWN,
                    "family and given name together",
                )
                break
            if form in names.wide_parts:
                known = frozenset(names.wide_parts[form])
                if titled:
                    yield _Hit(known, _Strength.STRONG, "part of a name before a form of address")
                else:
                    yield _Hit(known, _Strength.WEAK_OWN, "part of a name alone")


def _find_wide_apart(first: str, second: str, names: _Names) -> Iterator[_Hit]:
    """Return the name of which one part ends a run of letters and the other begins the next."""
    first, second = first[-_LONGEST_WIDE:], second[:_LONGEST_WIDE]
    for start in range(len(first)):
        for length in names.wide_lengths:
            form = (first + second)[start : start + length]
            if start + length > len(first) and form in names.wide:
                yield _Hit(frozenset(names.wide[form]), _Strength.STRONG, "family and given name side by side")


_LONGEST_WIDE = 12
"""Letters of a name in scripts without spaces."""


# Numbers, dates, telephones, addresses.

_MAX_JOINED = 7
"""Parts that are joined to a number: '12-34-56', 'A 47 11'."""


def _grade_code(code: str) -> _Strength | None:
    """Return how much a number or code is worth where it is found as a whole; None if only after a label."""
    digits = sum(map(str.isdigit, code))
    if code.isdigit():
        if len(set(code)) <= 2:
            return _Strength.WEAK_OWN if digits >= 6 else None
        if digits < 7:
            return {6: _Strength.OWN_OR_NOBODY, 5: _Strength.OWN_ONLY}.get(digits)
        return _Strength.STRONG
    if not digits:
        return _Strength.WEAK_OWN if len(code) >= 6 and not is_common(code) else None
    if len(code) < 5 or (digits < 3 and len(code) < 6):
        return None
    if all(is_common(fold(word)) for word in _WORDS.findall(code)) and digits < 4:
        return None  # CT0001, patient12
    return _Strength.STRONG if digits >= 3 and len(code) >= 6 else _Strength.OWN_OR_NOBODY


_SHORTEST_LABELLED = 3


@dataclass(frozen=True, slots=True)
class _Codes:
    """Numbers and codes."""

    known: Mapping[str, frozenset[int]]
    certain: frozenset[str]
    """Those of the watch list: short or ordinary ones count too."""
    first_words: frozenset[str]
    """With what the codes begin that begin with letters."""
    beginnings: frozenset[str]
    """Every beginning of the others, down to the first digit."""


def _find_codes(parts: Sequence[_Part], text: str, codes: _Codes) -> Iterator[_Hit]:
    for start, part in enumerate(parts):
        if part.folded not in codes.first_words and not _may_begin(part.folded, codes):
            continue
        joined = ""
        for end in range(start, min(start + _MAX_JOINED, len(parts))):
            if end > start:
                between = text[parts[end - 1].end : parts[end].start]
                if len(between) > 1 or between in {",", ";", "\n", "\\"}:
                    break
            joined += parts[end].folded
            code = _to_key(joined)
            known = codes.known.get(code)
            if known is None or (joined.isdigit() and _is_decimal(text, parts[start].start, parts[end].end)):
                continue
            grade = _Strength.STRONG if code in codes.certain else _grade_code(code)
            before = [beside.folded for beside in parts[max(start - 2, 0) : start]]
            labels = stop_words()["number-label"]
            labelled = bool(before) and (before[-1] in labels or (before[0] in labels and len(before[-1]) <= 3))
            if labelled and len(code) >= _SHORTEST_LABELLED:
                grade = _Strength.STRONG if grade is not None else _Strength.WEAK_OWN
                yield _Hit(known, grade, "the whole number after a label")
            elif grade is not None:
                yield _Hit(known, grade, "the whole number")


def _may_begin(number: str, codes: _Codes) -> bool:
    """Whether a code may begin with these digits; of codes that are digits only, the zeros in front do not count."""
    if not number.isdigit():
        return False
    without_zeros = number.lstrip("0")
    return not without_zeros or without_zeros in codes.beginnings or number in codes.beginnings


def _is_decimal(text: str, start: int, end: int) -> bool:
    """Return whether digits are, or are part of, a number with a fraction."""
    if text.count(".", start, end) == 1 and text[start:end].replace(".", "", 1).isdigit():
        return True
    after = text[end : end + 2]
    return (after[:1] == "." and after[1:].isdigit()) or (
        text[start - 1 : start] == "." and text[max(start - 2, 0) : start - 1].isdigit()
    )


_YMD = re.compile(r"(?<!\d)(?<!\d\.)(\d{4})([-/._ ]?)(\d{1,2})\2(\d{1,2})(?=\d{4}(?:\d\d)?(?!\d)|(?!\d)(?!\.\d))")
_EAST_ASIAN = re.compile(r"(?<!\d)(\d{4}) ?[年년] ?(\d{1,2}) ?[月월] ?(\d{1,2}) ?[日일]")
_DMY = re.compile(r"(?<!\d)(?<!\d\.)(\d{1,2})([-/._ ]?)(\d{1,2})\2(\d{4}|\d\d)(?!\d)(?!\.\d)")
_NUMERIC_DATE = re.compile(r"\d{8}|\d([-/._ ])\d{1,2}\1\d")
"""What every match of `_YMD` and `_DMY` holds that is a date."""
_BIRTH_LABEL = re.compile(
    r"(?:d\.?o\.?b\.?|birth|birthda(?:te|y)|born(?: on)?|geb(?:oren|urtsdatum)?\.?(?: am)?|n[eé]e? le|"
    r"nac\w*|nat[oa]|ur\.|født|\*)\W{0,4}\Z",
    re.IGNORECASE,
)


@cache
def _named_months() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str], Mapping[str, int]]:
    names = "|".join(sorted(month_names(), key=lambda name: (-len(name), name)))
    day, year = r"(\d{1,2})(?:st|nd|rd|th)?", r"(\d{4}|\d\d)"
    return (
        re.compile(
            rf"(?<!\d){day}[ ._/-]{{0,2}}(?:of |de )?({names})[ .,_'/-]{{0,2}}(?:de )?{year}(?!\d)", re.IGNORECASE
        ),
        re.compile(rf"(?<![^\W\d_])({names})[ .,_-]{{0,2}}{day}[ ,._-]{{1,2}}{year}(?!\d)", re.IGNORECASE),
        re.compile(rf"(?<!\d)(\d{{4}})[ ._/-]{{0,2}}({names})[ ._/-]{{0,2}}(\d{{1,2}})(?!\d)", re.IGNORECASE),
        {fold(name): month for name, month in month_names().items()},
    )


class _Date(NamedTuple):
    month_and_day: str
    year: str
    """Four digits or two."""
    start: int
    full: bool


def _read_dates(text: str) -> Iterator[_Date]:
    """Return every reading of every date in a text."""

    def date(year: str, month: int, day: int, start: int) -> Iterator[_Date]:
        if 1 <= month <= 12 and 1 <= day <= 31:
            yield _Date(f"{month:02}{day:02}", year, start, len(year) == 4)

    is_numeric = _NUMERIC_DATE.search(text) is not None
    for match in _YMD.finditer(text) if is_numeric else ():
        year, separator, month, day = match.groups()
        if separator or len(month) == len(day) == 2:
            yield from date(year, int(month), int(day), match.start())
    for match in _EAST_ASIAN.finditer(text) if not text.isascii() else ():
        yield from date(match[1], int(match[2]), int(match[3]), match.start())
    for match in _DMY.finditer(text) if is_numeric else ():
        first, separator, second, year = match.groups()
        if separator or (len(first) == len(second) == 2 and len(year) == 4):
            yield from date(year, int(second), int(first), match.start())
            if first != second:
                yield from date(year, int(first), int(second), match.start())
    day_first, month_first, year_first, numbers = _named_months()
    words = _WORDS.findall(text.lower()) if text.isascii() else map(fold, _WORDS.findall(text))
    if not numbers.keys().isdisjoint(words):
        for match in day_first.finditer(text):
            yield from date(match[3], numbers[fold(match[2])], int(match[1]), match.start())
        for match in month_first.finditer(text):
            yield from date(match[3], numbers[fold(match[1])], int(match[2]), match.start())
        for match in year_first.finditer(text):
            yield from date(match[1], numbers[fold(match[2])], int(match[3]), match.start())


def _find_births(text: str, births: Mapping[str, frozenset[int]], newborns: frozenset[int]) -> Iterator[_Hit]:
    """Return birth dates; `births` has them as eight digits, and as six without the century."""
    for date in _read_dates(text):
        known = births.get((date.year if date.full else date.year[-2:]) + date.month_and_day)
        if known is None:
            continue
        labelled = _BIRTH_LABEL.search(text[max(date.start - 20, 0) : date.start]) is not None
        if labelled:
            yield _Hit(known, _Strength.STRONG, "the birth date after its label")
        elif not date.full or known <= newborns:
            why = "with a year of two digits" if not date.full else "which is a date of the examination too"
            yield _Hit(known, _Strength.WEAK_OWN, f"the birth date, {why}")
        else:
            yield _Hit(known, _Strength.OWN_OR_NOBODY, "the birth date")


def _to_telephone(text: str) -> str:
    """Return the end of a telephone number, by which it is compared: prefixes are written in many ways."""
    return re.sub(r"\D", "", text)[-8:]


def _find_phrases(
    parts: Sequence[_Part], phrases: Mapping[str, frozenset[int]], begin: Mapping[tuple[str, str], tuple[int, ...]]
) -> Iterator[frozenset[int]]:
    """Return the sequences of words that are known, whatever is between the words."""
    for start in range(len(parts) - 1):
        for length in begin.get((parts[start].folded, parts[start + 1].folded), ()):
            known = phrases.get(" ".join(part.folded for part in parts[start : start + length]))
            if known is not None:
                yield known


# All together.


@dataclass(frozen=True, slots=True)
class _Kind:
    rule: str
    clause: str
    severity: Severity
    what: str
    """In words, for the evidence."""


_HIPAA = "45 CFR 164.514(b)(2)(i)"
_CLEAN = f"PS3.15 §E.3.5 ({STANDARD_EDITION})"
_KINDS: Mapping[str, _Kind] = {
    "patient-name": _Kind("echo-patient-name", f"{_HIPAA}(A)", Severity.IDENTIFIER, "name"),
    "patient-id": _Kind("echo-patient-id", f"{_HIPAA}(H)", Severity.IDENTIFIER, "number"),
    "birth-date": _Kind("echo-birth-date", f"{_HIPAA}(C)", Severity.IDENTIFIER, "birth date"),
    "contact": _Kind("echo-contact", f"{_HIPAA}(D)", Severity.IDENTIFIER, "telephone or e-mail"),
    "address": _Kind("echo-address", f"{_HIPAA}(B)", Severity.IDENTIFIER, "address"),
    "watch": _Kind("echo-watch-list", "the watch list", Severity.IDENTIFIER, "entry of the watch list"),
    "accession": _Kind("echo-accession", f"{_HIPAA}(R)", Severity.QUASI, "number of an order or a study"),
    "staff": _Kind("echo-staff", _CLEAN, Severity.QUASI, "name of staff"),
    "staff-contact": _Kind("echo-staff", _CLEAN, Severity.QUASI, "telephone of staff"),
    "institution": _Kind("echo-institution", _CLEAN, Severity.QUASI, "institution"),
    "station": _Kind("echo-station", f"{_HIPAA}(M)", Severity.QUASI, "name of a machine"),
    "device": _Kind("echo-device", f"{_HIPAA}(M)", Severity.QUASI, "serial number"),
}

_TEXTS = frozenset({"SH", "LO", "ST", "LT", "UT", "UC", "UR", "UN", "CS", "AE"})
_BYTES = frozenset({"OB", "OW", "OF", "OD", "OL", "OV"})
"""Of private elements; they have a text where they are printable from end to end."""
_NUMBERS = frozenset({"IS", "DS", "UL", "SL", "UV", "SV"})


class _Look(NamedTuple):
    """How an element is searched."""

    how: str
    """'text', 'name', 'term', 'uid', 'date', 'number' or 'not'."""
    graver_only: bool
    """Whether the profile flags whatever it holds as a quasi-identifier; so nothing is an echo of itself."""


@lru_cache(maxsize=_CACHED_ELEMENTS)
def _find_look(tag: int, vr: str, inside: bool) -> _Look:
    if tag >> 16 & 1:
        how = {"UI": "uid", "DA": "date", "DT": "date", "PN": "text"}.get(vr, "number" if vr in _NUMBERS else "not")
        return _Look("text" if inside or vr in _TEXTS or vr in _BYTES else how, False)
    row = find_profile_row(tag)
    severity = None if row is None else find_severity(row)
    if severity is Severity.IDENTIFIER:
        return _Look("not", False)
    how = {"PN": "name", "CS": "term", "UI": "uid", "IS": "number"}.get(vr, "text" if vr in _TEXTS else "not")
    how = "text" if inside else how
    return _Look(how, severity is Severity.QUASI or vr in {"PN", "AE"})


class Echo:
    """Finds identities in texts. Made once per review; keeps what it found in short texts."""

    def __init__(self, identities: Identities) -> None:
        self._known = identities.known
        self._patients, self._staff, self._watched = _Names(), _Names(), _Names()
        codes: dict[str, set[int]] = {}
        certain: set[str] = set()
        births: dict[str, set[int]] = {}
        telephones: dict[str, set[int]] = {}
        emails: dict[str, set[int]] = {}
        phrases: dict[str, set[int]] = {}
        words: dict[str, set[int]] = {}
        newborns: set[int] = set()
        patients = {_to_person(identity.text) for identity in self._known if identity.kind == "patient-name"}
        self._owned = frozenset[int]().union(*(one.entries for one in self._known if one.kind in _PATIENT_KINDS))
        for at, identity in enumerate(self._known):
            kind, text = identity.kind, identity.text
            if kind == "watch":
                kind = _kind_of_watched(text)
                if kind == "patient-name" and _SEVERAL_NAMES.search(text):
                    self._watched.add(at, text)
                if "@" not in text:
                    codes.setdefault(_to_code(text), set()).add(at)
                    certain.add(_to_code(text))
            elif kind == "patient-name":
                self._patients.add(at, text)
            elif kind == "staff" and _to_person(text) not in patients:
                self._staff.add(at, text)
            if kind in {"patient-id", "accession", "station", "device"}:
                for form in _to_codes(text):
                    codes.setdefault(form, set()).add(at)
            elif kind == "birth-date":
                for date in _read_dates(text):
                    if date.full:
                        births.setdefault(date.year + date.month_and_day, set()).add(at)
                        births.setdefault(date.year[2:] + date.month_and_day, set()).add(at)
                    if identity.entries & identities.examination_dates.get(text[:8], frozenset()):
                        newborns.add(at)
            elif kind in {"contact", "staff-contact"}:
                for match in _EMAIL.finditer(text.lower()):
                    emails.setdefault(match[0], set()).add(at)
                for match in _TELEPHONE.finditer(text):
                    telephones.setdefault(_to_telephone(match[0]), set()).add(at)
            elif kind in {"address", "institution"}:
                for phrase in _to_phrases(text, kind):
                    phrases.setdefault(phrase, set()).add(at)
                if kind == "institution":
                    for word in _WORDS.findall(text):
                        if _is_telling(fold(word)):
                            words.setdefault(fold(word), set()).add(at)
        for names in (self._patients, self._staff, self._watched):
            names.finish()
        codes.pop("", None)
        # A code of several words is met glued or apart.
        first_words = {word[0] for code in codes if (word := _WORDS.match(code))}
        first_words.update(fold(word[0]) for one in self._known if (word := _WORDS.match(one.text)))
        beginnings = {code[:end] for code in codes if code[:1].isdigit() for end in range(1, len(code) + 1)}
        self._codes = _Codes(_freeze(codes), frozenset(certain), frozenset(first_words), frozenset(beginnings))
        self._long_codes = {code[:_LONG_CODE]: code for code in codes if code.isdigit() and len(code) >= _LONG_CODE}
        self._births = _freeze(births)
        self._newborns = frozenset(newborns)
        self._telephones = _freeze(telephones)
        self._emails = _freeze(emails)
        self._phrases = _freeze(phrases)
        self._words = _freeze(words)
        begin: dict[tuple[str, str], set[int]] = {}
        for phrase in phrases:
            parts = phrase.split(" ")
            begin.setdefault((parts[0], parts[1]), set()).add(len(parts))
        self._begin = {pair: tuple(sorted(lengths)) for pair, lengths in begin.items()}
        self._found: dict[str, tuple[_Hit, ...]] = {}
        self._owners: dict[tuple[frozenset[int], str], tuple[frozenset[int], bool]] = {}

    def check(self, value: Value, entries: Sequence[int]) -> tuple[Flag, ...]:
        """Search an element.

        Parameters
        ----------
        entries : sequence of int
            The entries that hold the value.
        """
        text = value.text
        if not text or not self._known:
            return ()
        look = _find_look(value.tag, value.vr, value.extracted)
        match look.how:
            case "not":
                return ()
            case "text":
                hits: Iterable[_Hit] = self._find(text)
            case "name":
                hits = (hit for hit in self._find(text) if hit.strength is _Strength.STRONG and not hit.alone)
            case "term":
                hits = (hit for hit in self._find(text) if not hit.alone or hit.strength <= _Strength.OWN)
            case "uid":
                hits = self._find_in_uid(text)
            case "date":
                hits = _find_births(text, self._births, self._newborns) if self._births else ()
            case _:
                hits = self._find_whole(text)
        nobody = value.where in _OUTSIDE and self._owned.isdisjoint(entries)
        return self._to_flags(hits, entries, look, nobody)

    def check_text(self, text: str, entries: Sequence[int] = ()) -> tuple[Flag, ...]:
        """Search a text that is no element: the name of an entry, a comment, another file.

        Parameters
        ----------
        entries : sequence of int
            The entries that it belongs to; none if it belongs to the archive itself.
        """
        return self._to_flags(self._find(text), entries, _ANY) if self._known else ()

    def _find(self, text: str) -> tuple[_Hit, ...]:
        found = self._found.get(text)
        if found is None:
            found = tuple(dict.fromkeys(self._search(text)))
            if len(text) <= _CACHED_CHARACTERS and len(self._found) < _CACHED_TEXTS:
                self._found[text] = found
        return found

    def _search(self, text: str) -> Iterator[_Hit]:
        if "Ã" in text or "Å" in text:
            yield from self._search_mistaken(text)
        text = compose(text)
        parts = _cut(text)
        for names, others in ((self._patients, self._staff), (self._staff, None), (self._watched, None)):
            if names.family or names.given or names.wide:
                yield from _find_names(parts, text, names, others)
        if self._phrases:
            for known in _find_phrases(parts, self._phrases, self._begin):
                yield _Hit(known, _Strength.STRONG, "the same words in the same order")
        for part in parts:
            if part.folded in self._words:
                yield _Hit(self._words[part.folded], _Strength.WEAK, "the word that tells it from others")
        if self._codes.known:
            yield from _find_codes(parts, text, self._codes)
        if "@" in text:
            for match in _EMAIL.finditer(text.lower()):
                if match[0] in self._emails:
                    yield _Hit(self._emails[match[0]], _Strength.STRONG, "the whole address")
        if not _DIGIT.search(text):
            return
        if self._births:
            yield from _find_births(text, self._births, self._newborns)
        if self._telephones:
            for match in _TELEPHONE.finditer(text):
                known_telephone = self._telephones.get(_to_telephone(match[0]))
                if known_telephone is not None:
                    yield _Hit(known_telephone, _Strength.STRONG, "the whole number")

    def _search_mistaken(self, text: str) -> Iterator[_Hit]:
        """Search a text in UTF-8 that was taken for Latin-1, as is said by a wrong Specific Character Set."""
        try:
            meant = text.encode("latin-1").decode("utf-8")
        except UnicodeError:
            return
        yield from self._search(meant)

    def _find_in_uid(self, text: str) -> Iterator[_Hit]:
        """Search the components of UIDs; in 2.25 UIDs, numbers of 39 digits, anything would be found by chance."""
        for uid in text.split("\\"):
            uid = uid.strip(PADDING)
            if uid.startswith((STANDARD_UID_PREFIX, "2.25.")):
                continue
            for component in uid.split("."):
                if len(component) < _SHORTEST_IN_UID:
                    continue
                known = self._codes.known.get(component.lstrip("0"))
                if known is not None and len(set(component)) > 2:
                    strong = len(component) > _SHORTEST_IN_UID
                    strength = _Strength.STRONG if strong else _Strength.OWN_ONLY
                    yield _Hit(known, strength, "the whole number, a component of a UID")
                elif self._long_codes and len(component) > _LONG_CODE:
                    yield from self._find_long(component)
                born = self._births.get(component) if len(component) == 8 else None
                if born is not None and not born <= self._newborns:
                    yield _Hit(born, _Strength.OWN_ONLY, "the birth date, a component of a UID")

    def _find_long(self, component: str) -> Iterator[_Hit]:
        for start in range(len(component) - _LONG_CODE + 1):
            code = self._long_codes.get(component[start : start + _LONG_CODE])
            if code is not None and component.startswith(code, start):
                yield _Hit(self._codes.known[code], _Strength.STRONG, "the whole number, inside a component of a UID")

    def _find_whole(self, text: str) -> Iterator[_Hit]:
        """Compare the numbers of a numeric value as they are."""
        for number in text.split("\\"):
            key = number.strip(PADDING).lstrip("0")
            known = self._codes.known.get(key) if key.isdigit() and len(key) >= _SHORTEST_IN_UID else None
            if known is not None and len(set(key)) > 2:
                yield _Hit(known, _Strength.STRONG if len(key) >= 8 else _Strength.OWN_ONLY, "the whole number")

    def _to_flags(
        self, hits: Iterable[_Hit], entries: Sequence[int], look: _Look, nobody: bool = False
    ) -> tuple[Flag, ...]:
        flags: dict[str, Flag] = {}
        for hit in hits:
            for kind in dict.fromkeys(self._known[at].kind for at in hit.known):
                if look.graver_only and _KINDS[kind].severity is Severity.QUASI:
                    continue
                flag = self._judge(hit, kind, entries, nobody)
                known = None if flag is None else flags.get(flag.rule)
                if flag is not None and (known is None or flag.severity.rank < known.severity.rank):
                    flags[flag.rule] = flag
        return tuple(flags.values())

    def _judge(self, hit: _Hit, kind: str, entries: Sequence[int], nobody: bool) -> Flag | None:
        """Return what a hit means in the given entries; None if it is not enough."""
        rule = _KINDS[kind]
        if kind == "watch":
            severity = Severity.REVIEW if hit.alone or hit.strength is _Strength.WEAK else Severity.IDENTIFIER
            word = not any(_DIGIT.search(self._known[at].text) for at in hit.known)
            evidence = hit.evidence.replace("the whole number", "the whole word") if word else hit.evidence
            return Flag(rule.rule, rule.clause, "C", severity, f"{rule.what}: {evidence}")
        owners, doubtful = self._find_owners(hit.known, kind)
        own = not entries or not owners.isdisjoint(entries)
        strength, reason = hit.strength, hit.evidence
        if hit.staff and any(not self._known[at].entries.isdisjoint(entries) for at in hit.staff):
            strength, reason = _Strength.WEAK_OWN, f"{reason}, that staff may bear too"
        enough = strength is _Strength.STRONG or (own and strength <= _Strength.OWN_ONLY)
        if nobody and not hit.alone:
            enough = strength <= _Strength.OWN_OR_NOBODY
        if not enough and not own and strength in _OWN_STRENGTHS:
            return None
        if not enough and rule.severity is Severity.QUASI and kind != "institution":
            return None
        severity = rule.severity if enough else Severity.REVIEW
        if severity is Severity.IDENTIFIER and doubtful:
            severity = Severity.REVIEW
        evidence = f"{rule.what} {'of a patient' if rule.severity is Severity.IDENTIFIER else 'in this archive'}"
        if rule.severity is Severity.IDENTIFIER and not owners.issuperset(entries):
            evidence += " of other files"
        return Flag(rule.rule, rule.clause, "C", severity, f"{evidence}: {reason}")

    def _find_owners(self, known: frozenset[int], kind: str) -> tuple[frozenset[int], bool]:
        """Return whose entries the identities of a kind are, and whether all of them may be pseudonyms."""
        owners = self._owners.get((known, kind))
        if owners is None:
            of_kind = [self._known[at] for at in known if self._known[at].kind == kind]
            sets = [identity.entries for identity in of_kind]
            entries = sets[0] if len(sets) == 1 else frozenset[int]().union(*sets)
            owners = entries, all(identity.doubtful for identity in of_kind)
            if len(self._owners) < _MAX_OWNERS:
                self._owners[known, kind] = owners
        return owners


_SEVERAL_NAMES = re.compile(r"[\s,^=]")
"""What parts the names of a person in a line of the watch list; a word alone is searched for as it stands."""
_ANY = _Look("text", False)
_OWN_STRENGTHS = frozenset({_Strength.OWN_OR_NOBODY, _Strength.OWN_ONLY, _Strength.WEAK_OWN})
_OUTSIDE = frozenset({Where.OTHER_FILE, Where.ENTRY_NAME, Where.ARCHIVE})
"""Where a text may be no patient's."""
_SHORTEST_IN_UID = 6
_MAX_OWNERS = 10_000
_LONG_CODE = 10
"""Digits; in the middle of a longer number, shorter ones are found by chance."""


def _freeze(table: Mapping[str, set[int]]) -> dict[str, frozenset[int]]:
    return {key: frozenset(known) for key, known in table.items()}


_PATIENT_KINDS = frozenset({"patient-name", "patient-id"})


def _to_person(name: str) -> tuple[str, ...]:
    """Return by what a name is known to be the same in an element for patients and in one for staff."""
    family, given = _split_name(name.partition("=")[0])
    return (*map(fold, family), "^", *map(fold, given[:1]))


def _kind_of_watched(text: str) -> str:
    """Return what a line of the watch list is, by its form."""
    if _EMAIL.fullmatch(text.lower()):
        return "contact"
    if any(date.full for date in _read_dates(text)) and not _WORDS.search(text.replace("T", "")):
        return "birth-date"
    if _TELEPHONE.fullmatch(text) and re.search(r"\D", text):
        return "contact"
    return "patient-id" if _DIGIT.search(text) else "patient-name"


def _to_phrases(text: str, kind: str) -> Iterator[str]:
    """Return what is searched for of an address or an institution: its lines, as words between single blanks."""
    lines = re.split(r"[\^,;=\r\n]+", text) if kind == "address" else (text, *re.split(r"[\^;=\r\n]+", text))
    for line in dict.fromkeys(lines):
        words = [fold(part) for part in _PARTS.findall(line)][:12]
        if kind == "address":
            telling = any(word.isdigit() for word in words) and any(len(word) > 3 for word in words)
        else:
            telling = any(word.isalpha() and not is_common(word) for word in words)
        if len(words) > 1 and telling:
            yield " ".join(words)


_SHORTEST_TELLING = 6


def _is_telling(word: str) -> bool:
    """Return whether one word of an institution's name may stand for it."""
    return len(word) >= _SHORTEST_TELLING and not is_common(word) and not is_given_name(word)
