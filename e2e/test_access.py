"""Accessibility: axe finds nothing by WCAG 2.2 AA, with and without data, in tabs, dialogs, menus, light, dark and with
the system's few colours; a screen reader is told what happens once, and by name what everything is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from e2e.browser import Inspector, payload
from e2e.conftest import fresh_page
from e2e.server import Server

AXE = Path(__file__).parents[1] / "web" / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# By the name of a tab, what is there once its content has come.
TABS = {
    "Findings": ".row.finding",
    "Values": ".row.distinct-value",
    "Private": ".row.creator",
    "Elements": ".row.data-element",
    "Pictures": ".tile canvas",
    "Files": ".row.entry",
    "Problems": ".row.problem",
    "Document": "h2",
    "Before/after": ".compare-table",
}
DEVICES = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "few colours": {"forced_colors": "active"},
}
# Evaluated by the debugger, which the page's policy does not forbid; a script element would be refused.
CHECK = """async tags => {
    const { violations } = await axe.run(document, { runOnly: tags, resultTypes: ['violations'] });
    return violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) =>
        `${id}: ${target.join(' ')}: ${failureSummary.replace(/\\s+/g, ' ')}`));
}"""
# Keeps all that a screen reader is told of its own accord.
LISTEN = """() => {
    window.heard = [];
    const isLive = '[role=status], [role=alert], [aria-live=polite], [aria-live=assertive]';
    new MutationObserver(changes => {
        for (const region of new Set(changes.map(({ target }) => target.parentElement?.closest(isLive)
                ?? target.closest?.(isLive)))) {
            const words = region?.textContent.trim();
            if (words && region.checkVisibility() && window.heard.at(-1) !== words) window.heard.push(words);
        }
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
}"""


def violations(page: Page) -> list[str]:
    found: list[str] = page.evaluate(CHECK, TAGS)
    return found


@pytest.fixture(scope="module", params=DEVICES)
def accessible(request: pytest.FixtureRequest, browser: Browser, site: Server) -> Iterator[Inspector]:
    with fresh_page(browser, **DEVICES[request.param]) as page:
        inspector = Inspector(page, site).open_ready()
        page.evaluate(AXE.read_text("utf-8"))
        yield inspector


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
    accessible.choose(payload("letter.txt", b"no zip at all"))
    page.wait_for_selector("html[data-state=error]")
    found["error"] = violations(page)
    accessible.choose(sample)
    accessible.wait_for("done")
    page.set_input_files("#after-file", sample)
    expect(page.locator("#before-after .verdict")).to_be_visible()
    for number, (name, content) in enumerate(TABS.items(), 1):
        page.locator("#findings" if number == 1 else "body").press(str(number))
        panel = page.get_by_role("tabpanel", name=name)
        expect(panel.locator(content).first).to_be_visible(timeout=20_000)
        found[name] = violations(page)
    page.get_by_role("tab", name="Files").click()
    page.get_by_role("button", name="Mosaic").click()
    found["mosaic"] = violations(page)
    page.locator("#watch-button").click()
    found["watch list"] = violations(page)
    page.keyboard.press("Escape")
    for menu in ("#profile-button", "#report-button", "#tabs-more"):
        page.locator(menu).click()
        found[menu] = violations(page)
        page.keyboard.press("Escape")
    page.locator("body").press("4")
    page.locator("#elements .list").press("Home")
    page.locator("#elements .list").press("Enter")
    expect(page.locator("#value-dialog")).to_be_visible()
    found["value"] = violations(page)
    page.keyboard.press("Escape")
    page.set_viewport_size({"width": 390, "height": 844})
    found["phone"] = violations(page)
    assert [f"{where}: {what}" for where, here in found.items() for what in here] == []


def test_axe_would_find_a_button_without_a_name(accessible: Inspector) -> None:
    accessible.page.evaluate("document.body.append(document.createElement('button'))")
    assert any("button-name" in one for one in violations(accessible.page))


def test_a_screen_reader_hears_the_steps_and_the_verdict_once(inspector: Inspector, sample: Path) -> None:
    page = inspector.page
    page.evaluate(LISTEN)
    inspector.choose(sample)
    inspector.wait_for("done")
    expect(page.locator("#announcer")).to_contain_text("Identified: ")
    verdict = page.locator("#announcer").inner_text()
    heard: list[str] = page.evaluate("heard.splice(0)")
    assert heard.count(verdict) == 1
    assert sum("sample.zip" in words for words in heard) <= 5  # opening, reading with two milestones, judging
    page.locator("#findings .list").focus()
    for _ in range(6):
        page.keyboard.press("j")
    assert page.evaluate("heard") == []  # the row itself is read out, as what has the focus
    page.locator("#findings input[type=search]").fill("Address")
    expect(page.locator("#findings .tally")).to_contain_text(" of ")
    assert page.evaluate("heard") == [page.locator("#findings .tally").inner_text()]


def test_everything_that_can_be_operated_has_a_name_of_its_own(reviewed: Inspector) -> None:
    page = reviewed.page
    unnamed = page.evaluate(
        """() => [...document.querySelectorAll('button, input, select, textarea, [role=separator], [tabindex="0"]')]
            .filter(element => element.checkVisibility() && !(element.ariaLabel || element.textContent.trim() ||
                element.labels?.length || element.getAttribute('aria-labelledby')))
            .map(element => element.outerHTML.slice(0, 120))"""
    )
    assert unnamed == []
    for role in ("tree", "tablist", "tabpanel", "grid", "group", "separator"):
        names = [one.get_attribute("aria-label") for one in page.get_by_role(role).all() if one.is_visible()]
        named = [name for name in names if name]
        assert len(set(named)) == len(named), role


def test_motion_is_left_out_where_it_is_not_wanted(browser: Browser, site: Server, sample: Path) -> None:
    with fresh_page(browser, reduced_motion="reduce") as page:
        inspector = Inspector(page, site).open_ready()
        inspector.choose(sample)
        inspector.wait_for("done")
        moving = page.evaluate("document.getAnimations().map(one => one.effect.target.outerHTML.slice(0, 80))")
        assert moving == []
