"""Messages of the page that need no browser to be answered: calls on a `Session`, and errors as the page gets them.

`bridge` asks it first; apart from that module so that the whole conversation can be held natively too
(`tests/test_conversation.py`).
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pycore.closer_session import CloserSession
from pycore.errors import InspectorError, RequestError
from pycore.instance_session import open_value, write_instance
from pycore.protocol import TYPES
from pycore.session import Session


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_list_of(is_one: Callable[[object], bool]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, list) and all(map(is_one, value))


def _is_str(value: object) -> bool:
    return isinstance(value, str)


def _is_bool(value: object) -> bool:
    return isinstance(value, bool)


def _is_window(value: object) -> bool:
    if value is None:
        return True
    return isinstance(value, dict) and all(
        one is None or (name == "function" and isinstance(one, str)) or (_is_int(one) or isinstance(one, float))
        for name, one in value.items()
        if name in ("center", "width", "function")
    )


def _are_digests(value: object) -> bool:
    if value is None:
        return True
    return (
        isinstance(value, dict)
        and set(value) == {"before", "after"}
        and all(
            isinstance(side, dict) and all(entry.isdecimal() and isinstance(one, str) for entry, one in side.items())
            for side in value.values()
        )
    )


_INTEGERS = ("start", "stop", "reader", "finding", "entry", "frame", "row", "column", "size", "run", "group")
_FIELDS: dict[str, Callable[[object], bool]] = {
    **dict.fromkeys(_INTEGERS, _is_int),
    **dict.fromkeys(("profile", "format", "kind", "find", "path", "code", "text", "why", "time"), _is_str),
    **dict.fromkeys(("values", "sha256", "shutter", "careful", "used"), _is_bool),
    **dict.fromkeys(("names", "passwords", "options", "watch", "references"), _is_list_of(_is_str)),
    **dict.fromkeys(("entries", "structures"), _is_list_of(_is_int)),
    "creator": lambda value: value is None or isinstance(value, str),
    "side": lambda value: value in ("before", "after"),
    "digests": _are_digests,
    "marks": lambda value: value is None or isinstance(value, dict),
    "window": _is_window,
}
"""Name of a payload's field, the same in all messages -> whether a value can be one."""


def check_payload(type_name: str, payload: object) -> dict[str, Any]:
    """Return the payload if it is what `protocol.MESSAGES` asks for.

    Raises
    ------
    RequestError
        If there is no such message, or a field is missing, too many, or of another type.
    """
    message = TYPES.get(type_name)
    if message is None:
        raise RequestError(f"{type_name!r} is not a message.")
    if not isinstance(payload, dict) or set(payload) != set(message.payload):
        raise RequestError(f"A message {type_name!r} has the fields {', '.join(message.payload) or 'of nothing'}.")
    for name, value in payload.items():
        if not _FIELDS[name](value):
            raise RequestError(f"{name} of a message {type_name!r} cannot be {str(value)[:80]!r}.")
    return payload


def answer(
    session: Session, type_name: str, payload: Mapping[str, Any], buffers: Sequence[bytes]
) -> dict[str, Any] | None:
    """Answer a message whose payload was checked; None where it is not a session that answers it.

    Parameters
    ----------
    buffers : sequence of bytes
        What came beside the payload.
    """
    if type_name == "merge":
        merged: dict[str, Any] = {"entries": 0}
        for buffer in buffers:
            merged = session.merge(session.unpack(buffer, payload["reader"]))
        return merged
    answers: dict[str, Callable[..., dict[str, Any]]] = {
        "lose": lambda side, start, stop, why: session.lose(start, stop, why),
        "preview": session.preview,
        "review": lambda **chosen: {"summary": session.review(**chosen)},
        "report": lambda values, format, sha256, time: session.report(values, format, sha256, time),
        "hash": session.hash,
        "read_marks": session.read_marks,
        "values": session.values,
        "private": session.private,
        "entries_of": session.entries_of,
        "find_instances": session.find_instances,
        "structures_of": session.structures_of,
        "instance": lambda entry: {"instance": session.instance(entry)},
        "digest_pixels": lambda side, start, stop: session.digest_pixels(start, stop),
        "value": lambda entry, path, start, stop: open_value(session, entry, path, start, stop),
        "instance_text": lambda entry, format, values: write_instance(session, entry, format, values),
    }
    found = answers.get(type_name)
    return None if found is None else found(**payload)


def answer_closer(closer: CloserSession, type_name: str, payload: Mapping[str, Any]) -> dict[str, Any] | None:
    """Answer a message whose payload was checked as a closer look; None where it is none."""
    answers: dict[str, Callable[..., dict[str, Any]]] = {
        "compare_instances": closer.compare_instances,
        "varies": closer.varies,
        "varying_values": closer.varying_values,
        "reference": closer.reference,
        "explain": closer.explain,
    }
    found = answers.get(type_name)
    return None if found is None else found(**payload)


def to_error(error: Exception) -> dict[str, str]:
    """Return what the page is told of an error: code, message, and for a fault of ours where it happened."""
    if isinstance(error, InspectorError):
        return {"code": error.code, "message": str(error), "detail": ""}
    if isinstance(error, OSError):
        return {"code": "input", "message": str(error), "detail": ""}
    if isinstance(error, MemoryError):
        return {"code": "memory", "message": "The browser gave this page too little memory for that.", "detail": ""}
    detail = "".join(traceback.format_exception(error))
    return {"code": "internal", "message": f"{type(error).__name__} in the inspector itself.", "detail": detail}
