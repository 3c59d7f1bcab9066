"""Posts over time: how many were published, what they typically got, and how a period compares with another."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from statistics import quantiles
from typing import Final

from webapp.analytics.content.figures import PostFigure, figure_of, value_of
from webapp.analytics.content.rhythm import Rhythm, find_rhythm
from webapp.analytics.content.selection import select_posts
from webapp.analytics.content.standing import Uncounted, why_uncounted
from webapp.analytics.content.table import PostRow, PostTable
from webapp.analytics.period_changes import LEAST_BASE, relative_pace
from webapp.domain.metrics import MetricKey
from webapp.domain.period import Period, Span, day_of, start_of_day
from webapp.domain.post_query import PostFilter
from webapp.domain.steps import Bucket, Step, buckets, fitting_step

# With fewer posts a typical figure is indicative, and no middle half is stated.
LEAST_IN_STEP: Final = 3
# Two typical figures of fewer posts each are not compared: chance decides between them.
LEAST_COMPARED: Final = 10
# More steps than this cannot be told apart; the newest are shown.
MOST_STEPS: Final = 370


@dataclass(frozen=True, slots=True)
class TrendStep:
    """A day, week or month.

    ``posts`` are all that were published in it, ``None`` after the newest list of posts. ``likes`` is what its counted
    posts typically got, ``low`` to ``high`` the middle half of them, ``rate`` their typical engagement rate; ``young``
    posts are among ``posts`` and their likes not counted. ``is_over`` is false while the newest list was made before
    its end.
    """

    bucket: Bucket
    posts: int | None
    likes: PostFigure
    low: float | None
    high: float | None
    rate: PostFigure
    young: int
    is_over: bool


@dataclass(frozen=True, slots=True)
class Compared:
    """The posts of a period beside those of another: ``None`` where too little stands in the other.

    ``pace`` is how many more were published per day, ``likes`` how much more they typically got, both as a share.
    """

    posts: int
    days: float
    pace: float | None
    typical: PostFigure
    likes: float | None


@dataclass(frozen=True)
class Trends:
    """The posts of one period; ``period`` are its days, of which those after ``as_of`` are unknown."""

    table: PostTable
    span: Span
    base: Span | None
    timezone: str
    step: Step
    first_weekday: int = 0

    @property
    def as_of(self) -> int:
        """Return the second of the newest list of posts."""
        return self.table.as_of

    @cached_property
    def wanted(self) -> PostFilter:
        """Return the filter of all posts of the period, as links carry it."""
        return PostFilter(days_of(self.span, self.timezone))

    @cached_property
    def posts(self) -> list[PostRow]:
        """Return the posts of the period, oldest first."""
        return select_posts(self.table, self.wanted)

    @cached_property
    def counted(self) -> list[PostRow]:
        """Return those of them that statistics speak of."""
        return select_posts(self.table, self.wanted.with_(counted=True))

    @cached_property
    def left_out(self) -> dict[Uncounted, int]:
        """Return how many posts of the period are not counted, by the first reason that holds."""
        found: dict[Uncounted, int] = {}
        for row in self.posts:
            why = self._why(row)
            if why is not None:
                found[why] = found.get(why, 0) + 1
        return found

    @cached_property
    def _counted_ids(self) -> frozenset[int]:
        return frozenset(row.id for row in self.table.counted)

    def _why(self, row: PostRow) -> Uncounted | None:
        return None if row.id in self._counted_ids else why_uncounted(self.table, row)

    @cached_property
    def days(self) -> tuple[date, date] | None:
        """Return the first and last day that anything can be told of; ``None`` where there is no post before the end.

        Before the first post of the account there is nothing to show.
        """
        if not self.table.rows:
            return None
        last = min(day_of(self.span.until, self.timezone), day_of(self.as_of, self.timezone))
        first = day_of(self.table.rows[0].published_at, self.timezone)
        if self.span.since is not None:
            first = max(first, day_of(self.span.since + 1, self.timezone))
        return (first, last) if first <= last else None

    @cached_property
    def steps(self) -> list[TrendStep]:
        """Return the steps that the period touches, each whole, oldest first; of too many the newest."""
        if self.days is None:
            return []
        # What lies behind the newest list is shown as unknown, as far as somebody asked for it.
        end = min(day_of(self.span.until, self.timezone), self.days[1] + timedelta(days=366))
        found = buckets(self.days[0], max(end, self.days[1]), self.step, self.first_weekday)[-MOST_STEPS:]
        return [self.step_of(bucket) for bucket in found]

    def counted_in(self, bucket: Bucket) -> list[PostRow]:
        """Return the posts of some days, whatever the period, that statistics speak of."""
        return [row for row in self._rows_in(bucket) if row.id in self._counted_ids]

    def step_of(self, bucket: Bucket) -> TrendStep:
        """Return what is told of some days, whatever the period."""
        starts = start_of_day(bucket.first, self.timezone)
        ends = start_of_day(bucket.last + timedelta(days=1), self.timezone)
        rows, counted = self._rows_in(bucket), self.counted_in(bucket)
        likes = [value for row in counted if (value := value_of(row, MetricKey.TYPICAL_LIKES)) is not None]
        low, high = _middle_half(likes)
        return TrendStep(
            bucket=bucket,
            posts=None if starts > self.as_of else len(rows),
            likes=figure_of(counted, MetricKey.TYPICAL_LIKES),
            low=low,
            high=high,
            rate=figure_of(counted, MetricKey.ENGAGEMENT_RATE),
            young=sum(1 for row in rows if self._why(row) is Uncounted.YOUNG),
            is_over=ends <= self.as_of + 1,
        )

    def _rows_in(self, bucket: Bucket) -> Sequence[PostRow]:
        starts = start_of_day(bucket.first, self.timezone)
        ends = start_of_day(bucket.last + timedelta(days=1), self.timezone)
        return self.table.rows[bisect_left(self._seconds, starts) : bisect_left(self._seconds, ends)]

    @cached_property
    def _seconds(self) -> list[int]:
        return [row.published_at for row in self.table.rows]

    @cached_property
    def has_rates(self) -> bool:
        """Return whether any post of the period has an engagement rate."""
        return any(row.engagement_rate is not None for row in self.counted)

    @cached_property
    def rhythm(self) -> Rhythm | None:
        """Return how regularly was published; ``None`` without a day to tell of."""
        if self.days is None:
            return None
        published = [day_of(row.published_at, self.timezone) for row in self.posts]
        return find_rhythm(published, *self.days, self.first_weekday)

    @cached_property
    def compared(self) -> Compared | None:
        """Return the period beside its base; ``None`` where it is compared with nothing."""
        if self.base is None or self.span.days is None or self.base.days is None:
            return None
        rows = select_posts(self.table, PostFilter(days_of(self.base, self.timezone)))
        before = figure_of((row for row in rows if self.table.counts(row)), MetricKey.TYPICAL_LIKES)
        now = figure_of(self.counted, MetricKey.TYPICAL_LIKES)
        return Compared(
            posts=len(rows),
            days=self.base.days,
            pace=relative_pace(len(self.posts), self.span.days, len(rows), self.base.days),
            typical=before,
            likes=_difference(now, before),
        )


def find_trends(
    table: PostTable, span: Span, base: Span | None, timezone: str, step: Step | None = None, first_weekday: int = 0
) -> Trends:
    """Return the posts of a period; without a step the shortest that tells something of most of its steps."""
    if step is not None:
        return Trends(table, span, base, timezone, step, first_weekday)
    found = Trends(table, span, base, timezone, Step.MONTH, first_weekday)
    length = (found.days[1] - found.days[0]).days if found.days else 0
    finer = [each for each in (Step.DAY, Step.WEEK) if each is Step.WEEK or fitting_step(length) is Step.DAY]
    for each in finer if fitting_step(length) is not Step.MONTH else []:
        tried = Trends(table, span, base, timezone, each, first_weekday)
        firm = sum(1 for one in tried.steps if one.likes.n >= LEAST_IN_STEP)
        if firm and 2 * firm >= len(tried.steps):
            return tried
    return found


def days_of(span: Span, timezone: str) -> Period:
    """Return the days that a span touches."""
    first = None if span.since is None else day_of(span.since + 1, timezone)
    return Period(first, day_of(span.until, timezone), timezone)


def _difference(now: PostFigure, before: PostFigure) -> float | None:
    if now.value is None or before.value is None or min(now.n, before.n) < LEAST_COMPARED:
        return None
    return None if before.value < LEAST_BASE else now.value / before.value - 1


def _middle_half(values: Sequence[float]) -> tuple[float | None, float | None]:
    if len(values) < LEAST_IN_STEP:
        return None, None
    low, _, high = quantiles(values, n=4, method="inclusive")
    return low, high
