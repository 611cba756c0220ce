"""`Report` -> a recipe for `deid` of pydicom (format `dicom`): an action a line, by tag, path or private creator."""

from __future__ import annotations

from collections.abc import Iterator

from pydicom.datadict import dictionary_has_tag, dictionary_keyword

from pycore.masking import to_line
from pycore.recipes import DUMMIES, Step, Treatment, comment_lines, make_recipe
from pycore.review import Report

_UID_FUNCTION = "deid_func:pydicom_uuid prefix=1.2.826.0.1.3680043.8.498."
"""A digest of the old UID under pydicom's own root: the same in every file and run."""

_SKIPPED = frozenset({"00283010", "00281201", "00281202", "00281203", "00020001", "00020010", "00020012", "7FE00010"})
"""What deid passes over unless it is told otherwise."""

_NOTES = (
    "To apply it: pip install deid; then in Python, with the paths of the files as a list",
    "  from deid.config import DeidRecipe",
    "  from deid.dicom import replace_identifiers",
    '  replace_identifiers(files, deid=DeidRecipe("this-file"), save=True, overwrite=True, force=False)',
    "The files themselves are changed. deid acts on the tag of an element in the data set and in all Items; in Items",
    "alone where the line has a path of keywords. Of several UIDs in one element it makes one. Patient's Name and",
    "Patient ID are emptied: where patients have to be told apart, write REPLACE and your own pseudonym there, in a",
    "recipe for each patient.",
)


def to_deid(report: Report, *, values: bool) -> str:
    """Write the recipe; `values` changes nothing, for there are none in it."""
    del values
    recipe = make_recipe(report)
    lines = ["FORMAT dicom", ""]
    lines += [f"# {line}".rstrip() for line in comment_lines(recipe, *_NOTES)]
    lines += ["", "%header", ""]
    for step in recipe.steps:
        lines += _lines_of(step, recipe.days)
    lines += [f"ADD {keyword} {value}" for _, keyword, value in recipe.marks]
    return "\n".join(lines) + "\n"


def _lines_of(step: Step, days: int) -> Iterator[str]:
    what = " ".join(filter(None, (step.path, step.name)))
    yield f"# {to_line(what)}: {', '.join(step.rules)}"
    if not _SKIPPED.isdisjoint(step.tags):
        yield "# deid passes over this element: see to it yourself."
        return
    field = _field_of(step)
    match step.treatment:
        case Treatment.REMOVE:
            yield f"REMOVE {field}"
        case Treatment.EMPTY:
            yield f"BLANK {field}"
        case Treatment.DUMMY:
            yield f"REPLACE {field} {DUMMIES[step.vr]}"
        case Treatment.SHIFT:
            yield f"JITTER {field} {days}"
        case Treatment.NEW_UID:
            yield f"REPLACE {field} {_UID_FUNCTION}"


def _field_of(step: Step) -> str:
    tags = step.tags
    if step.is_private:
        creator = step.private_creator
        if creator and step.tag & 0xFFFF > 0xFF and _is_expressible(creator):
            return f'({tags[-1][:4]},"{creator}",{tags[-1][6:]})'
        return tags[-1]
    keywords = [dictionary_keyword(tag) if dictionary_has_tag(tag) else "" for tag in (int(one, 16) for one in tags)]
    return "__".join(keywords) if len(tags) > 1 and all(keywords) else tags[-1]


def _is_expressible(creator: str) -> bool:
    """Whether it can stand between quotes in a line: what is not printable may end a line, or hide what it says."""
    return creator == creator.strip() and creator.isprintable() and '"' not in creator and "\\" not in creator
