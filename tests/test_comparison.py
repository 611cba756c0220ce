"""Every slip of a de-identifier that is planted is found, and nothing is said of one that does not slip."""

from __future__ import annotations

import copy
import json
import re
import zipfile
from collections.abc import Callable
from io import BytesIO

import pytest
from pydicom import Dataset
from pydicom.config import disable_value_validation
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, ImplicitVRLittleEndian

from pycore.comparison import Comparison
from pycore.findings import Severity, Where
from pycore.matching import How
from pycore.phi.options import Options
from pycore.pixel_digest import UNREADABLE, read_pixel_digest
from pycore.review import Verdict
from pycore.to_comparison import to_html, to_json, to_text
from tests.builders import data_set, dicom_bytes, uid, zip_bytes
from tests.deidentified import PATIENTS, SLICES, Deidentifier, Objects, compare_zips, original, read, shifted, to_zip
from tests.hostile import FORMULAS, payloads
from tests.test_report_parts import Reader
from tests.test_review import clean_object

OBJECTS = len(PATIENTS) * (2 * SLICES + 3)


def deidentified(plant: Callable[[Objects], None] = lambda objects: None, *, pixels: bool = True) -> Comparison:
    """Compare the original with what came of it, changed by `plant`; entries keep their names."""
    objects = original()
    after = {name: Deidentifier().one(one) for name, one in objects.items()}
    after = {f"x/{uid(name)[5:17]}/{name.rpartition('/')[2]}": one for name, one in after.items()}
    plant(after)
    return compare_zips(to_zip(objects), to_zip(after), pixels=pixels)


def of_class(objects: Objects, modality: str) -> list[Dataset]:
    return [one for one in objects.values() if one.Modality == modality]


def rules(comparison: Comparison) -> set[str]:
    return {one.rule for one in comparison.inconsistencies}


def partners(comparison: Comparison) -> dict[str, str]:
    """Return the SOP Instance UID after of each before."""
    of = [
        {record.entry: record.instance.sop_instance_uid for record in report.records if record.instance}
        for report in (comparison.before, comparison.after)
    ]
    return {of[0][pair.before]: of[1][pair.after] for pair in comparison.matching.pairs}


@pytest.mark.parametrize("pixels", [True, False])
def test_nothing_is_said_of_a_consistent_pair(pixels: bool) -> None:
    comparison = deidentified(pixels=pixels)
    assert len(comparison.matching.pairs) == OBJECTS
    assert comparison.inconsistencies == ()
    assert comparison.survivors == ()
    assert comparison.lost == ()
    assert comparison.verdict is Verdict.CLEAN
    if pixels:
        assert comparison.pixels is not None
        assert comparison.pixels.same == OBJECTS - len(PATIENTS)


@pytest.mark.parametrize("pixels", [True, False])
def test_every_object_finds_its_own_partner_though_all_is_renamed_and_in_another_order(pixels: bool) -> None:
    objects = original()
    comparison = compare_zips(to_zip(objects), to_zip(Deidentifier().apply(objects)), pixels=pixels)
    assert partners(comparison) == {one.SOPInstanceUID: uid("new", one.SOPInstanceUID) for one in objects.values()}


def test_kept_uids_are_believed_before_anything_else() -> None:
    objects = original()
    comparison = compare_zips(to_zip(objects), to_zip(Deidentifier(uids=False).apply(objects)))
    assert comparison.matched_by == {How.UID: OBJECTS}
    assert {one.rule for one in comparison.survivors} == {"uid-kept"}


def test_a_dropped_series_leaves_its_objects_without_a_partner_and_the_others_with_theirs() -> None:
    objects = original()
    gone = {name for name in objects if "Obuasi/CT1" in name}
    after = Deidentifier().apply({name: one for name, one in objects.items() if name not in gone})
    comparison = compare_zips(to_zip(objects), to_zip(after))
    assert {comparison.before.names[entry] for entry in comparison.matching.only_before} == gone
    assert all(new == uid("new", old) for old, new in partners(comparison).items())
    assert comparison.inconsistencies == ()
    assert comparison.verdict is Verdict.REVIEW


