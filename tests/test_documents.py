"""Objects without pixels are read as documents: all that they say, in order, and what could not be read."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from pydicom import Dataset

from pycore.documents import read_document, to_plain
from pycore.documents.blocks import MAX_ROWS
from pycore.elements import read_instance
from pycore.session import to_plain as to_json
from tests.builders import UNCOMPRESSED_SYNTAXES, data_set, dicom_bytes, pydicom_path
from tests.objects import (
    CT_UID,
    code,
    content_item,
    ct_slice,
    encapsulated_pdf,
    presentation_state,
    report,
    structure_set,
    waveform,
)


def document_of(data: bytes) -> tuple[dict[str, Any], list[bytes]]:
    file = io.BytesIO(data)
    reading = read_instance(file, len(data))
    assert reading is not None
    document, buffers = to_plain(read_document(reading, file))
    to_json(document)  # it must be able to cross to the page
    return document, buffers


def built(dataset: Dataset) -> tuple[dict[str, Any], list[bytes]]:
    return document_of(dicom_bytes(dataset))


def packaged(name: str) -> tuple[dict[str, Any], list[bytes]]:
    return document_of(pydicom_path(name).read_bytes())


def words(runs: list[dict[str, Any]]) -> str:
    return "".join(run["text"] for run in runs)


def blocks(document: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [block for block in document["blocks"] if block["kind"] == kind]


def field(document: dict[str, Any], name: str) -> str:
    rows = [row for block in blocks(document, "fields") for row in block["rows"]]
    return next(words(row["runs"]) for row in rows if row["name"] == name)


def table_after(document: dict[str, Any], heading: str) -> list[dict[str, str]]:
    """Return the rows of the table under a heading, by column."""
    at = next(
        index
        for index, block in enumerate(document["blocks"])
        if block["kind"] == "heading" and words(block["runs"]).startswith(heading)
    )
    table = next(block for block in document["blocks"][at:] if block["kind"] == "table")
    return [dict(zip(table["columns"], map(words, row), strict=True)) for row in table["rows"]]


def warnings(document: dict[str, Any]) -> str:
    return "\n".join(words(block["runs"]) for block in blocks(document, "paragraph") if block["tone"] == "warning")


def runs(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Return every piece of text of a document."""
    found = []
    for block in document["blocks"]:
        found += block.get("runs", [])
        for row in block.get("rows", []):
            if block["kind"] == "table":
                found += [run for cell in row for run in cell]
            else:
                found += row["runs"]
    return found


# --- structured reports -----------------------------------------------------------------------------------------------


def test_a_report_is_read_in_the_order_of_its_tree() -> None:
    document, _ = built(report())
    assert document["title"]["text"] == "CT Report"
    [tree] = blocks(document, "tree")
    lines = [(row["depth"], words(row["runs"])) for row in tree["rows"]]
    assert lines == [
        (0, "context: Person Observer Name (121008, DCM): Reader, Rita"),
        (0, "Findings (121070, DCM)"),
        (1, "Finding (121071, DCM): Mrs. Sample has a nodule in the right lung."),
        (1, "Diameter (81827009, SCT): 12.5 millimeter (mm)"),
        (2, "inferred from: Image Region (111030, DCM): polyline (1, 2), (3, 4)"),
        (3, "selected from: CT Image"),
        (1, "Finding (121071, DCM): Nodule (27925004, SCT)"),
        (0, "Impression (121073, DCM): Follow up (R-1, 99LOCAL)"),
        (1, "inferred from: see Diameter (81827009, SCT) at 1.2.2"),
        (1, "inferred from: see item 1.9, which does not exist"),
        (0, "Referenced Image (121191, DCM): CT Image"),
    ]
    assert [row["section"] for row in tree["rows"]].count(True) == 1
    assert field(document, "Verified by") == "Reader, Rita 2024-01-15 10:15:00"


def test_names_dates_and_prose_are_masked_where_identifiers_are_hidden_and_vocabulary_is_not() -> None:
    document, _ = built(report())
    by_text = {run["text"]: run.get("identifying", False) for run in runs(document)}
    for text in ("Reader, Rita", "Sample, Anna", "4711", "2024-01-15", "Mrs. Sample has a nodule in the right lung."):
        assert by_text[text], text
    for text in ("Findings", "Diameter", "12.5", "Nodule", " (27925004, SCT)", "COMPLETE"):
        assert not by_text[text], text


def test_references_lead_to_the_instance() -> None:
    document, _ = built(report())
    leading = [run for run in runs(document) if run.get("reference")]
    assert {run["reference"] for run in leading} == {CT_UID}
    assert {run["text"] for run in leading} == {"CT Image"}


