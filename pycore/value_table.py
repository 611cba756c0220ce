"""Distinct values as a table: for each element path what it holds, how often, and what the rules say of it.

Ten thousand slices are cleared in a few hundred rows: this is how professional curators work. The order is that of
the data set: by where, path, private creator and value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pycore.findings import Flag, Severity, Where
from pycore.judgement import describe_value
from pycore.paths import fold_items, natural_order
from pycore.phi.value import Value
from pycore.review import Report
from pycore.standard import element_name
from pycore.value_marks import ValueMark

_TEXT_VRS = frozenset({"SH", "LO", "ST", "LT", "UT", "UC", "UR", "PN", "UN"})
_DATE_VRS = frozenset({"DA", "DT", "TM"})
_WHERE_ORDER = {where: rank for rank, where in enumerate(Where)}

_Belongs = Callable[[Value, tuple[Flag, ...], ValueMark | None], bool]


def _is_flagged(flags: tuple[Flag, ...]) -> bool:
    return any(flag.severity is not Severity.INFO for flag in flags)


VALUE_KINDS: Mapping[str, _Belongs] = {
    "all": lambda value, flags, mark: True,
    "flagged": lambda value, flags, mark: _is_flagged(flags),
    "open": lambda value, flags, mark: mark is None and _is_flagged(flags),
    "marked": lambda value, flags, mark: mark is not None,
    "text": lambda value, flags, mark: value.extracted or value.vr in _TEXT_VRS,
    "dates": lambda value, flags, mark: value.vr in _DATE_VRS,
    "uids": lambda value, flags, mark: value.vr == "UI",
    "private": lambda value, flags, mark: bool(value.tag >> 16 & 1),
}
"""Which values a table can be narrowed down to; `open` are those that are flagged and not marked yet."""


def find_rows(report: Report, kind: str, find: str = "", creator: str | None = None) -> list[tuple[Value, ...]]:
    """Return what `find_values` does, the same value at places that differ in the numbers of Items alone as one.

    Parameters
    ----------
    creator : str, optional
        Only private elements of this creator; of '', those in no block that a creator reserved.
    """
    rows: dict[tuple[object, ...], list[Value]] = {}
    for value in find_values(report, kind, find):
        if creator is None or (value.tag >> 16 & 1 and (value.private_creator or "") == creator):
            rows.setdefault((value.where, fold_items(value.path), *value[2:]), []).append(value)
    return list(map(tuple, rows.values()))


def find_values(report: Report, kind: str, find: str = "") -> list[Value]:
    """Return the values of a kind whose text, path, name or private creator holds `find`, in order; case is ignored."""
    belongs = VALUE_KINDS[kind]
    wanted = find.casefold()
    chosen = [
        value
        for value in report.values
        if value.has_value
        and belongs(value, report.flags.get(value, ()), report.marked.get(value))
        and (not wanted or wanted in _searched(value).casefold())
    ]
    chosen.sort(
        key=lambda value: (
            _WHERE_ORDER[value.where],
            natural_order(value.path),
            value.private_creator or "",
            value.vr,
            value.origin,
            value.text or "",
            value.length,
            value.items,
        )
    )
    return chosen


def to_row(report: Report, *values: Value) -> dict[str, Any]:
    """Return one row of the table, unmasked: of a value, or of several that `find_rows` took together."""
    value = values[0]
    entries = [entry for one in values for entry in report.values[one]]
    said = dict.fromkeys(flag for one in values for flag in report.flags.get(one, ()))
    flags = sorted(said, key=lambda flag: (flag.severity.rank, flag.rule))
    return {
        "where": value.where,
        "path": value.path,
        "tag": f"{value.tag:08X}" if value.path else "",
        "name": element_name(value.tag, value.private_creator) if value.path else "",
        "vr": value.vr,
        "private_creator": value.private_creator,
        "origin": value.origin,
        "text": describe_value(value),
        "count": len(entries),
        "files": len(set(entries)),
        "severity": flags[0].severity if flags else None,
        "flags": [
            {
                "rule": flag.rule,
                "clause": flag.clause,
                "action": flag.action,
                "severity": flag.severity,
                "evidence": flag.evidence,
            }
            for flag in flags
        ],
    }


def _searched(value: Value) -> str:
    name = element_name(value.tag, value.private_creator) if value.path else value.where
    folded = fold_items(value.path) if "[" in value.path else ""
    return f"{value.path} {folded} {name} {value.private_creator or ''} {value.origin} {value.text or ''}"
