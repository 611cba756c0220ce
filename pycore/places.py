"""Where the files of a review are: paths and URLs, small enough to be sent to another process, which opens them there.

Only the command line and what it starts use this. URLs are read through `fsspec`, which the extra `cluster` brings:
`file:`, `http:`, `s3:` and whatever else has an implementation of it, by ranges.
"""

from __future__ import annotations

import importlib.util
import os
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from pycore.archive import FileSource, HeldSource, Range, Source, UnreadableSource
from pycore.errors import InputError, RequestError, missing_extra

_T = TypeVar("_T")

BLOCK_BYTES = 256 * 1024
"""What is fetched of a URL at once where nobody said beforehand what will be read."""
_BLOCKS = 32
_LISTING_THREADS = 16
"""How many URLs are asked for their size at the same time: each answer takes a round trip and no work."""
_PAUSES = (0.2, 1.0)
"""Seconds to wait before a server that failed is asked again."""
_STAMPS = ("ETag", "etag", "mtime", "LastModified", "last_modified", "updated")
"""What the file systems of fsspec call what changes with a file."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where one file is, and what it was like when it was listed."""

    name: str
    """Under which it stands in the report."""
    where: str
    """An absolute path, or a URL."""
    size: int
    stamp: str
    """Other when the file is another: by time and number of the file, or what the server calls its version; '' where
    nothing tells."""
    reason: str = ""
    """Why it could not even be listed; empty otherwise."""

    def open(self) -> Source:
        """Return the file as a source; one that cannot be opened, or is not what it was, says so when it is read."""
        if self.reason:
            return UnreadableSource(self.name, self.reason)
        try:
            if is_url(self.where):
                return UrlSource(self)
            source = FileSource(Path(self.where), self.name)
        except InputError as error:
            return UnreadableSource(self.name, str(error))
        if self.stamp != _stamp_of(Path(self.where)):
            return UnreadableSource(self.name, f"{self.name} was changed after it was chosen.")
        return source


def find_places(inputs: Iterable[str]) -> tuple[Place, ...]:
    """Return a place per file; a folder stands for the files below it, named from the folder on.

    A URL that ends in a slash is a folder, and one with an asterisk stands for all that fit.

    Raises
    ------
    InputError
        If something that was named does not exist, or there is no file at all.
    RequestError
        For a URL, if fsspec is not installed or knows no such protocol.
    """
    places: list[Place] = []
    plain_urls: list[str] = []
    for chosen in inputs:
        if is_url(chosen):
            if "*" in chosen or chosen.endswith("/"):
                places.extend(_find_urls(chosen))
            else:
                plain_urls.append(chosen)
                places.append(Place("", chosen, 0, ""))
            continue
        path = Path(chosen)
        if path.is_dir():
            places.extend(_find_below(path))
        elif path.is_file():
            places.append(_place_of(path, path.name))
        else:
            raise InputError(f"{path} does not exist or is no file.")
    if not places:
        raise InputError("There is no file in what was given.")
    listed = _ask_all(plain_urls)
    return tuple(listed.get(place.where, place) for place in places)


def _find_below(folder: Path) -> list[Place]:
    """Return what lies below a folder, in the order of the names; what is no file, or may not be entered, says so."""
    places: list[Place] = []

    def note(error: OSError) -> None:
        name = _name_below(folder, Path(error.filename))
        places.append(Place(name, str(error.filename), 0, "", f"{name} cannot be entered: {error.strerror}."))

    for parent, folders, files in os.walk(folder, onerror=note):
        links = [name for name in folders if Path(parent, name).is_symlink()]
        for one in (Path(parent, name) for name in (*files, *links)):
            places.append(_place_below(one, _name_below(folder, one)))
    return sorted(places, key=lambda place: place.name)


def _name_below(folder: Path, path: Path) -> str:
    return path.relative_to(folder.parent).as_posix()


def _place_below(path: Path, name: str) -> Place:
    if path.is_file():
        return _place_of(path, name)
    if path.is_symlink():
        what = "a link to a folder, which is not followed" if path.is_dir() else "a link that leads nowhere"
    else:
        what = "no file but a device, a pipe or a socket"
    return Place(name, str(path), 0, "", f"{name} is {what}: it was not reviewed.")


def is_url(text: str) -> bool:
    """Whether what was given is a URL and no path."""
    return "://" in text


def _stamp_of(path: Path) -> str:
    try:
        state = path.stat()
    except OSError:  # it is gone, which is another state, too
        return ""
    return f"{state.st_size} {state.st_mtime_ns} {state.st_ino}"


def _place_of(path: Path, name: str) -> Place:
    try:
        return Place(name, str(path.absolute()), path.stat().st_size, _stamp_of(path))
    except OSError as error:  # it vanished, or its folder may not be entered
        return Place(name, str(path), 0, "", f"{name} cannot be opened: {error.strerror}.")


# --- URLs -------------------------------------------------------------------------------------------------------------


