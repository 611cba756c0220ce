"""All rules together: what lies where, how grave it is, and what is said once instead of fifty times."""

from __future__ import annotations

import io
import zipfile

import pytest

from pycore.findings import Finding, Severity, Where
from pycore.phi.options import Options
from pycore.review import Report, Verdict, archive_name, entry_names
from tests.builders import data_set, dicom_bytes, zip_bytes
from tests.test_review import RETAIN_UIDS, archive_of, clean_object, reviewed

PATIENT = {"PatientName": "Keller^Johanna", "PatientID": "4711223", "PatientBirthDate": "19610312"}


def found(report: Report, rule: str) -> list[Finding]:
    return [finding for finding in report.findings if finding.flag.rule == rule]


def severities(report: Report, path: str) -> set[Severity]:
    return {finding.flag.severity for finding in report.findings if finding.path == path}


def test_a_removed_sequence_is_reported_once_with_the_worst_that_it_holds() -> None:
    requests = [
        data_set(RequestedProcedureDescription="knee", RequestedProcedureID=f"R-{number}") for number in range(50)
    ]
    requests.append(data_set(ReasonForTheRequestedProcedure="Patient: Anna Keller, tel. 030 5550 1234"))
    report = reviewed({"1": clean_object(1, RequestAttributesSequence=requests)}, RETAIN_UIDS)
    inside = [finding for finding in report.findings if finding.path.startswith("(0040,0275)")]
    assert [(finding.path, finding.flag.severity) for finding in inside] == [("(0040,0275)", Severity.IDENTIFIER)]
    assert "Reason for the Requested Procedure" in inside[0].flag.evidence


def test_each_file_is_judged_by_what_its_own_sequence_holds() -> None:
    grave = [data_set(ReasonForTheRequestedProcedure="Patient: Anna Keller")]
    harmless = [data_set(RequestedProcedureID="R-1")]
    report = reviewed(
        {
            "1": clean_object(1, RequestAttributesSequence=grave),
            "2": clean_object(2, RequestAttributesSequence=harmless),
        },
        RETAIN_UIDS,
    )
    by_severity = {one.flag.severity: one.entries for one in report.findings if one.path == "(0040,0275)"}
    assert by_severity == {Severity.IDENTIFIER: (0,), Severity.QUASI: (1,)}


def test_items_of_a_kept_sequence_are_judged_at_their_own_path() -> None:
    report = reviewed({"1": clean_object(1, ReferencedImageSequence=[data_set(PatientName="Keller^Johanna")])})
    assert severities(report, "(0008,1140)[0]/(0010,0010)") == {Severity.IDENTIFIER}


@pytest.mark.parametrize(
    "text",
    ["Johanna Keller", "KELLER, JOHANNA", "keller_johanna", "JohannaKeller", "J. Keller", "no. 4711223", "*12.03.1961"],
)
def test_a_patient_is_found_again_wherever_it_hides(text: str) -> None:
    report = reviewed({"1": clean_object(1, **PATIENT, SeriesDescription=f"knee {text} left")})
    echoes = [one for one in report.findings if one.path == "(0008,103E)" and one.flag.rule.startswith("echo-")]
    assert {one.flag.severity for one in echoes} == {Severity.IDENTIFIER}
    assert all(one.flag.evidence for one in echoes)


def test_a_name_in_the_file_of_somebody_else_is_an_identifier() -> None:
    report = reviewed(
        {
            "1": clean_object(1, **PATIENT),
            "2": clean_object(2, PatientName="Ortega^Luis", PatientID="998877", ImageComments="see Johanna Keller"),
        }
    )
    assert [one.entries for one in found(report, "echo-patient-name") if one.path == "(0020,4000)"] == [(1,)]


def test_names_of_entries_are_searched_and_masked() -> None:
    report = reviewed({"KELLER_JOHANNA/CT/1.dcm": clean_object(1, **PATIENT)})
    names = [one for one in report.findings if one.where is Where.ENTRY_NAME]
    assert [(one.flag.severity, one.values) for one in names] == [(Severity.IDENTIFIER, ("KELLER_JOHANNA",))]
    assert entry_names(report, masked=True) == ("XXXXXX_XXXXXXX/CT/1.dcm",)
    assert list(entry_names(report, masked=False)) == ["KELLER_JOHANNA/CT/1.dcm"]


def test_the_archive_s_own_name_is_searched() -> None:
    archive = archive_of({"1": clean_object(1, **PATIENT)})
    archive.name = "keller_johanna.zip"
    from pycore.harvester import read_entries
    from pycore.review import review

    report = review(archive, read_entries(archive, [0]), RETAIN_UIDS)
    assert any(one.where is Where.ARCHIVE and not one.entries for one in found(report, "echo-patient-name"))
    assert "keller" not in archive_name(report, masked=True)


