"""What several processes and a cluster gain and cost: `python -m e2e.bench_wide [--studies 200]`. Prints a table.

Elapsed time says something only on a machine that does nothing else; processor time and counts say it always.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from distributed import LocalCluster

from e2e.bench_native import run
from e2e.transfer import Shape, cached_transfer
from pycore.cluster import Cluster
from pycore.harvest import Harvest
from pycore.jobs import Engine, Gathering, Task, ThisProcess, to_tasks
from pycore.merging import Merger
from pycore.places import Place, find_places
from tests.builders import zip_bytes
from tests.range_server import serve_ranges
from tests.test_review import clean_object

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m e2e.bench_wide", description=__doc__)
    parser.add_argument("--studies", type=int, default=200, help="small zips that show what a task costs by itself")
    parser.add_argument("--scale", type=float, default=1.0, help="of the zip of the bench")
    chosen = parser.parse_args()
    shape = Shape() if chosen.scale == 1 else Shape().scaled(chosen.scale)
    path = cached_transfer(shape, ROOT / ".cache" / "bench")
    print(f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; {shape.entries:,} entries")
    print("\n| | |\n|---|---:|")
    parts = (
        measure_answers(path, shape.entries),
        measure_cluster(chosen.studies),
        measure_jobs(path),
        measure_server(path),
    )
    for title, value in chain.from_iterable(parts):
        print(f"| {title} | {value} |", flush=True)


def measure_jobs(path: Path) -> Iterator[tuple[str, str]]:
    """Yield what the command line takes with one process and with two."""
    for jobs in (1, 2):
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-m", "pycore", "review", str(path), "--output", f"{folder}/report.json"]
            taken = run([*command, "--jobs", str(jobs)])
        yield f"--jobs {jobs}: elapsed, processor time", f"{taken.elapsed_s:.1f} s, {taken.processor_s:.1f} s"
        yield f"--jobs {jobs}: largest memory of one process", f"{taken.peak_mb:.0f} MB"


def measure_answers(path: Path, entries: int) -> Iterator[tuple[str, str]]:
    """Yield what reading costs, and what comes back of it costs whoever joins it."""
    answers: list[bytes] = []
    reading = merging = 0.0
    tasks: deque[Task] = deque(to_tasks(find_places([str(path)])))
    began = time.process_time()
    for task, answer in ThisProcess().run(tasks):
        assert isinstance(answer, bytes)
        if task.is_directory:
            yield "directory read", f"{time.process_time() - began:.2f} s"
            tasks.extend(task.shards(entries))
            began = time.process_time()
        else:
            answers.append(answer)
    reading = time.process_time() - began
    began = time.process_time()
    merger = Merger()
    for answer in answers:
        merger.add(Harvest.from_bytes(answer[answer.index(b"\n") + 1 :]))
    merger.harvest()
    merging = time.process_time() - began
    yield "reading in shards, processor time per entry", f"{reading / entries * 1e3:.2f} ms"
    yield "answers, bytes per entry", f"{sum(map(len, answers)) / entries:.0f}"
    yield "joining, processor time per entry", f"{merging / entries * 1e6:.0f} µs"


def measure_cluster(studies: int) -> Iterator[tuple[str, str]]:
    """Yield what a task of a cluster costs beside reading it, over zips of one instance each."""
    with tempfile.TemporaryDirectory() as folder:
        for number in range(studies):
            Path(folder, f"{number:06}.zip").write_bytes(zip_bytes({"1.dcm": clean_object(number)}))
        places = find_places([folder])
        seconds_of(ThisProcess(), places[:20])
        here = seconds_of(ThisProcess(), places)
        with LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
        ) as cluster:
            seconds_of(Cluster(cluster.scheduler_address), places[:20])  # the workers import what they need
            there = seconds_of(Cluster(cluster.scheduler_address), places)
    yield f"{studies} tasks of one tiny zip: in this process", f"{here / studies * 1e3:.1f} ms each"
    yield "the same by a cluster of two processes", f"{there / studies * 1e3:.1f} ms each"


def seconds_of(engine: Engine, places: tuple[Place, ...]) -> float:
    """Return elapsed seconds for a task for each place."""
    tasks = deque(Task((place,), number) for number, place in enumerate(places))
    began = time.monotonic()
    assert sum(isinstance(answer, bytes) for _, answer in engine.run(tasks)) == len(places)
    return time.monotonic() - began


def measure_server(path: Path) -> Iterator[tuple[str, str]]:
    """Yield how much of a zip on a server is fetched, in how many requests."""
    data = path.read_bytes()
    with serve_ranges({path.name: data}) as server:
        gathering = Gathering(find_places([server.url(path.name)]))
        gathering.run(ThisProcess())
        yield "fetched of the zip on a server", f"{sum(server.sent) / len(data):.1%}"
        yield "requests, per entry", f"{len(server.sent) / gathering.count().entries:.2f}"


if __name__ == "__main__":
    main()
