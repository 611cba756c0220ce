"""An object that claims to be de-identified is taken at its word, and the word is compared with what is there."""

from __future__ import annotations

import pytest

from pycore.findings import Severity, Where
from pycore.phi.claims import CLAIM_PATHS, Claim, Fact, check_claims, to_claim
from pycore.phi.options import OPTIONS
from pycore.phi.value import Value
from pycore.standard import deidentification_methods

NAME = Fact("profile", Severity.IDENTIFIER, 0x0010_0010)
STUDY_DATE = Fact("profile", Severity.QUASI, 0x0008_0020)
STATION = Fact("profile", Severity.QUASI, 0x0008_1010)
INSTITUTION = Fact("profile", Severity.QUASI, 0x0008_0080)
UID = Fact("profile", Severity.QUASI, 0x0020_000D)
DESCRIPTION = Fact("profile", Severity.REVIEW, 0x0008_103E)
PRIVATE = Fact("private", Severity.REVIEW, 0x0029_1010)
UNSAFE = Fact("private-unsafe", Severity.QUASI, 0x0009_1002)
CREATOR = Fact("private-creator", Severity.INFO, 0x0029_0010)
DOUBT = Fact("burned-in-text", Severity.REVIEW, 0)

BASIC = frozenset({"113100"})
REMOVED = Claim(identity_removed="YES", method="by hand", codes=BASIC, temporal="REMOVED")


def rules(claim: Claim, *facts: Fact) -> dict[str, Severity]:
    return {flag.rule: flag.severity for _, flag in check_claims(claim, facts)}


def evidence(claim: Claim, *facts: Fact) -> str:
    return " ".join(flag.evidence for _, flag in check_claims(claim, facts))


def value(path: str, text: str, vr: str = "CS") -> Value:
    tag = int(path[-10:].translate(str.maketrans("", "", "(),")), 16)
    return Value(Where.ELEMENT, path, tag, vr, None, text, len(text), 0)


def test_claim_is_gathered_from_the_top_of_the_data_set() -> None:
    values = [
        value("(0010,0010)", "ANON-0003", "PN"),
        value("(0012,0062)", "yes "),
        value("(0012,0063)", "Per DICOM PS3.15", "LO"),
        value("(0012,0064)[0]/(0008,0100)", "113100", "SH"),
        value("(0012,0064)[1]/(0008,0100)", "113107 ", "SH"),
        value("(0012,0064)[2]/(0008,0100)", "LOCAL", "SH"),
        value("(0028,0303)", "MODIFIED"),
        value("(0008,0020)", "20240115", "DA"),
        value("(0040,A730)[0]/(0012,0062)", "NO"),
    ]
    assert to_claim(values) == Claim(
        identity_removed="YES",
        method="Per DICOM PS3.15",
        codes=frozenset({"113100", "113107"}),
        temporal="MODIFIED",
        has_dates=True,
        name_replaced=True,
    )
    assert {one.path for one in values[:-1]} <= CLAIM_PATHS


@pytest.mark.parametrize("text", ["", "19000101", "00000000"])
def test_dates_that_are_dummies_are_no_dates(text: str) -> None:
    assert not to_claim([value("(0008,0020)", text, "DA")]).has_dates


def test_name_that_is_empty_or_real_is_not_replaced() -> None:
    assert not to_claim([value("(0010,0010)", "", "PN")]).name_replaced
    assert not to_claim([value("(0010,0010)", "Doe^Jane", "PN")]).name_replaced


def test_object_that_claims_nothing_contradicts_nothing() -> None:
    assert rules(Claim(has_dates=True, burned_in_annotation="YES"), NAME, PRIVATE, STATION) == {}


def test_object_that_keeps_its_claim_contradicts_nothing() -> None:
    assert rules(REMOVED, UID, DESCRIPTION, CREATOR, DOUBT) == {}


def test_identifiers_that_remain_contradict_the_claim_and_are_named() -> None:
    assert rules(REMOVED, NAME) == {"claim-identifiers-remain": Severity.REVIEW}
    assert "Patient's Name" in evidence(REMOVED, NAME)
    many = [NAME, *(Fact("profile", Severity.IDENTIFIER, tag) for tag in (0x00100020, 0x00100030, 0x00101040))]
    assert "and 1 more" in evidence(REMOVED, *many)
    assert rules(Claim(identity_removed="NO"), NAME) == {}


