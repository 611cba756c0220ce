"""A zip like a real transfer, for the bench: 3,666 DICOM of 7,706 entries, 37 series, about 1 GB, always the same.

Writing it takes seconds, because a deflate stream may be put together from parts: the header of each instance is
deflated by itself and ends in a full flush, after which the stream of one of a few noisy pictures follows unchanged.
"""

from __future__ import annotations

import os
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from pydicom import Dataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, ImplicitVRLittleEndian, MRImageStorage

from tests.builders import ZIP_DATE, data_set, dicom_bytes, uid
from tests.phantoms import head, thorax

VERSION = 1
"""Part of the cached file's name: change it whenever the bytes change."""

_PICTURES = 24
# What stands in a series' template where its instances differ: valid values that occur nowhere else.
_INSTANCE, _NUMBER, _POSITION, _TIME, _RAW = "777771", "77772", "777.3", "070707", "77774"
_PRIVATE_CREATORS = ("GEMS_IDEN_01", "GEMS_ACQU_01", "GEMS_IMAG_01", "SIEMENS CSA HEADER", "EXAMPLE RIS 2.1")


@dataclass(frozen=True, slots=True)
class Shape:
    """How much of everything is in the zip."""

    dicom: int = 3666
    other: int = 4038
    unreadable: int = 2
    series: int = 37
    patients: int = 5

    @property
    def entries(self) -> int:
        return self.dicom + self.other + self.unreadable

    def scaled(self, factor: float) -> Shape:
        """Return the same shape with fewer or more files per series."""
        return Shape(max(self.series, round(self.dicom * factor)), round(self.other * factor), self.unreadable)


def cached_transfer(shape: Shape, directory: Path) -> Path:
    """Return the path of the zip, writing it if it is not there yet."""
    path = directory / f"transfer-{VERSION}-{shape.dicom}-of-{shape.entries}.zip"
    if not path.exists():
        directory.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".part")
        write_transfer(shape, unfinished)
        unfinished.replace(path)
    return path


