"""Distinct values as a table: for each element path what it holds, how often, and what the rules say of it.

Ten thousand slices are cleared in a few hundred rows: this is how professional curators work. The order is that of
the data set: by where, path, private creator and value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pycore.findings import Flag, Severity, Where
from pycore.judgement import describe_value
from pycore.phi.value import Value
from pycore.review import Report
from pycore.standard import element_name

_TEXT_VRS = frozenset({"SH", "LO", "ST", "LT", "UT", "UC", "UR", "PN", "UN"})
_DATE_VRS = frozenset({"DA", "DT", "TM"})
_WHERE_ORDER = {where: rank for rank, where in enumerate(Where)}

VALUE_KINDS: Mapping[str, Callable[[Value, tuple[Flag, ...]], bool]] = {
    "all": lambda value, flags: True,
    "flagged": lambda value, flags: any(flag.severity is not Severity.INFO for flag in flags),
    "text": lambda value, flags: value.extracted or value.vr in _TEXT_VRS,
    "dates": lambda value, flags: value.vr in _DATE_VRS,
    "uids": lambda value, flags: value.vr == "UI",
    "private": lambda value, flags: bool(value.tag >> 16 & 1),
}
"""Which values a table can be narrowed down to."""


def find_values(report: Report, kind: str, find: str = "") -> list[Value]:
    """Return the values of a kind whose text, path, name or private creator holds `find`, in order; case is ignored."""
    belongs = VALUE_KINDS[kind]
    wanted = find.casefold()
    chosen = [
        value
        for value in report.values
        if value.has_value
        and belongs(value, report.flags.get(value, ()))
        and (not wanted or wanted in _searched(value).casefold())
    ]
    chosen.sort(
        key=lambda value: (
            _WHERE_ORDER[value.where],
            value.path,
            value.private_creator or "",
            value.vr,
            value.origin,
            value.text or "",
            value.length,
            value.items,
        )
    )
    return chosen


def to_row(report: Report, value: Value) -> dict[str, Any]:
    """Return one row of the table, unmasked."""
    entries = report.values[value]
    flags = sorted(report.flags.get(value, ()), key=lambda flag: (flag.severity.rank, flag.rule))
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
    return f"{value.path} {name} {value.private_creator or ''} {value.origin} {value.text or ''}"
