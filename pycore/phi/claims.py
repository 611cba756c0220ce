"""What an object claims of its own de-identification, against what is there (PS3.3 §C.7.1.1, §C.12.1; PS3.15 §E).

In go the claim and what the other rules found in the same instance, out come contradictions, each at the element that
makes the claim. They are `review`: what remains has its own finding with its own severity, and the contradiction says
only how far the claim can be trusted. Rules:

- `claim-identifiers-remain`: Patient Identity Removed is YES, and identifiers remain.
- `claim-profile`: Basic Profile is claimed, and what it removes remains, without an option that would allow it.
- `claim-private-remain`: the same of private elements; with Retain Safe Private claimed, of those known to identify.
- `claim-pixels-cleaned`: Clean Pixel Data or Clean Recognizable Visual Features is claimed, and the image itself says
  that text or a face is in it.
- `claim-dates`: what is claimed of dates contradicts itself or what is there, (0028,0303) among it.
- `claim-dates-retained`: identity is said to be removed, dates remain, and nothing says that they were retained.
- `claim-both-dates`: full and modified dates are claimed at once, which exclude each other.
- `claim-identity-kept`: Patient Identity Removed is NO, and yet the name was replaced: `info`.
- `claim-without-method`: Patient Identity Removed is YES, and neither text nor code says how: `info`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from pycore.findings import Flag, Severity
from pycore.phi.dummies import is_dummy
from pycore.phi.options import OPTIONS
from pycore.phi.value import PADDING, Value
from pycore.standard import STANDARD_EDITION, deidentification_methods, element_name, find_profile_row

IDENTITY_REMOVED = 0x0012_0062
METHOD = 0x0012_0063
METHOD_CODES = 0x0012_0064
TEMPORAL = 0x0028_0303
"""Longitudinal Temporal Information Modified."""

_MAX_CODES = 24
"""How many Items of De-identification Method Code Sequence are read; CID 7050 has 13."""

_DATES = frozenset({"(0008,0020)", "(0008,0021)", "(0008,0022)", "(0008,0023)", "(0008,002A)"})
_NAME_PATH = "(0010,0010)"
_FIELDS = {
    "(0012,0062)": "identity_removed",
    "(0012,0063)": "method",
    "(0028,0301)": "burned_in_annotation",
    "(0028,0302)": "recognizable_visual_features",
    "(0028,0303)": "temporal",
}
_CODE_PATHS = frozenset(f"(0012,0064)[{item}]/(0008,0100)" for item in range(_MAX_CODES))

CLAIM_PATHS = frozenset({*_FIELDS, *_CODE_PATHS, *_DATES, _NAME_PATH})
"""Paths of the elements that `to_claim` wants."""

_CLAUSE = "PS3.3 §C.7.1.1"
_CLAUSE_PROFILE = f"PS3.15 §E.2, §E.3 ({STANDARD_EDITION})"
_CLAUSE_DATES = f"PS3.15 §E.3.6 ({STANDARD_EDITION})"
_BASIC, _PIXELS, _FACES, _FULL, _MODIFIED, _SAFE_PRIVATE = "113100", "113101", "113102", "113106", "113107", "113111"
_NAMED = 3
"""How many elements a flag names; the others are counted."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What one instance says of its own de-identification; '' where it does not say."""

    identity_removed: str = ""
    """'YES' or 'NO'."""
    method: str = ""
    codes: frozenset[str] = frozenset()
    """Codes of CID 7050; others are left out."""
    temporal: str = ""
    """'UNMODIFIED', 'MODIFIED' or 'REMOVED'."""
    burned_in_annotation: str = ""
    recognizable_visual_features: str = ""
    has_dates: bool = False
    """Whether a date of study, series, acquisition or content is there that is no dummy."""
    name_replaced: bool = False
    """Whether Patient's Name is obviously a dummy, and not empty."""

    @property
    def is_made(self) -> bool:
        """Whether anything is claimed at all; without it there is nothing to check."""
        return bool(self.identity_removed or self.method or self.codes or self.temporal)


class Fact(NamedTuple):
    """What another rule found in the instance."""

    rule: str
    severity: Severity
    tag: int
    """0 for what is not an element."""


