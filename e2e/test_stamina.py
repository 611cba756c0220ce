"""Workers that crash or hang are replaced and said; cancel, another drop and closing work at any moment.

The traps are real: the page is served with a worker that, when Python reads an entry with a certain text, loops for
ever or reports an error that nobody caught. Nothing else of the page is changed.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import struct
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Playwright, expect
from pydicom.uid import SecondaryCaptureImageStorage

from e2e.bench import memory_mb, renderer_of
from e2e.browser import ARGUMENTS, Inspector, chromium_path, dist_directory, payload
from e2e.conftest import REFUSALS
from e2e.server import Server, serve
from tests.builders import data_set, dicom_bytes, uid, zip_bytes
from tests.compressed import endless_image
from tests.extremes import distinct_elements
from tests.test_layouts import slice_of_series

TRAP = b"""
const readAsArrayBuffer = FileReaderSync.prototype.readAsArrayBuffer;
FileReaderSync.prototype.readAsArrayBuffer = function (blob) {
  const buffer = readAsArrayBuffer.call(this, blob);
  const text = new TextDecoder('latin1').decode(buffer);
  if (text.includes('TRAP: hang')) for (;;);
  if (text.includes('TRAP: crash')) reportError(new Error('trapped'));
  return buffer;
};
"""
STORED = 0


@pytest.fixture(scope="module")
def trapped_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The built page, with `TRAP` in front of its worker."""
    directory = tmp_path_factory.mktemp("trapped") / "dist"
    shutil.copytree(dist_directory(), directory)
    listed = json.loads((directory / "assets.json").read_text())
    for file in listed["files"]:
        if file["url"] == "worker.js":
            path = directory / file["url"]
            path.write_bytes(TRAP + path.read_bytes())
            file |= {"size": path.stat().st_size, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    (directory / "assets.json").write_text(json.dumps(listed))
    with serve(directory) as server:
        yield server


@contextmanager
def tolerant_page(browser: Browser, complaints: list[str]) -> Iterator[Page]:
    """Open a page in which workers may fail as they are made to; nothing else may be complained about."""
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    page = context.new_page()

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error" and not any(word in message.text for word in ("trapped", *REFUSALS)):
            complaints.append(message.text)

    page.on("console", hear)
    page.on("pageerror", lambda error: None if "trapped" in str(error) else complaints.append(str(error)))
    yield page
    context.close()


@pytest.fixture
def trapped(browser: Browser, trapped_site: Server) -> Iterator[Inspector]:
    complaints: list[str] = []
    with tolerant_page(browser, complaints) as page:
        page.clock.install()
        yield Inspector(page, trapped_site).open_ready()
    assert [one for one in complaints if "Trusted" not in one] == []


def slices(count: int) -> dict[str, bytes | None]:
    return {f"{number:04}.dcm": dicom_bytes(slice_of_series(number)) for number in range(count)}


def bait(kind: str) -> bytes:
    """Return a text with the trap so deep inside that it is met when the entry is read: not when the zip is opened, nor
    when the heads of its entries are fetched."""
    return b"nothing here\n" * 8000 + b"TRAP: " + kind.encode()


def trapped_zip(kind: str, count: int, at: int) -> bytes:
    entries = list(slices(count).items())
    entries.insert(at, ("bait.txt", bait(kind)))
    return zip_bytes({**dict(entries), "last.bin": bytes(range(256)) * 1024}, STORED)


def wait_by_the_clock(inspector: Inspector, state: str) -> None:
    """Wait for a state while the page's clock runs fast: what waits for silence waits for less of ours."""
    for _ in range(60):
        if inspector.state == state:
            return
        inspector.page.clock.run_for(6_000)
        time.sleep(2)
    raise AssertionError(f"waited for {state}, but: {inspector.state} {inspector.error}")


def said_of(report: dict[str, Any], entry: str) -> list[str]:
    return [problem["message"] for problem in report["problems"] if problem["entry"] == entry]


def test_an_entry_that_no_reader_finishes_is_given_up_and_the_rest_is_reviewed(trapped: Inspector) -> None:
    trapped.choose(payload("hang.zip", trapped_zip("hang", 8, 3)))
    wait_by_the_clock(trapped, "done")
    report = trapped.report()
    assert (report["archive"]["entries"], report["archive"]["dicom"], report["archive"]["unreadable"]) == (10, 8, 1)
    assert "took too long" in " ".join(said_of(report, "bait.txt"))
    assert len(report["problems"]) == len(said_of(report, "bait.txt"))
    expect(trapped.page.locator("#notice")).to_contain_text("A reader stopped working")


@pytest.mark.parametrize("at", [5, 300])
def test_an_entry_at_which_readers_crash_is_given_up_and_the_rest_is_reviewed(trapped: Inspector, at: int) -> None:
    count = 8 if at < 8 else 420
    report = trapped.review(payload("crash.zip", trapped_zip("crash", count, at)))
    assert (report["archive"]["dicom"], report["archive"]["unreadable"]) == (count, 1)
    assert "stopped working at this entry" in " ".join(said_of(report, "bait.txt"))
    expect(trapped.page.locator("#notice")).to_contain_text("A reader stopped working")
    # The next review knows nothing of it.
    report = trapped.review(payload("good.zip", zip_bytes(slices(2))))
    assert (report["archive"]["dicom"], report["problems"]) == (2, [])
    expect(trapped.page.locator("#notice")).to_be_hidden()


def test_cancel_works_while_every_reader_hangs(trapped: Inspector) -> None:
    page = trapped.page
    trapped.choose(payload("hang.zip", trapped_zip("hang", 200, 40)))
    expect(page.locator("#progress-counts")).to_contain_text("of 202 entries")
    time.sleep(1)
    assert page.evaluate("document.getElementById('cancel').click(), document.documentElement.dataset.state") == "ready"
    assert trapped.review(payload("good.zip", zip_bytes(slices(2))))["archive"]["dicom"] == 2


def lose_worker(page: Page, number: int) -> None:
    page.workers[number].evaluate("setTimeout(() => { throw new Error('trapped'); })")


def test_a_review_whose_lead_is_lost_is_read_again_by_itself(trapped: Inspector, sample: Path) -> None:
    page = trapped.page
    trapped.review(sample)
    before = page.evaluate("window.inspector.reportText({ values: true })")
    lose_worker(page, 0)
    # Whether the page knows yet or finds out by asking: the answer is the same.
    assert page.evaluate("window.inspector.reportText({ values: true })") == before
    expect(page.locator("#notice")).to_contain_text("the files were read again")
    page.get_by_role("tab", name="Values").click()
    expect(page.locator("#values").get_by_role("row").nth(1)).to_contain_text("(0008,0005)")


def test_a_comparison_whose_lead_is_lost_is_made_again_by_itself(trapped: Inspector, sample: Path) -> None:
    page = trapped.page
    trapped.review(sample)
    page.set_input_files("#after-file", sample)
    panel = page.locator("#before-after")
    expect(panel.locator(".verdict")).to_contain_text("Identifiers survive")
    with page.expect_download() as download:
        panel.get_by_role("button", name="JSON").click()
    before = Path(download.value.path()).read_bytes()
    lose_worker(page, 0)
    expect(page.locator("#notice")).to_be_hidden()
    with page.expect_download() as download:
        panel.get_by_role("button", name="JSON").click()
    assert Path(download.value.path()).read_bytes() == before
    expect(page.locator("#notice")).to_contain_text("the files were read again")


def image(number: int, pixels: bytes) -> bytes:
    rows = 512
    return dicom_bytes(
        data_set(
            SOPClassUID=SecondaryCaptureImageStorage,
            SOPInstanceUID=uid("stamina", number),
            Modality="OT",
            PatientID=f"ZS-{number}",
            StudyInstanceUID=uid("study", number),
            SeriesInstanceUID=uid("series", number),
            SamplesPerPixel=1,
            PhotometricInterpretation="MONOCHROME2",
            Rows=rows,
            Columns=rows,
            BitsAllocated=8,
            BitsStored=8,
            HighBit=7,
            PixelRepresentation=0,
            PixelData=pixels.ljust(rows * rows, b"\x55"),
        )
    )


def test_a_picture_that_no_worker_survives_is_said_and_the_others_are_drawn(trapped: Inspector) -> None:
    page = trapped.page
    data = zip_bytes({"1.dcm": image(1, b""), "2.dcm": image(2, bytes(100_000) + b"TRAP: crash")}, STORED)
    assert trapped.review(payload("pictures.zip", data))["archive"]["dicom"] == 2
    page.evaluate("window.inspector.show({ entry: '2.dcm' }).catch(() => {})")
    expect(page.locator("#picture-words")).to_contain_text("stopped the part of the page that draws, twice")
    assert trapped.show("1.dcm") == (512, 512)
    page.clock.run_for(3_000)
    expect(page.get_by_role("tab", name="Problems")).to_contain_text("1")
    assert "draws, twice" in " ".join(said_of(trapped.report(), "2.dcm"))


def test_a_drop_during_a_review_replaces_it(inspector: Inspector) -> None:
    page = inspector.page
    large = payload("large.zip", zip_bytes(slices(400)))
    for number in (1, 2, 3):
        inspector.choose(large)
        page.wait_for_timeout(300 * number)
    inspector.choose(payload("small.zip", zip_bytes(slices(3))))
    inspector.wait_for("done")
    expect(page.locator("#ledger")).to_contain_text("small.zip")
    report = inspector.report()
    assert (report["archive"]["name"], report["archive"]["dicom"]) == ("small.zip", 3)
    assert inspector.show(0)[0] > 0


SLOW_READER = """
let boots = 0;
window.Worker = class extends Worker {
  postMessage(message, options) {
    if (message.type === 'boot' && ++boots === 2) window.bootReader = () => super.postMessage(message, options);
    else super.postMessage(message, options);
  }
};
"""


def test_a_reader_that_boots_after_the_next_drop_reads_only_that(browser: Browser, site: Server) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.add_init_script(SLOW_READER)
    inspector = Inspector(page, site).open_ready()
    inspector.choose(payload("first.zip", zip_bytes(slices(130))))
    expect(page.locator("#progress-counts")).to_contain_text("16 of 130 entries")  # all but what the reader took
    second = payload("second.zip", zip_bytes(slices(140)))
    inspector.choose(second)
    expect(page.locator("#progress-counts")).to_contain_text("16 of 140 entries")
    page.evaluate("bootReader()")
    inspector.wait_for("done")
    report = inspector.report()
    assert (report["archive"]["name"], report["archive"]["dicom"]) == ("second.zip", 140)
    assert report == inspector.review(second)
    context.close()


def test_cancel_at_any_moment_leaves_a_page_that_takes_the_next_file(inspector: Inspector) -> None:
    page = inspector.page
    large = payload("large.zip", zip_bytes(slices(400)))
    for wait_ms in (0, 150, 600):
        inspector.choose(large)
        page.wait_for_timeout(wait_ms)
        state = page.evaluate("document.getElementById('cancel').click(), document.documentElement.dataset.state")
        assert state == "ready" or inspector.state == "done"
    assert inspector.review(payload("good.zip", zip_bytes(slices(2))))["archive"]["dicom"] == 2


def test_a_decoder_that_does_not_end_is_ended_and_the_next_picture_is_drawn(inspector: Inspector) -> None:
    page = inspector.page
    data = zip_bytes({"endless.dcm": endless_image(), "good.dcm": image(1, b"")})
    assert inspector.review(payload("endless.zip", data))["archive"]["dicom"] == 2
    with pytest.raises(Error, match=r"The frame cannot be decoded: its decoder took too long"):
        inspector.show("endless.dcm")
    assert inspector.show("good.dcm") == (512, 512)
    expect(page.get_by_role("tab", name="Problems")).to_contain_text("1")
    assert "took too long" in " ".join(said_of(inspector.report(), "endless.dcm"))


def test_a_drop_while_a_picture_is_decoded_replaces_all(inspector: Inspector) -> None:
    page = inspector.page
    inspector.review(payload("endless.zip", zip_bytes({"endless.dcm": endless_image()})))
    page.evaluate("window.inspector.show({ entry: 'endless.dcm' }).catch(() => {})")
    page.wait_for_timeout(500)
    good = inspector.review(payload("good.zip", zip_bytes({"good.dcm": image(1, b"")})))
    assert (good["archive"]["name"], good["problems"]) == ("good.zip", [])
    assert inspector.show("good.dcm") == (512, 512)


CANCEL = "document.getElementById('cancel').click(), document.documentElement.dataset.state"


@pytest.mark.parametrize("doing", ["Reading", "Judging"])
def test_cancel_works_while_one_entry_is_read_or_judged_for_long(inspector: Inspector, doing: str) -> None:
    page = inspector.page
    inspector.choose(payload("many.zip", zip_bytes({"many.dcm": distinct_elements(100_000)})))
    expect(page.locator("#progress")).to_contain_text(f"{doing} ", timeout=120_000)
    page.wait_for_timeout(300)
    assert page.evaluate(CANCEL) == "ready"
    assert inspector.review(payload("good.zip", zip_bytes(slices(2))))["archive"]["dicom"] == 2


def test_cancel_works_while_a_huge_directory_is_opened(inspector: Inspector) -> None:
    inspector.choose(payload("names.zip", zip_bytes({f"{number:05}": b"" for number in range(60_000)}, STORED)))
    inspector.wait_for("reviewing")
    assert inspector.page.evaluate(CANCEL) == "ready"
    assert inspector.review(payload("good.zip", zip_bytes(slices(2))))["archive"]["dicom"] == 2


def large_zip(path: Path) -> Path:
    """Write a zip of a slice and of 3 GiB that are nowhere on the disk, stored; its SHA-256 takes many seconds."""
    size, name = 3 << 30, b"nothing.bin"
    first = zip_bytes(slices(1), STORED)
    start, end = first.index(b"PK\1\2"), first.index(b"PK\5\6")
    facts = struct.pack("<2H3L2H", 0, 0x5821, 0, size, size, len(name), 0)
    local = struct.pack("<4s3H", b"PK\3\4", 20, 0, STORED) + facts + name
    row = struct.pack("<4s4H", b"PK\1\2", 20, 20, 0, STORED) + facts + struct.pack("<3H2L", 0, 0, 0, 0, start) + name
    rows = first[start:end] + row
    directory = start + len(local) + size
    with path.open("wb") as file:
        file.write(first[:start] + local)
        file.seek(directory)
        file.write(rows + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 2, 2, len(rows), directory, 0))
    return path


