"""Words: which are names, which only look like names, and how words are compared.

What is known of words is data: `data/names.tsv`, `data/stop-words.tsv`. Words are compared folded: in lower case,
without accents and without differences of width, so that 'MÜLLER', 'Müller' and 'muller' are one. What is written
differently where an accent is lacking ('Mueller') is a spelling of its own.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache

from pycore.standard import name_words, romanisations, stop_words

_CACHED_WORDS = 65536

_LETTERS = str.maketrans(
    {"æ": "ae", "ø": "o", "œ": "oe", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ı": "i", "ħ": "h", "ŋ": "n"}
)
"""Letters that have no decomposition and yet are written with plain ones."""

_SPELLINGS = (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("å", "aa"), ("ø", "oe"))
"""How letters are written where the keyboard lacks them; the plain letter is what folding gives."""


_MARKS = re.compile("[\u0300-\u036f]")


def compose(text: str) -> str:
    """Return a text in which a letter and its accent are one character, and so part of one word."""
    return text if text.isascii() else _MARKS.sub("", unicodedata.normalize("NFC", text))


@lru_cache(maxsize=_CACHED_WORDS)
def fold(word: str) -> str:
    """Return a word as it is compared: lower case, no accents, no width, 'ß' as 'ss'."""
    if word.isascii():
        return word.lower()
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", word).casefold())
    bare = "".join(sign for sign in decomposed if unicodedata.category(sign) != "Mn")
    return unicodedata.normalize("NFC", bare).translate(_LETTERS)


def spellings(word: str) -> frozenset[str]:
    """Return the folded forms of a word: with and without the two letters for an accented one, and in Latin letters."""
    if word.isascii():
        return frozenset((word.lower(),))
    spelled = unicodedata.normalize("NFKC", word).casefold()
    for letter, replacement in _SPELLINGS:
        spelled = spelled.replace(letter, replacement)
    return frozenset((fold(word), fold(spelled), *_romanised(unicodedata.normalize("NFC", word.casefold()))))


def _romanised(word: str) -> Iterator[str]:
    """Yield a Cyrillic or Greek word in Latin letters, as passports, English texts and libraries write it."""
    for letters in romanisations():
        if letters.keys().isdisjoint(fold(word)):
            return
        found = word
        for written, latin in letters.items():
            if len(written) > 1:
                found = found.replace(written, latin)
        yield fold("".join(letters.get(sign) or letters.get(fold(sign), sign) for sign in found))


@lru_cache(maxsize=_CACHED_WORDS)
def is_term(word: str) -> bool:
    """Return whether a folded word is never part of a name found by its form alone; a plural counts as its word."""
    terms = stop_words()["term"]
    return word in terms or (word.endswith("s") and word[:-1] in terms)


@lru_cache(maxsize=_CACHED_WORDS)
def is_common(word: str) -> bool:
    """Return whether a folded word is no evidence of a name by itself: an ordinary word, a term, a placeholder."""
    words = stop_words()
    return is_term(word) or any(word in words[kind] for kind in ("common", "eponym", "placeholder"))


def is_eponym(word: str) -> bool:
    """Return whether a folded word is mostly a disease, a sign or a view."""
    return word in stop_words()["eponym"]


def is_placeholder(word: str) -> bool:
    """Return whether a folded word stands for a name in test data and de-identified sets."""
    return word in stop_words()["placeholder"]


def is_staff_word(word: str) -> bool:
    """Return whether a folded word, in the name of a field, says that the field is about staff or a site."""
    return word in stop_words()["staff-word"]


def is_particle(word: str) -> bool:
    """Return whether a folded word is a small part of names, such as 'van'."""
    return word in stop_words()["particle"]


def is_acronym(letters: str) -> bool:
    """Return whether capitals are no initials of a person or a site."""
    return letters in _acronyms()


@cache
def given_names() -> frozenset[str]:
    """Return given names, folded, that are not ordinary words."""
    return frozenset(word for word in name_words()["given"] if not is_common(word))


@cache
def surnames() -> frozenset[str]:
    """Return surnames, folded, that are not ordinary words."""
    return frozenset(word for word in name_words()["surname"] if not is_common(word))


@cache
def known_names() -> frozenset[str]:
    """Return given names and surnames, folded, that are not ordinary words."""
    return given_names() | surnames()


def is_given_name(word: str) -> bool:
    """Return whether a folded word is listed as a given name, be it an ordinary word too."""
    return word in name_words()["given"]


def is_surname(word: str) -> bool:
    """Return whether a folded word is listed as a surname, be it an ordinary word too."""
    return word in name_words()["surname"]


@cache
def _acronyms() -> frozenset[str]:
    return frozenset(word.upper() for word in stop_words()["acronym"])
