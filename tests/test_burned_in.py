"""Burned-in text: every condition of the data file can fire, risk is never an all-clear, faces are told apart."""

from __future__ import annotations

import re

import pytest
from pydicom.datadict import tag_for_keyword

from pycore.findings import Severity, Where
from pycore.phi.burned_in import BURNED_IN_PATHS, _conditions, _find_risk, check_burned_in, to_attribute
from pycore.phi.value import Value
from pycore.standard import BurnedInRow, burned_in_rows

CT = {
    "PixelData": "present",
    "SOPClassUID": "1.2.840.10008.5.1.4.1.1.2",
    "Modality": "CT",
    "ImageType": "ORIGINAL\\PRIMARY\\AXIAL",
    "Manufacturer": "Example",
    "SamplesPerPixel": "1",
}
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
JUDGED = [
    row
    for row in burned_in_rows()
    if row.kind in {"attribute", "device", "modality", "sop", "accept"} and row.risk != "info"
]


def judged(attributes: dict[str, str]) -> list[tuple[str, Severity]]:
    return [(flag.rule, flag.severity) for flag in check_burned_in(attributes)]


def evidence(attributes: dict[str, str]) -> str:
    return check_burned_in(attributes)[0].evidence


def value_at(path: str, vr: str, text: str | None, *, length: int = 4, items: int = 0) -> Value:
    return Value(Where.ELEMENT, path, 0, vr, None, text, length, items)


LITERAL_OF_PATTERN = {
    "^(?!YES$)": "NO",
    "^.+$": "0.2\\0.2",
    "^(?!1.2.840.10008.5.1.4.1.1.7$)": "1.2.3",
    r"(^|\\)0000($|\\)": "ORIGINAL\\PRIMARY\\0000",
    r"^[1-9]\d{3,}$": "1001",
}


def satisfy(row: BurnedInRow) -> dict[str, str]:
    """Return attributes of which the row's condition is true, by reading the condition another way than the product."""
    texts: dict[str, str] = {"PixelData": "present"}
    if row.modality and not row.modality.startswith("!"):
        texts["Modality"] = row.modality.split("|")[0]
    for term in row.condition.split(" & "):
        if "!~" in term or "!=" in term or term.endswith(":absent"):
            continue
        if term.endswith(":present"):
            texts[term.removesuffix(":present")] = "present"
        elif term.startswith("RowsxColumns="):
            rows, columns = term.partition("=")[2].split("|")[0].split("x")
            texts["Rows"], texts["Columns"] = rows.replace("*", "1"), columns.replace("*", "1")
        elif (at := re.match(r"[\w(),]+?(?=[~=^/])", term)) is not None and term[at.end()] == "/":
            pattern = term[at.end() + 1 :].removesuffix("/")
            plain = re.sub(r"\\(.)", r"\1", pattern.split("|")[0]).strip("^$")
            texts[at[0]] = LITERAL_OF_PATTERN.get(pattern, plain)
        else:
            assert at is not None
            literal = term[at.end() + 1 :].split("|")[0]
            known = "" if term[at.end()] == "^" else texts.get(at[0], "")
            joint = "\\" if known and not known.endswith("\\") and not literal.startswith("\\") else ""
            # Two terms of one attribute may ask for two parts of it.
            texts[at[0]] = known if literal.casefold() in known.casefold() else known + joint + literal
    return texts


@pytest.mark.parametrize("row", JUDGED, ids=lambda row: row.id)
def test_condition_fires_on_what_it_describes_and_asks_only_for_known_attributes(row: BurnedInRow) -> None:
    texts = satisfy(row)
    assert texts.keys() <= set(BURNED_IN_PATHS.values()) | {"Rows", "Columns"}
    if row.condition in ("BurnedInAnnotation=YES", "RecognizableVisualFeatures=YES"):
        return  # judged as a statement of the object itself, below
    texts = {name: text.casefold() for name, text in texts.items()}
    if row.kind == "accept":  # whether it counts depends on what else is true
        assert [one.row for one in _conditions() if one.holds(texts) and one.row == row] == [row]
        return
    risk, rows = _find_risk(texts)
    ranks = {"none": 0, "other": 0, "low": 1, "medium": 2, "high": 3}
    assert ranks[risk] >= ranks[row.risk]
    if ranks[risk] == ranks[row.risk]:
        assert row in rows


@pytest.mark.parametrize("path", BURNED_IN_PATHS)
def test_paths_lead_to_the_attributes_they_name(path: str) -> None:
    keyword = BURNED_IN_PATHS[path]
    if path.startswith(("(60", "(7FE0")):
        return
    tag = tag_for_keyword(keyword)
    assert tag is not None
    assert path.endswith(f"({tag >> 16:04X},{tag & 0xFFFF:04X})")


