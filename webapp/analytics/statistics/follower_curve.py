"""How many followers there were between the lists, and how many came who no list shows.

An export is an exact point. Between two of them everybody is one of four kinds, and each has a share of being there
at a moment t, which is what the curve adds up (a, b, c: the ages of the person at t, at the list after t and at the
list before t; S: the share that stays so long):

* on both lists: there, 1;
* on the list before, not on the one after: left somewhere between, so (S(a) - S(b)) / (S(c) - S(b)), which is 1 at the
  list before and 0 at the one after;
* new on the list after, followed at t or earlier: stands for itself and for those who followed alike and were gone
  before the list, so S(a) / S(b), which is 1 at the list after;
* back on the list after with an old date: there for the part of the gap that has gone by.

So the curve passes through every list exactly. Before the first list everybody on it is of the third kind.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import exp, expm1, sqrt
from typing import Final

from webapp.analytics.statistics.hazard import EDGES, Cohort, Hazard
from webapp.analytics.statistics.matrices import quadratic
from webapp.analytics.statistics.proportions import Z95, Interval

# Beyond the last edge the rate is the same for everybody: older people are counted together.
_OLD: Final = EDGES[-1]


class _Sum:
    """People who are estimated: the expectation, its slope in the log rates, and what chance adds to the variance."""

    def __init__(self, hazard: Hazard, known: float = 0.0) -> None:
        self._hazard = hazard
        self._known = known
        self._value = 0.0
        self._noise = 0.0
        self._slope = [0.0] * len(hazard.log_rates)

    def add_known(self, people: float) -> None:
        """Add people of whom it is certain that they were there."""
        self._known += people

    def add_seen(self, people: int, followed: float, at: float, seen_at: float) -> None:
        """Add those who were there at ``at`` like these, who followed alike and were seen at ``seen_at``.

        The unseen per seen are counts until a success: their variance is that of the negative binomial.
        """
        before, after = self._hazard.parts(at - followed), self._hazard.parts(seen_at - followed)
        gap = [b - a for a, b in zip(before, after, strict=True)]
        each = exp(sum(gap))
        self._known += people
        self._value += people * (each - 1)
        self._noise += people * each * (each - 1)
        self._slope = [s + people * each * g for s, g in zip(self._slope, gap, strict=True)]

    def add_lost(self, people: int, followed: float, before: float, at: float, after: float) -> None:
        """Add those of these who were still there at ``at``: seen at ``before`` and not at ``after``."""
        start, now, end = (self._hazard.parts(max(0.0, moment - followed)) for moment in (before, at, after))
        x, y = sum(now) - sum(start), sum(end) - sum(start)
        if y <= 0:
            return
        whole = -expm1(-y)
        share = (exp(-x) - exp(-y)) / whole
        by_x, by_y = -exp(-x) / whole, exp(-y) * -expm1(-x) / whole**2
        self._value += people * share
        self._noise += people * share * (1 - share)
        self._slope = [
            s + people * (by_x * (n - b) + by_y * (e - b))
            for s, b, n, e in zip(self._slope, start, now, end, strict=True)
        ]

    def interval(self) -> Interval:
        """Return the sum with its 95 % interval by the delta method; never below what is certain."""
        total = self._known + self._value
        half = Z95 * sqrt(max(0.0, quadratic(self._hazard.covariance, self._slope) + self._noise))
        return Interval(total, max(self._known, total - half), total + half)


@dataclass(frozen=True, slots=True)
class _Gap:
    """The people between two lists, older ones pooled."""

    before: float
    after: float
    kept: int
    lost: tuple[tuple[float, int], ...]
    new: tuple[tuple[float, int], ...]
    back: int


class FollowerCurve:
    """The followers at any moment from the oldest follow to the newest list; times in days."""

    def __init__(self, hazard: Hazard, times: Sequence[float], cohorts: Iterable[Cohort]) -> None:
        self._hazard = hazard
        self._times = times
        cohorts = tuple(cohorts)
        firsts: Counter[float] = Counter()
        for cohort in cohorts:
            if cohort.first == 0:
                firsts[min(cohort.followed, times[0])] += cohort.count
        self._dates = sorted(firsts)
        self._counts = [firsts[date] for date in self._dates]
        self._gaps = [_gap(times, at, cohorts) for at in range(1, len(times))]

    def at(self, moment: float) -> Interval:
        """Return the followers at a moment that is not after the newest list."""
        place = bisect_left(self._times, moment)
        if place == len(self._times):
            raise ValueError("nothing is known after the newest list")
        return self._before_first(moment) if place == 0 else self._between(self._gaps[place - 1], moment)

    def gross(self, gap: int, start: float, end: float) -> Interval:
        """Return how many followed in ``(start, end]`` between list ``gap`` and the next: seen there, or gone by then.

        The estimate of Horvitz and Thompson, JASA 47 (1952), 663-685: each one seen stands for 1 / S(age at the list).
        """
        found, between = _Sum(self._hazard), self._gaps[gap]
        for followed, people in between.new:
            if start < followed <= end:
                found.add_seen(people, followed, followed, between.after)
        return found.interval()

    def _before_first(self, moment: float) -> Interval:
        first = self._times[0]
        found = _Sum(self._hazard)
        old, upto = bisect_right(self._dates, moment - _OLD), bisect_right(self._dates, moment)
        if old:
            found.add_seen(sum(self._counts[:old]), moment - _OLD, moment, first)
        for followed, people in zip(self._dates[old:upto], self._counts[old:upto], strict=True):
            found.add_seen(people, followed, moment, first)
        return found.interval()

    def _between(self, gap: _Gap, moment: float) -> Interval:
        found = _Sum(self._hazard, gap.kept)
        for followed, people in gap.lost:
            found.add_lost(people, followed, gap.before, moment, gap.after)
        for followed, people in gap.new:
            if followed <= moment:
                found.add_seen(people, followed, moment, gap.after)
        found.add_known(gap.back * (moment - gap.before) / (gap.after - gap.before))
        return found.interval()


def _gap(times: Sequence[float], at: int, cohorts: Iterable[Cohort]) -> _Gap:
    before, after = times[at - 1], times[at]
    kept = back = 0
    lost: Counter[float] = Counter()
    new: Counter[float] = Counter()
    for cohort in cohorts:
        if cohort.first == at:
            if cohort.followed > before:
                new[min(cohort.followed, after)] += cohort.count
            else:
                back += cohort.count
        elif cohort.first < at and (cohort.gone is None or cohort.gone >= at):
            if cohort.gone == at:
                lost[max(cohort.followed, before - _OLD)] += cohort.count
            else:
                kept += cohort.count
    return _Gap(before, after, kept, tuple(sorted(lost.items())), tuple(sorted(new.items())), back)
