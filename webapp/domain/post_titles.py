"""What counts as the words of a post."""

from __future__ import annotations

from typing import Final

# How exports write that there are none.
_NONE: Final = frozenset({"", "n/a"})


def title_of(text: str | None) -> str:
    """Return the words of a post as an export has them, an empty text for its spellings of none."""
    return "" if text is None or text.strip().casefold() in _NONE else text
