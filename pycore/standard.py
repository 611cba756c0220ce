"""The facts of the Standard, and our own judgements beside them, as typed rows: the one loader of `data/`.

A data file is UTF-8, tab separated; its first lines start with '#' and say edition and source, then comes a line with
the names of the columns. Everything is loaded at its first use and kept. Names of elements are pydicom's (PS3.6 and
the private dictionary); those that pydicom does not know yet come from Table E.1-1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from pydicom._uid_dict import UID_dictionary
from pydicom.datadict import (
    dictionary_description,
    dictionary_has_tag,
    dictionary_keyword,
    dictionary_VR,
    private_dictionary_description,
    repeater_has_tag,
)
from pydicom.uid import UID

from pycore.findings import Severity, Where

STANDARD_EDITION = "2026d"
TABLE_E_1_1 = f"PS3.15 Table E.1-1 ({STANDARD_EDITION})"
TABLE_E_3_10_1 = f"PS3.15 Table E.3.10-1 ({STANDARD_EDITION})"

OPTION_COLUMNS = (
    "rtn_safe_priv",
    "rtn_uids",
    "rtn_dev_id",
    "rtn_inst_id",
    "rtn_pat_chars",
    "rtn_long_full_dates",
    "rtn_long_modif_dates",
    "clean_desc",
    "clean_struct_cont",
    "clean_graph",
)
"""The options of Table E.1-1, in the order of its columns."""

PRIVATE_ATTRIBUTES = "ggggeeee"
"""The row of Table E.1-1 that stands for all private elements."""

_CACHED_TAGS = 8192  # more tags than any honest archive holds, and a bound for the others


@dataclass(frozen=True, slots=True)
class ProfileRow:
    """One row of Table E.1-1."""

    tag: str
    """Eight hex digits, 'x' for any digit of a repeating group ('60xx3000', '50xxxxxx'), or 'ggggeeee'."""
    in_std_comp_iod: bool
    basic: str
    """Action of the Basic Profile: 'X', 'Z', 'D', 'U', 'K', 'C' or a compound such as 'X/Z/D'."""
    options: Mapping[str, str]
    """Column of an option -> action; without the columns that are empty."""
    note: str


@dataclass(frozen=True, slots=True)
class SafePrivateRow:
    """One row of Table E.3.10-1."""

    group: int
    element: int
    """The low byte; the private block is the high one."""
    private_creator: str
    vr: str
    vm: str
    meaning: str


@dataclass(frozen=True, slots=True)
class UnsafePrivateRow:
    """A private element that is known to hold what identifies, or all private elements of a VR."""

    private_creator: str
    severity: Severity
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class CuratedPrivateRow:
    """What curators of an archive of de-identified images decided for a private element."""

    decision: str
    """'keep', 'delete', 'hash', 'offset-date', 'offset-date-integer', 'sequence' or 'mixed'."""
    name: str


@dataclass(frozen=True, slots=True)
class BurnedInRow:
    """One condition on the attributes of an image, and what it says of text or faces in its pixels."""

    id: str
    kind: str
    """'attribute', 'device', 'modality', 'sop', 'accept', 'carrier' or 'evidence'."""
    modality: str
    """Modalities that it is limited to, parted by '|'; with '!' before them: any but these; '' for all."""
    condition: str
    regions: str
    risk: str
    """'high', 'medium', 'low', 'info', 'other' or 'none'."""
    reason: str


@dataclass(frozen=True, slots=True)
class DeidentificationMethod:
    """One code of CID 7050."""

    meaning: str
    option: str
    """Name of the option it claims; '' where Table E.1-1 has no column for it."""


@dataclass(frozen=True, slots=True)
class SeverityRow:
    """How grave it is when an attribute, or any attribute of a VR, is not what Table E.1-1 asks for."""

    attribute: str
    keyword: str
    severity: Severity
    reason: str


@dataclass(frozen=True, slots=True)
class OutsideRow:
    """How a public element is judged that Table E.1-1 does not list."""

    attribute: str
    rule: str
    """Name of the rule; '' where it is not flagged."""
    severity: Severity | None
    """None: not flagged."""
    kept_by: str
    """Name of the option under which it may stay; '' if none."""
    cleaned_by: str
    """Name of the option under which it must have been cleaned; '' if none."""
    clause: str
    reason: str


@dataclass(frozen=True, slots=True)
class DummyValues:
    """Values that are recognised as obviously replaced."""

    words: frozenset[str]
    fillers: frozenset[str]
    text: re.Pattern[str]
    date: re.Pattern[str]
    time: re.Pattern[str]
    number: re.Pattern[str]
    age: re.Pattern[str]
    codes: frozenset[str]


@dataclass(frozen=True, slots=True)
class CarrierRow:
    """A public data element that may carry what no rule for texts sees, or that is binary and holds numbers only."""

    attribute: str
    """Eight hex digits, 'x' for any digit of a repeating group."""
    is_searched: bool
    """Whether its bytes are searched for texts."""
    rule: str
    """Name of the rule; '' where it is not flagged."""
    severity: Severity
    where: Where
    clause: str
    reason: str


@dataclass(frozen=True, slots=True)
class TransferSyntaxRow:
    """A transfer syntax of encapsulated Pixel Data."""

    uid: str
    name: str
    keyword: str
    coding: str
    """What the fragments of a frame hold: 'jpeg', 'jpeg-ls', 'jpeg-2000', 'jpeg-xl', 'rle', 'deflate', 'native', or
    'video' for a stream of many frames."""


@dataclass(frozen=True, slots=True)
class ContentElementRow:
    """The element that objects of a SOP Class are about."""

    sop_class: str
    """A UID; one that ends in a point stands for all that begin so."""
    path: str
    name: str
    clause: str
    """Of PS3.3."""


@dataclass(frozen=True, slots=True)
class ModalityRow:
    """A defined term of (0008,0060) Modality."""

    code: str
    name: str
    is_retired: bool
    words: str
    """What to expect in such objects; '' for retired terms."""


@dataclass(frozen=True, slots=True)
class ValueRepresentationRow:
    """A Value Representation."""

    vr: str
    name: str
    length: str
    """How long a value may be, in words."""
    words: str
    """What such a value is, for people."""


@dataclass(frozen=True, slots=True)
class FileKindRow:
    """The bytes that tell the kind of a file."""

    offset: int
    magic: bytes
    kind: str


@dataclass(frozen=True, slots=True)
class FieldNameRow:
    """What people call a field that holds what an attribute of DICOM holds."""

    tag: int
    staff: int | None
    """The attribute that it is where its name speaks of staff; None if it is no identifier then."""
    form: str
    """The rule that says the same of a text; '' if none does."""
    look: str
    """What a text must look like to be one: 'any', 'person', 'number', 'phone', 'date', 'address'."""


@dataclass(frozen=True, slots=True)
class TextPatternRow:
    """A form that identifiers have in free text."""

    kind: str
    """The identifier and its form: 'DATE_8'; several rows may share it."""
    rule: str
    severity: Severity
    clause: str
    """A letter of 45 CFR 164.514(b)(2)(i), or a section of PS3.15."""
    scope: str
    """'all' texts, or only 'free' text."""
    kept_by: str
    """Name of the option under which it may stay; '' if none."""
    needs: tuple[str, ...]
    """Of which one must be in the text before the pattern is tried."""
    ignores_case: bool
    confirm: str
    """Name of a check that looks closer; '' if none."""
    pattern: str
    """Regular expression in Python's syntax, with {WORD} and {MONTH} to be filled in."""
    evidence: str


