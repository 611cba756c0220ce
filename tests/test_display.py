"""Stored values -> RGBA: expected values are worked out from the formulas of PS3.3 §C.7.6.3.1 and §C.11."""

from __future__ import annotations

import io
import math
from typing import Any

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.pixels.processing import apply_color_lut
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from pycore.errors import PixelDataError
from pycore.pixels import Description, FrameView, Image, Picture, Rescale, Transforms, Window, open_image, to_rgba
from pycore.pixels.icc import read_profile_name
from pycore.pixels.shutters import Shutter
from tests.builders import data_set, dicom_bytes, pydicom_path

GREY = Transforms("MONOCHROME2", 16)


def nearest(value: float) -> int:
    """Return a display value from 0 to 255 as drawn: halves upwards."""
    return math.floor(min(max(value, 0), 255) + 0.5)


def linear(x: float, center: float, width: float) -> int:
    """PS3.3 §C.11.2.1.2.1, as printed there, with y from 0 to 255."""
    if x <= center - 0.5 - (width - 1) / 2:
        return 0
    if x > center - 0.5 + (width - 1) / 2:
        return 255
    return nearest(((x - (center - 0.5)) / (width - 1) + 0.5) * 255)


def linear_exact(x: float, center: float, width: float) -> int:
    """PS3.3 §C.11.2.1.3.2."""
    if x <= center - width / 2:
        return 0
    if x > center + width / 2:
        return 255
    return nearest(((x - center) / width + 0.5) * 255)


def sigmoid(x: float, center: float, width: float) -> int:
    """PS3.3 §C.11.2.1.3.1."""
    return nearest(255 / (1 + math.exp(-4 * (x - center) / width)))


FORMULAS = {"LINEAR": linear, "LINEAR_EXACT": linear_exact, "SIGMOID": sigmoid}


def grey(picture: Picture) -> list[int]:
    """Return the grey values, after checking that the picture is grey and opaque."""
    red, green, blue, alpha = (picture.rgba[..., index].ravel().tolist() for index in range(4))
    assert red == green == blue
    assert set(alpha) == {255}
    return red


def column(*values: float, dtype: str = "u2") -> NDArray[Any]:
    return np.array(values, dtype).reshape(-1, 1)


def phantom(stored: NDArray[Any], **attributes: Any) -> Dataset:
    """Return an image with these stored values, (rows, columns) or (rows, columns, 3)."""
    samples = 3 if stored.ndim == 3 else 1
    defaults = {
        "SamplesPerPixel": samples,
        "PhotometricInterpretation": "RGB" if samples == 3 else "MONOCHROME2",
        "PlanarConfiguration": 0 if samples == 3 else None,
        "Rows": stored.shape[0],
        "Columns": stored.shape[1],
        "BitsAllocated": stored.itemsize * 8,
        "BitsStored": stored.itemsize * 8,
        "HighBit": attributes.get("BitsStored", stored.itemsize * 8) - 1,
        "PixelRepresentation": int(stored.dtype.kind == "i"),
    }
    wanted = {keyword: value for keyword, value in {**defaults, **attributes}.items() if value is not None}
    image = data_set(**wanted, PixelData=stored.tobytes() + b"\0" * (stored.nbytes % 2))
    image["PixelData"].VR = "OW" if stored.itemsize > 1 else "OB"
    return image


def opened(image: Dataset, transfer_syntax: str = ExplicitVRLittleEndian) -> Image:
    return open_image(io.BytesIO(dicom_bytes(image, transfer_syntax)))


def described(image: Dataset) -> Description:
    return opened(image).description


# Windows


@pytest.mark.parametrize("function", FORMULAS)
@pytest.mark.parametrize("dtype", ["u1", "i2", "u2", "i4", "f4", "f8"])
@pytest.mark.parametrize(("center", "width"), [(40, 80), (99.5, 13), (60, 1), (60, 1.5)])
def test_a_window_follows_its_formula_in_every_type(function: str, dtype: str, center: float, width: float) -> None:
    values = list(range(121))
    picture = to_rgba(column(*values, dtype=dtype), GREY, Window(center, width, function))
    assert grey(picture) == [FORMULAS[function](value, center, width) for value in values]
    assert picture.window == Window(center, width, function)


