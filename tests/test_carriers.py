"""Bytes of every kind give the texts inside, within bounds, and nothing that is no text."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import math
import random
import struct
import tarfile
import zipfile
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pycore.carriers import Extraction, Limits, Text, check_carrier, extract, extract_file, texts_of_element
from pycore.carriers.extraction import Collector
from pycore.carriers.spreadsheets import Spreadsheet
from pycore.carriers.strings import find_strings
from pycore.elements import Element, read_instance
from pycore.findings import Severity, Where
from tests.builders import data_set, dicom_bytes, pydicom_path, pydicom_paths, zip_bytes

NAME = "Roe^Jane"
INNER_DICOM = dicom_bytes(data_set(PatientName=NAME, PatientID="MRN001234", Modality="CT"))


def texts(extraction: Extraction) -> dict[str, str]:
    """Origin -> text, the texts of one origin on lines of their own."""
    found: dict[str, str] = {}
    for text in extraction.texts:
        found[text.origin] = f"{found[text.origin]}\n{text.text}" if text.origin in found else text.text
    return found


def element(tag: int, vr: str, value: bytes | None, *, path: str = "", creator: str | None = None) -> Element:
    path = path or f"({tag >> 16:04X},{tag & 0xFFFF:04X})"
    length = -1 if value is None else len(value)
    return Element(path, tag, vr, length, 0, value, creator, ("iso8859",), True, 0)


# --- readable strings -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["DOE^JANE", "19560302", "MRN001234", "2023-11-05", "C:\\Users\\roe\\x.dat", "(555) 123-4567", "roe@example.org"],
)
@pytest.mark.parametrize(
    ("before", "after"),
    [(b"\0\x01\0\0", b"\0\0\0\x80\x3f"), (b"\x90\x81\x02", b"\xfe\xff\x92"), (b"", b"")],
    ids=["field", "touched", "whole"],
)
def test_string_is_found_between_other_bytes(text: str, before: bytes, after: bytes) -> None:
    data = before + text.encode() + after
    if text.encode() == data:
        data += b"\0\x01"
    assert texts(extract(data)) == {"strings": text}


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", ["Jane Roe", "19560302", "Müller^Anna"])
def test_utf_16_is_found(text: str, codec: str) -> None:
    data = b"\x05\x80\0\0" + text.encode(codec) + b"\0\0\x01\x92"
    assert text in texts(extract(data))["strings"].split("\n")


@pytest.mark.parametrize(
    ("text", "codec"),
    [("王小东", "gb18030"), ("Люкceмбypг", "iso8859_5"), ("Müller^Änne", "latin-1"), ("김희중", "euc_kr")],
)
def test_strings_in_the_character_set_of_the_data_set_are_found(text: str, codec: str) -> None:
    data = b"\x01\0\0\0" + text.encode(codec) + b"\0\0\x02\0"
    assert text in texts(extract(data, encodings=(codec,)))["strings"].split("\n")


def test_utf_8_is_found_whatever_the_character_set_is() -> None:
    assert texts(extract(b"\x01\0" + "Müller^Änne".encode() + b"\0\x02")) == {"strings": "Müller^Änne"}


def noise(kind: str, count: int) -> bytes:
    generator = random.Random(kind)
    match kind:
        case "random":
            return generator.randbytes(count)
        case "smooth":
            return bytes(int(90 + 40 * math.sin(i / 37) + generator.randint(-2, 2)) for i in range(count))
        case "dark":
            return b"".join(struct.pack("<H", generator.randint(60, 110)) for _ in range(count // 2))
        case "twelve bits":
            return b"".join(struct.pack("<H", generator.randint(900, 1200)) for _ in range(count // 2))
        case "colour":
            return b"".join(bytes([5 + 35 * (i // 50 % 5)] * 3) for i in range(count // 3))
    raise ValueError(kind)


@pytest.mark.parametrize("kind", ["random", "smooth", "dark", "twelve bits", "colour"])
def test_samples_are_not_taken_for_strings(kind: str) -> None:
    assert len(extract(noise(kind, 256 * 1024)).texts) <= 8


def test_name_in_noise_is_found() -> None:
    data = noise("random", 64 * 1024) + b"\0\0PATIENT ROE JANE\0\0" + noise("random", 64 * 1024)
    assert "PATIENT ROE JANE" in texts(extract(data))["strings"]


def test_large_bytes_of_no_known_form_are_searched_at_both_ends_and_told() -> None:
    data = b"\0\1Jane Roe\0" + bytes(5000) + b"John Doe\0" + bytes(5000) + b"\0Mary Major\0"
    found = extract(data, limits=Limits(searched_bytes=1000))
    assert texts(found) == {"strings": "Jane Roe\nMary Major"}
    assert "first 500 and the last 500" in found.problems[0]


def test_more_strings_than_are_kept_are_told() -> None:
    data = b"\0".join(b"Patient Number %d" % number for number in range(1000)) + b"\0\x01"
    found = extract(data, limits=Limits(strings=100))
    assert len(found.texts) == 100
    assert not found.complete
    assert "strings: there are more than 100: the rest was not reviewed." in found.problems


@pytest.mark.parametrize("data", [b"", bytes(1000), b"\xff" * 1000, b"\x01\x02\x03"])
def test_bytes_without_text_are_silent(data: bytes) -> None:
    found = extract(data)
    assert (found.texts, found.problems, found.complete) == ((), (), True)


# --- text and records -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("codec", ["utf-8", "utf-16", "latin-1", "utf-8-sig"])
def test_text_is_read_in_its_encoding(codec: str) -> None:
    found = extract("Frau Müller war hier,\nzur Kontrolle.".encode(codec))
    assert found.kind == "text"
    assert found.texts == (Text("text", "Frau Müller war hier,\nzur Kontrolle.", True),)


def test_long_text_comes_in_pieces_that_name_their_line() -> None:
    found = extract(b"".join(b"line %d of the letter\n" % number for number in range(2000)))
    assert [text.origin for text in found.texts][:2] == ["text line 1", "text line 718"]
    assert sum(text.text.count("letter") for text in found.texts) == 2000


def test_csv_cells_stand_under_their_heading() -> None:
    found = extract(b'id;name;born\r\n1234;"Roe, Jane";1956-03-02\r\n5;Doe;\r\n')
    assert found.kind == "CSV"
    assert texts(found) == {
        "CSV heading": "id name born",
        "CSV id": "1234",
        "CSV name": "Roe, Jane\nDoe",
        "CSV born": "1956-03-02",
    }


def test_json_values_stand_under_their_path() -> None:
    data = json.dumps({"patient": {"name": "Jane Roe", "mrn": 1234567, "age": 45}, "Doe, John": ["was here", None]})
    assert texts(extract(data.encode())) == {
        "JSON patient.name": "Jane Roe",
        "JSON patient.mrn": "1234567",
        "JSON key": "Doe, John",
        "JSON Doe, John": "was here",
    }


def test_each_line_may_be_a_document_of_json() -> None:
    data = '{"patient": {"name": "Jane Roe"}}\n\n{"mrn": 1234567}\n'
    assert texts(extract(data.encode())) == {"JSON patient.name": "Jane Roe", "JSON mrn": "1234567"}
    assert set(texts(extract(data[:-3].encode()))) == {"JSON"}


def test_deeply_nested_json_is_read_as_text() -> None:
    found = extract(b"[" * 100_000 + b'"Jane Roe"')
    assert "Jane Roe" in " ".join(text.text for text in found.texts)
    assert found.problems == ("JSON: it is nested more than 200 deep and was read as plain text.",)


def test_lone_surrogates_do_not_come_out() -> None:
    for data in (rb'{"a": "Jane \ud800 Roe"}', rb"{\rtf1 Jane \u-10240 ? Roe}"):
        for text in extract(data).texts:
            text.text.encode()


def test_hl7_fields_have_their_names() -> None:
    message = (
        b"MSH|^~\\&|RIS|SITE|||20240115||ORU^R01|4711|P|2.5\rPID|1||1234567^^^SITE~998877^^^OLD||Roe^Jane||19560302|F\r"
        b"NK1|1|Roe^John|SPO\rOBX|1|TX|||Seen by Dr. Miller~again\r"
    )
    found = extract(message)
    assert found.kind == "HL7"
    assert texts(found) == {
        "HL7 MSH-3 Sending Application": "RIS",
        "HL7 MSH-4 Sending Facility": "SITE",
        "HL7 MSH-7 Date/Time of Message": "20240115",
        "HL7 MSH-9": "ORU^R01",
        "HL7 MSH-10 Message Control ID": "4711",
        "HL7 MSH-11": "P",
        "HL7 PID-3 Patient Identifier List": "1234567^^^SITE\n998877^^^OLD",
        "HL7 PID-5 Patient Name": "Roe^Jane",
        "HL7 PID-7 Date/Time of Birth": "19560302",
        "HL7 PID-8 Administrative Sex": "F",
        "HL7 NK1-2 Name": "Roe^John",
        "HL7 NK1-3": "SPO",
        "HL7 OBX-2": "TX",
        "HL7 OBX-5 Observation Value": "Seen by Dr. Miller~again",
    }


def test_rtf_is_read_without_its_control_words() -> None:
    found = extract(rb"{\rtf1\ansi{\fonttbl\f0 Arial;}\f0\pard Frau M\'fcller\par geboren am \u50?.3.1956}")
    assert "Frau Müller\ngeboren am 2.3.1956" in texts(found)["RTF"]


# --- XML and HTML -----------------------------------------------------------------------------------------------------


def test_xml_texts_and_attributes_stand_under_their_path() -> None:
    found = extract(
        b'<?xml version="1.0"?><a:study xmlns:a="urn:x"><pat id="MRN001234">Jane <b>Roe</b></pat></a:study>'
    )
    assert texts(found) == {"XML study/pat@id": "MRN001234", "XML study/pat": "Jane", "XML study/pat/b": "Roe"}


CDA = b"""<?xml version="1.0"?><ClinicalDocument xmlns="urn:hl7-org:v3"><recordTarget><patientRole>
<id extension="1234567" root="2.16.840.1"/><telecom value="tel:+15551234567"/><patient>
<name><given>Jane</given><family>Roe</family></name><birthTime value="19560302"/></patient></patientRole></recordTarget>
<component><section><text>Seen by Dr. Miller in March; no change since the last visit.</text></section></component>
</ClinicalDocument>"""


def test_cda_names_are_put_together() -> None:
    found = extract(CDA)
    assert found.kind == "CDA"
    assert texts(found)["CDA recordTarget/patientRole/patient/name"] == "Jane Roe"
    assert texts(found)["CDA recordTarget/patientRole/patient/birthTime@value"] == "19560302"
    assert texts(found)["CDA ClinicalDocument/recordTarget/patientRole/id@extension"] == "1234567"


def test_entities_are_refused_and_the_rest_is_read() -> None:
    lol = b'<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "' + b"&b;" * 50 + b'">]><a>&c; Jane Roe</a>'
    found = extract(b'<?xml version="1.0"?>' + lol)
    assert "Jane Roe" in texts(found)["XML"]
    assert found.problems == ("XML: it declares entities, which are not expanded.",)


@pytest.mark.parametrize("tail", [b"<c>", b"</z>", b"<<<", b"&nbsp;", b"\xff"])
def test_xml_that_is_not_well_formed_is_read_without_its_structure(tail: bytes) -> None:
    found = extract(b"<?xml version='1.0'?><a note='Jane Roe'><b>born 1956</b>" + tail)
    assert "born 1956" in "\n".join(texts(found).values())
    assert "Jane Roe" in "\n".join(texts(found).values())
    assert not found.complete


def test_html_is_read_without_its_tags() -> None:
    page = b"<!DOCTYPE html><html><!-- by J. Smith --><img alt='Jane Roe' width='10'><p>born&nbsp;1956</p></html>"
    assert texts(extract(page)) == {"HTML comment": "by J. Smith", "HTML @alt": "Jane Roe", "HTML": "born 1956"}


# --- private headers of Siemens ---------------------------------------------------------------------------------------


def csa(values: dict[str, list[str]], *, newer: bool = True) -> bytes:
    out = [b"SV10\x04\x03\x02\x01" if newer else b"", struct.pack("<LL", len(values), 77)]
    first = len(next(iter(values.values())))
    for name, items in values.items():
        out.append(struct.pack("<64sl4slll", name.encode(), len(items), b"LO", 0, len(items), 77))
        for item in items:
            text = item.encode() + b"\0"
            words = (0, len(text), 77, len(text)) if newer else (len(text) + first, first, 77, 0)
            out.append(struct.pack("<4l", *words) + text + bytes(-len(text) % 4))
    return b"".join(out)


PROTOCOL = """<XProtocol>
{
  <ParamString."tReferenceImage"> { "1.2.840.113619" }
  <ParamString."PatientName"> { "Roe^Jane" }
  <ParamLong."lPatientBirth"> { 19560302 }
  <ParamDouble."dThickness"> { <Precision> 6 5.0 }
}
### ASCCONV BEGIN ###
tProtocolName = ""head of Jane""
sSliceArray.asSlice[0].dThickness = 5.0
lUid = 0x12
### ASCCONV END ###
"""


@pytest.mark.parametrize("newer", [True, False])
def test_csa_values_stand_under_their_names(newer: bool) -> None:
    data = csa({"UsedPatientWeight": ["70.00"], "PatientName": [NAME], "Codes": ["first", "second"]}, newer=newer)
    found = extract(data)
    assert found.kind == "CSA header"
    assert found.complete
    assert texts(found) == {"CSA header/PatientName": NAME, "CSA header/Codes": "first\\second"}


def test_protocol_in_a_csa_header_is_taken_apart() -> None:
    assert texts(extract(csa({"MrPhoenixProtocol": [PROTOCOL]}))) == {
        "CSA header/MrPhoenixProtocol/tReferenceImage": "1.2.840.113619",
        "CSA header/MrPhoenixProtocol/PatientName": "Roe^Jane",
        "CSA header/MrPhoenixProtocol/lPatientBirth": "19560302",
        "CSA header/MrPhoenixProtocol/tProtocolName": "head of Jane",
    }


def test_damaged_csa_header_keeps_what_precedes_the_damage() -> None:
    data = csa({"PatientName": [NAME], "Second": ["text"]})
    found = extract(data[:-40])
    assert texts(found)["CSA header/PatientName"] == NAME
    assert not found.complete


# --- containers -------------------------------------------------------------------------------------------------------

LETTER = b"Dear Mrs Roe,\nplease come on 2 March.\n"


def tar_bytes(entries: dict[str, bytes], mode: str = "w") -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=mode) as archive:  # type: ignore[call-overload]
        for name, data in entries.items():
            info = tarfile.TarInfo(name)
            info.size, info.uname = len(data), "jsmith"
            archive.addfile(info, io.BytesIO(data))
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "origin"),
    [
        (gzip.compress(LETTER, mtime=0), "gzip/text"),
        (bz2.compress(LETTER), "bzip2/text"),
        (lzma.compress(LETTER), "xz/text"),
        (zip_bytes({"letter.txt": LETTER}), "zip: letter.txt/text"),
        (tar_bytes({"letter.txt": LETTER}), "tar: letter.txt/text"),
        (gzip.compress(zip_bytes({"a/b.txt": LETTER}), mtime=0), "gzip/zip: a/b.txt/text"),
        (struct.pack("<L", 60) + gzip.compress(LETTER, mtime=0), "gzip/text"),
        (b"\x01\x02" * 50 + zlib.compress(LETTER) + b"\x03" * 9, "zlib/text"),
        (gzip.compress(LETTER[:14], mtime=0) + gzip.compress(LETTER[14:], mtime=0), "gzip/text"),
    ],
    ids=["gzip", "bzip2", "xz", "zip", "tar", "zip in gzip", "GE protocol block", "zlib inside", "two members"],
)
def test_containers_are_opened(data: bytes, origin: str) -> None:
    for found in (extract(data), extract_file(io.BytesIO(data), len(data))):
        assert texts(found)[origin] == LETTER.decode().strip()
        assert found.complete


def test_names_of_and_in_containers_are_texts() -> None:
    file = io.BytesIO()
    with gzip.GzipFile("roe_jane.txt", "wb", fileobj=file) as stream:
        stream.write(LETTER)
    assert texts(extract(file.getvalue()))["gzip file name"] == "roe_jane.txt"
    found = texts(extract(zip_bytes({"roe jane.txt": b""}, comment=b"for Dr. Smith")))
    assert found == {"zip comment": "for Dr. Smith", "zip entry name": "roe jane.txt"}
    assert texts(extract(tar_bytes({"roe.txt": b""}))) == {"tar entry name": "roe.txt", "tar owner": "jsmith"}


def nested(levels: int) -> bytes:
    data = LETTER
    for _ in range(levels):
        data = zip_bytes({"inner": data})
    return data


def test_nesting_is_bounded_and_told() -> None:
    assert any(LETTER.decode().strip() == text.text for text in extract(nested(3)).texts)
    found = extract(nested(4))
    assert not any("Roe" in text.text for text in found.texts)
    assert found.problems == (
        "zip: inner/zip: inner/zip: inner/zip: it lies inside of 3 containers and was not opened.",
    )


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress, lambda data: zip_bytes({"bomb": data})])
def test_bomb_is_bounded_and_told(pack: object) -> None:
    data = pack(b"a" * (40 * 1024 * 1024))  # type: ignore[operator]
    found = extract(data, limits=Limits(inflated_bytes=2 * 1024 * 1024))
    assert not found.complete
    assert sum(len(text.text) for text in found.texts) <= 4 * 1024 * 1024


def test_cut_gzip_gives_what_comes_before_the_cut() -> None:
    letter = b"".join(b"Mrs Roe was here on day %d.\n" % day for day in range(2000))
    found = extract(gzip.compress(letter)[:-400])
    assert "Mrs Roe" in texts(found)["gzip/text line 1"]
    assert found.problems == ("gzip: it is damaged or cut off.",)


def test_stream_inside_counts_only_if_it_ends_as_it_should() -> None:
    inside = b"\x01\x02\x03" + zlib.compress(b"The letter for Mrs Roe " * 9)
    assert "zlib/text" in texts(extract(inside))
    assert "zlib/text" not in texts(extract(inside[:-4] + b"\0\0\0\0"))
    assert "zlib/text" not in texts(extract(inside[:-2]))


def test_cut_gzip_inside_gives_what_comes_before_the_cut() -> None:
    found = extract(b"\x01\x02\0\0" + gzip.compress(b"The letter for Mrs Roe " * 9)[:-6])
    assert "Mrs Roe" in texts(found)["gzip/text"]
    assert found.problems == ("gzip: it is damaged or cut off.",)


def test_encrypted_entry_is_told() -> None:
    data = bytearray(zip_bytes({"a.txt": LETTER}))
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    data[6] |= 1
    assert "encrypted" in extract(bytes(data)).problems[0]


def test_large_zip_is_read_entry_by_entry() -> None:
    data = zip_bytes({"a.txt": LETTER, "b.dcm": INNER_DICOM, "c.bin": bytes(5000)}, zipfile.ZIP_STORED)
    found = extract_file(io.BytesIO(data), len(data), limits=Limits(whole_file_bytes=1000))
    assert texts(found)["zip: a.txt/text"] == LETTER.decode().strip()
    assert {origin for origin, _ in found.elements} == {"zip: b.dcm/DICOM"}


# --- DICOM inside -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "origin"),
    [
        (INNER_DICOM, "DICOM"),
        (b"\x07\x08" * 40 + INNER_DICOM, "DICOM"),
        (zip_bytes({"x.dcm": INNER_DICOM}), "zip: x.dcm/DICOM"),
        (gzip.compress(INNER_DICOM), "gzip/DICOM"),
    ],
    ids=["whole", "somewhere inside", "in a zip", "in a gzip"],
)
def test_dicom_inside_comes_back_as_elements(data: bytes, origin: str) -> None:
    found = extract(data)
    assert {name for name, _ in found.elements} == {origin}
    assert {one.tag: one.value for _, one in found.elements}[0x0010_0010] == NAME.encode()


def test_private_values_inside_of_dicom_inside_are_searched() -> None:
    inner = data_set(PatientName="ANON")
    inner.private_block(0x0029, "SIEMENS CSA HEADER", create=True).add_new(0x10, "OB", csa({"PatientName": [NAME]}))
    found = extract(zip_bytes({"x.dcm": dicom_bytes(inner)}))
    assert texts(found)["zip: x.dcm/DICOM (0029,1010)/CSA header/PatientName"] == NAME


# --- PDF and Office ---------------------------------------------------------------------------------------------------


def pdf(pages: list[str], info: dict[str, str] | None = None) -> bytes:
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", "", "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    kids = []
    for text in pages:
        stream = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET" if text else ""
        kids.append(f"{len(objects) + 1} 0 R")
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {len(objects) + 2} 0 R"
            " /Resources << /Font << /F1 3 0 R >> >> >>"
        )
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>"
    objects.append("<< " + " ".join(f"/{key} ({value})" for key, value in (info or {}).items()) + " >>")
    return pdf_of(objects)


def pdf_of(objects: list[str]) -> bytes:
    """A PDF of these objects: the first is the catalogue, the last the information dictionary."""
    out = b"%PDF-1.4\n"
    offsets = []
    for number, content in enumerate(objects, 1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{content}\nendobj\n".encode("latin-1")
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    trailer = f"<< /Size {len(objects) + 1} /Root 1 0 R /Info {len(objects)} 0 R >>"
    return out + f"trailer\n{trailer}\nstartxref\n{start}\n%%EOF\n".encode()


def test_pdf_gives_pages_and_properties() -> None:
    found = extract(pdf(["Report on Jane Roe", "Page two"], {"Author": "Dr. Smith", "Title": "CT of Jane Roe"}))
    assert texts(found) == {
        "PDF Author": "Dr. Smith",
        "PDF Title": "CT of Jane Roe",
        "PDF text page 1": "Report on Jane Roe",
        "PDF text page 2": "Page two",
    }
    assert found.complete


def test_pdf_pages_without_text_are_to_be_looked_at() -> None:
    assert extract(pdf(["Report on Jane Roe", "", ""])).problems == ("PDF: page 2, 3 has no text: look at it.",)


def test_pdf_of_many_pages_is_bounded_and_told() -> None:
    found = extract(pdf([f"Page {number}" for number in range(5)]), limits=Limits(pages=2))
    assert found.problems == ("PDF: it has 5 pages: only the first 2 were read.",)


def test_drawing_that_repeats_itself_is_bounded_and_told() -> None:
    # Each form draws the next one ten times: ten thousand million texts at the end.
    forms = 10
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [4 0 R] /Count 1 >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 5 0 R /Resources << /XObject << /X 6 0 R >> >> >>",
        "<< /Length 5 >>\nstream\n/X Do\nendstream",
    ]
    for number in range(forms):
        content = "/X Do " * 10 if number < forms - 1 else "BT /F1 9 Tf (Jane Roe) Tj ET"
        inside = f"/XObject << /X {number + 7} 0 R >>" if number < forms - 1 else "/Font << /F1 3 0 R >>"
        objects.append(
            f"<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << {inside} >> /Length {len(content)} >>"
            f"\nstream\n{content}\nendstream"
        )
    objects.append("<< >>")
    found = extract(pdf_of(objects))
    assert set(texts(found)) == {"PDF text page 1"}
    assert found.problems == ("PDF: parts of it are damaged or too complex: not all its text was read.",)


@pytest.mark.parametrize("size", [1_000, 3_000_000])
def test_pdf_whose_objects_are_not_where_it_says_is_not_searched_for_ever(
    size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found by fuzzing: each of 10,000 objects was looked for from end to end, four times over."""
    searches = 0

    def search(stream: io.BytesIO) -> bytes:
        nonlocal searches
        searches += 1
        return bytes(stream.getbuffer())

    monkeypatch.setattr("pypdf._reader.get_stream_data", search)
    found = extract(
        b"%PDF-1.4\n" + b"% " + b"x" * size + b"\ntrailer << /Size 20000 /Root 9 0 R >>\nstartxref\n9\n%%EOF\n"
    )
    assert "PDF: its pages cannot be read." in found.problems
    assert 1 < searches <= (128 << 20) // max(size, 128 << 10) + 4  # one more ends each of four attempts


