"""A worker's session answers the page from one reading, and says plainly what it cannot do."""

from __future__ import annotations

import hashlib
import io
import tarfile
from typing import Any

import pytest

from pycore.archive import Batch, tars
from pycore.errors import DicomError, RequestError
from pycore.harvest import Harvest
from pycore.instance_session import open_value
from pycore.session import Next, Progress, Session, sha256_of, to_plain
from tests.builders import MemorySource, data_set, dicom_bytes, zip_bytes
from tests.test_archive_kinds import encrypted_zip
from tests.test_review import clean_object


def read_all(session: Session, start: int, stop: int) -> tuple[Harvest, list[Progress], list[Batch]]:
    steps = list(session.read(start, stop))
    harvests = [step for step in steps if isinstance(step, Harvest)]
    assert len(harvests) == 1
    assert steps[-1] is harvests[0]
    return (
        harvests[0],
        [step for step in steps if isinstance(step, Progress)],
        [step for step in steps if isinstance(step, Batch)],
    )


def opened(entries: dict[str, bytes | None]) -> tuple[Session, dict[str, Any]]:
    session = Session()
    return session, session.open([MemorySource("test.zip", zip_bytes(entries))])


def reviewed(entries: dict[str, bytes | None], options: tuple[str, ...] = ()) -> tuple[Session, dict[str, Any]]:
    session, value = opened(entries)
    for start, stop in value["shards"]:
        session.merge(read_all(session, start, stop)[0])
    return session, session.review("basic", options)


def test_shards_cover_every_entry_once() -> None:
    _, value = opened({f"{number:04}": b"" for number in range(300)})
    covered = [index for start, stop in value["shards"] for index in range(start, stop)]
    assert covered == list(range(300))
    assert value["entries"] == 300


def test_the_first_shard_is_short_so_that_its_findings_are_early() -> None:
    _, many = opened({f"{number:04}": b"" for number in range(300)})
    assert many["shards"][:2] == [(0, 16), (16, 144)]
    _, few = opened({f"{number:04}": b"" for number in range(100)})
    assert few["shards"] == [(0, 100)]


def test_looking_at_texts_while_reading_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = {
        "a@example.org/1": dicom_bytes(data_set(StudyComments="born 04.03.1950")),
        "notes.txt": b"Tel. 030 123456",
    }
    _, ahead = reviewed(entries)
    monkeypatch.setattr("pycore.session.foresee", lambda *_: None)
    assert reviewed(entries)[1] == ahead


def test_progress_ends_where_the_shard_ends() -> None:
    session, _ = opened({"1": clean_object(1), "2": b"text", "3/": None})
    _, progress, batches = read_all(session, 0, 3)
    assert (progress[-1].done, progress[-1].dicom) == (3, 1)
    assert [index for batch in batches for index in batch.indexes] == [0, 1, 2]


def test_each_entry_is_told_before_it_is_read() -> None:
    session, _ = opened({"1": clean_object(1), "2": b"text", "3/": None})
    assert [step.entry for step in session.read(1, 3) if isinstance(step, Next)] == [1, 2]


@pytest.mark.parametrize("why", ["crashed", "memory", "hung", "internal", "too many"])
def test_entries_that_nobody_could_read_are_problems_and_the_rest_is_judged(why: str) -> None:
    session, _ = opened({"1": clean_object(1), "2": clean_object(2), "3/": None})
    session.merge(read_all(session, 0, 1)[0])
    assert session.lose(1, 3, why) == {"entries": 3}
    summary = session.review("basic", ["retain-uids"])
    assert summary["entries"]["status"] == ["dicom", "unreadable", "folder"]
    assert summary["verdict"] != "clean"
    (problem,) = summary["problems"]
    assert (problem["entry"], "was not reviewed" in problem["message"]) == (1, True)
    with pytest.raises(RequestError, match="no reason to give entries up"):
        session.lose(0, 1, "bored")


def test_the_summary_says_which_entries_were_read_in_part() -> None:
    pixels = {"Rows": 512, "Columns": 512, "BitsAllocated": 8, "SamplesPerPixel": 1, "PixelData": bytes(512 * 512)}
    _, summary = reviewed(
        {f"{number}": clean_object(number, **(pixels if number in (1, 2, 4) else {})) for number in range(6)}
    )
    assert summary["read_in_part"] == [(1, 3), (4, 5)]


def test_the_summary_s_counts_and_columns_add_up() -> None:
    _, summary = reviewed({"d/": None, "d/1": clean_object(1, PatientName="Sample^Anna"), "d/2.txt": b"notes"})
    columns = summary["entries"]
    assert {len(column) for column in columns.values()} == {3}
    assert columns["status"] == ["folder", "dicom", "other"]
    assert columns["verdict"] == ["clean", "identified", "review"]
    series = summary["patients"][0]["studies"][0]["series"][0]
    assert tuple(series["instances"]) == (1,)
    assert series["flags"][0] == sum(1 for finding in summary["findings"] if finding["severity"] == "identifier")


