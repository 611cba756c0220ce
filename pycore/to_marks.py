"""`Report` -> marks and choices alone, as JSON: what `--marks` of the command line and the page read to go on.

It holds no value of the archive: what is marked is named by digests (`marks`, `value_marks`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from pycore.archive import Archive
from pycore.errors import RequestError
from pycore.marks import MARKS_SCHEMA, Marks
from pycore.review import Report


def to_marks(report: Report, *, values: bool) -> str:
    """Write the marks; `values` changes nothing, for there are none but what the reviewer typed."""
    del values
    facts = report.archive
    archive = {"size": facts.size, "entries": facts.entries, "sha256": facts.sha256}
    marks = asdict(report.marks)
    profile = {"name": report.options.profile, "options": sorted(report.options.names)}
    return (
        json.dumps(
            {"schema": MARKS_SCHEMA, "archive": archive, "profile": profile, **marks}, ensure_ascii=False, indent=1
        )
        + "\n"
    )


def read_marks(text: str, archive: Archive, sha256: str | None) -> Marks:
    """Read what `to_marks` wrote.

    Parameters
    ----------
    text : str
        JSON.
    archive : Archive
        The archive that they are for.
    sha256 : str, optional
        Digest of its bytes; compared where the marks name one, too.

    Raises
    ------
    RequestError
        If it is something else, or was made for another archive.
    """
    try:
        plain = json.loads(text)
    except ValueError as error:
        raise RequestError(f"The marks are not JSON: {error}.") from error
    if not isinstance(plain, Mapping) or plain.get("schema") != MARKS_SCHEMA:
        raise RequestError(f"The marks are not of the form {MARKS_SCHEMA}.")
    made_for: Any = plain.get("archive")
    known = made_for if isinstance(made_for, Mapping) else {}
    size, entries, digest = archive.size, len(archive.entries), known.get("sha256")
    if (known.get("size"), known.get("entries")) != (size, entries) or (digest and sha256 and digest != sha256):
        raise RequestError(
            f"The marks were made for another archive: {known.get('entries')} entries in {known.get('size')} bytes;"
            f" this one has {entries} in {size}."
        )
    return Marks.of(plain, entries)


def read_options(text: str) -> list[str]:
    """Read which options of the profile `to_marks` wrote beside the marks; none of an older file."""
    plain = json.loads(text)
    profile = plain.get("profile") if isinstance(plain, Mapping) else None
    options = profile.get("options") if isinstance(profile, Mapping) else None
    return [str(one) for one in options] if isinstance(options, list) else []
