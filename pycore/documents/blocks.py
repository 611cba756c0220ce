"""What a document is made of, as neutral values: a shell draws them without knowing DICOM.

`to_plain` turns them into what crosses to the page: members that say nothing are left out, samples go beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

MAX_ROWS = 5_000
"""Of one tree or table; what follows is counted and said."""
MAX_CHARACTERS = 20_000
"""Of one text."""


class Run(NamedTuple):
    """A piece of text in one style."""

    text: str
    identifying: bool = False
    """Whether it is masked where identifiers are hidden."""
    style: str = ""
    """'strong', 'quiet' (beside what matters), 'code' (a code, small), 'warning', or ''."""
    reference: str = ""
    """The instance that it leads to, if the archive holds it: a key that the reviewing worker resolves."""
    frame: int = 0
    """Of that instance, from 0."""
    color: str = ""
    """A swatch before the text: '#rrggbb'."""


Runs = tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """The title of what follows; level 2 is below the document's own."""

    runs: Runs
    level: int = 2


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Prose; line breaks count."""

    runs: Runs
    tone: str = ""
    """'note' for what is said about the document, 'warning' for what could not be read, or ''."""


@dataclass(frozen=True, slots=True)
class Fields:
    """Names and values."""

    rows: tuple[tuple[str, Runs], ...]


class TreeRow(NamedTuple):
    """One node; it lies inside of the last row before it that has a lower depth."""

    depth: int
    runs: Runs
    is_section: bool = False
    """Whether it is the title of those inside of it."""


@dataclass(frozen=True, slots=True)
class Tree:
    """Nested content, in the order of reading."""

    rows: tuple[TreeRow, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Runs, ...], ...]


class Channel(NamedTuple):
    """One line of a plot over time."""

    label: Run
    unit: str
    low: float
    """The lowest value."""
    high: float
    """The highest value."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Plot:
    """Channels over a common time, one under the other, each with the lowest and highest value of every column."""

    channels: tuple[Channel, ...]
    seconds: float
    columns: int
    """How many columns each channel has."""
    samples: int
    """How many samples of a channel these columns stand for."""
    data: bytes
    """Channels × columns × (lowest, highest), 32-bit float, little endian; NaN where there is no sample."""
    mm_per_second: float = 0.0
    """At which the plot is usually printed; 0 where there is no custom."""
    mm_per_unit: float = 0.0
    """The same for a value of 1."""
    custom: str = ""
    """The same in words: '25 mm/s, 10 mm/mV'."""


class Line(NamedTuple):
    """One line of a chart."""

    label: Run
    points: tuple[tuple[float, float], ...]
    color: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """Lines over a common axis."""

    x_label: str
    y_label: str
    lines: tuple[Line, ...]


Block = Heading | Paragraph | Fields | Tree | Table | Plot | Chart


@dataclass(frozen=True, slots=True)
class Document:
    """An object as it is read."""

    title: Run
    blocks: tuple[Block, ...]


def note(sentence: str) -> Paragraph:
    """Return a sentence about the document."""
    return Paragraph((Run(sentence),), "note")


def warning(sentence: str, *, identifying: bool = False) -> Paragraph:
    """Return a sentence about what could not be read."""
    return Paragraph((Run(sentence, identifying),), "warning")


def plain(text: str) -> Runs:
    """Return a text of ours, which identifies nobody."""
    return (Run(text),)


def fields(rows: Iterable[tuple[str, Runs]]) -> tuple[Fields, ...]:
    """Return the rows that say something, as one block; nothing where none does."""
    telling = tuple((name, runs) for name, runs in rows if any(run.text for run in runs))
    return (Fields(telling),) if telling else ()


def table(columns: Sequence[str], rows: Sequence[Sequence[Runs]], what: str) -> tuple[Block, ...]:
    """Return a table without its empty columns, at most `MAX_ROWS` of it, and a sentence on those left out.

    Parameters
    ----------
    what : str
        What a row is, many of them: 'beams'.
    """
    shown = rows[:MAX_ROWS]
    filled = [at for at in range(len(columns)) if any(run.text or run.color for row in shown for run in row[at])]
    if not filled:
        return ()
    cut = tuple(tuple(tuple(row[at]) for at in filled) for row in shown)
    return (Table(tuple(columns[at] for at in filled), cut), *rest(len(rows), what))


def rest(count: int, what: str, shown: int = MAX_ROWS) -> tuple[Block, ...]:
    """Return the sentence that says how much is not shown; nothing where all is."""
    if count <= shown:
        return ()
    return (warning(f"Only the first {shown:,} of {count:,} {what} are shown; all of them are under Elements."),)


def to_plain(document: Document) -> tuple[dict[str, Any], list[bytes]]:
    """Return a document as JSON values, and the samples of its plots in order."""
    buffers: list[bytes] = []
    blocks = [_block(block, buffers) for block in document.blocks]
    return {"title": _run(document.title), "blocks": blocks}, buffers


def _block(block: Block, buffers: list[bytes]) -> dict[str, Any]:
    match block:
        case Heading():
            return {"kind": "heading", "level": block.level, "runs": _runs(block.runs)}
        case Paragraph():
            return {"kind": "paragraph", "tone": block.tone, "runs": _runs(block.runs)}
        case Fields():
            return {"kind": "fields", "rows": [{"name": name, "runs": _runs(runs)} for name, runs in block.rows]}
        case Tree():
            rows = [{"depth": row.depth, "section": row.is_section, "runs": _runs(row.runs)} for row in block.rows]
            return {"kind": "tree", "rows": rows}
        case Table():
            cells = [[_runs(cell) for cell in row] for row in block.rows]
            return {"kind": "table", "columns": block.columns, "rows": cells}
        case Plot():
            buffers.append(block.data)
            return {
                "kind": "plot",
                "channels": [{**channel._asdict(), "label": _run(channel.label)} for channel in block.channels],
                "seconds": block.seconds,
                "columns": block.columns,
                "samples": block.samples,
                "buffer": len(buffers) - 1,
                "mm_per_second": block.mm_per_second,
                "mm_per_unit": block.mm_per_unit,
                "custom": block.custom,
            }
        case Chart():
            lines = [{"label": _run(line.label), "points": line.points, "color": line.color} for line in block.lines]
            return {"kind": "chart", "x_label": block.x_label, "y_label": block.y_label, "lines": lines}


def _runs(runs: Runs) -> list[dict[str, Any]]:
    return [_run(run) for run in runs if run.text or run.color]


def _run(run: Run) -> dict[str, Any]:
    plain_run: dict[str, Any] = {"text": run.text}
    for name in ("identifying", "style", "reference", "frame", "color"):
        if value := getattr(run, name):
            plain_run[name] = value
    return plain_run
