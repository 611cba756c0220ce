"""PDF -> the text of its pages, what annotations, form fields and metadata say, and the files attached to it.

pypdf reads the document; it is loaded when the first PDF is met. It bounds the work of one stream or one page by its
own settings, and the number of drawing operations over all pages is counted here.
"""

from __future__ import annotations

import io
import logging
import re
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from pycore.carriers.extraction import MIB, Collector, Limits, join
from pycore.carriers.markup import read_xml

if TYPE_CHECKING:
    from pypdf import PageObject, PdfReader

MAX_OPERATIONS = 400_000
_MAX_STREAM_BYTES = 8 * MIB
_MAX_SEARCHED_BYTES = 128 * MIB
"""Of a document, over all searches for objects that are not where it says: a second of work, and two searches of the
largest document that is read."""
_LEAST_SEARCHED_BYTES = MIB // 8
"""A search of a small document takes as long as one of so many bytes."""
_MAX_ANNOTATIONS = 500
_MAX_ATTACHMENTS = 50
_ANNOTATION_KEYS = ("/Contents", "/T", "/V", "/TU", "/Subj", "/RC")


class _EnoughError(BaseException):
    """The work allowed for a document is used up. Not an `Exception`: pypdf goes on after those."""


class _Searched(io.BytesIO):
    """A document in which pypdf may look for objects that are not where they should be, from end to end, some times."""

    _left = _MAX_SEARCHED_BYTES

    def getbuffer(self) -> memoryview:
        buffer = super().getbuffer()
        self._left -= max(len(buffer), _LEAST_SEARCHED_BYTES)
        if self._left < 0:
            buffer.release()
            raise _EnoughError
        return buffer


Inner = Callable[[bytes, str], object]
"""Takes apart the bytes of something inside, at a place."""


def read_pdf(data: bytes, place: str, collector: Collector, inner: Inner) -> None:
    """Give what a PDF says; what pypdf cannot read becomes a problem."""
    where = join(place, "PDF")
    errors = _errors()
    reader = _Reader(where, collector, errors)
    with _listening(where, collector), _bounded():
        try:
            document = _open(data)
        except errors:
            collector.tell(where, "it is damaged and cannot be read")
            return
        if document is None:
            collector.tell(where, "it is encrypted and was not read")
            return
        reader.attempt("its metadata is damaged", lambda: reader.read_metadata(document))
        reader.attempt("its pages cannot be read", lambda: reader.read_pages(document))
        reader.attempt("its attached files cannot be read", lambda: reader.read_attachments(document, inner))


def count_pages(data: bytes) -> int | None:
    """Return how many pages a PDF has; None where that cannot be told."""
    with _listening("", Collector(Limits(), ())), _bounded():
        try:
            document = _open(data)
            return None if document is None else len(document.pages)
        except _errors():
            return None


def _open(data: bytes) -> PdfReader | None:
    """Open a document; None if it is encrypted."""
    import pypdf  # not above: it takes half a second in the browser, and most archives hold no PDF
    from pypdf.errors import DependencyError

    try:
        document = pypdf.PdfReader(_Searched(data), xref_stream_maximum_entries=500_000)
        return None if document.is_encrypted and not document.decrypt("") else document
    except DependencyError:
        return None


def _errors() -> tuple[type[BaseException], ...]:
    """Return what reading a damaged document raises.

    Besides its own errors, pypdf lets through what Python raises where a document has an object of another type than
    expected, or refers to itself.
    """
    from pypdf.errors import DependencyError, PyPdfError

    return (
        _EnoughError,
        PyPdfError,
        DependencyError,
        NotImplementedError,
        ArithmeticError,
        AssertionError,
        AttributeError,
        LookupError,
        RecursionError,
        TypeError,
        ValueError,
        OSError,
        EOFError,
        struct.error,
        zlib.error,
    )


@contextmanager
def _bounded() -> Iterator[None]:
    """Hold pypdf's work on one stream and one page within bounds."""
    import pypdf

    with pypdf.apply_configuration(
        zlib_maximum_output_length=_MAX_STREAM_BYTES,
        lzw_maximum_output_length=_MAX_STREAM_BYTES,
        run_length_maximum_output_length=_MAX_STREAM_BYTES,
        array_based_stream_maximum_output_length=_MAX_STREAM_BYTES,
        stream_decoding_work_maximum_length=4 * _MAX_STREAM_BYTES,
        stream_parsing_work_maximum_count=MAX_OPERATIONS,
        xform_maximum_invocations_per_extraction=1000,
        page_tree_maximum_entries=20_000,
        jbig2dec_binary=None,
    ):
        yield


