"""Instances become patients, studies and series, in the order a person expects."""

from __future__ import annotations

import pytest

from pycore.hierarchy import MEDIA_STORAGE_DIRECTORY, Instance, group

AXIAL = "1\\0\\0\\0\\1\\0"
INSTANCE = Instance(
    entry=0,
    patient_id="P1",
    patient_name="Sample^Anna",
    study_instance_uid="1.2.3",
    study_date="20240115",
    study_description="Thorax",
    series_instance_uid="1.2.3.1",
    modality="CT",
    series_number="1",
    series_description="Axial",
    sop_class_uid="1.2.840.10008.5.1.4.1.1.2",
    sop_instance_uid="1.2.3.1.1",
    instance_number="1",
    image_position="",
    image_orientation="",
    number_of_frames="",
    has_pixel_data=True,
    transfer_syntax="1.2.840.10008.1.2.1",
)


def order_in_series(*members: Instance) -> tuple[int, ...]:
    names = [f"{index:03}" for index in range(10)]
    return group(members, names)[0].studies[0].series[0].instances


def test_instances_follow_their_position_along_the_slice_normal() -> None:
    slices = [
        INSTANCE._replace(entry=0, instance_number="1", image_position="0\\0\\30", image_orientation=AXIAL),
        INSTANCE._replace(entry=1, instance_number="2", image_position="0\\0\\-10", image_orientation=AXIAL),
        INSTANCE._replace(entry=2, instance_number="3", image_position="0\\0\\5.5", image_orientation=AXIAL),
    ]
    assert order_in_series(*slices) == (1, 2, 0)


def test_instances_at_one_position_follow_their_number() -> None:
    slices = [
        INSTANCE._replace(entry=0, instance_number="10", image_position="0\\0\\0", image_orientation=AXIAL),
        INSTANCE._replace(entry=1, instance_number="9", image_position="0\\0\\0.00001", image_orientation=AXIAL),
    ]
    assert order_in_series(*slices) == (1, 0)


@pytest.mark.parametrize(
    "orientation_of_second",
    ["0\\1\\0\\0\\0\\1", "", "1\\0\\0", "a\\b\\c\\d\\e\\f", "nan\\0\\0\\0\\1\\0"],
    ids=["other plane", "missing", "three numbers", "no numbers", "not a number"],
)
def test_without_one_common_plane_the_instance_number_decides(orientation_of_second: str) -> None:
    slices = [
        INSTANCE._replace(entry=0, instance_number="2", image_position="0\\0\\1", image_orientation=AXIAL),
        INSTANCE._replace(
            entry=1, instance_number="1", image_position="0\\0\\2", image_orientation=orientation_of_second
        ),
    ]
    assert order_in_series(*slices) == (1, 0)


def test_instance_numbers_are_compared_as_numbers_and_names_break_ties() -> None:
    members = [
        INSTANCE._replace(entry=3, instance_number="10"),
        INSTANCE._replace(entry=2, instance_number="9"),
        INSTANCE._replace(entry=1, instance_number=""),
        INSTANCE._replace(entry=0, instance_number="x"),
    ]
    assert order_in_series(*members) == (2, 3, 0, 1)


def test_patients_without_an_id_are_told_apart_by_name() -> None:
    patients = group(
        [
            INSTANCE._replace(entry=0, patient_id="", patient_name="B"),
            INSTANCE._replace(entry=1, patient_id="", patient_name="A"),
            INSTANCE._replace(entry=2, patient_id="7", patient_name=""),
            INSTANCE._replace(entry=3, patient_id="7", patient_name="C"),
        ],
        ["a", "b", "c", "d"],
    )
    assert [(patient.patient_id, patient.patient_name) for patient in patients] == [("", "A"), ("", "B"), ("7", "C")]


def test_studies_are_ordered_by_date_and_series_by_number() -> None:
    patients = group(
        [
            INSTANCE._replace(entry=0, study_instance_uid="2.1", study_date="20240301"),
            INSTANCE._replace(entry=1, study_instance_uid="2.2", study_date="20230301", series_instance_uid="10"),
            INSTANCE._replace(
                entry=2,
                study_instance_uid="2.2",
                study_date="20230301",
                series_instance_uid="9",
                series_number="12",
            ),
        ],
        ["a", "b", "c"],
    )
    studies = patients[0].studies
    assert [study.date for study in studies] == ["20230301", "20240301"]
    assert [series.number for series in studies[0].series] == ["1", "12"]


def test_a_media_directory_belongs_to_no_patient() -> None:
    assert group([INSTANCE._replace(sop_class_uid=MEDIA_STORAGE_DIRECTORY)], ["DICOMDIR"]) == ()
