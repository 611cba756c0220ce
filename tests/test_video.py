"""Videos: their stream is handed on whole, and named by what it holds."""

from __future__ import annotations

import io

import pytest
from pydicom.encaps import encapsulate
from pydicom.uid import MPEG4HP41, VideoPhotographicImageStorage

from pycore.errors import PixelDataError
from pycore.pixels import open_image
from pycore.pixels.video import find_kind
from tests.builders import data_set, dicom_bytes, pydicom_path

STREAM = b"\0\0\0\x18ftypmp42" + bytes(range(200))


def video(stream: bytes, fragments: int = 1) -> bytes:
    dataset = data_set(
        SOPClassUID=VideoPhotographicImageStorage,
        SamplesPerPixel=3,
        PhotometricInterpretation="YBR_PARTIAL_420",
        NumberOfFrames=10,
        Rows=48,
        Columns=64,
        BitsAllocated=8,
        BitsStored=8,
        HighBit=7,
        PixelRepresentation=0,
        PlanarConfiguration=0,
        PixelData=encapsulate([stream], fragments_per_frame=fragments, has_bot=False),
    )
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = True
    return dicom_bytes(dataset, MPEG4HP41)


@pytest.mark.parametrize("fragments", [1, 3])
def test_the_stream_of_a_video_is_its_fragments_joined(fragments: int) -> None:
    image = open_image(io.BytesIO(video(STREAM, fragments)))
    assert image.description.video
    assert not image.description.drawable
    assert image.video() == STREAM


def test_what_is_no_video_has_no_stream() -> None:
    with pydicom_path("CT_small.dcm").open("rb") as file:
        image = open_image(file)
        assert not image.description.video
        with pytest.raises(PixelDataError, match="no video"):
            image.video()


@pytest.mark.parametrize(
    ("stream", "mime", "word"),
    [
        (STREAM, "video/mp4", "MPEG-4"),
        ((b"\x47" + bytes(187)) * 3, "video/mp2t", "transport"),
        (b"\0\0\x01\xba" + bytes(20), "video/mpeg", "program"),
        (b"\0\0\x01\xb3" + bytes(20), "", "without a container"),
        (b"\0\0\0\x01\x67" + bytes(20), "", "H.264"),
        (b"\0\0\0\x01\x40\x01" + bytes(20), "", "H.265"),
        (b"", "", "not known"),
    ],
)
def test_a_stream_is_named_by_what_it_holds(stream: bytes, mime: str, word: str) -> None:
    kind = find_kind(stream)
    assert kind.mime == mime
    assert word in kind.words
