"""Identifiers in free text: planted and clean lines per kind, and that no text can stop the review."""

from __future__ import annotations

import re
import time
from re import _parser  # type: ignore[attr-defined]  # how `re` itself reads a pattern; it has no public name
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pycore.findings import Severity, Where
from pycore.phi.options import Options
from pycore.phi.text import check_text, find_kinds, find_rows
from pycore.phi.value import Value
from pycore.phi.words import fold, given_names, is_term, spellings, surnames
from pycore.standard import name_words, stop_words, text_depths, text_pattern_rows

BASIC = Options()

# Kind of pattern, whether it must match, line. All values are invented.
LINES = (
    ("DATE_8", True, "seen 20130713 ok"),
    ("DATE_8", False, "2.25.20130713123456"),
    ("DATE_8", False, "1.2.20130713.4"),
    ("DATE_8", False, "SN 12013071399"),
    ("DATE_8_DAY_FIRST", True, "scan 31121999"),
    ("DATE_8_DAY_FIRST", True, "12311999"),
    ("DATE_8_DAY_FIRST", False, "1.3.31121999.2"),
    ("DATETIME_14", True, "20120224142721"),
    ("DATETIME_14", True, "20120224142721.123456+0100"),
    ("DATETIME_14", False, "1.2.840.20120224142721.3"),
    ("DATE_YMD", True, "2013-07-13"),
    ("DATE_YMD", True, "1999/1/2"),
    ("DATE_YMD", True, "2001.02.03"),
    ("DATE_YMD", False, "1.2.2001.02.03.4"),
    ("DATE_YMD", False, "2013-13-40"),
    ("DATE_YDM", True, "2013-31-07"),
    ("DATE_YDM", False, "2013-07-31"),
    ("DATE_DMY_OR_MDY", True, "13.07.2013"),
    ("DATE_DMY_OR_MDY", True, "7/13/2013"),
    ("DATE_DMY_OR_MDY", False, "1.13.07.2013.5"),
    ("DATE_DMY_OR_MDY", False, "45/45/2013"),
    ("DATE_2_DIGIT_YEAR", True, "7/13/13"),
    ("DATE_2_DIGIT_YEAR", True, "13.07.13"),
    ("DATE_2_DIGIT_YEAR", False, "V7.4.13.2"),
    ("DATE_2_DIGIT_YEAR", False, "1.2.3"),
    ("DATE_MONTH_NAME", True, "PARENCHYMAL PHASE Sep1999"),
    ("DATE_MONTH_NAME", True, "3rd March, 2004"),
    ("DATE_MONTH_NAME", True, "Dec 5, 2011"),
    ("DATE_MONTH_NAME", True, "12-JAN-98"),
    ("DATE_MONTH_NAME", False, "MARGIN 20"),
    ("DATE_MONTH_NAME", False, "SUMMAR 12x"),
    ("DATE_KEYED", True, "DOB: 05.06.1970"),
    ("DATE_KEYED", True, "born 1970"),
    ("DATE_KEYED", True, "D.O.B 5/6/70"),
    ("DATE_KEYED", False, "DOBUTAMINE 40"),
    ("AGE_90_UP", True, "93 y/o male"),
    ("AGE_90_UP", True, "092Y"),
    ("AGE_90_UP", True, "101 years"),
    ("AGE_90_UP", False, "37 y"),
    ("AGE_90_UP", False, "0.95 y"),
    ("AGE_90_UP", False, "90 yellow"),
    ("PHONE_NORTH_AMERICA", True, "209-319-8430x161"),
    ("PHONE_NORTH_AMERICA", True, "(555) 225-5887"),
    ("PHONE_NORTH_AMERICA", True, "+1 555.225.5887 ext 12"),
    ("PHONE_NORTH_AMERICA", False, "1.2.209.319.8430"),
    ("PHONE_NORTH_AMERICA", False, "512 512 300"),
    ("PHONE_PLUS", True, "+49 89 1234 5678"),
    ("PHONE_PLUS", True, "+442071234567"),
    ("PHONE_PLUS", False, "SUV +12"),
    ("PHONE_KEYED", True, "Tel: 089 123456"),
    ("PHONE_KEYED", True, "fax 5552255887"),
    ("PHONE_KEYED", False, "telescope 1200"),
    ("EMAIL", True, "jane.doe@clinic.example.org"),
    ("EMAIL", False, "T2@3T"),
    ("URL", True, "https://pacs.example.org/x?id=3"),
    ("URL", True, "www.example.com"),
    ("URL", False, "and/or"),
    ("IPV4", True, "host 192.168.10.4"),
    ("IPV4", False, "1.2.840.10008.1"),
    ("IPV4", False, "V7.4.0017"),
    ("IPV6", True, "fe80::1ff:fe23:4567:890a"),
    ("IPV6", True, "2001:db8:1:2:3:4:5:6"),
    ("IPV6", False, "10:24:36"),
    ("MAC_ADDRESS", True, "00:1A:2b:3C:4d:5E"),
    ("MAC_ADDRESS", False, "10:24:36"),
    ("SSN", True, "123-45-6789"),
    ("SSN", False, "000-12-3456"),
    ("SSN", False, "2013-07-1300"),
    ("SSN", False, "1.123-45-6789"),
    ("MRN_KEYED", True, "MRN: 00123456"),
    ("MRN_KEYED", True, "patient id 6774825273"),
    ("MRN_KEYED", False, "MRI 3D 512"),
    ("ACCESSION_KEYED", True, "Acc# 20130714E864535"),
    ("ACCESSION_KEYED", True, "accession number: RA-44521"),
    ("ACCESSION_KEYED", False, "ACCELERATION 2"),
    ("ACCESSION_SHAPES", True, "20130714E864535"),
    ("ACCESSION_SHAPES", True, "597B9256"),
    ("ACCESSION_SHAPES", True, "RAD1234567"),
    ("ACCESSION_SHAPES", False, "FCR0200"),
    ("ACCESSION_SHAPES", False, "V8.32ER009"),
    ("LONG_NUMBER", True, "FORFILE 25398123 CD"),
    ("LONG_NUMBER", False, "1.2.840.113619"),
    ("LONG_NUMBER", False, "12345"),
    ("LONG_NUMBER", False, "0.123456789"),
    ("ZIP_WITH_STATE", True, "Sarahview, PA 56560"),
    ("ZIP_WITH_STATE", True, "HI 66060-1234"),
    ("ZIP_WITH_STATE", False, "CT 12345x6"),
    ("ZIP_WITH_STATE", False, "PA 1234"),
    ("ZIP_PLUS_4", True, "56560-1234"),
    ("ZIP_PLUS_4", False, "123456-1234"),
    ("MILITARY_BOX", True, "PSC 7523, Box 0695 APO AA 03954"),
    ("MILITARY_BOX", True, "Unit 4412 Box 1183 DPO AE 33412"),
    ("MILITARY_BOX", False, "UNIT 3 BOX"),
    ("PO_BOX", True, "P.O. Box 12"),
    ("PO_BOX", True, "po box 9"),
    ("PO_BOX", False, "box 12"),
    ("STREET_US", True, "334 Michael Manor Sarahview"),
    ("STREET_US", True, "56 Walnut Drive,Town"),
    ("STREET_US", False, "3 Point Dixon"),
    ("STREET_US", False, "512 axial"),
    ("STREET_EUROPE", True, "Ismaninger Straße 22 Hauptstraße 12a"),
    ("STREET_EUROPE", True, "Talstr. 4"),
    ("STREET_EUROPE", False, "Weg 4"),
    ("INSTITUTION", True, "Scott Community Hospital"),
    ("INSTITUTION", True, "Francis, Todd and Boyer Medical Center"),
    ("INSTITUTION", True, "Klinikum Musterstadt"),
    ("INSTITUTION", False, "hospital"),
    ("SITE_AFTER_AT", True, "CT CHEST at DC"),
    ("SITE_AFTER_AT", True, "Study AT MGH"),
    ("SITE_AFTER_AT", False, "at rest"),
    ("SITE_AFTER_AT", False, "data CT"),
    ("INITIALS_AFTER_BY", True, "positioned by PJN"),
    ("INITIALS_AFTER_BY", True, "Tech: AB"),
    ("INITIALS_AFTER_BY", False, "by hand"),
    ("INITIALS_AFTER_BY", False, "nearby CT"),
    ("NAME_PN_CARET", True, "DAVIS^MARY^^DR"),
    ("NAME_PN_CARET", True, "MÜLLER^JÖRG"),
    ("NAME_PN_CARET", False, "x^2"),
    ("NAME_PN_CARET", False, "10^3"),
    ("NAME_AFTER_CUE", True, "XR CHEST AP PORTABLE for Martin Sample"),
    ("NAME_AFTER_CUE", True, "Dr. Anna K. Example"),
    ("NAME_AFTER_CUE", False, "for contrast phase"),
    ("NAME_AFTER_CUE", False, "patient supine"),
    ("NAME_BEFORE_TITLE", True, "John Q. Public, MD"),
    ("NAME_BEFORE_TITLE", True, "Anna Example RN"),
    ("NAME_BEFORE_TITLE", False, "CT MD"),
    ("NAME_SURNAME_COMMA", True, "Example, Anna B."),
    ("NAME_SURNAME_COMMA", False, "HEAD,NECK"),
    ("NAME_SURNAME_COMMA", False, "axial, coronal"),
    ("UID", True, "2.25.112784503178059210578.1.1"),
    ("UID", True, "1.2.840.113619.2.55"),
    ("UID", False, "1.2.3"),
    ("UID", False, "V7.4.0017"),
    ("UUID", True, "123e4567-e89b-12d3-a456-426614174000"),
    ("UUID", False, "123e4567"),
    ("HEX_6_UP", True, "id 9f3a7c"),
    ("HEX_6_UP", False, "FACADE"),
    ("HEX_6_UP", False, "123456"),
    ("SERIAL_KEYED", True, "S/N: AB-12345"),
    ("SERIAL_KEYED", True, "Serial number 7671A9"),
    ("SERIAL_KEYED", False, "SNR 12"),
    ("SERIAL_KEYED", False, "series 1234"),
    ("LICENCE_KEYED", True, "NPI 1234567890"),
    ("LICENCE_KEYED", True, "DEA AB1234563"),
    ("LICENCE_KEYED", False, "lick 12345"),
    ("PLAN_KEYED", True, "Policy No: X-99881"),
    ("PLAN_KEYED", True, "acct # 55512"),
    ("PLAN_KEYED", False, "plan number one"),
    ("HOST_NAME", True, "ctws01.radiology.example.org"),
    ("HOST_NAME", True, "scanner3.local"),
    ("HOST_NAME", False, "e.g. com"),
    ("HOST_NAME", False, "syngo.via"),
    ("WINDOWS_PATH", True, "D:\\images\\DOE_JANE\\1.dcm"),
    ("WINDOWS_PATH", True, "\\\\pacs01\\share\\x"),
    ("WINDOWS_PATH", False, "W:L"),
    ("UNIX_PATH", True, "/export/home/sdc/image_pool/p1"),
    ("UNIX_PATH", True, "/data/doe_jane/x.dcm"),
    ("UNIX_PATH", False, "head/neck"),
    ("UNIX_PATH", False, "and/data"),
    ("GPS_DECIMAL", True, "48.13743, 11.57549"),
    ("GPS_DECIMAL", False, "0.9765625\\0.9765625"),
    ("GPS_DECIMAL", False, "48.1, 11.5"),
    ("GPS_DEGREES", True, "48° 8' 14\" N"),
    ("GPS_DEGREES", False, "30° flip"),
    ("VEHICLE_VIN", True, "1HGCM82633A004352"),
    ("VEHICLE_VIN", False, "12345678901234567"),
)


