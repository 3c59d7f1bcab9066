from __future__ import annotations

import random
from math import exp, expm1, log

import pytest

from tests.analytics.statistics.histories import simulate, true_survival
from webapp.analytics.statistics.hazard import (
    Cohort,
    TooFewLosses,
    days_between,
    fit_hazard,
    pool,
)
from webapp.analytics.statistics.matrices import invert_positive, multiply


def test_one_stretch_gives_the_rate_in_closed_form() -> None:
    # All are older than a year: the other rates are those of their neighbour, which the ridge makes them.
    hazard = fit_hazard({(0.0, 0.0, 0.0, 0.0, 30.0): (60, 940)})
    assert hazard.rates[4] == pytest.approx(-log(0.94) / 30, rel=1e-3)
    assert hazard.rates == pytest.approx([-log(0.94) / 30] * 5, rel=0.02)
    # The variance of log(-log S) of one interval: Kalbfleisch and Prentice (2002), 1.4.1; and what the steps leave out.
    variance = 0.06 / (0.94 * 1000 * log(0.94) ** 2)
    assert hazard.covariance[4][4] == pytest.approx(variance + 0.15**2, rel=1e-3)


def test_the_estimate_is_where_the_likelihood_is_greatest() -> None:
    exposed = pool((0.0, 30.0, 75.0, 110.0), some_cohorts())
    hazard = fit_hazard(exposed)

    def penalised(theta: list[float]) -> float:
        plain = log(hazard.losses / sum(sum(days) * sum(people) for days, people in exposed.items()))
        value = -sum((theta[j + 1] - theta[j]) ** 2 / 18 for j in range(4))
        value -= sum((each - plain) ** 2 for each in theta) / 200
        for days, (lost, kept) in exposed.items():
            total = sum(exp(t) * d for t, d in zip(theta, days, strict=True))
            value += lost * log(-expm1(-total)) - kept * total
        return value

    best = penalised(list(hazard.log_rates))
    for place in range(5):
        for by in (-0.02, 0.02):
            moved = list(hazard.log_rates)
            moved[place] += by
            assert penalised(moved) < best
    draw = random.Random(4)
    assert all(penalised([t + draw.gauss(0, 0.5) for t in hazard.log_rates]) < best for _ in range(200))


def test_pooling_counts_everybody_once_between_each_two_lists() -> None:
    # Followed a day before the first list, gone by the third; and one who came between the first two.
    exposed = pool((10.0, 20.0, 50.0), [Cohort(9.0, 0, 2, 3), Cohort(14.0, 1, None, 2)])
    assert exposed == {
        (6.0, 4.0, 0.0, 0.0, 0.0): (0, 3),
        (0.0, 19.0, 11.0, 0.0, 0.0): (3, 0),
        (1.0, 23.0, 6.0, 0.0, 0.0): (0, 2),
    }


def test_days_are_shared_out_to_the_stretches() -> None:
    assert days_between(0.0, 400.0) == (7.0, 23.0, 60.0, 275.0, 35.0)
    assert days_between(29.0, 31.5) == (0.0, 1.0, 1.5, 0.0, 0.0)


def test_few_losses_are_refused_with_their_number() -> None:
    with pytest.raises(TooFewLosses) as refused:
        fit_hazard({(7.0, 23.0, 0.0, 0.0, 0.0): (49, 5000)})
    assert refused.value.found == 49


def test_a_stretch_without_losses_leans_on_its_neighbours_and_is_wide() -> None:
    hazard = fit_hazard({(7.0, 23.0, 0.0, 0.0, 0.0): (80, 400), (0.0, 0.0, 30.0, 0.0, 0.0): (0, 20)})
    assert all(1e-6 < rate < 1 for rate in hazard.rates)
    assert hazard.covariance[4][4] > 9
    survival = hazard.survival_interval(30)
    assert survival.low < survival.value < survival.high


def test_if_everybody_left_the_estimate_still_ends() -> None:
    hazard = fit_hazard({(7.0, 23.0, 0.0, 0.0, 0.0): (500, 0)})
    assert hazard.survival(30) < 0.02


@pytest.mark.parametrize("a_day", [8, 40])
def test_the_share_that_stays_is_recovered(a_day: float) -> None:
    """Bias of the share after 30 days at most .02, and the interval holds the truth in more than 85 of 100."""
    found = []
    for seed in range(16):
        history = simulate(seed, a_day)
        found.append(fit_hazard(pool(history.times, history.cohorts())).survival_interval(30))
    truth = true_survival(30)
    assert abs(sum(each.value for each in found) / 16 - truth) <= 0.02
    assert sum(each.low <= truth <= each.high for each in found) / 16 >= 0.85


def test_an_inverse_is_one_and_what_is_not_positive_is_refused() -> None:
    draw = random.Random(8)
    square = [[draw.gauss(0, 1) for _ in range(5)] for _ in range(5)]
    matrix = [[sum(a * b for a, b in zip(r, s, strict=True)) for s in square] for r in square]
    inverse = invert_positive(matrix)
    for place in range(5):
        unit = [float(place == j) for j in range(5)]
        assert multiply(matrix, multiply(inverse, unit)) == pytest.approx(unit, abs=1e-7)
    with pytest.raises(ValueError, match="positive"):
        invert_positive([[1.0, 2.0], [2.0, 1.0]])


def some_cohorts() -> list[Cohort]:
    draw = random.Random(5)
    return [
        Cohort(draw.uniform(-500, 29), 0, draw.choice((1, 2, 3, None, None, None)), draw.randrange(1, 9))
        for _ in range(300)
    ] + [Cohort(draw.uniform(0, 30), 1, draw.choice((2, 3, None)), 4) for _ in range(60)]