def test_plain_slices_are_only_said_to_be_of_low_risk() -> None:
    assert judged(CT) == [("burned-in-text", Severity.INFO)]
    assert "No header proves the absence of text" in evidence(CT)
    mr = CT | {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.4", "Modality": "MR", "ImageType": "ORIGINAL\\PRIMARY\\M\\ND"}
    assert judged(mr) == [("burned-in-text", Severity.INFO)]


@pytest.mark.parametrize(
    ("sop_class_uid", "modality", "image_type"),
    [
        ("1.2.840.10008.5.1.4.1.1.66.4", "SEG", "DERIVED\\PRIMARY"),
        ("1.2.840.10008.5.1.4.1.1.481.2", "RTDOSE", ""),
    ],
    ids=["segmentation", "dose"],
)
def test_computed_maps_are_of_low_risk(sop_class_uid: str, modality: str, image_type: str) -> None:
    one = {"PixelData": "present", "SOPClassUID": sop_class_uid, "Modality": modality, "ImageType": image_type}
    assert judged(one | {"Manufacturer": "Example"}) == [("burned-in-text", Severity.INFO)]


@pytest.mark.parametrize(
    "more",
    [
        {"SOPClassUID": SECONDARY_CAPTURE},
        {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.6.1", "Modality": "US"},
        {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.1", "Modality": "CR"},
        {"SOPClassUID": "1.2.3.4", "Modality": "??"},
        {"ImageType": "DERIVED\\SECONDARY\\SCREEN SAVE"},
        {"SeriesDescription": "Dose report"},
        {"SeriesDescription": "Screen save"},
        {"ConversionType": "WSD"},
        {"SamplesPerPixel": "3"},
        {"SecondaryCaptureDeviceManufacturer": "Example"},
        {"Manufacturer": "VIDAR Systems"},
        {"ImageType": ""},
    ],
    ids=lambda more: "+".join(more),
)
def test_images_at_risk_are_to_be_looked_at_and_no_annotation_does_not_help(more: dict[str, str]) -> None:
    assert judged(CT | more) == [("burned-in-text", Severity.REVIEW)]
    assert judged(CT | more | {"BurnedInAnnotation": "NO"}) == [("burned-in-text", Severity.REVIEW)]
    assert "no evidence" in evidence(CT | more | {"BurnedInAnnotation": "NO"})
    assert "risk: " in evidence(CT | more)


def test_what_the_image_says_of_itself_is_believed_when_it_says_yes() -> None:
    assert judged(CT | {"BurnedInAnnotation": "YES"}) == [("burned-in-annotation", Severity.IDENTIFIER)]
    flags = judged(CT | {"RecognizableVisualFeatures": "YES"})
    assert ("recognizable-face", Severity.IDENTIFIER) in flags


def test_console_that_was_seen_names_the_place_of_the_text() -> None:
    one = CT | {"ImageType": "DERIVED\\SECONDARY\\VOLREN", "Rows": "512", "Columns": "512"}
    assert "350,0,162,30" in evidence(one)


def test_site_that_looked_lowers_the_prior_but_no_sign() -> None:
    mammogram = {
        "PixelData": "present",
        "SOPClassUID": "1.2.840.10008.5.1.4.1.1.1.2",
        "Modality": "MG",
        "ImageType": "ORIGINAL\\PRIMARY",
        "Manufacturer": "Example",
    }
    assert judged(mammogram) == [("burned-in-text", Severity.REVIEW)]
    known = mammogram | {"Manufacturer": "HOLOGIC, Inc.", "ManufacturerModelName": "Selenia Dimensions"}
    assert judged(known) == [("burned-in-text", Severity.INFO)]
    assert judged(known | {"SeriesDescription": "screen save"}) == [("burned-in-text", Severity.REVIEW)]


@pytest.mark.parametrize(
    ("more", "severity"),
    [
        ({"BodyPartExamined": "HEAD", "SliceThickness": "1.0"}, Severity.REVIEW),
        ({"SeriesDescription": "t1_mprage_sag", "SliceThickness": "0.9"}, Severity.REVIEW),
        ({"BodyPartExamined": "BRAIN", "SliceThickness": "5"}, Severity.INFO),
        ({"BodyPartExamined": "BRAIN"}, Severity.INFO),
        ({"BodyPartExamined": "BRAIN", "SliceThickness": "n/a"}, Severity.INFO),
        ({"BodyPartExamined": "CHEST", "SeriesDescription": "head first", "SliceThickness": "1"}, None),
        ({"SeriesDescription": "HEAD FIRST SUPINE", "SliceThickness": "1"}, None),
        ({"SeriesDescription": "Overhead", "SliceThickness": "1"}, None),
        ({"BodyPartExamined": "HEAD", "SliceThickness": "1", "RecognizableVisualFeatures": "NO"}, None),
        ({"BodyPartExamined": "HEAD", "SliceThickness": "1", "Modality": "US"}, None),
        ({"BodyPartExamined": "HEAD", "SliceThickness": "1", "ImageType": "ORIGINAL\\PRIMARY\\LOCALIZER"}, None),
    ],
)
def test_face_is_at_risk_where_a_head_was_cut_thinly(more: dict[str, str], severity: Severity | None) -> None:
    faces = [flag.severity for flag in check_burned_in(CT | more) if flag.rule == "recognizable-face"]
    assert faces == ([] if severity is None else [severity])


def test_object_without_pixels_has_no_burned_in_text() -> None:
    assert check_burned_in({"Modality": "SR", "BurnedInAnnotation": "YES"}) == ()
    assert check_burned_in({}) == ()


def test_values_are_reduced_to_what_conditions_ask_for() -> None:
    assert to_attribute(value_at("(0008,0060)", "CS", "CT ")) == "CT"
    assert to_attribute(value_at("(0028,0030)", "DS", "0.7\\0.7")) == "present"
    assert to_attribute(value_at("(0028,0030)", "DS", " ")) == ""
    assert to_attribute(value_at("(0028,1051)", "DS", "400")) == ""
    assert to_attribute(value_at("(0028,1051)", "DS", "1.0")) == "1"
    assert to_attribute(value_at("(0028,1051)", "DS", "wide")) == ""
    assert to_attribute(value_at("(7FE0,0010)", "OW", None, length=-1)) == "present"
    assert to_attribute(value_at("(7FE0,0010)", "OW", None, length=0)) == ""
    assert to_attribute(value_at("(0018,6011)", "SQ", None, length=-1, items=2)) == "present"
    assert to_attribute(value_at("(0018,6011)", "SQ", None, length=-1, items=0)) == ""
