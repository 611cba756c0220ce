"""Siemens' private headers -> names and texts.

A *CSA header* lies in (0029,xx10) and (0029,xx20) of the private creator 'SIEMENS CSA HEADER', little endian: a list of
named values as text. It begins with the number of its elements, in the newer form with 'SV10' and four bytes before.
Each element is a name of 64 bytes, then multiplicity, VR, a type, the number of items and a check word; each item is
four words, one of them its length, and its text, filled up to a multiple of four bytes.

The *protocol*, in one of those values or in a private element of its own, is XProtocol, a language of tags and braces,
and inside it lines of assignments between 'ASCCONV BEGIN' and 'ASCCONV END'.
"""

from __future__ import annotations

import re
from struct import Struct

from pycore.carriers.extraction import Collector, join

_MARK = b"SV10"
_START = Struct("<LL")
_ELEMENT = Struct("<64sl4slll")
_ITEM = Struct("<llll")
_MAX_ELEMENTS = 1000
_MAX_ITEMS = 4096
_CHECK_WORDS = (77, 205)

_PROTOCOL_MARKS = (b"<XProtocol>", b"### ASCCONV BEGIN", b"<EDR>", b"### ASCCONV")
_PROTOCOL_HEAD = 64 * 1024
"""How far into a value a mark of the protocol is searched for."""

_PARAMETER = re.compile(r'<[\w ]{1,40}\."([^"<>\n]{0,120})">\s{0,40}\{([^{}]{0,20000})\}')
_ASSIGNMENT = re.compile(r"^[ \t]*([\w.\[\]]{1,200})[ \t]*=[ \t]*(.*)$", re.MULTILINE)
_TAG = re.compile(r"<[^<>\n]{0,200}>")
_QUOTED = re.compile(r'"{1,2}([^"\n]*)"{1,2}')
_NUMBER = re.compile(r"[-+]?(?:0x[0-9A-Fa-f]+|\d+(?:\.\d*)?(?:[eE][-+]?\d+)?)")
_LONG_INTEGER = re.compile(r"\d{6,}")


def is_csa_header(data: bytes) -> bool:
    """Whether the bytes begin like a CSA header, of the newer form or of the older one."""
    return _find_form(data) is not None


def is_protocol(data: bytes) -> bool:
    """Whether the bytes are, or soon hold, a measurement protocol as text."""
    head = data[:_PROTOCOL_HEAD]
    return head.lstrip(b"\0 \r\n\t").startswith(b"<XProtocol>") or b"### ASCCONV BEGIN" in head


def read_csa_header(data: bytes, place: str, collector: Collector) -> None:
    """Give each value of a CSA header under the name of its element."""
    form = _find_form(data)
    if form is None:
        return
    newer, at = form
    count, _ = _START.unpack_from(data, at)
    at += _START.size
    first_items = 0
    for index in range(count):
        if at + _ELEMENT.size > len(data):
            collector.tell(place, f"element {index} of {count} is cut off")
            return
        raw_name, _, _, _, items, check = _ELEMENT.unpack_from(data, at)
        at += _ELEMENT.size
        if not 0 <= items <= _MAX_ITEMS or (check not in _CHECK_WORDS and newer):
            collector.tell(place, f"element {index} of {count} is damaged: what follows was not read")
            return
        if not index:
            first_items = items
        name = _to_text(raw_name)
        values = []
        for _ in range(items):
            if at + _ITEM.size > len(data):
                collector.tell(place, f"{name or index} is cut off")
                return
            words = _ITEM.unpack_from(data, at)
            at += _ITEM.size
            # The older form adds the number of the first element's items to every length.
            length = words[1] if newer else words[0] - first_items
            if length < 0 or at + length > len(data):
                if not newer:
                    break
                collector.tell(place, f"{name or index} states {length} bytes, and {len(data) - at} are left")
                return
            if length:
                value = data[at : at + length]
                if b"ASCCONV BEGIN" in value or b"<XProtocol>" in value[:4096]:
                    read_protocol(value, join(place, name), collector)
                else:
                    values.append(_to_text(value))
            at += length + -length % 4
        if values:
            collector.add(join(place, name), "\\".join(values).strip("\\"))


def read_protocol(data: bytes, place: str, collector: Collector) -> None:
    """Give the quoted texts and the long whole numbers of a protocol under their names, and lines of no known form."""
    text = _decode(data)
    for found in _PARAMETER.finditer(text):
        _add_values(found[1] or "parameter", found[2], place, collector)
    text = _PARAMETER.sub("", text)
    for found in _ASSIGNMENT.finditer(text):
        _add_values(found[1], found[2], place, collector)
    text = _TAG.sub(" ", _ASSIGNMENT.sub("", text))
    # What is left is braces and single values of nested tags.
    for found in _QUOTED.finditer(text):
        collector.add(place, found[1])
    rest = (line.strip(" \t\r{}\0") for line in _QUOTED.sub(" ", text).split("\n"))
    lines = [line for line in rest if line and not _NUMBER.fullmatch(line) and "ASCCONV" not in line]
    collector.add_free(place, "\n".join(lines))


def _add_values(name: str, value: str, place: str, collector: Collector) -> None:
    quoted = _QUOTED.findall(value)
    for text in quoted:
        collector.add(join(place, name), text)
    rest = _TAG.sub(" ", _QUOTED.sub(" ", value) if quoted else value)
    if "#" in rest:
        comment = rest.partition("#")[2]
        rest = rest.partition("#")[0]
        collector.add(join(place, name), comment)
    for number in _LONG_INTEGER.findall(rest):
        if "." not in rest:
            collector.add(join(place, name), number)
    words = rest.strip()
    if words and not quoted and not all(_NUMBER.fullmatch(word) for word in words.split()):
        collector.add(join(place, name), words)


def _find_form(data: bytes) -> tuple[bool, int] | None:
    """Return whether a CSA header is of the newer form, and where the number of its elements is."""
    if data.startswith(_MARK):
        return (True, 8) if len(data) >= 16 else None
    if len(data) < _START.size + _ELEMENT.size:
        return None
    count, check = _START.unpack_from(data)
    if not 0 < count <= _MAX_ELEMENTS or check not in _CHECK_WORDS:
        return None
    name = data[8:72].partition(b"\0")[0]
    return (False, 0) if name.isalnum() and name.isascii() else None


def _to_text(field: bytes) -> str:
    return _decode(field.partition(b"\0")[0])


def _decode(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")
