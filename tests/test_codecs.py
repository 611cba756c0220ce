"""Compressed images by the codecs: bit for bit where nothing may be lost, and a sentence where the image is broken."""

from __future__ import annotations

import io
import warnings

import imagecodecs
import numpy as np
import pydicom
import pytest
from pydicom.encaps import encapsulate
from pydicom.uid import JPEG2000Lossless, JPEGBaseline8Bit, JPEGLSLossless

from pycore.errors import PixelDataError
from pycore.pixels import open_image
from pycore.pixels.codecs import coding_of, color_space, find_decoder, register
from pycore.pixels.codestream import Codestream, read_codestream, scan_ends
from pycore.standard import transfer_syntax_rows
from tests.builders import pydicom_path
from tests.compressed import ENDLESS, Compressed, compressed_images, endless_image, file_of, waves

pytestmark = pytest.mark.native  # needs imagecodecs; what the page decodes with is tested in e2e/test_codecs.py

IMAGES = list(compressed_images())


@pytest.mark.parametrize("image", IMAGES, ids=lambda image: image.name)
def test_every_coding_is_decoded_to_what_was_encoded(image: Compressed) -> None:
    found = open_image(io.BytesIO(image.data)).frame(0)
    assert found.dtype == image.expected.dtype
    difference = np.abs(found.astype(np.int64) - image.expected.astype(np.int64)).max()
    assert difference <= image.tolerance


