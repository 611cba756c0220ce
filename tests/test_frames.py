"""Pixel Data -> stored values: every layout written by hand, and every packaged file against pydicom's own reading."""

from __future__ import annotations

import dataclasses
import io
import json
import struct
import warnings
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.encaps import encapsulate, encapsulate_extended
from pydicom.uid import (
    CTImageStorage,
    DeflatedExplicitVRLittleEndian,
    EncapsulatedPDFStorage,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    RLELossless,
)

from pycore.errors import PixelDataError, RequestError
from pycore.pixels import Image, describe, open_image, read_frame
from pycore.pixels.source import BLOCK_BYTES, STEP_BYTES, BoundedReader, open_inflated
from tests.builders import UNCOMPRESSED_SYNTAXES, data_set, dicom_bytes, pydicom_path, pydicom_paths
from tests.test_elements import explicit, item

RAMP = bytes(range(24))

LOSSY_SYNTAXES = (JPEGBaseline8Bit, JPEGExtended12Bit)
"""In which decoders may differ by their rounding; JPEG 2000 and JPEG-LS say what a decoder has to give."""


class CountingFile(io.BytesIO):
    """A file that knows how many bytes were read from it, and the most that were asked for at once."""

    count = 0
    largest = 0

    def read(self, length: int | None = -1, /) -> bytes:
        data = super().read(length)
        self.count += len(data)
        self.largest = max(self.largest, length or 0)
        return data


def phantom(pixels: bytes, rows: int, columns: int, **attributes: Any) -> Dataset:
    """Return a grey image of 8 bits with these bytes as Pixel Data; attributes replace what is so by default."""
    allocated = attributes.get("BitsAllocated", 8)
    stored = attributes.get("BitsStored", allocated)
    defaults = {
        "SOPClassUID": CTImageStorage,
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "Rows": rows,
        "Columns": columns,
        "BitsAllocated": allocated,
        "BitsStored": stored,
        "HighBit": (stored or 1) - 1,
        "PixelRepresentation": 0,
    }
    wanted = {keyword: value for keyword, value in {**defaults, **attributes}.items() if value is not None}
    image = data_set(**wanted, PixelData=pixels)
    image["PixelData"].VR = "OW" if allocated > 8 else "OB"
    return image


def opened(image: Dataset, transfer_syntax: str = ExplicitVRLittleEndian) -> Image:
    if transfer_syntax == RLELossless:
        image["PixelData"].is_undefined_length = True
    return open_image(io.BytesIO(dicom_bytes(image, transfer_syntax)))


def rle(frame: NDArray[Any]) -> bytes:
    """Return one frame of RLE Lossless, literal runs only (PS3.5 §G): a segment per byte, the highest byte first."""
    planes = frame.astype(frame.dtype.newbyteorder(">")).view(np.uint8).reshape(-1, frame.itemsize)
    segments = []
    for plane in planes.T:
        data = plane.tobytes()
        runs = [data[at : at + 128] for at in range(0, len(data), 128)]
        segment = b"".join(bytes([len(run) - 1]) + run for run in runs)
        segments.append(segment + b"\x80" * (len(segment) % 2))
    offsets = [64 + sum(map(len, segments[:index])) for index in range(len(segments))]
    header = struct.pack("<16L", len(segments), *offsets, *[0] * (15 - len(segments)))
    return header + b"".join(segments)


def deflated(data: bytes) -> bytes:
    """Return a raw deflate stream of even length (RFC 1951)."""
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    stream = compressor.compress(data) + compressor.flush()
    return stream + b"\0" * (len(stream) % 2)


def refusal(image: Dataset, transfer_syntax: str = ExplicitVRLittleEndian) -> str:
    """Return why the object cannot be drawn, after checking that the frame says the same."""
    found = opened(image, transfer_syntax)
    assert not found.description.drawable
    with pytest.raises(PixelDataError) as error:
        found.frame(0)
    assert str(error.value) == found.description.reason
    return found.description.reason