@pytest.mark.parametrize("function", FORMULAS)
def test_the_first_window_of_the_file_is_applied_with_the_file_s_function(function: str) -> None:
    stored = column(*range(0, 4096, 97))
    image = phantom(
        stored,
        WindowCenter=[1000, 2000],
        WindowWidth=[1500, 20],
        WindowCenterWidthExplanation=["SOFT", "HARD"],
        VOILUTFunction=function,
    )
    found = opened(image)
    picture = found.picture(0)
    assert found.description.windows == (Window(1000, 1500, function, "SOFT"), Window(2000, 20, function, "HARD"))
    assert picture.window == found.description.windows[0]
    assert grey(picture) == [FORMULAS[function](int(value), 1000, 1500) for value in stored.ravel()]


def test_a_window_that_is_asked_for_goes_before_the_file_s_and_keeps_its_function() -> None:
    image = phantom(column(0, 50, 100), WindowCenter=1, WindowWidth=2, VOILUTFunction="SIGMOID")
    picture = opened(image).picture(0, (50, 100))
    assert picture.window == Window(50, 100, "SIGMOID")
    assert grey(picture) == [sigmoid(value, 50, 100) for value in (0, 50, 100)]


def test_a_linear_window_narrower_than_one_is_applied_as_linear_exact() -> None:
    picture = to_rgba(column(0.0, 0.2, 0.4, dtype="f4"), GREY, Window(0.2, 0.4))
    assert picture.window == Window(0.2, 0.4, "LINEAR_EXACT")
    assert grey(picture) == [0, 128, 255]
    found = described(phantom(column(0, 1), WindowCenter="0.2", WindowWidth="0.4"))
    assert found.windows == (Window(0.2, 0.4, "LINEAR_EXACT"),)
    assert "below 1 for LINEAR" in found.notes[0]


@pytest.mark.parametrize("window", [(0, 0), (0, -5), (math.nan, 1), (0, math.inf)])
def test_a_window_without_meaning_is_refused(window: tuple[float, float]) -> None:
    with pytest.raises(PixelDataError, match=r"^Window .* is not finite"):
        to_rgba(column(1), GREY, window)


def test_an_unknown_function_is_refused_when_asked_for_and_linear_in_a_file() -> None:
    with pytest.raises(PixelDataError, match="'CUBIC' is none of LINEAR, LINEAR_EXACT, SIGMOID"):
        to_rgba(column(1), GREY, Window(1, 2, "CUBIC"))
    found = described(phantom(column(0, 1), WindowCenter=1, WindowWidth=2, VOILUTFunction="CUBIC"))
    assert found.windows == (Window(1, 2, "LINEAR"),)
    assert "not a defined term" in found.notes[0]


@pytest.mark.parametrize(
    ("attributes", "note"),
    [
        ({"WindowCenter": 1, "WindowWidth": 0}, "Window Width 0 is not above 0"),
        ({"WindowCenter": [1, 2], "WindowWidth": 0}, "2 Window Centers and 1 Window Widths"),
    ],
)
def test_a_window_of_the_file_that_cannot_be_applied_is_said_and_left_out(
    attributes: dict[str, Any], note: str
) -> None:
    found = opened(phantom(column(5, 10), **attributes))
    assert any(note in sentence for sentence in found.description.notes)
    assert grey(found.picture(0)) == [0, 255]


def test_a_window_that_is_no_number_is_said_and_left_out() -> None:
    data = dicom_bytes(phantom(column(5, 10), WindowCenter="100", WindowWidth="50"))
    found = open_image(io.BytesIO(data.replace(b"DS\4\x00100 ", b"DS\4\x00wide")))
    assert "(0028,1050) Window Center is not a number." in found.description.notes
    assert grey(found.picture(0)) == [0, 255]


# Without a window: from the lowest to the highest value


@pytest.mark.parametrize("dtype", ["u1", "i2", "u2", "i4", "u4", "i8", "f4", "f8"])
def test_without_a_window_the_frame_runs_from_black_to_white(dtype: str) -> None:
    stored = column(10, 60, 110, dtype=dtype)
    picture = to_rgba(stored, GREY)
    assert grey(picture) == [0, 128, 255]
    exact = dtype.startswith("f")
    assert picture.window == (Window(60, 100, "LINEAR_EXACT") if exact else Window(60.5, 101))


def test_the_window_that_is_returned_gives_the_same_picture_again() -> None:
    for stored in (column(*range(0, 9000, 31)), column(*np.linspace(-1e-3, 2e-3, 99), dtype="f4")):
        picture = to_rgba(stored, GREY)
        again = to_rgba(stored, GREY, picture.window)
        np.testing.assert_array_equal(picture.rgba, again.rgba)


