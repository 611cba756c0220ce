"""Whether an object that is no image has what it is about: a report its content, a document its file (PS3.3).

Asked at review time of every instance: a copy that was cut off between two elements is read to its end without a
fault, and what would have followed was never judged. Images are asked for their pixels, see `pixel_length`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from pycore.phi.value import Value
from pycore.standard import ContentElementRow, content_element_rows, uid_name

_SOP_CLASS = "(0008,0016)"

CONTENT_PATHS = frozenset((_SOP_CLASS, *(row.path for row in content_element_rows().values())))
"""Paths of the values that `check_content` asks for."""


def check_content(values: Mapping[str, Value]) -> tuple[str, ...]:
    """Return a sentence where the element is missing that objects of the SOP Class are about.

    Parameters
    ----------
    values : mapping
        Of one instance, by path; of `CONTENT_PATHS` those that it has.
    """
    sop_class = values.get(_SOP_CLASS)
    row = _find_row(sop_class.text or "") if sop_class else None
    if sop_class is None or row is None or row.path in values:
        return ()
    return (
        f"The object is of the SOP Class {uid_name(sop_class.text or '')} and has no {row.path} {row.name}: it was cut "
        f"off before that, or that was taken out (PS3.3 {row.clause}).",
    )


@lru_cache(maxsize=1024)
def _find_row(sop_class: str) -> ContentElementRow | None:
    rows = content_element_rows()
    families = (row for uid, row in rows.items() if uid.endswith(".") and sop_class.startswith(uid))
    return rows.get(sop_class) or next(families, None)
