"""Days on which many more people came than usual."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

from webapp.analytics.statistics.false_discovery import benjamini_hochberg
from webapp.analytics.statistics.negative_binomial import estimate_dispersion, upper_tail

LEAST_DAYS: Final = 56
_AROUND: Final = 28
_LEFT_OUT: Final = 2
LEVEL: Final = 0.05
_TIMES: Final = 2.0
_MORE: Final = 5
# What a calm day may be at most, in multiples of what is usual: a factor or a scatter is not taken from peaks.
_CALM: Final = 3.0
# The busiest tenth of the days around a day is set aside before their mean is taken.
_BUSIEST: Final = 0.1
# The factor of a weekday begins at 1 with the weight of so many days.
_PRIOR_DAYS: Final = 4.0


@dataclass(frozen=True, slots=True)
class Peak:
    """A day by its place in the series: its count, what was usual around it, and how likely so many are by chance."""

    place: int
    count: int
    expected: float
    p_value: float


def find_peaks(counts: Sequence[int], first_weekday: int) -> list[Peak] | None:
    """Return the peaks of a series of days in order; ``None`` below ``LEAST_DAYS`` days.

    What is usual: the median of 28 days before and after without the nearest two, times the factor of the weekday
    (0 is Monday). A peak has at least twice that and 5 more, and stands among the tests of all days by Benjamini and
    Hochberg at .05 against a negative binomial whose dispersion is estimated from the calm days.
    """
    if len(counts) < LEAST_DAYS:
        return None
    levels = _levels(counts)
    factors = _weekday_factors(counts, levels, first_weekday)
    usual = [level * factors[(first_weekday + place) % 7] for place, level in enumerate(levels)]
    calm = [(count, mean) for count, mean in zip(counts, usual, strict=True) if count <= _CALM * mean]
    # A median lies below the mean of skewed counts; both the tail and its scatter are about the mean.
    lift = max(1.0, sum(count for count, _ in calm) / (sum(mean for _, mean in calm) or 1.0))
    means = [mean * lift for mean in usual]
    dispersion = estimate_dispersion(
        (count, mean) for count, mean in zip(counts, means, strict=True) if count <= _CALM * mean
    )
    p_values = [
        upper_tail(count, mean, dispersion) if count > mean else 1.0 for count, mean in zip(counts, means, strict=True)
    ]
    stands = benjamini_hochberg(p_values, LEVEL)
    return [
        Peak(place, count, mean, p_value)
        for place, (count, mean, p_value) in enumerate(zip(counts, means, p_values, strict=True))
        if stands[place] and count >= _TIMES * mean and count - mean >= _MORE
    ]


def _levels(counts: Sequence[int]) -> list[float]:
    """Return for each day the median of those around it, or their mean without the busiest tenth if that is more.

    On quiet accounts most days have none, and a median of 0 would make a peak of every visitor.
    """
    levels = []
    window: list[int] = []
    for place in range(len(counts)):
        if not place:
            window = sorted(counts[: _AROUND + 1])
        else:
            if place + _AROUND < len(counts):
                insort(window, counts[place + _AROUND])
            if place - _AROUND - 1 >= 0:
                del window[bisect_left(window, counts[place - _AROUND - 1])]
        around = window.copy()
        for near in range(max(0, place - _LEFT_OUT), min(len(counts), place + _LEFT_OUT + 1)):
            del around[bisect_left(around, counts[near])]
        middle = len(around) // 2
        median = around[middle] if len(around) % 2 else (around[middle - 1] + around[middle]) / 2
        ordinary = around[: len(around) - int(len(around) * _BUSIEST)]
        levels.append(max(median, sum(ordinary) / len(ordinary)))
    return levels


def _weekday_factors(counts: Sequence[int], levels: Sequence[float], first_weekday: int) -> list[float]:
    """Return by how much a weekday is above or below what is usual; drawn towards 1 where there are few days.

    The busiest tenth of a weekday's days is set aside too, so that a peak does not make its weekday usual.
    """
    days: list[list[tuple[int, float]]] = [[] for _ in range(7)]
    for place, (count, level) in enumerate(zip(counts, levels, strict=True)):
        if level > 0:
            days[(first_weekday + place) % 7].append((count, level))
    kept = [sorted(each, key=_times_usual)[: len(each) - ceil(len(each) * _BUSIEST)] for each in days]
    seen = [sum(count for count, _ in each) for each in kept]
    usual = [sum(level for _, level in each) for each in kept]
    if not sum(seen):
        return [1.0] * 7
    overall = sum(seen) / sum(usual)
    prior = _PRIOR_DAYS * sum(levels) / len(levels)
    return [(count / overall + prior) / (level + prior) for count, level in zip(seen, usual, strict=True)]


def _times_usual(day: tuple[int, float]) -> float:
    return day[0] / day[1]
