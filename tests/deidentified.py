"""Archives before and after de-identification for the tests: a small de-identifier, and every way in which it can slip.

Nobody in it exists. `original()` makes two patients with a CT of two series, an ultrasound and a structured report
each; `Deidentifier` replaces, removes and moves what the Basic Profile asks, and nothing else.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from pydicom import Dataset
from pydicom.uid import BasicTextSRStorage, CTImageStorage, UltrasoundImageStorage

from pycore.archive import Archive, open_archive
from pycore.comparison import Comparison, compare
from pycore.harvester import read_entries
from pycore.phi.options import Options
from pycore.pixel_digest import read_pixel_digest
from pycore.review import Report, review
from tests.builders import MemorySource, data_set, dicom_bytes, uid, zip_bytes

OPTIONS = Options.of("basic", ("retain-modified-dates",))
PATIENTS = (("Haverkamp^Johanna", "MRN-4711902", "19610314"), ("Obuasi^Kwame", "MRN-8830041", "19750922"))
SLICES = 4

Objects = dict[str, Dataset]


def original() -> Objects:
    """Return data sets by entry name: of each patient 8 slices in two series, 2 pictures, and a report on a slice."""
    objects: Objects = {}
    for number, (name, patient_id, born) in enumerate(PATIENTS):
        common = {
            "PatientName": name,
            "PatientID": patient_id,
            "PatientBirthDate": born,
            "PatientSex": "F" if number == 0 else "M",
            "StudyInstanceUID": uid("study", number),
            "StudyDate": "20240115",
            "StudyTime": "101500",
            "AccessionNumber": f"ACC{number}55201",
            "StudyID": f"S{number}7",
            "ReferringPhysicianName": "Lindqvist^Mara",
        }
        for series in range(2):
            for slice_ in range(SLICES):
                one = data_set(
                    **common,
                    SOPClassUID=CTImageStorage,
                    SOPInstanceUID=uid("ct", number, series, slice_),
                    SeriesInstanceUID=uid("series", number, series),
                    FrameOfReferenceUID=uid("frame", number),
                    Modality="CT",
                    SeriesNumber=series + 1,
                    InstanceNumber=slice_ + 1,
                    AcquisitionDate="20240115",
                    ContentDate="20240116",
                    KVP="120" if series else "100",
                    ConvolutionKernel="B31f" if series else "B70f",
                    SliceThickness="5",
                    ImagePositionPatient=[0, 0, -5.0 * slice_],
                    ImageOrientationPatient=[1, 0, 0, 0, 1, 0],
                    ReferencedImageSequence=[
                        data_set(
                            ReferencedSOPClassUID=CTImageStorage, ReferencedSOPInstanceUID=uid("ct", number, 0, slice_)
                        )
                    ],
                )
                # The last slices are all black, as outside of the body.
                _add_pixels(one, 0 if slice_ >= SLICES - 2 else 1 + slice_ + 10 * series + 40 * number)
                objects[f"{name.split('^')[0]}/CT{series}/IM{slice_}.dcm"] = one
        for picture in range(2):
            one = data_set(
                **common,
                SOPClassUID=UltrasoundImageStorage,
                SOPInstanceUID=uid("us", number, picture),
                SeriesInstanceUID=uid("us series", number),
                Modality="US",
                SeriesNumber=9,
                InstanceNumber=picture + 1,
                ContentDate="20240115",
            )
            _add_pixels(one, 90 + picture + 2 * number)
            objects[f"{name.split('^')[0]}/US/{picture}.dcm"] = one
        objects[f"{name.split('^')[0]}/SR.dcm"] = data_set(
            **common,
            SOPClassUID=BasicTextSRStorage,
            SOPInstanceUID=uid("sr", number),
            SeriesInstanceUID=uid("sr series", number),
            Modality="SR",
            SeriesNumber=20,
            InstanceNumber=1,
            ContentDate="20240117",
            CurrentRequestedProcedureEvidenceSequence=[
                data_set(
                    StudyInstanceUID=uid("study", number),
                    ReferencedSeriesSequence=[
                        data_set(
                            SeriesInstanceUID=uid("series", number, 0),
                            ReferencedSOPSequence=[
                                data_set(
                                    ReferencedSOPClassUID=CTImageStorage,
                                    ReferencedSOPInstanceUID=uid("ct", number, 0, 0),
                                )
                            ],
                        )
                    ],
                )
            ],
        )
    return objects


def _add_pixels(one: Dataset, value: int) -> None:
    one.SamplesPerPixel = 1
    one.PhotometricInterpretation = "MONOCHROME2"
    one.Rows = one.Columns = 8
    one.BitsAllocated = one.BitsStored = 8
    one.HighBit = 7
    one.PixelRepresentation = 0
    one.PixelData = bytes([value]) * 64


@dataclass
class Deidentifier:
    """Replaces what the Basic Profile asks, the same everywhere; UIDs are those of the words, so nothing is random."""

    uids: bool = True
    days: Mapping[str, int] = field(default_factory=lambda: {PATIENTS[0][1]: -35, PATIENTS[1][1]: -77})

    def apply(self, objects: Objects) -> Objects:
        """Return the objects after it, under new names and in another order."""
        names = sorted(objects, key=lambda name: uid("order", name))
        return {f"anon/{number:04}.dcm": self.one(objects[name]) for number, name in enumerate(names)}

    def one(self, original_one: Dataset) -> Dataset:
        """Return one object after it."""
        one = copy.deepcopy(original_one)
        days = self.days[str(one.PatientID)]
        for element in one.iterall():
            if element.VR == "UI" and self.uids and not str(element.value).startswith("1.2.840.10008."):
                element.value = uid("new", element.value)
            elif element.VR == "DA" and element.keyword != "PatientBirthDate":
                element.value = shifted(str(element.value), days)
        number = [patient_id for _, patient_id, _ in PATIENTS].index(str(one.PatientID)) + 1
        one.PatientID = one.PatientName = f"TRIAL-00{number}"
        one.PatientBirthDate = ""
        one.AccessionNumber = f"9{number}"
        one.StudyID = f"{number}"
        one.ReferringPhysicianName = ""
        one.PatientIdentityRemoved = "YES"
        one.DeidentificationMethod = "for a test"
        return one


def shifted(text: str, days: int) -> str:
    """Return a date of VR DA moved by so many days."""
    moved = date(int(text[:4]), int(text[4:6]), int(text[6:])) + timedelta(days=days)
    return f"{moved:%Y%m%d}"


def to_zip(objects: Objects, others: Mapping[str, bytes] | None = None) -> bytes:
    """Return a zip of the objects, and of other files."""
    return zip_bytes({name: dicom_bytes(one) for name, one in objects.items()} | dict(others or {}))


def read(name: str, data: bytes, options: Options = OPTIONS) -> tuple[Archive, Report]:
    """Open and review a zip."""
    archive = open_archive([MemorySource(name, data)])
    return archive, review(archive, read_entries(archive, range(len(archive.entries))), options)


def compare_zips(
    before: bytes, after: bytes, *, pixels: bool = True, options: Options = OPTIONS, watch: Sequence[str] = ()
) -> Comparison:
    """Compare two zips."""
    sides = read("before.zip", before, options), read("after.zip", after, options)
    digests = tuple({one.index: read_pixel_digest(archive, one) for one in archive.entries} for archive, _ in sides)
    return compare(
        sides[0][1], sides[1][1], sides[1][0], watch=watch, digests=(digests[0], digests[1]) if pixels else None
    )
