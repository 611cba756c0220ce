"""Each form of the report says what it holds, where it ends, and runs nothing."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from pycore.findings import Problem
from pycore.phi.options import Options
from pycore.report_parts import CONTAINS, LIMITS, file_name, other_rows, private_rows
from pycore.review import Report, mark_rows, patients_of, problems_of, value_mark_rows
from pycore.session import FORMATS, TABLES, WRITERS, to_summary
from pycore.value_marks import Said
from tests.builders import data_set, dicom_bytes, uid
from tests.test_recipes import with_private
from tests.test_review import clean_object, reviewed
from tests.test_value_marks import archive, mark, rows_at

ALL = FORMATS | TABLES


def report_of_all_kinds() -> Report:
    return reviewed(
        {
            "1.dcm": with_private("ACME 1.0", PatientName="Sample^Anna", ImageComments="x"),
            "notes/letter.txt": b"Dear Mrs Sample, born 1957-04-12",
            "logo.png": b"\x89PNG\r\n\x1a\n" + bytes(20),
            "cut.dcm": clean_object(2)[:200],
        }
    )


@pytest.mark.parametrize("format_name", ALL)
def test_a_report_with_values_says_so_and_a_masked_one_does_not(format_name: str) -> None:
    report = report_of_all_kinds()
    shown, masked = (ALL[format_name](report, values=values) for values in (True, False))
    word = '"contains_identifiers": true' if format_name == "json" else CONTAINS
    assert word in shown
    assert word not in masked
    assert CONTAINS.replace(" ", "-") in file_name(report, format_name, values=True)
    assert CONTAINS.replace(" ", "-") not in file_name(report, format_name, values=False)


@pytest.mark.parametrize("format_name", WRITERS)
def test_files_are_named_by_the_archive_unless_that_names_a_person(format_name: str) -> None:
    report = report_of_all_kinds()
    assert file_name(report, format_name, values=False).startswith("test-")
    archive_of_anna = reviewed({"1": clean_object(1, PatientName="Muellerstein^Anna")}, name="Muellerstein Anna.zip")
    assert "Muellerstein" not in file_name(archive_of_anna, format_name, values=False)
    shows = format_name in ALL
    assert ("Muellerstein" in file_name(archive_of_anna, format_name, values=True)) is shows


def test_what_is_saved_beside_the_report_is_named_like_it() -> None:
    of_anna = reviewed({"1": clean_object(1, PatientName="Muellerstein^Anna")}, name="x/Muellerstein Anna\u202e.zip")
    assert to_summary(of_anna)["file_stems"] == ["x_Xxxxxxxxxxxx Xxxx\ufffd", "x_Muellerstein Anna_"]


def test_a_name_of_a_file_has_no_folder_and_no_control_character() -> None:
    report = reviewed({"1": clean_object(1)}, name="../../a\n\u202eb:c.zip")
    assert re.fullmatch(r"[\w.-]+", file_name(report, "html", values=False))


@pytest.mark.parametrize("format_name", ["html", "text"])
def test_people_read_private_creators_other_files_what_was_unreadable_and_the_limits(format_name: str) -> None:
    text = FORMATS[format_name](report_of_all_kinds(), values=True)
    for words in ("ACME 1.0", "letter.txt", "logo.png", "PNG", "cut.dcm", "Limits of this review", "not computed"):
        assert words in text
    assert all(sentence.split(".")[0] in text for sentence in LIMITS)


@pytest.mark.parametrize("format_name", ["html", "text"])
def test_entries_that_were_read_in_part_are_named_and_those_that_are_too_many_counted(format_name: str) -> None:
    pixels = {"Rows": 512, "Columns": 512, "BitsAllocated": 8, "SamplesPerPixel": 1, "PixelData": bytes(512 * 512)}
    entries = {
        f"Sample Anna/{number:02}": clean_object(number, PatientName="Sample^Anna", **pixels) for number in range(22)
    }
    text = FORMATS[format_name](reviewed({**entries, "small": clean_object(30)}), values=False)
    [sentence] = re.findall("22 entries were read in part[^\n<]*", text)
    assert sentence.endswith("Xxxxxx Xxxx/18, Xxxxxx Xxxx/19, and 2 more that the report as JSON names.")
    assert "small" not in sentence


def test_files_that_are_not_dicom_are_listed_with_kind_size_and_the_gravest_finding() -> None:
    rows = {row.name: (row.kind, row.size, row.severity) for row in other_rows(report_of_all_kinds(), masked=False)}
    assert rows["logo.png"][:2] == ("PNG", 28)
    assert rows["notes/letter.txt"][2] == "identifier"


def test_private_creators_are_counted_once() -> None:
    (row,) = private_rows(report_of_all_kinds(), masked=False)
    assert (row.private_creator, row.groups, row.elements, row.files) == ("ACME 1.0", "0033", 1, 1)


@pytest.mark.parametrize("format_name", ["html", "text", "csv", "csv-values", "json"])
def test_what_a_reviewer_said_of_values_stands_in_the_report(format_name: str) -> None:
    session, _ = archive("both lungs well inflated")
    (row,) = rows_at(session, "(0020,4000)")
    mark(session, Said.FINE, row, note="seen by two", reviewer="R. Viewer", time="2026-03-01T09:30:00Z")
    shown, masked = (ALL[format_name](session.reviewed, values=values) for values in (True, False))
    for words in ("both lungs well inflated", "fine", "seen by two", "R. Viewer", "2026-03-01T09:30:00Z"):
        assert words in shown
    assert "both lungs" not in masked
    assert "seen by two" not in masked
    assert "R. Viewer" in masked


def test_masked_a_date_of_birth_is_no_study_date_and_a_name_no_modality() -> None:
    report = reviewed(
        {
            "1": clean_object(1, PatientBirthDate="19570412", StudyDate="19570412", SeriesNumber="3"),
            "2": dicom_bytes(
                data_set(
                    SOPClassUID="1.2.840.10008.5.1.4.1.1.66",
                    SOPInstanceUID=uid("second"),
                    StudyInstanceUID=uid("second study"),
                    SeriesInstanceUID=uid("second series"),
                    PatientName="MUELLERSTEIN^JANE",
                    StudyDate="20240115",
                    Modality="MUELLERSTEIN",
                )
            ),
        }
    )
    studies = [study for patient in patients_of(report, masked=True) for study in patient.studies]
    assert sorted(study.date for study in studies) == ["20240115", "99999999"]
    assert {series.modality for study in studies for series in study.series} == {"OT", "XXXXXXXXXXXX"}
    assert "3" in {series.number for study in studies for series in study.series}


def test_masked_no_problem_quotes_a_name() -> None:
    entries = {"Muellerstein_Jane/1": clean_object(1, PatientName="Muellerstein^Jane")}
    report = reviewed(entries, name="Muellerstein Jane.zip")
    problems = (Problem(None, "Muellerstein Jane.zip is cut."), Problem(0, "Muellerstein_Jane/1 is cut."))
    report = replace(report, problems=problems)
    assert problems_of(report, masked=False) == problems
    masked = [problem.message for problem in problems_of(report, masked=True)]
    assert masked == ["Xxxxxxxxxxxx Xxxx.xxx is cut.", "Xxxxxxxxxxxx_Xxxx/1 is cut."]
    for write in FORMATS.values():
        assert "Muellerstein" not in write(report, values=False)


def test_an_empty_archive_is_said_to_be_empty_once() -> None:
    report = reviewed({})
    assert len(report.problems) == 1
    assert "without any entry" in report.problems[0].message


def test_marks_of_values_stand_as_people_count_items() -> None:
    items = [data_set(PersonName=f"Reader^{number}") for number in range(12)]
    report = reviewed({"1": clean_object(1, ContentSequence=items)})
    text = FORMATS["csv"](report, values=True)
    paths = [row["path"] for row in csv.DictReader(io.StringIO(text)) if "(0040,A123)" in row["path"]]
    assert [int(re.findall(r"\[(\d+)\]", path)[0]) for path in paths] == list(range(12))
    assert not mark_rows(report, masked=True)
    assert not value_mark_rows(report, masked=True)


# --- nothing runs -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "start",
    ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠SUM(1)", " =1", "\u200b@SUM(1)"],
)
@pytest.mark.parametrize("format_name", ["csv", "csv-values"])
def test_no_cell_begins_a_formula(format_name: str, start: str) -> None:
    report = reviewed({f"{start.strip()}.txt": b"x", "1": clean_object(1, PatientComments=start, PatientID=start)})
    formulas = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
    for row in csv.reader(io.StringIO(ALL[format_name](report, values=True))):
        assert not any(cell.lstrip("\0 \u200b").startswith(formulas) for cell in row)


class Reader(HTMLParser):
    """Gathers the elements, their attributes, and the texts of a document."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_html_is_text_alone_and_its_policy_lets_nothing_in_but_its_own_style() -> None:
    hostile = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
    report = reviewed({f"{hostile}.txt": b"x", "1": with_private(hostile, PatientName=hostile)}, name=hostile + ".zip")
    html = FORMATS["html"](report, values=True)
    reader = Reader()
    reader.feed(html)
    assert not reader.tags & {"script", "img", "iframe", "link", "object", "svg", "a", "form"}
    assert reader.attributes <= {"lang", "charset", "http-equiv", "content", "name", "class"}
    assert any("<script>" in text for text in reader.texts)
    (style,) = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{digest}'" in html
    assert "url(" not in style


