"""Figures of posts: one function for each, which pages, charts, downloads, the API and the drawer share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from webapp.analytics.content.table import PostRow
from webapp.analytics.content.typical import typical_of
from webapp.domain.metrics import MetricKey

_Value = Callable[[PostRow], int | float | None]

_OF_ROW: Final[Mapping[MetricKey, _Value]] = {
    MetricKey.TYPICAL_LIKES: lambda row: row.likes,
    MetricKey.LIKES_TOTAL: lambda row: row.likes,
    MetricKey.TYPICAL_VIEWS: lambda row: row.views,
    MetricKey.VIEWS_TOTAL: lambda row: row.views,
    MetricKey.TYPICAL_ENGAGEMENT: lambda row: row.engagement,
    MetricKey.ENGAGEMENT_RATE: lambda row: row.engagement_rate,
    MetricKey.POST_LIKES: lambda row: row.likes,
    MetricKey.POST_VIEWS: lambda row: row.views,
    MetricKey.POST_COMMENTS: lambda row: row.comments,
    MetricKey.POST_SHARES: lambda row: row.shares,
    MetricKey.POST_ENGAGEMENT: lambda row: row.engagement,
    MetricKey.POST_RATE: lambda row: row.engagement_rate,
}
_TOTALS: Final = frozenset({MetricKey.LIKES_TOTAL, MetricKey.VIEWS_TOTAL})


@dataclass(frozen=True, slots=True)
class PostFigure:
    """A figure of some posts; ``n`` of them have what it is made of, without any the value is ``None``."""

    value: float | None
    n: int


def figure_of(rows: Iterable[PostRow], metric: MetricKey) -> PostFigure:
    """Return a figure of ``OF_POSTS``: how many posts, what they typically got, or what they got together."""
    if metric is MetricKey.POSTS:
        count = sum(1 for _ in rows)
        return PostFigure(count, count)
    of_row = _OF_ROW[metric]
    values = [value for row in rows if (value := of_row(row)) is not None]
    if metric in _TOTALS:
        return PostFigure(sum(values) if values else None, len(values))
    return PostFigure(typical_of(values), len(values))


def value_of(row: PostRow, metric: MetricKey) -> int | float | None:
    """Return what a post adds to a figure, or a figure of the one post; ``None`` where no source says it."""
    return _OF_ROW[metric](row)


def rows_behind(rows: Iterable[PostRow], metric: MetricKey) -> tuple[PostRow, ...]:
    """Return the posts that a figure is made of."""
    if metric is MetricKey.POSTS:
        return tuple(rows)
    return tuple(row for row in rows if value_of(row, metric) is not None)
