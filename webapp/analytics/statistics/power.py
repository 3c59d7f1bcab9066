"""How many posts a comparison takes."""

from __future__ import annotations

from math import ceil, log1p
from typing import Final

# Sixteen variances over the square of the difference: seen four times in five, and falsely once in twenty.
_POWER: Final = 16


def posts_each(spread: float, effect: float) -> int:
    """Return how many posts either of two groups needs to show a difference; at least one.

    ``spread`` is the sd of log residuals, above 0; ``effect`` a share above 0: 0.5 is 50 % more. Lehr, Statistics in
    Medicine 11 (1992), 1099-1102.
    """
    return max(1, ceil(_POWER * spread**2 / log1p(effect) ** 2))
