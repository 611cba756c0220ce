"""Obviously replaced values: 'ANONYMOUS', '000000', '19000101' (`data/dummy-values.tsv`), and pseudonyms.

A dummy is known by itself. A pseudonym is known only from the instance that it stands in: from the name and the ID
together, and from what the instance claims.
"""

from __future__ import annotations

import re

from pycore.findings import Severity
from pycore.phi.value import PADDING, Value
from pycore.phi.words import fold, is_placeholder
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


def judge_pseudonym(patient_name: str, patient_id: str, identity_removed: str, method: str) -> Severity:
    """Return how grave Patient's Name and Patient ID of one instance are, seen together.

    A token is a text that is not written as a name is: no space, no comma, no caret between components.

    ===========================  ====================  ========================  ============
    Patient's Name               Patient ID            Patient Identity Removed  severity
    ===========================  ====================  ========================  ============
    the same UID                 a UID                 any                       `info`
    the same token with a digit  a token with a digit  YES, and a method         `info`
    the same token with a digit  a token with a digit  anything else             `review`
    the same token, no digit     a token, no digit     YES, and a method         `review`
    nobody's (see below)         one with a digit, or  YES, and a method         `review`
                                 nobody's
    anything else                anything else         any                       `identifier`
    ===========================  ====================  ========================  ============

    Nobody's name is an empty one, a dummy, a token with a digit (`SUBJ01`), or made of words that stand for a name and
    numbers (`Case 12`).

    `review`, because an ID alone does not show whose it is: many programs replace the name and forget the ID, and a
    name that is the ID was replaced by someone, but the ID may still be that of the hospital.

    Parameters
    ----------
    patient_name, patient_id : str
        As found. Those that are dummies by themselves are not flagged, whatever this returns.
    identity_removed : str
        Patient Identity Removed (0012,0062): 'YES', 'NO' or empty.
    method : str
        De-identification Method (0012,0063), or any text that stands for Method Code Sequence; empty if there is none.
    """
    name, number = patient_name.strip(PADDING).rstrip("^="), patient_id.strip(PADDING)
    if not _TOKEN.fullmatch(number):
        return Severity.IDENTIFIER
    claimed = identity_removed.strip(PADDING).upper() == "YES" and bool(method.strip(PADDING))
    has_digit = any(character.isdigit() for character in number)
    if _TOKEN.fullmatch(name) and _letters_and_digits(name) == _letters_and_digits(number):
        if has_digit:
            return Severity.INFO if claimed or _UID.fullmatch(number) else Severity.REVIEW
        return Severity.REVIEW if claimed else Severity.IDENTIFIER
    if claimed and (has_digit or _is_nobody(number)) and _is_nobody(name):
        return Severity.REVIEW
    return Severity.IDENTIFIER


def _is_nobody(name: str) -> bool:
    if not name or _is_dummy(name.upper(), "PN", dummy_values()):
        return True
    if _TOKEN.fullmatch(name) and any(character.isdigit() for character in name):
        return True
    return all(is_placeholder(fold(word)) for word in re.findall(r"[^\W\d_]+", name))


_TOKEN = re.compile(r"[^\s^=,\\]+")
_UID = re.compile(r"[0-2](\.(0|[1-9]\d*)){5,}")
"""With six components and more; a shorter one may be a number of the hospital with dots in it."""


def _letters_and_digits(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())


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
