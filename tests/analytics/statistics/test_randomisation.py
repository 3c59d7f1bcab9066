"""The order of an experiment, and how often its comparison is wrong."""

from __future__ import annotations

from math import log1p
from random import Random

import pytest

from webapp.analytics.statistics.power import posts_each
from webapp.analytics.statistics.randomisation import ALPHA, NEEDS_PAIRS, compare, draw_order

SPREAD = 1.1


def pairs_of(random: Random, count: int, effect: float = 0.0) -> list[float]:
    """Return differences of pairs of posts with heavy tails, of which the first way has a true effect."""
    scale = SPREAD / (0.95 + 0.05 * 4) ** 0.5
    noise = [random.gauss(0, scale) * (2 if random.random() < 0.05 else 1) for _ in range(2 * count)]
    return [log1p(effect) + noise[at] - noise[at + count] for at in range(count)]


def test_every_block_has_both_treatments_and_a_seed_gives_one_order() -> None:
    order = draw_order(500, seed=7)
    assert order == draw_order(500, seed=7) != draw_order(500, seed=8)
    assert all(sorted(order[at : at + 2]) == [0, 1] for at in range(0, 1000, 2))
    assert 200 < sum(order[::2]) < 300


def test_the_number_of_posts_follows_the_power_formula() -> None:
    assert posts_each(1.1, 0.5) == 118
    assert posts_each(1.1, 1.0) < posts_each(1.1, 0.5) < posts_each(1.1, 0.25)
    assert posts_each(0.01, 1.0) == 1


def test_too_few_pairs_are_not_compared() -> None:
    assert compare([1.0] * (NEEDS_PAIRS - 1), 1) is None
    assert compare([1.0] * NEEDS_PAIRS, 1) is not None


def test_the_same_input_gives_the_same_answer_and_turned_around_the_opposite_one() -> None:
    differences = pairs_of(Random(3), 60, 0.4)
    found, again = compare(differences, 5), compare(differences, 5)
    turned = compare([-each for each in differences], 5)
    assert found == again
    assert found is not None
    assert turned is not None
    assert (turned.difference, turned.low, turned.high) == pytest.approx((-found.difference, -found.high, -found.low))
    assert turned.p_value == found.p_value


def test_no_single_post_decides() -> None:
    differences = pairs_of(Random(4), 40)
    found, jumped = compare(differences, 1), compare([*differences[:-1], 20.0], 1)
    assert found is not None
    assert jumped is not None
    assert jumped.difference == pytest.approx(found.difference, abs=0.2)


def test_posts_that_are_all_equal_show_no_difference() -> None:
    found = compare([0.0] * 30, 1)
    assert found is not None
    assert (found.difference, found.low, found.high, found.is_clear) == (0, 0, 0, False)
    assert found.p_value > ALPHA


def test_without_a_true_difference_few_are_claimed_and_one_of_the_sought_size_is_mostly_found() -> None:
    random, each = Random(11), posts_each(SPREAD, 1.0)
    false = found = covered = 0
    for seed in range(300):
        nothing, doubled = compare(pairs_of(random, each), seed), compare(pairs_of(random, each, 1.0), seed)
        assert nothing is not None
        assert doubled is not None
        false += nothing.is_clear
        found += doubled.is_clear
        covered += doubled.low <= log1p(1.0) <= doubled.high
    assert false <= 0.08 * 300
    assert found >= 0.75 * 300
    assert covered >= 0.92 * 300
