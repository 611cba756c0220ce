"""The windows to choose from and the units they are in are those of the file first, then those of common use."""

from __future__ import annotations

import numpy as np
import pytest
from pydicom import Dataset

from pycore.pixels import Preset, Window
from tests.builders import data_set
from tests.test_display import column, described, grey, linear, linear_exact, lut_item, opened, phantom

AUTO = Preset("Lowest to highest", None, None, "AUTO", "auto")


def test_the_file_s_windows_come_first_with_their_explanations_then_auto() -> None:
    image = phantom(
        column(1, 2), WindowCenter=[40, 50], WindowWidth=[400, 60], WindowCenterWidthExplanation=["WIDE", ""]
    )
    assert described(image).presets == (
        Preset("WIDE", 40, 400, "LINEAR", "file"),
        Preset("File 2", 50, 60, "LINEAR", "file"),
        AUTO,
    )


def test_ct_in_hounsfield_units_is_offered_the_usual_windows() -> None:
    found = described(phantom(column(1, 2), Modality="CT", RescaleSlope="1", RescaleIntercept="-1024"))
    assert found.unit == "HU"
    offered = {preset.label: (preset.width, preset.center) for preset in found.presets if preset.source == "preset"}
    assert offered == {
        "Lung": (1500, -600),
        "Bone": (1500, 400),
        "Bone, wide": (2500, 480),
        "Brain": (80, 40),
        "Soft tissue": (400, 40),
        "Liver": (150, 90),
        "Mediastinum": (350, 50),
    }


@pytest.mark.parametrize(
    "attributes",
    [
        {"Modality": "CT"},  # no rescale: not Hounsfield units
        {"Modality": "CT", "RescaleSlope": "1", "RescaleIntercept": "0", "RescaleType": "EDW"},
        {"Modality": "MR", "RescaleSlope": "1", "RescaleIntercept": "0"},
    ],
)
def test_other_units_are_not_offered_windows_in_hounsfield_units(attributes: dict[str, str]) -> None:
    assert described(phantom(column(1, 2), **attributes)).presets == (AUTO,)


def pet(**more: object) -> Dataset:
    """Return a PET slice: 70 kg, 200 MBq at 11:00, half-life one hour, series at 12:00."""
    dose = data_set(
        RadionuclideTotalDose="200000000", RadionuclideHalfLife="3600", RadiopharmaceuticalStartTime="110000"
    )
    attributes: dict[str, object] = {
        "Modality": "PT",
        "Units": "BQML",
        "DecayCorrection": "START",
        "PatientWeight": "70",
        "SeriesDate": "20240115",
        "SeriesTime": "120000",
        "RescaleSlope": "1",
        "RescaleIntercept": "0",
        "RadiopharmaceuticalInformationSequence": [dose],
    }
    return phantom(column(0, 100), **{**attributes, **more})


def test_uptake_values_are_worked_out_from_weight_and_decayed_dose() -> None:
    # After one half-life 100 MBq are left: SUV = Bq/ml × 70,000 g ÷ 100,000,000 Bq, so SUV 5 is 5 ÷ 0.0007 = 7142.86.
    found = described(pet())
    assert found.unit == "Bq/ml"
    preset = next(preset for preset in found.presets if preset.label == "SUV 0 to 5")
    assert preset.width == pytest.approx(5 / 0.0007)
    assert preset.center == pytest.approx(2.5 / 0.0007)
    # Values corrected to the injection itself have not decayed: 70,000 ÷ 200,000,000.
    preset = next(p for p in described(pet(DecayCorrection="ADMIN")).presets if p.label == "SUV 0 to 5")
    assert preset.width == pytest.approx(5 / 0.00035)


@pytest.mark.parametrize(
    "missing",
    [
        {"PatientWeight": None},
        {"PatientWeight": "0"},
        {"SeriesTime": "100000"},  # before the injection
        {"SeriesTime": "180000"},  # seven half-lives later
        {"SeriesDate": "x"},
        {"DecayCorrection": "NONE"},
        {"RadiopharmaceuticalInformationSequence": None},
    ],
)
@pytest.mark.filterwarnings("ignore:Invalid value")  # the date is none
def test_no_uptake_is_made_up_where_the_file_gives_too_little(missing: dict[str, object]) -> None:
    found = described(pet(**missing))
    assert not [preset for preset in found.presets if "SUV" in preset.label]
    assert [preset.label for preset in found.presets if preset.source == "preset"]


def test_pet_in_uptake_values_is_offered_them_directly() -> None:
    found = described(pet(Units="GML"))
    assert found.unit == "SUV"
    assert [(p.center, p.width) for p in found.presets if p.source == "preset"] == [(2.5, 5), (5, 10), (10, 20)]


