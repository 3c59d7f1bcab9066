"""What is told of posts to come, at which number of posts, and how it did; and what a kept forest answers."""

from __future__ import annotations

import random

import msgspec
import numpy as np
import pytest
from msgspec.structs import replace

from tests.analytics.statistics.creators import Truth, make_creators
from tests.analytics.test_content_model import BREAD, CAKE, DAY, HOUR, MONDAY, noisy, post, table_of, tagged
from webapp.analytics.content.table import PostRow, PostTable
from webapp.analytics.forecasts.early import early_of
from webapp.analytics.forecasts.fit import RECENT, ForecastFit, to_likes, to_log
from webapp.analytics.forecasts.forecast import forecast_of, rounded_likes
from webapp.analytics.forecasts.forest import grow, nodes_of
from webapp.analytics.forecasts.history import examine_levels, take_past
from webapp.analytics.forecasts.model import examine
from webapp.analytics.forecasts.reading import pack
from webapp.domain.anomalies import PostLabel
from webapp.domain.forecasts import (
    FOREST_POSTS,
    FULL_POSTS,
    NEEDS_POSTS,
    Baseline,
    Forecast,
    ForecastMethod,
    ForecastRefusal,
    PostDraft,
)
from webapp.domain.post_query import Privacy, Standing

NEXT = PostDraft()


def forecast(fit: ForecastFit | None, draft: PostDraft = NEXT) -> Forecast:
    return forecast_of(fit, draft, "UTC", 1)


def lognormal(count: int, typical: float = 300, seed: int = 3) -> list[PostRow]:
    source = random.Random(seed)
    return [post(at, likes=int(typical * source.lognormvariate(0, 1.1))) for at in range(count)]


@pytest.mark.parametrize(
    ("count", "refused", "is_indicative"),
    [
        (0, ForecastRefusal.FEW_POSTS, False),
        (5, ForecastRefusal.FEW_POSTS, False),
        (NEEDS_POSTS - 1, ForecastRefusal.FEW_POSTS, False),
        (NEEDS_POSTS, None, True),
        (12, None, True),
        (FULL_POSTS, None, False),
        (40, None, False),
        (100, None, False),
    ],
)
def test_a_forecast_is_refused_indicative_or_full_by_the_number_of_posts(
    count: int, refused: ForecastRefusal | None, is_indicative: bool
) -> None:
    found = forecast(examine(table_of(lognormal(count)), "UTC"))
    assert (found.posts, found.needs, found.refused, found.indicative) == (count, NEEDS_POSTS, refused, is_indicative)
    if refused is not None:
        assert (found.typical, found.low, found.high, found.skill, found.experts) == (None, None, None, None, ())
        return
    assert found.low is not None
    assert found.typical is not None
    assert found.high is not None
    assert 0 < found.low <= found.typical <= found.high
    assert sum(expert.weight for expert in found.experts) == pytest.approx(1, abs=0.001)


def test_every_reason_not_to_forecast_is_told_apart() -> None:
    assert forecast(None).refused is ForecastRefusal.NOT_READY
    assert forecast(ForecastFit()).refused is ForecastRefusal.NO_POSTS
    rows = [replace(row, likes=None) for row in lognormal(80)]
    assert forecast(examine(table_of(rows), "UTC")).refused is ForecastRefusal.NO_LIKES


@pytest.mark.parametrize("likes", [0, 1, 100])
def test_posts_that_all_get_the_same_are_expected_to_get_it_again(likes: int) -> None:
    found = examine(table_of([post(at, likes=likes) for at in range(80)]), "UTC")
    assert (forecast(found).low, forecast(found).typical, forecast(found).high) == (likes, likes, likes)
    assert (found.skills, found.coverage, found.changes) == ((), 1, ())
    assert {one.label for one in found.checked} == {None}


def test_a_jump_to_a_hundred_times_as_much_is_told_as_a_change_and_forecasts_follow() -> None:
    rows = [replace(row, likes=(row.likes or 0) * (100 if at >= 120 else 1)) for at, row in enumerate(lognormal(200))]
    found = examine(table_of(rows), "UTC")
    (change,) = found.changes
    assert 30 < change.factor < 300
    assert abs((change.started_at - rows[120].published_at) / DAY) <= 8
    assert 10_000 < (forecast(found).typical or 0) < 100_000
    assert found.coverage == pytest.approx(0.8, abs=0.06)
    assert PostLabel.PEAK in {one.label for one in found.checked}