@pytest.mark.parametrize(("kind", "matches", "line"), LINES, ids=[f"{kind}: {line}" for kind, _, line in LINES])
def test_pattern_matches_the_line_or_not(kind: str, matches: bool, line: str) -> None:
    assert (kind in {row.kind for row, _ in find_rows(line)}) is matches


# Rule, severity, text: what a reviewer must be told.
PLANTED = (
    ("text-staff-name", "quasi", "Reported by Dr. Example"),
    ("text-staff-name", "quasi", "Prof. Dr. med. Anna Beispiel"),
    ("text-staff-name", "quasi", "read by Martin Sample"),
    ("text-staff-name", "quasi", "Technologist: Anna Example"),
    ("text-staff-name", "quasi", "John Q. Public, MD"),
    ("text-staff-name", "quasi", "DR SMITH called"),
    ("text-staff-name", "quasi", "befundet von Anna Beispiel"),
    ("text-patient-name", "identifier", "Mrs. Sample asks to be called"),
    ("text-patient-name", "identifier", "Herr Beispiel, Knie links"),
    ("text-patient-name", "identifier", "MRI of patient Jennifer Example"),
    ("text-patient-name", "identifier", "Patient name: Beispielmann"),
    ("text-patient-name", "identifier", "XR CHEST AP PORTABLE for Martin Sample"),
    ("text-patient-name", "identifier", "XR CHEST FOR MARTIN SAMPLE"),
    ("text-patient-name", "identifier", "DAVIS^MARY^^DR"),
    ("text-patient-name", "identifier", "MÜLLER^JÖRG"),
    ("text-patient-name", "identifier", "accompanied by her daughter Jennifer"),
    ("text-patient-name", "identifier", "患者名:山田太郎"),
    ("text-patient-name", "identifier", "ФИО: Иванов"),
    ("text-possible-name", "identifier", "Davis, Jennifer"),
    ("text-possible-name", "review", "Example, Jennifer B."),
    ("text-possible-name", "review", "CT Jennifer Davis thorax"),
    ("text-possible-name", "review", "export/DAVIS_JENNIFER/1"),
    ("text-possible-name", "review", "Seen with Mr. B."),
    ("text-birth-date", "identifier", "DOB: 05.06.1970"),
    ("text-birth-date", "identifier", "born on 12 March 1956"),
    ("text-birth-date", "identifier", "geb. am 05.06.1970"),
    ("text-birth-date", "quasi", "born 1970"),
    ("text-date", "quasi", "PARENCHYMAL PHASE Sep1999"),
    ("text-date", "quasi", "compared with 2023-11-02"),
    ("text-date", "quasi", "Vergleich mit 3. März 2019"),
    ("text-date", "review", "sep30"),
    ("text-age", "quasi", "93 y/o male"),
    ("text-phone", "identifier", "call 555-225-5887"),
    ("text-phone", "identifier", "Tel: 089 123456"),
    ("text-phone", "identifier", "+442071234567"),
    ("text-email", "identifier", "jane.doe@clinic.example.org"),
    ("text-url", "quasi", "https://pacs.example.org/x?id=3"),
    ("text-network", "quasi", "sent from 192.168.10.4"),
    ("text-network", "quasi", "ctws01.radiology.example.org"),
    ("text-path", "quasi", r"D:\images\DOE_JANE\1.dcm"),
    ("text-path", "quasi", "/home/jdoe/export"),
    ("text-address", "identifier", "334 Michael Manor Sarahview, PA 56560"),
    ("text-address", "identifier", "12 Walnut Street"),
    ("text-address", "identifier", "PSC 7523, Box 0695 APO AA 03954"),
    ("text-address", "identifier", "Hauptstraße 12a"),
    ("text-address", "identifier", "12 rue de la Paix"),
    ("text-national-number", "identifier", "SSN 123-45-6789"),
    ("text-national-number", "identifier", "123-45-6789"),
    ("text-national-number", "identifier", "943 476 5919"),
    ("text-national-number", "identifier", "756.9217.0769.85"),
    ("text-national-number", "identifier", "529.982.247-25"),
    ("text-record-number", "identifier", "MRN: 00123456"),
    ("text-account", "identifier", "Policy No: X-99881"),
    ("text-accession", "quasi", "Acc# 20130714E864535"),
    ("text-accession", "quasi", "20130714E864535"),
    ("text-accession", "review", "RAD1234567"),
    ("text-serial", "quasi", "S/N: AB-12345"),
    ("text-licence", "quasi", "NPI 1234567890"),
    ("text-institution", "quasi", "done at Scott Community Hospital"),
    ("text-institution", "quasi", "Klinikum Musterstadt"),
    ("text-site", "quasi", "CT CHEST at DC"),
    ("text-initials", "quasi", "positioned by PJN"),
    ("text-uid", "quasi", "see 1.2.840.113619.2.55.3.604688"),
    ("text-position", "identifier", "GPS 48.13743, 11.57549"),
    ("text-number", "review", "FORFILE 25398123 CD"),
)


