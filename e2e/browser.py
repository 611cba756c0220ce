"""The system's Chromium, and the page in it as a test sees it: states, the file input, `window.inspector`."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, FilePayload, Page, Playwright

from e2e.server import Server

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = (
    "--no-sandbox",  # root in a container has none
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
)
BOOT_TIMEOUT_MS = 60_000
REVIEW_TIMEOUT_MS = 60_000


def dist_directory() -> Path:
    """Return where the built site is: `INSPECTOR_DIST`, else `dist`."""
    return Path(os.environ.get("INSPECTOR_DIST", "dist")).resolve()


def chromium_path() -> str:
    """Return the browser to drive: `INSPECTOR_CHROMIUM`, else the first of the usual names on the path."""
    named = os.environ.get("INSPECTOR_CHROMIUM")
    path = named or next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if path is None:
        raise FileNotFoundError(f"no Chromium found: install one, or name it in INSPECTOR_CHROMIUM ({CHROMIUM_NAMES})")
    return path


@contextmanager
def launch(playwright: Playwright, *more_arguments: str) -> Iterator[Browser]:
    """Start Chromium without a window, for as long as the context lasts."""
    browser = playwright.chromium.launch(executable_path=chromium_path(), args=[*ARGUMENTS, *more_arguments])
    try:
        yield browser
    finally:
        browser.close()


@dataclass(frozen=True, slots=True)
class Inspector:
    """The product's page, driven through the contract for automation."""

    page: Page
    site: Server

    def open(self) -> Inspector:
        """Load the page; it need not be ready."""
        self.page.goto(self.site.origin + "/", wait_until="commit")
        self.page.wait_for_selector("#file", state="attached")
        return self

    def open_ready(self) -> Inspector:
        """Load the page and wait until it takes files."""
        self.open()
        self.wait_for("ready")
        return self

    @property
    def state(self) -> str:
        return self.page.evaluate("document.documentElement.dataset.state ?? ''")

    @property
    def error(self) -> str:
        return self.page.evaluate("document.documentElement.dataset.error ?? ''")

    def wait_for(self, *states: str, timeout_ms: float = BOOT_TIMEOUT_MS) -> str:
        """Wait until the page is in one of the states; return which. `error` ends the wait too, unless looked for."""
        self.page.wait_for_function(
            "states => states.includes(document.documentElement.dataset.state)",
            arg=[*states, "error"],
            timeout=timeout_ms,
        )
        state = self.state
        if state not in states:
            raise AssertionError(f"waited for {states}, but: {self.error or state}")
        return state

    def choose(self, *files: FilePayload | Path) -> None:
        """Put the files into the file input, as a click on it would."""
        if files and isinstance(files[0], Path):
            self.page.set_input_files("#file", [str(file) for file in files])
        else:
            self.page.set_input_files("#file", list(files))  # type: ignore[arg-type]

    def review(self, *files: FilePayload | Path, timeout_ms: float = REVIEW_TIMEOUT_MS) -> dict[str, Any]:
        """Choose the files, wait for the review, and return its report with values."""
        self.choose(*files)
        self.wait_for("done", timeout_ms=timeout_ms)
        return self.report()

    def report(self, *, values: bool = True) -> dict[str, Any]:
        """Return the report of the review on screen."""
        return self.page.evaluate("values => window.inspector.report({ values })", values)

    def stored_values(self, entry: int | str, frame: int = 0) -> tuple[Sequence[int], str, list[float]]:
        """Return shape, dtype and stored values of a frame; raises playwright's Error where the page rejects."""
        shape, dtype, data = self.page.evaluate(
            """async request => {
                const { shape, dtype, data } = await window.inspector.values(request);
                return [Array.from(shape), dtype, JSON.stringify(Array.from(data))];
            }""",
            {"entry": entry, "frame": frame},
        )
        return shape, dtype, json.loads(data)

    def show(self, entry: int | str, frame: int = 0) -> tuple[int, int]:
        """Draw a frame and return the columns and rows of the canvas; raises where the page rejects."""
        self.page.evaluate("request => window.inspector.show(request)", {"entry": entry, "frame": frame})
        columns, rows = self.page.eval_on_selector("canvas#image", "canvas => [canvas.width, canvas.height]")
        return columns, rows


def payload(name: str, data: bytes) -> FilePayload:
    """Return a chosen file that exists only in memory (at most 50 MB)."""
    return {"name": name, "mimeType": "application/octet-stream", "buffer": data}