def test_objects_that_are_only_after_are_told() -> None:
    def plant(after: Objects) -> None:
        stranger = copy.deepcopy(of_class(after, "US")[0])
        stranger.SOPInstanceUID, stranger.SeriesInstanceUID = uid("stranger"), uid("strange series")
        stranger.InstanceNumber = 77
        stranger.PixelData = bytes([201]) * 64
        after["stranger.dcm"] = stranger

    comparison = deidentified(plant)
    assert [comparison.after.names[entry] for entry in comparison.matching.only_after] == ["stranger.dcm"]


def test_images_that_only_their_pixels_tell_apart_are_not_paired_by_guessing() -> None:
    before = {f"{number}.dcm": _bare(number, "old") for number in range(4)}
    after = {f"x{uid(number)[5:9]}.dcm": _bare(number, "new") for number in range(4)}
    guessed = compare_zips(to_zip(before), to_zip(after), pixels=False)
    assert guessed.matching.pairs == ()
    assert len(guessed.matching.alike) == 4
    read_too = compare_zips(to_zip(before), to_zip(after))
    assert partners(read_too) == {uid("old", number): uid("new", number) for number in range(4)}


def _bare(number: int, when: str) -> Dataset:
    """Return an image without geometry, number and name."""
    one = data_set(
        SOPClassUID="1.2.840.10008.5.1.4.1.1.7",
        SOPInstanceUID=uid(when, number),
        StudyInstanceUID=uid(when, "study", number),
        SeriesInstanceUID=uid(when, "series", number),
        Modality="OT",
        PatientID="" if when == "new" else "MRN-4711902",
        Rows=8,
        Columns=8,
        BitsAllocated=8,
        SamplesPerPixel=1,
    )
    one.PixelData = bytes([number + 1]) * 64
    return one


def test_a_uid_that_becomes_another_in_a_reference_is_a_split() -> None:
    def plant(after: Objects) -> None:
        of_class(after, "CT")[1].ReferencedImageSequence[0].ReferencedSOPInstanceUID = uid("somewhere")

    (found,) = deidentified(plant).inconsistencies
    assert found.rule == "uid-split"
    assert uid("somewhere") in found.new
    assert "(0008,1140)[0]/(0008,1155)" in found.paths


def test_a_uid_that_is_kept_in_a_reference_is_a_split_and_survives() -> None:
    def plant(after: Objects) -> None:
        item = of_class(after, "SR")[0].CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence[0]
        item.SeriesInstanceUID = uid("series", 0, 0)

    comparison = deidentified(plant)
    (found,) = comparison.inconsistencies
    assert (found.rule, found.old) == ("uid-split", (uid("series", 0, 0),))
    assert uid("series", 0, 0) in found.new
    assert ("uid-kept", (uid("series", 0, 0),)) in {(one.rule, one.values) for one in comparison.survivors}


def test_a_reference_is_not_compared_where_items_were_dropped() -> None:
    objects = original()
    for one in of_class(objects, "CT"):
        one.ReferencedImageSequence.append(
            data_set(ReferencedSOPClassUID=one.SOPClassUID, ReferencedSOPInstanceUID=uid("other", one.SOPInstanceUID))
        )
    after = {name: Deidentifier().one(one) for name, one in objects.items()}
    for one in of_class(after, "CT")[:3]:
        del one.ReferencedImageSequence[0]
    assert "uid-split" not in rules(compare_zips(to_zip(objects), to_zip(after)))


def test_two_uids_that_become_one_are_a_merge() -> None:
    def plant(after: Objects) -> None:
        for one in of_class(after, "CT"):
            one.SeriesInstanceUID = uid("new", "one series for all")

    found = [one for one in deidentified(plant).inconsistencies if one.rule == "uid-merged"]
    assert any(one.new == (uid("new", "one series for all"),) and len(one.old) == 4 for one in found)


