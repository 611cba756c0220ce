"""Named fields outside of data elements: a table's column, a key of JSON, an element of XML, 'Name: value' in a text.

In goes a text that was found in another file or inside of bytes, out come flags. A field that is called what PS3.6
calls an attribute (`PatientName`, `Patient's Name`, `0010|0010`), or what people call one (`data/field-names.tsv`), is
judged as the profile judges that attribute, by the rule `named-field`. What stands in it is also looked at behind its
name, as in a sentence: 'SSN: 123456789' is a number of its kind, where '123456789' is any.

Dates and UIDs are left to their forms, but for birth dates: their forms are known without a name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache, lru_cache
from typing import NamedTuple

from pydicom.datadict import keyword_dict

from pycore.findings import Flag, Severity, Where
from pycore.phi.options import Options
from pycore.phi.profile import check_profile
from pycore.phi.text import check_text, find_kinds
from pycore.phi.value import Value
from pycore.phi.words import fold, is_given_name, is_staff_word, is_surname
from pycore.standard import element_name, element_vr, field_name_rows, identity_rows

_TEXTS = frozenset({"PN", "LO", "SH", "LT", "ST", "UT", "UC", "AE"})
_KEYED = frozenset(
    {
        "text-birth-date",
        "text-record-number",
        "text-national-number",
        "text-account",
        "text-licence",
        "text-serial",
        "text-accession",
    }
)
"""Kinds of numbers and dates that are told by the word before them."""

_CACHED_FIELDS = 4096
_LONGEST_NAME = 6
"""Words of a field's name that are compared, the last ones."""
_LONGEST_VALUE = 300
"""Characters; what is longer is prose."""


class _Meaning(NamedTuple):
    """What a field holds by its name."""

    tag: int
    look: str
    form: str
    """The rule that says the same of a text; empty if none does."""


def check_found_text(value: Value, options: Options) -> tuple[Flag, ...]:
    """Judge a text that is no data element: by the forms in it, and by the names of the fields that it is or holds."""
    forms = check_text(value, options)
    text = value.text
    if not text:
        return forms
    meaning = _find_meaning(value.origin)
    if meaning is not None:
        named = tuple(_check_field(meaning, text, options))
        # What the name says is said once; a form in it counts besides where it is graver.
        worst = min((flag.severity.rank for flag in named), default=len(Severity))
        return (*named, *(flag for flag in forms if not named or flag.severity.rank < worst))
    ranks = {flag.rule: flag.severity.rank for flag in forms}
    found: dict[str, Flag] = {}
    for meaning, field in _fields_in(text):
        for flag in _check_field(meaning, field, options):
            if flag.severity.rank < ranks.get(meaning.form, len(Severity)):
                found[flag.evidence] = flag
    keyed = {
        flag.rule: flag
        for flag in _check_keyed(value.origin, text)
        if flag.severity.rank < ranks.get(flag.rule, len(Severity))
    }
    if keyed:
        # What a number means is known now.
        forms = tuple(flag for flag in forms if flag.rule not in keyed and flag.rule != "text-number")
    return (*forms, *found.values(), *keyed.values())


def _check_keyed(origin: str, text: str) -> Iterator[Flag]:
    """Judge a text behind the name of its field, as if both stood in a sentence."""
    name = _last_words(origin)
    if name and len(text) <= _LONGEST_VALUE and _DIGIT.search(text):
        yield from (flag for flag in find_kinds(f"{name}: {text}") if flag.rule in _KEYED)


def _check_field(meaning: _Meaning, text: str, options: Options) -> Iterator[Flag]:
    if len(text) > _LONGEST_VALUE or not _LOOKS[meaning.look](text):
        return
    vr = element_vr(meaning.tag)
    if vr == "DA" and not _YEAR_FIRST.match(text):
        vr = "LO"  # else it would be taken for another date, and so for a dummy
    element = Value(Where.ELEMENT, "", meaning.tag, vr, None, text, len(text), 0)
    for flag in check_profile(element, options):
        if flag.severity in {Severity.IDENTIFIER, Severity.QUASI}:
            yield replace(flag, rule="named-field", evidence=f"a field by the name of {element_name(meaning.tag)}")


_DIGIT = re.compile(r"\d")
_YEAR_FIRST = re.compile(r"\d{4}[-./]?\d\d[-./]?\d\d(?!\d)")
_LINE = re.compile(
    r"^[ \t>*#-]*[\"']?(?P<name>[^\W\d_][\w .,'’/()|-]{0,60}?)[\"']?[ \t]*[:=][ \t]*[\"']?(?P<text>[^\n\"]+)",
    re.MULTILINE,
)
_DUMPED = re.compile(
    r"^[ \t>]*\(?(?P<group>[0-9A-Fa-f]{4})[,|](?P<element>[0-9A-Fa-f]{4})\)?[ \t]+"
    r"(?:[^\n\[':]{0,80}(?:\[(?P<a>[^\]\n]*)\]|[A-Z]{2}: *'?(?P<b>[^'\n]*)))",
    re.MULTILINE,
)
"""An element in a dump: '(0010,0010) PN [Doe^Jane]', '(0010,0010) Patient's Name PN: 'Doe^Jane''."""


