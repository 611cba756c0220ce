"""How fast pictures are, and what they cost: first image, windowing, and a cine loop of 200 large frames.

`measure_pictures` takes one run in a page of its own. Requests go to the picture worker as the page sends them, and
what comes back is put on a canvas; the view's own work comes on top and is a few milliseconds.
"""

from __future__ import annotations

import io
import statistics
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import BrowserContext
from pydicom import Dataset
from pydicom.encaps import encapsulate
from pydicom.pixels.encoders.base import get_encoder
from pydicom.uid import (
    CTImageStorage,
    DigitalXRayImageStorageForPresentation,
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLosslessSV1,
    RLELossless,
    UltrasoundMultiFrameImageStorage,
)

from e2e.browser import Inspector
from e2e.server import Server
from tests.builders import ZIP_DATE, data_set, dicom_bytes, uid
from tests.phantoms import fan, stripes, thorax

CT_IMAGES = 7
FRAMES, ROWS, COLUMNS = 200, 960, 1280
WINDOWS = 120
SETTLE_MS = 5000
"""What the review and the pictures before have left is given back meanwhile."""
PLAYED = (*range(40), *range(160, 200), 3, 120, 77)
"""Frames of the loop that are shown: from the start, at the end, and back and forth."""

# Keeps hold of every worker, and finds the one that draws by the message it is sent first.
KEEP_WORKERS = """
window.benchWorkers = [];
const OwnWorker = window.Worker;
window.Worker = class extends OwnWorker {
  postMessage(message, ...rest) {
    if (message.type === 'picture') window.pictureWorker = this;
    super.postMessage(message, ...rest);
  }
};
let benchId = 1e9;
window.benchRequest = (type, payload) => new Promise((resolve, reject) => {
  const id = benchId++;
  const worker = window.pictureWorker;
  const take = ({ data }) => {
    if (data.id !== id || data.progress !== undefined) return;
    worker.removeEventListener('message', take);
    if (data.error) reject(new Error(data.error.message));
    const value = JSON.parse(data.value);
    if (value.error) reject(new Error(value.error.message));
    else resolve({ value, buffers: data.buffers });
  };
  worker.addEventListener('message', take);
  worker.postMessage({ id, type, payload });
});
window.benchDraw = async (payload) => {
  const { value, buffers } = await window.benchRequest('picture', payload);
  window.benchCanvas ??= document.createElement('canvas');
  const canvas = window.benchCanvas;
  if (canvas.width !== value.columns || canvas.height !== value.rows) {
    canvas.width = value.columns;
    canvas.height = value.rows;
  }
  const pixels = new ImageData(new Uint8ClampedArray(buffers[0]), value.columns, value.rows);
  canvas.getContext('2d').putImageData(pixels, 0, 0);
  const { port1, port2 } = new MessageChannel(); // as the page does
  port2.close();
  port1.postMessage(null, [buffers[0]]);
  port1.close();
};
"""

TIME_SHOW = """async (entry) => {
  const started = performance.now();
  await window.inspector.show({ entry, frame: 0 });
  return performance.now() - started;
}"""

TIME_WINDOWS = """async ([entry, count]) => {
  const times = [];
  for (let step = 0; step < count; step += 1) {
    const started = performance.now();
    const window_ = { center: 40 + step, width: 400 + 3 * step, function: 'LINEAR' };
    await window.benchDraw({ entry, frame: 0, window: window_, shutter: true });
    times.push(performance.now() - started);
  }
  return times;
}"""

TIME_FRAMES = """async ([entry, frames]) => {
  const times = [];
  for (const frame of frames) {
    const started = performance.now();
    await window.benchDraw({ entry, frame, window: null, shutter: true });
    times.push(performance.now() - started);
  }
  return times;
}"""


@dataclass(frozen=True, slots=True)
class PictureRun:
    """What one run measured."""

    ct_plain_ms: float
    """From the request to the drawn picture, median over instances that were not open before."""
    ct_rle_ms: float
    ct_jpeg_ms: float
    ct_jpeg_2000_ms: float
    windows_512_per_s: float
    windows_2048_per_s: float
    loop_frames_per_s: float
    loop_memory_mb: float
    """What the page's process grew by, at most, while the loop was opened and played."""
    deflated_loop_frames_per_s: float
    deflated_loop_memory_mb: float
    jpeg_loop_frames_per_s: float
    jpeg_loop_memory_mb: float


