"""Identifiers in free text, by their form (45 CFR 164.514(b)(2)(i), PS3.15 §E.3.5).

In goes a value or a plain text, out come flags: names, dates, telephone numbers, addresses, numbers, places in a
network. Rules are `text-` and the kind. The forms are `data/text-patterns.tsv`, in the order in which they are tried;
what one of them took is not looked at by the next, so that digits of a UID are no date. Checks that need more than a
regular expression, such as check digits and lists of names, stand below under the names that the table uses.

Looked at are values of SH, LO, ST, LT, UT, UC, UR and UN, texts found inside binary values, and private PN and IS. An
element is left out where the profile flags whatever it holds as an identifier or quasi-identifier, for a second
opinion tells nothing new; elements that hold vocabulary are looked at with the surer patterns only
(`data/text-elements.tsv`).

The time taken is linear in the length of the text: every repetition in the patterns is bounded, and a pattern is tried
only where the text has what it needs.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from operator import attrgetter

from pycore.findings import Flag, Severity
from pycore.phi.dummies import STANDARD_UID_PREFIX
from pycore.phi.options import Options
from pycore.phi.skeletons import generalise, to_skeleton
from pycore.phi.value import Value
from pycore.phi.words import (
    compose,
    fold,
    given_names,
    is_acronym,
    is_common,
    is_given_name,
    is_surname,
    is_term,
    known_names,
    surnames,
)
from pycore.standard import (
    STANDARD_EDITION,
    TextPatternRow,
    find_profile_row,
    find_severity,
    month_names,
    text_depths,
    text_pattern_rows,
)

_TEXTS = frozenset({"SH", "LO", "ST", "LT", "UT", "UC", "UR", "UN"})
_PRIVATE_TEXTS = _TEXTS | {"PN", "OB", "OW", "OF", "OD", "OL", "OV"}
"""Bytes of private elements are text where they are printable from end to end."""
_CREATOR = "ggggxxxx"

_CACHED_ELEMENTS = 16384
_CACHED_TEXTS = 16_384  # the lead looks at them while others read, and comes back to them when it judges
_CACHED_SKELETONS = 16_384
_CACHED_CHARACTERS = 512  # longer texts are seldom the same twice

_LONGEST_HARMLESS_NUMBER = 8
"""Digits of a private IS that may stand unremarked; times of day and counters have no more."""

Found = tuple[TextPatternRow, Severity]
"""A pattern that matched, and how grave the gravest of its matches is."""


def check_text(value: Value, options: Options) -> tuple[Flag, ...]:
    """Judge the text of an element by the forms that identifiers have; one flag per rule, the gravest."""
    text = value.text
    if not text:
        return ()
    depth = "free" if value.extracted else _find_depth(value.tag, value.vr)
    if depth == "none":
        return ()
    if depth == "number":
        return _check_number(text)
    return _to_flags(_find(text, depth == "reduced"), options)


def find_kinds(text: str) -> tuple[Flag, ...]:
    """Judge a text that is no element: the name of an entry, a comment, a file that is not DICOM."""
    return _to_flags(_find(text, False), _NO_OPTIONS)


def find_rows(text: str) -> tuple[Found, ...]:
    """Return the patterns that match somewhere in a free text, in the order of the table."""
    return _find(text, False)


_NO_OPTIONS = Options()


@lru_cache(maxsize=_CACHED_ELEMENTS)
def _find_depth(tag: int, vr: str) -> str:
    """Return how an element is looked at: 'free', 'reduced', 'number' or 'none'."""
    if tag >> 16 & 1:
        if 0x10 <= tag & 0xFFFF <= 0xFF:
            return text_depths()[_CREATOR]
        if vr == "IS":
            return "number"
        return "free" if vr in _PRIVATE_TEXTS else "none"
    if vr not in _TEXTS:
        return "none"
    row = find_profile_row(tag)
    if row is not None and find_severity(row) in {Severity.IDENTIFIER, Severity.QUASI}:
        return "none"
    return text_depths().get(f"{tag:08X}", "free")


def _check_number(text: str) -> tuple[Flag, ...]:
    if max(len(part.strip(" +-")) for part in text.split("\\")) <= _LONGEST_HARMLESS_NUMBER:
        return ()
    return (Flag("text-number", _to_clause("R"), "C", Severity.REVIEW, "a number of nine digits or more"),)


def _to_flags(found: Iterable[Found], options: Options) -> tuple[Flag, ...]:
    flags: dict[str, Flag] = {}
    for row, severity in found:
        if row.kept_by and row.kept_by in options.names:
            continue
        if row.rule == "text-date" and "retain-modified-dates" in options.names:
            severity = Severity.REVIEW  # whether it was modified, nobody can tell from here
        known = flags.get(row.rule)
        if known is None or severity.rank < known.severity.rank:
            flags[row.rule] = Flag(row.rule, _to_clause(row.clause), "C", severity, row.evidence)
    return tuple(flags.values())


def _to_clause(clause: str) -> str:
    return f"45 CFR 164.514(b)(2)(i)({clause})" if len(clause) == 1 else f"{clause} ({STANDARD_EDITION})"


def _find(text: str, reduced: bool) -> tuple[Found, ...]:
    return _find_cached(text, reduced) if len(text) <= _CACHED_CHARACTERS else _find_anew(text, reduced)


@lru_cache(maxsize=_CACHED_TEXTS)
def _find_cached(text: str, reduced: bool) -> tuple[Found, ...]:
    return _find_anew(text, reduced)


def _find_anew(text: str, reduced: bool) -> tuple[Found, ...]:
    text = compose(text)
    found: list[Found] = []
    candidates = _Candidates(text)
    patterns = candidates.find(text)
    at = 0
    while at < len(patterns):
        pattern = patterns[at]
        at += 1
        if pattern.search(text) is None or (reduced and pattern.row.scope != "all"):
            continue
        before = text
        text, severity = _apply(pattern, text)
        if severity is not None:
            found.append((pattern.row, severity))
        if text != before:  # what was blanked out may let others match
            patterns = candidates.find(text)
            at = bisect_right(patterns, pattern.position, key=_position)
    return tuple(found)


def _apply(pattern: _Pattern, text: str) -> tuple[str, Severity | None]:
    """Return the text with what matched blanked out, and how grave it is; None if nothing is to be said."""
    confirm = pattern.confirm
    worst: Severity | None = None

    def take(match: re.Match[str]) -> str:
        nonlocal worst
        severity = pattern.row.severity if confirm is None else confirm(match, pattern.row.severity)
        if severity is None:
            return match[0]
        if severity is not Severity.INFO and (worst is None or severity.rank < worst.rank):
            worst = severity
        return "\0" * len(match[0])

    return pattern.regex.sub(take, text), worst


# Which patterns to try.

_position = attrgetter("position")

_WORDS = re.compile(r"[^\W\d_]+")
_DIGIT = re.compile(r"\d")
_CLOSE_DIGITS = re.compile(r"\d(?:\D{0,3}\d){3,}")
_HEX = re.compile(r"[A-Fa-f]\d|\d[A-Fa-f]")


@dataclass(frozen=True, slots=True)
class _Pattern:
    position: int
    row: TextPatternRow
    regex: re.Pattern[str]
    search: Callable[[str], re.Match[str] | None]
    confirm: Confirm | None


@dataclass(frozen=True, slots=True)
class _Patterns:
    """The patterns by what they need."""

    all: tuple[_Pattern, ...]
    by_need: Mapping[str, tuple[int, ...]]
    """Sign, word or '#', '#9', 'DIGIT', … -> positions."""
    signs: frozenset[str]
    words: frozenset[str]
    """Words that some pattern needs, the names of months and those of people."""


class _Candidates:
    """The patterns that are tried at a text and at what is left of it.

    Which forms of numbers can match depends on the skeleton of a text alone. That is asked where a skeleton comes back,
    and known from then on: an object may hold a number in hundreds of thousands of elements.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._words = _find_words(text)
        has_skeleton = len(text) <= _CACHED_CHARACTERS and text.isascii() and _DIGIT.search(text)
        self._skeleton = to_skeleton(text) if has_skeleton else ""

    def find(self, now: str) -> Sequence[_Pattern]:
        """Return the patterns whose needs the text meets and that may match what it is now, in order."""
        if not self._skeleton:
            return _candidates(self._text, self._words)
        skeleton = self._skeleton if now is self._text else to_skeleton(now)
        likely = _find_likely(self._skeleton, self._words, skeleton)
        if likely.patterns is None:
            patterns = _candidates(self._text, self._words)
            if likely.seen < _OFTEN:
                likely.seen += 1
                return patterns
            likely.patterns = tuple(pattern for pattern in patterns if _may_match(pattern, skeleton))
        return likely.patterns


