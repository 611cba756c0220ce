"""Runs the core's test suite in Pyodide, against the wheels that the page loads.

`main([repository, site_packages, pytest argument...])`: the two folders of the host, where they are mounted. The tests
are copied to where nothing else is, so that `pycore` can only come from the installed wheel; pydicom's test files,
which that wheel leaves out, are put back from the same version in `site_packages`. `page_ciphers` is web/ciphers.js, as
run-python.mjs hands it in. Tests marked `native` need other processes or the repository and are deselected.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import hypothesis
import page_ciphers
import pydicom
import pytest

from pycore.bridge import use_ciphers

SUITE = Path("/suite")


def main(arguments: list[str]) -> int:
    """Return pytest's exit code."""
    repository, site_packages, *options = arguments
    shutil.copytree(Path(repository, "tests"), SUITE / "tests", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(Path(repository, "pyproject.toml"), SUITE)
    data = Path(pydicom.__file__).parent / "data"
    for original in Path(site_packages, "pydicom", "data").glob("*[!_]"):
        if original.is_dir() and not (data / original.name).exists():
            shutil.copytree(original, data / original.name)
        elif original.suffix == ".json":
            shutil.copy(original, data)
    os.chdir(SUITE)
    use_ciphers(page_ciphers)
    # WebAssembly is slower and shares this machine: how long an example takes says nothing about the code.
    hypothesis.settings.register_profile("pyodide", deadline=None, database=None)
    hypothesis.settings.load_profile("pyodide")
    # These are native as a whole: they import what only the repository has, codecs of the system, and Dask.
    ignored = [f"--ignore=tests/test_{name}.py" for name in ("cluster", "codecs", "repository", "supply_chain")]
    deselected = ["-m", "not native", *ignored]
    return int(pytest.main(["tests", *deselected, "-p", "no:cacheprovider", *options]))