def test_pdf_with_an_object_that_is_not_where_it_says_is_read() -> None:
    data = pdf(["Report on Jane Roe"])
    moved = data.replace(b"%010d 00000 n" % data.index(b"4 0 obj"), b"%010d 00000 n" % 3)
    assert moved != data
    assert texts(extract(moved))["PDF text page 1"] == "Report on Jane Roe"


def test_damaged_pdf_is_told() -> None:
    assert extract(b"%PDF-1.7\n" + bytes(500)).problems[-1] == "PDF: it is damaged and cannot be read."


def office(parts: dict[str, str]) -> bytes:
    return zip_bytes({"[Content_Types].xml": b"<Types/>", **{name: text.encode() for name, text in parts.items()}})


def test_word_document_gives_paragraphs_and_properties() -> None:
    found = extract(
        office(
            {
                "word/document.xml": "<w:document xmlns:w='w'><w:p><w:r><w:t>Dear Mrs </w:t></w:r><w:r><w:t>Roe</w:t>"
                "</w:r></w:p><w:p><w:t>come again</w:t></w:p></w:document>",
                "word/comments.xml": "<w:a xmlns:w='w'><w:comment w:author='Jo Smith'><w:p/></w:comment></w:a>",
                "docProps/core.xml": "<cp xmlns:dc='d'><dc:creator>Dr. Smith</dc:creator></cp>",
            }
        )
    )
    assert found.kind == "Office document"
    assert texts(found) == {
        "Office document: word/document.xml": "Dear Mrs Roe\ncome again",
        "Office document author": "Jo Smith",
        "Office document/docProps/core.xml cp/creator": "Dr. Smith",
    }