def test_the_same_review_gives_the_same_bytes_in_every_form() -> None:
    for write in ALL.values():
        assert write(report_of_all_kinds(), values=True) == write(report_of_all_kinds(), values=True)


@pytest.mark.parametrize("format_name", ["json", "html", "text"])
def test_a_report_says_when_it_was_made_as_it_was_told_and_nothing_where_it_was_not(format_name: str) -> None:
    report, time = report_of_all_kinds(), "2026-11-21T09:30:00Z"
    made = ALL[format_name](replace(report, time=time), values=False)
    assert time in made
    assert time not in ALL[format_name](report, values=False)


def test_the_values_table_has_what_the_options_make_of_each_value() -> None:
    report = reviewed({"1": clean_object(1, PatientName="Sample^Anna")}, Options.of("basic", ["retain-uids"]))
    rows = list(csv.DictReader(io.StringIO(TABLES["csv-values"](report, values=False))))
    by_path = {row["path"]: row for row in rows}
    assert by_path["(0010,0010)"]["value"] == "Xxxxxx^Xxxx"
    assert by_path["(0010,0010)"]["severity"] == "identifier"
    assert by_path["(0020,000D)"]["severity"] == ""
    assert json.loads(FORMATS["json"](report, values=False))["verdict"] == "identified"
