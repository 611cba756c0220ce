"""Objects without pixels for the tests: a report, a PDF, a presentation state, an ECG, a structure set on a CT."""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence

from pydicom import Dataset

from tests.builders import data_set, uid

FRAME_OF_REFERENCE = uid("frame of reference")
CT_UID = uid("ct with contours")


def code(value: str, scheme: str, meaning: str) -> Dataset:
    """Return a coded concept (PS3.3 §8)."""
    return data_set(CodeValue=value, CodingSchemeDesignator=scheme, CodeMeaning=meaning)


def content_item(value_type: str, name: Dataset | None, relationship: str = "CONTAINS", **values: object) -> Dataset:
    """Return a content item (PS3.3 §C.17.3)."""
    item = data_set(RelationshipType=relationship, ValueType=value_type, **values)
    if name is not None:
        item.ConceptNameCodeSequence = [name]
    return item


def _identity(modality: str, sop_class: str, name: str) -> Dataset:
    return data_set(
        SOPClassUID=sop_class,
        SOPInstanceUID=uid(name),
        StudyDate="20240115",
        Modality=modality,
        PatientName="Sample^Anna",
        PatientID="4711",
        StudyInstanceUID=uid("study"),
        SeriesInstanceUID=uid("series", name),
    )


def report() -> Dataset:
    """Return a clinical report: sections, text, a measurement inferred from a region on an image, and its image."""
    image = data_set(ReferencedSOPClassUID="1.2.840.10008.5.1.4.1.1.2", ReferencedSOPInstanceUID=CT_UID)
    region = content_item("SCOORD", code("111030", "DCM", "Image Region"), "INFERRED FROM")
    region.GraphicType = "POLYLINE"
    region.GraphicData = [1.0, 2.0, 3.0, 4.0]
    region.ContentSequence = [content_item("IMAGE", None, "SELECTED FROM", ReferencedSOPSequence=[image])]
    diameter = content_item("NUM", code("81827009", "SCT", "Diameter"))
    diameter.MeasuredValueSequence = [
        data_set(NumericValue="12.5", MeasurementUnitsCodeSequence=[code("mm", "UCUM", "millimeter")])
    ]
    diameter.ContentSequence = [region]
    findings = content_item("CONTAINER", code("121070", "DCM", "Findings"), ContinuityOfContent="SEPARATE")
    findings.ContentSequence = [
        content_item("TEXT", code("121071", "DCM", "Finding"), TextValue="Mrs. Sample has a nodule in the right lung."),
        diameter,
        content_item("CODE", code("121071", "DCM", "Finding"), ConceptCodeSequence=[code("27925004", "SCT", "Nodule")]),
    ]
    same = data_set(RelationshipType="INFERRED FROM", ReferencedContentItemIdentifier=[1, 2, 2])
    nowhere = data_set(RelationshipType="INFERRED FROM", ReferencedContentItemIdentifier=[1, 9])
    conclusion = content_item("CODE", code("121073", "DCM", "Impression"))
    conclusion.ConceptCodeSequence = [code("R-1", "99LOCAL", "Follow up")]
    conclusion.ContentSequence = [same, nowhere]
    dataset = _identity("SR", "1.2.840.10008.5.1.4.1.1.88.33", "report")
    dataset.update(
        data_set(
            ValueType="CONTAINER",
            ConceptNameCodeSequence=[code("18747-6", "LN", "CT Report")],
            CompletionFlag="COMPLETE",
            VerificationFlag="VERIFIED",
            VerifyingObserverSequence=[
                data_set(VerifyingObserverName="Reader^Rita", VerificationDateTime="20240115101500")
            ],
            ContentSequence=[
                content_item(
                    "PNAME", code("121008", "DCM", "Person Observer Name"), "HAS OBS CONTEXT", PersonName="Reader^Rita"
                ),
                findings,
                conclusion,
                content_item("IMAGE", code("121191", "DCM", "Referenced Image"), ReferencedSOPSequence=[image]),
            ],
        )
    )
    return dataset