def write_transfer(shape: Shape, path: Path) -> None:
    """Write the zip."""
    pictures = [_Picture.of(number) for number in range(_PICTURES)]
    templates = [_Template.of(number, number * shape.patients // shape.series) for number in range(shape.series)]
    with path.open("wb") as file, zipfile.ZipFile(file, "w") as archive:
        others = 0
        for number in range(shape.dicom):
            series, place = number % shape.series, number // shape.series
            template, picture = templates[series], pictures[number % _PICTURES]
            header = template.header(place)
            deflated = _deflate_part(header) + picture.deflated
            name = f"DICOM/PAT{template.patient + 1:03d}/SE{series + 1:03d}/IM{place + 1:05d}"
            crc = zlib.crc32(picture.stored, zlib.crc32(header))
            _append(archive, file, name, deflated, crc, len(header) + len(picture.stored))
            while others * shape.dicom < (number + 1) * shape.other:  # the other files lie between the images
                _append_other(archive, file, others)
                others += 1
        for number in range(shape.unreadable):
            data = _deflate_part(b"secret") + b"\x03\x00"
            _append(archive, file, f"DICOM/locked{number}.dcm", data, zlib.crc32(b"secret"), 6, flags=0x0001)


@dataclass(frozen=True, slots=True)
class _Picture:
    stored: bytes
    deflated: bytes

    @classmethod
    def of(cls, number: int) -> _Picture:
        noise = np.random.default_rng(number).normal(0, 12, (512, 512))
        body = thorax(512, number / _PICTURES) + 1024 if number % 3 else head(512, number / _PICTURES)
        stored = np.clip(body + noise, 0, 4095).astype("<u2").tobytes()
        compressor = zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS)
        return cls(stored, compressor.compress(stored) + compressor.flush())


@dataclass(frozen=True, slots=True)
class _Template:
    """The header of a series, encoded once; what differs between instances is put in afterwards, at equal length."""

    patient: int
    encoded: bytes

    @classmethod
    def of(cls, series: int, patient: int) -> _Template:
        dataset = _series_header(series, patient)
        dataset.PixelData = bytes(512 * 512 * 2)
        syntax = ImplicitVRLittleEndian if series % 5 == 4 else ExplicitVRLittleEndian
        return cls(patient, dicom_bytes(dataset, syntax)[: -512 * 512 * 2])

    def header(self, place: int) -> bytes:
        encoded = self.encoded
        for placeholder, value in (
            (_INSTANCE, f"{100000 + place}"),
            (_NUMBER, f"{place + 1:05d}"),
            (_POSITION, f"{place * 1.25:05.1f}"),
            (_TIME, f"{80000 + place % 60 + place // 60 * 100:06d}"),
            (_RAW, f"{place * 7919 % 99991:05d}"),
        ):
            encoded = encoded.replace(placeholder.encode(), value.encode())
        return encoded


def _series_header(series: int, patient: int) -> Dataset:
    """Return 150 to 270 elements, over 100 of them private."""
    magnetic = series % 3 == 0
    dataset = data_set(
        SpecificCharacterSet="ISO_IR 100",
        ImageType=["ORIGINAL", "PRIMARY", "AXIAL"],
        SOPClassUID=MRImageStorage if magnetic else CTImageStorage,
        SOPInstanceUID=f"1.2.826.0.1.3680043.10.999.{series + 1}.{_INSTANCE}",
        StudyDate="20240115",
        SeriesDate="20240115",
        AcquisitionDate="20240115",
        ContentDate="20240115",
        StudyTime="080000",
        SeriesTime=f"08{series:02d}00",
        AcquisitionTime=_TIME,
        ContentTime=_TIME,
        AccessionNumber=f"A-{4000 + patient}",
        Modality="MR" if magnetic else "CT",
        Manufacturer="Example Medical Systems",
        InstitutionName="Sampleton General Hospital",
        InstitutionAddress="2 Example Street, Sampleton",
        ReferringPhysicianName="Example^Refer",
        StationName="ROOM-3",
        StudyDescription="Follow-up",
        SeriesDescription=f"Series {series + 1} ax",
        InstitutionalDepartmentName="Radiology",
        PerformingPhysicianName="Example^Perform",
        OperatorsName="Example^Oper",
        ManufacturerModelName="Phantom 64",
        ReferencedStudySequence=[
            data_set(ReferencedSOPClassUID="1.2.840.10008.3.1.2.3.1", ReferencedSOPInstanceUID=uid("study", patient))
        ],
        PatientName=f"Sample^Patient{patient}",
        PatientID=f"ZS-{patient:04d}",
        PatientBirthDate=f"195{patient}0412",
        PatientSex="O",
        PatientAge="066Y",
        PatientWeight="70",
        PatientSize="1.7",
        AdditionalPatientHistory="none",
        BodyPartExamined="CHEST",
        SliceThickness="1.25",
        KVP="120",
        SpacingBetweenSlices="1.25",
        DeviceSerialNumber="SN-000123",
        SoftwareVersions="7.1",
        ProtocolName="Routine",
        PatientPosition="HFS",
        StudyInstanceUID=uid("study", patient),
        SeriesInstanceUID=uid("series", series),
        StudyID=str(patient),
        SeriesNumber=str(series + 1),
        AcquisitionNumber="1",
        InstanceNumber=_NUMBER,
        ImagePositionPatient=["-180", "-180", _POSITION],
        ImageOrientationPatient=["1", "0", "0", "0", "1", "0"],
        FrameOfReferenceUID=uid("frame", series),
        PositionReferenceIndicator="",
        SliceLocation=_POSITION,
        ImageComments="",
        SamplesPerPixel=1,
        PhotometricInterpretation="MONOCHROME2",
        Rows=512,
        Columns=512,
        PixelSpacing=["0.7", "0.7"],
        BitsAllocated=16,
        BitsStored=12,
        HighBit=11,
        PixelRepresentation=0,
        WindowCenter="1064",
        WindowWidth="400",
        RescaleIntercept="0",
        RescaleSlope="1",
    )
    for order, creator in enumerate(_PRIVATE_CREATORS):
        block = dataset.private_block(0x0019 + 2 * order, creator, create=True)
        for offset in range(20 + (series * 7 + order * 3) % 22):
            vr, value = _private_value(series, order, offset)
            block.add_new(offset, vr, value)
        if creator == "SIEMENS CSA HEADER":
            block.add_new(0x80, "OB", b"SV10" + np.random.default_rng(series).bytes(6000))
    return dataset


def _private_value(series: int, order: int, offset: int) -> tuple[str, object]:
    if offset == 3:
        return "LO", f"raw {_RAW}"
    kinds: tuple[tuple[str, object], ...] = (
        ("LO", f"value {offset} of block {order}"),
        ("DS", f"{offset + series / 10:.1f}"),
        ("SL", offset * 1000 + series),
        ("US", offset),
        ("CS", "YES" if offset % 4 else "NO"),
        ("FL", offset / 3),
    )
    return kinds[offset % len(kinds)]


def _deflate_part(data: bytes) -> bytes:
    """Return deflated data after which another deflate stream may follow: it looks back at nothing (RFC 1951)."""
    compressor = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    return compressor.compress(data) + compressor.flush(zlib.Z_FULL_FLUSH)


def _append_other(archive: zipfile.ZipFile, file: BinaryIO, number: int) -> None:
    if number % 2:
        name, data = f"VIEWER/page{number:05d}.html", f"<html><body>page {number}</body></html>".encode() * 20
    else:
        name, data = f"VIEWER/thumb{number:05d}.jpg", b"\xff\xd8\xff\xe0" + np.random.default_rng(number).bytes(3000)
    _append(archive, file, name, _deflate_part(data) + b"\x03\x00", zlib.crc32(data), len(data))


def _append(
    archive: zipfile.ZipFile, file: BinaryIO, name: str, deflated: bytes, crc: int, size: int, flags: int = 0
) -> None:
    """Append an entry that is deflated already, which `zipfile` itself does not offer."""
    info = zipfile.ZipInfo(name, ZIP_DATE)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.create_system = 3
    info.external_attr = 0o100644 << 16
    info.CRC, info.compress_size, info.file_size = crc, len(deflated), size
    info.flag_bits = flags
    info.header_offset = file.seek(0, os.SEEK_END)
    file.write(info.FileHeader(zip64=False))
    file.write(deflated)
    archive.filelist.append(info)
    archive.NameToInfo[name] = info
    archive.start_dir = file.tell()
    archive._didModify = True  # so that closing writes the directory
