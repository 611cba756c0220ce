"""Whether the files that a DICOMDIR lists are there (PS3.3 §F.3.2.2): what is missing was never reviewed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from pycore.findings import Problem
from pycore.harvest import Record
from pycore.phi.value import Value

_REFERENCED_FILE_ID = 0x0004_1500


def check_directories(
    names: Sequence[str], records: Iterable[Record], values: Mapping[Value, Sequence[int]]
) -> Iterator[Problem]:
    """Yield a problem for each DICOMDIR that lists files which no entry is.

    A File ID counts from the folder of its DICOMDIR. Case does not matter, nor the version behind a name of ISO 9660.

    Parameters
    ----------
    names : sequence of str
        Of all entries.
    records : iterable of Record
    values : mapping
        Distinct values, and the entries that each occurs in.
    """
    listed: dict[int, set[str]] = {
        record.entry: set() for record in records if record.instance is not None and record.instance.is_media_directory
    }
    if not listed:
        return
    for value, entries in values.items():
        if value.tag == _REFERENCED_FILE_ID and value.text:
            file_id = "/".join(component.strip() for component in value.text.split("\\"))
            for entry in listed.keys() & set(entries):
                listed[entry].add(_to_comparable(f"{names[entry].rpartition('/')[0]}/{file_id}"))
    there = set(map(_to_comparable, names))
    for entry, files in sorted(listed.items()):
        missing = len(files - there)
        if missing:
            yield Problem(
                entry,
                f"(0004,1500) Referenced File ID: of {len(files):,} files that this DICOMDIR lists, {missing:,} "
                f"{'is' if missing == 1 else 'are'} not there (PS3.3 §F.3.2.2).",
            )


def _to_comparable(name: str) -> str:
    return name.strip("/").casefold().removesuffix(";1").removesuffix(".")