@pytest.mark.parametrize(
    ("dtype", "extremes"),
    [
        ("i4", (-(1 << 31), (1 << 31) - 1)),
        ("u4", (0, (1 << 32) - 1)),
        ("f4", (-3e38, 3e38)),
        ("f8", (-1.7e308, 1.7e308)),
    ],
)
def test_the_widest_range_of_a_type_runs_from_black_to_white(dtype: str, extremes: tuple[float, float]) -> None:
    picture = to_rgba(np.array([extremes], dtype), GREY)
    assert grey(picture)[0] == 0
    assert grey(picture)[1] >= 254


def test_nan_and_infinities_leave_the_window_alone_and_are_black_or_white() -> None:
    stored = column(np.nan, -np.inf, 1.0, 2.0, 3.0, np.inf, dtype="f4")
    picture = to_rgba(stored, GREY)
    assert picture.window == Window(2, 2, "LINEAR_EXACT")
    assert grey(picture) == [0, 0, 0, 128, 255, 255]
    assert grey(to_rgba(column(np.nan, np.nan, dtype="f4"), GREY)) == [0, 0]


@pytest.mark.parametrize("dtype", ["u2", "i2", "f4"])
def test_a_constant_frame_is_black(dtype: str) -> None:
    assert grey(to_rgba(column(7, 7, dtype=dtype), GREY)) == [0, 0]


def test_pixel_padding_does_not_widen_the_window() -> None:
    stored = column(-2000, 0, 50, 100, dtype="i2")
    picture = opened(phantom(stored, PixelPaddingValue=-2000)).picture(0)
    assert picture.window == Window(50.5, 101)
    assert grey(picture) == [0, 0, 128, 255]


def test_a_range_of_pixel_padding_does_not_widen_the_window() -> None:
    stored = column(0, 50, 100, 4000, 4050, 4095)
    picture = opened(phantom(stored, PixelPaddingValue=4095, PixelPaddingRangeLimit=4000)).picture(0)
    assert picture.window == Window(50.5, 101)


def test_signed_padding_that_was_written_as_unsigned_is_recognised() -> None:
    image = phantom(column(-2000, 0, 100, dtype="i2"))
    image.add_new("PixelPaddingValue", "US", 63536)
    assert opened(image).picture(0).window == Window(50.5, 101)


def test_a_frame_of_nothing_but_padding_is_still_drawn() -> None:
    assert grey(opened(phantom(column(9, 9), PixelPaddingValue=9)).picture(0)) == [0, 0]


@pytest.mark.parametrize(("bits", "expected"), [(b"\5", [255, 0, 255, 0]), (b"\0", [0] * 4), (b"\xff", [255] * 4)])
def test_single_bits_are_black_and_white(bits: bytes, expected: list[int]) -> None:
    image = phantom(np.zeros((1, 4), np.uint8), BitsAllocated=1, BitsStored=1)
    image.PixelData = bits + b"\0"
    assert grey(opened(image).picture(0)) == expected


# Modality


def test_rescale_comes_before_the_window() -> None:
    stored = column(0, 1000, 1024, 1064, 1100, dtype="i2")
    image = phantom(
        stored, RescaleSlope="2", RescaleIntercept="-1024", RescaleType="HU", WindowCenter=40, WindowWidth=400
    )
    found = opened(image)
    assert found.description.rescale == Rescale(2, -1024, "HU")
    assert grey(found.picture(0)) == [linear(2 * int(value) - 1024, 40, 400) for value in stored.ravel()]


def test_rescale_also_carries_the_window_from_lowest_to_highest() -> None:
    picture = opened(phantom(column(0, 50, 100), RescaleSlope="-2", RescaleIntercept="10")).picture(0)
    assert picture.window == Window(-89.5, 201)
    assert grey(picture) == [255, 128, 0]
    picture = opened(phantom(column(0, 50, 100), RescaleSlope="0.001", RescaleIntercept="0")).picture(0)
    assert picture.window == Window(0.05, 0.1, "LINEAR_EXACT")


def test_a_rescale_slope_of_zero_is_read_as_one() -> None:
    found = opened(phantom(column(0, 100), RescaleSlope="0", RescaleIntercept="5"))
    assert found.description.rescale == Rescale(1, 5, "")
    assert "Rescale Slope is 0" in found.description.notes[0]


def lut_item(entries: list[int], first: int, bits: int, vr: str = "OW") -> Dataset:
    item = Dataset()
    item.add_new("LUTDescriptor", "SS" if first < 0 else "US", [len(entries), first, bits])
    item.add_new("LUTData", vr, np.array(entries, "<u2").tobytes() if vr == "OW" else entries)
    return item


