"""A closer look at what was reviewed: instances side by side, what varies in a series, and the reference."""

from __future__ import annotations

from typing import Any

import pytest
from pydicom import Dataset
from pydicom.uid import ExplicitVRBigEndian, ImplicitVRLittleEndian

from pycore import closer_session
from pycore.closer_session import CloserSession
from pycore.errors import DicomError, RequestError
from pycore.instance_comparison import mark_differences
from pycore.session import Session, to_plain
from tests.builders import data_set, data_set_bytes, dicom_bytes, uid
from tests.test_session import reviewed


def slice_of(number: int, **more: object) -> Dataset:
    """Return an object of one series."""
    return data_set(
        SOPClassUID="1.2.840.10008.5.1.4.1.1.7",
        SOPInstanceUID=uid("slice", number),
        StudyInstanceUID=uid("study"),
        SeriesInstanceUID=uid("series"),
        Modality="CT",
        PatientName="Sample^Anna",
        PatientID="4711",
        InstanceNumber=str(number),
        **more,
    )


def closer(*objects: bytes | Dataset, options: tuple[str, ...] = ()) -> CloserSession:
    data = [one if isinstance(one, bytes) else dicom_bytes(one) for one in objects]
    session, _ = reviewed({f"{index}.dcm": one for index, one in enumerate(data)}, options)
    return CloserSession(session)


def rows_of(session: CloserSession, *entries: int, kind: str = "all", find: str = "") -> dict[str, dict[str, Any]]:
    value = session.compare_instances(entries, kind, find, 0, 1000)
    assert to_plain(value)
    return {row["path"]: row for row in value["rows"]}


# --- side by side -----------------------------------------------------------------------------------------------------


def test_elements_are_aligned_by_path_and_counted_by_what_they_agree_in() -> None:
    session = closer(
        slice_of(1, StudyDescription="Thorax", KVP="120", ReferencedImageSequence=[data_set(InstanceNumber="1")] * 2),
        slice_of(2, StudyDescription="Thorax", ReferencedImageSequence=[data_set(InstanceNumber="1")]),
    )
    value = session.compare_instances([0, 1], "all", "", 0, 1000)
    rows = {row["path"]: row for row in value["rows"]}
    assert rows["(0008,1030)"]["agreement"] == "equal"
    assert rows["(0020,0013)"]["agreement"] == "different"
    assert rows["(0018,0060)"]["agreement"] == "missing"
    assert rows["(0018,0060)"]["cells"][1] is None
    assert rows["(0008,1140)"]["agreement"] == "different"  # two Items and one
    assert rows["(0008,1140)[0]/(0020,0013)"]["agreement"] == "equal"
    assert rows["(0008,1140)[1]/(0020,0013)"]["agreement"] == "missing"
    assert list(rows) == sorted(rows)
    found = {row["agreement"] for row in value["rows"]}
    assert sum(value["counts"].values()) == value["total"] == len(rows)
    assert all(value["counts"][one] for one in found)
    assert [one["entry"] for one in value["instances"]] == [0, 1]


def test_items_are_in_the_order_of_their_numbers() -> None:
    session = closer(slice_of(1, ReferencedImageSequence=[data_set(InstanceNumber="1")] * 11))
    paths = [path for path in rows_of(session, 0) if path.endswith("/(0020,0013)")]
    assert paths == [f"(0008,1140)[{number}]/(0020,0013)" for number in range(11)]


@pytest.mark.parametrize(
    ("kind", "agreements"),
    [
        ("all", {"equal", "different", "missing"}),
        ("differs", {"different", "missing"}),
        ("different", {"different"}),
        ("missing", {"missing"}),
        ("equal", {"equal"}),
    ],
)
def test_rows_can_be_narrowed_down_and_the_counts_stay(kind: str, agreements: set[str]) -> None:
    session = closer(slice_of(1, KVP="120"), slice_of(2))
    rows = rows_of(session, 0, 1, kind=kind)
    assert {row["agreement"] for row in rows.values()} == agreements
    whole = session.compare_instances([0, 1], "all", "", 0, 0)
    assert session.compare_instances([0, 1], kind, "", 0, 0)["counts"] == whole["counts"]
    assert set(rows_of(session, 0, 1, find="kvp")) == {"(0018,0060)"}


