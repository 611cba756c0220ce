"""No text of a file ever becomes markup or code, in the page and in what it saves; in each of the three engines."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from e2e.browser import dist_directory
from e2e.engines import ENGINES, EngineMissingError, Tab, wait_for_state
from e2e.server import Server, serve, serve_folder, serve_stranger
from tests.hostile import hostile_zip, payloads

HERE = Path(__file__).parent
CHANNELS = (HERE / "channels.js").read_text("utf-8")
WATCH = (HERE / "watch.js").read_text("utf-8")
WALK = (HERE / "walk.js").read_text("utf-8")
NAME = "<img data-hostile src=x onerror=window.broken=1>.zip"
PANELS = {"findings", "values", "private", "elements", "pictures", "files", "problems", "document", "tree", "picture"}
DIALOGS = {"lock-dialog", "watch-dialog", "keys-dialog", "profile-menu", "report-menu"}


@pytest.fixture(scope="module")
def site() -> Iterator[Server]:
    with serve(dist_directory()) as server:
        yield server


@pytest.fixture(scope="module")
def stranger() -> Iterator[Server]:
    with serve_stranger() as server:
        yield server


@pytest.fixture(scope="module")
def hostile(stranger: Server, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("hostile") / NAME
    path.write_bytes(hostile_zip(f"{stranger.origin}/leak/"))
    return path


@pytest.fixture(scope="module", params=ENGINES)
def tab(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Tab]:
    try:
        with ENGINES[request.param](browser) as tab:
            yield tab
    except EngineMissingError as missing:
        pytest.skip(f"NOT TESTED in {missing}, which is not installed")


@pytest.fixture(scope="module")
def reviewed(tab: Tab, site: Server, hostile: Path) -> Tab:
    """The page with the hostile zip on it, watched from before it was chosen."""
    tab.open(site.origin + "/")
    wait_for_state(tab, "ready")
    tab.evaluate(WATCH)
    tab.choose(hostile)
    wait_for_state(tab, "done")
    return tab


@pytest.fixture(scope="module")
def reports(reviewed: Tab) -> dict[str, str]:
    """What the page saves, values and all."""
    text = "format => window.inspector.reportText({ format, values: true })"
    return {format: reviewed.evaluate(text, format) for format in ("html", "csv", "json", "text")}


def seen_by(tab: Tab) -> dict[str, Any]:
    seen: dict[str, Any] = tab.evaluate(
        "() => ({ ...window.seen, broken: [window.broken ?? 0, ({}).broken ?? 0], title: document.title })"
    )
    return seen


HARMLESS = {"made": [], "addresses": [], "refused": [], "broken": [0, 0]}


def test_watch_sees_what_texts_would_make(tab: Tab, stranger: Server) -> None:
    """Without this, the tests below could pass because nobody looked."""
    tab.open(stranger.origin + "/")
    tab.evaluate(WATCH)
    tab.evaluate(
        """texts => {
            const range = document.createRange();
            for (const text of texts) document.body.append(range.createContextualFragment(text));
        }""",
        [text for text in payloads(f"{stranger.origin}/leak/") if not re.search("refresh|location", text)],
    )
    seen = tab.evaluate("async () => { await new Promise((later) => setTimeout(later, 500)); return window.seen; }")
    assert len(seen["made"]) > 5
    assert seen["addresses"]
    assert tab.evaluate("() => window.broken") == 1
    assert any("leak" in request.path for request in stranger.requests)


def test_no_text_becomes_markup_or_code_in_the_page(reviewed: Tab, site: Server, stranger: Server) -> None:
    texts = payloads(f"{stranger.origin}/leak/")
    before = len(site.requests), len(stranger.requests)
    walked = reviewed.evaluate(WALK, {"texts": texts, "typed": list(texts[:4])})
    seen = seen_by(reviewed)
    seen.pop("title")
    assert seen == HARMLESS
    assert (len(site.requests), len(stranger.requests)) == before
    assert set(walked["visited"]) >= PANELS | DIALOGS
    assert [text for text in texts if text not in walked["onScreen"]] == []  # what was never there was never tried
    assert reviewed.evaluate("() => document.documentElement.dataset.state") == "done"


def test_no_text_becomes_markup_or_code_beside_another_zip(reviewed: Tab, hostile: Path) -> None:
    """The tab that compares, once two zips are there."""
    reviewed.choose(hostile, into="after-file")
    rows = reviewed.evaluate("""async () => {
        const panel = document.getElementById('before-after');
        for (let i = 0; i < 600 && !panel.querySelector('tbody tr'); i++)
            await new Promise((later) => setTimeout(later, 100));
        for (const row of [...panel.querySelectorAll('tr, button, summary')].slice(0, 30)) {
            row.click();
            await new Promise((later) => setTimeout(later, 20));
        }
        return panel.querySelectorAll('tbody tr').length;
    }""")
    seen = seen_by(reviewed)
    seen.pop("title")
    assert rows
    assert seen == HARMLESS


@pytest.mark.parametrize("policy", ["with its policy", "without"])
def test_no_text_becomes_markup_or_code_in_the_report(
    reports: dict[str, str], tab: Tab, stranger: Server, tmp_path: Path, policy: str
) -> None:
    """Without its policy too: what holds then is the escaping alone."""
    text = reports["html"]
    assert text.count("Content-Security-Policy") == 1
    if policy == "without":
        text = re.sub(r"<meta http-equiv=\"Content-Security-Policy\"[^>]*>", "", text)
    (tmp_path / "index.html").write_text(text, "utf-8")
    before = len(stranger.requests)
    with serve_folder(tmp_path) as folder:
        tab.open(f"{folder.origin}/index.html")
        tab.evaluate(WATCH)
        tab.evaluate("() => new Promise((later) => setTimeout(later, 500))")
        seen = seen_by(tab)
        asked = {request.path for request in folder.requests} - {"/favicon.ico"}
    assert seen == {**HARMLESS, "title": f"Review of {NAME}"}
    assert asked == {"/index.html"}
    assert len(stranger.requests) == before
    shown = tab.evaluate("() => document.body.textContent")
    assert [text for text in payloads(f"{stranger.origin}/leak/")[:3] if text not in shown] == []


def test_no_channel_of_the_report_gets_out(reports: dict[str, str], tab: Tab, stranger: Server, tmp_path: Path) -> None:
    """A saved report has no lock and needs none: its own policy refuses what anybody would make it do."""
    (tmp_path / "index.html").write_text(reports["html"], "utf-8")
    before = len(stranger.requests)
    with serve_folder(tmp_path) as folder:
        tab.open(f"{folder.origin}/index.html")
        tab.evaluate(CHANNELS, {"base": stranger.origin, "secret": "Sample-Anna"})
        tab.evaluate(CHANNELS, {"base": folder.origin, "secret": "Sample-Anna"})
        assert [request for request in folder.requests if "leak" in request.path] == []
    assert stranger.requests[before:] == []


def test_no_cell_is_computed_by_a_spreadsheet(reports: dict[str, str]) -> None:
    cells = [cell for row in csv.reader(io.StringIO(reports["csv"], newline="")) for cell in row]
    assert any("HYPERLINK" in cell for cell in cells)
    assert [cell for cell in cells if re.match(r"[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]", cell)] == []


def test_no_control_character_reaches_a_terminal(reports: dict[str, str]) -> None:
    assert re.findall(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", reports["text"]) == []
