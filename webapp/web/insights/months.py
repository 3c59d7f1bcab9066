"""The triangle of who stayed: months in which people came, by the lists after."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.analytics.insights.months import LaterList, MonthRow, MonthTable, Stayed
from webapp.analytics.insights.shortages import Shortage
from webapp.domain.figures import FigureQuery
from webapp.domain.formatting import format_count, format_day, format_month
from webapp.domain.metrics import MetricKey
from webapp.domain.period import day_of
from webapp.web.figure_links import figure_href
from webapp.web.growth.texts import share_text
from webapp.web.i18n import locale
from webapp.web.insights.texts import shortage_text
from webapp.web.kpis import format_value

# Where the shades of a share begin: most months keep most of their people.
_SHADES: Final = (0.5, 0.7, 0.8, 0.9, 0.95)


@dataclass(frozen=True, slots=True)
class StayedCell:
    """A share with its count; ``label`` has the interval, ``level`` is 0 where no share is stated."""

    text: str
    count: str
    label: str
    level: int
    href: str


@dataclass(frozen=True, slots=True)
class MonthLine:
    """A month with its people on the first list after it."""

    month: str
    people: str
    first: str
    cells: tuple[StayedCell | None, ...]


@dataclass(frozen=True)
class MonthGrid:
    """The triangle in words, or why there is none."""

    found: MonthTable | Shortage
    timezone: str

    @property
    def refusal(self) -> str | None:
        """Return why there is nothing to tell; ``None`` where there is something."""
        if isinstance(self.found, Shortage):
            return shortage_text(self.found, "")
        if not self.found.rows:
            return str(
                _(
                    "No month has two lists after it yet. With your next export you see how many of those who came "
                    "are still there."
                )
            )
        return None

    @cached_property
    def heads(self) -> list[str]:
        """Return the days of the later lists."""
        return [] if isinstance(self.found, Shortage) else [self._day(each) for each in self.found.lists]

    @cached_property
    def lines(self) -> list[MonthLine]:
        """Return the months, newest first."""
        if isinstance(self.found, Shortage):
            return []
        return [self._line(row, self.found.lists) for row in self.found.rows]

    @property
    def hidden_text(self) -> str | None:
        """Return what is in the download alone."""
        if isinstance(self.found, Shortage):
            return None
        told = []
        if self.found.earlier:
            told.append(
                ngettext(
                    "%(num)s earlier month is in the download.",
                    "%(num)s earlier months are in the download.",
                    self.found.earlier,
                )
            )
        if self.found.older:
            told.append(
                ngettext(
                    "%(num)s older list is in the download.",
                    "%(num)s older lists are in the download.",
                    self.found.older,
                )
            )
        return " ".join(str(text) for text in told) or None

    def _line(self, row: MonthRow, lists: tuple[LaterList, ...]) -> MonthLine:
        month = format_month(row.month, locale())
        cells = (
            None if cell is None else self._cell(row, month, later, cell)
            for later, cell in zip(lists, row.cells, strict=True)
        )
        return MonthLine(month, format_count(row.people, locale()), self._day(row.first), tuple(cells))

    def _cell(self, row: MonthRow, month: str, later: LaterList, cell: Stayed) -> StayedCell:
        kept, of = format_count(cell.kept, locale()), format_count(cell.of, locale())
        count = str(_("%(kept)s of %(of)s", kept=kept, of=of))
        share = cell.interval
        stated = count if share is None else f"{count}, {share_text(share)}"
        return StayedCell(
            text=count if share is None else format_value(MetricKey.MONTH_STAYED, share.value),
            count="" if share is None else kept,
            label=f"{month}, {self._day(later)}: {stated}",
            level=0 if share is None else bisect_right(_SHADES, share.value),
            href=figure_href(FigureQuery(MetricKey.MONTH_STAYED, day=row.month, export=later.export)),
        )

    def _day(self, each: LaterList) -> str:
        return format_day(day_of(each.at, self.timezone), locale())
