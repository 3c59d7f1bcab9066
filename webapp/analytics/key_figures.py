"""The key figures of a period, the same for cards and reports: sizes beside what they were, who came and who left."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Final

from webapp.analytics.growth import Growth, GrowthRow
from webapp.analytics.period_changes import LEAST_BASE, PeriodChange, relative_pace
from webapp.analytics.relationships import RelationshipSummary, follower_ratio, summarise_relationships
from webapp.domain.metrics import MetricKey
from webapp.domain.reports import Untold
from webapp.domain.scope import Scope
from webapp.domain.sections import Section

# A line through two points tells no more than the change beside it.
_LEAST_SPARK: Final = 3
_MOST_SPARK: Final = 24
# Ten times as many is no longer read as per cent.
_MOST_SHARE: Final = 10
GAINED: Final = {Section.FOLLOWERS: MetricKey.GAINED, Section.FOLLOWING: MetricKey.FOLLOWING_GAINED}
LOST: Final = {Section.FOLLOWERS: MetricKey.LOST, Section.FOLLOWING: MetricKey.FOLLOWING_LOST}
_Value = Callable[[GrowthRow], int | Decimal | None]
_OF_ROW: Final[Mapping[MetricKey, _Value]] = {
    MetricKey.FOLLOWERS: lambda row: row.followers,
    MetricKey.FOLLOWING: lambda row: row.following,
    MetricKey.MUTUALS: lambda row: row.mutuals,
    MetricKey.FOLLOWER_RATIO: lambda row: row.ratio,
}
SIZES: Final = tuple(_OF_ROW)
_LISTS: Final = {MetricKey.FOLLOWERS: Section.FOLLOWERS, MetricKey.FOLLOWING: Section.FOLLOWING}


@dataclass(frozen=True, slots=True)
class Size:
    """How many there are, or the ratio of two such numbers, beside what it was on the list the period begins with.

    ``at`` is the Unix second of the list that was counted, ``since`` that of the earlier one. ``net`` is the
    difference; all three of the earlier one are ``None`` where there is none to compare with. ``spark`` are the values
    of the last lists, oldest first.
    """

    value: int | Decimal | None
    at: int | None = None
    begun: int | Decimal | None = None
    net: int | Decimal | None = None
    since: int | None = None
    spark: tuple[float, ...] = ()

    @property
    def share(self) -> float | None:
        """Return the difference as a share of what there was; ``None`` where that was hardly anything beside it."""
        if not self.net or self.begun is None or self.begun < LEAST_BASE:
            return None
        share = float(self.net / self.begun)
        return share if abs(share) < _MOST_SHARE else None


@dataclass(frozen=True, slots=True)
class Flow:
    """How many came, or left, and the same of what the period is compared with.

    ``pace`` is how much more that is per day, as a share; ``None`` where the other is too little or unknown.
    """

    change: PeriodChange | None
    value: int | None
    base: PeriodChange | None
    before: int | None
    pace: float | None


@dataclass(frozen=True)
class KeyFigures:
    """The figures of one period; where no export holds the follower list, coming and going are those of the other one.

    Sizes are those of the newest lists, or of the last ones not after the Unix second ``until``.
    """

    scope: Scope
    growth: Growth
    until: int | None = None

    @cached_property
    def rows(self) -> tuple[GrowthRow, ...]:
        """Return the exports that sizes are taken from, oldest first."""
        return tuple(row for row in self.growth.history if self.until is None or row.at <= self.until)

    @cached_property
    def section(self) -> Section:
        """Return the list whose coming and going is shown."""
        history = self.growth.history
        has_followers = any(row.followers is not None for row in history)
        return Section.FOLLOWERS if has_followers or not history else Section.FOLLOWING

    @cached_property
    def summary(self) -> RelationshipSummary:
        """Return the sizes of the lists."""
        if len(self.rows) == len(self.growth.history):
            return summarise_relationships(self.scope)
        followers, following = (self._last(section) for section in (Section.FOLLOWERS, Section.FOLLOWING))
        counts = (followers.followers if followers else None, following.following if following else None)
        return RelationshipSummary(
            followers=counts[0],
            following=counts[1],
            # Of two exports nobody counted them together.
            mutuals=followers.mutuals if followers is not None and followers is following else None,
            follower_ratio=follower_ratio(*counts),
            followers_as_of=followers.at if followers else None,
            following_as_of=following.at if following else None,
        )

    def size(self, metric: MetricKey) -> Size:
        """Return one of ``SIZES``."""
        of_row, section = _OF_ROW[metric], _LISTS.get(metric)
        at = self.summary.followers_as_of
        if section is Section.FOLLOWING:
            at = self.summary.following_as_of
        elif section is None:
            at = self.summary.as_of
        size = Size(getattr(self.summary, metric.value), at, spark=self._spark(of_row))
        # Mutuals and ratio are compared over the time between two follower lists.
        change = self._change_to_last(section or Section.FOLLOWERS)
        if change is None:
            return size
        rows = {row.export: row for row in self.growth.history}
        begun, ended = of_row(rows[change.from_export]), of_row(rows[change.to_export])
        if begun is None or ended is None:
            return size
        return Size(size.value, at, begun, ended - begun, change.begins_at, size.spark)

    @property
    def gained(self) -> Flow:
        """Return who came."""
        return self._flow(lambda change: change.gained)

    @property
    def lost(self) -> Flow:
        """Return who left."""
        return self._flow(lambda change: change.lost)

    def untold(self, metric: MetricKey) -> Untold:
        """Return why a figure is unknown."""
        if metric is MetricKey.FOLLOWER_RATIO and self.summary.following == 0:
            return Untold.NOBODY_FOLLOWED
        if metric in _OF_ROW:
            return Untold.NO_LIST
        lists = sum(row.count(self.section) is not None for row in self.growth.history)
        return (Untold.NO_LIST, Untold.ONE_LIST, Untold.NO_PAIR)[min(lists, 2)]

    def _flow(self, count: Callable[[PeriodChange], int]) -> Flow:
        change, base = self.growth.change(self.section), self.growth.base_change(self.section)
        value, before = (None if each is None else count(each) for each in (change, base))
        pace = None
        if change is not None and base is not None:
            pace = relative_pace(count(change), change.days, count(base), base.days)
        return Flow(change, value, base, before, pace)

    def _last(self, section: Section) -> GrowthRow | None:
        return next((row for row in reversed(self.rows) if row.count(section) is not None), None)

    def _change_to_last(self, section: Section) -> PeriodChange | None:
        """Return the change of a list; ``None`` where the period ended before the last one, whose size is told."""
        change, last = self.growth.change(section), self._last(section)
        return change if change is not None and last is not None and change.ends_at == last.at else None

    def _spark(self, value: _Value) -> tuple[float, ...]:
        found = [value(row) for row in self.rows]
        known = tuple(float(each) for each in found if each is not None)[-_MOST_SPARK:]
        return known if len(known) >= _LEAST_SPARK else ()