STRINGS = "<sst><si><t>Patient name</t></si><si><t>DOB</t></si><si><r><t>Jane </t></r><r><t>Roe</t></r></si>{}</sst>"


def test_spreadsheet_gives_cells_under_their_headings_and_what_no_cell_shows() -> None:
    sheet = (
        "<x:worksheet xmlns:x='x'><x:sheetData>"
        "<x:row><x:c r='B1' t='s'><x:v>0</x:v></x:c><x:c r='C1' t='s'><x:v>1</x:v></x:c></x:row>"
        "<x:row><x:c r='B2' t='s'><x:v>2</x:v></x:c><x:c r='C2'><x:f>DATE(1957)</x:f><x:v>20923</x:v></x:c>"
        "<x:c r='AA2' t='inlineStr'><x:is><x:t>note</x:t></x:is></x:c></x:row></x:sheetData>"
        "<x:oddHeader>Sampleton</x:oddHeader></x:worksheet>"
    )
    strings = STRINGS.format("<si><t>deleted row</t></si>")
    sheet_at = "Office document: xl/worksheets/sheet1.xml"
    expected = {
        f"{sheet_at} heading": "Patient name DOB",
        f"{sheet_at} Patient name": "Jane Roe",
        f"{sheet_at} DOB": "20923",
        f"{sheet_at} column 27": "note",
        sheet_at: "Sampleton",
        "Office document: xl/sharedStrings.xml": "deleted row",
    }
    parts = {"xl/worksheets/sheet1.xml": sheet, "xl/sharedStrings.xml": strings}
    assert texts(extract(office(parts))) == expected
    assert texts(extract(office(dict(reversed(parts.items()))))) == expected


