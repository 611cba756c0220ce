"""A review in parts: what each of several processes reads, and how it comes together again.

The files are shared out as `Task`s: small files in groups, of a large zip first its directory and then its entries in
shards. A task is read by whoever is free: this process, others (`processes`), or other machines (`cluster`). What comes
back is bytes: what its files are, and a harvest. `Gathering` joins the answers in the order of the files, so that the
outcome is the same to the byte, whoever read what, and whatever ended or was repeated meanwhile.

What ends the process that reads it is tried once more; then it is halved until one entry is left, and that one is
unreadable, with the reason. Nothing else is lost by it.
"""

from __future__ import annotations

import hashlib
import heapq
import json
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from pycore import __version__
from pycore.archive import (
    Archive,
    Contents,
    Found,
    Kind,
    Ledger,
    Opened,
    Range,
    Source,
    UnreadableSource,
    join_sources,
    open_source,
    require_readable,
)
from pycore.errors import InspectorError, RequestError
from pycore.harvest import Harvest, Record, Status
from pycore.harvester import Harvester, Memory
from pycore.merging import Merger
from pycore.places import Place, UrlSource

SPLIT_BYTES = 16 << 20
"""A file of this size or more is read in shards."""
MANY_FILES, SPLIT_BYTES_OF_MANY = 1024, 512 << 20
"""Among so many files there is enough to share out, and opening a file several times costs more than it gives."""
GROUP_BYTES, GROUP_FILES = 64 << 20, 256
"""Smaller ones are read together, up to so many."""
SHARD_ENTRIES, MOST_SHARD_ENTRIES = 512, 4096
"""Entries of a shard: some tenths of a second of work, so that little is lost with it and all end together."""
SHARDS = 32
"""So many shards there are where they have more entries than the least: what is distinct in one is sent with it."""


class SourceError(InspectorError):
    """A place could not be read as it should; trying again may help."""

    code = "source"


class VersionError(InspectorError):
    """Another version of this program is installed where a task was to be read."""

    code = "version"


