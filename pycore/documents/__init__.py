"""Objects without pixels -> documents that people read (PS3.3): reports, waveforms, radiotherapy, presentation states.

- `blocks`      what a document is made of: headings, fields, trees, tables, plots; a shell draws them without DICOM
- `data_set`    data elements -> a data set to walk in; texts that know whether they identify
- `references`  references to other instances -> text that leads to them
- `structured_report`, `encapsulated`, `waveform`, `radiotherapy`, `presentation_state`, `others`
                one kind of object each: data set -> blocks, none where the object has nothing of that kind
- `contours`    structure sets -> lines in the pixels of an image

Which reader applies is told by the attributes that are there, not by the SOP Class, so that an object with a wrong or
private class is read as well. Only the picture worker loads this package: `waveform` needs NumPy.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

from pycore.documents.blocks import Block, Document, Heading, Run, fields, note, plain, to_plain, warning
from pycore.documents.data_set import DataSet, to_data_set
from pycore.documents.encapsulated import read_encapsulated
from pycore.documents.others import (
    read_directory,
    read_fiducials,
    read_raw_data,
    read_registration,
    read_segments,
    read_surfaces,
)
from pycore.documents.presentation_state import read_presentation_state
from pycore.documents.radiotherapy import read_dose, read_plan, read_structure_set, read_treatment
from pycore.documents.references import class_name
from pycore.documents.structured_report import read_report, report_title
from pycore.documents.waveform import read_waveforms
from pycore.elements import Reading

__all__ = ["Document", "read_document", "to_plain"]

_READERS: tuple[Callable[[DataSet], tuple[Block, ...]], ...] = (
    read_report,
    read_encapsulated,
    read_waveforms,
    read_structure_set,
    read_plan,
    read_treatment,
    read_dose,
    read_presentation_state,
    read_segments,
    read_surfaces,
    read_registration,
    read_fiducials,
    read_directory,
    read_raw_data,
)


def read_document(reading: Reading, file: BinaryIO | None) -> Document:
    """Return an object as a document.

    Parameters
    ----------
    reading : Reading
        Of its elements; what could not be read is said at the end of the document.
    file : seekable file or None
        The entry's bytes, for values that are longer than the reading keeps.
    """
    data_set = to_data_set(reading, file)
    content = tuple(block for reader in _READERS for block in reader(data_set))
    if not content:
        content = (note(_IMAGE if any(name in data_set for name in _PIXELS) else _ELEMENTS),)
    first: tuple[Block, ...] = ()
    last: tuple[Block, ...] = ()
    if reading.problems:
        first = (
            warning("This object is damaged or wrongly made. What could be read is shown; the rest is said below."),
        )
        last = (Heading(plain("What could not be read")), *map(warning, reading.problems))
    return Document(_title(data_set), (*first, *_whose(data_set), *content, *last))


_IMAGE = (
    "This object is an image, and is shown as a picture. What else it holds is in its data elements, under Elements."
)
_ELEMENTS = "This object has no form of its own here. All that it holds is in its data elements, under Elements."
_PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")


def _title(data_set: DataSet) -> Run:
    own = report_title(data_set)
    if own.text:
        return own
    uid = data_set.text("SOPClassUID") or data_set.text("MediaStorageSOPClassUID")
    return Run(class_name(uid) or data_set.text("Modality") or "DICOM object")


def _whose(data_set: DataSet) -> tuple[Block, ...]:
    """Return whose object it is and from when; the first thing that a reviewer asks."""
    return fields(
        [
            ("Patient", data_set.runs("PatientName")),
            ("Patient ID", data_set.runs("PatientID")),
            ("Born", data_set.runs("PatientBirthDate")),
            ("Sex", data_set.runs("PatientSex")),
            ("Study", data_set.runs("StudyDate", "StudyTime", "StudyDescription")),
            ("Series", data_set.runs("Modality", "SeriesNumber", "SeriesDescription")),
            ("Content", data_set.runs("ContentDate", "ContentTime")),
            ("Institution", data_set.runs("InstitutionName")),
            ("Made by", data_set.runs("Manufacturer", "ManufacturerModelName")),
        ]
    )
