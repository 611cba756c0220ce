"""Pixel Data -> stored values, one frame at a time (PS3.5 §8.1, §8.2, §A.4).

Only the bytes of the wanted frame are read. Uncompressed frames are cut out here, because pydicom wants all frames at
hand to check them; compressed ones go to pydicom's decoders, and so to any plugin registered with them, `codecs`
among them. Nothing is allocated before it was compared with the bytes that are there, and no codestream is decoded that
contradicts the header: it would be another picture.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydicom.encaps import encapsulate
from pydicom.uid import UID

from pycore.errors import PixelDataError, RequestError
from pycore.pixel_length import SUBSAMPLED, FrameShape
from pycore.pixels.attributes import Description, Header, PixelElement, first_line, name_of, numbers
from pycore.pixels.codecs import coding_of, color_space, find_decoder
from pycore.pixels.codestream import NAMES, Codestream, read_codestream
from pycore.pixels.fragments import Fragments

MAX_FRAME_PIXELS = 1 << 27
"""Rows × Columns beyond this are not drawn: stored values and RGBA would not fit the 32-bit memory of a browser."""

RLE_EXPANSION = 64
"""Two bytes of RLE become at most 128 (PS3.5 §G.3.1)."""

RLE_HEADER_BYTES = 64
RLE_SLACK_BYTES = 4096
"""Padding that encoders leave behind segments. Runs of one byte, the worst there is, take two (PS3.5 §G.3.1)."""

SAMPLES = {
    **dict.fromkeys(("MONOCHROME1", "MONOCHROME2", "PALETTE COLOR"), 1),
    **dict.fromkeys(("RGB", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT", "XYB"), 3),
    **dict.fromkeys(("YBR_PARTIAL_422", "YBR_PARTIAL_420"), 3),
}
"""Samples per Pixel of each Photometric Interpretation that is drawn (PS3.3 §C.7.6.3.1.2)."""

_CODESTREAM_ONLY = {"YBR_ICT": "JPEG 2000", "YBR_RCT": "JPEG 2000", "XYB": "JPEG XL", "YBR_PARTIAL_420": "video"}
"""What exists only inside codestreams; their decoders undo it (PS3.5 §8.2.4, §8.2.5, §8.2.16)."""

FRAME_SLACK_BYTES = 1 << 20
"""Of metadata in a compressed frame. Beside it no codec makes twice as many bytes as it was given."""

MAX_VIDEO_BYTES = 1 << 29
"""Of a stream that is handed on whole."""

_DECODE_ERRORS = (
    RuntimeError,  # every plugin failed; pydicom keeps what they said
    ValueError,  # fragments and offset tables that contradict each other, a decoded frame of another size
    struct.error,  # the data end inside a tag or an offset table
    IndexError,  # the same, inside a segment
    AttributeError,  # an attribute that this decoder needs is missing
    NotImplementedError,  # no decoder for this combination of attributes
)
"""What pydicom's encapsulation functions and decoders raise, by their documentation and by trial."""


def check_frames(description: Description, header: Header) -> Description:
    """Return the description with the number of frames that can be had, and the reason if not even one can be."""
    checked, notes = description, list(description.notes)
    try:
        element = _check_attributes(description, header)
        if header.fragments is not None:
            checked = _check_encapsulated(description, element, header.fragments, notes)
        else:
            checked = _count_native_frames(_check_subsampling(description, element, notes), element, notes)
    except PixelDataError as error:
        is_video = header.fragments is not None and coding_of(description.transfer_syntax) == "video"
        return replace(description, drawable=False, reason=str(error), notes=(), video=is_video)
    if description.number_of_frames < 1 and "NumberOfFrames" in header.data_set:
        notes.append(f"{name_of('NumberOfFrames')} is not a number above 0.")
    return replace(checked, drawable=True, reason="", notes=tuple(notes))


class Stored(NamedTuple):
    """One frame before any lookup table."""

    values: NDArray[Any]
    """As `read_stored` returns them."""
    photometric_interpretation: str
    """Of `values`: of compressed colour not always what the header names (PS3.5 §8.2)."""
    bits_stored: int
    """Of `values`: what the codestream says where there is one and the frame is in colour."""


def read_stored(header: Header, description: Description, frame: int) -> NDArray[Any]:
    """Return the stored values of one frame; `Stored.values`, see `read_decoded`."""
    return read_decoded(header, description, frame).values