PICTURE_ROWS = (
    ("picture of a CT slice, 512 × 512", "ct_plain_ms", "ms"),
    ("the same in RLE", "ct_rle_ms", "ms"),
    ("the same in JPEG lossless", "ct_jpeg_ms", "ms"),
    ("the same in JPEG 2000 lossless", "ct_jpeg_2000_ms", "ms"),
    ("windows per second, 512 × 512", "windows_512_per_s", ""),
    ("windows per second, 2048 × 2048", "windows_2048_per_s", ""),
    ("frames per second, 1280 × 960 in colour", "loop_frames_per_s", ""),
    ("the same, deflated", "deflated_loop_frames_per_s", ""),
    ("the same, JPEG", "jpeg_loop_frames_per_s", ""),
    ("memory to open and play 200 of them (737 MB)", "loop_memory_mb", "MB"),
    ("the same, deflated", "deflated_loop_memory_mb", "MB"),
    ("the same, JPEG", "jpeg_loop_memory_mb", "MB"),
)
"""Title, field and unit of the table."""


def make_pictures(folder: Path) -> Path:
    """Return the zip with the pictures, made at the first call; 740 MB of it are stored as they are."""
    path = folder / "pictures-2.zip"
    if path.exists():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    with zipfile.ZipFile(unfinished, "w", compresslevel=1) as archive:
        for number in range(CT_IMAGES):
            slice_ = np.rint(thorax(512, number / CT_IMAGES) + 1024).astype("<u2")
            _write(archive, f"ct/plain-{number}", [dicom_bytes(_ct(slice_, number))])
            for coding, (syntax, encode) in CODINGS.items():
                image = _ct(slice_, number)
                image.PixelData = encapsulate([encode(slice_)])
                image["PixelData"].VR = "OB"
                image["PixelData"].is_undefined_length = True
                _write(archive, f"ct/{coding}-{number}", [dicom_bytes(image, syntax)])
        radiograph = np.rint(stripes(2048, 2048) * 4095).astype("<u2")
        image = _image(radiograph, SOPClassUID=DigitalXRayImageStorageForPresentation, Modality="DX", BitsStored=12)
        _write(archive, "dx", [dicom_bytes(image)])
        _write(archive, "loop", _loop(), zipfile.ZIP_STORED)
        _write(archive, "loop-deflated", _loop())
        _write(archive, "loop-jpeg", [_jpeg_loop()], zipfile.ZIP_STORED)
    unfinished.rename(path)
    return path


def measure_pictures(
    context: BrowserContext,
    site: Server,
    path: Path,
    memory: Callable[[str], float],
    forget_peak: Callable[[], None],
) -> PictureRun:
    """Take one run in a new page, which is closed afterwards.

    Parameters
    ----------
    memory : callable
        Given 'VmRSS' or 'VmHWM', returns that of the page's process in MB.
    forget_peak : callable
        Makes 'VmHWM' begin again.
    """
    page = context.new_page()
    page.add_init_script(KEEP_WORKERS)
    inspector = Inspector(page, site).open_ready()
    inspector.choose(path)
    inspector.wait_for("done", timeout_ms=120_000)
    entries = inspector.report()["archive"]["entries"]
    codings = ("plain", *CODINGS)
    last = len(codings) * CT_IMAGES
    if entries != last + 4:
        raise AssertionError(f"{entries} entries were read")
    stills = {
        coding: statistics.median(page.evaluate(TIME_SHOW, f"ct/{coding}-{number}") for number in range(CT_IMAGES))
        for coding in codings
    }
    small = page.evaluate(TIME_WINDOWS, [0, WINDOWS])
    large = page.evaluate(TIME_WINDOWS, [last, WINDOWS])
    loops = []
    for entry in (last + 1, last + 2, last + 3):
        page.wait_for_timeout(SETTLE_MS)
        idle = memory("VmRSS")
        forget_peak()
        times = page.evaluate(TIME_FRAMES, [entry, list(PLAYED)])
        loops.append((1000 / statistics.median(times[1:40]), memory("VmHWM") - idle))
    page.close()
    return PictureRun(
        *stills.values(),
        1000 / statistics.median(small),
        1000 / statistics.median(large),
        *(figure for loop in loops for figure in loop),
    )