@dataclass(frozen=True, slots=True)
class IdentityRow:
    """An element that says who someone is, or where and by what an object was made."""

    attribute: str
    """A tag, or a VR for all elements of that VR."""
    keyword: str
    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class WindowPresetRow:
    """A window in common use."""

    modality: str
    """(0008,0060) Modality."""
    unit: str
    """Of modality values: 'HU', 'Bq/ml'; 'SUV' also where it can be worked out."""
    label: str
    center: float
    width: float


@cache
def profile_rows() -> tuple[ProfileRow, ...]:
    """Return Table E.1-1 in the order published."""
    return tuple(
        ProfileRow(
            tag=tag,
            in_std_comp_iod=in_std_comp_iod == "Y",
            basic=basic,
            options={column: action for column, action in zip(OPTION_COLUMNS, rest, strict=False) if action},
            note=rest[len(OPTION_COLUMNS)],
        )
        for tag, in_std_comp_iod, basic, *rest in _read_rows("ps3.15-table-e1-1.tsv")
    )


def find_profile_row(tag: int) -> ProfileRow | None:
    """Return the row of Table E.1-1 for a public element; None if there is none, or for a private element."""
    exact = _profile_rows_by_tag().get(f"{tag:08X}")
    if exact is not None or tag & 0xFFFF == 0:
        return exact
    # Repeating groups are the even ones 5000 to 501E and 6000 to 601E (PS3.5 §7.6).
    match tag >> 16 & 0xFFE1:
        case 0x5000:
            return _profile_rows_by_tag()["50xxxxxx"]
        case 0x6000:
            return _profile_rows_by_tag().get(f"60xx{tag & 0xFFFF:04X}")
    return None


