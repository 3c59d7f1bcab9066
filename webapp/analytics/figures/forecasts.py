"""Where the numbers of forecasts come from: of the next post, of one post, and how often ranges held."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from webapp.analytics.content.posts import find_posts
from webapp.analytics.content.table import MATURE_DAYS, PostRow, PostTable
from webapp.analytics.figures.explanation import Asked, Explanation
from webapp.analytics.figures.lists import why_no_list
from webapp.analytics.figures.rows import PostRows
from webapp.analytics.forecasts.fit import ForecastFit
from webapp.analytics.forecasts.forecast import forecast_of, rounded_likes
from webapp.analytics.forecasts.reading import find_forecast_fit
from webapp.analytics.visible import find_newest_complete
from webapp.domain.errors import ErrorCode, NotFound
from webapp.domain.explained import Method, Reason
from webapp.domain.forecasts import LEVEL, ForecastRefusal, PostDraft
from webapp.domain.metrics import MetricKey
from webapp.domain.period import DAY_SECONDS, Period, Span
from webapp.domain.post_query import PostFilter
from webapp.domain.sections import Section
from webapp.models import Export

_REASONS: Final = {
    ForecastRefusal.NO_POSTS: Reason.NO_SUCH_POSTS,
    ForecastRefusal.NOT_READY: Reason.BEING_WORKED_OUT,
    ForecastRefusal.NO_LIKES: Reason.NO_LIKES,
    ForecastRefusal.FEW_POSTS: Reason.FEW_TO_FORECAST,
}


def explain_next(asked: Asked) -> Explanation:
    """Explain what the next post may get."""
    scope, table = asked.scope, find_posts(asked.scope)
    if table is None:
        return asked.unknown(why_no_list(scope))
    found = forecast_of(find_forecast_fit(scope), PostDraft(), scope.timezone, scope.revision)
    counted = PostFilter(Period(None, None, scope.timezone), counted=True)
    facts = _facts(table, table.counted, counted)
    if found.refused is not None or found.typical is None:
        return asked.unknown(_REASONS[found.refused or ForecastRefusal.FEW_POSTS], _sources(asked), **facts)
    parts = (asked.part(MetricKey.FORECAST_COVERAGE, found.coverage.value),) if found.coverage else ()
    return asked.known(found.typical, _sources(asked), **facts, **_range(found.low, found.high), parts=parts)


def explain_expected(asked: Asked) -> Explanation:
    """Explain what was expected of one post, without looking ahead."""
    scope, table = asked.scope, find_posts(asked.scope)
    row = None if table is None else table.by_id.get(asked.query.post)
    if table is None or row is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    fit = find_forecast_fit(scope)
    facts = _facts(table, known_before(table, row))
    facts |= {"span": Span(None, row.published_at - MATURE_DAYS * DAY_SECONDS)}
    facts |= {"parts": (asked.part(MetricKey.POST_LIKES, row.likes),)}
    if fit is None:
        return asked.unknown(Reason.BEING_WORKED_OUT, _sources(asked), **facts)
    found = fit.find_checked(row.public_id) or fit.find_expected(row.public_id)
    if found is None:
        return asked.unknown(Reason.NOT_FORECAST, _sources(asked), **facts)
    low, typical, high = (rounded_likes(likes) for likes in (found.low, found.typical, found.high))
    return asked.known(typical, _sources(asked), **facts, **_range(low, high))


def explain_coverage(asked: Asked) -> Explanation:
    """Explain how many posts lay in the range that was expected of them."""
    scope, table = asked.scope, find_posts(asked.scope)
    if table is None:
        return asked.unknown(why_no_list(scope))
    fit = find_forecast_fit(scope)
    if fit is None:
        return asked.unknown(Reason.BEING_WORKED_OUT, _sources(asked), **_facts(table, ()))
    if fit.coverage is None:
        return asked.unknown(Reason.FEW_TO_FORECAST, _sources(asked), **_facts(table, table.counted))
    facts = _facts(table, checked_posts(table, fit))
    inside = round(fit.coverage * fit.coverage_posts)
    return asked.known(fit.coverage, _sources(asked), **facts, counted=(inside, fit.coverage_posts))


def known_before(table: PostTable, row: PostRow) -> tuple[PostRow, ...]:
    """Return the posts that were old enough to count when a post was published, oldest first."""
    until = row.published_at - MATURE_DAYS * DAY_SECONDS
    return tuple(other for other in table.counted if other.published_at <= until)


def checked_posts(table: PostTable, fit: ForecastFit) -> tuple[PostRow, ...]:
    """Return the posts that were checked, oldest first: all that count from the first one with a range on."""
    return table.counted[len(table.counted) - fit.coverage_posts :]


def _facts(table: PostTable, behind: Sequence[PostRow], selection: PostFilter | None = None) -> dict[str, Any]:
    return {
        "n": len(behind),
        "span": Span(None, table.as_of),
        "rows": PostRows(table, tuple(reversed(behind)), selection),
    }


def _sources(asked: Asked) -> list[Export]:
    newest = find_newest_complete(asked.scope, Section.POSTS)
    return [newest] if newest else []


def _range(low: int | None, high: int | None) -> dict[str, Any]:
    return {"low": low, "high": high, "level": LEVEL, "method": Method.EXPERTS}