# Layouts of uncompressed Pixel Data


@pytest.mark.parametrize("transfer_syntax", UNCOMPRESSED_SYNTAXES, ids=lambda uid: uid.keyword)
@pytest.mark.parametrize(
    ("dtype", "values"),
    [
        ("u1", [0, 1, 254, 255]),
        ("i1", [-128, -1, 0, 127]),
        ("u2", [0, 258, 32768, 65535]),
        ("i2", [-32768, -2, 513, 32767]),
        ("u4", [0, 1, 1 << 31, (1 << 32) - 1]),
        ("i4", [-(1 << 31), -1, 66051, (1 << 31) - 1]),
        ("u8", [0, 1, 1 << 63, (1 << 64) - 1]),
        ("i8", [-(1 << 63), -1, 1, (1 << 63) - 1]),
    ],
)
def test_integers_of_any_width_sign_and_byte_order_are_read_as_written(
    transfer_syntax: str, dtype: str, values: list[int]
) -> None:
    expected = np.array(values, dtype).reshape(2, 2)
    order = ">" if transfer_syntax == ExplicitVRBigEndian else "<"
    image = phantom(
        expected.astype(order + dtype).tobytes(),
        2,
        2,
        BitsAllocated=expected.itemsize * 8,
        PixelRepresentation=int(dtype[0] == "i"),
    )
    stored = opened(image, transfer_syntax).frame(0)
    assert stored.dtype == np.dtype(dtype)
    assert stored.dtype.isnative
    np.testing.assert_array_equal(stored, expected)


@pytest.mark.parametrize("transfer_syntax", [ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian])
@pytest.mark.parametrize(("keyword", "dtype"), [("FloatPixelData", "f4"), ("DoubleFloatPixelData", "f8")])
def test_float_and_double_float_pixel_data_are_read_as_written(transfer_syntax: str, keyword: str, dtype: str) -> None:
    expected = np.array([[0.5, -1.25], [np.inf, np.nan]], dtype)
    order = ">" if transfer_syntax == ExplicitVRBigEndian else "<"
    image = data_set(
        SamplesPerPixel=1,
        PhotometricInterpretation="MONOCHROME2",
        Rows=2,
        Columns=2,
        BitsAllocated=expected.itemsize * 8,
        **{keyword: expected.astype(order + dtype).tobytes()},
    )
    found = opened(image, transfer_syntax)
    assert found.frame(0).dtype == np.dtype(dtype)
    np.testing.assert_array_equal(found.frame(0), expected)
    assert found.description.notes == ()


def test_single_bits_are_unpacked_from_the_lowest_and_frames_need_not_begin_at_a_byte() -> None:
    # Three frames of 3 × 5 bits, 45 bits in a row: the second begins in the last bit of the second byte.
    frames = (np.arange(45) * 7 % 5 < 2).astype(np.uint8).reshape(3, 3, 5)
    bits = frames.ravel().tolist()
    packed = bytes(sum(bit << place for place, bit in enumerate(bits[at : at + 8])) for at in range(0, 45, 8))
    image = phantom(packed, 3, 5, BitsAllocated=1, NumberOfFrames=3)
    found = opened(image)
    assert found.description.number_of_frames == 3
    for index in range(3):
        np.testing.assert_array_equal(found.frame(index), frames[index])


@pytest.mark.parametrize("high_bit", [11, 13, 15])
@pytest.mark.parametrize("signed", [0, 1])
def test_bits_outside_bits_stored_are_dropped_and_the_sign_is_carried_on(high_bit: int, signed: int) -> None:
    values = np.array([-2048, -1, 0, 2047] if signed else [0, 1, 2048, 4095])
    shift = high_bit - 11
    noise = ~(0xFFF << shift) & 0xFFFF  # every bit that is not stored is set, as by overlays kept there
    words = ((values & 0xFFF) << shift | noise).astype("<u2")
    image = phantom(
        words.tobytes(), 2, 2, BitsAllocated=16, BitsStored=12, HighBit=high_bit, PixelRepresentation=signed
    )
    assert opened(image).frame(0).ravel().tolist() == values.tolist()


