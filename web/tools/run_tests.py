"""Runs the core's test suite in Pyodide, against the wheels that the page loads.

`main([repository, site_packages, pytest argument...])`: the two folders of the host, where they are mounted. The tests
are copied next to nothing else, so that `pycore` can only come from the installed wheel; pydicom's test files, which
that wheel leaves out, are put back from the same version in `site_packages`. Tests marked `native` need other
processes or the repository and are deselected.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import hypothesis
import pydicom
import pytest

SUITE = Path("/suite")


def main(arguments: list[str]) -> int:
    """Return pytest's exit code."""
    repository, site_packages, *options = arguments
    shutil.copytree(Path(repository, "tests"), SUITE / "tests", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(Path(repository, "pyproject.toml"), SUITE)
    for folder in ("test_files", "charset_files"):
        original = Path(site_packages, "pydicom", "data", folder)
        shutil.copytree(original, Path(pydicom.__file__).parent / "data" / folder)
    os.chdir(SUITE)
    # WebAssembly is slower and shares this machine: how long an example takes says nothing about the code.
    hypothesis.settings.register_profile("pyodide", deadline=None, database=None)
    hypothesis.settings.load_profile("pyodide")
    return int(pytest.main(["tests", "-m", "not native", "-p", "no:cacheprovider", *options]))
