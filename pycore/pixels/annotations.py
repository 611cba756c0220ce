"""Header -> what is written around a picture: the corners, the orientation letters, the scale.

Orientation comes from Image Orientation (Patient) (PS3.3 §C.7.6.2.1.1), else from Patient Orientation (§C.7.6.1.1.1);
lengths from Pixel Spacing and its kin (§10.7), in ultrasound from the calibrated regions (§C.8.5.5). What a functional
group says of a frame goes before what the data set says of all (§C.7.6.16). Nothing here measures or judges: what the
header does not say, or says in a way that cannot be, is left out.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pydicom import Dataset
from pydicom.multival import MultiValue
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from pycore.masking import to_visible
from pycore.pixels.attributes import Header, frame_groups, items, numbers, read_value

CORNERS = ("top_left", "top_right", "bottom_left", "bottom_right")
EDGES = ("top", "left", "right", "bottom")

LEAST_COSINE = 0.05
"""From which component on a second letter is given: a plane that is tilted by less than 3° is not called oblique."""

_UNIT_TOLERANCE = 0.01
"""By how much direction cosines may miss length 1 and a right angle; beyond that they are not directions."""

_UNCOMPRESSED = (ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian)

_SPACINGS = (
    ("PixelSpacing", "Pixel Spacing"),
    ("ImagerPixelSpacing", "Imager Pixel Spacing, at the detector"),
    ("NominalScannedPixelSpacing", "Nominal Scanned Pixel Spacing, of the scanned film or paper"),
)
_CENTIMETRES = 3.0
"""Of Physical Units X and Y Direction (PS3.3 §C.8.5.5.1.15)."""
_SPATIAL_2D = 1.0
"""Of Region Spatial Format (PS3.3 §C.8.5.5.1.1)."""

_OPPOSITE = {"L": "R", "R": "L", "A": "P", "P": "A", "H": "F", "F": "H"}
_QUADRUPED_OPPOSITE = {
    "LE": "RT",
    "RT": "LE",
    "D": "V",
    "V": "D",
    "CR": "CD",
    "CD": "CR",
    "R": "CD",  # rostral: of the head, towards the nose
    "M": "L",
    "L": "M",
    "PR": "DI",
    "DI": "PR",
    "PA": "D",
    "PL": "D",
}
_QUADRUPED_TERMS = re.compile("LE|RT|CR|CD|PR|DI|PA|PL|[DVRML]")

_LATERALITY = {"L": "Left", "R": "Right", "B": "Both sides"}

_MOMENTS = (("Acquisition", "Acquired"), ("Content", "Made"), ("Series", "Series of"), ("Study", "Study of"))

_DATE = re.compile(r"(\d{4})[.]?(\d{2})[.]?(\d{2})$")
_TIME = re.compile(r"(\d{2}):?(\d{2}):?(\d{2})?([.]\d+)?$")
_DATE_TIME = re.compile(r"(\d{8})(\d{4,6})(?:[.]\d+)?([+-]\d{4})?$")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a corner."""

    text: str
    identifying: bool
    """Whether it is masked while identifiers are hidden."""
    patient: bool = False
    """Whether it says who the patient is, and is masked until it is asked for."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How large a pixel is."""

    mm_per_pixel: tuple[float, float]
    """Between the centres of neighbouring rows, then of neighbouring columns."""
    spacing: str
    """What says so."""


@dataclass(frozen=True, slots=True)
class Annotations:
    """What is written around one frame."""

    corners: dict[str, tuple[Line, ...]]
    """By `CORNERS`."""
    edges: dict[str, str]
    """By `EDGES`, of the image as it is stored: letters of PS3.3 §C.7.6.1.1.1; empty where nothing says which."""
    scale: Scale | None


def annotate(header: Header, frame: int) -> Annotations:
    """Return what is written around a frame, counted from 0."""
    data_set = header.data_set
    groups = frame_groups(header, frame)
    return Annotations(
        corners={
            "top_left": (),
            "top_right": (
                *_patient(data_set),
                *_study(data_set),
                *_series(data_set),
                *_identifying(read_segment(header, frame)),
            ),
            "bottom_left": tuple(_plain(_compression(header), _plane(data_set, groups))),
            "bottom_right": (
                *_plain(_technique(data_set, groups), _side(data_set, groups)),
                *_when(data_set, groups),
            ),
        },
        edges=read_edges(data_set, groups),
        scale=read_scale(data_set, groups),
    )


