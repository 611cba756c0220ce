"""`Report` -> what a de-identification tool should do with the data elements that were found (PS3.15 §E.1.1).

A `Recipe` is the plan that `to_ctp`, `to_deid` and `to_dcmodify` write for three tools. In it is each element that a
finding above `info` is about, with what the profile and the options ask for, and no other element. It holds no value
of the archive; of private creators it has the names, but for those that name a person.

How an action of Table E.1-1 becomes a `Treatment`, since no tool knows the type of an attribute in its IOD:

=====================  ======================================================================================
X                      the element is removed
Z, X/Z                 emptied, which conforms for types 2 and 3
D, Z/D, X/D, X/Z/D     a dummy, which conforms for all types; a VR that has no dummy is removed or emptied.
                       Patient ID and Patient's Name are emptied: which pseudonym they get is not for us to say
U                      a new UID, the same for the same old one
C                      emptied: no tool cleans a text. Dates that are to be modified are shifted
a sequence             removed where X is among the choices, emptied where Z is; else it stays, and what its
                       Items hold is treated
outside the table      emptied, a UID replaced; private, unknown and binary elements are removed
=====================  ======================================================================================

Where several findings are about one element, the first of remove, dummy, empty, shift and new UID that one of them
asks for is done. A value that a reviewer marked *fine* is left out, unless it names a person: then it is treated all
the same, and `Recipe.left` says so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pycore.findings import Finding, Severity, Where
from pycore.masking import to_line
from pycore.paths import fold_items, natural_order
from pycore.phi.options import Options
from pycore.phi.value import PADDING, Value
from pycore.review import Report, archive_name, creators_to_mask, secret_of_report
from pycore.standard import element_name
from pycore.value_marks import Said


class Treatment(StrEnum):
    """What happens to an element; the first wins."""

    REMOVE = "remove"
    DUMMY = "dummy"
    EMPTY = "empty"
    SHIFT = "shift"
    """A date is moved by `Recipe.days`."""
    NEW_UID = "new UID"


_RANKS = {treatment: rank for rank, treatment in enumerate(Treatment)}

PATIENT_NAME, PATIENT_ID = 0x0010_0010, 0x0010_0020
_PSEUDONYMS = frozenset({PATIENT_NAME, PATIENT_ID})

_TEXT = "ANONYMOUS"
DUMMIES: Mapping[str, str] = {
    **dict.fromkeys(("AE", "LO", "LT", "PN", "SH", "ST", "UC", "UT"), _TEXT),
    **dict.fromkeys(("DS", "FD", "FL", "IS", "SL", "SS", "SV", "UL", "US", "UV"), "0"),
    "AS": "000Y",
    "CS": "UNKNOWN",
    "DA": "19000101",
    "DT": "19000101000000",
    "TM": "000000",
}
"""By VR; each is one that the review knows for a dummy (`phi.dummies`)."""

_BINARY = frozenset({"AT", "OB", "OD", "OF", "OL", "OV", "OW", "UN"})
_MODIFIES_DATES = "retain-modified-dates"


@dataclass(frozen=True, slots=True)
class Step:
    """One element of the data set, wherever in its sequences, and what is to be done with it."""

    path: str
    """With '[*]' for every Item: '(0040,A730)[*]/(0040,A160)'."""
    tag: int
    vr: str
    private_creator: str | None
    """As the archive has it, to find the element by; None where the name may not be shown or there is none."""
    treatment: Treatment
    name: str
    """As people read it; may be empty."""
    files: int
    rules: tuple[str, ...]

    @property
    def is_private(self) -> bool:
        return bool(self.tag >> 16 & 1)

    @property
    def tags(self) -> tuple[str, ...]:
        """Tags on the way to the element and its own: ('0040A730', '0040A160')."""
        return tuple(part[1:5] + part[6:10] for part in self.path.split("/"))


@dataclass(frozen=True, slots=True)
class Recipe:
    """What is to be done with the data elements of an archive, and what no recipe mends."""

    steps: tuple[Step, ...]
    """In the order of the data set."""
    head: tuple[str, ...]
    """What the recipe was made from, one sentence a line."""
    left: tuple[str, ...]
    """What stays for a person to mend, one sentence a line."""
    marks: tuple[tuple[int, str, str], ...]
    """Tag, keyword and value of the elements that say what was done (PS3.15 §E.1.1, PS3.3 §C.12.1)."""
    days: int
    """By how many days dates are shifted; negative. It follows from the archive and cannot be told without it."""
    salt: str
    """Hexadecimal digits that keep pseudonyms from being guessed; follows from the archive like `days`."""


def make_recipe(report: Report) -> Recipe:
    """Return what is to be done with the elements that the findings of a report are about."""
    chosen = _Chosen(report)
    secret = secret_of_report(report)
    options = report.options
    names = ", ".join(sorted(options.names)) or "no options"
    head = (
        f"Made by DICOM Zip Inspector {report.version} for {to_line(archive_name(report, masked=True))}.",
        f"Profile {options.profile} ({names}), DICOM PS3.15 {report.standard_edition}.",
        "It covers the data elements that the review found in this archive, and no others: make a new one for another.",
        "It holds no value of the archive. Work on a copy, and review what comes of it before it leaves.",
    )
    return Recipe(
        steps=chosen.steps(),
        head=head,
        left=(*chosen.left(), *_left_elsewhere(report)),
        marks=_say_done(options),
        days=-365 - int.from_bytes(_derive(secret, b"days")[:4]) % 3285,
        salt=_derive(secret, b"salt")[:16].hex(),
    )


def _derive(secret: bytes, word: bytes) -> bytes:
    return hashlib.blake2b(b"recipe " + word, key=secret, digest_size=32).digest()


def _say_done(options: Options) -> tuple[tuple[int, str, str], ...]:
    dates = "REMOVED"
    if "retain-full-dates" in options.names:
        dates = "UNMODIFIED"
    elif _MODIFIES_DATES in options.names:
        dates = "MODIFIED"
    return (
        (0x0012_0062, "PatientIdentityRemoved", "YES"),
        (0x0012_0063, "DeidentificationMethod", f"PS3.15 {options.profile} profile; what was found"),
        (0x0028_0303, "LongitudinalTemporalInformationModified", dates),
    )


_DOCUMENTS = frozenset({"00420011", "00686300"})
"""Encapsulated Document, and the drawing of an implant template: the object is nothing without it."""
_CONFLICTS = (
    "patient-id-two-names",
    "study-two-patients",
    "series-two-studies",
    "sop-instance-twice",
    "identity-unread",
)
_BLOCKS = ("private-creator-empty", "private-creator-repeated", "private-creator-twice", "private-creator-relocated")


def _why_left(finding: Finding) -> str:
    """Return the sentence under which a finding about an element is left to a person; '' where it is treated."""
    rule = finding.flag.rule
    if finding.tag in _DOCUMENTS:
        return "Encapsulated documents stay: read each, and leave out the object or make the document anew"
    if rule.startswith("claim-"):
        return "Claims of de-identification that contradict what was found; the recipe writes its own"
    if rule in _CONFLICTS:
        return "Contradictions between objects, which are no matter of single elements"
    if rule in _BLOCKS:
        return "Private blocks that are reserved wrongly; tools may miss elements in them"
    if rule.startswith("carrier-") and rule != "carrier-curve":
        return "Elements that carry sound, encrypted or unknown content: the object as a whole is to be judged"
    if finding.vr == "TM" and "C" in finding.flag.action.split("/") and finding.flag.rule == "profile":
        return "Times of day stay, since dates are shifted by whole days"
    return ""


class _Chosen:
    """The findings about elements: treated or left."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._marks = _Marks(report)
        self._hidden = creators_to_mask(report)
        self._directories = {
            record.entry
            for record in report.records
            if record.instance is not None and record.instance.is_media_directory
        }
        self._left: dict[str, dict[str, set[int]]] = {}
        self._found: dict[tuple[str, str | None], list[tuple[Finding, Treatment]]] = {}
        for finding in report.findings:
            self._take(finding)

    def steps(self) -> tuple[Step, ...]:
        """Return a step per element, and one per private creator whose elements all go."""
        steps = [self._to_step(path, creator, found) for (path, creator), found in self._found.items()]
        steps += self._creators(
            {
                (step.path, found[0][0].private_creator)
                for step, found in zip(steps, self._found.values(), strict=True)
                if step.is_private and step.treatment is Treatment.REMOVE
            }
        )
        return tuple(sorted(steps, key=lambda step: (natural_order(step.path), step.private_creator or "")))

    def left(self) -> Iterator[str]:
        """Yield what is left to a person, a sentence for each reason."""
        for why, places in self._left.items():
            files = set().union(*places.values())
            shown = ", ".join(list(places)[:_SHOWN]) + (
                f" and {len(places) - _SHOWN} more" if len(places) > _SHOWN else ""
            )
            yield f"{why}: {shown} ({_counted(len(files), 'file')})."

    def _take(self, finding: Finding) -> None:
        if finding.where not in (Where.ELEMENT, Where.FILE_META) or not finding.path:
            return
        if finding.flag.severity is Severity.INFO:
            return
        if self._directories.issuperset(finding.entries):
            return self._leave(
                "Media directories list names and places of the files: leave them out, or make them anew", finding
            )
        why = _why_left(finding)
        if why:
            return self._leave(why, finding)
        if self._marks.are_fine(finding):
            if finding.flag.severity is not Severity.IDENTIFIER:
                return self._leave("Left as it is, because a reviewer marked all its flagged values as fine", finding)
            self._leave(
                "Marked as fine and treated all the same, because the rules say that it names a person", finding
            )
        treatment = self._treat(finding)
        if treatment is None:
            return self._leave("Sequences that may not be missing stay; what their Items hold is treated", finding)
        key = (fold_items(finding.path), finding.private_creator)
        self._found.setdefault(key, []).append((finding, treatment))
        return None

    def _leave(self, why: str, finding: Finding) -> None:
        path = fold_items(finding.path)
        tag = int(finding.tag, 16)
        name = element_name(tag, finding.private_creator)
        place = f"{path.rpartition('/')[2]} {name}".strip()
        self._left.setdefault(why, {}).setdefault(place, set()).update(finding.entries)

    def _treat(self, finding: Finding) -> Treatment | None:
        rule, vr, tag = finding.flag.rule, finding.vr, int(finding.tag, 16)
        asked = frozenset(finding.flag.action.split("/")) if finding.flag.action else frozenset()
        if tag >> 16 & 1:
            return Treatment.NEW_UID if rule == "private-uid" else Treatment.REMOVE
        if asked == {"X"} and rule != "marked-must-go":
            return Treatment.REMOVE
        if vr == "SQ":
            return Treatment.REMOVE if "X" in asked else Treatment.EMPTY if asked & {"Z"} and "D" not in asked else None
        if finding.where is Where.FILE_META and vr != "UI":
            return Treatment.REMOVE
        if vr == "UI":
            return Treatment.NEW_UID
        if rule == "unknown-element" or vr in _BINARY:
            return Treatment.REMOVE if "X" in asked or not asked & {"Z", "D"} else Treatment.EMPTY
        if "D" in asked and rule == "profile" and tag not in _PSEUDONYMS and vr in DUMMIES:
            return Treatment.DUMMY
        modifies = _MODIFIES_DATES in self._report.options.names and rule in ("profile", "date-not-in-table")
        if modifies and "C" in asked and vr in ("DA", "DT") and self._marks.are_dates(finding):
            return Treatment.SHIFT
        return Treatment.EMPTY

    def _to_step(self, path: str, creator: str | None, found: Sequence[tuple[Finding, Treatment]]) -> Step:
        finding = found[0][0]
        tag = int(finding.tag, 16)
        return Step(
            path=path,
            tag=tag,
            vr=finding.vr,
            private_creator=self._shown(creator),
            treatment=min((treatment for _, treatment in found), key=lambda one: _RANKS[one]),
            name=element_name(tag, None if creator in self._hidden else creator),
            files=len({entry for one, _ in found for entry in one.entries}),
            rules=tuple(sorted({one.flag.rule for one, _ in found})),
        )

    def _shown(self, creator: str | None) -> str | None:
        return None if creator is None or creator in self._hidden else creator

    def _creators(self, removed: set[tuple[str, str | None]]) -> Iterator[Step]:
        """Yield the elements that reserve a block of which nothing stays, unless they are treated already."""
        used: dict[tuple[str, int], bool] = {}
        blocks: dict[tuple[str, int], dict[int, None]] = {}
        creators: dict[tuple[str, int], tuple[Value, set[int]]] = {}
        for value, occurrences in self._report.values.items():
            if value.where is not Where.ELEMENT or not value.tag >> 16 & 1:
                continue
            path = fold_items(value.path)
            parent, element = path.rpartition("/")[0], value.tag & 0xFFFF
            if 0x10 <= element <= 0xFF:
                known = creators.setdefault((parent, value.tag), (value, set()))
                known[1].update(occurrences)
            elif element > 0xFF:
                block = (parent, value.tag & 0xFFFF_0000 | element >> 8)
                goes = (path, value.private_creator) in removed or not value.has_value
                used[block] = used.get(block, True) and goes
                blocks.setdefault(block, {})[value.tag] = None
        for place, (value, entries) in creators.items():
            path = fold_items(value.path)
            if used.get(place, False) and not any(found == path for found, _ in self._found):
                yield Step(
                    path, value.tag, "LO", None, Treatment.REMOVE, "Private Creator", len(entries), ("private-creator",)
                )


