"""Followers, posts and likes of every day, week or month that an account can tell of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from webapp.analytics.arrivals import list_arrivals
from webapp.analytics.content.figures import PostFigure, figure_of
from webapp.analytics.content.posts import find_posts
from webapp.analytics.content.trends import Trends, TrendStep
from webapp.analytics.growth import Growth, find_change, find_growth
from webapp.analytics.growth_days import list_growth_days
from webapp.analytics.growth_model import Point
from webapp.analytics.period_changes import PeriodChange
from webapp.domain.metrics import MetricKey
from webapp.domain.period import Span, day_of, start_of_day
from webapp.domain.period_query import PeriodQuery, Preset
from webapp.domain.scope import Scope
from webapp.domain.sections import Section
from webapp.domain.steps import Bucket, Step, bucket_of, buckets
from webapp.models import DIRECTIONS


@dataclass(frozen=True, slots=True)
class PeriodStatistics:
    """One day, week or month.

    ``counts`` are the lengths of the last lists made in it, ``point`` is the last point of the followers' curve, and
    ``changes`` are who came and left from the last list before it to its last list; what no list says is missing.
    ``followed`` counts those whom any list shows with a follow date in it. ``posts`` and ``likes`` (all that its
    counted posts have now) are ``None`` where no export holds the posts. ``is_over`` is false while the newest list
    was made before its end.
    """

    bucket: Bucket
    counts: dict[Section, int]
    point: Point | None
    followed: int | None
    changes: dict[Section, PeriodChange]
    posts: TrendStep | None
    likes: PostFigure | None
    is_over: bool


def list_statistics(scope: Scope, step: Step, first_weekday: int = 0) -> list[PeriodStatistics]:
    """Return all steps from the first day to the newest list, oldest first; weeks begin with a weekday (Monday 0)."""
    return list(_Statistics(scope, step, first_weekday).rows())


class _Statistics:
    """The answer for one step, over all time."""

    def __init__(self, scope: Scope, step: Step, first_weekday: int) -> None:
        self._step, self._weekday, self._timezone = step, first_weekday, scope.timezone
        self._growth = find_growth(scope, PeriodQuery(Preset.ALL))
        self._arrivals = {each.bucket: each.people for each in list_arrivals(self._growth, step, first_weekday)}
        table = find_posts(scope)
        self._trends = (
            None if table is None else Trends(table, Span(None, table.as_of), None, scope.timezone, step, first_weekday)
        )

    def rows(self) -> Iterator[PeriodStatistics]:
        """Yield the steps."""
        known = self._known_days()
        if not known:
            return
        newest = max(known)
        counts, points = self._counts(self._growth), self._points(self._growth)
        for bucket in buckets(min(known), newest, self._step, self._weekday):
            trends = self._trends
            yield PeriodStatistics(
                bucket=bucket,
                counts=counts.get(bucket, {}),
                point=points.get(bucket),
                followed=self._arrivals.get(bucket),
                changes=self._changes(bucket),
                posts=None if trends is None else trends.step_of(bucket),
                likes=None if trends is None else figure_of(trends.counted_in(bucket), MetricKey.LIKES_TOTAL),
                is_over=bucket.last < newest,
            )

    def _known_days(self) -> list[date]:
        """Return days among which are the first and the last that anything is told of."""
        known = [row.day for row in self._growth.history]
        known += [bucket.first for bucket in self._arrivals]
        if self._trends is not None:
            known += [day_of(self._trends.as_of, self._timezone), *(self._trends.days or ())]
        return known

    def _counts(self, growth: Growth) -> dict[Bucket, dict[Section, int]]:
        found: dict[Bucket, dict[Section, int]] = {}
        for row in growth.history:
            for section in DIRECTIONS:
                count = row.count(section)
                if count is not None:
                    found.setdefault(self._bucket(row.day), {})[section] = count
        return found

    def _points(self, growth: Growth) -> dict[Bucket, Point]:
        days = list_growth_days(growth, self._step, self._weekday)
        return {
            self._bucket(each.day): each.points[Section.FOLLOWERS] for each in days if Section.FOLLOWERS in each.points
        }

    def _changes(self, bucket: Bucket) -> dict[Section, PeriodChange]:
        starts = start_of_day(bucket.first, self._timezone)
        ends = start_of_day(bucket.last + timedelta(days=1), self._timezone)
        span = Span(starts - 1, ends - 1)
        found = {section: find_change(self._growth.history, section, span) for section in DIRECTIONS}
        return {section: change for section, change in found.items() if change is not None}

    def _bucket(self, day: date) -> Bucket:
        return bucket_of(day, self._step, self._weekday)
