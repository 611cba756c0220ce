"""Private elements (PS3.5 §7.8, PS3.15 §E.3.10): all that hold a value are flagged.

In goes a value and the options, out come flags. What stands inside the values is left to other rules. Rules:

- `private`: the profile removes it; `info` where Retain Safe Private is chosen and Table E.3.10-1 lists the element
  under its private creator (a sequence: its Items are judged on their own).
- `private-uid`: a UID in a safe element, not known to be replaced.
- `private-creator`: the element that reserves a block; it says whose elements they are, no more.
- `private-without-creator`: in no block that a private creator reserved, so nobody can say what it is.
- `private-illegal-tag`: an odd group that private elements may not use, or an element number outside any block.
- `private-in-file-meta`: private elements have no place in the File Meta Information.
"""

from __future__ import annotations

from functools import lru_cache

from pycore.findings import Flag, Severity, Where
from pycore.phi.dummies import is_standard_uid
from pycore.phi.options import Options
from pycore.phi.value import Value
from pycore.standard import TABLE_E_1_1, TABLE_E_3_10_1, private_attributes_row, safe_private_rows

_CLAUSE_TAGS = "PS3.5 §7.8.1"
_CLAUSE_FILE_META = "PS3.10 §7.1"
_ILLEGAL_GROUPS = frozenset({0x0001, 0x0003, 0x0005, 0x0007, 0xFFFF})  # PS3.5 §7.8.1
_CACHED_FLAGS = 16384


def check_private(value: Value, options: Options) -> tuple[Flag, ...]:
    """Judge a private element; public elements, private group lengths and empty values give nothing."""
    if not value.tag >> 16 & 1 or value.tag & 0xFFFF == 0 or not value.has_value:
        return ()
    if value.where is Where.FILE_META:
        return (Flag("private-in-file-meta", _CLAUSE_FILE_META, "X", Severity.REVIEW),)
    flag = _find_flag(value.tag, value.private_creator, options)
    if flag.action == "K" and value.vr == "UI" and "retain-uids" not in options.names and not is_standard_uid(value):
        return (Flag("private-uid", flag.clause, "U", Severity.QUASI),)
    return (flag,)


@lru_cache(maxsize=_CACHED_FLAGS)
def _find_flag(tag: int, private_creator: str | None, options: Options) -> Flag:
    group, element = divmod(tag, 0x10000)
    if group in _ILLEGAL_GROUPS or element < 0x10 or 0xFF < element < 0x1000:
        return Flag("private-illegal-tag", _CLAUSE_TAGS, "X", Severity.REVIEW)
    row = private_attributes_row()
    if element <= 0xFF:
        # Under Retain Safe Private the action is C: it goes or stays with its elements.
        action = row.options["rtn_safe_priv"] if "retain-safe-private" in options.names else row.basic
        return Flag("private-creator", TABLE_E_1_1, action, Severity.INFO)
    if not private_creator:
        return Flag("private-without-creator", _CLAUSE_TAGS, row.basic, Severity.REVIEW)
    if "retain-safe-private" in options.names and (group, element & 0xFF, private_creator) in safe_private_rows():
        return Flag("private", TABLE_E_3_10_1, "K", Severity.INFO)
    return Flag("private", TABLE_E_1_1, row.basic, Severity.REVIEW)