def test_three_instances_are_compared_with_the_first() -> None:
    session = closer(*(slice_of(number, StudyDescription=text) for number, text in enumerate(("Knee", "Knee", "Knie"))))
    row = rows_of(session, 0, 1, 2)["(0008,1030)"]
    assert row["agreement"] == "different"
    assert [[part for part, differs in cell["parts"] if differs] for cell in row["cells"]] == [["e"], [], ["i"]]


def test_differences_are_marked_down_to_the_characters() -> None:
    assert mark_differences(["2024-01-15", "2024-02-15"]) == [
        [("2024-0", False), ("1", True), ("-15", False)],
        [("2024-0", False), ("2", True), ("-15", False)],
    ]
    assert mark_differences(["Anna", "Anna"]) == [[("Anna", False)]] * 2
    assert mark_differences(["", "x"]) == [[], [("x", True)]]
    assert mark_differences(["Köln", "Ko\u0308ln"])[1] == [("K", False), ("o\u0308", True), ("ln", False)]
    whole = mark_differences(["the quick brown fox", "the slow brown cat"])
    assert ["".join(part for part, _ in parts) for parts in whole] == ["the quick brown fox", "the slow brown cat"]
    assert (" brown ", False) in whole[0]


def test_another_character_set_or_byte_order_alone_makes_no_difference() -> None:
    here = slice_of(1, SpecificCharacterSet="ISO_IR 100", StudyDescription="Größe", Rows=7)
    there = slice_of(1, SpecificCharacterSet="ISO_IR 192", StudyDescription="Größe", Rows=7)
    rows = rows_of(closer(here, dicom_bytes(there, ExplicitVRBigEndian)), 0, 1)
    assert rows["(0008,1030)"]["agreement"] == rows["(0028,0010)"]["agreement"] == "equal"
    assert rows["(0008,0005)"]["agreement"] == "different"


def test_another_vr_is_a_difference() -> None:
    private = data_set_bytes(slice_of(1)) + b"\x33\x00\x10\x00LO\x04\x00ACME\x33\x00\x01\x10LO\x02\x00ab"
    unknown = data_set_bytes(slice_of(1)) + b"\x33\x00\x10\x00LO\x04\x00ACME\x33\x00\x01\x10SH\x02\x00ab"
    empty = dicom_bytes(Dataset())
    rows = rows_of(closer(empty + private, empty + unknown), 0, 1)
    assert rows["(0033,1001)"]["agreement"] == "different"
    assert [cell["vr"] for cell in rows["(0033,1001)"]["cells"]] == ["LO", "SH"]


def test_a_long_value_is_shown_around_its_first_difference() -> None:
    text = "x" * 5000
    rows = rows_of(
        closer(slice_of(1, ImageComments=text + "A" + text), slice_of(2, ImageComments=text + "B" + text)), 0, 1
    )
    for cell, letter in zip(rows["(0020,4000)"]["cells"], "AB", strict=True):
        assert cell["before"] and cell["after"]
        assert [part for part, differs in cell["parts"] if differs] == [letter]
        assert len("".join(part for part, _ in cell["parts"])) <= 200


def test_of_binary_values_the_first_byte_that_differs_is_told() -> None:
    rows = rows_of(closer(slice_of(1, ICCProfile=b"abcdef"), slice_of(2, ICCProfile=b"abXdef")), 0, 1)
    row = rows["(0028,2000)"]
    assert row["agreement"] == "different"
    assert [cell["first_byte"] for cell in row["cells"]] == [None, 2]


def pixels(value: int) -> dict[str, object]:
    return {"Rows": 2, "Columns": 2, "BitsAllocated": 8, "SamplesPerPixel": 1, "PixelData": bytes([value] * 4)}


def test_pixels_are_compared_by_all_their_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    objects = slice_of(1, **pixels(1)), slice_of(2, **pixels(1)), slice_of(3, **pixels(2))
    session = closer(*objects)
    assert rows_of(session, 0, 1)["(7FE0,0010)"]["agreement"] == "equal"
    assert rows_of(session, 0, 2)["(7FE0,0010)"]["agreement"] == "different"
    monkeypatch.setattr(closer_session, "MOST_BYTES", 10)
    assert rows_of(closer(*objects), 0, 1)["(7FE0,0010)"]["agreement"] == "unread"
    assert "(7FE0,0010)" in rows_of(closer(*objects), 0, 1, kind="differs")


