"""How sure it is that one row of errors is smaller than another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

# Neighbours in time are alike: they are drawn together.
_BLOCK: Final = 10
# Of fewer blocks, their own number of blocks would decide: they are shorter then.
_LEAST_BLOCKS: Final = 10
_DRAWS: Final = 499
_LEVEL: Final = 0.95
# Digits that are kept: what differs by rounding alone is the same.
_DIGITS: Final = 6


@dataclass(frozen=True, slots=True)
class Gain:
    """How much smaller errors are than others: 0.03 is 3 %, negative is worse; enclosed at 95 %."""

    value: float
    low: float
    high: float


def relative_gain(errors: Sequence[float], others: Sequence[float], seed: int) -> Gain | None:
    """Return by how much the sum of errors is smaller than that of others, of the same posts in order of time.

    The interval comes from drawing blocks of neighbours anew (Künsch, Annals of Statistics 17 (1989), 1217-1241).
    ``None`` where the others are no errors at all. The same seed gives the same answer.
    """
    total = sum(others)
    if total <= 0:
        return None
    length = max(1, min(_BLOCK, len(errors) // _LEAST_BLOCKS))
    starts = range(0, len(errors), length)
    blocks = [(sum(errors[at : at + length]), sum(others[at : at + length])) for at in starts]
    source, drawn = Random(seed), []  # nosec B311
    for _ in range(_DRAWS):
        chosen = source.choices(blocks, k=len(blocks))
        below = sum(other for _, other in chosen)
        if below > 0:
            drawn.append(1 - sum(own for own, _ in chosen) / below)
    drawn.sort()
    outside = int(len(drawn) * (1 - _LEVEL) / 2)
    value = 1 - sum(errors) / total
    low, high = (drawn[outside], drawn[-1 - outside]) if drawn else (value, value)
    return Gain(round(value, _DIGITS), round(low, _DIGITS), round(high, _DIGITS))