@cache
def private_attributes_row() -> ProfileRow:
    """Return the row of Table E.1-1 that stands for all private elements."""
    return _profile_rows_by_tag()[PRIVATE_ATTRIBUTES]


@cache
def safe_private_rows() -> Mapping[tuple[int, int, str], SafePrivateRow]:
    """Return Table E.3.10-1: (group, low byte of the element, private creator) -> row."""
    return {
        (row.group, row.element, row.private_creator): row
        for row in (
            SafePrivateRow(int(element[1:5], 16), int(element[7:9], 16), *rest)
            for element, *rest in _read_rows("ps3.15-safe-private.tsv")
        )
    }


@cache
def unsafe_private_rows() -> Mapping[tuple[int, int, str] | str, UnsafePrivateRow]:
    """Return the unsafe private elements: (group, low byte of the element, private creator), or a VR -> row."""
    return {
        _private_key(element, creator) if creator else element: UnsafePrivateRow(
            creator, Severity(severity), name, reason
        )
        for creator, element, severity, name, reason in _read_rows("private-unsafe.tsv")
    }


@cache
def curated_private_rows() -> Mapping[tuple[int, int, str], CuratedPrivateRow]:
    """Return what curators decided: (group, low byte of the element, private creator) -> row.

    Rows without a creator are left out: nobody can say what such an element is.
    """
    return {
        _private_key(element, creator): CuratedPrivateRow(decision, name)
        for creator, element, _vr, decision, name in _read_rows("tcia-private-dispositions.tsv")
        if creator
    }


@cache
def burned_in_rows() -> tuple[BurnedInRow, ...]:
    """Return the conditions of burned-in text in the order of the file."""
    return tuple(
        BurnedInRow(row_id, kind, modality, condition, regions, risk, reason)
        for row_id, kind, _sop, modality, condition, regions, risk, _basis, reason, _source in _read_rows(
            "burned-in-risk.tsv"
        )
    )


@cache
def deidentification_methods() -> Mapping[str, DeidentificationMethod]:
    """Return CID 7050: code value -> what it claims."""
    return {
        code: DeidentificationMethod(meaning, option)
        for code, meaning, option in _read_rows("deidentification-methods.tsv")
    }


@cache
def severity_rows() -> Mapping[str, SeverityRow]:
    """Return the severities: tag as in Table E.1-1, or VR -> row."""
    return {
        attribute: SeverityRow(attribute, keyword, Severity(severity), reason)
        for attribute, keyword, severity, reason in _read_rows("severity.tsv")
    }


def find_severity(row: ProfileRow) -> Severity:
    """Return how grave it is when a value is not what the row of Table E.1-1 asks for."""
    rows = severity_rows()
    known = rows.get(row.tag)
    return known.severity if known is not None else rows[dictionary_VR(int(row.tag, 16))[:2]].severity


@cache
def outside_rows() -> Mapping[str, OutsideRow]:
    """Return how elements outside Table E.1-1 are judged: tag or VR -> row."""
    return {
        attribute: OutsideRow(attribute, rule, None if severity == "none" else Severity(severity), *rest)
        for attribute, rule, severity, *rest in _read_rows("outside-table.tsv")
    }


@cache
def dummy_values() -> DummyValues:
    """Return the values that are obviously replaced."""
    kinds: dict[str, list[str]] = {}
    for kind, value, _reason in _read_rows("dummy-values.tsv"):
        kinds.setdefault(kind, []).append(value)
    return DummyValues(
        words=frozenset(kinds["word"]),
        fillers=frozenset(kinds["filler"]),
        text=_any_of(kinds["pattern"]),
        date=_any_of(kinds["date"]),
        time=_any_of(kinds["time"]),
        number=_any_of(kinds["number"]),
        age=_any_of(kinds["age"]),
        codes=frozenset(kinds["code"]),
    )


@cache
def file_kind_rows() -> tuple[FileKindRow, ...]:
    """Return the kinds of files by their bytes; the first that matches counts."""
    return tuple(
        FileKindRow(int(offset), bytes.fromhex(magic), kind) for offset, magic, kind in _read_rows("file-kinds.tsv")
    )


@cache
def transfer_syntax_rows() -> Mapping[str, TransferSyntaxRow]:
    """Return the transfer syntaxes of encapsulated Pixel Data, by UID."""
    return {row[0]: TransferSyntaxRow(*row) for row in _read_rows("transfer-syntaxes.tsv")}


