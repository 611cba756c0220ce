"""The same journey in Chromium, Gecko and WebKit: the lock holds, the sample is reviewed, drawn and reported."""

from __future__ import annotations

import socket
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


def test_no_hint_calls_a_host(tab: Tab) -> None:
    """No policy covers them, and Gecko and WebKit would follow them."""
    hint = """async (address) => {
        const head = document.querySelector('link[rel=stylesheet]');
        const made = [() => document.createElement('link'), () => head.cloneNode()];
        for (const make of made) {
            try { document.head.append(Object.assign(make(), { rel: 'preconnect', href: address })); } catch {}
        }
        await new Promise((later) => setTimeout(later, 1000));
    }"""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        tab.evaluate(hint, f"http://127.0.0.1:{listener.getsockname()[1]}/")
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_links_that_a_script_clicks_lead_nowhere(tab: Tab, stranger: Server) -> None:
    before = len(stranger.requests)
    tab.evaluate(
        """async (address) => {
            for (const target of ['_self', '_blank']) {
                const link = Object.assign(document.createElement('a'), { href: address, target });
                document.body.append(link);
                link.click();
                link.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true }));
                link.remove();
            }
            await new Promise((later) => setTimeout(later, 500));
        }""",
        f"{stranger.origin}/leak/link/Sample-Anna",
    )
    assert len(stranger.requests) == before
    wait_for_state(tab, "done")


GONE = (
    "localStorage",
    "indexedDB",
    "caches",
    "opener",
    "BroadcastChannel",
    "Notification",
    "RTCPeerConnection",
    "open",
)


def test_what_no_policy_covers_is_gone(tab: Tab) -> None:
    assert tab.evaluate("(names) => names.filter((name) => globalThis[name] !== undefined)", list(GONE)) == []
    assert tab.evaluate("() => { document.cookie = 'secret=1'; return navigator.serviceWorker ?? null; }") is None
