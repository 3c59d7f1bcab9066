"""How probable it is that so many of what a few drew are of one kind."""

from __future__ import annotations

from math import comb


def hypergeometric_tail(found: int, drawn: int, kind: int, total: int) -> float:
    """Return how often ``drawn`` of ``total`` things, of which ``kind`` are of one kind, hold at least ``found`` of it.

    Fisher's exact test, upper tail: exact however rare the kind is.
    """
    ways = sum(comb(kind, k) * comb(total - kind, drawn - k) for k in range(found, min(drawn, kind) + 1))
    return ways / comb(total, drawn)