_SHOWN = 8


class _Marks:
    """What is known of the values that a finding is about."""

    def __init__(self, report: Report) -> None:
        self._marked = report.marked
        self._at: dict[tuple[object, ...], list[Value]] = {}
        for value, flags in report.flags.items():
            for flag in flags:
                self._at.setdefault((value.where, value.path, value.private_creator, flag.rule), []).append(value)

    def _values(self, finding: Finding) -> list[Value]:
        return self._at.get((finding.where, finding.path, finding.private_creator, finding.flag.rule), [])

    def are_fine(self, finding: Finding) -> bool:
        """Whether a reviewer marked all values as fine that the finding is about."""
        if not self._marked:
            return False
        marks = [self._marked.get(value) for value in self._values(finding)]
        return bool(marks) and all(mark is not None and mark.said is Said.FINE for mark in marks)

    def are_dates(self, finding: Finding) -> bool:
        """Whether all values are dates that can be shifted."""
        texts = [part for value in self._values(finding) for part in (value.text or "").split("\\")]
        return bool(texts) and all(_is_date(text.strip(PADDING)) for text in texts)


def _is_date(text: str) -> bool:
    if not text[:8].isdecimal() or not text.isascii():
        return not text
    try:
        datetime.strptime(text[:8], "%Y%m%d")
    except ValueError:  # the thirtieth of February
        return False
    return True


