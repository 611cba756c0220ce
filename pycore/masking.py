"""Value -> what may be shown of it: the form without the content, and excerpts of bounded length.

Letters become 'x' or 'X', digits '9'; punctuation and spaces stay, so that a reviewer sees whether a value looks like
a name, a date or a sentence. Nothing here judges.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

MAX_SHOWN_CHARACTERS = 64
"""Of one value in an excerpt, and of any masked value."""
MAX_SHOWN_VALUES = 3
"""How many values an excerpt shows."""

_SEPARATOR = " | "
_CUT = "…"


def mask(text: str) -> str:
    """Return the form of a text: 'Doe^Jane 1970-01-31' -> 'Xxx^Xxxx 9999-99-99'; cut after 64 characters."""
    return _cut(text[: MAX_SHOWN_CHARACTERS + 1].translate(_MASKS))


def mask_malformed(text: str, vr: str) -> str:
    """Return the text if it has the form of its VR (PS3.5 §6.2), which holds no name; else its mask."""
    return text if _FORMS[vr].fullmatch(text) else mask(text)


_FORMS = {
    "DA": re.compile(r"([0-9]{4}\.?[0-9]{2}\.?[0-9]{2})?"),
    "IS": re.compile(r"[+-]?[0-9]{0,12}"),
    "UI": re.compile(r"[0-9.]{0,64}"),
}


def excerpt(values: Iterable[str], *, masked: bool) -> str:
    """Return the first few distinct values on one line, joined by ' | '; '…' stands for what is left out.

    Parameters
    ----------
    masked : bool
        Whether only their form may be seen; values of one form are then shown once.
    """
    shown = dict.fromkeys(mask(value) if masked else to_visible(value) for value in values)
    texts = list(shown)
    rest = [_CUT] if len(texts) > MAX_SHOWN_VALUES else []
    return _SEPARATOR.join(texts[:MAX_SHOWN_VALUES] + rest)


def to_visible(text: str) -> str:
    """Return a text on one line, cut after 64 characters; see `to_line`."""
    return _cut(to_line(text[: MAX_SHOWN_CHARACTERS + 1]))


def to_line(text: str) -> str:
    """Return a text on one line, with a visible sign for each character that has none.

    Control characters are shown by their pictures (U+2400 ff.); those that reorder or hide what follows, and halves
    of surrogate pairs, by U+FFFD.
    """
    return text.translate(_VISIBLE)


def _cut(text: str) -> str:
    return text if len(text) <= MAX_SHOWN_CHARACTERS else text[:MAX_SHOWN_CHARACTERS] + _CUT


class _Masks(dict[int, str]):
    """Code point -> its mask, worked out at first sight."""

    def __missing__(self, code: int) -> str:
        self[code] = sign = _mask_character(chr(code))
        return sign


class _Visible(dict[int, str]):
    """Code point -> what is shown for it, worked out at first sight."""

    def __missing__(self, code: int) -> str:
        self[code] = sign = _show_character(chr(code))
        return sign


_MASKS = _Masks()
_VISIBLE = _Visible()


def _mask_character(character: str) -> str:
    category = unicodedata.category(character)
    if category[0] == "N":
        return "9"
    if category[0] == "P" or category in {"Sc", "Sk", "Sm"}:
        return character
    if category == "Zs":
        return " "
    if category == "Lu" and "LATIN" in unicodedata.name(character, ""):
        return "X"
    if category[0] == "C" and category != "Co":
        return _show_character(character)
    return "x"  # letters of all other scripts, marks, and what stands for letters: signs such as Ⓐ, private use


_PICTURES = 0x2400  # SYMBOL FOR NULL; those for the other C0 controls follow
_DELETE = 0x7F


def _show_character(character: str) -> str:
    code = ord(character)
    if code < 0x20:
        return chr(_PICTURES + code)
    if code == _DELETE:
        return "\u2421"
    category = unicodedata.category(character)
    if category == "Zs":
        return " "
    return "\ufffd" if category in {"Cc", "Cf", "Cs", "Cn", "Zl", "Zp"} else character