_OFTEN = 3
"""How often a skeleton is met before it is asked what can match it: texts that have no form in common pay nothing."""


@dataclass(slots=True)
class _Likely:
    """What is known of a skeleton."""

    seen: int = 0
    patterns: tuple[_Pattern, ...] | None = None


@lru_cache(maxsize=_CACHED_SKELETONS)
def _find_likely(skeleton: str, words: frozenset[str], now: str) -> _Likely:
    return _Likely()


def _may_match(pattern: _Pattern, skeleton: str) -> bool:
    if not any(need[0] == "#" or need in {"DIGIT", "HEX"} for need in pattern.row.needs):
        return True
    return _general(pattern.position).search(skeleton) is not None


@cache
def _general(position: int) -> re.Pattern[str]:
    return generalise(_patterns().all[position].regex)


def _find_words(text: str) -> frozenset[str]:
    """Return the words of a text that some pattern needs."""
    words = _WORDS.findall(text.lower()) if text.isascii() else map(fold, _WORDS.findall(text))
    return _patterns().words.intersection(words)


def _candidates(text: str, words: frozenset[str]) -> Sequence[_Pattern]:
    """Return the patterns whose needs the text meets, in order."""
    patterns = _patterns()
    needs = set(text) & patterns.signs
    if _DIGIT.search(text):
        needs.add("DIGIT")
        needs |= _digit_needs()[_count_digits(text)]
        if _HEX.search(text):
            needs.add("HEX")
    if not text.isascii():
        needs.add("WIDE")
    if words:
        needs |= words
        if not words.isdisjoint(_months()):
            needs.add("MONTH")
        if not words.isdisjoint(known_names()):
            needs.add("NAME")
    by_need = patterns.by_need
    positions = {position for need in needs for position in by_need.get(need, ())}
    return [patterns.all[position] for position in sorted(positions)]