@pytest.mark.parametrize("planar", [0, 1])
@pytest.mark.parametrize("photometric", ["RGB", "YBR_FULL"])
def test_colour_by_pixel_and_by_plane_both_become_rows_columns_samples(planar: int, photometric: str) -> None:
    pixels = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    written = pixels.transpose(2, 0, 1) if planar else pixels
    image = phantom(
        np.ascontiguousarray(written).tobytes(),
        2,
        3,
        SamplesPerPixel=3,
        PhotometricInterpretation=photometric,
        PlanarConfiguration=planar,
    )
    stored = opened(image).frame(0)
    np.testing.assert_array_equal(stored, pixels)
    assert stored.flags.c_contiguous


def test_ybr_full_422_gives_both_pixels_of_a_pair_their_shared_colour() -> None:
    pairs = bytes([10, 11, 100, 200, 12, 13, 101, 201])  # Y1 Y2 CB CR
    image = phantom(pairs, 2, 2, SamplesPerPixel=3, PhotometricInterpretation="YBR_FULL_422", PlanarConfiguration=0)
    expected = [[[10, 100, 200], [11, 100, 200]], [[12, 101, 201], [13, 101, 201]]]
    assert opened(image).frame(0).tolist() == expected


def test_ybr_full_422_of_full_length_is_read_as_ybr_full() -> None:
    image = phantom(RAMP[:12], 2, 2, SamplesPerPixel=3, PhotometricInterpretation="YBR_FULL_422", PlanarConfiguration=0)
    found = opened(image)
    assert found.frame(0).ravel().tolist() == list(RAMP[:12])
    assert found.description.photometric_interpretation == "YBR_FULL"
    assert found.description.notes


def test_big_endian_bytes_in_words_are_swapped_also_where_a_frame_has_an_odd_length() -> None:
    pixels = RAMP[:18]  # two frames of 3 × 3
    swapped = b"".join(bytes([pixels[at + 1], pixels[at]]) for at in range(0, 18, 2))
    image = phantom(swapped, 3, 3, NumberOfFrames=2)
    image["PixelData"].VR = "OW"
    found = opened(image, ExplicitVRBigEndian)
    assert found.frame(0).ravel().tolist() == list(pixels[:9])
    assert found.frame(1).ravel().tolist() == list(pixels[9:])


# Compressed by RLE


@pytest.mark.parametrize("offsets", ["basic", "extended", "none"])
@pytest.mark.parametrize("dtype", ["u1", "i2", "u4"])
def test_rle_frames_are_found_and_decoded(dtype: str, offsets: str) -> None:
    frames = (np.arange(3 * 4 * 6) * 37 % 101).astype(dtype).reshape(3, 4, 6)
    image = phantom(
        b"\0\0", 4, 6, BitsAllocated=frames.itemsize * 8, PixelRepresentation=int(dtype[0] == "i"), NumberOfFrames=3
    )
    encoded = [rle(frame) for frame in frames]
    if offsets == "extended":
        # Stored backwards, so that only the table tells which is which.
        image.PixelData, starts, lengths = encapsulate_extended(encoded[::-1])
        image.ExtendedOffsetTable = np.frombuffer(starts, "<u8")[::-1].tobytes()
        image.ExtendedOffsetTableLengths = np.frombuffer(lengths, "<u8")[::-1].tobytes()
    else:
        image.PixelData = encapsulate(encoded, has_bot=offsets == "basic")
    found = opened(image, RLELossless)
    for index, frame in enumerate(frames):
        np.testing.assert_array_equal(found.frame(index), frame)


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2.1.98", "1.2.840.10008.1.2.8.1"])
@pytest.mark.parametrize("dtype", ["u1", "u2", "i2", "bits"])
def test_frames_in_fragments_of_their_own_need_no_codec(syntax: str, dtype: str) -> None:
    frames = (np.arange(3 * 5 * 7).reshape(3, 5, 7) * 37 % 251).astype("u1" if dtype == "bits" else dtype)
    encoded = [frame.astype(frame.dtype.newbyteorder("<")).tobytes() for frame in frames]
    allocated = frames.itemsize * 8
    if dtype == "bits":
        frames, allocated = frames % 2, 1
        encoded = [np.packbits(frame, bitorder="little").tobytes() for frame in frames]  # each begins at a byte
    if syntax.endswith("8.1"):
        encoded = [deflated(frame) for frame in encoded]
    image = phantom(encapsulate(encoded), 5, 7, BitsAllocated=allocated, NumberOfFrames=3)
    image.PixelRepresentation = int(dtype == "i2")
    image["PixelData"].is_undefined_length = True
    found = opened(image, syntax)
    for index in (2, 0, 1):
        np.testing.assert_array_equal(found.frame(index), frames[index])


