"""A DICOMDIR that lists files which are not there says so; one whose files are all there is not spoken of."""

from __future__ import annotations

from pydicom.uid import MediaStorageDirectoryStorage

from tests.builders import data_set, dicom_bytes
from tests.test_review import RETAIN_UIDS, clean_object, reviewed


def directory(*file_ids: list[str]) -> bytes:
    records = [data_set(DirectoryRecordType="IMAGE", ReferencedFileID=file_id) for file_id in file_ids]
    records.append(data_set(DirectoryRecordType="SERIES"))
    return dicom_bytes(data_set(SOPClassUID=MediaStorageDirectoryStorage, DirectoryRecordSequence=records))


def said(entries: dict[str, bytes | None]) -> list[tuple[int | None, str]]:
    problems = reviewed(entries, RETAIN_UIDS).problems
    return [(one.entry, one.message) for one in problems if "Referenced File ID" in one.message]


def test_files_that_are_not_there_are_counted() -> None:
    made = directory(["IMAGES", "IM1"], ["IMAGES", "IM2"], ["IM3"])
    assert said({"CD/DICOMDIR": made, "CD/images/im1": clean_object(), "IM3": clean_object(3)}) == [
        (
            0,
            "(0004,1500) Referenced File ID: of 3 files that this DICOMDIR lists, 2 are not there (PS3.3 §F.3.2.2).",
        )
    ]


def test_files_that_are_there_are_not_spoken_of() -> None:
    made = directory(["IMAGES", "IM1"], ["IM3"])
    assert said({"DICOMDIR": made, "IMAGES/IM1.;1": clean_object(), "im3": clean_object(3)}) == []
    assert said({"DICOMDIR": directory(), "1": clean_object()}) == []
