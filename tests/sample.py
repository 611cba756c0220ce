"""The sample zip: `python -m tests.sample OUTPUT`. Nobody in it exists, and every run writes the same bytes.

What a first-time user shall see in it: one patient as a scanner sends her (`Sample^Anna`), one anonymised by
someone who overlooked things (`ANON-0002`), one cleaned as PS3.15 asks (`ANON-0003`), seven whose names are the
Standard's own examples of character sets (PS3.5 Annexes H to K), and the kind of files that lie beside images in a
real export.

Compressed pixels are taken from pydicom's packaged test files, without anything of those files' headers.
"""

from __future__ import annotations

import struct
import sys
import zlib
from pathlib import Path

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.uid import (
    ComputedRadiographyImageStorage,
    CTImageStorage,
    DeflatedExplicitVRLittleEndian,
    EncapsulatedPDFStorage,
    EnhancedMRImageStorage,
    EnhancedSRStorage,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    MRImageStorage,
    NuclearMedicineImageStorage,
    PositronEmissionTomographyImageStorage,
    RLELossless,
    RTDoseStorage,
    RTPlanStorage,
    RTStructureSetStorage,
    SecondaryCaptureImageStorage,
    SegmentationStorage,
    TwelveLeadECGWaveformStorage,
    UltrasoundImageStorage,
    UltrasoundMultiFrameImageStorage,
    XRayAngiographicImageStorage,
)

from tests.builders import data_set, dicom_bytes, pydicom_path, uid, zip_bytes
from tests.phantoms import draw, fan, hand, head, stripes, thorax, write

Attributes = dict[str, object]
"""Values by keyword of PS3.6."""


def sample_entries() -> dict[str, bytes | None]:
    """Return the entries of the sample: path in the zip and bytes, None for a folder."""
    entries: dict[str, bytes | None] = {"READ ME FIRST.txt": _READ_ME.encode()}
    entries |= _anna() | _ben() | _cleaned() | _character_sets() | _other_files()
    return entries


# Patient 1: as the scanner sent her.

ANNA: Attributes = {
    "PatientName": "Sample^Anna^Maria",
    "PatientID": "ZS-0001",
    "PatientBirthDate": "19570412",
    "PatientSex": "F",
    "PatientAge": "066Y",
    "PatientAddress": "1 Example Street, Sampleton",
    "PatientTelephoneNumbers": "+49 30 555 0100",
    "PatientMotherBirthName": "Fiction",
    "ReferringPhysicianName": "Example^Refer^^Dr.",
    "InstitutionName": "Sampleton General Hospital",
    "InstitutionAddress": "2 Example Street, Sampleton",
    "StationName": "CT-ROOM-3",
    "OperatorsName": "Example^Oper",
}


