"""Contours land on the pixels that they were drawn around, on the images that they belong to and on no other."""

from __future__ import annotations

import io

import pytest
from pydicom import Dataset

from pycore.document_session import DocumentSession
from pycore.documents.contours import Outline, StructureSet, plane_of
from pycore.documents.data_set import DataSet, to_data_set
from pycore.elements import read_instance
from pycore.errors import DicomError, RequestError
from pycore.harvester import read_entries
from pycore.session import Session
from tests.builders import MemorySource, data_set, dicom_bytes, uid, zip_bytes
from tests.objects import ct_slice, report, structure_set


def opened(dataset: Dataset) -> DataSet:
    data = dicom_bytes(dataset)
    reading = read_instance(io.BytesIO(data), len(data))
    assert reading is not None
    return to_data_set(reading, io.BytesIO(data))


def outlines(structures: Dataset, image: Dataset, frame: int = 0) -> tuple[list[Outline], list[str]]:
    return StructureSet(opened(structures)).outlines(opened(image), frame)


def test_a_contour_lands_on_its_pixels() -> None:
    [square, point], notes = outlines(structure_set(), ct_slice())
    assert notes == []
    # The first pixel is centred at (0.5, 0.5): the centre of pixel (4, 5) is at (4.5, 5.5).
    assert square.points == ((4.5, 5.5), (20.5, 5.5), (20.5, 15.5), (4.5, 15.5))
    assert (square.name.text, square.color, square.closed) == ("Heart", "#ff0080", True)
    assert point.points == ((10.5, 10.5),) and not point.closed


def test_a_contour_that_names_no_image_is_found_by_its_plane() -> None:
    assert len(outlines(structure_set(names_image=False), ct_slice())[0]) == 2
    assert len(outlines(structure_set(12.4, names_image=False), ct_slice())[0]) == 2  # within half of 5 mm
    assert outlines(structure_set(13.0, names_image=False), ct_slice()) == ([], [])


def test_of_several_planes_in_one_slice_the_nearest_is_drawn() -> None:
    structures = structure_set(names_image=False)
    sequence = structures.ROIContourSequence[0].ContourSequence
    for z, column in ((8.0, 101.0), (9.0, 102.0), (11.0, 103.0), (12.0, 104.0), (11.0, 105.0)):
        points = [column, -40.0, z, column + 5, -40.0, z, column, -30.0, z]
        sequence.append(data_set(ContourGeometricType="CLOSED_PLANAR", NumberOfContourPoints=3, ContourData=points))

    def drawn(z: float) -> list[float]:
        return [one.points[0][0] for one in outlines(structures, ct_slice(z=z))[0] if one.structure == 1]

    assert drawn(10.0) == [4.5]
    assert drawn(11.2) == [3.5, 5.5]  # both lines of that plane
    assert drawn(8.5) == [1.5]  # as near as the other
    assert drawn(14.0) == [4.5]


def test_a_contour_in_another_frame_of_reference_is_not_drawn() -> None:
    image = ct_slice()
    image.SOPInstanceUID, image.FrameOfReferenceUID = uid("another image"), uid("another frame of reference")
    assert outlines(structure_set(), image) == ([], [])


def test_a_contour_that_names_the_image_and_lies_off_it_says_so() -> None:
    [square], [note] = outlines(structure_set(z=30.0), ct_slice())
    assert square.structure == 1 and "20.0 mm off" in note


def test_an_oblique_image_gets_only_what_lies_in_its_plane() -> None:
    image = ct_slice()
    image.SOPInstanceUID = uid("sagittal")
    image.ImageOrientationPatient = [0, 1, 0, 0, 0, -1]
    assert outlines(structure_set(), image) == ([], [])