def test_a_value_that_is_too_long_to_be_held_is_compared_to_its_end() -> None:
    long = b"a" * (1 << 20) + b"b"
    other = b"a" * (1 << 20) + b"c"
    objects = [slice_of(number, EncapsulatedDocument=one + b"\0") for number, one in enumerate((long, long, other))]
    session = closer(*objects)
    assert rows_of(session, 0, 1)["(0042,0011)"]["agreement"] == "equal"
    assert rows_of(session, 0, 2)["(0042,0011)"]["agreement"] == "different"


def test_numbers_beyond_those_that_are_written_out_are_compared_too() -> None:
    session = closer(*(slice_of(1, RedPaletteColorLookupTableData=bytes([0, 1] * 4000 + [0, last])) for last in (1, 2)))
    assert rows_of(session, 0, 1)["(0028,1201)"]["agreement"] == "different"


def test_each_value_carries_how_grave_it_is_so_that_it_can_be_masked() -> None:
    rows = rows_of(closer(slice_of(1), slice_of(2)), 0, 1)
    assert [cell["severity"] for cell in rows["(0010,0010)"]["cells"]] == ["identifier", "identifier"]
    assert rows["(0008,0060)"]["cells"][0]["severity"] is None


def test_what_cannot_be_compared_is_refused_with_a_sentence() -> None:
    session = closer(slice_of(1), slice_of(2), b"no DICOM at all")
    for entries in ([], [0, 0], [0, 1, 2, 0]):
        with pytest.raises(RequestError, match="different instances"):
            session.compare_instances(entries, "all", "", 0, 1)
    with pytest.raises(RequestError, match="kind of rows"):
        session.compare_instances([0], "some", "", 0, 1)
    with pytest.raises(RequestError, match="no entry 9"):
        session.compare_instances([0, 9], "all", "", 0, 1)
    with pytest.raises(DicomError, match=r"2\.dcm is not a DICOM object"):
        session.compare_instances([0, 2], "all", "", 0, 1)


# --- what varies ------------------------------------------------------------------------------------------------------


def varying(session: CloserSession, entry: int = 0, find: str = "") -> dict[str, dict[str, Any]]:
    value = session.varies(entry, find, 0, 1000)
    assert to_plain(value)
    assert value["total"] == len(value["rows"])
    return {row["path"]: row for row in value["rows"]}


def test_what_is_the_same_in_all_instances_does_not_vary() -> None:
    rows = varying(closer(*(slice_of(number, KVP="120") for number in range(3))))
    assert set(rows) == {"(0002,0003)", "(0008,0018)", "(0020,0013)"}


def test_numbers_vary_from_the_lowest_to_the_highest_and_not_by_their_letters() -> None:
    positions = {number: ["-5.5", "1e1", str(number)] for number in (9, 10, 2)}
    session = closer(*(slice_of(number, ImagePositionPatient=at) for number, at in positions.items()))
    rows = varying(session)
    assert rows["(0020,0013)"]["ranges"] == [["2", "10"]]
    assert rows["(0020,0013)"]["examples"] == ["2", "9", "10"]
    assert rows["(0020,0032)"]["kind"] == "number"
    assert rows["(0020,0032)"]["ranges"] == [["-5.5", "-5.5"], ["1e1", "1e1"], ["2", "10"]]


