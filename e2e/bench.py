"""How fast the page is, beside how fast it could be: `python -m e2e.bench [--runs 5] [--scale 1.0]`.

Each run is a fresh Chromium profile: a cold and a warm start, the read floor, the review of a zip like a real transfer,
and the first picture. Times are taken inside the page. The *read floor* is a bare worker that fetches the byte ranges
which the core plans for the same zip, neighbours merged and many at once, and throws them away. The page itself reads
fewer and larger slices, with what lies between the ranges (`web/ranges.js`): the bare worker does so, too.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page, Playwright, sync_playwright

from e2e.bench_native import measure_native, measure_scale
from e2e.bench_pictures import PICTURE_ROWS, PictureRun, make_pictures, measure_pictures
from e2e.browser import ARGUMENTS, Inspector, chromium_path, dist_directory
from e2e.server import Server, serve, serve_stranger
from e2e.transfer import Shape, cached_transfer
from pycore.archive import FileSource, open_archive

ROOT = Path(__file__).parents[1]
RESULT = ROOT / "benchmarks" / "latest.json"
README = ROOT / "README.md"
BEGIN, END = "<!-- bench:begin -->", "<!-- bench:end -->"
REVIEW_TIMEOUT_S = 600
GAP_BYTES, SLICE_BYTES = 512 << 10, 8 << 20
"""As in `web/ranges.js`."""

# Notes when the page reached each state, and when a file was chosen, in milliseconds since the navigation began.
WATCH = """
window.reached = {};
new MutationObserver(() => {
  const { state } = document.documentElement.dataset;
  window.reached[state] ??= performance.now();
  if (document.querySelector('#preview li')) window.reached.found ??= performance.now();
}).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['data-state'] });
document.addEventListener('change', () => { window.reached = { chosen: performance.now() }; }, true);
window.waits = [];
document.addEventListener('keydown', (event) => window.waits.push(performance.now() - event.timeStamp), true);
"""

FLOOR_PAGE = """
ranges => {
  const reader = async ({ data: { file, ranges } }) => {
    const started = performance.now();
    let next = 0, bytes = 0;
    const lane = async () => {
      while (next < ranges.length) {
        const [offset, length] = ranges[next++];
        const { byteLength } = await file.slice(offset, offset + length).arrayBuffer();
        bytes += byteLength;
      }
    };
    await Promise.all(Array.from({ length: 16 }, lane));
    self.postMessage({ milliseconds: performance.now() - started, bytes });
  };
  const worker = new Worker(URL.createObjectURL(new Blob([`self.onmessage = ${reader}`])));
  return new Promise((resolve) => {
    worker.onmessage = ({ data }) => { worker.terminate(); resolve(data); };
    worker.postMessage({ file: document.querySelector('input').files[0], ranges });
  });
}
"""


@dataclass(frozen=True, slots=True)
class Run:
    """What one run measured."""

    cold_start_s: float
    warm_start_s: float
    floor_s: float
    large_floor_s: float
    """The same, in slices as large as those of the page."""
    review_s: float
    first_findings_s: float
    """From the choice of the file to findings of its first entries on the screen."""
    first_image_s: float
    longest_wait_ms: float
    """What a key that was pressed while the review went on waited at most until the page heard of it."""
    renderer_start_mb: float
    """Resident memory of the page's process before the file was chosen."""
    renderer_peak_mb: float
    """Its largest resident memory from then to the end of the review (VmHWM), Chromium itself included."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    title: str
    field: str
    unit: str
    digits: int


ROWS = (
    Row("cold start to ready", "cold_start_s", "s", 2),
    Row("warm start to ready", "warm_start_s", "s", 2),
    Row("read floor", "floor_s", "s", 2),
    Row("the same in large slices, with what lies between", "large_floor_s", "s", 2),
    Row("whole review", "review_s", "s", 2),
    Row("first findings on the screen", "first_findings_s", "s", 2),
    Row("review ÷ read floor", "review_to_floor", "×", 1),
    Row("review ÷ the same in large slices", "review_to_large_floor", "×", 1),
    Row("entries per second", "entries_per_s", "", 0),
    Row("first picture after the click", "first_image_s", "s", 2),
    Row("longest wait of a key pressed during the review", "longest_wait_ms", "ms", 0),
    Row("memory of the page's process, ready", "renderer_start_mb", "MB", 0),
    Row("memory of the page's process, peak", "renderer_peak_mb", "MB", 0),
)


def main() -> None:
    """Measure, print the table, and write it to where it is published."""
    parser = argparse.ArgumentParser(prog="python -m e2e.bench", description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--scale", type=float, default=1.0, help="of the zip; only 1 is published")
    parser.add_argument("--no-native", action="store_true", help="leave out the command line and its yardsticks")
    parser.add_argument("--pictures", action="store_true", help="measure pictures anew, and keep the other figures")
    chosen = parser.parse_args()
    if chosen.pictures:
        measure_pictures_only(chosen.runs)
        return

    shape = Shape().scaled(chosen.scale) if chosen.scale != 1 else Shape()
    path = cached_transfer(shape, ROOT / ".cache" / "bench")
    ranges = planned_ranges(path)
    result: dict[str, Any] = {
        "machine": machine(),
        "zip": asdict(shape) | {"entries": shape.entries, "bytes": path.stat().st_size},
        "read": {"ranges": len(ranges), "bytes": sum(length for _, length in ranges)},
        "runs": [],
        "pictures": [],
    }
    if RESULT.exists():
        result["extremes"] = json.loads(RESULT.read_text()).get("extremes", [])  # they are measured by themselves

    def keep() -> None:
        """Publish what there is by now: whoever stops the bench keeps it."""
        if chosen.scale == 1:
            publish(result)

    with sync_playwright() as playwright, serve(dist_directory()) as site, serve_stranger() as bare:
        runs: list[Run] = []
        for number in range(chosen.runs):
            run, version = measure(playwright, site, bare, path, ranges, shape)
            result["machine"]["browser"] = f"Chromium {version}"
            runs.append(run)
            result |= {"medians": medians(runs, shape.entries), "runs": [asdict(run) for run in runs]}
            keep()
            print(
                f"run {number + 1} of {chosen.runs}: review {run.review_s:.2f} s, floor {run.floor_s:.2f} s", flush=True
            )
        for _ in range(chosen.runs):
            result["pictures"].append(asdict(measure_picture_run(playwright, site)))
            keep()
    if not chosen.no_native:
        result["native"] = measure_native(path, chosen.runs)
        keep()
        result["scale"] = measure_scale(shape, path.parent, chosen.runs, review_in_page)
        keep()
    print(f"\n{table(result)}")


def measure_pictures_only(count: int) -> None:
    """Put new figures of pictures into the result that is published."""
    result = json.loads(RESULT.read_text())
    with sync_playwright() as playwright, serve(dist_directory()) as site:
        result["pictures"] = [asdict(measure_picture_run(playwright, site)) for _ in range(count)]
    print(f"\n{table(result)}")
    publish(result)


def planned_ranges(path: Path) -> list[tuple[int, int]]:
    """Return offset and length of what the core fetches to review this zip: the heads as planned, and the directory."""
    source = FileSource(path)
    try:
        archive = open_archive([source])
        planned = archive.plan(range(len(archive.entries)))
        ranges = [(part.offset, part.length) for batch in planned for part in batch.ranges]
    finally:
        source.close()
    last = max(offset + length for offset, length in ranges)
    return [*ranges, (last, source.size - last)]


def in_large_slices(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the ranges as `web/ranges.js` joins them on fast storage."""
    joined: list[tuple[int, int]] = []
    for offset, length in sorted(ranges):
        start, end = joined[-1] if joined else (0, -GAP_BYTES - 1)
        if offset - end <= GAP_BYTES and offset + length - start <= SLICE_BYTES:
            joined[-1] = start, max(end, offset + length)
        else:
            joined.append((offset, offset + length))
    return [(start, end - start) for start, end in joined]