def _anna() -> dict[str, bytes | None]:
    folder = "SAMPLE_ANNA/"
    thorax_study = _study("anna thorax", "20240115", "CT Thorax", accession="A-4711")
    hand_study = _study("anna hand", "20240302", "Hand left", accession="A-5120")
    entries: dict[str, bytes | None] = {}
    slices = 24
    for number in range(1, slices + 1):
        dataset = _instance(
            ANNA | thorax_study | _series("anna ct", "CT", 2, "Thorax 5.0 B31f"),
            CTImageStorage,
            number,
            **_plane(number, spacing=1.4, thickness=5),
            **_pixels(np.round(thorax(256, (number - 0.5) / slices)).astype(np.int16)),
            ImageType=["ORIGINAL", "PRIMARY", "AXIAL"],
            Manufacturer="Example Medical Systems",
            ManufacturerModelName="Phantom 64",
            DeviceSerialNumber="SN-000123",
            ProtocolName="Thorax routine",
            KVP="120",
            RescaleIntercept="0",
            RescaleSlope="1",
            RescaleType="HU",
            WindowCenter=["40", "-600"],
            WindowWidth=["400", "1500"],
            WindowCenterWidthExplanation=["MEDIASTINUM", "LUNG"],
            RequestAttributesSequence=[
                data_set(
                    ScheduledProcedureStepID="SPS-1",
                    RequestedProcedureID="RP-1",
                    ReasonForTheRequestedProcedure="Cough",
                )
            ],
        )
        _add_private(dataset, 0x0009, "GEMS_IDEN_01", {0x02: ("SH", "CT01"), 0x04: ("SH", "PHANTOM 64")})
        _add_private(dataset, 0x0019, "GEMS_ACQU_01", {0x02: ("SL", 912), 0x23: ("DS", "5.0")})
        # What a hospital's own system adds: an element nobody outside knows, with the name in it.
        _add_private(
            dataset, 0x0033, "SAMPLETON RIS 1.0", {0x10: ("LO", "Sample, Anna Maria"), 0x11: ("UN", b"Ward 7b\0\x01")}
        )
        entries[f"{folder}CT_THORAX/IM{number:04d}"] = dicom_bytes(dataset)
    interrupted = dicom_bytes(dataset)
    entries[f"{folder}CT_THORAX/IM0025.part"] = interrupted[: interrupted.index(b"MEDIASTINUM")]

    therapy = ANNA | thorax_study
    frame_of_reference = uid("frame of reference", "anna ct")
    entries[f"{folder}RT/RS.dcm"] = dicom_bytes(
        _instance(
            therapy | _series("anna rtstruct", "RTSTRUCT", 3, "Structures"),
            RTStructureSetStorage,
            1,
            StructureSetLabel="LUNG",
            StructureSetName="Sample Anna lung",
            StructureSetDate="20240116",
            StructureSetTime="101500",
            ReferencedFrameOfReferenceSequence=[data_set(FrameOfReferenceUID=frame_of_reference)],
            StructureSetROISequence=[
                data_set(
                    ROINumber=number,
                    ReferencedFrameOfReferenceUID=frame_of_reference,
                    ROIName=name,
                    ROIGenerationAlgorithm="MANUAL",
                )
                for number, name in enumerate(("GTV Anna", "Lung left"), 1)
            ],
            ROIContourSequence=[
                data_set(
                    ROIDisplayColor=colour,
                    ReferencedROINumber=number,
                    ContourSequence=[_circle(centre, radius, height=60)],
                )
                for number, colour, centre, radius in ((1, [255, 0, 0], (66, 18), 8), (2, [0, 160, 255], (68, -5), 52))
            ],
            RTROIObservationsSequence=[
                data_set(
                    ObservationNumber=1,
                    ReferencedROINumber=1,
                    RTROIInterpretedType="GTV",
                    ROIInterpreter="Example^Contour",
                ),
                data_set(ObservationNumber=2, ReferencedROINumber=2, RTROIInterpretedType="ORGAN", ROIInterpreter=""),
            ],
            ApprovalStatus="UNAPPROVED",
        ),
        ImplicitVRLittleEndian,
    )
    entries[f"{folder}RT/RP.dcm"] = dicom_bytes(
        _instance(
            therapy | _series("anna rtplan", "RTPLAN", 4, "Plan"),
            RTPlanStorage,
            1,
            RTPlanLabel="LUNG-1",
            RTPlanDate="20240117",
            RTPlanTime="080000",
            RTPlanGeometry="PATIENT",
            PrescriptionDescription="30 x 2 Gy, discussed with Dr. Example",
            BeamSequence=[
                data_set(
                    BeamNumber=1,
                    BeamName="AP",
                    TreatmentMachineName="LINAC-2",
                    BeamType="STATIC",
                    NumberOfControlPoints=0,
                )
            ],
            ApprovalStatus="APPROVED",
            ReviewDate="20240118",
            ReviewTime="160000",
            ReviewerName="Example^Physic^^Dr.",
        ),
        ImplicitVRLittleEndian,
    )
    dose = np.stack([np.clip(stripes(64, 64) * 6000 * np.sin(np.pi * step / 9), 0, None) for step in range(1, 9)])
    entries[f"{folder}RT/RD.dcm"] = dicom_bytes(
        _instance(
            therapy | _series("anna rtdose", "RTDOSE", 5, "Dose"),
            RTDoseStorage,
            1,
            **_plane(1, spacing=4, thickness=10),
            **_pixels((dose * 1000).astype(np.uint32)),
            DoseUnits="GY",
            DoseType="PHYSICAL",
            DoseSummationType="PLAN",
            DoseGridScaling="0.00001",
            GridFrameOffsetVector=[str(10 * step) for step in range(8)],
        ),
        ImplicitVRLittleEndian,
    )
    entries[f"{folder}CR_HAND/1.dcm"] = dicom_bytes(
        _instance(
            ANNA | hand_study | _series("anna cr", "CR", 1, "Hand left dp"),
            ComputedRadiographyImageStorage,
            1,
            **_pixels((hand(384) * 4095).astype(np.uint16), photometric="MONOCHROME1", bits_stored=12),
            BodyPartExamined="HAND",
            Laterality="L",
            PatientComments="Mrs. Sample asks to be called on +49 30 555 0100",
        )
    )
    entries[f"{folder}CR_HAND/report.dcm"] = dicom_bytes(
        _instance(ANNA | hand_study | _series("anna sr", "SR", 2, "Report"), EnhancedSRStorage, 1, **_report())
    )
    pdf = _pdf(
        "Discharge letter", "Sample, Anna Maria, born 1957-04-12", "Dear colleague, this patient does not exist."
    )
    entries[f"{folder}CR_HAND/letter.dcm"] = dicom_bytes(
        _instance(
            ANNA | hand_study | _series("anna pdf", "DOC", 3, "Letter"),
            EncapsulatedPDFStorage,
            1,
            ConversionType="WSD",
            BurnedInAnnotation="YES",
            DocumentTitle="Discharge letter Anna Sample",
            MIMETypeOfEncapsulatedDocument="application/pdf",
            EncapsulatedDocument=pdf,
            EncapsulatedDocumentLength=len(pdf),
        )
    )
    return entries