@pytest.mark.parametrize("format_name", ["JSON", "HTML, to print", "Save marks, to go on later"])
def test_cancel_works_while_a_large_file_is_hashed(inspector: Inspector, tmp_path: Path, format_name: str) -> None:
    page = inspector.page
    assert inspector.review(large_zip(tmp_path / "large.zip"))["archive"]["dicom"] == 1
    saved: list[object] = []
    page.on("download", lambda download: saved.append(download))
    menu = page.locator("#report-menu")
    page.get_by_role("button", name="Report", exact=True).click()
    menu.get_by_role("menuitem", name=format_name, exact=True).click()
    note = menu.get_by_role("status")
    expect(note).to_contain_text("SHA-256", timeout=60_000)
    cancel = """() => {
        const menu = document.getElementById('report-menu');
        [...menu.querySelectorAll('button')].find((one) => one.textContent === 'Cancel').click();
        return new Promise((told) => setTimeout(() => told(menu.querySelector('[role=status]').textContent)));
    }"""
    assert page.evaluate(cancel) == "Cancelled: nothing was saved."
    assert inspector.show(0)[0] > 0
    with page.expect_download() as download:  # what needs no SHA-256 is written as before
        menu.get_by_role("menuitem", name="CSV of the findings, for a spreadsheet").click()
    assert [one.suggested_filename for one in saved] == [download.value.suggested_filename]