@pytest.mark.parametrize(("rule", "severity", "text"), PLANTED, ids=[f"{rule}: {text}" for rule, _, text in PLANTED])
def test_planted_identifier_is_found_with_its_severity_and_a_reason(rule: str, severity: str, text: str) -> None:
    flags = {flag.rule: flag for flag in find_kinds(text)}
    assert rule in flags
    assert flags[rule].severity == severity
    assert flags[rule].evidence
    assert flags[rule].clause.startswith(("45 CFR 164.514", "PS3.15"))
    assert flags[rule].action == "C"


# What looks like an identifier and is none: silent.
CLEAN = (
    *("phase 3", "Axial Portal Venous", "Circle of Willis", "Baker cyst right knee", "Hodgkin lymphoma", "Waters view"),
    *("AP PA LAT", "MR Head Neck", "MRS Brain Single Voxel", "DR CHEST AP", "PD TSE FS COR", "Head^Routine (Adult)"),
    *("THORAX^1_ROUTINE", "abdomen^liver", "CT, HEAD/BRAIN WO CONTRAST", "HEAD,NECK", "XR C Spine Comp Min 4 Views"),
    *("V8.32ER009", "VB33D", "7.4.0017", "version 12.0.0.1", "syngo MR 2004V 4VB11D", "5.10.3-13", "T-D0050"),
    *(r"0.9765625\0.9765625", r"-1.5\2.25\300.125", "512 512 300", "1.5T", "90Y microspheres", "pH 7.35-7.45"),
    *("scan at rest", "3T", "slices 1-12", "Lead I (Einthoven)", "T1 MPRAGE SAG", "ADC (10^-6 mm2/s)", "FCR0200-0011"),
    *("lossy, quality factor 90, compression ratio 15.512", "2.1.0.515", "coreload.81", "DIASTOLE 75%", "Dixon Water"),
    *(
        "for contrast phase",
        "patient supine",
        "patient restless",
        "Patient Position Head First",
        "Series for Radiation",
    ),
    *(
        "Siemens Healthcare",
        "GE Medical Systems",
        "Philips Medical Systems, Inc.",
        "Long axis view",
        "Young adult brain",
    ),
    *("Hand left dp", "MAY NOT BE USED FOR DIAGNOSIS", "ATLAS", "Thorax 5.0 B31f", "11 ml Omniscan", "2 Neck Views"),
    *("http://www.w3.org/2001/XMLSchema-instance", "1.2.840.10008.5.1.4.1.1.2", "RGB to JPEG Baseline 1 conversion"),
    *(
        "Isocenter Beam 1",
        "FAST LOCALIZER",
        "T/S/C RF FAST PILOT",
        "SmartScore - Gated 0.5 sec",
        "30 x 2 Gy",
        "W+WO IV",
    ),
)


