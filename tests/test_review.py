"""From entries to the verdict: everything accounted for, every flag placed, the same report however it was read."""

from __future__ import annotations

import json

import pytest
from pydicom import DataElement

from pycore.archive import Archive, open_archive
from pycore.findings import Finding, Severity, Where
from pycore.harvest import Harvest, Status
from pycore.harvester import read_entries
from pycore.hierarchy import OWN_PATHS
from pycore.merging import merge
from pycore.phi.burned_in import BURNED_IN_PATHS
from pycore.phi.claims import CLAIM_PATHS
from pycore.phi.options import Options
from pycore.pixel_length import PIXEL_LENGTH_PATHS
from pycore.review import Report, Verdict, review
from pycore.session import FORMATS, TABLES
from pycore.to_json import to_json
from tests.builders import MemorySource, data_set, dicom_bytes, pydicom_paths, uid, zip_bytes

BASIC = Options.of("basic", [])
RETAIN_UIDS = Options.of("basic", ["retain-uids"])


def clean_object(number: int = 1, **more: object) -> bytes:
    """Return an instance that the basic profile has nothing to say about, but for its UIDs."""
    return dicom_bytes(
        data_set(
            SOPClassUID="1.2.840.10008.5.1.4.1.1.66",
            SOPInstanceUID=uid("instance", number),
            StudyInstanceUID=uid("study"),
            SeriesInstanceUID=uid("series"),
            Modality="OT",
            InstanceNumber=number,
            **more,
        )
    )


def archive_of(entries: dict[str, bytes | None], comment: bytes = b"", name: str = "test.zip") -> Archive:
    return open_archive([MemorySource(name, zip_bytes(entries, comment=comment))])


def reviewed(
    entries: dict[str, bytes | None], options: Options = BASIC, comment: bytes = b"", name: str = "test.zip"
) -> Report:
    archive = archive_of(entries, comment, name)
    return review(archive, read_entries(archive, range(len(archive.entries))), options)


def finding_at(report: Report, path: str) -> Finding:
    return next(finding for finding in report.findings if finding.path == path)


def test_every_entry_is_accounted_for() -> None:
    report = reviewed({"a/": None, "a/1.dcm": clean_object(), "a/notes.txt": b"hello", "empty": b""})
    facts = report.archive
    assert (facts.entries, facts.dicom, facts.other, facts.folders, facts.unreadable) == (4, 1, 2, 1, 0)
    assert [record.status for record in report.records] == [Status.FOLDER, Status.DICOM, Status.OTHER, Status.OTHER]


def test_a_patient_s_name_makes_the_verdict_identified_and_says_where() -> None:
    report = reviewed({"1": clean_object(1, PatientName="Sample^Anna"), "2": clean_object(2)})
    finding = finding_at(report, "(0010,0010)")
    assert report.verdict is Verdict.IDENTIFIED
    assert (finding.flag.severity, finding.flag.action, finding.entries) == (Severity.IDENTIFIER, "Z", (0,))
    assert finding.values == ("Sample^Anna",)
    assert [verdict.value for verdict in report.verdicts] == ["identified", "review"]
    assert "Patient's Name" in report.reason
    assert "Anna" not in report.reason


def test_nothing_left_and_all_read_is_clean() -> None:
    report = reviewed({"1": clean_object(1), "2": clean_object(2)}, RETAIN_UIDS)
    assert [finding for finding in report.findings if finding.flag.severity is not Severity.INFO] == []
    assert report.problems == ()
    assert report.verdict is Verdict.CLEAN


def test_a_truncated_object_is_never_clean() -> None:
    report = reviewed({"1": clean_object(1)[:-3]}, RETAIN_UIDS)
    assert report.verdict is Verdict.REVIEW
    assert [problem.entry for problem in report.problems] == [0]


def test_an_archive_without_dicom_is_never_clean() -> None:
    for entries in ({}, {"folder/": None}):
        report = reviewed(entries)
        assert report.verdict is Verdict.REVIEW
        assert report.problems[0].entry is None


def test_nested_items_are_found_at_their_path() -> None:
    name = data_set(PersonName="Sample^Anna", ConceptCodeSequence=[data_set(CodeMeaning="x")])
    report = reviewed({"1": clean_object(1, ContentSequence=[data_set(), data_set(ContentSequence=[name])])})
    finding = finding_at(report, "(0040,A730)[1]/(0040,A730)[0]/(0040,A123)")
    assert (finding.keyword, finding.vr, finding.tag) == ("PersonName", "PN", "0040A123")


def test_distinct_values_are_counted_once_and_occurrences_always() -> None:
    objects = {str(number): clean_object(number, PatientID="A" if number % 2 else "B") for number in range(1, 8)}
    finding = finding_at(reviewed(objects), "(0010,0020)")
    assert (finding.distinct, finding.count, len(finding.entries)) == (2, 7, 7)
    assert finding.values == ("A", "B")


