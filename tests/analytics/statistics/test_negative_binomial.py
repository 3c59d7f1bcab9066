from __future__ import annotations

import random
from fractions import Fraction
from math import comb, exp, lgamma, log

import pytest

from webapp.analytics.statistics.negative_binomial import estimate_dispersion, incomplete_beta, upper_tail


def summed_tail(count: int, mean: float, dispersion: float) -> float:
    """Return the tail by adding up probabilities one by one."""
    size = 1 / dispersion
    p = size / (size + mean)
    below = 0.0
    for k in range(count):
        below += exp(lgamma(k + size) - lgamma(size) - lgamma(k + 1) + size * log(p) + k * log(1 - p))
    return 1 - below


@pytest.mark.parametrize("dispersion", [0.01, 0.2, 1.0, 3.0])
@pytest.mark.parametrize("mean", [0.3, 4.0, 60.0])
def test_the_tail_is_the_sum_of_its_probabilities(mean: float, dispersion: float) -> None:
    for count in (1, 2, 5, 30, 90):
        assert upper_tail(count, mean, dispersion) == pytest.approx(summed_tail(count, mean, dispersion), abs=1e-10)
    assert upper_tail(0, mean, dispersion) == 1.0


@pytest.mark.parametrize(("a", "b"), [(1, 1), (3, 7), (20, 4), (40, 60)])
@pytest.mark.parametrize("x", [Fraction(1, 50), Fraction(1, 2), Fraction(9, 10)])
def test_the_incomplete_beta_is_the_binomial_sum_in_exact_fractions(a: int, b: int, x: Fraction) -> None:
    n = a + b - 1
    exact = sum(comb(n, k) * x**k * (1 - x) ** (n - k) for k in range(a, n + 1))
    assert incomplete_beta(a, b, float(x)) == pytest.approx(float(exact), rel=1e-11)


def test_a_tiny_tail_keeps_its_digits_and_a_huge_count_takes_no_time() -> None:
    # Geometric: P(X >= k) = (1 - p)^k, a closed form far below what 1 minus a sum could hold.
    assert upper_tail(200, 1.0, 1.0) == pytest.approx(0.5**200, rel=1e-10)
    assert upper_tail(1_000_000, 1_000.0, 0.2) == 0.0
    assert upper_tail(5_000_000, 5_000_000.0, 1.0) == pytest.approx(exp(-1), rel=1e-6)


def test_without_dispersion_it_is_close_to_poisson() -> None:
    poisson = 1 - sum(exp(-20.0 + k * log(20.0) - lgamma(k + 1)) for k in range(31))
    assert upper_tail(31, 20.0, 0.0) == pytest.approx(poisson, rel=0.02)


def test_the_dispersion_of_drawn_counts_is_found_again() -> None:
    draw = random.Random(2)
    pairs: list[tuple[float, float]] = []
    for _ in range(6000):
        mean = draw.choice((20.0, 45.0))
        rate = draw.gammavariate(1 / 0.3, 0.3 * mean)
        pairs.append((sum(1 for _ in poisson_arrivals(draw, rate)), mean))
    assert estimate_dispersion(pairs) == pytest.approx(0.3, rel=0.08)
    assert estimate_dispersion([(20, 20.0), (21, 20.0)]) == 0.0
    assert estimate_dispersion([]) == 0.0


def poisson_arrivals(draw: random.Random, rate: float) -> list[float]:
    arrivals, at = [], draw.expovariate(1.0)
    while at < rate:
        arrivals.append(at)
        at += draw.expovariate(1.0)
    return arrivals