def _count_digits(text: str) -> int:
    """Return how many digits stand close together, as far as any pattern asks; 0 where there are fewer than four."""
    most = len(_digit_needs()) - 1
    if len(text) > _CACHED_CHARACTERS:
        return most if _CLOSE_DIGITS.search(text) else 0
    return min(max([len(_DIGIT.findall(found)) for found in _CLOSE_DIGITS.findall(text)], default=0), most)


@cache
def _digit_needs() -> tuple[frozenset[str], ...]:
    """Return which needs for four digits and more are met, by the number of digits."""
    counts = {need: int(need[1:] or 4) for row in text_pattern_rows() for need in row.needs if need.startswith("#")}
    return tuple(
        frozenset(need for need, count in counts.items() if count <= digits)
        for digits in range(max(counts.values()) + 1)
    )


@cache
def _patterns() -> _Patterns:
    patterns = tuple(_to_pattern(position, row) for position, row in enumerate(text_pattern_rows()))
    by_need: dict[str, list[int]] = {}
    for pattern in patterns:
        for need in pattern.row.needs:
            by_need.setdefault(need, []).append(pattern.position)
    return _Patterns(
        all=patterns,
        by_need={need: tuple(positions) for need, positions in by_need.items()},
        signs=frozenset(need for need in by_need if len(need) == 1 and not need.isalnum() and need != "#"),
        words=frozenset(need for need in by_need if need.isalnum() and not need.isupper()) | _months() | known_names(),
    )


