"""Replaces the Python sources inside a zip by bytecode for the Python that runs this; writes wheels and plain zips.

The bytecode says that it is never to be compared with its source, so that no source, no time and no size of a file gets
into it, and the file names inside are those of the zip. The same source gives the same bytes.
"""

from __future__ import annotations

import argparse
import base64
import fnmatch
import hashlib
import py_compile
import tempfile
import zipfile
from pathlib import Path

EPOCH = (1980, 1, 1, 0, 0, 0)


def main(arguments: list[str]) -> int:
    """Compile one zip into another."""
    parser = argparse.ArgumentParser(prog="compile.py")
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--leave-out", action="append", default=[], metavar="PATTERN", help="entries not to carry over")
    parser.add_argument("--empty", action="append", default=[], metavar="NAME", help="modules to keep without content")
    options = parser.parse_args(arguments)

    entries = read_entries(options.source, options.leave_out)
    entries.update(dict.fromkeys(options.empty, b""))
    entries = dict(compiled(name, content) for name, content in entries.items())
    records = [name for name in entries if name.endswith(".dist-info/RECORD")]
    if records:
        [record] = records
        entries[record] = to_record(entries, record)
    with zipfile.ZipFile(options.target, "w") as archive:
        for name in sorted(entries):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.external_attr = 0o644 << 16
            entry.create_system = 3
            archive.writestr(entry, entries[name], zipfile.ZIP_DEFLATED, 9)
    return 0


def read_entries(path: Path, left_out: list[str]) -> dict[str, bytes]:
    """Return the zip's files that match none of the patterns, by name."""
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if not name.endswith("/")]
        return {
            name: archive.read(name)
            for name in names
            if not any(fnmatch.fnmatchcase(name, pattern) for pattern in left_out)
        }


def compiled(name: str, content: bytes) -> tuple[str, bytes]:
    """Return a module as bytecode (PEP 552, unchecked); any other file as it is."""
    if not name.endswith(".py"):
        return name, content
    with tempfile.TemporaryDirectory() as folder:
        source, bytecode = Path(folder, "module.py"), Path(folder, "module.pyc")
        source.write_bytes(content)
        unchecked = py_compile.PycInvalidationMode.UNCHECKED_HASH
        py_compile.compile(
            str(source), str(bytecode), dfile=name, doraise=True, optimize=0, invalidation_mode=unchecked
        )
        return f"{name}c", bytecode.read_bytes()


def to_record(entries: dict[str, bytes], record: str) -> bytes:
    """Return the wheel's list of files (PEP 376): path, hash, size; its own line has neither hash nor size."""
    lines = []
    for name in sorted(entries.keys() - {record}):
        digest = base64.urlsafe_b64encode(hashlib.sha256(entries[name]).digest()).rstrip(b"=").decode()
        lines.append(f"{name},sha256={digest},{len(entries[name])}\n")
    return "".join([*lines, f"{record},,\n"]).encode()
