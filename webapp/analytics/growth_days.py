"""The days of a growth chart: what the exports of each counted, and the points of the curves between them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from webapp.analytics.growth import Growth
from webapp.analytics.growth_model import Point
from webapp.domain.period import day_of
from webapp.domain.sections import Section
from webapp.domain.steps import Bucket, Step, bucket_of
from webapp.models import DIRECTIONS


@dataclass(frozen=True, slots=True)
class ExactCount:
    """What an export, by its public id, counted on one list."""

    export: str
    count: int


@dataclass(frozen=True, slots=True)
class GrowthDay:
    """A day of the chart: for each list what an export of that day counted, and the point of its curve."""

    day: date
    exact: dict[Section, ExactCount]
    points: dict[Section, Point]


def drawn_sections(growth: Growth) -> list[Section]:
    """Return the lists that any export holds."""
    return [section for section in DIRECTIONS if any(row.count(section) is not None for row in growth.history)]


def list_growth_days(growth: Growth, step: Step, first_weekday: int = 0) -> list[GrowthDay]:
    """Return the days in order; of several lists of a day the last. Curves are thinned to the ends of the steps."""
    exact: dict[date, dict[Section, ExactCount]] = {}
    points: dict[date, dict[Section, Point]] = {}
    sections = drawn_sections(growth)
    for row in growth.history:
        for section in sections if _is_drawn(growth, row.at) else ():
            if (count := row.count(section)) is not None:
                exact.setdefault(day_of(row.at, growth.timezone), {})[section] = ExactCount(row.export, count)
    for section, point in _points(growth):
        points.setdefault(day_of(point.at, growth.timezone), {})[section] = point
    days = [GrowthDay(day, exact.get(day, {}), points.get(day, {})) for day in sorted(exact.keys() | points.keys())]
    return list(_thinned(days, step, first_weekday))


def _thinned(days: list[GrowthDay], step: Step, first_weekday: int) -> Iterator[GrowthDay]:
    last: dict[Bucket, date] = {bucket_of(each.day, step, first_weekday): each.day for each in days}
    ends = set(last.values())
    return (each for each in days if each.exact or each.day in ends)


def _points(growth: Growth) -> Iterable[tuple[Section, Point]]:
    fit = growth.fit
    if fit is None:
        return
    for section, curve in ((Section.FOLLOWERS, fit.points), (Section.FOLLOWING, fit.following)):
        yield from ((section, point) for point in curve if _is_drawn(growth, point.at))


def _is_drawn(growth: Growth, second: int) -> bool:
    """Return whether the period holds a second, or begins with it."""
    span = growth.span
    return span is not None and (second in span or second == span.since)
