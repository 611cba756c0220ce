"""The codecs of compressed frames, as a decoding plugin of pydicom.

pydicom decides what a decoded frame means; how bytes become samples is the codec's part. In the page that is
WebAssembly, handed in by `register`; natively it is imagecodecs, if installed, and whatever plugins pydicom itself
finds. `pixel_array` of any data set then goes the same way as a frame here.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from functools import cache
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from pydicom.pixels.decoders.base import Decoder, DecodeRunner, get_decoder
from pydicom.uid import UID

from pycore.pixels.codestream import NAMES, Codestream, read_codestream, scan_ends
from pycore.standard import transfer_syntax_rows

PLUGIN = "inspector"
"""Name of the plugin among pydicom's."""


class Codec(Protocol):
    """What turns a codestream into samples."""

    def __call__(self, coding: str, data: bytes, codestream: Codestream) -> bytes:
        """Return the samples of a frame, as many as the codestream states.

        Parameters
        ----------
        coding : str
            A key of `codestream.NAMES`.

        Returns
        -------
        bytes
            Little endian, in one byte up to a precision of 8 and in two above it; by pixel unless
            `codestream.planar`. The transforms of JPEG 2000 and JPEG XL have been undone, those of JPEG have not.

        Raises
        ------
        ValueError
            What the codec says of a codestream that it cannot decode.
        """


def coding_of(transfer_syntax: str) -> str:
    """Return how frames are coded: a value of `transfer-syntaxes.tsv`; '' where the syntax is not in it."""
    row = transfer_syntax_rows().get(transfer_syntax)
    return row.coding if row else ""


def register(codec: Codec) -> None:
    """Use this codec from now on, instead of any that was there."""
    global _codec
    _codec = codec
    _decoders.cache_clear()


def find_decoder(transfer_syntax: str) -> tuple[Decoder, str] | None:
    """Return pydicom's decoder and the name of the plugin to use, '' for any; None when nothing here can decode it."""
    decoder = _decoders().get(transfer_syntax)
    if decoder is None or not decoder.is_available:
        return None
    return decoder, PLUGIN if PLUGIN in decoder.available_plugins else ""


# What pydicom asks of a plugin

DECODER_DEPENDENCIES = {
    UID(row.uid): ("imagecodecs",) for row in transfer_syntax_rows().values() if row.coding in NAMES
}


def is_available(uid: str) -> bool:
    """Return whether the plugin can decode a transfer syntax here."""
    return coding_of(uid) in NAMES and _codec is not None


def decode_frame(data: bytes, runner: DecodeRunner) -> bytes:
    """Return the samples of one frame, and tell `runner` how they lie.

    Raises
    ------
    PixelDataError, ValueError
        If the codestream cannot be decoded.
    """
    assert _codec is not None  # else pydicom was told that the plugin is not available
    coding = coding_of(runner.transfer_syntax)
    codestream = read_codestream(coding, data)
    decoded = _codec(coding, data, codestream)
    pixels = runner.rows * runner.columns * runner.samples_per_pixel
    if len(decoded) not in (pixels, 2 * pixels):
        raise ValueError(f"{len(decoded):,} bytes were decoded, {pixels:,} samples are expected")
    runner.set_option("bits_allocated", 8 * (len(decoded) // pixels))
    runner.set_option("planar_configuration", int(codestream.planar))
    if runner.samples_per_pixel == 3:
        runner.set_option(
            "photometric_interpretation", color_space(coding, codestream, runner.photometric_interpretation)
        )
    return decoded


def color_space(coding: str, codestream: Codestream, stated: str) -> str:
    """Return the Photometric Interpretation of decoded colour (PS3.5 §8.2.1, §8.2.4, §8.2.16).

    The header names what was encoded. JPEG 2000 and JPEG XL give RGB; JPEG gives what its markers say, for programs
    write RGB into the header of what libraries transformed.
    """
    if coding == "jpeg-xl" or stated in ("YBR_ICT", "YBR_RCT"):
        return "RGB"
    if coding == "jpeg" and codestream.color:
        return codestream.color
    return stated


# Natively


def _decode_natively(coding: str, data: bytes, codestream: Codestream) -> bytes:
    """Decode with imagecodecs; see `Codec`."""
    import imagecodecs

    try:
        if coding == "jpeg":
            # The same space on both sides: the samples are wanted as they were encoded.
            space = "ycbcr" if codestream.samples == 3 else None
            decoded = imagecodecs.jpeg8_decode(data, colorspace=space, outcolorspace=space)
        elif coding == "jpeg-ls":
            decoded = _decode_jpeg_ls(data)
        elif coding == "jpeg-2000":
            decoded = imagecodecs.jpeg2k_decode(data)
        else:
            decoded = imagecodecs.jpegxl_decode(data, keeporientation=True)
    except (RuntimeError, ValueError) as error:  # each of its codecs raises a RuntimeError of its own
        raise ValueError(str(error)) from error
    if decoded.dtype.kind not in "iu" or decoded.dtype.itemsize > 2:
        raise ValueError(f"samples of {decoded.dtype.itemsize * 8} bits cannot be drawn")
    little: bytes = np.ascontiguousarray(decoded, decoded.dtype.newbyteorder("<")).tobytes()
    return little


_ZEROS = bytes(16)
_SURPLUS = "still contains encoded data"
"""What CharLS says when all samples were decoded and the scan goes on."""


def _decode_jpeg_ls(data: bytes) -> NDArray[Any]:
    """Decode with CharLS, which steps through 2³² bits where a code begins in the last 15 of a scan and all are zero.

    With more zeros behind them it stops in time: a scan that it runs out of is damaged, and of a whole one it says
    that something is left. So each scan is tried with those zeros before the data are decoded as they are.
    """
    import imagecodecs

    for stop in scan_ends(data):
        try:
            imagecodecs.jpegls_decode(data[:stop] + _ZEROS + data[stop:])
        except imagecodecs.JpeglsError as error:
            if _SURPLUS not in str(error):
                raise
    decoded: NDArray[Any] = imagecodecs.jpegls_decode(data)
    return decoded


_codec: Codec | None = _decode_natively if importlib.util.find_spec("imagecodecs") else None


@cache
def _decoders() -> Mapping[str, Decoder]:
    """Return the decoders of all coded syntaxes, each with the plugin; those that pydicom lacks are made here."""
    decoders = {}
    for row in transfer_syntax_rows().values():
        if row.coding not in (*NAMES, "rle"):
            continue
        uid = UID(row.uid)
        try:
            decoder = get_decoder(uid)
        except NotImplementedError:  # JPEG XL, and the retired processes of JPEG
            decoder = _MADE.setdefault(row.uid, Decoder(uid))
        if row.coding in NAMES:
            for names in (decoder.available_plugins, decoder._unavailable):
                if PLUGIN in names:
                    decoder.remove_plugin(PLUGIN)
            decoder.add_plugin(PLUGIN, (__name__, decode_frame.__name__))
        decoders[row.uid] = decoder
    return decoders


_MADE: dict[str, Decoder] = {}
