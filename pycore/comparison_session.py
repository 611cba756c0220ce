"""What the lead does with two archives: the one that was reviewed, and the one after de-identification.

Both are `Session`s of the same worker; the second holds its harvest until another file is reviewed or compared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pycore.comparison import Comparison, compare
from pycore.errors import RequestError
from pycore.session import Session, count_locked
from pycore.to_comparison import COMPARISON_FORMATS, to_plain


class ComparisonSession:
    """The last comparison of two sessions."""

    def __init__(self, before: Session, after: Session) -> None:
        self._before = before
        self._after = after
        self._comparison: Comparison | None = None

    def compare(self, watch: Sequence[str], digests: Mapping[str, Mapping[str, str]] | None) -> dict[str, Any]:
        """Compare what both have merged, under the profile and options of the review; nothing is read again.

        Parameters
        ----------
        digests : mapping of 'before' and 'after', or None
            Entry, as text -> digest of its Pixel Data; None where pixels were not read.

        Returns
        -------
        dict
            `comparison`, with values, and `locked`: how many entries of the file after need a password.
        """
        before = self._before.reviewed
        self._after.review(before.options.profile, sorted(before.options.names), watch)
        pixels = None
        if digests is not None:
            pixels = _by_entry(digests["before"]), _by_entry(digests["after"])
        archive, after = self._after.archive, self._after.reviewed
        self._comparison = compare(before, after, archive, watch=watch, digests=pixels)
        return {"comparison": to_plain(self._comparison, values=True), "locked": count_locked(after)}

    def report(self, format_name: str, values: bool) -> dict[str, Any]:
        """Write the last comparison in one of `COMPARISON_FORMATS`."""
        if self._comparison is None:
            raise RequestError("Nothing has been compared yet.")
        if format_name not in COMPARISON_FORMATS:
            raise RequestError(f"{format_name!r} is not a format; there are {', '.join(COMPARISON_FORMATS)}.")
        return {"text": COMPARISON_FORMATS[format_name](self._comparison, values=values)}


def _by_entry(digests: Mapping[str, str]) -> dict[int, str]:
    return {int(entry): digest for entry, digest in digests.items()}
