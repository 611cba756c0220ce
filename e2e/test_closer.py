"""Journey: instances side by side, what varies in a series, and what a tag means, by pointer, by touch and by key."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from e2e.browser import Inspector
from e2e.conftest import fresh_page
from e2e.server import Server
from e2e.test_access import AXE, violations
from tests.builders import data_set, dicom_bytes, uid, zip_bytes

NAMES = ("Sample^Anna", "Sample^Anne", "Other^Bob")


def transfer() -> bytes:
    """Return a zip of one series of twelve slices, of which the first three name three people, and a text file."""
    entries: dict[str, bytes | None] = {}
    for number in range(12):
        reference = data_set(ReferencedSOPInstanceUID=uid("referenced", number))
        instance = data_set(
            SOPClassUID="1.2.840.10008.5.1.4.1.1.7",
            SOPInstanceUID=uid("slice", number),
            StudyInstanceUID=uid("study"),
            SeriesInstanceUID=uid("series"),
            StudyDate="20240115",
            Modality="OT",
            PatientName=NAMES[number % 3] if number < 3 else NAMES[0],
            PatientID="4711",
            InstanceNumber=str(number + 1),
            SliceLocation=str(number * 2.5),
            ReferencedImageSequence=[reference],
        )
        if number == 1:
            instance.KVP = "120"
        entries[f"{number:02}.dcm"] = dicom_bytes(instance)
    return zip_bytes({**entries, "notes.txt": b"nothing"})


@pytest.fixture(scope="module")
def closer(browser: Browser, site: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Inspector]:
    """One page with that transfer on it; each test begins with nothing compared."""
    path = tmp_path_factory.mktemp("closer") / "transfer.zip"
    path.write_bytes(transfer())
    with fresh_page(browser) as page:
        inspector = Inspector(page, site).open_ready()
        inspector.review(path)
        yield inspector


@pytest.fixture
def page(closer: Inspector) -> Page:
    page = closer.page
    page.locator("#hide").uncheck()
    show(page, "compare")
    clear = page.get_by_role("button", name="Compare none")
    if clear.is_visible():
        clear.click()
    return page


def show(page: Page, tab: str) -> None:
    page.evaluate("tab => document.getElementById(`tab-${tab}`).click()", tab)
    expect(page.locator(f"#{tab}")).to_be_visible()


def choose(page: Page, *names: str) -> None:
    """Choose files in the list of files and add each to the comparison by its key."""
    for name in names:
        show(page, "files")
        page.locator("#files").get_by_role("row").filter(has_text=name).first.click()
        page.keyboard.press("c")


def row_of(page: Page, tag: str) -> Locator:
    return page.locator("#compare .row.beside").filter(has_text=tag)


def test_instances_are_compared_side_by_side_down_to_the_characters(page: Page) -> None:
    choose(page, "00.dcm", "01.dcm")
    expect(page.locator("#said")).to_contain_text("2 objects")
    show(page, "compare")
    name = row_of(page, "(0010,0010)")
    expect(name.locator("mark")).to_have_text(["a", "e"])
    expect(name).to_contain_text("different")
    expect(row_of(page, "(0018,0060)")).to_contain_text("(no element)")
    expect(row_of(page, "(0018,0060)")).to_contain_text("missing in one")
    expect(row_of(page, "(0020,0011)")).to_have_count(0)
    nested = row_of(page, "/(0008,1155)")
    expect(nested.locator("mark")).not_to_have_count(0)
    tally = page.locator("#compare .tally")
    expect(tally).to_contain_text("different")
    expect(row_of(page, "(0008,0060)")).to_have_count(0)
    page.locator("#compare .choice").select_option("all")
    expect(row_of(page, "(0008,0060)")).to_contain_text("equal")
    expect(row_of(page, "(0008,0060)").locator("mark")).to_have_count(0)
    page.locator("#compare .filter").fill("study date")
    expect(page.locator("#compare .list-sheet > .row")).to_have_count(1)
    page.locator("#compare .filter").fill("")
    page.locator("#compare .choice").select_option("differs")


def test_three_are_the_most_and_each_can_be_taken_out(page: Page) -> None:
    choose(page, "00.dcm", "01.dcm", "02.dcm", "03.dcm")
    expect(page.locator("#said")).to_contain_text("took the place of the third")
    show(page, "compare")
    heads = page.locator("#compare .beside-head")
    expect(heads).to_contain_text(["00.dcm", "01.dcm", "03.dcm"])
    page.get_by_role("button", name="Take B out").click()
    expect(heads).to_contain_text(["00.dcm", "03.dcm"])
    expect(page.locator("#tab-compare .tab-count")).to_have_text("2")
    # The button beside the picture's name says so, too, and takes it out.
    page.get_by_role("button", name="Compared", exact=True).click()
    expect(heads).to_have_count(1)
    expect(page.get_by_text("Choose another object and add it, too")).to_be_visible()
    expect(row_of(page, "(0008,0060)")).to_contain_text("OT")


def test_hidden_values_that_differ_still_say_that_they_differ(page: Page) -> None:
    choose(page, "00.dcm", "02.dcm")
    show(page, "compare")
    row = row_of(page, "(0010,0010)")
    expect(row.locator("mark")).not_to_have_count(0)
    page.locator("#hide").check()
    expect(row).to_contain_text("hidden, and differs")
    expect(row).to_contain_text("•")
    panel = page.locator("#compare")
    for name in ("Sample", "Other", "Bob"):
        expect(panel).not_to_contain_text(name)
    row.click()
    expect(panel.locator(".detail")).to_contain_text("hidden, and differs")
    expect(panel.locator(".detail")).not_to_contain_text("Anna")
    html = panel.evaluate("panel => panel.outerHTML")
    assert not any(word in html for word in ("Anna", "Other^Bob"))


def test_a_row_leads_to_its_element_by_key(page: Page) -> None:
    choose(page, "00.dcm", "01.dcm")
    show(page, "compare")
    expect(row_of(page, "(0010,0010)")).to_be_visible()
    page.locator("#compare .list").focus()
    page.keyboard.press("Home")
    row = page.locator("#compare .row.current")
    while "(0010,0010)" not in (before := row.inner_text()):
        page.keyboard.press("j")
        expect(row).not_to_have_text(before, use_inner_text=True)
    page.keyboard.press("Enter")
    expect(page.get_by_role("tabpanel", name="Elements")).to_be_visible()
    expect(page.locator("#elements .row.current")).to_contain_text("(0010,0010)")
    expect(page.locator("#picture-title")).to_contain_text("00.dcm")


def test_what_is_no_object_is_not_compared(page: Page) -> None:
    show(page, "files")
    page.locator("#files").get_by_role("row").filter(has_text="notes.txt").first.click()
    page.keyboard.press("c")
    expect(page.locator("#said")).to_contain_text("no data elements")
    expect(page.locator("#beside-button")).to_be_hidden()


def test_what_varies_in_a_series_is_said_with_its_range_and_leads_to_instances(page: Page) -> None:
    page.locator("#tree").get_by_role("treeitem").filter(has_text="OT").first.click()
    page.locator("#tree").get_by_role("treeitem").filter(has_text="OT").first.hover()
    page.locator("#tree .row.current").get_by_role("button", name="What varies").click()
    panel = page.locator("#varies")
    rows = panel.locator(".row.variation")
    expect(panel.locator(".panel-title")).to_contain_text("Series of 12 objects")
    expect(rows.filter(has_text="(0020,1041)")).to_contain_text("0.0 to 27.5")
    expect(rows.filter(has_text="(0018,0060)")).to_contain_text("11")
    expect(rows.filter(has_text="(0008,0020)")).to_have_count(0)
    rows.filter(has_text="(0020,0013)").click()
    values = panel.locator(".row.held")
    expect(values.filter(has_text="1").first).to_be_visible()
    values.nth(5).dblclick()
    expect(page.locator("#elements .row.current")).to_contain_text("(0020,0013)")
    expect(page.locator("#picture-title")).to_contain_text("04.dcm")
    page.keyboard.press("v")
    expect(panel).to_be_visible()
    page.locator("#hide").check()
    expect(rows.filter(has_text="(0010,0010)")).to_contain_text("•")
    expect(panel).not_to_contain_text("Sample")


# --- the reference ----------------------------------------------------------------------------------------------------


def middle_of(page: Page, path: Locator) -> tuple[float, float]:
    box = path.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_a_tag_is_explained_while_the_pointer_is_on_it_or_on_the_explanation(page: Page) -> None:
    show(page, "findings")
    popover = page.locator("#tag-popover")
    path = page.locator("#findings .row.finding .path", has_text="(0010,0010)").first
    page.mouse.move(*middle_of(page, path))
    expect(popover).to_be_visible()
    for words in ("Patient's Name", "PN, Person Name", "PatientName", "Z: empty or replace", "Table E.1-1"):
        expect(popover).to_contain_text(words)
    box = popover.bounding_box()
    assert box
    page.mouse.move(box["x"] + 20, box["y"] + 20, steps=5)
    page.wait_for_timeout(600)  # longer than it stays where nobody is on it
    expect(popover).to_be_visible()
    page.keyboard.press("Escape")
    expect(popover).to_be_hidden()
    page.mouse.move(*middle_of(page, path))
    expect(popover).to_be_visible()
    page.mouse.move(5, 5)
    expect(popover).to_be_hidden()


def test_a_tag_is_explained_by_key_and_the_focus_comes_back(page: Page) -> None:
    show(page, "elements")
    page.mouse.move(5, 5)
    elements = page.locator("#elements .list").first
    elements.focus()
    page.keyboard.press("Home")
    page.keyboard.press("t")
    popover = page.get_by_role("dialog", name="What is (0002,0000)?")
    expect(popover).to_be_focused()
    expect(popover).to_contain_text("File Meta Information Group Length")
    page.keyboard.press("Escape")
    expect(popover).to_be_hidden()
    expect(elements).to_be_focused()
    expect(page.get_by_role("tabpanel", name="Elements")).to_be_visible()


def test_a_tag_that_can_be_focused_is_explained_on_focus(page: Page) -> None:
    choose(page, "00.dcm", "01.dcm")
    show(page, "compare")
    page.mouse.move(5, 5)
    row_of(page, "(0010,0010)").click()
    page.mouse.move(5, 5)
    page.locator("#compare .list").focus()
    for _ in range(3):  # past the buttons that take A and B out
        page.keyboard.press("Tab")
    expect(page.locator("#compare .tag-button")).to_be_focused()
    expect(page.locator("#tag-popover")).to_contain_text("Patient's Name")
    page.keyboard.press("Escape")
    expect(page.locator("#tag-popover")).to_be_hidden()
    expect(page.locator("#compare .tag-button")).to_be_focused()


def test_things_are_looked_up_by_key_and_what_the_archive_uses_is_counted(page: Page) -> None:
    page.locator("#tree .list").focus()
    page.keyboard.press("r")
    dialog = page.get_by_role("dialog", name="Reference")
    find = dialog.get_by_role("searchbox")
    expect(find).to_be_focused()
    find.fill("patient birth date")
    rows = dialog.locator(".row.topic:not(.head)")
    expect(rows.first).to_contain_text("(0010,0030)")
    page.keyboard.press("ArrowDown")
    expect(dialog.locator(".topic-detail")).to_contain_text("The day the patient was born")
    dialog.get_by_role("combobox").select_option("modalities")
    find.fill("")
    dialog.get_by_role("checkbox").check()
    expect(rows).to_have_count(1)
    expect(rows.first).to_contain_text("Other")
    expect(rows.first).to_contain_text("12")
    for kind, text, name in (
        ("vrs", "PN", "Person Name"),
        ("transfer syntaxes", "explicit vr little", "Explicit VR Little Endian"),
        ("sop classes", "secondary capture", "Secondary Capture Image Storage"),
        ("private", "SIEMENS CSA HEADER", "CSA Image Header"),
    ):
        dialog.get_by_role("combobox").select_option(kind)
        dialog.get_by_role("checkbox").uncheck()
        find.fill(text)
        expect(rows.first).to_contain_text(name)
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.locator("#tree .list")).to_be_focused()


def test_the_explanation_leads_on_to_the_reference(page: Page) -> None:
    show(page, "elements")
    page.locator("#elements .list").first.focus()
    page.keyboard.press("Home")
    page.keyboard.press("t")
    page.get_by_role("button", name="More in the reference").click()
    dialog = page.get_by_role("dialog", name="Reference")
    expect(dialog.locator(".topic-detail")).to_contain_text("FileMetaInformationGroupLength")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_the_reference_can_be_read_before_any_file_is_chosen(browser: Browser, site: Server) -> None:
    with fresh_page(browser) as page:
        Inspector(page, site).open_ready()
        page.get_by_role("button", name="Reference").click()
        dialog = page.get_by_role("dialog", name="Reference")
        dialog.get_by_role("searchbox").fill("0010,0020")
        expect(dialog.locator(".row.topic:not(.head)").first).to_contain_text("Patient ID")


def test_a_tap_on_a_tag_explains_it(browser: Browser, site: Server, sample: Path) -> None:
    context = browser.new_context(viewport={"width": 820, "height": 1180}, has_touch=True)
    inspector = Inspector(context.new_page(), site).open_ready()
    inspector.choose(sample)
    inspector.wait_for("done")
    page = inspector.page
    page.touchscreen.tap(*middle_of(page, page.locator("#findings .row.finding .path").first))
    expect(page.locator("#tag-popover")).to_be_visible()
    page.touchscreen.tap(10, 10)
    expect(page.locator("#tag-popover")).to_be_hidden()
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_a_closer_look(page: Page, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.evaluate(AXE.read_text("utf-8"))
    found = {}
    show(page, "compare")
    found["nothing compared"] = violations(page)
    choose(page, "00.dcm", "01.dcm", "02.dcm")
    show(page, "compare")
    row_of(page, "(0010,0010)").click()
    found["compare"] = violations(page)
    page.locator("#tree .list").focus()
    page.keyboard.press("v")
    page.locator("#varies .row.variation").filter(has_text="(0020,0013)").click()
    expect(page.locator("#varies .row.held:not(.head)").first).to_be_visible()
    found["varies"] = violations(page)
    page.keyboard.press("t")
    expect(page.locator("#tag-popover")).to_be_visible()
    found["tag"] = violations(page)
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    expect(page.locator("#reference-dialog .row.topic:not(.head)").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#reference-dialog .topic-title")).to_be_visible()
    found["reference"] = violations(page)
    page.keyboard.press("Escape")
    page.emulate_media(color_scheme="light")
    assert [f"{where}: {what}" for where, here in found.items() for what in here] == []


def test_a_link_leads_to_the_comparison_by_positions_alone(page: Page) -> None:
    choose(page, "00.dcm", "02.dcm")
    show(page, "compare")
    fragment = page.evaluate("location.hash")
    assert "tab=compare" in fragment and "beside=0,2" in fragment
    assert "dcm" not in fragment and "Sample" not in fragment
    page.evaluate("location.hash = '#tab=compare&beside=3,99,x,1'")
    expect(page.locator("#compare .beside-head")).to_contain_text(["03.dcm", "01.dcm"])


def test_findings_and_files_offer_to_compare_what_is_chosen(page: Page) -> None:
    show(page, "findings")
    page.locator("#findings .row.finding").filter(has_text="(0010,0010)").first.click()
    detail = page.locator("#findings .detail")
    expect(detail.get_by_role("button", name="(0010,0010)")).to_be_visible()
    detail.get_by_role("button", name="Compare").click()
    show(page, "files")
    page.locator("#files").get_by_role("row").filter(has_text="05.dcm").first.click()
    page.locator("#files .detail").get_by_role("button", name="Compare").click()
    expect(page.locator("#tab-compare .tab-count")).to_have_text("2")
