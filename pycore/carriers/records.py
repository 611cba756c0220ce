"""Text, CSV, JSON and HL7 v2 messages -> texts, each under the name of its field."""

from __future__ import annotations

import codecs
import csv
import json
import re
from itertools import accumulate
from typing import Any

from pycore.carriers.extraction import Collector, join
from pycore.standard import hl7_field_names

MAX_NESTING = 200
"""How deep JSON may be nested to be read as such."""

_BYTE_ORDER_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_STEPS = bytes(1 if byte in b"[{" else 255 for byte in range(256))
_NOT_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")


def decode_text(data: bytes, encodings: tuple[str, ...] = ()) -> str:
    """Return bytes as text: by byte order mark, as UTF-8, in the data set's character sets, else as Latin-1."""
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    for encoding in ("utf-8", *encodings):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


def read_text(data: bytes, place: str, collector: Collector) -> None:
    """Give plain text."""
    collector.add_free(join(place, "text"), decode_text(data, collector.encodings), name_lines=True)


def read_csv(data: bytes, place: str, collector: Collector) -> None:
    """Give each cell of a table under the heading of its column; a table that is none as plain text."""
    text = decode_text(data, collector.encodings).lstrip("\ufeff")
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    place = join(place, "CSV")
    try:
        heading: list[str] = []
        for row in csv.reader(text.splitlines(keepends=True), delimiter=delimiter):
            if collector.is_full:
                return
            if not heading:
                heading = [cell.strip() for cell in row]
                collector.add_free(f"{place} heading", " ".join(heading))
                continue
            for column, cell in enumerate(row):
                name = heading[column] if column < len(heading) else ""
                collector.add(f"{place} {name or f'column {column + 1}'}", cell)
    except csv.Error:  # a cell larger than the module takes, or a NUL: not a table that anyone made
        collector.add_free(place, text, name_lines=True)


def read_json(data: bytes, place: str, collector: Collector) -> None:
    """Give each text and long number under the path to it, of one document or one a line; what is no JSON as text."""
    text = decode_text(data, collector.encodings)
    place = join(place, "JSON")
    brackets = data.translate(None, _NOT_BRACKETS).translate(_STEPS)
    # Brackets in texts count as well: this asks for too little depth, never for too much.
    depth = max(accumulate((1 if step == 1 else -1 for step in brackets), initial=0))
    if depth > MAX_NESTING:
        collector.tell(place, f"it is nested more than {MAX_NESTING} deep and was read as plain text")
        collector.add_free(place, text)
        return
    try:
        documents = [json.loads(text)]
    except ValueError:
        try:
            documents = [json.loads(line) for line in text.splitlines() if line.strip()]
        except ValueError:  # comments, a cut: its words are still there
            collector.add_free(place, text, name_lines=True)
            return
    for document in documents:
        _walk_json(document, place, collector)


_ORDINARY_KEY = re.compile(r"[A-Za-z_@$][A-Za-z0-9_:.$-]{0,40}|[0-9A-Fa-f]{8}")
"""The name of a field, or a tag as the DICOM JSON Model writes it."""


def _walk_json(found: Any, place: str, collector: Collector) -> None:
    stack: list[tuple[str, Any]] = [(f"{place} ", found)]
    while stack and not collector.is_full:
        path, value = stack.pop()
        if isinstance(value, dict):
            inner = f"{path}." if not path.endswith(" ") else path
            stack.extend((f"{inner}{key}"[:400], item) for key, item in reversed(value.items()))
            # Names of fields may be names of people: {"Doe^Jane": [...]}.
            for key in value:
                if not _ORDINARY_KEY.fullmatch(key):
                    collector.add(f"{place} key", key)
        elif isinstance(value, list):
            stack.extend((path, item) for item in reversed(value))
        elif isinstance(value, str):
            collector.add(path.strip(), value)
        elif isinstance(value, int) and not isinstance(value, bool):
            collector.add(path.strip(), f"{value:d}" if abs(value) < 10**60 else "")


_SEGMENT = re.compile(r"[A-Z][A-Z0-9]{2}$")
_FREE_FIELDS = frozenset({"OBX-5", "NTE-3", "TXA-23", "DSC-1", "ERR-8"})


def read_hl7(data: bytes, place: str, collector: Collector) -> None:
    """Give each field of HL7 v2 messages under segment, number and name: 'HL7 PID-5 Patient Name' (HL7 v2 ch. 2)."""
    text = decode_text(data, collector.encodings)
    names = hl7_field_names()
    separator, repetition = "|", "~"
    for line in re.split(r"[\r\n\x0b\x1c]+", text):
        if collector.is_full:
            return
        segment = line[:3]
        if segment in ("MSH", "FHS", "BHS") and len(line) > 5:
            separator, repetition = line[3], line[5]
        if not _SEGMENT.match(segment) or line[3:4] != separator:
            collector.add_free(join(place, "HL7"), line)
            continue
        # The separator itself is the first field of a header segment.
        fields = line.split(separator)
        first = 2 if segment in ("MSH", "FHS", "BHS") else 1
        for number, field in enumerate(fields[1:], first):
            if number == 2 and first == 2:
                continue
            key = f"{segment}-{number}"
            where = join(place, f"HL7 {key} {names[key]}" if key in names else f"HL7 {key}")
            for value in field.split(repetition) if key not in _FREE_FIELDS else [field]:
                if key in _FREE_FIELDS:
                    collector.add_free(where, value)
                else:
                    collector.add(where, value)


_RTF_TOKEN = re.compile(
    r"\\'([0-9a-fA-F]{2})|\\u(-?\d{1,5})[ ?]?|\\(par|line|tab|cell|row|page)(?![a-z])[ ]?"
    r"|\\[a-zA-Z]+-?\d*[ ]?|\\[^a-zA-Z]"
)


def read_rtf(data: bytes, place: str, collector: Collector) -> None:
    """Give the text of a Rich Text file, that of all its groups, without the control words."""

    def replace(found: re.Match[str]) -> str:
        if found[1]:
            return bytes.fromhex(found[1]).decode("cp1252", "replace")
        if found[2]:
            return chr(int(found[2]) & 0xFFFF)
        return "\n" if found[3] else found[0][1:] if found[0][1:] in "{}\\" else ""

    text = _RTF_TOKEN.sub(replace, data.decode("latin-1"))
    text = _PICTURE_DIGITS.sub(" ", text.translate(_NO_BRACES))
    collector.add_free(join(place, "RTF"), text)


_NO_BRACES = str.maketrans("{}", "  ")
_PICTURE_DIGITS = re.compile(r"[0-9a-fA-F]{256,}")