def test_a_preset_is_taken_back_as_it_is() -> None:
    tables = [lut_item([0, 85, 255], 0, 8), lut_item([255, 0, 51], 0, 8)]
    tables[1].LUTExplanation = "BACKWARDS"
    image = opened(phantom(column(0, 1, 2), WindowCenter=1, WindowWidth=3, VOILUTSequence=tables))
    presets = image.description.presets
    assert [preset.function for preset in presets] == ["LINEAR", "VOI LUT 1", "VOI LUT 2", "AUTO"]
    assert presets[2].label == "BACKWARDS"
    shown = [
        grey(image.picture(0, Window(preset.center or 0, preset.width or 0, preset.function))) for preset in presets
    ]
    assert shown == [[linear(v, 1, 3) for v in (0, 1, 2)], [0, 85, 255], [255, 0, 51], [0, 128, 255]]


def test_color_has_neither_presets_nor_unit() -> None:
    assert described(phantom(np.zeros((2, 2, 3), np.uint8), Modality="CT")).presets == ()


# Units and what a pixel says


def test_dose_is_scaled_to_gray() -> None:
    image = opened(phantom(column(0, 50_000, dtype="u4"), Modality="RTDOSE", DoseUnits="GY", DoseGridScaling="0.00005"))
    assert image.description.unit == "Gy"
    assert image.picture(0).window == Window(1.25, 2.5, "LINEAR_EXACT")
    assert image.value_text(image.view(0), 0, 1, 0) == "2.5 Gy"


@pytest.mark.parametrize(
    ("attributes", "said"),
    [
        ({"RescaleSlope": "1", "RescaleIntercept": "-1124", "Modality": "CT"}, "-1,024 HU"),
        ({"RescaleSlope": "0.5", "RescaleIntercept": "0.25"}, "50.25"),
        ({}, "100"),
        ({"PixelPaddingValue": 100}, "100 (padding)"),
        ({"PhotometricInterpretation": "MONOCHROME1"}, "100"),
    ],
)
def test_a_pixel_is_said_in_modality_units(attributes: dict[str, object], said: str) -> None:
    image = opened(phantom(column(100, 0), **attributes))
    assert image.value_text(image.view(0), 0, 0, 0) == said


def test_a_pixel_in_color_is_said_as_it_is_seen() -> None:
    image = opened(phantom(np.array([[[12, 200, 3]]], np.uint8)))
    assert image.value_text(image.view(0), 0, 0, 0) == "R 12 G 200 B 3"


def mapping(**more: object) -> Dataset:
    unit = data_set(CodeValue="mm2/s", CodingSchemeDesignator="UCUM", CodeMeaning="mm2/s")
    return data_set(MeasurementUnitsCodeSequence=[unit], **more)


def test_a_parametric_map_says_the_real_world_value_beside_the_stored_one() -> None:
    image = phantom(column(0, 500), NumberOfFrames=2, Rows=1)
    image.SharedFunctionalGroupsSequence = [
        data_set(
            RealWorldValueMappingSequence=[
                mapping(
                    RealWorldValueSlope=0.001,
                    RealWorldValueIntercept=1.0,
                    DoubleFloatRealWorldValueFirstValueMapped=1.0,
                    DoubleFloatRealWorldValueLastValueMapped=1000.0,
                )
            ]
        )
    ]
    found = opened(image)
    assert found.value_text(found.view(1), 1, 0, 0) == "500 = 1.5 mm2/s"
    assert found.value_text(found.view(0), 0, 0, 0) == "0"  # not mapped


def test_a_mapping_that_changes_nothing_gives_the_unit() -> None:
    image = phantom(
        column(3, 4), RealWorldValueMappingSequence=[mapping(RealWorldValueSlope=1.0, RealWorldValueIntercept=0.0)]
    )
    assert described(image).unit == "mm2/s"


def test_a_fractional_segmentation_runs_from_none_to_all() -> None:
    picture = opened(phantom(column(0, 64, 128), MaximumFractionalValue=128)).picture(0)
    assert grey(picture) == [linear_exact(value, 64, 128) for value in (0, 64, 128)]


# Time, proportions, profile


@pytest.mark.parametrize(
    ("attributes", "milliseconds"),
    [
        ({"FrameTime": "20"}, 20),
        ({"FrameTimeVector": ["0", "30", "50"]}, 40),
        ({"CineRate": "25"}, 40),
        ({"RecommendedDisplayFrameRate": "50"}, 20),
        ({"FrameTime": "0", "CineRate": "10"}, 100),
        ({}, None),
    ],
)
def test_the_time_of_a_frame_is_the_object_s_own(attributes: dict[str, object], milliseconds: float | None) -> None:
    assert described(phantom(column(1, 2), **attributes)).frame_time_ms == milliseconds


@pytest.mark.parametrize(
    ("attributes", "aspect"),
    [
        ({"PixelAspectRatio": [2, 1], "PixelSpacing": ["3", "3"]}, (2, 1)),
        ({"PixelSpacing": ["0.5", "0.25"]}, (0.5, 0.25)),
        ({"PixelAspectRatio": [0, 1]}, (1, 1)),
        ({}, (1, 1)),
    ],
)
def test_the_proportions_of_a_pixel_come_from_its_ratio_or_its_spacing(
    attributes: dict[str, object], aspect: tuple[float, float]
) -> None:
    assert described(phantom(column(1, 2), **attributes)).pixel_aspect == aspect