def test_order_and_repetition_of_facts_do_not_matter() -> None:
    facts = [NAME, STATION, PRIVATE, INSTITUTION]
    assert check_claims(REMOVED, facts) == check_claims(REMOVED, [*reversed(facts), NAME])


def test_what_the_profile_removes_may_not_remain_unless_an_option_allows_it() -> None:
    assert rules(REMOVED, STATION, INSTITUTION) == {"claim-profile": Severity.REVIEW}
    device = Claim(identity_removed="YES", codes=BASIC | {"113109"})
    assert rules(device, STATION) == {}
    assert rules(device, INSTITUTION) == {"claim-profile": Severity.REVIEW}
    assert rules(Claim(identity_removed="YES", codes=BASIC | {"113112"}), INSTITUTION) == {}
    assert rules(Claim(identity_removed="YES", method="by hand"), INSTITUTION) == {}


def test_dates_may_be_said_to_be_retained_by_other_means_than_the_code() -> None:
    assert rules(Claim(identity_removed="YES", codes=BASIC), STUDY_DATE) == {"claim-profile": Severity.REVIEW}
    assert rules(Claim(identity_removed="YES", codes=BASIC, temporal="MODIFIED"), STUDY_DATE) == {}
    assert rules(Claim(identity_removed="YES", codes=BASIC, method="dates shifted"), STUDY_DATE) == {}


def test_private_elements_may_not_remain_unless_they_are_said_to_be_safe() -> None:
    assert rules(REMOVED, PRIVATE) == {"claim-private-remain": Severity.REVIEW}
    safe = Claim(identity_removed="YES", codes=BASIC | {"113111"})
    assert rules(safe, PRIVATE, CREATOR) == {}
    assert rules(safe, PRIVATE, UNSAFE) == {"claim-private-remain": Severity.REVIEW}
    assert "1 private element is known to identify" in evidence(safe, PRIVATE, UNSAFE)


def test_cleaned_pixels_may_not_say_that_they_hold_text_or_a_face() -> None:
    text = Claim(codes=frozenset({"113101"}), burned_in_annotation="YES")
    assert rules(text) == {"claim-pixels-cleaned": Severity.REVIEW}
    face = Claim(codes=frozenset({"113102"}), recognizable_visual_features="YES")
    assert rules(face) == {"claim-pixels-cleaned": Severity.REVIEW}
    assert rules(Claim(codes=frozenset({"113101"}), burned_in_annotation="NO")) == {}
    assert rules(Claim(codes=frozenset({"113101"}), recognizable_visual_features="YES")) == {}


@pytest.mark.parametrize(
    ("codes", "temporal", "has_dates", "method", "expected"),
    [
        ({"113106", "113107"}, "", True, "", "claim-both-dates"),
        ({"113106"}, "MODIFIED", True, "", "claim-dates"),
        ({"113106"}, "REMOVED", False, "", "claim-dates"),
        ({"113107"}, "UNMODIFIED", True, "", "claim-dates"),
        ({"113100"}, "REMOVED", True, "", "claim-dates"),
        ({"113100"}, "", True, "", "claim-dates-retained"),
        (set(), "", True, "by hand", "claim-dates-retained"),
        (set(), "", True, "dates shifted by -97 d", None),
        ({"113106"}, "UNMODIFIED", True, "", None),
        ({"113106"}, "", True, "", None),
        ({"113107"}, "MODIFIED", True, "", None),
        ({"113100"}, "MODIFIED", True, "", None),
        ({"113100"}, "UNMODIFIED", True, "", None),
        ({"113100"}, "REMOVED", False, "", None),
        ({"113100"}, "", False, "", None),
    ],
)
def test_dates_are_as_they_are_said_to_be(
    codes: set[str], temporal: str, has_dates: bool, method: str, expected: str | None
) -> None:
    claim = Claim(identity_removed="YES", method=method, codes=frozenset(codes), temporal=temporal, has_dates=has_dates)
    assert rules(claim) == ({expected: Severity.REVIEW} if expected else {})


def test_claim_that_says_less_than_was_done_is_only_said() -> None:
    assert rules(Claim(identity_removed="NO", name_replaced=True)) == {"claim-identity-kept": Severity.INFO}
    assert rules(Claim(identity_removed="YES")) == {"claim-without-method": Severity.INFO}


def test_methods_are_those_of_cid_7050_and_name_real_options() -> None:
    methods = deidentification_methods()
    assert sorted(methods) == [str(code) for code in range(113100, 113113)]
    assert {method.option for method in methods.values()} - {""} == {option.name for option in OPTIONS}
