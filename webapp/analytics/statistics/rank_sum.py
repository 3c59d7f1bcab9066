"""Whether some values lie above the others, by their ranks alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from math import erfc, sqrt


class Ranks:
    """The ranks of values, those of equal values shared between them."""

    def __init__(self, values: Sequence[float]) -> None:
        self._ranks = [0.0] * len(values)
        self._tied = 0
        begun = 0
        for _, run in groupby(sorted(range(len(values)), key=values.__getitem__), key=values.__getitem__):
            equal = list(run)
            for at in equal:
                self._ranks[at] = begun + (len(equal) + 1) / 2
            begun += len(equal)
            self._tied += len(equal) ** 3 - len(equal)

    def above(self, places: Iterable[int]) -> float:
        """Return how probable ranks as high as those of some values are by chance; there must be others as well.

        Mann and Whitney, Ann. Math. Statist. 18 (1947), 50-60, upper tail, by the normal curve with corrections for
        ties and for continuity.
        """
        own = [self._ranks[at] for at in places]
        count, total = len(own), len(self._ranks)
        others = total - count
        over = sum(own) - count * (count + 1) / 2
        variance = count * others / 12 * (total + 1 - self._tied / (total * (total - 1)))
        if variance <= 0:
            return 1.0
        return erfc((over - count * others / 2 - 0.5) / sqrt(2 * variance)) / 2
