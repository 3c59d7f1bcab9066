"""The figures of days as charts, each with its sentence and its table; a day that no download states is a gap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Final

from flask_babel import gettext as _

from webapp.analytics.content.studio import DayFigures
from webapp.domain.formatting import format_count, format_day
from webapp.domain.text import N_
from webapp.web.i18n import locale

FIGURE_LABELS: Final = {
    "video_views": N_("Video views"),
    "profile_views": N_("Profile views"),
    "likes": N_("Likes"),
    "comments": N_("Comments"),
    "shares": N_("Shares"),
    "followers": N_("Followers"),
    "viewers": N_("Viewers"),
    "new_viewers": N_("New viewers"),
    "returning_viewers": N_("Returning viewers"),
}
# Drawn together, because their numbers are of one size.
_CHARTS: Final = (
    ("views", N_("Video views by day"), ("video_views",)),
    ("reactions", N_("Likes, comments and shares by day"), ("likes", "comments", "shares")),
    ("profile", N_("Profile views by day"), ("profile_views",)),
    ("viewers", N_("Viewers by day"), ("viewers", "new_viewers", "returning_viewers")),
    ("followers", N_("Followers by TikTok Studio"), ("followers",)),
)
_DAY: Final = timedelta(days=1)
# A year is drawn; the tables hold the newest days, the downloads every one.
_DRAWN: Final = 366
_TABLE_ROWS: Final = 90


@dataclass(frozen=True)
class DayChart:
    """One chart."""

    key: str
    title: str
    names: Sequence[str]
    days: Sequence[date]
    figures: Mapping[date, Mapping[str, int]]

    @property
    def data(self) -> dict[str, object]:
        """Return the chart for the browser."""
        return {
            "kind": "line",
            "x": "time",
            "labels": [day.isoformat() for day in self.days],
            "unit": "",
            "series": [
                {
                    "key": name,
                    "label": _(FIGURE_LABELS[name]),
                    "values": [self.figures.get(day, {}).get(name) for day in self.days],
                    "style": "exact",
                }
                for name in self.names
            ],
        }

    @property
    def reading(self) -> str:
        """Return what the chart says in words."""
        told = [text for text in map(self._said, self.names) if text]
        unknown = sum(self.names[0] not in self.figures.get(day, {}) for day in self.days)
        if unknown:
            told.append(_("Gaps are days that none of your downloads states; they are not zero."))
        return " ".join(str(text) for text in told)

    def _said(self, name: str) -> str:
        known = [(self.figures[day][name], day) for day in self.days if name in self.figures.get(day, {})]
        if not known:
            return ""
        label, number = _(FIGURE_LABELS[name]), len(known)
        if name == "followers":
            shown = {"count": _count(known[-1][0]), "day": _day(known[-1][1]), "first": _day(known[0][1])}
            text = _("%(before)s followers on %(first)s, %(count)s on %(day)s.", before=_count(known[0][0]), **shown)
            return str(text)
        most, day = max(known)
        text = _(
            "%(label)s: %(total)s on %(days)s days, most on %(day)s (%(most)s).",
            label=label,
            total=_count(sum(value for value, _day_of in known)),
            days=_count(number),
            day=_day(day),
            most=_count(most),
        )
        return str(text)

    @property
    def headers(self) -> list[str]:
        """Return the heads of the table."""
        return [str(_("Day")), *(str(_(FIGURE_LABELS[name])) for name in self.names)]

    @property
    def rows(self) -> list[list[str]]:
        """Return the newest days, newest first."""
        return [
            [_day(day), *(_cell(self.figures.get(day, {}).get(name)) for name in self.names)]
            for day in self.days[: -_TABLE_ROWS - 1 : -1]
        ]

    @property
    def caution(self) -> str | None:
        """Return what the table leaves out."""
        if len(self.days) <= _TABLE_ROWS:
            return None
        return str(_("The table shows the newest %(count)s days; the download holds them all.", count=_TABLE_ROWS))


@dataclass(frozen=True)
class DayCharts:
    """The charts of an account."""

    rows: Sequence[DayFigures]

    @cached_property
    def charts(self) -> list[DayChart]:
        """Return the charts that have a figure."""
        figures = {row.day: row.figures for row in self.rows}
        found = []
        for key, title, names in _CHARTS:
            known = [day for day, row in figures.items() if any(name in row for name in names)]
            shown = [name for name in names if any(name in row for row in figures.values())]
            if known:
                found.append(DayChart(key, str(_(title)), shown, _days(min(known), max(known)), figures))
        return found


def _days(first: date, last: date) -> list[date]:
    first = max(first, last - (_DRAWN - 1) * _DAY)
    return [first + place * _DAY for place in range((last - first).days + 1)]


def _cell(value: int | None) -> str:
    return "–" if value is None else _count(value)


def _count(value: int) -> str:
    return format_count(value, locale())


def _day(day: date) -> str:
    return format_day(day, locale())
