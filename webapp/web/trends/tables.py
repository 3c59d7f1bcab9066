"""The tables about posts over time as rows of values, the same as the page shows in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from webapp.analytics.content.ages import Ages
from webapp.analytics.content.like_spread import LikeSpread
from webapp.analytics.content.trends import Trends
from webapp.renderers.table_csv import Row
from webapp.renderers.trend_csv import Table
from webapp.web.trends.page import TrendsPage
from webapp.web.trends.rising import off_rows, rising_rows, team_rows
from webapp.web.trends.words import word_rows


def tables_of(page: TrendsPage, table: Table) -> Iterable[Row] | None:
    """Return the rows of a table, all of them; ``None`` where the page says why there is none."""
    if page.is_empty:
        return None
    match table:
        case Table.POSTS:
            return _posts(page.trends)
        case Table.RATES:
            return _rates(page.trends) if page.trends.has_rates else None
        case Table.RHYTHM:
            return _rhythm(page.trends)
        case Table.SPREAD:
            return None if page.found_spread is None else _spread(page.found_spread)
        case Table.AGES:
            return _ages(page.found_ages) if isinstance(page.found_ages, Ages) else None
        case Table.WORDS:
            return None if page.found_words is None else word_rows(page.found_words)
        case Table.RISING:
            return rising_rows(page.rising)
        case Table.TEAM:
            return team_rows(page.rising)
        case Table.OFF:
            return off_rows(page.rising)


def _posts(trends: Trends) -> Iterator[Row]:
    for each in trends.steps:
        days = (each.bucket.first, each.bucket.last)
        yield *days, each.posts, each.likes.n, each.likes.value, each.low, each.high, each.young, each.is_over


def _rates(trends: Trends) -> Iterator[Row]:
    for each in trends.steps:
        yield each.bucket.first, each.bucket.last, each.rate.n, each.rate.value


def _rhythm(trends: Trends) -> Iterator[Row]:
    found, days = trends.rhythm, trends.days
    if found is None or days is None:
        return
    pause: Row = (None, None, None)
    if found.pause is not None:
        pause = (found.pause.days, found.pause.first, found.pause.last)
    weeks = None if found.run is None else found.run.weeks
    yield *days, found.posts, found.active_days, found.per_week, found.between, *pause, weeks


def _spread(found: LikeSpread) -> Iterator[Row]:
    for each in found.classes:
        yield each.low, each.high, each.posts, each.has_typical


def _ages(found: Ages) -> Iterator[Row]:
    for each in found.classes:
        yield each.first, each.last, each.readings, each.per_day, each.share
