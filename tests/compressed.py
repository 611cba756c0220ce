"""Compressed images, written by the encoders of imagecodecs; each with what every decoder must make of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from pydicom.encaps import encapsulate
from pydicom.uid import (
    HTJ2K,
    JPEG2000,
    HTJ2KLossless,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLSLossless,
    JPEGLSNearLossless,
)

from tests.builders import data_set, dicom_bytes, uid

JPEG_XL_LOSSLESS = "1.2.840.10008.1.2.4.110"
JPEG_XL = "1.2.840.10008.1.2.4.112"


class Compressed(NamedTuple):
    """A DICOM file and the stored values of its one frame."""

    name: str
    data: bytes
    expected: NDArray[Any]
    tolerance: int
    """By how many grey levels a decoder may differ: none where the compression is lossless."""


def waves(rows: int, columns: int, samples: int, bits: int) -> NDArray[Any]:
    """Return an image of smooth waves with noise in its lowest bits: always the same."""
    row, column = np.mgrid[:rows, :columns]
    planes = [(np.sin(column / (5 + index)) * np.cos(row / (7 + index)) + 1) / 2 for index in range(samples)]
    noise = np.random.default_rng(bits * 4 + samples).normal(0, 1 / 300, (rows, columns, samples))
    highest = (1 << bits) - 1
    image = np.clip((np.stack(planes, -1) + noise) * highest, 0, highest)
    return image.astype(np.uint8 if bits <= 8 else np.uint16).squeeze()


def file_of(codestream: bytes, image: NDArray[Any], syntax: str, bits: int, **attributes: Any) -> bytes:
    """Return a DICOM file with one compressed frame."""
    samples = 1 if image.ndim == 2 else 3
    allocated = image.dtype.itemsize * 8
    described = {
        "SOPClassUID": "1.2.840.10008.5.1.4.1.1.7",
        "SOPInstanceUID": uid(syntax, bits, samples, len(codestream)),
        "SamplesPerPixel": samples,
        "PhotometricInterpretation": "RGB" if samples == 3 else "MONOCHROME2",
        "Rows": image.shape[0],
        "Columns": image.shape[1],
        "BitsAllocated": allocated,
        "BitsStored": bits,
        "HighBit": bits - 1,
        "PixelRepresentation": 0,
        **({"PlanarConfiguration": 0} if samples == 3 else {}),
        **attributes,
    }
    dataset = data_set(**described, PixelData=encapsulate([codestream]))
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = True
    return dicom_bytes(dataset, syntax)


ENDLESS = bytes.fromhex(
    "ffd8fff7000b08002d000a01011100ffda000801010002000057fdff7f80000071ff7fe0b7ff7c1cff7f052ffbe097ff7fc117fdff40"
)
"""A damaged frame of JPEG-LS, 45 × 10 pixels: CharLS steps through 2³² bits before it says so."""


def endless_image() -> bytes:
    """Return a DICOM file with `ENDLESS`."""
    return file_of(ENDLESS, np.zeros((45, 10), np.uint8), JPEGLSNearLossless, 8)


def compressed_images() -> Iterator[Compressed]:
    """Yield images of all depths, in grey and colour, in every coding that imagecodecs can write."""
    for bits in (8, 10, 12, 16):
        for samples in (1, 3):
            image = waves(37, 53, samples, bits)
            what = f"{bits} bits, {samples} sample{'s' * (samples > 1)}"
            color = {"colorspace": "rgb", "outcolorspace": "rgb"} if samples == 3 else {}

            def lossless(
                name: str, codestream: bytes, syntax: str, image: NDArray[Any] = image, **attributes: Any
            ) -> Compressed:
                bits = attributes.pop("bits")
                return Compressed(name, file_of(codestream, image, syntax, bits, **attributes), image, 0)

            for predictor in range(1, 8):
                codestream = imagecodecs.jpeg8_encode(
                    image, lossless=True, predictor=predictor, bitspersample=bits, **color
                )
                yield lossless(f"JPEG Lossless, predictor {predictor}, {what}", codestream, JPEGLossless, bits=bits)
            yield lossless(f"JPEG-LS, {what}", imagecodecs.jpegls_encode(image), JPEGLSLossless, bits=bits)
            codestream = imagecodecs.jpegls_encode(image, level=3)
            near = imagecodecs.jpegls_decode(codestream)
            yield lossless(f"JPEG-LS, near-lossless, {what}", codestream, JPEGLSNearLossless, near, bits=bits)
            for transformed in {samples == 3, False}:
                codestream = imagecodecs.jpeg2k_encode(
                    image, level=0, reversible=True, codecformat="j2k", bitspersample=bits, mct=transformed
                )
                photometric = {"PhotometricInterpretation": "YBR_RCT"} if transformed else {}
                name = f"JPEG 2000, {'transformed, ' * transformed}{what}"
                yield lossless(name, codestream, JPEG2000Lossless, bits=bits, **photometric)
            codestream = imagecodecs.jpeg2k_encode(
                image, level=60, reversible=False, codecformat="j2k", bitspersample=bits
            )
            decoded = imagecodecs.jpeg2k_decode(codestream)
            yield Compressed(
                f"JPEG 2000, irreversible, {what}", file_of(codestream, decoded, JPEG2000, bits), decoded, 2
            )
            codestream = imagecodecs.htj2k_encode(image, reversible=True)
            yield lossless(f"HTJ2K, {what}", codestream, HTJ2KLossless, bits=bits)
            codestream = imagecodecs.htj2k_encode(image, level=0.001, reversible=False)
            decoded = imagecodecs.htj2k_decode(codestream)
            yield Compressed(f"HTJ2K, irreversible, {what}", file_of(codestream, decoded, HTJ2K, bits), decoded, 2)
            codestream = imagecodecs.jpegxl_encode(image, lossless=True, bitspersample=bits)
            yield lossless(f"JPEG XL, {what}", codestream, JPEG_XL_LOSSLESS, bits=bits)
            if bits in (8, 12):
                yield from _baseline(image, samples, bits, what)
            if bits == 8 or samples == 1:
                codestream = imagecodecs.jpegxl_encode(image, lossless=False, distance=1.0, bitspersample=bits)
                decoded = imagecodecs.jpegxl_decode(codestream)
                yield Compressed(f"JPEG XL, lossy, {what}", file_of(codestream, decoded, JPEG_XL, bits), decoded, 2)


def _baseline(image: NDArray[Any], samples: int, bits: int, what: str) -> Iterator[Compressed]:
    """Yield the image with a discrete cosine transform, subsampled in each way."""
    space = {"colorspace": "ycbcr", "outcolorspace": "ycbcr"} if samples == 3 else {}
    for subsampling in ("444", "422", "420") if samples == 3 else (None,):
        codestream = imagecodecs.jpeg8_encode(image, level=95, subsampling=subsampling, bitspersample=bits)
        decoded = imagecodecs.jpeg8_decode(codestream, **space)
        photometric = {"PhotometricInterpretation": "YBR_FULL_422"} if samples == 3 else {}
        syntax = JPEGBaseline8Bit if bits == 8 else JPEGExtended12Bit
        name = f"JPEG, {f'{subsampling}, ' if subsampling else ''}{what}"
        yield Compressed(name, file_of(codestream, decoded, syntax, bits, **photometric), decoded, 2)