@pytest.mark.parametrize("text", CLEAN)
def test_harmless_text_is_left_alone(text: str) -> None:
    assert find_kinds(text) == ()


def a_value(tag: int, vr: str, text: str | None, *, extracted: bool = False, creator: str | None = None) -> Value:
    length = 0 if text is None else len(text)
    path = f"({tag >> 16:04X},{tag & 0xFFFF:04X})"
    return Value(Where.ELEMENT, path, tag, vr, creator, text, length, 0, "strings" if extracted else "", extracted)


PHONE = "call 555-225-5887"


@pytest.mark.parametrize("vr", ["SH", "LO", "ST", "LT", "UT", "UC", "UN"])
def test_every_text_vr_is_looked_at(vr: str) -> None:
    assert [flag.rule for flag in check_text(a_value(0x0018_1030, vr, PHONE), BASIC)] == ["text-phone"]


@pytest.mark.parametrize("vr", ["CS", "AE", "AS", "DS", "IS", "DA", "TM", "DT", "UI", "PN"])
def test_other_vrs_are_left_to_the_profile(vr: str) -> None:
    assert check_text(a_value(0x0018_1030, vr, "20130713"), BASIC) == ()


def test_text_found_inside_bytes_is_looked_at_whatever_the_vr() -> None:
    assert check_text(a_value(0x0029_1010, "OB", PHONE, extracted=True), BASIC)
    assert check_text(a_value(0x0029_1010, "UI", PHONE, extracted=True), BASIC)