def pdf(pages: Sequence[str]) -> bytes:
    """Return a PDF with one line of text on each page."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b""]
    kids = []
    for text in pages:
        stream = f"BT /F1 12 Tf 20 100 Td ({text}) Tj ET".encode("latin-1")
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
        font = b"<< /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >>"
        place = b"/Parent 2 0 R /MediaBox [0 0 300 200] /Contents %d 0 R" % len(objects)
        objects.append(b"<< /Type /Page %s /Resources << /Font %s >> >>" % (place, font))
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(kids), b" ".join(kids))
    data, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    trailer = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, len(data))
    return data + b"xref\n0 %d\n0000000000 65535 f \n" % size + table + trailer


def encapsulated_pdf(pages: Sequence[str] = ("Letter about Anna Sample", "Second page")) -> Dataset:
    """Return an encapsulated PDF (PS3.3 §C.24.2)."""
    data = pdf(pages)
    dataset = _identity("DOC", "1.2.840.10008.5.1.4.1.1.104.1", "letter")
    dataset.DocumentTitle = "Letter"
    dataset.MIMETypeOfEncapsulatedDocument = "application/pdf"
    dataset.EncapsulatedDocument = data + b"\0" * (len(data) % 2)
    dataset.EncapsulatedDocumentLength = len(data)
    return dataset


def presentation_state() -> Dataset:
    """Return a grayscale softcopy presentation state with a text and an arrow (PS3.3 §A.33.1)."""
    image = data_set(ReferencedSOPClassUID="1.2.840.10008.5.1.4.1.1.2", ReferencedSOPInstanceUID=CT_UID)
    text = data_set(
        UnformattedTextValue="Anna Sample, prior", AnchorPoint=[10.0, 20.0], AnchorPointAnnotationUnits="PIXEL"
    )
    arrow = data_set(GraphicType="POLYLINE", NumberOfGraphicPoints=2, GraphicData=[1.0, 1.0, 5.0, 5.0])
    dataset = _identity("PR", "1.2.840.10008.5.1.4.1.1.11.1", "presentation")
    dataset.update(
        data_set(
            ContentLabel="KEY",
            ContentDescription="For the board",
            ContentCreatorName="Reader^Rita",
            PresentationCreationDate="20240115",
            GraphicAnnotationSequence=[
                data_set(
                    GraphicLayer="NOTES",
                    ReferencedImageSequence=[image],
                    TextObjectSequence=[text],
                    GraphicObjectSequence=[arrow],
                )
            ],
            ReferencedSeriesSequence=[data_set(SeriesInstanceUID=uid("ct"), ReferencedImageSequence=[image])],
            SoftcopyVOILUTSequence=[
                data_set(WindowCenter="40", WindowWidth="400", WindowCenterWidthExplanation="SOFT")
            ],
        )
    )
    return dataset


def waveform(
    seconds: float = 2.0, frequency: float = 500.0, channels: Sequence[str] = ("Lead I", "Lead II"), **values: object
) -> Dataset:
    """Return an ECG: each channel a sine of 1 Hz and 1000 counts, at 1 µV a count (PS3.3 §C.10.9)."""
    count = int(seconds * frequency)
    samples = [int(1000 * math.sin(2 * math.pi * at / frequency)) for at in range(count)]
    interleaved = [sample for sample in samples for _ in channels]
    definitions = [
        data_set(
            ChannelLabel=label,
            ChannelSensitivity="1.0",
            ChannelSensitivityUnitsSequence=[code("uV", "UCUM", "microvolt")],
            ChannelSensitivityCorrectionFactor="1",
            ChannelBaseline="0",
            WaveformBitsStored=16,
        )
        for label in channels
    ]
    group = data_set(
        NumberOfWaveformChannels=len(channels),
        NumberOfWaveformSamples=count,
        SamplingFrequency=str(frequency),
        MultiplexGroupLabel="RHYTHM",
        ChannelDefinitionSequence=definitions,
        WaveformBitsAllocated=16,
        WaveformSampleInterpretation="SS",
        WaveformData=struct.pack(f"<{len(interleaved)}h", *interleaved),
    )
    for keyword, value in values.items():
        setattr(group, keyword, value)
    dataset = _identity("ECG", "1.2.840.10008.5.1.4.1.1.9.1.1", "ecg")
    dataset.WaveformSequence = [group]
    dataset.WaveformAnnotationSequence = [
        data_set(UnformattedTextValue="Sinus rhythm", ReferencedWaveformChannels=[1, 0], AnnotationGroupNumber=1)
    ]
    return dataset


def ct_slice(rows: int = 32, columns: int = 32, z: float = 10.0) -> Dataset:
    """Return an axial CT slice, pixels of 2 mm × 1 mm, whose first pixel's centre is at x 100, y −50."""
    dataset = _identity("CT", "1.2.840.10008.5.1.4.1.1.2", "ct")
    dataset.update(
        data_set(
            SOPInstanceUID=CT_UID,
            FrameOfReferenceUID=FRAME_OF_REFERENCE,
            ImagePositionPatient=[100, -50, z],
            ImageOrientationPatient=[1, 0, 0, 0, 1, 0],
            PixelSpacing=[2, 1],
            SliceThickness="5",
            Rows=rows,
            Columns=columns,
            SamplesPerPixel=1,
            PhotometricInterpretation="MONOCHROME2",
            BitsAllocated=8,
            BitsStored=8,
            HighBit=7,
            PixelRepresentation=0,
            PixelData=bytes(rows * columns),
        )
    )
    return dataset


