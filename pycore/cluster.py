"""The same review on many machines: every task is a task of a Dask cluster (`dask.distributed`).

The engine has each task read by some worker, again where a worker is lost, and hands every answer over once. All that
is kept here is which tasks are on their way. Needs the extra `cluster` where this runs and on every worker.
"""

from __future__ import annotations

import importlib.util
import threading
import time
from collections import deque
from collections.abc import Generator

from pycore.errors import RequestError, missing_extra
from pycore.jobs import Lost, SourceError, Task, VersionError, read_task

AHEAD = 4
"""Tasks at the cluster per thread that reads: enough that none is idle, few enough that answers do not heap up."""
RETRIES = 2
"""How often the engine repeats a task whose files did not answer."""
CONNECT_SECONDS = 30
LOOK_SECONDS = 2.0
"""How often the scheduler is asked how many threads there are: workers come and go."""
_reading = threading.Lock()


class Cluster:
    """Has tasks read by the workers of a cluster.

    Parameters
    ----------
    address : str
        Of the scheduler, as in `tcp://10.0.0.1:8786`, or a file that says it.

    Raises
    ------
    RequestError
        If the extra is not installed, or nothing answers at the address.
    """

    def __init__(self, address: str) -> None:
        if importlib.util.find_spec("distributed") is None:
            raise missing_extra("--scheduler needs Dask")
        from distributed import Client  # of the extra `cluster`

        try:
            self._client = Client(address, timeout=CONNECT_SECONDS)
        except (OSError, TimeoutError, ValueError) as error:
            raise RequestError(f"There is no scheduler at {address}: {error}.") from error

    def run(self, tasks: deque[Task]) -> Generator[tuple[Task, bytes | Lost], None, None]:
        """Yield the answer to each task as it comes; see `jobs.Engine`."""
        from distributed import Future, KilledWorker, as_completed

        running: dict[Future, Task] = {}
        suspects: deque[Task] = deque()
        answers = as_completed()
        room, asked = 0, -LOOK_SECONDS

        def send(task: Task) -> None:
            # Not by what it computes: the same task may be asked for again, after it came to nothing.
            future = self._client.submit(read_alone, task, pure=False, retries=RETRIES)
            running[future] = task
            answers.add(future)

        try:
            while tasks or running or suspects:
                if time.monotonic() - asked > LOOK_SECONDS:
                    room, asked = self._room(), time.monotonic()
                while tasks and len(running) < room:
                    task = tasks.popleft()
                    if task.is_suspect:
                        suspects.append(task)
                    else:
                        send(task)
                if not running:
                    # All that waits at a worker is blamed when it ends: who ends it is seen of one at a time only.
                    send(suspects.popleft())
                future = next(answers)
                task = running.pop(future)
                answer: bytes | Lost
                try:
                    answer = future.result()
                except KilledWorker:
                    answer = Lost("Every worker of the cluster that read it ended.", has_ended_process=True)
                except SourceError as error:
                    answer = Lost(str(error))
                except (ImportError, VersionError) as error:
                    raise RequestError(f"The workers of the cluster cannot read for this review: {error}") from error
                yield task, answer
        finally:
            self._client.cancel(list(running), force=True)
            self._client.close()

    def _room(self) -> int:
        """Return how many tasks may be on their way."""
        threads: dict[str, int] = self._client.nthreads()
        return AHEAD * max(1, sum(threads.values()))


def read_alone(task: Task) -> bytes:
    """Read a task in a worker, one at a time: Python has one thread reading anyway, and files are opened one by one."""
    with _reading:
        return read_task(task)
