"""When people followed, by hour of the week: a count, and no advice on when to post."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from webapp.analytics.growth_model import DayFollows, GrowthFit
from webapp.analytics.insights.shortages import Lack, Shortage

HOURS: Final = 168
# One follow for each hour of a week: below that the table would show chance alone.
LEAST_FOLLOWS: Final = HOURS
LEVELS: Final = 5


@dataclass(frozen=True, slots=True)
class WeekHours:
    """Follows by hour of the week in the account's zone, from the first hour of Monday; any list counts.

    ``busiest`` is the day on which most of them came: one day can fill a row of the table.
    """

    counts: tuple[int, ...]
    busiest: DayFollows

    @property
    def total(self) -> int:
        """Return how many follows there are in all."""
        return sum(self.counts)

    def level(self, hour: int) -> int:
        """Return how strongly an hour is drawn: 0 for nobody, then ``LEVELS`` steps up to the most.

        The steps are of equal size in the square root of the count, which scatters alike for few and for many.
        """
        most = max(self.counts)
        return next(level for level in range(LEVELS + 1) if self.counts[hour] * LEVELS**2 <= most * level**2)

    @property
    def steps(self) -> list[tuple[int, int, int]]:
        """Return the steps that whole numbers can fall into: level, fewest and most follows."""
        most = max(self.counts)
        highs = [most * level**2 // LEVELS**2 for level in range(LEVELS + 1)]
        return [
            (level, highs[level - 1] + 1, highs[level])
            for level in range(1, LEVELS + 1)
            if highs[level] > highs[level - 1]
        ]


def find_week_hours(fit: GrowthFit | None) -> WeekHours | Shortage:
    """Return the follows by hour of the week; too few of them are no answer."""
    if fit is None:
        return Shortage(Lack.WORKING)
    if not fit.times:
        return Shortage(Lack.NO_LIST)
    total = sum(fit.hours)
    if total < LEAST_FOLLOWS:
        return Shortage(Lack.TOO_FEW, total, LEAST_FOLLOWS)
    return WeekHours(fit.hours, max(fit.follows, key=lambda day: (day.came, day.day)))
