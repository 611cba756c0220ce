"""Dates, times and ages as they are read without doubt: text of a value -> '2024-01-15' (PS3.5 §6.2, Table 6.2-1).

Only what has the form of its VR from end to end is put into other words; for all else there are none, and the value is
shown as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable

MAX_VALUES = 100
"""So many values of one element are put into other words."""

_DATE = re.compile(r"(\d{4})(\.?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])")
_TIME = re.compile(r"([01]\d|2[0-3])(?::?([0-5]\d)(?::?([0-5]\d|60)(?:\.(\d{1,6}))?)?)?")
_DATE_TIME = re.compile(r"(\d{4})(\d\d)?(\d\d)?(\d{2,6}(?:\.\d{1,6})?)?(?:([+-])(\d\d)(\d\d))?")
_AGE = re.compile(r"(\d{3})([DWMY])")
_UNITS = {"D": "day", "W": "week", "M": "month", "Y": "year"}


def to_readable(vr: str, text: str) -> str:
    """Return the values of a DA, TM, DT or AS in plain form, joined by ', '; '' where one of them has none.

    >>> to_readable("DA", "20240115")
    '2024-01-15'
    >>> to_readable("AS", "045Y")
    '45 years'
    """
    read = _READERS.get(vr)
    parts = text.split("\\")
    if read is None or not text or len(parts) > MAX_VALUES:
        return ""
    found = [read(part.strip()) for part in parts]
    return ", ".join(found) if all(found) else ""


def _read_date(text: str) -> str:
    """Return a date; the form with dots is that of ACR-NEMA 300."""
    match = _DATE.fullmatch(text)
    return f"{match[1]}-{match[3]}-{match[4]}" if match else ""


def _read_time(text: str) -> str:
    """Return a time of day, as exact as it is told: an hour alone is '14 h'."""
    match = _TIME.fullmatch(text)
    if match is None:
        return ""
    hour, minute, second, fraction = match.groups()
    if minute is None:
        return f"{hour} h"
    seconds = f":{second}" if second else ""
    shown = (fraction or "").rstrip("0")
    return f"{hour}:{minute}{seconds}{f'.{shown}' if shown else ''}"


def _read_date_time(text: str) -> str:
    match = _DATE_TIME.fullmatch(text)
    if match is None:
        return ""
    year, month, day, time, sign, hours, minutes = match.groups()
    if day:
        date = _read_date(year + month + day)
    else:
        date = f"{year}-{month}" if month and "01" <= month <= "12" else year if not month else ""
    of_day = _read_time(time) if time and ":" not in time else ""
    if not date or (time and not of_day):
        return ""
    zone = f"UTC{sign}{hours}:{minutes}" if sign else ""
    return " ".join(filter(None, (date, of_day, zone)))


def _read_age(text: str) -> str:
    match = _AGE.fullmatch(text)
    if match is None:
        return ""
    number, unit = int(match[1]), _UNITS[match[2]]
    return f"{number} {unit}{'' if number == 1 else 's'}"


_READERS: dict[str, Callable[[str], str]] = {
    "DA": _read_date,
    "TM": _read_time,
    "DT": _read_date_time,
    "AS": _read_age,
}
