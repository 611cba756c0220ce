"""What the lead answers to a closer look: instances side by side, what varies in a series, and what a tag means.

It asks the `Session` of the review; what was compared or found last is kept, so that the page can fetch it row by row.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from pycore.archive import Archive, Entry
from pycore.elements import PIXEL_DATA_TAGS, Element, read_instance, to_text
from pycore.errors import DicomError, EntryError, RequestError
from pycore.instance_comparison import (
    KINDS,
    MOST_INSTANCES,
    Row,
    Side,
    compare_instances,
    count,
    find_rows,
    to_plain,
)
from pycore.part10 import is_deflated
from pycore.phi.options import Options
from pycore.pixel_digest import UNREADABLE, read_pixel_digest
from pycore.reference import (
    Kind,
    Topic,
    Usage,
    add_unknown,
    explain,
    find_tag,
    find_topics,
    find_usage,
    to_row,
    to_tag,
    topics,
)
from pycore.review import Report
from pycore.session import Session
from pycore.standard import uid_name
from pycore.variation import Variation, find_series, find_variation, find_variations, search, to_rows
from pycore.variation import to_plain as variation_to_plain

MOST_BYTES = 64 << 20
"""Of entries whose pixels or long values are read for a comparison; larger ones are said not to be compared."""
_PIECE_BYTES = 1 << 20


class CloserSession:
    """The last comparison, the last series and the last use of the reference."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._compared: tuple[tuple[object, ...], tuple[Row, ...], list[dict[str, Any]]] | None = None
        self._varying: tuple[Report, Sequence[int], tuple[Variation, ...], int] | None = None
        self._usage: tuple[Report | None, Usage] = (None, Usage())

    def compare_instances(self, entries: Sequence[int], kind: str, find: str, start: int, stop: int) -> dict[str, Any]:
        """Return rows `start` to `stop` of instances side by side, and how many rows there are of each agreement."""
        if not 1 <= len(entries) <= MOST_INSTANCES or len(set(entries)) < len(entries):
            raise RequestError(f"From 1 to {MOST_INSTANCES} different instances can be compared.")
        if kind not in KINDS:
            raise RequestError(f"{kind!r} is not a kind of rows; there are {', '.join(KINDS)}.")
        asked = (self._session.reviewed, tuple(entries))
        if self._compared is None or self._compared[0] != asked:
            self._compared = None  # the one before need not be held while this one is made
            sides, instances = zip(*map(self._open_side, entries), strict=True)
            self._compared = (asked, compare_instances(sides, self._session.flags_of), list(instances))
        _, rows, instances_found = self._compared
        chosen = find_rows(rows, kind, find)
        return {
            "total": len(chosen),
            "rows": [to_plain(row) for row in chosen[max(0, start) : max(0, stop)]],
            "counts": count(rows),
            "instances": instances_found,
        }

    def varies(self, entry: int, find: str, start: int, stop: int) -> dict[str, Any]:
        """Return rows `start` to `stop` of what varies in the series of an entry."""
        series, variations, elements = self._vary(entry)
        chosen = search(variations, find)
        return {
            "total": len(chosen),
            "rows": [variation_to_plain(one) for one in chosen[max(0, start) : max(0, stop)]],
            "instances": len(series),
            "elements": elements,
        }

    def varying_values(self, entry: int, path: str, creator: str | None, start: int, stop: int) -> dict[str, Any]:
        """Return rows `start` to `stop` of the values of an element that varies in the series of an entry."""
        rows = to_rows(find_variation(self._vary(entry)[1], path, creator))
        return {"total": len(rows), "rows": rows[max(0, start) : max(0, stop)]}

    def reference(self, kind: str, find: str, used: bool, start: int, stop: int) -> dict[str, Any]:
        """Return rows `start` to `stop` of the reference; `used`: only of what the archive uses."""
        kinds = list(map(str, Kind))
        if kind not in kinds:
            raise RequestError(f"{kind!r} is not in the reference; there are {', '.join(kinds)}.")
        usage, options = self._use(), self._options
        chosen = find_topics(add_unknown(Kind(kind), topics(Kind(kind)), usage), usage, find, is_used=used)
        rows = [to_row(topic, usage, options) for topic in chosen[max(0, start) : max(0, stop)]]
        return {"total": len(chosen), "rows": rows}

    def explain(self, kind: str, code: str, creator: str | None) -> dict[str, Any]:
        """Return what is known of one thing of the reference; of a tag, of one for each creator where none is given."""
        usage, options = self._use(), self._options
        return {"topics": [explain(topic, usage, options) for topic in self._find_topics(kind, code, creator)]}

    @property
    def _options(self) -> Options:
        report = self._session.report_or_none
        return Options() if report is None else report.options

    def _find_topics(self, kind: str, code: str, creator: str | None) -> list[Topic]:
        tag = to_tag(code)
        if tag is not None:
            report = self._session.report_or_none
            creators = {creator}
            if tag >> 16 & 1 and creator is None and report is not None:
                creators = {value.private_creator for value in report.values if value.tag == tag} or {None}
            return [find_tag(tag, one) for one in sorted(creators, key=lambda one: one or "")]
        if kind not in list(map(str, Kind)):
            raise RequestError(f"{kind!r} is not in the reference.")
        wanted = code, creator or ""
        known = [topic for topic in topics(Kind(kind)) if (topic.code, topic.private_creator) == wanted]
        return known or [Topic(Kind(kind), code, "", private_creator=creator or "")]

    def _use(self) -> Usage:
        report = self._session.report_or_none
        if self._usage[0] is not report:
            self._usage = (report, Usage() if report is None else find_usage(report))
        return self._usage[1]

    def _vary(self, entry: int) -> tuple[Sequence[int], tuple[Variation, ...], int]:
        report = self._session.reviewed
        if self._varying is None or self._varying[0] is not report or entry not in self._varying[1]:
            series = find_series(report, entry)
            self._varying = (report, series, *find_variations(report, series))
        return self._varying[1:]

    def _open_side(self, index: int) -> tuple[Side, dict[str, Any]]:
        with self._session.open_entry(index) as file:
            entry = self._session.archive.entries[index]
            reading = read_instance(file, entry.size)
        if reading is None:
            raise DicomError(f"{entry.name} is not a DICOM object.")
        archive = self._session.archive

        def digest(element: Element) -> str | None:
            return _digest(archive, entry, element, is_inflated=is_deflated(reading.transfer_syntax))

        sop_class = next((to_text(one) for one in reading.elements if one.path == "(0008,0016)"), None)
        return Side(reading.elements, digest), {
            "entry": index,
            "name": entry.name,
            "transfer_syntax_name": uid_name(reading.transfer_syntax),
            "sop_class_name": uid_name(sop_class or ""),
            "elements": len(reading.elements),
            "problems": reading.problems,
        }


def _digest(archive: Archive, entry: Entry, element: Element, *, is_inflated: bool) -> str | None:
    """Return a digest of a value that is too long to be held; None where it was not read, see `MOST_BYTES`."""
    if entry.size > MOST_BYTES:
        return None
    if element.tag in PIXEL_DATA_TAGS and "/" not in element.path:
        digest = read_pixel_digest(archive, entry)
        return None if digest in ("", UNREADABLE) else digest
    if element.length < 0 or is_inflated:
        return None
    hashed, left = hashlib.blake2b(digest_size=16), element.length
    try:
        with archive.open(entry) as file:
            file.seek(element.offset)
            while left:
                piece = file.read(min(left, _PIECE_BYTES))
                if not piece:
                    return None
                hashed.update(piece)
                left -= len(piece)
    except EntryError:  # damaged there; what is before it was shown
        return None
    return hashed.hexdigest()
