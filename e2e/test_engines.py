"""The same journey in Chromium, Gecko and WebKit: the lock holds, the sample is reviewed, drawn and reported."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from e2e.browser import dist_directory
from e2e.engines import ENGINES, EngineMissingError, Tab, wait_for_state
from e2e.server import Server, serve, serve_stranger

CHANNELS = (Path(__file__).parent / "channels.js").read_text()


@pytest.fixture(scope="module")
def site() -> Iterator[Server]:
    with serve(dist_directory()) as server:
        yield server


@pytest.fixture(scope="module")
def stranger() -> Iterator[Server]:
    with serve_stranger() as server:
        yield server


@pytest.fixture(scope="module", params=ENGINES)
def tab(request: pytest.FixtureRequest, browser: Browser, site: Server) -> Iterator[Tab]:
    """A tab of each engine, with the page ready."""
    try:
        with ENGINES[request.param](browser) as tab:
            tab.open(site.origin + "/")
            wait_for_state(tab, "ready")
            yield tab
    except EngineMissingError as missing:
        pytest.skip(f"NOT TESTED in {missing}, which is not installed")


def review(tab: Tab, file: Path) -> dict[str, Any]:
    """Return the report of a file."""
    tab.evaluate("() => { document.documentElement.dataset.state = 'chosen'; }")  # a second review ends as `done` too
    tab.choose(file)
    wait_for_state(tab, "done")
    report: dict[str, Any] = tab.evaluate("() => window.inspector.report({ values: true })")
    return report


def test_everything_is_refused_from_page_worker_and_python(tab: Tab) -> None:
    attempts = tab.evaluate("() => window.inspector.probe()")
    assert {attempt["from"] for attempt in attempts} == {"page", "worker", "python"}
    assert [attempt for attempt in attempts if not attempt["refused"]] == []


def test_sample_is_reviewed_drawn_and_reported(tab: Tab) -> None:
    report = review(tab, dist_directory() / "sample.zip")
    assert report["verdict"] == "identified"
    assert report["patients"]
    tab.evaluate("() => window.inspector.show({ entry: 1 })")
    shades = tab.evaluate("""() => {
        const canvas = document.querySelector('canvas#image');
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        return new Set(data).size;
    }""")
    assert shades > 10
    page = tab.evaluate("() => window.inspector.reportText({ format: 'html', values: true })")
    assert page.lower().startswith("<!doctype html>")
    assert len(tab.screenshot()) > 10_000


@pytest.mark.parametrize("where", ["stranger", "site"])
def test_no_channel_gets_out(tab: Tab, site: Server, stranger: Server, where: str) -> None:
    before = len(site.requests), len(stranger.requests)
    base = {"stranger": stranger, "site": site}[where].origin
    outcomes = tab.evaluate(CHANNELS, {"base": base, "secret": "Sample-Anna"})
    assert (len(site.requests), len(stranger.requests)) == before
    assert not [channel for channel, outcome in outcomes.items() if outcome in {"answered", "loaded", "opened"}]