def test_what_one_reader_alone_opens_is_one_share(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each reader would have to inflate as much before it read anything."""
    few = {f"{number}.txt": b"%d" % number for number in range(200)}
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as tar:
        for name, data in {**few, "zeros": bytes(20_000_000)}.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    source = MemorySource("a.tar.gz", file.getvalue())
    assert len(Session().open([source])["shards"]) > 1
    monkeypatch.setattr(tars, "_ALWAYS_INFLATED", 1_000_000)
    given = Session().open([source])
    assert given["shards"] == [(0, given["entries"])]
    assert given["entries"] >= 200


def test_a_password_opens_what_is_locked() -> None:
    source = MemorySource("locked.zip", encrypted_zip(clean_object(1), "gehëim".encode(), 8))
    for passwords, locked, statuses in (
        ((), 1, ["unreadable"]),
        (("no",), 1, ["unreadable"]),
        (("no", "gehëim"), 0, ["dicom"]),
    ):
        session = Session()
        session.open([source], passwords)
        session.merge(read_all(session, 0, 1)[0])
        summary = session.review("basic", ())
        assert (summary["locked"], summary["entries"]["status"]) == (locked, statuses)
        assert "gehëim" not in session.report(True, "json")["text"]


def test_other_options_judge_again_without_reading_again() -> None:
    session, before = reviewed({"1": clean_object(1)})
    after = session.review("basic", ["retain-uids"])
    assert (before["verdict"], after["verdict"]) == ("review", "clean")
    assert after["profile"]["options"] == ["retain-uids"]


def test_a_preview_judges_what_was_read_so_far() -> None:
    session, _ = opened({"1": clean_object(1), "2": clean_object(2, PatientName="Sample^Anna"), "Keller": b"x"})
    session.merge(read_all(session, 0, 1)[0])
    assert "(0010,0010)" not in [one["path"] for one in session.preview("basic", ["retain-uids"])["findings"]]
    session.merge(read_all(session, 1, 2)[0])
    preview = session.preview("basic", ["retain-uids"])
    assert preview["entries"] == 2
    assert (preview["findings"][0]["path"], preview["findings"][0]["files"]) == ("(0010,0010)", 1)
    assert preview["counts"][0] == 1
    assert "other-file" not in [one["rule"] for one in preview["findings"]]


def test_a_value_that_several_entries_hold_is_sent_to_the_lead_once() -> None:
    entries: dict[str, bytes | None] = {str(n): clean_object(n, PatientName="Sample^Anna") for n in range(8)}
    alone, expected = reviewed(entries)
    lead, _ = opened(entries)
    readers = [opened(entries)[0], opened(entries)[0]]
    sizes = []
    for number, (start, stop) in enumerate([(0, 2), (2, 4), (4, 6), (6, 8)]):
        data = readers[number % 2].pack(read_all(readers[number % 2], start, stop)[0])
        lead.merge(lead.unpack(data, number % 2))
        sizes.append(data.count(b"Sample^Anna"))
    assert sizes == [2, 2, 1, 1]  # as a value, and among the texts of the instance
    assert lead.review("basic", []) == expected
    assert lead.report(True, "json") == alone.report(True, "json")


def test_a_batch_is_announced_while_the_one_before_is_read() -> None:
    session, value = opened({f"{number:04}": b"x" for number in range(600)})
    steps = [type(step).__name__ for step in session.read(0, value["entries"])]
    batches = [step for step in steps if step != "Next"]
    assert batches == ["Batch", "Batch", "Progress", "Batch", "Progress", "Batch", "Progress", "Harvest"]


def test_an_instance_s_elements_carry_their_flags() -> None:
    session, _ = reviewed(
        {"1": clean_object(1, PatientName="Sample^Anna", ReferencedStudySequence=[data_set(StudyDate="20240115")])}
    )
    rows = {row["path"]: row for row in session.instance(0)["elements"]}
    assert [flag["severity"] for flag in rows["(0010,0010)"]["flags"]] == ["identifier"]
    assert rows["(0008,1110)[0]/(0008,0020)"]["depth"] == 1
    assert next(iter(rows)).startswith("(0002,")


def test_a_long_value_is_cut_and_can_be_opened() -> None:
    text = "ä" * 1000
    session, _ = reviewed({"1": clean_object(1, SpecificCharacterSet="ISO_IR 192", ImageComments=text)})
    row = next(row for row in session.instance(0)["elements"] if row["path"] == "(0020,4000)")
    assert row["cut"]
    assert len(row["text"]) < 1000
    value = open_value(session, 0, "(0020,4000)", 0, 4096)
    assert value["text"] == text
    assert bytes.fromhex(value["hex"]).decode() == text
    assert (value["length"], value["characters"], value["stated"], value["damage"]) == (2000, 1000, True, "")


def test_the_entries_of_a_finding_are_all_told() -> None:
    session, summary = reviewed({str(number): clean_object(number, PatientID="7") for number in range(5)})
    finding = next(finding for finding in summary["findings"] if finding["path"] == "(0010,0020)")
    assert tuple(session.entries_of(finding["id"])["entries"]) == (0, 1, 2, 3, 4)


def test_each_entry_is_told_the_gravest_of_its_findings() -> None:
    entries = {"1": clean_object(1), "2": clean_object(2, PatientName="Sample^Anna"), "3": b"%PDF-1.4", "f/": None}
    session, summary = reviewed({**entries, "4": clean_object(4, ImageComments="second look")})
    worst = [None if one is None else summary["findings"][one] for one in summary["entries"]["finding"]]
    assert [one and one["severity"] for one in worst] == ["quasi", "identifier", "review", None, "quasi"]
    assert worst[1]["path"] == "(0010,0010)"
    found = {}
    for finding in reversed(summary["findings"]):
        for entry in session.entries_of(finding["id"])["entries"]:
            found[entry] = finding["id"]
    assert found == {entry: one for entry, one in enumerate(summary["entries"]["finding"]) if one is not None}


def test_a_finding_that_stands_for_several_items_leads_to_an_entry_that_has_its_path() -> None:
    item = data_set(StudyDate="20240115")
    nested = {"1": [data_set(), item], "2": [item]}
    session, summary = reviewed(
        {name: clean_object(int(name), ReferencedStudySequence=seq) for name, seq in nested.items()}
    )
    found = [one for one in summary["findings"] if one["pattern"] == "(0008,1110)[*]/(0008,0020)"]
    for finding in found:
        paths = {row["path"] for row in session.instance(finding["first_entry"])["elements"]}
        assert finding["path"] in paths
    assert found


def test_what_cannot_be_done_is_refused_with_a_sentence() -> None:
    session = Session()
    with pytest.raises(RequestError, match="No file"):
        session.instance(0)
    session, _ = reviewed({"a.txt": b"text", "1": clean_object(1)})
    with pytest.raises(DicomError, match=r"a\.txt"):
        session.instance(0)
    with pytest.raises(RequestError, match="no entry 9"):
        session.instance(9)
    with pytest.raises(RequestError, match="no element"):
        open_value(session, 1, "(0010,0010)", 0, 16)
    with pytest.raises(RequestError, match="no finding"):
        session.entries_of(10_000)
    with pytest.raises(RequestError, match="format"):
        session.report(False, "pdf")
    with pytest.raises(RequestError, match="retain-nothing"):
        session.review("basic", ["retain-nothing"])


def test_a_report_before_the_review_is_refused() -> None:
    session, _ = opened({"1": clean_object(1)})
    with pytest.raises(RequestError, match="not finished"):
        session.report(False, "json")


def test_the_digest_is_of_the_one_source_s_bytes() -> None:
    data = zip_bytes({"1": dicom_bytes(data_set(Modality="OT"))})
    alone = sha256_of([MemorySource("a.zip", data)], chunk_bytes=7)
    assert alone == sha256_of([MemorySource("b.zip", data)])
    assert sha256_of([MemorySource("a.zip", data), MemorySource("b.zip", data)]) is None


def test_the_archive_is_hashed_in_parts_and_begins_anew_where_they_do_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pycore.session.HASH_BYTES", 100)
    data = zip_bytes({"1": clean_object(1)})
    session = Session()
    session.open([MemorySource("a.zip", data)])
    steps = [session.hash(0)]
    assert steps[0] == {"done": 100, "size": len(data), "sha256": None}
    assert session.hash(50)["done"] == 100  # nobody read so far: from the beginning
    while steps[-1]["done"] < len(data):
        steps.append(session.hash(steps[-1]["done"]))
    assert steps[-1]["sha256"] == hashlib.sha256(data).hexdigest()
    session.open([MemorySource("a.zip", data), MemorySource("b.zip", data)])
    assert session.hash(0) == {"done": 2 * len(data), "size": 2 * len(data), "sha256": None}


def test_every_answer_is_json() -> None:
    session, summary = reviewed({"1": clean_object(1, PatientName="Ωμέγα^Ж", SpecificCharacterSet="ISO_IR 192")})
    value = open_value(session, 0, "(0010,0010)", 0, 16)
    for answer in (summary, session.instance(0), value, session.report(True, "json")):
        assert to_plain(answer).startswith("{")