def read_segment(header: Header, frame: int) -> str:
    """Return which segment a frame of a segmentation shows: 'Segment 2: Liver' (PS3.3 §C.8.20); else ''."""
    for group in frame_groups(header, frame):
        for identification in items(group, "SegmentIdentificationSequence")[:1]:
            number = _first(identification, "ReferencedSegmentNumber")
            for segment in items(header.data_set, "SegmentSequence"):
                if number and _first(segment, "SegmentNumber") == number:
                    label = _first(segment, "SegmentLabel")
                    return to_visible(f"Segment {number}: {label}" if label else f"Segment {number}")
    return ""


def read_edges(data_set: Dataset, groups: tuple[Dataset, ...] = ()) -> dict[str, str]:
    """Return the letters at the four edges of the image as it is stored."""
    quadruped = _first(data_set, "AnatomicalOrientationType") == "QUADRUPED"
    # The axes of an animal have names of their own, which are not those of the letters below.
    directions = None if quadruped else _directions(data_set, groups)
    if directions:
        right, bottom = (_letters(direction) for direction in directions)
        return _edges(right, bottom, _OPPOSITE, re.compile("."))
    row, column, *_ = (*_texts(data_set, "PatientOrientation"), "", "")
    if quadruped:
        return _edges(row, column, _QUADRUPED_OPPOSITE, _QUADRUPED_TERMS)
    return _edges(row, column, _OPPOSITE, re.compile("."))


def read_scale(data_set: Dataset, groups: tuple[Dataset, ...] = ()) -> Scale | None:
    """Return how large a pixel is, and what says so; None where nothing does."""
    if region := _ultrasound_scale(data_set):
        return region
    for keyword, words in _SPACINGS:
        spacing = _numbers(_sources(data_set, groups, "PixelMeasuresSequence"), keyword)
        if len(spacing) != 2 or min(spacing) <= 0:
            continue
        if keyword == "PixelSpacing":
            words = _calibration(data_set, spacing) or words
        return Scale((spacing[0], spacing[1]), words)
    return None


def _sources(data_set: Dataset, groups: tuple[Dataset, ...], macro: str) -> Iterator[Dataset]:
    for group in groups:
        yield from items(group, macro)[:1]
    yield data_set


def _numbers(sources: Iterable[Dataset], keyword: str) -> tuple[float, ...]:
    return next(filter(None, (numbers(source, keyword, []) for source in sources)), ())


def _number(sources: Iterable[Dataset], keyword: str) -> float | None:
    return next(iter(_numbers(sources, keyword)), None)


def _text(sources: Iterable[Dataset], keyword: str) -> str:
    return next(filter(None, (_first(source, keyword) for source in sources)), "")


def _texts(data_set: Dataset, keyword: str) -> list[str]:
    """Return the values of any VR that is no sequence and not binary."""
    value = read_value(data_set, keyword)
    if value is None or isinstance(value, (bytes, Sequence)):
        return []
    return [str(one).strip(" \0") for one in (value if isinstance(value, MultiValue) else (value,))]


def _first(data_set: Dataset, keyword: str) -> str:
    return next(iter(_texts(data_set, keyword)), "")


def _plain(*lines: Iterable[str]) -> Iterator[Line]:
    for texts in lines:
        shown = " · ".join(filter(None, texts))
        if shown:
            yield Line(to_visible(shown), identifying=False)


def _identifying(*texts: str, patient: bool = False) -> Iterator[Line]:
    shown = " · ".join(filter(None, texts))
    if shown:
        yield Line(to_visible(shown), identifying=True, patient=patient)


def _patient(data_set: Dataset) -> Iterator[Line]:
    born = _date(_first(data_set, "PatientBirthDate"))
    yield from _identifying(" ".join(_first(data_set, "PatientName").replace("^", " ").split()), patient=True)
    yield from _identifying(_first(data_set, "PatientID"), patient=True)
    yield from _identifying(
        _first(data_set, "PatientSex"), _first(data_set, "PatientAge"), born and f"born {born}", patient=True
    )


def _study(data_set: Dataset) -> Iterator[Line]:
    yield from _identifying(_first(data_set, "InstitutionName"))
    yield from _identifying(_first(data_set, "StudyDescription"))


