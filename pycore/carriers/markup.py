"""XML, CDA and HTML -> texts, each under the path of its element or attribute.

Entity declarations are refused: a few lines of them grow to gigabytes, and no document that a reviewer meets needs
them. What is not well-formed is read as text without its tags.
"""

from __future__ import annotations

import html
import re
from typing import NoReturn, Protocol
from xml.parsers import expat

from pycore.carriers.extraction import Collector, join
from pycore.carriers.records import decode_text

MAX_DEPTH = 256
_CHUNK = 64 * 1024
_SHOWN_STEPS = 4
"""How many of the innermost elements a place names."""
_XML_STEPS = 2_000_000
"""Tags, texts and attributes after which a document is cut."""

_NAME_PARTS = frozenset({"prefix", "given", "family", "suffix", "delimiter"})
_TAG = re.compile(r"<[^<>]*>")
_TELLING_TAG = re.compile(r"<(!--[^<>]*|[^<>=]*=[^<>]*)>")
"""A comment, or a tag that may have attributes."""
_ATTRIBUTE = re.compile(r"""([A-Za-z_:][\w:.-]{0,60})\s{0,8}=\s{0,8}("[^"<>]*"|'[^'<>]*')""")
_DULL_ATTRIBUTES = frozenset(
    {"class", "style", "id", "width", "height", "rel", "type", "lang", "dir", "align", "color"}
)
_BASE64 = re.compile(r"[A-Za-z0-9+/\s]{400,}={0,2}")


class _RefusedError(Exception):
    """The document asks for what is not done; the message says what."""


class _Document:
    """Follows the parser through one document."""

    def __init__(self, name: str, place: str, collector: Collector) -> None:
        self._name = name
        self._place = place
        self._collector = collector
        self._steps: list[str] = []
        self._texts: list[list[str]] = []
        self._person: list[str] | None = None
        """Parts of a name that is being read, in CDA."""
        self._left = _XML_STEPS
        self.is_cda = False
        self.separated = ""

    def _count(self) -> None:
        self._left -= 1
        if not self._left:
            raise _RefusedError(f"it has more than {_XML_STEPS:,} parts: the rest was read without its structure")

    def _where(self, attribute: str = "") -> str:
        shown = "/".join(self._steps[-_SHOWN_STEPS:])
        name = "CDA" if self.is_cda else self._name
        return join(self._place, f"{name} {shown}{'@' + attribute if attribute else ''}")

    def start(self, name: str, attributes: list[str]) -> None:
        self._count()
        if len(self._steps) >= MAX_DEPTH:
            raise _RefusedError(f"its elements are nested more than {MAX_DEPTH} deep")
        local = name.rpartition(":")[2]
        if not self._steps and local == "ClinicalDocument":
            self.is_cda = True
        self._flush()
        if local == "DicomAttribute":  # of the Native DICOM Model (PS3.19 §A.1): its name is what it stands for
            named = dict(zip(attributes[::2], attributes[1::2], strict=True))
            local, attributes = named.get("keyword") or named.get("tag") or local, []
        self._steps.append(local)
        self._texts.append([])
        if self.is_cda and local == "name":
            self._person = []
        for key, value in zip(attributes[::2], attributes[1::2], strict=True):
            if not key.startswith("xmlns") and not key.endswith(":schemaLocation"):
                self._count()
                self._collector.add(self._where(key.rpartition(":")[2]), value)

    def text(self, text: str) -> None:
        self._count()
        if self._texts:
            self._texts[-1].append(text)

    def _flush(self) -> None:
        if self._texts and self._texts[-1]:
            text = "".join(self._texts[-1])
            self._texts[-1].clear()
            if not text.isspace():
                self._give(text)

    def _give(self, text: str) -> None:
        if self._person is not None and self._steps[-1] in _NAME_PARTS | {"name"}:
            self._person.append(text.strip())
        elif len(text) > 400 and _BASE64.fullmatch(text):
            self._collector.tell(self._where(), "it holds encoded bytes that were not decoded")
        elif (self.is_cda and len(text) > 40) or len(text) > 200:
            self._collector.add_free(self._where(), text)
        else:
            self._collector.add(self._where(), text)

    def end(self, name: str) -> None:
        self._flush()
        if self._person is not None and name.rpartition(":")[2] == "name":
            self._collector.add(self._where(), " ".join(self._person))
            self._person = None
        self._texts.pop()
        self._steps.pop()

    def comment(self, text: str) -> None:
        self._collector.add_free(join(self._place, f"{self._name} comment"), text)

    def instruction(self, target: str, data: str) -> None:
        self._collector.add(join(self._place, f"{self._name} instruction {target}"), data)


class Handler(Protocol):
    """Follows an XML document."""

    def start(self, name: str, attributes: dict[str, str]) -> None: ...

    def end(self, name: str) -> None: ...

    def text(self, text: str) -> None: ...


def parse_xml(data: bytes, handler: Handler) -> bool:
    """Lead a handler through a document; False if it is not well-formed or declares entities, from there on."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = handler.start
    parser.EndElementHandler = handler.end
    parser.CharacterDataHandler = handler.text
    parser.EntityDeclHandler = _refuse_entity
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, LookupError, ValueError, _RefusedError):
        return False
    return True


def _refuse_entity(*_: object) -> NoReturn:
    raise _RefusedError("it declares entities, which are not expanded")


def read_xml(data: bytes, place: str, collector: Collector, name: str = "XML") -> str:
    """Give the texts and attributes of an XML document; returns 'CDA' for a clinical document, else the name given."""
    document = _Document(name, place, collector)
    parser = expat.ParserCreate()
    parser.ordered_attributes = True
    parser.buffer_text = True
    parser.StartElementHandler = document.start
    parser.EndElementHandler = document.end
    parser.CharacterDataHandler = document.text
    parser.CommentHandler = document.comment
    parser.ProcessingInstructionHandler = document.instruction
    parser.EntityDeclHandler = _refuse_entity
    data = data.strip(b"\0 \t\r\n") if not data.startswith((b"\xff\xfe", b"\xfe\xff")) else data
    problem = ""
    try:
        for at in range(0, len(data), _CHUNK):
            if collector.is_full:
                break
            parser.Parse(data[at : at + _CHUNK], False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        if not collector.is_full:
            problem = f"it is not well-formed in line {error.lineno} and was read without its structure"
    except (LookupError, ValueError):  # an encoding that Python does not have, or not for XML
        problem = "its encoding is not known and it was read without its structure"
    except _RefusedError as error:
        problem = str(error)
    if problem:
        collector.tell(join(place, name), problem)
        _read_tagged(decode_text(data, collector.encodings), join(place, name), collector)
    return "CDA" if document.is_cda else name


def read_html(data: bytes, place: str, collector: Collector) -> None:
    """Give the text of a page, its comments and the attributes that may hold words."""
    _read_tagged(decode_text(data, collector.encodings), join(place, "HTML"), collector)


def _read_tagged(text: str, place: str, collector: Collector) -> None:
    for tag in _TELLING_TAG.finditer(text):
        inner = tag[1]
        if inner.startswith("!--"):
            collector.add_free(f"{place} comment", inner[3:].rstrip("-"))
        else:
            for found in _ATTRIBUTE.finditer(inner):
                if found[1].lower() not in _DULL_ATTRIBUTES:
                    collector.add(f"{place} @{found[1]}", html.unescape(found[2][1:-1]))
        if collector.is_full:
            return
    collector.add_free(place, html.unescape(_TAG.sub("\n", text)))