class _Warnings(logging.Handler):
    """Hears what pypdf has left out; it goes on without an error."""

    def __init__(self, place: str, collector: Collector) -> None:
        super().__init__(logging.WARNING)
        self._place = place
        self._collector = collector

    def emit(self, record: logging.LogRecord) -> None:
        # The message without its arguments, which may quote the document.
        if _LOSS.search(record.msg):
            self._collector.tell(self._place, "parts of it are damaged or too complex: not all its text was read")


_LOSS = re.compile(
    r"Exceeded|Impossible|might|may be missing|not found|not defined|Invalid stream|can ?not be read|are not a|required"
)


@contextmanager
def _listening(place: str, collector: Collector) -> Iterator[None]:
    """Hear pypdf's warnings, and keep them from standard error."""
    logger = logging.getLogger("pypdf")
    handler = _Warnings(place, collector)
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)


class _Reader:
    """Reads one document."""

    def __init__(self, place: str, collector: Collector, errors: tuple[type[BaseException], ...]) -> None:
        self._place = place
        self._collector = collector
        self._errors = errors
        self._operations = MAX_OPERATIONS

    def attempt(self, problem: str, action: Callable[[], None]) -> None:
        """Do something; where the document is damaged, tell the problem."""
        try:
            action()
        except self._errors:
            self._collector.tell(self._place, problem)

    def read_metadata(self, document: PdfReader) -> None:
        """Give the information dictionary and the XMP packet."""
        for key, value in (document.metadata or {}).items():
            if isinstance(value, str):
                self._collector.add(f"{self._place} {str(key).lstrip('/')}", value)
        packet = _get(document.trailer["/Root"], "/Metadata")
        if packet is not None:
            read_xml(packet.get_data(), self._place, self._collector, "XMP")

    def read_pages(self, document: PdfReader) -> None:
        """Give the text of each page and of its annotations."""
        silent = []
        number = 0
        for number, page in enumerate(islice(document.pages, self._collector.limits.pages), 1):
            if self._collector.is_full:
                return
            try:
                text = page.extract_text(visitor_operand_before=self._count)
            except _EnoughError:
                self._collector.tell(
                    self._place, f"it is too complex or too damaged: the text from page {number} on was not read"
                )
                return
            except self._errors:
                self._collector.tell(f"{self._place} text page {number}", "the page cannot be read")
                continue
            if not any(map(str.isalnum, text)):
                silent.append(number)
            self._collector.add_free(f"{self._place} text page {number}", text)
            self.attempt(f"the annotations of page {number} cannot be read", partial(self._notes, page, number))
        total = len(document.pages)
        if silent:
            shown = ", ".join(map(str, silent[:20])) + (", …" if len(silent) > 20 else "")
            self._collector.tell(self._place, f"page {shown} has no text: look at it")
        if total > number:
            self._collector.tell(self._place, f"it has {total} pages: only the first {number} were read")

    def _count(self, *_: object) -> None:
        self._operations -= 1
        if self._operations < 0:
            raise _EnoughError

    def _notes(self, page: PageObject, number: int) -> None:
        for note in islice(_get(page, "/Annots") or (), _MAX_ANNOTATIONS):
            note = note.get_object()
            for key in _ANNOTATION_KEYS:
                value = _get(note, key)
                if isinstance(value, str):
                    self._collector.add_free(f"{self._place} annotation page {number}", value)
            action = _get(note, "/A")
            uri = None if action is None else _get(action, "/URI")
            if isinstance(uri, (str, bytes)):
                text = uri if isinstance(uri, str) else uri.decode("latin-1")
                self._collector.add(f"{self._place} link page {number}", text)

    def read_attachments(self, document: PdfReader, inner: Inner) -> None:
        """Take apart the files that are attached to the document."""
        for attachment in islice(_attachments(document), _MAX_ATTACHMENTS):
            name = str(attachment.name or "attachment")
            self._collector.add(f"{self._place} attachment name", name)
            content = attachment.content
            self._collector.bytes_left -= len(content)
            inner(content, f"{self._place} attachment {name}")


def _attachments(document: PdfReader) -> Iterator[Any]:
    yield from document.attachment_list


def _get(holder: Any, key: str) -> Any:
    """Return what a dictionary of the document holds, references followed; None if it has no such key."""
    value = holder.get_object().get(key)
    return None if value is None else value.get_object()