def test_private_text_and_names_are_looked_at() -> None:
    assert check_text(a_value(0x0009_1040, "LO", "DAVIS,Mary", creator="X"), BASIC)
    assert check_text(a_value(0x0009_1040, "PN", "DAVIS^MARY", creator="X"), BASIC)
    assert check_text(a_value(0x0009_1040, "IS", "123456789", creator="X"), BASIC)
    assert check_text(a_value(0x0009_1040, "IS", r"12345678\1", creator="X"), BASIC) == ()


def test_element_that_the_profile_flags_anyway_needs_no_second_opinion() -> None:
    address = "334 Michael Manor Sarahview, PA 56560"
    assert check_text(a_value(0x0008_1030, "LO", address), BASIC)
    assert check_text(a_value(0x0010_1040, "LO", address), BASIC) == ()
    assert check_text(a_value(0x0008_0081, "ST", address), BASIC) == ()


def test_vocabulary_is_looked_at_with_the_surer_patterns_only() -> None:
    assert check_text(a_value(0x0018_1020, "LO", "51.80.108.010 2013-07-13 25398123"), BASIC) == ()
    assert check_text(a_value(0x0008_0104, "LO", "Scott Community Hospital"), BASIC) == ()
    assert check_text(a_value(0x0018_1020, "LO", PHONE), BASIC)
    assert check_text(a_value(0x0009_0010, "LO", "GEMS_20130713"), BASIC) == ()


