"""The planted set: archives that hold several hundred known identifiers, and clean ones that hold none.

Every planting states where it must be found and how grave it must be at least. Nobody in it exists: names combine
ordinary given names and surnames, numbers are digits of a digest. Each planting lies in an object of its own, so that
whatever else is called an identifier there is a false alarm. The forms are those that planters of public test sets
use (headers, free text, private elements, pixels by header) and those that real exports show beside them.

Three kinds of archives:

- `planted_archives()`: with plantings, per rule family.
- `clean_archives()`: objects de-identified as PS3.15 asks, in the styles that tools write; no finding may be an
  identifier.
- `clinical_archives()`: objects as scanners send them, whose only identity is in the header; texts of clinics and
  makers (`clinical-texts.txt`) must not be called identifiers.
"""

from __future__ import annotations

import functools
import gzip
import hashlib
import io
import itertools
import json
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from pydicom import Dataset
from pydicom.uid import (
    BasicTextSRStorage,
    CTImageStorage,
    EncapsulatedCDAStorage,
    EncapsulatedPDFStorage,
    ExplicitVRLittleEndian,
    GrayscaleSoftcopyPresentationStateStorage,
    ImplicitVRLittleEndian,
    MediaStorageDirectoryStorage,
    MRImageStorage,
    RTPlanStorage,
    RTStructureSetStorage,
    SecondaryCaptureImageStorage,
    UltrasoundImageStorage,
)

from pycore.findings import Severity, Where
from pycore.phi.options import Options
from tests.builders import ZIP_DATE, data_set, data_set_bytes, dicom_bytes, uid, zip_bytes

IDENTIFIER, QUASI, REVIEW = Severity.IDENTIFIER, Severity.QUASI, Severity.REVIEW
BASIC = Options()


class Planting(NamedTuple):
    """What lies hidden, where it must be found, and how grave it must be at least."""

    family: str
    what: str
    """The form, in words or as the template that made it."""
    entry: str
    """Name in the zip; empty: the archive itself."""
    where: Where
    path: str
    """Of the element; empty outside a data set. Inside a sequence that the profile removes: of that sequence."""
    severity: Severity


@dataclass(slots=True)
class PlantedArchive:
    """A zip while it is being made, and what is planted in it."""

    name: str
    options: Options = BASIC
    comment: bytes = b""
    watch: tuple[str, ...] = ()
    has_headers: bool = True
    """Whether the headers hold identities; findings at `HEADER_PATHS` are right then."""
    entries: dict[str, bytes | None] = field(default_factory=dict)
    entry_comments: dict[str, bytes] = field(default_factory=dict)
    plantings: list[Planting] = field(default_factory=list)

    def add(
        self, family: str, what: str, data: Dataset | bytes, *places: tuple[Where, str, Severity], name: str = ""
    ) -> str:
        """Put in an object or a file with its plantings; return the name of the entry."""
        name = name or f"IM{len(self.entries):05}"
        assert name not in self.entries, name
        self.entries[name] = dicom_bytes(data) if isinstance(data, Dataset) else data
        for where, path, severity in places:
            self.plantings.append(Planting(family, what, name, where, path, severity))
        return name

    def to_bytes(self) -> bytes:
        """Return the zip."""
        if not self.entry_comments:
            return zip_bytes(self.entries, comment=self.comment)
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            for name, data in self.entries.items():
                info = zipfile.ZipInfo(name, ZIP_DATE)
                info.comment = self.entry_comments.get(name, b"")
                archive.writestr(info, data or b"")
            archive.comment = self.comment
        return file.getvalue()


# --- people -----------------------------------------------------------------------------------------------------------


def digits(count: int, *words: object) -> str:
    """Return digits made of the words: the same words, the same digits; the first is not zero."""
    number = int.from_bytes(hashlib.sha256("/".join(map(str, words)).encode()).digest(), "big")
    text = str(number)[-count:]
    return text if text[0] != "0" else f"7{text[1:]}"


_FAMILIES = (
    *("Ashdown", "Birkholz", "Cavendish", "Drummond", "Eriksen", "Fontanarossa", "Gallagher", "Hernandez", "Ilyushin"),
    *("Jovanović", "Kirkpatrick", "Lombardi", "Mbeki", "Novotná", "Oyelaran", "Quintanilla", "Rasmussen", "Szabó"),
    *("Takahashi", "Underhill", "Villanueva", "Wetherby", "Xanthopoulos", "Youngblood", "Zielinska", "Armitage"),
    *("Bouchard", "Christodoulou", "Dalgaard", "Espinoza", "Ferreira", "Goldblum", "Halvorsen", "Iñiguez", "Jankowski"),
    *("Kovačević", "Lefebvre", "Montgomery", "Nwosu", "Orlandini", "Petrossian", "Ruiz", "Stephenson", "Thorvaldsen"),
    *("Ueland", "Vandenberghe", "Williamson", "Yamaguchi", "Zimmermann", "Aldridge", "Baumgartner", "Cárdenas"),
    *("Hollister", "Abernathy", "Castellanos", "Wojciechowski", "Tremblay", "Lindqvist", "Pereira", "Kowalska"),
    *("Fitzgerald", "Okafor", "Nakamura", "Papadopoulos", "Schneider", "Whitcombe", "Delacroix", "Vasquez"),
    *("McAllister", "O'Donnell", "van der Meer", "Al-Rashid", "Müller", "Sørensen", "Dvořák", "Nguyen"),
    *("Bianchi", "Petrov", "Johansson", "Yilmaz", "Gutiérrez", "Larsen", "Ramanathan", "Chowdhury"),
    *("Johnson", "Martinez", "Brown", "Young", "Park", "Lopez", "Robinson", "Carter"),
)
_GIVENS = (
    *("Margaret", "Tobias", "Esperanza", "Zbigniew", "Geneviève", "Annika", "João", "Katarzyna", "Declan", "Chidi"),
    *("Hiroko", "Eleni", "Wolfgang", "Prudence", "Étienne", "Consuelo", "Fiona", "Siobhan", "Willem", "Layla"),
    *("Jörg", "Søren", "Božena", "Thuy", "Giovanni", "Dmitri", "Ingrid", "Mehmet", "Lucía", "Kirsten"),
    *("Lakshmi", "Farhana", "Kimberly", "Michael", "Grace", "Mark", "Jisoo", "Sarah", "Anthony", "Brandon"),
)
_ID_STYLES: tuple[Callable[[str], str], ...] = (
    lambda seed: digits(10, "id", seed),
    lambda seed: digits(9, "id", seed),
    lambda seed: f"MRN{digits(7, 'id', seed)}",
    lambda seed: digits(7, "id", seed),
    lambda seed: f"H-{digits(5, 'id', seed)}-{digits(1, 'check', seed)}",
    lambda seed: f"00{digits(6, 'id', seed)}",
    lambda seed: f"K{digits(6, 'id', seed)}",
    lambda seed: digits(6, "id", seed),
)


class Person(NamedTuple):
    """Somebody who does not exist."""

    family: str
    given: str
    middle: str
    patient_id: str
    birth_date: str
    phone: str
    email: str
    address: str

    @property
    def name(self) -> str:
        """In the form of VR PN."""
        return f"{self.family}^{self.given}^{self.middle}" if self.middle else f"{self.family}^{self.given}"


