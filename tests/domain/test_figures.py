"""A link to a number carries the whole question, and old links stay valid."""

from __future__ import annotations

from datetime import date

import pytest
from werkzeug.datastructures import MultiDict

from webapp.domain.errors import Invalid
from webapp.domain.figures import FigureQuery
from webapp.domain.metrics import OF_POSTS, MetricKey
from webapp.domain.period import Period
from webapp.domain.period_query import PeriodQuery, Preset
from webapp.domain.post_query import PostFilter, PostKind

DAYS = Period(date(2026, 1, 1), date(2026, 1, 31), "Europe/Paris")
CUSTOM = PeriodQuery(Preset.CUSTOM, date(2026, 1, 1), date(2026, 1, 31))


@pytest.mark.parametrize(
    "query",
    [
        FigureQuery(MetricKey.POSTS),
        FigureQuery(MetricKey.TYPICAL_LIKES, posts=PostFilter(DAYS, weekday=2, hour=23, counted=True), page=3),
        FigureQuery(MetricKey.LIKES_TOTAL, posts=PostFilter(DAYS, kind=PostKind.PHOTO, hashtag="été", word="l'été")),
        FigureQuery(MetricKey.POST_LIKES, post="f" * 20),
        FigureQuery(MetricKey.GAINED, period=CUSTOM),
        FigureQuery(MetricKey.HOUR_FOLLOWS, hour=167, page=2),
        FigureQuery(MetricKey.DAY_FOLLOWS, day=date(2026, 1, 5)),
    ],
)
def test_a_question_comes_back_from_its_own_arguments(query: FigureQuery) -> None:
    arguments = query.to_args()
    assert FigureQuery.parse(query.metric, MultiDict(arguments), "Europe/Paris") == query
    assert arguments.keys() <= set(FigureQuery.fields_of(query.metric))


def test_days_of_posts_and_days_of_a_period_are_told_apart_by_the_metric() -> None:
    arguments = MultiDict({"date_from": "2026-01-01", "date_to": "2026-01-31"})
    posts = FigureQuery.parse(MetricKey.POSTS, arguments, "Europe/Paris")
    gained = FigureQuery.parse(MetricKey.GAINED, arguments, "Europe/Paris")
    assert (posts.posts, posts.period) == (PostFilter(DAYS), PeriodQuery())
    assert (gained.posts, gained.period) == (None, CUSTOM)


def test_a_filter_that_narrows_nothing_asks_about_all_posts() -> None:
    assert FigureQuery.parse(MetricKey.POSTS, MultiDict({"counted": "0"}), "UTC").posts is None


def test_a_bad_value_names_its_field() -> None:
    with pytest.raises(Invalid) as refused:
        FigureQuery.parse(MetricKey.POSTS, MultiDict({"hour": "24"}), "UTC")
    assert refused.value.params["field"] == "hour"


def test_numbers_of_posts_take_no_period_preset() -> None:
    assert all("period" not in FigureQuery.fields_of(metric) for metric in OF_POSTS)
