"""Objects without pixels are read in the page: beside the lists, and larger in the middle."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from e2e.browser import Inspector, payload
from tests.builders import data_set, dicom_bytes, pydicom_path, zip_bytes
from tests.objects import ct_slice, encapsulated_pdf, presentation_state, report, structure_set, waveform

ENTRIES = {
    "report.dcm": lambda: dicom_bytes(report()),
    "letter.dcm": lambda: dicom_bytes(encapsulated_pdf()),
    "presentation.dcm": lambda: dicom_bytes(presentation_state()),
    "ecg.dcm": lambda: pydicom_path("waveform_ecg.dcm").read_bytes(),
    "hour.dcm": lambda: dicom_bytes(waveform(3600, 20)),
    "ct.dcm": lambda: dicom_bytes(ct_slice()),
    "structures.dcm": lambda: dicom_bytes(structure_set()),
    "plan.dcm": lambda: pydicom_path("rtplan.dcm").read_bytes(),
    "broken.dcm": lambda: dicom_bytes(waveform(NumberOfWaveformChannels=60_000)),
    "unknown.dcm": lambda: dicom_bytes(data_set(Modality="OT", PatientID="1")),
}


@pytest.fixture(scope="module")
def documents(shared: Inspector) -> Inspector:
    """One page with one object of every kind on it."""
    shared.review(payload("documents.zip", zip_bytes({name: make() for name, make in ENTRIES.items()})))
    return shared


def choose(inspector: Inspector, name: str) -> None:
    inspector.page.get_by_role("tab", name="Files").click()
    inspector.page.locator("#files").get_by_role("grid").get_by_text(name, exact=True).click()


def read(inspector: Inspector, name: str) -> Locator:
    """Choose an entry and return the document beside the lists."""
    choose(inspector, name)
    return inspector.page.locator("#picture-document .document")


@pytest.mark.parametrize(
    ("name", "title", "texts"),
    [
        ("report.dcm", "CT Report", ["Mrs. Sample has a nodule in the right lung.", "12.5 millimeter (mm)"]),
        ("letter.dcm", "Encapsulated PDF", ["Page 1", "Letter about Anna Sample"]),
        ("presentation.dcm", "Grayscale Softcopy Presentation State", ["Anna Sample, prior", "W 400 L 40"]),
        ("structures.dcm", "RT Structure Set", ["Heart", "1 closed planar"]),
        ("plan.dcm", "RT Plan", ["Field 1", "PHOTON"]),
        ("broken.dcm", "12-lead ECG Waveform", ["Number of Waveform Channels is 60,000"]),
        ("unknown.dcm", "Secondary Capture Image", ["under Elements"]),
    ],
)
def test_an_object_without_pixels_is_read_in_place_of_a_picture(
    documents: Inspector, name: str, title: str, texts: list[str]
) -> None:
    document = read(documents, name)
    expect(document.get_by_role("heading", name=title, exact=True)).to_be_visible()
    for text in texts:
        expect(document).to_contain_text(text)
    expect(documents.page.locator("#picture-stage")).to_be_hidden()


def test_every_lead_of_an_ecg_is_drawn_to_scale(documents: Inspector) -> None:
    document = read(documents, "ecg.dcm")
    first = document.locator(".plot").first
    expect(first.locator(".channel")).to_have_count(12)
    expect(first).to_contain_text("25 mm/s, 10 mm/mV")
    widths = first.locator(".channel svg").evaluate_all(
        "sheets => sheets.map(sheet => sheet.getBoundingClientRect().width)"
    )
    assert widths == [pytest.approx(10 * 25 * 96 / 25.4, abs=1)] * 12  # ten seconds


def test_an_hour_fits_the_page_and_says_what_is_drawn(documents: Inspector) -> None:
    document = read(documents, "hour.dcm")
    expect(document.locator(".plot figcaption").filter(has_text="72,000 samples in ")).to_be_visible()
    expect(document.locator(".time-axis")).to_contain_text("1:00:00 h")


def open_document_tab(page: Page) -> None:
    """Choose the tab, which has no room at this width, from the menu."""
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("menu", name="More").get_by_text("Document", exact=True).click()


def test_the_document_is_read_larger_in_the_middle_and_over_the_whole_page(documents: Inspector) -> None:
    page = documents.page
    document = read(documents, "report.dcm")
    open_document_tab(page)
    expect(page.locator("#document").get_by_role("heading", name="CT Report")).to_be_visible()
    page.get_by_role("button", name="Enlarge to the window").click()
    expect(document).to_be_focused()
    assert document.evaluate("element => element.clientWidth") > 1000
    page.keyboard.press("Escape")
    assert document.evaluate("element => element.clientWidth") < 1000


def test_arrows_scroll_a_document_and_do_not_leave_it(documents: Inspector) -> None:
    document = read(documents, "ecg.dcm")
    expect(document.locator(".channel")).not_to_have_count(0)
    document.focus()
    for key in ("End", "ArrowUp", "PageDown"):
        documents.page.keyboard.press(key)
    expect(document).to_contain_text("12-lead ECG")
    expect(documents.page.locator("#picture-title")).to_have_text("ecg.dcm")


def test_contours_lie_on_their_pixels_and_can_be_switched_off(documents: Inspector) -> None:
    page = documents.page
    choose(documents, "ct.dcm")
    layer = page.locator("#picture [data-layer=contours]")
    expect(layer.locator("polygon")).to_have_attribute("points", "4.5,5.5 20.5,5.5 20.5,15.5 4.5,15.5")
    expect(layer.locator("polygon")).to_have_attribute("stroke", "#ff0080")
    expect(layer.locator("text")).to_have_text(["Heart", "Isocentre"])
    drawn, canvas = layer.locator("polygon").bounding_box(), page.locator("canvas#image").bounding_box()
    assert drawn and canvas
    # 32 columns of 1 mm and 32 rows of 2 mm, in proportion: from column 4.5 to 20.5, from row 5.5 to 15.5.
    assert (drawn["x"] - canvas["x"]) / canvas["width"] == pytest.approx(4.5 / 32, abs=0.02)
    assert drawn["width"] / canvas["width"] == pytest.approx(16 / 32, abs=0.02)
    assert drawn["height"] / canvas["height"] == pytest.approx(10 / 32, abs=0.02)
    button = page.get_by_role("button", name="Contours of structures")
    button.click()
    expect(layer).to_be_hidden()
    button.click()
    expect(layer).to_be_visible()


def test_references_lead_to_their_object_or_say_that_it_is_not_here(documents: Inspector) -> None:
    document = read(documents, "report.dcm")
    document.get_by_role("button", name="CT Image").first.click()
    expect(documents.page.locator("canvas#image")).to_be_visible()
    expect(documents.page.locator("#picture-document")).to_be_hidden()
    expect(documents.page.locator("#picture-title")).to_have_text("ct.dcm")
    expect(read(documents, "plan.dcm")).to_contain_text("RT Structure Set (not in these files)")


def test_names_dates_and_prose_are_hidden_with_the_identifiers(documents: Inspector) -> None:
    page = documents.page
    document = read(documents, "report.dcm")
    expect(document).to_contain_text("Sample, Anna")
    page.get_by_label("Hide identifiers").check()
    for secret in ("Sample", "Anna", "4711", "2024", "Rita", "nodule in the right lung"):
        expect(document).not_to_contain_text(secret)
    for kept in ("CT Report", "Findings", "12.5 millimeter", "COMPLETE"):
        expect(document).to_contain_text(kept)
    page.get_by_label("Hide identifiers").uncheck()
    expect(document).to_contain_text("Sample, Anna")


def test_what_is_drawn_also_has_a_document(documents: Inspector) -> None:
    choose(documents, "ct.dcm")
    open_document_tab(documents.page)
    expect(documents.page.locator("#document .document")).to_contain_text("CT Image")
    expect(documents.page.locator("#picture-document")).to_be_hidden()