class Contradiction(NamedTuple):
    """A flag, and the tag of the element that makes the claim; it stands at the top of the data set."""

    tag: int
    flag: Flag


def to_claim(values: Iterable[Value]) -> Claim:
    """Gather the claim of one instance from its values at `CLAIM_PATHS`; others are passed over."""
    fields: dict[str, str] = {}
    codes: set[str] = set()
    has_dates = name_replaced = False
    for value in values:
        text = (value.text or "").strip(PADDING)
        if not text:
            continue
        if value.path in _FIELDS:
            fields[_FIELDS[value.path]] = text if value.path == "(0012,0063)" else text.upper()
        elif value.path in _CODE_PATHS:
            codes.add(text)
        elif value.path in _DATES:
            has_dates = has_dates or not is_dummy(value)
        elif value.path == _NAME_PATH:
            name_replaced = is_dummy(value)
    return Claim(
        codes=frozenset(codes & deidentification_methods().keys()),
        has_dates=has_dates,
        name_replaced=name_replaced,
        **fields,
    )


def check_claims(claim: Claim, facts: Iterable[Fact]) -> tuple[Contradiction, ...]:
    """Compare a claim with what was found in the same instance.

    Parameters
    ----------
    claim : Claim
        Of the instance; one that claims nothing gives nothing.
    facts : iterable of Fact
        Everything the other rules found in the instance under the options chosen by the user; order and repetition do
        not matter. What these options let stay is not found, and so is not held against the claim either.
    """
    if not claim.is_made:
        return ()
    found = sorted(set(facts), key=lambda fact: (fact.tag, fact.rule, fact.severity.rank))
    return (
        *_check_identity(claim, found),
        *_check_profile(claim, found),
        *_check_pixels(claim),
        *_check_dates(claim),
    )


def _check_identity(claim: Claim, facts: list[Fact]) -> Iterable[Contradiction]:
    if claim.identity_removed == "YES":
        remaining = [fact for fact in facts if fact.severity is Severity.IDENTIFIER]
        if remaining:
            yield _contradict(
                IDENTITY_REMOVED,
                "claim-identifiers-remain",
                _CLAUSE,
                f"Patient Identity Removed is YES, and there remain {_listed(remaining)}",
            )
        if not claim.method and not claim.codes:
            reason = "Patient Identity Removed is YES, and neither a text nor a code says by which method"
            yield _contradict(IDENTITY_REMOVED, "claim-without-method", _CLAUSE, reason, Severity.INFO)
    elif claim.identity_removed == "NO" and claim.name_replaced:
        reason = "Patient Identity Removed is NO, and yet Patient's Name is obviously replaced"
        yield _contradict(IDENTITY_REMOVED, "claim-identity-kept", _CLAUSE, reason, Severity.INFO)


def _check_profile(claim: Claim, facts: list[Fact]) -> Iterable[Contradiction]:
    if _BASIC not in claim.codes:
        return
    private = [fact for fact in facts if _is_private(fact)]
    if _SAFE_PRIVATE in claim.codes:
        unsafe = [fact for fact in private if fact.rule == "private-unsafe"]
        if unsafe:
            reason = f"only safe private elements are said to be retained, and {_counted(unsafe)} known to identify"
            yield _contradict(METHOD_CODES, "claim-private-remain", _CLAUSE_PROFILE, reason)
    elif private:
        reason = f"Basic Profile is claimed without Retain Safe Private, and {_counted(private)} still there"
        yield _contradict(METHOD_CODES, "claim-private-remain", _CLAUSE_PROFILE, reason)
    columns = _columns(claim)
    remaining = [fact for fact in facts if _is_removed(fact, columns)]
    if remaining:
        reason = f"Basic Profile is claimed, which with the options claimed removes what remains: {_listed(remaining)}"
        yield _contradict(METHOD_CODES, "claim-profile", _CLAUSE_PROFILE, reason)


def _is_private(fact: Fact) -> bool:
    return bool(fact.tag >> 16 & 1) and fact.severity is not Severity.INFO


def _columns(claim: Claim) -> tuple[str, ...]:
    """Return the columns of Table E.1-1 whose options are claimed; those of dates also by (0028,0303) or by text."""
    methods = deidentification_methods()
    names = {methods[code].option for code in claim.codes}
    if claim.temporal != "REMOVED" and _speaks_of_dates(claim):
        names |= {methods[_FULL].option, methods[_MODIFIED].option}  # said by other means than the code
    return tuple(option.column for option in OPTIONS if option.name in names)