@pytest.mark.parametrize(
    "name",
    ["letter.txt", "list.csv", "order.json", "report.xml"],
)
def test_other_files_are_searched(name: str) -> None:
    contents = {
        "letter.txt": b"Dear colleague, Johanna Keller came to us.",
        "list.csv": b"name,ward\nKeller Johanna,4\n",
        "order.json": b'{"who": "Johanna Keller"}',
        "report.xml": b"<r><who>Johanna Keller</who></r>",
    }
    report = reviewed({"1": clean_object(1, **PATIENT), name: contents[name]})
    echoes = [one for one in found(report, "echo-patient-name") if one.where is Where.OTHER_FILE]
    assert [one.entries for one in echoes] == [(1,)]


def test_dicom_inside_a_zip_inside_the_zip_is_judged_element_by_element() -> None:
    inner = zip_bytes({"inner.dcm": clean_object(1, **PATIENT)})
    report = reviewed({"inner.zip": inner, "2": clean_object(2)})
    embedded = [one for one in report.findings if one.where is Where.EMBEDDED and one.path == "(0010,0010)"]
    assert [(one.flag.severity, one.entries) for one in embedded] == [(Severity.IDENTIFIER, (0,))]


def test_texts_inside_private_bytes_are_found() -> None:
    dataset = data_set(SOPClassUID="1.2.840.10008.5.1.4.1.1.7", Modality="OT", **PATIENT)
    block = dataset.private_block(0x0033, "EXAMPLE RIS", create=True)
    block.add_new(0x10, "OB", b"\0\1\2\3" + "Johanna Keller".encode("utf-16-le") + b"\xff\xfe\0\0")
    report = reviewed({"1": dicom_bytes(dataset)})
    assert any(one.path == "(0033,1010)" for one in found(report, "echo-patient-name"))


def test_the_watch_list_is_searched_everywhere() -> None:
    from pycore.harvester import read_entries
    from pycore.review import review

    archive = archive_of({"1": clean_object(1, SeriesDescription="for Ravnsborg"), "Ravnsborg.txt": b"nothing"})
    harvest = read_entries(archive, range(2))
    without = review(archive, harvest, RETAIN_UIDS)
    report = review(archive, harvest, RETAIN_UIDS, watch=["Ravnsborg", "MRN-00815"])
    assert not found(without, "echo-watch-list")
    assert {one.where for one in found(report, "echo-watch-list")} == {Where.ELEMENT, Where.ENTRY_NAME}


def test_a_pseudonym_with_a_claim_is_no_identifier() -> None:
    claimed = {"PatientIdentityRemoved": "YES", "DeidentificationMethod": "CTP Basic Profile"}
    report = reviewed({"1": clean_object(1, PatientName="TRIAL-0042", PatientID="TRIAL-0042", **claimed)}, RETAIN_UIDS)
    assert not [one for one in report.findings if one.flag.severity is Severity.IDENTIFIER]


def test_a_plain_record_number_stays_an_identifier() -> None:
    report = reviewed({"1": clean_object(1, PatientID="4711223")}, RETAIN_UIDS)
    assert severities(report, "(0010,0020)") == {Severity.IDENTIFIER}


def test_a_claim_that_is_not_kept_is_said() -> None:
    report = reviewed({"1": clean_object(1, **PATIENT, PatientIdentityRemoved="YES")}, RETAIN_UIDS)
    claim = found(report, "claim-identifiers-remain")
    assert [(one.path, one.values) for one in claim] == [("(0012,0062)", ("YES",))]


def test_an_object_cut_off_before_its_patient_is_not_passed_as_anonymous() -> None:
    data = clean_object(1, StudyDescription="x" * 60, PatientID="4711223")
    cut = data[: data.index(b"x" * 60) + 10]
    report = reviewed({"1": cut}, RETAIN_UIDS)
    assert report.verdict is Verdict.IDENTIFIED
    assert [one.entries for one in found(report, "identity-unread")] == [(0,)]


def test_ages_above_89_are_told_even_where_characteristics_are_retained() -> None:
    options = Options.of("basic", ["retain-uids", "retain-patient-characteristics"])
    report = reviewed({"1": clean_object(1, PatientAge="093Y"), "2": clean_object(2, PatientAge="045Y")}, options)
    assert [one.entries for one in report.findings if one.flag.severity is Severity.QUASI] == [(0,)]


def test_burned_in_text_that_the_header_admits_is_an_identifier() -> None:
    pixels = {
        "Rows": 1,
        "Columns": 2,
        "BitsAllocated": 8,
        "BitsStored": 8,
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "PixelData": b"\1\2",
    }
    report = reviewed({"1": clean_object(1, BurnedInAnnotation="YES", **pixels)}, RETAIN_UIDS)
    finding = next(one for one in report.findings if one.where is Where.PIXEL)
    assert finding.flag.severity is Severity.IDENTIFIER


def test_problems_inside_another_file_keep_the_verdict_from_being_clean() -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as inner:
        inner.writestr("a.txt", b"text" * 100)
    broken = bytearray(data.getvalue())
    broken[40] ^= 0xFF
    report = reviewed({"1": clean_object(1), "inner.zip": bytes(broken)}, RETAIN_UIDS)
    assert any(problem.entry == 1 for problem in report.problems)
    assert report.verdict is Verdict.REVIEW
