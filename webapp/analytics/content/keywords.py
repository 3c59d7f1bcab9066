"""The words of titles."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_WORD: Final = re.compile(r"[^\W\d_]{2,}(?:['’\-][^\W\d_]+)*")


def words_of(title: str | None) -> frozenset[str]:
    """Return the words of a title in their compared form, hashtags, names and addresses left out."""
    text = " ".join(part for part in (title or "").split() if part[0] not in "#＃@" and "://" not in part)
    return frozenset(word.casefold() for word in _WORD.findall(unicodedata.normalize("NFKC", text)))
