"""How probable it is that so many of what a few drew are of one kind."""

from __future__ import annotations

from collections.abc import Sequence
from math import comb


def hypergeometric_tail(found: int, drawn: int, kind: int, total: int) -> float:
    """Return how often ``drawn`` of ``total`` things, of which ``kind`` are of one kind, hold at least ``found`` of it.

    Fisher's exact test, upper tail: exact however rare the kind is.
    """
    ways = sum(comb(kind, k) * comb(total - kind, drawn - k) for k in range(found, min(drawn, kind) + 1))
    return ways / comb(total, drawn)


def pooled_tail(found: int, strata: Sequence[tuple[int, int, int]]) -> float:
    """Return how often the draws of several lots together hold at least ``found`` things of one kind.

    Each of ``strata`` is drawn from by itself, as ``(drawn, kind, total)``: what differs between the lots, as how
    common the kind is in each, counts for nothing. The exact test of Mantel and Haenszel's tables (Birch, J. R.
    Statist. Soc. B 26 (1964), 313-324), upper tail.
    """
    chances = [1.0]
    for drawn, kind, total in strata:
        ways = comb(total, drawn)
        own = [comb(kind, k) * comb(total - kind, drawn - k) / ways for k in range(min(drawn, kind) + 1)]
        joined = [0.0] * (len(chances) + len(own) - 1)
        for place, chance in enumerate(chances):
            for k, share in enumerate(own):
                joined[place + k] += chance * share
        chances = joined
    return min(1.0, sum(chances[found:]))
