"""A short walk along what `build.py fuzz` does for minutes: the same inputs in every run."""

from __future__ import annotations

import io
import random
import warnings
from itertools import islice

import pytest

from pycore.elements import read_instance
from tests.fuzz.corpus import SEEDS
from tests.fuzz.mutate import mutations
from tests.fuzz.targets import TARGETS, find_gap
from tests.test_elements import explicit, part10_file

COUNTS = {
    "zip": 400,
    "encrypted": 150,
    "tar": 300,
    "elements": 1500,
    "carriers": 500,
    "text": 1000,
    "pixels": 600,
    "documents": 300,
    "reports": 100,
}


@pytest.mark.parametrize("name", TARGETS)
def test_no_seed_and_no_change_of_one_breaks_a_promise(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what pydicom says of damage
        seeds = list(SEEDS[name]())
        for data in [*seeds, *islice(mutations(seeds, random.Random(name)), COUNTS[name])]:
            TARGETS[name](data)


def test_bytes_that_are_in_no_element_are_found() -> None:
    """What the element target trusts in: it sees a hole in a reading that says nothing of it."""
    data = part10_file(b"".join(explicit(tag, "LO", b"text") for tag in (0x0008_0070, 0x0010_4000, 0x0018_1000)))
    reading = read_instance(io.BytesIO(data), len(data))
    assert reading is not None
    assert find_gap(data, reading) == ""
    without_one = type(reading)(
        reading.transfer_syntax, reading.preamble, (*reading.elements[:-2], reading.elements[-1]), reading.trailing, ()
    )
    assert "are in no element" in find_gap(data, without_one)
    without_last = type(reading)(reading.transfer_syntax, reading.preamble, reading.elements[:-1], (0, b""), ())
    assert "are in no element" in find_gap(data, without_last)


def test_the_same_changes_are_made_in_every_run() -> None:
    seeds = [b"0123456789" * 5, b"abc"]
    first, again = (list(islice(mutations(seeds, random.Random(3)), 50)) for _ in range(2))
    assert first == again
    assert len(set(first)) > 40


def test_bytes_of_file_meta_that_could_not_be_read_are_a_problem() -> None:
    """Found by fuzzing: an element of group 0002 whose VR is broken hid all behind it, and nothing was said."""
    broken = explicit(0x0002_0013, "SH", b"version ").replace(b"SH", b"S\x10")
    data = part10_file(broken + explicit(0x0008_0060, "CS", b"MR"))
    reading = read_instance(io.BytesIO(data), len(data))
    assert reading is not None
    assert "File Meta Information is damaged" in " ".join(reading.problems)
    assert [element.path for element in reading.elements] == ["(0002,0010)", "(0008,0060)"]
