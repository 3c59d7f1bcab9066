"""Medians of numbers that come one after the other."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import deque
from math import sqrt
from typing import Final

# To what the median of distances makes a standard deviation, where the distances are normal.
MAD_TO_SD: Final = 1.4826
# A sd that is never less: figures of hardly any spread are no surer for that.
LEAST_SPREAD: Final = 0.25
# Numbers further out move a middle no more than that.
_FAR_OUT: Final = 2.0
# For a spread numbers count as at most so many sd; what that leaves of the variance of normal ones.
_DRAWN_IN: Final = 1.5
_LEFT: Final = 0.7784
_ROUNDS: Final = 3
# A sd of few numbers is wider by so many of their number: without it, twice as many posts are exceptional by chance.
_FEW: Final = 2.0


class Rolling:
    """The newest of the numbers so far, in order of size; ``most`` is how many, ``None`` for all of them."""

    def __init__(self, most: int | None = None) -> None:
        self._newest: deque[float] | None = None if most is None else deque(maxlen=most)
        self.ordered: list[float] = []

    def __len__(self) -> int:
        return len(self.ordered)

    def add(self, value: float) -> None:
        """Take one more number, and forget the oldest of too many."""
        if self._newest is not None:
            if len(self._newest) == self._newest.maxlen:
                del self.ordered[bisect_left(self.ordered, self._newest[0])]
            self._newest.append(value)
        insort(self.ordered, value)

    @property
    def median(self) -> float:
        """Return the number in the middle; there must be one."""
        return middle(self.ordered)

    @property
    def spread(self) -> float:
        """Return the robust sd (1.4826 times the median distance from the median), at least a quarter."""
        centre = self.median
        return max(MAD_TO_SD * middle(sorted(abs(value - centre) for value in self.ordered)), LEAST_SPREAD)

    @property
    def steady_middle(self) -> float:
        """Return what the numbers lie around: the median, moved by the mean distance of those not far out.

        One step of Huber's estimate, "Robust Statistics" (1981), 6.7: half as many numbers tell as much.
        """
        centre, furthest = self.median, _FAR_OUT * self.spread
        return centre + sum(min(max(value - centre, -furthest), furthest) for value in self.ordered) / len(self)

    @property
    def steady_spread(self) -> float:
        """Return a robust sd that fewer numbers tell, begun from ``spread``; at least a quarter.

        Huber's proposal 2, "Robust Statistics" (1981), 6.7.
        """
        centre, found = self.median, self.spread
        squares = [(value - centre) ** 2 for value in self.ordered]
        for _ in range(_ROUNDS):
            furthest = (_DRAWN_IN * found) ** 2
            found = sqrt(sum(min(square, furthest) for square in squares) / len(squares) / _LEFT)
        return max(found, LEAST_SPREAD)

    @property
    def wide_spread(self) -> float:
        """Return the same made wider by what so few numbers leave open: a sd of few is often too small."""
        return self.steady_spread * (1 + _FEW / len(self))

    def at_least(self, value: float) -> int:
        """Return how many of the numbers are no smaller."""
        return len(self.ordered) - bisect_left(self.ordered, value)

    def at_most(self, value: float) -> int:
        """Return how many of the numbers are no greater."""
        return bisect_right(self.ordered, value)


def middle(ordered: list[float]) -> float:
    """Return the median of numbers in order of size; there must be one."""
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2
