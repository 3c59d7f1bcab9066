"""Followers and following over time for the browser: exact dots, dotted lower bounds, a dashed estimate in its band."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from functools import cached_property
from typing import Final

from babel import Locale
from flask_babel import gettext as _

from webapp.analytics.growth import Growth
from webapp.analytics.growth_days import ExactCount, GrowthDay, drawn_sections, list_growth_days
from webapp.analytics.growth_model import Point, Refusal
from webapp.domain.figures import FigureQuery
from webapp.domain.formatting import format_count, format_day
from webapp.domain.metrics import METRICS, MetricKey
from webapp.domain.sections import SECTION_LABELS, Section
from webapp.domain.steps import Step
from webapp.web.figure_links import figure_href
from webapp.web.growth.markers import Marker
from webapp.web.i18n import locale
from webapp.web.opened import DayLinks, Opened

# More rows than this of a table are thinned out; what an export counted stays.
_TABLE_ROWS: Final = 100
_EXACT: Final = {Section.FOLLOWERS: MetricKey.FOLLOWERS, Section.FOLLOWING: MetricKey.FOLLOWING}
_LEAST: Final = {Section.FOLLOWERS: MetricKey.AT_LEAST, Section.FOLLOWING: MetricKey.FOLLOWING_AT_LEAST}
_GREY: Final = 8


class GrowthChart:
    """One answer about growth as a chart, as a sentence and as a table."""

    def __init__(self, growth: Growth, step: Step, markers: Sequence[Marker]) -> None:
        self._growth = growth
        self._step = step
        self._markers = markers
        self._locale = locale()

    @cached_property
    def sections(self) -> list[Section]:
        """Return the lists that any export holds."""
        return drawn_sections(self._growth)

    @cached_property
    def _places(self) -> list[GrowthDay]:
        """Return the days of the chart."""
        return list_growth_days(self._growth, self._step, Locale.parse(self._locale).first_week_day)

    @cached_property
    def has_estimate(self) -> bool:
        """Return whether any point between the lists is estimated."""
        return any(point.value is not None for place in self._places for point in place.points.values())

    @property
    def is_empty(self) -> bool:
        """Return whether there is nothing to draw."""
        return not self._places

    @property
    def title(self) -> str:
        """Return what the chart shows."""
        if self.sections == [Section.FOLLOWING]:
            return str(_("Following over time"))
        return str(_("Followers over time") if len(self.sections) == 1 else _("Followers and following over time"))

    @property
    def data(self) -> dict[str, object]:
        """Return the chart's data: series over the same days, ``None`` where one says nothing."""
        return {
            "kind": "line",
            "x": "time",
            "labels": [place.day.isoformat() for place in self._places],
            "unit": "",
            "series": [series for section in self.sections for series in self._series(section)],
            "markers": [marker.drawn for marker in self._markers],
        }

    def _series(self, section: Section) -> Iterable[dict[str, object]]:
        name = _(SECTION_LABELS[section])
        exact = [place.exact.get(section) for place in self._places]
        points = [place.points.get(section) for place in self._places]
        if any(exact):
            yield {
                "key": section.value,
                "label": _("%(list)s, by the export", list=name),
                "end": name,
                "values": [found.count if found else None for found in exact],
                "links": [_export_href(section, found) if found else None for found in exact],
                "style": "dots",
            }
        if not any(points):
            return
        estimates = section is Section.FOLLOWERS and self.has_estimate
        yield {
            "key": section.value,
            **({"colour": _GREY} if estimates else {}),
            "label": _("%(list)s, at least", list=name),
            **({} if any(exact) else {"end": name}),
            "values": [None if point is None else point.least for point in points],
            "link": self._links[_LEAST[section]].template,
            "style": "bound",
        }
        if estimates:
            shown = [point or Point(0, 0) for point in points]
            yield {
                "key": section.value,
                "label": _("%(list)s, estimated", list=name),
                "values": [point.value for point in shown],
                "low": [point.low for point in shown],
                "high": [point.high for point in shown],
                "link": self._links[MetricKey.ESTIMATE].template,
                "style": "estimate",
            }

    @property
    def reading(self) -> str:
        """Return what the chart says in words."""
        return " ".join(text for text in map(self._said, self.sections) if text) or self.caution

    def _said(self, section: Section) -> str:
        exact = [(place.day, place.exact[section].count) for place in self._places if section in place.exact]
        if not exact:
            return ""
        (first, began), (last, ended) = exact[0], exact[-1]
        shown = {
            "count": self._count(ended),
            "day": format_day(last, self._locale),
            "before": self._count(began),
            "first": format_day(first, self._locale),
        }
        if section is Section.FOLLOWERS:
            if len(exact) == 1:
                return str(_("The follower list of %(day)s counts %(count)s.", **shown))
            return str(_("The follower list went from %(before)s on %(first)s to %(count)s on %(day)s.", **shown))
        if len(exact) == 1:
            return str(_("The following list of %(day)s counts %(count)s.", **shown))
        return str(_("The following list went from %(before)s on %(first)s to %(count)s on %(day)s.", **shown))

    @property
    def caution(self) -> str:
        """Return how far the chart can be trusted."""
        fit = self._growth.fit
        if fit is None:
            return str(_("The dots are your exports; the curve between them is being worked out."))
        if not any(place.points for place in self._places):
            return ""
        if Section.FOLLOWERS not in self.sections:
            return str(
                _(
                    "The dotted line counts only those whom you followed at the next export too, so you followed at "
                    "least that many."
                )
            )
        if fit.refusal is Refusal.ONE_LIST:
            return str(
                _(
                    "This curve counts only today's followers. Those who left are missing: the past is under-stated "
                    "and the curve cannot go down."
                )
            )
        if not self.has_estimate:
            return str(
                _(
                    "The dots are your exports and exact. The dotted line counts only people who were still there at "
                    "the next export, so you had at least that many."
                )
            )
        return str(
            _(
                "The dots are your exports and exact. Between them the dashed line is an estimate, and its band holds "
                "the truth in 95 of 100 cases. The dotted line counts only people who were still there at the next "
                "export, so you had at least that many."
            )
        )

    @property
    def headers(self) -> list[str]:
        """Return the heads of the table."""
        heads = [str(_("Day"))]
        for section in self.sections:
            name = _(SECTION_LABELS[section])
            heads += [_("%(list)s, by the export", list=name), _("%(list)s, at least", list=name)]
            if section is Section.FOLLOWERS and self.has_estimate:
                heads += [_("%(list)s, estimated", list=name), _("Between")]
        return heads

    @property
    def rows(self) -> list[list[str]]:
        """Return the table, newest first: the numbers of the chart, each the way to what is behind it."""
        step = max(1, -(-len(self._places) // _TABLE_ROWS))
        newest_first = self._places[::-1]
        opened = Opened()
        return [self._row(place, opened) for at, place in enumerate(newest_first) if place.exact or at % step == 0]

    def _row(self, place: GrowthDay, opened: Opened) -> list[str]:
        day = format_day(place.day, self._locale)
        cells = [day]
        for section in self.sections:
            found, point = place.exact.get(section), place.points.get(section)
            cells.append(
                opened(self._count(found.count), _export_href(section, found), self._label(_EXACT[section], day))
                if found
                else "–"
            )
            cells.append(self._cell(opened, _LEAST[section], place.day, None if point is None else point.least))
            if section is Section.FOLLOWERS and self.has_estimate:
                cells += self._estimated(opened, place.day, point or Point(0, 0))
        return cells

    def _estimated(self, opened: Opened, day: date, point: Point) -> list[str]:
        if point.value is None or point.low is None or point.high is None:
            return ["–", "–"]
        between = f"{self._count(int(point.low))} – {self._count(-int(-point.high // 1))}"
        return [self._cell(opened, MetricKey.ESTIMATE, day, round(point.value)), between]

    def _cell(self, opened: Opened, metric: MetricKey, day: date, value: int | None) -> str:
        if value is None:
            return "–"
        return opened(self._count(value), self._links[metric][day], self._label(metric, format_day(day, self._locale)))

    @cached_property
    def _links(self) -> dict[MetricKey, DayLinks]:
        return {metric: DayLinks(metric) for metric in (*_LEAST.values(), MetricKey.ESTIMATE)}

    @cached_property
    def _names(self) -> dict[MetricKey, str]:
        return {metric: str(_(METRICS[metric].label)) for metric in (*_EXACT.values(), *self._links)}

    def _label(self, metric: MetricKey, day: str) -> str:
        return f"{self._names[metric]}, {day}"

    def _count(self, value: int) -> str:
        return format_count(value, self._locale)


def _export_href(section: Section, found: ExactCount) -> str:
    return figure_href(FigureQuery(_EXACT[section], export=found.export))
