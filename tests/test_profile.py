"""Table E.1-1, row by row and option by option: what violates it is flagged, what conforms is not."""

from __future__ import annotations

import itertools
from importlib.resources import files

import pytest
from pydicom.datadict import dictionary_has_tag, dictionary_VR

from pycore.errors import RequestError
from pycore.findings import Severity, Where
from pycore.phi.dummies import judge_pseudonym
from pycore.phi.options import OPTIONS, Options
from pycore.phi.profile import check_profile, is_removed_sequence
from pycore.phi.value import Value
from pycore.standard import OPTION_COLUMNS

BASIC = Options()
REAL = {
    "AE": "CT_SCANNER",
    "AS": "045Y",
    "CS": "M",
    "DA": "20240115",
    "DS": "72.5",
    "DT": "20240115101112",
    "IS": "3",
    "LO": "Jane Doe",
    "LT": "Jane Doe",
    "PN": "Doe^Jane",
    "SH": "Jane Doe",
    "ST": "Jane Doe",
    "TM": "101112",
    "UC": "Jane Doe",
    "UI": "1.2.826.0.1.3680043.9",
    "UR": "https://example.org/doe",
    "US": "4",
    "UT": "Jane Doe",
}
DUMMY = dict.fromkeys(("AE", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT"), "ANONYMOUS") | {
    "AS": "000Y",
    "CS": "O",
    "DA": "19000101",
    "DS": "0",
    "DT": "19000101000000",
    "IS": "0",
    "TM": "000000",
    "US": "0",
}


def value(
    tag: int,
    vr: str,
    text: str | None = None,
    *,
    path: str = "",
    length: int | None = None,
    items: int = 0,
    where: Where = Where.ELEMENT,
) -> Value:
    size = len(text or "") if length is None else length
    return Value(where, path or f"({tag >> 16:04X},{tag & 0xFFFF:04X})", tag, vr, None, text, size, items)


def real_value(tag: int, vr: str) -> Value:
    """Return what must not stay: a text of the VR, a sequence with one Item, or ten bytes."""
    if vr == "SQ":
        return value(tag, vr, length=-1, items=1)
    return value(tag, vr, REAL[vr]) if vr in REAL else value(tag, vr, length=10)


def vr_of(tag: int, note: str) -> str:
    if dictionary_has_tag(tag):
        return dictionary_VR(tag)[:2]
    if tag >> 16 in {0x5000, 0x6000}:
        return "OW"
    return "SQ" if "Sequence" in note else "DT" if "DateTime" in note else "LO"


def table_rows() -> list[list[str]]:
    """Read the table by other means than the product does."""
    text = files("pycore").joinpath("data", "ps3.15-table-e1-1.tsv").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in text.splitlines() if line[0].isupper() or line[0].isdigit()]
    assert len(rows) == 656  # all but the one that stands for private elements
    return rows


def expected_action(basic: str, actions: list[str]) -> str:
    return "K" if "K" in actions else "C" if "C" in actions else basic


@pytest.mark.parametrize("row", table_rows(), ids=lambda row: row[0])
def test_row_of_table_e_1_1_holds_under_every_option(row: list[str]) -> None:
    pattern, basic, cells, note = row[0], row[2], dict(zip(OPTION_COLUMNS, row[3:13], strict=True)), row[13]
    tag = int(pattern.replace("xx", "00", 1).replace("xxxx", "3000"), 16)
    vr = vr_of(tag, note)
    for option in (None, *OPTIONS):
        options = Options.of("basic", [option.name] if option else [])
        action = expected_action(basic, [cells[option.column]] if option else [])
        parts = action.split("/")

        flags = check_profile(real_value(tag, vr), options)
        if action == "K" or "U*" in parts:
            assert flags == ()
        else:
            assert [flag.action for flag in flags] == [action]
            assert flags[0].clause == "PS3.15 Table E.1-1 (2026d)"
            assert flags[0].rule == "profile"

        assert check_profile(value(tag, vr, "" if vr in REAL else None, length=0), options) == ()
        assert check_profile(value(tag, "SQ", length=-1, items=0), options) == ()
        if vr in DUMMY:
            severities = [flag.severity for flag in check_profile(value(tag, vr, DUMMY[vr]), options)]
            assert severities == ([Severity.INFO] if action == "X" else [])
        if vr == "UI" and {"U", "D"} & set(parts):
            assert check_profile(value(tag, vr, "1.2.840.10008.1.2"), options) == ()


