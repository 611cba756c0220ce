"""Entries -> `Harvest`: reads entry after entry and gathers what is distinct. Runs in every reader.

What can only be said while the bytes are at hand is said here: what another file is, what surrounds a data set, what
readable texts lie inside binary values, and what an instance as a whole shows (risk of burned-in text, private blocks).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, islice
from typing import Any, BinaryIO, NamedTuple, cast

from pycore.archive import HEAD_BYTES, Archive, Entry, EntryFile, Kind
from pycore.carriers import Extraction, check_carrier, extract, extract_file, texts_of_element
from pycore.content import CONTENT_PATHS, check_content
from pycore.elements import Element, FileReader, Reading, is_creator, read_instance_from, to_text
from pycore.errors import EntryError
from pycore.findings import Flag, Severity, Where
from pycore.forms import check_form, fold_unknown_bytes
from pycore.harvest import Harvest, Noticed, Record, Status, unite
from pycore.hierarchy import INSTANCE_PATHS, OWN_PATHS, to_instance, with_own
from pycore.layouts import Shelf
from pycore.merging import Merger
from pycore.part10 import is_deflated
from pycore.phi.burned_in import BURNED_IN_PATHS, check_burned_in, to_attribute
from pycore.phi.claims import CLAIM_PATHS, Claim, to_claim
from pycore.phi.private import check_private_blocks
from pycore.phi.surroundings import check_comment, check_other_file, check_preamble, check_trailing
from pycore.phi.value import Value
from pycore.pixel_length import PIXEL_LENGTH_PATHS, check_pixel_length, check_pixel_presence
from pycore.standard import uid_name

_KEEP_RAW_BYTES = 256  # longer values are not remembered
_MOST_AT_ONCE = 4096  # entries after which what was gathered is packed together
_MAX_KNOWN = 20_000  # short values that are remembered
_ENCAPSULATED_DOCUMENT = 0x0042_0011
_MAX_COMMON = 1024  # kinds of instances that are remembered
_OWN_PATHS = frozenset(OWN_PATHS)
_KEPT_PATHS = (INSTANCE_PATHS | CLAIM_PATHS | BURNED_IN_PATHS.keys() | PIXEL_LENGTH_PATHS | CONTENT_PATHS) - _OWN_PATHS
_SOP_CLASS, _SOP_CLASS_PATH = 0x0008_0016, "(0008,0016)"
_SERIES_PATHS = {"(0020,000D)": "Study Instance UID", "(0020,000E)": "Series Instance UID"}
_SERIES_TAG = 0x0020_000E
_OF_NO_PATIENT = ("Directory", "Inventory", "Palette", "Protocol", "Template")
_DIRECTORY_GROUP = 0x0004  # a DICOMDIR has no SOP Class UID in its data set (PS3.10 §8.6)
_PATIENT_ID = 0x0010_0020
_PATIENT_PATHS = frozenset({"(0010,0010)", "(0010,0020)"})
_UNREAD_IDENTITY = Flag(
    "identity-unread",
    "PS3.3 §C.7.1.1",
    "",
    Severity.IDENTIFIER,
    "the object could not be read as far as Patient's Name and Patient ID, so nobody can say whose it is",
)
_MAX_PROBLEMS = 20  # of one entry, from inside of its values and files; more would hide the others


def to_value(element: Element, where: Where | None = None, origin: str = "") -> Value:
    """Return the element's value as the rules see it."""
    if where is None:
        where = Where.FILE_META if element.tag >> 16 == 2 and "/" not in element.path else Where.ELEMENT
    return Value(
        where=where,
        path=element.path,
        tag=element.tag,
        vr=element.vr,
        private_creator=element.private_creator,
        text=to_text(element),
        length=element.length,
        items=element.items,
        origin=origin,
    )