def test_one_patient_under_two_new_ids_is_a_split() -> None:
    def plant(after: Objects) -> None:
        of_class(after, "US")[0].PatientID = "TRIAL-104"

    (found,) = deidentified(plant).inconsistencies
    assert (found.rule, found.old, set(found.new)) == ("id-split", (PATIENTS[0][1],), {"TRIAL-001", "TRIAL-104"})


def test_two_patients_under_one_new_id_are_a_merge() -> None:
    def plant(after: Objects) -> None:
        for one in after.values():
            one.PatientID = "TRIAL-001"

    (found,) = deidentified(plant).inconsistencies
    assert (found.rule, found.new) == ("id-merged", ("TRIAL-001",))
    assert found.old == tuple(sorted(patient_id for _, patient_id, _ in PATIENTS))


def test_an_accession_number_that_becomes_two_is_a_split() -> None:
    def plant(after: Objects) -> None:
        of_class(after, "SR")[1].AccessionNumber = "4444"

    (found,) = deidentified(plant).inconsistencies
    assert (found.rule, found.old) == ("value-split", ("ACC155201",))


@pytest.mark.parametrize(("days", "said"), [(-34, "-34"), (0, "+0")])
def test_a_date_that_was_moved_by_other_days_is_told_with_both(days: int, said: str) -> None:
    def plant(after: Objects) -> None:
        of_class(after, "SR")[0].ContentDate = shifted("20240117", days)

    (found,) = deidentified(plant).inconsistencies
    assert (found.rule, found.patient, found.new) == ("date-shift", PATIENTS[0][1], ("-35", said))
    assert "(0008,0023)" in found.paths


def test_one_constant_in_place_of_all_dates_is_consistent() -> None:
    def plant(after: Objects) -> None:
        for one in after.values():
            for element in one.iterall():
                if element.VR == "DA" and element.keyword != "PatientBirthDate":
                    element.value = "20200101"

    assert deidentified(plant).inconsistencies == ()


