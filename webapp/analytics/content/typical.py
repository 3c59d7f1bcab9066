"""What posts typically get: one definition for every surface (STATISTICS 3.1)."""

from __future__ import annotations

from collections.abc import Iterable
from math import expm1, log1p
from typing import Final

# Digits that are kept: a middle count comes back whole, not as 125.99999999999999.
_DIGITS: Final = 9


def typical_of(values: Iterable[float]) -> float | None:
    """Return the back-transformed median of log1p of counts; ``None`` of none. Never a mean, which one post decides."""
    ordered = sorted(values)
    if not ordered:
        return None
    # The logarithm keeps the order: only what stands in the middle needs one.
    lower, upper = ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]
    return round(expm1((log1p(lower) + log1p(upper)) / 2), _DIGITS)
