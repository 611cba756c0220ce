"""Everything that can be chosen: zips, several of them, DICOM files, folders."""

from __future__ import annotations

import random
from pathlib import Path

from pydicom.uid import RawDataStorage

from e2e.browser import Inspector, payload
from pycore.__main__ import main
from tests.builders import data_set, dicom_bytes, uid, zip_bytes


def instance(patient_id: str, number: int = 1) -> bytes:
    return dicom_bytes(
        data_set(
            SOPClassUID=RawDataStorage,
            SOPInstanceUID=uid(patient_id, number),
            Modality="CT",
            PatientName=f"Sample^{patient_id}",
            PatientID=patient_id,
            StudyInstanceUID=uid("study", patient_id),
            SeriesInstanceUID=uid("series", patient_id),
            InstanceNumber=str(number),
        )
    )


def test_several_zips_are_one_review(shared: Inspector) -> None:
    report = shared.review(
        payload("first.zip", zip_bytes({"1": instance("A"), "notes.txt": b"hello"})),
        payload("second.zip", zip_bytes({"1": instance("B"), "empty/": None})),
    )
    assert {key: report["archive"][key] for key in ("entries", "dicom", "other", "folders", "unreadable")} == {
        "entries": 4,
        "dicom": 2,
        "other": 1,
        "folders": 1,
        "unreadable": 0,
    }
    assert [patient["patient_id"] for patient in report["patients"]] == ["A", "B"]
    named = {name for finding in report["findings"] for name in finding.get("entries", [finding.get("entry")])}
    assert {"first.zip/1", "second.zip/1"} <= named


def test_single_dicom_file_is_reviewed(shared: Inspector) -> None:
    report = shared.review(payload("IM0001", instance("A")))
    assert (report["archive"]["entries"], report["archive"]["dicom"]) == (1, 1)
    assert report["patients"][0]["patient_id"] == "A"


def test_zip_beside_a_dicom_file_is_reviewed(shared: Inspector) -> None:
    report = shared.review(payload("IM0001", instance("A")), payload("b.zip", zip_bytes({"1": instance("B")})))
    assert [patient["patient_id"] for patient in report["patients"]] == ["A", "B"]


def test_folder_is_reviewed_with_the_paths_inside_it(shared: Inspector, tmp_path: Path) -> None:
    folder = tmp_path / "export"
    (folder / "ct").mkdir(parents=True)
    (folder / "ct" / "1.dcm").write_bytes(instance("A", 1))
    (folder / "ct" / "2.dcm").write_bytes(instance("A", 2))
    (folder / "ct-2").mkdir()
    (folder / "ct-2" / "3.dcm").write_bytes(instance("B", 3))
    (folder / "notes.txt").write_text("hello")
    folder_input = shared.page.locator("input[webkitdirectory]")
    folder_input.set_input_files(str(folder))
    shared.wait_for("done")
    report = shared.report()
    assert (report["archive"]["dicom"], report["archive"]["other"]) == (3, 1)
    assert report["patients"][0]["studies"][0]["series"][0]["instances"] == 2
    named = {name for finding in report["findings"] for name in finding.get("entries", [finding.get("entry")])}
    assert "export/ct/1.dcm" in named
    main(["review", str(folder), "--show-values", "--output", str(tmp_path / "report.json")])
    text = shared.page.evaluate("() => window.inspector.reportText({ values: true })")
    assert text == (tmp_path / "report.json").read_text()


def test_dropped_zip_is_reviewed(shared: Inspector) -> None:
    data = zip_bytes({"1": instance("A")})
    transfer = shared.page.evaluate_handle(
        """bytes => {
            const transfer = new DataTransfer();
            transfer.items.add(new File([new Uint8Array(bytes)], 'dropped.zip'));
            return transfer;
        }""",
        list(data),
    )
    shared.page.dispatch_event("body", "dragover", {"dataTransfer": transfer})
    shared.page.dispatch_event("body", "drop", {"dataTransfer": transfer})
    shared.wait_for("done")
    assert shared.report()["archive"]["name"] == "dropped.zip"


def test_second_zip_replaces_the_first(shared: Inspector) -> None:
    shared.review(payload("first.zip", zip_bytes({"1": instance("A")})))
    report = shared.review(payload("second.zip", zip_bytes({"1": instance("B")})))
    assert report["archive"]["name"] == "second.zip"
    assert [patient["patient_id"] for patient in report["patients"]] == ["B"]


def test_entries_that_lie_near_and_far_are_read_as_by_the_command_line(shared: Inspector, tmp_path: Path) -> None:
    noise = random.Random(1)
    between = (10, 5_000, 100_000, 400_000, 700_000, 9_000_000)
    entries = {
        name: data
        for number in range(24)
        for name, data in (
            (f"{number:02}", instance(f"P{number}", number)),
            (f"{number:02}.raw", noise.randbytes(between[number % len(between)])),
        )
    }
    chosen, written = tmp_path / "wide.zip", tmp_path / "report.json"
    chosen.write_bytes(zip_bytes(entries))
    shared.review(chosen)
    main(["review", str(chosen), "--output", str(written)])
    text = shared.page.evaluate("() => window.inspector.reportText({ values: false, format: 'json' })")
    assert text.encode() == written.read_bytes()