@pytest.mark.parametrize("syntax", UNCOMPRESSED_SYNTAXES)
def test_every_encoding_gives_the_same_document(syntax: str) -> None:
    assert document_of(dicom_bytes(report(), syntax))[0] == built(report())[0]


def test_packaged_reports_are_read_to_their_last_item() -> None:
    document, _ = packaged("test-SR.dcm")
    text = "\n".join(words(row["runs"]) for row in blocks(document, "tree")[0]["rows"])
    assert "Riesmeier, Jörg" in field(document, "Verified by")
    for expected in ("3 Length Unit (cm)", "circle (0, 0), (255, 255)", "see SCoord Code", "group 5, channel 3"):
        assert expected in text
    document, _ = packaged("reportsi.dcm")
    assert document["title"]["text"] == "Document Title"
    assert field(document, "Patient") == "Last Name, First Name"


def test_a_huge_report_is_cut_and_its_items_are_counted() -> None:
    dataset = report()
    item = content_item("TEXT", code("1", "X", "Line"), TextValue="abc")
    dataset.ContentSequence = [item] * (MAX_ROWS + 1000)
    document, _ = built(dataset)
    assert len(blocks(document, "tree")[0]["rows"]) == MAX_ROWS
    assert f"Only the first {MAX_ROWS:,} of {MAX_ROWS + 1000:,} content items" in warnings(document)


def test_a_report_nested_deeper_than_the_stack_is_read() -> None:
    inner = content_item("TEXT", code("1", "X", "Deepest"), TextValue="the end")
    data = dicom_bytes(data_set(ValueType="CONTAINER", Modality="SR"))
    body = dicom_bytes(inner, preamble=False, meta=False)
    for _ in range(1500):
        item = b"\xfe\xff\x00\xe0" + len(body).to_bytes(4, "little") + body
        body = b"\x40\x00\x30\xa7SQ\0\0" + len(item).to_bytes(4, "little") + item
    document, _ = document_of(data + body)
    assert words(blocks(document, "tree")[0]["rows"][-1]["runs"]) == "Deepest (1, X): the end"


def test_a_report_without_content_says_so() -> None:
    dataset = report()
    del dataset.ContentSequence
    assert "no content items" in warnings(built(dataset)[0])


def test_what_is_of_no_known_type_is_shown_all_the_same() -> None:
    dataset = report()
    dataset.ContentSequence = [
        content_item("RUNE", code("1", "X", "Odd"), TextValue="still here"),
        content_item("TEXT", None),
        data_set(RelationshipType="SOMEHOW"),
    ]
    rows = blocks(built(dataset)[0], "tree")[0]["rows"]
    assert [words(row["runs"]) for row in rows] == [
        "Odd (1, X): still here",
        "(TEXT, empty)",
        "somehow: (no value type, empty)",
    ]


# --- encapsulated documents -------------------------------------------------------------------------------------------


def test_an_encapsulated_pdf_shows_its_pages_and_their_text() -> None:
    document, _ = built(encapsulated_pdf())
    assert field(document, "Pages") == "2"
    assert field(document, "Kind") == "PDF application/pdf"
    texts = [block["runs"][0] for block in blocks(document, "paragraph") if not block["tone"]]
    assert [run["text"] for run in texts] == ["Letter about Anna Sample", "Second page"]
    assert all(run["identifying"] for run in texts)
    assert [words(block["runs"]) for block in blocks(document, "heading")] == ["Page 1", "Page 2"]


def test_a_damaged_pdf_says_so() -> None:
    dataset = encapsulated_pdf()
    dataset.EncapsulatedDocument = b"%PDF-1.4\n" + b"\x93\x01" * 300
    document, _ = built(dataset)
    assert "damaged" in warnings(document)


def test_cda_shows_its_text() -> None:
    dataset = encapsulated_pdf()
    dataset.MIMETypeOfEncapsulatedDocument = "text/xml"
    dataset.EncapsulatedDocument = b"<ClinicalDocument><title>Discharge</title><text>Anna Sample was seen.</text>"
    dataset.EncapsulatedDocument += b"</ClinicalDocument>"
    del dataset.EncapsulatedDocumentLength
    text = "\n".join(words(block["runs"]) for block in blocks(built(dataset)[0], "paragraph"))
    assert "Discharge" in text and "Anna Sample was seen." in text