@pytest.mark.parametrize(
    ("where", "plant"),
    [
        ("a name in its own element", lambda after: setattr(of_class(after, "US")[0], "PatientName", PATIENTS[0][0])),
        ("an ID in its own element", lambda after: setattr(of_class(after, "US")[0], "PatientID", PATIENTS[0][1])),
        (
            "a name in a description",
            lambda after: setattr(of_class(after, "CT")[0], "StudyComments", "Haverkamp J"),
        ),
        ("a name of another file", lambda after: after.update({"JohannaHaverkamp.dcm": after.popitem()[1]})),
        ("a private element", lambda after: _add_private(of_class(after, "US")[1], "for Johanna Haverkamp")),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_identity_of_before_is_found_wherever_it_survives(where: str, plant: Callable[[Objects], None]) -> None:
    comparison = deidentified(plant)
    assert any(one.severity is Severity.IDENTIFIER for one in comparison.survivors), where
    assert comparison.verdict is Verdict.IDENTIFIED


def _add_private(one: Dataset, text: str) -> None:
    block = one.private_block(0x0033, "ACME 1.0", create=True)
    block.add_new(0x01, "LO", text)


def test_an_identity_of_before_is_found_in_a_file_that_is_no_dicom() -> None:
    objects = original()
    after = to_zip(Deidentifier().apply(objects), {"export.log": b"sent study of HAVERKAMP, JOHANNA (MRN-4711902)\n"})
    comparison = compare_zips(to_zip(objects), after)
    assert {one.where for one in comparison.survivors} == {Where.OTHER_FILE}
    assert {one.severity for one in comparison.survivors} == {Severity.IDENTIFIER}


def test_what_the_watch_list_names_must_not_be_after() -> None:
    objects = original()
    after = Deidentifier().apply(objects)
    next(iter(after.values())).ImageComments = "demo for Brockmeyer"
    comparison = compare_zips(to_zip(objects), to_zip(after), watch=["Brockmeyer"])
    assert [one.rule for one in comparison.survivors] == ["echo-watch-list"]


def test_what_nobody_asked_to_lose_is_told_and_what_the_profile_asks_is_not() -> None:
    def plant(after: Objects) -> None:
        for one in of_class(after, "CT"):
            del one.KVP
            one.SliceThickness = "4"
        for one in after.values():
            one.PatientSex = ""

    comparison = deidentified(plant)
    lost = {row.path: (row.removed, row.emptied, row.replaced, row.lost) for row in comparison.lost}
    count = len(PATIENTS) * 2 * SLICES
    assert lost == {"(0018,0050)": (0, 0, count, count), "(0018,0060)": (count, 0, 0, count)}
    (thickness,) = [row for row in comparison.elements if row.path == "(0018,0050)"]
    assert thickness.examples[0] == ("5", "4", count)


def test_numbers_written_anew_are_kept() -> None:
    def plant(after: Objects) -> None:
        for one in of_class(after, "CT"):
            one.SliceThickness = "5.000"

    assert deidentified(plant).lost == ()


def test_a_private_element_in_another_block_is_the_same_element() -> None:
    before, after = original(), {}
    for name, one in before.items():
        _add_private(one, "dose table")
        after[name] = moved = Deidentifier().one(one)
        del moved[0x0033, 0x0010], moved[0x0033, 0x1001]
        moved.add_new(0x0033_0011, "LO", "ACME 1.0")
        moved.add_new(0x0033_1101, "LO", "dose table")
    comparison = compare_zips(to_zip(before), to_zip(after))
    (row,) = [row for row in comparison.elements if row.path == "(0033,xx01)"]
    assert (row.kept, row.removed, row.added) == (OBJECTS, 0, 0)


def test_what_became_of_elements_is_counted() -> None:
    rows = {row.path: row for row in deidentified().elements}
    assert (rows["(0010,0020)"].replaced, rows["(0010,0020)"].kept) == (OBJECTS, 0)
    assert rows["(0010,0030)"].emptied == OBJECTS
    assert rows["(0012,0062)"].added == OBJECTS
    assert rows["(0008,0060)"].kept == OBJECTS


def test_changed_pixels_are_told_by_object() -> None:
    def plant(after: Objects) -> None:
        first = of_class(after, "US")[0]
        first.PixelData = bytes(8) + first.PixelData[8:]

    comparison = deidentified(plant)
    assert comparison.pixels is not None
    assert len(comparison.pixels.changed) == 1
    assert comparison.pixels.same == OBJECTS - len(PATIENTS) - 1
    assert comparison.verdict is Verdict.REVIEW


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian])
def test_the_digest_of_native_pixels_is_that_of_their_bytes_in_every_little_endian_syntax(syntax: str) -> None:
    assert _digest(dicom_bytes(_bare(3, "old"), syntax)) == _digest(dicom_bytes(_bare(3, "new")))


def test_pixels_of_another_coding_are_not_called_changed() -> None:
    assert _digest(dicom_bytes(_bare(3, "old"), ExplicitVRBigEndian)).startswith("native, big endian:")


def test_the_digest_of_encapsulated_pixels_leaves_the_offset_table_out() -> None:
    def encapsulated(table: bytes) -> bytes:
        items = b"".join(
            b"\xfe\xff\x00\xe0" + len(part).to_bytes(4, "little") + part for part in (table, b"\xff\xd8abcd\xff\xd9")
        )
        one = _bare(3, "old")
        one.PixelData = items + b"\xfe\xff\xdd\xe0" + bytes(4)
        one["PixelData"].is_undefined_length = True
        one["PixelData"].VR = "OB"
        return dicom_bytes(one, "1.2.840.10008.1.2.4.50")

    assert _digest(encapsulated(b"")) == _digest(encapsulated(bytes(4)))
    assert _digest(encapsulated(b"")).startswith("1.2.840.10008.1.2.4.50:")
    assert _digest(encapsulated(b"")[:-20]) == UNREADABLE