def to_found_text(where: Where, text: str, origin: str = "", element: Element | None = None) -> Value:
    """Return a text that is not the value of a data element itself: from inside of one, or from outside of any."""
    return Value(
        where=where,
        path=element.path if element else "",
        tag=element.tag if element else 0,
        vr=element.vr if element else "",
        private_creator=element.private_creator if element else None,
        text=text,
        length=len(text),
        items=0,
        origin=origin,
        extracted=True,
    )


def read_entries(archive: Archive, indexes: Iterable[int]) -> Harvest:
    """Read the given entries of an archive."""
    memory, merger = Memory(), Merger()
    left = iter(indexes)
    while part := list(islice(left, _MOST_AT_ONCE)):
        harvester = Harvester(archive, memory)
        for index in part:
            harvester.read(archive.entries[index])
        merger.add(harvester.harvest())
    return merger.harvest()


@dataclass(slots=True, eq=False)  # not frozen: making one would take three times as long, and there are many
class _Digest:
    """All that comes of one data element, or of several that stand together, wherever they are met again."""

    values: tuple[Value, ...]
    """Of each element its own first, then what lies inside of it."""
    kept: tuple[tuple[str, Value], ...]
    """The elements' own values at `_KEPT_PATHS`, by path."""
    own: tuple[tuple[str, str], ...]
    """The texts of those at `OWN_PATHS`, by path."""
    creators: tuple[Element, ...]
    """The private creators among the elements."""
    noticed: tuple[Noticed, ...]
    problems: tuple[str, ...]
    tells: bool
    """Whether `kept`, `creators`, `noticed` or `problems` say something of the instance."""


class _Common(NamedTuple):
    """What is known of an instance and of all others that tell the same."""

    kept: Mapping[str, Value]
    instance: tuple[str | bool, ...]
    """See `Instance.common`."""
    claim: Claim | None
    inside: tuple[Noticed, ...]
    """What was noticed in data elements."""
    whole: tuple[Noticed, ...]
    """What the instance as a whole shows."""
    problems: tuple[str, ...]


class Memory:
    """What was met before, so that nothing is decoded or searched twice; it outlives a harvest.

    It changes no result.
    """

    def __init__(self) -> None:
        self.shelf: Shelf[_Digest] = Shelf(self._digest)
        self._known: dict[tuple[Any, ...], _Digest] = {}
        """Short values, undecoded: what tells two apart -> what comes of them."""
        self.common: dict[tuple[object, ...], _Common] = {}
        """Transfer syntax and the digests that tell something -> what that is."""

    def look_at(self, element: Element, file: BinaryIO | None = None) -> _Digest:
        """Return what comes of a data element; from the file, where its value was too long to be kept whole."""
        if element.length > _KEEP_RAW_BYTES and element.value is not None:
            return _look_at(element, file)
        key = (*element[:4], *element[5:])  # all but the offset
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= _MAX_KNOWN:
                self._known.clear()
            known = self._known[key] = _look_at(element)
        return known

    def _digest(self, elements: Sequence[Element]) -> _Digest:
        digests = [self.look_at(element) for element in elements]
        if len(digests) == 1:
            return digests[0]
        return _Digest(
            values=tuple(chain.from_iterable(digest.values for digest in digests)),
            kept=tuple(chain.from_iterable(digest.kept for digest in digests)),
            own=tuple(chain.from_iterable(digest.own for digest in digests)),
            creators=tuple(chain.from_iterable(digest.creators for digest in digests)),
            noticed=tuple(chain.from_iterable(digest.noticed for digest in digests)),
            problems=tuple(chain.from_iterable(digest.problems for digest in digests)),
            tells=any(digest.tells for digest in digests),
        )


