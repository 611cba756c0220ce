"""Imported first by `python -m pycore`: loads pydicom without NumPy, as the page's readers have it.

pydicom decides at its import whether there is NumPy, and importing that takes a third of the command's start and 15 MB.
Only what draws or compares pixels needs it: the commands with `--pixels`.
"""

from __future__ import annotations

import sys

_COMMAND = "pycore.__main__"


def _is_command() -> bool:
    spec = getattr(sys.modules.get("__main__"), "__spec__", None)
    return spec is not None and spec.name == _COMMAND


if _is_command() and "pydicom" not in sys.modules and not any(one.startswith("--pi") for one in sys.argv):
    sys.modules["numpy"] = None  # type: ignore[assignment]  # by which `import numpy` says that there is none
    try:
        import pydicom  # noqa: F401
    finally:
        del sys.modules["numpy"]
