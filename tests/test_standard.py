"""The facts of the Standard are loaded whole, and our own judgements beside them fit them."""

from __future__ import annotations

from importlib.resources import files

import pytest
from pydicom.datadict import dictionary_has_tag, dictionary_keyword

from pycore import standard
from pycore.findings import Severity
from pycore.phi.options import OPTIONS

DATA_FILES = sorted(path.name for path in files("pycore").joinpath("data").iterdir() if path.name.endswith(".tsv"))
ACTIONS = {"X", "Z", "D", "U", "X/Z", "X/D", "X/Z/D", "Z/D", "X/Z/U*"}


def lines_of(name: str) -> list[str]:
    return files("pycore").joinpath("data", name).read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("name", DATA_FILES)
def test_data_file_has_a_header_and_full_rows(name: str) -> None:
    lines = lines_of(name)
    assert lines[0].startswith("# ")
    columns, *rows = [line.split("\t") for line in lines if not line.startswith("#")]
    assert rows
    assert {len(row) for row in rows} == {len(columns)}


@pytest.mark.parametrize("name", [name for name in DATA_FILES if name.startswith("ps3.15")])
def test_copied_table_names_document_and_edition(name: str) -> None:
    assert "PS3.15" in lines_of(name)[0]
    assert f"edition {standard.STANDARD_EDITION}" in lines_of(name)[0]


@pytest.mark.parametrize("name", ["severity.tsv", "outside-table.tsv", "dummy-values.tsv", "private-unsafe.tsv"])
def test_every_judgement_of_ours_has_a_reason(name: str) -> None:
    columns, *rows = [line.split("\t") for line in lines_of(name) if not line.startswith("#")]
    assert columns[-1] == "reason"
    assert [row for row in rows if not row[-1].strip()] == []


def test_table_e_1_1_is_whole() -> None:
    rows = standard.profile_rows()
    assert len(rows) == 657
    assert len({row.tag for row in rows}) == 657
    assert {row.basic for row in rows} == ACTIONS
    assert {action for row in rows for action in row.options.values()} == {"K", "C"}
    assert {column for row in rows for column in row.options} == set(standard.OPTION_COLUMNS)


def test_table_e_1_1_row_is_read_into_its_columns() -> None:
    row = standard.find_profile_row(0x0018_1203)
    assert row is not None
    assert (row.in_std_comp_iod, row.basic) == (True, "Z")
    assert row.options == {"rtn_dev_id": "K", "rtn_long_full_dates": "K", "rtn_long_modif_dates": "C"}


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        (0x0010_0010, "00100010"),
        (0x5000_3000, "50xxxxxx"),
        (0x501E_200C, "50xxxxxx"),
        (0x6000_3000, "60xx3000"),
        (0x601E_4000, "60xx4000"),
        (0x6000_0010, None),  # Overlay Rows
        (0x5020_3000, None),  # beyond the repeating groups
        (0x6001_3000, None),  # private
        (0x5000_0000, None),  # group length
        (0x0028_0010, None),
    ],
)
def test_tag_finds_its_row_repeating_groups_too(tag: int, expected: str | None) -> None:
    row = standard.find_profile_row(tag)
    assert (row.tag if row else None) == expected


def test_table_e_3_10_1_is_whole() -> None:
    rows = standard.safe_private_rows()
    assert len(rows) == 479
    row = rows[0x0019, 0x23, "GEMS_ACQU_01"]
    assert (row.vr, row.meaning) == ("DS", "Table Speed [mm/rotation]")


def test_every_attribute_of_table_e_1_1_has_a_severity() -> None:
    severities = {row.tag: standard.find_severity(row) for row in standard.profile_rows() if row.tag != "ggggeeee"}
    assert len(severities) == 656


def test_severity_rows_belong_to_the_table_and_name_it_right() -> None:
    tags = {row.tag for row in standard.profile_rows()}
    for attribute, row in standard.severity_rows().items():
        if len(attribute) == 2:  # a VR
            continue
        assert attribute in tags
        if "x" not in attribute and dictionary_has_tag(int(attribute, 16)):
            assert row.keyword == dictionary_keyword(int(attribute, 16))


def test_identifiers_are_exactly_what_names_or_numbers_the_patient() -> None:
    assert {row.keyword for row in standard.severity_rows().values() if row.severity is Severity.IDENTIFIER} == {
        "PatientName",
        "PatientID",
        "PatientBirthDate",
        "PatientBirthName",
        "PatientMotherBirthName",
        "PatientAddress",
        "PatientTelephoneNumbers",
        "PatientTelecomInformation",
        "OtherPatientIDs",
        "OtherPatientIDsSequence",
        "OtherPatientNames",
        "PersonNamestoUseSequence",
        "NametoUse",
        "NametoUseComment",
        "ResponsiblePerson",
        "InsurancePlanIdentification",
        "MedicalRecordLocator",
        "AdmissionID",
        "ServiceEpisodeID",
    }


def test_outside_rows_are_outside_and_name_real_options() -> None:
    tags = {row.tag for row in standard.profile_rows()}
    names = {option.name for option in OPTIONS} | {""}
    for attribute, row in standard.outside_rows().items():
        assert attribute not in tags
        assert {row.kept_by, row.cleaned_by} <= names
        assert bool(row.rule) == bool(row.clause) == (row.severity is not None)


@pytest.mark.parametrize(
    ("tag", "creator", "name", "keyword"),
    [
        (0x0010_0010, None, "Patient's Name", "PatientName"),
        (0x6002_0010, None, "Overlay Rows", "OverlayRows"),
        (0x0008_1301, None, "Principal Diagnosis Code Sequence", ""),
        (0x0008_0000, None, "Group Length", ""),
        (0x0029_0010, None, "Private Creator", ""),
        (0x0029_1110, "SIEMENS CSA HEADER", "CSA Image Header Info", ""),
        (0x0029_1110, "NOBODY", "", ""),
        (0x0029_1110, None, "", ""),
        (0x0820_0500, None, "", ""),
    ],
)
def test_element_name_and_keyword(tag: int, creator: str | None, name: str, keyword: str) -> None:
    assert standard.element_name(tag, creator) == name
    assert standard.element_keyword(tag, creator) == keyword


def test_uid_name() -> None:
    assert standard.uid_name("1.2.840.10008.1.2") == "Implicit VR Little Endian"
    assert standard.uid_name("1.2.3.4") == ""
    assert standard.uid_name("1.2.3\n# made up\n4\x1e") == ""  # pydicom strips it
    assert standard.uid_name("") == ""