def structure_set(z: float = 10.0, *, names_image: bool = True) -> Dataset:
    """Return a structure set: a rectangle from column 4, row 5 to column 20, row 15 of `ct_slice`, and a point."""
    corners = [(4, 5), (20, 5), (20, 15), (4, 15)]  # centres of pixels, counted from 0
    square = [number for column, row in corners for number in (100 + column * 1.0, -50 + row * 2.0, z)]
    contour = data_set(ContourGeometricType="CLOSED_PLANAR", NumberOfContourPoints=4, ContourData=square)
    if names_image:
        contour.ContourImageSequence = [
            data_set(ReferencedSOPClassUID="1.2.840.10008.5.1.4.1.1.2", ReferencedSOPInstanceUID=CT_UID)
        ]
    point = data_set(ContourGeometricType="POINT", NumberOfContourPoints=1, ContourData=[110.0, -30.0, z])
    dataset = _identity("RTSTRUCT", "1.2.840.10008.5.1.4.1.1.481.3", "structures")
    dataset.update(
        data_set(
            StructureSetLabel="PLAN1",
            StructureSetDate="20240115",
            ReferencedFrameOfReferenceSequence=[data_set(FrameOfReferenceUID=FRAME_OF_REFERENCE)],
            StructureSetROISequence=[
                data_set(ROINumber=1, ROIName="Heart", ReferencedFrameOfReferenceUID=FRAME_OF_REFERENCE),
                data_set(ROINumber=2, ROIName="Isocentre", ReferencedFrameOfReferenceUID=FRAME_OF_REFERENCE),
            ],
            ROIContourSequence=[
                data_set(ReferencedROINumber=1, ROIDisplayColor=[255, 0, 128], ContourSequence=[contour]),
                data_set(ReferencedROINumber=2, ROIDisplayColor=[0, 255, 0], ContourSequence=[point]),
            ],
            RTROIObservationsSequence=[
                data_set(ObservationNumber=1, ReferencedROINumber=1, RTROIInterpretedType="ORGAN", ROIInterpreter="")
            ],
        )
    )
    return dataset