_WORD = r"[A-ZÀ-ÖØ-ÞĀ-ŽΆ-ΩЀ-Я](?:[^\W\d_]|['’-]){1,30}+(?![\d_])"


_PARTICLES = (
    r"(?:(?:[vV]an|[vV]on|der|den|[dD][aeiou]|del|della|[lL][ae]|dos|das|ter|ten|zu[mr]?|[aAeE]l|bin|ben|abu) ){0,3}"
)


def _to_pattern(position: int, row: TextPatternRow) -> _Pattern:
    months = "|".join(sorted(month_names(), key=lambda name: (-len(name), name)))
    source = row.pattern.replace("{WORD}", _WORD).replace("{PARTICLES}", _PARTICLES).replace("{MONTH}", f"(?:{months})")
    regex = re.compile(source, re.IGNORECASE if row.ignores_case else 0)
    return _Pattern(position, row, regex, regex.search, _CONFIRM[row.confirm] if row.confirm else None)


@cache
def _months() -> frozenset[str]:
    return frozenset(fold(name) for name in month_names())


# The checks. Each is given a match and the severity of its row, and returns how grave it is: None where it is not what
# it looks like and other patterns may try, INFO where it is known and harmless.

Confirm = Callable[[re.Match[str], Severity], Severity | None]


def _at_least(count: int) -> Confirm:
    def confirm(match: re.Match[str], severity: Severity) -> Severity | None:
        return severity if sum(map(str.isdigit, match[0])) >= count else None

    return confirm


_PUBLIC_HOSTS = re.compile(
    r"(?:https?://)?(?:[\w-]+\.){0,3}(?:w3|nema|hl7|ihe|loinc|unitsofmeasure|dicomstandard|openmicroscopy|purl|xmlsoap)"
    r"\.org\b|(?:https?://)?(?:[\w-]+\.){0,2}(?:snomed\.info|github\.com|microsoft\.com|adobe\.com)\b",
    re.IGNORECASE,
)
"""Publishers of standards, vocabularies and program texts: their addresses name formats, the same everywhere."""


def _url(match: re.Match[str], severity: Severity) -> Severity | None:
    return Severity.INFO if _PUBLIC_HOSTS.match(match[0]) else severity


_SHORTEST_UID = 14
"""Characters; what is shorter may be a version."""


def _uid(match: re.Match[str], severity: Severity) -> Severity | None:
    harmless = len(match[0]) < _SHORTEST_UID or f"{match[0]}.".startswith(STANDARD_UID_PREFIX)
    return Severity.INFO if harmless else severity


_BEFORE_VERSION = re.compile(r"(?:v|vers|version|rev|revision|release|sw|software|build|fw|firmware)[\s.:=_#]*\Z", re.I)
_PRIVATE_NETWORK = re.compile(r"10\.|127\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.")


def _ipv4(match: re.Match[str], severity: Severity) -> Severity | None:
    if _BEFORE_VERSION.search(match.string[max(match.start() - 16, 0) : match.start()]):
        return Severity.INFO
    return severity if _PRIVATE_NETWORK.match(match[0]) else Severity.REVIEW


def _digits(match: re.Match[str]) -> list[int]:
    return [int(sign) for sign in match[0] if sign.isdigit()]


def _mod_11(digits: Iterable[int], weights: Iterable[int]) -> int:
    return sum(digit * weight for digit, weight in zip(digits, weights, strict=False)) % 11


def _nhs(match: re.Match[str], severity: Severity) -> Severity | None:
    digits = _digits(match)
    return severity if (11 - _mod_11(digits, range(10, 1, -1))) % 11 == digits[-1] else None