@pytest.mark.parametrize(
    ("mime", "data", "name", "expected"),
    [
        ("model/stl", bytes(80) + (2).to_bytes(4, "little") + bytes(100), "Triangles", "2"),
        ("model/stl", b"solid a\nfacet\nendfacet\nendsolid".ljust(90), "Triangles", "1"),
        ("model/stl", bytes(80) + b"\xff\xff\xff\xff", "Triangles", "unknown: its length fits no STL"),
        ("model/obj", b"v 0 0 0\nv 0 0 1\nv 0 1 0\nvn 1 0 0\nf 1 2 3\n", "Faces", "1"),
        ("model/mtl", b"newmtl bone\nKd 1 1 1\nnewmtl skin\n", "Materials", "bone, skin"),
    ],
)
def test_models_tell_what_they_are(mime: str, data: bytes, name: str, expected: str) -> None:
    dataset = encapsulated_pdf()
    dataset.MIMETypeOfEncapsulatedDocument = mime
    dataset.EncapsulatedDocument = data + b"\0" * (len(data) % 2)
    dataset.EncapsulatedDocumentLength = len(data)
    assert field(built(dataset)[0], name) == expected


# --- waveforms --------------------------------------------------------------------------------------------------------


def samples_of(document: dict[str, Any], buffers: list[bytes]) -> np.ndarray:
    plot = blocks(document, "plot")[0]
    return np.frombuffer(buffers[plot["buffer"]], "<f4").reshape(len(plot["channels"]), plot["columns"], 2)


def test_a_waveform_is_drawn_in_its_unit() -> None:
    document, buffers = built(waveform())
    [plot] = blocks(document, "plot")
    assert [channel["label"]["text"] for channel in plot["channels"]] == ["Lead I", "Lead II"]
    assert (plot["seconds"], plot["samples"], plot["columns"]) == (2.0, 1000, 1000)
    assert (plot["mm_per_second"], plot["mm_per_unit"]) == (25.0, 0.01)  # 10 mm/mV is 0.01 mm/µV
    assert plot["channels"][0]["high"] == pytest.approx(1000, abs=1)
    samples = samples_of(document, buffers)
    assert samples[0, 125].tolist() == [1000.0, 1000.0]  # a quarter of the first second
    assert (samples[..., 0] == samples[..., 1]).all()
    assert table_after(document, "Annotations")[0] == {
        "Annotation": "Sinus rhythm",
        "Where": "group 1, all channels",
    }


def test_sensitivity_correction_and_baseline_are_applied() -> None:
    dataset = waveform(channels=("I",))
    [definition] = dataset.WaveformSequence[0].ChannelDefinitionSequence
    definition.ChannelSensitivity = "2"
    definition.ChannelSensitivityCorrectionFactor = "1.5"
    definition.ChannelBaseline = "10"
    document, buffers = built(dataset)
    assert samples_of(document, buffers)[0, 125].tolist() == [3010.0, 3010.0]


def test_the_packaged_ecg_is_what_pydicom_reads() -> None:
    import pydicom

    document, buffers = packaged("waveform_ecg.dcm")
    expected = pydicom.dcmread(pydicom_path("waveform_ecg.dcm")).waveform_array(0)  # (samples, channels)
    plot = blocks(document, "plot")[0]
    assert (len(plot["channels"]), plot["samples"]) == (12, 10_000)
    per_column = -(-plot["samples"] // plot["columns"])
    samples = samples_of(document, buffers)
    for column in (0, 7, plot["columns"] - 1):
        part = expected[column * per_column : (column + 1) * per_column]
        assert np.allclose(samples[:, column, 0], part.min(axis=0))
        assert np.allclose(samples[:, column, 1], part.max(axis=0))
    assert len(blocks(document, "plot")) == 2


def test_an_hour_is_reduced_and_keeps_its_extremes() -> None:
    spike = 12_345
    dataset = waveform(seconds=3600, frequency=100, channels=("I",))
    data = np.zeros(360_000, "<i2")
    data[123_456] = spike
    dataset.WaveformSequence[0].WaveformData = data.tobytes()
    document, buffers = built(dataset)
    [plot] = blocks(document, "plot")
    assert plot["columns"] <= 4000
    samples = samples_of(document, buffers)
    assert samples[0, 123_456 // 90].tolist() == [0.0, spike]
    assert samples.max() == spike and plot["seconds"] == 3600


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"NumberOfWaveformChannels": 60_000}, "Number of Waveform Channels is 60,000"),
        ({"NumberOfWaveformChannels": 0}, "Number of Waveform Channels is 0"),
        ({"NumberOfWaveformSamples": 4_000_000_000}, "has room for 1,000. 1,000 are drawn"),
        ({"WaveformSampleInterpretation": "XX"}, "Waveform Sample Interpretation is 'XX'"),
        ({"SamplingFrequency": "0"}, "Sampling Frequency is missing or not above 0"),
        ({"WaveformData": b""}, "Waveform Data has 0 bytes"),
    ],
)
def test_a_waveform_that_contradicts_itself_says_how(values: dict[str, Any], sentence: str) -> None:
    assert sentence in warnings(built(waveform(**values))[0])