def test_open_document_table_gives_cells_under_their_headings() -> None:
    content = (
        "<o:document xmlns:o='o' xmlns:table='t' xmlns:text='x' xmlns:office='f'><table:table>"
        "<table:table-row><table:table-cell><text:p>Id</text:p></table:table-cell>"
        "<table:table-cell table:number-columns-repeated='2'/><table:table-cell><text:p>Vorname</text:p>"
        "</table:table-cell></table:table-row><table:table-row><table:table-cell office:value-type='float'>"
        "<text:p>123456</text:p></table:table-cell><table:table-cell table:number-columns-repeated='2'/>"
        "<table:table-cell><text:p>Jane</text:p></table:table-cell></table:table-row></table:table></o:document>"
    )
    assert texts(extract(office({"content.xml": content}))) == {
        "Office document: content.xml heading": "Id Vorname",
        "Office document: content.xml Id": "123456",
        "Office document: content.xml Vorname": "Jane",
    }


def test_no_text_of_a_spreadsheet_is_lost_in_another() -> None:
    twice = "<s><row><c r='A1' t='str'><v>Jane Roe</v></c><c r='A1' t='str'><v>John Doe</v></c></row></s>"
    far = "<s><row><c r='ZZY1' t='str'><v>Anna Loe</v></c><c r='ZZZ1' t='str'><v>Ida Koe</v></c></row><row/></s>"
    loose = "<s><c t='str'><v>Ann Moe</v></c></s>"
    nested = (
        "<d xmlns:t='t'><t:table-row><t:table-cell>Bo Noe<t:table-row><t:table-cell>Cy Poe</t:table-cell></t:table-row>"
        "Di Soe</t:table-cell></t:table-row></d>"
    )
    parts = [(f"xl/worksheets/{number}.xml", sheet) for number, sheet in enumerate((twice, far, loose))]
    parts += [("xl/worksheets/0.xml", far.replace("Anna", "Eve")), ("content.xml", nested)]
    parts += [("xl/sharedStrings.xml", f"<sst><si><t>{name}</t></si></sst>") for name in ("Flo Toe", "Gus Voe")]
    spreadsheet, collector = Spreadsheet(), Collector(Limits(), ())
    for part, content in parts:
        assert spreadsheet.holds(part, content.encode())
        assert spreadsheet.take(part, content.encode())
    spreadsheet.give("", collector)
    text = " ".join(text.text for text in collector.extraction("Office document").texts)
    for name in ["Jane", "John", "Anna", "Ida", "Ann", "Bo", "Cy", "Di", "Eve", "Flo", "Gus"]:
        assert f"{name} " in text