@dataclass(frozen=True, slots=True)
class Task:
    """What is read in one go, by one process."""

    places: tuple[Place, ...]
    first: int
    """Number of the first of the places among all of the review."""
    start: int = 0
    stop: int | None = None
    """Entries of the one place; None: all entries of all places."""
    is_directory: bool = False
    """Whether only what the one place holds is asked for, and none of its entries."""
    is_last_try: bool = False
    is_suspect: bool = False
    """Whether a process ended while it, or perhaps another task, was read there."""
    passwords: tuple[bytes, ...] = field(default=(), repr=False)
    version: str = __version__

    @property
    def order(self) -> tuple[int, int]:
        """Where its answer stands among the others."""
        return self.first, self.start

    def split(self) -> tuple[Task, ...]:
        """Return smaller tasks for the same work; none if it is as small as can be."""
        if self.is_directory:
            return ()
        if len(self.places) > 1:
            half = len(self.places) // 2
            return (
                replace(self, places=self.places[:half]),
                replace(self, places=self.places[half:], first=self.first + half),
            )
        if self.stop is None:
            return (replace(self, is_directory=True),)
        if self.stop - self.start < 2:
            return ()
        middle = (self.start + self.stop) // 2
        return replace(self, stop=middle), replace(self, start=middle)

    def shards(self, entries: int) -> Iterator[Task]:
        """Yield the tasks for the entries of a place whose directory was read."""
        length = max(SHARD_ENTRIES, min(entries // SHARDS, MOST_SHARD_ENTRIES))
        for start in range(0, entries, length):
            yield replace(
                self,
                is_directory=False,
                is_last_try=False,
                is_suspect=False,
                start=start,
                stop=min(start + length, entries),
            )


def to_tasks(places: Sequence[Place], passwords: tuple[bytes, ...] = ()) -> list[Task]:
    """Share the files out; directories of large ones come first, because their entries are shared out after them."""
    split_bytes = SPLIT_BYTES if len(places) < MANY_FILES else SPLIT_BYTES_OF_MANY
    large: list[Task] = []
    groups: list[Task] = []
    group: list[Place] = []
    for number, place in enumerate(places):
        is_large = place.size >= split_bytes
        full = len(group) == GROUP_FILES or sum(one.size for one in group) + place.size > GROUP_BYTES
        if group and (is_large or full):
            groups.append(Task(tuple(group), number - len(group), passwords=passwords))
            group = []
        if is_large:
            large.append(Task((place,), number, is_directory=True, passwords=passwords))
        else:
            group.append(place)
    if group:
        groups.append(Task(tuple(group), len(places) - len(group), passwords=passwords))
    return large + groups


# --- where a task is read ---------------------------------------------------------------------------------------------


class _OpenedPlaces(NamedTuple):
    """The files of a task, opened."""

    places: tuple[Place, ...]
    passwords: tuple[bytes, ...]
    sources: list[Source]
    opened: list[Opened]
    archive: Archive


class _Reader(threading.local):
    """What a thread that reads keeps from one task to the next: it changes no result."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Keep nothing."""
        self.memory = Memory()
        self.opened: _OpenedPlaces | None = None


_reader = _Reader()


def forget_opened() -> None:
    """Keep nothing of the tasks that were read here: what a reader remembers is as much as what comes of it."""
    _reader.forget()


def read_task(task: Task) -> bytes:
    """Read what a task asks for and return it as `Answer.to_bytes`, for another process; see `read_here`."""
    return read_here(task).to_bytes()


def read_here(task: Task) -> Answer:
    """Read what a task asks for.

    Raises
    ------
    SourceError
        If a place failed that may answer when it is asked again; not at the last try, which tells it in the records.
    VersionError
        If the task was made by another version of this program.
    """
    if task.version != __version__:
        raise VersionError(f"The review is made by version {task.version}, and here is {__version__} installed.")
    _, _, sources, opened, archive = _open(task)
    harvester = Harvester(archive, _reader.memory)
    if not task.is_directory:
        stop = len(archive.entries) if task.stop is None else task.stop
        _read(archive, sources, harvester, range(task.start, stop))
    failures = [source.failure for source in sources if isinstance(source, UrlSource) and source.failure]
    if failures:
        _reader.opened = None
        if not task.is_last_try:
            raise SourceError(failures[0])
    tells_places = task.is_directory or task.stop is None
    return Answer(tuple(opened) if tells_places else (), harvester.harvest(), not failures)


def _open(task: Task) -> _OpenedPlaces:
    """Open the places of a task, or take them as they were opened for the one before: shards share a directory."""
    if _reader.opened is not None and _reader.opened[:2] == (task.places, task.passwords):
        return _reader.opened
    sources = [place.open() for place in task.places]
    opened = [open_source(source, has_password=bool(task.passwords)) for source in sources]
    archive = join_sources(sources, opened, task.passwords)
    _reader.opened = _OpenedPlaces(task.places, task.passwords, sources, opened, archive)
    return _reader.opened


def _read(archive: Archive, sources: Sequence[Source], harvester: Harvester, indexes: Iterable[int]) -> None:
    for batch in archive.plan(indexes):
        by_source: dict[int, list[Range]] = {}
        for one in batch.ranges:
            by_source.setdefault(one.source, []).append(one)
        for number, ranges in by_source.items():
            source = sources[number]
            if isinstance(source, UrlSource):
                source.fetch(ranges)
        for index in batch.indexes:
            harvester.read(archive.entries[index])


@dataclass(frozen=True, slots=True)
class Answer:
    """What comes back of a task; entries count from the first of its places.

    Within a process it is handed over as it is, between processes and in a folder as bytes.
    """

    opened: tuple[Opened, ...]
    """What each place is, without what only its reader needs; nothing where that is known already."""
    harvest: Harvest
    is_whole: bool = True
    """Whether every read succeeded; if not, what could not be read is told in the records."""

    def to_bytes(self) -> bytes:
        """Write as two lines of JSON; the first is in ASCII, because names of files may be no text."""
        head = {
            "entries": self.entries,
            "dicom": self.dicom,
            "is_whole": self.is_whole,
            "opened": [_opened_to_plain(one) for one in self.opened],
        }
        return json.dumps(head, separators=(",", ":")).encode() + b"\n" + self.harvest.to_bytes()

    @property
    def entries(self) -> int:
        """How many entries were read."""
        return len(self.harvest.records)

    @property
    def dicom(self) -> int:
        """How many of them are DICOM objects."""
        return sum(record.status is Status.DICOM for record in self.harvest.records)


class _Packed(NamedTuple):
    """An answer that came as bytes; its harvest stays packed until those before it are there."""

    opened: tuple[Opened, ...]
    entries: int
    dicom: int
    is_whole: bool
    data: bytes

    @property
    def harvest(self) -> Harvest:
        return Harvest.from_bytes(self.data[self.data.index(b"\n") + 1 :])

    @staticmethod
    def of(data: bytes, sources: Sequence[Source]) -> _Packed:
        head = json.loads(data[: data.index(b"\n")])
        opened = tuple(
            _opened_from_plain(plain, source) for plain, source in zip(head["opened"], sources, strict=False)
        )
        return _Packed(opened, head["entries"], head["dicom"], head["is_whole"], data)


def _opened_to_plain(opened: Opened) -> list[Any]:
    contents = opened.contents
    if contents is None:
        return [opened.reason, None]
    ledger = contents.found
    found = [
        [name, ledger.kind(index), ledger.sizes[index], ledger.reason(index)] for index, name in enumerate(ledger.names)
    ]
    return [opened.reason, [found, contents.problems, contents.notes, contents.comment.decode("latin-1")]]


def _opened_from_plain(plain: list[Any], source: Source) -> Opened:
    reason, contents = plain
    if contents is None:
        return Opened(None, reason, source)
    found, problems, notes, comment = contents
    return Opened(
        Contents(
            Ledger(Found(name, Kind(kind), size, why, None, 0, 0) for name, kind, size, why in found),
            problems,
            [(index, note) for index, note in notes],
            comment.encode("latin-1"),
        ),
        reason,
        source,
    )


# --- who reads --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Lost:
    """A task that came to nothing."""

    reason: str
    """Why, for people; where it is the last word on an entry, it is what its record says."""
    has_ended_process: bool = False
    """Whether the process that read it ended."""


class Engine(Protocol):
    """Has tasks read."""

    def run(self, tasks: deque[Task]) -> Generator[tuple[Task, bytes | Answer | Lost], None, None]:
        """Yield the answer to each task as it comes, and end when there are no tasks left.

        Between two answers more tasks may be appended.
        """
        ...


class ThisProcess:
    """Reads one task after the other."""

    def run(self, tasks: deque[Task]) -> Generator[tuple[Task, bytes | Answer | Lost], None, None]:
        try:
            while tasks:
                task = tasks.popleft()
                try:
                    yield task, read_here(task)
                except SourceError as error:
                    yield task, Lost(str(error))
        finally:
            forget_opened()


# --- what is kept -----------------------------------------------------------------------------------------------------


class WorkFolder:
    """Answers that are kept, so that a review that was interrupted goes on where it was.

    They hold names and values of the archive: nobody else may read them, and `clear` deletes them. An answer belongs to
    its files as they were, by size, time and number or version; one that is damaged counts as none.

    Raises
    ------
    RequestError
        If the folder cannot be made.
    """

    def __init__(self, path: Path, passwords: Sequence[bytes] = ()) -> None:
        self._path = path
        self._written: set[Path] = set()
        # With other passwords other entries are readable. What is derived here is slow to guess from.
        self._salt = hashlib.scrypt(b"\0".join(passwords), salt=b"pycore", n=2**14, r=8, p=1) if passwords else b""
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise RequestError(f"{path} cannot be made a folder for what was read: {error.strerror}.") from error

    def get(self, task: Task) -> bytes | None:
        """Return the answer to a task; None if there is none."""
        path = self._path_of(task)
        if path is None:
            return None
        try:
            digest, _, answer = path.read_bytes().partition(b"\n")
        except FileNotFoundError:
            return None
        if hashlib.sha256(answer).hexdigest().encode() != digest:
            return None
        self._written.add(path)
        return answer

    def has(self, task: Task) -> bool:
        """Whether the answer to a task was kept or found by this review."""
        return self._path_of(task) in self._written

    def put(self, task: Task, answer: bytes) -> None:
        """Keep an answer; it is there as a whole or not at all."""
        path = self._path_of(task)
        if path is None:
            return
        unfinished = path.with_suffix(".part")
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(hashlib.sha256(answer).hexdigest().encode() + b"\n" + answer)
        unfinished.replace(path)
        self._written.add(path)

    def clear(self) -> None:
        """Delete what this review kept, and the folder if nothing else is in it."""
        for path in self._written:
            path.unlink(missing_ok=True)
        with suppress(OSError):  # not empty: others keep something there
            self._path.rmdir()

    def _path_of(self, task: Task) -> Path | None:
        if not all(place.stamp for place in task.places):  # nothing would tell that a file is another by now
            return None
        key = [
            task.version,
            task.start,
            task.stop,
            task.is_directory,
            *([place.where, place.name, place.size, place.stamp] for place in task.places),
        ]
        digest = hashlib.sha256(json.dumps(key).encode() + self._salt).hexdigest()
        return self._path / f"{digest}.harvest"


# --- how it comes together --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Count:
    """How far a review has come."""

    entries: int
    """Read so far."""
    known: int
    """In the files that were opened so far."""
    dicom: int
    files: int
    all_files: int


class Gathering:
    """The files of a review, and what was read of them so far."""

    def __init__(self, places: Sequence[Place], passwords: tuple[bytes, ...] = ()) -> None:
        self._places = tuple(places)
        self._sources: list[Source] = [_Listed(place.name, place.size) for place in places]
        self._opened: list[Opened | None] = [None] * len(places)
        self._opened_count = 0
        self._known = self._entries = self._dicom = 0
        self._bases = [0]
        """Index of the first entry of each place, as far as all before it are known."""
        self._merger = Merger()
        self._ready: list[tuple[tuple[int, int], Answer | _Packed]] = []
        """Answers that wait for those before them, a heap."""
        self._awaited: list[tuple[int, int]] = []
        """The orders of what is still to come, a heap; those in `_arrived` are done."""
        self._arrived: set[tuple[int, int]] = set()
        self._passwords = passwords

    def run(
        self, engine: Engine, folder: WorkFolder | None = None, tell: Callable[[Count], None] | None = None
    ) -> bool:
        """Have everything read.

        Returns
        -------
        bool
            Whether that was interrupted (SIGINT); what was read until then counts.
        """
        tasks: deque[Task] = deque()
        try:
            with _Interrupts() as interrupts, closing(engine.run(tasks)) as answers:
                with interrupts.held():
                    self._start(to_tasks(self._places, self._passwords), tasks, folder)
                for task, answer in answers:
                    with interrupts.held():
                        if isinstance(answer, Lost):
                            self._retry(task, answer, tasks, folder)
                        else:
                            self._take(task, answer, tasks, folder)
                        if tell is not None:
                            tell(self.count())
        except KeyboardInterrupt:
            return True
        return False

    def count(self) -> Count:
        """Return how far it has come."""
        return Count(self._entries, self._known, self._dicom, self._opened_count, len(self._places))

    def _start(self, new: Iterable[Task], tasks: deque[Task], folder: WorkFolder | None) -> None:
        """Take up tasks: those with an answer in the folder are done with it."""
        started = list(new)
        for task in started:
            heapq.heappush(self._awaited, task.order)
        for task in started:
            answer = folder.get(task) if folder is not None else None
            if answer is None:
                tasks.append(task)
            else:
                self._take(task, answer, tasks, folder)

    def _replace(self, task: Task, pieces: Iterable[Task], tasks: deque[Task], folder: WorkFolder | None) -> None:
        """Take up tasks in the place of one."""
        self._awaited.remove(task.order)
        heapq.heapify(self._awaited)
        self._start(pieces, tasks, folder)

    def _take(self, task: Task, given: bytes | Answer, tasks: deque[Task], folder: WorkFolder | None) -> None:
        sources = self._sources[task.first : task.first + len(task.places)]
        answer = _Packed.of(given, sources) if isinstance(given, bytes) else given
        if folder is not None and answer.is_whole and not folder.has(task):
            folder.put(task, given if isinstance(given, bytes) else given.to_bytes())
        for number, opened in enumerate(answer.opened, task.first):
            self._open(number, opened)
        if task.is_directory:
            self._replace(task, task.shards(self._length_of(task.first)), tasks, folder)
        else:
            self._arrived.add(task.order)
            self._entries += answer.entries
            self._dicom += answer.dicom
            heapq.heappush(self._ready, (task.order, answer))
        self._merge_ready()

    def _open(self, number: int, opened: Opened) -> None:
        self._opened[number] = opened.listed(self._sources[number])
        self._opened_count += 1
        self._known += self._length_of(number)

    def _retry(self, task: Task, lost: Lost, tasks: deque[Task], folder: WorkFolder | None) -> None:
        if not task.is_last_try:
            tasks.append(replace(task, is_last_try=True, is_suspect=lost.has_ended_process))
            return
        pieces = task.split()
        if pieces:
            # What is as small as can be has another try: a worker may have ended for another reason meanwhile.
            self._replace(task, [replace(one, is_last_try=bool(one.split())) for one in pieces], tasks, folder)
        elif task.is_directory:
            self._arrived.add(task.order)
            self._give_up_place(task.first, lost.reason)
        else:
            self._take(task, Answer((), _unread(range(task.start, task.stop or 0), lost.reason)), tasks, None)

    def _give_up_place(self, number: int, reason: str) -> None:
        self._open(number, Opened(None, reason, self._sources[number]))
        heapq.heappush(self._ready, ((number, 0), Answer((), _unread(range(1), reason))))
        self._merge_ready()

    def _length_of(self, number: int) -> int:
        opened = self._opened[number]
        assert opened is not None  # it was opened before it is counted
        return 1 if opened.contents is None else len(opened.contents.found)

    def _drop_arrived(self) -> None:
        while self._awaited and self._awaited[0] in self._arrived:
            self._arrived.discard(heapq.heappop(self._awaited))

    def _merge_ready(self) -> None:
        """Merge all answers before which nothing is missing."""
        self._drop_arrived()
        while self._ready and (not self._awaited or self._ready[0][0] < self._awaited[0]):
            (first, _), answer = heapq.heappop(self._ready)
            self._merger.add(answer.harvest, self._base_of(first))

    def _base_of(self, number: int) -> int:
        while len(self._bases) <= number:
            self._bases.append(self._bases[-1] + self._length_of(len(self._bases) - 1))
        return self._bases[number]

    def finish(self) -> tuple[Archive, Harvest]:
        """Return what was opened and read; what was not, because it was interrupted, is unreadable and says so.

        The archive has no bytes: it is for names, sizes and problems.

        Raises
        ------
        InputError
            If nothing could be read at all.
        """
        reason = "It was not read: the review was interrupted."
        self._awaited.clear()
        for number, opened in enumerate(self._opened):
            if opened is None:
                self._open(number, Opened(None, reason, self._sources[number]))
        self._merge_ready()
        opened_all = [one for one in self._opened if one is not None]
        require_readable(self._sources, opened_all)
        archive = join_sources(self._sources, opened_all)
        harvest = self._merger.harvest()
        count = len(archive.entries)
        if len(harvest.records) == count:
            return archive, harvest
        missing = (archive.entries[index] for index in range(count) if not self._merger.has(index))
        records = (
            Record(entry.index, Status.FOLDER)
            if entry.kind is Kind.FOLDER
            else Record(entry.index, Status.UNREADABLE, reason=entry.reason or reason)
            for entry in missing
        )
        self._merger.add(Harvest(tuple(records), {}))
        return archive, self._merger.harvest()


class _Interrupts:
    """Keeps Ctrl-C (SIGINT) from coming where it would leave things half done; outside of it, it comes at once."""

    def __init__(self) -> None:
        self._is_held = self._is_pending = False
        self._before: Any = None

    def __enter__(self) -> _Interrupts:
        if threading.current_thread() is threading.main_thread():  # no other is interrupted
            self._before = signal.signal(signal.SIGINT, self._arrive)
        return self

    def __exit__(self, *_: object) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)

    def _arrive(self, *_: object) -> None:
        if not self._is_held:
            raise KeyboardInterrupt
        self._is_pending = True

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let it wait until the end of the block."""
        self._is_held = True
        try:
            yield
        finally:
            self._is_held = False
        if self._is_pending:
            raise KeyboardInterrupt


class _Listed(UnreadableSource):
    """A file that others read: here it is a name and a size."""

    def __init__(self, name: str, size: int) -> None:
        super().__init__(name, "It is read elsewhere.")
        self.size = size


def _unread(indexes: Iterable[int], reason: str) -> Harvest:
    return Harvest(tuple(Record(index, Status.UNREADABLE, reason=reason) for index in indexes), {})