def test_option_that_retains_overrides_one_that_cleans() -> None:
    calibrated = value(0x0018_1200, "DA", "20240115")  # Date of Last Calibration
    assert check_profile(calibrated, BASIC)[0].action == "X"
    assert check_profile(calibrated, Options.of("basic", ["retain-modified-dates"]))[0].action == "C"
    assert check_profile(calibrated, Options.of("basic", ["retain-modified-dates", "retain-device-identity"])) == ()


def test_every_pair_of_options_gives_the_action_of_the_table() -> None:
    for row in table_rows():
        tag, basic = int(row[0].replace("xx", "00", 1).replace("xxxx", "3000"), 16), row[2]
        cells = dict(zip(OPTION_COLUMNS, row[3:13], strict=True))
        vr = vr_of(tag, row[13])
        if sum(map(bool, cells.values())) < 2:
            continue
        for pair in itertools.combinations([option for option in OPTIONS if cells[option.column]], 2):
            if {option.name for option in pair} == {"retain-full-dates", "retain-modified-dates"}:
                continue
            action = expected_action(basic, [cells[option.column] for option in pair])
            flags = check_profile(real_value(tag, vr), Options.of("basic", [option.name for option in pair]))
            assert [flag.action for flag in flags] == ([] if action == "K" else [action])


@pytest.mark.parametrize("group", range(0x6000, 0x6020, 2))
def test_overlays_of_every_repeating_group_are_judged(group: int) -> None:
    for element in (0x3000, 0x4000):
        assert check_profile(value(group << 16 | element, "OW", length=8), BASIC)[0].action == "X"
    assert check_profile(value(group << 16 | 0x0010, "US", "512"), BASIC) == ()


@pytest.mark.parametrize(
    ("tag", "vr", "text", "severity"),
    [
        (0x0010_0010, "PN", "Doe^Jane", Severity.IDENTIFIER),
        (0x0010_0020, "LO", "4711", Severity.IDENTIFIER),
        (0x0010_0030, "DA", "19700131", Severity.IDENTIFIER),
        (0x0010_0030, "DA", "19700101", Severity.IDENTIFIER),  # people were born on that day
        (0x0010_1040, "LO", "1 Main Street", Severity.IDENTIFIER),
        (0x0010_1001, "PN", "Anonymous^Jane", Severity.IDENTIFIER),
        (0x0038_0010, "LO", "13002689", Severity.IDENTIFIER),
        (0x0008_0020, "DA", "20240115", Severity.QUASI),
        (0x0008_0050, "SH", "A123", Severity.QUASI),
        (0x0008_0090, "PN", "Roe^John", Severity.QUASI),
        (0x0008_0080, "LO", "St. Elsewhere", Severity.QUASI),
        (0x0018_1000, "LO", "SN1", Severity.QUASI),
        (0x0008_0018, "UI", "2.25.1234", Severity.QUASI),
        (0x0010_1010, "AS", "090Y", Severity.QUASI),
        (0x0010_1010, "AS", "089Y", Severity.REVIEW),
        (0x0010_0040, "CS", "F", Severity.QUASI),
        (0x0008_103E, "LO", "Thorax", Severity.REVIEW),
        (0x0008_0106, "DT", "20020904", Severity.INFO),
    ],
)
def test_severity_says_what_a_value_tells(tag: int, vr: str, text: str, severity: Severity) -> None:
    assert [flag.severity for flag in check_profile(value(tag, vr, text), BASIC)] == [severity]


@pytest.mark.parametrize(
    "text",
    [
        "ANONYMOUS", "anonymous^^^", "Anonymous^Patient", "REMOVED BY PROFILE"[:7], "DE-IDENTIFIED", "no name",
        "Unknown^Unknown=Unknown", "000000", "XXXX", "xxx^xxx", "9999", "^^^^", "----", "?", "N/A", "NONE",
        "anon 0012", "not available", "REMOVED\\REMOVED", "[redacted]", "<removed for privacy>",
        "SUBJ-001", "Subject 12", "Patient^0012", "2.25.329800735698586629295641978511506172918",
        "d41d8cd98f00b204e9800998ecf8427e", "DA39A3EE5E6B4B0D3255BFEF95601890AFD80709",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    ],
)  # fmt: skip
def test_obvious_dummy_is_accepted(text: str) -> None:
    assert check_profile(value(0x0010_0020, "LO", text), BASIC) == ()