@cache
def content_element_rows() -> Mapping[str, ContentElementRow]:
    """Return what objects are about, by SOP Class UID or the beginning of several."""
    return {row[0]: ContentElementRow(*row) for row in _read_rows("content-elements.tsv")}


@cache
def modality_rows() -> Mapping[str, ModalityRow]:
    """Return the defined terms of Modality, those in use before the retired ones."""
    return {
        code: ModalityRow(code, name, retired == "yes", words)
        for code, name, retired, words in _read_rows("modalities.tsv")
    }


@cache
def value_representation_rows() -> Mapping[str, ValueRepresentationRow]:
    """Return the Value Representations, by their codes."""
    return {row[0]: ValueRepresentationRow(*row) for row in _read_rows("value-representations.tsv")}


@cache
def attribute_words() -> Mapping[str, str]:
    """Return what common attributes hold, in plain words: tag, eight hex digits -> words."""
    return {tag: words for tag, _keyword, words in _read_rows("attribute-words.tsv")}


@cache
def carrier_rows() -> Mapping[str, CarrierRow]:
    """Return the rows of `carriers.tsv`, by tag or repeating group."""
    return {
        attribute: CarrierRow(
            attribute,
            searched == "yes",
            rule,
            Severity(severity) if rule else Severity.INFO,
            Where(where) if rule else Where.ELEMENT,
            clause,
            reason,
        )
        for attribute, searched, rule, severity, where, clause, reason in _read_rows("carriers.tsv")
    }


@lru_cache(maxsize=_CACHED_TAGS)
def find_carrier_row(tag: int) -> CarrierRow | None:
    """Return what is known of a public data element as a carrier; None if it is an ordinary one."""
    rows = carrier_rows()
    exact = rows.get(f"{tag:08X}")
    if exact is not None or tag >> 16 & 1:
        return exact
    # Repeating groups are the even ones 5000 to 501E, 6000 to 601E, and 7F00 to 7FFE (PS3.5 §7.6, PS3.6 §6 of 2004).
    group = tag >> 16
    if group & 0xFFE1 in (0x5000, 0x6000) or group & 0xFF01 == 0x7F00:
        return rows.get(f"{group >> 8:02X}xx{tag & 0xFFFF:04X}")
    return None


@cache
def hl7_field_names() -> Mapping[str, str]:
    """Return the names of fields of HL7 v2 messages: 'PID-5' -> 'Patient Name'."""
    return dict(_read_rows("hl7-fields.tsv"))


@cache
def image_tag_names() -> Mapping[tuple[str, int], str]:
    """Return the names of TIFF, EXIF, GPS and IPTC fields: (part, number) -> name; TIFF and EXIF are part ''."""
    return {(part, int(number)): name for part, number, name in _read_rows("image-tags.tsv")}


@cache
def window_preset_rows() -> tuple[WindowPresetRow, ...]:
    """Return the windows to choose from, in the order in which they are offered."""
    return tuple(
        WindowPresetRow(modality, unit, label, float(center), float(width))
        for modality, unit, label, center, width in _read_rows("window-presets.tsv")
    )


@cache
def text_pattern_rows() -> tuple[TextPatternRow, ...]:
    """Return the forms of identifiers in free text, in the order in which they are tried."""
    return tuple(
        TextPatternRow(
            kind, rule, Severity(severity), clause, scope, kept_by, tuple(needs.split()), flags == "i", *rest
        )
        for kind, rule, severity, clause, scope, kept_by, needs, flags, *rest in _read_rows("text-patterns.tsv")
    )


@cache
def field_name_rows() -> Mapping[str, FieldNameRow]:
    """Return what fields hold by their names, folded and without spaces."""
    return {
        name.replace(" ", ""): FieldNameRow(
            int(attribute, 16), None if staff == "none" else int(staff, 16), "" if form == "-" else form, look
        )
        for attribute, _keyword, staff, form, look, names in _read_rows("field-names.tsv")
        for name in names.split(", ")
    }


@cache
def text_depths() -> Mapping[str, str]:
    """Return how deep texts of known content are looked at: tag, or 'ggggxxxx' -> 'reduced' or 'none'."""
    return {attribute: depth for attribute, _keyword, depth, _reason in _read_rows("text-elements.tsv")}


@cache
def identity_rows() -> Mapping[str, IdentityRow]:
    """Return the elements that say who someone is: tag or VR -> row."""
    return {attribute: IdentityRow(attribute, *rest) for attribute, *rest in _read_rows("identity-elements.tsv")}


