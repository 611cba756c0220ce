"""Journey: every file of the archive is found, as a row or as a tile; one instance is read down to its bytes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect
from pydicom import Dataset

from e2e.browser import Inspector, payload
from e2e.test_review import open_tab
from tests.builders import data_set, zip_bytes
from tests.test_review import clean_object

NAME, BORN = "Sample^Anna", "19570412"
DEEP = "(0008,1110)[1]/(0008,1115)[0]/(0008,0020)"
PIXELS = bytes(range(256)) * 40


def nested_zip() -> bytes:
    """Return a zip with a date in an Item of an Item, behind an empty Item, a text file, a folder and a locked door."""
    inner = data_set(ReferencedSeriesSequence=[data_set(StudyDate="20240115", Modality="CT")])
    nested = clean_object(
        1,
        PatientName=NAME,
        PatientBirthDate=BORN,
        BitsAllocated=8,
        ReferencedStudySequence=[data_set(), inner],
        PixelData=PIXELS,
    )
    return zip_bytes({"a/1.dcm": nested, "a/2.dcm": clean_object(2), "a/10.dcm": clean_object(10), "b.txt": b"x"})


@pytest.fixture(scope="module")
def nested(shared: Inspector) -> Inspector:
    shared.review(payload("nested.zip", nested_zip()))
    return shared


@pytest.fixture(autouse=True)
def as_it_was(nested: Inspector) -> Iterator[None]:
    """The tests share one page."""
    yield
    nested.page.keyboard.press("Escape")
    hide = nested.page.get_by_role("switch", name="Hide identifiers")
    if hide.is_checked():
        hide.uncheck()


def expect_names(panel: Locator, *names: str) -> None:
    expect(panel.locator(".row.entry[data-index] .cell.name bdi:last-of-type")).to_have_text(names)


def open_instance(inspector: Inspector, name: str) -> Locator:
    panel = open_tab(inspector, "Files")
    panel.get_by_role("button", name="List").click()
    panel.locator(".row.entry", has_text=name).first.dblclick()
    elements = inspector.page.locator("#elements")
    expect(elements.locator(".panel-title")).to_contain_text(name)
    expect(elements.locator(".row.data-element[data-index]").first).to_be_visible()
    return elements


def test_counts_of_the_choices_add_up(nested: Inspector) -> None:
    panel = open_tab(nested, "Files")
    for label in ("Status", "Severity", "Kind"):
        texts = panel.get_by_role("combobox", name=label).locator("option").all_inner_texts()
        counts = [int(found[1]) for text in texts if (found := re.search(r"\((\d+)\)", text))]
        assert sum(counts[1:] if label == "Status" else counts) == 4, texts


def test_files_are_sorted_as_people_count_and_narrowed_down(nested: Inspector) -> None:
    panel = open_tab(nested, "Files")
    panel.get_by_role("combobox", name="Sort by").select_option("name")
    expect_names(panel, "1.dcm", "2.dcm", "10.dcm", "b.txt")
    expect(panel.get_by_role("columnheader", name="Name")).to_have_attribute("aria-sort", "ascending")
    panel.get_by_role("button", name="Reverse").click()
    expect_names(panel, "b.txt", "10.dcm", "2.dcm", "1.dcm")
    panel.get_by_role("columnheader", name="Size").click()
    expect(panel.locator(".row.entry[data-index] .cell.name bdi:last-of-type").first).to_have_text("b.txt")
    panel.get_by_role("combobox", name="Severity").select_option("identifier")
    expect_names(panel, "1.dcm")
    expect(panel.locator(".tally")).to_have_text("1 of 4")
    panel.get_by_role("combobox", name="Severity").select_option("all")
    panel.get_by_role("combobox", name="Sort by").select_option("index")


def test_each_row_says_why(nested: Inspector) -> None:
    panel = open_tab(nested, "Files")
    expect(panel.locator(".row.entry", has_text="1.dcm").first.locator(".cell.reason")).to_contain_text(
        "Patient's Name"
    )
    expect(panel.locator(".row.entry", has_text="b.txt").locator(".cell.reason")).to_contain_text("Not DICOM")


def test_tiles_are_walked_with_the_keys_and_opened(nested: Inspector) -> None:
    panel = open_tab(nested, "Files")
    panel.get_by_role("button", name="Mosaic").click()
    tiles = panel.get_by_role("listbox", name="Entries as tiles")
    expect(tiles).to_be_focused()
    tiles.press("Home")
    current = tiles.get_by_role("option", selected=True)
    expect(current).to_have_accessible_name(re.compile(r"^a/1\.dcm, .+, Identifier$"))
    expect(current).to_have_attribute("aria-setsize", "4")
    tiles.press("ArrowRight")
    expect(current).to_have_accessible_name(re.compile(r"^a/2\.dcm"))
    assert tiles.get_attribute("aria-activedescendant") == current.get_attribute("id")
    tiles.press("End")
    expect(current).to_have_accessible_name(re.compile(r"^b\.txt, Other, Review$"))
    tiles.press("Home")
    expect(nested.page.locator("#files .file-detail")).to_contain_text("1.dcm")
    tiles.press("Enter")
    expect(nested.page.get_by_role("tabpanel", name="Elements")).to_be_visible()


def test_tile_is_named_under_the_pointer_and_masked_where_identifiers_are_hidden(nested: Inspector) -> None:
    panel = open_tab(nested, "Files")
    panel.get_by_role("button", name="Mosaic").click()
    box = panel.locator(".mosaic").bounding_box()
    assert box is not None
    nested.page.mouse.move(box["x"] + 12, box["y"] + 14)
    tip = nested.page.get_by_role("tooltip")
    expect(tip).to_contain_text("a/1.dcm")
    nested.page.keyboard.press("Escape")
    expect(tip).to_be_hidden()
    nested.page.get_by_role("switch", name="Hide identifiers").check()
    nested.page.mouse.move(box["x"] + 14, box["y"] + 16)
    expect(tip).to_contain_text("•/•.dcm")
    expect(panel.locator(".file-detail")).not_to_contain_text("Anna")
    panel.get_by_role("button", name="List").click()


def test_tiles_of_two_series_differ_and_of_one_series_are_alike(nested: Inspector) -> None:
    panel = open_tab(nested, "Files")
    panel.get_by_role("button", name="Mosaic").click()
    panel.locator(".mosaic").press("End")
    pictures = nested.page.evaluate(
        """() => {
            const canvas = document.querySelector('.mosaic-canvas');
            const scale = devicePixelRatio;
            return [0, 1, 2, 3].map((at) => String(
                canvas.getContext('2d').getImageData((6 + at * 22) * scale, 6 * scale, 20 * scale, 5 * scale).data));
        }"""
    )
    assert len(set(pictures)) >= 2
    assert pictures[3] not in pictures[:3]
    panel.get_by_role("button", name="List").click()


def test_one_click_leads_from_a_finding_to_its_element_at_any_depth(nested: Inspector) -> None:
    elements = open_instance(nested, "1.dcm")
    elements.get_by_role("button", name="Close all").click()
    expect(elements.locator(".row", has_text="(0008,1115)")).to_have_count(0)
    panel = open_tab(nested, "Findings")
    panel.locator(".filter").fill("(0008,0020)")
    row = panel.locator(".row.finding[data-index]").first
    expect(row).to_contain_text("0008,0020")
    row.click()
    panel.get_by_role("button", name="Show the element").click()
    chosen = elements.locator('.row[aria-selected="true"]')
    expect(chosen).to_contain_text("(0008,0020)")
    expect(chosen).to_contain_text("2024-01-15")
    expect(chosen).to_contain_text("20240115")
    expect(chosen).to_have_attribute("aria-level", "5")
    assert DEEP in nested.page.evaluate("decodeURIComponent(location.hash)")
    open_tab(nested, "Findings").locator(".filter").fill("")


def test_tree_of_elements_opens_and_closes_with_the_keys(nested: Inspector) -> None:
    elements = open_instance(nested, "1.dcm")
    elements.get_by_role("button", name="Open all").click()
    grid = elements.get_by_role("treegrid")
    sequence = elements.locator(".row", has_text="(0008,1110)").first
    sequence.click()
    expect(sequence).to_have_attribute("aria-expanded", "true")
    expect(elements.locator(".row", has_text="Item 0: empty")).to_have_attribute("aria-posinset", "1")
    grid.press("ArrowLeft")
    expect(sequence).to_have_attribute("aria-expanded", "false")
    expect(elements.locator(".row", has_text="(0008,1115)")).to_have_count(0)
    grid.press("ArrowRight")
    grid.press("ArrowRight")
    expect(elements.locator('.row[aria-selected="true"]')).to_contain_text("Item 0: empty")
    grid.press("ArrowDown")
    grid.press("ArrowRight")
    expect(elements.locator('.row[aria-selected="true"]')).to_contain_text("(0008,1115)")
    grid.press("ArrowLeft")
    grid.press("ArrowLeft")
    expect(elements.locator('.row[aria-selected="true"]')).to_contain_text("Item 1")


def test_bytes_of_pixel_data_are_leafed_through(nested: Inspector) -> None:
    elements = open_instance(nested, "1.dcm")
    elements.locator(".filter").fill("7FE0,0010")
    expect(elements.locator(".row[data-index]").first).to_contain_text("7FE0,0010")
    elements.locator(".row[data-index]").first.click()
    elements.get_by_role("treegrid").press("Enter")
    dialog = nested.page.get_by_role("dialog")
    expect(dialog).to_contain_text("Bytes 0 to 4,095 of 10,240")
    dialog.get_by_role("button", name="Last").click()
    expect(dialog).to_contain_text("Bytes 8,192 to 10,239 of 10,240")
    expect(dialog.locator(".value-hex")).to_contain_text(re.compile(r"^002000  00 01 02 03"))
    nested.page.keyboard.press("Escape")
    elements.locator(".filter").fill("")


def test_what_is_taken_away_is_masked_unless_asked_for_and_says_so_in_its_name(nested: Inspector) -> None:
    elements = open_instance(nested, "1.dcm")
    saved = {}
    for values in (False, True):
        for words in ("Save as text", "Save as DICOM JSON"):
            elements.get_by_role("button", name="Take away").click()
            if values:
                elements.get_by_label("With the values that the rules flag").check()
            with nested.page.expect_download() as download:
                elements.get_by_role("menuitem", name=words).click()
            name = download.value.suggested_filename
            saved[name] = Path(download.value.path()).read_text("utf-8")
            nested.page.keyboard.press("Escape")
    stem = "nested-entry-0"
    assert set(saved) == {f"{stem}-{kind}.{end}" for kind in ("masked", "with-identifiers") for end in ("txt", "json")}
    for name, text in saved.items():
        assert ("Anna" in text) == ("with-identifiers" in name)
        assert (BORN in text) == ("with-identifiers" in name)
    model = Dataset.from_json(json.loads(saved[f"{stem}-with-identifiers.json"]), lambda vr, tag, uri: b"")
    assert model.PatientName == NAME
