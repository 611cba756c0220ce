"""File -> the attributes that describe its pixels, and where they lie; no pixel is read here.

The Image Pixel module (PS3.3 §C.7.6.3), the Modality and VOI LUT modules (§C.11.1, §C.11.2) and their functional group
macros (§C.7.6.16). Headers in the wild contradict themselves; what still has only one meaning is read with that meaning
and said in `Description.notes`. Whether the pixels can be drawn is decided by `frames` and `display`.
"""

from __future__ import annotations

import functools
import io
import math
import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, BinaryIO, NamedTuple

from pydicom import Dataset
from pydicom.charset import convert_encodings
from pydicom.datadict import dictionary_description, tag_for_keyword
from pydicom.filereader import read_dataset
from pydicom.sequence import Sequence
from pydicom.uid import UID, ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from pycore.errors import PixelDataError
from pycore.part10 import (
    EXPLICIT_BIG,
    EXPLICIT_LITTLE,
    IMPLICIT_LITTLE,
    UNDEFINED_LENGTH,
    Encoding,
    find_encoding,
    is_deflated,
    read_file_meta,
    to_encoding,
)
from pycore.pixels.codestream import begins
from pycore.pixels.fragments import Fragments
from pycore.pixels.functional_groups import FrameGroups
from pycore.pixels.icc import read_profile_name
from pycore.pixels.source import READ_ERRORS, BoundedReader, Readable, open_inflated
from pycore.standard import transfer_syntax_rows

PIXEL_KEYWORDS = {0x7FE0_0010: "PixelData", 0x7FE0_0008: "FloatPixelData", 0x7FE0_0009: "DoubleFloatPixelData"}
"""The elements that may hold the pixels, by tag; an image has one of them (PS3.3 §C.7.6.3, §C.7.6.24, §C.7.6.25)."""

HEAD_BYTES = 1 << 16
"""Where File Meta Information is looked for."""

MAX_SIZE = 1 << 63
"""Of a data set whose size is not known because it is being inflated."""

FUNCTIONS = ("LINEAR", "LINEAR_EXACT", "SIGMOID")
"""Defined terms of (0028,1056) VOI LUT Function (PS3.3 §C.11.2.1.3)."""

