"""Radiotherapy objects, in tables: structure sets, plans, treatment records, histograms of a dose (PS3.3 §C.8.8).

Contours as lines on an image are in `contours`.
"""

from __future__ import annotations

from collections.abc import Callable

from pycore.documents.blocks import Block, Chart, Heading, Line, Run, Runs, fields, plain, rest, table, warning
from pycore.documents.data_set import EMPTY, DataSet
from pycore.documents.references import instance_runs

MAX_CURVES = 60
MAX_CURVE_POINTS = 400

_NO_COLOR = "#8a949b"


def roi_color(item: DataSet) -> str:
    """Return ROI Display Color, three numbers from 0 to 255, as '#rrggbb'; a grey where there is none."""
    numbers = item.numbers("ROIDisplayColor")
    if len(numbers) != 3:
        return _NO_COLOR
    return "#" + "".join(f"{min(max(int(number), 0), 255):02x}" for number in numbers)


def by_number(items: list[DataSet], keyword: str) -> dict[int, DataSet]:
    """Return Items by the number that they carry; the first of each."""
    found: dict[int, DataSet] = {}
    for item in items:
        number = item.integer(keyword)
        if number is not None:
            found.setdefault(number, item)
    return found


# --- structure sets ---------------------------------------------------------------------------------------------------


def read_structure_set(data_set: DataSet) -> tuple[Block, ...]:
    """Return the structures: number, name, colour, kind, how many contours and images (PS3.3 §C.8.8.5, §C.8.8.6)."""
    if "StructureSetROISequence" not in data_set and "ROIContourSequence" not in data_set:
        return ()
    structures = data_set.items("StructureSetROISequence")
    contours = by_number(data_set.items("ROIContourSequence"), "ReferencedROINumber")
    observations: dict[int, list[DataSet]] = {}
    for item in data_set.items("RTROIObservationsSequence"):
        observations.setdefault(item.integer("ReferencedROINumber") or 0, []).append(item)
    rows = []
    for structure in structures:
        number = structure.integer("ROINumber")
        drawn = contours.get(-1 if number is None else number, EMPTY)
        rows.append(_structure(structure, drawn, observations.get(-1 if number is None else number, [])))
    known = {structure.integer("ROINumber") for structure in structures}
    orphans = sorted(number for number in contours if number not in known)
    frames = [
        ("Frame of Reference", (item.run("FrameOfReferenceUID"),))
        for item in data_set.items("ReferencedFrameOfReferenceSequence")
    ]
    return (
        *fields(
            [
                ("Structure set", data_set.runs("StructureSetLabel", "StructureSetName")),
                ("Description", (data_set.run("StructureSetDescription"),)),
                ("Date", data_set.runs("StructureSetDate", "StructureSetTime")),
                *_approval(data_set),
                *frames,
            ]
        ),
        Heading(plain(f"Structures: {len(structures):,}")),
        *table(("No.", "Structure", "Type", "Contours", "Images", "Made by", "Observed"), rows, "structures"),
        *(
            warning(
                f"There are contours of structure {number}, which (3006,0020) Structure Set ROI Sequence does not list."
            )
            for number in orphans[:20]
        ),
    )


def _structure(structure: DataSet, drawn: DataSet, observed: list[DataSet]) -> tuple[Runs, ...]:
    contours = drawn.items("ContourSequence")
    kinds = sorted({contour.text("ContourGeometricType").replace("_", " ").lower() for contour in contours} - {""})
    images = {
        image.text("ReferencedSOPInstanceUID")
        for contour in contours
        for image in contour.items("ContourImageSequence")
    }
    words = f"{len(contours):,}" + (f" {', '.join(kinds)}" if kinds else "")
    name = structure.run("ROIName")
    return (
        plain(structure.text("ROINumber")),
        (name._replace(text=name.text or "(no name)", color=roi_color(drawn)), *_description(structure)),
        tuple(run for one in observed for run in one.runs("RTROIInterpretedType")),
        plain(words),
        plain(f"{len(images):,}" if images else ""),
        structure.runs("ROIGenerationAlgorithm"),
        tuple(run for one in observed for run in one.runs("ROIObservationLabel", "ROIInterpreter")),
    )


