"""Instances that contradict each other are found, spelling variants are not."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from pycore.findings import MAX_VALUES, Finding, Severity
from pycore.phi.conflicts import InstanceIdentity, check_conflicts


def instances(*rows: tuple[str, str, str, str, str]) -> list[InstanceIdentity]:
    """Return identities of the entries 0, 1, …: patient ID, patient's name, study, series and SOP instance."""
    return [InstanceIdentity(entry, *row) for entry, row in enumerate(rows)]


def told(findings: Iterable[Finding]) -> list[tuple[str, tuple[int, ...], tuple[str, ...]]]:
    return [(finding.flag.rule, finding.entries, finding.values) for finding in findings]


def test_consistent_instances_give_nothing() -> None:
    assert (
        check_conflicts(
            instances(
                ("A", "Doe^Jane", "1.1", "1.1.1", "1.1.1.1"),
                ("A", "Doe^Jane", "1.1", "1.1.2", "1.1.2.1"),
                ("B", "Roe^John", "1.2", "1.2.1", "1.2.1.1"),
            )
        )
        == ()
    )


def test_one_patient_id_with_two_names() -> None:
    found = check_conflicts(
        instances(
            ("A", "Doe^Jane", "1.1", "1.1.1", "1"),
            ("B", "Doe^Jane", "1.2", "1.2.1", "2"),
            ("A", "Roe^John", "1.3", "1.3.1", "3"),
        )
    )
    assert told(found) == [("patient-id-two-names", (0, 2), ("Doe^Jane", "Roe^John"))]
    (finding,) = found
    assert (finding.path, finding.tag, finding.keyword) == ("(0010,0010)", "00100010", "PatientName")
    assert (finding.flag.severity, finding.count, finding.distinct) == (Severity.REVIEW, 2, 2)


@pytest.mark.parametrize(
    ("first", "second", "differ"),
    [
        ("Doe^Jane", "DOE^JANE^^^", False),
        ("Doe^Jane", " Doe^Jane \0", False),
        ("Doe^Jane", "Doe, Jane", False),
        ("Doe^Jane", "DOE JANE", False),
        ("Doe^Jane^^Dr.", "Doe^Jane^^^MD", False),
        ("Ｄｏｅ^Jane", "Doe^Jane", False),
        ("Yamada^Tarou=山田^太郎=やまだ^たろう", "Yamada^Tarou", False),
        ("Yamada^Tarou=山田^太郎", "=山田^太郎", False),
        ("Yamada^Tarou=山田^太郎", "Yamada^Tarou=山田^次郎", True),
        ("Müller^Eva", "Muller^Eva", True),
        ("Doe^Jane", "Doe^Jane^Mary", True),
        ("Doe^Jane", "Doe^Janet", True),
        ("Doe^Jane", "", False),
    ],
)
def test_names_are_compared_as_people_would(first: str, second: str, differ: bool) -> None:
    found = check_conflicts(instances(("A", first, "1", "1.1", "1.1.1"), ("A", second, "1", "1.1", "1.1.2")))
    assert [finding.flag.rule for finding in found] == (["patient-id-two-names"] if differ else [])


def test_one_study_under_two_patients() -> None:
    found = check_conflicts(instances(("A", "Doe^Jane", "1.1", "1.1.1", "1"), ("B", "Roe^John", "1.1", "1.1.2", "2")))
    assert told(found) == [("study-two-patients", (0, 1), ("A", "B"))]


def test_without_ids_names_tell_the_patients_of_a_study_apart() -> None:
    found = check_conflicts(instances(("", "Doe^Jane", "1.1", "1.1.1", "1"), ("", "Roe^John", "1.1", "1.1.2", "2")))
    assert told(found) == [("study-two-patients", (0, 1), ("Doe^Jane", "Roe^John"))]


def test_one_series_in_two_studies() -> None:
    found = check_conflicts(instances(("A", "", "1.1", "1.9", "1"), ("A", "", "1.2", "1.9", "2")))
    assert told(found) == [("series-two-studies", (0, 1), ("1.1", "1.2"))]


def test_repeated_instances_are_told_once_per_series() -> None:
    rows = [("A", "", "1.1", f"1.1.{series}", f"1.1.{series}.{number}") for series in (1, 2) for number in range(4)]
    found = check_conflicts(instances(*rows, *rows[:4], rows[5]))
    assert [(finding.flag.rule, finding.entries, finding.distinct) for finding in found] == [
        ("sop-instance-twice", (0, 1, 2, 3, 8, 9, 10, 11), 4),
        ("sop-instance-twice", (5, 12), 1),
    ]


def test_what_is_not_said_contradicts_nothing() -> None:
    assert check_conflicts(instances(("", "", "", "", ""), ("", "Doe^Jane", "", "", ""), ("A", "", "", "", ""))) == ()


def test_order_of_the_instances_does_not_matter() -> None:
    rows = instances(
        *[
            (f"P{number % 3}", f"N{number % 4}", f"1.{number % 5}", f"1.{number % 7}", f"{number % 6}")
            for number in range(60)
        ]
    )
    assert check_conflicts(rows) == check_conflicts(rows[::-1]) != ()


def test_hundred_thousand_instances_of_one_id_give_one_bounded_finding() -> None:
    rows = instances(*[("0", f"Name{number}", "", "", f"1.{number}") for number in range(100_000)])
    (finding,) = check_conflicts(rows)
    assert (finding.distinct, len(finding.values)) == (100_000, MAX_VALUES)
