"""Uncompressed pixels that do not fit their description are said at review time, and nothing that fits is."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pydicom
import pytest
from pydicom import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import RLELossless

from pycore.archive import open_archive
from pycore.harvester import read_entries
from pycore.pixel_length import FrameShape
from tests.builders import MemorySource, data_set, dicom_bytes, pydicom_paths, zip_bytes


def image(length: int, **attributes: Any) -> Dataset:
    """Return a 4 × 4 image of 8 bits with so many bytes of Pixel Data."""
    defaults: dict[str, Any] = {
        "PatientID": "1",
        "PatientName": "A",
        "Rows": 4,
        "Columns": 4,
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "BitsAllocated": 8,
        "PixelData": bytes(length),
    }
    wanted = {keyword: value for keyword, value in {**defaults, **attributes}.items() if value is not None}
    found = data_set(**wanted)
    if "PixelData" in found:
        found["PixelData"].VR = "OB"
    return found


def problems(*files: bytes) -> list[tuple[str, ...]]:
    source = MemorySource("a.zip", zip_bytes({f"{number}.dcm": data for number, data in enumerate(files)}))
    archive = open_archive([source])
    return [record.problems for record in read_entries(archive, range(len(files))).records]


def said(found: Dataset) -> str:
    """Return the one problem of an object, or nothing."""
    (one,) = problems(dicom_bytes(found))
    assert len(one) <= 1
    return "".join(one)


@pytest.mark.parametrize(
    ("length", "attributes"),
    [
        (16, {}),
        (32, {"BitsAllocated": 16}),
        (48, {"NumberOfFrames": 3}),
        (48, {"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB"}),
        (32, {"SamplesPerPixel": 3, "PhotometricInterpretation": "YBR_FULL_422"}),
        (48, {"SamplesPerPixel": 3, "PhotometricInterpretation": "YBR_FULL_422"}),  # with all samples nevertheless
        (2, {"BitsAllocated": 1}),
        (6, {"BitsAllocated": 1, "Rows": 3, "Columns": 5, "NumberOfFrames": 3}),  # 45 bits
        (26, {"Rows": 5, "Columns": 5}),  # 25 bytes, made even
        (16, {"SamplesPerPixel": None}),
        (48, {"SamplesPerPixel": None, "PhotometricInterpretation": "RGB"}),
    ],
)
def test_pixels_that_fit_are_not_spoken_of(length: int, attributes: dict[str, Any]) -> None:
    assert said(image(length, **attributes)) == ""


@pytest.mark.parametrize(
    ("length", "attributes", "sentence"),
    [
        (
            10,
            {"Rows": 65535, "Columns": 65535, "BitsAllocated": 16},
            "Pixel Data holds 10 bytes, 65535 × 65535 × 2 needs 8,589,672,450.",
        ),
        (14, {}, "Pixel Data holds 14 bytes, 4 × 4 needs 16."),
        (18, {}, "Pixel Data holds 18 bytes, 4 × 4 needs 16."),
        (0, {}, "Pixel Data holds 0 bytes, 4 × 4 needs 16."),
        (16, {"NumberOfFrames": 3}, "Pixel Data holds 16 bytes, 4 × 4 × 3 needs 48."),
        (16, {"NumberOfFrames": 2_000_000_000}, "Pixel Data holds 16 bytes, 4 × 4 × 2000000000 needs 32,000,000,000."),
        (16, {"Rows": 0}, "(0028,0010) Rows is 0, so that its 16 bytes of Pixel Data cannot be shown."),
        (16, {"Columns": None}, "(0028,0011) Columns is missing, so that its 16 bytes of Pixel Data cannot be shown."),
        (16, {"BitsAllocated": 12}, "Pixel Data holds 16 bytes, 4 × 4 × 12 bits needs 24."),
    ],
)
def test_pixels_that_do_not_fit_are_a_problem_with_both_numbers(
    length: int, attributes: dict[str, Any], sentence: str
) -> None:
    assert said(image(length, **attributes)) == sentence


def test_a_number_of_frames_that_is_none_is_a_problem() -> None:
    data = dicom_bytes(image(16, NumberOfFrames=3)).replace(b"IS\2\x003 ", b"IS\2\x00x ")
    assert problems(data) == [
        (
            "(0028,0008) Number of Frames is not a number, so that the length of Pixel Data cannot be checked.",
            "(0028,0008) Number of Frames is of VR IS and holds what is no number (PS3.5 §6.2).",
        )
    ]


@pytest.mark.parametrize(("keyword", "needed"), [("FloatPixelData", 64), ("DoubleFloatPixelData", 128)])
def test_floats_have_the_length_of_their_kind(keyword: str, needed: int) -> None:
    bits = needed * 8 // 16
    assert said(image(0, PixelData=None, BitsAllocated=bits, **{keyword: bytes(needed)})) == ""
    assert said(image(0, PixelData=None, BitsAllocated=bits, **{keyword: bytes(16)})).startswith(
        f"Pixel Data holds 16 bytes, 4 × 4 × {bits // 8} needs {needed}."
    )


def test_compressed_pixels_have_no_length_to_check() -> None:
    compressed = image(0, PixelData=encapsulate([bytes(10)]))
    compressed["PixelData"].is_undefined_length = True
    assert problems(dicom_bytes(compressed, RLELossless)) == [()]
    compressed.Columns = 0
    sentence = "(0028,0011) Columns is 0, so that its compressed Pixel Data cannot be shown."
    assert problems(dicom_bytes(compressed, RLELossless)) == [(sentence,)]


@pytest.mark.parametrize(
    "attributes",
    [{}, {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.2", "Rows": None, "Columns": None}],
    ids=["has Rows", "is of an image's SOP Class"],
)
def test_an_image_without_pixels_is_a_problem(attributes: dict[str, Any]) -> None:
    assert said(image(0, PixelData=None, **attributes)).startswith("The object is an image by its header and has no P")


@pytest.mark.parametrize(
    "attributes",
    [
        {"Rows": None, "Columns": None},
        {"Rows": None, "Columns": None, "SOPClassUID": "1.2.840.10008.5.1.4.1.1.88.33"},
        {"PixelDataProviderURL": "https://example.org/pixels"},
    ],
    ids=["says nothing", "is a report", "has pixels elsewhere"],
)
def test_what_need_not_have_pixels_is_not_asked_for_them(attributes: dict[str, Any]) -> None:
    assert said(image(0, PixelData=None, **attributes)) == ""


def test_the_icon_is_not_taken_for_the_image() -> None:
    assert said(image(16, IconImageSequence=[image(9)])) == ""


def test_an_image_after_others_of_its_series_is_checked_like_the_first() -> None:
    """The reader compares a header with the one before it; what it finds must be the same."""
    files = [dicom_bytes(image(16)), dicom_bytes(image(16)), dicom_bytes(image(14)), dicom_bytes(image(16, Rows=5))]
    assert [len(one) for one in problems(*files)] == [0, 0, 1, 1]


def test_the_length_of_single_bits_is_counted_over_all_frames() -> None:
    shape = FrameShape(3, 5, 1, 1, "MONOCHROME2")
    assert (shape.frame_bits, shape.needed_bytes(), shape.needed_bytes(3)) == (15, 2, 6)
    assert shape.product(3) == "3 × 5 × 3 bits"


PIXEL_KEYWORDS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
WRONG = {"MR_truncated.dcm", "MR_small_padded.dcm", "badVR.dcm", "meta_missing_tsyntax.dcm", "nested_priv_SQ.dcm"}
"""Packaged files whose Pixel Data do not fit: cut off, longer, '1A' frames, twice without Rows."""


@pytest.mark.parametrize("path", pydicom_paths(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_packaged_files_are_spoken_of_only_if_something_is_wrong(path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        (found,) = problems(path.read_bytes())
        has_pixels = any(keyword in pydicom.dcmread(path, force=True) for keyword in PIXEL_KEYWORDS)
    speaks = any("Pixel Data" in sentence for sentence in found)
    assert speaks <= (path.name in WRONG or not has_pixels), found