def test_a_deflated_frame_is_inflated_only_to_its_size_and_refused_when_short_or_damaged() -> None:
    for data, sentence in (
        (deflated(bytes(100_000_000)), ""),
        (deflated(bytes(3)), "^Frame 1 holds 3 bytes, 2 × 2 needs 4"),
        (b"\xff\xff\xff\xff", "^Frame 1 cannot be inflated"),
    ):
        image = phantom(encapsulate([data]), 2, 2)
        image["PixelData"].is_undefined_length = True
        found = opened(image, "1.2.840.10008.1.2.8.1")
        if sentence:
            with pytest.raises(PixelDataError, match=sentence):
                found.frame(0)
        else:
            assert not found.frame(0).any()


def test_rle_with_a_high_bit_of_its_own_is_shifted_like_uncompressed_data() -> None:
    values = np.array([[0, 1], [2048, 4095]], np.uint16)
    image = phantom(b"\0\0", 2, 2, BitsAllocated=16, BitsStored=12, HighBit=15)
    image.PixelData = encapsulate([rle(values << 4)])
    np.testing.assert_array_equal(opened(image, RLELossless).frame(0), values)


def test_damaged_rle_is_refused_with_what_the_decoder_says() -> None:
    image = phantom(encapsulate([b"\2\0\0\0" + bytes(60) + b"\0\0"]), 2, 2)
    found = opened(image, RLELossless)
    with pytest.raises(PixelDataError, match=r"^Frame 1 cannot be decoded: .*segments.*\.$"):
        found.frame(0)


def test_rle_that_cannot_become_so_many_pixels_is_refused_before_they_are_allocated() -> None:
    found = opened(phantom(encapsulate([b"\1\0\0\0" + bytes(62)]), 65535, 2000), RLELossless)
    assert found.description.reason.endswith("65535 × 2000 needs 131,070,000.")


# Only the frame is read


@pytest.mark.parametrize("transfer_syntax", [ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian])
def test_a_frame_is_read_without_reading_the_others(transfer_syntax: str) -> None:
    image = phantom(bytes(200 * 100 * 100), 100, 100, NumberOfFrames=200)
    file = CountingFile(dicom_bytes(image, transfer_syntax))
    found = open_image(file)
    assert file.count < 70_000  # the first 64 KiB, once, and the header's elements
    file.count = 0
    found.frame(150)
    assert file.count == 100 * 100


def test_an_rle_frame_is_read_without_reading_the_others() -> None:
    frames = np.random.default_rng(3).integers(0, 1 << 16, (20, 100, 100), np.uint16)
    image = phantom(encapsulate([rle(frame) for frame in frames]), 100, 100, BitsAllocated=16, NumberOfFrames=20)
    image["PixelData"].is_undefined_length = True
    file = CountingFile(dicom_bytes(image, RLELossless))
    found = open_image(file)
    file.count = 0
    np.testing.assert_array_equal(found.frame(11), frames[11])
    assert file.count < len(rle(frames[11])) + 3 * BLOCK_BYTES  # the offset table, and the heads of two Items


