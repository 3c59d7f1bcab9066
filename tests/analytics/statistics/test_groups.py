"""What compares groups of posts, against hand-computed values and plain readings of the definitions."""

from __future__ import annotations

import random
from collections import Counter
from itertools import combinations, permutations
from math import comb, log, sqrt
from statistics import NormalDist, fmean, median

import numpy as np
import pytest

from webapp.analytics.statistics.beta_binomial import steady_rates
from webapp.analytics.statistics.hypergeometric import hypergeometric_tail
from webapp.analytics.statistics.max_t import PERMUTATIONS, max_t
from webapp.analytics.statistics.order_interval import LEVEL, median_interval
from webapp.analytics.statistics.rank_sum import Ranks
from webapp.analytics.statistics.residuals import centred, log_figures, residuals, spread
from webapp.analytics.statistics.shrinkage import PRIOR_SD, QUARTILE, shrink


def draw(seed: int, count: int) -> list[float]:
    source = random.Random(seed)
    return [source.gauss(0, 1) for _ in range(count)]


def test_a_residual_is_the_value_less_the_median_of_the_twenty_around_it() -> None:
    values = [round(value, 3) for value in draw(1, 60)]
    found = residuals(np.array(values))
    for at, value in enumerate(values):
        start = min(max(at - 10, 0), len(values) - 21)
        around = [values[place] for place in range(start, start + 21) if place != at]
        assert found[at] == pytest.approx(value - median(around), abs=1e-9)


def test_logarithms_grow_with_the_figures_and_differ_alike_whatever_these_are_multiplied_with() -> None:
    figures = [0, 1, 3, 4, 7, 250]
    logs = log_figures(figures)
    assert list(logs) == sorted(logs)
    # The median of those above 0 is 4, a twentieth of it is added.
    assert logs[5] - logs[1] == pytest.approx(log(250.2 / 1.2))
    for constant in (2, 3, 10, 97):
        again = log_figures([figure * constant for figure in figures])
        assert np.diff(again) == pytest.approx(np.diff(logs), abs=1e-12)
    assert list(log_figures([0, 0, 0])) == [0, 0, 0]


def test_the_spread_is_that_of_the_newest_fifty_and_at_least_a_quarter() -> None:
    old, new = [100.0, -100.0] * 30, [float(at % 5 - 2) for at in range(50)]
    # Absolute distances from the median 0 of the newest: 0, 1 and 2 in shares of one, two and two fifths.
    assert spread(np.array(old + new)) == pytest.approx(1.4826)
    assert spread(np.array([0.0] * 50)) == 0.25


def test_residuals_far_out_count_as_three_robust_sd_and_all_lie_around_nought() -> None:
    values = [*(float(at % 5 - 2) for at in range(100)), 1000.0]
    drawn = centred(np.array(values))
    assert drawn.mean() == pytest.approx(0, abs=1e-8)
    assert drawn[-1] - drawn[2] == pytest.approx(3 * 1.4826)
    assert drawn[0] - drawn[2] == pytest.approx(-2)


def plain_t(values: list[float], group: list[bool]) -> float:
    own = [value for value, is_in in zip(values, group, strict=True) if is_in]
    return (fmean(own) - fmean(values)) / sqrt(1 / len(own) - 1 / len(values))


def test_p_values_are_those_of_every_order_of_the_values() -> None:
    """Of seven values there are 5,040 orders: the drawn ones must agree with all of them but for chance."""
    values = [0.3, -1.2, 2.5, 1.9, -0.4, 0.0, 1.1]
    groups = [[True, False, True, True, False, False, False], [False, True, False, False, True, True, False]]
    real = [plain_t(values, group) for group in groups]
    greatest = [max(plain_t(list(order), group) for group in groups) for order in permutations(values)]
    exact = [sum(reached >= t - 1e-9 for reached in greatest) / len(greatest) for t in real]
    (found,) = max_t(np.array(values), [[np.array(group) for group in groups]], seed=7)
    for p_value, wanted in zip(found, exact, strict=True):
        assert p_value == pytest.approx(wanted, abs=4 * sqrt(wanted * (1 - wanted) / PERMUTATIONS) + 0.002)
        assert 0 < p_value <= 1


def test_families_are_tested_apart_and_the_same_input_gives_the_same_answer() -> None:
    values = np.array(draw(3, 80))
    halves = [np.arange(80) < 40, np.arange(80) >= 40]
    quarters = [np.arange(80) % 4 == at for at in range(4)]
    both = max_t(values, [halves, [], quarters], seed=5)
    assert both == max_t(values, [halves, [], quarters], seed=5)
    assert [len(family) for family in both] == [2, 0, 4]
    # A group and all the others have the same t with other signs, and the greater one is never below 0.
    assert max(both[0]) == 1.0
    assert max_t(values, [[], []], seed=5) == [[], []]


def test_a_group_that_lies_far_above_gets_the_least_p_value_there_is() -> None:
    values = np.array([*([5.0] * 12), *draw(4, 60)])
    ((above, below),) = max_t(values, [[np.arange(72) < 12, np.arange(72) >= 60]], seed=1)
    assert above == 1 / (PERMUTATIONS + 1)
    assert below > 0.2


