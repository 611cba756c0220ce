"""Accessibility: axe finds nothing by WCAG 2.2 AA, with and without data, in tabs, dialogs, menus, light and dark."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from e2e.browser import Inspector
from e2e.server import Server

AXE = Path(__file__).parents[1] / "web" / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
TABS = ("Findings", "Values", "Private", "Elements", "Pictures", "Files", "Problems", "Document")
# Evaluated by the debugger, which the page's policy does not forbid; a script element would be refused.
CHECK = """async tags => {
    const { violations } = await axe.run(document, { runOnly: tags, resultTypes: ['violations'] });
    return violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) =>
        `${id}: ${target.join(' ')}: ${failureSummary.replace(/\\s+/g, ' ')}`));
}"""


def violations(page: Page) -> list[str]:
    found: list[str] = page.evaluate(CHECK, TAGS)
    return found


@pytest.fixture(scope="module", params=["light", "dark"])
def accessible(request: pytest.FixtureRequest, browser: Browser, site: Server) -> Iterator[Inspector]:
    scheme: Literal["light", "dark"] = request.param
    context = browser.new_context(viewport={"width": 1280, "height": 720}, color_scheme=scheme)
    inspector = Inspector(context.new_page(), site).open_ready()
    inspector.page.evaluate(AXE.read_text("utf-8"))
    yield inspector
    context.close()


def test_axe_finds_nothing(accessible: Inspector, sample: Path) -> None:
    page = accessible.page
    found = {"first screen": violations(page)}
    page.get_by_role("button", name="Keys").click()
    found["keys"] = violations(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Keys")).to_be_focused()
    page.locator("#about-button").click()
    found["about"] = violations(page)
    page.keyboard.press("Escape")
    page.locator("#lock-badge").click()
    found["lock"] = violations(page)
    page.keyboard.press("Escape")
    accessible.choose(sample)
    accessible.wait_for("done")
    for number, name in enumerate(TABS, 1):
        page.locator("#findings" if number == 1 else "body").press(str(number))
        expect(page.get_by_role("tabpanel", name=name)).to_be_visible()
        page.wait_for_timeout(300)
        found[name] = violations(page)
    page.get_by_role("tab", name="Files").click()
    page.get_by_role("button", name="Mosaic").click()
    found["mosaic"] = violations(page)
    page.locator("#watch-button").click()
    found["watch list"] = violations(page)
    page.keyboard.press("Escape")
    for menu in ("#profile-button", "#report-button"):
        page.locator(menu).click()
        found[menu] = violations(page)
        page.keyboard.press("Escape")
    page.set_viewport_size({"width": 390, "height": 844})
    found["phone"] = violations(page)
    assert [f"{where}: {what}" for where, here in found.items() for what in here] == []


def test_axe_would_find_a_button_without_a_name(accessible: Inspector) -> None:
    accessible.page.evaluate("document.body.append(document.createElement('button'))")
    assert any("button-name" in one for one in violations(accessible.page))
