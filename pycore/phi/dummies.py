"""Obviously replaced values: 'ANONYMOUS', '000000', '19000101' (`data/dummy-values.tsv`)."""

from __future__ import annotations

import re

from pycore.phi.value import PADDING, Value
from pycore.standard import DummyValues, dummy_values

STANDARD_UID_PREFIX = "1.2.840.10008."
"""UIDs under this root are defined by the Standard (PS3.5 §9.1): they are codes and name no instance."""

_NUMBERS = frozenset({"DS", "IS", "FL", "FD", "SL", "SS", "UL", "US", "SV", "UV"})
_WORDS = re.compile(r"[^\W_]+")


def is_dummy(value: Value) -> bool:
    """Return whether every value is empty or obviously replaced; binary values are never known to be."""
    if value.text is None:
        return False
    dummies = dummy_values()
    parts = (part.strip(PADDING).upper() for part in value.text.split("\\"))
    return all(not part or _is_dummy(part, value.vr, dummies) for part in parts)


def is_standard_uid(value: Value) -> bool:
    """Return whether every UID of a value is one that the Standard defines."""
    if value.text is None:
        return False
    return all(part.strip(PADDING).startswith(STANDARD_UID_PREFIX) for part in value.text.split("\\"))


def _is_dummy(text: str, vr: str, dummies: DummyValues) -> bool:
    match vr:
        case "DA" | "DT":
            # ACR-NEMA wrote 1999.12.31; some writers put 1999-12-31.
            return dummies.date.fullmatch(re.sub(r"[-.]", "", text)[:8]) is not None
        case "TM":
            return dummies.time.fullmatch(text.replace(":", "")) is not None
        case "AS":
            return dummies.age.fullmatch(text) is not None
        case "CS":
            return text in dummies.codes
        case "UI":
            return False
    if vr in _NUMBERS:
        return dummies.number.fullmatch(text) is not None
    if dummies.text.fullmatch(text) is not None:
        return True
    words = set(_WORDS.findall(text))
    return bool(words & dummies.words) and words <= dummies.words | dummies.fillers