def test_more_rle_than_the_frame_can_need_is_refused_before_it_is_expanded() -> None:
    header = b"\1\0\0\0\x40\0\0\0" + bytes(56)
    found = opened(phantom(encapsulate([header + b"\x81\5" * 80_000]), 10, 10), RLELossless)
    with pytest.raises(PixelDataError, match=r"holds 160,064 bytes of RLE Lossless, 10 × 10 needs at most 4,360\.$"):
        found.frame(0)


def test_a_deflated_data_set_is_inflated_only_as_far_as_the_frame() -> None:
    noise = np.random.default_rng(1).integers(0, 256, 100 * 100 * 100, np.uint8)
    image = phantom(noise.tobytes(), 100, 100, NumberOfFrames=100)
    file = CountingFile(dicom_bytes(image, DeflatedExplicitVRLittleEndian))
    found = open_image(file)
    for index in (3, 2, 4):
        np.testing.assert_array_equal(found.frame(index).ravel(), noise.reshape(100, -1)[index])
    assert file.count < 700_000  # of 1,000,000, with the start read more than once


def test_values_that_are_not_needed_are_passed_over() -> None:
    image = phantom(RAMP[:4], 2, 2)
    image.add_new(0x0009_0010, "LO", "CREATOR")
    image.add_new(0x0009_1001, "OB", bytes(3_000_000))
    file = CountingFile(dicom_bytes(image))
    assert read_frame(file, 0).tolist() == [[0, 1], [2, 3]]
    assert file.count < 140_000


def test_a_length_of_pixel_data_beyond_the_file_is_cut_to_what_is_there() -> None:
    data = dicom_bytes(phantom(RAMP[:4], 2, 2))
    assert read_frame(io.BytesIO(data[:-8] + b"\xf0\xff\xff\xff" + data[-4:]), 0).tolist() == [[0, 1], [2, 3]]


def test_a_lying_length_in_the_header_never_asks_for_more_than_a_step() -> None:
    image = phantom(RAMP[:4], 2, 2, RedPaletteColorLookupTableData=b"TABLE!")
    file = CountingFile(dicom_bytes(image).replace(b"\6\0\0\0TABLE!", b"\xf0\xff\xff\xffTABLE!"))
    assert describe(file).reason.startswith("There is no Pixel Data")
    assert 0 < file.largest <= STEP_BYTES


def test_bounded_reads_end_where_the_file_ends() -> None:
    data = bytes(range(256)) * 10_000
    reader = BoundedReader(io.BytesIO(data))
    assert reader.read(1 << 40) == data
    assert reader.read(1) == b""
    reader.seek(5)
    assert reader.read(2) == b"\5\6"
    assert reader.read() == data[7:]


def test_an_inflated_data_set_can_be_read_in_any_order() -> None:
    data = np.random.default_rng(2).integers(0, 4, 500_000, np.uint8).tobytes()
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    file = open_inflated(io.BytesIO(b"before" + compressor.compress(data) + compressor.flush()), 6)
    for start, length in ((0, 10), (400_000, 1000), (399_990, 5), (3, 70_000), (499_999, 10), (600_000, 1), (1, 1)):
        file.seek(start)
        assert file.read(length) == data[start : start + length]
        assert file.tell() == min(start + length, max(start, len(data)))


# What does not fit


def test_pixel_data_too_short_for_a_frame_is_refused_with_what_it_holds_and_needs() -> None:
    image = phantom(bytes(10), 65535, 65535, BitsAllocated=16)
    assert refusal(image) == "Pixel Data holds 10 bytes, 65535 × 65535 × 2 needs 8,589,672,450."


