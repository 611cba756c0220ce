"""`Report` -> Parquet: the findings as a table, one a row; what else the report says is in the schema's metadata.

For those who put many reports together. Needs the extra `cluster`, as its Parquet is that of Apache Arrow.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from typing import Any

from pycore.errors import missing_extra
from pycore.review import Report
from pycore.to_json import finding_rows, write_json

METADATA = "dicom-zip-inspector"
"""The key of the schema's metadata with the report as JSON, without its findings."""
GROUP_ENTRIES = 1 << 20
"""Entries that the findings of a row group name together, at least; a group is written when it has as many."""


class _Pieces:
    """A file that is only written to; what was written is taken away piece by piece."""

    def __init__(self) -> None:
        self._written: list[bytes] = []
        self._at = 0
        self.closed = False

    def write(self, data: Any) -> int:
        self._written.append(bytes(data))
        self._at += len(self._written[-1])
        return len(self._written[-1])

    def tell(self) -> int:
        return self._at

    def flush(self) -> None:
        """All is where it belongs."""

    def writable(self) -> bool:
        return True

    def readable(self) -> bool:
        return False

    def seekable(self) -> bool:
        return False

    def close(self) -> None:
        self.closed = True

    def take(self) -> list[bytes]:
        """Return what was written since."""
        taken, self._written = self._written, []
        return taken


def write_parquet(report: Report, *, values: bool) -> Iterator[bytes]:
    """Yield the file's bytes in pieces; the same report gives the same bytes with the same version of Arrow.

    The columns are the members of a finding in the JSON report, with `entries` always a list. Masked as there.

    Raises
    ------
    RequestError
        If Arrow is not installed.
    """
    if importlib.util.find_spec("pyarrow") is None:
        raise missing_extra("Parquet is written with pyarrow")
    import pyarrow as arrow
    from pyarrow import parquet

    names = ("where", "path", "tag", "keyword", "vr", "private_creator", "rule", "clause", "action", "severity")
    schema = arrow.schema(
        [
            ("entries", arrow.list_(arrow.string())),
            *((name, arrow.string()) for name in names),
            ("count", arrow.int64()),
            ("excerpt", arrow.string()),
        ],
        metadata={METADATA: "".join(write_json(report, values=values, findings=False))},
    )
    file = _Pieces()
    with parquet.ParquetWriter(arrow.PythonFile(file, "w"), schema, compression="zstd") as writer:
        rows: list[dict[str, Any]] = []
        entries = 0
        for row in finding_rows(report, values=values):
            rows.append(row)
            entries += len(row["entries"])
            if entries >= GROUP_ENTRIES:
                writer.write_table(arrow.Table.from_pylist(rows, schema=schema))
                yield from file.take()
                rows, entries = [], 0
        writer.write_table(arrow.Table.from_pylist(rows, schema=schema))
    yield from file.take()