def _digest(data: bytes) -> str:
    archive, _ = read("one.zip", zip_bytes({"one.dcm": data}))
    return read_pixel_digest(archive, archive.entries[0])


def test_the_report_is_masked_unless_values_are_asked_for() -> None:
    def plant(after: Objects) -> None:
        of_class(after, "US")[0].PatientName = PATIENTS[0][0]
        of_class(after, "US")[0].PatientID = "TRIAL-104"
        of_class(after, "SR")[1].ContentDate = "20240101"

    comparison = deidentified(plant)
    for write in (to_json, to_text, to_html):
        assert "Haverkamp^" in write(comparison, values=True)
        masked = write(comparison, values=False)
        for name, patient_id, born in PATIENTS:
            assert name not in masked
            assert patient_id not in masked
            assert born not in masked


HOSTILE = (*payloads(), *FORMULAS, "one\n! forged: clean", "\x1b[2J\x9b2J", "\u202egpj.\u2066\u2028x", "\x85y")


def test_no_text_of_either_file_becomes_markup_or_a_line_of_its_own() -> None:
    def objects(number: int, text: str) -> dict[str, bytes | None]:
        with disable_value_validation():
            made = clean_object(number, PatientName=text[:60], PatientComments=text, SpecificCharacterSet="ISO_IR 192")
        return {f"{number}{text.replace('/', '')[:30]}.dcm": made}

    entries: dict[str, bytes | None] = {}
    for number, text in enumerate(HOSTILE):
        entries |= objects(number, text)
    data = zip_bytes(entries)
    comparison = compare_zips(data, data)
    assert comparison.survivors
    for write in (to_html, to_text, to_json):
        text = write(comparison, values=True)
        text.encode()
        assert not re.search("[\0-\x09\x0b-\x1f\x7f-\x9f]", text)
    lines = to_text(comparison, values=True)
    assert "data-hostile" in lines
    assert lines.splitlines() == lines.removesuffix("\n").split("\n")
    assert not re.search("[\u2028\u2029\u202a-\u202e\u2066-\u2069]|^! forged", lines, re.MULTILINE)
    reader = Reader()
    reader.feed(to_html(comparison, values=True))
    assert not reader.tags & {"script", "img", "iframe", "link", "object", "svg", "a", "b", "form", "base"}
    assert reader.attributes <= {"lang", "charset", "http-equiv", "content", "name", "class"}


def test_the_same_pair_gives_the_same_bytes() -> None:
    first, second = (to_json(deidentified(), values=True) for _ in range(2))
    assert first == second
    plain = json.loads(first)
    assert plain["schema"] == "dicom-zip-inspector/comparison@1"
    assert plain["objects"]["matched"] == OBJECTS


def test_two_files_with_nothing_in_common_are_not_called_clean() -> None:
    other = {"x.dcm": data_set(SOPClassUID="1.2.840.10008.5.1.4.1.1.88.11", SOPInstanceUID=uid("x"), Modality="SR")}
    comparison = compare_zips(to_zip(original()), to_zip(other), options=Options())
    assert comparison.matching.pairs == ()
    assert comparison.verdict is Verdict.REVIEW
    assert "nothing to compare" in comparison.reason


def test_an_entry_that_cannot_be_read_after_is_a_doubt() -> None:
    objects = original()
    data = bytearray(to_zip(Deidentifier().apply(objects)))
    with zipfile.ZipFile(BytesIO(bytes(data))) as opened:
        at = opened.infolist()[0].header_offset
    data[at + 60 : at + 90] = bytes(30)
    comparison = compare_zips(to_zip(objects), bytes(data))
    assert comparison.verdict is not Verdict.CLEAN
