"""The parts of the tab about posts over time, each computed when the template asks for it."""

from __future__ import annotations

from functools import cached_property
from typing import Final

from flask import url_for
from flask_babel import gettext as _

from webapp.analytics.content.ages import Ages, TooFewReadings, find_ages
from webapp.analytics.content.kept import keep
from webapp.analytics.content.like_spread import LEAST_POSTS, LikeSpread, find_spread
from webapp.analytics.content.trends import Trends, find_trends
from webapp.analytics.content.word_counts import WordUse, count_words
from webapp.analytics.spans import find_base, find_post_span
from webapp.domain.formatting import format_count
from webapp.domain.period import Span
from webapp.domain.period_query import PeriodQuery, Preset
from webapp.domain.scope import Scope
from webapp.domain.steps import Step
from webapp.web.audience_tabs import Tab
from webapp.web.content.page import AnalysisPage
from webapp.web.i18n import locale
from webapp.web.insights.hours import first_weekday
from webapp.web.kpis import Kpi
from webapp.web.period_bar import PeriodBar
from webapp.web.step_texts import STEP_LABELS
from webapp.web.trends.cards import RhythmFact, rhythm_facts, trend_cards
from webapp.web.trends.charts import TrendCharts
from webapp.web.trends.rising import RisingPart
from webapp.web.trends.shapes import AgesChart, SpreadChart, ages_refusal
from webapp.web.trends.words import WordTable
from webapp.web.uncounted_texts import counted_text, uncounted_texts

DEFAULT_PERIOD: Final = Preset.YEAR


class TrendsPage(AnalysisPage):
    """What the tab shows of one account over one period; ``step`` is ``None`` for the one that fits it."""

    ENDPOINT = "trends.show"
    DOWNLOAD = "trends.download"

    def __init__(self, scope: Scope, period: PeriodQuery, step: Step | None) -> None:
        super().__init__(scope)
        self.period = period
        self.chosen_step = step

    def to_args(self) -> dict[str, str]:
        """Return the arguments of this view, defaults left out."""
        step = {"by": self.chosen_step.value} if self.chosen_step else {}
        return {**self.period.to_args(DEFAULT_PERIOD), **step}

    @property
    def bar(self) -> PeriodBar:
        """Return the period and what it is compared with."""
        kept = {"by": self.chosen_step.value} if self.chosen_step else {}
        return PeriodBar(self.scope, self.period, self.ENDPOINT, default=DEFAULT_PERIOD, kept=kept, is_of_posts=True)

    @cached_property
    def trends(self) -> Trends:
        """Return the posts of the period."""
        span = find_post_span(self.scope, self.period) or Span(None, self.table.as_of)
        zone, weekday = self.scope.timezone, first_weekday()
        base = find_base(self.period, span, zone)
        key = ("trends", span, base, zone, self.chosen_step, weekday)
        return keep(self.table, key, lambda: find_trends(self.table, span, base, zone, self.chosen_step, weekday))

    @property
    def steps(self) -> list[Tab]:
        """Return the steps to choose from."""
        return [
            Tab(str(_(label)), self.address(by=step.value), step is self.trends.step)
            for step, label in STEP_LABELS.items()
        ]

    @cached_property
    def cards(self) -> list[Kpi]:
        """Return the figures of the period."""
        return trend_cards(self.trends)

    @cached_property
    def charts(self) -> TrendCharts:
        """Return the charts over time."""
        return TrendCharts(self.trends)

    @property
    def has_posts(self) -> bool:
        """Return whether any post was published in the period."""
        return bool(self.trends.posts)

    @property
    def rhythm(self) -> list[RhythmFact]:
        """Return how regularly was published."""
        return rhythm_facts(self.trends.rhythm) if self.trends.rhythm else []

    @cached_property
    def found_spread(self) -> LikeSpread | None:
        """Return how likes spread; ``None`` for too few posts."""
        return find_spread(self.trends.counted)

    @cached_property
    def spread(self) -> SpreadChart | None:
        """Return the chart of it."""
        return SpreadChart(self.found_spread, self.trends.wanted.with_(counted=True)) if self.found_spread else None

    @property
    def spread_refusal(self) -> str:
        """Return why there is no chart of how likes spread."""
        return str(
            _(
                "This needs %(needed)s posts that count; in this period there are %(found)s. Choose a longer one.",
                needed=LEAST_POSTS,
                found=format_count(len(self.trends.counted), locale()),
            )
        )

    @cached_property
    def found_ages(self) -> Ages | TooFewReadings:
        """Return how likes rise with age, over all time."""
        return keep(self.table, "ages", lambda: find_ages(self.scope, self.table))

    @cached_property
    def ages(self) -> AgesChart | None:
        """Return the chart of it."""
        return AgesChart(self.found_ages) if isinstance(self.found_ages, Ages) else None

    @property
    def ages_refusal(self) -> str:
        """Return why there is no chart of how likes rise with age."""
        return ages_refusal(self.found_ages) if isinstance(self.found_ages, TooFewReadings) else ""

    @cached_property
    def found_words(self) -> list[WordUse] | None:
        """Return the words of titles; ``None`` where no export holds captions."""
        wanted = self.trends.wanted
        if self.scope.redaction.hides_captions:
            return []
        return keep(self.table, ("words", wanted), lambda: count_words(self.table, wanted))

    @cached_property
    def words(self) -> WordTable | None:
        """Return the table of them."""
        return None if self.found_words is None else WordTable(self.found_words, self.trends.wanted)

    @cached_property
    def rising(self) -> RisingPart:
        """Return what rises, whatever the period."""
        return RisingPart(self.scope, self.table, self.found_fit)

    @property
    def as_of_text(self) -> str:
        """Return of which day the figures are."""
        return self.charts.as_of_text

    @property
    def counted_text(self) -> str:
        """Return how many posts of the period count."""
        return counted_text(len(self.trends.counted))

    @property
    def left_out(self) -> list[str]:
        """Return how many posts of the period do not count, and why."""
        return uncounted_texts(self.trends.left_out)

    @property
    def studio_href(self) -> str:
        """Return where views come from."""
        return url_for("studio.show")
