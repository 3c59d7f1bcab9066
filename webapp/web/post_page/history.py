"""The figures of one post at every export and Studio download: charts with exact points, a sentence, and a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from flask_babel import gettext as _

from webapp.analytics.content.post_history import Reading, Source
from webapp.domain.formatting import format_count, format_day, format_instant
from webapp.domain.period import day_of, instant
from webapp.domain.text import N_
from webapp.web.i18n import locale

_FIGURES: Final = {
    "likes": N_("Likes"),
    "views": N_("Views"),
    "comments": N_("Comments"),
    "shares": N_("Shares"),
    "saves": N_("Times saved"),
}
_SOURCES: Final = {Source.EXPORT: N_("Data export"), Source.STUDIO: N_("TikTok Studio")}
# Beside likes the others are too few to be seen, and views too many.
_CHARTS: Final = (("likes",), ("views",), ("comments", "shares"))
_LEAST_POINTS: Final = 2


@dataclass(frozen=True)
class HistoryChart:
    """Some figures of the post over time; of several readings of a day the last one is drawn."""

    key: str
    names: tuple[str, ...]
    readings: Sequence[Reading]
    timezone: str

    @property
    def id(self) -> str:
        """Return the id of the chart on the page."""
        return f"chart-post-{self.key}"

    @cached_property
    def _days(self) -> dict[str, Reading]:
        known = (one for one in self.readings if any(getattr(one, name) is not None for name in self.names))
        return {day_of(one.at, self.timezone).isoformat(): one for one in known}

    @property
    def is_drawn(self) -> bool:
        """Return whether there are points enough for a line."""
        return len(self._days) >= _LEAST_POINTS

    @property
    def title(self) -> str:
        """Return what the chart shows."""
        if len(self.names) == 1:
            return str(_("%(figure)s at each reading", figure=_(_FIGURES[self.names[0]])))
        return str(_("Comments and shares at each reading"))

    @property
    def reading(self) -> str:
        """Return what the chart says."""
        told = [self._told(name) for name in self.names]
        return " ".join(text for text in told if text)

    def _told(self, name: str) -> str:
        known = [(one.at, value) for one in self._days.values() if (value := getattr(one, name)) is not None]
        if not known:
            return ""
        (begin, first), (end, last) = known[0], known[-1]
        return str(
            _(
                "%(figure)s: %(first)s on %(begin)s, %(last)s on %(end)s.",
                figure=_(_FIGURES[name]),
                first=_count(first),
                begin=self._day(begin),
                last=_count(last),
                end=self._day(end),
            )
        )

    @property
    def data(self) -> dict[str, object]:
        """Return the chart's data: exact points, ``None`` where a source does not say it."""
        readings = list(self._days.values())
        series = [
            {
                "key": name,
                "label": _(_FIGURES[name]),
                "values": [getattr(one, name) for one in readings],
                "style": "exact",
            }
            for name in self.names
            if any(getattr(one, name) is not None for one in readings)
        ]
        notes = [str(_(_SOURCES[one.source])) for one in readings]
        return {
            "kind": "line",
            "x": "time",
            "labels": list(self._days),
            "unit": "",
            "series": series,
            "notes": notes,
        }

    @property
    def headers(self) -> list[str]:
        """Return the heads of the table twin."""
        return [_("Day"), _("Source"), *(_(_FIGURES[name]) for name in self.names)]

    @property
    def rows(self) -> list[list[Any]]:
        """Return the table twin, newest first."""
        return [
            [self._day(one.at), _(_SOURCES[one.source]), *(_cell(getattr(one, name)) for name in self.names)]
            for one in reversed(self._days.values())
        ]

    def _day(self, second: int) -> str:
        return format_day(day_of(second, self.timezone), locale())


@dataclass(frozen=True)
class PostHistory:
    """Every reading of a post."""

    readings: Sequence[Reading]
    timezone: str

    @cached_property
    def charts(self) -> list[HistoryChart]:
        """Return the charts that have points enough."""
        charts = [HistoryChart(names[0], names, self.readings, self.timezone) for names in _CHARTS]
        return [chart for chart in charts if chart.is_drawn]

    @cached_property
    def columns(self) -> list[str]:
        """Return the figures that any source holds."""
        return [name for name in _FIGURES if any(getattr(one, name) is not None for one in self.readings)]

    @property
    def headers(self) -> list[str]:
        """Return the heads of the table of all readings."""
        return [_("Read at"), _("Source"), *(_(_FIGURES[name]) for name in self.columns)]

    @property
    def rows(self) -> list[list[str]]:
        """Return all readings, newest first."""
        return [
            [
                format_instant(instant(one.at, self.timezone), locale()),
                str(_(_SOURCES[one.source])),
                *(_cell(getattr(one, name)) for name in self.columns),
            ]
            for one in reversed(self.readings)
        ]

    @property
    def note(self) -> str | None:
        """Return why there is no chart; ``None`` where there is one."""
        if self.charts:
            return None
        if not self.columns:
            return str(_("No source tells a figure of this post."))
        return str(_("One reading so far. Each further export or Studio download that has the post adds a point."))


def _cell(value: int | None) -> str:
    return str(_("not in it")) if value is None else _count(value)


def _count(value: int) -> str:
    return format_count(value, locale())
