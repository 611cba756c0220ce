"""The functional groups of a frame are found without parsing those of the others, however their lengths are written."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from pydicom import Dataset
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from pycore.errors import PixelDataError
from pycore.pixels import Image, Window, open_image
from tests.builders import data_set, dicom_bytes
from tests.test_display import phantom
from tests.test_frames import CountingFile

SYNTAXES = [ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian]


def enhanced(frames: int, *, undefined: bool, **more: Any) -> Dataset:
    """Return an object whose frames 0, 1, … have windows 100, 101, … wide, three sequences deep."""
    groups = []
    for frame in range(frames):
        code = data_set(CodeValue=str(frame), CodingSchemeDesignator="99", CodeMeaning="x" * 40)
        content = data_set(FrameAcquisitionNumber=frame, AcquisitionProtocolElementSequence=[code])
        groups.append(
            data_set(
                FrameContentSequence=[content],
                FrameVOILUTSequence=[data_set(WindowCenter=50, WindowWidth=100 + frame)],
            )
        )
    image = phantom(np.zeros((frames, 2), np.uint8), NumberOfFrames=frames, **more)
    image.Rows = 1
    image.PerFrameFunctionalGroupsSequence = groups
    if undefined:
        make_undefined(image)
    return image


def make_undefined(data: Dataset) -> None:
    for element in data:
        if element.VR == "SQ":
            element.is_undefined_length = True
            for item in element.value:
                item.is_undefined_length_sequence_item = True
                make_undefined(item)


def opened(image: Dataset, syntax: str = ExplicitVRLittleEndian) -> Image:
    return open_image(io.BytesIO(dicom_bytes(image, syntax)))


@pytest.mark.parametrize("undefined", [False, True], ids=["lengths", "delimiters"])
@pytest.mark.parametrize("syntax", SYNTAXES, ids=lambda uid: uid.keyword)
def test_every_frame_has_its_own_group_in_any_order_of_asking(syntax: str, undefined: bool) -> None:
    found = opened(enhanced(5, undefined=undefined), syntax)
    for frame in (3, 0, 4, 4, 1):
        assert found.picture(frame).window == Window(50, 100 + frame)
    assert found.frame(4).tolist() == [[0, 0]]


def test_elements_behind_the_groups_are_read_too() -> None:
    image = enhanced(2, undefined=True)
    for number, vr, value in ((0x10, "US", 1), (0x11, "US", 2), (0x40, "CS", "G"), (0x50, "SS", [1, 1])):
        image.add_new(0x6000_0000 | number, vr, value)
    image.add_new(0x6000_3000, "OW", b"\3\0")
    assert opened(image).overlays(0)[0].bits.tolist() == [[1, 1]]


def test_a_frame_beyond_the_last_group_has_what_all_frames_have() -> None:
    image = enhanced(2, undefined=False, WindowCenter=7, WindowWidth=9)
    image.NumberOfFrames = 3
    image.PixelData = bytes(6)
    assert opened(image).picture(2).window == Window(7, 9)


def test_a_damaged_group_is_said_for_its_frame_and_those_behind_it() -> None:
    image = enhanced(4, undefined=False)
    data = bytearray(dicom_bytes(image))
    at = -1
    for _ in range(3):  # the third Item of the sequence: it begins with its Frame Content Sequence
        at = data.index(b"\xfe\xff\x00\xe0", at + 1)
        while data[at + 8 : at + 12] != b"\x20\x00\x11\x91":
            at = data.index(b"\xfe\xff\x00\xe0", at + 1)
    data[at : at + 4] = b"\x10\x00\x20\x00"
    found = open_image(io.BytesIO(bytes(data)))
    assert [found.picture(frame).window for frame in (0, 1)] == [Window(50, 100), Window(50, 101)]
    for frame in (2, 3):
        with pytest.raises(PixelDataError, match=r"\(0010,0020\) stands where an Item is expected\.$"):
            found.picture(frame)
    assert found.picture(1).window == Window(50, 101)


def test_groups_cut_off_by_the_end_of_the_file_are_said() -> None:
    data = dicom_bytes(enhanced(50, undefined=True))
    for end in range(len(data) // 3, len(data) - 120, 997):
        with pytest.raises(PixelDataError, match=r"^The data set cannot be read: "):
            open_image(io.BytesIO(data[:end]))


def test_groups_of_thousands_of_frames_are_passed_over() -> None:
    file = CountingFile(dicom_bytes(enhanced(3000, undefined=False)))
    size = len(file.getvalue())
    found = open_image(file)
    assert found.picture(0).window == Window(50, 100)
    assert file.count < 200_000 < size / 2
    found.picture(2999)
    assert file.count < 1.3 * size