def test_empty_and_binary_values_say_nothing() -> None:
    assert check_text(a_value(0x0018_1030, "LO", ""), BASIC) == ()
    assert check_text(a_value(0x0029_1010, "OB", None), BASIC) == ()


@pytest.mark.parametrize(
    ("option", "text"),
    [
        ("retain-full-dates", "seen 2013-07-13"),
        ("retain-uids", "1.2.840.113619.2.55.3.604688"),
        ("retain-device-identity", "S/N: AB-12345"),
        ("retain-institution-identity", "Scott Community Hospital"),
    ],
)
def test_what_an_option_retains_may_stand_in_text(option: str, text: str) -> None:
    value = a_value(0x0018_1030, "LO", text)
    assert check_text(value, BASIC)
    assert check_text(value, Options(names=frozenset({option}))) == ()


def test_birth_date_is_not_retained_with_the_other_dates() -> None:
    retained = Options(names=frozenset({"retain-full-dates"}))
    (flag,) = check_text(a_value(0x0018_1030, "LO", "DOB 1970-06-05"), retained)
    assert flag.severity is Severity.IDENTIFIER


def test_date_is_to_be_looked_at_where_dates_were_modified() -> None:
    modified = Options(names=frozenset({"retain-modified-dates"}))
    (flag,) = check_text(a_value(0x0018_1030, "LO", "seen 2013-07-13"), modified)
    assert flag.severity is Severity.REVIEW