def read_decoded(header: Header, description: Description, frame: int) -> Stored:
    """Return one frame before any lookup table.

    Parameters
    ----------
    description : Description
        As returned by `check_frames`.
    frame : int
        From 0.

    Returns
    -------
    Stored
        Its values are an array (rows, columns) or (rows, columns, 3), in native byte order, C order, not writeable:
        uint8 for 1 bit, else signed or unsigned integers of Bits Allocated, float32 or float64. Colour is by pixel and
        in its own colour space; YBR_FULL_422 has been brought to full resolution.

    Raises
    ------
    RequestError
        If there is no such frame.
    PixelDataError
        If the frame cannot be decoded.
    """
    stored, is_decoded = _read(header, description, frame)
    values = stored.values if is_decoded else _extract_bits(stored.values, description)
    values = np.ascontiguousarray(values, values.dtype.newbyteorder("="))
    values.flags.writeable = False
    return stored._replace(values=values)


def read_allocated(header: Header, description: Description, frame: int) -> NDArray[Any]:
    """Return the values of one frame with all their allocated bits, unused ones too; raises as `read_decoded`."""
    return _read(header, description, frame)[0].values


def _read(header: Header, description: Description, frame: int) -> tuple[Stored, bool]:
    """Return one frame as it lies in the data, and whether a codec has already left out the unused bits."""
    if not description.drawable or header.element is None:
        raise PixelDataError(description.reason)
    if not 0 <= frame < description.number_of_frames:
        raise RequestError(f"There is no frame {frame + 1}; the object has {description.number_of_frames:,}.")
    coding = coding_of(description.transfer_syntax)
    if header.fragments is None:
        values = _read_native(header, description, header.element, frame)
    elif coding in ("native", "deflate"):
        values = _read_fragment(header.fragments, description, coding, frame)
    else:
        return _decode(header.fragments, description, coding, frame), coding in NAMES
    return Stored(values, description.photometric_interpretation, description.bits_stored), False


def _check_attributes(description: Description, header: Header) -> PixelElement:
    """Return where the pixels are; raise PixelDataError if they cannot be cut into frames by these attributes."""
    element = header.element
    if element is None:
        what = f"the object is {description.sop_class}" if description.sop_class else "no SOP Class says what it is"
        raise PixelDataError(f"There is no Pixel Data: {what}.")
    _check_syntax(description, element)
    for keyword, value in (("Rows", description.rows), ("Columns", description.columns)):
        if not 0 < value < 1 << 16:
            found = value if numbers(header.data_set, keyword, []) else "missing"
            raise PixelDataError(f"{name_of(keyword)} is {found}, expected 1 to 65535 (PS3.3 §C.7.6.3).")
    photometric, samples = description.photometric_interpretation, description.samples_per_pixel
    if photometric not in SAMPLES:
        raise PixelDataError(f"{name_of('PhotometricInterpretation')} {photometric!r} cannot be drawn.")
    if samples != SAMPLES[photometric]:
        raise PixelDataError(
            f"{name_of('SamplesPerPixel')} is {samples}, {photometric} has {SAMPLES[photometric]} (PS3.3 §C.7.6.3.1.2)."
        )
    if photometric in _CODESTREAM_ONLY and not element.encapsulated:
        inside = _CODESTREAM_ONLY[photometric]
        raise PixelDataError(f"{name_of('PhotometricInterpretation')} {photometric} exists only inside {inside}.")
    allocated, stored = description.bits_allocated, description.bits_stored
    if allocated not in (1, 8, 16, 32, 64):
        found_bits = allocated if numbers(header.data_set, "BitsAllocated", []) else "missing"
        raise PixelDataError(f"{name_of('BitsAllocated')} is {found_bits}, expected 1, 8, 16, 32 or 64 (PS3.5 §8.1.1).")
    if stored < 1:
        raise PixelDataError(f"{name_of('BitsStored')} is {stored}, expected at least 1 (PS3.5 §8.1.1).")
    if stored > allocated:
        raise PixelDataError(
            f"{name_of('BitsStored')} is {stored}, more than {name_of('BitsAllocated')} {allocated} (PS3.5 §8.1.1)."
        )
    return element