def test_frames_beyond_the_data_are_refused_and_those_before_are_read() -> None:
    found = opened(phantom(RAMP[:10], 2, 2, NumberOfFrames=5))
    assert found.frame(1).tolist() == [[4, 5], [6, 7]]
    with pytest.raises(PixelDataError, match=r"^Pixel Data holds 10 bytes, 2 × 2 × 3 needs 12\.$"):
        found.frame(2)
    assert found.description.notes == ("Pixel Data holds 10 bytes, 2 × 2 × 5 needs 20.",)


def test_a_truncated_file_is_refused_with_what_is_left_of_it() -> None:
    data = dicom_bytes(phantom(RAMP[:16], 4, 4))
    assert describe(io.BytesIO(data[:-5])).reason == "Pixel Data holds 11 bytes, 4 × 4 needs 16."


def test_a_truncated_deflated_file_is_refused_when_the_frame_is_read() -> None:
    noise = np.random.default_rng(1).integers(0, 256, 10_000, np.uint8).tobytes()
    data = dicom_bytes(phantom(noise, 100, 100), DeflatedExplicitVRLittleEndian)
    found = open_image(io.BytesIO(data[:5000]))
    with pytest.raises(PixelDataError, match=r"^Pixel Data holds [34],\d\d\d bytes, 100 × 100 needs 10,000\.$"):
        found.frame(0)


def test_more_frames_than_stated_are_all_shown_and_said() -> None:
    found = opened(phantom(RAMP[:12], 2, 2, NumberOfFrames=1))
    assert found.description.number_of_frames == 3
    assert found.frame(2).tolist() == [[8, 9], [10, 11]]
    assert "3 frames, more than (0028,0008) Number of Frames" in found.description.notes[0]


def test_padding_to_an_even_length_is_no_frame_and_no_note() -> None:
    found = opened(phantom(b"\7\0", 1, 1))
    assert found.description.number_of_frames == 1
    assert found.description.notes == ()


def test_more_bytes_than_the_frames_need_are_said_and_do_no_harm() -> None:
    found = opened(phantom(RAMP[:12], 3, 3))
    assert found.frame(0).ravel().tolist() == list(RAMP[:9])
    assert found.description.notes == ("Pixel Data holds 3 bytes more than its frames need.",)