def _nir(match: re.Match[str], severity: Severity) -> Severity | None:
    number = match[0].replace(" ", "").replace("2A", "19").replace("2B", "18")  # Corsica
    return severity if 97 - int(number[:-2]) % 97 == int(number[-2:]) else None


def _ean(match: re.Match[str], severity: Severity) -> Severity | None:
    digits = _digits(match)
    return severity if sum(digit * (1 + 2 * (at % 2)) for at, digit in enumerate(digits)) % 10 == 0 else None


def _cpf(match: re.Match[str], severity: Severity) -> Severity | None:
    digits = _digits(match)
    first = _mod_11(digits[:9], range(10, 1, -1))
    second = _mod_11(digits[:10], range(11, 1, -1))
    checks = [0 if rest < 2 else 11 - rest for rest in (first, second)]
    return severity if digits[9:] == checks else None


def _chinese_id(match: re.Match[str], severity: Severity) -> Severity | None:
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return severity if "10X98765432"[_mod_11(map(int, match[0][:17]), weights)] == match[0][-1] else None


def _luhn(match: re.Match[str], severity: Severity) -> Severity | None:
    doubled = [digit * (1 + at % 2) for at, digit in enumerate(reversed(_digits(match)))]
    return severity if sum(digit // 10 + digit % 10 for digit in doubled) % 10 == 0 else None


def _luhn_10(match: re.Match[str], severity: Severity) -> Severity | None:
    digits = _digits(match)[-10:]
    doubled = [digit * (2 - at % 2) for at, digit in enumerate(digits)]
    return severity if sum(digit // 10 + digit % 10 for digit in doubled) % 10 == 0 else None


def _iban(match: re.Match[str], severity: Severity) -> Severity | None:
    account = match[0].replace(" ", "")
    number = "".join(str(int(sign, 36)) for sign in account[4:] + account[:4])
    return severity if int(number) % 97 == 1 else None


def _finnish(match: re.Match[str], severity: Severity) -> Severity | None:
    number = int(match[0][:6] + match[0][7:10])
    return severity if "0123456789ABCDEFHJKLMNPRSTUVWXY"[number % 31] == match[0][-1] else None


def _dni(match: re.Match[str], severity: Severity) -> Severity | None:
    return severity if "TRWAGMYFPDXBNJZSQVHLCKE"[int(match[0][:8]) % 23] == match[0][-1] else None


def _belgian(match: re.Match[str], severity: Severity) -> Severity | None:
    digits = "".join(map(str, _digits(match)))
    born_before_2000, born_since = (int(century + digits[:9]) for century in ("", "2"))
    return severity if int(digits[9:]) in {97 - born_before_2000 % 97, 97 - born_since % 97} else None


_STREETS = re.compile(
    r"Alley|Ave(?:nue)?|Blvd|Boulevard|Street|St|Roads?|Rd|Lane|Ln|Drives?|Court|Place|Parkway|Pkwy|Highway|Hwy|"
    r"Squares?|Terrace|Turnpike|Expressway|Freeway|Motorway|Crescent|Way"
)
"""Kinds of streets that are seldom anything else."""


def _street(match: re.Match[str], severity: Severity) -> Severity | None:
    words = [fold(word.strip(".")) for word in match["words"].split()]
    if any(map(is_term, words)):
        return None
    if _STREETS.fullmatch(match["type"]) or any(is_given_name(word) or is_surname(word) for word in words):
        return severity
    return Severity.REVIEW


def _way(match: re.Match[str], severity: Severity) -> Severity | None:
    # German for airway, access path, transport path; place of work, measuring place, examination place.
    others = r"(?:Atem|Luft|Zugangs|Transport|Gallen|Harn)weg|\w*(?:arbeits|mess|rontgen|untersuchungs|steh|sitz)platz"
    return None if re.match(others, fold(match[0]), re.I) else severity


def _romance(match: re.Match[str], severity: Severity) -> Severity | None:
    words = re.findall(r"[^\W\d_][\w'’-]+", match[0])
    if not any(word[0].isupper() and not is_term(fold(word)) for word in words[1:]):
        return None
    return None if words[0] in {"via", "plaza", "corso"} else severity  # in lower case they are words, not streets


def _postcode(match: re.Match[str], severity: Severity) -> Severity | None:
    return None if is_acronym(match[0][:2]) else severity


def _day_and_month(match: re.Match[str], severity: Severity) -> Severity | None:
    groups = match.groupdict()
    day, month = int(groups["d"] or groups["dd"]), int(groups["m"] or groups["mm"])
    return severity if min(day, month) <= 12 else None


_MONTHS_THAT_ARE_WORDS = frozenset({"may", "mar", "dec", "mai", "mars", "mei", "maj", "ago", "avr", "set", "mayo"})


def _month(match: re.Match[str], severity: Severity) -> Severity | None:
    words = _WORDS.findall(match[0])
    return None if fold(words[0]) in _MONTHS_THAT_ARE_WORDS else severity


def _age(match: re.Match[str], severity: Severity) -> Severity | None:
    return None if match["age"] == "90" and match["unit"] in {"Y", "y"} else severity  # yttrium-90


def _hex(match: re.Match[str], severity: Severity) -> Severity | None:
    digits = sum(map(str.isdigit, match[0]))
    return None if digits < 2 or re.fullmatch(r"\d+[eEdD]\d+", match[0]) else severity  # 12E10 is a number


def _institution(match: re.Match[str], severity: Severity) -> Severity | None:
    words = [fold(word) for word in _WORDS.findall(match["name"])]
    return severity if any(not is_term(word) for word in words) else None


def _site(match: re.Match[str], severity: Severity) -> Severity | None:
    letters = match["letters"]
    if is_acronym(letters) or is_term(fold(letters)):
        return None
    if match.string.isupper():
        return Severity.REVIEW if len(letters) <= _LONGEST_INITIALS else None  # longer ones are words
    return severity


_LONGEST_INITIALS = 3


def _names(match: re.Match[str]) -> tuple[str, str]:
    """Return the two words that a pattern took for a name, folded; '' for one that is none."""
    first, second = (re.sub(r"['’ .-]", "", fold(match[group] or "")) for group in ("a", "b"))
    return first, "" if is_term(second) else second


def _staff_title(match: re.Match[str], severity: Severity) -> Severity | None:
    first, second = _names(match)
    if is_term(first) and not (match["dot"] and is_surname(first)):
        return None
    # DR is digital radiography, PD proton density, OA osteoarthritis.
    if {first, second} & known_names():
        return severity
    if not match["dot"] and (match["cue"].isupper() or match["cue"] == "dr"):
        return None
    return severity if match["dot"] or not match["b"] else Severity.REVIEW


def _patient_title(match: re.Match[str], severity: Severity) -> Severity | None:
    first, second = _names(match)
    if is_term(first) and not (is_surname(first) and not match["cue"].isupper()):
        return None
    if {first, second} & known_names():
        return severity
    if match["cue"] in {"MR", "MRS", "Sr", "Sra", "Sig", "Miss"}:  # modalities, strontium, a verb
        return None
    if match["dot"] or match["cue"] not in {"Mr", "Ms"}:
        return severity
    return Severity.REVIEW if not match["b"] or "," in match[0] else None  # in titles all words have capitals


def _patient_cue(match: re.Match[str], severity: Severity) -> Severity | None:
    first, second = _names(match)
    if is_term(first):
        return None
    if {first, second} & known_names():
        return severity
    if match["colon"] and second and not is_term(second) and not (is_common(first) and is_common(second)):
        # A label and two words that are no vocabulary: a name, the surer where one of them is known as such.
        return severity if {first, second} & (given_names() | surnames()) else Severity.REVIEW
    if is_common(first):
        return None
    cue = fold(match["cue"])
    if match["colon"] and cue not in {"name", "pt", "patient"} and "name" in cue:
        return severity
    if match["colon"]:
        return Severity.REVIEW if "name" in cue else None
    # In titles all words have capitals: Patient Support Devices.
    sentence = match["cue"].islower() and not match["a"].isupper()
    return Severity.REVIEW if sentence and second else None


def _for(match: re.Match[str], severity: Severity) -> Severity | None:
    first, second = _names(match)
    if is_term(first) or not second:
        return None
    if {first, second} & given_names():
        return severity
    if {first, second} & known_names() and (_is_listed(first, second) or not (is_common(first) or is_common(second))):
        return severity
    at_end = match.end() == len(match.string.rstrip())
    return Severity.REVIEW if at_end and not (is_common(first) or is_common(second)) else None


def _is_listed(first: str, second: str) -> bool:
    """Return whether both words are listed as names, in any order."""
    return all(is_given_name(word) or is_surname(word) for word in (first, second))


def _signature(match: re.Match[str], severity: Severity) -> Severity | None:
    first, second = _names(match)
    if is_term(first):
        return None
    if {first, second} & known_names():
        return severity
    if (
        is_common(first)
        or match["a"].isupper()
        or not (" by" in match["cue"] or " von" in match["cue"] or ":" in match[0])
    ):
        return None
    return severity if second and not is_common(second) else Severity.REVIEW


def _degree(match: re.Match[str], severity: Severity) -> Severity | None:
    first, second = _names(match)
    if is_term(first) or not second:
        return None
    if {first, second} & known_names():
        return severity
    mixed = not match["a"].isupper() and not match["b"].isupper()
    return severity if mixed and not is_common(first) and not is_common(second) else None


def _caret(match: re.Match[str], severity: Severity) -> Severity | None:
    family, given = _names(match)
    # Protocol trees are written with carets too: Head^Routine.
    if not given or (is_term(family) and not (is_surname(family) and given in given_names())):
        return None
    if given in given_names() or (family in surnames() and is_given_name(given)):
        return severity
    if is_common(family) and is_common(given):
        return Severity.REVIEW if is_surname(family) and is_given_name(given) else None
    return Severity.REVIEW


def _comma(match: re.Match[str], severity: Severity) -> Severity | None:
    family, given = _names(match)
    if is_term(family) or not given:
        return None
    if family in surnames() and given in given_names():
        return Severity.IDENTIFIER
    if given in given_names() or ({family, given} & known_names() and _is_listed(family, given)):
        return severity
    alone = match[0] == match.string.strip() and not (is_common(family) or is_common(given))
    return severity if alone else None


def _two_names(match: re.Match[str], severity: Severity) -> Severity | None:
    first, second = _names(match)
    if is_term(first) or not second or not {first, second} & known_names():
        return None
    return severity if _is_listed(first, second) and (is_given_name(first) or is_given_name(second)) else None


_CONFIRM: Mapping[str, Confirm] = {
    "digits-2": _at_least(2),
    "digits-4": _at_least(4),
    "digits-6": _at_least(6),
    "digits-8": _at_least(8),
    "digits-9": _at_least(9),
    "url": _url,
    "uid": _uid,
    "ipv4": _ipv4,
    "nhs": _nhs,
    "nir": _nir,
    "ean": _ean,
    "cpf": _cpf,
    "chinese-id": _chinese_id,
    "luhn": _luhn,
    "luhn-10": _luhn_10,
    "iban": _iban,
    "finnish": _finnish,
    "dni": _dni,
    "belgian": _belgian,
    "street": _street,
    "way": _way,
    "romance": _romance,
    "postcode": _postcode,
    "day-and-month": _day_and_month,
    "month": _month,
    "age": _age,
    "hex": _hex,
    "institution": _institution,
    "site": _site,
    "initials": _site,
    "staff-title": _staff_title,
    "patient-title": _patient_title,
    "patient-cue": _patient_cue,
    "for": _for,
    "signature": _signature,
    "degree": _degree,
    "caret": _caret,
    "comma": _comma,
    "two-names": _two_names,
}
"""Names as in the column `confirm` of the table."""