class Harvester:
    """Reads entry after entry and gathers what is distinct.

    Parameters
    ----------
    archive : Archive
    memory : Memory
        Of the same reader; it may be empty.
    """

    def __init__(self, archive: Archive, memory: Memory) -> None:
        self._archive = archive
        self._memory = memory
        self._records: list[Record] = []
        self._digests: dict[_Digest, list[int]] = {}
        """What was met, and in which entries."""
        self._values: dict[Value, list[int]] = {}
        """Values that are of no data element of an entry."""

    def read(self, entry: Entry) -> Record:
        """Read one entry; whatever goes wrong with it is in its record."""
        record = self._read(entry)
        self._records.append(record)
        return record

    def harvest(self) -> Harvest:
        """Return what was gathered so far."""
        # What the instances of a series have in common occurs in the same entries.
        shared: dict[tuple[int, ...], list[int]] = {}

        def share(gathered: Iterable[int]) -> list[int]:
            entries = sorted(gathered)
            return shared.setdefault(tuple(entries), entries)

        parts: dict[Value, list[Sequence[int]]] = {value: [share(entries)] for value, entries in self._values.items()}
        for digest, gathered in self._digests.items():
            entries = share(gathered)
            for value in digest.values:
                known = parts.get(value)
                if known is None:
                    parts[value] = [entries]
                else:
                    known.append(entries)
        return Harvest(tuple(self._records), unite(parts))

    def _read(self, entry: Entry) -> Record:
        noticed = self._notice_comment(entry)
        if entry.kind is Kind.FOLDER:
            return Record(entry.index, Status.FOLDER, noticed=noticed)
        if entry.kind is Kind.UNREADABLE:
            return Record(entry.index, Status.UNREADABLE, reason=entry.reason, noticed=noticed)
        try:
            return self._read_file(entry, noticed)
        except EntryError as error:
            return Record(entry.index, Status.UNREADABLE, reason=str(error), noticed=noticed)

    def _read_file(self, entry: Entry, noticed: tuple[Noticed, ...]) -> Record:
        shelf = self._memory.shelf
        with self._archive.open_file(entry) as entry_file:
            file = cast("BinaryIO", entry_file)
            reader = FileReader(file, entry_file.size)
            match = shelf.match(reader)
            if match is not None:
                digests = [*match.digests, *(self._memory.look_at(element, file) for element in match.rest)]
                record = self._to_record(entry.index, match.reading, digests, noticed)
                return self._complete(record, entry_file, match.rest)
            if not reader.damage:
                found = self._read_plainly(entry, FileReader(file, entry_file.size), entry_file, noticed)
                if found is not None:
                    return found
            is_whole = entry_file.holds_more
        # Damage is told once, to whoever meets it first; and of an entry whose size is a lie there is more to read.
        with self._archive.open_file(entry, is_whole=is_whole) as entry_file:
            reader = FileReader(cast("BinaryIO", entry_file), entry_file.size)
            found = self._read_plainly(entry, reader, entry_file, noticed, is_last=True)
            assert found is not None
            return found

    def _read_plainly(
        self,
        entry: Entry,
        reader: FileReader,
        entry_file: EntryFile,
        noticed: tuple[Noticed, ...],
        *,
        is_last: bool = False,
    ) -> Record | None:
        """Read what no layout knows; None, unless it is the last time, where there is more than the zip states."""
        file = cast("BinaryIO", entry_file)
        reading = read_instance_from(reader)
        extraction = None
        if reading is None:
            flags, extraction = _read_other(file, entry_file.size, self._archive.passwords)
        if entry_file.holds_more and not is_last:
            return None
        if extraction is not None:
            return self._complete(self._to_other(entry, flags, extraction, noticed), entry_file, None)
        assert reading is not None
        self._memory.shelf.learn(reader, reading)
        # The offsets of a deflated data set count in the inflated one.
        own_file = None if is_deflated(reading.transfer_syntax) else file
        digests = [self._memory.look_at(element, own_file) for element in reading.elements]
        return self._complete(self._to_record(entry.index, reading, digests, noticed), entry_file, reading.elements)

    def _complete(self, record: Record, file: EntryFile, elements: Sequence[Element] | None) -> Record:
        """Add what the zip's headers have to say, and what the CRC does.

        An instance of which no value was passed over, or that is small, is read to its end: not as its layout happens
        to have been known before.
        """
        problems = (*file.problems, *record.problems)
        in_part = not file.was_read_whole
        if elements is not None:
            in_part = file.size > HEAD_BYTES and any(map(_is_passed_over, elements))
            if not in_part and not problems and (damage := file.find_damage()):
                problems = (damage,)
        if file.other_name:
            self._take_texts(record.entry, Where.ENTRY_NAME, extract(file.other_name.encode()), "local header")
        return record.completed(problems, in_part) if problems or in_part else record

    def _to_other(
        self, entry: Entry, flags: tuple[Flag, ...], extraction: Extraction, noticed: tuple[Noticed, ...]
    ) -> Record:
        self._take_texts(entry.index, Where.OTHER_FILE, extraction)
        noticed += _notice_other(flags, extraction.kind)
        problems = _bounded(extraction.problems)
        return Record(entry.index, Status.OTHER, kind=extraction.kind, noticed=noticed, problems=problems)

    def _to_record(
        self,
        index: int,
        reading: Reading,
        digests: Sequence[_Digest],
        noticed: tuple[Noticed, ...],
    ) -> Record:
        """Return what is known of an instance from the digests of its data elements, in their order."""
        occurrences = self._digests
        telling: list[_Digest] = []
        own: dict[str, str] = {}
        for digest in digests:
            entries = occurrences.get(digest)
            if entries is None:
                occurrences[digest] = [index]
            else:
                entries.append(index)
            if digest.tells:
                telling.append(digest)
            if digest.own:
                for path, text in digest.own:
                    own.setdefault(path, text)
        common = self._find_common(reading, telling)
        problems = _bounded(reading.problems) or _check_end(common.kept, digests)
        around = self._notice_surroundings(index, reading)
        unread = _notice_unread_identity(reading, common.kept)
        return Record(
            index,
            Status.DICOM,
            instance=with_own(common.instance, index, own),
            claim=common.claim,
            noticed=(*noticed, *common.inside, *around, *common.whole, *unread),
            problems=(*problems, *common.problems) if problems else common.problems,
        )

    def _find_common(self, reading: Reading, telling: Sequence[_Digest]) -> _Common:
        memory = self._memory.common
        key = (reading.transfer_syntax, bool(reading.problems), *telling)
        common = memory.get(key)
        if common is None:
            if len(memory) >= _MAX_COMMON:
                memory.clear()
            common = memory[key] = _to_common(reading, telling)
        return common

    def _notice_comment(self, entry: Entry) -> tuple[Noticed, ...]:
        info = self._archive.zip_info(entry)
        if not info or not info.comment:
            return ()
        self._take_texts(entry.index, Where.ARCHIVE, extract(info.comment), "comment")
        return tuple(Noticed(flag, Where.ARCHIVE, to_printable(info.comment)) for flag in check_comment(info.comment))

    def _notice_surroundings(self, index: int, reading: Reading) -> tuple[Noticed, ...]:
        if any(reading.preamble):
            self._take_texts(index, Where.PREAMBLE, extract(reading.preamble))
        count, sample = reading.trailing
        if count:
            self._take_texts(index, Where.TRAILING, extract(sample))
        elif not any(reading.preamble):
            return ()
        preamble = (
            Noticed(flag, Where.PREAMBLE, to_printable(reading.preamble)) for flag in check_preamble(reading.preamble)
        )
        size = "1 byte" if count == 1 else f"{count:,} bytes"
        trailing = (
            Noticed(flag, Where.TRAILING, f"{size}: {to_printable(sample)}") for flag in check_trailing(count, sample)
        )
        return (*preamble, *trailing)

    def _take_texts(self, index: int, where: Where, extraction: Extraction, origin: str = "") -> None:
        for value in _to_values(extraction, where, None, origin):
            self._values.setdefault(value, []).append(index)


