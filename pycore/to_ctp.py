"""`Report` -> a script for the DicomAnonymizer of RSNA CTP, the Clinical Trial Processor: XML, an element a line."""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from pycore.masking import to_line
from pycore.recipes import DUMMIES, PATIENT_ID, PATIENT_NAME, Recipe, Step, Treatment, comment_lines, make_recipe
from pycore.review import Report
from pycore.standard import element_keyword

_NOTES = (
    "To apply it: make this file the script of a DicomAnonymizer stage. It removes nothing that it does not name.",
    "SITEID is a secret that keeps pseudonyms from being guessed; UIDROOT stands before each new UID.",
    "CTP acts on the tag of an element in the data set and in the Items of the sequences that say @process(). It",
    "writes the File Meta Information anew, and of what follows Pixel Data it can only remove elements.",
)
_PSEUDONYM = "@hashptid(@SITEID,PatientID,16)"
"""Of the ID, for the name too: so that nobody takes the name for that of a person."""
_REPLACEMENTS = {
    Treatment.REMOVE: "@remove()",
    Treatment.EMPTY: "@empty()",
    Treatment.SHIFT: "@incrementdate(this,@DATEINC)",
    Treatment.NEW_UID: "@hashuid(@UIDROOT,this)",
}


def to_ctp(report: Report, *, values: bool) -> str:
    """Write the script; `values` changes nothing, for there are none in it."""
    del values
    recipe = make_recipe(report)
    notes = "\n".join(to_line(line) for line in comment_lines(recipe, *_NOTES))
    body = "\n".join(_lines(recipe))
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<!--\n{_to_comment(notes)}\n-->\n<script>\n{body}\n</script>\n'


def _lines(recipe: Recipe) -> Iterator[str]:
    yield f'<p t="DATEINC">{recipe.days}</p>'
    yield f'<p t="SITEID">{recipe.salt}</p>'
    yield '<p t="UIDROOT">2.25</p>'
    scripts: dict[str, tuple[str, str, str]] = {}
    for step in recipe.steps:
        for tag in step.tags[:-1]:
            scripts.setdefault(tag, (element_keyword(int(tag, 16)), "@process()", ""))
    for step in recipe.steps:
        if step.tag >> 16 == 2:
            continue
        tag, note = _tag_of(step)
        known = scripts.get(tag)
        # One script for one tag: where places differ, the first that was noted of the graver ones stands.
        if known is None or known[1] == "@process()" or _grave(step) < _grave_of(known[1]):
            scripts[tag] = (element_keyword(step.tag) or step.name, _script_of(step), note)
    scripts |= {f"{tag:08X}": (keyword, f"@always(){value}", "") for tag, keyword, value in recipe.marks}
    for tag, (name, script, note) in scripts.items():
        if note:
            yield f"<!-- {_to_comment(note)} -->"
        yield f'<e en="T" t={quoteattr(tag)} n={quoteattr(to_line(name))}>{escape(script)}</e>'


def _script_of(step: Step) -> str:
    if step.tag in (PATIENT_NAME, PATIENT_ID) and step.treatment is Treatment.EMPTY:
        return _PSEUDONYM
    return DUMMIES[step.vr] if step.treatment is Treatment.DUMMY else _REPLACEMENTS[step.treatment]


def _grave(step: Step) -> int:
    return _grave_of(_script_of(step))


def _grave_of(script: str) -> int:
    order = ("@remove()", "@empty()", "@incrementdate", "@hashuid")
    return next((rank for rank, word in enumerate(order) if script.startswith(word)), 0)


def _tag_of(step: Step) -> tuple[str, str]:
    """Return how CTP names the element, and what is to be said of that."""
    tag, creator = step.tags[-1], step.private_creator
    if not step.is_private or step.tag & 0xFFFF <= 0xFF:
        return tag, ""
    if creator and len(step.tags) == 1 and _is_expressible(creator):
        return f"{tag[:4]}[{creator}]{tag[6:]}", ""
    return tag, "Its private creator cannot be written here: the next element is named as it lies in the archive."


def _is_expressible(creator: str) -> bool:
    if creator != creator.strip() or not creator.isprintable():
        return False
    return "[" not in creator and "]" not in creator


def _to_comment(text: str) -> str:
    """Return a text that can stand in a comment of XML: no two hyphens in a row, and none at the end."""
    while "--" in text:
        text = text.replace("--", "- -")
    return text + " " if text.endswith("-") else text
