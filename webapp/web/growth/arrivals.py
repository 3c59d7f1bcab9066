"""New followers per day, week or month for the browser, with the step that is not over yet set apart."""

from __future__ import annotations

from datetime import date
from functools import cached_property
from typing import Final

from babel import Locale
from flask_babel import gettext as _

from webapp.analytics.arrivals import Arrived, list_arrivals
from webapp.analytics.growth import Growth
from webapp.analytics.growth_model import Refusal
from webapp.domain.formatting import format_count, format_day, format_month, format_short_day
from webapp.domain.metrics import METRICS, MetricKey
from webapp.domain.period import day_of
from webapp.domain.steps import Bucket, Step
from webapp.domain.text import N_
from webapp.web.i18n import locale
from webapp.web.opened import DayLinks, Opened, SpanLinks

# More bars than this cannot be told apart.
_MOST_BARS: Final = 370
_TITLES: Final = {
    Step.DAY: N_("New followers per day"),
    Step.WEEK: N_("New followers per week"),
    Step.MONTH: N_("New followers per month"),
}
_READINGS: Final = {
    Step.DAY: N_("New followers from %(first)s to %(last)s: %(count)s; the most on %(when)s: %(most)s."),
    Step.WEEK: N_("New followers from %(first)s to %(last)s: %(count)s; the most in the week of %(when)s: %(most)s."),
    Step.MONTH: N_("New followers from %(first)s to %(last)s: %(count)s; the most in %(when)s: %(most)s."),
}
_HEADS: Final = {Step.DAY: N_("Day"), Step.WEEK: N_("Week from"), Step.MONTH: N_("Month")}


class ArrivalsChart:
    """Who followed when, whichever list shows them, as a chart, as a sentence and as a table."""

    def __init__(self, growth: Growth, step: Step) -> None:
        self._growth = growth
        self._step = step
        self._locale = locale()

    @cached_property
    def found(self) -> list[Arrived]:
        """Return the steps that the period touches, each whole, oldest first; of too many the newest."""
        weekday = Locale.parse(self._locale).first_week_day
        return list_arrivals(self._growth, self._step, weekday, most=_MOST_BARS)

    @property
    def title(self) -> str:
        """Return what the chart shows."""
        return str(_(_TITLES[self._step]))

    @property
    def data(self) -> dict[str, object]:
        """Return the chart's data; what is not over yet is a series of its own."""
        found = self.found
        series = [
            {
                "key": "followers",
                "label": _("New followers"),
                "values": [each.people if each.is_over else None for each in found],
                "style": "exact",
            }
        ]
        if found and not found[-1].is_over:
            series.append(
                {
                    "key": "followers",
                    "label": _("So far"),
                    "values": [None if each.is_over else each.people for each in found],
                    "style": "part",
                }
            )
        return {
            "kind": "bar",
            "x": "category",
            "labels": [self._short(each.bucket) for each in found],
            "titles": [self._titled(each) for each in found],
            "unit": "",
            "stacked": True,
            "series": series,
            "links": self._hrefs,
        }

    @property
    def reading(self) -> str:
        """Return how many came and when most of them did."""
        found = self.found
        most = max(found, key=lambda each: each.people)
        return str(
            _(
                _READINGS[self._step],
                count=format_count(sum(each.people for each in found), self._locale),
                first=format_day(found[0].bucket.first, self._locale),
                last=format_day(min(found[-1].bucket.last, self._newest), self._locale),
                most=format_count(most.people, self._locale),
                when=self._name(most.bucket),
            )
        )

    @property
    def caution(self) -> str:
        """Return who is missing."""
        fit = self._growth.fit
        if fit is not None and fit.refusal is Refusal.ONE_LIST:
            return str(
                _(
                    "Those who left before your export are missing, the more of them the longer ago: do not compare "
                    "recent weeks with older ones."
                )
            )
        return str(_("Whoever came and left again between two exports is on no list, and so is missing here."))

    @property
    def headers(self) -> list[str]:
        """Return the heads of the table."""
        return [_(_HEADS[self._step]), _("New followers")]

    @property
    def rows(self) -> list[list[str]]:
        """Return the table, newest first."""
        opened, label = Opened(), _(METRICS[MetricKey.DAY_FOLLOWS].label)
        rows = []
        for each, href in zip(self.found[::-1], self._hrefs[::-1], strict=True):
            name = self._name(each.bucket)
            shown = name if each.is_over else _("%(step)s (not over yet)", step=name)
            rows.append([shown, opened(format_count(each.people, self._locale), href, f"{label}, {name}")])
        return rows

    @property
    def _newest(self) -> date:
        times = self._growth.fit.times if self._growth.fit else ()
        return day_of(times[-1], self._growth.timezone)

    @cached_property
    def _hrefs(self) -> list[str]:
        if self._step is Step.DAY:
            links = DayLinks(MetricKey.DAY_FOLLOWS)
            return [links[each.bucket.first] for each in self.found]
        spans = SpanLinks(MetricKey.DAY_FOLLOWS)
        return [spans[each.bucket.first, each.bucket.last] for each in self.found]

    def _name(self, bucket: Bucket) -> str:
        """Return a step in full."""
        if self._step is Step.MONTH:
            return format_month(bucket.first, self._locale, "yMMMM")
        return format_day(bucket.first, self._locale)

    def _titled(self, each: Arrived) -> str:
        """Return a step as the chart names it under the pointer."""
        name = self._name(each.bucket)
        name = _("Week of %(day)s", day=name) if self._step is Step.WEEK else name
        return str(name if each.is_over else _("%(step)s (not over yet)", step=name))

    def _short(self, bucket: Bucket) -> str:
        """Return a step as an axis has room for it."""
        shorten = format_month if self._step is Step.MONTH else format_short_day
        return shorten(bucket.first, self._locale)