def _report() -> Attributes:
    def code(value: str, scheme: str, meaning: str) -> list[Dataset]:
        return [data_set(CodeValue=value, CodingSchemeDesignator=scheme, CodeMeaning=meaning)]

    def item(relation: str, kind: str, concept: list[Dataset], **value: object) -> Dataset:
        return data_set(RelationshipType=relation, ValueType=kind, ConceptNameCodeSequence=concept, **value)

    findings = item("CONTAINS", "CONTAINER", code("121070", "DCM", "Findings"), ContinuityOfContent="SEPARATE")
    findings.ContentSequence = [
        item(
            "CONTAINS",
            "TEXT",
            code("121071", "DCM", "Finding"),
            TextValue="Mrs. Anna Sample: no fracture. Compared with 2023-11-02. Dictated by Dr. Oper Example.",
        ),
        item(
            "CONTAINS",
            "NUM",
            code("103339001", "SCT", "Long axis"),
            MeasuredValueSequence=[
                data_set(NumericValue="61.5", MeasurementUnitsCodeSequence=code("mm", "UCUM", "millimeter"))
            ],
        ),
    ]
    return {
        "ValueType": "CONTAINER",
        "ConceptNameCodeSequence": code("18748-4", "LN", "Diagnostic imaging report"),
        "ContinuityOfContent": "SEPARATE",
        "ContentDate": "20240302",
        "ContentTime": "113000",
        "CompletionFlag": "COMPLETE",
        "VerificationFlag": "VERIFIED",
        "VerifyingObserverSequence": [
            data_set(
                VerifyingOrganization="Sampleton General Hospital",
                VerificationDateTime="20240302121500",
                VerifyingObserverName="Example^Verify^^Dr.",
            )
        ],
        "ContentSequence": [
            item("HAS OBS CONTEXT", "PNAME", code("121008", "DCM", "Person Observer Name"), PersonName="Example^Oper"),
            findings,
        ],
    }


