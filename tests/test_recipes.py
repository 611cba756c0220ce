"""A recipe covers what was found and nothing else, holds no value, and does what it says in the tools it is for."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree

import pydicom
import pytest
from pydicom import Dataset

from pycore.findings import Severity, Where
from pycore.harvester import read_entries
from pycore.phi.dummies import is_dummy
from pycore.phi.options import Options
from pycore.phi.value import Value
from pycore.recipes import DUMMIES, Step, Treatment, make_recipe
from pycore.review import Report, review
from pycore.session import RECIPES
from pycore.value_marks import Said
from tests.builders import data_set, dicom_bytes, uid
from tests.test_review import archive_of, clean_object, reviewed
from tests.test_value_marks import archive, mark, rows_at

COMMENTS = "(0020,4000)"
HOSTILE = [
    "ACME 'quoted' $(touch x) `y`",
    'ACME "double" <b>&amp;</b>',
    "ACME --> <script>",
    "ACME [1] ] #",
    "ACME; rm -rf *",
    "ACME\n-e (0010,0010)",
    "-ACME: 100%",
    "ACME\u2028REMOVE ALL",
    "ACME\x85ADD PatientName x",
    "ACME \u202egpj",
    "ACME\x1b[2J",
]


def steps_of(report: Report) -> dict[str, Treatment]:
    return {step.path: step.treatment for step in make_recipe(report).steps}


def with_private(creator: str, **more: object) -> bytes:
    dataset = pydicom.dcmread(io.BytesIO(clean_object(1, **more)))
    dataset.private_block(0x0033, creator, create=True).add_new(0x10, "LO", "anything")
    return dicom_bytes(dataset)


# --- the plan ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keyword", "value", "treatment"),
    [
        ("PatientName", "Sample^Anna", Treatment.EMPTY),  # Z
        ("PatientID", "ZS-0001", Treatment.EMPTY),  # Z/D: no pseudonym is invented
        ("PatientAddress", "1 Example Street", Treatment.REMOVE),  # X
        ("ContentDate", "20240115", Treatment.DUMMY),  # Z/D
        ("StationName", "CT-ROOM-3", Treatment.DUMMY),  # X/Z/D
        ("FrameOfReferenceUID", uid("own"), Treatment.NEW_UID),  # U
        ("InterpretationAuthor", "Reader^One", Treatment.REMOVE),  # X
        ("RequestAttributesSequence", [data_set(RequestedProcedureID="1")], Treatment.REMOVE),  # X
    ],
)
def test_each_action_of_the_profile_becomes_a_treatment(keyword: str, value: object, treatment: Treatment) -> None:
    report = reviewed({"1": clean_object(1, **{keyword: value})})
    tag = pydicom.datadict.tag_for_keyword(keyword)
    assert tag is not None
    assert steps_of(report)[f"({tag >> 16:04X},{tag & 0xFFFF:04X})"] is treatment


def test_what_is_not_flagged_is_not_in_the_recipe() -> None:
    report = reviewed({"1": clean_object(1, PatientName="Sample^Anna", KVP="120", SliceThickness="5")})
    flagged = {one.path for one in report.findings if one.path and one.flag.severity is not Severity.INFO}
    assert set(steps_of(report)) <= flagged
    assert "(0010,0010)" in steps_of(report)


@pytest.mark.parametrize("vr", DUMMIES)
def test_every_dummy_is_one_that_the_review_knows(vr: str) -> None:
    assert is_dummy(Value(Where.ELEMENT, "(0010,0010)", 0x00100010, vr, None, DUMMIES[vr], len(DUMMIES[vr]), 0))


def test_items_of_any_number_are_one_step() -> None:
    items = [data_set(PersonName="Reader^One"), data_set(PersonName="Reader^Two")]
    report = reviewed({"1": clean_object(1, ContentSequence=items)})
    assert steps_of(report)["(0040,A730)[*]/(0040,A123)"] is Treatment.DUMMY
    assert "(0040,A730)" not in steps_of(report)


def test_private_elements_go_by_their_creator_and_take_its_block_with_them() -> None:
    recipe = make_recipe(reviewed({"1": with_private("ACME 1.0")}))
    private = {step.path: (step.private_creator, step.treatment) for step in recipe.steps if step.is_private}
    assert private == {
        "(0033,0010)": (None, Treatment.REMOVE),
        "(0033,1010)": ("ACME 1.0", Treatment.REMOVE),
    }


def test_a_creator_that_names_a_person_is_not_written() -> None:
    report = reviewed({"1": with_private("ACME for Muellerstein", PatientName="Muellerstein^Jane")})
    assert "(0033,1010)" in steps_of(report)
    for write in RECIPES.values():
        assert "muellerstein" not in write(report, values=True).lower()


def test_dates_are_shifted_by_days_that_follow_from_the_archive_alone() -> None:
    options = Options.of("basic", ["retain-modified-dates"])
    entries = {"1": clean_object(1, StudyDate="20240115", ContentDate="20240231")}
    report = reviewed(entries, options)
    assert steps_of(report)["(0008,0020)"] is Treatment.SHIFT
    assert steps_of(report)["(0008,0023)"] is Treatment.EMPTY  # no date: the thirty-first of February
    days = make_recipe(report).days
    assert days == make_recipe(reviewed(entries, options)).days
    assert days != make_recipe(reviewed({"2": entries["1"]}, options)).days
    assert -3650 <= days <= -365
    assert f"JITTER 00080020 {days}" in RECIPES["deid"](report, values=False)
    assert f'<p t="DATEINC">{days}</p>' in RECIPES["ctp"](report, values=False)
    assert "-m '(0008,0020)='" in RECIPES["dcmodify"](report, values=False)


def test_fine_is_left_out_and_must_go_is_in() -> None:
    session, _ = archive("both lungs well inflated", "second look advised")
    first, second = rows_at(session, COMMENTS)
    assert steps_of(session.reviewed)[COMMENTS] is Treatment.REMOVE
    mark(session, Said.FINE, first)
    assert COMMENTS in steps_of(session.reviewed)  # the other value is still flagged
    mark(session, Said.FINE, first, second)
    assert COMMENTS not in steps_of(session.reviewed)
    (modality,) = rows_at(session, "(0008,0060)")
    mark(session, Said.MUST_GO, modality)
    assert steps_of(session.reviewed)["(0008,0060)"] is Treatment.EMPTY


def test_fine_does_not_keep_what_names_a_person() -> None:
    session, _ = archive("x", PatientName="Sample^Anna")
    (row,) = rows_at(session, "(0010,0010)")
    mark(session, Said.FINE, row)
    assert "(0010,0010)" in steps_of(session.reviewed)
    assert any("treated all the same" in line for line in make_recipe(session.reviewed).left)


def test_what_no_recipe_mends_stands_in_its_head(sample_zip: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(sample_zip)) as file:
        report = reviewed({name: file.read(name) for name in file.namelist()})
    for write in RECIPES.values():
        text = write(report, values=False)
        for words in ("Pictures may show", "Encapsulated documents", "Names of files", "Files that are not DICOM"):
            assert words in text
    assert "(0042,0011)" not in steps_of(report)


# --- what is written --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format_name", RECIPES)
def test_a_recipe_holds_no_value(sample_zip: bytes, format_name: str) -> None:
    with zipfile.ZipFile(io.BytesIO(sample_zip)) as file:
        report = reviewed({name: file.read(name) for name in file.namelist()})
    text = RECIPES[format_name](report, values=True)
    assert text == RECIPES[format_name](report, values=False)
    for value, flags in report.flags.items():
        found = (value.text or "").strip()
        if any(flag.severity is Severity.IDENTIFIER for flag in flags) and len(found) > 3 and found != "UTF-8":
            assert found not in text, value.path
    assert not re.search(r"\d\.\d+\.\d{9}", text)  # no UID but roots


@pytest.mark.parametrize("creator", HOSTILE)
def test_hostile_private_creators_change_no_recipe(creator: str) -> None:
    report = reviewed({"1": with_private(creator, SpecificCharacterSet="ISO_IR 192")})
    assert "(0033,1010)" in steps_of(report)
    script = ElementTree.fromstring(RECIPES["ctp"](report, values=False))
    named = [one for one in script.iter("e") if one.attrib["t"].startswith("0033") and one.attrib["t"][4:5] != "0"]
    expected = f"0033[{creator}]10" if "[" not in creator and creator.isprintable() else "00331010"
    assert [one.attrib["t"] for one in named] in ([expected], [])
    assert expected in {one.attrib["t"] for one in script.iter("e")}
    assert {one.text for one in script.iter("e") if one.attrib["t"].startswith("0033")} == {"@remove()"}
    lines = RECIPES["deid"](report, values=False).splitlines()
    private = [line for line in lines if line.startswith("REMOVE") and "0033" in line and "00330010" not in line]
    assert private in ([f'REMOVE (0033,"{creator}",10)'], ["REMOVE 00331010"])
    for text in (write(report, values=False) for write in RECIPES.values()):
        assert not re.search("[\0-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", text)
        assert text.splitlines() == text.removesuffix("\n").split("\n")
    shell = RECIPES["dcmodify"](report, values=False)
    assert "-e '(0033,1010)'" in shell
    assert all(line.startswith("#") for line in shell.splitlines() if "ACME" in line)


@pytest.mark.parametrize("format_name", RECIPES)
def test_a_hostile_name_of_the_archive_stays_a_comment(format_name: str) -> None:
    name = "a\nADD PatientName x\n--><script/>\u2028$(x).zip"
    text = RECIPES[format_name](reviewed({"1": clean_object(1, PatientName="Sample^Anna")}, name=name), values=False)
    assert not re.search(r"^(ADD PatientName|\$\(x\)|--><)", text, re.MULTILINE)
    if format_name == "ctp":
        assert ElementTree.fromstring(text).tag == "script"


def test_ctp_processes_the_sequences_on_the_way_to_what_was_found() -> None:
    report = reviewed({"1": clean_object(1, ContentSequence=[data_set(PersonName="Reader^One")])})
    script = ElementTree.fromstring(RECIPES["ctp"](report, values=False))
    by_tag = {one.attrib["t"]: one.text for one in script.iter("e")}
    assert by_tag["0040A730"] == "@process()"
    assert by_tag["0040A123"] == "ANONYMOUS"
    assert by_tag["00120062"] == "@always()YES"
    assert {one.attrib["t"] for one in script.iter("p")} == {"DATEINC", "SITEID", "UIDROOT"}


def test_the_same_review_gives_the_same_recipe() -> None:
    entries = {"1": clean_object(1, PatientName="Sample^Anna")}
    for write in RECIPES.values():
        assert write(reviewed(entries), values=False) == write(reviewed(entries), values=False)


# --- the tools --------------------------------------------------------------------------------------------------------

DCMTK = pytest.mark.skipif(
    shutil.which("dcmodify") is None, reason="dcmodify is not installed here (package dcmtk): its scripts were not run"
)
NO_DICOM_OR_DAMAGED = {"SAMPLE_ANNA/CT_THORAX/IM0025.part"}
"""What no tool writes again: it ends in the middle of an element."""


@pytest.fixture(scope="module")
def before(sample_zip: bytes) -> Report:
    """The review of the sample's whole DICOM objects, and of one whose elements are nested, private or of file meta."""
    with zipfile.ZipFile(io.BytesIO(sample_zip)) as file:
        entries = {name: file.read(name) for name in file.namelist() if name not in NO_DICOM_OR_DAMAGED}
    found = reviewed(entries)
    kept = {name for name, record in zip(found.names, found.records, strict=True) if record.instance is not None}
    return reviewed({name: data for name, data in entries.items() if name in kept})


