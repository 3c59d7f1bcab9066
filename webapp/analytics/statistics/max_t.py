"""Which groups of one family lie above the others, when all of them are looked at; jobs alone call this."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

PERMUTATIONS: Final = 999
_AT_ONCE: Final = 37
# Sums of the same numbers in another order differ by less.
_ROUNDING: Final = 1e-9


def max_t(values: Floats, families: Sequence[Sequence[NDArray[np.bool_]]], seed: int) -> list[list[float]]:
    """Return for each group of each family how often chance alone lifts any group of that family so far.

    A group is a mask over ``values``; it must hold some, and not all of them. Westfall and Young, "Resampling-based
    multiple testing" (1993), single step: a group's t is its mean, less that of all, over its standard error but for
    the common sd; its p value is the share of random orders of the values, the real one included, whose greatest t of
    the family is no smaller. The same input gives the same answer.
    """
    groups = [group for family in families for group in family]
    if not groups:
        return [[] for _ in families]
    members = np.stack(groups, axis=1).astype(np.float64)
    sizes = members.sum(axis=0)
    scale = np.sqrt(1 / sizes - 1 / values.size) * sizes
    middle = values - values.mean()
    real = (middle @ members) / scale
    ends = np.cumsum([len(family) for family in families])
    parts = [slice(end - len(family), end) for end, family in zip(ends, families, strict=True)]
    reached = np.zeros(len(groups))
    random = np.random.Generator(np.random.PCG64(seed))
    for begun in range(0, PERMUTATIONS, _AT_ONCE):
        rows = min(_AT_ONCE, PERMUTATIONS - begun)
        orders = random.permuted(np.tile(middle, (rows, 1)), axis=1)
        chance = (orders @ members) / scale
        for part in parts:
            if part.start < part.stop:
                greatest = chance[:, part].max(axis=1)
                reached[part] += (greatest[:, None] >= real[part] - _ROUNDING).sum(axis=0)
    p_values = (1 + reached) / (PERMUTATIONS + 1)
    return [[float(value) for value in p_values[part]] for part in parts]
