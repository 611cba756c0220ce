"""Journey: a reviewer settles the values, takes marks back, saves them without any value, and goes on another time."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from e2e.browser import Inspector
from e2e.server import Server
from tests.builders import data_set, dicom_bytes, uid, zip_bytes

COMMENTS = "both lungs well inflated"


def archive() -> bytes:
    """Return two objects with the same comment, one with a name, and one with a directory's worth of Items."""
    entries: dict[str, bytes | None] = {}
    for number in (1, 2, 3):
        dataset = data_set(
            SOPClassUID="1.2.840.10008.5.1.4.1.1.7",
            SOPInstanceUID=uid("instance", number),
            StudyInstanceUID=uid("study", number > 2),
            SeriesInstanceUID=uid("series"),
            StudyDate="20240115" if number < 3 else "20240302",
            Modality="OT",
            PatientName="Sample^Anna" if number == 1 else "",
            ImageComments=COMMENTS if number < 3 else "second look advised",
        )
        if number == 3:
            dataset.PerformedProtocolCodeSequence = [data_set(PersonName="Reader^One") for _ in range(12)]
        entries[f"folder/{number}.dcm"] = dicom_bytes(dataset)
    return zip_bytes(entries)


@pytest.fixture(scope="module")
def chosen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sign-off") / "three.zip"
    path.write_bytes(archive())
    return path


@pytest.fixture
def inspector(page: Page, site: Server, chosen: Path) -> Inspector:
    inspector = Inspector(page, site).open_ready()
    inspector.review(chosen)
    return inspector


def open_values(inspector: Inspector, kind: str, find: str = "") -> Locator:
    """Show the values of a kind; of those that hold a text there must be one."""
    inspector.page.get_by_role("tab", name=re.compile("^Values")).click()
    panel = inspector.page.locator("#values")
    panel.get_by_label("Kind of values").select_option(kind)
    panel.get_by_role("searchbox").fill(find)
    if find:
        expect(panel.locator(".tally")).to_have_text("1")
    return panel


def findings_of(inspector: Inspector, tag: str) -> list[tuple[str, str, int]]:
    found = inspector.report()["findings"]
    return [(one["rule"], one["severity"], one["count"]) for one in found if one["tag"] == tag]


def test_fine_settles_a_value_and_can_be_undone_and_redone(inspector: Inspector) -> None:
    page = inspector.page
    panel = open_values(inspector, "all", COMMENTS)
    panel.get_by_label("Your name").fill("R. Viewer")
    row = panel.get_by_role("row").filter(has_text=COMMENTS)
    row.click()
    panel.get_by_label("Note").fill("read it")
    panel.get_by_role("button", name="Fine").click()
    expect(row).to_contain_text("Fine")
    assert ("profile", "info", 2) in findings_of(inspector, "00204000")
    (mark,) = inspector.report()["value_marks"]
    assert (mark["said"], mark["note"], mark["reviewer"], mark["files"]) == ("fine", "read it", "R. Viewer", 2)
    panel.get_by_role("grid").focus()
    page.keyboard.press("Control+z")
    expect(row).not_to_contain_text("Fine")
    assert "value_marks" not in inspector.report()
    page.keyboard.press("Control+Shift+z")
    expect(row).to_contain_text("Fine")
    assert inspector.report()["value_marks"] == [mark]


def test_fine_does_not_clear_a_name_and_must_go_is_listed(inspector: Inspector) -> None:
    panel = open_values(inspector, "all", "Sample^Anna")
    panel.get_by_role("row").filter(has_text="(0010,0010)").click()
    panel.get_by_role("grid").press("f")
    expect(panel.get_by_role("row").filter(has_text="(0010,0010)")).to_contain_text("Fine")
    assert inspector.report()["verdict"] == "identified"
    assert {severity for _, severity, _ in findings_of(inspector, "00100010")} == {"identifier"}
    panel = open_values(inspector, "all", "(0008,0060)")
    panel.get_by_role("row").filter(has_text="OT").click()
    panel.get_by_role("grid").press("x")
    expect(panel.get_by_role("row").filter(has_text="OT")).to_contain_text("Must go")
    assert ("marked-must-go", "review", 3) in findings_of(inspector, "00080060")


def test_all_rows_are_marked_at_once(inspector: Inspector) -> None:
    panel = open_values(inspector, "all")
    expect(panel.locator(".tally")).to_have_text(re.compile(r"^\d+$"))
    everything = panel.locator(".tally").inner_text()
    open_values(inspector, "open")
    expect(panel.locator(".tally")).not_to_have_text(
        everything
    )  # those of the kind before it stay until these are here
    expect(panel.locator(".tally")).to_have_text(re.compile(r"^\d+$"))
    panel.get_by_role("row").nth(1).click()
    panel.get_by_role("grid").press("Control+a")
    rows = int(panel.locator(".tally").inner_text())
    expect(panel.locator(".mark-tally")).to_have_text(f"{rows} values")
    panel.get_by_role("grid").press("x")
    expect(panel.locator(".tally")).to_have_text("0")
    assert len(inspector.report()["value_marks"]) == rows
    panel.get_by_role("button", name="Undo").click()
    expect(panel.locator(".tally")).to_have_text(str(rows))


