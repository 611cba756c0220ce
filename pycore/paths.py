"""What can be said of the path of an element by itself: its order, and what it is without the numbers of its Items."""

from __future__ import annotations

import re
from functools import lru_cache

_ITEM = re.compile(r"\[([0-9]+)\]")
_PRIVATE = re.compile(r"\(([0-9A-F]{3}[13579BDF]),[0-9A-F]{4}\)")


@lru_cache(maxsize=65_536)
def fold_items(path: str) -> str:
    """Return a path without the numbers of Items: '(0004,1220)[7]/(0010,0010)' -> '(0004,1220)[*]/(0010,0010)'."""
    return _ITEM.sub("[*]", path)


@lru_cache(maxsize=65_536)
def fold_private(path: str) -> str:
    """Return a path without the numbers of Items and of private elements (PS3.5 §7.8): '(0043,1027)' -> '(0043,*)'."""
    return _PRIVATE.sub(r"(\1,*)", fold_items(path))


@lru_cache(maxsize=65_536)
def natural_order(path: str) -> tuple[str | int, ...]:
    """Return what to sort paths by: Items by their number, so that [2] comes before [10]."""
    parts: list[str | int] = list(_ITEM.split(path))
    parts[1::2] = map(int, parts[1::2])
    return tuple(parts)
