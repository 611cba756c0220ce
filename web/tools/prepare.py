"""Imports what every worker needs and loads the tables, before Python's memory is kept (see take-snapshot.mjs)."""

from __future__ import annotations

import gc
import importlib
import inspect
import random
import sys


def main() -> None:
    """Do what every start would do again."""
    importlib.import_module("pycore.bridge")
    for name in sorted(name for name in sys.modules if name.partition(".")[0] == "pycore"):
        for function in list(vars(sys.modules[name]).values()):
            is_table = hasattr(function, "cache_info") and not inspect.signature(function).parameters
            if is_table and function.__module__ == name:
                function()
    random.seed(0)  # seeded anew at every start
    gc.collect()
    gc.freeze()  # what is there now stays; no collection need look at it again


main()
del main
