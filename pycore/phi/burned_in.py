"""Text and faces in the pixels, as far as the header tells (PS3.15 §E.3.1, §E.3.2): a risk, never an all-clear.

In go attributes of one instance, out come flags. The conditions are rows of `data/burned-in-risk.tsv`, whose first
lines explain them. Modality and SOP class give a prior, which a row of kind 'accept' lowers; rows of kind 'attribute'
and 'device' raise the risk over it, and nothing lowers those. Carriers (overlays, icons, documents) are data elements,
which other rules judge. Rules:

- `burned-in-annotation`: Burned In Annotation says YES: enough to identify the patient (PS3.3 §C.7.6.1).
- `burned-in-text`: high or medium risk: `review`; low risk: `info`. Burned In Annotation = NO lowers nothing.
- `recognizable-face`: Recognizable Visual Features says YES: `identifier`; images of a head by their header: `review`
  where the slices are thin enough to rebuild a face, else `info`.

Objects without pixels give nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from pycore.findings import Flag, Severity
from pycore.phi.value import PADDING, Value
from pycore.standard import STANDARD_EDITION, BurnedInRow, burned_in_rows

BURNED_IN_PATHS: Mapping[str, str] = {
    "(0002,0013)": "ImplementationVersionName",
    "(0008,0008)": "ImageType",
    "(0008,0016)": "SOPClassUID",
    "(0008,0060)": "Modality",
    "(0008,0064)": "ConversionType",
    "(0008,0070)": "Manufacturer",
    "(0008,1030)": "StudyDescription",
    "(0008,103E)": "SeriesDescription",
    "(0008,1090)": "ManufacturerModelName",
    "(0018,0015)": "BodyPartExamined",
    "(0018,0050)": "SliceThickness",
    "(0018,1010)": "SecondaryCaptureDeviceID",
    "(0018,1012)": "DateOfSecondaryCapture",
    "(0018,1016)": "SecondaryCaptureDeviceManufacturer",
    "(0018,1018)": "SecondaryCaptureDeviceManufacturerModelName",
    "(0018,1019)": "SecondaryCaptureDeviceSoftwareVersions",
    "(0018,1020)": "SoftwareVersions",
    "(0018,1030)": "ProtocolName",
    "(0018,6011)": "SequenceOfUltrasoundRegions",
    "(0018,9346)[0]/(0008,0104)": "CodeMeaning",
    "(0020,0011)": "SeriesNumber",
    "(0028,0002)": "SamplesPerPixel",
    "(0028,0010)": "Rows",
    "(0028,0011)": "Columns",
    "(0028,0030)": "PixelSpacing",
    "(0028,0301)": "BurnedInAnnotation",
    "(0028,0302)": "RecognizableVisualFeatures",
    "(0028,1051)": "WindowWidth",
    "(0040,0310)": "CommentsOnRadiationDose",
    "(0048,0010)": "SpecimenLabelInImage",
    "(5200,9229)[0]/(0028,9110)[0]/(0018,0050)": "SliceThickness",
    **{f"({group:04X},0022)": "(60xx,0022)" for group in range(0x6000, 0x6020, 2)},  # Overlay Description
    "(7FE0,0008)": "PixelData",
    "(7FE0,0009)": "PixelData",
    "(7FE0,0010)": "PixelData",
}
"""Path of an element in an instance -> the name under which `check_burned_in` wants its value."""

_CLAUSE_TEXT = f"PS3.15 §E.3.1 ({STANDARD_EDITION})"
_CLAUSE_FACE = f"PS3.15 §E.3.2 ({STANDARD_EDITION})"
_MAX_REASONS = 3
"""How many reasons a flag gives; the others are counted."""

_RANKS = {"low": 1, "medium": 2, "high": 3}
_PRIORS = ("SOPClassUID", "Modality")
"""The attributes that give the prior, by rows of kind 'sop' and 'modality'."""

_FACE_MODALITIES = frozenset({"CT", "MR", "PT"})
_HEAD = re.compile(
    r"(?<![A-Z])(HEAD(?!\s*(FIRST|COIL))|BRAIN|SKULL|FACE|FACIAL|NEURO|CEREBR\w+|CRANI\w+|CEREBELL\w+|SINUS(ES)?|ORBITS?"
    r"|JAW|MAXILLA\w*|MANDIBLE|SCHAEDEL|SCHÄDEL|KOPF|HIRN|CRANE|CRÁNEO|CABEZA|TESTA|MPRAGE|FSPGR)(?![A-Z])"
)
_THIN_MM = 3.0
"""Slices up to this thickness show a face when they are stacked; thicker ones hardly do."""


_PRESENCE_ONLY = frozenset({"DateOfSecondaryCapture", "PixelSpacing", "SecondaryCaptureDeviceSoftwareVersions"})


def to_attribute(value: Value) -> str:
    """Return a value as `check_burned_in` wants it; '' for what is empty and for what no condition asks for.

    That is its text, or a word where only presence counts, so that slices which differ in numbers alone are judged
    once.
    """
    name = BURNED_IN_PATHS.get(value.path, "")
    if name == "WindowWidth":
        return "1" if _to_number(value.text or "") == 1 else ""
    if value.text is None or name in _PRESENCE_ONLY:
        return "present" if value.has_value else ""
    return value.text.strip(PADDING)


def check_burned_in(attributes: Mapping[str, str]) -> tuple[Flag, ...]:
    """Judge the risk of text and faces in the pixels of one instance.

    Parameters
    ----------
    attributes : mapping of str to str
        The names of `BURNED_IN_PATHS` -> what `to_attribute` says of the element; what is absent may be left out.
    """
    if not attributes.get("PixelData"):
        return ()
    texts = {name: " ".join(text.split()).casefold() for name, text in attributes.items()}
    return (*_check_text(texts), *_check_face(texts))


def risk_of(flag: Flag) -> str:
    """Return how likely text is by a flag of this module: 'said' (by the header), 'high', 'medium', 'low' or ''."""
    if flag.rule == "burned-in-annotation":
        return "said"
    return (
        next((risk for risk in _RANKS if f"{risk} risk: " in flag.evidence), "")
        if flag.rule == "burned-in-text"
        else ""
    )


def _check_text(texts: Mapping[str, str]) -> tuple[Flag, ...]:
    if texts.get("BurnedInAnnotation") == "yes":
        reason = "Burned In Annotation is YES: the image itself says that its text identifies the patient"
        return (Flag("burned-in-annotation", _CLAUSE_TEXT, "", Severity.IDENTIFIER, reason),)
    risk, rows = _find_risk(texts)
    reasons = list(dict.fromkeys(_reason(row) for row in rows)) or ["of this kind of image nothing is known"]
    shown = "; ".join(reasons[:_MAX_REASONS])
    if len(reasons) > _MAX_REASONS:
        shown += f"; and {len(reasons) - _MAX_REASONS} more"
    evidence = f"{risk} risk: {shown}"
    if risk == "low":
        evidence += ". No header proves the absence of text: look at the pictures"
        return (Flag("burned-in-text", _CLAUSE_TEXT, "", Severity.INFO, evidence),)
    if texts.get("BurnedInAnnotation") == "no":
        evidence += ". Burned In Annotation is NO, which is no evidence"
    return (Flag("burned-in-text", _CLAUSE_TEXT, "", Severity.REVIEW, evidence),)


def _find_risk(texts: Mapping[str, str]) -> tuple[str, list[BurnedInRow]]:
    """Return the risk, and the rows that give it."""
    priors = [row for name in _PRIORS if (row := _priors().get((name, texts.get(name, "")))) is not None]
    matching = [one.row for one in _conditions_of(texts.get("Modality", "")) if one.holds(texts)]
    raising = [row for row in matching if row.kind != "accept"]
    accepting = [row for row in matching if row.kind == "accept"]
    rated = raising + (accepting or [row for row in priors if row.risk in _RANKS])
    if not rated:
        # A map or a mesh by its kind, whose pixels are computed; but nothing vouches for an object of unknown kind.
        return ("low" if priors else "medium"), priors
    risk = max((row.risk for row in rated), key=_RANKS.__getitem__)
    return risk, [row for row in rated if row.risk == risk]


def _reason(row: BurnedInRow) -> str:
    if not row.regions:
        return row.reason
    # Written for a person who looks: left, top, width and height in pixels, as in the file.
    return f"{row.reason}, at left,top,width,height = {row.regions}"


def _check_face(texts: Mapping[str, str]) -> tuple[Flag, ...]:
    recognizable = texts.get("RecognizableVisualFeatures", "")
    if recognizable == "yes":
        reason = "Recognizable Visual Features is YES: the image itself says that it shows or allows rebuilding a face"
        return (Flag("recognizable-face", _CLAUSE_FACE, "", Severity.IDENTIFIER, reason),)
    if recognizable == "no" or texts.get("Modality", "").upper() not in _FACE_MODALITIES:
        return ()
    if "localizer" in texts.get("ImageType", "") or not _shows_head(texts):
        return ()
    if 0 < _to_number(texts.get("SliceThickness", "")) <= _THIN_MM:
        reason = "thin slices of a head: a face can be rebuilt from them"
        return (Flag("recognizable-face", _CLAUSE_FACE, "", Severity.REVIEW, reason),)
    reason = "slices of a head; a face can be rebuilt from thin ones, which these are not as far as the header tells"
    return (Flag("recognizable-face", _CLAUSE_FACE, "", Severity.INFO, reason),)


def _shows_head(texts: Mapping[str, str]) -> bool:
    """Return whether the body part is a head; where it is not given, whether a description says so."""
    part = texts.get("BodyPartExamined", "")
    told = [part] if part else [texts.get(n, "") for n in ("SeriesDescription", "StudyDescription", "ProtocolName")]
    return any(_HEAD.search(text.upper().replace("_", " ")) for text in told)


def _to_number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


# The conditions.

_Test = Callable[[Mapping[str, str]], bool]


@dataclass(frozen=True, slots=True)
class _Condition:
    """A row that can be tested."""

    row: BurnedInRow
    modalities: frozenset[str]
    excluded: bool
    """Whether `modalities` are those it does not hold for."""
    terms: tuple[_Test, ...]

    def holds(self, texts: Mapping[str, str]) -> bool:
        """Whether an object of one of its modalities meets it."""
        return all(term(texts) for term in self.terms)


@lru_cache(maxsize=64)
def _conditions_of(modality: str) -> tuple[_Condition, ...]:
    return tuple(one for one in _conditions() if not one.modalities or (modality in one.modalities) is not one.excluded)


@cache
def _conditions() -> tuple[_Condition, ...]:
    kinds = {"attribute", "device", "accept"}
    return tuple(_to_condition(row) for row in burned_in_rows() if row.kind in kinds and row.risk != "info")


@cache
def _priors() -> Mapping[tuple[str, str], BurnedInRow]:
    """Return the rows whose condition is that an attribute has a value: (name, value) -> row."""
    rows = (row for row in burned_in_rows() if row.kind in {"sop", "modality"})
    return {(name, text.casefold()): row for row in rows for name, _, text in [row.condition.partition("=")]}


def _to_condition(row: BurnedInRow) -> _Condition:
    excluded = row.modality.startswith("!")
    modalities = frozenset(filter(None, row.modality.removeprefix("!").casefold().split("|")))
    return _Condition(row, modalities, excluded, tuple(_to_term(term) for term in row.condition.split(" & ")))


_TERM = re.compile(r"(\w+|\(60xx,\w{4}\))(!~|!=|~|=|\^|/|:)(.*)", re.DOTALL)


def _to_term(term: str) -> _Test:
    """Return the test that one term of the condition language stands for; the texts are in lower case."""
    match = _TERM.fullmatch(term)
    if match is None:
        raise ValueError(f"'{term}' is no term of the condition language.")
    name, operator, operand = match.groups()
    if name == "RowsxColumns":
        sizes = tuple(size.split("x") for size in operand.split("|"))
        return lambda texts: any(_has_size(texts, rows, columns) for rows, columns in sizes)
    if operator == "/":
        pattern = re.compile(operand.removesuffix("/"), re.IGNORECASE)
        return lambda texts: pattern.search(texts.get(name, "")) is not None
    options = tuple(operand.casefold().split("|"))
    match operator:
        case "~" | "!~":
            pattern = re.compile("|".join(map(re.escape, options)))
            if operator == "!~":
                return lambda texts: pattern.search(texts.get(name, "")) is None
            return lambda texts: pattern.search(texts.get(name, "")) is not None
        case "=":
            return lambda texts: texts.get(name, "") in options
        case "!=":
            return lambda texts: texts.get(name, "") not in options
        case "^":
            return lambda texts: texts.get(name, "").startswith(options)
    if operand not in {"present", "absent"}:
        raise ValueError(f"'{term}' is no term of the condition language.")
    return lambda texts: bool(texts.get(name)) is (operand == "present")


def _has_size(texts: Mapping[str, str], rows: str, columns: str) -> bool:
    return rows in {"*", texts.get("Rows", "")} and columns in {"*", texts.get("Columns", "")}
