"""Identity echo: what identifies people is found again wherever it hides, and nothing else is."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pycore.findings import Flag, Severity, Where
from pycore.phi.echo import MAX_WATCHED, Echo, Identities, collect_identities
from pycore.phi.value import Value
from pycore.phi.words import fold, is_common
from pycore.standard import dummy_values, identity_rows

# One patient in entry 0, another in entry 1; nobody exists.
OWN, OTHER = (0,), (1,)


def a_value(tag: int, vr: str, text: str | None, *, extracted: bool = False, creator: str | None = None) -> Value:
    length = 0 if text is None else len(text)
    path = f"({tag >> 16:04X},{tag & 0xFFFF:04X})"
    return Value(Where.ELEMENT, path, tag, vr, creator, text, length, 0, "strings" if extracted else "", extracted)


def a_patient(entries: Sequence[int], name: str, number: str, **more: str) -> list[tuple[Value, Sequence[int]]]:
    tags = {
        "birth_date": (0x0010_0030, "DA"),
        "address": (0x0010_1040, "LO"),
        "telephone": (0x0010_2154, "SH"),
        "accession": (0x0008_0050, "SH"),
        "physician": (0x0008_0090, "PN"),
        "institution": (0x0008_0080, "LO"),
        "station": (0x0008_1010, "SH"),
        "serial": (0x0018_1000, "LO"),
        "removed": (0x0012_0062, "CS"),
        "study_date": (0x0008_0020, "DA"),
    }
    values = [(a_value(0x0010_0010, "PN", name), entries), (a_value(0x0010_0020, "LO", number), entries)]
    return values + [(a_value(*tags[key], text), entries) for key, text in more.items()]


PATIENTS = a_patient(
    OWN,
    "Müller-Beispiel^Änne^Katharina",
    "00471188",
    birth_date="19570412",
    address="17 Invented Lane, Nowhereville",
    telephone="+49 30 555 0100",
    accession="RA-445219",
    physician="Kowalczyk^Zbigniew",
    institution="Nowhereville General Hospital",
    station="CTROOM0305",
    serial="SN-9931207",
) + a_patient(OTHER, "Okonkwo^Babatunde", "QX-55-1234", birth_date="19610312")
ECHO = Echo(collect_identities(PATIENTS))


def found(flags: Sequence[Flag]) -> dict[str, str]:
    return {flag.rule: str(flag.severity) for flag in flags}


def in_text(text: str, entries: Sequence[int] = OWN, echo: Echo = ECHO) -> dict[str, str]:
    """Rule -> severity, for a text in Series Description."""
    return found(echo.check(a_value(0x0008_103E, "LO", text), entries))


NAMES = (
    *("Änne Müller-Beispiel", "MUELLER-BEISPIEL ANNE", "muller beispiel, anne", "Beispiel^Änne", "Muller, Änne"),
    *("Änne Katharina Müller", "Anne K. Mueller", "ANNE_MUELLER", "AnneMuller", "mulleranne", "annemueller/3"),
    *("Frau Müller", "Mrs. Beispiel", "Katharina Beispiel", "A. Müller", "MUELLER A", "xxannemullerxx"),
    *("Mu\u0308ller A\u0308nne", "ＭＵＬＬＥＲ　ＡＮＮＥ", "MRI of mueller.anne", "(Müller)", "T2 sag Beispiel"),
)


@pytest.mark.parametrize("text", NAMES)
def test_name_is_found_in_every_order_case_spelling_and_separator(text: str) -> None:
    assert in_text(text) == {"echo-patient-name": "identifier"}


OTHER_IDENTITIES = (
    *(("echo-patient-id", "identifier", text) for text in ("for 00471188", "471188", "ct00471188", "00-47-11-88")),
    *(("echo-patient-id", "identifier", text) for text in ("MRN: 0047 1188", "id_00471188_x", "#00471188.")),
    *(("echo-birth-date", "identifier", text) for text in ("1957-04-12", "12.04.1957", "4/12/1957", "12/4/1957")),
    *(("echo-birth-date", "identifier", text) for text in ("19570412", "12 Apr 1957", "April 12, 1957")),
    *(("echo-birth-date", "identifier", text) for text in ("DOB 12.04.57", "geb. 12.4.57", "19570412101500")),
    ("echo-birth-date", "review", "seen 12.04.57"),
    *(("echo-contact", "identifier", text) for text in ("call +49 30 555 0100", "0049 305550100", "030/555-0100")),
    *(("echo-address", "identifier", text) for text in ("17 Invented Lane", "lives at 17, INVENTED LANE")),
    *(("echo-accession", "quasi", text) for text in ("RA-445219", "acc ra445219", "RA 445219 done")),
    *(("echo-staff", "quasi", text) for text in ("Zbigniew Kowalczyk", "Dr. Kowalczyk", "Z. Kowalczyk", "zkowalczyk")),
    *(("echo-institution", "quasi", text) for text in ("done at Nowhereville General Hospital",)),
    ("echo-institution", "review", "NOWHEREVILLE RIS 1.0"),
    *(("echo-station", "quasi", text) for text in ("CTROOM0305", "on CTROOM-0305")),
    *(("echo-device", "quasi", text) for text in ("SN9931207", "sn-9931207")),
)


@pytest.mark.parametrize(("rule", "severity", "text"), OTHER_IDENTITIES)
def test_number_date_address_or_staff_is_found(rule: str, severity: str, text: str) -> None:
    assert in_text(text).get(rule) == severity


CLEAN = (
    *("phase 3", "Axial Portal Venous", "Thorax 5.0 B31f", "T1 MPRAGE", "CT Thorax", "General Hospital", "General"),
    *("Lane", "17", "1957", "2024-01-15", "471", "ROOM 3", "Head CT", "512 512 300", "Beispielhaft", "Mullerian duct"),
    *("00471189", "1004711880", "0.00471188", "12.04.1958", "annex", "annemarie", "Invented", "RA", "katharin"),
)


@pytest.mark.parametrize("text", CLEAN)
def test_harmless_text_is_no_echo(text: str) -> None:
    assert in_text(text) == {}


def test_name_of_another_patient_says_so() -> None:
    (flag,) = ECHO.check(a_value(0x0008_103E, "LO", "Babatunde Okonkwo"), OWN)
    assert flag.severity is Severity.IDENTIFIER
    assert "of other files" in flag.evidence
    (flag,) = ECHO.check(a_value(0x0008_103E, "LO", "Babatunde Okonkwo"), OTHER)
    assert "of other files" not in flag.evidence
    (flag,) = ECHO.check(a_value(0x0008_103E, "LO", "Babatunde Okonkwo"), (0, 1))
    assert "of other files" in flag.evidence


def test_evidence_quotes_no_value() -> None:
    for text in NAMES + tuple(text for _, _, text in OTHER_IDENTITIES):
        for flag in ECHO.check_text(text, OWN):
            assert flag.evidence
            assert not {"muller", "anne", "kowalczyk", "nowhereville"} & set(flag.evidence.lower().split())
            assert not any(sign.isdigit() for sign in flag.evidence)


def test_given_name_alone_counts_in_the_own_file_only() -> None:
    assert in_text("GTV Katharina") == {"echo-patient-name": "identifier"}
    assert in_text("GTV Katharina", OTHER) == {}


def test_birth_date_of_another_patient_needs_its_label() -> None:
    assert in_text("1957-04-12", OTHER) == {}
    assert in_text("DOB: 1957-04-12", OTHER) == {"echo-birth-date": "identifier"}


def test_birth_date_of_a_newborn_is_the_date_of_the_examination_too() -> None:
    echo = Echo(collect_identities(a_patient(OWN, "Okonkwo^", "1", birth_date="20240115", study_date="20240115")))
    assert in_text("2024-01-15", echo=echo) == {"echo-birth-date": "review"}
    assert found(echo.check(a_value(0x0008_0018, "UI", "1.2.276.0.1.20240115.5"), OWN)) == {}


@pytest.mark.parametrize(
    ("name", "harmless", "telling"),
    [
        ("Head^Anna", "Head CT", "Anna Head"),
        ("Lung^May", "Lung axial", ""),
        ("Li^Wei", "Li", "Li Wei"),
        ("Long^Jennifer", "long axis", "Jennifer Long"),
        ("Hand^Brown", "Hand left", ""),
        ("Brown^Jennifer", "brown fat", "Mrs. Brown"),
        ("MR^Zbigniew", "MR", "Zbigniew MR"),
        ("Waters^Jennifer", "Waters view", "waters, jennifer"),
    ],
)
def test_ordinary_word_needs_evidence(name: str, harmless: str, telling: str) -> None:
    echo = Echo(collect_identities(a_patient(OWN, name, "1")))
    assert in_text(harmless, echo=echo) == {}
    if telling:
        assert in_text(telling, echo=echo).get("echo-patient-name") in {"identifier", "review"}


def test_short_name_alone_is_to_be_looked_at_only_with_a_capital() -> None:
    echo = Echo(collect_identities(a_patient(OWN, "Doe^Jane", "1")))
    assert in_text("for Doe", echo=echo) == {"echo-patient-name": "review"}
    assert in_text("doe", echo=echo) == {}
    assert in_text("Mr. Doe", echo=echo) == {"echo-patient-name": "identifier"}
    assert in_text("J Doe", echo=echo) == {"echo-patient-name": "identifier"}
    assert in_text("Dr. Doe", echo=echo) == {"echo-patient-name": "review"}


def test_name_of_staff_is_not_taken_for_the_patient() -> None:
    same = a_patient(OWN, "Kowalczyk^Jolanta", "1", physician="Kowalczyk^Zbigniew")
    echo = Echo(collect_identities(same))
    assert in_text("Zbigniew Kowalczyk", echo=echo) == {"echo-staff": "quasi"}
    assert in_text("Jolanta Kowalczyk", echo=echo)["echo-patient-name"] == "identifier"


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        (
            "Yamada^Tarou=山田^太郎=やまだ^たろう",
            ("山田太郎", "患者山田太郎様", "やまだたろう", "Tarou Yamada"),
        ),
        ("Hong^Gildong=洪^吉洞=홍^길동", ("홍길동", "길동님", "洪吉洞", "hong gildong")),
        ("Wang^XiaoDong=王^小东", ("王小东", "XiaoDong Wang", "wangxiaodong")),
        ("Воронцова^Людмила", ("Lyudmila Vorontsova", "LIUDMILA VORONTSOVA", "Voroncova", "воронцова")),
        ("Καραγιάννης^Στέφανος", ("Stefanos Karagiannis", "Stephanos Karagiannes")),
        ("O'Donnell^Siobhan", ("ODonnell", "SIOBHAN O’DONNELL")),
        ("Müller^Jörg", ("MÃ¼ller JÃ¶rg", "ThoraxMueller")),
        ("Люкceмбypг^Анна", ("Анна Люкceмбypг", "ЛЮКCEМБYPГ")),
        ("Διονυσίου^Ελένη", ("ΕΛΕΝΗ ΔΙΟΝΥΣΙΟΥ", "διονυσιου")),
        ("Buc^Jérôme", ("JEROME BUC", "Jérôme")),
        ("Ørsted^Åse", ("Aase Oersted", "ASE ORSTED")),
        ("van der Heuvelink^Pieter", ("P. van der Heuvelink", "Pieter Heuvelink", "vanderheuvelinkpieter")),
    ],
)
def test_every_script_of_a_name_is_searched(name: str, texts: Sequence[str]) -> None:
    echo = Echo(collect_identities(a_patient(OWN, name, "1")))
    for text in texts:
        assert in_text(text, echo=echo).get("echo-patient-name") == "identifier", text


# Elements: which ones are searched, and which are no echo of themselves.


@pytest.mark.parametrize("vr", ["SH", "LO", "ST", "LT", "UT", "UC", "UN", "CS"])
def test_every_text_vr_is_searched(vr: str) -> None:
    assert found(ECHO.check(a_value(0x0018_1030, vr, "ANNE MUELLER"), OWN)) == {"echo-patient-name": "identifier"}


def test_private_and_extracted_text_is_searched() -> None:
    value = a_value(0x0009_1010, "LO", "Mueller,Anne", creator="X")
    assert found(ECHO.check(value, OWN)) == {"echo-patient-name": "identifier"}
    value = a_value(0x0029_1010, "OB", "..Mueller^Anne..", extracted=True, creator="X")
    assert found(ECHO.check(value, OWN)) == {"echo-patient-name": "identifier"}
    assert found(ECHO.check(a_value(0x0009_1011, "DA", "19570412", creator="X"), OWN)) == {
        "echo-birth-date": "identifier"
    }
    assert found(ECHO.check(a_value(0x0009_1012, "IS", "00471188", creator="X"), OWN)) == {
        "echo-patient-id": "identifier"
    }


@pytest.mark.parametrize(
    ("tag", "vr", "text"),
    [
        (0x0010_0010, "PN", "Müller-Beispiel^Änne^Katharina"),
        (0x0010_1001, "PN", "Müller^Änne"),
        (0x0010_0020, "LO", "00471188"),
        (0x0010_1000, "LO", "00471188"),
        (0x0010_0030, "DA", "19570412"),
        (0x0010_1040, "LO", "17 Invented Lane, Nowhereville"),
        (0x0008_0090, "PN", "Kowalczyk^Zbigniew"),
        (0x0008_0080, "LO", "Nowhereville General Hospital"),
        (0x0008_0050, "SH", "RA-445219"),
        (0x0020_0010, "SH", "RA-445219"),
        (0x0018_1000, "LO", "SN-9931207"),
        (0x0008_1010, "SH", "CTROOM0305"),
        (0x0008_0020, "DA", "19570412"),
        (0x0018_0050, "DS", "471188"),
    ],
)
def test_element_is_no_echo_of_itself(tag: int, vr: str, text: str) -> None:
    assert ECHO.check(a_value(tag, vr, text), OWN) == ()


def test_patient_in_an_element_of_others_is_found() -> None:
    assert found(ECHO.check(a_value(0x0008_0090, "PN", "Müller^Änne"), OWN)) == {"echo-patient-name": "identifier"}
    assert found(ECHO.check(a_value(0x0008_0050, "SH", "00471188"), OWN)) == {"echo-patient-id": "identifier"}


def test_given_name_shared_with_a_physician_is_no_echo() -> None:
    assert ECHO.check(a_value(0x0008_1070, "PN", "Somebody^Katharina"), OWN) == ()


@pytest.mark.parametrize(
    ("uid", "rules"),
    [
        ("1.2.276.0.7230010.1.9931207.1", {"echo-device"}),
        ("1.2.276.0.7230010.471188.1", {"echo-patient-id"}),
        ("1.2.276.0.7230010.19570412.1", {"echo-birth-date"}),
        ("1.2.276.0.7230010.4711881.1", set()),
        ("1.2.840.10008.471188", set()),
        ("2.25.471188", set()),
    ],
)
def test_number_is_found_as_a_component_of_a_uid(uid: str, rules: set[str]) -> None:
    known = a_patient(OWN, "X^Y", "00471188", birth_date="19570412", serial="9931207")
    echo = Echo(collect_identities(known))
    assert set(found(echo.check(a_value(0x0009_1013, "UI", uid, creator="X"), OWN))) == rules


def test_long_number_is_found_inside_a_component_of_a_uid() -> None:
    echo = Echo(collect_identities(a_patient(OWN, "X^Y", "8837261940551")))
    inside = a_value(0x0020_000D, "UI", "1.2.276.0.88372619405512024")
    assert found(echo.check(inside, OWN)) == {"echo-patient-id": "identifier"}
    assert echo.check(a_value(0x0020_000D, "UI", "2.25.99988372619405512024"), OWN) == ()


def test_entry_name_and_comment_are_searched() -> None:
    assert found(ECHO.check_text("export/MUELLER_ANNE/CT/0001.dcm", OWN)) == {"echo-patient-name": "identifier"}
    assert found(ECHO.check_text("for Anne Mueller, 00471188", ())) == {
        "echo-patient-name": "identifier",
        "echo-patient-id": "identifier",
    }


# Pseudonyms.


@pytest.mark.parametrize(
    ("name", "number", "more", "text", "expected"),
    [
        ("ANON-0003", "ANON-0003", {"removed": "YES"}, "ANON-0003/1/0001.dcm", None),
        ("ANON-0003", "ANON-0003", {}, "ANON-0003/1/0001.dcm", None),
        ("Anonymous", "X7F3K2", {"removed": "YES"}, "X7F3K2", None),
        ("", "X7F3K2", {"removed": "YES"}, "X7F3K2", None),
        ("X7F3K255", "X7F3K255", {"removed": "YES"}, "study X7F3K255", None),
        ("X7F3K255", "X7F3K255", {}, "study X7F3K255", "review"),
        ("Anonymous", "00471188", {"removed": "YES"}, "study 471188", "review"),
        ("Test^Phantom", "PHANTOM", {}, "Test Phantom", None),
        ("Subject^12", "SUBJ-12", {}, "SUBJ-12", None),
        ("Okonkwo^Babatunde", "00471188", {"removed": "YES"}, "Okonkwo", "identifier"),
        ("Okonkwo^Babatunde", "00471188", {"removed": "YES"}, "471188", "identifier"),
        ("", "00471188", {}, "00471188", "identifier"),
    ],
)
def test_pseudonym_makes_no_identifier(
    name: str, number: str, more: dict[str, str], text: str, expected: str | None
) -> None:
    echo = Echo(collect_identities(a_patient(OWN, name, number, **more)))
    severities = set(found(echo.check_text(text, OWN)).values())
    assert severities == ({expected} if expected else set())


def test_number_that_is_a_pseudonym_in_one_file_and_real_in_another_counts() -> None:
    values = a_patient(OWN, "471188", "471188", removed="YES") + a_patient(OTHER, "Okonkwo^Babatunde", "471188")
    echo = Echo(collect_identities(values))
    assert in_text("for 471188", OWN, echo) == {"echo-patient-id": "identifier"}


@pytest.mark.parametrize("number", ["1", "204", "CT01", "MR001", "1000000", "PHANTOM", "patient12"])
def test_short_or_common_number_is_no_echo(number: str) -> None:
    echo = Echo(collect_identities(a_patient(OWN, "X^Y", number)))
    assert "identifier" not in found(echo.check_text(f"series {number} done", OWN)).values()
    assert "identifier" not in found(echo.check_text(f"series {number} done", OTHER)).values()


def test_number_of_medium_length_counts_in_the_own_file_or_after_a_label() -> None:
    echo = Echo(collect_identities(a_patient(OWN, "X^Y", "642341")))
    assert in_text("642341", OWN, echo) == {"echo-patient-id": "identifier"}
    assert in_text("642341", OTHER, echo) == {}
    assert in_text("MRN 642341", OTHER, echo) == {"echo-patient-id": "identifier"}


def test_digits_of_a_code_stand_for_it() -> None:
    echo = Echo(collect_identities(a_patient(OWN, "X^Y", "MRN1506380")))
    for text in ("1506380", "MRN 1506380", "no. 1506380"):
        assert in_text(text, OWN, echo) == {"echo-patient-id": "identifier"}, text
    assert in_text("MRN 15063", OWN, echo) == {}


def test_files_of_nobody_need_less_evidence_than_those_of_other_patients() -> None:
    echo = Echo(collect_identities(a_patient(OWN, "X^Y", "642341") + a_patient(OTHER, "Okonkwo^Babatunde", "QX-55")))

    def at(where: Where, entry: int) -> dict[str, str]:
        value = Value(where, "", 0, "", None, "642341", 6, 0, "CSV", True)
        return found(echo.check(value, (entry,)))

    assert at(Where.OTHER_FILE, 7) == {"echo-patient-id": "identifier"}
    assert at(Where.ENTRY_NAME, 7) == {"echo-patient-id": "identifier"}
    assert at(Where.ELEMENT, 7) == {}
    assert at(Where.ENTRY_NAME, OTHER[0]) == {}


def test_text_in_bytes_of_private_elements_is_searched() -> None:
    for vr in ("OB", "OW", "UN"):
        value = a_value(0x0009_1010, vr, "Mueller^Anne", creator="X")
        assert found(ECHO.check(value, OWN)) == {"echo-patient-name": "identifier"}, vr


def test_staff_of_the_same_name_count_in_their_own_files_only() -> None:
    values = a_patient(OWN, "Kowalczyk^Jolanta", "1") + a_patient(OTHER, "X^Y", "2", physician="Kowalczyk^Zbigniew")
    echo = Echo(collect_identities(values))
    assert in_text("for Kowalczyk", OWN, echo)["echo-patient-name"] == "identifier"
    assert in_text("for Kowalczyk", OTHER, echo) == {"echo-staff": "quasi"}


def test_patient_who_stands_among_the_staff_is_a_patient() -> None:
    echo = Echo(collect_identities(a_patient(OWN, "Kowalczyk^Jolanta", "1", physician="Kowalczyk^Jolanta")))
    assert in_text("Kowalczyk", OWN, echo) == {"echo-patient-name": "identifier"}


# The watch list.


def test_watch_list_is_found_without_any_header() -> None:
    echo = Echo(
        collect_identities(
            [],
            (
                *("Jane Invented", "K-12", "1957-04-12", "jane@example.org", "+1 555 225 5887", "Zorro", " "),
                "Ober-Quist",
            ),
        )
    )
    for text in (
        "Invented, Jane",
        "JaneInvented",
        "seen K12",
        "born 12 April 1957",
        "to jane@example.org",
        "ZORRO",
        "OBER QUIST",
        "555-225-5887",
    ):
        assert in_text(text, OWN, echo) == {"echo-watch-list": "identifier"}, text
    assert in_text("Jane", OWN, echo) == {"echo-watch-list": "review"}
    assert in_text("K-13", OWN, echo) == {}


def test_watch_list_is_bounded() -> None:
    identities = collect_identities([], [f"watched-{number}" for number in range(MAX_WATCHED + 10)])
    assert len(identities.known) == MAX_WATCHED


# Properties.

LETTERS = st.text(alphabet="bcdfgklmnprstvzaeiouäöüéñ", min_size=5, max_size=12).filter(
    lambda word: (
        not is_common(fold(word))
        and not dummy_values().text.fullmatch(word.upper())
        and word.upper() not in dummy_values().words
    )
)


@settings(max_examples=80, deadline=None)
@given(LETTERS, LETTERS, st.sampled_from([" ", ", ", "_", "^", "-", ". ", "/", "\n"]), st.booleans(), st.booleans())
def test_any_name_is_found_in_any_form(last: str, first: str, separator: str, reverse: bool, upper: bool) -> None:
    echo = Echo(collect_identities(a_patient(OWN, f"{last.title()}^{first.title()}", "1")))
    text = separator.join((first, last) if reverse else (last, first))
    text = text.upper() if upper else text
    assert in_text(f"ct {text} 5mm", OWN, echo) == {"echo-patient-name": "identifier"}
    assert in_text(f"ct {text} 5mm", OTHER, echo) == {"echo-patient-name": "identifier"}


@settings(max_examples=60, deadline=None)
@given(
    st.integers(10**6, 10**11).filter(lambda number: len(set(str(number))) > 1),
    st.sampled_from(["", "-", "/", "_", " "]),
    st.integers(1, 5),
)
def test_any_number_is_found_whatever_separates_it(number: int, separator: str, at: int) -> None:
    digits = str(number)
    echo = Echo(collect_identities(a_patient(OWN, "X^Y", digits)))
    flags = in_text(f"study {digits[:at]}{separator}{digits[at:]} done", OWN, echo)
    assert set(flags) == {"echo-patient-id"}
    assert flags["echo-patient-id"] == ("identifier" if len(set(digits)) > 2 else "review")


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200))
def test_any_text_and_any_identity_is_taken_without_an_error(text: str) -> None:
    echo = Echo(
        collect_identities(a_patient(OWN, text, text, birth_date=text[:8], address=text, physician=text), (text,))
    )
    echo.check_text(text, OWN)
    echo.check(a_value(0x0008_0018, "UI", text), OTHER)


# Time.


def many(count: int) -> Identities:
    values: list[tuple[Value, Sequence[int]]] = []
    for number in range(count):
        syllables = ["ba", "ko", "ri", "lu", "me", "ta", "so", "ne", "vi", "du"]
        last = "".join(syllables[int(digit)] for digit in f"{number:05}")
        values += a_patient(
            (number,),
            f"{last.title()}^Given{chr(97 + number % 26)}{chr(97 + number // 26 % 26)}",
            f"{10_000_000 + number * 7}",
            birth_date=f"19{20 + number % 70}{1 + number % 12:02}{1 + number % 28:02}",
            address=f"{number} Invented Lane",
        )
    return collect_identities(values)


def test_time_to_begin_and_to_search_does_not_multiply_with_patients() -> None:
    def measure(count: int) -> tuple[float, float]:
        start = time.process_time()
        echo = Echo(many(count))
        begun = time.process_time()
        for number in range(400):
            echo.check_text(f"series {number} axial thorax of somebody, phase {number}", (number,))
        return begun - start, time.process_time() - begun

    (few_begin, few_search), (many_begin, many_search) = measure(100), measure(1000)
    assert many_begin < 30 * max(few_begin, 0.005)
    assert many_search < 4 * max(few_search, 0.005)


@pytest.mark.parametrize(
    "unit", ["Anne Müller ", "anne", "müller ", "00471188 ", "1-", "A. ", "山田", "1.", "a", "17 Invented ", "12.04."]
)
def test_time_grows_with_the_length_and_no_faster(unit: str) -> None:
    def seconds(length: int) -> float:
        text = (unit * (length // len(unit) + 1))[:length]
        start = time.process_time()
        ECHO.check_text(text, OWN)
        return time.process_time() - start

    short, long = 8_000, 64_000
    assert min(seconds(long) for _ in range(3)) < 24 * max(seconds(short), 0.004)


def test_table_of_elements_is_consistent() -> None:
    kinds = {row.kind for row in identity_rows().values()}
    assert {"patient-name", "patient-id", "birth-date", "staff", "claim"} <= kinds
    assert all(row.reason for row in identity_rows().values())


@pytest.mark.parametrize("line", ["Quimby, Zora", "Quimby,Zora", "Quimby^Zora", "Zora Quimby"])
def test_a_name_on_the_watch_list_may_be_written_in_any_form(line: str) -> None:
    (flag, *_) = Echo(collect_identities([], [line])).check_text("seen by Zora Quimby today")
    assert (flag.rule, flag.severity) == ("echo-watch-list", Severity.IDENTIFIER)


def test_a_word_of_the_watch_list_is_not_called_a_number() -> None:
    (flag,) = Echo(collect_identities([], ["Quimby"])).check_text("QUIMBY")
    assert flag.evidence.endswith("the whole word")


def test_damaged_name_of_many_accented_words_takes_no_time() -> None:
    """Each of its words has two spellings: together they would be 2 to the power of their number."""
    began = time.process_time()
    damaged = " ".join(f"Mü{number}ller" for number in range(9999))
    echo = Echo(collect_identities(a_patient(OWN, damaged, "1") + a_patient(OTHER, "Okonkwo^Babatunde", "2")))
    assert found(echo.check(a_value(0x0008_103E, "LO", "for Okonkwo"), OTHER)) == {"echo-patient-name": "identifier"}
    assert time.process_time() - began < 10
