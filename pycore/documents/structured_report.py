"""Structured reports and key object selections -> a readable document (PS3.3 §C.17.3, §C.17.6).

The content tree is walked without recursion, each content item once: references to other items by their position
(§C.17.3.2.5) are said and not followed, so that none can lead in a circle.
"""

from __future__ import annotations

from pycore.documents.blocks import (
    MAX_CHARACTERS,
    MAX_ROWS,
    Block,
    Heading,
    Paragraph,
    Run,
    Runs,
    Tree,
    TreeRow,
    fields,
    plain,
    rest,
    table,
)
from pycore.documents.data_set import DataSet
from pycore.documents.references import channel_words, instance_runs

MAX_ITEMS = 200_000
"""Content items that are walked, so that those that are not shown are counted."""
MAX_POINTS = 12
"""Coordinates of a region that are written out."""

_RELATIONSHIPS = {
    "CONTAINS": "",
    "HAS OBS CONTEXT": "context: ",
    "HAS ACQ CONTEXT": "acquisition: ",
    "HAS CONCEPT MOD": "modifier: ",
    "HAS PROPERTIES": "property: ",
    "INFERRED FROM": "inferred from: ",
    "SELECTED FROM": "selected from: ",
}
"""Relationship types (PS3.3 §C.17.3.2.4) in words; one that is not here is said as it is."""


def report_title(data_set: DataSet) -> Run:
    """Return the concept name of the root, which is the title of the report (PS3.3 §C.17.3.2)."""
    return data_set.item("ConceptNameCodeSequence").run("CodeMeaning")


def read_report(data_set: DataSet) -> tuple[Block, ...]:
    """Return who made and verified the report, its content, and which objects it is based on."""
    if "ContentSequence" not in data_set and "ConceptNameCodeSequence" not in data_set:
        return ()
    state = fields(
        [
            ("Completion", data_set.runs("CompletionFlag", "CompletionFlagDescription")),
            ("Verification", data_set.runs("VerificationFlag")),
            *(("Verified by", _verifier(item)) for item in data_set.items("VerifyingObserverSequence")),
            *(("Author", _observer(item)) for item in data_set.items("AuthorObserverSequence")),
            *(("Participant", _observer(item)) for item in data_set.items("ParticipantSequence")),
            ("Template", data_set.item("ContentTemplateSequence").runs("MappingResource", "TemplateIdentifier")),
        ]
    )
    return (*state, *_content(data_set), *_evidence(data_set))


def _verifier(item: DataSet) -> Runs:
    return item.runs("VerifyingObserverName", "VerifyingOrganization", "VerificationDateTime")


def _observer(item: DataSet) -> Runs:
    return item.runs("PersonName", "InstitutionName", "StationName", "ManufacturerModelName")


def _content(root: DataSet) -> tuple[Block, ...]:
    rows: list[TreeRow] = []
    count = 0
    # Depth, content item, what it is shown by, last first; a stack, since nesting may be deeper than Python's.
    waiting = [(0, item) for item in reversed(root.items("ContentSequence"))]
    while waiting and count < MAX_ITEMS:
        depth, item = waiting.pop()
        count += 1
        if len(rows) < MAX_ROWS:
            rows.append(TreeRow(depth, _item_runs(item, root), item.text("ValueType") == "CONTAINER"))
        waiting.extend((depth + 1, inner) for inner in reversed(item.items("ContentSequence")))
    if not rows:
        return (Paragraph(plain("The report has no content items: (0040,A730) Content Sequence is empty."), "warning"),)
    more = rest(count, "content items" if not waiting else "content items, and more,")
    return (Tree(tuple(rows)), *more)


def _item_runs(item: DataSet, root: DataSet) -> Runs:
    relationship = item.text("RelationshipType")
    words = _RELATIONSHIPS.get(relationship, f"{relationship.lower()}: ")
    before = (Run(words, False, "quiet"),) if words else ()
    if "ReferencedContentItemIdentifier" in item:
        return (*before, *_by_reference(item, root))
    value_type = item.text("ValueType")
    name = tuple(run if run.style else run._replace(style="strong") for run in item.code("ConceptNameCodeSequence"))
    value = tuple(run for run in _value(item, value_type) if run.text)
    if value_type == "CONTAINER":
        return (*before, *(name or (Run("(no title)", False, "quiet"),)))
    if not name:
        return (*before, *(value or (Run(f"({value_type or 'no value type'}, empty)", False, "quiet"),)))
    return (*before, *name, Run(": "), *(value or (Run("(empty)", False, "quiet"),)))


