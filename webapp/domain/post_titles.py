"""What counts as the words of a post."""

from __future__ import annotations

from typing import Final

# How exports write that there are none.
_NONE: Final = frozenset({"", "n/a"})


def title_of(text: str | None) -> str:
    """Return the words of a post as an export has them, an empty text for its spellings of none."""
    return "" if text is None or text.strip().casefold() in _NONE else text


def shortened(text: str, most: int) -> str:
    """Return words on one line with at most so many characters; more are cut between two words where that can be."""
    words = " ".join(text.split())
    if len(words) <= most:
        return words
    cut = words[:most].rpartition(" ")[0]
    # A script without blanks, or an address, has no place between words.
    return f"{cut if len(cut) >= most // 2 else words[: most - 1]}…"
