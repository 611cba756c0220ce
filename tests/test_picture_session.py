"""The picture worker's answers: what is drawn, what is stored, and why something is not."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from pycore.errors import PixelDataError, RequestError
from pycore.picture_session import PictureSession
from pycore.pixels import Indexed
from pycore.session import Session
from tests.builders import MemorySource, data_set, dicom_bytes, zip_bytes


def image(frames: int = 1) -> bytes:
    pixels = np.arange(frames * 6, dtype="<u2")
    return dicom_bytes(
        data_set(
            SOPClassUID="1.2.840.10008.5.1.4.1.1.7",
            Rows=2,
            Columns=3,
            NumberOfFrames=frames,
            SamplesPerPixel=1,
            PhotometricInterpretation="MONOCHROME2",
            BitsAllocated=16,
            BitsStored=16,
            HighBit=15,
            PixelRepresentation=0,
            PixelData=pixels.tobytes(),
        )
    )


def rgba(picture: memoryview | Indexed) -> NDArray[np.uint8]:
    """Return what the page draws, as its worker makes it."""
    if isinstance(picture, Indexed):
        return picture.colors[picture.places].view(np.uint8)
    return np.frombuffer(picture, np.uint8)


@pytest.fixture
def pictures() -> PictureSession:
    session = Session()
    data = zip_bytes({"image": image(2), "report": dicom_bytes(data_set(Modality="SR")), "text": b"text"})
    session.open([MemorySource("test.zip", data)])
    return PictureSession(session)


def test_stored_values_are_those_of_the_frame(pictures: PictureSession) -> None:
    value, data = pictures.stored(0, 1)
    assert value == {"shape": (2, 3), "dtype": "uint16"}
    assert np.frombuffer(data, "<u2").tolist() == [6, 7, 8, 9, 10, 11]


def test_a_picture_is_rows_by_columns_of_rgba(pictures: PictureSession) -> None:
    value, picture = pictures.picture(0, 0, {"center": 2.5, "width": 6.0}, True)
    pixels = rgba(picture).reshape(value["rows"], value["columns"], 4)
    assert (value["rows"], value["columns"]) == (2, 3)
    assert (pixels[..., 3] == 255).all()
    assert (pixels[..., 0] == pixels[..., 2]).all()
    assert value["window"]["width"] == 6.0


def test_the_description_tells_frames_and_reasons(pictures: PictureSession) -> None:
    assert pictures.describe(0)["description"]["number_of_frames"] == 2
    description = pictures.describe(1)["description"]
    assert not description["drawable"]
    assert description["reason"]


def test_what_cannot_be_drawn_says_why(pictures: PictureSession) -> None:
    with pytest.raises(PixelDataError):
        pictures.picture(1, 0, None, True)
    with pytest.raises(RequestError, match="no frame 2"):
        pictures.picture(0, 2, None, True)
    with pytest.raises(PixelDataError):
        pictures.describe(2)
    with pytest.raises(RequestError, match="no entry"):
        pictures.describe(99)