@pytest.mark.parametrize("vr", ["OW", "US"])
@pytest.mark.parametrize("transfer_syntax", [ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian])
def test_a_modality_lut_maps_stored_values_and_clamps_at_its_ends(vr: str, transfer_syntax: str) -> None:
    item = lut_item([500, 100, 300], 10, 16, vr)
    stored = column(0, 10, 11, 12, 200)
    image = phantom(stored, ModalityLUTSequence=[item], RescaleSlope="99", RescaleIntercept="99")
    if transfer_syntax == ExplicitVRBigEndian:
        image.PixelData = stored.astype(">u2").tobytes()
        if vr == "OW":
            item.LUTData = np.array([500, 100, 300], ">u2").tobytes()
    picture = opened(image, transfer_syntax).picture(0)
    assert picture.window == Window(300.5, 401)  # from 100 to 500; the slope beside it is not used
    assert grey(picture) == [linear(value, 300.5, 401) for value in (500, 500, 100, 300, 300)]


def test_a_modality_lut_may_begin_at_a_negative_value() -> None:
    stored = column(-3, -2, -1, 0, dtype="i2")
    picture = opened(phantom(stored, ModalityLUTSequence=[lut_item([0, 100, 200], -2, 8)])).picture(0, (100.5, 201))
    assert grey(picture) == [linear(value, 100.5, 201) for value in (0, 0, 100, 200)]


def test_a_negative_beginning_that_was_written_as_unsigned_is_recognised() -> None:
    modality = lut_item([0, 100, 200], 65534, 8)
    picture = opened(phantom(column(-2, -1, 0, dtype="i2"), ModalityLUTSequence=[modality])).picture(0, (100.5, 201))
    assert grey(picture) == [linear(value, 100.5, 201) for value in (0, 100, 200)]
    voi = phantom(
        column(0, 1, 2), RescaleSlope="1", RescaleIntercept="-2", VOILUTSequence=[lut_item([3, 4, 5], 65534, 8)]
    )
    assert grey(opened(voi).picture(0)) == [3, 4, 5]