class UrlSource:
    """A file at a URL, read by ranges: those that were announced all at once, others in blocks that are kept a while.

    Raises
    ------
    InputError
        If there is no such file any more, or it is another than was listed.
    """

    def __init__(self, place: Place) -> None:
        now = _place_of_url(place.where)
        if now.reason:
            raise InputError(now.reason)
        if (now.size, now.stamp) != (place.size, place.stamp):
            raise InputError(f"{place.where} was changed after it was chosen.")
        self.name = place.name
        self.size = place.size
        self.failure = ""
        """Why a read failed that may succeed when it is tried again; empty if none did."""
        self._file_system, self._path = _resolve(place.where)
        self._file: BinaryIO | None = None
        self._held = HeldSource(_Blocks(self))

    def read(self, offset: int, length: int) -> bytes:
        return self._held.read(offset, length)

    def fetch(self, ranges: Sequence[Range]) -> None:
        """Have all ranges read at the same time, and keep them until the next call."""
        self._held.release()
        starts = [one.offset for one in ranges]
        stops = [one.offset + one.length for one in ranges]
        try:
            found = self._file_system.cat_ranges([self._path] * len(ranges), starts, stops, on_error="return")
        except _url_errors() as error:
            self.failure = str(error) or type(error).__name__
            return
        for one, data in zip(ranges, found, strict=True):
            if isinstance(data, bytes) and len(data) == one.length:  # else whoever needs it reads it again and is told
                self._held.hold(one.offset, data)

    def read_blocks(self, offset: int, length: int) -> bytes:
        """Read what nobody announced; raises OSError."""
        wanted = max(0, min(length, self.size - offset))
        try:
            return _patiently(lambda: self._read_open(offset, wanted))
        except _url_errors() as error:
            self.failure = str(error) or type(error).__name__
            raise OSError(f"{self.name} cannot be read at offset {offset}: {self.failure}") from error

    def _read_open(self, offset: int, wanted: int) -> bytes:
        file, self._file = self._file, None  # after an error it is opened anew
        if file is None:
            file = self._file_system.open(
                self._path,
                "rb",
                block_size=BLOCK_BYTES,
                cache_type="blockcache",
                cache_options={"maxblocks": _BLOCKS},
            )
        file.seek(offset)
        data = file.read(wanted)
        if len(data) != wanted:
            raise OSError(f"the server sent {len(data)} of {wanted} bytes")
        self._file = file
        return data


class _Blocks:
    """What a `UrlSource` reads where nothing is held."""

    def __init__(self, source: UrlSource) -> None:
        self.name = source.name
        self.size = source.size
        self._source = source

    def read(self, offset: int, length: int) -> bytes:
        return self._source.read_blocks(offset, length)


def _resolve(url: str) -> tuple[Any, str]:
    """Return the file system of a URL, and the path in it; raises RequestError."""
    if importlib.util.find_spec("fsspec") is None:
        raise missing_extra("URLs are read with fsspec")
    from fsspec.core import url_to_fs  # of the extra `cluster`

    try:
        file_system, path = url_to_fs(url)
    except (ImportError, ValueError) as error:  # the protocol needs another package, or there is none of that name
        raise RequestError(f"{url} cannot be read: {error}.") from error
    return file_system, path


def _url_errors() -> tuple[type[Exception], ...]:
    """Return what reading a URL can raise: ValueError where a server sends no ranges, and aiohttp's, beside OSError."""
    if importlib.util.find_spec("aiohttp") is None:
        return (OSError, ValueError)
    from aiohttp import ClientError  # of the extra `cluster`

    return (OSError, ValueError, ClientError)


def _patiently(ask: Callable[[], _T]) -> _T:
    """Ask a server, and again after a pause where that failed; not where it said that there is no such file."""
    for pause in _PAUSES:
        try:
            return ask()
        except FileNotFoundError:
            raise
        except _url_errors():
            time.sleep(pause)
    return ask()


def _place_of_url(url: str) -> Place:
    file_system, path = _resolve(url)
    name = url.rstrip("/").rpartition("/")[2] or url
    try:
        facts = _patiently(lambda: file_system.info(path))
    except _url_errors() as error:
        return Place(name, url, 0, "", f"{url} cannot be opened: {error or type(error).__name__}.")
    return _to_place(name, url, facts)


def _to_place(name: str, url: str, facts: dict[str, Any]) -> Place:
    size = facts.get("size")
    if size is None:
        return Place(name, url, 0, "", f"{url} cannot be read by ranges: its server does not tell how long it is.")
    stamp = next((str(facts[key]) for key in _STAMPS if facts.get(key)), "")
    return Place(name, url, int(size), stamp)


def _find_urls(chosen: str) -> list[Place]:
    """Return the files below a folder or that fit a pattern, from one listing where the protocol has such a thing."""
    file_system, path = _resolve(chosen)
    try:
        found = (
            file_system.glob(path, detail=True) if "*" in chosen else file_system.find(path.rstrip("/"), detail=True)
        )
    except _url_errors() as error:
        raise InputError(f"{chosen} cannot be listed: {error}.") from error
    files = {name: facts for name, facts in found.items() if facts.get("type") == "file"}
    if not files:
        raise InputError(f"There is no file at {chosen}.")
    places = []
    unknown: list[str] = []
    base = path.partition("*")[0].rpartition("/")[0] if "*" in chosen else path.rstrip("/").rpartition("/")[0]
    for name in sorted(files):
        shown = name.removeprefix(base).lstrip("/")
        url = file_system.unstrip_protocol(name)
        if files[name].get("size") is None:  # listings of http name the files and nothing else
            unknown.append(url)
        places.append(_to_place(shown, url, files[name]))
    listed = _ask_all(unknown)
    return [replace(listed[place.where], name=place.name) if place.where in listed else place for place in places]


def _ask_all(urls: Sequence[str]) -> dict[str, Place]:
    if not urls:
        return {}
    with ThreadPoolExecutor(_LISTING_THREADS) as threads:
        return dict(zip(urls, threads.map(_place_of_url, urls), strict=True))