@lru_cache(maxsize=256)
def _notice_other(flags: tuple[Flag, ...], kind: str) -> tuple[Noticed, ...]:
    return tuple(Noticed(flag, Where.OTHER_FILE, kind) for flag in flags)


def _to_common(reading: Reading, digests: Iterable[_Digest]) -> _Common:
    kept: dict[str, Value] = {}
    inside: list[Noticed] = []
    inner_problems: list[str] = []
    creators: list[Element] = []
    for digest in digests:
        creators.extend(digest.creators)
        inside.extend(digest.noticed)
        inner_problems.extend(digest.problems)
        for path, value in digest.kept:
            kept.setdefault(path, value)
    attributes: dict[str, str] = {}
    for path, value in kept.items():
        if path in BURNED_IN_PATHS and (attribute := to_attribute(value)):
            attributes.setdefault(BURNED_IN_PATHS[path], attribute)
    claim = to_claim(value for path, value in kept.items() if path in CLAIM_PATHS)
    texts = {path: kept[path].text or "" for path in kept if path in INSTANCE_PATHS}
    return _Common(
        kept=kept,
        instance=to_instance(-1, texts, reading.transfer_syntax).common,
        claim=claim if claim.is_made else None,
        inside=tuple(inside),
        whole=(*_notice_blocks(tuple(creators)), *_notice_burned_in(tuple(sorted(attributes.items())))),
        problems=(*_check_whole(kept, reading), *_bounded(fold_unknown_bytes(inner_problems))),
    )