def person(number: int) -> Person:
    """Return the person of a number; neighbours have nothing in common."""
    family = _FAMILIES[number % len(_FAMILIES)]
    given = _GIVENS[(number * 7 + number // len(_FAMILIES)) % len(_GIVENS)]
    seed = f"{number} {family} {given}"
    year, month, day = 1924 + int(digits(3, seed)) % 80, 1 + int(digits(2, seed)) % 12, 13 + int(digits(4, seed)) % 15
    return Person(
        family,
        given,
        "Rosalind" if number % 3 == 0 else "",
        _ID_STYLES[number % len(_ID_STYLES)](seed),
        f"{year}{month:02}{day:02}",
        f"{digits(3, 'area', seed)}-{digits(3, 'office', seed)}-{digits(4, 'line', seed)}",
        f"{plain(given).lower()}.{plain(family).lower().replace(' ', '')}@example.net",
        f"{digits(4, 'house', seed)} {_FAMILIES[(number + 3) % len(_FAMILIES)]} Crossing, Port {given}, OH "
        f"{digits(5, 'zip', seed)}",
    )


def plain(text: str) -> str:
    """Return a text without accents."""
    letters = text.translate(str.maketrans({"ø": "o", "Ø": "O", "ß": "ss", "ł": "l"}))
    return "".join(letter for letter in unicodedata.normalize("NFKD", letters) if not unicodedata.combining(letter))


def german(text: str) -> str:
    """Return a text with the two letters that stand for an accented one."""
    return text.translate(str.maketrans({"ü": "ue", "ö": "oe", "ä": "ae", "ø": "oe", "ß": "ss"}))


# --- objects ----------------------------------------------------------------------------------------------------------


def identified_object(who: Person, number: object, **more: object) -> Dataset:
    """Return an object as a scanner sends it, with a full header."""
    date = f"20{10 + int(digits(2, 'study', who.patient_id)) % 14}0{1 + int(digits(1, 'month', who.patient_id)) % 9}11"
    attributes: dict[str, object] = {
        "SpecificCharacterSet": "ISO_IR 192",
        "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"],
        "SOPClassUID": CTImageStorage,
        "SOPInstanceUID": f"1.2.840.113619.2.55.3.{digits(9, who.patient_id, number)}.{digits(3, number)}.1",
        "StudyDate": date,
        "SeriesDate": date,
        "StudyTime": "101523",
        "AccessionNumber": f"{date}E{digits(6, 'acc', who.patient_id)}",
        "Modality": "CT",
        "Manufacturer": "GE MEDICAL SYSTEMS",
        "InstitutionName": "Lakeview Regional Medical Center",
        "InstitutionAddress": "88 Walnut Drive, Sarahview, PA 56560",
        "ReferringPhysicianName": "Thornbury^Quentin",
        "StationName": "CTSCANROOM07",
        "StudyDescription": "CT CHEST W CONTRAST",
        "SeriesDescription": "AXIAL 5MM",
        "OperatorsName": "Bellweather^Iris",
        "ManufacturerModelName": "LightSpeed VCT",
        "PatientName": who.name,
        "PatientID": who.patient_id,
        "PatientBirthDate": who.birth_date,
        "PatientSex": "F",
        "PatientAge": "061Y",
        "PatientAddress": who.address,
        "PatientTelephoneNumbers": who.phone,
        "PatientTelecomInformation": f"mailto:{who.email}",
        "DeviceSerialNumber": "SN-77120934",
        "SoftwareVersions": "07MW11.10",
        "ProtocolName": "6.1 Chest routine",
        "StudyInstanceUID": f"1.2.840.113619.2.55.3.{digits(9, 'study', who.patient_id)}.1",
        "SeriesInstanceUID": f"1.2.840.113619.2.55.3.{digits(9, 'series', who.patient_id)}.2",
        "StudyID": digits(5, "study id", who.patient_id),
        "SeriesNumber": "2",
        "InstanceNumber": "1",
    }
    return data_set(**{keyword: value for keyword, value in (attributes | more).items() if value is not None})


HEADER_PATHS = frozenset({"(0010,0010)", "(0010,0020)", "(0010,0030)", "(0010,1040)", "(0010,2154)", "(0010,2155)"})
"""Where `identified_object` holds identifiers; findings there are right wherever there is a planting or none."""


def cleaned_object(number: object, **more: object) -> Dataset:
    """Return an object that the basic profile has nothing to say about but for its UIDs."""
    attributes: dict[str, object] = {
        "SpecificCharacterSet": "ISO_IR 192",
        "SOPClassUID": CTImageStorage,
        "SOPInstanceUID": uid("planted", number),
        "Modality": "CT",
        "StudyInstanceUID": uid("planted study", number),
        "SeriesInstanceUID": uid("planted series", number),
        "InstanceNumber": "1",
        "PatientIdentityRemoved": "YES",
        "DeidentificationMethod": "Basic Application Confidentiality Profile",
    }
    return data_set(**{keyword: value for keyword, value in (attributes | more).items() if value is not None})


def add_private(dataset: Dataset, group: int, creator: str, elements: Mapping[int, tuple[str, object]]) -> Dataset:
    """Add private elements in the block 10; return the data set."""
    block = dataset.private_block(group, creator, create=True)
    for element, (vr, value) in elements.items():
        block.add_new(element, vr, value)
    return dataset


def code(value: str, scheme: str, meaning: str) -> Dataset:
    """Return an Item of a code sequence."""
    return data_set(CodeValue=value, CodingSchemeDesignator=scheme, CodeMeaning=meaning)


def text_item(text: str) -> Dataset:
    """Return a content item of a report."""
    return data_set(
        RelationshipType="CONTAINS",
        ValueType="TEXT",
        ConceptNameCodeSequence=[code("121071", "DCM", "Finding")],
        TextValue=text,
    )


def image(**more: object) -> dict[str, object]:
    """Return attributes of a small picture."""
    pixels = {"Rows": 4, "Columns": 4, "BitsAllocated": 8, "BitsStored": 8, "HighBit": 7, "PixelRepresentation": 0}
    return {**pixels, "SamplesPerPixel": 1, "PhotometricInterpretation": "MONOCHROME2", "PixelData": bytes(16)} | more


# --- 1. the header ----------------------------------------------------------------------------------------------------

_OTHER = person(901)
_HEADER: tuple[tuple[str, object, Severity], ...] = (
    ("PatientName", _OTHER.name, IDENTIFIER),
    ("PatientBirthDate", "19560302", IDENTIFIER),
    ("OtherPatientIDs", ["A-4471", "99120345"], IDENTIFIER),
    ("OtherPatientNames", _OTHER.name, IDENTIFIER),
    ("PatientBirthName", _OTHER.family, IDENTIFIER),
    ("PatientMotherBirthName", _OTHER.family, IDENTIFIER),
    ("PatientAddress", _OTHER.address, IDENTIFIER),
    ("PatientTelephoneNumbers", "209-319-8430x161", IDENTIFIER),
    ("PatientTelecomInformation", "mailto:someone@example.net", IDENTIFIER),
    ("MedicalRecordLocator", "ROOM B 4471", IDENTIFIER),
    ("InsurancePlanIdentification", "PLAN-44120", IDENTIFIER),
    ("ResponsiblePerson", _OTHER.name, IDENTIFIER),
    ("AdmissionID", "V00441209", IDENTIFIER),
    ("ServiceEpisodeID", "E-441209", IDENTIFIER),
    ("OtherPatientIDsSequence", [data_set(PatientID="99120345", TypeOfPatientID="TEXT")], IDENTIFIER),
    ("IssuerOfPatientID", "LAKEVIEW", QUASI),
    ("PatientBirthTime", "0415", QUASI),
    ("PatientSex", "F", QUASI),
    ("PatientAge", "093Y", QUASI),
    ("PatientAge", "061Y", REVIEW),
    ("PatientSize", "1.71", QUASI),
    ("PatientWeight", "71", QUASI),
    ("EthnicGroup", "Sami", QUASI),
    ("Occupation", "Lighthouse keeper", QUASI),
    ("MilitaryRank", "Corporal", QUASI),
    ("BranchOfService", "Navy", QUASI),
    ("CountryOfResidence", "Iceland", QUASI),
    ("RegionOfResidence", "Westfjords", QUASI),
    ("PatientReligiousPreference", "Quaker", QUASI),
    ("AdditionalPatientHistory", "Fell from a horse", REVIEW),
    ("PatientComments", "Came with the family", REVIEW),
    ("MedicalAlerts", "Pacemaker", REVIEW),
    ("Allergies", "Penicillin", REVIEW),
    ("SmokingStatus", "YES", QUASI),
    ("PregnancyStatus", 4, QUASI),
    ("LastMenstrualDate", "20130601", QUASI),
    ("AccessionNumber", "20130714E864535", QUASI),
    ("StudyID", "44512", QUASI),
    ("ReferringPhysicianName", "Thornbury^Quentin", QUASI),
    ("ReferringPhysicianAddress", "88 Walnut Drive", QUASI),
    ("ReferringPhysicianTelephoneNumbers", "555-225-5887", QUASI),
    ("ReferringPhysicianIdentificationSequence", [data_set(InstitutionName="Lakeview")], QUASI),
    ("ConsultingPhysicianName", "Thornbury^Quentin", QUASI),
    ("PhysiciansOfRecord", "Thornbury^Quentin", QUASI),
    ("PerformingPhysicianName", "Thornbury^Quentin", QUASI),
    ("NameOfPhysiciansReadingStudy", "Thornbury^Quentin", QUASI),
    ("OperatorsName", "Bellweather^Iris", QUASI),
    ("RequestingPhysician", "Thornbury^Quentin", QUASI),
    ("RequestingService", "Ward 7 West", REVIEW),
    ("ReviewerName", "Thornbury^Quentin", QUASI),
    ("ContentCreatorName", "Thornbury^Quentin", QUASI),
    ("VerifyingObserverName", "Thornbury^Quentin", QUASI),
    ("PersonName", "Thornbury^Quentin", QUASI),
    ("ScheduledPerformingPhysicianName", "Thornbury^Quentin", QUASI),
    ("NamesOfIntendedRecipientsOfResults", "Thornbury^Quentin", QUASI),
    ("HumanPerformerName", "Thornbury^Quentin", QUASI),
    ("InterpretationAuthor", "Thornbury^Quentin", QUASI),
    ("PersonAddress", "88 Walnut Drive", QUASI),
    ("PersonTelephoneNumbers", "555-225-5887", QUASI),
    ("OrderCallbackPhoneNumber", "555-225-5887", QUASI),
    ("OrderEnteredBy", "Bellweather^Iris", QUASI),
    ("InstitutionName", "Lakeview Regional Medical Center", QUASI),
    ("InstitutionAddress", "Sarahview, PA 56560", QUASI),
    ("InstitutionalDepartmentName", "Radiology 2", QUASI),
    ("InstitutionCodeSequence", [code("LKV", "99LOCAL", "Lakeview")], REVIEW),
    ("ResponsibleOrganization", "Lakeview", QUASI),
    ("StationName", "CTSCANROOM07", QUASI),
    ("DeviceSerialNumber", "SN-77120934", QUASI),
    ("DeviceUID", "1.2.276.0.7230010.3.88", QUASI),
    ("PlateID", "P-77120", QUASI),
    ("CassetteID", "C-77120", QUASI),
    ("GantryID", "G-77120", QUASI),
    ("DetectorID", "D-77120", QUASI),
    ("SecondaryCaptureDeviceID", "SCANPC-12", QUASI),
    ("UniqueDeviceIdentifier", "(01)00884838000346", QUASI),
    ("RetrieveAETitle", "LAKEVIEWPACS", QUASI),
    ("StationAETitle", "LVCT07", QUASI),
    ("ScheduledStationAETitle", "LVCT07", QUASI),
    ("PerformedStationAETitle", "LVCT07", QUASI),
    ("ScheduledStationName", "CTSCANROOM07", QUASI),
    ("PerformedStationName", "CTSCANROOM07", QUASI),
    ("PerformedLocation", "Room 7", REVIEW),
    ("RetrieveURL", "https://pacs.lakeview.example.org/r", QUASI),
    ("StudyDate", "20130713", QUASI),
    ("SeriesDate", "20130713", QUASI),
    ("AcquisitionDate", "20130713", QUASI),
    ("ContentDate", "20130713", QUASI),
    ("AcquisitionDateTime", "20130713101112.000000", QUASI),
    ("StudyTime", "101112", QUASI),
    ("SeriesTime", "101112", QUASI),
    ("AcquisitionTime", "101112", QUASI),
    ("ContentTime", "101112", QUASI),
    ("InstanceCreationDate", "20130713", QUASI),
    ("InstanceCreationTime", "101112", QUASI),
    ("TimezoneOffsetFromUTC", "+0100", QUASI),
    ("AdmittingDate", "20130712", QUASI),
    ("AdmittingTime", "0800", QUASI),
    ("ScheduledProcedureStepStartDate", "20130713", QUASI),
    ("PerformedProcedureStepStartDate", "20130713", QUASI),
    ("PerformedProcedureStepStartTime", "101112", QUASI),
    ("PerformedProcedureStepEndDate", "20130713", QUASI),
    ("DateOfSecondaryCapture", "20130713", QUASI),
    ("TimeOfSecondaryCapture", "101112", QUASI),
    ("DateOfLastCalibration", "20130101", QUASI),
    ("TimeOfLastCalibration", "0800", QUASI),
    ("ContributionDateTime", "20130713101112", QUASI),
    ("PresentationCreationDate", "20130713", QUASI),
    ("StructureSetDate", "20130713", QUASI),
    ("RTPlanDate", "20130713", QUASI),
    ("TreatmentDate", "20130713", QUASI),
    ("VerificationDateTime", "20130713101112", QUASI),
    ("ObservationDateTime", "20130713101112", QUASI),
    ("DischargeDate", "20130714", QUASI),
    ("ScheduledAdmissionDate", "20130712", QUASI),
    ("IssueDateOfImagingServiceRequest", "20130712", QUASI),
    ("RadiopharmaceuticalStartDateTime", "20130713101112", QUASI),
    ("SOPInstanceUID", "1.2.840.113619.2.55.3.2831.1", QUASI),
    ("StudyInstanceUID", "1.2.840.113619.2.55.3.2831.2", QUASI),
    ("SeriesInstanceUID", "1.2.840.113619.2.55.3.2831.3", QUASI),
    ("FrameOfReferenceUID", "1.2.840.113619.2.55.3.2831.4", QUASI),
    ("SynchronizationFrameOfReferenceUID", "1.2.840.113619.2.55.3.2831.5", QUASI),
    ("InstanceCreatorUID", "1.2.840.113619.2.55.3.2831.6", QUASI),
    ("ReferencedSOPInstanceUIDInFile", "1.2.840.113619.2.55.3.2831.7", QUASI),
    ("IrradiationEventUID", "1.2.840.113619.2.55.3.2831.8", QUASI),
    ("RequestedProcedureID", "RP44120", QUASI),
    ("ScheduledProcedureStepID", "SPS44120", QUASI),
    ("PerformedProcedureStepID", "PPS44120", QUASI),
    ("PlacerOrderNumberImagingServiceRequest", "PO44120", QUASI),
    ("FillerOrderNumberImagingServiceRequest", "FO44120", QUASI),
    ("SpecimenAccessionNumber", "S13-4471", QUASI),
    ("CurrentPatientLocation", "Ward 7 bed 2", REVIEW),
    ("PatientInstitutionResidence", "Home 4", QUASI),
    ("VisitComments", "Walked in", REVIEW),
    ("SpecialNeeds", "Wheelchair", REVIEW),
    ("PatientState", "Anxious", REVIEW),
    ("ClinicalTrialSubjectID", "0471-22", QUASI),
    ("ClinicalTrialSiteID", "0471", QUASI),
    ("ClinicalTrialSiteName", "Lakeview", QUASI),
    ("ClinicalTrialSponsorName", "Lakeview", QUASI),
    ("ClinicalTrialProtocolID", "LV-2012-7", QUASI),
    ("ClinicalTrialProtocolName", "Lakeview lung trial", QUASI),
    ("ClinicalTrialCoordinatingCenterName", "Lakeview", QUASI),
    ("StudyDescription", "CT for follow-up", REVIEW),
    ("SeriesDescription", "Thorax as discussed", REVIEW),
    ("ProtocolName", "Chest special", REVIEW),
    ("AdmittingDiagnosesDescription", "Cough", REVIEW),
    ("ImageComments", "Moved during scan", REVIEW),
    ("DerivationDescription", "Resampled by hand", REVIEW),
    ("RequestedProcedureDescription", "CT chest", REVIEW),
    ("RequestedProcedureComments", "Urgent", REVIEW),
    ("ReasonForStudy", "Cough", REVIEW),
    ("ReasonForTheRequestedProcedure", "Cough", REVIEW),
    ("StudyComments", "Good", REVIEW),
    ("PerformedProcedureStepDescription", "CT chest", REVIEW),
    ("CommentsOnThePerformedProcedureStep", "Late", REVIEW),
    ("AcquisitionComments", "Late", REVIEW),
    ("TextComments", "Late", REVIEW),
    ("InterpretationText", "Normal", REVIEW),
    ("StructureSetLabel", "Plan of Tuesday", REVIEW),
    ("GPSLatitude", [48, 8, 14], QUASI),
    ("CameraOwnerName", "Bellweather", QUASI),
    ("ReferencedPatientSequence", [data_set(ReferencedSOPInstanceUID="1.2.840.113619.9")], QUASI),
    ("ReferencedPatientPhotoSequence", [data_set(StudyInstanceUID="1.2.840.113619.9")], QUASI),
    ("DigitalSignaturesSequence", [data_set(DigitalSignatureUID="1.2.840.113619.9")], QUASI),
    ("TreatmentMachineName", "LINAC-LV-2", QUASI),
    ("IssuerOfAdmissionID", "LAKEVIEW", QUASI),
)

_OUTSIDE: tuple[tuple[str, object, Severity], ...] = (
    ("PatientBirthDateInAlternativeCalendar", "3 March 1956", IDENTIFIER),
    ("PatientDeathDateInAlternativeCalendar", "3 March 2012", QUASI),
    ("ContactDisplayName", "Bellweather^Iris", QUASI),
    ("DateOfGainCalibration", "20130101", QUASI),
    ("FillerOrderNumberImagingServiceRequestRetired", "F-44120", QUASI),
    ("PlacerOrderNumberImagingServiceRequestRetired", "P-44120", QUASI),
    ("StorageURL", "https://pacs.lakeview.example.org/s", QUASI),
    ("RetrieveURI", "https://pacs.lakeview.example.org/s", QUASI),
    ("PixelDataProviderURL", "https://pacs.lakeview.example.org/s", QUASI),
    ("HangingProtocolCreator", "Bellweather^Iris", QUASI),
    ("EvaluatorName", "Bellweather^Iris", QUASI),
    ("ItemInventoryDateTime", "20130713101112", QUASI),
)


def _path(tag: int) -> str:
    return f"({tag >> 16:04X},{tag & 0xFFFF:04X})"


def _header(archive: PlantedArchive) -> None:
    # An ID without its claim to be a pseudonym, and one that bears it: whose it is, nobody can tell from outside.
    for removed, severity in ((None, IDENTIFIER), ("YES", REVIEW)):
        dataset = cleaned_object(("ID", removed), PatientID="6774825273", PatientIdentityRemoved=removed)
        archive.add("header", f"PatientID, removed {removed}", dataset, (Where.ELEMENT, "(0010,0020)", severity))
    for family, rows in (("header", _HEADER), ("outside the table", _OUTSIDE)):
        for number, (keyword, value, severity) in enumerate(rows):
            dataset = cleaned_object((family, number))
            setattr(dataset, keyword, value)
            path = _path(dataset[keyword].tag)
            archive.add(family, keyword, dataset, (Where.ELEMENT, path, severity))


# --- 2. nested --------------------------------------------------------------------------------------------------------


def _nested(archive: PlantedArchive) -> None:
    """Plant in sequences that stay, where each element is judged, and in those that go, which are judged as a whole."""
    person_item = {"PatientName": _OTHER.name, "PatientID": "6774825273", "PatientBirthDate": "19560302"}
    staff_item = {"OperatorsName": "Bellweather^Iris", "InstitutionName": "Lakeview", "StudyDate": "20130713"}
    kept = (
        "SourceImageSequence",
        "ReferencedImageSequence",
        "SharedFunctionalGroupsSequence",
        "AnatomicRegionSequence",
    )
    kept += ("EnergyWindowInformationSequence", "ProcedureCodeSequence", "RealWorldValueMappingSequence")
    kept += ("PerformedProtocolCodeSequence", "ScheduledProtocolCodeSequence", "ContributingEquipmentSequence")
    for number, keyword in enumerate(kept):
        for inner, value in (person_item | staff_item).items():
            item = data_set(ReferencedSOPInstanceUID=uid("referenced"), **{inner: value})
            dataset = cleaned_object(("kept", number, inner), **{keyword: [data_set(CodeValue="1"), item]})
            path = f"{_path(dataset[keyword].tag)}[1]/{_path(item[inner].tag)}"
            severity = IDENTIFIER if inner in person_item else QUASI
            archive.add("nested, kept", f"{keyword}/{inner}", dataset, (Where.ELEMENT, path, severity))
    for depth in (2, 4, 8):
        item = data_set(PatientName=_OTHER.name)
        path = "(0010,0010)"
        for _ in range(depth):
            item = data_set(ConceptNameCodeSequence=[item])
            path = f"(0040,A043)[0]/{path}"
        dataset = cleaned_object(("deep", depth), ConceptNameCodeSequence=item.ConceptNameCodeSequence)
        archive.add("nested, kept", f"depth {depth}", dataset, (Where.ELEMENT, path, IDENTIFIER))
    removed = ("RequestAttributesSequence", "OriginalAttributesSequence", "ModifiedAttributesSequence")
    removed += ("OtherPatientIDsSequence", "ReferencedPatientSequence", "PatientInsurancePlanCodeSequence")
    for number, keyword in enumerate(removed):
        for inner, value in (person_item | staff_item).items():
            item = data_set(CodeMeaning="Chest", **{inner: value})
            dataset = cleaned_object(("removed", number, inner), **{keyword: [data_set(CodeValue="1"), item]})
            severity = IDENTIFIER if inner in person_item else QUASI
            place = (Where.ELEMENT, _path(dataset[keyword].tag), severity)
            archive.add("nested, removed", f"{keyword}/{inner}", dataset, place)
    # The leak of leaks: what was replaced, kept beside what replaced it.
    for number, (inner, value) in enumerate(person_item.items()):
        original = data_set(
            ModifiedAttributesSequence=[data_set(**{inner: value})],
            ModifyingSystem="ANONYMIZER",
            SourceOfPreviousValues="",
            ReasonForTheAttributeModification="COERCE",
        )
        dataset = cleaned_object(("original", number), OriginalAttributesSequence=[original])
        archive.add(
            "nested, removed", f"original attributes: {inner}", dataset, (Where.ELEMENT, "(0400,0561)", IDENTIFIER)
        )
    text = data_set(TextValue=f"Name: {_OTHER.given} {_OTHER.family}")
    dataset = cleaned_object("free text in a removed one", RequestAttributesSequence=[text])
    archive.add("nested, removed", "free text", dataset, (Where.ELEMENT, "(0040,0275)", IDENTIFIER))


# --- 3. free text by form ---------------------------------------------------------------------------------------------


class _Place(NamedTuple):
    """An element into which texts are planted."""

    path: str
    limit: int
    """Characters that it may hold."""
    put: Callable[[Dataset, str], object]


def _attribute(keyword: str, path: str, limit: int) -> _Place:
    return _Place(path, limit, lambda dataset, text: setattr(dataset, keyword, text))


def _in_report(dataset: Dataset, text: str) -> None:
    dataset.SOPClassUID = BasicTextSRStorage
    dataset.ContentSequence = [text_item("No abnormality."), data_set(ContentSequence=[text_item(text)])]


def _in_private(vr: str, encoding: str = "") -> Callable[[Dataset, str], object]:
    def put(dataset: Dataset, text: str) -> None:
        value = text.encode(encoding) if encoding else text
        if isinstance(value, bytes) and len(value) % 2:
            value += b" "
        add_private(dataset, 0x0033, "LOCAL RIS EXPORT 2.0", {0x10: (vr, value)})

    return put


_LONG = 10_240
_PLACES = (
    _attribute("StudyDescription", "(0008,1030)", 64),
    _attribute("SeriesDescription", "(0008,103E)", 64),
    _attribute("ImageComments", "(0020,4000)", _LONG),
    _attribute("PatientComments", "(0010,4000)", _LONG),
    _attribute("ProtocolName", "(0018,1030)", 64),
    _attribute("PerformedProcedureStepDescription", "(0040,0254)", 64),
    _Place("(0040,A730)[1]/(0040,A730)[0]/(0040,A160)", _LONG, _in_report),
    _attribute("AdditionalPatientHistory", "(0010,21B0)", _LONG),
    _Place("(0033,1010)", 64, _in_private("LO")),
    _attribute("RequestedProcedureDescription", "(0032,1060)", 64),
    _attribute("CommentsOnThePerformedProcedureStep", "(0040,0280)", _LONG),
    _Place("(0033,1010)", _LONG, _in_private("UN", "utf-8")),
    _attribute("RequestedProcedureComments", "(0040,1400)", _LONG),
    _attribute("VisitComments", "(0038,4000)", _LONG),
    _attribute("DerivationDescription", "(0008,2111)", _LONG),
    _attribute("StudyComments", "(0032,4000)", _LONG),
    _attribute("ContentDescription", "(0070,0081)", 64),
    _attribute("ContributionDescription", "(0018,A003)", _LONG),
    _attribute("ClinicalTrialTimePointDescription", "(0012,0051)", _LONG),
    _attribute("AdmittingDiagnosesDescription", "(0008,1080)", 64),
    _attribute("AcquisitionComments", "(0018,4000)", _LONG),
    _attribute("InterpretationText", "(4008,010B)", _LONG),
    _attribute("FrameComments", "(0020,9158)", _LONG),
    _attribute("ReasonForTheRequestedProcedure", "(0040,1002)", 64),
)


def _planted_at(
    archive: PlantedArchive, family: str, dataset: Dataset, text: str, number: int, grave: Severity
) -> None:
    """Plant a text in the next place that is long enough."""
    place = next(place for place in _rotated(_PLACES, number) if len(text) <= place.limit)
    place.put(dataset, text)
    archive.add(family, f"{text!r} at {place.path}", dataset, (Where.ELEMENT, place.path, grave))


def _rotated(places: Sequence[_Place], number: int) -> Iterator[_Place]:
    return (places[(number + step) % len(places)] for step in range(len(places)))


_NAMES_BY_FORM: tuple[tuple[Severity, tuple[str, ...]], ...] = (
    (
        IDENTIFIER,
        (
            *("Patient: {Given} {Family}", "patient {Given} {Family} refused contrast", "Herr {Given} {Family}"),
            *("Mrs. {Family} could not hold her breath", "Mr. {Given} {Family}", "Herr {Family} war nüchtern"),
            *("Frau {Given} {Family}", "Mme {Family}", "Name: {Family}, {Given}", "{FAMILY}^{GIVEN}", "Ms. {Family}"),
            *("{Family}^{Given}^A", "Patient name: {Given} {Family}", "PATIENT NAME: {FAMILY}, {GIVEN}"),
            *("mother {Given} {Family} present", "next of kin: {Given} {Family}", "Pt name {Given} {Family}"),
            *("CT of {FAMILY}^{GIVEN}^^MRS done", "Sra. {Given} {Family}"),
            *("Name of patient: {Given} {Family}", "Patientin: {Family}, {Given}", "Señora {Family}"),
        ),
    ),
    (
        REVIEW,
        (
            *("XR CHEST AP PORTABLE for {Given} {Family}", "AP for {Given} {Family}", "{Given} {Family} CT chest"),
            *("husband: {Given} {Family}", "Radiologist: {Family}", "Pt. {Given} {Family}, supine"),
            *("{Family}, {Given}", "CT FOR {GIVEN} {FAMILY}", "chest of {Given} {Family}", "{GIVEN} {FAMILY}"),
        ),
    ),
    (
        QUASI,
        (
            *("Dr. {Family} informed", "Dr {Given} {Family}", "read by {Given} {Family}", "{Given} {Family}, MD"),
            *("Prof. Dr. {Family}", "Tech: {Given} {Family}", "Electronically signed by {Given} {Family}, MD"),
            *("dictated by Dr. {Given} {Family}", "{Given} {Family} RT(R)", "DR. {FAMILY}"),
            *("Reported by {Given} {Family}, M.D.", "Ref. physician: Dr. {Family}", "performed by {Given} {Family}"),
            *(
                "Befundet von Dr. med. {Family}",
                "seen by dr. {Family}",
                "Dott. {Family}",
                "Technologist {Given} {Family}",
            ),
            *("positioned by PJN", "Tech: KLB", "read by TRW", "Study AT MGH", "CT CHEST at DC", "scanned by JRT"),
            *("Lakeview Community Hospital", "Francis, Todd and Boyer Medical Center", "at Klinikum Talheim"),
            *("transferred from Sarahview General Hospital", "Hôpital Beaumont", "Universitätsklinikum Talheim"),
            *("OAKRIDGE MEMORIAL HOSPITAL", "Ospedale Sant'Orso", "Hospital San Lucero", "North Sarahview Clinic"),
        ),
    ),
)
_NUMBERS_BY_FORM: tuple[tuple[str, Severity, tuple[str, ...]], ...] = (
    (
        "telephone",
        IDENTIFIER,
        (
            *("209-319-8430x161", "call (555) 225-5887", "+1 555.225.5887 ext 12", "(555)225-5887", "555.225.5887"),
            *("001-555-225-5887x123", "+1-555-225-5887", "Tel: 089 123456", "Tel. 089/123 45 67", "phone 5552255887"),
            *(
                "+49 89 1234 5678",
                "+442071234567",
                "fax 555 225 5887",
                "Fax: (089) 1234-56",
                "mobile +33 6 12 34 56 78",
            ),
            *("pager 555-0142 x12 or 555-225-5887", "Telefon 030-1234567", "cell: 555-225-5887", "+41 44 268 11 11"),
            *("tél. 01 42 34 56 78", "ph: 0412 345 678", "home phone 555-225-5887", "Rückruf: +43 1 40400-0"),
        ),
    ),
    ("telephone", REVIEW, ("5552255887", "555 225 5887", "089 1234567", "089/1234567", "0171 2345678")),
    (
        "e-mail",
        IDENTIFIER,
        (
            "jane.roe@clinic.example.org",
            "send to j_roe77@example.net please",
            "ROE.JANE@EXAMPLE.COM",
            "<kt+x@a-b.example.co.uk>",
        ),
    ),
    (
        "national number",
        IDENTIFIER,
        (
            *("123-45-6789", "SSN: 123456789", "ssn 123 45 6789", "Social Security Number 123-45-6789", "219-09-9999"),
            *("NHS 943 476 5919", "943 476 5919", "1 85 05 78 006 084 91", "756.9217.0769.85", "529.982.247-25"),
            *("RSSMRA85T10A562S", "11010519491231002X", "811228-9874", "131052-308T", "12345678Z", "85.07.30-033.28"),
            *("AHV 756.9217.0769.85", "BSN 111222333", "CPF: 529.982.247-25", "PESEL 44051401359", "DNI 12345678Z"),
        ),
    ),
    (
        "record number",
        IDENTIFIER,
        (
            *(
                "MRN: 00123456",
                "MRN 6774825273",
                "MRN#4471209",
                "patient id 6774825273",
                "Pat. ID: 4471209",
                "PID 4471209",
            ),
            *("medical record number: 4471209", "Med Rec No 447-12-09", "hospital no. 4471209", "chart # 4471209"),
            *(
                "PatientID=H4471209",
                "M.R.N. 4471209",
                "Patienten-ID: 4471209",
                "Patient Nr. 4471209",
                "hosp id A4471209",
            ),
        ),
    ),
    ("record number", REVIEW, ("for 6774825273", "FORFILE 25398123 CD", "4471209", "H44712093", "id 9f3a7c21")),
    (
        "account or plan",
        IDENTIFIER,
        (
            *("Policy No: X-99881", "acct # 55512", "Medicare number 1EG4TE5MK73", "member id 8812-4471"),
            *("IBAN DE89370400440532013000", "GB82 WEST 1234 5698 7654 32", "card 4111 1111 1111 1111"),
            *("Account number: 44712093", "Visit no. 4471209", "encounter # 4471209", "Versichertennummer A123456780"),
        ),
    ),
    (
        "address",
        IDENTIFIER,
        (
            *("56 Walnut Drive, Sarahview, PA 56560", "334 Michael Manor\nSarahview, PA 56560", "lives 12 Oak Street"),
            *("PSC 7523, Box 0695\nAPO AA 03954", "Unit 4412 Box 1183\nDPO AE 33412", "USNS Lopez\nFPO AP 12345"),
            *("P.O. Box 1244, Talheim", "Hauptstraße 12a, 80331 München", "Ismaninger Str. 22", "12 rue de la Paix"),
            *(
                "avenue Barre\n65463 Deschamps",
                "Paseo de Gracia 43",
                "ул. Лесная, д. 5",
                "東京都町田市権現堂12丁目23番7号",
            ),
            *(
                "Calle de Alcalá 42",
                "Via Garibaldi 12",
                "Kerkstraat 15",
                "4471 Jennifer Crossing Apt. 12",
                "9 Elm Avenue",
            ),
            *("88173 Ramirez Spur Suite 204", "Sarahview, OH 44120-1234", "0471 Carter Plains", "Storgatan 5"),
        ),
    ),
    ("address", REVIEW, ("PA 56560", "56560-1234", "SW1A 2AA", "80331 München, Bayern", "Lindenweg 5")),
    (
        "network",
        QUASI,
        (
            *("https://pacs.lakeview.example.org/x?id=3", "www.lakeview.example.com", "host 192.168.10.4", "10.0.14.7"),
            *("fe80::1ff:fe23:4567:890a", "00:1A:2b:3C:4d:5E", "ctws01.radiology.example.org", "scanner3.local"),
            *(
                "D:\\images\\ROE_JANE\\1.dcm",
                "\\\\pacs01\\share\\x",
                "/export/home/sdc/image_pool/p1",
                "ftp://10.0.14.7/x",
            ),
            *("file:///data/roe_jane/x.dcm", "C:\\Users\\jroe\\Desktop", "login: jroe", "/Users/jroe/out.dcm"),
        ),
    ),
    (
        "date",
        QUASI,
        (
            *("seen 20130713 ok", "scan 31121999", "20120224142721", "20120224142721.123456+0100", "2013-07-13"),
            *("1999/1/2", "2001.02.03", "2013-31-07", "13.07.2013", "7/13/2013", "7/13/13", "13.07.13", "07-13-2013"),
            *(
                "PARENCHYMAL PHASE Sep1999",
                "3rd March, 2004",
                "Dec 5, 2011",
                "12-JAN-98",
                "5 mars 2011",
                "12. März 2004",
            ),
            *(
                "July 2013",
                "compare with 13JUL2013",
                "prior from 2012-11-02",
                "Vergleich mit 02.11.2012",
                "13 de julio de 2013",
            ),
            *("2013_07_13", "3 May 2011", "May 3, 2011", "13-Jul-2013 10:11", "2013-07-13T10:11:12Z", "vom 3.5.2011"),
        ),
    ),
    ("date", REVIEW, ("7-13-13", "2013 07 13", "Sep 99", "July 13")),
    (
        "birth date",
        IDENTIFIER,
        (
            *("DOB: 05.06.1970", "D.O.B 5/6/70", "born 5 June 1970", "geb. 05.06.1970", "date of birth 1970-06-05"),
            *(
                "DOB19700605",
                "née le 05/06/1970",
                "Geburtsdatum: 5.6.1970",
                "birthdate=19700605",
                "born on June 5, 1970",
            ),
            *("fecha de nacimiento 05/06/1970", "birth date 06-05-1970", "nato il 05/06/1970"),
        ),
    ),
    ("birth date", QUASI, ("born 1970", "DOB 1970")),
    (
        "age above 89",
        QUASI,
        ("93 y/o male", "092Y", "101 years old", "aged 94", "a 96-year-old woman", "97 yo", "91 Jahre"),
    ),
    (
        "number of an order or a study",
        QUASI,
        ("Acc# 20130714E864535", "20130714E864535", "accession number: RA-44521", "ACC 4471209", "Order no. 4471209"),
    ),
    ("number of an order or a study", REVIEW, ("597B9256", "RAD1234567", "US-447120")),
    (
        "device or licence",
        QUASI,
        ("S/N: AB-12345", "Serial number 7671A9", "serial no. 44712", "NPI 1234567890", "DEA AB1234563", "SN 7712093"),
    ),
    ("vehicle", REVIEW, ("1HGCM82633A004352",)),
    (
        "uid",
        QUASI,
        ("1.2.840.113619.2.55.3.2831", "see 2.25.112784503178059210578", "123e4567-e89b-12d3-a456-426614174000"),
    ),
    ("position", IDENTIFIER, ("lat 48.13743 lon 11.57549", "48° 8' 14\" N", "GPS: 48.13743, 11.57549")),
    ("position", REVIEW, ("48.13743, 11.57549",)),
)


def _forms(archive: PlantedArchive) -> None:
    """Plant texts in objects without any identity: nothing but the form tells."""
    count = 0
    for severity, templates in _NAMES_BY_FORM:
        for template in templates:
            # Twice where a name is in it: a listed pair, and one that no list may know.
            for number in (count * 2, count * 2 + 501) if "{" in template else (count,):
                text = fill(template, person(number))
                _planted_at(archive, "text: names by form", cleaned_object(("form", text)), text, count, severity)
                count += 1
    for kind, severity, texts in _NUMBERS_BY_FORM:
        for text in texts:
            _planted_at(archive, f"text: {kind}", cleaned_object(("form", text)), text, count, severity)
            count += 1
            if severity is not REVIEW:  # and once more inside a sentence, elsewhere
                sentence = f"No change since last time; {text}; to be compared."
                dataset = cleaned_object(("form", sentence))
                _planted_at(archive, f"text: {kind}", dataset, sentence, count + 5, severity)


def fill(template: str, who: Person) -> str:
    """Put a person into a template."""
    year, month, day = who.birth_date[:4], who.birth_date[4:6], who.birth_date[6:]
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    values = {
        "Given": who.given,
        "Family": who.family,
        "GIVEN": who.given.upper(),
        "FAMILY": who.family.upper(),
        "given": who.given.lower(),
        "family": who.family.lower(),
        "G": who.given[0],
        "F": who.family[0],
        "g": who.given[0].lower(),
        "PlainGiven": plain(who.given),
        "PlainFamily": plain(who.family),
        "GermanGiven": german(who.given),
        "GermanFamily": german(who.family),
        "gluegiven": _glue(plain(who.given)),
        "gluefamily": _glue(plain(who.family)),
        "Camel": _glue(plain(who.family)).capitalize(),
        "GlueFamily": plain(who.family).replace(" ", "").replace("'", ""),
        "id": who.patient_id,
        "yyyy": year,
        "yy": year[2:],
        "mm": month,
        "dd": day,
        "m": str(int(month)),
        "d": str(int(day)),
        "Mon": months[int(month) - 1],
        "phone": who.phone,
        "email": who.email,
        "address": who.address,
        "street": who.address.partition(",")[0],
    }
    return template.format_map(values)


def _glue(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalpha())


# --- 4. identity echo -------------------------------------------------------------------------------------------------

_OWN_NAME = (
    *("{Given} {Family}", "{Family} {Given}", "{FAMILY} {GIVEN}", "{Family}, {Given}", "{FAMILY}, {GIVEN}"),
    *(
        "XR CHEST AP PORTABLE for {Given} {Family}",
        "AP for {Given} {Family}",
        "CT {FAMILY}^{GIVEN}",
        "{Family}_{Given}",
    ),
    *("{PlainFamily}, {PlainGiven}", "{PlainGiven} {PlainFamily}", "{GermanFamily} {GermanGiven}", "{given} {family}"),
    *(
        "{G}. {Family}",
        "{Family} {G}",
        "{Family}, {G}.",
        "CT_{GlueFamily}_{PlainGiven}_2013",
        "{gluegiven}.{gluefamily}",
    ),
    *(
        "{gluefamily}{gluegiven}",
        "{gluegiven}{gluefamily}",
        "Mrs. {Family} again",
        "{Family}-{Given}",
        "{Given}-{Family}",
    ),
    *("Discussed with {Given} {Family} by phone.", "{Family}/{Given}", "{Given}\n{Family}", "{FAMILY}{GIVEN}"),
    *(
        "{PlainFamily}{PlainGiven}",
        "CT chest of {FAMILY}, {GIVEN} ROSALIND",
        "({Given} {Family})",
        "{Given}_{Family}_CT",
    ),
    *("{Given}\u00a0{Family}", "Hollow{Camel}", "{Family}%20{Given}", "/data/{gluefamily}_{gluegiven}/1.dcm"),
    *(
        "#{gluefamily}_{gluegiven}#",
        "pt: {family}, {given}",
        "{GIVEN}.{FAMILY}",
        "{Family};{Given}",
        "{Given} R. {Family}",
    ),
)
_FAMILY_ALONE = (
    "{FAMILY}",
    "CT {Family}",
    "patient {Family}",
    "scan of {PlainFamily}",
    "{Family}'s chest",
    "{Family} 2",
)
_OWN_ID = (
    *("{id}", "for {id}", "MRN {id}", "ID: {id}", "CT {id} chest", "#{id}", "patient_{id}_ct", "({id})", "{id}/1"),
    *("PID-{id}", "study {id}, series 2", "ID={id};", "No. {id}", "{id}_20130713", "<{id}>"),
)
_OWN_BIRTH_DATE = (
    *(
        "{yyyy}{mm}{dd}",
        "{yyyy}-{mm}-{dd}",
        "{dd}.{mm}.{yyyy}",
        "{mm}/{dd}/{yyyy}",
        "{d}.{m}.{yyyy}",
        "{d} {Mon} {yyyy}",
    ),
    *(
        "{Mon} {d}, {yyyy}",
        "{dd}{Mon}{yyyy}",
        "{dd}-{Mon}-{yyyy}",
        "{yyyy}/{mm}/{dd}",
        "DOB {dd}.{mm}.{yy}",
        "{dd}{mm}{yyyy}",
    ),
    *("{yyyy}-{Mon}-{dd}", "{d}/{Mon}/{yyyy}", "{yyyy}年{m}月{d}日", "{yyyy} {mm} {dd}", "{yyyy}{mm}{dd}T101500"),
    *(
        "born {mm}-{dd}-{yyyy}",
        "{yyyy}.{mm}.{dd}",
        "geb. {d}.{m}.{yyyy}",
        "CT {yyyy}{mm}{dd} chest",
        "{dd}/{mm}/{yyyy}",
    ),
)
_OWN_CONTACT = ("{phone}", "call {phone}", "{email}", "{street}", "lives at {street}", "home {address}")
_STAFF_ECHO = (
    *("Quentin Thornbury", "Thornbury, Q.", "THORNBURY", "cc Dr. Thornbury", "iris bellweather", "Bellweather^I"),
    *(
        "Lakeview Regional Medical Center",
        "LAKEVIEW REGIONAL MEDICAL CENTER",
        "CTSCANROOM07",
        "SN-77120934",
        "sn77120934",
    ),
)


def _echo(archive: PlantedArchive) -> None:
    """Plant what the header says of the patient, and of others, in other elements of the same object."""
    count = 0
    for family, templates in (
        ("echo: own name", _OWN_NAME),
        ("echo: family name alone", _FAMILY_ALONE),
        ("echo: own ID", _OWN_ID),
        ("echo: own birth date", _OWN_BIRTH_DATE),
        ("echo: own address or telephone", _OWN_CONTACT),
    ):
        for index, template in enumerate(templates):
            for repeat in range(3):
                who = person(count)
                alone = family.endswith("alone")
                # An ordinary or short word alone is no evidence; what is to be said of it is 'review'.
                common = alone and who.family in {"Brown", "Young", "Park", "Carter"}
                text = fill(template, who)
                dataset = identified_object(who, (family, index, repeat))
                _planted_at(archive, family, dataset, text, count, REVIEW if common else IDENTIFIER)
                count += 1
    for index, text in enumerate(_STAFF_ECHO):
        dataset = identified_object(person(index), ("staff", index))
        _planted_at(archive, "echo: staff, institution, device", dataset, text, index + 1, QUASI)
    whole = [template for template in _OWN_NAME if "{G}" not in template]  # initials are for the owner's file
    for index in range(24):
        who, other = person(index), person(index + 100)
        text = fill(whole[index % len(whole)], other)
        archive.add("echo: someone else", "the other's own object", identified_object(other, ("other", index)))
        dataset = identified_object(who, ("of another", index))
        _planted_at(archive, "echo: someone else", dataset, text, index, IDENTIFIER)
    _echo_difficult(archive)
    _echo_in_elements(archive)


_DIFFICULT: tuple[tuple[str, str, Severity, tuple[str, ...]], ...] = (
    ("O'Donoghue^Siobhan", "MRN1506380", IDENTIFIER, ("ODonoghue", "O DONOGHUE SIOBHAN", "O’Donoghue", "Donoghue, S")),
    (
        "O'Donoghue^Siobhan",
        "MRN1506380",
        IDENTIFIER,
        ("1506380", "MRN 1506380", "mrn-1506380", "#1506380", "MRN01506380"),
    ),
    (
        "van der Westhuizen^Willem",
        "H-68627-5",
        IDENTIFIER,
        ("VANDERWESTHUIZEN", "Westhuizen, van der", "W. Westhuizen"),
    ),
    ("van der Westhuizen^Willem", "H-68627-5", IDENTIFIER, ("68627-5", "686275", "H686275", "H 68627 5")),
    (
        "Al-Khatib^Layla",
        "K471123",
        IDENTIFIER,
        ("alkhatib", "Al Khatib", "KHATIB LAYLA", "471123", "K-471123", "k 471123"),
    ),
    (
        "Müller^Jörg",
        "00482913",
        IDENTIFIER,
        ("Mueller J", "MÃ¼ller JÃ¶rg", "Mu\u0308ller", "jmueller", "482913", "ＭＵＬＬＥＲ"),
    ),
    ("Castellanos Vega^María José", "8812044719", IDENTIFIER, ("castellanosvega", "Vega, Maria", "M.J. Castellanos")),
    (
        "Castellanos Vega^María José",
        "8812044719",
        IDENTIFIER,
        ("881-204-4719", "8812 044 719", "x8812044719x", "0008812044719"),
    ),
    (
        "Smith-Jones^Anne-Marie",
        "5512093",
        IDENTIFIER,
        ("SmithJones", "Jones, Anne", "AM Smith-Jones", "Anne Marie Jones"),
    ),
    ("Li^Wei", "4471209", IDENTIFIER, ("Li Wei", "Wei Li", "LI^WEI", "Mr. Li", "for Wei Li")),
    ("Li^Wei", "4471209", REVIEW, ("Li",)),
    ("Young^Grace", "4471210", IDENTIFIER, ("Grace Young", "YOUNG, GRACE", "Mrs. Young", "young^grace")),
    ("Harris^Michael", "4471211", IDENTIFIER, ("Michael Harris", "HARRIS, MICHAEL", "Mr. Harris", "M. Harris")),
    ("Воронцова^Людмила", "713355", IDENTIFIER, ("Lyudmila Vorontsova", "VORONTSOVA L", "Voroncova", "No. 713355")),
    ("Καραγιάννης^Στέφανος", "713356", IDENTIFIER, ("Stefanos Karagiannis", "KARAGIANNIS")),
)
"""Names and numbers that are written in more ways than one; each text lies in the owner's object."""


def _echo_difficult(archive: PlantedArchive) -> None:
    family = "echo: difficult forms"
    for number, (name, patient_id, severity, texts) in enumerate(_DIFFICULT):
        for index, text in enumerate(texts):
            dataset = identified_object(person(280 + number), (family, number, index), PatientName=name)
            dataset.PatientID = patient_id
            _planted_at(archive, family, dataset, text, number + index, severity)


def _echo_in_elements(archive: PlantedArchive) -> None:
    """Plant in elements that are no free text: names of staff, codes, labels, numbers, UIDs."""
    family = "echo: other elements"
    keywords = (
        "ReferringPhysicianName",
        "OperatorsName",
        "PersonName",
        "ContentCreatorName",
        "PerformingPhysicianName",
    )
    for index, keyword in enumerate(keywords):
        who = person(200 + index)
        dataset = identified_object(who, (family, keyword), **{keyword: who.name})
        archive.add(family, f"name in {keyword}", dataset, (Where.ELEMENT, _path(dataset[keyword].tag), IDENTIFIER))
    labels = ("StructureSetLabel", "RTPlanLabel", "ContentLabel", "SeriesDescription", "AccessionNumber", "StudyID")
    labels += ("StationName", "InstitutionName", "BodyPartExamined", "StudyID", "FilterType", "SequenceName")
    labels += ("ImageComments",)
    labels += ("ClinicalTrialSubjectID", "DeviceSerialNumber", "ManufacturerModelName", "RequestedProcedureID")
    for index, keyword in enumerate(labels):
        who = person(210 + index)
        for what, text in (("name", f"{plain(who.family)} {who.given[0]}"[:16]), ("ID", who.patient_id)):
            if what == "name" and keyword in {"BodyPartExamined", "ContentLabel"}:
                text = plain(f"{who.family}_{who.given}").upper()
            dataset = identified_object(who, (family, keyword, what, index), **{keyword: text})
            place = (Where.ELEMENT, _path(dataset[keyword].tag), IDENTIFIER)
            archive.add(family, f"{what} in {keyword}: {text}", dataset, place)
    for index in range(12):
        who = person(240 + index * 8)  # an ID of digits alone
        root = "1.2.276.0.7230010.3"
        for what, value in (
            ("ID", f"{root}.{who.patient_id}.{index + 1}"),
            ("birth date", f"{root}.{who.birth_date}.7"),
        ):
            dataset = identified_object(who, (family, what, index), SeriesInstanceUID=value)
            archive.add(family, f"{what} in a UID", dataset, (Where.ELEMENT, "(0020,000E)", IDENTIFIER))
    others: tuple[tuple[str, str, Callable[[Person], object]], ...] = (
        ("ImageType", "(0008,0008)", lambda who: ["DERIVED", "SECONDARY", plain(who.family).upper()]),
        ("AcquisitionNumber", "(0020,0012)", lambda who: who.patient_id),
        ("ProtocolName", "(0018,1030)", lambda who: ["CT", f"{who.family} {who.given}"]),
        ("SoftwareVersions", "(0018,1020)", lambda who: f"{plain(who.family)}_1"),
        ("TextValue", "(0040,A160)", lambda who: "x" * 300_000 + f" {who.given} {who.family}"),
    )
    for index, (keyword, path, make) in enumerate(others):
        who = person(267 + index * 8)  # an ID of seven digits
        dataset = identified_object(who, (family, "others", index), **{keyword: make(who)})
        archive.add(family, f"in {keyword}", dataset, (Where.ELEMENT, path, IDENTIFIER))
    who = person(266)
    dataset = identified_object(who, (family, "creator"))
    add_private(dataset, 0x0033, f"{who.family} {who.given}".upper(), {0x10: ("LO", "x")})
    archive.add(family, "name as private creator", dataset, (Where.ELEMENT, "(0033,0010)", IDENTIFIER))
    dataset = identified_object(who, (family, "unknown"))
    dataset.add_new(0x0008_9999, "LO", f"{who.given} {who.family}")
    archive.add(family, "unknown public element", dataset, (Where.ELEMENT, "(0008,9999)", IDENTIFIER))
    dataset = identified_object(who, (family, "UN"))
    dataset.add_new(0x0020_4000, "UN", _padded(f"{who.given} {who.family}".encode()))
    archive.add(family, "public element of VR UN", dataset, (Where.ELEMENT, "(0020,4000)", IDENTIFIER))
    inner = add_private(Dataset(), 0x0033, "LOCAL RIS EXPORT 2.0", {0x10: ("LO", f"{who.given} {who.family}")})
    dataset = identified_object(who, (family, "private, nested"), SourceImageSequence=[inner])
    archive.add(family, "private, nested", dataset, (Where.ELEMENT, "(0008,2112)[0]/(0033,1010)", IDENTIFIER))
    for index in range(4):
        who = person(260 + index)
        code_item = [code("T-1", "99LOCAL", f"CT of {who.given} {who.family}")]
        dataset = identified_object(who, (family, "code", index), ProcedureCodeSequence=code_item)
        archive.add(family, "name in Code Meaning", dataset, (Where.ELEMENT, "(0008,1032)[0]/(0008,0104)", IDENTIFIER))


# --- 5. other character sets ------------------------------------------------------------------------------------------

_SCRIPTS: tuple[tuple[str | list[str], str, tuple[str, ...]], ...] = (
    (
        ["", "ISO 2022 IR 87"],
        "Yamamoto^Kenjirou=山本^健次郎=やまもと^けんじろう",
        ("山本健次郎", "山本 健次郎様", "やまもと けんじろう"),
    ),
    (
        "ISO_IR 192",
        "Yamamoto^Kenjirou=山本^健次郎=やまもと^けんじろう",
        ("患者:山本健次郎", "Kenjirou Yamamoto", "山本様"),
    ),
    (["", "ISO 2022 IR 149"], "Kang^Daehyun=姜^大賢=강^대현", ("강대현", "姜大賢", "Daehyun Kang")),
    ("ISO_IR 144", "Воронцова^Людмила", ("Людмила Воронцова", "ВОРОНЦОВА Л.", "Воронцова", "г-жа Воронцова Людмила")),
    ("ISO_IR 126", "Καραγιάννης^Στέφανος", ("Στέφανος Καραγιάννης", "ΚΑΡΑΓΙΑΝΝΗΣ ΣΤΕΦΑΝΟΣ", "Καραγιαννης")),
    ("ISO_IR 100", "Hägglöf^Jürgen", ("Jürgen Hägglöf", "HÄGGLÖF", "Haegloef, Juergen Hägglöf", "Hagglof Jurgen")),
    ("ISO_IR 101", "Řezníčková^Zdeňka", ("Zdeňka Řezníčková", "REZNICKOVA ZDENKA", "řezníčková")),
    ("ISO_IR 148", "Gökçeoğlu^Şebnem", ("Şebnem Gökçeoğlu", "GOKCEOGLU SEBNEM", "gökçeoğlu")),
    ("ISO_IR 138", "אברהמוביץ^שמואל", ("שמואל אברהמוביץ", "אברהמוביץ")),
    ("ISO_IR 127", "الخطيب^ياسمين", ("ياسمين الخطيب", "الخطيب ياسمين")),
    ("ISO_IR 166", "สุวรรณรัตน์^กมลชนก", ("กมลชนก สุวรรณรัตน์",)),
    ("GB18030", "Ouyang^Xiuying=欧阳^秀英", ("欧阳秀英", "患者欧阳秀英复查", "Xiuying Ouyang", "ouyangxiuying")),
    ("GBK", "Ouyang^Xiuying=欧阳^秀英", ("欧阳秀英",)),
    ("ISO_IR 192", "Nguyễn Phước^Thanh Hương", ("Thanh Hương Nguyễn Phước", "NGUYEN PHUOC THANH HUONG")),
)


def _scripts(archive: PlantedArchive) -> None:
    family = "character sets"
    for number, (character_set, name, texts) in enumerate(_SCRIPTS):
        who = person(300 + number)
        for index, text in enumerate(texts):
            dataset = identified_object(who, (family, number, index), PatientName=name, PatientAddress=None)
            dataset.SpecificCharacterSet = character_set
            keyword, path = (("ImageComments", "(0020,4000)"), ("SeriesDescription", "(0008,103E)"))[index % 2]
            setattr(dataset, keyword, text)
            archive.add(family, f"{text} in {character_set}", dataset, (Where.ELEMENT, path, IDENTIFIER))
            syntax = (ExplicitVRLittleEndian, ImplicitVRLittleEndian)[number % 2]
            archive.entries[archive.plantings[-1].entry] = dicom_bytes(dataset, syntax)


# --- 6. private elements ----------------------------------------------------------------------------------------------

_UNSAFE: tuple[tuple[int, str, int, str, object, Severity], ...] = (
    (0x0011, "SIEMENS RIS", 0x30, "PN", _OTHER.name, IDENTIFIER),
    (0x0013, "SIEMENS CM VA0  CMS", 0x20, "PN", _OTHER.name, IDENTIFIER),
    (0x0013, "SIEMENS CM VA0  CMS", 0x22, "LO", "4471209", IDENTIFIER),
    (0x0013, "SIEMENS CM VA0  CMS", 0x30, "DA", "19560302", IDENTIFIER),
    (0x0033, "MITRA OBJECT UTF8 ATTRIBUTES 1.0", 0x02, "PN", _OTHER.name, IDENTIFIER),
    (0x0031, "MITRA LINKED ATTRIBUTES 1.0", 0x20, "LO", "4471209", IDENTIFIER),
    (0x0091, "SIENET", 0x20, "PN", _OTHER.name, IDENTIFIER),
    (0x7005, "TOSHIBA_MEC_CT3", 0x24, "DA", "20130713", QUASI),
    (0x0009, "GEMS_PETD_01", 0x02, "LO", "4471209", IDENTIFIER),
    (0x0009, "SOME MAKER 1.0", 0x01, "PN", _OTHER.name, QUASI),
    (0x0009, "SOME MAKER 1.0", 0x02, "DA", "20130713", QUASI),
    (0x0009, "SOME MAKER 1.0", 0x03, "DT", "20130713101112", QUASI),
    (0x0009, "SOME MAKER 1.0", 0x04, "AE", "LVPACS01", QUASI),
    (0x0009, "SOME MAKER 1.0", 0x05, "LO", "anything", REVIEW),
    (0x0009, "SOME MAKER 1.0", 0x06, "OB", b"\x01\x02\x03\x04", REVIEW),
    (0x0009, "SOME MAKER 1.0", 0x07, "UI", "1.2.276.0.7230010.3.88", REVIEW),
    (0x0009, "SOME MAKER 1.0", 0x08, "FD", 1.5, REVIEW),
    (0x0009, "SOME MAKER 1.0", 0x09, "UN", b"\x01\x02\x03\x04", REVIEW),
    (0x0009, "GEMS_IDEN_01", 0x02, "SH", "CT01", REVIEW),
    (0x0009, "GEMS_IDEN_01", 0x30, "SH", "44120", REVIEW),
    (0x0043, "GEMS_PARM_01", 0x80, "LO", "anything", REVIEW),
    (0x0019, "SIEMENS MR HEADER", 0x08, "CS", "IMAGE NUM 4", REVIEW),
)


def _private(archive: PlantedArchive) -> None:
    family = "private: by element"
    for index, (group, creator, element, vr, value, severity) in enumerate(_UNSAFE):
        dataset = add_private(cleaned_object((family, index)), group, creator, {element: (vr, value)})
        place = (Where.ELEMENT, _path(group << 16 | 0x1000 | element), severity)
        archive.add(family, f"{creator} xx{element:02X} {vr}", dataset, place)
    dataset = cleaned_object((family, "no creator"))
    dataset.add_new(0x0009_1001, "LO", "who knows")
    archive.add(family, "without a creator", dataset, (Where.ELEMENT, "(0009,1001)", REVIEW))
    _private_values(archive)


def _private_values(archive: PlantedArchive) -> None:
    """Plant the patient's own identity in private values of every VR and encoding."""
    family = "private: by value"
    element = "(0033,1010)"
    for number, (what, vr, make) in enumerate(_PRIVATE_FORMS):
        for repeat in range(3):
            who = person(320 + number * 3 + repeat)
            value = make(who)
            dataset = add_private(
                identified_object(who, (family, number, repeat)), 0x0033, "LOCAL RIS EXPORT 2.0", {0x10: (vr, value)}
            )
            archive.add(family, what, dataset, (Where.ELEMENT, element, IDENTIFIER))
    syntaxes = (ImplicitVRLittleEndian, ExplicitVRLittleEndian)
    for number, syntax in enumerate(syntaxes):
        who = person(400 + number)
        dataset = add_private(identified_object(who, (family, "tree")), 0x0033, "LOCAL RIS EXPORT 2.0", {})
        inner = data_set(PatientName=who.name, PatientID=who.patient_id)
        dataset.private_block(0x0033, "LOCAL RIS EXPORT 2.0").add_new(0x10, "SQ", [inner])
        name = archive.add(family, f"private sequence, {syntax.name}", dataset, (Where.ELEMENT, element, IDENTIFIER))
        archive.entries[name] = dicom_bytes(dataset, syntax)
    who = person(403)
    inside = _padded(dicom_bytes(data_set(PatientName=who.name, Modality="CT")))
    dataset = add_private(
        identified_object(who, (family, "DICOM")), 0x0033, "LOCAL RIS EXPORT 2.0", {0x10: ("OB", inside)}
    )
    archive.add(family, "DICOM inside", dataset, (Where.EMBEDDED, "(0010,0010)", IDENTIFIER))
    who = person(402)
    items = b"\xfe\xff\x00\xe0" + struct.pack("<L", 0xFFFFFFFF)
    items += data_set_bytes(data_set(PatientName=who.name), ImplicitVRLittleEndian) + b"\xfe\xff\x0d\xe0\0\0\0\0"
    dataset = add_private(
        identified_object(who, (family, "items")), 0x0033, "LOCAL RIS EXPORT 2.0", {0x10: ("UN", items)}
    )
    archive.add(family, "Items in a UN value", dataset, (Where.ELEMENT, element, IDENTIFIER))


def _padded(data: bytes) -> bytes:
    return data + b"\0" * (len(data) % 2)


def _counted(text: str) -> bytes:
    return _padded(struct.pack("<H", len(text)) + text.encode() + struct.pack("<H", 4) + b"ABCD")


def _in_structure(text: str, encoding: str = "latin-1") -> bytes:
    """Return a text as a field of a structure in memory."""
    return _padded(b"\x01\0\x02\x80" + text.encode(encoding, "replace") + b"\0\0\0\0\x80\x3f\xff\xfe")


_PRIVATE_FORMS: tuple[tuple[str, str, Callable[[Person], object]], ...] = (
    ("name in LO", "LO", lambda who: f"{who.family}, {who.given}"),
    ("name in SH", "SH", lambda who: plain(f"{who.family}{who.given[0]}")[:16]),
    ("name in UT", "UT", lambda who: f"exported for {who.given} {who.family} on request"),
    ("name in PN", "PN", lambda who: who.name),
    ("name in ST", "ST", lambda who: f"{who.given.upper()} {who.family.upper()}"),
    ("ID in LO", "LO", lambda who: who.patient_id),
    ("ID in UT", "UT", lambda who: f"key={who.patient_id};v=2"),
    ("birth date in LO", "LO", lambda who: who.birth_date),
    ("birth date in DA", "DA", lambda who: who.birth_date),
    ("birth date in DT", "DT", lambda who: f"{who.birth_date}000000"),
    ("name in UN", "UN", lambda who: _padded(f"{who.family}^{who.given}".encode())),
    ("ID in UN", "UN", lambda who: _padded(who.patient_id.encode())),
    ("name in OB", "OB", lambda who: _in_structure(f"{plain(who.family)}^{plain(who.given)}")),
    ("name in OB, UTF-16", "OB", lambda who: _in_structure(f"{who.family}, {who.given}", "utf-16-le")),
    ("name in OB, UTF-8", "OB", lambda who: _in_structure(f"{who.given} {who.family}", "utf-8")),
    ("name fills OB", "OB", lambda who: _padded(f"{plain(who.family)}^{plain(who.given)}".encode())),
    ("name fills OW", "OW", lambda who: _padded(f"{plain(who.given)} {plain(who.family)}".encode())),
    ("name in OB, UTF-16 BE", "OB", lambda who: _padded(f"{who.family} {who.given}".encode("utf-16-be"))),
    ("name after its length", "OB", lambda who: _counted(f"{plain(who.family)}^{plain(who.given)}")),
    ("ID in OB", "OB", lambda who: _in_structure(who.patient_id)),
    ("ID in OB, UTF-16", "OB", lambda who: _in_structure(who.patient_id, "utf-16-le")),
    ("birth date in OB", "OB", lambda who: _in_structure(who.birth_date)),
    ("name in XML", "OB", lambda who: _padded(f"<e><p name='{plain(who.given)} {plain(who.family)}'/></e>".encode())),
    ("name in JSON", "UN", lambda who: _padded(json.dumps({"p": {"n": f"{who.family}^{who.given}"}}).encode())),
    ("name in gzip", "OB", lambda who: _gzip(f"exam 4\npatient {who.given} {who.family}\n".encode())),
    (
        "name in zlib",
        "OB",
        lambda who: _padded(b"\x01\0\0\0" + zlib.compress(f"{who.given} {who.family}\n".encode() * 3)),
    ),
    ("name in a GE protocol block", "OB", lambda who: _ge_protocol(f'set PATIENTNAME "{who.family}^{who.given}"\n')),
    ("name in a CSA header", "OB", lambda who: _csa({"PatientName": [who.name], "EchoTime": ["4.2"]})),
    ("name in a CSA protocol", "OB", lambda who: _csa({"MrPhoenixProtocol": [_protocol(who)]})),
    ("name in a zip inside", "OB", lambda who: _padded(zip_bytes({"a.txt": f"{who.given} {who.family}".encode()}))),
)


def _gzip(data: bytes) -> bytes:
    return _padded(gzip.compress(data, mtime=0))


def _ge_protocol(text: str) -> bytes:
    """Return the protocol data block of GE: a length of 4 bytes, and gzip."""
    packed = gzip.compress(text.encode() + b'set FOV "24"\n' * 20, mtime=0)
    return _padded(struct.pack("<L", len(packed)) + packed)


def _protocol(who: Person) -> str:
    name = plain(f"{who.family}^{who.given}")
    return (
        f'<XProtocol>\n{{\n <ParamString."tPatientName"> {{ "{name}" }}\n <ParamDouble."dThickness"> {{ 5.0 }}\n}}\n'
        "### ASCCONV BEGIN ###\nsSliceArray.lSize = 12\n### ASCCONV END ###\n"
    )


def _csa(values: Mapping[str, Sequence[str]]) -> bytes:
    out = [b"SV10\x04\x03\x02\x01", struct.pack("<LL", len(values), 77)]
    for name, items in values.items():
        out.append(struct.pack("<64sl4slll", name.encode(), len(items), b"LO", 0, len(items), 77))
        for item in items:
            text = item.encode() + b"\0"
            out.append(struct.pack("<4l", 0, len(text), 77, len(text)) + text + bytes(-len(text) % 4))
    return _padded(b"".join(out))


# --- 7. hidden carriers -----------------------------------------------------------------------------------------------


def _carriers(archive: PlantedArchive) -> None:
    family = "carriers"
    for number in range(6):
        who = person(420 + number)
        own = functools.partial(identified_object, who)
        name = f"{plain(who.given)} {plain(who.family)}"
        dataset = own((family, "preamble", number))
        data = dicom_bytes(dataset, preamble=f"{name} {who.patient_id}".encode().ljust(128, b"\0"))
        archive.add(family, "preamble", data, (Where.PREAMBLE, "", IDENTIFIER))
        data = dicom_bytes(own((family, "trailing", number))) + b"\0\0\0\0" + f"{name}\0".encode() * 2
        archive.add(family, "trailing bytes", data, (Where.TRAILING, "", IDENTIFIER))
        for keyword, path in (
            ("SourceApplicationEntityTitle", "(0002,0016)"),
            ("SendingApplicationEntityTitle", "(0002,0017)"),
        ):
            title = plain(f"{who.given[0]}{who.family}").upper().replace(" ", "").replace("'", "")[:16]
            data = _with_meta(own((family, keyword, number)), {keyword: title})
            archive.add(family, f"{keyword} {title}", data, (Where.FILE_META, path, QUASI))
        data = _with_meta(
            own((family, "private information", number)),
            {"PrivateInformationCreatorUID": "1.2.3.4", "PrivateInformation": _in_structure(name)},
        )
        archive.add(family, "private information of the file meta", data, (Where.FILE_META, "(0002,0102)", IDENTIFIER))
        elements: dict[str, tuple[int, str, object]] = {
            "overlay comment": (0x6000_4000, "LT", f"for {name}"),
            "overlay label": (0x6000_1500, "LO", name),
            "overlay description": (0x6002_0022, "LO", f"{who.family} {who.given}"),
            "curve description": (0x5000_0022, "LO", name),
            "trailing padding": (0xFFFC_FFFC, "OB", _in_structure(name)),
            "text string": (0x2030_0020, "LO", name),
            "label text": (0x2200_0002, "UT", name),
            "barcode": (0x2200_0005, "LT", who.patient_id),
        }
        for what, (tag, vr, value) in elements.items():
            dataset = own((family, what, number))
            dataset.add_new(tag, vr, value)
            archive.add(family, what, dataset, (Where.ELEMENT, _path(tag), IDENTIFIER))
        _carriers_by_class(archive, who, number)
    for what, tag, vr, value, where in _SILENT_CARRIERS:
        dataset = cleaned_object((family, what), **image())
        dataset.add_new(tag, vr, value)
        archive.add(family, what, dataset, (where, _path(tag), REVIEW))
    icon = cleaned_object((family, "icon"), IconImageSequence=[data_set(**image())])
    archive.add(family, "icon", icon, (Where.PIXEL, "(0088,0200)", REVIEW))
    for what, start in (("TIFF", b"II*\0"), ("executable", b"MZ\x90\0")):
        data = dicom_bytes(cleaned_object((family, what)), preamble=start.ljust(128, b"\x01"))
        archive.add(family, f"preamble: {what}", data, (Where.PREAMBLE, "", REVIEW))
    data = dicom_bytes(cleaned_object((family, "trailing"))) + b"\x01\x02\x03\x04" * 9
    archive.add(family, "unreadable trailing bytes", data, (Where.TRAILING, "", REVIEW))


_SILENT_CARRIERS: tuple[tuple[str, int, str, object, Where], ...] = (
    ("overlay plane", 0x6000_3000, "OW", b"\x0f\xf0", Where.PIXEL),
    ("curve data", 0x5000_3000, "OW", b"\x01\x02\x03\x04", Where.ELEMENT),
    ("audio", 0x5000_200C, "OW", b"\x01\x02\x03\x04", Where.ELEMENT),
    ("encrypted content", 0x0400_0520, "OB", b"\x01\x02\x03\x04", Where.ELEMENT),
    ("padding", 0xFFFC_FFFC, "OB", b"\x01\x02\x03\x04", Where.ELEMENT),
)


def _with_meta(dataset: Dataset, more: Mapping[str, object]) -> bytes:
    """Return the data set as a file with more elements in its File Meta Information."""
    plain_file = dicom_bytes(dataset)
    (length,) = struct.unpack_from("<L", plain_file, 140)
    extra = data_set_bytes(_meta(more))
    return (
        plain_file[:140]
        + struct.pack("<L", length + len(extra))
        + plain_file[144 : 144 + length]
        + extra
        + plain_file[144 + length :]
    )


def _meta(more: Mapping[str, object]) -> Dataset:
    # A data set of group 0002 is written by pydicom as a file only; the elements alone are what is wanted.
    dataset = Dataset()
    dataset.update(data_set(**more))
    return dataset


def _carriers_by_class(archive: PlantedArchive, who: Person, number: int) -> None:
    family = "carriers: by class"
    own = functools.partial(identified_object, who)
    name = f"{who.given} {who.family}"
    spoken = plain(name)
    pages = pdf([f"Radiology report for {spoken}", "Nothing abnormal"])
    document = own((family, "pdf", number), SOPClassUID=EncapsulatedPDFStorage, EncapsulatedDocument=_padded(pages))
    document.MIMETypeOfEncapsulatedDocument = "application/pdf"
    archive.add(family, "encapsulated PDF", document, (Where.EMBEDDED, "(0042,0011)", IDENTIFIER))
    cda = (
        "<ClinicalDocument xmlns='urn:hl7-org:v3'><recordTarget><patientRole><patient><name><given>"
        f"{who.given}</given><family>{who.family}</family></name></patient></patientRole></recordTarget></ClinicalDocument>"
    ).encode()
    document = own((family, "cda", number), SOPClassUID=EncapsulatedCDAStorage, EncapsulatedDocument=_padded(cda))
    archive.add(family, "encapsulated CDA", document, (Where.EMBEDDED, "(0042,0011)", IDENTIFIER))
    state = own(
        (family, "pr", number),
        SOPClassUID=GrayscaleSoftcopyPresentationStateStorage,
        GraphicAnnotationSequence=[data_set(TextObjectSequence=[data_set(UnformattedTextValue=f"{name}\r\n2nd look")])],
    )
    path = "(0070,0001)[0]/(0070,0008)[0]/(0070,0006)"
    archive.add(family, "text of a presentation state", state, (Where.ELEMENT, path, IDENTIFIER))
    plan = own((family, "rtplan", number), SOPClassUID=RTPlanStorage, RTPlanLabel=plain(who.family)[:16])
    common = who.family in {"Brown", "Young", "Park", "Carter"}
    archive.add(family, f"label {who.family}", plan, (Where.ELEMENT, "(300A,0002)", REVIEW if common else IDENTIFIER))
    structures = own(
        (family, "rtstruct", number),
        SOPClassUID=RTStructureSetStorage,
        StructureSetROISequence=[data_set(ROIName=f"GTV {spoken}", ROIDescription="")],
    )
    archive.add(family, "ROI name", structures, (Where.ELEMENT, "(3006,0020)[0]/(3006,0026)", IDENTIFIER))
    report = own((family, "sr", number), SOPClassUID=BasicTextSRStorage)
    report.ContentSequence = [
        data_set(ContentSequence=[data_set(ContentSequence=[data_set(ValueType="PNAME", PersonName=who.name)])]),
        text_item(f"{name} was examined on request."),
    ]
    deep = "(0040,A730)[0]/(0040,A730)[0]/(0040,A730)[0]/(0040,A123)"
    places = ((Where.ELEMENT, deep, IDENTIFIER), (Where.ELEMENT, "(0040,A730)[1]/(0040,A160)", IDENTIFIER))
    archive.add(family, "person's name and text of a report", report, *places)
    waveform = own(
        (family, "waveform", number),
        WaveformAnnotationSequence=[data_set(UnformattedTextValue=f"{name} at rest")],
    )
    archive.add(family, "waveform annotation", waveform, (Where.ELEMENT, "(0040,B020)[0]/(0070,0006)", IDENTIFIER))
    directory = data_set(
        SOPClassUID=MediaStorageDirectoryStorage,
        FileSetID="EXPORT",
        DirectoryRecordSequence=[
            data_set(DirectoryRecordType="PATIENT", PatientName=who.name, PatientID=who.patient_id),
            data_set(DirectoryRecordType="STUDY", StudyDescription=f"CT {name}"),
        ],
    )
    directory.SOPInstanceUID = uid(family, "dicomdir", number)
    places = tuple(
        (Where.ELEMENT, f"(0004,1220)[{item}]/{path}", IDENTIFIER)
        for item, path in ((0, "(0010,0010)"), (0, "(0010,0020)"), (1, "(0008,1030)"))
    )
    archive.add(family, "records of a DICOMDIR", directory, *places, name=f"DISC{number}/DICOMDIR")


def pdf(pages: Sequence[str], info: Mapping[str, str] | None = None) -> bytes:
    """Return a PDF with one line of text on each page."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", "", "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    kids = []
    for text in pages:
        stream = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET"
        kids.append(f"{len(objects) + 1} 0 R")
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {len(objects) + 2} 0 R"
            " /Resources << /Font << /F1 3 0 R >> >> >>"
        )
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>"
    objects.append("<< " + " ".join(f"/{key} ({value})" for key, value in (info or {}).items()) + " >>")
    out, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{content}\nendobj\n".encode("latin-1")
    table = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    table += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    trailer = f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R /Info {len(objects)} 0 R >>\n"
    return out + table + f"{trailer}startxref\n{len(out)}\n%%EOF\n".encode()


# --- 8. other files, and the zip itself -------------------------------------------------------------------------------


def _office(text: str) -> bytes:
    document = f"<w:document xmlns:w='w'><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:document>"
    return zip_bytes({"[Content_Types].xml": b"<Types/>", "word/document.xml": document.encode()})


_FILES: tuple[tuple[str, Callable[[str], bytes]], ...] = (
    ("txt", lambda text: f"Please read the scan of\n{text}\nThank you.".encode()),
    ("log", lambda text: f"10:11:12 INFO sent 24 images {text} ok\n".encode() * 3),
    ("csv", lambda text: f"no;who;when\n1;{text};20130713\n2;;\n3;;\n".encode()),
    ("tsv", lambda text: f"no\twho\twhen\n1\t{text}\t20130713\n2\t\t\n".encode()),
    ("json", lambda text: json.dumps({"studies": [{"who": text, "n": 3}]}).encode()),
    ("xml", lambda text: f"<?xml version='1.0'?><a><b>{text}</b></a>".encode()),
    ("html", lambda text: f"<!DOCTYPE html><html><body><p>Report: <b>{text}</b></p></body></html>".encode()),
    ("hl7", lambda text: f"MSH|^~\\&|RIS|LV|PACS|LV|20130713||ORU^R01|1|P|2.3\rOBX|1|TX|||{text}\r".encode()),
    ("rtf", lambda text: f"{{\\rtf1\\ansi Report: {plain(text)}\\par}}".encode("ascii", "ignore")),
    ("pdf", lambda text: pdf([f"Report: {plain(text)}"])),
    ("docx", _office),
    ("utf16.txt", lambda text: f"Notes: {text}\n".encode("utf-16")),
    ("latin1.txt", lambda text: f"Notes: {text} für später\n".encode("latin-1", "replace")),
    ("ini", lambda text: f"[export]\nwho={text}\nn=3\n".encode()),
    ("zip", lambda text: zip_bytes({"notes.txt": f"Notes: {text}\n".encode()})),
    ("gz", lambda text: gzip.compress(f"Notes: {text}\n".encode(), mtime=0)),
    ("dat", lambda text: b"\x00\x01\x02\x80" + text.encode() + b"\0\0\xff\xfe\x01"),
)
_FILE_TEXTS = ("{Given} {Family}", "{FAMILY}^{GIVEN}", "{id}", "{Family}, {Given}", "DOB {dd}.{mm}.{yyyy}", "{phone}")


def _other_files(archive: PlantedArchive) -> None:
    family = "other files"
    for number, (suffix, make) in enumerate(_FILES):
        for index, template in enumerate(_FILE_TEXTS):
            who = person(440 + (number + index) % 24)
            text = fill(template, who)
            if suffix == "hl7" and index == 1:
                text = text.replace("^", " ")  # in HL7 the caret parts components of its own
            name = f"extra/{index}{number:02}.{suffix}"
            archive.add(family, f"{suffix}: {template}", make(text), (Where.OTHER_FILE, "", IDENTIFIER), name=name)
    for number in range(24):
        who = person(440 + number)
        archive.add(family, "the owner", identified_object(who, (family, number)))
    unknown: tuple[tuple[str, bytes, Severity], ...] = (
        ("hl7 of someone unknown", _HL7.encode(), IDENTIFIER),
        ("csv with headings", b"PatientName,PatientID,BirthDate\nHartwell^Josephine,88120447,19440217\n", IDENTIFIER),
        ("json with keys", json.dumps({"patient": {"name": "Josephine Hartwell", "mrn": "88120447"}}).encode(), REVIEW),
        ("e-mail address", b"ask j.hartwell@example.org", IDENTIFIER),
        ("unknown bytes", bytes(range(1, 200)) * 3, REVIEW),
        ("picture", b"\x89PNG\r\n\x1a\n" + bytes(40), REVIEW),
    )
    for number, (what, data, severity) in enumerate(unknown):
        archive.add(family, what, data, (Where.OTHER_FILE, "", severity), name=f"extra/unknown{number}")
    inner = dicom_bytes(identified_object(person(470), (family, "nested")))
    nested = zip_bytes(
        {"a/1": inner, "b.zip": zip_bytes({"2": dicom_bytes(identified_object(person(471), "nested 2"))})}
    )
    places = tuple((Where.EMBEDDED, path, IDENTIFIER) for path in sorted(HEADER_PATHS))
    archive.add(family, "DICOM in a nested zip", nested, *places, name="more.zip")


_HL7 = (
    "MSH|^~\\&|RIS|LV|PACS|LV|201307131011||ADT^A08|1|P|2.3\r"
    "PID|1||88120447^^^LV^MR||Hartwell^Josephine^M||19440217|F|||12 Oak Street^^Talheim^OH^44120||555-225-5887\r"
)


def _zip_itself(archive: PlantedArchive) -> None:
    family = "names and comments of the zip"
    who = person(480)
    archive.comment = f"Exported for {who.given} {who.family}".encode()
    archive.add(family, "the owner", identified_object(who, (family, "owner")))
    archive.plantings.append(Planting(family, "comment of the zip", "", Where.ARCHIVE, "", IDENTIFIER))
    forms = (
        *(
            "{GlueFamily}_{PlainGiven}/IM1",
            "{gluefamily}{gluegiven}/IM1",
            "{Family}, {Given}/CT/IM1",
            "CT/{Family}_{Given}.dcm",
        ),
        *("{id}/IM1", "{id}_CT_20130713/IM1", "export/{id}/1/2/IM1", "{yyyy}{mm}{dd}_{id}.dcm", "{Given} {Family}.dcm"),
        *("PAT_{id}/IM1", "DOB{yyyy}{mm}{dd}/IM1", "{G}{GlueFamily}/IM1", "{PlainGiven}.{GlueFamily}.zip.dir/IM1"),
    )
    for number, template in enumerate(forms):
        for repeat in range(2):
            owner = person(481 + number * 2 + repeat)
            name = f"{number}{repeat}/{fill(template, owner)}"
            data = identified_object(owner, (family, number, repeat))
            archive.add(family, template, data, (Where.ENTRY_NAME, "", IDENTIFIER), name=name)
    for number, template in enumerate(
        ("{Given} {Family}", "{id}", "sent by {FAMILY}, {GIVEN}", "DOB {dd}.{mm}.{yyyy}")
    ):
        owner = person(520 + number)
        place = (Where.ARCHIVE, "", IDENTIFIER)
        name = archive.add(family, f"entry comment {template}", identified_object(owner, (family, "c", number)), place)
        archive.entry_comments[name] = fill(template, owner).encode()
    owner = person(530)
    archive.add(family, "the owner", identified_object(owner, (family, "folder")))
    folder = fill("{GlueFamily}_{PlainGiven}/", owner)
    archive.entries[folder] = None
    archive.plantings.append(Planting(family, "a folder", folder, Where.ENTRY_NAME, "", IDENTIFIER))
    data, place = pdf(["Nothing"]), (Where.ENTRY_NAME, "", IDENTIFIER)
    archive.add(family, "another file", data, place, name=fill("Report_{id}.pdf", owner))
    # Names by their form: nobody in the archive bears them.
    for number, name in enumerate(
        ("Hartwell^Josephine/IM1", "Josephine Hartwell MRN 88120447/IM1", "Mr. Hartwell/IM1")
    ):
        where = (Where.ENTRY_NAME, "", IDENTIFIER)
        archive.add(family, "form", cleaned_object((family, number)), where, name=f"form{number}/{name}")


# --- 9. pixels by header, claims, the watch list ----------------------------------------------------------------------


def _pixels_and_claims(archive: PlantedArchive) -> None:
    family = "pixels, by header"
    risks: tuple[tuple[str, dict[str, object], Severity], ...] = (
        ("Burned In Annotation YES", {"BurnedInAnnotation": "YES"}, IDENTIFIER),
        ("Recognizable Visual Features YES", {"RecognizableVisualFeatures": "YES"}, IDENTIFIER),
        (
            "secondary capture",
            {"SOPClassUID": SecondaryCaptureImageStorage, "Modality": "OT", "ConversionType": "WSD"},
            REVIEW,
        ),
        (
            "scanned film",
            {"SOPClassUID": SecondaryCaptureImageStorage, "Modality": "OT", "ConversionType": "DF"},
            REVIEW,
        ),
        ("ultrasound", {"SOPClassUID": UltrasoundImageStorage, "Modality": "US"}, REVIEW),
        (
            "ultrasound that says NO",
            {"SOPClassUID": UltrasoundImageStorage, "Modality": "US", "BurnedInAnnotation": "NO"},
            REVIEW,
        ),
        ("screen save", {"ImageType": ["DERIVED", "SECONDARY", "SCREEN SAVE"]}, REVIEW),
        ("dose page", {"ImageType": ["DERIVED", "SECONDARY", "OTHER"], "SeriesDescription": "Dose Report"}, REVIEW),
        ("thin head", {"BodyPartExamined": "HEAD", "SliceThickness": "1", "PixelSpacing": [0.5, 0.5]}, REVIEW),
        (
            "thin head MR",
            {"SOPClassUID": MRImageStorage, "Modality": "MR", "BodyPartExamined": "BRAIN", "SliceThickness": "1"},
            REVIEW,
        ),
        (
            "computed radiograph",
            {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.1", "Modality": "CR", "BurnedInAnnotation": "NO"},
            REVIEW,
        ),
        (
            "mammogram",
            {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.1.2", "Modality": "MG", "BurnedInAnnotation": "NO"},
            REVIEW,
        ),
        ("digital radiograph", {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.1.1", "Modality": "DX"}, REVIEW),
        (
            "PET capture",
            {"SOPClassUID": SecondaryCaptureImageStorage, "Modality": "PT", "BurnedInAnnotation": "NO"},
            REVIEW,
        ),
    )
    for number, (what, attributes, severity) in enumerate(risks):
        dataset = cleaned_object((family, number), **(image() | attributes))
        archive.add(family, what, dataset, (Where.PIXEL, "", severity))
    family = "claims and contradictions"
    methods = [code("113100", "DCM", "Basic Application Confidentiality Profile")]
    claims: tuple[tuple[str, dict[str, object], str], ...] = (
        ("identity removed, and a name", {"PatientName": _OTHER.name}, "(0012,0062)"),
        ("identity removed, and dates", {"StudyDate": "20130713"}, "(0012,0062)"),
        (
            "profile, and staff",
            {"OperatorsName": "Bellweather^Iris", "DeidentificationMethodCodeSequence": methods},
            "(0012,0064)",
        ),
        (
            "removed dates, and dates",
            {"StudyDate": "20130713", "LongitudinalTemporalInformationModified": "REMOVED"},
            "(0028,0303)",
        ),
    )
    for number, (what, attributes, path) in enumerate(claims):
        archive.add(family, what, cleaned_object((family, number), **attributes), (Where.ELEMENT, path, REVIEW))
    dataset = add_private(
        cleaned_object((family, "private"), DeidentificationMethodCodeSequence=methods), 0x0009, "X 1", {1: ("LO", "y")}
    )
    archive.add(family, "profile, and private elements", dataset, (Where.ELEMENT, "(0012,0064)", REVIEW))
    shared = {"StudyInstanceUID": "1.2.276.0.7230010.9.1"}
    for number in (600, 601):
        dataset = identified_object(person(number), (family, number), **shared)
        archive.add(family, "two patients in one study", dataset, (Where.ELEMENT, "(0020,000D)", REVIEW))
    for number in (602, 603):
        dataset = identified_object(person(number), (family, number), PatientID="551203447")
        archive.add(family, "two names of one Patient ID", dataset, (Where.ELEMENT, "(0010,0020)", REVIEW))


def _watched() -> PlantedArchive:
    who, other = person(700), person(701)
    lines = (f"{who.given} {who.family}", other.patient_id, "Oberlander-Quist")
    archive = PlantedArchive("watch list", watch=lines)
    texts = (
        *(fill(template, who) for template in ("{FAMILY}, {GIVEN}", "{Given} {Family}", "{gluefamily}{gluegiven}")),
        *(fill(template, other) for template in ("{id}", "for {id}")),
        *("Oberlander-Quist", "OBERLANDER QUIST"),
    )
    for number, text in enumerate(texts):
        _planted_at(archive, "watch list", cleaned_object(("watch", number)), text, number, IDENTIFIER)
    return archive


def _under_options() -> Iterator[PlantedArchive]:
    """What an option retains is silent; what it does not retain is not."""
    rows: tuple[tuple[str, tuple[tuple[str, object, Severity], ...]], ...] = (
        (
            "retain-full-dates",
            (
                *(("PatientBirthDate", "19560302", IDENTIFIER), ("PatientName", _OTHER.name, IDENTIFIER)),
                *(("StudyDescription", "DOB 02.03.1956", IDENTIFIER), ("PatientAge", "093Y", QUASI)),
                ("AccessionNumber", "20130714E864535", QUASI),
            ),
        ),
        ("retain-modified-dates", (("PatientBirthDate", "19560302", IDENTIFIER), ("StudyID", "44512", QUASI))),
        ("retain-uids", (("DeviceSerialNumber", "77120934", QUASI), ("PatientID", "6774825273", REVIEW))),
        (
            "retain-patient-characteristics",
            (("PatientAge", "093Y", QUASI), ("PatientComments", "call 555-225-5887", IDENTIFIER)),
        ),
        (
            "retain-device-identity",
            (("InstitutionName", "Lakeview", QUASI), ("OperatorsName", "Bellweather^Iris", QUASI)),
        ),
        (
            "retain-institution-identity",
            (("StationName", "CTROOM7", QUASI), ("PatientAddress", "12 Oak St", IDENTIFIER)),
        ),
        (
            "clean-descriptors",
            (
                *(
                    ("StudyDescription", "CT for Mrs. Whitcombe", IDENTIFIER),
                    ("SeriesDescription", "read by PJN", QUASI),
                ),
                *(("ImageComments", "ssn 123-45-6789", IDENTIFIER), ("ProtocolName", "seen 13.07.2013", QUASI)),
            ),
        ),
        ("clean-structured-content", (("ContentSequence", [text_item("Dr. Whitcombe")], REVIEW),)),
        ("clean-graphics", (("PatientName", _OTHER.name, IDENTIFIER),)),
    )
    family = "under options"
    for option, plantings in rows:
        archive = PlantedArchive(f"under {option}", Options(names=frozenset({option})))
        for number, (keyword, value, severity) in enumerate(plantings):
            dataset = cleaned_object((family, option, number), **{keyword: value})
            place = (Where.ELEMENT, _path(dataset[keyword].tag), severity)
            archive.add(family, f"{keyword} under {option}", dataset, place)
        yield archive
    archive = PlantedArchive("under retain-safe-private", Options(names=frozenset({"retain-safe-private"})))
    who = person(540)
    for number, (group, creator, element, vr, value, severity) in enumerate(
        (
            (0x0033, "LOCAL RIS EXPORT 2.0", 0x10, "LO", "who knows", REVIEW),
            (0x0019, "SIEMENS MR HEADER", 0x0D, "CS", plain(who.family).upper(), IDENTIFIER),
            (0x0013, "SIEMENS CM VA0  CMS", 0x22, "LO", "4471209", IDENTIFIER),
        )
    ):
        dataset = add_private(identified_object(who, (family, "safe", number)), group, creator, {element: (vr, value)})
        place = (Where.ELEMENT, _path(group << 16 | 0x1000 | element), severity)
        archive.add(family, f"private element under retain-safe-private: {creator}", dataset, place)
    yield archive


def planted_archives() -> Iterator[PlantedArchive]:
    """Make all archives with plantings."""
    makers: tuple[tuple[str, Callable[[PlantedArchive], None]], ...] = (
        ("header", _header),
        ("nested", _nested),
        ("forms", _forms),
        ("echo", _echo),
        ("scripts", _scripts),
        ("private", _private),
        ("carriers", _carriers),
        ("files", _other_files),
        ("zip", _zip_itself),
        ("pixels and claims", _pixels_and_claims),
    )
    for name, make in makers:
        archive = PlantedArchive(name)
        make(archive)
        yield archive
    yield _watched()
    yield from _under_options()


# --- clean: de-identified as PS3.15 asks ------------------------------------------------------------------------------

_HASH = hashlib.sha256(b"nobody").hexdigest()
_TCIA_UID = "1.3.6.1.4.1.14519.5.2.1.7009.9004.180224303090109944523368212991"
_PSEUDONYMS: tuple[tuple[str, str], ...] = (
    *(("", ""), ("ANONYMOUS", "ANONYMOUS"), ("Anonymous", "0"), ("REMOVED", "REMOVED"), ("Anonymized", "00000000")),
    *(("TCGA-02-0003",) * 2, ("LIDC-IDRI-0045",) * 2, ("LUNG1-001",) * 2, ("ANON-0003",) * 2, ("CASE_00012",) * 2),
    *(("P001",) * 2, ("ProstateX-0000",) * 2, ("HN-CHUM-001",) * 2, ("002_S_0295",) * 2, ("sub-01",) * 2),
    *(("BraTS20_Training_001",) * 2, ("OAS30001",) * 2, ("10006",) * 2, ("00482913",) * 2, ("CTP-12345678",) * 2),
    *((_HASH, _HASH), (_HASH[:32], _HASH[:32]), (_HASH[:16], _HASH[:16]), (_TCIA_UID, _TCIA_UID), ("", _HASH[:12])),
    *((uid("a pseudonym"),) * 2, ("PSEUDO_12",) * 2, ("DEID-00042",) * 2, ("e3b0c442", "e3b0c442"), ("X7F3K255",) * 2),
    *(("Anonymous", "X7F3K2"), ("ANON", "S-0042"), ("", "SITE01-0007"), ("NONAME", "7"), ("No Name", "PX-0001")),
    *(("SUBJ01", "SUBJ01_MR1"), ("Subject 12", "12"), ("Patient 007", "007"), ("Study Subject 12", "SS12")),
    *(("Volunteer_03", "V03"), ("Participant 5", "P5"), ("Subject^001", "SUBJ-001"), ("PATIENT^ANONYMOUS", "A-17")),
    *(("Anonymous^Patient", "AP1"), ("Case 12", "C12"), ("P-017", "17"), ("ID0042", "S0042"), ("HEAD-NECK-01",) * 2),
    *(("BREAST-0012",) * 2, ("Phantom^QA", "QA1"), ("TEST^PHANTOM", "PHANTOM"), ("De-identified", "D-1")),
    *(
        ("R01-001",) * 2,
        ("C3L-00001",) * 2,
        ("QIN-HEADNECK-01-0003",) * 2,
        ("NLST_100012", "100012"),
        ("匿名", "J-001"),
    ),
    *(("ANONYM^0042", "0042"), ("xxxx^xxxx", "xxxx"), ("Zzz123", "Zzz123"), ("CPTAC-LUNG-1", "CPTAC-LUNG-1")),
)
_METHODS = (
    "Basic Application Confidentiality Profile",
    "CTP Default: based on the DICOM profile",
    "in-house script 2.1",
)


def _clean_object(number: int, name: str, patient_id: str, codes: Iterable[str] = (), **more: object) -> Dataset:
    methods = [code(value, "DCM", "a method of CID 7050") for value in ("113100", *codes)]
    attributes: dict[str, object] = {
        "PatientName": name,
        "PatientID": patient_id,
        "PatientBirthDate": "",
        "PatientSex": "",
        "StudyDate": "",
        "StudyTime": "",
        "AccessionNumber": "",
        "ReferringPhysicianName": "",
        "StudyID": "",
        "DeidentificationMethod": _METHODS[number % len(_METHODS)],
        "DeidentificationMethodCodeSequence": methods,
        "FrameOfReferenceUID": uid("clean frame", number),
        "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"],
        "Manufacturer": "SIEMENS",
        "ManufacturerModelName": "SOMATOM Definition AS+",
        "SoftwareVersions": "syngo CT VB20A_SP5",
        "KVP": "120",
        "SliceThickness": "5",
        "ConvolutionKernel": "B31f",
        "PatientPosition": "HFS",
        "BurnedInAnnotation": "NO",
        **image(),
    }
    return cleaned_object(("clean", number, *codes), **(attributes | more))


def clean_archives() -> Iterator[PlantedArchive]:
    """Make archives of objects that were de-identified under the options they are judged by."""
    texts = clinical_texts()
    shifted = {"StudyDate": "20131102", "SeriesDate": "20131102", "StudyTime": "101112", "ContentDate": "20131102"}
    institution = {"InstitutionName": "Lakeview Regional Medical Center", "InstitutionAddress": "Sarahview, PA"}
    device = {"StationName": "CTSCANROOM07", "DeviceSerialNumber": "77120934", "DeviceUID": uid("device")}
    patient = {"PatientSex": "F", "PatientAge": "061Y", "PatientWeight": "71", "EthnicGroup": "unknown"}
    original = {"StudyInstanceUID": "1.2.840.113619.2.55.3.2831", "SeriesInstanceUID": "1.2.840.113619.2.55.3.2832"}
    variants: tuple[tuple[str, str, dict[str, object]], ...] = (
        ("", "", {}),
        ("retain-modified-dates", "113107", shifted | {"LongitudinalTemporalInformationModified": "MODIFIED"}),
        ("retain-full-dates", "113106", shifted | {"LongitudinalTemporalInformationModified": "UNMODIFIED"}),
        ("retain-institution-identity", "113112", institution),
        ("retain-device-identity", "113109", device),
        ("retain-patient-characteristics", "113108", patient),
        ("retain-uids", "113110", original),
        ("clean-descriptors", "113105", {}),
        ("clean-structured-content", "113104", {}),
        ("retain-safe-private", "113111", {}),
    )
    for index, (option, method, more) in enumerate(variants):
        archive = PlantedArchive(
            f"clean {option or 'basic'}", Options(names=frozenset({option} - {""})), has_headers=False
        )
        for number, (name, patient_id) in enumerate(_PSEUDONYMS):
            dataset = _clean_object(number, name, patient_id, (method,) if method else (), **more)
            if option == "clean-descriptors":
                for keyword in ("StudyDescription", "SeriesDescription", "ProtocolName", "ImageComments"):
                    setattr(dataset, keyword, texts[keyword][number % len(texts[keyword])])
            if option == "clean-structured-content":
                dataset.ContentSequence = [text_item(text) for text in texts["TextValue"][number % 7 :: 7]]
            if option == "retain-safe-private":
                add_private(dataset, 0x0019, "SIEMENS MR HEADER", {0x0C: ("IS", "1000"), 0x0D: ("CS", "DIRECTIONAL")})
                add_private(dataset, 0x0043, "GEMS_PARM_01", {0x39: ("IS", ["1000", "8", "0", "0"])})
            folder = patient_id.replace(" ", "_") if patient_id and index % 2 else f"{number:03}"
            archive.add("clean", f"{name}/{patient_id}", dataset, name=f"{folder}/{index}/{number:04}.dcm")
        yield archive
    # What de-identification programs write without saying that they did.
    archive = PlantedArchive("clean without a claim", has_headers=False)
    for number, (name, patient_id) in enumerate(pair for pair in _PSEUDONYMS if pair[0] == pair[1]):
        claim = {
            "PatientIdentityRemoved": None,
            "DeidentificationMethod": None,
            "DeidentificationMethodCodeSequence": None,
        }
        archive.add(
            "clean", name, _clean_object(number, name, patient_id, **claim), name=f"{number:03}/{patient_id}.dcm"
        )
    yield archive


# --- clinical: as scanners send it ------------------------------------------------------------------------------------


@functools.cache
def clinical_texts() -> dict[str, tuple[str, ...]]:
    """Return `clinical-texts.txt`: keyword -> texts."""
    texts: dict[str, list[str]] = {}
    keyword = ""
    for line in (Path(__file__).parent / "clinical-texts.txt").read_text("utf-8").splitlines():
        if line.startswith("[") and line.endswith("]") and " " not in line:
            keyword = line[1:-1]
        elif line and not line.startswith("# "):
            texts.setdefault(keyword, []).append(line)
    return {keyword: tuple(lines) for keyword, lines in texts.items()}


_ORDINARY_NAMES = (
    *("Long^Jennifer", "Head^Thomas", "Short^Robert", "Brown^Rose", "Young^Grace", "Hand^Andrew", "Foot^Ann"),
    *("Gray^Mark", "Green^Lily", "White^Sky", "Park^Jin", "Cook^Iris", "Bruce^Alan", "Baker^Susan", "Waters^Helen"),
    *("Walker^Dean", "Page^Art", "Case^Will", "Field^Sandy", "Lane^Dale", "Fischer^Max", "Weber^Hans", "Graves^Ruth"),
    *("Bell^Alma", "Whipple^Dawn", "Cobb^Irene", "Simpson^Carol", "Harris^May", "Garden^Rosa", "Bone^Earl", "Li^Na"),
    *("Ma^Jun", "He^Xin", "Rest^Karl", "Philips^Karen", "Mason^Hope", "Summer^Faith", "August^April", "Day^Norma"),
    *(
        "Mass^Peter",
        "Marker^Beth",
        "Best^Georgia",
        "Low^Ken",
        "Cross^Ray",
        "Dose^Karin",
        "Delay^Louis",
        "Stone^Virginia",
    ),
    *("Willis^Crystal", "Parkinson^Ian", "Barrett^Joy", "Hartmann^Ernst", "Test^Anna", "Sagittal^Axel"),
)
_ORDINARY_IDS = ("1", "64", "300", "512", "750", "370", "CT750", "100", "3T", "5.0", "12345", "B31f", "V40")


def clinical_archives() -> Iterator[PlantedArchive]:
    """Make archives whose identities are in the headers alone, beside texts of clinics and makers.

    Half of the people are called by ordinary words, and numbered as texts are.
    """
    texts = clinical_texts()
    rounds = max(map(len, texts.values()))
    for part, size in enumerate(itertools.repeat(40, -(-rounds // 40))):
        archive = PlantedArchive(f"clinical {part}")
        for number in range(part * size, (part + 1) * size):
            who = person(800 + number // 4)
            name, patient_id = who.name, who.patient_id
            if number // 4 % 2:
                name = _ORDINARY_NAMES[number // 4 % len(_ORDINARY_NAMES)]
                patient_id = _ORDINARY_IDS[number // 4 % len(_ORDINARY_IDS)]
            dataset = identified_object(who, ("clinical", number), PatientName=name, PatientID=patient_id)
            for keyword, lines in texts.items():
                text = lines[number % len(lines)]
                match keyword:
                    case "CodeMeaning":
                        dataset.ProcedureCodeSequence = [code("P-1", "99LOCAL", text)]
                    case "TextValue":
                        dataset.ContentSequence = [text_item(text)]
                    case "ROIName":
                        dataset.StructureSetROISequence = [data_set(ROIName=text)]
                    case _:
                        setattr(dataset, keyword, text.split("\\") if keyword == "SoftwareVersions" else text)
            archive.add("clinical", str(number), dataset)
        yield archive
