"""The table of weekdays and hours: one row a day from the first of the reader's week, one shade for each step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from functools import cached_property
from typing import Any

from babel import Locale
from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.analytics.insights.hours import WeekHours
from webapp.analytics.insights.shortages import Shortage
from webapp.domain.formatting import format_compact, format_count, format_day, format_hour, format_share
from webapp.domain.metrics import MetricKey
from webapp.web.i18n import locale
from webapp.web.insights.texts import shortage_text

# Longer numbers than that do not fit into a cell.
_SHORT_FROM = 1000
# From this share on the busiest day is named: the table shows that day more than a habit.
_MUCH = 0.1


@dataclass(frozen=True, slots=True)
class HourCell:
    """An hour of a weekday; ``label`` is for screen readers, ``href`` leads to what is behind the number."""

    text: str
    label: str
    level: int
    href: str


@dataclass(frozen=True, slots=True)
class HourRow:
    """A weekday with its hours and all its follows."""

    day: str
    cells: tuple[HourCell, ...]
    total: str


@dataclass(frozen=True)
class HourTable:
    """The follows by hour of the week as the page shows them, or why there are too few."""

    found: WeekHours | Shortage

    @property
    def refusal(self) -> str | None:
        """Return why there is no table; ``None`` where there is one."""
        if not isinstance(self.found, Shortage):
            return None
        return shortage_text(
            self.found,
            _(
                "A table of 168 hours needs at least %(needed)s follows to show more than chance; your lists show "
                "%(found)s so far."
            ),
        )

    @cached_property
    def hours(self) -> WeekHours:
        """Return the follows; there are some where nothing is refused."""
        if isinstance(self.found, Shortage):
            raise TypeError("there is no table where there is too little")
        return self.found

    @cached_property
    def heads(self) -> list[str]:
        """Return the hours of a day."""
        return [format_hour(time(hour), locale()) for hour in range(24)]

    @cached_property
    def rows(self) -> list[HourRow]:
        """Return the weekdays, that on which the reader's week begins first."""
        names = Locale.parse(locale()).days["format"]
        first = Locale.parse(locale()).first_week_day
        address = _Addresses()
        return [
            HourRow(
                day=names["abbreviated"][day],
                cells=tuple(self._cell(names["wide"][day], day * 24 + hour, address) for hour in range(24)),
                total=format_count(sum(self.hours.counts[day * 24 : day * 24 + 24]), locale()),
            )
            for day in ((first + number) % 7 for number in range(7))
        ]

    @property
    def key(self) -> list[tuple[int, str]]:
        """Return what each shade means."""
        return [
            (level, format_count(low, locale()) if low == high else _range(low, high))
            for level, low, high in [(0, 0, 0), *self.hours.steps]
        ]

    @property
    def reading(self) -> str:
        """Return what the table shows and what it does not."""
        total = format_count(self.hours.total, locale())
        return str(
            _(
                "n = %(total)s follows, counted from every list you imported. People who left before the first list "
                "that could show them are missing. It shows when people followed, not when to post; small numbers "
                "differ by chance.",
                total=total,
            )
        )

    @property
    def busiest_text(self) -> str | None:
        """Return how many came on a single day, where that is much of all."""
        share = self.hours.busiest.came / self.hours.total
        if share < _MUCH:
            return None
        came = self.hours.busiest.came
        text = ngettext(
            "%(count)s of them (%(share)s) came on a single day, %(day)s.",
            "%(count)s of them (%(share)s) came on a single day, %(day)s.",
            came,
            count=format_count(came, locale()),
            share=format_share(share, locale(), decimals=0),
            day=format_day(self.hours.busiest.day, locale()),
        )
        return str(text)

    def _cell(self, weekday: str, hour: int, address: _Addresses) -> HourCell:
        count = self.hours.counts[hour]
        exact = format_count(count, locale())
        return HourCell(
            text=exact if count < _SHORT_FROM else format_compact(count, locale()),
            label=f"{weekday}, {self.heads[hour % 24]}: {exact}",
            level=self.hours.level(hour),
            href=address.of(hour),
        )


class _Addresses:
    """The addresses of the hours of a week: made once, with another number in each."""

    def __init__(self) -> None:
        arguments: dict[str, Any] = {"metric": MetricKey.HOUR_FOLLOWS.value, "hour": "HOUR"}
        self._before, _name, self._after = url_for("figures.show", **arguments).partition("HOUR")

    def of(self, hour: int) -> str:
        """Return the address of the drawer of an hour."""
        return f"{self._before}{hour}{self._after}"


def _range(low: int, high: int) -> str:
    return f"{format_count(low, locale())}–{format_count(high, locale())}"


def first_weekday() -> int:
    """Return the day on which the reader's week begins, 0 is Monday."""
    return int(Locale.parse(locale()).first_week_day)