def _check_syntax(description: Description, element: PixelElement) -> None:
    syntax = UID(description.transfer_syntax)
    name = f"{syntax.name} ({syntax})" if syntax.name != syntax else syntax
    if not element.encapsulated:
        return  # a defined length holds uncompressed frames whatever the syntax says, or does not fit and is refused
    if not syntax:
        raise PixelDataError("Pixel Data is compressed, and no Transfer Syntax UID says how (PS3.10 §7.1).")
    if syntax.is_transfer_syntax and not syntax.is_private and not syntax.is_encapsulated:
        raise PixelDataError(f"Pixel Data is cut into fragments, which {name} does not allow (PS3.5 §A.4).")
    coding = coding_of(syntax)
    if coding == "video":
        raise PixelDataError(f"{name} is a video: it has no frames that could be drawn one by one.")
    if coding not in ("native", "deflate") and find_decoder(syntax) is None:
        raise PixelDataError(f"Pixel Data in {name} cannot be decoded here.")


def _check_encapsulated(
    description: Description, element: PixelElement, fragments: Fragments, notes: list[str]
) -> Description:
    """Return the description with the frames that it states, or with more if it is seen that there are more."""
    if coding_of(description.transfer_syntax) == "rle":
        if description.bits_allocated == 1:
            raise PixelDataError(f"{name_of('BitsAllocated')} is 1, which RLE Lossless has no form for (PS3.5 §G.2).")
        _check_expansion(description, element.length)
    _check_pixels(description)
    stated = max(1, description.number_of_frames)
    found = fragments.count_frames(stated)
    if found > stated:
        notes.append(f"Pixel Data holds {found:,} frames, more than {name_of('NumberOfFrames')} says.")
    return replace(description, number_of_frames=max(stated, found))


def _check_expansion(description: Description, length: int) -> None:
    needed = _shape(description).frame_bits // 8
    if needed > length * RLE_EXPANSION:
        raise PixelDataError(
            f"Pixel Data holds {length:,} bytes, from which RLE Lossless makes at most {length * RLE_EXPANSION:,}; "
            f"{_shape(description).product()} needs {needed:,}."
        )


def _check_surplus(description: Description, length: int) -> None:
    """Refuse a frame with more RLE than any encoder makes: the decoder expands all of it before it counts."""
    most = 2 * (_shape(description).frame_bits // 8) + RLE_HEADER_BYTES + RLE_SLACK_BYTES
    if length > most:
        raise PixelDataError(
            f"The frame holds {length:,} bytes of RLE Lossless, {_shape(description).product()} needs at most {most:,}."
        )


def _check_pixels(description: Description) -> None:
    if description.rows * description.columns > MAX_FRAME_PIXELS:
        raise PixelDataError(
            f"{description.rows:,} × {description.columns:,} pixels are too many to draw at once; "
            f"{MAX_FRAME_PIXELS:,} are possible."
        )


def _check_subsampling(description: Description, element: PixelElement, notes: list[str]) -> Description:
    """Return the description with the colour space that the length of the data proves."""
    photometric = description.photometric_interpretation
    if photometric not in SUBSAMPLED:
        return description
    full = replace(description, photometric_interpretation="YBR_FULL")
    needed = _shape(full).frame_bits // 8 * max(1, description.number_of_frames)
    if element.length - needed in (0, needed % 2):
        # There is no YBR_PARTIAL with all samples; one that is written so is drawn with the formula it names.
        full = replace(description, photometric_interpretation=photometric.removesuffix("_422"))
        notes.append(
            f"Pixel Data has the length of {full.photometric_interpretation}, not of {photometric}; "
            f"read as {full.photometric_interpretation}."
        )
        return full
    if description.rows * description.columns % 2:
        raise PixelDataError(f"{photometric} needs an even number of pixels (PS3.3 §C.7.6.3.1.2).")
    return description


def _count_native_frames(description: Description, element: PixelElement, notes: list[str]) -> Description:
    """Return the description with the frames that it states, or with more if the data hold more."""
    bits, stated = _shape(description).frame_bits, max(1, description.number_of_frames)
    whole = element.length * 8 // bits
    if whole < 1:
        raise PixelDataError(_shape(description).does_not_fit(element.length, 1))
    _check_pixels(description)
    needed = (stated * bits + 7) // 8
    if element.length < needed:
        notes.append(_shape(description).does_not_fit(element.length, stated))
    elif element.length > needed + needed % 2:  # values have an even length (PS3.5 §7.1.1)
        if whole > stated:
            notes.append(f"Pixel Data holds {whole:,} frames, more than {name_of('NumberOfFrames')} says.")
            return replace(description, number_of_frames=whole)
        notes.append(f"Pixel Data holds {element.length - needed:,} bytes more than its frames need.")
    return replace(description, number_of_frames=stated)


def _shape(description: Description) -> FrameShape:
    return FrameShape(
        description.rows,
        description.columns,
        description.samples_per_pixel,
        description.bits_allocated,
        description.photometric_interpretation,
    )


def _read_native(header: Header, description: Description, element: PixelElement, frame: int) -> NDArray[Any]:
    bits = _shape(description).frame_bits
    start, stop = frame * bits // 8, ((frame + 1) * bits + 7) // 8
    # OW is a string of 16-bit words: in big endian, the first of two single bytes comes second (PS3.5 §8.1.1).
    swapped = element.vr == "OW" and not header.little_endian and description.bits_allocated <= 8
    first, last = (start - start % 2, stop + stop % 2) if swapped else (start, stop)
    header.file.seek(element.offset + first)
    try:
        data = header.file.read(min(last, element.length) - first)
    except zlib.error as error:  # a deflated data set is damaged before this frame ends
        raise PixelDataError(f"Pixel Data cannot be inflated: {first_line(error)}") from error
    if len(data) < last - first:
        raise PixelDataError(_shape(description).does_not_fit(min(element.length, first + len(data)), frame + 1))
    if swapped:
        data = np.frombuffer(data, ">u2").astype("<u2").tobytes()[start - first : stop - first]
    return _to_samples(data, frame * bits % 8, description, element.keyword, header.little_endian)


def _read_fragment(fragments: Fragments, description: Description, coding: str, frame: int) -> NDArray[Any]:
    """Return a frame whose fragment holds its samples, as they are or deflated (PS3.5 §A.4.11, §A.4.13)."""
    needed = _shape(description).needed_bytes()
    data = fragments.read_frame(frame, description.number_of_frames, 2 * needed + FRAME_SLACK_BYTES)
    if coding == "deflate":
        try:
            data = zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, needed)
        except zlib.error as error:
            raise PixelDataError(f"Frame {frame + 1} cannot be inflated: {first_line(error)}") from error
    if len(data) < needed:
        raise PixelDataError(
            f"Frame {frame + 1} holds {len(data):,} bytes, {_shape(description).product()} needs {needed:,}."
        )
    return _to_samples(data[:needed], 0, description, "PixelData", True)