@pytest.mark.parametrize(
    "text",
    [
        "Doe", "Anonymous^Li", "ANON12345678", "Patient", "ID", "1", "12345", "Blank^Anna", "Na", "Identified",
        "REMOVED\\4711", "Test", "X1", "Unknown son of Doe", "P0001", "4711-22", "TCGA-02-0003", "PATIENT 4711229",
        "Subject Doe 12", "12345678901234567890123456789012", "d41d8cd9", "1.2.826.0.1.3680043.9",
        "e2c8b6a0-5c1c-4f1e-9a5e-0d7c1b8a9f00", "RG9lXkphbmU=",
    ],
)  # fmt: skip
def test_what_may_be_real_is_no_dummy(text: str) -> None:
    assert [flag.severity for flag in check_profile(value(0x0010_0020, "LO", text), BASIC)] == [Severity.IDENTIFIER]


@pytest.mark.parametrize(
    ("vr", "text", "accepted"),
    [
        ("DA", "19000101", True),
        ("DA", "1900.01.01", True),
        ("DA", "00000000", True),
        ("DA", "19700000", True),
        ("DA", "19000102", False),
        ("DA", "20000101", False),
        ("DT", "19000101123000.0+0100", True),
        ("DT", "2019", True),
        ("DT", "201901", False),
        ("TM", "000000.000000", True),
        ("TM", "00:00:00", True),
        ("TM", "000001", False),
    ],
)
def test_dates_and_times_are_dummies_only_if_nobody_can_be_meant(vr: str, text: str, accepted: bool) -> None:
    tag = {"DA": 0x0008_0020, "DT": 0x0008_0107, "TM": 0x0008_0030}[vr]
    assert (check_profile(value(tag, vr, text), BASIC) == ()) is accepted


@pytest.mark.parametrize(
    ("name", "number", "removed", "method", "severity"),
    [
        ("Doe^Jane", "4711-22", "", "", Severity.IDENTIFIER),
        ("Doe^Jane", "4711-22", "YES", "by hand", Severity.IDENTIFIER),
        ("ANONYMOUS", "4711-22", "", "", Severity.IDENTIFIER),
        ("", "4711-22", "YES", "", Severity.IDENTIFIER),
        ("", "4711-22", "NO", "by hand", Severity.IDENTIFIER),
        ("", "4711-22", "YES", "by hand", Severity.REVIEW),
        ("Anonymous^^", "4711-22", "YES", "by hand", Severity.REVIEW),
        ("4711-22", "4711-22", "", "", Severity.REVIEW),
        ("4711-22", "4711-22", "YES", "", Severity.REVIEW),
        ("4711-22^^^", "4711-22", "yes ", "by hand", Severity.INFO),
        ("TCGA-02-0003", "TCGA-02-0003", "YES", "113100", Severity.INFO),
        ("TCGA_02_0003", "tcga-02-0003", "YES", "113100", Severity.INFO),
        ("TCGA-02-0004", "TCGA-02-0003", "YES", "113100", Severity.REVIEW),
        ("Case 12", "C-12", "YES", "by hand", Severity.REVIEW),
        ("Case Miller", "C-12", "YES", "by hand", Severity.IDENTIFIER),
        ("TEST^PHANTOM", "PHANTOM", "YES", "by hand", Severity.REVIEW),
        ("TEST^PHANTOM", "PHANTOM", "", "", Severity.IDENTIFIER),
        ("1.3.6.1.4.1.14519.5.2.1", "1.3.6.1.4.1.14519.5.2.1", "", "", Severity.INFO),
        ("1.2.3", "1.2.3", "", "", Severity.REVIEW),
        ("DOEJANE", "DOEJANE", "", "", Severity.IDENTIFIER),
        ("DOEJANE", "DOEJANE", "YES", "by hand", Severity.REVIEW),
        ("Doe^Jane1957", "DoeJane1957", "YES", "by hand", Severity.IDENTIFIER),
        ("Doe 1957", "Doe 1957", "YES", "by hand", Severity.IDENTIFIER),
        ("", "DOE,JANE1", "YES", "by hand", Severity.IDENTIFIER),
        ("", "", "YES", "by hand", Severity.IDENTIFIER),
    ],
)
def test_name_and_id_are_a_pseudonym_only_together(
    name: str, number: str, removed: str, method: str, severity: Severity
) -> None:
    assert judge_pseudonym(name, number, removed, method) is severity


def test_binary_in_place_of_text_is_never_taken_for_a_dummy() -> None:
    assert check_profile(value(0x0010_0010, "UN", length=8), BASIC)[0].severity is Severity.IDENTIFIER


