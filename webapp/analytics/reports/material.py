"""What the parts of one report are made of, each read once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from webapp.analytics.content.fit import ContentFit
from webapp.analytics.content.fit_reading import find_fit
from webapp.analytics.content.posts import find_posts
from webapp.analytics.content.table import PostTable
from webapp.analytics.content.trends import Trends, days_of
from webapp.analytics.growth import Growth, find_growth
from webapp.analytics.key_figures import KeyFigures
from webapp.analytics.spans import find_base, find_post_span
from webapp.domain.period import Period, Span, day_of
from webapp.domain.report_query import ReportQuery
from webapp.domain.scope import Scope
from webapp.domain.steps import Step


@dataclass(frozen=True)
class Material:
    """The answers that a report is put together from; ``made_at`` is the Unix second of its making."""

    scope: Scope
    query: ReportQuery
    made_at: int

    @cached_property
    def growth(self) -> Growth:
        """Return the growth of the period."""
        return find_growth(self.scope, self.query.period)

    @cached_property
    def span(self) -> Span | None:
        """Return the seconds of the period; without a list of people those counted back from the list of posts."""
        return self.growth.span or find_post_span(self.scope, self.query.period)

    @cached_property
    def days(self) -> Period:
        """Return the days of the period."""
        if self.span is None:
            return Period(self.query.period.first, self.query.period.last, self.scope.timezone)
        return days_of(self.span, self.scope.timezone)

    @cached_property
    def key_figures(self) -> KeyFigures:
        """Return sizes up to the end of the period, and who came and left in it."""
        return KeyFigures(self.scope, self.growth, None if self.span is None else self.span.until)

    @cached_property
    def table(self) -> PostTable | None:
        """Return the posts; ``None`` where no export holds their list."""
        return find_posts(self.scope)

    @cached_property
    def trends(self) -> Trends | None:
        """Return the posts of the period as the page of trends counts it; ``None`` where no export holds their list."""
        span = find_post_span(self.scope, self.query.period)
        if self.table is None or span is None:
            return None
        base = find_base(self.query.period, span, self.scope.timezone)
        return Trends(self.table, span, base, self.scope.timezone, Step.MONTH)

    @cached_property
    def fit(self) -> ContentFit | None:
        """Return what tests say of all posts; ``None`` while a job works it out."""
        return find_fit(self.scope)

    def day(self, second: int) -> date:
        """Return the day of a Unix second in the account's zone."""
        return day_of(second, self.scope.timezone)
