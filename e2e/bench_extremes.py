"""How far it goes: a million entries in 100 GB, a header of 200 MB, frames of 4 GB.

`python -m e2e.bench_extremes [--page]`. Pixels are holes in the zip, so that it takes little room and no time to write.
What is found is kept in `benchmarks/latest.json` at once, and stands in docs/performance.md.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from struct import Struct

from playwright.sync_api import Playwright, sync_playwright
from pydicom.uid import EncapsulatedPDFStorage, MultiFrameGrayscaleWordSecondaryCaptureImageStorage

from e2e.bench import memory_mb, renderer_of
from e2e.bench_native import review_seconds, write_sparse
from e2e.browser import ARGUMENTS, Inspector, chromium_path, dist_directory
from e2e.server import Server, serve
from e2e.transfer import Shape
from tests.builders import ZIP_DATE, data_set, dicom_bytes, uid

ROOT = Path(__file__).parents[1]
RESULT = ROOT / "benchmarks" / "latest.json"
PAGE_TIMEOUT_MS = 60 * 60_000
LONG_TEXT_BYTES = 200_000_000
FRAMES = 500


@dataclass(frozen=True, slots=True)
class Extreme:
    """What one review took."""

    zip: str
    entries: int
    bytes: int
    where: str
    """`command line` or `page`."""
    seconds: float
    """Processor time on the command line, elapsed in the page."""
    peak_mb: float
    """Of the process; of the page's process, what it was before the choice is in it."""


def main() -> None:
    """Measure one after the other, keep each result at once, and print a table."""
    parser = argparse.ArgumentParser(prog="python -m e2e.bench_extremes", description=__doc__)
    parser.add_argument("--page", action="store_true", help="in Chromium, too")
    parser.add_argument("--only", choices=tuple(ZIPS), action="append")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for name in chosen.only or ZIPS:
            path = Path(folder) / "extreme.zip"
            entries = ZIPS[name](path)
            for row in measure(name, path, entries, in_page=chosen.page):
                keep(row)
                size = f"{row.entries:,} entries, {row.bytes / 1e9:,.1f} GB"
                print(f"{row.zip} ({size}), {row.where}: {row.seconds:,.1f} s, {row.peak_mb:,.0f} MB", flush=True)
            path.unlink()


def measure(name: str, path: Path, entries: int, *, in_page: bool) -> Iterator[Extreme]:
    """Yield what the review of a zip takes by the command line, and in the page."""
    size = path.stat().st_size
    taken = review_seconds(path)
    yield Extreme(name, entries, size, "command line", taken.processor_s, taken.peak_mb)
    if in_page:
        with sync_playwright() as playwright, serve(dist_directory()) as site:
            yield Extreme(name, entries, size, "page", *review_in_page(playwright, site, path))


def review_in_page(playwright: Playwright, site: Server, path: Path) -> tuple[float, float]:
    """Return seconds from the choice to `done`, and the largest memory of the page's process in megabytes."""
    with tempfile.TemporaryDirectory() as profile:
        context = playwright.chromium.launch_persistent_context(
            profile, executable_path=chromium_path(), args=list(ARGUMENTS)
        )
        try:
            inspector = Inspector(context.new_page(), site).open_ready()
            began = time.monotonic()
            inspector.choose(path)
            inspector.wait_for("done", timeout_ms=PAGE_TIMEOUT_MS)
            return time.monotonic() - began, memory_mb(renderer_of(profile), "VmHWM")
        finally:
            context.close()


def keep(row: Extreme) -> None:
    """Put a result among those that are published, in place of an older one of the same."""
    result = json.loads(RESULT.read_text())
    others = [one for one in result.get("extremes", []) if (one["zip"], one["where"]) != (row.zip, row.where)]
    result["extremes"] = [*others, asdict(row)]
    RESULT.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n")


def write_of(shape: Shape) -> Callable[[Path], int]:
    """Return what writes a zip of that shape and says how many entries it has."""

    def write(path: Path) -> int:
        write_sparse(shape, path)
        return shape.dicom + shape.other

    return write


def write_long_header(path: Path) -> int:
    """Write one object with a text of 200 MB."""
    head = dicom_bytes(
        data_set(SOPClassUID=EncapsulatedPDFStorage, SOPInstanceUID=uid("text"), PatientName="Keller^Anna")
    )
    sentences = b"No sign of consolidation. " * 10_000
    pieces = LONG_TEXT_BYTES // len(sentences)
    element = Struct("<HH2sHL").pack(0x0040, 0xA160, b"UT", 0, pieces * len(sentences))
    with zipfile.ZipFile(path, "w") as archive, archive.open(zipfile.ZipInfo("text.dcm", ZIP_DATE), "w") as file:
        file.write(head + element)
        for _ in range(pieces):
            file.write(sentences)
    return 1


def write_frames(path: Path) -> int:
    """Write one multi-frame object of 4.2 GB."""
    rows = columns = 2048
    dataset = data_set(
        SOPClassUID=MultiFrameGrayscaleWordSecondaryCaptureImageStorage,
        SOPInstanceUID=uid("frames"),
        StudyInstanceUID=uid("frames study"),
        SeriesInstanceUID=uid("frames series"),
        Modality="OT",
        NumberOfFrames=FRAMES,
        Rows=rows,
        Columns=columns,
        SamplesPerPixel=1,
        PhotometricInterpretation="MONOCHROME2",
        BitsAllocated=16,
        BitsStored=16,
        HighBit=15,
        PixelRepresentation=0,
    )
    hole = FRAMES * rows * columns * 2
    head = dicom_bytes(dataset) + Struct("<HH2sHL").pack(0x7FE0, 0x0010, b"OW", 0, hole)
    info = zipfile.ZipInfo("frames.dcm", ZIP_DATE)
    info.CRC, info.header_offset = zlib.crc32(head), 0
    for _ in range(FRAMES):
        info.CRC = zlib.crc32(bytes(rows * columns * 2), info.CRC)
    info.compress_size = info.file_size = len(head) + hole
    with path.open("wb") as file, zipfile.ZipFile(file, "w") as archive:
        local = info.FileHeader(zip64=False)
        file.write(local + head)
        archive.filelist.append(info)
        archive.NameToInfo[info.filename] = info
        archive.start_dir = len(local) + info.file_size
        archive._didModify = True  # so that closing writes the directory
    return 1


ZIPS = {
    "100,000 entries": write_of(Shape(dicom=19_073, other=80_926, unreadable=0, series=37, patients=5)),
    "1,000,000 entries": write_of(Shape(dicom=190_735, other=809_265, unreadable=0, series=370, patients=50)),
    "a text of 200 MB": write_long_header,
    "frames of 4.2 GB": write_frames,
}


if __name__ == "__main__":
    main()