def test_a_waveform_cut_off_shows_what_is_there() -> None:
    data = dicom_bytes(waveform())
    document, buffers = document_of(data[:-1500])
    assert 0 < samples_of(document, buffers).shape[1] < 1000
    assert "left in" in warnings(document)


def test_companded_sound_is_expanded() -> None:
    dataset = waveform(channels=("I",), WaveformBitsAllocated=8, WaveformSampleInterpretation="MB")
    dataset.WaveformSequence[0].WaveformData = b"\xff\x80\x00\x7f"  # µ-law: 0, +32124, −32124, −0 (ITU-T G.711)
    dataset.WaveformSequence[0].NumberOfWaveformSamples = 4
    document, buffers = built(dataset)
    assert samples_of(document, buffers)[0, :, 0].tolist() == [0.0, 32124.0, -32124.0, 0.0]
    dataset.WaveformSequence[0].WaveformSampleInterpretation = "AB"
    dataset.WaveformSequence[0].WaveformData = b"\xd5\xaa\x2a\x55"  # A-law: +8, +32256, −32256, −8
    document, buffers = built(dataset)
    assert samples_of(document, buffers)[0, :, 0].tolist() == [8.0, 32256.0, -32256.0, -8.0]


def test_padding_is_no_sample() -> None:
    dataset = waveform(channels=("I",))
    group = dataset.WaveformSequence[0]
    group.WaveformPaddingValue = b"\x00\x80"
    group.WaveformData = np.array([5, -32768, 7, 9], "<i2").tobytes()
    group.NumberOfWaveformSamples = 4
    document, buffers = built(dataset)
    assert np.array_equal(samples_of(document, buffers)[0, :, 0], [5, np.nan, 7, 9], equal_nan=True)
    assert blocks(document, "plot")[0]["channels"][0]["low"] == 5


# --- radiotherapy, presentation states, others ------------------------------------------------------------------------


def test_a_structure_set_lists_its_structures() -> None:
    document, _ = built(structure_set())
    first, second = table_after(document, "Structures")
    assert first["Structure"] == "Heart" and first["Type"] == "ORGAN"
    assert first["Contours"] == "1 closed planar" and second["Contours"] == "1 point"
    colors = [run.get("color") for run in runs(document) if run["text"] in ("Heart", "Isocentre")]
    assert colors == ["#ff0080", "#00ff00"]
    assert len(table_after(packaged("rtstruct.dcm")[0], "Structures")) == 3


def test_a_plan_lists_beams_and_fractions() -> None:
    document, _ = packaged("rtplan.dcm")
    [beam] = table_after(document, "Beams")
    assert (beam["Beam"], beam["Radiation"], beam["Energy, MeV"], beam["MU"]) == (
        "Field 1",
        "PHOTON",
        "6",
        "116.0036697",
    )
    assert table_after(document, "Fraction groups")[0]["Fractions"] == "30"
    assert table_after(document, "Prescriptions")[1]["Target dose, Gy"] == "30.826203"


def test_a_plan_cut_off_shows_what_precedes_the_damage() -> None:
    document, _ = packaged("rtplan_truncated.dcm")
    assert table_after(document, "Beams")[0]["Radiation"] == "PHOTON"
    assert "711 are left" in warnings(document)


def test_a_dose_draws_its_histograms() -> None:
    histogram = data_set(
        DVHType="CUMULATIVE",
        DoseUnits="GY",
        DVHVolumeUnits="CM3",
        DVHDoseScaling="2",
        DVHData=["0.5", "10", "0.5", "8", "0.5", "0"],
        DVHReferencedROISequence=[data_set(ReferencedROINumber=3)],
    )
    document, _ = built(data_set(Modality="RTDOSE", DoseUnits="GY", DVHSequence=[histogram]))
    [chart] = blocks(document, "chart")
    assert chart["lines"][0]["points"] == ((0.0, 10.0), (1.0, 8.0), (2.0, 0.0))
    assert chart["lines"][0]["label"]["text"] == "structure 3, cumulative"
    histogram.DVHData = ["0.5", "10", "1"]
    broken, _ = built(data_set(Modality="RTDOSE", DoseUnits="GY", DVHSequence=[histogram]))
    assert "DVH Data is no list of pairs" in warnings(broken)


