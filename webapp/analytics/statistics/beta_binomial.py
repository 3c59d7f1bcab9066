"""Rates of few trials, drawn towards what the others have."""

from __future__ import annotations

from collections.abc import Sequence


def steady_rates(parts: Sequence[int], wholes: Sequence[int]) -> list[float]:
    """Return the expected rate of each part of its whole under a beta prior made of all of them; wholes are above 0.

    Empirical Bayes by moments: Kleinman, "Proportions with extraneous variance", JASA 68 (1973), 46-54, each post with
    the same weight. A part greater than its whole counts as the whole.
    """
    kept = [min(part, whole) for part, whole in zip(parts, wholes, strict=True)]
    count = len(kept)
    if not count:
        return []
    rates = [part / whole for part, whole in zip(kept, wholes, strict=True)]
    mean = sum(rates) / count
    if count < 2 or not 0 < mean < 1:
        return rates
    variance = sum((rate - mean) ** 2 for rate in rates) / (count - 1)
    # What chance alone adds to the variance of the rates, were all true ones the mean.
    chance = mean * (1 - mean) * sum(1 / whole for whole in wholes) / count
    true = variance - chance
    if true <= 0:
        return [mean] * count
    strength = max(mean * (1 - mean) / true - 1, 0.0)
    return [(part + mean * strength) / (whole + strength) for part, whole in zip(kept, wholes, strict=True)]
