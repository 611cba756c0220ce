"""Journey: the sample is dropped and read; what the screen says is what an independent reader finds."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pydicom
import pytest
from playwright.sync_api import Locator, expect
from pydicom import Dataset
from pydicom.errors import InvalidDicomError

from e2e.browser import Inspector

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Independent:
    """What `zipfile` and pydicom find, without the core."""

    names: list[str]
    datasets: dict[str, Dataset]
    folders: int

    @property
    def others(self) -> int:
        return len(self.names) - len(self.datasets) - self.folders

    def distinct(self, keyword: str) -> set[str]:
        return {str(dataset.get(keyword)) for dataset in self.datasets.values() if dataset.get(keyword)}


@pytest.fixture(scope="module")
def independent(sample: Path) -> Independent:
    datasets = {}
    with zipfile.ZipFile(sample) as archive:
        infos = archive.infolist()
        for info in infos:
            try:
                datasets[info.filename] = pydicom.dcmread(io.BytesIO(archive.read(info)), stop_before_pixels=True)
            except InvalidDicomError:
                continue
    return Independent([info.filename for info in infos], datasets, sum(info.is_dir() for info in infos))


@pytest.fixture(autouse=True)
def close_what_a_test_opened(reviewed: Inspector) -> Iterator[None]:
    """The tests share one page."""
    yield
    reviewed.page.keyboard.press("Escape")


def open_tab(inspector: Inspector, name: str) -> Locator:
    tab = inspector.page.get_by_role("tab", name=re.compile(f"^{name}"))
    tab.click()
    panel = inspector.page.locator(f"#{tab.get_attribute('aria-controls')}")
    expect(panel).to_be_visible()
    return panel


def number_in(text: str, word: str) -> int:
    found = re.search(rf"([\d,]+)\s*{word}", text)
    assert found, f"{word!r} is not counted in {text!r}"
    return int(found[1].replace(",", ""))


def test_counts_of_the_report_are_those_of_an_independent_reader(reviewed: Inspector, independent: Independent) -> None:
    archive = reviewed.report()["archive"]
    assert archive["entries"] == len(independent.names)
    assert archive["dicom"] == len(independent.datasets)
    assert archive["folders"] == independent.folders
    assert archive["other"] == independent.others
    assert archive["unreadable"] == 0


def test_counts_on_screen_are_those_of_an_independent_reader(reviewed: Inspector, independent: Independent) -> None:
    header = reviewed.page.locator("body").inner_text()
    assert number_in(header, "entries") == len(independent.names)
    assert number_in(header, "DICOM") == len(independent.datasets)
    assert number_in(header, "other") == independent.others
    assert number_in(header, "patients") == len(independent.distinct("PatientID"))
    assert number_in(header, "studies") == len(independent.distinct("StudyInstanceUID"))
    assert number_in(header, "series") == len(independent.distinct("SeriesInstanceUID"))


def test_report_groups_as_an_independent_reader_does(reviewed: Inspector, independent: Independent) -> None:
    expected: dict[tuple[str, str, str], int] = {}
    for dataset in independent.datasets.values():
        key = (dataset.PatientID, dataset.StudyInstanceUID, dataset.SeriesInstanceUID)
        expected[key] = expected.get(key, 0) + 1
    found = {
        (patient["patient_id"], study["study_instance_uid"], series["series_instance_uid"]): series["instances"]
        for patient in reviewed.report()["patients"]
        for study in patient["studies"]
        for series in study["series"]
    }
    assert found == expected


def test_every_name_is_found_in_the_files_that_carry_it(reviewed: Inspector, independent: Independent) -> None:
    carriers = {name for name, dataset in independent.datasets.items() if dataset.PatientID == "ZS-0001"}
    found = {
        name
        for finding in reviewed.report()["findings"]
        if finding["tag"] == "00100010" and finding["severity"] == "identifier"
        for name in finding.get("entries", [finding.get("entry")])
    }
    assert carriers <= found


def test_patients_get_three_different_answers(reviewed: Inspector) -> None:
    """What the sample is for: the untouched patient, the one with leftovers, the one that is as the profile asks."""
    verdicts = {
        patient["patient_id"]: {series["verdict"] for study in patient["studies"] for series in study["series"]}
        for patient in reviewed.report()["patients"]
    }
    assert verdicts["ZS-0001"] == {"identified"}
    assert verdicts["ANON-0002"] == {"review"}
    assert "identified" not in verdicts["ANON-0003"]
    assert reviewed.report()["verdict"] == "identified"


def test_interrupted_copy_is_a_problem(reviewed: Inspector) -> None:
    problems = reviewed.report()["problems"]
    assert [problem["entry"] for problem in problems] == ["SAMPLE_ANNA/CT_THORAX/IM0025.part"]
    panel = open_tab(reviewed, "Problems")
    expect(panel).to_contain_text("IM0025.part")
    expect(panel).to_contain_text(problems[0]["message"])


def test_tree_shows_patients_studies_and_series(reviewed: Inspector) -> None:
    tree = reviewed.page.get_by_role("tree")
    for end, shown in (
        ("Home", ("ANON-0002", "2023-06-07", "MR head", "ANON-0003")),
        ("End", ("Sample^Anna^Maria", "ZS-0001", "2024-01-15", "CT Thorax")),
    ):
        tree.press(end)
        for words in shown:
            expect(tree).to_contain_text(words)


def test_findings_can_be_filtered_by_text_and_by_severity(reviewed: Inspector) -> None:
    panel = open_tab(reviewed, "Findings")
    panel.get_by_role("searchbox").fill("Patient's Name")
    rows = panel.get_by_role("row").filter(has_text="(0010,0010)")
    expect(rows.first).to_be_visible()
    expect(panel.get_by_role("row").filter(has_text="(0010,0020)")).to_have_count(0)
    panel.get_by_role("searchbox").fill("")
    panel.get_by_label("Severity").select_option("identifier")
    body = panel.get_by_role("row").filter(has_text="(")
    expect(body.filter(has_text="Identifier").first).to_be_visible()
    expect(body.filter(has_text="Quasi")).to_have_count(0)
    panel.get_by_label("Severity").select_option("all")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("japanese", "Yamada^Tarou=山田^太郎=やまだ^たろう"),
        ("greek", "Διονυσιος"),
        ("cyrillic", "Люкceмбypг"),
        ("french", "Buc^Jérôme"),
        ("chinese", "Wang^XiaoDong=王^小东"),
        ("korean", "Hong^Gildong=洪^吉洞=홍^길동"),
        ("any script", "Müller^Änne=王^小東"),
    ],
)
def test_every_character_set_shows_properly(reviewed: Inspector, name: str, shown: str) -> None:
    open_entry(reviewed, f"names/{name}.dcm")
    panel = open_tab(reviewed, "Elements")
    panel.get_by_role("searchbox").fill("(0010,0010)")
    expect(panel.get_by_role("row").filter(has_text="(0010,0010)")).to_contain_text(shown)
    panel.get_by_role("searchbox").fill("")


def open_entry(inspector: Inspector, name: str) -> None:
    panel = open_tab(inspector, "Files")
    panel.get_by_role("searchbox").fill(name)
    row = panel.get_by_role("row").filter(has_text=name)
    row.first.dblclick()
    panel.get_by_role("searchbox").fill("") if panel.is_visible() else None


def test_elements_start_with_the_file_meta_and_indent_sequences(reviewed: Inspector) -> None:
    open_entry(reviewed, "SAMPLE_ANNA/CR_HAND/report.dcm")
    panel = open_tab(reviewed, "Elements")
    panel.get_by_role("combobox").select_option("all")
    rows = panel.get_by_role("row").filter(has_text="(00")
    expect(rows.first).to_contain_text("(0002,")
    panel.get_by_role("searchbox").fill("Text Value")
    row = panel.get_by_role("row").filter(has_text="(0040,A160)")
    expect(row).to_contain_text("no fracture")
    panel.get_by_role("searchbox").fill("")


def test_files_show_every_entry_with_its_status(reviewed: Inspector, independent: Independent) -> None:
    panel = open_tab(reviewed, "Files")
    expect(panel).to_contain_text(str(len(independent.names)))
    panel.get_by_role("searchbox").fill("worklist.csv")
    expect(panel.get_by_role("row").filter(has_text="export/worklist.csv").first).to_contain_text("Other")
    panel.get_by_role("searchbox").fill("Überweisung")
    expect(panel.get_by_role("row").filter(has_text="export/Überweisung.txt").first).to_be_visible()
    panel.get_by_role("searchbox").fill("")


@pytest.mark.parametrize("values", [False, True])
def test_report_of_the_page_is_that_of_the_command_line(
    reviewed: Inspector, sample: Path, tmp_path: Path, values: bool
) -> None:
    written = tmp_path / "report.json"
    command = [sys.executable, "-m", "pycore", "review", str(sample), "--format", "json", "--output", str(written)]
    finished = subprocess.run(
        command + ["--show-values"] * values, cwd=ROOT, env={**os.environ, "PYTHONUTF8": "1"}, check=False
    )
    assert finished.returncode == 2
    text = reviewed.page.evaluate("values => window.inspector.reportText({ values, format: 'json' })", values)
    assert text.encode() == written.read_bytes()


def test_report_is_masked_unless_values_are_asked_for(reviewed: Inspector) -> None:
    def text(values: bool) -> str:
        return reviewed.page.evaluate("values => window.inspector.reportText({ values, format: 'json' })", values)

    assert "Sample^Anna" in text(True)
    assert "Sample^Anna" not in text(False)
    assert "ZS-0001" not in text(False)


def test_identifiers_can_be_hidden_on_screen(reviewed: Inspector) -> None:
    tree = reviewed.page.get_by_role("tree")
    switch = reviewed.page.get_by_label("Hide identifiers")
    switch.check()
    expect(tree).not_to_contain_text("Sample^Anna")
    switch.uncheck()
    expect(tree).to_contain_text("Sample^Anna")


def test_report_can_be_saved_from_the_menu(reviewed: Inspector) -> None:
    page = reviewed.page
    for label, start in (("JSON", "{"), ("HTML", "<!doctype html>"), ("CSV of the findings", ""), ("Text", "")):
        page.get_by_role("button", name="Report").click()
        with page.expect_download() as download:
            page.get_by_role("menuitem", name=re.compile(f"^{label}")).click()
        saved = Path(download.value.path()).read_text(encoding="utf-8-sig")
        assert saved.lower().startswith(start)
        assert len(saved) > 500
