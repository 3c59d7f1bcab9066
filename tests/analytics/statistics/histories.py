"""Simulated accounts of which everything is known: who followed when, and who left when."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import exp, log

from webapp.analytics.statistics.hazard import Cohort

YEAR_DAYS = 365
Person = tuple[float, float]
"""The days of the follow and of the end."""


@dataclass(frozen=True)
class Truth:
    """Everybody who ever followed, and the days of the exports."""

    people: tuple[Person, ...]
    times: tuple[float, ...]

    def followers_at(self, moment: float) -> int:
        return sum(start <= moment < end for start, end in self.people)

    def gross(self, start: float, end: float) -> int:
        return sum(start < followed <= end for followed, _ in self.people)

    def cohorts(self) -> list[Cohort]:
        """Return what the exports show, days of the follow in their middle."""
        seen: Counter[tuple[float, int, int | None]] = Counter()
        for start, end in self.people:
            on = [at for at, time in enumerate(self.times) if start <= time < end]
            if on:
                gone = on[-1] + 1 if on[-1] + 1 < len(self.times) else None
                seen[_middle(start, self.times, on[0]), on[0], gone] += 1
        return [
            Cohort(followed, first, gone, count) for (followed, first, gone), count in sorted(seen.items(), key=str)
        ]


def _middle(start: float, times: Sequence[float], first: int) -> float:
    """Return the middle of the day, or of the part of it between two lists."""
    low, high = float(int(start)), float(int(start)) + 1
    if first:
        low = max(low, times[first - 1])
    return (low + min(high, times[first])) / 2


def simulate(
    seed: int, a_day: float = 20, days: int = 500, times: Sequence[float] = (380, 410, 440, 470, 500)
) -> Truth:
    """Return an account with weeks of more and less growth, a quarter of whose followers are soon bored.

    The rate of leaving falls smoothly, from 1.2 % a day to 0.1 %: no step of it is where the estimate has one.
    """
    draw = random.Random(seed)
    people = []
    pace = 1.0
    for day in range(days):
        if day % 7 == 0:
            pace = a_day * exp(draw.gauss(0, 0.4)) * (0.5 + day / days)
        for _ in range(poisson(draw, pace)):
            start = day + draw.random()
            people.append((start, start + _stay(draw)))
    return Truth(tuple(people), tuple(map(float, times)))


def _stay(draw: random.Random) -> float:
    """Return days until the end: a share that is soon bored, the others for years."""
    return draw.expovariate(1 / 25) if draw.random() < 0.25 else draw.expovariate(0.001)


def true_survival(days: float) -> float:
    """Return the share that stays so long."""
    return 0.25 * exp(-days / 25) + 0.75 * exp(-0.001 * days)


def poisson(draw: random.Random, mean: float) -> int:
    """Return a count of this mean."""
    if mean > 1000:
        return max(0, round(draw.gauss(mean, mean**0.5)))
    count, passed = 0, draw.expovariate(1.0)
    while passed < mean:
        count += 1
        passed += draw.expovariate(1.0)
    return count


def daily_follows(draw: random.Random, level: float, dispersion: float, fivefold: Collection[int] = ()) -> list[int]:
    """Return a year of daily follows with a trend, a weekly rhythm and days of five times their mean."""
    rhythm = [draw.uniform(0.7, 1.3) for _ in range(7)]
    trend = log(draw.choice((0.5, 1.0, 3.0)))
    counts = []
    for day in range(YEAR_DAYS):
        mean = level * exp(trend * day / YEAR_DAYS) * rhythm[day % 7]
        if day in fivefold:
            counts.append(round(5 * mean))
        else:
            counts.append(poisson(draw, draw.gammavariate(1 / dispersion, dispersion * mean)))
    return counts