def test_uids_of_the_standard_are_codes_but_only_if_all_are() -> None:
    assert check_profile(value(0x0008_0018, "UI", "1.2.840.10008.1.1\\1.2.840.10008.1.2"), BASIC) == ()
    assert check_profile(value(0x0008_0018, "UI", "1.2.840.10008.1.1\\1.2.3"), BASIC) != ()
    assert check_profile(value(0x0008_0018, "UI", "1.2.840.100080.1"), BASIC) != ()


def test_tag_is_judged_by_itself_at_any_depth() -> None:
    nested = value(0x0010_0010, "PN", "Doe^Jane", path="(0400,0561)[0]/(0400,0550)[3]/(0010,0010)")
    assert check_profile(nested, BASIC) == check_profile(value(0x0010_0010, "PN", "Doe^Jane"), BASIC) != ()


def test_content_sequence_is_flagged_at_its_outermost_level_only() -> None:
    outer = value(0x0040_A730, "SQ", items=3)
    inner = value(0x0040_A730, "SQ", items=3, path="(0040,A730)[2]/(0040,A730)")
    assert [flag.severity for flag in check_profile(outer, BASIC)] == [Severity.REVIEW]
    assert check_profile(inner, BASIC) == ()


@pytest.mark.parametrize("path", ["(0400,0561)[0]/(0400,0550)[0]", "(0400,0561)[1]/(0400,0550)[0]"])
def test_former_identity_in_the_original_attributes_is_an_identifier(path: str) -> None:
    for tag, vr in ((0x0010_0010, "PN"), (0x0010_0020, "LO"), (0x0010_0030, "DA"), (0x0010_1000, "LO")):
        former = value(tag, vr, REAL[vr], path=f"{path}/({tag >> 16:04X},{tag & 0xFFFF:04X})")
        assert [flag.severity for flag in check_profile(former, BASIC)] == [Severity.IDENTIFIER]


@pytest.mark.parametrize(
    ("tag", "names", "expected"),
    [
        (0x0400_0561, [], True),  # Original Attributes Sequence
        (0x0010_1002, [], True),  # Other Patient IDs Sequence
        (0x0040_A730, [], False),  # Content Sequence: D
        (0x0008_1140, [], False),  # X/Z/U*: its UIDs are judged
        (0x0008_0082, [], False),  # X/Z/D
        (0x0008_0082, ["retain-institution-identity"], False),
        (0x0018_6011, [], False),  # not in the table
        (0x0820_0500, [], False),  # unknown
        (0x0029_1010, [], False),  # private
    ],
)
def test_sequence_is_removed_whole_where_the_action_in_force_is_x(tag: int, names: list[str], expected: bool) -> None:
    assert is_removed_sequence(tag, Options.of("basic", names)) is expected


def test_sequence_that_could_not_be_parsed_is_flagged_by_its_length() -> None:
    assert check_profile(value(0x0010_1002, "SQ", length=20), BASIC)[0].severity is Severity.IDENTIFIER


def test_age_above_89_is_flagged_though_ages_are_kept() -> None:
    keep = Options.of("basic", ["retain-patient-characteristics"])
    assert check_profile(value(0x0010_1010, "AS", "089Y"), keep) == ()
    (flag,) = check_profile(value(0x0010_1010, "AS", "090Y"), keep)
    assert (flag.rule, flag.action, flag.severity) == ("age-above-89", "K", Severity.QUASI)


@pytest.mark.parametrize(
    ("tag", "vr", "text", "rule", "silent_with"),
    [
        (0x0014_3076, "DA", "20240115", "date-not-in-table", "retain-full-dates"),
        (0x4010_1025, "DT", "20240115", "date-not-in-table", "retain-full-dates"),
        (0x0040_A067, "PN", "Roe^John", "name-not-in-table", None),
        (0x0072_0008, "LO", "Roe", "name-not-in-table", None),
        (0x0040_2006, "SH", "A-4711", "id-not-in-table", None),
        (0x3002_0020, "SH", "LINAC 3", "device-not-in-table", "retain-device-identity"),
        (0x0018_1803, "LO", "ntp.example.org", "network-not-in-table", "retain-device-identity"),
        (0x0008_1167, "UI", "1.2.3", "uid-not-in-table", "retain-uids"),
        (0x0008_1190, "UR", "https://pacs.example.org", "network-not-in-table", None),
        (0x0002_0016, "AE", "CT_SCANNER", "file-meta", None),
    ],
)
def test_public_element_outside_the_table_is_flagged(
    tag: int, vr: str, text: str, rule: str, silent_with: str | None
) -> None:
    (flag,) = check_profile(value(tag, vr, text), BASIC)
    assert (flag.rule, flag.severity, flag.action) == (rule, Severity.QUASI, "")
    if silent_with:
        assert check_profile(value(tag, vr, text), Options.of("basic", [silent_with])) == ()