def test_closing_during_a_review_leaves_nothing_behind(browser: Browser, site: Server) -> None:
    context = browser.new_context()
    inspector = Inspector(context.new_page(), site).open_ready()
    inspector.choose(payload("large.zip", zip_bytes(slices(400))))
    inspector.wait_for("reviewing", "done")
    inspector.page.close()
    page = context.new_page()
    page.goto(site.origin + "/", wait_until="commit")
    stored = """async () => [
        localStorage.length, sessionStorage.length, document.cookie,
        (await indexedDB.databases()).length,
        (await Array.fromAsync((await navigator.storage.getDirectory()).keys())).length,
    ]"""
    assert page.evaluate(stored) == [0, 0, "", 0, 0]  # e2e/test_offline.py looks into the cache of the site
    context.close()


def steady_memory(page: Page, process: int) -> float:
    """Return the megabytes that a process takes, once they have been the same for two seconds."""
    seen: list[float] = []
    while len(seen) < 4 or max(seen[-4:]) - min(seen[-4:]) > 4:
        assert len(seen) < 120, seen
        page.wait_for_timeout(500)
        seen.append(memory_mb(process, "VmRSS"))
    return seen[-1]


def test_memory_returns_to_its_level_after_ten_reviews(playwright: Playwright, site: Server) -> None:
    """Before the first file every worker has started; then pictures need NumPy and a frame, and the lead's memory grows
    to what such a file takes, which WebAssembly keeps: with the third review the level is reached.
    """
    data = zip_bytes(slices(600))
    measured = []
    with tempfile.TemporaryDirectory() as profile:
        context = playwright.chromium.launch_persistent_context(
            profile, executable_path=chromium_path(), args=[*ARGUMENTS, "--js-flags=--expose-gc"]
        )
        inspector = Inspector(context.new_page(), site).open_ready()
        before = steady_memory(inspector.page, renderer_of(profile))  # the other workers count before, too
        for number in range(10):
            inspector.review(payload(f"{number}.zip", data))
            inspector.show(number)
            inspector.page.evaluate("globalThis.gc?.()")
            inspector.page.wait_for_timeout(300)
            measured.append(memory_mb(renderer_of(profile), "VmRSS"))
        context.close()
    assert min(measured[-3:]) < measured[2] * 1.1, measured
    assert measured[-1] < before + 150, (before, measured)
