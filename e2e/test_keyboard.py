"""Journey: the whole review without a mouse; every key that the page lists does what the list says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from e2e.browser import Inspector
from e2e.conftest import fresh_page
from e2e.server import Server

# Where the focus is: nowhere, hidden, beside the window, or below something else (WCAG 2.2, 2.4.11).
LOST = """() => {
    const focused = document.activeElement;
    if (focused === document.body) return 'nothing has the focus';
    if (!focused.checkVisibility({ visibilityProperty: true })) return 'what has the focus is hidden';
    const { left, top, right, bottom, width, height } = focused.getBoundingClientRect();
    const say = `${focused.localName}#${focused.id}.${focused.className} ${focused.textContent.slice(0, 30)}`;
    if (right < 0 || bottom < 0 || left > innerWidth || top > innerHeight) return `out of the window: ${say}`;
    const at = document.elementFromPoint(left + Math.min(width, 8) / 2, top + Math.min(height, 8) / 2);
    const isSeen = !width || focused.contains(at) || at?.contains(focused) || at?.closest('label')?.contains(focused);
    return isSeen ? '' : `below ${at?.localName}#${at?.id}.${at?.className}: ${say}`;
}"""
SELECTED = "[...document.querySelectorAll('[role=tab][aria-selected=true]')].map(tab => tab.id)"


def assert_focus_is_seen(page: Page) -> None:
    assert page.evaluate(LOST) == ""


def press(page: Page, *keys: str) -> None:
    """Press keys where the focus is, one after another; it must never be lost."""
    for key in keys:
        page.keyboard.press(key)
        assert_focus_is_seen(page)


def catch_file_choosers(page: Page) -> None:
    """Have Chromium hand over what opens, from now on: asked for with the key that opens it, that may come too late."""
    page.on("filechooser", lambda _: None)


def tab_to(page: Page, name: str, key: str = "Tab", most: int = 60) -> None:
    """Walk by Tab until what has the focus is called so."""
    for _ in range(most):
        press(page, key)
        words = page.evaluate("(document.activeElement.ariaLabel ?? '') + document.activeElement.textContent")
        if words.startswith(name):
            return
    raise AssertionError(f"{name} is not reached by {most} steps of Tab")


def test_from_the_file_to_the_report_without_a_mouse(inspector: Inspector, sample: Path, tmp_path: Path) -> None:
    page = inspector.page
    catch_file_choosers(page)
    tab_to(page, "Choose files")
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files(sample)
    inspector.wait_for("done")
    findings = page.get_by_role("grid", name="Findings")
    expect(findings).to_be_focused()

    press(page, "/")
    page.keyboard.type("(0010,1040)")
    press(page, "Escape")
    expect(findings).to_be_focused()
    press(page, "Home", "j")
    expect(page.locator("#findings .detail")).to_contain_text("Patient's Address")
    press(page, "Enter")
    elements = page.locator("#elements .list")
    expect(elements).to_be_focused()
    expect(page.locator("#elements .row.current")).to_contain_text("(0010,1040)")

    press(page, "p")
    expect(page.locator("#picture-stage")).to_be_focused()
    expect(page.locator("canvas#image")).to_be_visible()
    press(page, "ArrowDown", "p")
    expect(elements).to_be_focused()

    press(page, "2", "/")
    expect(page.locator("#values input[type=search]")).to_be_focused()
    page.keyboard.type("(0010,1040)")
    expect(page.locator("#values .tally")).to_have_text("1")
    press(page, "Escape", "j", "x")
    expect(page.locator("#values .row.current")).to_contain_text("Must go")

    tab_to(page, "Report", "Shift+Tab")
    press(page, "Enter")
    expect(page.get_by_role("menu", name="Report")).to_be_visible()
    html = page.get_by_role("menuitem", name=re.compile("^HTML")).first
    expect(page.get_by_role("menuitem").first).to_be_focused()
    for _ in range(12):
        if html.evaluate("item => item === document.activeElement"):
            break
        page.keyboard.press("ArrowDown")
    expect(html).to_be_focused()
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert "must go" in Path(download.value.path()).read_text("utf-8").lower()
    assert_focus_is_seen(page)


def test_focus_is_kept_when_a_review_is_cancelled_and_when_a_file_cannot_be_read(
    inspector: Inspector, tmp_path: Path, sample: Path
) -> None:
    page = inspector.page
    nothing = tmp_path / "letter.txt"
    nothing.write_bytes(b"no zip at all")
    catch_file_choosers(page)
    tab_to(page, "Choose files")
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files(nothing)
    page.wait_for_selector("html[data-state=error]")
    expect(page.get_by_role("button", name="Choose files")).to_be_focused()
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files(sample)
    page.wait_for_selector("html[data-state=reviewing]")
    assert_focus_is_seen(page)
    tab_to(page, "Cancel")
    page.keyboard.press("Enter")
    page.wait_for_selector("html[data-state=ready]")
    expect(page.get_by_role("button", name="Choose files")).to_be_focused()


def test_every_stop_of_the_tab_key_is_seen(reviewed: Inspector) -> None:
    page = reviewed.page
    names = page.evaluate(SELECTED)
    for number in (2, 3, 4, 5, 6, 7, 8, 9, 1):
        page.locator("#tabs [aria-selected=true]").focus()
        press(page, str(number))
        assert page.evaluate(SELECTED) != names
        names = page.evaluate(SELECTED)
        page.locator("#tabs [aria-selected=true]").focus()
        press(page, *["Tab"] * 5)
        press(page, *["Shift+Tab"] * 9)


# The keys of the list ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def keyed(browser: Browser, site: Server, sample: Path) -> Iterator[Page]:
    with fresh_page(browser) as page:
        catch_file_choosers(page)
        Inspector(page, site).open_ready().review(sample)
        yield page


@pytest.fixture(autouse=True)
def from_the_findings(request: pytest.FixtureRequest) -> None:
    if "key" in request.fixturenames:
        page: Page = request.getfixturevalue("keyed")
        page.locator("#tab-findings").click()
        page.locator("#findings .list").focus()


def current(page: Page, panel: str) -> int:
    return int(page.locator(f"#{panel} .current").first.get_attribute("data-index") or -1)


def expect_current(page: Page, panel: str, index: int) -> None:
    expect(page.locator(f"#{panel} .current").first).to_have_attribute("data-index", str(index))


def key_list(page: Page) -> None:
    press(page, "?")
    expect(page.locator("#keys-dialog")).to_be_visible()
    press(page, "Escape")
    expect(page.locator("#findings .list")).to_be_focused()


def key_filter(page: Page) -> None:
    press(page, "/")
    expect(page.locator("#findings input[type=search]")).to_be_focused()
    press(page, "Escape")
    expect(page.locator("#findings .list")).to_be_focused()


def key_move(page: Page) -> None:
    press(page, "Home", "ArrowDown")
    expect_current(page, "findings", 1)
    press(page, "j")
    expect_current(page, "findings", 2)
    press(page, "k", "ArrowUp")
    expect_current(page, "findings", 0)


def key_ends(page: Page) -> None:
    press(page, "End")
    last = current(page, "findings")
    press(page, "PageUp")
    above = current(page, "findings")
    press(page, "PageDown")
    expect_current(page, "findings", last)
    press(page, "Home")
    expect_current(page, "findings", 0)
    assert 0 < above < last - 2


def key_fold(page: Page) -> None:
    tree = page.get_by_role("tree")
    tree.focus()
    press(page, "Home")
    node = tree.locator(".current")
    press(page, "ArrowLeft")
    expect(node).to_have_attribute("aria-expanded", "false")
    press(page, "ArrowRight")
    expect(node).to_have_attribute("aria-expanded", "true")


def key_open(page: Page) -> None:
    press(page, "Home", "ArrowDown", "Enter")
    expect(page.locator("#elements .list")).to_be_focused()
    page.locator("#elements .open-value").first.locator("xpath=ancestor::*[@role='row']").click()
    press(page, "Enter")
    expect(page.locator("#value-dialog")).to_be_visible()
    press(page, "Escape", "6", "Home", "Enter")
    expect(page.locator("#elements .list")).to_be_focused()
    press(page, "5", "Home")
    expect(page.locator("#pictures .composite").first).to_be_enabled(timeout=30_000)
    press(page, "Enter")
    expect(page.get_by_role("dialog", name=re.compile("in one"))).to_be_visible()
    press(page, "Escape")


def key_images(page: Page) -> None:
    page.locator("#findings .row.finding").first.click()
    expect(page.locator("canvas#image")).to_be_visible()
    position = page.locator(".frame-words")
    expect(position).to_contain_text("1 /")
    press(page, "]")
    expect(position).to_contain_text("2 /")
    press(page, "[")
    expect(position).to_contain_text("1 /")


def key_marks(page: Page) -> None:
    press(page, "5", "Home")
    for key, name in (("n", "Nothing burned in"), ("t", "Burned-in text"), ("u", "Unsure")):
        button = page.locator("#pictures").get_by_role("button", name=name)
        press(page, key)
        expect(button).to_have_attribute("aria-pressed", "true")
        press(page, "z")
        expect(button).to_have_attribute("aria-pressed", "false")


def key_next_unmarked(page: Page) -> None:
    press(page, "5", "End", "n")
    marked = page.locator("#pictures .series-title").inner_text()
    press(page, "m")
    expect(page.locator("#pictures .series-title")).not_to_have_text(marked)
    press(page, "z")
    expect(page.locator("#pictures .tally")).to_contain_text(" 0 of ")


def to_values(page: Page, find: str) -> None:
    press(page, "2")
    panel = page.locator("#values")
    before = panel.locator(".tally").inner_text()
    panel.get_by_role("searchbox").fill(find)
    expect(panel.locator(".tally")).not_to_have_text(before)
    expect(panel.get_by_role("row").filter(has_text=find).first).to_be_visible()
    panel.locator(".list").focus()


def key_fine(page: Page) -> None:
    to_values(page, "(0010,1060)")
    row = page.locator("#values .row.current")
    press(page, "Home", "f")
    expect(row).to_contain_text("Fine")
    press(page, "x")
    expect(row).to_contain_text("Must go")
    press(page, "x")
    expect(row).not_to_contain_text("Must go")


def key_choose(page: Page) -> None:
    to_values(page, "(0010,0010)")
    rows = int(page.locator("#values .tally").inner_text())
    tally = page.locator("#values .mark-tally")
    press(page, "Home", "Shift+ArrowDown", "Shift+ArrowDown")
    expect(tally).to_have_text("3 values")
    press(page, "Shift+ArrowUp")
    expect(tally).to_have_text("2 values")
    press(page, "Control+a")
    expect(tally).to_have_text(f"{rows} values")
    press(page, "Space")
    expect(tally).to_have_text(f"{rows - 1} values")


def key_undo(page: Page) -> None:
    to_values(page, "(0010,2154)")
    row = page.locator("#values .row.current")
    press(page, "Home", "f")
    expect(row).to_contain_text("Fine")
    press(page, "Control+z")
    expect(row).not_to_contain_text("Fine")
    press(page, "Control+Shift+z")
    expect(row).to_contain_text("Fine")
    press(page, "Control+z")
    expect(row).not_to_contain_text("Fine")


def key_compare(page: Page) -> None:
    button = page.locator("#beside-button")
    press(page, "Home", "ArrowDown", "c")
    expect(button).to_have_attribute("aria-pressed", "true")
    press(page, "c")
    expect(button).to_have_attribute("aria-pressed", "false")


def key_varies(page: Page) -> None:
    press(page, "v")
    expect(page.locator("#tab-varies")).to_have_attribute("aria-selected", "true")


def key_tag(page: Page) -> None:
    press(page, "Home", "ArrowDown", "t")
    expect(page.locator("#tag-popover")).to_be_visible()
    expect(page.locator("#tag-popover")).to_contain_text("Patient's Name")
    press(page, "Escape")
    expect(page.locator("#tag-popover")).to_be_hidden()


def key_reference(page: Page) -> None:
    press(page, "r")
    expect(page.locator("#reference-dialog")).to_be_visible()
    press(page, "Escape")
    expect(page.locator("#findings .list")).to_be_focused()


def key_watch(page: Page) -> None:
    press(page, "w")
    expect(page.locator("#watch-dialog")).to_be_visible()
    press(page, "Escape")


def key_hide(page: Page) -> None:
    press(page, "h")
    expect(page.locator("#hide")).to_be_checked()
    press(page, "h")
    expect(page.locator("#hide")).not_to_be_checked()


def key_peek(page: Page) -> None:
    tree = page.get_by_role("tree")
    press(page, "h")
    expect(tree).not_to_contain_text("Sample^Anna")
    page.keyboard.down("e")
    expect(tree).to_contain_text("Sample^Anna")
    page.keyboard.up("e")
    expect(tree).not_to_contain_text("Sample^Anna")
    press(page, "h")


def key_picture(page: Page) -> None:
    press(page, "p")
    expect(page.locator("#picture-stage")).to_be_focused()
    press(page, "p")
    expect(page.locator("#findings .list")).to_be_focused()


def key_files(page: Page) -> None:
    with page.expect_file_chooser():
        press(page, "o")


def key_escape(page: Page) -> None:
    for button in ("#keys-button", "#lock-badge", "#watch-button", "#profile-button", "#report-button"):
        page.locator(button).focus()
        press(page, "Enter", "Escape")
        expect(page.locator(button)).to_be_focused()


def key_tabs(page: Page) -> None:
    for number, tab in enumerate(page.evaluate(TABS)[:9], 1):
        press(page, str(number))
        expect(page.locator(f"#tab-{tab}")).to_have_attribute("aria-selected", "true")


TABS = "[...document.querySelectorAll('[role=tab]')].map(tab => tab.getAttribute('aria-controls'))"
KEYS: dict[str, tuple[Callable[[Page], None], ...]] = {
    "?": (key_list,),
    "/": (key_filter,),
    "↑ ↓ or K J": (key_move,),
    "Home End, Page ↑ Page ↓": (key_ends,),
    "← →": (key_fold,),
    "Enter": (key_open,),
    "[ ]": (key_images,),
    "N T U": (key_marks,),
    "Z M": (key_marks, key_next_unmarked),
    "F X": (key_fine,),
    "Shift ↑ ↓, Space, Ctrl A": (key_choose,),
    "Ctrl Z, Ctrl Shift Z": (key_undo,),
    "C": (key_compare,),
    "V": (key_varies,),
    "T": (key_tag,),
    "R": (key_reference,),
    "W": (key_watch,),
    "H": (key_hide,),
    "E": (key_peek,),
    "P": (key_picture,),
    "O": (key_files,),
    "Esc": (key_escape,),
    "1 … 9": (key_tabs,),
}


def test_all_listed_keys_are_tried_here(keyed: Page) -> None:
    page = keyed
    page.locator("#keys-button").click()
    listed = page.locator("#keys-dialog .keys").first.locator("kbd").all_inner_texts()
    page.keyboard.press("Escape")
    assert listed == list(KEYS)


@pytest.mark.parametrize("key", KEYS)
def test_key_does_what_the_list_says(keyed: Page, key: str) -> None:
    for tried in KEYS[key]:
        tried(keyed)


def test_letters_can_be_given_up(keyed: Page) -> None:
    page = keyed
    page.locator("#keys-button").click()
    page.get_by_label("Keys of a single letter").uncheck()
    page.keyboard.press("Escape")
    page.locator("#tab-values").focus()
    press(page, "h", "w", "6", "?")
    expect(page.locator("#hide")).not_to_be_checked()
    expect(page.locator("dialog[open]")).to_have_count(0)
    page.locator("#keys-button").click()
    page.get_by_label("Keys of a single letter").check()
    page.keyboard.press("Escape")
    press(page, "w")
    expect(page.locator("#watch-dialog")).to_be_visible()
    press(page, "Escape")
