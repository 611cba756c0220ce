"""An object that was cut between two elements before what it is about is never clean."""

from __future__ import annotations

import io
from collections.abc import Callable

import pydicom
import pytest
from pydicom import Dataset

from pycore.content import check_content
from pycore.review import Verdict
from pycore.standard import content_element_rows, uid_name
from tests.builders import dicom_bytes
from tests.objects import encapsulated_pdf, presentation_state, report, structure_set, waveform
from tests.test_review import RETAIN_UIDS, reviewed

OBJECTS: dict[str, Callable[[], Dataset]] = {
    "(0040,A730) Content Sequence": report,
    "(0042,0011) Encapsulated Document": encapsulated_pdf,
    "(3006,0080) RT ROI Observations Sequence": structure_set,
    "(5400,0100) Waveform Sequence": waveform,
    "(0070,0080) Content Label": presentation_state,
}
SERIES_INSTANCE_UID = 0x0020_000E


@pytest.mark.parametrize(("element", "make"), OBJECTS.items(), ids=OBJECTS)
def test_an_object_cut_between_any_two_elements_is_said_to_be(element: str, make: Callable[[], Dataset]) -> None:
    whole = pydicom.dcmread(io.BytesIO(dicom_bytes(make())))
    last = int(element[1:5] + element[6:10], 16)
    cuts = [one.tag for one in whole if SERIES_INSTANCE_UID < one.tag <= last]
    assert cuts
    entries: dict[str, bytes | None] = {"whole": dicom_bytes(whole)}
    for cut in cuts:
        part = Dataset({one.tag: one for one in whole if one.tag < cut})
        entries[str(cut)] = dicom_bytes(part)
    said = reviewed(entries, RETAIN_UIDS)
    named = [
        said.names[problem.entry] for problem in said.problems if f"has no {element}: it was cut" in problem.message
    ]
    assert sorted(named) == sorted(map(str, cuts))
    assert said.verdict is not Verdict.CLEAN


def test_every_row_names_a_class_and_an_element_of_the_dictionary() -> None:
    for row in content_element_rows().values():
        assert row.sop_class.endswith(".") or uid_name(row.sop_class).endswith("Storage"), row
        assert pydicom.datadict.dictionary_description(int(row.path[1:5] + row.path[6:10], 16)) == row.name
        assert row.clause.startswith("§C.")


def test_objects_of_other_classes_are_not_spoken_of() -> None:
    assert check_content({}) == ()
