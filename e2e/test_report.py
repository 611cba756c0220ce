"""Journey: the report is taken away, in each form and under a name that tells what it holds; so are recipes."""

from __future__ import annotations

import re
import struct
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from e2e.browser import Inspector
from e2e.server import Server
from pycore.__main__ import main
from tests.builders import data_set, dicom_bytes, zip_bytes
from tests.test_review import clean_object

FORMS = {
    "HTML": ("html", "review.html"),
    "CSV of the findings": ("csv", "findings.csv"),
    "CSV of all values": ("csv-values", "values.csv"),
    "JSON": ("json", "review.json"),
    "Text": ("text", "review.txt"),
}
RECIPES = {
    "Script for RSNA CTP": ("ctp", "ctp-anonymizer.xml"),
    "Recipe for pydicom": ("deid", "deid.dicom"),
    "Shell script for dcmodify": ("dcmodify", "dcmodify.sh"),
}
LARGE_BYTES = 500 << 20


@pytest.fixture
def chosen(tmp_path: Path) -> Path:
    path = tmp_path / "one.zip"
    path.write_bytes(zip_bytes({"1.dcm": clean_object(1, PatientName="Sample^Anna"), "note.txt": b"Sample Anna"}))
    return path


def save(page: Page, label: str, folder: Path) -> Path:
    """Choose a form in the menu, which is opened where it is not, and return the file that comes of it."""
    if not page.locator("#report-menu").is_visible():
        page.get_by_role("button", name="Report").click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name=re.compile(f"^{label}")).click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def made_at(saved: Path) -> str:
    """Return when a report says that it was made."""
    [time] = re.findall(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", saved.read_text("utf-8"))
    return str(time)


def test_each_form_is_the_report_of_the_command_line(page: Page, site: Server, chosen: Path, tmp_path: Path) -> None:
    Inspector(page, site).open_ready().review(chosen)
    for label, (format_name, ending) in {**FORMS, **RECIPES}.items():
        saved = save(page, label, tmp_path)
        assert saved.name == f"one-{ending}"
        native = tmp_path / "native"
        digest = ["--sha256"] if format_name in ("html", "json", "text") else []
        made = ["--time", made_at(saved)] if digest else []
        main(["review", str(chosen), "--format", format_name, "--output", str(native), *digest, *made])
        assert saved.read_bytes() == native.read_bytes()
        assert "Anna" not in saved.read_text("utf-8")


def test_with_values_the_name_says_that_it_holds_identifiers(
    page: Page, site: Server, chosen: Path, tmp_path: Path
) -> None:
    Inspector(page, site).open_ready().review(chosen)
    page.get_by_role("button", name="Report").click()
    page.get_by_label("With values").check()
    expect(page.locator("#report-menu")).to_contain_text("will contain identifiers")
    for label, (_, ending) in FORMS.items():
        saved = save(page, label, tmp_path)
        assert saved.name == f"one-CONTAINS-IDENTIFIERS-{ending}"
        assert "Sample^Anna" in saved.read_text("utf-8")
    saved = save(page, "Script for RSNA CTP", tmp_path)
    assert saved.name == "one-ctp-anonymizer.xml"
    assert "Anna" not in saved.read_text("utf-8")


def test_saved_html_opens_by_itself_runs_nothing_and_asks_for_nothing(
    page: Page, site: Server, chosen: Path, tmp_path: Path, browser: Browser
) -> None:
    Inspector(page, site).open_ready().review(chosen)
    saved = save(page, "HTML", tmp_path)
    context = browser.new_context(offline=True)
    report = context.new_page()
    said: list[str] = []
    asked: list[str] = []
    report.on("console", lambda message: said.append(message.text))
    report.on("request", lambda request: asked.append(request.url))
    report.goto(saved.as_uri())
    expect(report.get_by_role("heading", name="Review of one.zip")).to_be_visible()
    # The style is the document's own and the policy lets it in by its digest.
    assert report.locator(".verdict").evaluate("one => getComputedStyle(one).borderLeftStyle") == "solid"
    assert report.evaluate("document.scripts.length") == 0
    assert said == []
    assert [one for one in asked if not one.startswith("file:")] == []
    context.close()


def test_reading_all_for_the_digest_shows_how_far_it_is_and_can_be_cancelled(
    page: Page, site: Server, tmp_path: Path
) -> None:
    large = tmp_path / "large.dcm"
    pixels = struct.pack("<HH2sHI", 0x7FE0, 0x0010, b"OB", 0, LARGE_BYTES)
    dataset = data_set(
        SOPClassUID="1.2.840.10008.5.1.4.1.1.7", SOPInstanceUID="1.2.3", StudyInstanceUID="1.2", SeriesInstanceUID="1"
    )
    head = dicom_bytes(dataset) + pixels
    with large.open("wb") as file:
        file.write(head)
        file.truncate(len(head) + LARGE_BYTES)
    Inspector(page, site).open_ready().review(large)
    menu = page.locator("#report-menu")
    page.get_by_role("button", name="Report").click()
    page.get_by_role("menuitem", name=re.compile("^HTML")).click()
    expect(menu.get_by_role("status")).to_have_text(re.compile(r"SHA-256: \d+ %"))
    menu.get_by_role("button", name="Cancel").click()
    expect(menu.get_by_role("status")).to_have_text("Cancelled: nothing was saved.")
    expect(menu.get_by_role("button", name="Cancel")).to_be_hidden()
    assert save(page, "CSV of the findings", tmp_path).stat().st_size  # which needs no digest, and is not in the way
