"""Whether what stands out in all posts does so in the older and in the newer half of them as well."""

from __future__ import annotations

from collections.abc import Sequence
from math import expm1
from statistics import fmean, pvariance
from typing import Final

from webapp.analytics.content.fit import Half
from webapp.analytics.statistics.rank_sum import Ranks
from webapp.analytics.statistics.shrinkage import shrink

# Posts of the group, and others, that a half needs to be looked at.
LEAST_IN_HALF: Final = 5
_DIGITS: Final = 6


def find_halves(shifts: Sequence[float], posts: Sequence[int]) -> tuple[Half, Half] | None:
    """Return the older and the newer half of the posts; ``None`` where either has too few of a group or of others.

    ``shifts`` are the logarithmic residuals of all posts, oldest first, ``posts`` the places of those of the group.
    """
    middle = len(shifts) // 2
    older = _look(shifts[:middle], [at for at in posts if at < middle])
    newer = _look(shifts[middle:], [at - middle for at in posts if at >= middle])
    return None if older is None or newer is None else (older, newer)


def _look(shifts: Sequence[float], posts: Sequence[int]) -> Half | None:
    if min(len(posts), len(shifts) - len(posts)) < LEAST_IN_HALF:
        return None
    mean = fmean(shifts[at] for at in posts) - fmean(shifts)
    (found,) = shrink([mean], [len(posts)], pvariance(shifts))
    effect, low, high = (round(expm1(value), _DIGITS) for value in (found.mean, found.low, found.high))
    return Half(len(posts), effect, low, high, round(Ranks(shifts).above(posts), _DIGITS))
