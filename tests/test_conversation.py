"""Whatever the page sends, and in whatever order: one answer each, and what was asked rightly is answered rightly."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from pycore.answers import answer, answer_closer, check_payload, to_error
from pycore.closer_session import CloserSession
from pycore.errors import EntryError, InputError, InspectorError, PixelDataError, RequestError
from pycore.harvest import Harvest
from pycore.picture_session import PictureSession
from pycore.protocol import MESSAGES, TYPES
from pycore.session import Session, to_plain
from tests.builders import MemorySource, zip_bytes
from tests.objects import ct_slice
from tests.test_review import clean_object, dicom_bytes

CODES = {kind.code for kind in (InputError, EntryError, PixelDataError, RequestError)} | {"dicom"}
ANSWERED = [one for one in MESSAGES if one.type not in ("boot", "probe", "open", "read", "merge", "lose")]

GOOD = zip_bytes(
    {
        "a/": None,
        "a/1.dcm": clean_object(1, PatientName="Sample^Anna"),
        "a/2.dcm": dicom_bytes(ct_slice()),
        "a/cut.dcm": dicom_bytes(ct_slice())[:700],
        "notes.txt": b"about Anna Sample",
        **{f"b/{number}.dcm": clean_object(number) for number in range(10, 150)},
    }
)
SOURCES = {"good.zip": GOOD, "cut.zip": GOOD[:-3000], "one.dcm": clean_object(3), "no.zip": b"PK", "empty": b""}


class Worker:
    """What `bridge.handle` does, without a browser."""

    def __init__(self) -> None:
        self.session = Session()
        self.pictures = PictureSession(self.session)
        self.closer = CloserSession(self.session)

    def handle(self, type_name: str, payload: Any, beside: Any = ()) -> tuple[dict[str, Any], list[bytes]]:
        """Return the answer as the page reads it, and its buffers."""
        buffers: list[bytes] = []
        try:
            value = self._answer(type_name, check_payload(type_name, json.loads(json.dumps(payload))), beside, buffers)
        except Exception as error:  # noqa: BLE001 - as in `bridge.handle`
            value = {"error": to_error(error)}
        plain: dict[str, Any] = json.loads(to_plain(value))
        return plain, buffers

    def _answer(self, type_name: str, payload: dict[str, Any], beside: Any, buffers: list[bytes]) -> dict[str, Any]:
        if type_name == "open":
            sources = [MemorySource(name, data) for name, data in zip(payload["names"], beside, strict=True)]
            return self.session.open(sources, payload["passwords"])
        if type_name == "read":
            harvests = [
                step for step in self.session.read(payload["start"], payload["stop"]) if isinstance(step, Harvest)
            ]
            buffers.extend(map(self.session.pack, harvests))
            return {"entries": len(harvests[0].records)}
        answered = answer(self.session, type_name, payload, beside) or answer_closer(self.closer, type_name, payload)
        if answered is None:
            if type_name not in ("describe", "annotations", "picture", "overlays", "pixel", "stored", "video"):
                raise RequestError("This worker does not answer that.")
            answered = getattr(self.pictures, type_name)(**payload)
        return answered if isinstance(answered, dict) else answered[0]


ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 200),
    st.sampled_from([2**31, -(2**63), 10**30]),
    st.floats(allow_nan=False),
    st.sampled_from(["", "basic", "retain-uids", "json", "html", "all", "(0010,0010)", "__proto__", "\0"]),
    st.lists(st.one_of(st.integers(-1, 150), st.sampled_from(["retain-uids", "Anna Sample", "1.2.3"])), max_size=3),
    st.dictionaries(st.sampled_from(["center", "width", "function", "series"]), st.integers(0, 9), max_size=2),
)
LIKELY: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys(("entry", "start", "stop", "finding"), st.integers(-1, 150)),
    **dict.fromkeys(("frame", "row", "column"), st.integers(-1, 2)),
    **dict.fromkeys(("values", "sha256", "shutter", "used"), st.booleans()),
    "profile": st.just("basic"),
    "options": st.lists(st.sampled_from(["retain-uids", "retain-device-identity"]), max_size=2, unique=True),
    "watch": st.lists(st.sampled_from(["Anna", "", "4711"]), max_size=2),
    "marks": st.just({}),
    "format": st.sampled_from(["json", "html", "csv", "text", "marks"]),
    "kind": st.sampled_from(["all", "text", "private", "flagged", "differs", "tags", "modalities", "nothing"]),
    "entries": st.lists(st.integers(-1, 5), min_size=1, max_size=3, unique=True),
    "code": st.sampled_from(["(0010,0010)", "(0029,1010)", "CT", "PN", ""]),
    "find": st.sampled_from(["", "anna", "\\"]),
    "path": st.sampled_from(["(0010,0010)", "(0008,0018)", "", "x"]),
    "references": st.lists(st.sampled_from(["1.2.3", ""]), max_size=2),
    "creator": st.sampled_from([None, "ACME 1.1"]),
    "text": st.sampled_from(["", "{}", "[]", "null"]),
    "window": st.sampled_from([None, {"center": 40, "width": 400}, {"center": 0, "width": 0, "function": "LINEAR"}]),
}


def payload_of(draw: Any, type_name: str) -> dict[str, Any]:
    """Return a payload with all fields, most of them likely."""

    def value_of(name: str) -> Any:
        likely = LIKELY.get(name, ANYTHING)
        return draw(st.one_of(likely, likely, ANYTHING))

    return {name: value_of(name) for name in TYPES[type_name].payload}


class Conversation(RuleBasedStateMachine):
    """One page and one worker, in any order of messages."""

    @initialize()
    def begin(self) -> None:
        self.worker = Worker()
        self.opened: dict[str, Any] | None = None
        self.left: list[tuple[int, int]] = []
        self.reviewed = False

    def ask(self, type_name: str, payload: Any, beside: Any = ()) -> tuple[dict[str, Any], list[bytes]]:
        """Ask, and see that the answer is one: a value of the table's fields, or an error with a sentence."""
        value, buffers = self.worker.handle(type_name, payload, beside)
        if "error" in value:
            assert value["error"]["code"] in CODES, value["error"]["detail"]
            assert value["error"]["message"]
        else:
            assert set(value) >= set(TYPES[type_name].value) or type_name == "read"
        return value, buffers

    @rule(name=st.sampled_from(sorted(SOURCES)))
    def open(self, name: str) -> None:
        value, _ = self.ask("open", {"side": "before", "names": [name], "passwords": []}, [SOURCES[name]])
        self.reviewed = False
        self.opened = None if "error" in value else value
        self.left = [] if self.opened is None else [(start, stop) for start, stop in value["shards"]]

    @precondition(lambda self: self.left)
    @rule()
    def read_and_merge(self) -> None:
        start, stop = self.left.pop(0)
        value, [buffer] = self.ask("read", {"side": "before", "start": start, "stop": stop, "careful": False})
        assert value == {"entries": stop - start}
        assert self.ask("merge", {"side": "before", "reader": 0}, [buffer])[0] == {"entries": stop}
        assert "error" in self.ask("merge", {"side": "before", "reader": 0}, [buffer])[0]

    @rule(options=LIKELY["options"])
    def review(self, options: list[str]) -> None:
        value, _ = self.ask("review", {"profile": "basic", "options": options, "watch": [], "marks": None})
        if self.opened is None or self.left:
            assert "error" in value
        else:
            self.reviewed = "error" not in value
            if not self.reviewed:
                assert value["error"]["code"] == "input"  # neither a zip nor an object: there is nothing to review
                return
            assert len(value["summary"]["entries"]["status"]) == self.opened["entries"]

    @rule(data=st.data(), type_name=st.sampled_from([one.type for one in ANSWERED]))
    def ask_anything(self, data: st.DataObject, type_name: str) -> None:
        value, _ = self.ask(type_name, payload_of(data.draw, type_name))
        if self.opened is None:
            assert "error" in value or type_name in ("reference", "explain")
        elif type_name == "review" and "error" not in value:
            self.reviewed = True

    @rule(buffer=st.sampled_from([b"", b"{}", b"[]", b'{"new": [[0]]}', b"\xff", GOOD[:50]]))
    def merge_what_is_no_harvest(self, buffer: bytes) -> None:
        assert "error" in self.ask("merge", {"side": "before", "reader": 0}, [buffer])[0]

    @rule(start=ANYTHING, stop=ANYTHING)
    def read_anything(self, start: Any, stop: Any) -> None:
        self.worker.handle("read", {"side": "before", "start": start, "stop": stop, "careful": False})
        if not isinstance(start, int) or not isinstance(stop, int) or start > stop:
            assert "error" in self.ask("read", {"side": "before", "start": start, "stop": stop, "careful": False})[0]

    @rule(payload=ANYTHING, type_name=st.sampled_from(["", "Open", "__init__", *TYPES]))
    def send_what_is_no_message(self, payload: Any, type_name: str) -> None:
        if TYPES.get(type_name) is None or TYPES[type_name].payload:
            value, _ = self.ask(type_name, payload)
            assert value["error"]["code"] == "request"

    @invariant()
    def what_was_reviewed_can_be_told(self) -> None:
        if getattr(self, "reviewed", False):
            report = json.loads(
                self.ask("report", {"values": True, "format": "json", "sha256": False, "time": ""})[0]["text"]
            )
            facts = report["archive"]
            assert facts["entries"] == facts["dicom"] + facts["other"] + facts["folders"] + facts["unreadable"]
            assert self.opened is not None and facts["entries"] == self.opened["entries"]


TestConversation = pytest.mark.filterwarnings("ignore")(Conversation.TestCase)
TestConversation.settings = settings(
    max_examples=40, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)


def test_every_field_of_every_message_is_checked() -> None:
    for message in MESSAGES:
        if message.type == "boot":  # answered by the worker's JavaScript
            continue
        with pytest.raises(InspectorError, match="has the fields"):
            check_payload(message.type, {**dict.fromkeys(message.payload, 0), "more": 1})
        for name in message.payload:
            with pytest.raises(InspectorError, match=message.type):
                check_payload(message.type, dict.fromkeys(message.payload, object()))
            assert name


def test_a_fault_of_ours_is_said_to_be_ours() -> None:
    try:
        raise ZeroDivisionError("x")
    except ZeroDivisionError as error:
        found = to_error(error)
    assert found["code"] == "internal"
    assert "test_conversation" in found["detail"]
    assert to_error(MemoryError())["code"] == "memory"
    assert to_error(OSError("gone"))["message"] == "gone"
