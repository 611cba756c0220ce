"""Every instance of the sample is drawn right, or a sentence says why it cannot be drawn."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pydicom
import pytest
from playwright.sync_api import Error
from pydicom import Dataset
from pydicom.errors import InvalidDicomError
from pydicom.pixels import pixel_array
from pydicom.uid import JPEGBaseline8Bit, JPEGExtended12Bit

from e2e.browser import Inspector, payload
from tests.builders import data_set, dicom_bytes, pydicom_path, uid, zip_bytes


@pytest.fixture(scope="module")
def instances(sample: Path) -> dict[int, tuple[str, Dataset]]:
    """Return name and data set of every whole instance, by index of the entry."""
    found = {}
    with zipfile.ZipFile(sample) as archive:
        for index, info in enumerate(archive.infolist()):
            try:
                dataset = pydicom.dcmread(io.BytesIO(archive.read(info)))
            except InvalidDicomError:
                continue
            found[index] = (info.filename, dataset)
    return found


LOSSY_SYNTAXES = (JPEGBaseline8Bit, JPEGExtended12Bit)
"""In which decoders may differ by their rounding."""


def drawable(dataset: Dataset) -> bool:
    return "PixelData" in dataset


def test_stored_values_are_those_of_an_independent_reader(
    reviewed: Inspector, instances: dict[int, tuple[str, Dataset]]
) -> None:
    checked = 0
    for entry, (name, dataset) in instances.items():
        if not drawable(dataset):
            continue
        frames = int(dataset.get("NumberOfFrames") or 1)
        for frame in sorted({0, frames // 2, frames - 1}):
            expected = pixel_array(dataset, raw=True, index=frame)
            shape, dtype, data = reviewed.stored_values(entry, frame)
            assert tuple(shape) == expected.shape, name
            assert np.dtype(dtype).kind == expected.dtype.kind, name
            tolerance = 2 if dataset.file_meta.TransferSyntaxUID in LOSSY_SYNTAXES else 0
            differences = np.abs(np.array(data).reshape(shape) - expected.astype(np.float64))
            assert differences.max() <= tolerance, f"{name}, frame {frame}"
            checked += 1
    assert checked > 60


def test_canvas_has_the_columns_and_rows_of_the_image(
    reviewed: Inspector, instances: dict[int, tuple[str, Dataset]]
) -> None:
    for entry, (name, dataset) in instances.items():
        if drawable(dataset):
            assert reviewed.show(entry) == (dataset.Columns, dataset.Rows), name


def test_what_cannot_be_drawn_says_why(reviewed: Inspector, instances: dict[int, tuple[str, Dataset]]) -> None:
    refused = 0
    for entry, (name, dataset) in instances.items():
        if drawable(dataset):
            continue
        with pytest.raises(Error) as refusal:
            reviewed.show(entry)
        message = refusal.value.message
        assert len(message.split()) > 4, f"{name}: {message}"
        refused += 1
    assert refused >= 5


@pytest.mark.parametrize(("entry", "frame"), [(10_000, 0), (1, 99), (1, -1), (0, 0)])
def test_requests_that_make_no_sense_are_rejected_with_a_sentence(reviewed: Inspector, entry: int, frame: int) -> None:
    with pytest.raises(Error) as refusal:
        reviewed.show(entry, frame)
    assert len(refusal.value.message.split()) > 4


def test_window_of_the_file_is_applied(reviewed: Inspector, instances: dict[int, tuple[str, Dataset]]) -> None:
    """Air is black and bone is white in a mediastinal window; no Python of ours computed the expectation."""
    entry, dataset = next((e, d) for e, (name, d) in instances.items() if name.endswith("CT_THORAX/IM0012"))
    reviewed.show(entry)
    stored = dataset.pixel_array
    pixels = np.array(
        reviewed.page.eval_on_selector(
            "canvas#image",
            "canvas => Array.from(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data)",
        )
    ).reshape(*stored.shape, 4)
    red, green, blue, alpha = np.moveaxis(pixels, -1, 0)
    assert (red == green).all() and (green == blue).all() and (alpha == 255).all()
    # PS3.3 §C.11.2.1.2.1 with center 40 and width 400
    expected = np.clip(((stored - (40 - 0.5)) / (400 - 1) + 0.5) * 255, 0, 255)
    assert np.abs(red - expected).max() <= 1


def test_frames_of_a_multi_frame_object_differ(reviewed: Inspector, instances: dict[int, tuple[str, Dataset]]) -> None:
    entry = next(e for e, (name, _) in instances.items() if name == "ANON-0002/US/heart.dcm")
    grab = "canvas => canvas.toDataURL()"
    pictures = set()
    for frame in (0, 3, 9):
        reviewed.show(entry, frame)
        pictures.add(reviewed.page.eval_on_selector("canvas#image", grab))
    assert len(pictures) == 3


@pytest.mark.parametrize(
    "name",
    [
        "CT_small.dcm",
        "MR_small_bigendian.dcm",
        "MR_small_RLE.dcm",
        "SC_rgb_rle_16bit_2frame.dcm",
        "SC_ybr_full_422_uncompressed.dcm",
        "examples_palette.dcm",
        "image_dfl.dcm",
        "liver_expb_1frame.dcm",
        "rtdose_rle.dcm",
    ],
)
def test_files_of_others_are_read_alike(shared: Inspector, name: str) -> None:
    path = pydicom_path(name)
    shared.review(payload(name, path.read_bytes()))
    dataset = pydicom.dcmread(path)
    expected = pixel_array(dataset, raw=True, index=0)
    shape, _, data = shared.stored_values(0)
    assert np.array_equal(np.array(data).reshape(shape), expected)
    assert shared.show(0) == (dataset.Columns, dataset.Rows)


def test_pixels_that_do_not_fit_are_not_drawn(shared: Inspector) -> None:
    dataset = data_set(
        SOPClassUID="1.2.840.10008.5.1.4.1.1.7",
        SOPInstanceUID=uid("too few pixels"),
        PatientID="X",
        Rows=65535,
        Columns=65535,
        SamplesPerPixel=1,
        PhotometricInterpretation="MONOCHROME2",
        BitsAllocated=16,
        BitsStored=16,
        HighBit=15,
        PixelRepresentation=0,
        PixelData=bytes(10),
    )
    shared.review(payload("few.zip", zip_bytes({"few.dcm": dicom_bytes(dataset)})))
    with pytest.raises(Error, match=r"8,?589,?672,?450"):
        shared.show(0)
    assert shared.state == "done"