def _to_samples(
    data: bytes, first_bit: int, description: Description, keyword: str, little_endian: bool
) -> NDArray[Any]:
    """Return the bytes of a frame as (rows, columns) or (rows, columns, 3); single bits begin at `first_bit`."""
    if description.bits_allocated == 1:
        unpacked = np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little")
        return _to_pixels(unpacked[first_bit:][: _shape(description).frame_bits], description)
    return _to_pixels(np.frombuffer(data, _data_type(description, keyword, little_endian)), description)


def _data_type(description: Description, keyword: str, little_endian: bool) -> np.dtype[Any]:
    kind = "f" if keyword != "PixelData" else "i" if description.pixel_representation else "u"
    return np.dtype(f"{'<' if little_endian else '>'}{kind}{description.bits_allocated // 8}")


def _to_pixels(samples: NDArray[Any], description: Description) -> NDArray[Any]:
    """Return the samples as (rows, columns) or (rows, columns, 3) (PS3.3 §C.7.6.3.1.2, §C.7.6.3.1.3)."""
    rows, columns = description.rows, description.columns
    if description.samples_per_pixel == 1:
        return samples.reshape(rows, columns)
    if description.photometric_interpretation in SUBSAMPLED:
        pairs = samples.reshape(-1, 4)  # Y1 Y2 CB CR
        return pairs[:, [0, 2, 3, 1, 2, 3]].reshape(rows, columns, 3)
    if description.planar_configuration == 1:
        return samples.reshape(3, rows, columns).transpose(1, 2, 0)
    return samples.reshape(rows, columns, 3)


def _extract_bits(stored: NDArray[Any], description: Description) -> NDArray[Any]:
    """Return only the Bits Stored below and with High Bit, the sign carried on (PS3.5 §8.1.1).

    16 bits allocated, 12 stored, high bit 13, signed: ..1000 0000 0001 00.. is shifted left by 2 so that the sign is
    on top, then right by 4: 1111 1000 0000 0001, which is −2047.
    """
    allocated, bits_stored = stored.dtype.itemsize * 8, description.bits_stored
    if stored.dtype.kind not in "iu" or description.bits_allocated == 1 or bits_stored == allocated:
        return stored
    integers = stored.astype(stored.dtype.newbyteorder("="))
    integers <<= integers.dtype.type(allocated - 1 - description.high_bit)
    integers >>= integers.dtype.type(allocated - bits_stored)
    return integers


