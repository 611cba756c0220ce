"""Journey: all pictures at a glance; what the reviewer marks changes verdict and report, and can be undone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from pydicom import Dataset

from e2e.browser import Inspector
from e2e.conftest import fresh_page
from e2e.server import Server
from tests.builders import data_set, dicom_bytes, uid, zip_bytes
from tests.phantoms import thorax, write
from tests.test_marks import with_broken_frame

SECRET = "SAMPLE^ANNA"
FRAMES, WRITTEN = 40, 27
"""Of the second series, and the one with text in it."""
ROOT = Path(__file__).parents[1]


def picture(series: str, number: int, pixels: np.ndarray, **more: object) -> Dataset:
    frames, rows, columns = pixels.shape
    attributes: dict[str, object] = {
        "SOPClassUID": "1.2.840.10008.5.1.4.1.1.2",
        "SOPInstanceUID": uid("glance", series, number),
        "StudyInstanceUID": uid("glance"),
        "SeriesInstanceUID": uid("glance", series),
        "Modality": "CT",
        "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"],
        "PixelSpacing": ["1", "1"],
        "SeriesNumber": series,
        "InstanceNumber": number,
        "NumberOfFrames": frames,
        "Rows": rows,
        "Columns": columns,
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "BitsAllocated": 8,
        "BitsStored": 8,
        "HighBit": 7,
        "PixelRepresentation": 0,
        "WindowCenter": 128,
        "WindowWidth": 256,
        "PixelData": pixels.astype(np.uint8).tobytes(),
    }
    return data_set(**attributes | more)


def text_mask() -> np.ndarray:
    return write(np.zeros((64, 96), np.uint8), SECRET, 50, 2) > 0


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a zip that is clean but for UIDs and one captured screen; one series of it has text in one frame."""
    body = np.clip(thorax(64, 0.5) / 10 + 100, 0, 140)
    screen = {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7", "Modality": "OT", "ImageType": ["DERIVED", "SECONDARY"]}
    movie = np.zeros((FRAMES, 64, 96))
    movie[:, :, :64] = body
    movie[WRITTEN][text_mask()] = 255
    slices = {f"3/{number:03}": dicom_bytes(picture("3", number, body[None])) for number in range(1, 61)}
    broken = with_broken_frame(picture("4", 1, np.zeros((1, 8, 8))), 2)
    path = tmp_path_factory.mktemp("glance") / "glance.zip"
    first = {"1/screen": picture("1", 1, body[None], **screen), "2/movie": picture("2", 1, movie)}
    entries = {name: dicom_bytes(dataset) for name, dataset in first.items()} | slices | {"4/broken": broken}
    path.write_bytes(zip_bytes({**entries}))
    return path


@pytest.fixture(scope="module")
def inspector(browser: Browser, site: Server, archive: Path) -> Iterator[Inspector]:
    with fresh_page(browser) as page:
        inspector = Inspector(page, site).open_ready()
        inspector.review(archive)
        # Only UIDs would be left; the marks are to decide.
        page.get_by_role("button", name="Profile").click()
        page.get_by_role("checkbox", name="UIDs").check()
        page.keyboard.press("Escape")
        page.get_by_role("tab", name="Pictures").click()
        yield inspector


def sheet(page: Page) -> Locator:
    return page.get_by_role("listbox", name="Pictures")


def open_series(page: Page, entry: str) -> None:
    page.evaluate("entry => window.inspector.show({ entry })", entry)


def mark(page: Page, words: str) -> Locator:
    return page.locator("#pictures").get_by_role("button", name=words)


def test_all_frames_are_on_the_sheet_and_the_riskiest_come_first(inspector: Inspector) -> None:
    page = inspector.page
    expect(page.locator("#pictures .tally")).to_contain_text("104 pictures")
    first = sheet(page).get_by_role("option").first
    expect(first).to_contain_text("OT 1")
    expect(first).to_contain_text("risk of burned-in text")
    expect(sheet(page).locator("canvas").first).to_be_visible()
    # Only what is in view exists in the document.
    assert sheet(page).get_by_role("option").count() < 60
    page.get_by_label("Order", exact=True).select_option("place")
    page.get_by_label("Which pictures").select_option("series")


def test_a_tile_opens_its_frame_in_the_viewer(inspector: Inspector) -> None:
    page = inspector.page
    open_series(page, "2/movie")
    tile = sheet(page).get_by_role("option").nth(3)
    expect(tile).to_contain_text("4/40")
    tile.click()
    expect(tile).to_have_attribute("aria-selected", "true")
    expect(page.locator("#picture")).to_contain_text("4 / 40")
    sheet(page).press("ArrowRight")
    expect(page.locator("#picture")).to_contain_text("5 / 40")


def test_text_in_one_frame_of_many_stands_out_in_the_composite(inspector: Inspector) -> None:
    page = inspector.page
    open_series(page, "2/movie")
    expect(page.locator("#pictures")).to_contain_text(f"All {FRAMES} frames went in.")
    page.get_by_role("button", name="Brightest").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(f"{FRAMES} frames of 96 × 64")
    pixels = np.array(
        dialog.locator("canvas").evaluate(
            "canvas => Array.from(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data)"
        )
    ).reshape(64, 96, 4)[..., 0]
    mask = text_mask()
    assert (pixels[mask] >= 254).all()
    assert pixels[~mask].max() < 200
    page.keyboard.press("Escape")


def test_a_mark_changes_the_verdict_and_undo_restores_it(inspector: Inspector) -> None:
    page = inspector.page
    before = inspector.report()
    open_series(page, "2/movie")
    page.locator("#pictures").get_by_label("Your name").fill("R. Reader")
    page.locator("#pictures").get_by_label("Note").fill("lower edge")
    mark(page, "Burned-in text").click()
    expect(page.locator("#verdict")).to_contain_text("Identified")
    expect(page.get_by_role("tree")).to_contain_text("Burned-in text")
    after = inspector.report()
    (row,) = after["marks"]
    assert (row["seen"], row["reviewer"], row["note"]) == ("burned-in text", "R. Reader", "lower edge")
    assert (row["drawn"], row["frames"]) == (FRAMES, FRAMES)
    (finding,) = (one for one in after["findings"] if one["rule"] == "burned-in-seen")
    assert (finding["entry"], finding["severity"], finding["where"]) == ("2/movie", "identifier", "pixel")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#verdict")).not_to_contain_text("Identified")
    assert inspector.report() == before


def test_marks_by_keys_settle_what_was_looked_at(inspector: Inspector) -> None:
    page = inspector.page
    open_series(page, "1/screen")

    def is_open() -> list[str]:
        return [
            one["entry"]
            for one in inspector.report()["findings"]
            if one["rule"] == "burned-in-text" and one["severity"] == "review"
        ]

    assert is_open() == ["1/screen"]
    sheet(page).press("n")
    expect(mark(page, "Nothing burned in")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#pictures .tally")).to_contain_text("1 of 4 series marked")
    assert is_open() == []
    sheet(page).press("z")
    expect(page.locator("#pictures .tally")).to_contain_text("0 of 4 series marked")
    assert is_open() == ["1/screen"]


def test_a_frame_that_cannot_be_drawn_says_why_and_is_a_problem(inspector: Inspector) -> None:
    page = inspector.page
    open_series(page, "4/broken")
    failed = sheet(page).locator(".tile.failed")
    expect(failed).to_have_count(1)
    expect(failed).to_contain_text("RLE")
    expect(page.locator("#pictures")).to_contain_text("2 of 3 frames went in; 1 could not be drawn.")
    (problem,) = inspector.report()["problems"]
    assert problem["entry"] == "4/broken"
    assert problem["message"].startswith("Frame 3 of 3 could not be drawn: ")


def test_the_command_line_reads_the_saved_marks_and_writes_the_same_report(
    inspector: Inspector, archive: Path, tmp_path: Path
) -> None:
    page = inspector.page
    open_series(page, "2/movie")
    mark(page, "Unsure").click()
    expect(page.locator("#pictures .tally")).to_contain_text("1 of 4 series marked")
    page.get_by_role("button", name="Report").click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="Save marks").click()
    marks = tmp_path / "marks.json"
    download.value.save_as(marks)
    assert SECRET not in marks.read_text("utf-8")
    options = ["--option", "retain-uids", "--show-values", "--marks", str(marks)]
    run = subprocess.run(
        [sys.executable, "-m", "pycore", "review", str(archive), *options],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
    )
    assert run.returncode == 1, run.stderr
    native, shown = json.loads(run.stdout), inspector.report()
    assert native["archive"].pop("sha256") is None
    shown["archive"].pop("sha256")  # the download asked for it
    assert native == shown
    assert native["marks"][0]["seen"] == "unsure"
