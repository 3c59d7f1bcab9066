"""Of those who came in a month and were on the first list after it: how many each later list still has."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from webapp.analytics.growth_model import GrowthFit
from webapp.analytics.insights.shortages import Lack, Shortage
from webapp.analytics.statistics.proportions import Interval, wilson
from webapp.analytics.timeline import find_timeline
from webapp.domain.scope import Scope
from webapp.domain.sections import Section

MOST_MONTHS: Final = 24
MOST_LISTS: Final = 12
# Below that many people the counts stand alone.
LEAST_FOR_SHARE: Final = 10


@dataclass(frozen=True, slots=True)
class LaterList:
    """A follower list by the public id of its export and its Unix second."""

    export: str
    at: int


@dataclass(frozen=True, slots=True)
class Stayed:
    """How many of a month's people a later list has."""

    kept: int
    of: int

    @property
    def interval(self) -> Interval | None:
        """Return kept / of with its 95 % interval; ``None`` below ``LEAST_FOR_SHARE`` people."""
        return wilson(self.kept, self.of) if self.of >= LEAST_FOR_SHARE else None


@dataclass(frozen=True, slots=True)
class MonthRow:
    """A month by its first day, its people on the first list after it, and one cell for each later list.

    A cell is ``None`` for a list that is not later than the first after the month.
    """

    month: date
    people: int
    first: LaterList
    cells: tuple[Stayed | None, ...]


@dataclass(frozen=True, slots=True)
class MonthTable:
    """Months, newest first, by lists, oldest first; ``earlier`` months and ``older`` lists are not in it."""

    lists: tuple[LaterList, ...]
    rows: tuple[MonthRow, ...]
    earlier: int
    older: int


def find_month_table(
    scope: Scope, fit: GrowthFit | None, months: int | None = MOST_MONTHS, lists: int | None = MOST_LISTS
) -> MonthTable | Shortage:
    """Return who stayed by month of arrival; without a limit all months and lists."""
    if fit is None:
        return Shortage(Lack.WORKING)
    if len(fit.times) < 2:
        return Shortage(Lack.ONE_LIST if fit.times else Lack.NO_LIST)
    exports = find_timeline(scope, Section.FOLLOWERS).exports
    every = [LaterList(export.public_id, export.exported_at) for export in exports]
    later = every[1:] if lists is None else every[1:][-lists:]
    begin = len(every) - len(later)
    with_later = [each for each in fit.months if each.present and each.present[0] and len(each.present) > 1]
    with_later.sort(key=lambda each: each.month, reverse=True)
    rows = tuple(
        MonthRow(
            month=each.month,
            people=each.present[0],
            first=every[each.first],
            cells=tuple(
                Stayed(each.present[place - each.first], each.present[0]) if place > each.first else None
                for place in range(begin, len(every))
            ),
        )
        for each in with_later[:months]
    )
    return MonthTable(tuple(later), rows, len(with_later) - len(rows), begin - 1)