@pytest.mark.parametrize(
    ("keyword", "values", "kind", "ranges"),
    [
        ("AcquisitionDate", ["20240201", "20231231", "20240115"], "date", [["20231231", "20240201"]]),
        ("AcquisitionTime", ["101530.5", "1016", "09"], "time", [["09", "1016"]]),
        ("PatientAge", ["010M", "002Y", "003W"], "age", [["003W", "002Y"]]),
        ("Rows", [512, 64, 256], "number", [["64", "512"]]),
        ("SeriesDescription", ["b", "a", "c"], "text", []),
        ("AcquisitionDate", ["20240201", "sometime", ""], "text", []),
        ("ImageType", [["A", "B"], ["A"], "C"], "text", []),
    ],
)
@pytest.mark.filterwarnings("ignore:Invalid value for VR DA")  # one of them is no date, on purpose
def test_a_range_is_that_of_the_vr(keyword: str, values: list[object], kind: str, ranges: list[list[str]]) -> None:
    objects = [dicom_bytes(slice_of(number, **{keyword: value})) for number, value in enumerate(values)]
    [row] = varying(closer(*objects), find=keyword).values()
    assert (row["kind"], row["ranges"], row["distinct"]) == (kind, ranges, len(values))


def test_what_some_instances_lack_varies_and_says_how_many_lack_it() -> None:
    session = closer(slice_of(1, KVP="120"), slice_of(2, KVP="120"), slice_of(3))
    row = varying(session)["(0018,0060)"]
    assert (row["distinct"], row["missing"]) == (1, 1)
    values = session.varying_values(0, "(0018,0060)", None, 0, 10)
    assert [(one["text"], one["files"], one["first_entry"]) for one in values["rows"]] == [("120", 2, 0), (None, 1, 2)]


def test_items_count_for_what_they_say_and_not_for_their_number() -> None:
    items = [data_set(InstanceNumber="1"), data_set(InstanceNumber="2")]
    same = closer(slice_of(1, ReferencedImageSequence=items), slice_of(2, ReferencedImageSequence=items))
    assert not any("(0008,1140)" in path for path in varying(same))
    other = [data_set(InstanceNumber="1"), data_set(InstanceNumber="3")]
    rows = varying(closer(slice_of(1, ReferencedImageSequence=items), slice_of(2, ReferencedImageSequence=other)))
    assert rows["(0008,1140)[*]/(0020,0013)"]["ranges"] == [["2", "3"]]


def test_frames_of_one_instance_vary_between_each_other() -> None:
    frames = [data_set(PlanePositionSequence=[data_set(ImagePositionPatient=["0", "0", str(z)])]) for z in (3, 1, 2)]
    rows = varying(closer(slice_of(1, PerFrameFunctionalGroupsSequence=frames)))
    assert rows["(5200,9230)[*]/(0020,9113)[*]/(0020,0032)"]["ranges"] == [["0", "0"], ["0", "0"], ["1", "3"]]


def test_another_series_does_not_count() -> None:
    stranger = slice_of(9, KVP="80")
    stranger.SeriesInstanceUID = uid("another")
    session = closer(slice_of(1, KVP="120"), slice_of(2, KVP="120"), stranger)
    assert "(0018,0060)" not in varying(session)
    assert session.varies(2, "", 0, 10)["instances"] == 1
    with pytest.raises(RequestError, match="does not vary"):
        session.varying_values(0, "(0018,0060)", None, 0, 10)


def test_what_varies_is_of_the_last_review() -> None:
    session = closer(slice_of(1), slice_of(2))
    assert varying(session)["(0008,0018)"]["severity"] == "quasi"
    session._session.review("basic", ["retain-uids"])
    assert varying(session)["(0008,0018)"]["severity"] is None
    with pytest.raises(RequestError, match="belongs to no series"):
        session.varies(7, "", 0, 10)


# --- the reference ----------------------------------------------------------------------------------------------------


def codes(session: CloserSession, kind: str, find: str = "", used: bool = False) -> list[str]:
    return [row["code"] for row in session.reference(kind, find, used, 0, 100_000)["rows"]]


@pytest.fixture(scope="module")
def session() -> CloserSession:
    private = data_set_bytes(slice_of(1)) + b"\x19\x00\x10\x00LO\x0c\x00GEMS_ACQU_01\x19\x00\x23\x10DS\x02\x001 "
    return closer(dicom_bytes(Dataset()) + private, slice_of(2))


@pytest.mark.parametrize("find", ["00100010", "0010,0010", "(0010,0010)", "PatientName", "patient's name"])
def test_a_tag_is_found_however_it_is_written(session: CloserSession, find: str) -> None:
    assert codes(session, "tags", find)[0] == "(0010,0010)"


