"""Journey: a large zip is dropped; what its first entries hold is on the screen before the rest is read."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect

from e2e.browser import Inspector
from tests.builders import dicom_bytes, zip_bytes
from tests.test_layouts import slice_of_series

# Notes the state of the page when the first findings came up.
WATCH = """
new MutationObserver(() => {
  if (!document.querySelector('#preview li')) return;
  window.previewed ??= document.documentElement.dataset.state;
  window.firstTitle ??= document.querySelector('.preview-title').textContent;
}).observe(document, { subtree: true, childList: true });
"""


def test_first_findings_are_shown_while_the_rest_is_read(inspector: Inspector, tmp_path: Path) -> None:
    path = tmp_path / "large.zip"
    path.write_bytes(zip_bytes({f"{number:04}": dicom_bytes(slice_of_series(number)) for number in range(600)}))
    page = inspector.page
    page.evaluate(WATCH)
    inspector.choose(path)
    inspector.wait_for("done")
    assert page.evaluate("window.previewed") == "reviewing"
    preview = page.locator("#preview")
    assert page.evaluate("window.firstTitle") == "Found in 16 entries, while the rest is being read:"
    assert "Patient's Name" in preview.locator("li").all_text_contents()[0]
    expect(preview).to_be_hidden()
    assert inspector.report()["archive"]["dicom"] == 600
