"""Journey: what was reviewed is compared with the file after de-identification, and the page says what survives."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import expect

from e2e.browser import Inspector, payload
from pycore.__main__ import main
from tests.aes import aes_zip
from tests.builders import dicom_bytes, zip_bytes
from tests.deidentified import PATIENTS, Deidentifier, original, to_zip
from tests.test_archive_kinds import encrypted_zip

NAME = PATIENTS[0][0]


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    """Two zips: the one after still has a name in a description, and a series under a UID of before in a report."""
    objects = original()
    after = Deidentifier().apply(objects)
    first = next(one for one in after.values() if one.Modality == "US")
    first.StudyComments = "for Haverkamp, Johanna"
    paths = tmp_path / "before.zip", tmp_path / "after.zip"
    paths[0].write_bytes(to_zip(objects))
    paths[1].write_bytes(to_zip(after))
    return paths


def test_the_file_after_is_compared_and_the_page_says_what_the_command_line_says(
    shared: Inspector, pair: tuple[Path, Path], tmp_path: Path
) -> None:
    page = shared.page
    shared.review(pair[0])
    page.get_by_role("button", name="Before/after…").click()
    panel = page.locator("#before-after")
    expect(panel.get_by_text("Before and after de-identification")).to_be_visible()
    page.set_input_files("#after-file", pair[1])
    expect(panel.locator(".verdict")).to_contain_text("Identifiers survive")
    expect(panel.get_by_text("Pixels were not compared yet.")).to_be_visible()
    panel.get_by_role("button", name="Compare the pixels, too").click()
    expect(panel.get_by_text("Pixels: 20 the same.")).to_be_visible()
    survivors = panel.locator("details").filter(has_text="Survives")
    expect(survivors.get_by_role("row").filter(has_text="Study Comments")).to_contain_text("for Haverkamp, Johanna")

    page.locator("#hide").check()
    expect(survivors).not_to_contain_text("Haverkamp")
    page.locator("#hide").uncheck()

    with page.expect_download() as download:
        panel.get_by_role("button", name="JSON").click()
    output = tmp_path / "comparison.json"
    assert main(["compare", str(pair[0]), str(pair[1]), "--pixels", "--output", str(output)]) == 2
    assert Path(download.value.path()).read_bytes() == output.read_bytes()
    plain = json.loads(output.read_text("utf-8"))
    assert NAME not in output.read_text("utf-8")
    assert plain["objects"]["matched"] == 22


def test_what_is_saved_without_values_does_not_bear_the_patient_s_name(
    shared: Inspector, pair: tuple[Path, Path], tmp_path: Path
) -> None:
    page = shared.page
    named = tmp_path / "Haverkamp Johanna.zip"
    named.write_bytes(pair[0].read_bytes())
    shared.review(named)
    page.get_by_role("button", name="Before/after…").click()
    page.set_input_files("#after-file", pair[1])
    panel = page.locator("#before-after")
    for button, ending in (("JSON", "-comparison.json"), ("HTML", "-comparison.html"), ("Text", "-comparison.txt")):
        with page.expect_download() as download:
            panel.get_by_role("button", name=button, exact=True).click()
        name = download.value.suggested_filename
        assert name.endswith(ending)
        assert "Haverkamp" not in name


def test_cancelling_while_the_file_after_is_read_or_compared_leaves_the_review(
    shared: Inspector, pair: tuple[Path, Path], tmp_path: Path
) -> None:
    page = shared.page
    shared.review(pair[0])
    page.get_by_role("button", name="Before/after…").click()
    panel = page.locator("#before-after")
    # So many entries that it cannot be over before the click.
    many = tmp_path / "many.zip"
    content = next(iter(original().values()))
    many.write_bytes(zip_bytes({f"{number:05}.dcm": dicom_bytes(content) for number in range(8000)}))
    page.set_input_files("#after-file", many)
    expect(panel.get_by_role("button", name="Cancel")).to_be_visible()
    expect(panel.locator(".compare-progress .fine")).to_contain_text("of 8,000")
    said = page.evaluate(
        """() => {
            const panel = document.getElementById('before-after');
            [...panel.querySelectorAll('button')].find((one) => one.textContent === 'Cancel').click();
            return new Promise((told) => requestAnimationFrame(() => told(panel.textContent)));
        }"""
    )
    assert "The comparison was cancelled." in said
    assert shared.report()["archive"]["name"] == "before.zip"
    page.set_input_files("#after-file", pair[1])
    expect(panel.locator(".verdict")).to_contain_text("Identifiers survive")


def test_a_file_after_that_cannot_be_read_costs_nothing_of_the_review(
    shared: Inspector, pair: tuple[Path, Path]
) -> None:
    page = shared.page
    shared.review(pair[0])
    page.get_by_role("button", name="Before/after…").click()
    page.set_input_files("#after-file", payload("letter.txt", b"no zip at all"))
    alert = page.locator("#before-after").get_by_role("alert")
    expect(alert).to_contain_text("letter.txt is neither a zip nor a DICOM object")
    expect(alert).to_contain_text("The review stays")
    assert shared.report()["archive"]["name"] == "before.zip"
    page.set_input_files("#after-file", pair[1])
    expect(page.locator("#before-after .verdict")).to_contain_text("Identifiers survive")
    assert shared.state == "done"


@pytest.mark.parametrize("kind", ["ZipCrypto", "AES"])
def test_a_file_after_that_needs_a_password_is_read_with_it(
    shared: Inspector, pair: tuple[Path, Path], kind: str
) -> None:
    page = shared.page
    shared.review(pair[0])
    page.get_by_role("button", name="Before/after…").click()
    data = next(iter(original().values()))
    content, password = dicom_bytes(data), b"open sesame"
    aes = kind == "AES"
    locked = aes_zip({"a": content}, password) if aes else encrypted_zip(content, password, zipfile.ZIP_DEFLATED)
    page.set_input_files("#after-file", payload("after.zip", locked))
    form = page.locator("#after-password")
    said = form.locator("p").first
    expect(said).to_contain_text("protected by a password: 1 entry was not read")
    for password, words in (("wrong", "That password does not open 1 entry"), ("open sesame", "")):
        form.get_by_label("Password").fill(password)
        form.get_by_role("button").click()
        expect(said).to_have_text(re.compile(f"^{words}"), timeout=20_000)
    expect(form).to_be_hidden()
    expect(page.locator("#before-after .verdict")).to_contain_text("Identifiers survive")


def test_another_option_compares_again_without_reading(shared: Inspector, pair: tuple[Path, Path]) -> None:
    page = shared.page
    shared.review(pair[0])
    page.get_by_role("button", name="Before/after…").click()
    page.set_input_files("#after-file", pair[1])
    panel = page.locator("#before-after")
    changed = panel.locator("details").filter(has_text="Elements that changed").get_by_role("row")
    panel.get_by_text("Elements that changed").click()
    expect(changed.filter(has_text="Study Date (0008,0020)")).to_contain_text("Z")
    page.locator("#profile-button").click()
    page.locator("#profile-menu input[value=retain-modified-dates]").check()
    page.keyboard.press("Escape")
    panel.get_by_text("Elements that changed").click()
    expect(changed.filter(has_text="Study Date (0008,0020)")).to_contain_text("C")


def test_a_zip_that_is_dropped_on_the_right_half_is_the_file_after(shared: Inspector, pair: tuple[Path, Path]) -> None:
    page = shared.page
    shared.review(pair[0])
    transfer = page.evaluate_handle(
        """bytes => {
            const transfer = new DataTransfer();
            transfer.items.add(new File([new Uint8Array(bytes)], 'after.zip'));
            return transfer;
        }""",
        list(pair[1].read_bytes()),
    )
    page.dispatch_event("body", "dragover", {"dataTransfer": transfer})
    expect(page.get_by_text("Drop here to review it instead")).to_be_visible()
    page.dispatch_event("#drop-after", "drop", {"dataTransfer": transfer})
    expect(page.locator("#before-after .verdict")).to_contain_text("Identifiers survive")
    assert shared.report()["archive"]["name"] == "before.zip"