def _write(
    archive: zipfile.ZipFile, name: str, parts: Iterator[bytes] | list[bytes], method: int = zipfile.ZIP_DEFLATED
) -> None:
    info = zipfile.ZipInfo(name, ZIP_DATE)
    info.compress_type = method
    with archive.open(info, "w", force_zip64=True) as file:
        for part in parts:
            file.write(part)


def _ct(stored: NDArray[np.uint16], number: int) -> Dataset:
    return _image(
        stored,
        SOPClassUID=CTImageStorage,
        SOPInstanceUID=uid("bench", "ct", number),
        Modality="CT",
        RescaleSlope="1",
        RescaleIntercept="-1024",
        RescaleType="HU",
        WindowCenter="40",
        WindowWidth="400",
        BitsStored=12,
    )


def _image(stored: NDArray[Any], **attributes: Any) -> Dataset:
    samples = 3 if stored.ndim == 3 else 1
    bits = attributes.pop("BitsStored", stored.itemsize * 8)
    image = data_set(
        PatientID="BENCH",
        SamplesPerPixel=samples,
        PhotometricInterpretation="RGB" if samples == 3 else "MONOCHROME2",
        Rows=stored.shape[0],
        Columns=stored.shape[1],
        BitsAllocated=stored.itemsize * 8,
        BitsStored=bits,
        HighBit=bits - 1,
        PixelRepresentation=0,
        PixelData=stored.tobytes(),
        **attributes,
    )
    if samples == 3:
        image.PlanarConfiguration = 0
    image["PixelData"].VR = "OW" if stored.itemsize > 1 else "OB"
    return image


def _rle(stored: NDArray[Any]) -> bytes:
    image = _ct(stored, 0)
    options = {
        keyword: image[name].value
        for keyword, name in {
            "rows": "Rows",
            "columns": "Columns",
            "samples_per_pixel": "SamplesPerPixel",
            "bits_allocated": "BitsAllocated",
            "bits_stored": "BitsStored",
            "pixel_representation": "PixelRepresentation",
            "photometric_interpretation": "PhotometricInterpretation",
        }.items()
    }
    return get_encoder(RLELossless).encode(stored, number_of_frames=1, encoding_plugin="pydicom", **options)


CODINGS: dict[str, tuple[str, Callable[[NDArray[Any]], bytes]]] = {
    "rle": (RLELossless, _rle),
    "jpeg": (JPEGLosslessSV1, lambda stored: imagecodecs.ljpeg_encode(stored, bitspersample=12)),
    "jpeg-2000": (
        JPEG2000Lossless,
        lambda stored: imagecodecs.jpeg2k_encode(stored, level=0, reversible=True, codecformat="J2K", bitspersample=12),
    ),
}
"""Codings of the CT slices beside the uncompressed ones, in the order of `PictureRun`."""


def _first_of_loop(frame: NDArray[np.uint8]) -> Dataset:
    return _image(
        frame, SOPClassUID=UltrasoundMultiFrameImageStorage, Modality="US", NumberOfFrames=FRAMES, FrameTime="20"
    )


def _jpeg_loop() -> bytes:
    """Return the file of the same loop in JPEG baseline."""
    frames = [imagecodecs.jpeg8_encode(fan(ROWS, COLUMNS, beat / 8), level=90) for beat in range(8)]
    image = _first_of_loop(fan(ROWS, COLUMNS, 0))
    image.PhotometricInterpretation = "YBR_FULL_422"
    image.PixelData = encapsulate([frames[number % len(frames)] for number in range(FRAMES)])
    image["PixelData"].VR = "OB"
    image["PixelData"].is_undefined_length = True
    return dicom_bytes(image, JPEGBaseline8Bit)


def _loop() -> Iterator[bytes]:
    """Yield the file of a heart beating in colour, 200 frames of 1280 × 960."""
    frames = [fan(ROWS, COLUMNS, beat / 8) for beat in range(8)]
    first = _first_of_loop(frames[0])
    head = io.BytesIO(dicom_bytes(first, ExplicitVRLittleEndian)).getvalue()[: -frames[0].nbytes]
    yield head[:-4] + (FRAMES * frames[0].nbytes).to_bytes(4, "little")
    for number in range(FRAMES):
        yield frames[number % len(frames)].tobytes()