@pytest.mark.parametrize(
    ("tag", "vr", "text", "option"),
    [
        (0x0014_3076, "DA", "20240115", "retain-modified-dates"),
        (0x0002_0016, "AE", "CT_SCANNER", "retain-device-identity"),
    ],
)
def test_public_element_outside_the_table_is_to_be_looked_at_where_an_option_cleans_it(
    tag: int, vr: str, text: str, option: str
) -> None:
    (flag,) = check_profile(value(tag, vr, text), Options.of("basic", [option]))
    assert (flag.action, flag.severity) == ("C", Severity.REVIEW)


@pytest.mark.parametrize(
    ("tag", "vr", "severity"),
    [
        (0x0010_0033, "LO", Severity.IDENTIFIER),  # Patient's Birth Date in Alternative Calendar
        (0x0040_A160, "UT", None),  # Text Value: its Content Sequence is flagged
        (0x0040_0400, "LT", Severity.REVIEW),  # Comments on the Scheduled Procedure Step
        (0x0042_0010, "ST", Severity.REVIEW),  # Document Title
        (0x0008_0104, "LO", None),  # Code Meaning
        (0x0062_0005, "LO", None),  # Segment Label
        (0x0018_1210, "SH", None),  # Convolution Kernel
        (0x0008_1090, "LO", None),  # Manufacturer's Model Name
    ],
)
def test_text_outside_the_table_is_flagged_where_people_write_into_it(
    tag: int, vr: str, severity: Severity | None
) -> None:
    flags = check_profile(value(tag, vr, "some words"), BASIC)
    assert [flag.severity for flag in flags] == ([severity] if severity else [])
    assert check_profile(value(tag, vr, "REMOVED"), BASIC) == ()


def test_private_information_in_the_file_meta_is_to_be_looked_at() -> None:
    (flag,) = check_profile(value(0x0002_0102, "OB", length=10, where=Where.FILE_META), BASIC)
    assert (flag.rule, flag.severity) == ("file-meta", Severity.REVIEW)


def test_unknown_public_element_is_to_be_looked_at() -> None:
    (flag,) = check_profile(value(0x0820_0500, "UN", length=10), BASIC)
    assert (flag.rule, flag.severity) == ("unknown-element", Severity.REVIEW)


@pytest.mark.parametrize(
    ("tag", "vr", "text"),
    [
        (0x0028_0010, "US", "512"),
        (0x0028_1050, "DS", "40"),
        (0x0008_0016, "UI", "1.2.826.0.1.1"),  # a private SOP Class is a code too
        (0x0002_0012, "UI", "1.2.826.0.1.2"),
        (0x0008_0060, "CS", "CT"),
        (0x0008_0070, "LO", "Maker"),
        (0x0002_0013, "SH", "TOOLKIT_1"),
        (0x0010_0000, "UL", "120"),
        (0x0820_0000, "UL", "120"),
        (0x7FE0_0010, "OW", None),
        (0x0029_1010, "LO", "private elements are judged elsewhere"),
    ],
)
def test_harmless_element_is_silent(tag: int, vr: str, text: str | None) -> None:
    assert check_profile(value(tag, vr, text, length=10), BASIC) == ()


def test_ten_options_in_the_order_of_the_table() -> None:
    assert tuple(option.column for option in OPTIONS) == OPTION_COLUMNS
    assert Options.of("basic", ["clean-graphics", "retain-uids"]).columns == ("rtn_uids", "clean_graph")


@pytest.mark.parametrize(
    ("profile", "names", "message"),
    [
        ("strict", [], "no profile 'strict'"),
        ("basic", ["retain-everything"], "no option 'retain-everything'"),
        ("basic", ["retain-full-dates", "retain-modified-dates"], "exclude each other"),
    ],
)
def test_wrong_options_are_refused_with_a_reason(profile: str, names: list[str], message: str) -> None:
    with pytest.raises(RequestError, match=message):
        Options.of(profile, names)