def measure(
    playwright: Playwright, site: Server, bare: Server, path: Path, ranges: list[tuple[int, int]], shape: Shape
) -> tuple[Run, str]:
    """Do one run in a fresh profile; return it and the browser's version."""
    with tempfile.TemporaryDirectory() as profile:
        context = playwright.chromium.launch_persistent_context(
            profile, executable_path=chromium_path(), args=list(ARGUMENTS), viewport={"width": 1280, "height": 720}
        )
        try:
            version = context.browser.version if context.browser else ""
            floor_s = measure_floor(context.new_page(), bare, path, ranges)
            large_floor_s = measure_floor(context.new_page(), bare, path, in_large_slices(ranges))
            cold_start_s = measure_start(context, site)
            page = context.new_page()
            page.add_init_script(WATCH)
            inspector = Inspector(page, site).open_ready()
            warm_start_s = page.evaluate("window.reached.ready") / 1000
            page.wait_for_timeout(3000)  # the other workers boot; a user who looks for a file takes longer
            process = renderer_of(profile)
            forget_peak(process)  # the floor was measured in the same process
            start_mb = memory_mb(process, "VmRSS")
            review_s, first_findings_s, longest_wait_ms = measure_review(inspector, path)
            peak_mb = memory_mb(process, "VmHWM")
            check_counts(inspector, shape)  # by the whole report, which the driver makes a gigabyte of in the page
            first_image_s = measure_first_image(inspector)
            return Run(
                cold_start_s,
                warm_start_s,
                floor_s,
                large_floor_s,
                review_s,
                first_findings_s,
                first_image_s,
                longest_wait_ms,
                start_mb,
                peak_mb,
            ), version
        finally:
            context.close()


