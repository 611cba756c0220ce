"""Objects that say little in words, in tables: segments, registrations, fiducials, surfaces, directories (PS3.3)."""

from __future__ import annotations

from collections import Counter

from pycore.documents.blocks import Block, Heading, Run, Runs, fields, plain, table
from pycore.documents.data_set import DataSet
from pycore.documents.references import class_name


def read_segments(data_set: DataSet) -> tuple[Block, ...]:
    """Return the segments of a segmentation, of pixels or of surfaces (PS3.3 §C.8.20.2, §C.8.23.1)."""
    segments = data_set.items("SegmentSequence")
    if not segments:
        return ()
    rows = [
        (
            plain(segment.text("SegmentNumber")),
            (segment.run("SegmentLabel")._replace(color=_lab_color(segment)),),
            (segment.run("SegmentDescription"),),
            segment.code("SegmentedPropertyTypeCodeSequence"),
            segment.code("SegmentedPropertyCategoryCodeSequence"),
            segment.codes("AnatomicRegionSequence"),
            segment.runs("SegmentAlgorithmType", "SegmentAlgorithmName"),
        )
        for segment in segments
    ]
    columns = ("No.", "Segment", "Description", "What it is", "Category", "Where", "Made by")
    return (
        *fields([("Segmentation", data_set.runs("SegmentationType", "SegmentationFractionalType", "ContentLabel"))]),
        Heading(plain(f"Segments: {len(segments):,}")),
        *table(columns, rows, "segments"),
    )


def read_surfaces(data_set: DataSet) -> tuple[Block, ...]:
    """Return the surfaces of a mesh (PS3.3 §C.27.1)."""
    surfaces = data_set.items("SurfaceSequence")
    if not surfaces:
        return ()
    rows = [
        (
            plain(surface.text("SurfaceNumber")),
            (surface.run("SurfaceComments")._replace(color=_lab_color(surface)),),
            surface.item("SurfacePointsSequence").runs("NumberOfSurfacePoints"),
        )
        for surface in surfaces
    ]
    return (Heading(plain(f"Surfaces: {len(surfaces):,}")), *table(("No.", "Surface", "Points"), rows, "surfaces"))


def read_registration(data_set: DataSet) -> tuple[Block, ...]:
    """Return what is registered with what, and how (PS3.3 §C.20.2, §C.20.3)."""
    deformable = data_set.items("DeformableRegistrationSequence")
    rigid = data_set.items("RegistrationSequence")
    rows = []
    for item in [*rigid, *deformable]:
        inner = item.item("MatrixRegistrationSequence")
        matrix = (
            inner.item("MatrixSequence")
            if inner.items("MatrixSequence")
            else item.item("PreDeformationMatrixRegistrationSequence")
        )
        grid = item.item("DeformableRegistrationGridSequence")
        rows.append(
            (
                item.runs("FrameOfReferenceUID", "SourceFrameOfReferenceUID"),
                inner.code("RegistrationTypeCodeSequence") or item.code("RegistrationTypeCodeSequence"),
                matrix.runs("FrameOfReferenceTransformationMatrixType"),
                plain(_matrix(matrix.numbers("FrameOfReferenceTransformationMatrix"))),
                plain(" × ".join(f"{one:g}" for one in grid.numbers("GridDimensions"))),
                plain(f"{len(item.items('ReferencedImageSequence')):,}"),
            )
        )
    if not rows:
        return ()
    columns = ("Frame of Reference", "Method", "Type", "Matrix", "Grid", "Images")
    return (Heading(plain(f"Registrations: {len(rows):,}")), *table(columns, rows, "registrations"))


