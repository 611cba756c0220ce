"""Archives in which everything that is text wants to become markup or code, in whoever shows it.

Each payload does the same where it succeeds: an element with the attribute `data-hostile` comes into being, or
`window.broken` is set, or an address below `/leak/` is asked for.
"""

from __future__ import annotations

import io
import itertools
import tarfile
import zipfile
from collections.abc import Iterator

from pydicom import Dataset
from pydicom.config import disable_value_validation
from pydicom.dataelem import RawDataElement
from pydicom.tag import Tag
from pydicom.uid import ExplicitVRLittleEndian, MediaStorageDirectoryStorage

from tests.builders import ZIP_DATE, data_set, data_set_bytes, dicom_bytes, uid, zip_bytes
from tests.objects import code, ct_slice, encapsulated_pdf, presentation_state, report, structure_set, waveform

ADDRESS = "http://127.0.0.1:9/leak/"
"""Where the payloads lead unless told otherwise: nobody listens there."""

STRING_VRS = ("AE", "AS", "CS", "DA", "DS", "DT", "IS", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UI", "UR", "UT")

KEPT = {
    # Without these the object would be another one, or none: how it is taken apart.
    *("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "ReferencedSOPClassUID"),
    *("ReferencedSOPInstanceUID", "ValueType", "RelationshipType", "ContinuityOfContent", "GraphicType"),
    *("Modality", "PhotometricInterpretation", "GraphicAnnotationUnits", "AnchorPointAnnotationUnits"),
    *("PixelSpacing", "ImagePositionPatient", "ImageOrientationPatient", "ContourData", "ContourGeometricType"),
    *("FrameOfReferenceUID", "RescaleSlope", "RescaleIntercept", "WindowCenter", "WindowWidth", "NumericValue"),
    *("ROINumber", "ReferencedROINumber", "NumberOfContourPoints", "SamplingFrequency", "InstanceNumber"),
    "DirectoryRecordType",
}


def payloads(address: str = ADDRESS) -> tuple[str, ...]:
    """Return texts that become an element, a script or a request, each in another context."""
    return (
        f"<img data-hostile src={address}text onerror=window.broken=1>",
        f'"><img data-hostile src="{address}attribute" onerror="window.broken=1">',
        "'><svg data-hostile onload=window.broken=1></svg>",
        "</td></tr></table></script></style></title></textarea><script data-hostile>window.broken=1</script>",
        '" autofocus onfocus="window.broken=1" data-hostile="',
        "javascript:window.broken=1",
        f"data:text/html,<script>location='{address}data'</script>",
        "{{constructor.constructor('window.broken=1')()}}${window.broken=1}<%= window.broken=1 %>",
        f"</style><link data-hostile rel=stylesheet href={address}sheet>);}}*{{background:url({address}css)}}",
        "--><b data-hostile>-->]]><b data-hostile>",
        "&lt;img data-hostile src=x onerror=window.broken=1&gt;&#60;b data-hostile&#62;",
        "%3Cimg data-hostile%3E\u003cimg data-hostile\u003e",
        f"<base data-hostile href={address}><meta data-hostile http-equiv=refresh content=0;url={address}refresh>",
        f"<iframe data-hostile srcdoc='<script>parent.broken=1</script>'></iframe><object data={address}object>",
        "<form data-hostile id=file><input name=textContent></form>",
        "__proto__",
        "constructor",
        '{"__proto__": {"broken": 1}}',
    )


FORMULAS = (
    "=HYPERLINK(0)",
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(1)",
    "\t=1+1",
    "\r=1+1",
    "=cmd|'/c calc'!A1",
    "\uff1d1+1",
)
"""Texts that a spreadsheet would compute."""


def hostile_zip(address: str = ADDRESS) -> bytes:
    """Return a zip of hostile objects, names, comments and other files."""
    with disable_value_validation():  # that the values are not what their VR allows is the point
        return _hostile_zip(address)


def _hostile_zip(address: str) -> bytes:
    texts = itertools.cycle(payloads(address))
    entries: dict[str, bytes | None] = {}
    for number, dataset in enumerate(_objects()):
        _poison(dataset, texts)
        _add_each_vr(dataset, texts)
        _add_private(dataset, texts)
        entries[f"{number}/{_file_name(next(texts))}"] = dicom_bytes(dataset)
    for number, formula in enumerate(FORMULAS):
        dataset = ct_slice()
        dataset.SOPInstanceUID = uid("formula", number)
        _set(dataset, "PatientComments", formula)
        _set(dataset, "StudyDescription", formula)
        entries[f"{formula}.dcm"] = dicom_bytes(dataset)
    entries["DICOMDIR"] = _directory(texts)
    for text in payloads(address):
        name, data = _file_name(text), text.encode()
        entries[f"text/{name}.txt"] = data
        entries[f"text/{name}.html"] = b"<!doctype html><title>" + data + b"</title>" + data
        entries[f"text/{name}.xml"] = b'<?xml version="1.0"?><a b="x">' + data + b"</a>"
        entries[f"text/{name}.hl7"] = b"MSH|^~\\&|A|B|C|D|20240115||ADT^A01|1|P|2.5\rPID|1||4711||" + data + b"\r"
    names = [_file_name(text) for text in payloads(address)]
    entries["inner.zip"] = zip_bytes({name: text.encode() for name, text in zip(names, payloads(address), strict=True)})
    entries["inner.tar"] = tar_bytes(address)
    for number, name in enumerate(names):  # unreadable, so that the name and the reason are shown
        entries[f"damaged/{number}/{name}.dcm"] = dicom_bytes(ct_slice())[:-700]
        entries[f"folder/{number}/{name}"] = None
    entries["__proto__"] = entries["constructor"] = entries["toString"] = b"plain"
    entries["__proto__/x.dcm"] = dicom_bytes(ct_slice())
    entries["syntax.dcm"] = _with_meta(ct_slice(), payloads(address))
    return _with_comments(entries, payloads(address))


def tar_bytes(address: str = ADDRESS) -> bytes:
    """Return a tar with hostile member names, of links too."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as tar:
        for text in payloads(address):
            info = tarfile.TarInfo(_file_name(text))
            info.size = len(text.encode())
            info.uname = info.gname = text[:30]
            tar.addfile(info, io.BytesIO(text.encode()))
            link = tarfile.TarInfo(f"link {_file_name(text)}")
            link.type, link.linkname = tarfile.SYMTYPE, text
            tar.addfile(link)
    return file.getvalue()


def _objects() -> Iterator[Dataset]:
    yield report()
    yield structure_set()
    yield waveform()
    yield encapsulated_pdf()
    yield presentation_state()
    cda = encapsulated_pdf()
    cda.SOPInstanceUID = uid("cda")
    cda.MIMETypeOfEncapsulatedDocument = "text/xml"
    cda.EncapsulatedDocument = "".join(f"<a>{text}</a>" for text in payloads()).encode()
    yield cda
    for number in range(len(payloads())):
        image = ct_slice()
        image.SOPInstanceUID = uid("hostile image", number)
        image.SeriesInstanceUID = uid("hostile series", number)
        image.StudyInstanceUID = uid("hostile study", number)
        image.InstitutionName = image.WindowCenterWidthExplanation = image.RescaleType = image.BodyPartExamined = "x"
        image.SeriesDescription = image.StudyDescription = image.PatientComments = image.ImageType = "x"
        image.AcquisitionContextSequence = [code("x", "x", "x")]
        yield image


def _poison(dataset: Dataset, texts: Iterator[str]) -> None:
    """Replace every text in place, down to the last Item."""
    for element in list(dataset):
        if element.VR == "SQ":
            for item in element.value:
                _poison(item, texts)
        elif element.VR in STRING_VRS and element.keyword not in KEPT:
            _set(dataset, element.tag, next(texts), element.VR)


def _set(dataset: Dataset, where: str | int, text: str, vr: str = "LT") -> None:
    """Set a value as it is: what its VR allows is not asked."""
    data = text.encode()
    tag = Tag(where)
    dataset[tag] = RawDataElement(tag, vr, len(data), data + b" " * (len(data) % 2), 0, False, True)


def _add_each_vr(dataset: Dataset, texts: Iterator[str]) -> None:
    by_vr = {
        "AE": "RetrieveAETitle",
        "AS": "PatientAge",
        "CS": "PatientSex",
        "DA": "PatientBirthDate",
        "DS": "PatientWeight",
        "DT": "AcquisitionDateTime",
        "IS": "SeriesNumber",
        "LO": "SeriesDescription",
        "LT": "PatientComments",
        "PN": "PatientName",
        "SH": "AccessionNumber",
        "ST": "InstitutionAddress",
        "TM": "StudyTime",
        "UC": "LongCodeValue",
        "UI": "InstanceCreatorUID",
        "UR": "RetrieveURL",
        "UT": "TextValue",
    }
    for vr in STRING_VRS:
        if by_vr[vr] != "TextValue" or "TextValue" not in dataset:
            _set(dataset, by_vr[vr], next(texts), vr)
    _set(dataset, "PatientID", next(texts), "LO")


def _add_private(dataset: Dataset, texts: Iterator[str]) -> None:
    for block in range(0x10, 0x16):
        _set(dataset, 0x0033_0000 + block, next(texts), "LO")
        _set(dataset, 0x0033_0000 + (block << 8) + 1, next(texts), "LO")
        _set(dataset, 0x0033_0000 + (block << 8) + 2, next(texts), "OB")


def _directory(texts: Iterator[str]) -> bytes:
    records = [
        data_set(DirectoryRecordType="PATIENT", PatientName="x", PatientID="x", ReferencedFileID="x")
        for _ in range(len(payloads()))
    ]
    dataset = data_set(
        SOPClassUID=MediaStorageDirectoryStorage,
        SOPInstanceUID=uid("directory"),
        FileSetID="x",
        DirectoryRecordSequence=records,
    )
    _poison(dataset, texts)
    return dicom_bytes(dataset)


def _with_meta(dataset: Dataset, texts: tuple[str, ...]) -> bytes:
    """Return a file whose meta information is hostile from its transfer syntax on (PS3.10 §7.1)."""
    meta = Dataset()
    for number, keyword in enumerate(
        ("TransferSyntaxUID", "ImplementationClassUID", "ImplementationVersionName", "SourceApplicationEntityTitle")
    ):
        _set(meta, keyword, texts[number], "UI" if keyword.endswith("UID") else "SH")
    return bytes(128) + b"DICM" + data_set_bytes(meta) + data_set_bytes(dataset, ExplicitVRLittleEndian)


def _with_comments(entries: dict[str, bytes | None], texts: tuple[str, ...]) -> bytes:
    file = io.BytesIO()
    comments = itertools.cycle(texts)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            info = zipfile.ZipInfo(name + "/" if data is None else name, ZIP_DATE)
            info.comment = next(comments).encode()
            archive.writestr(info, data or b"")
        archive.comment = "\n".join(texts).encode()
    return file.getvalue()


def _file_name(text: str) -> str:
    """Return the text as one part of a path."""
    return text.replace("/", "\u2215")
