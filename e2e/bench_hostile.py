"""What a file takes that was made to take long: `python -m e2e.bench_hostile [--page] [--only NAME]`.

What it prints stands in docs/reliability.md.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from playwright.sync_api import sync_playwright

from e2e.bench_extremes import review_in_page
from e2e.bench_native import review_seconds
from e2e.browser import dist_directory
from e2e.server import serve
from tests.builders import zip_bytes
from tests.extremes import distinct_elements, empty_entries, much_text, tar_of_zeros, unlike_elements, zips_of_zips

FILES: Mapping[str, Callable[[], bytes]] = {
    "distinct.zip": lambda: zip_bytes({"1.dcm": distinct_elements(200_000)}),
    "unlike.zip": lambda: zip_bytes({"1.dcm": unlike_elements(200_000)}),
    "text.zip": lambda: zip_bytes({"1.dcm": much_text(40)}),
    "empty.zip": lambda: empty_entries([b"%05d" % number for number in range(70_000)]),
    "one-name.zip": lambda: empty_entries([b"name"] * 70_000),
    "nested.zip": lambda: zips_of_zips(16, 5),
    "zeros.tar.gz": lambda: tar_of_zeros(10),
}


def main() -> None:
    """Measure one after the other, and print a line for each."""
    parser = argparse.ArgumentParser(prog="python -m e2e.bench_hostile", description=__doc__)
    parser.add_argument("--page", action="store_true", help="in Chromium, instead of by the command line")
    parser.add_argument("--only", choices=tuple(FILES), action="append")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for name in chosen.only or FILES:
            path = Path(folder) / name
            path.write_bytes(FILES[name]())
            if chosen.page:
                with sync_playwright() as playwright, serve(dist_directory()) as site:
                    seconds, peak_mb = review_in_page(playwright, site, path)
            else:
                taken = review_seconds(path)
                seconds, peak_mb = taken.processor_s, taken.peak_mb
            print(f"{name}: {seconds:,.1f} s, {peak_mb:,.0f} MB", flush=True)
            path.unlink()


if __name__ == "__main__":
    main()
