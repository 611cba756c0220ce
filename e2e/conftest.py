"""A fresh page per test in one browser, and the rule that nothing is complained about on the console."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, sync_playwright

from e2e.browser import Inspector, dist_directory, launch
from e2e.server import Server, serve, serve_stranger
from tests.builders import zip_bytes
from tests.sample import sample_entries

REFUSALS = ("Content Security Policy", "TrustedHTML", "TrustedScript", "TrustedScriptURL")
"""Words of the messages by which Chromium reports what the lock refused, and nothing else."""


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


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    page = context.new_page()
    complaints: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error" and not any(word in message.text for word in REFUSALS):
            complaints.append(f"{message.text} ({message.location.get('url')})")

    page.on("console", hear)
    page.on("pageerror", lambda error: complaints.append(f"uncaught: {error}"))
    page.on("crash", lambda _: complaints.append("the page crashed"))
    yield page
    assert complaints == []


@pytest.fixture
def inspector(page: Page, site: Server) -> Inspector:
    """The page, ready to take files."""
    return Inspector(page, site).open_ready()


@pytest.fixture(scope="module")
def reviewed(browser: Browser, site: Server, sample: Path) -> Iterator[Inspector]:
    """The page with the sample on it, shared by tests that only look."""
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    inspector = Inspector(context.new_page(), site).open_ready()
    inspector.review(sample)
    yield inspector
    context.close()