def _series(data_set: Dataset) -> Iterator[Line]:
    number, description = _first(data_set, "SeriesNumber"), _first(data_set, "SeriesDescription")
    yield from _plain([f"Series {number}" if number else ""])
    yield from _identifying(description)


def _compression(header: Header) -> list[str]:
    syntax = header.transfer_syntax
    words = "Uncompressed" if syntax in _UNCOMPRESSED else syntax.name if syntax else "Compression not stated"
    lossy = _first(header.data_set, "LossyImageCompression") == "01"
    return [words, "has been lossy compressed" if lossy and "ossy" not in words else ""]


def _plane(data_set: Dataset, groups: tuple[Dataset, ...]) -> list[str]:
    thickness = _number(_sources(data_set, groups, "PixelMeasuresSequence"), "SliceThickness")
    places = list(_sources(data_set, groups, "PlanePositionSequence"))
    if (_number((data_set,), "NumberOfFrames") or 1) > 1:
        places.pop()  # the place of the first frame, which says nothing of the others
    location = _number(places, "SliceLocation")
    if location is None and (directions := _directions(data_set, groups)):
        position = _numbers(places, "ImagePositionPatient")
        (a, b, c), (d, e, f) = directions
        normal = (b * f - c * e, c * d - a * f, a * e - b * d)
        location = _dot(normal, position) if len(position) == 3 else None
    return [
        "" if thickness is None else f"Thickness {_measure(thickness)} mm",
        "" if location is None else f"Location {_measure(location)} mm",
    ]


def _technique(data_set: Dataset, groups: tuple[Dataset, ...]) -> list[str]:
    """Return echo and repetition time and field strength, or voltage and current."""
    timing = list(_sources(data_set, groups, "MRTimingAndRelatedParametersSequence"))
    echo = _number([*_sources(data_set, groups, "MREchoSequence")], "EffectiveEchoTime")
    values = (
        ("TE", echo if echo is not None else _number((data_set,), "EchoTime"), "ms"),
        ("TR", _number(timing, "RepetitionTime"), "ms"),
        ("", _number((data_set,), "MagneticFieldStrength"), "T"),
        ("", _number(_sources(data_set, groups, "CTXRayDetailsSequence"), "KVP"), "kV"),
        ("", _number(_sources(data_set, groups, "CTExposureSequence"), "XRayTubeCurrent"), "mA"),
    )
    return [f"{name} {_measure(value)} {unit}".strip() for name, value, unit in values if value is not None]


def _side(data_set: Dataset, groups: tuple[Dataset, ...]) -> list[str]:
    side = _text(_sources(data_set, groups, "FrameAnatomySequence"), "FrameLaterality")
    side = side or _first(data_set, "ImageLaterality") or _first(data_set, "Laterality")
    view = _first(data_set, "ViewPosition")
    return [_LATERALITY.get(side, ""), f"View {view}" if view else ""]


def _when(data_set: Dataset, groups: tuple[Dataset, ...]) -> Iterator[Line]:
    """Yield when the frame was acquired, or the nearest to that which is stated."""
    sources = list(_sources(data_set, groups, "FrameContentSequence"))
    for keyword in ("FrameAcquisitionDateTime", "AcquisitionDateTime"):
        if moment := _text(sources, keyword):
            yield from _identifying(f"Acquired {_date_time(moment)}")
            return
    for kind, words in _MOMENTS:
        if date := _first(data_set, f"{kind}Date"):
            yield from _identifying(f"{words} {_date(date)} {_time(_first(data_set, f'{kind}Time'))}".strip())
            return


def _directions(data_set: Dataset, groups: tuple[Dataset, ...]) -> tuple[tuple[float, ...], tuple[float, ...]] | None:
    """Return the directions of a row and of a column, if these are what direction cosines must be."""
    sources = [*_sources(data_set, groups, "PlaneOrientationSequence"), *_only_detector(data_set)]
    cosines = _numbers(sources, "ImageOrientationPatient")
    if len(cosines) != 6:
        return None
    row, column = cosines[:3], cosines[3:]
    lengths = math.hypot(*row), math.hypot(*column)
    if max(abs(length - 1) for length in lengths) > _UNIT_TOLERANCE or abs(_dot(row, column)) > _UNIT_TOLERANCE:
        return None
    return row, column