def _is_removed(fact: Fact, columns: Iterable[str]) -> bool:
    """Return whether the profile claimed removes or replaces a value that can be told from a replaced one."""
    # Identifiers are said by `claim-identifiers-remain`; what is `review` may be clean text or codes.
    if fact.rule != "profile" or fact.severity is not Severity.QUASI:
        return False
    row = find_profile_row(fact.tag)
    if row is None or "U" in row.basic:  # a replaced UID looks like any other
        return False
    return not any(column in row.options for column in columns)


def _check_pixels(claim: Claim) -> Iterable[Contradiction]:
    if _PIXELS in claim.codes and claim.burned_in_annotation == "YES":
        reason = "Clean Pixel Data is claimed, and Burned In Annotation is YES"
        yield _contradict(METHOD_CODES, "claim-pixels-cleaned", f"PS3.15 §E.3.1 ({STANDARD_EDITION})", reason)
    if _FACES in claim.codes and claim.recognizable_visual_features == "YES":
        reason = "Clean Recognizable Visual Features is claimed, and Recognizable Visual Features is YES"
        yield _contradict(METHOD_CODES, "claim-pixels-cleaned", f"PS3.15 §E.3.2 ({STANDARD_EDITION})", reason)


_SPEAKS_OF_DATES = re.compile(r"\bdates?\b|longitudinal|temporal|shift|113106|113107", re.IGNORECASE)


def _check_dates(claim: Claim) -> Iterable[Contradiction]:
    full, modified = _FULL in claim.codes, _MODIFIED in claim.codes
    if full and modified:
        reason = "both full and modified dates are said to be retained, which exclude each other"
        yield _contradict(METHOD_CODES, "claim-both-dates", _CLAUSE_DATES, reason)
    elif full and claim.temporal in {"MODIFIED", "REMOVED"}:
        reason = f"the method codes claim full dates, and Longitudinal Temporal Information is {claim.temporal}"
        yield _contradict(TEMPORAL, "claim-dates", _CLAUSE_DATES, reason)
    elif modified and claim.temporal in {"UNMODIFIED", "REMOVED"}:
        reason = f"the method codes claim modified dates, and Longitudinal Temporal Information is {claim.temporal}"
        yield _contradict(TEMPORAL, "claim-dates", _CLAUSE_DATES, reason)
    elif claim.temporal == "REMOVED" and claim.has_dates:
        reason = "Longitudinal Temporal Information is said to be REMOVED, and dates are there"
        yield _contradict(TEMPORAL, "claim-dates", _CLAUSE_DATES, reason)
    elif claim.has_dates and claim.identity_removed == "YES" and not _speaks_of_dates(claim):
        reason = "Patient Identity Removed is YES, dates are there, and nothing says whether they were modified"
        yield _contradict(IDENTITY_REMOVED, "claim-dates-retained", _CLAUSE_DATES, reason)


def _speaks_of_dates(claim: Claim) -> bool:
    return bool(claim.temporal or claim.codes & {_FULL, _MODIFIED} or _SPEAKS_OF_DATES.search(claim.method))


def _contradict(tag: int, rule: str, clause: str, reason: str, severity: Severity = Severity.REVIEW) -> Contradiction:
    return Contradiction(tag, Flag(rule, clause, "", severity, reason))


def _listed(facts: Iterable[Fact]) -> str:
    """Return the names of the elements, the first of them by tag."""
    names = list(dict.fromkeys(element_name(fact.tag) or _where(fact) for fact in facts))
    shown = ", ".join(names[:_NAMED])
    return shown if len(names) <= _NAMED else f"{shown} and {len(names) - _NAMED} more"


def _where(fact: Fact) -> str:
    if not fact.tag:
        return "what lies outside the elements"
    return f"({fact.tag >> 16:04X},{fact.tag & 0xFFFF:04X})"


def _counted(facts: Iterable[Fact]) -> str:
    count = len({fact.tag for fact in facts})
    return f"{count} private element{' is' if count == 1 else 's are'}"