def _description(structure: DataSet) -> Runs:
    description = structure.run("ROIDescription", "quiet")
    return (Run(" "), description) if description.text else ()


def _approval(data_set: DataSet) -> list[tuple[str, Runs]]:
    reviewed = data_set.runs("ReviewerName", "ReviewDate", "ReviewTime")
    return [("Approval", data_set.runs("ApprovalStatus")), ("Reviewed by", reviewed)]


# --- plans ------------------------------------------------------------------------------------------------------------


def read_plan(data_set: DataSet) -> tuple[Block, ...]:
    """Return prescriptions, fractions, beams, brachytherapy and setups (PS3.3 §C.8.8.9 to §C.8.8.15, §C.8.8.24 ff.)."""
    beams = data_set.items("BeamSequence") or data_set.items("IonBeamSequence")
    if not beams and not any(name in data_set for name in ("RTPlanLabel", "FractionGroupSequence")):
        return ()
    meterset = {
        beam.integer("ReferencedBeamNumber"): beam
        for group in data_set.items("FractionGroupSequence")
        for beam in group.items("ReferencedBeamSequence")
    }
    return (
        *fields(
            [
                ("Plan", data_set.runs("RTPlanLabel", "RTPlanName")),
                ("Description", (data_set.run("RTPlanDescription"),)),
                ("Date", data_set.runs("RTPlanDate", "RTPlanTime")),
                ("Intent", data_set.runs("PlanIntent")),
                ("Geometry", data_set.runs("RTPlanGeometry")),
                ("Protocols", data_set.runs("TreatmentProtocols", "TreatmentSites")),
                *_approval(data_set),
                *(("Structure set", instance_runs(item)) for item in data_set.items("ReferencedStructureSetSequence")),
                *(("Dose", instance_runs(item)) for item in data_set.items("ReferencedDoseSequence")),
                *(("Other plan", instance_runs(item)) for item in data_set.items("ReferencedRTPlanSequence")),
            ]
        ),
        *_listed("Prescriptions", "prescriptions", data_set.items("DoseReferenceSequence"), _PRESCRIPTION),
        *_listed("Fraction groups", "fraction groups", data_set.items("FractionGroupSequence"), _FRACTION_GROUP),
        *_listed("Beams", "beams", beams, (*_BEAM, ("MU", lambda beam: _meterset(beam, meterset)))),
        *_listed("Application setups", "application setups", data_set.items("ApplicationSetupSequence"), _APPLICATION),
        *_listed("Sources", "sources", data_set.items("SourceSequence"), _SOURCE),
        *_listed("Patient setups", "patient setups", data_set.items("PatientSetupSequence"), _SETUP),
    )


_Column = tuple[str, Callable[[DataSet], Runs]]


def _of(*keywords: str) -> Callable[[DataSet], Runs]:
    return lambda item: item.runs(*keywords)


def _count(keyword: str) -> Callable[[DataSet], Runs]:
    return lambda item: plain(f"{len(item.items(keyword)):,}" if keyword in item else "")


def _listed(title: str, what: str, items: list[DataSet], columns: tuple[_Column, ...]) -> tuple[Block, ...]:
    """Return a heading and a table, one row an Item; nothing where there is none."""
    if not items:
        return ()
    rows = [tuple(cell(item) for _, cell in columns) for item in items]
    return (Heading(plain(f"{title}: {len(items):,}")), *table([name for name, _ in columns], rows, what))


def _control_points(beam: DataSet) -> list[DataSet]:
    return beam.items("ControlPointSequence") or beam.items("IonControlPointSequence")


def _first_point(*keywords: str) -> Callable[[DataSet], Runs]:
    """Return the first control point's values; they hold until another one changes them (PS3.3 §C.8.8.14.5)."""
    return lambda beam: (_control_points(beam) or [EMPTY])[0].runs(*keywords)


def _meterset(beam: DataSet, meterset: dict[int | None, DataSet]) -> Runs:
    return meterset.get(beam.integer("BeamNumber"), EMPTY).runs("BeamMeterset")