def _value(item: DataSet, value_type: str) -> Runs:
    """Return a content item's value by its type (PS3.3 Table C.17.3-7)."""
    match value_type:
        case "TEXT":
            return (item.run("TextValue"),)
        case "CODE":
            return item.code("ConceptCodeSequence")
        case "NUM":
            return _number(item)
        case "PNAME":
            return (item.run("PersonName"),)
        case "DATE":
            return (item.run("Date"),)
        case "TIME":
            return (item.run("Time"),)
        case "DATETIME":
            return (item.run("DateTime"),)
        case "UIDREF":
            return (item.run("UID"),)
        case "IMAGE" | "COMPOSITE" | "WAVEFORM":
            return _references(item)
        case "SCOORD" | "SCOORD3D":
            return _region(item)
        case "TCOORD":
            return _times(item)
        case "TABLE":
            shape = [item.text("NumberOfTableRows"), item.text("NumberOfTableColumns")]
            return plain(f"table of {' × '.join(shape)} cells, which are among the Elements") if all(shape) else ()
        case "CONTAINER":
            return ()
    # Not a type of the Standard: whatever value is there is shown.
    for keyword in ("TextValue", "PersonName", "DateTime", "Date", "Time", "UID"):
        if keyword in item:
            return (item.run(keyword),)
    return item.code("ConceptCodeSequence") or _number(item)


def _number(item: DataSet) -> Runs:
    runs: Runs = ()
    for measured in item.items("MeasuredValueSequence"):
        unit = measured.item("MeasurementUnitsCodeSequence")
        code, meaning = unit.text("CodeValue"), unit.text("CodeMeaning")
        runs += ((Run("; "),) if runs else ()) + (measured.run("NumericValue"),)
        if code != "1":  # UCUM's code for a number without a unit
            runs += (Run(f" {meaning or code}"), *((Run(f" ({code})", False, "code"),) if meaning and code else ()))
    qualifier = item.code("NumericValueQualifierCodeSequence")
    return (*runs, Run(" "), *qualifier) if qualifier else runs


def _references(item: DataSet) -> Runs:
    runs: Runs = ()
    for reference in item.items("ReferencedSOPSequence"):
        runs += ((Run("; "),) if runs else ()) + instance_runs(reference)
        if channels := channel_words(reference):
            runs += (Run(f", {channels}", False, "quiet"),)
        for shown_by in reference.items("ReferencedSOPSequence"):
            runs += (Run(", shown by ", False, "quiet"), *instance_runs(shown_by))
    return runs


def _region(item: DataSet) -> Runs:
    numbers = item.numbers("GraphicData")
    size = 3 if item.text("ValueType") == "SCOORD3D" else 2
    points = [numbers[at : at + size] for at in range(0, len(numbers) - size + 1, size)]
    written = ", ".join(f"({', '.join(f'{one:g}' for one in point)})" for point in points[:MAX_POINTS])
    more = f", … {len(points):,} points" if len(points) > MAX_POINTS else ""
    kind = item.text("GraphicType").lower() or "region"
    return (Run(kind), Run(f" {written}{more}", False, "quiet"))


def _times(item: DataSet) -> Runs:
    kind = Run(item.text("TemporalRangeType").lower() or "time")
    if positions := item.text("ReferencedSamplePositions"):
        return (kind, Run(f" samples {_listed(positions)}"))
    if offsets := item.text("ReferencedTimeOffsets"):
        return (kind, Run(f" {_listed(offsets)} s"))
    return (kind, Run(" "), item.run("ReferencedDateTime"))


def _listed(values: str) -> str:
    return values.replace("\\", ", ")[:MAX_CHARACTERS]


def _by_reference(item: DataSet, root: DataSet) -> Runs:
    """Say which other content item is meant: positions count from 1, the first is the root (PS3.3 §C.17.3.2.5)."""
    positions = [int(one) for one in item.numbers("ReferencedContentItemIdentifier")]
    place = ".".join(map(str, positions)) or "?"
    target: DataSet | None = root
    for position in positions[1:]:
        inside = target.items("ContentSequence") if target else []
        target = inside[position - 1] if 0 < position <= len(inside) else None
    if target is None or not positions:
        return (Run("see item "), Run(place, False, "code"), Run(", which does not exist", False, "warning"))
    return (Run("see "), *target.code("ConceptNameCodeSequence"), Run(f" at {place}", False, "quiet"))


def _evidence(data_set: DataSet) -> tuple[Block, ...]:
    """Return the objects that the report says it is based on (PS3.3 §C.17.2.3)."""
    found: tuple[Block, ...] = ()
    for keyword, title in (
        ("CurrentRequestedProcedureEvidenceSequence", "Objects it is based on"),
        ("PertinentOtherEvidenceSequence", "Other objects that belong to it"),
        ("PredecessorDocumentsSequence", "Documents before it"),
        ("IdenticalDocumentsSequence", "The same document elsewhere"),
    ):
        rows = [
            (instance_runs(reference),)
            for study in data_set.items(keyword)
            for series in study.items("ReferencedSeriesSequence")
            for reference in series.items("ReferencedSOPSequence")
        ]
        if rows:
            found += (Heading(plain(f"{title}: {len(rows):,}")), *table(("Object",), rows, "objects"))
    return found
