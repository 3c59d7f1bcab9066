"""Many tests at once."""

from __future__ import annotations

from collections.abc import Sequence


def benjamini_hochberg(p_values: Sequence[float], level: float) -> list[bool]:
    """Return which of the tests stand when at most ``level`` of those that stand may be false.

    Benjamini and Hochberg, "Controlling the false discovery rate", J. R. Statist. Soc. B 57 (1995), 289-300: the
    largest i with p(i) <= i / m * level, and every test up to it.
    """
    count = len(p_values)
    order = sorted(range(count), key=p_values.__getitem__)
    last = max((rank for rank, at in enumerate(order, 1) if p_values[at] <= rank / count * level), default=0)
    stands = [False] * count
    for at in order[:last]:
        stands[at] = True
    return stands
