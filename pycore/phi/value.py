"""A distinct value, or a text found elsewhere, as the rules see it."""

from __future__ import annotations

from typing import NamedTuple

from pycore.findings import Where

PADDING = " \0"
"""What pads a text to even length, and what some writers fill fields of fixed length with (PS3.5 §6.2)."""


class Value(NamedTuple):
    """One distinct value at one path; in which entries it occurs is not a rule's business.

    A tuple, because millions of them are made and looked up.
    """

    where: Where
    """EMBEDDED for the elements of a DICOM object inside of a value or of another file."""
    path: str
    """Where the element is, Items counted from 0: '(0040,A730)[0]/(0040,A160)'."""
    tag: int
    vr: str
    private_creator: str | None
    text: str | None
    """Values joined by backslashes; None for binary values and for sequences."""
    length: int
    """Of the value in bytes; -1 for undefined length."""
    items: int
    """Of a sequence; 0 otherwise."""
    origin: str = ""
    """Where inside of what stands at the path this lies ('strings', 'zip: a.dcm'); empty for the value itself."""
    extracted: bool = False
    """Whether this is text found inside of bytes, a file or a name, and not the value of a data element."""

    @property
    def has_value(self) -> bool:
        """Whether there is anything: a sequence without Items and a text that is only padding hold nothing."""
        if self.text is not None:
            return bool(self.text.strip(PADDING))
        return self.items > 0 or self.length > 0 or (self.length < 0 and self.vr != "SQ")
