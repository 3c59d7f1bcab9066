"""Counts that scatter more than chance alone: the negative binomial with variance ``mean + dispersion * mean ** 2``."""

from __future__ import annotations

from collections.abc import Iterable
from math import exp, lgamma, log, log1p
from typing import Final

# Below this it cannot be told from Poisson, and the formula would lose its digits.
LEAST_DISPERSION: Final = 1e-4
_TINY: Final = 1e-300
_PRECISION: Final = 1e-13
_MOST_STEPS: Final = 20_000


def upper_tail(count: int, mean: float, dispersion: float) -> float:
    """Return the probability of ``count`` or more.

    P(X >= x) = I_p(x, r) with r = 1 / dispersion and p = mean / (mean + r): Johnson, Kemp and Kotz, "Univariate
    Discrete Distributions" (2005), 5.3.
    """
    if count <= 0:
        return 1.0
    if mean <= 0:
        return 0.0
    size = 1 / max(dispersion, LEAST_DISPERSION)
    return incomplete_beta(float(count), size, mean / (mean + size))


def estimate_dispersion(pairs: Iterable[tuple[float, float]]) -> float:
    """Return the dispersion by moments from (count, mean): the excess of the squares over Poisson, never below 0.

    Sum of (x - m)^2 - m over the sum of m^2: Bliss and Owen, "Negative binomial distributions with a common k",
    Biometrika 45 (1958), 37-58, with equal weights of m^2.
    """
    excess = squares = 0.0
    for count, mean in pairs:
        excess += (count - mean) ** 2 - mean
        squares += mean * mean
    return max(0.0, excess / squares) if squares else 0.0


def incomplete_beta(a: float, b: float, x: float) -> float:
    """Return the regularised incomplete beta function I_x(a, b) for a, b > 0 and x in [0, 1].

    Continued fraction 8.17.22 of the NIST Digital Library of Mathematical Functions, by the method of Lentz; on
    the far side of the mean by symmetry, 8.17.4.
    """
    if x <= 0:
        return 0.0
    if x >= 1:
        return 1.0
    if x > (a + 1) / (a + b + 2):
        return 1 - incomplete_beta(b, a, 1 - x)
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x)) / a
    return min(1.0, front * _fraction(a, b, x))


def _fraction(a: float, b: float, x: float) -> float:
    above, below = 1.0, _nonzero(1 - (a + b) * x / (a + 1))
    below = 1 / below
    value = below
    for m in range(1, _MOST_STEPS):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            below = 1 / _nonzero(1 + term * below)
            above = _nonzero(1 + term / above)
            step = below * above
            value *= step
        if abs(step - 1) < _PRECISION:
            break
    return value


def _nonzero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
