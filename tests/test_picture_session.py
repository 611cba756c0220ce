"""The picture worker's answers: what is drawn, what is stored, and why something is not."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from pycore import pixels
from pycore.errors import PixelDataError, RequestError
from pycore.picture_session import PictureSession
from pycore.pixels import Description, Indexed
from pycore.pixels.attributes import Header
from pycore.pixels.frames import Stored
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


def shuttered() -> bytes:
    """Return an image of 16 × 16 with an overlay and a shutter over its upper half."""
    found = data_set(
        Rows=16,
        Columns=16,
        SamplesPerPixel=1,
        PhotometricInterpretation="MONOCHROME2",
        BitsAllocated=16,
        BitsStored=16,
        HighBit=15,
        PixelRepresentation=0,
        RescaleSlope="1",
        RescaleIntercept="-1024",
        RescaleType="HU",
        Modality="CT",
        ShutterShape="RECTANGULAR",
        ShutterUpperHorizontalEdge="9",
        PixelData=np.full(256, 1500, "<u2").tobytes(),
    )
    for number, vr, value in ((0x10, "US", 16), (0x11, "US", 16), (0x40, "CS", "G"), (0x50, "SS", [1, 1])):
        found.add_new(0x6000_0000 | number, vr, value)
    found.add_new(0x6000_1500, "LO", "MARK")
    found.add_new(0x6000_3000, "OW", b"\1\0" * 16)
    return dicom_bytes(found)


@pytest.fixture
def covered() -> PictureSession:
    session = Session()
    session.open([MemorySource("test.zip", zip_bytes({"image": shuttered(), "other": image(1)}))])
    return PictureSession(session)


def test_a_shutter_covers_only_when_it_is_asked_for(covered: PictureSession) -> None:
    window = {"center": 0, "width": 100, "function": "LINEAR"}
    for shutter in (True, False, True):
        shown = rgba(covered.picture(0, 0, window, shutter)[1]).reshape(16, 16, 4)[..., 0]
        assert (shown[8:] == 255).all()
        assert (shown[:8] == (0 if shutter else 255)).all()


def test_a_pixel_is_said_whether_or_not_it_is_covered(covered: PictureSession) -> None:
    covered.picture(0, 0, None, True)
    assert covered.pixel(0, 0, 0, 0) == {"text": "476 HU", "stored": 1500}
    assert covered.pixel(0, 0, 15, 15) == {"text": "476 HU", "stored": 1500}
    with pytest.raises(RequestError, match="no pixel 16, 0: the frame has 16 × 16"):
        covered.pixel(0, 0, 16, 0)


def test_overlays_come_as_a_byte_per_pixel(covered: PictureSession) -> None:
    value, planes = covered.overlays(0, 0)
    assert value == {"planes": [{"group": 0x6000, "label": "MARK"}], "problems": []}
    bits = np.frombuffer(planes[0], np.uint8).reshape(16, 16)
    assert bits[:, 0].tolist() == [1] * 16
    assert bits.sum() == 16
    assert covered.overlays(1, 0) == ({"planes": [], "problems": []}, [])


def test_presets_are_taken_as_they_are_described(covered: PictureSession) -> None:
    for preset in covered.describe(0)["description"]["presets"]:
        value, _ = covered.picture(0, 0, preset, False)
        if preset["source"] == "preset":
            assert (value["window"]["center"], value["window"]["width"]) == (preset["center"], preset["width"])


def test_a_frame_is_decoded_once_for_all_its_windows(covered: PictureSession, monkeypatch: pytest.MonkeyPatch) -> None:
    decoded: list[int] = []
    read = pixels.read_decoded

    def counted(header: Header, description: Description, frame: int) -> Stored:
        decoded.append(frame)
        return read(header, description, frame)

    monkeypatch.setattr(pixels, "read_decoded", counted)
    for width in (10, 20, 30):
        covered.picture(0, 0, {"center": 0, "width": width}, True)
        covered.picture(0, 0, {"center": 0, "width": width}, False)
        covered.pixel(0, 0, 1, 1)
        covered.stored(0, 0)
    assert decoded == [0]
    covered.picture(1, 0, None, True)
    covered.picture(0, 0, None, True)
    assert decoded == [0, 0, 0]
