"""Entry -> digest of its Pixel Data: the one question about pixels that needs no decoding.

Two digests are equal when the stored bytes are: of native Pixel Data the value, of encapsulated Pixel Data all
fragments without the offset table (PS3.5 §A.4). The coding stands before the digest, for bytes of two codings differ
though the picture may be the same. The bytes are read in pieces; memory stays flat.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from pycore.archive import Archive, Entry
from pycore.elements import PIXEL_DATA_TAGS, Element, read_instance
from pycore.errors import EntryError
from pycore.part10 import is_deflated, read_file_meta

_PIECE = 1024 * 1024
_FIRST = 64 * 1024
_ITEM, _DELIMITER = b"\xfe\xff\x00\xe0", b"\xfe\xff\xdd\xe0"
UNREADABLE = "unreadable"
"""In place of a digest: there is Pixel Data, and it could not be read to its end."""


def read_pixel_digest(archive: Archive, entry: Entry) -> str:
    """Return 'coding:hexadecimal'; '' where there is no Pixel Data, `UNREADABLE` where it is damaged."""
    try:
        with archive.open(entry) as file:
            reading = read_instance(file, entry.size)
            if reading is None:
                return ""
            pixels = next((one for one in reading.elements if one.tag in PIXEL_DATA_TAGS and "/" not in one.path), None)
            if pixels is None:
                return ""
            digest = hashlib.blake2b(digest_size=16)
            if is_deflated(reading.transfer_syntax):
                pieces = _inflate(file, entry.size, pixels)
            elif pixels.length < 0:
                pieces = _read_fragments(file, pixels.offset)
            else:
                pieces = _read(file, pixels.offset, pixels.length)
            for piece in pieces:
                digest.update(piece)
    except EntryError:
        return UNREADABLE
    native = "native" if pixels.little_endian else "native, big endian"
    return f"{reading.transfer_syntax if pixels.length < 0 else native}:{digest.hexdigest()}"


def _read(file: BinaryIO, offset: int, length: int) -> Iterator[bytes]:
    file.seek(offset)
    while length:
        piece = file.read(min(_PIECE, length))
        if not piece:
            raise EntryError("Pixel Data ends too early.")
        length -= len(piece)
        yield piece


def _read_fragments(file: BinaryIO, offset: int) -> Iterator[bytes]:
    """Yield the bytes of all fragments: the first Item is the Basic Offset Table."""
    is_table = True
    while True:
        file.seek(offset)
        header = file.read(8)
        length = int.from_bytes(header[4:], "little")
        if header[:4] == _DELIMITER:
            return
        if header[:4] != _ITEM:
            raise EntryError("A fragment of Pixel Data does not begin with an Item Tag.")
        if not is_table:
            yield from _read(file, offset + 8, length)
        is_table = False
        offset += 8 + length


def _inflate(file: BinaryIO, size: int, pixels: Element) -> Iterator[bytes]:
    file.seek(0)
    meta = read_file_meta(file.read(_FIRST), size)
    if meta is None or not meta.complete:
        raise EntryError("The File Meta Information is longer than expected.")
    file.seek(meta.end)
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    skip, left = pixels.offset, pixels.length
    while left:
        data = stream.unconsumed_tail or file.read(_FIRST)
        if not data:
            raise EntryError("The deflated data set is cut off before its end.")
        try:
            piece = stream.decompress(data, _PIECE)
        except zlib.error as error:
            raise EntryError(f"The deflated data set is damaged: {error}") from error
        part = piece[skip : skip + left]
        skip = max(0, skip - len(piece))
        left -= len(part)
        yield part
