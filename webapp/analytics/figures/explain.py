"""Explain any number of the app: its value as its page has it, and everything it takes to check it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from webapp.analytics.figures.changes import explain_change, explain_stayed
from webapp.analytics.figures.explanation import Asked, Explanation
from webapp.analytics.figures.follows import (
    explain_days,
    explain_hour,
    explain_month,
    explain_point,
    explain_post,
    explain_staying,
)
from webapp.analytics.figures.forecasts import explain_coverage, explain_expected, explain_next
from webapp.analytics.figures.lists import explain_arrivals, explain_both, explain_length, explain_profile
from webapp.analytics.figures.posts import explain_one_post, explain_percentile, explain_posts
from webapp.analytics.figures.rows import list_rows
from webapp.domain.figures import FigureQuery
from webapp.domain.metrics import OF_ONE_POST, OF_POSTS, MetricKey
from webapp.domain.scope import Scope

_EXPLAIN: Final[Mapping[MetricKey, Callable[[Asked], Explanation]]] = {
    MetricKey.FOLLOWERS: explain_length,
    MetricKey.FOLLOWING: explain_length,
    MetricKey.MUTUALS: explain_both,
    MetricKey.FOLLOWER_RATIO: explain_both,
    MetricKey.FOLLOWERS_ONLY: explain_both,
    MetricKey.FOLLOWING_ONLY: explain_both,
    MetricKey.PROFILE_FOLLOWERS: explain_profile,
    MetricKey.WEEK_FOLLOWERS: explain_arrivals,
    MetricKey.WEEK_FOLLOWING: explain_arrivals,
    MetricKey.MONTH_FOLLOWERS: explain_arrivals,
    MetricKey.MONTH_FOLLOWING: explain_arrivals,
    MetricKey.GAINED: explain_change,
    MetricKey.LOST: explain_change,
    MetricKey.NET: explain_change,
    MetricKey.FOLLOWING_GAINED: explain_change,
    MetricKey.FOLLOWING_LOST: explain_change,
    MetricKey.STAYED: explain_stayed,
    MetricKey.STAYING: explain_staying,
    MetricKey.AT_LEAST: explain_point,
    MetricKey.FOLLOWING_AT_LEAST: explain_point,
    MetricKey.ESTIMATE: explain_point,
    MetricKey.DAY_FOLLOWS: explain_days,
    MetricKey.HOUR_FOLLOWS: explain_hour,
    MetricKey.POST_FOLLOWS: explain_post,
    MetricKey.MONTH_STAYED: explain_month,
    **dict.fromkeys(OF_POSTS, explain_posts),
    **dict.fromkeys(OF_ONE_POST, explain_one_post),
    MetricKey.POST_PERCENTILE: explain_percentile,
    MetricKey.NEXT_LIKES: explain_next,
    MetricKey.EXPECTED_LIKES: explain_expected,
    MetricKey.FORECAST_COVERAGE: explain_coverage,
}


def explain(scope: Scope, query: FigureQuery, *, lists_rows: bool = True) -> Explanation:
    """Return where a number comes from, with the page of its rows that is asked for unless nobody wants them.

    Raises ``NotFound`` for an export or post of the query that is not there, ``Invalid`` naming the field for a
    question that lacks the day or the hour.
    """
    found = _EXPLAIN[query.metric](Asked(scope, query))
    if found.rows is None or not lists_rows:
        return found
    return replace(found, page=list_rows(scope, found.rows, query.page))
