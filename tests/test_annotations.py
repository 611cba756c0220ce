"""What is written around a picture is what the header says, in the words of radiology, and nothing beyond it."""

from __future__ import annotations

import io
import math

import pytest
from pydicom import Dataset
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian

from pycore.pixels import open_image
from pycore.pixels.annotations import Annotations, annotate, read_edges, read_scale
from tests.builders import data_set, dicom_bytes

AXIAL = ["1", "0", "0", "0", "1", "0"]
SAGITTAL = ["0", "1", "0", "0", "0", "-1"]
CORONAL = ["1", "0", "0", "0", "0", "-1"]


def annotations(frame: int = 0, syntax: str = ExplicitVRLittleEndian, **keywords: object) -> Annotations:
    pixels = data_set(
        Rows=2,
        Columns=2,
        SamplesPerPixel=1,
        PhotometricInterpretation="MONOCHROME2",
        BitsAllocated=8,
        BitsStored=8,
        HighBit=7,
        PixelRepresentation=0,
        PixelData=bytes(4),
    )
    pixels.update(data_set(**keywords))
    data = dicom_bytes(pixels, syntax)
    return annotate(open_image(io.BytesIO(data)).header, frame)


def lines(found: Annotations, *, identifying: bool | None = None) -> list[str]:
    every = [line for corner in found.corners.values() for line in corner]
    return [line.text for line in every if identifying in (None, line.identifying)]


def edges(**keywords: object) -> tuple[str, str, str, str]:
    found = read_edges(data_set(**keywords))
    return found["top"], found["left"], found["right"], found["bottom"]


@pytest.mark.parametrize(
    ("orientation", "expected"),
    [
        (AXIAL, ("A", "R", "L", "P")),
        (SAGITTAL, ("H", "A", "P", "F")),
        (CORONAL, ("H", "R", "L", "F")),
        (["-1", "0", "0", "0", "-1", "0"], ("P", "L", "R", "A")),  # prone
        (["-1", "0", "0", "0", "0", "-1"], ("H", "L", "R", "F")),  # seen from behind
    ],
)
def test_letters_say_where_the_rows_and_columns_run(orientation: list[str], expected: tuple[str, ...]) -> None:
    assert edges(ImageOrientationPatient=orientation) == expected


@pytest.mark.parametrize(
    ("degrees", "expected"),
    [(20, ("A", "RF", "LH", "P")), (60, ("A", "FR", "HL", "P")), (2, ("A", "R", "L", "P"))],
)
def test_an_oblique_direction_has_two_letters_the_nearer_one_first(degrees: float, expected: tuple[str, ...]) -> None:
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    orientation = [f"{cosine:.6f}", "0", f"{sine:.6f}", "0", "1", "0"]
    assert edges(ImageOrientationPatient=orientation) == expected


@pytest.mark.parametrize(
    "orientation",
    [
        ["0", "0", "0", "0", "0", "0"],
        ["1", "0", "0", "1", "0", "0"],  # rows and columns in one direction
        ["2", "0", "0", "0", "2", "0"],
        ["1", "0", "0"],
        [],
    ],
)
def test_what_is_no_direction_gives_no_letters(orientation: list[str]) -> None:
    assert edges(ImageOrientationPatient=orientation) == ("", "", "", "")


def test_without_geometry_the_patient_orientation_counts() -> None:
    assert edges(PatientOrientation=["L", "F"]) == ("H", "R", "L", "F")
    assert edges(PatientOrientation=["A", "FR"]) == ("HL", "P", "A", "FR")
    assert edges(PatientOrientation=["L", "F"], ImageOrientationPatient=AXIAL) == ("A", "R", "L", "P")
    assert edges(PatientOrientation=["X", "F"]) == ("H", "", "", "F")
    assert edges() == ("", "", "", "")


def test_an_animal_has_terms_of_its_own_and_no_letters_from_geometry() -> None:
    animal = {"AnatomicalOrientationType": "QUADRUPED"}
    assert edges(ImageOrientationPatient=AXIAL, **animal) == ("", "", "", "")
    assert edges(PatientOrientation=["LE", "CD"], **animal) == ("CR", "RT", "LE", "CD")


def test_each_frame_has_the_orientation_of_its_functional_groups() -> None:
    def group(orientation: list[str], height: str) -> Dataset:
        return data_set(
            PlaneOrientationSequence=[data_set(ImageOrientationPatient=orientation)],
            PlanePositionSequence=[data_set(ImagePositionPatient=["0", "0", height])],
        )

    measures = data_set(PixelMeasuresSequence=[data_set(PixelSpacing=["0.5", "0.25"], SliceThickness="3")])
    enhanced = {
        "SharedFunctionalGroupsSequence": [measures],
        "PerFrameFunctionalGroupsSequence": [group(AXIAL, "10"), group(CORONAL, "20")],
    }
    first, second = (annotations(frame, **enhanced) for frame in (0, 1))
    assert (first.edges["top"], second.edges["top"]) == ("A", "H")
    assert "Thickness 3 mm · Location 10 mm" in lines(first)
    assert first.scale is not None
    assert first.scale.mm_per_pixel == (0.5, 0.25)