def test_one_flag_per_rule_and_the_gravest() -> None:
    flags = find_kinds("555 225 5886 or 555-225-5887 or Tel. 555 225 5888")
    assert [(flag.rule, flag.severity) for flag in flags] == [("text-phone", Severity.IDENTIFIER)]


def test_digits_of_a_uid_are_no_date_and_no_number() -> None:
    assert [flag.rule for flag in find_kinds("2.25.20130713123456 1.2.840.113619.20130713.1234567")] == ["text-uid"]


COMMON_WORDS = ["May", "Lung", "Long", "Young", "Hand", "Brown", "Head", "Foot", "Stone", "Waters", "Baker", "Li"]


@pytest.mark.parametrize("word", COMMON_WORDS)
def test_ordinary_word_is_no_name_without_a_title(word: str) -> None:
    assert find_kinds(f"{word} axial") == ()
    assert find_kinds(f"CT {word.upper()}") == ()
    assert find_kinds(f"{word}^Routine") == ()


@pytest.mark.parametrize("word", ["Brown", "Young", "Baker-Example"])
def test_ordinary_word_after_a_form_of_address_is_a_name(word: str) -> None:
    assert [flag.severity for flag in find_kinds(f"Mrs. {word}")] == [Severity.IDENTIFIER]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(given_names())), st.sampled_from(sorted(surnames())))
def test_listed_names_after_a_cue_are_found_in_any_case(first: str, last: str) -> None:
    for text in (f"for {first.title()} {last.title()}", f"CT FOR {first.upper()} {last.upper()}"):
        assert Severity.IDENTIFIER in {flag.severity for flag in find_kinds(text)}
    assert Severity.IDENTIFIER in {flag.severity for flag in find_kinds(f"{last.upper()}^{first.upper()}")}


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_judged_without_an_error(text: str) -> None:
    for flag in find_kinds(text):
        assert flag.rule.startswith("text-")


@settings(max_examples=40, deadline=None)
@given(st.text(alphabet="ABab12 .-/^,:@+()\\_", max_size=60), st.sampled_from(PLANTED[:6] + PLANTED[30:40]))
def test_identifier_is_found_on_a_line_of_its_own_whatever_stands_above(
    noise: str, planted: tuple[str, str, str]
) -> None:
    rule, _, text = planted
    assert rule in {flag.rule for flag in find_kinds(f"{noise}\n\n{text}\n")}


# Texts on which a careless pattern takes quadratic time or worse.
HOSTILE = (
    *("a", "1", "A^", "1-", "1.", "a@", "A. ", "Ab, ", "1a:", "/home/", "\\\\a", "John Smith ", "for Ab Cd ", "Dr. "),
    *(
        "123 ",
        "+1 ",
        "+1(2)",
        "1 Ab Ab Ab Ab ",
        "Hospital Ab and of the ",
        "jan ",
        "born ",
        "www.a",
        "患者名",
        "ü",
        "mrn ",
    ),
    *(
        "0a",
        "12 34-56/78.90 ",
        "O'",
        "patient Ab-",
        "12.3456, ",
        "lat 12.3456 ",
        "ab_",
        "tel +(1 ",
        "Ab, PA ",
        "user id : ",
    ),
)