_ELSEWHERE: Mapping[Where, str] = {
    Where.PIXEL: "Pictures may show text or a face",
    Where.EMBEDDED: "Documents and objects inside of elements hold what identifies",
    Where.ENTRY_NAME: "Names of files and folders hold what identifies: rename them",
    Where.ARCHIVE: "Name or comment of the archive hold what identifies",
    Where.OTHER_FILE: "Files that are not DICOM: look at each, or leave it out",
    Where.PREAMBLE: "The 128 bytes before 'DICM' hold something",
    Where.TRAILING: "Bytes after the data set hold something",
}


def _left_elsewhere(report: Report) -> Iterator[str]:
    """Yield what lies outside of data elements and was found."""
    for where, what in _ELSEWHERE.items():
        found = [one for one in report.findings if one.where is where and one.flag.severity is not Severity.INFO]
        files = {entry for one in found for entry in one.entries}
        if found:
            yield f"{what} ({_counted(len(files), 'file')})." if files else f"{what}."
    if report.archive.unreadable:
        unread = _counted(report.archive.unreadable, "entry", "entries")
        yield f"Entries could not be read, so nothing is known of them ({unread})."
    others = len({one.entry for one in report.problems if one.entry is not None}) - report.archive.unreadable
    if others > 0:
        yield f"Objects were read in part or with faults; see the report ({_counted(others, 'file')})."


def _counted(count: int, singular: str, plural: str = "") -> str:
    return f"{count:,} {singular if count == 1 else plural or singular + 's'}"


def comment_lines(recipe: Recipe, *more: str) -> Iterable[str]:
    """Return the head of a recipe as lines without any sign of comment; `more` is what holds for one tool."""
    yield from recipe.head
    yield ""
    yield "It does not mend, and somebody must:" if recipe.left else "Nothing else was found that somebody must mend."
    for sentence in recipe.left:
        yield f"- {to_line(sentence)}"
    yield ""
    yield from more