def _modifiers(beam: DataSet) -> Runs:
    parts = []
    for keyword, word in (
        ("WedgeSequence", "wedge"),
        ("IonWedgeSequence", "wedge"),
        ("BlockSequence", "block"),
        ("IonBlockSequence", "block"),
        ("CompensatorSequence", "compensator"),
        ("ApplicatorSequence", "applicator"),
        ("RangeShifterSequence", "range shifter"),
        ("GeneralAccessorySequence", "accessory"),
    ):
        if count := len(beam.items(keyword)):
            parts.append(word if count == 1 else f"{count:,} {word}s")
    return plain(", ".join(parts))


_PRESCRIPTION: tuple[_Column, ...] = (
    ("No.", _of("DoseReferenceNumber")),
    ("Description", _of("DoseReferenceDescription")),
    ("Type", _of("DoseReferenceType", "DoseReferenceStructureType")),
    ("Target dose, Gy", _of("TargetPrescriptionDose")),
    ("Target minimum, Gy", _of("TargetMinimumDose")),
    ("Target maximum, Gy", _of("TargetMaximumDose")),
    ("Organ maximum, Gy", _of("OrganAtRiskMaximumDose")),
    ("Structure", _of("ReferencedROINumber")),
)
_FRACTION_GROUP: tuple[_Column, ...] = (
    ("No.", _of("FractionGroupNumber")),
    ("Description", _of("FractionGroupDescription")),
    ("Fractions", _of("NumberOfFractionsPlanned")),
    ("Beams", _of("NumberOfBeams")),
    ("Application setups", _of("NumberOfBrachyApplicationSetups")),
)
_BEAM: tuple[_Column, ...] = (
    ("No.", _of("BeamNumber")),
    ("Beam", _of("BeamName", "BeamDescription")),
    ("Type", _of("BeamType", "ScanMode")),
    ("Radiation", _of("RadiationType")),
    ("Energy, MeV", _first_point("NominalBeamEnergy")),
    ("Machine", _of("TreatmentMachineName")),
    ("Gantry °", _first_point("GantryAngle", "GantryRotationDirection")),
    ("Collimator °", _first_point("BeamLimitingDeviceAngle")),
    ("Couch °", _first_point("PatientSupportAngle")),
    ("Isocentre, mm", _first_point("IsocenterPosition")),
    ("Control points", lambda beam: plain(f"{len(_control_points(beam)):,}")),
    ("Modifiers", _modifiers),
)
_APPLICATION: tuple[_Column, ...] = (
    ("No.", _of("ApplicationSetupNumber")),
    ("Type", _of("ApplicationSetupType")),
    ("Name", _of("ApplicationSetupName")),
    ("Total air kerma", _of("TotalReferenceAirKerma")),
    ("Channels", _count("ChannelSequence")),
)
_SOURCE: tuple[_Column, ...] = (
    ("No.", _of("SourceNumber")),
    ("Type", _of("SourceType")),
    ("Isotope", _of("SourceIsotopeName")),
    ("Half-life, days", _of("SourceIsotopeHalfLife")),
    ("Manufacturer", _of("SourceManufacturer")),
    ("Serial number", _of("SourceSerialNumber")),
)
_SETUP: tuple[_Column, ...] = (
    ("No.", _of("PatientSetupNumber")),
    ("Position", _of("PatientPosition")),
    ("Technique", _of("SetupTechnique", "SetupTechniqueDescription")),
    ("Label", _of("PatientSetupLabel")),
    ("Immobilisation", _count("FixationDeviceSequence")),
    ("Shielding", _count("ShieldingDeviceSequence")),
)


# --- treatment records ------------------------------------------------------------------------------------------------

_SESSIONS = (
    "TreatmentSessionBeamSequence",
    "TreatmentSessionIonBeamSequence",
    "TreatmentSessionApplicationSetupSequence",
)
_SESSION: tuple[_Column, ...] = (
    ("No.", _of("ReferencedBeamNumber", "ReferencedBrachyApplicationSetupNumber")),
    ("Beam", _of("BeamName", "BeamType", "ApplicationSetupType")),
    ("Fraction", _of("CurrentFractionNumber")),
    ("Delivery", _of("TreatmentDeliveryType")),
    ("Ended", _of("TreatmentTerminationStatus", "TreatmentTerminationDescription")),
    ("Verified", _of("TreatmentVerificationStatus")),
    ("Planned MU", _of("SpecifiedPrimaryMeterset")),
    ("Delivered MU", _of("DeliveredPrimaryMeterset")),
    ("Control points", _count("ControlPointDeliverySequence")),
)


