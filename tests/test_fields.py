"""A field outside of data elements is judged by what it is called."""

from __future__ import annotations

import json

import pytest
from pydicom.datadict import keyword_for_tag

from pycore.findings import Severity, Where
from pycore.harvester import to_found_text
from pycore.phi.fields import check_found_text
from pycore.phi.options import Options
from pycore.phi.words import fold
from pycore.standard import field_name_rows, text_pattern_rows
from tests.builders import data_set
from tests.test_review import BASIC, RETAIN_UIDS, clean_object, reviewed

IDENTIFIER, QUASI, REVIEW = Severity.IDENTIFIER, Severity.QUASI, Severity.REVIEW


def named(origin: str, text: str, options: Options = BASIC) -> dict[str, Severity]:
    """What a field is taken for by its name -> how grave it is; other rules by their names."""
    flags = check_found_text(to_found_text(Where.OTHER_FILE, text, origin), options)
    begin = "a field by the name of "
    return {
        flag.evidence.removeprefix(begin) if flag.rule == "named-field" else flag.rule: flag.severity for flag in flags
    }


@pytest.mark.parametrize(
    ("origin", "text", "attribute", "severity"),
    [
        ("JSON PatientName", "SAMPLE", "Patient's Name", IDENTIFIER),
        ("JSON 00100010.Value.Alphabetic", "SAMPLE", "Patient's Name", IDENTIFIER),
        ("JSON 0010|0010", "SAMPLE", "Patient's Name", IDENTIFIER),
        ("JSON Dicom_0010_0010", "SAMPLE", "Patient's Name", IDENTIFIER),
        ("JSON patient.name.family", "Osterholt", "Patient's Name", IDENTIFIER),
        ("zip: a.json/JSON patient_name", "SAMPLE", "Patient's Name", IDENTIFIER),
        ("XML PatientName/PersonName/Alphabetic/FamilyName", "SAMPLE", "Patient's Name", IDENTIFIER),
        ("CSV Patient's Name", "SAMPLE", "Patient's Name", IDENTIFIER),
        ("CSV Nachname", "Osterholt", "Patient's Name", IDENTIFIER),
        ("CSV Prénom", "Zoé", "Patient's Name", IDENTIFIER),
        ("CSV 患者姓名", "王小东", "Patient's Name", IDENTIFIER),
        ("CSV Name", "Anna Osterholt", "Patient's Name", IDENTIFIER),
        ("CSA header/PatientID", "ZX77", "Patient ID", IDENTIFIER),
        ("CSV MRN", "77", "Patient ID", IDENTIFIER),
        ("CSV DOB", "4/12/57", "Patient's Birth Date", IDENTIFIER),
        ("CSV Geburtsdatum", "12.08.1964", "Patient's Birth Date", IDENTIFIER),
        ("JSON PatientBirthDate", "1957-04-12", "Patient's Birth Date", IDENTIFIER),
        ("HL7 PID-13 Phone Number", "0301234", "Patient's Telephone Numbers", IDENTIFIER),
        ("CSV Home address", "Elmstead 4", "Patient's Address", IDENTIFIER),
        ("JSON InstitutionName", "Sampleton General", "Institution Name", QUASI),
        ("JSON AccessionNumber", "A77", "Accession Number", QUASI),
        ("XML ReferringPhysicianName/PersonName/Alphabetic/FamilyName", "House", "Referring Physician's Name", QUASI),
        ("CSV Physician last name", "House", "Referring Physician's Name", QUASI),
    ],
)
def test_a_field_is_judged_as_the_attribute_that_its_name_says(
    origin: str, text: str, attribute: str, severity: Severity
) -> None:
    assert named(origin, text)[attribute] is severity


@pytest.mark.parametrize(
    ("origin", "text"),
    [
        ("CSV Name", "T1 mprage"),
        ("CSV Patient", "stable"),
        ("JSON Modality", "MR"),
        ("JSON Date", "tomorrow"),
        ("JSON PatientName", "ANONYMOUS"),
        ("JSON PatientName", ""),
        ("JSON PatientName", "true"),
        ("CSV MRN", "none"),
        ("CSV phone", "no"),
        ("CSV address", "0x7fff"),
        ("JSON font.family", "Arial"),
        ("CSV hospital number", "none"),
        ("text", "The patient: was seen."),
    ],
)
def test_a_field_that_names_nobody_is_not_flagged(origin: str, text: str) -> None:
    assert named(origin, text) == {}


