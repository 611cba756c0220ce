"""What a session answers about one instance beyond its table of elements: bytes of any value, and all of it as text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pycore.elements import Element, Reading, to_text
from pycore.errors import RequestError
from pycore.findings import Severity
from pycore.harvester import to_value
from pycore.raw_values import read_raw
from pycore.session import Session
from pycore.to_dicom_json import to_dicom_json
from pycore.to_dump import to_dump

PAGE_BYTES = 65_536
"""The most bytes of a value that are shown at once."""
SHOWN_CHARACTERS = 65_536
"""The most of its text."""
TEXT_FORMATS = ("dump", "json")


def open_value(session: Session, entry: int, path: str, start: int, stop: int) -> dict[str, Any]:
    """Return a value opened: its text, bounded, and bytes `start` to `stop` in hexadecimal.

    Raises
    ------
    RequestError
        If there is no such element, or more is asked for than `PAGE_BYTES`.
    """
    if not 0 <= start <= stop <= start + PAGE_BYTES:
        raise RequestError(f"Bytes {start} to {stop} cannot be shown: at most {PAGE_BYTES:,} are shown at once.")
    found, reading = session.read_instance(entry)
    element = next((one for one in reading.elements if one.path == path), None)
    if element is None:
        raise RequestError(f"{found.name} has no element at {path}.")
    with session.open_entry(entry) as file:
        raw = read_raw(file, found.size, reading, element, start, stop)
    text = to_text(element)
    return {
        "text": None if text is None else text[:SHOWN_CHARACTERS],
        "characters": 0 if text is None else len(text),
        "hex": raw.data.hex(),
        "length": raw.length,
        "stated": element.length >= 0,
        "damage": raw.damage,
    }


def write_instance(session: Session, entry: int, format_name: str, values: bool) -> dict[str, Any]:
    """Return an instance as text, and sentences about what is not in it.

    Parameters
    ----------
    format_name : str
        One of `TEXT_FORMATS`: lines as of dcmdump, or DICOM JSON.
    values : bool
        Whether values that the rules flag are in it as they are.
    """
    if format_name not in TEXT_FORMATS:
        raise RequestError(f"{format_name!r} is not a format; there are {', '.join(TEXT_FORMATS)}.")
    _, reading = session.read_instance(entry)
    is_masked = (lambda element: False) if values else masker(session, reading)
    if format_name == "dump":
        return {"text": to_dump(reading, is_masked, entry), "notes": []}
    written = to_dicom_json(reading, is_masked, entry)
    return {"text": written.text, "notes": written.notes}


def masker(session: Session, reading: Reading) -> Callable[[Element], bool]:
    """Return whether an element of a reading is to be masked: it is flagged, or lies in a sequence that is."""
    flagged: set[str] = set()
    masked: set[str] = set()
    for element in reading.elements:
        if any(flag.severity is not Severity.INFO for flag in session.flags_of(to_value(element))):
            (flagged if element.vr == "SQ" else masked).add(element.path)
    return lambda element: element.path in masked or _lies_in(element.path, flagged)


def _lies_in(path: str, sequences: set[str]) -> bool:
    if path in sequences:
        return True
    at = path.find("[")
    while at >= 0 and sequences:
        if path[:at] in sequences:
            return True
        at = path.find("[", at + 1)
    return False
