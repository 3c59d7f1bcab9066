"""Draw the order of two treatments at random, and compare what came of them by drawing again.

Plain Python: a person who ends an experiment gets the answer at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement, groupby
from random import Random
from statistics import median
from typing import Final

REDRAWS: Final = 999
# How often at most the order alone may show a difference.
ALPHA: Final = 0.05
# Fewer pairs say nothing.
NEEDS_PAIRS: Final = 10
# The order and its redraws are two rows of draws.
_REDRAWN: Final = 1


@dataclass(frozen=True, slots=True)
class Compared:
    """How far the first treatment lies above the second: the middle of ``pairs`` differences, and its 95 % interval.

    ``p_value`` is how often the order alone shows as large a difference, either way.
    """

    pairs: int
    difference: float
    low: float
    high: float
    p_value: float

    @property
    def is_clear(self) -> bool:
        """Return whether the order alone hardly explains the difference."""
        return self.p_value <= ALPHA and (self.low > 0 or self.high < 0)


def draw_order(pairs: int, seed: int) -> list[int]:
    """Return the treatments 0 and 1 in blocks of two, each block in an order of its own; a seed gives one order."""
    source = Random(seed)  # nosec B311
    firsts = [source.getrandbits(1) for _ in range(pairs)]
    return [treatment for first in firsts for treatment in (first, 1 - first)]


def compare(differences: Sequence[float], seed: int) -> Compared | None:
    """Return how two treatments differ by the first less the second of every pair; ``None`` below ``NEEDS_PAIRS``.

    A randomisation test: had the treatments done nothing, every block might as well have had the other order, which
    turns the sign of its difference. The statistic is Wilcoxon's signed rank sum, which no single post decides; it is
    compared with that of ``REDRAWS`` orders of the same design. The estimate and the interval are those differences
    that the very same redraws do not refute (Hodges and Lehmann, Ann. Math. Statist. 34 (1963), 598-611).
    """
    count = len(differences)
    if count < NEEDS_PAIRS:
        return None
    ranks = _ranks([abs(difference) for difference in differences])
    whole = count * (count + 1) / 2
    positive = sum(
        rank if difference > 0 else rank / 2
        for rank, difference in zip(ranks, differences, strict=True)
        if difference >= 0
    )
    reached = sorted(_folded(total, whole) for total in _redraw(ranks, seed))
    as_far = sum(total <= _folded(positive, whole) for total in reached)
    means = sorted((first + second) / 2 for first, second in combinations_with_replacement(differences, 2))
    # As many of the means may lie outside on either side as fewer than ALPHA of all orders reach.
    outside = max(0, int(reached[round(ALPHA * (REDRAWS + 1)) - 1]) - 1)
    return Compared(count, median(means), means[outside], means[-1 - outside], round((1 + as_far) / (REDRAWS + 1), 6))


def _redraw(ranks: Sequence[float], seed: int) -> list[float]:
    """Return the rank sums of as many orders as are compared."""
    source = Random(seed + _REDRAWN)  # nosec B311
    sums = []
    for _ in range(REDRAWS):
        signs = source.getrandbits(len(ranks))
        sums.append(sum(rank for at, rank in enumerate(ranks) if signs >> at & 1))
    return sums


def _folded(total: float, whole: float) -> float:
    """Return a rank sum without its side: the smaller it is, the further out."""
    return min(total, whole - total)


def _ranks(values: Sequence[float]) -> list[float]:
    """Return the ranks of values from 1 on, those of equal values shared between them."""
    ranks = [0.0] * len(values)
    begun = 0
    for _, run in groupby(sorted(range(len(values)), key=values.__getitem__), key=values.__getitem__):
        equal = list(run)
        for at in equal:
            ranks[at] = begun + (len(equal) + 1) / 2
        begun += len(equal)
    return ranks
