"""The follower lists of several accounts over time: exact dots, joined from export to export."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cached_property
from itertools import pairwise
from typing import Final

from babel.numbers import format_decimal
from flask_babel import gettext as _

from webapp.analytics.account_comparison import AccountFigures, ExactPoint
from webapp.domain.accounts_query import Scale
from webapp.domain.figures import FigureQuery
from webapp.domain.formatting import format_count, format_day
from webapp.domain.metrics import MetricKey
from webapp.web.account_comparison.choice import ChosenAccount
from webapp.web.figure_links import figure_href
from webapp.web.i18n import locale
from webapp.web.opened import Opened

# So many names stand at the ends of their lines, and so much of each; more have a legend.
_MOST_ENDS: Final = 3
_END_LENGTH: Final = 14


class AccountsChart:
    """The follower lists of several accounts as a chart, as a sentence and as a table."""

    def __init__(self, chosen: Sequence[ChosenAccount], figures: Sequence[AccountFigures], scale: Scale) -> None:
        self._accounts = list(zip(chosen, figures, strict=True))
        self._is_index = scale is Scale.INDEX
        self._locale = locale()

    @cached_property
    def _days(self) -> list[date]:
        return sorted({point.day for _chosen, figures in self._accounts for point in figures.points})

    @property
    def is_empty(self) -> bool:
        """Return whether there is nothing to draw."""
        return all(
            self._value(figures, point) is None for _chosen, figures in self._accounts for point in figures.points
        )

    @property
    def title(self) -> str:
        """Return what the chart shows."""
        return str(_("Followers, indexed to 100") if self._is_index else _("Followers by account"))

    @property
    def data(self) -> dict[str, object]:
        """Return the chart's data: a line an account, joined from export to export, broken where one lacks the list."""
        return {
            "kind": "line",
            "x": "time",
            "labels": [day.isoformat() for day in self._days],
            "unit": "",
            **({"decimals": 1, "floating": True} if self._is_index else {}),
            "series": [self._series(chosen, figures) for chosen, figures in self._accounts],
        }

    def _series(self, chosen: ChosenAccount, figures: AccountFigures) -> dict[str, object]:
        points = {point.day: point for point in figures.points}
        shown = [points.get(day) for day in self._days]
        is_few = len(self._accounts) <= _MOST_ENDS
        return {
            "key": chosen.row.public_id,
            "colour": chosen.colour,
            "label": chosen.name,
            **({"end": _shortened(chosen.name)} if is_few else {}),
            "values": [None if point is None else self._value(figures, point) for point in shown],
            "breaks": _breaks(shown),
            "links": [None if point is None or point.count is None else _point_href(chosen, point) for point in shown],
            "style": "exact",
            "joined": True,
        }

    @property
    def reading(self) -> str:
        """Return what the chart says in words."""
        return " ".join(text for text in (self._said(*each) for each in self._accounts) if text)

    def _said(self, chosen: ChosenAccount, figures: AccountFigures) -> str:
        known = [point for point in figures.points if self._value(figures, point) is not None]
        if not known:
            return str(_("%(name)s has no follower list in this period.", name=chosen.name))
        first, last = known[0], known[-1]
        shown = {"name": chosen.name, "before": self._text(figures, first), "count": self._text(figures, last)}
        days = {"first": format_day(first.day, self._locale), "day": format_day(last.day, self._locale)}
        if len(known) == 1:
            return str(_("%(name)s: %(count)s on %(day)s.", **shown, **days))
        return str(_("%(name)s: %(before)s on %(first)s, %(count)s on %(day)s.", **shown, **days))

    @property
    def caution(self) -> str:
        """Return how to read the lines."""
        text = _("The dots are exports and exact; the lines only join them, and break where an export lacks the list.")
        if not self._is_index:
            return str(text)
        more = _("Each line begins at 100 with its first export of this period, so that its slope shows its growth.")
        return f"{more} {text}"

    @property
    def headers(self) -> list[str]:
        """Return the heads of the table."""
        return [str(_("Day")), *(chosen.name for chosen, _figures in self._accounts)]

    @property
    def rows(self) -> list[list[str]]:
        """Return the numbers of the chart, newest first, each the way to what is behind it."""
        opened = Opened()
        by_day = [{point.day: point for point in figures.points} for _chosen, figures in self._accounts]
        return [
            [
                format_day(day, self._locale),
                *(
                    self._cell(opened, *each, points.get(day))
                    for each, points in zip(self._accounts, by_day, strict=True)
                ),
            ]
            for day in reversed(self._days)
        ]

    def _cell(self, opened: Opened, chosen: ChosenAccount, figures: AccountFigures, point: ExactPoint | None) -> str:
        if point is None:
            return "–"
        if point.count is None:
            return str(_("not in this export"))
        if self._value(figures, point) is None:
            return "–"
        label = f"{chosen.name}, {format_day(point.day, self._locale)}"
        return opened(self._text(figures, point), _point_href(chosen, point), label)

    def _value(self, figures: AccountFigures, point: ExactPoint) -> float | None:
        if not self._is_index or point.count is None:
            return point.count
        return None if figures.base is None else round(100 * point.count / figures.base, 1)

    def _text(self, figures: AccountFigures, point: ExactPoint) -> str:
        value = self._value(figures, point) or 0
        if self._is_index:
            return str(format_decimal(value, format="#,##0.0", locale=self._locale))
        return format_count(int(value), self._locale)


def _breaks(shown: Sequence[ExactPoint | None]) -> list[tuple[int, int]]:
    """Return between which places a line is broken: from the list before an export without one to the list after."""
    known = [place for place, point in enumerate(shown) if point is not None and point.count is not None]
    missing = [place for place, point in enumerate(shown) if point is not None and point.count is None]
    return [(before, after) for before, after in pairwise(known) if any(before < place < after for place in missing)]


def _point_href(chosen: ChosenAccount, point: ExactPoint) -> str:
    return figure_href(FigureQuery(MetricKey.FOLLOWERS, export=point.export), chosen.row.public_id)


def _shortened(name: str) -> str:
    return name if len(name) <= _END_LENGTH else f"{name[: _END_LENGTH - 1]}…"
