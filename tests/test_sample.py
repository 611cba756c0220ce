"""The sample is what the page promises a first-time user."""

from __future__ import annotations

import io
import zipfile
from collections import Counter

import pydicom
import pytest
from pydicom import Dataset
from pydicom.errors import InvalidDicomError

from tests.builders import UNCOMPRESSED_SYNTAXES, zip_bytes
from tests.sample import sample_entries


@pytest.fixture(scope="module")
def datasets(sample_zip: bytes) -> dict[str, Dataset]:
    found = {}
    with zipfile.ZipFile(io.BytesIO(sample_zip)) as archive:
        for name in archive.namelist():
            try:
                found[name] = pydicom.dcmread(io.BytesIO(archive.read(name)))
            except InvalidDicomError:
                continue
    return found


def test_sample_is_the_same_every_time(sample_zip: bytes) -> None:
    assert zip_bytes(sample_entries()) == sample_zip


def test_sample_is_small_enough_to_ship_with_the_page(sample_zip: bytes) -> None:
    assert len(sample_zip) < 8_000_000


def test_sample_has_enough_of_everything(datasets: dict[str, Dataset]) -> None:
    assert len(datasets) >= 60
    assert len({dataset.Modality for dataset in datasets.values()}) >= 6
    assert len({dataset.PatientID for dataset in datasets.values()}) >= 3
    syntaxes = {dataset.file_meta.TransferSyntaxUID for dataset in datasets.values()}
    assert syntaxes >= set(UNCOMPRESSED_SYNTAXES)
    assert len([syntax for syntax in syntaxes if syntax.is_encapsulated]) >= 5
    assert any(element.tag.is_private for dataset in datasets.values() for element in dataset)


def test_only_the_interrupted_copy_is_damaged(datasets: dict[str, Dataset]) -> None:
    without_pixels = {"RTSTRUCT", "RTPLAN", "SR", "DOC", "ECG"}
    damaged = [
        name
        for name, dataset in datasets.items()
        if "PixelData" not in dataset and dataset.Modality not in without_pixels
    ]
    assert damaged == ["SAMPLE_ANNA/CT_THORAX/IM0025.part"]


def test_every_name_is_invented_or_from_the_standard(datasets: dict[str, Dataset]) -> None:
    known = ("Sample^", "Example^", "Anonymous", "ANON-", "Fiction")
    standard = ("Yamada^Tarou", "Διονυσιος", "Люкceмбypг", "Buc^Jérôme", "Wang^XiaoDong", "Hong^Gildong", "Müller^Änne")
    for dataset in datasets.values():
        for element in dataset.iterall():
            if element.VR == "PN" and element.value:
                assert str(element.value).startswith(known + standard)


def test_no_two_whole_instances_share_a_uid(datasets: dict[str, Dataset]) -> None:
    uids = Counter(dataset.SOPInstanceUID for name, dataset in datasets.items() if not name.endswith(".part"))
    assert set(uids.values()) == {1}