def test_what_stands_in_a_field_is_read_behind_its_name() -> None:
    assert named("CSV SSN", "123456789") == {"text-national-number": IDENTIFIER}
    assert "text-national-number" not in named("CSV counter", "123456789")
    assert named("CSV Serial number", "SN4711") == {"text-serial": QUASI}


def test_a_birth_date_by_its_name_is_not_told_again_as_a_date() -> None:
    assert named("CSV DOB", "1957-04-12") == {"Patient's Birth Date": IDENTIFIER}


@pytest.mark.parametrize(
    ("text", "attribute"),
    [
        ("subject_last_name: Osterholt\nsex: F", "Patient's Name"),
        ('"LastName" = "Osterholt"', "Patient's Name"),
        ("Modality: MR\nInstitutionName = Sampleton", "Institution Name"),
        ("(0010,0020) LO [ZX77]      # 4, 1 PatientID", "Patient ID"),
        ("(0008,0060) Modality CS: 'CT'\n(0010,0020) Patient ID LO: 'ZX77'", "Patient ID"),
        ("0010|0020 [ZX77]", "Patient ID"),
    ],
)
def test_lines_with_a_label_and_dumps_are_fields(text: str, attribute: str) -> None:
    assert attribute in named("text", text)


def test_options_hold_for_fields() -> None:
    keep = Options.of("basic", ["retain-institution-identity"])
    assert named("JSON InstitutionName", "Sampleton", keep) == {}


def test_dicom_as_json_and_xml_and_a_key_list_identify() -> None:
    dataset = data_set(PatientName="SAMPLE", PatientID="ZX77", Modality="CT")
    native = (
        '<NativeDicomModel><DicomAttribute tag="00100010" vr="PN" keyword="PatientName"><PersonName number="1">'
        "<Alphabetic><FamilyName>SAMPLE</FamilyName></Alphabetic></PersonName></DicomAttribute></NativeDicomModel>"
    )
    files = {
        "a.json": json.dumps(dataset.to_json_dict()).encode(),
        "a.xml": f'<?xml version="1.0"?>{native}'.encode(),
        "key.csv": b"pseudonym,patient_name,DOB\nP1,Osterholt,1957-04-12\nP2,Ravnsborg,1960-01-30\n",
        "dump.txt": b"(0010,0010) PN [SAMPLE]    # 6, 1 PatientName\n(0010,0020) LO [ZX77]    # 4, 1 PatientID\n",
    }
    report = reviewed({"1": clean_object(), **files}, RETAIN_UIDS)
    grave = [one for one in report.findings if one.flag.severity is IDENTIFIER]
    assert {entry for one in grave for entry in one.entries} == {1, 2, 3, 4}


def test_a_pseudonym_in_a_table_is_no_graver_than_in_the_images() -> None:
    claimed = {"PatientIdentityRemoved": "YES", "DeidentificationMethod": "CTP Basic Profile"}
    image = clean_object(1, PatientName="TRIAL-0042", PatientID="TRIAL-0042", **claimed)
    table = b"PatientID,arm\nTRIAL-0042,A\n"
    report = reviewed({"1": image, "arms.csv": table}, RETAIN_UIDS)
    assert [one.flag.severity for one in report.findings if one.flag.rule == "named-field"] == [Severity.INFO]
    other = reviewed({"1": image, "arms.csv": table.replace(b"0042", b"0043")}, RETAIN_UIDS)
    assert [one.flag.severity for one in other.findings if one.flag.rule == "named-field"] == [IDENTIFIER]


def test_the_table_of_names_is_as_it_says() -> None:
    rules = {row.rule for row in text_pattern_rows()}
    for name, row in field_name_rows().items():
        assert name == fold(name), "names are compared folded"
        assert keyword_for_tag(row.tag)
        assert row.form in rules | {""}