def test_spreadsheet_that_is_cut_gives_what_comes_before_and_a_problem() -> None:
    cut = "<sst><si><t>Jane Roe</t></si><si"
    found = extract(
        office({"xl/sharedStrings.xml": cut, "xl/worksheets/s.xml": "<s><row><c><v>1234567</v></c></row></s>"})
    )
    assert texts(found)["Office document: xl/sharedStrings.xml"] == "Jane Roe"
    assert found.problems


# --- pictures ---------------------------------------------------------------------------------------------------------


def tiff(order: str = "<") -> bytes:
    """A TIFF directory with an artist and a GPS position."""
    head = (b"II" if order == "<" else b"MM") + struct.pack(order + "HL", 42, 8)
    gps_at, artist_at, rationals_at = 8 + 2 + 24 + 4, 8 + 2 + 24 + 4 + 2 + 48 + 4, 8 + 2 + 24 + 4 + 2 + 48 + 4 + 9
    main = struct.pack(order + "H", 2)
    main += struct.pack(order + "HHLL", 315, 2, 9, artist_at) + struct.pack(order + "HHLL", 34853, 4, 1, gps_at)
    gps = struct.pack(order + "H", 4)
    gps += struct.pack(order + "HHL", 1, 2, 2) + b"N\0\0\0" + struct.pack(order + "HHLL", 2, 5, 3, rationals_at)
    gps += struct.pack(order + "HHL", 3, 2, 2) + b"E\0\0\0" + struct.pack(order + "HHLL", 4, 5, 3, rationals_at + 24)
    rationals = struct.pack(order + "12L", 52, 1, 30, 1, 0, 1, 13, 1, 15, 1, 0, 1)
    return head + main + bytes(4) + gps + bytes(4) + b"Jane Roe\0" + rationals


def segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">L", len(content)) + kind + content + bytes(4)


XMP = b"<x:xmpmeta xmlns:x='x'><creator>Jo Smith</creator></x:xmpmeta>"
IPTC = b"\x1c\x02\x78\x00\x08Jane Roe"
PHOTOSHOP = b"Photoshop 3.0\x008BIM\x04\x04\0\0" + struct.pack(">L", len(IPTC)) + IPTC


@pytest.mark.parametrize("order", ["<", ">"])
def test_jpeg_gives_exif_xmp_iptc_and_comment(order: str) -> None:
    data = (
        b"\xff\xd8"
        + segment(0xE1, b"Exif\0\0" + tiff(order))
        + segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + XMP)
        + segment(0xED, PHOTOSHOP)
        + segment(0xFE, b"seen by Dr. Miller")
        + segment(0xDA, bytes(10))
        + bytes(100)
        + b"\xff\xd9"
    )
    assert texts(extract(data)) == {
        "EXIF/Artist": "Jane Roe",
        "EXIF GPS/GPSLatitudeRef": "N",
        "EXIF GPS/GPSLongitudeRef": "E",
        "EXIF GPS position": "52.50000 N, 13.25000 E",
        "XMP xmpmeta/creator": "Jo Smith",
        "IPTC/Caption": "Jane Roe",
        "JPEG comment": "seen by Dr. Miller",
    }