def _read_other(file: BinaryIO, size: int, passwords: Sequence[bytes]) -> tuple[tuple[Flag, ...], Extraction]:
    """Return what is to be said of a file that is no DICOM, and the texts in it."""
    file.seek(0)
    flags = check_other_file(b"" if size else file.read(1), size)
    return flags, extract_file(file, size, passwords=passwords)


def _check_end(kept: Mapping[str, Value], digests: Iterable[_Digest]) -> tuple[str, ...]:
    """Return a sentence where a data set ends before what every object has could come: it was cut between elements."""
    if _SOP_CLASS_PATH in kept and _SERIES_PATHS.keys() <= kept.keys():
        return ()
    tags = (value.tag for digest in digests for value in digest.values if "/" not in value.path)
    last = max((tag for tag in tags if tag >> 16 != _DIRECTORY_GROUP), default=_SOP_CLASS)
    if _SOP_CLASS_PATH in kept:
        missing = [one for one in _SERIES_PATHS if one not in kept]
        if not missing or last >= _SERIES_TAG or not _is_in_series(kept[_SOP_CLASS_PATH].text or ""):
            return ()
        return (
            f"The data set ends at ({last >> 16:04X},{last & 0xFFFF:04X}), before {missing[0]} "
            f"{_SERIES_PATHS[missing[0]]}, which every object of its class has: it was cut off (PS3.3 §C.7.2.1, "
            "§C.7.3.1).",
        )
    if last >= _SOP_CLASS or last >> 16 <= 2:
        return ()
    return (
        f"The data set ends at ({last >> 16:04X},{last & 0xFFFF:04X}), before (0008,0016) SOP Class UID, which every "
        "object has: it was cut off (PS3.3 §C.12.1).",
    )


@lru_cache(maxsize=1024)
def _is_in_series(sop_class: str) -> bool:
    """Whether objects of the class belong to a study and a series: all that are stored but those of no patient."""
    name = uid_name(sop_class)
    return name.endswith("Storage") and not any(word in name for word in _OF_NO_PATIENT)


