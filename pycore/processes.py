"""A review in several processes of this machine. Not where Python has no processes, as in the browser.

On Linux they are copies of this one (fork): what it has imported and opened is theirs at once. Elsewhere, and where
other threads might hold locks meanwhile, they start anew (spawn).
"""

from __future__ import annotations

import gc
import multiprocessing
import signal
import sys
import threading
from array import array
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from pycore.archive import FileSource
from pycore.findings import Flag
from pycore.jobs import Answer, Lost, SourceError, Task, forget_opened, read_here, read_task
from pycore.judgement import Check, Share, check_each
from pycore.phi.value import Value
from pycore.places import is_url

_ENDED = "Reading it ended the process that read it, more than once."
_TOGETHER = 128
"""Values that one process judges before it is the turn of the next."""


class Processes:
    """Reads in so many processes of this machine; one that ends is replaced."""

    def __init__(self, count: int) -> None:
        self._count = count

    def run(self, tasks: deque[Task]) -> Generator[tuple[Task, bytes | Answer | Lost], None, None]:
        idle: list[_Child] = []
        running: dict[Connection, tuple[_Child, Task]] = {}

        def fill() -> None:
            while tasks and len(running) < self._count:
                child = idle.pop() if idle else _Child(_read_tasks)
                try:
                    child.connection.send(tasks[0])
                except OSError:  # it ended while it had nothing to do
                    child.end()
                    continue
                running[child.connection] = (child, tasks.popleft())

        try:
            if _can_fork() and len(tasks) == 1 and tasks[0].is_directory and not is_url(tasks[0].places[0].where):
                yield from _read_directory(tasks.popleft())
            fill()
            while running:
                for connection in wait(list(running)):
                    assert isinstance(connection, Connection)
                    child, task = running.pop(connection)
                    answer = child.receive()
                    if isinstance(answer, Lost) and answer.has_ended_process:
                        child.end()
                    else:
                        idle.append(child)
                    if isinstance(answer, Exception):
                        raise answer
                    fill()  # it reads on while the answer is joined
                    yield task, answer
                fill()
        finally:
            forget_opened()
            # If interrupted, some are reading: that is read again another time.
            for child in [*idle, *(child for child, _ in running.values())]:
                child.end()


def _read_directory(task: Task) -> Iterator[tuple[Task, Answer | Lost]]:
    """Read a directory here, and keep the file open for the processes that are copied of this one."""
    try:
        answer: Answer | Lost = read_here(task)
    except SourceError as error:
        answer = Lost(str(error))
    FileSource.close_last()  # a copy would share the place in the file, and move it
    yield task, answer


def _can_fork() -> bool:
    return sys.platform == "linux" and threading.active_count() == 1


class _Child:
    """Another process, and the connection to it.

    Parameters
    ----------
    work : callable
        What it does with its end of the connection, and with the others.
    """

    def __init__(self, work: Callable[..., None], *others: Any) -> None:
        self.connection, theirs = multiprocessing.Pipe()
        self._process: BaseProcess
        if _can_fork():
            # The copy has this end, too, and would wait for itself.
            given = (self.connection, work, theirs, *others)
            self._process = multiprocessing.get_context("fork").Process(target=_begin, args=given, daemon=True)
        else:
            given = (None, work, theirs, *others)
            self._process = multiprocessing.get_context("spawn").Process(target=_begin, args=given, daemon=True)
        # Until it is told to leave Ctrl-C to this one, none may come to it.
        _block_interrupts(True)
        try:
            self._process.start()
        finally:
            _block_interrupts(False)
        theirs.close()

    def receive(self) -> Any:
        """Return what it sent; `Lost` if it ended instead."""
        try:
            return self.connection.recv()
        except (EOFError, OSError):
            return Lost(_ENDED, has_ended_process=True)

    def end(self) -> None:
        """Have it end, whatever it does."""
        self.connection.close()
        self._process.terminate()
        self._process.join()
        self._process.close()


def _block_interrupts(blocked: bool) -> None:
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_BLOCK if blocked else signal.SIG_UNBLOCK, {signal.SIGINT})


def _begin(other_end: Connection | None, work: Callable[..., None], connection: Connection, *others: Any) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _block_interrupts(False)
    if other_end is not None:
        other_end.close()
    gc.freeze()  # to look through what was copied would have all of it copied in fact
    with suppress(EOFError, BrokenPipeError):  # the process that it works for has ended, or needs no more
        work(connection, *others)


def _read_tasks(connection: Connection) -> None:
    while True:
        task = connection.recv()
        answer: bytes | Lost | Exception
        try:
            answer = read_task(task)
        except SourceError as error:
            answer = Lost(str(error))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is raised where the review is
            answer = error
        connection.send(answer)


def check_together(count: int) -> Share:
    """Return what judges values in so many processes, this one among them; they must be copies of it (fork)."""

    def check_all(
        check: Check, values: Iterable[tuple[Value, Sequence[int]]]
    ) -> Iterator[tuple[Value, Sequence[int], tuple[Flag, ...]]]:
        if not _can_fork():
            yield from check_each(check, values)
            return
        children = [_Child(_check_part, check, values, turn, count) for turn in range(1, count)]
        parts = [_receive_flags(child) for child in children]
        try:
            for at, (value, entries) in enumerate(values):
                turn = at // _TOGETHER % count
                flags = next(parts[turn - 1], None) if turn else None
                yield value, entries, check(value, entries) if flags is None else flags
        finally:
            for child in children:
                child.end()

    return check_all


def _check_part(
    connection: Connection, check: Check, values: Iterable[tuple[Value, Sequence[int]]], turn: int, count: int
) -> None:
    """Judge the values whose turn it is, and send what is said of them: each set of flags once, then its number."""
    numbers: dict[tuple[Flag, ...], int] = {}
    known = 0
    said = array("I")
    for at, (value, entries) in enumerate(values):
        if at // _TOGETHER % count == turn:
            said.append(numbers.setdefault(check(value, entries), len(numbers)))
        elif said:
            connection.send((list(numbers)[known:], said))
            known, said = len(numbers), array("I")
    connection.send((list(numbers)[known:], said))


def _receive_flags(child: _Child) -> Iterator[tuple[Flag, ...]]:
    """Yield what a process says of each of its values, as far as it comes."""
    known: list[tuple[Flag, ...]] = []
    while not isinstance(received := child.receive(), Lost):
        new, said = received
        known += new
        for number in said:
            yield known[number]