def test_multiplying_all_likes_changes_no_verdict() -> None:
    rows = noisy(90, lambda at: at % 9 == 0)
    once = examine(table_of(rows), "UTC")
    for times in (3, 100):
        many = examine(table_of(replace(row, likes=(row.likes or 0) * times) for row in rows), "UTC")
        assert many.scale == times * once.scale
        assert replace(many, scale=once.scale, checked=()) == replace(once, checked=())
        assert [(one.label, one.z, one.tail) for one in many.checked] == [
            (one.label, one.z, one.tail) for one in once.checked
        ]
        assert many.checked[-1].high == pytest.approx(times * once.checked[-1].high)


def test_what_is_kept_comes_back_the_same_and_the_same_posts_give_the_same() -> None:
    (creator,) = make_creators(2, 1, Truth(least_posts=150, most_posts=150, tag_sd=0.5))
    found = examine(creator.table, "Europe/Paris")
    assert found.forest is not None
    assert msgspec.msgpack.decode(pack(found), type=ForecastFit) == found
    assert examine(creator.table, "Europe/Paris") == found


def test_a_post_is_expected_from_those_that_were_mature_when_it_was_published() -> None:
    rows = [replace(row, published_at=MONDAY + at * DAY // 4) for at, row in enumerate(lognormal(80))]
    past = take_past(table_of(rows))
    assert past.known_from == [max(0, at - 27) for at in range(80)]
    whole = examine_levels(table_of(rows), {})
    # Each is from the posts at least a week older: what the last 28 got changes nothing of the ranges before.
    other = examine_levels(table_of([*rows[:52], *(replace(row, likes=7) for row in rows[52:])]), {})
    one, two = (fit.find_checked(rows[60].public_id) for fit in (whole, other))
    assert one is not None
    assert two is not None
    assert (one.low, one.high) == (two.low, two.high)
    assert one.actual != two.actual


def test_skill_coverage_brackets_and_calibration_are_of_the_checked_posts() -> None:
    found = examine(table_of(lognormal(420)), "UTC")
    # The first ten known, and seven days to know them.
    assert found.checked_posts == found.coverage_posts == 420 - 16
    assert len(found.checked) >= RECENT
    assert [one.against for one in found.skills] == list(Baseline)
    by_name = {one.against: one for one in found.skills}
    assert by_name[Baseline.LAST].low > 0.15
    assert by_name[Baseline.MEDIAN_10].value > 0
    assert abs(by_name[Baseline.MEDIAN_ALL].value) < 0.03
    assert sum(bracket.posts for bracket in found.brackets) == found.checked_posts
    assert [bracket.first for bracket in found.brackets] == [10, 30, 60, 100, 300]
    for one in found.calibration:
        assert one.coverage == pytest.approx(one.level, abs=0.05)


def test_hidden_deleted_and_unknown_posts_are_neither_counted_nor_expected() -> None:
    rows = lognormal(40)
    others = [
        post(40, privacy=Privacy.ONLY_YOU.value),
        post(41, standing=Standing.DELETED),
        post(42, standing=Standing.GONE),
        post(43, likes=None),
    ]
    with_others = PostTable(MONDAY + 60 * DAY, (*rows, *others), (), ())
    without = PostTable(MONDAY + 60 * DAY, tuple(rows), (), ())
    assert examine(with_others, "UTC") == examine(without, "UTC")


def young_table(growing: bool) -> tuple[PostTable, dict[str, list[tuple[float, int]]]]:
    """Return posts of which each had a third of its likes after a day, and three of the last days."""
    rows = lognormal(60)
    young = [
        post(66, likes=100),
        post(67, likes=40_000),
        post(69, likes=None, published_at=MONDAY + 68 * DAY + 20 * HOUR),
    ]
    as_of = MONDAY + 69 * DAY
    readings = {row.public_id: [(1.5, (row.likes or 0) // 3)] for row in rows[: 40 if growing else 10]}
    return PostTable(as_of, (*rows, *young), (), ()), readings


def test_young_posts_are_forecast_by_how_own_posts_grew_from_that_age_on() -> None:
    table, readings = young_table(growing=True)
    fit = examine(table, "UTC", readings)
    newest, flying, usual = early_of(fit, table)
    assert [one.posts for one in fit.growth] == [40]
    assert (usual.typical, usual.low, usual.high) == (None, None, None)
    assert usual.age_days == 2.5
    assert flying.typical == pytest.approx(120_000, rel=0.05)
    assert (flying.posts, flying.takes_off, flying.likes) == (40, True, 40_000)
    assert flying.skill is not None
    assert flying.skill > 0.8
    assert flying.expected is not None
    assert flying.expected.high < 40_000
    assert (newest.likes, newest.typical, newest.takes_off) == (None, None, False)
    assert newest.expected is not None
    assert usual.expected == fit.find_expected(usual.post)


def test_without_own_posts_of_that_age_a_young_post_is_still_growing() -> None:
    table, readings = young_table(growing=False)
    fit = examine(table, "UTC", readings)
    assert fit.growth == ()
    assert {(one.typical, one.takes_off) for one in early_of(fit, table)} == {(None, False)}


def test_an_early_forecast_is_never_below_the_likes_that_are_there() -> None:
    table, readings = young_table(growing=True)
    fit = examine(table, "UTC", {name: [(age, likes * 9) for age, likes in own] for name, own in readings.items()})
    flying = early_of(fit, table)[1]
    assert (flying.low, flying.typical) == (40_000, 40_000)


def test_a_kept_forest_answers_as_the_library_that_grew_it() -> None:
    source = np.random.default_rng(4)
    features, answers = source.normal(size=(400, 8)), source.normal(size=400)
    answers += np.where(features[:, 2] > 0.3, 1.0, -1.0)
    grown = grow(features.tolist(), answers.tolist(), 5)
    kept = nodes_of(grown)
    asked = [*features[:60].tolist(), *source.normal(size=(200, 8)).tolist()]
    told = grown.predict(np.asarray(asked, dtype=np.float32))
    assert [kept.answer(one) for one in asked] == pytest.approx(told.tolist(), abs=1e-12)
    # A feature at a threshold itself, as a single-precision number, goes left as it does there.
    thresholds = [float(np.float32(value)) for value in grown.estimators_[0].tree_.threshold[:20]]
    edges = [[value] * 8 for value in thresholds]
    expected = grown.predict(np.asarray(edges, dtype=np.float32)).tolist()
    assert [kept.answer(one) for one in edges] == pytest.approx(expected, abs=1e-12)


def with_hashtag(count: int) -> list[PostRow]:
    """Return posts of which every third has a hashtag, whichever, and gets six times as much."""
    rows = noisy(count, lambda at: at % 3 == 0)
    return tagged(rows, lambda at: (BREAD,) if at % 3 == 0 else (CAKE,))


def test_from_sixty_known_posts_on_a_forest_looks_at_what_a_post_is() -> None:
    found = examine(table_of(with_hashtag(240)), "UTC")
    assert found.forest_weight > 0.5
    at = MONDAY + 300 * DAY + 12 * HOUR
    bread, cake = (forecast(found, PostDraft(at, "words", (tag,))) for tag in ("bread", "cake"))
    assert bread.method is cake.method is ForecastMethod.LEVELS_AND_FOREST
    assert (bread.typical or 0) > 3 * (cake.typical or 0)
    assert sum(expert.weight for expert in bread.experts) == pytest.approx(1, abs=0.001)
    unknown = forecast(found)
    assert unknown.method is ForecastMethod.LEVELS
    assert (cake.typical or 0) <= (unknown.typical or 0) <= (bread.typical or 0)


def test_fewer_than_sixty_known_posts_grow_no_forest() -> None:
    rows = with_hashtag(FOREST_POSTS + 60)
    assert examine(table_of(rows[:FOREST_POSTS]), "UTC").forest is None
    assert examine(table_of(rows), "UTC").forest is not None
    assert examine(table_of(rows[:FOREST_POSTS]), "UTC") == examine_levels(table_of(rows[:FOREST_POSTS]), {})


def test_a_draft_that_says_little_is_taken_as_a_usual_post() -> None:
    found = examine(table_of(with_hashtag(240)), "UTC")
    at = found.forest.last_at + DAY if found.forest else 0
    usual = forecast(found, PostDraft(published_at=at))
    # Far ahead, and in the past, the gap to the post before is not known either.
    later, earlier = (forecast(found, PostDraft(published_at=at + days * DAY)) for days in (350, -350))
    assert usual.typical == later.typical == earlier.typical
    assert usual.method is ForecastMethod.LEVELS_AND_FOREST
    assert forecast(found, PostDraft(at, sound="never heard", hashtags=("never seen",))).refused is None


def test_shown_likes_have_two_significant_digits() -> None:
    shown = {0: 0, 0.4: 0, 3.6: 4, 9.7: 10, 12.4: 12, 99.6: 100, 184: 180, 3_449: 3_400, 1_250_000: 1_200_000}
    assert {likes: rounded_likes(likes) for likes in shown} == shown


def test_likes_come_back_from_the_scale_of_forecasts() -> None:
    assert [round(to_likes(to_log(likes, 7), 7)) for likes in (0, 1, 700, 10**9)] == [0, 1, 700, 10**9]
    assert to_likes(-3, 1) == 0
