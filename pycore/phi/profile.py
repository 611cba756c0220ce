"""Values against Table E.1-1 (PS3.15 §E.1): is this what the profile asks for?

In goes a value and the options, out come flags. The tag is judged by itself wherever the element is nested. Rules:

- `profile`: the table asks for something else than is there. The flag's action is the code in force; the parts of a
  compound ('X/Z/D') depend on the type of the attribute in its IOD, which is not known here, so whatever one of the
  parts would accept is accepted:

  ====  ==================================================================================================
  X     nothing may be there; what is there and obviously a dummy is `info`
  Z     empty, or obviously a dummy
  D     obviously a dummy; empty too, for what is not there names nobody (conformance is not judged)
  U     a UID that the Standard defines; any other cannot be told from the original one. Of a sequence of references
        (X/Z/U*) the UIDs in the Items are judged instead
  C     empty, or obviously a dummy; else a person must look whether it is clean
  K     anything; the Items of a sequence are judged on their own
  ====  ==================================================================================================

- `age-above-89`: an age may be kept, but not this one (45 CFR 164.514(b)(2)(i)(C)).
- `date-not-in-table`, `birth-date-…`, `name-…`, `id-…`, `uid-…`, `network-…`, `device-…`, `location-…`, `signature-…`,
  `free-text-…`: public elements that the table does not list (`data/outside-table.tsv`).
- `file-meta`: AE titles, network addresses and private information in the File Meta Information, which the profile has
  replaced by that of the de-identifying application (same list).
- `unknown-element`: a public element that neither PS3.6 nor the table knows.

Private elements are left to `private`. How grave a flag is, is data: `data/severity.tsv`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from pycore.findings import Flag, Severity
from pycore.phi.dummies import is_dummy, is_standard_uid
from pycore.phi.options import Options
from pycore.phi.value import Value
from pycore.standard import TABLE_E_1_1, ProfileRow, find_profile_row, find_severity, is_known, outside_rows

OLDEST_COMMON_AGE = 89
"""Years; an age above it is rare enough to identify (45 CFR 164.514(b)(2)(i)(C))."""

_AGE_CLAUSE = "45 CFR 164.514(b)(2)(i)(C)"
_CACHED_RULES = 16384


@dataclass(frozen=True, slots=True)
class _Rule:
    """What is asked of an element under the options in force."""

    name: str
    clause: str
    action: str
    severity: Severity
    asks: frozenset[str]
    """The parts of the action; for elements outside the table the part that comes nearest."""


def check_profile(value: Value, options: Options) -> tuple[Flag, ...]:
    """Judge a value by Table E.1-1 and, where the table is silent, by our own list; private elements are not judged."""
    rule = _find_rule(value.tag, value.vr, options)
    if rule is None or not value.has_value:
        return ()
    severity = _judge_items(value, rule) if value.items else _judge_text(value, rule)
    return () if severity is None else (Flag(rule.name, rule.clause, rule.action, severity),)


def is_removed_sequence(tag: int, options: Options) -> bool:
    """Return whether the profile removes a public sequence whole, so that its Items need no findings of their own."""
    rule = _find_rule(tag, "SQ", options)
    return rule is not None and rule.asks == {"X"}


def is_asked(tag: int, vr: str, options: Options) -> bool:
    """Return whether a public element may not stay as it is: the profile, or our list beside it, asks for something."""
    rule = _find_rule(tag, vr, options)
    return rule is not None and "K" not in rule.asks


def find_action(tag: int, vr: str, options: Options) -> str:
    """Return the action that is asked of a public element; empty where none is."""
    rule = _find_rule(tag, vr, options)
    return "" if rule is None else rule.action


def _judge_items(value: Value, rule: _Rule) -> Severity | None:
    """Return how grave the Items of a sequence are; None if they may stay."""
    if "U*" in rule.asks or "K" in rule.asks:
        return None
    if f"({value.tag >> 16:04X},{value.tag & 0xFFFF:04X})[" in value.path:
        return None  # inside a sequence of the same tag, which is flagged already: Content Sequences nest deeply
    # What may be there as a dummy is told by the Items, which are judged on their own.
    return rule.severity if rule.asks == {"X"} else Severity.REVIEW


def _judge_text(value: Value, rule: _Rule) -> Severity | None:
    """Return how grave a value is; None if it may stay. A sequence that could not be read comes here too."""
    if value.vr == "AS" and _is_above_89(value.text):
        return Severity.QUASI
    if "K" in rule.asks:
        return None
    if value.vr == "UI" and rule.asks != {"X"} and is_standard_uid(value):
        return None
    if is_dummy(value):
        return Severity.INFO if rule.asks == {"X"} else None
    if "C" in rule.asks and rule.severity is not Severity.INFO:
        return Severity.REVIEW
    return rule.severity


def _is_above_89(text: str | None) -> bool:
    ages = re.findall(r"(\d+)Y", text or "")
    return any(int(age) > OLDEST_COMMON_AGE for age in ages)


@lru_cache(maxsize=_CACHED_RULES)
def _find_rule(tag: int, vr: str, options: Options) -> _Rule | None:
    if tag >> 16 & 1:
        return None
    row = find_profile_row(tag)
    if row is not None:
        return _rule_of_row(row, vr, options)
    if not is_known(tag):
        return _Rule("unknown-element", "PS3.6", "", Severity.REVIEW, frozenset({"C"}))
    return _rule_outside(tag, vr, options)


def _rule_of_row(row: ProfileRow, vr: str, options: Options) -> _Rule | None:
    action = _action_in_force(row.basic, (row.options.get(column, "") for column in options.columns))
    if action == "K":
        return _Rule("age-above-89", _AGE_CLAUSE, "K", Severity.QUASI, frozenset("K")) if vr == "AS" else None
    return _Rule("profile", TABLE_E_1_1, action, find_severity(row), frozenset(action.split("/")))


def _action_in_force(basic: str, chosen: Iterable[str]) -> str:
    """Return the action of a row: an option's overrides the basic one, and one that retains overrides one that cleans.

    The second occurs in 11 rows only, dates of a device: Retain Device Identity keeps by name what Modified Dates
    would modify.
    """
    actions = set(chosen)
    return "K" if "K" in actions else "C" if "C" in actions else basic


def _rule_outside(tag: int, vr: str, options: Options) -> _Rule | None:
    rows = outside_rows()
    row = rows.get(f"{tag:08X}") or rows.get(vr)
    if row is None or row.severity is None or row.kept_by in options.names:
        return None
    if row.cleaned_by in options.names:
        return _Rule(row.rule, row.clause, "C", Severity.REVIEW, frozenset({"C"}))
    return _Rule(row.rule, row.clause, "", row.severity, frozenset({"D"}))
