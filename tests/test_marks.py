"""What a reviewer saw in the pictures changes findings and verdict as documented, and nothing else does."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from pydicom import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import RLELossless

from pycore.archive import Archive
from pycore.errors import RequestError
from pycore.findings import Finding, Severity
from pycore.harvester import read_entries
from pycore.marks import Marks, Seen, SeriesMark, Undrawable, find_markable
from pycore.phi.options import Options
from pycore.review import Report, Verdict, review, with_marks
from pycore.session import FORMATS, Session, to_summary
from pycore.to_json import to_json
from pycore.to_marks import read_marks, to_marks
from tests.builders import MemorySource, data_set, dicom_bytes, uid, zip_bytes
from tests.test_frames import rle
from tests.test_review import archive_of
from tests.test_session import read_all

RETAIN_UIDS = Options.of("basic", ["retain-uids"])
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
CT = "1.2.840.10008.5.1.4.1.1.2"
SCREEN, SLICES = 0, 1
"""Places of the two series in `find_markable`: a captured screen of 1 frame, and CT slices of 3 and 1 frames."""


def image(series: str, number: int, **more: object) -> Dataset:
    return data_set(
        SOPInstanceUID=uid("instance", series, number),
        StudyInstanceUID=uid("study"),
        SeriesInstanceUID=uid("series", series),
        InstanceNumber=number,
        Rows=2,
        Columns=2,
        SamplesPerPixel=1,
        PhotometricInterpretation="MONOCHROME2",
        BitsAllocated=8,
        BitsStored=8,
        HighBit=7,
        PixelRepresentation=0,
        **more,
    )


def with_broken_frame(dataset: Dataset, good: int) -> bytes:
    """Return the data set as a file of RLE Lossless: so many good frames, and one more that nobody can decode."""
    frame = rle(np.zeros((dataset.Rows, dataset.Columns), np.uint8))
    dataset.NumberOfFrames = good + 1
    dataset.PixelData = encapsulate([frame] * good + [bytes(64)])
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = True
    return dicom_bytes(dataset, RLELossless)


def entries() -> dict[str, bytes | None]:
    screen = image("screen", 1, SOPClassUID=SECONDARY_CAPTURE, Modality="OT", SeriesNumber=1, PixelData=bytes(4))
    slices: dict[str, object] = {
        "SOPClassUID": CT,
        "Modality": "CT",
        "SeriesNumber": 2,
        "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"],
    }
    slices |= {"PixelSpacing": ["1", "1"]}
    many = image("slices", 1, NumberOfFrames=3, PixelData=bytes(12), **slices)
    one = image("slices", 2, PixelData=bytes(4), **slices)
    return {"screen": dicom_bytes(screen), "many": dicom_bytes(many), "one": dicom_bytes(one)}


@pytest.fixture(scope="module")
def archive() -> Archive:
    return archive_of(entries())


@pytest.fixture(scope="module")
def report(archive: Archive) -> Report:
    return review(archive, read_entries(archive, range(3)), RETAIN_UIDS)


def keys(report: Report) -> list[str]:
    return [one.key for one in find_markable(report.patients, report.records)]


def marked(report: Report, place: int, seen: Seen, drawn: int = 1, note: str = "") -> Report:
    mark = SeriesMark(keys(report)[place], seen, note, "R. Reader", "2026-03-01T09:30:00Z", drawn)
    return with_marks(report, Marks((mark,)))


def of_rule(report: Report, rule: str) -> list[Finding]:
    return [finding for finding in report.findings if finding.flag.rule == rule]


def test_without_marks_a_captured_screen_is_to_be_looked_at(report: Report) -> None:
    (screen,) = (one for one in of_rule(report, "burned-in-text") if one.flag.severity is Severity.REVIEW)
    assert screen.entries == (0,)
    assert report.verdict is Verdict.REVIEW
    assert with_marks(report, Marks()) is report


def test_nothing_burned_in_settles_the_risk_of_that_series_and_makes_it_clean(report: Report) -> None:
    after = marked(report, SCREEN, Seen.NOTHING)
    assert {one.flag.severity for one in of_rule(after, "burned-in-text")} == {Severity.INFO}
    (looked,) = (one for one in of_rule(after, "burned-in-text") if one.entries == (0,))
    assert "a reviewer saw nothing burned in; 1 of 1 frame had been drawn" in looked.flag.evidence
    assert "risk: " in looked.flag.evidence
    assert (after.verdict, after.verdicts[0]) == (Verdict.CLEAN, Verdict.CLEAN)
    assert "looked at the pictures of 1 of 2 series" in after.reason


def test_nothing_burned_in_says_nothing_of_other_series(report: Report) -> None:
    assert marked(report, SLICES, Seen.NOTHING, 4).verdict is Verdict.REVIEW


def test_a_mark_without_one_drawn_frame_is_no_look(report: Report) -> None:
    after = marked(report, SCREEN, Seen.NOTHING, drawn=0)
    assert after.verdict is Verdict.REVIEW
    assert json.loads(to_json(after, values=True))["marks"][0]["drawn"] == 0


def test_what_the_header_itself_says_and_faces_stay(archive: Archive) -> None:
    says = image("a", 1, SOPClassUID=SECONDARY_CAPTURE, Modality="OT", BurnedInAnnotation="YES", PixelData=bytes(4))
    thin = {"BodyPartExamined": "HEAD", "SliceThickness": "1"}
    face = image("b", 1, SOPClassUID=CT, Modality="CT", PixelData=bytes(4), **thin)
    opened = archive_of({"1": dicom_bytes(says), "2": dicom_bytes(face)})
    before = review(opened, read_entries(opened, range(2)), RETAIN_UIDS)
    marks = Marks(tuple(SeriesMark(key, Seen.NOTHING, drawn=1) for key in keys(before)))
    after = with_marks(before, marks)
    for rule in ("burned-in-annotation", "recognizable-face"):
        assert of_rule(after, rule) == of_rule(before, rule) != []
    assert after.verdict is Verdict.IDENTIFIED


def test_burned_in_text_that_was_seen_identifies(report: Report) -> None:
    after = marked(report, SLICES, Seen.TEXT)
    (finding,) = of_rule(after, "burned-in-seen")
    assert (finding.flag.severity, finding.entries, finding.count) == (Severity.IDENTIFIER, (1, 2), 2)
    assert "1 of 4 frames had been drawn" in finding.flag.evidence
    assert (after.verdict, after.verdicts[1], after.verdicts[2]) == (*[Verdict.IDENTIFIED] * 3,)
    assert after.findings[0] is finding


def test_unsure_is_to_be_looked_at_also_where_the_risk_is_low(report: Report) -> None:
    settled = SeriesMark(keys(report)[SCREEN], Seen.NOTHING, drawn=1)
    unsure = SeriesMark(keys(report)[SLICES], Seen.UNSURE, drawn=1)
    after = with_marks(report, Marks((settled, unsure)))
    (finding,) = of_rule(after, "burned-in-unsure")
    assert (finding.flag.severity, finding.entries) == (Severity.REVIEW, (1, 2))
    assert after.verdict is Verdict.REVIEW


def test_frames_that_cannot_be_drawn_are_problems_and_never_clean(report: Report) -> None:
    mark = SeriesMark(keys(report)[SCREEN], Seen.NOTHING, drawn=1)
    broken = tuple(Undrawable(1, frame, "The codestream ends.") for frame in (0, 2))
    after = with_marks(report, Marks((mark,), (*broken, Undrawable(2, None, "There is no palette."))))
    assert after.verdict is Verdict.REVIEW
    assert [(one.entry, one.message) for one in after.problems] == [
        (1, "Frames 1, 3 of 3 could not be drawn: The codestream ends."),
        (2, "The picture could not be drawn: There is no palette."),
    ]


def test_many_reasons_are_bounded_and_neighbours_are_joined(report: Report) -> None:
    same = tuple(Undrawable(1, frame, "It ends.") for frame in range(2))
    assert with_marks(report, Marks((), same)).problems[0].message.startswith("Frames 1–2 of 3 ")
    many = tuple(Undrawable(1, 0, f"Reason {number:03}.") for number in range(50))
    problems = with_marks(report, Marks((), many)).problems
    assert len(problems) == 21
    assert "30 more" in problems[-1].message


def test_a_mark_does_not_vouch_for_an_instance_that_came_later(report: Report) -> None:
    more = entries() | {
        "new": dicom_bytes(image("screen", 2, SOPClassUID=SECONDARY_CAPTURE, Modality="OT", PixelData=bytes(4)))
    }
    archive = archive_of(more)
    grown = review(archive, read_entries(archive, range(4)), RETAIN_UIDS)
    after = with_marks(grown, Marks((SeriesMark(keys(report)[SCREEN], Seen.NOTHING, drawn=1),)))
    assert of_rule(after, "burned-in-text") == of_rule(grown, "burned-in-text")
    assert "left aside" in after.problems[-1].message
    assert after.verdict is Verdict.REVIEW


def test_the_key_is_a_digest_that_tells_equal_uids_of_two_patients_apart(report: Report) -> None:
    assert all(len(key) == 64 and uid("series", "screen") not in key for key in keys(report))
    pixels = {"SOPClassUID": CT, "Modality": "CT", "PixelData": bytes(4)}
    same = {name: dicom_bytes(image("x", 1, PatientID=name, **pixels)) for name in ("A", "B")}
    archive = archive_of({**same})
    assert len(set(keys(review(archive, read_entries(archive, range(2)), RETAIN_UIDS)))) == 2


@pytest.mark.parametrize("format_name", list(FORMATS))
def test_reports_tell_what_was_seen_by_whom_and_when(report: Report, format_name: str) -> None:
    after = marked(report, SLICES, Seen.TEXT, 3, "name of Anna in the corner")
    text = FORMATS[format_name](after, values=True)
    for words in ("burned-in text", "R. Reader", "2026-03-01T09:30:00Z", "Anna"):
        assert words in text
    masked = FORMATS[format_name](after, values=False)
    assert "R. Reader" in masked
    assert "Anna" not in masked


def test_the_json_report_has_marks_only_where_there_are_some(report: Report) -> None:
    assert "marks" not in json.loads(to_json(report, values=True))
    (row,) = json.loads(to_json(marked(report, SLICES, Seen.UNSURE, 2), values=True))["marks"]
    assert (row["seen"], row["drawn"], row["frames"]) == ("unsure", 2, 4)
    assert row["series_instance_uid"] == uid("series", "slices")


def test_marks_survive_their_file_and_hold_no_value_of_the_archive(archive: Archive, report: Report) -> None:
    after = with_marks(marked(report, SLICES, Seen.TEXT, 2, "corner"), Marks())
    after = replace(after, marks=replace(after.marks, undrawable=(Undrawable(0, None, "No."), Undrawable(1, 2, "No."))))
    text = to_marks(after, values=False)
    assert read_marks(text, archive, None) == after.marks
    for value in ("screen", "many", uid("series", "slices"), uid("instance", "slices", 1), "test.zip"):
        assert value not in text


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"schema": "dicom-zip-inspector/marks@9"}, "form"),
        ({"archive": {"size": 1, "entries": 3, "sha256": None}}, "another archive"),
        ({"series": [{"series": "x", "seen": "nothing", "drawn": 1}]}, "nothing"),
        ({"series": [{"series": "x", "seen": "unsure", "drawn": 1}] * 2}, "two marks"),
        ({"undrawable": [{"entry": 9, "frame": 0, "reason": "x"}]}, "no entry 9"),
        ({"undrawable": 7}, "no marks"),
    ],
)
def test_marks_that_are_none_are_refused(
    archive: Archive, report: Report, change: dict[str, object], word: str
) -> None:
    text = json.dumps(json.loads(to_marks(report, values=False)) | change)
    with pytest.raises(RequestError, match=word):
        read_marks(text, archive, None)


def test_marks_made_for_other_bytes_are_refused(archive: Archive, report: Report) -> None:
    text = to_marks(replace(report, archive=replace(report.archive, sha256="a" * 64)), values=False)
    assert read_marks(text, archive, "a" * 64) == Marks()
    with pytest.raises(RequestError, match="another archive"):
        read_marks(text, archive, "b" * 64)
    with pytest.raises(RequestError, match="JSON"):
        read_marks("{", archive, None)


def test_the_summary_lists_series_with_pictures_and_the_riskiest_first(report: Report) -> None:
    after = to_summary(marked(report, SCREEN, Seen.NOTHING))
    pictures = after["pictures"]
    assert [(one["entries"], one["frames"]) for one in pictures["series"]] == [((0,), 1), ((1, 2), 4)]
    assert pictures["series"][0]["mark"]["seen"] == "nothing burned in"
    assert pictures["series"][1]["mark"] is None
    assert pictures["by_risk"] == to_summary(report)["pictures"]["by_risk"]
    assert pictures["by_risk"][0] == 0
    assert after["entries"]["risk"][0] in {"high", "medium"}


def test_marks_are_taken_back_without_judging_again() -> None:
    session = Session()
    opened = session.open([MemorySource("test.zip", zip_bytes(entries()))])
    for start, stop in opened["shards"]:
        session.merge(read_all(session, start, stop)[0])
    before = session.review("basic", ["retain-uids"])
    key = before["pictures"]["series"][SCREEN]["key"]
    mark = {"series": key, "seen": "burned-in text", "note": "", "reviewer": "", "time": "", "drawn": 1}
    assert session.review("basic", ["retain-uids"], (), {"series": [mark]})["verdict"] == "identified"
    assert session.review("basic", ["retain-uids"], (), {}) == before
    with pytest.raises(RequestError):
        session.review("basic", ["retain-uids"], (), {"series": [mark | {"seen": "?"}]})