def test_means_are_shrunken_as_reckoned_by_hand() -> None:
    # Two groups of 10 and 40 with a variance of 1; Q = 8 * (0.5 - 0)^2 * ... by hand below.
    means, counts = [0.6, -0.1], [10, 40]
    middle = (10 * 0.6 - 40 * 0.1) / 50
    spread_of = 10 * (0.6 - middle) ** 2 + 40 * (-0.1 - middle) ** 2
    own = (spread_of - 1) / (50 - (100 + 1600) / 50)
    between = (7 * PRIOR_SD**2 + 1 * own) / 8
    first, second = shrink(means, counts, 1.0)
    assert first.mean == pytest.approx(0.6 * between / (between + 0.1))
    assert first.sd == pytest.approx(sqrt(1 / (1 / between + 10)))
    assert second.mean == pytest.approx(-0.1 * between / (between + 0.025))
    assert (first.low, first.high) == pytest.approx((first.mean - 0.674 * first.sd, first.mean + 0.674 * first.sd))
    assert pytest.approx(0.674) == QUARTILE


def test_without_a_difference_between_groups_what_was_measured_elsewhere_decides() -> None:
    (alone,) = shrink([0.5], [8], 1.2)
    assert alone.mean == pytest.approx(0.5 * PRIOR_SD**2 / (PRIOR_SD**2 + 0.15))
    same = shrink([0.0, 0.0, 0.0], [9, 9, 9], 1.0)
    assert [each.mean for each in same] == [0.0, 0.0, 0.0]
    assert shrink([], [], 1.0) == []


@pytest.mark.parametrize("digits", [0, 1, 6])
def test_ranks_are_judged_as_by_another_reckoning(digits: int) -> None:
    """With no digits most values are equal to others: ties."""
    for seed in range(8):
        values = [round(value, digits) for value in draw(seed, 50)]
        places = random.Random(seed).sample(range(50), 5 + seed * 4)
        others = [value for at, value in enumerate(values) if at not in places]
        own = [values[at] for at in places]
        # Counted pair by pair, a tie as half, instead of by ranks.
        over = sum((mine > other) + (mine == other) / 2 for mine in own for other in others)
        tied = sum(count**3 - count for count in Counter(values).values())
        pairs = len(own) * len(others)
        sd = sqrt(pairs / 12 * (51 - tied / (50 * 49)))
        wanted = NormalDist().cdf(-(over - pairs / 2 - 0.5) / sd)
        assert Ranks(values).above(places) == pytest.approx(wanted, abs=1e-12)


def test_values_that_are_all_equal_say_nothing() -> None:
    assert Ranks([2.0] * 12).above(range(5)) == 1.0


def test_the_tail_of_a_draw_is_fisher_s() -> None:
    for drawn, kind, total in ((4, 3, 10), (5, 5, 9), (3, 6, 11), (2, 0, 6)):
        draws = [sum(thing < kind for thing in few) for few in combinations(range(total), drawn)]
        for found in range(drawn + 1):
            wanted = sum(count >= found for count in draws) / len(draws)
            assert hypergeometric_tail(found, drawn, kind, total) == pytest.approx(wanted)
    # Two of two aces among five cards: C(50, 3) of C(52, 5) hands.
    assert hypergeometric_tail(2, 5, 2, 52) == pytest.approx(comb(50, 3) / comb(52, 5))


def test_an_interval_of_the_median_covers_what_it_promises_and_no_shorter_one_does() -> None:
    for count in (5, 6, 9, 20, 61, 399, 400, 401, 1000):
        ordered = [float(at) for at in range(count)]
        interval = median_interval(ordered)
        assert interval is not None
        low, high = (int(value) for value in interval)
        assert low + high == count - 1
        assert covered(low, count) >= LEVEL - (0.002 if count > 400 else 0)
        assert low + 1 > (count - 1) / 2 or covered(low + 1, count) < LEVEL


def covered(outside: int, count: int) -> float:
    """Return how often the median lies between the values with so many outside on either side."""
    return 1.0 - 2 * sum(comb(count, below) for below in range(outside + 1)) / 2.0**count


def test_of_fewer_than_five_values_nothing_encloses_the_median() -> None:
    assert [median_interval([1.0] * count) for count in range(5)] == [None] * 5
    assert median_interval([1.0, 2.0, 3.0, 4.0, 9.0]) == (1.0, 9.0)


def test_rates_of_few_views_are_drawn_towards_the_others() -> None:
    parts, wholes = [10, 120, 80, 0, 300], [100, 1000, 1000, 40, 2000]
    rates = steady_rates(parts, wholes)
    mean = fmean(part / whole for part, whole in zip(parts, wholes, strict=True))
    raw = [part / whole for part, whole in zip(parts, wholes, strict=True)]
    variance = sum((rate - mean) ** 2 for rate in raw) / 4
    strength = mean * (1 - mean) / (variance - mean * (1 - mean) * fmean(1 / whole for whole in wholes)) - 1
    assert strength == pytest.approx(30.67, abs=0.01)
    assert rates == pytest.approx(
        [(part + mean * strength) / (whole + strength) for part, whole in zip(parts, wholes, strict=True)]
    )


def test_rates_that_differ_by_chance_alone_are_one_and_what_exceeds_its_whole_counts_as_it() -> None:
    assert steady_rates([2, 3, 2], [20, 20, 20]) == pytest.approx([7 / 60] * 3)
    assert steady_rates([30, 1], [10, 10])[0] <= 1
    assert steady_rates([], []) == []
    assert steady_rates([3], [10]) == [0.3]