def test_a_treatment_record_says_what_was_delivered() -> None:
    session = data_set(
        ReferencedBeamNumber=1,
        BeamName="AP",
        CurrentFractionNumber=4,
        TreatmentTerminationStatus="NORMAL",
        SpecifiedPrimaryMeterset="100",
        DeliveredPrimaryMeterset="99.5",
    )
    document, _ = built(data_set(Modality="RTRECORD", TreatmentDate="20240116", TreatmentSessionBeamSequence=[session]))
    [row] = table_after(document, "Treatments")
    assert (row["Beam"], row["Fraction"], row["Delivered MU"]) == ("AP", "4", "99.5")


def test_a_presentation_state_lists_its_texts() -> None:
    document, _ = built(presentation_state())
    [text] = table_after(document, "Texts")
    assert text == {"Text": "Anna Sample, prior", "Where": "10, 20 pixel", "Layer": "NOTES", "On": "CT Image"}
    assert table_after(document, "Figures")[0]["Figure"] == "polyline"
    assert field(document, "Creator") == "Reader, Rita"
    assert field(document, "Window") == "W 400 L 40 SOFT"
    assert next(run for run in runs(document) if run["text"] == "Anna Sample, prior")["identifying"]


def test_segments_registrations_and_directories_are_listed() -> None:
    segment = data_set(
        SegmentNumber=1,
        SegmentLabel="Liver",
        SegmentAlgorithmType="MANUAL",
        RecommendedDisplayCIELabValue=[65535, 32896, 32896],  # white
        SegmentedPropertyTypeCodeSequence=[code("10200004", "SCT", "Liver")],
    )
    document, _ = built(data_set(Modality="SEG", SegmentSequence=[segment]))
    assert table_after(document, "Segments")[0]["What it is"] == "Liver (10200004, SCT)"
    assert "#ffffff" in {run.get("color") for run in runs(document)}
    matrix = data_set(
        FrameOfReferenceTransformationMatrixType="RIGID",
        FrameOfReferenceTransformationMatrix=[1, 0, 0, 5, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
    )
    registration = data_set(MatrixRegistrationSequence=[data_set(MatrixSequence=[matrix])])
    document, _ = built(data_set(Modality="REG", RegistrationSequence=[registration]))
    assert table_after(document, "Registrations")[0]["Matrix"].startswith("1  0  0  5\n")
    document, _ = packaged("DICOMDIR")
    assert "patient" in field(document, "Records")


def test_anything_else_leads_to_its_elements() -> None:
    document, _ = built(data_set(Modality="OT", PatientID="1"))
    assert "under Elements" in words(blocks(document, "paragraph")[0]["runs"])


@pytest.mark.parametrize("cut", range(200, 3000, 97))
def test_an_object_cut_off_anywhere_is_still_a_document(cut: int) -> None:
    for dataset in (report(), structure_set(), presentation_state()):
        data = dicom_bytes(dataset)[:cut]
        assert document_of(data)[0]["title"]["text"]


def test_a_key_object_selection_lists_its_objects() -> None:
    image = data_set(ReferencedSOPClassUID="1.2.840.10008.5.1.4.1.1.2", ReferencedSOPInstanceUID=CT_UID)
    series = data_set(SeriesInstanceUID="1.2", ReferencedSOPSequence=[image, image])
    dataset = data_set(
        SOPClassUID="1.2.840.10008.5.1.4.1.1.88.59",
        Modality="KO",
        ValueType="CONTAINER",
        ConceptNameCodeSequence=[code("113000", "DCM", "Of Interest")],
        CurrentRequestedProcedureEvidenceSequence=[data_set(ReferencedSeriesSequence=[series])],
        ContentSequence=[
            content_item("TEXT", code("113012", "DCM", "Key Object Description"), TextValue="look here"),
            content_item("IMAGE", None, ReferencedSOPSequence=[image]),
        ],
    )
    document, _ = built(dataset)
    assert document["title"]["text"] == "Of Interest"
    assert [words(row["runs"]) for row in blocks(document, "tree")[0]["rows"]][1] == "CT Image"
    assert len(table_after(document, "Objects it is based on: 2")) == 2


def test_an_image_says_that_it_is_shown_as_a_picture() -> None:
    assert "shown as a picture" in words(blocks(built(ct_slice())[0], "paragraph")[0]["runs"])


def test_public_elements_inside_private_sequences_do_no_harm() -> None:
    inner = data_set(PatientID="1")
    middle = Dataset()
    middle.add_new(0x0009_1001, "SQ", [inner])
    dataset = report()
    dataset.add_new(0x0009_0010, "LO", "ACME")
    dataset.add_new(0x0009_1000, "SQ", [middle])
    assert built(dataset)[0] == built(report())[0]
