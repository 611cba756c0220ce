"""Encapsulated documents -> their text, page by page, and facts of 3D models (PS3.3 §C.24)."""

from __future__ import annotations

import re
import struct

from pycore.carriers import extract
from pycore.carriers.pdf import count_pages
from pycore.documents.blocks import Block, Heading, Paragraph, Run, fields, plain, warning
from pycore.documents.data_set import DataSet
from pycore.documents.references import instance_runs

MAX_TEXTS = 400
"""Pieces of text that are shown."""

_KINDS = {
    "application/pdf": "PDF",
    "text/xml": "XML document (CDA)",
    "application/xml": "XML document (CDA)",
    "text/plain": "text",
    "model/stl": "3D model (STL)",
    "model/obj": "3D model (OBJ)",
    "model/mtl": "materials of a 3D model (MTL)",
    "application/sla": "3D model (STL)",
    "model/x.stl-binary": "3D model (STL)",
}
_STL_HEAD, _STL_TRIANGLE = 84, 50
_PAGE = re.compile(r"PDF text (page \d+)$")


def read_encapsulated(data_set: DataSet) -> tuple[Block, ...]:
    """Return what the document is and the text in it, with what could not be read."""
    if "EncapsulatedDocument" not in data_set:
        return ()
    element = data_set.element("EncapsulatedDocument")
    data = data_set.raw("EncapsulatedDocument")
    stated = data_set.integer("EncapsulatedDocumentLength")
    if stated is not None and 0 < stated < len(data):
        data = data[:stated]  # without the byte that makes the length even
    mime = data_set.text("MIMETypeOfEncapsulatedDocument").lower()
    pages = count_pages(data) if mime == "application/pdf" or data.startswith(b"%PDF") else None
    blocks: list[Block] = [
        *fields(
            [
                ("Title", (data_set.run("DocumentTitle"),)),
                ("Kind", (*plain(_KINDS.get(mime, "document")), Run(f" {mime}" if mime else "", False, "code"))),
                ("Pages", plain("" if pages is None else f"{pages:,}")),
                ("Size", plain(f"{len(data):,} bytes")),
                ("Concept", data_set.code("ConceptNameCodeSequence")),
                ("Burned In Annotation", data_set.runs("BurnedInAnnotation")),
                *_model(mime, data),
                *(("Made from", instance_runs(item)) for item in data_set.items("SourceInstanceSequence")[:20]),
            ]
        )
    ]
    if element and 0 <= len(data) < min(element.length, stated or element.length):
        blocks.append(
            warning(f"Only {len(data):,} of {element.length:,} bytes of the document are there or were read.")
        )
    extraction = extract(data, encodings=element.encodings if element else ())
    blocks.extend(warning(problem, identifying=True) for problem in extraction.problems)
    origin = ""
    for text in extraction.texts[:MAX_TEXTS]:
        if text.origin != origin:
            origin = text.origin
            page = _PAGE.search(origin)
            blocks.append(Heading((Run(page[1].capitalize() if page else origin, not page),), 3))
        blocks.append(Paragraph((Run(text.text, True),)))
    if len(extraction.texts) > MAX_TEXTS:
        left = len(extraction.texts) - MAX_TEXTS
        blocks.append(warning(f"{left:,} more pieces of text are not shown; all of them are among the Values."))
    if not extraction.texts:
        blocks.append(warning("No text was found in it. That proves nothing: its pages may be pictures."))
    return tuple(blocks)


def _model(mime: str, data: bytes) -> list[tuple[str, tuple[Run, ...]]]:
    """Return facts of a 3D model: triangles of STL, vertices and faces of OBJ, materials of MTL."""
    if "stl" in mime or "sla" in mime:
        if len(data) >= _STL_HEAD:
            (triangles,) = struct.unpack_from("<L", data, 80)
            if _STL_HEAD + triangles * _STL_TRIANGLE <= len(data):
                return [("Triangles", plain(f"{triangles:,}"))]
        facets = data.count(b"endfacet")
        return [("Triangles", plain(f"{facets:,}" if facets else "unknown: its length fits no STL"))]
    if mime == "model/obj":
        vertices, faces = (len(re.findall(rb"^%s\s" % letter, data, re.MULTILINE)) for letter in (b"v", b"f"))
        return [("Vertices", plain(f"{vertices:,}")), ("Faces", plain(f"{faces:,}"))]
    if mime == "model/mtl":
        names = re.findall(rb"^newmtl\s+(.+)$", data, re.MULTILINE)
        words = ", ".join(name.decode("utf-8", "replace").strip() for name in names[:50])
        return [("Materials", (Run(words, True),))]
    return []