def read_fiducials(data_set: DataSet) -> tuple[Block, ...]:
    """Return the points that are marked (PS3.3 §C.21.1)."""
    rows = [
        (
            fiducial.runs("FiducialIdentifier", "FiducialDescription")
            or fiducial.code("FiducialIdentifierCodeSequence"),
            fiducial.runs("ShapeType"),
            plain(", ".join(f"{one:g}" for one in fiducial.numbers("ContourData")[:12])),
        )
        for group in data_set.items("FiducialSetSequence")
        for fiducial in group.items("FiducialSequence")
    ]
    return (
        (Heading(plain(f"Fiducials: {len(rows):,}")), *table(("Point", "Shape", "Where, mm"), rows, "points"))
        if rows
        else ()
    )


def read_directory(data_set: DataSet) -> tuple[Block, ...]:
    """Return the records of a DICOMDIR: what it says is on the medium (PS3.3 §F)."""
    records = data_set.items("DirectoryRecordSequence")
    if "FileSetID" not in data_set and not records:
        return ()
    counts = Counter(record.text("DirectoryRecordType").lower() or "record" for record in records)
    rows = [
        (
            plain(record.text("DirectoryRecordType")),
            plain(record.text("ReferencedFileID").replace("\\", "/")),
            _record(record),
            plain(class_name(record.text("ReferencedSOPClassUIDInFile"))),
        )
        for record in records
    ]
    return (
        *fields(
            [
                ("File-set", data_set.runs("FileSetID")),
                ("Records", plain(", ".join(f"{count:,} {kind}" for kind, count in counts.items()))),
            ]
        ),
        *table(("Record", "File", "Says", "Object"), rows, "records"),
    )


def _record(record: DataSet) -> Runs:
    """Return what a directory record says of its patient, study, series or instance."""
    return record.runs(
        "PatientName",
        "PatientID",
        "StudyDate",
        "StudyDescription",
        "Modality",
        "SeriesNumber",
        "SeriesDescription",
        "InstanceNumber",
    )


def read_raw_data(data_set: DataSet) -> tuple[Block, ...]:
    """Return what is said about measurements in a maker's own form (PS3.3 §C.19.1)."""
    if data_set.text("SOPClassUID") != "1.2.840.10008.5.1.4.1.1.66":
        return ()
    sentence = "Raw data in the maker's own form: nobody else can say what is in it. Its elements are under Elements."
    return (
        *fields([("Content", data_set.runs("ContentLabel")), ("Creator", (data_set.run("CreatorVersionUID"),))]),
        Heading((Run(sentence),), 3),
    )


def _matrix(numbers: tuple[float, ...]) -> str:
    rows = [numbers[at : at + 4] for at in range(0, len(numbers), 4)]
    return "\n".join("  ".join(f"{one:.4g}" for one in row) for row in rows) if len(numbers) == 16 else ""


def _lab_color(item: DataSet) -> str:
    """Return Recommended Display CIELab Value as '#rrggbb' in sRGB (PS3.3 §C.10.7.1.1); '' where there is none."""
    stored = item.numbers("RecommendedDisplayCIELabValue")
    if len(stored) != 3:
        return ""
    lightness = stored[0] * 100 / 65535
    a, b = (one * 255 / 65535 - 128 for one in stored[1:])
    y = (lightness + 16) / 116
    # Reference white D50, as the PCS of ICC profiles has it, and its matrix to linear sRGB.
    x, y, z = (
        white * (t**3 if t > 6 / 29 else 3 * (6 / 29) ** 2 * (t - 4 / 29))
        for white, t in ((0.9642, y + a / 500), (1.0, y), (0.8249, y - b / 200))
    )
    linear = (
        3.1338561 * x - 1.6168667 * y - 0.4906146 * z,
        -0.9787684 * x + 1.9161415 * y + 0.0334540 * z,
        0.0719453 * x - 0.2289914 * y + 1.4052427 * z,
    )
    shares = (
        12.92 * v if v <= 0.0031308 else 1.055 * v ** (1 / 2.4) - 0.055 for v in (min(max(one, 0), 1) for one in linear)
    )
    return "#" + "".join(f"{round(share * 255):02x}" for share in shares)