def _decode(fragments: Fragments, description: Description, coding: str, frame: int) -> Stored:
    """Return a compressed frame as pydicom decodes it."""
    limit = 2 * (_shape(description).frame_bits // 8) + FRAME_SLACK_BYTES
    data = fragments.read_frame(frame, description.number_of_frames, limit)
    options = _decoder_options(description)
    codestream = None
    if coding == "rle":
        _check_expansion(description, len(data))
        _check_surplus(description, len(data))
        options["correct_unused_bits"] = False  # High Bit may be another than the one below Bits Stored
    else:
        codestream = read_codestream(coding, data)
        _check_codestream(description, coding, codestream)
        _check_packets(codestream, len(data))
    found = find_decoder(description.transfer_syntax)
    assert found is not None  # else `check_frames` had refused the object
    decoder, plugin = found
    try:
        # The decoders take Pixel Data as a whole; one frame alone is a whole that needs no offset table.
        whole = encapsulate([data], has_bot=False)
        decoded, properties = decoder.as_array(whole, index=0, raw=True, decoding_plugin=plugin, **options)
    except _DECODE_ERRORS as error:
        raise PixelDataError(f"Frame {frame + 1} cannot be decoded: {_what_failed(error)}") from error
    photometric, bits = str(properties["photometric_interpretation"]), description.bits_stored
    if codestream is not None and description.samples_per_pixel == 3:
        photometric = color_space(coding, codestream, photometric)
        bits = codestream.precision
    return Stored(decoded, photometric, bits)


def _check_codestream(description: Description, coding: str, codestream: Codestream) -> None:
    """Refuse a codestream that holds another picture than the header describes."""
    name = NAMES[coding]
    if (codestream.rows, codestream.columns) != (description.rows, description.columns):
        raise PixelDataError(
            f"The {name} codestream is {codestream.rows:,} × {codestream.columns:,}, (0028,0010) Rows × "
            f"(0028,0011) Columns are {description.rows:,} × {description.columns:,}."
        )
    if codestream.samples not in (0, description.samples_per_pixel):
        raise PixelDataError(
            f"The {name} codestream has {codestream.samples} components, {name_of('SamplesPerPixel')} is "
            f"{description.samples_per_pixel}."
        )
    if codestream.precision > max(8, description.bits_allocated):
        raise PixelDataError(
            f"The {name} codestream has {codestream.precision} bits per sample, {name_of('BitsAllocated')} is "
            f"{description.bits_allocated}."
        )


def _check_packets(codestream: Codestream, length: int) -> None:
    """Refuse a codestream that cannot hold what it states: a decoder makes room for all of it before it looks."""
    if codestream.packets > length:
        raise PixelDataError(
            f"The JPEG 2000 codestream states {codestream.packets:,} packets, more than its {length:,} bytes can hold."
        )


def _decoder_options(description: Description) -> dict[str, Any]:
    return {
        "rows": description.rows,
        "columns": description.columns,
        "number_of_frames": 1,
        "samples_per_pixel": description.samples_per_pixel,
        "photometric_interpretation": description.photometric_interpretation,
        "planar_configuration": description.planar_configuration,
        "bits_allocated": description.bits_allocated,
        "bits_stored": description.bits_stored,
        "pixel_representation": description.pixel_representation,
        "pixel_keyword": "PixelData",
    }


def read_video(header: Header, description: Description) -> bytes:
    """Return the stream of a video, its fragments joined (PS3.5 §8.2.5, §8.2.6).

    Raises
    ------
    PixelDataError
        If the object is no video, or larger than `MAX_VIDEO_BYTES`.
    """
    if header.fragments is None or coding_of(description.transfer_syntax) != "video":
        raise PixelDataError("The object is no video.")
    return header.fragments.read_all(MAX_VIDEO_BYTES)


def _what_failed(error: Exception) -> str:
    """Return the last line of what pydicom says: with several plugins, the reason of the last one."""
    return (str(error).strip().splitlines() or [type(error).__name__])[-1].strip().rstrip(".") + "."
