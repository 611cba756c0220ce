"""What surrounds the data elements: preamble, trailing bytes, other files, comments.

In go bytes, out come flags. The File Meta Information is made of data elements: `profile` judges it. Rules:

- `preamble`, `preamble-tiff`, `preamble-executable`: the 128 bytes before 'DICM' hold something (PS3.10 §7.1).
- `trailing-bytes`, `trailing-padding`: bytes after the data set.
- `other-file`, `empty-file`: a file that is not DICOM.
- `comment`: a comment of an archive or of an entry.
"""

from __future__ import annotations

import codecs
import re
from functools import cache

from pycore.findings import Flag, Severity
from pycore.standard import STANDARD_EDITION, file_kind_rows

_CLAUSE_PREAMBLE = "PS3.10 §7.1"
_CLAUSE_TRAILING = "PS3.10 §7.2"
_CLAUSE_OTHER_FILE = f"outside PS3.15 §E.1 ({STANDARD_EDITION}), which covers SOP Instances only"
_CLAUSE_COMMENT = "APPNOTE §4.3.16, §4.4.12"

_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")  # the latter two: BigTIFF
_EXECUTABLES = (b"MZ", b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"#!")


def check_preamble(preamble: bytes) -> tuple[Flag, ...]:
    """Judge the 128 bytes before 'DICM'; empty where there are none. Zeros are what the Standard asks for."""
    if not any(preamble):
        return ()
    if preamble.startswith(_TIFF):
        rule = "preamble-tiff"  # lawful, for files that are both; the TIFF part may hold texts of its own
    elif preamble.startswith(_EXECUTABLES):
        rule = "preamble-executable"  # a file that is both can be run as a program
    else:
        rule = "preamble"
    return (Flag(rule, _CLAUSE_PREAMBLE, "", Severity.REVIEW),)


def check_trailing(count: int, sample: bytes) -> tuple[Flag, ...]:
    """Judge the bytes after a data set.

    Parameters
    ----------
    count : int
        How many there are.
    sample : bytes
        The first of them. Padding is believed only where the sample is all of them.
    """
    if not count:
        return ()
    if len(sample) >= count and not sample.strip(b"\0\n\r \xff"):
        return (Flag("trailing-padding", _CLAUSE_TRAILING, "", Severity.INFO),)
    return (Flag("trailing-bytes", _CLAUSE_TRAILING, "", Severity.REVIEW),)


def check_other_file(sample: bytes, size: int) -> tuple[Flag, ...]:
    """Judge a file that is not DICOM: whatever it is, a person must look, unless it is empty.

    Parameters
    ----------
    sample : bytes
        The first bytes of the file.
    size : int
        Of the whole file in bytes, as far as it is known.
    """
    if not size and not sample:
        return (Flag("empty-file", _CLAUSE_OTHER_FILE, "", Severity.INFO),)
    return (Flag("other-file", _CLAUSE_OTHER_FILE, "", Severity.REVIEW),)


def check_comment(comment: bytes) -> tuple[Flag, ...]:
    """Judge the comment of an archive or of an entry."""
    return (Flag("comment", _CLAUSE_COMMENT, "", Severity.REVIEW),) if comment.strip(b"\0\t\n\r ") else ()


_SHORT_MAGIC = 4  # bytes; shorter ones occur at the beginning of ordinary text too ('BM', 'MZ')


def kind_of_file(sample: bytes) -> str:
    """Return what a file is by its first bytes: 'PDF', 'JPEG', 'CSV', 'text', …; 'empty' or 'unknown' at the ends.

    Names are not asked: they can be wrong. The kinds are `data/file-kinds.tsv` and, of text, those known below.
    """
    if not sample:
        return "empty"
    text = _decode(sample)
    for row in file_kind_rows() if _may_have_magic(sample) else ():
        if text is not None and len(row.magic) < _SHORT_MAGIC:
            continue
        if sample[row.offset : row.offset + len(row.magic)] == row.magic:
            return _kind_of_zip(sample) if row.kind == "zip" else row.kind
    return "unknown" if text is None else _kind_of_text(text)


def _may_have_magic(sample: bytes) -> bool:
    """Whether any kind is to be expected; most texts are refused at once."""
    return any(sample.startswith(magics, offset) for offset, magics in _magics())


@cache
def _magics() -> tuple[tuple[int, tuple[bytes, ...]], ...]:
    """Return the bytes by which kinds are known, by their offset."""
    offsets = dict.fromkeys(row.offset for row in file_kind_rows())
    return tuple((offset, tuple(row.magic for row in file_kind_rows() if row.offset == offset)) for offset in offsets)


def _kind_of_zip(sample: bytes) -> str:
    if b"[Content_Types].xml" in sample or b"mimetypeapplication/vnd.oasis.opendocument" in sample:
        return "Office"
    return "zip"


_BYTE_ORDER_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
"""None of these is in a text; escape and form feed may be."""
_ASCII = bytes(range(0x80))
_HIGH_SHARE = 0.3  # above this share of bytes beyond ASCII, what is not UTF-8 is not taken for text


def _decode(sample: bytes) -> str | None:
    """Return the sample as text, or None if it is none."""
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if sample.startswith(mark):
            return codecs.getincrementaldecoder(encoding)("replace").decode(sample)
    if _CONTROLS.search(sample):  # the same bytes in UTF-8 and Latin-1; what is no text has one near its beginning
        return None
    try:
        return codecs.getincrementaldecoder("utf-8")().decode(sample)  # incremental: the sample may end in a character
    except UnicodeDecodeError:
        if len(sample.translate(None, _ASCII)) > _HIGH_SHARE * len(sample):
            return None
        return sample.decode("latin-1")


def _kind_of_text(text: str) -> str:
    start = text.lstrip()
    lower = start[:64].lower()
    if lower.startswith(("<!doctype html", "<html")):
        return "HTML"
    if lower.startswith("<?xml") or re.match(r"<[a-z_][\w:.-]*[\s/>]", lower):
        return "XML"
    if re.match(r"\{\s*[\"}]|\[\s*[\"{\[\d\-tfn\]]", start):
        return "JSON"
    if re.match(r"(?:MSH|FHS|BHS)[|^~\\&#$]{2}", start):
        return "HL7"
    return "CSV" if _is_table(start) and not _DUMPED.match(start) else "text"


_DUMPED = re.compile(r"\([0-9A-Fa-f]{4},[0-9A-Fa-f]{4}\)")
"""A line of a dump of DICOM: the commas in its tags make no table."""


def _is_table(text: str) -> bool:
    """Return whether every whole line has as many commas, semicolons or tabs as the first one, and there are two."""
    lines = [line for line in text.split("\n")[:20] if line.strip()]
    if len(lines) > 2:
        lines = lines[:-1]  # the last one may be cut
    return len(lines) > 1 and any(
        lines[0].count(mark) and len({line.count(mark) for line in lines}) == 1 for mark in ",;\t"
    )
