"""The table of weekdays and hours: how many posts, or what they typically got, one shade for each step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time
from enum import StrEnum
from functools import cached_property
from typing import Final

from babel import Locale
from flask_babel import gettext as _

from webapp.domain.figures import FigureQuery
from webapp.domain.formatting import format_compact, format_hour
from webapp.domain.metrics import MetricKey
from webapp.domain.post_query import PostFilter
from webapp.web.content.texts import count_text, typical_text
from webapp.web.figure_links import figure_href
from webapp.web.i18n import locale
from webapp.web.post_filter_texts import weekday_name

# Of fewer posts an hour has no shade of its typical likes: one post decides them.
FIRM_CELL: Final = 5
_LEVELS: Final = 5
# Longer numbers than that do not fit into a cell.
_SHORT_FROM: Final = 1000
_HOURS: Final = 24


class Shown(StrEnum):
    """What the cells of the table hold."""

    COUNTS = "counts"
    TYPICAL = "typical"


@dataclass(frozen=True, slots=True)
class HeatCell:
    """An hour of a weekday; ``label`` is for screen readers, ``href`` is ``None`` where no post is behind it."""

    text: str
    note: str | None
    label: str
    level: int
    is_indicative: bool
    href: str | None


@dataclass(frozen=True, slots=True)
class HeatRow:
    """A weekday with its hours and all its posts."""

    day: str
    cells: tuple[HeatCell, ...]
    total: str


class HeatTable:
    """168 hours of a week with their posts."""

    def __init__(self, cells: Sequence[tuple[int, float | None]], shown: Shown, counted: PostFilter) -> None:
        self._cells = cells
        self._shown = shown
        self._counted = counted

    @cached_property
    def heads(self) -> list[str]:
        """Return the hours of a day."""
        return [format_hour(time(hour), locale()) for hour in range(_HOURS)]

    @cached_property
    def rows(self) -> list[HeatRow]:
        """Return the weekdays, that on which the reader's week begins first."""
        first = int(Locale.parse(locale()).first_week_day)
        return [self._row((first + number) % 7) for number in range(7)]

    @property
    def is_typical(self) -> bool:
        """Return whether the cells hold typical likes."""
        return self._shown is Shown.TYPICAL

    @property
    def key(self) -> list[tuple[int, str]]:
        """Return what each shade means."""
        steps = [(level, _range(low, high)) for level, low, high in self._steps]
        return steps if self.is_typical else [(0, "0"), *steps]

    @property
    def few_text(self) -> str:
        """Return which hours are indicative."""
        return str(_("without a shade: fewer than %(least)s posts, indicative", least=FIRM_CELL))

    @property
    def reading(self) -> str:
        """Return what the table shows and what it does not."""
        total = sum(count for count, _typical in self._cells)
        if self.is_typical:
            return str(
                _(
                    "Typical likes of the posts of each hour, with their number below; n = %(total)s posts. Hours "
                    "differ by chance: only the test below says whether one stands out.",
                    total=count_text(total),
                )
            )
        return str(
            _(
                "n = %(total)s posts, counted by the hour at which you published them. It shows when you post, not "
                "when to post.",
                total=count_text(total),
            )
        )

    @cached_property
    def _values(self) -> list[int]:
        """Return what decides the shade of each hour; 0 where it has none."""
        if not self.is_typical:
            return [count for count, _typical in self._cells]
        return [round(typical or 0) if count >= FIRM_CELL else 0 for count, typical in self._cells]

    @cached_property
    def _steps(self) -> list[tuple[int, int, int]]:
        """Return the steps that occur: level, lowest and highest value; of equal size in the square root."""
        found: dict[int, list[int]] = {}
        for value in sorted(self._values):
            if value:
                found.setdefault(self._level(value), []).append(value)
        return [(level, values[0], values[-1]) for level, values in found.items()]

    @cached_property
    def _most(self) -> int:
        return max(self._values, default=0)

    def _level(self, value: int) -> int:
        return next(level for level in range(_LEVELS + 1) if value * _LEVELS**2 <= self._most * level**2)

    def _row(self, weekday: int) -> HeatRow:
        name = weekday_name(weekday)
        cells = tuple(self._cell(weekday, hour, f"{name}, {self.heads[hour]}") for hour in range(_HOURS))
        total = sum(count for count, _typical in self._cells[weekday * _HOURS : (weekday + 1) * _HOURS])
        return HeatRow(weekday_name(weekday, "abbreviated"), cells, count_text(total))

    @cached_property
    def _address(self) -> tuple[str, str]:
        """Return what stands before and after weekday and hour in the address of a cell, the same for all of them."""
        metric = MetricKey.TYPICAL_LIKES if self.is_typical else MetricKey.POSTS
        address = figure_href(FigureQuery(metric, posts=self._counted.with_(weekday=0, hour=0)))
        before, _place, after = address.partition("weekday=0&hour=0")
        return before, after

    def _cell(self, weekday: int, hour: int, named: str) -> HeatCell:
        place = weekday * _HOURS + hour
        (count, typical), level = self._cells[place], self._level(self._values[place])
        if not count:
            return HeatCell("0" if not self.is_typical else "", None, named, 0, False, None)
        before, after = self._address
        href, text = f"{before}weekday={weekday}&hour={hour}{after}", count_text(count)
        if not self.is_typical:
            return HeatCell(_short(count), None, f"{named}: {text}", level, False, href)
        is_indicative = count < FIRM_CELL
        label = f"{named}: {typical_text(typical)}, n = {text}"
        return HeatCell(
            text=_short(round(typical or 0)),
            note=_short(count),
            label=f"{label}, {_('indicative')}" if is_indicative else label,
            level=level,
            is_indicative=is_indicative,
            href=href,
        )


def _short(value: int) -> str:
    return count_text(value) if value < _SHORT_FROM else format_compact(value, locale())


def _range(low: int, high: int) -> str:
    return count_text(low) if low == high else f"{count_text(low)} – {count_text(high)}"
