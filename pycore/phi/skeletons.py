"""Skeletons of texts, and forms made so general that they can be tried on those.

In a skeleton each digit is 9 and each letter one of four, by case and by whether it may be a hexadecimal digit; all
other signs stay. Thousands of numbers have one skeleton, so that which forms can match them is asked once. The general
form of a pattern matches the skeleton of whatever the pattern matches, and of much else: its sets of signs are those of
their skeletons, and conditions on what stands beside a match are left out, as is what only limits going back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from importlib import import_module
from typing import Any

_parser: Any = import_module("re._parser")
_compiler: Any = import_module("re._compiler")
"""The standard library's own reading of patterns; it has no public name."""

_ASCII = [chr(code) for code in range(128)]


def _to_sign(sign: str) -> str:
    if sign.isdigit():
        return "9"
    if sign.isalpha():
        some = "a" if sign.lower() <= "f" else "g"
        return some.upper() if sign.isupper() else some
    return sign


_SIGNS = {ord(sign): _to_sign(sign) for sign in _ASCII}


def to_skeleton(text: str) -> str:
    """Return the skeleton of a text in ASCII."""
    return text.translate(_SIGNS)


def generalise(pattern: re.Pattern[str]) -> re.Pattern[str]:
    """Return a pattern that is found in the skeleton of every text in ASCII in which the given one is found."""
    return re.compile(_sequence(_parser.parse(pattern.pattern, pattern.flags), pattern.flags))


def _sequence(nodes: Iterable[Any], flags: int) -> str:
    return "".join(_node(str(kind), value, flags) for kind, value in nodes)


def _node(kind: str, value: Any, flags: int) -> str:
    match kind:
        case "ASSERT" | "ASSERT_NOT" | "AT":
            return ""
        case "BRANCH":
            return f"(?:{'|'.join(_sequence(branch, flags) for branch in value[1])})"
        case "SUBPATTERN":
            number, added, removed, nodes = value
            return f"({'' if number else '?:'}{_sequence(nodes, (flags | added) & ~removed)})"
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            least, most, nodes = value
            return f"(?:{_sequence(nodes, flags)}){{{int(least)},{int(most)}}}"
        case "ATOMIC_GROUP":
            return f"(?:{_sequence(value, flags)})"
        case "GROUPREF":
            return f"(?i:\\{value})" if flags & re.IGNORECASE else f"(?:\\{value})"
        case _:
            return _set(kind, tuple(value) if isinstance(value, list) else value, int(flags))


@cache
def _set(kind: str, value: Any, flags: int) -> str:
    """Return the skeletons of all signs that one place of a pattern takes, as a set; of none, what matches nothing."""
    place = _parser.SubPattern(_parser.State(), [(getattr(_parser, kind), value)])
    takes = _compiler.compile(place, flags & re.IGNORECASE).fullmatch
    signs = sorted({_to_sign(sign) for sign in _ASCII if takes(sign)})
    return f"[{''.join(map(re.escape, signs))}]" if signs else "(?!)"
