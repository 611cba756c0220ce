"""Bytes of no known form -> the readable strings in them: ASCII, UTF-16, UTF-8 and the data set's character set.

Pixels and other samples hold runs of readable bytes by chance. A run counts as a string when it looks like words or
numbers; one that stands alone between control bytes, as the fields of a structure in memory do, needs less evidence.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import pairwise
from operator import eq

_SHORTEST = 4
"""Characters of a string between control bytes."""
_SHORTEST_ALONGSIDE = 6
"""Characters of a string that other bytes touch."""
_SHORTEST_IN_NOISE = 9
_NOISE_RUNS = 64
_NOISE_SHARE = 12
"""From so many refused runs, and so many times more than accepted ones, on, the bytes are samples and not text."""

_MOST_SEPARATORS = 0.6
_LONGEST_WORD = 32
_LONG = 24
"""Characters from which on records of fixed columns are met, in which words and numbers touch."""
_LEAST_BEND = 7.0
"""How much the step from one character to the next differs from the step before, on average, in any text."""

_ASCII = bytes(0x78 if byte == 0x09 or 0x20 <= byte <= 0x7E else 0 for byte in range(0x100))
"""To `x` what a run of ASCII is made of, to zero all else: runs are then found by the fastest search there is."""
_LEAST_RUN = b"x" * _SHORTEST
_UTF_16_RUN = re.compile(rb"(\0?)((?:[\t\x20-\x7e]\0|[\xc0-\xff]\0(?=[a-z ]\0)){4,})([\x20-\x7e]?)")
_UTF_16_SCRIPTS = re.compile(rb"(?:[\x20-\x7e]\0|[\x10-\x5f]\x04|[\x86-\xce]\x03){4,}")
"""Latin, Cyrillic and Greek; CJK has code units of every value and is found with its byte order mark only."""
_PERHAPS_UTF_16 = re.compile(rb"\0[^\0]\0[^\0]\0[^\0]\0")
"""What any match of the first of the two above holds; found much faster where there is none."""
_HALVES_OF_SCRIPTS = bytes(0x78 if byte in (0, 3, 4) else 0 for byte in range(0x100))
_NO_ZEROS = re.compile(rb"[^\0]{4,}")
_HIGH = bytes((0x1B, *range(0x20, 0x7F), *range(0x80, 0x100)))

_AREA_CODE = re.compile(r"\(\d{2,5}\)")
_PIECE = re.compile(r"[^\W\d_]+|\d+")
_TOKEN = re.compile(r"[^\W_]+")
_WORD = re.compile(r"(?:[^\W\da-z_]?[^\W\dA-Z_]+){1,4}\d{0,4}|[^\W\da-z_]+\d{0,4}")
"""One to four words glued in camel case, or capitals; a short number may follow."""
_NUMBER = re.compile(r"[A-Za-z]{0,4}\d{2,}[A-Za-z]{0,2}")
_NOT_IN_NUMBERS = re.compile(r"[^\w .,:/+\\-]")
_CASED_WORD = re.compile(r"[A-Za-zÀ-ÿ\u0370-\u052f]{2,}")
_VOWEL = re.compile(r"[aeiouyAEIOUY]|[^\x00-\x7f]")
_SEPARATORS = frozenset(" \t.,;:-_^=/\\@'()\"+&")
"""What stands between words and numbers of real texts."""


def find_strings(data: bytes, encodings: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield the readable strings, by kind and then by place; the same string may come again.

    Parameters
    ----------
    data : bytes
        Of any kind; time is proportional to their number.
    encodings : tuple of str
        Python codecs of the data set's Specific Character Set; ASCII and UTF-8 are always tried.
    """
    yield from _find_ascii(data)
    if b"\0" in data:
        yield from _find_utf_16(data)
    if not data.isascii() or b"\x1b" in data:
        codecs = dict.fromkeys(("utf-8", *(encoding for encoding in encodings if encoding not in _PLAIN)))
        for found in _NO_ZEROS.finditer(data):
            run = _find_field(found[0])
            if len(run) >= _SHORTEST and (not run.isascii() or b"\x1b" in run):
                yield from _decode(run, codecs)


_PLAIN = ("ascii", "utf-8", "utf8")


def _find_ascii(data: bytes) -> Iterator[str]:
    alone: list[str] = []
    touched: list[str] = []
    runs = 0
    mask = data.translate(_ASCII)
    size = len(data)
    start = mask.find(_LEAST_RUN)
    while start >= 0:
        end = mask.find(0, start)
        if end < 0:
            end = size
        runs += 1
        is_alone = (not start or data[start - 1] < 0x20) and (end == size or data[end] < 0x20)
        # What other bytes touch needs to be longer: most runs that noise holds are refused here.
        if is_alone or end - start >= _SHORTEST_ALONGSIDE:
            text = data[start:end].decode("ascii")
            if is_plausible(text, is_alone):
                (alone if is_alone else touched).append(text)
        start = mask.find(_LEAST_RUN, end)
    refused = runs - len(alone) - len(touched)
    if refused > _NOISE_RUNS and refused > _NOISE_SHARE * (runs - refused):
        # As many are to be expected by chance; what is longer is not.
        alone = [text for text in alone if len(text) > _SHORTEST]
        touched = [text for text in touched if len(text) >= _SHORTEST_IN_NOISE]
    yield from alone
    yield from touched


