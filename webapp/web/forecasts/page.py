"""The parts of the page of forecasts, each computed when the template asks for it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from flask import url_for
from flask_babel import gettext as _

from webapp.analytics.forecasts.early import early_of
from webapp.analytics.forecasts.fit import ForecastFit
from webapp.analytics.forecasts.forecast import forecast_of
from webapp.analytics.forecasts.reading import find_forecast_fit
from webapp.analytics.statistics.experts import FOREST
from webapp.domain.figures import FigureQuery
from webapp.domain.forecast_query import ForecastQuery
from webapp.domain.forecasts import FOREST_POSTS, Forecast, ForecastRefusal, PostDraft
from webapp.domain.metrics import METRICS, MetricKey
from webapp.domain.scope import Permission, Scope
from webapp.renderers.forecast_texts import ForecastTexts
from webapp.web.audience_tabs import Tab
from webapp.web.content.page import AnalysisPage
from webapp.web.content_tabs import content_tabs
from webapp.web.figure_links import figure_href
from webapp.web.forecasts.form import ForecastForm
from webapp.web.forecasts.scoreboard import Scoreboard
from webapp.web.forecasts.young import YoungPosts
from webapp.web.i18n import locale
from webapp.web.kpis import format_value
from webapp.web.opened import Opened


@dataclass(frozen=True, slots=True)
class ExpertRow:
    """One of the levels that are mixed, and its share."""

    name: str
    weight: str


class ForecastPage(AnalysisPage):
    """What the page shows of one account; ``asked`` is the answer to the form, where it was sent."""

    ENDPOINT: ClassVar[str] = "forecasts.show"
    DOWNLOAD: ClassVar[str] = "forecasts.download"

    def __init__(
        self,
        scope: Scope,
        query: ForecastQuery,
        form: ForecastForm | None = None,
        asked: Forecast | None = None,
    ) -> None:
        super().__init__(scope)
        self.query = query
        self.form = form
        self.asked = asked
        self.texts = ForecastTexts(locale())

    def to_args(self) -> dict[str, str]:
        """Return the arguments of this view, defaults left out."""
        return self.query.to_args()

    @property
    def tabs(self) -> list[Tab]:
        """Return the pages about posts."""
        return content_tabs(self.ENDPOINT)

    @cached_property
    def found_forecasts(self) -> ForecastFit | None:
        """Return what is known of forecasts; ``None`` while a job works it out."""
        return find_forecast_fit(self.scope)

    @property
    def forecasts(self) -> ForecastFit:
        """Return what is known of forecasts, of an account for which it is worked out."""
        return self.found_forecasts or ForecastFit()

    @property
    def has_job(self) -> bool:
        """Return whether a job works something out, so that the page should ask again."""
        return self.found_forecasts is None

    # ---- the next post ----

    @cached_property
    def next(self) -> Forecast:
        """Return what the next post usually gets."""
        return forecast_of(self.found_forecasts, PostDraft(), self.scope.timezone, self.scope.revision)

    @property
    def is_refused(self) -> bool:
        """Return whether nothing can be forecast."""
        return self.next.refused is not None

    @property
    def is_few(self) -> bool:
        """Return whether it is a matter of more posts."""
        return self.next.refused is ForecastRefusal.FEW_POSTS

    @property
    def typical(self) -> str:
        """Return what is typical now, as the link to what is behind it."""
        key = MetricKey.NEXT_LIKES
        text = format_value(key, self.next.typical or 0)
        return Opened()(text, figure_href(FigureQuery(key)), str(_(METRICS[key].label)))

    @property
    def span(self) -> str:
        """Return the range of the next post, with what it counts."""
        return str(_("%(range)s likes", range=self.texts.span(self.next.low or 0, self.next.high or 0)))

    @property
    def method_text(self) -> str:
        """Return what the forecast is made of, and of how many posts."""
        posts = self.texts.count(self.next.posts)
        method = self.texts.method(self.next.method)
        return str(_("Made of %(posts)s posts that count: %(method)s.", posts=posts, method=method))

    @property
    def experts(self) -> list[ExpertRow]:
        """Return the levels that are mixed, those of most weight first."""
        found = sorted(self.next.experts, key=lambda expert: -expert.weight)
        return [ExpertRow(self.texts.expert(one), self.texts.share(one.weight, 0)) for one in found]

    # ---- one post that is asked about ----

    @property
    def asked_text(self) -> str | None:
        """Return what the post of the form may get; ``None`` where none was asked about."""
        return None if self.asked is None else self.texts.expected(self.asked)

    @property
    def asked_note(self) -> str:
        """Return what of the post was taken into account."""
        forest = next((one for one in self.asked.experts if one.name == FOREST), None) if self.asked else None
        if forest is not None:
            return str(
                _(
                    "Time, title, hashtags and sound are taken into account by a Random Forest; it weighs %(share)s.",
                    share=self.texts.share(forest.weight, 0),
                )
            )
        if self.forecasts.forest is not None:
            return str(_("Enter a time: without one only your usual level is known."))
        return str(
            _(
                "So far this is your usual level, whatever the post is: from %(posts)s posts that count on, time, "
                "title, hashtags and sound are taken into account.",
                posts=FOREST_POSTS,
            )
        )

    @property
    def plan_href(self) -> str | None:
        """Return where the post can be planned; ``None`` for those who may not."""
        if not self.scope.allows(Permission.PLAN_WRITE):
            return None
        arguments = {name: value for name, value in self.query.to_args().items() if name != "sound"}
        return url_for("planner.new", **arguments)  # type: ignore[arg-type]

    # ---- how forecasts did ----

    @cached_property
    def board(self) -> Scoreboard:
        """Return how past forecasts did."""
        return Scoreboard(self.forecasts, self.table, self.scope.timezone)

    @cached_property
    def young(self) -> YoungPosts:
        """Return the posts that are too young to count."""
        return YoungPosts(early_of(self.forecasts, self.table), self.table, self.scope.timezone)
