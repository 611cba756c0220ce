"""The profile and its options (PS3.15 §E.2, §E.3): what the user chose."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from pycore.errors import RequestError

PROFILES = ("basic",)
"""Names of the profiles; 'basic' is the Basic Application Level Confidentiality Profile (PS3.15 §E.2)."""


@dataclass(frozen=True, slots=True)
class Option:
    """One option of the profile that has a column in Table E.1-1."""

    name: str
    """As on the command line: 'retain-uids'."""
    title: str
    column: str
    """Column of Table E.1-1, one of `standard.OPTION_COLUMNS`."""


OPTIONS: tuple[Option, ...] = (
    Option("retain-safe-private", "Retain Safe Private", "rtn_safe_priv"),
    Option("retain-uids", "Retain UIDs", "rtn_uids"),
    Option("retain-device-identity", "Retain Device Identity", "rtn_dev_id"),
    Option("retain-institution-identity", "Retain Institution Identity", "rtn_inst_id"),
    Option("retain-patient-characteristics", "Retain Patient Characteristics", "rtn_pat_chars"),
    Option("retain-full-dates", "Retain Longitudinal Temporal Information with Full Dates", "rtn_long_full_dates"),
    Option(
        "retain-modified-dates", "Retain Longitudinal Temporal Information with Modified Dates", "rtn_long_modif_dates"
    ),
    Option("clean-descriptors", "Clean Descriptors", "clean_desc"),
    Option("clean-structured-content", "Clean Structured Content", "clean_struct_cont"),
    Option("clean-graphics", "Clean Graphics", "clean_graph"),
)
"""In the order of the columns of Table E.1-1."""

_BY_NAME = {option.name: option for option in OPTIONS}
_EXCLUSIVE = frozenset({"retain-full-dates", "retain-modified-dates"})  # PS3.15 §E.3.6


@dataclass(frozen=True, slots=True)
class Options:
    """A profile and the options chosen with it.

    Raises
    ------
    RequestError
        If the profile or an option is unknown, or two options exclude each other.
    """

    profile: str = "basic"
    names: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if self.profile not in PROFILES:
            raise RequestError(f"There is no profile '{self.profile}'; known: {', '.join(PROFILES)}.")
        unknown = sorted(self.names - _BY_NAME.keys())
        if unknown:
            raise RequestError(f"There is no option '{unknown[0]}'; known: {', '.join(_BY_NAME)}.")
        if self.names >= _EXCLUSIVE:
            raise RequestError(f"The options {' and '.join(sorted(_EXCLUSIVE))} exclude each other (PS3.15 §E.3.6).")

    @classmethod
    def of(cls, profile: str, names: Iterable[str]) -> Self:
        """Make options of the names that the command line and the page use; raises RequestError as the class does."""
        return cls(profile, frozenset(names))

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of Table E.1-1 that are in force, in the order of the table."""
        return tuple(option.column for option in OPTIONS if option.name in self.names)
