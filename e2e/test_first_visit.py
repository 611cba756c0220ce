"""Journey: someone opens the page for the first time."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

import build
from e2e.browser import Inspector, dist_directory, payload
from e2e.server import Server, serve
from tests.builders import zip_bytes


def test_page_becomes_ready_and_says_what_it_is_for(inspector: Inspector) -> None:
    assert inspector.state == "ready"
    expect(inspector.page).to_have_title(re.compile("DICOM Zip Inspector"))
    expect(inspector.page.get_by_text("who is in it", exact=False).first).to_be_visible()
    expect(inspector.page.get_by_role("button", name="Choose files")).to_be_visible()
    expect(inspector.page.get_by_role("button", name="Try the sample")).to_be_visible()


def test_page_says_that_the_network_is_locked_and_what_was_tried(inspector: Inspector) -> None:
    badge = inspector.page.get_by_role("button", name=re.compile("network locked", re.IGNORECASE))
    badge.click()
    explanation = inspector.page.get_by_role("dialog")
    expect(explanation).to_contain_text("refuse")
    for tried in ("fetch", "XMLHttpRequest", "WebSocket", "EventSource", "sendBeacon", "image", "form", "import()"):
        expect(explanation).to_contain_text(tried)
    for place in ("page", "worker", "Python"):
        expect(explanation.get_by_role("cell", name=place, exact=True).first).to_be_visible()
    expect(explanation).not_to_contain_text("not refused")


def test_page_asks_no_other_host(page: Page, site: Server) -> None:
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    Inspector(page, site).open_ready()
    assert hosts <= {urlsplit(site.origin).netloc, ""}  # blob: and data: have no host


def test_page_asks_for_nothing_that_is_missing(page: Page, site: Server) -> None:
    missing: list[str] = []
    page.on("response", lambda response: missing.append(response.url) if response.status >= 400 else None)
    Inspector(page, site).open_ready()
    assert missing == []


def test_sample_is_one_click_away(inspector: Inspector) -> None:
    inspector.page.get_by_role("button", name="Try the sample").click()
    inspector.wait_for("done")
    assert inspector.report()["archive"]["dicom"] >= 60


def test_every_worker_starts_from_the_memory_that_the_build_kept(inspector: Inspector) -> None:
    boot = inspector.page.evaluate("window.inspector.boot()")
    assert boot["snapshot"] is True
    assert boot["numpy"] is None


def test_python_starts_without_its_snapshot_where_that_is_of_another_build(page: Page, tmp_path: Path) -> None:
    dist = tmp_path / "dist"
    shutil.copytree(dist_directory(), dist)
    head = bytearray((dist / "runtime" / "snapshot-head").read_bytes())
    head[16] ^= 1  # of Pyodide's build
    replace_asset(dist, "snapshot-head", bytes(head))
    with serve(dist) as site:
        inspector = Inspector(page, site).open_ready()
        assert inspector.page.evaluate("window.inspector.boot()")["snapshot"] is False
        inspector.page.get_by_role("button", name="Try the sample").click()
        inspector.wait_for("done")
        assert inspector.report()["archive"]["dicom"] >= 60
        expect(inspector.page.locator("canvas#image")).to_be_visible(timeout=20_000)


@pytest.mark.parametrize("pattern", ["snapshot.gz", "numpy-*.whl", "pydicom-*.whl"])
def test_page_takes_no_file_where_one_of_its_own_was_changed(page: Page, tmp_path: Path, pattern: str) -> None:
    """Python starts before the last files are there: these, too, must be what was published."""
    dist = tmp_path / "dist"
    shutil.copytree(dist_directory(), dist)
    [changed] = (dist / "runtime").glob(pattern)
    content = bytearray(changed.read_bytes())
    content[-5] ^= 1
    changed.write_bytes(content)
    with serve(dist) as site:
        inspector = Inspector(page, site).open()
        inspector.choose(payload("early.zip", zip_bytes({})))
        inspector.wait_for("error")
        assert f"{changed.name} is not the published file" in inspector.error
        assert page.workers == []


def replace_asset(dist: Path, name: str, content: bytes) -> None:
    """Publish other bytes under that name, as if the build had made them."""
    assets = json.loads((dist / "assets.json").read_text())
    [listed] = [file for file in assets["files"] if file["url"].endswith(f"/{name}")]
    (dist / listed["url"]).write_bytes(content)
    listed |= build.entry(dist / listed["url"], dist)
    (dist / "assets.json").write_text(json.dumps(assets))
