"""The picture worker's work in the background: small pictures, and composites in steps that leave room for a click."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pycore import glance_session
from pycore.errors import RequestError
from pycore.glance_session import GlanceSession
from pycore.session import Session
from tests.builders import MemorySource, data_set, dicom_bytes, zip_bytes
from tests.test_composite import instance
from tests.test_video import STREAM, video

BRIGHT = 3
"""The frame of the first entry in which something is written."""


def entries() -> dict[str, bytes | None]:
    many = np.zeros((5, 8, 8), np.int16)
    many[BRIGHT, 2] = 1000
    window = {"WindowCenter": 500, "WindowWidth": 1000}
    return {
        "many": instance(many, **window),
        "one": instance(np.full((1, 8, 8), 500), **window),
        "wide": instance(np.zeros((1, 4, 16)), PixelSpacing=["2", "1"]),
        "report": dicom_bytes(data_set(Modality="SR")),
        "cut": instance(np.zeros((2, 8, 8)), NumberOfFrames=3, **window),
        "text": b"text",
    }


@pytest.fixture
def glances() -> GlanceSession:
    session = Session()
    session.open([MemorySource("test.zip", zip_bytes(entries()))])
    return GlanceSession(session)


def compose(glances: GlanceSession, chosen: list[int]) -> tuple[int, list[dict[str, Any]]]:
    run = glances.compose(chosen)["run"]
    steps = [glances.compose_step(run)]
    while not steps[-1]["finished"]:
        steps.append(glances.compose_step(run))
    return run, steps


def test_a_small_picture_is_rows_by_columns_of_rgba_in_proportion(glances: GlanceSession) -> None:
    value, data = glances.thumbnail(2, 0, 8)
    assert (value["rows"], value["columns"], value["frames"]) == (4, 8, 1)
    assert len(data) == 4 * 8 * 4
    value, data = glances.thumbnail(0, BRIGHT, 8)
    assert value["frames"] == 5
    assert np.frombuffer(data, np.uint8).reshape(8, 8, 4)[2, :, 0].tolist() == [255] * 8


@pytest.mark.parametrize(("entry", "frame", "whole"), [(3, 0, True), (5, 0, True), (4, 2, False), (0, 9, False)])
def test_what_has_no_picture_says_why(glances: GlanceSession, entry: int, frame: int, whole: bool) -> None:
    value, data = glances.thumbnail(entry, frame, 96)
    assert (value["rows"], value["whole"], len(data)) == (0, whole, 0)
    assert len(value["reason"].split()) > 3


def test_every_frame_of_every_instance_goes_into_the_composite(glances: GlanceSession) -> None:
    run, steps = compose(glances, [0, 1])
    assert {**steps[-1], "failed": []} == {
        "videos": 0,
        "instances": 2,
        "frames": 6,
        "left_out": 0,
        "groups": 1,
        "failed": [],
        "finished": True,
    }
    value, (maximum, minimum, mean) = glances.composed(run, 0)
    assert (value["rows"], value["columns"], value["frames"]) == (8, 8, 6)
    pictures = [np.frombuffer(one, np.uint8).reshape(8, 8, 4)[..., 0] for one in (maximum, minimum, mean)]
    assert (pictures[0][2] == 255).all()
    assert (pictures[1] == 0).all()
    assert pictures[2][2, 0] == round((255 + 128) / 6)


def test_frames_of_another_size_have_composites_of_their_own(glances: GlanceSession) -> None:
    run, steps = compose(glances, [0, 2])
    assert steps[-1]["groups"] == 2
    value, _ = glances.composed(run, 1)
    assert (value["frame_rows"], value["frame_columns"], value["aspect"], value["frames"]) == (4, 16, 2.0, 1)


def test_too_many_sizes_are_told_to_be_left_out(glances: GlanceSession, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(glance_session, "MAX_GROUPS", 1)
    _, steps = compose(glances, [0, 2])
    assert (steps[-1]["groups"], steps[-1]["frames"], steps[-1]["left_out"]) == (1, 5, 1)


def test_frames_that_cannot_be_drawn_are_told_once(glances: GlanceSession) -> None:
    _, steps = compose(glances, [3, 4])
    failed = [(one["entry"], one["frame"]) for step in steps for one in step["failed"]]
    assert failed == [(3, None), (4, 2)]
    assert steps[-1]["frames"] == 2


def test_steps_are_small_and_show_how_far_they_are(glances: GlanceSession, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(glance_session, "STEP_PIXELS", 2 * 64)
    monkeypatch.setattr(glance_session, "OPENING_PIXELS", 0)
    run, steps = compose(glances, [0, 1])
    assert [step["frames"] for step in steps] == [2, 4, 6, 6]
    value, _ = glances.composed(run, 0)
    assert value["frames"] == 6


def test_composites_begun_later_end_those_before(glances: GlanceSession) -> None:
    first = glances.compose([0])["run"]
    glances.compose([1])
    with pytest.raises(RequestError, match="since"):
        glances.compose_step(first)
    with pytest.raises(RequestError, match="no such"):
        glances.composed(first, 0)


def test_a_video_is_counted_and_is_no_failure() -> None:
    session = Session()
    session.open([MemorySource("test.zip", zip_bytes({"film": video(STREAM), **entries()}))])
    glances = GlanceSession(session)
    value, data = glances.thumbnail(0, 0, 96)
    assert (value["video"], value["reason"], value["whole"], len(data)) == (True, "", False, 0)
    _, steps = compose(glances, [0, 2])
    assert (steps[-1]["videos"], steps[-1]["frames"], [step["failed"] for step in steps]) == (1, 1, [[]] * len(steps))
