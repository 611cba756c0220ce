"""A mark on a value changes what it is meant to change and nothing more; its file tells nothing of the value."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pycore.errors import RequestError
from pycore.folding import fold_findings
from pycore.paths import fold_items, natural_order
from pycore.session import Session
from pycore.value_marks import Said
from tests.builders import data_set, dicom_bytes
from tests.test_review import clean_object
from tests.test_review import reviewed as report_of
from tests.test_session import reviewed

COMMENTS, NAME = "(0020,4000)", "(0010,0010)"
OPTIONS = ("retain-uids",)
NICE = "both lungs well inflated"
OTHER = "second look advised"


def archive(*comments: str, **more: object) -> tuple[Session, dict[str, Any]]:
    entries = {f"{n}": clean_object(n, ImageComments=text, **more) for n, text in enumerate(comments)}
    return reviewed(entries, OPTIONS)


def rows_at(session: Session, path: str, kind: str = "all") -> list[dict[str, Any]]:
    return [row for row in session.values(kind, path, None, 0, 1000)["rows"] if row["pattern"] == path]


def mark(session: Session, said: Said, *rows: dict[str, Any], **more: str) -> dict[str, Any]:
    marks = [{"key": row["key"], "path": fold_items(row["path"]), "said": said, **more} for row in rows]
    return session.review("basic", OPTIONS, (), {"values": marks})


def at(summary: dict[str, Any], path: str) -> list[dict[str, Any]]:
    return [finding for finding in summary["findings"] if finding["path"] == path]


def test_fine_makes_what_is_to_be_looked_at_information_for_that_value_alone() -> None:
    session, before = archive(NICE, NICE, OTHER)
    (finding,) = [one for one in at(before, COMMENTS) if one["rule"] == "profile"]
    assert (finding["severity"], finding["files"], finding["distinct"]) == ("review", 3, 2)
    chosen = next(row for row in rows_at(session, COMMENTS) if row["text"] == NICE)
    after = [one for one in at(mark(session, Said.FINE, chosen), COMMENTS) if one["rule"] == "profile"]
    assert [(one["severity"], one["files"], one["values"]) for one in after] == [
        ("review", 1, (OTHER,)),
        ("info", 2, (NICE,)),
    ]
    assert "a reviewer marked it as fine" in after[1]["evidence"]


def test_fine_on_all_that_is_to_be_looked_at_changes_the_verdict() -> None:
    session, before = archive(NICE)
    assert before["verdict"] == "review"
    assert mark(session, Said.FINE, *rows_at(session, COMMENTS))["verdict"] == "clean"


def test_fine_never_lets_what_names_a_person_leave() -> None:
    session, before = archive(NICE, PatientName="Sample^Anna")
    (row,) = rows_at(session, NAME)
    after = mark(session, Said.FINE, row)
    assert before["verdict"] == after["verdict"] == "identified"
    graves = [one for one in at(after, NAME) if one["severity"] == "identifier"]
    assert len(graves) == len([one for one in at(before, NAME) if one["severity"] == "identifier"]) > 0
    assert all("changes nothing here" in one["evidence"] for one in graves)


def test_must_go_is_listed_though_no_rule_flags_the_value() -> None:
    session, before = archive("", StationName="", Manufacturer="ACME")
    assert before["verdict"] == "clean"
    (row,) = rows_at(session, "(0008,0070)")
    after = mark(session, Said.MUST_GO, row)
    (finding,) = at(after, "(0008,0070)")
    assert (finding["rule"], finding["severity"], finding["values"]) == ("marked-must-go", "review", ("ACME",))
    assert after["verdict"] == "review"


def test_must_go_is_as_grave_as_what_the_rules_say() -> None:
    session, _ = archive(NICE, PatientName="Sample^Anna")
    after = mark(session, Said.MUST_GO, *rows_at(session, NAME))
    assert {one["severity"] for one in at(after, NAME) if one["rule"] == "marked-must-go"} == {"identifier"}


def test_marks_stand_in_rows_and_narrow_them_down() -> None:
    session, _ = archive(NICE, OTHER)
    chosen = rows_at(session, COMMENTS)[0]
    mark(session, Said.FINE, chosen, note="read it", reviewer="R. Viewer", time="2026-03-01T09:30:00Z")
    (marked,) = rows_at(session, COMMENTS, "marked")
    assert marked["mark"] == {
        "key": chosen["key"],
        "path": COMMENTS,
        "said": "fine",
        "note": "read it",
        "reviewer": "R. Viewer",
        "time": "2026-03-01T09:30:00Z",
    }
    (left,) = rows_at(session, COMMENTS, "open")
    assert left["text"] != marked["text"]


def test_marks_stand_in_the_report_masked_unless_asked_for() -> None:
    session, _ = archive(NICE)
    mark(session, Said.FINE, *rows_at(session, COMMENTS), note="as Anna said", reviewer="R. Viewer")
    masked, shown = (json.loads(session.report(values, "json")["text"]) for values in (False, True))
    assert shown["value_marks"][0]["text"] == NICE
    assert shown["value_marks"][0]["note"] == "as Anna said"
    assert NICE not in json.dumps(masked["value_marks"])
    assert "Anna" not in json.dumps(masked["value_marks"])
    assert masked["value_marks"][0]["reviewer"] == "R. Viewer"


def test_file_of_marks_holds_no_value_and_brings_everything_back() -> None:
    session, _ = archive(NICE, OTHER, PatientName="Sample^Anna")
    row = rows_at(session, COMMENTS)[0]
    marks = {"values": [{"key": row["key"], "path": COMMENTS, "said": "fine"}]}
    before = session.review("basic", ["retain-uids"], (), marks)
    saved = session.report(False, "marks", sha256=True)["text"]
    assert not any(value in saved for value in (NICE, OTHER, "Anna"))
    again, _ = archive(NICE, OTHER, PatientName="Sample^Anna")
    read = again.read_marks(saved)
    assert read["options"] == ["retain-uids"]
    assert again.review("basic", read["options"], (), read["marks"])["findings"] == before["findings"]


def test_file_of_marks_of_another_archive_is_refused() -> None:
    session, _ = archive(NICE)
    saved = session.report(False, "marks", sha256=True)["text"]
    other, _ = archive(OTHER, OTHER)
    with pytest.raises(RequestError, match="another archive"):
        other.read_marks(saved)
    with pytest.raises(RequestError, match="not JSON"):
        session.read_marks("no marks")


def test_key_is_another_in_another_archive() -> None:
    keys = {rows_at(archive(*comments)[0], COMMENTS)[0]["key"] for comments in ((NICE,), (NICE, NICE))}
    assert len(keys) == 2


def test_mark_that_fits_nothing_is_said() -> None:
    session, _ = archive(NICE)
    after = session.review("basic", (), (), {"values": [{"key": "0" * 64, "path": COMMENTS, "said": "fine"}]})
    assert any("fit nothing here" in problem["message"] for problem in after["problems"])


@pytest.mark.parametrize(
    "values",
    [[{"key": "1", "path": "", "said": "maybe"}], [{"path": ""}], [{"key": "1", "said": "fine"}] * 2],
    ids=["unknown word", "no key", "two marks"],
)
def test_malformed_mark_is_refused(values: list[dict[str, str]]) -> None:
    session, _ = archive(NICE)
    with pytest.raises(RequestError):
        session.review("basic", (), (), {"values": values})


def items(count: int) -> bytes:
    """Return an object with so many Items that say who performed it."""
    each = [data_set(PersonName=f"Reader^{number % 2}") for number in range(count)]
    return clean_object(1, PerformedProtocolCodeSequence=each)


def test_findings_that_differ_in_item_numbers_alone_are_one_row() -> None:
    report = report_of({"1": items(12)})
    paths = [one.path for one in report.findings if one.path.endswith("/(0040,A123)")]
    assert paths[:12] == [f"(0040,0260)[{number}]/(0040,A123)" for number in range(12)]
    folded = [one for one in fold_findings(report) if one.finding.path.endswith("/(0040,A123)")]
    assert len(folded) < len(paths)
    (row,) = [one for one in folded if one.finding.flag.rule == "profile"]
    assert (row.places, row.finding.count, row.finding.distinct) == (12, 12, 2)
    assert row.finding.values == ("Reader^0", "Reader^1")


def test_same_value_in_many_items_is_one_row_and_one_mark() -> None:
    session, _ = reviewed({"1": items(12)})
    rows = rows_at(session, "(0040,0260)[*]/(0040,A123)")
    assert [(row["text"], row["places"], row["count"]) for row in rows] == [("Reader^0", 6, 6), ("Reader^1", 6, 6)]
    mark(session, Said.MUST_GO, rows[0])
    after = rows_at(session, "(0040,0260)[*]/(0040,A123)", "marked")
    assert [row["places"] for row in after] == [6]


def test_paths_are_ordered_as_people_count() -> None:
    paths = ["(0040,A730)[10]/(0040,A160)", "(0040,A730)[2]/(0040,A160)", "(0040,A730)", "(0010,0010)"]
    assert sorted(paths, key=natural_order) == ["(0010,0010)", "(0040,A730)", paths[1], paths[0]]


def test_values_of_one_private_creator_are_found_by_its_whole_name() -> None:
    def block(dataset: Any, group: int, creator: str, text: str) -> Any:
        dataset.private_block(group, creator, create=True).add_new(1, "LO", text)
        return dataset

    dataset = block(
        block(data_set(SOPClassUID="1.2.840.10008.5.1.4.1.1.7"), 0x0029, "ACME", "a"), 0x0031, "ACME 2", "ACME too"
    )
    session, _ = reviewed({"1": dicom_bytes(dataset)})
    texts = [row["text"] for row in session.values("private", "", "ACME", 0, 100)["rows"]]
    assert "a" in texts
    assert "ACME too" not in texts
