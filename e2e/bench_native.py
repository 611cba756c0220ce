"""How fast the command line is, beside plain pydicom and dcmdump, and what ten times the files cost.

Everything runs in processes of their own, one after the other, on one core. Times are processor time: it does not
depend on what else the machine does. The zips of the scale are sparse: their entries are stored, and the pixels of an
image are a hole, so that a hundred gigabytes take no room and no time to write.
"""

from __future__ import annotations

import io
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pydicom
from pydicom.dataelem import DataElement

from e2e.transfer import Shape, _series_header
from pycore.elements import Element, to_text
from pycore.findings import Flag, Where
from pycore.judgement import check_value
from pycore.phi.options import Options
from pycore.phi.value import Value
from tests.builders import ZIP_DATE, dicom_bytes

ROOT = Path(__file__).parents[1]
SAMPLE = 100
"""How many instances pydicom and dcmdump read: each takes as long as the other."""
PIXEL_BYTES = 512 * 512 * 2


def measure_native(path: Path, runs: int) -> dict[str, float]:
    """Return headers per second of processor time: of the whole review, of pydicom with our rules, of dcmdump."""
    with zipfile.ZipFile(path) as archive:
        names = [info.filename for info in archive.infolist() if "/IM" in info.filename]
        headers = [archive.read(name)[:-PIXEL_BYTES] for name in names[:: max(1, len(names) // SAMPLE)][:SAMPLE]]
    measured = {jobs: [review_seconds(path, jobs) for _ in range(runs)] for jobs in (1, 2)}
    elements = [sum(1 for _ in pydicom.dcmread(io.BytesIO(header)).iterall()) for header in headers]
    return {
        "elements_per_header": round(statistics.mean(elements)),
        "review_headers_per_s": round(len(names) / statistics.median(one.processor_s for one in measured[1])),
        "pydicom_headers_per_s": round(len(headers) / in_own_process("pydicom", headers, runs)),
        "dcmdump_headers_per_s": round(len(headers) / in_own_process("dcmdump", headers, runs))
        if shutil.which("dcmdump")
        else 0,
        **{f"jobs_{jobs}_s": statistics.median(one.elapsed_s for one in runs) for jobs, runs in measured.items()},
    }


class Taken(NamedTuple):
    """What a command took."""

    processor_s: float
    elapsed_s: float
    peak_mb: float
    """Of the process; of its children, only those that it waited for."""


def review_seconds(path: Path, jobs: int = 1) -> Taken:
    """Return what a review by the command line takes."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pycore", "review", str(path), "--output", f"{folder}/report.json"]
        return run([*command, "--jobs", str(jobs)])


def in_own_process(kind: str, headers: list[bytes], runs: int) -> float:
    """Return processor time that a reader takes for headers that lie in files; the median of some runs."""
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for number, header in enumerate(headers):
            paths.append(f"{folder}/{number:04}.dcm")
            Path(paths[-1]).write_bytes(header)
            os.truncate(paths[-1], len(header) + PIXEL_BYTES)
        if kind == "dcmdump":
            return statistics.median(run(["dcmdump", *paths]).processor_s for _ in range(runs))
        command = [sys.executable, "-m", "e2e.bench_native"]
        return statistics.median(run([*command, *paths]).processor_s - run(command).processor_s for _ in range(runs))


_RUNNER = """
import os, subprocess, sys, time
began = time.monotonic()
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
_, status, usage = os.wait4(process.pid, 0)
took = usage.ru_utime + usage.ru_stime, time.monotonic() - began, usage.ru_maxrss * 1024 / 1e6
print(os.waitstatus_to_exitcode(status), *took)
"""
"""Starts a command from a small process: the largest memory of one counts that of the process it was copied of."""


def run(command: list[str]) -> Taken:
    """Run a command whose exit status is that of a review."""
    runner = [sys.executable, "-c", _RUNNER, *command]
    status, *took = subprocess.run(runner, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    if int(status) not in (0, 1, 2):
        raise AssertionError(f"{' '.join(command[:5])} ended with {status}")
    return Taken(*map(float, took))


def review_plainly(path: str) -> list[tuple[Flag, ...]]:
    """Read one file by pydicom and judge every element by itself: what the review would be without this project."""
    dataset = pydicom.dcmread(path, stop_before_pixels=True)
    return [
        check_value(_to_value(element), Options())
        for part in (dataset.file_meta, dataset)
        for element in part.iterall()
    ]


def _to_value(element: DataElement) -> Value:
    tag = int(element.tag)
    path = f"({tag >> 16:04X},{tag & 0xFFFF:04X})"
    if element.VR == "SQ":
        return Value(Where.ELEMENT, path, tag, "SQ", None, None, 0, len(element.value))
    raw = element.value if isinstance(element.value, bytes) else str(element.value).encode()
    made = Element(path, tag, "UT", len(raw), 0, raw, None, ("utf-8",), True, 0)
    creator = getattr(element, "private_creator", None)
    return Value(Where.ELEMENT, path, tag, element.VR, creator, to_text(made), len(raw), 0)


def measure_scale(
    shape: Shape, directory: Path, runs: int, in_page: Callable[[Path], dict[str, float]]
) -> list[dict[str, float]]:
    """Return what reviews of sparse zips take, the second zip with ten times the entries of the first.

    Parameters
    ----------
    in_page : callable
        Measures a review in the page, and names what it found.
    """
    found = []
    for factor in (1, 10):
        scaled = shape.scaled(factor)
        path = directory / f"sparse-{scaled.entries}.zip"
        if not path.exists():
            directory.mkdir(parents=True, exist_ok=True)
            write_sparse(scaled, path)
        taken = [review_seconds(path) for _ in range(runs)]
        found.append(
            {
                "entries": scaled.entries,
                "bytes": path.stat().st_size,
                "review_cpu_s": statistics.median(one.processor_s for one in taken),
                "peak_mb": statistics.median(one.peak_mb for one in taken),
                **in_page(path),
            }
        )
        path.unlink()
    return found


def write_sparse(shape: Shape, path: Path) -> None:
    """Write a zip of stored entries in which pixels are holes; more than 4 GB make it a ZIP64 one."""
    headers = []
    for series in range(shape.series):
        dataset = _series_header(series, series * shape.patients // shape.series)
        dataset.PixelData = bytes(PIXEL_BYTES)
        headers.append(dicom_bytes(dataset)[:-PIXEL_BYTES])
    with path.open("wb") as file, zipfile.ZipFile(file, "w") as archive:
        at = 0
        for number in range(shape.dicom + shape.other):
            is_image = number % 2 == 0 and number // 2 < shape.dicom
            series, place = number // 2 % shape.series, number // 2 // shape.series
            data = (
                headers[series].replace(b"777771", f"{100000 + place:06}".encode()[:6])
                if is_image
                else f"note {number}\n".encode()
            )
            size = len(data) + (PIXEL_BYTES if is_image else 0)
            info = zipfile.ZipInfo(f"{'IM' if is_image else 'VIEWER'}/{series:03}/{number:07}", ZIP_DATE)
            info.create_system, info.header_offset = 3, at
            info.CRC = zlib.crc32(bytes(PIXEL_BYTES), zlib.crc32(data)) if is_image else zlib.crc32(data)
            info.compress_size = info.file_size = size
            file.seek(at)
            head = info.FileHeader(zip64=False)
            file.write(head + data)
            at += len(head) + size
            archive.filelist.append(info)
            archive.NameToInfo[info.filename] = info
        archive.start_dir = at
        archive._didModify = True  # so that closing writes the directory


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        review_plainly(argument)