def test_names_numbers_and_dates_of_the_patient_are_identifying_and_the_technique_is_not() -> None:
    found = annotations(
        PatientName="Sample^Anna",
        PatientID="ZS-0001",
        PatientBirthDate="19570412",
        PatientSex="F",
        SeriesNumber="2",
        SeriesDescription="Thorax of Anna",
        AcquisitionDate="20240115",
        AcquisitionTime="140322.5",
        EchoTime="90",
        RepetitionTime="4000",
        MagneticFieldStrength="1.5",
        ImageLaterality="L",
    )
    assert lines(found, identifying=True) == [
        "Sample Anna",
        "ZS-0001",
        "F · born 1957-04-12",
        "Thorax of Anna",
        "Acquired 2024-01-15 14:03:22",
    ]
    assert [line.text for line in found.corners["top_right"] if line.patient] == lines(found, identifying=True)[:3]
    shown = lines(found, identifying=False)
    assert "Series 2" in shown
    assert "TE 90 ms · TR 4,000 ms · 1.5 T" in shown
    assert "Left" in shown


@pytest.mark.parametrize(
    ("keywords", "expected"),
    [
        ({"AcquisitionDateTime": "20240115140322.25+0100"}, "Acquired 2024-01-15 14:03:22 +0100"),
        ({"AcquisitionDate": "20240115"}, "Acquired 2024-01-15"),
        ({"SeriesDate": "2024.01.15", "SeriesTime": "14:03"}, "Series of 2024-01-15 14:03"),
        ({"StudyDate": "20240115", "ContentDate": "20240116"}, "Made 2024-01-16"),
    ],
)
@pytest.mark.filterwarnings("ignore:Invalid value for VR")
def test_the_date_nearest_to_the_acquisition_is_given(keywords: dict[str, str], expected: str) -> None:
    assert expected in lines(annotations(**keywords))


def test_compression_is_said_also_one_that_was_undone() -> None:
    assert lines(annotations())[0] == "Uncompressed"
    assert lines(annotations(LossyImageCompression="01"))[0] == "Uncompressed · has been lossy compressed"
    assert "Deflated" in lines(annotations(syntax=DeflatedExplicitVRLittleEndian))[0]


@pytest.mark.parametrize(
    ("keywords", "expected"),
    [
        ({"PixelSpacing": ["0.5", "0.7"]}, "Pixel Spacing"),
        ({"ImagerPixelSpacing": ["0.5", "0.7"]}, "Imager Pixel Spacing, at the detector"),
        ({"NominalScannedPixelSpacing": ["0.5", "0.7"]}, "Nominal Scanned Pixel Spacing, of the scanned film or paper"),
        (
            {"PixelSpacing": ["0.5", "0.7"], "ImagerPixelSpacing": ["0.5", "0.7"]},
            "Pixel Spacing, which is that at the detector",
        ),
        (
            {"PixelSpacing": ["0.5", "0.7"], "PixelSpacingCalibrationType": "FIDUCIAL"},
            "Pixel Spacing, calibrated (fiducial)",
        ),
    ],
)
def test_the_scale_says_which_spacing_it_is_from(keywords: dict[str, object], expected: str) -> None:
    scale = read_scale(data_set(**keywords))
    assert scale is not None
    assert scale.mm_per_pixel == (0.5, 0.7)
    assert scale.spacing == expected


def region(spacing_cm: float, width: int, units: int = 3) -> Dataset:
    return data_set(
        RegionSpatialFormat=1,
        RegionLocationMinX0=0,
        RegionLocationMinY0=0,
        RegionLocationMaxX1=width,
        RegionLocationMaxY1=100,
        PhysicalUnitsXDirection=units,
        PhysicalUnitsYDirection=units,
        PhysicalDeltaX=spacing_cm,
        PhysicalDeltaY=spacing_cm,
    )


def test_ultrasound_is_measured_by_its_largest_region_in_centimetres() -> None:
    scale = read_scale(data_set(SequenceOfUltrasoundRegions=[region(0.02, 50), region(0.01, 300), region(9, 999, 4)]))
    assert scale is not None
    assert scale.mm_per_pixel == pytest.approx((0.1, 0.1))
    assert "largest" in scale.spacing


@pytest.mark.parametrize("spacing", [["0", "0.5"], ["-1", "1"], ["1"], []])
def test_a_spacing_that_cannot_be_gives_no_scale(spacing: list[str]) -> None:
    assert read_scale(data_set(PixelSpacing=spacing)) is None


def test_the_place_of_a_plane_is_worked_out_where_no_slice_location_says_it() -> None:
    place = {"ImagePositionPatient": ["-180", "-180", "-12.5"], "ImageOrientationPatient": AXIAL}
    assert "Location -12.5 mm" in lines(annotations(**place))
    assert "Location 7 mm" in lines(annotations(SliceLocation="7", **place))


def test_the_place_of_the_first_frame_is_not_given_to_the_others() -> None:
    place = {"ImagePositionPatient": ["-180", "-180", "-12.5"], "ImageOrientationPatient": AXIAL}
    assert not any("Location" in line for line in lines(annotations(1, NumberOfFrames="2", **place)))


def test_signs_that_would_reorder_the_line_are_made_visible() -> None:
    (name,) = lines(annotations(PatientName="Anna\u202eelpmaS", SpecificCharacterSet="ISO_IR 192"), identifying=True)
    assert "\u202e" not in name


def test_a_frame_of_a_segmentation_is_named_by_its_segment() -> None:
    def shows(number: int) -> Dataset:
        return data_set(SegmentIdentificationSequence=[data_set(ReferencedSegmentNumber=number)])

    keywords: dict[str, object] = {
        "Modality": "SEG",
        "NumberOfFrames": 3,
        "PixelData": bytes(12),
        "SegmentSequence": [data_set(SegmentNumber=1, SegmentLabel="Liver"), data_set(SegmentNumber=2)],
        "PerFrameFunctionalGroupsSequence": [shows(1), shows(2), shows(3)],
    }
    found = [lines(annotations(frame, **keywords), identifying=True) for frame in range(3)]
    assert found == [["Segment 1: Liver"], ["Segment 2"], []]
