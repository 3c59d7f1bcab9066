"""What was expected of one post before it was published, what it may end at, and how far off it was."""

from __future__ import annotations

from functools import cached_property

from flask_babel import gettext as _

from webapp.analytics.content.table import PostRow, PostTable
from webapp.analytics.forecasts.early import EarlyForecast, early_of
from webapp.analytics.forecasts.fit import Checked, Expected, ForecastFit
from webapp.analytics.forecasts.forecast import rounded_likes
from webapp.analytics.forecasts.history import is_young
from webapp.analytics.forecasts.reading import find_forecast_fit
from webapp.domain.figures import FigureQuery
from webapp.domain.forecasts import NEEDS_POSTS
from webapp.domain.metrics import METRICS, MetricKey
from webapp.domain.scope import Scope
from webapp.renderers.forecast_texts import ForecastTexts
from webapp.web.figure_links import figure_href
from webapp.web.forecasts.scoreboard import is_inside
from webapp.web.i18n import locale
from webapp.web.kpis import format_value
from webapp.web.opened import Opened
from webapp.web.post_marks import PostMark, label_mark


class PostOutlook:
    """The parts of the section, each computed when the template asks for it."""

    def __init__(self, scope: Scope, table: PostTable, row: PostRow) -> None:
        self._scope = scope
        self._table = table
        self._row = row
        self._texts = ForecastTexts(locale())

    @cached_property
    def _fit(self) -> ForecastFit | None:
        return find_forecast_fit(self._scope)

    @cached_property
    def _checked(self) -> Checked | None:
        return None if self._fit is None else self._fit.find_checked(self._row.public_id)

    @cached_property
    def _early(self) -> EarlyForecast | None:
        if self._fit is None or not is_young(self._table, self._row):
            return None
        return next((one for one in early_of(self._fit, self._table) if one.post == self._row.public_id), None)

    @cached_property
    def _expected(self) -> Checked | Expected | None:
        return self._checked or (None if self._fit is None else self._fit.find_expected(self._row.public_id))

    @property
    def is_told(self) -> bool:
        """Return whether anything can be said."""
        return self._expected is not None or self._early is not None

    @property
    def typical(self) -> str | None:
        """Return what was expected, as the link to what is behind it; ``None`` where nothing was."""
        if self._expected is None:
            return None
        key = MetricKey.EXPECTED_LIKES
        text = format_value(key, rounded_likes(self._expected.typical))
        return Opened()(text, figure_href(FigureQuery(key, post=self._row.public_id)), _(METRICS[key].label))

    @property
    def span(self) -> str:
        """Return the range that was expected."""
        found = self._expected
        return "" if found is None else self._texts.span(rounded_likes(found.low), rounded_likes(found.high))

    @property
    def mark(self) -> PostMark | None:
        """Return that the post stands out, in two or three words."""
        found = self._checked
        return None if found is None or found.label is None else label_mark(found.label)

    @property
    def reading(self) -> str:
        """Return how the post did against its range, or what it may end at."""
        if self._early is not None:
            return self._texts.early_reading(self._early)
        found = self._checked
        if found is None:
            return ""
        if found.label is not None:
            return self._texts.label_reading(found.label, found.actual, found.typical, found.tail, found.earlier)
        if is_inside(found):
            return str(_("It lies in its range, as about 8 posts of 10 do."))
        return str(_("It lies outside its range, as about 2 posts of 10 do."))

    @property
    def refusal(self) -> str:
        """Return why nothing can be said."""
        if self._fit is None:
            return str(_("This is being worked out. It will be here in a moment."))
        return str(
            _(
                "Not known: it takes %(needed)s posts that were at least 7 days old when this one was published, and a "
                "public post on your newest list. Of older posts it is kept only for those that stand out.",
                needed=NEEDS_POSTS,
            )
        )