def review_in_page(path: Path) -> dict[str, float]:
    """Return what one review in the page takes, in a fresh profile."""
    with sync_playwright() as playwright, serve(dist_directory()) as site, tempfile.TemporaryDirectory() as profile:
        context = playwright.chromium.launch_persistent_context(
            profile, executable_path=chromium_path(), args=list(ARGUMENTS), viewport={"width": 1280, "height": 720}
        )
        try:
            page = context.new_page()
            page.add_init_script(WATCH)
            inspector = Inspector(page, site).open_ready()
            review_s, _, longest_wait_ms = measure_review(inspector, path)
            peak_mb = memory_mb(renderer_of(profile), "VmHWM")
            return {"page_review_s": review_s, "page_longest_wait_ms": longest_wait_ms, "page_peak_mb": peak_mb}
        finally:
            context.close()


def measure_picture_run(playwright: Playwright, site: Server) -> PictureRun:
    """Measure pictures once, in a fresh profile."""
    path = make_pictures(ROOT / ".cache" / "bench")
    with tempfile.TemporaryDirectory() as profile:
        context = playwright.chromium.launch_persistent_context(
            profile, executable_path=chromium_path(), args=list(ARGUMENTS), viewport={"width": 1280, "height": 720}
        )

        def memory(field: str) -> float:
            return memory_mb(renderer_of(profile), field)

        try:
            return measure_pictures(context, site, path, memory, lambda: forget_peak(renderer_of(profile)))
        finally:
            context.close()


def measure_floor(page: Page, bare: Server, path: Path, ranges: list[tuple[int, int]]) -> float:
    """Return seconds to fetch the ranges in a bare worker; the page is closed afterwards."""
    page.goto(bare.origin + "/")
    page.evaluate("document.body.innerHTML = '<input type=file>'")
    page.set_input_files("input", str(path))
    expected = sum(length for _, length in ranges)
    page.evaluate(FLOOR_PAGE, ranges)  # once before, so that floor and review both find the file in the system's cache
    answer = page.evaluate(FLOOR_PAGE, ranges)
    page.close()
    if answer["bytes"] != expected:
        raise AssertionError(f"the floor read {answer['bytes']} of {expected} bytes")
    return answer["milliseconds"] / 1000


