"""Installs wheels with micropip and writes the lock file that makes Pyodide load exactly these.

`main([folder, package..., wheel...])`: names ending in `.whl` are files in the folder; the others are packages of
Pyodide's own distribution. The lock file is written into the folder as `pyodide-lock.json`.
"""

from __future__ import annotations

import json
from pathlib import Path

import micropip


async def main(arguments: list[str]) -> int:
    """Write `pyodide-lock.json` for the packages and wheels; 1 when they ask for others than those named."""
    folder, *wanted = arguments
    wheels = [name for name in wanted if name.endswith(".whl")]
    packages = [name for name in wanted if not name.endswith(".whl")]
    await micropip.install([f"emfs:{folder}/{name}" for name in wheels])
    frozen = json.loads(micropip.freeze())
    chosen = {
        name: facts | {"file_name": facts["file_name"].rpartition("/")[2]}
        for name, facts in frozen["packages"].items()
        if name in packages or facts["file_name"].startswith("emfs:")
    }
    missing = {name for facts in chosen.values() for name in facts["depends"]} - chosen.keys()
    if missing or len(chosen) != len(wanted):
        print(f"asked for {', '.join(wanted)}; got {', '.join(chosen)}; missing {', '.join(missing) or 'none'}")
        return 1
    lock = {"info": frozen["info"], "packages": dict(sorted(chosen.items()))}
    (Path(folder) / "pyodide-lock.json").write_text(json.dumps(lock, indent=1, sort_keys=True) + "\n")
    return 0
