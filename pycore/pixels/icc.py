"""ICC profile -> what it calls itself (ICC.1:2022 §7.2, §7.3, §9.2.41); its colours are not applied."""

from __future__ import annotations

import struct

_TAG_COUNT_AT, _TAGS_AT, _TAG_BYTES = 128, 132, 12
_MAX_TAGS = 100
_MAX_NAME = 100


def read_profile_name(profile: bytes) -> str:
    """Return the profile's description in its first language; empty where there is none or it cannot be read."""
    if len(profile) < _TAGS_AT:
        return ""
    (count,) = struct.unpack_from(">L", profile, _TAG_COUNT_AT)
    for index in range(min(count, _MAX_TAGS)):
        at = _TAGS_AT + index * _TAG_BYTES
        if profile[at : at + 4] == b"desc" and at + _TAG_BYTES <= len(profile):
            offset, size = struct.unpack_from(">LL", profile, at + 4)
            return _to_name(profile[offset : offset + size])
    return ""


def _to_name(data: bytes) -> str:
    """Return the text of a tag of type 'desc' (version 2) or 'mluc' (version 4)."""
    if data[:4] == b"desc" and len(data) >= 12:
        (length,) = struct.unpack_from(">L", data, 8)
        name = data[12 : 12 + length].decode("latin-1")
    elif data[:4] == b"mluc" and len(data) >= 28:
        length, offset = struct.unpack_from(">LL", data, 20)
        name = data[offset : offset + length].decode("utf-16-be", errors="replace")
    else:
        return ""
    return "".join(letter for letter in name if letter.isprintable()).strip()[:_MAX_NAME]
