"""`Comparison` -> JSON (schema `dicom-zip-inspector/comparison@1`), text, HTML; the same gives the same bytes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from html import escape
from typing import Any

from pycore.comparison import MAX_LISTED, Comparison, ElementRow, Inconsistency, Survivor
from pycore.masking import excerpt, mask, to_line, to_visible
from pycore.review import Report, archive_name, entry_names
from pycore.to_html import begin, table

SCHEMA = "dicom-zip-inspector/comparison@1"

INCONSISTENCIES: Mapping[str, str] = {
    "id-split": "One Patient ID became several",
    "id-merged": "Several Patient IDs became one",
    "uid-split": "One UID became several, or was kept in one place and replaced in another",
    "uid-merged": "Several UIDs became one",
    "value-split": "One name or number became several, or was kept in one place and replaced in another",
    "date-shift": "Dates of one patient were moved by different numbers of days",
}
SHOWN_PATHS = 3
"""Of one inconsistency, in text and HTML."""


def to_plain(comparison: Comparison, *, values: bool) -> dict[str, Any]:
    """Return the comparison as plain values; without `values`, of names, numbers and texts only the form."""
    show = _show(values)
    before, after = comparison.before, comparison.after
    names = entry_names(before, masked=not values), entry_names(after, masked=not values)
    matching, pixels = comparison.matching, comparison.pixels
    return {
        "schema": SCHEMA,
        "tool": {"version": before.version, "standard_edition": before.standard_edition},
        "profile": {"name": before.options.profile, "options": sorted(before.options.names)},
        "before": _archive(before, values),
        "after": _archive(after, values) | {"reason": after.reason},
        "verdict": comparison.verdict,
        "reason": comparison.reason,
        "objects": {
            "matched": len(matching.pairs),
            "matched_by": {str(how): count for how, count in comparison.matched_by.items()},
            "only_before": len(matching.only_before),
            "only_after": len(matching.only_after),
            "alike": len(matching.alike),
        },
        "survivors": [_survivor(one, names[1], show) for one in comparison.survivors],
        "inconsistent": dict(comparison.inconsistent),
        "inconsistencies": [_inconsistency(one, show) for one in comparison.inconsistencies],
        "pixels": None
        if pixels is None
        else {"same": pixels.same}
        | {
            fate: {"count": len(entries), "entries": [names[1][entry] for entry in entries[:MAX_LISTED]]}
            for fate, entries in asdict(pixels).items()
            if fate != "same"
        },
        "only_before": [
            {"entry": names[0][entry], "alike": entry in matching.alike} for entry in matching.only_before[:MAX_LISTED]
        ],
        "only_after": [names[1][entry] for entry in matching.only_after[:MAX_LISTED]],
        "elements": [_element(row, show) for row in comparison.elements],
    }


def to_json(comparison: Comparison, *, values: bool) -> str:
    """Write the comparison, one row of each list a line."""
    plain = to_plain(comparison, values=values)
    lines = (f"{_dump(name)}: {(_rows if isinstance(value, list) else _dump)(value)}" for name, value in plain.items())
    return "{\n" + ",\n".join(lines) + "\n}\n"


def to_text(comparison: Comparison, *, values: bool) -> str:
    """Write the comparison as lines of text; nothing in them moves the cursor of a terminal."""
    return "".join(f"{to_line(line)}\n" for line in _lines(to_plain(comparison, values=values)))


def to_html(comparison: Comparison, *, values: bool) -> str:
    """Write the comparison as a document of its own: no scripts, nothing loaded."""
    plain = to_plain(comparison, values=values)
    title = f"{plain['before']['name']} before and {plain['after']['name']} after de-identification"
    return "\n".join([*begin(to_line(title)), *_body(plain, values)]) + "\n"


COMPARISON_FORMATS: Mapping[str, Callable[..., str]] = {"json": to_json, "text": to_text, "html": to_html}


def _show(values: bool) -> Callable[[str], str]:
    return to_visible if values else mask


def _archive(report: Report, values: bool) -> dict[str, Any]:
    return {
        "name": archive_name(report, masked=not values),
        "entries": report.archive.entries,
        "dicom": report.archive.dicom,
        "unreadable": report.archive.unreadable,
        "verdict": report.verdict,
    }


def _survivor(one: Survivor, names: Sequence[str], show: Callable[[str], str]) -> dict[str, Any]:
    return {
        "rule": one.rule,
        "severity": one.severity,
        "where": one.where,
        "path": one.path,
        "name": one.name,
        "private_creator": None if one.private_creator is None else show(one.private_creator),
        "evidence": one.evidence,
        "files": len(one.entries),
        "entry": names[one.entries[0]] if one.entries else None,
        "distinct": one.distinct,
        "values": list(dict.fromkeys(show(value) for value in one.values)),
    }


def _inconsistency(one: Inconsistency, show: Callable[[str], str]) -> dict[str, Any]:
    is_days = one.rule == "date-shift"
    return {
        "rule": one.rule,
        "patient": show(one.patient),
        "old": [show(text) for text in one.old],
        "new": list(one.new) if is_days else [show(text) for text in one.new],
        "kept": bool(set(one.old) & set(one.new)),
        "paths": list(one.paths),
        "occurrences": one.occurrences,
    }


def _element(row: ElementRow, show: Callable[[str], str]) -> dict[str, Any]:
    plain = {name: value for name, value in asdict(row).items() if name != "examples"}
    plain["private_creator"] = None if row.private_creator is None else show(row.private_creator)
    plain["examples"] = [
        {
            "old": None if change.old is None else show(change.old),
            "new": None if change.new is None else show(change.new),
            "objects": change.objects,
        }
        for change in row.examples
    ]
    return plain


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _rows(values: Sequence[Any]) -> str:
    return "[\n" + ",\n".join(map(_dump, values)) + "\n]" if values else "[]"


_FATES = ("removed", "emptied", "replaced", "kept", "added")


def _fates(row: Mapping[str, Any]) -> str:
    return ", ".join(f"{row[fate]:,} {fate}" for fate in _FATES if row[fate])


def _examples(row: Mapping[str, Any]) -> str:
    def said(text: str | None) -> str:
        return "nothing" if text is None else f"“{text}”"

    changed = [one for one in row["examples"] if one["old"] != one["new"] or not row["replaced"]]
    return "; ".join(f"{said(one['old'])} → {said(one['new'])} ({one['objects']:,})" for one in changed)


def _place(row: Mapping[str, Any]) -> str:
    return f"{row['path']} {row['name']}".strip() or row["where"]


def _pixel_words(pixels: Mapping[str, Any] | None) -> str:
    if pixels is None:
        return "Pixels were not compared."
    counts = [(pixels["same"], "the same")] + [
        (pixels[fate]["count"], words)
        for fate, words in (
            ("changed", "changed"),
            ("recoded", "in another coding, so that their bytes cannot be compared"),
            ("removed", "removed"),
            ("added", "added"),
            ("unreadable", "that could not be read"),
        )
    ]
    return f"Pixels: {', '.join(f'{count:,} {words}' for count, words in counts if count) or 'there are none'}."


def _object_words(plain: Mapping[str, Any]) -> str:
    objects = plain["objects"]
    by = ", ".join(f"{count:,} by {how}" for how, count in objects["matched_by"].items())
    text = f"{objects['matched']:,} objects were found on both sides{f' ({by})' if by else ''}"
    text += f"; {objects['only_before']:,} only before, {objects['only_after']:,} only after."
    if objects["alike"]:
        text += f" {objects['alike']:,} of those before are too much alike to be told apart without their pixels."
    return text


def _lines(plain: Mapping[str, Any]) -> Iterator[str]:
    yield f"before  {plain['before']['name']}  ({plain['before']['dicom']:,} DICOM)"
    yield f"after   {plain['after']['name']}  ({plain['after']['dicom']:,} DICOM)"
    yield ""
    yield f"{plain['verdict'].upper()}: {plain['reason']}"
    yield f"The file after by itself is {plain['after']['verdict'].upper()}: {plain['after']['reason']}"
    yield ""
    yield _object_words(plain)
    yield _pixel_words(plain["pixels"])
    if plain["survivors"]:
        yield ""
        yield "What survives"
    for one in plain["survivors"]:
        values = excerpt(one["values"], masked=False)
        yield f"  {one['severity']:<10} {_place(one)}  {one['files']:,} files  {one['rule']}: {values}"
    if plain["inconsistencies"]:
        yield ""
        yield "Inconsistent replacements"
    for one in plain["inconsistencies"]:
        yield f"  {INCONSISTENCIES[one['rule']]}{_of(one)}: {_became(one)}  at {', '.join(one['paths'][:SHOWN_PATHS])}"
    if any(row["lost"] for row in plain["elements"]):
        yield ""
        yield "Lost though nobody asked"
    for row in plain["elements"]:
        if row["lost"]:
            yield f"  {_place(row)}  {row['lost']:,} objects: {_examples(row)}"
    for side, entries in (("before", [one["entry"] for one in plain["only_before"]]), ("after", plain["only_after"])):
        if entries:
            yield ""
            yield f"Only {side}"
        yield from (f"  {name}" for name in entries)
    yield ""
    yield "Elements"
    for row in plain["elements"]:
        if row["kept"] != sum(row[fate] for fate in _FATES):
            yield f"  {_place(row)}  [{row['action'] or '-'}]  {_fates(row)}: {_examples(row)}"


def _of(one: Mapping[str, Any]) -> str:
    return f" ({one['patient']})" if one["patient"] else ""


def _became(one: Mapping[str, Any]) -> str:
    if one["rule"] == "date-shift":
        return f"{', '.join(one['new'])} days"
    return f"{excerpt(one['old'], masked=False)} → {excerpt(one['new'], masked=False)}"


def _body(plain: Mapping[str, Any], values: bool) -> Iterator[str]:
    verdict, after = plain["verdict"], plain["after"]
    yield f'<p class="verdict {verdict}"><strong>{verdict.upper()}</strong> {escape(plain["reason"])}</p>'
    yield f"<p>The file after by itself is {after['verdict'].upper()}: {escape(after['reason'])}</p>"
    yield f"<p>{escape(_object_words(plain))} {escape(_pixel_words(plain['pixels']))}</p>"
    options = ", ".join(plain["profile"]["options"]) or "no options"
    held = "This report shows values and therefore identifiers." if values else "Values are masked."
    yield (
        f"<p>Profile: {escape(plain['profile']['name'])} ({escape(options)}), DICOM PS3.15"
        f" {plain['tool']['standard_edition']}. DICOM Zip Inspector {plain['tool']['version']}. {held}</p>"
    )
    yield "<h2>What survives</h2>"
    yield from table(
        ("Severity", "Where", "Files", "Rule", "Values"),
        (
            (one["severity"], _place(one), f"{one['files']:,}", one["rule"], excerpt(one["values"], masked=False))
            for one in plain["survivors"]
        ),
    )
    yield "<h2>Inconsistent replacements</h2>"
    yield from table(
        ("What", "Before and after", "Where", "Times"),
        (
            (
                INCONSISTENCIES[one["rule"]] + _of(one),
                _became(one),
                ", ".join(one["paths"][:SHOWN_PATHS]),
                f"{one['occurrences']:,}",
            )
            for one in plain["inconsistencies"]
        ),
    )
    yield "<h2>Lost though nobody asked</h2>"
    yield from table(
        ("Element", "Objects", "Examples"),
        ((_place(row), f"{row['lost']:,}", _examples(row)) for row in plain["elements"] if row["lost"]),
    )
    yield "<h2>Objects without a partner</h2>"
    yield from table(
        ("Side", "Entry"),
        (
            *(("before", one["entry"]) for one in plain["only_before"]),
            *(("after", name) for name in plain["only_after"]),
        ),
    )
    yield "<h2>What became of each element</h2>"
    yield from table(
        ("Element", "VR", "Private creator", "Action", "What became of it", "Examples"),
        (
            (_place(row), row["vr"], row["private_creator"] or "", row["action"], _fates(row), _examples(row))
            for row in plain["elements"]
        ),
    )
    yield "</body></html>"
