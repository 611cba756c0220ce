"""`Report` -> Parquet: the findings as a table, one a row; what else the report says is in the schema's metadata.

For those who put many reports together. Needs the extra `cluster`, as its Parquet is that of Apache Arrow.
"""

from __future__ import annotations

import importlib.util
import io
import json

from pycore.errors import missing_extra
from pycore.review import Report
from pycore.to_json import SCHEMA, to_json

METADATA = "dicom-zip-inspector"
"""The key of the schema's metadata with the report as JSON, without its findings."""


def to_parquet(report: Report, *, values: bool) -> bytes:
    """Return the file's bytes; the same report gives the same bytes with the same version of Arrow.

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

    document = json.loads(to_json(report, values=values))
    assert document["schema"] == SCHEMA  # whose members are the columns
    findings = document.pop("findings")
    names = ("where", "path", "tag", "keyword", "vr", "private_creator", "rule", "clause", "action", "severity")
    schema = arrow.schema(
        [
            ("entries", arrow.list_(arrow.string())),
            *((name, arrow.string()) for name in names),
            ("count", arrow.int64()),
            ("excerpt", arrow.string()),
        ],
        metadata={METADATA: json.dumps(document, ensure_ascii=False)},
    )
    for finding in findings:
        if "entry" in finding:
            finding["entries"] = [finding.pop("entry")]
    file = io.BytesIO()
    parquet.write_table(arrow.Table.from_pylist(findings, schema=schema), file, compression="zstd")
    return file.getvalue()