def test_a_repeating_group_is_found_by_each_of_its_tags(session: CloserSession) -> None:
    assert codes(session, "tags", "6002,3000") == ["(60xx,3000)"]
    [topic] = session.explain("tags", "(6002,3000)", None)["topics"]
    assert (topic["name"], topic["action"]) == ("Overlay Data", "X")


def test_a_tag_is_explained_with_its_row_of_table_e_1_1(session: CloserSession) -> None:
    [topic] = session.explain("tags", "(0008,0020)", None)["topics"]
    assert (topic["name"], topic["keyword"], topic["vr"], topic["vm"]) == ("Study Date", "StudyDate", "DA", "1")
    assert topic["profile"]["basic"] == "Z"
    titles = {one["title"]: one["action"] for one in topic["profile"]["options"]}
    assert titles["Retain Longitudinal Temporal Information with Full Dates"] == "K"
    assert topic["profile"]["clause"].startswith("PS3.15 Table E.1-1")
    assert "examination" in topic["facts"][0]["text"]


def test_the_action_is_that_under_the_options_chosen() -> None:
    kept = closer(slice_of(1), options=("retain-full-dates",))
    assert kept.explain("tags", "(0008,0020)", None)["topics"][0]["action"] == "K"
    assert kept.explain("tags", "(0010,0010)", None)["topics"][0]["action"] == "Z"
    assert kept.explain("tags", "(0028,0010)", None)["topics"][0]["action"] == ""


def test_a_private_element_is_explained_by_the_creator_that_the_archive_has_it_under(session: CloserSession) -> None:
    [topic] = session.explain("tags", "(0019,1023)", None)["topics"]
    assert (topic["private_creator"], topic["code"]) == ("GEMS_ACQU_01", "(0019,xx23)")
    assert topic["name"]
    assert topic["action"] == "X"
    [unknown] = session.explain("tags", "(0019,1023)", "NOBODY")["topics"]
    assert (unknown["name"], unknown["known"]) == ("", False)


def test_a_safe_private_element_may_stay_where_that_was_chosen() -> None:
    session = closer(slice_of(1), options=("retain-safe-private",))
    [topic] = session.explain("private", "(0019,xx23)", "GEMS_ACQU_01")["topics"]
    assert topic["action"] == "K"
    assert topic["profile"]["clause"].startswith("PS3.15 Table E.3.10-1")


def test_what_the_archive_uses_is_counted(session: CloserSession) -> None:
    [modality] = session.reference("modalities", "", True, 0, 10)["rows"]
    assert (modality["code"], modality["used"]) == ("CT", 2)
    assert "(0010,0010)" in codes(session, "tags", used=True)
    assert "(0010,1001)" not in codes(session, "tags", used=True)
    assert codes(session, "private", used=True) == ["(0019,xx23)"]
    assert "PN" in codes(session, "vrs", used=True)


def test_what_the_archive_uses_and_no_table_knows_is_listed_too() -> None:
    strange = slice_of(1)
    strange.Modality = "ZZ"
    session = closer(strange)
    row = session.reference("modalities", "", True, 0, 10)["rows"][0]
    assert (row["code"], row["name"], row["known"]) == ("ZZ", "", False)


@pytest.mark.parametrize(
    ("kind", "code", "name"),
    [
        ("vrs", "PN", "Person Name"),
        ("modalities", "CT", "Computed Tomography"),
        ("transfer syntaxes", ImplicitVRLittleEndian, "Implicit VR Little Endian"),
        ("sop classes", "1.2.840.10008.5.1.4.1.1.2", "CT Image Storage"),
    ],
)
def test_every_kind_can_be_looked_up_before_anything_is_reviewed(kind: str, code: str, name: str) -> None:
    session = CloserSession(Session())
    assert code in codes(session, kind, name)
    [topic] = session.explain(kind, code, None)["topics"]
    assert (topic["name"], topic["used"]) == (name, 0)
    assert codes(session, kind, used=True) == []


def test_a_kind_that_there_is_not_is_refused(session: CloserSession) -> None:
    for ask in (lambda: session.reference("all", "", False, 0, 1), lambda: session.explain("all", "CT", None)):
        with pytest.raises(RequestError, match="not in the reference"):
            ask()
