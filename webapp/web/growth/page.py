"""The parts of the tab about how an audience grew, each computed when the template asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.analytics.growth import Growth, find_growth, find_posts_near
from webapp.analytics.growth_model import GrowthFit
from webapp.domain.figures import FigureQuery
from webapp.domain.formatting import format_count, format_day
from webapp.domain.metrics import MetricKey
from webapp.domain.period import DAY_SECONDS, start_of_day
from webapp.domain.period_query import PeriodQuery
from webapp.domain.scope import Scope
from webapp.domain.sections import Section
from webapp.domain.steps import Step, fitting_step
from webapp.domain.text import N_
from webapp.web.analysis_tabs import analysis_tabs
from webapp.web.audience_tabs import Tab, audience_tabs
from webapp.web.figure_links import figure_href
from webapp.web.growth.arrivals import ArrivalsChart
from webapp.web.growth.chart import GrowthChart
from webapp.web.growth.kpis import GrowthKpis
from webapp.web.growth.markers import MARKER_LABELS, MOST_PEAKS, MOST_POSTS, Marker, MarkerKind, list_markers
from webapp.web.growth.tables import GrowthTables
from webapp.web.growth.texts import (
    difference_text,
    long_curve_text,
    peaks_refusal,
    range_text,
    refusal_text,
    staying_text,
)
from webapp.web.i18n import locale
from webapp.web.kpis import Kpi, make_kpi
from webapp.web.period_bar import PeriodBar
from webapp.web.post_texts import post_text

_ENDPOINT: Final = "analysis.show"
_STEPS: Final = {Step.DAY: N_("Days"), Step.WEEK: N_("Weeks"), Step.MONTH: N_("Months")}
_MOST_PEAKS: Final = 12
_MOST_NEAR: Final = 2


@dataclass(frozen=True, slots=True)
class PeakRow:
    """A day with many new followers, and the posts shortly before it."""

    day: str
    gained: str
    usual: str
    posts: tuple[str, ...]
    href: str


class GrowthPage:
    """What the tab shows of one account over one period; ``step`` is ``None`` for the one that fits it."""

    def __init__(self, scope: Scope, period: PeriodQuery, step: Step | None) -> None:
        self.scope = scope
        self.period = period
        self.chosen_step = step
        self.locale = locale()

    @cached_property
    def growth(self) -> Growth:
        """Return the growth of the period."""
        return find_growth(self.scope, self.period)

    @property
    def tabs(self) -> list[Tab]:
        """Return the pages about the audience."""
        return audience_tabs(_ENDPOINT)

    @property
    def analysis_tabs(self) -> list[Tab]:
        """Return the pages of the analysis."""
        return analysis_tabs(_ENDPOINT, self.period)

    @property
    def bar(self) -> PeriodBar:
        """Return the period and what it is compared with."""
        kept = {"by": self.chosen_step.value} if self.chosen_step else {}
        return PeriodBar(self.scope, self.period, _ENDPOINT, kept=kept)

    @property
    def href(self) -> str:
        """Return the address of this page."""
        return self._href(self.chosen_step)

    @property
    def has_followers(self) -> bool:
        """Return whether any export holds the follower list."""
        return Section.FOLLOWERS in self.chart.sections

    @property
    def has_one_list(self) -> bool:
        """Return whether there is no second follower list to compare with."""
        return sum(row.followers is not None for row in self.growth.history) == 1

    @cached_property
    def kpis(self) -> list[Kpi]:
        """Return the cards, with the profile's own number and how many stay where they are known."""
        return [*GrowthKpis(self.scope, self.growth).cards, *self._beside]

    @property
    def _beside(self) -> Iterator[Kpi]:
        listed = next((row for row in reversed(self.growth.history) if row.followers is not None), None)
        if listed is not None and listed.profile_followers is not None:
            yield make_kpi(MetricKey.PROFILE_FOLLOWERS, listed.profile_followers, "").with_(
                open_href=figure_href(FigureQuery(MetricKey.PROFILE_FOLLOWERS)),
                note=difference_text(listed.followers, listed.profile_followers),
            )
        staying = self.growth.fit.staying if self.growth.fit else None
        if staying is not None:
            yield make_kpi(MetricKey.STAYING, staying.value, "").with_(
                open_href=figure_href(FigureQuery(MetricKey.STAYING)),
                note=range_text(staying.low, staying.high),
                state="estimated",
            )

    @cached_property
    def step(self) -> Step:
        """Return how long a point of the charts lasts."""
        if self.chosen_step is not None or self.growth.span is None:
            return self.chosen_step or Step.DAY
        days = self.growth.span.days
        if days is None:
            fit = self.growth.fit or GrowthFit()
            begins = [point.at for curve in (fit.points, fit.following) for point in curve[:1]]
            # People who left are on no curve of today, yet the bars show when they came.
            begins += [start_of_day(follows.day, self.growth.timezone) for follows in fit.follows[:1]]
            days = (self.growth.span.until - min(begins)) / DAY_SECONDS if begins else 0.0
        return fitting_step(days)

    @property
    def steps(self) -> list[Tab]:
        """Return the steps to choose from."""
        return [Tab(_(label), self._href(step), step is self.step) for step, label in _STEPS.items()]

    @cached_property
    def markers(self) -> tuple[Marker, ...]:
        """Return what the chart marks on its days, newest first."""
        return list_markers(self.scope, self.growth)

    @property
    def marker_kinds(self) -> list[tuple[MarkerKind, str, int]]:
        """Return the kinds of marks with their names and how many there are of each."""
        counts = [
            (kind, _(label), sum(marker.kind is kind for marker in self.markers))
            for kind, label in MARKER_LABELS.items()
        ]
        return [found for found in counts if found[2]]

    @property
    def hidden_marks_texts(self) -> list[str]:
        """Return of which kinds of marks there may be more."""
        texts = []
        if sum(marker.kind is MarkerKind.POST for marker in self.markers) == MOST_POSTS:
            texts.append(str(_("The newest %(count)s posts are marked.", count=MOST_POSTS)))
        if len(self.growth.peaks or ()) > MOST_PEAKS:
            texts.append(str(_("The %(count)s days with the most new followers are marked.", count=MOST_PEAKS)))
        return texts

    @cached_property
    def chart(self) -> GrowthChart:
        """Return the curves with their sentence and their table."""
        return GrowthChart(self.growth, self.step, self.markers)

    @cached_property
    def arrivals(self) -> ArrivalsChart:
        """Return who came when."""
        return ArrivalsChart(self.growth, self.step)

    @cached_property
    def tables(self) -> GrowthTables:
        """Return the tables from export to export."""
        return GrowthTables(self.growth)

    @property
    def staying(self) -> str | None:
        """Return how many of a hundred new followers stay, in words; ``None`` where that is not known."""
        return staying_text(self.growth)

    @property
    def refusal(self) -> str | None:
        """Return why there is no estimate, and what would help; ``None`` where there is one."""
        return refusal_text(self.growth)

    @property
    def back_text(self) -> str | None:
        """Return how far back the estimate reaches, where the curve goes further."""
        return long_curve_text(self.growth)

    @cached_property
    def peaks(self) -> list[PeakRow]:
        """Return the strongest peaks of the period, newest first."""
        strongest = sorted(self.growth.peaks or (), key=lambda peak: peak.expected - peak.gained)[:_MOST_PEAKS]
        near = find_posts_near(self.scope, [peak.day for peak in strongest])
        return [
            PeakRow(
                day=format_day(peak.day, self.locale),
                gained=format_count(peak.gained, self.locale),
                usual=format_count(round(peak.expected), self.locale),
                posts=tuple(post_text(post.title, format_day(post.day, self.locale)) for post in near[peak.day])[
                    :_MOST_NEAR
                ],
                href=url_for("audience.followers", date_from=peak.day.isoformat(), date_to=peak.day.isoformat()),
            )
            for peak in sorted(strongest, key=lambda peak: peak.day, reverse=True)
        ]

    @property
    def peaks_refusal(self) -> str | None:
        """Return why no peak could be looked for; ``None`` where one could."""
        return peaks_refusal(self.growth)

    @property
    def hidden_peaks_text(self) -> str | None:
        """Return how many peaks there are beyond those that are shown."""
        hidden = len(self.growth.peaks or ()) - _MOST_PEAKS
        if hidden <= 0:
            return None
        return str(ngettext("and %(num)s smaller one", "and %(num)s smaller ones", hidden))

    @property
    def milestones(self) -> list[tuple[str, str]]:
        """Return the round numbers reached, the largest first, each with its day."""
        reached = reversed(self.growth.milestones)
        return [(format_count(one.followers, self.locale), format_day(one.day, self.locale)) for one in reached]

    def csv_href(self, dialect: str) -> str:
        """Return the address of the download of this period."""
        arguments: dict[str, Any] = {**self.period.to_args(), "dialect": dialect or None}
        return url_for("analysis.download", **arguments)

    def _href(self, step: Step | None) -> str:
        arguments: dict[str, Any] = {**self.period.to_args(), "by": step.value if step else None}
        return url_for(_ENDPOINT, **arguments)