@pytest.fixture
def files(sample_zip: bytes, before: Report, tmp_path: Path) -> dict[str, Path]:
    """The DICOM objects of the sample, as files, by name."""
    with zipfile.ZipFile(io.BytesIO(sample_zip)) as file:
        for name in before.names:
            file.extract(name, tmp_path)
    return {name: tmp_path / name for name in before.names}


def review_files(files: dict[str, Path]) -> Report:
    archive = archive_of({name: path.read_bytes() for name, path in files.items()})
    return review(archive, read_entries(archive, range(len(archive.entries))), Options())


def check_result(before: Report, after: Report, files: dict[str, Path], originals: dict[str, Dataset]) -> None:
    """What was flagged is gone, what was not is as it was, and references still fit."""
    assert any(one.flag.severity is Severity.IDENTIFIER and one.where is Where.ELEMENT for one in before.findings)
    remaining = [
        (one.path, one.flag.rule)
        for one in after.findings
        if one.flag.severity is Severity.IDENTIFIER and one.where in (Where.ELEMENT, Where.FILE_META)
    ]
    assert remaining == []
    steps = make_recipe(before).steps
    touched = {step.tags[0] for step in steps} | {"00120062", "00120063", "00280303"}
    new_uid_of: dict[str, set[str]] = {}
    for name, path in files.items():
        old, new = originals[name], pydicom.dcmread(path)
        assert new.file_meta.MediaStorageSOPInstanceUID == new.SOPInstanceUID
        for one in ("SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID"):
            if one in old:
                new_uid_of.setdefault(str(old[one].value), set()).add(str(new[one].value))
        for element in old:
            if f"{element.tag:08X}" not in touched and element.tag.element and element.VR != "SQ":
                assert new[element.tag].value == element.value, (name, element.tag)
    assert all(len(found) == 1 for found in new_uid_of.values())
    assert len(set().union(*new_uid_of.values())) == len(new_uid_of)
    assert not set(new_uid_of) & set().union(*new_uid_of.values())


