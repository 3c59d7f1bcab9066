"""The days on which far more people came than usual, with the posts of the days before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from webapp.analytics.growth import NearPost, find_posts_near
from webapp.analytics.growth_model import GrowthFit, PeakDay
from webapp.analytics.insights.shortages import Lack, Shortage
from webapp.analytics.statistics.peaks import LEAST_DAYS, LEVEL
from webapp.domain.scope import Scope

MOST_PEAKS: Final = 12


@dataclass(frozen=True, slots=True)
class Peak:
    """A peak: how many came, how many are usual around it, and how rarely chance alone brings so many.

    ``chance`` allows for all the days that were looked at; it is an upper bound of the adjusted p-value. ``posts`` were
    published on the day or up to three days before.
    """

    day: date
    came: int
    usual: float
    chance: float
    posts: tuple[NearPost, ...]

    @property
    def times(self) -> float | None:
        """Return how many times the usual number came; ``None`` where less than one person is usual."""
        return self.came / self.usual if self.usual >= 1 else None


@dataclass(frozen=True, slots=True)
class Peaks:
    """The newest peaks first; ``days`` were looked at, and ``earlier`` peaks are not among those shown."""

    days: int
    shown: tuple[Peak, ...]
    earlier: int


def find_peak_days(scope: Scope, fit: GrowthFit | None, most: int | None = MOST_PEAKS) -> Peaks | Shortage:
    """Return the peaks of all time with the posts near them; without a limit all of them."""
    if fit is None:
        return Shortage(Lack.WORKING)
    if not fit.times:
        return Shortage(Lack.NO_LIST)
    if fit.peaks is None:
        return Shortage(Lack.TOO_FEW, fit.days, LEAST_DAYS)
    chances = chances_of(fit.peaks, fit.days)
    newest = sorted(fit.peaks, key=lambda peak: peak.day, reverse=True)[:most]
    # Day by day: peaks lie years apart, and all posts between them are many.
    posts = {peak.day: find_posts_near(scope, [peak.day])[peak.day] for peak in newest}
    shown = tuple(
        Peak(peak.day, peak.gained, peak.expected, chances[peak.day], tuple(posts[peak.day])) for peak in newest
    )
    return Peaks(fit.days, shown, len(fit.peaks) - len(shown))


def chances_of(peaks: Sequence[PeakDay], days: int) -> dict[date, float]:
    """Return p-values adjusted for the number of days: Benjamini and Hochberg's step-up, bounded from above.

    Days that passed the test and are no peaks would only raise the ranks, that is lower the values; none is above the
    level of the test, which all peaks passed.
    """
    ranked = sorted(peaks, key=lambda peak: peak.p_value)
    chance, found = LEVEL, {}
    for rank, peak in reversed(list(enumerate(ranked, 1))):
        chance = min(chance, peak.p_value * days / rank)
        found[peak.day] = chance
    return found
