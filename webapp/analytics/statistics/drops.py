"""Intervals between two lists in which many more people left than usual."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, sqrt
from typing import Final

from webapp.analytics.statistics.negative_binomial import incomplete_beta

# Earlier intervals of a comparable length, and losses in them, below which nobody can say what is usual.
LEAST_INTERVALS: Final = 4
LEAST_LOSSES: Final = 50
# No more of them than that: what was usual years ago is not any more.
MOST_INTERVALS: Final = 12
LEVEL: Final = 0.01
_TIMES: Final = 2.0
_MORE: Final = 5
# Shorter intervals are joined to those after them.
_LEAST_DAYS: Final = 1.0
# Whoever is new leaves soon or stays, so a day right after a list and the mean of a long time are not alike.
_LENGTHS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Interval:
    """From one list to the next: days between them, how many were on the first, and how many of them left."""

    days: float
    present: int
    lost: int


@dataclass(frozen=True, slots=True)
class Drop:
    """An interval by its place, from ``first`` on where short ones were joined.

    ``expected`` is how many leave in such a time as a rule, ``p_value`` how likely so many are by chance, and
    ``intervals`` among how many earlier ones that was seen.
    """

    first: int
    place: int
    lost: int
    expected: float
    p_value: float
    intervals: int


@dataclass(frozen=True, slots=True)
class Drops:
    """The drops in order, and in how many intervals there was enough before to look for one.

    ``before`` and ``losses`` are the comparable intervals before the newest one and the losses in them.
    """

    found: tuple[Drop, ...]
    tested: int
    before: int
    losses: int


@dataclass(frozen=True, slots=True)
class _Joined:
    first: int
    place: int
    days: float
    present: int
    lost: int

    @property
    def exposure(self) -> float:
        """Return follower-days."""
        return self.days * self.present

    @property
    def log_rate(self) -> float:
        """Return the logarithm of losses a follower and day; half a loss more, so that there is one of none."""
        return log((self.lost + 0.5) / self.exposure)


def find_drops(intervals: Sequence[Interval]) -> Drops:
    """Return the intervals with many more losses than the ones before had, for their days and followers.

    The logarithm of the rate is compared with those of the last ``MOST_INTERVALS`` earlier intervals of a comparable
    length: Student's t for one new observation, whose variance is never taken for less than that of counts by chance
    (Poisson). A drop stands at ``LEVEL``, has twice the usual losses and five more. It is no part of what is usual
    afterwards, unless the next interval is one too: then it is the new usual.
    """
    joined = _join(intervals)
    found: list[Drop] = []
    single: set[int] = set()
    tested, base, last_was_drop = 0, [], False
    for at, each in enumerate(joined):
        base = _comparable(joined[:at], single, each)
        if not _is_enough(base):
            last_was_drop = False
            continue
        tested += 1
        drop = _test(each, base)
        if drop is not None:
            found.append(drop)
        if drop is not None and last_was_drop:
            single.discard(at - 1)
        elif drop is not None:
            single.add(at)
        last_was_drop = drop is not None
    return Drops(tuple(found), tested, len(base), sum(each.lost for each in base))


def _join(intervals: Sequence[Interval]) -> list[_Joined]:
    joined: list[_Joined] = []
    first, days, lost = 0, 0.0, 0
    for place, each in enumerate(intervals):
        days, lost = days + max(each.days, 0.0), lost + each.lost
        if days >= _LEAST_DAYS:
            present = intervals[first].present
            if present:
                joined.append(_Joined(first, place, days, present, lost))
            first, days, lost = place + 1, 0.0, 0
    return joined


def _comparable(earlier: Sequence[_Joined], single: set[int], new: _Joined) -> list[_Joined]:
    usual = [
        each
        for at, each in enumerate(earlier)
        if at not in single and new.days / _LENGTHS <= each.days <= new.days * _LENGTHS
    ]
    return usual[-MOST_INTERVALS:]


def _is_enough(base: Sequence[_Joined]) -> bool:
    return len(base) >= LEAST_INTERVALS and sum(each.lost for each in base) >= LEAST_LOSSES


def _test(new: _Joined, base: Sequence[_Joined]) -> Drop | None:
    rates = [each.log_rate for each in base]
    number = len(base)
    mean = sum(rates) / number
    expected = exp(mean) * new.exposure
    by_chance = sum(1 / (each.lost + 0.5) for each in base) / number
    seen = sum((rate - mean) ** 2 for rate in rates) / (number - 1)
    more_than_chance = max(seen - by_chance, 0.0)
    variance = more_than_chance + 1 / (expected + 0.5) + max(seen, by_chance) / number
    p_value = upper_t((new.log_rate - mean) / sqrt(variance), number - 1)
    is_drop = p_value <= LEVEL and new.lost >= _TIMES * expected and new.lost - expected >= _MORE
    return Drop(new.first, new.place, new.lost, expected, p_value, number) if is_drop else None


def upper_t(value: float, freedom: int) -> float:
    """Return the probability that Student's t with ``freedom`` degrees lies above a value.

    By the incomplete beta function: Abramowitz and Stegun, "Handbook of Mathematical Functions" (1964), 26.7.1.
    """
    tail = incomplete_beta(freedom / 2, 0.5, freedom / (freedom + value * value)) / 2
    return tail if value >= 0 else 1 - tail
