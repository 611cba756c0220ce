"""Journey: the review on a telephone, a tablet, a wall of pixels, and enlarged; nothing is cut off or out of reach."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from e2e.browser import Inspector
from e2e.conftest import fresh_page
from e2e.server import Server

PHONE: ViewportSize = {"width": 390, "height": 844}
TABLET: ViewportSize = {"width": 820, "height": 1180}
SIZES: dict[str, ViewportSize] = {
    "a laptop": {"width": 1280, "height": 720},
    "a laptop at 200 %": {"width": 640, "height": 360},
    "a laptop at 400 %": {"width": 320, "height": 256},  # WCAG 2.2, 1.4.10
    "a tablet on its side": {"width": 1180, "height": 820},
    "4K": {"width": 3840, "height": 2160},
}
# Text that a reader has spaced out (WCAG 2.2, 1.4.12); a sheet that is made so is not forbidden by the page's policy.
SPACED = """() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: 0.12em !important;
        word-spacing: 0.16em !important; }`);
    document.adoptedStyleSheets = [sheet];
}"""
# What lies beside the window, controls whose words are cut off, targets too small to hit (WCAG 2.2, 2.5.8), lists
# that show no rows.
CHECK = """spaced => {
    const found = [];
    const width = document.documentElement.clientWidth;
    const say = element => `${element.localName}#${element.id}.${element.className} ${element.textContent.slice(0, 9)}`;
    const shown = element => element.checkVisibility({ visibilityProperty: true }) && element.getClientRects().length;
    if (document.documentElement.scrollWidth > width) found.push(`the page is wider than the window: ${width}`);
    for (const element of [...document.querySelectorAll('body *')].filter(shown)) {
        const { left, right, width: own } = element.getBoundingClientRect();
        const scrolls = element.closest('.list, .stage, .tried, pre, .document, [role=separator]');
        if (own && !scrolls && (right > width + 1 || left < -1)) found.push(`outside of the window: ${say(element)}`);
    }
    for (const element of [...document.querySelectorAll('button, summary, .switch')].filter(shown)) {
        const { scrollWidth, clientWidth } = element;
        if (scrollWidth > clientWidth + 1) found.push(`cut off: ${say(element)}`);
    }
    const targets = 'button, input, select, textarea, summary, [role=tab], [role=treeitem], [role=row]:not(.head)';
    for (const element of [...document.querySelectorAll(targets)].filter(shown)) {
        if (element.disabled) continue;
        const { width: own, height } = (element.closest('label') ?? element).getBoundingClientRect();
        if (own < 24 || height < 24) found.push(`small target, ${own} x ${height}: ${say(element)}`);
    }
    for (const list of [...document.querySelectorAll('.list')].filter(shown)) {
        const head = list.querySelector('.head')?.offsetHeight ?? 0;
        if (list.clientHeight - head < 60) found.push(`no room for rows: ${list.ariaLabel} ${list.clientHeight}`);
    }
    return [...new Set(found)];
}"""


TABS = "[...document.querySelectorAll('[role=tab]')].map(tab => tab.getAttribute('aria-controls'))"


def faults(page: Page) -> dict[str, list[str]]:
    """Return what is wrong, by tab."""
    found = {}
    for tab in page.evaluate(TABS):
        button = page.locator(f"#tab-{tab}")
        if button.is_visible():
            button.click()
        else:
            page.locator("#tabs-more").click()
            expect(page.locator("#tabs-more")).to_have_attribute("aria-expanded", "true")
            found[f"{tab}, in the menu"] = page.evaluate(CHECK)
            name = button.evaluate("tab => tab.firstChild.textContent")
            page.locator("#tabs-menu").get_by_role("menuitem", name=name).click()
        expect(page.locator(f"#{tab}")).to_be_visible()
        found[tab] = page.evaluate(CHECK)
    return {where: here for where, here in found.items() if here}


@pytest.mark.parametrize("size", SIZES)
def test_nothing_is_cut_off_or_out_of_reach(reviewed: Inspector, size: str) -> None:
    reviewed.page.set_viewport_size(SIZES[size])
    assert faults(reviewed.page) == {}


@pytest.mark.parametrize("size", ["a laptop", "a laptop at 200 %"])
def test_spaced_out_text_costs_nothing(reviewed: Inspector, size: str) -> None:
    page = reviewed.page
    page.set_viewport_size(SIZES[size])
    page.evaluate(SPACED)
    found = faults(page)
    page.evaluate("document.adoptedStyleSheets = []")
    assert found == {}


@pytest.fixture(scope="module", params=[PHONE, TABLET], ids=["telephone", "tablet"])
def touched(request: pytest.FixtureRequest, browser: Browser, site: Server, sample: Path) -> Iterator[Inspector]:
    with fresh_page(browser, viewport=request.param, has_touch=True, is_mobile=True, device_scale_factor=2) as page:
        inspector = Inspector(page, site).open_ready()
        assert page.evaluate(CHECK) == []
        inspector.choose(sample)
        inspector.wait_for("done")
        yield inspector


def test_fingers_reach_everything(touched: Inspector) -> None:
    assert faults(touched.page) == {}


def test_a_finding_is_followed_to_its_element_and_marked_by_finger(touched: Inspector) -> None:
    page = touched.page
    page.locator("#tab-findings").tap()
    findings = page.locator("#findings")
    findings.get_by_role("row").filter(has_text="Patient's Address").first.tap()
    findings.get_by_role("button", name="Show the element").tap()
    expect(page.locator("#elements .row.current")).to_contain_text("(0010,1040)")
    page.locator("#tab-values").tap()
    values = page.locator("#values")
    values.get_by_role("searchbox").fill("(0010,1040)")
    expect(values.locator(".tally")).to_have_text("1")
    values.get_by_role("row").nth(1).tap()
    values.get_by_role("button", name="Must go").tap()
    expect(values.get_by_role("row").nth(1)).to_contain_text("Must go")
    values.get_by_role("button", name="Undo").tap()
    expect(values.get_by_role("row").nth(1)).not_to_contain_text("Must go")


def test_the_grip_between_the_panes_is_large_enough_for_a_finger(reviewed: Inspector) -> None:
    page = reviewed.page
    page.set_viewport_size(SIZES["a laptop"])
    for splitter in page.get_by_role("separator").all():
        box = splitter.bounding_box()
        assert box is not None
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        corners = [[x + dx, y + dy] for dx in (-11, 11) for dy in (-11, 11)]
        hit = page.evaluate("corners => corners.map(([x, y]) => document.elementFromPoint(x, y).id)", corners)
        assert hit == [splitter.get_attribute("id")] * 4
