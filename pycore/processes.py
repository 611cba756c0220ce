"""A review in several processes of this machine. Not where Python has no processes, as in the browser."""

from __future__ import annotations

import multiprocessing
import signal
from collections import deque
from collections.abc import Generator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool

from pycore.jobs import Lost, SourceError, Task, read_task

_ENDED = "Reading it ended the process that read it, more than once."


class Processes:
    """Reads in so many processes of this machine; one that ends is replaced.

    Each is a pool of its own, so that it is known which task ended it.
    """

    def __init__(self, count: int) -> None:
        self._count = count

    def run(self, tasks: deque[Task]) -> Generator[tuple[Task, bytes | Lost], None, None]:
        idle: list[ProcessPoolExecutor] = []
        running: dict[Future[bytes], tuple[ProcessPoolExecutor, Task]] = {}
        try:
            while tasks or running:
                while tasks and len(running) < self._count:
                    pool = idle.pop() if idle else _start_process()
                    task = tasks.popleft()
                    running[pool.submit(read_task, task)] = (pool, task)
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    pool, task = running.pop(future)
                    answer: bytes | Lost
                    try:
                        answer = future.result()
                        idle.append(pool)
                    except BrokenProcessPool:
                        answer = Lost(_ENDED, has_ended_process=True)
                        pool.shutdown(wait=False)
                    except SourceError as error:
                        answer = Lost(str(error))
                        idle.append(pool)
                    yield task, answer
        finally:
            if running:  # interrupted: what these are reading is read again another time
                for process in multiprocessing.active_children():
                    process.terminate()
            for pool in [*idle, *(pool for pool, _ in running.values())]:
                pool.shutdown(wait=False, cancel_futures=True)


def _start_process() -> ProcessPoolExecutor:
    # Not by fork: this process has threads, which would not be in the copy while their locks are.
    return ProcessPoolExecutor(
        1,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=signal.signal,
        initargs=(signal.SIGINT, signal.SIG_IGN),
    )
