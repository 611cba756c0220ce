"""Text in any frame stands out in the composites, and small pictures keep their proportions."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom.uid import RLELossless

from pycore.archive import open_archive
from pycore.pixels import composite, open_image
from pycore.pixels.composite import Composite, draw_frames, find_undrawable, pixel_aspect, shrink, thumbnail
from tests.builders import MemorySource, data_set, dicom_bytes, zip_bytes
from tests.phantoms import thorax, write
from tests.test_review import archive_of

ROWS, COLUMNS = 64, 96


def opaque(color: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return (rows, columns) or (rows, columns, 3) as RGBA."""
    rgba = np.full((*color.shape[:2], 4), 255, np.uint8)
    rgba[..., :3] = color if color.ndim == 3 else color[..., None]
    return rgba


def movie(frames: int = 200) -> list[NDArray[np.uint8]]:
    """Return frames that differ, none of them with text."""
    y, x = np.mgrid[0:ROWS, 0:COLUMNS]
    return [(60 + 50 * np.sin(x / 7 + number) * np.cos(y / 5)).astype(np.uint8) for number in range(frames)]


def text_mask(text: str = "SAMPLE^ANNA") -> NDArray[np.bool_]:
    return write(np.zeros((ROWS, COLUMNS), np.uint8), text, 10, 2) > 0


def of(frames: list[NDArray[np.uint8]]) -> Composite:
    made = Composite(*frames[0].shape[:2])
    for frame in frames:
        made.add(opaque(frame), gray=frame.ndim == 2)
    return made


def test_white_text_in_one_frame_of_200_is_seen_in_the_maximum() -> None:
    frames, mask = movie(), text_mask()
    frames[137][mask] = 255
    maximum = of(frames).pictures().maximum
    assert (maximum[mask][:, :3] == 255).all()
    assert maximum[~mask][:, 0].max() < 120
    assert (maximum[..., 3] == 255).all()


def test_black_text_in_one_frame_of_200_is_seen_in_the_minimum() -> None:
    frames, mask = movie(), text_mask()
    frames[0][mask] = 0
    minimum = of(frames).pictures().minimum
    assert (minimum[mask][:, :3] == 0).all()
    assert minimum[~mask][:, 0].min() >= 9


def test_text_in_every_frame_stays_sharp_in_the_mean_while_the_rest_blurs() -> None:
    frames, mask = movie(), text_mask()
    for frame in frames:
        frame[mask] = 140
    mean = of(frames).pictures().mean[..., 0]
    assert (mean[mask] == 140).all()
    assert mean[~mask].max() < 75


def test_the_mean_is_rounded_and_does_not_overflow() -> None:
    frames = [np.full((2, 2), value, np.uint8) for value in [255] * 999 + [0]]
    made = of(frames)
    assert made.frames == 1000
    assert (made.pictures().mean[..., :3] == round(255 * 999 / 1000)).all()


def test_colours_are_kept_and_grey_frames_may_join_them() -> None:
    red = np.zeros((2, 2, 3), np.uint8)
    red[..., 0] = 200
    pictures = of([np.full((2, 2), 40, np.uint8), red]).pictures()
    assert pictures.maximum[0, 0].tolist() == [200, 40, 40, 255]
    assert pictures.minimum[0, 0].tolist() == [40, 0, 0, 255]
    assert pictures.mean[0, 0].tolist() == [120, 20, 20, 255]


def test_a_line_one_pixel_wide_survives_the_reduction_of_large_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(composite, "MAX_SAMPLES", 1000)
    frame = np.full((ROWS + 1, COLUMNS), 90, np.uint8)
    frame[31], frame[:, 40] = 255, 0
    made = of([frame])
    assert made.factor == 3
    pictures = made.pictures()
    assert pictures.maximum.shape == (22, 32, 4)
    assert (pictures.maximum[10, :, 0] == 255).all()
    assert (pictures.minimum[:, 13, 0] == 0).all()
    assert 90 < pictures.mean[10, 0, 0] < 255


def test_a_frame_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="size"):
        Composite(2, 2).add(opaque(np.zeros((2, 3), np.uint8)), gray=True)


def test_shrinking_takes_every_pixel_into_account() -> None:
    picture = np.zeros((10, 7, 1), np.uint8)
    picture[9, 6] = 240
    assert shrink(picture, 3, 2).sum() > 0
    assert shrink(np.full((10, 7, 1), 77, np.uint8), 3, 2).tolist() == [[[77]] * 2] * 3