@cache
def name_words() -> Mapping[str, frozenset[str]]:
    """Return common names, folded: 'given' or 'surname' -> names."""
    return _read_words((kind, names) for kind, _origin, names in _read_rows("names.tsv"))


@cache
def stop_words() -> Mapping[str, frozenset[str]]:
    """Return words that look like parts of a name and are none, folded: kind -> words."""
    return _read_words((kind, words) for kind, words, _reason in _read_rows("stop-words.tsv"))


@cache
def month_names() -> Mapping[str, int]:
    """Return the names of months in lower case, with and without accents -> 1 to 12."""
    return {name: int(month) for month, names, _reason in _read_rows("months.tsv") for name in names.split()}


@cache
def romanisations() -> tuple[Mapping[str, str], ...]:
    """Return how Cyrillic and Greek letters are written with Latin ones: letters -> letters, one table per custom."""
    rows = list(_read_rows("romanisation.tsv"))
    return tuple({letters: custom[at].replace("-", "") for letters, *custom in rows} for at in range(len(rows[0]) - 1))


@lru_cache(maxsize=_CACHED_TAGS)
def is_known(tag: int) -> bool:
    """Return whether a public element is in PS3.6 as pydicom knows it, or in Table E.1-1; group lengths are."""
    return tag & 0xFFFF == 0 or dictionary_has_tag(tag) or repeater_has_tag(tag) or find_profile_row(tag) is not None


@lru_cache(maxsize=_CACHED_TAGS)
def element_name(tag: int, private_creator: str | None = None) -> str:
    """Return the name of an element as people read it; '' if it is not known."""
    group, element = divmod(tag, 0x10000)
    if element == 0:
        return "Group Length"
    if group % 2:
        if 0x10 <= element <= 0xFF:
            return "Private Creator"
        return _private_name(tag, private_creator) if private_creator else ""
    if dictionary_has_tag(tag) or repeater_has_tag(tag):
        return dictionary_description(tag)
    row = find_profile_row(tag)
    if row is None or not row.note.startswith(_NAME_NOTE):
        return ""
    return row.note.removeprefix(_NAME_NOTE).partition(";")[0]


def element_keyword(tag: int, private_creator: str | None = None) -> str:
    """Return the keyword of PS3.6; '' for private elements and for those that pydicom does not know."""
    if private_creator is not None or tag >> 16 & 1:
        return ""
    known = dictionary_has_tag(tag) or repeater_has_tag(tag)
    return dictionary_keyword(tag) if known else ""


def element_vr(tag: int) -> str:
    """Return the VR of PS3.6 of a public element; 'UN' for those that pydicom does not know."""
    return dictionary_VR(tag) if dictionary_has_tag(tag) else "UN"


def uid_name(uid: str) -> str:
    """Return the name of a UID that the Standard defines (PS3.6 §A); '' for any other."""
    known = UID(uid)  # pydicom takes white space off its ends, so that it may be another text than was given
    return "" if known.name == known else known.name


_NAME_NOTE = "name: "


def _private_name(tag: int, private_creator: str) -> str:
    try:
        return private_dictionary_description(tag, private_creator)
    except KeyError:  # pydicom's way to say that creator or element is not in its dictionary
        return ""


@cache
def _profile_rows_by_tag() -> Mapping[str, ProfileRow]:
    return {row.tag: row for row in profile_rows()}


def _private_key(element: str, creator: str) -> tuple[int, int, str]:
    """Return '(0019xx23)' and its creator as the key of a private element in any block."""
    return int(element[1:5], 16), int(element[7:9], 16), creator


def _any_of(patterns: list[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))


def _read_words(rows: Iterable[tuple[str, str]]) -> Mapping[str, frozenset[str]]:
    words: dict[str, set[str]] = {}
    for kind, names in rows:
        words.setdefault(kind, set()).update(names.split())
    return {kind: frozenset(names) for kind, names in words.items()}


def _read_rows(name: str) -> list[list[str]]:
    text = files("pycore").joinpath("data", name).read_text(encoding="utf-8")
    lines = [line for line in text.split("\n") if line and not line.startswith("#")]
    return [line.split("\t") for line in lines[1:]]


def _name_new_syntaxes() -> None:
    """Add the transfer syntaxes to pydicom's dictionary that it does not know yet; its decoders ask it about them."""
    for row in transfer_syntax_rows().values():
        UID_dictionary.setdefault(row.uid, (row.name, "Transfer Syntax", "", "", row.keyword))


_name_new_syntaxes()
