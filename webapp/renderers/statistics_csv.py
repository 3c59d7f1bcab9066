"""Write the statistics of days, weeks or months as rows of one table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from webapp.analytics.period_statistics import PeriodStatistics
from webapp.domain.sections import Section
from webapp.models import DIRECTIONS
from webapp.renderers.table_csv import Cell, Moment, Row

_CHANGES: Final = ("gained", "lost", "since", "until")
STATISTICS_HEAD: Final = (
    "date_from", "date_to", "followers", "following", "followers_at_least", "followers_estimated", "estimate_low",
    "estimate_high", "followed_you", *(f"followers_{name}" for name in _CHANGES),
    *(f"following_{name}" for name in _CHANGES), "posts", "posts_counted", "likes", "typical_likes",
    "engagement_rate", "is_over",
)  # fmt: skip


def statistics_rows(statistics: Iterable[PeriodStatistics]) -> Iterator[Row]:
    """Yield a row for each step; a rate is a fraction of 1."""
    for each in statistics:
        point = each.point
        yield (
            each.bucket.first,
            each.bucket.last,
            *(each.counts.get(section) for section in DIRECTIONS),
            *((None,) * 4 if point is None else (point.least, point.value, point.low, point.high)),
            each.followed,
            *(cell for section in DIRECTIONS for cell in _changes(each, section)),
            *_posts(each),
            each.is_over,
        )


def _changes(each: PeriodStatistics, section: Section) -> tuple[Cell, ...]:
    change = each.changes.get(section)
    if change is None:
        return (None,) * len(_CHANGES)
    return change.gained, change.lost, Moment(change.begins_at), Moment(change.ends_at)


def _posts(each: PeriodStatistics) -> tuple[Cell, ...]:
    if each.posts is None or each.likes is None:
        return (None,) * 5
    counted, likes = each.posts.likes, each.likes.value
    return (
        each.posts.posts,
        counted.n,
        None if likes is None else int(likes),
        counted.value,
        each.posts.rate.value,
    )
