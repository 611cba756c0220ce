"""Which data elements hold bytes that are worth searching for texts; cheap, since it is asked of every element."""

from __future__ import annotations

import re

from pydicom.valuerep import STR_VR

from pycore.elements import Element, to_text
from pycore.standard import find_carrier_row

_NUMBER_VRS = {"AT", "FD", "FL", "OD", "OF", "OL", "OV", "SL", "SS", "SV", "UL", "US", "UV"}
_JUDGED_VRS = frozenset({vr.value for vr in STR_VR} | _NUMBER_VRS | {"SQ"})
"""Text, which is judged as it is, and numbers."""
_SHORTEST = 4
_FORMS = re.compile(rb"\s*(?:<|\{|\[|MSH\||SV10|### ASCCONV)")
"""How a text may begin that has a form of its own: its parts are found under their names."""


def is_searched(element: Element) -> bool:
    """Whether the element's value is bytes that may hold texts which its own text does not show.

    Not searched are texts and numbers by their VR, Pixel Data and other samples (`data/carriers.tsv`), and binary
    values that are plain text from end to end: `elements.to_text` gives those, and they are judged as such.
    """
    value = element.value
    if element.vr in _JUDGED_VRS or value is None or len(value) < _SHORTEST:
        return False
    row = find_carrier_row(element.tag)
    if row is not None and not row.is_searched:
        return False
    return bool(_FORMS.match(value)) or to_text(element) is None