@pytest.mark.parametrize("unit", HOSTILE)
def test_time_grows_with_the_length_and_no_faster(unit: str) -> None:
    def seconds(length: int) -> float:
        text = (unit * (length // len(unit) + 1))[:length]
        start = time.process_time()
        find_kinds(text)
        return time.process_time() - start

    find_kinds(unit)  # loads the tables
    short, long = 8_000, 64_000
    # Quadratic time would be 64 times as much; what is allowed leaves room for other work on the machine.
    assert min(seconds(long) for _ in range(3)) < 24 * max(seconds(short), 0.004)


def test_tables_are_consistent() -> None:
    for row in text_pattern_rows():
        assert row.rule.startswith("text-")
        assert row.scope in {"all", "free"}
        assert row.needs
        assert row.evidence
    assert set(text_depths().values()) <= {"reduced", "none"}
    for words in (*name_words().values(), *stop_words().values()):
        assert all(word == fold(word) for word in words if word.isalpha() and not word.isupper())


def test_words_are_compared_without_case_accents_and_width() -> None:
    assert {fold(word) for word in ("MÜLLER", "Müller", "Mu\u0308ller", "ＭＵＬＬＥＲ", "muller")} == {"muller"}
    assert fold("Strauß") == "strauss"
    assert fold("Ångström") == "angstrom"
    assert fold("Łukasz") == "lukasz"
    assert spellings("Müller") == {"muller", "mueller"}
    assert is_term("views") and is_term("view")


def test_patterns_that_ask_for_digits_match_nothing_with_fewer() -> None:
    asking = [row for row in text_pattern_rows() if any(need.startswith("#") for need in row.needs)]
    assert len(asking) > 30
    for row in asking:
        wanted = max(int(need[1:] or 4) for need in row.needs if need.startswith("#"))
        parsed = _parser.parse(row.pattern, re.IGNORECASE if row.ignores_case else 0)
        least = min(best for _, _, best in after(parsed, {(0, 0, 0)}))
        assert wanted <= least or not any(need[1:] for need in row.needs), (
            f"{row.kind} may match {least} digits close together and is tried from {wanted} on: {row.pattern}"
        )


CLOSE = 3
"""Signs between two digits that stand close together."""
Reached = tuple[int, int, int]
"""Digits that stood close together last, signs since then, and the most that stood close together."""


def after(pattern: Any, states: set[Reached]) -> set[Reached]:
    """Return what may have been met behind a parsed pattern; placeholders of the table are read as they stand."""
    for operation, argument in pattern:
        match str(operation):
            case "LITERAL" | "NOT_LITERAL":
                is_digit = str(operation) == "LITERAL" and chr(argument).isdigit()
                states = {step(state, is_digit=is_digit) for state in states}
            case "IN":
                others = set() if all(map(is_of_digits, argument)) else {step(one, is_digit=False) for one in states}
                states = others or {step(one, is_digit=True) for one in states}
            case "ANY" | "GROUPREF":
                states = {step(state, is_digit=False) for state in states}
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
                least, most, inner = argument
                for _ in range(least):
                    states = after(inner, states)
                reached = states
                for _ in range(min(most - least, 2 * CLOSE)):  # more changes nothing
                    reached = after(inner, reached)
                    states = states | reached
            case "SUBPATTERN":
                states = after(argument[3], states)
            case "ATOMIC_GROUP":
                states = after(argument, states)
            case "BRANCH":
                states = set().union(*(after(branch, states) for branch in argument[1]))
    return states


def step(state: Reached, *, is_digit: bool) -> Reached:
    close, apart, most = state
    if not is_digit:
        return close, min(apart + 1, CLOSE + 1), most
    close = close + 1 if apart <= CLOSE else 1
    return close, 0, max(most, close)


def is_of_digits(item: Any) -> bool:
    """Return whether an item of a set stands for digits alone."""
    match str(item[0]):
        case "LITERAL":
            return chr(item[1]).isdigit()
        case "RANGE":
            return all(chr(code).isdigit() for code in range(item[1][0], item[1][1] + 1))
        case "CATEGORY":
            return str(item[1]) == "CATEGORY_DIGIT"
    return False