def test_png_gives_its_text_chunks() -> None:
    data = (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", bytes(13))
        + chunk(b"tEXt", b"Author\0Jane Roe")
        + chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"born 1956"))
        + chunk(b"iTXt", b"Title\0\0\0\0\0" + "Müller".encode())
        + chunk(b"eXIf", tiff())
        + chunk(b"IEND", b"")
    )
    found = texts(extract(data))
    assert found["PNG Author"] == "Jane Roe"
    assert found["PNG Comment"] == "born 1956"
    assert found["PNG Title"] == "Müller"
    assert found["EXIF/Artist"] == "Jane Roe"


def test_tiff_and_gif_give_their_texts() -> None:
    assert texts(extract(tiff()))["TIFF/Artist"] == "Jane Roe"
    gif = b"GIF89a\1\0\1\0\0\0\0!\xfe\x08Jane Roe\0;"
    assert texts(extract(gif)) == {"GIF comment": "Jane Roe"}


# --- data elements ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tag", "vr"),
    [
        (0x7FE0_0010, "OW"),
        (0x0028_1201, "OW"),
        (0x6000_3000, "OW"),
        (0x5400_1010, "OW"),
        (0x0010_0010, "PN"),
        (0x0029_1010, "FD"),
        (0x0029_1010, "LO"),
    ],
)
def test_samples_texts_and_numbers_are_not_searched(tag: int, vr: str) -> None:
    assert texts_of_element(element(tag, vr, b"\0\x01Jane Roe\0\0")) is None


@pytest.mark.parametrize(("tag", "vr"), [(0x0029_1010, "OB"), (0x0029_1010, "UN"), (0x0042_0011, "OB")])
def test_other_binary_values_are_searched(tag: int, vr: str) -> None:
    found = texts_of_element(element(tag, vr, b"\0\x01Jane Roe\0\0"))
    assert found is not None
    assert texts(found) == {"strings": "Jane Roe"}


def test_value_that_the_walk_cut_is_read_from_the_file_again() -> None:
    document = zip_bytes({"scan.bin": random.Random(7).randbytes(3000), "letter.txt": LETTER}, zipfile.ZIP_STORED)
    one = element(0x0042_0011, "OB", document)._replace(value=document[:1000], offset=50)
    assert texts_of_element(one) is not None and "zip: letter.txt/text" not in texts(texts_of_element(one))  # type: ignore[arg-type]
    whole = texts_of_element(one, io.BytesIO(bytes(50) + document + bytes(9)))
    assert whole is not None
    assert texts(whole)["zip: letter.txt/text"] == LETTER.decode().strip()


def test_value_that_is_text_from_end_to_end_is_left_to_the_rules_for_text() -> None:
    assert texts_of_element(element(0x0029_1010, "UN", b"Jane Roe")) is None
    assert texts_of_element(element(0x0029_1010, "OB", b"<a><b>Jane Roe</b></a>")) is not None


@pytest.mark.parametrize(
    ("one", "rule", "where"),
    [
        (element(0x6002_3000, "OW", b"\0\x10\0\0"), "carrier-overlay", Where.PIXEL),
        (element(0x6000_0102, "US", b"\x0c\0"), "carrier-overlay-bits", Where.PIXEL),
        (element(0x0088_0200, "SQ", None)._replace(items=1), "carrier-icon", Where.PIXEL),
        (element(0x7FE0_0010, "OW", None, path="(0008,1140)[0]/(7FE0,0010)"), "carrier-nested-pixels", Where.PIXEL),
        (element(0x5000_3000, "OW", b"\1\0"), "carrier-curve", Where.ELEMENT),
        (element(0x5000_200C, "OW", b"\1\0"), "carrier-audio", Where.ELEMENT),
        (element(0x5400_1006, "CS", b"MB"), "carrier-audio", Where.ELEMENT),
        (element(0x0042_0011, "OB", b"%PDF"), "carrier-document", Where.EMBEDDED),
        (element(0x0400_0520, "OB", b"\x30\x80"), "carrier-encrypted", Where.ELEMENT),
        (element(0xFFFC_FFFC, "OB", b"\0\0Jane\0"), "carrier-padding", Where.ELEMENT),
    ],
)
def test_carriers_are_flagged(one: Element, rule: str, where: Where) -> None:
    ((flag, place),) = check_carrier(one)
    assert (flag.rule, flag.severity, place) == (rule, Severity.REVIEW, where)
    assert flag.evidence and flag.clause


@pytest.mark.parametrize(
    ("value", "length", "words"),
    [
        (b"\0\x10\0\0", 4, "1 to 9 of 32 bits are set"),
        (b"\xff\xff\0\0", 4, "10 to 32 of 32 bits are set"),
        (b"\xff" * 125, 125, "1,000 to 1,000 of 1,000 bits are set"),
        (b"\1\0", 4_000_000, "1 to 9 of the first 16, which were counted, bits are set"),
        (None, 4_000_000, "it is not known how many bits are set"),
    ],
)
def test_set_bits_of_an_overlay_are_counted(value: bytes | None, length: int, words: str) -> None:
    ((flag, _),) = check_carrier(element(0x6000_3000, "OW", value)._replace(length=length))
    assert flag.evidence.startswith(f"{words} in the overlay plane: ")