def test_frames_of_an_enhanced_image_have_planes_of_their_own() -> None:
    image = ct_slice()
    shared = data_set(
        PlaneOrientationSequence=[data_set(ImageOrientationPatient=[1, 0, 0, 0, 1, 0])],
        PixelMeasuresSequence=[data_set(PixelSpacing=[2, 1], SliceThickness="2")],
    )
    for keyword in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "SliceThickness"):
        delattr(image, keyword)
    image.SOPInstanceUID = uid("enhanced")
    image.SharedFunctionalGroupsSequence = [shared]
    image.PerFrameFunctionalGroupsSequence = [
        data_set(PlanePositionSequence=[data_set(ImagePositionPatient=[100, -50, z])]) for z in (0, 10, 20)
    ]
    assert [len(outlines(structure_set(), image, frame)[0]) for frame in range(3)] == [0, 2, 0]


def test_frames_of_a_dose_lie_at_their_offsets() -> None:
    dose = ct_slice(z=0.0)
    dose.SOPInstanceUID = uid("dose")
    dose.GridFrameOffsetVector = [0, 5, 10]
    assert [len(outlines(structure_set(), dose, frame)[0]) for frame in range(3)] == [0, 0, 2]


@pytest.mark.parametrize("keyword", ["ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing"])
def test_an_image_that_does_not_say_where_it_lies_gets_no_contours(keyword: str) -> None:
    image = ct_slice()
    delattr(image, keyword)
    assert plane_of(opened(image), 0) is None
    found, [note] = outlines(structure_set(), image)
    assert found == [] and "where it lies" in note


@pytest.mark.parametrize(
    ("keyword", "value"),
    [("PixelSpacing", [0, 1]), ("ImageOrientationPatient", [0, 0, 0, 0, 1, 0]), ("ImagePositionPatient", [1, 2])],
)
def test_an_impossible_plane_is_none(keyword: str, value: list[float]) -> None:
    image = ct_slice()
    setattr(image, keyword, value)
    assert plane_of(opened(image), 0) is None


def test_contours_without_points_or_structures_are_passed_over() -> None:
    structures = structure_set()
    structures.ROIContourSequence[0].ContourSequence[0].ContourData = None
    del structures.StructureSetROISequence
    [point], _ = outlines(structures, ct_slice())
    assert point.name.text == "structure 2"


@pytest.fixture
def session() -> Session:
    session = Session()
    entries = {
        "ct.dcm": dicom_bytes(ct_slice()),
        "structures.dcm": dicom_bytes(structure_set()),
        "report.dcm": dicom_bytes(report()),
        "notes.txt": b"hello",
    }
    session.open([MemorySource("test.zip", zip_bytes(entries))])
    session.merge(read_entries(session.archive, range(len(entries))))
    session.review("basic", [])
    return session


def test_the_lead_knows_which_structure_sets_belong_to_an_image(session: Session) -> None:
    assert session.structures_of(0) == {"structures": [1]}
    assert session.structures_of(2) == {"structures": []}


def test_the_lead_finds_the_entry_of_a_reference(session: Session) -> None:
    references = [str(ct_slice().SOPInstanceUID), "1.2.3", str(report().SOPInstanceUID)]
    assert session.find_instances(references) == {"entries": [0, None, 2]}


def test_nothing_is_linked_before_the_review() -> None:
    with pytest.raises(RequestError):
        Session().structures_of(0)


def test_the_picture_worker_answers_with_lines_and_documents(session: Session) -> None:
    documents = DocumentSession(session)
    answer = documents.contours(0, 0, [1])
    assert [line["name"] for line in answer["lines"]] == ["Heart", "Isocentre"]
    assert answer["lines"][0]["entry"] == 1
    assert documents.contours(0, 0, [1]) == answer  # again, from what is open
    value, buffers = documents.document(2)
    assert value["title"]["text"] == "CT Report" and buffers == []
    with pytest.raises(DicomError):
        documents.document(3)
    with pytest.raises(RequestError):
        documents.document(99)
    session.open(
        [MemorySource("other.zip", zip_bytes({"a": dicom_bytes(ct_slice(z=50.0)), "b": dicom_bytes(report())}))]
    )
    assert documents.contours(0, 0, []) == {"lines": [], "notes": []}
