"""Which entry holds an instance, and which structure sets belong to an image; from what was harvested (PS3.3 §10.8)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from pycore.harvest import Record
from pycore.phi.value import Value

RT_STRUCTURE_SET_STORAGE = "1.2.840.10008.5.1.4.1.1.481.3"
_REFERENCED_SOP_INSTANCE_UID = 0x0008_1155
_FRAME_OF_REFERENCE_UID = 0x0020_0052
_REFERENCED_FRAME_OF_REFERENCE_UID = 0x3006_0024


class Links:
    """The references between the instances of an archive."""

    def __init__(self, records: Iterable[Record], values: Mapping[Value, Sequence[int]]) -> None:
        self._entries: dict[str, int] = {}
        """SOP Instance UID -> entry; the first, where several claim it."""
        self._uids: dict[int, str] = {}
        structure_sets = set()
        for record in records:
            if record.instance is None:
                continue
            uid = record.instance.sop_instance_uid
            self._uids[record.entry] = uid
            if uid:
                self._entries.setdefault(uid, record.entry)
            if record.instance.sop_class_uid == RT_STRUCTURE_SET_STORAGE:
                structure_sets.add(record.entry)
        self._of_image: dict[str, set[int]] = defaultdict(set)
        """SOP Instance UID -> structure sets that name it."""
        self._of_frame: dict[str, set[int]] = defaultdict(set)
        """Frame of Reference UID -> structure sets in it."""
        self._frames: dict[int, str] = {}
        """Entry -> its own Frame of Reference UID."""
        for value, entries in values.items():
            if value.tag == _REFERENCED_SOP_INSTANCE_UID and value.path.startswith("(3006,"):
                self._of_image[value.text or ""] |= structure_sets.intersection(entries)
            elif value.tag in (_FRAME_OF_REFERENCE_UID, _REFERENCED_FRAME_OF_REFERENCE_UID):
                self._of_frame[value.text or ""] |= structure_sets.intersection(entries)
                if value.path == "(0020,0052)":
                    self._frames.update(dict.fromkeys(entries, value.text or ""))

    def find(self, uids: Iterable[str]) -> list[int | None]:
        """Return the entry of each SOP Instance UID; None for those that no entry holds."""
        return [self._entries.get(uid) for uid in uids]

    def structure_sets_of(self, entry: int) -> list[int]:
        """Return the entries of structure sets that name an image, or lie in its Frame of Reference."""
        uid, frame = self._uids.get(entry, ""), self._frames.get(entry, "")
        found = (self._of_image.get(uid, set()) if uid else set()) | (
            self._of_frame.get(frame, set()) if frame else set()
        )
        return sorted(found - {entry})
