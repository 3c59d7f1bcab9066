"""The curve of the followers for the browser: exact dots, a dotted lower bound, a dashed estimate with its band."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from flask_babel import gettext as _

from webapp.analytics.growth import Growth
from webapp.analytics.growth_model import Point, Refusal
from webapp.domain.formatting import format_count, format_day
from webapp.domain.period import day_of
from webapp.web.i18n import locale

_TABLE_ROWS = 36


@dataclass(frozen=True, slots=True)
class _Place:
    """A day of the chart: the list of that day, and the point of the curves."""

    day: date
    exact: int | None
    point: Point | None


class GrowthChart:
    """One answer about growth as a chart, as a sentence and as a table."""

    def __init__(self, growth: Growth) -> None:
        self._growth = growth
        self._locale = locale()

    @cached_property
    def _places(self) -> list[_Place]:
        """Return the days in order; of several lists of a day the last."""
        zone = self._growth.timezone
        exact = {day_of(row.at, zone): row.followers for row in self._growth.rows if row.followers is not None}
        points = {day_of(point.at, zone): point for point in self._growth.points}
        return [_Place(day, exact.get(day), points.get(day)) for day in sorted(exact.keys() | points.keys())]

    @cached_property
    def has_estimate(self) -> bool:
        """Return whether any point between the lists is estimated."""
        return any(place.point and place.point.value is not None for place in self._places)

    @property
    def is_empty(self) -> bool:
        """Return whether there is nothing to draw."""
        return not self._places

    @property
    def data(self) -> dict[str, object]:
        """Return the chart's data: the three series over the same days, ``None`` where one says nothing."""
        places = self._places
        series: list[dict[str, object]] = [
            {
                "key": "followers",
                "label": _("On the list"),
                "values": [place.exact for place in places],
                "style": "dots",
            },
            {
                "key": "followers",
                "colour": 8,
                "label": _("At least"),
                "values": [None if place.point is None else place.point.least for place in places],
                "style": "bound",
            },
        ]
        if self.has_estimate:
            estimates = [place.point or Point(0, 0) for place in places]
            series.append(
                {
                    "key": "followers",
                    "label": _("Estimate"),
                    "values": [point.value for point in estimates],
                    "low": [point.low for point in estimates],
                    "high": [point.high for point in estimates],
                    "style": "estimate",
                }
            )
        labels = [place.day.isoformat() for place in places]
        return {"kind": "line", "x": "time", "labels": labels, "unit": "", "series": series}

    @property
    def reading(self) -> str:
        """Return what the curve says, and what it does not, in words."""
        fit = self._growth.fit
        if fit is None:
            return str(_("The dots are your exports; the curve between them is being worked out."))
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
        heads = [_("Day"), _("On the list"), _("At least")]
        return [*heads, _("Estimate"), _("Between")] if self.has_estimate else heads

    @property
    def rows(self) -> list[list[str]]:
        """Return the table: every list and the ends of some days between, newest first."""
        step = max(1, -(-len(self._places) // _TABLE_ROWS))
        newest_first = self._places[::-1]
        kept = [place for at, place in enumerate(newest_first) if place.exact is not None or at % step == 0]
        return [self._row(place) for place in kept]

    def _row(self, place: _Place) -> list[str]:
        point, count = place.point, self._count
        cells = [format_day(place.day, self._locale), count(place.exact), count(None if point is None else point.least)]
        if not self.has_estimate:
            return cells
        if point is None or point.value is None or point.low is None or point.high is None:
            return [*cells, "–", "–"]
        return [*cells, count(round(point.value)), f"{count(int(point.low))} – {count(-int(-point.high // 1))}"]

    def _count(self, value: int | None) -> str:
        return "–" if value is None else format_count(value, self._locale)