def _fields_in(text: str) -> Iterator[tuple[_Meaning, str]]:
    """Yield what the lines of a text are by their labels."""
    if ":" in text or "=" in text:
        for line in _LINE.finditer(text):
            if (meaning := _find_meaning(line["name"])) is not None:
                yield meaning, line["text"].strip()
    if "," in text or "|" in text:
        for line in _DUMPED.finditer(text):
            if (meaning := _find_meaning(line["group"] + line["element"])) is not None:
                yield meaning, (line["a"] or line["b"] or "").strip()


_BREAKS = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z]{2})")
_WORD = re.compile(r"[^\W_]+(?:['’]s\b)?")
_SHELLS = (("value",), ("alphabetic",), ("family", "name"), ("given", "name"), ("middle", "name"), ("person", "name"))
"""What lies around a value in the JSON and XML of PS3.18 and PS3.19, under the attribute that it is of."""


def _words_of(name: str) -> tuple[str, ...]:
    words = _WORD.findall(_BREAKS.sub(" ", name))[-2 * _LONGEST_NAME :]
    return tuple(fold(word.removesuffix("'s").removesuffix("’s")) for word in words)


@lru_cache(maxsize=_CACHED_FIELDS)
def _last_words(origin: str) -> str:
    """Return the innermost name of an origin, as words: 'CSV birth_date', 'JSON person.birthDate' -> 'birth Date'."""
    segment = origin.rpartition("/")[2]
    name = re.split(r"[.@]", segment.partition(" ")[2] or segment)[-1]
    return _BREAKS.sub(" ", name).replace("_", " ")


@lru_cache(maxsize=_CACHED_FIELDS)
def _find_meaning(name: str) -> _Meaning | None:
    """Return what a field of that name holds; None if nothing that identifies, or if the name does not say."""
    words = _words_of(name)
    bare = words
    while shell := next((shell for shell in _SHELLS if bare[-len(shell) :] == shell), None):
        bare = bare[: -len(shell)]
    return _meaning_of(bare) or (_meaning_of(words) if bare != words else None)


def _meaning_of(words: tuple[str, ...]) -> _Meaning | None:
    for start in range(max(0, len(words) - _LONGEST_NAME), len(words)):
        meaning = _find_exact("".join(words[start:]))
        if meaning is None:
            continue
        row = field_name_rows().get("".join(words[start:]))
        if row is None or not any(map(is_staff_word, words)):
            return meaning
        return None if row.staff is None else _Meaning(row.staff, row.look, "text-staff-name")
    return None


def _find_exact(name: str) -> _Meaning | None:
    row = field_name_rows().get(name)
    if row is not None:
        return _Meaning(row.tag, row.look, row.form)
    tag = _tags().get(name)
    if tag is None and _HEX.fullmatch(name):
        tag = int(name, 16)
    if tag is None or not _is_told_by_its_name(tag):
        return None
    forms = {row.tag: row.form for row in field_name_rows().values()}
    return _Meaning(tag, "date" if element_vr(tag) == "DA" else "any", forms.get(tag, ""))


_HEX = re.compile(r"[0-9a-f]{8}")
_TWO_WORDS = re.compile(r"[A-Z]\w*[a-z][A-Z]\w*")


@cache
def _tags() -> Mapping[str, int]:
    """Return the attributes by their keywords in lower case, but for those of a single word, such as Date."""
    return {keyword.lower(): tag for keyword, tag in keyword_dict.items() if _TWO_WORDS.fullmatch(keyword)}


def _is_told_by_its_name(tag: int) -> bool:
    if element_vr(tag) in _TEXTS:
        return True
    row = identity_rows().get(f"{tag:08X}")
    return row is not None and row.kind == "birth-date"


_NO_ANSWERS = frozenset({"true", "false", "yes", "no", "y", "n", "nan", "string", "str", "text"})
_LETTERS = re.compile(r"[^\W\d_]+")


def _is_any(text: str) -> bool:
    return fold(text.strip()) not in _NO_ANSWERS and bool(re.search(r"[^\W_]{2}|[^\W\d_]", text))


def _is_person(text: str) -> bool:
    words = [fold(word) for word in _LETTERS.findall(text)]
    return 2 <= len(words) <= 5 and any(is_given_name(word) or is_surname(word) for word in words)


def _has_digits(count: int) -> Callable[[str], bool]:
    return lambda text: sum(map(str.isdecimal, text)) >= count


def _is_address(text: str) -> bool:
    return re.search(r"[^\W\d_]{3}", text) is not None and re.search(r"\d", text) is not None and " " in text.strip()


_LOOKS: Mapping[str, Callable[[str], bool]] = {
    "any": _is_any,
    "person": _is_person,
    "number": _has_digits(1),
    "phone": _has_digits(6),
    "date": _has_digits(4),
    "address": _is_address,
}