@pytest.mark.parametrize(
    "one",
    [
        element(0x6000_3000, "OW", bytes(100)),
        element(0x6000_0102, "US", b"\0\0"),
        element(0x0088_0200, "SQ", None),
        element(0x7FE0_0010, "OW", None),
        element(0x7FE0_0010, "OW", None, path="(0088,0200)[0]/(7FE0,0010)"),
        element(0x5400_1006, "CS", b"SS"),
        element(0xFFFC_FFFC, "OB", bytes(100)),
        element(0xFFFC_FFFC, "OB", b"\xff" * 100),
        element(0x0010_0010, "PN", b"Roe^Jane"),
        element(0x0029_1010, "OB", b"\1\2"),
    ],
)
def test_what_carries_nothing_is_silent(one: Element) -> None:
    assert check_carrier(one) == ()


def test_packaged_files_give_no_nonsense() -> None:
    """Private values of real devices: what comes out is what a person reads in them."""
    found = {}
    for name in ("CT_small.dcm", "J2K_pixelrep_mismatch.dcm", "waveform_ecg.dcm"):
        data = pydicom_path(name).read_bytes()
        reading = read_instance(io.BytesIO(data), len(data))
        assert reading is not None
        for one in reading.elements:
            extraction = texts_of_element(one)
            if extraction is not None and extraction.texts:
                found[name, one.path] = texts(extraction)["strings"]
    assert found["CT_small.dcm", "(0043,1028)"] == "HiSpeed CT/i"
    assert "20191019HDL10005Supria" in found["J2K_pixelrep_mismatch.dcm", "(0009,1100)"]
    assert found["waveform_ecg.dcm", "(1455,1001)"] == "Last:\nFirst:\nDOB:\nAge:\nSex:"


# --- whatever the bytes are -------------------------------------------------------------------------------------------

SEEDS = {
    "pdf": pdf(["Report on Jane Roe", ""], {"Author": "Dr. Smith"}),
    "csa": csa({"PatientName": [NAME], "MrPhoenixProtocol": [PROTOCOL]}),
    "older csa": csa({"PatientName": [NAME], "Second": ["text"]}, newer=False),
    "zip": zip_bytes({"a.txt": LETTER, "b.dcm": INNER_DICOM}),
    "office": office({"word/document.xml": "<w><p>Jane Roe</p></w>", "docProps/core.xml": "<c><d>Roe</d></c>"}),
    "gzip": gzip.compress(LETTER, mtime=0),
    "tar": tar_bytes({"a.txt": LETTER}),
    "jpeg": b"\xff\xd8" + segment(0xE1, b"Exif\0\0" + tiff()) + segment(0xED, PHOTOSHOP) + segment(0xDA, b""),
    "png": b"\x89PNG\r\n\x1a\n" + chunk(b"tEXt", b"Author\0Jane Roe") + chunk(b"IEND", b""),
    "tiff": tiff(">"),
    "gif": b"GIF89a\1\0\1\0\x80\0\0" + bytes(6) + b"!\xfe\x08Jane Roe\0;",
    "webp": b"RIFF\x60\0\0\0WEBPEXIF" + struct.pack("<L", len(tiff())) + tiff(),
    "cda": CDA,
    "hl7": b"MSH|^~\\&|RIS|SITE\rPID|1||1234567||Roe^Jane\r",
    "json": b'{"patient": {"name": "Jane Roe"}}',
    "rtf": rb"{\rtf1 Frau M\'fcller \u50?}",
    "dicom": INNER_DICOM,
}


def check(data: bytes) -> None:
    for found in (extract(data), extract_file(io.BytesIO(data), len(data))):
        assert found.complete == (not found.problems)
        for text in found.texts:
            assert text.origin and text.text == text.text.strip()
            text.text.encode()


@given(st.binary(max_size=2000))
@settings(max_examples=100, deadline=None)
def test_any_bytes_are_taken(data: bytes) -> None:
    check(data)


@pytest.mark.parametrize("name", SEEDS)
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_damage_is_taken(name: str, data: st.DataObject) -> None:
    seed = bytearray(SEEDS[name])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(seed) - 1))
        seed[at] = data.draw(st.sampled_from([0, 1, 0x7F, 0x80, 0xFF, 0x28, 0x3C, 0x2F, 0x5D]))
    cut = data.draw(st.integers(0, len(seed)))
    check(bytes(seed if data.draw(st.booleans()) else seed[:cut]))


@pytest.mark.parametrize("path", pydicom_paths()[:20], ids=lambda path: path.name)
def test_packaged_dicom_files_are_taken_as_files(path: object) -> None:
    data = path.read_bytes()  # type: ignore[attr-defined]
    reading = read_instance(io.BytesIO(data), len(data))
    found = extract_file(io.BytesIO(data), len(data))
    assert [one for _, one in found.elements] == list(reading.elements if reading else ())


@pytest.mark.parametrize(
    ("data", "strings"),
    [
        pytest.param(b"\x01Jane\x02", ["Jane"], id="four characters alone"),
        pytest.param(b"Jane", ["Jane"], id="nothing else"),
        pytest.param(b"\x01Jane\xf0", [], id="four characters that another byte touches"),
        pytest.param(b"\xf0Miller\xf0", ["Miller"], id="six characters that other bytes touch"),
        pytest.param(b"\x01Jane\x02Miller\x03Anna\x04", ["Jane", "Miller", "Anna"], id="in their order"),
        pytest.param(b"\xf0Miller\xf0\x01Jane\x02", ["Jane", "Miller"], id="those alone come first"),
    ],
)
def test_short_strings_count_where_they_stand_alone(data: bytes, strings: list[str]) -> None:
    assert list(find_strings(data)) == strings
