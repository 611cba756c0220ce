"""What a user types -> the bytes that the entries of a zip may have been encrypted with.

ZipCrypto and AES know bytes only, and nothing says in which encoding a password is (APPNOTE §6.1, appendix E): newer
programs take UTF-8, those on Windows the code page of its console or of its windows.
"""

from __future__ import annotations

from collections.abc import Iterable

_ENCODINGS = ("utf-8", "cp437", "cp850", "cp1252", "latin-1")
"""UTF-8, and the pages of Western Windows; the first that is right is used, so that the likeliest comes first."""


def to_passwords(texts: Iterable[str]) -> tuple[bytes, ...]:
    """Return passwords as bytes, each in every encoding that has all of its letters; none twice."""
    texts = tuple(texts)
    found: dict[bytes, None] = {}
    for encoding in _ENCODINGS:
        for text in texts:
            try:
                found[text.encode(encoding)] = None
            except UnicodeEncodeError:  # not a letter of that page
                continue
    return tuple(found)
