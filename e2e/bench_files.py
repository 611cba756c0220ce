"""How smoothly the files view scrolls over many entries: `python -m e2e.bench_files [--entries 100000]`; a table.

The archive is a real zip of so many tiny entries: one in twenty is DICOM, of fifty series, three are texts, and the
rest folders, since it is the view that is measured and not the reading. Frames are those of the browser while the view
scrolls by a line, by half a view and by many views at each frame.
"""

from __future__ import annotations

import argparse
import os
import platform
import zipfile
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from e2e.browser import Inspector, dist_directory, launch
from e2e.server import serve
from tests.builders import ZIP_DATE, data_set, dicom_bytes, uid

ROOT = Path(__file__).parents[1]
SERIES = 50
KINDS = 20
TIMEOUT_MS = 1_800_000
SCROLL = """async ([selector, step, frames]) => {
    const element = document.querySelector(selector);
    element.scrollTop = 0;
    const next = () => new Promise(requestAnimationFrame);
    for (let warm = 0; warm < 10; warm++) await next();
    const times = [];
    let before = performance.now();
    for (let frame = 0; frame < frames; frame++) {
        element.scrollTop += step;
        const now = await next();
        times.push(performance.now() - before);
        before = performance.now();
    }
    times.sort((one, other) => one - other);
    const at = share => times[Math.min(times.length - 1, Math.floor(times.length * share))];
    return { median: at(0.5), p95: at(0.95), worst: at(1), reached: element.scrollTop };
}"""
FILTER = """async ([find, choice]) => {
    const began = performance.now();
    if (find !== null) {
        const box = document.querySelector('#files .filter');
        box.value = find;
        box.dispatchEvent(new Event('input'));
    } else {
        const box = document.querySelector('#files [aria-label="Sort by"]');
        box.value = choice;
        box.dispatchEvent(new Event('change'));
    }
    return performance.now() - began;
}"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m e2e.bench_files", description=__doc__)
    parser.add_argument("--entries", type=int, default=100_000)
    entries = parser.parse_args().entries
    path = ROOT / ".cache" / "bench" / f"files-{entries}.zip"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_zip(path, entries)
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; {entries:,} entries", flush=True
    )
    print("\n| | |\n|---|---:|")
    with sync_playwright() as playwright, launch(playwright) as browser, serve(dist_directory()) as site:
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        inspector = Inspector(page, site).open_ready()
        inspector.choose(path)
        inspector.wait_for("done", timeout_ms=TIMEOUT_MS)
        page.get_by_role("tab", name="Files").click()
        page.locator(".row.entry[data-index]").first.wait_for()
        for words, arguments in (
            ("list sorted by name", [None, "name"]),
            ("list sorted by series", [None, "series"]),
            ("first letter of a filter", ["7", None]),
            ("next letter of a filter", ["77", None]),
            ("filter taken away", ["", None]),
        ):
            print(f"| {words} | {page.evaluate(FILTER, arguments):.0f} ms |", flush=True)
        print_scrolling(page, "list", "#files .list[role=grid]", 26)
        page.get_by_role("button", name="Mosaic").click()
        print_scrolling(page, "mosaic", "#files .mosaic", 16)


def print_scrolling(page: Any, view: str, selector: str, line_px: int) -> None:
    """Print what frames take while a view scrolls."""
    for words, step in (("by a line", line_px), ("by half a view", 150), ("by ten views", 3000)):
        found = page.evaluate(SCROLL, [selector, step, 240])
        times = f"{found['median']:.1f}, {found['p95']:.1f}, {found['worst']:.1f} ms"
        print(f"| {view} {words} at each frame: median, 95 %, longest | {times} |", flush=True)


def write_zip(path: Path, entries: int) -> None:
    """Write a zip of so many entries."""
    instances = [
        dicom_bytes(data_set(Modality="OT", SOPInstanceUID=uid(number, 0), SeriesInstanceUID=uid(number)))
        for number in range(SERIES)
    ]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(entries):
            kind, place = number % KINDS, number // KINDS
            if kind == 0:
                name, data = f"images/{place % SERIES:02}/{place:06}.dcm", instances[place % SERIES]
            elif kind < KINDS // 5:
                name, data = f"notes/{number // 1000:03}/{number:06}.txt", b"checked"
            else:
                name, data = f"folders/{number // 1000:03}/{number:06}/", b""
            archive.writestr(zipfile.ZipInfo(name, ZIP_DATE), data)


if __name__ == "__main__":
    main()
