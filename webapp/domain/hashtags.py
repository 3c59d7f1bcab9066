"""Find the hashtags in the titles of posts."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final, NamedTuple

MAX_TAG: Final = 150

_SIGNS: Final = frozenset("#＃﹟")
# A # behind a letter or a digit is part of the word (C#), behind & of a character reference (&#39;).
_SIGN: Final = re.compile(rf"(?<![\w&])[{''.join(sorted(_SIGNS))}]")
# An address keeps its own #: with a scheme, with www, or a bare host with a path behind it.
_ADDRESS: Final = re.compile(
    r"(?<![a-z0-9+.\-])(?:[a-z][a-z0-9+.\-]{1,20}://|www\.)\S+"
    r"|(?<![a-z0-9.\-])(?:[a-z0-9\-]{1,63}\.){1,5}[a-z]{2,24}/\S*",
    re.IGNORECASE | re.ASCII,
)
_WORD: Final = re.compile(r"\w+")
_IN_TAGS: Final = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Pc"})
_EMOJI: Final = frozenset({"So", "Sk", "Sm"})
_EMOJI_BLOCKS: Final = ((0x2300, 0x23FF), (0x2600, 0x27BF), (0x2B00, 0x2BFF), (0x1F000, 0x1FAFF))
# Without a width of their own: they join letters or emoji and end no tag.
_JOINERS: Final = "\u200c\u200d"
_SELECTORS: Final = "\ufe0e\ufe0f"
_WITHOUT_SELECTORS: Final = str.maketrans("", "", _SELECTORS)
_KEYCAP: Final = "\u20e3"


class Tag(NamedTuple):
    """A hashtag: the form in which tags are compared, and the one that stands in the title; both without the sign."""

    key: str
    spelling: str


def find_hashtags(title: str | None) -> tuple[Tag, ...]:
    """Return the hashtags of a title in their order, each once; both forms have at most ``MAX_TAG`` characters."""
    if not title or _SIGNS.isdisjoint(title):
        return ()
    if "." in title or "://" in title:
        title = _ADDRESS.sub(" ", title)
    found: dict[str, Tag] = {}
    sign = _SIGN.search(title)
    while sign is not None:
        end = sign.end()
        while True:
            start, end = end, _end_of_tag(title, end)
            spelling = _tidy(title[start:end])
            if spelling:
                key = tag_key(spelling)
                found.setdefault(key, Tag(key, spelling))
            # Glued to the tag before.
            if end == len(title) or title[end] not in _SIGNS:
                break
            end += 1
        sign = _SIGN.search(title, end)
    return tuple(found.values())


@lru_cache(4_096)
def tag_key(spelling: str) -> str:
    """Return the form in which hashtags are compared: NFKC, without regard to case and to how an emoji is drawn."""
    if spelling.isascii():
        return spelling.lower()[:MAX_TAG]
    folded = unicodedata.normalize("NFKC", spelling).casefold().translate(_WITHOUT_SELECTORS)
    return unicodedata.normalize("NFKC", folded)[:MAX_TAG].rstrip(_JOINERS)


def _end_of_tag(title: str, start: int) -> int:
    word = _WORD.match(title, start)
    at = word.end() if word else start
    while at < len(title) and (title[at].isalnum() or _belongs(title[at])):
        at += 1
    return at


def _tidy(text: str) -> str:
    """Return a tag as it is spelled; empty where there is nothing to read in it."""
    spelling = text[:MAX_TAG].rstrip(_JOINERS)
    if spelling.isalnum():
        return spelling
    # The keycap emoji #️⃣ begins with the sign and is no tag.
    if spelling.lstrip(_SELECTORS).startswith(_KEYCAP):
        return ""
    return spelling if any(unicodedata.category(character)[0] in "LNS" for character in spelling) else ""


@lru_cache(4_096)
def _belongs(character: str) -> bool:
    """Return whether a character goes on with a tag: letter, mark, digit, underscore, emoji or a joiner of them."""
    category = unicodedata.category(character)
    if category in _IN_TAGS or character in _JOINERS:
        return True
    return category in _EMOJI and any(low <= ord(character) <= high for low, high in _EMOJI_BLOCKS)
