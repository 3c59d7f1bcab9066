"""The words of titles, in the form in which they are compared, and how often posts have them."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from webapp.analytics.content.stop_words import STOP_WORDS

# Letters of many scripts carry marks of their own, which are no letters by themselves.
_MARKS: Final = "".join(chr(code) for code in range(0x300, 0x1B00) if unicodedata.category(chr(code))[0] == "M")
_LETTER: Final = f"[^\\W\\d_][{_MARKS}]*"
_WORD: Final = re.compile(f"(?:{_LETTER})+(?:['\\-](?:{_LETTER})+)*")
# Addresses, hashtags and names of people are no words of the text.
_OTHER: Final = re.compile(r"\S*://\S*|\bwww\.\S+|(?<!\w)[#@]\S+")
_APOSTROPHES: Final = str.maketrans(dict.fromkeys("’ʼ‘`´＇", "'"))
# French drops the vowel of these before another: l'été is the word été.
_ELIDED: Final = re.compile(r"^(?:(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|quoiqu|presqu)')+(?=\w)")
_POSSESSIVE: Final = re.compile(r"'s$")
_LEAST_LETTERS: Final = 2


def words_of(title: str | None) -> frozenset[str]:
    """Return the words of a title in their compared form, each once; hashtags, names and addresses left out.

    Words that ``STOP_WORDS`` leaves out of counts are among them.
    """
    return frozenset(word for part in (title or "").split() for word in _words_in(part))


def compared_word(text: str) -> str:
    """Return the compared form of a word that somebody wrote."""
    words = words_of(text)
    return next(iter(words)) if len(words) == 1 else text.casefold()


def index_words(titles: Iterable[str]) -> dict[str, tuple[int, ...]]:
    """Return the places of the titles that have each word."""
    places: defaultdict[str, list[int]] = defaultdict(list)
    # Titles of an account share most of their parts.
    known: dict[str, frozenset[str]] = {}
    for place, title in enumerate(titles):
        words: set[str] = set()
        for part in title.split():
            if part not in known:
                known[part] = _words_in(part)
            words |= known[part]
        for word in words:
            places[word].append(place)
    return {word: tuple(found) for word, found in places.items()}


def is_keyword(word: str) -> bool:
    """Return whether a word in its compared form says something about the post."""
    return word not in STOP_WORDS


def _words_in(part: str) -> frozenset[str]:
    """Return the words of a part of a title that no space divides."""
    text = unicodedata.normalize("NFKC", part).translate(_APOSTROPHES)
    found = (_compared(word) for word in _WORD.findall(_OTHER.sub(" ", text)))
    return frozenset(word for word in found if len(word) >= _LEAST_LETTERS)


def _compared(word: str) -> str:
    """Return a word as it is compared; an English contraction stays whole, so that it is known as a stop word."""
    folded = word.casefold()
    if folded in STOP_WORDS:
        return folded
    return _POSSESSIVE.sub("", _ELIDED.sub("", folded))