def measure_start(context: BrowserContext, site: Server) -> float:
    """Return seconds from navigation to `ready` with an empty cache; the page is closed afterwards."""
    page = context.new_page()
    page.add_init_script(WATCH)
    Inspector(page, site).open_ready()
    seconds = page.evaluate("window.reached.ready") / 1000
    page.close()
    return seconds


def measure_review(inspector: Inspector, path: Path) -> tuple[float, float, float]:
    """Return what a review takes.

    Seconds from the choice of the file to `done` and to the first findings, and the longest that a key waited, in
    milliseconds.
    """
    page = inspector.page
    inspector.choose(path)
    deadline = time.monotonic() + REVIEW_TIMEOUT_S
    while inspector.state not in ("done", "error") and time.monotonic() < deadline:
        page.keyboard.press("Shift")
        page.wait_for_timeout(50)
    inspector.wait_for("done")
    reached, waits = page.evaluate("[window.reached, window.waits]")
    done, first = reached["done"], reached.get("found", reached["done"])
    return (done - reached["chosen"]) / 1000, (first - reached["chosen"]) / 1000, max(waits)


def check_counts(inspector: Inspector, shape: Shape) -> None:
    """Make sure that all was read."""
    archive = inspector.report()["archive"]
    found = archive["entries"], archive["dicom"], archive["unreadable"]
    if found != (shape.entries, shape.dicom, shape.unreadable):
        raise AssertionError(f"entries, DICOM and unreadable are {found}, not those of {shape}")


def measure_first_image(inspector: Inspector) -> float:
    """Return seconds from asking for a picture to its pixels on the canvas."""
    return (
        inspector.page.evaluate(
            """async () => {
                const started = performance.now();
                await window.inspector.show({ entry: 'DICOM/PAT001/SE002/IM00002', frame: 0 });
                return performance.now() - started;
            }"""
        )
        / 1000
    )


def renderer_of(profile: str) -> int:
    """Return the process that draws the page: the largest of this profile's renderers."""
    parents: dict[int, int] = {}
    commands: dict[int, str] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            stat = (entry / "stat").read_text()
            commands[int(entry.name)] = (entry / "cmdline").read_text().replace("\0", " ")
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended meanwhile
        parents[int(entry.name)] = int(stat.rpartition(")")[2].split()[1])
    browsers = {process for process, command in commands.items() if f"--user-data-dir={profile}" in command}

    def belongs(process: int) -> bool:
        while process in parents:
            if process in browsers:
                return True
            process = parents[process]
        return False

    renderers = [p for p, command in commands.items() if "--type=renderer" in command and belongs(p)]
    if not renderers:
        raise AssertionError("no renderer process of this profile was found")
    return max(renderers, key=lambda process: memory_mb(process, "VmRSS"))