def _only_detector(data_set: Dataset) -> list[Dataset]:
    """Return the detector of a nuclear medicine image, whose frames all have its orientation if it is the only one."""
    detectors = items(data_set, "DetectorInformationSequence")
    return detectors if len(detectors) == 1 else []


def _letters(direction: tuple[float, ...]) -> str:
    """Return one letter, or two for an oblique direction: x runs to the left, y to the back, z to the head."""
    axes = sorted(zip(direction, ("LR", "PA", "HF"), strict=True), key=lambda axis: -abs(axis[0]))
    letters = [pair[0] if cosine > 0 else pair[1] for cosine, pair in axes if abs(cosine) >= LEAST_COSINE]
    return "".join(letters[:2])


def _edges(right: str, bottom: str, opposites: dict[str, str], term: re.Pattern[str]) -> dict[str, str]:
    left, top = (_reverse(letters, opposites, term) for letters in (right, bottom))
    # Letters that the standard does not know are no orientation.
    if not left:
        right = ""
    if not top:
        bottom = ""
    return {"top": top, "left": left, "right": right, "bottom": bottom}


def _reverse(letters: str, opposites: dict[str, str], term: re.Pattern[str]) -> str:
    terms = term.findall(letters)
    if "".join(terms) != letters or not all(one in opposites for one in terms):
        return ""
    return "".join(opposites[one] for one in terms)


def _ultrasound_scale(data_set: Dataset) -> Scale | None:
    """Return the scale of the largest region of an ultrasound image that is a picture in centimetres."""
    found: tuple[float, Scale] | None = None
    several = False
    for region in items(data_set, "SequenceOfUltrasoundRegions"):
        units = [_number((region,), f"PhysicalUnits{axis}Direction") for axis in "XY"]
        deltas = [_number((region,), f"PhysicalDelta{axis}") or 0.0 for axis in "XY"]
        corners = [_number((region,), f"RegionLocation{name}") or 0.0 for name in ("MinX0", "MinY0", "MaxX1", "MaxY1")]
        flat = _number((region,), "RegionSpatialFormat") in (_SPATIAL_2D, None)
        if units != [_CENTIMETRES] * 2 or not flat or not all(deltas):
            continue
        spacing = abs(deltas[1]) * 10, abs(deltas[0]) * 10
        area = (corners[2] - corners[0]) * (corners[3] - corners[1])
        several = several or (found is not None and found[1].mm_per_pixel != spacing)
        if found is None or area > found[0]:
            found = area, Scale(spacing, "Physical Delta of the ultrasound region")
    if found is None:
        return None
    return Scale(found[1].mm_per_pixel, "Physical Delta of the largest ultrasound region") if several else found[1]


def _calibration(data_set: Dataset, spacing: tuple[float, ...]) -> str:
    """Return how a projection's Pixel Spacing was found; empty where it is not a projection's (PS3.3 §10.7.1.2)."""
    method = _first(data_set, "PixelSpacingCalibrationType")
    if method:
        return f"Pixel Spacing, calibrated ({to_visible(method.lower())})"
    imager = numbers(data_set, "ImagerPixelSpacing", [])
    return "Pixel Spacing, which is that at the detector" if imager == spacing else ""


def _dot(one: Iterable[float], other: Iterable[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


def _measure(value: float) -> str:
    """Return a number with at most two decimals: '4,000', '1.25', '-12.5'."""
    return f"{round(value, 2) + 0.0:,.2f}".rstrip("0").rstrip(".")


def _date(value: str) -> str:
    """Return a DA as 2024-01-15; anything else as it is (PS3.5 §6.2)."""
    parts = _DATE.match(value)
    return "-".join(parts.groups()) if parts else value


def _time(value: str) -> str:
    """Return a TM as 14:03:22; anything else as it is (PS3.5 §6.2)."""
    parts = _TIME.match(value)
    return ":".join(filter(None, parts.groups()[:3])) if parts else value


def _date_time(value: str) -> str:
    """Return a DT as 2024-01-15 14:03:22 and its offset from UTC; anything else as it is (PS3.5 §6.2)."""
    parts = _DATE_TIME.match(value)
    if not parts:
        return _date(value)
    date, time, offset = parts.groups()
    return " ".join(filter(None, (_date(date), _time(time), offset)))
