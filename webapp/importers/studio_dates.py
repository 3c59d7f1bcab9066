"""Read the dates of TikTok Studio: a month and a day in the words of any language, mostly without a year."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Final

from babel.dates import get_month_names
from babel.localedata import locale_identifiers

from webapp.domain.studio import When

_MAX_TEXT: Final = 60
# So many texts of a file tell its language; a file has one.
_TELLING: Final = 60
# Of the letters of all texts; the rest are words like "de". Fewer may be a short name that stands by chance.
_MOSTLY_NAMES: Final = 0.5
# Of the letters of a text, where a name stands inside a longer word: "lip" is not what "lipnja" means.
_MOSTLY_INSIDE: Final = 0.55
_WITH_YEAR = re.compile(r"(\d{4})\D(\d{1,2})\D(\d{1,2})\D*")
_TWO_NUMBERS = re.compile(r"\D*(\d{1,2})\D+(\d{1,2})\D*")
_NUMBERS = re.compile(r"\d+")
# Asked first, so that a name which two languages give to different months is read in the more likely one.
_FIRST: Final = (
    *("en", "es", "pt", "fr", "de", "id", "vi", "th", "tr", "ru", "ar", "it", "pl", "ja", "ko", "zh", "zh_Hant", "el"),
    *("nl", "ro", "uk", "cs", "hu", "sv", "da", "nb", "fi", "he", "hi", "ms", "fil", "bn", "hr", "sr", "sr_Latn", "bg"),
)
# Spelled out, as Vietnamese does beside the numbers that CLDR has.
_SPELLED: Final[Mapping[str, Mapping[str, int]]] = {
    "vi": {
        f"tháng {name}": month
        for names, month in (
            ("một giêng", 1),
            ("hai", 2),
            ("ba", 3),
            ("tư bốn", 4),
            ("năm", 5),
            ("sáu", 6),
            ("bảy", 7),
            ("tám", 8),
            ("chín", 9),
            ("mười", 10),
            ("chạp", 12),
        )
        for name in names.split()
    }
    | {"tháng mười một": 11, "tháng mười hai": 12}
}


def read_days(texts: Iterable[str]) -> dict[str, When]:
    """Return what each text means; one that is no date is not in the answer.

    All texts are taken for one language and one order: the first that reads most of them.
    """
    plain = {text: _plain(text) for text in dict.fromkeys(texts) if len(text) <= _MAX_TEXT}
    found = {text: when for text, spelled in plain.items() if (when := _with_year(spelled)) is not None}
    left = {text: spelled for text, spelled in plain.items() if text not in found and _NUMBERS.search(spelled)}
    if left:
        found |= _read_all(left)
    return found


def _read_all(texts: Mapping[str, str]) -> dict[str, When]:
    telling = list(texts.values())[:_TELLING]
    letters = sum(map(_letters, telling))
    best: dict[str, int] = {}
    most = (0, 0)
    for names in _languages() if letters else ():
        read = [found for text in telling if (found := _read(text, names)) is not None]
        count, named = len(read), sum(size for _, size in read)
        if (count, named) > most:
            best, most = names, (count, named)
        if count == len(telling) and named >= letters * _MOSTLY_NAMES:
            break
    if not best:
        return _in_numbers(texts)
    return {text: found[0] for text, spelled in texts.items() if (found := _read(spelled, best)) is not None}


def _languages() -> Iterator[dict[str, int]]:
    """Yield the names of months, longest first, a language at a time; nearly always the first ones do."""
    # Languages before their regions, which mostly say the same.
    others = sorted(set(locale_identifiers()) - set(_FIRST), key=lambda name: ("_" in name, name))
    seen: set[frozenset[tuple[str, int]]] = set()
    for identifier in (*_FIRST, *others):
        names = _names_of(identifier)
        said = frozenset(names.items())
        if said not in seen:
            seen.add(said)
            yield names


def _names_of(identifier: str) -> dict[str, int]:
    names: dict[str, int] = {_plain(name): month for name, month in _SPELLED.get(identifier, {}).items()}
    for width in ("wide", "abbreviated"):
        for context in ("format", "stand-alone"):
            for month, name in get_month_names(width, context, identifier).items():
                names.setdefault(_plain(name), month)
    words = {name: month for name, month in names.items() if any(character.isalpha() for character in name)}
    return dict(sorted(words.items(), key=lambda item: -len(item[0])))


def _read(text: str, names: Mapping[str, int]) -> tuple[When, int] | None:
    """Return the month that is named with the number beside it, and how many letters the name has.

    A name inside a longer word is looked for last.
    """
    for needs_edges in (True, False):
        for name, month in names.items():
            at = text.find(name)
            if at < 0 or (needs_edges and not _has_edges(text, at, at + len(name))):
                continue
            if not needs_edges and _letters(name) < _letters(text) * _MOSTLY_INSIDE:
                continue
            numbers = _NUMBERS.findall(text[:at] + " " + text[at + len(name) :])
            if len(numbers) == 1 and 1 <= int(numbers[0]) <= 31:
                return (0, month, int(numbers[0])), _letters(name)
    return None


def _letters(text: str) -> int:
    return sum(character.isalpha() for character in text)


def _has_edges(text: str, start: int, end: int) -> bool:
    before, after = text[start - 1 : start], text[end : end + 1]
    # A name that begins with a number must not be the rest of a longer one: "8월" in "18월".
    if text[start].isdigit() and before.isdigit():
        return False
    is_letter_before = before.isalpha() and text[start].isalpha()
    is_letter_after = after.isalpha() and text[end - 1].isalpha()
    is_number_after = after.isdigit() and text[end - 1].isdigit()
    return not (is_letter_before or is_letter_after or is_number_after)


def _in_numbers(texts: Mapping[str, str]) -> dict[str, When]:
    """Return dates of two numbers, in the order that every one of them allows and that makes days in a row."""
    pairs = {text: (int(match[1]), int(match[2])) for text, spelled in texts.items() if (match := _pair(spelled))}
    orders = [[(0, one, two) for one, two in pairs.values()], [(0, two, one) for one, two in pairs.values()]]
    valid = [whens for whens in orders if all(1 <= month <= 12 and 1 <= day <= 31 for _, month, day in whens)]
    if not valid:
        return {}
    return dict(zip(pairs, max(valid, key=_in_a_row), strict=True))


def _pair(text: str) -> re.Match[str] | None:
    return _TWO_NUMBERS.fullmatch(text)


def _in_a_row(whens: Iterable[When]) -> int:
    return sum(one[1] == two[1] and two[2] == one[2] + 1 for one, two in pairwise(whens))


def _with_year(text: str) -> When | None:
    match = _WITH_YEAR.fullmatch(text)
    if match is None:
        return None
    year, month, day = (int(number) for number in match.groups())
    return (year, month, day) if 2016 <= year <= 2100 and 1 <= month <= 12 and 1 <= day <= 31 else None


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(folded.replace(".", " ").replace("’", "'").split())
