from __future__ import annotations

import random

import pytest

from webapp.analytics.statistics.false_discovery import benjamini_hochberg
from webapp.analytics.statistics.proportions import wilson


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [
        # Newcombe, "Two-sided confidence intervals for the single proportion", Statist. Med. 17 (1998), table I.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_gives_the_published_intervals(part: int, whole: int, low: float, high: float) -> None:
    found = wilson(part, whole)
    assert found is not None
    assert found.value == part / whole
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


def test_wilson_is_symmetric_stays_between_0_and_1_and_knows_nothing_of_nobody() -> None:
    for whole in (1, 2, 7, 1000):
        for part in range(0, whole + 1, max(1, whole // 7)):
            one, other = wilson(part, whole), wilson(whole - part, whole)
            assert one is not None
            assert other is not None
            assert 0 <= one.low <= one.value <= one.high <= 1
            assert one.low == pytest.approx(1 - other.high)
    assert wilson(0, 0) is None
    with pytest.raises(ValueError, match="part"):
        wilson(3, 2)


def test_wilson_covers_the_truth_as_often_as_it_says() -> None:
    draw = random.Random(3)
    covered = 0
    for _ in range(2000):
        found = wilson(sum(draw.random() < 0.84 for _ in range(60)), 60)
        assert found is not None
        covered += found.low <= 0.84 <= found.high
    assert 0.93 <= covered / 2000 <= 0.97


def test_false_discoveries_are_bounded_as_in_the_example_of_the_paper() -> None:
    # Benjamini and Hochberg (1995), 3.2: fifteen tests of a trial, of which four stand.
    p_values = [
        0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590,
        1.0,
    ]  # fmt: skip
    order = list(range(15))
    random.Random(1).shuffle(order)
    stands = benjamini_hochberg([p_values[at] for at in order], 0.05)
    assert sorted(at for at, is_found in zip(order, stands, strict=True) if is_found) == [0, 1, 2, 3]


def test_a_test_stands_with_those_below_it_even_where_its_own_bound_is_missed() -> None:
    # 0.04 misses its own bound of 0.025, but the one above it keeps to 0.05.
    assert benjamini_hochberg([0.04, 0.05], 0.05) == [True, True]
    assert benjamini_hochberg([0.04, 0.06], 0.05) == [False, False]
    assert benjamini_hochberg([], 0.05) == []
