"""The command line keeps its contract: formats, exit status, messages."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest
from pydicom.encaps import encapsulate
from pydicom.uid import RLELossless

from pycore.__main__ import main
from tests.builders import data_set, dicom_bytes, zip_bytes
from tests.test_archive_kinds import encrypted_zip
from tests.test_marks import CT, image
from tests.test_review import clean_object


@pytest.fixture
def identified(tmp_path: Path) -> Path:
    path = tmp_path / "transfer.zip"
    path.write_bytes(zip_bytes({"1.dcm": clean_object(1, PatientName="Sample^Anna", PatientID="=1+1")}))
    return path


def test_exit_status_tells_the_verdict(
    tmp_path: Path, identified: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    review = tmp_path / "review.zip"
    review.write_bytes(zip_bytes({"1.dcm": clean_object(1), "notes.txt": b"x"}))
    clean = tmp_path / "clean.zip"
    clean.write_bytes(zip_bytes({"1.dcm": clean_object(1)}))
    retain = ["--option", "retain-uids"]
    assert main(["review", str(clean), *retain]) == 0
    assert main(["review", str(review), *retain]) == 1
    assert main(["review", str(identified), *retain]) == 2
    capsysbinary.readouterr()


@pytest.mark.parametrize(
    ("data", "word"),
    [(b"PK\x03\x04 broken", "zip"), (b"", "empty"), (b"just text", "DICOM")],
    ids=["broken zip", "empty file", "text"],
)
def test_unreadable_input_exits_3_and_says_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], data: bytes, word: str
) -> None:
    path = tmp_path / "input.zip"
    path.write_bytes(data)
    assert main(["review", str(path)]) == 3
    assert word in capsys.readouterr().err


def test_a_missing_file_exits_3_and_names_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["review", str(tmp_path / "nowhere.zip")]) == 3
    assert "nowhere.zip" in capsys.readouterr().err


def test_a_wrong_option_is_a_usage_error_and_not_a_verdict(
    identified: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["review", str(identified), "--option", "retain-everything"]) == 64
    assert "retain-everything" in capsys.readouterr().err
    with pytest.raises(SystemExit) as exit_:
        main(["review"])
    assert exit_.value.code == 64


@pytest.mark.parametrize("format_name", ["json", "html", "csv", "text"])
def test_values_are_masked_unless_asked_for(tmp_path: Path, identified: Path, format_name: str) -> None:
    output = tmp_path / "report"
    arguments = ["review", str(identified), "--format", format_name, "--output", str(output)]
    assert main(arguments) == 2
    assert "Anna" not in output.read_text("utf-8")
    assert main([*arguments, "--show-values"]) == 2
    assert "Anna" in output.read_text("utf-8")


def test_the_same_input_gives_the_same_bytes(tmp_path: Path, identified: Path) -> None:
    outputs = [tmp_path / "a", tmp_path / "b"]
    for output in outputs:
        main(["review", str(identified), "--sha256", "--output", str(output)])
    first, second = (output.read_bytes() for output in outputs)
    assert first == second
    assert len(json.loads(first)["archive"]["sha256"]) == 64


def test_html_shows_values_as_text_only(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    payload = "<img src=x onerror=alert(1)>"
    path.write_bytes(zip_bytes({f"{payload}.dcm": dicom_bytes(data_set(PatientName=payload, Modality="OT"))}))
    output = tmp_path / "report.html"
    main(["review", str(path), "--format", "html", "--show-values", "--output", str(output)])
    text = output.read_text("utf-8")
    assert "<img" not in text
    assert "&lt;img" in text


def test_csv_cells_cannot_become_formulas(tmp_path: Path, identified: Path) -> None:
    output = tmp_path / "report.csv"
    main(["review", str(identified), "--format", "csv", "--show-values", "--output", str(output)])
    assert ",'=1+1," in output.read_text("utf-8")


def test_folders_and_several_zips_become_one_review(
    tmp_path: Path, identified: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    (folder / "2.dcm").write_bytes(clean_object(2))
    main(["review", str(identified), str(folder)])
    document = json.loads(capsysbinary.readouterr().out)
    assert document["archive"]["dicom"] == 2
    assert {finding["entry"] for finding in document["findings"] if "entry" in finding} >= {"transfer.zip/1.dcm"}


def test_every_frame_is_drawn_when_asked_and_what_cannot_be_is_never_clean(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    path = tmp_path / "clean.zip"
    kind = {"SOPClassUID": CT, "Modality": "CT", "ImageType": ["ORIGINAL", "PRIMARY"], "PixelSpacing": ["1", "1"]}
    whole = b"\1\0\0\0\x40\0\0\0" + bytes(56) + b"\3\1\2\3\4\x80"  # RLE: one segment with four bytes as they are
    loop = image("x", 1, **kind, NumberOfFrames=3, PixelData=encapsulate([whole, whole, b"\2" + bytes(69)]))
    loop["PixelData"].is_undefined_length = True
    cut = dicom_bytes(loop, RLELossless)
    path.write_bytes(zip_bytes({"1.dcm": cut, "2.dcm": clean_object(2)}))
    assert main(["review", str(path), "--option", "retain-uids"]) == 0
    capsysbinary.readouterr()
    assert main(["review", str(path), "--option", "retain-uids", "--pixels"]) == 1
    (problem,) = json.loads(capsysbinary.readouterr().out)["problems"]
    assert problem["entry"] == "1.dcm"
    assert problem["message"].startswith("Frame 3 of 3 could not be drawn: ")


def test_without_numpy_drawing_is_refused_with_what_to_do(
    identified: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert main(["review", str(identified), "--pixels"]) == 64
    assert "pip install numpy" in capsys.readouterr().err


def test_marks_that_were_saved_are_read_again(
    tmp_path: Path, identified: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    marks, other = tmp_path / "marks.json", tmp_path / "other.zip"
    assert main(["review", str(identified), "--format", "marks", "--output", str(marks)]) == 2
    plain = main(["review", str(identified)]), capsysbinary.readouterr().out
    assert (main(["review", str(identified), "--marks", str(marks)]), capsysbinary.readouterr().out) == plain
    saved = json.loads(marks.read_text("utf-8"))
    saved["undrawable"].append({"entry": 0, "frame": None, "reason": "It is no picture."})
    marks.write_text(json.dumps(saved), "utf-8")
    main(["review", str(identified), "--marks", str(marks)])
    assert "It is no picture." in json.loads(capsysbinary.readouterr().out)["problems"][0]["message"]
    other.write_bytes(zip_bytes({"1.dcm": clean_object(1), "2.dcm": clean_object(2)}))
    assert main(["review", str(other), "--marks", str(marks)]) == 64
    assert main(["review", str(other), "--marks", str(tmp_path / "none")]) == 64


def test_one_file_that_cannot_be_read_does_not_end_the_review_of_a_folder(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    (folder / "1.dcm").write_bytes(clean_object(1))
    (folder / "2.dcm").write_bytes(clean_object(2))
    (folder / "3.zip").write_bytes(b"PK\x03\x04 broken")
    (folder / "4.dcm").write_bytes(b"")
    really_open = Path.open

    def refuse(path: Path, *arguments: str) -> object:
        if path.name == "2.dcm":
            raise PermissionError(13, "Permission denied")
        return really_open(path, *arguments)

    monkeypatch.setattr(Path, "open", refuse)
    assert main(["review", str(folder)]) == 1
    document = json.loads(capsysbinary.readouterr().out)
    assert {name: document["archive"][name] for name in ("entries", "dicom", "other", "unreadable")} == {
        "entries": 4,
        "dicom": 1,
        "other": 1,
        "unreadable": 2,
    }
    reasons = {problem["entry"]: problem["message"] for problem in document["problems"]}
    assert "cannot be opened: Permission denied" in reasons["export/2.dcm"]
    assert "truncated zip" in reasons["export/3.zip"]


@pytest.mark.native
def test_what_is_no_file_in_a_folder_is_told(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    folder = tmp_path / "export"
    (folder / "below").mkdir(parents=True)
    (folder / "below" / "1.dcm").write_bytes(clean_object(1))
    (folder / "broken").symlink_to(tmp_path / "nowhere")
    (folder / "elsewhere").symlink_to(tmp_path, target_is_directory=True)
    os.mkfifo(folder / "pipe")
    main(["review", str(folder)])
    document = json.loads(capsysbinary.readouterr().out)
    assert (document["archive"]["dicom"], document["archive"]["unreadable"]) == (1, 3)
    reasons = {problem["entry"]: problem["message"] for problem in document["problems"]}
    assert "leads nowhere" in reasons["export/broken"]
    assert "not followed" in reasons["export/elsewhere"]
    assert "pipe" in reasons["export/pipe"]
    assert str(tmp_path) not in json.dumps(document)


def test_a_folder_that_may_not_be_entered_does_not_end_the_review(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "export"
    (folder / "closed").mkdir(parents=True)
    (folder / "1.dcm").write_bytes(clean_object(1))
    really_scan = os.scandir

    def refuse(path: str) -> object:
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied", str(path))
        return really_scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert main(["review", str(folder)]) == 1
    document = json.loads(capsysbinary.readouterr().out)
    (problem,) = document["problems"]
    assert problem == {"entry": "export/closed", "message": "export/closed cannot be entered: Permission denied."}


@pytest.mark.parametrize("format_name", ["ctp", "deid", "dcmodify", "csv-values"])
def test_recipes_and_values_are_formats_too(tmp_path: Path, identified: Path, format_name: str) -> None:
    output = tmp_path / "out"
    assert main(["review", str(identified), "--format", format_name, "--output", str(output)]) == 2
    assert "0010,0010" in output.read_text("utf-8").replace("00100010", "0010,0010")


def test_a_folder_as_output_gets_a_file_whose_name_tells_what_it_holds(tmp_path: Path, identified: Path) -> None:
    main(["review", str(identified), "--format", "html", "--show-values", "--output", str(tmp_path)])
    main(["review", str(identified), "--format", "html", "--output", str(tmp_path)])
    names = {path.name for path in tmp_path.glob("*.html")}
    assert names == {"transfer-CONTAINS-IDENTIFIERS-review.html", "transfer-review.html"}


def test_passwords_come_from_a_file(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(encrypted_zip(clean_object(1), "gehëim".encode(), 8))
    passwords = tmp_path / "passwords"
    passwords.write_text("wrong\ngehëim\n", "utf-8")
    assert main(["review", str(path), "--option", "retain-uids"]) == 1
    assert json.loads(capsysbinary.readouterr().out)["archive"]["unreadable"] == 1
    assert main(["review", str(path), "--option", "retain-uids", "--password-file", str(passwords)]) == 0
    assert json.loads(capsysbinary.readouterr().out)["archive"]["dicom"] == 1
    assert main(["review", str(path), "--password-file", str(tmp_path / "nowhere")]) == 64


@pytest.mark.parametrize(
    ("data", "words"),
    [(b"7z\xbc\xaf\x27\x1c" + bytes(60), "7z"), (b"Rar!\x1a\x07\x01\0" + bytes(60), "RAR")],
    ids=["7z", "RAR"],
)
def test_archives_of_other_kinds_are_named_with_advice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], data: bytes, words: str
) -> None:
    path = tmp_path / "images.bin"
    path.write_bytes(data)
    assert main(["review", str(path)]) == 3
    error = capsys.readouterr().err
    assert words in error
    assert "Unpack it" in error
    zipped = tmp_path / "x.zip"
    zipped.write_bytes(zip_bytes({"1.dcm": clean_object(1), "images.bin": data}))
    assert main(["review", str(zipped), "--option", "retain-uids"]) == 1


def test_the_report_says_which_entries_were_read_in_part(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    image = clean_object(1, Rows=512, Columns=512, BitsAllocated=8, SamplesPerPixel=1, PixelData=bytes(512 * 512))
    path = tmp_path / "a.zip"
    path.write_bytes(zip_bytes({"image.dcm": image, "small.dcm": clean_object(2)}))
    main(["review", str(path)])
    assert json.loads(capsysbinary.readouterr().out)["read_in_part"] == ["image.dcm"]
    for format_name in ("text", "html"):
        main(["review", str(path), "--format", format_name])
        [sentence] = re.findall("1 entry was read in part[^\n<]*", capsysbinary.readouterr().out.decode())
        assert sentence.endswith("could not be verified there: image.dcm.")


def test_comparing_exits_by_what_survives(tmp_path: Path, identified: Path) -> None:
    after = tmp_path / "after.zip"
    after.write_bytes(zip_bytes({"1.dcm": clean_object(1)}))
    output = tmp_path / "comparison.json"
    command = ["compare", str(identified), str(after), "--pixels", "--output", str(output)]
    assert main([*command, "--option", "retain-uids"]) == 0
    assert json.loads(output.read_text("utf-8"))["objects"]["matched"] == 1
    after.write_bytes(zip_bytes({"1.dcm": clean_object(1), "Anna Sample.txt": b"x"}))
    assert main([*command, "--option", "retain-uids"]) == 2


@pytest.mark.parametrize("name", ["missing.zip", "letter.txt"])
def test_comparing_with_what_cannot_be_read_exits_3(
    name: str, tmp_path: Path, identified: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "letter.txt").write_text("no zip", "utf-8")
    assert main(["compare", str(identified), str(tmp_path / name)]) == 3
    assert name in capsys.readouterr().err
