"""What forecasts are made of: experts, ranges, labels, changes of level, growth of young posts."""

from __future__ import annotations

from collections.abc import Sequence
from math import log, sqrt
from random import Random
from statistics import median

import pytest

from webapp.analytics.statistics.bootstrap import relative_gain
from webapp.analytics.statistics.conformal import Ranges, between
from webapp.analytics.statistics.cusum import LEAST_NUMBERS, find_changes
from webapp.analytics.statistics.experts import FOREST, Experts
from webapp.analytics.statistics.growth import LEAST_POSTS, Grown, find_growth
from webapp.analytics.statistics.post_labels import label_all
from webapp.analytics.statistics.rolling import LEAST_SPREAD, Rolling
from webapp.analytics.statistics.walk import LEAST_KNOWN, LEVEL, walk
from webapp.domain.anomalies import PostLabel


def noise(count: int, seed: int = 1, sd: float = 1.1) -> list[float]:
    source = Random(seed)
    return [6 + source.gauss(0, sd) for _ in range(count)]


def test_rolling_numbers_are_the_newest_ones() -> None:
    rolling, values = Rolling(7), noise(100)
    for place, value in enumerate(values):
        rolling.add(value)
        newest = values[max(0, place - 6) : place + 1]
        assert rolling.ordered == sorted(newest)
        assert rolling.median == pytest.approx(median(newest))
    assert (rolling.at_least(rolling.ordered[5]), rolling.at_most(rolling.ordered[5])) == (2, 6)


def test_both_spreads_tell_the_sd_of_normal_numbers_and_are_not_moved_by_a_few_far_out() -> None:
    clean, spoiled = Rolling(), Rolling()
    for place, value in enumerate(noise(4_000)):
        clean.add(value)
        spoiled.add(value + (1_000 if place % 40 == 0 else 0))
    assert clean.spread == pytest.approx(1.1, rel=0.05)
    assert clean.steady_spread == pytest.approx(1.1, rel=0.05)
    assert spoiled.steady_spread == pytest.approx(1.1, rel=0.10)
    assert clean.wide_spread == pytest.approx(clean.steady_spread, rel=0.001)
    assert spoiled.steady_middle == pytest.approx(6, abs=0.1)
    alike = Rolling()
    for _ in range(5):
        alike.add(3.0)
    assert alike.wide_spread == 1.4 * LEAST_SPREAD
    assert alike.steady_middle == 3
    assert (alike.spread, alike.steady_spread) == (LEAST_SPREAD, LEAST_SPREAD)


def test_the_expert_who_errs_least_weighs_most_and_weights_sum_to_one() -> None:
    """The level stands still: the longer the memory, the better."""
    experts = Experts()
    for value in noise(300):
        experts.learn(value, experts.mix() if len(experts.all) else None)
    weights = experts.mix().weights
    assert sum(weights.values()) == pytest.approx(1)
    assert weights["median_all"] > weights["median_20"] > weights["median_5"]


def test_a_forest_that_errs_is_heard_less_and_one_that_is_right_leads() -> None:
    for is_right in (True, False):
        experts, source = Experts(), Random(5)
        experts.learn(0.0, None)
        for _ in range(100):
            deviation = source.choice((-1.0, 1.0))
            said = experts.mix(deviation)
            experts.learn(deviation if is_right else -deviation, said)
        mixed = experts.mix(1.0)
        assert (mixed.weights[FOREST] > 0.9) is is_right
        assert mixed.weights[FOREST] < 0.001 or is_right


def test_an_expert_who_joins_late_begins_in_the_middle_of_the_others() -> None:
    experts = Experts()
    for value in noise(200):
        experts.learn(value, experts.mix() if len(experts.all) else None)
    weights = experts.mix(0.0).weights
    assert min(weights.values()) < weights[FOREST] < 0.5


def test_one_value_moves_a_smoothed_level_by_three_sd_at_most() -> None:
    experts = Experts()
    experts.learn(0.0, None)
    experts.learn(100.0, experts.mix(), spread=1.0)
    assert experts.mix().opinions["ewma_1"] == pytest.approx(0.3)
    assert experts.mix().opinions["ewma_2"] == pytest.approx(0.6)


def test_a_place_between_two_values_is_drawn_from_one_to_the_other() -> None:
    assert [between([1.0, 2.0, 4.0], place) for place in (0.2, 1, 1.5, 2.5, 3, 7)] == [1, 1, 1.5, 3, 4, 4]


def test_ranges_hold_as_often_as_they_say_also_while_errors_grow() -> None:
    ranges, source, held = Ranges((0.8,)), Random(2), list[bool]()
    for place in range(3_000):
        error = source.gauss(0, 1 + place / 1_000)
        given = ranges.bounds()
        was_held = {level: low <= error <= high for level, (low, high) in given.items()}
        held += was_held.values()
        ranges.learn(error, was_held)
    assert sum(held) / len(held) == pytest.approx(0.8, abs=0.02)


def test_a_range_needs_errors_enough_to_enclose_so_much() -> None:
    ranges = Ranges((0.8, 0.95))
    for error in range(8):
        ranges.learn(float(error), {})
    assert ranges.bounds() == {}
    ranges.learn(8.0, {})
    assert ranges.bounds() == {0.8: (0.0, 8.0)}


@pytest.mark.parametrize("late", [0, 6])
def test_nothing_is_known_before_its_time(late: int) -> None:
    """What comes later does not change what was said before."""
    values = noise(60)
    known_from = [max(0, place - late) for place in range(60)]
    whole = walk(values, known_from).outlooks
    assert [None if outlook is None else outlook.known for outlook in whole] == [
        known or None for known in (max(0, place - late) for place in range(60))
    ]
    for place in (15, 30, 59):
        cut = [*values[: place - late], *[99.0] * (60 - place + late)]
        assert walk(cut, known_from).outlooks[place] == whole[place]


