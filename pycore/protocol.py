"""The conversation between page and worker: its table. `web/protocol.js` is its twin; a test compares the two.

Page -> worker: `{id, type, payload}`, beside it `files` or `buffers` (ArrayBuffers) where the table says so.
Worker -> page: any number of `{id, progress}` (an empty object says no more than that the worker is well; `patience`,
how many milliseconds it may now be silent), then exactly one `{id, value, buffers}` or `{id, error}`.
`payload`, `progress` and `value` are JSON; an error is `{code, message, detail}`. `boot` is answered by the worker's
JavaScript before there is a Python; everything else by `pycore.bridge`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Message:
    """One row of the table: who answers, and what goes in and out."""

    type: str
    payload: tuple[str, ...]
    """Names of the payload's fields."""
    value: tuple[str, ...]
    """Names of the value's fields."""
    takes: str = ""
    """What travels beside the payload: 'files' or 'buffers'."""
    gives: str = ""
    """What the buffers of the answer hold."""


MESSAGES: tuple[Message, ...] = (
    # Every worker: lead, readers and the picture worker.
    Message("boot", ("role",), ("python", "pydicom", "numpy", "snapshot", "milliseconds"), takes="buffers"),
    Message("probe", (), ("attempts",)),  # tries to reach the network from JavaScript and from Python
    # `side` is "before" for what is reviewed, "after" for what it is compared with.
    Message("open", ("side", "names", "passwords"), ("name", "size", "entries", "shards"), takes="files"),
    # Readers, the lead among them; progress is {done, dicom, bytes}, and {entry} before each one where `careful`.
    Message("read", ("side", "start", "stop", "careful"), ("entries",), gives="the harvest, JSON in UTF-8"),
    # Readers; by entry, 'coding:hexadecimal', '' without Pixel Data.
    Message("digest_pixels", ("side", "start", "stop"), ("digests",)),
    # The lead.
    Message("merge", ("side", "reader"), ("entries",), takes="buffers"),  # a harvest; of one reader all, in its order
    # Entries that nobody could read; `why` is the code of the failure, or 'too many'.
    Message("lose", ("side", "start", "stop", "why"), ("entries",)),
    Message("preview", ("profile", "options", "watch"), ("entries", "counts", "findings")),  # of what was merged so far
    Message("review", ("profile", "options", "watch", "marks"), ("summary",)),
    # `digests` is null, or those of 'before' and of 'after', by entry.
    Message("compare", ("watch", "digests"), ("comparison", "locked")),
    Message("comparison_report", ("format", "values"), ("text",)),
    # Reads the archive from `start` as far as `done`; `sha256` is null until all is read, and for several files.
    Message("hash", ("start",), ("done", "size", "sha256")),
    # `time`: when the report is made, as it shall say; `name`: of the file to be saved.
    Message("report", ("values", "format", "sha256", "time"), ("text", "name")),
    Message("read_marks", ("text",), ("marks", "options")),  # a file that `report` wrote as 'marks'
    # Distinct values, a part of them at a time; `kind` is one of `session.VALUE_KINDS`, `find` a text they must hold.
    # `creator`: null, or of which private creator they must be.
    Message("values", ("kind", "find", "creator", "start", "stop"), ("total", "rows")),
    Message("private", (), ("creators",)),
    Message("entries_of", ("finding",), ("entries",)),
    # Entries by the references that a document's texts carry; null where no entry holds what is referred to.
    Message("find_instances", ("references",), ("entries",)),
    Message("structures_of", ("entry",), ("structures",)),  # entries of structure sets that belong to an image
    # Any worker that has opened the files.
    Message("instance", ("entry",), ("instance",)),
    # Bytes `start` to `stop` of a value; `characters` of its whole text, `length` in bytes, `stated` unless undefined.
    Message(
        "value",
        ("entry", "path", "start", "stop"),
        ("text", "characters", "hex", "length", "stated", "damage"),
    ),
    Message("instance_text", ("entry", "format", "values"), ("text", "notes")),  # 'dump' or 'json'
    # A closer look, by the lead. `kind` is one of `instance_comparison.KINDS`; `path` without the numbers of Items.
    Message(
        "compare_instances", ("entries", "kind", "find", "start", "stop"), ("total", "rows", "counts", "instances")
    ),
    Message("varies", ("entry", "find", "start", "stop"), ("total", "rows", "instances", "elements")),
    Message("varying_values", ("entry", "path", "creator", "start", "stop"), ("total", "rows")),
    # `kind` is one of `reference.Kind`; asked before a review, too. Several topics: of each creator that uses a tag.
    Message("reference", ("kind", "find", "used", "start", "stop"), ("total", "rows")),
    Message("explain", ("kind", "code", "creator"), ("topics",)),
    # The picture worker; frames, rows and columns count from 0. `window` is null for what the file wants, a preset of
    # the description as it is, or {center, width}; `shutter`: whether the display shutter covers what it covers.
    Message("describe", ("entry",), ("description",)),
    Message(
        "picture",
        ("entry", "frame", "window", "shutter"),
        ("rows", "columns", "window"),
        gives="RGBA, rows × columns × 4 bytes",
    ),
    Message("annotations", ("entry", "frame"), ("corners", "edges", "scale")),
    Message(
        "overlays", ("entry", "frame"), ("planes", "problems"), gives="of each plane, rows × columns bytes, 0 or 1"
    ),
    Message("pixel", ("entry", "frame", "row", "column"), ("text", "stored")),
    Message("stored", ("entry", "frame"), ("shape", "dtype"), gives="stored values, C order, little endian"),
    Message("video", ("entry",), ("mime", "playable_words"), gives="the stream of a video"),
    # An object to be read instead of seen; `documents.blocks` says what blocks there are.
    Message("document", ("entry",), ("title", "blocks"), gives="samples of each plot, 32-bit float, little endian"),
    Message("contours", ("entry", "frame", "structures"), ("lines", "notes")),
    # In the background. `frames` of a thumbnail is how many the instance really has; where there is no row,
    # `reason` says why, and `whole` that it holds for all frames; a `video` is no failure.
    # `failed` are those that a step could not draw.
    Message(
        "thumbnail",
        ("entry", "frame", "size"),
        ("rows", "columns", "frames", "reason", "whole", "label", "video"),
        gives="RGBA, rows × columns × 4 bytes",
    ),
    Message("compose", ("entries",), ("run",)),
    Message("compose_step", ("run",), ("instances", "frames", "left_out", "videos", "groups", "failed", "finished")),
    Message(
        "composed",
        ("run", "group"),
        ("rows", "columns", "aspect", "frame_rows", "frame_columns", "frames"),
        gives="maximum, minimum and mean: RGBA, rows × columns × 4 bytes each",
    ),
)

TYPES: dict[str, Message] = {message.type: message for message in MESSAGES}