@pytest.mark.parametrize(
    ("attributes", "reason"),
    [
        ({"Rows": None}, "(0028,0010) Rows is missing, expected 1 to 65535"),
        ({"Columns": 0}, "(0028,0011) Columns is 0, expected 1 to 65535"),
        ({"BitsAllocated": 12, "BitsStored": 12}, "(0028,0100) Bits Allocated is 12, expected 1, 8, 16, 32 or 64"),
        ({"BitsStored": 16}, "(0028,0101) Bits Stored is 16, more than (0028,0100) Bits Allocated 8"),
        ({"BitsStored": 0}, "(0028,0101) Bits Stored is 0, expected at least 1"),
        ({"SamplesPerPixel": 3}, "(0028,0002) Samples per Pixel is 3, MONOCHROME2 has 1"),
        ({"PhotometricInterpretation": "RGB"}, "(0028,0002) Samples per Pixel is 1, RGB has 3"),
        ({"PhotometricInterpretation": "CMYK"}, "(0028,0004) Photometric Interpretation 'CMYK' cannot be drawn"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, dict) else "",
)
def test_impossible_attributes_are_refused_by_name(attributes: dict[str, Any], reason: str) -> None:
    assert refusal(phantom(RAMP[:4], 2, 2, **attributes)).startswith(reason)


def test_a_frame_too_large_for_the_browser_is_refused_although_its_bytes_are_there() -> None:
    data = dicom_bytes(phantom(b"\0\0", 65535, 65534, BitsAllocated=1))

    class Sparse(io.BytesIO):
        """Ends far behind its bytes, like a sparse file."""

        def seek(self, offset: int, whence: int = 0, /) -> int:
            return super().seek(1 << 30 if whence == 2 else offset, 0 if whence == 2 else whence)

    found = open_image(Sparse(data[:-6] + (0xFFFF_FFF0).to_bytes(4, "little")))
    assert found.description.reason == "65,535 × 65,534 pixels are too many to draw at once; 134,217,728 are possible."


@pytest.mark.parametrize(
    ("attributes", "note"),
    [
        ({"HighBit": 3}, "High Bit is 3"),
        ({"HighBit": None}, "High Bit is missing"),
        ({"PixelRepresentation": None}, "Pixel Representation is missing"),
        ({"PixelRepresentation": 7}, "Pixel Representation is 7"),
        ({"SamplesPerPixel": None}, "Samples per Pixel is missing; read as 1"),
        ({"PhotometricInterpretation": None}, "Photometric Interpretation is missing; read as MONOCHROME2"),
        ({"NumberOfFrames": 0}, "Number of Frames is not a number above 0"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, dict) else "",
)
def test_what_has_only_one_meaning_left_is_drawn_and_said(attributes: dict[str, Any], note: str) -> None:
    found = opened(phantom(RAMP[:4], 2, 2, **attributes))
    assert found.frame(0).tolist() == [[0, 1], [2, 3]]
    assert [note in sentence for sentence in found.description.notes] == [True]


@pytest.mark.parametrize("tag", [0x0028_0004, 0x0008_0016, 0x6000_0040, 0x6000_0022], ids=hex)
def test_a_damaged_sequence_in_the_place_of_a_text_does_no_harm(tag: int) -> None:
    """Found by fuzzing: to say what the text is, the sequence was written out, which its Items do not bear."""
    image = phantom(RAMP[:4], 2, 2, SOPClassUID=None, PhotometricInterpretation=None)
    image.add_new(0x6000_3000, "OW", b"\1\0")
    broken = explicit(tag, "SQ", item(explicit(0x0008_0000, "UL", b"abc") + explicit(0x0008_0008, "CS", b"x")))
    data = dicom_bytes(image)
    start = data.index(b"\x28\0\x02\0US")  # Samples per Pixel, the first element
    found = open_image(io.BytesIO(data[:start] + broken + data[start:]))
    assert found.picture(0).rgba.shape == (2, 2, 4)
    found.overlays(0)


def test_a_frame_that_does_not_exist_is_a_wrong_request() -> None:
    found = opened(phantom(RAMP[:4], 2, 2))
    for frame in (-1, 1):
        with pytest.raises(RequestError, match=r"the object has 1\.$"):
            found.frame(frame)


# What is not there


def test_an_object_without_pixel_data_says_what_it_is() -> None:
    image = data_set(SOPClassUID=EncapsulatedPDFStorage, PatientID="1")
    assert refusal(image) == "There is no Pixel Data: the object is Encapsulated PDF Storage."


def test_an_icon_is_not_the_image() -> None:
    image = data_set(SOPClassUID=CTImageStorage, IconImageSequence=[phantom(RAMP[:4], 2, 2)])
    assert refusal(image).startswith("There is no Pixel Data")


def test_a_video_is_named_with_its_syntax() -> None:
    image = phantom(encapsulate([b"\xff\xd8"]), 2, 2)
    image["PixelData"].is_undefined_length = True
    found = opened(image, "1.2.840.10008.1.2.4.100")
    assert "MPEG2" in found.description.reason
    assert "(1.2.840.10008.1.2.4.100) is a video" in found.description.reason


def test_a_syntax_that_nothing_can_decode_is_named_with_its_uid() -> None:
    image = phantom(encapsulate([b"\xff\x4f\xff\x51"]), 2, 2)
    image["PixelData"].is_undefined_length = True
    found = opened(image, "1.2.840.10008.1.2.4.92")
    assert "(1.2.840.10008.1.2.4.92) cannot be decoded here." in found.description.reason


def test_compressed_pixel_data_without_a_transfer_syntax_is_refused() -> None:
    image = phantom(encapsulate([b"\xff\xd8"]), 2, 2)
    image["PixelData"].is_undefined_length = True
    data = dicom_bytes(image, ExplicitVRLittleEndian, preamble=False, meta=False)
    assert "no Transfer Syntax UID says how" in describe(io.BytesIO(data)).reason


def test_fragments_in_an_uncompressed_syntax_are_refused() -> None:
    image = phantom(encapsulate([RAMP[:4]]), 2, 2)
    image["PixelData"].is_undefined_length = True
    assert "cut into fragments" in refusal(image)


def test_uncompressed_pixel_data_under_a_compressed_syntax_is_read_if_it_fits() -> None:
    data = dicom_bytes(phantom(RAMP[:4], 2, 2)).replace(
        b"1.2.840.10008.1.2.1\0", JPEG2000Lossless.encode()[:19] + b"\0"
    )
    assert read_frame(io.BytesIO(data), 0).tolist() == [[0, 1], [2, 3]]


@pytest.mark.parametrize("transfer_syntax", [ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian])
def test_a_bare_data_set_is_read_by_its_looks(transfer_syntax: str) -> None:
    data = dicom_bytes(phantom(RAMP[:4], 2, 2), transfer_syntax, preamble=False, meta=False)
    found = open_image(io.BytesIO(data))
    assert found.description.transfer_syntax == transfer_syntax
    assert found.frame(0).tolist() == [[0, 1], [2, 3]]


def test_what_is_not_dicom_is_refused() -> None:
    with pytest.raises(PixelDataError, match="not DICOM"):
        open_image(io.BytesIO(b"no picture at all, whatever one tries"))


# Whole files


@pytest.mark.parametrize("path", pydicom_paths(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_packaged_file_is_read_as_pydicom_reads_it_or_says_why_not(path: Path) -> None:
    with path.open("rb") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what pydicom says of its own broken examples
        found = open_image(file)
        if path.name == "no_meta.dcm":  # a stray byte, which pydicom does not pass over
            file.seek(1)
            image = pydicom.dcmread(io.BytesIO(file.read()), force=True)
            image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        else:
            image = pydicom.dcmread(path, force=True)
        description = found.description
        json.dumps(dataclasses.asdict(description))
        if not description.drawable:
            assert description.reason.endswith(".")
            if "PixelData" in image and "Rows" in image and path.name != "MR_truncated.dcm":
                assert description.transfer_syntax in description.reason
                assert image.file_meta.TransferSyntaxUID.is_encapsulated
            return
        if path.name == "badVR.dcm":
            image.NumberOfFrames = 15  # '1A' in the file
        for frame in range(description.number_of_frames):
            if path.name == "JPEG2000-embedded-sequence-delimiter.dcm":  # written over its own number of rows
                with pytest.raises(PixelDataError, match=r"codestream is .* Rows × .* are 1,024 × 256\.$"):
                    found.frame(frame)
                return
            expected = pydicom.pixels.pixel_array(image, index=frame, raw=True)
            stored = found.frame(frame)
            assert stored.dtype == expected.dtype.newbyteorder("=")
            # What pydicom decodes with has its own arithmetic where a codec is lossy.
            lossy = image.file_meta.TransferSyntaxUID in LOSSY_SYNTAXES
            np.testing.assert_allclose(stored.astype(np.int64), expected.astype(np.int64), rtol=0, atol=2 * lossy)
            assert found.picture(frame).rgba.shape == (*stored.shape[:2], 4)


def test_most_packaged_files_with_uncompressed_or_rle_pixels_are_drawable() -> None:
    names = ["CT_small.dcm", "MR_small_RLE.dcm", "rtdose_rle.dcm", "image_dfl.dcm", "liver_expb_1frame.dcm"]
    names += ["SC_rgb_small_odd_big_endian.dcm", "SC_ybr_full_422_uncompressed.dcm", "examples_palette.dcm"]
    for name in names:
        with pydicom_path(name).open("rb") as file:
            assert describe(file).drawable, name