def read_treatment(data_set: DataSet) -> tuple[Block, ...]:
    """Return when and how treatments were delivered (PS3.3 §C.8.8.21 ff.)."""
    sessions = [item for name in _SESSIONS for item in data_set.items(name)]
    if not sessions and "TreatmentDate" not in data_set:
        return ()
    machines = data_set.items("TreatmentMachineSequence")
    return (
        *fields(
            [
                ("Treated", data_set.runs("TreatmentDate", "TreatmentTime")),
                ("Operator", (data_set.run("OperatorsName"),)),
                ("Fractions planned", data_set.runs("NumberOfFractionsPlanned")),
                *(
                    ("Machine", one.runs("TreatmentMachineName", "DeviceSerialNumber", "InstitutionName"))
                    for one in machines
                ),
                *(("Plan", instance_runs(item)) for item in data_set.items("ReferencedRTPlanSequence")),
                ("Comment", (data_set.run("TreatmentRecordContentOrigin"),)),
            ]
        ),
        *_listed("Treatments", "treatments", sessions, _SESSION),
    )


# --- dose -------------------------------------------------------------------------------------------------------------


def read_dose(data_set: DataSet) -> tuple[Block, ...]:
    """Return what kind of dose it is, and its dose-volume histograms as curves (PS3.3 §C.8.8.3, §C.8.8.4)."""
    if "DoseUnits" not in data_set and "DVHSequence" not in data_set:
        return ()
    histograms = data_set.items("DVHSequence")
    facts = fields(
        [
            ("Dose", data_set.runs("DoseType", "DoseSummationType")),
            ("Units", data_set.runs("DoseUnits")),
            ("Comment", (data_set.run("DoseComment"),)),
            ("Scaling", data_set.runs("DoseGridScaling")),
            *(("Plan", instance_runs(item)) for item in data_set.items("ReferencedRTPlanSequence")),
            *(("Structure set", instance_runs(item)) for item in data_set.items("ReferencedStructureSetSequence")),
        ]
    )
    if not histograms:
        return facts
    lines: dict[tuple[str, str], list[Line]] = {}
    problems: list[Block] = []
    for index, histogram in enumerate(histograms[:MAX_CURVES]):
        points = _curve(histogram)
        if not points:
            problems.append(
                warning(f"Histogram {index + 1} cannot be drawn: (3004,0058) DVH Data is no list of pairs.")
            )
            continue
        axes = (histogram.text("DoseUnits") or "GY", histogram.text("DVHVolumeUnits") or "CM3")
        lines.setdefault(axes, []).append(Line(Run(_structure_label(histogram)), points))
    charts = tuple(
        Chart(f"dose, {_UNITS.get(dose, dose)}", f"volume, {_UNITS.get(volume, volume)}", tuple(curves))
        for (dose, volume), curves in lines.items()
    )
    return (
        *facts,
        Heading(plain(f"Dose-volume histograms: {len(histograms):,}")),
        *charts,
        *problems,
        *rest(len(histograms), "histograms", MAX_CURVES),
    )


_UNITS = {"GY": "Gy", "CM3": "cm³", "PERCENT": "%", "RELATIVE": "relative", "PER_U": "per unit"}


def _structure_label(histogram: DataSet) -> str:
    numbers = [item.text("ReferencedROINumber") for item in histogram.items("DVHReferencedROISequence")]
    kind = histogram.text("DVHType").lower()
    return f"structure {', '.join(filter(None, numbers)) or '?'}" + (f", {kind}" if kind else "")


def _curve(histogram: DataSet) -> tuple[tuple[float, float], ...]:
    """Return dose and volume: DVH Data holds pairs of the width of a bin and its volume (PS3.3 §C.8.8.4.1)."""
    data = histogram.numbers("DVHData")
    if len(data) < 2 or len(data) % 2:
        return ()
    scaling = histogram.number("DVHDoseScaling") or 1.0
    dose, points = 0.0, []
    for width, volume in zip(data[::2], data[1::2], strict=True):
        points.append((dose, volume))
        dose += width * scaling
    step = -(-len(points) // MAX_CURVE_POINTS)
    return tuple(points[::step]) + ((points[-1],) if (len(points) - 1) % step else ())
