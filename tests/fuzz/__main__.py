"""Run one target for minutes: `python -m tests.fuzz TARGET [--minutes N] [--folder PATH]`.

Where atheris is installed, coverage leads; elsewhere seeds are changed blindly. A fault does not end the run: the
first input of each distinct one is kept in the folder. Ends with 1 if there was any.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import importlib.util
import logging
import os
import random
import sys
import time
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path

MAX_SECONDS = 2.0
"""Of processor time that one input may take: what is measured here is slower than what runs in earnest."""
MAX_INPUT = 1 << 16


class Watch:
    """Runs a target, counts, and keeps the first input of every distinct fault."""

    def __init__(self, name: str, target: Callable[[bytes], None], folder: Path, seconds: float) -> None:
        self._name = name
        self._target = target
        self._folder = folder
        self._began = time.monotonic()
        self._seconds = seconds
        self._tried = 0
        self._slowest = 0.0
        self._faults: set[str] = set()

    def run(self, data: bytes) -> None:
        """Try one input; once time is up, say what was tried and end the process, which libFuzzer does not leave."""
        began = time.process_time()
        self._tried += 1
        try:
            self._target(data)
        except Exception as error:  # noqa: BLE001 - whatever comes out is what is looked for
            self._keep(data, error)
        seconds = time.process_time() - began
        self._slowest = max(self._slowest, seconds)
        if seconds > MAX_SECONDS:
            self._keep(data, TimeoutError(f"{seconds:.1f} s"))
        if time.monotonic() - self._began > self._seconds:
            self._tell()
            os._exit(1 if self._faults else 0)

    def _tell(self) -> None:
        words = f"{self._tried:,} inputs in {time.monotonic() - self._began:.0f} s, the slowest {self._slowest:.2f} s"
        print(f"{self._name}: {words}; {len(self._faults)} distinct faults", flush=True)

    def _keep(self, data: bytes, error: Exception) -> None:
        where = [f"{frame.name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)][-1:]
        kind = f"{type(error).__name__} {' '.join(where)}"
        if kind in self._faults:
            return
        self._faults.add(kind)
        path = self._folder / f"fault-{hashlib.sha256(kind.encode()).hexdigest()[:12]}.bin"
        path.write_bytes(data)
        print(f"{kind}: {error} ({path})", file=sys.stderr, flush=True)


def main(words: list[str]) -> None:
    """Fuzz, and print what was tried and found; ends the process."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("target")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--folder", type=Path, default=Path(".cache", "fuzz"))
    arguments = parser.parse_args(words)
    led = importlib.util.find_spec("atheris") is not None
    if led:
        import atheris

        instrumented = atheris.instrument_imports(include=["pycore", "pydicom", "pypdf"])
    else:
        instrumented = contextlib.nullcontext()
    with instrumented:  # what is imported here is what coverage is taken of
        from tests.fuzz.corpus import SEEDS
        from tests.fuzz.mutate import mutations
        from tests.fuzz.targets import TARGETS

        for name in ("pycore.pixels.annotations", "pycore.documents.contours", "pypdf"):
            importlib.import_module(name)  # which are imported when they are needed
    logging.disable(logging.CRITICAL)  # what libraries say about damage
    warnings.simplefilter("ignore")
    folder = arguments.folder / arguments.target
    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    seeds = list(SEEDS[arguments.target]())
    watch = Watch(arguments.target, TARGETS[arguments.target], folder, 60 * arguments.minutes)
    if not led:
        for data in mutations(seeds, random.Random(1)):
            watch.run(data)
    for seed in seeds:
        (corpus / hashlib.sha256(seed).hexdigest()[:16]).write_bytes(seed)
    limits = (f"-max_len={MAX_INPUT}", "-timeout=300", "-rss_limit_mb=4096", "-verbosity=0")
    atheris.Setup([sys.argv[0], str(corpus), *limits, f"-artifact_prefix={folder}/"], watch.run)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1:])
