"""Pages of their own in one browser, and the rule that nothing is complained about on the console."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, sync_playwright

from e2e.browser import Inspector, dist_directory, launch
from e2e.server import Server, serve, serve_stranger
from tests.builders import zip_bytes
from tests.sample import sample_entries

REFUSALS = ("Content Security Policy", "TrustedHTML", "TrustedScript", "TrustedScriptURL", "frame is sandboxed")
"""Words of the messages by which Chromium reports what the lock refused, and nothing else.

The last is of the frames that the lock tries: the driver's own scripts want to run in every frame there is.
"""


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    with launch(playwright) as running:
        yield running


@pytest.fixture(scope="session")
def site() -> Iterator[Server]:
    with serve(dist_directory()) as server:
        yield server


@pytest.fixture(scope="session")
def stranger() -> Iterator[Server]:
    with serve_stranger() as server:
        yield server


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sample") / "sample.zip"
    path.write_bytes(zip_bytes(sample_entries()))
    return path


@contextmanager
def fresh_page(browser: Browser, **device: Any) -> Iterator[Page]:
    """Open a page in a context of its own; once it is closed, nothing may have been complained about.

    `device` is what Playwright's `new_context` takes: a window's size, a colour scheme, whether there are fingers.
    """
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 720}, "accept_downloads": True, **device})
    page = context.new_page()
    complaints: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error" and not any(word in message.text for word in REFUSALS):
            complaints.append(f"{message.text} ({message.location.get('url')})")

    page.on("console", hear)
    page.on("pageerror", lambda error: complaints.append(f"uncaught: {error}"))
    page.on("crash", lambda _: complaints.append("the page crashed"))
    yield page
    context.close()
    assert complaints == []


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with fresh_page(browser) as page:
        yield page


@pytest.fixture
def inspector(page: Page, site: Server) -> Inspector:
    """A fresh page, ready to take files."""
    return Inspector(page, site).open_ready()


@pytest.fixture(scope="module")
def shared(browser: Browser, site: Server) -> Iterator[Inspector]:
    """One page that the tests of a module give one file after another, as a reviewer does."""
    with fresh_page(browser) as page:
        yield Inspector(page, site).open_ready()


@pytest.fixture(scope="module")
def reviewed(browser: Browser, site: Server, sample: Path) -> Iterator[Inspector]:
    """One page with the sample on it, for tests that only look."""
    with fresh_page(browser) as page:
        inspector = Inspector(page, site).open_ready()
        inspector.review(sample)
        yield inspector
