"""The parts of the page of insights, in words and with the ways to what is behind each figure."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from flask import url_for

from webapp.analytics.audience import AudienceStats, summarise_audience
from webapp.analytics.follows import FollowPage
from webapp.analytics.growth import LONG_LIST, Growth, find_growth
from webapp.analytics.growth_model import GrowthFit
from webapp.analytics.insights.engagement import Engagement, find_engagement
from webapp.analytics.insights.hours import WeekHours, find_week_hours
from webapp.analytics.insights.left import Left, find_left
from webapp.analytics.insights.months import MonthTable, find_month_table
from webapp.analytics.insights.not_back import Suggestions, find_suggestions, list_not_back
from webapp.analytics.insights.peaks import Peaks, find_peak_days
from webapp.analytics.insights.post_gains import GainOrder, PostGain, find_post_gains
from webapp.analytics.insights.posts import PublicPosts, find_public_posts
from webapp.analytics.insights.shortages import Shortage
from webapp.domain.period_query import PeriodQuery, Preset
from webapp.domain.scope import Permission, Scope
from webapp.renderers.insights_csv import Table
from webapp.web.analysis_tabs import analysis_tabs
from webapp.web.audience_tabs import Tab, audience_tabs
from webapp.web.follow_page import Marked
from webapp.web.insights.engagement import EngagementCharts
from webapp.web.insights.hours import HourTable, first_weekday
from webapp.web.insights.months import MonthGrid
from webapp.web.insights.people import LeftTexts, NotBackTexts
from webapp.web.insights.posts import GainRows, PeakRows


class InsightsPage:
    """The parts of the page, each computed when the template asks for it; a part is what is known, or why it is not."""

    def __init__(self, scope: Scope, order: GainOrder, *, compares: bool = False) -> None:
        self.scope = scope
        self.order = order
        self._compares = compares
        self.may_mark = scope.allows(Permission.PERSON_WRITE)
        self.marked: Marked | None = None
        self.refused: str | None = None

    @cached_property
    def growth(self) -> Growth:
        """Return the growth of all time."""
        return find_growth(self.scope, PeriodQuery(Preset.ALL))

    @property
    def fit(self) -> GrowthFit | None:
        """Return what is worked out over all time; ``None`` while a job is at it."""
        return self.growth.fit

    @cached_property
    def posts(self) -> PublicPosts | None:
        """Return the public posts; ``None`` where no export holds the list."""
        return find_public_posts(self.scope)

    @property
    def is_empty(self) -> bool:
        """Return whether there is neither a list nor a post to say anything of."""
        return self.growth.as_of is None and self.posts is None

    @property
    def has_job(self) -> bool:
        """Return whether a job works something out, so that the page should ask again."""
        return self.fit is None

    @cached_property
    def hours(self) -> WeekHours | Shortage:
        """Return when people followed."""
        return find_week_hours(self.fit)

    @cached_property
    def peaks(self) -> Peaks | Shortage:
        """Return the days on which far more came than usual."""
        return find_peak_days(self.scope, self.fit)

    @cached_property
    def audience(self) -> AudienceStats:
        """Return the figures of the newest lists."""
        return summarise_audience(self.scope)

    @property
    def has_left(self) -> bool:
        """Return whether the newest lists are compared at once; for long ones that would keep the page waiting."""
        return self._compares or (self.audience.followers or 0) < LONG_LIST

    @property
    def left_href(self) -> str:
        """Return the address of this page with the newest lists compared."""
        return _address("insights.show", self.order, left="1")

    @cached_property
    def left(self) -> Left:
        """Return who left lately."""
        return find_left(self.scope)

    @cached_property
    def not_back(self) -> FollowPage:
        """Return who does not follow back."""
        return list_not_back(self.scope)

    @cached_property
    def suggestions(self) -> Suggestions | None:
        """Return whom one might unfollow; ``None`` where that is unknown."""
        return find_suggestions(self.scope)

    @cached_property
    def engagement(self) -> Engagement | Shortage:
        """Return what posts typically get over time."""
        return find_engagement(self.posts, self.fit, self.scope.timezone, first_weekday())

    @cached_property
    def post_gains(self) -> tuple[PostGain, ...] | Shortage:
        """Return how many followed after each of the newest posts."""
        return find_post_gains(self.scope, self.posts, self.fit, self.order)

    @cached_property
    def months(self) -> MonthTable | Shortage:
        """Return who stayed by month of arrival."""
        return find_month_table(self.scope, self.fit)

    @cached_property
    def hour_table(self) -> HourTable:
        """Return the table of weekdays and hours, or why there is none."""
        return HourTable(self.hours)

    @cached_property
    def peak_rows(self) -> PeakRows:
        """Return the peaks in words, or why there are none."""
        return PeakRows(self.growth, self.peaks)

    @cached_property
    def left_texts(self) -> LeftTexts:
        """Return who left, in words."""
        return LeftTexts(self.left, self.scope.timezone)

    @cached_property
    def not_back_texts(self) -> NotBackTexts:
        """Return who does not follow back and who is suggested, in words."""
        return NotBackTexts(self.not_back, self.suggestions, self.scope.timezone)

    @cached_property
    def engagement_charts(self) -> EngagementCharts:
        """Return both charts of likes and followers, or why there are none."""
        return EngagementCharts(self.engagement)

    @cached_property
    def gain_rows(self) -> GainRows:
        """Return the posts with the follows after each, in words, or why there are none."""
        return GainRows(self.post_gains, self.order)

    @cached_property
    def month_grid(self) -> MonthGrid:
        """Return the triangle of months and lists, or why there is none."""
        return MonthGrid(self.months, self.scope.timezone)

    @property
    def tabs(self) -> list[Tab]:
        """Return the pages about the audience."""
        return audience_tabs("analysis.show")

    @property
    def analysis_tabs(self) -> list[Tab]:
        """Return the tabs of the analysis."""
        return analysis_tabs("insights.show")

    @property
    def href(self) -> str:
        """Return the address of this page."""
        return _address("insights.show", self.order)

    @property
    def mark_href(self) -> str:
        """Return where marks are sent, with the state of this page."""
        return _address("insights.mark", self.order)

    def csv_href(self, table: str, dialect: str) -> str:
        """Return the address of the download of one of the tables."""
        return _address("insights.download", self.order, table=Table(table).value, dialect=dialect or None)


def _address(endpoint: str, order: GainOrder, **others: str | None) -> str:
    arguments: dict[str, Any] = {"sort": None if order is GainOrder.DATE else order.value, **others}
    return url_for(endpoint, **arguments)