def test_a_range_is_given_from_the_tenth_known_number_on() -> None:
    for late in (0, 9):
        walked = walk(noise(40), [max(0, place - late) for place in range(40)])
        given = [outlook.known for outlook in walked.outlooks if outlook is not None and outlook.range is not None]
        assert given == list(range(LEAST_KNOWN, 40 - late))


def test_a_number_without_a_value_is_expected_and_never_learned() -> None:
    values: list[float | None] = [*noise(20), None, None]
    walked = walk(values)
    outlook = walked.outlooks[21]
    assert outlook is not None
    assert (outlook.known, walked.end.known) == (20, 20)
    assert outlook == walked.outlooks[20] == walked.end.expect()


def labels_of(values: Sequence[float]) -> dict[int, PostLabel | None]:
    walked = walk(values)
    told = [
        (place, value, outlook)
        for place, (value, outlook) in enumerate(zip(values, walked.outlooks, strict=True))
        if outlook is not None and outlook.range is not None
    ]
    found = label_all((value, outlook) for _, value, outlook in told)
    return {place: label.label for (place, _, _), label in zip(told, found, strict=True)}


def test_posts_far_out_are_exceptional_and_those_outside_their_range_remarkable() -> None:
    values = noise(200)
    values[150], values[170], values[15] = 6 + 4 * 1.1, 6 - 4 * 1.1, 12.0
    found = labels_of(values)
    assert (found[150], found[170]) == (PostLabel.PEAK, PostLabel.FLOP)
    # Fewer than twenty posts before it.
    assert found[15] is None
    remarkable = [label for label in found.values() if label in (PostLabel.HIGH, PostLabel.LOW)]
    assert len(remarkable) / len(found) == pytest.approx(0.2, abs=0.06)


def test_the_tail_is_how_seldom_the_account_saw_as_much_before() -> None:
    values = [6.0 + (place % 10) / 10 for place in range(100)]
    values[80], values[90] = 20.0, 19.0
    walked = walk(values)
    told = [(value, outlook) for value, outlook in zip(values, walked.outlooks, strict=True) if outlook is not None]
    found = label_all((value, outlook) for value, outlook in told if outlook.range is not None)
    first, second = found[80 - LEAST_KNOWN], found[90 - LEAST_KNOWN]
    assert (first.earlier, first.tail) == (70, round(1 / 71, 6))
    assert (second.earlier, second.tail) == (80, round(2 / 81, 6))
    assert found[5].tail is None


def test_numbers_that_are_all_alike_are_expected_exactly_and_nothing_stands_out() -> None:
    values = [log(101)] * 80
    walked = walk(values)
    assert all(
        outlook.range == (outlook.mixed.value, outlook.mixed.value)
        for outlook in walked.outlooks
        if outlook is not None and outlook.range is not None
    )
    assert set(labels_of(values).values()) == {None}
    assert find_changes(values) == []


@pytest.mark.parametrize("factor", [3, 1 / 3])
def test_a_lasting_change_is_told_once_with_about_where_it_began(factor: float) -> None:
    values = [value + (log(factor) * 1.5 if place >= 100 else 0) for place, value in enumerate(noise(160, seed=4))]
    (change,) = find_changes(values)
    assert 100 <= change.found < 130
    assert abs(change.started - 100) <= 10
    assert (change.shift > 0) is (factor > 1)
    assert find_changes(values[: LEAST_NUMBERS - 1]) == []


def test_a_single_great_success_is_no_change() -> None:
    values = noise(120, seed=8)
    values[80] = 40.0
    assert find_changes(values) == []


def test_growth_is_told_by_age_from_fifteen_posts_on_with_what_it_is_worth() -> None:
    source = Random(3)
    posts = []
    for _ in range(LEAST_POSTS):
        final = source.gauss(6, 1.1)
        posts += [Grown(0.7, final - 1 + source.gauss(0, 0.3), final, 6.0), Grown(3.0, final - 0.1, final, 6.0)]
    early, late = find_growth(posts)
    assert (early.first, early.last, early.posts) == (0.5, 1.0, LEAST_POSTS)
    assert early.median == pytest.approx(1, abs=0.2)
    assert early.low < early.median < early.high
    assert early.skill is not None
    assert 0.5 < early.skill < 0.95
    assert late.median == pytest.approx(0.1)
    assert late.skill == pytest.approx(1)
    assert find_growth(posts[:-2]) == []


def test_a_gain_is_enclosed_and_the_same_seed_gives_the_same() -> None:
    source = Random(9)
    others = [abs(source.gauss(0, 1)) for _ in range(400)]
    errors = [other * source.uniform(0.8, 1.0) for other in others]
    gain = relative_gain(errors, others, 7)
    assert gain is not None
    assert gain == relative_gain(errors, others, 7) != relative_gain(errors, others, 8)
    assert gain.low < gain.value < gain.high
    assert gain.value == pytest.approx(0.1, abs=0.01)
    assert gain.high - gain.low < 4 * 0.06 / sqrt(400)
    assert relative_gain([0.0], [0.0], 7) is None


def test_walking_and_labelling_take_any_level_alike() -> None:
    values = noise(120)
    moved = [value + 4 for value in values]
    assert labels_of(values) == labels_of(moved)
    for one, other in zip(walk(values).outlooks, walk(moved).outlooks, strict=True):
        if one is not None and other is not None and one.range is not None:
            assert other.bounds[LEVEL] == pytest.approx(one.bounds[LEVEL])