# Patient 2: anonymous in the usual places, and what was overlooked.

BEN: Attributes = {
    "PatientName": "Anonymous",
    "PatientID": "ANON-0002",
    "PatientBirthDate": "",
    "PatientSex": "",
    "ReferringPhysicianName": "",
    "PatientIdentityRemoved": "YES",
    "DeidentificationMethod": "In-house script",
}


def _ben() -> dict[str, bytes | None]:
    folder = "ANON-0002/"
    head_study = _study("ben head", "20230607", "MR head", accession="")
    heart_study = _study("ben heart", "20230609", "Echocardiography", accession="")
    entries: dict[str, bytes | None] = {}
    slices = 12
    for number in range(1, slices + 1):
        dataset = _instance(
            BEN | head_study | _series("ben mr", "MR", 1, "t1 tra, patient restless"),
            MRImageStorage,
            number,
            **_plane(number, spacing=1.2, thickness=6),
            **_pixels(np.round(head(192, (number - 1) / slices)).astype(np.uint16), bits_stored=12),
            ImageType=["ORIGINAL", "PRIMARY", "M"],
            ScanningSequence="SE",
            SequenceVariant="NONE",
            ScanOptions="",
            MRAcquisitionType="2D",
            EchoTime="12",
            RepetitionTime="500",
            MagneticFieldStrength="1.5",
            WindowCenter="700",
            WindowWidth="1400",
        )
        _add_private(
            dataset, 0x0029, "EXAMPLE MR HEADER", {0x08: ("CS", "IMAGE NUM 4"), 0x10: ("OB", bytes(range(64)))}
        )
        entries[f"{folder}MR/{number:03d}.dcm"] = dicom_bytes(
            dataset, ImplicitVRLittleEndian if number % 2 else ExplicitVRLittleEndian
        )
    # The header says that nothing is burned in; the picture shows that it is.
    beats = [fan(240, 320, step / 12) for step in range(12)]
    entries[f"{folder}US/heart.dcm"] = dicom_bytes(
        _instance(
            BEN | heart_study | _series("ben us", "US", 1, "4 chambers"),
            UltrasoundMultiFrameImageStorage,
            1,
            **_pixels(np.stack([write(beat, "SAMPLE^BEN 1961-03-12", 6, 6) for beat in beats]), photometric="RGB"),
            FrameIncrementPointer=0x0018_1063,
            FrameTime="40",
            BurnedInAnnotation="NO",
            ImageComments="Seen with Mr. B.",
        )
    )
    indexes = (fan(240, 320, 0.5)[..., 0] // 4).astype(np.uint8)
    entries[f"{folder}US/still.dcm"] = dicom_bytes(
        _instance(
            BEN | heart_study | _series("ben us", "US", 1, "4 chambers"),
            UltrasoundImageStorage,
            2,
            **_pixels(indexes, photometric="PALETTE COLOR"),
            **_warm_palette(64),
        )
    )
    return entries


def _warm_palette(colours: int) -> Attributes:
    """Return a palette from black over orange to white (PS3.3 §C.7.6.3.1.5, §C.7.6.3.1.6)."""
    ramp = np.linspace(0, 1, colours)
    channels = {"Red": ramp**0.5, "Green": ramp, "Blue": ramp**2}
    attributes: Attributes = {}
    for name, channel in channels.items():
        attributes[f"{name}PaletteColorLookupTableDescriptor"] = [colours, 0, 16]
        attributes[f"{name}PaletteColorLookupTableData"] = np.round(channel * 65535).astype("<u2").tobytes()
    return attributes


# Patient 3: cleaned by the Basic Application Level Confidentiality Profile.

CLEANED: Attributes = {
    "PatientName": "ANON-0003",
    "PatientID": "ANON-0003",
    "PatientBirthDate": "",
    "PatientSex": "",
    "ReferringPhysicianName": "",
    "AccessionNumber": "",
    "StudyID": "",
    "StudyDate": "",
    "StudyTime": "",
    "StudyInstanceUID": uid("study", "cleaned"),
    "PatientIdentityRemoved": "YES",
    "DeidentificationMethodCodeSequence": [
        data_set(
            CodeValue="113100",
            CodingSchemeDesignator="DCM",
            CodeMeaning="Basic Application Confidentiality Profile",
        )
    ],
    "LongitudinalTemporalInformationModified": "REMOVED",
}


def _cleaned() -> dict[str, bytes | None]:
    folder = "ANON-0003/"
    entries: dict[str, bytes | None] = {}
    slices = 12
    for number in range(1, slices + 1):
        dataset = _instance(
            CLEANED | _series("cleaned ct", "CT", 1),
            CTImageStorage,
            number,
            **_plane(number, spacing=2.8, thickness=8),
            **_pixels(np.round(thorax(128, number / slices)).astype(np.int16)),
            ImageType=["DERIVED", "PRIMARY", "AXIAL"],
            KVP="",
            RescaleIntercept="0",
            RescaleSlope="1",
            WindowCenter="40",
            WindowWidth="400",
            BurnedInAnnotation="NO",
        )
        entries[f"{folder}1/{number:04d}.dcm"] = dicom_bytes(dataset, DeflatedExplicitVRLittleEndian)
    frames = 10
    heights = [step / frames for step in range(frames)]
    stack = np.stack([np.round(head(128, height)).astype(np.uint16) for height in heights])
    positions = [
        data_set(
            FrameContentSequence=[data_set(StackID="1", InStackPositionNumber=step + 1)],
            PlanePositionSequence=[data_set(ImagePositionPatient=["-90", "-90", str(8 * step)])],
        )
        for step in range(frames)
    ]
    shared = data_set(
        PlaneOrientationSequence=[data_set(ImageOrientationPatient=["1", "0", "0", "0", "1", "0"])],
        PixelMeasuresSequence=[data_set(SliceThickness="8", PixelSpacing=["1.4", "1.4"])],
        FrameVOILUTSequence=[data_set(WindowCenter="700", WindowWidth="1400")],
    )
    functional_groups: Attributes = {
        "SharedFunctionalGroupsSequence": [shared],
        "PerFrameFunctionalGroupsSequence": positions,
    }
    entries[f"{folder}2/0001.dcm"] = dicom_bytes(
        _instance(
            CLEANED | _series("cleaned enhanced mr", "MR", 2),
            EnhancedMRImageStorage,
            1,
            **_pixels(stack, bits_stored=12),
            **functional_groups,
            ImageType=["DERIVED", "PRIMARY", "HEAD", "NONE"],
            BurnedInAnnotation="NO",
        )
    )
    lesion = stack > 1000
    entries[f"{folder}3/0001.dcm"] = dicom_bytes(
        _instance(
            CLEANED | _series("cleaned seg", "SEG", 3),
            SegmentationStorage,
            1,
            **_pixels(lesion.astype(np.uint8), bits_allocated=1),
            **functional_groups,
            ImageType=["DERIVED", "PRIMARY"],
            SegmentationType="BINARY",
            SegmentSequence=[
                data_set(
                    SegmentNumber=1,
                    SegmentLabel="Bright",
                    SegmentAlgorithmType="AUTOMATIC",
                    SegmentAlgorithmName="threshold",
                )
            ],
            BurnedInAnnotation="NO",
        )
    )
    return entries


# Patients 4 to 10: the Standard's own examples of names, each with another transfer syntax.


def _character_sets() -> dict[str, bytes | None]:
    disc = stripes(96, 96)
    angiogram = _instance(
        _foreign(["", "ISO 2022 IR 87"], "Yamada^Tarou=山田^太郎=やまだ^たろう", "JP-1", "XA", "循環器"),
        XRayAngiographicImageStorage,
        1,
        **_pixels((np.stack([disc, 1 - disc, disc**2]) * 255).astype(np.uint8)),
    )
    angiogram.file_meta = FileMetaDataset()
    angiogram.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    angiogram.compress(RLELossless, generate_instance_uid=False)
    del angiogram.file_meta

    return {
        "names/japanese.dcm": dicom_bytes(angiogram, RLELossless),
        "names/greek.dcm": _borrowed(
            "MR_small_jpeg_ls_lossless.dcm",
            _foreign("ISO_IR 126", "Διονυσιος", "GR-1", "NM", "Καρδιά"),
            NuclearMedicineImageStorage,
        ),
        "names/cyrillic.dcm": dicom_bytes(
            _instance(
                _foreign("ISO_IR 144", "Люкceмбypг", "RU-1", "PT", "Голова"),
                PositronEmissionTomographyImageStorage,
                1,
                **_pixels((head(128, 0.2) * 8).astype(np.uint16), big_endian=True),
                RescaleIntercept="0",
                RescaleSlope="0.25",
                Units="BQML",
            ),
            ExplicitVRBigEndian,
        ),
        "names/french.dcm": _borrowed(
            "SC_rgb_jpeg_gdcm.dcm",
            _foreign("ISO_IR 100", "Buc^Jérôme", "FR-1", "OT", "Écran"),
            SecondaryCaptureImageStorage,
        ),
        "names/chinese.dcm": _borrowed(
            "MR_small_jp2klossless.dcm",
            _foreign("GB18030", "Wang^XiaoDong=王^小东", "CN-1", "MR", "头部"),
            MRImageStorage,
        ),
        "names/korean.dcm": _borrowed(
            "SC_rgb_dcmtk_+eb+cy+np.dcm",
            _foreign(["", "ISO 2022 IR 149"], "Hong^Gildong=洪^吉洞=홍^길동", "KR-1", "OT", "화면"),
            SecondaryCaptureImageStorage,
        ),
        "names/korean, not compressed.dcm": _borrowed(
            "SC_ybr_full_422_uncompressed.dcm",
            _foreign(["", "ISO 2022 IR 149"], "Hong^Gildong=洪^吉洞=홍^길동", "KR-1", "OT", "화면"),
            SecondaryCaptureImageStorage,
            number=2,
        ),
        "names/any script.dcm": dicom_bytes(
            _instance(
                _foreign("ISO_IR 192", "Müller^Änne=王^小東", "UTF-8", "ECG", "Ruhe-EKG · ηρεμία"),
                TwelveLeadECGWaveformStorage,
                1,
                WaveformSequence=[_electrocardiogram(seconds=4, samples_per_second=250)],
            )
        ),
    }


def _foreign(character_set: str | list[str], name: str, patient_id: str, modality: str, description: str) -> Attributes:
    patient: Attributes = {
        "SpecificCharacterSet": character_set,
        "PatientName": name,
        "PatientID": patient_id,
        "PatientBirthDate": "19700101",
        "PatientSex": "O",
        "ReferringPhysicianName": "",
    }
    study = _study(patient_id, "20240220", description, accession=f"{patient_id}-1")
    return patient | study | _series(patient_id, modality, 1, description)


def _borrowed(name: str, attributes: Attributes, sop_class: str, number: int = 1) -> bytes:
    """Return an instance with the pixels, and nothing else, of one of pydicom's packaged files."""
    lender = pydicom.dcmread(pydicom_path(name))
    dataset = _instance(attributes, sop_class, number)
    for element in lender.group_dataset(0x0028):
        dataset.add(element)
    dataset.add(lender["PixelData"])
    return dicom_bytes(dataset, lender.file_meta.TransferSyntaxUID)


def _electrocardiogram(seconds: int, samples_per_second: int) -> Dataset:
    """Return two leads of a heart that beats every second (PS3.3 §C.10.9)."""
    time = np.arange(seconds * samples_per_second) / samples_per_second % 1
    bumps = ((0.2, 0.025, 150), (0.37, 0.010, -120), (0.40, 0.012, 1100), (0.43, 0.010, -250), (0.65, 0.05, 300))
    lead = sum(height * np.exp(-(((time - centre) / width) ** 2)) for centre, width, height in bumps)
    leads = np.stack([lead, lead * 0.6], axis=1)
    channels = [
        data_set(
            ChannelLabel=label,
            WaveformBitsStored=16,
            ChannelSensitivity="1",
            ChannelSensitivityUnitsSequence=[
                data_set(CodeValue="uV", CodingSchemeDesignator="UCUM", CodeMeaning="microvolt")
            ],
            ChannelSourceSequence=[data_set(CodeValue=code, CodingSchemeDesignator="MDC", CodeMeaning=f"Lead {label}")],
        )
        for label, code in (("I", "2:1"), ("II", "2:2"))
    ]
    return data_set(
        WaveformOriginality="ORIGINAL",
        NumberOfWaveformChannels=2,
        NumberOfWaveformSamples=len(leads),
        SamplingFrequency=str(samples_per_second),
        ChannelDefinitionSequence=channels,
        WaveformBitsAllocated=16,
        WaveformSampleInterpretation="SS",
        WaveformData=np.round(leads).astype("<i2").tobytes(),
    )


# What lies beside the images in a real export.

_READ_ME = """A sample for the DICOM Zip Inspector. Nobody in it exists.

SAMPLE_ANNA  as a scanner sends a patient: everything is still there
ANON-0002  someone took the name out, and overlooked some things: look at the pictures too
ANON-0003    cleaned as the Standard asks
names        scripts of the world
"""


def _other_files() -> dict[str, bytes | None]:
    apple_double = struct.pack(">II16xH", 0x0005_1607, 0x0002_0000, 0)
    return {
        "export/": None,
        "export/worklist.csv": b"name,id,born\r\nSample^Anna,ZS-0001,1957-04-12\r\nSample^Ben,ZS-0002,1961-03-12\r\n",
        "export/Überweisung.txt": "Überwiesen von Dr. Example\n".encode(),
        "export/logo.png": _png(np.round(draw(48, 255, ()) - 200 * stripes(48, 48)).astype(np.uint8)),
        "export/viewer.log": b"2024-03-02 12:00:01 opened Z:\\radiology\\sample_anna\\CT_THORAX\r\n",
        "export/empty.txt": b"",
        "__MACOSX/export/._worklist.csv": apple_double,
    }


# The parts of which the objects above are made.


def _study(key: str, date: str, description: str, accession: str) -> Attributes:
    return {
        "StudyInstanceUID": uid("study", key),
        "StudyDate": date,
        "StudyTime": "093000",
        "StudyDescription": description,
        "StudyID": key[:16],
        "AccessionNumber": accession,
    }


def _series(key: str, modality: str, number: int, description: str = "") -> Attributes:
    series: Attributes = {
        "SeriesInstanceUID": uid("series", key),
        "FrameOfReferenceUID": uid("frame of reference", key),
        "Modality": modality,
        "SeriesNumber": str(number),
    }
    return series | ({"SeriesDescription": description} if description else {})


def _instance(attributes: Attributes, sop_class: str, number: int, **more: object) -> Dataset:
    instance: Attributes = {
        "SpecificCharacterSet": "ISO_IR 100",
        "SOPClassUID": sop_class,
        "SOPInstanceUID": uid("instance", attributes["SeriesInstanceUID"], number),
        "InstanceNumber": str(number),
    }
    return data_set(**(instance | attributes | more))


def _plane(number: int, spacing: float, thickness: float) -> Attributes:
    """Return the geometry of an axial slice, counted from 1 at the feet (PS3.3 §C.7.6.2)."""
    return {
        "ImagePositionPatient": ["-180", "-180", str((number - 1) * thickness)],
        "ImageOrientationPatient": ["1", "0", "0", "0", "1", "0"],
        "PixelSpacing": [str(spacing), str(spacing)],
        "SliceThickness": str(thickness),
    }


def _pixels(
    stored: NDArray[np.generic],
    photometric: str = "MONOCHROME2",
    bits_stored: int | None = None,
    bits_allocated: int | None = None,
    *,
    big_endian: bool = False,
) -> Attributes:
    """Return the Image Pixel module of stored values (PS3.3 §C.7.6.3): one frame, or several along the first axis."""
    colour = photometric == "RGB"
    allocated = bits_allocated or stored.dtype.itemsize * 8
    frames = stored.shape[0] if stored.ndim == (4 if colour else 3) else None
    rows, columns = stored.shape[-3:-1] if colour else stored.shape[-2:]
    data = stored.astype(stored.dtype.newbyteorder(">" if big_endian else "<")).tobytes()
    if allocated == 1:
        data = np.packbits(stored.ravel(), bitorder="little").tobytes()
    attributes: Attributes = {
        "SamplesPerPixel": 3 if colour else 1,
        "PhotometricInterpretation": photometric,
        "Rows": rows,
        "Columns": columns,
        "BitsAllocated": allocated,
        "BitsStored": bits_stored or allocated,
        "HighBit": (bits_stored or allocated) - 1,
        "PixelRepresentation": int(np.issubdtype(stored.dtype, np.signedinteger)),
        "PixelData": data + b"\0" * (len(data) % 2),
    }
    if colour:
        attributes["PlanarConfiguration"] = 0
    if frames is not None:
        attributes["NumberOfFrames"] = str(frames)
    return attributes


def _add_private(dataset: Dataset, group: int, creator: str, elements: dict[int, tuple[str, object]]) -> None:
    block = dataset.private_block(group, creator, create=True)
    for offset, (vr, value) in elements.items():
        block.add_new(offset, vr, value)


def _circle(centre_mm: tuple[float, float], radius_mm: float, height: float) -> Dataset:
    """Return a contour of 24 points in the patient's coordinates, mm (PS3.3 §C.8.8.6)."""
    angles = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    x, y = centre_mm[0] + radius_mm * np.cos(angles), centre_mm[1] + radius_mm * np.sin(angles)
    points = [f"{value:.1f}" for pair in zip(x, y, strict=True) for value in (*pair, height)]
    return data_set(ContourGeometricType="CLOSED_PLANAR", NumberOfContourPoints=24, ContourData=points)


def _pdf(*lines: str) -> bytes:
    """Return a PDF of one page with these lines."""
    text = "BT /F1 14 Tf 72 720 Td 20 TL " + " ".join(f"({line}) Tj T*" for line in lines) + " ET"
    objects = (
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        " /Resources << /Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(text)} >>\nstream\n{text}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    document, offsets = "%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(document))
        document += f"{number} 0 obj\n{body}\nendobj\n"
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    count = len(objects) + 1
    document += f"xref\n0 {count}\n0000000000 65535 f \n{table}"
    document += f"trailer\n<< /Size {count} /Root 1 0 R >>\nstartxref\n{document.index('xref')}\n%%EOF\n"
    return document.encode("ascii") + b"\0" * (len(document) % 2)


def _png(grey: NDArray[np.uint8]) -> bytes:
    """Return a grey picture as PNG (ISO/IEC 15948)."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows, columns = grey.shape
    lines = b"".join(b"\0" + row.tobytes() for row in grey)
    header = struct.pack(">IIBBBBB", columns, rows, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")


def main() -> None:
    """Write the sample to the path that the command line names."""
    if len(sys.argv) != 2:
        raise SystemExit("usage: python -m tests.sample OUTPUT")
    Path(sys.argv[1]).write_bytes(zip_bytes(sample_entries()))


if __name__ == "__main__":
    main()
