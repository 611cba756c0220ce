"""Whether a value has the form that its VR asks for (PS3.5 §6.2), and its character set is known and has its bytes.

Asked of every distinct value at review time: what is no date, number or UID was written by someone for another purpose,
or is damage, and no rule about dates, numbers and UIDs has judged what it says. What is only sloppy passes: padding,
a decimal point in IS, leading zeros in a UID, an old date with dots.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from pydicom.charset import python_encoding
from pydicom.datadict import get_entry

from pycore.elements import DEFAULT_ENCODINGS, SPECIFIC_CHARACTER_SET, Element, has_unknown_bytes, to_encodings

_NUMBER = rb"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,9})?"
_DATE = rb"(?:\d{4}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])|\d{4}\.(?:0[1-9]|1[0-2])\.(?:0[1-9]|[12]\d|3[01])|0{8})"
_TIME = rb"(?:[01]\d|2[0-3])(?::?[0-5]\d(?::?(?:[0-5]\d|60)(?:\.\d*)?)?)?"
_DATE_TIME = rb"\d{4}(?:(?:0[1-9]|1[0-2])(?:(?:0[1-9]|[12]\d|3[01])(?:" + _TIME + rb")?)?)?(?:[+-]\d{4})?"


def _values(form: bytes) -> re.Pattern[bytes]:
    """Return the pattern of any number of values, each padded or empty."""
    one = rb"[ \0]*(?:" + form + rb")?[ \0]*"
    return re.compile(one + rb"(?:\\" + one + rb")*")


_FORMS = {
    "DA": (_values(_DATE + rb"?-?" + _DATE), "date"),
    "TM": (_values(_TIME), "time"),
    "DT": (_values(_DATE_TIME), "date and time"),
    "AS": (_values(rb"\d{1,3}[DWMYdwmy]?"), "age"),
    "DS": (_values(_NUMBER), "number"),
    "IS": (_values(_NUMBER), "number"),
    "UI": (_values(rb"(?=[\d.]{1,64}(?:[ \0\\]|$))\d+(?:\.\d+)*"), "UID"),
}
"""VR -> its form, and what such a value is called."""
_WIDTHS = {"AT": 4, "FD": 8, "FL": 4, "SL": 4, "SS": 2, "SV": 8, "UL": 4, "US": 2, "UV": 8}
"""VR -> bytes of one value."""


def check_form(element: Element) -> str:
    """Return a sentence where a value has not the form of its VR; empty where it has, or where that cannot be told."""
    value = element.value
    if not value or len(value) < element.length:
        return ""
    width = _WIDTHS.get(element.vr)
    if width is not None:
        if len(value) % width:
            return f"{_to_title(element)} has {len(value)} bytes, and a value of {element.vr} has {width} (PS3.5 §6.2)."
        return ""
    if element.tag == SPECIFIC_CHARACTER_SET:
        return _check_character_set(element.path, value)
    if has_unknown_bytes(element):
        return _to_title(element) + _UNKNOWN_BYTES
    form = _FORMS.get(element.vr)
    if form is None or form[0].fullmatch(value):
        return ""
    return f"{_to_title(element)} is of VR {element.vr} and holds what is no {form[1]} (PS3.5 §6.2)."


_UNKNOWN_BYTES = (
    " has bytes that its character set does not have: they are shown and judged as other characters (PS3.5 §6.1)."
)


def fold_unknown_bytes(problems: Iterable[str]) -> list[str]:
    """Return the sentences, those about bytes of no character set as one: whole programs write the wrong one."""
    distinct = list(dict.fromkeys(problems))
    unknown = [one for one in distinct if one.endswith(_UNKNOWN_BYTES)]
    if len(unknown) < 2:
        return distinct
    others = [one for one in distinct if not one.endswith(_UNKNOWN_BYTES)]
    title = unknown[0].removesuffix(_UNKNOWN_BYTES)
    return [*others, f"{title} and {len(unknown) - 1:,} more: each{_UNKNOWN_BYTES}"]


@lru_cache(maxsize=1024)
def _check_character_set(path: str, value: bytes) -> str:
    for raw in value.split(b"\\"):
        term = raw.decode("latin-1").strip("\0 ")
        # What is only misspelt is understood, and then is not the default.
        if term not in python_encoding and to_encodings(raw) == DEFAULT_ENCODINGS:
            return (
                f"{path} Specific Character Set names a character set that is not known: texts may be read wrongly "
                "(PS3.3 §C.12.1.1.2)."
            )
    return ""


def _to_title(element: Element) -> str:
    try:
        return f"{element.path} {get_entry(element.tag)[2]}"
    except KeyError:
        return element.path