def test_marks_are_saved_without_values_and_loaded_for_the_same_archive_alone(
    inspector: Inspector, chosen: Path, tmp_path: Path
) -> None:
    page = inspector.page
    panel = open_values(inspector, "all", COMMENTS)
    panel.get_by_role("row").filter(has_text=COMMENTS).click()
    panel.get_by_role("grid").press("f")
    expect(panel.get_by_role("row").filter(has_text=COMMENTS)).to_contain_text("Fine")
    page.get_by_role("button", name="Report").click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name=re.compile("^Save marks")).click()
    saved = tmp_path / "marks.json"
    download.value.save_as(saved)
    text = saved.read_text("utf-8")
    assert COMMENTS not in text
    assert "Anna" not in text
    assert len(json.loads(text)["values"]) == 1

    inspector.review(chosen)
    assert "value_marks" not in inspector.report()
    page.set_input_files("#marks-file", saved)
    expect(page.locator("#report-menu")).to_contain_text("Loaded: marks of 1 value")
    assert len(inspector.report()["value_marks"]) == 1

    other = tmp_path / "other.zip"
    other.write_bytes(zip_bytes({"1.dcm": dicom_bytes(data_set(SOPInstanceUID=uid("another")))}))
    inspector.review(other)
    page.set_input_files("#marks-file", saved)
    expect(page.locator("#report-menu")).to_contain_text("made for another archive")
    assert "value_marks" not in inspector.report()


def test_findings_stand_by_severity_and_the_items_of_a_sequence_are_one(inspector: Inspector) -> None:
    panel = inspector.page.locator("#findings")
    panel.get_by_role("searchbox").fill("(0040,A123)")
    rows = panel.get_by_role("row").filter(has_text="(0040,A123)")
    expect(rows.first.locator(".element")).to_have_attribute("title", re.compile(r"\[\*\]/\(0040,A123\)"))
    assert rows.count() < 12
    heading = panel.locator(".row.heading").first
    expect(heading.get_by_role("gridcell")).to_have_attribute("aria-expanded", "true")
    heading.click()
    expect(heading.get_by_role("gridcell")).to_have_attribute("aria-expanded", "false")


def test_clause_links_to_the_published_standard_in_a_tab_of_its_own(inspector: Inspector) -> None:
    panel = inspector.page.locator("#findings")
    panel.get_by_role("row").filter(has_text="(0010,0010)").first.click()
    link = panel.get_by_role("link", name=re.compile("Table E.1-1"))
    expect(link).to_have_attribute("href", re.compile(r"^https://dicom\.nema\.org/.*part15\.html#table_E\.1-1$"))
    expect(link).to_have_attribute("target", "_blank")
    expect(link).to_have_attribute("rel", "noreferrer noopener")


def test_hidden_values_are_seen_while_the_key_is_held(inspector: Inspector) -> None:
    page = inspector.page
    tree = page.get_by_role("tree")
    page.get_by_label("Hide identifiers").check()
    expect(tree).not_to_contain_text("Sample^Anna")
    expect(page.locator("#ledger")).not_to_contain_text("2024")
    page.keyboard.down("e")
    expect(tree).to_contain_text("Sample^Anna")
    page.keyboard.up("e")
    expect(tree).not_to_contain_text("Sample^Anna")
    expect(page.get_by_label("Hide identifiers")).to_be_checked()


def test_summary_tells_the_dates_and_the_time_that_it_took(inspector: Inspector) -> None:
    ledger = inspector.page.locator("#ledger")
    expect(ledger).to_contain_text("2024-01-15 to 2024-03-02")
    expect(ledger).to_contain_text(re.compile(r"[\d.]+ s$"))


def test_address_holds_the_place_and_no_value(inspector: Inspector) -> None:
    page = inspector.page
    panel = open_values(inspector, "all", "Sample^Anna")
    panel.get_by_role("row").filter(has_text="(0010,0010)").click()
    expect(panel.locator(".detail")).to_contain_text("Sample^Anna")
    address = page.evaluate("decodeURIComponent(location.href)")
    assert address.endswith("#tab=values&entry=0&path=(0010,0010)")
    page.evaluate("location.hash = '#tab=elements&entry=2&path=(0020,4000)'")
    expect(page.get_by_role("tab", name=re.compile("^Elements"))).to_have_attribute("aria-selected", "true")
    expect(page.locator("#elements")).to_contain_text("second look advised")
