"""One instance -> text to read and to copy: a line for each data element, as `dcmdump` of DCMTK writes them.

What is left out is said in lines of its own, which begin with '#', and so is whether identifying values are in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from pycore.elements import Element, Reading, to_text
from pycore.masking import mask, to_line
from pycore.standard import element_keyword, element_name, uid_name

MAX_LINES = 50_000
"""So many data elements and Items are written."""
MAX_CHARACTERS = 1_024
"""So much of one value is written."""
MAX_BYTES = 64
"""So many bytes of a binary value are written."""

_VALUE_WIDTH = 40
_BARE_VRS = frozenset({"AT", "FD", "FL", "SL", "SS", "SV", "UL", "US", "UV"})
"""Numbers: written without brackets."""
_TEXT_VRS = frozenset({"LT", "ST", "UR", "UT"})
"""Of one value always, whatever backslashes are in it (PS3.5 §6.4)."""


def to_dump(reading: Reading, is_masked: Callable[[Element], bool], entry: int) -> str:
    """Write an instance; of the values for which `is_masked` only the form.

    Parameters
    ----------
    entry : int
        Its index in the archive; its name may name a person.
    """
    lines: list[str] = [f"# Entry {entry}"]
    lines += [f"# Problem: {problem}" for problem in reading.problems]
    if any(reading.preamble):
        lines.append("# The preamble is not empty.")
    if reading.transfer_syntax:
        lines.append(f"# Transfer syntax: {uid_name(reading.transfer_syntax)}")
    cut = masked = written = left = 0
    for element, opened in _with_items(reading.elements):
        if written >= MAX_LINES:
            left += 1
            continue
        lines += opened
        text, was_cut = _to_words(element, hidden := is_masked(element))
        cut += was_cut
        masked += hidden
        written += 1 + len(opened)
        lines.append(f"{_indent(element.path)}{_to_head(element)} {_to_tail(element, text)}")
    count, _ = reading.trailing
    if count:
        lines.append(f"# {_counted(count, 'byte')} behind the data set are not written.")
    if left:
        lines.append(f"# {_counted(left, 'more data element')} not written: there are more than {MAX_LINES:,} lines.")
    if cut:
        lines.append(f"# Of {_counted(cut, 'value')} only the beginning is written.")
    lines.insert(1, _to_warning(masked))
    return "\n".join(lines) + "\n"


def _to_warning(masked: int) -> str:
    if masked:
        return f"# Of {_counted(masked, 'value')} that the rules flag only the form is written."
    return "# All values are written as they are: this text may identify people."


def _counted(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def _with_items(elements: Iterable[Element]) -> Iterator[tuple[Element, list[str]]]:
    """Yield each element with a line for every Item that begins before it."""
    before: list[str] = []
    for element in elements:
        parts = element.path.split("/")[:-1]
        same = 0
        while same < len(parts) and same < len(before) and parts[same] == before[same]:
            same += 1
        before = parts
        yield (
            element,
            [
                f"{'  ' * (2 * depth + 1)}(FFFE,E000) na (Item {part[part.rfind('[') + 1 : -1]})"
                for depth, part in enumerate(parts)
                if depth >= same
            ],
        )


def _indent(path: str) -> str:
    return "    " * path.count("/")


def _to_head(element: Element) -> str:
    return f"({element.tag >> 16:04X},{element.tag & 0xFFFF:04X}) {element.vr}"


def _to_tail(element: Element, text: str) -> str:
    length = "u/l" if element.length < 0 else str(element.length)
    name = element_keyword(element.tag, element.private_creator) or element_name(element.tag, element.private_creator)
    return f"{text:<{_VALUE_WIDTH}} # {length}, {_multiplicity(element)} {name or 'Unknown'}"


def _multiplicity(element: Element) -> int:
    """Return how many values there are (PS3.5 §6.4); of what is binary 1, as in DCMTK."""
    if element.length == 0:
        return 0
    text = to_text(element)
    return 1 if text is None or element.vr in _TEXT_VRS else text.count("\\") + 1


def _to_words(element: Element, hidden: bool) -> tuple[str, bool]:
    """Return a value as it is written, and whether that is only its beginning."""
    if element.vr == "SQ":
        return f"(Sequence with {element.items:,} {'Item' if element.items == 1 else 'Items'})", False
    if element.value is None:
        return "(not written)", True
    if not element.value:
        return "(no value available)", False
    text = to_text(element)
    if text is None:
        if hidden:
            return "(hidden)", False
        shown = "\\".join(f"{byte:02x}" for byte in element.value[:MAX_BYTES])
        is_cut = not 0 <= element.length <= MAX_BYTES
        return f"{shown}{'…' if is_cut else ''}", is_cut
    if hidden:
        return f"[{mask(text)}]", False
    is_cut = len(text) > MAX_CHARACTERS or len(element.value) < element.length
    shown = to_line(text[:MAX_CHARACTERS]) + ("…" if is_cut else "")
    if element.vr == "UI" and (name := uid_name(text)) and name != text:
        return f"[{shown}] ={name}", is_cut
    return (shown if element.vr in _BARE_VRS else f"[{shown}]"), is_cut