def read_all(files: Iterable[tuple[str, Path]]) -> dict[str, Dataset]:
    return {name: pydicom.dcmread(io.BytesIO(path.read_bytes())) for name, path in files}


@pytest.mark.native
def test_deid_leaves_no_identifier_and_touches_nothing_else(
    before: Report, files: dict[str, Path], tmp_path: Path
) -> None:
    from deid.config import DeidRecipe
    from deid.dicom import replace_identifiers

    originals = read_all(files.items())
    recipe = tmp_path / "deid.dicom"
    recipe.write_text(RECIPES["deid"](before, values=False), "utf-8")
    paths = [str(path) for path in files.values()]
    replace_identifiers(paths, deid=DeidRecipe(str(recipe)), save=True, overwrite=True, force=False)
    check_result(before, review_files(files), files, originals)


@pytest.mark.native
@DCMTK
def test_dcmodify_leaves_no_identifier_and_touches_nothing_else(
    before: Report, files: dict[str, Path], tmp_path: Path
) -> None:
    originals = read_all(files.items())
    script = tmp_path / "recipe.sh"
    script.write_text(RECIPES["dcmodify"](before, values=False), "utf-8")
    subprocess.run(["sh", script, *files.values()], check=True)
    check_result(before, review_files(files), files, originals)


@pytest.mark.native
@DCMTK
def test_dcmodify_names_what_it_cannot_do_and_does_the_rest(tmp_path: Path) -> None:
    names = ["-first one.dcm", "second'.dcm", "broken.dcm"]
    data = clean_object(1, PatientName="Sample^Anna", PatientComments="x")
    for name in names:
        (tmp_path / name).write_bytes(data if name != "broken.dcm" else data[:200])
    (tmp_path / "recipe.sh").write_text(RECIPES["dcmodify"](reviewed({"1": data}), values=False), "utf-8")
    done = subprocess.run(["sh", "recipe.sh", *names], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "not done: broken.dcm" in done.stderr
    for name in names[:2]:
        assert pydicom.dcmread(tmp_path / name).PatientName == ""
    usage = subprocess.run(["sh", "recipe.sh"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert usage.returncode == 64


def test_a_step_tells_its_tags() -> None:
    step = Step("(0040,A730)[*]/(0040,A160)", 0x0040A160, "UT", None, Treatment.EMPTY, "", 1, ())
    assert step.tags == ("0040A730", "0040A160")
