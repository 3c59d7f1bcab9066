"""How sure a share of a counted group is."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Final

# The 97.5th percentile of the normal distribution: intervals that cover 95 %.
Z95: Final = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Interval:
    """A value between ``low`` and ``high``, which cover the truth in 95 of 100 cases."""

    value: float
    low: float
    high: float


def wilson(part: int, whole: int, z: float = Z95) -> Interval | None:
    """Return ``part`` / ``whole`` with its score interval; ``None`` of an empty whole.

    Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927), 209-212.
    """
    if not 0 <= part <= whole:
        raise ValueError("a part is between 0 and the whole")
    if not whole:
        return None
    share, square = part / whole, z * z / whole
    middle = (share + square / 2) / (1 + square)
    half = z * sqrt(share * (1 - share) / whole + square / (4 * whole)) / (1 + square)
    # At either end the formula gives the end itself, but for rounding.
    low = 0.0 if part == 0 else max(0.0, middle - half)
    high = 1.0 if part == whole else min(1.0, middle + half)
    return Interval(share, low, high)
