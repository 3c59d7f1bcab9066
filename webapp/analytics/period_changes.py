"""Who came and who left over a period, added up from list to list."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from webapp.domain.period import DAY_SECONDS, Span

# A pace is compared with none that comes of fewer people: a change of one would look like a trend.
LEAST_BASE: Final = 10


@dataclass(frozen=True, slots=True)
class ListChange:
    """One complete list: its export's public id and Unix second, and who came and left since the list before.

    Both are ``None`` where there is no list before.
    """

    export: str
    at: int
    gained: int | None
    lost: int | None


@dataclass(frozen=True, slots=True)
class PeriodChange:
    """Who came and left between the two outermost of some lists, by their Unix seconds and public ids.

    ``lists`` counts the lists, both ends included: whoever came and left between two of them is in neither sum.
    """

    begins_at: int
    ends_at: int
    from_export: str
    to_export: str
    gained: int
    lost: int
    lists: int

    @property
    def net(self) -> int:
        """Return the difference of the lengths of the two outermost lists."""
        return self.gained - self.lost

    @property
    def days(self) -> float:
        """Return the time between the two outermost lists in days of 86,400 s."""
        return (self.ends_at - self.begins_at) / DAY_SECONDS


def add_up(lists: Sequence[ListChange], span: Span) -> PeriodChange | None:
    """Return the change from the last list at or before the period's beginning to the last list inside it.

    ``lists`` are all of one kind, oldest first. Without a list before the period it begins with the first one inside.
    ``None`` where that makes fewer than two lists.
    """
    times = [each.at for each in lists]
    before = -1 if span.since is None else bisect_right(times, span.since) - 1
    first, last = max(before, 0), bisect_right(times, span.until) - 1
    if last <= first:
        return None
    gained = lost = 0
    for each in lists[first + 1 : last + 1]:
        if each.gained is None or each.lost is None:
            return None
        gained += each.gained
        lost += each.lost
    begin, end = lists[first], lists[last]
    return PeriodChange(begin.at, end.at, begin.export, end.export, gained, lost, last - first + 1)


def relative_pace(now: int, now_days: float, before: int, before_days: float) -> float | None:
    """Return how much faster something went than in the base, both per day: 0.25 is a quarter more.

    ``None`` where the base is under ``LEAST_BASE`` people, or either lasted no time.
    """
    if before < LEAST_BASE or before_days <= 0 or now_days <= 0:
        return None
    return (now / now_days) / (before / before_days) - 1