_KEYWORDS = (
    *("MediaStorageSOPClassUID", "SOPClassUID", "Modality"),
    *("SamplesPerPixel", "PhotometricInterpretation", "PlanarConfiguration", "NumberOfFrames", "Rows", "Columns"),
    *("BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation", "PixelSpacing", "ImagerPixelSpacing"),
    *("NominalScannedPixelSpacing", "PixelAspectRatio", "PixelPresentation", "PresentationLUTShape"),
    *("PixelPaddingValue", "PixelPaddingRangeLimit", "FloatPixelPaddingValue", "FloatPixelPaddingRangeLimit"),
    *("DoubleFloatPixelPaddingValue", "DoubleFloatPixelPaddingRangeLimit"),
    *("RescaleIntercept", "RescaleSlope", "RescaleType", "ModalityLUTSequence"),
    *("WindowCenter", "WindowWidth", "WindowCenterWidthExplanation", "VOILUTFunction", "VOILUTSequence"),
    *(f"{color}PaletteColorLookupTableDescriptor" for color in ("Red", "Green", "Blue")),
    *(f"{color}PaletteColorLookupTableData" for color in ("Red", "Green", "Blue")),
    *(f"Segmented{color}PaletteColorLookupTableData" for color in ("Red", "Green", "Blue")),
    *("SharedFunctionalGroupsSequence", "ExtendedOffsetTable", "ExtendedOffsetTableLengths"),
    *("DoseUnits", "DoseGridScaling", "RealWorldValueMappingSequence", "MaximumFractionalValue"),
    *("FrameIncrementPointer", "FrameTime", "FrameTimeVector", "CineRate", "RecommendedDisplayFrameRate"),
    *("ICCProfile", "ColorSpace", "OpticalPathSequence", "SegmentSequence", "SegmentationType"),
    *("ShutterShape", "ShutterLeftVerticalEdge", "ShutterRightVerticalEdge", "ShutterUpperHorizontalEdge"),
    *("ShutterLowerHorizontalEdge", "CenterOfCircularShutter", "RadiusOfCircularShutter"),
    *("VerticesOfThePolygonalShutter", "ShutterPresentationValue", "ShutterOverlayGroup"),
    *("ShutterPresentationColorCIELabValue",),
    *("Units", "SUVType", "CorrectedImage", "DecayCorrection", "PatientWeight", "PatientSize"),
    *("RadiopharmaceuticalInformationSequence",),
    # What `annotations` writes around the picture.
    *("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "PatientAge", "InstitutionName"),
    *("StudyDescription", "SeriesDescription", "SeriesNumber", "AcquisitionDateTime"),
    *(f"{kind}{part}" for kind in ("Acquisition", "Content", "Series", "Study") for part in ("Date", "Time")),
    *("LossyImageCompression", "SliceThickness", "SliceLocation", "ImagePositionPatient", "ImageOrientationPatient"),
    *("EchoTime", "RepetitionTime", "MagneticFieldStrength", "KVP", "XRayTubeCurrent"),
    *("ImageLaterality", "Laterality", "ViewPosition", "PatientOrientation", "AnatomicalOrientationType"),
    *("PixelSpacingCalibrationType", "SequenceOfUltrasoundRegions", "DetectorInformationSequence"),
)
OVERLAY_GROUPS = range(0x6000, 0x6020, 2)
"""A data set has at most 16 overlays (PS3.5 §7.6)."""
_OVERLAY_ELEMENTS = (0x0010, 0x0011, 0x0015, 0x0022, 0x0040, 0x0045, 0x0050, 0x0051, 0x0100, 0x0102, 0x1500)
"""All of the Overlay Plane module but the data (PS3.3 §C.9.2)."""
OVERLAY_DATA = 0x3000
PER_FRAME_GROUPS = 0x5200_9230

_TAGS = [
    *(tag for tag in map(tag_for_keyword, _KEYWORDS) if tag is not None),
    *(group << 16 | element for group in OVERLAY_GROUPS for element in _OVERLAY_ELEMENTS),
]

_SYNTAXES = {
    IMPLICIT_LITTLE: ImplicitVRLittleEndian,
    EXPLICIT_LITTLE: ExplicitVRLittleEndian,
    EXPLICIT_BIG: ExplicitVRBigEndian,
    Encoding(implicit=True, little_endian=False): "",  # no syntax is written so
}


@dataclass(frozen=True, slots=True)
class Window:
    """From modality values to the range of the display (PS3.3 §C.11.2.1.2, §C.11.2.1.3)."""

    center: float
    width: float
    function: str = "LINEAR"
    """One of `FUNCTIONS`."""
    explanation: str = ""
    """(0028,1055) Window Center & Width Explanation."""


@dataclass(frozen=True, slots=True)
class Rescale:
    """modality value = stored value × slope + intercept (PS3.3 §C.11.1.1.2)."""

    slope: float
    intercept: float
    type: str
    """Unit of the result: 'HU', 'US', 'OD'; empty when not said."""


@dataclass(frozen=True, slots=True)
class Preset:
    """A window to choose from; what `Image.picture` takes back as it is."""

    label: str
    center: float | None
    """None where the frame itself, or a table of the file, decides."""
    width: float | None
    function: str
    """One of `FUNCTIONS`, 'AUTO' for the lowest to the highest value of the frame, or 'VOI LUT 1' and so on."""
    source: str
    """'file', 'auto' or 'preset'."""


@dataclass(frozen=True, slots=True)
class OverlayPlane:
    """One overlay of the object (PS3.3 §C.9.2)."""

    group: int
    """0x6000, 0x6002, …"""
    kind: str
    """'graphics' or 'region of interest'."""
    label: str
    """(60xx,1500) Overlay Label."""
    description: str
    """(60xx,0022) Overlay Description."""
    source: str
    """'plane' for an element of its own, 'high bits' for unused bits of the pixels (retired)."""


@dataclass(frozen=True, slots=True)
class Description:
    """What the header says about the pixels; 0, '' or None where it says nothing."""

    sop_class: str
    """Name of the SOP Class, or its UID when the name is not known."""
    transfer_syntax: str
    """UID in force; a data set without File Meta Information gets the one that its encoding shows."""
    transfer_syntax_name: str
    rows: int
    columns: int
    number_of_frames: int
    """1 when not stated; more than stated when uncompressed Pixel Data holds more."""
    samples_per_pixel: int
    photometric_interpretation: str
    bits_allocated: int
    bits_stored: int
    high_bit: int
    pixel_representation: int
    """0 for unsigned, 1 for two's complement."""
    planar_configuration: int
    """0 for colour by pixel (R1 G1 B1 R2 …), 1 for colour by plane (R1 R2 … G1 …)."""
    windows: tuple[Window, ...]
    """Of the first frame."""
    rescale: Rescale | None
    """Of the first frame."""
    pixel_spacing: tuple[float, float] | None
    """Millimetres between the centres of neighbouring rows, then of neighbouring columns."""
    pixel_spacing_keyword: str
    """Attribute that gave it: 'PixelSpacing' in the patient, 'ImagerPixelSpacing' at the detector, …"""
    pixel_aspect: tuple[float, float]
    """Height and width of a pixel to each other: (0028,0034) Pixel Aspect Ratio, else by the spacing, else (1, 1)."""
    unit: str
    """Of modality values, and so of windows: 'HU', 'Gy', 'Bq/ml'; empty when not known."""
    frame_time_ms: float | None
    """From one frame to the next; the mean where frames have times of their own (PS3.3 §C.7.6.5)."""
    icc_profile: str
    """What (0028,2000) ICC Profile calls itself, else (0028,2002) Color Space; colours are shown without it."""
    presets: tuple[Preset, ...]
    """The file's own first, then from the lowest to the highest value, then by modality; none for colour."""
    overlays: tuple[OverlayPlane, ...]
    has_shutter: bool
    """Whether a display shutter hides a part of some frame."""
    drawable: bool
    reason: str
    """One sentence when not drawable; else empty."""
    notes: tuple[str, ...]
    """Sentences: where the header is wrong or silent, and how it was read."""
    video: bool = False
    """Whether the pixels are one stream of many frames: never drawable, and perhaps playable."""


class PixelElement(NamedTuple):
    """Where the pixels lie."""

    keyword: str
    """One of `PIXEL_KEYWORDS`."""
    vr: str
    """As encoded; empty in implicit VR."""
    offset: int
    """Of the value, in `Header.file`."""
    length: int
    """Bytes of the value that are there; for encapsulated Pixel Data all bytes up to the end of the file."""
    encapsulated: bool
    """True when the length is undefined and the value is a sequence of fragments (PS3.5 §A.4)."""


class Header(NamedTuple):
    """A data set up to its pixels."""

    file: Readable
    """What `element.offset` counts in: the file, or its data set inflated."""
    data_set: Dataset
    little_endian: bool
    transfer_syntax: UID
    """Empty when nothing says how compressed Pixel Data is compressed."""
    element: PixelElement | None
    groups: FrameGroups | None = None
    """(5200,9230) Per-Frame Functional Groups Sequence, which is not in `data_set`."""
    overlay_data: Mapping[int, tuple[int, int, str]] = MappingProxyType({})
    """(60xx,3000) Overlay Data by group: offset in `file`, length, VR; not in `data_set` either."""
    fragments: Fragments | None = None
    """Of encapsulated Pixel Data; it remembers what it has found."""


def read_header(file: BinaryIO) -> Header:
    """Read what `_KEYWORDS` lists, and find the pixels; values of all other elements are passed over.

    Raises
    ------
    PixelDataError
        If the file cannot be read as a data set.
    """
    source: Readable = BoundedReader(file)
    file_size = source.seek(0, io.SEEK_END)
    source.seek(0)
    meta = read_file_meta(source.read(HEAD_BYTES), file_size)
    if meta is None:
        raise PixelDataError("There is no Pixel Data: the file is not DICOM.")
    start = meta.end
    size: int | None = file_size
    if is_deflated(meta.transfer_syntax):
        # pydicom would inflate the whole data set into memory; how long it is nobody knows before.
        source, start, size = BoundedReader(open_inflated(source, meta.end)), 0, None
    try:
        source.seek(start)
        declared = to_encoding(meta.transfer_syntax)
        encoding = find_encoding(source.read(16), MAX_SIZE if size is None else size - start, declared)
        source.seek(start)
        overlay_data: dict[int, tuple[int, int, str]] = {}

        def is_large(tag: int, vr: str | None, length: int) -> bool:
            if tag & 0xFFFF == OVERLAY_DATA and tag >> 16 in OVERLAY_GROUPS:
                overlay_data[tag >> 16] = source.tell(), length, vr or ""
            return tag in PIXEL_KEYWORDS or tag == PER_FRAME_GROUPS

        data_set = _read_data_set(source, encoding, is_large)
        groups = _read_groups(source, encoding, data_set)
        if groups:
            source.seek(groups.end())
            data_set.update(_read_data_set(source, encoding, is_large))
        element = _read_pixel_element(source, encoding, size)
        if "SOPClassUID" not in data_set and not is_deflated(meta.transfer_syntax):
            source.seek(meta.start)
            group_0002 = _read_data_set(source, Encoding(meta.implicit, True), _is_behind_meta)
            data_set.SOPClassUID = group_0002.get("MediaStorageSOPClassUID") or ""
    except READ_ERRORS as error:
        raise PixelDataError(f"The data set cannot be read: {first_line(error)}") from error
    syntax = meta.transfer_syntax
    if not syntax and (element is None or not element.encapsulated):
        syntax = _SYNTAXES[encoding]
    fragments = None
    if element is not None and element.encapsulated:
        row = transfer_syntax_rows().get(syntax)
        is_beginning = functools.partial(begins, row.coding if row else "")
        fragments = Fragments(source, element.offset, is_beginning, _extended_offsets(data_set))
    return Header(source, data_set, encoding.little_endian, UID(syntax), element, groups, overlay_data, fragments)


def _extended_offsets(data_set: Dataset) -> bytes:
    """Return the Extended Offset Table; nothing where it is missing or cannot be one."""
    offsets, lengths = (read_value(data_set, f"ExtendedOffsetTable{part}") for part in ("", "Lengths"))
    usable = isinstance(offsets, bytes) and isinstance(lengths, bytes) and len(offsets) == len(lengths)
    return offsets if usable and len(offsets) % 8 == 0 else b""


def read_description(header: Header) -> Description:
    """Return what the header says, as far as that needs no look at the pixels; `drawable` is not decided yet."""
    data_set, notes = header.data_set, list[str]()
    keyword = header.element.keyword if header.element else "PixelData"
    floating = {"FloatPixelData": 32, "DoubleFloatPixelData": 64}.get(keyword)
    bits_allocated = floating or _integer(data_set, "BitsAllocated", notes) or 0
    bits_stored = bits_allocated if floating else _integer(data_set, "BitsStored", notes)
    photometric = text(data_set, "PhotometricInterpretation").upper()
    samples = _integer(data_set, "SamplesPerPixel", notes)
    high_bit = bits_allocated - 1 if floating else _integer(data_set, "HighBit", notes)
    representation = 1 if floating else _integer(data_set, "PixelRepresentation", notes)
    if header.element:
        if samples is None:
            samples = 3 if photometric.startswith(("RGB", "YBR")) else 1
            notes.append(f"(0028,0002) Samples per Pixel is missing; read as {samples}.")
        if not photometric:
            photometric = "RGB" if samples == 3 else "MONOCHROME2"
            notes.append(f"(0028,0004) Photometric Interpretation is missing; read as {photometric}.")
        if bits_stored is None:
            bits_stored = bits_allocated
            notes.append(f"(0028,0101) Bits Stored is missing; read as (0028,0100) Bits Allocated, {bits_allocated}.")
        if high_bit is None or not bits_stored - 1 <= high_bit < bits_allocated:
            # Since 2011 High Bit has no freedom left: "shall be one less than Bits Stored" (PS3.3 Table C.7-11c).
            found = "missing" if high_bit is None else f"{high_bit}, which Bits Allocated and Bits Stored do not allow"
            high_bit = max(bits_stored - 1, 0)
            notes.append(f"(0028,0102) High Bit is {found}; read as {high_bit}.")
        if representation not in (0, 1):
            found = "missing" if representation is None else str(representation)
            representation = 0
            notes.append(f"(0028,0103) Pixel Representation is {found}; read as 0, unsigned.")
    spacing_keyword, spacing = _read_pixel_spacing(header, notes)
    sop_class = UID(text(data_set, "SOPClassUID"))
    return Description(
        sop_class=sop_class.name,
        transfer_syntax=str(header.transfer_syntax),
        transfer_syntax_name=header.transfer_syntax.name,
        rows=_integer(data_set, "Rows", notes) or 0,
        columns=_integer(data_set, "Columns", notes) or 0,
        number_of_frames=_integer(data_set, "NumberOfFrames", []) or 0,
        samples_per_pixel=samples or 0,
        photometric_interpretation=photometric,
        bits_allocated=bits_allocated,
        bits_stored=bits_stored or 0,
        high_bit=high_bit or 0,
        pixel_representation=representation or 0,
        planar_configuration=_integer(data_set, "PlanarConfiguration", notes) or 0,
        windows=read_windows(header, 0, notes),
        rescale=read_rescale(header, 0, notes),
        pixel_spacing=spacing,
        pixel_spacing_keyword=spacing_keyword,
        pixel_aspect=_pair(data_set, "PixelAspectRatio", notes) or spacing or (1.0, 1.0),
        unit="",
        frame_time_ms=_read_frame_time(data_set, notes),
        icc_profile=_read_icc_profile(data_set, notes),
        presets=(),
        overlays=(),
        has_shutter=False,
        drawable=False,
        reason="",
        notes=tuple(dict.fromkeys(notes)),
    )


def read_windows(header: Header, frame: int, notes: list[str]) -> tuple[Window, ...]:
    """Return the windows of one frame, from its functional groups or the VOI LUT module (PS3.3 §C.11.2).

    A LINEAR window narrower than 1 has no meaning (§C.11.2.1.2.1); writers who give one scale to small numbers and mean
    what LINEAR_EXACT says. Windows that cannot be applied are left out. Both are told to `notes`.
    """
    for item in frame_sources(header, frame, "FrameVOILUTSequence"):
        if "WindowCenter" not in item and "WindowWidth" not in item:
            continue
        centers, widths = numbers(item, "WindowCenter", notes), numbers(item, "WindowWidth", notes)
        if len(centers) != len(widths):
            notes.append(
                f"There are {len(centers)} Window Centers and {len(widths)} Window Widths; only pairs are used."
            )
        stated = text(item, "VOILUTFunction").upper() or "LINEAR"
        if stated not in FUNCTIONS:
            notes.append(f"(0028,1056) VOI LUT Function {stated!r} is not a defined term; read as LINEAR.")
            stated = "LINEAR"
        explanations = texts(item, "WindowCenterWidthExplanation")
        windows = []
        for index, (center, width) in enumerate(zip(centers, widths, strict=False)):
            function = stated
            if width <= 0:
                notes.append(f"(0028,1051) Window Width {width:g} is not above 0; this window is not used.")
                continue
            if function == "LINEAR" and width < 1:
                notes.append(f"(0028,1051) Window Width {width:g} is below 1 for LINEAR; applied as LINEAR_EXACT.")
                function = "LINEAR_EXACT"
            explanation = explanations[index] if index < len(explanations) else ""
            windows.append(Window(center, width, function, explanation))
        return tuple(windows)
    return ()


def read_rescale(header: Header, frame: int, notes: list[str]) -> Rescale | None:
    """Return slope and intercept of one frame; None where there are none (PS3.3 §C.11.1, §C.7.6.16.2.9, §C.8.8.3)."""
    for item in frame_sources(header, frame, "PixelValueTransformationSequence"):
        if "RescaleSlope" not in item and "RescaleIntercept" not in item:
            continue
        slope, intercept = numbers(item, "RescaleSlope", notes), numbers(item, "RescaleIntercept", notes)
        if slope and slope[0] == 0:
            notes.append("(0028,1053) Rescale Slope is 0, which would make all values the same; read as 1.")
            slope = ()
        return Rescale(slope[0] if slope else 1.0, intercept[0] if intercept else 0.0, text(item, "RescaleType"))
    scaling = numbers(header.data_set, "DoseGridScaling", notes)
    if scaling and scaling[0] > 0:
        return Rescale(scaling[0], 0.0, text(header.data_set, "DoseUnits"))
    return None


def read_padding(data_set: Dataset, signed: bool, notes: list[str]) -> tuple[float, float] | None:
    """Return the lowest and highest stored value that stand for "no pixel here" (PS3.3 §C.7.5.1.1.2)."""
    for kind in ("", "Float", "DoubleFloat"):
        value = numbers(data_set, f"{kind}PixelPaddingValue", notes)
        if value:
            limit = numbers(data_set, f"{kind}PixelPaddingRangeLimit", notes) or value
            pair = value[0], limit[0]
            if signed and not kind:  # written as US although the pixels are signed
                pair = as_signed(pair[0]), as_signed(pair[1])
            return min(pair), max(pair)
    return None


def as_signed(value: float) -> float:
    """Return what the 16 bits of a US mean as SS."""
    return value - 0x1_0000 if value >= 0x8000 else value


def numbers(data_set: Dataset, keyword: str, notes: list[str]) -> tuple[float, ...]:
    """Return the finite numbers of an attribute; empty where it is missing, empty or not all numbers."""
    try:
        value = data_set.get(keyword)
        if isinstance(value, bytes):
            raise TypeError("bytes of a VR that holds no numbers")
        if value is None or (isinstance(value, str) and not value.strip()):
            return ()
        values = value.split("\\") if isinstance(value, str) else value if hasattr(value, "__iter__") else (value,)
        found = tuple(float(number) for number in values)
    except READ_ERRORS:
        notes.append(f"{name_of(keyword)} is not a number.")
        return ()
    if not all(map(math.isfinite, found)):
        notes.append(f"{name_of(keyword)} is not a finite number.")
        return ()
    return found


def name_of(keyword: str) -> str:
    """Return tag and name as messages give them: '(0028,0010) Rows'."""
    tag = tag_for_keyword(keyword) or 0
    return f"({tag >> 16:04X},{tag & 0xFFFF:04X}) {dictionary_description(tag)}"


def items(data_set: Dataset, keyword: str) -> list[Dataset]:
    """Return the Items of a sequence; none where it is missing or not a sequence."""
    value = read_value(data_set, keyword)
    return [item for item in value if isinstance(item, Dataset)] if isinstance(value, Sequence) else []


def read_value(data_set: Dataset, keyword: str) -> Any:
    """Return the value as pydicom converts it; None where it is missing or cannot be converted."""
    try:
        return data_set.get(keyword)
    except READ_ERRORS:
        return None


def first_line(error: BaseException) -> str:
    """Return what pydicom says, without its tracebacks and lists."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(":. ") + "."


def _read_data_set(source: Readable, encoding: Encoding, stop_when: Callable[[int, str | None, int], bool]) -> Dataset:
    return read_dataset(
        source,  # type: ignore[arg-type]  # it reads, seeks and tells, which is all that is used
        encoding.implicit,
        encoding.little_endian,
        stop_when=stop_when,
        specific_tags=_TAGS,
    )


def _is_behind_meta(tag: int, vr: str | None, length: int) -> bool:
    return tag >> 16 != 2


def _read_pixel_element(source: Readable, encoding: Encoding, size: int | None) -> PixelElement | None:
    """Return the element that begins at the position of `source`; None when it is not one of `PIXEL_KEYWORDS`.

    Parameters
    ----------
    size : int or None
        Bytes of `source`; None when not known because it is being inflated.
    """
    order = "<" if encoding.little_endian else ">"
    head = source.read(8)
    if len(head) < 8:
        return None
    group, element = struct.unpack(f"{order}HH", head[:4])
    keyword = PIXEL_KEYWORDS.get(group << 16 | element)
    if keyword is None:
        return None
    # A VR begins with an odd byte, an even 32-bit length in little endian does not: the two cannot be confused.
    vr = head[4:6].decode("ascii") if head[4:6] in (b"OB", b"OW", b"OF", b"OD", b"OL", b"OV", b"UN") else ""
    (length,) = struct.unpack(f"{order}L", source.read(4) if vr else head[4:8])
    offset = source.tell()
    there = length if size is None else max(0, size - offset)
    encapsulated = length == UNDEFINED_LENGTH
    return PixelElement(keyword, vr, offset, there if encapsulated else min(length, there), encapsulated)


def frame_groups(header: Header, frame: int) -> tuple[Dataset, ...]:
    """Return the functional groups of a frame: its own, and the shared ones (PS3.3 §C.7.6.16)."""
    own = header.groups.group(frame) if header.groups else None
    return (*([] if own is None else [own]), *items(header.data_set, "SharedFunctionalGroupsSequence")[:1])


def frame_sources(header: Header, frame: int, macro: str) -> Iterator[Dataset]:
    """Yield where an attribute of a frame may stand: its own functional group, the shared one, the data set."""
    for group in frame_groups(header, frame):
        yield from items(group, macro)[:1]
    yield header.data_set


def _read_groups(source: Readable, encoding: Encoding, data_set: Dataset) -> FrameGroups | None:
    """Return the sequence that begins at the position of `source`; None where it is another element."""
    start = source.tell()
    head = source.read(8)
    order = "<" if encoding.little_endian else ">"
    if len(head) < 8 or struct.unpack(f"{order}HH", head[:4]) != (PER_FRAME_GROUPS >> 16, PER_FRAME_GROUPS & 0xFFFF):
        source.seek(start)
        return None
    explicit = head[4:6] in (b"SQ", b"UN")
    (length,) = struct.unpack(f"{order}L", source.read(4) if explicit else head[4:8])
    character_set = convert_encodings(read_value(data_set, "SpecificCharacterSet") or "ISO_IR 6")
    return FrameGroups(source, encoding, source.tell(), length, character_set)


def _read_pixel_spacing(header: Header, notes: list[str]) -> tuple[str, tuple[float, float] | None]:
    for keyword in ("PixelSpacing", "ImagerPixelSpacing", "NominalScannedPixelSpacing"):
        for item in frame_sources(header, 0, "PixelMeasuresSequence"):
            if pair := _pair(item, keyword, notes):
                return keyword, pair
    return "", None


def _read_frame_time(data_set: Dataset, notes: list[str]) -> float | None:
    """Return milliseconds from frame to frame (PS3.3 §C.7.6.5, §C.7.6.6)."""
    vector = numbers(data_set, "FrameTimeVector", notes)[1:]  # the first increment is 0
    times = (
        *numbers(data_set, "FrameTime", notes)[:1],
        *([math.fsum(vector) / len(vector)] if vector else []),
        *(1000 / rate for rate in numbers(data_set, "CineRate", notes)[:1] if rate > 0),
        *(1000 / rate for rate in numbers(data_set, "RecommendedDisplayFrameRate", notes)[:1] if rate > 0),
    )
    return next((time for time in times if time > 0), None)


def _read_icc_profile(data_set: Dataset, notes: list[str]) -> str:
    """Return what a profile calls itself; colours are not changed by it, which `notes` is told (PS3.3 §C.11.15)."""
    for item in (data_set, *items(data_set, "OpticalPathSequence")):
        profile = read_value(item, "ICCProfile")
        if isinstance(profile, bytes) and profile:
            name = read_profile_name(profile) or "unnamed"
            notes.append(f"(0028,2000) ICC Profile {name!r} is not applied; colours may look different elsewhere.")
            return name
    return text(data_set, "ColorSpace")


def _pair(data_set: Dataset, keyword: str, notes: list[str]) -> tuple[float, float] | None:
    found = numbers(data_set, keyword, notes)
    if len(found) != 2 or min(found) <= 0:
        if found:
            notes.append(f"{name_of(keyword)} is not two numbers above 0; it is not used.")
        return None
    return found[0], found[1]


def _integer(data_set: Dataset, keyword: str, notes: list[str]) -> int | None:
    found = numbers(data_set, keyword, notes)
    return int(found[0]) if found else None


def text(data_set: Dataset, keyword: str) -> str:
    """Return the first value of a text attribute; empty where it is missing or cannot be read."""
    return (texts(data_set, keyword) or [""])[0]


def texts(data_set: Dataset, keyword: str) -> list[str]:
    """Return the values of a text attribute; none where it is missing, a sequence, or cannot be read."""
    value = read_value(data_set, keyword)
    values = [] if value is None or isinstance(value, Sequence) else [value] if isinstance(value, str) else value
    return [str(one).strip(" \0") for one in values] if hasattr(values, "__iter__") else []


def tag_text(data_set: Dataset, tag: int) -> str:
    """Return the text of an element of a repeating group, which has no keyword of its own."""
    value = _tag_value(data_set, tag)
    return "" if value is None or isinstance(value, Sequence) else str(value).strip(" \0")


def tag_numbers(data_set: Dataset, tag: int) -> tuple[float, ...]:
    """Return the finite numbers of an element of a repeating group; empty where there are none."""
    value = _tag_value(data_set, tag)
    values = () if value is None else value if hasattr(value, "__iter__") and not isinstance(value, str) else (value,)
    try:
        found = tuple(float(number) for number in values)
    except READ_ERRORS:
        return ()
    return found if all(map(math.isfinite, found)) else ()


def _tag_value(data_set: Dataset, tag: int) -> Any:
    try:
        return data_set[tag].value if tag in data_set else None
    except READ_ERRORS:
        return None
