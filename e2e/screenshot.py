"""The README's picture, taken from the real page: `python -m e2e.screenshot [OUTPUT]`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from e2e.browser import Inspector, dist_directory, launch
from e2e.server import serve
from tests.builders import zip_bytes
from tests.sample import sample_entries

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Review the sample, choose the finding of the patients' names, and take the picture."""
    output = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "screenshot.png"
    with (
        tempfile.TemporaryDirectory() as folder,
        sync_playwright() as playwright,
        launch(playwright, "--force-color-profile=srgb", "--font-render-hinting=none") as browser,
        serve(dist_directory()) as site,
    ):
        sample = Path(folder) / "sample.zip"
        sample.write_bytes(zip_bytes(sample_entries()))
        page = browser.new_page(viewport={"width": 1280, "height": 720}, color_scheme="light")
        inspector = Inspector(page, site).open_ready()
        inspector.review(sample)
        name = page.get_by_role("row").filter(has_text="(0010,0010)").first
        name.click()
        page.locator("#findings .detail").get_by_text("Rule").wait_for()
        page.wait_for_function("() => document.querySelector('canvas#image').width === 256")
        page.screenshot(path=output)


if __name__ == "__main__":
    main()
