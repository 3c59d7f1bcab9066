"""Ranges that hold as often as they say, from the errors so far and from how often earlier ranges held.

Order statistics of the newest errors, at a level that follows the misses: Gibbs and Candès, "Adaptive conformal
inference under distribution shift" (NeurIPS 2021); STATISTICS 3.3.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import floor
from typing import Final

from webapp.analytics.statistics.rolling import Rolling

# A range is made of so many of the newest errors.
_NEWEST: Final = 100
_PACE: Final = 0.02
_LEAST, _MOST = 0.01, 0.6
# Digits that are kept before a place is rounded: a tenth of ten is 1, not 1.0000000000000002.
_DIGITS: Final = 9

Bounds = tuple[float, float]


class Ranges:
    """Ranges at several levels around whatever is expected; errors come in order of time."""

    def __init__(self, levels: Sequence[float]) -> None:
        self._errors = Rolling(_NEWEST)
        self._misses = {level: 1 - level for level in levels}

    @property
    def spread(self) -> float:
        """Return the robust sd of the newest errors; there must be one."""
        return self._errors.wide_spread

    def bounds(self) -> dict[float, Bounds]:
        """Return for each level what is to be added to an expectation, low and high; nothing of too few errors.

        Too few are those of which not even the least and the greatest enclose so much.
        """
        places = len(self._errors) + 1
        return {
            level: self._bounds(missed)
            for level, missed in self._misses.items()
            if places >= round(2 / (1 - level), _DIGITS)
        }

    def learn(self, error: float, held: Mapping[float, bool]) -> None:
        """Take the next error, and of each level whether the range that was given before it held."""
        for level, is_inside in held.items():
            moved = self._misses[level] + _PACE * (is_inside - level)
            self._misses[level] = min(max(moved, _LEAST), _MOST)
        self._errors.add(error)

    def _bounds(self, missed: float) -> Bounds:
        ordered = self._errors.ordered
        place = (len(ordered) + 1) * missed / 2
        return between(ordered, place), between(ordered, len(ordered) + 1 - place)


def between(ordered: Sequence[float], place: float) -> float:
    """Return the value at a place of an ascending row, from 1 on; of a place between two, what lies between them.

    Rounded outwards instead, ranges of fewer than thirty errors hold in 86 cases of 100, not in 80.
    """
    place = min(max(round(place, _DIGITS), 1), len(ordered))
    lower = floor(place)
    upper = min(lower + 1, len(ordered))
    return ordered[lower - 1] + (place - lower) * (ordered[upper - 1] - ordered[lower - 1])
