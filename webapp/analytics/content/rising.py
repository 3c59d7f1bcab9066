"""Hashtags and sounds that an account's newest counted posts have far more often than its earlier ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from webapp.analytics.content.fit import RISING_NEEDS_POSTS, RISING_NEEDS_USES, RISING_RECENT, Rising
from webapp.analytics.content.table import PostRow, PostTable
from webapp.analytics.statistics.false_discovery import benjamini_hochberg
from webapp.analytics.statistics.hypergeometric import hypergeometric_tail

# Of what is announced, at most this share is false; with 10 % one creator in twelve was told so without a cause.
FALSE_RISING: Final = 0.05
_TIMES: Final = 2.0
_DIGITS: Final = 6


def find_rising_tags(table: PostTable) -> tuple[Rising, ...]:
    """Return the hashtags that rise, the surest first."""
    return _find_rising(table.counted, lambda row: row.hashtags, lambda place: table.tags[place].tag)


def find_rising_sounds(table: PostTable) -> tuple[Rising, ...]:
    """Return the sounds that rise, the surest first."""
    return _find_rising(
        table.counted,
        lambda row: () if row.sound is None else (row.sound,),
        lambda place: table.sounds[place].public_id,
    )


def _find_rising(
    rows: Sequence[PostRow], places_of: Callable[[PostRow], Iterable[int]], key_of: Callable[[int], str]
) -> tuple[Rising, ...]:
    """Test whatever could rise: how many of its uses are among the newest posts, were they in any order?"""
    if len(rows) < RISING_NEEDS_POSTS:
        return ()
    of_earlier = len(rows) - RISING_RECENT
    earlier = Counter(place for row in rows[:of_earlier] for place in places_of(row))
    recent = Counter(place for row in rows[of_earlier:] for place in places_of(row))
    uses = {place: earlier[place] + recent[place] for place in {*earlier, *recent}}
    tested = [place for place, count in uses.items() if count >= RISING_NEEDS_USES]
    p_values = [hypergeometric_tail(recent[place], RISING_RECENT, uses[place], len(rows)) for place in tested]
    found = [
        Rising(
            key=key_of(place),
            recent=recent[place],
            of_recent=RISING_RECENT,
            earlier=earlier[place],
            of_earlier=of_earlier,
            p_value=round(p_value, _DIGITS),
        )
        for place, p_value, stands in zip(tested, p_values, benjamini_hochberg(p_values, FALSE_RISING), strict=True)
        if stands and recent[place] >= RISING_NEEDS_USES
    ]
    return tuple(sorted(filter(_is_news, found), key=lambda rising: (rising.p_value, rising.key)))


def _is_news(rising: Rising) -> bool:
    return is_far_more(rising.recent, rising.of_recent, rising.earlier, rising.of_earlier)


def is_far_more(recent: int, of_recent: int, earlier: int, of_earlier: int) -> bool:
    """Return whether the share among the newest posts is at least twice the one before, half a use added to each."""
    return (recent + 0.5) / (of_recent + 1) >= _TIMES * (earlier + 0.5) / (of_earlier + 1)
