"""The stream of a video -> what it is, by its first bytes (PS3.5 §8.2.5 to §8.2.9); no frame is decoded here.

Transfer syntaxes say how frames are coded and leave open in what container; whether a browser can play the stream is
decided by both.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_PACKET_BYTES = 188
"""Of an MPEG-2 transport stream (ISO/IEC 13818-1 §2.4.3.2)."""

_NAKED = re.compile(rb"\0{0,1}\0\0\x01[\x06\x09\x27\x40\x42\x46\x47\x67\x68]")
"""Start code and first unit of H.264 (ISO/IEC 14496-10 §7.4.1) or H.265 (23008-2 §7.4.2)."""


class VideoKind(NamedTuple):
    """What a stream is."""

    mime: str
    """Media type; empty for a stream that no browser plays."""
    words: str
    """For people: 'an MPEG-4 file'."""


def find_kind(stream: bytes) -> VideoKind:
    """Return what a stream is, by its beginning."""
    if stream[4:8] == b"ftyp":
        return VideoKind("video/mp4", "an MPEG-4 file")
    if stream[:1] == b"\x47" and stream[_PACKET_BYTES : _PACKET_BYTES + 1] in (b"\x47", b""):
        return VideoKind("video/mp2t", "an MPEG-2 transport stream")
    if stream.startswith(b"\0\0\x01\xba"):
        return VideoKind("video/mpeg", "an MPEG-2 program stream")
    if stream.startswith(b"\0\0\x01\xb3"):
        return VideoKind("", "MPEG-2 video without a container")
    if _NAKED.match(stream):
        return VideoKind("", "H.264 or H.265 video without a container")
    return VideoKind("", "of a kind that is not known")
