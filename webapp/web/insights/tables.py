"""The tables of the insights as rows of values, the same as the page shows in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from webapp.analytics.insights.engagement import Engagement
from webapp.analytics.insights.hours import HOURS, WeekHours
from webapp.analytics.insights.months import MonthTable, find_month_table
from webapp.analytics.insights.not_back import Suggestions, stream_suggestions
from webapp.analytics.insights.peaks import Peaks, find_peak_days
from webapp.analytics.insights.post_gains import PostGain
from webapp.analytics.insights.shortages import Shortage
from webapp.domain.period import DAY_SECONDS
from webapp.renderers.insights_csv import Table
from webapp.renderers.table_csv import Moment, Row
from webapp.web.insights.page import InsightsPage
from webapp.web.masking import shown_caption

_WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def tables_of(page: InsightsPage, table: Table) -> Iterable[Row] | None:
    """Return the rows of a table, all of them; ``None`` where the page says why there is none."""
    if table is Table.SUGGESTIONS:
        return None if page.suggestions is None else _suggestions(page, page.suggestions)
    if table is Table.HOURS:
        return None if isinstance(page.hours, Shortage) else _hours(page.hours)
    if table is Table.PEAKS:
        peaks = find_peak_days(page.scope, page.fit, most=None)
        return None if isinstance(peaks, Shortage) else _peaks(peaks)
    if table is Table.ENGAGEMENT:
        return None if isinstance(page.engagement, Shortage) else _engagement(page.engagement)
    if table is Table.POSTS:
        return None if isinstance(page.post_gains, Shortage) else _posts(page.post_gains)
    months = find_month_table(page.scope, page.fit, months=None, lists=None)
    return None if isinstance(months, Shortage) else _months(months)


def _hours(hours: WeekHours) -> Iterator[Row]:
    for hour in range(HOURS):
        yield _WEEKDAYS[hour // 24], hour % 24, hours.counts[hour], hours.total


def _peaks(peaks: Peaks) -> Iterator[Row]:
    for peak in peaks.shown:
        posts = "; ".join(
            f"{post.day.isoformat()} {' '.join(shown_caption(post.title).split())}".rstrip() for post in peak.posts
        )
        yield peak.day, peak.came, peak.usual, peak.times, peak.chance, posts


def _suggestions(page: InsightsPage, found: Suggestions) -> Iterator[Row]:
    for row in stream_suggestions(page.scope):
        days = (found.following_at - row.followed_at) // DAY_SECONDS
        yield row.username, Moment(row.followed_at), days, Moment(found.followers_at)


def _engagement(found: Engagement) -> Iterator[Row]:
    for bucket in found.buckets:
        likes, point = bucket.likes, bucket.followers
        counted: Row = (0, None, None, None) if likes is None else (likes.posts, likes.typical, likes.low, likes.high)
        yield bucket.first, *counted, *((None, None) if point is None else (point.least, point.value))


def _posts(gains: Iterable[PostGain]) -> Iterator[Row]:
    for gain in gains:
        share = gain.share
        rate: Row = (None, None, None) if share is None else (share.value, share.low, share.high)
        yield (
            *(
                gain.public_id,
                Moment(gain.published_at),
                shown_caption(gain.title),
                gain.came,
                gain.last,
                gain.is_complete,
            ),
            *(gain.usual, gain.kept, gain.of, *rate, gain.others),
        )


def _months(table: MonthTable) -> Iterator[Row]:
    for row in table.rows:
        for later, cell in zip(table.lists, row.cells, strict=True):
            if cell is not None:
                share = cell.interval
                rate: Row = (None, None, None) if share is None else (share.value, share.low, share.high)
                yield row.month, Moment(row.first.at), Moment(later.at), cell.kept, cell.of, *rate
