"""Times in which many more people left than usual: seldom seen where there are none, and found where there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from math import isclose

import pytest

from tests.analytics.statistics.histories import simulate
from webapp.analytics.statistics.drops import Interval, find_drops, upper_t

WEEK = Interval(7.0, 1_000, 20)


def history(seed: int, times: Sequence[float]) -> list[Interval]:
    """Return what the exports of a simulated account show of those who left between them."""
    people = simulate(seed, 20, 500, times).people
    found = []
    for start, end in pairwise(times):
        there = [gone for came, gone in people if came <= start < gone]
        found.append(Interval(end - start, len(there), sum(gone <= end for gone in there)))
    return found


def test_ordinary_losses_are_seldom_taken_for_more_than_usual() -> None:
    found = tested = 0
    for seed in range(6):
        for days in (3, 10, 30):
            drops = find_drops(history(seed, range(150, 500, days)))
            found, tested = found + len(drops.found), tested + drops.tested
    assert tested > 500
    # A month of weekly exports has four of them.
    assert found / tested * 4 <= 0.05


def test_three_times_the_usual_losses_are_found() -> None:
    seen = 0
    for seed in range(15):
        intervals = history(seed, range(150, 500, 10))
        at = 20 + seed % 10
        intervals[at] = replace(intervals[at], lost=3 * intervals[at].lost)
        seen += [drop.place for drop in find_drops(intervals).found] == [at]
    assert seen >= 13


def test_a_drop_tells_what_is_usual_for_its_days_and_followers() -> None:
    twice_as_long = Interval(14.0, 2_000, 400)
    (drop,) = find_drops([WEEK] * 8 + [twice_as_long]).found
    assert (drop.place, drop.lost, drop.intervals) == (8, 400, 8)
    assert isclose(drop.expected, 82.0)
    assert drop.p_value < 0.001


@pytest.mark.parametrize(
    ("last", "why"),
    [
        (Interval(7.0, 1_000, 39), "less than twice the usual"),
        (Interval(60.0, 1_000, 600), "no earlier one is about as long"),
        (Interval(7.0, 0, 0), "nobody could leave"),
    ],
)
def test_what_is_not_far_enough_or_cannot_be_compared_is_no_drop(last: Interval, why: str) -> None:
    assert find_drops([*[WEEK] * 8, last]).found == (), why


def test_five_more_are_the_least() -> None:
    quiet = [Interval(7.0, 1_000, lost) for lost in (0, 1, 0, 0, 1, 0, 0, 0)]
    assert find_drops([*[Interval(7.0, 1_000, 60)] * 4, *quiet, Interval(7.0, 1_000, 4)]).found == ()


def test_too_few_intervals_or_losses_refuse() -> None:
    refused = find_drops([WEEK] * 4)
    assert (refused.tested, refused.before, refused.losses) == (0, 3, 60)
    rare = find_drops([replace(WEEK, lost=2)] * 8)
    assert (rare.tested, rare.before, rare.losses) == (0, 7, 14)
    assert find_drops([WEEK] * 5).tested == 1
    assert find_drops([]).tested == 0


def test_short_intervals_are_joined_and_lists_of_one_second_count() -> None:
    halves = [Interval(0.5, 1_000, 10), Interval(0.5, 990, 10)] * 6
    burst = [Interval(0.0, 1_000, 30), Interval(0.5, 970, 40), Interval(0.5, 930, 50)]
    (drop,) = find_drops([*halves, *burst]).found
    assert (drop.first, drop.place, drop.lost) == (12, 14, 120)


def test_a_drop_is_no_part_of_what_is_usual_unless_it_lasts() -> None:
    high = replace(WEEK, lost=100)
    once = find_drops([*[WEEK] * 8, high, *[WEEK] * 3, high])
    assert [drop.place for drop in once.found] == [8, 12]
    lasting = find_drops([*[WEEK] * 8, *[high] * 12])
    assert [drop.place for drop in lasting.found][:2] == [8, 9]
    assert len(lasting.found) <= 4


def test_the_tail_of_students_t_is_that_of_tables() -> None:
    assert isclose(upper_t(2.353, 3), 0.05, rel_tol=1e-3)
    assert isclose(upper_t(3.106, 11), 0.005, rel_tol=1e-3)
    assert isclose(upper_t(-2.353, 3), 0.95, rel_tol=1e-3)
    assert upper_t(0.0, 5) == 0.5