@pytest.mark.parametrize("image", [one for one in IMAGES if "JPEG XL" not in one.name], ids=lambda image: image.name)
def test_other_decoders_agree(image: Compressed) -> None:
    dataset = pydicom.dcmread(io.BytesIO(image.data))
    found = open_image(io.BytesIO(image.data)).frame(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom on the colour space that the codestream says
        other = pydicom.pixels.pixel_array(dataset, raw=True, decoding_plugin="pylibjpeg")
    # Who brings back subsampled colour is free to interpolate; at edges that is more than a rounding.
    tolerance = (
        40 if any(way in image.name for way in ("422", "420")) else max(2, image.tolerance) if image.tolerance else 0
    )
    assert np.abs(found.astype(np.int64) - other.astype(np.int64)).max() <= tolerance


def test_pydicoms_own_reading_goes_through_the_same_codec() -> None:
    image = next(one for one in IMAGES if one.name.startswith("JPEG-LS, 12"))
    dataset = pydicom.dcmread(io.BytesIO(image.data))
    np.testing.assert_array_equal(
        pydicom.pixels.pixel_array(dataset, raw=True, decoding_plugin="inspector"), image.expected
    )


def test_another_codec_can_be_registered() -> None:
    from pycore.pixels import codecs

    before = codecs._codec
    image = next(one for one in IMAGES if one.name.startswith("JPEG-LS, 8 bits, 1"))
    try:
        register(lambda coding, data, codestream: bytes([7]) * (codestream.rows * codestream.columns))
        assert (open_image(io.BytesIO(image.data)).frame(0) == 7).all()
    finally:
        assert before is not None
        register(before)
    np.testing.assert_array_equal(open_image(io.BytesIO(image.data)).frame(0), image.expected)


# What the codestream and the header say of each other


@pytest.mark.parametrize(
    "attributes", [{"Rows": 36}, {"Columns": 60}, {"BitsAllocated": 8, "BitsStored": 8, "HighBit": 7}]
)
@pytest.mark.parametrize("coding", ["JPEG Lossless, predictor 1", "JPEG-LS", "JPEG 2000", "HTJ2K", "JPEG XL"])
def test_a_codestream_that_contradicts_the_header_is_refused_with_both(coding: str, attributes: dict[str, int]) -> None:
    image = next(one for one in IMAGES if one.name == f"{coding}, 12 bits, 1 sample")
    dataset = pydicom.dcmread(io.BytesIO(image.data))
    for name, value in attributes.items():
        setattr(dataset, name, value)
    file = io.BytesIO()
    dataset.save_as(file)
    with pytest.raises(PixelDataError, match=r"codestream (is 37 × 53|has 1[26] bits)"):
        open_image(file).frame(0)


def test_components_that_the_header_does_not_know_are_refused() -> None:
    color = waves(8, 8, 3, 8)
    data = file_of(imagecodecs.jpegls_encode(color), color[..., 0], JPEGLSLossless, 8)
    with pytest.raises(PixelDataError, match=r"codestream has 3 components, \(0028,0002\) Samples per Pixel is 1\.$"):
        open_image(io.BytesIO(data)).frame(0)


@pytest.mark.parametrize("image", IMAGES[::7], ids=lambda image: image.name)
def test_a_frame_cut_off_anywhere_is_a_sentence_or_a_picture_of_the_right_size(image: Compressed) -> None:
    dataset = pydicom.dcmread(io.BytesIO(image.data))
    [codestream] = pydicom.encaps.generate_frames(dataset.PixelData, number_of_frames=1)
    for length in (2, 3, 17, 40, len(codestream) // 2):
        dataset.PixelData = encapsulate([codestream[:length]])
        file = io.BytesIO()
        dataset.save_as(file)
        try:
            found = open_image(file).frame(0)
        except PixelDataError as error:
            assert str(error).endswith("."), error
        else:
            assert found.shape == image.expected.shape


# What is not given to a decoder


def in_file(codestream: bytes, like: Compressed) -> io.BytesIO:
    dataset = pydicom.dcmread(io.BytesIO(like.data))
    dataset.PixelData = encapsulate([codestream])
    file = io.BytesIO()
    dataset.save_as(file)
    return file


def frame_of(image: Compressed) -> bytes:
    dataset = pydicom.dcmread(io.BytesIO(image.data))
    return next(pydicom.encaps.generate_frames(dataset.PixelData, number_of_frames=1))


@pytest.mark.parametrize("scans", [1, 3])
def test_the_end_of_each_scan_is_before_the_next_marker(scans: int) -> None:
    one = frame_of(next(image for image in IMAGES if image.name == "JPEG-LS, 8 bits, 1 sample")).rstrip(b"\0")
    codestream = one[:-2] * scans + one[-2:]
    assert list(scan_ends(codestream)) == [(len(one) - 2) * number for number in range(1, scans + 1)]
    assert list(scan_ends(codestream[:-2]))[-1] == len(codestream) - 2


def test_jpeg_ls_that_a_decoder_would_search_for_minutes_is_never_given_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    image = next(one for one in IMAGES if one.name == "JPEG-LS, 8 bits, 1 sample")
    whole = frame_of(image)
    given: list[bytes] = []
    decode = imagecodecs.jpegls_decode

    def listen(data: bytes) -> object:
        given.append(data)
        assert data.rstrip(b"\0") != ENDLESS
        return decode(data)

    monkeypatch.setattr(imagecodecs, "jpegls_decode", listen)
    with pytest.raises(PixelDataError, match=r"^Frame 1 cannot be decoded: .*\.$"):
        open_image(io.BytesIO(endless_image())).frame(0)
    assert given
    np.testing.assert_array_equal(open_image(in_file(whole, image)).frame(0), image.expected)
    assert given[-1].rstrip(b"\0") == whole.rstrip(b"\0")


@pytest.mark.parametrize("tile", [(53, 37), (16, 16), (40, 7), (4, 37)])
@pytest.mark.parametrize("resolutions", [1, 3])
def test_each_tile_has_a_packet_for_each_component_and_resolution(tile: tuple[int, int], resolutions: int) -> None:
    image = waves(37, 53, 3, 8)
    codestream = bytearray(
        imagecodecs.jpeg2k_encode(image, level=0, reversible=True, codecformat="j2k", resolutions=resolutions)
    )
    codestream[24:32] = b"".join(size.to_bytes(4, "big") for size in tile)
    tiles = -(-53 // tile[0]) * -(-37 // tile[1])
    assert read_codestream("jpeg-2000", bytes(codestream)).packets == tiles * resolutions * 3


def test_precincts_of_every_resolution_are_counted() -> None:
    image = next(one for one in IMAGES if one.name == "JPEG 2000, 8 bits, 1 sample")
    codestream = with_coding(frame_of(image), layers=5, precinct=0x33)
    # 53 × 37, 27 × 19 and 14 × 10 pixels, in precincts of 8 × 8
    assert read_codestream("jpeg-2000", codestream).packets == 5 * (7 * 5 + 4 * 3 + 2 * 2)


def with_coding(codestream: bytes, *, layers: int, precinct: int) -> bytes:
    """Return a codestream that states another number of layers, and precincts (15444-1 §A.6.1)."""
    at = codestream.index(b"\xff\x52")
    length = int.from_bytes(codestream[at + 2 : at + 4], "big")
    style, levels = codestream[at + 4] | 1, codestream[at + 9]
    sizes = bytes([precinct]) * (levels + 1)
    head = (length + len(sizes)).to_bytes(2, "big") + bytes([style, codestream[at + 5]]) + layers.to_bytes(2, "big")
    return codestream[: at + 2] + head + codestream[at + 8 : at + 2 + length] + sizes + codestream[at + 2 + length :]


def test_a_codestream_of_more_packets_than_bytes_is_refused_with_both() -> None:
    image = next(one for one in IMAGES if one.name == "JPEG 2000, 8 bits, 1 sample")
    codestream = with_coding(frame_of(image), layers=65535, precinct=0)
    file = in_file(codestream, image)
    with pytest.raises(PixelDataError, match=r"states [\d,]{11,} packets, more than its [\d,]+ bytes can hold\.$"):
        open_image(file).frame(0)


def in_tile_part(codestream: bytes, segments: bytes, tile: int = 0) -> bytes:
    """Return a codestream whose first tile-part header holds more segments (15444-1 §A.4.2)."""
    at = codestream.index(b"\xff\x90\x00\x0a")
    length = int.from_bytes(codestream[at + 6 : at + 10], "big") + len(segments)
    head = codestream[at : at + 4] + tile.to_bytes(2, "big") + length.to_bytes(4, "big") + codestream[at + 10 : at + 12]
    return codestream[:at] + head + segments + codestream[at + 12 :]


def coding_of_main(codestream: bytes) -> bytes:
    at = codestream.index(b"\xff\x52")
    return codestream[at : at + 2 + int.from_bytes(codestream[at + 2 : at + 4], "big")]


def test_what_a_tile_states_of_its_coding_is_counted() -> None:
    image = next(one for one in IMAGES if one.name == "JPEG 2000, 8 bits, 1 sample")
    plain = frame_of(image)
    same = in_tile_part(plain, coding_of_main(plain))
    assert read_codestream("jpeg-2000", same).packets == read_codestream("jpeg-2000", plain).packets
    np.testing.assert_array_equal(open_image(in_file(same, image)).frame(0), image.expected)
    own = in_tile_part(plain, coding_of_main(with_coding(plain, layers=5, precinct=0x33)))
    assert read_codestream("jpeg-2000", own).packets == 5 * (7 * 5 + 4 * 3 + 2 * 2)
    # Of a tile that is not there nothing is to come.
    assert read_codestream("jpeg-2000", in_tile_part(plain, coding_of_main(own), 1)).packets == 3


def test_what_a_tile_states_of_one_component_goes_before_all_else() -> None:
    """A tile's COC, then its COD, then the image's COC, then its COD (15444-1 §A.6.1, §A.6.2)."""
    image = waves(37, 53, 3, 8)
    plain = imagecodecs.jpeg2k_encode(image, level=0, reversible=True, codecformat="j2k", resolutions=3)
    cod = coding_of_main(plain)

    def coc(component: int, levels: int) -> bytes:
        return b"\xff\x53\x00\x09" + bytes([component, 0, levels]) + cod[10:14]

    def packets(in_main: bytes, in_tile: bytes) -> int:
        at = plain.index(b"\xff\x52") + len(cod)
        return read_codestream("jpeg-2000", in_tile_part(plain[:at] + in_main + plain[at:], in_tile)).packets

    assert packets(b"", b"") == 3 + 3 + 3
    assert packets(coc(1, 0), b"") == 3 + 1 + 3
    assert packets(coc(1, 0), coc(2, 4)) == 3 + 1 + 5
    assert packets(coc(1, 0), coc(1, 4)) == 3 + 5 + 3
    assert packets(coc(1, 0), cod) == 3 + 3 + 3
    assert packets(coc(1, 0), coc(0, 1) + cod) == 2 + 3 + 3


def test_a_tile_alone_that_states_more_packets_than_bytes_is_refused() -> None:
    image = next(one for one in IMAGES if one.name == "JPEG 2000, 8 bits, 1 sample")
    plain = frame_of(image)
    codestream = in_tile_part(plain, coding_of_main(with_coding(plain, layers=65535, precinct=0)))
    with pytest.raises(PixelDataError, match=r"states [\d,]{11,} packets, more than its [\d,]+ bytes can hold\.$"):
        open_image(in_file(codestream, image)).frame(0)


def test_a_tile_part_that_is_cut_off_is_left_to_the_decoder() -> None:
    image = next(one for one in IMAGES if one.name == "JPEG 2000, 8 bits, 1 sample")
    plain = frame_of(image)
    at = plain.index(b"\xff\x90\x00\x0a")
    for end in range(at + 2, at + 30):
        assert read_codestream("jpeg-2000", in_tile_part(plain, coding_of_main(plain))[:end]).packets == 3


def test_tiles_without_a_size_are_refused() -> None:
    image = next(one for one in IMAGES if one.name == "JPEG 2000, 8 bits, 1 sample")
    codestream = bytearray(frame_of(image))
    codestream[24:28] = bytes(4)
    with pytest.raises(PixelDataError, match=r"has tiles without a size\.$"):
        open_image(in_file(bytes(codestream), image)).frame(0)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("SC_jpeg_no_color_transform.dcm", "RGB"),  # no marker: what the header says
        ("SC_jpeg_no_color_transform_2.dcm", "RGB"),  # Adobe's marker says that nothing was transformed
        ("SC_rgb_dcmtk_+eb+cr.dcm", "RGB"),
        ("SC_rgb_jpeg_dcmtk.dcm", "YBR_FULL"),
        ("SC_rgb_small_odd_jpeg.dcm", "YBR_FULL"),
    ],
)
def test_the_colour_space_of_jpeg_is_what_its_markers_say(name: str, expected: str) -> None:
    dataset = pydicom.dcmread(pydicom_path(name))
    frame = next(pydicom.encaps.generate_frames(dataset.PixelData, number_of_frames=1))
    codestream = read_codestream("jpeg", frame)
    assert color_space("jpeg", codestream, dataset.PhotometricInterpretation) == expected


def test_jpeg_that_was_transformed_under_a_header_of_rgb_is_shown_in_its_colours() -> None:
    red = np.zeros((16, 16, 3), np.uint8)
    red[..., 0] = 220
    data = file_of(imagecodecs.jpeg8_encode(red, level=95), red, JPEGBaseline8Bit, 8)  # JFIF: YCbCr
    seen = open_image(io.BytesIO(data)).picture(0).rgba[8, 8]
    assert np.abs(seen.astype(int) - (220, 0, 0, 255)).max() <= 4


def test_colour_of_fewer_bits_than_the_header_says_is_not_shown_dark() -> None:
    white = np.full((8, 8, 3), 255, np.uint8)
    data = file_of(imagecodecs.jpegls_encode(white), white.astype(np.uint16), JPEGLSLossless, 16)
    assert (open_image(io.BytesIO(data)).picture(0).rgba == 255).all()


def test_reversible_colour_is_rgb_once_it_is_decoded() -> None:
    assert color_space("jpeg-2000", Codestream(1, 1, 3, 8), "YBR_RCT") == "RGB"
    assert color_space("jpeg-xl", Codestream(1, 1, 3, 8), "XYB") == "RGB"
    assert color_space("jpeg-ls", Codestream(1, 1, 3, 8), "YBR_FULL") == "YBR_FULL"


def test_every_transfer_syntax_with_a_codestream_has_a_decoder_here() -> None:
    for row in transfer_syntax_rows().values():
        if row.coding in ("jpeg", "jpeg-ls", "jpeg-2000", "jpeg-xl", "rle"):
            assert find_decoder(row.uid) is not None, row.name
    assert coding_of(JPEG2000Lossless) == "jpeg-2000"
    assert coding_of("1.2.3") == ""
