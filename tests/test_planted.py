"""The privacy engine on the planted set: what it finds, what it leaves alone, and that this set can tell."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path

import pytest

import pycore.judgement
from pycore.findings import Severity
from pycore.phi.echo import Echo
from tests.builders import pydicom_paths
from tests.measure import LEAST_RECALL, Measured, is_borne, measure, reviewed
from tests.planted import (
    PlantedArchive,
    clean_archives,
    clinical_archives,
    clinical_texts,
    identified_object,
    person,
    planted_archives,
)

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:pydicom")  # values of a wrong form are planted on purpose


@functools.cache
def archives() -> dict[str, PlantedArchive]:
    """The archives with plantings, by name."""
    return {archive.name: archive for archive in planted_archives()}


@pytest.fixture(scope="module")
def planted() -> Measured:
    """What comes out of the archives with plantings."""
    return measure(archives().values())


def test_nearly_every_planted_identifier_is_found_where_it_is_and_as_grave_as_it_is(planted: Measured) -> None:
    missed = [f"{planting.what} at {planting.where} {planting.path}" for planting, _ in planted.total.missed]
    assert planted.total.share >= LEAST_RECALL, missed


def test_no_family_of_rules_fails(planted: Measured) -> None:
    assert {family: recall.missed for family, recall in planted.families.items() if recall.share < 0.95} == {}


def test_what_is_beside_a_planting_is_left_alone(planted: Measured) -> None:
    assert is_borne(len(planted.alarms), planted.objects), planted.alarms


def test_no_identifier_in_objects_that_are_de_identified_properly() -> None:
    measured = measure(clean_archives())
    assert measured.objects > 500
    assert measured.alarms == []


def test_words_of_clinics_and_makers_are_no_identifiers() -> None:
    measured = measure(clinical_archives())
    assert is_borne(len(measured.alarms), measured.objects), measured.alarms


@pytest.mark.parametrize("path", pydicom_paths(), ids=lambda path: path.name)
def test_texts_of_packaged_files_are_no_identifiers(path: Path) -> None:
    archive = PlantedArchive("packaged")
    archive.entries["IM1"] = path.read_bytes()
    alarms = [
        (finding.flag.rule, finding.path, finding.values)
        for finding in reviewed(archive).findings
        if finding.flag.severity is Severity.IDENTIFIER and finding.flag.rule.startswith(("text-", "echo-"))
    ]
    # The folders of these directories are called by the number of the patient.
    known = {("echo-patient-id", "(0004,1500)")} if path.name.startswith("DICOMDIR") else set()
    assert {(rule, path.rpartition("/")[2]) for rule, path, _ in alarms} == known & {
        (rule, path.rpartition("/")[2]) for rule, path, _ in alarms
    }


# --- the set itself, and that it can fail -----------------------------------------------------------------------------


def test_the_set_is_large_and_each_place_is_planted_once() -> None:
    assert sum(len(archive.plantings) for archive in archives().values()) > 1500
    assert len({planting.family for archive in archives().values() for planting in archive.plantings}) > 25
    assert sum(map(len, clinical_texts().values())) > 600
    for archive in archives().values():
        places = [(one.entry, one.where, one.path) for one in archive.plantings]
        assert len(places) == len(set(places))


def test_the_set_is_the_same_every_time() -> None:
    for again in planted_archives():
        assert again.to_bytes() == archives()[again.name].to_bytes()


def recall(names: Iterator[str] | tuple[str, ...]) -> float:
    return measure(archives()[name] for name in names).total.share


def test_without_the_echo_recall_drops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Echo, "check", lambda *_: ())
    assert recall(("echo", "scripts")) < 0.5
    assert recall(("private", "carriers", "files", "zip")) < 0.8


def test_without_the_forms_recall_drops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pycore.judgement, "check_text", lambda *_: ())
    assert recall(("forms",)) < 0.5


def test_without_the_table_recall_drops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pycore.judgement, "check_profile", lambda *_: ())
    assert recall(("header", "nested")) < 0.5


def test_a_name_left_behind_is_seen_as_no_clean_object() -> None:
    archive = next(clean_archives())
    archive.add("clean", "left behind", identified_object(person(1), "left behind"))
    assert measure([archive]).alarms