@pytest.mark.parametrize(
    ("rows", "columns", "aspect", "expected"),
    [
        (512, 512, 1.0, (96, 96)),
        (480, 640, 1.0, (72, 96)),
        (2000, 10, 1.0, (96, 1)),
        (16, 16, 1.0, (16, 16)),
        (256, 512, 2.0, (96, 96)),
        (512, 256, 0.5, (96, 96)),
        (10, 10, 2.0, (20, 10)),
        (10, 10, 0.5, (10, 20)),
    ],
)
def test_small_pictures_fit_and_are_in_proportion(
    rows: int, columns: int, aspect: float, expected: tuple[int, int]
) -> None:
    assert thumbnail(np.zeros((rows, columns, 4), np.uint8), 96, aspect).shape == (*expected, 4)


def instance(frames: NDArray[np.generic], **more: object) -> bytes:
    """Return frames (frames, rows, columns) of 16 bits as an object."""
    count, rows, columns = frames.shape
    attributes: dict[str, object] = {
        "SOPClassUID": "1.2.840.10008.5.1.4.1.1.7",
        "Rows": rows,
        "Columns": columns,
        "NumberOfFrames": count,
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "BitsAllocated": 16,
        "BitsStored": 16,
        "HighBit": 15,
        "PixelRepresentation": 1,
        "PixelData": frames.astype("<i2").tobytes(),
    }
    return dicom_bytes(data_set(**attributes | more))


def test_the_file_s_own_window_is_what_is_composed() -> None:
    slices = np.stack([thorax(64, height) for height in (0.2, 0.5, 0.8)])
    data = instance(slices, WindowCenter=40, WindowWidth=400)
    made = Composite(64, 64)
    for drawn in draw_frames(io.BytesIO(data), 0):
        assert drawn.picture is not None
        made.add(drawn.picture.rgba, gray=True)
    # PS3.3 §C.11.2.1.2.1 of the largest value
    expected = np.clip(((slices.max(axis=0).astype(np.int16) - 39.5) / 399 + 0.5) * 255, 0, 255)
    assert np.abs(made.pictures().maximum[..., 0] - expected).max() <= 1


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({}, 1.0),
        ({"PixelSpacing": ["1.0", "0.5"]}, 2.0),
        ({"PixelAspectRatio": [1, 2]}, 0.5),
        ({"PixelAspectRatio": [1, 100]}, 1.0),
    ],
)
def test_pixels_that_are_not_square_say_so_in_the_header(attributes: dict[str, object], expected: float) -> None:
    image = open_image(io.BytesIO(instance(np.zeros((1, 4, 4)), **attributes)))
    assert pixel_aspect(image.description) == expected


def test_every_frame_that_cannot_be_drawn_is_told_once_and_the_others_are_drawn() -> None:
    data = instance(np.zeros((3, 4, 4)), NumberOfFrames=5)
    drawn = list(draw_frames(io.BytesIO(data), 7))
    assert [one.picture is not None for one in drawn[:3]] == [True] * 3
    broken = [one.undrawable for one in drawn if one.undrawable]
    assert {one.entry for one in broken} == {7}
    assert {one.frame for one in broken} == {3, 4}
    assert all(one.reason for one in broken)


def test_a_header_that_claims_two_thousand_million_frames_does_not_hang() -> None:
    body = instance(np.zeros((1, 4, 4)))
    cut = body[: body.index(b"\xe0\x7f\x10\x00")].replace(b"IS\x02\x001 ", b"IS\x0a\x002000000000")
    fragments = bytes.fromhex(
        "e07f1000 4f420000 ffffffff feff00e0 00000000 feff00e0 04000000 01020304 feffdde0 00000000"
    )
    data = cut.replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.5\0") + fragments
    drawn = list(draw_frames(io.BytesIO(data), 0))
    assert open_image(io.BytesIO(data)).description.number_of_frames == 2_000_000_000
    assert len(drawn) == composite.GIVE_UP_FRAMES + 1
    last = drawn[-1].undrawable
    assert last is not None
    assert "were not tried" in last.reason
    assert RLELossless == "1.2.840.10008.1.2.5"


def test_an_object_without_a_picture_and_a_damaged_entry_are_told_whole() -> None:
    no_pixels = dicom_bytes(data_set(SOPClassUID="1.2.840.10008.5.1.4.1.1.88.11", Modality="SR"))
    good = instance(np.arange(16).reshape(1, 4, 4))
    data = bytearray(zip_bytes({"1": no_pixels, "2": good, "3": good}, zipfile.ZIP_STORED))
    data[data.rindex(good) + len(good) - 3] ^= 255  # its CRC is wrong now
    archive = open_archive([MemorySource("x.zip", bytes(data))])
    found = list(find_undrawable(archive, range(3)))
    assert [(one.entry, one.frame) for one in found] == [(0, None), (2, None)]
    assert "CRC-32" in found[1].reason
    assert list(find_undrawable(archive_of({"2": good}), [0])) == []