def test_the_report_does_not_depend_on_how_the_entries_were_shared_out() -> None:
    objects: dict[str, bytes | None] = {path.name: path.read_bytes() for path in pydicom_paths()[:30]}
    archive = archive_of(objects)
    count = len(archive.entries)
    alone = read_entries(archive, range(count))
    shared = merge(
        Harvest.from_bytes(read_entries(archive, part).to_bytes())
        for part in (range(20, count), range(7), range(7, 20))
    )
    first, second = (to_json(review(archive, harvest, BASIC), values=True) for harvest in (alone, shared))
    assert first == second


def test_what_instances_of_a_series_differ_in_is_asked_for_by_no_rule_about_the_whole_instance() -> None:
    assert (BURNED_IN_PATHS.keys() | CLAIM_PATHS | PIXEL_LENGTH_PATHS).isdisjoint(OWN_PATHS)


def test_a_harvest_survives_being_sent() -> None:
    archive = archive_of({"1": clean_object(1, PatientName="Ωμέγα^Ж"), "x.txt": b"text", "f/": None})
    harvest = read_entries(archive, range(3))
    assert Harvest.from_bytes(harvest.to_bytes()) == harvest


def test_the_archive_s_comment_is_looked_at() -> None:
    report = reviewed({"1": clean_object()}, RETAIN_UIDS, comment=b"Patient: Anna Keller")
    found = {finding.flag.rule: finding for finding in report.findings if finding.where is Where.ARCHIVE}
    assert found["comment"].values == ("Patient: Anna Keller",)
    assert report.verdict is Verdict.IDENTIFIED


def test_a_nonzero_preamble_and_bytes_after_the_data_set_are_looked_at() -> None:
    image = data_set(Modality="OT", Rows=1, Columns=2, BitsAllocated=8, PixelData=b"\1\2")
    data = dicom_bytes(image, preamble=b"Sample, Anna".ljust(128, b"\0")) + b"PATIENT ANNA SAMPLE!"
    wheres = {finding.where for finding in reviewed({"1": data}).findings}
    assert {Where.PREAMBLE, Where.TRAILING} <= wheres


def test_conflicts_between_instances_are_findings() -> None:
    report = reviewed(
        {
            "1": clean_object(1, PatientID="7", PatientName="Sample^Anna"),
            "2": clean_object(2, PatientID="7", PatientName="Other^Bert"),
        }
    )
    conflict = [finding for finding in report.findings if "two" in finding.flag.rule]
    assert any(finding.entries == (0, 1) for finding in conflict)


@pytest.mark.parametrize("values", [True, False], ids=["values", "masked"])
def test_the_json_has_the_contract_s_members(values: bool) -> None:
    report = reviewed({f"d/{n}": clean_object(n, PatientName="Sample^Anna") for n in (1, 2)})
    document = json.loads(to_json(report, values=values))
    members = ["schema", "tool", "profile", "archive", "verdict", "patients", "findings", "problems"]
    assert list(document) == [*members, *(["contains_identifiers"] if values else [])]
    assert document["schema"] == "dicom-zip-inspector/report@1"
    assert set(document["tool"]) == {"version", "standard_edition"}
    assert document["profile"] == {"name": "basic", "options": []}
    assert document["patients"][0]["studies"][0]["series"][0]["instances"] == 2
    assert ("Anna" in to_json(report, values=values)) is values
    for finding in document["findings"]:
        members = set(finding) - {"entry", "entries"}
        assert members == {
            "where",
            "path",
            "tag",
            "keyword",
            "vr",
            "private_creator",
            "rule",
            "clause",
            "action",
            "severity",
            "count",
            "excerpt",
        }
        assert ("entry" in finding) != ("entries" in finding)


def test_the_reason_names_places_as_people_say_them() -> None:
    of_a_person = clean_object(1, PatientName="Muellerstein^Jane", PatientID="MUELLERSTEIN-1961")
    report = reviewed({"Muellerstein_Jane/1": of_a_person})
    assert "names of files and folders" in report.reason
    assert "entry-name" not in report.reason


@pytest.mark.parametrize("format_name", FORMATS | TABLES)
def test_masked_report_shows_no_name_wherever_a_writer_put_it(format_name: str) -> None:
    hidden = data_set(PatientName="Muellerstein^Jane", PatientID="MUELLERSTEIN-1961", StudyInstanceUID="1.2")
    for keyword in ("StudyDate", "SeriesNumber", "SeriesInstanceUID", "Modality", "SeriesDescription"):
        hidden.add(DataElement(keyword, "LO", "of Muellerstein"))  # in any VR but their own
    hidden.private_block(0x0009, "ACME for Muellerstein", create=True).add_new(1, "LO", "x")
    comment = b"sent by Muellerstein"
    report = reviewed({"Muellerstein/1": dicom_bytes(hidden), "2\n": b"Muellerstein"}, comment=comment)
    table = {"table": True} if format_name == "json" else {}
    write = (FORMATS | TABLES)[format_name]
    assert "muellerstein" not in write(report, values=False, **table).lower()
    assert "muellerstein" in write(report, values=True, **table).lower()