def _find_utf_16(data: bytes) -> Iterator[str]:
    for found in _UTF_16_RUN.finditer(data) if _PERHAPS_UTF_16.search(data) else ():
        first, middle, last = found.groups()
        text = middle.decode("utf-16-le")
        # Big endian characters, read one byte late, lack the last one.
        if first and last:
            text += last.decode("ascii")
        # Samples of sixteen bits look like this in dark pictures: a field of text ends with a zero.
        is_field = not data[found.end() : found.end() + 2].strip(b"\0")
        if is_plausible(text, is_field):
            yield text
    if _may_hold_scripts(data):
        for shift, codec in ((0, "utf-16-le"), (1, "utf-16-be")):
            for found in _UTF_16_SCRIPTS.finditer(data):
                start, end = found.start() - shift, found.end() - shift
                # Samples of twelve bits have these values too: only what stands between zeros is a field of text.
                if start < 0 or data[max(0, start - 2) : start].strip(b"\0") or data[end : end + 2].strip(b"\0"):
                    continue
                text = data[start:end].decode(codec, "replace")
                if not text.isascii() and is_one_script(text) and max(text) < "\u0500":
                    yield text


def _may_hold_scripts(data: bytes) -> bool:
    """Whether there may be a match of `_UTF_16_SCRIPTS`: every other byte of it is the same half of a character."""
    if b"\x04" not in data and b"\x03" not in data:
        return False
    halves = data.translate(_HALVES_OF_SCRIPTS)
    return _LEAST_RUN in halves[::2] or _LEAST_RUN in halves[1::2]


def _decode(run: bytes, codecs: Iterable[str]) -> Iterator[str]:
    for codec in codecs:
        try:
            text = run.decode(codec)
        except UnicodeDecodeError:
            continue
        if is_one_script(text):
            yield text
            return


def _find_field(piece: bytes) -> bytes:
    """Return the end of what lies between two zeros, if it fills a field of its own or follows its own length.

    Bytes beyond ASCII are too frequent in samples to ask for less.
    """
    before = piece.rstrip(_HIGH)
    length = len(piece) - len(before)
    return piece[len(before) :] if not before or before[-1] == length else b""


def is_plausible(text: str, alone: bool) -> bool:
    """Return whether a run of readable characters looks like words or numbers.

    Parameters
    ----------
    alone : bool
        Whether it stands between control bytes; then less is asked for.
    """
    text = text.strip()
    length = len(text)
    if length < (_SHORTEST if alone else _SHORTEST_ALONGSIDE) or len(set(text)) < 3:
        return False
    tokens = (_TOKEN if length < _LONG else _PIECE).findall(text)
    total = sum(map(len, tokens))
    least = 3 if alone else 4
    longest = max([len(token) for token in tokens if len(token) >= least and _is_word(token)], default=0)
    if not longest:  # so it is with nearly all that noise holds
        digits = sum(map(str.isdigit, text))
        return (
            digits >= (_SHORTEST if alone else _SHORTEST_ALONGSIDE)
            and digits >= 0.6 * total
            and len(_NOT_IN_NUMBERS.findall(_AREA_CODE.sub("", text))) <= 0.05 * length
            and (alone or not _repeats(text))
        )
    if not alone and _repeats(text):
        return False
    if length >= _SHORTEST_ALONGSIDE and not _bends(text, _LEAST_BEND):
        return False
    good = few = 0
    for token in tokens:
        size = len(token)
        if _is_word(token) or _NUMBER.fullmatch(token):
            good += size
        elif size <= 4 and (token.isupper() or (token.islower() and length > _SHORTEST_IN_NOISE)):
            few += size
    if longest >= 4:
        good += few  # abbreviations and short words, beside a longer one
    separators = sum(character in _SEPARATORS for character in text)
    others = length - total - separators
    if alone:
        return good >= 0.6 * total and others <= 0.25 * length
    return longest >= 4 and good >= 0.8 * total and others <= 0.1 * length and separators <= _MOST_SEPARATORS * length


def _repeats(text: str) -> bool:
    repeated: int = sum(map(eq, text, text[1:]))
    return repeated > 0.4 * len(text)


def _is_word(token: str) -> bool:
    if len(token) < 3 or len(token) > _LONGEST_WORD or not _WORD.fullmatch(token) or not _VOWEL.search(token):
        return False
    return len(token) < _SHORTEST_ALONGSIDE or _bends(token.lower(), _LEAST_BEND / 2)


def _bends(text: str, least: float) -> bool:
    """Return whether neighbours differ as letters do; the samples of a smooth picture rise and fall slowly."""
    codes = [ord(character) for character in text]
    steps = [following - code for code, following in pairwise(codes)]
    return sum(abs(step - following) for step, following in pairwise(steps)) >= least * (len(steps) - 1)


def is_one_script(text: str) -> bool:
    """Return whether the letters are of one script besides Latin, in the case of words: not so in noise."""
    letters = [character for character in text if character.isalpha()]
    if len(letters) < 2 or len(letters) < 0.6 * len(text) or not text.isprintable():
        return False
    scripts = {unicodedata.name(letter, "?").partition(" ")[0] for letter in letters if not letter.isascii()}
    if len(scripts - _EAST_ASIAN) + bool(scripts & _EAST_ASIAN) > 1:
        return False
    # Capitals begin a word or fill it; a few names have one within.
    odd = sum(not (word.isupper() or word[1:].islower()) for word in _CASED_WORD.findall(text))
    return odd == 0 or odd <= len(letters) // 12


_EAST_ASIAN = frozenset({"CJK", "HIRAGANA", "KATAKANA", "HALFWIDTH", "FULLWIDTH", "HANGUL", "IDEOGRAPHIC"})