def _check_whole(kept: Mapping[str, Value], reading: Reading) -> tuple[str, ...]:
    """Return a sentence where pixels do not fit, or where what was read to its end lacks what it is about."""
    if reading.problems:
        return check_pixel_length(kept)
    in_series = _SERIES_PATHS.keys() <= kept.keys()  # what was cut before that is said by `_check_end`
    return check_pixel_length(kept) or check_pixel_presence(kept) or (check_content(kept) if in_series else ())


def _notice_unread_identity(reading: Reading, kept: Mapping[str, Value]) -> tuple[Noticed, ...]:
    """Return a flag where reading ended before Patient's Name and Patient ID: nobody can say whose the object is."""
    if not reading.problems or not _PATIENT_PATHS.isdisjoint(kept):
        return ()
    reached = max((element.tag for element in reading.elements if "/" not in element.path), default=0)
    if reached >= _PATIENT_ID:
        return ()
    return (Noticed(_UNREAD_IDENTITY, Where.ELEMENT, "", "(0010,0020)", _PATIENT_ID, "LO"),)


def _is_passed_over(element: Element) -> bool:
    """Whether the bytes of a value, or some of them, were not read."""
    if element.value is None:
        return element.vr != "SQ" and element.length != 0
    return len(element.value) < element.length


def _notice_blocks(creators: tuple[Element, ...]) -> tuple[Noticed, ...]:
    return tuple(
        Noticed(block.flag, Where.ELEMENT, block.private_creator, block.path, block.tag, "LO", block.private_creator)
        for block in check_private_blocks(creators)
    )


def _look_at(element: Element, file: BinaryIO | None = None) -> _Digest:
    """Return all that comes of one data element; from the file, where its value was too long to be kept whole."""
    own = to_value(element)
    values = [own]
    problems: tuple[str, ...] = ()
    extraction = texts_of_element(element, file)
    if extraction is not None:
        where = Where.EMBEDDED if element.tag == _ENCAPSULATED_DOCUMENT else own.where
        values.extend(_to_values(extraction, where, element))
        problems = tuple(f"{element.path} {problem}" for problem in extraction.problems)
    if malformed := check_form(element):
        problems += (malformed,)
    noticed = tuple(
        [
            Noticed(carrier.flag, carrier.where, "", element.path, element.tag, element.vr, element.private_creator)
            for carrier in check_carrier(element)
        ]
    )
    kept = ((element.path, own),) if element.path in _KEPT_PATHS else ()
    creators = (element,) if is_creator(element.tag) else ()
    return _Digest(
        values=tuple(values),
        kept=kept,
        own=((element.path, own.text or ""),) if element.path in _OWN_PATHS else (),
        creators=creators,
        noticed=noticed,
        problems=problems,
        tells=bool(kept or creators or noticed or problems),
    )


def _to_values(extraction: Extraction, where: Where, element: Element | None, origin: str = "") -> Iterator[Value]:
    for text in extraction.texts:
        yield to_found_text(where, text.text, text.origin or origin, element)
    place = element.path if element else ""
    for inner_origin, inner in extraction.elements:
        yield to_value(inner, Where.EMBEDDED, f"{place} {inner_origin}".strip())


def _notice_burned_in(attributes: tuple[tuple[str, str], ...]) -> tuple[Noticed, ...]:
    return tuple(Noticed(flag, Where.PIXEL, "") for flag in check_burned_in(dict(attributes)))


def _bounded(problems: Iterable[str]) -> tuple[str, ...]:
    distinct = tuple(dict.fromkeys(problems))
    if len(distinct) <= _MAX_PROBLEMS:
        return distinct
    return (*distinct[:_MAX_PROBLEMS], f"{len(distinct) - _MAX_PROBLEMS:,} more such problems are not listed.")


def to_printable(data: bytes) -> str:
    """Return the readable part of bytes of unknown meaning: ASCII as it is, runs of anything else as one '·'."""
    text = "".join(chr(byte) if 0x20 <= byte < 0x7F else "\0" for byte in data[:256])
    return "·".join(part for part in text.split("\0") if part) or "binary"
