"""Journeys of the privacy engine: look for names of one's own, read why, judge by other options, go through values."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, expect
from pydicom import Dataset
from pydicom.uid import RawDataStorage

from e2e.browser import Inspector, payload
from pycore.archive import FileSource
from pycore.harvest import Harvest
from pycore.phi.echo import MAX_WATCHED
from pycore.phi.options import OPTIONS
from pycore.session import Session
from pycore.standard import outside_rows
from tests.builders import data_set, dicom_bytes, uid, zip_bytes

TEXTS = (Path(__file__).parents[1] / "web" / "texts.js").read_text("utf-8")
WATCHED = ("Quimby, Zora", "QX-55781")
"""Nobody; a name and a number that no other element of the archive holds."""

COUNT_MESSAGES = """
    window.sent = [];
    const post = Worker.prototype.postMessage;
    Worker.prototype.postMessage = function (message, ...rest) {
        window.sent.push(message.type);
        return post.call(this, message, ...rest);
    };
"""


def cleaned(number: int = 1, **more: object) -> Dataset:
    """Return an object without anything that identifies, but for UIDs and what is added."""
    return data_set(
        SOPClassUID=RawDataStorage,
        SOPInstanceUID=uid("privacy", number),
        StudyInstanceUID=uid("privacy study"),
        SeriesInstanceUID=uid("privacy series"),
        Modality="OT",
        PatientName="SUBJECT-01",
        PatientID="SUBJECT-01",
        PatientIdentityRemoved="YES",
        DeidentificationMethod="Basic Profile",
        LongitudinalTemporalInformationModified="REMOVED",
        InstanceNumber=str(number),
        **more,
    )


def planted() -> bytes:
    """Return a zip with the watched name in a private element and the number in the name of a folder."""
    dataset = cleaned()
    block = dataset.private_block(0x0033, "EXAMPLE RIS 1.0", create=True)
    block.add_new(0x10, "LO", "seen with Zora Quimby")
    return zip_bytes({"export/QX55781/a.dcm": dicom_bytes(dataset), "export/b.dcm": dicom_bytes(cleaned(2))})


def open_tab(inspector: Inspector, name: str) -> Locator:
    tab = inspector.page.get_by_role("tab", name=re.compile(f"^{name}"))
    tab.click()
    panel = inspector.page.locator(f"#{tab.get_attribute('aria-controls')}")
    expect(panel).to_be_visible()
    return panel


def body_rows(panel: Locator) -> Locator:
    return panel.locator(".list-sheet .row:not(.heading)")


def watch(inspector: Inspector, *lines: str) -> Locator:
    """Type a watch list and look for it; the dialog stays open."""
    inspector.page.get_by_role("button", name="Watch list").click()
    dialog = inspector.page.get_by_role("dialog", name="Watch list")
    dialog.get_by_role("textbox").fill("\n".join(lines))
    dialog.get_by_role("button", name="Look for them").click()
    return dialog


def paste(area: Locator, text: str) -> None:
    """Paste at the end."""
    area.evaluate(
        """(area, text) => {
            const clipboardData = new DataTransfer();
            clipboardData.setData('text/plain', text);
            area.setSelectionRange(area.value.length, area.value.length);
            area.dispatchEvent(new ClipboardEvent('paste', { clipboardData, cancelable: true, bubbles: true }));
        }""",
        text,
    )


def watched(report: dict[str, Any]) -> list[dict[str, Any]]:
    return [finding for finding in report["findings"] if finding["rule"] == "echo-watch-list"]


@pytest.fixture(autouse=True)
def close_what_a_test_opened(request: pytest.FixtureRequest) -> Iterator[None]:
    """Tests that only look share one page."""
    yield
    if "reviewed" in request.fixturenames:
        request.getfixturevalue("reviewed").page.keyboard.press("Escape")


@pytest.fixture(scope="module")
def core(sample: Path) -> Session:
    """What the core says of the sample, without a browser."""
    session = Session()
    opened = session.open([FileSource(sample)])
    for result in session.read(0, opened["entries"]):
        if isinstance(result, Harvest):
            session.merge(result)
    session.review("basic", [])
    return session


# --- the watch list ---------------------------------------------------------------------------------------------------


def test_watch_list_finds_what_is_planted_and_reads_nothing_again(inspector: Inspector) -> None:
    page = inspector.page
    assert watched(inspector.review(payload("planted.zip", planted()))) == []
    page.evaluate(f"() => {{{COUNT_MESSAGES}}}")
    dialog = watch(inspector, *WATCHED, "Nobody Atall")
    expect(dialog).to_contain_text("3 lines, in force")
    expect(dialog).to_contain_text("Found: 2 findings")
    findings = watched(inspector.report())
    assert {finding["where"] for finding in findings} == {"element", "entry-name"}
    assert {finding["severity"] for finding in findings} == {"identifier"}
    assert inspector.report()["verdict"] == "identified"
    assert "read" not in page.evaluate("window.sent")

    dialog.get_by_role("button", name="Show what was found").click()
    rows = body_rows(page.locator("#findings"))
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("(0033,1010)")
    expect(rows.last).to_contain_text("Name of a file or folder")
    expect(page.locator("#findings .detail")).to_contain_text("entry of the watch list")


def test_watch_list_is_used_for_the_next_review_until_it_is_cleared(inspector: Inspector) -> None:
    dialog = watch(inspector, *WATCHED)
    expect(dialog).to_contain_text("next review")
    inspector.page.keyboard.press("Escape")
    expect(inspector.page.get_by_role("button", name="Watch list: 2")).to_be_visible()
    assert len(watched(inspector.review(payload("planted.zip", planted())))) == 2
    assert len(watched(inspector.review(payload("again.zip", planted())))) == 2
    inspector.page.get_by_role("button", name="Watch list: 2").click()
    dialog.get_by_role("button", name="Clear").click()
    expect(dialog).to_contain_text("There is no watch list now")
    assert watched(inspector.report()) == []


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("utf-8.txt", "Quimby, Zora\r\n\r\nMüller, Änne\r\nQX-55781\r\n".encode()),
        ("windows-1252.txt", "Quimby, Zora\r\nMüller, Änne\r\nQX-55781".encode("cp1252")),
        ("utf-16.txt", "Quimby, Zora\tQX-55781\r\nMüller, Änne\r\n".encode("utf-16")),
        ("table.csv", '"Quimby, Zora";QX-55781\n"Müller, Änne";\n"Quimby, Zora";QX-55781\n'.encode()),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_watch_list_is_loaded_from_a_text_file(shared: Inspector, name: str, data: bytes) -> None:
    page = shared.page
    page.get_by_role("button", name="Watch list").click()
    dialog = page.get_by_role("dialog", name="Watch list")
    dialog.get_by_role("textbox").fill("")
    with page.expect_file_chooser() as chooser:
        dialog.get_by_role("button", name="Load a text file").click()
    chooser.value.set_files({"name": name, "mimeType": "text/plain", "buffer": data})
    expect(dialog).to_contain_text(f"{name} was read")
    expect(dialog).to_contain_text("3 lines to look for")
    assert "Müller, Änne" in dialog.get_by_role("textbox").input_value()
    page.keyboard.press("Escape")


def test_watch_list_refuses_what_is_no_text_or_too_much(shared: Inspector) -> None:
    page = shared.page
    page.get_by_role("button", name="Watch list").click()
    dialog = page.get_by_role("dialog", name="Watch list")
    text = dialog.get_by_role("textbox")
    text.fill("")
    page.set_input_files("#watch-file", {"name": "a.zip", "mimeType": "", "buffer": planted()})
    expect(dialog).to_contain_text("a.zip is not a text file")
    assert text.input_value() == ""
    paste(text, "\n".join(f"Q-{number}" for number in range(MAX_WATCHED)))
    expect(dialog.get_by_role("button", name="Look for them")).to_be_enabled()
    paste(text, "\nQ-one more\nQ-one more\n")
    expect(dialog).to_contain_text(f"{MAX_WATCHED + 1:,} lines are more than")
    expect(dialog.get_by_role("button", name="Look for them")).to_be_disabled()
    dialog.get_by_role("button", name="Clear").click()
    page.keyboard.press("Escape")


def test_watch_list_is_neither_stored_nor_spell_checked(inspector: Inspector) -> None:
    page = inspector.page
    inspector.review(payload("planted.zip", planted()))
    watch(inspector, *WATCHED)
    area = page.get_by_role("textbox", name="Names and numbers")
    assert area.get_attribute("spellcheck") == "false"
    # e2e/test_offline.py looks into the cache of the site
    places = page.evaluate("[typeof localStorage, typeof sessionStorage, typeof indexedDB, typeof caches]")
    assert places == ["undefined"] * 4
    stored = page.evaluate("JSON.stringify([document.cookie ?? '', location.href, history.state])")
    assert "Quimby" not in stored and "55781" not in stored


# --- options ----------------------------------------------------------------------------------------------------------


def test_options_change_the_verdict_without_reading_again(inspector: Inspector) -> None:
    page = inspector.page
    archive = zip_bytes({"a.dcm": dicom_bytes(cleaned())})
    assert inspector.review(payload("clean.zip", archive))["verdict"] == "review"
    page.evaluate(f"() => {{{COUNT_MESSAGES}}}")
    page.get_by_role("button", name="Profile").click()
    page.get_by_label("Retain UIDs").check()
    expect(page.locator("#verdict")).to_contain_text("Clean")
    report = inspector.report()
    assert (report["verdict"], report["profile"]["options"]) == ("clean", ["retain-uids"])
    page.get_by_label("Retain UIDs").uncheck()
    expect(page.locator("#verdict")).to_contain_text("Needs review")
    assert "review" in page.evaluate("window.sent")
    assert "read" not in page.evaluate("window.sent")


def test_each_option_is_judged_by_and_keeps_the_place(inspector: Inspector, sample: Path, core: Session) -> None:
    page = inspector.page
    inspector.review(sample)
    basic = inspector.report()["findings"]
    open_tab(inspector, "Values")
    row = body_rows(page.locator("#values")).nth(3)
    row.click()
    chosen = row.inner_text()
    page.get_by_role("button", name="Profile").click()
    answers = set()
    for option in OPTIONS:
        box = page.get_by_label(option.title, exact=True)
        box.check()
        expect(page.locator("#judging")).to_be_hidden()
        report = inspector.report()
        assert report["profile"]["options"] == [option.name]
        core.review("basic", [option.name])
        expected = json.loads(core.report(True, "json")["text"])["findings"]
        facts = ("path", "rule", "action", "severity", "count")
        assert [[one[fact] for fact in facts] for one in report["findings"]] == [
            [one[fact] for fact in facts] for one in expected
        ]
        answers.add(json.dumps(report["findings"]))
        box.uncheck()
        expect(page.locator("#judging")).to_be_hidden()
    assert len(answers) >= len(OPTIONS) - 1  # nothing in the sample is graphics
    assert inspector.report()["findings"] == basic
    expect(page.locator("#values .row.current")).to_have_text(chosen.replace("\n", ""))


def test_options_that_exclude_each_other_take_each_others_place(inspector: Inspector, sample: Path) -> None:
    page = inspector.page
    inspector.review(sample)
    page.get_by_role("button", name="Profile").click()
    full, modified = page.get_by_label("with Full Dates"), page.get_by_label("with Modified Dates")
    full.check()
    modified.check()
    expect(full).not_to_be_checked()
    expect(page.locator("#judging")).to_be_hidden()
    assert inspector.report()["profile"]["options"] == ["retain-modified-dates"]
    assert inspector.state == "done"


def test_options_clicked_quickly_all_count(inspector: Inspector, sample: Path) -> None:
    page = inspector.page
    inspector.review(sample)
    page.get_by_role("button", name="Profile").click()
    page.evaluate("for (const box of [...document.querySelectorAll('#profile-menu input')].slice(0, 5)) box.click()")
    expect(page.locator("#judging")).to_be_hidden()
    assert inspector.report()["profile"]["options"] == sorted(option.name for option in OPTIONS[:5])


# --- evidence ---------------------------------------------------------------------------------------------------------


def test_finding_says_why_it_is_believed_and_by_which_rule(reviewed: Inspector, core: Session) -> None:
    panel = open_tab(reviewed, "Findings")
    panel.get_by_role("searchbox").fill("(0010,4000)")
    expected = [one for one in core.review("basic", [])["findings"] if one["path"] == "(0010,4000)"]
    rows = body_rows(panel)
    expect(rows).to_have_count(len(expected))
    rules = rows.locator(".rule").all_inner_texts()
    assert len(set(rules)) == len(rules) >= 4, "findings at one path look alike"
    for row, finding in zip(rows.all(), expected, strict=True):
        row.click()
        detail = panel.locator(".detail")
        expect(detail).to_contain_text(finding["clause"])
        expect(detail).to_contain_text(finding["evidence"])
    panel.get_by_role("searchbox").fill("")


def test_finding_outside_a_data_set_names_its_place(reviewed: Inspector) -> None:
    panel = open_tab(reviewed, "Findings")
    for found, place in (("not dicom", "Other file"), ("burned in", "Picture"), ("sample_anna", "Name of a file")):
        panel.get_by_role("searchbox").fill(found)
        expect(body_rows(panel).filter(has_text=place).first).to_be_visible()
    panel.get_by_role("searchbox").fill("")


def test_flag_of_an_element_says_why(reviewed: Inspector) -> None:
    panel = open_tab(reviewed, "Findings")
    panel.get_by_role("searchbox").fill("(0010,4000)")
    expect(body_rows(panel).first).to_contain_text("(0010,4000)")
    body_rows(panel).first.click()
    panel.get_by_role("button", name="Show the element").click()
    elements = reviewed.page.locator("#elements")
    expect(elements.locator(".detail")).to_contain_text("form of address before a name")
    title = elements.locator(".row.current .flag").get_attribute("title") or ""
    assert "form of address before a name" in title
    open_tab(reviewed, "Findings").get_by_role("searchbox").fill("")


def test_every_rule_on_screen_is_in_words(reviewed: Inspector, core: Session) -> None:
    panel = open_tab(reviewed, "Findings")
    for rule in {finding["rule"] for finding in core.review("basic", [])["findings"]}:
        panel.get_by_role("searchbox").fill(rule)
        expect(body_rows(panel).first).to_be_visible()
        assert not {"-", rule} & set(panel.locator(".list-sheet .rule").first.inner_text().split()), rule
    panel.get_by_role("searchbox").fill("")


def test_every_rule_of_the_core_has_words() -> None:
    """Rules are named in data files and, in kebab case, beside `Flag(`, `rule =` and the like in the code."""
    data = Path(__file__).parents[1] / "pycore" / "data"
    rules = {row.rule for row in outside_rows().values() if row.severity is not None}
    for table in ("text-patterns.tsv", "carriers.tsv"):
        lines = [line.split("\t") for line in (data / table).read_text("utf-8").splitlines() if line[:1] != "#"]
        column = lines[0].index("rule")
        rules |= {line[column] for line in lines[1:]}
    code = "".join(path.read_text("utf-8") for path in sorted((data.parent / "phi").glob("*.py")))
    called = r"(?:Flag|_Kind|_Rule|_contradict)\((?:[A-Z_]+,\s*)?\s*\"([a-z-]+)\""
    named = r"\brule = \"([a-z-]+)\"|\"(private-[a-z-]+)\", Severity"
    rules |= {one for found in re.findall(f"{called}|{named}", code) for one in found} - {"profile"}
    assert len(rules) > 80
    has_words = set(re.findall(r"^\s+'?([a-z0-9-]+)'?: '", TEXTS, re.MULTILINE))
    assert sorted(rules - {""} - has_words) == []


# --- values and private elements --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "find"),
    [("all", ""), ("flagged", ""), ("text", "anna"), ("dates", "2024"), ("uids", ""), ("private", "GEMS")],
)
def test_values_are_those_of_the_core(reviewed: Inspector, core: Session, kind: str, find: str) -> None:
    core.review("basic", [])
    expected = core.values(kind, find, None, 0, 10_000)
    panel = open_tab(reviewed, "Values")
    panel.get_by_role("combobox").select_option(kind)
    panel.get_by_role("searchbox").fill(find)
    expect(panel.locator(".tally")).to_have_text(f"{expected['total']:,}")
    expect(panel.get_by_role("grid")).to_have_attribute("aria-rowcount", str(expected["total"] + 1))
    for key, row in (("Home", expected["rows"][0]), ("End", expected["rows"][-1])):
        panel.get_by_role("grid").press(key)
        shown = panel.locator(".row.current")
        expect(shown.locator(".value")).to_have_attribute("title", row["text"])
        expect(shown.locator(".element")).to_contain_text(row["path"].rpartition("/")[2])
        expect(shown.locator(".files")).to_have_text(f"{row['files']:,}")
        expect(shown.locator(".count")).to_have_text(f"{row['count']:,}")
        expect(panel.locator(".detail")).to_contain_text(row["flags"][0]["clause"] if row["flags"] else "No rule")
    panel.get_by_role("searchbox").fill("")
    panel.get_by_role("combobox").select_option("all")


def test_value_leads_to_its_element_and_its_picture(reviewed: Inspector) -> None:
    page = reviewed.page
    panel = open_tab(reviewed, "Values")
    panel.get_by_role("searchbox").fill("MEDIASTINUM")
    expect(body_rows(panel)).to_have_count(1)
    body_rows(panel).click()
    expect(page.locator("#picture-title")).to_contain_text("CT_THORAX")
    expect(page.locator("canvas#image")).to_have_js_property("width", 256)
    panel.get_by_role("grid").press("Enter")
    expect(page.get_by_role("tab", name="Elements")).to_have_attribute("aria-selected", "true")
    expect(page.locator("#elements .row.current")).to_contain_text("(0028,1055)")
    open_tab(reviewed, "Values")
    panel.get_by_role("searchbox").fill("")
    expect(body_rows(panel).nth(5)).to_be_visible()


def test_private_creators_are_those_of_the_core(reviewed: Inspector, core: Session) -> None:
    page = reviewed.page
    panel = open_tab(reviewed, "Private")
    words = {"safe": "safe", "curated keep": "kept by", "unknown": "unknown", "unsafe": "known to identify"}
    expected = core.private()["creators"]
    assert len(expected) >= 4
    expect(body_rows(panel)).to_have_count(len(expected))
    for row, creator in zip(body_rows(panel).all(), expected, strict=True):
        expect(row.locator(".creator")).to_have_text(creator["private_creator"])
        expect(row.locator(".groups")).to_have_text(" ".join(f"{group:04X}" for group in creator["groups"]))
        for column in ("elements", "files", "distinct"):
            expect(row.locator(f".{column}")).to_have_text(str(creator[column]))
        for knowledge, number in creator["known"]:
            expect(row.locator(".known").first).to_contain_text(f"{number} {words[knowledge]}")
    panel.get_by_role("grid").press("Home")
    panel.get_by_role("grid").press("Enter")
    values = page.locator("#values")
    expect(values.locator(".limit")).to_contain_text(expected[0]["private_creator"])
    expect(values.get_by_role("combobox")).to_have_value("private")
    found = core.values("private", "", expected[0]["private_creator"], 0, 100)
    expect(body_rows(values)).to_have_count(found["total"])
    values.get_by_role("searchbox").fill("")
    values.get_by_role("combobox").select_option("all")


def test_many_values_are_fetched_as_one_scrolls(inspector: Inspector) -> None:
    total = 5_000
    files = {f"{n}.dcm": dicom_bytes(cleaned(n, ImageComments=f"kernel {n:05}")) for n in range(total // 2)}
    inspector.review(payload("many.zip", zip_bytes(files)), timeout_ms=180_000)
    inspector.page.evaluate(f"() => {{{COUNT_MESSAGES}}}")
    panel = open_tab(inspector, "Values")
    panel.get_by_role("searchbox").fill("kernel")
    expect(panel.locator(".tally")).to_have_text(f"{total // 2:,}")
    panel.locator(".list").evaluate("list => { list.scrollTop = list.scrollHeight / 2 }")
    expect(panel.get_by_text("kernel 01250", exact=True)).to_be_visible()
    panel.get_by_role("grid").press("End")
    expect(panel.locator(".row.current")).to_contain_text(f"kernel {total // 2 - 1:05}")
    assert inspector.page.evaluate("window.sent.filter(type => type === 'values').length") < 10


# --- on one screen ----------------------------------------------------------------------------------------------------


def test_hidden_identifiers_are_hidden_in_the_new_views_too(reviewed: Inspector) -> None:
    page = reviewed.page
    panel = open_tab(reviewed, "Values")
    panel.get_by_role("searchbox").fill("anna")
    expect(panel.get_by_text("Sample^Anna^Maria").first).to_be_visible()
    body_rows(panel).first.click()
    page.get_by_label("Hide identifiers").check()
    for words in (re.compile("anna", re.IGNORECASE), "ZS-0001"):
        expect(panel.locator(".list")).not_to_contain_text(words)
        expect(panel.locator(".detail")).not_to_contain_text(words)
    titles = panel.locator(".list [title]").evaluate_all("cells => cells.map(cell => cell.title).join(' ')")
    assert "anna" not in titles.lower()
    page.get_by_label("Hide identifiers").uncheck()
    panel.get_by_role("searchbox").fill("")


def test_tabs_fit_and_are_reached_by_keys(reviewed: Inspector) -> None:
    page = reviewed.page
    row, width = page.locator("#tabs").evaluate("tabs => [tabs.scrollWidth, tabs.clientWidth]")
    assert row <= width
    page.locator("#findings, #values, #private, #elements, #files, #problems, #document").first.focus()
    names = ("Findings", "Values", "Private", "Elements", "Pictures", "Files", "Problems", "Document")
    for key, name in enumerate(names, start=1):
        page.keyboard.press(str(key))
        expect(page.get_by_role("tab", name=re.compile(f"^{name}"))).to_have_attribute("aria-selected", "true")
    page.keyboard.press("w")
    expect(page.get_by_role("dialog", name="Watch list")).to_be_visible()
