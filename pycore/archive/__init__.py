"""Files -> entries, every one accounted for, and their bytes (APPNOTE §4.3); knows nothing of DICOM.

In go the files that the user chose, as random-access `Source`s. Whether one is a zip or a tar is decided by its
content. Out come `Entry`s in directory order, and seekable files that inflate as far as they are read. The modules, in
reading order:

- `sources`    random access to what was chosen
- `ciphers`    what AES needs, from wherever it is to be had
- `headers`    the headers of a zip as values
- `directory`  the end of a zip -> the rows of its central directory
- `salvage`    bytes that no directory accounts for -> the entries that their local headers still give
- `aes`        an entry encrypted with AES -> a source of what was encrypted
- `inflate`    where an entry's bytes lie -> a file
- `entries`    the lines of the ledger
- `zips`       a zip -> what it holds
- `tars`       a tar, or what is in gzip -> what it holds
- `archive`    all sources as one

Every byte of a zip belongs to at most one entry, so that no zip, however made, is read more often than once. Left to
others: what an entry is.
"""

from pycore.archive.archive import (
    BATCH_ENTRIES,
    HEAD_BYTES,
    Archive,
    Opened,
    join_sources,
    open_archive,
    open_source,
    require_readable,
)
from pycore.archive.entries import Batch, Contents, Entry, Found, Kind, Ledger, Range
from pycore.archive.headers import LOCKED_REASONS, Header
from pycore.archive.inflate import EntryFile
from pycore.archive.passwords import to_passwords
from pycore.archive.sources import FileSource, HeldSource, Source, UnreadableSource

__all__ = [
    "BATCH_ENTRIES",
    "HEAD_BYTES",
    "LOCKED_REASONS",
    "Archive",
    "Batch",
    "Contents",
    "Entry",
    "EntryFile",
    "FileSource",
    "Found",
    "Header",
    "HeldSource",
    "Kind",
    "Ledger",
    "Opened",
    "Range",
    "Source",
    "UnreadableSource",
    "join_sources",
    "open_archive",
    "open_source",
    "require_readable",
    "to_passwords",
]