def memory_mb(process: int, field: str) -> float:
    """Return a field of /proc/PID/status in megabytes of 10⁶ bytes."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise AssertionError(f"/proc/{process}/status has no {field}")


def forget_peak(process: int) -> None:
    """Have the largest resident memory of a process begin again (proc(5))."""
    Path(f"/proc/{process}/clear_refs").write_text("5")


def medians(runs: Sequence[Run], entries: int) -> dict[str, float]:
    """Return the median of every field, and what follows from them."""
    found = {field: statistics.median(getattr(run, field) for run in runs) for field in Run.__slots__}
    found["review_to_floor"] = statistics.median(run.review_s / run.floor_s for run in runs)
    found["review_to_large_floor"] = statistics.median(run.review_s / run.large_floor_s for run in runs)
    found["entries_per_s"] = entries / found["review_s"]
    return {field: round(value, 4) for field, value in found.items()}


def machine() -> dict[str, Any]:
    """Return what the numbers were measured on."""
    model = platform.processor() or platform.machine()
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {"processor": model, "cores": os.cpu_count(), "memory_gb": round(memory / 1e9)}


def table(result: dict[str, Any]) -> str:
    """Return the result as a Markdown table with its circumstances."""
    shape, machine_facts, medians_found = result["zip"], result["machine"], result["medians"]
    runs, picture_runs = len(result["runs"]), len(result.get("pictures", ()))
    of_pictures = f", of pictures {_say_runs(picture_runs)}" if picture_runs not in (0, runs) else ""
    lines = [
        f"{shape['dicom']:,} DICOM of {shape['entries']:,} entries in {shape['series']} series, "
        f"{shape['bytes'] / 1e9:.2f} GB; {machine_facts['cores']} cores ({machine_facts['processor']}), "
        f"{machine_facts['browser']}; {_say_runs(runs)}{of_pictures}.",
        "",
        "| | |",
        "|---|---:|",
    ]
    for row in ROWS:
        if row.field not in medians_found:
            continue  # measured since the other figures were taken
        lines.append(f"| {row.title} | {medians_found[row.field]:,.{row.digits}f} {row.unit}".rstrip() + " |")
    for title, field, unit in PICTURE_ROWS if result.get("pictures") else ():
        median = statistics.median(run[field] for run in result["pictures"])
        lines.append(f"| {title} | {median:,.0f} {unit}".rstrip() + " |")
    return "\n".join([*lines, *native_rows(result)])


def native_rows(result: dict[str, Any]) -> list[str]:
    """Return the lines about the command line; none where it was not measured."""
    if "native" not in result:
        return []
    native = result["native"]
    rows = [
        ("command line: headers per second of processor time, all rules", f"{native['review_headers_per_s']:,}"),
        ("the same rules on what plain pydicom reads", f"{native['pydicom_headers_per_s']:,}"),
        ("ours ÷ plain pydicom", f"{native['review_headers_per_s'] / native['pydicom_headers_per_s']:.0f} ×"),
        ("dcmdump, reading and printing alone", f"{native['dcmdump_headers_per_s']:,}"),
        ("the whole review with `--jobs 2`, elapsed", f"{native['jobs_2_s']:.1f} s"),
        ("`--jobs 1` ÷ `--jobs 2`, elapsed", f"{native['jobs_1_s'] / native['jobs_2_s']:.1f} ×"),
    ]
    if "scale" in result:
        small, large = result["scale"]
        entries = f"{large['entries']:,} entries ÷ {small['entries']:,}"
        rows += [
            (f"command line: processor time, {entries}", _say_ratio(large, small, "review_cpu_s", "s")),
            (f"command line: memory, {entries}", _say_ratio(large, small, "peak_mb", "MB")),
            (f"in the page (one run): whole review, {entries}", _say_ratio(large, small, "page_review_s", "s")),
            (f"the same: memory of the page's process, {entries}", _say_ratio(large, small, "page_peak_mb", "MB")),
            (
                f"the same: longest wait of a key, {entries}",
                _say_ratio(large, small, "page_longest_wait_ms", "ms"),
            ),
        ]
    return [f"| {title} | {value} |" for title, value in rows]


def _say_ratio(large: dict[str, float], small: dict[str, float], field: str, unit: str) -> str:
    return f"{large[field]:,.0f} ÷ {small[field]:,.0f} {unit} = {large[field] / small[field]:.1f} ×"


def _say_runs(count: int) -> str:
    return "one run" if count == 1 else f"medians of {count} runs"


def publish(result: dict[str, Any]) -> None:
    """Write the result to benchmarks/latest.json and its table between the markers of the README."""
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n")
    text = README.read_text()
    start, end = text.index(BEGIN) + len(BEGIN), text.index(END)
    README.write_text(f"{text[:start]}\n{table(result)}\n{text[end:]}")


if __name__ == "__main__":
    main()
