"""Gross follows and the curve between lists, against histories of which everything is known."""

from __future__ import annotations

from math import exp

import pytest

from tests.analytics.statistics.histories import Truth, simulate
from webapp.analytics.statistics.follower_curve import FollowerCurve
from webapp.analytics.statistics.hazard import Cohort, Hazard, fit_hazard, pool

SEEDS = range(12)
NONE = tuple((0.0,) * 5 for _ in range(5))


def curve_of(history: Truth) -> FollowerCurve:
    cohorts = history.cohorts()
    return FollowerCurve(fit_hazard(pool(history.times, cohorts)), history.times, cohorts)


def test_the_curve_passes_through_every_list_exactly() -> None:
    history = simulate(1, 10)
    curve = curve_of(history)
    for time in history.times:
        found = curve.at(time)
        assert found.value == pytest.approx(history.followers_at(time), abs=1e-6)
        assert found.high - found.low < 1e-6
    with pytest.raises(ValueError, match="newest"):
        curve.at(history.times[-1] + 1)


@pytest.mark.parametrize("a_day", [8, 40])
def test_gross_follows_are_recovered(a_day: float) -> None:
    """Between .95 and 1.05 of the truth, intervals that hold it in more than 85 of 100."""
    ratios, covered = [], 0
    for seed in SEEDS:
        history = simulate(seed, a_day)
        curve = curve_of(history)
        for gap, (start, end) in enumerate(zip(history.times, history.times[1:], strict=False)):
            found, truth = curve.gross(gap, start, end), history.gross(start, end)
            ratios.append(found.value / truth)
            covered += found.low <= truth <= found.high
    assert 0.95 <= sum(ratios) / len(ratios) <= 1.05
    assert covered / len(ratios) >= 0.85


def test_between_and_before_the_lists_the_band_holds_the_truth() -> None:
    covered, total = 0, 0
    bias = 0.0
    for seed in SEEDS:
        history = simulate(seed, 20)
        curve = curve_of(history)
        for moment in (200.0, 290.0, 350.0, 370.0, 390.0, 425.0, 441.0, 469.0, 485.0):
            found, truth = curve.at(moment), history.followers_at(moment)
            covered += found.low <= truth <= found.high
            bias += found.value / truth - 1
            total += 1
    assert covered / total >= 0.85
    assert abs(bias / total) <= 0.01


def test_one_list_alone_would_have_been_far_too_low() -> None:
    """What the correction is for: half a year back, more than a tenth of the followers are not on the first list."""
    history = simulate(3, 40)
    moment = history.times[0] - 180
    survivors = sum(start <= moment and end > history.times[0] for start, end in history.people)
    truth = history.followers_at(moment)
    assert survivors / truth < 0.9
    assert curve_of(history).at(moment).value / truth == pytest.approx(1, abs=0.04)


def test_each_kind_of_person_is_added_in_closed_form() -> None:
    # One rate for everybody, known exactly: 1 % a day.
    hazard = Hazard((-4.605170185988091,) * 5, NONE, 100)
    cohorts = [
        Cohort(0.0, 0, None, 100),  # on both lists
        Cohort(5.0, 0, 1, 50),  # gone by the second
        Cohort(105.0, 1, None, 40),  # new on the second
        Cohort(2.0, 1, None, 8),  # back on the second with an old date
    ]
    curve = FollowerCurve(hazard, (100.0, 120.0), cohorts)
    left = (exp(-0.1) - exp(-0.2)) / (1 - exp(-0.2))
    assert curve.at(110.0).value == pytest.approx(100 + 50 * left + 40 * exp(0.1) + 8 / 2)
    assert curve.at(104.0).value == pytest.approx(100 + 50 * (exp(-0.04) - exp(-0.2)) / (1 - exp(-0.2)) + 8 * 4 / 20)
    assert curve.at(90.0).value == pytest.approx(150 * exp(0.1))
    assert curve.at(3.0).value == pytest.approx(100 * exp(0.97))
    assert curve.gross(0, 100.0, 120.0).value == pytest.approx(40 * exp(0.15))


def test_the_slopes_of_the_band_are_those_of_the_curve() -> None:
    """The delta method against small steps of each rate."""
    rates = (-4.0, -4.4, -5.0, -5.6, -6.2)
    cohorts = [Cohort(10.0, 0, 1, 30), Cohort(-200.0, 0, 1, 20), Cohort(-900.0, 0, 1, 9), Cohort(105.0, 1, None, 40)]

    def value(log_rates: tuple[float, ...], moment: float) -> float:
        return FollowerCurve(Hazard(log_rates, NONE, 99), (100.0, 130.0), cohorts).at(moment).value

    def half_width(place: int | None, moment: float) -> float:
        covariance = tuple(tuple(float(i == j == place) for j in range(5)) for i in range(5))
        found = FollowerCurve(Hazard(rates, covariance, 99), (100.0, 130.0), cohorts).at(moment)
        return found.high - found.value

    for moment in (60.0, 112.0):
        noise = half_width(None, moment) ** 2
        for place in range(5):
            up = value(tuple(r + 1e-5 * (j == place) for j, r in enumerate(rates)), moment)
            down = value(tuple(r - 1e-5 * (j == place) for j, r in enumerate(rates)), moment)
            slope = abs(up - down) / 2e-5
            assert half_width(place, moment) == pytest.approx((noise + (1.96 * slope) ** 2) ** 0.5, rel=1e-3, abs=1e-6)
