"""Draw the means of groups towards none by as much as chance alone would spread them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

# What was measured on other creators: the sd of such effects, and the number of groups that this is worth.
PRIOR_SD: Final = 0.17
PRIOR_GROUPS: Final = 7
# The quartiles of the normal distribution, in sd.
QUARTILE: Final = 0.674


@dataclass(frozen=True, slots=True)
class Shrunken:
    """What a group's true mean probably is: the normal posterior."""

    mean: float
    sd: float

    @property
    def low(self) -> float:
        """Return the lower quartile: the true mean is greater in three of four cases."""
        return self.mean - QUARTILE * self.sd

    @property
    def high(self) -> float:
        """Return the upper quartile."""
        return self.mean + QUARTILE * self.sd


def shrink(means: Sequence[float], counts: Sequence[int], variance: float) -> list[Shrunken]:
    """Return the posteriors of group means around 0, each of ``counts`` values that vary by ``variance``.

    Empirical Bayes with the variance between groups by moments (DerSimonian and Laird, Controlled Clinical Trials 7
    (1986), 177-188), weighed against what was measured on other creators.
    """
    between = _between(means, counts, variance)
    found = []
    for mean, count in zip(means, counts, strict=True):
        share = between / (between + variance / count)
        found.append(Shrunken(share * mean, sqrt(share * variance / count)))
    return found


def _between(means: Sequence[float], counts: Sequence[int], variance: float) -> float:
    """Return the variance of true group means: of these groups and of the prior, by the number of either."""
    own, free = _moments(means, counts, variance), max(0, len(means) - 1)
    return (PRIOR_GROUPS * PRIOR_SD**2 + free * own) / (PRIOR_GROUPS + free)


def _moments(means: Sequence[float], counts: Sequence[int], variance: float) -> float:
    total = sum(counts)
    spare = total - sum(count * count for count in counts) / total if total else 0.0
    if spare <= 0:
        return 0.0
    middle = sum(count * mean for mean, count in zip(means, counts, strict=True)) / total
    spread = sum(count * (mean - middle) ** 2 for mean, count in zip(means, counts, strict=True))
    return max(0.0, (spread - (len(means) - 1) * variance) / spare)