@pytest.mark.parametrize("bits", [8, 12, 16])
def test_a_voi_lut_is_scaled_by_its_bits_and_has_no_window(bits: int) -> None:
    entries = [0, (1 << bits) // 3, (1 << bits) - 1]
    picture = opened(phantom(column(99, 100, 101, 102, 103), VOILUTSequence=[lut_item(entries, 100, bits)])).picture(0)
    levels = [nearest(entry / ((1 << bits) - 1) * 255) for entry in entries]
    assert grey(picture) == [levels[0], *levels, levels[2]]
    assert picture.window is None


def test_a_voi_lut_takes_modality_values() -> None:
    item = lut_item([0, 85, 255], -1, 8)
    image = phantom(column(0, 10, 20), RescaleSlope="0.1", RescaleIntercept="-1", VOILUTSequence=[item])
    assert grey(opened(image).picture(0)) == [0, 85, 255]


def test_eight_bit_entries_may_be_packed_two_in_a_word() -> None:
    item = lut_item([0, 0, 0], 0, 8)
    item.LUTData = bytes([7, 77, 177, 0])
    assert grey(opened(phantom(column(0, 1, 2), VOILUTSequence=[item])).picture(0)) == [7, 77, 177]


def test_the_file_s_window_goes_before_its_voi_lut() -> None:
    image = phantom(column(0, 10), WindowCenter=5, WindowWidth=11, VOILUTSequence=[lut_item([7, 9], 0, 8)])
    assert opened(image).picture(0).window == Window(5, 11)


def test_a_lut_shorter_than_its_descriptor_is_said_and_left_out() -> None:
    item = lut_item([1, 2, 3], 0, 16)
    item.LUTDescriptor = [300, 0, 16]
    found = opened(phantom(column(0, 10), VOILUTSequence=[item]))
    assert found.description.notes == (
        "(0028,3006) LUT Data holds 6 bytes, 300 entries need 600. This table is not applied.",
    )
    assert grey(found.picture(0)) == [0, 255]


# Presentation


@pytest.mark.parametrize(
    "attributes",
    [
        {"PhotometricInterpretation": "MONOCHROME1"},
        {"PresentationLUTShape": "INVERSE"},
        {"PhotometricInterpretation": "MONOCHROME1", "PresentationLUTShape": "INVERSE"},  # one statement, made twice
    ],
    ids=lambda attributes: "+".join(attributes.values()),
)
def test_inverse_pictures_are_inverted_after_the_window(attributes: dict[str, str]) -> None:
    values = list(range(0, 100, 3))
    picture = opened(phantom(column(*values), **attributes)).picture(0, (30, 50))
    below = 30 - 0.5 - 49 / 2
    levels = [min(max((value - below) / 49, 0), 1) for value in values]
    assert grey(picture) == [nearest((1 - level) * 255) for level in levels]


def test_functional_groups_of_the_frame_go_before_shared_ones() -> None:
    def group(slope: str, center: float) -> Dataset:
        return data_set(
            PixelValueTransformationSequence=[data_set(RescaleSlope=slope, RescaleIntercept="0", RescaleType="US")],
            FrameVOILUTSequence=[data_set(WindowCenter=center, WindowWidth=101)],
        )

    shared = group("3", 300)
    shared.PixelMeasuresSequence = [data_set(PixelSpacing=[0.5, 0.25])]
    image = phantom(column(10, 20, 30, 40, 50, 60), NumberOfFrames=3, Rows=2)
    image.SharedFunctionalGroupsSequence = [shared]
    image.PerFrameFunctionalGroupsSequence = [group("1", 20), Dataset(), group("2", 110)]
    image.RescaleSlope, image.RescaleIntercept = "1000", "0"
    found = opened(image)
    windows = [found.picture(frame).window for frame in range(3)]
    assert windows == [Window(20, 101), Window(300, 101), Window(110, 101)]
    assert grey(found.picture(0)) == [linear(value, 20, 101) for value in (10, 20)]
    assert grey(found.picture(1)) == [linear(value, 300, 101) for value in (90, 120)]
    assert grey(found.picture(2)) == [linear(value, 110, 101) for value in (100, 120)]
    assert found.description.rescale == Rescale(1, 0, "US")
    assert (found.description.pixel_spacing, found.description.pixel_spacing_keyword) == ((0.5, 0.25), "PixelSpacing")


# Colour


def test_eight_bit_rgb_is_shown_as_it_is() -> None:
    stored = np.arange(24, dtype=np.uint8).reshape(2, 4, 3) * 10
    picture = opened(phantom(stored)).picture(0, (1, 2))
    np.testing.assert_array_equal(picture.rgba[..., :3], stored)
    assert (picture.rgba[..., 3] == 255).all()
    assert picture.window is None


@pytest.mark.parametrize(("dtype", "bits"), [("u1", 5), ("u2", 10), ("u2", 12), ("u2", 16), ("u4", 32)])
def test_colour_of_any_depth_is_scaled_by_bits_stored(dtype: str, bits: int) -> None:
    highest = (1 << bits) - 1
    levels = [0, highest // 3, highest // 2, highest]
    stored = np.array([[[level, highest - level, 0] for level in levels]], dtype)
    picture = opened(phantom(stored, BitsStored=bits)).picture(0)
    expected = [
        [nearest(level / highest * 255), nearest((highest - level) / highest * 255), 0, 255] for level in levels
    ]
    assert picture.rgba[0].tolist() == expected


@pytest.mark.parametrize("photometric", ["YBR_FULL", "YBR_FULL_422"])
def test_ybr_is_converted_to_rgb_by_the_inverse_of_its_definition(photometric: str) -> None:
    colors = np.array([[0, 0, 0], [255, 255, 255], [255, 0, 0], [0, 255, 0], [0, 0, 255], [200, 100, 50]], float)
    forward = np.array([[0.299, 0.587, 0.114], [-0.1687, -0.3313, 0.5], [0.5, -0.4187, -0.0813]])  # §C.7.6.3.1.2
    ybr = np.clip(np.rint(colors @ forward.T + [0, 128, 128]), 0, 255).astype(np.uint8)
    if photometric == "YBR_FULL":
        image = phantom(ybr.reshape(1, 6, 3), PhotometricInterpretation=photometric)
    else:
        pairs = b"".join(bytes([y, y, cb, cr]) for y, cb, cr in ybr.tolist())
        image = phantom(np.zeros((1, 12, 3), np.uint8), PhotometricInterpretation=photometric)
        image.PixelData = pairs
        colors = colors.repeat(2, axis=0)
    rgba = opened(image).picture(0).rgba
    assert np.abs(rgba[0, :, :3] - colors).max() <= 2  # what rounding to 8 bits costs, twice


def palette(entries: list[list[int]], first: int, bits: int, bytes_per_entry: int, order: str = "<") -> dict[str, Any]:
    attributes: dict[str, Any] = {}
    for name, table in zip(("Red", "Green", "Blue"), entries, strict=True):
        attributes[f"{name}PaletteColorLookupTableDescriptor"] = [len(table), first, bits]
        data = np.array(table, f"{order}u{bytes_per_entry}").tobytes()
        attributes[f"{name}PaletteColorLookupTableData"] = data + b"\0" * (len(data) % 2)
    return attributes


@pytest.mark.parametrize("dtype", ["u1", "u2"])
@pytest.mark.parametrize(("bits", "bytes_per_entry"), [(8, 1), (8, 2), (16, 2)])
def test_palette_colours_are_looked_up_and_clamped_at_the_ends(dtype: str, bits: int, bytes_per_entry: int) -> None:
    scale = 257 if bits == 16 else 1
    colors = [[0, 255, 10], [50, 60, 70], [255, 0, 128]]
    tables = [[color[index] * scale for color in colors] for index in range(3)]
    image = phantom(
        column(0, 4, 5, 6, 200, dtype=dtype),
        PhotometricInterpretation="PALETTE COLOR",
        **palette(tables, 4, bits, bytes_per_entry),
    )
    picture = opened(image).picture(0)
    expected = [[*colors[index], 255] for index in (0, 0, 1, 2, 2)]
    assert picture.rgba[:, 0].tolist() == expected
    assert picture.window is None


def test_a_big_endian_palette_is_read_in_words() -> None:
    tables = [[0, 0xFF00, 0x1234], [1, 2, 3], [0xFFFF, 0, 0]]
    image = phantom(
        column(0, 1, 2, dtype="u1"), PhotometricInterpretation="PALETTE COLOR", **palette(tables, 0, 16, 2, ">")
    )
    rgba = opened(image, ExplicitVRBigEndian).picture(0).rgba
    assert rgba[:, 0, 0].tolist() == [0, nearest(0xFF00 / 257), nearest(0x1234 / 257)]
    assert rgba[:, 0, 2].tolist() == [255, 0, 0]


def test_a_palette_may_begin_at_a_negative_value() -> None:
    image = phantom(
        column(-2, -1, 0, dtype="i2"),
        PhotometricInterpretation="PALETTE COLOR",
        **palette([[1, 200], [2, 201], [3, 202]], 0, 8, 2),
    )
    for name in ("Red", "Green", "Blue"):
        image.add_new(f"{name}PaletteColorLookupTableDescriptor", "SS", [2, -1, 8])
    assert opened(image).picture(0).rgba[:, 0, :3].tolist() == [[1, 2, 3], [1, 2, 3], [200, 201, 202]]


def segmented(segments: list[int], entries: int, bits: int) -> dict[str, Any]:
    attributes: dict[str, Any] = {}
    for name in ("Red", "Green", "Blue"):
        attributes[f"{name}PaletteColorLookupTableDescriptor"] = [entries, 0, bits]
        data = np.array(segments, "<u2" if bits == 16 else "u1").tobytes()
        attributes[f"Segmented{name}PaletteColorLookupTableData"] = data + b"\0" * (len(data) % 2)
    return attributes


@pytest.mark.parametrize("bits", [8, 16])
def test_a_segmented_palette_is_expanded(bits: int) -> None:
    scale = 257 if bits == 16 else 1
    offset = [4 * 2, 0] if bits == 16 else [4, 0, 0, 0]  # bytes to the second segment
    segments = [0, 2, 10 * scale, 20 * scale]  # discrete: 10, 20
    segments += [1, 4, 100 * scale]  # linear from 20: 40, 60, 80, 100
    segments += [0, 1, 0]  # discrete: 0
    segments += [2, 2, *offset]  # once more the linear one, now from 0, and the discrete one
    expected = [10, 20, 40, 60, 80, 100, 0, 25, 50, 75, 100, 0]
    image = phantom(
        column(*range(12), dtype="u1"), PhotometricInterpretation="PALETTE COLOR", **segmented(segments, 12, bits)
    )
    assert opened(image).picture(0).rgba[:, 0, 0].tolist() == expected


@pytest.mark.parametrize(
    ("segments", "what"),
    [
        ([1, 4, 100], "a linear segment comes first"),
        ([0, 9, 1, 2], "a segment is longer than the data"),
        ([0, 1, 5, 7, 1, 0, 0, 0], "segment type 7"),
        ([0, 1, 5, 2, 1, 3, 0, 0, 0], "segment type 2"),
        ([0, 2, 5, 6], "gives 2 entries, expected 12"),
    ],
)
def test_a_damaged_segmented_palette_is_refused(segments: list[int], what: str) -> None:
    image = phantom(
        column(*range(12), dtype="u1"), PhotometricInterpretation="PALETTE COLOR", **segmented(segments, 12, 8)
    )
    found = described(image)
    assert not found.drawable
    assert what in found.reason


def test_a_missing_palette_is_refused_by_name() -> None:
    found = opened(phantom(column(1, 2, dtype="u1"), PhotometricInterpretation="PALETTE COLOR"))
    assert found.description.reason.startswith("(0028,1101) Red Palette Color Lookup Table Descriptor has 0 values")
    with pytest.raises(PixelDataError, match="Red Palette"):
        found.picture(0)


def test_a_palette_whose_data_are_missing_is_refused_by_name() -> None:
    image = phantom(
        column(1, 2, dtype="u1"), PhotometricInterpretation="PALETTE COLOR", **palette([[1, 2]] * 3, 0, 8, 2)
    )
    del image.GreenPaletteColorLookupTableData
    assert described(image).reason == "(0028,1202) Green Palette Color Lookup Table Data is missing or empty."


def test_the_packaged_palette_image_looks_as_pydicom_shows_it() -> None:
    path = pydicom_path("examples_palette.dcm")
    image = pydicom.dcmread(path)
    expected = apply_color_lut(image.pixel_array, image)
    with path.open("rb") as file:
        rgba = open_image(file).picture(0).rgba
    highest = np.iinfo(expected.dtype).max
    np.testing.assert_array_equal(rgba[..., :3], np.floor(expected / highest * 255 + 0.5))


# What else the Standard allows


def test_partial_ybr_is_converted_to_rgb_by_the_inverse_of_its_definition() -> None:
    # Y = 0.2568 R + 0.5041 G + 0.0979 B + 16, CB = −0.1482 R − 0.2910 G + 0.4392 B + 128,
    # CR = 0.4392 R − 0.3678 G − 0.0714 B + 128 (PS3.3-2009 §C.7.6.3.1.2; retired since).
    colors = np.array([[0, 0, 0], [255, 255, 255], [255, 0, 0], [0, 255, 0], [0, 0, 255], [200, 100, 50]], float)
    forward = np.array([[0.2568, 0.5041, 0.0979], [-0.1482, -0.2910, 0.4392], [0.4392, -0.3678, -0.0714]])
    ybr = np.rint(colors @ forward.T + [16, 128, 128]).astype(np.uint8)
    assert ybr[0].tolist() == [16, 128, 128]
    assert ybr[1, 0] == 235
    image = phantom(np.zeros((1, 12, 3), np.uint8), PhotometricInterpretation="YBR_PARTIAL_422")
    image.PixelData = b"".join(bytes([y, y, cb, cr]) for y, cb, cr in ybr.tolist())
    rgba = opened(image).picture(0).rgba
    assert np.abs(rgba[0, :, :3] - colors.repeat(2, axis=0)).max() <= 2


def test_partial_ybr_at_full_length_is_read_with_all_its_samples() -> None:
    image = phantom(
        np.array([[[235, 128, 128], [16, 128, 128]]], np.uint8), PhotometricInterpretation="YBR_PARTIAL_422"
    )
    found = opened(image)
    assert found.picture(0).rgba[0, :, 0].tolist() == [255, 0]
    assert "read as YBR_PARTIAL." in found.description.notes[0]


def test_what_exists_only_in_video_is_refused_uncompressed() -> None:
    image = phantom(np.zeros((2, 2, 3), np.uint8), PhotometricInterpretation="YBR_PARTIAL_420")
    assert described(image).reason.endswith("YBR_PARTIAL_420 exists only inside video.")


def test_a_supplemental_palette_colours_the_values_from_its_first_on() -> None:
    # Values below 100 are grey: their window runs from 0 to 50. 100 is red, 101 and above are blue.
    image = phantom(
        column(0, 25, 50, 100, 101, 300),
        PixelPresentation="COLOR",
        **palette([[255, 0], [0, 0], [0, 255]], 100, 8, 2),
    )
    found = opened(image)
    picture = found.picture(0)
    assert picture.window == Window(25.5, 51)
    grey_25 = nearest(25 / 50 * 255)
    assert picture.rgba[:, 0, :3].tolist() == [[0] * 3, [grey_25] * 3, [255] * 3, [255, 0, 0], [0, 0, 255], [0, 0, 255]]


def test_a_supplemental_palette_that_cannot_be_read_is_said_and_the_rest_shown_in_grey() -> None:
    image = phantom(column(0, 25), PixelPresentation="COLOR", **palette([[1, 2]] * 3, 9, 8, 2))
    del image.BluePaletteColorLookupTableData
    found = opened(image)
    assert "The supplemental palette is not applied; the picture is shown in grey." in found.description.notes[0]
    assert grey(found.picture(0)) == [0, 255]


@pytest.mark.parametrize("bits", range(1, 33))
def test_every_depth_from_1_to_32_bits_runs_from_black_to_white(bits: int) -> None:
    allocated = next(size for size in (8, 16, 32) if bits <= size)
    highest = (1 << bits) - 1
    image = phantom(column(0, highest, dtype=f"u{allocated // 8}"), BitsStored=bits)
    assert grey(opened(image).picture(0)) == [0, 255]
    signed = column(-(1 << bits - 1), (1 << bits - 1) - 1, dtype=f"i{allocated // 8}")
    assert grey(opened(phantom(signed, BitsStored=bits)).picture(0)) == [0, 255]


@pytest.mark.parametrize("high_bit", [11, 13, 15])
def test_a_high_bit_elsewhere_changes_no_grey(high_bit: int) -> None:
    values = column(0, 1000, 2000, 4095)
    image = phantom(values << (high_bit - 11), BitsStored=12, HighBit=high_bit)
    assert grey(opened(image).picture(0)) == [linear(int(value), 2048, 4096) for value in values.ravel()]


@pytest.mark.parametrize("dtype", ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8"])
def test_looked_up_and_worked_out_pixels_are_the_same(dtype: str) -> None:
    limits = np.iinfo(dtype)
    near = np.linspace(max(limits.min, -300), min(limits.max, 300), 64).astype(dtype).reshape(8, 8)
    window = Window(10, 101)
    looked_up = FrameView(near, GREY).indexed(window)
    assert looked_up is not None
    assert grey(to_rgba(near, GREY, window)) == [linear(int(value), 10, 101) for value in near.ravel()]
    if limits.bits > 16:
        far = near.copy()
        far[0, 0] = limits.max
        assert FrameView(far, GREY).indexed(window) is None
        assert grey(to_rgba(far, GREY, window))[1:] == grey(to_rgba(near, GREY, window))[1:]


def test_all_65536_values_are_looked_up_and_covered_ones_are_none_of_them() -> None:
    stored = np.arange(1 << 16, dtype=np.uint16).reshape(256, 256)
    mask = stored % 7 == 0
    view = FrameView(stored, GREY, Shutter(mask, 77))
    shown = view.picture(Window(32768, 65536)).rgba[..., 0]
    assert (shown[mask] == 77).all()
    expected = np.array([linear(int(value), 32768, 65536) for value in stored.ravel()]).reshape(256, 256)
    np.testing.assert_array_equal(shown[~mask], expected[~mask])
    assert view.indexed() is not None


def test_large_frames_of_fractions_are_worked_out_block_by_block() -> None:
    stored = np.linspace(0, 1, 300 * 700, dtype="f4").reshape(300, 700)  # more than one block
    shown = np.array(grey(to_rgba(stored, GREY, Window(0.5, 1, "LINEAR_EXACT"))))
    np.testing.assert_allclose(shown, stored.ravel() * 255, atol=0.51)


def test_an_icc_profile_is_named_and_said_not_to_be_applied() -> None:
    name = b"Display P9\0"
    tag = b"desc" + bytes(4) + len(name).to_bytes(4, "big") + name
    profile = (
        bytes(128) + (1).to_bytes(4, "big") + b"desc" + (144).to_bytes(4, "big") + len(tag).to_bytes(4, "big") + tag
    )
    image = phantom(np.zeros((2, 2, 3), np.uint8))
    image.add_new("ICCProfile", "OB", profile + b"\0" * (len(profile) % 2))
    found = described(image)
    assert found.icc_profile == "Display P9"
    assert "(0028,2000) ICC Profile 'Display P9' is not applied" in found.notes[0]


@pytest.mark.parametrize("profile", [b"\0" * 200, b"\xff" * 200, b"\0" * 127 + b"\1" + b"\xff" * 90])
def test_a_damaged_icc_profile_has_no_name(profile: bytes) -> None:
    image = phantom(np.zeros((2, 2, 3), np.uint8))
    image.add_new("ICCProfile", "OB", profile + b"\0" * (len(profile) % 2))
    assert described(image).icc_profile == "unnamed"


def test_the_name_of_a_profile_of_version_4_is_read_in_its_first_language() -> None:
    text = "Größe".encode("utf-16-be")
    tag = b"mluc" + bytes(4) + (1).to_bytes(4, "big") + (12).to_bytes(4, "big") + b"enUS"
    tag += len(text).to_bytes(4, "big") + (28).to_bytes(4, "big") + text
    profile = (
        bytes(128) + (1).to_bytes(4, "big") + b"desc" + (144).to_bytes(4, "big") + len(tag).to_bytes(4, "big") + tag
    )
    assert read_profile_name(profile) == "Größe"
